"""The virtual UICC: file system, command interpreter, faults; in-process and on pcscd's vpcd.

Shares no code with the reader of cards, so that both cannot have the same misunderstanding. Its
specification: ETSI TS 102 221 and TS 102 222, TS 51.011 for the 2G side.
"""

from __future__ import annotations

from smartboot.virtual.card import Exchange, VirtualCard
from smartboot.virtual.connection import InProcessConnection
from smartboot.virtual.faults import FaultRule, Faults
from smartboot.virtual.latency import WireTime
from smartboot.virtual.personalities import PERSONALITIES, apply_personality
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
