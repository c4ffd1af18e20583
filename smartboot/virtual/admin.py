"""Administrative commands of the virtual UICC: create, delete, resize, life cycle (TS 102 222)."""

from __future__ import annotations

from typing import NamedTuple

from smartboot.errors import DecodeError
from smartboot.image import MAX_DEPTH, MAX_FILE_SIZE, MAX_FILES
from smartboot.virtual.access import Rules, decode_compact, decode_expanded
from smartboot.virtual.fcp import LIFE_CYCLE_BYTES
from smartboot.virtual.files import Node, NodeKind, rules_to_access
from smartboot.virtual.select import select_by_path
from smartboot.virtual.state import CardState, Channel, Request
from smartboot.virtual.status import Refusal, Sw
from smartboot.virtual.tlv import parse_tlvs

__all__ = [
    "activate",
    "create_file",
    "deactivate",
    "delete_file",
    "resize_file",
    "terminal_capability",
    "terminate_df",
    "terminate_ef",
]

_RESERVED = {0x3F00, 0x3FFF, 0x7FFF, 0xFFFF}
_KNOWN_TAGS = {0x80, 0x81, 0x82, 0x83, 0x84, 0x88, 0x8A, 0x8B, 0x8C, 0xA5, 0xAB, 0xC6}
_KINDS: dict[int, NodeKind] = {
    0x38: "df",
    0x01: "transparent",
    0x02: "linear-fixed",
    0x06: "cyclic",
}
_OVERHEAD = 16
"""Bytes of card memory a file takes besides its body."""


def _template(data: bytes) -> dict[int, bytes]:
    """The objects inside ``62 L …``; each tag once."""
    try:
        outer = parse_tlvs(data)
        if len(outer) != 1 or outer[0][0] != 0x62:
            raise Refusal(Sw.BAD_DATA)
        objects = parse_tlvs(outer[0][1])
    except DecodeError:
        raise Refusal(Sw.BAD_DATA) from None
    found = dict(objects)
    if len(found) != len(objects) or not found.keys() <= _KNOWN_TAGS:
        raise Refusal(Sw.BAD_DATA)
    return found


def _number(objects: dict[int, bytes], tag: int) -> int:
    value = objects.get(tag, b"")
    if not 1 <= len(value) <= 4:
        raise Refusal(Sw.BAD_DATA)
    return int.from_bytes(value, "big")


def _fid(objects: dict[int, bytes]) -> int:
    if len(objects.get(0x83, b"")) != 2:
        raise Refusal(Sw.BAD_DATA)
    return _number(objects, 0x83)


class _Shape(NamedTuple):
    kind: NodeKind
    shareable: bool
    record_size: int
    size: int


def _shape(objects: dict[int, bytes]) -> _Shape:
    """What tag 82 and 80 say: kind of file, record length and size of the body."""
    descriptor = objects.get(0x82, b"")
    if len(descriptor) not in (2, 4, 5) or descriptor[0] & 0x80:
        raise Refusal(Sw.BAD_DATA)
    kind = _KINDS.get(descriptor[0] & 0x3F)
    if kind is None:
        raise Refusal(Sw.BAD_DATA)
    shareable = bool(descriptor[0] & 0x40)
    if kind == "df":
        if len(descriptor) != 2:
            raise Refusal(Sw.BAD_DATA)
        return _Shape("adf" if 0x84 in objects else "df", shareable, 0, 0)
    size = _number(objects, 0x80)
    if kind == "transparent":
        if len(descriptor) != 2 or not 1 <= size <= MAX_FILE_SIZE:
            raise Refusal(Sw.BAD_DATA)
        return _Shape(kind, shareable, 0, size)
    record_size = int.from_bytes(descriptor[2:4], "big")
    if not 1 <= record_size <= 255 or size % record_size or not 1 <= size // record_size <= 254:
        raise Refusal(Sw.BAD_DATA)
    if len(descriptor) == 5 and descriptor[4] != size // record_size:
        raise Refusal(Sw.BAD_DATA)
    return _Shape(kind, shareable, record_size, size)


def _set_security(state: CardState, node: Node, objects: dict[int, bytes]) -> None:
    """Exactly one of 8B (EF(ARR) record), 8C (compact), AB (expanded)."""
    given = [tag for tag in (0x8B, 0x8C, 0xAB) if tag in objects]
    if len(given) != 1:
        raise Refusal(Sw.BAD_DATA)
    value = objects[given[0]]
    if given[0] == 0x8B:
        if len(value) == 3:
            record = value[2]
        elif len(value) >= 4 and len(value) % 2 == 0:
            pairs = dict(zip(value[2::2], value[3::2], strict=True))
            # Security environment 01 is the one in force while PINs are enabled.
            record = pairs.get(0x01, value[3])
        else:
            raise Refusal(Sw.BAD_DATA)
        if record == 0:
            raise Refusal(Sw.BAD_DATA)
        node.arr, node.rules, node.access = (value[0] << 8 | value[1], record), None, None
        return
    directory = node.is_directory
    try:
        rules: Rules
        if given[0] == 0x8C:
            rules = decode_compact(value, state.pins.references, is_directory=directory)
        else:
            rules = decode_expanded(value, is_directory=directory)
    except DecodeError:
        raise Refusal(Sw.BAD_DATA) from None
    node.rules, node.access = rules, rules_to_access(dict(rules))


