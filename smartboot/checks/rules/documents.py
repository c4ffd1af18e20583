"""Rules on what only the check looks at in documents (CP-…, DM-…, LWM2M-…)."""

from __future__ import annotations

from smartboot.checks.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = ()
