"""Checks of EF(DIR), EF(ICCID), sizes, short file ids, life cycle states and keys.

Clauses are those of TS 102 221; what depends on access conditions is in ``card_access``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smartboot.card.base import CardKind, FileKind, LifeCycle
from smartboot.card.keys import is_adm, key_name
from smartboot.checks.catalogue import rule_of
from smartboot.checks.engine import Check
from smartboot.checks.facts import ELEMENTARY, CardFacts, FileFacts, FileRole
from smartboot.checks.subject import Subject
from smartboot.model import Finding, Severity
from smartboot.pkcs15.application import Found
from smartboot.pkcs15.directory import PKCS15_AID, ApplicationTemplate

__all__ = ["CHECKS"]

_FIXED_SFI = {FileRole.DIR: 0x1E, FileRole.ICCID: 0x02}
_ENTRY_ROOM = {FileRole.ODF: 8, FileRole.DODF: 36}
"""The shortest entry with a two-byte path; one with a short label and an OID."""

_ICCID_BYTES = 10
_WITH_CHECK_DIGIT = (19, 20)
_TELECOM = "89"
"""Major industry identifier of telecommunication (ITU-T E.118)."""


def _dir_structure(subject: Subject) -> Iterator[Finding]:
    for file in _of(subject, FileRole.DIR):
        if file.info.kind not in (FileKind.LINEAR_FIXED, FileKind.UNKNOWN):
            yield rule_of("CARD-DIR-STRUCTURE").finding(
                f"EF(DIR) is {file.info.kind.value}, not linear fixed", file.where
            )


def _dir_duplicates(subject: Subject) -> Iterator[Finding]:
    seen: set[bytes] = set()
    ours = 0
    for template in _templates(subject):
        if template.aid in seen:
            yield rule_of("CARD-DIR-DUPLICATE").finding(
                f"EF(DIR) lists the application {template.aid.hex().upper()} more than once",
                "EF 2F00",
            )
        elif template.is_pkcs15:
            ours += 1
        seen.add(template.aid)
    if ours > 1:
        yield rule_of("CARD-DIR-SEVERAL").finding(
            f"EF(DIR) lists {ours} PKCS#15 applications", "EF 2F00"
        )


def _dir_foreign(subject: Subject) -> Iterator[Finding]:
    for template in _templates(subject):
        path = template.path
        usual = path is not None and path.is_absolute and path.ids[1:] in ((0x7F50,), (0x5015,))
        if usual and not template.is_pkcs15:
            yield rule_of("CARD-DIR-AID-FOREIGN").finding(
                f"EF(DIR) gives the path {path} the AID {template.aid.hex().upper()}, which is "
                f"not the one of PKCS#15 ({PKCS15_AID.hex().upper()})",
                "EF 2F00",
            )


def _dir_path(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    if facts is None or not _goes_by_aid(facts) or facts.template is None:
        return
    path = facts.template.path
    if path is None or len(path.ids) < 2 or len(path.ids) > 7:
        return
    reached = facts.file(path)
    if reached is None:
        yield rule_of("CARD-DIR-PATH-ABSENT").finding(
            f"the card does not find the path {path} that EF(DIR) gives for the PKCS#15 "
            "application",
            "EF 2F00",
        )
        return
    aid = reached.info.aid
    if aid is not None and not aid.startswith(facts.template.aid):
        yield _differs(f"the path {path} leads to the application {aid.hex().upper()}")
        return
    by_aid = facts.of(FileRole.ODF)
    by_path = [f for f in facts.of(FileRole.PATH_ODF) if f.info.path.ids[:-1] == path.ids]
    if by_aid and not by_path:
        yield _differs(f"under the path {path} there is no EF(ODF)")
    elif by_aid and (by_aid[0].info.size, by_aid[0].info.kind) != (
        by_path[0].info.size,
        by_path[0].info.kind,
    ):
        yield _differs(f"the EF(ODF) under the path {path} is another file than the one by AID")


def _differs(message: str) -> Finding:
    return rule_of("CARD-DIR-PATH-DIFFERS").finding(message, "EF 2F00")


def _short_ids(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    if facts is None or facts.kind is not CardKind.UICC:
        return
    taken: dict[tuple[tuple[int, ...], int], FileFacts] = {}
    for file in facts.files:
        wanted = _FIXED_SFI.get(file.role)
        info = file.info
        if info.kind is FileKind.UNKNOWN or info.kind.is_directory:
            continue
        if wanted is not None and info.sfi != wanted:
            has = "no short file id" if info.sfi is None else f"the short file id {info.sfi:02X}"
            yield rule_of("CARD-SFI-FIXED").finding(
                f"{file.role.value} has {has}; the standard gives it {wanted:02X}", file.where
            )
        if info.sfi is None or not any(len(value) == 1 for value in file.fcp(0x88)):
            # A short id that only follows from the file id was given by nobody.
            continue
        if file.role in (FileRole.PATH, FileRole.PATH_ODF):
            continue
        key = (info.path.ids[:-1], info.sfi)
        other = taken.setdefault(key, file)
        if other is not file:
            yield rule_of("CARD-SFI-CLASH").finding(
                f"{file.where} and {other.where} of one directory have the same short file id "
                f"{info.sfi:02X}",
                file.where,
            )


def _sizes(subject: Subject) -> Iterator[Finding]:
    for file in _files(subject):
        if file.complete is False:
            yield rule_of("CARD-SIZE-SHORT").finding(
                f"the card gives {file.where} {file.info.size} bytes, and its last byte is not "
                "there to read",
                file.where,
            )


def _room(subject: Subject) -> Iterator[Finding]:
    for document in subject.documents:
        item = document.item
        if subject.card is None or document.file is None or document.document is None:
            continue
        start = 0 if item is None or item.index is None else item.index
        size = document.size
        if item is not None and item.length is not None and size is not None:
            size = min(size, start + item.length)
        if size is not None and len(document.data or b"") + start >= size:
            yield rule_of("CARD-DOCUMENT-FULL").finding(
                f"the document fills its {size - start} bytes to the last", document.where
            )
    facts = subject.card
    for role, room in _ENTRY_ROOM.items():
        for file in () if facts is None else facts.of(role):
            size = file.info.size
            if size is None or file.data is None or file.info.kind is not FileKind.TRANSPARENT:
                continue
            free = size - len(file.data.rstrip(b"\xff\x00"))
            if free < room:
                yield rule_of("CARD-DIRECTORY-FULL").finding(
                    f"{role.value} has {max(free, 0)} bytes left; another entry takes at least "
                    f"{room}",
                    file.where,
                )


def _life_cycles(subject: Subject) -> Iterator[Finding]:
    codes = {
        LifeCycle.DEACTIVATED: "CARD-FILE-DEACTIVATED",
        LifeCycle.TERMINATED: "CARD-FILE-TERMINATED",
        LifeCycle.CREATION: "CARD-FILE-UNFINISHED",
        LifeCycle.INITIALISATION: "CARD-FILE-UNFINISHED",
    }
    for file in () if subject.card is None else subject.card.files:
        code = codes.get(file.info.life_cycle)
        if code is not None and file.role not in (FileRole.PATH, FileRole.PATH_ODF):
            yield rule_of(code).finding(
                f"{file.title} is in the state {file.info.life_cycle.value}", file.where
            )


def _file_ids(subject: Subject) -> Iterator[Finding]:
    for file in _files(subject):
        fid = file.info.fid
        if fid is not None and fid != file.info.path.fid:
            yield rule_of("CARD-FID-DIFFERS").finding(
                f"the card answers SELECT of {file.where} with the file id {fid:04X}", file.where
            )


def _security_forms(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    if facts is None or facts.kind is not CardKind.UICC:
        return
    for file in _files(subject):
        if file.info.kind is FileKind.UNKNOWN:
            continue
        forms = [f"{tag:02X}" for tag in (0x8B, 0x8C, 0xAB) for _ in file.fcp(tag)]
        if len(forms) > 1:
            yield rule_of("CARD-ACCESS-SEVERAL").finding(
                f"the FCP of {file.where} tells access conditions in more than one form "
                f"({', '.join(forms)})",
                file.where,
            )
        elif not forms:
            yield rule_of("CARD-ACCESS-ABSENT").finding(
                f"the FCP of {file.where} tells no access conditions (8B, 8C or AB)", file.where
            )


def _iccid(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    if facts is None:
        return
    for file in facts.of(FileRole.ICCID):
        if file.info.kind is FileKind.TRANSPARENT and file.info.size not in (None, _ICCID_BYTES):
            yield rule_of("CARD-ICCID-FORM").finding(
                f"EF(ICCID) is {file.info.size} bytes long, not {_ICCID_BYTES}", file.where
            )
    digits = facts.iccid
    if digits is None:
        return
    if not digits.startswith(_TELECOM) or len(digits) < 18:
        yield rule_of("CARD-ICCID-FORM").finding(
            f"the ICCID {digits} is not 18 to 20 digits that begin with {_TELECOM}", "EF 2FE2"
        )
    elif len(digits) in _WITH_CHECK_DIGIT and not _luhn(digits):
        yield rule_of("CARD-ICCID-LUHN").finding(
            f"the last digit of the ICCID {digits} is not its check digit", "EF 2FE2"
        )


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _keys(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    if facts is None:
        return
    for status in facts.keys:
        name = key_name(status.reference)
        wants = _wanting(facts, status.reference)
        if status.blocked and is_adm(status.reference):
            yield rule_of("CARD-ADM-BLOCKED").finding(f"{name} is blocked on the card", wants)
        elif status.blocked:
            reads = [f for f in _files(subject) if _asks(f, "read", status.reference)]
            yield rule_of("CARD-PIN-BLOCKED").finding(
                f"{name} is blocked on the card"
                + (f", and {reads[0].where} cannot be read without it" if reads else ""),
                wants,
                severity=Severity.ERROR if reads else Severity.WARNING,
            )
        elif status.remaining == 1:
            yield rule_of("CARD-KEY-LAST-TRY").finding(f"{name} has one try left", wants)
    for reference in facts.absent_keys:
        yield rule_of("CARD-KEY-ABSENT").finding(
            f"files ask for {key_name(reference)}, which the card says it does not have",
            _wanting(facts, reference),
        )


def _asks(file: FileFacts, operation: str, reference: int) -> bool:
    condition = file.rule.condition(operation)
    return reference in condition.keys and (condition.all_of or len(condition.keys) == 1)


def _wanting(facts: CardFacts, reference: int) -> str:
    """The first file that asks for a key, as ``where``."""
    for file in facts.files:
        if any(reference in condition.keys for _, condition in file.rule.conditions):
            return file.where
    return ""


def _goes_by_aid(facts: CardFacts) -> bool:
    """Whether the application was selected by its AID, so that its path is a second way."""
    return facts.kind is CardKind.UICC and facts.found in (Found.DIR_AID, Found.AID)


def _templates(subject: Subject) -> tuple[ApplicationTemplate, ...]:
    return () if subject.card is None else subject.card.templates


def _of(subject: Subject, role: FileRole) -> tuple[FileFacts, ...]:
    return () if subject.card is None else subject.card.of(role)


def _files(subject: Subject) -> Iterable[FileFacts]:
    files = () if subject.card is None else subject.card.files
    return (file for file in files if file.role in ELEMENTARY)


CHECKS: tuple[Check, ...] = (
    _dir_structure,
    _dir_duplicates,
    _dir_foreign,
    _dir_path,
    _short_ids,
    _sizes,
    _room,
    _life_cycles,
    _file_ids,
    _security_forms,
    _iccid,
    _keys,
)
