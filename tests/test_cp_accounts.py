"""DM accounts in client provisioning documents, both ways, and several documents as one."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.formats.client_provisioning import (
    CP,
    Characteristic,
    Parm,
    ProvisioningDocument,
    merge,
)
from smartboot.model import Account, Connection, Credential, Secret, ServerAddress, Source
from tests.test_cp_document import NAP, PX, W7, C, document

DM = {"APPID": "w7", "PROVIDER-ID": "s", "NAME": "Server"}


def the(doc):
    accounts, findings = CP.accounts(doc)
    assert len(accounts) == 1
    return accounts[0], [finding.code for finding in findings]


def test_a_complete_account():
    doc = document(
        C(
            "NAPDEF",
            {
                "NAPID": "n1",
                "NAME": "Net",
                "BEARER": ["GSM-GPRS", "GSM-CSD"],
                "NAP-ADDRESS": "apn.example",
                "NAP-ADDRTYPE": "APN",
                "INTERNET": None,
                "DNS-ADDR": "192.0.2.53",
            },
            C("NAPAUTHINFO", {"AUTHTYPE": "PAP", "AUTHNAME": "u", "AUTHSECRET": "p"}),
        ),
        C(
            "PXLOGICAL",
            {"PROXY-ID": "p1", "NAME": "Proxy", "PROXY-PW": "hidden", "TRUST": None},
            C("PXAUTHINFO", {"PXAUTH-TYPE": "HTTP-BASIC", "PXAUTH-ID": "x", "PXAUTH-PW": "y"}),
            C(
                "PXPHYSICAL",
                {"PHYSICAL-PROXY-ID": "f", "PXADDR": "192.0.2.1", "TO-NAPID": "n1"},
                C("PORT", {"PORTNBR": "8080"}),
            ),
        ),
        C(
            "APPLICATION",
            DM | {"TO-PROXY": "p1", "TO-NAPID": "INTERNET"},
            C("APPADDR", {"ADDR": "https://s/dm"}, C("PORT", {"PORTNBR": "443"})),
            C("APPADDR", {"ADDR": "192.0.2.9", "ADDRTYPE": "IPV4"}),
            C(
                "APPAUTH",
                {
                    "AAUTHLEVEL": "APPSRV",
                    "AAUTHTYPE": "DIGEST",
                    "AAUTHNAME": "dev",
                    "AAUTHSECRET": "pw",
                    "AAUTHDATA": "AAEC",
                },
            ),
            C("APPAUTH", {"AAUTHLEVEL": "CLIENT", "AAUTHTYPE": "HMAC", "AAUTHSECRET": "srv"}),
            C("APPAUTH", {"AAUTHLEVEL": "OBEX", "AAUTHTYPE": "TRANSPORT"}),
            C("APPAUTH", {"AAUTHTYPE": "HTTP-BASIC", "AAUTHNAME": "h"}),
        ),
    )
    nap = Connection(
        "nap",
        "n1",
        "Net",
        "apn.example",
        "apn",
        bearers=("GSM-GPRS", "GSM-CSD"),
        credentials=(Credential("transport", "pap", "u", Secret("p", opaque=False)),),
        parameters=(("INTERNET", ""), ("DNS-ADDR", "192.0.2.53")),
    )
    proxy = Connection(
        "proxy",
        "p1",
        "Proxy",
        "192.0.2.1",
        None,
        ports=(8080,),
        credentials=(Credential("http", "http-basic", "x", Secret("y", opaque=False)),),
        via=("n1",),
        parameters=(("TRUST", ""), ("PHYSICAL-PROXY-ID", "f")),
    )
    account, codes = the(doc)
    assert codes == []
    assert account == Account(
        protocol="oma-dm",
        carrier="client-provisioning",
        role="management",
        server_id="s",
        name="Server",
        addresses=(
            ServerAddress("https://s/dm", "uri", (443,)),
            ServerAddress("192.0.2.9", "ipv4"),
        ),
        credentials=(
            Credential(
                "client", "digest", "dev", Secret("pw", opaque=False), Secret(b"\x00\x01\x02")
            ),
            Credential("server", "hmac", None, Secret("srv", opaque=False)),
            Credential("obex", "transport"),
            Credential("http", "http-basic", "h"),
        ),
        connections=(proxy, nap),
        source=Source(index=0),
    )


def test_the_level_names_who_verifies():
    """APPSRV: the application server checks the client's credentials. Not the other way round."""
    account, _ = the(document(C("APPLICATION", DM, C("APPAUTH", {"AAUTHLEVEL": "APPSRV"}))))
    assert [(c.level, c.type) for c in account.credentials] == [("client", "unspecified")]