def _filled(size: int, proprietary: bytes) -> bytearray:
    """A new body: FF, or the pattern of A5 (C1: once, its last byte repeated; C2: repeated)."""
    try:
        inner = dict(parse_tlvs(proprietary))
    except DecodeError:
        raise Refusal(Sw.BAD_DATA) from None
    filling, repeated = inner.get(0xC1, b""), inner.get(0xC2, b"")
    if filling:
        return bytearray(filling[:size].ljust(size, filling[-1:]))
    if repeated:
        return bytearray((repeated * (size // len(repeated) + 1))[:size])
    return bytearray(b"\xff" * size)


def _set_sfi(state: CardState, node: Node, objects: dict[int, bytes]) -> None:
    """Tag 88: SFI << 3; empty: none; absent: the low five bits of the file id."""
    value = objects.get(0x88)
    if node.is_directory:
        return
    if value is None:
        wanted = node.fid & 0x1F
        sfi = wanted if 1 <= wanted <= 30 else None
        # An SFI nobody asked for by name gives way to one that is taken.
        taken = node.parent is not None and sfi and state.files.by_sfi(node.parent, sfi)
        node.sfi = None if taken else sfi
    elif len(value) == 1 and 1 <= value[0] >> 3 <= 30 and not value[0] & 7:
        node.sfi = value[0] >> 3
    elif value:
        raise Refusal(Sw.BAD_DATA)


def create_file(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """CREATE FILE under the current DF; the new file becomes current (TS 102 222, 6.3)."""
    if request.p1 or request.p2:
        raise Refusal(Sw.BAD_P1P2)
    parent = channel.directory
    objects = _template(request.data)
    shape = _shape(objects)
    operation = "create-df" if shape.kind in ("df", "adf") else "create-ef"
    if not state.pins.satisfies(state.files.rules(parent).get(operation)):
        raise Refusal(Sw.SECURITY_STATUS)
    fid = _fid(objects)
    if fid in _RESERVED or len(objects.get(0x8A, b"")) != 1:
        raise Refusal(Sw.BAD_DATA)
    if fid in parent.children:
        raise Refusal(Sw.FID_EXISTS)
    node = Node(fid, shape.kind, parent)
    node.shareable, node.record_size = shape.shareable, shape.record_size
    names = {byte: name for name, byte in LIFE_CYCLE_BYTES.items()} | {0x07: "activated"}
    life_cycle = names.get(objects[0x8A][0])
    if life_cycle not in ("creation", "initialisation", "activated"):
        raise Refusal(Sw.BAD_DATA)
    node.life_cycle = "activated" if life_cycle == "activated" else "creation"
    if life_cycle == "initialisation":
        node.life_cycle = "initialisation"
    if shape.kind == "adf":
        node.aid = objects[0x84]
        if not 1 <= len(node.aid) <= 16:
            raise Refusal(Sw.BAD_DATA)
        if any(adf.aid == node.aid for adf in state.files.applications()):
            raise Refusal(Sw.AID_EXISTS)
    elif 0x84 in objects:
        raise Refusal(Sw.BAD_DATA)
    _set_security(state, node, objects)
    _set_sfi(state, node, objects)
    node.body = _filled(shape.size, objects.get(0xA5, b""))
    cost = len(node.body) + _OVERHEAD
    if cost > state.free_memory or node.depth() > MAX_DEPTH or state.files.count >= MAX_FILES - 64:
        raise Refusal(Sw.NO_MEMORY)
    state.structural_change(node)
    state.files.changed = True
    state.free_memory -= cost
    state.files.add(node)
    channel.enter(node)
    return b"", Sw.OK


def _child(channel: Channel, data: bytes) -> Node:
    if len(data) != 2:
        raise Refusal(Sw.WRONG_LENGTH)
    found = channel.directory.children.get(int.from_bytes(data, "big"))
    if found is None:
        raise Refusal(Sw.FILE_NOT_FOUND)
    return found


def delete_file(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """DELETE FILE: a child of the current DF, with all below it. The right is the file's own
    (delete) or the DF's on its children."""
    if request.p1 or request.p2:
        raise Refusal(Sw.BAD_P1P2)
    node = _child(channel, request.data)
    own = state.files.rules(node).get("delete")
    parents = state.files.rules(channel.directory).get("delete-child")
    if not (state.pins.satisfies(own) or state.pins.satisfies(parents)):
        raise Refusal(Sw.SECURITY_STATUS)
    for other in state.channels.values():
        for used in (other.directory, other.file, other.application):
            if other is not channel and used is not None and used.within(node):
                # Another channel stands in what would go.
                raise Refusal(Sw.CONDITIONS)
    state.structural_change(node)
    state.files.changed = True
    freed = sum(len(below.body) + _OVERHEAD for below in state.files.walk(node))
    state.free_memory += freed
    state.files.remove(node)
    if channel.file is node:
        channel.enter(channel.directory)
    if channel.application is not None and channel.application.within(node):
        channel.application = None
    return b"", Sw.OK


def resize_file(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """RESIZE FILE: an EF of the current DF; what is added is FF (TS 102 222, 6.10)."""
    if request.p1 or request.p2:
        raise Refusal(Sw.BAD_P1P2)
    objects = _template(request.data)
    node = _child(channel, objects.get(0x83, b""))
    size = _number(objects, 0x80)
    if node.is_directory or node.kind in ("ber-tlv", "internal"):
        raise Refusal(Sw.INCOMPATIBLE_STRUCTURE)
    if not state.pins.satisfies(state.files.rules(node).get("resize")):
        raise Refusal(Sw.SECURITY_STATUS)
    unit, most = (node.record_size, 254) if node.has_records else (1, MAX_FILE_SIZE)
    if size % unit or not 1 <= size // unit <= most:
        raise Refusal(Sw.BAD_DATA)
    if size - len(node.body) > state.free_memory:
        raise Refusal(Sw.NO_MEMORY)
    state.structural_change(node)
    state.free_memory -= size - len(node.body)
    node.body = bytearray(node.body[:size].ljust(size, b"\xff"))
    channel.enter(node)
    return b"", Sw.OK


def _addressed(state: CardState, channel: Channel, request: Request) -> Node:
    """The file ACTIVATE and DEACTIVATE mean: the current one, by id or by path."""
    if request.p2:
        raise Refusal(Sw.BAD_P1P2)
    if not request.data:
        return channel.file or channel.directory
    if request.p1 == 0x00:
        if len(request.data) != 2:
            raise Refusal(Sw.WRONG_LENGTH)
        found = state.files.search(channel.directory, int.from_bytes(request.data, "big"))
        if found is None:
            raise Refusal(Sw.FILE_NOT_FOUND)
        return found
    if request.p1 == 0x08:
        return select_by_path(channel, state.files.root, request.data)
    if request.p1 == 0x09:
        return select_by_path(channel, channel.directory, request.data)
    raise Refusal(Sw.BAD_P1P2)


def _may(state: CardState, node: Node, operation: str) -> None:
    if not state.pins.satisfies(state.files.rules(node).get(operation)):
        raise Refusal(Sw.SECURITY_STATUS)
    if node.life_cycle == "terminated":
        raise Refusal(Sw.CONDITIONS)


def activate(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """ACTIVATE FILE."""
    node = _addressed(state, channel, request)
    _may(state, node, "activate")
    state.structural_change(node)
    node.life_cycle = "activated"
    return b"", Sw.OK


def deactivate(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """DEACTIVATE FILE."""
    node = _addressed(state, channel, request)
    _may(state, node, "deactivate")
    state.structural_change(node)
    node.life_cycle = "deactivated"
    return b"", Sw.OK


def _terminate(
    state: CardState, channel: Channel, request: Request, *, directory: bool
) -> tuple[bytes, int]:
    if request.p1:
        raise Refusal(Sw.BAD_P1P2)
    node = _addressed(state, channel, request)
    if node.is_directory != directory:
        raise Refusal(Sw.INCOMPATIBLE_STRUCTURE)
    _may(state, node, "terminate")
    state.structural_change(node)
    node.life_cycle = "terminated"
    return b"", Sw.OK


def terminate_df(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """TERMINATE DF, which cannot be undone."""
    return _terminate(state, channel, request, directory=True)


def terminate_ef(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """TERMINATE EF, which cannot be undone."""
    return _terminate(state, channel, request, directory=False)


def terminal_capability(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """TERMINAL CAPABILITY: tag 81 without content in A9 says that more than four channels are
    known (TS 102 221, 11.1.19)."""
    del channel
    if request.p1 or request.p2:
        raise Refusal(Sw.BAD_P1P2)
    try:
        outer = parse_tlvs(request.data)
        inner = [pair for tag, value in outer if tag == 0xA9 for pair in parse_tlvs(value)]
    except DecodeError:
        raise Refusal(Sw.BAD_DATA) from None
    if (0x81, b"") in inner:
        state.many_channels = True
    return b"", Sw.OK
