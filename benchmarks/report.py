"""Tables for eyes and JSON for programs, on stdout; and the tables of docs/performance.md."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = [
    "Table",
    "arguments",
    "machine_text",
    "print_tables",
    "publish",
    "tables_in",
    "write_tables",
]


def arguments(description: str) -> argparse.ArgumentParser:
    """A parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--full", action="store_true", help="take longer, for steadier numbers")
    return parser


@dataclass(frozen=True, slots=True)
class Table:
    """One table: ``key`` names its place in the document, ``title`` stands above it on stdout."""

    key: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]

    @property
    def text(self) -> str:
        """The table in text that is Markdown too; the first column left, the others right."""
        cells = [list(self.columns), *([str(cell) for cell in row] for row in self.rows)]
        widths = [max(3, *(len(line[at]) for line in cells)) for at in range(len(self.columns))]
        rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        lines = []
        for line in (cells[0], rule, *cells[1:]):
            first = line[0].ljust(widths[0])
            others = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
            lines.append("| " + " | ".join((first, *others)) + " |")
        return "\n".join(lines)


def print_tables(tables: Iterable[Table]) -> None:
    """Each table below its title."""
    for table in tables:
        _line(f"{table.title}\n\n{table.text}\n")


def machine_text(facts: Mapping[str, str]) -> str:
    """What the numbers were taken on, in two lines."""
    names = list(facts)
    parts = (names[:4], names[4:])
    return "\n".join(", ".join(f"{name} {facts[name]}" for name in part) for part in parts)


def _print_machine(facts: Mapping[str, str]) -> None:
    """The same on stdout."""
    _line(machine_text(facts) + "\n")


def _print_json(value: Mapping[str, Any]) -> None:
    """The same results for programs."""
    _line(json.dumps(value, indent=2))


def publish(
    form: str, facts: Mapping[str, str], tables: Iterable[Table], plain: Mapping[str, Any]
) -> None:
    """The results on stdout: ``plain`` where ``form`` is json, else the machine and the tables."""
    if form == "json":
        _print_json(plain)
        return
    _print_machine(facts)
    print_tables(tables)


_BLOCK = re.compile(r"(<!-- bench:([a-z0-9-]+) -->\n)(.*?)(<!-- /bench -->)", re.DOTALL)


def tables_in(text: str) -> dict[str, str]:
    """The blocks between the markers of a document, by key, without blank lines around."""
    return {key: body.strip() for _, key, body, _ in _BLOCK.findall(text)}


def write_tables(path: Path, blocks: Mapping[str, str]) -> list[str]:
    """Put each block between its markers in the document; returns the keys that have no place.

    Blocks of the document that are not given stay as they are.
    """
    text = path.read_text(encoding="utf-8")
    placed = set(tables_in(text))

    def replaced(match: re.Match[str]) -> str:
        begin, key, body, end = match.groups()
        return f"{begin}\n{blocks[key]}\n\n{end}" if key in blocks else begin + body + end

    path.write_text(_BLOCK.sub(replaced, text), encoding="utf-8")
    return sorted(set(blocks) - placed)


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
