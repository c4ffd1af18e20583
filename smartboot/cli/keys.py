"""Asking for a key on a terminal."""

from __future__ import annotations

import sys

import click

__all__ = ["ask_key"]


def ask_key(name: str) -> bytes | None:
    """Ask for a key without echo; None where there is no terminal to ask on, or nothing typed."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    text: str = click.prompt(
        f"{name} (empty to go on without)",
        hide_input=True,
        default="",
        show_default=False,
        err=True,
    )
    from smartboot.api.keys import parse_key

    return parse_key(text, name) if text else None
