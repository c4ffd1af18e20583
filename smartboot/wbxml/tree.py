"""The generic tree a WBXML document is turned into, whatever its vocabulary.

Elements are immutable and compare by value. Their ``repr`` shows names and sizes only: attribute
values and text may be passwords.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import TypeAlias

from smartboot.frozen import dataclass, quick_init
from smartboot.model import Finding

__all__ = [
    "MAX_DEPTH",
    "MAX_NODES",
    "MAX_SIZE",
    "UTF_8",
    "Attribute",
    "Child",
    "Element",
    "Opaque",
    "Parsed",
    "WbxmlDocument",
]

MAX_DEPTH = 32
"""Elements inside each other, the root included. Client provisioning needs 5, TNDS about 20."""

MAX_SIZE = 1 << 20
"""Longest document read, in bytes. A transparent EF holds at most 64 KB."""

MAX_NODES = 32_768
"""Elements and texts in one document. Each takes a byte at least, and no file that READ BINARY
reaches has many more; a longer row of them would be one of a few bytes repeated."""

UTF_8 = 106
"""IANA MIBenum of UTF-8."""


@quick_init
@dataclass(frozen=True, slots=True, repr=False)
class Opaque:
    """Bytes the document holds as they are (WBXML OPAQUE)."""

    data: bytes

    def __repr__(self) -> str:
        return f"Opaque({len(self.data)} bytes)"


@quick_init
@dataclass(frozen=True, slots=True, repr=False)
class Element:
    """One element. ``children`` are elements, text and opaque blocks in order.

    ``page`` tells names apart that exist in several name spaces (``Format`` of MetInf and of the
    DM DDF): it is the page the vocabulary calls the name's own, whichever page it was read from.
    Two texts never stand next to each other and no text is empty in what the decoder returns.
    An attribute's value is text; it is Opaque only when the bytes are no text in the charset.
    """

    name: str
    attributes: tuple[Attribute, ...] = ()
    children: tuple[Child, ...] = ()
    page: int = 0

    def get(self, name: str) -> str | None:
        """The text of the first attribute called ``name``, or None."""
        for key, value in self.attributes:
            if key == name and isinstance(value, str):
                return value
        return None

    @property
    def elements(self) -> tuple[Element, ...]:
        """The children that are elements."""
        return tuple(child for child in self.children if isinstance(child, Element))

    @property
    def text(self) -> str:
        """The text directly inside, opaque blocks left out."""
        return "".join(child for child in self.children if isinstance(child, str))

    def find(self, name: str, page: int | None = None) -> Element | None:
        """The first child element called ``name`` (on ``page``), or None."""
        return next(self.find_all(name, page), None)

    def find_all(self, name: str, page: int | None = None) -> Iterator[Element]:
        """The child elements called ``name`` (on ``page``), in order."""
        for child in self.children:
            if isinstance(child, Element) and child.name == name and page in (None, child.page):
                yield child

    def __repr__(self) -> str:
        return (
            f"Element({self.name!r}, page={self.page}, "
            f"attributes={[name for name, _ in self.attributes]}, {len(self.children)} children)"
        )


Attribute: TypeAlias = tuple[str, "str | Opaque"]
Child: TypeAlias = "Element | str | Opaque"


@dataclass(frozen=True, slots=True)
class WbxmlDocument:
    """A document: header and root element.

    ``public_id``: a number (mb_u_int32), or the text when the document spells it out in its string
    table. ``version``: the version byte, 0x01 (WBXML 1.1) to 0x03 (1.3); 0x00 is read only.
    ``charset``: IANA MIBenum (106 UTF-8, 3 US-ASCII, 4 ISO-8859-1, 1015 UTF-16; 0 unknown).
    """

    root: Element
    public_id: int | str
    version: int = 0x03
    charset: int = UTF_8


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the decoder returns. ``used`` is the length up to the end of the root element.

    ``switched``: the body changes its code page somewhere, so that it could be read differently
    with one page for tags and attributes.
    """

    document: WbxmlDocument
    used: int
    findings: tuple[Finding, ...] = field(default=())
    switched: bool = False
