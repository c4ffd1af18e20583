"""LwM2M TLV framing and values: vectors both ways, boundaries, faults (TS 1.0.2, 6.4.3 and C)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.errors import DecodeError, EncodeError
from smartboot.formats.lwm2m import Kind, Tlv, decode_tlv, encode_tlv
from smartboot.formats.lwm2m.tlv import encode_one
from smartboot.formats.lwm2m.values import Type, decode_value, encode_value, unsigned_value

VECTORS = [
    pytest.param("c10755", [Tlv(Kind.RESOURCE, 7, b"U")], id="one byte"),
    pytest.param("c10101", [Tlv(Kind.RESOURCE, 1, b"\x01")], id="boolean"),
    pytest.param("c004", [Tlv(Kind.RESOURCE, 4, b"")], id="no value"),
    pytest.param("61012c05", [Tlv(Kind.RESOURCE_INSTANCE, 300, b"\x05")], id="16-bit instance id"),
    pytest.param("c41100150000", [Tlv(Kind.RESOURCE, 17, b"\0\x15\0\0")], id="link to /21/0"),
    pytest.param("e1ffff00", [Tlv(Kind.RESOURCE, 65535, b"\0")], id="largest id"),
    pytest.param(
        "80100101c0",
        [Tlv(Kind.MULTIPLE_RESOURCE, 16, b""), Tlv(Kind.OBJECT_INSTANCE, 1, b"\xc0")],
        id="two of them",
    ),
]


@pytest.mark.parametrize(("wire", "value"), VECTORS)
def test_tlv_both_ways(wire: str, value: list[Tlv]) -> None:
    assert decode_tlv(bytes.fromhex(wire)) == value
    assert encode_tlv(value).hex() == wire


@pytest.mark.parametrize(
    ("length", "header"),
    [
        (0, "c005"),
        (1, "c105"),
        (7, "c705"),
        (8, "c80508"),
        (255, "c805ff"),
        (256, "d0050100"),
        (65535, "d005ffff"),
        (65536, "d805010000"),
    ],
)
def test_length_boundaries(length: int, header: str) -> None:
    wire = bytes.fromhex(header) + bytes(length)
    assert encode_one(Kind.RESOURCE, 5, bytes(length)) == wire
    assert decode_tlv(wire) == [Tlv(Kind.RESOURCE, 5, bytes(length))]


@pytest.mark.parametrize(("number", "header"), [(0, "c100"), (255, "c1ff"), (256, "e10100")])
def test_identifier_boundaries(number: int, header: str) -> None:
    assert encode_one(Kind.RESOURCE, number, b"x") == bytes.fromhex(header) + b"x"


def test_low_bits_beside_a_length_field_are_ignored() -> None:
    assert decode_tlv(bytes.fromhex("cd000141")) == [Tlv(Kind.RESOURCE, 0, b"A")]


@pytest.mark.parametrize(
    ("wire", "offset", "part"),
    [
        ("c8", 0, "identifier"),
        ("c800", 0, "length"),
        ("e100", 0, "identifier"),
        ("c10001c8", 3, "identifier"),
        ("c10001d00101", 3, "length"),
        ("c100", 0, "need 1 bytes, 0 left"),
        ("ffffffffffff", 0, "need 16777215 bytes"),
    ],
)
def test_cut_off(wire: str, offset: int, part: str) -> None:
    with pytest.raises(DecodeError, match=part) as caught:
        decode_tlv(bytes.fromhex(wire))
    assert caught.value.offset == offset


@pytest.mark.parametrize("number", [-1, 65536])
def test_identifier_out_of_bounds(number: int) -> None:
    with pytest.raises(EncodeError, match=r"0\.\.65535"):
        encode_one(Kind.RESOURCE, number, b"")


def test_value_too_long() -> None:
    with pytest.raises(EncodeError, match="16777216 bytes"):
        encode_one(Kind.RESOURCE, 0, bytes(1 << 24))


TLVS = st.lists(
    st.builds(Tlv, st.sampled_from(Kind), st.integers(0, 65535), st.binary(max_size=300)),
    max_size=6,
)


@settings(max_examples=500, deadline=None)
@given(TLVS)
def test_decode_undoes_encode(tlvs: list[Tlv]) -> None:
    assert decode_tlv(encode_tlv(tlvs)) == tlvs


VALUES = [
    (Type.STRING, "U", "55"),
    (Type.STRING, "", ""),
    (Type.CORELNK, "</3/0>", "3c2f332f303e"),
    (Type.INTEGER, 0, "00"),
    (Type.INTEGER, 127, "7f"),
    (Type.INTEGER, 128, "0080"),
    (Type.INTEGER, 200, "00c8"),
    (Type.INTEGER, -128, "80"),
    (Type.INTEGER, -129, "ff7f"),
    (Type.INTEGER, 300, "012c"),
    (Type.INTEGER, 32767, "7fff"),
    (Type.INTEGER, 32768, "00008000"),
    (Type.INTEGER, 65534, "0000fffe"),
    (Type.INTEGER, 43200, "0000a8c0"),
    (Type.INTEGER, 2**31 - 1, "7fffffff"),
    (Type.INTEGER, 2**31, "0000000080000000"),
    (Type.INTEGER, -(2**63), "8000000000000000"),
    (Type.UNSIGNED, 200, "c8"),
    (Type.UNSIGNED, 49320, "c0a8"),
    (Type.UNSIGNED, 2**64 - 1, "ffffffffffffffff"),
    (Type.TIME, 1700000000, "6553f100"),
    (Type.FLOAT, -2.5, "c0200000"),
    (Type.FLOAT, 0.1, "3fb999999999999a"),
    (Type.FLOAT, 1e300, "7e37e43c8800759c"),
    (Type.BOOLEAN, True, "01"),
    (Type.BOOLEAN, False, "00"),
    (Type.OPAQUE, b"\xff\x00", "ff00"),
    (Type.OBJLNK, (21, 0), "00150000"),
    (Type.OBJLNK, (65535, 65535), "ffffffff"),
    (Type.NONE, None, ""),
]


@pytest.mark.parametrize(("kind", "value", "wire"), VALUES)
def test_value_both_ways(kind: Type, value: object, wire: str) -> None:
    assert encode_value(value, kind).hex() == wire  # type: ignore[arg-type]
    read = decode_value(bytes.fromhex(wire), kind)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("kind", "wire", "value"),
    [
        (Type.INTEGER, "0000000000000005", 5),
        (Type.INTEGER, "c8", -56),
        (Type.INTEGER, "00c8", 200),
        (Type.UNSIGNED, "00000001", 1),
        (Type.FLOAT, "c004000000000000", -2.5),
    ],
)
def test_longer_forms_are_read(kind: Type, wire: str, value: object) -> None:
    assert decode_value(bytes.fromhex(wire), kind) == value


def test_not_a_number_is_a_float() -> None:
    assert encode_value(math.nan, Type.FLOAT).hex() == "7fc00000"
    assert math.isnan(decode_value(bytes.fromhex("7fc00000"), Type.FLOAT))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "wire", "reason"),
    [
        *((Type.INTEGER, "01" * n, f"not {n}$") for n in (0, 3, 5, 6, 7, 9)),
        *((Type.UNSIGNED, "01" * n, f"not {n}$") for n in (0, 3, 9)),
        (Type.BOOLEAN, "02", "00 or 01"),
        (Type.BOOLEAN, "0001", "00 or 01"),
        (Type.BOOLEAN, "", "00 or 01"),
        (Type.OBJLNK, "1100", "4 bytes, not 2"),
        (Type.FLOAT, "00", "4 or 8 bytes"),
        (Type.STRING, "61ff", "from byte 1 of the value"),
        (Type.NONE, "00", "has no value"),
    ],
)
def test_value_refused(kind: Type, wire: str, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decode_value(bytes.fromhex(wire), kind)


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (Type.INTEGER, 2**63, "too large"),
        (Type.UNSIGNED, -1, "negative"),
        (Type.UNSIGNED, 2**64, "too large"),
        (Type.INTEGER, True, "not a boolean"),
        (Type.INTEGER, "5", "not text"),
        (Type.BOOLEAN, 1, "a number"),
        (Type.STRING, 5, "a number"),
        (Type.STRING, "\ud800", "UTF-8"),
        (Type.OBJLNK, (65536, 0), r"0\.\.65535"),
        (Type.OPAQUE, "text", "text"),
        (Type.NONE, b"", "bytes"),
        (Type.STRING, None, "nothing"),
    ],
)
def test_value_not_written(kind: Type, value: object, reason: str) -> None:
    with pytest.raises(EncodeError, match=reason):
        encode_value(value, kind)  # type: ignore[arg-type]


def test_unsigned_reading() -> None:
    assert unsigned_value(b"\xc8") == 200
    assert unsigned_value(b"\xa8\xc0") == 43200
    assert unsigned_value(b"\1\2\3") is None


@settings(max_examples=500, deadline=None)
@given(st.sampled_from([Type.INTEGER, Type.UNSIGNED, Type.TIME]), st.data())
def test_integers_are_short_and_keep_their_value(kind: Type, data: st.DataObject) -> None:
    unsigned = kind is Type.UNSIGNED
    low, high = (0, 2**64 - 1) if unsigned else (-(2**63), 2**63 - 1)
    number = data.draw(st.integers(low, high))
    raw = encode_value(number, kind)
    assert decode_value(raw, kind) == number
    assert len(raw) in (1, 2, 4, 8)
    if len(raw) > 1:
        with pytest.raises(OverflowError):
            number.to_bytes(len(raw) // 2, "big", signed=not unsigned)
