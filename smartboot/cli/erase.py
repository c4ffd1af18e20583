"""``smartboot erase``."""

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
@adm_option
@pin_option
@changing_options
@force_option
@format_option("table", "json")
@click.pass_context
def command(
    ctx: click.Context,
    keep_files: bool,
    adms: tuple[str, ...],
    pins: tuple[str, ...],
    yes: bool,
    no_backup: bool,
    backup: Path | None,
    dry_run: bool,
    force: bool,
    output: str,
) -> None:
    """Remove the bootstrap data from the card.

    The documents are overwritten and taken out of the directory. Data objects that are no
    bootstrap data stay. The backup that is written first holds all of it.
    """
    from smartboot.provision.plan import plan_erase

    request = Request(
        "erase",
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
    with progress, open_target(ctx.find_object(Settings) or Settings()) as card:
        plan = plan_erase(card, keep_files=keep_files, keys=keys, force=force)
        status = carry_out(card, plan, keys, request, progress)
    ctx.exit(status)
