"""The directory files of a profile: EF(ODF), EF(DODF) and EF(TokenInfo) (PKCS#15 v1.1, 5.5)."""

from __future__ import annotations

from dataclasses import dataclass, field

from smartboot.card.base import FilePath
from smartboot.errors import EncodeError, ProfileError
from smartboot.pkcs15.dodf import DataObjectKind
from smartboot.pkcs15.dodf_write import encode_entries, make_entry
from smartboot.pkcs15.odf import ObjectClass, OdfEntry
from smartboot.pkcs15.odf import encode_entries as encode_odf
from smartboot.pkcs15.oid import KNOWN_OIDS
from smartboot.pkcs15.path import Path
from smartboot.pkcs15.tokeninfo import TokenInfo, encode_token_info
from smartboot.profiles.schema import CardProfile, DataObjectProfile
from smartboot.yamltext import Place

__all__ = ["DirectoryContent", "directory_contents", "oid_of"]

_OIDS = {known.format: known.oid for known in reversed(tuple(KNOWN_OIDS.values()))}
"""The first OID of each format: what a data object is unless its profile says otherwise."""


@dataclass(frozen=True, slots=True)
class DirectoryContent:
    """One directory file: its name, file id, the size the profile gives it, what is in it."""

    name: str
    place: Place
    """Where the profile speaks of it."""
    fid: int
    size: int
    data: bytes = field(repr=False)


def oid_of(item: DataObjectProfile) -> str:
    """The data object's OID: its own, or that of its format."""
    return item.oid or _OIDS[item.format]


def _dodf(profile: CardProfile) -> bytes:
    entries = []
    for index, item in enumerate(profile.data_objects):
        try:
            entry = make_entry(
                oid_of(item),
                FilePath((item.fid,)),
                label=item.label,
                private=item.private,
                modifiable=item.modifiable,
                kind=None if item.kind is None else DataObjectKind(item.kind),
                wrapped=profile.application.quirk_wrapped_oid,
            )
            encode_entries([entry])
        except EncodeError as error:
            raise ProfileError(str(error), field=f"data_objects[{index}]") from error
        entries.append(entry)
    return encode_entries(entries)


def directory_contents(profile: CardProfile) -> list[DirectoryContent]:
    """The directory files with their contents, not padded; whether they fit is not checked.

    Errors: ProfileError for what the structures cannot hold.
    """
    application, dodf = profile.application, profile.dodf
    odf_entry = OdfEntry(int(ObjectClass.DATA_OBJECTS), Path(FilePath((dodf.fid,))))
    place: Place = ("application",)
    try:
        contents = [
            DirectoryContent(
                "EF(ODF)",
                (*place, "odf"),
                application.odf.fid,
                application.odf.size,
                encode_odf([odf_entry]),
            )
        ]
        if application.token_info is not None:
            token = TokenInfo(
                version=0,
                serial_number=application.serial or bytes.fromhex("00"),
                manufacturer=application.manufacturer,
                label=application.token_label or application.label,
            )
            info = application.token_info
            contents.append(
                DirectoryContent(
                    "EF(TokenInfo)",
                    (*place, "token_info"),
                    info.fid,
                    info.size,
                    encode_token_info(token),
                )
            )
    except EncodeError as error:
        raise ProfileError(str(error), field="application") from error
    contents.append(
        DirectoryContent("EF(DODF)", (*place, "dodf"), dodf.fid, dodf.size, _dodf(profile))
    )
    return contents
