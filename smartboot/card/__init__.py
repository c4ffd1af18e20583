"""The file-system mapper: files, access rules and keys of UICC and SIM cards."""

from __future__ import annotations

from smartboot.card.base import (
    AccessCondition,
    AccessRule,
    Card,
    CardKind,
    FileInfo,
    FileKind,
    FilePath,
    FileSystem,
    LifeCycle,
    PinStatus,
)
from smartboot.card.detect import open_card

__all__ = [
    "AccessCondition",
    "AccessRule",
    "Card",
    "CardKind",
    "FileInfo",
    "FileKind",
    "FilePath",
    "FileSystem",
    "LifeCycle",
    "PinStatus",
    "open_card",
]
