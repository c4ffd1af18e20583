"""What a recorded trace consists of: plain values, made by the recorder and by both file codecs.

A command is kept in parts, so that its data can be blanked and the rest stay readable. Blanked
bytes are zeros of the same number, with a flag: the length is no secret, the bytes may be.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from smartboot.errors import DecodeError
from smartboot.frozen import dataclass
from smartboot.transport.base import CardProtocol

__all__ = [
    "MAX_TIME_US",
    "SCHEMA",
    "Contents",
    "Trace",
    "TraceEntry",
    "TraceHeader",
    "TracedCommand",
    "TracedFailure",
    "TracedReset",
    "split_command",
]

SCHEMA = "smartboot/trace/1"

MAX_TIME_US = 253_402_300_799_999_999
"""The last microsecond of the year 9999: what an ISO 8601 date of four digits can say."""

_HEADER = 4


class Contents(StrEnum):
    """Which bytes of files a trace holds. Keys are in none."""

    NONE = "none"
    DIRECTORY = "directory"
    """Those of EF(ICCID), EF(DIR) and the PKCS#15 directory, which hold no secrets."""
    ALL = "all"


def split_command(command: bytes, protocol: CardProtocol) -> tuple[bytes, bytes, bytes]:
    """Header with its length bytes, data, and the Le behind the data, of a command as sent.

    Joined they are the command again. T=0: five bytes, then data. T=1: an APDU, short or
    extended (ISO/IEC 7816-4, 5.1); one that follows no form is split as on T=0, so that nothing
    behind the length byte is ever taken for a header.
    """
    if protocol is CardProtocol.T1 and len(command) > _HEADER + 1:
        extended = command[_HEADER] == 0 and len(command) > _HEADER + 3
        size = 3 if extended else 1
        start = _HEADER + size
        count = int.from_bytes(command[_HEADER:start], "big")
        if count and len(command) - start - count in ((0, 2) if extended else (0, 1)):
            return command[:start], command[start : start + count], command[start + count :]
        if command[_HEADER] == 0 and len(command) == _HEADER + 3:
            return command, b"", b""
    return command[: _HEADER + 1], command[_HEADER + 1 :], b""


class _Sent:
    """What was sent: header with length bytes, data, and the Le behind them."""

    __slots__ = ()

    head: bytes
    data: bytes
    tail: bytes
    time_us: int
    data_blanked: bool

    @property
    def command(self) -> bytes:
        """The command as it was sent, blanked data as zeros."""
        return self.head + self.data + self.tail

    def _check_sent(self) -> None:
        _check_time(self.time_us)
        if self.data_blanked and self.data.strip(b"\0"):
            raise DecodeError("blanked data is not blank")

    def _sent_parts(self) -> list[str]:
        """Header and data, for people."""
        parts = [self.head.hex(" ").upper()]
        if self.data:
            parts.append(_shown(self.data, blanked=self.data_blanked))
        return parts


@dataclass(frozen=True, slots=True)
class TracedCommand(_Sent):
    """One command and its answer.

    ``head`` is CLA INS P1 P2 and the length bytes, ``tail`` the Le behind the data. Times in
    microseconds: ``time_us`` since 1970 (UTC) when the command was sent, ``duration_us`` until
    the answer was there. Errors: DecodeError for values no trace can hold.
    """

    head: bytes
    data: bytes = field(repr=False)
    tail: bytes
    answer: bytes = field(repr=False)
    sw: int
    time_us: int = 0
    duration_us: int = 0
    data_blanked: bool = False
    answer_blanked: bool = False

    def __post_init__(self) -> None:
        if len(self.head) > _HEADER + 3 or len(self.tail) > 2:
            raise DecodeError("a command's header has at most 7 bytes, its Le at most 2")
        if len(self.data) > 0x10004 or len(self.answer) > 0x10000:
            raise DecodeError("a command or an answer is longer than 65536 bytes")
        if not 0 <= self.sw <= 0xFFFF:
            raise DecodeError("a status word has two bytes")
        self._check_sent()
        _check_time(self.duration_us)
        if self.answer_blanked and self.answer.strip(b"\0"):
            raise DecodeError("a blanked answer is not blank")

    def __str__(self) -> str:
        parts = self._sent_parts()
        if self.tail:
            parts.append(self.tail.hex().upper())
        parts.append("->")
        if self.answer:
            parts.append(_shown(self.answer, blanked=self.answer_blanked))
        parts.append(f"{self.sw:04X}")
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class TracedReset:
    """The card was reset; ``atr`` is what it answered."""

    atr: bytes
    time_us: int = 0

    def __post_init__(self) -> None:
        if len(self.atr) > 64:
            raise DecodeError("an ATR has at most 33 bytes")
        _check_time(self.time_us)


@dataclass(frozen=True, slots=True)
class TracedFailure(_Sent):
    """A command that got no answer: ``error`` is the class of the TransportError it ended in.

    An empty ``head`` stands for a reset that failed.
    """

    head: bytes
    data: bytes = field(repr=False)
    tail: bytes
    error: str
    message: str
    hint: str | None = None
    time_us: int = 0
    data_blanked: bool = False

    def __post_init__(self) -> None:
        self._check_sent()

    def __str__(self) -> str:
        return " ".join((*self._sent_parts(), "->", "no answer:", self.message))


TraceEntry = TracedCommand | TracedReset | TracedFailure


@dataclass(frozen=True, slots=True)
class TraceHeader:
    """What a trace says of itself; ``reader`` is the reader's name, for people."""

    reader: str = ""
    atr: bytes = b""
    protocol: CardProtocol = CardProtocol.T0
    contents: Contents = Contents.ALL
    program: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A whole trace. ``truncated``: its end was cut off, as an interrupted run leaves it."""

    header: TraceHeader
    entries: tuple[TraceEntry, ...]
    truncated: bool = False


def _shown(data: bytes, *, blanked: bool) -> str:
    return f"<{len(data)} bytes>" if blanked else data.hex().upper()


def _check_time(value: int) -> None:
    if not 0 <= value <= MAX_TIME_US:
        raise DecodeError("a time lies outside the years 1970 to 9999")
