"""The two sides of ``diff``: the card, an image file or a profile, each as a card image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smartboot.cli.root import Settings
from smartboot.cli.target import open_target

if TYPE_CHECKING:
    from smartboot.bootstrap.data import BootstrapData
    from smartboot.bootstrap.unlock import KeySource
    from smartboot.image import CardImage
    from smartboot.provision.diff import Side

__all__ = ["CARD", "read_image", "side"]

CARD = "card"
"""The word for the card that ``-r`` names. A file of that name is ``./card``."""


def read_image(image: CardImage, name: str) -> BootstrapData:
    """The bootstrap data in an image, read as from a card, with the image's own keys."""
    from smartboot.bootstrap.reader import read_bootstrap
    from smartboot.card import open_card
    from smartboot.virtual.card import VirtualCard
    from smartboot.virtual.connection import InProcessConnection

    values = {pin.reference: pin.value for pin in image.pins}
    card = open_card(InProcessConnection(VirtualCard(image), name))
    try:
        return read_bootstrap(card, keys=values.get, force=True, everything=True)
    finally:
        card.close()


def side(
    settings: Settings, name: str, keys: KeySource, *, force: bool = False
) -> tuple[Side, tuple[str, ...]]:
    """One side, and the names of keys without which it is not complete. Errors: ProfileError and
    those of reading a card."""
    from smartboot.profiles.load import load_profile_or_image
    from smartboot.provision.diff import Origin, Side

    if name != CARD:
        image = load_profile_or_image(Path(name))
        origin = Origin.PROFILE if _is_profile(Path(name)) else Origin.IMAGE
        return Side(name, origin, image, read_image(image, name)), ()
    from smartboot.provision.backup import dump_card

    with open_target(settings) as card:
        dump = dump_card(card, keys=keys, force=force)
    what = f"card {dump.iccid}" if dump.iccid else "card"
    return Side(what, Origin.CARD, dump.image, read_image(dump.image, name)), dump.locked


def _is_profile(path: Path) -> bool:
    """Whether a file that was just read without fault is a profile, and not an image."""
    from smartboot.profiles.schema import SCHEMA
    from smartboot.yamltext import read_yaml

    data = read_yaml(path.read_text(encoding="utf-8-sig"), str(path)).data
    return isinstance(data, dict) and data.get("schema") == SCHEMA
