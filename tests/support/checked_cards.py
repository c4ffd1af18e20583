"""Cards for the tests of the checks: a sound one, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smartboot.card.base import FilePath
from smartboot.image import CardImage, image_from_data
from smartboot.pkcs15.directory import ApplicationTemplate, encode_record
from smartboot.pkcs15.dodf import DodfEntry
from smartboot.pkcs15.dodf_write import encode_entries, make_entry
from tests.support.cards import LWM2M_160, profile_card, with_file

Plain = dict[str, Any]

PKCS15 = bytes.fromhex("A000000063504B43532D3135")
USIM = bytes.fromhex("A0000000871002FF44FFFF8906010000")
LWM2M_OID = "2.23.43.9.1"
CP_OID = "2.23.43.5.1"
CONFIG2_OID = "2.23.43.5.3"
DM_OID = "2.23.43.7.1"
CP = bytes.fromhex("030B6A0045C6560187070603" + "6D0001010101")
ICCID_BYTES = "98881201000000000001"


def sound(**options: Any) -> CardImage:
    """A card with one LwM2M document, of which the checks of its structure say nothing."""
    return profile_card([("lwm2m", 0x6432, LWM2M_160, 512)], **options)


def edited(image: CardImage, change: Callable[[Plain], object]) -> CardImage:
    """The image with its plain data changed."""
    plain = image.model_dump(mode="json", by_alias=True, exclude_none=True)
    change(plain)
    return image_from_data(plain)


def application(plain: Plain) -> Plain:
    """The PKCS#15 application of an image's plain data."""
    return next(file for file in plain["files"] if file["fid"] == "7F50")


def with_files(image: CardImage, *files: Plain) -> CardImage:
    """The image with further files in the PKCS#15 application."""
    return edited(image, lambda plain: application(plain)["files"].extend(files))


def with_access(path: str, image: CardImage | None = None, **access: str) -> CardImage:
    """A card, the sound one by default, with other access conditions of one file."""
    rules = {"read": "always", "update": "adm1", **access}
    return with_file(sound() if image is None else image, path, access=rules)


def with_pin(image: CardImage, reference: str, **changes: Any) -> CardImage:
    """The image with one key in another state."""

    def edit(plain: Plain) -> None:
        next(pin for pin in plain["pins"] if pin["reference"] == reference).update(changes)

    return edited(image, edit)


def with_dir(*templates: tuple[bytes, str | None]) -> CardImage:
    """The sound card with other applications in EF(DIR): AID and path."""
    records = [
        encode_record(
            ApplicationTemplate(aid, b"x", None if path is None else FilePath.parse(path))
        ).hex()
        for aid, path in templates
    ]
    return with_file(sound(), "2F00", records=records, record_count=4)


def with_entries(*entries: DodfEntry, image: CardImage | None = None) -> CardImage:
    """A card, the sound one by default, with these entries in EF(DODF)."""
    data = encode_entries(entries)
    size = max(256, len(data) + 64)
    return with_file(sound() if image is None else image, "7F50/6430", data=data.hex(), size=size)


def entry(path: str = "6432", oid: str = LWM2M_OID, **options: Any) -> DodfEntry:
    """A data object at a path."""
    options.setdefault("label", f"object {path}")
    return make_entry(oid, FilePath.parse(path), **options)
