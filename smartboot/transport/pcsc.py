"""Cards in PC/SC readers (PC/SC part 5, through pyscard).

A card is held exclusively while it is open: with a shared one another program could select files
and close channels between two of our commands. It is *unpowered* when it is closed, so that no
PIN once verified stays open for the next program, and so that the next one finds a card fresh
from its reset, whatever was done here. Selected files and channels end with it.

No call waits for ever. Each has a limit, after which it fails with CardMuteError or ServiceError
and the connection is given up. The limits are 10 seconds for reaching the service and powering a
card and 20 for one command; SMARTBOOT_TIMEOUT (seconds) replaces both.

Nothing is retried, except that a context the service no longer knows, because it was restarted,
is renewed once when listing and connecting: nothing has been said to a card by then. Selecting a
reader by the card in it (``iccid:``) needs a card's files, so the rooms above bring the function
that reads them (``open_by_iccid``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from smartboot.apdu import Response
from smartboot.errors import (
    CardRemovedError,
    NoCardError,
    ServiceError,
    SmartbootError,
    TransportError,
    UsageError,
)
from smartboot.transport.base import CardProtocol
from smartboot.transport.pcsc_errors import Phase
from smartboot.transport.pcsc_session import TIMEOUT_VARIABLE, Limits, Link
from smartboot.transport.readers import ReaderStatus, choose_reader

__all__ = [
    "TIMEOUT_VARIABLE",
    "Limits",
    "PcscConnection",
    "ReaderStatus",
    "iter_connections",
    "list_readers",
    "open_by_iccid",
    "open_reader",
]

_T = TypeVar("_T")
Note = Callable[[str], None]


class PcscConnection:
    """A card in a PC/SC reader, held exclusively (``CardConnection``); for one thread at a time.

    Made by ``open_reader``. Once a command failed in a way that leaves the card's state unknown,
    every further one fails alike: after a reset by others, a broken exchange or a removal, going
    on would read from files somebody else selected. ``reset`` starts afresh where the card is
    still there; after a removal, a time-out or a stop of the service only a new connection does.
    """

    def __init__(self, link: Link, reader: str, limits: Limits) -> None:
        self._link = link
        self._reader = reader
        self._limits = limits
        self._failure: TransportError | None = None
        self._closed = False
        protocol, self._atr = link.call(
            lambda: link.session.connect(reader), limits.connect_s, Phase.CONNECT, reader
        )
        self._protocol = _protocol(protocol)

    @property
    def name(self) -> str:
        """The reader's name."""
        return self._reader

    @property
    def atr(self) -> bytes:
        """The answer to the last reset."""
        return self._atr

    @property
    def protocol(self) -> CardProtocol:
        """T=0 or T=1, as the PC/SC service agreed with the card."""
        return self._protocol

    def transmit(self, command: bytes) -> Response:
        """Send one command (for T=0 a TPDU, for T=1 an APDU), return the answer as it came.

        Errors: CardRemovedError; CardMuteError, also after the time limit and for an answer
        without a status word; ServiceError; TransportError when others reset the card.
        """
        self._check_usable()
        session = self._link.session
        raw = self._guarded(
            lambda: session.transmit(command), self._limits.transmit_s, Phase.EXCHANGE
        )
        return Response.from_bytes(raw)

    def reset(self) -> bytes:
        """Reset the card (warm) and return the ATR; PIN states and channels are lost.

        Errors: those of ``transmit``.
        """
        if self._closed or self._link.given_up or _is_final(self._failure):
            self._check_usable()
        self._failure = None
        protocol, self._atr = self._guarded(
            self._link.session.reset, self._limits.connect_s, Phase.RESET
        )
        self._protocol = _protocol(protocol)
        return self._atr

    def close(self) -> None:
        """Unpower the card and give it back. May be called twice; raises nothing."""
        if not self._closed:
            self._closed = True
            self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else self._protocol.value
        return f"<PcscConnection {self._reader!r} {state}>"

    def _guarded(self, job: Callable[[], _T], limit_s: float, phase: Phase) -> _T:
        try:
            return self._link.call(job, limit_s, phase, self._reader)
        except TransportError as error:
            self._failure = error
            raise

    def _check_usable(self) -> None:
        if self._closed:
            raise TransportError(f"the connection to {self._reader!r} is closed")
        if self._failure is not None:
            raise type(self._failure)(self._failure.message, hint=self._failure.hint)
        if self._link.given_up:
            raise TransportError(
                f"an interrupted command left {self._reader!r} in an unknown state"
            )


