"""EF(ODF): where the directory files are (PKCS#15 v1.1, 5.5.1; ASN.1 module, PKCS15Objects).

A row of entries, one tag for each class of objects, each with a Path or the objects in place. A
tag may repeat; the order of the data object entries is their priority (LwM2M Core 1.1.1, Appendix
G). Cards in the style of ISO/IEC 7816-15 wrap all entries in one extra SEQUENCE: read, reported.
"""

from __future__ import annotations

from dataclasses import field
from enum import IntEnum, unique

from smartboot.apdu.tlv import Tlv, encode
from smartboot.errors import DecodeError, EncodeError
from smartboot.frozen import dataclass
from smartboot.model import Finding
from smartboot.pkcs15.der import Tag
from smartboot.pkcs15.notes import Code, Notes
from smartboot.pkcs15.path import Path
from smartboot.pkcs15.rows import MAX_ENTRIES, split
from smartboot.pkcs15.values import InPlace, Protected, Url, decode_value, encode_value

__all__ = ["ObjectClass", "Odf", "OdfEntry", "decode", "encode_entries"]

MAX_ODF_ENTRIES = 64


@unique
class ObjectClass(IntEnum):
    """The tags of EF(ODF)."""

    PRIVATE_KEYS = 0xA0
    PUBLIC_KEYS = 0xA1
    TRUSTED_PUBLIC_KEYS = 0xA2
    SECRET_KEYS = 0xA3
    CERTIFICATES = 0xA4
    TRUSTED_CERTIFICATES = 0xA5
    USEFUL_CERTIFICATES = 0xA6
    DATA_OBJECTS = 0xA7
    AUTH_OBJECTS = 0xA8


_TAGS = frozenset(int(tag) for tag in ObjectClass)


@dataclass(frozen=True, slots=True)
class OdfEntry:
    """One entry: its tag, and where the objects are (None when that could not be read).

    ``raw`` is the whole entry as it was, ``offset`` its place in the file.
    """

    tag: int
    value: Path | InPlace | Protected | None
    raw: bytes = field(default=b"", compare=False, repr=False)
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Odf:
    """A decoded EF(ODF). ``used`` counts bytes without padding, ``rest`` those not understood."""

    entries: tuple[OdfEntry, ...]
    used: int = 0
    rest: bytes = field(default=b"", repr=False)
    findings: tuple[Finding, ...] = ()

    def of_class(self, tag: ObjectClass) -> tuple[OdfEntry, ...]:
        """The entries with this tag, in order."""
        return tuple(entry for entry in self.entries if entry.tag == tag)


def _entry(data: bytes, tlv: Tlv, number: int, notes: Notes) -> OdfEntry:
    raw = data[tlv.offset : tlv.end]
    if tlv.tag not in _TAGS:
        notes.add(Code.ENTRY_UNKNOWN, f"entry {number} has the unknown tag {tlv.tag:02X}")
        return OdfEntry(tlv.tag, None, raw, tlv.offset)
    try:
        items = tlv.children()
        if len(items) != 1:
            raise DecodeError(f"{len(items)} data objects instead of one", offset=tlv.offset)
        value = decode_value(items[0], notes)
        if isinstance(value, Url):
            raise DecodeError("a URL is no place for a directory file", offset=items[0].offset)
    except DecodeError as error:
        notes.add(Code.ENTRY_MALFORMED, f"entry {number} (tag {tlv.tag:02X}): {error}")
        return OdfEntry(tlv.tag, None, raw, tlv.offset)
    return OdfEntry(tlv.tag, value, raw, tlv.offset)


def decode(data: bytes, *, where: str = "EF(ODF)") -> Odf:
    """Read an EF(ODF), padding included. Never raises: faults are findings, and one entry's
    fault does not hide the others."""
    notes = Notes(where)
    row = split(data, notes, limit=min(MAX_ENTRIES, MAX_ODF_ENTRIES))
    tlvs = list(row.items)
    used, rest = row.used, row.rest
    if len(tlvs) == 1 and tlvs[0].tag == Tag.SEQUENCE:
        notes.add(
            Code.OUTER_SEQUENCE, "one extra SEQUENCE is around all entries; many readers stop there"
        )
        outer = tlvs[0]
        inner = split(outer.value, notes, limit=MAX_ODF_ENTRIES)
        tlvs = [
            Tlv(t.tag, t.value, t.offset + outer.value_offset, t.value_offset + outer.value_offset)
            for t in inner.items
        ]
        rest = inner.rest or rest
    if not tlvs:
        notes.add(Code.ODF_EMPTY, "the file lists no directory files: never filled, or emptied")
    entries = tuple(_entry(data, tlv, number, notes) for number, tlv in enumerate(tlvs, 1))
    return Odf(entries, used, rest, notes.taken())


def encode_entries(entries: tuple[OdfEntry, ...] | list[OdfEntry]) -> bytes:
    """The content of EF(ODF), without padding. An entry whose value was not understood is
    written as it was read. Errors: EncodeError."""
    out = bytearray()
    for entry in entries:
        if entry.value is None:
            if not entry.raw:
                raise EncodeError("neither a value nor raw bytes", field="ODF entry")
            out += entry.raw
            continue
        if entry.tag not in _TAGS:
            raise EncodeError(f"tag {entry.tag:02X} is not A0 to A8", field="ODF entry")
        out += encode(entry.tag, encode_value(entry.value))
    return bytes(out)
