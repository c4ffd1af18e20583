"""A document of format ``oma-dm``: which of the three kinds it is, bytes in and bytes out.

===========  =================================================================
carrier      document
===========  =================================================================
``dm-1``      a DM 1.2/1.3 bootstrap message, WBXML SyncML
``dm-1-tnds`` a TNDS document standing alone, WBXML
``dm-2``      DM 2.0: a JSON array of management objects
===========  =================================================================

The kind is told by the first bytes. XML text of the first two is read as well, for files; on a
card it is not allowed and reported.
"""

from __future__ import annotations

from typing import TypeAlias

from smartboot import wbxml
from smartboot.errors import DecodeError, EncodeError
from smartboot.formats import xml as safe_xml
from smartboot.formats.oma_dm import dm2, syncml, syncml_write, tnds
from smartboot.formats.oma_dm.dm2 import MoArray
from smartboot.formats.oma_dm.message import Message
from smartboot.formats.oma_dm.notes import Notes
from smartboot.formats.oma_dm.strict_json import JsonMeasure
from smartboot.formats.oma_dm.tree import Tnds
from smartboot.frozen import dataclass
from smartboot.wbxml import WbxmlDocument, WbxmlMeasure

__all__ = ["Body", "DmDocument", "DmMeasure", "decode", "encode", "from_xml", "to_xml"]

Body: TypeAlias = Message | Tnds | MoArray

_CARRIERS: dict[str, type[Message] | type[Tnds] | type[MoArray]] = {
    "dm-1": Message,
    "dm-1-tnds": Tnds,
    "dm-2": MoArray,
}
_BOOT = "OMA-TS-DM_Bootstrap-V1_2"
_SPACE = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class DmDocument:
    """An OMA DM document: ``carrier`` names the kind of ``body``."""

    carrier: str
    body: Body

    def __post_init__(self) -> None:
        kind = _CARRIERS.get(self.carrier)
        if kind is None or not isinstance(self.body, kind):
            raise EncodeError("does not go with the body of the document", field="carrier")

    @classmethod
    def of(cls, body: Body) -> DmDocument:
        """The document around a body."""
        carrier = next(name for name, kind in _CARRIERS.items() if isinstance(body, kind))
        return cls(carrier, body)


def decode(data: bytes, notes: Notes) -> tuple[DmDocument, int]:
    """Read a document of any kind; the length is the document's own. Errors: DecodeError."""
    head = data.lstrip(_SPACE)[:4]
    if not head or not data.strip(b"\xff\x00"):
        raise DecodeError("no OMA DM document: the file is blank", offset=0)
    if head[:1] in (b"[", b"{") or (head[:3] == b"\xef\xbb\xbf" and head[3:4] in (b"[", b"{")):
        array, used = dm2.decode(data, notes)
        _trailing(data, used, notes)
        return DmDocument("dm-2", array), used
    if head[:1] == b"<" or head[:3] == b"\xef\xbb\xbf":
        text = data.rstrip(b"\xff\x00" + _SPACE)
        notes.add("XML", "a bootstrap document must be WBXML, this one is XML", "", _BOOT)
        return DmDocument.of(_from_xml(text, notes)), len(text)
    parsed = wbxml.decode(data, fallback=wbxml.SYNCML)
    notes.items.extend(parsed.findings)
    document = parsed.document
    version = document.version if document.version in (1, 2, 3) else 2
    if document.version not in (1, 2, 3):
        notes.add("WBXML-VERSION", "WBXML 1.1 to 1.3 is due", "offset 0", _BOOT)
    root = document.root
    body: Message | Tnds
    if root.name == "MgmtTree":
        notes.info("BARE-TNDS", "a TNDS document without a message around it", "", _BOOT)
        body = tnds.from_element(root, notes, wbxml_version=version)
    elif root.name == "SyncML":
        body = syncml.read_message(
            root, notes, data=data, public_id=document.public_id, wbxml_version=version
        )
    else:
        raise DecodeError(
            f"the root element is {root.name[:40]}, expected SyncML or MgmtTree", spec=_BOOT
        )
    _trailing(data, parsed.used, notes)
    return DmDocument.of(body), parsed.used


