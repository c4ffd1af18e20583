"""All benchmarks: ``python -m benchmarks [--full] [--only PART] [--write FILE] [--format json]``.

``--write docs/performance.md`` also puts every table between its markers in that file.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from benchmarks import codecs, desk, startup, wire
from benchmarks.machine import describe_machine
from benchmarks.report import (
    Table,
    arguments,
    machine_text,
    publish,
    write_tables,
)

PARTS = ("wire", "startup", "codecs")


def main(argv: list[str] | None = None) -> None:
    """Run all benchmarks, print them, and write them where that was asked for."""
    parser = arguments("all benchmarks of smartboot")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part; may be repeated")
    parser.add_argument("--write", type=Path, metavar="FILE", help="fill in the tables of FILE too")
    parser.add_argument(
        "--handling",
        type=float,
        default=desk.HANDLING_S,
        metavar="SECONDS",
        help="what one card takes at a desk beside its commands (default: %(default)g)",
    )
    options = parser.parse_args(argv)
    facts = describe_machine()
    tables, plain = _measured(options, facts)
    if options.write is not None:
        blocks = {table.key: table.text for table in tables}
        lost = write_tables(options.write, {"machine": machine_text(facts), **blocks})
        if lost:
            sys.stderr.write(f"note: {options.write} has no place for {', '.join(lost)}\n")
    publish(options.format, facts, tables, plain)


def _measured(
    options: argparse.Namespace, facts: dict[str, str]
) -> tuple[list[Table], dict[str, Any]]:
    """The tables, and the same for programs."""
    wanted = options.only or PARTS
    tables: list[Table] = []
    plain: dict[str, Any] = {}
    if "wire" in wanted:
        rows = wire.run()
        at_desk = desk.desks(rows, options.handling)
        tables += [*wire.tables(rows), *desk.tables(at_desk)]
        plain |= {"wire": wire.to_dict(rows, facts), "desk": desk.to_dict(at_desk, facts)}
    if "startup" in wanted:
        times = startup.run(full=options.full)
        tables += startup.tables(times)
        plain["startup"] = startup.to_dict(times, facts)
    if "codecs" in wanted:
        timed, peaks = codecs.run(full=options.full)
        tables += codecs.tables(timed, peaks)
        plain["codecs"] = codecs.to_dict(timed, peaks, facts)
    return tables, plain


if __name__ == "__main__":
    main()
