"""The command line of the fuzzing: ``python -m tests.fuzz run|seeds|reproduce``."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.registry import TARGETS, get


def _run(arguments: argparse.Namespace) -> int:
    from tests.fuzz.campaign import run

    if find_spec("atheris") is None:
        print("fuzz: atheris is not installed: pip install -e '.[fuzz]'", file=sys.stderr)
        return 2
    names = tuple(arguments.target) or TARGETS
    return run(names, arguments.seconds, seed=arguments.seed)


def _seeds(arguments: argparse.Namespace) -> int:
    from tests.fuzz.seeding import write_seeds

    for name in arguments.target or TARGETS:
        print(f"{name}: {write_seeds(name)} files")
    return 0


def _reproduce(arguments: argparse.Namespace) -> int:
    get(arguments.target).one_input(arguments.file.read_bytes())
    print(f"{arguments.target}: {arguments.file}: nothing wrong")
    return 0


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    top = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="fuzz targets one after the other")
    run.add_argument("target", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    run.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    run.add_argument("--seed", type=int, default=0, help="0: another each run")
    run.set_defaults(action=_run)
    seeds = commands.add_parser("seeds", help="make the corpus in the repository anew")
    seeds.add_argument("target", nargs="*", metavar="TARGET")
    seeds.set_defaults(action=_seeds)
    reproduce = commands.add_parser("reproduce", help="run one input, without a fuzzer")
    reproduce.add_argument("target", choices=TARGETS)
    reproduce.add_argument("file", type=Path)
    reproduce.set_defaults(action=_reproduce)
    return top


def main(argv: list[str] | None = None) -> int:
    """Parse and do; the exit status (1: something fell, 2: wrong usage)."""
    top = parser()
    arguments = top.parse_args(argv)
    unknown = set(getattr(arguments, "target", ()) or ()) - set(TARGETS)
    if arguments.command != "reproduce" and unknown:
        top.error(f"no target {', '.join(sorted(unknown))}; the targets are {', '.join(TARGETS)}")
    if getattr(arguments, "seconds", 1) < 1:
        top.error("--seconds is at least 1")
    return int(arguments.action(arguments))


if __name__ == "__main__":
    sys.exit(main())
