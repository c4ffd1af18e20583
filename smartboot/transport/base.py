"""The contract between the file-system mapper and whatever carries bytes to a card."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from smartboot.apdu import Response

__all__ = ["CardConnection", "CardProtocol"]


class CardProtocol(Enum):
    """The transmission protocol in use (ISO/IEC 7816-3). Its value is how people write it."""

    T0 = "T=0"
    T1 = "T=1"


class CardConnection(Protocol):
    """One powered card, held for one user. Implementations add no retries and no interpretation.

    ``transmit`` takes one command as the protocol carries it (for T=0 the TPDU: five bytes and
    the data; for T=1 the APDU) and returns the card's answer as it came: 61xx, 6Cxx and 9Fxx
    included. Errors: CardRemovedError, CardMuteError and other TransportErrors, nothing else.
    """

    @property
    def name(self) -> str:
        """The reader's name, for people."""
        ...

    @property
    def atr(self) -> bytes:
        """The answer to reset as last received; empty where the transport cannot know it."""
        ...

    @property
    def protocol(self) -> CardProtocol:
        """The protocol the card is spoken to with."""
        ...

    def transmit(self, command: bytes) -> Response:
        """Send one command, return the answer."""
        ...

    def reset(self) -> bytes:
        """Reset the card (all PIN states and channels are lost) and return the ATR."""
        ...

    def close(self) -> None:
        """Give the card back. May be called twice."""
        ...
