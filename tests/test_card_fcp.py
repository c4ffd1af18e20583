"""FCP templates (TS 102 221, 11.1.1.3): the examples seen, every tag, limits and random bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.card.base import AccessCondition, FileInfo, FileKind, FilePath, LifeCycle
from smartboot.card.fcp import parse_fcp, parse_pin_status
from smartboot.errors import DecodeError

ODF = FilePath((0x7FFF, 0x5031))
MF = FilePath((0x3F00,))


def fcp(*parts: str, path: FilePath = ODF) -> FileInfo:
    body = bytes.fromhex("".join(parts).replace(" ", ""))
    assert len(body) < 0x80
    return parse_fcp(bytes((0x62, len(body))) + body, path)


def test_the_logged_ef_odf():
    """The answer for EF(ODF) in the logged bootstrap read."""
    info = parse_fcp(
        bytes.fromhex("6216820241218302503 18A01058B036F0602800200208800".replace(" ", "")), ODF
    )
    assert info == FileInfo(
        path=ODF,
        kind=FileKind.TRANSPARENT,
        fid=0x5031,
        size=32,
        sfi=None,
        life_cycle=LifeCycle.ACTIVATED,
        access_reference=(0x6F06, 2),
        raw=info.raw,
    )


def test_an_adf_with_pin_status():
    """The form of the logged ADF answer, its AID written out."""
    info = fcp(
        "8202 7821 840C A000000063504B43532D3135 8A0105 8B032F060C C609 9001 40 830101 83010A",
        path=FilePath((0x7FFF,)),
    )
    assert info.kind is FileKind.ADF
    assert info.aid == bytes.fromhex("a000000063504b43532d3135")
    assert info.access_reference == (0x2F06, 0x0C)
    assert info.pins == ((0x01, False), (0x0A, True))
    assert info.fid is None


@pytest.mark.parametrize(
    ("descriptor", "kind"),
    [
        ("8202 7821", FileKind.DF),
        ("8202 3821", FileKind.DF),
        ("8202 4121", FileKind.TRANSPARENT),
        ("8202 0121", FileKind.TRANSPARENT),
        ("8205 4221 006E 05", FileKind.LINEAR_FIXED),
        ("8205 0221 006E 05", FileKind.LINEAR_FIXED),
        ("8205 4621 0010 02", FileKind.CYCLIC),
        ("8205 0621 0010 02", FileKind.CYCLIC),
        ("8202 7921", FileKind.BER_TLV),
        ("8202 3921", FileKind.BER_TLV),
        ("8202 4921", FileKind.INTERNAL),
        ("8202 0E21", FileKind.INTERNAL),
        ("8202 C121", FileKind.UNKNOWN),
        ("8202 7A21", FileKind.UNKNOWN),
        ("8202 5121", FileKind.UNKNOWN),
        ("8202 4321", FileKind.UNKNOWN),
        ("8200", FileKind.UNKNOWN),
        ("8800", FileKind.UNKNOWN),
    ],
)
def test_file_descriptor_byte(descriptor, kind):
    assert fcp(descriptor).kind is kind


def test_the_path_decides_what_is_the_mf_and_the_own_file_id_is_only_told():
    assert fcp("8202 7821 8302 7F50", path=MF).kind is FileKind.MF
    info = fcp("8202 4121 8302 6430", path=FilePath((0x7FFF, 0x6432)))
    assert info.fid == 0x6430
    assert info.path.fid == 0x6432


def test_records():
    info = fcp("8205 4221 006E 05 8002 0226")
    assert (info.record_length, info.record_count, info.size) == (110, 5, 550)
    assert fcp("8205 4221 006E 05").size == 550
    assert fcp("8204 4221 0010 8002 0040").record_count == 4


@pytest.mark.parametrize(
    ("tag", "path", "sfi"),
    [
        ("8801F0", ODF, 30),
        ("880110", ODF, 2),
        ("8800", ODF, None),
        ("", FilePath((0x3F00, 0x2FE2)), 2),
        ("", FilePath((0x3F00, 0x2F1F)), None),
        ("", FilePath((0x3F00, 0x2F20)), None),
        ("880100", ODF, None),
        ("88020000", ODF, None),
    ],
)
def test_short_file_identifier(tag, path, sfi):
    assert fcp("8202 4121", tag, path=path).sfi == sfi


def test_directories_have_no_short_identifier():
    assert fcp("8202 7821", path=FilePath((0x3F00, 0x7F10))).sfi is None


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ("00", LifeCycle.NONE),
        ("01", LifeCycle.CREATION),
        ("03", LifeCycle.INITIALISATION),
        ("04", LifeCycle.DEACTIVATED),
        ("05", LifeCycle.ACTIVATED),
        ("06", LifeCycle.DEACTIVATED),
        ("07", LifeCycle.ACTIVATED),
        ("0C", LifeCycle.TERMINATED),
        ("0F", LifeCycle.TERMINATED),
        ("C0", LifeCycle.TERMINATED),
        ("CF", LifeCycle.TERMINATED),
        ("10", LifeCycle.NONE),
        ("02", LifeCycle.NONE),
    ],
)
def test_life_cycle(value, state):
    assert fcp("8202 4121 8A01", value).life_cycle is state


@pytest.mark.parametrize(
    ("tag", "reference"),
    [
        ("8B03 2F06 0C", (0x2F06, 12)),
        ("8B06 6F06 01 02 00 03", (0x6F06, 2)),
        ("8B06 6F06 00 03 01 02", (0x6F06, 2)),
        ("8B04 6F06 00 03", (0x6F06, 3)),
        ("8B02 6F06", None),
        ("8B05 6F06 00 03 01", None),
        ("8B00", None),
    ],
)
def test_referenced_access_rules(tag, reference):
    assert fcp("8202 4121", tag).access_reference == reference


def test_compact_and_expanded_rules_are_read():
    assert fcp("8202 4121 8C02 0100").rule.condition("read") == AccessCondition(always=True)
    rule = fcp("8202 4121 AB0B 800101 A406 83010A 950108").rule
    assert rule.condition("read").keys == (0x0A,)
    assert rule.condition("update").never


def test_sizes():
    info = fcp("8202 4121 8002 8000 8103 010000")
    assert (info.size, info.total_size) == (0x8000, 0x10000)
    odd = fcp("8202 4121 8005 0000000001")
    assert odd.size is None
    assert (0x80, bytes.fromhex("0000000001")) in odd.proprietary


def test_unknown_tags_are_kept_and_do_no_harm():
    info = fcp("8202 4121 A506 8001 71 C001 80 9F11 01 AA 8A01 05 8002 0010")
    assert info.proprietary == ((0xA580, b"\x71"), (0xA5C0, b"\x80"), (0x9F11, b"\xaa"))
    assert info.size == 16
    broken = fcp("8202 4121 A502 8005 8002 0010")
    assert broken.proprietary == ((0xA5, b"\x80\x05"),)
    assert broken.size == 16


def test_order_does_not_matter():
    parts = ["82024121", "83025031", "8A0105", "8B036F0602", "80020020", "8800"]
    assert fcp(*parts).size == fcp(*reversed(parts)).size
    assert fcp(*reversed(parts)).kind is FileKind.TRANSPARENT


@pytest.mark.parametrize(
    "raw",
    [
        "62 8106 82024121 8800",
        "62 06 82024121 8800 9000",
        "62 06 82024121 8800 FFFFFF",
        "6F 08 62 06 82024121 8800",
        "6F 06 82024121 8800",
        "62 08 82024121 FFFFFFFF",
        "62 08 82024121 8005 0000",
    ],
)
def test_what_is_read_although_it_is_unusual(raw):
    assert parse_fcp(bytes.fromhex(raw), ODF).kind is FileKind.TRANSPARENT


@pytest.mark.parametrize(
    "raw", ["", "6F", "6283", "62 10 8202", "9000", "00", "FF", "6203 820241", "6280", "6200"]
)
def test_what_is_no_fcp(raw):
    with pytest.raises(DecodeError) as caught:
        parse_fcp(bytes.fromhex(raw), ODF)
    assert caught.value.offset is not None


def test_pin_status_template():
    def states(text):
        return parse_pin_status(bytes.fromhex(text))

    assert states("9001 80 830101") == ((1, True),)
    assert states("9001 C0 950108 830101 830181 83010A") == ((1, True), (0x81, True), (0x0A, False))
    assert states("9002 0080 " + "830101" * 9)[8] == (1, True)
    assert states("830101") == ((1, False),)
    assert states("") == ()


def fcp_or_error(raw):
    try:
        info = parse_fcp(raw, ODF)
    except DecodeError:
        return
    assert info.path is ODF
    assert info.raw == raw
    assert info.size is None or 0 <= info.size < 1 << 32


TAGS = st.sampled_from([0x80, 0x81, 0x82, 0x83, 0x84, 0x88, 0x8A, 0x8B, 0x8C, 0xAB, 0xA5, 0xC6])
TLVS = st.lists(
    st.tuples(TAGS, st.binary(max_size=12)).map(lambda t: bytes((t[0], len(t[1]))) + t[1]),
    max_size=10,
).map(b"".join)
RANDOM = st.one_of(
    st.binary(max_size=64), TLVS.map(lambda b: b"\x62\x81" + bytes((min(len(b), 255),)) + b)
)


@settings(max_examples=500, deadline=None)
@given(RANDOM)
def test_random_bytes(raw):
    fcp_or_error(raw)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(RANDOM)
def test_random_bytes_long(raw):
    fcp_or_error(raw)


@pytest.mark.parametrize("cut", range(24))
def test_every_truncation(cut):
    whole = bytes.fromhex("62168202412183025031" + "8A01058B036F0602800200208800")
    fcp_or_error(whole[:cut])
