"""SELECT, STATUS and MANAGE CHANNEL of the virtual UICC (TS 102 221, 11.1.1, 11.1.2, 11.1.17)."""

from __future__ import annotations

from smartboot.virtual.fcp import build_fcp
from smartboot.virtual.files import Node
from smartboot.virtual.lengths import fit
from smartboot.virtual.state import CardState, Channel, Request
from smartboot.virtual.status import Refusal, Sw
from smartboot.virtual.tlv import tlv

__all__ = ["manage_channel", "select", "select_by_path", "status"]

CURRENT_ADF = 0x7FFF

_RETURN_FCP, _NO_DATA, _ISO_FCI = 0x04, 0x0C, 0x00
_TERMINATE_APPLICATION = 0x40
_LAST_CHANNEL = 19
_FIRST_HANDED_OUT = 3
_MAX_PATH = 8


def _search(state: CardState, channel: Channel, fid: int) -> Node | None:
    if fid == CURRENT_ADF:
        return channel.application if state.quirks.current_adf else None
    return state.files.search(channel.directory, fid)


def select_by_path(channel: Channel, start: Node, data: bytes) -> Node:
    """Walk a path of file ids; 7FFF may be the first (TS 102 221, 8.4.2)."""
    if not data or len(data) % 2 or len(data) > 2 * _MAX_PATH:
        raise Refusal(Sw.BAD_LC)
    node = start
    for at in range(0, len(data), 2):
        fid = int.from_bytes(data[at : at + 2], "big")
        if fid == CURRENT_ADF and at == 0 and channel.application is not None:
            node = channel.application
            continue
        found = node.children.get(fid)
        if found is None:
            raise Refusal(Sw.FILE_NOT_FOUND)
        node = found
    return node


def _by_name(state: CardState, channel: Channel, name: bytes, occurrence: int) -> Node:
    """An ADF by its AID, which may be cut off at the right. ``occurrence`` is b2b1 of P2."""
    if not 1 <= len(name) <= 16:
        raise Refusal(Sw.BAD_LC)
    matches = [
        node
        for node in state.files.applications()
        if node.aid is not None and node.aid.startswith(name)
    ]
    if state.quirks.select_by_name != "any":
        whole = state.quirks.select_by_name == "whole"
        matches = [node for node in matches if whole and node.aid == name]
    current = channel.application
    at = matches.index(current) if current in matches else None
    if occurrence == 0:
        index = 0
    elif occurrence == 1:
        index = len(matches) - 1
    elif occurrence == 2:
        index = 0 if at is None else at + 1
    else:
        index = len(matches) - 1 if at is None else at - 1
    if not 0 <= index < len(matches):
        raise Refusal(Sw.FILE_NOT_FOUND)
    return matches[index]


def _target(state: CardState, channel: Channel, request: Request) -> Node:
    data = request.data
    if request.p1 == 0x00:
        if not data:
            return state.files.root
        if len(data) != 2:
            raise Refusal(Sw.BAD_LC)
        found = _search(state, channel, int.from_bytes(data, "big"))
    elif request.p1 == 0x01:
        if len(data) != 2:
            raise Refusal(Sw.BAD_LC)
        found = channel.directory.children.get(int.from_bytes(data, "big"))
        if found is not None and not found.is_directory:
            found = None
    elif request.p1 == 0x03:
        if data:
            raise Refusal(Sw.BAD_LC)
        found = channel.directory.parent
    elif request.p1 == 0x04:
        return _by_name(state, channel, data, request.p2 & 0x03)
    elif request.p1 in (0x08, 0x09) and state.quirks.select_by_path:
        if data[:2] == b"\x7f\xff" and not state.quirks.current_adf:
            raise Refusal(Sw.FILE_NOT_FOUND)
        start = state.files.root if request.p1 == 0x08 else channel.directory
        return select_by_path(channel, start, data)
    else:
        raise Refusal(Sw.BAD_P1P2)
    if found is None:
        raise Refusal(Sw.FILE_NOT_FOUND)
    return found


