"""OMA DM documents, whatever they hold, survive bytes, plain values and XML; hostile bytes do not
crash the decoder."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartboot.errors import DecodeError, EncodeError
from smartboot.formats.oma_dm import OMA_DM, DmDocument, MoArray
from tests.support.oma_dm import (
    BOOT,
    DM2_TEXT,
    FULL,
    documents,
)

HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large]
QUICK = settings(max_examples=500, deadline=None, suppress_health_check=HEALTH)
LONG = settings(max_examples=10_000, deadline=None, suppress_health_check=HEALTH)


def check_bytes(document: DmDocument) -> None:
    data = OMA_DM.encode(document)
    decoded = OMA_DM.decode(data)
    assert decoded.document == document
    assert decoded.used == len(data)
    assert OMA_DM.encode(decoded.document) == data


def check_plain(document: DmDocument) -> None:
    plain = OMA_DM.to_plain(document, show_secrets=True)
    assert OMA_DM.from_plain(plain) == document
    assert OMA_DM.from_plain(json.loads(json.dumps(plain))) == document
    OMA_DM.to_plain(document)


def check_xml(document: DmDocument) -> None:
    try:
        text = OMA_DM.to_xml(document)
    except EncodeError:
        return
    back = OMA_DM.from_xml(text)
    # XML has no WBXML version, and a tree is written in the one form we write.
    assert OMA_DM.to_xml(back) == text
    assert OMA_DM.to_plain(back, show_secrets=True) == without_versions(
        OMA_DM.to_plain(document, show_secrets=True)
    )


def without_versions(plain: object) -> object:
    if isinstance(plain, dict):
        return {k: without_versions(v) for k, v in plain.items() if k != "wbxml_version"}
    if isinstance(plain, list):
        return [without_versions(one) for one in plain]
    return plain


def check_all(document: DmDocument) -> None:
    check_bytes(document)
    check_plain(document)
    if not isinstance(document.body, MoArray):
        check_xml(document)


# One test for three ways there and back: making a document takes longer than they do.
@QUICK
@given(documents)
def test_round_trips(document):
    check_all(document)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@LONG
@given(documents)
def test_round_trips_long(document):
    check_all(document)


def check_decode(data: bytes) -> None:
    """A value or DecodeError; a value can be used in every way."""
    measure = OMA_DM.measure()
    total = measure.feed(data[: len(data) // 2])
    total = measure.feed(data[len(data) // 2 :]) or total
    assert total is None or total >= 0
    try:
        decoded = OMA_DM.decode(data)
    except DecodeError:
        return
    assert 0 < decoded.used <= len(data)
    OMA_DM.accounts(decoded.document)
    plain = OMA_DM.to_plain(decoded.document, show_secrets=True)
    assert OMA_DM.from_plain(plain) == decoded.document
    repr(decoded)
    again = OMA_DM.decode(OMA_DM.encode(decoded.document))
    OMA_DM.accounts(again.document)


MUTATED = st.tuples(
    st.sampled_from([BOOT, FULL, DM2_TEXT.encode()]),
    st.lists(st.tuples(st.integers(0, 1711), st.integers(0, 255)), max_size=4),
).map(lambda pair: mutate(*pair))


def mutate(data: bytes, changes: list[tuple[int, int]]) -> bytes:
    changed = bytearray(data)
    for at, value in changes:
        changed[at % len(changed)] = value
    return bytes(changed)


HEADS = st.sampled_from(
    [b"", b"[", b"{", b"<", b"\x02\xa4\x01\x6a\x00", BOOT[:60], BOOT[:180], b'[{"MOData":']
)


@QUICK
@given(st.binary(max_size=200), HEADS)
def test_random_bytes(data, head):
    check_decode(head + data)


@QUICK
@given(MUTATED)
def test_mutated_vectors(data):
    check_decode(data)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@LONG
@given(MUTATED | st.tuples(HEADS, st.binary(max_size=300)).map(b"".join))
def test_hostile_bytes_long(data):
    check_decode(data)


@pytest.mark.parametrize("whole", [BOOT, DM2_TEXT.strip().encode()], ids=["message", "json"])
def test_every_truncation_is_refused(whole):
    for length in range(len(whole)):
        with pytest.raises(DecodeError):
            OMA_DM.decode(whole[:length])
