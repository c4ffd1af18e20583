"""DM accounts in DM 1.x trees: typed objects, connections, findings."""

from __future__ import annotations

import base64

import pytest

from smartboot.formats.oma_dm import (
    OMA_DM,
    Address,
    AppAuth,
    Command,
    DmAcc,
    DmDocument,
    Endpoint,
    Header,
    Item,
    Message,
    Meta,
    Node,
    Tnds,
    from_accounts,
    leaf,
    node,
)
from smartboot.formats.oma_dm.accounts import dm_accounts
from smartboot.formats.oma_dm.notes import Notes
from smartboot.model import (
    Account,
    Connection,
    Credential,
    Secret,
    ServerAddress,
    Severity,
    Source,
)
from tests.support.oma_dm import FULL

TNDS = "application/vnd.syncml.dmtnds+wbxml"
DMACC = "urn:oma:mo:oma-dm-dmacc:1.0"
NAP = "urn:oma:mo:oma-connmo-nap:1.0"
ADDR = node("AppAddr", node("1", leaf("Addr", "https://dm.example.com")))
AUTH = node("AppAuth", node("1", leaf("AAuthLevel", "CLCRED"), leaf("AAuthType", "BASIC")))
SOUND = (leaf("AppID", "w7"), leaf("ServerID", "s"), ADDR, AUTH)


def acc(*children: Node, name: str = "X", moid: str = DMACC) -> Node:
    return node(name, *children, ddf_name=moid)


def read(*nodes: Node) -> tuple[list[Account], list[str]]:
    found, findings = OMA_DM.accounts(DmDocument.of(Tnds(nodes)))
    return found, [f"{finding.code} {finding.where}" for finding in findings]


def nap(name: str, *children: Node, moid: str = NAP) -> Node:
    return node(name, *children, ddf_name=moid)


def test_the_full_vector():
    accounts, findings = OMA_DM.accounts(OMA_DM.decode(FULL).document)
    assert findings == []
    assert accounts == [
        Account(
            protocol="oma-dm",
            carrier="dm-1",
            role="management",
            server_id="dm.example.com",
            name="Example DM",
            addresses=(ServerAddress("https://dm.example.com/mgmt", "uri", (443,)),),
            credentials=(
                Credential(
                    *("client", "digest", "device1"),
                    Secret("client-secret", opaque=False),
                    Secret(b"1234567890abcdef"),
                ),
                Credential(
                    *("server", "digest", "dm.example.com"),
                    Secret("server-secret", opaque=False),
                    Secret(b"fedcba0987654321"),
                ),
            ),
            connections=(
                Connection("nap", "ExampleNAP", "Example APN", "internet.example.com", "apn"),
            ),
            source=Source(index=0),
        )
    ]


def test_typed_object_both_ways():
    document = OMA_DM.decode(FULL).document
    ((typed, place),) = dm_accounts(document.body, Notes())
    assert typed.server_id == "dm.example.com"
    assert typed.pref_con_ref == "./Inbox/ExampleNAP"
    assert typed.auth_pref == "DIGEST"
    assert typed.addresses == (Address("https://dm.example.com/mgmt", "URI", ("443",)),)
    assert typed.auth[1] == AppAuth(
        *("SRVCRED", "DIGEST", "dm.example.com", "server-secret", b"fedcba0987654321", "2")
    )
    assert typed.to_node() == place.node
    assert "server-secret" not in repr(typed)


def test_vendor_nodes_are_kept():
    ext = node("Ext", node("Vendor", leaf("Role", "4", "int")))
    typed = DmAcc.from_node(acc(*SOUND, ext), "./X", Notes())
    assert typed.extra == (ext,)
    assert typed.to_node() == acc(*SOUND, ext)


@pytest.mark.parametrize(
    ("moid", "codes"),
    [
        (DMACC, []),
        ("urn:oma:mo:oma-dm-dmacc:1.1", []),
        ("urn:oma:mo:oma-dm-dmacc:1.7", ["DM-ACC-TYPE ./Inbox/X"]),
        ("org.openmobilealliance/1.0/w7", ["DM-ACC-OLD-TYPE ./Inbox/X"]),
        ("", ["DM-ACC-TYPE ./Inbox/X"]),
    ],
)
def test_types_of_the_object(moid, codes):
    accounts, findings = read(acc(*SOUND, moid=moid))
    assert [account.server_id for account in accounts] == ["s"]
    assert findings == [*codes, "DM-NO-CONNECTION "]