def test_addr_directly_inside():
    account, _ = the(document(C("APPLICATION", DM | {"ADDR": ["https://a/", "https://b/"]})))
    assert account.addresses == (ServerAddress("https://a/"), ServerAddress("https://b/"))


@pytest.mark.parametrize(
    ("parms", "level", "kind", "code"),
    [
        ({"AAUTHLEVEL": "X", "AAUTHTYPE": "BASIC"}, "x", "basic", "CP-W7-LEVEL"),
        ({"AAUTHTYPE": "DIGEST"}, "http", "digest", "CP-W7-AUTHTYPE"),
        ({"AAUTHLEVEL": "OBEX", "AAUTHTYPE": "BASIC"}, "obex", "basic", "CP-W7-AUTHTYPE"),
        ({"AAUTHLEVEL": "APPSRV", "AAUTHTYPE": "DIGEST,MD5"}, "client", "digest", None),
        ({"AAUTHLEVEL": "CLIENT", "AAUTHTYPE": "X509"}, "server", "x509", None),
    ],
)
def test_odd_credentials(parms, level, kind, code):
    account, codes = the(document(C("APPLICATION", DM, C("APPAUTH", parms))))
    assert [(c.level, c.type) for c in account.credentials] == [(level, kind)]
    assert codes == ([code] if code else [])


@pytest.mark.parametrize(
    ("data", "nonce", "code"),
    [
        ("bm9uY2U=", b"nonce", None),
        ("bm9u\n Y2U=", b"nonce", None),
        ("", b"", None),
        ("not base64!", b"not base64!", "CP-W7-NONCE"),
        ("bm9uY2U", b"bm9uY2U", "CP-W7-NONCE"),
        ("é", "é".encode(), "CP-W7-NONCE"),
    ],
)
def test_nonce(data, nonce, code):
    auth = C("APPAUTH", {"AAUTHLEVEL": "APPSRV", "AAUTHTYPE": "DIGEST", "AAUTHDATA": data})
    account, codes = the(document(C("APPLICATION", DM, auth)))
    assert account.credentials[0].nonce.reveal_bytes() == nonce
    assert codes == ([code] if code else [])


def test_other_applications_are_kept_and_are_no_accounts():
    doc = document(
        C("BOOTSTRAP", {"PROVURL": "http://t/"}),
        C("APPLICATION", {"APPID": "w2", "PROVIDER-ID": "x"}),
        C("APPLICATION", {"APPID": "ap0004", "ADDR": "h"}),
        W7,
        NAP,
    )
    account, _ = the(doc)
    assert account.server_id == "s"
    assert account.source == Source(index=0)
    assert CP.decode(CP.encode(doc)).document == doc


def test_names_that_lead_nowhere_are_still_named():
    account, _ = the(document(C("APPLICATION", DM | {"TO-NAPID": "n", "TO-PROXY": "p"})))
    assert account.connections == (Connection("nap", "n"), Connection("proxy", "p"))


def test_internet_is_every_access_point_with_that_flag():
    naps = [
        C("NAPDEF", {"NAPID": n, "NAP-ADDRESS": "a"} | f)
        for n, f in zip("abc", [{"INTERNET": None}, {}, {"INTERNET": None}], strict=True)
    ]
    account, _ = the(document(*naps, C("APPLICATION", DM | {"TO-NAPID": "INTERNET"})))
    assert [connection.id for connection in account.connections] == ["a", "c"]


def test_the_first_definition_of_a_name_holds():
    late = C("NAPDEF", {"NAPID": "n1", "NAP-ADDRESS": "late"})
    account, _ = the(document(NAP, late, W7))
    assert account.connections[0].address == "a"


def test_accounts_hide_their_secrets():
    account, _ = the(document(NAP, W7))
    assert "'x'" not in repr(account)
    assert account.to_dict()["credentials"][0]["secret"] == "********"
    assert account.to_dict(show_secrets=True)["credentials"][0]["secret"] == "x"


# -- back ------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=6)
SECRET = st.one_of(st.none(), TEXT.map(lambda text: Secret(text, opaque=False)))
LEVELS = st.sampled_from(["client", "server", "obex", "http"])
CREDENTIALS = st.builds(
    Credential,
    LEVELS,
    st.sampled_from(["basic", "digest", "hmac", "x509", "unspecified", "http-basic"]),
    st.one_of(st.none(), TEXT),
    SECRET,
    st.one_of(st.none(), st.binary(max_size=5).map(Secret)),
)
ADDRESSES = st.builds(
    ServerAddress,
    TEXT,
    st.sampled_from(["uri", "ipv4", "ipv6", "e164"]),
    st.lists(st.integers(0, 65535), max_size=2).map(tuple),
)


