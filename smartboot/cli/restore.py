"""``smartboot restore``."""

from __future__ import annotations

from pathlib import Path

import click

from smartboot.cli.cardkeys import adm_option, force_option, key_source, pin_option
from smartboot.cli.changing import Request, carry_out, changing_options
from smartboot.cli.output import format_option
from smartboot.cli.root import Settings
from smartboot.cli.saving import FileProgress
from smartboot.cli.target import open_target

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
@adm_option
@pin_option
@changing_options
@click.option("--create", is_flag=True, help="Make files that the card lacks, where it lets us.")
@click.option("--any-card", is_flag=True, help="Also on a card with another ICCID.")
@force_option
@format_option("table", "json")
@click.pass_context
def command(
    ctx: click.Context,
    image: Path,
    adms: tuple[str, ...],
    pins: tuple[str, ...],
    yes: bool,
    no_backup: bool,
    backup: Path | None,
    dry_run: bool,
    create: bool,
    any_card: bool,
    force: bool,
    output: str,
) -> None:
    """Put the bootstrap files of a card image back on the card.

    IMAGE is what dump wrote, or a backup of write, erase or restore. Only its files are restored,
    byte for byte; the card's keys, access rules and file sizes stay as they are.
    """
    from smartboot.image import load_image
    from smartboot.provision.restore import plan_restore

    request = Request(
        "restore",
        output,
        yes=yes,
        dry_run=dry_run,
        backup=backup,
        no_backup=no_backup,
        force=force,
    )
    request.check()
    progress = FileProgress()
    keys = key_source(pins, adms, progress.suspend)
    content = load_image(image)
    with progress, open_target(ctx.find_object(Settings) or Settings()) as card:
        plan = plan_restore(card, content, create=create, any_card=any_card, keys=keys, force=force)
        status = carry_out(card, plan, keys, request, progress)
    ctx.exit(status)
