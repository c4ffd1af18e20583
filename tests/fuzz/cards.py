"""Cards that lie: connections whose answers the fuzzer writes, or spoils.

Every card here has an end: when it has given ``ANSWER_BYTES`` it refuses everything with 6F00, and
a reader that has not come to its end ``LAST_COMMANDS`` later never will.
"""

from __future__ import annotations

from typing import Protocol

from smartboot.apdu import Response
from smartboot.errors import CardRemovedError
from smartboot.transport.base import CardProtocol

__all__ = [
    "ANSWER_BYTES",
    "LAST_COMMANDS",
    "AnswerBook",
    "Answerer",
    "HostileConnection",
    "Spoiler",
]

ANSWER_BYTES = 0x10000
"""All answers of one run, status words included."""

LAST_COMMANDS = 5000
"""Commands a reader may still send to a card that refuses each of them."""

_DEAD = b"\x6f\x00"


class Answerer(Protocol):
    """Says what a card answers."""

    def answer(self, command: bytes) -> bytes: ...


class HostileConnection:
    """``CardConnection`` around an ``Answerer``. ``commands`` counts what was sent."""

    name = "hostile card"
    atr = bytes.fromhex("3b9f96801fc78031a073be21136743200718000001a5")

    def __init__(self, source: Answerer, protocol: CardProtocol = CardProtocol.T0) -> None:
        self.protocol = protocol
        self.commands = 0
        self._source = source
        self._left = ANSWER_BYTES
        self._after = LAST_COMMANDS

    def transmit(self, command: bytes) -> Response:
        self.commands += 1
        if self._left <= 0:
            self._after -= 1
            assert self._after > 0, "the reader does not come to an end"
            return Response.from_bytes(_DEAD)
        answer = self._source.answer(command)
        if len(answer) < 2:
            # No transport hands on an answer without a status word.
            raise CardRemovedError("the card is gone")
        self._left -= len(answer)
        return Response.from_bytes(answer)

    def reset(self) -> bytes:
        return self.atr

    def close(self) -> None:
        """Nothing to give back."""


class AnswerBook:
    """Answers from a list that the fuzzer wrote, over and over: one byte of length, the answer."""

    def __init__(self, data: bytes) -> None:
        self._answers: list[bytes] = []
        at = 0
        while at < len(data) and len(self._answers) < 200:
            length = data[at]
            self._answers.append(data[at + 1 : at + 1 + length])
            at += 1 + length
        self._at = 0

    def answer(self, command: bytes) -> bytes:
        if not self._answers:
            return _DEAD
        self._at += 1
        return self._answers[(self._at - 1) % len(self._answers)]


class Spoiler:
    """A sound card whose answers are spoilt at chosen points.

    The script is a row of steps: a count of answers to let pass, what to do to the next one, and an
    argument. ``endless`` begins the script again when it is at its end.
    """

    STEP = 4

    def __init__(self, inner: Answerer, script: bytes, *, endless: bool = False) -> None:
        self._inner = inner
        self._script = script
        self._endless = endless
        self._at = 0
        self._pass = script[0] if script else 0
        self._last = _DEAD

    def answer(self, command: bytes) -> bytes:
        answer = self._inner.answer(command)
        if self._at + self.STEP <= len(self._script):
            if self._pass:
                self._pass -= 1
            else:
                answer = self._spoilt(answer)
        self._last = answer
        return answer

    def _spoilt(self, answer: bytes) -> bytes:
        _, action, first, second = self._script[self._at : self._at + self.STEP]
        self._at += self.STEP
        data, status = answer[:-2], answer[-2:]
        action %= 9
        if action == 0:
            data, status = data, bytes((first, second))
        elif action == 1:
            data, status = b"", bytes((first, second))
        elif action == 2 and data:
            changed = bytearray(data)
            changed[first % len(data)] ^= second or 0xFF
            data = bytes(changed)
        elif action == 3:
            data = data[: first or 1]
        elif action == 4:
            data = data + bytes((second,)) * first
        elif action == 5:
            data = self._script[self._at : self._at + first]
            self._at += first
        elif action == 6:
            data, status = self._last[:-2], self._last[-2:]
        elif action == 7:
            data, status = b"", b""
        else:
            data = (self._script[self._at : self._at + second] or b"\x00") * (first + 1)
            data = data[:256]
            self._at += second
        if self._endless and self._at + self.STEP > len(self._script):
            self._at = 0
        self._pass = self._script[self._at] if self._at < len(self._script) else 0
        return data + status
