"""The two forms of trace files: both ways, cut off, from elsewhere, and hostile."""

from __future__ import annotations

import ast
import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.errors import DecodeError
from smartboot.transport import trace_jsonl, trace_pcapng
from smartboot.transport.base import CardProtocol
from smartboot.transport.gsmtap import bare_packet, split_exchange, unwrap, wrap
from smartboot.transport.pcapng import encode_packet, encode_start
from smartboot.transport.trace_entries import (
    Contents,
    Trace,
    TracedCommand,
    TracedFailure,
    TracedReset,
    TraceEntry,
    TraceHeader,
    split_command,
)
from smartboot.transport.trace_stats import explained
from tests.support.traces import TRACES

CODECS = [
    pytest.param(trace_jsonl, id="jsonl"),
    pytest.param(trace_pcapng, id="pcapng"),
]
HEADER = TraceHeader("Reader 00", bytes.fromhex("3b9f"), CardProtocol.T1, Contents.ALL, "test 1")
READ = TracedCommand(bytes.fromhex("00b0000003"), b"", b"", b"abc", 0x9000, 1_000_000, 5)


def encode(codec, trace: Trace) -> bytes:
    """A whole file, with each entry's meaning as the recorder gives it."""
    entries = (codec.encode_entry(*row) for row in explained(trace.entries))
    return codec.encode_header(trace.header) + b"".join(entries)


# -- both ways


@pytest.mark.parametrize("codec", CODECS)
@settings(max_examples=500, deadline=None)
@given(trace=TRACES)
def test_a_trace_comes_back_as_it_was(codec, trace: Trace) -> None:
    assert codec.decode(encode(codec, trace)) == trace


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("codec", CODECS)
@settings(max_examples=10_000, deadline=None)
@given(trace=TRACES)
def test_many_traces_come_back_as_they_were(codec, trace: Trace) -> None:
    assert codec.decode(encode(codec, trace)) == trace


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("data", [0, 1, 254, 255, 256, 510, 511, 1020, 65535])
@pytest.mark.parametrize("answer", [0, 1, 255, 256, 257, 512, 65536])
def test_lengths_at_every_edge_come_back(codec, data: int, answer: int) -> None:
    head = bytes.fromhex("00d60000") + (bytes((data,)) if data < 256 else data.to_bytes(3, "big"))
    entry = TracedCommand(head, b"\x11" * data, b"\x00", b"\x22" * answer, 0x9000)
    assert codec.decode(encode(codec, Trace(HEADER, (entry,)))).entries == (entry,)


def test_a_very_long_command_that_failed_keeps_its_length_in_pcapng() -> None:
    failure = TracedFailure(b"\x00\xd6\x00\x00", b"\x11" * 65535, b"", "CardRemovedError", "gone")
    (entry,) = trace_pcapng.decode(encode(trace_pcapng, Trace(HEADER, (failure,)))).entries
    assert isinstance(entry, TracedFailure)
    assert (len(entry.data), entry.data_blanked, entry.message) == (65535, True, "gone")


def test_lines_of_jsonl_are_those_of_the_documentation() -> None:
    blanked = TracedCommand(
        bytes.fromhex("0020000108"), bytes(8), b"", b"", 0x63C2, 1, 2, data_blanked=True
    )
    lines = encode(trace_jsonl, Trace(HEADER, (READ, blanked, TracedReset(b"\x3b", 7)))).split(
        b"\n"
    )
    assert [json.loads(line) for line in lines[:-1]] == [
        {
            "schema": "smartboot/trace/1",
            "reader": "Reader 00",
            "atr": "3b9f",
            "protocol": "T=1",
            "contents": "all",
            "program": "test 1",
        },
        {
            "time": "1970-01-01T00:00:01.000000Z",
            "channel": 0,
            "phase": "other",
            "name": "READ BINARY",
            "command": "00b0000003",
            "response": "616263",
            "sw": "9000",
            "status": "done",
            "duration_us": 5,
        },
        {
            "time": "1970-01-01T00:00:00.000001Z",
            "channel": 0,
            "phase": "keys",
            "name": "VERIFY PIN",
            "command": "0020000108",
            "data": None,
            "blanked": {"data": 8},
            "response": "",
            "sw": "63c2",
            "status": "2 tries left",
            "duration_us": 2,
        },
        {"time": "1970-01-01T00:00:00.000007Z", "event": "reset", "atr": "3b"},
    ]


