"""Rewriting a document so that power may fail at any byte.

A write that is torn leaves some of its bytes changed. So the document is made invalid first,
with a write that leaves it whole or invalid whichever of its bytes arrive; then everything but
these bytes is written; they come back last, each write again being harmless in part.

What "invalid" takes depends on the readers. LwM2M (TS 1.0.2, Appendix G): a count of 0, and a
size behind the end of any file for readers that look at nothing else. WBXML: an unknown version,
and for readers that pass over it a string table longer than the file. JSON: FF starts no value.
"""

from __future__ import annotations

from dataclasses import field

from smartboot.frozen import dataclass
from smartboot.provision.ranges import Write, blank_end, changes, pieces

__all__ = ["Rewrite", "hold_of", "is_held", "rewrite", "wipe"]

_JSON_HEAD = b" \t\r\n[{<\xef"


@dataclass(frozen=True, slots=True)
class Hold:
    """The bytes that keep a document invalid, (offset, value), in the order of writing them; they
    come back in the opposite order. One byte is written whole or not at all."""

    places: tuple[Write, ...]

    def on(self, data: bytes) -> bytes:
        """``data`` held invalid (its length kept)."""
        held = bytearray(data)
        for offset, value in self.places:
            held[offset : offset + len(value)] = value[: max(0, len(data) - offset)]
        return bytes(held)


_COUNT, _SIZE = (1, b"\x00"), (2, b"\xff")
_CONTAINER = Hold((_COUNT, _SIZE))
_TEXT = Hold(((0, b"\xff"),))
_BARE = Hold(tuple((at, b"\xff") for at in range(4)))


def _wbxml(data: bytes) -> Hold:
    """Version and the length of the string table, which stands behind public id and charset (WBXML
    1.3, 5.4): with FF before it the next byte becomes its last digit, and it 16 KB and more."""
    at = 1
    for _ in range(2 + (data[1:2] == b"\x00")):
        end = at
        while end < at + 5 and data[end : end + 1] >= b"\x80":
            end += 1
        at = end + 1
    return Hold(((0, b"\xff"), (at, b"\xff")))


def hold_of(data: bytes, format_name: str | None) -> Hold:
    """How a document that begins like ``data`` is held invalid."""
    first = data[:1]
    if format_name == "lwm2m" or (format_name is None and first == b"\x00"):
        return _CONTAINER if first == b"\x00" else _BARE
    if format_name == "oma-cp":
        return _wbxml(data)
    return _TEXT if first and first in _JSON_HEAD else _wbxml(data)


def is_held(data: bytes) -> bool:
    """Whether this begins as one of the holds does, or is blank: no reader takes it."""
    return data[:1] in (b"", b"\xff") or data[:2] == b"\x00\x00"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The writes of the three phases, and the content that they end in, as far as written."""

    invalidate: tuple[Write, ...] = ()
    body: tuple[Write, ...] = ()
    validate: tuple[Write, ...] = ()
    final: bytes = field(default=b"", repr=False)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.invalidate or self.body or self.validate)


def rewrite(
    current: bytes | None,
    new: bytes,
    format_name: str,
    *,
    fresh: bool = False,
    clear_to: int = 0,
) -> Rewrite:
    """How to turn ``current`` into the document ``new``.

    ``current`` is what is known of the file from its start, at least as long as ``new`` and as
    what is to be cleared; None when it cannot be read. ``fresh`` says that the file was made just
    now and holds nothing. What stands behind ``new`` up to ``clear_to`` (offset behind the last
    byte of the old document) becomes FF, so that none of its secrets stays.
    """
    target = new + b"\xff" * max(0, clear_to - len(new))
    if current is not None and not fresh and current[: len(target)] == target:
        return Rewrite(final=target)
    hold = hold_of(new, format_name)
    held = hold.on(target)
    known = b"" if current is None or fresh else current
    if fresh or (current is not None and not blank_end(current)):
        # Nothing to mistake for a document; ascending writes bring the held bytes first.
        before, state = [], known
    elif current is None:
        before, state = list(hold.places), b""
    else:
        before, state = _invalidate(current, hold, held)
    body = changes(state, held)
    after = [
        (at, new[at : at + 1])
        for at, _ in reversed(hold.places)
        if new[at : at + 1] != held[at : at + 1]
    ]
    return Rewrite(tuple(before), tuple(body), tuple(after), target)


def _invalidate(current: bytes, hold: Hold, held: bytes) -> tuple[list[Write], bytes]:
    """The writes that make ``current`` invalid, and what it is then."""
    if is_held(current) and hold.on(current)[: len(held)] == held[: len(current)]:
        # Torn while it was being made valid: all of the new document is there already.
        return [], current
    writes: list[Write] = []
    state = current
    for each in (hold,) if is_held(current) else (hold_of(current, None), hold):
        for at, value in each.places:
            if at < len(state) and state[at : at + 1] != value:
                writes.append((at, value))
                state = state[:at] + value + state[at + 1 :]
    return writes, state


def wipe(current: bytes | None, size: int, format_name: str | None) -> Rewrite:
    """How to take a document away: invalid first, then FF over all of it, from its end on.

    The start comes last, so that a file of which a part is left does not look blank. ``current``
    is the file's content as far as it matters, None when it cannot be read; then all ``size``
    bytes are written.
    """
    if current is None:
        final = b"\xff" * size
        return Rewrite(body=tuple(reversed(list(pieces(0, final)))), final=final)
    end = blank_end(current)
    if not end:
        return Rewrite()
    final = b"\xff" * end
    hold = hold_of(current, format_name)
    before, state = ([], current) if is_held(current) else _invalidate(current, hold, final)
    body = changes(state, final)
    return Rewrite(tuple(before), tuple(reversed(body)), (), final)
