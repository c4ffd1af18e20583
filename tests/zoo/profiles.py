"""Card profiles with one fault each, and files that are not what their schema says."""

from __future__ import annotations

import json
from typing import Any

from tests.zoo.base import CP_OID, Plain, accounts, card, data_object, made_up
from tests.zoo.documents_cp import client_provisioning
from tests.zoo.recipe import Recipe, profile

__all__ = ["RECIPES"]


def _object(**fields: Any) -> Plain:
    """The sound profile's data object."""
    document = json.loads(json.dumps(accounts()))
    return {
        "label": "Fleet",
        "format": "lwm2m",
        "fid": "6432",
        "size": 256,
        "private": True,
        "access": {"read": "pin1"},
        "document": document,
        **fields,
    }


def _profile(*objects: Plain, **fields: Any) -> Plain:
    return {
        "schema": "smartboot/profile/1",
        "name": "fleet",
        "application": {"token_label": "Fleet"},
        "data_objects": list(objects) or [_object()],
        "virtual": {"iccid": "89882110000000000010", **fields.pop("virtual", {})},
        **fields,
    }


def _made(name: str, code: str | None, place: str, **fields: Any) -> Recipe:
    """A profile whose one data object has other fields."""
    return profile(name, _profile(_object(**fields)), code, place)


def _secret(**rule: Any) -> Plain:
    """A profile whose key is a variable."""
    own = _object()
    own["document"]["Security"]["0"]["Secret Key"] = "${PSK}"
    return _profile(own, variables={"PSK": {"type": "hex", "secret": True, **rule}})


_CP = client_provisioning()
_BROKEN_IMAGE = card().to_yaml().replace("size: 10", "size: 4", 1)

RECIPES: tuple[Recipe, ...] = (
    profile("sound-profile", _profile()),
    profile(
        "variable-unused",
        _profile(variables={"PHONE": {"default": "12"}}),
        "PROFILE-VARIABLE-UNUSED",
        "PHONE",
    ),
    profile(
        "secret-with-default",
        _secret(default=made_up("psk").hex()),
        "PROFILE-SECRET-DEFAULT",
        "PSK",
    ),
    # The card made from a profile shows these faults as well: they are told once, as the card's.
    _made("private-open", "P15-PRIVATE-OPEN", "EF 6432", access={"read": "always"}),
    _made("not-private", "P15-NOT-PRIVATE", "EF 6432", private=False),
    _made(
        "read-never",
        "CARD-READ-NEVER",
        "EF 6432",
        access={"read": "never"},
        private=False,
    ),
    _made(
        "update-open",
        "CARD-UPDATE-OPEN",
        "EF 6432",
        access={"read": "pin1", "update": "always"},
    ),
    _made("label-unprintable", "PROFILE-LABEL-UNPRINTABLE", "data_objects[0]", label="Fl\u00adeet"),
    _made("oid-unknown", "PROFILE-OID-UNKNOWN", "2.23.43.9.9", oid="2.23.43.9.9"),
    _made("kind-opaque", "PROFILE-KIND", "data_objects[0]", kind="opaque"),
    profile(
        "compact-with-pin",
        _profile(virtual={"access_encoding": "compact"}),
        "PROFILE-COMPACT-KEY",
        "data_objects[0]",
    ),
    # Compact rules name no key: of this card nobody can say that reading takes one.
    profile(
        "compact-not-private",
        _profile(_object(private=False), virtual={"access_encoding": "compact"}),
        "PROFILE-NOT-PRIVATE",
        "data_objects[0]",
    ),
    profile(
        "label-twice",
        _profile(_object(), data_object("oma-cp", "6411", _CP, label="Fleet")),
        "P15-LABEL-TWICE",
        "EF 6430 object 2",
    ),
    profile(
        "oid-twice",
        _profile(
            data_object("oma-cp", "6411", _CP), data_object("oma-cp", "6412", _CP, oid=CP_OID)
        ),
        "P15-OID-TWICE",
        CP_OID,
    ),
    profile("size-too-small", _profile(_object(size=16)), "FILE-PROFILE-INVALID", "size"),
    profile("field-unknown", _profile(_object(colour="blue")), "FILE-PROFILE-INVALID", "colour"),
    Recipe(
        "cards/image-of-wrong-size.yaml", _BROKEN_IMAGE.encode(), "FILE-IMAGE-INVALID", "files[1]"
    ),
)
