"""Coverage by room, from the JSON report of coverage, and whether each room has what it needs.

    python scripts/coverage_rooms.py REPORT

A room is a package or a module directly under ``smartboot/``. Prints one line for each, worst
first, and the modules that keep a room from its goal. Exit status: 0 all rooms have what they are
to have, 1 one has not, 2 the report cannot be read or knows none of the rooms.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

__all__ = ["GOAL", "GUARDED", "Count", "Room", "main", "rooms_of", "shortfalls", "table"]

GOAL = 95.0
"""Percent of branches that the tests have to take in each guarded room."""

GUARDED = ("apdu", "card", "formats", "pkcs15", "provision", "wbxml")
"""Codecs, and what reads and writes cards: where a branch nobody tried costs somebody a card."""

_SHOWN = 8
"""Modules named at most below a room that lacks something."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are, and how many of them the tests reached."""

    total: int = 0
    covered: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.total + other.total, self.covered + other.covered)

    @property
    def percent(self) -> float:
        """100 where there is nothing to reach."""
        return 100.0 * self.covered / self.total if self.total else 100.0

    def __str__(self) -> str:
        # Rounded down: 94.96 is not 95.
        return f"{int(self.percent * 10) / 10:.1f} %"


@dataclass(slots=True)
class Room:
    """One package or module; ``modules`` are the branches of each of its files."""

    name: str
    lines: Count = Count()
    branches: Count = Count()
    modules: dict[str, Count] = field(default_factory=dict)

    @property
    def lacks(self) -> bool:
        """Whether it is guarded and has less than the goal."""
        return self.name in GUARDED and self.branches.percent < GOAL


def rooms_of(report: Mapping[str, Any]) -> dict[str, Room]:
    """The rooms of a report of ``coverage json``. Errors: LookupError, TypeError or
    AttributeError for another kind of file."""
    rooms: dict[str, Room] = {}
    for name, file in report["files"].items():
        parts = PurePath(name.replace("\\", "/")).parts
        if "smartboot" not in parts[:-1]:
            continue
        inner = parts[len(parts) - parts[::-1].index("smartboot") :]
        room = rooms.setdefault(inner[0].removesuffix(".py"), Room(inner[0].removesuffix(".py")))
        summary = file["summary"]
        branches = Count(summary["num_branches"], summary["covered_branches"])
        room.lines += Count(summary["num_statements"], summary["covered_lines"])
        room.branches += branches
        room.modules["/".join(inner)] = branches
    return rooms


def shortfalls(rooms: Mapping[str, Room]) -> list[str]:
    """What is wrong, one line each: a room below the goal, or one that was not measured."""
    lines = []
    for name in GUARDED:
        room = rooms.get(name)
        if room is None or not room.branches.total:
            lines.append(f"{name}: not measured")
        elif room.lacks:
            lines.append(f"{name}: {room.branches} of its branches, {GOAL:g} % are asked for")
            short = [(c.total - c.covered, n, c) for n, c in room.modules.items()]
            for left, module, count in sorted(short, reverse=True)[:_SHOWN]:
                if left:
                    lines.append(f"  {module}: {left} of {count.total} branches not taken")
    return lines


def table(rooms: Mapping[str, Room]) -> list[str]:
    """The rooms as lines of text, guarded ones first and marked, then by their branches."""
    width = max(map(len, rooms), default=0)
    width = max(width, len("all rooms"))
    order = sorted(rooms.values(), key=lambda r: (r.name not in GUARDED, r.branches.percent))
    whole = Room("all rooms")
    for room in order:
        whole.lines += room.lines
        whole.branches += room.branches
    head = f"{'room':<{width}}  {'lines':>6} {'covered':>8}  {'branches':>8} {'covered':>8}"
    lines = [head, "-" * len(head)]
    for room in (*order, whole):
        goal = f"  >= {GOAL:g} %" if room.name in GUARDED else ""
        lines.append(
            f"{room.name:<{width}}  {room.lines.total:>6} {room.lines!s:>8}"
            f"  {room.branches.total:>8} {room.branches!s:>8}{goal}"
        )
    return lines


def main(arguments: list[str]) -> int:
    """The command; see the module."""
    if len(arguments) != 1:
        print("usage: coverage_rooms.py REPORT", file=sys.stderr)
        return 2
    try:
        rooms = rooms_of(json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        print(f"error: {arguments[0]}: no coverage report: {error!r}", file=sys.stderr)
        return 2
    print("\n".join(("", *table(rooms))))
    wrong = shortfalls(rooms)
    if wrong:
        print("\n".join(("", "error: tests are missing", *wrong)), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
