"""VERIFY, CHANGE, DISABLE, ENABLE and UNBLOCK PIN of the virtual UICC (TS 102 221, 11.1.9-13)."""

from __future__ import annotations

from smartboot.virtual.pins import KEY_LENGTH, Pin
from smartboot.virtual.state import CardState, Channel, Request
from smartboot.virtual.status import Refusal, Sw

__all__ = ["change", "disable", "enable", "unblock", "verify"]

_ADMINISTRATIVE = {*range(0x0A, 0x0F), *range(0x8A, 0x8F)}


def _pin(state: CardState, request: Request) -> Pin:
    if request.p1:
        raise Refusal(Sw.BAD_P1P2)
    pin = state.pins.get(request.p2)
    if pin is None:
        raise Refusal(Sw.KEY_NOT_FOUND)
    return pin


def _present(pin: Pin, value: bytes) -> None:
    """Spend a try; 63Cx says how many are left."""
    if pin.blocked:
        raise Refusal(Sw.BLOCKED)
    if not pin.present(value):
        raise Refusal(Sw.TRIES_LEFT | pin.remaining)


def _length(request: Request, expected: int) -> None:
    # A wrong length is found before the key is looked at, and so costs no try.
    if len(request.data) != expected:
        raise Refusal(Sw.WRONG_LENGTH)


def verify(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """VERIFY PIN; with no data it asks for the tries left and spends none."""
    del channel
    pin = _pin(state, request)
    if not request.data:
        if not state.quirks.tries_query:
            raise Refusal(Sw.WRONG_LENGTH)
        if pin.blocked:
            raise Refusal(Sw.BLOCKED)
        return b"", Sw.OK if pin.open else Sw.TRIES_LEFT | pin.remaining
    _length(request, KEY_LENGTH)
    if not pin.enabled:
        raise Refusal(Sw.BLOCKED if pin.blocked else Sw.DISABLED)
    _present(pin, request.data)
    pin.verified = True
    return b"", Sw.OK


def change(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """CHANGE PIN: old and new value."""
    del channel
    pin = _pin(state, request)
    _length(request, 2 * KEY_LENGTH)
    if not pin.enabled:
        raise Refusal(Sw.BLOCKED if pin.blocked else Sw.DISABLED)
    _present(pin, request.data[:KEY_LENGTH])
    pin.change(request.data[KEY_LENGTH:])
    pin.verified = True
    return b"", Sw.OK


def disable(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """DISABLE PIN. Administrative keys cannot be disabled."""
    del channel
    pin = _pin(state, request)
    _length(request, KEY_LENGTH)
    if pin.reference in _ADMINISTRATIVE:
        raise Refusal(Sw.CONDITIONS)
    if not pin.enabled:
        raise Refusal(Sw.DISABLED)
    _present(pin, request.data)
    pin.enabled = False
    return b"", Sw.OK


def enable(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """ENABLE PIN."""
    del channel
    pin = _pin(state, request)
    _length(request, KEY_LENGTH)
    if pin.enabled:
        raise Refusal(Sw.CONDITIONS)
    _present(pin, request.data)
    pin.enabled = True
    pin.verified = True
    return b"", Sw.OK


def unblock(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """UNBLOCK PIN: unblocking key and new value; with no data it asks for the tries left."""
    del channel
    pin = _pin(state, request)
    if not pin.has_unblock:
        raise Refusal(Sw.KEY_NOT_FOUND)
    if request.data:
        _length(request, 2 * KEY_LENGTH)
    if pin.unblock_remaining == 0:
        raise Refusal(Sw.BLOCKED)
    if not request.data:
        return b"", Sw.TRIES_LEFT | pin.unblock_remaining
    if not pin.unblock(request.data[:KEY_LENGTH], request.data[KEY_LENGTH:]):
        raise Refusal(Sw.TRIES_LEFT | pin.unblock_remaining)
    return b"", Sw.OK
