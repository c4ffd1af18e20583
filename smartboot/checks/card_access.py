"""Checks of access conditions: weaker or stronger than the standards ask for.

LwM2M Core 1.1.1, Appendix G: EF(ODF) READ always; EF(DODF) and the document READ always or PIN;
UPDATE, INVALIDATE and REHABILITATE of all three ADM. Client Provisioning and OMA DM follow it, but
that the user's part of Client Provisioning (Config2) may be changed with a PIN.
"""

from __future__ import annotations

from collections.abc import Iterator

from smartboot.card.base import AccessCondition, CardKind
from smartboot.card.keys import is_adm, key_name
from smartboot.checks.catalogue import rule_of
from smartboot.checks.engine import Check
from smartboot.checks.facts import ELEMENTARY, CardFacts, FileFacts, FileRole
from smartboot.checks.subject import Subject
from smartboot.model import Finding, Severity

__all__ = ["CHECKS", "CONFIG2", "loose", "needs_key"]

_ALWAYS_READ = (FileRole.DIR, FileRole.ICCID, FileRole.ODF)
_DEVICE_READS = (FileRole.DIR, FileRole.ODF, FileRole.DODF, FileRole.DOCUMENT)
_REMOVAL = ("delete", "terminate", "deactivate", "resize")
_MAKING = {
    "create-ef": "make files",
    "create-df": "make directories",
    "delete-child": "delete files",
}
CONFIG2 = "2.23.43.5.3"
"""Client Provisioning that the user may change."""


def needs_key(condition: AccessCondition) -> bool:
    """Whether it is known that a key is needed."""
    return condition.known and not condition.always and not condition.never and bool(condition.keys)


def _needs_adm(condition: AccessCondition) -> bool:
    """Whether nothing but an administrative key opens it."""
    adm = [is_adm(key) for key in condition.keys]
    return needs_key(condition) and (any(adm) if condition.all_of else all(adm))


def loose(condition: AccessCondition) -> bool:
    """Whether it is known to open without an administrative key."""
    return condition.always or (needs_key(condition) and not _needs_adm(condition))


def _reading(subject: Subject) -> Iterator[Finding]:
    for file in _files(subject):
        condition = file.rule.condition("read")
        if not condition.known:
            if file.rule.conditions:
                yield rule_of("CARD-ACCESS-UNKNOWN").finding(
                    f"who may read {file.where} is told without naming a key ({file.rule.source})",
                    file.where,
                )
        elif file.role in _DEVICE_READS and (condition.never or _needs_adm(condition)):
            yield rule_of("CARD-READ-NEVER").finding(
                f"{file.title} can be read by {_who(condition)}", file.where
            )
        elif file.role in _ALWAYS_READ and not condition.always:
            yield rule_of("CARD-READ-LOCKED").finding(
                f"{file.role.value} takes {_who(condition)} to read", file.where
            )


def _updating(subject: Subject) -> Iterator[Finding]:
    users = {
        document.file.info.path
        for document in subject.documents
        if document.file is not None and document.oid == CONFIG2
    }
    for file in _files(subject):
        condition = file.rule.condition("update")
        if condition.always:
            yield rule_of("CARD-UPDATE-OPEN").finding(
                f"{file.title} can be changed without a key", file.where
            )
        elif loose(condition) and file.info.path not in users:
            yield rule_of("CARD-UPDATE-PIN").finding(
                f"{file.title} can be changed with {condition}", file.where
            )
        elif condition.never and file.role is FileRole.DOCUMENT:
            yield rule_of("CARD-UPDATE-NEVER").finding(
                f"nobody may change {file.where}", file.where
            )


def _removing(subject: Subject) -> Iterator[Finding]:
    for file in _files(subject):
        open_to = [name for name in _REMOVAL if loose(file.rule.condition(name))]
        if open_to:
            condition = file.rule.condition(open_to[0])
            key = "no key" if condition.always else f"{condition}"
            yield rule_of("CARD-REMOVE-OPEN").finding(
                f"{file.title} takes {key} to {' and '.join(open_to)}",
                file.where,
            )


def _making(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    if facts is None:
        return
    for role in (FileRole.MF, FileRole.APPLICATION):
        for file in facts.of(role):
            open_to = [name for name in _MAKING if loose(file.rule.condition(name))]
            if open_to:
                condition = file.rule.condition(open_to[0])
                key = "no key" if condition.always else f"{condition}"
                yield rule_of("CARD-CREATE-OPEN").finding(
                    f"the {role.value} takes {key} to "
                    f"{' and '.join(_MAKING[name] for name in open_to)} in it",
                    file.where,
                )


def _rules_file(subject: Subject) -> Iterator[Finding]:
    for file in () if subject.card is None else subject.card.of(FileRole.ARR):
        condition = file.rule.condition("update")
        if loose(condition):
            key = "without a key" if condition.always else f"with {condition}"
            yield rule_of("CARD-ARR-OPEN").finding(
                f"EF(ARR) {file.info.path} can be changed {key}", file.where
            )


def _switched_off(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    if facts is None:
        return
    disabled = _disabled(facts)
    for file in _files(subject):
        if any(len(value) > 3 for value in file.fcp(0x8B)):
            # Another record of EF(ARR) is in force while the PIN is switched off (9.2.7).
            continue
        for operation in ("read", "update"):
            condition = file.rule.condition(operation)
            off = [key for key in condition.keys if key in disabled]
            open_now = len(off) == len(condition.keys) if condition.all_of else bool(off)
            if needs_key(condition) and open_now:
                severity = Severity.WARNING if operation == "read" else Severity.ERROR
                yield rule_of("CARD-PIN-DISABLED").finding(
                    f"{file.where} takes {condition} to {operation}, and {key_name(off[0])} is "
                    "switched off",
                    file.where,
                    severity=severity,
                )


def _disabled(facts: CardFacts) -> set[int]:
    """The PINs known to be switched off: from the PIN status template, and what the card says
    when it is asked. A SIM's header tells the same of CHV1."""
    told = {key for file in facts.files for key, enabled in file.info.pins if not enabled}
    asked = {status.reference for status in facts.keys if status.disabled}
    ours = {
        key for file in facts.of(FileRole.APPLICATION) for key, enabled in file.info.pins if enabled
    }
    return {key for key in (told - ours) | asked if not is_adm(key)}


def _who(condition: AccessCondition) -> str:
    return "nobody" if condition.never else str(condition)


def _files(subject: Subject) -> Iterator[FileFacts]:
    facts = subject.card
    if facts is None:
        return
    for file in facts.files:
        if file.role in ELEMENTARY and (file.rule.conditions or facts.kind is CardKind.SIM):
            yield file


CHECKS: tuple[Check, ...] = (
    _reading,
    _updating,
    _removing,
    _making,
    _rules_file,
    _switched_off,
)
