"""The service: a card in, its bootstrap data out."""

from __future__ import annotations

from smartboot.bootstrap.data import BootstrapData, BootstrapObject, CardIdentity
from smartboot.bootstrap.reader import read_bootstrap

__all__ = ["BootstrapData", "BootstrapObject", "CardIdentity", "read_bootstrap"]
