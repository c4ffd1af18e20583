"""WBXML bytes to a generic tree (WAP-192-WBXML 1.0 to 1.3), in one pass and without recursion.

The parser keeps two current code pages, one for tags and one for attributes (clause 5.8.4.1);
``shared_page`` has it keep one, as some encoders in the field do. Processing instructions hold
nothing a device needs: they are skipped and reported. What the vocabulary does not define is
kept under a placeholder that the encoder turns back into the same token:

=====================================  =========================================================
read                                   becomes
=====================================  =========================================================
tag 08 on page 0                       an element called ``wbxml-tag-0-08``
attribute start 4D on page 0           an attribute called ``wbxml-attribute-0-4D``
attribute value 8D on page 0           the text ``{wbxml-value-0-8D}`` inside the value
EXT_0 / EXT_T_0 5 / EXT_I_0 "ab"       the text ``{wbxml-ext-C0}`` / ``{…-80-5}`` / ``{…-40-6162}``
=====================================  =========================================================

Findings: WBXML-UNKNOWN-TAG, -UNKNOWN-ATTRIBUTE, -UNKNOWN-VALUE, -VENDOR-TOKEN, -EXT, -PI,
-DUP-ATTRIBUTE, -CHARSET, -CHARSET-MISMATCH, -TABLE-UNTERMINATED, -VERSION, -PUBLIC-ID, and
-MORE when there are too many to list. With ``strict`` all but -PI are errors.
"""

from __future__ import annotations

from smartboot.errors import DecodeError
from smartboot.wbxml.pages import vocabulary_of
from smartboot.wbxml.quirks import SPEC, Quirks, token_name
from smartboot.wbxml.tokens import CODECS, WIDE_CODECS, Global, read_mb_u_int32
from smartboot.wbxml.tree import (
    MAX_DEPTH,
    MAX_NODES,
    MAX_SIZE,
    Attribute,
    Child,
    Element,
    Opaque,
    Parsed,
    WbxmlDocument,
)
from smartboot.wbxml.vocabulary import Vocabulary

__all__ = ["decode"]

_MAX_PUBLIC_ID = 256
_NO_TAGS: dict[int, tuple[str, int]] = {}
_NO_STARTS: dict[int, tuple[str, str]] = {}
_NO_VALUES: dict[int, str] = {}

_Frame = tuple[str, int, tuple[Attribute, ...], list[Child]]


def decode(
    data: bytes,
    *,
    fallback: Vocabulary | None = None,
    strict: bool = False,
    shared_page: bool = False,
) -> Parsed:
    """Decode the document at the start of ``data``; what follows its root element is ignored.

    ``fallback`` is the vocabulary to take when the public identifier is missing or not known
    (the caller knows the type from elsewhere). Errors: DecodeError, with the offset.
    """
    data = bytes(data)
    if len(data) > MAX_SIZE:
        raise DecodeError(f"longer than {MAX_SIZE} bytes", offset=MAX_SIZE)
    if not data:
        raise DecodeError("no data: a WBXML document has at least 5 bytes", offset=0, spec=SPEC)
    return _Reader(data, fallback, strict, shared_page).document()


