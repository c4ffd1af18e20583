"""A UICC in use: identity, logical channels and keys (TS 102 221, 11.1.17, 13.2 and 11.1.9)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from smartboot.apdu import MAX_CHANNEL, Command, Exchange, Ins, Response, class_byte, describe
from smartboot.card.base import MF, CardKind, FilePath, PinStatus
from smartboot.card.common import GONE, BaseCard
from smartboot.card.iccid import EF_ICCID
from smartboot.card.pins import pin_status_of
from smartboot.card.uicc_files import CardMemory, UiccFiles
from smartboot.errors import (
    CardError,
    TransportError,
)
from smartboot.model import Finding, Severity
from smartboot.transport.base import CardConnection

__all__ = ["UiccCard"]

_CLOSE = 0x80
_NONE_FREE = 0x6A81


class UiccCard(BaseCard[UiccFiles]):
    """``Card`` for a UICC. Sends nothing until asked."""

    card_kind = CardKind.UICC
    iccid_clause = "TS 102 221, 13.2"

    def __init__(self, connection: CardConnection, exchange: Exchange) -> None:
        self._exchange = exchange
        self._memory = CardMemory()
        self._working: list[UiccFiles] = []
        self._channels_refused = False
        super().__init__(connection, lambda note: UiccFiles(exchange, note, self._memory, 0))

    def _quietly_at_iccid(self) -> None:
        self._basic.select_quietly(EF_ICCID)

    # -- channels

    def session(self) -> AbstractContextManager[UiccFiles]:
        """See ``Card``."""
        return self._session()

    @contextmanager
    def _session(self) -> Iterator[UiccFiles]:
        channel = self._open()
        if channel is None:
            files = self.basic()
        else:
            files = UiccFiles(self._exchange, self._note, self._memory, channel)
        self._working.append(files)
        gone = False
        try:
            yield files
        except GONE:
            gone = True
            raise
        finally:
            self._working.remove(files)
            if not gone:
                self._leave(channel)

    def _open(self) -> int | None:
        """A channel of our own, or None where the card gives none."""
        if self._channels_refused:
            return None
        try:
            response = self._exchange(Command(class_byte(0), Ins.MANAGE_CHANNEL, le=1))
        except CardError as error:
            # An answer without end. Whatever the card meant by it, it is no channel.
            response = Response(b"", error.sw or 0)
        if response.sw != 0x9000 and response.sw >> 8 not in (0x91, 0x92):
            reason = f"{response.sw:04X}, {describe(response.sw)}"
        elif len(response.data) != 1 or not 1 <= response.data[0] <= MAX_CHANNEL:
            reason = f"it named no usable channel ({response.data[:4].hex() or 'no data'})"
        else:
            return response.data[0]
        self._channels_refused = True
        self._note(
            Finding(
                "CARD-NO-CHANNEL",
                Severity.WARNING if response.sw == _NONE_FREE else Severity.INFO,
                f"the card opened no logical channel: {reason}; the basic channel is used",
                reference="TS 102 221, 11.1.17",
            )
        )
        return None

    def _leave(self, channel: int | None) -> None:
        """Close the channel, or leave the basic one with the MF selected.

        What was read is complete by now and an error may already be on its way up, so that a
        failure here is only noted.
        """
        try:
            if channel is None:
                self._basic.select_quietly(FilePath((MF,)), directory=True)
                return
            response = self._exchange(
                Command(class_byte(channel), Ins.MANAGE_CHANNEL, _CLOSE, channel)
            )
            if response.sw >> 8 not in (0x90, 0x91, 0x92):
                close = Command(class_byte(0), Ins.MANAGE_CHANNEL, _CLOSE, channel)
                response = self._exchange(close)
            if response.sw >> 8 in (0x90, 0x91, 0x92):
                return
            reason = f"{response.sw:04X}, {describe(response.sw)}"
        except (CardError, TransportError) as error:
            reason = error.message
        what = "reselect the MF" if channel is None else f"close logical channel {channel}"
        self._note(
            Finding(
                "CARD-NOT-LEFT-CLEAN",
                Severity.WARNING,
                f"could not {what} at the end: {reason}",
                reference="TS 102 221, 11.1.17",
            )
        )

    # -- keys

    @property
    def _current(self) -> UiccFiles:
        """The channel in use. A local PIN belongs to the application selected there."""
        return self._working[-1] if self._working else self._basic

    def pin_status(self, reference: int) -> PinStatus:
        """See ``Card``. VERIFY without data: a question, not a try."""
        response = self._current.send(self._current.command(Ins.VERIFY_PIN, 0, reference))
        return pin_status_of(reference, response.sw)

    def _present(self, reference: int, key: bytes) -> Response:
        return self._current.send(self._current.command(Ins.VERIFY_PIN, 0, reference, key))
