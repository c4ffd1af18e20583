"""``smartboot diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smartboot.cli.cardkeys import key_options, key_source
from smartboot.cli.output import console, format_option, print_json, safe, styled
from smartboot.cli.root import Settings
from smartboot.cli.values import gather_values, variable_options
from smartboot.errors import PinRequiredError, UsageError

if TYPE_CHECKING:
    from smartboot.provision.diff import Comparison

__all__ = ["command"]


@click.command(
    "diff",
    epilog="""\b
Examples:
  smartboot diff card my-card.yaml
  smartboot diff before.yaml card
  smartboot diff card fleet.yaml --env-file fleet.env
  smartboot diff lwm2m-psk my-card.yaml --format json

\b
Exit status: 0 nothing differs, 1 something does.
""",
)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@format_option("table", "json")
@variable_options
@key_options
@click.pass_context
def command(
    ctx: click.Context,
    first: str,
    second: str,
    output: str,
    settings: tuple[str, ...],
    env_file: str | None,
    pins: tuple[str, ...],
    adms: tuple[str, ...],
    force: bool,
) -> None:
    """Compare two of: the card, a card image, a card profile.

    A and B are each a file (image or profile), the name of a shipped profile, or the word card for
    the card that -r names. Told are differences in the accounts first, then in the documents, then
    in the files. That a secret differs is said; what it is is not.
    """
    from smartboot.cli.sides import CARD, card_side, file_side
    from smartboot.provision.backup import image_iccid
    from smartboot.provision.diff import Side, compare_sides

    if first == second == CARD:
        raise UsageError(
            "a card is not compared with itself",
            hint="dump it now, and compare the image with the card later",
        )
    values = gather_values(settings, env_file)
    keys = key_source(pins, adms)
    locked: tuple[str, ...] = ()
    iccid: str | None = None
    sides: dict[str, Side] = {}
    # The card first: variables of a profile may take what it says of itself.
    if CARD in (first, second):
        found = ctx.find_object(Settings) or Settings()
        sides[CARD], locked = card_side(found, keys, force=force)
        iccid = image_iccid(sides[CARD].image)
    for name in (first, second):
        if name not in sides:
            sides[name] = file_side(name, values, iccid)
    left, right = sides[first], sides[second]
    result = compare_sides(left, right)
    if output == "json":
        print_json(result.to_dict())
    else:
        _show(result)
    if locked:
        names = ", ".join(locked)
        raise PinRequiredError(
            f"not everything could be compared: {names} is missing or was refused",
            key_name=names,
            hint="give it with --pin KEY or --adm KEY",
        )
    if not result.equal:
        ctx.exit(1)


def _show(result: Comparison) -> None:
    from smartboot.provision.diff import Area

    out = console()
    names = f"{safe(result.first.name)} and {safe(result.second.name)}"
    if result.equal:
        out.print(styled(f"Nothing differs between {names}.", "bold green"), soft_wrap=True)
    else:
        out.print(styled(f"From {names.replace(' and ', ' to ', 1)}:", "bold"), soft_wrap=True)
    for area in Area:
        for change in result.of(area):
            out.print(styled(str(change)), soft_wrap=True)
    for path in result.unread:
        out.print(styled(f"file {path}: content not compared, it could not be read", "yellow"))
    if result.cut:
        out.print(styled("There is more than is shown here.", "yellow"))
