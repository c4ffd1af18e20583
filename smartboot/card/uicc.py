"""A UICC in use: identity, logical channels and keys (TS 102 221, 11.1.17, 13.2 and 11.1.9)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from smartboot.apdu import MAX_CHANNEL, Command, Exchange, Ins, Response, class_byte, describe
from smartboot.card.base import MF, CardKind, FileInfo, FileKind, FilePath, PinStatus
from smartboot.card.iccid import EF_ICCID, ICCID_BYTES, decode_iccid
from smartboot.card.pins import KeyGuard, pin_status_of
from smartboot.card.uicc_files import CardMemory, UiccFiles
from smartboot.errors import (
    CardError,
    CardMuteError,
    CardRemovedError,
    DecodeError,
    FileAbsentError,
    NoCardError,
    TransportError,
)
from smartboot.model import Finding, Severity
from smartboot.transport.base import CardConnection

__all__ = ["UiccCard"]

_GONE = (CardRemovedError, NoCardError, CardMuteError)
"""Errors after which there is no channel left to close."""

_CLOSE = 0x80
_NONE_FREE = 0x6A81


class UiccCard:
    """``Card`` for a UICC. Sends nothing until asked."""

    def __init__(self, connection: CardConnection, exchange: Exchange) -> None:
        self._connection = connection
        self._exchange = exchange
        self._findings: list[Finding] = []
        self._memory = CardMemory()
        self._basic = UiccFiles(exchange, self._note, self._memory, 0)
        self._working: list[UiccFiles] = []
        self._channels_refused = False
        self._iccid_selected = False
        self._iccid: tuple[str | None] | None = None
        self._guard = KeyGuard(self.pin_status, self._present)

    @property
    def kind(self) -> CardKind:
        """See ``Card``."""
        return CardKind.UICC

    @property
    def atr(self) -> bytes:
        """See ``Card``."""
        return self._connection.atr

    @property
    def reader_name(self) -> str:
        """See ``Card``."""
        return self._connection.name

    @property
    def findings(self) -> list[Finding]:
        """See ``Card``."""
        return self._findings

    def _note(self, finding: Finding) -> None:
        if finding not in self._findings:
            self._findings.append(finding)

    # -- identity

    def select_iccid(self) -> None:
        """Select EF(ICCID), as the first command of all, so that ``iccid`` only has to read.

        Errors: those of selecting a file; FileAbsentError is remembered as well.
        """
        try:
            self._basic.select_quietly(EF_ICCID)
        except FileAbsentError:
            self._forget_iccid("CARD-ICCID-ABSENT", Severity.INFO, "the card has no EF(ICCID)")
            raise
        self._iccid_selected = True

    def iccid(self) -> str | None:
        """See ``Card``. Reads ten bytes; a card that refuses gives a finding."""
        if self._iccid is None:
            try:
                if not self._iccid_selected:
                    self.select_iccid()
                info = FileInfo(EF_ICCID, FileKind.TRANSPARENT, size=ICCID_BYTES)
                self._iccid = (decode_iccid(self._basic.read_binary(info)),)
            except FileAbsentError:
                pass
            except (CardError, DecodeError) as error:
                self._forget_iccid("CARD-ICCID-UNREADABLE", Severity.WARNING, error.message)
        return None if self._iccid is None else self._iccid[0]

    def _forget_iccid(self, code: str, severity: Severity, message: str) -> None:
        self._iccid = (None,)
        self._note(Finding(code, severity, message, "EF 2FE2", "TS 102 221, 13.2"))

    # -- channels

    def basic(self) -> UiccFiles:
        """See ``Card``."""
        # What the caller selects there replaces EF(ICCID).
        self._iccid_selected = False
        return self._basic

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
        except _GONE:
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
        response = self._exchange(Command(class_byte(0), Ins.MANAGE_CHANNEL, le=1))
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

    def verify(self, reference: int, key: bytes, *, force: bool = False) -> None:
        """See ``Card``."""
        self._guard.verify(reference, key, force=force)

    def close(self) -> None:
        """See ``Card``."""
        self._connection.close()
