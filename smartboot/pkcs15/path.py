"""The Path type of PKCS#15 and how its file ids are to be understood (v1.1, ASN.1 module).

    Path ::= SEQUENCE { path OCTET STRING, index INTEGER OPTIONAL, length [0] INTEGER OPTIONAL }

``index`` and ``length`` stand both or neither: in a transparent file the first byte and the count
of bytes, in a record file the record. Cards exist where ``length`` is a plain INTEGER or stands
alone; both are read, with a finding.
"""

from __future__ import annotations

from dataclasses import field

from smartboot.apdu.tlv import Tlv, encode, iterate
from smartboot.card.base import CURRENT_ADF, MF, FilePath
from smartboot.errors import DecodeError, EncodeError, UsageError
from smartboot.frozen import dataclass
from smartboot.pkcs15.der import Tag, decode_integer, encode_integer, expect
from smartboot.pkcs15.notes import Code, Notes

__all__ = ["CURRENT_DF", "MAX_INDEX", "Path", "decode_path", "encode_path", "resolve"]

CURRENT_DF = 0x3FFF
"""Reserved file id of the current DF (ISO/IEC 7816-4); in a path, the application's own."""

MAX_INDEX = 65535
"""pkcs15-ub-index: the upper bound of index and length."""


@dataclass(frozen=True, slots=True)
class Path:
    """Where an object is: file ids as the card gave them, and the part of the file.

    ``index`` is a byte offset (or a record number), ``length`` a count of bytes. ``extra`` keeps
    data objects that stood behind them.
    """

    ids: FilePath
    index: int | None = None
    length: int | None = None
    extra: bytes = field(default=b"", repr=False)


def _number(tlv: Tlv, what: str, notes: Notes) -> int | None:
    value = decode_integer(tlv.value, what)
    if 0 <= value <= MAX_INDEX:
        return value
    notes.add(Code.FIELD_MALFORMED, f"{what} {value} is not within 0 to {MAX_INDEX}; left aside")
    return None


def decode_path(tlv: Tlv, notes: Notes) -> Path:
    """The Path whose SEQUENCE is ``tlv``.

    Errors: DecodeError when it is no SEQUENCE, has no file ids, or an odd count of their bytes.
    """
    items = expect(tlv, Tag.SEQUENCE, "Path").children()
    if not items:
        raise DecodeError("Path: empty", offset=tlv.offset)
    first = expect(items[0], Tag.OCTET_STRING, "Path.path")
    try:
        ids = FilePath.from_bytes(first.value)
    except UsageError as error:
        raise DecodeError(f"Path.path: {error.message}", offset=first.offset) from error
    index: int | None = None
    length: int | None = None
    seen_index = seen_length = False
    extra = bytearray()
    for item in items[1:]:
        if item.tag == Tag.INTEGER and not seen_index and not seen_length:
            seen_index = True
            index = _number(item, "Path.index", notes)
        elif item.tag == Tag.CONTEXT_0 and not seen_length:
            seen_length = True
            length = _number(item, "Path.length", notes)
        elif item.tag == Tag.INTEGER and seen_index and not seen_length:
            seen_length = True
            length = _number(item, "Path.length", notes)
            notes.add(
                Code.LENGTH_TAG,
                f"the length in the path to {ids} is a plain INTEGER (02) instead of [0] (80)",
            )
        else:
            extra += encode(item.tag, item.value)
    if seen_index != seen_length:
        there, missing = ("an index", "length") if seen_index else ("a length", "index")
        notes.add(Code.PATH_INCOMPLETE, f"the path to {ids} has {there} without {missing}")
    return Path(ids, index, length, bytes(extra))


def encode_path(path: Path) -> bytes:
    """The whole SEQUENCE.

    Errors: EncodeError for one of index and length alone or out of range, and for an ``extra`` that
    would be read as one of them where there is none.
    """
    if not path.ids.ids:
        raise EncodeError("no file id", field="Path.path")
    if (path.index is None) != (path.length is None):
        raise EncodeError("index and length stand both or neither", field="Path")
    body = encode(Tag.OCTET_STRING, path.ids.to_bytes())
    if path.index is not None and path.length is not None:
        for name, value in (("index", path.index), ("length", path.length)):
            if not 0 <= value <= MAX_INDEX:
                raise EncodeError(f"{value} is not within 0 to {MAX_INDEX}", field=f"Path.{name}")
        body += encode(Tag.INTEGER, encode_integer(path.index))
        body += encode(Tag.CONTEXT_0, encode_integer(path.length))
    elif _reads_as_a_number(path.extra):
        raise EncodeError("what follows the file ids reads as an index or a length", field="Path")
    return encode(Tag.SEQUENCE, body + path.extra)


def _reads_as_a_number(extra: bytes) -> bool:
    """Whether one of these data objects would be taken for an index or a length."""
    try:
        return any(item.tag in (Tag.INTEGER, Tag.CONTEXT_0) for item in iterate(extra))
    except DecodeError as error:
        raise EncodeError(f"extra: {error.reason}", field="Path") from error


def resolve(path: FilePath, base: FilePath) -> FilePath:
    """The path to select for file ids found in the application at ``base``.

    ``base`` is 7FFF for an application selected by its AID, else an absolute path. A path from
    3F00 stays; 7FFF and 3FFF at its head stand for the application itself; any other path is
    relative to it. Errors: DecodeError when the result is longer than eight file ids.
    """
    ids = path.ids
    if ids[:1] == (MF,):
        return path
    if ids[:1] in ((CURRENT_ADF,), (CURRENT_DF,)):
        ids = ids[1:]
    try:
        return FilePath((*base.ids, *ids))
    except UsageError as error:
        raise DecodeError(f"path {path} under {base}: {error.message}") from error
