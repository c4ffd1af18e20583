"""The sound card, and ways to put one fault on it. Values are made up and belong to nobody.

Nothing is found on the sound card: its document takes PIN1, its host is in a zone that is never
public (``.internal``), and its keys look random although they are made from a text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from typing import Any

from smartboot.card.base import FilePath
from smartboot.formats.lwm2m import LWM2M
from smartboot.image import CardImage, FileImage, image_from_data
from smartboot.pkcs15.directory import ApplicationTemplate, encode_record
from smartboot.pkcs15.dodf import DodfEntry
from smartboot.pkcs15.dodf_write import encode_entries, make_entry
from smartboot.profiles.load import profile_from_text
from smartboot.profiles.render import render

Plain = dict[str, Any]

AID = bytes.fromhex("A000000063504B43532D3135")
USIM = bytes.fromhex("A0000000871002FF44FFFF8906010000")
LWM2M_OID, DM_OID = "2.23.43.9.1", "2.23.43.7.1"
CP_OID, CONFIG1_OID, CONFIG2_OID = "2.23.43.5.1", "2.23.43.5.2", "2.23.43.5.3"


SECRETS: set[bytes] = set()
"""Everything ``made_up`` gave, for the test that no finding shows it."""


def made_up(name: str, size: int = 16) -> bytes:
    """Bytes that look like a key and are the beginning of a hash of their name."""
    made = sha256(f"smartboot zoo, {name}".encode()).digest()[:size]
    SECRETS.add(made)
    return made


def word(name: str) -> str:
    """A password of 24 characters, made up in the same way."""
    return made_up(name, 12).hex()


def accounts(*extra: Mapping[str, Any], security: Plain | None = None, server: Plain | None = None,
             drop: tuple[str, ...] = (), **objects: Any) -> Plain:  # fmt: skip
    """One LwM2M server in the terms of a card profile. ``security`` and ``server`` change
    resources, ``drop`` leaves some out, ``objects`` adds objects."""
    first = {
        "LwM2M Server URI": "coaps://lwm2m.fleet.internal:5684",
        "Bootstrap-Server": False,
        "Security Mode": "psk",
        "Public Key or Identity": "meter-0417",
        "Server Public Key": "",
        "Secret Key": f"hex:{made_up('psk').hex()}",
        "Short Server ID": 101,
        **(security or {}),
    }
    second = {
        "Short Server ID": 101,
        "Lifetime": 86400,
        "Notification Storing When Disabled or Offline": True,
        "Binding": "U",
        **(server or {}),
    }
    plain: Plain = {
        "Security": {0: {k: v for k, v in first.items() if k not in drop}},
        "Server": {0: {k: v for k, v in second.items() if f"Server/{k}" not in drop}},
        **objects,
    }
    return plain


def lwm2m(plain: Plain | None = None) -> bytes:
    """The bytes of an LwM2M document in the terms of a card profile."""
    return LWM2M.encode(LWM2M.from_plain(accounts() if plain is None else plain))


def data_object(format_: str, fid: str, content: bytes, **fields: Any) -> Plain:
    """A data object of a profile with its bytes, behind PIN1 as the sound card has it."""
    return {
        "label": f"Fleet {fid}",
        "format": format_,
        "fid": fid,
        "size": len(content) + 32,
        "private": True,
        "access": {"read": "pin1"},
        "hex": content.hex(),
        "unchecked": True,
        **fields,
    }


@cache
def _rendered(text: str) -> CardImage:
    return render(profile_from_text(text))


def card(
    *objects: Plain, kind: str = "uicc", application: Plain | None = None, **virtual: Any
) -> CardImage:
    """The sound card, with other data objects when some are given."""
    profile = {
        "schema": "smartboot/profile/1",
        "name": "zoo",
        "kind": kind,
        "application": {"token_label": "Fleet", **(application or {})},
        "data_objects": list(objects) or [data_object("lwm2m", "6432", lwm2m())],
        "virtual": {"iccid": "89882110000000000010", **virtual},
    }
    return _rendered(json.dumps(profile))


def edited(change: Callable[[Plain], object], image: CardImage | None = None) -> CardImage:
    """A card, the sound one by default, with its plain data changed."""
    plain = (image or card()).model_dump(mode="json", by_alias=True, exclude_none=True)
    change(plain)
    return image_from_data(plain)


def find(plain: Plain, path: str) -> Plain:
    """One file in an image's plain data, by file ids with slashes."""
    found: Plain = plain
    for fid in path.split("/"):
        found = next(file for file in found["files"] if file["fid"] == fid)
    return found


