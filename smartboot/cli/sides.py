"""The two sides of ``diff``: the card, an image file or a profile, each as a card image."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from smartboot.cli.root import Settings
from smartboot.cli.target import open_target

if TYPE_CHECKING:
    from smartboot.bootstrap.data import BootstrapData
    from smartboot.bootstrap.unlock import KeySource
    from smartboot.image import CardImage
    from smartboot.provision.diff import Side

__all__ = ["CARD", "card_side", "file_side", "read_image"]

CARD = "card"
"""The word for the card that ``-r`` names. A file of that name is ``./card``."""

_HEAD = 4096
_SCHEMA = re.compile(r"^[\s{]*[\"']?schema[\"']?\s*:\s*[\"']?smartboot/image/", re.MULTILINE)


def read_image(image: CardImage, name: str) -> BootstrapData:
    """The bootstrap data in an image, read as from a card, with the image's own keys."""
    from smartboot.api.cards import image_connection
    from smartboot.bootstrap.reader import read_bootstrap
    from smartboot.card import open_card

    values = {pin.reference: pin.value for pin in image.pins}
    card = open_card(image_connection(image, name))
    try:
        return read_bootstrap(card, keys=values.get, force=True, everything=True)
    finally:
        card.close()


def card_side(settings: Settings, keys: KeySource, *, force: bool) -> tuple[Side, tuple[str, ...]]:
    """The card that ``-r`` names, and the keys without which it could not be read whole."""
    from smartboot.provision.backup import dump_card
    from smartboot.provision.diff import Origin, Side

    with open_target(settings) as card:
        dump = dump_card(card, keys=keys, force=force)
    what = f"card {dump.iccid}" if dump.iccid else "card"
    return Side(what, Origin.CARD, dump.image, read_image(dump.image, CARD)), dump.locked


def file_side(name: str, values: Mapping[str, str], iccid: str | None) -> Side:
    """An image file, or a profile (a file, or the name of a shipped one) filled in with ``values``.
    ``iccid`` is that of the other side, for variables that come from the card. Errors:
    ProfileError."""
    from smartboot.image import load_image
    from smartboot.profiles.load import load_profile
    from smartboot.profiles.render import render
    from smartboot.profiles.shipped import profile_path
    from smartboot.profiles.variables import CardFacts
    from smartboot.provision.diff import Origin, Side

    if _is_image(Path(name)):
        image, origin = load_image(name), Origin.IMAGE
    else:
        image = render(load_profile(profile_path(name), values, CardFacts(iccid=iccid)))
        origin = Origin.PROFILE
    return Side(name, origin, image, read_image(image, name))


def _is_image(path: Path) -> bool:
    """Whether a file says that it is an image; what is wrong with any other, the profile's loader
    tells."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD).decode("utf-8-sig", "replace")
    except OSError:
        return False
    return _SCHEMA.search(head) is not None
