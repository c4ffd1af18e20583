"""Management tree nodes as plain values.

    name: ExampleDM
    type: urn:oma:mo:oma-dm-dmacc:1.0
    nodes:
      - {name: AppID, value: w7}
      - {name: AAuthData, format: bin, value: "hex:0102"}

``type`` is the DDFName of an interior node and the MIME type of a leaf; ``mime`` and ``ddf_name``
say it outright where that does not fit. ``value`` is octets for format bin and text for all
others; ``octets`` and ``text`` are the exceptions to that.
"""

from __future__ import annotations

from typing import Any

from smartboot.errors import EncodeError
from smartboot.formats.oma_dm.plain_tools import (
    ABSENT,
    Reader,
    extra_from_plain,
    extra_to_plain,
    octets,
    text,
)
from smartboot.formats.oma_dm.tree import FORMATS, LEAF_MIME, Node, Tnds, is_secret_name
from smartboot.model import MASK, to_plain

__all__ = [
    "node_from_plain",
    "node_to_plain",
    "tnds_from_plain",
    "tnds_to_plain",
    "version_from_plain",
    "version_to_plain",
]

_MAX_NESTING = 30
_TEXTS = ("path", "acl", "title", "tstamp", "verno", "rt_name", "size")
_OCTET_STREAM = "application/octet-stream"


def version_to_plain(version: int) -> str:
    """The WBXML version byte as people write it: 1.1 to 1.3."""
    return f"1.{version}"


def version_from_plain(reader: Reader, default: int = 2) -> int:
    """The WBXML version byte. Errors: EncodeError."""
    written = reader.text("wbxml_version", version_to_plain(default))
    if written not in ("1.1", "1.2", "1.3"):
        raise EncodeError("must be 1.1, 1.2 or 1.3", field=reader.at("wbxml_version"))
    return int(written[2])


def tnds_to_plain(tnds: Tnds, show: bool, name: str = "") -> dict[str, Any]:
    """A TNDS document. ``name`` is what a node without a name is called (from the Add target)."""
    plain: dict[str, Any] = {}
    if tnds.wbxml_version != 2:
        plain["wbxml_version"] = version_to_plain(tnds.wbxml_version)
    if tnds.ver_dtd != "1.2":
        plain["ver_dtd"] = None if tnds.ver_dtd is None else to_plain(tnds.ver_dtd)
    for key, value in (("man", tnds.man), ("mod", tnds.mod)):
        if value is not None:
            plain[key] = to_plain(value)
    plain["nodes"] = [node_to_plain(one, show, name) for one in tnds.nodes]
    if tnds.extra:
        plain["extra"] = extra_to_plain(tnds.extra, show)
    return plain


def tnds_from_plain(plain: Any, where: str) -> Tnds:
    """The way back of ``tnds_to_plain``. Errors: EncodeError."""
    reader = Reader(plain, where)
    tnds = Tnds(
        nodes=tuple(node_from_plain(one, at) for one, at in reader.items("nodes")),
        ver_dtd=reader.text("ver_dtd", "1.2"),
        man=reader.text("man"),
        mod=reader.text("mod"),
        extra=extra_from_plain(reader),
        wbxml_version=version_from_plain(reader),
    )
    reader.done()
    return tnds


def _usual(format_: str | None, interior: bool) -> tuple[str | None, str | None]:
    """The Type a node has unless told otherwise, as (mime, ddf_name)."""
    if format_ == "node" or (format_ is None and interior):
        return None, ""
    return (_OCTET_STREAM if format_ in ("bin", "b64") else LEAF_MIME), None


def node_to_plain(node: Node, show: bool, name: str = "") -> dict[str, Any]:
    """One node and all below it."""
    plain: dict[str, Any] = {"name": None if node.name is None else to_plain(node.name)}
    for key in _TEXTS:
        held: str | None = getattr(node, key)
        if held is not None:
            plain[key] = to_plain(held)
    interior = bool(node.children)
    if node.format != ("node" if interior else "chr"):
        plain["format"] = node.format
    mime, ddf_name = _usual(node.format, interior)
    if (node.mime, node.ddf_name) != (mime, ddf_name):
        one = node.ddf_name if mime is None else node.mime
        other = node.mime if mime is None else node.ddf_name
        if one is not None and other is None:
            plain["type"] = to_plain(one)
        else:
            plain["mime"] = None if node.mime is None else to_plain(node.mime)
            plain["ddf_name"] = None if node.ddf_name is None else to_plain(node.ddf_name)
    value = node.value
    if value is not None:
        binary = isinstance(value, bytes)
        usual = binary == (node.format == "bin")
        key = "value" if usual else "octets" if binary else "text"
        if is_secret_name(node.name or name) and not show:
            plain[key] = MASK
        else:
            plain[key] = to_plain(value, opaque=True)
    if node.children:
        plain["nodes"] = [node_to_plain(child, show) for child in node.children]
    if node.extra:
        plain["extra"] = extra_to_plain(node.extra, show)
    return plain


def node_from_plain(plain: Any, where: str, depth: int = 1) -> Node:
    """The way back of ``node_to_plain``. Errors: EncodeError."""
    if depth > _MAX_NESTING:
        raise EncodeError(f"nodes nested deeper than {_MAX_NESTING}", field=where[:200])
    reader = Reader(plain, where)
    reader.need("name")
    children = tuple(node_from_plain(one, place, depth + 1) for one, place in reader.items("nodes"))
    interior = bool(children)
    format_ = reader.text("format", "node" if interior or reader.has("nodes") else "chr")
    if format_ is not None and format_ not in FORMATS:
        raise EncodeError(f"must be one of {', '.join(FORMATS)}", field=reader.at("format"))
    mime, ddf_name = _usual(format_, interior)
    if reader.has("mime") or reader.has("ddf_name"):
        mime, ddf_name = reader.text("mime"), reader.text("ddf_name")
    elif reader.has("type"):
        given = reader.text("type")
        mime, ddf_name = (None, given) if mime is None else (given, None)
    node = Node(
        name=reader.text("name"),
        children=children,
        value=_value(reader, format_),
        format=format_,
        mime=mime,
        ddf_name=ddf_name,
        acl=reader.text("acl"),
        path=reader.text("path"),
        title=reader.text("title"),
        tstamp=reader.text("tstamp"),
        verno=reader.text("verno"),
        rt_name=reader.text("rt_name"),
        size=reader.text("size"),
        extra=extra_from_plain(reader),
    )
    reader.done()
    return node


def _value(reader: Reader, format_: str | None) -> str | bytes | None:
    given = [key for key in ("value", "octets", "text") if reader.has(key)]
    if len(given) > 1:
        raise EncodeError("more than one of value, octets, text", field=reader.where)
    if not given:
        return None
    key = given[0]
    held = reader.get(key)
    if held is ABSENT or held is None:
        return None
    binary = key == "octets" or (key == "value" and format_ == "bin")
    return octets(held, reader.at(key)) if binary else text(held, reader.at(key))
