"""Virtual cards in the slots of a PC/SC stack, served by threads of this process."""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smartboot.errors import TransportError, UsageError
from smartboot.testing.pcscd import PcscDaemon

if TYPE_CHECKING:
    from smartboot.testing.cards import TestCard
    from smartboot.virtual.card import VirtualCard

__all__ = ["CardReader", "ServedCard", "await_card"]

_CARD_S = 10.0
_STOP_S = 3.0


class ServedCard:
    """A ``VirtualCard`` in the slot at ``port``, served by a thread. Errors: TransportError."""

    def __init__(self, card: VirtualCard, port: int) -> None:
        from smartboot.virtual.vpcd import VpcdServer

        self._stop = threading.Event()
        self._server = VpcdServer(card, port=port)
        self._server.connect()
        self._thread = threading.Thread(target=self._serve, name=f"card-{port}", daemon=True)
        self._thread.start()

    def remove(self) -> None:
        """Pull the card out of the slot. May be called twice. Errors: TransportError."""
        self._stop.set()
        self._thread.join(_STOP_S)
        if self._thread.is_alive():
            raise TransportError(f"the card is still busy after {_STOP_S:g} s")

    def _serve(self) -> None:
        # An end of the reader is part of the tests; any other error fails the test that runs.
        with contextlib.suppress(TransportError):
            self._server.serve(self._stop)


@dataclass(slots=True)
class CardReader:
    """A reader with a card in it: ``name`` as every PC/SC program sees it.

    ``env`` is the environment in which a program finds the reader; ``argument`` what
    ``smartboot -r`` takes. As a context manager it takes the card out at the end.
    """

    daemon: PcscDaemon = field(repr=False)
    card: TestCard
    slot: int
    _served: ServedCard | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The reader's PC/SC name."""
        return self.daemon.readers[self.slot]

    @property
    def port(self) -> int:
        """The TCP port of the slot."""
        return self.daemon.ports[self.slot]

    @property
    def env(self) -> dict[str, str]:
        """A copy of this process's environment, with the way to the PC/SC service."""
        return self.daemon.env

    @property
    def argument(self) -> str:
        """READER of smartboot's command line."""
        return f"pcsc:{self.name}"

    @property
    def inserted(self) -> bool:
        """Whether the card is in."""
        return self._served is not None

    def insert(self, card: TestCard | None = None) -> None:
        """Put the card in (again), or another one, and wait until PC/SC reports it.

        Errors: UsageError while there is one in it; TransportError.
        """
        if self._served is not None:
            raise UsageError(f"there is a card in {self.name!r}; take it out first")
        if card is not None:
            self.card = card
        make = functools.partial(ServedCard, self.card.card)
        self._served = self.daemon.insert(make, self.slot)

    def remove(self) -> None:
        """Take the card out and wait until PC/SC reports it gone; nothing if it is out."""
        served, self._served = self._served, None
        if served is not None:
            self.daemon.remove(served, self.slot)

    def __enter__(self) -> CardReader:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def await_card(reader: str, present: bool, timeout_s: float = _CARD_S) -> None:
    """Wait until PC/SC reports ``reader`` with a card and its ATR, or without one.

    Errors: TransportError after ``timeout_s`` seconds.
    """
    from smartboot.transport.pcsc import list_readers

    end = time.monotonic() + timeout_s
    state = "not listed"
    while time.monotonic() < end:
        for status in list_readers():
            if status.name == reader:
                state = status.state
                ready = bool(status.atr) if present else not status.card_present
                if ready and (not present or not status.mute):
                    return
        time.sleep(0.01)
    wanted = "a card" if present else "no card"
    raise TransportError(f"{reader!r} has not {wanted} after {timeout_s:g} s: {state}")
