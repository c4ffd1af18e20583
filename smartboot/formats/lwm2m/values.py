"""Values of LwM2M resources: bytes to Python values and back, by data type.

OMA LwM2M TS 1.0.2, Appendix C; Unsigned Integer and Corelnk came with 1.1. All numbers are
big-endian. Reading takes every length the standard allows, writing uses the shortest.
"""

from __future__ import annotations

import math
import struct
from enum import StrEnum

from smartboot.errors import DecodeError, EncodeError

__all__ = ["SPEC", "ObjectLink", "Type", "Value", "decode_value", "encode_value", "unsigned_value"]

SPEC = "OMA LwM2M TS 1.0.2, Appendix C"

_INTEGER_SIZES = (1, 2, 4, 8)


class Type(StrEnum):
    """Data types of resources."""

    STRING = "string"
    INTEGER = "integer"
    UNSIGNED = "unsigned"
    FLOAT = "float"
    BOOLEAN = "boolean"
    OPAQUE = "opaque"
    TIME = "time"
    OBJLNK = "objlnk"
    CORELNK = "corelnk"
    NONE = "none"


ObjectLink = tuple[int, int]
"""Object id and object instance id; (65535, 65535) links to nothing."""

Value = str | int | float | bool | bytes | ObjectLink | None


def decode_value(raw: bytes, kind: Type) -> Value:
    """Read the bytes of a value. Errors: DecodeError (no value in it) when they cannot be one."""
    if kind in (Type.INTEGER, Type.TIME, Type.UNSIGNED):
        if len(raw) not in _INTEGER_SIZES:
            raise DecodeError(f"an integer has 1, 2, 4 or 8 bytes, not {len(raw)}", spec=SPEC)
        return int.from_bytes(raw, "big", signed=kind is not Type.UNSIGNED)
    if kind in (Type.STRING, Type.CORELNK):
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as fault:
            raise DecodeError(
                f"text is not UTF-8 from byte {fault.start} of the value on", spec=SPEC
            ) from None
    if kind is Type.BOOLEAN:
        if raw not in (b"\x00", b"\x01"):
            raise DecodeError("a boolean is one byte, 00 or 01", spec=SPEC)
        return raw == b"\x01"
    if kind is Type.OBJLNK:
        if len(raw) != 4:
            raise DecodeError(f"an object link has 4 bytes, not {len(raw)}", spec=SPEC)
        return int.from_bytes(raw[:2], "big"), int.from_bytes(raw[2:], "big")
    if kind is Type.FLOAT:
        if len(raw) not in (4, 8):
            raise DecodeError(f"a float has 4 or 8 bytes, not {len(raw)}", spec=SPEC)
        number: float = struct.unpack(">f" if len(raw) == 4 else ">d", raw)[0]
        return number
    if kind is Type.NONE:
        if raw:
            raise DecodeError("an executable resource has no value", spec=SPEC)
        return None
    return raw


def encode_value(value: Value, kind: Type) -> bytes:
    """Write a value in its shortest form. Errors: EncodeError, which never shows the value."""
    if kind in (Type.INTEGER, Type.TIME, Type.UNSIGNED):
        if isinstance(value, bool) or not isinstance(value, int):
            raise EncodeError(f"a whole number is needed, not {_kind_of(value)}")
        return _encode_integer(value, signed=kind is not Type.UNSIGNED)
    if kind in (Type.STRING, Type.CORELNK) and isinstance(value, str):
        try:
            return value.encode("utf-8")
        except UnicodeEncodeError:
            raise EncodeError("the text has characters that UTF-8 cannot hold") from None
    if kind is Type.BOOLEAN and isinstance(value, bool):
        return b"\x01" if value else b"\x00"
    if kind is Type.OBJLNK and isinstance(value, tuple):
        if not all(0 <= part <= 0xFFFF for part in value):
            raise EncodeError("the parts of an object link are 0..65535")
        return value[0].to_bytes(2, "big") + value[1].to_bytes(2, "big")
    if kind is Type.FLOAT and isinstance(value, float | int) and not isinstance(value, bool):
        return _encode_float(float(value))
    if kind is Type.OPAQUE and isinstance(value, bytes):
        return value
    if kind is Type.NONE and value is None:
        return b""
    raise EncodeError(f"a value of type {kind} cannot be made from {_kind_of(value)}")


def unsigned_value(raw: bytes) -> int | None:
    """The unsigned reading of an integer's bytes; None when they are no integer."""
    return int.from_bytes(raw, "big") if len(raw) in _INTEGER_SIZES else None


def _encode_integer(value: int, *, signed: bool) -> bytes:
    for size in _INTEGER_SIZES:
        try:
            return value.to_bytes(size, "big", signed=signed)
        except OverflowError:
            continue
    reason = "negative" if value < 0 and not signed else "too large for 8 bytes"
    raise EncodeError(f"the number is {reason}")


def _encode_float(value: float) -> bytes:
    try:
        short = struct.pack(">f", value)
    except OverflowError:
        return struct.pack(">d", value)
    same = struct.unpack(">f", short)[0]
    return short if same == value or math.isnan(value) else struct.pack(">d", value)


def _kind_of(value: object) -> str:
    names = {bool: "a boolean", int: "a number", float: "a fraction", str: "text", bytes: "bytes"}
    for python_type, name in names.items():
        if isinstance(value, python_type):
            return name
    return "nothing" if value is None else "a list or mapping"