@pytest.mark.parametrize(
    ("command", "protocol", "parts"),
    [
        ("00a40000023f00", "T=0", ("00a4000002", "3f00", "")),
        ("00b0000000", "T=0", ("00b0000000", "", "")),
        ("0020000108" + "31" * 8, "T=0", ("0020000108", "31" * 8, "")),
        ("00200001", "T=1", ("00200001", "", "")),
        ("00b0000000", "T=1", ("00b0000000", "", "")),
        ("00a40000023f00", "T=1", ("00a4000002", "3f00", "")),
        ("00a40000023f0000", "T=1", ("00a4000002", "3f00", "00")),
        ("00b00000000400", "T=1", ("00b00000000400", "", "")),
        ("00d60000000001aa", "T=1", ("00d60000000001", "aa", "")),
        ("00d60000000001aa0000", "T=1", ("00d60000000001", "aa", "0000")),
        # No form of an APDU: nothing behind the length byte may pass for a header.
        ("00200001083132", "T=1", ("0020000108", "3132", "")),
        ("0020000100313233343536", "T=1", ("0020000100", "313233343536", "")),
        ("0020", "T=1", ("0020", "", "")),
        ("", "T=0", ("", "", "")),
    ],
)
def test_commands_are_split_by_their_form(command: str, protocol: str, parts: object) -> None:
    split = split_command(bytes.fromhex(command), CardProtocol(protocol))
    assert tuple(part.hex() for part in split) == parts


@settings(max_examples=500, deadline=None)
@given(command=st.binary(max_size=300), protocol=st.sampled_from(CardProtocol))
def test_parts_of_a_command_are_the_command(command: bytes, protocol: CardProtocol) -> None:
    head, data, tail = split_command(command, protocol)
    assert head + data + tail == command
    assert len(head) <= 7
    assert len(tail) <= 2


# -- what T=0 makes of a command


@pytest.mark.parametrize(
    ("header", "p3", "data", "answer", "sw", "packets"),
    [
        ("00200001", 0, "", "", 0x63C3, ["002000010063c3"]),
        ("00b00000", 10, "", "", 0x6982, ["00b000000a6982"]),
        ("00b00000", 0, "", "aabb", 0x9000, ["00b0000002aabb9000"]),
        ("00d60000", 0, "aa", "", 0x9000, ["00d6000001aa9000"]),
        (
            *("01a40004", 0, "2fe2", "6203", 0x9000),
            ["01a40004022fe26102", "01c000000262039000"],
        ),
        (
            *("80f20000", 0, "", "aa" * 257, 0x9000),
            ["80f2000000" + "aa" * 256 + "6101", "00c0000001aa9000"],
        ),
        (
            *("41d60000", 0, "aa" * 256, "bb", 0x6282),
            ["51d60000ff" + "aa" * 255 + "9000", "41d6000001aa6101", "41c0000001bb6282"],
        ),
    ],
)
def test_exchanges_that_carry_a_command(
    header: str, p3: int, data: str, answer: str, sw: int, packets: list[str]
) -> None:
    arguments = bytes.fromhex(header), p3, bytes.fromhex(data), bytes.fromhex(answer), sw
    assert [packet.hex() for packet in split_exchange(*arguments)] == packets


def test_a_packet_is_ipv4_udp_and_gsmtap() -> None:
    packet = wrap(bytes.fromhex("00200001009000"))
    assert packet[:4].hex() == "45000033"
    # RFC 1071: over a header with its checksum in place the sum is FFFF.
    total = sum(struct.unpack(">10H", packet[:20]))
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF
    assert packet[20:28].hex() == "12791279001f0000"
    assert packet[28:44].hex() == "02040400" + "00" * 12
    assert packet[44:].hex() == "00200001009000"


# -- files of other programs


