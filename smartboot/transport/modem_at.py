"""The AT commands that reach a card in a modem: text out, lines in. Pure: no I/O here.

3GPP TS 27.007, 8.3 (+CPIN), 8.17 (+CSIM), 8.43 (+CGLA), 8.45 (+CCHO), 8.46 (+CCHC), 9.2 (+CME
ERROR); ITU-T V.250, 5.7 (result codes). The length that +CSIM and +CGLA carry counts characters of
hexadecimal text, two for each byte, in both directions.

Reading is tolerant of what modems do: echo, unsolicited lines anywhere, even inside the answer's
own line, either case of hex digits, no quotes, blanks, a length counted in bytes, an answer
without its ``+CCHO:``. Whoever prints an ``AtCommand`` sees its name only: the line itself may
hold a key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field
from enum import Enum

from smartboot.apdu import Response, carries_key, command_name
from smartboot.errors import DecodeError
from smartboot.frozen import dataclass

__all__ = [
    "CME_NOT_INSERTED",
    "CME_SIM_FAILURE",
    "CME_SIM_WRONG",
    "AtCommand",
    "Final",
    "FinalKind",
    "ReplyCollector",
    "cchc",
    "ccho",
    "cgla",
    "csim",
    "parse_apdu_answer",
    "parse_final",
    "parse_pin_state",
    "parse_session",
    "plain",
]

MAX_LINE = 4096
"""Characters of a line that are kept; the longest answer of a short APDU has 530."""

MAX_LINES = 256
"""Lines kept for one command, unsolicited ones included; the oldest go."""

_TEXT_LIMIT = 60

CME_NOT_INSERTED, CME_SIM_FAILURE, CME_SIM_WRONG = 10, 13, 15

_CME = {
    0: "phone failure",
    1: "no connection to phone",
    2: "phone-adaptor link reserved",
    3: "operation not allowed",
    4: "operation not supported",
    5: "PH-SIM PIN required",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    15: "SIM wrong",
    16: "incorrect password",
    17: "SIM PIN2 required",
    18: "SIM PUK2 required",
    20: "memory full",
    21: "invalid index",
    22: "not found",
    23: "memory failure",
    50: "incorrect parameters",
    100: "unknown",
}
"""TS 27.007, 9.2.1, as far as a card can be the reason."""

_CME_BY_TEXT = {text.lower(): code for code, text in _CME.items()}

_ERRORS = frozenset({"ERROR", "COMMAND NOT SUPPORT", "COMMAND NOT SUPPORTED", "ABORTED"})
"""``ERROR`` (V.250, 5.7.1) and what some modems say in its place."""


class FinalKind(Enum):
    """The kinds of result code that end a command; the value is how the line starts."""

    OK = "OK"
    ERROR = "ERROR"
    CME = "+CME ERROR"
    CMS = "+CMS ERROR"


@dataclass(frozen=True, slots=True)
class Final:
    """The result code of a command. Code 0 is an error like any other (phone failure).

    ``code`` is None where the modem gave none, or words that TS 27.007 does not know; ``text`` is
    what people may be shown.
    """

    kind: FinalKind
    code: int | None = None
    text: str = ""

    @property
    def ok(self) -> bool:
        """Whether the command was carried out."""
        return self.kind is FinalKind.OK

    @property
    def is_busy(self) -> bool:
        """Whether the card was busy, and the command not sent to it (CME 14, CMS 314)."""
        return (self.kind, self.code) in ((FinalKind.CME, 14), (FinalKind.CMS, 314))

    def cme(self) -> int | None:
        """The code if it is a +CME ERROR's."""
        return self.code if self.kind is FinalKind.CME else None

    def __str__(self) -> str:
        said = self.kind.value
        if self.code is not None:
            said += f": {self.code}"
        return f"{said} ({self.text})" if self.text else said


@dataclass(frozen=True, slots=True)
class AtCommand:
    """One command: the ``line`` without its carriage return, and a ``name`` without contents.

    ``once``: it presents a key, and is not sent again whatever the modem says became of it.
    """

    name: str
    line: str = field(repr=False)
    once: bool = False

    def to_bytes(self) -> bytes:
        """The line as it is sent. V.250, 5.2.1: it ends with a carriage return, nothing else."""
        return self.line.encode("ascii") + b"\r"

    def __str__(self) -> str:
        return self.name


def plain(line: str) -> AtCommand:
    """A command whose line holds nothing secret."""
    return AtCommand(line, line)


def csim(command: bytes) -> AtCommand:
    """Generic SIM access: one command to the card as it is (TS 27.007, 8.17)."""
    line = f'AT+CSIM={2 * len(command)},"{command.hex().upper()}"'
    return AtCommand(f"AT+CSIM ({command_name(command)})", line, carries_key(command))


def ccho(aid: bytes) -> AtCommand:
    """Open a logical channel with an application selected on it (TS 27.007, 8.45)."""
    return plain(f'AT+CCHO="{aid.hex().upper()}"')


def cchc(session: str) -> AtCommand:
    """Close the channel of a session (TS 27.007, 8.46)."""
    return plain(f"AT+CCHC={session}")


def cgla(session: str, command: bytes) -> AtCommand:
    """Send a command on a session's channel; the modem puts the channel into the class byte
    (TS 27.007, 8.43)."""
    line = f'AT+CGLA={session},{2 * len(command)},"{command.hex().upper()}"'
    return AtCommand(f"AT+CGLA ({command_name(command)})", line, carries_key(command))


