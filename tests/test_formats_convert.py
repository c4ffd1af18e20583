"""Accounts from one format to another: w7 to DMAcc and back, and what each cannot carry."""

from __future__ import annotations

import json

import pytest

from smartboot.errors import EncodeError
from smartboot.formats.client_provisioning import CP
from smartboot.formats.convert import TARGETS, convert
from smartboot.formats.lwm2m import LWM2M
from smartboot.formats.oma_dm import OMA_DM
from smartboot.model import Account, Credential, Secret, ServerAddress, Severity
from tests.support.oma_dm import FULL

W7 = b"""<?xml version="1.0"?>
<wap-provisioningdoc version="1.1">
  <characteristic type="NAPDEF">
    <parm name="NAPID" value="NAP1"/><parm name="NAME" value="Example APN"/>
    <parm name="BEARER" value="GSM-GPRS"/>
    <parm name="NAP-ADDRESS" value="internet.example.com"/>
    <parm name="NAP-ADDRTYPE" value="APN"/>
    <characteristic type="NAPAUTHINFO"><parm name="AUTHTYPE" value="PAP"/>
      <parm name="AUTHNAME" value="user"/><parm name="AUTHSECRET" value="sesame"/>
    </characteristic>
  </characteristic>
  <characteristic type="APPLICATION">
    <parm name="APPID" value="w7"/><parm name="PROVIDER-ID" value="dm.example.com"/>
    <parm name="NAME" value="Example DM"/><parm name="TO-NAPID" value="NAP1"/>
    <characteristic type="APPADDR"><parm name="ADDR" value="https://dm.example.com/mgmt"/>
      <characteristic type="PORT"><parm name="PORTNBR" value="443"/></characteristic>
    </characteristic>
    <characteristic type="APPADDR"><parm name="ADDR" value="192.0.2.1"/>
      <parm name="ADDRTYPE" value="IPV4"/></characteristic>
    <characteristic type="APPAUTH"><parm name="AAUTHLEVEL" value="APPSRV"/>
      <parm name="AAUTHTYPE" value="DIGEST,MD5"/><parm name="AAUTHNAME" value="device1"/>
      <parm name="AAUTHSECRET" value="client-secret"/>
      <parm name="AAUTHDATA" value="MTIzNDU2Nzg5MGFiY2RlZg=="/></characteristic>
    <characteristic type="APPAUTH"><parm name="AAUTHLEVEL" value="CLIENT"/>
      <parm name="AAUTHTYPE" value="HMAC"/><parm name="AAUTHNAME" value="dm.example.com"/>
      <parm name="AAUTHSECRET" value="server-secret"/></characteristic>
    <characteristic type="APPAUTH"><parm name="AAUTHTYPE" value="HTTP-BASIC"/>
      <parm name="AAUTHNAME" value="web"/><parm name="AAUTHSECRET" value="w"/></characteristic>
  </characteristic>
</wap-provisioningdoc>
"""


def w7() -> list[Account]:
    accounts, findings = CP.accounts(CP.from_xml(W7))
    assert findings == []
    return accounts


def same(accounts: list[Account]) -> list[dict[str, object]]:
    """Accounts without what tells the carrier and the form of bytes apart."""
    found = []
    for account in accounts:
        plain = account.to_dict()
        plain.pop("carrier")
        plain["secrets"] = [
            [None if s is None else s.reveal_bytes() for s in (one.secret, one.nonce)]
            for one in (
                *account.credentials,
                *(c for way in account.connections for c in way.credentials),
            )
        ]
        found.append(plain)
    return found


# The mapping table of DM_Bootstrap, w7 to DMAcc 1.0.
MAPPING = {
    "AppID": "w7",
    "ServerID": "dm.example.com",
    "Name": "Example DM",
    "PrefConRef": "./Inbox/NAP1",
    "AppAddr/1/Addr": "https://dm.example.com/mgmt",
    "AppAddr/1/AddrType": "URI",
    "AppAddr/1/Port/1/PortNbr": "443",
    "AppAddr/2/Addr": "192.0.2.1",
    "AppAddr/2/AddrType": "IPv4",
    "AppAuth/1/AAuthLevel": "CLCRED",
    "AppAuth/1/AAuthType": "DIGEST",
    "AppAuth/1/AAuthName": "device1",
    "AppAuth/1/AAuthSecret": "client-secret",
    "AppAuth/1/AAuthData": "MTIzNDU2Nzg5MGFiY2RlZg==",
    "AppAuth/2/AAuthLevel": "SRVCRED",
    "AppAuth/2/AAuthType": "HMAC",
    "AppAuth/2/AAuthName": "dm.example.com",
    "AppAuth/2/AAuthSecret": "server-secret",
    "AppAuth/3/AAuthLevel": "HTTP",
    "AppAuth/3/AAuthType": "HTTP-BASIC",
    "AppAuth/3/AAuthName": "web",
    "AppAuth/3/AAuthSecret": "w",
}


