"""The well-known files of a card, for showing what is on it (TS 102 221, 13; PKCS#15, 5.5).

A card cannot be asked for a list of its files, so the known ones are tried one by one.
"""

from __future__ import annotations

from collections.abc import Iterable

from smartboot.card.base import CURRENT_ADF, MF, FileInfo, FileKind, FilePath, FileSystem
from smartboot.card.files import MAX_RECORD
from smartboot.errors import CardError, FileAbsentError
from smartboot.frozen import dataclass

__all__ = [
    "EF_DIR",
    "PKCS15_FILES",
    "WELL_KNOWN",
    "KnownFile",
    "probe",
    "read_records",
]


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file a standard gives an id and a name."""

    path: FilePath
    name: str


def _under(directory: tuple[int, ...], *files: tuple[int, str]) -> tuple[KnownFile, ...]:
    return tuple(KnownFile(FilePath((*directory, fid)), name) for fid, name in files)


EF_DIR = FilePath((MF, 0x2F00))

WELL_KNOWN = (
    KnownFile(FilePath((MF,)), "MF"),
    *_under(
        (MF,),
        (0x2F00, "EF(DIR)"),
        (0x2F05, "EF(PL)"),
        (0x2F06, "EF(ARR)"),
        (0x2F08, "EF(UMPC)"),
        (0x2FE2, "EF(ICCID)"),
        (0x7F10, "DF(TELECOM)"),
        (0x7F20, "DF(GSM)"),
        (0x7F50, "DF(PKCS#15)"),
        (0x5015, "DF(PKCS#15)"),
    ),
)
"""Files under the MF."""

PKCS15_FILES = _under(
    (CURRENT_ADF,),
    (0x5031, "EF(ODF)"),
    (0x5032, "EF(TokenInfo)"),
    (0x5033, "EF(UnusedSpace)"),
    (0x6430, "EF(DODF)"),
    (0x6432, "EF(LwM2M_Bootstrap)"),
    (0x6F06, "EF(ARR)"),
)
"""Files usual in a PKCS#15 application, to be tried after it was selected by its AID."""


def probe(files: FileSystem, paths: Iterable[FilePath]) -> list[FileInfo]:
    """Select each path and return what the card says of those that are there.

    A file the card refuses for another reason than its absence is there, of kind ``unknown``.
    Select relative paths' directory before; absolute paths are safe in any order.
    """
    found = []
    for path in paths:
        try:
            found.append(files.select(path))
        except FileAbsentError:
            continue
        except CardError:
            found.append(FileInfo(path=path, kind=FileKind.UNKNOWN))
    return found


def read_records(files: FileSystem, info: FileInfo) -> list[bytes]:
    """All records of the record EF selected last, in order, as they are.

    Reads as many as the card said there are; where it did not say, until it refuses one.
    """
    records = []
    for number in range(1, min(info.record_count or MAX_RECORD, MAX_RECORD) + 1):
        try:
            records.append(files.read_record(info, number))
        except FileAbsentError:
            break
    return records
