"""What the bytes of a command say of files: which one it names, and what a template tells of it.

SELECT (TS 102 221, 11.1.1), short file ids (8.2.2.1), FCP templates (11.1.1.3) and a 2G SIM's
header (TS 51.011, 9.2.1), the templates of CREATE and RESIZE FILE (TS 102 222, 6). Pure.
"""

from __future__ import annotations

from smartboot.apdu import Ins, tlv
from smartboot.errors import DecodeError
from smartboot.transport.trace_names import ADF, MF, Path

__all__ = ["MAX_DEPTH", "by_short_id", "from_start", "is_directory", "target_of", "template_id"]

MAX_DEPTH = 8
"""File ids in a path; no card nests deeper."""


def from_start(head: bytes) -> bool:
    """Whether a READ or UPDATE starts where entries start: at offset 0, or at a record."""
    if head[1] in (Ins.READ_RECORD, Ins.UPDATE_RECORD):
        return True
    return head[2] == 0 and head[3] == 0


def by_short_id(ins: int, p1: int, p2: int) -> bool:
    """Whether a command names its file by a short file id (TS 102 221, 8.2.2.1)."""
    if ins in (Ins.READ_BINARY, Ins.UPDATE_BINARY):
        return bool(p1 & 0x80)
    if ins in (Ins.READ_RECORD, Ins.UPDATE_RECORD, Ins.SEARCH_RECORD, Ins.INCREASE):
        return bool(p2 >> 3)
    if ins in (Ins.READ_BINARY_ODD, Ins.UPDATE_BINARY_ODD, Ins.RETRIEVE_DATA, Ins.SET_DATA):
        return bool(p1 or p2 & 0x1F)
    return False


def target_of(directory: Path, p1: int, data: bytes) -> Path | None:
    """The path a SELECT is about (TS 102 221, 11.1.1.2); None where it cannot be told."""
    if p1 == 0x04:
        return (ADF,)
    if p1 == 0x03:
        return directory[:-1] or (MF,)
    if len(data) % 2 or len(data) > 2 * MAX_DEPTH:
        return None
    ids = tuple(int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2))
    if p1 == 0x08:
        return ids if ids[:1] in ((ADF,), (MF,)) else (MF, *ids)[:MAX_DEPTH]
    if p1 == 0x09:
        return (*directory, *ids)[:MAX_DEPTH] if ids else None
    if p1 not in (0x00, 0x01, 0x02) or len(ids) > 1:
        return None
    if not ids or ids == (MF,):
        return (MF,)
    fid = ids[0]
    if fid == ADF:
        return (ADF,)
    # Ids 2FXX belong to files under the MF, 7FXX to directories there (TS 102 221, 8.6).
    if p1 == 0x00 and (fid >> 8 == 0x2F or (fid >> 8 == 0x7F and directory[0] == MF)):
        return (MF, fid)
    if fid == directory[-1]:
        return directory
    return (*directory, fid)[:MAX_DEPTH]


def is_directory(answer: bytes) -> bool | None:
    """What an FCP template (tag 62) or a SIM's header says of the file; None for neither."""
    if answer[:1] in (b"\x62", b"\x6f"):
        try:
            template = next(tlv.iterate(answer), None)
            found = tlv.find(template.children(), 0x82) if template else None
        except DecodeError:
            return None
        if found is None or not found.value:
            return None
        return found.value[0] & 0x3F == 0x38
    if len(answer) >= 14 and answer[6] in (1, 2, 4):
        return answer[6] != 4
    return None


def template_id(data: bytes) -> tuple[bytes, bool]:
    """File id and whether it is a directory, in the template of CREATE or RESIZE FILE."""
    try:
        template = next(tlv.iterate(data), None)
        parts = template.children() if template else []
    except DecodeError:
        return b"", False
    fid, descriptor = tlv.find(parts, 0x83), tlv.find(parts, 0x82)
    kind = descriptor.value[:1] if descriptor else b""
    return fid.value if fid else b"", bool(kind) and kind[0] & 0x3F == 0x38
