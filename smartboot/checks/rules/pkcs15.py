"""Rules on the PKCS#15 directory files: what the reader reports (P15-…)."""

from __future__ import annotations

from smartboot.checks.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = ()
