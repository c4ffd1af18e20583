"""The card profiles that come with smartboot, in a checkout or installed."""

from __future__ import annotations

from pathlib import Path

import smartboot

__all__ = ["shipped_profiles"]


def shipped_profiles() -> list[Path]:
    """Their files, in alphabetical order."""
    package = Path(smartboot.__file__).parent
    for folder in (package / "card_profiles", package.parent / "card_profiles"):
        if folder.is_dir():
            return sorted(folder.glob("*.yaml"))
    return []
