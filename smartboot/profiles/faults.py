"""Several faults of one profile as one error that knows them all."""

from __future__ import annotations

from collections.abc import Sequence

from smartboot.errors import ProfileError

__all__ = ["ProfileFaultsError", "raise_faults"]


class ProfileFaultsError(ProfileError):
    """More than one fault: reads like the first, with the number of the others; ``faults`` has
    every one as a ProfileError of its own, in the order of their lines."""

    def __init__(self, faults: Sequence[ProfileError]) -> None:
        first = faults[0]
        super().__init__(
            f"{first.reason} (and {len(faults) - 1} more)",
            file=first.file,
            line=first.line,
            field=first.field,
            hint=first.hint,
        )
        self.faults = tuple(faults)


def raise_faults(faults: Sequence[ProfileError]) -> None:
    """Raise what there is to raise; nothing for an empty list. Errors: ProfileError."""
    if len(faults) == 1:
        raise faults[0]
    if faults:
        # A stable sort: faults of one line stay in the order they were found.
        raise ProfileFaultsError(sorted(faults, key=lambda fault: fault.line or 0))
