"""``smartboot dump``."""

from __future__ import annotations

from pathlib import Path

import click

from smartboot.cli.cardkeys import key_options, key_source
from smartboot.cli.root import Settings
from smartboot.cli.target import open_target
from smartboot.errors import PinRequiredError, UsageError

__all__ = ["command"]


@click.command(
    "dump",
    epilog="""\b
Examples:
  smartboot dump my-card.yaml
  smartboot dump my-card.yaml --pin env:CARD_PIN --adm @adm.key
  smartboot -r virtual:my-card.yaml read

\b
The image holds the documents' secrets and is made readable for you only. The card's keys cannot
be read: those in the image are placeholders (PINs off, ADM keys 12345678).
""",
)
@click.argument("image", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace IMAGE if it is there already.")
@key_options
@click.pass_obj
def command(
    settings: Settings,
    image: Path,
    overwrite: bool,
    pins: tuple[str, ...],
    adms: tuple[str, ...],
    force: bool,
) -> None:
    """Copy a card's bootstrap files into an image file."""
    from smartboot.cli.saving import FileProgress, show_findings_on_stderr
    from smartboot.image import write_image
    from smartboot.provision.backup import dump_card

    if image.exists() and not overwrite:
        raise UsageError(
            f"{image} is there already",
            hint="give another name, or --overwrite to replace it",
        )
    progress = FileProgress()
    keys = key_source(pins, adms, progress.suspend)
    with progress, open_target(settings) as card:
        dump = dump_card(card, keys=keys, force=force, progress=progress.report)
    write_image(dump.image, image)
    show_findings_on_stderr(dump.findings)
    count = sum(1 for _, file in dump.image.walk() if not file.is_directory)
    iccid = f"card {dump.iccid}" if dump.iccid else "the card (no ICCID)"
    click.echo(f"wrote {image}: {count} files of {iccid}", err=True)
    if dump.locked:
        names = ", ".join(dump.locked)
        raise PinRequiredError(
            f"{len(dump.unread)} files are in the image without their content:"
            f" {names} is missing or was refused",
            key_name=names,
            hint="give it with --pin KEY or --adm KEY, and dump again with --overwrite",
        )
