"""A cursor over bytes that checks every length before it takes (for all codecs, no I/O)."""

from __future__ import annotations

from smartboot.errors import DecodeError

__all__ = ["Cursor"]


class Cursor:
    """Walks ``data[start:end]``; offsets in errors count from the first byte of ``data``."""

    __slots__ = ("_data", "_end", "offset")

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._end = len(data) if end is None else end
        if not 0 <= start <= self._end <= len(data):
            raise ValueError("cursor bounds outside the data")
        self.offset = start

    @property
    def left(self) -> int:
        """Bytes not yet taken."""
        return self._end - self.offset

    @property
    def end(self) -> int:
        """Offset one past the last byte this cursor may take."""
        return self._end

    def peek(self, what: str) -> int:
        """The next byte, not taken."""
        if self.offset >= self._end:
            raise DecodeError(f"{what}: need 1 byte, 0 left", offset=self.offset)
        return self._data[self.offset]

    def u8(self, what: str) -> int:
        """Take one byte."""
        value = self.peek(what)
        self.offset += 1
        return value

    def u16(self, what: str) -> int:
        """Take two bytes, big-endian."""
        return int.from_bytes(self.take(2, what), "big")

    def take(self, count: int, what: str) -> bytes:
        """Take ``count`` bytes. Errors: DecodeError when fewer are left."""
        if count > self.left:
            raise DecodeError(f"{what}: need {count} bytes, {self.left} left", offset=self.offset)
        chunk = self._data[self.offset : self.offset + count]
        self.offset += count
        return chunk

    def sub(self, count: int, what: str) -> Cursor:
        """Take ``count`` bytes as a cursor of their own; its offsets still count from ``data``."""
        if count > self.left:
            raise DecodeError(f"{what}: need {count} bytes, {self.left} left", offset=self.offset)
        part = Cursor(self._data, self.offset, self.offset + count)
        self.offset += count
        return part

    def rest(self) -> bytes:
        """Take all that is left."""
        return self.take(self.left, "rest")
