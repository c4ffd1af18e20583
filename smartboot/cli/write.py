"""``smartboot write``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smartboot.cli.changing import Request, change, changing_options, create_option
from smartboot.cli.values import gather_values, variable_options

if TYPE_CHECKING:
    from smartboot.card.base import Card
    from smartboot.cli.cardkeys import CardKeys
    from smartboot.provision.steps import Plan

__all__ = ["command"]


@click.command(
    "write",
    epilog="""\b
Examples:
  smartboot write my-profile.yaml --dry-run
  smartboot write my-profile.yaml --adm @adm.key
  smartboot write lwm2m-psk --dry-run
  smartboot write fleet.yaml --set IDENTITY=meter-17 --set PSK=env:PSK --adm env:ADM --yes

\b
A KEY is digits (12345678), hex:…, @FILE or env:NAME, and goes to the first ADM (or PIN) that the
card's own rules ask for; ADM2=KEY is for that one only. It is sent only after the card has
refused something for want of it, and never when one try is left (--force).

\b
Exit status: 0 written or nothing to do, 1 not as it should be afterwards, 3 the card was removed
(run it again), 4 the card refused or lacks files, 6 PIN or ADM.
""",
)
@click.argument("profile", type=click.Path(dir_okay=False))
@variable_options
@create_option
@changing_options("write")
@click.pass_context
def command(
    ctx: click.Context,
    profile: str,
    settings: tuple[str, ...],
    env_file: str | None,
    create: bool,
    request: Request,
) -> None:
    """Put a card profile on the card, and verify it.

    PROFILE is a file, or the name of a shipped profile (`smartboot profiles list`).

    Shows first what will change, asks, keeps a backup of the files concerned, writes only what
    differs, and reads it back. What else is on the card stays.
    """
    from smartboot.api.profiles import ProfileSource
    from smartboot.profiles.shipped import profile_path
    from smartboot.provision.desired import desired_from_profile
    from smartboot.provision.plan import plan_write

    source = ProfileSource(profile_path(profile), gather_values(settings, env_file))

    def plan(card: Card, keys: CardKeys) -> Plan:
        desired = desired_from_profile(source.load(card, keys, force=request.force))
        return plan_write(card, desired, create=create, keys=keys, force=request.force)

    ctx.exit(change(request, plan))
