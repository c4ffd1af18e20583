"""``--pin`` and ``--adm`` of the commands that write or copy a card, as a source of keys.

One KEY is used for one key of the card only: the first PIN, or the first ADM, that the card's
rules ask for. Sent to a second one it would cost a try there. Keys for others are named:
``--adm ADM2=hex:0011223344556677``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from smartboot.cli.keys import ask_key
from smartboot.errors import UsageError

__all__ = ["CardKeys", "adm_option", "force_option", "key_options", "key_source", "pin_option"]

C = TypeVar("C", bound=Callable[..., Any])

_NAMED = re.compile(r"((?:pin[12]?|adm(?:[1-9]|10)?|upin|0x[0-9a-f]{2}))=(.*)", re.I | re.S)
_FORMS = "digits, hex:…, @FILE or env:NAME"


def pin_option(function: C) -> C:
    """``--pin KEY``, any number of times."""
    return click.option(
        "--pin",
        "pins",
        multiple=True,
        metavar="[NAME=]KEY",
        help=f"PIN, used only where the card asks for one: {_FORMS}.",
    )(function)


def adm_option(function: C) -> C:
    """``--adm KEY``, any number of times."""
    return click.option(
        "--adm",
        "adms",
        multiple=True,
        metavar="[NAME=]KEY",
        help=f"ADM key: {_FORMS}. For the ADM the card asks for first; ADM2=KEY names another.",
    )(function)


def force_option(function: C) -> C:
    """``--force``."""
    return click.option(
        "--force", is_flag=True, help="Send a key even if only one try is left for it."
    )(function)


def key_options(function: C) -> C:
    """``--pin``, ``--adm`` and ``--force``, of the commands that only read."""
    return pin_option(adm_option(force_option(function)))


class _Given:
    """The keys of one option: named ones, and one without a name that its first taker keeps."""

    def __init__(self, texts: Iterable[str], option: str) -> None:
        from smartboot.api.keys import parse_key
        from smartboot.card.keys import key_reference

        self.named: dict[int, bytes] = {}
        self._free: bytes | None = None
        for text in texts:
            match = _NAMED.fullmatch(text)
            if match:
                reference = key_reference(match[1])
                if reference in self.named:
                    raise UsageError(f"{option}: {match[1].upper()} is given twice")
                self.named[reference] = parse_key(match[2], f"{option} {match[1].upper()}")
            elif self._free is not None:
                raise UsageError(
                    f"{option}: two keys without a name",
                    hint=f"name them: {option} ADM1=KEY {option} ADM2=KEY",
                )
            else:
                self._free = parse_key(text, option)

    def take(self, reference: int) -> bytes | None:
        if reference not in self.named and self._free is not None:
            self.named[reference], self._free = self._free, None
        return self.named.get(reference)


class CardKeys:
    """A ``KeySource``: the keys given; one that is missing is asked for on a terminal, once.

    ``asking`` is True while somebody is asked, so that Ctrl-C may end that at once.
    """

    def __init__(self, pins: _Given, adms: _Given, before_asking: Callable[[], None]) -> None:
        self.asking = False
        self._given = {False: pins, True: adms}
        self._before_asking = before_asking
        self._asked: dict[int, bytes | None] = {}

    def __call__(self, reference: int) -> bytes | None:
        """The key of a reference, or None when there is none."""
        from smartboot.card.keys import is_adm, key_name

        found = self._given[is_adm(reference)].take(reference)
        if found is not None:
            return found
        if reference not in self._asked:
            self._before_asking()
            self.asking = True
            try:
                self._asked[reference] = ask_key(key_name(reference))
            finally:
                self.asking = False
        return self._asked[reference]


def _nothing() -> None:
    pass


def key_source(
    pins: Iterable[str] = (),
    adms: Iterable[str] = (),
    before_asking: Callable[[], None] = _nothing,
) -> CardKeys:
    """The keys of ``--pin`` and ``--adm``. ``before_asking`` clears the terminal of what moves on
    it. Errors: UsageError for a key that is none, without showing it."""
    return CardKeys(_Given(pins, "--pin"), _Given(adms, "--adm"), before_asking)