def list_readers(*, limits: Limits | None = None) -> list[ReaderStatus]:
    """Return every reader with its state; no card is powered or disturbed for it.

    Errors: ServiceError when the PC/SC service is not there, refuses or does not answer in time.
    No reader at all is an empty list.
    """
    limits = limits or Limits.from_environment()
    link = Link()
    try:
        return link.readers(limits)
    finally:
        link.close()


def open_reader(selector: str | None = None, *, limits: Limits | None = None) -> PcscConnection:
    """Power the card ``selector`` means and hold it: ``pcsc:N``, ``pcsc:TEXT``, None for the first.

    Errors: UsageError (selector), NoReaderError, NoCardError, ReaderBusyError, CardMuteError,
    ServiceError.
    """
    limits = limits or Limits.from_environment()
    return _open(lambda readers: choose_reader(readers, selector).name, limits)


def iter_connections(
    *, note: Note | None = None, limits: Limits | None = None
) -> Iterator[PcscConnection]:
    """Open the card in every reader that has one, one after the other; the caller closes each.

    A reader that is busy, mute or emptied meanwhile is left out, and ``note`` is told so in a
    sentence. Errors: ServiceError.
    """
    limits = limits or Limits.from_environment()
    for reader in list_readers(limits=limits):
        if not reader.card_present:
            continue
        try:
            connection = _open(partial(_this, reader.name), limits)
        except ServiceError:
            raise
        except TransportError as error:
            if note is not None:
                note(f"left out {reader.name!r}: {error}")
            continue
        yield connection


def open_by_iccid(
    digits: str,
    identify: Callable[[PcscConnection], str | None],
    *,
    note: Note | None = None,
    limits: Limits | None = None,
) -> PcscConnection:
    """Open the card whose ICCID is, or begins with, ``digits``.

    ``identify`` reads a card's ICCID and returns its digits, or None when it has none. Cards that
    cannot be read are left out, and ``note`` is told. The whole ICCID ends the search; with a
    prefix every card is looked at, because only one may match.
    Errors: UsageError for what is no number and for a prefix more than one card has, NoCardError
    when none has it, ServiceError.
    """
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
        raise UsageError(
            f"{digits!r} is no ICCID", hint="give up to 20 digits, as printed on the card"
        )
    left_out: list[str] = []
    seen: list[str] = []
    matches: list[tuple[str, PcscConnection]] = []

    def tell(text: str) -> None:
        left_out.append(text)
        if note is not None:
            note(text)

    chosen: PcscConnection | None = None
    current: PcscConnection | None = None
    try:
        for current in iter_connections(note=tell, limits=limits):
            try:
                iccid = identify(current)
            except ServiceError:
                raise
            except SmartbootError as error:
                tell(f"left out {current.name!r}: {error}")
                iccid = None
            if iccid is not None:
                seen.append(f"{iccid} in {current.name!r}")
            if iccid == digits:
                chosen = current
                return chosen
            if iccid is not None and iccid.startswith(digits):
                matches.append((seen[-1], current))
            else:
                current.close()
        if len(matches) > 1:
            raise UsageError(
                f"more than one card begins with {digits}: "
                + ", ".join(text for text, _ in matches),
                hint="give more digits",
            )
        if matches:
            chosen = matches[0][1]
            return chosen
        found = f"found: {', '.join(seen)}" if seen else "no card with an ICCID was found"
        raise NoCardError(
            "; ".join([f"no card has an ICCID that begins with {digits}", found, *left_out]),
            hint="`smartboot readers` lists the cards",
        )
    finally:
        for connection in (current, *(match for _, match in matches)):
            if connection is not None and connection is not chosen:
                connection.close()


def _open(choose: Callable[[list[ReaderStatus]], str], limits: Limits) -> PcscConnection:
    link = Link()
    try:
        return PcscConnection(link, choose(link.readers(limits)), limits)
    except BaseException:
        link.close()
        raise


def _this(name: str, _: list[ReaderStatus]) -> str:
    return name


def _protocol(number: int) -> CardProtocol:
    # SCARD_PROTOCOL_T0 and SCARD_PROTOCOL_T1; nothing else was asked for.
    return CardProtocol.T1 if number == 2 else CardProtocol.T0


def _is_final(failure: TransportError | None) -> bool:
    return isinstance(failure, CardRemovedError | ServiceError)
