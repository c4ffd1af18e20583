"""Rules in words: for ``--list`` and ``--explain``, as data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smartboot.checks.catalogue import FAMILIES, all_rules, family_of, rule_of
from smartboot.checks.rule import Rule
from smartboot.errors import UsageError
from smartboot.model import Severity

__all__ = ["SCHEMA", "rule_to_dict", "rules_to_dict", "select_rules"]

SCHEMA = "smartboot/rules/1"


def select_rules(
    codes: Iterable[str] = (),
    *,
    families: Iterable[str] = (),
    severities: Iterable[Severity] = (),
) -> list[Rule]:
    """The rules of these codes in the order given, or all of the catalogue; narrowed to families
    (names of ``FAMILIES``) and severities. Errors: UsageError for a code or family that is none.
    """
    wanted = list(dict.fromkeys(families))
    for name in wanted:
        if name not in FAMILIES:
            raise UsageError(
                f"{name!r} is no family of rules", hint=f"the families are {', '.join(FAMILIES)}"
            )
    levels = tuple(severities)
    rules = [rule_of(code) for code in dict.fromkeys(codes)] or list(all_rules().values())
    return [
        rule
        for rule in rules
        if (not wanted or family_of(rule.code) in wanted)
        and (not levels or rule.severity in levels or set(rule.also) & set(levels))
    ]


def rule_to_dict(rule: Rule) -> dict[str, Any]:
    """One rule as JSON."""
    return {
        "code": rule.code,
        "family": family_of(rule.code),
        "severity": rule.severity.value,
        "also": [severity.value for severity in rule.also],
        "title": rule.title,
        "clause": rule.clause,
        "meaning": rule.meaning,
        "mend": rule.mend,
        "subjects": [kind.value for kind in rule.subjects],
    }


def rules_to_dict(rules: Iterable[Rule]) -> dict[str, Any]:
    """The JSON of ``--list`` and ``--explain``."""
    return {"schema": SCHEMA, "rules": [rule_to_dict(rule) for rule in rules]}
