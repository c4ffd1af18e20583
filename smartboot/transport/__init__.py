"""How bytes reach a card: the only room with I/O on a reader."""

from __future__ import annotations

from smartboot.transport.base import CardConnection, CardProtocol

__all__ = ["CardConnection", "CardProtocol"]
