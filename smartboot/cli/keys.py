"""KEY arguments: ``12345678`` (digits, as ASCII), ``hex:…``, ``@FILE`` or ``env:NAME``.

Digits are never guessed to be hex: a wrong guess costs a try. No message here repeats a key.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from smartboot.errors import UsageError

__all__ = ["ask_key", "parse_key"]

_FORMS = "write digits (12345678), hex:0011223344556677, @FILE or env:NAME"


def _value(text: str, option: str, *, nested: bool) -> bytes:
    if text.startswith("hex:"):
        try:
            key = bytes.fromhex(text[4:])
        except ValueError:
            raise UsageError(f"{option}: not hex digits after hex:", hint=_FORMS) from None
    elif not nested and text.startswith("@"):
        path = Path(text[1:])
        try:
            content = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise UsageError(f"{option}: cannot read the key file {path}", hint=_FORMS) from None
        return _value(content, f"{option} ({path})", nested=True)
    elif not nested and text.startswith("env:"):
        content = os.environ.get(text[4:], "").strip()
        if not content:
            raise UsageError(f"{option}: the environment variable {text[4:]} is not set")
        return _value(content, f"{option} ({text})", nested=True)
    elif text.isascii() and text.isdigit():
        key = text.encode("ascii")
    else:
        raise UsageError(f"{option}: not a key", hint=_FORMS)
    if not 1 <= len(key) <= 8:
        raise UsageError(f"{option}: a key has 1 to 8 bytes, this one has {len(key)}", hint=_FORMS)
    return key


def parse_key(text: str, option: str = "--pin") -> bytes:
    """The key's bytes, 1 to 8, not padded. Errors: UsageError, without the key."""
    return _value(text, option, nested=False)


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
    return parse_key(text, name) if text else None
