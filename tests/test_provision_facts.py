"""What a card says of itself for the variables of a profile."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartboot.card import Card, open_card
from smartboot.errors import DecodeError, PinRequiredError
from smartboot.image import CardImage, image_from_data
from smartboot.profiles.load import load_profile_or_image
from smartboot.profiles.variables import Variable, VariableRule
from smartboot.provision.facts import card_facts, decode_imsi, read_imsi
from smartboot.virtual import InProcessConnection, VirtualCard
from tests.support.cards import with_file
from tests.support.cli import PROFILES

PSK = PROFILES / "lwm2m-psk.yaml"
SIM = PROFILES / "sim-2g-client-provisioning.yaml"


def variable(name: str, kind: str) -> Variable:
    return Variable(name, VariableRule.model_validate({"type": kind, "from": "card"}))


def opened(image: CardImage) -> tuple[Card, VirtualCard]:
    card = VirtualCard(image)
    return open_card(InProcessConnection(card)), card


# 001010123456789 is the IMSI of a test network (MCC 001, MNC 01), encoded by hand after
# TS 31.102, 4.2.2: length 8, then the parity nibble 9 (odd count) before the first digit.
@pytest.mark.parametrize(
    ("raw", "digits"),
    [
        pytest.param("080910101032547698", "001010123456789", id="15 digits"),
        pytest.param("0801101010325476F8", "00101012345678", id="14 digits and a fill nibble"),
        pytest.param("08091010103254A698", None, id="a nibble that is no digit"),
        pytest.param("0809F01010325476F8", None, id="a fill nibble before a digit"),
        pytest.param("0409101032FFFFFFFF", "0010123", id="short"),
        pytest.param("0401101032FFFFFFFF", "0010123", id="parity not held"),
        pytest.param("", None, id="nothing"),
        pytest.param("00", None, id="no digit"),
        pytest.param("FF" * 9, None, id="blank"),
        pytest.param("08", None, id="cut off"),
        pytest.param("0809", None, id="cut off later"),
        pytest.param("01FF", None, id="one fill nibble"),
        pytest.param("09" + "11" * 9, None, id="too long"),
    ],
)
def test_imsi(raw: str, digits: str | None) -> None:
    if digits is None:
        with pytest.raises(DecodeError):
            decode_imsi(bytes.fromhex(raw))
    else:
        assert decode_imsi(bytes.fromhex(raw)) == digits


@given(st.binary(max_size=12))
def test_any_bytes_give_digits_or_a_decode_error(raw: bytes) -> None:
    try:
        digits = decode_imsi(raw)
    except DecodeError:
        return
    assert digits.isdigit()
    assert len(digits) <= 15


@pytest.mark.parametrize("path", [PSK, SIM], ids=lambda path: path.stem)
def test_the_imsi_is_read_only_when_it_is_asked_for(path: Path) -> None:
    image = load_profile_or_image(path)
    card, counted = opened(image)
    before = counted.tpdus
    facts = card_facts(card, [variable("CARD", "iccid")], {})
    assert facts.imsi is None
    assert facts.iccid is not None
    assert counted.tpdus - before <= 2
    facts = card_facts(card, [variable("SUB", "imsi")], {"SUB": "1"})
    assert facts.imsi is None
    facts = card_facts(card, [variable("SUB", "imsi")], {})
    assert facts.imsi is not None
    assert facts.imsi.startswith("00101")


def test_a_pin_is_asked_for_after_a_refusal_only() -> None:
    image = load_profile_or_image(PSK)
    plain = with_file(image, "7FF0/6F07", access={"read": "pin1"}).model_dump(
        mode="json", by_alias=True, exclude_none=True
    )
    for pin in plain["pins"]:
        pin["enabled"] = True
    locked = image_from_data(plain)
    card, counted = opened(locked)
    with pytest.raises(PinRequiredError, match="PIN1"):
        read_imsi(card)
    assert counted.instructions[0x20] == 0
    assert read_imsi(card, lambda _: b"1234") == "001010123456789"


def test_a_card_without_one() -> None:
    for image in (
        image_from_data({"schema": "smartboot/image/1"}),
        with_file(load_profile_or_image(PSK), "7FF0/6F07", remove=True),
        with_file(load_profile_or_image(PSK), "7FF0/6F07", data="FF"),
        with_file(load_profile_or_image(PSK), "2F00", records=[]),
    ):
        card, _ = opened(image)
        assert read_imsi(card) is None
