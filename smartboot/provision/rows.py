"""Rewriting a row of directory entries (EF(ODF), EF(DODF), EF(TokenInfo)) tear safe.

A row ends at a tag byte FF. So entries are added by writing all but the first new tag byte, then
that byte. To replace or remove one, the tag byte of the first entry that changes becomes FF, the
row behind it is written, and the tag byte comes back: until then a reader finds the entries before
it and nothing that is half old, half new.

Entries of other people's objects may stand behind that byte, and then a torn write would lose
them: before it, a copy of those entries is put at the end of the file, behind the padding where no
reader looks, with a trailer (length, CRC-32, "SBJ1") by which the next run finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from zlib import crc32

from smartboot.provision.ranges import Write, blank_end, changes, pieces

__all__ = ["Copy", "RowEdit", "edit_rows", "find_copy", "has_copy", "is_broken_off"]

_MAGIC = b"SBJ1"
_TRAILER = 2 + 4 + len(_MAGIC)
_COPIES = 4
"""Places looked at for a copy: an old one, one that was begun, and labels that look like one."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of entries found at the end of a file: its offset, the entries, and where it ends."""

    offset: int
    row: bytes = field(repr=False)
    end: int


def find_copy(data: bytes) -> Copy | None:
    """The last sound copy in the whole file ``data``. Behind it may stand padding, since the file
    may have been enlarged, and the beginning of another copy."""
    at = len(data)
    for _ in range(_COPIES):
        at = data.rfind(_MAGIC, 0, at)
        if at < _TRAILER - len(_MAGIC):
            return None
        check = at - 4
        length = int.from_bytes(data[check - 2 : check], "big")
        start = check - 2 - length
        row = data[max(start, 0) : check - 2]
        if start >= 0 and crc32(row).to_bytes(4, "big") == data[check:at]:
            return Copy(start, row, at + len(_MAGIC))
    return None


def has_copy(data: bytes) -> bool:
    """Whether there is a copy to take away, sound or half gone already."""
    return data.rstrip(b"\xff").endswith(_MAGIC) or find_copy(data) is not None


def is_broken_off(data: bytes, used: int) -> bool:
    """Whether the row that ends at ``used`` ends at a tag byte that was taken away, rather than
    at padding."""
    behind = data[used : used + 2]
    return len(behind) == 2 and behind[0] == 0xFF and behind[1] not in (0x00, 0xFF)


@dataclass(frozen=True, slots=True)
class RowEdit:
    """The writes, each with its purpose, in order. ``final`` is the content from byte 0 that is
    left in the end; ``appends`` whether readers see all old entries until the last write;
    ``unguarded`` that there was no room for a copy."""

    writes: tuple[tuple[int, bytes, str], ...] = ()
    final: bytes = field(default=b"", repr=False)
    appends: bool = True
    unguarded: bool = False


def _common(old: Sequence[bytes], new: Sequence[bytes]) -> int:
    """Bytes of the entries that both rows begin with."""
    length = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        length += len(one)
    return length