@pytest.mark.parametrize(
    ("children", "finding"),
    [
        (SOUND[1:], "DM-ACC-APPID ./Inbox/X/AppID"),
        ((leaf("AppID", "w5"), *SOUND[1:]), "DM-ACC-APPID ./Inbox/X/AppID"),
        ((SOUND[0], *SOUND[2:]), "DM-ACC-NO-SERVERID ./Inbox/X/ServerID"),
        ((SOUND[0], leaf("ServerID", ""), *SOUND[2:]), "DM-ACC-NO-SERVERID ./Inbox/X/ServerID"),
        ((SOUND[0], leaf("ServerID", b"\xff"), ADDR), "DM-ACC-VALUE ./Inbox/X/ServerID"),
        ((*SOUND[:2], AUTH), "DM-ACC-NO-ADDR ./Inbox/X/AppAddr"),
        ((*SOUND[:2], node("AppAddr", node("7")), AUTH), "DM-ACC-NO-ADDR ./Inbox/X/AppAddr/7/Addr"),
        (SOUND[:3], "DM-ACC-NO-AUTH ./Inbox/X/AppAuth"),
        ((*SOUND, leaf("AAuthPref", "MAGIC")), "DM-ACC-AUTHPREF ./Inbox/X/AAuthPref"),
        ((*SOUND, leaf("ToConRef", "./x")), "DM-ACC-TOCONREF ./Inbox/X/ToConRef"),
        ((*SOUND, node("ToConRef", node("1"))), "DM-ACC-CONREF ./Inbox/X/ToConRef/1/ConRef"),
        ((*SOUND, leaf("PrefConRef", "./Inbox/no")), "DM-CONREF ./Inbox/X/PrefConRef"),
        ((*SOUND, leaf("PrefConRef", "Internet")), "DM-CONREF ./Inbox/X/PrefConRef"),
    ],
)
def test_what_is_wrong_names_the_node(children, finding):
    accounts, findings = read(acc(*children))
    assert finding in findings
    assert len(accounts) == 1


def address(*children: Node) -> tuple[Node, ...]:
    return (*SOUND[:2], node("AppAddr", node("1", leaf("Addr", "a"), *children)), AUTH)


def port(number: str) -> Node:
    return node("Port", node("1", leaf("PortNbr", number)))


@pytest.mark.parametrize("number", ["", "-1", "65536", "99999999", "http", "\u0661", "4 3"])
def test_bad_ports(number):
    accounts, findings = read(acc(*address(port(number))))
    assert "DM-ACC-PORT ./Inbox/X/AppAddr/1/Port/1/PortNbr" in findings
    assert all(port < 100_000 for port in accounts[0].addresses[0].ports)


@pytest.mark.parametrize(
    ("kind", "model", "odd"),
    [("URI", "uri", False), ("IPv4", "ipv4", False), ("IPv6", "ipv6", False), ("X", "x", True)],
)
def test_address_types(kind, model, odd):
    accounts, findings = read(acc(*address(leaf("AddrType", kind), port("80"))))
    assert accounts[0].addresses == (ServerAddress("a", model, (80,)),)
    assert ("DM-ACC-ADDRTYPE ./Inbox/X/AppAddr/1/AddrType" in findings) is odd


def auth(*children: Node) -> tuple[Node, ...]:
    return (*SOUND[:3], node("AppAuth", node("1", *children)))


