"""Code pages as data, and the register of public identifiers.

A vocabulary is all the code pages of one document type. The engine knows no document type: all
that differs between them stands in these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["AttributePage", "TagPage", "Vocabulary"]


@dataclass(frozen=True, slots=True, eq=False)
class TagPage:
    """One page of element names. ``tags``: identity (05-3F) to name.

    ``number`` is what ``Element.page`` becomes. Pages that share a name space share the number,
    so that an element does not depend on the page it was written on.
    """

    number: int
    namespace: str
    tags: Mapping[int, str]
    vendor: Mapping[int, str] = field(default_factory=dict)
    """Names seen in the field and not in the standard: read, reported, never written."""


@dataclass(frozen=True, slots=True, eq=False)
class AttributePage:
    """One page of attribute starts (token below 80: name and value prefix) and values (80 up)."""

    starts: Mapping[int, tuple[str, str]]
    values: Mapping[int, str]
    vendor_starts: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    vendor_values: Mapping[int, str] = field(default_factory=dict)
    """Tokens seen in the field and not in the standard: read, reported, never written."""


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The code pages of one document type and its public identifiers.

    ``alias_pages`` are tag pages that are read and never written. ``public_id`` is the number of
    the document type (1 when it has none) and ``formal_id`` its formal public identifier.
    """

    name: str
    public_id: int
    formal_id: str
    tag_pages: Mapping[int, TagPage]
    attribute_pages: Mapping[int, AttributePage] = field(default_factory=dict)
    alias_pages: frozenset[int] = frozenset()
    system_id: str = ""
    """The usual address of the DTD, for writing XML."""

    tag_lookup: Mapping[int, dict[int, tuple[str, int]]] = field(init=False, repr=False)
    """Page, identity: name and ``Element.page``."""
    start_lookup: Mapping[int, dict[int, tuple[str, str]]] = field(init=False, repr=False)
    value_lookup: Mapping[int, dict[int, str]] = field(init=False, repr=False)
    tag_tokens: Mapping[tuple[int, str], tuple[tuple[int, int], ...]] = field(
        init=False, repr=False
    )
    """``Element.page`` and name: the (page, identity) pairs that write it, lowest page first."""
    start_tokens: Mapping[str, tuple[tuple[str, int, int], ...]] = field(init=False, repr=False)
    """Attribute name: (prefix, page, token), longest prefix first, then lowest page."""
    exact_starts: Mapping[tuple[str, str], tuple[str, int, int]] = field(init=False, repr=False)
    """Attribute name and prefix: the first entry of ``start_tokens`` with just that prefix."""
    value_tokens: tuple[tuple[str, int, int], ...] = field(init=False, repr=False)
    """(text, page, token) by page and token."""

    def __post_init__(self) -> None:
        tags: dict[int, dict[int, tuple[str, int]]] = {}
        writers: dict[tuple[int, str], list[tuple[int, int]]] = {}
        for number, page in sorted(self.tag_pages.items()):
            tags[number] = {token: (name, page.number) for token, name in page.tags.items()}
            if number not in self.alias_pages:
                for token, name in page.tags.items():
                    writers.setdefault((page.number, name), []).append((number, token))
        starts: dict[str, list[tuple[str, int, int]]] = {}
        values: list[tuple[str, int, int]] = []
        for number, attributes in sorted(self.attribute_pages.items()):
            for token, (name, prefix) in attributes.starts.items():
                starts.setdefault(name, []).append((prefix, number, token))
            values.extend((text, number, token) for token, text in attributes.values.items())
        for entries in starts.values():
            entries.sort(key=lambda entry: (-len(entry[0]), entry[1], entry[2]))
        put = object.__setattr__
        put(self, "tag_lookup", tags)
        put(self, "tag_tokens", {key: tuple(pairs) for key, pairs in writers.items()})
        put(self, "start_tokens", {key: tuple(entries) for key, entries in starts.items()})
        exact = {(n, e[0]): e for n, entries in starts.items() for e in reversed(entries)}
        put(self, "exact_starts", exact)
        put(self, "value_tokens", tuple(sorted(values, key=lambda entry: entry[1:])))
        put(self, "start_lookup", {n: dict(p.starts) for n, p in self.attribute_pages.items()})
        put(self, "value_lookup", {n: dict(p.values) for n, p in self.attribute_pages.items()})

    def page_of_namespace(self, namespace: str) -> int | None:
        """The ``Element.page`` of an XML name space, or None when the vocabulary lacks it."""
        for page in self.tag_pages.values():
            if page.namespace == namespace:
                return page.number
        return None

    def namespace_of_page(self, number: int) -> str | None:
        """The XML name space of an ``Element.page``, or None."""
        for page in self.tag_pages.values():
            if page.number == number:
                return page.namespace
        return None