def parse_final(line: str) -> Final | None:
    """The result code a line is, or None for any other line."""
    text = line.strip()
    upper = text.upper()
    if upper == "OK":
        return Final(FinalKind.OK)
    if upper in _ERRORS:
        return Final(FinalKind.ERROR, text="" if upper == "ERROR" else upper.lower())
    for kind in (FinalKind.CME, FinalKind.CMS):
        if upper.startswith(kind.value):
            rest = text[len(kind.value) :].lstrip()
            if rest and not rest.startswith(":"):
                return None
            return _with_code(kind, rest[1:].strip())
    return None


def _with_code(kind: FinalKind, rest: str) -> Final:
    names = _CME if kind is FinalKind.CME else {}
    if rest.isascii() and rest.isdigit() and len(rest) <= 6:
        code = int(rest)
        return Final(kind, code, names.get(code, ""))
    shown = "".join(c for c in rest[:_TEXT_LIMIT] if c.isprintable())
    known = _CME_BY_TEXT.get(rest.lower()) if kind is FinalKind.CME else None
    return Final(kind, known, shown)


class ReplyCollector:
    """Takes what the modem sends after one command, in pieces of any size, until it is complete.

    ``final`` is the result code, None before it came; ``lines`` everything before it that is not
    the echo; ``echoed`` whether the modem repeated the command. Bounded in memory: of a modem that
    talks without end only the newest lines are kept.
    """

    def __init__(self, command: AtCommand) -> None:
        self._echo = _squeezed(command.line)
        self._partial = bytearray()
        self.lines: list[str] = []
        self.echoed = False
        self.final: Final | None = None

    def feed(self, data: bytes) -> bool:
        """Take some bytes; returns whether the reply is complete. What follows it is ignored."""
        for byte in data:
            if self.final is not None:
                break
            if byte in b"\r\n":
                self._line(self._partial.decode("ascii", "replace"))
                self._partial.clear()
            elif len(self._partial) < MAX_LINE and byte:
                self._partial.append(byte)
        return self.final is not None

    def _line(self, text: str) -> None:
        line = text.strip()
        if not line:
            return
        if not self.echoed and _squeezed(line) == self._echo:
            self.echoed = True
            return
        self.final = parse_final(line)
        if self.final is None:
            self.lines.append(line)
            del self.lines[:-MAX_LINES]


def _squeezed(line: str) -> str:
    return "".join(line.split()).upper()


_ANSWER = re.compile(r'(\+C(?:SIM|GLA):)?(\d{1,6}),("?)([0-9A-F]*)("?)')
_MORE = re.compile(r'([0-9A-F]*)("?)')
_SESSION = re.compile(r'\+CCHO:"?([0-9A-F]{1,16})"?')
_BARE_NUMBER = re.compile(r"\d{1,10}")
_PIN = re.compile(r"\+CPIN\s*:\s*(.{1,40})", re.IGNORECASE)


def parse_apdu_answer(lines: list[str]) -> Response:
    """The card's answer in the lines of a +CSIM or +CGLA reply.

    Errors: DecodeError when there is none, when characters are missing, or when it has no status
    word. No content of a line is in the message.
    """
    squeezed = [_squeezed(line) for line in lines]
    for prefixed in (True, False):
        for at, line in enumerate(squeezed):
            match = _ANSWER.fullmatch(line)
            if match is not None and bool(match[1]) is prefixed:
                stated = int(match[2])
                whole = bool(match[5]) or (not match[3] and len(match[4]) >= stated)
                following = () if whole else squeezed[at + 1 :]
                return _response(_joined(match[4], bool(match[3]), stated, following), stated)
    raise DecodeError(
        "there is no answer of the card in what the modem sent", spec="TS 27.007, 8.17"
    )


def _joined(digits: str, quoted: bool, stated: int, following: Sequence[str]) -> str:
    """An answer that an unsolicited line has cut in two, in one piece again. It ends with its
    quote, or without quotes when it has its length."""
    for line in following:
        match = _MORE.fullmatch(line)
        if match is not None:
            digits += match[1]
            if match[2] or (not quoted and len(digits) >= stated):
                break
    return digits


def _response(digits: str, stated: int) -> Response:
    count = len(digits)
    # Some modems count bytes, as one would expect who has not read the standard. Any other
    # difference means that characters were lost or added on the way.
    if count % 2 or stated not in (count, count // 2):
        raise DecodeError(
            f"the modem says that the card's answer has {stated} hex characters and sends {count}",
            spec="TS 27.007, 8.17",
        )
    return Response.from_bytes(bytes.fromhex(digits))


def parse_session(lines: list[str]) -> str:
    """The session id in the lines of a +CCHO reply, to be given back exactly as it came.

    It is no channel number, and not even decimal with every modem. Errors: DecodeError.
    """
    squeezed = [_squeezed(line) for line in lines]
    for line in squeezed:
        match = _SESSION.fullmatch(line)
        if match is not None:
            return match[1]
    for line in squeezed:
        # Some modems leave the prefix out.
        if _BARE_NUMBER.fullmatch(line):
            return line
    raise DecodeError("the modem opened a session and did not name it", spec="TS 27.007, 8.45")


def parse_pin_state(lines: list[str]) -> str | None:
    """What +CPIN? says the card waits for (``READY``, ``SIM PIN``, …); None when it says nothing
    that can be understood."""
    for line in lines:
        match = _PIN.fullmatch(line.strip())
        if match is not None:
            return match[1].strip().strip('"').upper()
    return None
