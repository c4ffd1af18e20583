"""A logical channel that the modem opened for us (3GPP TS 27.007, 8.43 +CGLA to 8.46 +CCHC).

Such a session begins with an application selected, and nobody learns which channel it is on: the
modem fills that into the class byte. To the layers above it is a channel like one that MANAGE
CHANNEL opened, on which the MF is selected first; ``Preselection`` makes up for the difference.
"""

from __future__ import annotations

from collections.abc import Callable

from smartboot.apdu import Ins, Response
from smartboot.errors import DecodeError, TransportError
from smartboot.transport.modem_at import AtCommand, cchc, ccho, cgla, parse_session
from smartboot.transport.modem_errors import RefusedError
from smartboot.transport.modem_port import Reply

__all__ = ["ModemSession", "Preselection"]

Run = Callable[[AtCommand], Reply]
"""Carries out one AT command that concerns the card. Errors: RefusedError, TransportError."""

SendApdu = Callable[[AtCommand], Response]
"""Carries out +CSIM or +CGLA and returns the card's answer. Errors: the same."""

_CHANNEL_BITS = 0x03
_BY_NAME, _FROM_MF = 0x04, 0x08
_OCCURRENCE = 0x03
_NO_DATA = 0x0C
_SELECT_MF = bytes.fromhex("00A4000C023F00")
_STATUS = bytes.fromhex("80F2000C00")
_NO_APPLICATION = 0x6A82


class Preselection:
    """An application selected on a channel before anyone asked for it, where the MF should be.

    Consulted before the channel's first command, and of no effect after it.
    """

    def __init__(self, aid: bytes) -> None:
        self._aid = aid

    def answer(self, command: bytes, select_mf: Callable[[], object]) -> Response | None:
        """The answer to the first command if it asks for what is selected already.

        Otherwise None, after ``select_mf`` was called if the command depends on what is current.
        """
        if _names_application(command):
            quiet = command[3] & _NO_DATA == _NO_DATA
            if quiet and command[5 : 5 + command[4]] == self._aid:
                return Response(b"", 0x9000)
        elif len(command) <= 5 or command[1] != Ins.SELECT or command[2] != _FROM_MF:
            select_mf()
        return None


class ModemSession:
    """One session. ``transmit`` takes commands with any channel in their class byte."""

    def __init__(self, run: Run, send: SendApdu, aid: bytes) -> None:
        self._run = run
        self._send = send
        self._aid = aid
        self._id = ""
        self._preselection: Preselection | None = Preselection(aid)

    def open(self) -> bool:
        """Open the session with the application selected; False where the modem cannot, or has
        +CCHO and no working +CGLA, or where the card has no such application: modems do not say
        which. Errors: TransportError."""
        try:
            self._id = parse_session(self._run(ccho(self._aid)).lines)
        except (RefusedError, DecodeError):
            return False
        try:
            self._send(cgla(self._id, _STATUS))
        except RefusedError:
            self.close()
            return False
        return True

    def close(self) -> bool:
        """Close the channel; returns whether the modem did. Errors: TransportError."""
        if not self._id:
            return True
        try:
            self._run(cchc(self._id))
        except RefusedError:
            return False
        return True

    def transmit(self, command: bytes) -> Response:
        """Send one command. Errors: RefusedError, TransportError."""
        preselection, self._preselection = self._preselection, None
        if preselection is not None:
            # Also because some modems pass no SELECT by name on.
            answer = preselection.answer(command, lambda: self._send(cgla(self._id, _SELECT_MF)))
            if answer is not None:
                return answer
        try:
            return self._send(cgla(self._id, _without_channel(command)))
        except RefusedError:
            if not _names_application(command):
                raise
            return self._change_application(command[5 : 5 + command[4]])

    def _change_application(self, aid: bytes) -> Response:
        """A session for another application in the place of this one. Where there is none the
        former is opened again."""
        self.close()
        self._id = ""
        former, self._aid = self._aid, aid
        if self.open():
            return Response(b"", 0x9000)
        self._aid = former
        if self.open():
            return Response(b"", _NO_APPLICATION)
        raise TransportError(
            f"the modem opened a session for application {former.hex().upper()} once and not again"
        )


def _without_channel(command: bytes) -> bytes:
    return bytes((command[0] & ~_CHANNEL_BITS & 0xFF,)) + command[1:]


def _names_application(command: bytes) -> bool:
    """Whether it is SELECT by DF name, the first or only occurrence (TS 102 221, 11.1.1)."""
    return (
        len(command) > 5
        and command[1] == Ins.SELECT
        and command[2] == _BY_NAME
        and command[3] & _OCCURRENCE == 0
    )
