"""JSON from an untrusted card (RFC 8259): bounded, without NaN, with every duplicate reported.

Python's parser takes NaN, lone surrogates and numbers of any length, keeps the last of two equal
names in silence and ends a deep document with RecursionError. Here each of these has an answer.
"""

from __future__ import annotations

import json
import math
import re
from typing import TypeAlias, Union

from smartboot.errors import DecodeError
from smartboot.formats.oma_dm.notes import Notes

__all__ = ["MAX_DEPTH", "MAX_SIZE", "Json", "JsonMeasure", "dump", "parse"]

Json: TypeAlias = Union["dict[str, Json]", "list[Json]", str, int, float, bool, None]

MAX_DEPTH = 32
"""Arrays and objects inside each other. A DMAcc needs seven."""

MAX_SIZE = 1 << 20
"""Longest text read, in bytes. A transparent EF holds at most 64 KB."""

_MAX_DIGITS = 40
_SPACE = b" \t\r\n"
_SPEC = "RFC 8259"
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{}]', re.DOTALL)


class _Pairs(list[tuple[str, object]]):
    """An object as the parser met it: names in order, duplicates included."""


def parse(data: bytes, notes: Notes) -> tuple[Json, int]:
    """The value at the start of ``data`` (an array or object) and the length up to its end.

    Errors: DecodeError with the byte offset, or with the path of the value as ``where``.
    """
    if len(data) > MAX_SIZE:
        raise DecodeError(f"longer than {MAX_SIZE} bytes", offset=MAX_SIZE)
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    if start:
        notes.info("JSON-BOM", "the text begins with a byte order mark", "", f"{_SPEC}, 8.1")
    end = _end(data, start)
    try:
        text = data[start:end].decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError(
            "the text is not UTF-8", offset=start + error.start, spec=f"{_SPEC}, 8.1"
        ) from None
    try:
        raw = json.loads(
            text,
            object_pairs_hook=_Pairs,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_real,
        )
    except json.JSONDecodeError as error:
        offset = start + len(text[: error.pos].encode("utf-8"))
        raise DecodeError(f"not JSON: {error.msg}", offset=offset, spec=_SPEC) from None
    return _plain(raw, "", notes), end


def _end(data: bytes, start: int) -> int:
    """Offset behind the array or object that starts ``data``, its depth checked on the way."""
    depth = 0
    at = start
    while at < len(data) and data[at] in _SPACE:
        at += 1
    if at == len(data) or data[at] not in b"[{":
        raise DecodeError("expected '[' or '{'", offset=at, spec=_SPEC)
    for match in _TOKEN.finditer(data, at):
        token = data[match.start()]
        if token in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise DecodeError(f"nested deeper than {MAX_DEPTH}", offset=match.start())
        elif token in b"]}":
            depth -= 1
            if not depth:
                return match.end()
        elif match.end() - match.start() == 1:
            raise DecodeError("a string does not end", offset=match.start(), spec=_SPEC)
    raise DecodeError("the text ends too early", offset=len(data), spec=_SPEC)


class _Refused:
    """A number that is no JSON value; refused once its place is known."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


def _no_constant(name: str) -> object:
    return _Refused(f"{name} is no JSON value")


def _integer(digits: str) -> object:
    if len(digits) > _MAX_DIGITS:
        return _Refused(f"a number has more than {_MAX_DIGITS} digits")
    return int(digits)


def _real(digits: str) -> object:
    value = float(digits) if len(digits) <= _MAX_DIGITS else math.inf
    return _Refused("a number is out of range") if math.isinf(value) else value


def _plain(value: object, where: str, notes: Notes) -> Json:
    """The parsed value with dicts for objects: the first of two equal names counts."""
    if isinstance(value, str):
        _check(value, where)
        return value
    if isinstance(value, _Pairs):
        found: dict[str, Json] = {}
        for name, inner in value:
            _check(name, where)
            place = f"{where}/{name}" if where else name
            if name in found:
                notes.error("JSON-DUPLICATE", "the name is given twice; the first counts", place)
                continue
            found[name] = _plain(inner, place, notes)
        return found
    if isinstance(value, list):
        return [_plain(inner, f"{where}[{index}]", notes) for index, inner in enumerate(value)]
    if value is None or isinstance(value, bool | int | float):
        return value
    reason = value.reason if isinstance(value, _Refused) else "not a JSON value"
    raise DecodeError(reason, where=where or "document", spec=f"{_SPEC}, 6")


def _check(text: str, where: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise DecodeError(
            "a text holds half of a surrogate pair", where=where or "document", spec=f"{_SPEC}, 8.2"
        ) from None


def dump(value: Json) -> bytes:
    """JSON as it is written: UTF-8, no white space, names in their order."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


class JsonMeasure:
    """``smartboot.formats.base.Measure`` for JSON: ends at the end of the top array or object."""

    __slots__ = ("_depth", "_escaped", "_fed", "_quoted", "_total")

    def __init__(self) -> None:
        self._depth = 0
        self._escaped = False
        self._quoted = False
        self._fed = 0
        self._total: int | None = None

    def feed(self, chunk: bytes) -> int | None:
        """Take the next bytes; the total length once known, None before."""
        base = self._fed
        self._fed += len(chunk)
        if self._total is not None:
            return self._total
        for index, byte in enumerate(chunk):
            if self._quoted:
                if self._escaped:
                    self._escaped = False
                elif byte == 0x5C:
                    self._escaped = True
                elif byte == 0x22:
                    self._quoted = False
                elif byte in (0x00, 0xFF):
                    # Neither stands in JSON text: the document is broken off and this is padding.
                    self._total = base + index
                    return self._total
            elif byte == 0x22:
                self._quoted = True
            elif byte in b"[{":
                self._depth += 1
            elif byte in b"]}":
                self._depth -= 1
                if self._depth <= 0:
                    self._total = base + index + 1
                    return self._total
            elif byte in (0x00, 0xFF):
                self._total = base + index
                return self._total
        return None
