"""WBXML properties: every tree survives, any bytes give a tree or DecodeError, and the measure
agrees with the decoder however the bytes come in."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartboot.errors import DecodeError
from smartboot.wbxml import (
    DM_DDF,
    PROV,
    SYNCML,
    Element,
    WbxmlDocument,
    WbxmlMeasure,
    decode,
    encode,
)
from tests.support.wbxml_trees import documents
from tests.test_wbxml_vectors import VECTORS

ordinary = settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
thorough = settings(ordinary, max_examples=10_000)

WIRES = [bytes.fromhex(vector.values[0]) for vector in VECTORS]
WIRES.append(b"\x02\x00\x00\x6a\x1b-//OMA//DTD-DM-DDF 1.2//EN\x00\x00\x02\x60\x64\x26\x01\x01")
# A part of the bytes a WBXML document is made of: far more of these get past the header.
TOKEN_HEX = """
0000 0001 0002 01 01 01 028120 036100 0400 430501 4400 8300 8400 c0 406100 c3026162
c400 8001 45 c5 c6 87 06 05 55 36 46 89 92 c650035a0001 87110603710001
"""
HEADER_HEX = """
030b6a00 030b6a03616200 03016a00 000b026100 02a4016a00 030b877700 030b0300 0100006a026100
"""
TOKENS = st.sampled_from([bytes.fromhex(token) for token in TOKEN_HEX.split()])
HEADERS = st.sampled_from([bytes.fromhex(header) for header in HEADER_HEX.split()])
hostile = st.one_of(
    st.binary(max_size=80),
    st.builds(bytes.__add__, HEADERS, st.binary(max_size=60)),
    st.builds(lambda h, parts: h + b"".join(parts), HEADERS, st.lists(TOKENS, max_size=40)),
)


def check_round_trip(document, string_table, stay):
    data = encode(document, string_table=string_table, stay_on_page=stay)
    parsed = decode(data + b"\xff\x00", strict=True)
    assert parsed.document == document
    assert parsed.used == len(data)
    assert parsed.findings == ()
    assert encode(parsed.document, string_table=string_table, stay_on_page=stay) == data


@given(documents, st.booleans(), st.booleans())
@ordinary
def test_round_trip(document, string_table, stay):
    check_round_trip(document, string_table, stay)


@pytest.mark.slow
@given(documents, st.booleans(), st.booleans())
@thorough
def test_round_trip_thoroughly(document, string_table, stay):
    check_round_trip(document, string_table, stay)


def check_hostile(data, vocabulary, shared):
    measured = WbxmlMeasure().feed(data)
    try:
        parsed = decode(data, fallback=vocabulary, shared_page=shared)
    except DecodeError as error:
        assert error.offset is None or 0 <= error.offset <= len(data)
        with pytest.raises(DecodeError):
            decode(data, fallback=vocabulary, shared_page=shared, strict=True)
        return
    assert 0 < parsed.used <= len(data)
    assert measured == parsed.used
    document = parsed.document
    if document.version in (1, 2, 3) and document.charset:
        # What was read can be written, and is then read as the same without complaint of ours.
        try:
            written = encode(document, vocabulary=vocabulary if document.public_id == 1 else None)
        except Exception as error:
            assert type(error).__name__ == "EncodeError", error
        else:
            again = decode(written, fallback=vocabulary).document
            assert again.root == document.root or shared


@given(hostile, st.sampled_from([PROV, SYNCML, DM_DDF]), st.booleans())
@ordinary
def test_any_bytes_give_a_tree_or_decode_error(data, vocabulary, shared):
    check_hostile(data, vocabulary, shared)


@pytest.mark.slow
@given(hostile, st.sampled_from([PROV, SYNCML, DM_DDF]), st.booleans())
@thorough
def test_any_bytes_give_a_tree_or_decode_error_thoroughly(data, vocabulary, shared):
    check_hostile(data, vocabulary, shared)


@given(st.sampled_from(WIRES), st.data())
@ordinary
def test_changed_bytes_give_a_tree_or_decode_error(data, draw):
    changed = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        changed[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    check_hostile(bytes(changed), PROV, False)


# -- the measure -----------------------------------------------------------------------------------


def chunks_of(data, sizes):
    at = 0
    while at < len(data):
        size = sizes.pop() if sizes else 7
        yield data[at : at + size]
        at += size


def check_measure(document, padding, sizes):
    data = encode(document)
    measure = WbxmlMeasure()
    fed = 0
    for chunk in chunks_of(data + padding, sizes):
        fed += len(chunk)
        total = measure.feed(chunk)
        if fed < len(data):
            # Nothing before the last byte can tell: the root element ends there.
            assert total is None
        else:
            assert total == len(data)


@given(documents, st.binary(max_size=20), st.lists(st.integers(1, 300), max_size=30))
@ordinary
def test_measure_finds_the_end_however_it_is_fed(document, padding, sizes):
    check_measure(document, padding, sizes)


@pytest.mark.slow
@given(documents, st.binary(max_size=20), st.lists(st.integers(1, 300), max_size=30))
@thorough
def test_measure_finds_the_end_however_it_is_fed_thoroughly(document, padding, sizes):
    check_measure(document, padding, sizes)


@given(hostile, st.lists(st.integers(1, 20), min_size=1, max_size=20))
@ordinary
def test_measure_does_not_depend_on_the_chunks(data, sizes):
    measure = WbxmlMeasure()
    answers = [measure.feed(chunk) for chunk in chunks_of(data, sizes)]
    whole = WbxmlMeasure().feed(data)
    known = [answer for answer in answers if answer is not None]
    try:
        used = decode(data, fallback=PROV).used
    except DecodeError:
        # Whatever is said then, it is not a reason to read more than there is.
        assert all(answer <= len(data) for answer in known)
    else:
        assert whole == used
        assert known[:1] == [used]


@pytest.mark.parametrize("byte", [0x00, 0xFF])
def test_measure_of_a_blank_file(byte):
    measure = WbxmlMeasure()
    assert measure.feed(bytes([byte]) * 256) == 256


@pytest.mark.parametrize("data", [b"hello", b"\x10\x0b\x6a", b"\x03\x0b\x6a\x00\x01"])
def test_measure_of_something_else(data):
    assert WbxmlMeasure().feed(data) == len(data)


def test_measure_says_it_before_the_data_are_there():
    """An opaque block is not looked at; the end of the root is."""
    root = Element("SyncML", (), (Element("Data", (), ("x" * 5000,)),))
    data = encode(WbxmlDocument(root, 0x1201))
    measure = WbxmlMeasure()
    answers = [measure.feed(data[i : i + 256]) for i in range(0, len(data), 256)]
    assert answers[:-1] == [None] * (len(answers) - 1)
    assert answers[-1] == len(data)


@pytest.mark.no_cover
def test_measure_holds_little():
    """A long string is not kept: the work is linear and the memory small."""
    data = b"\x03\x0b\x6a\x00\x45\x87\x06\x03" + b"x" * 60_000 + b"\x00\x01\x01"
    measure = WbxmlMeasure()
    tracemalloc.start()
    for i in range(0, len(data), 256):
        last = measure.feed(data[i : i + 256])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert last == len(data)
    assert peak < 20_000


# -- memory ----------------------------------------------------------------------------------------

BIG = {
    "empty elements": b"\x45" + b"\x07" * 32_700 + b"\x01",
    "parms": b"\x45" + b"\x87\x11\x06\x03abc\x00\x01" * 3_600 + b"\x01",
    "values": b"\x45" + b"\x87\x06" + b"\x95" * 32_700 + b"\x01\x01",
    "attributes": b"\x45\x87" + b"\x07" * 32_700 + b"\x01\x01",
    "unknown tags": b"\x45" + b"\x08" * 32_700 + b"\x01",
    "unknown values": b"\x45\x87\x06" + b"\x8d" * 32_700 + b"\x01\x01",
    "entities": b"\x45" + b"\x02\x41" * 16_300 + b"\x01",
    "one string": b"\x45\x87\x06\x03" + b"x" * 32_700 + b"\x00\x01\x01",
}


@pytest.mark.no_cover
@pytest.mark.parametrize("name", BIG)
def test_memory_is_in_proportion(name):
    data = b"\x03\x0b\x6a\x00" + BIG[name]
    assert len(data) > 30_000
    tracemalloc.start()
    parsed = decode(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert parsed.used == len(data)
    assert peak < 5_000_000
