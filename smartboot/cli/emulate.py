"""``smartboot emulate``."""

from __future__ import annotations

import click

from smartboot.cli.target import load_card_file

__all__ = ["command"]

DEFAULT_PORT = 35963
"""0x8C7B, where Debian's vpcd listens."""


@click.command(
    "emulate",
    epilog="""\b
Examples:
  smartboot emulate card_profiles/lwm2m-psk.yaml
  smartboot emulate card.yaml --port 35964 --save card.yaml
  smartboot emulate card_profiles/lwm2m-psk.yaml --tear-after 3 --save torn.yaml

\b
The card appears in pcscd's virtual reader (package vsmartcard-vpcd) and is seen
by every PC/SC program. It stays until Ctrl-C, or with --once until the reader
lets go of it.
""",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="TCP port of the vpcd slot.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where pcscd runs.")
@click.option(
    "--save",
    type=click.Path(dir_okay=False),
    metavar="IMAGE",
    help="Write the card, as it then is, to this file at the end.",
)
@click.option(
    "--tear-after",
    type=click.IntRange(min=0),
    metavar="N",
    help="Lose power in the middle of the update after N updates.",
)
@click.option("--once", is_flag=True, help="End when the reader lets go of the card.")
@click.option(
    "--wait",
    type=click.FloatRange(0, 3600),
    default=10.0,
    show_default=True,
    help="Seconds to wait for the reader to listen.",
)
def command(
    file: str,
    port: int,
    host: str,
    save: str | None,
    tear_after: int | None,
    once: bool,
    wait: float,
) -> None:
    """Put a virtual UICC in a virtual PC/SC reader."""
    raise NotImplementedError
