"""A card of a few files for the PKCS#15 tests: answers from a table and counts what it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from smartboot.card.base import (
    AccessRule,
    CardKind,
    FileInfo,
    FileKind,
    FilePath,
    PinStatus,
)
from smartboot.errors import CardError, FileAbsentError, SecurityStatusError
from smartboot.model import Finding

AID = bytes.fromhex("A000000063504B43532D3135")
USIM = "61184F10A0000000871002FF44FF01890000010050045553494D"
DIR_RECORD = "611C4F0CA000000063504B43532D31355006504B4353313551043F007F50"
ODF = "A7063004040264 30".replace(" ", "")
LWM2M = (
    "A127 3000 3011 0C0F 4C774D324D20426F6F747374726170 A110 300E 06060604672B0901 3004 04026432"
)


def h(text: str) -> bytes:
    """Bytes from hex with blanks."""
    return bytes.fromhex(text)


class FakeFiles:
    """Files by their path text (``7FFF/5031``, ``3F00/7F50/5031``); records as a list."""

    def __init__(self, card: FakeCard) -> None:
        self.card = card
        self.selected: FilePath | None = None

    def select_application(self, aid: bytes) -> None:
        self.card.log.append(f"aid {aid.hex().upper()}")
        error = self.card.refuse.get(f"aid {aid.hex().upper()}")
        if error is not None:
            raise error
        if aid not in self.card.aids:
            raise FileAbsentError("no such application", sw=0x6A82)

    def select(self, path: FilePath) -> FileInfo:
        name = str(path)
        self.card.log.append(f"select {name}")
        if f"select {name}" in self.card.refuse:
            raise self.card.refuse[f"select {name}"]
        self.selected = path
        body = self.card.files.get(name)
        if body is None:
            if any(other.startswith(name + "/") for other in self.card.files):
                return FileInfo(path, FileKind.DF)
            raise FileAbsentError(f"no file {name}", sw=0x6A82)
        if isinstance(body, list):
            return FileInfo(
                path,
                FileKind.LINEAR_FIXED,
                size=sum(map(len, body)),
                record_length=len(body[0]) if body else 1,
                record_count=len(body),
            )
        return FileInfo(path, FileKind.TRANSPARENT, size=self.card.sizes.get(name, len(body)))

    def reselect(self, info: FileInfo) -> None:
        if self.selected != info.path:
            self.select(info.path)

    def _check(self, info: FileInfo) -> None:
        assert self.selected == info.path, "read of a file that is not selected"
        name = str(info.path)
        if name in self.card.locked and name not in self.card.opened:
            raise SecurityStatusError(
                f"the card refused to read {name}", sw=0x6982, needs=("PIN1",)
            )
        error = self.card.refuse.get(f"read {name}")
        if error is not None:
            raise error

    def read_binary(self, info: FileInfo, offset: int = 0, length: int | None = None) -> bytes:
        name = str(info.path)
        self.card.log.append(f"read {name} {offset}+{length}")
        self._check(info)
        body = self.card.files[name]
        assert isinstance(body, bytes)
        end = len(body) if length is None else offset + length
        chunk = body[offset:end]
        self.card.bytes_read += len(chunk)
        return chunk

    def read_record(self, info: FileInfo, number: int) -> bytes:
        name = str(info.path)
        self.card.log.append(f"record {name} {number}")
        self._check(info)
        body = self.card.files[name]
        assert isinstance(body, list)
        if number > len(body):
            raise FileAbsentError("no such record", sw=0x6A83)
        return body[number - 1]

    def access_rule(self, info: FileInfo) -> AccessRule:
        return AccessRule()


class FakeCard:
    """One card. ``files`` maps path text to bytes or to a list of records."""

    def __init__(
        self,
        files: dict[str, bytes | list[bytes]],
        *,
        kind: CardKind = CardKind.UICC,
        aids: tuple[bytes, ...] = (AID,),
    ) -> None:
        self.files = files
        self.kind = kind
        self.aids = aids if kind is CardKind.UICC else ()
        self.atr = b"\x3b\x00"
        self.reader_name = "fake"
        self.findings: list[Finding] = []
        self.log: list[str] = []
        self.refuse: dict[str, CardError] = {}
        self.sizes: dict[str, int | None] = {}
        self.locked: set[str] = set()
        self.opened: set[str] = set()
        self.bytes_read = 0
        self.sessions = 0

    def iccid(self) -> str | None:
        return None

    def basic(self) -> FakeFiles:
        return FakeFiles(self)

    @contextmanager
    def session(self) -> Iterator[FakeFiles]:
        self.log.append("open")
        self.sessions += 1
        try:
            yield FakeFiles(self)
        finally:
            self.sessions -= 1
            self.log.append("close")

    def pin_status(self, reference: int) -> PinStatus:
        return PinStatus(reference)

    def verify(self, reference: int, key: bytes, *, force: bool = False) -> None:
        raise AssertionError("nothing here may present a key")

    def close(self) -> None:
        pass


def pad(data: bytes, size: int, fill: int = 0xFF) -> bytes:
    """``data`` filled up to ``size`` bytes."""
    return data + bytes([fill]) * (size - len(data))


def reference_files(base: str = "7FFF") -> dict[str, bytes | list[bytes]]:
    """The reference layout: the PKCS#15 template in record 2 of EF(DIR), one LwM2M object."""
    return {
        "3F00/2F00": [pad(h(USIM), 40), pad(h(DIR_RECORD), 40), pad(b"", 40)],
        f"{base}/5031": pad(h(ODF), 32),
        f"{base}/6430": pad(h(LWM2M), 128),
        f"{base}/6432": pad(b"\x00\x01", 64),
    }
