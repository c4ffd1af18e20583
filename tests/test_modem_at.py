"""The AT codec by tables, and by random bytes: a value or DecodeError, and no secret in sight."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smartboot.apdu import Response
from smartboot.errors import DecodeError
from smartboot.transport.modem_at import (
    MAX_LINE,
    MAX_LINES,
    Final,
    FinalKind,
    ReplyCollector,
    cchc,
    ccho,
    cgla,
    csim,
    parse_apdu_answer,
    parse_final,
    parse_pin_state,
    parse_session,
    plain,
)

VERIFY = bytes.fromhex("0020000A08") + b"87654321"

# TS 27.007, 8.17 and 8.43: the length is that of the characters, twice the bytes.
COMMANDS = [
    pytest.param(csim(bytes.fromhex("0070000001")), b'AT+CSIM=10,"0070000001"\r', id="csim"),
    pytest.param(
        csim(bytes.fromhex("00a4000c023f00")), b'AT+CSIM=14,"00A4000C023F00"\r', id="upper case"
    ),
    pytest.param(
        cgla("000000000385A7CF", bytes.fromhex("80f2000c00")),
        b'AT+CGLA=000000000385A7CF,10,"80F2000C00"\r',
        id="cgla gives the session back as it came",
    ),
    pytest.param(ccho(bytes.fromhex("a0000000871002")), b'AT+CCHO="A0000000871002"\r', id="ccho"),
    pytest.param(cchc("2"), b"AT+CCHC=2\r", id="cchc"),
    pytest.param(plain("AT+CPIN?"), b"AT+CPIN?\r", id="plain"),
]


@pytest.mark.parametrize(("command", "wire"), COMMANDS)
def test_commands_on_the_wire(command, wire):
    assert command.to_bytes() == wire


@pytest.mark.parametrize("command", [csim(VERIFY), cgla("1", VERIFY)], ids=["csim", "cgla"])
def test_a_command_with_a_key_shows_its_name_only(command):
    assert VERIFY.hex().upper().encode() in command.to_bytes()
    for shown in (str(command), repr(command), f"{command}", command.name):
        assert "VERIFY PIN" in shown
        assert "3837363534333231" not in shown


FINALS = [
    ("OK", Final(FinalKind.OK)),
    (" ok ", Final(FinalKind.OK)),
    ("ERROR", Final(FinalKind.ERROR)),
    ("COMMAND NOT SUPPORT", Final(FinalKind.ERROR, text="command not support")),
    ("+CME ERROR: 14", Final(FinalKind.CME, 14, "SIM busy")),
    ("+CME ERROR:14", Final(FinalKind.CME, 14, "SIM busy")),
    ("+cme error: 3", Final(FinalKind.CME, 3, "operation not allowed")),
    ("+CME ERROR: 0", Final(FinalKind.CME, 0, "phone failure")),
    ("+CME ERROR: 515", Final(FinalKind.CME, 515)),
    ("+CME ERROR: SIM not inserted", Final(FinalKind.CME, 10, "SIM not inserted")),
    ("+CME ERROR: Parameters error", Final(FinalKind.CME, None, "Parameters error")),
    ("+CME ERROR", Final(FinalKind.CME)),
    ("+CMS ERROR: 314", Final(FinalKind.CMS, 314)),
    ("+CMS ERROR: 14", Final(FinalKind.CMS, 14)),
    ("+CREG: 1", None),
    ("RING", None),
    ("^SYSSTART", None),
    ('+CSIM: 4,"9000"', None),
    ("+CME ERRORS: 3", None),
    ("OKAY", None),
    ("NO CARRIER", None),
    ("", None),
]


@pytest.mark.parametrize(("line", "final"), FINALS)
def test_result_codes(line, final):
    assert parse_final(line) == final


def test_only_ok_is_success_and_code_0_is_an_error():
    # A client that takes 0 for success believes that the card has answered.
    finals = [final for _, final in FINALS if final is not None]
    assert [final.kind for final in finals if final.ok] == [FinalKind.OK] * 2
    assert not parse_final("+CME ERROR: 0").ok


@pytest.mark.parametrize(
    ("line", "busy"),
    [
        ("+CME ERROR: 14", True),
        ("+CME ERROR: SIM busy", True),
        ("+CMS ERROR: 314", True),
        ("+CMS ERROR: 14", False),
        ("+CME ERROR: 13", False),
        ("ERROR", False),
    ],
)
def test_busy(line, busy):
    assert parse_final(line).is_busy is busy


ANSWERS = [
    pytest.param(['+CSIM: 4,"9000"'], "9000", id="as the standard has it"),
    pytest.param(['+CSIM: 8,"62009000"'], "62009000", id="data"),
    pytest.param(['+CSIM:4,"9000"'], "9000", id="no blank"),
    pytest.param([' + CSIM : 4 , "90 00" '], "9000", id="blanks everywhere"),
    pytest.param(["+CSIM: 4,9000"], "9000", id="no quotes"),
    pytest.param(['+CSIM: 4,"6a82"'], "6A82", id="lower case"),
    pytest.param(['+csim: 4,"6A82"'], "6A82", id="lower case name"),
    pytest.param(['+CGLA: 4,"9000"'], "9000", id="cgla"),
    pytest.param(['4,"9000"'], "9000", id="without its name"),
    pytest.param(['+CSIM: 2,"9000"'], "9000", id="counted in bytes"),
    pytest.param(['+CSIM: 6,"019000"'], "019000", id="MANAGE CHANNEL"),
    pytest.param(["+CREG: 1", "RING", '+CSIM: 4,"9000"', "^RSSI: 3"], "9000", id="unsolicited"),
    pytest.param(['+CSIM: 8,"620', "+CREG: 1", '09000"'], "62009000", id="cut in two"),
    pytest.param(['+CSIM: 8,"', "+CREG: 1", '62009000"'], "62009000", id="cut at the start"),
    pytest.param(['+CSIM: 8,"62009000', "RING", '"'], "62009000", id="cut before the quote"),
    pytest.param(['+CSIM: 2,"90', "RING", '00"'], "9000", id="cut in two, counted in bytes"),
    pytest.param(["+CSIM: 8,62", "RING", "00", "^X", "9000"], "62009000", id="cut twice, bare"),
    pytest.param(['10,"00A4"', '+CSIM: 4,"9000"'], "9000", id="a named one goes first"),
]


@pytest.mark.parametrize(("lines", "answer"), ANSWERS)
def test_answers(lines, answer):
    assert parse_apdu_answer(lines) == Response.from_bytes(bytes.fromhex(answer))


BAD_ANSWERS = [
    pytest.param([], "no answer", id="nothing"),
    pytest.param(["+CREG: 1"], "no answer", id="another line"),
    pytest.param(["+CSIM:"], "no answer", id="empty"),
    pytest.param(['+CSIM: x,"9000"'], "no answer", id="no number"),
    pytest.param(['+CSIM: 4,"90G0"'], "no answer", id="no hex"),
    pytest.param(['+CSIM: 4,"9000"x'], "no answer", id="more behind it"),
    pytest.param(['+CSIM: 9999999,"9000"'], "no answer", id="a number too long"),
    pytest.param(['+CSIM: 6,"9000"'], "6 hex characters and sends 4", id="characters missing"),
    pytest.param(['+CSIM: 4,"019000"'], "4 hex characters and sends 6", id="too many"),
    pytest.param(['+CSIM: 5,"90000"'], "5 hex characters and sends 5", id="odd"),
    pytest.param(['+CSIM: 2,"90"'], "status word", id="no status word"),
    pytest.param(['+CSIM: 0,""'], "status word", id="no answer at all"),
]


@pytest.mark.parametrize(("lines", "reason"), BAD_ANSWERS)
def test_bad_answers(lines, reason):
    with pytest.raises(DecodeError, match=reason):
        parse_apdu_answer(lines)


def test_a_bad_answer_is_not_shown():
    with pytest.raises(DecodeError) as caught:
        parse_apdu_answer(['+CSIM: 44,"5EC2E75EC2E7"', "5EC2E7"])
    assert "5EC2E7" not in str(caught.value).upper()


@pytest.mark.parametrize(
    ("lines", "session"),
    [
        (["+CCHO: 1"], "1"),
        (['+CCHO: "2"'], "2"),
        (["+CREG: 1,2", "+CCHO:3"], "3"),
        (["+CCHO: 00000000038aa32f"], "00000000038AA32F"),
        (["1"], "1"),
        (["7", "+CCHO: 2"], "2"),
    ],
)
def test_sessions(lines, session):
    assert parse_session(lines) == session


@pytest.mark.parametrize("lines", [[], ["+CCHO:"], ["+CCHO: 1;x"], ["+CREG: 1"], ["RING"]])
def test_bad_sessions(lines):
    with pytest.raises(DecodeError):
        parse_session(lines)


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        (["+CPIN: READY"], "READY"),
        (["+CREG: 1", "+cpin:sim pin"], "SIM PIN"),
        (['+CPIN: "SIM PUK"'], "SIM PUK"),
        ([], None),
        (["+CPIN"], None),
    ],
)
def test_pin_states(lines, state):
    assert parse_pin_state(lines) == state


# -- replies in pieces


def collected(text: str) -> ReplyCollector:
    collector = ReplyCollector(plain("AT+CPIN?"))
    collector.feed(text.encode())
    return collector


REPLIES = [
    pytest.param("\r\n+CPIN: READY\r\n\r\nOK\r\n", ["+CPIN: READY"], False, id="usual"),
    pytest.param("AT+CPIN?\r\r\n+CPIN: READY\r\n\r\nOK\r\n", ["+CPIN: READY"], True, id="echo"),
    pytest.param("AT+CPIN?\r\nOK\r\n", [], True, id="echo with line feed"),
    pytest.param("+CPIN: READY\rOK\r", ["+CPIN: READY"], False, id="carriage returns"),
    pytest.param("+CPIN: READY\nOK\n", ["+CPIN: READY"], False, id="line feeds"),
    pytest.param("\0\0\r\nOK\r\n", [], False, id="noise of a modem waking up"),
    pytest.param("RING\r\nOK\r\nlate", ["RING"], False, id="what follows does not belong to it"),
]


@pytest.mark.parametrize(("text", "lines", "echoed"), REPLIES)
def test_replies(text, lines, echoed):
    collector = collected(text)
    assert (collector.final, collector.lines, collector.echoed) == (
        Final(FinalKind.OK),
        lines,
        echoed,
    )


@pytest.mark.parametrize(("text", "lines", "echoed"), REPLIES)
def test_replies_byte_by_byte(text, lines, echoed):
    collector = ReplyCollector(plain("AT+CPIN?"))
    for at in range(len(text)):
        collector.feed(text[at : at + 1].encode())
    assert (collector.lines, collector.echoed) == (lines, echoed)
    assert collector.final == Final(FinalKind.OK)


def test_the_echo_of_a_key_is_not_kept():
    command = csim(VERIFY)
    collector = ReplyCollector(command)
    assert collector.feed(command.to_bytes() + b'\r\n+CSIM: 4,"9000"\r\n\r\nOK\r\n')
    assert collector.lines == ['+CSIM: 4,"9000"']


def test_an_incomplete_reply_is_none():
    assert collected("+CPIN: READY\r\nO").final is None
    assert collected("+CPIN: READY\r\nOK").final is None


def test_a_modem_that_talks_without_end_does_not_fill_the_memory():
    collector = ReplyCollector(plain("AT"))
    collector.feed(b"x" * (3 * MAX_LINE))
    collector.feed(b"\r\n+CREG: 1\r\n" * 1000)
    assert len(collector.lines) == MAX_LINES
    collector.feed(b"y" * MAX_LINE + b"zzz\r\n")
    assert collector.lines[-1] == "y" * MAX_LINE


# -- properties


def survive(first: bytes, second: bytes) -> None:
    collector = ReplyCollector(csim(VERIFY))
    collector.feed(first)
    collector.feed(second)
    collector.feed(b"\r\nOK\r\n")
    assert collector.final is not None
    for parse in (parse_apdu_answer, parse_session, parse_pin_state):
        try:
            parse(collector.lines)
        except DecodeError:
            continue


@given(st.binary(max_size=300), st.binary(max_size=300))
@settings(max_examples=500, deadline=None)
@example(b'\r\n+CSIM: 4,"9000"\r\n', b"\r\nOK\r\n")
@example(b'+CSIM: 4,"9', b'000"\r\nOK\r\n')
def test_random_bytes_give_a_value_or_decode_error(first, second):
    survive(first, second)


@pytest.mark.slow
@given(st.binary(max_size=2000), st.binary(max_size=2000))
@settings(max_examples=10_000, deadline=None)
def test_random_bytes_give_a_value_or_decode_error_at_length(first, second):
    survive(first, second)


LINES = st.lists(
    st.sampled_from(
        ['+CSIM: 4,"9000"', '+CSIM: 8,"62', '009000"', "+CSIM:", "RING", "+CREG: 1", "9000", '"']
    )
    | st.text(alphabet='+CSIMGLA:0123456789ABCDEF", ', max_size=30),
    max_size=8,
)


@given(LINES)
@settings(max_examples=500, deadline=None)
def test_lines_nearly_right_give_a_value_or_decode_error(lines):
    try:
        response = parse_apdu_answer(lines)
    except DecodeError:
        return
    assert 0 <= response.sw <= 0xFFFF


@given(
    st.binary(min_size=2, max_size=258),
    st.lists(st.sampled_from(["+CREG: 1,5", "RING", '^RSSI: 3,"AB"', "+QIND: x"]), max_size=3),
    st.booleans(),
    st.booleans(),
    st.integers(0, 600),
    st.integers(1, 50),
)
@settings(max_examples=500, deadline=None)
def test_any_answer_comes_through_any_habit(answer, noise, upper, quotes, cut, step):
    digits = answer.hex().upper() if upper else answer.hex()
    quote = '"' if quotes else ""
    at = min(cut, len(digits))
    lines = "".join(f"{line}\r\n" for line in noise)
    middle = f"\r\n{lines}" if noise else ""
    text = f"{lines}+CSIM: {len(digits)},{quote}{digits[:at]}{middle}{digits[at:]}{quote}\r\nOK\r\n"
    collector = ReplyCollector(csim(VERIFY))
    for start in range(0, len(text), step):
        collector.feed(text[start : start + step].encode())
    assert parse_apdu_answer(collector.lines).to_bytes() == answer
