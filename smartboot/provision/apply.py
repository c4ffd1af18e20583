"""Carrying out a plan: one command a step, every answer checked, everything read back.

A key is presented only after the card has refused a step for want of it (``bootstrap.unlock``).
Between two steps the run may be stopped; what the card holds then reads as old, new or nothing,
and the same command completes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Any, TypeVar, cast

from smartboot.bootstrap.unlock import KeySource, no_keys
from smartboot.card.base import CURRENT_ADF, Card, FileInfo, FilePath
from smartboot.card.writing import WritableFileSystem
from smartboot.errors import (
    CardError,
    CardMuteError,
    CardNotPreparedError,
    CardRemovedError,
    FileAbsentError,
    NoCardError,
    PinError,
    ProvisioningInterruptedError,
    SecurityStatusError,
    TransportError,
    UsageError,
)
from smartboot.frozen import dataclass
from smartboot.model import Finding, Severity
from smartboot.provision.create import agrees
from smartboot.provision.keydesk import KeyDesk
from smartboot.provision.steps import (
    CreateFile,
    DeleteFile,
    Expected,
    Plan,
    ResizeFile,
    Step,
    UpdateBinary,
    UpdateRecord,
)

__all__ = ["Applied", "Mismatch", "Progress", "apply", "never", "no_progress"]

Progress = Callable[[int, int, str], None]
"""Called before each step with the steps done, their total, and the step in words."""

T = TypeVar("T")

_BAD_TEMPLATE = (0x6A80, 0x6A87, 0x6700)
_NOT_OFFERED = (0x6D00, 0x6E00, 0x6985, 0x6900, 0x6A81)
_RERUN = (
    "run the same command again: it completes the job; until then the card reads as it was before,"
    " or as it is to be, or as empty"
)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A byte range that does not read back as it was written."""

    path: FilePath
    offset: int
    length: int
    record: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The range as JSON."""
        return {
            "path": str(self.path),
            "offset": self.offset,
            "length": self.length,
            "record": self.record,
        }


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done.

    ``stopped``: between two steps, because it was asked for; ``verified``: all was done and reads
    back as written; ``mismatches`` are the ranges that do not, and ``kept`` the files that the
    card would not delete. ``backup`` is the file with what was there before, where one was written.
    """

    steps_done: int
    total: int
    stopped: bool = False
    verified: bool = False
    mismatches: tuple[Mismatch, ...] = ()
    kept: tuple[FilePath, ...] = ()
    findings: tuple[Finding, ...] = ()
    backup: Path | None = None

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON."""
        return {
            "schema": "smartboot/applied/1",
            "steps_done": self.steps_done,
            "steps": self.total,
            "stopped": self.stopped,
            "verified": self.verified,
            "mismatches": [item.to_dict() for item in self.mismatches],
            "kept": [str(path) for path in self.kept],
            "findings": [finding.to_dict() for finding in self.findings],
        }


def no_progress(done: int, total: int, step: str) -> None:
    """Tell nobody."""
    del done, total, step


def never() -> bool:
    """Do not stop."""
    return False


def apply(
    card: Card,
    plan: Plan,
    *,
    keys: KeySource = no_keys,
    force: bool = False,
    progress: Progress = no_progress,
    should_stop: Callable[[], bool] = never,
) -> Applied:
    """Carry out ``plan`` on the card it was made for, and read back every byte written.

    ``should_stop`` is asked before each step. Errors: UsageError for another card;
    ProvisioningInterruptedError when the card goes away, with the steps done; PinError;
    CardNotPreparedError when the card makes no files; CardError for any other refusal, with a hint
    that says how far it came.
    """
    if plan.is_empty:
        return Applied(0, 0, verified=True)
    if card.iccid() != plan.iccid:
        raise UsageError("the plan was made for another card", hint="plan again for this one")
    run = _Run(card, plan, KeyDesk(card, keys, force=force))
    try:
        with card.session() as fs:
            run.enter(cast(WritableFileSystem, fs))
            for step in plan.steps:
                if should_stop():
                    return run.result(stopped=True)
                progress(run.done, run.total, str(step))
                run.carry_out(step)
            progress(run.done, run.total, "READ back what was written")
            run.read_back()
            return run.result()
    except (CardRemovedError, CardMuteError, NoCardError) as error:
        raise run.interrupted(error) from error
    except TransportError as error:
        if run.started:
            raise run.interrupted(error) from error
        raise
    except CardError as error:
        run.explain(error)
        raise


@dataclass(slots=True)
class _Run:
    """One run. ``done`` counts the steps that the card has confirmed."""

    card: Card
    plan: Plan
    unlocker: KeyDesk
    done: int = 0
    started: bool = False
    kept: list[FilePath] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    mismatches: list[Mismatch] = field(default_factory=list)
    _fs: WritableFileSystem | None = None
    _current: FileInfo | None = None
    _selected: FilePath | None = None
    _by_path: bool = False
    _directories: dict[FilePath, FileInfo] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return len(self.plan.steps)

    @property
    def fs(self) -> WritableFileSystem:
        assert self._fs is not None
        return self._fs

    def enter(self, fs: WritableFileSystem) -> None:
        """Make the application current, unless it is still to be made."""
        self._fs = fs
        first = self.plan.steps[0]
        makes_it = isinstance(first, CreateFile) and first.aid is not None
        if self.plan.aid is not None and not makes_it:
            fs.select_application(self.plan.aid)

    def resolve(self, path: FilePath) -> FilePath:
        """The path to select; 7FFF by the DF where the card knows no application of this AID."""
        if self._by_path and path.ids[0] == CURRENT_ADF and self.plan.home is not None:
            return FilePath((*self.plan.home.ids, *path.ids[1:]))
        return path

    # -- steps

    def carry_out(self, step: Step) -> None:
        self.started = True
        if isinstance(step, UpdateBinary | UpdateRecord):
            self._update(step)
        elif isinstance(step, CreateFile):
            self._create(step)
        elif isinstance(step, ResizeFile):
            self._resize(step)
        else:
            self._delete(step)
        self.done += 1

    def _select(self, path: FilePath) -> FileInfo:
        if self._selected != path or self._current is None:
            self._current = self.fs.select(self.resolve(path))
            self._selected = path
        return self._current

    def _moved(self) -> None:
        """Something else is current now."""
        self._selected = self._current = None

    def _update(self, step: UpdateBinary | UpdateRecord) -> None:
        info = self._select(step.path)

        def update() -> None:
            if isinstance(step, UpdateBinary):
                self.fs.update_binary(info, step.offset, step.data)
            else:
                self.fs.update_record(info, step.number, step.data)

        try:
            self.unlocker.run(self.fs, info, "update", update)
        except BaseException:
            self._moved()
            raise

    def _administer(self, directory: FilePath, operation: str, action: Callable[[], T]) -> T:
        """Run an administrative command in a directory, with keys where its rules ask for them."""
        self._moved()
        path = self.resolve(directory)
        if path not in self._directories:
            self._directories[path] = self.fs.select(path)
        return self.unlocker.run(self.fs, self._directories[path], operation, action)

    def _create(self, step: CreateFile) -> None:
        parent = FilePath(step.path.ids[:-1])
        operation = "create-df" if step.size is None else "create-ef"
        refused: CardError | None = None
        for _, template in step.templates:
            try:
                self._create_with(parent, operation, template)
            except (PinError, SecurityStatusError):
                raise
            except CardError as error:
                if error.sw in _NOT_OFFERED:
                    raise self._not_offered(error) from error
                if error.sw not in _BAD_TEMPLATE:
                    raise
                refused = error
                continue
            break
        else:
            assert refused is not None
            raise self._not_offered(refused) from refused
        if step.aid is not None:
            self._enter_new(step.aid)
        else:
            self._check_new(step)

    def _create_with(self, parent: FilePath, operation: str, template: bytes) -> None:
        target = self.resolve(parent)
        self._administer(parent, operation, lambda: self.fs.create_file(target, template))

    def _enter_new(self, aid: bytes) -> None:
        """Select the application just made; some cards find it by its AID only after a reset."""
        try:
            self.fs.select_application(aid)
        except FileAbsentError:
            self._by_path = True

    def _check_new(self, step: CreateFile) -> None:
        """Compare what the card made with what was asked for."""
        info = self._select(step.path)
        where = f"EF {step.path.fid:04X}"
        if info.size is not None and step.size is not None and info.size < step.size:
            raise CardError(
                f"the card made {where} with {info.size} bytes instead of {step.size}",
                command_name="CREATE FILE",
            )
        rule = self.fs.access_rule(info)
        self._moved()
        for name, wanted in (("read", step.read), ("update", step.update)):
            found = rule.condition(name)
            if found.known and not agrees(wanted, found):
                self.findings.append(
                    Finding(
                        "PROV-ACCESS-DIFFERS",
                        Severity.WARNING,
                        f"the card made the file with {name}: {found}, {wanted} was asked for",
                        where,
                        "TS 102 221, 9.2",
                    )
                )

    def _not_offered(self, error: CardError) -> CardNotPreparedError:
        """The card makes no files: what an issuer has to prepare instead."""
        files = tuple(
            str(step).removeprefix("CREATE FILE ")
            for step in self.plan.steps[self.done :]
            if isinstance(step, CreateFile)
        )
        return CardNotPreparedError(
            f"the card does not make files ({error}); its issuer has to: {'; '.join(files)}",
            files=files,
            sw=error.sw,
            command_name="CREATE FILE",
            hint="order the card with these files, or use one that takes CREATE FILE (TS 102 222)",
        )

    def _resize(self, step: ResizeFile) -> None:
        info = self._select(step.path)
        path = self.resolve(step.path)
        self._moved()
        try:
            self.unlocker.run(self.fs, info, "resize", lambda: self.fs.resize_file(path, step.size))
        except PinError:
            raise
        except CardError as error:
            if isinstance(error, SecurityStatusError):
                rule = self.fs.access_rule(info).condition("resize")
                if not (rule.known and rule.never):
                    raise
            line = f"file {step.path.fid:04X} {step.name} needs {step.size} bytes"
            raise CardNotPreparedError(
                f"the card does not resize the file ({error}): {line}",
                files=(line,),
                sw=error.sw,
                command_name="RESIZE FILE",
                hint="use a file id with enough room, or have the issuer enlarge the file",
            ) from error

    def _delete(self, step: DeleteFile) -> None:
        """Delete a file where the card lets us; it is empty, so that keeping it does no harm."""
        parent = FilePath(step.path.ids[:-1])
        path = self.resolve(step.path)
        self._moved()
        try:
            try:
                self.fs.delete_file(path)
            except SecurityStatusError:
                self._administer(parent, "delete-child", lambda: self.fs.delete_file(path))
        except FileAbsentError:
            return
        except PinError:
            raise
        except CardError as error:
            self.kept.append(step.path)
            self.findings.append(
                Finding(
                    "PROV-NOT-DELETED",
                    Severity.INFO,
                    f"the card keeps the file, which is empty: {error}",
                    f"file {step.path}",
                    "TS 102 222, 6.4",
                )
            )

    # -- reading back

    def read_back(self) -> None:
        """Compare what is on the card with what was written."""
        for item in self.plan.expected:
            info = self._select(item.path)
            try:
                found = self.unlocker.run(self.fs, info, "read", _reader(self.fs, info, item))
            except PinError:
                raise
            except SecurityStatusError as error:
                self._moved()
                self.findings.append(
                    Finding(
                        "PROV-NOT-VERIFIED",
                        Severity.WARNING,
                        f"the card does not let the file be read back: {error}",
                        f"EF {item.path.fid:04X}",
                    )
                )
                continue
            self.mismatches += _differences(item, found)

    def result(self, *, stopped: bool = False) -> Applied:
        verified = (
            not stopped
            and not self.mismatches
            and not any(f.code == "PROV-NOT-VERIFIED" for f in self.findings)
        )
        return Applied(
            self.done,
            self.total,
            stopped,
            verified,
            tuple(self.mismatches),
            tuple(self.kept),
            tuple(self.findings),
        )

    # -- failures

    def _last(self) -> str | None:
        return str(self.plan.steps[self.done - 1]) if self.done else None

    def interrupted(self, error: TransportError) -> ProvisioningInterruptedError:
        last = self._last()
        behind = f"the last was: {last}" if last else "nothing was written for certain"
        if self.done == self.total:
            message = f"{error}; all {self.total} steps were done, reading back was not finished"
        else:
            message = f"{error}; {self.done} of {self.total} steps were done, {behind}"
        return ProvisioningInterruptedError(
            message, completed=self.done, total=self.total, last=last, hint=_RERUN
        )

    def explain(self, error: CardError) -> None:
        """Say how far it came, in the hint of an error that ends the run."""
        if self.done == self.total:
            return
        far = f"{self.done} of {self.total} steps were done"
        if self.done:
            far += "; the same command completes the job once this is solved"
        error.hint = f"{error.hint}; {far}" if error.hint else far


def _reader(fs: WritableFileSystem, info: FileInfo, item: Expected) -> Callable[[], bytes]:
    if item.record is not None:
        number = item.record
        return lambda: fs.read_record(info, number)
    return lambda: fs.read_binary(info, item.offset, len(item.data))


def _differences(item: Expected, found: bytes) -> list[Mismatch]:
    """The ranges of ``item`` that differ."""
    ranges: list[list[int]] = []
    for at, byte in enumerate(item.data):
        if at < len(found) and found[at] == byte:
            continue
        if ranges and ranges[-1][1] == at:
            ranges[-1][1] = at + 1
        else:
            ranges.append([at, at + 1])
    return [
        Mismatch(item.path, item.offset + start, end - start, item.record) for start, end in ranges
    ]
