"""The 2G SIM side of the virtual card: class A0, TS 51.011, 9.

Left out: RUN GSM ALGORITHM, toolkit commands, SLEEP. CHV1 and CHV2 are the keys 01 and 81 (or 02)
of the image; an administrative key is verified with its own reference in P2, as many cards do.
"""

from __future__ import annotations

from collections.abc import Callable

from smartboot.imagerules import Condition
from smartboot.virtual.content import rotate
from smartboot.virtual.files import Node
from smartboot.virtual.pins import KEY_LENGTH, Pin
from smartboot.virtual.state import CardState, Channel, Request
from smartboot.virtual.status import Refusal, Sw2g

__all__ = ["SIM_INS_WITH_DATA", "SIM_INS_WITH_FETCH", "interpret_sim"]

SIM_INS_WITH_DATA = frozenset({0x20, 0x24, 0x26, 0x28, 0x2C, 0x32, 0xA2, 0xA4, 0xD6, 0xDC})
SIM_INS_WITH_FETCH = frozenset({0x32, 0xA2, 0xA4})
"""Instructions whose answer is announced with 9Fxx."""

_STRUCTURES = {"transparent": 0x00, "linear-fixed": 0x01, "cyclic": 0x03}
_NEVER, _FIRST_ADM, _LAST_ADM = 0xF, 0x4, 0xE
_ABSOLUTE, _NEXT, _PREVIOUS = 0x04, 0x02, 0x03


def _level(condition: Condition | None) -> int:
    """An access condition as the nibble of a 2G header (TS 51.011, 9.3): the first key counts."""
    if condition is None or condition.mode == "never":
        return _NEVER
    if condition.mode == "always":
        return 0
    key = condition.keys[0]
    if key in (0x01, 0x81, 0x02):
        return 1 if key == 0x01 else 2
    number = key - 0x0A if key < 0x80 else key - 0x8A + 5
    return min(_FIRST_ADM + number, _LAST_ADM) if number >= 0 else _NEVER


def _chv(state: CardState, number: int) -> Pin | None:
    if number == 1:
        return state.pins.get(0x01)
    if number == 2:
        return state.pins.get(0x81) or state.pins.get(0x02)
    return state.pins.get(number) if number else None


def _ef_header(state: CardState, node: Node) -> bytes:
    rules = state.files.rules(node)

    def pair(high: str, low: str) -> int:
        return _level(rules.get(high)) << 4 | _level(rules.get(low))

    increase = _level(rules.get("increase")) if node.kind == "cyclic" else _NEVER
    size = len(node.body) if node.fcp_size is None else node.fcp_size
    return (
        b"\x00\x00"
        + size.to_bytes(2, "big")
        + (node.fid if node.fcp_fid is None else node.fcp_fid).to_bytes(2, "big")
        + bytes((0x04, 0x40 if node.kind == "cyclic" and increase != _NEVER else 0x00))
        + bytes((pair("read", "update"), increase << 4 | _NEVER, pair("activate", "deactivate")))
        + bytes((0x01 if node.life_cycle != "deactivated" else 0x00, 0x02))
        + bytes((_STRUCTURES.get(node.kind, 0x00), node.record_size & 0xFF))
    )


def _directory_header(state: CardState, node: Node) -> bytes:
    children = node.children.values()
    directories = sum(child.is_directory for child in children)

    def status(pin: Pin | None) -> bytes:
        if pin is None:
            return b"\x00\x00"
        unblock = 0x80 | pin.unblock_remaining if pin.has_unblock else 0
        return bytes((0x80 | pin.remaining, unblock))

    chv1 = _chv(state, 1)
    disabled = 0x80 if chv1 is not None and not chv1.enabled else 0
    return (
        b"\x00\x00"
        + min(state.free_memory, 0xFFFF).to_bytes(2, "big")
        + node.fid.to_bytes(2, "big")
        + bytes((0x01 if node.kind == "mf" else 0x02,))
        + bytes(5)
        + bytes((0x0A, 0x13 | disabled, min(directories, 0xFF)))
        + bytes((min(len(children) - directories, 0xFF), len(state.pins.references), 0))
        + status(chv1)
        + status(_chv(state, 2))
        + b"\x00"
    )


def _header(state: CardState, node: Node) -> bytes:
    if node.fcp_raw is not None:
        return node.fcp_raw
    return _directory_header(state, node) if node.is_directory else _ef_header(state, node)


def _exact(request: Request, data: bytes) -> tuple[bytes, int]:
    """An answer of known length: another P3 gives 67xx with the right one (TS 51.011, 9.4.5)."""
    if (request.le or 0) > len(data):
        raise Refusal(Sw2g.WRONG_LENGTH | (len(data) & 0xFF))
    return data[: request.le or 0], Sw2g.OK


