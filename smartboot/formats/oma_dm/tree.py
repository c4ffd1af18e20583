"""Management tree nodes, whatever carried them (OMA DM TND 1.2: properties, 7.7; TNDS, 8).

A node's value is text, except that octets stay bytes: values of format ``bin``, and opaque values
that are no text. Values never appear in a ``repr``: any leaf may hold a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field, replace

from smartboot.errors import DecodeError
from smartboot.formats.oma_dm.acl import Acl, parse_acl
from smartboot.frozen import dataclass
from smartboot.wbxml.tree import Element

__all__ = [
    "FORMATS",
    "INBOX",
    "LEAF_MIME",
    "Located",
    "Node",
    "Tnds",
    "is_secret_name",
    "join",
    "leaf",
    "node",
    "walk",
]

FORMATS = (
    "b64", "bin", "bool", "chr", "int", "node", "null", "xml", "date", "time", "float",
)  # fmt: skip
"""The values of the Format property (TND 1.2, 7.7.3)."""

LEAF_MIME = "text/plain"
"""The Type of an ordinary leaf."""

INBOX = "./Inbox"
"""Where an object is added whose place the device chooses by its MOID (Standardized Objects)."""

# The leaves of the standard objects that hold keys, and what vendors call theirs below Ext.
_SECRET = re.compile(
    r"(?:secret|secretkey|privatekey|password|passwd|passphrase|pwd|-pw)\Z|\AAAuthData\Z",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Whether a leaf of this name holds a key, a password or a nonce."""
    return _SECRET.search(name) is not None


@dataclass(frozen=True, slots=True)
class Node:
    """One node. A property that is None is not given; ``""`` is given without a value.

    ``mime`` is the Type of a leaf, ``ddf_name`` that of an interior node (the MOID of an object's
    root, else empty). ``path`` stands only on nodes directly under MgmtTree: the URI, relative to
    the target of the Add, up to the node. ``extra`` is what TNDS does not define.
    """

    name: str | None
    children: tuple[Node, ...] = ()
    value: str | bytes | None = field(default=None, repr=False)
    format: str | None = None
    mime: str | None = None
    ddf_name: str | None = None
    acl: str | None = None
    path: str | None = None
    title: str | None = None
    tstamp: str | None = None
    verno: str | None = None
    rt_name: str | None = None
    size: str | None = None
    extra: tuple[Element, ...] = field(default=(), repr=False)

    @property
    def interior(self) -> bool:
        """Whether this is an interior node: by its format, or by having children."""
        return bool(self.children) if self.format is None else self.format == "node"

    @property
    def effective_format(self) -> str:
        """The format, or what its absence means: node with children, else chr."""
        return self.format or ("node" if self.children else "chr")

    @property
    def access(self) -> Acl:
        """The parsed ACL; empty when none is given. Errors: DecodeError."""
        return parse_acl(self.acl or "")

    def child(self, name: str) -> Node | None:
        """The first child of this name (names are case-sensitive), or None."""
        return next((child for child in self.children if child.name == name), None)

    def get(self, *names: str) -> Node | None:
        """The node below along ``names``, or None."""
        found: Node | None = self
        for name in names:
            if found is None:
                return None
            found = found.child(name)
        return found

    def text(self, name: str) -> str | None:
        """The text value of a child; None when it is absent, has no value or holds octets."""
        found = self.child(name)
        return found.value if found is not None and isinstance(found.value, str) else None

    def with_children(self, children: tuple[Node, ...]) -> Node:
        """The same node over other children."""
        return replace(self, children=children)


@dataclass(frozen=True, slots=True)
class Tnds:
    """A TNDS document: MgmtTree with its nodes (TND 1.2, 8).

    ``wbxml_version`` is the version byte of the document when it stands alone or in an OPAQUE.
    """

    nodes: tuple[Node, ...]
    ver_dtd: str | None = "1.2"
    man: str | None = None
    mod: str | None = None
    extra: tuple[Element, ...] = field(default=(), repr=False)
    wbxml_version: int = 0x02


@dataclass(frozen=True, slots=True)
class Located:
    """A node in its place: ``path`` is its full URI.

    ``scope`` tells objects of one name apart that came to the Inbox in different items; it is
    None below a place that all items share.
    """

    node: Node
    path: str
    scope: int | None = None


def leaf(name: str, value: str | bytes, kind: str | None = None) -> Node:
    """A leaf with the properties TNDS asks for. Without ``kind`` bytes are bin and text is chr."""
    chosen = kind or ("bin" if isinstance(value, bytes) else "chr")
    mime = "application/octet-stream" if chosen in ("bin", "b64") else LEAF_MIME
    return Node(name, value=value, format=chosen, mime=mime)


def node(name: str, *children: Node | None, ddf_name: str = "", acl: str | None = None) -> Node:
    """An interior node with the properties TNDS asks for; children that are None are left out."""
    kept = tuple(child for child in children if child is not None)
    return Node(name, kept, format="node", ddf_name=ddf_name, acl=acl)


def join(*parts: str | None) -> str:
    """Join parts of a URI with single slashes, empty ones left out."""
    return "/".join(part.strip("/") for part in parts if part and part.strip("/"))


def walk(root: Node, path: str = "", limit: int = 100_000) -> Iterator[tuple[str, Node]]:
    """The node and all below it, in document order, each with its path from ``path``."""
    stack = [(join(path, root.name), root)]
    count = 0
    while stack:
        at, current = stack.pop()
        count += 1
        if count > limit:
            raise DecodeError(f"more than {limit} nodes in one tree")
        yield at, current
        stack.extend((join(at, child.name), child) for child in reversed(current.children))
