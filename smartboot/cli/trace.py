"""``smartboot trace``: looking at recorded traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from smartboot.cli.output import (
    add_row,
    console,
    format_option,
    heading,
    make_table,
    print_json,
    safe,
    spaced,
)
from smartboot.errors import UsageError

if TYPE_CHECKING:
    from smartboot.transport.trace_entries import Trace, TraceEntry
    from smartboot.transport.trace_follow import Meaning
    from smartboot.transport.trace_stats import Cost, Stats
    from smartboot.transport.wire_time import Rate

__all__ = ["command"]

SHOW_SCHEMA = "smartboot/trace-show/1"
STATS_SCHEMA = "smartboot/trace-stats/1"

_TRUNCATED = "the trace is cut off at its end, as an interrupted run leaves it"


@click.group(
    "trace",
    epilog="""\b
Examples:
  smartboot --trace card.pcapng read
  smartboot trace show card.pcapng
  smartboot trace stats card.pcapng --ta1 95
  smartboot -r replay:card.pcapng info

\b
A trace is recorded with the option --trace, before the command:
  FILE.pcapng  for Wireshark and tshark (GSMTAP)
  FILE.jsonl   one JSON object a line
""",
)
def command() -> None:
    """Show recorded traces, and what they cost."""


def _load(file: str) -> Trace:
    from smartboot.transport.trace_file import load_trace

    trace = load_trace(file)
    if trace.truncated:
        click.echo(f"note: {_TRUNCATED}", err=True)
    return trace


def _header(trace: Trace) -> dict[str, Any]:
    header = trace.header
    return {
        "reader": header.reader or None,
        "atr": header.atr.hex() or None,
        "protocol": header.protocol.value,
        "contents": header.contents.value,
        "program": header.program or None,
        "truncated": trace.truncated,
    }


def _print_heading(trace: Trace) -> None:
    header = trace.header
    atr = f"ATR {spaced(header.atr.hex().upper(), 2)}" if header.atr else "ATR not recorded"
    parts = (header.protocol.value, atr, f"contents: {header.contents.value}")
    console().print(heading(header.reader or "reader not recorded", *parts))
    console().print()


# -- show


def _entry(
    number: int, start_us: int, entry: TraceEntry, meaning: Meaning | None, *, with_bytes: bool
) -> dict[str, Any]:
    """One entry as JSON values. Bytes of commands with keys are left out whoever recorded them."""
    from smartboot.transport.trace import is_blanked
    from smartboot.transport.trace_entries import Contents, TracedCommand, TracedReset
    from smartboot.transport.trace_jsonl import time_text

    plain: dict[str, Any] = {
        "number": number,
        "time": time_text(entry.time_us),
        "seconds": round((entry.time_us - start_us) / 1e6, 6),
    }
    if isinstance(entry, TracedReset) or meaning is None:
        reset = entry.atr.hex() if isinstance(entry, TracedReset) else None
        return {**plain, "event": "reset", "atr": reset}
    plain |= {
        "event": "command" if isinstance(entry, TracedCommand) else "failure",
        "channel": meaning.channel,
        "name": meaning.name,
        "header": entry.head.hex(),
        "path": meaning.path or None,
        "file": meaning.file_name or None,
        "phase": meaning.phase.value,
        "sent": len(entry.data),
    }
    if with_bytes:
        hidden = entry.data_blanked or is_blanked(meaning.data, Contents.ALL)
        plain["data"] = None if hidden and entry.data else entry.data.hex()
    if not isinstance(entry, TracedCommand):
        return {**plain, "error": entry.error, "message": entry.message}
    plain |= {"received": len(entry.answer)}
    if with_bytes:
        hidden = entry.answer_blanked or is_blanked(meaning.answer, Contents.ALL)
        plain["response"] = None if hidden and entry.answer else entry.answer.hex()
    return {
        **plain,
        "sw": f"{entry.sw:04x}",
        "status": meaning.status(entry.sw),
        "duration_us": entry.duration_us,
    }


def _file(row: dict[str, Any]) -> str:
    return " ".join(filter(None, (row["path"], row["file"])))


def _status(row: dict[str, Any]) -> str:
    if "sw" not in row:
        return f"no answer: {row['message']}"
    return f"{row['sw'].upper()} {row['status']}"


def _dump(rows: list[dict[str, Any]]) -> None:
    """Each command with its bytes, 32 a line: what no column is wide enough for."""
    for row in rows:
        start = f"{row['number']:>5}  {row['seconds']:>8.3f} s"
        if row["event"] == "reset":
            click.echo(f"{start}  (reset)  {row['atr'] or ''}")
            continue
        parts = (spaced(row["header"].upper(), 2), row["name"], _file(row), _status(row))
        click.echo(safe("  ".join((start, *filter(None, parts)))))
        for label, key, count in (("sent", "data", "sent"), ("got", "response", "received")):
            text = row.get(key, "")
            if text is None:
                click.echo(f"       {label:>4}  ({row[count]} bytes blanked)")
            else:
                for at in range(0, len(text), 64):
                    click.echo(f"       {label:>4}  {spaced(text[at : at + 64].upper(), 2)}")


@command.command("show", epilog="\b\nExample:\n  smartboot trace show card.pcapng --hex")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@format_option("table", "json")
@click.option("--hex", "with_bytes", is_flag=True, help="Show the data and answers recorded.")
def show(file: str, output: str, with_bytes: bool) -> None:
    """Print a recorded trace decoded command by command."""
    from smartboot.transport.trace_stats import explained

    trace = _load(file)
    start = trace.entries[0].time_us if trace.entries else 0
    rows = [
        _entry(number, start, entry, meaning, with_bytes=with_bytes)
        for number, (entry, meaning) in enumerate(explained(trace.entries), 1)
    ]
    if output == "json":
        print_json({"schema": SHOW_SCHEMA, **_header(trace), "entries": rows})
        return
    _print_heading(trace)
    if with_bytes:
        _dump(rows)
        return
    columns = ("#", "Seconds", "Ch", "Command", "P1 P2", "File", "Phase", "Sent", "Got", "Status")
    table = make_table(columns, right=(0, 1, 2, 7, 8))
    for row in rows:
        seconds = f"{row['seconds']:.3f}"
        if row["event"] == "reset":
            add_row(table, row["number"], seconds, None, "(reset)", *[None] * 6)
            continue
        add_row(
            table,
            *(row["number"], seconds, row["channel"], row["name"], row["header"][4:8].upper()),
            *(_file(row), row["phase"], row["sent"], row.get("received")),
            _status(row),
        )
    console().print(table)


# -- stats


def _rates(trace: Trace, ta1: str | None, clock_mhz: float | None) -> list[Rate]:
    from smartboot.transport.wire_time import DEFAULT_CLOCK_HZ, DEFAULT_TA1, Rate, ta1_of

    clock = DEFAULT_CLOCK_HZ if clock_mhz is None else round(clock_mhz * 1e6)
    rates = [Rate(DEFAULT_TA1, clock)]
    if ta1 is not None:
        try:
            chosen = int(ta1, 16)
        except ValueError:
            chosen = -1
        if len(ta1) != 2 or chosen < 0:
            raise UsageError(f"--ta1: {ta1!r} is no byte in hex", hint="such as 95")
        rates.append(Rate(chosen, clock))
    else:
        offered = ta1_of(trace.header.atr)
        if offered is not None:
            try:
                rates.append(Rate(offered, clock))
            except UsageError as error:
                click.echo(f"note: the card's ATR: {error}", err=True)
    return list(dict.fromkeys(rates))


def _cost(cost: Cost, rates: list[Rate]) -> dict[str, Any]:
    return {
        "tpdus": cost.tpdus,
        "sent": cost.sent,
        "received": cost.received,
        "wire_bytes": cost.wire_bytes,
        "wire_seconds": {f"{r.ta1:02x}": round(r.seconds(cost.wire_bytes), 6) for r in rates},
        "measured_seconds": round(cost.duration_us / 1e6, 6),
    }


@command.command("stats", epilog="\b\nExample:\n  smartboot trace stats card.jsonl --ta1 95")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@format_option("table", "json")
@click.option(
    "--ta1",
    metavar="HEX",
    help="Transmission rate to compute for, beside the default; otherwise the ATR's TA1.",
)
@click.option(
    "--clock",
    type=click.FloatRange(0.5, 20),
    metavar="MHZ",
    help="Clock of the card.  [default: 3.5712, with which TA1 = 11 is 9600 baud]",
)
def stats(file: str, output: str, ta1: str | None, clock: float | None) -> None:
    """Sum up TPDUs, bytes and wire time by phase and file.

    Wire time is computed, as T=0 would need it, without the card's and the reader's own time;
    a T=1 trace is converted for it. The time measured when it was recorded stands beside it.
    """
    from smartboot.transport.trace_stats import measure

    trace = _load(file)
    rates = _rates(trace, ta1, clock)
    result = measure(trace)
    if output == "json":
        print_json(
            {
                "schema": STATS_SCHEMA,
                **_header(trace),
                "rates": [
                    {"ta1": f"{r.ta1:02x}", "baud": round(r.baud), "clock_hz": r.clock_hz}
                    for r in rates
                ],
                "total": _cost(result.total, rates),
                "phases": [{"phase": n, **_cost(c, rates)} for n, c in result.phases.items()],
                "files": [{"file": n, **_cost(c, rates)} for n, c in result.files.items()],
                "failures": result.failures,
                "resets": result.resets,
            }
        )
        return
    _print_heading(trace)
    _print_costs("Phase", result.phases, result, rates)
    console().print()
    _print_costs("File", result.files, result, rates)
    if result.failures or result.resets:
        click.echo(f"\n{result.failures} commands without an answer, {result.resets} resets")


def _print_costs(title: str, costs: dict[str, Cost], result: Stats, rates: list[Rate]) -> None:
    speeds = [f"TA1 {r.ta1:02X} ({r.baud:.0f} Bd)" for r in rates]
    columns = (title, "TPDUs", "Sent", "Received", "On wire", *speeds, "Measured")
    table = make_table(columns, right=range(1, len(columns)))
    for name, cost in (*costs.items(), ("total", result.total)):
        add_row(
            table,
            safe(name),
            cost.tpdus,
            cost.sent,
            cost.received,
            cost.wire_bytes,
            *(f"{rate.seconds(cost.wire_bytes):.3f} s" for rate in rates),
            f"{cost.duration_us / 1e6:.3f} s",
            style="bold" if name == "total" else "",
        )
    console().print(table)
