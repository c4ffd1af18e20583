"""Client provisioning as a format: bytes, JSON, XML, findings, secrets."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.errors import DecodeError, EncodeError, SmartbootError
from smartboot.formats import registry
from smartboot.formats.client_provisioning import (
    CP,
    Characteristic,
    Header,
    Parm,
    ProvisioningDocument,
    is_secret,
    view,
    views,
)
from smartboot.formats.client_provisioning.tables import RULES, TOP
from smartboot.formats.client_provisioning.views import (
    Access,
    Application,
    Bootstrap,
    ClientIdentity,
    Napdef,
    PxLogical,
    VendorConfig,
    port_number,
)
from smartboot.model import MASK, Severity
from smartboot.wbxml import Element, Opaque, WbxmlDocument, encode
from tests.support.wbxml_trees import XML_CHARACTERS, cp_documents
from tests.test_wbxml_vectors import VECTORS

ordinary = settings(max_examples=500, deadline=None)
thorough = settings(max_examples=10_000, deadline=None)


def C(type_, parms=None, *children):
    """A characteristic from a mapping of parms; a list gives one several times."""
    made = []
    for name, value in (parms or {}).items():
        made += [Parm(name, v) for v in (value if isinstance(value, list) else [value])]
    return Characteristic(type_, tuple(made), tuple(children))


def document(*entries, version="1.1"):
    return ProvisioningDocument(version, tuple(entries))


def codes(doc):
    return [finding.code for finding in CP.decode(CP.encode(doc)).findings]


NAP = C(
    "NAPDEF",
    {"NAPID": "n1", "NAME": "N", "NAP-ADDRESS": "a", "NAP-ADDRTYPE": "APN", "BEARER": "GSM-GPRS"},
)
PX = C(
    "PXLOGICAL",
    {"PROXY-ID": "p1", "NAME": "P"},
    C(
        "PXPHYSICAL",
        {"PHYSICAL-PROXY-ID": "f", "PXADDR": "192.0.2.1", "TO-NAPID": "n1"},
        C("PORT", {"PORTNBR": "8080"}),
    ),
)
W7 = C(
    "APPLICATION",
    {"APPID": "w7", "PROVIDER-ID": "s", "TO-NAPID": "n1"},
    C("APPADDR", {"ADDR": "https://s/"}),
    C("APPAUTH", {"AAUTHLEVEL": "APPSRV", "AAUTHTYPE": "DIGEST", "AAUTHSECRET": "x"}),
)
CLEAN = document(NAP, PX, W7)


@pytest.mark.parametrize(("wire", "root"), VECTORS)
def test_vectors(wire, root):
    data = bytes.fromhex(wire)
    decoded = CP.decode(data + b"\xff" * 30)
    assert decoded.used == len(data)
    assert decoded.document.version == root.get("version")
    assert CP.encode(decoded.document) == data


def test_the_registry_knows_it():
    assert registry.get("oma-cp") is CP
    assert registry.recognise(CP.encode(CLEAN)) == "oma-cp"
    assert CP.name == "oma-cp"


def test_a_clean_document_has_no_findings():
    assert codes(CLEAN) == []


# -- round trips -----------------------------------------------------------------------------------


def check_wire(doc, stay):
    data = CP.encode(doc, stay_on_page=stay)
    decoded = CP.decode(data + b"\x00")
    if any(finding.code == "CP-SHARED-PAGE" for finding in decoded.findings):
        return  # A document without sense may make more of it the other way.
    assert decoded.document == doc
    assert decoded.used == len(data)
    measure = CP.measure()
    assert measure.feed(data + b"\xff" * 9) == len(data)
    CP.accounts(decoded.document)


@pytest.mark.no_cover
@given(cp_documents(), st.booleans())
@ordinary
def test_wire_round_trip(doc, stay):
    check_wire(doc, stay)


@pytest.mark.slow
@given(cp_documents(), st.booleans())
@thorough
def test_wire_round_trip_thoroughly(doc, stay):
    check_wire(doc, stay)


@pytest.mark.no_cover
@given(cp_documents())
@ordinary
def test_plain_round_trip(doc):
    plain = CP.to_plain(doc, show_secrets=True)
    assert CP.from_plain(json.loads(json.dumps(plain))) == doc


@pytest.mark.no_cover
@given(cp_documents(XML_CHARACTERS))
@ordinary
def test_xml_round_trip(doc):
    plain_header = ProvisioningDocument(doc.version, doc.characteristics, doc.attributes, doc.other)
    assert CP.from_xml(CP.to_xml(doc)) == plain_header


@given(st.binary(max_size=60), st.sampled_from([b"", b"\x03\x0b\x6a\x00", b"\x03\x0b\x6a\x00\xc5"]))
@ordinary
def test_any_bytes_give_a_document_or_decode_error(data, head):
    data = head + data
    try:
        decoded = CP.decode(data)
    except DecodeError:
        return
    assert decoded.used <= len(data)
    CP.accounts(decoded.document)
    json.dumps(CP.to_plain(decoded.document))
    try:
        again = CP.encode(decoded.document)
    except EncodeError:
        return
    assert CP.decode(again).document.version == decoded.document.version


KEYS = """version characteristics type parms name value other xml wbxml text opaque
attributes charset public_id"""
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(KEYS.split()),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(JSON)
@ordinary
def test_any_plain_values_give_a_document_or_encode_error(plain):
    try:
        doc = CP.from_plain(plain)
    except EncodeError:
        return
    assert CP.from_plain(CP.to_plain(doc, show_secrets=True)) == doc


# -- reading what is odd ---------------------------------------------------------------------------


@pytest.mark.parametrize("byte", [b"\x00", b"\xff"])
def test_blank(byte):
    decoded = CP.decode(byte * 200)
    assert (decoded.used, decoded.document.characteristics) == (0, ())
    assert [finding.code for finding in decoded.findings] == ["CP-BLANK"]


@pytest.mark.parametrize(
    "wire",
    ["", "ff00", "02a4016a006d01", "030b6a0006", "030b6a0046874401", "7b7d", "030b6a00c54601c6"],
)
def test_no_such_document(wire):
    with pytest.raises(DecodeError):
        CP.decode(bytes.fromhex(wire))


def test_unknown_public_id_is_taken_for_what_the_card_says():
    decoded = CP.decode(bytes.fromhex("03016a00c54601c65601010101"))
    assert decoded.document.header == Header()
    assert "WBXML-PUBLIC-ID" in [finding.code for finding in decoded.findings]


def test_a_document_written_with_one_page():
    """Tags and attributes on one current page: strictly read, APPLICATION would be NAPDEF."""
    data = bytes.fromhex(
        "030b6a00 c54601 0001 c65501 87360603773700 01 873806037300 01 8734060368747470733a2f2f7300"
        "01 01 01"
    )
    decoded = CP.decode(data)
    assert decoded.findings[0].code == "CP-SHARED-PAGE"
    application = decoded.document.characteristics[0]
    assert application.type == "APPLICATION"
    assert [parm.name for parm in application.parms] == ["APPID", "PROVIDER-ID", "ADDR"]
    accounts, _ = CP.accounts(decoded.document)
    assert accounts[0].server_id == "s"


def test_what_does_not_belong_there_is_kept():
    inside = (Element("own-element", (("a", "b"),)), "text", Opaque(b"\x00\xff"))
    doc = ProvisioningDocument(
        "1.1", (Characteristic("NAPDEF", (), (), (("mwid", "1"),), inside),), (), inside[:1]
    )
    decoded = CP.decode(CP.encode(doc))
    assert decoded.document == doc
    assert [f.code for f in decoded.findings].count("CP-FOREIGN") == 4
    assert CP.from_plain(CP.to_plain(doc, show_secrets=True)) == doc


NO_XML = [
    pytest.param(Element("parm", (("name", "a"), ("name", "b")), ("x",)), id="attribute twice"),
    pytest.param(Element("own", (), ("bell \x07",)), id="control character"),
    pytest.param(Element("not a name", (("a", "b"),)), id="blank in the name"),
    pytest.param(Element("own", (("a", Opaque(b"\xff")),)), id="opaque attribute"),
]


@pytest.mark.parametrize("child", NO_XML)
def test_content_without_a_form_in_xml_is_shown_all_the_same(child):
    doc = ProvisioningDocument("1.1", (), (), (child,))
    decoded = CP.decode(CP.encode(doc))
    assert decoded.document == doc
    plain = json.loads(json.dumps(CP.to_plain(doc, show_secrets=True)))
    assert set(plain["other"][0]) == {"element", "wbxml"}
    assert CP.from_plain(plain) == doc
    assert CP.to_plain(doc)["other"] == [{"element": child.name, "xml": MASK}]


@pytest.mark.parametrize("value", ["hex:00", "hex:030b6a0000", 5, MASK])
def test_an_element_in_wbxml_that_is_none_is_refused(value):
    with pytest.raises(EncodeError, match="other"):
        CP.from_plain({"characteristics": [], "other": [{"wbxml": value}]})


def test_texts_on_both_sides_of_a_characteristic_become_one():
    nap = Element("characteristic", (("type", "NAPDEF"),))
    root = Element("wap-provisioningdoc", (("version", "1.1"),), ("a", nap, "b"))
    decoded = CP.decode(encode(WbxmlDocument(root, 0x0B)))
    assert decoded.document.other == ("ab",)
    assert CP.decode(CP.encode(decoded.document)).document == decoded.document


def test_a_document_of_one_page_is_read_once(mocker):
    """Odd or not: without a page switch there is no other way to read it."""
    import smartboot.formats.client_provisioning as room

    reads = mocker.spy(room, "decode")
    CP.decode(b"\x03\x0b\x6a\x00\x45" + b"\x06" * 10 + b"\x01")
    assert reads.call_count == 1
    CP.decode(b"\x03\x0b\x6a\x00\x45" + b"\x06" * 10 + b"\x00\x01\x06\x01")
    assert reads.call_count == 3


def test_where_a_finding_is_stays_short():
    inner = Element("characteristic", (("type", "x" * 5000),), (Element("own"),))
    root = Element("wap-provisioningdoc", (("version", "1.1"),), (inner,))
    findings = CP.decode(encode(WbxmlDocument(root, 0x0B))).findings
    assert "CP-FOREIGN" in [finding.code for finding in findings]
    assert all(len(finding.where) < 100 for finding in findings)


def test_unknown_tokens_are_kept():
    data = bytes.fromhex(
        "030b6a00c54601c65c01870d06038d000187 7f01 87 06 8d 01 0801 01".replace(" ", "")
    )
    decoded = CP.decode(data)
    assert decoded.document.characteristics[0].type == "BEARERINFO"
    again = CP.decode(CP.encode(decoded.document))
    assert again.document == decoded.document


def test_opaque_value_is_read_as_latin_1():
    data = bytes.fromhex("030b6a00c54601c65501871106c302ff00010101")
    decoded = CP.decode(data)
    assert decoded.document.characteristics[0].get("NAPID") == "\xff\x00"
    assert "CP-OPAQUE-VALUE" in [finding.code for finding in decoded.findings]


def test_memory_and_time_of_a_large_document():
    entries = tuple(C("APPLICATION", {"APPID": "w7", "TO-NAPID": "INTERNET"}) for _ in range(800))
    naps = tuple(C("NAPDEF", {"NAPID": str(n), "INTERNET": None}) for n in range(800))
    doc = document(*naps, *entries)
    decoded = CP.decode(CP.encode(doc))
    accounts, _ = CP.accounts(decoded.document)
    assert len(accounts) == 800
    listed = [len(account.connections) for account in accounts]
    assert listed == [64] * 32 + [0] * 768  # 64 for an account, 2,048 for a document.
    assert len(decoded.findings) <= 110


# -- plain -----------------------------------------------------------------------------------------


def test_plain_form():
    plain = CP.to_plain(document(C("APPLICATION", {"APPID": "w7", "INIT": None}, C("APPADDR"))))
    assert plain == {
        "version": "1.1",
        "characteristics": [
            {
                "type": "APPLICATION",
                "parms": [{"name": "APPID", "value": "w7"}, {"name": "INIT"}],
                "characteristics": [{"type": "APPADDR"}],
            }
        ],
    }


def test_parms_as_a_mapping():
    doc = CP.from_plain(
        {
            "version": 1.1,
            "characteristics": [
                {
                    "type": "APPLICATION",
                    "parms": {"APPID": "w7", "PORTNBR": 443, "TO-NAPID": ["a", "b"], "INIT": None},
                }
            ],
        }
    )
    assert doc == document(
        C("APPLICATION", {"APPID": "w7", "PORTNBR": "443", "TO-NAPID": ["a", "b"], "INIT": None})
    )


@pytest.mark.parametrize(
    ("plain", "field"),
    [
        (None, "document"),
        ([], "document"),
        ({"charakteristics": []}, "document"),
        ({"characteristics": {}}, "document.characteristics"),
        ({"characteristics": [{}]}, "characteristics[0]"),
        ({"characteristics": [{"type": 1.5}]}, "characteristics[0].type"),
        ({"characteristics": [{"type": "A", "parms": [{}]}]}, "characteristics[0].parms[0]"),
        ({"characteristics": [{"type": "A", "parms": {"X": True}}]}, "characteristics[0].parms.X"),
        (
            {"characteristics": [{"type": "A", "parms": {"X": "hex:0"}}]},
            "characteristics[0].parms.X",
        ),
        (
            {"characteristics": [{"type": "A", "parms": {"X": "hex:ff"}}]},
            "characteristics[0].parms.X",
        ),
        (
            {"characteristics": [{"type": "A", "parms": [{"name": "X", "value": MASK}]}]},
            "characteristics[0].parms[0] (X)",
        ),
        ({"characteristics": [], "wbxml": {"version": "1.0"}}, "wbxml.version"),
        ({"characteristics": [], "wbxml": {"charset": 7777}}, "wbxml.charset"),
        ({"characteristics": [], "wbxml": {"public_id": True}}, "wbxml.public_id"),
        ({"other": [{"xml": "<a"}]}, "document.other"),
        ({"other": [{}]}, "document.other"),
    ],
)
def test_plain_errors_name_the_place(plain, field):
    with pytest.raises(EncodeError) as caught:
        CP.from_plain(plain)
    assert caught.value.field == field


def test_plain_bounds():
    deep = {"type": "A"}
    for _ in range(200):
        deep = {"type": "A", "characteristics": [deep]}
    with pytest.raises(EncodeError):
        CP.from_plain({"characteristics": [deep]})
    with pytest.raises(EncodeError):
        CP.from_plain({"characteristics": [{"type": "A"}] * 20_001})


# -- secrets ---------------------------------------------------------------------------------------

SECRETS = {
    "APPAUTH": ["AAUTHSECRET", "AAUTHDATA"],
    "RESOURCE": ["AAUTHSECRET"],
    "NAPAUTHINFO": ["AUTHSECRET"],
    "PXAUTHINFO": ["PXAUTH-PW"],
    "PXLOGICAL": ["BASAUTH-PW", "PROXY-PW"],
    "WEPKEY": ["DATA"],
    "WLAN": ["WPAPRESHAREDKEY"],
    "VENDORCONFIG": ["Password", "my-secret", "USER-PW", "ApiKey", "user_pwd", "wifi-psk"],
}
HIDDEN = "correct-horse"


@pytest.mark.parametrize(("type_", "name"), [(t, n) for t, names in SECRETS.items() for n in names])
def test_secrets_are_masked(type_, name):
    doc = document(
        C(
            "APPLICATION",
            {"APPID": "w7", "PROVIDER-ID": "s"},
            C(type_, {name: HIDDEN, "X": "shown"}),
        )
    )
    assert is_secret(name, type_)
    hidden = json.dumps(CP.to_plain(doc))
    assert HIDDEN not in hidden
    assert "shown" in hidden
    assert HIDDEN in json.dumps(CP.to_plain(doc, show_secrets=True))
    with pytest.raises(EncodeError) as caught:
        CP.from_plain(json.loads(hidden))
    assert HIDDEN not in str(caught.value)
    decoded = CP.decode(CP.encode(doc))
    accounts, findings = CP.accounts(doc)
    shown = [repr(decoded.findings), repr(accounts), repr(findings), repr(list(views(doc)))]
    if type_ != "WEPKEY":
        shown.append(repr(doc))
    assert all(HIDDEN not in text for text in shown)


@pytest.mark.parametrize("name", ["NAME", "APPID", "AAUTHNAME", "PROVIDER-ID", "ADDR", "PWR"])
def test_what_is_no_secret(name):
    assert not is_secret(name)


def test_content_without_meaning_is_masked():
    inside = (Element("x", (("k", HIDDEN),)), HIDDEN, Opaque(HIDDEN.encode()))
    doc = ProvisioningDocument("1.1", (Characteristic("A", other=inside),))
    assert HIDDEN not in json.dumps(CP.to_plain(doc))
    assert HIDDEN.encode().hex() not in json.dumps(CP.to_plain(doc))
    with pytest.raises(EncodeError):
        CP.from_plain(CP.to_plain(doc))


@given(st.binary(max_size=20))
@settings(max_examples=200, deadline=None)
def test_no_error_or_finding_quotes_a_secret(noise):
    """A document with a password, cut and changed anywhere: no message has the password."""
    data = CP.encode(document(C("APPAUTH", {"AAUTHSECRET": HIDDEN, "AAUTHDATA": HIDDEN})))
    for at in range(0, len(data), 3):
        try:
            decoded = CP.decode(data[:at] + noise + data[at + len(noise) :])
        except SmartbootError as error:
            assert HIDDEN not in str(error)
        else:
            for finding in decoded.findings:
                if "AAUTH" in finding.message:
                    assert HIDDEN not in finding.message


# -- findings --------------------------------------------------------------------------------------

FINDINGS = [
    (document(version="7"), ["CP-VERSION"]),
    (document(C("NAPDEF", {"NAPID": "n"})), ["CP-MISSING-PARM"]),
    (document(C("NAPDEF", {"NAPID": None, "NAP-ADDRESS": "a"})), ["CP-MISSING-PARM"]),
    (document(C("NAPDEF", {"NAPID": ["n", "m"], "NAP-ADDRESS": "a"})), ["CP-DUP-PARM"]),
    (document(C("NAPDEF", {"NAPID": "n", "NAP-ADDRESS": "a", "X": "1"})), ["CP-UNKNOWN-PARM"]),
    (
        document(C("NAPDEF", {"NAPID": "n", "NAP-ADDRESS": "a", "NAP-ADDRTYPE": "apn"})),
        ["CP-VALUE"],
    ),
    (document(NAP, NAP), ["CP-DUP-KEY"]),
    (document(C("OWN")), ["CP-UNKNOWN-CHARACTERISTIC"]),
    (document(C("PORT", {"PORTNBR": "1"})), ["CP-MISPLACED"]),
    (document(C("PXLOGICAL", {"PROXY-ID": "p"})), ["CP-MISSING-PARM", "CP-MISSING-CHARACTERISTIC"]),
    (
        document(C("CLIENTIDENTITY", {"CLIENT-ID": "1"}), C("CLIENTIDENTITY", {"CLIENT-ID": "2"})),
        ["CP-DUP-CHARACTERISTIC"],
    ),
    (document(C("APPLICATION", {"APPID": "w2", "TO-NAPID": "n9"})), ["CP-DANGLING"]),
    (document(C("APPLICATION", {"APPID": "w2", "TO-PROXY": "p9"})), ["CP-DANGLING"]),
    (document(NAP, C("APPLICATION", {"APPID": "w2", "TO-NAPID": "INTERNET"})), ["CP-DANGLING"]),
    (document(NAP, W7, W7), ["CP-DUP-KEY"]),
    (
        document(*(C("BOOTSTRAP", {"PROVURL": f"http://t{n}/"}) for n in (1, 2))),
        ["CP-BOOTSTRAP-DUP"],
    ),
    (document(NAP, C("ACCESS", {"TO-NAPID": "n1", "RULE": "r"})), ["CP-ACCESS"]),
    (document(C("APPLICATION", {"APPID": "w7", "ADDR": "https://s/"})), ["CP-W7-PROVIDER-ID"]),
    (document(C("APPLICATION", {"APPID": "w7", "PROVIDER-ID": "s"})), ["CP-W7-ADDRESS"]),
    (
        document(
            C(
                "APPLICATION",
                {"APPID": "w7", "PROVIDER-ID": "s", "ADDR": "https://s/"},
                C("APPADDR", {"ADDR": "https://s/"}),
            )
        ),
        ["CP-W7-ADDRESS-TWICE"],
    ),
    (
        document(
            C(
                "APPLICATION",
                {"APPID": "w7", "PROVIDER-ID": "s", "ADDR": "https://s/", "INIT": None},
            )
        ),
        ["CP-W7-INIT"],
    ),
]


@pytest.mark.parametrize(
    ("doc", "expected"), FINDINGS, ids=lambda v: v[0] if type(v) is list else ""
)
def test_findings(doc, expected):
    assert codes(doc) == expected
    for finding in CP.decode(CP.encode(doc)).findings:
        assert finding.where
        assert finding.reference
        assert not finding.message.endswith(".")


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "65536", "1e3", "99999999999999999999", "0x50", "٣"]
)
def test_bad_ports(text):
    assert port_number(text) is None
    doc = document(
        C("APPLICATION", {"APPID": "w2"}, C("APPADDR", {"ADDR": "a"}, C("PORT", {"PORTNBR": text})))
    )
    assert "CP-PORTNBR" in codes(doc)


def test_unknown_applications_are_no_fault():
    for appid in ("w2", "w4", "w5", "ap0004", "110"):
        assert codes(document(C("APPLICATION", {"APPID": appid, "ADDR": "h", "OWN": "1"}))) == []


def test_findings_are_bounded():
    found = codes(document(*(C("NAPDEF") for _ in range(500))))
    # A hundred, and the one that says how many more there are.
    assert len(found) == 101
    assert found[-1] == "CP-MORE"


def test_errors_are_for_what_a_device_cannot_do_without():
    decoded = CP.decode(CP.encode(document(C("NAPDEF", {"NAPID": "n"}))))
    assert decoded.findings[0].severity is Severity.ERROR
    decoded = CP.decode(CP.encode(document(C("OWN"))))
    assert decoded.findings[0].severity is Severity.INFO


def test_tables_agree_with_themselves():
    nested = {name for rule in RULES.values() for name in rule.children}
    assert RULES.keys() == TOP.keys() | nested
    for rule in RULES.values():
        assert rule.key is None or rule.key in rule.parms


# -- views -----------------------------------------------------------------------------------------


def test_views():
    doc = document(
        NAP,
        PX,
        W7,
        C("BOOTSTRAP", {"NAME": "b", "PROVURL": "http://t/"}),
        C("CLIENTIDENTITY", {"CLIENT-ID": "c"}),
        C("VENDORCONFIG", {"NAME": "v", "colour": "blue", "password": HIDDEN}),
        C("ACCESS", {"RULE": "r", "TO-NAPID": "n1"}),
        C("OWN"),
    )
    nap, proxy, application, bootstrap, identity, vendor, access = views(doc)
    assert isinstance(nap, Napdef)
    assert (nap.napid, nap.address, nap.bearers) == ("n1", "a", ("GSM-GPRS",))
    assert isinstance(proxy, PxLogical)
    assert proxy.physicals[0].ports[0].portnbr == 8080
    assert proxy.physicals[0].effective_address_type == "IPV4"
    assert isinstance(application, Application)
    assert application.auths[0].secret.reveal() == "x"
    assert isinstance(bootstrap, Bootstrap)
    assert bootstrap.provurl == "http://t/"
    assert identity == ClientIdentity("c", doc.characteristics[4])
    assert isinstance(vendor, VendorConfig)
    assert vendor.parameters == (("colour", "blue"),)
    assert isinstance(access, Access)
    assert access.rules == ("r",)
    assert view(C("OWN")) is None
    assert Napdef.of(C("NAPDEF")).effective_address_type == "E164"


@given(cp_documents())
@settings(max_examples=200, deadline=None)
def test_views_of_anything(doc):
    for made in views(doc):
        assert made.source in doc.characteristics
