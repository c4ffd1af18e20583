"""The virtual card: power, bytes in and out, counters, a clock, a log for tests, and faults.

``transmit`` takes what a reader would send and returns data and status word. On T=0 that is the
TPDU; what pcscd's vpcd driver passes on (a case 4 command with its Le, a command of four bytes)
is accepted too.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import NamedTuple

from smartboot.errors import CardMuteError, CardRemovedError, UsageError
from smartboot.image import CardImage
from smartboot.virtual.faults import FaultRule, Faults, flip_bit
from smartboot.virtual.files import Node
from smartboot.virtual.latency import WireTime
from smartboot.virtual.state import CardState, PowerLost
from smartboot.virtual.wire import Wire

__all__ = ["Exchange", "Faults", "VirtualCard"]

_KEY_INSTRUCTIONS = frozenset({0x20, 0x24, 0x26, 0x28, 0x2C})
_LOG_LIMIT = 100_000
_BLOCK = 254
"""Information bytes of a T=1 block (IFSC of the card's ATR)."""


class Exchange(NamedTuple):
    """One logged command and its answer; key data in the command is replaced by zeros."""

    command: bytes
    response: bytes

    @property
    def sw(self) -> int:
        """The status word."""
        return int.from_bytes(self.response[-2:], "big")


class VirtualCard:
    """A card made from an image.

    ``tpdus`` counts commands, ``bytes_on_wire`` what they move: on T=0 five bytes of header, a
    procedure byte where data follows, the data and two bytes of status; on T=1 blocks with four
    bytes around up to 254. ``writes`` counts what changed files. ``log`` holds the last 100,000
    exchanges.

    ``clock_s`` is the card's own time: what the wire takes at ``wire_time`` (the default rate,
    372/1 at 4 MHz, unless set), ``command_s`` for each command, ``update_s`` for each change of a
    file, and delays. Nothing waits, unless ``wait`` is given: it is called with the seconds each
    reset and command took. ``pace`` is called with the bytes each command took on the wire.
    """

    def __init__(self, image: CardImage) -> None:
        self._state = CardState(image)
        self._wire = Wire(self._state)
        self._t1 = image.card.protocol == "T=1"
        self._present = True
        self._powered = False
        self.faults = Faults()
        self.tpdus = 0
        self.bytes_on_wire = 0
        self.power_ups = 0
        self.log: deque[Exchange] = deque(maxlen=_LOG_LIMIT)
        self.instructions: Counter[int] = Counter()
        self.pace: Callable[[int], None] | None = None
        self.wait: Callable[[float], None] | None = None
        self.clock_s = 0.0
        self.command_s = 0.0
        self.update_s = 0.0
        self.wire_time = WireTime()

    @property
    def atr(self) -> bytes:
        """The answer to reset."""
        return self._state.header.answer_to_reset

    @property
    def protocol(self) -> str:
        """``T=0`` or ``T=1``."""
        return self._state.header.protocol

    @property
    def present(self) -> bool:
        """Whether the card is in the reader."""
        return self._present

    @property
    def powered(self) -> bool:
        """Whether the card has power."""
        return self._powered

    @property
    def writes(self) -> int:
        """How many times a command changed a file (whole, not torn)."""
        return self._state.writes

    @property
    def tear_after(self) -> int | None:
        """Writes that still succeed; half of the next one is done, then the card is gone."""
        return self._state.tear_after

    @tear_after.setter
    def tear_after(self, count: int | None) -> None:
        self._state.tear_after = count

    # -- time

    @property
    def wire_time(self) -> WireTime:
        """The transmission rate in use."""
        return self._wire_time

    @wire_time.setter
    def wire_time(self, rate: WireTime) -> None:
        self._wire_time = rate
        self._byte_s = rate.seconds(1)
        # The ATR comes at the default rate, and another one is agreed on there: PPS, four bytes
        # each way (ISO/IEC 7816-3, 8 and 9).
        first = WireTime(clock_hz=rate.clock_hz)
        self._reset_s = first.seconds(len(self.atr) + (8 if rate != first else 0))

    def _pass(self, seconds: float) -> None:
        self.clock_s += seconds
        if self.wait is not None:
            self.wait(seconds)

    # -- wear

    @property
    def endurance(self) -> int | None:
        """How many updates each file lasts (None: for ever); then 6581, on a 2G SIM 9240."""
        return self._state.endurance

    @endurance.setter
    def endurance(self, updates: int | None) -> None:
        self._state.endurance = updates

    @property
    def keep_updates(self) -> bool:
        """Whether ``to_image`` keeps the counters; from the start where the image has some."""
        return self._state.keep_updates

    @keep_updates.setter
    def keep_updates(self, keep: bool) -> None:
        self._state.keep_updates = keep

    @property
    def updates(self) -> dict[str, int]:
        """How often each file was written, by path (``7F50/6432``); files never written left
        out."""
        return {
            "/".join(f"{fid:04X}" for fid in node.path()[1:]): node.updates
            for node in self._state.files.walk()
            if node.updates
        }

    def set_endurance(self, path: tuple[int, ...], updates: int) -> None:
        """Let one file last so many updates. Errors: UsageError for a file that is not there."""
        self._find(path).endurance = updates

    def flip_stored_bit(self, path: tuple[int, ...], byte: int, bit: int) -> None:
        """Turn over a bit in a file's memory (``bit`` 7 is the top one of the byte).

        Errors: UsageError for a file or byte that is not there.
        """
        node = self._find(path)
        if not 0 <= byte < len(node.body) or not 0 <= bit <= 7:
            raise UsageError(
                f"{_spell(path)} has no bit {bit} in a byte {byte}; it has {len(node.body)} bytes"
            )
        node.body[byte] ^= 1 << bit

    def _find(self, path: tuple[int, ...]) -> Node:
        node = self._state.files.find(path)
        if node is None:
            raise UsageError(f"the virtual card has no file {_spell(path)}")
        return node

    # -- power

    def power_on(self) -> bytes:
        """Put the card in (again) and give it power. Returns the ATR."""
        self._present = True
        return self.reset()

    def power_off(self) -> None:
        """Take the power away; the card stays in."""
        self._powered = False
        self._lose_session()

    def remove(self) -> None:
        """Pull the card out."""
        self.power_off()
        self._present = False

    def reset(self) -> bytes:
        """Reset: verifications, channels and waiting answers are gone. Returns the ATR.

        Errors: CardRemovedError, CardMuteError.
        """
        self._check()
        self._lose_session()
        self._powered = True
        self.power_ups += 1
        self._pass(self._reset_s)
        return self.atr

    def _lose_session(self) -> None:
        self._state.power_up()
        self._wire.power_up()

    def _check(self) -> None:
        if not self._present:
            raise CardRemovedError("the virtual card was removed")
        if self.faults.mute:
            raise CardMuteError("the virtual card does not answer")

    # -- commands

    def transmit(self, command: bytes) -> bytes:
        """One command in, data and status word out, whatever the command's bytes are.

        A card without power is powered first. Errors: CardRemovedError, CardMuteError.
        """
        self._check()
        faults, number = self.faults, self.tpdus + 1
        if faults.remove_after is not None and self.tpdus >= faults.remove_after:
            faults.remove_after = None
            self.remove()
            self._check()
        if faults.mute_after is not None and self.tpdus >= faults.mute_after:
            faults.mute = True
            self._check()
        if not self._powered:
            self.reset()
        self.tpdus = number
        if len(command) > 1:
            self.instructions[command[1]] += 1
        spent, writes = self.command_s, self._state.writes
        override = faults.override.get(number) if faults.override else None
        if faults.rules:
            response, delay_s = self._with_rules(command, faults.rules, override)
            spent += delay_s
        else:
            response = self._carry_out(command) if override is None else override
        if faults.flip and number in faults.flip:
            response = flip_bit(response, faults.flip[number])
        moved = self._moved(len(command), len(response))
        self.bytes_on_wire += moved
        self._log(command, response)
        spent += moved * self._byte_s
        if self.update_s:
            spent += (self._state.writes - writes) * self.update_s
        self._pass(spent)
        if self.pace is not None:
            self.pace(moved)
        return response

    def _carry_out(self, command: bytes) -> bytes:
        try:
            data, sw = self._wire.exchange(command)
        except PowerLost:
            self._log(command, b"")
            self.remove()
            raise CardRemovedError("the virtual card lost power during a write") from None
        return data + int(sw).to_bytes(2, "big")

    def _with_rules(
        self, command: bytes, rules: list[FaultRule], override: bytes | None
    ) -> tuple[bytes, float]:
        """The answer under the rules that strike, and the seconds they add."""
        # Every rule counts every command, also those behind one that ends it.
        struck = [rule for rule in rules if rule.strikes(command, self._state.aimed_at)]
        delay_s = sum(rule.delay_s for rule in struck)
        end = next((rule for rule in struck if rule.ends), None)
        if override is None and (end is None or end.carried_out):
            override = self._torn(command, any(rule.tear for rule in struck))
        if end is not None:
            if end.remove or end.mute:
                self._log(command, b"")
                self._pass(delay_s)
            if end.remove:
                self.remove()
                raise CardRemovedError("the virtual card was removed")
            if end.mute:
                raise CardMuteError("the virtual card does not answer")
            override = end.replacement
        assert override is not None
        for rule in struck:
            if rule.flip is not None:
                override = flip_bit(override, rule.flip)
        return override, delay_s

    def _torn(self, command: bytes, tear: bool) -> bytes:
        if not tear:
            return self._carry_out(command)
        before, self._state.tear_after = self._state.tear_after, 0
        try:
            return self._carry_out(command)
        finally:
            # A command that was refused wrote nothing: the power stays.
            self._state.tear_after = before

    def _moved(self, sent: int, received: int) -> int:
        """Bytes on the wire for a command and an answer of these lengths."""
        if self._t1:
            blocks = max(1, -(-sent // _BLOCK)) + max(1, -(-received // _BLOCK))
            # Each block of a chain but the last is acknowledged by one of four bytes.
            return sent + received + 4 * blocks + 4 * (blocks - 2)
        data = max(0, sent - 5) + received - 2
        return 5 + (1 if data else 0) + data + 2

    def _log(self, command: bytes, response: bytes) -> None:
        if len(command) > 5 and command[1] in _KEY_INSTRUCTIONS:
            command = command[:5] + bytes(len(command) - 5)
        self.log.append(Exchange(bytes(command), response))

    def to_image(self) -> CardImage:
        """The card as it is now: content, life cycles, keys with their counters; the updates of
        each file too where ``keep_updates`` says so."""
        return self._state.to_image()


def _spell(path: tuple[int, ...]) -> str:
    return "/".join(f"{fid:04X}" for fid in path)
