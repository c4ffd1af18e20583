"""Traces as JSON lines: the header first, then one object for each command (``smartboot/trace/1``).

Bytes are hex. Where they are blanked they are null and ``blanked`` gives their number. What a
command meant stands beside it for other programs; reading it back takes the bytes and works the
meaning out again. Pure: nothing here does I/O.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from smartboot.errors import DecodeError
from smartboot.transport.base import CardProtocol
from smartboot.transport.trace_entries import (
    MAX_TIME_US,
    SCHEMA,
    Contents,
    Trace,
    TracedCommand,
    TracedFailure,
    TracedReset,
    TraceEntry,
    TraceHeader,
)
from smartboot.transport.trace_follow import Meaning

__all__ = [
    "MAX_ENTRIES",
    "decode",
    "encode_entry",
    "encode_header",
    "entry_from_plain",
    "entry_to_plain",
    "header_from_plain",
    "header_to_plain",
    "loads",
    "time_text",
]

MAX_LINE = 600_000
"""Longest line, in bytes: 64 KB of data and of answer in hex take 262,144 characters."""

MAX_ENTRIES = 1_000_000
"""More commands than this are no card session: at 1 ms each it would have taken 17 minutes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_TEXT = 4096


# -- values


def time_text(time_us: int) -> str:
    """Microseconds since 1970 as ISO 8601 in UTC."""
    moment = _EPOCH + timedelta(microseconds=time_us)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _time(plain: dict[str, Any]) -> int:
    text = plain.get("time")
    if not isinstance(text, str) or len(text) > 40:
        raise DecodeError("'time' is no ISO 8601 time")
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        value = (moment - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise DecodeError("'time' is no ISO 8601 time") from None
    if not 0 <= value <= MAX_TIME_US:
        raise DecodeError("'time' lies outside the years 1970 to 9999")
    return value


def _hex(plain: dict[str, Any], key: str, *, default: str | None = None) -> bytes:
    text = plain.get(key, default)
    if isinstance(text, str) and text.isascii():
        try:
            return bytes.fromhex(text)
        except ValueError:
            pass
    raise DecodeError(f"'{key}' is not hex")


def _text(plain: dict[str, Any], key: str) -> str:
    text = plain.get(key, "")
    if not isinstance(text, str) or len(text) > _MAX_TEXT:
        raise DecodeError(f"'{key}' is no text of at most {_MAX_TEXT} characters")
    return text


def _number(value: object, name: str, limit: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= limit:
        raise DecodeError(f"'{name}' is no number from 0 to {limit}")
    return value


def _maybe_blanked(plain: dict[str, Any], key: str) -> tuple[bytes, bool]:
    """Bytes, or as many zeros as ``blanked`` says."""
    blanked = plain.get("blanked", {})
    if not isinstance(blanked, dict):
        raise DecodeError("'blanked' is no object")
    if key not in blanked:
        return _hex(plain, key, default=""), False
    if plain.get(key) is not None:
        raise DecodeError(f"'{key}' is both given and blanked")
    return bytes(_number(blanked[key], f"blanked {key}", 0x10004)), True


# -- header


def header_to_plain(header: TraceHeader) -> dict[str, Any]:
    """The header as JSON values."""
    return {
        "schema": SCHEMA,
        "reader": header.reader,
        "atr": header.atr.hex(),
        "protocol": header.protocol.value,
        "contents": header.contents.value,
        "program": header.program,
    }


def header_from_plain(plain: object) -> TraceHeader:
    """The way back. Errors: DecodeError."""
    if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
        raise DecodeError(f"no trace: the first line has no schema {SCHEMA}")
    try:
        protocol = CardProtocol(plain.get("protocol"))
        contents = Contents(plain.get("contents", Contents.ALL))
    except ValueError:
        raise DecodeError("'protocol' or 'contents' has no value that is known") from None
    atr = _hex(plain, "atr", default="")
    if len(atr) > 64:
        raise DecodeError("an ATR has at most 33 bytes")
    return TraceHeader(_text(plain, "reader"), atr, protocol, contents, _text(plain, "program"))


# -- entries


def _put(plain: dict[str, Any], key: str, value: bytes, *, blanked: bool) -> None:
    if blanked:
        plain[key] = None
        plain.setdefault("blanked", {})[key] = len(value)
    elif value or key == "response":
        plain[key] = value.hex()


def entry_to_plain(entry: TraceEntry, meaning: Meaning | None = None) -> dict[str, Any]:
    """One entry as JSON values; ``meaning`` adds what people want to know of it."""
    plain: dict[str, Any] = {"time": time_text(entry.time_us)}
    if isinstance(entry, TracedReset):
        return {**plain, "event": "reset", "atr": entry.atr.hex()}
    if meaning is not None:
        plain |= {"channel": meaning.channel, "phase": meaning.phase.value, "name": meaning.name}
        if meaning.path:
            plain |= {"path": meaning.path, "file": meaning.file_name}
    plain["command"] = entry.head.hex()
    _put(plain, "data", entry.data, blanked=entry.data_blanked)
    if entry.tail:
        plain["le"] = entry.tail.hex()
    if isinstance(entry, TracedFailure):
        plain |= {"event": "failure", "error": entry.error, "message": entry.message}
        return plain if entry.hint is None else {**plain, "hint": entry.hint}
    _put(plain, "response", entry.answer, blanked=entry.answer_blanked)
    plain["sw"] = f"{entry.sw:04x}"
    if meaning is not None:
        plain["status"] = meaning.status(entry.sw)
    plain["duration_us"] = entry.duration_us
    return plain


def entry_from_plain(plain: object) -> TraceEntry:
    """The way back. Errors: DecodeError."""
    if not isinstance(plain, dict):
        raise DecodeError("an entry is a JSON object")
    time_us = _time(plain)
    event = plain.get("event", "command")
    if event == "reset":
        return TracedReset(_hex(plain, "atr"), time_us)
    head, tail = _hex(plain, "command"), _hex(plain, "le", default="")
    data, data_blanked = _maybe_blanked(plain, "data")
    if event == "failure":
        hint = None if plain.get("hint") is None else _text(plain, "hint")
        error, message = _text(plain, "error"), _text(plain, "message")
        return TracedFailure(head, data, tail, error, message, hint, time_us, data_blanked)
    if event != "command":
        raise DecodeError("'event' is none that is known")
    answer, answer_blanked = _maybe_blanked(plain, "response")
    status = _hex(plain, "sw")
    if len(status) != 2:
        raise DecodeError("'sw' is not two bytes of hex")
    duration = _number(plain.get("duration_us", 0), "duration_us", MAX_TIME_US)
    return TracedCommand(
        head,
        data,
        tail,
        answer,
        int.from_bytes(status, "big"),
        time_us,
        duration,
        data_blanked,
        answer_blanked,
    )


# -- lines


def dumps(plain: dict[str, Any]) -> str:
    """One line of ASCII, without the line's end."""
    return json.dumps(plain, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def loads(text: str) -> object:
    """JSON from anywhere. Errors: DecodeError, also for nesting without end."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise DecodeError("is no JSON") from None


def encode_header(header: TraceHeader) -> bytes:
    """The first line."""
    return dumps(header_to_plain(header)).encode() + b"\n"


def encode_entry(entry: TraceEntry, meaning: Meaning | None = None) -> bytes:
    """One further line."""
    return dumps(entry_to_plain(entry, meaning)).encode() + b"\n"


def decode(data: bytes) -> Trace:
    """A whole file. A last line without its end is left out and marks the trace as truncated.

    Errors: DecodeError with the line, counted from 1.
    """
    # An editor may have put a byte order mark in front; CR before the line's end is JSON's blank.
    *lines, rest = data.removeprefix(b"\xef\xbb\xbf").split(b"\n", MAX_ENTRIES + 1)
    if not lines:
        raise DecodeError(f"no trace: the first line has no schema {SCHEMA}", where="line 1")
    if b"\n" in rest:
        raise DecodeError(f"the trace holds more than {MAX_ENTRIES} entries")
    header: TraceHeader | None = None
    entries: list[TraceEntry] = []
    for number, line in enumerate(lines, 1):
        try:
            if len(line) > MAX_LINE:
                raise DecodeError(f"the line is longer than {MAX_LINE} bytes")
            plain = loads(line.decode("utf-8", "strict"))
            if header is None:
                header = header_from_plain(plain)
            else:
                entries.append(entry_from_plain(plain))
        except UnicodeDecodeError:
            raise DecodeError("is no UTF-8", where=f"line {number}") from None
        except DecodeError as error:
            raise error.at(f"line {number}") from None
    assert header is not None
    return Trace(header, tuple(entries), truncated=bool(rest.strip()))
