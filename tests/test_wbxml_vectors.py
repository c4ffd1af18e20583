"""WBXML by hand: vectors both ways, every global token, every malformed case, every bound.

The vectors A to D are documents of our own, encoded by libwbxml 0.11.8 and checked by hand.
"""

from __future__ import annotations

import pytest

from smartboot.errors import DecodeError, EncodeError
from smartboot.wbxml import (
    DM_DDF,
    METINF,
    PROV,
    SYNCML,
    Element,
    Global,
    Opaque,
    WbxmlDocument,
    decode,
    encode,
    mb_u_int32,
    read_mb_u_int32,
    vocabulary_of,
)


def characteristic(type_, *children):
    return Element("characteristic", (("type", type_),), children)


def parm(name, value=None):
    return Element("parm", (("name", name),) + ((("value", value),) if value is not None else ()))


def doc(*children, version="1.0"):
    return Element("wap-provisioningdoc", (("version", version),), children)


A = doc(
    characteristic(
        "NAPDEF",
        parm("NAPID", "nap1"),
        parm("BEARER", "GSM-GPRS"),
        parm("NAP-ADDRESS", "dm.example"),
        parm("NAP-ADDRTYPE", "APN"),
    )
)
B = doc(
    characteristic(
        "APPLICATION",
        parm("APPID", "w7"),
        parm("PROVIDER-ID", "srv1"),
        parm("NAME", "Test DM"),
        parm("TO-NAPID", "nap1"),
        parm("INIT"),
        characteristic(
            "APPADDR",
            parm("ADDR", "https://dm.example/dm"),
            characteristic("PORT", parm("PORTNBR", "443")),
        ),
        characteristic(
            "APPAUTH",
            parm("AAUTHLEVEL", "APPSRV"),
            parm("AAUTHTYPE", "DIGEST"),
            parm("AAUTHNAME", "dev"),
            parm("AAUTHSECRET", "s3cret"),
            parm("AAUTHDATA", "bm9uY2U="),
        ),
    )
)
C = doc(characteristic("BOOTSTRAP", parm("NAME", "Boot")))
D = doc(
    characteristic(
        "APPLICATION",
        parm("APPID", "w7"),
        characteristic("APPAUTH", parm("AAUTHTYPE", "HTTP-BASIC,HTTP-DIGEST")),
    ),
    characteristic("PXLOGICAL", parm("PROXY-ID", "p1")),
    version="1.1",
)
VECTORS = [
    pytest.param(
        "030b6a00c54601c65501871106036e6170310001871006ab0187080603646d2e6578616d706c6500018709068901"
        "0101",
        A,
        id="A",
    ),
    pytest.param(
        "030b6a00c54601c600015501873600000603773700018700013800000603737276310001870706035465737420"
        "444d0001872206036e6170310001870503494e49540001c60001560187340000060368747470733a2f2f646d2e"
        "6578616d706c652f646d0001c653018723060334343300010101c600015701873000000600018d018733000006"
        "000193018731000006036465760001870001320000060373336372657400018700012f00000603626d39755932"
        "553d0001010101",
        B,
        id="B",
    ),
    pytest.param("030b6a00c54601c6560187070603426f6f7400010101", C, id="C"),
    pytest.param(
        "030b6a00c54503312e310001c60001550187360000060377370001c60001570187330000069c00019000009d01"
        "0101c6510187150603703100010101",
        D,
        id="D",
    ),
]


@pytest.mark.parametrize(("wire", "root"), VECTORS)
def test_vectors_both_ways(wire, root):
    data = bytes.fromhex(wire)
    parsed = decode(data, strict=True)
    assert parsed.document == WbxmlDocument(root, 0x0B, 3, 106)
    assert parsed.used == len(data)
    assert parsed.findings == ()
    assert encode(parsed.document).hex() == wire


@pytest.mark.parametrize(("wire", "root"), VECTORS)
@pytest.mark.parametrize("padding", [b"\x00", b"\xff"])
def test_padding_is_left_alone(wire, root, padding):
    data = bytes.fromhex(wire)
    assert decode(data + padding * 100).used == len(data)


@pytest.mark.parametrize(("wire", "root"), VECTORS)
def test_every_truncation_is_an_error(wire, root):
    data = bytes.fromhex(wire)
    for length in range(len(data)):
        with pytest.raises(DecodeError) as caught:
            decode(data[:length])
        assert caught.value.offset is not None
        assert caught.value.offset <= length


