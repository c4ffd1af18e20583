"""PKCS#15 structures: what is written is read again, and no bytes at all bring a reader down."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartboot.card.base import FilePath
from smartboot.errors import DecodeError
from smartboot.pkcs15 import aodf, directory, dodf, dodf_write, odf, tokeninfo
from smartboot.pkcs15.aodf import PinFlags, PinObject
from smartboot.pkcs15.application import Application
from smartboot.pkcs15.attributes import CommonObjectAttributes, ObjectFlags
from smartboot.pkcs15.directory import PKCS15_AID, ApplicationTemplate
from smartboot.pkcs15.dodf import DataObjectKind, DodfEntry
from smartboot.pkcs15.locate import open_application
from smartboot.pkcs15.notes import Notes
from smartboot.pkcs15.odf import ObjectClass, OdfEntry
from smartboot.pkcs15.oid import ObjectId, decode_content, encode_content
from smartboot.pkcs15.path import Path
from smartboot.pkcs15.rows import RowMeasure, split
from smartboot.pkcs15.tokeninfo import TokenFlags, TokenInfo
from smartboot.pkcs15.values import InPlace, Protected, Url
from tests.support.p15 import DIR_RECORD, LWM2M, ODF, FakeCard, h, pad
from tests.test_p15_vectors import DODF_CASES, PIN, TOKEN

ordinary = settings(max_examples=500, deadline=None)
long_run = settings(
    max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

# -- strategies

labels = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
numbers = st.integers(0, 65535)
file_paths = st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=4).map(
    lambda ids: FilePath(tuple(ids))
)
paths = st.one_of(
    st.builds(Path, file_paths),
    st.builds(Path, file_paths, numbers, numbers),
)
arcs = st.lists(st.integers(0, 2**64), max_size=6)
dotted = st.one_of(
    st.tuples(st.integers(0, 1), st.integers(0, 39), arcs),
    st.tuples(st.just(2), st.integers(0, 2**40), arcs),
).map(lambda parts: ".".join(map(str, (parts[0], parts[1], *parts[2]))))
oids = st.builds(
    lambda text, twice: ObjectId.from_dotted(text, wrapped=twice), dotted, st.booleans()
)
urls = st.builds(
    Url,
    st.text(st.characters(max_codepoint=127), max_size=30),
    st.sampled_from([None, h("300404020102")]),
)
values = st.one_of(
    paths,
    urls,
    st.builds(InPlace, st.binary(max_size=40)),
    st.builds(Protected, st.sampled_from([0xA1, 0xA2]), st.binary(max_size=20)),
)
flags = st.none() | st.integers(0, 2**12 - 1).map(ObjectFlags)
extras = st.sampled_from([b"", h("8501AA"), h("9F1F00 8600")])
commons = st.builds(
    CommonObjectAttributes,
    st.none() | labels,
    flags,
    st.none() | st.binary(max_size=10),
    st.none() | st.integers(1, 15),
    st.none() | st.binary(max_size=20),
    extras,
)


@st.composite
def entries(draw: st.DrawFn) -> DodfEntry:
    kind = draw(st.sampled_from(list(DataObjectKind)))
    return DodfEntry(
        kind,
        draw(commons),
        draw(st.none() | labels),
        draw(st.none() | oids),
        draw(oids) if kind is DataObjectKind.OID else None,
        draw(values),
        draw(st.none() | st.binary(max_size=10)),
        draw(extras),
        draw(extras),
    )


odf_entries = st.builds(
    OdfEntry,
    st.sampled_from(list(ObjectClass)).map(int),
    st.one_of(
        paths,
        st.builds(InPlace, st.binary(max_size=20)),
        st.builds(Protected, st.sampled_from([0xA1, 0xA2]), st.binary(max_size=20)),
    ),
)
templates = st.builds(
    ApplicationTemplate,
    st.binary(min_size=1, max_size=16),
    st.none() | st.binary(max_size=16),
    st.none() | file_paths.map(lambda path: FilePath((0x3F00, *path.ids))),
    st.none() | st.binary(max_size=16),
    extras,
)
token_infos = st.builds(
    TokenInfo,
    st.integers(0, 2**31),
    st.binary(max_size=20),
    st.none() | labels,
    st.none() | labels,
    st.integers(0, 255).map(TokenFlags),
    st.sampled_from([b"", h("8501AA"), h("3000 8600")]),
)
pins = st.builds(
    PinObject,
    st.binary(max_size=10),
    st.integers(0, 2**12 - 1).map(PinFlags),
    st.integers(0, 4),
    st.integers(0, 8),
    st.integers(0, 64),
    st.none() | st.integers(0, 64),
    st.integers(0, 255),
    st.none() | st.binary(min_size=1, max_size=1),
    st.none() | paths,
    commons,
    st.none() | st.binary(max_size=15),
    st.none() | st.binary(max_size=10),
    extras,
    extras,
)
structured = st.recursive(
    st.builds(
        lambda tag, value: bytes((tag, len(value))) + value,
        st.sampled_from([0x02, 0x03, 0x04, 0x06, 0x0A, 0x0C, 0x13, 0x16, 0x80, 0x4F, 0x50, 0x51]),
        st.binary(max_size=8),
    ),
    lambda inner: st.builds(
        lambda tag, items: (lambda body: bytes((tag, 0x82)) + len(body).to_bytes(2, "big") + body)(
            b"".join(items)
        ),
        st.sampled_from([0x30, 0xA0, 0xA1, 0xA2, 0xA3, 0xA7, 0xA8, 0x61, 0x73]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)
some_bytes = st.one_of(
    st.binary(max_size=300),
    st.lists(structured, max_size=4).map(b"".join),
    st.sampled_from([h(LWM2M), h(PIN), h(TOKEN), h(DIR_RECORD), h(ODF)]).flatmap(
        lambda good: st.tuples(st.integers(0, len(good) - 1), st.integers(0, 255)).map(
            lambda change: good[: change[0]] + bytes((change[1],)) + good[change[0] + 1 :]
        )
    ),
)
fillings = st.sampled_from([b"", b"\xff" * 3, b"\x00" * 3])

# -- what is written is read again


@ordinary
@given(dotted)
def test_oid_round_trip(text: str) -> None:
    assert decode_content(encode_content(text)) == text


@ordinary
@given(st.lists(entries(), max_size=3), fillings)
def test_dodf_round_trip(rows: list[DodfEntry], filling: bytes) -> None:
    data = dodf_write.encode_entries(rows)
    decoded = dodf.decode(data + filling)
    assert list(decoded.rows) == rows
    assert decoded.used == len(data)
    assert dodf_write.encode_entries(decoded.rows) == data


@ordinary
@given(st.lists(odf_entries, max_size=6), fillings)
def test_odf_round_trip(rows: list[OdfEntry], filling: bytes) -> None:
    data = odf.encode_entries(rows)
    decoded = odf.decode(data + filling)
    assert list(decoded.entries) == rows
    assert decoded.used == len(data)


@ordinary
@given(templates, st.integers(0, 3))
def test_dir_record_round_trip(template: ApplicationTemplate, spare: int) -> None:
    data = directory.encode_record(template)
    padded = directory.encode_record(template, length=len(data) + spare)
    assert directory.decode_record(padded).templates == (template,)


@ordinary
@given(token_infos, fillings)
def test_token_info_round_trip(info: TokenInfo, filling: bytes) -> None:
    data = tokeninfo.encode_token_info(info)
    assert tokeninfo.decode(data + filling) == info


@ordinary
@given(st.lists(pins, max_size=3), fillings)
def test_aodf_round_trip(rows: list[PinObject], filling: bytes) -> None:
    data = aodf.encode_entries(rows)
    assert list(aodf.decode(data + filling).rows) == rows


# -- no bytes bring a reader down


def feed_everything(data: bytes) -> None:
    """Give ``data`` to every decoder; what rows they return accounts for every byte."""
    read = dodf.decode(data)
    split_again = split(data, Notes())
    assert read.used == split_again.used <= len(data)
    listed = odf.decode(data)
    for entry in listed.entries:
        assert data[entry.offset : entry.offset + len(entry.raw)] == entry.raw
    for row in read.rows:
        assert data[row.offset : row.offset + len(row.raw)] == row.raw
    for finding in (*read.findings, *listed.findings, *aodf.decode(data).findings):
        assert finding.code.startswith("P15-")
    for template in directory.decode_record(data).templates:
        template.file_paths(Notes())
        assert template.label_text is None or isinstance(template.label_text, str)
        pkcs15 = ApplicationTemplate(PKCS15_AID, discretionary=data)
        pkcs15.file_paths(Notes())
    for entry in read.entries:
        if entry.value is not None:
            assert repr(entry)
            assert entry.oid is None or entry.oid.dotted
    try:
        tokeninfo.decode(data)
    except DecodeError as error:
        assert error.where == "EF(TokenInfo)"


@ordinary
@given(some_bytes)
def test_any_bytes(data: bytes) -> None:
    feed_everything(data)


@pytest.mark.slow
@pytest.mark.timeout(600)
@long_run
@given(some_bytes)
def test_any_bytes_long(data: bytes) -> None:
    feed_everything(data)


@pytest.mark.slow
@pytest.mark.timeout(600)
@long_run
@given(st.lists(entries(), max_size=2))
def test_dodf_round_trip_long(rows: list[DodfEntry]) -> None:
    data = dodf_write.encode_entries(rows)
    assert dodf_write.encode_entries(dodf.decode(data).rows, keep_raw=True) == data


@pytest.mark.parametrize(
    "good",
    [*(h(case.values[0]) for case in DODF_CASES), h(PIN), h(TOKEN), h(DIR_RECORD), h(ODF)],
    ids=lambda good: f"{good[:1].hex()}-{len(good)}",
)
def test_truncation_at_every_byte(good: bytes) -> None:
    for end in range(len(good)):
        feed_everything(good[:end])
        assert not dodf.decode(good[:end]).rows
        assert not odf.decode(good[:end]).entries
        assert not aodf.decode(good[:end]).rows
        assert not directory.decode_record(good[:end]).templates
        with pytest.raises(DecodeError):
            tokeninfo.decode(good[:end])


@ordinary
@given(some_bytes, st.integers(1, 300))
def test_measure_agrees_with_the_whole(data: bytes, step: int) -> None:
    """However a file comes in pieces, what was read when the measure stops has every entry."""
    measure = RowMeasure()
    at = 0
    while at < len(data) and not measure.complete:
        measure.feed(data[at : at + step])
        at += step
    whole, part = split(data, Notes()), split(data[:at], Notes())
    assert [item.value for item in part.items] == [item.value for item in whole.items]


card_bytes = some_bytes.map(lambda data: pad(data, len(data) + 2))


@ordinary
@given(card_bytes, card_bytes, card_bytes, st.sampled_from(["7FFF", "3F00/7F50"]))
def test_any_card(record: bytes, odf_body: bytes, dodf_body: bytes, base: str) -> None:
    card = FakeCard(
        {
            "3F00/2F00": [record],
            f"{base}/5031": odf_body,
            f"{base}/6430": dodf_body,
            f"{base}/4F02": odf_body,
        }
    )
    with open_application(card) as application:
        assert isinstance(application, Application)
        application.read_token_info()
        application.read_pins()
    assert len(application.data_objects) <= 128
    assert len(card.log) < 100


def test_deep_nesting_is_not_followed() -> None:
    data = b"\x05\x00"
    for _ in range(5000):
        size = len(data)
        data = (
            b"\x30" + (bytes((size,)) if size < 0x80 else b"\x83" + size.to_bytes(3, "big")) + data
        )
    feed_everything(data)
    feed_everything(b"\xa1" + data[1:])
    feed_everything(b"\xa7" + data[1:])


@pytest.mark.parametrize("length", ["84FFFFFFFF", "83FFFFFF", "80", "85FFFFFFFFFF", "FF", "82FFFF"])
@pytest.mark.parametrize("tag", ["30", "A1", "A7", "61", "1F81", "3F"])
def test_huge_lengths(tag: str, length: str) -> None:
    feed_everything(h(tag + length))
    feed_everything(h("3008" + tag + length) + b"\x00" * 16)
