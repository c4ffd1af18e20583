"""How many cards an hour a desk can do, from the numbers of ``benchmarks.wire``.

A card is put in, read, written (blank files) and verified, and taken out. What is counted is the
time on the wire, with the ATR and, at another rate than the first, the exchange that agrees on it
(PPS, ISO/IEC 7816-3, 9), and ``handling_s`` for the hands. What is not: the time in which the card
itself programs its memory, and the computer's, which works while the wire does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.report import Table
from benchmarks.wire import RATES, Row
from smartboot.transport.wire_time import DEFAULT_TA1, Rate
from smartboot.virtual import VirtualCard

__all__ = ["HANDLING_S", "STEPS", "Desk", "desks", "tables", "to_dict"]

SCHEMA = "smartboot/bench-desk/1"
HANDLING_S = 10.0
"""A card taken from its tray, put into the reader and back; ``--handling`` takes another time."""

STEPS = ("read", "write", "verify")
"""The commands that each card gets, of those in ``wire.COMMANDS``."""

_PPS_BYTES = 8
"""PPSS, PPS0, PPS1 and PCK, and the same back."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One layout at one rate."""

    layout: str
    rate: str
    wire_s: float
    handling_s: float

    @property
    def cards_per_hour(self) -> float:
        """Cards one person and one reader can do."""
        return 3600 / (self.wire_s + self.handling_s)

    def to_dict(self) -> dict[str, Any]:
        """The desk as JSON."""
        return {
            "layout": self.layout,
            "rate": self.rate,
            "wire_seconds": round(self.wire_s, 3),
            "handling_seconds": self.handling_s,
            "cards_per_hour": round(self.cards_per_hour, 1),
        }


def desks(rows: list[Row], handling_s: float = HANDLING_S) -> list[Desk]:
    """Every layout at every rate."""
    return [
        Desk(row.layout.name, name, _wire_s(row, rate), handling_s)
        for row in rows
        for name, rate in RATES.items()
    ]


def _wire_s(row: Row, rate: Rate) -> float:
    """Each step is a command of its own that powers the card: an ATR at the first rate, and PPS."""
    start = len(VirtualCard(row.layout.written).atr) + (
        _PPS_BYTES if rate.ta1 != DEFAULT_TA1 else 0
    )
    resets = Rate(DEFAULT_TA1).seconds(start) * len(STEPS)
    return resets + sum(row.costs[step].seconds(rate) for step in STEPS)


def tables(found: list[Desk]) -> list[Table]:
    """The table: seconds on the wire and cards an hour, both rates side by side."""
    by_layout: dict[str, list[Desk]] = {}
    for desk in found:
        by_layout.setdefault(desk.layout, []).append(desk)
    handling_s = found[0].handling_s
    rates = [desk.rate for desk in next(iter(by_layout.values()))]
    return [
        Table(
            "desk",
            f"Cards an hour: read, write, verify, and {handling_s:g} s of handling for each card",
            (
                "layout",
                *(f"seconds at {rate}" for rate in rates),
                *(f"cards an hour at {rate}" for rate in rates),
            ),
            [
                (
                    name,
                    *(f"{desk.wire_s:.2f}" for desk in line),
                    *(f"{desk.cards_per_hour:.0f}" for desk in line),
                )
                for name, line in by_layout.items()
            ],
        )
    ]


def to_dict(found: list[Desk], facts: Mapping[str, str]) -> dict[str, Any]:
    """The results as JSON."""
    return {"schema": SCHEMA, "machine": dict(facts), "rows": [desk.to_dict() for desk in found]}
