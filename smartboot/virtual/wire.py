"""From the bytes of a command to a request, and from an answer to the bytes of T=0 or T=1.

ISO/IEC 7816-3, 10 (T=0) and 12: on T=0 an answer to a command with data waits for GET RESPONSE
(61xx, on a 2G SIM 9Fxx), and any other command in between loses it. On T=1 it comes at once.
"""

from __future__ import annotations

from collections.abc import Callable

from smartboot.virtual.sim import SIM_INS_WITH_DATA, SIM_INS_WITH_FETCH, interpret_sim
from smartboot.virtual.state import CardState, Request
from smartboot.virtual.status import Refusal, Sw
from smartboot.virtual.uicc import INS_WITH_DATA, channel_number, interpret

__all__ = ["Wire"]

_GET_RESPONSE = 0xC0
_CLA_SIM = 0xA0
_WITH_FETCH = frozenset({0xA2, 0xA4})
"""UICC commands with data both ways (case 4)."""
_READS = frozenset({0xB0, 0xB2})


class Wire:
    """The transmission protocol of one card, with the answer that waits to be fetched."""

    def __init__(self, state: CardState) -> None:
        self._state = state
        self._t0 = state.header.protocol == "T=0"
        self._sim = state.header.kind == "sim"
        self._sim_too = self._sim or state.header.sim_commands
        self._waiting = b""
        self._waiting_for: int | None = None
        quirks = state.quirks
        fetched = _READS if quirks.read_answer == "announced" else frozenset()
        self._fetch = _WITH_FETCH | fetched
        self._piece = quirks.response_piece or 256
        # A toolkit command that waits shows in every status that would be 9000 (TS 102 221, 7.4.2).
        self._ok = 0x9100 | quirks.proactive if quirks.proactive and not self._sim else 0x9000

    def power_up(self) -> None:
        """Nothing waits any more."""
        self._waiting, self._waiting_for = b"", None

    def exchange(self, command: bytes) -> tuple[bytes, int]:
        """Carry out one command; returns data and status word, whatever the bytes are."""
        if len(command) < 4:
            self.power_up()
            return b"", Sw.WRONG_LENGTH
        cla, ins = command[0], command[1]
        data, sw = self._carry_out(command, cla, ins)
        if sw == Sw.OK and self._ok != Sw.OK and cla != _CLA_SIM:
            sw = self._ok
        return data, sw

    def _carry_out(self, command: bytes, cla: int, ins: int) -> tuple[bytes, int]:
        try:
            if self._t0 and ins == _GET_RESPONSE:
                return self._get_response(command)
            self.power_up()
            if cla == _CLA_SIM and self._sim_too:
                request = self._request(command, SIM_INS_WITH_DATA)
                return self._answer(request, interpret_sim, SIM_INS_WITH_FETCH, 0x9F00)
            if self._sim:
                return b"", Sw.CLA_NOT_SUPPORTED
            request = self._request(command, INS_WITH_DATA)
            return self._answer(request, interpret, self._fetch, 0x6100)
        except Refusal as refusal:
            return b"", refusal.sw

    def _request(self, command: bytes, with_data: frozenset[int]) -> Request:
        cla, ins, p1, p2 = command[:4]
        body = command[4:]
        if len(body) <= 1:
            # Without P3 a T=0 command is one with P3 = 00.
            p3 = body[0] if body else 0 if self._t0 else None
            if self._t0 and ins in with_data:
                if p3:
                    raise Refusal(Sw.WRONG_LENGTH)
                p3 = None
            le = None if p3 is None else p3 or 256
            return Request(cla, ins, p1, p2, b"", le, p3 == 0, self._t0)
        size = body[0]
        data, tail = body[1 : 1 + size], body[1 + size :]
        # A length of 00 with bytes behind it would be an extended APDU, which UICCs do not take.
        if not size or len(data) < size or len(tail) > 1:
            raise Refusal(Sw.WRONG_LENGTH)
        le = (tail[0] or 256) if tail and not self._t0 else None
        return Request(cla, ins, p1, p2, data, le, le is not None and tail == b"\x00", self._t0)

    def _answer(
        self,
        request: Request,
        handler: Callable[[CardState, Request], tuple[bytes, int]],
        with_fetch: frozenset[int],
        announce: int,
    ) -> tuple[bytes, int]:
        data, sw = handler(self._state, request)
        if not self._t0:
            return data[: request.le or 0], sw
        if not data or request.ins not in with_fetch:
            return data, sw
        self._waiting = data
        self._waiting_for = _CLA_SIM if announce == 0x9F00 else channel_number(request.cla)
        # A warning stays the status word: the terminal fetches what there may be all the same.
        return b"", announce | (min(len(data), self._piece) & 0xFF) if sw == Sw.OK else sw

    def _get_response(self, command: bytes) -> tuple[bytes, int]:
        """GET RESPONSE, at once and on the same channel (TS 102 221, 12.1.1)."""
        waiting, sim = self._waiting, self._waiting_for == _CLA_SIM
        if command[0] == _CLA_SIM:
            fits = self._sim_too and sim
            if not self._sim_too:
                self.power_up()
                return b"", Sw.CLA_NOT_SUPPORTED
        elif self._sim:
            self.power_up()
            return b"", Sw.CLA_NOT_SUPPORTED
        else:
            fits = not sim and channel_number(command[0]) == self._waiting_for
        if not fits or not waiting or command[2] or command[3] or len(command) > 5:
            self.power_up()
            return b"", Sw.TECHNICAL
        available = min(len(waiting), self._piece)
        wanted = (command[4] if len(command) == 5 else 0) or 256
        if wanted > available:
            if sim:
                return b"", Sw.WRONG_LENGTH | (available & 0xFF)
            return b"", Sw.WRONG_LE | (available & 0xFF)
        rest = waiting[wanted:]
        self._waiting = rest
        if rest and not sim:
            return waiting[:wanted], 0x6100 | (min(len(rest), self._piece) & 0xFF)
        self.power_up()
        return waiting[:wanted], Sw.OK
