"""What bootstrap messages may hold and seldom do: every part both ways, and broken ones."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from smartboot import wbxml
from smartboot.errors import DecodeError, EncodeError
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
from smartboot.formats.oma_dm.notes import Notes
from smartboot.formats.oma_dm.syncml import read_message
from smartboot.formats.oma_dm.tnds import from_element
from smartboot.wbxml import Element, Opaque, WbxmlDocument
from tests.support.oma_dm import BOOT, BOOT_XML

TNDS_TYPE = "application/vnd.syncml.dmtnds+wbxml"
HEADER = Header(Endpoint("IMEI:004999010640000"), Endpoint("https://dm.example.com/mgmt"))
TREE = Item(Endpoint("./Inbox"), Meta("bin", TNDS_TYPE), Tnds((node("A", leaf("B", "1")),)))
ALL_META = Meta("chr", "text/plain", "m", "5", "1", "n", "4096", "8192", ("e1", "e2"))
ODD = Element("Lang", (), ("en",), 0)


def everything() -> DmDocument:
    """A message with each field of each part set, and each left out somewhere else."""
    add = Command(
        "Add",
        "1",
        (
            TREE,
            Item(
                None,
                ALL_META,
                "text",
                source=Endpoint("./S", "source name"),
                source_parent=Endpoint("./SP"),
                target_parent=Endpoint(None, "nameless"),
                more_data=True,
                extra=(ODD,),
            ),
            Item(Endpoint("./B/bin", None, (ODD,)), Meta("bin"), b"\x00\xff\x01"),
            Item(Endpoint("./C")),
        ),
        no_resp=True,
        cred=Cred(None, None, (ODD,)),
        meta=ALL_META,
        extra=(ODD,),
    )
    atomic = Command(
        "Atomic", None, commands=(Command("Sequence", "3", commands=(Command("Get", "4"),)),)
    )
    header = Header(
        None,
        Endpoint("s"),
        "1.2",
        "DM/1.3",
        "17",
        "3",
        "https://r.example.com",
        True,
        Cred(Meta("b64", "syncml:auth-md5", extra=(Element("Anchor", (), (), 1),)), "Zz6E"),
        ALL_META,
        (ODD,),
    )
    return DmDocument.of(
        Message(header, (add, atomic), final=False, wbxml_version=3, public_id=0x0FD3)
    )


def test_everything_in_wbxml():
    document = everything()
    assert OMA_DM.decode(OMA_DM.encode(document)).document == document


def test_everything_in_xml():
    # What XML does not say of itself: the version of WBXML and the number of its vocabulary.
    body = everything().body
    assert isinstance(body, Message)
    document = DmDocument.of(replace(body, wbxml_version=2, public_id=0x1201))
    text = OMA_DM.to_xml(document)
    assert base64.b64encode(b"\x00\xff\x01") in text
    assert OMA_DM.from_xml(text) == document


@pytest.mark.parametrize("public_id", [0x0FD3, 0x1201, "-//SYNCML//DTD SyncML 1.2//EN"])
def test_everything_as_plain_values(public_id):
    body = everything().body
    assert isinstance(body, Message)
    document = DmDocument.of(replace(body, public_id=public_id))
    plain = json.loads(json.dumps(OMA_DM.to_plain(document, show_secrets=True)))
    assert OMA_DM.from_plain(plain) == document
    assert plain.get("public_id", 0x1201) == public_id
    assert plain["final"] is False
    assert plain["commands"][0]["no_resp"] is True
    assert plain["commands"][0]["items"][1]["more_data"] is True
    assert plain["commands"][0]["items"][1]["meta"]["emi"] == ["e1", "e2"]
    assert plain["commands"][1]["commands"][0]["commands"][0]["command"] == "Get"


def test_what_is_usual_is_not_said():
    plain = OMA_DM.to_plain(OMA_DM.decode(BOOT).document)
    assert set(plain) == {"carrier", "header", "commands"}
    assert set(plain["commands"][0]["items"][0]) == {"target", "tree"}


# -- reading ---------------------------------------------------------------------------------------


def wbxml_of(*commands: Element, outside: tuple[Element, ...] = ()) -> bytes:
    header, _ = wbxml.decode(BOOT).document.root.elements
    body = Element("SyncBody", (), (*commands, Element("Final", (), (), 0)), 0)
    root = Element("SyncML", (), (header, body, *outside), 0)
    return wbxml.encode(WbxmlDocument(root, 0x1201, version=2))


def s(name: str, *children: Element | str | Opaque) -> Element:
    return Element(name, (), children, 0)


def m(name: str, *children: Element | str | Opaque) -> Element:
    return Element(name, (), children, 1)


def item(*children: Element | str | Opaque, target: str = "./A") -> Element:
    return s("Add", s("CmdID", "1"), s("Item", s("Target", s("LocURI", target)), *children))


def read(*commands: Element) -> tuple[Command, list[str]]:
    decoded = OMA_DM.decode(wbxml_of(*commands))
    assert OMA_DM.decode(OMA_DM.encode(decoded.document)).document == decoded.document
    body = decoded.document.body
    assert isinstance(body, Message)
    return body.commands[0], [finding.code for finding in decoded.findings]


def test_text_between_elements_is_reported_and_ignored():
    command, codes = read(s("Add", "stray", s("CmdID", "1"), s("Item", s("Data", "x"))))
    assert "DM-STRAY-TEXT" in codes
    assert command.items[0].data == "x"


def test_text_in_meta_is_ignored():
    command, _ = read(item(s("Meta", " ", m("Format", "chr")), s("Data", "x")))
    assert command.items[0].meta == Meta("chr")


def test_text_in_pieces_is_one_text():
    command, _ = read(item(s("Data", "a", Opaque(b"b"), "c"), target="./A"))
    assert command.items[0].data == "abc"
    meta = s("Meta", m("Format", "bin"))
    command, _ = read(item(meta, s("Data", Opaque(b"a"), "b")))
    assert command.items[0].data == b"ab"
    pieces = s("Add", s("CmdID", "1", Opaque(b"2")), s("Item", s("Data", Opaque(b"text"))))
    command, _ = read(pieces)
    assert (command.cmd_id, command.items[0].data) == ("12", "text")


def test_an_opaque_number_that_is_no_text_is_refused():
    with pytest.raises(DecodeError, match="not UTF-8"):
        OMA_DM.decode(wbxml_of(s("Add", s("CmdID", "1", Opaque(b"\xff")), s("Item"))))


@pytest.mark.parametrize("octets", [b"a\x00", b"\xff\xfe", b"<notes>no tree</notes>"])
def test_opaque_data_that_is_no_text_stays_octets(octets):
    command, _ = read(item(s("Data", Opaque(octets))))
    held = command.items[0].data
    assert held == (octets if octets[0] != ord("<") else octets.decode())


def test_elements_in_data_are_kept():
    command, codes = read(item(s("Data", s("Lang", "en"))))
    assert "DM-ITEM-DATA" in codes
    assert command.items[0].data is None
    assert command.items[0].extra == (s("Data", s("Lang", "en")),)


def test_more_data_with_content_is_no_more_data():
    command, codes = read(item(s("MoreData", "x"), s("Data", "a"), s("Data", "b")))
    assert not command.items[0].more_data
    assert command.items[0].data == "a"
    assert codes.count("DM-EXTRA") == 2


def test_atomic_below_add_is_kept_and_not_run():
    command, codes = read(s("Add", s("CmdID", "1"), s("Get", s("CmdID", "2"))))
    assert command.commands == ()
    assert command.extra[0].name == "Get"
    assert "DM-EXTRA" in codes


def test_tnds_that_meta_does_not_name_gets_its_name():
    inner = OMA_DM.encode(DmDocument.of(Tnds((node("A"),))))
    command, codes = read(item(s("Data", Opaque(inner)), target="./Inbox"))
    assert isinstance(command.items[0].data, Tnds)
    assert command.items[0].meta == Meta("bin", TNDS_TYPE)
    assert "DM-TNDS-TYPE" in codes


def test_commands_may_nest_four_deep():
    def nested(depth: int) -> Element:
        inner = s("Get", s("CmdID", "1"))
        for _ in range(depth - 1):
            inner = s("Sequence", inner)
        return inner

    read(nested(4))
    with pytest.raises(DecodeError, match="nested deeper than 4"):
        OMA_DM.decode(wbxml_of(nested(5)))
    plain: dict[str, object] = {"command": "Get"}
    for _ in range(4):
        plain = {"command": "Sequence", "commands": [plain]}
    with pytest.raises(EncodeError, match="nested deeper than 4"):
        OMA_DM.from_plain({"carrier": "dm-1", "commands": [plain]})


@pytest.mark.parametrize("missing", ["SyncHdr", "SyncBody"])
def test_a_message_without_its_halves_is_refused(missing):
    root = wbxml.decode(BOOT).document.root
    kept = tuple(child for child in root.elements if child.name != missing)
    data = wbxml.encode(WbxmlDocument(Element("SyncML", (), kept, 0), 0x1201, version=2))
    with pytest.raises(DecodeError, match=f"no {missing}"):
        OMA_DM.decode(data)


def _tnds(root: Element) -> object:
    return from_element(root, Notes())


def _message(root: Element) -> object:
    return read_message(root, Notes())


@pytest.mark.parametrize(("reader", "page"), [(_tnds, 2), (_message, 0)])
def test_another_root_is_refused(reader: Callable[[Element], object], page: int):
    with pytest.raises(DecodeError, match="the root element is Add, expected"):
        reader(Element("Add", (), (), page))


# -- TNDS inside text and XML ----------------------------------------------------------------------


def in_xml(content: str, *, type_: str | None = None, format_: str = "bin") -> str:
    text = BOOT_XML.partition("<Data>")[0] + "<Data>" + content + "</Data>"
    text += BOOT_XML.partition("</Data>")[2]
    changed = text.replace(">bin<", f">{format_}<")
    if type_ is not None:
        start = changed.index("application/vnd")
        end = changed.index("<", start)
        changed = changed[:start] + type_ + changed[end:]
    return changed


def test_announced_base64_that_is_none_is_refused():
    with pytest.raises(DecodeError, match="announced as TNDS"):
        OMA_DM.from_xml(in_xml("!! no base64 !!"))


def test_bin_data_in_xml_is_base64_or_its_text():
    octets = OMA_DM.from_xml(in_xml("AAH/", type_="application/octet-stream")).body
    assert octets.commands[0].items[0].data == b"\x00\x01\xff"
    text = OMA_DM.from_xml(in_xml("!!", type_="application/octet-stream")).body
    assert text.commands[0].items[0].data == "!!"


def test_bin_text_is_written_to_xml_as_base64():
    odd = Item(Endpoint("./A"), Meta("bin"), "text")
    text = OMA_DM.to_xml(DmDocument.of(Message(HEADER, (Command("Add", "1", (odd,)),))))
    assert b"<Data>dGV4dA==</Data>" in text
    value = OMA_DM.to_xml(DmDocument.of(Tnds((Node("A", (), "text", "bin"),))))
    assert b"<Value>dGV4dA==</Value>" in value


def test_broken_tnds_as_text_names_its_item():
    held = Opaque(b"<MgmtTree><Node></MgmtTree>")
    with pytest.raises(DecodeError, match="Add 1, item 1"):
        OMA_DM.decode(wbxml_of(item(s("Data", held))))


# -- nodes -----------------------------------------------------------------------------------------


def e(name: str, *children: Element | str | Opaque) -> Element:
    return Element(name, (), children, 2)


def tree_of(*children: Element | str | Opaque) -> tuple[Tnds, list[str]]:
    root = e("MgmtTree", *children)
    data = wbxml.encode(WbxmlDocument(root, wbxml.DM_DDF.formal_id, version=2))
    decoded = OMA_DM.decode(data)
    assert OMA_DM.decode(OMA_DM.encode(decoded.document)).document == decoded.document
    body = decoded.document.body
    assert isinstance(body, Tnds)
    return body, [finding.code for finding in decoded.findings]


def test_the_tree_s_own_fields():
    held, codes = tree_of(
        "stray", e("VerDTD", "1.2"), e("VerDTD", "1.1"), e("Man", "Example"), e("Mod", "One"),
        e("Format"), e("Node", e("NodeName", "A")),
    )  # fmt: skip
    assert (held.ver_dtd, held.man, held.mod) == ("1.2", "Example", "One")
    assert held.extra == (e("Format"),)
    assert {"DM-STRAY-TEXT", "DM-TNDS-DUPLICATE", "DM-TNDS-EXTRA"} <= set(codes)
    plain = OMA_DM.to_plain(DmDocument.of(held), show_secrets=True)
    assert OMA_DM.from_plain(plain).body == held


def properties(*children: Element | str | Opaque) -> tuple[Node, list[str]]:
    held, codes = tree_of(
        e("VerDTD", "1.2"), e("Node", e("NodeName", "A"), e("RTProperties", *children))
    )
    return held.nodes[0], codes


def test_text_among_properties_is_ignored():
    assert properties(" ", e("Format", e("chr")))[0].format == "chr"


def test_a_type_that_says_nothing():
    found, codes = properties(e("Type"))
    assert (found.mime, found.ddf_name) == (None, None)
    assert "DM-TYPE" in codes
    found, codes = properties(e("Type", "text/plain"))
    assert found.mime == "text/plain"
    found, codes = properties(e("Type", e("Title", "x"), e("DDFName", "urn:x")))
    assert found.ddf_name == "urn:x"


@pytest.mark.parametrize(
    ("format_", "held"), [("bin", b"ab\x01"), ("chr", "ab\x01"), ("xml", "ab\x01")]
)
def test_a_value_in_pieces(format_, held):
    value = e("Value", "a", Opaque(b"b"), "\x01")
    one = e("Node", e("NodeName", "A"), e("RTProperties", e("Format", e(format_))), value)
    body, _ = tree_of(e("VerDTD", "1.2"), one)
    assert body.nodes[0].value == held


@pytest.mark.parametrize(("format_", "held"), [("bin", b""), ("chr", "")])
def test_an_empty_value(format_, held):
    one = e("Node", e("NodeName", "A"), e("RTProperties", e("Format", e(format_))), e("Value"))
    body, _ = tree_of(e("VerDTD", "1.2"), one)
    assert body.nodes[0].value == held


def test_nodes_may_nest_thirty_deep():
    def nested(depth: int) -> Element:
        deep = e("Node", e("NodeName", "x"))
        for _ in range(depth - 1):
            deep = e("Node", e("NodeName", "x"), deep)
        return e("MgmtTree", e("VerDTD", "1.2"), deep)

    assert len(from_element(nested(30), Notes()).nodes) == 1
    with pytest.raises(DecodeError, match="nodes nested deeper than 30"):
        from_element(nested(31), Notes())


def test_unknown_properties_anywhere_among_what_is_kept():
    kept = (e("RTProperties", e("Occurrence")), e("DFProperties"), e("RTProperties", e("Scope")))
    document = DmDocument.of(Tnds((Node("A", format="chr", extra=kept),)))
    data = OMA_DM.encode(document)
    (found,) = OMA_DM.decode(data).document.body.nodes
    names = [child.name for one in found.extra for child in one.elements]
    assert sorted(names) == ["Occurrence", "Scope"]
    assert found.format == "chr"
