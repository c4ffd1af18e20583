"""Rules on planning, writing, verifying, restoring and converting (PROV-…, CONVERT-…)."""

from __future__ import annotations

from smartboot.checks.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = ()
