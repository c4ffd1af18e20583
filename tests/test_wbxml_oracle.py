"""WBXML against libwbxml: every token of the PROV tables, and documents in both directions.

Where libwbxml is known to be wrong the case is named and its answer put right before comparing:
it spells two bearers TRETRA-SDS and TRETRA-PACKET.
"""

from __future__ import annotations

import itertools

import pytest

from smartboot.formats import xml
from smartboot.wbxml import DM_DDF, PROV, SYNCML, Element, WbxmlDocument, decode, encode
from tests.support.wbxml_oracle import DOCTYPE, wbxml2xml, xml2wbxml

pytestmark = pytest.mark.oracle

MISSPELT = {"TRETRA-SDS": "TETRA-SDS", "TRETRA-PACKET": "TETRA-PACKET"}


def tree(text: bytes) -> Element:
    """The element tree of libwbxml's XML, its two misspelt names put right."""
    for wrong, right in MISSPELT.items():
        text = text.replace(wrong.encode(), right.encode())
    return xml.parse(text, PROV)


def wire(*parts: int | bytes) -> bytes:
    return b"".join(bytes([p]) if isinstance(p, int) else p for p in parts)


HEAD = b"\x03\x0b\x6a\x00"


def test_every_tag():
    for page, tags in PROV.tag_pages.items():
        for token in tags.tags:
            data = HEAD + (wire(0, page) if page else b"") + wire(token)
            assert tree(wbxml2xml(data)) == decode(data, strict=True).document.root


@pytest.mark.parametrize("page", [0, 1])
def test_every_attribute_start(page):
    """One document with a parm for each token, so that libwbxml is started once."""
    switch = wire(0, page) if page else b""
    tokens = PROV.attribute_pages[page].starts
    body = b"".join(
        wire(0x87, switch if number == 0 else b"", token, 3, b"x\x00", 1)
        for number, token in enumerate(tokens)
    )
    data = HEAD + b"\x45" + body + b"\x01"
    ours = decode(data, strict=True).document.root
    assert tree(wbxml2xml(data)) == ours
    assert [child.attributes for child in ours.elements] == [
        ((name, prefix + "x"),) for name, prefix in tokens.values()
    ]


@pytest.mark.parametrize("page", [0, 1])
def test_every_attribute_value(page):
    values = PROV.attribute_pages[page].values
    body = b"".join(
        wire(0x87, wire(0, page) if page and number == 0 else b"", 6, token, 1)
        for number, token in enumerate(values)
    )
    data = HEAD + b"\x45" + body + b"\x01"
    ours = decode(data, strict=True).document.root
    assert [child.get("value") for child in ours.elements] == list(values.values())
    assert tree(wbxml2xml(data)) == ours


def p(name: str, value: str | None = None) -> str:
    return f'<parm name="{name}"/>' if value is None else f'<parm name="{name}" value="{value}"/>'


def c(type_: str, *content: str) -> str:
    return f'<characteristic type="{type_}">{"".join(content)}</characteristic>'


def d(*content: str, version: str = "1.0") -> str:
    return f'<wap-provisioningdoc version="{version}">{"".join(content)}</wap-provisioningdoc>'


NAP = c("NAPDEF", p("NAPID", "n1"), p("BEARER", "GSM-GPRS"), p("NAP-ADDRESS", "apn.example"))
PX = c(
    "PXLOGICAL",
    p("PROXY-ID", "px"),
    p("NAME", "Proxy"),
    c("PXAUTHINFO", p("PXAUTH-TYPE", "HTTP-DIGEST"), p("PXAUTH-ID", "u"), p("PXAUTH-PW", "v")),
    c("PORT", p("PORTNBR", "8080"), p("SERVICE", "CO-SEC-WSP")),
    c(
        "PXPHYSICAL",
        p("PHYSICAL-PROXY-ID", "ph"),
        p("PXADDR", "192.0.2.7"),
        p("PXADDRTYPE", "IPV4"),
        p("TO-NAPID", "n1"),
    ),
)
W7 = c(
    "APPLICATION",
    p("APPID", "w7"),
    p("PROVIDER-ID", "dm.example"),
    p("NAME", "DM"),
    p("TO-PROXY", "px"),
    p("TO-NAPID", "INTERNET"),
    c("APPADDR", p("ADDR", "https://dm.example/"), c("PORT", p("PORTNBR", "443"))),
    c("APPAUTH", p("AAUTHLEVEL", "CLIENT"), p("AAUTHTYPE", "DIGEST"), p("AAUTHSECRET", "x")),
    c("APPAUTH", p("AAUTHLEVEL", "APPSRV"), p("AAUTHTYPE", "BASIC"), p("AAUTHDATA", "AAEC")),
)

