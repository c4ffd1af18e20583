"""TNDS: a management tree as an element tree (OMA-TS-DM-TNDS-V1_2; DTD in OMA-TS-DM_TND 1.2, 8.5).

The same elements serve WBXML and XML. They differ in values of format ``bin`` only: octets in
WBXML (OPAQUE), base64 in XML. Properties are written in the order of the DTD, whatever the
order they were read in. DFProperties and other elements TNDS does not define are kept.
"""

from __future__ import annotations

import base64

from smartboot.errors import DecodeError, EncodeError
from smartboot.formats.oma_dm.acl import parse_acl
from smartboot.formats.oma_dm.elements import (
    DDF,
    check_text,
    from_base64,
    opaque_text,
    stray,
    text_element,
    text_of,
)
from smartboot.formats.oma_dm.notes import Notes
from smartboot.formats.oma_dm.tree import FORMATS, Node, Tnds
from smartboot.wbxml.tree import Child, Element, Opaque

__all__ = ["MAX_NESTING", "from_element", "to_element"]

MAX_NESTING = 30
"""Nodes inside each other. A client in the field stops at this depth."""

_SPEC = "OMA-TS-DM-TNDS-V1_2"
_KNOWN_FORMATS = frozenset(FORMATS)
_EMPTY_FORMATS = {name: Element(name, (), (), DDF) for name in FORMATS}
_TEXT_PROPERTIES = {
    "ACL": "acl",
    "Name": "rt_name",
    "Size": "size",
    "Title": "title",
    "TStamp": "tstamp",
    "VerNo": "verno",
}


def from_element(
    root: Element, notes: Notes, *, xml: bool = False, wbxml_version: int = 0x02
) -> Tnds:
    """Read MgmtTree. ``xml``: the elements come from XML text.

    Errors: DecodeError when ``root`` is not MgmtTree or nodes nest too deep.
    """
    if root.name != "MgmtTree" or root.page != DDF:
        raise DecodeError(f"the root element is {root.name}, expected MgmtTree", spec=_SPEC)
    nodes: list[Node] = []
    texts: dict[str, str] = {}
    extra: list[Element] = []
    for child in root.children:
        if not isinstance(child, Element):
            continue
        if child.page == DDF and child.name == "Node":
            nodes.append(_read_node(child, notes, "", 1, xml))
        elif child.page == DDF and child.name in ("VerDTD", "Man", "Mod"):
            if child.name in texts:
                notes.add("TNDS-DUPLICATE", f"{child.name} is given twice", "MgmtTree", _SPEC)
            else:
                texts[child.name] = text_of(child)
        else:
            extra.append(child)
            notes.info("TNDS-EXTRA", f"{child.name} is no part of TNDS; kept", "MgmtTree", _SPEC)
    if stray(root.children):
        notes.add("STRAY-TEXT", "text between elements is ignored", "MgmtTree", _SPEC)
    if not nodes:
        notes.add("TNDS-EMPTY", "the TNDS document holds no node", "MgmtTree", _SPEC)
    if texts.get("VerDTD") != "1.2":
        notes.add("TNDS-VERDTD", "VerDTD is missing or not 1.2", "MgmtTree", _SPEC)
    _check_siblings(nodes, "", notes)
    return Tnds(
        tuple(nodes),
        texts.get("VerDTD"),
        texts.get("Man"),
        texts.get("Mod"),
        tuple(extra),
        wbxml_version,
    )