@pytest.mark.parametrize(
    ("level", "kind", "model", "code"),
    [
        ("CLCRED", "DIGEST", ("client", "digest"), None),
        ("SRVCRED", "HMAC", ("server", "hmac"), None),
        ("CLCRED", "DIGEST,MD5", ("client", "digest"), None),
        ("CLCRED", "TRANSPORT", ("client", "transport"), None),
        ("HTTP", "HTTP-BASIC", ("http", "http-basic"), None),
        ("OBEX", "TRANSPORT", ("obex", "transport"), None),
        ("HTTP", "DIGEST", ("http", "digest"), "DM-ACC-AUTHTYPE"),
        ("CLCRED", "HTTP-BASIC", ("client", "http-basic"), "DM-ACC-AUTHTYPE"),
        ("CLCRED", "MAGIC", ("client", "magic"), "DM-ACC-AUTHTYPE"),
        ("SERVER", "BASIC", ("server", "basic"), "DM-ACC-AUTHLEVEL"),
        (None, "BASIC", ("client", "basic"), "DM-ACC-AUTHLEVEL"),
        ("CLCRED", None, ("client", "unspecified"), "DM-ACC-AUTHTYPE"),
    ],
)
def test_levels_and_types(level, kind, model, code):
    leaves = [leaf(n, v) for n, v in (("AAuthLevel", level), ("AAuthType", kind)) if v]
    accounts, findings = read(acc(*auth(*leaves)))
    (credential,) = accounts[0].credentials
    assert (credential.level, credential.type) == model
    assert [f.partition(" ")[0] for f in findings] == [
        *([code] if code else []),
        "DM-NO-CONNECTION",
    ]


@pytest.mark.parametrize(
    ("data", "nonce", "code"),
    [
        (leaf("AAuthData", b"\x00\x01"), b"\x00\x01", None),
        (leaf("AAuthData", "AAE=", "b64"), b"\x00\x01", None),
        (leaf("AAuthData", "A A\nE=", "b64"), b"\x00\x01", None),
        (leaf("AAuthData", "AAE", "b64"), b"AAE", "DM-ACC-AUTHDATA"),
        (leaf("AAuthData", "text"), b"text", "DM-ACC-AUTHDATA"),
    ],
)
def test_nonces(data, nonce, code):
    leaves = (leaf("AAuthLevel", "CLCRED"), leaf("AAuthType", "DIGEST"), data)
    accounts, findings = read(acc(*auth(*leaves)))
    held = accounts[0].credentials[0].nonce
    assert held is not None
    assert held.reveal_bytes() == nonce
    assert (f"{code} ./Inbox/X/AppAuth/1/AAuthData" in findings) is (code is not None)


def test_two_servers_in_one_message():
    items = [
        Item(
            Endpoint("./Inbox"),
            Meta("bin", TNDS),
            Tnds(
                (
                    acc(leaf("AppID", "w7"), leaf("ServerID", f"s{n}"), ADDR, AUTH,
                        leaf("PrefConRef", "./Inbox/N")),
                    nap("N", leaf("NAPID", f"nap{n}"), leaf("Addr", f"apn{n}")),
                )
            ),
        )
        for n in (1, 2)
    ]  # fmt: skip
    document = DmDocument.of(Message(Header(), (Command("Add", "1", tuple(items)),)))
    accounts, findings = OMA_DM.accounts(OMA_DM.decode(OMA_DM.encode(document)).document)
    assert findings == []
    assert [account.server_id for account in accounts] == ["s1", "s2"]
    assert [account.source.index for account in accounts] == [0, 1]
    # The same reference means the object of the same TNDS document.
    assert [account.connections[0].address for account in accounts] == ["apn1", "apn2"]


def test_two_servers_with_one_id_are_reported():
    _, findings = read(acc(*SOUND), acc(*SOUND, name="Y"))
    assert "DM-ACC-DUPLICATE ./Inbox/Y" in findings


def test_account_below_other_nodes_and_by_plain_adds():
    items = tuple(
        Item(Endpoint(f"./DMAcc/X/{path}"), Meta("chr", "text/plain"), value)
        for path, value in (
            ("AppID", "w7"),
            ("ServerID", "s"),
            ("AppAddr/1/Addr", "https://dm.example.com"),
        )
    )
    document = DmDocument.of(Message(Header(), (Command("Add", "1", items),)))
    accounts, findings = OMA_DM.accounts(document)
    assert [(a.server_id, a.addresses[0].uri) for a in accounts] == [
        ("s", "https://dm.example.com")
    ]
    assert findings[0].where == "./DMAcc/X"
    nested = node("SyncML", node("DMAcc", acc(*SOUND)))
    assert [account.server_id for account in read(nested)[0]] == ["s"]


def test_document_without_an_account():
    accounts, findings = OMA_DM.accounts(DmDocument.of(Tnds((node("A"),))))
    assert accounts == []
    assert [(f.code, f.severity) for f in findings] == [("DM-NO-ACCOUNT", Severity.ERROR)]


# -- connections -----------------------------------------------------------------------------------


