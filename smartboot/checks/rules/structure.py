"""Rules on what only the check looks at: files, access conditions, directory (CARD-…, P15-…)."""

from __future__ import annotations

from smartboot.checks.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = ()
