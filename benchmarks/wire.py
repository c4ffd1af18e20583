"""What each command costs on the wire: ``python -m benchmarks.wire``.

TPDUs and bytes are counted by the emulated card, for every layout (``layouts``); they are the same
on every run and every machine. Wire time is arithmetic on the bytes (``transport.wire_time``): what
the contacts of a T=0 card take at its first rate, 9,600 baud, and at TA1=96 (F=512, D=32). The time
the card itself needs is not in it.

Reading is set beside the floor (``floor``) and beside ``pkcs15-tool`` on the same cards in the same
run (``opensc``). Commands run in this process against the emulated card, as the command line does,
with ``--no-backup`` except where a row says so; keys are given, and sent only when the card asks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.floor import FLOORS, PARTS
from benchmarks.layouts import Layout, layouts
from benchmarks.machine import describe_machine
from benchmarks.opensc import CONFIGURATIONS, PeerRead, Pkcs15Tool, ToolError
from benchmarks.report import Table, arguments, publish
from smartboot.bootstrap import read_bootstrap
from smartboot.card import open_card
from smartboot.card.base import Card
from smartboot.errors import SmartbootError
from smartboot.image import CardImage
from smartboot.profiles.load import LoadedProfile
from smartboot.provision.apply import apply
from smartboot.provision.backup import backup_files
from smartboot.provision.desired import desired_from_profile
from smartboot.provision.erase import plan_erase
from smartboot.provision.plan import plan_write
from smartboot.provision.verify import compare
from smartboot.testing.pcscd import StackUnavailableError
from smartboot.testing.stack import running_stack
from smartboot.transport.wire_time import DEFAULT_TA1, Rate
from smartboot.virtual import InProcessConnection, VirtualCard
from tests.support.provision import keys

__all__ = [
    "COMMANDS",
    "RATES",
    "BenchmarkError",
    "Cost",
    "Row",
    "main",
    "measure",
    "measure_layout",
    "peer_table",
    "pkcs15_tool",
    "run",
    "tables",
    "to_dict",
]

SCHEMA = "smartboot/bench-wire/1"

RATES = {"9600 baud": Rate(DEFAULT_TA1), "TA1=96": Rate(0x96)}
"""The first rate of every card, and a usual one that cards and readers agree on."""

COMMANDS = (
    "read",
    "write",
    "write, changed",
    "write, changed, backup",
    "write --create",
    "verify",
    "erase",
)
"""``write`` fills files that are there and blank; ``changed`` replaces one value in one document;
``--create`` makes the application on a card without one."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command moves."""

    tpdus: int
    bytes: int

    def seconds(self, rate: Rate) -> float:
        """Its time on the wire."""
        return rate.seconds(self.bytes)


