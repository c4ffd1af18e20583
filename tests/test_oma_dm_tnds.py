"""TNDS documents in all forms met in the field, their properties, and ACLs."""

from __future__ import annotations

import pytest

from smartboot import wbxml
from smartboot.errors import DecodeError, EncodeError
from smartboot.formats.oma_dm import OMA_DM, Acl, DmDocument, Node, Tnds, leaf, node, parse_acl
from smartboot.formats.oma_dm.message import Item, Meta
from smartboot.wbxml import Element, Opaque, WbxmlDocument
from tests.support.oma_dm import BOOT, BOOT_XML

PUBLIC_ID = b"-//OMA//DTD-DM-DDF 1.2//EN"
INNER = BOOT[171 : 171 + 352]
HEAD = b"\x02\x00\x00\x6a\x1b" + PUBLIC_ID + b"\x00"
BODY = INNER[len(HEAD) + 2 :]
TREE = OMA_DM.decode(BOOT).document
TNDS_XML = BOOT_XML.partition("<Data>")[2].partition("</Data>")[0]


def around(data: bytes, *, type_: str = "application/vnd.syncml.dmtnds+wbxml") -> bytes:
    """BOOT with another content of Data, which is given as tokens."""
    start = BOOT.index(b"\x4f\xc3\x82\x60")
    end = start + 4 + 352
    head = BOOT[:start].replace(b"application/vnd.syncml.dmtnds+wbxml", type_.encode())
    return head + b"\x4f" + data + BOOT[end:]


def opaque(data: bytes) -> bytes:
    return b"\xc3" + wbxml.mb_u_int32(len(data)) + data


def codes(data: bytes) -> list[str]:
    return [f"{finding.code} {finding.message}" for finding in OMA_DM.decode(data).findings]


