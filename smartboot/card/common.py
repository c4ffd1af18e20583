"""What a UICC and a 2G SIM have in common as cards: who they are, and how keys are presented."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from smartboot.apdu import Response
from smartboot.card.base import CardKind, FileInfo, FileKind, PinStatus
from smartboot.card.files import BaseFiles, Note
from smartboot.card.iccid import EF_ICCID, ICCID_BYTES, decode_iccid
from smartboot.card.pins import KeyGuard
from smartboot.errors import (
    CardError,
    CardMuteError,
    CardRemovedError,
    DecodeError,
    FileAbsentError,
    NoCardError,
)
from smartboot.model import Finding, Severity
from smartboot.transport.base import CardConnection

__all__ = ["GONE", "BaseCard"]

GONE = (CardRemovedError, NoCardError, CardMuteError)
"""Errors after which there is no card to leave in order."""

F = TypeVar("F", bound=BaseFiles)


class BaseCard(ABC, Generic[F]):
    """``Card`` without what differs between the kinds. Sends nothing until asked."""

    card_kind: CardKind
    iccid_clause: str
    """The standard's clause on EF(ICCID)."""

    def __init__(self, connection: CardConnection, basic: Callable[[Note], F]) -> None:
        self._connection = connection
        self._findings: list[Finding] = []
        self._basic = basic(self._note)
        self._iccid_selected = False
        self._iccid: tuple[str | None] | None = None
        self._guard = KeyGuard(self.pin_status, self._present)

    @property
    def kind(self) -> CardKind:
        """See ``Card``."""
        return self.card_kind

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

    @abstractmethod
    def _quietly_at_iccid(self) -> None:
        """Select EF(ICCID) without asking what it is. Errors: those of selecting a file."""

    def select_iccid(self) -> None:
        """Select EF(ICCID), as the first command of all, so that ``iccid`` only has to read.

        Errors: those of selecting a file; FileAbsentError is remembered as well.
        """
        try:
            self._quietly_at_iccid()
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
        self._note(Finding(code, severity, message, "EF 2FE2", self.iccid_clause))

    def basic(self) -> F:
        """See ``Card``."""
        # What the caller selects there replaces EF(ICCID).
        self._iccid_selected = False
        return self._basic

    # -- keys

    @abstractmethod
    def pin_status(self, reference: int) -> PinStatus:
        """See ``Card``."""

    @abstractmethod
    def _present(self, reference: int, key: bytes) -> Response:
        """Send a key and return the card's answer as it came."""

    def verify(self, reference: int, key: bytes, *, force: bool = False) -> None:
        """See ``Card``."""
        self._guard.verify(reference, key, force=force)

    def close(self) -> None:
        """See ``Card``."""
        self._connection.close()
