"""Checks of the PKCS#15 directory against the card it stands on: flags, PINs, paths, labels.

What a directory file says of itself is judged when it is read (codes P15-…); here it is compared
with the files, keys and documents that are really there.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from smartboot.card.iccid import ICCID_BYTES, decode_iccid
from smartboot.card.keys import key_name
from smartboot.checks.card_access import CONFIG2, loose, needs_key
from smartboot.checks.catalogue import rule_of
from smartboot.checks.engine import Check
from smartboot.checks.facts import FileRole
from smartboot.checks.subject import Document, Subject
from smartboot.errors import DecodeError, EncodeError
from smartboot.formats import registry
from smartboot.model import Finding, Severity
from smartboot.pkcs15.application import DataObject
from smartboot.pkcs15.dodf import DataObjectKind
from smartboot.pkcs15.oid import KNOWN_OIDS
from smartboot.pkcs15.tokeninfo import TokenFlags

__all__ = ["CHECKS", "where_of"]

_MAX_LABEL = 255
"""pkcs15-ub-label of the ASN.1 module."""

_KEY_BYTES = 8
_FORMAT_WORDS = {
    "lwm2m": ("lwm2m", "lightweight m2m"),
    "oma-dm": ("oma dm", "oma-dm", "dm bootstrap", "syncml"),
    "oma-cp": ("oma cp", "oma-cp", "client provisioning", "client prov"),
}


def where_of(item: DataObject) -> str:
    """``EF 6430 object 2``, as reading calls a data object."""
    return f"EF {item.dodf.fid:04X} object {item.position + 1}"


def _objects(subject: Subject) -> tuple[DataObject, ...]:
    return () if subject.card is None else subject.card.objects


def _what(item: DataObject) -> str:
    """The object's label or OID, for a message."""
    return repr(item.label) if item.label else item.oid or "an object without OID"


# -- flags against access conditions


