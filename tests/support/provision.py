"""Cards to write onto, documents to write, and power that fails where a test wants it to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from smartboot.bootstrap import BootstrapData, BootstrapObject, read_bootstrap
from smartboot.card import open_card
from smartboot.card.base import Card
from smartboot.errors import TransportError
from smartboot.formats.client_provisioning import CP
from smartboot.formats.lwm2m import LWM2M
from smartboot.formats.oma_dm import OMA_DM
from smartboot.image import CardImage, image_from_data
from smartboot.model import Account, Credential, Secret, ServerAddress, Source
from smartboot.profiles.load import LoadedProfile, profile_from_text
from smartboot.profiles.render import render
from smartboot.provision.apply import Applied, apply
from smartboot.provision.desired import DesiredCard
from smartboot.provision.plan import plan_write
from smartboot.provision.steps import Plan
from smartboot.virtual import InProcessConnection, VirtualCard
from smartboot.virtual.state import PowerLost

ADM = b"12345678"
PIN = b"1234"

FORMATS = {"lwm2m": "lwm2m", "client-provisioning": "oma-cp", "dm-1": "oma-dm", "dm-2": "oma-dm"}
"""Carrier to format."""

FIDS = {"lwm2m": 0x6432, "client-provisioning": 0x6411, "dm-1": 0x6431, "dm-2": 0x6433}


def keys(reference: int) -> bytes | None:
    """The keys of rendered cards."""
    return PIN if reference == 0x01 else ADM


def account(
    carrier: str, *, secret: str = "tide-and-time-01", host: str = "dm", more: int = 0
) -> Any:
    """An account; ``more`` makes its name and address longer."""
    lwm2m = carrier == "lwm2m"
    long = "x" * more
    uri = f"coaps://{host}{long}.example:5684" if lwm2m else f"https://{host}{long}.example/dm"
    kind = "psk" if lwm2m or carrier == "dm-2" else "digest"
    return Account(
        protocol="lwm2m" if lwm2m else "oma-dm",
        carrier=carrier,
        server_id="123" if lwm2m else "dm.example",
        name=None if lwm2m else f"Example{long}",
        addresses=(ServerAddress(uri),),
        credentials=(
            Credential(
                "bootstrap" if carrier == "dm-2" else "client",
                kind,
                "device-7",
                Secret(secret.encode()) if kind == "psk" else Secret(secret, opaque=False),
            ),
        ),
        lifetime=86400 if lwm2m else None,
        binding="U" if lwm2m else None,
    )


def document(carrier: str, **options: Any) -> bytes:
    """The wire form of a document with one account (or those given as ``accounts``)."""
    accounts = options.pop("accounts", None) or [account(carrier, **options)]
    if carrier == "lwm2m":
        return LWM2M.encode(LWM2M.from_accounts(accounts)[0])
    if carrier == "client-provisioning":
        return CP.encode(CP.from_accounts(accounts)[0])
    return OMA_DM.encode(OMA_DM.from_accounts(accounts, carrier)[0])


def profile(*objects: dict[str, Any], **other: Any) -> LoadedProfile:
    """A profile with data objects (fields of the schema; ``data`` for the bytes)."""
    listed = []
    for item in objects:
        plain = dict(item)
        plain["hex"] = plain.pop("data").hex()
        plain.setdefault("label", f"object {plain['fid']}")
        plain["unchecked"] = True
        listed.append(plain)
    data = {"schema": "smartboot/profile/1", "name": "test", "data_objects": listed, **other}
    return profile_from_text(json.dumps(data))


def one(carrier: str, data: bytes, size: int = 1024, **fields: Any) -> LoadedProfile:
    """A profile with one document."""
    item = {"format": FORMATS[carrier], "fid": f"{FIDS[carrier]:04X}", "data": data, "size": size}
    return profile({**item, **fields})


def plain_of(image: CardImage) -> dict[str, Any]:
    """An image as a mapping to change."""
    return image.model_dump(mode="json", by_alias=True, exclude_none=True)


def file_of(plain: dict[str, Any], *fids: str) -> dict[str, Any]:
    """A file in such a mapping."""
    files = plain["files"]
    found: dict[str, Any] = {}
    for fid in fids:
        found = next(file for file in files if file["fid"] == fid)
        files = found.get("files", [])
    return found


def prepared(loaded: LoadedProfile, *, listed: bool = True) -> CardImage:
    """The profile's card with all its files there and nothing in them; ``listed`` in EF(DIR)."""
    plain = plain_of(render(loaded))
    for file in file_of(plain, "7F50")["files"]:
        file["data"] = ""
    if not listed:
        unlisted(plain)
    return image_from_data(plain)


