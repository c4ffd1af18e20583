"""DM 2.0: JSON management objects, hostile JSON, the account object and accounts from it."""

from __future__ import annotations

import json

import pytest

from smartboot.errors import DecodeError, EncodeError
from smartboot.formats.oma_dm import (
    OMA_DM,
    BootstrapAuth,
    DmDocument,
    JsonMo,
    MoArray,
    Noti,
    Trsp,
    dmaccs,
    from_accounts,
)
from smartboot.formats.oma_dm.notes import Notes
from smartboot.model import Account, Connection, Credential, Secret, ServerAddress
from tests.support.oma_dm import DM2_TEXT

VECTOR = json.loads(DM2_TEXT)
URI = "urn:oma:mo:oma-dm-dmacc:1.2/X/"


def wrap(tree: object, **members: object) -> bytes:
    """An array with one object around the tree of an account X."""
    return json.dumps([{"ClientURI": URI, "MOData": {"X": tree}, **members}]).encode()


def text(body: str) -> bytes:
    """JSON whose account holds ``body``, which need not be JSON."""
    return f'[{{"ClientURI":"{URI}","MOData":{{"X":{{{body}}}}}}}]'.encode()


def codes(data: bytes) -> list[str]:
    return [f"{finding.code} {finding.where}" for finding in OMA_DM.decode(data).findings]


def test_the_vector_typed():
    array = OMA_DM.decode(DM2_TEXT.encode()).document.body
    notes = Notes()
    (found,) = dmaccs(array, notes)
    assert notes.take() == ()
    assert (found.root, found.srv_id) == ("ExampleDM", "dm.example.com")
    assert found.srv_uri == "https://dm.example.com/dm20"
    assert found.perm == ("urn:oma:mo:oma-fumo:1.0", "urn:oma:mo:oma-scomo:1.0")
    assert found.bootstrap == BootstrapAuth(
        "https://boot.example.com/dm20", b"\0", b"device1", b"boot.example.com", bytes(range(16))
    )
    assert found.noti == Noti(1, b"noti", bytes(range(16, 32)))
    assert found.trsp == Trsp(b"device1", bytes(range(32, 48)))
    assert "\\x0f" not in repr(found)


def test_the_vector_as_an_account():
    accounts, findings = OMA_DM.accounts(OMA_DM.decode(DM2_TEXT.encode()).document)
    assert [finding.code for finding in findings] == ["DM-SECMODE"]
    assert accounts == [
        Account(
            protocol="oma-dm",
            carrier="dm-2",
            server_id="dm.example.com",
            name="Example DM",
            addresses=(
                ServerAddress("https://dm.example.com/dm20"),
                ServerAddress("https://boot.example.com/dm20", "bootstrap-uri"),
            ),
            credentials=(
                Credential("bootstrap", "psk", "device1", Secret(bytes(range(16)))),
                Credential("bootstrap", "psk", "boot.example.com"),
                Credential("notification", "type-1", "noti", Secret(bytes(range(16, 32)))),
                Credential("transport", "psk", "device1", Secret(bytes(range(32, 48)))),
            ),
        )
    ]


