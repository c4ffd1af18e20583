"""Opening a card, reading it, copying it into an image."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, cast

from smartboot.api.keys import Keys, key_source
from smartboot.api.readers import Note, open_connection
from smartboot.api.recording import Log, logged, recorded, refuse_overwriting
from smartboot.bootstrap import reader as service
from smartboot.bootstrap.data import BootstrapData
from smartboot.card.base import Card
from smartboot.card.detect import open_card as detect
from smartboot.errors import SmartbootError, UsageError
from smartboot.transport.base import CardConnection

if TYPE_CHECKING:
    from smartboot.image import CardImage
    from smartboot.provision.backup import Dump

__all__ = ["dump", "image_connection", "observed", "open_card", "opened", "read_bootstrap"]

_LOGGER = logging.getLogger("smartboot")
_LOGGER.addHandler(logging.NullHandler())

_MAX_FID = 0xFFFF


def image_connection(image: CardImage, name: str = "virtual:image") -> CardConnection:
    """A virtual card in this process that holds what the image says."""
    from smartboot.virtual.card import VirtualCard
    from smartboot.virtual.connection import InProcessConnection

    return InProcessConnection(VirtualCard(image), name)


@contextmanager
def opened(connection: CardConnection, note: Note, *, close: bool = True) -> Iterator[Card]:
    """The card on a connection; at the end both are given back, if ``close``.

    Errors: TransportError, CardError for a card that is no SIM or UICC.
    """
    card = detect(connection)
    try:
        yield card
    finally:
        try:
            if close:
                card.close()
        except SmartbootError as error:
            # What was found out counts more than a card that left at the end.
            note(str(error))


@contextmanager
def open_card(
    reader: str | CardImage | CardConnection | None = None,
    *,
    trace: str | Path | None = None,
    trace_contents: bool = False,
    log: Log | None = None,
    note: Note = _LOGGER.info,
) -> Iterator[Card]:
    """Open a card for a ``with`` block and give it back when the block ends.

    ``reader`` is a READER text as on the command line (``pcsc:N``, ``pcsc:TEXT``,
    ``iccid:DIGITS``, ``virtual:FILE``, ``modem:DEVICE[@BAUD]``, ``replay:FILE``), None for the
    first PC/SC reader with a card in it, a card image for a virtual card in this process, or a
    connection of your own, which stays yours to close. ``trace`` records the traffic in a .pcapng
    or .jsonl file, with the contents of files only if ``trace_contents``; ``log`` gets one line
    for each command; ``note`` what is no error (the default is the logger ``smartboot``). No key
    is ever in any of them.

    Errors: UsageError for a text that is no READER; NoReaderError, NoCardError, ReaderBusyError,
    CardMuteError, ServiceError (all TransportError); CardError for a card that is no SIM or UICC;
    ProfileError for the file of a virtual card; DecodeError for a trace; OSError.
    """
    found: AbstractContextManager[CardConnection]
    borrowed = False
    if reader is None or isinstance(reader, str):
        found = open_connection(reader, note)
    elif hasattr(reader, "transmit"):
        # Not isinstance of an image: that would load its schema for every card that is read.
        found, borrowed = nullcontext(cast("CardConnection", reader)), True
    else:
        from smartboot.image import CardImage

        if not isinstance(reader, CardImage):
            raise UsageError(
                f"a {type(reader).__name__} is no reader",
                hint="give a READER text, such as 'virtual:card.yaml', an image or a connection",
            )
        found = nullcontext(image_connection(reader))
    name = reader if isinstance(reader, str) else None
    with (
        found as connection,
        observed(
            connection, reader=name, trace=trace, trace_contents=trace_contents, log=log, note=note
        ) as seen,
        opened(seen, note, close=not borrowed) as card,
    ):
        yield card


@contextmanager
def observed(
    connection: CardConnection,
    *,
    reader: str | None,
    trace: str | Path | None,
    trace_contents: bool,
    log: Log | None,
    note: Note,
) -> Iterator[CardConnection]:
    """The connection, told to ``log`` and recorded in ``trace``, where these are given; ``reader``
    is the READER it comes from, whose file is not overwritten. Errors: UsageError, OSError."""
    if log is not None:
        connection = logged(connection, log)
    if trace is None:
        yield connection
        return
    refuse_overwriting(trace, reader)
    with recorded(connection, trace, note, contents=trace_contents) as recording:
        yield recording


def read_bootstrap(
    card: Card,
    *,
    keys: Keys | None = None,
    force: bool = False,
    fid: int | None = None,
    everything: bool = False,
    progress: service.Progress = service.no_progress,
) -> BootstrapData:
    """Read all bootstrap data of a card: objects, accounts, findings.

    ``keys`` gives PINs where a file's own rules ask for one, and what stays shut is in
    ``BootstrapData.locked``; ``force`` sends a key even when one try is left for it. ``fid`` (0 to
    FFFF) names the document's file and skips the directory search; ``everything`` also reads what
    smartboot does not know. ``progress`` is called with a file's name, the bytes read of it and
    the bytes needed. Errors: TransportError when the card cannot be reached any more, UsageError
    for keys or a file id that are none; whatever else is wrong is a finding.
    """
    if fid is not None and not 0 <= fid <= _MAX_FID:
        raise UsageError(f"{fid} is no file id", hint="file ids are 0 to 0xFFFF, such as 0x6432")
    return service.read_bootstrap(
        card,
        keys=key_source(keys),
        force=force,
        fid=fid,
        everything=everything,
        progress=progress,
    )


def dump(card: Card, *, keys: Keys | None = None, force: bool = False) -> Dump:
    """Read everything that belongs to the bootstrap data into a card image, whole files.

    ``Dump.locked`` names the keys without which something is missing in it. The image holds the
    documents' secrets, and no key of the card. Errors: TransportError; ProfileError for more than
    an image can hold; UsageError for keys that are none.
    """
    from smartboot.provision.backup import dump_card

    return dump_card(card, keys=key_source(keys), force=force)
