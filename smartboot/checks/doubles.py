"""One fault under two codes: a card profile's own finding, and that on the card made from it.

A profile is checked in its text and as a card. What the card shows is told as the card's finding,
which every card that is written from the profile gives as well. ``smartboot profiles validate``
makes no card; there the profile's finding stands alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smartboot.model import Finding
from smartboot.profiles.load import LoadedProfile
from smartboot.profiles.rules import file_places
from smartboot.profiles.schema import CardProfile, DataObjectProfile
from smartboot.yamltext import Place, spell

__all__ = ["ON_THE_CARD", "card_names", "without_doubles"]

ON_THE_CARD = {
    "PROFILE-LABEL-TWICE": "P15-LABEL-TWICE",
    "PROFILE-NOT-PRIVATE": "P15-NOT-PRIVATE",
    "PROFILE-OID-TWICE": "P15-OID-TWICE",
    "PROFILE-PRIVATE-OPEN": "P15-PRIVATE-OPEN",
    "PROFILE-READ-NEVER": "CARD-READ-NEVER",
    "PROFILE-UPDATE-OPEN": "CARD-UPDATE-OPEN",
}
"""The card's code for a fault that a profile has a code for too."""


def card_names(profile: CardProfile) -> Iterator[tuple[Place, tuple[str, ...]]]:
    """What findings on the card made from a profile call the profile's places: a file by its id,
    a data object also by its entry in EF(DODF)."""
    objects = 0
    for place, file in file_places(profile):
        name = f"EF {file.fid:04X}"
        if isinstance(file, DataObjectProfile):
            objects += 1
            yield place, (name, f"EF {profile.dodf.fid:04X} object {objects}")
        else:
            yield place, (name,)


def without_doubles(findings: Iterable[Finding], profile: LoadedProfile | None) -> list[Finding]:
    """The findings in their order, without those of the profile that the card has for the same
    file. Without a profile that is all of them."""
    found = list(findings)
    if profile is None:
        return found
    names = {spell(place): names for place, names in card_names(profile.profile)}
    on_card = {(one.code, one.where) for one in found}

    def is_double(one: Finding) -> bool:
        code = ON_THE_CARD.get(one.code)
        there = () if code is None else names.get(one.where, ())
        return any((code, name) in on_card for name in there)

    return [one for one in found if not is_double(one)]
