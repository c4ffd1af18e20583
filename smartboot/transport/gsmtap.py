"""A card's commands as GSMTAP packets, the form that protocol analysers dissect as GSM SIM.

GSMTAP version 2, type 04 (SIM), sub-type 00: one T=0 exchange in each packet, that is CLA INS P1
P2 P3, the data whichever way it went, and SW1 SW2; inside UDP (port 4729) and IPv4. What T=0 has
no single exchange for is split the way T=0 would have carried it: an answer to a command with
data is fetched with GET RESPONSE after 61xx, a long answer in pieces of 256 bytes, long data in
pieces of 255 bytes with the chaining bit in CLA (ISO/IEC 7816-4, 5.1.1). Pure.
"""

from __future__ import annotations

import struct

from smartboot.apdu import Ins
from smartboot.apdu.channel import response_class
from smartboot.errors import DecodeError
from smartboot.frozen import dataclass

__all__ = ["Sim", "bare_packet", "split_exchange", "unwrap", "wrap"]

UDP_PORT = 4729
_GSMTAP = bytes((2, 4, 4)) + bytes(13)
"""Version 2, four words of header, type 04; all others zero, sub-type 00 among them."""

_ANSWER_TO_RESET = 1
_IPV4_HEADER = 20
_UDP = 17
_NO_PROTOCOL = 253
"""For experimentation (RFC 3692): a packet that only carries its comment."""

_LOOPBACK = bytes((127, 0, 0, 1))
_LINK_ETHERNET = 1
_LINKS_IPV4 = (101, 228, 12, 14)
_CHAINED = 0x10
_PIECE_OUT = 255
_PIECE_IN = 256
_OK = 0x9000


def _ipv4(protocol: int, payload: bytes) -> bytes:
    total = _IPV4_HEADER + len(payload)
    header = struct.pack(">BBHHHBBH", 0x45, 0, total, 0, 0, 64, protocol, 0) + 2 * _LOOPBACK
    checksum = sum(struct.unpack(">10H", header))
    while checksum >> 16:
        checksum = (checksum & 0xFFFF) + (checksum >> 16)
    return header[:10] + struct.pack(">H", checksum ^ 0xFFFF) + header[12:] + payload


def wrap(exchange: bytes) -> bytes:
    """One T=0 exchange as an IPv4 packet."""
    payload = _GSMTAP + exchange
    return _ipv4(_UDP, struct.pack(">HHHH", UDP_PORT, UDP_PORT, 8 + len(payload), 0) + payload)


def bare_packet() -> bytes:
    """An IPv4 packet without content, for what is no exchange: a reset, a failure."""
    return _ipv4(_NO_PROTOCOL, b"")


@dataclass(frozen=True, slots=True)
class Sim:
    """What a packet held: a T=0 exchange in ``exchange``, or an ATR in ``atr``."""

    exchange: bytes = b""
    atr: bytes = b""


def unwrap(packet: bytes, link_type: int) -> Sim | None:
    """The SIM payload of a packet; None for a packet of any other protocol.

    Errors: DecodeError for a GSMTAP packet that is cut short.
    """
    if link_type == _LINK_ETHERNET and packet[12:14] == b"\x08\x00":
        packet = packet[14:]
    elif link_type not in _LINKS_IPV4:
        return None
    if len(packet) < _IPV4_HEADER or packet[0] >> 4 != 4 or packet[9] != _UDP:
        return None
    payload = packet[(packet[0] & 0x0F) * 4 :]
    if len(payload) < 8 or UDP_PORT not in struct.unpack_from(">HH", payload):
        return None
    # Ethernet pads short frames, so the datagram's own length says where it ends.
    length = int.from_bytes(payload[4:6], "big")
    if not 8 <= length <= len(payload):
        raise DecodeError("a UDP datagram is cut short")
    tap = payload[8:length]
    if len(tap) < 16 or tap[0] != 2 or tap[2] != 4:
        return None
    body = tap[4 * tap[1] :] if tap[1] >= 4 else b""
    if tap[12] == _ANSWER_TO_RESET:
        return Sim(atr=body)
    if tap[12] != 0:
        return None
    if len(body) < 7:
        raise DecodeError("a GSMTAP packet is too short for a T=0 exchange")
    return Sim(exchange=body)


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[i : i + size] for i in range(0, len(data), size)]


def split_exchange(header: bytes, p3: int, data: bytes, answer: bytes, sw: int) -> list[bytes]:
    """The T=0 exchanges that carry a command; ``header`` is CLA INS P1 P2.

    ``p3`` is used where there is neither data nor an answer. Data of all exchanges joined is
    ``data + answer``, and the last one ends in ``sw``.
    """
    cla, rest = header[0], header[1:4]
    out, back = _pieces(data, _PIECE_OUT), _pieces(answer, _PIECE_IN)
    fetch = bytes((response_class(cla), Ins.GET_RESPONSE, 0, 0))
    steps: list[tuple[bytes, int, bytes]] = []
    for number, piece in enumerate(out, 1):
        chained = cla if number == len(out) else cla | _CHAINED
        steps.append((bytes((chained,)) + rest, len(piece), piece))
    for number, piece in enumerate(back):
        first = not out and not number
        steps.append((header if first else fetch, len(piece) & 0xFF, piece))
    if not steps:
        steps.append((header, p3, b""))
    made = []
    for number, (head, length, body) in enumerate(steps, 1):
        status = sw
        if number < len(out):
            status = _OK
        elif number < len(steps):
            status = 0x6100 | (len(steps[number][2]) & 0xFF)
        made.append(head + bytes((length,)) + body + status.to_bytes(2, "big"))
    return made
