"""The parts of a DM 1.2/1.3 bootstrap message (OMA-TS-DM_RepPro 1.2, 6; OMA-TS-DM_Bootstrap 1.2).

It is an ordinary OMA DM message sent one way: SyncHdr, then Add commands whose items create the
management tree, then Final. Fields have the standard's names in lower case; None is absent.
What the standard does not define is kept in ``extra``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import TypeAlias

from smartboot.formats.oma_dm.tree import INBOX, Located, Node, Tnds, join
from smartboot.frozen import dataclass
from smartboot.wbxml.tree import Element

__all__ = [
    "DM_MIME",
    "TNDS_WBXML",
    "TNDS_XML",
    "Command",
    "Cred",
    "Endpoint",
    "Header",
    "Item",
    "ItemData",
    "Message",
    "Meta",
    "canonical",
    "managed_nodes",
]

DM_MIME = "application/vnd.syncml.dm+wbxml"
"""The media type of the message."""

TNDS_WBXML = "application/vnd.syncml.dmtnds+wbxml"
TNDS_XML = "application/vnd.syncml.dmtnds+xml"

ItemData: TypeAlias = "Tnds | str | bytes"


@dataclass(frozen=True, slots=True)
class Meta:
    """MetInf (OMA-TS-SyncML_MetaInfo 1.2). All values are text; ``emi`` may be given often."""

    format: str | None = None
    type: str | None = None
    mark: str | None = None
    size: str | None = None
    version: str | None = None
    next_nonce: str | None = field(default=None, repr=False)
    max_msg_size: str | None = None
    max_obj_size: str | None = None
    emi: tuple[str, ...] = ()
    extra: tuple[Element, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Target, Source, TargetParent or SourceParent: an address and a name to show."""

    loc_uri: str | None
    loc_name: str | None = None
    extra: tuple[Element, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Cred:
    """Credentials of the sender. Only SyncHdr may hold them in DM."""

    meta: Meta | None = None
    data: str | bytes | None = field(default=None, repr=False)
    extra: tuple[Element, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Header:
    """SyncHdr. Session and message number mean nothing in a bootstrap message."""

    target: Endpoint | None = None
    source: Endpoint | None = None
    ver_dtd: str | None = "1.2"
    ver_proto: str | None = "DM/1.2"
    session_id: str | None = "0"
    msg_id: str | None = "1"
    resp_uri: str | None = None
    no_resp: bool = False
    cred: Cred | None = None
    meta: Meta | None = None
    extra: tuple[Element, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Item:
    """One item: ``data`` is a TNDS document, text or octets; None when Data is absent."""

    target: Endpoint | None = None
    meta: Meta | None = None
    data: ItemData | None = field(default=None, repr=False)
    source: Endpoint | None = None
    source_parent: Endpoint | None = None
    target_parent: Endpoint | None = None
    more_data: bool = False
    extra: tuple[Element, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Command:
    """One command. A bootstrap message holds Add; ``commands`` are those in Atomic or Sequence."""

    name: str = "Add"
    cmd_id: str | None = None
    items: tuple[Item, ...] = ()
    no_resp: bool = False
    cred: Cred | None = None
    meta: Meta | None = None
    commands: tuple[Command, ...] = ()
    extra: tuple[Element, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """The whole message. ``wbxml_version`` and ``public_id`` are those of the WBXML header."""

    header: Header
    commands: tuple[Command, ...] = ()
    final: bool = True
    extra: tuple[Element, ...] = field(default=(), repr=False)
    wbxml_version: int = 0x02
    public_id: int | str = 0x1201


def managed_nodes(source: Message | Tnds) -> list[Located]:
    """The tree the document builds: its top nodes with their places.

    Only Add counts, also inside Atomic and Sequence. Nodes that continue elsewhere by Path are
    put where they belong; a plain Add of one node gets its missing parents (RepPro 1.2). A bare
    TNDS document is taken as if it were added to ``./Inbox``. Two objects added to the Inbox in
    different items stay apart even if their names are the same.
    """
    if isinstance(source, Tnds):
        return _Grower().add_tnds(source, INBOX, 0).result()
    grower = _Grower()
    scope = 0
    for item, meta in _added(source.commands):
        target = item.target.loc_uri if item.target is not None else None
        if target is None:
            continue
        if isinstance(item.data, Tnds):
            grower.add_tnds(item.data, target, scope)
            scope += 1
        else:
            grower.add_plain(item, meta, target)
    return grower.result()


def _added(commands: tuple[Command, ...]) -> Iterator[tuple[Item, Meta | None]]:
    for command in commands:
        if command.name == "Add":
            for item in command.items:
                yield item, item.meta or command.meta
        elif command.commands:
            yield from _added(command.commands)


class _Sprout:
    """A node while the tree grows: its properties, and its children by name."""

    __slots__ = ("children", "node")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.children: dict[str, _Sprout] = {}

    def built(self, name: str) -> Node:
        """The finished node under its name."""
        children = tuple(sprout.built(key) for key, sprout in self.children.items())
        node = self.node
        if node.name == name and children == node.children:
            return node
        return Node(
            name,
            children,
            node.value,
            node.format,
            node.mime,
            node.ddf_name,
            node.acl,
            None,
            node.title,
            node.tstamp,
            node.verno,
            node.rt_name,
            node.size,
            node.extra,
        )


class _Grower:
    """Puts nodes into one tree for each scope."""

    def __init__(self) -> None:
        self._roots: dict[int | None, tuple[str, _Sprout]] = {}
        self._copies = 0

    def add_tnds(self, tnds: Tnds, target: str, scope: int) -> _Grower:
        inbox = canonical(target) == canonical(INBOX)
        base, key = (INBOX, scope) if inbox else (".", None)
        relative = "" if inbox else canonical(target)
        for node in tnds.nodes:
            # An empty NodeName takes the last segment of the Add target (TNDS 1.2).
            self._put(base, key, join(relative, node.path, node.name), node)
        return self

    def add_plain(self, item: Item, meta: Meta | None, target: str) -> None:
        name = canonical(target).rpartition("/")[2]
        value = item.data if isinstance(item.data, str | bytes) else None
        format_ = meta.format if meta is not None else None
        mime = meta.type if meta is not None else None
        if format_ == "node":
            node = Node(name, (), None, "node", None, mime)
        else:
            node = Node(name, (), value, format_, mime)
        self._put(".", None, canonical(target), node)

    def _put(self, base: str, key: int | None, path: str, node: Node) -> None:
        _, at = self._roots.setdefault(key, (base, _Sprout(Node(None))))
        segments = [part for part in path.split("/") if part][:64]
        if key is not None and len(segments) == 1 and node.ddf_name:
            segments = [self._own_key(at, segments[0])]
        for segment in segments:
            at = at.children.setdefault(segment, _Sprout(Node(segment)))
        self._merge(at, node)

    def _own_key(self, at: _Sprout, name: str) -> str:
        """The key of an object in the Inbox. Two objects of one name are two: the device renames
        one (Bootstrap 1.2). A NUL cannot stand in a name that was read."""
        if name not in at.children or not at.children[name].node.ddf_name:
            return name
        self._copies += 1
        return f"{name}\0{self._copies}"

    def _merge(self, at: _Sprout, node: Node) -> None:
        """Lay a node over a place: its properties win over those a missing parent got."""
        if at.node.format is None and at.node.ddf_name is None and at.node.value is None:
            at.node = node
        for index, child in enumerate(node.children):
            name = child.name or str(index + 1)
            found = at.children.get(name)
            if found is None:
                found = at.children[name] = _Sprout(child)
            self._merge(found, child)

    def result(self) -> list[Located]:
        return [
            Located(sprout.built(name), f"{base}/{name}", key)
            for key, (base, root) in self._roots.items()
            for name, sprout in (
                (own.partition("\0")[0], sprout) for own, sprout in root.children.items()
            )
        ]


def canonical(uri: str) -> str:
    """A node URI without the leading ``./`` and without double slashes."""
    parts = [part for part in uri.split("/") if part]
    if parts and parts[0] == ".":
        parts = parts[1:]
    return "/".join(parts)
