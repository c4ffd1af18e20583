"""The vocabularies smartboot knows, and the register of public identifiers."""

from __future__ import annotations

from smartboot.wbxml.pages.prov import PROV
from smartboot.wbxml.pages.syncml import DM_DDF, METINF, SYNCML
from smartboot.wbxml.vocabulary import Vocabulary

__all__ = ["DM_DDF", "METINF", "PROV", "SYNCML", "UNKNOWN_PUBLIC_ID", "vocabulary_of"]

UNKNOWN_PUBLIC_ID = 0x01
"""The number of "unknown or missing" (WBXML 1.3, clause 7.2)."""

# SyncML 1.0 and 1.1 are read with the tables of 1.2, which only adds to them.
_BY_NUMBER: dict[int, Vocabulary] = {
    0x0B: PROV,
    0x0FD1: SYNCML,
    0x0FD3: SYNCML,
    0x1201: SYNCML,
    0x1202: METINF,
}
_BY_TEXT: dict[str, Vocabulary] = {
    "-//SYNCML//DTD SYNCML 1.0//EN": SYNCML,
    "-//SYNCML//DTD SYNCML 1.1//EN": SYNCML,
    **{entry.formal_id.upper(): entry for entry in (PROV, SYNCML, METINF, DM_DDF)},
}


def vocabulary_of(public_id: int | str) -> Vocabulary | None:
    """The vocabulary of a public identifier, a number or its text; None when it is not known."""
    if isinstance(public_id, int):
        return _BY_NUMBER.get(public_id)
    return _BY_TEXT.get(" ".join(public_id.upper().split()))
