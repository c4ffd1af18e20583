"""``smartboot doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smartboot.cli.output import console, format_option, print_json, styled

if TYPE_CHECKING:
    from smartboot.transport.machine import Check

__all__ = ["command"]

SCHEMA = "smartboot/doctor/1"

_MARKS = {True: ("ok", "green"), False: ("FAIL", "bold red"), None: ("info", "cyan")}


@click.command(
    "doctor", epilog="\b\nExamples:\n  smartboot doctor\n  smartboot doctor --format json"
)
@format_option("table", "json")
@click.pass_context
def command(ctx: click.Context, output: str) -> None:
    """Check this machine: PC/SC service, readers, rights.

    Looks at the machine and not at the card: is the PC/SC service running and reachable, is a
    reader there, who holds the card, is a policy in the way; each with its remedy. Ends with
    status 3 when something stands between smartboot and a card.
    """
    from smartboot.transport.machine import run_checks

    checks = run_checks()
    if output == "json":
        print_json(
            {
                "schema": SCHEMA,
                "checks": [
                    {
                        "name": check.name,
                        "ok": check.ok,
                        "detail": check.detail,
                        "remedy": check.remedy,
                    }
                    for check in checks
                ],
            }
        )
    else:
        _show(checks)
    if any(check.ok is False for check in checks):
        ctx.exit(3)


def _show(checks: list[Check]) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        word, style = _MARKS[check.ok]
        detail = styled(check.detail)
        for line in (check.remedy or "").splitlines():
            detail.append("\n")
            detail.append_text(Text("-> ", style="bold"))
            detail.append_text(styled(line))
        table.add_row(styled(word, style), styled(check.name, "bold"), detail)
    console().print(Padding(table, 0, expand=False))
