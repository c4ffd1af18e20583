"""Messages that a stranger stumbled over: each says who has what."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import smartboot

ZOO = Path(__file__).parent / "zoo"


@pytest.mark.parametrize(
    ("file", "code", "message"),
    [
        (
            "documents/one-password-both-ways.xml",
            "SEC-SECRET-BOTH-WAYS",
            "client and server of the account of 'dm.fleet.internal' share one secret",
        ),
        (
            "documents/lwm2m-bootstrap-with-server.hex",
            "LWM2M-BOOTSTRAP-SERVER-INSTANCE",
            "the bootstrap server (Short Server ID 104) is to have no Server instance",
        ),
        (
            "cards/dodf-oid-wrapped.yaml",
            "P15-OID-WRAPPED",
            "id and applicationOID of entry 1 have their header twice (06 06 06 04 67 2B 09 01);"
            " read as 2.23.43.9.1, but a strict reader does not find it",
        ),
    ],
)
def test_a_message_is_a_sentence(file: str, code: str, message: str) -> None:
    found = smartboot("check", str(ZOO / file), "--format", "json").json["findings"]
    assert [f["message"] for f in found if f["code"] == code] == [message]
