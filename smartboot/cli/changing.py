"""What ``write``, ``erase`` and ``restore`` share: options, plan, question, backup, steps, result.

Results go to stdout, once; questions, progress and notes to stderr.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from smartboot.cli.cardkeys import CardKeys, adm_option, force_option, key_source, pin_option
from smartboot.cli.output import (
    add_row,
    console,
    format_option,
    make_table,
    print_json,
    safe,
    spaced,
    styled,
)
from smartboot.cli.root import Settings
from smartboot.cli.saving import FileProgress, show_findings_on_stderr
from smartboot.cli.target import open_target
from smartboot.errors import UsageError

if TYPE_CHECKING:
    from smartboot.card.base import Card
    from smartboot.provision.apply import Applied
    from smartboot.provision.backup import Dump
    from smartboot.provision.steps import Plan, Step

__all__ = ["Request", "change", "changing_options", "create_option"]

SCHEMA = "smartboot/change/1"

_STOPPED = 130
"""What a program that was interrupted ends with (128 and SIGINT)."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for. ``command`` is write, erase or restore."""

    command: str
    output: str
    adms: tuple[str, ...] = field(default=(), repr=False)
    pins: tuple[str, ...] = field(default=(), repr=False)
    yes: bool = False
    dry_run: bool = False
    backup: Path | None = None
    no_backup: bool = False
    force: bool = False

    def check(self) -> None:
        """Refuse what cannot be meant, before a card is touched. Errors: UsageError."""
        if self.backup is not None and self.no_backup:
            raise UsageError("--backup and --no-backup exclude each other")
        if self.backup is not None and not self.dry_run:
            from smartboot.api.changing import check_new

            check_new(self.backup)
            if not self.backup.absolute().parent.is_dir():
                raise UsageError(f"--backup: there is no directory {self.backup.parent}")


_OPTIONS = (
    adm_option,
    pin_option,
    click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing."),
    click.option(
        "--backup",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Where to keep the files as they were, for restore. Default:"
        " smartboot-backup-ICCID-TIME.yaml in the current directory.",
    ),
    click.option("--no-backup", is_flag=True, help="Write no backup."),
    click.option("-y", "--yes", is_flag=True, help="Do not ask before changing the card."),
    force_option,
    format_option("table", "json"),
)


def changing_options(command: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that ``write``, ``erase`` and ``restore`` share, from ``--adm`` to ``--format``.

    The function gets them as ``request``, a ``Request`` that has been checked.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        names = {one.name for one in fields(Request)} - {"command"}

        @wraps(function)
        def with_request(*args: Any, **options: Any) -> Any:
            given = {name: options.pop(name) for name in names}
            request = Request(command, **given)
            request.check()
            return function(*args, request=request, **options)

        decorated: Callable[..., Any] = with_request
        for option in reversed(_OPTIONS):
            decorated = option(decorated)
        return decorated

    return decorate


create_option = click.option(
    "--create", is_flag=True, help="Make files that the card lacks, where it lets us."
)
"""``--create``."""


@dataclass(slots=True)
class _Report:
    """What came of it, for the one output at the end."""

    request: Request
    plan: Plan
    backup: Path | None = None
    applied: Applied | None = None

    @property
    def card(self) -> str:
        return f"card {self.plan.iccid}" if self.plan.iccid else "the card (no ICCID)"

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "command": self.request.command,
            "iccid": self.plan.iccid,
            "dry_run": self.request.dry_run,
            "plan": self.plan.to_dict(),
            "backup": None if self.backup is None else str(self.backup),
            "result": None if self.applied is None else self.applied.to_dict(),
        }


def change(request: Request, plan_for: Callable[[Card, CardKeys], Plan]) -> int:
    """Open the card that ``-r`` names, plan, and do it. Returns what ``carry_out`` does."""
    settings = click.get_current_context().find_object(Settings) or Settings()
    progress = FileProgress()
    keys = key_source(request.pins, request.adms, progress.suspend)
    with progress, open_target(settings) as card:
        return carry_out(card, plan_for(card, keys), keys, request, progress)


def carry_out(
    card: Card, plan: Plan, keys: CardKeys, request: Request, progress: FileProgress
) -> int:
    """Show the plan, ask, back up, do it, verify. Returns the exit status: 0; 1 when the user said
    no, or the card does not hold afterwards what was written; 130 when it was stopped.

    Errors: UsageError where there is nobody to ask; those of the card, ProvisioningInterruptedError
    with the backup in its hint.
    """
    report = _Report(request, plan)
    table = request.output == "table"
    if table:
        _show_plan(report)
    if plan.is_empty or request.dry_run:
        if not table:
            print_json(report.to_dict())
        return 0
    if not request.yes and not _agreed(report):
        click.echo("nothing was changed", err=True)
        return 1
    if not request.no_backup:
        report.backup = _back_up(card, report, keys, progress)
    report.applied = _apply(card, report, keys, progress)
    if table:
        _show_result(report)
    else:
        print_json(report.to_dict())
    show_findings_on_stderr(report.applied.findings)
    if report.applied.stopped:
        return _STOPPED
    return 1 if report.applied.mismatches else 0


