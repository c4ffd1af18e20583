"""Virtual cards for tests of the rooms above: reference layouts, broken cards, counted access."""

from __future__ import annotations

from typing import Any

from smartboot.bootstrap import BootstrapData, read_bootstrap
from smartboot.card import open_card
from smartboot.image import CardImage, FileImage, image_from_data
from smartboot.profiles.load import profile_from_text
from smartboot.profiles.render import render
from smartboot.virtual import InProcessConnection, VirtualCard

LWM2M_160 = bytes.fromhex(
    "0002007600000000590800"
    "56C80021636F6170733A2F2F6C776D326D2E686172626F722E6578616D706C653A35363834C10100C10200"
    "C80310686172626F722D63656C6C2D30343137C004C80510A07C3391E24D5B68F6120D9A5E8744C1C20A012C"
    "0001000013080010C200012CC4010000A8C0C10601C10755"
)
"""The worked example of LwM2M on a card: 122 bytes, one PSK server, Short Server ID 300."""


def profile_card(
    documents: list[tuple[str, int, bytes, int]],
    *,
    read: str = "always",
    virtual: dict[str, Any] | None = None,
    oids: list[str] | None = None,
    **application: Any,
) -> CardImage:
    """A card with documents (format, file id, bytes, file size)."""
    import json

    profile: dict[str, Any] = {
        "schema": "smartboot/profile/1",
        "name": "test",
        "application": application,
        "data_objects": [
            {
                "label": f"object {fid:04X}",
                "format": name,
                "fid": f"{fid:04X}",
                "size": size,
                "access": {"read": read},
                "hex": data.hex(),
                "unchecked": True,
            }
            for name, fid, data, size in documents
        ],
        "virtual": virtual or {},
    }
    for item, oid in zip(profile["data_objects"], oids or (), strict=False):
        item["oid"] = oid
    return render(profile_from_text(json.dumps(profile)))


def with_file(image: CardImage, path: str, **changes: Any) -> CardImage:
    """The image with one file changed (``remove=True`` takes it out)."""
    plain = image.model_dump(mode="json", by_alias=True, exclude_none=True)
    parts = path.split("/")
    files = plain["files"]
    for fid in parts[:-1]:
        files = next(file for file in files if file["fid"] == fid)["files"]
    file = next(file for file in files if file["fid"] == parts[-1])
    if changes.pop("remove", False):
        files.remove(file)
    file.update(changes)
    return image_from_data(plain)


def document_file(fid: int, data: bytes, size: int | None = None) -> FileImage:
    """A transparent file."""
    return FileImage(fid=fid, data=data, size=size or len(data))


def read_image(image: CardImage, **options: Any) -> tuple[BootstrapData, VirtualCard]:
    """Read a card in this process; returns the data and the card with its counters."""
    card = VirtualCard(image)
    connection = InProcessConnection(card)
    opened = open_card(connection)
    try:
        return read_bootstrap(opened, **options), card
    finally:
        opened.close()
