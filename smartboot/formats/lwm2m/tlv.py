"""The LwM2M TLV: one type byte, an identifier, a length, a value.

OMA LwM2M TS 1.0.2, 6.4.3. Only the framing is here; which TLV may hold which is the business of
``reader``. ``decode_tlv`` is strict: whoever wants to go on after a fault reads header by header.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from enum import IntEnum

from smartboot.errors import DecodeError, EncodeError
from smartboot.frozen import dataclass

__all__ = ["SPEC", "Kind", "Tlv", "decode_tlv", "encode_one", "encode_tlv", "read_header"]

SPEC = "OMA LwM2M TS 1.0.2, 6.4.3"

_MAX_LENGTH = 0xFFFFFF
_LONG_IDENTIFIER = 0x20


class Kind(IntEnum):
    """Bits 7-6 of the type byte."""

    OBJECT_INSTANCE = 0
    RESOURCE_INSTANCE = 1
    MULTIPLE_RESOURCE = 2
    RESOURCE = 3


_KINDS = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Tlv:
    """One TLV. ``identifier`` is 0..65535; ``value`` the bytes, not looked into."""

    kind: Kind
    identifier: int
    value: bytes = field(repr=False)


def read_header(data: bytes | bytearray, at: int, end: int) -> tuple[int, int, int, int]:
    """Read the TLV header at ``at``; return kind (0..3), identifier, value offset, value length.

    ``end`` is the offset past the last byte the header may take. Whether the value fits is left
    to the caller. Errors: DecodeError when the header is cut off.
    """
    if at >= end:
        raise DecodeError("TLV type: need 1 byte, 0 left", offset=at, spec=SPEC)
    first = data[at]
    id_size = 2 if first & _LONG_IDENTIFIER else 1
    length_size = (first >> 3) & 3
    start = at + 1 + id_size + length_size
    if start > end:
        part = "identifier" if at + 1 + id_size > end else "length"
        raise DecodeError(
            f"TLV {part}: need {start - at} bytes of header, {end - at} left",
            offset=at,
            spec=SPEC,
        )
    identifier = data[at + 1]
    if id_size == 2:
        identifier = identifier << 8 | data[at + 2]
    # Bits 2-0 hold the length only when there is no length field; a reader ignores them otherwise.
    if length_size == 0:
        length = first & 7
    else:
        length = int.from_bytes(data[start - length_size : start], "big")
    return first >> 6, identifier, start, length


def decode_tlv(data: bytes) -> list[Tlv]:
    """Decode the TLVs of one level, values not looked into.

    Errors: DecodeError with the offset of the TLV that is cut off or longer than the data.
    """
    found: list[Tlv] = []
    at, end = 0, len(data)
    while at < end:
        kind, identifier, start, length = read_header(data, at, end)
        if length > end - start:
            raise DecodeError(
                f"TLV value: need {length} bytes, {end - start} left", offset=at, spec=SPEC
            )
        found.append(Tlv(_KINDS[kind], identifier, data[start : start + length]))
        at = start + length
    return found


def encode_one(kind: int, identifier: int, value: bytes) -> bytes:
    """One TLV with the shortest identifier and length fields.

    Errors: EncodeError for an identifier outside 0..65535 or a value over 16777215 bytes.
    """
    if not 0 <= identifier <= 0xFFFF:
        raise EncodeError(f"identifier {identifier} is outside 0..65535")
    length = len(value)
    if length > _MAX_LENGTH:
        raise EncodeError(f"a TLV value of {length} bytes is longer than {_MAX_LENGTH}")
    first = kind << 6
    if identifier > 0xFF:
        first |= _LONG_IDENTIFIER
        identifier_field = identifier.to_bytes(2, "big")
    else:
        identifier_field = bytes((identifier,))
    if length < 8:
        return bytes((first | length,)) + identifier_field + value
    length_size = 1 if length <= 0xFF else 2 if length <= 0xFFFF else 3
    first |= length_size << 3
    return bytes((first,)) + identifier_field + length.to_bytes(length_size, "big") + value


def encode_tlv(tlvs: Iterable[Tlv]) -> bytes:
    """The TLVs of one level, one after another. Errors: EncodeError as ``encode_one``."""
    return b"".join(encode_one(tlv.kind, tlv.identifier, tlv.value) for tlv in tlvs)
