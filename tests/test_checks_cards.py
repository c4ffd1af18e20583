"""Checks over whole cards: those shipped, those with habits, those that answer anything at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.card import open_card
from smartboot.checks.engine import check
from smartboot.checks.subject import inspect_card
from smartboot.errors import SmartbootError, TransportError, UsageError
from smartboot.image import CardImage
from smartboot.model import Severity
from smartboot.profiles.load import load_profile, load_profile_or_image
from smartboot.transport.base import CardProtocol
from smartboot.virtual import InProcessConnection, VirtualCard
from smartboot.virtual.personalities import PERSONALITIES, apply_personality
from tests.support.cards import profile_card, with_file
from tests.support.checked import OURS, report_of, report_of_card, structure_codes
from tests.support.checked_cards import edited, sound
from tests.support.scripted import AnsweringCard
from tests.support.virtualcards import sample_image
from tests.test_card_hostile import ANSWERS, LIMIT

PROFILES = sorted(Path(__file__).parent.parent.joinpath("card_profiles").glob("*.yaml"))


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_the_shipped_profiles_make_sound_cards(path):
    report = report_of(
        load_profile_or_image(path),
        keys=lambda reference: b"1234" if reference == 1 else None,
        profile=load_profile(path, examples=True),
    )
    assert report.errors == 0
    assert [
        finding
        for finding in report.findings
        if finding.code in OURS and finding.severity is not Severity.INFO
    ] == []


PRICE = 64

# What a habit comes to, beside what is found on the same card without it.
HABITS = {
    "fcp-without-size": ["INTEROP-NO-SIZE"],
    "sizeless-6282": ["INTEROP-NO-SIZE"],
    "sizeless-short": ["INTEROP-NO-SIZE"],
    "one-id": ["CARD-FID-DIFFERS"] * 3,
    "aid-refused": ["INTEROP-AID-ONLY"],
    "sim-2g": ["INTEROP-SIM-LWM2M"],
}


@pytest.mark.parametrize("name", PERSONALITIES)
def test_a_card_with_habits_is_no_card_with_faults(name):
    assert structure_codes(apply_personality(sound(), name)) == HABITS.get(name, [])


def test_checking_has_a_price():
    """What the checks look at beside a read, in TPDUs on a T=0 card. A rule that needs more of
    the card has to say so here."""
    virtual = VirtualCard(sound())
    report_of_card(virtual)
    assert virtual.tpdus == PRICE


def survive(answers: list[bytes], protocol: CardProtocol) -> None:
    count = 0

    def answer(_command: bytes) -> bytes:
        nonlocal count
        count += 1
        assert count < LIMIT, "the checks do not come to an end"
        return answers[count % len(answers)]

    try:
        report = check(inspect_card(open_card(AnsweringCard(answer, protocol))))
    except UsageError as error:
        pytest.fail(f"a card made the program misuse itself: {error}")
    except TransportError:
        return
    except SmartbootError as error:
        # Opening a card may fail for the card's own reasons; looking at an open one may not.
        assert count < 30, error
        return
    assert len(report.findings) < 2_000


@settings(max_examples=150, deadline=None)
@given(ANSWERS, st.sampled_from(CardProtocol))
def test_any_answers(answers, protocol):
    survive(answers, protocol)


@pytest.mark.slow
@settings(max_examples=5_000, deadline=None)
@given(ANSWERS, st.sampled_from(CardProtocol))
def test_any_answers_long(answers, protocol):
    survive(answers, protocol)


CONDITIONS = st.sampled_from(
    ["always", "never", "pin1", "adm1", "adm5", "pin1 and adm1", "universal-pin or pin2"]
)
OPERATIONS = ["read", "update", "delete", "resize", "activate", "deactivate", "terminate"]
FIDS = ["5031", "5032", "6430", "6432"]
STATES = st.sampled_from(["creation", "initialisation", "activated", "deactivated", "terminated"])
FRAGMENTS = st.sampled_from(
    [
        "A706300404026430",
        "A706300404025031",
        "A7083006040464306432",
        "A806300404026430",
        "A12A300E0C0C486172626F72204C774D324D300806060604672B0901A10E300C0604672B0901300404026432",
        "30273015",
        "3016300B0C01780302068004010130060604672B0501A1053003040164",
        "300F040464306432020101800200FF",
        "30110201000401008006504B43533135030100",
        "00020076",
        "030B6A00",
        "00",
        "FF",
    ]
)
CONTENT = st.lists(st.one_of(FRAGMENTS, st.binary(max_size=6).map(bytes.hex)), max_size=12).map(
    "".join
)


@st.composite
def odd_cards(draw: st.DrawFn) -> CardImage:
    """The sound card with files in any state, of any size, with any content and conditions."""
    image = sound()
    for fid in FIDS:
        data = draw(CONTENT)
        changes = {
            "data": data,
            "size": max(1, len(data) // 2 + draw(st.integers(0, 40))),
            "life_cycle": draw(STATES),
            "access": draw(st.dictionaries(st.sampled_from(OPERATIONS), CONDITIONS)),
        }
        if draw(st.booleans()):
            image = with_file(image, f"7F50/{fid}", **changes)
    record = draw(st.one_of(st.binary(max_size=40).map(bytes.hex), st.just("")))
    if record:
        image = with_file(image, "2F00", records=[record])
    kind = draw(st.sampled_from(["referenced", "compact", "expanded"]))
    return edited(image, lambda plain: plain["card"].update(access_encoding=kind))


@settings(max_examples=60, deadline=None)
@given(odd_cards())
def test_odd_cards(image):
    virtual = VirtualCard(image)
    report_of_card(virtual)
    assert virtual.tpdus < 2_000
    assert virtual.to_image() == VirtualCard(image).to_image(), "the checks changed the card"


@pytest.mark.parametrize("data", [b"\x00" * 40, b"\xff" * 40, bytes(range(256))])
@pytest.mark.parametrize("name", ["oma-cp", "oma-dm", "lwm2m"])
def test_documents_without_sense(name, data):
    report_of(profile_card([(name, 0x6432, data, 256)]))


def test_a_card_of_another_kind_of_use():
    """No bootstrap data, files in directories, keys with few tries."""
    report = report_of(sample_image())
    assert "P15-DODF-ABSENT" in {finding.code for finding in report.findings}


def test_a_card_pulled_out_in_the_middle_is_a_transport_error():
    whole = VirtualCard(sound())
    report_of_card(whole)
    for count in range(0, whole.tpdus, 5):
        virtual = VirtualCard(sound())
        connection = InProcessConnection(virtual)
        left = count

        def transmit(command, connection=connection, virtual=virtual):
            nonlocal left
            left -= 1
            if left < 0:
                virtual.remove()
            return connection.transmit(command)

        card = AnsweringCard(lambda command: b"", connection.protocol)
        card.transmit = transmit
        with pytest.raises(TransportError):
            inspect_card(open_card(card))
