"""A profile from a file, filled in from the command line and the card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smartboot.bootstrap.unlock import KeySource
    from smartboot.card.base import Card
    from smartboot.profiles.load import LoadedProfile
    from smartboot.profiles.variables import Variable

__all__ = ["ProfileInput"]


@dataclass(slots=True)
class ProfileInput:
    """What to load. Where no variable comes from the card, a profile is checked as soon as this is
    made, before a card is touched. Errors: ProfileError."""

    path: Path
    values: Mapping[str, str] = field(repr=False)
    _variables: list[Variable] = field(default_factory=list, init=False)
    _loaded: LoadedProfile | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        from smartboot.profiles.load import load_profile, profile_variables

        self._variables = profile_variables(self.path)
        if not any(variable.rule.source == "card" for variable in self._variables):
            self._loaded = load_profile(self.path, self.values)

    def load(self, card: Card, keys: KeySource, *, force: bool) -> LoadedProfile:
        """The profile for this card. Errors: ProfileError, those of reading the card's IMSI."""
        from smartboot.profiles.load import load_profile
        from smartboot.provision.facts import card_facts

        if self._loaded is None:
            facts = card_facts(card, self._variables, self.values, keys=keys, force=force)
            self._loaded = load_profile(self.path, self.values, facts)
        return self._loaded
