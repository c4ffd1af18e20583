"""XML text to the generic tree of ``smartboot.wbxml`` and back, safe against hostile documents.

Nothing is fetched, no DTD is loaded and no entity of the document's own is taken: a DOCTYPE with
an internal subset is refused before the parser sees it. Size and depth are bounded.

An opaque block has no form of its own in XML. Here it is the processing instruction
``<?opaque 0A0B…?>`` with the bytes in hex. Comments and other processing instructions are dropped,
and so is white space between elements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from smartboot.errors import DecodeError, EncodeError
from smartboot.wbxml import MAX_DEPTH, Child, Element, Opaque, Vocabulary

if TYPE_CHECKING:
    from lxml import etree

__all__ = ["MAX_XML_SIZE", "load", "parse", "root_of", "serialise"]

MAX_XML_SIZE = 2 << 20
"""Longest XML document read, in bytes or characters."""

_OPAQUE = "opaque"
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*?\?>")
_ENCODING = re.compile(
    rb"""^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,39})["']"""
)
_PROLOG = re.compile(r"\s+|<!--(?:(?!--).)*-->|<\?(?:(?!\?>).)*\?>", re.DOTALL)
_DOCTYPE = re.compile(r"""<!DOCTYPE(?:[^'"\[>]|"[^"]*"|'[^']*')*""")
_ENCODINGS = frozenset(
    {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "latin-1", "utf-16"}
)
_POSITION = re.compile(r", line \d+, column \d+$")
_NAME = re.compile(r"[^\W\d][\w.-]*")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML = "XML 1.0"


def parse(data: bytes | str, vocabulary: Vocabulary) -> Element:
    """The root element of an XML document, its names resolved against ``vocabulary``.

    An element without a name space belongs to its parent's page when that has the name, else to
    the first page that has it. Errors: DecodeError, with the line.
    """
    return _convert(load(data), vocabulary)


def root_of(data: bytes | str) -> tuple[str, str]:
    """Name space ("" for none) and local name of the root element. Errors: DecodeError."""
    from lxml import etree

    name = etree.QName(load(data))
    return name.namespace or "", name.localname


def load(data: bytes | str) -> etree._Element:
    """Parse XML with everything dangerous off; the root element. Errors: DecodeError."""
    from lxml import etree

    text = data if isinstance(data, str) else _text(data)
    if len(text) > MAX_XML_SIZE:
        raise DecodeError(f"XML: longer than {MAX_XML_SIZE} characters")
    text = text.removeprefix("\ufeff")
    if declaration := _DECLARATION.match(text):
        text = text[declaration.end() :]
    text = _without_doctype(text)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        return etree.fromstring(text.encode("utf-8"), parser)
    except UnicodeEncodeError:
        raise DecodeError("XML: a lone surrogate is no character", spec=_XML) from None
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        reason = _POSITION.sub("", " ".join((error.msg or "not well-formed").split()))[:160]
        raise DecodeError(f"XML, line {line}: {reason}", spec=_XML) from None


def _text(data: bytes) -> str:
    """The document as text, by its byte order mark or its declaration."""
    if len(data) > 2 * MAX_XML_SIZE:
        raise DecodeError(f"XML: longer than {MAX_XML_SIZE} characters")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        match = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf")[:200])
        encoding = match[1].decode("ascii").lower() if match else "utf-8"
        if encoding not in _ENCODINGS or encoding == "utf-16":
            raise DecodeError(f"XML: encoding {encoding} is not supported", spec=_XML)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DecodeError(f"XML: not valid {encoding}", offset=error.start, spec=_XML) from None


def _without_doctype(text: str) -> str:
    """The document with its DOCTYPE taken out, so that the parser has nothing to load.

    One with an internal subset is refused: no document needs it, and entities live there.
    """
    at = 0
    while match := _PROLOG.match(text, at):
        at = match.end()
    match = _DOCTYPE.match(text, at)
    if match is None:
        return text
    end = match.end()
    line = text.count("\n", 0, end) + 1
    if text[end : end + 1] == "[":
        raise DecodeError(
            f"XML, line {line}: a DOCTYPE with an internal subset is not accepted",
            spec=_XML,
            hint="remove the part in square brackets",
        )
    if text[end : end + 1] != ">":
        raise DecodeError(f"XML, line {line}: the DOCTYPE does not end", spec=_XML)
    return text[:at] + "\n" * text.count("\n", at, end) + text[end + 1 :]


# -- lxml to the generic tree ----------------------------------------------------------------------


def _convert(root: etree._Element, vocabulary: Vocabulary) -> Element:
    return _element(root, vocabulary, None, 1)


