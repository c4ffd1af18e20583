"""Whatever a document holds, the checks raise nothing and show no secret of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartboot.bootstrap.documents import decode_document
from smartboot.checks import Subject, check, document_subject
from smartboot.errors import DecodeError, EncodeError
from smartboot.formats import registry
from smartboot.formats.client_provisioning.document import (
    Characteristic,
    Parm,
    ProvisioningDocument,
)
from smartboot.formats.client_provisioning.tables import RULES, VALUES
from smartboot.formats.lwm2m.document import Document, Instance, ObjectBlock, Resource
from smartboot.model import Account
from tests.support import lwm2m, oma_dm
from tests.support.check_documents import (
    PSK,
    account,
    array,
    message,
    objects,
    provisioning,
    together,
)
from tests.test_checks_security import CLIENT, SERVER_CERT, ec_key, keyed, private, public

HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=HEALTH)
LONG = settings(max_examples=2_000, deadline=None, suppress_health_check=HEALTH)

WORDS = ["w7", "nap1", "px1", "INTERNET", "pier", "", "0", "443", "65536", "APN", "IPV4", "E164"]
URIS = ["https://dm.pier.fleet/dm", "coaps://[::1]:5684", "http://a:b@localhost", "x:y", "https://"]
TEXTS = st.sampled_from(WORDS + URIS) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=12
)
NAMES = sorted({name for rule in RULES.values() for name in rule.parms} | {"AAUTHLEVEL", "X"})
KINDS = [*sorted(RULES), "X"]


def values(name: str) -> st.SearchStrategy[str | None]:
    known = sorted({v for (_, parm), vs in VALUES.items() if parm == name for v in vs})
    return (st.sampled_from(known) | TEXTS if known else TEXTS) | st.none()


PARMS = st.sampled_from(NAMES).flatmap(lambda name: st.builds(Parm, st.just(name), values(name)))


def characteristics(depth: int) -> st.SearchStrategy[Characteristic]:
    inner = st.lists(characteristics(depth - 1), max_size=3) if depth else st.just([])
    return st.builds(
        Characteristic,
        st.sampled_from(KINDS) | st.none(),
        st.lists(PARMS, max_size=6).map(tuple),
        inner.map(tuple),
    )


@st.composite
def accounts(draw: st.DrawFn) -> Characteristic:
    """A w7 account with sets of credentials, as random characteristics seldom are one."""
    parts = draw(st.lists(characteristics(1), max_size=3))
    sets = [
        Characteristic(
            "APPAUTH",
            tuple(
                Parm(name, draw(values(name)))
                for name in ("AAUTHLEVEL", "AAUTHTYPE", "AAUTHNAME", "AAUTHSECRET", "AAUTHDATA")
                if draw(st.booleans())
            ),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    addr = Characteristic("APPADDR", (Parm("ADDR", draw(TEXTS)), Parm("ADDRTYPE", draw(TEXTS))))
    parms = (Parm("APPID", "w7"), Parm("PROVIDER-ID", draw(TEXTS)))
    return Characteristic("APPLICATION", parms, (addr, *sets, *parts))


CP = st.builds(
    ProvisioningDocument,
    st.sampled_from(["1.0", "1.1", None, "2"]),
    st.lists(characteristics(2) | accounts(), max_size=4).map(tuple),
)

SPECIAL = [b"coaps://h", b"coap+tcp://h", CLIENT, SERVER_CERT, private(ec_key(1)), PSK, b"UQ", b"T"]


@st.composite
def objects_with_keys(draw: st.DrawFn) -> Document:
    """LwM2M accounts whose resources have likely and unlikely values."""
    raw = (
        st.sampled_from(SPECIAL)
        | st.binary(max_size=9)
        | st.integers(0, 4).map(lambda n: bytes((n,)))
    )
    blocks = []
    for number, top in ((0, 26), (1, 24), (2, 4)):
        ids = st.integers(0, top)
        resources = st.lists(st.builds(Resource, ids, raw), max_size=9).map(tuple)
        instances = st.lists(st.builds(Instance, st.integers(0, 3), resources), max_size=3)
        blocks.append(ObjectBlock(number, tuple(draw(instances))))
    return Document(tuple(blocks))


DOCUMENTS = st.one_of(
    st.tuples(st.just("oma-cp"), CP),
    st.tuples(st.just("lwm2m"), lwm2m.documents() | objects_with_keys()),
    st.tuples(st.just("oma-dm"), oma_dm.documents),
)


def read(name: str, document: Any) -> Subject | None:
    """The document by way of its bytes; None when it cannot be written or read."""
    try:
        return document_subject(decode_document(registry.get(name).encode(document), name))
    except (DecodeError, EncodeError):
        return None


def public_texts(account: Account) -> str:
    plain = account.to_dict(show_secrets=False)
    return json.dumps(plain, ensure_ascii=False)


def secrets_of(subject: Subject) -> set[bytes]:
    """The secrets long enough not to stand in a message by chance, and not public elsewhere."""
    accounts = [account for _, account in subject.accounts]
    shown = "".join(public_texts(account) for account in accounts)
    found = {
        held.reveal_bytes()
        for account in accounts
        for credential in (
            *account.credentials,
            *(one for way in account.connections for one in way.credentials),
        )
        for held in (credential.secret, credential.nonce)
        if held is not None
    }
    return {
        value
        for value in found
        if len(value) >= 6 and value.decode("utf-8", "replace") not in shown
    }


def forms(value: bytes) -> list[str]:
    """How a secret could stand in a message."""
    return [
        value.decode("utf-8", "replace"),
        value.decode("latin-1"),
        value.hex(),
        value.hex().upper(),
        base64.b64encode(value).decode(),
        repr(value)[2:-1],
    ]


def inspect(subject: Subject) -> None:
    report = check(subject)
    words = "\n".join(f"{f.message}\n{f.where}" for f in report.findings)
    for value in secrets_of(subject):
        for form in forms(value):
            assert form not in words
    assert all(len(finding.message) < 1000 for finding in report.findings)
    assert len(report.findings) < 2000


@QUICK
@given(DOCUMENTS)
def test_any_document(pair: tuple[str, Any]) -> None:
    subject = read(*pair)
    if subject is not None:
        inspect(subject)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@LONG
@given(DOCUMENTS)
def test_any_document_many(pair: tuple[str, Any]) -> None:
    subject = read(*pair)
    if subject is not None:
        inspect(subject)


@settings(QUICK, max_examples=25)
@given(st.lists(DOCUMENTS, min_size=2, max_size=4))
def test_documents_beside_each_other(pairs: list[tuple[str, Any]]) -> None:
    subjects = [subject for pair in pairs if (subject := read(*pair)) is not None]
    inspect(together(*subjects))


def damaged(data: bytes) -> st.SearchStrategy[bytes]:
    """These bytes with up to three others in their places, or cut off."""
    change = st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255))

    def apply(changes: list[tuple[int, int]], end: int) -> bytes:
        made = bytearray(data)
        for at, value in changes:
            made[at] = value
        return bytes(made[:end])

    ends = st.just(len(data)) | st.integers(0, len(data))
    return st.builds(apply, st.lists(change, min_size=1, max_size=3), ends)


@QUICK
@given(
    damaged(CLIENT) | damaged(public(ec_key(1))),
    damaged(SERVER_CERT) | damaged(public(ec_key(2))),
    damaged(private(ec_key(1))),
    st.sampled_from([1, 2, 4]),
)
def test_damaged_keys(client: bytes, server: bytes, secret: bytes, mode: int) -> None:
    inspect(keyed(r2=mode, r3=client, r4=server, r5=secret))


WIRES = {
    "oma-cp": provisioning(),
    "oma-dm": message([account()]),
    "lwm2m": objects(),
    "dm-2": array(),
}


@pytest.mark.parametrize("name", WIRES)
def test_damaged_documents(name: str) -> None:
    subject = WIRES[name]
    kind = subject.documents[0].format or ""
    wire = registry.get(kind).encode(subject.documents[0].document)

    @settings(QUICK, max_examples=60)
    @given(damaged(wire))
    def run(data: bytes) -> None:
        try:
            loaded = decode_document(data, kind)
        except DecodeError:
            return
        inspect(document_subject(loaded))

    run()
