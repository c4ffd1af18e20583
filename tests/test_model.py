"""The model: secrets that never show, values that survive the text form, the JSON's shape."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartboot.model import (
    MASK,
    Account,
    Connection,
    Credential,
    Finding,
    Secret,
    ServerAddress,
    Severity,
    from_plain,
    to_plain,
)


@given(st.text() | st.sampled_from([MASK, "hex:", "hex:00"]))
def test_text_survives(text: str) -> None:
    plain = to_plain(text)
    assert from_plain(plain).decode("utf-8", "surrogatepass") == text
    assert plain != MASK


@given(st.binary(), st.booleans())
def test_bytes_survive(data: bytes, opaque: bool) -> None:
    plain = to_plain(data, opaque=opaque)
    assert from_plain(plain) == data
    if opaque:
        assert plain.startswith("hex:")


@pytest.mark.parametrize(
    ("data", "plain"),
    [
        (b"plain text", "plain text"),
        ("täglich".encode(), "täglich"),
        (b"\x00\x01", "hex:0001"),
        (b"line\nfeed", "hex:6c696e650a66656564"),
        (b"\xff\xfe", "hex:fffe"),
    ],
)
def test_printable_utf8_is_text_and_the_rest_hex(data: bytes, plain: str) -> None:
    assert to_plain(data) == plain


def test_a_secret_shows_only_when_asked() -> None:
    secret = Secret(b"\x13\x37\xca\xfe")
    for shown in (
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret:>20}",
        secret.plain(show=False),
    ):
        assert "1337" not in shown
        assert MASK in shown
    assert secret.plain(show=True) == "hex:1337cafe"
    assert secret.reveal() == secret.reveal_bytes() == b"\x13\x37\xca\xfe"
    assert Secret("open sesame").reveal_bytes() == b"open sesame"


def test_an_account_prints_without_its_secrets() -> None:
    credential = Credential("client", "digest", "dev", Secret("hunter22"), Secret(b"\x99" * 4))
    account = Account(
        "oma-dm",
        "client-provisioning",
        server_id="srv",
        addresses=(ServerAddress("https://dm.example.com", ports=(443,)),),
        credentials=(credential,),
        connections=(Connection("nap", "nap1", credentials=(credential,), bearers=("GSM-GPRS",)),),
    )
    hidden = json.dumps(account.to_dict()) + repr(account)
    assert "hunter22" not in hidden
    assert "99999999" not in hidden
    shown = account.to_dict(show_secrets=True)
    assert shown["credentials"][0]["secret"] == "hunter22"
    assert shown["connections"][0]["credentials"][0]["nonce"] == "hex:99999999"


def test_the_json_has_the_fields_of_the_design() -> None:
    account = Account("lwm2m", "lwm2m", lifetime=86400, binding="U").to_dict()
    assert list(account) == [
        *("protocol", "carrier", "role", "server_id", "name", "addresses", "credentials"),
        *("connections", "lifetime", "binding", "source"),
    ]
    assert account["source"] == {"oid": None, "fid": None, "index": 0}
    finding = Finding("P15-OID-WRAPPED", Severity.WARNING, "…", "EF 6430", "PKCS#15")
    assert finding.to_dict()["severity"] == "warning"
    assert list(finding.to_dict()) == ["code", "severity", "message", "where", "reference"]
