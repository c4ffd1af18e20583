"""CommonObjectAttributes: what every PKCS#15 object starts with (v1.1, ASN.1 module).

Label and flags, who may use the object, and how often the user is asked. A field that cannot be
read is left aside with a finding and kept as it was, so that it does not hide the object.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from enum import IntFlag
from typing import TypeVar

from smartboot.apdu.tlv import Tlv, encode
from smartboot.errors import DecodeError, EncodeError
from smartboot.frozen import dataclass
from smartboot.pkcs15.der import (
    Tag,
    decode_bits,
    decode_integer,
    decode_text,
    encode_bits,
    encode_integer,
    encode_text,
    expect,
)
from smartboot.pkcs15.notes import Code, Notes

__all__ = [
    "STRING_TAGS",
    "CommonObjectAttributes",
    "ObjectFlags",
    "attempt",
    "decode_common",
    "encode_common",
    "encode_identifier",
]

MAX_IDENTIFIER = 255
MAX_USER_CONSENT = 15

STRING_TAGS = frozenset({Tag.UTF8_STRING, Tag.PRINTABLE_STRING, Tag.T61_STRING, Tag.IA5_STRING})
"""String types accepted where the standard wants one of them."""

T = TypeVar("T")


class ObjectFlags(IntFlag):
    """CommonObjectFlags; bit n of the BIT STRING is ``1 << n``. Unknown bits are kept."""

    PRIVATE = 1
    MODIFIABLE = 2


@dataclass(frozen=True, slots=True)
class CommonObjectAttributes:
    """Label, flags, authId, userConsent and accessControlRules, each None when absent.

    ``auth_id`` is the authId of the PIN object that guards this one; ``access_control_rules`` the
    raw contents of that SEQUENCE; ``extra`` further data objects as they were.
    """

    label: str | None = None
    flags: ObjectFlags | None = None
    auth_id: bytes | None = None
    user_consent: int | None = None
    access_control_rules: bytes | None = None
    extra: bytes = field(default=b"", repr=False)

    @property
    def is_private(self) -> bool:
        """Whether a PIN is needed to read the object."""
        return bool(self.flags and self.flags & ObjectFlags.PRIVATE)

    @property
    def is_modifiable(self) -> bool:
        """Whether the object may be changed."""
        return bool(self.flags and self.flags & ObjectFlags.MODIFIABLE)


def attempt(notes: Notes, what: str, read: Callable[[bytes], T], value: bytes) -> T | None:
    """``read(value)``, or None with a finding when the field is malformed."""
    try:
        return read(value)
    except DecodeError as error:
        notes.add(Code.FIELD_MALFORMED, f"{what} is left aside: {error.reason}")
        return None


def decode_common(tlv: Tlv, notes: Notes, what: str) -> CommonObjectAttributes:
    """CommonObjectAttributes from its SEQUENCE; ``what`` names the object in findings.

    Errors: DecodeError when the SEQUENCE itself is broken.
    """
    label: str | None = None
    flags: int | None = None
    auth_id: bytes | None = None
    consent: int | None = None
    rules: bytes | None = None
    extra = bytearray()
    for item in expect(tlv, Tag.SEQUENCE, "CommonObjectAttributes").children():
        value = item.value
        if item.tag in STRING_TAGS and label is None:
            label = decode_text(item, f"the label of {what}", notes)
            continue
        if item.tag == Tag.BIT_STRING and flags is None:
            name = f"the flags of {what}"
            flags = attempt(notes, name, decode_bits, value)
            if flags is not None:
                continue
        elif item.tag == Tag.OCTET_STRING and auth_id is None:
            auth_id = value
            continue
        elif item.tag == Tag.INTEGER and consent is None:
            name = f"userConsent of {what}"
            consent = attempt(notes, name, decode_integer, value)
            if consent is not None:
                continue
        elif item.tag == Tag.SEQUENCE and rules is None:
            rules = value
            continue
        extra += encode(item.tag, value)
    return CommonObjectAttributes(
        label, None if flags is None else ObjectFlags(flags), auth_id, consent, rules, bytes(extra)
    )


def encode_identifier(value: bytes, what: str) -> bytes:
    """An Identifier as OCTET STRING. Errors: EncodeError beyond 255 bytes."""
    if len(value) > MAX_IDENTIFIER:
        raise EncodeError(f"longer than {MAX_IDENTIFIER} bytes", field=what)
    return encode(Tag.OCTET_STRING, value)


def encode_common(common: CommonObjectAttributes) -> bytes:
    """The whole SEQUENCE, fields in the order of the standard. Errors: EncodeError."""
    body = b""
    if common.label is not None:
        body += encode_text(common.label, "label")
    if common.flags is not None:
        body += encode(Tag.BIT_STRING, encode_bits(int(common.flags), "flags"))
    if common.auth_id is not None:
        body += encode_identifier(common.auth_id, "authId")
    if common.user_consent is not None:
        if not 1 <= common.user_consent <= MAX_USER_CONSENT:
            raise EncodeError(f"not within 1 to {MAX_USER_CONSENT}", field="userConsent")
        body += encode(Tag.INTEGER, encode_integer(common.user_consent))
    if common.access_control_rules is not None:
        body += encode(Tag.SEQUENCE, common.access_control_rules)
    return encode(Tag.SEQUENCE, body + common.extra)
