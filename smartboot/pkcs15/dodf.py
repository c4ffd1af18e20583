"""EF(DODF): the data objects, decoded (PKCS#15 v1.1, 5.5.6; ASN.1 module, DataType).

    entry ::= opaqueDO 30 | externalIDO A0 | oidDO A1, each
              { CommonObjectAttributes 30, CommonDataObjectAttributes 30, [A0 subclass],
                A1 { ObjectValue }  or, for an oidDO,  A1 { 30 { 06 id, ObjectValue } } }

The reader takes what cards in the field hold (OIDs wrapped twice, the label in applicationName)
and reports it. Every entry is kept byte for byte, so that a writer can leave alone what it does
not change. Making entries is ``dodf_write``.
"""

from __future__ import annotations

from dataclasses import field, replace
from enum import StrEnum

from smartboot.apdu.tlv import Tlv, encode
from smartboot.errors import DecodeError
from smartboot.frozen import dataclass
from smartboot.model import Finding
from smartboot.pkcs15.attributes import STRING_TAGS, CommonObjectAttributes, decode_common
from smartboot.pkcs15.der import Tag, decode_text, expect
from smartboot.pkcs15.notes import Code, Notes
from smartboot.pkcs15.oid import ObjectId, format_of
from smartboot.pkcs15.rows import MAX_ENTRIES, split
from smartboot.pkcs15.values import InPlace, ObjectValue, Protected, Url, decode_value

__all__ = ["DataObjectKind", "Dodf", "DodfEntry", "RawEntry", "decode"]


class DataObjectKind(StrEnum):
    """The kinds of data objects."""

    OPAQUE = "opaque"
    EXTERNAL = "external"
    OID = "oid"


_KINDS = {
    int(Tag.SEQUENCE): DataObjectKind.OPAQUE,
    int(Tag.CONTEXT_0_CONSTRUCTED): DataObjectKind.EXTERNAL,
    int(Tag.CONTEXT_1_CONSTRUCTED): DataObjectKind.OID,
}


@dataclass(frozen=True, slots=True)
class DodfEntry:
    """One data object.

    ``application_oid`` is that of CommonDataObjectAttributes, ``object_id`` the id of an oidDO.
    ``subclass``, ``class_extra`` and ``type_extra`` keep, raw, what has no meaning here. ``raw``
    is the whole entry, ``offset`` its place in the file, ``findings`` what was wrong with it.
    """

    kind: DataObjectKind
    common: CommonObjectAttributes = field(default_factory=CommonObjectAttributes)
    application_name: str | None = None
    application_oid: ObjectId | None = None
    object_id: ObjectId | None = None
    value: ObjectValue | None = None
    subclass: bytes | None = field(default=None, repr=False)
    class_extra: bytes = field(default=b"", repr=False)
    type_extra: bytes = field(default=b"", repr=False)
    raw: bytes = field(default=b"", compare=False, repr=False)
    offset: int = field(default=0, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False, repr=False)

    @property
    def oid(self) -> ObjectId | None:
        """The OID that says what the object is, from whichever place has it.

        Where both have one and they differ, the one that stands for bootstrap data counts, else
        the id of the oidDO, which is what readers in the field compare.
        """
        places = [oid for oid in (self.object_id, self.application_oid) if oid is not None]
        known = (oid for oid in places if format_of(oid.dotted))
        return next(known, places[0] if places else None)

    @property
    def label(self) -> str | None:
        """The label, or the applicationName where a card has the text only there."""
        return self.application_name if self.common.label is None else self.common.label


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry that could not be read, kept as it was."""

    raw: bytes = field(repr=False)
    offset: int = field(default=0, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Dodf:
    """A decoded EF(DODF): all rows in order. ``used`` counts bytes without padding, ``rest``
    holds those behind the rows that are no padding; ``findings`` are all, the entries' included."""

    rows: tuple[DodfEntry | RawEntry, ...]
    used: int = 0
    rest: bytes = field(default=b"", repr=False)
    findings: tuple[Finding, ...] = ()

    @property
    def entries(self) -> tuple[DodfEntry, ...]:
        """The entries that could be read."""
        return tuple(row for row in self.rows if isinstance(row, DodfEntry))


