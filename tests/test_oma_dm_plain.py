"""OMA DM documents as text a person writes; secrets stay hidden, masks are refused."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from ruamel.yaml import YAML

from smartboot.errors import EncodeError
from smartboot.formats.oma_dm import (
    OMA_DM,
    Command,
    Cred,
    DmDocument,
    Endpoint,
    Header,
    Item,
    Message,
    Meta,
    Node,
    Tnds,
    leaf,
    node,
)
from smartboot.model import MASK
from smartboot.wbxml import Element, Opaque
from tests.support.oma_dm import BOOT, DM2_TEXT, FULL, SECRETS

HAND_WRITTEN = """
carrier: dm-1
header:
  target: IMEI:004999010640000
  source: https://dm.example.com/mgmt
commands:
  - cmd_id: 1
    items:
      - target: ./Inbox
        tree:
          nodes:
            - name: ExampleDM
              acl: Get=dm.example.com&Replace=dm.example.com&Delete=dm.example.com
              type: urn:oma:mo:oma-dm-dmacc:1.0
              nodes:
                - {name: AppID, value: w7}
                - {name: ServerID, value: dm.example.com}
                - name: AppAddr
                  nodes:
                    - name: 1
                      nodes:
                        - {name: Addr, value: "https://dm.example.com/mgmt"}
"""

HAND_WRITTEN_2 = """
carrier: dm-2
management_objects:
  - ClientURI: urn:oma:mo:oma-dm-dmacc:1.2/X/
    MOData:
      X:
        SrvID: dm.example.com
        SrvURI: https://dm.example.com
        Name: Example
        Perm:
          1: {MOID: "urn:oma:mo:oma-fumo:1.0"}
        Auth:
          Noti: {Type: 1, Data: bm90aQ==, Secret: AAEC}