def connections(*nodes: Node, ref: str = "./Inbox/N") -> tuple[Connection, ...]:
    accounts, _ = read(acc(*SOUND, leaf("PrefConRef", ref)), *nodes)
    return accounts[0].connections


def test_access_point():
    found = connections(
        nap(
            "N",
            leaf("NAPID", "id"),
            leaf("Name", "Net"),
            leaf("Addr", "internet.example.com"),
            leaf("AddrType", "APN"),
            node("Bearer", node("1", leaf("BearerType", "GSM-GPRS"))),
            node(
                "AuthInfo",
                leaf("AuthType", "PAP"),
                leaf("AuthName", "user"),
                leaf("AuthSecret", "sesame"),
            ),
            node("IPv4", leaf("AutoConfig", "true", "bool")),
            leaf("Linger", "60", "int"),
        )
    )
    assert found == (
        Connection(
            kind="nap",
            id="id",
            name="Net",
            address="internet.example.com",
            address_type="apn",
            bearers=("GSM-GPRS",),
            credentials=(Credential("transport", "pap", "user", Secret("sesame", opaque=False)),),
            parameters=(("IPv4/AutoConfig", "true"), ("Linger", "60")),
        ),
    )


@pytest.mark.parametrize("ref", ["./Inbox/N", "Inbox/N", ".//Inbox/N/", "N", "id", "./Inbox/id"])
def test_ways_to_refer_to_it(ref):
    found = connections(nap("N", leaf("NapId", "id"), leaf("Addr", "apn")), ref=ref)
    assert [(one.id, one.address) for one in found] == [("id", "apn")]


def test_proxy_and_the_access_point_behind_it():
    found = connections(
        nap("A", leaf("Addr", "apn")),
        node(
            "N",
            leaf("ProxyID", "proxy"),
            leaf("Addr", "192.0.2.1"),
            leaf("AddrType", "IPv4"),
            node("Ports", node("1", leaf("PortNbr", "8080"))),
            node("ToConRef", node("1", leaf("ConRef", "./Inbox/A"))),
            node("AuthInfo", node("1", leaf("AuthType", "HTTP-BASIC"), leaf("AuthName", "u"))),
            ddf_name="urn:oma:mo:oma-connmo-httpproxy:1.0",
        ),
    )
    assert found == (
        Connection(
            *("proxy", "proxy", None, "192.0.2.1", "ipv4", (8080,)),
            credentials=(Credential("http", "http-basic", "u"),),
            via=("A",),
        ),
        Connection("nap", "A", None, "apn"),
    )


def test_references_that_go_round_in_a_circle():
    def proxy(name: str, other: str) -> Node:
        return nap(
            name,
            leaf("Addr", name),
            node("ToConRef", node("1", leaf("ConRef", f"./Inbox/{other}"))),
            moid="urn:oma:mo:oma-connmo-wapproxy:1.0",
        )

    assert [one.id for one in connections(proxy("N", "M"), proxy("M", "N"))] == ["N", "M"]


def test_reference_to_nothing_stays_as_its_name():
    assert connections(ref="Internet") == (Connection("nap", "Internet"),)


def test_several_references():
    to = node("ToConRef", node("1", leaf("ConRef", "./Inbox/N")), node("2", leaf("ConRef", "M")))
    accounts, _ = read(
        acc(*SOUND, leaf("PrefConRef", "./Inbox/N"), to),
        nap("N", leaf("Addr", "n")),
        nap("M", leaf("Addr", "m")),
    )
    assert [one.id for one in accounts[0].connections] == ["N", "M"]


@pytest.mark.parametrize("port", ["", "http", "123456", "²"])
def test_a_port_that_is_no_number_is_reported(port):
    ports = node("Port", node("1", leaf("PortNbr", port)), node("2", leaf("PortNbr", "80")))
    accounts, codes = read(
        acc(*SOUND, leaf("PrefConRef", "./Inbox/N")), nap("N", leaf("Addr", "apn"), ports)
    )
    assert accounts[0].connections[0].ports == (80,)
    assert codes == ["DM-CON-PORT ./Inbox/N/Port/1/PortNbr"]


def test_a_connection_without_an_address_is_reported():
    accounts, codes = read(acc(*SOUND, leaf("PrefConRef", "./Inbox/N")), nap("N"))
    assert accounts[0].connections == (Connection("nap", "N"),)
    assert codes == ["DM-CON-NO-ADDR ./Inbox/N/Addr"]


