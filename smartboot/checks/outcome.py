"""What came of checking several targets: which findings count, which are known or ignored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from smartboot.checks.baseline import Baseline, Entry
from smartboot.checks.engine import Report
from smartboot.checks.ignoring import Ignored
from smartboot.frozen import dataclass
from smartboot.model import Finding, Severity

__all__ = ["SCHEMA", "Checked", "Judged", "Outcome", "State", "Target", "judge"]

SCHEMA = "smartboot/check/1"

_DRIVE = re.compile("[A-Za-z]:/")
_RANK = {Severity.ERROR: 2, Severity.WARNING: 1, Severity.INFO: 0}


class State(StrEnum):
    """Whether a finding counts."""

    OPEN = "open"
    KNOWN = "known"
    """It is in the baseline."""
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that was checked.

    ``key`` names it in a baseline, the same on every machine; ``path`` is its file, with slashes
    and from the current directory where it is below that, None for a card in a reader and for
    stdin; ``lines`` has the line (from 1) of places in the text, by the words that a finding's
    ``where`` begins with.
    """

    report: Report
    key: str
    path: str | None = None
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def uri(self) -> str | None:
        """The file as a relative reference or a ``file:`` URI (RFC 3986, 4.2; RFC 8089)."""
        if self.path is None:
            return None
        # A colon in the first part would make it a scheme; it is escaped like all the others.
        quoted = quote(self.path.encode("utf-8", "surrogateescape"), safe="/")
        if _DRIVE.match(self.path):
            return f"file:///{self.path[:2]}{quote(self.path[2:], safe='/')}"
        return f"file://{quoted}" if self.path.startswith("/") else quoted

    def line(self, finding: Finding) -> int | None:
        """The line a finding is about: that of the longest place its ``where`` begins with."""
        where = finding.where
        fits = [place for place in self.lines if where.startswith(place)]
        return self.lines[max(fits, key=len)] if fits else None


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding and whether it counts."""

    finding: Finding
    state: State
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A target with its findings, in the report's order."""

    target: Target
    findings: tuple[Judged, ...]

    @property
    def name(self) -> str:
        """The name it is shown by."""
        return self.target.report.subject.name

    @property
    def shown(self) -> tuple[Judged, ...]:
        """All but those that are ignored."""
        return tuple(one for one in self.findings if one.state is not State.IGNORED)

    def to_dict(self) -> dict[str, Any]:
        """One entry of ``targets``."""
        return {
            "name": self.name,
            "kind": self.target.report.subject.kind.value,
            "findings": [
                {**one.finding.to_dict(), "known": one.state is State.KNOWN} for one in self.shown
            ],
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """All targets, and the entries of the baseline that fit nothing any more."""

    checked: tuple[Checked, ...]
    stale: tuple[Entry, ...] = ()

    def counts(self) -> dict[str, int]:
        """``error``, ``warning``, ``info``: the findings that count; ``ignored`` and ``known``."""
        found = dict.fromkeys(("error", "warning", "info", "ignored", "known"), 0)
        for one in self._all():
            name = one.finding.severity.value if one.state is State.OPEN else one.state.value
            found[name] += 1
        return found

    def failed(self, severity: Severity | None = Severity.ERROR) -> bool:
        """Whether a finding that counts is at least this bad; None: never."""
        return severity is not None and any(
            one.state is State.OPEN and _RANK[one.finding.severity] >= _RANK[severity]
            for one in self._all()
        )

    def entries(self) -> tuple[Entry, ...]:
        """What a baseline of this run holds: every finding that is not ignored."""
        return tuple(
            Entry(checked.target.key, one.finding.code, one.finding.where)
            for checked in self.checked
            for one in checked.shown
        )

    def _all(self) -> Iterable[Judged]:
        return (one for checked in self.checked for one in checked.findings)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of ``smartboot check``."""
        targets = [checked.to_dict() for checked in self.checked]
        return {
            "schema": SCHEMA,
            "targets": targets,
            "findings": [
                {**finding, "target": target["name"]}
                for target in targets
                for finding in target["findings"]
            ],
            "summary": self.counts(),
        }


def judge(
    targets: Iterable[Target],
    ignored: Ignored | None = None,
    baseline: Baseline | None = None,
) -> Outcome:
    """Say of every finding whether it counts. An ignored finding uses no entry of the baseline."""
    ignored = ignored or Ignored()
    left = None if baseline is None else baseline.matching()
    checked = []
    keys: set[str] = set()
    for target in targets:
        found = []
        keys.add(target.key)
        for finding in target.report.findings:
            state = State.OPEN
            if ignored.covers(finding.code):
                state = State.IGNORED
            elif left is not None and left.take(Entry(target.key, finding.code, finding.where)):
                state = State.KNOWN
            found.append(Judged(finding, state, target.line(finding)))
        checked.append(Checked(target, tuple(found)))
    # An entry is stale only when its target was looked at, and its code not ignored.
    stale = () if left is None else left.rest()
    return Outcome(
        tuple(checked),
        tuple(one for one in stale if one.target in keys and not ignored.covers(one.code)),
    )