"""


def yaml(text: str) -> object:
    return YAML(typ="rt").load(StringIO(text))


def test_a_message_written_by_hand():
    assert OMA_DM.encode(OMA_DM.from_plain(yaml(HAND_WRITTEN))) == BOOT


def test_management_objects_written_by_hand():
    document = OMA_DM.from_plain(yaml(HAND_WRITTEN_2))
    tree = json.loads(OMA_DM.encode(document))[0]["MOData"]["X"]
    assert tree["Perm"] == {"1": {"MOID": "urn:oma:mo:oma-fumo:1.0"}}
    assert tree["Auth"]["Noti"]["Type"] == 1
    assert OMA_DM.accounts(document)[1] == []


def test_bare_tnds_written_by_hand():
    document = OMA_DM.from_plain(
        yaml("{carrier: dm-1-tnds, tree: {nodes: [{name: A, nodes: []}, {name: B, value: true}]}}")
    )
    assert document.body == Tnds((node("A"), leaf("B", "true")))


def test_the_vector_is_short():
    plain = OMA_DM.to_plain(OMA_DM.decode(BOOT).document)
    root = plain["commands"][0]["items"][0]["tree"]["nodes"][0]
    assert root["nodes"][0] == {"name": "AppID", "value": "w7"}
    assert list(root) == ["name", "acl", "type", "nodes"]


ODD = DmDocument.of(
    Message(
        Header(
            Endpoint("t", "T"),
            None,
            None,
            "DM/1.3",
            None,
            cred=Cred(Meta("b64", next_nonce="nonce-sesame"), "cred-sesame"),
        ),
        (
            Command("Replace", None, (
                Item(Endpoint("./X/AppAuth/1/AAuthSecret"), Meta("chr"), "plain-sesame"),
                Item(Endpoint("./X/AAuthData"), Meta("bin"), b"octet-sesame"),
                Item(Endpoint("./X/AAuthSecret"), None, Tnds((
                    Node("", (), "noname-sesame", "chr", "text/plain"),
                ))),
            )),
        ),
        extra=(
            Element("Odd", (("value", Opaque(b"kept")),), (
                Element("Data", (), ("extra-sesame",), 0),
                Element("Data", (), (Element("X", (("a", "attr-sesame"),), ("deep-sesame",)),), 0),
                Opaque(b"opaque-sesame"),
            )),
        ),
    )
)  # fmt: skip
NODES = DmDocument.of(
    Tnds(
        (
            Node("A", (), b"\xff", "chr", None, "x"),
            Node("B", (), "text", "bin"),
            Node("C", (), "hex:zz"),
            Node("D", (), MASK, "chr", "text/plain", title="T", path="p"),
            leaf("ClientSecretKey", b"key-sesame"),
            leaf("Password", "vendor-sesame"),
            leaf("AAuthData", "nonce-sesame", "b64"),
            Node(None),
        ),
        ver_dtd=None,
        wbxml_version=3,
    )
)


@pytest.mark.parametrize("document", [ODD, NODES], ids=["message", "nodes"])
def test_odd_documents_survive(document):
    plain = OMA_DM.to_plain(document, show_secrets=True)
    assert OMA_DM.from_plain(json.loads(json.dumps(plain))) == document
    out = StringIO()
    YAML().dump(plain, out)
    assert OMA_DM.from_plain(yaml(out.getvalue())) == document


@pytest.mark.parametrize(
    "document",
    [OMA_DM.decode(data).document for data in (FULL, DM2_TEXT.encode())] + [ODD, NODES],
    ids=["full", "dm-2", "message", "nodes"],
)
def test_no_secret_is_shown(document):
    accounts, findings = OMA_DM.accounts(document)
    shown = [
        json.dumps(OMA_DM.to_plain(document)),
        repr(document),
        repr(accounts),
        json.dumps([account.to_dict() for account in accounts]),
        repr(findings),
    ]
    for text in shown:
        for secret in (*SECRETS, "sesame", b"sesame".hex(), bytes(range(16)).hex()):
            assert secret not in text
    assert MASK in shown[0]
    # What is hidden is there when it is asked for, so the test above can fail.
    revealed = json.dumps(OMA_DM.to_plain(document, show_secrets=True))
    hits = [s for s in (*SECRETS, "sesame", b"sesame".hex()) if s in revealed]
    assert hits


@pytest.mark.parametrize(
    "document",
    [OMA_DM.decode(data).document for data in (FULL, DM2_TEXT.encode())] + [ODD, NODES],
    ids=["full", "dm-2", "message", "nodes"],
)
def test_a_mask_is_refused_as_input(document):
    with pytest.raises(EncodeError, match="masked") as caught:
        OMA_DM.from_plain(OMA_DM.to_plain(document))
    assert caught.value.field


NODE = {"name": "A"}


def tree(*nodes: object, **members: object) -> dict[str, object]:
    return {"carrier": "dm-1-tnds", "tree": {"nodes": list(nodes), **members}}


@pytest.mark.parametrize(
    ("plain", "field"),
    [
        (None, None),
        ([], None),
        ({}, "carrier"),
        ({"carrier": "dm-9"}, "carrier"),
        ({"carrier": "dm-1", "headre": {}}, "headre"),
        ({"carrier": "dm-1", "header": []}, "header"),
        ({"carrier": "dm-1", "header": {"x": 1}}, "header/x"),
        ({"carrier": "dm-1", "final": 1}, "final"),
        ({"carrier": "dm-1", "public_id": []}, "public_id"),
        ({"carrier": "dm-1", "commands": {}}, "commands"),
        ({"carrier": "dm-1", "commands": ["x"]}, "commands[0]"),
        ({"carrier": "dm-1", "commands": [{"command": "Dance"}]}, "commands[0]/command"),
        (
            {"carrier": "dm-1", "commands": [{"items": [{"tree": {}, "data": "x"}]}]},
            "commands[0]/items[0]",
        ),
        (
            {"carrier": "dm-1", "commands": [{"items": [{"octets": "x", "data": "x"}]}]},
            "commands[0]/items[0]",
        ),
        ({"carrier": "dm-1", "extra": [{"page": 0}]}, "extra[0]/element"),
        ({"carrier": "dm-1", "extra": [{"element": "a", "page": 300}]}, "extra[0]/page"),
        ({"carrier": "dm-1-tnds"}, "tree"),
        (tree(wbxml_version="2.0"), "tree/wbxml_version"),
        (tree({}), "tree/nodes[0]/name"),
        (tree({**NODE, "format": "text"}), "tree/nodes[0]/format"),
        (tree({**NODE, "value": "x", "text": "y"}), "tree/nodes[0]"),
        (tree({**NODE, "value": []}), "tree/nodes[0]/value"),
        (tree({**NODE, "value": "hex:0"}), "tree/nodes[0]/value"),
        (tree({**NODE, "value": "hex:ff"}), "tree/nodes[0]/value"),
        (tree({**NODE, "value": "\ud800"}), "tree/nodes[0]/value"),
        (tree({**NODE, "vlaue": "x"}), "tree/nodes[0]/vlaue"),
        ({"carrier": "dm-2"}, "management_objects"),
        ({"carrier": "dm-2", "management_objects": [{}]}, "management_objects[0]/ClientURI"),
        (
            {"carrier": "dm-2", "management_objects": [{"ClientURI": "a"}]},
            "management_objects[0]/MOData",
        ),
        (
            {"carrier": "dm-2", "management_objects": [{"ClientURI": "a", "MOData": []}]},
            "management_objects[0]/MOData",
        ),
        (
            {
                "carrier": "dm-2",
                "management_objects": [{"ClientURI": "a", "MOData": {"b": object()}}],
            },
            "management_objects[0]/MOData/b",
        ),
        (
            {"carrier": "dm-2", "management_objects": [{"ClientURI": "a", "MOData": {None: 1}}]},
            "management_objects[0]/MOData",
        ),
        ({"carrier": "dm-2", "management_objects": [], "bare": True}, "bare"),
    ],
)
def test_mistakes_name_their_place(plain, field):
    with pytest.raises(EncodeError) as caught:
        OMA_DM.from_plain(plain)
    assert caught.value.field == field


def test_nesting_is_bounded():
    nodes: dict[str, object] = {"name": "x"}
    for _ in range(10_000):
        nodes = {"name": "x", "nodes": [nodes]}
    with pytest.raises(EncodeError, match="deeper"):
        OMA_DM.from_plain(tree(nodes))
    element: dict[str, object] = {"element": "x"}
    for _ in range(10_000):
        element = {"element": "x", "children": [element]}
    with pytest.raises(EncodeError, match="deeper"):
        OMA_DM.from_plain({"carrier": "dm-1", "extra": [element]})
    value: object = 1
    for _ in range(10_000):
        value = [value]
    with pytest.raises(EncodeError, match="deeper"):
        OMA_DM.from_plain(
            {"carrier": "dm-2", "management_objects": [{"ClientURI": "a", "MOData": {"x": value}}]}
        )
