"""How many bytes of a file the LwM2M document in it takes, found out while the file is read.

OMA LwM2M TS 1.0.2, Appendix G: with a header the first four bytes tell. The bare layouts of real
cards are walked TLV by TLV as the bytes come in.
"""

from __future__ import annotations

from smartboot.errors import DecodeError
from smartboot.formats.lwm2m.document import MAX_FILE_SIZE
from smartboot.formats.lwm2m.tlv import Kind, read_header

__all__ = ["Lwm2mMeasure"]

_HEADER_SIZE = 4
_SHORTEST_OBJECT = 5


class Lwm2mMeasure:
    """A ``formats.base.Measure``: feed the file from its start; never raises.

    Never asks for more than 32768 bytes. A blank file, and bytes that are no document, have the
    length read so far.
    """

    __slots__ = ("_at", "_data", "_total")

    def __init__(self) -> None:
        self._data = bytearray()
        self._at = 0
        self._total: int | None = None

    def feed(self, chunk: bytes) -> int | None:
        """Take the next bytes; the total length in bytes once it is known, else None."""
        if self._total is None:
            self._data += chunk
            if len(self._data) >= _HEADER_SIZE:
                self._total = self._find()
        return self._total

    def _find(self) -> int | None:
        data = self._data
        if data[:2] == b"\x00\x00" or data[:_HEADER_SIZE] == b"\xff\xff\xff\xff":
            return len(data)
        if data[0] >= 0x80:
            return self._walk(bare_resources=True)
        count = int.from_bytes(data[0:2], "big")
        total = _HEADER_SIZE + int.from_bytes(data[2:4], "big")
        # No card has 256 objects; a first byte other than 00 is that of an object instance.
        if data[0] == 0:
            fits = total <= MAX_FILE_SIZE and count * _SHORTEST_OBJECT <= total - _HEADER_SIZE
            return total if fits else len(data)
        if data[0] >> 6 == Kind.OBJECT_INSTANCE:
            return self._walk(bare_resources=False)
        return len(data)

    def _walk(self, *, bare_resources: bool) -> int | None:
        """Go on TLV by TLV from where the last call stopped, until padding or the known end."""
        data, length = self._data, len(self._data)
        while self._at < length:
            first = data[self._at]
            padding = first == 0xFF or (bare_resources and first == 0)
            if self._at and (padding or data[self._at : self._at + 2] == b"\x00\x00"):
                # Bytes behind it that are no padding are for the decoder to report.
                rest = bytes(data[self._at :])
                return length if rest.strip(b"\xff\x00") else self._at
            try:
                kind, _, start, size = read_header(data, self._at, length)
            except DecodeError:
                return None
            end = start + size
            if (kind == Kind.OBJECT_INSTANCE) is bare_resources or end > MAX_FILE_SIZE:
                return length
            self._at = end
        return None if length < MAX_FILE_SIZE else length