def test_w7_becomes_dmacc_as_the_table_says():
    document, findings = convert(w7(), "dm-1")
    assert findings == []
    root, nap = document.body.commands[0].items[0].data.nodes
    leaves: dict[str, object] = {}

    def collect(node, path):
        for child in node.children:
            collect(child, f"{path}/{child.name}" if path else child.name)
        if not node.children:
            leaves[path] = node.value

    collect(root, "")
    assert leaves == MAPPING
    assert root.ddf_name == "urn:oma:mo:oma-dm-dmacc:1.0"
    assert nap.text("Addr") == "internet.example.com"
    assert nap.get("AuthInfo").text("AuthSecret") == "sesame"


def test_w7_to_dmacc_and_back():
    accounts = w7()
    document, findings = convert(accounts, "dm-1")
    assert findings == []
    read, problems = OMA_DM.accounts(OMA_DM.decode(OMA_DM.encode(document)).document)
    assert problems == []
    assert same(read) == same(accounts)
    back, findings = convert(read, "client-provisioning")
    assert findings == []
    again, problems = CP.accounts(CP.decode(CP.encode(back)).document)
    assert problems == []
    assert same(again) == same(accounts)


def test_dmacc_to_w7():
    accounts, _ = OMA_DM.accounts(OMA_DM.decode(FULL).document)
    document, findings = convert(accounts, "client-provisioning")
    assert findings == []
    assert same(CP.accounts(document)[0]) == same(accounts)


@pytest.mark.parametrize("source", ["w7", "dm-1"])
def test_to_dm_2_says_what_is_lost(source):
    accounts = w7() if source == "w7" else OMA_DM.accounts(OMA_DM.decode(FULL).document)[0]
    document, findings = convert(accounts, "dm-2")
    assert document.carrier == "dm-2"
    assert {finding.code for finding in findings} == {"CONVERT-NOT-CARRIED", "CONVERT-MADE-UP"}
    words = " ".join(finding.message for finding in findings)
    assert "credentials of level client" in words
    assert "connection" in words
    assert "Perm" in words
    tree = json.loads(OMA_DM.encode(document))[0]["MOData"]["dm.example.com"]
    assert (tree["SrvID"], tree["SrvURI"], tree["Name"]) == (
        "dm.example.com",
        "https://dm.example.com/mgmt",
        "Example DM",
    )


def dm2() -> list[Account]:
    return [
        Account(
            "oma-dm",
            "dm-2",
            server_id="s",
            name="N",
            addresses=(ServerAddress("https://s"), ServerAddress("https://b", "bootstrap-uri")),
            credentials=(Credential("transport", "psk", "i", Secret(b"\x00\x01")),),
        )
    ]


@pytest.mark.parametrize("to", ["dm-1", "client-provisioning"])
def test_from_dm_2_says_what_is_lost(to):
    _, findings = convert(dm2(), to)
    lost = [f for f in findings if f.code == "CONVERT-NOT-CARRIED"]
    assert any("transport" in f.message and f.severity is Severity.ERROR for f in lost)


def lwm2m() -> Account:
    return Account(
        "lwm2m",
        "lwm2m",
        server_id="101",
        addresses=(ServerAddress("coaps://lwm2m.example.com:5684"),),
        credentials=(Credential("client", "psk", "id", Secret(b"\x00\x01")),),
        lifetime=86400,
        binding="U",
    )


def test_lwm2m_stays_lwm2m():
    document, findings = convert([lwm2m()], "lwm2m")
    assert findings == []
    assert LWM2M.accounts(document)[0][0].server_id == "101"


@pytest.mark.parametrize("to", TARGETS)
def test_protocols_do_not_mix(to):
    wrong = [*w7(), lwm2m()]
    with pytest.raises(EncodeError, match="cannot become") as caught:
        convert(wrong, to)
    assert caught.value.field == ("account 1" if to == "lwm2m" else "account 2")
    assert caught.value.hint


def test_unknown_target():
    with pytest.raises(EncodeError, match="to: must be one of"):
        convert([], "dm-3")


@pytest.mark.parametrize("to", ["client-provisioning", "dm-1", "dm-2"])
def test_findings_hold_no_secret(to):
    _, findings = convert([*w7(), *dm2()], to)
    shown = repr(findings)
    for secret in ("sesame", "client-secret", "server-secret", "1234567890abcdef"):
        assert secret not in shown
