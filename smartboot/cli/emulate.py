"""``smartboot emulate``."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING

import click

from smartboot.cli.output import safe, spaced
from smartboot.cli.root import Settings
from smartboot.cli.target import load_card_file
from smartboot.errors import UsageError

if TYPE_CHECKING:
    from smartboot.image import CardImage

__all__ = ["command"]

_DEFAULT_PORT = 35963
_RETRY_S = 0.2
_SETTLE_S = 1.0


def _announce(iccid: str, file: str, host: str, port: int) -> None:
    click.echo(
        f"{safe(file)}{iccid} is in the vpcd reader at {host}:{port}; Ctrl-C takes it out.",
        err=True,
    )


def _iccid(image: CardImage) -> str:
    """The ICCID of an image, for the announcement; empty when it has none."""
    file = image.find("2FE2")
    if file is None:
        return ""
    digits = "".join(f"{byte & 15:X}{byte >> 4:X}" for byte in file.body).rstrip("F")
    return f" (ICCID {spaced(digits)})"


@click.command(
    "emulate",
    epilog="""\b
Examples:
  smartboot emulate card_profiles/lwm2m-psk.yaml
  smartboot emulate card.yaml --port 35964 --save card.yaml
  smartboot emulate card_profiles/lwm2m-psk.yaml --tear-after 3 --save torn.yaml

\b
The card appears in the virtual reader of pcscd (package vsmartcard-vpcd) and is
seen by every PC/SC program. It stays until Ctrl-C, or with --once until the
reader lets go of it.
""",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=_DEFAULT_PORT,
    show_default=True,
    help="TCP port of the vpcd slot; the second slot is one above.",
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
    help="After N updates lose power in the middle of the next one.",
)
@click.option(
    "--etu",
    type=click.FloatRange(min=0, max=1000),
    metavar="MICROSECONDS",
    help="Answer as late as a T=0 wire with this elementary time unit (93 at 9600 baud).",
)
@click.option("--once", is_flag=True, help="End when the reader lets go of the card.")
@click.option(
    "--wait",
    type=click.FloatRange(0, 3600),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the reader driver to listen.",
)
@click.pass_obj
def command(
    settings: Settings,
    file: str,
    port: int,
    host: str,
    save: str | None,
    tear_after: int | None,
    etu: float | None,
    once: bool,
    wait: float,
) -> None:
    """Put a virtual UICC in a virtual PC/SC reader."""
    from smartboot.image import write_image
    from smartboot.virtual.card import Exchange, VirtualCard
    from smartboot.virtual.vpcd import SessionEnd, VpcdServer

    if settings.reader is not None and settings.reader.startswith("virtual:"):
        raise UsageError(
            "emulate takes the card as its argument, not with -r",
            hint=f"smartboot emulate {settings.reader.removeprefix('virtual:')}",
        )
    image = load_card_file(file)
    iccid = _iccid(image)
    card = VirtualCard(image)
    card.tear_after = tear_after
    stop = threading.Event()
    if etu is not None:
        byte_s = 12 * etu * 1e-6

        def pace(count: int) -> None:
            stop.wait(count * byte_s)

        card.pace = pace

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask_to_stop)

    def log(exchange: Exchange) -> None:
        # Headers and status words only: the rest may be a key or a document.
        header, sent = exchange.command[:5].hex(" ").upper(), max(0, len(exchange.command) - 5)
        received = len(exchange.response) - 2
        click.echo(f"  {header} +{sent} -> {received} bytes {exchange.sw:04X}", err=True)

    server = VpcdServer(
        card,
        host,
        port,
        connect_tries=max(1, round(wait / _RETRY_S)),
        retry_s=_RETRY_S,
        on_exchange=log if settings.verbose else None,
    )
    try:
        with server:
            while not stop.is_set():
                server.connect(stop)
                _announce(iccid, file, host, port)
                end = server.serve(stop, once=once)
                if end is not SessionEnd.STOPPED:
                    click.echo(f"{end.value}.", err=True)
                if end is not SessionEnd.DISCONNECTED or once:
                    break
                # pcscd overlooks a card that is back sooner than it looks at the slot again.
                stop.wait(_SETTLE_S)
    finally:
        if save is not None:
            write_image(card.to_image(), save)
            click.echo(f"card saved to {save}", err=True)
