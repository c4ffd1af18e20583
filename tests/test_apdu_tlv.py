"""BER-TLV: boundaries of the length, padding, offsets, hostile bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartboot.apdu import tlv
from smartboot.errors import DecodeError, UsageError


@pytest.mark.parametrize(
    ("length", "head"),
    [
        (0, "30 00"),
        (1, "30 01"),
        (0x7F, "30 7F"),
        (0x80, "30 81 80"),
        (0xFF, "30 81 FF"),
        (0x100, "30 82 0100"),
        (0xFFFF, "30 82 FFFF"),
        (0x10000, "30 83 010000"),
    ],
)
def test_length_boundaries(length: int, head: str) -> None:
    wire = tlv.encode(0x30, bytes(length))
    assert wire == bytes.fromhex(head) + bytes(length)
    parsed = tlv.parse(wire)
    assert (parsed.tag, len(parsed.value), parsed.end) == (0x30, length, len(wire))


def test_two_byte_tags() -> None:
    wire = tlv.encode(0x5F20, b"ab")
    assert wire.hex() == "5f20026162"
    assert tlv.parse(wire).tag == 0x5F20


def test_children_keep_offsets_of_the_outermost_bytes() -> None:
    outer = tlv.parse(bytes.fromhex("62 07 82 02 78 21 8A 01 05"))
    first, second = outer.children()
    assert (first.tag, first.offset, first.value_offset) == (0x82, 2, 4)
    assert (second.tag, second.offset, second.value_offset) == (0x8A, 6, 8)
    assert tlv.find([first, second], 0x8A) is second
    assert tlv.find([first], 0x99) is None


@pytest.mark.parametrize("pad", ["00", "FF"])
def test_padding_ends_the_row_when_it_may(pad: str) -> None:
    data = bytes.fromhex("04 01 AA" + pad * 3)
    assert [t.value for t in tlv.iterate(data, padding=True)] == [b"\xaa"]


@pytest.mark.parametrize(
    ("wire", "offset"),
    [
        ("", 0),
        ("30", 1),
        ("3F", 1),
        ("3F 81 01 00", 0),
        ("30 80", 1),
        ("30 85 0000000001", 1),
        ("30 05 01 02", 2),
        ("30 84 FFFFFFFF 00", 6),
        ("30 01 00 00", 3),
    ],
)
def test_malformed_is_told_with_its_offset(wire: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        tlv.parse(bytes.fromhex(wire))
    assert caught.value.offset == offset


@given(st.binary(max_size=64))
def test_any_bytes_give_objects_or_a_decode_error(data: bytes) -> None:
    try:
        items = list(tlv.iterate(data))
    except DecodeError as error:
        assert error.offset is not None
    else:
        assert all(item.end <= len(data) for item in items)


@given(st.integers(0, 0x1E) | st.sampled_from([0x5F20, 0x7F49]), st.binary(max_size=300))
def test_parsing_undoes_writing(tag: int, value: bytes) -> None:
    assert tlv.parse(tlv.encode(tag, value)).value == value


def test_a_tag_of_three_bytes_is_refused() -> None:
    with pytest.raises(UsageError):
        tlv.encode(0x10000, b"")
