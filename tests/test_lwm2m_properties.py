"""Properties of the LwM2M format: round trips of whole documents, hostile bytes, kept secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from smartboot.errors import DecodeError, EncodeError, SmartbootError
from smartboot.formats.lwm2m import LWM2M, Document, validate
from smartboot.formats.lwm2m.values import Type
from tests.support.lwm2m import (
    APN_FILE,
    BARE_RESOURCES,
    BOOTSTRAP_FILE,
    PSK_FILE,
    container,
    documents,
    security,
)

ORDINARY = settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow], deadline=None)
LONG = settings(ORDINARY, max_examples=10_000)

FILES = [PSK_FILE, BOOTSTRAP_FILE, APN_FILE, BARE_RESOURCES, PSK_FILE[9 : 9 + 0x59]]


def check_document(document: Document) -> None:
    """Bytes and text both give the document back; the rest of the format takes it."""
    wire = LWM2M.encode(document)
    decoded = LWM2M.decode(wire + b"\xff" * 3)
    if document.objects:
        assert decoded.used == len(wire)
    assert decoded.document == document
    assert LWM2M.encode(decoded.document) == wire
    plain = json.loads(json.dumps(LWM2M.to_plain(document, show_secrets=True)))
    assert LWM2M.from_plain(plain) == document
    found, findings = LWM2M.accounts(document)
    assert json.dumps([account.to_dict() for account in found])
    assert all(finding.message and finding.code.startswith("LWM2M-") for finding in findings)
    if document.objects:
        assert LWM2M.measure().feed(wire[:4]) == len(wire)


def check_bytes(data: bytes) -> None:
    """Any bytes give a document or a DecodeError, and a document that was read can be written."""
    total = LWM2M.measure().feed(data)
    assert total is None or 0 <= total <= 32768 or total == len(data)
    try:
        decoded = LWM2M.decode(data)
    except DecodeError as error:
        assert error.offset is not None
        assert 0 <= error.offset <= len(data)
        return
    assert 0 <= decoded.used <= max(len(data), 4)
    document = decoded.document
    LWM2M.accounts(document)
    again = LWM2M.encode(document)
    second = LWM2M.decode(again).document
    assert LWM2M.encode(second) == again
    plain = LWM2M.to_plain(document, show_secrets=True)
    from_text = LWM2M.from_plain(json.loads(json.dumps(plain)))
    assert LWM2M.to_plain(from_text, show_secrets=True) == plain
    validate(from_text)


@ORDINARY
@given(documents())
@example(Document())
def test_documents_come_back(document: Document) -> None:
    check_document(document)


@pytest.mark.slow
@pytest.mark.timeout(900)
@LONG
@given(documents())
def test_documents_come_back_many(document: Document) -> None:
    check_document(document)


TLV_LIKE = st.lists(
    st.tuples(
        st.sampled_from([0x08, 0x00, 0x41, 0x48, 0x80, 0x88, 0xC0, 0xC1, 0xC2, 0xC8, 0xD0, 0xE1]),
        st.integers(0, 26),
        st.binary(max_size=6),
    ).map(lambda part: bytes(part[:2]) + part[2]),
    max_size=12,
).map(b"".join)

HOSTILE = st.one_of(
    st.binary(max_size=200),
    TLV_LIKE,
    st.builds(lambda tlv: container((0, tlv)), TLV_LIKE),
    st.builds(lambda tlv, uri: security(uri + tlv[:200]), TLV_LIKE, st.just(b"\xc1\x00a")),
    st.builds(lambda count, rest: b"\x00" + bytes((count,)) + rest, st.integers(0, 3), TLV_LIKE),
)


@ORDINARY
@given(HOSTILE)
def test_hostile_bytes(data: bytes) -> None:
    check_bytes(data)


@pytest.mark.slow
@pytest.mark.timeout(900)
@LONG
@given(HOSTILE)
def test_hostile_bytes_many(data: bytes) -> None:
    check_bytes(data)


@pytest.mark.parametrize("wire", FILES, ids=range(len(FILES)))
def test_every_truncation(wire: bytes) -> None:
    for length in range(len(wire)):
        check_bytes(wire[:length])


@ORDINARY
@given(st.sampled_from(FILES), st.data())
def test_changed_bytes(wire: bytes, data: st.DataObject) -> None:
    changed = bytearray(wire)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    check_bytes(bytes(changed))


KEYS = [
    *("objects", "object", "id", "version", "instances", "instance", "resources", "layout"),
    *("Security", "Server", "unparsed", "wrapped", "Lifetime", "ACL", "1", "instance:1"),
]

PLAIN_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["hex:00", "hex:x", "********", "psk"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS) | st.integers(-1, 30) | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@ORDINARY
@given(PLAIN_VALUES)
def test_hostile_text(plain: Any) -> None:
    try:
        document = LWM2M.from_plain(plain)
        LWM2M.encode(document)
    except EncodeError:
        pass


# Secrets.

SECRET = b"kelpForest#Key!9"


def _shown(text: str) -> bool:
    """Whether the secret can be seen in a text, in any usual spelling, even a part of it."""
    lower = text.lower().replace("\\x", "").replace(" ", "")
    return SECRET[2:10].decode().lower() in lower or SECRET[2:10].hex() in lower


SECRET_TEXT = {
    "Security": [
        {"uri": "coaps://a", "bootstrap": False, "mode": "psk", 3: "name", 5: "", 4: "", "ssid": 1}
    ],
    "Server": [{"ssid": 1, "Lifetime": 60, 6: True, "Binding": "U"}],
}


def _documents_with_secret() -> dict[str, bytes]:
    key = b"\xc8\x05\x10" + SECRET
    uri = b"\xc7\x00coap://"
    return {
        "sound": PSK_FILE.replace(bytes.fromhex("a07c3391e24d5b68f6120d9a5e8744c1"), SECRET),
        "SMS key": security(uri + b"\xc8\x08\x10" + SECRET),
        "short key": security(uri + b"\xc1\x02\x00" + key[:2] + b"\x0f" + SECRET[:15]),
        "twice": security(uri + key + key),
        "as instance": security(uri + b"\x48\x05\x10" + SECRET),
        "multiple": security(uri + b"\x88\x05\x13" + b"\x48\x00\x10" + SECRET),
        "cut off": security(uri + b"\xc8\x05\x20" + SECRET),
        "nested": security(uri + b"\x08\x05\x13" + key),
        "no wrapper": container((0, uri + key)),
        "no object": b"\x00\x01\x00\x21" + security(uri)[4:] + SECRET,
        "bare": uri + key,
        "OSCORE": container((21, b"\x08\x00\x13\xc8\x00\x10" + SECRET)),
        "APN": container((11, b"\x08\x00\x13\xc8\x06\x10" + SECRET)),
        "APN not UTF-8": container((11, b"\x08\x00\x14\xc8\x06\x11" + SECRET + b"\xff")),
        "COSE": container((23, b"\x08\x00\x13\xc8\x02\x10" + SECRET)),
        "beyond": PSK_FILE + SECRET,
        "malformed": b"\xc8\x05\x10" + SECRET[:-1],
        "malformed container": container((0, b"\xc8\x05\x11" + SECRET)),
    }


@pytest.mark.parametrize("case", _documents_with_secret())
def test_no_output_shows_a_secret(case: str) -> None:
    wire = _documents_with_secret()[case]
    try:
        decoded = LWM2M.decode(wire)
    except DecodeError as error:
        assert not _shown(f"{error} {error!r} {error.hint} {error.where}")
        return
    assert case == "beyond" or SECRET[:15] in wire
    found, findings = LWM2M.accounts(decoded.document)
    outputs = [
        repr(decoded),
        str(decoded.document),
        *(repr(finding.to_dict()) for finding in (*decoded.findings, *findings)),
        json.dumps(LWM2M.to_plain(decoded.document)),
        repr(found),
        json.dumps([account.to_dict() for account in found]),
    ]
    assert not [text for text in outputs if _shown(text)]
    if case != "beyond":
        assert _shown(json.dumps(LWM2M.to_plain(decoded.document, show_secrets=True)))


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: LWM2M.from_plain({"Security": [{"Secret Key": "hex:" + SECRET.hex() + "z"}]}),
        lambda: LWM2M.from_plain({"Security": [{"Secret Key": [SECRET.decode()]}]}),
        lambda: LWM2M.from_plain(
            {"APN Connection Profile": [{"Secret": "\ud800" + SECRET.decode()}]}
        ),
        lambda: LWM2M.from_plain({"Server": [{"Lifetime": SECRET.decode()}]}),
        lambda: LWM2M.from_plain({"Server": [SECRET.decode()]}),
        lambda: LWM2M.from_plain({"layout": SECRET.decode()}),
    ],
    ids=range(6),
)
def test_no_error_shows_a_secret(attempt: Callable[[], Any]) -> None:
    with pytest.raises(SmartbootError) as caught:
        attempt()
    assert not _shown(f"{caught.value} {caught.value!r} {caught.value.hint}")
    assert caught.value.__cause__ is None


def test_types_are_told_apart_in_the_strategy() -> None:
    """A new data type needs a strategy, or the round trips above would not try it."""
    assert len(Type) == 10
