"""How long commands take from start to end, and their memory: ``python -m benchmarks.startup``.

Each command is started as a process of its own, in turn with ``python -c pass``, and timed by the
clock and in processor time. The processor time above the bare interpreter is what counts: starting
up waits for nothing, and on a busy machine the clock measures the others. ``--help`` has a budget
of 0.15 s; the other commands are there to be watched. Memory is the most that the process had in
use (peak resident set), which a system tells in full pages.

Beside them, where they are installed: ``opensc-tool``, a C program that loads its libraries and
ends, and ``ykman``, another card program in Python with click. ``ykman`` is looked for on the path,
or where SMARTBOOT_BENCH_YKMAN says. Where there is a PC/SC stack (pcscd and vpcd), one emulated
card is read through it by smartboot and by ``pkcs15-tool``: the whole way, the same document. The
clock of these two is that of the stack; the card's own work is not in their processor time.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.documents import sample
from benchmarks.layouts import layout
from benchmarks.machine import describe_machine
from benchmarks.opensc import PROGRAM, home
from benchmarks.report import Table, arguments, publish
from smartboot.image import write_image
from smartboot.profiles.load import load_profile_or_image
from smartboot.profiles.shipped import shipped_profiles
from smartboot.testing.pcscd import StackUnavailableError
from smartboot.testing.slots import ServedCard
from smartboot.testing.stack import running_stack
from smartboot.virtual import VirtualCard

__all__ = [
    "BARE",
    "HELP",
    "HELP_BUDGET_S",
    "YKMAN_VARIABLE",
    "Spent",
    "above_bare",
    "commands",
    "fixed_names",
    "main",
    "measure",
    "run",
    "tables",
    "time_commands",
    "to_dict",
]

SCHEMA = "smartboot/bench-startup/1"
HELP_BUDGET_S = 0.15
"""``smartboot --help`` above the bare interpreter, in seconds."""

BARE = "python -c pass"
HELP = "smartboot --help"
YKMAN_VARIABLE = "SMARTBOOT_BENCH_YKMAN"
_PROFILE = "lwm2m-psk.yaml"
_TIMEOUT_S = 60
_CARD = "client-provisioning-w7"
_PEERS = (("opensc-tool", "--version"), ("ykman", "--version"), ("ykman", "--help"))


def commands(folder: Path) -> dict[str, list[str]]:
    """What is started, by the name to show. ``folder`` takes the files that are needed."""
    document = folder / "document.bin"
    document.write_bytes(sample("oma-cp", 500).data)
    profile = next(path for path in shipped_profiles() if path.name == _PROFILE)
    image = folder / "card.yaml"
    write_image(load_profile_or_image(profile), image)
    smartboot = _smartboot()
    read = [*smartboot, "-r", f"virtual:{profile}", "read"]
    found = {
        BARE: [sys.executable, "-c", "pass"],
        HELP: [*smartboot, "--help"],
        "smartboot decode --help": [*smartboot, "decode", "--help"],
        "smartboot decode FILE": [*smartboot, "decode", str(document)],
        "smartboot decode FILE, JSON": [*smartboot, "decode", str(document), "--format", "json"],
        "smartboot -r virtual:PROFILE read": read,
        "smartboot -r virtual:PROFILE read, JSON": [*read, "--format", "json"],
        "smartboot -r virtual:IMAGE read, JSON": [
            *(*smartboot, "-r", f"virtual:{image}", "read", "--format", "json")
        ],
    }
    for name, option in _PEERS:
        program = _find(name)
        if program is not None:
            found[f"{name} {option}"] = [program, option]
    return found


def _smartboot() -> list[str]:
    script = Path(sys.executable).with_name("smartboot")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "smartboot"]


@contextmanager
def on_a_card() -> Iterator[tuple[dict[str, list[str]], dict[str, str]]]:
    """What reads a card in a reader, by name, and the environment it needs, while the card is in.

    Nothing, with a line on stderr, where there is no PC/SC stack.
    """
    with contextlib.ExitStack() as stack:
        try:
            daemon = stack.enter_context(running_stack())
        except StackUnavailableError as error:
            sys.stderr.write(f"note: {error}; no card is read through PC/SC\n")
            yield {}, {}
            return
        environment = stack.enter_context(home("installed"))
        card = VirtualCard(layout(_CARD).written)
        served = daemon.insert(functools.partial(ServedCard, card))
        stack.callback(daemon.remove, served)
        read = [*_smartboot(), "-r", f"pcsc:{daemon.readers[0]}", "read"]
        found = {
            "smartboot -r pcsc:READER read": read,
            "smartboot -r pcsc:READER read, JSON": [*read, "--format", "json"],
        }
        program = _find(PROGRAM)
        if program is not None:
            reader = ("--reader", daemon.readers[0])
            found[f"{PROGRAM} --list-data-objects"] = [program, *reader, "--list-data-objects"]
        yield found, {**daemon.env, **environment}


def fixed_names() -> tuple[str, ...]:
    """The commands that are timed on every machine, whatever else is installed there."""
    with tempfile.TemporaryDirectory() as folder:
        return tuple(n for n in commands(Path(folder)) if n.startswith((BARE, "smartboot")))


def _find(name: str) -> str | None:
    if name == "ykman" and (told := os.environ.get(YKMAN_VARIABLE)):
        return told
    return shutil.which(name)


def absent_peers() -> list[str]:
    """The peers that are not installed."""
    return [name for name in (*dict(_PEERS), PROGRAM) if _find(name) is None]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command takes from start to end: medians of its runs. Seconds, and KB (1,000 bytes);
    0 KB where the system does not tell."""

    clock_s: float
    processor_s: float
    peak_kb: float = 0.0