@pytest.mark.parametrize(("wire", "root"), VECTORS)
def test_fewer_page_switches_give_the_same_tree(wire, root):
    data = encode(WbxmlDocument(root, 0x0B), stay_on_page=True)
    assert decode(data, strict=True).document.root == root
    assert len(data) <= len(bytes.fromhex(wire))


def test_a_reader_that_searches_bytes_finds_addr_with_fewer_switches():
    root = doc(characteristic("APPLICATION", parm("APPID", "ap0004"), parm("ADDR", "h-slp")))
    assert bytes.fromhex("8734") + b"\x06\x03h-slp\x00\x01" in encode(
        WbxmlDocument(root, 0x0B), stay_on_page=True
    )


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (0, "00"),
        (1, "01"),
        (127, "7f"),
        (128, "8100"),
        (0x3FFF, "ff7f"),
        (0x4000, "818000"),
        (0x1FFFFF, "ffff7f"),
        (0x200000, "81808000"),
        (0xFFFFFFF, "ffffff7f"),
        (0x10000000, "8180808000"),
        (0xFFFFFFFF, "8fffffff7f"),
    ],
)
def test_integers_both_ways(value, wire):
    assert mb_u_int32(value).hex() == wire
    assert read_mb_u_int32(b"\x55" + bytes.fromhex(wire), 1) == (value, 1 + len(wire) // 2)


@pytest.mark.parametrize(
    ("wire", "offset"),
    [("", 0), ("81", 1), ("81818181", 4), ("818181818101", 0), ("9080808000", 0)],
)
def test_bad_integers(wire, offset):
    with pytest.raises(DecodeError) as caught:
        read_mb_u_int32(bytes.fromhex(wire), 0)
    assert caught.value.offset == offset


def test_leading_80_bytes_are_legal():
    assert read_mb_u_int32(bytes.fromhex("8001"), 0) == (1, 2)
    assert read_mb_u_int32(bytes.fromhex("8080808001"), 0) == (1, 5)


@pytest.mark.parametrize("value", [-1, 1 << 32])
def test_integers_that_do_not_fit(value):
    with pytest.raises(EncodeError):
        mb_u_int32(value)


MALFORMED = [
    pytest.param("", 0, id="empty"),
    pytest.param("ff", 0, id="no version"),
    pytest.param("10016a0005", 0, id="WBXML 2"),
    pytest.param("03", 1, id="version only"),
    pytest.param("030b6a00", 4, id="header only"),
    pytest.param("030b6a004587050341420001", 12, id="root never closed"),
    pytest.param("030b6a0045870503 4142", 7, id="STR_I not terminated"),
    pytest.param("030b6a7f4142004587", 3, id="string table too long"),
    pytest.param("030b6a0341420045870683090101", 10, id="STR_T past the table"),
    pytest.param("030b6a00458706c320414243", 7, id="OPAQUE too long"),
    pytest.param("030b6a0045c320414243", 5, id="OPAQUE too long in content"),
    pytest.param("030b818181818101", 2, id="six-byte integer"),
    pytest.param("030b6a9080808000", 3, id="33-bit integer"),
    pytest.param("03016a0005", 1, id="public id unknown"),
    pytest.param("0399336a0005", 1, id="public id of no table"),
    pytest.param("030b870e0005", 2, id="charset unknown"),
    pytest.param("030b6a0045878d0101", 6, id="value where a start is due"),
    pytest.param("030b6a00458703410001", 6, id="string where a start is due"),
    pytest.param("030b6a000301", 4, id="text before the root"),
    pytest.param("030b6a0001", 4, id="END before the root"),
    pytest.param("030b6a00458706028000", 7, id="entity 0"),
    pytest.param("030b6a004587060283b0000101", 7, id="entity surrogate"),
    pytest.param("030b6a0045870602c3ffff7f", 7, id="entity past Unicode"),
    pytest.param("030b6a0045870684000101", 7, id="LITERAL_A in attributes"),
    pytest.param("030b6a00458744000101", 6, id="LITERAL_C in attributes"),
    pytest.param("030b6a004587430501", 6, id="PI in attributes"),
    pytest.param("030b6a0045430500000101", 7, id="page switch in a PI"),
    pytest.param("030b6a004543", 6, id="PI not ended"),
]


@pytest.mark.parametrize(("wire", "offset"), MALFORMED)
def test_malformed(wire, offset):
    with pytest.raises(DecodeError) as caught:
        decode(bytes.fromhex(wire))
    assert caught.value.offset == offset
    assert "\n" not in str(caught.value)


LENIENT = [
    pytest.param("030b6a00450801", "WBXML-UNKNOWN-TAG", id="tag 08"),
    pytest.param("030b6a0045874d0101", "WBXML-UNKNOWN-ATTRIBUTE", id="attribute 4D"),
    pytest.param("030b6a0045870002070101", "WBXML-UNKNOWN-ATTRIBUTE", id="page 2"),
    pytest.param("030b6a004587068d0101", "WBXML-UNKNOWN-VALUE", id="value 8D"),
    pytest.param("030b6a00458706000182010101", "WBXML-EXT", id="value 82 of an old table"),
    pytest.param("030b6a0045c001", "WBXML-EXT", id="EXT_0"),
    pytest.param("030b6a0045810501", "WBXML-EXT", id="EXT_T_1"),
    pytest.param("030b6a00454241420001", "WBXML-EXT", id="EXT_I_2"),
    pytest.param("030b6a0045875c0101", "WBXML-VENDOR-TOKEN", id="type=BEARERINFO"),
    pytest.param("030b6a00458706bc0101", "WBXML-VENDOR-TOKEN", id="value WLAN"),
    pytest.param("030b6a004587110611068901 01", "WBXML-DUP-ATTRIBUTE", id="value twice"),
    pytest.param("030b030045870603c3a9000101", "WBXML-CHARSET-MISMATCH", id="UTF-8 as ASCII"),
    pytest.param("030b6a0045870603e9000101", "WBXML-CHARSET-MISMATCH", id="Latin-1 as UTF-8"),
    pytest.param("040b6a0005", "WBXML-VERSION", id="version byte 04"),
    pytest.param("030b6a024142458706830001 01", "WBXML-TABLE-UNTERMINATED", id="no NUL in table"),
]


@pytest.mark.parametrize(("wire", "code"), LENIENT)
def test_quirks_are_kept_and_reported(wire, code):
    data = bytes.fromhex(wire)
    parsed = decode(data)
    assert parsed.used == len(data)
    assert [finding.code for finding in parsed.findings] == [code] * len(parsed.findings) != []
    assert all(finding.where.startswith("offset ") for finding in parsed.findings)
    with pytest.raises(DecodeError) as caught:
        decode(data, strict=True)
    assert caught.value.offset is not None


@pytest.mark.parametrize(
    "wire",
    [
        "030b6a00450801",
        "030b6a0045874d0101",
        "030b6a0045870002070101",
        "030b6a004587068d0101",
        "030b6a0045870603610000028d0362000101",
        "030b6a0045c080054041420001",
        "030b6a00458706c180050101",
    ],
)
def test_placeholders_are_written_back_as_they_were(wire):
    parsed = decode(bytes.fromhex(wire))
    assert parsed.findings
    assert encode(parsed.document).hex() == wire


def test_a_text_that_looks_like_a_placeholder_stays_a_text():
    for text in ("{wbxml-value-0-85}", "{wbxml-ext-80-}", "{wbxml-ext-40-GG}", "{wbxml-ext-C0-1}"):
        root = doc(parm("X", text))
        assert decode(encode(WbxmlDocument(root, 0x0B)), strict=True).document.root == root


def test_string_table_index_into_the_middle():
    parsed = decode(bytes.fromhex("030b6a0341420045870683010101"))
    assert parsed.document.root.children[0].get("value") == "B"


def test_all_parts_of_a_value_are_joined():
    # version="1.0" token, STR_I, STR_T, ENTITY, value token, OPAQUE
    data = bytes.fromhex("030b6a034142008546035800830002812089c3025a5a01")
    assert decode(data).document.root.get("version") == "1.0XAB\u00a0APNZZ"


def test_opaque_that_is_no_text_stays_opaque():
    data = bytes.fromhex("030b6a00458706c302ff000101")
    root = decode(data).document.root
    assert root.children[0].attributes == (("value", Opaque(b"\xff\x00")),)
    assert encode(WbxmlDocument(root, 0x0B)) == data
    with pytest.raises(EncodeError):
        encode(WbxmlDocument(root, 0x0B, version=1))


def test_literal_names_are_read_and_written():
    root = Element("mine", (("own", "1"),), ("text", Opaque(b"\x00\x01"), Element("mine")))
    data = encode(WbxmlDocument(root, 0x0B))
    assert data.hex() == "030b6a096d696e65006f776e00c400040503310001037465787400c3020001040001"
    assert decode(data, strict=True).document.root == root


def test_processing_instructions_are_skipped():
    data = bytes.fromhex("030b6a00430503610006014543070361000101")
    parsed = decode(data, strict=True)
    assert parsed.document.root == Element("wap-provisioningdoc")
    assert [finding.code for finding in parsed.findings] == ["WBXML-PI", "WBXML-PI"]


def test_wbxml_1_0_has_no_charset():
    parsed = decode(bytes.fromhex("000b00c546010701"))
    assert parsed.document.version == 0
    assert parsed.document.root.get("version") == "1.0"
    with pytest.raises(EncodeError):
        encode(parsed.document)


@pytest.mark.parametrize("charset", [106, 1015, 1000, 4, 3, 17, 2026])
@pytest.mark.parametrize("text", ["plain", "Grüße", "日本", "Ā", "\U0001f600", "a\u3000b"])
@pytest.mark.parametrize("string_table", [False, True])
def test_charsets_both_ways(charset, text, string_table):
    root = doc(parm("NAME", text), parm("X", text))
    data = encode(WbxmlDocument(root, 0x0B, charset=charset), string_table=string_table)
    parsed = decode(data, strict=True)
    assert parsed.document.root == root
    assert parsed.used == len(data)


def test_string_table_shares_repeated_strings_only():
    root = doc(*(parm("PROXY-ID", "some proxy") for _ in range(3)), parm("X", "once"))
    data = encode(WbxmlDocument(root, 0x0B), string_table=True)
    assert data.startswith(b"\x03\x0b\x6a\x0bsome proxy\x00")
    assert data.count(b"some proxy") == 1
    assert data.count(b"once") == 1
    assert decode(data, strict=True).document.root == root


def test_public_id_spelt_out():
    root = doc(version="1.1")
    data = encode(WbxmlDocument(root, PROV.formal_id))
    assert data.startswith(b"\x03\x00\x00\x6a\x1e-//WAPFORUM//DTD PROV 1.0//EN\x00")
    parsed = decode(data, strict=True)
    assert parsed.document == WbxmlDocument(root, PROV.formal_id)


def test_fallback_for_an_unknown_public_id():
    parsed = decode(bytes.fromhex("03016a0005"), fallback=PROV)
    assert parsed.document.root == Element("wap-provisioningdoc")
    assert [finding.code for finding in parsed.findings] == ["WBXML-PUBLIC-ID"]


def test_one_shared_page_on_request():
    data = bytes.fromhex("030b6a00450001c6550187360603773700010101")
    strict = decode(data).document.root.children[0]
    shared = decode(data, shared_page=True).document.root.children[0]
    assert strict.get("type") == "NAPDEF"
    assert shared.get("type") == "APPLICATION"
    assert shared.children[0].get("name") == "APPID"


# -- the SyncML family -----------------------------------------------------------------------------


TNDS = Element(
    "MgmtTree",
    (),
    (Element("VerDTD", (), ("1.2",), 2), Element("Node", (), (Element("NodeName", page=2),), 2)),
    2,
)


def test_tnds_with_its_public_id_spelt_out():
    data = encode(WbxmlDocument(TNDS, DM_DDF.formal_id, version=2))
    assert data.startswith(b"\x02\x00\x00\x6a\x1b-//OMA//DTD-DM-DDF 1.2//EN\x00\x00\x02\x60")
    assert decode(data, strict=True).document.root == TNDS


def test_tnds_with_an_unterminated_public_id():
    """One encoder in the field counts the 26 characters and leaves out the NUL."""
    body = bytes.fromhex("00026077") + b"\x03" + b"1.2\x00\x01\x64\x26\x01\x01"
    parsed = decode(b"\x02\x00\x00\x6a\x1a" + DM_DDF.formal_id.encode() + body)
    assert parsed.document.root == TNDS
    assert {finding.code for finding in parsed.findings} == {"WBXML-TABLE-UNTERMINATED"}


def test_tnds_with_its_tags_on_page_0():
    body = bytes.fromhex("6077") + b"\x03" + b"1.2\x00\x01\x64\x26\x01\x01"
    parsed = decode(b"\x02\x00\x00\x6a\x1b" + DM_DDF.formal_id.encode() + b"\x00" + body)
    assert parsed.document.root == TNDS
    assert parsed.findings == ()


def test_a_name_of_two_pages():
    root = Element(
        "Meta",
        (),
        (Element("Format", (), ("b64",), 1), Element("Format", page=2), Element("Item")),
    )
    data = encode(WbxmlDocument(root, 0x1201, version=2))
    assert data.hex() == "02a4016a005a00014703623634000100021c00001401"
    parsed = decode(data, strict=True)
    assert parsed.document.root == root
    assert root.find("Format", 2) == Element("Format", page=2)


@pytest.mark.parametrize("vocabulary", [PROV, SYNCML, METINF, DM_DDF], ids=lambda v: v.name)
def test_tables_use_no_global_token(vocabulary):
    reserved = {token & 0x3F for token in Global}
    for page in vocabulary.tag_pages.values():
        assert all(4 < token < 0x40 for token in {*page.tags, *page.vendor})
        assert len(set(page.tags.values())) == len(page.tags)
    for page in vocabulary.attribute_pages.values():
        for token in {*page.starts, *page.vendor_starts}:
            assert token < 0x80
            assert token & 0x3F not in reserved
        for token in {*page.values, *page.vendor_values}:
            assert 0x80 <= token <= 0xFF
            assert token & 0x3F not in reserved
        assert not page.starts.keys() & page.vendor_starts.keys()
        assert not page.values.keys() & page.vendor_values.keys()


def test_table_sizes():
    pages = PROV.attribute_pages
    assert [len(pages[n].starts) for n in (0, 1)] == [81, 29]
    assert [len(pages[n].values) for n in (0, 1)] == [58, 9]
    assert [len(page.tags) for page in SYNCML.tag_pages.values()] == [55, 18, 56]


def test_vendor_tokens_are_never_written():
    root = doc(Element("characteristic", (("type", "WLAN"),), (parm("SSID", "WLAN"),)))
    data = encode(WbxmlDocument(root, 0x0B))
    assert decode(data, strict=True).document.root == root


def test_public_ids():
    assert vocabulary_of(0x0B) is PROV
    assert vocabulary_of("-//wapforum//DTD  PROV 1.0//EN") is PROV
    assert vocabulary_of(0x1201) is SYNCML
    assert vocabulary_of(1) is None
    assert vocabulary_of("nonsense") is None


# -- bounds ----------------------------------------------------------------------------------------


def nested(depth):
    root = Element("characteristic")
    for _ in range(depth - 1):
        root = Element("characteristic", (), (root,))
    return root


def test_depth():
    data = encode(WbxmlDocument(nested(32), 0x0B))
    assert decode(data).document.root == nested(32)
    with pytest.raises(EncodeError):
        encode(WbxmlDocument(nested(33), 0x0B))
    with pytest.raises(DecodeError) as caught:
        decode(b"\x03\x0b\x6a\x00" + b"\x46" * 100)
    assert caught.value.offset == 4 + 31


def test_size():
    with pytest.raises(DecodeError):
        decode(b"\x03\x0b\x6a\x00\x45" + b"\x06" * (1 << 20))


def test_a_string_table_that_is_blown_up():
    """16 KB of text, asked for eight thousand times."""
    table = b"a" * 16000 + b"\x00"
    data = b"\x03\x0b\x6a" + mb_u_int32(len(table)) + table + b"\x45\x87\x06" + b"\x83\x00" * 8000
    with pytest.raises(DecodeError, match="expands"):
        decode(data + b"\x01\x01")


def test_findings_are_bounded():
    parsed = decode(b"\x03\x0b\x6a\x00\x45" + b"\x08" * 1000 + b"\x01")
    assert len(parsed.findings) == 51
    assert parsed.findings[-1].code == "WBXML-MORE"
    assert len(parsed.document.root.children) == 1000


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (WbxmlDocument(doc(parm("X", "a\0b")), 0x0B), "value"),
        (WbxmlDocument(doc(parm("X\0", "ab")), 0x0B), "name"),
        (WbxmlDocument(doc(parm("X", "\ud800")), 0x0B), "value"),
        (WbxmlDocument(doc(Element("a\0")), 0x0B), "element name"),
        (WbxmlDocument(doc(), 0x0B, version=0), "version"),
        (WbxmlDocument(doc(), 0x0B, charset=9999), "charset"),
        (WbxmlDocument(doc(), 0x7777), "public_id"),
    ],
)
def test_what_cannot_be_encoded(document, field):
    with pytest.raises(EncodeError) as caught:
        encode(document)
    assert caught.value.field == field


def test_repr_shows_no_value():
    root = doc(parm("AAUTHSECRET", "pssst"), "pssst", Opaque(b"pssst"))
    for shown in (repr(root), repr(root.elements), repr(WbxmlDocument(root, 0x0B)), str(root)):
        assert "pssst" not in shown
