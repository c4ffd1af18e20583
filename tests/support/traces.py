"""Traces for tests: recorded from virtual cards, made by hand, and made up by hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from hypothesis import strategies as st

from smartboot.apdu import Response
from smartboot.image import CardImage
from smartboot.transport.base import CardConnection, CardProtocol
from smartboot.transport.trace import TracingConnection
from smartboot.transport.trace_entries import (
    MAX_TIME_US,
    Contents,
    Trace,
    TracedCommand,
    TracedFailure,
    TracedReset,
    TraceEntry,
    TraceHeader,
)
from smartboot.transport.trace_follow import Meaning
from smartboot.virtual import InProcessConnection, VirtualCard

Rows = list[tuple[TraceEntry, Meaning | None]]


def tracing(
    connection: CardConnection, contents: Contents = Contents.ALL
) -> tuple[TracingConnection, Rows]:
    """A traced connection with a clock that ticks once a millisecond, and what it told."""
    rows: Rows = []
    ticks = count(1_700_000_000_000_000, 1000)
    traced = TracingConnection(
        connection, lambda *row: rows.append(row), contents=contents, clock=lambda: next(ticks)
    )
    return traced, rows


def record(
    image: CardImage,
    use: Callable[[CardConnection], object],
    contents: Contents = Contents.ALL,
) -> tuple[Trace, Rows]:
    """What using a virtual card leaves in a trace."""
    connection = InProcessConnection(VirtualCard(image), "virtual:test")
    traced, rows = tracing(connection, contents)
    header = TraceHeader(connection.name, connection.atr, connection.protocol, contents, "test")
    use(traced)
    return Trace(header, tuple(entry for entry, _ in rows)), rows


def sending(*commands: str) -> Callable[[CardConnection], list[Response]]:
    """Sends commands given in hex."""
    return lambda connection: [connection.transmit(bytes.fromhex(text)) for text in commands]


# -- made up

_TIMES = st.integers(0, MAX_TIME_US)
_HEADS = st.one_of(
    st.binary(min_size=4, max_size=7),
    st.binary(max_size=3),
    st.tuples(
        st.sampled_from([0x00, 0x01, 0x40, 0x80, 0xA0, 0xFF]),
        st.sampled_from([0x20, 0xA4, 0xB0, 0xB2, 0xC0, 0xD6, 0x70, 0xE0, 0x88]),
        st.integers(0, 255),
        st.integers(0, 255),
        st.integers(0, 255),
    ).map(bytes),
)
_DATA = st.one_of(st.binary(max_size=20), st.integers(0, 700).map(lambda n: b"\x5a" * n))


def _blankable(blank: bool, data: bytes) -> bytes:
    return bytes(len(data)) if blank else data


COMMANDS = st.builds(
    lambda head, data, tail, answer, sw, times, blanks: TracedCommand(
        head,
        _blankable(blanks[0], data),
        tail,
        _blankable(blanks[1], answer),
        sw,
        *times,
        *blanks,
    ),
    _HEADS,
    _DATA,
    st.binary(max_size=2),
    _DATA,
    st.integers(0, 0xFFFF),
    st.tuples(_TIMES, _TIMES),
    st.tuples(st.booleans(), st.booleans()),
)
_TEXT = st.text(max_size=30)
FAILURES = st.builds(
    lambda head, data, error, message, hint, time, blank: TracedFailure(
        head, _blankable(blank, data), b"", error, message, hint, time, blank
    ),
    _HEADS,
    _DATA,
    _TEXT,
    _TEXT,
    st.none() | _TEXT,
    _TIMES,
    st.booleans(),
)
ENTRIES = st.one_of(COMMANDS, FAILURES, st.builds(TracedReset, st.binary(max_size=33), _TIMES))
HEADERS = st.builds(
    TraceHeader,
    _TEXT,
    st.binary(max_size=33),
    st.sampled_from(CardProtocol),
    st.sampled_from(Contents),
    _TEXT,
)
TRACES = st.builds(Trace, HEADERS, st.lists(ENTRIES, max_size=5).map(tuple))