def test_a_connection_has_a_hundred_parameters_at_most():
    many = [leaf(f"P{n}", str(n)) for n in range(200)]
    (found,) = connections(nap("N", leaf("Addr", "apn"), *many))
    assert found.parameters == tuple((f"P{n}", str(n)) for n in range(100))


def test_an_empty_set_of_credentials_is_none():
    empty = node("AuthInfo", node("1"), node("2", leaf("AuthName", "u")))
    (found,) = connections(nap("N", leaf("Addr", "apn"), empty))
    assert found.credentials == (Credential("transport", "unspecified", "u"),)


def test_a_set_of_credentials_may_hold_more_than_is_known():
    more = node("AppAuth", node("1", leaf("AAuthLevel", "CLCRED"), leaf("AAuthType", "BASIC"),
                                leaf("Vendor", "x")))  # fmt: skip
    _, codes = read(acc(*SOUND[:3], more))
    assert codes == ["DM-ACC-EXTRA ./Inbox/X/AppAuth/1/Vendor", "DM-NO-CONNECTION "]


@pytest.mark.parametrize(
    ("held", "nonce", "code"),
    [
        (leaf("AAuthData", b"\x01\x02"), b"\x01\x02", None),
        (leaf("AAuthData", "AQI=", "b64"), b"\x01\x02", None),
        (Node("AAuthData", (), "text", "bin"), b"text", None),
        (leaf("AAuthData", "text"), b"text", "DM-ACC-AUTHDATA"),
        (leaf("AAuthData", "!!", "b64"), b"!!", "DM-ACC-AUTHDATA"),
    ],
)
def test_nonces_in_every_format(held, nonce, code):
    auth = node("AppAuth", node("1", leaf("AAuthLevel", "CLCRED"), leaf("AAuthType", "DIGEST"),
                                held))  # fmt: skip
    document = Tnds((acc(*SOUND[:3], auth),))
    accounts, findings = OMA_DM.accounts(DmDocument.of(document))
    found = accounts[0].credentials[0].nonce
    assert found is not None
    assert found.reveal_bytes() == nonce
    assert [f.code for f in findings if f.code != "DM-NO-CONNECTION"] == ([code] if code else [])
    # The typed object is written as base64, or as what it was when that could not be understood.
    ((typed, _),) = dm_accounts(document, Notes())
    again = typed.to_node().child("AppAuth").children[0].child("AAuthData")
    assert again.value == ("!!" if nonce == b"!!" else base64.b64encode(nonce).decode())


def test_a_port_without_its_number_is_reported():
    addr = node(
        "AppAddr", node("1", leaf("Addr", "https://dm.example.com"), node("Port", node("1")))
    )
    _, codes = read(acc(*SOUND[:2], addr, AUTH))
    assert codes == ["DM-ACC-PORT ./Inbox/X/AppAddr/1/Port/1", "DM-NO-CONNECTION "]


# -- and back --------------------------------------------------------------------------------------


def test_accounts_of_one_name_get_nodes_of_their_own():
    twice = Account("oma-dm", "dm-1", server_id="s", addresses=(ServerAddress("https://s"),))
    near = Connection("nap", "s", None, "apn")
    document, _ = from_accounts([Account(**{**vars_of(twice), "connections": (near,)})])
    names = [one.name for one in document.body.commands[0].items[0].data.nodes]
    assert names == ["s", "s-2"]


def test_accounts_come_back():
    accounts, _ = OMA_DM.accounts(OMA_DM.decode(FULL).document)
    document, findings = from_accounts(accounts)
    assert findings == []
    again, problems = OMA_DM.accounts(OMA_DM.decode(OMA_DM.encode(document)).document)
    assert problems == []
    assert again == accounts


def rich() -> Account:
    net = Connection(
        "nap", "net", "Net", "internet.example.com", "apn", (), ("GSM-GPRS",),
        (Credential("transport", "chap", "u", Secret("p", opaque=False)),),
        (), (("IPv4/AutoConfig", "true"),),
    )  # fmt: skip
    proxy = Connection("proxy", "px", None, "192.0.2.1", "ipv4", (8080, 8081), via=("net",))
    other = Connection("nap", "other net", None, "apn2", "apn")
    return Account(
        "oma-dm", "dm-1", server_id="srv 1", name="Näme",
        addresses=(
            ServerAddress("192.0.2.7", "ipv4", (80, 443)),
            ServerAddress("2001:db8::1", "ipv6"),
        ),
        credentials=(
            Credential("client", "basic", "u", Secret("p", opaque=False)),
            Credential("http", "http-digest", "h", Secret("q", opaque=False)),
            Credential("obex", "transport"),
        ),
        connections=(proxy, other, net),
    )  # fmt: skip