def _read_node(element: Element, notes: Notes, above: str, depth: int, xml: bool) -> Node:
    if depth > MAX_NESTING:
        raise DecodeError(f"nodes nested deeper than {MAX_NESTING}", where="TNDS", spec=_SPEC)
    name: str | None = None
    path: str | None = None
    where = f"{above}/"
    properties: list[Element] = []
    value: Element | None = None
    inner: list[Element] = []
    extra: list[Element] = []
    bare_text = False
    for child in element.children:
        if not isinstance(child, Element):
            bare_text = bare_text or not (isinstance(child, str) and child.isspace())
            continue
        kind = child.name if child.page == DDF else None
        if kind == "NodeName" and name is None:
            name = text_of(child)
            where = f"{above}/{name}" if above else name
        elif kind == "RTProperties":
            properties.append(child)
        elif kind == "Node":
            inner.append(child)
        elif kind == "Value" and value is None:
            value = child
        elif kind == "Path" and path is None:
            path = text_of(child)
        else:
            extra.append(child)
            notes.info("TNDS-EXTRA", f"{child.name} in a Node is kept as it is", where, _SPEC)
    if bare_text:
        notes.add("STRAY-TEXT", "text between elements is ignored", where, _SPEC)
    if name is not None and "/" in name:
        notes.add("NODE-NAME", "a node name holds a slash", where, _SPEC)
    found: dict[str, str] = {}
    if not properties:
        notes.info("NO-RTPROPERTIES", "the node has no RTProperties", where, _SPEC)
    elif len(properties) > 1:
        notes.add("TNDS-DUPLICATE", "RTProperties is given twice", where, _SPEC)
    unknown: list[Element] = []
    for one in properties:
        _read_properties(one, found, unknown, notes, where)
    if unknown:
        extra.append(Element("RTProperties", (), tuple(unknown), DDF))
    if depth > 1 and path is not None:
        notes.add("TNDS-PATH", "Path is used below another Node", where, _SPEC)
    children = tuple(_read_node(one, notes, where, depth + 1, xml) for one in inner)
    format_ = found.get("format")
    if children:
        _check_siblings(children, where, notes)
        if format_ not in (None, "node"):
            notes.add("FORMAT", f"a node with children has format {format_}", where, _SPEC)
    held: str | bytes | None = None
    if value is not None:
        if any(isinstance(child, Element) for child in value.children):
            extra.append(value)
            notes.add("VALUE", "the value holds elements; kept as it is", where, _SPEC)
        else:
            held = _read_value(value, format_, notes, where, xml)
            if children or format_ == "node":
                notes.add("VALUE", "an interior node has a value", where, _SPEC)
    return Node(
        name,
        children,
        held,
        format_,
        found.get("mime"),
        found.get("ddf_name"),
        found.get("acl"),
        path,
        found.get("title"),
        found.get("tstamp"),
        found.get("verno"),
        found.get("rt_name"),
        found.get("size"),
        tuple(extra),
    )


def _read_properties(
    properties: Element, found: dict[str, str], unknown: list[Element], notes: Notes, where: str
) -> None:
    """Fill ``found`` from RTProperties, and ``unknown`` with what is no property."""
    for child in properties.children:
        if not isinstance(child, Element):
            continue
        kind = child.name if child.page == DDF else ""
        if kind == "Format" and "format" not in found:
            inner = child.children
            if len(inner) == 1 and isinstance(inner[0], Element):
                chosen = inner[0].name
            else:
                first = next(iter(child.elements), None)
                chosen = first.name if first is not None else text_of(child).strip()
                notes.add("FORMAT", "Format must hold one empty element", where, _SPEC)
            if chosen in _KNOWN_FORMATS:
                found["format"] = chosen
            else:
                unknown.append(child)
                notes.add("FORMAT", "unknown format; kept as it is", where, _SPEC)
        elif kind == "Type" and "mime" not in found and "ddf_name" not in found:
            for part in child.children:
                if isinstance(part, Element) and part.page == DDF:
                    if part.name == "MIME":
                        found["mime"] = text_of(part)
                    elif part.name == "DDFName":
                        found["ddf_name"] = text_of(part)
            if "mime" in found and "ddf_name" in found:
                notes.add("TYPE", "Type holds both MIME and DDFName", where, _SPEC)
            elif "mime" not in found and "ddf_name" not in found:
                text = text_of(child).strip()
                notes.add("TYPE", "Type holds neither MIME nor DDFName", where, _SPEC)
                if text:
                    found["ddf_name" if text.startswith("urn:") else "mime"] = text
        elif kind in _TEXT_PROPERTIES and _TEXT_PROPERTIES[kind] not in found:
            found[_TEXT_PROPERTIES[kind]] = text = text_of(child)
            if kind == "ACL":
                try:
                    parse_acl(text)
                except DecodeError as error:
                    notes.add("ACL", error.reason, where, error.spec or "")
        else:
            unknown.append(child)
            notes.info("TNDS-EXTRA", f"{child.name} in RTProperties is kept", where, _SPEC)


def _read_value(
    value: Element, format_: str | None, notes: Notes, where: str, xml: bool
) -> str | bytes:
    children = value.children
    binary = format_ == "bin"
    if len(children) == 1:
        only = children[0]
        if isinstance(only, str):
            if not binary:
                return only
            if xml:
                octets = from_base64(only)
                if octets is not None:
                    return octets
                notes.add("BASE64", "a bin value in XML is not base64", where, _SPEC)
            else:
                # Whether such text is the octets themselves or base64 of them, nobody can tell.
                notes.info("BIN-TEXT", "a bin value is written as text", where, _SPEC)
            return only
        if isinstance(only, Opaque):
            return only.data if binary else opaque_text(only.data)
    if not children:
        return b"" if binary else ""
    if binary:
        return b"".join(
            child.data if isinstance(child, Opaque) else child.encode("utf-8")
            for child in children
            if not isinstance(child, Element)
        )
    octets = b"".join(
        child.data if isinstance(child, Opaque) else child.encode("utf-8")
        for child in children
        if not isinstance(child, Element)
    )
    return opaque_text(octets)


