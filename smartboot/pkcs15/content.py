"""Reading a directory file from a card, piece by piece (PKCS#15 v1.1, 5.5).

A transparent file is read 256 bytes at a time, one READ BINARY each, until its row of entries is
complete; the padding behind it is not read. Directory files may also be record files: each
record then holds entries and padding of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from smartboot.card.base import FileInfo, FileSystem
from smartboot.errors import FileAbsentError
from smartboot.pkcs15.rows import RowMeasure

__all__ = ["Unlock", "plainly", "read_rows"]

CHUNK = 256
"""Bytes one READ BINARY brings at most (short APDUs)."""

LONGEST = 0x7FFF + CHUNK
"""What READ BINARY with a 15-bit offset can reach (TS 102 221, 11.1.3)."""

MAX_DIRECTORY = 0x4000
"""Bytes read of a directory file: 128 entries (``rows.MAX_ENTRIES``) of 128 bytes each."""

MAX_RECORDS = 254

T = TypeVar("T")


class Unlock(Protocol):
    """Runs ``action`` on the selected file ``info``; where the card refuses it for want of a key,
    it may present one, select the file again and run ``action`` a second time."""

    def __call__(
        self, fs: FileSystem, info: FileInfo, operation: str, action: Callable[[], T]
    ) -> T: ...


def plainly(fs: FileSystem, info: FileInfo, operation: str, action: Callable[[], T]) -> T:
    """The ``Unlock`` that has no keys."""
    del fs, info, operation
    return action()


def read_rows(
    fs: FileSystem,
    info: FileInfo,
    unlock: Unlock = plainly,
    *,
    index: int | None = None,
    length: int | None = None,
) -> list[bytes]:
    """What the selected file ``info`` holds, up to where its entries end.

    One piece for a transparent file, one for each record of a record file. ``index`` and
    ``length`` are those of the PKCS#15 path: first byte and count, or the record. Bytes read
    before a refusal are not read again. Errors: those of ``FileSystem`` and of ``unlock``.
    """
    if info.kind.has_records:
        return _read_records(fs, info, unlock, index)
    start = index or 0
    size = LONGEST if info.size is None else min(info.size, LONGEST)
    limit = max(0, size - start)
    if length is not None:
        limit = min(limit, length)
    limit = min(limit, MAX_DIRECTORY)
    data = bytearray()
    measure = RowMeasure()

    def read() -> None:
        while len(data) < limit and not measure.complete:
            wanted = min(CHUNK, limit - len(data))
            chunk = fs.read_binary(info, start + len(data), wanted)
            data.extend(chunk)
            measure.feed(chunk)
            if len(chunk) < wanted:
                break

    unlock(fs, info, "read", read)
    return [bytes(data)]


def _read_records(fs: FileSystem, info: FileInfo, unlock: Unlock, index: int | None) -> list[bytes]:
    if index:
        numbers = range(index, index + 1)
    else:
        numbers = range(1, 1 + min(info.record_count or MAX_RECORDS, MAX_RECORDS))
    records: list[bytes] = []

    def read() -> None:
        for number in numbers[len(records) :]:
            try:
                records.append(fs.read_record(info, number))
            except FileAbsentError:
                break

    unlock(fs, info, "read", read)
    return records
