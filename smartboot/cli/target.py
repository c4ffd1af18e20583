"""The card that the global options ask for."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import click

from smartboot.cli.root import Settings

if TYPE_CHECKING:
    from smartboot.card.base import Card

__all__ = ["open_target"]


def _note(text: str) -> None:
    click.echo(f"note: {text}", err=True)


def _log(line: str) -> None:
    click.echo(f"  {line}", err=True)


def open_target(settings: Settings) -> AbstractContextManager[Card]:
    """The card that the global options ask for, given back at the end."""
    from smartboot.api.cards import open_card

    return open_card(
        settings.reader,
        trace=settings.trace,
        trace_contents=settings.trace_contents,
        log=_log if settings.verbose else None,
        note=_note,
    )
