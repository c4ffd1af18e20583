"""LwM2M server accounts: the join of Security and Server, what links add, and the way back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smartboot.errors import EncodeError
from smartboot.formats.lwm2m import LWM2M, Document, from_accounts
from smartboot.model import (
    Account,
    Connection,
    Credential,
    Finding,
    Secret,
    ServerAddress,
    Severity,
    Source,
)
from tests.support.lwm2m import BARE_RESOURCES, BOOTSTRAP_FILE, PSK_FILE, PSK_KEY

KEY = "hex:" + "ab" * 16


def accounts(plain: dict[str, Any]) -> tuple[list[Account], list[Finding]]:
    return LWM2M.accounts(LWM2M.from_plain(plain))


def server(ssid: Any = 1, **more: Any) -> dict[Any, Any]:
    return {"ssid": ssid, "Lifetime": 60, 6: True, "Binding": "U", **more}


def security(ssid: Any = 1, *, bootstrap: bool = False, **more: Any) -> dict[Any, Any]:
    plain = {"uri": "coaps://a.example", "bootstrap": bootstrap, "mode": "psk", 3: "name", 5: KEY}
    return plain | ({} if ssid is None else {"ssid": ssid}) | more


def codes(plain: dict[str, Any]) -> list[tuple[str, Severity, str]]:
    return [(f.code, f.severity, f.where) for f in accounts(plain)[1]]


def test_psk_server() -> None:
    found, findings = LWM2M.accounts(LWM2M.decode(PSK_FILE).document)
    assert findings == []
    assert [account.to_dict(show_secrets=True) for account in found] == [
        {
            "protocol": "lwm2m",
            "carrier": "lwm2m",
            "role": "management",
            "server_id": "300",
            "name": None,
            "addresses": [{"uri": "coaps://lwm2m.harbor.example:5684", "type": "uri", "ports": []}],
            "credentials": [
                {
                    "level": "client",
                    "type": "psk",
                    "identity": "harbor-cell-0417",
                    "secret": "hex:" + PSK_KEY.hex(),
                    "nonce": None,
                }
            ],
            "connections": [],
            "lifetime": 43200,
            "binding": "U",
            "source": {"oid": None, "fid": None, "index": 0},
        }
    ]


def test_bootstrap_server() -> None:
    (account,), findings = LWM2M.accounts(LWM2M.decode(BOOTSTRAP_FILE).document)
    assert findings == []
    assert (account.role, account.server_id, account.lifetime) == ("bootstrap", None, None)
    assert account.addresses == (ServerAddress("coaps://bs.kelp.example:5684"),)


def test_bare_card_still_gives_its_account() -> None:
    (account,), _ = LWM2M.accounts(LWM2M.decode(BARE_RESOURCES).document)
    assert account.role == "bootstrap"
    assert account.addresses == (ServerAddress("bs.kelp.example"),)
    assert account.credentials == (Credential("client", "psk", "id-9", Secret(b"k3y")),)


def test_ids_of_instances_need_not_match() -> None:
    plain = {
        "Security": {3: security(7), 9: security(8), 5: security(None, bootstrap=True)},
        "Server": {1: server(8, Lifetime=80), 0: server(7, Lifetime=70)},
        "Access Control": [{}],
    }
    found, findings = accounts(plain)
    assert [(a.server_id, a.lifetime, a.role, a.source.index) for a in found] == [
        ("7", 70, "management", 0),
        ("8", 80, "management", 1),
        (None, None, "bootstrap", 2),
    ]
    assert findings == []


@pytest.mark.parametrize(
    ("mode", "kind", "server_kind"),
    [
        ("rpk", "rpk", "rpk"),
        ("certificate", "certificate", "certificate"),
        ("est", "est", "certificate"),
        ("hex:09", "mode-9", "mode-9"),
        ("hex:", "unknown", "unknown"),
    ],
)
def test_credential_types(mode: str, kind: str, server_kind: str) -> None:
    more = {"mode": mode, 3: "hex:3000", 4: "hex:3001", 5: "hex:3002"}
    (account,), _ = accounts({"Security": [security(1) | more], "Server": [server()]})
    client, shown = account.credentials
    assert (client.level, client.type) == ("client", kind)
    assert client.secret == Secret(b"\x30\x02")
    assert shown == Credential("server", server_kind, "hex:3001")
    if kind in ("rpk", "certificate", "est"):
        assert client.identity == "hex:3000"


def test_nosec() -> None:
    plain = {"uri": "coap://a", "bootstrap": True, "mode": "nosec", 3: "", 4: "", 5: ""}
    (account,), _ = accounts({"Security": [plain]})
    assert account.credentials == (Credential("client", "none"),)


def test_identity_that_is_no_text_is_hex() -> None:
    (account,), _ = accounts({"Security": [security(1) | {3: "hex:00ff"}], "Server": [server()]})
    assert account.credentials[0].identity == "hex:00ff"


def test_oscore_link() -> None:
    plain = {
        "Security": [security() | {17: "21:4"}],
        "Server": [server()],
        "OSCORE": {3: {}, 4: {0: KEY, 1: "hex:", 2: "hex:01", 3: 10}},
    }
    (account,), findings = accounts(plain)
    assert findings == []
    assert account.credentials[1:] == (
        Credential("client", "oscore", "", Secret(bytes.fromhex("ab" * 16))),
        Credential("server", "oscore", "hex:01"),
    )


@pytest.mark.parametrize("link", ["21:9", "11:0"])
def test_broken_oscore_link(link: str) -> None:
    plain = {"Security": [security() | {17: link}], "Server": [server()], "OSCORE": [{}]}
    assert codes(plain) == [("LWM2M-OSCORE-LINK", Severity.WARNING, "/0/0/17")]


@pytest.mark.parametrize("link", ["hex:0015", None])
def test_link_to_nothing(link: Any) -> None:
    assert codes({"Security": [security() | {17: link}], "Server": [server()]}) == []


def test_sms_binding() -> None:
    more = {6: 2, 7: "hex:010203040506", 8: KEY, 9: "+49151"}
    (account,), _ = accounts({"Security": [security() | more], "Server": [server()]})
    secret = Secret(bytes.fromhex("ab" * 16))
    assert account.credentials[1] == Credential(
        "transport", "sms-secure-packet", "hex:010203040506", secret
    )
    assert account.addresses[1] == ServerAddress("+49151", "e164")


def test_secondary_addresses() -> None:
    more = {25: ["coaps://b", "coaps+tcp://c"]}
    (account,), _ = accounts({"Security": [security() | more], "Server": [server()]})
    assert [a.uri for a in account.addresses] == ["coaps://a.example", "coaps://b", "coaps+tcp://c"]


def test_apn_links() -> None:
    plain = {
        "Security": [security()],
        "Server": [server() | {10: "11:3", 24: ["11:5", "11:3"]}],
        "APN Connection Profile": {
            3: {
                0: "meters",
                1: "m2m.example",
                4: "chap",
                5: "me",
                6: "pass",
                24: "ipv4",
                8: ["1,2"],
            },
            5: {0: "spare", 4: "none"},
        },
    }
    (account,), findings = accounts(plain)
    assert findings == []
    assert account.connections == (
        Connection(
            kind="nap",
            id="3",
            name="meters",
            address="m2m.example",
            address_type="apn",
            credentials=(Credential("transport", "chap", "me", Secret(b"pass", opaque=False)),),
            parameters=(("PDN Type", "ipv4"), ("Validity (MCC, MNC)", "1,2")),
        ),
        Connection(kind="nap", id="5", name="spare"),
    )


def test_a_server_has_a_bounded_number_of_connections() -> None:
    profiles = {n: {0: f"p{n}", 1: "apn"} for n in range(120)}
    links = [f"11:{n}" for n in range(120)]
    plain = {
        "Security": [security()],
        "Server": [server() | {24: links}],
        "APN Connection Profile": profiles,
    }
    (account,), findings = accounts(plain)
    most = len(account.connections)
    assert [one.id for one in account.connections] == [str(n) for n in range(most)]
    assert most < 120
    assert [(f.code, f.where) for f in findings] == [("LWM2M-MORE", "/1/0/24")]


def test_a_profile_without_credentials_has_none() -> None:
    plain = {
        "Security": [security()],
        "Server": [server() | {10: "11:3"}],
        "APN Connection Profile": {3: {0: "n", 1: "apn", 4: "none"}},
    }
    assert accounts(plain)[0][0].connections[0].credentials == ()
    plain["APN Connection Profile"] = {3: {0: "n", 1: "apn", 4: "none", 5: "user"}}
    found = accounts(plain)[0][0].connections[0].credentials
    assert found == (Credential("transport", "none", "user"),)


def test_a_server_without_its_id_belongs_to_nobody() -> None:
    alone = {6: True, "Lifetime": 60, "Binding": "U"}
    found, findings = accounts({"Security": [security(7)], "Server": [alone, server(7)]})
    assert [(one.server_id, one.lifetime) for one in found] == [("7", 60)]
    assert findings == []


def test_half_an_oscore_context_on_a_card() -> None:
    plain = {
        "Security": [security() | {17: "21:0"}],
        "Server": [server()],
        "OSCORE": {0: {0: KEY, 1: "73"}},
    }
    (account,), _ = accounts(plain)
    assert [(one.level, one.type) for one in account.credentials] == [
        ("client", "psk"),
        ("client", "oscore"),
    ]


@pytest.mark.parametrize(
    ("identity", "secret"), [(None, None), ("hex:0102", None), (None, Secret(b"k" * 16))]
)
def test_sms_credentials_in_part(identity: str | None, secret: Secret | None) -> None:
    sms = Credential("transport", "sms", identity, secret)
    document, notes = from_accounts([replace(PLAIN, credentials=(*PLAIN.credentials, sms))])
    assert notes == []
    found = LWM2M.accounts(document)[0][0].credentials[1:]
    assert found == ((sms,) if identity or secret else ())


def test_broken_apn_link() -> None:
    plain = {"Security": [security()], "Server": [server() | {10: "11:3"}]}
    assert codes(plain) == [("LWM2M-APN-LINK", Severity.WARNING, "/1/0/10")]


ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
BS = {"bootstrap": True}


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ({}, []),
        ({"Server": [server()]}, [("NO-ACCOUNT", ERROR, "/0"), ("SERVER-ORPHAN", WARNING, "/1/0")]),
        (
            {"Security": [security(None)], "Server": [server()]},
            [("SSID-MISSING", WARNING, "/0/0/10"), ("SERVER-ORPHAN", WARNING, "/1/0")],
        ),
        ({"Security": [security(5)]}, [("SERVER-MISSING", ERROR, "/0/0/10")]),
        (
            {"Security": [security(), security()], "Server": [server()], 2: [{}]},
            [("SSID-DUPLICATE", ERROR, "/0")],
        ),
        (
            {"Security": [security()], "Server": [server(), server()]},
            [("SSID-DUPLICATE", ERROR, "/1/1/0")],
        ),
        (
            {"Security": [security(5, bootstrap=True)], "Server": {3: server(5)}},
            [("BOOTSTRAP-SERVER-INSTANCE", WARNING, "/1/3")],
        ),
        (
            {"Security": [security(None, bootstrap=True), security(None, bootstrap=True)]},
            [("BOOTSTRAP-MULTIPLE", ERROR, "/0/1/1")],
        ),
        (
            {"Security": [security(1), security(2)], "Server": [server(1), server(2)]},
            [("ACL-MISSING", INFO, "/2")],
        ),
        (
            {"Security": [security("hex:0000ffff")], "Server": [server()]},
            [("SSID-MISSING", WARNING, "/0/0/10"), ("SERVER-ORPHAN", WARNING, "/1/0")],
        ),
    ],
)
def test_findings(plain: dict[str, Any], expected: list[tuple[str, Severity, str]]) -> None:
    assert codes(plain) == [(f"LWM2M-{code}", level, where) for code, level, where in expected]
    assert all(finding.reference for finding in accounts(plain)[1])


def test_forgotten_sign_byte_is_read_as_it_was_meant() -> None:
    plain = {
        "Security": [security("hex:c8")],
        "Server": [server("hex:00c8", Lifetime="hex:a8c0")],
    }
    (account,), findings = accounts(plain)
    assert findings == []
    assert (account.server_id, account.lifetime) == ("200", 43200)


# The way back.

FULL = Account(
    protocol="lwm2m",
    carrier="lwm2m",
    server_id="300",
    addresses=(
        ServerAddress("coaps://a.example:5684"),
        ServerAddress("coaps://b.example:5684"),
        ServerAddress("+49151", "e164"),
    ),
    credentials=(
        Credential("client", "certificate", "hex:3000", Secret(b"\x30\x01")),
        Credential("server", "certificate", "hex:3002"),
        Credential("client", "oscore", "sender", Secret(b"master")),
        Credential("server", "oscore", "hex:01"),
        Credential("transport", "sms-secure-packet", "hex:010203040506", Secret(bytes(16))),
    ),
    connections=(
        Connection(
            kind="nap",
            id="3",
            name="meters",
            address="m2m.example",
            address_type="apn",
            credentials=(Credential("transport", "pap", "me", Secret(b"pass", opaque=False)),),
            parameters=(("Validity (MCC, MNC)", "1,2"), ("PDN Type", "ipv4")),
        ),
        Connection(kind="nap", id="5", name="spare"),
    ),
    lifetime=43200,
    binding="UT",
)
BOOTSTRAP = Account(
    protocol="lwm2m",
    carrier="lwm2m",
    role="bootstrap",
    addresses=(ServerAddress("coaps://bs.example"),),
    credentials=(Credential("client", "psk", "name", Secret(bytes(16))),),
    source=Source(index=1),
)


def test_accounts_both_ways() -> None:
    document, notes = LWM2M.from_accounts([FULL, BOOTSTRAP])
    assert notes == []
    assert LWM2M.decode(LWM2M.encode(document)).findings == ()
    assert LWM2M.accounts(document) == ([FULL, BOOTSTRAP], [])


@pytest.mark.parametrize("wire", [PSK_FILE])
def test_file_from_its_accounts(wire: bytes) -> None:
    document = LWM2M.decode(wire).document
    assert from_accounts(LWM2M.accounts(document)[0]) == (document, [])


def test_equal_connections_are_written_once() -> None:
    other = replace(FULL, server_id="2", source=Source(index=1))
    document, _ = from_accounts([FULL, other])
    assert [i.id for i in document.instances(11)] == [3, 5]
    assert LWM2M.accounts(document)[0] == [FULL, other]


def test_connections_of_one_id_get_ids_of_their_own() -> None:
    third = replace(FULL.connections[1], id="3")
    named = replace(FULL.connections[1], id="internet", name=None)
    document, _ = from_accounts([replace(FULL, connections=(FULL.connections[0], third, named))])
    assert [i.id for i in document.instances(11)] == [3, 0, 1]
    assert [c.name for c in LWM2M.accounts(document)[0][0].connections] == [
        "meters",
        "spare",
        "internet",
    ]


PLAIN = replace(
    FULL, credentials=FULL.credentials[:1], connections=(), addresses=FULL.addresses[:1]
)


@pytest.mark.parametrize(
    ("account", "code", "level"),
    [
        (replace(PLAIN, protocol="oma-dm"), "NOT-CARRIED", ERROR),
        (replace(PLAIN, server_id="com.example"), "NOT-CARRIED", ERROR),
        (replace(PLAIN, server_id=None), "NOT-CARRIED", ERROR),
        (replace(PLAIN, server_id="65535"), "NOT-CARRIED", ERROR),
        (replace(PLAIN, server_id="²"), "NOT-CARRIED", ERROR),
        (replace(PLAIN, addresses=()), "NOT-CARRIED", ERROR),
        (replace(PLAIN, name="Harbor"), "NOT-CARRIED", WARNING),
        (
            replace(PLAIN, addresses=(ServerAddress("coap://a", ports=(1,)),)),
            "NOT-CARRIED",
            WARNING,
        ),
        (
            replace(PLAIN, addresses=(*PLAIN.addresses, ServerAddress("1.2.3.4", "ipv4"))),
            "NOT-CARRIED",
            WARNING,
        ),
        (
            replace(PLAIN, credentials=(*PLAIN.credentials, Credential("http", "basic", "x"))),
            "NOT-CARRIED",
            WARNING,
        ),
        (
            replace(
                PLAIN, credentials=(replace(PLAIN.credentials[0], nonce=Secret(b"nonce-bytes")),)
            ),
            "NOT-CARRIED",
            WARNING,
        ),
        (
            replace(
                PLAIN,
                credentials=(
                    *PLAIN.credentials,
                    Credential("server", "rpk", "hex:30", Secret(b"x")),
                ),
            ),
            "NOT-CARRIED",
            WARNING,
        ),
        (replace(PLAIN, connections=(Connection("proxy", "p"),)), "NOT-CARRIED", WARNING),
        (
            replace(PLAIN, connections=(Connection("nap", "1", bearers=("GSM",)),)),
            "NOT-CARRIED",
            WARNING,
        ),
        (
            replace(PLAIN, connections=(Connection("nap", "1", parameters=(("Colour", "red"),)),)),
            "NOT-CARRIED",
            WARNING,
        ),
        (
            replace(
                PLAIN,
                connections=(
                    Connection("nap", "1", credentials=(Credential("transport", "md5"),)),
                ),
            ),
            "NOT-CARRIED",
            WARNING,
        ),
        (
            replace(
                PLAIN,
                connections=(
                    Connection("nap", "1", credentials=(Credential("transport", "pap"),) * 2),
                ),
            ),
            "NOT-CARRIED",
            WARNING,
        ),
        (replace(PLAIN, credentials=()), "DEFAULTED", WARNING),
        (replace(PLAIN, lifetime=None), "DEFAULTED", INFO),
        (replace(BOOTSTRAP, lifetime=60), "NOT-CARRIED", WARNING),
        (replace(BOOTSTRAP, server_id="5"), "NOT-CARRIED", WARNING),
    ],
)
def test_what_is_not_carried_is_said(account: Account, code: str, level: Severity) -> None:
    document, notes = from_accounts([account])
    assert [(note.code, note.severity, note.where) for note in notes] == [
        (f"LWM2M-{code}", level, "account 0")
    ]
    assert notes[0].message
    LWM2M.encode(document)


def test_defaults() -> None:
    document, _ = from_accounts([replace(PLAIN, lifetime=None, binding=None)])
    (account,), _ = LWM2M.accounts(document)
    assert (account.lifetime, account.binding) == (86400, "U")


def test_oscore_alone_needs_no_other_mode() -> None:
    only = replace(PLAIN, credentials=FULL.credentials[2:4])
    document, notes = from_accounts([only])
    assert notes == []
    assert LWM2M.accounts(document)[0][0].credentials == (
        Credential("client", "none"),
        *only.credentials,
    )


def test_half_an_oscore_context_is_reported() -> None:
    _, notes = from_accounts([replace(PLAIN, credentials=FULL.credentials[3:4])])
    assert [note.severity for note in notes] == [Severity.ERROR]


@pytest.mark.parametrize(
    ("account", "message"),
    [
        (replace(PLAIN, lifetime=-1), "Lifetime"),
        (replace(PLAIN, credentials=(Credential("client", "rpk", "hex:3"),)), "client credentials"),
        (replace(PLAIN, addresses=(ServerAddress("coap://" + "a" * 300),)), "Server URI"),
    ],
)
def test_values_that_do_not_fit(account: Account, message: str) -> None:
    with pytest.raises(EncodeError, match=message):
        from_accounts([account])


def test_no_accounts_give_an_empty_document() -> None:
    assert from_accounts([]) == (Document(), [])