def with_file(path: str, image: CardImage | None = None, **changes: Any) -> CardImage:
    """A card with fields of one file changed; None takes a field out."""

    def change(plain: Plain) -> None:
        file = find(plain, path)
        for name, value in changes.items():
            if value is None:
                file.pop(name, None)
            else:
                file[name] = value

    return edited(change, image)


def without_file(path: str, image: CardImage | None = None) -> CardImage:
    """A card that lacks one file."""
    folder, _, fid = path.rpartition("/")

    def change(plain: Plain) -> None:
        files = find(plain, folder)["files"] if folder else plain["files"]
        files[:] = [file for file in files if file["fid"] != fid]

    return edited(change, image)


def with_files(*files: Plain, image: CardImage | None = None) -> CardImage:
    """A card with further files in the PKCS#15 application."""
    return edited(lambda plain: find(plain, "7F50")["files"].extend(files), image)


def with_access(path: str, image: CardImage | None = None, **access: str) -> CardImage:
    """A card with other access conditions of one file."""

    def change(plain: Plain) -> None:
        file = find(plain, path)
        names = {name.replace("_", "-"): value for name, value in access.items()}
        file["access"] = {**file.get("access", {}), **names}

    return edited(change, image)


def with_pin(reference: str, image: CardImage | None = None, **changes: Any) -> CardImage:
    """A card with one key in another state."""

    def change(plain: Plain) -> None:
        next(pin for pin in plain["pins"] if pin["reference"] == reference).update(changes)

    return edited(change, image)


def with_dir(*records: str | tuple[bytes, str | None]) -> CardImage:
    """A card with other records in EF(DIR): hex, or AID and path."""
    rows = [
        row
        if isinstance(row, str)
        else encode_record(
            ApplicationTemplate(row[0], b"app", (row[1] and FilePath.parse(row[1])) or None)
        ).hex()
        for row in records
    ]
    return with_file("2F00", records=rows)


def entry(path: str = "6432", oid: str = LWM2M_OID, **options: Any) -> DodfEntry:
    """A data object's entry, private as the sound card's."""
    options = {"label": f"Fleet {path[-4:]}", "private": True, **options}
    return make_entry(oid, FilePath.parse(path), **options)


def with_dodf(content: bytes | str, image: CardImage | None = None, **changes: Any) -> CardImage:
    """A card with these bytes in EF(DODF)."""
    data = bytes.fromhex(content) if isinstance(content, str) else content
    return with_file("7F50/6430", image, data=data.hex(), size=len(data) + 64, **changes)


def with_entries(*entries: DodfEntry, image: CardImage | None = None) -> CardImage:
    """A card with these entries in EF(DODF)."""
    return with_dodf(encode_entries(entries), image)


def transparent(fid: str, data: bytes, size: int | None = None, **access: str) -> Plain:
    """A transparent file behind PIN1, in an image's plain data."""
    rules = {"read": "pin1", "update": "adm1", **access}
    return FileImage.model_validate(
        {"fid": fid, "data": data.hex(), "size": size or len(data) + 32, "access": rules}
    ).model_dump(mode="json", by_alias=True, exclude_none=True)


def with_odf(*rows: str) -> CardImage:
    """The sound card with these bytes in EF(ODF)."""
    return with_file("7F50/5031", data="".join(rows))


FOREIGN = transparent("6450", b"another application's data")
"""A file that is nobody's bootstrap data."""
