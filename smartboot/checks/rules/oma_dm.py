"""Rules on OMA DM 1.x and 2.0 documents: what the codecs report (DM-…)."""

from __future__ import annotations

from smartboot.checks.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = ()
