"""A plan while it is made: steps in their order, and what the files must hold in the end."""

from __future__ import annotations

from dataclasses import dataclass, field

from smartboot.card.base import FilePath
from smartboot.model import Finding
from smartboot.provision.guard import Rewrite
from smartboot.provision.ranges import COMMAND_COST, Write
from smartboot.provision.rows import RowEdit
from smartboot.provision.steps import Expected, Plan, Step, UpdateBinary, UpdateRecord
from smartboot.provision.survey import CardState

__all__ = ["Draft"]


@dataclass(slots=True)
class _Touched:
    """The ranges written in one file, and its content in the end from byte ``start``."""

    start: int
    final: bytes = field(repr=False)
    ranges: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """Collects steps. ``findings`` are those of planning."""

    steps: list[Step] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _files: dict[FilePath, _Touched] = field(default_factory=dict)
    _records: list[Expected] = field(default_factory=list)

    def promise(self, path: FilePath, final: bytes, start: int = 0) -> None:
        """Say what the written parts of a file are to hold in the end."""
        self._files[path] = _Touched(start, final)

    def forget(self, path: FilePath) -> None:
        """Do not read a file back: it cannot be, or is not there any more."""
        self._files.pop(path, None)

    def write(self, path: FilePath, writes: tuple[Write, ...], purpose: str) -> None:
        """Updates of a file, in this order."""
        touched = self._files.get(path)
        start = touched.start if touched else 0
        for offset, data in writes:
            self.steps.append(UpdateBinary(path, start + offset, data, purpose))
            if touched is not None:
                touched.ranges.append((offset, offset + len(data)))

    def rewrite(self, path: FilePath, change: Rewrite) -> None:
        """All phases of a document's rewriting, one behind the other."""
        self.write(path, change.invalidate, "invalidate")
        self.write(path, change.body, "write")
        self.write(path, change.validate, "validate")

    def rows(self, path: FilePath, edit: RowEdit) -> None:
        """The updates of a directory file."""
        self.promise(path, edit.final)
        for offset, data, purpose in edit.writes:
            self.write(path, ((offset, data),), purpose)

    def record(self, path: FilePath, number: int, data: bytes, purpose: str) -> None:
        """Update a record."""
        self.steps.append(UpdateRecord(path, number, data, purpose))
        self._records = [e for e in self._records if (e.path, e.record) != (path, number)]
        self._records.append(Expected(path, 0, data, number))

    def plan(self, state: CardState, aid: bytes | None) -> Plan:
        """The finished plan."""
        expected: list[Expected] = []
        for path, touched in self._files.items():
            for start, end in _joined(touched.ranges):
                data = touched.final[start:end].ljust(end - start, b"\xff")
                expected.append(Expected(path, touched.start + start, data))
        return Plan(
            tuple(self.steps),
            tuple(dict.fromkeys((*state.findings, *self.findings))),
            (*expected, *self._records),
            state.iccid,
            aid,
            state.home,
        )


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges without overlap, in order; those that are close together become one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start - joined[-1][1] <= COMMAND_COST:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
