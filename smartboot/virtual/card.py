"""The virtual card: power, bytes in and out, counters, a log for tests, and faults.

``transmit`` takes what a reader would send and returns data and status word. On T=0 that is the
TPDU; what pcscd's vpcd driver passes on (a case 4 command with its Le, a command of four bytes)
is accepted too.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from smartboot.errors import CardMuteError, CardRemovedError
from smartboot.image import CardImage
from smartboot.virtual.state import CardState, PowerLost
from smartboot.virtual.wire import Wire

__all__ = ["Exchange", "Faults", "VirtualCard"]

_KEY_INSTRUCTIONS = frozenset({0x20, 0x24, 0x26, 0x28, 0x2C})
_LOG_LIMIT = 100_000


class Exchange(NamedTuple):
    """One logged command and its answer; key data in the command is replaced by zeros."""

    command: bytes
    response: bytes

    @property
    def sw(self) -> int:
        """The status word."""
        return int.from_bytes(self.response[-2:], "big")


@dataclass(slots=True)
class Faults:
    """What goes wrong, and when. Commands count from 1, from the moment the card was made.

    ``mute``: the card does not answer at all. ``remove_after``: number of commands after which it
    is pulled out. ``override``: the whole answer of a command (status word included), which is
    then not carried out. ``flip``: the bit of a command's answer that arrives wrong (0 is the top
    bit of the first byte). ``tear_after`` is with the card, since it sits inside the write.
    """

    mute: bool = False
    remove_after: int | None = None
    override: dict[int, bytes] = field(default_factory=dict)
    flip: dict[int, int] = field(default_factory=dict)


class VirtualCard:
    """A card made from an image.

    ``tpdus`` counts commands, ``bytes_on_wire`` what T=0 moves for them: five bytes of header, a
    procedure byte where data follows, the data and two bytes of status. ``writes`` counts what
    changed files. ``log`` holds the last 100,000 exchanges. ``pace`` is called with the bytes each
    command took on the wire: the place to wait as long as a real card would.
    """

    def __init__(self, image: CardImage) -> None:
        self._state = CardState(image)
        self._wire = Wire(self._state)
        self._present = True
        self._powered = False
        self.faults = Faults()
        self.tpdus = 0
        self.bytes_on_wire = 0
        self.power_ups = 0
        self.log: deque[Exchange] = deque(maxlen=_LOG_LIMIT)
        self.instructions: Counter[int] = Counter()
        self.pace: Callable[[int], None] | None = None

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
        return self.atr

    def _lose_session(self) -> None:
        self._state.power_up()
        self._wire.power_up()

    def _check(self) -> None:
        if not self._present:
            raise CardRemovedError("the virtual card was removed")
        if self.faults.mute:
            raise CardMuteError("the virtual card does not answer")

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
        if not self._powered:
            self.reset()
        self.tpdus = number
        if len(command) > 1:
            self.instructions[command[1]] += 1
        override = faults.override.get(number) if faults.override else None
        if override is not None:
            response = override
        else:
            try:
                data, sw = self._wire.exchange(command)
            except PowerLost:
                self._log(command, b"")
                self.remove()
                raise CardRemovedError("the virtual card lost power during a write") from None
            response = data + int(sw).to_bytes(2, "big")
        if faults.flip and number in faults.flip:
            response = _flip(response, faults.flip[number])
        sent = max(0, len(command) - 5)
        received = len(response) - 2
        moved = 5 + (1 if sent or received > 0 else 0) + sent + received + 2
        self.bytes_on_wire += moved
        self._log(command, response)
        if self.pace is not None:
            self.pace(moved)
        return response

    def _log(self, command: bytes, response: bytes) -> None:
        if len(command) > 5 and command[1] in _KEY_INSTRUCTIONS:
            command = command[:5] + bytes(len(command) - 5)
        self.log.append(Exchange(bytes(command), response))

    def to_image(self) -> CardImage:
        """The card as it is now: content, life cycles, keys with their counters."""
        return self._state.to_image()


def _flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    if 0 <= bit < 8 * len(changed):
        changed[bit // 8] ^= 0x80 >> (bit % 8)
    return bytes(changed)
