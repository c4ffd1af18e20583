"""Global tokens, integers and charsets of WBXML (WAP-192-WBXML 1.3, clauses 5.1, 5.6 and 7)."""

from __future__ import annotations

from enum import IntEnum, unique

from smartboot.errors import DecodeError, EncodeError

__all__ = ["CODECS", "WIDE_CODECS", "Global", "codec_of", "mb_u_int32", "read_mb_u_int32"]


@unique
class Global(IntEnum):
    """Tokens with the same meaning in every code page and in both states (clause 7.1)."""

    SWITCH_PAGE = 0x00
    END = 0x01
    ENTITY = 0x02
    STR_I = 0x03
    LITERAL = 0x04
    EXT_I_0 = 0x40
    EXT_I_1 = 0x41
    EXT_I_2 = 0x42
    PI = 0x43
    LITERAL_C = 0x44
    EXT_T_0 = 0x80
    EXT_T_1 = 0x81
    EXT_T_2 = 0x82
    STR_T = 0x83
    LITERAL_A = 0x84
    EXT_0 = 0xC0
    EXT_1 = 0xC1
    EXT_2 = 0xC2
    OPAQUE = 0xC3
    LITERAL_AC = 0xC4


CODECS: dict[int, str] = {
    0: "utf-8",  # Unknown: the transport should tell, and a card has none. UTF-8 is the usual one.
    3: "ascii",
    4: "latin-1",
    5: "iso8859-2",
    6: "iso8859-3",
    7: "iso8859-4",
    8: "iso8859-5",
    9: "iso8859-6",
    10: "iso8859-7",
    11: "iso8859-8",
    12: "iso8859-9",
    17: "shift_jis",
    106: "utf-8",
    113: "gbk",
    1000: "utf-16-be",  # UCS-2; the surrogates UTF-16 adds do no harm.
    1013: "utf-16-be",
    1014: "utf-16-le",
    1015: "utf-16-be",
    2025: "gb2312",
    2026: "big5",
}
"""IANA MIBenum to Python codec. All names are those of the character sets registry."""

WIDE_CODECS = frozenset({"utf-16-be", "utf-16-le"})
"""Codecs whose strings end with two zero bytes."""


def codec_of(charset: int) -> str:
    """The codec of a MIBenum. Errors: KeyError for one we do not know."""
    return CODECS[charset]


def read_mb_u_int32(data: bytes, offset: int, what: str = "integer") -> tuple[int, int]:
    """Read a multi-byte integer (clause 5.1) at ``offset``; the value and the offset behind it.

    Up to five bytes, 32 bits; leading 80 bytes are legal. Errors: DecodeError.
    """
    value = 0
    for at in range(offset, offset + 5):
        if at >= len(data):
            raise DecodeError(f"{what}: the data end inside a multi-byte integer", offset=at)
        byte = data[at]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            if value > 0xFFFFFFFF:
                raise DecodeError(f"{what}: integer of more than 32 bits", offset=offset)
            return value, at + 1
    raise DecodeError(f"{what}: multi-byte integer of more than 5 bytes", offset=offset)


def mb_u_int32(value: int) -> bytes:
    """Write a multi-byte integer in the fewest bytes. Errors: EncodeError outside 32 bits."""
    if not 0 <= value <= 0xFFFFFFFF:
        raise EncodeError("not an unsigned 32-bit number", field="mb_u_int32")
    out = bytearray([value & 0x7F])
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))