def _trailing(data: bytes, used: int, notes: Notes) -> None:
    """Report what follows a document and is no padding."""
    rest = data[used:]
    if rest.strip(b"\xff" + _SPACE) and rest.strip(b"\x00" + _SPACE):
        notes.info("TRAILING", "bytes other than padding follow the document", f"offset {used}")


def encode(document: DmDocument) -> bytes:
    """The document's bytes, without padding. Errors: EncodeError."""
    body = document.body
    if isinstance(body, MoArray):
        return dm2.encode(body)
    if isinstance(body, Tnds):
        return syncml_write.encode_tnds(body)
    root = syncml_write.write_message(body)
    known = wbxml.vocabulary_of(body.public_id)
    return wbxml.encode(
        WbxmlDocument(root, body.public_id, version=body.wbxml_version),
        vocabulary=None if known is wbxml.SYNCML else wbxml.SYNCML,
    )


def to_xml(document: DmDocument, *, indent: int = 2) -> bytes:
    """The XML form of a DM 1.x document, secrets included. Errors: EncodeError for DM 2.0."""
    body = document.body
    if isinstance(body, MoArray):
        raise EncodeError("DM 2.0 has no XML form", hint="it is JSON: use the document's bytes")
    if isinstance(body, Tnds):
        return safe_xml.serialise(tnds.to_element(body, xml=True), wbxml.DM_DDF, indent=indent)
    root = syncml_write.write_message(body, xml=True)
    return safe_xml.serialise(root, wbxml.SYNCML, indent=indent)


def from_xml(text: bytes | str, notes: Notes) -> DmDocument:
    """A DM 1.x document from its XML form. Errors: DecodeError."""
    return DmDocument.of(_from_xml(text, notes))


def _from_xml(text: bytes | str, notes: Notes) -> Message | Tnds:
    root = safe_xml.parse(text, wbxml.SYNCML)
    if root.name == "MgmtTree":
        return tnds.from_element(root, notes, xml=True)
    if root.name != "SyncML":
        raise DecodeError(f"the root element is {root.name[:40]}, expected SyncML or MgmtTree")
    return syncml.read_message(root, notes, xml=True)


class DmMeasure:
    """``smartboot.formats.base.Measure`` for all kinds: JSON, WBXML, or text to its padding."""

    __slots__ = ("_fed", "_inner", "_total")

    def __init__(self) -> None:
        self._fed = 0
        self._inner: JsonMeasure | WbxmlMeasure | _TextMeasure | None = None
        self._total: int | None = None

    def feed(self, chunk: bytes) -> int | None:
        """Take the next bytes; the total length once known, None before."""
        if self._total is None:
            if self._inner is None:
                chunk = self._begin(chunk)
            self._fed += len(chunk)
            if self._inner is not None:
                self._total = self._inner.feed(chunk)
        return self._total

    def _begin(self, chunk: bytes) -> bytes:
        """Choose by the first byte that is no white space; what the choice is to be fed."""
        head = chunk.lstrip(_SPACE)
        if not head:
            return chunk
        first = head[0]
        if first in (0x00, 0xFF):
            self._total = self._fed + len(chunk)
        elif first in b"[{":
            self._inner = JsonMeasure()
        elif first in b"<\xef":
            self._inner = _TextMeasure()
        else:
            self._inner = WbxmlMeasure()
        if self._inner is not None and self._fed:
            # White space before the document counts, and means nothing to the measures.
            chunk = b" " * self._fed + chunk
            self._fed = 0
        return chunk


class _TextMeasure:
    """Text ends where padding begins; where XML ends is known only at its end. A byte order mark
    may stand before JSON too, and then the end of the JSON counts."""

    __slots__ = ("_fed", "_json", "_marked")

    def __init__(self) -> None:
        self._fed = 0
        self._marked = b""
        self._json: JsonMeasure | None = None

    def feed(self, chunk: bytes) -> int | None:
        """As ``DmMeasure.feed``."""
        if self._json is not None:
            return self._json.feed(chunk)
        if self._fed < 4:
            self._marked += chunk
            if self._marked[:3] == b"\xef\xbb\xbf" and self._marked[3:4] in (b"[", b"{"):
                self._json = JsonMeasure()
                return self._json.feed(self._marked)
        for index, byte in enumerate(chunk):
            if byte in (0x00, 0xFF):
                return self._fed + index
        self._fed += len(chunk)
        return None
