"""Rules on what known readers in the field cannot handle (INTEROP-…)."""

from __future__ import annotations

from smartboot.checks.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = ()
