"""``smartboot read``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartboot.cli.cardkeys import force_option, key_source, pin_option
from smartboot.cli.output import format_option, print_json, print_yaml
from smartboot.cli.root import Settings
from smartboot.cli.target import open_target
from smartboot.errors import PinRequiredError, UsageError

if TYPE_CHECKING:
    from smartboot.bootstrap.data import BootstrapData
    from smartboot.bootstrap.unlock import KeySource

__all__ = ["command", "reading_keys"]


def reading_keys(pins: tuple[str, ...]) -> KeySource:
    """The PINs given, or asked for; a file that only an ADM key opens is left locked."""
    from smartboot.card.keys import is_adm

    keys = key_source(pins)

    def source(reference: int) -> bytes | None:
        return None if is_adm(reference) else keys(reference)

    return source


def _fid(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        fid = int(text, 16)
    except ValueError:
        fid = -1
    if len(text) != 4 or fid < 0:
        raise UsageError(f"--fid: {text!r} is no file id", hint="four hex digits, such as 6432")
    return fid


def _save_raw(data: BootstrapData, folder: Path) -> None:
    """Write each EF's bytes; only the user may read them, since documents hold secrets."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in data.files:
        path = folder / f"{name}.bin"
        path.touch(mode=0o600)
        path.write_bytes(content)
        click.echo(f"wrote {path} ({len(content)} bytes)", err=True)


@click.command(
    "read",
    epilog="""\b
Examples:
  smartboot read
  smartboot read --format json --show-secrets > card.json
  smartboot read --pin env:CARD_PIN
  smartboot -r virtual:card_profiles/lwm2m-psk.yaml read
""",
)
@format_option("table", "json", "yaml")
@click.option("--show-secrets", is_flag=True, help="Show keys and passwords instead of ********.")
@click.option(
    "--raw",
    "raw_folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write each file's bytes into DIR, unknown data objects included.",
)
@pin_option
@force_option
@click.option("--fid", metavar="FID", help="Read this file (hex) and skip the directory search.")
@click.pass_obj
def command(
    settings: Settings,
    output: str,
    show_secrets: bool,
    raw_folder: Path | None,
    pins: tuple[str, ...],
    force: bool,
    fid: str | None,
) -> None:
    """Read the bootstrap data: accounts, objects, findings."""
    from smartboot.bootstrap.reader import read_bootstrap

    file_id = _fid(fid)
    keys = reading_keys(pins)
    with open_target(settings) as card:
        data = read_bootstrap(
            card, keys=keys, force=force, fid=file_id, everything=raw_folder is not None
        )
    if raw_folder is not None:
        _save_raw(data, raw_folder)
    if output == "table":
        from smartboot.cli.read_table import show

        show(data, show_secrets=show_secrets)
    elif output == "json":
        print_json(data.to_dict(show_secrets=show_secrets))
    else:
        print_yaml(data.to_dict(show_secrets=show_secrets))
    if data.locked:
        raise PinRequiredError(
            f"not everything could be read: {', '.join(data.locked)} is missing or was refused",
            key_name=", ".join(data.locked),
            hint="see the findings; a PIN is given with --pin KEY",
        )