def _agreed(report: _Report) -> bool:
    if not _can_ask():
        raise UsageError(
            "nothing was changed: there is no terminal to ask on",
            hint="--yes goes on without asking; --dry-run only shows what would be done",
        )
    count = len(report.plan.steps)
    what = f"{report.request.command}: change {report.card} in {_count(count, 'step')}?"
    answer: bool = click.confirm(safe(what), default=False, err=True)
    return answer


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _back_up(card: Card, report: _Report, keys: CardKeys, progress: FileProgress) -> Path:
    """The files about to change, kept before the first change. Errors: PinRequiredError when they
    cannot be read, so that nothing is changed that could not be undone."""
    from smartboot.api.changing import back_up, backup_name

    def told(dump: Dump) -> None:
        progress.suspend()
        show_findings_on_stderr(dump.findings)

    request, plan = report.request, report.plan
    path = request.backup or backup_name(Path(), plan.iccid, datetime.now(UTC))
    back_up(card, plan, path, keys=keys, force=request.force, progress=progress.report, told=told)
    click.echo(f"backup of {report.card}: {path}", err=True)
    return path


@contextmanager
def _stop_on_interrupt(keys: CardKeys) -> Iterator[Callable[[], bool]]:
    """While this is on, Ctrl-C only asks for a stop: a step that has begun is finished. Where the
    step waits for a key to be typed, nothing is on its way to the card, and it ends at once."""
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        del number, frame
        if keys.asking:
            raise KeyboardInterrupt
        asked.set()
        click.echo("stopping after this step…", err=True)

    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _apply(card: Card, report: _Report, keys: CardKeys, progress: FileProgress) -> Applied:
    from smartboot.api.changing import carry_out as service

    request = report.request

    def step_begins(done: int, total: int, step: str) -> None:
        del step
        progress.report(request.command, done, total)

    try:
        with _stop_on_interrupt(keys) as should_stop:
            return service(
                card,
                report.plan,
                backup=report.backup,
                keys=keys,
                force=request.force,
                progress=step_begins,
                should_stop=should_stop,
                note=lambda text: click.echo(text, err=True),
            )
    finally:
        progress.suspend()


# -- for eyes


def _show_plan(report: _Report) -> None:
    from smartboot.cli.read_table import show_findings

    out, plan, request = console(), report.plan, report.request
    name = spaced(plan.iccid) if plan.iccid else "no ICCID"
    out.print(styled(f"Card {name}", "bold"))
    out.print()
    show_findings(out, plan.findings)
    if plan.is_empty:
        done = "nothing to erase" if request.command == "erase" else "nothing differs"
        out.print(styled(f"{report.card}: {done}, nothing to do", "bold green"))
        return
    table = make_table(("#", "Step", "File", "Where", "Bytes", "TPDUs", "Why"), right=(0, 4, 5))
    for number, (step, tpdus) in enumerate(zip(plan.steps, plan.step_tpdus, strict=True), 1):
        *cells, why = _row(step)
        add_row(table, number, *cells, tpdus, why)
    out.print(table)
    out.print()
    verb = "would change" if request.dry_run else "to change"
    text = (
        f"{_count(len(plan.steps), 'step')} {verb} {_count(len(plan.files), 'file')}:"
        f" {_count(plan.update_bytes, 'byte')} to write,"
        f" about {plan.tpdus} TPDUs with reading back"
    )
    out.print(styled(text, "bold"), soft_wrap=True)
    if request.dry_run:
        out.print(styled("Dry run: nothing was changed.", "dim"))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _row(step: Step) -> tuple[object, ...]:
    """Step, file, where, bytes, why."""
    plain = step.to_dict()
    action = str(plain["action"]).replace("-", " ")
    where = ""
    if "record" in plain:
        where = f"record {plain['record']}"
    elif "offset" in plain:
        where = f"offset {plain['offset']}"
    size = plain.get("length", plain.get("size"))
    why = plain.get("purpose") or plain.get("name", "")
    if access := plain.get("access"):
        why = f"{why}: read {access['read']}, update {access['update']}"
    return action, plain["path"], where, size, why


def _show_result(report: _Report) -> None:
    out, plan, applied = console(), report.plan, report.applied
    assert applied is not None
    steps = f"{applied.steps_done} of {applied.total} steps"
    if applied.stopped:
        out.print(styled(f"{report.card}: stopped, {steps} were done", "yellow"), soft_wrap=True)
        out.print(styled("the same command completes the job", "yellow"), soft_wrap=True)
        return
    if applied.mismatches:
        text = f"{report.card} does not hold what was written ({steps} were done):"
        out.print(styled(text, "bold red"), soft_wrap=True)
        for item in applied.mismatches:
            place = f"bytes {item.offset} to {item.offset + item.length - 1}"
            if item.record is not None:
                place = f"record {item.record}, {place}"
            out.print(styled(f"  file {item.path}: {place}", "red"), soft_wrap=True)
        return
    done = {"write": "written", "erase": "erased", "restore": "restored"}[report.request.command]
    seen = "read back and found right" if applied.verified else "not all could be read back"
    size = f"{_count(applied.total, 'step')}, {_count(plan.update_bytes, 'byte')}"
    text = f"{report.card}: {done} in {size}; {seen}"
    out.print(styled(text, "bold green" if applied.verified else "yellow"), soft_wrap=True)
    for path in applied.kept:
        out.print(styled(f"  file {path} is empty and was not deleted", "dim"), soft_wrap=True)
