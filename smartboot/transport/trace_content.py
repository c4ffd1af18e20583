"""Which contents of directory files may be shown: those that are a directory and nothing else.

PKCS#15 lets a directory hold an object itself instead of its path (v1.1, 6.1.4), and a card may
be wrong about which file is its directory. So the bytes are looked at: only rows of entries that
point to files pass, complete and with nothing but padding behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from smartboot.apdu import tlv
from smartboot.apdu.tlv import Tlv
from smartboot.errors import DecodeError

__all__ = ["dodf_paths", "is_open"]

_SEQUENCE = 0x30
_PATH_TAGS = frozenset((0x04, 0x02, 0x80))
_LABEL_TAGS = frozenset((0x01, 0x02, 0x03, 0x04, 0x06, 0x0C))
_MAX_TEXT = 255
_MAX_FIXED = 32
_DATA_OBJECTS = 0xA7
_MAX_PATHS = 16


def _rows(data: bytes) -> list[Tlv] | None:
    """The entries of a file read from its start; None when it is not a row of entries."""
    try:
        rows = list(tlv.iterate(data, padding=True))
    except DecodeError:
        return None
    rest = data[rows[-1].end :] if rows else data
    return rows if not rest.strip(b"\xff") or not rest.strip(b"\x00") else None


def _children(item: Tlv) -> list[Tlv]:
    try:
        return item.children()
    except DecodeError:
        return []


def _is_path(item: Tlv) -> bool:
    """``30 {04 path, [02 index, 80 length]}``."""
    parts = _children(item)
    return (
        item.tag == _SEQUENCE
        and bool(parts)
        and parts[0].tag == 0x04
        and all(part.tag in _PATH_TAGS and len(part.value) <= 16 for part in parts)
        and parts[-1].end == item.end
    )


def _is_label(item: Tlv) -> bool:
    """Attributes: short texts, flags and ids, in a sequence."""
    parts = _children(item)
    return item.tag == _SEQUENCE and (
        not item.value
        or (
            bool(parts)
            and all(part.tag in _LABEL_TAGS and len(part.value) <= _MAX_TEXT for part in parts)
            and parts[-1].end == item.end
        )
    )


def _is_plain_odf(data: bytes) -> bool:
    """Whether EF(ODF), read from its start, holds paths only (PKCS#15 v1.1, 6.2)."""
    rows = _rows(data)
    return rows is not None and all(
        0xA0 <= row.tag <= 0xA8 and len(kids := _children(row)) == 1 and _is_path(kids[0])
        for row in rows
    )


def _is_plain_dodf(data: bytes) -> bool:
    """Whether EF(DODF), read from its start, holds entries with paths only (6.8)."""
    rows = _rows(data)
    return rows is not None and all(_is_plain_entry(row) for row in rows)


def _is_plain_entry(row: Tlv) -> bool:
    if row.tag not in (_SEQUENCE, 0xA1):
        return False
    *labels, last = _children(row) or [row]
    if last.tag != 0xA1 or not all(_is_label(label) for label in labels):
        return False
    inner = _children(last)
    if len(inner) != 1:
        return False
    if row.tag == _SEQUENCE:
        return _is_path(inner[0])
    # oidDO: the OID and the value stand in a sequence of their own.
    value = _children(inner[0])
    return len(value) == 2 and value[0].tag == 0x06 and _is_path(value[1])


def _starts(*firsts: int) -> Callable[[bytes], bool]:
    return lambda data: not data or data[0] in firsts


def _is_short(data: bytes) -> bool:
    return len(data) <= _MAX_FIXED


_CHECKS: Mapping[str, Callable[[bytes], bool]] = MappingProxyType(
    {
        "EF(ICCID)": _is_short,
        "EF(PL)": _is_short,
        "EF(UMPC)": _is_short,
        "EF(DIR)": _starts(0x61, 0x00, 0xFF),
        "EF(ARR)": _starts(*range(0x80, 0x90), 0x00, 0xFF),
        "EF(TokenInfo)": _starts(_SEQUENCE),
        "EF(ODF)": _is_plain_odf,
        "EF(DODF)": _is_plain_dodf,
    }
)
"""The files that may be shown, by name, and what their bytes have to look like."""


def is_open(name: str, data: bytes) -> bool:
    """Whether ``data``, read from the start of the file or record ``name``, may be shown."""
    check = _CHECKS.get(name)
    return check is not None and check(data)


def dodf_paths(data: bytes) -> list[tuple[int, ...]]:
    """The paths of data object directories in the content of an EF(ODF); at most 16."""
    found = []
    for row in _rows(data) or ():
        if row.tag != _DATA_OBJECTS:
            continue
        for sequence in _children(row):
            path = next((part.value for part in _children(sequence) if part.tag == 0x04), b"")
            if path and len(path) % 2 == 0 and len(path) <= 16:
                found.append(
                    tuple(int.from_bytes(path[i : i + 2], "big") for i in range(0, len(path), 2))
                )
    return found[:_MAX_PATHS]
