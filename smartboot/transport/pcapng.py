"""Blocks of a pcapng file (draft-ietf-opsawg-pcapng): packets with their comments, both ways.

Written: one section, one interface of raw IP packets (link type 101), enhanced packet blocks,
little-endian, microseconds. Read: both byte orders, several sections and interfaces, any
timestamp resolution; blocks of other kinds are skipped. Pure: nothing here does I/O.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import field

from smartboot.errors import DecodeError
from smartboot.frozen import dataclass

__all__ = [
    "LINKTYPE_RAW",
    "Packet",
    "PacketReader",
    "encode_packet",
    "encode_start",
    "is_pcapng",
]

LINKTYPE_RAW = 101
"""Raw IPv4 or IPv6 packets."""

_SECTION = 0x0A0D0D0A
_INTERFACE = 1
_ENHANCED = 6
_MAGIC = 0x1A2B3C4D
_COMMENT = 1
_IF_NAME = 2
_IF_RESOLUTION = 9
_SHB_PROGRAM = 4

_MAX_BLOCK = 1 << 20
_MAX_INTERFACES = 256
_MAX_OPTIONS = 64
_DEFAULT_RESOLUTION = 6


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet. ``offset`` is where its block starts."""

    data: bytes = field(repr=False)
    time_us: int
    comments: tuple[str, ...] = ()
    link_type: int = LINKTYPE_RAW
    offset: int = 0


def is_pcapng(data: bytes) -> bool:
    """Whether the first bytes are those of a pcapng file."""
    return data[:4] == _SECTION.to_bytes(4, "big")


# -- writing


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def _options(*pairs: tuple[int, str]) -> bytes:
    made = b"".join(_option(code, _bounded(text)) for code, text in pairs if text)
    return made + _option(0, b"") if made else b""


def _bounded(text: str) -> bytes:
    """UTF-8 that fits an option, cut between characters."""
    return text.encode("utf-8", "replace")[:0xFFFC].decode("utf-8", "ignore").encode()


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def encode_start(comment: str, *, program: str = "", interface: str = "") -> bytes:
    """Section header and interface description; ``comment`` belongs to the section."""
    section = struct.pack("<IHHq", _MAGIC, 1, 0, -1)
    section += _options((_COMMENT, comment), (_SHB_PROGRAM, program))
    described = struct.pack("<HHI", LINKTYPE_RAW, 0, 0) + _options((_IF_NAME, interface))
    return _block(_SECTION, section) + _block(_INTERFACE, described)


def encode_packet(data: bytes, time_us: int, comments: tuple[str, ...] = ()) -> bytes:
    """One enhanced packet block, whole: what was written so far is always a valid file."""
    body = struct.pack("<IIIII", 0, time_us >> 32, time_us & 0xFFFFFFFF, len(data), len(data))
    body += data + bytes(-len(data) % 4)
    return _block(_ENHANCED, body + _options(*((_COMMENT, text) for text in comments)))


# -- reading


@dataclass(slots=True)
class _Section:
    order: str
    interfaces: list[tuple[int, int, int]] = field(default_factory=list)


class PacketReader:
    """Walks a file; iterate over it once.

    ``comments`` are those of the sections met so far, ``truncated`` says whether the file ended
    inside a block. Errors: DecodeError with the offset.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._section: _Section | None = None
        self.comments: list[str] = []
        self.truncated = False

    def __iter__(self) -> Iterator[Packet]:
        at, data = 0, self._data
        while at < len(data):
            if len(data) - at < 12:
                self.truncated = True
                return
            kind = data[at : at + 4]
            if kind == _SECTION.to_bytes(4, "big"):
                self._section = _Section(self._order(at))
            if self._section is None:
                raise DecodeError("no pcapng file: it starts with no section header", offset=at)
            order = self._section.order
            length = int(struct.unpack_from(f"{order}I", data, at + 4)[0])
            if length < 12 or length % 4 or length > _MAX_BLOCK:
                raise DecodeError(f"a block cannot have {length} bytes", offset=at + 4)
            if length > len(data) - at:
                self.truncated = True
                return
            if data[at + 4 : at + 8] != data[at + length - 4 : at + length]:
                raise DecodeError("a block's two lengths differ", offset=at + length - 4)
            packet = self._take(struct.unpack_from(f"{order}I", kind)[0], at, at + length - 4)
            if packet is not None:
                yield packet
            at += length

    def _order(self, at: int) -> str:
        magic = self._data[at + 8 : at + 12]
        if magic == _MAGIC.to_bytes(4, "little"):
            return "<"
        if magic == _MAGIC.to_bytes(4, "big"):
            return ">"
        raise DecodeError("the section header has no byte-order magic", offset=at + 8)

    def _take(self, kind: int, at: int, end: int) -> Packet | None:
        assert self._section is not None
        start = at + 8
        if kind == _SECTION:
            if end - start < 16:
                raise DecodeError("the section header is too short", offset=at)
            self.comments += self._comments(start + 16, end)
        elif kind == _INTERFACE:
            self._interface(start, end)
        elif kind == _ENHANCED:
            return self._packet(at, start, end)
        return None

    def _interface(self, start: int, end: int) -> None:
        assert self._section is not None
        if end - start < 8:
            raise DecodeError("an interface description is too short", offset=start)
        if len(self._section.interfaces) >= _MAX_INTERFACES:
            raise DecodeError(f"more than {_MAX_INTERFACES} interfaces", offset=start)
        link = struct.unpack_from(f"{self._section.order}H", self._data, start)[0]
        base, exponent = 10, _DEFAULT_RESOLUTION
        for code, value in self._options(start + 8, end):
            if code == _IF_RESOLUTION and len(value) == 1:
                base, exponent = (2, value[0] & 0x7F) if value[0] & 0x80 else (10, value[0])
        self._section.interfaces.append((link, base, exponent))

    def _packet(self, at: int, start: int, end: int) -> Packet:
        assert self._section is not None
        if end - start < 20:
            raise DecodeError("a packet block is too short", offset=at)
        fields = struct.unpack_from(f"{self._section.order}IIIII", self._data, start)
        number, high, low, captured, _ = fields
        if number >= len(self._section.interfaces):
            raise DecodeError(f"interface {number} is not described", offset=start)
        first = start + 20
        if captured > end - first:
            raise DecodeError("a packet is longer than its block", offset=start + 12)
        link, base, exponent = self._section.interfaces[number]
        time_us = (high << 32 | low) * 1_000_000 // base**exponent
        options = first + captured + -captured % 4
        data = self._data[first : first + captured]
        return Packet(data, time_us, tuple(self._comments(options, end)), link, at)

    def _comments(self, start: int, end: int) -> list[str]:
        return [
            value.decode("utf-8", "replace")
            for code, value in self._options(start, end)
            if code == _COMMENT
        ]

    def _options(self, start: int, end: int) -> Iterator[tuple[int, bytes]]:
        assert self._section is not None
        for _ in range(_MAX_OPTIONS):
            if end - start < 4:
                return
            code, length = struct.unpack_from(f"{self._section.order}HH", self._data, start)
            if not code:
                return
            if length > end - start - 4:
                raise DecodeError("an option is longer than its block", offset=start)
            yield code, self._data[start + 4 : start + 4 + length]
            start += 4 + length + -length % 4
        raise DecodeError(f"more than {_MAX_OPTIONS} options", offset=start)
