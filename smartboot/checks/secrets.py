"""Checks: secrets."""

from __future__ import annotations

from smartboot.checks.engine import Check

__all__ = ["CHECKS"]

CHECKS: tuple[Check, ...] = ()
