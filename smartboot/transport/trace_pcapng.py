"""Traces as pcapng: what ``gsmtap`` makes of each command, with comments that say what it was.

A packet's first comment is for people (phase, command, file). The second, on the first packet of
each command, is ``smartboot`` and JSON for reading the trace back: the command's header and Le as
they were sent, how many bytes of the packets are its data, how many packets belong together, what
is blanked. Captures of other programs have no such comment and are read as T=0, one exchange in
each packet. Pure: nothing here does I/O.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from smartboot.apdu import Ins
from smartboot.errors import DecodeError
from smartboot.transport import trace_jsonl
from smartboot.transport.gsmtap import bare_packet, split_exchange, unwrap, wrap
from smartboot.transport.pcapng import Packet, PacketReader, encode_packet, encode_start
from smartboot.transport.trace_entries import (
    MAX_TIME_US,
    Trace,
    TracedCommand,
    TracedReset,
    TraceEntry,
    TraceHeader,
)
from smartboot.transport.trace_follow import Meaning

__all__ = ["decode", "encode_entry", "encode_header"]

_MARK = "smartboot "
_SENDS_DATA = frozenset(
    {
        *(0x20, 0x24, 0x26, 0x28, 0x2C, 0x10, 0x14, 0x32, 0x44, 0x73, 0x75, 0x88, 0x89),
        *(Ins.SEARCH_RECORD, Ins.SELECT, Ins.TERMINAL_CAPABILITY, Ins.ENVELOPE, Ins.RESIZE_FILE),
        *(Ins.UPDATE_BINARY, Ins.UPDATE_BINARY_ODD, Ins.SET_DATA, Ins.UPDATE_RECORD),
        *(Ins.CREATE_FILE, Ins.DELETE_FILE, Ins.TERMINATE_DF, Ins.TERMINATE_EF),
        *(Ins.EXCHANGE_CAPABILITIES, Ins.SUSPEND_UICC, Ins.READ_BINARY_ODD),
    }
)
"""On T=0 the instruction alone tells which way the data goes (TS 102 221, 10.1.2)."""

_HEADER = 5
_MAX_COMMENT = 65_000
"""An option of a pcapng block has at most 65,535 bytes."""

_MAX_PACKETS = 1024


def encode_header(header: TraceHeader) -> bytes:
    """What a file starts with."""
    comment = _MARK + trace_jsonl.dumps(trace_jsonl.header_to_plain(header))
    return encode_start(comment, program=header.program, interface=header.reader)


def _said(entry: TraceEntry, meaning: Meaning | None) -> str:
    """The comment for people."""
    if meaning is None:
        return str(entry.__class__.__name__.removeprefix("Traced").lower())
    parts = [f"{meaning.phase.value}: {meaning.name}", meaning.file]
    blanked = getattr(entry, "data_blanked", False) or getattr(entry, "answer_blanked", False)
    return ", ".join((*filter(None, parts), *(("blanked",) if blanked else ())))


def _fits(entry: TraceEntry) -> bool:
    """Whether an entry is a command that T=0 exchanges can show and give back unchanged."""
    return isinstance(entry, TracedCommand) and len(entry.head) >= 4


def encode_entry(entry: TraceEntry, meaning: Meaning | None = None) -> bytes:
    """The packet blocks of one entry."""
    said = _said(entry, meaning)
    if not isinstance(entry, TracedCommand) or not _fits(entry):
        text = trace_jsonl.dumps({"entry": trace_jsonl.entry_to_plain(entry)})
        if len(text) > _MAX_COMMENT and not isinstance(entry, TracedReset):
            # No comment is that long. What was sent in vain is the least of what one looks for.
            bare = replace(entry, data=bytes(len(entry.data)), data_blanked=True)
            text = trace_jsonl.dumps({"entry": trace_jsonl.entry_to_plain(bare)})
        return encode_packet(bare_packet(), entry.time_us, (said, _MARK + text))
    le = entry.tail or (b"" if entry.data else entry.head[4:])
    exchanges = split_exchange(
        entry.head[:4], le[-1] if le else 0, entry.data, entry.answer, entry.sw
    )
    plain = {
        "head": entry.head.hex(),
        "le": entry.tail.hex(),
        "data": len(entry.data),
        "packets": len(exchanges),
        "duration_us": entry.duration_us,
    }
    if entry.data_blanked or entry.answer_blanked:
        plain["blanked"] = [
            *(["data"] if entry.data_blanked else []),
            *(["response"] if entry.answer_blanked else []),
        ]
    comments = (said, _MARK + trace_jsonl.dumps(plain))
    blocks = [encode_packet(wrap(exchanges[0]), entry.time_us, comments)]
    for number, exchange in enumerate(exchanges[1:], 2):
        text = f"{said} (part {number} of {len(exchanges)})"
        blocks.append(encode_packet(wrap(exchange), entry.time_us, (text,)))
    return b"".join(blocks)


# -- reading


def _mark_of(comments: tuple[str, ...] | list[str]) -> object | None:
    """The JSON behind the mark of the last comment that has one."""
    marked = next((c for c in reversed(comments) if c.startswith(_MARK)), None)
    return None if marked is None else trace_jsonl.loads(marked[len(_MARK) :])


def decode(data: bytes) -> Trace:
    """A whole file. A packet (or a command's further packets) cut off at the end marks the trace
    as truncated. Errors: DecodeError with the offset of the packet's block."""
    reader = PacketReader(data)
    entries: list[TraceEntry] = []
    atr = b""
    pending: list[Packet] = []
    foreign = True
    for packet in reader:
        try:
            if pending:
                pending.append(packet)
                if len(pending) == _wanted(pending[0]):
                    entries.append(_joined(pending))
                    pending = []
                continue
            plain = _mark_of(packet.comments)
            if isinstance(plain, dict) and "entry" in plain:
                entries.append(trace_jsonl.entry_from_plain(plain["entry"]))
            elif plain is not None:
                foreign = False
                if _wanted(packet) == 1:
                    entries.append(_joined([packet]))
                else:
                    pending = [packet]
            else:
                sim = unwrap(packet.data, packet.link_type)
                if sim is not None and sim.atr:
                    atr = sim.atr[:33]
                elif sim is not None and sim.exchange:
                    entries.append(_foreign(sim.exchange, packet.time_us))
        except DecodeError as error:
            raise DecodeError(error.reason, offset=packet.offset) from None
        if len(entries) > trace_jsonl.MAX_ENTRIES:
            raise DecodeError(f"the trace holds more than {trace_jsonl.MAX_ENTRIES} entries")
    marked = _mark_of(reader.comments)
    if marked is None and not foreign:
        raise DecodeError("the file's first block lacks the description of the trace", offset=0)
    header = TraceHeader(atr=atr) if marked is None else trace_jsonl.header_from_plain(marked)
    return Trace(header, tuple(entries), truncated=reader.truncated or bool(pending))


def _plain(packet: Packet) -> dict[str, Any]:
    plain = _mark_of(packet.comments)
    if not isinstance(plain, dict):
        raise DecodeError("a packet's description is no JSON object")
    return plain


def _number(plain: dict[str, Any], key: str, low: int, high: int) -> int:
    value = plain.get(key, low)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise DecodeError(f"a packet's '{key}' is no number from {low} to {high}")
    return value


def _wanted(packet: Packet) -> int:
    return _number(_plain(packet), "packets", 1, _MAX_PACKETS)


def _joined(packets: list[Packet]) -> TracedCommand:
    """One command from its packets."""
    plain = _plain(packets[0])
    body, sw = bytearray(), 0
    for packet in packets:
        sim = unwrap(packet.data, packet.link_type)
        if sim is None or not sim.exchange:
            raise DecodeError("a packet that belongs to a command holds no T=0 exchange")
        body += sim.exchange[_HEADER:-2]
        sw = int.from_bytes(sim.exchange[-2:], "big")
    count = _number(plain, "data", 0, len(body))
    try:
        head, tail = (bytes.fromhex(plain.get(key, "")) for key in ("head", "le"))
    except (TypeError, ValueError):
        raise DecodeError("a packet's 'head' or 'le' is not hex") from None
    blanked = plain.get("blanked", [])
    if not isinstance(blanked, list):
        raise DecodeError("a packet's 'blanked' is no list")
    return TracedCommand(
        head,
        bytes(body[:count]),
        tail,
        bytes(body[count:]),
        sw,
        packets[0].time_us,
        _number(plain, "duration_us", 0, MAX_TIME_US),
        "data" in blanked,
        "response" in blanked,
    )


def _foreign(exchange: bytes, time_us: int) -> TracedCommand:
    """An exchange of a capture that smartboot did not write."""
    head, body = exchange[:_HEADER], exchange[_HEADER:-2]
    out = head[1] in _SENDS_DATA and len(body) == head[4]
    return TracedCommand(
        head,
        body if out else b"",
        b"",
        b"" if out else body,
        int.from_bytes(exchange[-2:], "big"),
        min(time_us, MAX_TIME_US),
    )
