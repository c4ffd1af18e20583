"""Object identifiers: contents octets and dotted text, and the form with the header twice."""

from __future__ import annotations

import pytest

from smartboot.errors import DecodeError, EncodeError
from smartboot.pkcs15.oid import (
    KNOWN_OIDS,
    ObjectId,
    decode_content,
    encode_content,
    format_of,
)

PAIRS = [
    ("672B0501", "2.23.43.5.1"),
    ("672B0502", "2.23.43.5.2"),
    ("672B0503", "2.23.43.5.3"),
    ("672B0701", "2.23.43.7.1"),
    ("672B0901", "2.23.43.9.1"),
    ("00", "0.0"),
    ("27", "0.39"),
    ("28", "1.0"),
    ("4F", "1.39"),
    ("50", "2.0"),
    ("78", "2.40"),
    ("8837", "2.999"),
    ("2A864886F70D010F", "1.2.840.113549.1.15"),
    ("55047F", "2.5.4.127"),
    ("55048100", "2.5.4.128"),
    ("5504FF7F", "2.5.4.16383"),
    ("5504818000", "2.5.4.16384"),
    ("0604672B0901", "0.6.4.103.43.9.1"),
]


@pytest.mark.parametrize(("content", "dotted"), PAIRS)
def test_both_ways(content: str, dotted: str) -> None:
    assert decode_content(bytes.fromhex(content)) == dotted
    assert encode_content(dotted).hex().upper() == content


@pytest.mark.parametrize(
    "content",
    ["", "80", "672B8001", "672B89", "67" * 129, "FF" * 19 + "01", "672B" + "FF" * 40],
    ids=["empty", "zero digit", "zero digit inside", "cut off", "long", "wide arc", "endless arc"],
)
def test_what_is_no_oid(content: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_content(bytes.fromhex(content))
    assert caught.value.offset is not None
    with pytest.raises(DecodeError):
        ObjectId(bytes.fromhex(content))


@pytest.mark.parametrize(
    "text",
    ["", "2", "2.", ".2", "3.1", "1.40", "0.99", "2.23.x", "2.023", "2.-1", "2.1 ", "2.1\n",
     "2." + "9" * 5000, "2." + ".".join(["1"] * 200), "2.23." + "9" * 42,
     f"2.23.{2**133}"],
)  # fmt: skip
def test_what_cannot_be_encoded(text: str) -> None:
    with pytest.raises(EncodeError):
        encode_content(text)


def test_a_uuid_arc_fits() -> None:
    dotted = f"2.25.{2**128 - 1}"
    assert decode_content(encode_content(dotted)) == dotted


def test_the_widest_arc_that_is_read_is_written_too() -> None:
    content = bytes.fromhex("67" + "ff" * 18 + "7f")
    dotted = decode_content(content)
    assert dotted == f"2.23.{2**133 - 1}"
    assert encode_content(dotted) == content


def test_wrapped_twice() -> None:
    oid = ObjectId(bytes.fromhex("0604672B0901"))
    assert oid.is_wrapped
    assert oid.dotted == str(oid) == "2.23.43.9.1"
    assert oid.meant.hex() == "672b0901"
    assert oid.encode().hex() == "06060604672b0901"
    assert ObjectId.from_dotted("2.23.43.9.1", wrapped=True) == oid
    assert ObjectId.from_dotted("2.23.43.9.1").encode().hex() == "0604672b0901"


@pytest.mark.parametrize(
    "content", ["672B0901", "0603672B0901", "0605672B0901", "060180", "0600", "06"]
)
def test_not_wrapped(content: str) -> None:
    raw = bytes.fromhex(content)
    try:
        oid = ObjectId(raw)
    except DecodeError:
        return
    assert not oid.is_wrapped
    assert oid.meant == raw


def test_known_oids() -> None:
    assert {oid: known.format for oid, known in KNOWN_OIDS.items()} == {
        "2.23.43.5.1": "oma-cp",
        "2.23.43.5.2": "oma-cp",
        "2.23.43.5.3": "oma-cp",
        "2.23.43.7.1": "oma-dm",
        "2.23.43.9.1": "lwm2m",
    }
    assert format_of("2.23.43.9.1") == "lwm2m"
    assert format_of("2.23.43.9.2") is None
    assert format_of(None) is None


def test_an_oid_wrapped_more_than_once_means_the_innermost() -> None:
    twice = ObjectId(bytes.fromhex("060406022A03"))
    assert twice.is_wrapped
    assert twice.dotted == "1.2.3"
    assert twice.encode() == bytes.fromhex("0606060406022A03")
    assert ObjectId.from_dotted(twice.dotted).dotted == "1.2.3"
