"""DER primitives of the PKCS#15 structures: integers, named bit lists, text (ISO/IEC 8825-1).

Pure functions on contents octets (without tag and length); tags and lengths are those of
``smartboot.apdu.tlv``. Readers accept what BER allows, writers write DER.
"""

from __future__ import annotations

from enum import IntEnum, unique

from smartboot.apdu.tlv import Tlv, encode
from smartboot.errors import DecodeError, EncodeError
from smartboot.pkcs15.notes import Code, Notes

__all__ = [
    "Tag",
    "decode_bits",
    "decode_integer",
    "decode_text",
    "encode_bits",
    "encode_integer",
    "encode_text",
    "expect",
]

MAX_BITS = 64
MAX_INTEGER_BYTES = 8
MAX_TEXT = 255
"""pkcs15-ub-label: characters of a Label."""


@unique
class Tag(IntEnum):
    """Tags of the universal class and the context tags that every structure shares."""

    INTEGER = 0x02
    BIT_STRING = 0x03
    OCTET_STRING = 0x04
    OID = 0x06
    ENUMERATED = 0x0A
    UTF8_STRING = 0x0C
    PRINTABLE_STRING = 0x13
    T61_STRING = 0x14
    IA5_STRING = 0x16
    GENERALIZED_TIME = 0x18
    SEQUENCE = 0x30
    CONTEXT_0 = 0x80
    CONTEXT_0_CONSTRUCTED = 0xA0
    CONTEXT_1_CONSTRUCTED = 0xA1
    CONTEXT_2_CONSTRUCTED = 0xA2
    CONTEXT_3_CONSTRUCTED = 0xA3


def expect(tlv: Tlv, tag: int, what: str) -> Tlv:
    """``tlv`` itself when it has this tag. Errors: DecodeError at its offset."""
    if tlv.tag != tag:
        raise DecodeError(f"{what}: tag {tag:02X} expected, {tlv.tag:02X} found", offset=tlv.offset)
    return tlv


def decode_integer(value: bytes, what: str = "INTEGER") -> int:
    """A two's complement integer of 1 to 8 bytes. Errors: DecodeError."""
    if not 1 <= len(value) <= MAX_INTEGER_BYTES:
        raise DecodeError(f"{what}: {len(value)} bytes long, 1 to {MAX_INTEGER_BYTES} allowed")
    return int.from_bytes(value, "big", signed=True)


def encode_integer(value: int, what: str = "INTEGER") -> bytes:
    """The shortest contents octets. Errors: EncodeError beyond 8 bytes."""
    magnitude = value if value >= 0 else ~value
    size = magnitude.bit_length() // 8 + 1
    if size > MAX_INTEGER_BYTES:
        raise EncodeError("does not fit 8 bytes", field=what)
    return value.to_bytes(size, "big", signed=True)


def decode_bits(value: bytes, what: str = "BIT STRING") -> int:
    """A named bit list as a mask: bit n of the list (0 is the leftmost) is ``1 << n``.

    Errors: DecodeError for a bad count of unused bits and for more than 64 bits.
    """
    if not 1 <= len(value) <= 1 + MAX_BITS // 8:
        raise DecodeError(f"{what}: {len(value)} bytes long")
    unused = value[0]
    if unused > 7 or (unused and len(value) == 1):
        raise DecodeError(f"{what}: {unused} unused bits")
    count = 8 * (len(value) - 1) - unused
    number = int.from_bytes(value[1:], "big") >> unused
    return sum(1 << bit for bit in range(count) if number >> (count - 1 - bit) & 1)


def encode_bits(mask: int, what: str = "BIT STRING") -> bytes:
    """The contents octets of a named bit list, trailing zero bits left out (8825-1, 11.2.2)."""
    if not 0 <= mask < 1 << MAX_BITS:
        raise EncodeError(f"more than {MAX_BITS} bits", field=what)
    count = mask.bit_length()
    size = (count + 7) // 8
    number = sum(1 << (8 * size - 1 - bit) for bit in range(count) if mask >> bit & 1)
    return bytes((8 * size - count,)) + number.to_bytes(size, "big")


def decode_text(tlv: Tlv, what: str, notes: Notes, expected: int = Tag.UTF8_STRING) -> str:
    """The text of a string type, whatever it is; bytes that are no UTF-8 are replaced.

    Both departures are findings, so that a label never hides the object it names.
    """
    if tlv.tag != expected:
        notes.add(
            Code.STRING_TYPE, f"{what} has string tag {tlv.tag:02X} instead of {expected:02X}"
        )
    try:
        return tlv.value.decode("utf-8")
    except UnicodeDecodeError:
        notes.add(Code.STRING_ENCODING, f"{what} is not valid UTF-8; odd bytes are shown replaced")
        return tlv.value.decode("utf-8", "replace")


def encode_text(text: str, what: str, tag: int = Tag.UTF8_STRING) -> bytes:
    """The whole data object of a Label. Errors: EncodeError beyond 255 characters."""
    if len(text) > MAX_TEXT:
        raise EncodeError(f"longer than {MAX_TEXT} characters", field=what)
    try:
        return encode(tag, text.encode("utf-8"))
    except UnicodeEncodeError:
        raise EncodeError("holds a lone surrogate", field=what) from None