def select(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """SELECT. A refused one leaves the current files as they were."""
    answer, by_name = request.p2 & 0x0C, request.p1 == 0x04
    if request.p2 & 0x90 or answer == 0x08 or (request.p2 & 0x63 and not by_name):
        raise Refusal(Sw.BAD_P1P2)
    if request.p2 & 0x60 not in (0, _TERMINATE_APPLICATION):
        raise Refusal(Sw.BAD_P1P2)
    if answer == _ISO_FCI and not state.header.iso_select:
        raise Refusal(Sw.BAD_P1P2)
    if answer == _NO_DATA and request.data and state.quirks.no_data_select != "honoured":
        if state.quirks.no_data_select == "refused":
            raise Refusal(Sw.BAD_P1P2)
        answer = _RETURN_FCP
    if request.p1 == 0 and not request.data and answer == _RETURN_FCP:
        # Without a file id the MF is meant, and then P2 is 0C (TS 102 221, 11.1.1.2).
        raise Refusal(Sw.BAD_P1P2)
    node = _target(state, channel, request)
    if request.p2 & 0x60 == _TERMINATE_APPLICATION:
        if channel.application is node:
            channel.application = None
        channel.enter(state.files.root)
    else:
        channel.enter(node)
        if by_name:
            channel.application = node
    sw: int = Sw.OK
    if node.life_cycle == "deactivated":
        sw = Sw.FILE_DEACTIVATED
    elif node.life_cycle == "terminated":
        sw = Sw.FILE_TERMINATED
    if answer == _NO_DATA or (answer == _ISO_FCI and not request.data):
        return b"", sw
    if by_name and state.quirks.name_answer != "own":
        if state.quirks.name_answer == "none":
            return b"", sw
        node = state.files.root
    return build_fcp(node, state.files, state.pins, state.header), sw


def status(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """STATUS: the FCP of the current DF, or the AID of the current application."""
    if request.p1 > 0x02 or request.data:
        raise Refusal(Sw.BAD_P1P2)
    if request.p2 == _NO_DATA:
        return b"", Sw.OK
    if request.p2 == 0x00:
        return fit(request, build_fcp(channel.directory, state.files, state.pins, state.header))
    if request.p2 == 0x01:
        if channel.application is None or channel.application.aid is None:
            raise Refusal(Sw.KEY_NOT_FOUND)
        return fit(request, tlv(0x84, channel.application.aid))
    raise Refusal(Sw.BAD_P1P2)


def manage_channel(state: CardState, channel: Channel, request: Request) -> tuple[bytes, int]:
    """Open a channel the card chooses, or close one."""
    if state.header.channels == 1:
        raise Refusal(int(state.quirks.no_channel, 16))
    if request.data:
        raise Refusal(Sw.BAD_LC)
    if request.p1 == 0x80:
        number = request.p2 or channel.number
        if number == 0:
            raise Refusal(Sw.BAD_P1P2)
        if number not in state.channels:
            raise Refusal(Sw.CHANNEL_NOT_SUPPORTED)
        del state.channels[number]
        return b"", Sw.OK
    if request.p1 != 0x00 or request.p2 != 0x00:
        raise Refusal(Sw.BAD_P1P2)
    # Channels past 3 only for terminals that said they know them (TS 102 221, 11.1.17).
    last = _LAST_CHANNEL if state.many_channels else _FIRST_HANDED_OUT
    last = min(last, state.header.channels - 1)
    free = next((n for n in range(1, last + 1) if n not in state.channels), None)
    if free is None:
        raise Refusal(Sw.NOT_SUPPORTED)
    answer = fit(request, bytes((free,)))
    # From the basic channel one starts at the MF, from another in that channel's DF.
    opened = Channel(free, state.files.root)
    if channel.number:
        opened.directory, opened.application = channel.directory, channel.application
    state.channels[free] = opened
    return answer