# -- hostile JSON ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        (b"[" * 100_000, "nested deeper", 32),
        (b'{"a":' * 100_000, "nested deeper", 160),
        (b"[" * 100_000 + b"]" * 100_000, "nested deeper", 32),
        (b"[", "ends too early", 1),
        (b'[{"a', "string does not end", 2),
        (b'["a\\"', "string does not end", 1),
        (b"[}", "not JSON", 1),
        (b"[1,]", "not JSON", None),
        (b"['a']", "not JSON", 1),
        (b'["\x01"]', "not JSON", None),
        (b'["\xff"]', "not UTF-8", 2),
        (b'["\xc3\xa4\xed\xa0\x80"]', "not UTF-8", 4),
        (b'["\xc3\xa4" x]', "not JSON", 6),
        (b"[1] [2] [", "expected a JSON object", None),
        (b"[null]", "expected a JSON object", None),
        (b"[[]]", "expected a JSON object", None),
        (b'["' + b"\\" * 99_999 + b'"]', "string does not end", 1),
    ],
)
def test_broken_json_tells_where(data, reason, offset):
    with pytest.raises(DecodeError, match=reason) as caught:
        OMA_DM.decode(data)
    if offset is not None:
        assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("body", "where", "reason"),
    [
        ('"a":NaN', "[0]/MOData/X/a", "NaN"),
        ('"a":-Infinity', "[0]/MOData/X/a", "Infinity"),
        ('"a":1e999', "[0]/MOData/X/a", "out of range"),
        ('"a":' + "9" * 41, "[0]/MOData/X/a", "digits"),
        ('"a":' + "9" * 100_000, "[0]/MOData/X/a", "digits"),
        ('"a":0.' + "9" * 100_000, "[0]/MOData/X/a", "out of range"),
        ('"a":[1,{"b":"\\ud800"}]', "[0]/MOData/X/a[1]/b", "surrogate"),
        ('"\\udfff":1', "[0]/MOData/X", "surrogate"),
    ],
)
def test_values_that_are_none_name_their_place(body, where, reason):
    with pytest.raises(DecodeError, match=reason) as caught:
        OMA_DM.decode(text(body))
    assert caught.value.where == where


def test_long_documents_are_refused():
    with pytest.raises(DecodeError, match="longer than"):
        OMA_DM.decode(b"[" + b" " * (1 << 20) + b"]")
    with pytest.raises(DecodeError, match="more than 1000 objects"):
        OMA_DM.decode(b"[" + b"0," * 1000 + b"0]")


def test_the_first_of_two_equal_names_counts():
    data = text('"SrvID":"a","SrvID":"b","Auth":{"Trsp":1,"Trsp":2}')
    assert codes(data) == [
        "DM-JSON-DUPLICATE [0]/MOData/X/SrvID",
        "DM-JSON-DUPLICATE [0]/MOData/X/Auth/Trsp",
    ]
    assert OMA_DM.decode(data).document.body.objects[0].data["X"] == {
        "SrvID": "a",
        "Auth": {"Trsp": 1},
    }


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({}, "ClientURI is missing"),
        ({"ClientURI": 1, "MOData": {}}, "expected a text"),
        ({"ClientURI": "a"}, "MOData is missing"),
        ({"ClientURI": "a", "MOData": []}, "no JSON object"),
        ({"ClientURI": "a", "MOData": {}, "CV": 1}, "expected a text"),
    ],
)
def test_objects_that_are_none(entry, reason):
    with pytest.raises(DecodeError, match=reason) as caught:
        OMA_DM.decode(json.dumps([entry]).encode())
    assert caught.value.where.startswith("[0]")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[]", "DM-JSON-EMPTY "),
        (b"\xef\xbb\xbf[]", "DM-JSON-BOM "),
        (json.dumps(VECTOR[0]).encode(), "DM-JSON-NO-ARRAY "),
        (b'[{"ClientURI":"a/","MOData":{}}]', "DM-MO-ROOT [0]"),
        (b'[{"ClientURI":"a","MOData":{"b":1}}]', "DM-MO-URI [0]/ClientURI"),
        (wrap({}, New=1), "DM-MO-MEMBER [0]/New"),
        (wrap({}, CV=None), "DM-MO-NULL [0]/CV"),
    ],
)
def test_odd_documents_are_kept_and_reported(data, code):
    assert code in codes(data)
    document = OMA_DM.decode(data).document
    assert OMA_DM.decode(OMA_DM.encode(document)).document == document
    plain = OMA_DM.to_plain(document, show_secrets=True)
    assert OMA_DM.from_plain(plain) == document


def test_one_object_without_an_array_stays_so():
    data = json.dumps(VECTOR[0], separators=(",", ":")).encode()
    document = OMA_DM.decode(data).document
    assert document.body.bare
    assert OMA_DM.encode(document) == data


