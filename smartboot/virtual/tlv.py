"""BER-TLV as the virtual card needs it (ISO/IEC 7816-4, 5.2.2): one-byte tags, lengths to 65535.

The card's own, and on purpose not shared with the reader's: a misunderstanding of one must show.
"""

from __future__ import annotations

from smartboot.errors import DecodeError

__all__ = ["parse_tlvs", "tlv"]

_MAX_OBJECTS = 64


def tlv(tag: int, value: bytes) -> bytes:
    """One object with the shortest length field."""
    size = len(value)
    if size < 0x80:
        return bytes((tag, size)) + value
    if size < 0x100:
        return bytes((tag, 0x81, size)) + value
    return bytes((tag, 0x82, size >> 8, size & 0xFF)) + value


def parse_tlvs(data: bytes, *, padded: bool = False) -> list[tuple[int, bytes]]:
    """All objects in ``data``, in order. ``padded``: FF in place of a tag ends them.

    Errors: DecodeError for objects that do not fill ``data`` exactly, two-byte tags and more
    than 64 objects.
    """
    found: list[tuple[int, bytes]] = []
    at, end = 0, len(data)
    while at < end:
        tag = data[at]
        if padded and tag == 0xFF:
            break
        if tag & 0x1F == 0x1F or len(found) == _MAX_OBJECTS:
            raise DecodeError("tag of two bytes or too many objects", offset=at)
        if at + 2 > end:
            raise DecodeError("length is missing", offset=at + 1)
        size, start = data[at + 1], at + 2
        if size >= 0x80:
            count = size & 0x7F
            if count not in (1, 2) or start + count > end:
                raise DecodeError("length field is cut off or too long", offset=at + 1)
            size, start = int.from_bytes(data[start : start + count], "big"), start + count
        if start + size > end:
            raise DecodeError(f"value of tag {tag:02X} is cut off", offset=start)
        found.append((tag, data[start : start + size]))
        at = start + size
    return found
