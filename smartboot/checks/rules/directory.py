"""Rules on the PKCS#15 directory against the card itself (P15-…), part of ``structure``."""

from __future__ import annotations

from smartboot.checks.rule import Rule

__all__ = ["DIRECTORY_RULES"]

DIRECTORY_RULES: tuple[Rule, ...] = ()
