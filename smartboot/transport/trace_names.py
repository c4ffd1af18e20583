"""The files a trace can name: fixed ones of a card (TS 102 221, 13) and of PKCS#15 (v1.1, 5.5).

A path is a tuple of file ids from the MF (3F00) or from an application selected by its AID (7FFF).
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

__all__ = ["ADF", "MF", "Path", "Phase", "file_name", "is_known_directory", "path_text", "phase_of"]

Path = tuple[int, ...]

MF = 0x3F00
ADF = 0x7FFF
"""Reserved file id of the current application (TS 102 221, 8.4.2)."""

_DIRECTORIES = MappingProxyType(
    {
        MF: "MF",
        0x7F10: "DF(TELECOM)",
        0x7F20: "DF(GSM)",
        0x7F50: "DF(PKCS#15)",
        0x5015: "DF(PKCS#15)",
    }
)

_MF_FILES = MappingProxyType(
    {
        0x2F00: "EF(DIR)",
        0x2F05: "EF(PL)",
        0x2F06: "EF(ARR)",
        0x2F08: "EF(UMPC)",
        0x2FE2: "EF(ICCID)",
    }
)

_APPLICATION_FILES = MappingProxyType(
    {
        0x5031: "EF(ODF)",
        0x5032: "EF(TokenInfo)",
        0x5033: "EF(UnusedSpace)",
        0x6430: "EF(DODF)",
        0x6432: "EF(LwM2M_Bootstrap)",
        0x6F06: "EF(ARR)",
    }
)

_OTHER_BRANCHES = (0x7F10, 0x7F20)
"""Directories in which the PKCS#15 file ids mean something else."""


class Phase(StrEnum):
    """What a command was for, as far as the commands alone tell."""

    IDENTIFY = "identify"
    EF_DIR = "EF(DIR)"
    CHANNEL = "channel"
    APPLICATION = "application"
    DIRECTORY = "directory"
    ACCESS_RULES = "access rules"
    DOCUMENTS = "documents"
    KEYS = "keys"
    WRITE = "write"
    VERIFY = "verify"
    OTHER = "other"


_PHASES = MappingProxyType(
    {
        "EF(ICCID)": Phase.IDENTIFY,
        "EF(DIR)": Phase.EF_DIR,
        "EF(ARR)": Phase.ACCESS_RULES,
        "EF(ODF)": Phase.DIRECTORY,
        "EF(DODF)": Phase.DIRECTORY,
        "EF(TokenInfo)": Phase.DIRECTORY,
        "EF(UnusedSpace)": Phase.DIRECTORY,
        "DF(PKCS#15)": Phase.APPLICATION,
        "EF(PL)": Phase.OTHER,
        "EF(UMPC)": Phase.OTHER,
    }
)


def is_known_directory(fid: int) -> bool:
    """Whether a file id is a directory's by convention: 3FXX, 5FXX, 7FXX and DF 5015."""
    return fid >> 8 in (0x3F, 0x5F, 0x7F) or fid in _DIRECTORIES


def file_name(path: Path, *, directory: bool, dodf: bool = False) -> str:
    """The file's name, or its kind where it has none. ``dodf``: EF(ODF) lists it as EF(DODF)."""
    fid = path[-1]
    if directory:
        return _DIRECTORIES.get(fid, "ADF" if fid == ADF else "DF")
    if dodf:
        return "EF(DODF)"
    if path[:-1] == (MF,):
        return _MF_FILES.get(fid, "EF")
    if any(branch in path for branch in _OTHER_BRANCHES):
        return "EF"
    return _APPLICATION_FILES.get(fid, "EF")


def phase_of(name: str, *, directory: bool) -> Phase:
    """What reading a file of this name is for."""
    if name.startswith("ADF"):
        return Phase.APPLICATION
    return _PHASES.get(name, Phase.OTHER if directory else Phase.DOCUMENTS)


def path_text(path: Path) -> str:
    """A path as people write it: ``3F00/2FE2``."""
    return "/".join(f"{fid:04X}" for fid in path)
