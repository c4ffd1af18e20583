"""Standard output and standard error on terminals and in files that cannot hold every character.

A character that the stream's encoding lacks gets a stand-in that people can read: ``...`` for an
ellipsis, plain lines for those of a table, and an escape for anything else. Nothing is lost in
silence, and nothing ends in a traceback.
"""

from __future__ import annotations

import codecs
import os
import sys
from pathlib import Path
from typing import TextIO

__all__ = ["ERRORS", "can_show", "open_missing", "prepare", "stand_in", "takes_utf8"]

ERRORS = "smartboot.stand-in"
"""The name under which ``stand_in`` is registered as a handler of encoding errors."""

_ASCII = "smartboot-ascii"

_PLAIN = {
    **dict.fromkeys("\u2013\u2500\u2501\u2574\u2576\u2578\u257a", "-"),
    **dict.fromkeys("\u2502\u2503", "|"),
    "\u2026": "...",
    "\u2192": "->",
}
"""Characters of our own texts, of tables and of progress bars, and what stands for them."""


def stand_in(error: UnicodeError) -> tuple[str | bytes, int]:
    """Handler of encoding errors: the characters' stand-ins, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    shown = "".join(_PLAIN.get(c) or c.encode("ascii", "backslashreplace").decode() for c in text)
    return shown, error.end


def _plain_ascii(name: str) -> codecs.CodecInfo | None:
    """The ASCII codec by another name. click takes a stream in ASCII for one set up wrongly and
    writes UTF-8 to it; one that is told to be ASCII is that."""
    if name != _ASCII.replace("-", "_"):
        return None
    ascii_ = codecs.lookup("ascii")
    return codecs.CodecInfo(
        ascii_.encode,
        ascii_.decode,
        incrementalencoder=ascii_.incrementalencoder,
        incrementaldecoder=ascii_.incrementaldecoder,
        name=_ASCII,
    )


def prepare(*streams: TextIO) -> None:
    """Let these streams write any text. One that cannot be set is left as it is."""
    codecs.register_error(ERRORS, stand_in)
    codecs.register(_plain_ascii)
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        if _codec(stream) == "ascii":
            reconfigure(encoding=_ASCII, errors=ERRORS)
        else:
            reconfigure(errors=ERRORS)


def _codec(stream: TextIO) -> str:
    """The name that Python has for a stream's encoding, whichever of its names it was given by."""
    name = getattr(stream, "encoding", None) or "utf-8"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def open_missing() -> None:
    """Put an empty stream where the process was started without standard output or error."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            # Open until the process ends, as the stream it stands for would be.
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - so


def can_show(text: str) -> bool:
    """Whether standard output has every character of ``text``."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def takes_utf8() -> bool:
    """Whether what is written to standard output ends up as UTF-8, as programs expect of JSON."""
    return _codec(sys.stdout) == "utf-8"