def edit_rows(
    data: bytes | None,
    size: int,
    old: Sequence[bytes],
    new: Sequence[bytes],
    *,
    keep: frozenset[bytes] = frozenset(),
    wrapped: bool = False,
    used: int | None = None,
) -> RowEdit:
    """The writes that make ``new`` the row of a file.

    ``data`` is the whole file, None for one that was made just now; ``old`` are the entries that
    readers find in it, ``keep`` those of ``new`` that must survive a torn write. ``wrapped``: one
    extra SEQUENCE is around the old entries; it goes. ``used`` is where readers see the row end,
    where that is not the sum of ``old``. ``size`` is checked by the caller.
    """
    row = b"".join(new)
    fresh = data is None
    # The bytes that RESIZE FILE brings are padding.
    data = b"" if data is None else data.ljust(size, b"\xff")
    start = 0 if wrapped else _common(old, new)
    writes: list[tuple[int, bytes, str]] = []
    copy, unguarded = find_copy(data), False
    if copy is not None and not _is_done(data[: copy.offset], row):
        needed = _kept_of(new, keep, start)
        reached = copy.offset < len(row) + 2
        if reached or any(raw not in copy.row for raw in needed):
            # Not all of them will be in this copy until the end: it needs a successor.
            heir = _successor(b"".join(needed), data, size, row, copy) if needed else []
            writes += heir
            unguarded = bool(needed) and not heir
            for at, piece, _ in heir:
                data = data[:at] + piece + data[at + len(piece) :]
            if heir or reached:
                copy = find_copy(data) if heir else None
    # What stands behind the row and is no padding goes too, but a copy last of all.
    limit = copy.offset if copy is not None else len(data)
    end = max(len(row), blank_end(data[:limit]))
    final = row + b"\xff" * (end - len(row))
    clear: list[Write] = []
    if copy is not None:
        clear = list(pieces(copy.offset, b"\xff" * (blank_end(data) - copy.offset)))
    elif has_copy(data):
        # Half taken away: everything behind the row goes.
        behind = max(sum(map(len, old)) if used is None else used, len(row))
        rubbish = b"\xff" * (len(data) - behind)
        clear = [(behind + at, piece) for at, piece in changes(data[behind:], rubbish)]
        limit = behind
        end = max(len(row), blank_end(data[:limit]))
        final = row + b"\xff" * (end - len(row))
    if not fresh and data[:end] == final:
        cleared = [(at, piece, "clear") for at, piece in clear]
        return RowEdit(tuple(cleared), final.ljust(len(data), b"\xff") if clear else final)
    hides = not fresh and data[start : start + 1] not in (b"", b"\x00", b"\xff")
    kept = _kept_behind(old, keep, start, wrapped=wrapped)
    if hides and copy is None and kept:
        saved = _copy_writes(kept, size, end)
        behind = sum(map(len, old)) if used is None else used
        if not saved and blank_end(data[behind:]):
            # Rubbish of an earlier attempt takes the room; no reader looks there.
            writes += [
                (at, piece, "clear")
                for at, piece in changes(data, data[:behind] + b"\xff" * (end - behind), behind)
            ]
            data = data[:behind] + b"\xff" * (len(data) - behind)
            end = max(len(row), behind)
            final = row + b"\xff" * (end - len(row))
            saved = _copy_writes(kept, size, end)
        unguarded = unguarded or not saved
        writes += [(at, piece, "keep-copy") for at, piece in saved]
        if saved:
            clear = list(pieces(saved[0][0], b"\xff" * (size - saved[0][0])))
    state = data
    if hides:
        writes.append((start, b"\xff", "invalidate"))
        state = data[:start] + b"\xff" + data[start + 1 :]
    held = final
    restored = start < len(row)
    if restored:
        hold = data[start : start + 1] if data[start : start + 1] == b"\x00" else b"\xff"
        held = final[:start] + hold + final[start + 1 :]
    writes += [(at, piece, "write") for at, piece in changes(state, held, start)]
    if restored:
        writes.append((start, final[start : start + 1], "validate"))
    writes += [(at, piece, "clear") for at, piece in clear]
    if clear:
        final = final + data[end : clear[0][0]] + b"\xff" * (size - clear[0][0])
    return RowEdit(tuple(writes), final, appends=not hides, unguarded=unguarded)


def _successor(
    needed: bytes, data: bytes, size: int, row: bytes, copy: Copy
) -> list[tuple[int, bytes, str]]:
    """The writes of a copy of ``needed`` that takes the place of ``copy``, which is whole until
    the new one is: behind it where the file was enlarged, or before it, and then it goes. Empty
    where neither has the room."""
    behind = _copy_writes(needed, size, max(len(row), copy.end))
    if behind:
        return [(at, piece, "keep-copy") for at, piece in behind]
    end = max(len(row), blank_end(data[: copy.offset]))
    before = _copy_writes(needed, copy.offset, end)
    if not before:
        return []
    gone = pieces(copy.offset, b"\xff" * (blank_end(data) - copy.offset))
    return [
        *((at, piece, "keep-copy") for at, piece in before),
        *((at, piece, "clear") for at, piece in gone),
    ]


def _is_done(data: bytes, row: bytes) -> bool:
    """Whether the row stands there already, with padding behind it."""
    return data.startswith(row) and not blank_end(data[len(row) :])


def _kept_of(new: Sequence[bytes], keep: frozenset[bytes], start: int) -> list[bytes]:
    """The entries of a row from byte ``start`` on that must survive."""
    kept, at = [], 0
    for raw in new:
        if at >= start and raw in keep:
            kept.append(raw)
        at += len(raw)
    return kept


def _kept_behind(
    old: Sequence[bytes], keep: frozenset[bytes], start: int, *, wrapped: bool
) -> bytes:
    """The entries from byte ``start`` on that must survive."""
    kept = bytearray()
    at = 0
    for raw in old:
        if (wrapped or at >= start) and raw in keep:
            kept += raw
        at += len(raw)
    return bytes(kept)


def _copy_writes(row: bytes, size: int, end: int) -> list[Write]:
    """The writes of a copy of ``row`` at the end of a file of ``size`` bytes, of which the first
    ``end`` are in use; none when it does not fit with padding before it."""
    trailer = len(row).to_bytes(2, "big") + crc32(row).to_bytes(4, "big") + _MAGIC
    whole = row + trailer
    offset = size - len(whole)
    # Two bytes of padding: one ends the row, one keeps the row from looking broken off.
    if len(row) > 0xFFFF or offset < end + 2:
        return []
    return list(pieces(offset, whole))