def _flags(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    for item in _objects(subject):
        file = None if facts is None else facts.file(item.path)
        if file is None or not file.rule.conditions:
            continue
        read, update = file.rule.condition("read"), file.rule.condition("update")
        if item.private and read.always:
            yield rule_of("P15-PRIVATE-OPEN").finding(
                f"{_what(item)} is marked private, and {file.where} can be read without a key",
                where_of(item),
            )
        elif not item.private and needs_key(read):
            yield rule_of("P15-NOT-PRIVATE").finding(
                f"{_what(item)} is not marked private, and {file.where} takes {read} to read",
                where_of(item),
            )
        if item.modifiable and update.never:
            yield rule_of("P15-MODIFIABLE-NEVER").finding(
                f"{_what(item)} is marked modifiable, and nobody may change {file.where}",
                where_of(item),
            )
        elif not item.modifiable and item.oid == CONFIG2 and needs_key(update) and loose(update):
            yield rule_of("P15-NOT-MODIFIABLE").finding(
                f"{_what(item)} is the user's to change, {file.where} takes {update} for it, and "
                "the object is not marked modifiable",
                where_of(item),
            )


# -- PINs


def _pins(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    if facts is None:
        return
    for item in facts.objects:
        if item.auth_id is None:
            continue
        pin = next((pin for pin in facts.pins if pin.auth_id == item.auth_id), None)
        if pin is None:
            yield rule_of("P15-AUTHID-UNKNOWN").finding(
                f"{_what(item)} has the authId {item.auth_id.hex().upper() or 'without bytes'}, "
                "which no PIN of an EF(AODF) has",
                where_of(item),
            )
            continue
        file = facts.file(item.path)
        read = None if file is None else file.rule.condition("read")
        if read is not None and needs_key(read) and pin.reference not in read.keys:
            yield rule_of("P15-PIN-REFERENCE").finding(
                f"the authId of {_what(item)} leads to {key_name(pin.reference)}, and the file "
                f"takes {read} to read",
                where_of(item),
            )
    for pin in facts.pins:
        padding = pin.pad_char not in (None, b"\xff")
        if pin.stored_length != _KEY_BYTES or padding:
            how = "padded otherwise" if padding else f"{pin.stored_length} bytes long"
            yield rule_of("P15-PIN-FORM").finding(
                f"EF(AODF) calls {key_name(pin.reference)} {how}; on this card it is "
                f"{_KEY_BYTES} bytes padded with FF",
                "EF(AODF)",
            )


# -- paths


def _ranges(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    for item in _objects(subject):
        file = None if facts is None else facts.file(item.path)
        if file is None or file.info.size is None or item.length is None:
            continue
        end = (item.index or 0) + item.length
        if not item.length:
            yield rule_of("P15-RANGE-BEYOND").finding(
                f"the path of {_what(item)} names no bytes (length 0)", where_of(item)
            )
        elif end > file.info.size:
            yield rule_of("P15-RANGE-BEYOND").finding(
                f"the path of {_what(item)} goes up to byte {end} of {file.where}, which has "
                f"{file.info.size}",
                where_of(item),
            )


def _overlaps(subject: Subject) -> Iterator[Finding]:
    """Each object that shares bytes with an earlier one, where one of the two is bootstrap data."""
    objects = _objects(subject)
    for number, second in enumerate(objects):
        for first in objects[:number]:
            known = first.format is not None or second.format is not None
            if known and _overlap(first, second):
                yield rule_of("P15-OBJECT-OVERLAP").finding(
                    f"{_what(second)} and {where_of(first)} have the same bytes of EF {first.fid}",
                    where_of(second),
                )
                break


def _overlap(first: DataObject, second: DataObject) -> bool:
    if first.path is None or first.path != second.path:
        return False
    (start, end), (other_start, other_end) = _extent(first), _extent(second)
    return start < other_end and other_start < end


def _extent(item: DataObject) -> tuple[int, float]:
    """First byte and the one behind the last, which without a length is the end of the file."""
    start = item.index or 0
    return start, inf if item.length is None else start + item.length


def _dangling(subject: Subject) -> Iterator[Finding]:
    for path in () if subject.card is None else subject.card.missing:
        yield rule_of("P15-ODF-DANGLING").finding(
            f"EF(ODF) points to {path}, which is not on the card", f"EF {path.fid:04X}"
        )


# -- OIDs, labels, content


def _twice(subject: Subject) -> Iterator[Finding]:
    oids: dict[str, DataObject] = {}
    labels: dict[str, DataObject] = {}
    for item in _objects(subject):
        oid = item.oid or ""
        if oid in KNOWN_OIDS and oids.setdefault(oid, item) is not item:
            other = _generation(subject, oids[oid]) != _generation(subject, item)
            yield rule_of("P15-OID-TWICE").finding(
                f"{_what(item)} has the OID {oid}, as {where_of(oids[oid])} has",
                where_of(item),
                severity=Severity.INFO if other else None,
            )
        if item.label and labels.setdefault(item.label, item) is not item:
            yield rule_of("P15-LABEL-TWICE").finding(
                f"the label {item.label!r} is that of {where_of(labels[item.label])} as well",
                where_of(item),
            )


def _generation(subject: Subject, item: DataObject) -> bool:
    """Whether the object holds JSON: DM 2.0 has no OID of its own beside that of DM 1.x."""
    data = next((one.data for one in subject.documents if one.item is item), None)
    return bool(data) and (data or b"").lstrip()[:1] in (b"[", b"{")


def _labels(subject: Subject) -> Iterator[Finding]:
    for item in _objects(subject):
        label = item.label
        if not label:
            if item.format is not None:
                yield rule_of("P15-LABEL-ABSENT").finding(
                    f"the object with the OID {item.oid} has no label", where_of(item)
                )
            continue
        if len(label) > _MAX_LABEL:
            yield rule_of("P15-LABEL-LONG").finding(
                f"the label has {len(label)} characters; {_MAX_LABEL} are allowed", where_of(item)
            )
        named = _named_format(label)
        if item.format is not None and named is not None and named != item.format:
            yield rule_of("P15-LABEL-DISAGREES").finding(
                f"the label {label!r} speaks of {named}, and the OID {item.oid} stands for "
                f"{item.format}",
                where_of(item),
            )


def _named_format(label: str) -> str | None:
    """The one format a label speaks of; None when it speaks of none or of several."""
    lower = label.lower()
    named = [name for name, words in _FORMAT_WORDS.items() if any(word in lower for word in words)]
    return named[0] if len(named) == 1 else None


def _content(subject: Subject) -> Iterator[Finding]:
    for document in subject.documents:
        item = document.item
        if item is None or item.format is None or document.document is not None:
            continue
        other = registry.recognise(document.data or b"")
        if other is not None and other != item.format and _decodes(document, other):
            yield rule_of("P15-CONTENT-DIFFERS").finding(
                f"the OID {item.oid} stands for {item.format}, and {document.where} holds a "
                f"document of {other}",
                where_of(item),
            )


def _decodes(document: Document, name: str) -> bool:
    try:
        registry.get(name).decode(document.data or b"")
    except (DecodeError, EncodeError):
        return False
    return True


def _application_oids(subject: Subject) -> Iterator[Finding]:
    for item in _objects(subject):
        if (
            item.kind is DataObjectKind.OID
            and item.format is not None
            and item.entry.application_oid is None
        ):
            yield rule_of("P15-APPLICATION-OID").finding(
                f"{_what(item)} has its OID as the id of an oidDO only, not as applicationOID",
                where_of(item),
            )


# -- the token


def _token(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    if facts is None or facts.found is None or not facts.of(FileRole.ODF):
        return
    files = facts.of(FileRole.TOKEN_INFO)
    if not files:
        yield rule_of("P15-TOKEN-ABSENT").finding(
            "the PKCS#15 application has no EF(TokenInfo)", "EF 5032"
        )
    token = facts.token_info
    if not files or token is None:
        return
    where = files[0].where
    if token.version != 0:
        yield rule_of("P15-TOKEN-VERSION").finding(
            f"EF(TokenInfo) gives the version {token.version}; version 1 is written as 0", where
        )
    documents = facts.of(FileRole.DOCUMENT)
    if token.flags & TokenFlags.READONLY and any(
        not file.rule.condition("update").never and file.rule.conditions for file in documents
    ):
        yield rule_of("P15-TOKEN-READONLY").finding(
            "EF(TokenInfo) calls the card read-only, and its documents can be changed", where
        )
    if (
        token.flags & TokenFlags.LOGIN_REQUIRED
        and documents
        and all(file.rule.condition("read").always for file in documents)
    ):
        yield rule_of("P15-TOKEN-LOGIN").finding(
            "EF(TokenInfo) asks for a login, and all documents can be read without a key", where
        )
    other = _iccid_in(token.serial_number)
    if facts.iccid is not None and other is not None and other != facts.iccid:
        yield rule_of("P15-TOKEN-SERIAL").finding(
            f"the serial number in EF(TokenInfo) is the ICCID {other}, and the card's is "
            f"{facts.iccid}",
            where,
        )


def _iccid_in(serial: bytes) -> str | None:
    """The ICCID that a serial number spells, as in EF(ICCID) or with the nibbles in order."""
    if len(serial) != ICCID_BYTES:
        return None
    for raw in (serial, bytes(byte >> 4 | (byte & 0x0F) << 4 for byte in serial)):
        try:
            digits = decode_iccid(raw)
        except DecodeError:
            continue
        if digits.startswith("89") and len(digits) >= 18:
            return digits
    return None


CHECKS: tuple[Check, ...] = (
    _flags,
    _pins,
    _ranges,
    _overlaps,
    _dangling,
    _twice,
    _labels,
    _content,
    _application_oids,
    _token,
)
