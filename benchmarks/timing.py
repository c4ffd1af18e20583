"""Timing several things fairly: interleaved, in processor time, without garbage collection."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

__all__ = ["Effort", "Timing", "time_together"]

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is spent on a comparison: ``rounds``, each of at least ``round_s`` for a thing."""

    rounds: int = 7
    round_s: float = 0.01


@dataclass(frozen=True, slots=True)
class Timing:
    """Processor time of one call in seconds, one number for each round."""

    rounds_s: tuple[float, ...]

    @property
    def median_s(self) -> float:
        """The median of the rounds, in seconds."""
        return median(self.rounds_s)

    @property
    def best_us(self) -> float:
        """The best round, in microseconds: what the work takes when nothing disturbs it."""
        return min(self.rounds_s) * 1e6

    @property
    def median_us(self) -> float:
        """The median of the rounds, in microseconds."""
        return self.median_s * 1e6

    @property
    def per_second(self) -> float:
        """Calls in a second of processor time, by the median."""
        return 1 / self.median_s

    def ratio(self, other: Timing) -> float:
        """How many times as long as ``other`` this takes: the median of the rounds' ratios."""
        pairs = zip(self.rounds_s, other.rounds_s, strict=True)
        return median(ours / theirs for ours, theirs in pairs)


def time_together(works: Mapping[str, Work], effort: Effort) -> dict[str, Timing]:
    """Time each of ``works``, all in the same rounds.

    A machine's speed drifts while a benchmark runs. Each round times every work once, so that
    what slows one slows the others too and their ratio keeps its meaning.
    """
    counts = {name: _calls_for(work, effort.round_s) for name, work in works.items()}
    samples: dict[str, list[float]] = {name: [] for name in works}
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for _ in range(effort.rounds):
            for name, work in works.items():
                samples[name].append(_once(work, counts[name]))
            if enabled:
                gc.collect()
    finally:
        if enabled:
            gc.enable()
    return {name: Timing(tuple(found)) for name, found in samples.items()}


def _once(work: Work, count: int) -> float:
    calls = range(count)
    begin = time.process_time_ns()
    for _ in calls:
        work()
    return max(time.process_time_ns() - begin, 1) / count / 1e9


def _calls_for(work: Work, round_s: float) -> int:
    """How many calls make up a round. The first call, which fills caches, does not count."""
    work()
    count = 1
    while True:
        spent = _once(work, count) * count
        if spent >= round_s / 4 or count >= 1 << 20:
            return max(1, round(count * round_s / max(spent, 1e-9)))
        count *= 4
