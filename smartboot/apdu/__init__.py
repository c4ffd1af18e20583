"""Command and response APDUs, status words and their meaning. Pure: nothing here does I/O."""

from __future__ import annotations

from smartboot.apdu.command import Command, Response

__all__ = ["Command", "Response"]