def _select(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    if len(request.data) != 2:
        raise Refusal(Sw2g.WRONG_LENGTH | 2)
    if request.p1 or request.p2:
        raise Refusal(Sw2g.WRONG_P1P2)
    found = state.files.search(channel.directory, int.from_bytes(request.data, "big"))
    if found is None:
        raise Refusal(Sw2g.NOT_FOUND)
    channel.enter(found)
    return _header(state, found), Sw2g.OK


def _status(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    if request.p1 or request.p2:
        raise Refusal(Sw2g.WRONG_P1P2)
    return _exact(request, _header(state, channel.directory))


def _open(state: CardState, channel: Channel, operation: str, *, records: bool | None) -> Node:
    node = channel.file
    if node is None:
        raise Refusal(Sw2g.NO_EF)
    if records is not None and (node.has_records != records or node.kind not in _STRUCTURES):
        raise Refusal(Sw2g.INCONSISTENT)
    if not state.pins.satisfies(state.files.rules(node).get(operation)):
        raise Refusal(Sw2g.ACCESS)
    if node.life_cycle != "activated" and operation != "activate":
        raise Refusal(Sw2g.INVALIDATED)
    return node


def _read_binary(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    node = _open(state, channel, "read", records=False)
    offset = request.p1 << 8 | request.p2
    if offset >= len(node.body):
        raise Refusal(Sw2g.OUT_OF_RANGE)
    return _exact(request, bytes(node.body[offset : offset + 256]))


def _update_binary(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    node = _open(state, channel, "update", records=False)
    offset, rest = request.p1 << 8 | request.p2, 0
    rest = len(node.body) - offset
    if rest <= 0:
        raise Refusal(Sw2g.OUT_OF_RANGE)
    if not 1 <= len(request.data) <= rest:
        raise Refusal(Sw2g.WRONG_LENGTH | min(rest, 0xFF))
    state.write(node, offset, request.data)
    return b"", Sw2g.OK


def _number(channel: Channel, node: Node, request: Request) -> int:
    """The record of P1 and mode P2 (TS 51.011, 8.5). 9402 past either end."""
    count = node.record_count
    if request.p2 == _ABSOLUTE:
        number = request.p1 or channel.record
    elif request.p2 == _NEXT:
        number = channel.record + 1
    elif request.p2 == _PREVIOUS:
        number = channel.record - 1 if channel.record else count
    else:
        raise Refusal(Sw2g.WRONG_P1P2)
    if node.kind == "cyclic" and request.p2 != _ABSOLUTE:
        number = (number - 1) % count + 1
    if not 1 <= number <= count:
        raise Refusal(Sw2g.OUT_OF_RANGE)
    return number


def _read_record(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    node = _open(state, channel, "read", records=True)
    number = _number(channel, node, request)
    if request.le != node.record_size:
        raise Refusal(Sw2g.WRONG_LENGTH | node.record_size)
    if request.p2 != _ABSOLUTE:
        channel.record = number
    return node.record(number), Sw2g.OK


def _update_record(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    node = _open(state, channel, "update", records=True)
    if len(request.data) != node.record_size:
        raise Refusal(Sw2g.WRONG_LENGTH | node.record_size)
    if node.kind == "cyclic":
        if request.p2 != _PREVIOUS:
            raise Refusal(Sw2g.INCONSISTENT)
        rotate(state, node, request.data)
        channel.record = 1
        return b"", Sw2g.OK
    number = _number(channel, node, request)
    state.write(node, (number - 1) * node.record_size, request.data)
    if request.p2 != _ABSOLUTE:
        channel.record = number
    return b"", Sw2g.OK


def _seek(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """SEEK in a linear fixed EF; type 2 (b5 of P2) also tells the record number."""
    node = _open(state, channel, "read", records=True)
    if node.kind != "linear-fixed":
        raise Refusal(Sw2g.INCONSISTENT)
    mode, count, pattern = request.p2 & 0x0F, node.record_count, request.data
    if mode > 3 or request.p2 & 0xE0 or request.p1:
        raise Refusal(Sw2g.WRONG_P1P2)
    if not 1 <= len(pattern) <= node.record_size:
        raise Refusal(Sw2g.WRONG_LENGTH)
    ranges = (
        range(1, count + 1),
        range(count, 0, -1),
        range(channel.record + 1, count + 1),
        range(channel.record - 1 if channel.record else count, 0, -1),
    )
    found = next((n for n in ranges[mode] if node.record(n).startswith(pattern)), None)
    if found is None:
        raise Refusal(Sw2g.NOT_FOUND)
    channel.record = found
    return (bytes((found,)) if request.p2 & 0x10 else b""), Sw2g.OK


def _increase(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """INCREASE of a cyclic EF; the answer is the new record and the value added."""
    node = _open(state, channel, "increase", records=True)
    if node.kind != "cyclic":
        raise Refusal(Sw2g.INCONSISTENT)
    if len(request.data) != 3:
        raise Refusal(Sw2g.WRONG_LENGTH | 3)
    total = int.from_bytes(node.record(1), "big") + int.from_bytes(request.data, "big")
    if total >= 1 << (8 * node.record_size):
        raise Refusal(Sw2g.MAXIMUM)
    record = total.to_bytes(node.record_size, "big")
    rotate(state, node, record)
    channel.record = 1
    return (record + request.data)[:256], Sw2g.OK


def _present(pin: Pin, value: bytes) -> None:
    if pin.blocked:
        raise Refusal(Sw2g.BLOCKED)
    if not pin.present(value):
        # No counter in the status word: the DF header tells it (TS 51.011, 9.4.4).
        raise Refusal(Sw2g.BLOCKED if pin.blocked else Sw2g.ACCESS)


def _key(state: CardState, request: Request, length: int, number: int) -> Pin:
    if request.p1:
        raise Refusal(Sw2g.WRONG_P1P2)
    pin = _chv(state, number)
    if pin is None:
        raise Refusal(Sw2g.NO_CHV)
    if len(request.data) != length:
        raise Refusal(Sw2g.WRONG_LENGTH | length)
    return pin


def _enabled(pin: Pin) -> None:
    if not pin.enabled:
        raise Refusal(Sw2g.CHV_STATUS)


def _verify(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    del channel
    pin = _key(state, request, KEY_LENGTH, request.p2)
    _enabled(pin)
    _present(pin, request.data)
    pin.verified = True
    return b"", Sw2g.OK


def _change(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    del channel
    pin = _key(state, request, 2 * KEY_LENGTH, request.p2)
    _enabled(pin)
    _present(pin, request.data[:KEY_LENGTH])
    pin.change(request.data[KEY_LENGTH:])
    pin.verified = True
    return b"", Sw2g.OK


def _disable(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    del channel
    if request.p2 != 1:
        raise Refusal(Sw2g.WRONG_P1P2)
    pin = _key(state, request, KEY_LENGTH, 1)
    _enabled(pin)
    _present(pin, request.data)
    pin.enabled = False
    return b"", Sw2g.OK


def _enable(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    del channel
    if request.p2 != 1:
        raise Refusal(Sw2g.WRONG_P1P2)
    pin = _key(state, request, KEY_LENGTH, 1)
    if pin.enabled:
        raise Refusal(Sw2g.CHV_STATUS)
    _present(pin, request.data)
    pin.enabled = pin.verified = True
    return b"", Sw2g.OK


def _unblock(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    del channel
    # P2 = 00 means CHV1 here and in no other command (TS 51.011, 9.2.13).
    pin = _key(state, request, 2 * KEY_LENGTH, request.p2 or 1)
    if not pin.has_unblock:
        raise Refusal(Sw2g.NO_CHV)
    if pin.unblock_remaining == 0:
        raise Refusal(Sw2g.BLOCKED)
    if not pin.unblock(request.data[:KEY_LENGTH], request.data[KEY_LENGTH:]):
        raise Refusal(Sw2g.BLOCKED if pin.unblock_remaining == 0 else Sw2g.ACCESS)
    return b"", Sw2g.OK


def _invalidate(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    del request
    node = _open(state, channel, "deactivate", records=None)
    state.structural_change(node)
    node.life_cycle = "deactivated"
    return b"", Sw2g.OK


def _rehabilitate(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    del request
    node = _open(state, channel, "activate", records=None)
    if node.life_cycle == "activated":
        raise Refusal(Sw2g.INVALIDATED)
    state.structural_change(node)
    node.life_cycle = "activated"
    return b"", Sw2g.OK


_COMMANDS: dict[int, Callable[[CardState, Channel, Request], tuple[bytes, int]]] = {
    0x04: _invalidate,
    0x20: _verify,
    0x24: _change,
    0x26: _disable,
    0x28: _enable,
    0x2C: _unblock,
    0x32: _increase,
    0x44: _rehabilitate,
    0xA2: _seek,
    0xA4: _select,
    0xB0: _read_binary,
    0xB2: _read_record,
    0xD6: _update_binary,
    0xDC: _update_record,
    0xF2: _status,
}


def interpret_sim(state: CardState, request: Request) -> tuple[bytes, int]:
    """Carry out one command of class A0. Refusal ends it without data."""
    handler = _COMMANDS.get(request.ins)
    if handler is None or request.ins in state.header.unsupported:
        raise Refusal(Sw2g.INS_NOT_SUPPORTED)
    return handler(state, state.channels[0], request)
