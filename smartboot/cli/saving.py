"""Card images and backups written to files, and progress for eyes, on stderr only."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from smartboot.model import Finding

__all__ = [
    "FileProgress",
    "show_findings_on_stderr",
]


def show_findings_on_stderr(findings: Iterable[Finding]) -> None:
    """One line for each finding that is more than a remark."""
    from smartboot.cli.output import safe

    for finding in findings:
        if finding.severity.value != "info":
            where = f"{finding.where}: " if finding.where else ""
            click.echo(f"{finding.severity.value}: {safe(where + finding.message)}", err=True)


class FileProgress:
    """Bars for what is read or written, on a terminal; nothing elsewhere.

    They appear with the first report, and go while something is asked (``suspend``).
    """

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.suspend()

    def suspend(self) -> None:
        """Take the bars off the terminal; the next report brings them back."""
        if self._progress is not None:
            self._progress.stop()
        self._progress = None
        self._tasks = {}

    def report(self, name: str, done: int, total: int) -> None:
        """``done`` of ``total`` bytes, records or steps of ``name`` are through."""
        if not sys.stderr.isatty():
            return
        if self._progress is None:
            from rich.console import Console
            from rich.progress import Progress

            self._progress = Progress(console=Console(stderr=True), transient=True)
            self._progress.start()
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total)
        self._progress.update(self._tasks[name], completed=done, total=total)
