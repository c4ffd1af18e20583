"""What the plain forms share: a reader of mappings that names places, and unknown elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smartboot.errors import EncodeError
from smartboot.model import MASK, from_plain, to_plain
from smartboot.wbxml.tree import Attribute, Child, Element, Opaque

__all__ = ["ABSENT", "Reader", "extra_from_plain", "extra_to_plain", "octets", "text", "uncover"]

MAX_DEPTH = 40
_SENSITIVE = frozenset({"Value", "Data", "NextNonce"})


class _Absent:
    """The type of ABSENT."""


ABSENT = _Absent()
"""A key that is not there, where None means that the value is null."""


def uncover(value: Any, where: str) -> bytes:
    """The bytes of a plain text (``hex:`` undone). Errors: EncodeError, for a mask too."""
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str):
        raise EncodeError("expected a text", field=where)
    if value == MASK:
        raise EncodeError(
            "the value is masked",
            field=where,
            hint="decode with --show-secrets, or write the value itself",
        )
    try:
        return from_plain(value)
    except UnicodeEncodeError:
        raise EncodeError("a text with half of a surrogate pair", field=where) from None
    except ValueError:
        raise EncodeError("not a valid hex: form", field=where) from None


def text(value: Any, where: str) -> str:
    """A text from its plain form. Errors: EncodeError."""
    try:
        return uncover(value, where).decode("utf-8")
    except UnicodeDecodeError:
        raise EncodeError("the octets are no UTF-8 text", field=where) from None


def octets(value: Any, where: str) -> bytes:
    """Octets from their plain form. Errors: EncodeError."""
    return uncover(value, where)


class Reader:
    """Reads one mapping; every key must be asked for, or ``done`` calls it unknown."""

    def __init__(self, plain: Any, where: str) -> None:
        if not isinstance(plain, Mapping):
            raise EncodeError("expected a mapping", field=where or "document")
        self._plain = plain
        self._asked: set[Any] = set()
        self.where = where

    def at(self, key: str) -> str:
        """The place of a key, for messages."""
        return f"{self.where}/{key}" if self.where else key

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._plain

    def get(self, key: str, default: Any = ABSENT) -> Any:
        """The value as it stands."""
        self._asked.add(key)
        return self._plain.get(key, default)

    def need(self, key: str) -> Any:
        """The value. Errors: EncodeError when the key is not there."""
        value = self.get(key)
        if value is ABSENT:
            raise EncodeError("is missing", field=self.at(key))
        return value

    def text(self, key: str, default: str | None = None) -> str | None:
        """A text; null is None and a missing key the default."""
        value = self.get(key)
        if value is ABSENT:
            return default
        return None if value is None else text(value, self.at(key))

    def flag(self, key: str, default: bool) -> bool:
        """A truth value."""
        value = self.get(key, default)
        if not isinstance(value, bool):
            raise EncodeError("expected true or false", field=self.at(key))
        return value

    def items(self, key: str) -> list[tuple[Any, str]]:
        """The members of a list, each with its place; a missing key is an empty list."""
        value = self.get(key)
        if value is ABSENT or value is None:
            return []
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            raise EncodeError("expected a list", field=self.at(key))
        return [(one, f"{self.at(key)}[{index}]") for index, one in enumerate(value)]

    def done(self) -> None:
        """Errors: EncodeError when a key was never asked for (a misspelt one, as a rule)."""
        for key in self._plain:
            if key not in self._asked:
                raise EncodeError("unknown key", field=self.at(str(key)[:60]))


def extra_to_plain(extra: tuple[Element, ...], show: bool) -> list[Any]:
    """Elements we give no meaning to. What may hold a secret is masked."""
    return [_element(one, show, False) for one in extra]


def _element(element: Element, show: bool, sensitive: bool) -> dict[str, Any]:
    sensitive = sensitive or element.name in _SENSITIVE
    plain: dict[str, Any] = {"element": element.name, "page": element.page}
    hidden = sensitive and not show
    if element.attributes:
        plain["attributes"] = [
            {
                "name": name,
                ("opaque" if isinstance(value, Opaque) else "value"): (
                    MASK
                    if hidden
                    else to_plain(value.data, opaque=True)
                    if isinstance(value, Opaque)
                    else to_plain(value)
                ),
            }
            for name, value in element.attributes
        ]
    children: list[Any] = []
    for child in element.children:
        if isinstance(child, Element):
            children.append(_element(child, show, sensitive))
        elif isinstance(child, Opaque):
            children.append({"opaque": to_plain(child.data, opaque=True) if show else MASK})
        else:
            children.append(MASK if hidden else to_plain(child))
    if children:
        plain["children"] = children
    return plain


def extra_from_plain(reader: Reader, key: str = "extra") -> tuple[Element, ...]:
    """The way back of ``extra_to_plain``. Errors: EncodeError."""
    return tuple(_parse(one, where, 1) for one, where in reader.items(key))


def _parse(plain: Any, where: str, depth: int) -> Element:
    if depth > MAX_DEPTH:
        raise EncodeError(f"nested deeper than {MAX_DEPTH}", field=where[:200])
    reader = Reader(plain, where)
    name = text(reader.need("element"), reader.at("element"))
    page = reader.get("page", 0)
    if not isinstance(page, int) or not 0 <= page <= 255:
        raise EncodeError("must be 0 to 255", field=reader.at("page"))
    attributes: list[Attribute] = []
    for one, place in reader.items("attributes"):
        inner = Reader(one, place)
        key = text(inner.need("name"), inner.at("name"))
        if inner.has("opaque"):
            attributes.append((key, Opaque(octets(inner.get("opaque"), inner.at("opaque")))))
        else:
            attributes.append((key, text(inner.need("value"), inner.at("value"))))
        inner.done()
    children: list[Child] = []
    for one, place in reader.items("children"):
        if isinstance(one, Mapping) and "opaque" in one:
            inner = Reader(one, place)
            children.append(Opaque(octets(inner.get("opaque"), inner.at("opaque"))))
            inner.done()
        elif isinstance(one, Mapping):
            children.append(_parse(one, place, depth + 1))
        else:
            children.append(text(one, place))
    reader.done()
    return Element(name, tuple(attributes), tuple(children), int(page))
