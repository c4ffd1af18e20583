"""The field types of card images: hex, file ids, keys, names, access maps.

Each takes what stands in YAML (always text) and what Python code passes (bytes, numbers), and
writes itself back as text. A wrong value is a ValueError, which pydantic collects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from smartboot.imagerules import ACCESS_OPERATIONS, parse_condition

__all__ = [
    "AccessMap",
    "FileId",
    "HexBytes",
    "Instruction",
    "Key",
    "KeyReference",
    "Name",
    "Tries",
    "protocols_of",
]

_KEY_LENGTH = 8


def _hex(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise ValueError("should be hex digits in pairs") from None


def _hex_number(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return int(value, 16)
    except ValueError:
        raise ValueError("should be a number in hex digits") from None


def _key(value: object) -> object:
    """A PIN as text (digits) or ``hex:…``, padded with FF to eight bytes (TS 102 221, 9.5)."""
    if isinstance(value, str):
        if value.startswith("hex:"):
            value = _hex(value[4:])
        elif value.isascii() and value.isprintable():
            value = value.encode("ascii")
        else:
            raise ValueError("should be digits or hex:…")
    if isinstance(value, bytes):
        if not 1 <= len(value) <= _KEY_LENGTH:
            raise ValueError("a key has 1 to 8 bytes")
        return value.ljust(_KEY_LENGTH, b"\xff")
    return value


def _spell_key(value: bytes) -> str:
    text = value.rstrip(b"\xff")
    if text.isdigit():
        return text.decode("ascii")
    return "hex:" + value.hex().upper()


HexBytes = Annotated[
    bytes,
    BeforeValidator(_hex),
    PlainSerializer(lambda value: value.hex().upper(), return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^([0-9A-Fa-f]{2}|\s)*$"}),
]
FileId = Annotated[
    int,
    BeforeValidator(_hex_number),
    Field(ge=0, le=0xFFFF),
    PlainSerializer(lambda value: f"{value:04X}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9A-Fa-f]{4}$"}),
]
_ONE_BYTE = PlainSerializer(lambda value: f"{value:02X}", return_type=str)
_ONE_BYTE_SCHEMA = WithJsonSchema({"type": "string", "pattern": "^[0-9A-Fa-f]{2}$"})
KeyReference = Annotated[
    int, BeforeValidator(_hex_number), Field(ge=1, le=0xFF), _ONE_BYTE, _ONE_BYTE_SCHEMA
]
Instruction = Annotated[
    int, BeforeValidator(_hex_number), Field(ge=0, le=0xFF), _ONE_BYTE, _ONE_BYTE_SCHEMA
]
Key = Annotated[
    bytes,
    BeforeValidator(_key),
    PlainSerializer(_spell_key, return_type=str),
    WithJsonSchema({"type": "string"}),
]
Tries = Annotated[int, Field(ge=0, le=15)]


def _name(value: object) -> object:
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("should hold printable characters only")
    return value


Name = Annotated[str, BeforeValidator(_name), Field(max_length=64)]


def _access(value: object) -> object:
    """Check operations and conditions, and spell the conditions in one way."""
    if not isinstance(value, Mapping):
        return value
    checked: dict[object, object] = {}
    for operation, condition in value.items():
        if operation not in ACCESS_OPERATIONS:
            raise ValueError(
                f"unknown operation {str(operation)[:20]!r}; known are "
                + ", ".join(ACCESS_OPERATIONS)
            )
        checked[operation] = str(parse_condition(condition))
    return checked


AccessMap = Annotated[
    dict[str, str],
    BeforeValidator(_access),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {name: {"type": "string"} for name in ACCESS_OPERATIONS},
            "additionalProperties": False,
        }
    ),
]


def protocols_of(atr: bytes) -> set[str]:
    """The protocols an ATR offers (ISO/IEC 7816-3, 8.2.3). ValueError for a broken ATR."""
    if not 2 <= len(atr) <= 33 or atr[0] not in (0x3B, 0x3F):
        raise ValueError("an ATR has 2 to 33 bytes and starts with 3B or 3F")
    offered: set[str] = set()
    at, flags = 2, atr[1] >> 4
    while flags & 8:
        at += (flags & 7).bit_count()
        if at >= len(atr):
            raise ValueError("the ATR ends within its interface bytes")
        if atr[at] & 0x0F != 0x0F:
            offered.add(f"T={atr[at] & 0x0F}")
        flags = atr[at] >> 4
        at += 1
    return offered or {"T=0"}