def _decode_oid(tlv: Tlv, what: str, notes: Notes) -> ObjectId | None:
    try:
        return ObjectId(tlv.value)
    except DecodeError as error:
        notes.add(Code.OID_MALFORMED, f"{what} is left aside: {error.reason}")
        return None


def _class_attributes(
    tlv: Tlv, what: str, notes: Notes
) -> tuple[str | None, ObjectId | None, bytes]:
    name: str | None = None
    oid: ObjectId | None = None
    extra = bytearray()
    for item in expect(tlv, Tag.SEQUENCE, "CommonDataObjectAttributes").children():
        if item.tag in STRING_TAGS and name is None:
            name = decode_text(item, f"applicationName of {what}", notes)
            continue
        if item.tag == Tag.OID and oid is None:
            oid = _decode_oid(item, f"applicationOID of {what}", notes)
            if oid is not None:
                continue
        extra += encode(item.tag, item.value)
    return name, oid, bytes(extra)


def _type_attributes(
    items: list[Tlv], kind: DataObjectKind, what: str, notes: Notes
) -> tuple[ObjectId | None, ObjectValue | None, bytes]:
    object_id: ObjectId | None = None
    if kind is DataObjectKind.OID:
        if not items:
            raise DecodeError(f"{what}: typeAttributes are empty")
        items = expect(items[0], Tag.SEQUENCE, "OidDO").children()
        if not items or items[0].tag != Tag.OID:
            raise DecodeError(f"{what}: OidDO does not start with its id")
        object_id = _decode_oid(items[0], f"the id of {what}", notes)
        items = items[1:]
    if not items:
        return object_id, None, b""
    extra = b"".join(encode(item.tag, item.value) for item in items[1:])
    return object_id, decode_value(items[0], notes), extra


def _decode_entry(tlv: Tlv, raw: bytes, what: str, notes: Notes) -> DodfEntry:
    kind = _KINDS[tlv.tag]
    items = tlv.children()
    if len(items) < 2:
        raise DecodeError("the two attribute SEQUENCEs are not both there", offset=tlv.offset)
    common = decode_common(items[0], notes, what)
    name, application_oid, class_extra = _class_attributes(items[1], what, notes)
    items = items[2:]
    subclass: bytes | None = None
    if items and items[0].tag == Tag.CONTEXT_0_CONSTRUCTED:
        subclass = items.pop(0).value
    object_id: ObjectId | None = None
    value: ObjectValue | None = None
    extra = b""
    if items and items[0].tag == Tag.CONTEXT_1_CONSTRUCTED:
        object_id, value, extra = _type_attributes(items[0].children(), kind, what, notes)
        items = items[1:]
    if items:
        notes.add(
            Code.FIELD_MALFORMED,
            f"{what} has data objects where none belong, from tag {items[0].tag:02X} on",
        )
    return DodfEntry(
        kind, common, name, application_oid, object_id, value, subclass, class_extra, extra,
        raw, tlv.offset,
    )  # fmt: skip  # one line for each group of fields reads better than twelve


