"""READER arguments to an open card: the forms of the design's table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartboot.cli.root import Settings
from smartboot.errors import SmartbootError, UsageError

if TYPE_CHECKING:
    from smartboot.card.base import Card
    from smartboot.image import CardImage
    from smartboot.transport import CardConnection

__all__ = ["load_card_file", "open_connection", "open_target"]

_FORMS = (
    "use pcsc:N, pcsc:TEXT, iccid:DIGITS, virtual:FILE, modem:DEVICE or replay:FILE;"
    " `smartboot readers` lists readers"
)
_OPTION = re.compile(r"[?&](save|personality|scenario)=")


def load_card_file(path: str) -> CardImage:
    """The card image in a file, or the one a card profile in it describes.

    Errors: ProfileError with file, line and field.
    """
    from smartboot.profiles.load import load_profile_or_image

    return load_profile_or_image(Path(path))


@contextmanager
def _virtual(text: str) -> Iterator[CardConnection]:
    from smartboot.image import write_image
    from smartboot.virtual.connection import InProcessConnection
    from smartboot.virtual.scenario import Scenario, load_scenario, make_card

    path, options = _split(text)
    card_image, save = load_card_file(path), options.get("save")
    scenario = Scenario()
    if "scenario" in options:
        scenario = load_scenario(options["scenario"])
    if "personality" in options:
        scenario = scenario.model_copy(update={"personality": options["personality"]})
    card = make_card(card_image, scenario)
    if scenario.wire is not None and scenario.wire.real_time:
        from time import sleep

        card.wait = sleep
    connection = InProcessConnection(card, f"virtual:{path}")
    try:
        yield connection
    finally:
        connection.close()
        if save:
            write_image(card.to_image(), save)


def _split(text: str) -> tuple[str, dict[str, str]]:
    """``FILE?name=value&name=value``; a name that is not known belongs to what is before it."""
    path, *parts = _OPTION.split(text)
    options = dict(zip(parts[::2], parts[1::2], strict=True))
    if not path or not all(options.values()) or 2 * len(options) != len(parts):
        raise UsageError(
            f"'virtual:{text}' names no file",
            hint="use virtual:FILE with a card profile or image, and behind it if wanted"
            " ?save=IMAGE, personality=NAME, scenario=FILE, with & between them",
        )
    return path, options


def _identify(connection: CardConnection) -> str | None:
    from smartboot.card import open_card

    return open_card(connection).iccid()


@contextmanager
def _pcsc(selector: str | None) -> Iterator[CardConnection]:
    from smartboot.transport import pcsc

    if selector is not None and selector.startswith("iccid:"):
        digits = selector.removeprefix("iccid:").replace(" ", "")
        connection = pcsc.open_by_iccid(
            digits, _identify, note=lambda text: click.echo(f"note: {text}", err=True)
        )
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
def open_connection(settings: Settings) -> Iterator[CardConnection]:
    """The connection that the global options ask for, traced as ``-v`` and ``--trace`` say."""
    from smartboot.cli.tracing import replayed, traced

    reader = settings.reader
    if reader is None or reader.startswith(("pcsc:", "iccid:")):
        opened = _pcsc(reader)
    elif reader.startswith("virtual:"):
        opened = _virtual(reader.removeprefix("virtual:"))
    elif reader.startswith("modem:"):
        opened = _modem(reader.removeprefix("modem:"))
    elif reader.startswith("replay:"):
        opened = replayed(reader.removeprefix("replay:"))
    else:
        raise UsageError(f"{reader!r} is no reader", hint=_FORMS)
    with opened as opened_connection, traced(opened_connection, settings) as connection:
        yield connection


@contextmanager
def open_target(settings: Settings) -> Iterator[Card]:
    """The card that the global options ask for, given back at the end."""
    from smartboot.card import open_card

    with open_connection(settings) as connection:
        card = open_card(connection)
        try:
            yield card
        finally:
            try:
                card.close()
            except SmartbootError as error:
                # Whatever the command found out counts more than a card that left at the end.
                click.echo(f"note: {error}", err=True)
