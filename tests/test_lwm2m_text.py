"""LwM2M documents as people write them: names, short forms, masks, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smartboot.errors import EncodeError
from smartboot.formats.lwm2m import (
    LWM2M,
    Document,
    Instance,
    Layout,
    MultipleResource,
    ObjectBlock,
    Resource,
    ResourceInstance,
    Unparsed,
)
from smartboot.formats.lwm2m.objects import OBJECTS
from smartboot.formats.lwm2m.parse import parse_value
from smartboot.formats.lwm2m.text import plain_value
from smartboot.model import MASK
from tests.support.lwm2m import APN_FILE, BARE_RESOURCES, PSK_FILE, PSK_KEY, container, security

PLAIN: dict[str, Any] = {
    "layout": "appendix-g",
    "objects": [
        {
            "object": "Security",
            "id": 0,
            "version": None,
            "instances": [
                {
                    "instance": 0,
                    "resources": {
                        "LwM2M Server URI": "coaps://lwm2m.harbor.example:5684",
                        "Bootstrap-Server": False,
                        "Security Mode": "psk",
                        "Public Key or Identity": "harbor-cell-0417",
                        "Server Public Key": "",
                        "Secret Key": "hex:" + PSK_KEY.hex(),
                        "Short Server ID": 300,
                    },
                }
            ],
        },
        {
            "object": "Server",
            "id": 1,
            "version": None,
            "instances": [
                {
                    "instance": 0,
                    "resources": {
                        "Short Server ID": 300,
                        "Lifetime": 43200,
                        "Notification Storing When Disabled or Offline": True,
                        "Binding": "U",
                    },
                }
            ],
        },
    ],
}


def one(object_id: int, *items: Any) -> Document:
    return Document((ObjectBlock(object_id, (Instance(0, items),)),))


def test_file_to_plain_and_back() -> None:
    document = LWM2M.decode(PSK_FILE).document
    assert LWM2M.to_plain(document, show_secrets=True) == PLAIN
    assert LWM2M.encode(LWM2M.from_plain(PLAIN)) == PSK_FILE
    assert LWM2M.from_plain(json.loads(json.dumps(PLAIN))) == document


def test_version_in_text() -> None:
    document = LWM2M.decode(APN_FILE).document
    plain = LWM2M.to_plain(document)
    assert plain["objects"][0]["version"] == "1.1"
    assert plain["objects"][0]["instances"][0]["resources"]["Authentication Type"] == "none"
    assert LWM2M.encode(LWM2M.from_plain(plain)) == APN_FILE


def test_secrets_are_masked_unless_asked_for() -> None:
    plain = LWM2M.to_plain(LWM2M.decode(PSK_FILE).document)
    assert plain["objects"][0]["instances"][0]["resources"]["Secret Key"] == MASK


def test_an_empty_secret_is_no_secret() -> None:
    assert plain_value(b"", OBJECTS[0].resources[5]) == ""


def test_masked_secret_is_refused() -> None:
    with pytest.raises(EncodeError, match=r"/0/0/5 \(Secret Key\).*masked") as caught:
        LWM2M.from_plain(LWM2M.to_plain(LWM2M.decode(PSK_FILE).document))
    assert "--show-secrets" in (caught.value.hint or "")


def test_masked_unparsed_bytes_are_refused() -> None:
    document = LWM2M.decode(security("c700" + b"coap://".hex() + "c5")).document
    plain = LWM2M.to_plain(document)
    assert plain["objects"][0]["instances"][0]["resources"]["unparsed"] == MASK
    with pytest.raises(EncodeError, match="masked"):
        LWM2M.from_plain(plain)


# Short forms.

RESOURCES = {"LwM2M Server URI": "coap://a", "Bootstrap-Server": True, "Security Mode": "nosec"}
SHORT = ObjectBlock(
    0, (Instance(0, (Resource(0, b"coap://a"), Resource(1, b"\1"), Resource(2, b"\3"))),)
)


@pytest.mark.parametrize(
    "plain",
    [
        {"Security": {0: RESOURCES}},
        {"security": {"0": RESOURCES}},
        {"LwM2M Security": [RESOURCES]},
        {0: [RESOURCES]},
        {"0": {"instances": {0: RESOURCES}}},
        {"objects": {"Security": {0: RESOURCES}}},
        {"objects": {0: {"version": None, "instances": [RESOURCES]}}},
        {"objects": [{"object": "Security", "instances": [{"resources": RESOURCES}]}]},
        {"objects": [{"id": 0, "instances": [{"instance": 0, **RESOURCES}]}]},
        {"objects": [{"object": 0, "instances": {0: {"resources": RESOURCES}}}]},
        {"format": "lwm2m", "Security": [{"0": "coap://a", 1: True, 2: 3}]},
        {"Security": [{"uri": "coap://a", "bootstrap server": "true", "MODE": "NoSec"}]},
        {"Security": [{"Server URI": "hex:636f61703a2f2f61", "bootstrap": 1, "mode": "3"}]},
    ],
    ids=range(13),
)
def test_short_forms(plain: dict[Any, Any]) -> None:
    assert LWM2M.from_plain(plain) == Document((SHORT,))


def test_instances_without_id_count_up() -> None:
    plain = {"Server": [{"ssid": 1}, {"instance": 7, "ssid": 2}, {"ssid": 3}]}
    (block,) = LWM2M.from_plain(plain).objects
    assert isinstance(block, ObjectBlock)
    assert [i.id for i in block.instances if isinstance(i, Instance)] == [0, 7, 8]


@pytest.mark.parametrize(
    ("name", "version"),
    [("Security", None), (3, None), (11, (1, 1)), ("OSCORE", (2, 0)), ("COSE", (1, 0)), (99, None)],
)
def test_version_when_none_is_given(name: Any, version: tuple[int, int] | None) -> None:
    assert LWM2M.from_plain({name: [{}]}).objects == (
        ObjectBlock(_id(name), (Instance(0),), version),
    )


def _id(name: Any) -> int:
    return {"Security": 0, "OSCORE": 21, "COSE": 23}.get(name, name)


def test_version_is_kept_when_it_is_null() -> None:
    (block,) = LWM2M.from_plain({"APN Connection Profile": {"version": None, 3: {}}}).objects
    assert block == ObjectBlock(11, (Instance(3),), None)


@pytest.mark.parametrize("value", [[1, 65534], {0: 1, 1: 65534}, {"0": 1, "1": "65534"}])
def test_multiple_resource(value: Any) -> None:
    document = LWM2M.from_plain({"Security": [{"Groups To Use by Client": value}]})
    entries = (ResourceInstance(0, b"\x01"), ResourceInstance(1, b"\xff\xfe"))
    assert document == one(0, MultipleResource(18, entries))


def test_one_value_for_a_multiple_resource() -> None:
    document = LWM2M.from_plain({"Security": [{"DTLS/TLS Ciphersuite": 0xC0A8}]})
    assert document == one(0, MultipleResource(16, (ResourceInstance(0, b"\xc0\xa8"),)))


def test_unknown_objects_and_resources() -> None:
    document = Document(
        (ObjectBlock(3337, (Instance(2, (Resource(40, b"\x01\xff"), Resource(41, b"abc"))),)),)
    )
    plain = LWM2M.to_plain(document)
    assert plain["objects"][0]["object"] == "3337"
    resources = plain["objects"][0]["instances"][0]["resources"]
    assert resources == {"40": "hex:01ff", "41": "hex:616263"}
    assert LWM2M.from_plain(plain) == document


# What is odd keeps its shape.


@pytest.mark.parametrize(
    ("document", "resources"),
    [
        (
            one(0, Resource(5, b"\1"), Resource(5, b"\2"), Resource(5, b"\3")),
            {"Secret Key": "hex:01", "Secret Key #2": "hex:02", "Secret Key #3": "hex:03"},
        ),
        (one(0, ResourceInstance(2, b"\0")), {"instance:Security Mode": "psk"}),
        (one(0, Resource(16, b"\xc0\xa8")), {"single:DTLS/TLS Ciphersuite": 49320}),
        (one(0, MultipleResource(10, ())), {"Short Server ID": {}}),
        (
            one(0, MultipleResource(16, (Resource(3, b"\5"), Unparsed(b"\xff")))),
            {"DTLS/TLS Ciphersuite": {"single:3": 5, "unparsed": "hex:ff"}},
        ),
        (
            one(2, MultipleResource(2, (ResourceInstance(1, b"\5"), ResourceInstance(1, b"\1")))),
            {"ACL": {"1": 5, "1 #2": 1}},
        ),
        (one(1, Resource(1, b"\xa8\xc0")), {"Lifetime": "hex:a8c0"}),
        (one(1, Resource(1, b"\1\2\3")), {"Lifetime": "hex:010203"}),
        (one(1, Resource(0, b"\0")), {"Short Server ID": "hex:00"}),
        (one(1, Resource(6, b"\2")), {"Notification Storing When Disabled or Offline": "hex:02"}),
        (one(1, Resource(7, b"\xff")), {"Binding": "hex:ff"}),
        (one(1, Resource(7, b"U\n")), {"Binding": "hex:550a"}),
        (one(1, Resource(7, b"hex:1")), {"Binding": "hex:6865783a31"}),
        (one(1, Resource(7, b"********")), {"Binding": "hex:2a2a2a2a2a2a2a2a"}),
        (one(1, Resource(8, b"")), {"Registration Update Trigger": None}),
        (one(1, Resource(8, b"1")), {"Registration Update Trigger": "hex:31"}),
        (one(1, Resource(10, b"\0\x0b\0\3")), {"APN Link": "11:3"}),
        (one(1, Resource(10, b"\xff\xff\xff\xff")), {"APN Link": "65535:65535"}),
        (one(1, Resource(10, b"\0\x0b")), {"APN Link": "hex:000b"}),
        (one(1, Resource(12, b"\x65\x53\xf1\0")), {"Last Bootstrapped": 1700000000}),
        (one(0, Resource(2, b"\x09")), {"Security Mode": "hex:09"}),
        (one(0, Resource(6, b"\x64")), {"SMS Security Mode": 100}),
        (one(0, Resource(0, b"a" * 256)), {"LwM2M Server URI": "hex:" + "61" * 256}),
        (
            one(21, Resource(1, b"\1"), Resource(2, b"ab")),
            {"OSCORE Sender ID": "hex:01", "OSCORE Recipient ID": "ab"},
        ),
    ],
)
def test_odd_values_both_ways(document: Document, resources: dict[str, Any]) -> None:
    plain = LWM2M.to_plain(document, show_secrets=True)
    assert plain["objects"][0]["instances"][0]["resources"] == resources
    assert LWM2M.from_plain(plain) == document


@pytest.mark.parametrize(
    "wire",
    [
        BARE_RESOURCES,
        PSK_FILE[9 : 9 + 0x59],
        container((1, PSK_FILE[-0x10:])),
        security("c700" + b"coap://".hex() + "080101c0c5"),
        PSK_FILE[:-3],
        PSK_FILE[:3] + b"\x79" + PSK_FILE[4:] + b"\x00\x63\x00",
        container((0, bytes.fromhex("08010c" + "c700636f61703a2f2fc10101" + "080002c10001"))),
    ],
    ids=["bare", "instances", "unwrapped", "nested", "cut off", "no object", "overrun"],
)
def test_real_cards_both_ways(wire: bytes) -> None:
    document = LWM2M.decode(wire).document
    plain = json.loads(json.dumps(LWM2M.to_plain(document, show_secrets=True)))
    assert LWM2M.from_plain(plain) == document
    assert LWM2M.decode(LWM2M.encode(document)).document == document


def test_longer_integers_become_short() -> None:
    document = one(1, Resource(1, b"\0\0\1\x2c"))
    again = LWM2M.from_plain(LWM2M.to_plain(document))
    assert again == one(1, Resource(1, b"\1\x2c"))


def test_layout_is_kept() -> None:
    document = LWM2M.decode(BARE_RESOURCES).document
    plain = LWM2M.to_plain(document, show_secrets=True)
    assert plain["layout"] == "bare-resources"
    assert "wrapped" not in plain["objects"][0]["instances"][0]
    assert LWM2M.from_plain(plain).layout is Layout.BARE_RESOURCES
    assert LWM2M.encode(LWM2M.from_plain(plain)) == BARE_RESOURCES


# What is refused, and where the error says it is.


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ([], "a mapping"),
        (None, "a mapping"),
        ({"layout": "tree"}, "layout: .*appendix-g"),
        ({"layout": []}, "layout"),
        ({"format": "oma-cp"}, "another format"),
        ({"objects": 5}, "objects"),
        ({"objects": [5]}, "objects"),
        ({"objects": [{}]}, "needs 'object'"),
        ({"objects": [{"object": "Security", "id": 1}]}, "different objects"),
        ({"objects": [{"object": "Security", "instances": [], "note": 1}]}, "/0: 'note'"),
        ({"objects": [{"unparsed": "00"}]}, "hex:"),
        ({"objects": [{"unparsed": "hex:00", "id": 1}]}, "'id'"),
        ({"Securty": {}}, "'Securty' is no object"),
        ({70000: {}}, r"0\.\.65535"),
        ({10**5000: {}}, r"0\.\.65535"),
        ({True: {}}, r"0\.\.65535"),
        ({"Server": 5}, "/1: instances"),
        ({"Server": [5]}, "/1/None"),
        ({"Server": {0: None}}, "/1/0"),
        ({"Server": {"x": {}}}, "/1: an instance id"),
        ({"Server": {"version": 1.1}}, "quotes|MAJOR"),
        ({"Server": {"version": "1"}}, "MAJOR"),
        ({"Server": [{"wrapped": 1}]}, "/1/0: 'wrapped'"),
        ({"Server": [{"resources": []}]}, "/1/0: resources"),
        ({"Server": [{"resources": {}, "Binding": "U"}]}, "/1/0: 'Binding'"),
        ({"Server": [{"Bindng": "U"}]}, "/1/0: 'Bindng' is no resource"),
        ({"Server": [{70000: "hex:"}]}, "/1/0: a resource id"),
        ({"Server": [{"Binding": True}]}, r"/1/0/7 \(Binding\): text"),
        ({"Server": [{"Lifetime": -5}]}, r"/1/0/1 \(Lifetime\): the value is -5"),
        ({"Server": [{"Lifetime": 10**5000}]}, "too large"),
        ({"Server": [{"Lifetime": 2**63}]}, "too large"),
        ({"Server": [{"Lifetime": True}]}, "whole number"),
        ({"Server": [{"Lifetime": 1.5}]}, "whole number"),
        ({"Server": [{"Lifetime": "soon"}]}, "whole number"),
        ({"Server": [{"Lifetime": "hex:0"}]}, "hex digits"),
        ({"Server": [{"Lifetime": [60]}]}, "whole number"),
        ({"Server": [{"Short Server ID": 65535}]}, r"1\.\.65534"),
        ({"Server": [{"Short Server ID": 0}]}, r"1\.\.65534"),
        ({"Server": [{"Mute Send": 2}]}, "true or false"),
        ({"Server": [{"APN Link": "eleven"}]}, "21:0"),
        ({"Server": [{"APN Link": "11:99999"}]}, r"0\.\.65535"),
        ({"Server": [{"Preferred Transport": "UT"}]}, "has 2 bytes"),
        ({"Server": [{"Supported Server Versions": {"x": "1.0"}}]}, r"/1/0/25 .*instance id"),
        ({"Server": [{"Supported Server Versions": ["1.0", 1.1]}]}, "instance 1: text"),
        ({"Server": [{"Disable": 1}]}, "type none"),
        ({"Server": [{99: 5}]}, "hex:"),
        ({"Security": [{"Security Mode": "strong"}]}, "one of: psk, rpk"),
        ({"Security": [{"Secret Key": 1234}]}, r"Secret Key\): bytes"),
        ({"Security": [{"unparsed": 5}]}, "hex:"),
    ],
)
def test_refused_text(plain: Any, message: str) -> None:
    with pytest.raises(EncodeError, match=message):
        LWM2M.from_plain(plain)


@pytest.mark.parametrize(
    ("value", "raw"),
    [("x509", 2), ("X.509", 2), ("none", 3), ("PSK", 0), ("raw public key", 1), ("est", 4), (4, 4)],
)
def test_names_of_security_modes(value: Any, raw: int) -> None:
    assert parse_value(value, OBJECTS[0].resources[2], "") == bytes((raw,))


@pytest.mark.parametrize("value", [None, "21:0", "/21/0", [21, 0]])
def test_links(value: Any) -> None:
    raw = b"\xff\xff\xff\xff" if value is None else b"\0\x15\0\0"
    assert parse_value(value, OBJECTS[0].resources[17], "") == raw


def test_every_name_finds_its_resource() -> None:
    for spec in OBJECTS.values():
        for row in spec.resources.values():
            for name in (row.name, row.name.upper(), row.name.replace(" ", "_"), str(row.id)):
                (block,) = LWM2M.from_plain({spec.name: [{name: "hex:00"}]}).objects
                assert isinstance(block, ObjectBlock)
                (instance,) = block.instances
                assert isinstance(instance, Instance)
                assert [getattr(item, "id", None) for item in instance.items] == [row.id]
