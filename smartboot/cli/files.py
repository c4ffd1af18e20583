"""Input from a file or stdin, output to a file or stdout, for single documents."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from smartboot.errors import DecodeError, EncodeError, ProfileError, UsageError

if TYPE_CHECKING:
    from smartboot.bootstrap.documents import DocumentFile

__all__ = ["load_input", "read_input", "write_output"]


def read_input(name: str, limit: int) -> bytes:
    """The bytes of a file, or of stdin for ``-``; at most ``limit`` and one more."""
    if name == "-":
        if sys.stdin.isatty():
            raise UsageError("nothing to read", hint="give a file, or pipe a document in")
        return sys.stdin.buffer.read(limit + 1)
    with Path(name).open("rb") as stream:
        return stream.read(limit + 1)


def load_input(name: str, as_format: str | None) -> DocumentFile:
    """The document in a file, or in stdin for ``-``; every error names the file.

    Errors: those of ``load_document``, and UsageError for a terminal as stdin.
    """
    from smartboot.bootstrap.documents import MAX_INPUT, load_document

    data = read_input(name, MAX_INPUT)
    shown = "standard input" if name == "-" else name
    try:
        return load_document(data, as_format)
    except ProfileError as error:
        raise ProfileError(
            error.reason, file=shown, line=error.line, field=error.field, hint=error.hint
        ) from None
    except (DecodeError, EncodeError) as error:
        error.args = (f"{shown}: {error}",)
        raise


def write_output(name: str | None, data: bytes, *, binary: bool) -> None:
    """Write to a file, whole or not at all and for its owner only, or to stdout for None or ``-``.

    Errors: UsageError for binary output on a terminal.
    """
    if name is None or name == "-":
        if binary and sys.stdout.isatty():
            raise UsageError(
                "the document is binary; it is not written to a terminal",
                hint="write it to a file with -o FILE, or show it with --hex",
            )
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    target = Path(name)
    if target.exists() and not target.is_file():
        target.write_bytes(data)
        return
    # Imported only here: with what it needs it takes longer than most documents to read.
    import tempfile

    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
