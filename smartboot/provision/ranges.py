"""The smallest set of UPDATE BINARY commands that turns one content into another."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["UPDATE_MAX", "Write", "blank_end", "changes", "pieces"]

UPDATE_MAX = 255
"""Bytes one UPDATE BINARY carries (Lc)."""

COMMAND_COST = 8
"""What one more command costs on a T=0 wire, in bytes: five of header, a procedure byte, two of
status. A gap of equal bytes that is not longer is written over rather than left out."""

Write = tuple[int, bytes]
"""Offset and bytes."""


def changes(current: bytes, target: bytes, start: int = 0) -> list[Write]:
    """What to write so that ``target`` stands where ``current`` does, from byte ``start`` on.

    Bytes of ``target`` behind the end of ``current`` are written, whatever they are: what the
    card holds there is not known.
    """
    runs: list[list[int]] = []
    for at in range(start, len(target)):
        if at < len(current) and current[at] == target[at]:
            continue
        if runs and at - runs[-1][1] <= COMMAND_COST:
            runs[-1][1] = at + 1
        else:
            runs.append([at, at + 1])
    return [write for first, end in runs for write in pieces(first, target[first:end])]


def pieces(offset: int, data: bytes) -> Iterator[Write]:
    """One write for each 255 bytes, in ascending order."""
    for at in range(0, len(data), UPDATE_MAX):
        yield offset + at, data[at : at + UPDATE_MAX]


def blank_end(data: bytes) -> int:
    """Offset behind the last byte that is no padding (00 or FF)."""
    return len(data.rstrip(b"\x00\xff"))
