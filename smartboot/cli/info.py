"""``smartboot info``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smartboot.cli.output import (
    add_row,
    console,
    format_option,
    make_table,
    print_json,
    spaced,
    styled,
)
from smartboot.cli.root import Settings
from smartboot.cli.target import open_target

if TYPE_CHECKING:
    from smartboot.bootstrap.describe import CardDescription, FileDescription
    from smartboot.card.base import FilePath, PinStatus

__all__ = ["command"]

CURRENT_ADF = 0x7FFF


@click.command(
    "info",
    epilog="""\b
Examples:
  smartboot info
  smartboot -r pcsc:1 info --format json
""",
)
@format_option("table", "json")
@click.pass_obj
def command(settings: Settings, output: str) -> None:
    """Show who a card is: identity, applications, files.

    Also the state of its PINs, learnt without spending a try, and the access conditions of each
    file. A card cannot list its files: the well-known ones are tried, and those its directories
    name.
    """
    from smartboot.bootstrap.describe import describe_card

    with open_target(settings) as card:
        description = describe_card(card)
    if output == "json":
        print_json(description.to_dict())
    else:
        _show(description)


def _state(status: PinStatus) -> str:
    if status.blocked:
        return "blocked"
    if status.disabled:
        return "switched off"
    tries = "tries left unknown" if status.remaining is None else f"{status.remaining} tries left"
    if status.verified and status.remaining is None:
        return "not asked for (verified or switched off)"
    return tries


def _structure(file: FileDescription) -> str:
    info = file.info
    if info.kind.has_records and info.record_length is not None:
        return f"{info.kind} {info.record_count or '?'} x {info.record_length}"
    return str(info.kind)


def _indented(path: FilePath) -> str:
    """The file id under that of its directory; 7FFF stands for an ADF below the MF."""
    depth = len(path.ids) - 1 + (path.ids[0] == CURRENT_ADF)
    return "  " * depth + f"{path.fid:04X}"


def _show(description: CardDescription) -> None:
    from rich.table import Table

    from smartboot.card.keys import key_name
    from smartboot.cli.read_table import show_findings

    out = console()
    card = description.card
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("Card", styled(spaced(card.iccid) if card.iccid else "no ICCID", "bold"))
    facts.add_row("Kind", "UICC" if card.kind == "uicc" else "2G SIM")
    facts.add_row("ATR", styled(spaced(card.atr.upper(), 2)))
    facts.add_row("Reader", styled(card.reader))
    for status in description.keys:
        facts.add_row(key_name(status.reference), _state(status))
    out.print(facts)
    out.print()
    if description.applications:
        table = make_table(("Application", "AID", "Path"))
        for template in description.applications:
            add_row(table, template.label_text, template.aid.hex().upper(), template.path)
        out.print(table)
        out.print()
    table = make_table(("File", "Name", "Type", "Size", "SFI", "Read", "Update"), right=(3, 4))
    for file in description.files:
        conditions = dict(file.conditions)
        add_row(
            table,
            _indented(file.info.path),
            file.name,
            _structure(file),
            file.info.size,
            file.info.sfi,
            conditions.get("read"),
            conditions.get("update"),
        )
    out.print(table)
    out.print()
    show_findings(out, description.findings)
