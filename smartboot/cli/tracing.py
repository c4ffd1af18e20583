"""``--trace FILE``, ``-v`` and ``-r replay:FILE``: what stands between a command and its card."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartboot import __version__
from smartboot.cli.root import Settings
from smartboot.errors import UsageError

if TYPE_CHECKING:
    from smartboot.transport import CardConnection
    from smartboot.transport.trace_entries import TraceEntry
    from smartboot.transport.trace_follow import Meaning

__all__ = ["replayed", "traced"]


def _log(entry: TraceEntry, meaning: Meaning | None) -> None:
    from smartboot.transport.trace_entries import TracedReset

    shown = "reset" if isinstance(entry, TracedReset) else str(entry)
    click.echo(f"  {shown}", err=True)


@contextmanager
def traced(connection: CardConnection, settings: Settings) -> Iterator[CardConnection]:
    """The connection with what ``-v`` and ``--trace`` add to it. Errors: UsageError, OSError."""
    if not settings.verbose and settings.trace is None:
        yield connection
        return
    from smartboot.transport.trace import TracingConnection

    if settings.verbose:
        connection = TracingConnection(connection, _log)
    if settings.trace is None:
        yield connection
        return
    from smartboot.transport.trace_entries import Contents, TraceHeader
    from smartboot.transport.trace_file import TraceFile

    contents = Contents.ALL if settings.trace_contents else Contents.DIRECTORY
    _refuse_overwriting(settings.trace, settings.reader)
    header = TraceHeader(
        connection.name,
        connection.atr,
        connection.protocol,
        contents,
        f"smartboot {__version__}",
    )
    file = TraceFile(settings.trace, header)
    try:
        yield TracingConnection(connection, file.add, contents=contents)
    finally:
        file.close()
        if file.fault is not None:
            reason = file.fault.strerror or file.fault
            click.echo(
                f"note: the trace in {file.path} ends after {file.count} entries: {reason}",
                err=True,
            )


def _refuse_overwriting(trace: str, reader: str | None) -> None:
    """A recording is not written over the file that is being played, nor over a card's."""
    _, _, source = (reader or "").partition(":")
    path = Path(source.partition("?")[0])
    if source and path.is_file() and Path(trace).exists() and path.samefile(trace):
        raise UsageError(f"--trace {trace} would overwrite the file that -r reads")


@contextmanager
def replayed(path: str) -> Iterator[CardConnection]:
    """A recorded trace as a card. Errors: UsageError, DecodeError, OSError."""
    from smartboot.transport.replay import ReplayConnection
    from smartboot.transport.trace_file import load_trace

    if not path:
        raise UsageError("'replay:' names no file", hint="use replay:FILE with a recorded trace")
    trace = load_trace(path)
    connection = ReplayConnection(trace, path)
    yield connection
    if connection.left:
        click.echo(
            f"note: {connection.left} of {len(trace.entries)} recorded entries were not needed",
            err=True,
        )