NAP_CREDENTIALS = st.builds(Credential, st.just("transport"), st.just("pap"), TEXT, SECRET)


@st.composite
def connection_lists(draw):
    """Connections as accounts have them: proxies, direct ways, then the ways proxies go over."""
    naps = [
        Connection(
            "nap",
            f"n{number}",
            draw(st.one_of(st.none(), TEXT)),
            draw(TEXT),
            draw(st.sampled_from([None, "apn", "e164"])),
            bearers=tuple(draw(st.lists(st.sampled_from(["GSM-GPRS", "GSM-CSD"]), max_size=2))),
            credentials=tuple(
                draw(
                    st.lists(
                        st.builds(Credential, st.just("transport"), st.just("pap"), TEXT, SECRET),
                        max_size=1,
                    )
                )
            ),
            parameters=draw(st.sampled_from([(), (("INTERNET", ""), ("DNS-ADDR", "192.0.2.1"))])),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    over = tuple(nap for nap in naps[:1] if draw(st.booleans()))
    proxies = [
        Connection(
            "proxy",
            f"p{number}",
            draw(st.one_of(st.none(), TEXT)),
            draw(TEXT),
            draw(st.sampled_from([None, "ipv4"])),
            ports=draw(st.sampled_from([(), (8080,)])),
            via=tuple(nap.id for nap in over),
            parameters=(("TRUST", ""), ("PHYSICAL-PROXY-ID", f"f{number}"), ("DOMAIN", "d")),
        )
        for number in range(draw(st.integers(0, 2)))
    ]
    if not proxies:
        return tuple(naps)
    return (*proxies, *(nap for nap in naps if nap not in over), *over)


ACCOUNTS = st.builds(
    Account,
    protocol=st.just("oma-dm"),
    carrier=st.just("client-provisioning"),
    server_id=TEXT,
    name=st.one_of(st.none(), TEXT),
    addresses=st.lists(ADDRESSES, max_size=2).map(tuple),
    credentials=st.lists(CREDENTIALS, max_size=3).map(tuple),
    connections=connection_lists(),
)


@given(ACCOUNTS)
@settings(max_examples=500, deadline=None)
def test_accounts_both_ways(account):
    doc, notes = CP.from_accounts([account])
    assert notes == []
    again = CP.decode(CP.encode(doc)).document
    assert CP.accounts(again)[0] == [account]


def test_several_accounts_share_their_connections():
    accounts, _ = CP.accounts(
        document(NAP, PX, W7, C("APPLICATION", DM | {"PROVIDER-ID": "t", "TO-NAPID": "n1"}))
    )
    doc, notes = CP.from_accounts(accounts)
    assert notes == []
    assert [entry.type for entry in doc.characteristics] == ["NAPDEF", "APPLICATION", "APPLICATION"]


NOT_CARRIED = [
    (Account("lwm2m", "lwm2m", server_id="1"), "lwm2m management"),
    (Account("oma-dm", "dm-2", role="bootstrap", server_id="1"), "bootstrap"),
    (Account("oma-dm", "dm-1"), "without a server id"),
    (Account("oma-dm", "dm-1", server_id="1", lifetime=1), "lifetime"),
    (Account("oma-dm", "dm-1", server_id="1", binding="U"), "binding"),
    (
        Account("oma-dm", "dm-1", server_id="1", credentials=(Credential("transport", "psk"),)),
        "level transport",
    ),
    (
        Account(
            "oma-dm",
            "dm-1",
            server_id="1",
            credentials=(Credential("client", "basic", secret=Secret(b"\xff\xfe")),),
        ),
        "not text",
    ),
    (
        Account(
            "oma-dm",
            "dm-1",
            server_id="1",
            connections=(Connection("nap", "n", address="a"), Connection("nap", "n", address="b")),
        ),
        "two different",
    ),
    (
        Account("oma-dm", "dm-1", server_id="1", connections=(Connection("wlan", "w"),)),
        "kind wlan",
    ),
]


@pytest.mark.parametrize(("account", "words"), NOT_CARRIED, ids=[entry[1] for entry in NOT_CARRIED])
def test_what_cannot_be_carried_is_said(account, words):
    doc, notes = CP.from_accounts([account])
    assert [note.code for note in notes] == ["CP-CANNOT-CARRY"]
    assert words in notes[0].message
    CP.encode(doc)


# -- merge -----------------------------------------------------------------------------------------


def w7(server, secret="x", **more):
    auth = C("APPAUTH", {"AAUTHLEVEL": "APPSRV", "AAUTHSECRET": secret})
    return C("APPLICATION", {"APPID": "w7", "PROVIDER-ID": server} | more, auth)


def test_the_order_decides_and_not_the_sequence():
    first, second = document(w7("s", NAME="one")), document(w7("s", NAME="two"))
    for pairs in itertools.permutations([("bootstrap", first), ("config1", second)]):
        merged = merge(pairs)
        assert merged.document == first
        assert [finding.code for finding in merged.findings] == ["CP-MERGE-CONFLICT"]
        assert "NAME" in merged.findings[0].message
        assert merged.findings[0].where == "config1"
    turned = merge([("bootstrap", first), ("config1", second)], order=("config1", "bootstrap"))
    assert turned.document == second


def test_two_accounts_of_a_server_with_other_credentials():
    merged = merge([("bootstrap", document(w7("s"))), ("config2", document(w7("s", "pssst")))])
    assert merged.document == document(w7("s"))
    assert [finding.code for finding in merged.findings] == ["CP-MERGE-CREDENTIALS"]
    assert "pssst" not in merged.findings[0].message


def test_equal_definitions_are_no_conflict():
    merged = merge([("bootstrap", document(NAP, W7)), ("config1", document(W7, NAP, PX))])
    assert merged.document == document(NAP, W7, PX)
    assert merged.findings == ()
    assert [item.source for item in merged.items] == ["bootstrap", "bootstrap", "config1"]


def test_a_proxy_is_completed_and_not_overwritten():
    base = C(
        "PXLOGICAL",
        {"PROXY-ID": "p", "NAME": "one", "DOMAIN": "a"},
        C("PXPHYSICAL", {"PHYSICAL-PROXY-ID": "f", "PXADDR": "192.0.2.1"}),
    )
    more = C(
        "PXLOGICAL",
        {"PROXY-ID": "p", "NAME": "two", "DOMAIN": ["a", "b"], "TRUST": None},
        C("PXPHYSICAL", {"PHYSICAL-PROXY-ID": "f", "PXADDR": "192.0.2.2", "TO-NAPID": "n"}),
        C("PXPHYSICAL", {"PHYSICAL-PROXY-ID": "g", "PXADDR": "192.0.2.3"}),
    )
    merged = merge([("bootstrap", document(base)), ("config1", document(more))])
    assert merged.document == document(
        C(
            "PXLOGICAL",
            {"PROXY-ID": "p", "NAME": "one", "DOMAIN": ["a", "b"], "TRUST": None},
            C("PXPHYSICAL", {"PHYSICAL-PROXY-ID": "f", "PXADDR": "192.0.2.1", "TO-NAPID": "n"}),
            C("PXPHYSICAL", {"PHYSICAL-PROXY-ID": "g", "PXADDR": "192.0.2.3"}),
        )
    )
    item = merged.items[0]
    assert item.sources == ("bootstrap", "bootstrap", "bootstrap", "config1", "config1")
    assert [child.source for child in item.items] == ["bootstrap", "config1"]
    assert item.items[0].sources == ("bootstrap", "bootstrap", "config1")
    assert sorted(f.message.split(" differs")[0] for f in merged.findings) == [
        "PXLOGICAL 'p': config1",
        "PXPHYSICAL 'f': config1",
    ]


def test_other_applications_are_never_merged():
    mms = [C("APPLICATION", {"APPID": "w4", "ADDR": f"http://m{n}/"}) for n in (1, 2)]
    merged = merge([("bootstrap", document(mms[0])), ("config1", document(mms[1], mms[0]))])
    assert merged.document == document(*mms)


def test_one_bootstrap_with_an_address():
    urls = [C("BOOTSTRAP", {"PROVURL": f"http://t{n}/"}) for n in (1, 2)]
    merged = merge([("bootstrap", document(urls[0])), ("config1", document(urls[1]))])
    assert merged.document == document(urls[0])
    assert [finding.code for finding in merged.findings] == ["CP-MERGE-CONFLICT"]


def test_nothing_to_merge():
    assert merge([]).document == ProvisioningDocument(None)
    assert merge([("x", ProvisioningDocument(None)), ("y", document(NAP))]).document == document(
        NAP
    )


def test_duplicates_inside_one_document_go_too():
    late = C("NAPDEF", {"NAPID": "n1", "NAP-ADDRESS": "late"})
    merged = merge([("bootstrap", document(NAP, late))])
    assert merged.document == document(NAP)


def test_many_definitions_are_merged_quickly():
    naps = tuple(Characteristic("NAPDEF", (Parm("NAPID", str(n)),)) for n in range(5000))
    assert len(merge([("a", document(*naps)), ("b", document(*naps))]).items) == 5000
