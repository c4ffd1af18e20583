"""Rows of entries: what ODF, DODF and AODF have in common (PKCS#15 v1.1, 5.5).

These files are data objects one after the other, without a wrapper and without a count; what
follows the last is 00 or FF. ``split`` reads such a row as far as it goes, ``RowMeasure`` tells
while a file is read piece by piece whether its row is complete.
"""

from __future__ import annotations

from dataclasses import field

from smartboot.apdu.tlv import Tlv, iterate
from smartboot.errors import DecodeError
from smartboot.frozen import dataclass
from smartboot.pkcs15.notes import Code, Notes

__all__ = ["MAX_ENTRIES", "Row", "RowMeasure", "split"]

MAX_ENTRIES = 128
"""Entries read from one file. Real cards have fewer than ten."""

_PADDING = (0x00, 0xFF)


@dataclass(frozen=True, slots=True)
class Row:
    """The entries of a file. ``used`` counts their bytes; ``rest`` is what stands behind them
    and is not padding (a broken entry and all that follows, or entries beyond the limit)."""

    items: tuple[Tlv, ...]
    used: int
    rest: bytes = field(default=b"", repr=False)


def split(data: bytes, notes: Notes, *, limit: int = MAX_ENTRIES) -> Row:
    """Read the row of entries in ``data``.

    Never raises: a fault in an entry's outer tag or length ends the row with a finding, because
    nothing tells where the next entry would start.
    """
    items: list[Tlv] = []
    used = 0
    try:
        for tlv in iterate(data, padding=True):
            if len(items) == limit:
                notes.add(
                    Code.TOO_MANY, f"more than {limit} entries; those behind are not looked at"
                )
                return Row(tuple(items), used, data[used:])
            items.append(tlv)
            used = tlv.end
    except DecodeError as error:
        notes.add(
            Code.ENTRY_MALFORMED,
            f"entry {len(items) + 1} is broken and hides what follows: {error}",
        )
        return Row(tuple(items), used, data[used:])
    rest = data[used:]
    if rest.strip(rest[:1]):
        if not rest.strip(b"\x00\xff"):
            return Row(tuple(items), used)
        notes.add(
            Code.BYTES_AFTER_PADDING,
            f"the padding from byte {used} on is followed by other bytes, which readers ignore",
        )
        return Row(tuple(items), used, rest)
    return Row(tuple(items), used)


class RowMeasure:
    """Finds out, while a file is read, when all entries are there. Never raises."""

    __slots__ = ("_data", "_next", "complete")

    def __init__(self) -> None:
        self._data = bytearray()
        self._next = 0
        self.complete = False

    def feed(self, chunk: bytes) -> bool:
        """Take the next bytes; whether what follows them is not needed any more."""
        self._data += chunk
        while not self.complete and self._next < len(self._data):
            if self._data[self._next] in _PADDING:
                self.complete = True
                break
            head = bytes(self._data[self._next : self._next + 8])
            step = _extent(head)
            if step is None:
                break
            if step == 0:
                self.complete = True
                break
            self._next += step
        return self.complete


def _extent(head: bytes) -> int | None:
    """Bytes of the data object that starts with ``head``: None when cut off, 0 when no TLV."""
    at = 1
    if head[0] & 0x1F == 0x1F:
        if len(head) < 2:
            return None
        if head[1] & 0x80:
            return 0
        at = 2
    if len(head) <= at:
        return None
    first = head[at]
    if first < 0x80:
        return at + 1 + first
    if not 0x81 <= first <= 0x84:
        return 0
    count = first & 0x7F
    if len(head) < at + 1 + count:
        return None
    return at + 1 + count + int.from_bytes(head[at + 1 : at + 1 + count], "big")
