"""A card that answers exactly what a script says, and fails on any other command."""

from __future__ import annotations

from collections.abc import Callable

from smartboot.apdu import Response
from smartboot.errors import CardRemovedError
from smartboot.transport.base import CardProtocol

__all__ = ["AnsweringCard", "ScriptedCard", "script"]


def script(text: str) -> list[tuple[bytes, bytes]]:
    """One exchange a line: ``command > answer`` in hex, blanks and ``# comments`` ignored."""
    steps = []
    for line in text.splitlines():
        code = line.split("#")[0].replace(" ", "")
        if code:
            command, answer = code.split(">")
            steps.append((bytes.fromhex(command), bytes.fromhex(answer)))
    return steps


class _Card:
    name = "Scripted reader 00 00"
    atr = bytes.fromhex("3b00")

    def __init__(self, protocol: CardProtocol = CardProtocol.T0) -> None:
        self.protocol = protocol
        self.sent: list[bytes] = []
        self.closed = 0

    def reset(self) -> bytes:
        return self.atr

    def close(self) -> None:
        self.closed += 1


class ScriptedCard(_Card):
    """``done()`` says whether the whole script was played. The answer ``dead`` (written as
    ``DEAD``) is a card that is pulled out at that command."""

    def __init__(self, text: str, protocol: CardProtocol = CardProtocol.T0) -> None:
        super().__init__(protocol)
        self._steps = script(text)

    def transmit(self, command: bytes) -> Response:
        at = len(self.sent)
        self.sent.append(command)
        assert at < len(self._steps), f"unexpected command {command.hex()} behind the script"
        wanted, answer = self._steps[at]
        assert command == wanted, f"command {at}: sent {command.hex()}, wanted {wanted.hex()}"
        if answer == b"\xde\xad":
            raise CardRemovedError("the card was removed")
        return Response.from_bytes(answer)

    def done(self) -> bool:
        return len(self.sent) == len(self._steps)


class AnsweringCard(_Card):
    """Answers by a function of the command, for cards that never say the same twice."""

    def __init__(
        self, answer: Callable[[bytes], bytes], protocol: CardProtocol = CardProtocol.T0
    ) -> None:
        super().__init__(protocol)
        self._answer = answer

    def transmit(self, command: bytes) -> Response:
        self.sent.append(command)
        return Response.from_bytes(self._answer(command))
