"""A virtual card in this process, behind the contract of every transport."""

from __future__ import annotations

from collections.abc import Callable

from smartboot.apdu import Response
from smartboot.errors import CardRemovedError
from smartboot.transport.base import CardProtocol
from smartboot.virtual.card import VirtualCard

__all__ = ["InProcessConnection"]


class InProcessConnection:
    """``CardConnection`` to a ``VirtualCard``; opening it powers the card.

    ``on_close`` is called once, with the card, when the connection is closed: the place to save
    its image. Errors: CardRemovedError, CardMuteError.
    """

    def __init__(
        self,
        card: VirtualCard,
        name: str = "virtual:card",
        *,
        on_close: Callable[[VirtualCard], None] | None = None,
    ) -> None:
        self._card = card
        self._name = name
        self._on_close = on_close
        self._closed = False
        self._atr = card.reset()

    @property
    def card(self) -> VirtualCard:
        """The card behind the connection."""
        return self._card

    @property
    def name(self) -> str:
        """The reader's name."""
        return self._name

    @property
    def atr(self) -> bytes:
        """The answer to reset as last received."""
        return self._atr

    @property
    def protocol(self) -> CardProtocol:
        """The protocol of the card's image."""
        return CardProtocol(self._card.protocol)

    def transmit(self, command: bytes) -> Response:
        """Send one command, return the answer as it came."""
        self._open()
        return Response.from_bytes(self._card.transmit(command))

    def reset(self) -> bytes:
        """Reset the card and return the ATR."""
        self._open()
        self._atr = self._card.reset()
        return self._atr

    def close(self) -> None:
        """Power the card off and hand it to ``on_close``. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._card.power_off()
        if self._on_close is not None:
            self._on_close(self._card)

    def _open(self) -> None:
        if self._closed:
            raise CardRemovedError(f"{self._name} is closed")
