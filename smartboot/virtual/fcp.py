"""The FCP template that SELECT, STATUS answer with (TS 102 221, 11.1.1.3)."""

from __future__ import annotations

from collections.abc import Sequence

from smartboot.image import AccessEncoding, CardHeader
from smartboot.imagequirks import FcpStyle
from smartboot.virtual.access import encode_compact, encode_expanded
from smartboot.virtual.files import FileSystem, Node
from smartboot.virtual.pins import PinSet
from smartboot.virtual.tlv import parse_tlvs, tlv

__all__ = ["LIFE_CYCLE_BYTES", "build_fcp", "file_descriptor"]

# Life cycle status integer, TS 102 221, 11.1.1.4.9.
LIFE_CYCLE_BYTES = {
    "creation": 0x01,
    "initialisation": 0x03,
    "activated": 0x05,
    "deactivated": 0x04,
    "terminated": 0x0C,
}

# File descriptor byte without the shareable bit, TS 102 221, 11.1.1.4.3.
_DESCRIPTORS = {
    "mf": 0x38,
    "df": 0x38,
    "adf": 0x38,
    "transparent": 0x01,
    "linear-fixed": 0x02,
    "cyclic": 0x06,
    "ber-tlv": 0x39,
    "internal": 0x09,
}
_SHAREABLE = 0x40
_DATA_CODING = 0x21
_UNIVERSAL_PIN = 0x11


def file_descriptor(node: Node) -> bytes:
    """Value of tag 82: two bytes, five for a file with records."""
    first = _DESCRIPTORS[node.kind] | (_SHAREABLE if node.shareable else 0)
    value = bytes((first, _DATA_CODING))
    if node.has_records:
        value += node.record_size.to_bytes(2, "big") + bytes((node.record_count,))
    return value


def _security(node: Node, files: FileSystem, pins: PinSet, encoding: AccessEncoding) -> bytes:
    if node.arr is not None:
        return tlv(0x8B, node.arr[0].to_bytes(2, "big") + bytes((node.arr[1],)))
    rules = files.rules(node)
    if encoding == "compact":
        value = encode_compact(rules, pins.references, is_directory=node.is_directory)
        return tlv(0x8C, value)
    if encoding == "referenced" and node.reference is not None:
        fid, number = node.reference
        return tlv(0x8B, fid.to_bytes(2, "big") + bytes((number,)))
    return tlv(0xAB, encode_expanded(rules, is_directory=node.is_directory))


def _pin_status(pins: PinSet) -> bytes:
    """PIN status template DO (TS 102 221, 11.1.1.4.10): enabled bits, then the references."""
    states = list(pins)
    bitmap = bytearray((len(states) + 7) // 8)
    references = b""
    for index, pin in enumerate(states):
        if pin.enabled:
            bitmap[index // 8] |= 0x80 >> (index % 8)
        if pin.reference == _UNIVERSAL_PIN:
            # The usage qualifier tells whether the universal PIN stands in for the others.
            references += tlv(0x95, b"\x08" if pin.enabled else b"\x00")
        references += tlv(0x83, bytes((pin.reference,)))
    return tlv(0xC6, tlv(0x90, bytes(bitmap)) + references)


def build_fcp(node: Node, files: FileSystem, pins: PinSet, header: CardHeader) -> bytes:
    """The whole template ``62 L …``, or the image's own ``fcp_raw``."""
    if node.fcp_raw is not None:
        return node.fcp_raw
    out = bytearray(tlv(0x82, file_descriptor(node)))
    fid = node.fid if node.fcp_fid is None else node.fcp_fid
    out += tlv(0x83, fid.to_bytes(2, "big"))
    if node.aid is not None:
        out += tlv(0x84, node.aid)
    if node.kind == "mf":
        # UICC characteristics (clock stop allowed) and TERMINAL CAPABILITY supported.
        out += tlv(0xA5, tlv(0x80, b"\x71") + tlv(0x87, b"\x01"))
    out += tlv(0x8A, bytes((LIFE_CYCLE_BYTES[node.life_cycle],)))
    out += _security(node, files, pins, header.access_encoding)
    if node.is_directory:
        out += _pin_status(pins)
    else:
        size = len(node.body) if node.fcp_size is None else node.fcp_size
        out += tlv(0x80, size.to_bytes(2, "big"))
        out += tlv(0x88, b"" if node.sfi is None else bytes((node.sfi << 3,)))
    if header.quirks is not None and header.quirks.fcp:
        return _styled(parse_tlvs(bytes(out)), header.quirks.fcp)
    return tlv(0x62, bytes(out))


def _styled(objects: list[tuple[int, bytes]], styles: Sequence[FcpStyle]) -> bytes:
    """The template as a card with habits of its own has it (``imagequirks.FcpStyle``)."""
    done: list[tuple[int, bytes]] = []
    for tag, value in objects:
        if (tag == 0x83 and "no-fid" in styles) or (tag == 0x80 and "no-size" in styles):
            continue
        if tag == 0x82 and "no-record-count" in styles:
            value = value[:4]
        if tag == 0x8B and len(value) == 3 and "se-pairs" in styles:
            # Security environment 00 (PIN disabled) and 01 (PIN in force): the same record.
            value = value[:2] + b"\x00" + value[2:] + b"\x01" + value[2:]
        done.append((tag, value))
        if tag == 0x80 and "total-size" in styles:
            # The total counts what the card needs around the body (TS 102 221, 11.1.1.4.2).
            done.append((0x81, (int.from_bytes(value, "big") + 24).to_bytes(3, "big")))
    if "reversed" in styles:
        done.reverse()
    if "unknown-tags" in styles:
        done = [(0xC7, b"\x01\x02"), (0xD5, b""), *done, (0xC2, b"\x00\x00")]
    body = b"".join(_long(*item) if "long-lengths" in styles else tlv(*item) for item in done)
    outer = 0x6F if "6F" in styles else 0x62
    return _long(outer, body) if "long-lengths" in styles else tlv(outer, body)


def _long(tag: int, value: bytes) -> bytes:
    """An object with a length field of one byte more than it needs, where that is possible."""
    return bytes((tag, 0x81, len(value))) + value if len(value) < 0x80 else tlv(tag, value)
