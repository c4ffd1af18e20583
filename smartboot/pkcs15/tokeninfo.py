"""EF(TokenInfo): who made the card and what it can do (PKCS#15 v1.1, 5.5.8; ASN.1 module).

The first five fields are decoded; everything behind tokenflags (security environments, record
lengths, algorithms, issuer, holder, dates) is kept raw and written back.
"""

from __future__ import annotations

from dataclasses import field
from enum import IntFlag

from smartboot.apdu.tlv import encode, iterate
from smartboot.errors import DecodeError, EncodeError
from smartboot.frozen import dataclass
from smartboot.model import Finding
from smartboot.pkcs15.attributes import STRING_TAGS
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
from smartboot.pkcs15.notes import Notes

__all__ = ["TokenFlags", "TokenInfo", "decode", "encode_token_info"]


class TokenFlags(IntFlag):
    """TokenFlags; bit n of the BIT STRING is ``1 << n``. Unknown bits are kept."""

    READONLY = 1
    LOGIN_REQUIRED = 2
    PRN_GENERATION = 4
    EID_COMPLIANT = 8


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A decoded EF(TokenInfo). ``version`` 0 is v1; ``extra`` holds the fields behind the flags,
    ``used`` counts bytes without padding."""

    version: int
    serial_number: bytes
    manufacturer: str | None = None
    label: str | None = None
    flags: TokenFlags = field(default=TokenFlags(0))
    extra: bytes = field(default=b"", repr=False)
    used: int = field(default=0, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False)


def decode(data: bytes, *, where: str = "EF(TokenInfo)") -> TokenInfo:
    """Read an EF(TokenInfo), padding included. Errors: DecodeError when it is empty or broken."""
    notes = Notes(where)
    try:
        outer = next(iterate(data, padding=True), None)
        if outer is None:
            raise DecodeError("the file is empty", offset=0)
        items = expect(outer, Tag.SEQUENCE, "TokenInfo").children()
        if len(items) < 2:
            raise DecodeError("version and serialNumber are not both there", offset=outer.offset)
        version = decode_integer(expect(items[0], Tag.INTEGER, "version").value, "version")
        serial = expect(items[1], Tag.OCTET_STRING, "serialNumber").value
        items = items[2:]
        manufacturer: str | None = None
        label: str | None = None
        if items and items[0].tag in STRING_TAGS:
            manufacturer = decode_text(items.pop(0), "manufacturerID", notes)
        if items and items[0].tag == Tag.CONTEXT_0:
            label = decode_text(items.pop(0), "label", notes, Tag.CONTEXT_0)
        if not items:
            raise DecodeError("tokenflags are missing", offset=outer.offset)
        flags = decode_bits(expect(items[0], Tag.BIT_STRING, "tokenflags").value, "tokenflags")
    except DecodeError as error:
        raise error.at(where) from error
    extra = b"".join(encode(item.tag, item.value) for item in items[1:])
    return TokenInfo(
        version, serial, manufacturer, label, TokenFlags(flags), extra, outer.end, notes.taken()
    )


def encode_token_info(info: TokenInfo) -> bytes:
    """The whole SEQUENCE, without padding. Errors: EncodeError."""
    if info.version < 0:
        raise EncodeError("negative", field="version")
    body = encode(Tag.INTEGER, encode_integer(info.version, "version"))
    body += encode(Tag.OCTET_STRING, info.serial_number)
    if info.manufacturer is not None:
        body += encode_text(info.manufacturer, "manufacturerID")
    if info.label is not None:
        body += encode_text(info.label, "label", Tag.CONTEXT_0)
    body += encode(Tag.BIT_STRING, encode_bits(int(info.flags), "tokenflags"))
    return encode(Tag.SEQUENCE, body + info.extra)
