"""The FCP template a UICC answers SELECT with (TS 102 221, 11.1.1.3 and 11.1.1.4).

Read by tag, in any order, with BER lengths; what is unknown or wrong is kept and does not spoil
the rest. The file id in the template is only reported: cards exist that answer with another
file's, so the path decides what was selected.
"""

from __future__ import annotations

from typing import Any

from smartboot.apdu import tlv
from smartboot.card.access import parse_compact, parse_expanded
from smartboot.card.base import MF, AccessRule, FileInfo, FileKind, FilePath, LifeCycle
from smartboot.errors import DecodeError

__all__ = ["fcp_objects", "parse_fcp", "parse_pin_status"]

_SPEC = "TS 102 221, 11.1.1.3"
_FCP = 0x62
_FCI = 0x6F
_MAX_OBJECTS = 64

_LIFE_CYCLE = {
    0x00: LifeCycle.NONE,
    0x01: LifeCycle.CREATION,
    0x03: LifeCycle.INITIALISATION,
    0x04: LifeCycle.DEACTIVATED,
    0x05: LifeCycle.ACTIVATED,
    0x06: LifeCycle.DEACTIVATED,
    0x07: LifeCycle.ACTIVATED,
}

_PROPRIETARY = 0xA5


def _life_cycle(value: bytes) -> LifeCycle:
    """One byte (ISO/IEC 7816-4, 7.4.10). Terminated is 0C to 0F; C0 to CF is met for it too."""
    if len(value) != 1:
        return LifeCycle.NONE
    byte = value[0]
    if byte & 0xFC == 0x0C or byte & 0xF0 == 0xC0:
        return LifeCycle.TERMINATED
    return _LIFE_CYCLE.get(byte, LifeCycle.NONE)


def _kind(descriptor: int, path: FilePath, *, named: bool) -> FileKind:
    """What the file descriptor byte says; b7 (shareable) does not matter."""
    if descriptor & 0x80:
        return FileKind.UNKNOWN
    category, structure = descriptor >> 3 & 0x07, descriptor & 0x07
    if category == 0b111:
        if structure == 0b001:
            return FileKind.BER_TLV
        if structure != 0:
            return FileKind.UNKNOWN
        if path.ids == (MF,):
            return FileKind.MF
        return FileKind.ADF if named else FileKind.DF
    if category == 0b001:
        return FileKind.INTERNAL
    if category != 0:
        return FileKind.UNKNOWN
    return {
        0b001: FileKind.TRANSPARENT,
        0b010: FileKind.LINEAR_FIXED,
        0b110: FileKind.CYCLIC,
    }.get(structure, FileKind.UNKNOWN)


def _short_id(value: bytes | None, path: FilePath) -> int | None:
    """Tag 88: absent, the SFI is the low bits of the file id; empty, there is none."""
    if value is None:
        candidate = path.fid & 0x1F if path.ids else 0
    elif len(value) == 1:
        candidate = value[0] >> 3
    else:
        return None
    return candidate if 1 <= candidate <= 30 else None


def _reference(value: bytes) -> tuple[int, int] | None:
    """Tag 8B: EF(ARR) and record, or EF(ARR) and a record for each security environment.

    SE 01 holds while application PINs are in force, which is how a card in the field is met;
    SE 00 is for cards with a universal PIN or with both PINs disabled.
    """
    if len(value) == 3:
        return int.from_bytes(value[:2], "big"), value[2]
    if len(value) < 4 or len(value) % 2:
        return None
    environments = {value[i]: value[i + 1] for i in range(len(value) - 2, 1, -2)}
    record = environments.get(0x01, value[3])
    return int.from_bytes(value[:2], "big"), record


def parse_pin_status(value: bytes) -> tuple[tuple[int, bool], ...]:
    """Tag C6: (key reference, enabled) in the template's order (TS 102 221, 9.5.2).

    Errors: DecodeError for data objects that do not parse.
    """
    enabled = b""
    references: list[int] = []
    for item in tlv.iterate(value, padding=True):
        if item.tag == 0x90:
            enabled = item.value
        elif item.tag == 0x83 and len(item.value) == 1:
            references.append(item.value[0])
    bits = [bool(byte & (0x80 >> i)) for byte in enabled for i in range(8)]
    return tuple(
        (reference, index < len(bits) and bits[index])
        for index, reference in enumerate(references[:_MAX_OBJECTS])
    )


