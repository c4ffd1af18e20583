"""The class byte and the logical channel in it (TS 102 221, 10.1.1; ISO/IEC 7816-4, 5.4.1).

Channels 0 to 3 stand in bits 1 and 2 of a 0X or 8X class, channels 4 to 19 as ``channel - 4`` in
the low four bits of a 4X or CX class. Secure messaging is recognised and never asked for. A 2G
SIM's class A0 has no channels.
"""

from __future__ import annotations

from smartboot.errors import UsageError

__all__ = ["CLASS_2G", "MAX_CHANNEL", "channel_of", "class_byte", "is_2g", "response_class"]

CLASS_2G = 0xA0
"""Class of every command of a 2G SIM (TS 51.011, 9.2)."""

MAX_CHANNEL = 19
"""The highest channel a class byte can name: a field of four bits that starts at 4."""


def class_byte(channel: int, *, etsi: bool = False) -> int:
    """The class byte for a logical channel (0 to 19), without secure messaging.

    ``etsi`` chooses the 8X/CX form that ETSI's own commands have, instead of 0X/4X.
    Errors: UsageError for a channel no class byte can name.
    """
    if not 0 <= channel <= MAX_CHANNEL:
        raise UsageError(f"there is no logical channel {channel}; they are 0 to {MAX_CHANNEL}")
    base = 0x80 if etsi else 0x00
    return base | channel if channel < 4 else base | 0x40 | (channel - 4)


def is_2g(cla: int) -> bool:
    """Whether this is a 2G SIM's class. Only A0 is: A1 to A3 rest on no specification."""
    return cla == CLASS_2G


def channel_of(cla: int) -> int:
    """The logical channel a class byte names; 0 for classes that have none (A0, FF, …)."""
    if is_2g(cla) or cla & 0x30 == 0x30 or cla & 0xF0 in (0x10, 0x20, 0x90, 0xA0, 0xB0):
        return 0
    return 4 + (cla & 0x0F) if cla & 0x40 else cla & 0x03


def response_class(cla: int) -> int:
    """The class GET RESPONSE has after a command of class ``cla``.

    It is an interindustry command (0X, 4X) on the same channel, without secure messaging; a 2G
    SIM takes its own class.
    """
    return cla if is_2g(cla) else class_byte(channel_of(cla))
