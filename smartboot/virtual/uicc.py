"""The command interpreter of the virtual UICC: class byte, channel, instruction (TS 102 221, 10.1).

Left out: secure messaging, toolkit commands, AUTHENTICATE, BER-TLV objects (6D00 or 6882).
"""

from __future__ import annotations

from collections.abc import Callable

from smartboot.virtual import admin, content, keys
from smartboot.virtual.select import manage_channel, select, status
from smartboot.virtual.state import CardState, Channel, Request
from smartboot.virtual.status import Refusal, Sw

__all__ = ["INS_WITH_DATA", "channel_number", "interpret"]

Handler = Callable[[CardState, Channel, Request], tuple[bytes, int]]

_INTERINDUSTRY: dict[int, Handler] = {
    0x04: admin.deactivate,
    0x20: keys.verify,
    0x24: keys.change,
    0x26: keys.disable,
    0x28: keys.enable,
    0x2C: keys.unblock,
    0x44: admin.activate,
    0x70: manage_channel,
    0xA2: content.search_record,
    0xA4: select,
    0xB0: content.read_binary,
    0xB2: content.read_record,
    0xD6: content.update_binary,
    0xDC: content.update_record,
    0xE0: admin.create_file,
    0xE4: admin.delete_file,
    0xE6: admin.terminate_df,
    0xE8: admin.terminate_ef,
}
_ETSI: dict[int, Handler] = {
    0xAA: admin.terminal_capability,
    0xD4: admin.resize_file,
    0xF2: status,
}

INS_WITH_DATA = frozenset(
    {0x04, 0x20, 0x24, 0x26, 0x28, 0x2C, 0x44, 0xA2, 0xA4, 0xD6, 0xDC}
    | {0xE0, 0xE4, 0xE6, 0xE8, 0xAA, 0xD4}
)
"""Instructions whose P3 on T=0 is the length of data to come, never of an answer."""


def channel_number(cla: int) -> int:
    """The logical channel in a class byte (TS 102 221, 10.1.1). Refusal for other classes and
    for secure messaging, which this card does not do."""
    if cla & 0x70 == 0x00:
        # 0X and 8X: b2b1 are channels 0 to 3, b4b3 secure messaging.
        if cla & 0x0C:
            raise Refusal(Sw.SECURE_MESSAGING_NOT_SUPPORTED)
        return cla & 0x03
    if cla & 0x40:
        # 4X 6X CX EX: b4..b1 are channels 4 to 19, b6 secure messaging.
        if cla & 0x10 or cla == 0xFF:
            raise Refusal(Sw.CLA_NOT_SUPPORTED)
        if cla & 0x20:
            raise Refusal(Sw.SECURE_MESSAGING_NOT_SUPPORTED)
        return 4 + (cla & 0x0F)
    raise Refusal(Sw.CLA_NOT_SUPPORTED)


def interpret(state: CardState, request: Request) -> tuple[bytes, int]:
    """Carry out one command. Returns data and status word; Refusal ends it without data."""
    number = channel_number(request.cla)
    channel = state.channels.get(number)
    if channel is None:
        raise Refusal(Sw.CHANNEL_NOT_SUPPORTED)
    if request.ins in state.header.unsupported:
        raise Refusal(Sw.INS_NOT_SUPPORTED)
    own, other = (_ETSI, _INTERINDUSTRY) if request.cla & 0x80 else (_INTERINDUSTRY, _ETSI)
    handler = own.get(request.ins)
    if handler is None:
        known = request.ins in other
        raise Refusal(Sw.CLA_NOT_SUPPORTED if known else Sw.INS_NOT_SUPPORTED)
    return handler(state, channel, request)