def _judge(entry: DodfEntry, what: str, notes: Notes) -> None:
    """Report what is readable and still not as the standard says."""
    wrapped = [
        (place, oid)
        for place, oid in (("id", entry.object_id), ("applicationOID", entry.application_oid))
        if oid is not None and oid.is_wrapped
    ]
    if wrapped:
        places = " and ".join(place for place, _ in wrapped)
        verb = "has its" if len(wrapped) == 1 else "have their"
        notes.add(
            Code.OID_WRAPPED,
            f"{places} of {what} {verb} header twice ({wrapped[0][1].encode().hex(' ').upper()}); "
            f"read as {wrapped[0][1]}, but a strict reader does not find it",
        )
    first, second = entry.object_id, entry.application_oid
    if first is not None and second is not None and first.meant != second.meant:
        notes.add(
            Code.OID_DIFFERS,
            f"{what} has id {first} and applicationOID {second}; {entry.oid} is taken",
        )
    if first is None and second is None:
        notes.add(Code.OID_ABSENT, f"{what} has no OID that says what it is")
    if entry.common.label is None and entry.application_name is not None:
        notes.add(
            Code.LABEL_IN_NAME,
            f"{what} has no label; its applicationName is taken for it",
        )
    if entry.value is None:
        notes.add(Code.NO_VALUE, f"{what} does not say where its content is")
    elif isinstance(entry.value, Url):
        notes.add(Code.VALUE_NOT_A_FILE, f"the content of {what} is not on the card but at a URL")
    elif isinstance(entry.value, InPlace):
        notes.add(
            Code.VALUE_NOT_A_FILE,
            f"the content of {what} stands in the directory file itself ({len(entry.value.octets)} "
            "bytes)",
        )
    elif isinstance(entry.value, Protected):
        notes.add(Code.VALUE_NOT_A_FILE, f"the content of {what} is enveloped and cannot be read")
    if entry.kind is DataObjectKind.EXTERNAL:
        notes.add(
            Code.EXTERNAL_SKIPPED,
            f"{what} is an externalIDO (ISO/IEC 7816-6), which holds no bootstrap data; skipped",
        )


def _row(data: bytes, tlv: Tlv, number: int, where: str) -> DodfEntry | RawEntry:
    notes = Notes(where)
    what = f"entry {number}"
    raw = data[tlv.offset : tlv.end]
    if tlv.tag not in _KINDS:
        notes.add(Code.ENTRY_UNKNOWN, f"{what} has the unknown tag {tlv.tag:02X}")
        return RawEntry(raw, tlv.offset, notes.taken())
    try:
        entry = _decode_entry(tlv, raw, what, notes)
    except DecodeError as error:
        notes.add(Code.ENTRY_MALFORMED, f"{what} is left aside: {error}")
        return RawEntry(raw, tlv.offset, notes.taken())
    _judge(entry, what, notes)
    return replace(entry, findings=notes.taken())


def _is_wrapper(tlv: Tlv) -> bool:
    """Whether a lone outer SEQUENCE holds entries rather than being one.

    An entry starts with CommonObjectAttributes, which never starts with two SEQUENCEs; what
    starts with an entry's tag A0 or A1, or with a SEQUENCE of two SEQUENCEs, is a wrapper.
    """
    try:
        items = tlv.children()
        if not items:
            return False
        if items[0].tag in (Tag.CONTEXT_0_CONSTRUCTED, Tag.CONTEXT_1_CONSTRUCTED):
            return True
        inner = items[0].children()
    except DecodeError:
        return False
    return [item.tag for item in inner[:2]] == [Tag.SEQUENCE, Tag.SEQUENCE]


def decode(data: bytes, *, where: str = "EF(DODF)", limit: int = MAX_ENTRIES) -> Dodf:
    """Read an EF(DODF), padding included, or the entries in place of an ODF entry.

    At most ``limit`` entries. Never raises: faults are findings, and a fault within one entry
    does not hide the others.
    """
    notes = Notes(where)
    row = split(data, notes, limit=limit)
    tlvs, rest = list(row.items), row.rest
    if len(tlvs) == 1 and tlvs[0].tag == Tag.SEQUENCE and _is_wrapper(tlvs[0]):
        notes.add(
            Code.OUTER_SEQUENCE, "one extra SEQUENCE is around all entries; many readers stop there"
        )
        base = tlvs[0].value_offset
        inner = split(tlvs[0].value, notes, limit=limit)
        tlvs = [Tlv(t.tag, t.value, t.offset + base, t.value_offset + base) for t in inner.items]
        rest = inner.rest or rest
    if not tlvs and not rest:
        notes.add(Code.DODF_EMPTY, "the file lists no data objects: never filled, or emptied")
    rows = tuple(_row(data, tlv, number, where) for number, tlv in enumerate(tlvs, 1))
    for entry in rows:
        notes.items += entry.findings
    return Dodf(rows, row.used, rest, notes.taken())
