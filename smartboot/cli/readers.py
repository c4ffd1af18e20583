"""``smartboot readers``."""

from __future__ import annotations

import click

from smartboot.cli.output import add_row, console, format_option, make_table, print_json, spaced
from smartboot.errors import SmartbootError

__all__ = ["command"]

SCHEMA = "smartboot/readers/1"


def _iccid(selector: str) -> str | None:
    from smartboot.card import open_card
    from smartboot.transport import pcsc

    connection = pcsc.open_reader(selector)
    try:
        return open_card(connection).iccid()
    finally:
        connection.close()


@click.command(
    "readers",
    epilog="\b\nExamples:\n  smartboot readers\n  smartboot readers --format json --no-iccid",
)
@format_option("table", "json")
@click.option(
    "--iccid/--no-iccid",
    "with_iccid",
    default=True,
    show_default=True,
    help="Power each free card and read its ICCID.",
)
def command(output: str, with_iccid: bool) -> None:
    """List the readers and the cards in them."""
    from smartboot.transport import pcsc

    rows = []
    for reader in pcsc.list_readers():
        iccid, problem = None, None
        if with_iccid and reader.card_present and not reader.exclusive and not reader.mute:
            try:
                iccid = _iccid(f"pcsc:{reader.index}")
            except SmartbootError as error:
                problem = str(error)
        rows.append((reader, iccid, problem))
    if output == "json":
        print_json(
            {
                "schema": SCHEMA,
                "readers": [
                    {
                        "reader": f"pcsc:{reader.index}",
                        "name": reader.name,
                        "card": reader.card_present,
                        "state": reader.state,
                        "atr": reader.atr.hex() or None,
                        "iccid": iccid,
                        "error": problem,
                    }
                    for reader, iccid, problem in rows
                ],
            }
        )
        return
    if not rows:
        click.echo("No reader is connected.")
        click.echo("hint:  `smartboot doctor` looks for the reason", err=True)
        return
    table = make_table(("Reader", "Name", "State", "ICCID", "ATR"))
    for reader, iccid, problem in rows:
        add_row(
            table,
            f"pcsc:{reader.index}",
            reader.name,
            reader.state if problem is None else problem,
            spaced(iccid) if iccid else None,
            reader.atr.hex(" ").upper(),
        )
    console().print(table)
