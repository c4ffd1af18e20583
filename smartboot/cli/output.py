"""Output for eyes and for programs: safe text, tables, JSON, YAML.

What comes from a card is hostile: control characters are shown as escapes, and nothing of it is
read as markup.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO, TypeVar, cast

import click

from smartboot.cli.streams import can_show, takes_utf8

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

__all__ = [
    "add_row",
    "console",
    "format_option",
    "heading",
    "make_table",
    "print_json",
    "print_yaml",
    "safe",
    "spaced",
    "styled",
]

C = TypeVar("C", bound=Callable[..., Any])

_C1 = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

_FILLING = re.compile(r" +(?=\n)")

SEVERITY_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def safe(value: object) -> str:
    """``value`` as text on one line, each control character written as an escape."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


class _Trimming:
    """Standard output into a file or a pipe, without the blanks that fill up a table's lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(_FILLING.sub("", text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def console() -> Console:
    """The terminal (or file) that results go to. Colour only on a terminal; NO_COLOR is obeyed."""
    from rich.console import Console

    class Results(Console):
        def on_broken_pipe(self) -> None:
            # rich would end the process with status 1, which says that something was found.
            raise BrokenPipeError

    # Output into a file or a pipe must not be folded at 80 columns.
    terminal = sys.stdout.isatty()
    return Results(
        file=sys.stdout if terminal else cast("TextIO", _Trimming(sys.stdout)),
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
        width=None if terminal else 160,
    )


def styled(text: object, style: str = "") -> Text:
    """Safe text in a style."""
    from rich.text import Text

    return Text(safe(text), style=style)


def heading(title: str, *details: str) -> Text:
    """A line that opens a part of the output."""
    line = styled(title, "bold")
    for detail in details:
        line.append("  ")
        line.append(safe(detail), style="dim" if detail is not details[0] else "")
    return line


def make_table(columns: Sequence[str], *, right: Iterable[int] = ()) -> Table:
    """A table with the house look; ``right`` are the columns of numbers."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    numbers = set(right)
    for index, name in enumerate(columns):
        table.add_column(name, justify="right" if index in numbers else "left", overflow="fold")
    return table


def add_row(table: Table, *cells: object, style: str = "") -> None:
    """Add a row of values from anywhere, made safe; None and empty show as a dash."""
    from rich.text import Text

    row = [
        cell if isinstance(cell, Text) else styled("-" if cell in (None, "") else cell)
        for cell in cells
    ]
    table.add_row(*row, style=style)


def spaced(digits: str, group: int = 4) -> str:
    """Long numbers in groups, for reading aloud."""
    return " ".join(digits[i : i + group] for i in range(0, len(digits), group))


def print_json(value: Any) -> None:
    """Write JSON for programs: UTF-8, two blanks of indent, no raw control character at all.

    Where the output has another encoding it is ASCII with escapes, which is UTF-8 as well.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False)
    text = _C1.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    if not (takes_utf8() and can_show(text)):
        text = json.dumps(value, indent=2)
    click.echo(text)


def print_yaml(value: Any) -> None:
    """Write the same values as YAML 1.2, and as ASCII where the output is not UTF-8."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    # Control characters that YAML takes for printable are escaped, and with them all non-ASCII.
    text = json.dumps(value, ensure_ascii=False)
    yaml.allow_unicode = _C1.search(text) is None and takes_utf8() and can_show(text)
    yaml.width = 100
    yaml.dump(value, sys.stdout)


def format_option(*choices: str) -> Callable[[C], C]:
    """The ``--format`` option of a listing; the first choice is the default."""
    return click.option(
        "--format",
        "output",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help="For eyes (table) or for programs.",
    )
