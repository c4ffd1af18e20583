"""The commands a virtual card was sent, decoded for people: file, length, status; no contents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from smartboot.transport.base import CardProtocol
from smartboot.transport.trace_entries import split_command
from smartboot.transport.trace_follow import Follower

if TYPE_CHECKING:
    from smartboot.virtual.card import VirtualCard

__all__ = ["CardCommand", "HasCommands", "commands", "decode_log", "listing"]

_SHOWN = 60
_HEADER = 5


@dataclass(frozen=True, slots=True)
class CardCommand:
    """One command as the card got it (a TPDU on T=0).

    ``number`` counts from 1 from the moment the card was made. ``header`` is CLA INS P1 P2 and
    the length byte. ``path`` is the file it was about (``3F00/2FE2``, ``7FFF/6432`` under an
    application selected by its AID), empty where none is known; ``file_name`` its usual name.
    ``sent`` and ``received`` count bytes of data, the status word ``sw`` not included. What the
    bytes were is left out: they may be a key or a document.
    """

    number: int
    name: str
    header: bytes
    channel: int
    path: str
    file_name: str
    sent: int
    received: int
    sw: int

    def __str__(self) -> str:
        file = f"{self.path} {self.file_name}".strip()
        received = f"{self.received} bytes, " if self.received else ""
        sent = f" +{self.sent}" if self.sent else ""
        head = f"{self.header.hex().upper()}{sent}"
        return f"{self.number:4d}  {self.name:<14} {head:<15} {file:<34} {received}{self.sw:04X}"


class HasCommands(Protocol):
    """What knows its commands: a ``TestCard``, the ``Cost`` of a block."""

    @property
    def commands(self) -> tuple[CardCommand, ...]:
        """In the order they were sent."""
        ...


def commands(card: HasCommands) -> tuple[CardCommand, ...]:
    """The commands of a card or of a counted block, in the order they were sent."""
    return card.commands


def decode_log(card: VirtualCard, resets: Iterable[int] = ()) -> tuple[CardCommand, ...]:
    """The log of a virtual card, decoded; the last 100,000 commands.

    ``resets``: after how many commands the card was reset, each time. Selections end with one.
    """
    protocol = CardProtocol(card.protocol)
    follower = Follower()
    restarts = set(resets)
    log = list(card.log)
    decoded = []
    for number, exchange in enumerate(log, card.tpdus - len(log) + 1):
        if number - 1 in restarts:
            follower.reset()
        head, data, _ = split_command(exchange.command, protocol)
        answer, sw = exchange.response[:-2], exchange.sw
        meaning = follower.follow(head, data, answer, sw)
        decoded.append(
            CardCommand(
                number,
                meaning.name,
                exchange.command[:_HEADER],
                meaning.channel,
                meaning.path,
                meaning.file_name,
                len(data),
                len(answer),
                sw,
            )
        )
    return tuple(decoded)


def listing(items: Iterable[CardCommand]) -> str:
    """The commands, one a line; of many the last sixty. ``none`` for none."""
    lines = [str(item) for item in items]
    if len(lines) > _SHOWN:
        lines[:-_SHOWN] = [f"      ({len(lines) - _SHOWN} earlier ones left out)"]
    return "\n".join(lines) or "      (none)"