class _Reader:
    """One run over one document."""

    __slots__ = (
        "_budget",
        "_codec",
        "_data",
        "_fallback",
        "_quirks",
        "_shared",
        "_switched",
        "_table",
        "_table_at",
        "_vocabulary",
        "_wide",
    )

    def __init__(
        self, data: bytes, fallback: Vocabulary | None, strict: bool, shared: bool
    ) -> None:
        self._data = data
        self._fallback = fallback
        self._quirks = Quirks(strict)
        self._shared = shared
        self._switched = False
        # A two-byte STR_T can stand for thousands of characters, so what it gives is counted.
        self._budget = 65536 + 8 * len(data)
        self._codec = "utf-8"
        self._wide = False
        self._table = b""
        self._table_at = 0

    # -- header (clause 5.4) ---------------------------------------------------------------------

    def document(self) -> Parsed:
        data = self._data
        version = data[0]
        if version > 0x0F:
            raise DecodeError(
                f"not a WBXML document: the version byte is {version:02X}, expected 01 to 03",
                offset=0,
                spec=SPEC,
            )
        if version > 0x03:
            self._quirks.quirk(
                "VERSION", f"version byte {version:02X} is none of WBXML 1.0 to 1.3", 0
            )
        number, at = read_mb_u_int32(data, 1, "public identifier")
        id_index = None
        if number == 0:
            id_index, at = read_mb_u_int32(data, at, "public identifier index")
        charset = 0
        charset_at = at
        if version > 0x00:  # WBXML 1.0 has no charset field.
            charset, at = read_mb_u_int32(data, at, "charset")
        if charset not in CODECS:
            raise DecodeError(f"charset {charset} is not supported", offset=charset_at, spec=SPEC)
        if charset == 0 and version > 0x00:
            self._quirks.note("CHARSET", "the charset is 0, unknown; read as UTF-8", charset_at)
        self._codec = CODECS[charset]
        self._wide = self._codec in WIDE_CODECS
        length_at = at
        length, at = read_mb_u_int32(data, at, "string table length")
        if length > len(data) - at:
            raise DecodeError(
                f"string table: {length} bytes announced, {len(data) - at} left",
                offset=length_at,
                spec=f"{SPEC}, 5.7",
            )
        self._table = data[at : at + length]
        self._table_at = at
        at += length
        public_id: int | str = number
        if id_index is not None:
            public_id = self._table_string(id_index, 2)
            if len(public_id) > _MAX_PUBLIC_ID:
                raise DecodeError("public identifier: too long", offset=2)
        vocabulary = vocabulary_of(public_id)
        if vocabulary is None:
            shown = f"number {public_id}" if isinstance(public_id, int) else "a text"
            if self._fallback is None:
                raise DecodeError(
                    f"unknown public identifier ({shown})",
                    offset=1,
                    spec=f"{SPEC}, 7.2",
                    hint="say which document type it is",
                )
            vocabulary = self._fallback
            self._quirks.note(
                "PUBLIC-ID", f"public identifier is {shown}; read as {vocabulary.name}", 1
            )
        self._vocabulary = vocabulary
        self._quirks.use(vocabulary)
        try:
            root, used = self._body(at)
        except IndexError:
            raise DecodeError(
                "the document ends before its root element does", offset=len(data), spec=SPEC
            ) from None
        wbxml = WbxmlDocument(root, public_id, version, charset)
        return Parsed(wbxml, used, tuple(self._quirks.findings), self._switched)

    # -- body (clauses 5.8.1 to 5.8.4) -----------------------------------------------------------

    def _body(self, i: int) -> tuple[Element, int]:
        """The root element and the offset behind it. Errors: IndexError at the end of the data."""
        data = self._data
        codec = self._codec
        narrow = not self._wide
        vocabulary = self._vocabulary
        shared = self._shared
        tag_page = attribute_page = 0
        tags = vocabulary.tag_lookup.get(0, _NO_TAGS)
        starts = vocabulary.start_lookup.get(0, _NO_STARTS)
        values = vocabulary.value_lookup.get(0, _NO_VALUES)
        stack: list[_Frame] = []
        count = 0  # of all nodes but the root, taken where an element ends
        children: list[Child] = []
        text: list[str] = []
        piece: str | bytes
        while True:
            token = data[i]
            at = i
            i += 1
            identity = token & 0x3F
            if identity >= 4:
                # -- a tag: from the code page, or LITERAL[_A|_C|_AC] with a name in the table
                if identity > 4:
                    known = tags.get(identity)
                    name, page = known or self._quirks.tag(identity, tag_page, at)
                else:
                    index, i = read_mb_u_int32(data, i, "literal tag")
                    # A literal is of no code page, so the current one says nothing about it.
                    name, page = self._table_string(index, at), 0
                if text:
                    children.append("".join(text))
                    text.clear()
                attributes: tuple[Attribute, ...] = ()
                if token & 0x80:
                    found: list[Attribute] = []
                    current: tuple[str, str] | None = None
                    parts: list[str | bytes] | None = None
                    while True:
                        token = data[i]
                        i += 1
                        start = starts.get(token)
                        if start is None:
                            if token == 3 and narrow and current is not None:
                                end = data.find(0, i)
                                if end < 0:
                                    raise self._unterminated(i - 1)
                                try:
                                    piece = str(data[i:end], codec)
                                except UnicodeDecodeError:
                                    piece = self._repair(data[i:end], i)
                                if parts is None:
                                    parts = [piece]
                                else:
                                    parts.append(piece)
                                i = end + 1
                                continue
                            if token == 1:
                                if current is not None:
                                    found.append(
                                        current if parts is None else _join(current, parts, codec)
                                    )
                                break
                            if token == 0:
                                attribute_page = data[i]
                                i += 1
                                self._switched = True
                                starts = vocabulary.start_lookup.get(attribute_page, _NO_STARTS)
                                values = vocabulary.value_lookup.get(attribute_page, _NO_VALUES)
                                if shared:
                                    tag_page = attribute_page
                                    tags = vocabulary.tag_lookup.get(tag_page, _NO_TAGS)
                                continue
                            if token & 0x80 or token in _TEXT_TOKENS:
                                if current is None:
                                    raise self._no_start(token, i - 1)
                                if token in values:
                                    piece = values[token]
                                else:
                                    piece, i = self._piece(token, i, attribute_page)
                                if parts is None:
                                    parts = [piece]
                                else:
                                    parts.append(piece)
                                continue
                            if token == 4:
                                index, end = read_mb_u_int32(data, i, "literal attribute")
                                start = (self._table_string(index, i - 1), "")
                                i = end
                            else:
                                start = self._quirks.start(token, attribute_page, i - 1)
                        if current is not None:
                            found.append(current if parts is None else _join(current, parts, codec))
                        current = start
                        parts = None
                    if len(found) > 1 and (len(found) > 2 or found[0][0] == found[1][0]):
                        self._check_names(found, at)
                    attributes = tuple(found)
                    token = data[at]
                if token & 0x40:
                    if len(stack) >= MAX_DEPTH - 1:
                        raise DecodeError(f"elements nested deeper than {MAX_DEPTH}", offset=at)
                    stack.append((name, page, attributes, children))
                    children = []
                    continue
                element = Element(name, attributes, (), page)
            elif token == 1:
                if not stack:
                    raise DecodeError("END without an open element", offset=at, spec=SPEC)
                if text:
                    children.append("".join(text))
                    text.clear()
                count += len(children)
                if count > MAX_NODES:
                    raise DecodeError(f"more than {MAX_NODES} elements and texts", offset=at)
                name, page, attributes, outer = stack.pop()
                element = Element(name, attributes, tuple(children), page)
                children = outer
            elif token == 0:
                tag_page = data[i]
                i += 1
                self._switched = True
                tags = vocabulary.tag_lookup.get(tag_page, _NO_TAGS)
                if shared:
                    attribute_page = tag_page
                    starts = vocabulary.start_lookup.get(attribute_page, _NO_STARTS)
                    values = vocabulary.value_lookup.get(attribute_page, _NO_VALUES)
                continue
            elif token == 0x43:
                i = self._skip_instruction(i)
                continue
            else:
                if not stack:
                    raise DecodeError(
                        f"{token_name(token)} before the root element", offset=at, spec=SPEC
                    )
                if token == 3 and narrow:
                    # By far the most frequent: an inline string.
                    end = data.find(0, i)
                    if end < 0:
                        raise self._unterminated(at)
                    try:
                        piece = str(data[i:end], codec)
                    except UnicodeDecodeError:
                        piece = self._repair(data[i:end], i)
                    i = end + 1
                else:
                    piece, i = self._piece(token, i, tag_page)
                if isinstance(piece, bytes):
                    if text:
                        children.append("".join(text))
                        text.clear()
                    children.append(Opaque(piece))
                elif piece:
                    text.append(piece)
                continue
            if not stack:
                return element, i
            children.append(element)

    # -- strings and other rare tokens -----------------------------------------------------------

    def _piece(self, token: int, i: int, page: int) -> tuple[str | bytes, int]:
        """Text (or opaque bytes) of a global or unknown token whose argument is at ``i``."""
        data = self._data
        at = i - 1
        if token == Global.STR_I:
            return self._inline_string(i)
        if token == Global.STR_T:
            index, i = read_mb_u_int32(data, i, "string table reference")
            return self._table_string(index, at), i
        if token == Global.ENTITY:
            code, i = read_mb_u_int32(data, i, "entity")
            if not 0 < code < 0x110000 or 0xD800 <= code < 0xE000:
                raise DecodeError(f"entity {code} is no character", offset=at, spec=SPEC)
            return chr(code), i
        if token == Global.OPAQUE:
            length, i = read_mb_u_int32(data, i, "opaque length")
            if length > len(data) - i:
                raise DecodeError(
                    f"opaque data: {length} bytes announced, {len(data) - i} left",
                    offset=at,
                    spec=f"{SPEC}, 5.8.4.6",
                )
            return data[i : i + length], i + length
        kind = token & 0x3F
        if kind > 4:
            return self._quirks.value(token, page, at), i
        if kind == 4:
            raise DecodeError(f"{token_name(token)} in an attribute list", offset=at, spec=SPEC)
        self._quirks.quirk("EXT", f"{token_name(token)} has no meaning in this document type", at)
        if token & 0xC0 == 0xC0:
            return f"{{wbxml-ext-{token:02X}}}", i
        if token & 0xC0 == 0x80:
            number, i = read_mb_u_int32(data, i, token_name(token))
            return f"{{wbxml-ext-{token:02X}-{number}}}", i
        text, i = self._inline_string(i)
        return f"{{wbxml-ext-{token:02X}-{text.encode().hex().upper()}}}", i

    def _inline_string(self, i: int) -> tuple[str, int]:
        end = _terminator(self._data, i, self._wide)
        if end < 0:
            raise self._unterminated(i - 1)
        return self._text(self._data[i:end], i), end + (2 if self._wide else 1)

    def _table_string(self, index: int, at: int) -> str:
        """The string at byte ``index`` of the string table; ``at`` is where it is asked for."""
        if index >= len(self._table):
            raise DecodeError(
                f"string table index {index}: the table has {len(self._table)} bytes",
                offset=at,
                spec=f"{SPEC}, 5.7",
            )
        end = _terminator(self._table, index, self._wide)
        if end < 0:
            end = len(self._table)
            self._quirks.quirk(
                "TABLE-UNTERMINATED",
                "the last string of the string table has no terminator",
                self._table_at + end,
            )
        text = self._text(self._table[index:end], self._table_at + index)
        self._budget -= len(text)
        if self._budget < 0:
            raise DecodeError("the text expands to far more than the document", offset=at)
        return text

    def _text(self, raw: bytes, at: int) -> str:
        try:
            return str(raw, self._codec)
        except UnicodeDecodeError:
            return self._repair(raw, at)

    def _repair(self, raw: bytes, at: int) -> str:
        """Text that is not in the charset the header names. A wide one cannot be guessed."""
        if self._wide:
            raise DecodeError(f"text is not valid {self._codec}", offset=at, spec=SPEC)
        self._quirks.quirk("CHARSET-MISMATCH", f"text is not valid {self._codec}", at)
        try:
            return str(raw, "utf-8")
        except UnicodeDecodeError:
            return str(raw, "latin-1")

    def _skip_instruction(self, i: int) -> int:
        """Skip a processing instruction (clause 5.8.5), whose PI token is before ``i``."""
        self._quirks.note("PI", "a processing instruction was skipped", i - 1)
        data = self._data
        while True:
            token = data[i]
            i += 1
            if token == Global.END:
                return i
            if token == Global.SWITCH_PAGE:
                raise DecodeError("code page switch in a processing instruction", offset=i - 1)
            if token == Global.LITERAL:
                _, i = read_mb_u_int32(data, i, "literal attribute")
            elif token & 0x80 or token in _TEXT_TOKENS:
                if token & 0x3F > 4:
                    continue
                _, i = self._piece(token, i, 0)
            elif token & 0x3F <= 4:
                raise DecodeError(f"{token_name(token)} in an attribute list", offset=i - 1)

    def _check_names(self, attributes: list[Attribute], at: int) -> None:
        names = {name for name, _ in attributes}
        if len(names) != len(attributes):
            self._quirks.quirk("DUP-ATTRIBUTE", "an attribute is given twice in one element", at)

    def _no_start(self, token: int, at: int) -> DecodeError:
        return DecodeError(
            f"attribute value {token:02X} where an attribute start is due",
            offset=at,
            spec=f"{SPEC}, 5.8.3",
        )

    def _unterminated(self, at: int) -> DecodeError:
        return DecodeError("inline string without a terminator", offset=at, spec=f"{SPEC}, 5.8.4")


