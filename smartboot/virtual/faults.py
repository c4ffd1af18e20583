"""What goes wrong with a virtual card, and when: plain switches, and rules that pick commands.

A rule matches commands by number, instruction and file; from its ``nth`` match on it strikes
``times`` times. Several rules may strike one command: their delays add up, each flip is made, and
the first that ends the command (no answer, removal, another status) decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from smartboot.errors import UsageError

__all__ = ["FaultRule", "Faults", "flip_bit"]

WRITING = frozenset({0xD6, 0xDC, 0x32, 0xE0, 0xE4, 0xD4, 0x04, 0x44, 0xE6, 0xE8})
"""Instructions that may change a file, and so can be torn."""


@dataclass(slots=True)
class FaultRule:
    """One fault. The first group says when, the second what.

    ``command``: the number of the command since the rule was put on the card, from 1. ``ins``:
    its instruction. ``file``: the file it works on, as file ids from below the MF (for SELECT:
    the file it names). ``nth``: the match at which it strikes first; ``times``: at how many
    matches in a row (None: for ever).

    ``status``: the status word, without data; ``answer``: the whole answer. ``mute``: no answer.
    ``remove``: the card is pulled out. ``tear``: power is lost in the middle of the write; a
    command that writes nothing is carried out as ever. ``flip``: the bit of the answer that
    arrives wrong (0 is the top bit of the first byte). ``delay_s``: seconds until the answer.
    ``carried_out``: whether the card did what it was told before the fault.

    Errors: UsageError for a rule that does nothing or two things that exclude each other.
    """

    command: int | None = None
    ins: int | None = None
    file: tuple[int, ...] | None = None
    nth: int = 1
    times: int | None = 1
    status: int | None = None
    answer: bytes | None = field(default=None, repr=False)
    mute: bool = False
    remove: bool = False
    tear: bool = False
    flip: int | None = None
    delay_s: float = 0.0
    carried_out: bool = False
    _seen: int = field(default=0, init=False, repr=False)
    _matched: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        ends = (self.status is not None, self.answer is not None, self.mute, self.remove, self.tear)
        if sum(ends) > 1:
            raise UsageError("a fault has one of status, answer, mute, remove and tear")
        if not any(ends) and self.flip is None and not self.delay_s:
            raise UsageError(
                "a fault does something: status, answer, mute, remove, tear, flip or delay"
            )
        if self.nth < 1 or (self.times is not None and self.times < 1) or self.delay_s < 0:
            raise UsageError("a fault strikes from its first match on, at least once")
        if self.carried_out and (self.tear or not any(ends)):
            raise UsageError("only an answer that is lost or changed can follow a command's work")

    @property
    def ends(self) -> bool:
        """Whether the command does not get its own answer."""
        return self.mute or self.remove or self.status is not None or self.answer is not None

    @property
    def replacement(self) -> bytes:
        """The answer given instead of the card's own."""
        if self.answer is not None:
            return self.answer
        return (0x6F00 if self.status is None else self.status).to_bytes(2, "big")

    def strikes(self, command: bytes, aimed_at: Callable[[bytes, tuple[int, ...]], bool]) -> bool:
        """Count a command and say whether the fault strikes it.

        ``aimed_at`` tells whether a command works on a file; it is asked only where the rest fits.
        """
        self._seen += 1
        if self.command is not None and self._seen != self.command:
            return False
        ins = command[1] if len(command) > 1 else None
        if self.ins is not None and ins != self.ins:
            return False
        if self.tear and ins not in WRITING:
            return False
        if self.file is not None and not aimed_at(command, self.file):
            return False
        self._matched += 1
        last = None if self.times is None else self.nth + self.times
        return self.nth <= self._matched and (last is None or self._matched < last)


@dataclass(slots=True)
class Faults:
    """What goes wrong, and when. Commands count from 1, from the moment the card was made.

    ``mute``: the card does not answer at all. ``mute_after``, ``remove_after``: number of commands
    after which it falls silent or is pulled out. ``override``: the whole answer of a command
    (status word included), which is then not carried out. ``flip``: the bit of a command's answer
    that arrives wrong (0 is the top bit of the first byte). ``rules``: see ``FaultRule``.
    ``tear_after`` is with the card, since it sits inside the write.
    """

    mute: bool = False
    mute_after: int | None = None
    remove_after: int | None = None
    override: dict[int, bytes] = field(default_factory=dict)
    flip: dict[int, int] = field(default_factory=dict)
    rules: list[FaultRule] = field(default_factory=list)


def flip_bit(data: bytes, bit: int) -> bytes:
    """``data`` with one bit turned over, counted from the top of the first byte."""
    changed = bytearray(data)
    if 0 <= bit < 8 * len(changed):
        changed[bit // 8] ^= 0x80 >> (bit % 8)
    return bytes(changed)
