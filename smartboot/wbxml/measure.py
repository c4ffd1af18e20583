"""How long a WBXML document is, found while it is being read.

A card file is larger than the document in it and reading costs time, so the reader asks after
each chunk whether it has seen the end of the root element. The structure of WBXML can be followed
without any code page.
"""

from __future__ import annotations

from smartboot.wbxml.tokens import CODECS, WIDE_CODECS
from smartboot.wbxml.tree import MAX_DEPTH, MAX_SIZE

__all__ = ["WbxmlMeasure"]

_HEADER, _BODY, _INVALID = "header", "body", "invalid"


class _NotWbxmlError(Exception):
    """The bytes cannot be a document the decoder takes."""


class _MoreError(Exception):
    """The bytes so far end inside a token."""


class WbxmlMeasure:
    """``smartboot.formats.base.Measure`` for WBXML: total work is linear in the document's length.

    Bytes that are no WBXML document (an empty file of FF or 00, a broken document) have the
    length fed so far.
    """

    __slots__ = (
        "_at",
        "_depth",
        "_dropped",
        "_fed",
        "_held",
        "_in_attributes",
        "_scan",
        "_state",
        "_tag",
        "_total",
        "_wide",
    )

    def __init__(self) -> None:
        self._held = bytearray()  # What is fed and not yet understood.
        self._dropped = 0  # Bytes before _held.
        self._at = 0  # Next token, from the start of _held; past its end while data are skipped.
        self._fed = 0
        self._scan = -1  # In _held: where the search for a string's end goes on; -1 outside one.
        self._wide = False
        self._depth = 0
        self._in_attributes = False
        self._state = _HEADER
        self._tag = 0  # Tag byte of an element whose attributes are being read.
        self._total: int | None = None

    def feed(self, chunk: bytes) -> int | None:
        """Take the next bytes; the total length once known, None before."""
        self._fed += len(chunk)
        if self._total is not None:
            return self._total if self._state != _INVALID else self._fed
        self._held += chunk
        try:
            self._run()
        except _MoreError:
            if self._fed > MAX_SIZE:
                return self._give_up()
            self._forget()
            return None
        except _NotWbxmlError:
            return self._give_up()
        self._total = self._dropped + self._at
        self._held.clear()
        return self._total

    def _give_up(self) -> int:
        self._state = _INVALID
        self._total = self._fed
        self._held.clear()
        return self._fed

    def _forget(self) -> None:
        """Drop what is understood, so that no byte is moved more than a few times."""
        cut = min(self._at, len(self._held))
        del self._held[:cut]
        self._dropped += cut
        self._at -= cut
        if self._scan >= 0:
            self._scan -= cut

    # -- the grammar -----------------------------------------------------------------------------

    def _run(self) -> None:
        """Follow the document as far as the bytes go. Returns at the end of the root element."""
        if self._state == _HEADER:
            self._header()
        held = self._held
        while True:
            if self._scan >= 0:
                self._string()
            if self._at >= len(held):
                raise _MoreError
            token = held[self._at]
            if self._in_attributes:
                ended = self._attribute_token(token)
            else:
                ended = self._content_token(token)
            if ended:
                return

    def _header(self) -> None:
        held = self._held
        if held and held[0] > 0x0F:
            raise _NotWbxmlError
        if not held:
            raise _MoreError
        number, at = self._integer(1)
        index = -1
        if number == 0:
            index, at = self._integer(at)
        charset = 0
        if held[0]:
            charset, at = self._integer(at)
        if charset not in CODECS:
            raise _NotWbxmlError
        length, at = self._integer(at)
        if index >= length or length > MAX_SIZE:
            raise _NotWbxmlError
        self._wide = CODECS[charset] in WIDE_CODECS
        self._state = _BODY
        self._at = at + length

    def _content_token(self, token: int) -> bool:
        """Take one token in tag state. True when it ended the root element."""
        if token & 0x3F >= 4:
            end = self._at + 1
            if token & 0x3F == 4:
                _, end = self._integer(end)
            self._at = end
            self._tag = token
            if token & 0x80:
                self._in_attributes = True
                return False
            return self._ended()
        if token == 0x01:
            if not self._depth:
                raise _NotWbxmlError
            self._at += 1
            self._depth -= 1
            return not self._depth
        if token == 0x00:
            self._need(2)
            self._at += 2
        elif token == 0x43:
            self._at += 1
            self._tag = 0
            self._in_attributes = True
        elif not self._depth:
            raise _NotWbxmlError
        else:
            self._argument(token)
        return False

    def _ended(self) -> bool:
        """After a tag and its attributes: open the element, or say whether it was the root."""
        token, self._tag = self._tag, 0
        if not token:  # The attributes were those of a processing instruction.
            return False
        if token & 0x40:
            self._depth += 1
            if self._depth >= MAX_DEPTH:
                raise _NotWbxmlError
            return False
        return not self._depth

    def _attribute_token(self, token: int) -> bool:
        """Take one token in attribute state. True when it ended a root without content."""
        if token == 0x01:
            self._at += 1
            self._in_attributes = False
            return self._ended()
        if token == 0x00:
            self._need(2)
            self._at += 2
        elif token == 0x04:
            _, self._at = self._integer(self._at + 1)
        elif token & 0x3F > 4:
            self._at += 1
        elif token in (0x43, 0x44, 0x84, 0xC4):
            raise _NotWbxmlError
        else:
            self._argument(token)
        return False

    def _argument(self, token: int) -> None:
        """A global token with its argument."""
        if token in (0x03, 0x40, 0x41, 0x42):
            self._at += 1
            self._scan = self._at
        elif token in (0x02, 0x80, 0x81, 0x82, 0x83):
            _, self._at = self._integer(self._at + 1)
        elif token == 0xC3:
            length, at = self._integer(self._at + 1)
            if length > MAX_SIZE:
                raise _NotWbxmlError
            self._at = at + length
        else:  # EXT_0 to EXT_2
            self._at += 1

    def _string(self) -> None:
        """Go on looking for the end of a string that starts at ``_at``."""
        held = self._held
        if not self._wide:
            end = held.find(0, self._scan)
            if end < 0:
                # Nothing of the string is needed again: it counts as understood.
                self._at = self._scan = len(held)
                raise _MoreError
            self._at = end + 1
        else:
            at = self._scan
            while at + 1 < len(held) and (held[at] or held[at + 1]):
                at += 2
            if at + 1 >= len(held):
                self._at = self._scan = at
                raise _MoreError
            self._at = at + 2
        self._scan = -1

    def _need(self, count: int) -> None:
        if self._at + count > len(self._held):
            raise _MoreError

    def _integer(self, at: int) -> tuple[int, int]:
        """A multi-byte integer at ``at`` in what is held, and the offset behind it."""
        value = 0
        for place in range(at, at + 5):
            if place >= len(self._held):
                raise _MoreError
            byte = self._held[place]
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                if value > 0xFFFFFFFF:
                    raise _NotWbxmlError
                return value, place + 1
        raise _NotWbxmlError
