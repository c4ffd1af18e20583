"""A connection that tells a listener of every command, with keys and file contents blanked.

Which bytes are blanked follows from what the commands are (``trace_follow``): the data of
commands that carry keys always, the contents of files as ``contents`` says. File ids, FCPs,
status words and channel numbers always stay.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from smartboot.apdu import Response
from smartboot.errors import TransportError
from smartboot.transport.base import CardConnection, CardProtocol
from smartboot.transport.trace_entries import (
    MAX_TIME_US,
    Contents,
    TracedCommand,
    TracedFailure,
    TracedReset,
    TraceEntry,
    split_command,
)
from smartboot.transport.trace_follow import Follower, Meaning, Secrecy

__all__ = ["Listener", "TracedCommand", "TracingConnection", "is_blanked"]

Listener = Callable[[TraceEntry, Meaning | None], None]
"""Called after each command, answered or not, and after each reset (which has no meaning)."""

_SHOWN = {
    Contents.NONE: Secrecy.PUBLIC,
    Contents.DIRECTORY: Secrecy.DIRECTORY,
    Contents.ALL: Secrecy.CONTENT,
}


def is_blanked(secrecy: Secrecy, contents: Contents) -> bool:
    """Whether bytes of this secrecy are left out of a trace with these contents."""
    return secrecy > _SHOWN[contents]


def _now_us() -> int:
    return min(max(0, time.time_ns() // 1000), MAX_TIME_US)


class TracingConnection:
    """Wraps a connection. ``clock`` gives microseconds since 1970, for the entries' times."""

    def __init__(
        self,
        inner: CardConnection,
        listener: Listener,
        *,
        contents: Contents = Contents.NONE,
        clock: Callable[[], int] = _now_us,
    ) -> None:
        self._inner = inner
        self._listener = listener
        self._contents = contents
        self._clock = clock
        self._follower = Follower()

    @property
    def name(self) -> str:
        """The reader's name."""
        return self._inner.name

    @property
    def atr(self) -> bytes:
        """The card's answer to reset."""
        return self._inner.atr

    @property
    def protocol(self) -> CardProtocol:
        """The protocol in use."""
        return self._inner.protocol

    def transmit(self, command: bytes) -> Response:
        """Send the command and tell the listener. Errors: those of the connection."""
        started = self._clock()
        try:
            response = self._inner.transmit(command)
        except TransportError as error:
            self._failed(command, error, started)
            raise
        duration = max(0, self._clock() - started)
        head, data, tail = split_command(command, self._inner.protocol)
        meaning = self._follower.follow(head, data, response.data, response.sw)
        blank_data = is_blanked(meaning.data, self._contents) and bool(data)
        blank_answer = is_blanked(meaning.answer, self._contents) and bool(response.data)
        entry = TracedCommand(
            head,
            bytes(len(data)) if blank_data else data,
            tail,
            bytes(len(response.data)) if blank_answer else response.data,
            response.sw,
            started,
            duration,
            blank_data,
            blank_answer,
        )
        self._listener(entry, meaning)
        return response

    def _failed(self, command: bytes, error: TransportError, started: int) -> None:
        head, data, tail = split_command(command, self._inner.protocol)
        # Without an answer nothing changed that is known: to the follower it is a refusal.
        meaning = self._follower.follow(head, data, b"", 0x6F00) if head else None
        blank = bool(data) and (
            meaning is None or is_blanked(max(meaning.data, meaning.answer), self._contents)
        )
        self._listener(
            TracedFailure(
                head,
                bytes(len(data)) if blank else data,
                tail,
                type(error).__name__,
                error.message,
                error.hint,
                started,
                blank,
            ),
            meaning,
        )

    def reset(self) -> bytes:
        """Reset the card and tell the listener."""
        started = self._clock()
        try:
            atr = self._inner.reset()
        except TransportError as error:
            self._failed(b"", error, started)
            raise
        self._follower.reset()
        self._listener(TracedReset(atr, started), None)
        return atr

    def close(self) -> None:
        """Give the card back."""
        self._inner.close()