def test_a_capture_of_another_program_is_read_as_t0() -> None:
    exchanges = ["00a40000023f009000", "00c00000036203829000", "00b000000a6982", "002000010063c3"]
    ethernet = struct.pack("<HHI", 1, 0, 0)
    data = (
        encode_start("made elsewhere")
        + struct.pack("<II", 1, 20)
        + ethernet
        + struct.pack("<I", 20)
        + encode_packet(b"\x60" + bytes(39), 1)
        + encode_packet(bare_packet(), 2, ("nothing of ours",))
    )
    for number, text in enumerate(exchanges, 3):
        data += encode_packet(wrap(bytes.fromhex(text)), number)
    trace = trace_pcapng.decode(data)
    assert trace.header == TraceHeader()
    assert [(e.head.hex(), e.data.hex(), e.answer.hex()) for e in trace.entries] == [
        ("00a4000002", "3f00", ""),
        ("00c0000003", "", "620382"),
        ("00b000000a", "", ""),
        ("0020000100", "", ""),
    ]
    assert [e.sw for e in trace.entries] == [0x9000, 0x9000, 0x6982, 0x63C3]
    assert [e.time_us for e in trace.entries] == [3, 4, 5, 6]


def test_an_atr_packet_of_another_program_is_the_atr() -> None:
    payload = bytes((2, 4, 4)) + bytes(9) + b"\x01" + bytes(3) + bytes.fromhex("3b9f95")
    packet = bytearray(wrap(b""))
    packet = packet[:28] + payload
    packet[24:26] = (8 + len(payload)).to_bytes(2, "big")
    trace = trace_pcapng.decode(encode_start("x") + encode_packet(bytes(packet), 0))
    assert trace.header.atr.hex() == "3b9f95"


def test_big_endian_files_and_other_resolutions_are_read() -> None:
    def block(kind: int, body: bytes) -> bytes:
        return struct.pack(">II", kind, len(body) + 12) + body + struct.pack(">I", len(body) + 12)

    packet = wrap(bytes.fromhex("00b000000161" + "9000"))
    pad = bytes(-len(packet) % 4)
    resolution = struct.pack(">HHB3x", 9, 1, 9) + struct.pack(">HH", 0, 0)
    # 5,000,000 nanoseconds are 5,000 microseconds.
    fields = struct.pack(">IIIII", 0, 0, 5_000_000, len(packet), len(packet))
    data = (
        block(0x0A0D0D0A, struct.pack(">IHHq", 0x1A2B3C4D, 1, 0, -1))
        + block(1, struct.pack(">HHI", 101, 0, 0) + resolution)
        + block(5, bytes(8))
        + block(6, fields + packet + pad)
    )
    (entry,) = trace_pcapng.decode(data).entries
    assert (entry.answer, entry.time_us) == (b"\x61", 5000)


def test_ethernet_frames_are_unwrapped() -> None:
    frame = bytes(12) + b"\x08\x00" + wrap(bytes.fromhex("00200001009000")) + bytes(9)
    sim = unwrap(frame, 1)
    assert sim is not None
    assert sim.exchange.hex() == "00200001009000"
    assert unwrap(frame[:12] + b"\x86\xdd" + frame[14:], 1) is None


@settings(max_examples=500, deadline=None)
@given(
    st.binary(max_size=60),
    st.sampled_from([1, 12, 14, 101, 228, 999]),
    st.sampled_from([b"", wrap(b"")[:28], wrap(b"")[:44], bytes(12) + b"\x08\x00"]),
)
def test_any_packet_is_a_sim_packet_or_none_or_malformed(
    data: bytes, link: int, start: bytes
) -> None:
    try:
        sim = unwrap(start + data, link)
    except DecodeError:
        return
    assert sim is None or not sim.exchange or len(sim.exchange) >= 7


# -- cut off


@pytest.mark.parametrize("codec", CODECS)
def test_a_file_cut_off_anywhere_gives_the_entries_before(codec) -> None:
    entries: tuple[TraceEntry, ...] = (READ, TracedReset(b"\x3b\x00", 5), READ)
    start = codec.encode_header(HEADER)
    parts = [codec.encode_entry(*row) for row in explained(entries)]
    whole = start + b"".join(parts)
    ends = [len(start) + sum(map(len, parts[:n])) for n in range(4)]
    for cut in range(ends[0], len(whole) + 1):
        trace = codec.decode(whole[:cut])
        complete = max(n for n in range(4) if ends[n] <= cut)
        assert trace.entries == entries[:complete]
        assert trace.truncated == (cut not in ends)


