"""Tables for eyes and JSON for programs, both on stdout."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["arguments", "print_json", "print_machine", "print_table"]


def arguments(description: str) -> argparse.ArgumentParser:
    """A parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--full", action="store_true", help="take longer, for steadier numbers")
    return parser


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table in text that is Markdown too; the first column left, the others right aligned."""
    cells = [list(columns), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    _line(f"{title}\n")
    for line in (cells[0], rule, *cells[1:]):
        first = line[0].ljust(widths[0])
        others = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        _line("| " + " | ".join((first, *others)) + " |")
    _line("")


def print_machine(facts: Mapping[str, str]) -> None:
    """What the numbers were taken on, in two lines."""
    names = list(facts)
    for part in (names[:4], names[4:]):
        _line(", ".join(f"{name} {facts[name]}" for name in part))
    _line("")


def print_json(value: Mapping[str, Any]) -> None:
    """The same results for programs."""
    _line(json.dumps(value, indent=2))


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
