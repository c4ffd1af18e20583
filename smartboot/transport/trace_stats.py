"""What a trace cost: TPDUs, bytes and time on the wire, by phase and by file. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field

from smartboot.frozen import dataclass
from smartboot.transport.gsmtap import split_exchange
from smartboot.transport.trace_entries import (
    Trace,
    TracedCommand,
    TracedReset,
    TraceEntry,
)
from smartboot.transport.trace_follow import Follower, Meaning
from smartboot.transport.wire_time import exchange_bytes

__all__ = ["Cost", "Stats", "explained", "measure"]

_EXCHANGE_OVERHEAD = 7
"""Header and status word of a T=0 exchange."""


@dataclass(slots=True)
class Cost:
    """Sums over commands: ``sent`` and ``received`` count the bytes that went each way,
    ``wire_bytes`` all that T=0 puts on the line for them, procedure bytes included."""

    tpdus: int = 0
    sent: int = 0
    received: int = 0
    wire_bytes: int = 0
    duration_us: int = 0

    def add(self, entry: TracedCommand) -> None:
        """Count one more command."""
        self.tpdus += 1
        self.sent += len(entry.command)
        self.received += len(entry.answer) + 2
        self.wire_bytes += _wire_bytes(entry)
        self.duration_us += entry.duration_us


@dataclass(frozen=True, slots=True)
class Stats:
    """Costs in the order in which phases and files first appear."""

    total: Cost = field(default_factory=Cost)
    phases: dict[str, Cost] = field(default_factory=dict)
    files: dict[str, Cost] = field(default_factory=dict)
    failures: int = 0
    resets: int = 0


def _wire_bytes(entry: TracedCommand) -> int:
    """What T=0 would carry for a command, also for one that was exchanged on T=1."""
    if len(entry.head) < 4:
        return len(entry.command) + len(entry.answer) + 2
    return sum(
        exchange_bytes(len(exchange) - _EXCHANGE_OVERHEAD)
        for exchange in split_exchange(entry.head[:4], 0, entry.data, entry.answer, entry.sw)
    )


def explained(entries: Iterable[TraceEntry]) -> Iterator[tuple[TraceEntry, Meaning | None]]:
    """Each entry with its meaning; a reset has none."""
    follower = Follower()
    for entry in entries:
        if isinstance(entry, TracedReset):
            follower.reset()
            yield entry, None
        elif isinstance(entry, TracedCommand):
            yield entry, follower.follow(entry.head, entry.data, entry.answer, entry.sw)
        else:
            yield entry, follower.follow(entry.head, entry.data, b"", 0x6F00)


def measure(trace: Trace) -> Stats:
    """The costs of a trace. Commands without an answer are counted apart."""
    total = Cost()
    phases: dict[str, Cost] = {}
    files: dict[str, Cost] = {}
    failures = resets = 0
    for entry, meaning in explained(trace.entries):
        if meaning is None:
            resets += 1
        elif isinstance(entry, TracedCommand):
            file = meaning.file or "(no file)"
            for cost in (
                total,
                phases.setdefault(meaning.phase.value, Cost()),
                files.setdefault(file, Cost()),
            ):
                cost.add(entry)
        else:
            failures += 1
    return Stats(total, phases, files, failures, resets)