def test_unknown_members_and_order_survive():
    data = (
        b'[{"Z":[1,2.5,null],"MOData":{"R":{"z":true,"a":"\xc3\xa4"}},'
        b'"A":{},"CV":"c","ClientURI":"urn:x/1/"}]'
    )
    assert OMA_DM.encode(OMA_DM.decode(data).document) == data


@pytest.mark.parametrize(
    "document",
    [
        MoArray((JsonMo("", {}),)),
        MoArray((), bare=True),
        MoArray((JsonMo("a", {"x": float("nan")}),)),
        MoArray((JsonMo("a", {"x": object()}),)),
        MoArray((JsonMo("a", {"x": "\ud800"}),)),
        MoArray((JsonMo("a", {"x": 10**50}),)),
    ],
)
def test_what_cannot_be_written(document):
    with pytest.raises(EncodeError):
        OMA_DM.encode(DmDocument.of(document))


# -- the account object ----------------------------------------------------------------------------

SOUND = {"SrvID": "s", "SrvURI": "https://s", "Name": "N", "Perm": {"1": {"MOID": "urn:x"}}}
BOOT = {
    "ServerURI": "https://b",
    **dict.fromkeys(("SecMode", "ClientPubKey", "ServerPubKey", "ClientSecretKey"), "AA=="),
}


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"SrvID": ""}, "DM-MO-MISSING X/SrvID"),
        ({"SrvURI": None}, "DM-MO-MISSING X/SrvURI"),
        ({"Name": 5}, "DM-MO-TYPE X/Name"),
        ({"Perm": None}, "DM-MO-MISSING X/Perm"),
        ({"Perm": {}}, "DM-MO-MISSING X/Perm"),
        ({"Perm": {"1": {}}}, "DM-MO-MISSING X/Perm/1/MOID"),
        ({"Perm": {"1": "urn:x"}}, "DM-MO-TYPE X/Perm/1"),
        ({"Auth": "x"}, "DM-MO-TYPE X/Auth"),
        ({"Auth": {"Trsp": []}}, "DM-MO-TYPE X/Auth/Trsp"),
        ({"Auth": {"Trsp": {"Data": "AA=="}}}, "DM-MO-MISSING X/Auth/Trsp/Secret"),
        ({"Auth": {"Trsp": {"Data": "!", "Secret": "AA=="}}}, "DM-MO-BASE64 X/Auth/Trsp/Data"),
        ({"Auth": {"Noti": {"Type": "x"}}}, "DM-MO-TYPE X/Auth/Noti/Type"),
        ({"Auth": {"Bootstrap": {}}}, "DM-MO-MISSING X/Auth/Bootstrap/ServerURI"),
        ({"Vendor": 1}, "DM-MO-MEMBER X/Vendor"),
    ],
)
def test_what_is_wrong_names_the_node(change, finding):
    accounts, findings = OMA_DM.accounts(OMA_DM.decode(wrap({**SOUND, **change})).document)
    assert finding in [f"{one.code} {one.where}" for one in findings]
    assert len(accounts) == 1


def test_a_sound_account_has_no_findings():
    tree = {**SOUND, "Auth": {"Noti": {"Type": "2", "Data": "", "Secret": "AA=="}}, "Push": {}}
    accounts, findings = OMA_DM.accounts(OMA_DM.decode(wrap(tree)).document)
    assert findings == []
    assert accounts[0].credentials[0].type == "type-2"


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("urn:oma:mo:oma-dm-dmacc:1.0/X/", "DM-MO-VERSION"),
        ("oma:mo:oma-dm-dmacc:1.2/X/", None),
        ("urn:oma:mo:oma-fumo:1.0/X/", "DM-NO-ACCOUNT"),
    ],
)
def test_which_objects_are_accounts(uri, code):
    data = wrap(SOUND).replace(URI.encode(), uri.encode())
    _, findings = OMA_DM.accounts(OMA_DM.decode(data).document)
    assert [finding.code for finding in findings] == ([code] if code else [])


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (b"device1", "psk"),
        (b"\x30\x82" + bytes(70), "x509"),
        (b"-----BEGIN CERTIFICATE-----", "x509"),
        (b"", "psk"),
    ],
)
def test_kind_of_key_is_told_from_the_key(key, kind):
    import base64

    boot = {**BOOT, "ClientPubKey": base64.b64encode(key).decode()}
    data = wrap({**SOUND, "Auth": {"Bootstrap": boot}})
    accounts, findings = OMA_DM.accounts(OMA_DM.decode(data).document)
    assert accounts[0].credentials[0].type == kind
    assert [(f.code, f.where) for f in findings] == [("DM-SECMODE", "X/Auth/Bootstrap/SecMode")]


