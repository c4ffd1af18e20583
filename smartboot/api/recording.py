"""A connection whose traffic is recorded in a file, or told command by command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from smartboot import __version__
from smartboot.api.readers import Note
from smartboot.errors import UsageError

if TYPE_CHECKING:
    from smartboot.transport import CardConnection
    from smartboot.transport.trace_entries import TraceEntry
    from smartboot.transport.trace_follow import Meaning

__all__ = ["Log", "logged", "recorded", "refuse_overwriting"]

Log = Callable[[str], None]
"""Called with one line for each command, without file contents and never with a key."""


def logged(connection: CardConnection, log: Log) -> CardConnection:
    """The connection with each command told to ``log``."""
    from smartboot.transport.trace import TracingConnection
    from smartboot.transport.trace_entries import TracedReset

    def tell(entry: TraceEntry, meaning: Meaning | None) -> None:
        del meaning
        log("reset" if isinstance(entry, TracedReset) else str(entry))

    return TracingConnection(connection, tell)


@contextmanager
def recorded(
    connection: CardConnection, path: str | Path, note: Note, *, contents: bool = False
) -> Iterator[CardConnection]:
    """The connection with its traffic written to ``path`` (.pcapng or .jsonl), never with a key.

    ``contents`` also records file contents, secrets included, so that the trace can be replayed.
    Errors: UsageError for another ending, OSError when the file cannot be made.
    """
    from smartboot.transport.trace import TracingConnection
    from smartboot.transport.trace_entries import Contents, TraceHeader
    from smartboot.transport.trace_file import TraceFile

    kept = Contents.ALL if contents else Contents.DIRECTORY
    header = TraceHeader(
        connection.name, connection.atr, connection.protocol, kept, f"smartboot {__version__}"
    )
    file = TraceFile(str(path), header)
    try:
        yield TracingConnection(connection, file.add, contents=kept)
    finally:
        file.close()
        if file.fault is not None:
            reason = file.fault.strerror or file.fault
            note(f"the trace in {file.path} ends after {file.count} entries: {reason}")


def refuse_overwriting(trace: str | Path, reader: str | None) -> None:
    """A recording is not written over the file that is being played, nor over a virtual card's.

    Errors: UsageError.
    """
    _, _, source = (reader or "").partition(":")
    path = Path(source.partition("?")[0])
    if source and path.is_file() and Path(trace).exists() and path.samefile(trace):
        raise UsageError(f"--trace {trace} would overwrite the file that -r reads")