_TEXT_TOKENS = frozenset({Global.ENTITY, Global.STR_I, 0x40, 0x41, 0x42})
"""Tokens below 80 that are text in an attribute value."""


def _join(start: tuple[str, str], parts: list[str | bytes], codec: str) -> Attribute:
    """The attribute whose start and value parts these are (clause 5.8.3).

    A value with opaque data in it is text when the bytes are text in the document's charset.
    """
    name, prefix = start
    try:
        return name, prefix + "".join(parts)  # type: ignore[arg-type]  # TypeError says so
    except TypeError:
        pass
    texts = [prefix]
    for part in parts:
        try:
            texts.append(part if isinstance(part, str) else str(part, codec))
        except UnicodeDecodeError:
            break
    else:
        if "\0" not in (text := "".join(texts)):
            return name, text
    pieces = [prefix, *parts]
    return name, Opaque(b"".join(p if isinstance(p, bytes) else p.encode() for p in pieces))


def _terminator(data: bytes, start: int, wide: bool) -> int:
    """Offset of the NUL that ends the string at ``start``, or -1. Wide ones have two bytes."""
    if not wide:
        return data.find(0, start)
    end = data.find(b"\0\0", start)
    while end >= 0 and (end - start) % 2:
        end = data.find(b"\0\0", end + 1)
    return end
