"""Documents of nonsense: few findings, errors first, and no list of connections without end."""

from __future__ import annotations

import pytest

from smartboot.formats.base import MAX_FINDINGS, limited
from smartboot.formats.client_provisioning import CP, Characteristic, Parm, ProvisioningDocument
from smartboot.formats.lwm2m import LWM2M
from smartboot.model import Finding, Severity
from smartboot.wbxml import Element, WbxmlDocument, encode
from tests.support.lwm2m import container


def found(count: int, severity: Severity = Severity.WARNING) -> list[Finding]:
    return [Finding(f"CP-{number}", severity, "x") for number in range(count)]


def test_few_findings_are_all_listed():
    findings = found(MAX_FINDINGS)
    assert limited(findings, "CP-MORE") == tuple(findings)


def test_what_is_left_out_is_said():
    *listed, last = limited(found(MAX_FINDINGS + 7), "CP-MORE")
    assert listed == found(MAX_FINDINGS)
    assert (last.code, last.severity) == ("CP-MORE", Severity.WARNING)
    assert "7 more" in last.message


def test_errors_are_listed_before_others_and_keep_their_order():
    errors = [Finding("CP-X", Severity.ERROR, str(number)) for number in range(3)]
    findings = [*found(99), errors[0], *found(50), *errors[1:]]
    listed = limited(findings, "CP-MORE")[:-1]
    assert [one for one in listed if one.severity is Severity.ERROR] == errors
    assert len(listed) == MAX_FINDINGS
    assert listed[:97] == tuple(found(97))


def test_foreign_content_makes_a_hundred_findings():
    root = Element("wap-provisioningdoc", (("version", "1.0"),), (Element("own"),) * 5000)
    decoded = CP.decode(encode(WbxmlDocument(root, 0x0B)))
    assert len(decoded.document.other) == 5000
    codes = [finding.code for finding in decoded.findings]
    assert codes == ["CP-FOREIGN"] * MAX_FINDINGS + ["CP-MORE"]


def test_thousands_of_one_resource_have_a_name_each():
    tlv = b"\xc1\x0aa" * 3000
    document = LWM2M.decode(container((0, b"\x10\x00" + len(tlv).to_bytes(2, "big") + tlv)))
    assert len(document.findings) <= MAX_FINDINGS + 1
    plain = LWM2M.to_plain(document.document, show_secrets=True)
    names = list(plain["objects"][0]["instances"][0]["resources"])
    assert names[:3] == ["Short Server ID", "Short Server ID #2", "Short Server ID #3"]
    assert names[-1] == "Short Server ID #3000"
    assert LWM2M.to_plain(LWM2M.from_plain(plain), show_secrets=True) == plain


@pytest.mark.parametrize("count", [1000, 1001])
def test_accounts_of_empty_security_instances_are_limited(count):
    instances = b"".join(
        b"\x00" + bytes((number,)) if number < 256 else b"\x20" + number.to_bytes(2, "big")
        for number in range(count)
    )
    decoded = LWM2M.decode(container((0, instances)))
    accounts, findings = LWM2M.accounts(decoded.document)
    assert len(accounts) == 1000
    said = [f for f in findings if f.code == "LWM2M-MORE" and "Security instances" in f.message]
    assert len(said) == (count > 1000)


def test_connections_of_all_accounts_are_limited():
    naps = [
        Characteristic("NAPDEF", (Parm("NAPID", str(number)), Parm("INTERNET")))
        for number in range(70)
    ]
    applications = [
        Characteristic("APPLICATION", (Parm("APPID", "w7"), Parm("TO-NAPID", "INTERNET")))
        for _ in range(40)
    ]
    accounts, findings = CP.accounts(ProvisioningDocument("1.1", (*naps, *applications)))
    assert len(accounts) == 40
    assert [len(account.connections) for account in accounts[:32]] == [64] * 32
    assert sum(len(account.connections) for account in accounts) == 2048
    assert "CP-W7-CONNECTIONS" in [finding.code for finding in findings]
