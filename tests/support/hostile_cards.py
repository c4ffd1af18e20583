"""Cards that answer to be slow: for ever, in crumbs, with files that lie about themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from smartboot.card.base import FilePath
from smartboot.pkcs15.attributes import CommonObjectAttributes
from smartboot.pkcs15.dodf import DataObjectKind, DodfEntry
from smartboot.pkcs15.dodf_write import encode_entries
from smartboot.pkcs15.oid import ObjectId
from smartboot.pkcs15.path import Path
from tests.fuzz.cards import Answerer

__all__ = ["CARDS", "Always", "Library", "directory_of"]

OK = b"\x90\x00"
_DIR = bytes.fromhex("61124F0CA000000063504B43532D313551023F00")
_ODF = bytes.fromhex("A706300404026430")


class Always:
    """The same answers in turn to everything."""

    def __init__(self, *answers: str) -> None:
        self._answers = [bytes.fromhex(answer) for answer in answers]
        self._at = -1

    def answer(self, command: bytes) -> bytes:
        self._at = (self._at + 1) % len(self._answers)
        return self._answers[self._at]


class Library:
    """A card that has every file there is: those given, and ``other`` for the rest.

    Each SELECT finds a transparent file said to have ``size`` bytes (EF(DIR) has records), each
    READ BINARY brings at most ``piece`` bytes of it. On T=0 what is asked for comes at once.
    """

    def __init__(
        self, files: dict[int, bytes], other: bytes = b"", *, size: int = 0x7FFF, piece: int = 256
    ) -> None:
        self._files = files
        self._other = other
        self._size = size
        self._piece = piece
        self._fid = 0x3F00
        self._answer = b""

    def answer(self, command: bytes) -> bytes:
        ins = command[1]
        if ins == 0x70:
            return b"\x01" + OK if command[2] == 0 else OK
        if ins == 0xA4:
            data = command[5 : 5 + command[4]]
            self._fid = int.from_bytes(data[-2:], "big")
            return self._template() + OK
        if ins == 0xC0:
            return self._template() + OK
        if ins == 0xB2:
            return (_DIR if self._fid == 0x2F00 else b"\xff" * 10).ljust(38, b"\xff") + OK
        if ins == 0xB0:
            offset = (command[2] & 0x7F) << 8 | command[3]
            content = self._files.get(self._fid, self._other)
            wanted = min(command[4] or 256, self._piece)
            return (content[offset:] + b"\xff" * 256)[:wanted] + OK
        return b"\x6d\x00"

    def _template(self) -> bytes:
        if self._fid == 0x2F00:
            return bytes.fromhex("620B8205422100260483022F00")
        body = b"\x82\x02\x41\x21\x83\x02" + self._fid.to_bytes(2, "big")
        body += b"\x80\x02" + self._size.to_bytes(2, "big")
        return b"\x62" + bytes((len(body),)) + body


def directory_of(fids: Iterable[int]) -> bytes:
    """An EF(ODF) that lists these files as directories of data objects."""
    return b"".join(b"\xa7\x06\x30\x04\x04\x02" + fid.to_bytes(2, "big") for fid in fids)


def _objects(count: int, oid: str, same: bool) -> bytes:
    """An EF(DODF) of ``count`` entries."""
    identifier = ObjectId.from_dotted(oid)
    entries = []
    for number in range(count):
        path = FilePath((0x6432 if same else 0x6500 + number,))
        part = Path(path, number, 0xFFFF) if same else Path(path)
        common = CommonObjectAttributes(f"object {number}")
        entries.append(DodfEntry(DataObjectKind.OPAQUE, common, None, identifier, None, part))
    return encode_entries(entries)


def _lwm2m(size: int = 32_000) -> bytes:
    tlv = b"\xc1\x00a" * ((size - 9) // 3)
    objects = b"\x00\x00\x00" + len(tlv).to_bytes(2, "big") + tlv
    return b"\x00\x01" + len(objects).to_bytes(2, "big") + objects


_LWM2M, _CP = "2.23.43.9.1", "2.23.43.5.1"
_PROV = b"\x03\x0b\x6a\x00\x45" + b"\x06" * 30_000 + b"\x01"

CARDS: dict[str, Callable[[], Answerer]] = {
    "61xx for ever": lambda: Always("6110"),
    "61xx, a byte each": lambda: Always("6110", "006101"),
    "6Cxx for ever": lambda: Always("6C10"),
    "9Fxx for ever": lambda: Always("6E00", "9F10"),
    "9Fxx, a byte each": lambda: Always("6E00", "9F01", "009F01"),
    "warnings": lambda: Always("6282"),
    "data may be corrupted": lambda: Always("AABB6281"),
    "busy for ever": lambda: Always("9300"),
    "proactive for ever": lambda: Always("9110"),
    "refuses for want of a key": lambda: Always("6982", "6200" + "9000"),
    "no file there": lambda: Always("6A82"),
    "every file, empty": lambda: Library({0x5031: _ODF}),
    "one object, in crumbs": lambda: Library(
        {0x5031: _ODF, 0x6430: _objects(1, _LWM2M, True), 0x6432: _lwm2m()}, piece=1
    ),
    "128 objects in one file": lambda: Library(
        {0x5031: _ODF, 0x6430: _objects(128, _LWM2M, True), 0x6432: _lwm2m(8000)}
    ),
    "128 parts of one long file": lambda: Library(
        {0x5031: _ODF, 0x6430: _objects(128, _LWM2M, True), 0x6432: _lwm2m()}
    ),
    "128 objects in as many files": lambda: Library(
        {0x5031: _ODF, 0x6430: _objects(128, _LWM2M, False)}, _lwm2m(400)
    ),
    "provisioning in as many files": lambda: Library(
        {0x5031: _ODF, 0x6430: _objects(128, _CP, False)}, _PROV
    ),
    "one long provisioning document": lambda: Library(
        {0x5031: _ODF, 0x6430: _objects(1, _CP, True), 0x6432: _PROV}
    ),
    "a directory without end": lambda: Library({0x5031: _ODF}, b"\xa1\x02\x30\x00" * 9000),
    "a directory of directories": lambda: Library({}, _ODF * 4000),
    "an entry longer than any file": lambda: Library({0x5031: b"\xa7\x84\x7f\xff\xff\xff"}),
    "the directory lists itself": lambda: Library({0x5031: bytes.fromhex("A706300404025031") * 16}),
    "files of no bytes": lambda: Library({0x5031: _ODF}, size=0),
    "files of 64 KB": lambda: Library({0x5031: _ODF, 0x6430: b"\x00" * 9}, size=0xFFFF),
}
