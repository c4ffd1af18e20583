"""``smartboot restore``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartboot.cli.changing import Request, change, changing_options, create_option

if TYPE_CHECKING:
    from smartboot.card.base import Card
    from smartboot.cli.cardkeys import CardKeys
    from smartboot.provision.steps import Plan

__all__ = ["command"]


@click.command(
    "restore",
    epilog="""\b
Examples:
  smartboot restore smartboot-backup-89882110000000000010-20260102T030405Z.yaml --adm @adm.key
  smartboot restore my-card.yaml --dry-run
  smartboot restore my-card.yaml --any-card --create --adm @adm.key
""",
)
@click.argument("image", type=click.Path(dir_okay=False, path_type=Path))
@create_option
@click.option("--any-card", is_flag=True, help="Also on a card with another ICCID.")
@changing_options("restore")
@click.pass_context
def command(
    ctx: click.Context, image: Path, create: bool, any_card: bool, request: Request
) -> None:
    """Put the bootstrap files of a card image back on the card.

    IMAGE is what dump wrote, or a backup of write, erase or restore. Only its files are restored,
    byte for byte; the card's keys, access rules and file sizes stay as they are.
    """
    from smartboot.image import load_image
    from smartboot.provision.restore import plan_restore

    content = load_image(image)

    def plan(card: Card, keys: CardKeys) -> Plan:
        return plan_restore(
            card, content, create=create, any_card=any_card, keys=keys, force=request.force
        )

    ctx.exit(change(request, plan))
