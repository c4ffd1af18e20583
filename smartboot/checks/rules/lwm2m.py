"""Rules on LwM2M objects: what the codec reports (LWM2M-…)."""

from __future__ import annotations

from smartboot.checks.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = ()
