"""``smartboot emulate``."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import FrameType
from typing import TYPE_CHECKING

import click

from smartboot.cli.output import safe, spaced
from smartboot.cli.root import Settings
from smartboot.errors import UsageError

if TYPE_CHECKING:
    from smartboot.image import CardImage
    from smartboot.virtual.card import Exchange, VirtualCard
    from smartboot.virtual.scenario import Scenario
    from smartboot.virtual.vpcd import SessionEnd

__all__ = ["command"]

_DEFAULT_PORT = 35963
_RETRY_S = 0.2
_WAIT_S = 10.0
_FOR_EVER = 10**9
_MAX_CARDS = 16


def _iccid(image: CardImage) -> str:
    """The ICCID of an image, for the announcement; empty when it has none."""
    file = image.find("2FE2")
    if file is None:
        return ""
    digits = "".join(f"{byte & 15:X}{byte >> 4:X}" for byte in file.body).rstrip("F")
    return f" (ICCID {spaced(digits)})"


def _hex_byte(ctx: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    try:
        return int(value, 16)
    except ValueError:
        raise click.BadParameter("two hex digits, such as 95") from None


def _given(specified: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in specified.items() if value is not None}


def _log(prefix: str) -> Callable[[Exchange], None]:
    def log(exchange: Exchange) -> None:
        # Headers and status words only: the rest may be a key or a document.
        header, sent = exchange.command[:5].hex(" ").upper(), max(0, len(exchange.command) - 5)
        received = len(exchange.response) - 2
        click.echo(f"  {prefix}{header} +{sent} -> {received} bytes {exchange.sw:04X}", err=True)

    return log


def _sum_up(card: VirtualCard, name: str) -> None:
    """What the card did, in one line; with the updates of each file where they are counted."""
    if not card.tpdus:
        return
    click.echo(
        f"{name}{card.tpdus} commands, {card.bytes_on_wire} bytes, {card.clock_s:.3f} s of the"
        f" card's time, {card.writes} updates",
        err=True,
    )
    if card.keep_updates:
        for path, count in card.updates.items():
            click.echo(f"  {path}: updated {count} times", err=True)


def _scenario(file: str | None, flags: dict[str, object], wire: dict[str, object]) -> Scenario:
    """The scenario file with what the command line adds or replaces."""
    from smartboot.virtual.scenario import (
        EnduranceSettings,
        Scenario,
        WireSettings,
        load_scenario,
        scenario_from_data,
    )

    scenario = Scenario() if file is None else load_scenario(file)
    changes = dict(flags)
    if wire:
        given = {} if scenario.wire is None else scenario.wire.model_dump(exclude_defaults=True)
        if wire.keys() & {"ta1", "etu_us"}:
            given = {key: value for key, value in given.items() if key not in ("ta1", "etu_us")}
        data = {key: str(value) for key, value in (given | wire).items()}
        if "ta1" in data:
            data["ta1"] = f"{(given | wire)['ta1']:02X}"
        # Through the schema, for its messages about rates.
        changes["wire"] = scenario_from_data({"wire": data}).wire or WireSettings()
    if "endurance" in changes:
        settings = scenario.endurance or EnduranceSettings()
        changes["endurance"] = settings.model_copy(update={"limit": changes["endurance"]})
    return scenario.model_copy(update=changes)


@click.command(
    "emulate",
    epilog="""\b
Examples:
  smartboot emulate lwm2m-psk
  smartboot emulate card.yaml --port 35964 --save card.yaml
  smartboot emulate card_profiles/lwm2m-psk.yaml --personality no-channels
  smartboot emulate card_profiles/lwm2m-psk.yaml --tear-after 3 --save torn.yaml
  smartboot emulate a.yaml b.yaml --scenario worn.yaml --ta1 96 --real-time