def unlisted(plain: dict[str, Any]) -> None:
    """Take the application out of EF(DIR)."""
    directory = file_of(plain, "2F00")
    directory["records"] = [r for r in directory["records"] if "504B43532D3135" not in r.upper()]


def bare(loaded: LoadedProfile) -> CardImage:
    """The profile's card without the PKCS#15 application."""
    plain = plain_of(render(loaded))
    plain["files"] = [file for file in plain["files"] if file["fid"] != "7F50"]
    unlisted(plain)
    return image_from_data(plain)


def opened(card: VirtualCard) -> Card:
    """A card in this process, ready to use."""
    return open_card(InProcessConnection(card))


def write(
    card: VirtualCard, desired: DesiredCard, *, create: bool = False, **options: Any
) -> tuple[Plan, Applied]:
    """Plan and apply, as the command does."""
    handle = opened(card)
    plan = plan_write(handle, desired, create=create, keys=keys, **options)
    return plan, apply(handle, plan, keys=keys)


def again_is_empty(card: VirtualCard, desired: DesiredCard) -> bool:
    """Whether there is nothing left to do."""
    return plan_write(opened(card), desired, create=True, keys=keys).is_empty


CUTS: dict[str, Callable[[bytes, bytes], bytes]] = {
    "half": lambda old, new: new[: len(new) // 2] + old[len(new) // 2 :],
    "one byte": lambda old, new: new[: 1 if len(new) > 1 else 0] + old[1 if len(new) > 1 else 0 :],
    "all but one": lambda old, new: new[:-1] + old[-1:],
    "every other": lambda old, new: bytes(
        (n if at % 2 and len(new) > 1 else o)
        for at, (o, n) in enumerate(zip(old, new, strict=True))
    ),
}
"""What is left of ``new`` written over ``old`` when power fails; one byte is whole or not there."""


def tear(card: VirtualCard, count: int, cut: Callable[[bytes, bytes], bytes]) -> None:
    """Let power fail in the write after ``count`` more; ``cut`` says what is left of it."""
    state: Any = card._state
    write_whole, change = state.write, state.structural_change
    left = count

    def fail_now() -> bool:
        nonlocal left
        left -= 1
        if left < 0:
            state.write, state.structural_change = write_whole, change
            return True
        return False

    def write(node: Any, offset: int, data: bytes) -> None:
        if fail_now():
            end = offset + len(data)
            node.body[offset:end] = cut(bytes(node.body[offset:end]), data)
            raise PowerLost
        write_whole(node, offset, data)

    def structural(node: Any) -> None:
        if fail_now():
            raise PowerLost
        change(node)

    state.write, state.structural_change = write, structural


@dataclass
class Torn:
    """A card after power failed at one step: image, number of whole writes, kind of cut."""

    card: VirtualCard = field(repr=False)
    step: int
    cut: str


def torn(
    image: CardImage, run: Callable[[Card], Any], cuts: tuple[str, ...] = tuple(CUTS)
) -> Iterator[Torn]:
    """The card after every possible tear of ``run``."""
    for name in cuts:
        for step in range(500):
            card = VirtualCard(image)
            handle = opened(card)
            tear(card, step, CUTS[name])
            try:
                run(handle)
            except TransportError:
                card.power_on()
                yield Torn(card, step, name)
            else:
                break
        else:
            raise AssertionError("the run never ends")


def tells(item: BootstrapObject, data: BootstrapData) -> bool:
    """Whether a data object holds a document that says anything."""
    says = item.document is not None and bool(item.content)
    if says and item.format == "lwm2m":
        document: Any = item.document
        says = bool(document.objects)
    return says or any(account.source.fid == item.fid for account in data.accounts)


def documents(card: VirtualCard) -> list[tuple[str, bytes, tuple[Any, ...]]]:
    """What a reader finds: file id, bytes and accounts of every document that says anything."""
    data = read_bootstrap(opened(card), keys=keys)
    found = []
    for item in data.objects:
        accounts = tuple(
            replace(a, source=Source()) for a in data.accounts if a.source.fid == item.fid
        )
        if tells(item, data):
            found.append((item.fid or "", item.content or b"", accounts))
    return found


def content(card: VirtualCard, path: str) -> bytes:
    """The bytes of a file on the card, padding included."""
    file = card.to_image().find(path)
    assert file is not None
    return file.body
