"""OMA DM 2.0 documents with one fault each, as JSON."""

from __future__ import annotations

import json
from base64 import b64encode
from copy import deepcopy
from typing import Any

from tests.zoo.base import Plain, made_up
from tests.zoo.documents_dm import SERVER
from tests.zoo.recipe import Recipe, json_text

__all__ = ["RECIPES", "dm2"]


def _b64(name: str, size: int = 16) -> str:
    return b64encode(made_up(name, size)).decode()


_MO: Plain = {
    "DDF": f"https://{SERVER}/ddf/dmacc-1.2.ddf",
    "ClientURI": "urn:oma:mo:oma-dm-dmacc:1.2/Fleet/",
    "MOData": {
        "Fleet": {
            "SrvID": SERVER,
            "SrvURI": f"https://{SERVER}/dm20",
            "Name": "Fleet DM",
            "Perm": {"1": {"MOID": "urn:oma:mo:oma-fumo:1.0"}},
            "Auth": {
                "Bootstrap": {
                    "ServerURI": "https://boot.fleet.internal/dm20",
                    "SecMode": "AA==",
                    "ClientPubKey": b64encode(b"meter-0417").decode(),
                    "ServerPubKey": b64encode(b"boot.fleet.internal").decode(),
                    "ClientSecretKey": _b64("dm2 bootstrap"),
                },
                "Noti": {"Type": 1, "Data": b64encode(b"fleet").decode(), "Secret": _b64("noti")},
                "Trsp": {"Data": b64encode(b"meter-0417").decode(), "Secret": _b64("trsp")},
            },
        }
    },
}


def _dm2(**changes: Any) -> list[Plain]:
    """The sound object; ``a__b`` names a node below MOData/Fleet, None takes it out."""
    found = deepcopy(_MO)
    for path, value in changes.items():
        *parents, last = path.split("__")
        node = found["MOData"]["Fleet"]
        for parent in parents:
            node = node[parent]
        if value is None:
            del node[last]
        else:
            node[last] = value
    return [found]


def dm2() -> bytes:
    """The sound DM 2.0 document."""
    return json.dumps(_dm2()).encode()


def _around(**changes: Any) -> list[Plain]:
    found = {**_MO, **changes}
    return [{name: value for name, value in found.items() if value != "-"}]


RECIPES: tuple[Recipe, ...] = (
    json_text("dm2-sound-without-bootstrap", _dm2(Auth__Bootstrap=None)),
    json_text("dm2-sound", _dm2(), "DM-SECMODE", "SecMode"),
    json_text("dm2-object-alone", _dm2(Auth__Bootstrap=None)[0], "DM-JSON-NO-ARRAY"),
    json_text("dm2-with-bom", "\ufeff" + json.dumps(_dm2(Auth__Bootstrap=None)), "DM-JSON-BOM"),
    json_text(
        "dm2-name-twice",
        json.dumps(_dm2(Auth__Bootstrap=None)).replace(
            '"SrvID":', '"SrvID": "a.fleet.internal", "SrvID":'
        ),
        "DM-JSON-DUPLICATE",
        "SrvID",
    ),
    json_text(
        "dm2-without-srvuri", _dm2(Auth__Bootstrap=None, SrvURI=None), "DM-MO-MISSING", "SrvURI"
    ),
    json_text("dm2-srvid-number", _dm2(Auth__Bootstrap=None, SrvID=7), "DM-MO-TYPE", "SrvID"),
    json_text(
        "dm2-key-not-base64",
        _dm2(Auth__Bootstrap=None, Auth__Trsp__Secret="%%%"),
        "DM-MO-BASE64",
        "Trsp/Secret",
    ),
    json_text(
        "dm2-node-unknown", _dm2(Auth__Bootstrap=None, Colour="blue"), "DM-MO-MEMBER", "Colour"
    ),
    json_text(
        "dm2-perm-no-urn",
        _dm2(Auth__Bootstrap=None, Perm={"1": {"MOID": "firmware"}}),
        "DM-PERM-FORM",
        "firmware",
    ),
    json_text(
        "dm2-over-http",
        _dm2(Auth__Bootstrap=None, SrvURI=f"http://{SERVER}/dm20"),
        "SEC-PLAIN-HTTP",
        "http:",
    ),
    json_text("dm2-without-auth", _dm2(Auth=None), "ACC-NO-CREDENTIALS", SERVER),
    json_text(
        "dm2-ddf-null",
        _around(DDF=None, MOData=_dm2(Auth__Bootstrap=None)[0]["MOData"]),
        "DM-MO-NULL",
        "DDF",
    ),
    json_text(
        "dm2-uri-without-instance",
        _around(
            ClientURI="urn:oma:mo:oma-dm-dmacc:1.2", MOData=_dm2(Auth__Bootstrap=None)[0]["MOData"]
        ),
        "DM-MO-URI",
        "ClientURI",
    ),
    json_text(
        "dm2-two-roots",
        _around(
            MOData={
                "Other": _dm2(
                    Auth__Bootstrap=None,
                    Auth__Noti=None,
                    Auth__Trsp__Secret=_b64("b"),
                    SrvID="b.fleet.internal",
                )[0]["MOData"]["Fleet"],
                **_dm2(Auth__Bootstrap=None)[0]["MOData"],
            }
        ),
        "DM-MO-ROOT",
        "[0]",
    ),
    json_text(
        "dm2-version-9",
        _around(
            ClientURI="urn:oma:mo:oma-dm-dmacc:9.0/Fleet/",
            MOData=_dm2(Auth__Bootstrap=None)[0]["MOData"],
        ),
        "DM-MO-VERSION",
        "[0]",
    ),
    json_text("dm2-empty", "[]", "DM-JSON-EMPTY"),
)
