"""``smartboot verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smartboot.cli.cardkeys import key_options, key_source
from smartboot.cli.output import console, format_option, print_json, safe, styled
from smartboot.cli.root import Settings
from smartboot.cli.target import open_target
from smartboot.cli.values import gather_values, variable_options

if TYPE_CHECKING:
    from smartboot.provision.verify import Difference

__all__ = ["command"]

SCHEMA = "smartboot/verify/1"


@click.command(
    "verify",
    epilog="""\b
Examples:
  smartboot verify my-profile.yaml
  smartboot verify lwm2m-psk
  smartboot verify fleet.yaml --env-file fleet.env --pin env:CARD_PIN --format json

\b
Exit status: 0 the card holds what the profile says, 1 it does not.
""",
)
@click.argument("profile", type=click.Path(dir_okay=False))
@variable_options
@key_options
@format_option("table", "json")
@click.pass_context
def command(
    ctx: click.Context,
    profile: str,
    settings: tuple[str, ...],
    env_file: str | None,
    pins: tuple[str, ...],
    adms: tuple[str, ...],
    force: bool,
    output: str,
) -> None:
    """Compare the card with a card profile.

    PROFILE is a file, or the name of a shipped profile (`smartboot profiles list`).

    Reads only. What differs is told with its place, never with its content. `smartboot diff card
    PROFILE` tells the accounts apart field by field.
    """
    from smartboot.api.profiles import ProfileSource
    from smartboot.profiles.shipped import profile_path
    from smartboot.provision.desired import desired_from_profile
    from smartboot.provision.verify import compare

    source = ProfileSource(profile_path(profile), gather_values(settings, env_file))
    keys = key_source(pins, adms)
    with open_target(ctx.find_object(Settings) or Settings()) as card:
        desired = desired_from_profile(source.load(card, keys, force=force))
        differences = compare(card, desired, keys=keys, force=force)
        iccid = card.iccid()
    if output == "json":
        print_json(
            {
                "schema": SCHEMA,
                "iccid": iccid,
                "profile": profile,
                "equal": not differences,
                "differences": [difference.to_dict() for difference in differences],
            }
        )
    else:
        _show(iccid, profile, differences)
    if differences:
        ctx.exit(1)


def _show(iccid: str | None, profile: str, differences: list[Difference]) -> None:
    out = console()
    card = f"card {iccid}" if iccid else "the card (no ICCID)"
    if not differences:
        text = f"{card} holds what {safe(profile)} says"
        out.print(styled(text, "bold green"), soft_wrap=True)
        return
    out.print(styled(f"{card} differs from {safe(profile)}:", "bold red"), soft_wrap=True)
    for difference in differences:
        out.print(styled(f"  {difference.message}"), soft_wrap=True)
