"""How long a command takes from start to end: ``python -m benchmarks.startup``.

Each command is started as a process of its own, in turn with ``python -c pass``, and timed by the
clock and in processor time. The processor time above the bare interpreter is what counts: starting
up waits for nothing, and on a busy machine the clock measures the others. ``--help`` has a budget
of 0.15 s; the other commands are there to be watched. ``opensc-tool --version``, a C program that
loads its libraries and ends, is timed with them where it is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.documents import sample
from benchmarks.machine import describe_machine
from benchmarks.report import arguments, print_json, print_machine, print_table
from smartboot.profiles.shipped import shipped_profiles

__all__ = [
    "BARE",
    "HELP",
    "HELP_BUDGET_S",
    "Spent",
    "main",
    "measure",
    "show",
    "time_commands",
    "to_dict",
]

SCHEMA = "smartboot/bench-startup/1"
HELP_BUDGET_S = 0.15
"""``smartboot --help`` above the bare interpreter, in seconds."""

BARE = "python -c pass"
HELP = "smartboot --help"
_PROFILE = "lwm2m-psk.yaml"
_TIMEOUT_S = 60


def commands(folder: Path) -> dict[str, list[str]]:
    """What is started, by the name to show. ``folder`` takes the files that are needed."""
    document = folder / "document.bin"
    document.write_bytes(sample("oma-cp", 500).data)
    profile = next(path for path in shipped_profiles() if path.name == _PROFILE)
    script = Path(sys.executable).with_name("smartboot")
    smartboot = [str(script)] if script.is_file() else [sys.executable, "-m", "smartboot"]
    read = [*smartboot, "-r", f"virtual:{profile}", "read"]
    found = {
        BARE: [sys.executable, "-c", "pass"],
        HELP: [*smartboot, "--help"],
        "smartboot decode --help": [*smartboot, "decode", "--help"],
        "smartboot decode FILE": [*smartboot, "decode", str(document)],
        "smartboot decode FILE, JSON": [*smartboot, "decode", str(document), "--format", "json"],
        "smartboot -r virtual:PROFILE read": read,
        "smartboot -r virtual:PROFILE read, JSON": [*read, "--format", "json"],
    }
    opensc = shutil.which("opensc-tool")
    if opensc is not None:
        found["opensc-tool --version"] = [opensc, "--version"]
    return found


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command takes from start to end, in seconds: medians of its runs."""

    clock_s: float
    processor_s: float


def time_commands(wanted: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Spent]:
    """The time of each command from start to end.

    The commands run in turn, so that a slow moment of the machine meets all of them. One run
    each goes before, which fills the file cache and writes the byte code that Python keeps.
    """
    environment = {k: v for k, v in os.environ.items() if k not in _DISTURBING}
    clock: dict[str, list[float]] = {name: [] for name in wanted}
    processor: dict[str, list[float]] = {name: [] for name in wanted}
    for number in range(rounds + 1):
        for name, command in wanted.items():
            begin, used = time.perf_counter(), _children_s()
            subprocess.run(  # noqa: S603  # Our own program, and those named above.
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=_TIMEOUT_S,
                check=True,
            )
            if number:
                clock[name].append(time.perf_counter() - begin)
                processor[name].append(_children_s() - used)
    return {name: Spent(median(clock[name]), median(processor[name])) for name in wanted}


def _children_s() -> float:
    """Processor time of the processes that were started and have ended, in seconds.

    Where the system does not tell, the clock instead.
    """
    try:
        import resource
    except ImportError:  # Windows, where os.times says nothing of other processes either.
        return time.perf_counter()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


_DISTURBING = frozenset({"PYTHONDONTWRITEBYTECODE", "PYTHONPROFILEIMPORTTIME", "SMARTBOOT_READER"})
"""Variables of the caller that would have us time something else, such as compiling."""


def measure(rounds: int) -> dict[str, Spent]:
    """The time of every command."""
    with tempfile.TemporaryDirectory() as folder:
        return time_commands(commands(Path(folder)), rounds)


def main(argv: list[str] | None = None) -> None:
    """Run the benchmark and print it."""
    parser = arguments("time from start to end of commands")
    options = parser.parse_args(argv)
    times = measure(20 if options.full else 7)
    facts = describe_machine()
    if options.format == "json":
        print_json(to_dict(times, facts))
        return
    print_machine(facts)
    show(times)


def to_dict(times: Mapping[str, Spent], facts: Mapping[str, str]) -> dict[str, Any]:
    """The results as JSON."""
    above = {name: above_bare(times, name) for name in times}
    return {
        "schema": SCHEMA,
        "machine": dict(facts),
        "clock_seconds": {name: round(spent.clock_s, 4) for name, spent in times.items()},
        "processor_seconds": {name: round(spent.processor_s, 4) for name, spent in times.items()},
        "above_bare": {name: round(value, 4) for name, value in above.items()},
        "help_budget": HELP_BUDGET_S,
        "help_kept": above[HELP] < HELP_BUDGET_S,
    }


def above_bare(times: Mapping[str, Spent], name: str) -> float:
    """Processor time of a command above that of the bare interpreter, in seconds."""
    return times[name].processor_s - times[BARE].processor_s


def show(times: Mapping[str, Spent]) -> None:
    """Print the table."""
    rows = [
        (
            name,
            f"{spent.clock_s * 1000:.0f}",
            f"{spent.processor_s * 1000:.0f}",
            f"{above_bare(times, name) * 1000:.0f}",
            f"{HELP_BUDGET_S * 1000:.0f}" if name == HELP else "-",
        )
        for name, spent in times.items()
    ]
    print_table(
        "Start to end of a command, in milliseconds (above bare: of processor time)",
        ("command", "clock", "processor", "above bare", "budget"),
        rows,
    )


if __name__ == "__main__":
    main()
