"""The card profiles that come with smartboot, in a checkout or installed."""

from __future__ import annotations

from pathlib import Path

import smartboot
from smartboot.errors import FileUnusableError

__all__ = ["find_shipped", "profile_path", "shipped_profiles"]


def shipped_profiles() -> list[Path]:
    """Their files, in alphabetical order."""
    package = Path(smartboot.__file__).parent
    for folder in (package / "card_profiles", package.parent / "card_profiles"):
        if folder.is_dir():
            return sorted(folder.glob("*.yaml"))
    return []


def find_shipped(name: str) -> Path | None:
    """The file of the shipped profile of this name, with or without ``.yaml``; None for others."""
    return next((path for path in shipped_profiles() if name in (path.stem, path.name)), None)


def profile_path(name: str) -> Path:
    """The file that a profile's name means: a file of that name, else the shipped profile.

    A path that leads nowhere is given back: its reader tells why. Errors: FileUnusableError for a
    name without a folder that is neither.
    """
    path, shipped = Path(name), find_shipped(name)
    if shipped is not None:
        return path if path.is_file() else shipped
    if path.name == name and not path.exists():
        hint = "`smartboot profiles list` names the shipped ones"
        raise FileUnusableError("is no file and no shipped profile", file=name, hint=hint)
    return path
