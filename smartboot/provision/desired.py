"""What a card is to hold: the files of a card profile, with their content and access conditions.

Paths start at 7FFF, which stands for the PKCS#15 application wherever a card has it. Directory
files are given as they are on a fresh card; on a card that lists further objects they are merged
by the planner, entry by entry.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from smartboot.card.base import CURRENT_ADF, MF, FilePath
from smartboot.errors import UsageError
from smartboot.frozen import dataclass
from smartboot.pkcs15 import dodf as _dodf
from smartboot.pkcs15.directory import ApplicationTemplate, encode_record
from smartboot.pkcs15.dodf import DodfEntry
from smartboot.profiles.load import LoadedProfile
from smartboot.profiles.render import directory_files

__all__ = ["DesiredCard", "DesiredFile", "DesiredObject", "Role", "desired_from_profile"]

Role = Literal["odf", "dodf", "token-info", "document"]


@dataclass(frozen=True, slots=True)
class DesiredFile:
    """One transparent EF.

    ``size`` is the file's, in bytes; ``content`` what it begins with. ``read`` and ``update`` are
    access conditions as ``imagerules`` spells them. ``format`` is that of a document.
    """

    path: FilePath
    name: str
    role: Role
    size: int
    content: bytes = field(repr=False)
    format: str | None = None
    read: str = "always"
    update: str = "adm1"
    sfi: int | None = None


@dataclass(frozen=True, slots=True)
class DesiredObject:
    """A data object: the document's file and the entry of EF(DODF) that leads to it."""

    file: DesiredFile
    entry: DodfEntry
    format: str

    @property
    def oid(self) -> str | None:
        """The OID of the entry, dotted."""
        return None if self.entry.oid is None else self.entry.oid.dotted


@dataclass(frozen=True, slots=True)
class DesiredCard:
    """A whole card. ``dir_record`` is the template for EF(DIR), without padding."""

    kind: Literal["uicc", "sim"]
    aid: bytes
    df: int
    label: str
    dir_record: bytes
    files: tuple[DesiredFile, ...]
    objects: tuple[DesiredObject, ...]

    def file(self, role: Role) -> DesiredFile | None:
        """The first file with this role."""
        return next((file for file in self.files if file.role == role), None)


def desired_from_profile(loaded: LoadedProfile) -> DesiredCard:
    """The card that a profile describes. Errors: ProfileError, UsageError."""
    profile = loaded.profile
    application = profile.application
    contents = directory_files(loaded)
    here = FilePath((CURRENT_ADF,))
    places = [("EF(ODF)", "odf", application.odf), ("EF(DODF)", "dodf", profile.dodf)]
    if application.token_info is not None:
        places.append(("EF(TokenInfo)", "token-info", application.token_info))
    roles: dict[str, Role] = {"odf": "odf", "dodf": "dodf", "token-info": "token-info"}
    files = [
        DesiredFile(
            here.child(place.fid),
            name,
            roles[role],
            place.size,
            contents[place.fid],
            read=str(place.access.read),
            update=str(place.access.update),
        )
        for name, role, place in places
    ]
    entries = _dodf.decode(contents[profile.dodf.fid]).entries
    if len(entries) != len(profile.data_objects):
        raise UsageError("the profile's EF(DODF) does not read back as it was meant")
    objects = []
    for item, content, entry in zip(profile.data_objects, loaded.documents, entries, strict=True):
        file = DesiredFile(
            here.child(item.fid),
            item.label,
            "document",
            item.size or len(content),
            content,
            item.format,
            str(item.access.read),
            str(item.access.update),
            item.sfi,
        )
        files.append(file)
        objects.append(DesiredObject(file, entry, item.format))
    template = ApplicationTemplate(
        application.aid, application.label.encode(), FilePath((MF, application.df))
    )
    return DesiredCard(
        profile.kind,
        application.aid,
        application.df,
        application.label,
        encode_record(template),
        tuple(files),
        tuple(objects),
    )
