"""What the rules know of a card beside its documents: its files, its directory, its keys."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from smartboot.card.base import (
    CURRENT_ADF,
    MF,
    AccessRule,
    CardKind,
    FileInfo,
    FilePath,
    PinStatus,
)
from smartboot.card.fcp import fcp_objects
from smartboot.errors import DecodeError
from smartboot.frozen import dataclass
from smartboot.pkcs15.aodf import PinObject
from smartboot.pkcs15.application import DataObject, Found
from smartboot.pkcs15.directory import ApplicationTemplate
from smartboot.pkcs15.odf import Odf
from smartboot.pkcs15.tokeninfo import TokenInfo

__all__ = ["ELEMENTARY", "CardFacts", "FileFacts", "FileRole"]


class FileRole(StrEnum):
    """What a file is for."""

    DIR = "EF(DIR)"
    ICCID = "EF(ICCID)"
    APPLICATION = "PKCS#15 application"
    ODF = "EF(ODF)"
    DODF = "EF(DODF)"
    TOKEN_INFO = "EF(TokenInfo)"  # noqa: S105 -- the name of a file
    DIRECTORY = "directory file"
    """Another file that EF(ODF) names, such as EF(AODF)."""
    DOCUMENT = "document"
    MF = "MF"
    ARR = "EF(ARR)"
    PATH = "DF reached by its path"
    """The application's DF, selected by the path in EF(DIR), or DF 7F50."""
    PATH_ODF = "EF(ODF) reached by its path"


ELEMENTARY = (
    FileRole.DIR,
    FileRole.ICCID,
    FileRole.ODF,
    FileRole.DODF,
    FileRole.TOKEN_INFO,
    FileRole.DIRECTORY,
    FileRole.DOCUMENT,
)
"""The EFs that a reader of bootstrap data comes across, each once."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file: what the card says of it, who may do what, and the bytes that were read.

    ``complete`` is False when the last byte of the size the card tells is not there, None when
    nobody could look.
    """

    role: FileRole
    info: FileInfo
    rule: AccessRule = field(default=AccessRule())
    data: bytes | None = field(default=None, repr=False)
    complete: bool | None = None

    def fcp(self, tag: int) -> tuple[bytes, ...]:
        """The values of a tag in the FCP template as the card sent it; empty when it has none."""
        try:
            return tuple(item.value for item in fcp_objects(self.info.raw) if item.tag == tag)
        except DecodeError:
            return ()

    @property
    def title(self) -> str:
        """The file in a message: ``EF(DODF) 6430``, ``the document EF 6432``."""
        if self.role is FileRole.DOCUMENT:
            return f"the document {self.where}"
        return f"{self.role.value} {self.info.path.fid:04X}"

    @property
    def where(self) -> str:
        """``EF 6432``, ``DF 7F50``, ``ADF`` or ``MF``, as findings name it."""
        fid = self.info.path.fid
        if fid == MF:
            return "MF"
        if fid == CURRENT_ADF:
            return "ADF"
        return f"{'DF' if self.info.kind.is_directory else 'EF'} {fid:04X}"


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What was seen of a card beside its documents.

    ``files`` in the order met, each once. ``objects`` are the entries of the EF(DODF)s; those of
    ``Subject.documents`` that a directory names come in the same order. ``records`` are all of
    EF(DIR) and ``templates`` the applications in them; ``template`` is the one of PKCS#15 that was
    taken. ``keys`` are the states of the keys that the files ask for, ``absent_keys`` those of
    them that the card says it does not have. ``missing`` are files that EF(ODF) names, other than
    EF(DODF) and EF(AODF), and that are not there.
    """

    kind: CardKind
    found: Found | None = None
    template: ApplicationTemplate | None = None
    records: tuple[bytes, ...] = field(default=(), repr=False)
    files: tuple[FileFacts, ...] = ()
    objects: tuple[DataObject, ...] = ()
    odf: Odf | None = None
    token_info: TokenInfo | None = None
    pins: tuple[PinObject, ...] = ()
    keys: tuple[PinStatus, ...] = ()
    absent_keys: tuple[int, ...] = ()
    templates: tuple[ApplicationTemplate, ...] = ()
    iccid: str | None = None
    missing: tuple[FilePath, ...] = ()

    def of(self, role: FileRole) -> tuple[FileFacts, ...]:
        """The files of one role."""
        return tuple(file for file in self.files if file.role is role)

    def file(self, path: FilePath | None) -> FileFacts | None:
        """The file at this path, when it was looked at."""
        return next((file for file in self.files if file.info.path == path), None)