@dataclass(frozen=True, slots=True)
class Row:
    """One layout: the cost of each command, and of pkcs15-tool by configuration."""

    layout: Layout
    costs: dict[str, Cost]
    peers: dict[str, PeerRead] = field(default_factory=dict)

    @property
    def floor(self) -> int:
        """TPDUs that reading takes at least."""
        return FLOORS[self.layout.name].total

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON."""
        return {
            "layout": self.layout.name,
            "protocol": self.layout.protocol,
            "documents": list(self.layout.documents),
            "read_floor": self.floor,
            "commands": {
                name: {
                    "tpdus": cost.tpdus,
                    "bytes": cost.bytes,
                    "seconds": {n: round(cost.seconds(r), 4) for n, r in RATES.items()},
                }
                for name, cost in self.costs.items()
            },
            "pkcs15_tool": {
                name: {
                    "objects": peer.objects,
                    "found": peer.found,
                    "read": peer.read,
                    "jobs": {n: {"tpdus": j.tpdus, "bytes": j.bytes} for n, j in peer.jobs.items()},
                }
                for name, peer in self.peers.items()
            },
        }


# -- smartboot


class BenchmarkError(Exception):
    """A command did not do what it was to be measured at."""


def _counted(card: VirtualCard, command: Callable[[Card], object]) -> Cost:
    """Run a command on the card as it lies in the reader, freshly powered."""
    tpdus, size = card.tpdus, card.bytes_on_wire
    opened = open_card(InProcessConnection(card))
    try:
        command(opened)
    finally:
        opened.close()
    return Cost(card.tpdus - tpdus, card.bytes_on_wire - size)


def _read(expected: int) -> Callable[[Card], None]:
    def command(card: Card) -> None:
        data = read_bootstrap(card, keys=keys)
        if sum(item.document is not None for item in data.objects) != expected:
            raise BenchmarkError("not every document was read")

    return command


def _write(
    profile: LoadedProfile, *, create: bool = False, backup: bool = False, force: bool = False
) -> Callable[[Card], None]:
    desired = desired_from_profile(profile)

    def command(card: Card) -> None:
        plan = plan_write(card, desired, create=create, keys=keys, force=force)
        if backup:
            backup_files(card, plan.files, keys=keys, force=force)
        if plan.is_empty or not apply(card, plan, keys=keys, force=force).verified:
            raise BenchmarkError("nothing was written, or it does not read back")

    return command


def _verify(profile: LoadedProfile) -> Callable[[Card], None]:
    desired = desired_from_profile(profile)

    def command(card: Card) -> None:
        if compare(card, desired, keys=keys):
            raise BenchmarkError("the card is not what the profile says")

    return command


def _erase(*, force: bool) -> Callable[[Card], None]:
    def command(card: Card) -> None:
        plan = plan_erase(card, keys=keys, force=force)
        if plan.is_empty or not apply(card, plan, keys=keys, force=force).verified:
            raise BenchmarkError("nothing was erased")

    return command


def measure_layout(layout: Layout) -> dict[str, Cost]:
    """The cost of every command on one layout. Errors: BenchmarkError, SmartbootError."""
    # A 2G SIM does not tell how many tries an ADM key has left: --force.
    force = layout.is_sim
    plans: list[tuple[str, CardImage | None, Callable[[Card], None]]] = [
        ("read", layout.written, _read(len(layout.documents))),
        ("write", layout.blank, _write(layout.profile, force=force)),
        ("write, changed", layout.written, _write(layout.changed, force=force)),
        (
            "write, changed, backup",
            layout.written,
            _write(layout.changed, backup=True, force=force),
        ),
        ("write --create", layout.bare, _write(layout.profile, create=True, force=force)),
        ("verify", layout.written, _verify(layout.profile)),
        ("erase", layout.written, _erase(force=force)),
    ]
    return {
        name: _counted(VirtualCard(image), command)
        for name, image, command in plans
        if image is not None
    }


# -- pkcs15-tool


def pkcs15_tool(wanted: list[Layout]) -> dict[str, dict[str, PeerRead]]:
    """Each layout's card read by pkcs15-tool, by layout and configuration.

    Empty, with a line on stderr, where there is no such program or no PC/SC stack.
    """
    try:
        with running_stack() as daemon:
            tool = Pkcs15Tool(daemon)
            return {layout.name: tool.read(layout) for layout in wanted}
    except (ToolError, StackUnavailableError) as error:
        sys.stderr.write(f"note: {error}; pkcs15-tool is left out\n")
        return {}


def measure(*, peer: bool = True) -> list[Row]:
    """All layouts. ``peer``: pkcs15-tool too. Errors: BenchmarkError, SmartbootError."""
    wanted = list(layouts())
    peers = pkcs15_tool(wanted) if peer else {}
    return [Row(one, measure_layout(one), peers.get(one.name, {})) for one in wanted]


# -- output


def tables(rows: list[Row]) -> list[Table]:
    """The tables, those with pkcs15-tool only where it was run."""
    found = [_floor_table(rows), _commands_table(rows), *_time_tables(rows)]
    if any(row.peers for row in rows):
        found.insert(1, peer_table(rows))
    return found


def _floor_table(rows: list[Row]) -> Table:
    return Table(
        "wire-floor",
        "TPDUs of read, and the floor by part",
        ("layout", "protocol", "bytes of documents", *PARTS, "floor", "read"),
        [
            (
                row.layout.name,
                "2G SIM" if row.layout.is_sim else row.layout.protocol,
                " + ".join(map(str, row.layout.documents)),
                *FLOORS[row.layout.name].counts,
                row.floor,
                row.costs["read"].tpdus,
            )
            for row in rows
        ],
    )


def peer_table(rows: list[Row]) -> Table:
    """smartboot's read beside the jobs of pkcs15-tool: TPDUs, and how many times as many."""
    jobs = [(c, j) for c in CONFIGURATIONS for j in ("list", "save")]
    lines = []
    for row in rows:
        read = row.costs["read"].tpdus
        cells = []
        for configuration, job in jobs:
            done = row.peers[configuration].jobs.get(job) if row.peers else None
            cells.append("refused" if done is None else f"{done.tpdus} ({done.tpdus / read:.1f})")
        first = next(iter(row.peers.values()), None)
        seen = "-" if first is None else f"{first.read} of {first.objects}"
        lines.append((row.layout.name, read, seen, *cells))
    return Table(
        "wire-peer",
        "TPDUs of read beside pkcs15-tool (in brackets: how many times as many as read)",
        ("layout", "read", "objects OpenSC reads", *(f"{j}, {c}" for c, j in jobs)),
        lines,
    )


def _commands_table(rows: list[Row]) -> Table:
    return Table(
        "wire-commands",
        "TPDUs / bytes on the wire",
        ("layout", *COMMANDS),
        [(row.layout.name, *(_cell(row.costs.get(name)) for name in COMMANDS)) for row in rows],
    )


def _cell(cost: Cost | None) -> str:
    return "-" if cost is None else f"{cost.tpdus} / {cost.bytes:,}"


def _time_tables(rows: list[Row]) -> list[Table]:
    return [
        Table(
            f"wire-time-{key}",
            f"Seconds on the wire at {name}",
            ("layout", *COMMANDS),
            [
                (
                    row.layout.name,
                    *(
                        f"{row.costs[c].seconds(rate):.2f}" if c in row.costs else "-"
                        for c in COMMANDS
                    ),
                )
                for row in rows
            ],
        )
        for key, (name, rate) in zip(("first", "fast"), RATES.items(), strict=True)
    ]


def to_dict(rows: list[Row], facts: Mapping[str, str]) -> dict[str, Any]:
    """The results as JSON."""
    return {
        "schema": SCHEMA,
        "machine": dict(facts),
        "rows": [row.to_dict() for row in rows],
    }


def run() -> list[Row]:
    """All layouts, pkcs15-tool included where it can be."""
    return measure()


def main(argv: list[str] | None = None) -> None:
    """Run the benchmark and print it."""
    options = arguments("TPDUs, bytes and wire time of every command").parse_args(argv)
    try:
        rows = run()
    except SmartbootError as error:
        raise SystemExit(f"error: {error}") from error
    facts = describe_machine()
    publish(options.format, facts, tables(rows), to_dict(rows, facts))


if __name__ == "__main__":
    main()
