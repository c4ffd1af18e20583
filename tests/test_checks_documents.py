"""The rules on documents: each with a document that has the fault, and one that nearly has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartboot.checks import Subject, SubjectKind, check, profile_subject
from smartboot.checks.accounts import fits, parse_uri
from smartboot.checks.rules.documents import RULES
from smartboot.formats.oma_dm import DmDocument, Tnds
from smartboot.image import CardImage
from smartboot.model import Finding, Severity
from smartboot.profiles.load import load_profile
from smartboot.profiles.shipped import shipped_profiles
from tests.support.cards import LWM2M_160, profile_card, with_file
from tests.support.check_documents import (
    ACCOUNT,
    OTHER_PSK,
    SECURITY,
    SERVER,
    account,
    array,
    assert_tells,
    codes,
    found,
    message,
    objects,
    provisioning,
    together,
    tree,
    wired,
    with_security,
    with_server,
)
from tests.support.checked import report_of
from tests.support.checked_cards import Plain, edited, sound

SOUND = {
    "client provisioning": provisioning(),
    "DM 1.2": message([account()]),
    "DM 2.0": array(),
    "LwM2M": objects(),
}

# What every sound document of its format gives, because nothing can be done about it.
USUAL = {"SEC-MD5", "DM-NO-CONNECTION"}


def all_findings(subject: Subject) -> tuple[Finding, ...]:
    return check(subject).findings


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_document_gives_nothing(name: str) -> None:
    assert set(codes(SOUND[name])) <= USUAL


def auth(**changes: Any) -> dict[str, Any]:
    """AppAuth with a changed first set."""
    sets = ACCOUNT["AppAuth"]
    first = {k: v for k, v in (sets["1"] | changes).items() if v is not None}
    return {"AppAuth": {"1": first, "2": sets["2"]}}


def address(addr: str, **more: Any) -> dict[str, Any]:
    return {"AppAddr": {"1": {"Addr": addr, **more}}}


def second(**changes: Any) -> list[dict[int, Any]]:
    """Two Security instances, the second changed."""
    changed = SECURITY | {10: 301, 0: "coaps://two.pier.fleet", 5: OTHER_PSK}
    return [SECURITY, changed | {int(k[1:]): v for k, v in changes.items()}]


SERVERS = [SERVER, SERVER | {0: 301}]
BOOT = SECURITY | {1: True, 10: None, 0: "coaps://bs.pier.fleet", 5: OTHER_PSK}

PHYSICAL = """<characteristic type="PXLOGICAL">
  <parm name="PROXY-ID" value="px1"/><parm name="NAME" value="Lock"/>
  <characteristic type="PXPHYSICAL">
    <parm name="PHYSICAL-PROXY-ID" value="p1"/>
    <parm name="PXADDR" value="10.0.0.1"/><parm name="TO-NAPID" value="nap1"/>
  </characteristic>
</characteristic>
"""
NAP2 = """<characteristic type="NAPDEF">
  <parm name="NAPID" value="nap2"/><parm name="NAME" value="Quay"/>
  <parm name="NAP-ADDRESS" value="iot.quay"/><parm name="NAP-ADDRTYPE" value="APN"/>
