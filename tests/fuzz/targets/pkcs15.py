"""PKCS#15: EF(DIR), EF(ODF), EF(DODF), EF(AODF), EF(TokenInfo), paths and object identifiers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from smartboot.apdu import tlv
from smartboot.card.base import FilePath
from smartboot.errors import DecodeError, EncodeError
from smartboot.pkcs15 import aodf, directory, dodf, dodf_write, odf, tokeninfo
from smartboot.pkcs15.aodf import PinFlags, PinObject
from smartboot.pkcs15.der import Tag
from smartboot.pkcs15.notes import Notes
from smartboot.pkcs15.oid import ObjectId, decode_content, encode_content
from smartboot.pkcs15.path import decode_path, encode_path, resolve
from smartboot.pkcs15.rows import RowMeasure, split
from tests.fuzz.material import images
from tests.fuzz.oracle import attempt, check_findings

__all__ = ["one_input", "seeds"]

_BASES = (FilePath((0x7FFF,)), FilePath((0x3F00, 0x7F50)))


def _rows(decode: Callable[[bytes], Any], encode: Callable[[Any], bytes], key: str) -> Any:
    """A check of a file that is a row of entries."""

    def check(data: bytes) -> None:
        found = decode(data)
        assert 0 <= found.used <= len(data)
        check_findings(found.findings)
        repr(found)
        rows = getattr(found, key)
        if [getattr(row, "tag", 0) for row in rows] == [Tag.SEQUENCE]:
            # An unknown entry of this tag, alone, is taken for the SEQUENCE that some cards have
            # around all entries.
            return
        written = attempt(EncodeError, encode, list(rows))
        if written is not None:
            assert list(getattr(decode(written), key)) == list(rows), "written and read: not equal"

    return check


def _template(data: bytes) -> None:
    record = directory.decode_record(data)
    check_findings(record.findings)
    for template in record.templates:
        repr((template.label_text, template.is_pkcs15))
        notes = Notes("EF 2F00")
        paths = template.file_paths(notes)
        check_findings(notes.items)
        for path in (paths.odf, paths.token_info, paths.unused_space):
            if path is not None:
                attempt(DecodeError, resolve, path.ids, _BASES[0])
        written = attempt(EncodeError, directory.encode_record, template)
        if written is not None:
            assert directory.decode_record(written).templates == (template,)


def _token_info(data: bytes) -> None:
    info = attempt(DecodeError, tokeninfo.decode, data)
    if info is not None:
        check_findings(info.findings)
        written = attempt(EncodeError, tokeninfo.encode_token_info, info)
        assert written is None or tokeninfo.decode(written) == info


def _dodf(data: bytes) -> None:
    _rows(dodf.decode, dodf_write.encode_entries, "rows")(data)
    found = dodf.decode(data)
    for entry in found.entries:
        repr((entry.oid, entry.label, entry.common.is_private, entry.common.is_modifiable))
    kept = dodf_write.encode_entries(found.rows, keep_raw=True)
    assert kept == data[: len(kept)] or found.rest or found.used != len(kept)


def _aodf(data: bytes) -> None:
    found = aodf.decode(data)
    assert 0 <= found.used <= len(data)
    check_findings(found.findings)
    repr(found)
    written = attempt(EncodeError, aodf.encode_entries, found.rows)
    if written is not None:
        # What the encoder fixes by itself are flag bits that were never defined.
        known = [_known(row) for row in found.rows]
        assert [_known(row) for row in aodf.decode(written).rows] == known


def _known(row: Any) -> Any:
    return (row.auth_id, row.reference, row.path) if isinstance(row, PinObject) else row


def _path(data: bytes) -> None:
    item = attempt(DecodeError, tlv.parse, data)
    if item is None:
        return
    notes = Notes("path")
    path = attempt(DecodeError, decode_path, item, notes)
    check_findings(notes.items)
    if path is None:
        return
    for base in _BASES:
        resolved = attempt(DecodeError, resolve, path.ids, base)
        assert resolved is None or len(resolved.ids) <= 8
    written = attempt(EncodeError, encode_path, path)
    if written is not None:
        assert decode_path(tlv.parse(written), Notes("path")) == path


def _oid(data: bytes) -> None:
    text = attempt(DecodeError, decode_content, data)
    if text is not None:
        assert decode_content(encode_content(text)) == text
    identifier = attempt(DecodeError, ObjectId, data)
    if identifier is not None:
        repr((identifier.dotted, identifier.is_wrapped, identifier.meant))
        assert ObjectId.from_dotted(identifier.dotted).dotted == identifier.dotted
    dotted = data.decode("latin-1")
    made = attempt(EncodeError, encode_content, dotted)
    if made is not None:
        decode_content(made)


def _row(data: bytes) -> None:
    notes = Notes("row")
    row = split(data, notes)
    check_findings(notes.items)
    assert 0 <= row.used <= len(data)
    measure = RowMeasure()
    for at in range(0, len(data), 7):
        measure.feed(data[at : at + 7])


_CHECKS: tuple[Callable[[bytes], None], ...] = (
    _template,
    _rows(odf.decode, odf.encode_entries, "entries"),
    _dodf,
    _aodf,
    _token_info,
    _path,
    _oid,
    _row,
)


def one_input(data: bytes) -> None:
    """Byte 0 chooses the structure."""
    if data:
        _CHECKS[data[0] % len(_CHECKS)](data[1:])


_PIN = PinObject(b"\x01", PinFlags(0x30), 1, 4, 8, 8, 0x81, b"\xff", None)


def _files() -> Iterable[tuple[str, int, bytes]]:
    numbers = {0x5031: 1, 0x6430: 2, 0x5032: 4, 0x4401: 3}
    for name, image in images().items():
        for path, file in image.walk():
            if path[-1] == 0x2F00:
                for record in file.records or ():
                    yield f"{name}-dir", 0, record
            elif path[-1] in numbers:
                yield f"{name}-{path[-1]:04x}", numbers[path[-1]], file.body


def seeds() -> dict[str, bytes]:
    """The directory files of every shipped profile, and the parts they are made of."""
    found = {name: bytes((number,)) + data for name, number, data in _files()}
    found["row-of-objects"] = b"\x07" + next(d for _, n, d in _files() if n == 2)
    found["pin"] = b"\x03" + aodf.encode_pin(_PIN)
    found["path-whole"] = b"\x05" + bytes.fromhex("300E04083F007F506430643202010080020100")[:16]
    found["path-short"] = b"\x05" + bytes.fromhex("300404026432")
    found["path-part"] = b"\x05" + bytes.fromhex("300B0402643202010080020100")
    found["oid-lwm2m"] = b"\x06" + bytes.fromhex("672B0901")
    found["oid-wrapped"] = b"\x06" + bytes.fromhex("0604672B0901")
    found["oid-dotted"] = b"\x062.23.43.9.1"
    return found
