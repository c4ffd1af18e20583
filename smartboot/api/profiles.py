"""Card profiles and card images from files; a profile filled in for one card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from smartboot.errors import UsageError
from smartboot.image import CardImage
from smartboot.profiles.load import (
    LoadedProfile,
    load_profile_or_image,
    profile_variables,
)
from smartboot.profiles.load import load_profile as _load
from smartboot.profiles.render import render
from smartboot.profiles.variables import CardFacts, Variable
from smartboot.provision.facts import card_facts

if TYPE_CHECKING:
    from smartboot.bootstrap.unlock import KeySource
    from smartboot.card.base import Card

__all__ = ["Profile", "ProfileSource", "load_image", "load_profile", "profile_for", "render"]

Profile: TypeAlias = str | PathLike[str] | LoadedProfile
"""A card profile: the name of its file, or what ``load_profile`` made of it."""


def load_profile(
    path: str | PathLike[str],
    values: Mapping[str, str] | None = None,
    *,
    iccid: str | None = None,
    imsi: str | None = None,
    examples: bool = False,
) -> LoadedProfile:
    """A card profile from its file, the variables filled in.

    ``values`` are texts by variable name; ``iccid`` and ``imsi`` digits for variables that come
    from the card; with ``examples`` a variable that nothing is given for takes its example.
    Errors: ProfileError with file, line and field, never with a value.
    """
    return _load(Path(path), values, CardFacts(iccid=iccid, imsi=imsi), examples=examples)


def load_image(path: str | PathLike[str], values: Mapping[str, str] | None = None) -> CardImage:
    """The card image in a file, or the one that the card profile in it describes.

    Variables of a profile that ``values`` says nothing of take their examples, because the card
    is an emulated one. Errors: ProfileError with file, line and field.
    """
    return load_profile_or_image(Path(path), values)


@dataclass(slots=True)
class ProfileSource:
    """A profile to load for a card. Where no variable comes from the card, it is checked as soon
    as this is made, before a card is touched. Errors: ProfileError."""

    path: Path
    values: Mapping[str, str] = field(repr=False)
    _variables: list[Variable] = field(default_factory=list, init=False)
    _loaded: LoadedProfile | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self._variables = profile_variables(self.path)
        if not any(variable.rule.source == "card" for variable in self._variables):
            self._loaded = _load(self.path, self.values)

    def load(self, card: Card, keys: KeySource, *, force: bool) -> LoadedProfile:
        """The profile for this card. Errors: ProfileError, those of reading the card's IMSI."""
        if self._loaded is None:
            facts = card_facts(card, self._variables, self.values, keys=keys, force=force)
            self._loaded = _load(self.path, self.values, facts)
        return self._loaded


def profile_for(
    card: Card,
    profile: Profile,
    values: Mapping[str, str] | None,
    keys: KeySource,
    *,
    force: bool = False,
) -> LoadedProfile:
    """The profile for this card, its variables filled in from ``values`` and the card.

    Errors: ProfileError; UsageError for values beside a profile that is loaded already; those of
    reading the card's IMSI.
    """
    if isinstance(profile, LoadedProfile):
        if values:
            raise UsageError(
                "values were given for a profile that is loaded already",
                hint="give them to load_profile, or the profile's file name to this call",
            )
        return profile
    return ProfileSource(Path(profile), values or {}).load(card, keys, force=force)
