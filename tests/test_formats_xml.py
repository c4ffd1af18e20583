"""XML in and out: the same tree both ways, and nothing hostile gets through."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings

from smartboot.errors import DecodeError, EncodeError
from smartboot.formats import xml
from smartboot.wbxml import DM_DDF, PROV, SYNCML, Element, Opaque
from tests.support.wbxml_trees import prov_elements, syncml_elements


def write_and_read(root, vocabulary, indent):
    try:
        text = xml.serialise(root, vocabulary, indent=indent)
    except EncodeError as error:
        assert "XML" in str(error)
        return
    again = xml.parse(text, vocabulary)
    second = xml.serialise(again, vocabulary, indent=indent)
    if mixed(root):
        # What was dropped is dropped once: from then on nothing changes.
        assert xml.parse(second, vocabulary) == again
    else:
        assert second == text
        assert again == root


def mixed(root):
    """Whether white space stands beside elements somewhere: XML readers drop that."""
    blank = any(isinstance(c, str) and not c.strip(" \t\r\n") for c in root.children)
    return (blank and len(root.children) > 1) or any(mixed(c) for c in root.elements)


@given(prov_elements)
@settings(max_examples=500, deadline=None)
def test_prov_trees_both_ways(root):
    write_and_read(root, PROV, 2)


def test_white_space_beside_an_opaque_block_is_dropped_once():
    write_and_read(Element("wap-provisioningdoc", (), ("\n", Opaque(b""))), PROV, 2)


@given(syncml_elements)
@settings(max_examples=500, deadline=None)
def test_syncml_trees_both_ways(root):
    write_and_read(root, SYNCML, 0)


def test_the_text_is_as_a_person_would_write_it():
    root = Element(
        "SyncML",
        (),
        (
            Element("Meta", (), (Element("Format", (), ("b64 <&",), 1),)),
            Element("Data", (), (Opaque(b"\x00\xab"),)),
        ),
    )
    text = xml.serialise(root, SYNCML, doctype=False).decode()
    assert text == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<SyncML xmlns="SYNCML:SYNCML1.2">\n'
        "  <Meta>\n"
        '    <Format xmlns="syncml:metinf">b64 &lt;&amp;</Format>\n'
        "  </Meta>\n"
        "  <Data><?opaque 00AB?></Data>\n"
        "</SyncML>\n"
    )
    assert xml.parse(text, SYNCML) == root


def test_names_without_a_name_space_are_found():
    tree = xml.parse("<MgmtTree><Node><NodeName>x</NodeName></Node></MgmtTree>", DM_DDF)
    assert tree.page == 2
    assert tree.elements[0].elements[0] == Element("NodeName", (), ("x",), 2)
    meta = xml.parse("<Meta><Type>a</Type></Meta>", SYNCML)
    assert meta.elements[0].page == 1


def test_comments_and_cdata():
    text = "<!-- a --><Data><!-- b -->x<![CDATA[<y>]]>z<?other?></Data><!-- c -->"
    assert xml.parse(text, SYNCML) == Element("Data", (), ("x<y>z",))


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16", "utf-8-sig"])
def test_encodings(encoding):
    named = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{named}"?>\n<parm name="é"/>'
    assert xml.parse(text.encode(encoding), PROV).get("name") == "é"
    assert xml.parse(text, PROV).get("name") == "é"


def test_root_of():
    assert xml.root_of(b'<a xmlns="urn:x"/>') == ("urn:x", "a")
    assert xml.root_of("<a/>") == ("", "a")


LAUGHS = "<!DOCTYPE a [<!ENTITY l0 'lol'>" + "".join(
    f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10)
)
HOSTILE = {
    "billion laughs": LAUGHS + "]><parm name='&l9;'>&l9;</parm>",
    "external entity": "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><parm>&x;</parm>",
    "parameter entity": "<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1:9/x'> %x;]><parm/>",
    "internal subset behind a quote": "<!DOCTYPE a SYSTEM ']>' [<!ENTITY x 'y'>]><parm>&x;</parm>",
    "internal subset behind comments": "<!-- > --><?p >?>\n <!DOCTYPE a [ ]><parm/>",
    "entity of nobody": "<parm>&x;</parm>",
    "entity in an attribute": "<parm name='&x;'/>",
    "late DOCTYPE": "<parm><!DOCTYPE a [<!ENTITY x 'y'>]>&x;</parm>",
    "DOCTYPE without end": "<!DOCTYPE a",
    "deep": "<parm>" * 33 + "</parm>" * 33,
    "very deep": "<parm>" * 100_000,
    "not closed": "<parm>",
    "two roots": "<parm/><parm/>",
    "nothing": "",
    "white space": " \n ",
    "text": "hello",
    "attribute twice": "<parm name='a' name='b'/>",
    "control character": "<parm name='\x01'/>",
    "lone surrogate": "<parm name='\ud800'/>",
    "attribute with a name space": "<parm xml:lang='en'/>",
    "undeclared prefix": "<x:parm/>",
    "name space of others": "<parm xmlns='urn:other'/>",
    "opaque that is not hex": "<parm><?opaque XYZ?></parm>",
    "megabytes": "<parm>" + "x" * (3 << 20) + "</parm>",
    "a long way to a DOCTYPE": " " * 1_000_000 + "<!DOCTYPE a [",
    "quotes": "<!DOCTYPE a " + "'" * 100_001,
    "comment without end": "<!--" + "-" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(name):
    started = time.monotonic()
    with pytest.raises(DecodeError) as caught:
        xml.parse(HOSTILE[name], PROV)
    assert time.monotonic() - started < 5
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe<",
        b"\xfe\xff\xd8\x00",
        b"\xff",
        b"\x00" * 8,
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="ebcdic"?><a/>',
        b'<?xml version="1.0" encoding="us-ascii"?><a>\xe9</a>',
    ],
)
def test_hostile_bytes(data):
    with pytest.raises(DecodeError):
        xml.parse(data, PROV)


def test_a_plain_doctype_is_not_fetched():
    for system in ("http://127.0.0.1:9/prov.dtd", "file:///etc/passwd", "nowhere"):
        text = f'<!DOCTYPE parm PUBLIC "-//X//EN"\n "{system}">\n<parm name="a"/>'
        assert xml.parse(text, PROV).get("name") == "a"


def test_the_line_is_told():
    with pytest.raises(DecodeError, match="line 4"):
        xml.parse('<?xml version="1.0"?>\n<!DOCTYPE parm\nSYSTEM "x">\n<parm', PROV)


@pytest.mark.parametrize(
    "root",
    [
        Element("parm", (("a", "\x01"),)),
        Element("parm", (), ("\x00",)),
        Element("parm", (), ("\ud800",)),
        Element("parm", (("a b", "c"),)),
        Element("not a name"),
        Element("parm", (("a", Opaque(b"x")),)),
        Element("parm", (("a", "1"), ("a", "2"))),
    ],
)
def test_what_xml_cannot_hold(root):
    with pytest.raises(EncodeError):
        xml.serialise(root, PROV)


def test_too_deep_to_write():
    root = Element("parm")
    for _ in range(32):
        root = Element("parm", (), (root,))
    with pytest.raises(EncodeError):
        xml.serialise(root, PROV)
