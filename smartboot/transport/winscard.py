"""The PC/SC calls smartboot needs, with types (PC/SC part 5; pyscard's ``smartcard.scard``).

pyscard's high-level classes are not used: they hide the handle, power a card they were only asked
to list, and raise two unrelated families of exceptions. Below them lies a plain rendering of the C
interface; this module is the only one that touches it, and every value that leaves has a type.
Every call can block for as long as the service likes: call them through ``bounded.Worker``.
"""

from __future__ import annotations

import importlib
import threading
from enum import IntFlag
from typing import Any

from smartboot.errors import ServiceError
from smartboot.frozen import dataclass

__all__ = [
    "Disposition",
    "ReaderState",
    "Winscard",
    "WinscardError",
    "load",
]

_SUCCESS = 0
_NO_READERS = 0x8010002E
_SCOPE_USER = 0
_SHARE_EXCLUSIVE = 1
_PROTOCOL_T0 = 1
_PROTOCOL_T1 = 2


_ONE_TABLE = threading.Lock()
"""Held by the calls that read the table of readers. pcsc-lite's client library has one for the
whole process, which each of them fills anew, guarded for each context alone. None of them waits
for a card."""


class Disposition:
    """What happens to the card when a connection ends (SCardDisconnect, SCardReconnect)."""

    LEAVE = 0
    RESET = 1
    UNPOWER = 2


class ReaderState(IntFlag):
    """SCARD_STATE_*: what the service knows of a reader without touching the card."""

    UNAWARE = 0x0000
    IGNORE = 0x0001
    CHANGED = 0x0002
    UNKNOWN = 0x0004
    UNAVAILABLE = 0x0008
    EMPTY = 0x0010
    PRESENT = 0x0020
    ATRMATCH = 0x0040
    EXCLUSIVE = 0x0080
    INUSE = 0x0100
    MUTE = 0x0200
    UNPOWERED = 0x0400


class WinscardError(Exception):
    """A PC/SC call failed; ``code`` is its result as an unsigned 32-bit number."""

    def __init__(self, call: str, code: int) -> None:
        super().__init__(f"{call}: {code:08X}")
        self.call = call
        self.code = code


@dataclass(frozen=True, slots=True)
class Winscard:
    """The calls. ``context`` and ``card`` are handles as the service gave them.

    Errors of every method: WinscardError.
    """

    _api: Any

    def _check(self, call: str, code: int) -> None:
        # The result is a signed long on some platforms: the mask makes the numbers agree.
        if code & 0xFFFFFFFF != _SUCCESS:
            raise WinscardError(call, code & 0xFFFFFFFF)

    def establish(self) -> int:
        """SCardEstablishContext."""
        code, context = self._api.SCardEstablishContext(_SCOPE_USER)
        self._check("SCardEstablishContext", code)
        return int(context)

    def release(self, context: int) -> None:
        """SCardReleaseContext."""
        self._check("SCardReleaseContext", self._api.SCardReleaseContext(context))

    def list_readers(self, context: int) -> list[str]:
        """SCardListReaders: the names in the service's order; empty when there is none."""
        with _ONE_TABLE:
            code, names = self._api.SCardListReaders(context, [])
        if code & 0xFFFFFFFF == _NO_READERS:
            return []
        self._check("SCardListReaders", code)
        return [str(name) for name in names]

    def status(self, context: int, readers: list[str]) -> list[tuple[ReaderState, bytes]]:
        """SCardGetStatusChange: each reader's state and ATR now, without powering a card."""
        if not readers:
            return []
        asked = [(name, int(ReaderState.UNAWARE)) for name in readers]
        with _ONE_TABLE:
            code, states = self._api.SCardGetStatusChange(context, 0, asked)
        self._check("SCardGetStatusChange", code)
        # The upper half counts insertions and removals.
        return [(ReaderState(int(state) & 0xFFFF), bytes(atr)) for _, state, atr in states]

    def connect(self, context: int, reader: str) -> tuple[int, int]:
        """SCardConnect for one user alone, T=0 or T=1; return the handle and the protocol."""
        code, card, protocol = self._api.SCardConnect(
            context, reader, _SHARE_EXCLUSIVE, _PROTOCOL_T0 | _PROTOCOL_T1
        )
        self._check("SCardConnect", code)
        return int(card), int(protocol)

    def reconnect(self, card: int, disposition: int) -> int:
        """SCardReconnect, exclusive again; return the protocol."""
        code, protocol = self._api.SCardReconnect(
            card, _SHARE_EXCLUSIVE, _PROTOCOL_T0 | _PROTOCOL_T1, disposition
        )
        self._check("SCardReconnect", code)
        return int(protocol)

    def disconnect(self, card: int, disposition: int) -> None:
        """SCardDisconnect."""
        self._check("SCardDisconnect", self._api.SCardDisconnect(card, disposition))

    def atr(self, card: int) -> bytes:
        """SCardStatus: the answer to the last reset."""
        with _ONE_TABLE:
            code, _, _, _, atr = self._api.SCardStatus(card)
        self._check("SCardStatus", code)
        return bytes(atr)

    def transmit(self, card: int, protocol: int, command: bytes) -> bytes:
        """SCardTransmit: the answer as it came, status word included."""
        pci = self._api.SCARD_PCI_T1 if protocol == _PROTOCOL_T1 else self._api.SCARD_PCI_T0
        code, answer = self._api.SCardTransmit(card, pci, list(command))
        self._check("SCardTransmit", code)
        return bytes(answer)


def load() -> Winscard:
    """Import pyscard. Errors: ServiceError when it is not installed or cannot be loaded."""
    try:
        api = importlib.import_module("smartcard.scard")
    except ImportError as error:
        raise ServiceError(
            f"PC/SC readers need the Python package pyscard, which cannot be loaded: {error}",
            hint="install pyscard and the PC/SC library (Debian: libpcsclite1),"
            " then run `smartboot doctor`",
        ) from error
    return Winscard(api)
