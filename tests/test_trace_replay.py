"""Recording a card and playing it back: connections, without the command line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.bootstrap import read_bootstrap
from smartboot.card import open_card
from smartboot.card.base import FilePath
from smartboot.errors import (
    CardMuteError,
    CardRemovedError,
    ReplayError,
    TransportError,
)
from smartboot.transport import trace_jsonl, trace_pcapng
from smartboot.transport.base import CardConnection, CardProtocol
from smartboot.transport.replay import ReplayConnection
from smartboot.transport.trace_entries import (
    Contents,
    Trace,
    TracedCommand,
    TracedFailure,
    TracedReset,
    TraceHeader,
)
from smartboot.transport.trace_stats import explained, measure
from smartboot.virtual import InProcessConnection, VirtualCard
from tests.support.cards import LWM2M_160, profile_card
from tests.support.scripted import AnsweringCard
from tests.support.traces import record, sending, tracing

REFERENCE = [("lwm2m", 0x6432, LWM2M_160, 1024)]
SECRET = bytes.fromhex("A07C3391E24D5B68F6120D9A5E8744C1")
"""The pre-shared key in the document."""
VERIFY = "00200001083132333435363738"
KEY = bytes.fromhex("3132333435363738")


def encoded(trace: Trace) -> dict[str, bytes]:
    """The trace in both forms."""
    return {
        name: codec.encode_header(trace.header)
        + b"".join(codec.encode_entry(*row) for row in explained(trace.entries))
        for name, codec in (("jsonl", trace_jsonl), ("pcapng", trace_pcapng))
    }


def holds(data: bytes, wanted: bytes) -> bool:
    """Whether bytes stand in a file, as they are or as hex."""
    return wanted in data or wanted.hex().encode() in data.lower()


def read_all(connection: CardConnection, **options: Any) -> dict[str, Any]:
    card = open_card(connection)
    return read_bootstrap(card, **options).to_dict(show_secrets=True)


# -- recording


@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
@pytest.mark.parametrize("contents", list(Contents))
def test_documents_are_recorded_only_when_asked_for(protocol: str, contents: Contents) -> None:
    image = profile_card(REFERENCE, virtual={"protocol": protocol})
    trace, _ = record(image, read_all, contents)
    for data in encoded(trace).values():
        assert holds(data, SECRET) == (contents is Contents.ALL)
        assert holds(data, b"LwM2M") or holds(data, b"object 6432") == (
            contents is not Contents.NONE
        )


@pytest.mark.parametrize("contents", list(Contents))
def test_the_directory_is_recorded_unless_nothing_is(contents: Contents) -> None:
    _, rows = record(profile_card(REFERENCE), read_all, contents)
    shown = {
        meaning.file_name
        for entry, meaning in rows
        if meaning and meaning.name.startswith("READ") and not entry.answer_blanked
    }
    directory = {"EF(ICCID)", "EF(DIR)", "EF(ODF)", "EF(DODF)"}
    assert (
        shown
        == {
            Contents.NONE: set(),
            Contents.DIRECTORY: directory,
            Contents.ALL: directory | {"EF(LwM2M_Bootstrap)"},
        }[contents]
    )


@pytest.mark.parametrize("contents", list(Contents))
@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
@pytest.mark.parametrize("ins", [0x20, 0x24, 0x26, 0x28, 0x2C, 0x88, 0x82, 0xD8])
def test_keys_are_never_recorded(contents: Contents, protocol: str, ins: int) -> None:
    image = profile_card(REFERENCE, virtual={"protocol": protocol})
    command = f"00{ins:02X}000108{KEY.hex()}"
    trace, (row,) = record(image, sending(command), contents)
    entry = row[0]
    assert isinstance(entry, TracedCommand)
    assert (entry.data, entry.data_blanked) == (bytes(8), True)
    assert KEY.hex().upper() not in str(entry)
    for data in encoded(trace).values():
        assert not holds(data, KEY)
        assert not holds(data, KEY[2:])


def test_what_a_card_echoes_of_a_key_is_not_recorded() -> None:
    card = AnsweringCard(lambda command: command[5:] + b"\x90\x00")
    traced, rows = tracing(card)
    traced.transmit(bytes.fromhex(VERIFY))
    assert KEY not in rows[0][0].answer  # type: ignore[union-attr]


def test_a_key_the_card_never_answered_is_not_recorded() -> None:
    card = VirtualCard(profile_card(REFERENCE))
    connection = InProcessConnection(card)
    traced, rows = tracing(connection)
    card.faults.mute = True
    with pytest.raises(CardMuteError):
        traced.transmit(bytes.fromhex(VERIFY))
    ((entry, _),) = rows
    assert isinstance(entry, TracedFailure)
    assert (entry.error, entry.data, entry.data_blanked) == ("CardMuteError", bytes(8), True)


def test_written_documents_are_recorded_only_when_asked_for() -> None:
    def write(connection: CardConnection) -> None:
        card = open_card(connection)
        with card.session() as fs:
            fs.select_application(bytes.fromhex("A000000063504B43532D3135"))
            card.verify(0x0A, b"12345678")
            info = fs.select(FilePath((0x7FFF, 0x6432)))
            fs.update_binary(info, 0, b"a secret document of 32 bytes!!!")  # type: ignore[attr-defined]

    image = profile_card(REFERENCE)
    for contents in Contents:
        trace, rows = record(image, write, contents)
        assert [m.phase.value for _, m in rows if m and m.name == "UPDATE BINARY"] == ["write"]
        for data in encoded(trace).values():
            assert holds(data, b"a secret document") == (contents is Contents.ALL)
            assert not holds(data, b"12345678")


def test_times_are_those_of_the_clock() -> None:
    _, rows = record(profile_card(REFERENCE), sending("00A40004022FE2", "00C0000010"))
    assert [entry.time_us for entry, _ in rows] == [1_700_000_000_000_000, 1_700_000_000_002_000]
    assert {entry.duration_us for entry, _ in rows} == {1000}


def test_resets_are_recorded() -> None:
    def use(connection: CardConnection) -> None:
        connection.transmit(bytes.fromhex("00A40000027F50"))
        connection.reset()
        connection.transmit(bytes.fromhex("00B0000001"))

    trace, _ = record(profile_card(REFERENCE), use)
    assert [type(entry) for entry in trace.entries] == [TracedCommand, TracedReset, TracedCommand]
    replay = ReplayConnection(trace, "x")
    use(replay)
    assert replay.left == 0
    assert measure(trace).resets == 1


# -- replaying


@pytest.mark.parametrize("form", ["jsonl", "pcapng"])
@pytest.mark.parametrize("virtual", [{}, {"protocol": "T=1"}, {"channels": 1}])
def test_a_replay_reads_the_same(form: str, virtual: dict[str, Any]) -> None:
    image = profile_card(REFERENCE, virtual=virtual)
    wanted: list[dict[str, Any]] = []
    trace, _ = record(image, lambda connection: wanted.append(read_all(connection)))
    codec = {"jsonl": trace_jsonl, "pcapng": trace_pcapng}[form]
    replay = ReplayConnection(codec.decode(encoded(trace)[form]), "x")
    assert read_all(replay) == wanted[0]
    assert replay.left == 0


def test_a_pin_of_the_same_length_fits_the_recording() -> None:
    image = profile_card(REFERENCE, read="pin1")
    wanted: list[dict[str, Any]] = []
    trace, _ = record(
        image, lambda c: wanted.append(read_all(c, keys=lambda reference: b"1234\xff\xff\xff\xff"))
    )
    assert not any(holds(data, b"1234\xff") for data in encoded(trace).values())
    for key in (b"1234\xff\xff\xff\xff", b"8888\xff\xff\xff\xff"):
        assert read_all(ReplayConnection(trace, "x"), keys=lambda reference, k=key: k) == wanted[0]


def simple(*commands: str, **header: Any) -> ReplayConnection:
    trace, _ = record(profile_card(REFERENCE), sending(*commands))
    return ReplayConnection(Trace(TraceHeader(**header), trace.entries), "tape.jsonl")


@pytest.mark.parametrize(
    ("recorded", "sent", "words"),
    [
        (
            "00A4000C022FE2",
            "00A4000C022F00",
            [
                *("entry 1", "byte 2 of the data"),
                "recorded 00 A4 00 0C 02 2FE2 (SELECT, 3F00/2FE2 EF(ICCID))",
                "sent 00 A4 00 0C 02 2F00 (SELECT, 3F00/2F00 EF(DIR))",
            ],
        ),
        ("00A4000C022FE2", "00B000000A", ["the header", "00 B0 00 00 0A (READ BINARY)"]),
        ("00A4000C022FE2", "00A4000C023F", ["the length", "sent 00 A4 00 0C 02 3F (SELECT)"]),
        (
            "00D6000004" + "AA" * 4,
            "00D6000004" + "AA" * 3 + "BB",
            ["byte 4 of the data", "<4 bytes>"],
        ),
        (VERIFY, "0020000104" + "31" * 4, ["the header", "<8 bytes>", "<4 bytes>"]),
        (VERIFY, "0020000208" + "32" * 8, ["the header", "00 20 00 02 08 <8 bytes> (VERIFY PIN)"]),
    ],
)
def test_a_command_that_differs_is_shown_beside_the_recorded(
    recorded: str, sent: str, words: list[str]
) -> None:
    replay = simple(recorded)
    with pytest.raises(ReplayError) as caught:
        replay.transmit(bytes.fromhex(sent))
    message = str(caught.value)
    assert message.startswith("tape.jsonl: ")
    for word in words:
        assert word in message
    assert "31323334" not in message
    assert "32323232" not in message
    assert "AAAA" not in message
    assert caught.value.exit_status == 3
    assert caught.value.hint
    # From here on nothing would fit, not even the command that was recorded.
    with pytest.raises(ReplayError, match="entry 1"):
        replay.transmit(bytes.fromhex(recorded))
    with pytest.raises(ReplayError, match="entry 1"):
        replay.reset()


def test_the_end_of_the_recording_is_one_error() -> None:
    replay = simple("00A4000C022FE2")
    replay.transmit(bytes.fromhex("00A4000C022FE2"))
    with pytest.raises(ReplayError, match="ends after 1 entries, and READ BINARY was sent"):
        replay.transmit(bytes.fromhex("00B000000A"))
    with pytest.raises(ReplayError, match="cut off"):
        ReplayConnection(Trace(TraceHeader(), (), truncated=True), "x").transmit(bytes(5))


def test_a_blanked_answer_is_not_made_up() -> None:
    trace, _ = record(profile_card(REFERENCE), read_all, Contents.DIRECTORY)
    with pytest.raises(ReplayError, match=r"READ BINARY \(entry 17\).*256 bytes are blanked") as e:
        read_all(ReplayConnection(trace, "x"))
    assert "--trace-contents" in (e.value.hint or "")


def test_resets_have_to_fit() -> None:
    with pytest.raises(ReplayError, match="SELECT was recorded, the card is reset"):
        simple("00A4000C022FE2").reset()
    replay = ReplayConnection(Trace(TraceHeader(), (TracedReset(b"\x3b"),)), "x")
    with pytest.raises(ReplayError, match="a reset was recorded, SELECT was sent"):
        replay.transmit(bytes.fromhex("00A4000C022FE2"))
    with pytest.raises(ReplayError, match="nothing more was recorded"):
        ReplayConnection(Trace(TraceHeader(), ()), "x").reset()


def test_the_identity_is_the_recorded_one() -> None:
    replay = simple(reader="Reader 00", atr=b"\x3b\x00", protocol=CardProtocol.T1)
    assert (replay.name, replay.atr.hex()) == ("Reader 00", "3b00")
    assert replay.protocol is CardProtocol.T1
    assert simple().name == "replay:tape.jsonl"
    replay.close()


@pytest.mark.parametrize("after", [0, 5, 16])
def test_a_removal_is_played_back(after: int) -> None:
    def use(connection: CardConnection) -> None:
        with pytest.raises(CardRemovedError) as caught:
            read_all(connection)
        errors.append((str(caught.value), caught.value.hint))

    errors: list[tuple[str, str | None]] = []
    card = VirtualCard(profile_card(REFERENCE))
    connection = InProcessConnection(card)
    card.faults.remove_after = after
    traced, rows = tracing(connection)
    use(traced)
    trace = Trace(TraceHeader(), tuple(entry for entry, _ in rows))
    for name, codec in (("jsonl", trace_jsonl), ("pcapng", trace_pcapng)):
        use(ReplayConnection(codec.decode(encoded(trace)[name]), "x"))
    assert len(set(errors)) == 1


def test_a_failed_reset_is_played_back() -> None:
    class Gone(AnsweringCard):
        def reset(self) -> bytes:
            raise CardRemovedError("gone", hint="put it back")

    traced, rows = tracing(Gone(lambda command: b"\x90\x00"))
    with pytest.raises(CardRemovedError):
        traced.reset()
    replay = ReplayConnection(Trace(TraceHeader(), tuple(e for e, _ in rows)), "x")
    with pytest.raises(CardRemovedError, match="gone"):
        replay.reset()


@pytest.mark.parametrize("name", ["SystemExit", "CardError", "__name__", "SmartbootError", ""])
def test_a_recording_makes_transport_errors_only(name: str) -> None:
    failure = TracedFailure(b"\x00\xb0\x00\x00", b"", b"", name, "from a file")
    with pytest.raises(TransportError, match="from a file"):
        ReplayConnection(Trace(TraceHeader(), (failure,)), "x").transmit(b"\x00\xb0\x00\x00")


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.binary(max_size=12), max_size=5),
    st.lists(st.binary(max_size=12), max_size=6),
    st.sampled_from(CardProtocol),
)
def test_any_commands_replay_or_end_in_one_error(
    recorded: list[bytes], sent: list[bytes], protocol: CardProtocol
) -> None:
    traced, rows = tracing(AnsweringCard(lambda command: command[:2] + b"\x90\x00", protocol))
    for command in recorded:
        traced.transmit(command)
    entries = tuple(entry for entry, _ in rows)
    replay = ReplayConnection(Trace(TraceHeader(protocol=protocol), entries), "x")
    for number, command in enumerate(sent):
        try:
            replay.transmit(command)
        except ReplayError:
            return
        assert len(recorded[number]) == len(command)