\b
The card appears in the virtual reader of pcscd (package vsmartcard-vpcd) and is
seen by every PC/SC program. It stays until Ctrl-C, or with --once until the
reader lets go of it. Several FILEs are several cards in as many slots.
""",
)
@click.argument("files", metavar="FILE...", type=click.Path(), nargs=-1)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=_DEFAULT_PORT,
    show_default=True,
    help="TCP port of the first card's vpcd slot; each further slot is one above.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where pcscd runs.")
@click.option(
    "--listen",
    is_flag=True,
    help="Reversed: wait at HOST and PORT for a reader driver to connect.",
)
@click.option(
    "--save",
    type=click.Path(dir_okay=False),
    metavar="IMAGE",
    multiple=True,
    help="Write the card, as it then is, to this file at the end; once for each FILE.",
)
@click.option("--personality", metavar="NAME", help="Habits of a real card; 'list' names them.")
@click.option(
    "--scenario",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="What goes wrong, and when. The options below add to it.",
)
@click.option(
    "--tear-after",
    type=click.IntRange(min=0),
    metavar="N",
    help="After N updates lose power in the middle of the next one.",
)
@click.option(
    "--mute-after", type=click.IntRange(min=0), metavar="N", help="Fall silent after N commands."
)
@click.option(
    "--remove-after",
    type=click.IntRange(min=0),
    metavar="N",
    help="Pull the card out after N commands.",
)
@click.option(
    "--endurance",
    type=click.IntRange(min=0),
    metavar="N",
    help="Let each file last N updates, and count them in the saved image.",
)
@click.option(
    "--ta1",
    metavar="HEX",
    callback=_hex_byte,
    help="Transmission rate of the card's clock: 11 (default), 94 … 97, 18.",
)
@click.option(
    "--etu",
    type=click.FloatRange(min=0, max=1000),
    metavar="MICROSECONDS",
    help="The same by its elementary time unit (93 at 9600 baud), in real time.",
)
@click.option("--real-time", is_flag=True, help="Answer as late as the card's clock says.")
@click.option("--once", is_flag=True, help="End when the reader lets go of the card.")
@click.option(
    "--wait",
    type=click.FloatRange(0, 3600),
    metavar="SECONDS",
    help="How long to wait for the reader driver (10, with --listen for ever).",
)
@click.pass_obj
def command(
    settings: Settings,
    files: tuple[str, ...],
    port: int,
    host: str,
    listen: bool,
    save: tuple[str, ...],
    personality: str | None,
    scenario: str | None,
    tear_after: int | None,
    mute_after: int | None,
    remove_after: int | None,
    endurance: int | None,
    ta1: int | None,
    etu: float | None,
    real_time: bool,
    once: bool,
    wait: float | None,
) -> None:
    """Put a virtual UICC in a virtual PC/SC reader.

    FILE is a card profile, a card image, or the name of a shipped profile.
    """
    from smartboot.virtual.personalities import PERSONALITIES

    if personality == "list":
        width = max(map(len, PERSONALITIES))
        for entry in PERSONALITIES.values():
            click.echo(f"{entry.name:<{width}}  {entry.summary}")
        return
    _check(settings, files, save, port)
    if etu is not None and ta1 is not None:
        raise UsageError("--etu and --ta1 are two ways to say one thing; give one")
    if ta1 is not None:
        from smartboot.virtual.latency import WireTime

        WireTime.from_ta1(ta1)
    names = {
        "personality": personality,
        "tear_after": tear_after,
        "mute_after": mute_after,
        "remove_after": remove_after,
        "endurance": endurance,
    }
    if personality is not None and personality not in PERSONALITIES:
        raise UsageError(
            f"{personality!r} is no card personality",
            hint="`smartboot emulate --personality list` names them",
        )
    rate = {"ta1": ta1, "etu_us": etu or None, "real_time": True if real_time or etu else None}
    chosen = _scenario(scenario, _given(names), _given(rate))
    _run(files, save, chosen, host, port, listen, once, wait, verbose=bool(settings.verbose))


def _check(settings: Settings, files: tuple[str, ...], save: tuple[str, ...], port: int) -> None:
    if settings.reader is not None and settings.reader.startswith("virtual:"):
        raise UsageError(
            "emulate takes the card as its argument, not with -r",
            hint=f"smartboot emulate {settings.reader.removeprefix('virtual:')}",
        )
    if not 1 <= len(files) <= _MAX_CARDS:
        raise UsageError(f"give one to {_MAX_CARDS} card profiles or images")
    if save and len(save) != len(files):
        raise UsageError(f"{len(files)} cards and {len(save)} --save: give one for each card")
    if len(set(save)) != len(save):
        raise UsageError("two cards would be saved to the same file")
    if port + len(files) - 1 > 0xFFFF:
        raise UsageError(f"{len(files)} slots from port {port} on are more than there are ports")


def _run(
    files: tuple[str, ...],
    save: tuple[str, ...],
    scenario: Scenario,
    host: str,
    port: int,
    listen: bool,
    once: bool,
    wait: float | None,
    *,
    verbose: bool,
) -> None:
    from smartboot.api.profiles import load_image
    from smartboot.image import write_image
    from smartboot.profiles.shipped import profile_path
    from smartboot.virtual.scenario import make_card
    from smartboot.virtual.slots import serve_slots
    from smartboot.virtual.vpcd import VpcdServer

    images = [load_image(profile_path(file)) for file in files]
    cards = [make_card(image, scenario) for image in images]
    stop = threading.Event()

    def pause(seconds: float) -> None:
        stop.wait(seconds)

    if scenario.wire is not None and scenario.wire.real_time:
        for card in cards:
            card.wait = pause
    labels = [f"{port + at}: " if len(files) > 1 else "" for at in range(len(files))]
    tries = _FOR_EVER if wait is None and listen else round((wait or 0.0) / _RETRY_S)
    if wait is None and not listen:
        tries = round(_WAIT_S / _RETRY_S)

    def started(number: int) -> None:
        click.echo(
            f"{safe(files[number])}{_iccid(images[number])} is in the vpcd reader at"
            f" {host}:{port + number}; Ctrl-C takes it out.",
            err=True,
        )

    def ended(number: int, end: SessionEnd) -> None:
        if not stop.is_set():
            click.echo(f"{labels[number]}{end.value}.", err=True)

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask_to_stop)
    try:
        with ExitStack() as stack:
            servers = []
            for at, card in enumerate(cards):
                server = VpcdServer(
                    card,
                    host,
                    port + at,
                    connect_tries=max(1, tries),
                    retry_s=_RETRY_S,
                    on_exchange=_log(labels[at]) if verbose else None,
                    listen=listen,
                )
                servers.append(stack.enter_context(server))
                if listen:
                    server.start_listening()
            if listen:
                ports = f"{port}" if len(files) == 1 else f"{port} to {port + len(files) - 1}"
                click.echo(f"waiting for a reader driver at {host}:{ports}", err=True)
            serve_slots(servers, stop, once=once, on_start=started, on_end=ended)
    finally:
        for at, card in enumerate(cards):
            _sum_up(card, labels[at])
            if save:
                write_image(card.to_image(), save[at])
                click.echo(f"card saved to {save[at]}", err=True)