FORMS = {
    "A": around(opaque(INNER)),
    "B": around(opaque(b"\x02\x00\x00\x6a\x1a" + PUBLIC_ID + b"\x00\x02" + BODY)),
    "C": around(opaque(HEAD + BODY)),
    "D": around(b"\x00\x02" + BODY + b"\x00\x00"),
    "E": around(b"\x03" + TNDS_XML.encode() + b"\x00", type_="application/vnd.syncml.dmtnds+xml"),
    "E in OPAQUE": around(opaque(TNDS_XML.encode()), type_="application/vnd.syncml.dmtnds+xml"),
    "unknown public id": around(opaque(b"\x02\x01\x6a\x00\x00\x02" + BODY)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_and_form_a_written(form):
    decoded = OMA_DM.decode(FORMS[form])
    assert decoded.document == TREE
    assert OMA_DM.encode(decoded.document) == BOOT


@pytest.mark.parametrize(
    ("form", "words"),
    [("B", "form B"), ("C", "form C"), ("D", "form D"), ("E", "form E"), ("E in OPAQUE", "E")],
)
def test_other_forms_are_reported(form, words):
    assert any(words in text and "DM-TNDS-FORM" in text for text in codes(FORMS[form]))
    assert codes(FORMS["A"]) == []


def test_form_c_standing_alone():
    assert OMA_DM.decode(HEAD + BODY).document == OMA_DM.tnds(TREE)


def test_base64_of_a_tnds_document_in_xml():
    import base64

    text = BOOT_XML.replace(TNDS_XML, base64.b64encode(INNER).decode())
    assert OMA_DM.from_xml(text) == TREE


def test_tnds_without_its_type_is_recognised_and_reported():
    data = around(opaque(INNER), type_="application/octet-stream")
    assert OMA_DM.decode(data).document == TREE


def test_what_only_looks_like_tnds_is_kept_as_octets():
    broken = INNER[:-20]
    data = around(opaque(broken), type_="application/octet-stream")
    item = OMA_DM.decode(data).document.body.commands[0].items[0]
    assert item.data == broken
    assert any("DM-TNDS-TYPE Data looks like TNDS" in text for text in codes(data))
    again = OMA_DM.decode(OMA_DM.encode(OMA_DM.decode(data).document))
    assert again.document.body.commands[0].items[0].data == broken


def test_octets_in_two_pieces_stay_octets():
    data = around(opaque(INNER[:60]) + opaque(INNER[60:-1]), type_="application/octet-stream")
    document = OMA_DM.decode(data).document
    assert document.body.commands[0].items[0].data == INNER[:-1]
    assert OMA_DM.decode(OMA_DM.encode(document)).document == document


def test_trailing_bytes_inside_the_opaque_are_reported():
    assert any("DM-TNDS-TRAILING" in text for text in codes(around(opaque(INNER + b"\xff"))))


@pytest.mark.parametrize(
    # What is cut off, and where inside the TNDS document that shows; None: before its body.
    ("cut", "offset"),
    [(0, None), (1, None), (20, None), (40, 36), (100, 58), (351, 351)],
)
def test_broken_tnds_tells_where(cut, offset):
    data = around(opaque(INNER[:cut]))
    with pytest.raises(DecodeError, match="Add 1, item 1") as caught:
        OMA_DM.decode(data)
    if offset is not None:
        # The offset counts from the start of the whole document.
        assert caught.value.offset == data.index(INNER[:cut]) + offset


def test_announced_tnds_that_is_text_is_refused():
    with pytest.raises(DecodeError, match="announced as TNDS"):
        OMA_DM.decode(around(b"\x03hello\x00"))


# -- properties ------------------------------------------------------------------------------------


def tnds(*children: Element) -> bytes:
    root = Element("MgmtTree", (), children, 2)
    return wbxml.encode(WbxmlDocument(root, wbxml.DM_DDF.formal_id, version=2))


def e(name: str, *children: Element | str | Opaque) -> Element:
    return Element(name, (), children, 2)


VERSION = e("VerDTD", "1.2")


def one(*children: Element | str | Opaque) -> tuple[Node, list[str]]:
    decoded = OMA_DM.decode(tnds(VERSION, e("Node", *children)))
    assert OMA_DM.decode(OMA_DM.encode(decoded.document)).document == decoded.document
    (found,) = decoded.document.body.nodes
    return found, [f.code for f in decoded.findings if f.code != "DM-BARE-TNDS"]


def test_all_properties():
    found, codes_ = one(
        e("NodeName", "N"),
        e("Path", "A/B"),
        e(
            "RTProperties",
            e("ACL", "Get=*"),
            e("Format", e("int")),
            e("Name", "N"),
            e("Size", "1"),
            e("Title", "T"),
            e("TStamp", "20200101T000000Z"),
            e("Type", e("MIME", "text/plain")),
            e("VerNo", "3"),
        ),
        e("Value", "5"),
    )
    assert codes_ == []
    assert found == Node(
        *("N", (), "5", "int", "text/plain", None, "Get=*", "A/B", "T"),
        *("20200101T000000Z", "3", "N", "1"),
    )
    assert found.access.grants("Get", "anyone")


def test_format_missing():
    found, codes_ = one(e("NodeName", "N"), e("Value", "5"))
    assert found.format is None
    assert found.effective_format == "chr"
    assert codes_ == ["DM-NO-RTPROPERTIES"]
    parent = Node("P", (found,))
    assert parent.effective_format == "node"
    assert parent.interior


@pytest.mark.parametrize(
    ("children", "code"),
    [
        pytest.param([e("RTProperties", e("ACL", "Gut=*"))], "DM-ACL", id="acl"),
        pytest.param([e("RTProperties", e("Format", "chr"))], "DM-FORMAT", id="format as text"),
        pytest.param([e("RTProperties", e("Format", e("Man")))], "DM-FORMAT", id="no format"),
        pytest.param([e("RTProperties", e("Type", "urn:x"))], "DM-TYPE", id="type as text"),
        pytest.param(
            [e("RTProperties", e("Type", e("MIME", "a/b"), e("DDFName", "c")))], "DM-TYPE",
            id="two types",
        ),
        pytest.param([e("RTProperties"), e("RTProperties")], "DM-TNDS-DUPLICATE", id="twice"),
        pytest.param([e("DFProperties", e("Description", "x"))], "DM-TNDS-EXTRA", id="ddf"),
        pytest.param([e("RTProperties", e("Occurrence"))], "DM-TNDS-EXTRA", id="ddf property"),
        pytest.param([e("Node", e("NodeName", "M")), e("Value", "x")], "DM-VALUE", id="value"),
        pytest.param([e("Value", e("Node"))], "DM-VALUE", id="elements in value"),
        pytest.param([e("Node"), "text"], "DM-STRAY-TEXT", id="stray text"),
        pytest.param([e("Node", e("Path", "x"))], "DM-TNDS-PATH", id="path below"),
        pytest.param(
            [e("Node", e("NodeName", "M")), e("Node", e("NodeName", "M"))], "DM-NODE-DUPLICATE",
            id="same name",
        ),
        pytest.param(
            [e("RTProperties", e("Format", e("bin"))), e("Value", "AAEC")], "DM-BIN-TEXT",
            id="bin as text",
        ),
        pytest.param(
            [e("RTProperties", e("Format", e("chr"))), e("Node", e("NodeName", "M"))],
            "DM-FORMAT",
            id="leaf with children",
        ),
    ],
)  # fmt: skip
def test_odd_nodes_are_kept_and_reported(children, code):
    _, codes_ = one(e("NodeName", "N"), *children)
    assert code in codes_


def test_slash_in_a_name_is_reported():
    assert "DM-NODE-NAME" in one(e("NodeName", "a/b"))[1]


def test_what_tnds_does_not_define_survives():
    kept = e("DFProperties", e("Description", "x"), e("AccessType", e("Get")))
    found, _ = one(e("NodeName", "N"), e("RTProperties", e("Occurrence", e("One"))), kept)
    assert kept in found.extra
    assert found.extra[-1].name == "RTProperties"


@pytest.mark.parametrize(
    ("format_", "value", "held"),
    [
        ("bin", b"\x00\xff", b"\x00\xff"),
        ("bin", b"abc", b"abc"),
        ("chr", b"abc", "abc"),
        ("chr", b"\xff\x01", b"\xff\x01"),
        ("chr", b"a\x00", b"a\x00"),
    ],
)
def test_opaque_values(format_, value, held):
    properties = e("RTProperties", e("Format", e(format_)), e("Type", e("MIME", "")))
    found, _ = one(e("NodeName", "N"), properties, e("Value", Opaque(value)))
    assert found.value == held
    document = DmDocument.of(Tnds((found,)))
    assert OMA_DM.from_xml(OMA_DM.to_xml(document)) == document


def test_bin_is_base64_in_xml():
    document = DmDocument.of(Tnds((node("A", leaf("B", b"\x01\x02abc")),)))
    assert b"<Value>AQJhYmM=</Value>" in OMA_DM.to_xml(document)
    bad = OMA_DM.to_xml(document).replace(b"AQJhYmM=", b"!!")
    assert OMA_DM.decode(bad).document.body.nodes[0].children[0].value == "!!"
    assert "DM-BASE64" in [finding.code for finding in OMA_DM.decode(bad).findings]


def test_empty_document_is_reported():
    found = [finding.code for finding in OMA_DM.decode(tnds()).findings]
    assert found == ["DM-BARE-TNDS", "DM-TNDS-EMPTY", "DM-TNDS-VERDTD"]


def test_nesting_is_bounded_in_both_directions():
    deep = leaf("x", "")
    for _ in range(31):
        deep = node("x", deep)
    with pytest.raises(EncodeError, match="deeper"):
        OMA_DM.encode(DmDocument.of(Tnds((deep,))))
    nested = e("Node")
    for _ in range(29):
        nested = e("Node", nested)
    assert OMA_DM.decode(tnds(VERSION, nested)).document.carrier == "dm-1-tnds"


def test_findings_are_bounded():
    many = [e("Node", e("NodeName", "a/b")) for _ in range(500)]
    assert len(OMA_DM.decode(tnds(VERSION, *many)).findings) <= 101


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (Node("a\0"), "NUL"),
        (Node("a", format="text"), "unknown format"),
        (Node("a", value="x\0"), "NUL"),
        (Node("a", acl="\0"), "NUL"),
    ],
)
def test_what_cannot_be_written_names_the_node(changed, reason):
    with pytest.raises(EncodeError, match=reason):
        OMA_DM.encode(DmDocument.of(Tnds((node("P", changed),))))


