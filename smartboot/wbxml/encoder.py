"""Generic tree to WBXML bytes (WAP-192-WBXML 1.1 to 1.3).

How it chooses, so that two runs agree and the output can be foretold:

- An attribute is written with the token whose value prefix is longest; of equal ones the one on
  the lowest code page, or with ``stay_on_page`` the one on the current page.
- Inside the rest of a value, the vocabulary's value tokens are looked for one after the other in
  the order of page and token. ``stay_on_page`` looks at the current page first and leaves it only
  for five characters or more, because the switch there and back costs four bytes.
- A code page is switched only when the next token needs it, each state for itself.
- A name without a token is written as a LITERAL, with its text in the string table. With
  ``string_table`` texts that occur more than once go there too.
- A character the charset lacks is written as ENTITY.

With the defaults a client provisioning document comes out as libwbxml's ``xml2wbxml -n`` has it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from smartboot.errors import EncodeError
from smartboot.wbxml.pages import vocabulary_of
from smartboot.wbxml.tokens import CODECS, WIDE_CODECS, Global, mb_u_int32
from smartboot.wbxml.tree import MAX_DEPTH, Element, Opaque, WbxmlDocument
from smartboot.wbxml.vocabulary import Vocabulary

__all__ = ["encode"]

_LONG_TOKEN = 5
_PLACEHOLDER = re.compile(
    r"\{wbxml-(?:value-(?P<page>\d{1,3})-(?P<token>[89A-F][0-9A-F])"
    r"|ext-(?P<ext>C[0-2]|(?:8[0-2]|4[0-2])(?=-))(?:-(?P<argument>[0-9A-F]*))?)\}"
)
_TAG_PLACEHOLDER = re.compile(r"wbxml-tag-(\d{1,3})-([0-3][0-9A-F])")
_START_PLACEHOLDER = re.compile(r"wbxml-attribute-(\d{1,3})-([0-7][0-9A-F])")


def encode(
    document: WbxmlDocument,
    *,
    vocabulary: Vocabulary | None = None,
    string_table: bool = False,
    stay_on_page: bool = False,
) -> bytes:
    """The document's bytes. ``vocabulary`` overrides the one of the public identifier.

    Errors: EncodeError for a document WBXML cannot hold (a NUL in a text, a version other than
    1.1 to 1.3, an unknown public identifier or charset, nesting deeper than 32).
    """
    tables = vocabulary or vocabulary_of(document.public_id)
    if tables is None:
        raise EncodeError("no code pages are known for it", field="public_id")
    if document.version not in (1, 2, 3):
        raise EncodeError("must be 1 (WBXML 1.1), 2 or 3 (WBXML 1.3)", field="version")
    if document.charset not in CODECS:
        raise EncodeError("not a supported charset", field="charset")
    return _Writer(document, tables, string_table, stay_on_page).run()


class _Writer:
    """One run over one document."""

    def __init__(
        self, document: WbxmlDocument, vocabulary: Vocabulary, share: bool, stay: bool
    ) -> None:
        self._document = document
        self._vocabulary = vocabulary
        self._stay = stay
        self._codec = CODECS[document.charset]
        self._end = b"\0\0" if self._codec in WIDE_CODECS else b"\0"
        self._table = bytearray()
        self._index: dict[str, int] = {}
        self._out = bytearray()
        self._tag_page = 0
        self._attribute_page = 0
        self._counting: Counter[str] | None = Counter() if share else None

    def run(self) -> bytes:
        document = self._document
        head = bytearray([document.version])
        if isinstance(document.public_id, int):
            head += mb_u_int32(document.public_id)
        else:
            head += b"\x00" + mb_u_int32(self._intern(document.public_id, "public_id"))
        if self._counting is not None:
            self._element(document.root, 1)
            texts, self._counting = self._counting, None
            for text, count in texts.items():
                # Inline: 2 bytes and the text each time. In the table: 1 and the text, once, and
                # 2 or 3 for each reference.
                if count > 1 and len(text) > 2:
                    self._intern(text, "text")
            self._out.clear()
            self._tag_page = self._attribute_page = 0
        self._element(document.root, 1)
        head += mb_u_int32(document.charset)
        head += mb_u_int32(len(self._table))
        return bytes(head + self._table + self._out)

    # -- elements --------------------------------------------------------------------------------

    def _element(self, element: Element, depth: int) -> None:
        out = self._out
        if depth > MAX_DEPTH:
            raise EncodeError(f"nested deeper than {MAX_DEPTH}", field=element.name)
        children = [child for child in element.children if child]  # Without empty texts.
        flags = (0x80 if element.attributes else 0) | (0x40 if children else 0)
        tag = self._tag(element)
        if tag is None:
            out.append(Global.LITERAL | flags)
            out += mb_u_int32(self._intern(element.name, "element name"))
        else:
            page, token = tag
            if page != self._tag_page:
                out += bytes((Global.SWITCH_PAGE, page))
                self._tag_page = page
            out.append(token | flags)
        if element.attributes:
            for name, value in element.attributes:
                self._attribute(name, value)
            out.append(Global.END)
        if not children:
            return
        for child in children:
            if isinstance(child, Element):
                self._element(child, depth + 1)
            elif isinstance(child, Opaque):
                self._opaque(child.data)
            else:
                self._text(child, element.name)
        out.append(Global.END)

    def _tag(self, element: Element) -> tuple[int, int] | None:
        """Page and identity to write an element with; None when only a literal can."""
        pairs = self._vocabulary.tag_tokens.get((element.page, element.name))
        if pairs:
            for pair in pairs:
                if pair[0] == self._tag_page:
                    return pair
            return pairs[0]
        match = _TAG_PLACEHOLDER.fullmatch(element.name)
        if match:
            page, token = int(match[1]), int(match[2], 16)
            known = self._vocabulary.tag_lookup.get(page, {})
            if page < 256 and token > 4 and token not in known:
                return page, token
        return None

    # -- attributes ------------------------------------------------------------------------------

    def _attribute(self, name: str, value: str | Opaque) -> None:
        out = self._out
        text = value if isinstance(value, str) else ""
        start = self._start(name, text)
        if start is None:
            out.append(Global.LITERAL)
            out += mb_u_int32(self._intern(name, "attribute name"))
        else:
            prefix, page, token = start
            self._attribute_switch(page)
            out.append(token)
            text = text[len(prefix) :]
        if isinstance(value, Opaque):
            if self._document.version < 2:
                raise EncodeError("opaque data in an attribute need WBXML 1.2", field=name)
            self._opaque(value.data)
        elif text:
            self._value(text, name)

    def _start(self, name: str, value: str) -> tuple[str, int, int] | None:
        if not self._stay:
            # No prefix is longer than one that is the whole value.
            exact = self._vocabulary.exact_starts.get((name, value))
            if exact is not None:
                return exact
        best: tuple[str, int, int] | None = None
        for entry in self._vocabulary.start_tokens.get(name, ()):
            if best is not None and len(entry[0]) < len(best[0]):
                break
            if value.startswith(entry[0]):
                if best is None:
                    best = entry
                if not self._stay or entry[1] == self._attribute_page:
                    return best if not self._stay else entry
        if best is not None:
            return best
        match = _START_PLACEHOLDER.fullmatch(name)
        if match:
            page, token = int(match[1]), int(match[2], 16)
            known = self._vocabulary.start_lookup.get(page, {})
            if page < 256 and token & 0x3F > 4 and token not in known:
                return "", page, token
        return None

    def _attribute_switch(self, page: int) -> None:
        if page != self._attribute_page:
            self._out += bytes((Global.SWITCH_PAGE, page))
            self._attribute_page = page

    def _value(self, text: str, name: str) -> None:
        """An attribute value: tokens where there are some, strings between them."""
        for part in self._split(text):
            if isinstance(part, str):
                self._text(part, name, in_value=True)
            else:
                self._attribute_switch(part[0])
                self._out.append(part[1])

    def _split(self, text: str) -> list[str | tuple[int, int]]:
        parts: list[str | tuple[int, int]] = [text]
        # Most values hold none of the words, so these are looked for before anything is split.
        for word, page, token in [entry for entry in self._words() if entry[0] in text]:
            split: list[str | tuple[int, int]] = []
            for part in parts:
                if not isinstance(part, str) or word not in part:
                    split.append(part)
                    continue
                for number, piece in enumerate(part.split(word)):
                    if number:
                        split.append((page, token))
                    if piece:
                        split.append(piece)
            parts = split
        return parts

    def _words(self) -> Sequence[tuple[str, int, int]]:
        known = self._vocabulary.value_tokens
        if not self._stay:
            return known
        current = self._attribute_page
        here = [entry for entry in known if entry[1] == current]
        far = [e for e in known if e[1] != current and len(e[0]) >= _LONG_TOKEN]
        return here + far

    # -- text ------------------------------------------------------------------------------------

    def _text(self, text: str, field: str, *, in_value: bool = False) -> None:
        """Text in a value or between tags, with the placeholders of the decoder undone."""
        at = 0
        for match in _PLACEHOLDER.finditer(text):
            if match["token"] and not in_value:
                continue  # Between tags there are no value tokens: this is ordinary text.
            token = self._placeholder(match)
            if token is not None:
                self._string(text[at : match.start()], field)
                self._out += token
                at = match.end()
        self._string(text[at:], field)

    def _placeholder(self, match: re.Match[str]) -> bytes | None:
        """The bytes a placeholder stands for, or None when it is only text that looks like one."""
        if match["token"]:
            page, token = int(match["page"]), int(match["token"], 16)
            known = self._vocabulary.value_lookup.get(page, {})
            if page > 255 or token & 0x3F <= 4 or token in known:
                return None
            return self._switched(page) + bytes([token])
        token = int(match["ext"], 16)
        argument = match["argument"]
        if token & 0xC0 == 0xC0:
            return bytes([token]) if argument is None else None
        if token & 0x80:
            if not argument or not argument.isdigit() or int(argument) > 0xFFFFFFFF:
                return None
            return bytes([token]) + mb_u_int32(int(argument))
        try:
            raw = bytes.fromhex(argument).decode()
        except (ValueError, UnicodeDecodeError):
            return None
        if "\0" in raw or not self._encodable(raw):
            return None
        return bytes([token]) + raw.encode(self._codec) + self._end

    def _switched(self, page: int) -> bytes:
        if page == self._attribute_page:
            return b""
        self._attribute_page = page
        return bytes((Global.SWITCH_PAGE, page))

    def _encodable(self, text: str) -> bool:
        try:
            text.encode(self._codec)
        except UnicodeEncodeError:
            return False
        return True

    def _string(self, text: str, field: str) -> None:
        """Write a text without placeholders as STR_T or STR_I and ENTITY."""
        if not text:
            return
        if "\0" in text:
            raise EncodeError("a NUL character cannot be written in WBXML", field=field)
        out = self._out
        if self._encodable(text):
            if self._counting is not None:
                self._counting[text] += 1
            elif text in self._index:
                out.append(Global.STR_T)
                out += mb_u_int32(self._index[text])
                return
            out.append(Global.STR_I)
            out += text.encode(self._codec) + self._end
            return
        run = ""
        for character in text:
            if self._encodable(character):
                run += character
                continue
            code = ord(character)
            if 0xD800 <= code < 0xE000:
                raise EncodeError("a lone surrogate is no character", field=field)
            self._string(run, field)
            run = ""
            out.append(Global.ENTITY)
            out += mb_u_int32(code)
        self._string(run, field)

    def _opaque(self, data: bytes) -> None:
        self._out.append(Global.OPAQUE)
        self._out += mb_u_int32(len(data)) + data

    def _intern(self, text: str, field: str) -> int:
        """Offset of ``text`` in the string table, put there when it is not yet."""
        index = self._index.get(text)
        if index is None:
            if "\0" in text or not self._encodable(text):
                raise EncodeError("cannot be written in this charset", field=field)
            index = self._index[text] = len(self._table)
            self._table += text.encode(self._codec) + self._end
        return index