def time_commands(
    wanted: Mapping[str, Sequence[str]], rounds: int, environment: Mapping[str, str] | None = None
) -> dict[str, Spent]:
    """The time and memory of each command from start to end.

    The commands run in turn, so that a slow moment of the machine meets all of them. One run
    each goes before, which fills the file cache and writes the byte code that Python keeps.
    ``environment`` is added to that of this process.
    Errors: subprocess.CalledProcessError for a command that fails, with its stderr.
    """
    base = {k: v for k, v in os.environ.items() if k not in _DISTURBING}
    whole = {**base, **(environment or {})}
    runs: dict[str, list[Spent]] = {name: [] for name in wanted}
    for number in range(rounds + 1):
        for name, command in wanted.items():
            spent = _once(command, whole)
            if number:
                runs[name].append(spent)
    return {
        name: Spent(
            median(one.clock_s for one in found),
            median(one.processor_s for one in found),
            median(one.peak_kb for one in found),
        )
        for name, found in runs.items()
    }


_LAUNCHER = """
import os, sys, time
null = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
begin = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=null)
status, usage = os.wait4(pid, 0)[1:]
clock = time.perf_counter() - begin
print(os.waitstatus_to_exitcode(status), clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""
"""Starts a command and says what it used. A process of its own, because a new process inherits the
peak memory of the one that starts it, and this one has much. Its own 8 MB are the least to be seen.
"""


def _once(command: Sequence[str], environment: Mapping[str, str]) -> Spent:
    """One run. Without POSIX the clock stands for the processor time, and memory is not told."""
    launched = hasattr(os, "posix_spawnp")
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER] if launched else []
    begin = time.perf_counter()
    with subprocess.Popen(  # noqa: S603  # Our own program, and those named above.
        [*launcher, *command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=launched,
    ) as process:
        try:
            output, errors = process.communicate(timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            if launched:
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            raise
    if not launched:
        clock_s = time.perf_counter() - begin
        _check(process.returncode, command, errors)
        return Spent(clock_s, clock_s)
    _check(process.returncode, command, errors)
    status, clock, processor, peak = output.split()
    _check(int(status), command, errors)
    # Linux counts in units of 1,024 bytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Spent(float(clock), float(processor), int(peak) * unit / 1000)


def _check(status: int, command: Sequence[str], errors: bytes) -> None:
    if status:
        raise subprocess.CalledProcessError(status, list(command), stderr=errors)


_DISTURBING = frozenset({"PYTHONDONTWRITEBYTECODE", "PYTHONPROFILEIMPORTTIME", "SMARTBOOT_READER"})
"""Variables of the caller that would have us time something else, such as compiling."""


def measure(rounds: int) -> dict[str, Spent]:
    """The time and memory of every command."""
    with tempfile.TemporaryDirectory() as folder, on_a_card() as (further, environment):
        return time_commands({**commands(Path(folder)), **further}, rounds, environment)


def run(*, full: bool) -> dict[str, Spent]:
    """The same with the usual number of rounds, and a line on stderr for each absent peer."""
    for name in absent_peers():
        sys.stderr.write(f"note: {name} is not installed; it is left out\n")
    return measure(20 if full else 7)


def main(argv: list[str] | None = None) -> None:
    """Run the benchmark and print it."""
    options = arguments("time from start to end of commands").parse_args(argv)
    times = run(full=options.full)
    facts = describe_machine()
    publish(options.format, facts, tables(times), to_dict(times, facts))


def to_dict(times: Mapping[str, Spent], facts: Mapping[str, str]) -> dict[str, Any]:
    """The results as JSON."""
    above = {name: above_bare(times, name) for name in times}
    return {
        "schema": SCHEMA,
        "machine": dict(facts),
        "clock_seconds": {name: round(spent.clock_s, 4) for name, spent in times.items()},
        "processor_seconds": {name: round(spent.processor_s, 4) for name, spent in times.items()},
        "peak_kb": {name: round(spent.peak_kb) for name, spent in times.items()},
        "above_bare": {name: round(value, 4) for name, value in above.items()},
        "help_budget": HELP_BUDGET_S,
        "help_kept": above[HELP] < HELP_BUDGET_S,
    }


def above_bare(times: Mapping[str, Spent], name: str) -> float:
    """Processor time of a command above that of the bare interpreter, in seconds."""
    return times[name].processor_s - times[BARE].processor_s


def tables(times: Mapping[str, Spent]) -> list[Table]:
    """The table."""
    return [
        Table(
            "startup",
            "Start to end of a command: milliseconds (above bare: of processor time), and memory",
            ("command", "clock", "processor", "above bare", "budget", "peak MB"),
            [
                (
                    name,
                    f"{spent.clock_s * 1000:.0f}",
                    f"{spent.processor_s * 1000:.0f}",
                    f"{above_bare(times, name) * 1000:.0f}",
                    f"{HELP_BUDGET_S * 1000:.0f}" if name == HELP else "-",
                    f"{spent.peak_kb / 1000:.0f}" if spent.peak_kb else "-",
                )
                for name, spent in times.items()
            ],
        )
    ]


if __name__ == "__main__":
    main()