DOCUMENTS = {
    "empty": "<wap-provisioningdoc/>",
    "version 1.0": d(),
    "version 1.1": d(version="1.1"),
    "version 1.05, a prefix of a token": d(version="1.05"),
    "no version": f"<wap-provisioningdoc>{NAP}</wap-provisioningdoc>",
    "nap": d(NAP),
    "proxy": d(PX),
    "w7": d(W7),
    "all": d(NAP, PX, W7, version="1.1"),
    "two naps": d(NAP, NAP.replace("n1", "n2")),
    "boot": d(c("BOOTSTRAP", p("NAME", "B"), p("PROVURL", "http://tps.example/"))),
    "client identity": d(c("CLIENTIDENTITY", p("CLIENT-ID", "12"))),
    "vendor": d(c("VENDORCONFIG", p("NAME", "acme"), p("colour", "blue"), p("flag"))),
    "access": d(c("ACCESS", p("RULE", "r"), p("APPID", "w2"), p("TO-NAPID", "n1"))),
    "mms": d(c("APPLICATION", p("APPID", "w4"), p("ADDR", "http://mmsc/"), p("CM", "R"))),
    "browser": d(
        c(
            "APPLICATION",
            p("APPID", "w2"),
            c("RESOURCE", p("URI", "http://start/"), p("NAME", "Home"), p("STARTPAGE")),
        )
    ),
    "supl": d(c("APPLICATION", p("APPID", "ap0004"), p("ADDR", "h-slp.example"))),
    "data sync": d(
        c(
            "APPLICATION",
            p("APPID", "w5"),
            c("RESOURCE", p("URI", "./card"), p("AACCEPT", "text/x-vcard")),
        )
    ),
    "unknown type": d(c("X-UNKNOWN", p("Y", "Z"))),
    "type with a token's prefix": d(c("BOOTSTRAPX"), c("PORTABLE"), c("APPLICATIONS")),
    "name with a token's prefix": d(p("NAPIDX", "1"), p("ADDRESS", "2"), p("URIS")),
    "empty value": d(p("NAME", "")),
    "flags": d(p("INTERNET"), p("T-BIT"), p("STARTPAGE"), p("INIT")),
    "value first": d('<parm value="APN" name="NAPID"/>'),
    "value only": d('<parm value="APN"/>'),
    "utf-8": d(p("NAME", "Grüße, 日本 €")),
    "escapes": d(p("NAME", "a&amp;b&lt;c&gt;d&quot;e'f")),
    "tokens inside text": d(p("NAME", "MANY APN and GSM-GPRSfoo IPV4 AAAHA")),
    "overlapping tokens": d(p("NAME", "CHAPAP"), p("NAME", "ALPHAHA"), p("NAME", "CL-SEC-WSPX")),
    "page 1 fragments": d(p("AAUTHTYPE", "HTTP-BASIC"), p("NAME", "HTTP-X,BASIC,DIGEST,")),
    "fragments between texts": d(p("X", "foo,BASIC,bar"), p("X", "foo,zzBASICzz,bar")),
    "value on page 1 then 0": d(p("AAUTHLEVEL", "APPSRV"), p("X", "APPSRV IPV4 OBEX IPV6")),
    "commas": d(p("DOMAIN", "a,b,,c")),
    "repeated strings": d(*(p("PROXY-ID", "a long proxy name") for _ in range(5))),
    "strings with common ends": d(p("A", "proxy one"), p("B", "one"), p("C", "proxy one")),
    "long string": d(p("NAME", "x" * 300)),
    "many parms": d(c("NAPDEF", *(p(f"P{n}", str(n)) for n in range(130)))),
    "deep": d(c("A", c("B", c("C", c("D", c("E", c("F", p("G", "H")))))))),
    "cdma": d(
        c(
            "NAPDEF",
            p("NAPID", "c"),
            p("BEARER", "CDMA2000-1X-SIMPLE-IP"),
            c("NAPAUTHINFO", p("AUTHTYPE", "MD5"), p("AUTH-ENTITY", "AAA"), p("SPI", "1")),
        )
    ),
    "qos": d(c("NAPDEF", p("DELIVERY-ORDER", "1"), p("GUARANTEED-BITRATE-DNLINK", "64"))),
    "validity": d(c("NAPDEF", c("VALIDITY", p("COUNTRY", "262"), p("NETWORK", "001,002")))),
    "csd": d(
        c(
            "NAPDEF",
            p("NAP-ADDRESS", "+491234"),
            p("NAP-ADDRTYPE", "E164"),
            p("CALLTYPE", "V.110"),
            p("LINKSPEED", "AUTOBAUDING"),
        )
    ),
    "wta": d(c("PORT", p("SERVICE", "CL-SEC-WTA"), p("SERVICE", "OTA-HTTP-TLS-PO"))),
}
OPTIONS = [("-n", "-v", "1.3"), ("-n", "-v", "1.1"), ("-v", "1.2"), ("-v", "1.3")]


