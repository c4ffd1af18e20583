"""The catalogue as a page: ``docs/checks.md`` is what this gives."""

from __future__ import annotations

from collections.abc import Iterator

from smartboot.checks.catalogue import FAMILIES, rules_of
from smartboot.checks.rule import ANY, Rule, SubjectKind

__all__ = ["reference"]

_INTRODUCTION = """\
# Checks

`smartboot check` looks at a card, a card image, a card profile or a single document and reports
what is wrong as *findings*. Every finding has a code; this page says of each what it means in the
field and how to mend it. `smartboot check --explain CODE` shows the same in a terminal, `--list`
all codes. A card profile is also looked at as the image of the card made from it.

Severities: an *error* keeps some device from working as meant; a *warning* does so with some
readers, or leaves a secret or a card open to others; *info* is good to know. `--fail-on warning`
makes warnings count for the exit status, `--ignore CODE` leaves a code out, and a baseline
(`--write-baseline FILE`, then `--baseline FILE`) makes what was found once *known*, so that only
new findings count.

<!-- Made by scripts/reference.py checks from smartboot/checks/rules; a test holds it equal. -->
"""

_KINDS = {
    SubjectKind.CARD: "cards",
    SubjectKind.IMAGE: "images",
    SubjectKind.PROFILE: "profiles",
    SubjectKind.DOCUMENT: "documents",
}


def _cell(text: str) -> str:
    """Text that cannot end a table's cell or begin markup by accident."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def _subjects(rule: Rule) -> str:
    if set(rule.subjects) == set(ANY):
        return "everything"
    return ", ".join(_KINDS[kind] for kind in rule.subjects)


def _contents() -> Iterator[str]:
    for family, title in FAMILIES.items():
        rules = rules_of(family)
        if not rules:
            continue
        yield f"\n## {title}\n"
        yield "| code | severity | what |"
        yield "|---|---|---|"
        for rule in rules:
            link = f"[{rule.code}](#{rule.code.lower()})"
            yield f"| {link} | {_severities(rule)} | {_cell(rule.title)} |"


def _severities(rule: Rule) -> str:
    return " or ".join(severity.value for severity in (rule.severity, *rule.also))


def _details() -> Iterator[str]:
    for family, title in FAMILIES.items():
        rules = rules_of(family)
        if not rules:
            continue
        yield f"\n## {title}: the rules\n"
        for rule in rules:
            yield f"### {rule.code}\n"
            about = f"{_severities(rule)}; looked for in {_subjects(rule)}"
            yield f"**{_cell(rule.title)}** ({about})\n"
            yield f"{_cell(rule.meaning)}\n"
            yield f"*What to do:* {_cell(rule.mend)}\n"
            yield f"*Rests on:* {_cell(rule.clause)}\n"


def reference() -> str:
    """The page: the codes by family, then every rule with its anchor (``#p15-oid-wrapped``)."""
    lines = [_INTRODUCTION.rstrip(), *_contents(), *_details()]
    return "\n".join(lines).rstrip() + "\n"
