"""The card of a test: a virtual card with what tests ask of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from smartboot.testing.commandlog import CardCommand, decode_log
from smartboot.virtual import InProcessConnection, VirtualCard

if TYPE_CHECKING:
    from smartboot.bootstrap import BootstrapData
    from smartboot.bootstrap.unlock import KeySource
    from smartboot.image import CardImage
    from smartboot.model import Account

__all__ = ["Cost", "TestCard"]


class _RecordedCard(VirtualCard):
    """Remembers when it was reset, which its log does not say."""

    def __init__(self, image: CardImage) -> None:
        super().__init__(image)
        self.resets: list[int] = []

    def reset(self) -> bytes:
        atr = super().reset()
        # Readers reset a card again and again without a command between; once is enough.
        if self.resets[-1:] != [self.tpdus]:
            self.resets.append(self.tpdus)
        return atr


class Cost:
    """What a block cost: TPDUs, bytes on the wire, writes. Live inside the block, fixed behind.

    Counts are those of the virtual card; ``bytes_on_wire`` is what T=0 moves for them.
    """

    def __init__(self, card: TestCard) -> None:
        self._card = card
        self._start = self._now()
        self._end: tuple[int, int, int] | None = None
        self._commands: tuple[CardCommand, ...] = ()

    def _now(self) -> tuple[int, int, int]:
        card = self._card.card
        return card.tpdus, card.bytes_on_wire, card.writes

    def _spent(self, index: int) -> int:
        return (self._end or self._now())[index] - self._start[index]

    @property
    def tpdus(self) -> int:
        """How many commands the card was sent."""
        return self._spent(0)

    @property
    def bytes_on_wire(self) -> int:
        """The bytes T=0 moves for them, both ways."""
        return self._spent(1)

    @property
    def writes(self) -> int:
        """How many of them changed a file."""
        return self._spent(2)

    @property
    def commands(self) -> tuple[CardCommand, ...]:
        """The commands themselves."""
        if self._end is not None:
            return self._commands
        return tuple(c for c in self._card.commands if c.number > self._start[0])

    def close(self) -> None:
        """Count no further."""
        if self._end is None:
            self._commands = self.commands
            self._end = self._now()

    def __repr__(self) -> str:
        return f"Cost(tpdus={self.tpdus}, bytes_on_wire={self.bytes_on_wire}, writes={self.writes})"


class TestCard:
    """A virtual card for a test, made from an image.

    ``card`` is the ``VirtualCard`` itself, with its faults (``card.card.faults``, ``tear_after``);
    ``original`` the image it was made from. Nothing here shows a secret when printed.
    """

    __test__ = False
    """pytest takes classes of this name for tests otherwise."""

    def __init__(self, source: CardImage | VirtualCard, name: str = "card") -> None:
        self.name = name
        self.card = source if isinstance(source, VirtualCard) else _RecordedCard(source)
        self.original = self.card.to_image() if isinstance(source, VirtualCard) else source

    def __repr__(self) -> str:
        return f"TestCard({self.name!r}, tpdus={self.tpdus}, writes={self.writes})"

    @property
    def tpdus(self) -> int:
        """How many commands the card was sent since it was made."""
        return self.card.tpdus

    @property
    def bytes_on_wire(self) -> int:
        """What T=0 moves for them, in bytes."""
        return self.card.bytes_on_wire

    @property
    def writes(self) -> int:
        """How many commands changed a file."""
        return self.card.writes

    @property
    def commands(self) -> tuple[CardCommand, ...]:
        """The commands the card was sent, decoded; the last 100,000."""
        resets = self.card.resets if isinstance(self.card, _RecordedCard) else ()
        return decode_log(self.card, resets)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The server accounts on the card now; reading them counts as no command."""
        return self.content().accounts

    @contextlib.contextmanager
    def counting(self) -> Iterator[Cost]:
        """``with card.counting() as cost``: what the commands of the block cost."""
        cost = Cost(self)
        try:
            yield cost
        finally:
            cost.close()

    def connection(self) -> InProcessConnection:
        """A connection to the card in this process; making it resets the card.

        ``transmit(bytes)`` gives data and status word. Not while the card is in a reader.
        """
        return InProcessConnection(self.card, f"virtual:{self.name}")

    def read(
        self, *, pin: str | bytes | None = None, fid: int | None = None, everything: bool = False
    ) -> BootstrapData:
        """Read the bootstrap data as smartboot does, in this process; the commands count.

        ``pin`` is presented where a file asks for a PIN (not for ADM); the rest is as in
        ``read_bootstrap``. Errors: TransportError.
        """
        from smartboot.card.keys import is_adm

        value = pin.encode() if isinstance(pin, str) else pin

        def keys(reference: int) -> bytes | None:
            return None if is_adm(reference) else value

        return _read(self.connection(), keys, fid=fid, everything=everything)

    def content(self) -> BootstrapData:
        """The bootstrap data on the card now, whatever its access conditions.

        Read from a copy, so that nothing is counted and a card in a reader is not disturbed.
        """
        image = self.card.to_image()
        values = {pin.reference: pin.value for pin in image.pins}
        fresh = [
            pin.model_copy(update={"remaining": pin.tries, "enabled": True}) for pin in image.pins
        ]
        copy = VirtualCard(image.model_copy(update={"pins": fresh}))
        return _read(InProcessConnection(copy, f"virtual:{self.name}"), values.get)

    def image(self) -> CardImage:
        """The card as it is now."""
        return self.card.to_image()


def _read(
    connection: InProcessConnection,
    keys: KeySource,
    *,
    fid: int | None = None,
    everything: bool = False,
) -> BootstrapData:
    from smartboot.bootstrap import read_bootstrap
    from smartboot.card import open_card

    try:
        card = open_card(connection)
        try:
            return read_bootstrap(card, keys=keys, fid=fid, everything=everything)
        finally:
            card.close()
    finally:
        connection.close()
