"""The documents that are timed: made from smartboot's own objects, the same on every run.

Every carrier holds the accounts it is for, as many as a size has room for. A document of an
ordinary card has one or two accounts and 100 to 700 bytes; 4 KB is a large card file and 30 KB
the most that a file on a card can hold.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from smartboot.formats import registry
from smartboot.formats.client_provisioning import Characteristic, Parm, ProvisioningDocument
from smartboot.formats.lwm2m import LWM2M
from smartboot.formats.oma_dm import (
    Command,
    DmDocument,
    Endpoint,
    Header,
    Item,
    JsonMo,
    Message,
    Meta,
    MoArray,
    Tnds,
)
from smartboot.formats.oma_dm.message import TNDS_WBXML
from smartboot.formats.oma_dm.tree import Node, leaf, node

__all__ = ["CARRIERS", "SIZES", "Sample", "sample"]

SIZES = (100, 500, 4_000, 30_000)
"""The sizes asked for, in bytes. A sample is the document whose length is nearest."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One document: its format, its objects and its bytes. ``asked`` is the size asked for."""

    carrier: str
    format: str
    asked: int
    document: Any
    data: bytes


def _words(*parts: object, length: int = 12) -> str:
    """Text that looks like a password and is the same on every run."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:length]


# -- client provisioning ---------------------------------------------------------------------------


def _parms(**values: str) -> tuple[Parm, ...]:
    return tuple(Parm(name.replace("_", "-"), value) for name, value in values.items())


def _cp_account(number: int) -> list[Characteristic]:
    nap = Characteristic(
        "NAPDEF",
        _parms(
            NAPID=f"nap-{number}",
            NAME="Harbor M2M",
            BEARER="GSM-GPRS",
            NAP_ADDRESS=f"m2m-{number}.harbor.example",
            NAP_ADDRTYPE="APN",
        ),
        (
            Characteristic(
                "NAPAUTHINFO",
                _parms(AUTHTYPE="PAP", AUTHNAME="meter", AUTHSECRET=_words("nap", number)),
            ),
        ),
    )
    credentials = tuple(
        Characteristic(
            "APPAUTH",
            _parms(
                AAUTHLEVEL=level,
                AAUTHTYPE="DIGEST",
                AAUTHNAME=f"{level.lower()}-{number}",
                AAUTHSECRET=_words(level, number, length=20),
                AAUTHDATA="bm9uY2Ux",
            ),
        )
        for level in ("APPSRV", "CLIENT")
    )
    address = Characteristic(
        "APPADDR",
        _parms(ADDR=f"https://dm-{number}.harbor.example/dm"),
        (Characteristic("PORT", _parms(PORTNBR="443")),),
    )
    application = Characteristic(
        "APPLICATION",
        _parms(
            APPID="w7",
            PROVIDER_ID=f"dm-{number}.harbor.example",
            NAME="Harbor DM",
            TO_NAPID=f"nap-{number}",
        ),
        (address, *credentials),
    )
    return [nap, application]


def _client_provisioning(count: int) -> ProvisioningDocument:
    small = Characteristic(
        "APPLICATION", _parms(APPID="w7", PROVIDER_ID="dm.example", ADDR="https://dm.example/dm")
    )
    if not count:
        return ProvisioningDocument(characteristics=(small,))
    parts = [part for number in range(1, count + 1) for part in _cp_account(number)]
    return ProvisioningDocument(characteristics=tuple(parts))


# -- OMA DM 1.2 ------------------------------------------------------------------------------------

_ACL = "Get={0}&Replace={0}&Delete={0}"


def _dm_account(number: int, *, full: bool) -> Node:
    server = f"dm-{number}.example.com"
    address = node("1", leaf("Addr", f"https://{server}/mgmt"))
    parts = [leaf("AppID", "w7"), leaf("ServerID", server), node("AppAddr", address)]
    if full:
        parts.append(leaf("AAuthPref", "DIGEST"))
        credentials = (
            node(
                str(index),
                leaf("AAuthLevel", level),
                leaf("AAuthType", "DIGEST"),
                leaf("AAuthName", f"device-{number}"),
                leaf("AAuthSecret", _words(level, number, length=20)),
            )
            for index, level in enumerate(("CLCRED", "SRVCRED"), 1)
        )
        parts.append(node("AppAuth", *credentials))
    moid = "urn:oma:mo:oma-dm-dmacc:1.0"
    return node(f"Server{number}", *parts, ddf_name=moid, acl=_ACL.format(server))


def _message(item: Item) -> DmDocument:
    header = Header(Endpoint("IMEI:004999010640000"), Endpoint("https://dm-1.example.com/mgmt"))
    return DmDocument.of(Message(header, (Command("Add", "1", (item,)),)))


def _oma_dm(count: int) -> DmDocument:
    if not count:
        # Under 400 bytes there is no account: every leaf of TNDS spells its properties out.
        return _message(Item(Endpoint("./Harbor/Mode"), Meta("chr", "text/plain"), "metering"))
    nodes = tuple(_dm_account(number, full=count > 1) for number in range(1, count + 1))
    return _message(Item(Endpoint("./Inbox"), Meta("bin", TNDS_WBXML), Tnds(nodes)))


# -- OMA DM 2.0 ------------------------------------------------------------------------------------


def _b64(*parts: object) -> str:
    return base64.b64encode(_words(*parts, length=16).encode()).decode()


def _json_account(number: int, *, full: bool) -> JsonMo:
    server = f"dm-{number}.example.com"
    account: dict[str, Any] = {"SrvID": server, "SrvURI": f"https://{server}/dm20"}
    if full:
        account |= {
            "Name": "Example DM",
            "Perm": {"1": {"MOID": "urn:oma:mo:oma-fumo:1.0"}},
            "Auth": {
                "Noti": {"Type": 1, "Data": "bm90aQ==", "Secret": _b64("noti", number)},
                "Trsp": {"Data": "ZGV2aWNlMQ==", "Secret": _b64("trsp", number)},
            },
        }
    root = f"Server{number}"
    return JsonMo(
        f"urn:oma:mo:oma-dm-dmacc:1.2/{root}/",
        {root: account},
        "https://dm.example.com/ddf/dmacc-1.2.ddf" if full else None,
        order=("DDF", "ClientURI", "MOData") if full else ("ClientURI", "MOData"),
    )


def _dm_2(count: int) -> DmDocument:
    if not count:
        return DmDocument.of(MoArray((_json_account(1, full=False),)))
    numbers = range(1, count + 1)
    return DmDocument.of(MoArray(tuple(_json_account(number, full=True) for number in numbers)))


# -- LwM2M -----------------------------------------------------------------------------------------


def _lwm2m(count: int) -> Any:
    security: dict[int, dict[int, Any]] = {}
    servers: dict[int, dict[int, Any]] = {}
    for number in range(max(count, 1)):
        security[number] = {
            0: f"coaps://lwm2m-{number}.harbor.example:5684",
            1: False,
            2: 0,
            3: f"meter-{number:04}",
            4: "",
            5: "hex:" + _words("psk", number, length=32),
            10: number + 1,
        }
        servers[number] = {0: number + 1, 1: 86400, 6: True, 7: "U"}
    return LWM2M.from_plain({"Security": security, "Server": servers})


CARRIERS: dict[str, tuple[str, Callable[[int], Any]]] = {
    "oma-cp": ("oma-cp", _client_provisioning),
    "oma-dm": ("oma-dm", _oma_dm),
    "dm-2": ("oma-dm", _dm_2),
    "lwm2m": ("lwm2m", _lwm2m),
}
"""What is timed: its format in ``formats.registry``, and what makes a document of so many
accounts; 0 asks for the smallest document there is."""


@cache
def sample(carrier: str, size: int) -> Sample:
    """The document whose length is nearest to ``size`` bytes."""
    name, build = CARRIERS[carrier]
    encode = registry.get(name).encode

    def made(count: int) -> Sample:
        document = build(count)
        return Sample(carrier, name, size, document, encode(document))

    several = made(10)
    best = made(max(0, size * 9 // len(several.data)))
    count = max(0, size * 9 // len(several.data))
    while True:
        count += 1
        following = made(count)
        if abs(len(following.data) - size) >= abs(len(best.data) - size):
            return best
        best = following
