"""BER-TLV as FCP templates and PKCS#15 files use it (ISO/IEC 8825-1; tags of one or two bytes).

Bounded for hostile input: definite lengths only, a length of at most four bytes, and every
length checked against what is left. Does no I/O and knows no tag's meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from smartboot.cursor import Cursor
from smartboot.errors import DecodeError, UsageError
from smartboot.frozen import dataclass

__all__ = ["Tlv", "encode", "find", "iterate", "parse"]


@dataclass(frozen=True, slots=True)
class Tlv:
    """One data object; ``offset`` is where its tag stood, ``value_offset`` where its value did."""

    tag: int
    value: bytes = field(repr=False)
    offset: int = 0
    value_offset: int = 0

    @property
    def end(self) -> int:
        """Offset one past the value."""
        return self.value_offset + len(self.value)

    @property
    def is_constructed(self) -> bool:
        """Whether the value is itself a row of data objects (bit 6 of the first tag byte)."""
        first = self.tag if self.tag < 0x100 else self.tag >> 8
        return bool(first & 0x20)

    def children(self) -> list[Tlv]:
        """The data objects in the value; offsets count in the same bytes as this one's."""
        return [
            Tlv(t.tag, t.value, t.offset + self.value_offset, t.value_offset + self.value_offset)
            for t in iterate(self.value)
        ]


def _take(cursor: Cursor) -> Tlv:
    start = cursor.offset
    tag = cursor.u8("tag")
    if tag & 0x1F == 0x1F:
        second = cursor.u8("tag")
        if second & 0x80:
            raise DecodeError("tag of more than two bytes", offset=start)
        tag = tag << 8 | second
    first = cursor.u8("length")
    if first < 0x80:
        length = first
    elif 0x81 <= first <= 0x84:
        length = int.from_bytes(cursor.take(first & 0x7F, "length"), "big")
    else:
        raise DecodeError(f"length byte {first:02X} is not allowed", offset=cursor.offset - 1)
    value_offset = cursor.offset
    return Tlv(tag, cursor.take(length, f"value of tag {tag:02X}"), start, value_offset)


def iterate(data: bytes, *, padding: bool = False) -> Iterator[Tlv]:
    """Yield the data objects of ``data`` in order.

    With ``padding`` a tag byte 00 or FF ends the row (cards fill files with either).
    Errors: DecodeError with the offset of the first bad byte, after the good ones were yielded.
    """
    cursor = Cursor(data)
    while cursor.left:
        if padding and cursor.peek("tag") in (0x00, 0xFF):
            return
        yield _take(cursor)


def parse(data: bytes) -> Tlv:
    """The one data object that fills ``data``. Errors: DecodeError, also for bytes behind it."""
    cursor = Cursor(data)
    tlv = _take(cursor)
    if cursor.left:
        raise DecodeError(f"{cursor.left} bytes behind the data object", offset=cursor.offset)
    return tlv


def find(items: list[Tlv], tag: int) -> Tlv | None:
    """The first of ``items`` with this tag."""
    return next((item for item in items if item.tag == tag), None)


def encode(tag: int, value: bytes) -> bytes:
    """Tag, shortest definite length, value. ``tag`` is 0x00-0xFF or two bytes 0x1F00-0xFF7F."""
    if not 0 <= tag <= 0xFFFF:
        raise UsageError(f"tag {tag:X} is not one or two bytes")
    head = bytes((tag,)) if tag < 0x100 else tag.to_bytes(2, "big")
    count = len(value)
    if count < 0x80:
        length = bytes((count,))
    else:
        size = (count.bit_length() + 7) // 8
        length = bytes((0x80 | size,)) + count.to_bytes(size, "big")
    return head + length + value
