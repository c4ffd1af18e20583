"""A recorded trace as a card: answers what it answered then, to the same commands only.

Whatever differs from the recording ends the replay, since from there on nothing the card said
would fit. Keys are not in a recording, so of a command that carries one the header and the
length are compared.
"""

from __future__ import annotations

from smartboot import errors
from smartboot.apdu import Response
from smartboot.errors import ReplayError, TransportError
from smartboot.transport.base import CardProtocol
from smartboot.transport.trace_entries import (
    Trace,
    TracedCommand,
    TracedFailure,
    TracedReset,
    split_command,
)
from smartboot.transport.trace_follow import Follower, Meaning, Secrecy

__all__ = ["ReplayConnection"]

_FITS = "a recording fits the command, options and version of smartboot that made it"
_LONGEST_SHOWN = 24


class ReplayConnection:
    """``CardConnection`` to a trace. Its name is the recorded reader's, so that output is the same.

    ``source`` names the recording in errors. Errors: ReplayError, and the TransportError that was
    recorded where a command got no answer.
    """

    def __init__(self, trace: Trace, source: str) -> None:
        self._trace = trace
        self._source = source
        self._at = 0
        self._atr = trace.header.atr
        self._follower = Follower()
        self._over: ReplayError | None = None

    @property
    def name(self) -> str:
        """The recorded reader's name."""
        return self._trace.header.reader or f"replay:{self._source}"

    @property
    def atr(self) -> bytes:
        """The recorded ATR; empty where the recording has none."""
        return self._atr

    @property
    def protocol(self) -> CardProtocol:
        """The recorded protocol."""
        return self._trace.header.protocol

    @property
    def left(self) -> int:
        """Entries of the recording not yet played."""
        return len(self._trace.entries) - self._at

    def transmit(self, command: bytes) -> Response:
        """The recorded answer. Errors: see the class."""
        head, data, tail = split_command(command, self.protocol)
        if self._over is not None:
            raise self._over
        if not self.left:
            ended = " (it was cut off there)" if self._trace.truncated else ""
            raise self._end(
                f"the recording ends after {self._at} entries{ended}, and {_name(head)} was sent"
            )
        entry = self._trace.entries[self._at]
        if isinstance(entry, TracedReset):
            raise self._end(
                f"entry {self._at + 1} differs: a reset was recorded, {_name(head)} was sent"
            )
        difference = _difference(entry, head, data, tail)
        if difference:
            raise self._differs(entry, head, data, difference)
        self._at += 1
        if isinstance(entry, TracedFailure):
            raise _failure(entry)
        self._follower.follow(entry.head, entry.data, entry.answer, entry.sw)
        if entry.answer_blanked:
            raise self._end(
                f"the answer to {_name(head)} (entry {self._at}) was not recorded: "
                f"{len(entry.answer)} bytes are blanked",
                hint="record with --trace-contents to be able to replay; such a file holds secrets",
            )
        return Response(entry.answer, entry.sw)

    def reset(self) -> bytes:
        """The recorded ATR of a reset."""
        if self._over is not None:
            raise self._over
        entry = self._trace.entries[self._at] if self.left else None
        if isinstance(entry, TracedFailure) and not entry.head:
            self._at += 1
            raise _failure(entry)
        if not isinstance(entry, TracedReset):
            recorded = "nothing more" if entry is None else _name(entry.head)
            raise self._end(
                f"entry {self._at + 1} differs: {recorded} was recorded, the card is reset"
            )
        self._at += 1
        self._atr = entry.atr
        self._follower.reset()
        return entry.atr

    def close(self) -> None:
        """Nothing to give back."""

    # -- errors

    def _end(self, text: str, *, hint: str = _FITS) -> ReplayError:
        self._over = ReplayError(f"{self._source}: {text}", hint=hint)
        return self._over

    def _differs(
        self, entry: TracedCommand | TracedFailure, head: bytes, data: bytes, difference: str
    ) -> ReplayError:
        """Both commands side by side, without a byte that may be secret."""
        sw = entry.sw if isinstance(entry, TracedCommand) else 0x6F00
        sent = self._follower.follow(head, data, b"", 0x6F00)
        recorded = self._follower.follow(entry.head, entry.data, b"", sw)
        return self._end(
            f"entry {self._at + 1} differs from what was sent in {difference}: "
            f"recorded {_shown(entry.head, entry.data, recorded)}, "
            f"sent {_shown(head, data, sent)}"
        )


def _difference(entry: TracedCommand | TracedFailure, head: bytes, data: bytes, tail: bytes) -> str:
    """What differs, in words; empty when the command is the recorded one."""
    if entry.head != head:
        return "the header"
    if len(entry.data) != len(data) or entry.tail != tail:
        return "the length"
    if entry.data != data and not entry.data_blanked:
        pairs = enumerate(zip(entry.data, data, strict=True), 1)
        at = next(number for number, (old, new) in pairs if old != new)
        return f"byte {at} of the data"
    return ""


def _name(head: bytes) -> str:
    return Follower().follow(head, b"", b"", 0x6F00).name if head else "a reset"


def _shown(head: bytes, data: bytes, meaning: Meaning) -> str:
    text = head.hex(" ").upper()
    if data:
        plain = meaning.data is Secrecy.PUBLIC and len(data) <= _LONGEST_SHOWN
        text += f" {data.hex().upper()}" if plain else f" <{len(data)} bytes>"
    return f"{text} ({', '.join(filter(None, (meaning.name, meaning.file)))})"


def _failure(entry: TracedFailure) -> TransportError:
    """The error that was recorded; only transport errors are made again."""
    kind = getattr(errors, entry.error, None)
    if not isinstance(kind, type) or not issubclass(kind, TransportError):
        kind = TransportError
    return kind(entry.message, hint=entry.hint)
