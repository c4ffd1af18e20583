"""Headers of a 2G SIM (TS 51.011, 9.2.1): the published traces, every field, random bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.card.base import FileInfo, FileKind, FilePath, LifeCycle
from smartboot.card.sim_header import parse_chv_status, parse_sim_header
from smartboot.errors import DecodeError

EF = bytes.fromhex("0000002 02F01040000FFFF0102 0000".replace(" ", ""))
MF = bytes.fromhex("000000003F000100000000000993040306 00838A838A00".replace(" ", ""))
PATH = FilePath((0x3F00, 0x2F01))
ROOT = FilePath((0x3F00,))


def ef(at: int, value: int, raw: bytes = EF) -> FileInfo:
    """The trace's EF with the byte numbered ``at`` (from 1) changed."""
    return parse_sim_header(raw[: at - 1] + bytes((value,)) + raw[at:], PATH)


def test_the_traced_ef():
    info = parse_sim_header(EF, PATH)
    assert (info.kind, info.fid, info.size) == (FileKind.TRANSPARENT, 0x2F01, 32)
    assert info.rule.condition("read").always
    assert info.rule.condition("update").always
    assert info.rule.condition("activate").never
    assert info.life_cycle is LifeCycle.ACTIVATED
    assert info.rule.source == "header"


def test_the_traced_mf():
    info = parse_sim_header(MF, ROOT)
    assert len(MF) == 0x17
    assert (info.kind, info.fid, info.size) == (FileKind.MF, 0x3F00, None)
    assert info.pins == ((0x01, False), (0x81, True))
    chv1, chv2 = parse_chv_status(MF)
    assert (chv1.reference, chv1.remaining, chv1.disabled) == (0x01, 3, True)
    assert (chv2.reference, chv2.remaining, chv2.disabled) == (0x81, 3, False)


def test_chv1_enabled_blocked_and_not_initialised():
    enabled = MF[:13] + b"\x13" + MF[14:]
    assert not parse_chv_status(enabled)[0].disabled
    assert parse_chv_status(MF[:18] + b"\x80" + MF[19:])[0].blocked
    absent = parse_chv_status(MF[:18] + b"\x03" + MF[19:])[0]
    assert (absent.exists, absent.remaining) == (False, None)


@pytest.mark.parametrize(
    ("nibble", "text"),
    [
        (0x0, "always"),
        (0x1, "PIN1"),
        (0x2, "PIN2"),
        (0x3, "unknown"),
        (0x4, "ADM1"),
        (0x8, "ADM5"),
        (0x9, "ADM6"),
        (0xD, "ADM10"),
        (0xE, "unknown"),
        (0xF, "never"),
    ],
)
def test_access_conditions(nibble, text):
    assert str(ef(9, nibble << 4 | 0xF).rule.condition("read")) == text
    assert str(ef(9, 0xF0 | nibble).rule.condition("update")) == text
    assert str(ef(11, nibble << 4).rule.condition("activate")) == text
    assert str(ef(11, nibble).rule.condition("deactivate")) == text


def test_records_and_increase():
    linear = parse_sim_header(EF[:13] + b"\x01\x08", PATH)
    assert (linear.kind, linear.record_length, linear.record_count) == (
        FileKind.LINEAR_FIXED,
        8,
        4,
    )
    cyclic = parse_sim_header(EF[:7] + b"\x40\x00\x1f" + EF[10:13] + b"\x03\x08", PATH)
    assert cyclic.kind is FileKind.CYCLIC
    assert str(cyclic.rule.condition("increase")) == "PIN1"
    assert ef(14, 0x07).kind is FileKind.UNKNOWN


def test_a_transparent_header_may_end_behind_its_structure():
    assert parse_sim_header(EF[:14], PATH).size == 32


def test_invalidated():
    assert ef(12, 0x00).life_cycle is LifeCycle.DEACTIVATED


def test_the_path_decides_what_is_the_mf():
    assert parse_sim_header(MF, FilePath((0x3F00, 0x7F10))).kind is FileKind.DF


@pytest.mark.parametrize(
    "raw", [EF[:13], EF[:6], b"", EF[:6] + b"\x07" + EF[7:], EF[:13] + b"\x01"]
)
def test_what_is_no_header(raw):
    with pytest.raises(DecodeError):
        parse_sim_header(raw, PATH)


def test_the_header_of_an_ef_has_no_chv_status():
    with pytest.raises(DecodeError, match="CHV"):
        parse_chv_status(EF)


@pytest.mark.parametrize("cut", range(7, 24))
def test_directory_headers_of_any_length(cut):
    states = parse_chv_status(MF[:cut])
    assert len(states) == (cut > 18) + (cut > 20)
    parse_sim_header(MF[:cut], ROOT)


def header_or_error(raw):
    for parse in (lambda: parse_sim_header(raw, PATH), lambda: parse_chv_status(raw)):
        try:
            parse()
        except DecodeError:
            continue


RANDOM = st.one_of(
    st.binary(max_size=32),
    st.tuples(
        st.binary(min_size=6, max_size=6), st.sampled_from([1, 2, 4]), st.binary(max_size=20)
    ).map(lambda t: t[0] + bytes((t[1],)) + t[2]),
)


@settings(max_examples=500, deadline=None)
@given(RANDOM)
def test_random_bytes(raw):
    header_or_error(raw)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(RANDOM)
def test_random_bytes_long(raw):
    header_or_error(raw)
