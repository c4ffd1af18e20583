"""A connection that tells a listener of every command, with keys and file contents blanked.

The listener gets what may be shown to anyone: the data of commands that carry keys (VERIFY and
its family) and of commands that write files, and the contents read from files, are replaced by
their length. FCPs, file ids, status words and channel numbers stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from smartboot.apdu import Response
from smartboot.transport.base import CardConnection, CardProtocol

__all__ = ["TracedCommand", "TracingConnection"]

_GET_RESPONSE = 0xC0
_CARRIES_DATA_OUT = frozenset(
    (0x20, 0x24, 0x26, 0x28, 0x2C, 0xD6, 0xD7, 0xDB, 0xDC, 0xDD, 0xD0, 0xD2, 0xE2, 0x82, 0x88)
)
"""VERIFY, CHANGE, DISABLE, ENABLE, UNBLOCK; UPDATE, WRITE, SET DATA, APPEND; AUTHENTICATE."""
_CARRIES_DATA_IN = frozenset((0xB0, 0xB1, 0xB2, 0xB3, 0xCB, 0xA2, 0x88, 0x84))
"""READ BINARY, READ RECORD, RETRIEVE DATA, SEARCH RECORD, AUTHENTICATE, GET CHALLENGE."""


@dataclass(frozen=True, slots=True)
class TracedCommand:
    """One command and its answer as they may be shown.

    ``header`` is CLA INS P1 P2 (P3); ``data`` and ``answer`` are None where they are blanked, and
    then only ``data_length`` and ``answer_length`` tell of them. ``seconds`` is how long it took.
    """

    header: bytes
    data: bytes | None
    data_length: int
    answer: bytes | None
    answer_length: int
    sw: int
    seconds: float

    def __str__(self) -> str:
        parts = [self.header.hex(" ").upper()]
        if self.data_length:
            shown = f"<{self.data_length} bytes>" if self.data is None else self.data.hex().upper()
            parts.append(shown)
        parts.append("->")
        if self.answer_length:
            blank = f"<{self.answer_length} bytes>"
            parts.append(blank if self.answer is None else self.answer.hex().upper())
        parts.append(f"{self.sw:04X}")
        return " ".join(parts)


class TracingConnection:
    """Wraps a connection; ``listener`` is called after every command that got an answer."""

    def __init__(self, inner: CardConnection, listener: Callable[[TracedCommand], None]) -> None:
        self._inner = inner
        self._listener = listener
        self._blank_answer = False

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
        """Send the command and tell the listener."""
        started = perf_counter()
        response = self._inner.transmit(command)
        seconds = perf_counter() - started
        ins = command[1] if len(command) > 1 else 0
        # A GET RESPONSE brings the data of the command before it, so it inherits its blanking.
        if ins != _GET_RESPONSE:
            self._blank_answer = ins in _CARRIES_DATA_IN
        self._listener(
            TracedCommand(
                header=command[:5],
                data=None if ins in _CARRIES_DATA_OUT else command[5:],
                data_length=max(0, len(command) - 5),
                answer=None if self._blank_answer else response.data,
                answer_length=len(response.data),
                sw=response.sw,
                seconds=seconds,
            )
        )
        return response

    def reset(self) -> bytes:
        """Reset the card."""
        return self._inner.reset()

    def close(self) -> None:
        """Give the card back."""
        self._inner.close()
