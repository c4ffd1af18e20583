"""The exchange engine, rule by rule: each test is the exact row of TPDUs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.apdu import Command, Response, make_exchange
from smartboot.apdu.exchange import MAX_ROUNDS
from smartboot.errors import CardError, UsageError
from tests.support.scripted import AnsweringCard, ScriptedCard

SELECT = Command(0x01, 0xA4, 0x08, 0x04, bytes.fromhex("7fff5031"), le=256)
SELECT_HEX = "01A40804047FFF5031"
READ = Command(0x00, 0xB0, le=256)


def run(command: Command, text: str, *, t0: bool = True) -> Response:
    card = ScriptedCard(text)
    response = make_exchange(card.transmit, t0=t0)(command)
    assert card.done()
    return response


CASES = [
    pytest.param(Command(0, 0x44), "0044000000 > 9000", "", 0x9000, id="case 1 gets P3 00"),
    pytest.param(READ, "00B0000000 > A1A2 9000", "a1a2", 0x9000, id="case 2"),
    pytest.param(
        Command(0, 0xA4, 0, 0x0C, b"\x3f\x00"), "00A4000C023F00 > 9000", "", 0x9000, id="case 3"
    ),
    pytest.param(
        SELECT,
        f"{SELECT_HEX} > 6103\n01C0000003 > 620100 9000",
        "620100",
        0x9000,
        id="case 4 drops Le and fetches on its channel",
    ),
    pytest.param(
        SELECT,
        f"{SELECT_HEX} > 6102\n01C0000002 > A1A2 6101\n01C0000001 > A3 9000",
        "a1a2a3",
        0x9000,
        id="61 chain",
    ),
    pytest.param(
        SELECT,
        f"{SELECT_HEX} > 6100\n01C0000000 > {'5A' * 256} 9000",
        "5a" * 256,
        0x9000,
        id="6100 is 256 bytes",
    ),
    pytest.param(
        Command(0, 0xA4, 0, 0x0C, b"\x3f\x00"),
        "00A4000C023F00 > 6120",
        "",
        0x6120,
        id="an answer nobody asked for is not fetched",
    ),
    pytest.param(
        READ, "00B0000000 > 6C02\n00B0000002 > A1A2 9000", "a1a2", 0x9000, id="6C corrects Le"
    ),
    pytest.param(
        Command(0, 0xB0, le=1),
        f"00B0000001 > 6C00\n00B0000000 > {'00' * 256} 9000",
        "00" * 256,
        0x9000,
        id="6C00 is 256 bytes",
    ),
    pytest.param(
        READ, "00B0000000 > 6C02\n00B0000002 > 6C03", "", 0x6C03, id="6C is followed once only"
    ),
    pytest.param(
        SELECT,
        f"{SELECT_HEX} > 6110\n01C0000010 > 6C02\n01C0000002 > A1A2 9000",
        "a1a2",
        0x9000,
        id="6C of a GET RESPONSE resends the GET RESPONSE",
    ),
    pytest.param(SELECT, f"{SELECT_HEX} > 6C02", "", 0x6C02, id="6C never shortens data"),
    pytest.param(
        SELECT,
        f"{SELECT_HEX} > 6283\n01C0000000 > 6C02\n01C0000002 > A1A2 9000",
        "a1a2",
        0x6283,
        id="behind a warning, the warning kept",
    ),
    pytest.param(
        SELECT,
        f"{SELECT_HEX} > 6200\n01C0000000 > 6101\n01C0000001 > A1 9000",
        "a1",
        0x6200,
        id="behind a warning, announced",
    ),
    pytest.param(
        SELECT, f"{SELECT_HEX} > 6283\n01C0000000 > 6F00", "", 0x6283, id="nothing behind a warning"
    ),
    pytest.param(READ, "00B0000000 > A1 6282", "a1", 0x6282, id="a warning with data stays"),
    pytest.param(
        Command(0, 0xB0, le=4), "00B0000004 > 6282", "", 0x6282, id="no fetching after a case 2"
    ),
    pytest.param(
        Command(0, 0x20, 0, 1, b"\x31" * 8),
        f"0020000108{'31' * 8} > 63C2",
        "",
        0x63C2,
        id="63Cx of a key is an answer",
    ),
    pytest.param(
        Command(0, 0x20, 0, 1), "0020000100 > 6C08", "", 0x6C08, id="a key query is never resent"
    ),
    pytest.param(
        Command(0, 0x20, 0, 1, b"\x31" * 8, le=256),
        f"0020000108{'31' * 8} > 63C2",
        "",
        0x63C2,
        id="63Cx of a key with Le fetches nothing",
    ),
    pytest.param(
        SELECT,
        f"{SELECT_HEX} > 6101\n01C0000001 > A1 9110",
        "a1",
        0x9110,
        id="91xx at the end is kept",
    ),
    pytest.param(
        Command(0xA0, 0xA4, 0, 0, b"\x3f\x00", le=256),
        "A0A40000023F00 > 9F02\nA0C0000002 > A1A2 9000",
        "a1a2",
        0x9000,
        id="9Fxx on a 2G SIM",
    ),
    pytest.param(
        Command(0xA0, 0xA4, 0, 0, b"\x3f\x00"),
        "A0A40000023F00 > 9F17",
        "",
        0x9F17,
        id="9Fxx is not fetched unasked",
    ),
    pytest.param(SELECT, f"{SELECT_HEX} > 9F02", "", 0x9F02, id="9Fxx means nothing on a UICC"),
    pytest.param(
        Command(0x80, 0xC2, data=b"\xd1", le=256),
        "80C2000001D1 > 6101\n00C0000001 > A1 9000",
        "a1",
        0x9000,
        id="GET RESPONSE is interindustry after 8X",
    ),
    pytest.param(
        Command(0xC3, 0xCB, data=b"\x5c", le=256),
        "C3CB0000015C > 6101\n43C0000001 > 6E00\nC3C0000001 > A1 9000",
        "a1",
        0x9000,
        id="the command's own class as a fallback",
    ),
    pytest.param(
        SELECT, f"{SELECT_HEX} > 6105\n01C0000005 > 6F00", "", 0x6F00, id="a lost answer is told"
    ),
]


@pytest.mark.parametrize(("command", "text", "data", "sw"), CASES)
def test_t0(command, text, data, sw):
    response = run(command, text)
    assert response.data.hex() == data
    assert response.sw == sw


def test_the_class_that_worked_is_tried_first_next_time():
    card = ScriptedCard(
        """
        80C2000001D1 > 6101
        00C0000001 > 6E00
        80C0000001 > A1 9000
        80C2000001D1 > 6101
        80C0000001 > A2 9000
        """
    )
    exchange = make_exchange(card.transmit, t0=True)
    envelope = Command(0x80, 0xC2, data=b"\xd1", le=256)
    assert [exchange(envelope).data for _ in range(2)] == [b"\xa1", b"\xa2"]
    assert card.done()


@pytest.mark.parametrize("sw", ["6110", "6C10", "6283", "9000"])
def test_t1_passes_through(sw):
    response = run(SELECT, f"{SELECT_HEX}00 > {sw}", t0=False)
    assert response == Response(b"", int(sw, 16))


def test_t1_carries_extended_apdus():
    command = Command(0, 0xB0, le=0x10000)
    assert run(command, "00B00000000000 > A1 9000", t0=False).data == b"\xa1"


def test_t0_cannot_carry_extended_apdus():
    card = ScriptedCard("")
    with pytest.raises(UsageError):
        make_exchange(card.transmit, t0=True)(Command(0, 0xB0, le=257))
    assert card.sent == []


ENDLESS = {
    "61FF without data": lambda command: b"\x61\xff",
    "61FF with one byte": lambda command: b"\x00\x61\xff",
    "61FF with data": lambda command: bytes(255) + b"\x61\xff",
    "a megabyte at once": lambda command: bytes(1 << 20) + b"\x61\xff",
    "6C behind every 61": lambda command: b"\x6c\x01" if command[4] == 0xFF else b"\xaa\x61\xff",
}


@pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS)
def test_a_card_that_never_ends_is_left(answer):
    card = AnsweringCard(answer)
    with pytest.raises(CardError, match="does not end") as caught:
        make_exchange(card.transmit, t0=True)(SELECT)
    assert caught.value.command_name == "SELECT"
    assert len(card.sent) <= 2 * MAX_ROUNDS + 1


def hostile_answers_end(answers, command):
    left = list(answers)
    card = AnsweringCard(lambda _: left.pop() if left else b"\x61\x10")
    try:
        response = make_exchange(card.transmit, t0=True)(command)
    except CardError:
        pass
    else:
        assert 0 <= response.sw <= 0xFFFF
    assert len(card.sent) <= len(answers) + 3


ANSWERS = st.lists(
    st.tuples(
        st.binary(max_size=8),
        st.sampled_from([0x61, 0x62, 0x63, 0x6C, 0x90, 0x91, 0x9F, 0x6F, 0x00, 0xFF]),
        st.integers(0, 255),
    ).map(lambda t: t[0] + bytes(t[1:])),
    max_size=12,
)
COMMANDS = st.sampled_from([SELECT, READ, Command(0xA0, 0xA4, data=b"\x3f\x00", le=256)])


@settings(max_examples=500, deadline=None)
@given(ANSWERS, COMMANDS)
def test_any_row_of_answers_ends(answers, command):
    hostile_answers_end(answers, command)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(ANSWERS, COMMANDS)
def test_any_row_of_answers_ends_long(answers, command):
    hostile_answers_end(answers, command)
