"""The virtual UICC: file system, command interpreter, faults; in-process and on pcscd's vpcd.

Shares no code with the reader of cards, so that both cannot have the same misunderstanding. Its
specification: ETSI TS 102 221 and TS 102 222, TS 51.011 for the 2G side. What is about scenarios
is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from smartboot.virtual.card import Exchange, VirtualCard
from smartboot.virtual.connection import InProcessConnection
from smartboot.virtual.faults import FaultRule, Faults
from smartboot.virtual.latency import WireTime
from smartboot.virtual.personalities import PERSONALITIES, apply_personality

if TYPE_CHECKING:
    from smartboot.virtual.scenario import Scenario, load_scenario, make_card, scenario_from_data

__all__ = [
    "PERSONALITIES",
    "Exchange",
    "FaultRule",
    "Faults",
    "InProcessConnection",
    "Scenario",
    "VirtualCard",
    "WireTime",
    "apply_personality",
    "load_scenario",
    "make_card",
    "scenario_from_data",
]


def __getattr__(name: str) -> object:
    """Import a public name of ``scenario`` when it is first used (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.scenario"), name)
    globals()[name] = value
    return value
