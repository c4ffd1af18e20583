"""Rules on WAP Client Provisioning documents: what the codec reports (CP-…, W7-…)."""

from __future__ import annotations

from smartboot.checks.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = ()