def _check_siblings(nodes: tuple[Node, ...] | list[Node], where: str, notes: Notes) -> None:
    if len(nodes) < 2:
        return
    seen: set[tuple[str | None, str | None]] = set()
    for one in nodes:
        key = (one.path, one.name)
        if key in seen and one.name:
            notes.add("NODE-DUPLICATE", f"{one.name} appears twice", where or "MgmtTree", _SPEC)
        seen.add(key)


def to_element(tnds: Tnds, *, xml: bool = False) -> Element:
    """MgmtTree as an element. Errors: EncodeError naming the node."""
    children: list[Child] = []
    for name, text in (("VerDTD", tnds.ver_dtd), ("Man", tnds.man), ("Mod", tnds.mod)):
        if text is not None:
            children.append(text_element(name, check_text(text, name), DDF))
    children.extend(_write_node(one, "", 1, xml) for one in tnds.nodes)
    children.extend(tnds.extra)
    return Element("MgmtTree", (), tuple(children), DDF)


def _write_node(node: Node, above: str, depth: int, xml: bool) -> Element:
    where = f"{above}/{node.name or ''}" if above else node.name or ""
    if depth > MAX_NESTING:
        raise EncodeError(f"nodes nested deeper than {MAX_NESTING}", field=where[:200])
    children: list[Child] = []
    if node.name is not None:
        children.append(text_element("NodeName", check_text(node.name, where), DDF))
    if node.path is not None:
        children.append(text_element("Path", check_text(node.path, where), DDF))
    extra = node.extra
    more: tuple[Child, ...] = ()
    if extra and extra[-1].name == "RTProperties":
        more, extra = extra[-1].children, extra[:-1]
    elif extra:
        more, extra = _split_extra(extra)
    properties = _write_properties(node, where)
    if properties or more:
        children.append(Element("RTProperties", (), (*properties, *more), DDF))
    children.extend(_write_node(one, where, depth + 1, xml) for one in node.children)
    value = node.value
    if value is not None:
        held: Child
        if isinstance(value, str):
            held = check_text(value, where)
            if xml and node.format == "bin":
                held = base64.b64encode(value.encode("utf-8")).decode("ascii")
        elif xml and node.format == "bin":
            held = base64.b64encode(value).decode("ascii")
        else:
            held = Opaque(value)
        children.append(Element("Value", (), (held,) if value else (), DDF))
    children.extend(extra)
    return Element("Node", (), tuple(children), DDF)


def _split_extra(extra: tuple[Element, ...]) -> tuple[tuple[Child, ...], tuple[Element, ...]]:
    more: list[Child] = []
    kept: list[Element] = []
    for one in extra:
        if one.name == "RTProperties" and not more:
            more.extend(one.children)
        else:
            kept.append(one)
    return tuple(more), tuple(kept)


def _write_properties(node: Node, where: str) -> list[Child]:
    written: list[Child] = []
    if node.acl is not None:
        written.append(text_element("ACL", check_text(node.acl, where), DDF))
    if node.format is not None:
        if node.format not in _KNOWN_FORMATS:
            raise EncodeError(
                f"unknown format; one of {', '.join(FORMATS)}", field=f"{where} (Format)"
            )
        written.append(Element("Format", (), (_EMPTY_FORMATS[node.format],), DDF))
    for name, text in (
        ("Name", node.rt_name),
        ("Size", node.size),
        ("Title", node.title),
        ("TStamp", node.tstamp),
    ):
        if text is not None:
            written.append(text_element(name, check_text(text, where), DDF))
    if node.mime is not None or node.ddf_name is not None:
        inner: list[Child] = []
        if node.mime is not None:
            inner.append(text_element("MIME", check_text(node.mime, where), DDF))
        if node.ddf_name is not None:
            inner.append(text_element("DDFName", check_text(node.ddf_name, where), DDF))
        written.append(Element("Type", (), tuple(inner), DDF))
    if node.verno is not None:
        written.append(text_element("VerNo", check_text(node.verno, where), DDF))
    return written
