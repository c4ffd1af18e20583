"""One user's dealings with the PC/SC service, each with a limit on the waiting.

``Session`` holds the handles and makes the calls; it lives in the worker thread of a ``Link``,
which limits the waiting and turns PC/SC results into errors of ours. Above them stands ``pcsc``.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from smartboot.errors import CardMuteError, ServiceError, TransportError, UsageError
from smartboot.frozen import dataclass
from smartboot.transport.bounded import OverdueError, Worker
from smartboot.transport.pcsc_errors import STALE, Phase, ResultCode, error_for
from smartboot.transport.readers import ReaderStatus
from smartboot.transport.winscard import (
    Disposition,
    ReaderState,
    Winscard,
    WinscardError,
    load,
)

__all__ = ["TIMEOUT_VARIABLE", "Limits", "Link", "Session"]

TIMEOUT_VARIABLE = "SMARTBOOT_TIMEOUT"
_LONGEST_S = 3600.0
_CLOSE_S = 5.0
"""How long ``close`` waits for the service; what is left to do is then done behind its back."""
_LOOK_S = 2.0
"""How long a failed exchange waits for the service to notice that the card is gone."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Limits:
    """The longest waits, in seconds: for the service and for powering a card; for one command."""

    connect_s: float = 10.0
    transmit_s: float = 20.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Limits:
        """The defaults, or SMARTBOOT_TIMEOUT for both. Errors: UsageError for a bad value."""
        text = (os.environ if environment is None else environment).get(TIMEOUT_VARIABLE, "")
        if not text.strip():
            return cls()
        try:
            seconds = float(text)
        except ValueError:
            seconds = math.nan
        if not 0 < seconds <= _LONGEST_S:
            raise UsageError(
                f"{TIMEOUT_VARIABLE} is {text!r}, not a number of seconds",
                hint=f"set it to a number up to {_LONGEST_S:g}, or unset it",
            )
        return cls(seconds, seconds)


class Session:
    """The PC/SC handles of one user; touched only by the worker's thread."""

    def __init__(self, api: Winscard) -> None:
        self._api = api
        self._context: int | None = None
        self._card: int | None = None
        self._protocol = 0

    def _with_context(self, job: Callable[[int], _T], renew_on: frozenset[int]) -> _T:
        for last in (False, True):
            try:
                if self._context is None:
                    self._context = self._api.establish()
                return job(self._context)
            except WinscardError as error:
                if last or error.code not in renew_on:
                    raise
                self._release()
        raise AssertionError  # the second round returns or raises

    def readers(self) -> list[ReaderStatus]:
        def job(context: int) -> list[ReaderStatus]:
            names = self._api.list_readers(context)
            states = self._api.status(context, names)
            return [
                ReaderStatus(
                    index=index,
                    name=name,
                    card_present=ReaderState.PRESENT in state,
                    atr=atr if ReaderState.PRESENT in state else b"",
                    in_use=ReaderState.INUSE in state,
                    exclusive=ReaderState.EXCLUSIVE in state,
                    mute=ReaderState.MUTE in state,
                )
                for index, (name, (state, atr)) in enumerate(zip(names, states, strict=True))
            ]

        # A reader unplugged between the two calls is unknown to the second.
        return self._with_context(job, STALE | {ResultCode.E_UNKNOWN_READER})

    def connect(self, reader: str) -> tuple[int, bytes]:
        def job(context: int) -> tuple[int, bytes]:
            self._card, self._protocol = self._api.connect(context, reader)
            return self._protocol, self._api.atr(self._card)

        return self._with_context(job, STALE)

    def transmit(self, command: bytes) -> bytes:
        answer = self._api.transmit(self._handle("SCardTransmit"), self._protocol, command)
        if len(answer) < 2:
            # Some drivers report success and nothing else when the card is pulled out meanwhile.
            raise WinscardError("SCardTransmit", ResultCode.E_COMM_DATA_LOST)
        return answer

    def reset(self) -> tuple[int, bytes]:
        card = self._handle("SCardReconnect")
        self._protocol = self._api.reconnect(card, Disposition.RESET)
        return self._protocol, self._api.atr(card)

    def is_gone(self, reader: str) -> bool:
        """Whether the card in ``reader`` is absent now or turns out to be in the next moments.

        The service looks after its readers about twice a second, so that a failed exchange is
        reported before the removal that caused it.
        """
        if self._context is None:
            return False
        end = time.monotonic() + _LOOK_S
        while True:
            try:
                ((state, _),) = self._api.status(self._context, [reader])
            except WinscardError as error:
                return error.code == ResultCode.E_UNKNOWN_READER
            if ReaderState.PRESENT not in state:
                return True
            if time.monotonic() >= end:
                return False
            time.sleep(0.05)

    def end(self) -> None:
        """Unpower the card and give everything back; nothing is raised."""
        if self._card is not None:
            card, self._card = self._card, None
            # When the card or the service went away first, there is nothing left to do.
            with contextlib.suppress(WinscardError):
                self._api.disconnect(card, Disposition.UNPOWER)
        self._release()

    def _handle(self, call: str) -> int:
        if self._card is None:
            raise WinscardError(call, ResultCode.E_INVALID_HANDLE)
        return self._card

    def _release(self) -> None:
        self._card = None
        if self._context is not None:
            context, self._context = self._context, None
            with contextlib.suppress(WinscardError):
                self._api.release(context)


class Link:
    """A session and the thread that serves it; PC/SC results come out as errors of ours."""

    def __init__(self) -> None:
        session = Session(load())
        self.session = session
        self._worker = Worker("smartboot-pcsc", session.end)

    def call(self, job: Callable[[], _T], limit_s: float, phase: Phase, reader: str = "") -> _T:
        try:
            return self._worker.call(job, limit_s)
        except WinscardError as error:
            raise self._explained(error, phase, reader) from error
        except OverdueError:
            raise _overdue(phase, reader, limit_s) from None

    def readers(self, limits: Limits) -> list[ReaderStatus]:
        return self.call(self.session.readers, limits.connect_s, Phase.LIST)

    def close(self) -> None:
        self._worker.stop(_CLOSE_S)

    @property
    def given_up(self) -> bool:
        return self._worker.ended

    def _explained(self, error: WinscardError, phase: Phase, reader: str) -> TransportError:
        explained = error_for(error.code, phase, reader)
        if phase in (Phase.EXCHANGE, Phase.RESET) and isinstance(explained, CardMuteError):
            # A card pulled out during an exchange first shows as one that stopped answering.
            try:
                gone = self._worker.call(lambda: self.session.is_gone(reader), _LOOK_S + 1)
            except OverdueError:
                gone = False
            if gone:
                return error_for(ResultCode.W_REMOVED_CARD, phase, reader)
        return explained


def _overdue(phase: Phase, reader: str, limit_s: float) -> TransportError:
    limit = f"within {limit_s:g} s"
    if phase is Phase.LIST:
        return ServiceError(
            f"the PC/SC service did not answer {limit}",
            hint="restart it (`systemctl restart pcscd`), or run `smartboot doctor`",
        )
    hint = f"put the card in again; {TIMEOUT_VARIABLE}=SECONDS in the environment allows more time"
    if phase is Phase.CONNECT:
        return CardMuteError(
            f"the card in {reader!r} could not be reached {limit}: it does not answer,"
            " or another program is in the middle of a transaction with it",
            hint=hint,
        )
    return CardMuteError(
        f"the card in {reader!r} did not answer {limit} ({phase.value})", hint=hint
    )
