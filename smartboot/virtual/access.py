"""Access rules as a card stores them: expanded (AB, EF(ARR) records) and compact (8C).

ISO/IEC 7816-4, 5.4.3 and TS 102 221, 9.2. Referenced rules (8B) are expanded rules in a record of
EF(ARR); finding that record is the file system's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from smartboot.errors import DecodeError
from smartboot.imagerules import Condition
from smartboot.virtual.tlv import parse_tlvs, tlv

__all__ = [
    "EMPTY_RULES",
    "Rules",
    "decode_compact",
    "decode_expanded",
    "encode_compact",
    "encode_expanded",
]

Rules = Mapping[str, Condition]
"""Operation to condition; an operation that is missing is never allowed."""

EMPTY_RULES: Rules = {}

_NEVER = Condition("never")

# Access mode bytes, TS 102 221, 9.2.3 (bits b7 down to b1 are tested in that order by 8C).
_EF_BITS = {
    "read": 0x01,
    "update": 0x02,
    "append": 0x04,
    "deactivate": 0x08,
    "activate": 0x10,
    "terminate": 0x20,
    "delete": 0x40,
}
_DF_BITS = {
    "delete-child": 0x01,
    "create-ef": 0x02,
    "create-df": 0x04,
    "deactivate": 0x08,
    "activate": 0x10,
    "terminate": 0x20,
    "delete": 0x40,
}
# Operations without a bit are named by their instruction byte (tag 84: INS).
_HEADERS = {"resize": 0xD4, "increase": 0x32}

_AM_BYTE, _AM_INS = 0x80, 0x84
_SC_ALWAYS, _SC_NEVER, _SC_BYTE, _SC_KEY = 0x90, 0x97, 0x9E, 0xA4
_SC_OR, _SC_AND, _SC_NOT = 0xA0, 0xA7, 0xAF
_KEY_REFERENCE, _USAGE = 0x83, 0x95
_USER_AUTHENTICATION = 0x08


def _bits(is_directory: bool) -> Mapping[str, int]:
    return _DF_BITS if is_directory else _EF_BITS


def _encode_condition(condition: Condition) -> bytes:
    if condition.mode == "always":
        return tlv(_SC_ALWAYS, b"")
    if condition.mode == "never" or not condition.keys:
        return tlv(_SC_NEVER, b"")
    parts = [
        tlv(_SC_KEY, tlv(_KEY_REFERENCE, bytes((key,))) + tlv(_USAGE, b"\x08"))
        for key in condition.keys
    ]
    if len(parts) == 1:
        return parts[0]
    return tlv(_SC_AND if condition.mode == "all" else _SC_OR, b"".join(parts))


def encode_expanded(rules: Rules, *, is_directory: bool) -> bytes:
    """AM_DO SC_DO pairs: one pair for each condition, then those named by instruction byte."""
    by_condition: dict[Condition, int] = {}
    for operation, bit in _bits(is_directory).items():
        if operation in rules:
            condition = rules[operation]
            by_condition[condition] = by_condition.get(condition, 0) | bit
    out = bytearray()
    for condition, mode in by_condition.items():
        out += tlv(_AM_BYTE, bytes((mode,))) + _encode_condition(condition)
    for operation, instruction in _HEADERS.items():
        if operation in rules and not is_directory:
            out += tlv(_AM_INS, bytes((instruction,))) + _encode_condition(rules[operation])
    return bytes(out)


def _decode_key(value: bytes) -> int:
    fields = dict(parse_tlvs(value))
    reference, usage = fields.get(_KEY_REFERENCE, b""), fields.get(_USAGE, b"")
    if len(reference) != 1 or len(usage) != 1 or not usage[0] & _USER_AUTHENTICATION:
        raise DecodeError("control reference template names no key to verify")
    return reference[0]


def _decode_condition(tag: int, value: bytes) -> Condition:
    if tag == _SC_ALWAYS:
        return Condition("always")
    if tag == _SC_KEY:
        return Condition("any", (_decode_key(value),))
    if tag == _SC_BYTE and len(value) == 1:
        return _decode_sc_byte(value[0], ())
    if tag in (_SC_OR, _SC_AND):
        inner = parse_tlvs(value)
        if inner and all(t == _SC_KEY for t, _ in inner):
            keys = tuple(_decode_key(v) for _, v in inner)
            return Condition("all" if tag == _SC_AND else "any", keys)
    if tag in (_SC_NEVER, _SC_OR, _SC_AND, _SC_NOT):
        # What is more than keys joined once is beyond this card, and so it opens to nobody.
        return _NEVER
    raise DecodeError(f"unknown security condition {tag:02X}")


@lru_cache(maxsize=1024)
def decode_expanded(data: bytes, *, is_directory: bool) -> Rules:
    """Read AM_DO SC_DO pairs (FF at the end is padding). Errors: DecodeError."""
    objects = parse_tlvs(data, padded=True)
    if len(objects) % 2:
        raise DecodeError("access mode without a security condition")
    rules: dict[str, Condition] = {}
    for (mode_tag, mode), (tag, value) in zip(objects[::2], objects[1::2], strict=True):
        condition = _decode_condition(tag, value)
        if mode_tag == _AM_BYTE and len(mode) == 1:
            names = [name for name, bit in _bits(is_directory).items() if mode[0] & bit]
        elif mode_tag == _AM_INS and len(mode) == 1:
            names = [name for name, instruction in _HEADERS.items() if mode[0] == instruction]
        elif 0x81 <= mode_tag <= 0x8F:
            names = []
        else:
            raise DecodeError(f"unknown access mode {mode_tag:02X}")
        for name in names:
            rules.setdefault(name, condition)
    return rules


def _decode_sc_byte(value: int, keys: Sequence[int]) -> Condition:
    if value == 0x00:
        return Condition("always")
    index = (value & 0x0F) - 1
    if value & 0xF0 == 0x10 and 0 <= index < len(keys):
        return Condition("any", (keys[index],))
    return _NEVER


def encode_compact(rules: Rules, keys: Sequence[int], *, is_directory: bool) -> bytes:
    """AM byte and one SC byte for each bit set, highest first (ISO/IEC 7816-4, 5.4.3.1).

    An SC byte has no room for a key reference: 1n asks for user authentication in security
    environment n, which on this card is the n-th of its ``keys``. What does not fit (two keys,
    a key past the 14th) becomes FF, never.
    """
    mode, conditions = 0, bytearray()
    for operation, bit in sorted(_bits(is_directory).items(), key=lambda item: -item[1]):
        if operation not in rules:
            continue
        mode |= bit
        condition = rules[operation]
        if condition.mode == "always":
            conditions.append(0x00)
        elif len(condition.keys) == 1 and condition.keys[0] in keys[:14]:
            conditions.append(0x11 + keys.index(condition.keys[0]))
        else:
            conditions.append(0xFF)
    return bytes((mode,)) + bytes(conditions)


def decode_compact(data: bytes, keys: Sequence[int], *, is_directory: bool) -> Rules:
    """The way back of ``encode_compact``. Errors: DecodeError when bytes are missing or over."""
    if not data or len(data) != 1 + (data[0] & 0x7F).bit_count() or data[0] & 0x80:
        raise DecodeError("compact rule: one byte for each bit of the access mode")
    conditions = iter(data[1:])
    rules: dict[str, Condition] = {}
    for operation, bit in sorted(_bits(is_directory).items(), key=lambda item: -item[1]):
        if data[0] & bit:
            rules[operation] = _decode_sc_byte(next(conditions), keys)
    return rules
