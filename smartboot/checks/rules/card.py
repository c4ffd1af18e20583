"""Rules on the card itself and its files: what the card room reports (CARD-…)."""

from __future__ import annotations

from smartboot.checks.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = ()
