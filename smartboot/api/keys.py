"""Keys as a program or a user gives them: by name, as bytes or as text in the KEY forms.

KEY is ``12345678`` (digits, as ASCII), ``hex:…``, ``@FILE`` or ``env:NAME``. Digits are never
guessed to be hex: a wrong guess costs a try. No message here repeats a key.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from smartboot.bootstrap.unlock import KeySource, no_keys
from smartboot.card.keys import key_name, key_reference
from smartboot.errors import UsageError

__all__ = ["KeySource", "Keys", "key_source", "parse_key"]

Keys: TypeAlias = KeySource | Mapping[str, bytes | str] | Mapping[int, bytes | str]
"""Where the keys of a card come from. A mapping has them by name (``"PIN1"``, ``"ADM1"``) or by
reference (0x0A), each as bytes or as text in the KEY forms. A function is called with a reference,
only when the card has refused something for want of that key, and returns its bytes or None."""

_FORMS = "write digits (12345678), hex:0011223344556677, @FILE or env:NAME"
_MAX_BYTES = 8
_MAX_FILE = 4096


def _value(text: str, what: str, *, nested: bool) -> bytes:
    if text.startswith("hex:"):
        try:
            key = bytes.fromhex(text[4:])
        except ValueError:
            raise UsageError(f"{what}: not hex digits after hex:", hint=_FORMS) from None
    elif not nested and text.startswith("@"):
        path = Path(text[1:])
        try:
            with path.open("rb") as stream:
                # A text editor may have put a byte order mark before the key.
                content = stream.read(_MAX_FILE).decode("utf-8-sig").strip()
        except (OSError, ValueError):
            raise UsageError(f"{what}: cannot read the key file {path}", hint=_FORMS) from None
        return _value(content, f"{what} ({path})", nested=True)
    elif not nested and text.startswith("env:"):
        content = os.environ.get(text[4:], "").strip()
        if not content:
            raise UsageError(f"{what}: the environment variable {text[4:]} is not set")
        return _value(content, f"{what} ({text})", nested=True)
    elif text.isascii() and text.isdigit():
        key = text.encode("ascii")
    else:
        raise UsageError(f"{what}: not a key", hint=_FORMS)
    return _checked(key, what)


def _checked(key: bytes, what: str) -> bytes:
    if not 1 <= len(key) <= _MAX_BYTES:
        raise UsageError(f"{what}: a key has 1 to 8 bytes, this one has {len(key)}", hint=_FORMS)
    return key


def parse_key(text: str, what: str = "key") -> bytes:
    """The key's bytes, 1 to 8, not padded; ``what`` names it in errors (``--pin``, ``ADM1``).

    Errors: UsageError, without the key.
    """
    return _value(text, what, nested=False)


def key_source(keys: Keys | None) -> KeySource:
    """The function behind any form of keys; None is no keys at all.

    Errors: UsageError for a name that is no key's, a key given twice, or a value that is none.
    """
    if keys is None:
        return no_keys
    if not isinstance(keys, Mapping):
        return keys
    found: dict[int, bytes] = {}
    for name, value in keys.items():
        reference = name if isinstance(name, int) else key_reference(name)
        what = key_name(reference)
        if reference in found:
            raise UsageError(f"{what} is given twice")
        found[reference] = (
            parse_key(value, what) if isinstance(value, str) else _checked(bytes(value), what)
        )
    return found.get
