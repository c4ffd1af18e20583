"""READ, UPDATE and SEARCH on the EFs of the virtual UICC (TS 102 221, 11.1.3 to 11.1.7)."""

from __future__ import annotations

from smartboot.virtual.files import Node
from smartboot.virtual.lengths import fit
from smartboot.virtual.state import CardState, Channel, Request
from smartboot.virtual.status import Refusal, Sw

__all__ = [
    "read_binary",
    "read_record",
    "search_record",
    "update_binary",
    "update_record",
]

_ABSOLUTE, _NEXT, _PREVIOUS = 0x04, 0x02, 0x03
_FORWARD, _BACKWARD = 0x04, 0x05


def _open(state: CardState, channel: Channel, sfi: int, operation: str, *, records: bool) -> Node:
    """The EF a command works on (named by SFI, or the current one), with its rights checked.

    An EF named by SFI becomes current even when the command is then refused.
    """
    if sfi:
        found = state.files.by_sfi(channel.directory, sfi)
        if found is None:
            raise Refusal(Sw.FILE_NOT_FOUND)
        if found is not channel.file:
            channel.enter(found)
    node = channel.file
    if node is None:
        raise Refusal(Sw.NO_EF)
    if node.has_records != records or node.kind in ("ber-tlv", "internal"):
        raise Refusal(Sw.INCOMPATIBLE_STRUCTURE)
    if not state.pins.satisfies(state.files.rules(node).get(operation)):
        raise Refusal(Sw.SECURITY_STATUS)
    if node.life_cycle in ("deactivated", "terminated"):
        raise Refusal(Sw.CONDITIONS)
    return node


def _binary(
    state: CardState, channel: Channel, request: Request, operation: str
) -> tuple[Node, int]:
    """The transparent EF and the offset that P1 P2 name."""
    sfi, offset = 0, request.p1 << 8 | request.p2
    if request.p1 & 0x80:
        sfi, offset = request.p1 & 0x1F, request.p2
        if request.p1 & 0x60 or sfi in (0, 0x1F):
            raise Refusal(Sw.BAD_P1P2)
    node = _open(state, channel, sfi, operation, records=False)
    if offset >= len(node.body):
        raise Refusal(Sw.WRONG_OFFSET)
    return node, offset


def read_binary(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """READ BINARY. Asking past the end: 6Cxx or 6282, as the card image says; on T=1 Le=00 takes
    what there is."""
    node, offset = _binary(state, channel, request, "read")
    if request.le is None or request.data:
        raise Refusal(Sw.WRONG_LENGTH)
    rest = len(node.body) - offset
    data = bytes(node.body[offset : offset + request.le])
    limit = state.quirks.read_limit
    if limit is not None and len(data) > limit:
        if request.t0:
            raise Refusal(Sw.WRONG_LE | (limit & 0xFF))
        return data[:limit], Sw.OK
    if request.le <= rest:
        return data, Sw.OK
    return _past_the_end(state, request, data, rest)


def _past_the_end(state: CardState, request: Request, data: bytes, rest: int) -> tuple[bytes, int]:
    """The answer to a READ that asks for more than the ``rest`` there is."""
    habit = state.header.end_of_file
    if habit == "67":
        raise Refusal(Sw.WRONG_LENGTH)
    if request.t0 and habit == "6C":
        raise Refusal(Sw.WRONG_LE | (rest & 0xFF))
    if habit == "short" or (not request.t0 and request.open_ended):
        return data, Sw.OK
    return data, Sw.END_OF_FILE


def update_binary(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """UPDATE BINARY."""
    if not request.data:
        raise Refusal(Sw.WRONG_LENGTH)
    node, offset = _binary(state, channel, request, "update")
    limit = state.quirks.write_limit
    if offset + len(request.data) > len(node.body) or (limit and len(request.data) > limit):
        raise Refusal(Sw.WRONG_LENGTH)
    state.write(node, offset, request.data)
    return b"", Sw.OK


def _number(channel: Channel, node: Node, request: Request) -> int:
    """The record that P1 and the mode in P2 name (TS 102 221, 11.1.5.1)."""
    mode, count = request.p2 & 0x07, node.record_count
    if mode == _ABSOLUTE:
        number = request.p1 or channel.record
    elif mode in (_NEXT, _PREVIOUS):
        if request.p1:
            raise Refusal(Sw.BAD_P1P2)
        if channel.record == 0:
            number = 1 if mode == _NEXT else count
        else:
            number = channel.record + (1 if mode == _NEXT else -1)
            if node.kind == "cyclic":
                number = (number - 1) % count + 1
    else:
        raise Refusal(Sw.BAD_P1P2)
    if not 1 <= number <= count:
        raise Refusal(Sw.RECORD_NOT_FOUND)
    return number


def read_record(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """READ RECORD. NEXT and PREVIOUS move the record pointer, ABSOLUTE does not."""
    node = _open(state, channel, request.p2 >> 3, "read", records=True)
    number = _number(channel, node, request)
    data = node.record(number)
    if not request.t0 and request.le is not None and request.le != len(data):
        if request.le < len(data):
            raise Refusal(Sw.WRONG_LENGTH)
        sw = Sw.OK if request.open_ended else Sw.END_OF_FILE
    elif request.t0 and (request.le or 0) > len(data) and state.header.end_of_file == "6282":
        sw = Sw.END_OF_FILE
    else:
        data, _ = fit(request, data)
        sw = Sw.OK
    if request.p2 & 0x07 != _ABSOLUTE:
        channel.record = number
    return data, sw


def update_record(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """UPDATE RECORD. A cyclic EF takes PREVIOUS only: its oldest record becomes the first."""
    node = _open(state, channel, request.p2 >> 3, "update", records=True)
    if len(request.data) != node.record_size:
        raise Refusal(Sw.WRONG_LENGTH)
    if node.kind == "cyclic":
        if request.p2 & 0x07 != _PREVIOUS or request.p1:
            raise Refusal(Sw.BAD_P1P2)
        rotate(state, node, request.data)
        channel.record = 1
        return b"", Sw.OK
    number = _number(channel, node, request)
    state.write(node, (number - 1) * node.record_size, request.data)
    if request.p2 & 0x07 != _ABSOLUTE:
        channel.record = number
    return b"", Sw.OK


def rotate(state: CardState, node: Node, record: bytes) -> None:
    """Write over the oldest record of a cyclic EF, which thereby becomes number 1."""
    size = node.record_size
    state.check_wear(node)
    node.body[:] = node.body[-size:] + node.body[:-size]
    state.write(node, 0, record)


def search_record(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """SEARCH RECORD, simple form: the numbers of the records that hold the pattern."""
    mode = request.p2 & 0x07
    if mode not in (_FORWARD, _BACKWARD):
        raise Refusal(Sw.NOT_SUPPORTED)
    node = _open(state, channel, request.p2 >> 3, "read", records=True)
    pattern = request.data
    if not pattern or len(pattern) > node.record_size:
        raise Refusal(Sw.WRONG_LENGTH)
    count = node.record_count
    start = request.p1 or channel.record
    if start > count or (start == 0 and request.p1):
        raise Refusal(Sw.RECORD_NOT_FOUND)
    forward = range(max(start, 1), count + 1)
    numbers = forward if mode == _FORWARD else range(start or count, 0, -1)
    hits = bytes(number for number in numbers if pattern in node.record(number))
    if not hits:
        raise Refusal(Sw.END_OF_FILE)
    channel.record = hits[0]
    return hits, Sw.OK
