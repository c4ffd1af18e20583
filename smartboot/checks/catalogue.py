"""All rules by their code."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module

from smartboot.checks.rule import Rule
from smartboot.errors import UsageError

__all__ = ["FAMILIES", "all_rules", "family_of", "rule_of", "rules_of"]

FAMILIES: dict[str, str] = {
    "card": "Card",
    "structure": "Files, access conditions and directory",
    "pkcs15": "PKCS#15 directory files",
    "pkcs15_entries": "PKCS#15 directory entries",
    "bootstrap": "Reading",
    "wbxml": "WBXML",
    "client_provisioning": "Client Provisioning",
    "oma_dm": "OMA DM messages",
    "oma_dm_trees": "OMA DM trees and objects",
    "oma_dm_accounts": "OMA DM accounts",
    "lwm2m": "LwM2M accounts",
    "lwm2m_structure": "LwM2M files",
    "documents": "Accounts in documents",
    "security": "Security",
    "interop": "Interoperability",
    "profiles": "Card profiles",
    "provision": "Planning, writing, converting",
    "files": "Files given to check",
}
"""The modules of ``smartboot.checks.rules`` in the order of the documentation, with titles."""


def rules_of(family: str) -> tuple[Rule, ...]:
    """The rules of one family, a key of ``FAMILIES``."""
    rules: tuple[Rule, ...] = import_module(f"smartboot.checks.rules.{family}").RULES
    return rules


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by its code, in the order of the families."""
    rules: dict[str, Rule] = {}
    for family in FAMILIES:
        for rule in rules_of(family):
            assert rule.code not in rules, f"{rule.code} is in the catalogue twice"
            rules[rule.code] = rule
    return rules


@cache
def _families() -> dict[str, str]:
    return {rule.code: family for family in FAMILIES for rule in rules_of(family)}


def family_of(code: str) -> str:
    """The family of a code of the catalogue."""
    return _families()[code]


def rule_of(code: str) -> Rule:
    """The rule of a code, in upper or lower case. Errors: UsageError that names close codes."""
    rules = all_rules()
    found = rules.get(code.upper())
    if found is None:
        close = get_close_matches(code.upper(), rules, n=3)
        raise UsageError(
            f"{code!r} is the code of no rule",
            hint=f"did you mean {' or '.join(close)}?" if close else "check --list shows all codes",
        )
    return found