def test_a_rich_account_comes_back():
    document, findings = from_accounts([rich()])
    # A blank in the server id cannot stand in an ACL.
    assert [(f.code, "ACL" in f.message) for f in findings] == [("DM-CANNOT-CARRY", True)]
    again, problems = OMA_DM.accounts(OMA_DM.decode(OMA_DM.encode(document)).document)
    assert problems == []
    assert again == [rich()]


def test_each_server_gets_its_own_tnds_and_acl():
    accounts = [
        Account("oma-dm", "dm-1", server_id=f"s{n}", addresses=(ServerAddress(f"https://s{n}"),))
        for n in (1, 2)
    ]
    document, findings = from_accounts(accounts)
    assert findings == []
    message = document.body
    assert [command.cmd_id for command in message.commands] == ["1", "2"]
    roots = [command.items[0].data.nodes[0] for command in message.commands]
    assert [root.acl for root in roots] == [
        "Get=s1&Replace=s1&Delete=s1",
        "Get=s2&Replace=s2&Delete=s2",
    ]
    assert OMA_DM.accounts(document)[0] == [
        Account(**{**vars_of(account), "source": Source(index=n)})
        for n, account in enumerate(accounts)
    ]


def vars_of(account: Account) -> dict[str, object]:
    return {name: getattr(account, name) for name in Account.__slots__}


BASE = Account("oma-dm", "dm-1", server_id="s", addresses=(ServerAddress("https://s"),))


@pytest.mark.parametrize(
    ("change", "words", "severity"),
    [
        ({"protocol": "lwm2m"}, "lwm2m", "error"),
        ({"role": "bootstrap"}, "role bootstrap", "error"),
        ({"server_id": None}, "server id", "error"),
        ({"addresses": ()}, "without an address", "error"),
        ({"lifetime": 1}, "lifetime", "warning"),
        ({"binding": "U"}, "binding", "warning"),
        ({"addresses": (*BASE.addresses, ServerAddress("+1", "e164"))}, "e164", "warning"),
        ({"credentials": (Credential("transport", "psk"),)}, "level transport", "error"),
        ({"credentials": (Credential("client", "psk"),)}, "psk", "warning"),
        ({"credentials": (Credential("client", "unspecified"),)}, "without a type", "warning"),
        (
            {"credentials": (Credential("client", "basic", "u", Secret(b"\xff")),)},
            "secret",
            "error",
        ),
        (
            {"credentials": (Credential("client", "basic", "u", Secret(b"a\0b")),)},
            "secret",
            "error",
        ),
        (
            {"credentials": (Credential("client", "odd", "u"),)},
            "authentication type odd",
            "warning",
        ),
        (
            {
                "connections": (
                    Connection(
                        *("nap", "x"),
                        credentials=(Credential("transport", "pap", "u", Secret(b"\xff")),),
                    ),
                )
            },
            "secret that is no text",
            "warning",
        ),
        ({"connections": (Connection("carrier pigeon", "x"),)}, "pigeon", "warning"),
        (
            {"connections": (Connection("nap", "x", parameters=(("INTERNET", ""),)),)},
            "INTERNET",
            "warning",
        ),
        (
            {"connections": (Connection("nap", "x", parameters=(("Aa", "1"), ("Aa/B", "2"))),)},
            "parameter Aa",
            "warning",
        ),
        (
            {
                "connections": (
                    Connection("nap", "x", credentials=(Credential("transport", "pap"),) * 2),
                )
            },
            "further",
            "warning",
        ),
    ],
)
def test_nothing_is_dropped_in_silence(change, words, severity):
    account = Account(**{**vars_of(BASE), **change})
    document, findings = from_accounts([account])
    found = [f for f in findings if words in f.message]
    assert [f.code for f in found] == ["DM-CANNOT-CARRY"]
    assert found[0].severity == severity
    OMA_DM.decode(OMA_DM.encode(document))
