"""The service: a card in, its bootstrap data out.

The names below are imported when they are first used: a single document (``documents``) needs
nothing of what reads cards.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smartboot.bootstrap.data import BootstrapData, BootstrapObject, CardIdentity
    from smartboot.bootstrap.reader import read_bootstrap

__all__ = ["BootstrapData", "BootstrapObject", "CardIdentity", "read_bootstrap"]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "reader" if name == "read_bootstrap" else "data"
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