def test_a_command_whose_second_packet_is_missing_is_left_out() -> None:
    select = TracedCommand(bytes.fromhex("00a4000402"), b"\x2f\xe2", b"\x00", b"abc", 0x9000)
    blocks = trace_pcapng.encode_entry(select)
    first = int.from_bytes(blocks[4:8], "little")
    trace = trace_pcapng.decode(trace_pcapng.encode_header(HEADER) + blocks[:first])
    assert (trace.entries, trace.truncated) == ((), True)


# -- hostile


def line(**changes: object) -> bytes:
    plain = {"time": "2026-01-01T00:00:00Z", "command": "00b0000001", "response": "", "sw": "9000"}
    return json.dumps({**plain, **changes}).encode() + b"\n"


BAD_LINES: list[tuple[bytes, str]] = [
    (b"", "line 1: no trace"),
    (b"\n", "line 1: is no JSON"),
    (b"{}\n", "line 1: no trace"),
    (b'{"schema": "smartboot/read/1"}\n', "line 1: no trace"),
    (b'{"schema": "smartboot/trace/1", "protocol": "T=2"}\n', "line 1: 'protocol'"),
    (b"H" + b"{\n", "line 2: is no JSON"),
    (b"H" + b"[" * 5000 + b"\n", "line 2: is no JSON"),
    (b"H" + b"[" * 100_000 + b"\n", "line 2: is no JSON"),
    (b"H" + b"\xff\n", "line 2: is no UTF-8"),
    (b"H" + b"1" * 5000 + b"\n", "line 2: is no JSON"),
    (b"H" + b" " * 700_000 + b"\n", "line 2: the line is longer"),
    (b"H" + b"[]\n", "line 2: an entry is a JSON object"),
    (b"H" + line() + line(sw="90") + line(), "line 3: 'sw' is not two bytes"),
    (b"H" + line(sw=9000), "line 2: 'sw' is not hex"),
    (b"H" + line(command="0"), "line 2: 'command' is not hex"),
    (b"H" + line(command="00b00000000000000000"), "line 2: a command's header"),
    (b"H" + line(time="now"), "line 2: 'time'"),
    (b"H" + line(time=5), "line 2: 'time'"),
    (b"H" + line(time="1969-01-01T00:00:00Z"), "line 2: 'time' lies outside"),
    (b"H" + line(blanked=[]), "line 2: 'blanked' is no object"),
    (b"H" + line(blanked={"data": 1 << 40}), "line 2: 'blanked data' is no number"),
    (b"H" + line(blanked={"data": True}), "line 2: 'blanked data' is no number"),
    (b"H" + line(blanked={"response": 3}), "line 2: 'response' is both"),
    (b"H" + line(event="party"), "line 2: 'event'"),
    (b"H" + line(duration_us=-1), "line 2: 'duration_us'"),
    (b"H" + line(event="reset"), "line 2: 'atr' is not hex"),
    (b"H" + line(event="failure", error="x", message="m" * 5000), "line 2: 'message'"),
    (b"H" + line(response="\u0661\u0661"), "line 2: 'response' is not hex"),
]


@pytest.mark.parametrize(("text", "message"), BAD_LINES, ids=range(len(BAD_LINES)))
def test_malformed_jsonl_is_refused_with_its_line(text: bytes, message: str) -> None:
    if text.startswith(b"H"):
        text = trace_jsonl.encode_header(HEADER) + text[1:]
    with pytest.raises(DecodeError) as caught:
        trace_jsonl.decode(text)
    assert str(caught.value).startswith(message)


def _with_comment(comment: str) -> bytes:
    return trace_pcapng.encode_header(HEADER) + encode_packet(
        wrap(bytes.fromhex("00b000000161" + "9000")), 0, (comment,)
    )


