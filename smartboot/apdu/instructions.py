"""The instruction bytes of UICC and SIM and the names people know them by.

TS 102 221, 10.1.2; TS 102 222, 6; TS 51.011, 9.2. A name depends on the class: the same byte is
VERIFY PIN on a UICC and VERIFY CHV on a 2G SIM.
"""

from __future__ import annotations

from enum import IntEnum, unique

from smartboot.apdu.channel import is_2g
from smartboot.apdu.command import Command

__all__ = ["ETSI_CLASS", "KEY_INSTRUCTIONS", "Ins", "carries_key", "command_name"]


@unique
class Ins(IntEnum):
    """Instruction bytes, named as the standards name the commands."""

    DEACTIVATE_FILE = 0x04
    TERMINAL_PROFILE = 0x10
    FETCH = 0x12
    TERMINAL_RESPONSE = 0x14
    VERIFY_PIN = 0x20
    CHANGE_PIN = 0x24
    DISABLE_PIN = 0x26
    ENABLE_PIN = 0x28
    UNBLOCK_PIN = 0x2C
    INCREASE = 0x32
    ACTIVATE_FILE = 0x44
    MANAGE_CHANNEL = 0x70
    MANAGE_SECURE_CHANNEL = 0x73
    TRANSACT_DATA = 0x75
    SUSPEND_UICC = 0x76
    GET_IDENTITY = 0x78
    EXCHANGE_CAPABILITIES = 0x7A
    GET_CHALLENGE = 0x84
    AUTHENTICATE = 0x88
    AUTHENTICATE_ODD = 0x89
    SEARCH_RECORD = 0xA2
    SELECT = 0xA4
    TERMINAL_CAPABILITY = 0xAA
    READ_BINARY = 0xB0
    READ_BINARY_ODD = 0xB1
    READ_RECORD = 0xB2
    GET_RESPONSE = 0xC0
    ENVELOPE = 0xC2
    RETRIEVE_DATA = 0xCB
    RESIZE_FILE = 0xD4
    UPDATE_BINARY = 0xD6
    UPDATE_BINARY_ODD = 0xD7
    SET_DATA = 0xDB
    UPDATE_RECORD = 0xDC
    CREATE_FILE = 0xE0
    DELETE_FILE = 0xE4
    TERMINATE_DF = 0xE6
    TERMINATE_EF = 0xE8
    STATUS = 0xF2
    TERMINATE_CARD_USAGE = 0xFE


_NAMES_2G = {
    0x04: "INVALIDATE",
    0x20: "VERIFY CHV",
    0x24: "CHANGE CHV",
    0x26: "DISABLE CHV",
    0x28: "ENABLE CHV",
    0x2C: "UNBLOCK CHV",
    0x44: "REHABILITATE",
    0x88: "RUN GSM ALGORITHM",
    0xA2: "SEEK",
    0xFA: "SLEEP",
}
"""Where TS 51.011, 9.2 has another name for an instruction byte."""

_ODD = {0x89: "AUTHENTICATE", 0xB1: "READ BINARY", 0xD7: "UPDATE BINARY"}
"""Odd instruction bytes carry BER-TLV data and keep the even one's name (ISO/IEC 7816-4, 5.4.2)."""

ETSI_CLASS = frozenset({Ins.STATUS, Ins.RETRIEVE_DATA, Ins.SET_DATA, Ins.RESIZE_FILE})
"""Commands a UICC knows in the 8X/CX class only and that go to a logical channel."""

KEY_INSTRUCTIONS = frozenset(
    {Ins.VERIFY_PIN, Ins.CHANGE_PIN, Ins.DISABLE_PIN, Ins.ENABLE_PIN, Ins.UNBLOCK_PIN}
)
"""Commands whose data is a key, and whose 63Cx counts tries instead of reporting a retry."""


def carries_key(command: Command | bytes) -> bool:
    """Whether this command's data may be a key. Takes a command or the bytes of one (an APDU or
    a TPDU, at least two bytes of it)."""
    if isinstance(command, Command):
        return command.ins in KEY_INSTRUCTIONS
    return len(command) > 1 and command[1] in KEY_INSTRUCTIONS


def command_name(command: Command | bytes) -> str:
    """The command's name (``READ BINARY``), or ``INS 5A`` for one no standard here names.

    Takes a command or the bytes of one; fewer than two bytes have the name ``?``.
    """
    if isinstance(command, Command):
        cla, ins = command.cla, command.ins
    elif len(command) > 1:
        cla, ins = command[0], command[1]
    else:
        return "?"
    if is_2g(cla) and ins in _NAMES_2G:
        return _NAMES_2G[ins]
    if ins in _ODD:
        return _ODD[ins]
    try:
        return Ins(ins).name.replace("_", " ")
    except ValueError:
        return f"INS {ins:02X}"
