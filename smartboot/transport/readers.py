"""PC/SC readers as listed, and which of them a READER argument means.

The forms (``pcsc:N``, ``pcsc:TEXT``, none at all) are those of the command line. Choosing is pure:
the list goes in, one reader or an error comes out.
"""

from __future__ import annotations

from collections.abc import Sequence

from smartboot.errors import NoCardError, NoReaderError, UsageError
from smartboot.frozen import dataclass

__all__ = ["PREFIX", "ReaderStatus", "choose_reader"]

PREFIX = "pcsc:"


@dataclass(frozen=True, slots=True)
class ReaderStatus:
    """One reader, as the PC/SC service describes it without powering the card.

    ``index`` counts from 0 in the service's order; ``atr`` is empty when there is no card or it
    gave none. ``in_use``: other programs share the card; ``exclusive``: one holds it alone;
    ``mute``: the card does not answer.
    """

    index: int
    name: str
    card_present: bool = False
    atr: bytes = b""
    in_use: bool = False
    exclusive: bool = False
    mute: bool = False

    @property
    def state(self) -> str:
        """The state in a few words, for a table."""
        if not self.card_present:
            return "no card"
        if self.mute:
            return "card does not answer"
        if self.exclusive:
            return "card, held by another program"
        return "card, in use" if self.in_use else "card"


def choose_reader(readers: Sequence[ReaderStatus], selector: str | None) -> ReaderStatus:
    """Return the reader ``selector`` means; None means the first that has a card.

    Digits behind ``pcsc:`` are an index, anything else a part of a name, in capitals or not; a
    whole name wins over parts. A reader is returned whether or not it holds a card when it was
    asked for by name. Errors: UsageError for another form or more than one match, NoReaderError,
    NoCardError.
    """
    if selector is None:
        if not readers:
            raise _no_readers()
        for reader in readers:
            if reader.card_present:
                return reader
        names = ", ".join(repr(reader.name) for reader in readers)
        raise NoCardError(
            f"no card in any reader ({names})", hint="put a card in and repeat the command"
        )
    wanted = selector.removeprefix(PREFIX).strip()
    if not selector.startswith(PREFIX) or not wanted:
        raise UsageError(
            f"{selector!r} names no PC/SC reader",
            hint="use pcsc:N with a number, or pcsc:TEXT with a part of the reader's name",
        )
    if not readers:
        raise _no_readers()
    if wanted.isascii() and wanted.isdigit():
        # An index of absurd length is compared as text: int() refuses more than 4300 digits.
        found = [reader for reader in readers if str(reader.index) == (wanted.lstrip("0") or "0")]
    else:
        folded = wanted.casefold()
        found = [reader for reader in readers if reader.name.casefold() == folded]
        found = found or [reader for reader in readers if folded in reader.name.casefold()]
    if not found:
        raise NoReaderError(
            f"no reader fits {selector!r}; there are: {_listed(readers)}",
            hint="`smartboot readers` lists them",
        )
    if len(found) > 1:
        raise UsageError(
            f"{selector!r} fits more than one reader: {_listed(found)}",
            hint="use more of the name, or the number: pcsc:N",
        )
    return found[0]


def _no_readers() -> NoReaderError:
    return NoReaderError(
        "no smart card reader is connected",
        hint="connect one, or run `smartboot doctor` to see why it is not found",
    )


def _listed(readers: Sequence[ReaderStatus]) -> str:
    return ", ".join(f"pcsc:{reader.index} {reader.name!r}" for reader in readers)
