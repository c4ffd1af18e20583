"""Bootstrap messages: their parts, what they may not hold, and the tree they build."""

from __future__ import annotations

import pytest

from smartboot import wbxml
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
    managed_nodes,
    node,
    walk,
)
from smartboot.wbxml import Element, WbxmlDocument
from tests.support.oma_dm import BOOT, BOOT_XML

TNDS = "application/vnd.syncml.dmtnds+wbxml"
HEADER = Header(Endpoint("IMEI:004999010640000"), Endpoint("https://dm.example.com/mgmt"))


def inbox(*nodes: Node, target: str = "./Inbox") -> Item:
    return Item(Endpoint(target), Meta("bin", TNDS), Tnds(nodes))


def add(*items: Item, name: str = "Add") -> Command:
    return Command(name, "1", items)


def codes(document: DmDocument) -> list[str]:
    decoded = OMA_DM.decode(OMA_DM.encode(document))
    assert decoded.document == document
    return [finding.code for finding in decoded.findings]


def tree(message: Message | Tnds) -> dict[str, str | bytes | None]:
    """Every path of the tree with its value."""
    found: dict[str, str | bytes | None] = {}
    for top in managed_nodes(message):
        base = top.path.rpartition("/")[0]
        for path, one in walk(top.node):
            found[f"{base}/{path}"] = one.value
    return found


def test_parts_of_the_vector():
    message = OMA_DM.decode(BOOT).document.body
    assert message.header == HEADER
    (command,) = message.commands
    assert (command.name, command.cmd_id) == ("Add", "1")
    (item,) = command.items
    assert item.target == Endpoint("./Inbox")
    assert item.meta == Meta("bin", TNDS)
    assert message.final
    assert tree(message) == {
        "./Inbox/ExampleDM": None,
        "./Inbox/ExampleDM/AppID": "w7",
        "./Inbox/ExampleDM/ServerID": "dm.example.com",
        "./Inbox/ExampleDM/AppAddr": None,
        "./Inbox/ExampleDM/AppAddr/1": None,
        "./Inbox/ExampleDM/AppAddr/1/Addr": "https://dm.example.com/mgmt",
    }


def test_all_header_fields_survive():
    header = Header(
        Endpoint("t", "T"),
        Endpoint("s", "user"),
        "1.2",
        "DM/1.3",
        "17",
        "3",
        "https://r.example.com",
        True,
        Cred(Meta("b64", "syncml:auth-md5"), "Zz6E"),
        Meta(max_msg_size="4096", max_obj_size="8192", emi=("a", "b")),
    )
    document = DmDocument.of(Message(header, (add(inbox(node("A"))),)))
    assert codes(document) == []
    assert OMA_DM.from_xml(OMA_DM.to_xml(document)) == document


def test_several_adds_and_items():
    items = [inbox(node("A", leaf("B", str(n)))) for n in range(3)]
    document = DmDocument.of(Message(HEADER, (add(items[0], items[1]), add(items[2]))))
    assert codes(document) == []
    # They came in different items, so they are different objects in spite of their name.
    assert [top.scope for top in managed_nodes(document.body)] == [0, 1, 2]


@pytest.mark.parametrize("name", ["Replace", "Delete", "Get", "Exec", "Copy", "Alert", "Status"])
def test_other_commands_are_kept_and_reported(name):
    item = Item(Endpoint("./A/B"), Meta("chr"), "x")
    document = DmDocument.of(Message(HEADER, (add(item, name=name), add(inbox(node("A"))))))
    assert codes(document) == ["DM-COMMAND"]
    assert tree(document.body) == {"./Inbox/A": None}


