"""A card in a modem, behind the contract of every transport (3GPP TS 27.007, 8.17, 8.43-8.46).

Commands go out with +CSIM as T=0 TPDUs: a case 4 command without its Le. Modems that hand the
card's 61xx and 6Cxx on, and those that fetch the answer themselves, both take that form; one that
takes APDUs and says 9000 without the answer is noticed at the first SELECT, which is then sent
with its Le. The modem uses the card too. What it sends between a SELECT and its GET RESPONSE loses
the answer (TS 102 221, 12.1.1), so the pair is repeated; what it selects on the basic channel
cannot be seen, so work belongs on a channel of its own.

A logical channel comes from the first of these that works, found out when it is asked for:
MANAGE CHANNEL through +CSIM and a SELECT on the new channel, since some modems open it and then
refuse what is sent there; a session of the modem's own (+CCHO, +CGLA); else the answer is
6881, channel not supported, and the layer above uses the basic channel.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from enum import Enum

from smartboot.apdu import CLASS_2G, Ins, Response, channel_of
from smartboot.errors import (
    CardMuteError,
    CardRemovedError,
    DecodeError,
    NoReaderError,
    TransportError,
)
from smartboot.transport.base import CardProtocol
from smartboot.transport.modem_at import (
    CME_NOT_INSERTED,
    CME_SIM_FAILURE,
    CME_SIM_WRONG,
    AtCommand,
    Final,
    FinalKind,
    csim,
    parse_apdu_answer,
    parse_pin_state,
    plain,
)
from smartboot.transport.modem_errors import RefusedError, error_for
from smartboot.transport.modem_port import ModemPort, Reply, Timing, open_port, split_address
from smartboot.transport.modem_session import ModemSession, Preselection

__all__ = ["ModemConnection", "Timing", "open_modem"]

_PKCS15_AID = bytes.fromhex("A000000063504B43532D3135")
"""The application that bootstrap data is in: what a session is opened for."""

_CHANNELS = (1, 2, 3)
_SELECT_MF = bytes.fromhex("A4000C023F00")
_CLOSE = 0x80
_NOT_SUPPORTED, _NONE_FREE, _FAILED = 0x6881, 0x6A81, 0x6F00
_CHANNEL_REFUSED = (0x6881, 0x6E00)
_FETCH_ROUNDS = 2


class _Way(Enum):
    """Where logical channels come from with this modem."""

    UNKNOWN = 0
    MANAGE_CHANNEL = 1
    SESSIONS = 2
    NONE = 3


def open_modem(address: str, timing: Timing | None = None) -> ModemConnection:
    """Open ``DEVICE[@BAUD]``, find the modem on it and wait for its card.

    Errors: UsageError (no such form of address, pyserial missing), NoReaderError (no port, no
    modem), ReaderBusyError, NoCardError, other TransportErrors.
    """
    device, baud = split_address(address)
    port = open_port(device, baud)
    try:
        connection = ModemConnection(port, timing or Timing())
        connection.start()
    except BaseException:
        port.close()
        raise
    return connection


class ModemConnection:
    """``CardConnection`` to the card in a modem. Use ``open_modem`` to make one."""

    def __init__(self, port: ModemPort, timing: Timing) -> None:
        self._port = port
        self._timing = timing
        self._closed = False
        self._echo = False
        self._answered = False
        self._way = _Way.UNKNOWN
        self._opened: set[int] = set()
        self._preselected: dict[int, Preselection] = {}
        self._sessions: dict[int, ModemSession] = {}
        self._with_le = False
        self._le_known = False
        self._announced: bytes | None = None

    @property
    def name(self) -> str:
        """``modem:DEVICE``."""
        return f"modem:{self._port.device}"

    @property
    def atr(self) -> bytes:
        """Empty: a modem keeps the ATR to itself."""
        return b""

    @property
    def protocol(self) -> CardProtocol:
        """T=0: the form commands are sent in, whatever the modem and the card speak."""
        return CardProtocol.T0

    # -- the modem

    def start(self) -> None:
        """Find the modem, set it up (no echo, numeric errors), wait until its card is ready."""
        self._probe()
        self._ask("AT+CMEE=1")
        self._wait_for_card()

    def _probe(self) -> None:
        # ATQ0V1: result codes are sent, and in words, whatever was set before.
        command = plain("ATQ0V1E0")
        late = False
        for _ in range(self._timing.probes):
            try:
                reply = self._port.exchange(command, self._timing.probe_s)
            except CardMuteError:
                self._port.abandon()
                late = True
                continue
            self._echo = self._echo or reply.echoed
            if reply.final.ok:
                if late:
                    # This may have been the answer to an earlier probe, and the others come yet.
                    self._port.hush(2 * self._timing.probe_s)
                return
            command = plain("ATE0" if command.line != "ATE0" else "AT")
        raise NoReaderError(
            f"nothing that understands AT commands answers on {self._port.device}",
            hint="most modems have several ports, of which one or two take AT commands; give the"
            " baud rate as modem:DEVICE@BAUD where it is not 115200",
        )

    def _ask(self, line: str) -> Reply | None:
        """A command to the modem itself; None where it knows no such command."""
        reply = self._port.exchange(plain(line), self._timing.command_s)
        return reply if reply.final.ok else None

    def _wait_for_card(self) -> None:
        command = plain("AT+CPIN?")
        deadline = time.monotonic() + self._timing.busy_s
        try:
            state = parse_pin_state(self._run(command).lines) or ""
            while state.endswith("NOT READY") and time.monotonic() < deadline:
                time.sleep(self._timing.pause_s)
                state = parse_pin_state(self._run(command).lines) or ""
        except RefusedError as refused:
            if refused.final.cme() in (CME_SIM_FAILURE, CME_SIM_WRONG):
                raise self._error(refused) from None
            # Not every modem has +CPIN?: the first command to the card will tell more.
            return
        if state.endswith("NOT INSERTED"):
            # Some modems say in words what others say as an error.
            final = Final(FinalKind.CME, CME_NOT_INSERTED, "SIM not inserted")
            raise self._error(RefusedError(command, final))

    def _run(self, command: AtCommand) -> Reply:
        """Carry out a command that concerns the card; a busy card is asked again for a while.

        Errors: RefusedError, TransportError.
        """
        deadline = time.monotonic() + self._timing.busy_s
        while True:
            reply = self._port.exchange(command, self._timing.apdu_s)
            if reply.final.ok:
                return reply
            refused = RefusedError(command, reply.final)
            if reply.final.cme() == CME_NOT_INSERTED:
                raise self._error(refused)
            if not reply.final.is_busy:
                raise refused
            if command.once or time.monotonic() + self._timing.pause_s >= deadline:
                raise self._error(refused)
            time.sleep(self._timing.pause_s)

    def _error(self, refused: RefusedError) -> TransportError:
        return error_for(refused.command, refused.final, self._port.device, in_use=self._answered)

    # -- commands to the card

    def transmit(self, command: bytes) -> Response:
        """Send one command, return the card's answer.

        Errors: CardRemovedError, CardMuteError, ReaderBusyError, TransportError.
        """
        if self._closed:
            raise CardRemovedError(f"{self.name} is closed")
        if len(command) < 4:
            raise TransportError("a command has at least four bytes")
        try:
            if command[1] == Ins.MANAGE_CHANNEL and command[0] != CLASS_2G:
                return self._manage_channel(command)
            channel = channel_of(command[0])
            session = self._sessions.get(channel)
            if session is not None:
                return self._complete(session.transmit, command)
            preselection = self._preselected.pop(channel, None)
            if preselection is not None:
                select_mf = bytes((channel, *_SELECT_MF))
                answer = preselection.answer(command, lambda: self._csim(select_mf))
                if answer is not None:
                    return answer
            return self._complete(self._csim, command)
        except RefusedError as refused:
            raise self._error(refused) from None

    def _csim(self, command: bytes) -> Response:
        return self._apdu(csim(command))

    def _apdu(self, command: AtCommand) -> Response:
        reply = self._run(command)
        try:
            response = parse_apdu_answer(reply.lines)
        except DecodeError as error:
            raise TransportError(
                f"the modem {self._port.device} garbles its reply to {command}: {error}",
                hint="lower the baud rate, or close what else uses the modem",
            ) from None
        self._answered = True
        return response

    def _complete(self, send: Callable[[bytes], Response], command: bytes) -> Response:
        if command[1] == Ins.GET_RESPONSE:
            return self._fetch(send, command)
        self._announced = None
        wants_answer = _wants_answer(command)
        response = send(command + b"\x00" if wants_answer and self._with_le else command)
        if wants_answer and not self._le_known:
            response = self._learn_le(send, command, response)
        if command[1] == Ins.SELECT and response.sw1 in (0x61, 0x9F):
            self._announced = command
        return response

    def _learn_le(
        self, send: Callable[[bytes], Response], command: bytes, response: Response
    ) -> Response:
        """Whether a SELECT whose answer is wanted must say so with an Le."""
        if response.data or response.sw1 in (0x61, 0x9F):
            self._le_known = True
        elif response.sw1 in (0x90, 0x91):
            self._le_known = True
            try:
                second = send(command + b"\x00")
            except RefusedError:
                return response
            if second.sw1 in (0x61, 0x9F) or (second.data and second.sw1 in (0x90, 0x91)):
                self._with_le = True
                return second
        return response

    def _fetch(self, send: Callable[[bytes], Response], command: bytes) -> Response:
        """GET RESPONSE, repeated with its SELECT where the modem came in between."""
        response = send(command)
        announced, self._announced = self._announced, None
        for _ in range(_FETCH_ROUNDS):
            if announced is None or response.sw1 != 0x6F or response.data:
                break
            if send(announced).sw1 not in (0x61, 0x9F):
                break
            response = send(command)
        return response

    # -- logical channels

    def _manage_channel(self, command: bytes) -> Response:
        self._announced = None
        p1, p2 = command[2:4]
        if p1 == 0 and p2 == 0:
            return self._open_channel(command)
        if p1 == _CLOSE:
            return self._close_channel(command, p2 or channel_of(command[0]))
        return self._csim(command)

    def _open_channel(self, command: bytes) -> Response:
        answer = Response(b"", _NOT_SUPPORTED)
        if self._way in (_Way.UNKNOWN, _Way.MANAGE_CHANNEL):
            try:
                response = self._csim(command)
            except RefusedError:
                response = answer
            if response.sw1 in (0x6C, 0x61):
                # The layer above sends it again, with the right length.
                return response
            if response.sw1 not in (0x90, 0x91) or len(response.data) != 1:
                answer = Response(b"", response.sw)
            elif self._passes(response.data[0]):
                self._way = _Way.MANAGE_CHANNEL
                return response
        if self._way in (_Way.UNKNOWN, _Way.SESSIONS):
            number = next((n for n in _CHANNELS if n not in self._sessions), None)
            if number is None:
                return Response(b"", _NONE_FREE)
            # Known before it is open, so that an interruption does not leave it open.
            session = self._sessions[number] = ModemSession(self._run, self._apdu, _PKCS15_AID)
            if session.open():
                self._way = _Way.SESSIONS
                return Response(bytes((number,)), 0x9000)
            del self._sessions[number]
        if self._way is _Way.UNKNOWN:
            self._way = _Way.NONE
        return answer

    def _passes(self, channel: int) -> bool:
        """Whether the modem hands commands on to a channel it has opened; closes it if not.

        Tried with what the channel is for: the application is selected by its name.
        """
        self._opened.add(channel)
        if self._way is _Way.MANAGE_CHANNEL:
            return True
        if channel in _CHANNELS:
            head = bytes((channel, Ins.SELECT, 0x04, 0x0C, len(_PKCS15_AID)))
            try:
                sw = self._csim(head + _PKCS15_AID).sw
            except RefusedError:
                sw = _NOT_SUPPORTED
            if sw not in _CHANNEL_REFUSED:
                if sw >> 8 in (0x90, 0x91, 0x61):
                    self._preselected[channel] = Preselection(_PKCS15_AID)
                return True
        self._close_by_basic(channel)
        return False

    def _close_channel(self, command: bytes, channel: int) -> Response:
        session = self._sessions.pop(channel, None)
        if session is not None:
            return Response(b"", 0x9000 if session.close() else _FAILED)
        self._opened.discard(channel)
        self._preselected.pop(channel, None)
        try:
            return self._csim(command)
        except RefusedError:
            return self._csim(_close_command(channel))

    # -- the end

    def reset(self) -> bytes:
        """Refused: a modem restarts the card only with itself, and would lose the network.

        Errors: TransportError, always.
        """
        raise TransportError(
            f"the card in the modem {self._port.device} cannot be reset by itself",
            hint="restart the modem (AT+CFUN=1,1), or put the card in a PC/SC reader",
        )

    def close(self) -> None:
        """Close what was opened on the card and give the port back. May be called twice."""
        if self._closed:
            return
        self._closed = True
        # Nobody waits long for the end.
        self._timing = replace(self._timing, apdu_s=self._timing.command_s, busy_s=0.0)
        try:
            if self._port.settle(self._timing.command_s):
                self._leave()
        except TransportError:
            # The modem is gone or mute; whatever was to be told was told before.
            return
        finally:
            self._port.close()

    def _leave(self) -> None:
        try:
            for session in self._sessions.values():
                session.close()
            for channel in sorted(self._opened):
                self._close_by_basic(channel)
        except TransportError:
            # The card may be gone and the modem still there.
            pass
        if self._echo:
            self._ask("ATE1")

    def _close_by_basic(self, channel: int) -> None:
        self._opened.discard(channel)
        try:
            self._csim(_close_command(channel))
        except RefusedError:
            # It stays open until the card is reset: nothing more can be done about it here.
            return


def _close_command(channel: int) -> bytes:
    """MANAGE CHANNEL, close, sent on the basic channel (TS 102 221, 11.1.17)."""
    return bytes((0, Ins.MANAGE_CHANNEL, _CLOSE, channel, 0))


def _wants_answer(command: bytes) -> bool:
    """A SELECT of a UICC that asks for the FCP: the case 4 command there is here."""
    return (
        command[1] == Ins.SELECT
        and command[0] != CLASS_2G
        and len(command) > 5
        and len(command) == 5 + command[4]
        and command[3] & 0x0C != 0x0C
    )
