"""READER texts to connections: ``pcsc:``, ``iccid:``, ``virtual:``, ``modem:`` and ``replay:``.

No text at all is the first PC/SC reader with a card in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from smartboot.errors import UsageError

if TYPE_CHECKING:
    from smartboot.image import CardImage
    from smartboot.transport import CardConnection
    from smartboot.transport.readers import ReaderStatus
    from smartboot.virtual.card import VirtualCard

__all__ = ["FORMS", "Note", "list_readers", "open_connection"]

Note = Callable[[str], None]
"""Called with a sentence that a user may want to know and that is no error."""

FORMS = (
    "use pcsc:N, pcsc:TEXT, iccid:DIGITS, virtual:FILE, modem:DEVICE or replay:FILE;"
    " `smartboot readers` lists readers"
)

_OPTION = re.compile(r"[?&](save|personality|scenario)=")
_ANY_OPTION = re.compile(r"[?&](\w+)=")
_VIRTUAL = (
    "use virtual:CARD with a card profile, an image or the name of a shipped profile, and behind it"
    " if wanted ?save=IMAGE, personality=NAME, scenario=FILE, with & between them"
)


def list_readers() -> list[ReaderStatus]:
    """The PC/SC readers in the service's order, without powering a card. Errors: ServiceError."""
    from smartboot.transport import pcsc

    return pcsc.list_readers()


def open_connection(reader: str | None, note: Note) -> AbstractContextManager[CardConnection]:
    """A connection to the card that READER means, closed when the block ends.

    Errors: UsageError for a text that is no READER; those of the kind: NoReaderError, NoCardError,
    ReaderBusyError, CardMuteError, ServiceError, ProfileError for the file of a virtual card,
    DecodeError for a trace, OSError for a file.
    """
    if reader is None or reader.startswith(("pcsc:", "iccid:")):
        return _pcsc(reader, note)
    if reader.startswith("virtual:"):
        return _virtual(reader.removeprefix("virtual:"))
    if reader.startswith("modem:"):
        return _modem(reader.removeprefix("modem:"))
    if reader.startswith("replay:"):
        return _replayed(reader.removeprefix("replay:"), note)
    raise UsageError(f"{reader!r} is no reader", hint=_meant(reader) or FORMS)


def _meant(reader: str) -> str | None:
    """What to write instead, where the text is the name of a file or of a shipped profile."""
    from smartboot.profiles.shipped import find_shipped

    if not Path(reader).exists():
        if find_shipped(reader) is None:
            return None
        return f"for a virtual card made from this shipped profile, write virtual:{reader}"
    if reader.startswith("/dev/"):
        return f"for the card in a modem there, write modem:{reader}"
    if reader.endswith((".jsonl", ".pcapng")):
        return f"to play this trace back, write replay:{reader}"
    return f"for a virtual card from this file, write virtual:{reader}"


@contextmanager
def _virtual(text: str) -> Iterator[CardConnection]:
    from smartboot.image import write_image
    from smartboot.profiles.shipped import profile_path
    from smartboot.profiles.source import load_profile_or_image
    from smartboot.virtual.card import VirtualCard
    from smartboot.virtual.connection import InProcessConnection

    path, options = _split(text)
    card_image, save = load_profile_or_image(profile_path(path)), options.pop("save", None)
    card = _with_habits(card_image, options) if options else VirtualCard(card_image)
    connection = InProcessConnection(card, f"virtual:{path}")
    try:
        yield connection
    finally:
        connection.close()
        if save:
            write_image(card.to_image(), save)


def _with_habits(image: CardImage, options: dict[str, str]) -> VirtualCard:
    """The card with the scenario and the personality that the options name."""
    from smartboot.virtual.scenario import Scenario, load_scenario, make_card

    scenario = Scenario()
    if "scenario" in options:
        scenario = load_scenario(options["scenario"])
    if "personality" in options:
        scenario = scenario.model_copy(update={"personality": options["personality"]})
    card = make_card(image, scenario)
    if scenario.wire is not None and scenario.wire.real_time:
        from time import sleep

        card.wait = sleep
    return card


def _split(text: str) -> tuple[str, dict[str, str]]:
    """``FILE?name=value&name=value``; a name that is not known belongs to what is before it."""
    path, *parts = _OPTION.split(text)
    options = dict(zip(parts[::2], parts[1::2], strict=True))
    if not path or not all(options.values()) or 2 * len(options) != len(parts):
        raise UsageError(
            f"'virtual:{text}' names no file",
            hint=_VIRTUAL,
        )
    odd = None if Path(path).exists() else _ANY_OPTION.search(path)
    if odd is not None:
        raise UsageError(f"virtual: has no option {odd[1]!r}", hint=_VIRTUAL)
    return path, options


def _identify(connection: CardConnection) -> str | None:
    from smartboot.card import open_card

    return open_card(connection).iccid()


@contextmanager
def _pcsc(selector: str | None, note: Note) -> Iterator[CardConnection]:
    from smartboot.transport import pcsc

    if selector is not None and selector.startswith("iccid:"):
        digits = selector.removeprefix("iccid:").replace(" ", "")
        connection = pcsc.open_by_iccid(digits, _identify, note=note)
        # The card was already looked at; a reset gives the reading a fresh start.
        connection.reset()
    else:
        connection = pcsc.open_reader(selector)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _modem(address: str) -> Iterator[CardConnection]:
    from smartboot.transport.modem import open_modem

    connection = open_modem(address)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _replayed(path: str, note: Note) -> Iterator[CardConnection]:
    from smartboot.transport.replay import ReplayConnection
    from smartboot.transport.trace_file import load_trace

    if not path:
        raise UsageError("'replay:' names no file", hint="use replay:FILE with a recorded trace")
    trace = load_trace(path)
    connection = ReplayConnection(trace, path)
    yield connection
    if connection.left:
        note(f"{connection.left} of {len(trace.entries)} recorded entries were not needed")