def test_atomic_adds_count():
    inner = add(inbox(node("A")))
    document = DmDocument.of(Message(HEADER, (Command("Atomic", "1", commands=(inner,)),)))
    assert codes(document) == ["DM-COMMAND"]
    assert tree(document.body) == {"./Inbox/A": None}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (Message(HEADER, ()), "DM-NO-ADD"),
        (Message(HEADER, (add(),)), "DM-NO-ITEM"),
        (Message(HEADER, (add(inbox(node("A"))),), final=False), "DM-NO-FINAL"),
        (Message(HEADER, (add(Item(None, None, "x")),)), "DM-ITEM-TARGET"),
        (
            Message(HEADER, (Command("Add", "1", (inbox(node("A")),), cred=Cred(data="x")),)),
            "DM-CRED-IN-COMMAND",
        ),
        (Message(Header(HEADER.target, HEADER.source, "1.1"), ()), "DM-VERDTD"),
        (Message(Header(HEADER.target, HEADER.source, "1.2", "DM/9"), ()), "DM-VERPROTO"),
        (Message(Header(None, HEADER.source), ()), "DM-NO-TARGET"),
        (Message(Header(HEADER.target), ()), "DM-NO-SOURCE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_odd_messages_are_kept_and_reported(message, code):
    assert code in codes(DmDocument.of(message))


def test_unknown_elements_survive():
    root = wbxml.decode(BOOT).document.root
    header, body = root.elements
    odd = Element("Lang", (), ("en",), 0)
    changed = Element(
        "SyncML",
        (),
        (
            Element("SyncHdr", (), (*header.children, odd), 0),
            Element("SyncBody", (), (*body.children, odd), 0),
            odd,
        ),
        0,
    )
    data = wbxml.encode(WbxmlDocument(changed, 0x1201, version=2))
    decoded = OMA_DM.decode(data)
    assert {finding.code for finding in decoded.findings} == {"DM-EXTRA"}
    again = OMA_DM.decode(OMA_DM.encode(decoded.document))
    assert again.document == decoded.document
    assert OMA_DM.encode(again.document).count(b"en\x00") == 3
    plain = OMA_DM.to_plain(decoded.document, show_secrets=True)
    assert OMA_DM.from_plain(plain) == decoded.document


def test_older_syncml_keeps_its_public_id():
    data = BOOT.replace(b"\xa4\x01", b"\x9f\x53", 1)
    decoded = OMA_DM.decode(data)
    assert decoded.document.body.public_id == 0x0FD3
    assert OMA_DM.encode(decoded.document) == data


def test_meta_without_its_name_space_in_xml():
    text = BOOT_XML.replace(' xmlns="syncml:metinf"', "")
    assert OMA_DM.encode(OMA_DM.from_xml(text)) == BOOT


def test_tree_meta_is_put_right():
    odd = Item(Endpoint("./Inbox"), Meta("chr", "text/plain", size="5"), Tnds((node("A"),)))
    data = OMA_DM.encode(DmDocument.of(Message(HEADER, (add(odd),))))
    assert b"\x03bin\x00" in data
    assert b"text/plain" not in data[: data.index(b"DTD-DM-DDF")]
    (command,) = OMA_DM.decode(data).document.body.commands
    assert command.items[0].meta == Meta("bin", TNDS, size="5")


# -- the tree --------------------------------------------------------------------------------------


def test_plain_nodes_get_their_missing_parents():
    items = (
        Item(Endpoint("./DMAcc/X"), Meta("node", "urn:oma:mo:oma-dm-dmacc:1.0")),
        Item(Endpoint("./DMAcc/X/AppID"), Meta("chr", "text/plain"), "w7"),
        Item(Endpoint("./DMAcc/X/AppAddr/1/Addr"), Meta("chr"), "https://dm.example.com"),
    )
    message = Message(HEADER, (add(*items),))
    assert tree(message) == {
        "./DMAcc": None,
        "./DMAcc/X": None,
        "./DMAcc/X/AppID": "w7",
        "./DMAcc/X/AppAddr": None,
        "./DMAcc/X/AppAddr/1": None,
        "./DMAcc/X/AppAddr/1/Addr": "https://dm.example.com",
    }
    (top,) = managed_nodes(message)
    assert top.scope is None
    assert top.node.children[0].ddf_name == "urn:oma:mo:oma-dm-dmacc:1.0"


def test_nodes_that_continue_by_path():
    nodes = (
        node("A", node("B"), ddf_name="urn:x"),
        Node("C", (leaf("D", "1"),), path="A/B"),
        Node("E", value="2", path="A"),
    )
    assert tree(Tnds(nodes)) == {
        "./Inbox/A": None,
        "./Inbox/A/B": None,
        "./Inbox/A/B/C": None,
        "./Inbox/A/B/C/D": "1",
        "./Inbox/A/E": "2",
    }


def test_paths_are_relative_to_the_target():
    message = Message(HEADER, (add(inbox(node("B", leaf("C", "1")), target="./A")),))
    assert tree(message) == {"./A": None, "./A/B": None, "./A/B/C": "1"}


def test_empty_name_takes_the_last_segment_of_the_target():
    message = Message(HEADER, (add(inbox(node("", leaf("C", "1")), target="./A/B")),))
    assert tree(message) == {"./A": None, "./A/B": None, "./A/B/C": "1"}


def test_properties_win_over_a_parent_made_for_want_of_one():
    items = (
        Item(Endpoint("./A/B"), Meta("chr"), "1"),
        inbox(node("A", ddf_name="urn:x"), target="."),
    )
    (top,) = managed_nodes(Message(HEADER, (add(*items),)))
    assert (top.node.ddf_name, top.node.children[0].value) == ("urn:x", "1")


def test_two_objects_of_one_name_in_one_item_stay_two():
    objects = [node("X", leaf("ServerID", f"s{n}"), ddf_name="urn:x") for n in (1, 2, 3)]
    tops = managed_nodes(Tnds(tuple(objects)))
    assert [top.node for top in tops] == objects
    assert [top.path for top in tops] == ["./Inbox/X"] * 3


@pytest.mark.parametrize(
    "message",
    [
        Message(HEADER, (Command("Bogus"),)),
        Message(HEADER, (), wbxml_version=9),
        Message(Header(Endpoint("a\0")), ()),
        Message(HEADER, (add(Item(Endpoint("./A"), None, "a\0")),)),
        Message(HEADER, (add(Item(Endpoint("./A"), None, Tnds((), wbxml_version=9))),)),
    ],
)
def test_what_cannot_be_written(message):
    with pytest.raises(EncodeError):
        OMA_DM.encode(DmDocument.of(message))
