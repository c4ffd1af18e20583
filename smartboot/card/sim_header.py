"""The header a 2G SIM answers SELECT and STATUS with (TS 51.011, 9.2.1).

Bytes are numbered from 1 as in the standard. Access conditions are nibbles: ALW, CHV1, CHV2, ADM
levels 4 to 14, NEV. Which key opens an ADM level is the operator's own matter; levels 4 to 13 are
given the names ADM1 to ADM10 so that they can be told apart.
"""

from __future__ import annotations

from smartboot.card.base import (
    MF,
    AccessCondition,
    AccessRule,
    FileInfo,
    FileKind,
    FilePath,
    LifeCycle,
    PinStatus,
)
from smartboot.card.keys import ADM1, PIN1, PIN2
from smartboot.cursor import Cursor
from smartboot.errors import DecodeError

__all__ = ["parse_chv_status", "parse_sim_header"]

_SPEC = "TS 51.011, 9.2.1"
_TYPES = {0x01: FileKind.MF, 0x02: FileKind.DF, 0x04: FileKind.UNKNOWN}
_STRUCTURES = {0x00: FileKind.TRANSPARENT, 0x01: FileKind.LINEAR_FIXED, 0x03: FileKind.CYCLIC}
_TYPE_AT = 6
_CHV_AT = 18
"""Offset of CHV1's status byte (byte 19) in a directory's header."""


def _condition(nibble: int) -> AccessCondition:
    if nibble == 0:
        return AccessCondition(always=True)
    if nibble == 1:
        return AccessCondition(keys=(PIN1,))
    if nibble == 2:
        return AccessCondition(keys=(PIN2,))
    if nibble == 0xF:
        return AccessCondition(never=True)
    if 4 <= nibble <= 8:
        return AccessCondition(keys=(ADM1 + nibble - 4,))
    if 9 <= nibble <= 0xD:
        return AccessCondition(keys=(0x8A + nibble - 9,))
    return AccessCondition(known=False)


def _file_type(raw: bytes) -> FileKind:
    if len(raw) <= _TYPE_AT:
        raise DecodeError("SELECT header is cut off", offset=len(raw), spec=_SPEC)
    kind = _TYPES.get(raw[_TYPE_AT])
    if kind is None:
        raise DecodeError(f"file type {raw[_TYPE_AT]:02X}", offset=_TYPE_AT, spec=_SPEC)
    return kind


def _parse_ef(raw: bytes, path: FilePath, size: int, fid: int) -> FileInfo:
    cursor = Cursor(raw, _TYPE_AT + 1)
    increase_flag = cursor.u8("cyclic flags")
    read_update = cursor.u8("access conditions")
    increase = cursor.u8("access conditions")
    rehabilitate = cursor.u8("access conditions")
    status = cursor.u8("file status")
    cursor.u8("length of the rest")
    structure = cursor.u8("structure")
    kind = _STRUCTURES.get(structure, FileKind.UNKNOWN)
    # A transparent EF's header ends behind the structure on some cards, with 00 on others.
    record_length = cursor.u8("record length") if kind.has_records else None
    conditions = [
        ("read", _condition(read_update >> 4)),
        ("update", _condition(read_update & 0xF)),
        ("activate", _condition(rehabilitate >> 4)),
        ("deactivate", _condition(rehabilitate & 0xF)),
    ]
    if kind is FileKind.CYCLIC and increase_flag & 0x40:
        conditions.append(("increase", _condition(increase >> 4)))
    return FileInfo(
        path=path,
        kind=kind,
        fid=fid,
        size=size,
        record_length=record_length,
        record_count=size // record_length if record_length else None,
        life_cycle=LifeCycle.ACTIVATED if status & 0x01 else LifeCycle.DEACTIVATED,
        rule=AccessRule(tuple(conditions), source="header"),
        raw=raw,
    )


def parse_sim_header(raw: bytes, path: FilePath) -> FileInfo:
    """Read the answer to SELECT (or STATUS); ``path`` is how the file was reached.

    The path, not the card's own word, decides what is the MF. ``size`` stays None for a
    directory, whose header tells its free memory instead (in ``proprietary`` as tag 0, two bytes).
    Errors: DecodeError for an unknown file type or a header that is cut off.
    """
    kind = _file_type(raw)
    cursor = Cursor(raw)
    cursor.take(2, "RFU")
    size = cursor.u16("file size")
    fid = cursor.u16("file id")
    if kind is FileKind.UNKNOWN:
        return _parse_ef(raw, path, size, fid)
    pins: tuple[tuple[int, bool], ...] = ()
    if len(raw) > 13:
        enabled = not raw[13] & 0x80
        pins = tuple(
            (status.reference, enabled if status.reference == PIN1 else True)
            for status in parse_chv_status(raw)
            if status.exists
        )
    return FileInfo(
        path=path,
        kind=FileKind.MF if path.ids == (MF,) else FileKind.DF,
        fid=fid,
        life_cycle=LifeCycle.ACTIVATED,
        pins=pins,
        proprietary=((0, size.to_bytes(2, "big")),),
        raw=raw,
    )


def parse_chv_status(raw: bytes) -> tuple[PinStatus, ...]:
    """The states of CHV1 and CHV2 (references of PIN1 and PIN2) in a directory's header.

    Empty when the header does not reach that far. A CHV the header says nothing of, or that is
    not initialised, has ``exists`` False. Errors: DecodeError when this is no directory's header.
    """
    if _file_type(raw) is FileKind.UNKNOWN:
        raise DecodeError("the header of an EF has no CHV status", offset=_TYPE_AT, spec=_SPEC)
    if len(raw) <= _CHV_AT:
        return ()
    disabled = bool(raw[13] & 0x80)
    states = []
    for reference, at in ((PIN1, _CHV_AT), (PIN2, _CHV_AT + 2)):
        if at >= len(raw):
            continue
        initialised, tries = bool(raw[at] & 0x80), raw[at] & 0x0F
        states.append(
            PinStatus(
                reference,
                remaining=tries if initialised else None,
                blocked=initialised and tries == 0,
                disabled=reference == PIN1 and disabled,
                exists=initialised,
            )
        )
    return tuple(states)