def test_values_stay_out_of_repr():
    shown = repr(Tnds((leaf("AAuthSecret", "sesame"),)))
    assert "sesame" not in shown
    assert "sesame" not in repr(Item(None, Meta(next_nonce="sesame"), "sesame"))


# -- ACL -------------------------------------------------------------------------------------------

ACLS = [
    ("", ()),
    ("Add=*&Get=*", (("Add", ("*",)), ("Get", ("*",)))),
    ("Get=a.example.com+b&Exec=c", (("Get", ("a.example.com", "b")), ("Exec", ("c",)))),
]


@pytest.mark.parametrize(("text", "entries"), ACLS)
def test_acl_both_ways(text, entries):
    assert parse_acl(text) == Acl(entries)
    assert str(Acl(entries)) == text


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("Get", 0),
        ("get=*", 0),
        ("Get=", 4),
        ("Get=a+", 6),
        ("Get=a b", 4),
        ("Add=*&", 6),
        ("Add=*&Foo=a", 6),
        ("Get=a&Get=b", 6),
        ("Get=a=b", 4),
        ("Get=a*", 4),
    ],
)
def test_broken_acl_tells_where(text, offset):
    with pytest.raises(DecodeError) as caught:
        parse_acl(text)
    assert caught.value.offset == offset


@pytest.mark.parametrize("entries", [(("Got", ("a",)),), (("Get", ()),), (("Get", ("a&b",)),)])
def test_acl_that_cannot_be_written(entries):
    with pytest.raises(EncodeError):
        str(Acl(entries))


def test_acl_grants():
    acl = parse_acl("Get=*&Replace=a+b")
    assert acl.grants("Get", "x")
    assert acl.grants("Replace", "b")
    assert not acl.grants("Replace", "c")
    assert not acl.grants("Delete", "a")
