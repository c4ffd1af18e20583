"""How many documents a second are decoded and encoded: ``python -m benchmarks.codecs``.

Each document is timed together with its peers, in the same rounds (see ``timing``):

- ``decode``, ``encode``, ``to_plain`` and ``accounts`` are smartboot's own. ``decode`` gives typed
  objects and says what is wrong with them; its checks are part of the time.
- libwbxml turns WBXML into XML text and back. ``to XML`` (decode and write XML) and ``from XML``
  (parse XML and encode) are smartboot doing that same job.
- ``lxml`` parses the document's XML form and ``json`` reads its JSON form, nothing more: what a
  parser written in C takes to make a generic tree of the same content.

Times are processor time of one call, the median of several rounds; whether the limit for 500
bytes is kept is judged by the best round, because other work on the machine only ever adds. A
ratio says how many times as long as the peer smartboot takes, the median of the rounds' ratios.
Memory is the peak above what was there before, as tracemalloc counts it.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from benchmarks.documents import CARRIERS, SIZES, Sample, sample
from benchmarks.machine import describe_machine
from benchmarks.peers import Libwbxml, LibwbxmlError
from benchmarks.report import Table, arguments, publish
from benchmarks.timing import Effort, Timing, time_together
from smartboot.formats import registry

__all__ = [
    "LIMIT_US",
    "MEMORY_LIMIT",
    "MEMORY_SIZE",
    "Row",
    "libwbxml_or_none",
    "main",
    "measure",
    "memory",
    "peak_bytes",
    "run",
    "tables",
    "to_dict",
    "works",
]

SCHEMA = "smartboot/bench-codecs/1"
LIMIT_US = 250
"""What decoding a document of 500 bytes is to stay under, in microseconds."""

MEMORY_SIZE = 32_500
"""As long as a file on a card can be (32 KB), less room for one account more."""

MEMORY_LIMIT = 5_000_000
"""What a document of 32 KB may take above what was there before, in bytes."""

_QUICK = Effort(rounds=5, round_s=0.012)
_FULL = Effort(rounds=15, round_s=0.05)

_PEERS = ("libwbxml to XML", "libwbxml from XML", "lxml", "json")
_RATIOS = (
    ("decode", "libwbxml to XML"),
    ("to XML", "libwbxml to XML"),
    ("encode", "libwbxml from XML"),
    ("from XML", "libwbxml from XML"),
    ("decode", "lxml"),
    ("decode", "json"),
)
"""(ours, the peer it is compared with)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One document and the times of everything done with it, ours and the peers'."""

    sample: Sample
    timings: dict[str, Timing]

    def ratio(self, ours: str, peer: str) -> float | None:
        """How many times as long as the peer ours takes; None where one was not timed."""
        if ours not in self.timings or peer not in self.timings:
            return None
        return self.timings[ours].ratio(self.timings[peer])

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON."""
        ratios = {f"{a} / {b}": self.ratio(a, b) for a, b in _RATIOS}
        return {
            "carrier": self.sample.carrier,
            "bytes": len(self.sample.data),
            "microseconds": {n: round(t.median_us, 2) for n, t in self.timings.items()},
            "best_microseconds": {n: round(t.best_us, 2) for n, t in self.timings.items()},
            "per_second": {n: round(t.per_second, 1) for n, t in self.timings.items()},
            "ratios": {n: round(value, 2) for n, value in ratios.items() if value is not None},
        }


def works(one: Sample, libwbxml: Libwbxml | None) -> dict[str, Callable[[], object]]:
    """Everything that is timed for a document, by name."""
    handler: Any = registry.get(one.format)
    document, data = one.document, one.data
    found: dict[str, Callable[[], object]] = {
        "decode": lambda: handler.decode(data),
        "encode": lambda: handler.encode(document),
        "to_plain": lambda: handler.to_plain(document),
        "accounts": lambda: handler.accounts(document),
    }
    if one.carrier in ("oma-cp", "oma-dm"):
        text = handler.to_xml(document)
        found["to XML"] = lambda: handler.to_xml(handler.decode(data).document)
        found["from XML"] = lambda: handler.encode(handler.from_xml(text))
        found["lxml"] = lambda: etree.fromstring(text)
        if libwbxml is not None:
            version = data[0]
            found["libwbxml to XML"] = lambda: libwbxml.to_xml(data)
            found["libwbxml from XML"] = lambda: libwbxml.to_wbxml(text, version)
    is_json = data[:1] in (b"[", b"{")
    plain = data if is_json else json.dumps(handler.to_plain(document, show_secrets=True)).encode()
    found["json"] = lambda: json.loads(plain)
    return found


def measure(
    carriers: Iterable[str], sizes: Iterable[int], effort: Effort, libwbxml: Libwbxml | None
) -> list[Row]:
    """Time the documents of these carriers and sizes."""
    wanted = [sample(carrier, size) for carrier in carriers for size in sizes]
    return [Row(one, time_together(works(one, libwbxml), effort)) for one in wanted]


def peak_bytes(work: Callable[[], object]) -> int:
    """The most memory that ``work`` takes above what was there before, its result included."""
    work()  # Caches and modules imported on the way are not the document's.
    tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        kept = work()
        peak = tracemalloc.get_traced_memory()[1]
        del kept
    finally:
        tracemalloc.stop()
    return peak - before


def memory(carriers: Iterable[str], size: int = MEMORY_SIZE) -> list[dict[str, Any]]:
    """Peak memory of decoding and encoding a large document of each carrier."""
    found: list[dict[str, Any]] = []
    for carrier in carriers:
        one = sample(carrier, size)
        all_works = works(one, None)
        peaks = {name: peak_bytes(all_works[name]) for name in ("decode", "encode")}
        found.append({"carrier": carrier, "bytes": len(one.data), **peaks})
    return found


def libwbxml_or_none() -> Libwbxml | None:
    """libwbxml, or None and a line on stderr when it is not installed."""
    try:
        return Libwbxml()
    except LibwbxmlError as error:
        sys.stderr.write(f"note: {error}; it is left out\n")
        return None


def main(argv: list[str] | None = None) -> None:
    """Run the benchmark and print it."""
    options = arguments("decode and encode throughput of the document formats").parse_args(argv)
    rows, peaks = run(full=options.full)
    facts = describe_machine()
    publish(options.format, facts, tables(rows, peaks), to_dict(rows, peaks, facts))


def run(*, full: bool) -> tuple[list[Row], list[dict[str, Any]]]:
    """Times and memory of all carriers and sizes."""
    effort = _FULL if full else _QUICK
    return measure(CARRIERS, SIZES, effort, libwbxml_or_none()), memory(CARRIERS)


def to_dict(
    rows: list[Row], peaks: list[dict[str, Any]], facts: Mapping[str, str]
) -> dict[str, Any]:
    """The results as JSON."""
    return {
        "schema": SCHEMA,
        "machine": dict(facts),
        "rows": [row.to_dict() for row in rows],
        "memory": peaks,
    }


def tables(rows: list[Row], peaks: list[dict[str, Any]]) -> list[Table]:
    """The tables."""
    names = ("decode", "encode", "to_plain", "accounts")
    return [
        Table(
            "codec-speed",
            "Documents a second (of processor time)",
            ("document", "bytes", *names),
            [
                (*_named(row), *(f"{row.timings[name].per_second:,.0f}" for name in names))
                for row in rows
            ],
        ),
        Table(
            "codec-time",
            "Microseconds a document; best of the rounds for decode",
            ("document", "bytes", *names, "decode, best", f"500 bytes in {LIMIT_US}"),
            [
                (
                    *_named(row),
                    *(f"{row.timings[name].median_us:,.0f}" for name in names),
                    f"{row.timings['decode'].best_us:,.0f}",
                    _verdict(row),
                )
                for row in rows
            ],
        ),
        Table(
            "codec-peers",
            "Peers, microseconds a document",
            ("document", "bytes", *_PEERS),
            [
                (
                    *_named(row),
                    *(
                        f"{row.timings[name].median_us:,.0f}" if name in row.timings else "-"
                        for name in _PEERS
                    ),
                )
                for row in rows
            ],
        ),
        Table(
            "codec-ratios",
            "Ratios: how many times as long as the peer",
            ("document", "bytes", *(f"{ours} / {peer}" for ours, peer in _RATIOS)),
            [
                (*_named(row), *(_ratio(row.ratio(ours, peer)) for ours, peer in _RATIOS))
                for row in rows
            ],
        ),
        Table(
            "codec-memory",
            f"Peak memory of a 32 KB document, in KB (limit {MEMORY_LIMIT // 1000:,})",
            ("document", "bytes", "decode", "encode"),
            [
                (
                    one["carrier"],
                    one["bytes"],
                    *(f"{one[name] / 1000:,.0f}" for name in ("decode", "encode")),
                )
                for one in peaks
            ],
        ),
    ]


def _named(row: Row) -> tuple[str, int]:
    return row.sample.carrier, len(row.sample.data)


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _verdict(row: Row) -> str:
    if row.sample.asked != 500:
        return "-"
    return "kept" if row.timings["decode"].best_us < LIMIT_US else "missed"


if __name__ == "__main__":
    main()