BAD_BLOCKS: list[tuple[bytes, str]] = [
    (encode_start("")[:8] + bytes(20), "no byte-order magic"),
    (encode_packet(b"", 0), "starts with no section header"),
    (encode_start("") + struct.pack("<III", 6, 4, 4), "cannot have 4 bytes"),
    (encode_start("") + struct.pack("<III", 6, 1 << 30, 4), "cannot have 1073741824 bytes"),
    (encode_start("") + struct.pack("<III", 6, 12, 16), "two lengths differ"),
    (encode_start("") + struct.pack("<III", 6, 12, 12), "too short"),
    (
        encode_start("") + struct.pack("<II5II", 6, 32, 9, 0, 0, 0, 0, 32),
        "interface 9 is not described",
    ),
    (
        encode_start("") + struct.pack("<II5II", 6, 32, 0, 0, 0, 99, 99, 32),
        "longer than its block",
    ),
    (_with_comment("smartboot nonsense"), "is no JSON"),
    (_with_comment("smartboot []"), "no JSON object"),
    (_with_comment('smartboot {"packets": 100000}'), "'packets' is no number"),
    (_with_comment('smartboot {"packets": true}'), "'packets' is no number"),
    (_with_comment('smartboot {"head": "0"}'), "not hex"),
    (_with_comment('smartboot {"head": 5}'), "not hex"),
    (_with_comment('smartboot {"data": 7}'), "'data' is no number"),
    (_with_comment('smartboot {"head": "", "blanked": 1}'), "'blanked' is no list"),
    (_with_comment('smartboot {"head": "", "blanked": ["response"]}'), "is not blank"),
    (_with_comment('smartboot {"entry": {}}'), "'time' is no ISO 8601 time"),
    (
        trace_pcapng.encode_header(HEADER)
        + encode_packet(bare_packet(), 0, ('smartboot {"head": "00b00000"}',)),
        "holds no T=0 exchange",
    ),
    (
        encode_start("not ours") + encode_packet(wrap(bytes(7)), 0, ('smartboot {"head":""}',)),
        "lacks the description",
    ),
    (encode_start("") + encode_packet(wrap(bytes(6)), 0), "too short for a T=0 exchange"),
]


@pytest.mark.parametrize(("data", "message"), BAD_BLOCKS, ids=range(len(BAD_BLOCKS)))
def test_malformed_pcapng_is_refused_with_its_offset(data: bytes, message: str) -> None:
    with pytest.raises(DecodeError, match="(?i)" + message) as caught:
        trace_pcapng.decode(data)
    assert caught.value.offset is not None


def _mutated(codec) -> st.SearchStrategy[bytes]:
    trace = Trace(HEADER, (READ, TracedReset(b"\x3b", 1), READ))
    whole = encode(codec, trace)

    def change(edits: list[tuple[int, int]]) -> bytes:
        data = bytearray(whole)
        for at, value in edits:
            data[at] = value
        return bytes(data)

    edit = st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255))
    return st.lists(edit, min_size=1, max_size=6).map(change)


def _value_or_error(decode: Callable[[bytes], Trace], data: bytes) -> None:
    try:
        trace = decode(data)
    except DecodeError:
        return
    list(explained(trace.entries))


@pytest.mark.parametrize("codec", CODECS)
@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_random_bytes_give_a_trace_or_decode_error(codec, data: st.DataObject) -> None:
    start = data.draw(st.sampled_from([b"", codec.encode_header(HEADER)]))
    _value_or_error(codec.decode, start + data.draw(st.binary(max_size=200)))


@pytest.mark.parametrize("codec", CODECS)
@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_changed_bytes_give_a_trace_or_decode_error(codec, data: st.DataObject) -> None:
    _value_or_error(codec.decode, data.draw(_mutated(codec)))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("codec", CODECS)
@settings(max_examples=10_000, deadline=None)
@given(data=st.data())
def test_many_changed_bytes_give_a_trace_or_decode_error(codec, data: st.DataObject) -> None:
    _value_or_error(codec.decode, data.draw(_mutated(codec)))


# -- no I/O


@pytest.mark.parametrize(
    "name",
    [
        *(
            "trace_entries",
            "trace_names",
            "trace_content",
            "trace_select",
            "trace_follow",
            "trace_jsonl",
        ),
        *("pcapng", "gsmtap", "trace_pcapng", "trace_stats", "wire_time"),
    ],
)
def test_the_codecs_cannot_do_io(name: str) -> None:
    path = Path(__file__).parent.parent / "smartboot" / "transport" / f"{name}.py"
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert not imported & {"os", "io", "pathlib", "socket", "subprocess", "time", "tempfile"}
