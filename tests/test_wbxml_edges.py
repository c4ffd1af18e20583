"""WBXML at its bounds: what is refused, how much of it is read, what only looks like a token."""

from __future__ import annotations

import pytest

from smartboot.errors import DecodeError
from smartboot.wbxml import (
    PROV,
    SYNCML,
    Element,
    WbxmlDocument,
    WbxmlMeasure,
    decode,
    encode,
    mb_u_int32,
)

HEAD = b"\x03\x0b\x6a\x00"
ROOT = "wap-provisioningdoc"


def test_a_public_identifier_has_a_bounded_length():
    def spelt(length: int) -> bytes:
        table = b"x" * length + b"\x00"
        return b"\x03\x00\x00\x6a" + mb_u_int32(len(table)) + table + b"\x05"

    assert decode(spelt(256), fallback=PROV).document.public_id == "x" * 256
    with pytest.raises(DecodeError, match="public identifier: too long"):
        decode(spelt(257), fallback=PROV)


def test_the_number_of_elements_is_bounded():
    full = HEAD + b"\x45" + b"\x06" * 32_768 + b"\x01"
    assert len(decode(full).document.root.children) == 32_768
    with pytest.raises(DecodeError, match="more than 32768"):
        decode(full[:-1] + b"\x06\x01")


@pytest.mark.parametrize("charset", [1000, 1015])
def test_a_wide_text_that_is_none_is_refused(charset):
    """A lone half of a surrogate pair: no other charset can be guessed for two-byte characters."""
    text = b"\xd8\x00\x00\x41\x00\x00"
    data = b"\x03\x0b" + mb_u_int32(charset) + b"\x00\xc5\x46\x03" + text + b"\x01\x01"
    with pytest.raises(DecodeError, match="text is not valid utf-16"):
        decode(data)


def test_a_processing_instruction_may_hold_any_attribute():
    # A literal name, a start token, a value token, an inline string.
    instruction = b"\x43\x04\x00\x07\x85\x03a\x00\x01"
    data = b"\x03\x0b\x6a\x02x\x00" + instruction + b"\x05"
    parsed = decode(data)
    assert parsed.document.root == Element(ROOT)
    assert [finding.code for finding in parsed.findings] == ["WBXML-PI"]
    measure = WbxmlMeasure()
    assert measure.feed(data + b"\xff" * 5) == len(data)


@pytest.mark.parametrize("token", [b"\x00\x01", b"\x43", b"\x44\x00", b"\x84\x00"])
def test_what_no_processing_instruction_may_hold(token):
    with pytest.raises(DecodeError):
        decode(b"\x03\x0b\x6a\x02x\x00\x43\x07" + token + b"\x01\x05")


def test_opaque_with_a_nul_stays_opaque_among_texts():
    data = HEAD + b"\xc5\x06\x03a\x00\xc3\x02b\x00\x03c\x00\x01\x01"
    held = decode(data).document.root.attributes[0][1]
    assert not isinstance(held, str)
    assert held.data == b"ab\x00c"


@pytest.mark.parametrize(
    "text",
    [
        "{wbxml-value-0-85}",  # a token that has a name
        "{wbxml-value-300-9F}",  # a page there is none of
        "{wbxml-value-0-84}",  # a global token
        "{wbxml-ext-80-}",  # no argument where one is due
        "{wbxml-ext-80-AB}",  # one that is no number
        "{wbxml-ext-80-4294967296}",  # one that is too large
        "{wbxml-ext-C0-5}",  # one where none is due
        "{wbxml-ext-40-F}",  # half an octet
        "{wbxml-ext-40-FF}",  # no text
        "{wbxml-ext-40-00}",  # a text that ends at once
    ],
)
def test_what_only_looks_like_a_placeholder_is_text(text):
    root = Element(ROOT, (("version", text),), (text,))
    data = encode(WbxmlDocument(root, 0x0B))
    assert text.encode() in data
    assert decode(data, strict=True).document.root == root


def test_a_value_token_between_tags_is_text():
    text = "{wbxml-value-0-9F}"
    root = Element(ROOT, (), (text,))
    data = encode(WbxmlDocument(root, 0x0B))
    assert text.encode() in data
    assert decode(data).document.root == root


def test_unknown_names_of_no_page_are_literals():
    root = Element(ROOT, (("wbxml-attribute-300-7F", "1"),), (Element("wbxml-tag-300-3F"),))
    data = encode(WbxmlDocument(root, 0x0B))
    assert b"wbxml-tag-300-3F\x00" in data
    assert decode(data).document.root == root


# -- the measure -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"\x46" * 40,  # deeper than a document may be
        HEAD + b"\x45\xc3\x8f\xff\xff\xff\x7f",  # an opaque block of four gigabytes
        b"\x03\x0b\x6a\x9f\xff\xff\xff\x7f" + b"a" * 20,  # a number of more than 32 bits
        b"\x03\x0b\x6a\xff\xff\xff\xff\xff\xff",  # one that does not end
        HEAD + b"\xc5\x84\x00",  # a literal tag among attributes
    ],
)
@pytest.mark.parametrize("step", [1, 3, 1000])
def test_what_cannot_be_a_document_is_measured_as_what_was_read(data, step):
    measure = WbxmlMeasure()
    for at in range(0, len(data), step):
        found = measure.feed(data[at : at + step])
        if found is not None:
            break
    assert found == min(at + step, len(data))
    # More of it changes nothing but the count.
    assert measure.feed(b"\x01" * 10) == found + 10
    with pytest.raises(DecodeError):
        decode(data)


def test_the_measure_gives_up_behind_the_largest_document():
    measure = WbxmlMeasure()
    assert measure.feed(HEAD + b"\x45") is None
    fed = len(HEAD) + 1
    found = None
    while found is None and fed < 1 << 21:
        found = measure.feed(b"\x06" * 4096)
        fed += 4096
    assert found == fed
    assert (1 << 20) < fed <= (1 << 20) + 8192


# -- trees -----------------------------------------------------------------------------------------


def test_looking_around_in_a_tree():
    root = Element("a", (("b", "1"), ("b", "2")), ("x", Element("c"), "y", Element("c", page=1)))
    assert root.get("b") == "1"
    assert root.get("z") is None
    assert root.text == "xy"
    assert root.find("c", 1) == Element("c", page=1)
    assert root.find("z") is None


def test_pages_and_name_spaces():
    assert SYNCML.page_of_namespace("syncml:metinf") == 1
    assert SYNCML.page_of_namespace("urn:nothing") is None
    assert SYNCML.namespace_of_page(1) == "syncml:metinf"
    assert SYNCML.namespace_of_page(99) is None
