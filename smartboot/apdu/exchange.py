"""From one command to its complete answer: small behaviours stacked on a ``transmit`` function.

ISO/IEC 7816-3, 12.2 and TS 102 221, 7.3.1.1 and annex C. On T=0 the card announces answers (61xx,
9Fxx), corrects lengths (6Cxx) and leaves data behind warnings; on T=1 an APDU goes out and comes
back as it is. Nothing here repeats a command on its own account, counts, or does I/O itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from smartboot.apdu.channel import channel_of, class_byte, is_2g, response_class
from smartboot.apdu.command import Command, Response
from smartboot.apdu.instructions import Ins, carries_key, command_name
from smartboot.errors import CardError

__all__ = [
    "MAX_ANSWER",
    "MAX_ROUNDS",
    "CorrectLength",
    "Exchange",
    "FetchRemaining",
    "Transmit",
    "make_exchange",
]

Transmit = Callable[[bytes], Response]
"""One command as the protocol carries it, to the card's answer as it came."""

Exchange = Callable[[Command], Response]
"""One command to its complete answer."""

MAX_ANSWER = 0x10000
"""No answer is longer: Ne of an extended APDU ends there (ISO/IEC 7816-4, 5.2)."""

MAX_ROUNDS = 0x100
"""GET RESPONSEs for one command: MAX_ANSWER in pieces of 256 bytes."""

_CLASS_REFUSED = (0x6E00, 0x6D00, 0x6800, 0x6881)


class CorrectLength:
    """T=0: send the TPDU; answer 6Cxx by sending the same once more with P3 = xx.

    Only a command without data has a P3 that stands for the answer's length. A key command
    without data asks for the tries left, and P3 would turn it into a try, so it is never resent.
    """

    def __init__(self, transmit: Transmit) -> None:
        self._transmit = transmit

    def __call__(self, command: Command) -> Response:
        response = self._transmit(command.to_tpdu())
        if response.sw1 == 0x6C and command.case == 2 and not carries_key(command):
            corrected = replace(command, le=response.sw2 or 0x100)
            response = self._transmit(corrected.to_tpdu())
        return response


class FetchRemaining:
    """T=0: collect what a card announces with 61xx (9Fxx on a 2G SIM) or leaves behind a warning.

    Only a command that wants an answer (``le`` given) has one fetched: a card may announce the
    FCP of a SELECT that nobody asked it for, and fetching that would cost a TPDU.
    """

    def __init__(self, inner: Exchange) -> None:
        self._inner = inner
        self._etsi_response_class = False

    def __call__(self, command: Command) -> Response:
        response = self._inner(command)
        if command.le is None or carries_key(command):
            return response
        if self._announced(command, response) is not None:
            return self._collect(command, response)
        if command.case == 4 and response.sw1 in (0x62, 0x63) and not response.data:
            return self._behind_warning(command, response)
        return response

    @staticmethod
    def _announced(command: Command, response: Response) -> int | None:
        """The bytes to ask for next (1 to 256); None when nothing was announced."""
        if response.sw1 == 0x61 or (response.sw1 == 0x9F and is_2g(command.cla)):
            return response.sw2 or 0x100
        return None

    def _collect(self, command: Command, response: Response) -> Response:
        data = bytearray(response.data)
        for _ in range(MAX_ROUNDS):
            count = self._announced(command, response)
            if count is None:
                return Response(bytes(data), response.sw)
            response = self._get_response(command, count)
            data += response.data
            if len(data) > MAX_ANSWER:
                break
            if not response.data and self._announced(command, response) is not None:
                break
        name = command_name(command)
        raise CardError(
            f"the card's answer to {name} does not end: {response.sw:04X} after {len(data)} bytes",
            sw=response.sw,
            command_name=name,
        )

    def _behind_warning(self, command: Command, warning: Response) -> Response:
        response = self._get_response(command, 0x100)
        if self._announced(command, response) is not None:
            response = self._collect(command, response)
        return Response(response.data, warning.sw) if response.data else warning

    def _get_response(self, command: Command, count: int) -> Response:
        """GET RESPONSE on the command's channel.

        The standard lists it in the 0X classes only; some cards want an 8X command's own class
        again. The form that worked is used from then on.
        """
        first = response_class(command.cla)
        if command.cla < 0x80 or is_2g(command.cla):
            return self._inner(Command(first, Ins.GET_RESPONSE, le=count))
        second = class_byte(channel_of(command.cla), etsi=True)
        if self._etsi_response_class:
            first, second = second, first
        response = self._inner(Command(first, Ins.GET_RESPONSE, le=count))
        if response.sw in _CLASS_REFUSED:
            response = self._inner(Command(second, Ins.GET_RESPONSE, le=count))
            if response.sw not in _CLASS_REFUSED:
                self._etsi_response_class = not self._etsi_response_class
        return response


def make_exchange(transmit: Transmit, *, t0: bool) -> Exchange:
    """The whole stack for one protocol: T=0 with all follow-ups, or T=1, which needs none.

    Errors of the result: those of ``transmit``; CardError for an answer that does not end;
    UsageError for an extended command on T=0.
    """
    if t0:
        return FetchRemaining(CorrectLength(transmit))
    return lambda command: transmit(command.to_bytes())