</characteristic>
"""
APP = '<characteristic type="APPLICATION">'
TO_NAP = '<parm name="TO-NAPID" value="nap1"/>'
ADDR = '<parm name="ADDR" value="https://dm.pier.fleet/dm"/>'
APN_TYPE = '<parm name="NAP-ADDRTYPE" value="APN"/>'
CLIENT_SET = '<characteristic type="APPAUTH">\n      <parm name="AAUTHLEVEL" value="APPSRV"/>'
VALID = '<characteristic type="VALIDITY"><parm name="COUNTRY" value="{}"/>{}</characteristic>'
TRUST = '<characteristic type="BOOTSTRAP"><parm name="PROXY-ID" value="{}"/></characteristic>'
NETWORK = '<parm name="NETWORK" value="{}"/>'


def before(place: str, text: str) -> tuple[str, str]:
    return place, text + place


def after(place: str, text: str) -> tuple[str, str]:
    return place, place + text


def port(number: str) -> tuple[str, str]:
    inner = f'<characteristic type="PORT"><parm name="PORTNBR" value="{number}"/></characteristic>'
    return after(ADDR, inner)


def uri(text: str) -> tuple[str, str]:
    return "https://dm.pier.fleet/dm", text


EMPTY = Subject(SubjectKind.CARD, "nothing")
LOCKED = Subject(SubjectKind.CARD, "locked", locked=("PIN1",))
W2 = provisioning(('"w7"', '"w2"'))

CASES: list[tuple[str, Subject, Subject]] = [
    ("BOOT-NO-ACCOUNT", EMPTY, LOCKED),
    ("BOOT-NO-ACCOUNT", W2, provisioning()),
    ("ACC-SERVER-CONFLICT", together(message([account()]), provisioning(("kV3-", "kV4-"))),
     together(message([account()]), provisioning())),
    ("ACC-SERVER-CONFLICT", together(message([account()]), provisioning(uri("https://b.fleet"))),
     together(message([account()]), array(SrvURI="https://b.fleet"))),
    ("ACC-SERVER-CONFLICT", together(objects(), with_security(r5=OTHER_PSK)),
     together(objects(), objects())),
    ("ACC-URI-MALFORMED", provisioning(uri("https:///dm")), provisioning(uri("https://h/dm"))),
    ("ACC-URI-MALFORMED", message([account(**address("https://pier.fleet:70000"))]),
     message([account(**address("https://pier.fleet:65535"))])),
    ("ACC-URI-MALFORMED", with_security(r0="coaps://pier fleet"),
     with_security(r0="coaps://[2a00:1450::1]:5684")),
    ("ACC-URI-NO-SCHEME", provisioning(uri("dm.pier.fleet:443")), provisioning()),
    ("ACC-URI-NO-SCHEME", provisioning(uri("dm.pier.fleet")), with_security(r0="dm.pier.fleet")),
    ("ACC-URI-SCHEME", provisioning(uri("ftp://dm.pier.fleet")),
     provisioning(uri("HTTP://dm.pier.fleet"))),
    ("ACC-URI-SCHEME", with_security(r0="udp://pier.fleet"),
     with_security(r0="coaps+tcp://pier.fleet")),
    ("ACC-PLACEHOLDER", provisioning(uri("https://dm.example.com/dm")),
     provisioning(uri("https://dm.example.com.fleet/dm"))),
    ("ACC-PLACEHOLDER", with_security(r0="coaps://192.0.2.7"),
     with_security(r0="coaps://192.0.3.7")),
    ("ACC-LOOPBACK", with_security(r0="coaps://127.0.0.1:5684"),
     with_security(r0="coaps://10.0.0.1:5684")),
    ("ACC-LOOPBACK", array(SrvURI="https://localhost/dm"), array(SrvURI="https://local.fleet/")),
    ("ACC-ADDRESS-FORM", message([account(**address("pier.fleet", AddrType="IPv4"))]),
     message([account(**address("10.1.2.3", AddrType="IPv4"))])),
    ("ACC-ADDRESS-FORM", with_security(r9="sms:pier"), with_security(r9="+4915550100")),
    ("ACC-PORT-CONFLICT", provisioning(uri("https://dm.pier.fleet:8443/dm"),
     ('fleet:8443/dm"/>', 'fleet:8443/dm"/>' + port("443")[1].removeprefix(ADDR))),
     provisioning(port("443"))),
    ("ACC-NO-CREDENTIALS", array(Auth=None), array()),
    ("ACC-NO-CREDENTIALS", provisioning((CLIENT_SET, CLIENT_SET.replace("APPSRV", "CLIENT"))),
     provisioning((CLIENT_SET, CLIENT_SET.replace("APPSRV", "OBEX").replace(
         "/>", '/><parm name="AAUTHTYPE" value="HTTP-BASIC"/>')))),
    ("ACC-CREDENTIAL-INCOMPLETE", message([account(**auth(AAuthSecret=None))]),
     message([account(**auth(AAuthType="X509", AAuthSecret=None))])),
    ("ACC-CREDENTIAL-INCOMPLETE", message([account(**auth(AAuthName=None))]),
     message([account(AppAuth={**ACCOUNT["AppAuth"],
                               "2": {k: v for k, v in ACCOUNT["AppAuth"]["2"].items()
                                     if k != "AAuthName"}})])),
    ("ACC-NO-SERVER-CREDENTIALS",
     message([account(AppAuth={"1": ACCOUNT["AppAuth"]["1"]}, **address("http://pier.fleet"))]),
     message([account(AppAuth={"1": ACCOUNT["AppAuth"]["1"]})])),
    ("ACC-AUTH-TWICE",
     message([account(AppAuth={**ACCOUNT["AppAuth"], "3": ACCOUNT["AppAuth"]["1"]})]),
     message([account(AppAuth={**ACCOUNT["AppAuth"],
                               "3": ACCOUNT["AppAuth"]["1"] | {"AAuthType": "DIGEST"}})])),
    ("CP-NO-ACCOUNT", W2, provisioning()),
    ("CP-NAP-ADDRTYPE", provisioning((APN_TYPE, "")), provisioning((APN_TYPE, ""),
     ('<parm name="BEARER" value="GSM-GPRS"/>', ""), ("iot.pier", "+4915550100"))),
    ("CP-ADDRESS-FORM", provisioning((APN_TYPE, ""), ("GSM-GPRS", "GSM-CSD")),
     provisioning((APN_TYPE, ""), ("GSM-GPRS", "GSM-CSD"), ("iot.pier", "015550100"))),
    ("CP-ADDRESS-FORM", provisioning(before(APP, PHYSICAL.replace("10.0.0.1", "px.pier"))),
     provisioning(before(APP, PHYSICAL))),
    ("CP-BOOTSTRAP-PROXY", provisioning(before(APP, PHYSICAL), before(APP, TRUST.format("px"))),
     provisioning(before(APP, PHYSICAL), before(APP, TRUST.format("px1")))),
    ("CP-UNUSED", provisioning(before(APP, PHYSICAL)),
     provisioning(after('value="pier"/>', '<parm name="TO-PROXY" value="px1"/>'),
                  before(APP, PHYSICAL))),
    ("CP-UNUSED", provisioning(before(APP, NAP2)),
     provisioning(before(APP, NAP2.replace('<parm name="NAPID"',
                                           '<parm name="INTERNET"/><parm name="NAPID"')))),
    ("CP-W7-NO-CONNECTION", provisioning((TO_NAP, ""), before(APP, NAP2)),
     provisioning((TO_NAP, ""))),
    ("CP-W7-ADDRESS-SEVERAL", provisioning(before(
        CLIENT_SET, '<characteristic type="APPADDR"><parm name="ADDR" value="https://b.fleet"/>'
        "</characteristic>")), provisioning()),
    ("CP-W7-AUTHTYPE-UNKNOWN", provisioning(('"HMAC"', '"HTTP-BASIC"')),
     provisioning(('"HMAC"', '"DIGEST,MD5"'))),
    ("CP-PORT-ZERO", provisioning(port("0")), provisioning(port("10"))),
    ("CP-VALIDITY", provisioning(after(APN_TYPE, VALID.format("DE", ""))),
     provisioning(after(APN_TYPE, VALID.format("262", NETWORK.format("01,02"))))),
    ("CP-VALIDITY", provisioning(after(APN_TYPE, VALID.format("262", NETWORK.format("1")))),
     provisioning(after(APN_TYPE, VALID.format("", "")))),
    ("DM-AUTHPREF-UNMATCHED", message([account(AAuthPref="DIGEST")]),
     message([account(**auth(AAuthType="DIGEST,MD5"), AAuthPref="DIGEST")])),
    ("DM-TNDS-SERVERS", message([account(), account("Quay", ServerID="quay")]),
     message([account()], [account("Quay", ServerID="quay")])),
    ("DM-ACL-FOREIGN", message([account(acl="Get=pier+peer")]),
     message([account(acl="Get=*+pier")])),
    ("DM-ACL-SELF", message([account(acl="Get=peer")]), message([account(acl="Get=*")])),
    ("DM-DEVICE-NODES", message([account()], [tree("Info", {"DevId": "x"},
                                                   moid="urn:oma:mo:oma-dm-devinfo:1.0")]),
     message([account()], [tree("Info", {"DevId": "x"}, moid="urn:oma:mo:oma-fumo:1.0")])),
    ("DM-PERM-FORM", array(Perm={"1": {"MOID": "fumo"}}),
     array(Perm={"1": {"MOID": "org.openmobilealliance/1.0/fumo"}})),
    ("LWM2M-URI-DUPLICATE", objects(second(r0="coaps://lwm2m.pier.fleet:5684/"), SERVERS),
     objects(second(), SERVERS)),
    ("LWM2M-LIFETIME", with_server(r1=0), with_server(r1=60)),
    ("LWM2M-LIFETIME", with_server(r1=59), with_server(r1=366 * 86_400)),
    ("LWM2M-LIFETIME", with_server(r1=366 * 86_400 + 1), with_server(r1=2_592_000)),
    ("LWM2M-PERIODS", with_server(r2=60, r3=30), with_server(r2=60, r3=0)),
    ("LWM2M-BINDING", with_server(r7="UX"), with_server(r7="UT")),
    ("LWM2M-BINDING", with_server(r7="UQUQ"), with_server(r7="UQ")),
    ("LWM2M-BINDING-QUEUE", with_server(r7="UQ", r13=0), with_server(r7="UQ")),
    ("LWM2M-BINDING-URI", with_security(r0="coaps+tcp://pier.fleet"), with_server(r7="N")),
    ("LWM2M-BINDING-URI", with_server(r7="T"), with_server(r7="TU")),
    ("LWM2M-BINDING-SMS", with_server(r7="US"),
     objects([SECURITY | {9: "+4915550100"}], [SERVER | {7: "US"}])),
    ("LWM2M-PREFERRED-TRANSPORT", with_server(r22="T"), with_server(r7="UT", r22="T")),
    ("LWM2M-BOOTSTRAP-ONLY", with_security(r11=30), with_security(r11=0)),
    ("LWM2M-BOOTSTRAP-ONLY", with_security(r12=30), objects([BOOT | {11: 30, 12: 30}], ())),
    ("LWM2M-HOLD-OFF", objects([BOOT | {11: 86_401}], ()), objects([BOOT | {11: 86_400}], ())),
    ("LWM2M-ACL-SERVER", objects(o2=[{0: 3, 1: 0, 2: {301: 1}, 3: 300}]),
     objects(o2=[{0: 3, 1: 0, 2: {300: 1, 0: 1}, 3: 65535}])),
    ("LWM2M-ACL-SERVER", objects(o2=[{0: 3, 1: 0, 2: {0: 1}, 3: 301}]),
     objects(o2=[{0: 3, 1: 0, 2: {0: 1}, 3: 300}])),
    ("LWM2M-MATCHING-LENGTH", with_security(r2=2, r4=bytes(20), r13=1),
     with_security(r2=2, r4=bytes(32), r13=1)),
]  # fmt: skip  # a table reads better than four hundred lines of brackets


@pytest.mark.parametrize(
    ("code", "faulty", "sound"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)]
)
def test_rule(code: str, faulty: Subject, sound: Subject) -> None:
    assert_tells(code, faulty, sound)


def test_every_rule_has_a_case() -> None:
    assert {rule.code for rule in RULES} == {code for code, _, _ in CASES}


# -- closer looks ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "scheme", "host", "port"),
    [
        ("https://dm.pier.fleet/dm", "https", "dm.pier.fleet", None),
        ("COAPS://Pier.Fleet:5684", "coaps", "pier.fleet", 5684),
        ("coaps+tcp://[2A00:1450::1]:5684/x", "coaps+tcp", "2a00:1450::1", 5684),
        ("coap://[fe80::1%25eth0]", "coap", "fe80::1%25eth0", None),
        ("http://user@pier.fleet:80", "http", "pier.fleet", 80),
        ("https://b\u00fccher.fleet/", "https", "b\u00fccher.fleet", None),
        ("sms:+4915550100", "sms", "", None),
        ("dm.pier.fleet:443/dm", "", "", None),
        ("localhost:443", "", "", None),
        ("dm.pier.fleet", "", "", None),
        ("", "", "", None),
    ],
)
def test_addresses_are_taken_apart(text: str, scheme: str, host: str, port: int | None) -> None:
    uri = parse_uri(text)
    assert (uri.scheme, uri.host, uri.port, uri.fault) == (scheme, host, port, "")


@pytest.mark.parametrize(
    "text",
    [
        "https://dm pier",
        "https://dm.pier.fleet/\x00",
        "https://",
        "https:///dm",
        "https://:443",
        "https:pier.fleet",
        "coaps://[2a00::1",
        "coaps://[pier]",
        "coaps://pier_%.fleet|x",
        "coaps://pier.fleet:0",
        "coaps://pier.fleet:65536",
        "coaps://pier.fleet:5684x",
        "coaps://pier.fleet:\u0665",
    ],
)
def test_addresses_that_are_none(text: str) -> None:
    assert parse_uri(text).fault


def test_a_password_in_an_address_is_noticed_and_not_shown() -> None:
    uri = parse_uri("https://crane:pw-4471@pier.fleet:99999/")
    assert uri.userinfo
    assert uri.password
    assert uri.fault
    subject = provisioning(("https://dm.pier.fleet/dm", "https://crane:pw-4471@pier.fleet/"))
    assert "SEC-URI-PASSWORD" in codes(subject)
    assert not any("pw-4471" in finding.message for finding in all_findings(subject))


@pytest.mark.parametrize(
    ("address", "kind", "expected"),
    [
        ("10.0.0.1", "ipv4", True),
        ("010.000.000.001", "ipv4", True),
        ("10.0.0.256", "ipv4", False),
        ("10.0.0", "ipv4", False),
        ("2a00::1", "ipv6", True),
        ("2a00::g", "ipv6", False),
        ("*99#", "e164", True),
        ("pier", "e164", False),
        ("anything", "alpha", True),
    ],
)
def test_forms_of_addresses(address: str, kind: str, expected: bool) -> None:
    assert fits(address, kind) is expected


def test_one_machine_may_be_bootstrap_server_and_server() -> None:
    subject = objects([BOOT | {0: SECURITY[0]}, SECURITY])
    (hit,) = found(subject, "LWM2M-URI-DUPLICATE")
    assert hit.severity is Severity.INFO


def test_a_long_lifetime_is_only_worth_a_word() -> None:
    (hit,) = found(with_server(r1=2**31 - 1), "LWM2M-LIFETIME")
    assert hit.severity is Severity.INFO


def test_a_configuration_document_needs_no_account() -> None:
    document = replace(W2.documents[0], oid="2.23.43.5.2")
    assert "CP-NO-ACCOUNT" not in codes(replace(W2, documents=(document,)))


def test_no_account_is_said_once() -> None:
    bare = objects(())
    assert "LWM2M-NO-ACCOUNT" in codes(bare)
    assert "BOOT-NO-ACCOUNT" not in codes(bare)


def test_a_bare_tnds_with_two_accounts() -> None:
    body = Tnds((account(), account("Quay", ServerID="quay")))
    assert "DM-TNDS-SERVERS" in codes(wired("oma-dm", DmDocument.of(body)))


def test_nodes_put_below_devinfo_by_their_place() -> None:
    subject = message([account()], [tree("DevId", {"x": "y"})], target="./DevInfo")
    assert "DM-DEVICE-NODES" in codes(subject)


def without_application(plain: Plain) -> None:
    plain["files"] = [file for file in plain["files"] if file["fid"] != "7F50"]


CARDS = {
    "blank file": lambda: with_file(sound(), "7F50/6432", data="FF" * 160),
    "zeros": lambda: with_file(sound(), "7F50/6432", data="00" * 160),
    "count 0": lambda: with_file(sound(), "7F50/6432", data="0000" + LWM2M_160.hex()[4:]),
    "no objects in the directory": lambda: with_file(blank(), "7F50/6430", data="FF" * 10),
    "empty EF(ODF)": lambda: with_file(blank(), "7F50/5031", data="FF" * 10),
    "no application": lambda: edited(sound(), without_application),
    "only access points": lambda: profile_card([("oma-cp", 0x6411, NAP_ONLY, 128)]),
}
NAP_ONLY = bytes.fromhex(
    "030b6a00c54601c65501871106036e6170310001871006ab0187080603646d2e6578616d706c65000187090689010101"
)


def blank() -> CardImage:
    """A card whose document is blank too, so that the usual file id leads to nothing."""
    return with_file(sound(), "7F50/6432", data="FF" * 160)


@pytest.mark.parametrize("make", CARDS.values(), ids=CARDS.keys())
def test_a_card_without_an_account_has_an_error(make: Callable[[], CardImage]) -> None:
    report = report_of(make())
    assert [f.severity for f in report.findings if f.code == "BOOT-NO-ACCOUNT"] == [Severity.ERROR]


def test_a_card_that_needs_a_pin_may_hold_an_account() -> None:
    report = report_of(profile_card([("lwm2m", 0x6432, LWM2M_160, 160)], read="pin1"))
    assert "BOOT-NO-ACCOUNT" not in {finding.code for finding in report.findings}
    assert report.errors


@pytest.mark.parametrize("path", shipped_profiles(), ids=lambda path: path.stem)
def test_shipped_profiles_have_no_errors(path: Path) -> None:
    report = check(profile_subject(load_profile(path, examples=True)))
    assert report.errors == 0
    warnings = {f.code for f in report.findings if f.severity is Severity.WARNING}
    # Their keys are examples, and one shows what an old card looks like.
    assert warnings <= {"SEC-KEY-EXAMPLE", "SEC-BASIC-CLEAR"}