def fcp_objects(raw: bytes) -> list[tlv.Tlv]:
    """The data objects of the FCP, which may stand inside an FCI; bytes behind it are ignored.

    Errors: DecodeError when there is no template, or none of its objects can be read.
    """
    outer = next(tlv.iterate(raw, padding=True), None)
    if outer is None or outer.tag not in (_FCP, _FCI):
        raise DecodeError("no FCP template (tag 62)", offset=0, spec=_SPEC)
    items: list[tlv.Tlv] = []
    try:
        for item in tlv.iterate(outer.value, padding=True):
            if outer.tag == _FCI and item.tag == _FCP:
                return item.children()[:_MAX_OBJECTS]
            items.append(item)
            if len(items) >= _MAX_OBJECTS:
                break
    except DecodeError as error:
        if not items:
            raise error.at("FCP", base=outer.value_offset) from None
    if not items:
        raise DecodeError("an FCP template without content", offset=outer.offset, spec=_SPEC)
    return items


def _proprietary(item: tlv.Tlv) -> list[tuple[int, bytes]]:
    """What has no field of its own: inner tags of A5 as A5xx, all others as they are."""
    if item.tag != _PROPRIETARY:
        return [(item.tag, item.value)]
    try:
        return [
            (_PROPRIETARY << (8 if inner.tag < 0x100 else 16) | inner.tag, inner.value)
            for inner in tlv.iterate(item.value, padding=True)
        ]
    except DecodeError:
        return [(item.tag, item.value)]


def _descriptor(value: bytes, fields: dict[str, Any], path: FilePath, *, named: bool) -> None:
    if not value:
        return
    fields["kind"] = _kind(value[0], path, named=named)
    if len(value) >= 4:
        fields["record_length"] = int.from_bytes(value[2:4], "big") or None
    if len(value) >= 5:
        fields["record_count"] = value[4]


def parse_fcp(raw: bytes, path: FilePath) -> FileInfo:
    """Read an FCP template; ``path`` is how the file was reached.

    ``proprietary`` gets every tag that has no field: (tag, value), those inside A5 as A5xx. A
    known tag whose value makes no sense is put there as well.
    Errors: DecodeError when there is no template, or none of its objects can be read.
    """
    items = fcp_objects(raw)
    fields: dict[str, Any] = {"kind": FileKind.UNKNOWN}
    extra: list[tuple[int, bytes]] = []
    named = tlv.find(items, 0x84) is not None
    descriptor = tlv.find(items, 0x82)
    if descriptor is not None:
        _descriptor(descriptor.value, fields, path, named=named)
    kind: FileKind = fields["kind"]
    for item in items:
        if not _take(item, fields, directory=kind.is_directory):
            extra += _proprietary(item)
    if fields.get("size") is None and kind.has_records and fields.get("record_count"):
        fields["size"] = (fields.get("record_length") or 0) * fields["record_count"] or None
    _count_records(fields)
    short = tlv.find(items, 0x88)
    if not kind.is_directory and kind is not FileKind.UNKNOWN:
        fields["sfi"] = _short_id(None if short is None else short.value, path)
    return FileInfo(path=path, proprietary=tuple(extra), raw=raw, **fields)


def _count_records(fields: dict[str, Any]) -> None:
    length, size = fields.get("record_length"), fields.get("size")
    if fields["kind"].has_records and length and size and not fields.get("record_count"):
        fields["record_count"] = min(size // length, 254)


def _take(item: tlv.Tlv, fields: dict[str, Any], *, directory: bool) -> bool:
    """Put one data object's value into its field; False when it has none or makes no sense."""
    tag, value = item.tag, item.value
    if tag in (0x82, 0x88):
        return True
    if tag in (0x80, 0x81):
        if not 1 <= len(value) <= 4:
            return False
        fields["size" if tag == 0x80 else "total_size"] = int.from_bytes(value, "big")
    elif tag == 0x83 and len(value) == 2:
        fields["fid"] = int.from_bytes(value, "big")
    elif tag == 0x84 and 1 <= len(value) <= 16:
        fields["aid"] = value
    elif tag == 0x8A:
        fields["life_cycle"] = _life_cycle(value)
    elif tag == 0x8B:
        fields["access_reference"] = _reference(value)
        return fields["access_reference"] is not None
    else:
        return _take_nested(tag, value, fields, directory=directory)
    return True


def _take_nested(tag: int, value: bytes, fields: dict[str, Any], *, directory: bool) -> bool:
    try:
        if tag == 0x8C:
            rule: AccessRule = parse_compact(value, directory=directory)
        elif tag == 0xAB:
            rule = parse_expanded(value, directory=directory)
        elif tag == 0xC6:
            fields["pins"] = parse_pin_status(value)
            return True
        else:
            return False
    except DecodeError:
        return False
    fields["rule"] = rule
    return True
