"""Keys: the question before, the guard for the last try, and never the same key twice."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.apdu import Response
from smartboot.card import PinStatus, open_card
from smartboot.card.pins import KeyGuard, pin_status_of
from smartboot.errors import (
    CardRemovedError,
    PinBlockedError,
    PinError,
    PinRefusedError,
    UsageError,
)
from tests.support.scripted import ScriptedCard

SELECT_ICCID = "00A4080C022FE2 > 9000\n"
KEY = b"1234"
SENT = "31323334FFFFFFFF"
ASK = "0020000100"
VERIFY = f"0020000108{SENT}"


def start(text: str):
    connection = ScriptedCard(SELECT_ICCID + text)
    return connection, open_card(connection)


@pytest.mark.parametrize(
    ("sw", "status"),
    [
        (0x63C3, PinStatus(1, remaining=3)),
        (0x63C0, PinStatus(1, remaining=0, blocked=True)),
        (0x63CF, PinStatus(1, remaining=15)),
        (0x6983, PinStatus(1, remaining=0, blocked=True)),
        (0x9000, PinStatus(1, verified=True)),
        (0x6984, PinStatus(1, disabled=True)),
        (0x6A88, PinStatus(1, exists=False)),
        (0x6700, PinStatus(1)),
        (0x6300, PinStatus(1)),
        (0x6D00, PinStatus(1)),
    ],
)
def test_the_question_about_the_tries_left(sw, status):
    assert pin_status_of(1, sw) == status
    connection, card = start(f"{ASK} > {sw:04X}")
    assert card.pin_status(1) == status
    assert connection.done()


def test_a_key_is_padded_and_sent_after_the_question():
    connection, card = start(f"{ASK} > 63C3\n{VERIFY} > 9000")
    card.verify(1, KEY)
    assert connection.done()


@pytest.mark.parametrize("answer", ["9000", "6984"])
def test_no_key_is_sent_where_none_is_needed(answer):
    connection, card = start(f"{ASK} > {answer}")
    card.verify(1, KEY)
    assert connection.done()


def test_a_refused_key_is_never_sent_again():
    connection, card = start(f"{ASK} > 63C3\n{VERIFY} > 63C2\n{ASK} > 63C2\n{ASK} > 63C2")
    with pytest.raises(PinRefusedError) as caught:
        card.verify(1, KEY)
    assert (caught.value.key_name, caught.value.remaining, caught.value.sw) == ("PIN1", 2, 0x63C2)
    for force in (False, True):
        with pytest.raises(PinRefusedError, match="before in this run"):
            card.verify(1, KEY, force=force)
    assert connection.done()


def test_another_key_may_still_be_sent():
    adm = f"0020000A08{SENT}"
    connection, card = start(f"{ASK} > 63C3\n{VERIFY} > 63C2\n0020000A00 > 63CA\n{adm} > 9000")
    with pytest.raises(PinRefusedError):
        card.verify(1, KEY)
    card.verify(0x0A, KEY)
    assert connection.done()


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        ("63C1", PinRefusedError, "only one try"),
        ("63C0", PinBlockedError, "blocked"),
        ("6983", PinBlockedError, "blocked"),
        ("6700", PinRefusedError, "does not tell"),
        ("6A88", PinRefusedError, "has no PIN1"),
    ],
)
def test_what_keeps_a_key_from_being_sent(answer, error, text):
    connection, card = start(f"{ASK} > {answer}")
    with pytest.raises(error, match=text) as caught:
        card.verify(1, KEY)
    assert caught.value.exit_status == 6
    assert connection.done()


@pytest.mark.parametrize("answer", ["63C1", "6700"])
def test_force_sends_all_the_same(answer):
    connection, card = start(f"{ASK} > {answer}\n{VERIFY} > 9000")
    card.verify(1, KEY, force=True)
    assert connection.done()


@pytest.mark.parametrize("answer", ["63C0", "6983", "6A88"])
def test_force_does_not_help_against_blocked_and_absent_keys(answer):
    connection, card = start(f"{ASK} > {answer}")
    with pytest.raises(PinError):
        card.verify(1, KEY, force=True)
    assert connection.done()


@pytest.mark.parametrize(
    ("answer", "error", "remaining"),
    [
        ("63C0", PinBlockedError, 0),
        ("6983", PinBlockedError, 0),
        ("63C1", PinRefusedError, 1),
        ("6982", PinRefusedError, None),
        ("6F00", PinRefusedError, None),
    ],
)
def test_refusals(answer, error, remaining):
    _, card = start(f"{ASK} > 63C3\n{VERIFY} > {answer}")
    with pytest.raises(error) as caught:
        card.verify(1, KEY)
    assert caught.value.remaining == remaining
    assert caught.value.sw == int(answer, 16)


def test_a_key_lost_with_the_card_counts_as_sent():
    _, card = start(f"{ASK} > 63C3\n{VERIFY} > DEAD\n{ASK} > 63C3")
    with pytest.raises(CardRemovedError):
        card.verify(1, KEY)
    with pytest.raises(PinRefusedError, match="not sent again"):
        card.verify(1, KEY)


@pytest.mark.parametrize("key", [b"", b"123456789"])
def test_keys_of_impossible_length(key):
    connection, card = start("")
    with pytest.raises(UsageError, match="PIN1 must be 1 to 8 bytes") as caught:
        card.verify(1, key)
    assert connection.done()
    assert "123456789" not in str(caught.value)


def test_keys_go_to_the_channel_in_use():
    connection, card = start(
        f"""
        0070000001 > 01 9000
        0120008100 > 63C3
        0120008108{SENT} > 9000
        0170800100 > 9000
        {ASK} > 9000
        """
    )
    with card.session():
        card.verify(0x81, KEY)
    card.verify(1, KEY)
    assert connection.done()


class Key:
    """A key as a card keeps it: refuses after a row of wrong ones, counts what was sent."""

    def __init__(self, answers: list[int]) -> None:
        self.answers = answers
        self.sent = 0

    def query(self, reference: int) -> PinStatus:
        return pin_status_of(reference, self.answers.pop() if self.answers else 0x63C3)

    def present(self, _reference: int, key: bytes) -> Response:
        self.sent += 1
        assert len(key) == 8
        return Response(b"", self.answers.pop() if self.answers else 0x63C2)


SWS = st.one_of(
    st.integers(0, 0xFFFF),
    st.sampled_from([0x9000, 0x63C0, 0x63C1, 0x63C2, 0x6983, 0x6984, 0x9804, 0x9808, 0x9840]),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(SWS, max_size=12), st.lists(st.booleans(), min_size=1, max_size=5))
def test_whatever_the_card_says_a_refused_key_is_sent_once(answers, forces):
    key = Key(answers)
    guard = KeyGuard(key.query, key.present)
    refused = 0
    for force in forces:
        before = key.sent
        try:
            guard.verify(1, b"55667788", force=force)
        except PinError as error:
            assert "55667788" not in f"{error} {error.hint} {error!r}"
            refused += key.sent - before
        assert refused <= 1
