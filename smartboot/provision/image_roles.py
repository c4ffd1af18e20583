"""What the files of a card image are for, as the image's own PKCS#15 directories say.

Nothing here looks at a card.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from smartboot.card.base import CURRENT_ADF, MF, FilePath
from smartboot.errors import UsageError
from smartboot.formats import registry
from smartboot.image import CardImage, FileImage
from smartboot.pkcs15 import dodf, odf
from smartboot.pkcs15.directory import PKCS15_AID
from smartboot.pkcs15.odf import ObjectClass
from smartboot.pkcs15.oid import format_of
from smartboot.pkcs15.path import Path

__all__ = ["Roles", "application_of"]

_DFS = (0x7F50, 0x5015)
_ODF = 0x5031


def application_of(image: CardImage) -> tuple[tuple[int, ...], FileImage]:
    """The PKCS#15 application of an image and its path: by its AID, else by the usual DFs.

    Errors: UsageError for an image without one.
    """
    found: dict[int, tuple[tuple[int, ...], FileImage]] = {}
    for path, file in image.walk():
        if file.aid is not None and file.aid.startswith(PKCS15_AID):
            return path, file
        if file.is_directory and file.fid in _DFS:
            found.setdefault(file.fid, (path, file))
    for fid in _DFS:
        if fid in found:
            return found[fid]
    raise UsageError(
        "the image has no PKCS#15 application, so there is nothing to restore",
        hint="is it an image made with `smartboot dump` or a backup of `smartboot write`?",
    )


@dataclass(slots=True)
class Roles:
    """What the files of an image are, as its own directories say; by path in the application."""

    odf: set[tuple[int, ...]] = field(default_factory=lambda: {(_ODF,)})
    dodf: set[tuple[int, ...]] = field(default_factory=set)
    formats: dict[tuple[int, ...], str] = field(default_factory=dict)

    @classmethod
    def of(cls, files: dict[tuple[int, ...], FileImage]) -> Roles:
        """The roles of an application's ``files``."""
        roles = cls()
        listing = files.get((_ODF,))
        decoded = odf.decode(b"" if listing is None else listing.data)
        for entry in decoded.of_class(ObjectClass.DATA_OBJECTS):
            if isinstance(entry.value, Path):
                roles.dodf.add(_relative(entry.value.ids))
        for path in roles.dodf & files.keys():
            for item in dodf.decode(files[path].data).entries:
                name = None if item.oid is None else format_of(item.oid.dotted)
                if isinstance(item.value, Path) and name is not None:
                    roles.formats[_relative(item.value.ids)] = name
        return roles

    def kind(self, file: FileImage, relative: tuple[int, ...]) -> str:
        """The format of a document; empty for directory files and what nobody knows."""
        if relative in self.odf or relative in self.dodf:
            return ""
        return self.formats.get(relative) or registry.recognise(file.data) or ""


def _relative(path: FilePath) -> tuple[int, ...]:
    """The ids below the application; it sits right under the MF, as all do."""
    if path.ids[:1] == (MF,):
        return path.ids[2:]
    return path.ids[1:] if path.ids[:1] in ((CURRENT_ADF,), (0x3FFF,)) else path.ids
