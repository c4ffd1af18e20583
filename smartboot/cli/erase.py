"""``smartboot erase``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smartboot.cli.changing import Request, change, changing_options

if TYPE_CHECKING:
    from smartboot.card.base import Card
    from smartboot.cli.cardkeys import CardKeys
    from smartboot.provision.steps import Plan

__all__ = ["command"]


@click.command(
    "erase",
    epilog="""\b
Examples:
  smartboot erase --dry-run
  smartboot erase --adm @adm.key
  smartboot erase --delete-files --adm @adm.key --yes
""",
)
@click.option(
    "--keep-files/--delete-files",
    default=True,
    help="Leave the empty files (the default), or delete them where the card lets us.",
)
@changing_options("erase")
@click.pass_context
def command(ctx: click.Context, keep_files: bool, request: Request) -> None:
    """Remove the bootstrap data from the card.

    The documents are overwritten and taken out of the directory. Data objects that are no
    bootstrap data stay. The backup that is written first holds all of it.
    """
    from smartboot.provision.plan import plan_erase

    def plan(card: Card, keys: CardKeys) -> Plan:
        return plan_erase(card, keep_files=keep_files, keys=keys, force=request.force)

    ctx.exit(change(request, plan))