def _element(
    node: etree._Element, vocabulary: Vocabulary, parent_page: int | None, depth: int
) -> Element:
    line = _line(node)
    if depth > MAX_DEPTH:
        raise DecodeError(f"XML, line {line}: elements nested deeper than {MAX_DEPTH}")
    namespace, _, name = _split(node.tag)
    page = _page(namespace, name, vocabulary, parent_page, line)
    attributes = []
    for key, value in node.attrib.items():
        key_namespace, _, key_name = _split(key)
        if key_namespace:
            raise DecodeError(f"XML, line {line}: attribute {key_name} has a name space")
        attributes.append((key_name, str(value)))
    pieces: list[Child] = []
    structured = False
    for piece in _pieces(node):
        if isinstance(piece, str):
            pieces.append(piece)
        elif isinstance(piece, Opaque):
            pieces.append(piece)
            structured = True
        else:
            pieces.append(_element(piece, vocabulary, page, depth + 1))
            structured = True
    children: list[Child] = []
    for child in pieces:
        if isinstance(child, str):
            if structured and not child.strip(" \t\r\n"):
                continue
            if children and isinstance(children[-1], str):
                children[-1] += child
                continue
        children.append(child)
    return Element(name, tuple(attributes), tuple(children), page)


def _pieces(node: etree._Element) -> Iterator[str | Opaque | etree._Element]:
    """Text, opaque blocks and elements inside ``node``, in order."""
    from lxml import etree

    if node.text:
        yield node.text
    for child in node:
        line = _line(child)
        if isinstance(child, etree._ProcessingInstruction):
            if child.target == _OPAQUE:
                try:
                    yield Opaque(bytes.fromhex(child.text or ""))
                except ValueError:
                    raise DecodeError(f"XML, line {line}: <?opaque …?> is not hex") from None
        elif isinstance(child, etree._Entity):
            raise DecodeError(f"XML, line {line}: an entity of the document's own", spec=_XML)
        elif isinstance(child.tag, str):
            yield child
        if child.tail:
            yield child.tail


def _line(node: etree._Element) -> int:
    # The stubs of lxml have no type for it.
    return int(getattr(node, "sourceline", None) or 1)


def _split(tag: object) -> tuple[str, str, str]:
    """Name space, separator and local name of lxml's ``{namespace}name``."""
    text = str(tag)
    if text.startswith("{"):
        namespace, separator, name = text[1:].partition("}")
        return namespace, separator, name
    return "", "", text


def _page(
    namespace: str, name: str, vocabulary: Vocabulary, parent_page: int | None, line: int
) -> int:
    if namespace:
        page = vocabulary.page_of_namespace(namespace)
        if page is None:
            shown = namespace[:60]
            raise DecodeError(f"XML, line {line}: name space {shown} is not of {vocabulary.name}")
        return page
    if parent_page is not None and (parent_page, name) in vocabulary.tag_tokens:
        return parent_page
    for candidate, known in vocabulary.tag_tokens:
        if known == name:
            return candidate
    return parent_page or 0


# -- the generic tree to XML text ------------------------------------------------------------------


def serialise(
    root: Element, vocabulary: Vocabulary, *, indent: int = 2, doctype: bool = True
) -> bytes:
    """XML in UTF-8 with declaration, ending in a line feed; equal trees give equal bytes.

    ``indent`` 0 writes no white space between elements. Errors: EncodeError for what XML cannot
    hold (control characters, opaque attribute values, a name that is none, an attribute twice).
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    if doctype and vocabulary.formal_id:
        lines.append(
            f'<!DOCTYPE {root.name} PUBLIC "{vocabulary.formal_id}" "{vocabulary.system_id}">\n'
        )
    _write(lines, root, vocabulary, "", indent, 0)
    lines.append("\n")
    return "".join(lines).encode("utf-8")


def _write(
    out: list[str],
    element: Element,
    vocabulary: Vocabulary,
    outer_namespace: str,
    indent: int,
    depth: int,
) -> None:
    if depth >= MAX_DEPTH:
        raise EncodeError(f"nested deeper than {MAX_DEPTH}", field=element.name[:40])
    name = _name(element.name)
    out.append(f"<{name}")
    namespace = vocabulary.namespace_of_page(element.page) or ""
    if namespace != outer_namespace:
        out.append(f' xmlns="{namespace}"')
    seen: set[str] = set()
    for key, value in element.attributes:
        if isinstance(value, Opaque):
            raise EncodeError("opaque attribute values have no form in XML", field=key[:40])
        if key in seen:
            raise EncodeError("an attribute given twice has no form in XML", field=key[:40])
        seen.add(key)
        out.append(f' {_name(key)}="{_escape(value, key, quoted=True)}"')
    children = [child for child in element.children if child != ""]
    if not children:
        out.append("/>")
        return
    out.append(">")
    spaced = indent > 0 and not any(isinstance(child, str) for child in children)
    for child in children:
        if isinstance(child, str):
            out.append(_escape(child, element.name))
            continue
        if spaced and isinstance(child, Element):
            out.append("\n" + " " * (indent * (depth + 1)))
        if isinstance(child, Opaque):
            out.append(f"<?{_OPAQUE} {child.data.hex().upper()}?>")
        else:
            _write(out, child, vocabulary, namespace, indent, depth + 1)
    if spaced and isinstance(children[-1], Element):
        out.append("\n" + " " * (indent * depth))
    out.append(f"</{name}>")


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise EncodeError("is not a name in XML", field=name[:40])
    return name


def _escape(text: str, field: str, *, quoted: bool = False) -> str:
    """Text as XML has it. Line ends and tabs a parser would change are written as references."""
    if _NOT_XML.search(text):
        raise EncodeError("holds a character XML cannot have", field=field[:40])
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("\r", "&#13;")
    if quoted:
        text = text.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return text
