"""EF(AODF): the PINs that guard objects (PKCS#15 v1.1, 5.5.7; ASN.1 module, AuthenticationType).

An object's authId names the entry here that has the same authId; the entry's pinReference is P2
of VERIFY. Only PIN objects are decoded; biometric templates and keys are kept raw. No PIN value
ever stands in this file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from enum import IntFlag

from smartboot.apdu.tlv import Tlv, encode
from smartboot.errors import DecodeError, EncodeError
from smartboot.frozen import dataclass
from smartboot.model import Finding
from smartboot.pkcs15.attributes import (
    CommonObjectAttributes,
    decode_common,
    encode_common,
    encode_identifier,
)
from smartboot.pkcs15.der import (
    Tag,
    decode_bits,
    decode_integer,
    encode_bits,
    encode_integer,
    expect,
)
from smartboot.pkcs15.dodf import RawEntry
from smartboot.pkcs15.notes import Code, Notes
from smartboot.pkcs15.path import Path, decode_path, encode_path
from smartboot.pkcs15.rows import MAX_ENTRIES, split

__all__ = ["Aodf", "PinFlags", "PinObject", "decode", "encode_entries", "encode_pin"]

_MAX_REFERENCE = 255


class PinFlags(IntFlag):
    """PinFlags; bit n of the BIT STRING is ``1 << n``. Unknown bits are kept."""

    CASE_SENSITIVE = 1 << 0
    LOCAL = 1 << 1
    CHANGE_DISABLED = 1 << 2
    UNBLOCK_DISABLED = 1 << 3
    INITIALIZED = 1 << 4
    NEEDS_PADDING = 1 << 5
    UNBLOCKING_PIN = 1 << 6
    SO_PIN = 1 << 7
    DISABLE_ALLOWED = 1 << 8
    INTEGRITY_PROTECTED = 1 << 9
    CONFIDENTIALITY_PROTECTED = 1 << 10
    EXCHANGE_REF_DATA = 1 << 11


@dataclass(frozen=True, slots=True)
class PinObject:
    """One PIN.

    ``auth_id`` is what objects refer to, ``reference`` P2 of VERIFY (0 to 255, 0 where the card
    does not say). ``pin_type``: 0 BCD, 1 ASCII digits, 2 UTF-8, 3 half-nibble BCD, 4 ISO 9564-1.
    Lengths in characters, ``stored_length`` in bytes. The ``extra`` fields keep the rest raw.
    """

    auth_id: bytes
    flags: PinFlags
    pin_type: int
    min_length: int
    stored_length: int
    max_length: int | None = None
    reference: int = 0
    pad_char: bytes | None = None
    path: Path | None = None
    common: CommonObjectAttributes = field(default_factory=CommonObjectAttributes)
    last_change: bytes | None = None
    subclass: bytes | None = field(default=None, repr=False)
    class_extra: bytes = field(default=b"", repr=False)
    extra: bytes = field(default=b"", repr=False)
    raw: bytes = field(default=b"", compare=False, repr=False)
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Aodf:
    """A decoded EF(AODF): all rows in order, ``used`` bytes without padding."""

    rows: tuple[PinObject | RawEntry, ...]
    used: int = 0
    rest: bytes = field(default=b"", repr=False)
    findings: tuple[Finding, ...] = ()

    @property
    def pins(self) -> tuple[PinObject, ...]:
        """The PIN objects."""
        return tuple(row for row in self.rows if isinstance(row, PinObject))

    def pin(self, auth_id: bytes) -> PinObject | None:
        """The PIN that objects with this authId refer to."""
        return next((pin for pin in self.pins if pin.auth_id == auth_id), None)


def _reference(value: bytes, what: str, notes: Notes) -> int:
    number = decode_integer(value, "pinReference")
    if -128 <= number < 0 and len(value) == 1:
        # Cards store P2 as it is, so that the local PINs (81 to 8E) look like negative numbers.
        number += 256
        notes.add(
            Code.REFERENCE_SIGN, f"pinReference of {what} lacks a leading 00; {number:02X} is meant"
        )
    if not 0 <= number <= _MAX_REFERENCE:
        raise DecodeError(f"pinReference {number} is not within 0 to {_MAX_REFERENCE}")
    return number


def _pin(tlv: Tlv, raw: bytes, what: str, notes: Notes) -> PinObject:
    items = tlv.children()
    if len(items) < 3:
        raise DecodeError("not all attribute SEQUENCEs are there", offset=tlv.offset)
    common = decode_common(items[0], notes, what)
    attributes = expect(items[1], Tag.SEQUENCE, "CommonAuthenticationObjectAttributes").children()
    if not attributes:
        raise DecodeError("authId is missing", offset=items[1].offset)
    auth_id = expect(attributes[0], Tag.OCTET_STRING, "authId").value
    class_extra = b"".join(encode(item.tag, item.value) for item in attributes[1:])
    items = items[2:]
    subclass: bytes | None = None
    if items[0].tag == Tag.CONTEXT_0_CONSTRUCTED:
        subclass = items.pop(0).value
    if not items:
        raise DecodeError("PinAttributes are missing", offset=tlv.offset)
    inner = expect(items[0], Tag.CONTEXT_1_CONSTRUCTED, "typeAttributes").children()
    if not inner:
        raise DecodeError("PinAttributes are missing", offset=items[0].offset)
    fields = expect(inner[0], Tag.SEQUENCE, "PinAttributes").children()
    wanted = (Tag.BIT_STRING, Tag.ENUMERATED, Tag.INTEGER, Tag.INTEGER)
    if len(fields) < len(wanted):
        raise DecodeError("PinAttributes are not complete", offset=inner[0].offset)
    for item, tag in zip(fields, wanted, strict=False):
        expect(item, tag, "PinAttributes")
    flags = PinFlags(decode_bits(fields[0].value, "pinFlags"))
    pin_type, minimum, stored = (decode_integer(item.value) for item in fields[1:4])
    fields = fields[4:]
    maximum: int | None = None
    reference = 0
    pad_char: bytes | None = None
    last_change: bytes | None = None
    path: Path | None = None
    if fields and fields[0].tag == Tag.INTEGER:
        maximum = decode_integer(fields.pop(0).value, "maxLength")
    if fields and fields[0].tag == Tag.CONTEXT_0:
        reference = _reference(fields.pop(0).value, what, notes)
    if fields and fields[0].tag == Tag.OCTET_STRING:
        pad_char = fields.pop(0).value
    if fields and fields[0].tag == Tag.GENERALIZED_TIME:
        last_change = fields.pop(0).value
    if fields and fields[0].tag == Tag.SEQUENCE:
        path = decode_path(fields.pop(0), notes)
    extra = b"".join(encode(item.tag, item.value) for item in fields)
    return PinObject(
        auth_id, flags, pin_type, minimum, stored, maximum, reference, pad_char, path, common,
        last_change, subclass, class_extra, extra, raw, tlv.offset,
    )  # fmt: skip  # as a table this is easier to check against the fields


def decode(data: bytes, *, where: str = "EF(AODF)") -> Aodf:
    """Read an EF(AODF), padding included. Never raises: faults are findings."""
    notes = Notes(where)
    row = split(data, notes, limit=MAX_ENTRIES)
    rows: list[PinObject | RawEntry] = []
    for number, tlv in enumerate(row.items, 1):
        raw = data[tlv.offset : tlv.end]
        what = f"entry {number}"
        if tlv.tag == Tag.SEQUENCE:
            try:
                rows.append(_pin(tlv, raw, what, notes))
                continue
            except DecodeError as error:
                notes.add(Code.ENTRY_MALFORMED, f"{what} is left aside: {error}")
        else:
            notes.add(Code.ENTRY_UNKNOWN, f"{what} (tag {tlv.tag:02X}) is no PIN; kept as it is")
        rows.append(RawEntry(raw, tlv.offset))
    return Aodf(tuple(rows), row.used, row.rest, notes.taken())


def encode_pin(pin: PinObject) -> bytes:
    """The whole PIN object. Errors: EncodeError."""
    if pin.pad_char is not None and len(pin.pad_char) != 1:
        raise EncodeError("one byte is needed", field="padChar")
    if not 0 <= pin.reference <= _MAX_REFERENCE:
        raise EncodeError(f"not within 0 to {_MAX_REFERENCE}", field="pinReference")
    body = encode(Tag.BIT_STRING, encode_bits(int(pin.flags), "pinFlags"))
    body += encode(Tag.ENUMERATED, encode_integer(pin.pin_type, "pinType"))
    body += encode(Tag.INTEGER, encode_integer(pin.min_length, "minLength"))
    body += encode(Tag.INTEGER, encode_integer(pin.stored_length, "storedLength"))
    if pin.max_length is not None:
        body += encode(Tag.INTEGER, encode_integer(pin.max_length, "maxLength"))
    if pin.reference:
        # DER leaves out a value equal to its DEFAULT, which is 0.
        body += encode(Tag.CONTEXT_0, encode_integer(pin.reference))
    if pin.pad_char is not None:
        body += encode(Tag.OCTET_STRING, pin.pad_char)
    if pin.last_change is not None:
        body += encode(Tag.GENERALIZED_TIME, pin.last_change)
    if pin.path is not None:
        body += encode_path(pin.path)
    parts = encode_common(pin.common)
    parts += encode(Tag.SEQUENCE, encode_identifier(pin.auth_id, "authId") + pin.class_extra)
    if pin.subclass is not None:
        parts += encode(Tag.CONTEXT_0_CONSTRUCTED, pin.subclass)
    parts += encode(Tag.CONTEXT_1_CONSTRUCTED, encode(Tag.SEQUENCE, body + pin.extra))
    return encode(Tag.SEQUENCE, parts)


def encode_entries(rows: Iterable[PinObject | RawEntry]) -> bytes:
    """The content of EF(AODF), without padding. Errors: EncodeError."""
    return b"".join(row.raw if isinstance(row, RawEntry) else encode_pin(row) for row in rows)
