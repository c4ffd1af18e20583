"""Small helpers over the generic element tree, shared by the TNDS and the message codec."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from smartboot.errors import DecodeError, EncodeError
from smartboot.wbxml.tree import Child, Element, Opaque

__all__ = [
    "DDF",
    "METINF",
    "SYNCML",
    "check_text",
    "from_base64",
    "opaque_text",
    "stray",
    "text_element",
    "text_of",
]

SYNCML, METINF, DDF = 0, 1, 2
"""``Element.page`` of the three vocabularies."""


def text_of(element: Element) -> str:
    """The text of an element that holds only text; opaque text counts, elements inside do not.

    Errors: DecodeError for opaque bytes that are no UTF-8.
    """
    children = element.children
    if len(children) == 1 and isinstance(children[0], str):
        return children[0]
    parts: list[str] = []
    for child in children:
        if isinstance(child, str):
            parts.append(child)
        elif isinstance(child, Opaque):
            try:
                parts.append(child.data.decode("utf-8"))
            except UnicodeDecodeError:
                raise DecodeError("the opaque text is not UTF-8", where=element.name) from None
    return "".join(parts)


def opaque_text(octets: bytes) -> str | bytes:
    """Text when the octets are text that an inline string can hold, else the octets."""
    if b"\0" in octets:
        return octets
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets


def text_element(name: str, text: str, page: int) -> Element:
    """An element around a text; an empty text gives an empty element."""
    return Element(name, (), (text,) if text else (), page)


def from_base64(text: str) -> bytes | None:
    """Strict base64 with white space between; None when it is none."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def stray(children: Iterable[Child]) -> bool:
    """Whether there is text or opaque data where only elements belong."""
    return any(
        not isinstance(child, Element) and not (isinstance(child, str) and child.isspace())
        for child in children
    )


def check_text(text: str, field: str) -> str:
    """The text, when WBXML and XML can hold it. Errors: EncodeError."""
    if "\0" in text:
        raise EncodeError("text with a NUL character cannot be written", field=field)
    return text