def test_enough_documents():
    assert len(DOCUMENTS) >= 40


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_of_libwbxml_are_read_as_it_reads_them(name):
    source = xml.parse(DOCUMENTS[name], PROV)
    for options in OPTIONS:
        data = xml2wbxml(DOCTYPE + DOCUMENTS[name], *options)
        parsed = decode(data + b"\xff" * 7, strict=True)
        assert parsed.used == len(data)
        assert parsed.document.root == source
        assert parsed.document.root == tree(wbxml2xml(data))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_our_documents_are_read_by_libwbxml(name):
    """Every form our encoder has: with and without string table, often and seldom switching."""
    root = xml.parse(DOCUMENTS[name], PROV)
    for table, stay, version in itertools.product((False, True), (False, True), (1, 3)):
        data = encode(
            WbxmlDocument(root, 0x0B, version=version), string_table=table, stay_on_page=stay
        )
        assert tree(wbxml2xml(data)) == root, (table, stay, version)
        assert decode(data, strict=True).document.root == root


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("version", [1, 2, 3])
def test_without_string_table_the_bytes_are_those_of_libwbxml(name, version):
    root = xml.parse(DOCUMENTS[name], PROV)
    theirs = xml2wbxml(DOCTYPE + DOCUMENTS[name], "-n", "-v", f"1.{version}")
    assert encode(WbxmlDocument(root, 0x0B, version=version)) == theirs


@pytest.mark.parametrize("bearer", ["TETRA-SDS", "TETRA-PACKET"])
def test_libwbxml_misspells_two_bearers(bearer):
    """It has no token for the right spelling, so it writes a string where we write the token."""
    theirs = xml2wbxml(DOCTYPE + d(p("BEARER", bearer)), "-n", "-v", "1.3")
    root = decode(theirs, strict=True).document.root
    ours = encode(WbxmlDocument(root, 0x0B))
    assert root == xml.parse(d(p("BEARER", bearer)), PROV)
    assert len(ours) < len(theirs)
    assert bearer.replace("TETRA", "TRETRA").encode() in wbxml2xml(ours)


def test_ascii_and_latin_1_are_read_by_libwbxml():
    for charset in (3, 106):
        root = xml.parse(d(p("NAME", "plain")), PROV)
        data = encode(WbxmlDocument(root, 0x0B, charset=charset))
        assert tree(wbxml2xml(data)) == root


def test_public_id_spelt_out_is_read_by_libwbxml():
    root = xml.parse(d(NAP), PROV)
    data = encode(WbxmlDocument(root, PROV.formal_id))
    assert tree(wbxml2xml(data)) == root


@pytest.mark.parametrize("page", [0, 1])
def test_every_syncml_tag(page):
    """A message whose root holds every element of one code page, all empty."""
    tags = SYNCML.tag_pages[page].tags
    body = wire(0, page) * bool(page) + bytes(sorted(tags)) + b"\x01"
    data = b"\x02\xa4\x01\x6a\x00\x6d" + body
    ours = decode(data, strict=True).document.root
    assert {child.name for child in ours.elements} == set(tags.values())
    assert xml.parse(wbxml2xml(data), SYNCML) == ours


def test_every_ddf_tag():
    """The same for page 2, which libwbxml knows only in a document of its own."""
    tags = DM_DDF.tag_pages[2].tags
    head = b"\x02\x00\x00\x6a\x1b" + DM_DDF.formal_id.encode() + b"\x00"
    data = head + b"\x00\x02\x60" + bytes(sorted(tags)) + b"\x01"
    ours = decode(data, strict=True).document.root
    assert {child.name for child in ours.elements} == set(tags.values())
    assert xml.parse(wbxml2xml(data), DM_DDF) == ours