def test_two_accounts_with_one_id_are_reported():
    data = json.dumps([{"ClientURI": URI, "MOData": {"X": SOUND, "Y": SOUND}}]).encode()
    accounts, findings = OMA_DM.accounts(OMA_DM.decode(data).document)
    assert len(accounts) == 2
    assert "DM-ACC-DUPLICATE" in [finding.code for finding in findings]


# -- and back --------------------------------------------------------------------------------------


def test_accounts_come_back_with_placeholders_told():
    accounts, _ = OMA_DM.accounts(OMA_DM.decode(DM2_TEXT.encode()).document)
    document, findings = from_accounts(accounts, "dm-2")
    assert {finding.code for finding in findings} == {"DM-MADE-UP"}
    assert sorted(f.message.partition(" ")[0] for f in findings) == [
        "Auth/Bootstrap/SecMode",
        "Perm",
    ]
    assert OMA_DM.accounts(OMA_DM.decode(OMA_DM.encode(document)).document)[0] == accounts
    tree = json.loads(OMA_DM.encode(document))[0]["MOData"]["dm.example.com"]
    assert tree["Auth"] == VECTOR[0]["MOData"]["ExampleDM"]["Auth"]


@pytest.mark.parametrize(
    ("addresses", "uri", "code"),
    [
        ([ServerAddress("https://a")], "https://a", None),
        ([ServerAddress("192.0.2.1", "ipv4", (80, 81))], "https://192.0.2.1:80/", "DM-MADE-UP"),
        ([ServerAddress("2001:db8::1", "ipv6")], "https://[2001:db8::1]/", "DM-MADE-UP"),
        ([ServerAddress("https://a", "uri", (1,))], "https://a", "DM-CANNOT-CARRY"),
        ([ServerAddress("https://a"), ServerAddress("https://b")], "https://a", "DM-CANNOT-CARRY"),
        ([], "", "DM-CANNOT-CARRY"),
    ],
)
def test_addresses(addresses, uri, code):
    account = Account("oma-dm", "dm-1", server_id="s", name="n", addresses=tuple(addresses))
    document, findings = from_accounts([account], "dm-2")
    assert document.body.objects[0].data["s"]["SrvURI"] == uri
    found = [f.code for f in findings if "Perm" not in f.message]
    assert (code in found) if code else found == []


def test_what_dmacc_1_2_has_no_place_for():
    account = Account(
        "oma-dm",
        "dm-1",
        server_id="a b/c",
        addresses=(ServerAddress("https://a"),),
        credentials=(
            Credential("client", "basic", "u", Secret("sesame", opaque=False)),
            Credential("transport", "psk", None, None, Secret(b"n")),
            Credential("bootstrap", "psk", "i"),
            Credential("notification", "basic"),
        ),
        connections=(Connection("nap", "net"),),
    )
    document, findings = from_accounts([account, account], "dm-2")
    words = " ".join(finding.message for finding in findings)
    for lost in ("basic credentials of level client", "connection net", "nonce", "ServerURI",
                 "ServerPubKey", "ClientSecretKey", "Noti/Type", "Noti/Data", "Trsp/Data",
                 "Name"):  # fmt: skip
        assert lost in words
    assert "sesame" not in words
    names = [next(iter(one.data)) for one in document.body.objects]
    assert len(set(names)) == 2
    assert not any("/" in name or " " in name for name in names)
    OMA_DM.encode(document)


def test_other_carriers_are_refused():
    with pytest.raises(EncodeError, match="carrier"):
        from_accounts([], "dm-3")
