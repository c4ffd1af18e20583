"""Command and response APDUs, status words and their meaning. Pure: nothing here does I/O."""

from __future__ import annotations

from smartboot.apdu.channel import CLASS_2G, MAX_CHANNEL, channel_of, class_byte
from smartboot.apdu.command import Command, Response
from smartboot.apdu.exchange import Exchange, Transmit, make_exchange
from smartboot.apdu.instructions import KEY_INSTRUCTIONS, Ins, carries_key, command_name
from smartboot.apdu.status import StatusClass, classify, describe, is_success, raise_for

__all__ = [
    "CLASS_2G",
    "KEY_INSTRUCTIONS",
    "MAX_CHANNEL",
    "Command",
    "Exchange",
    "Ins",
    "Response",
    "StatusClass",
    "Transmit",
    "carries_key",
    "channel_of",
    "class_byte",
    "classify",
    "command_name",
    "describe",
    "is_success",
    "make_exchange",
    "raise_for",
]
