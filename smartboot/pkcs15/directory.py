"""EF(DIR) records: which applications a card has (TS 102 221, 13.1; PKCS#15 v1.1, 5.4.1).

    record = 61 L { 4F aid, [50 label], [51 path], [73 discretionary] } FF…

The discretionary data of a PKCS#15 application (DDO) may name other files than the default ones;
its paths are decoded, the rest is kept raw.
"""

from __future__ import annotations

from dataclasses import field

from smartboot.apdu.tlv import encode, iterate, parse
from smartboot.card.base import MF, FilePath
from smartboot.errors import DecodeError, EncodeError, UsageError
from smartboot.frozen import dataclass
from smartboot.model import Finding
from smartboot.pkcs15.der import Tag
from smartboot.pkcs15.notes import Code, Notes
from smartboot.pkcs15.path import Path, decode_path

__all__ = [
    "PKCS15_AID",
    "ApplicationTemplate",
    "DirRecord",
    "FilePaths",
    "decode_record",
    "encode_record",
]

PKCS15_AID = bytes.fromhex("A000000063504B43532D3135")
"""RID A000000063 and the text ``PKCS-15`` (PKCS#15 v1.1, 5.7.2)."""

_TEMPLATE, _AID, _LABEL, _PATH, _DISCRETIONARY = 0x61, 0x4F, 0x50, 0x51, 0x73
MAX_AID = 16


@dataclass(frozen=True, slots=True)
class FilePaths:
    """The paths of a DDO, each None when absent: EF(ODF), EF(TokenInfo), EF(UnusedSpace)."""

    odf: Path | None = None
    token_info: Path | None = None
    unused_space: Path | None = None


@dataclass(frozen=True, slots=True)
class ApplicationTemplate:
    """One application. ``label`` is raw because it may be in a SIM's own alphabets;
    ``discretionary`` is the raw content of tag 73, ``extra`` further data objects as they were."""

    aid: bytes
    label: bytes | None = None
    path: FilePath | None = None
    discretionary: bytes | None = None
    extra: bytes = field(default=b"", repr=False)

    @property
    def is_pkcs15(self) -> bool:
        """Whether the AID is that of PKCS#15, possibly with further bytes."""
        return self.aid.startswith(PKCS15_AID)

    @property
    def label_text(self) -> str | None:
        """The label for people: UTF-8, or UCS2 behind 80 (TS 102 221, annex A), else in hex."""
        if self.label is None:
            return None
        raw = self.label.rstrip(b"\xff")
        try:
            if raw[:1] == b"\x80":
                return raw[1:].decode("utf-16-be")
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.hex()

    def file_paths(self, notes: Notes) -> FilePaths:
        """The paths of the DDO. Never raises: what cannot be read is a finding and None."""
        found: dict[int, Path] = {}
        if not self.is_pkcs15 or self.discretionary is None:
            return FilePaths()
        try:
            for item in iterate(self.discretionary):
                if item.tag == Tag.SEQUENCE:
                    found[item.tag] = decode_path(item, notes)
                elif item.tag in (Tag.CONTEXT_0_CONSTRUCTED, Tag.CONTEXT_1_CONSTRUCTED):
                    # The module tags these implicitly: the Path's SEQUENCE tag is replaced.
                    same = parse(encode(Tag.SEQUENCE, item.value))
                    found[item.tag] = decode_path(same, notes)
        except DecodeError as error:
            notes.add(
                Code.DIR_MALFORMED, f"the discretionary data (73) is left aside: {error.reason}"
            )
            return FilePaths()
        return FilePaths(
            found.get(Tag.SEQUENCE),
            found.get(Tag.CONTEXT_0_CONSTRUCTED),
            found.get(Tag.CONTEXT_1_CONSTRUCTED),
        )


@dataclass(frozen=True, slots=True)
class DirRecord:
    """What one record holds: usually one application, none when it is empty."""

    templates: tuple[ApplicationTemplate, ...] = ()
    findings: tuple[Finding, ...] = ()


def _template(content: bytes, notes: Notes) -> ApplicationTemplate:
    aid: bytes | None = None
    label: bytes | None = None
    path: FilePath | None = None
    discretionary: bytes | None = None
    extra = bytearray()
    for item in iterate(content):
        if item.tag == _AID and aid is None:
            aid = item.value
        elif item.tag == _LABEL and label is None:
            label = item.value
        elif item.tag == _PATH and path is None and item.value:
            path = _path(item.value, notes)
            if path is None:
                extra += encode(item.tag, item.value)
        elif item.tag == _DISCRETIONARY and discretionary is None:
            discretionary = item.value
        else:
            extra += encode(item.tag, item.value)
    if aid is None or not 1 <= len(aid) <= MAX_AID:
        raise DecodeError("the application template has no AID (4F) of 1 to 16 bytes")
    return ApplicationTemplate(aid, label, path, discretionary, bytes(extra))


def _path(raw: bytes, notes: Notes) -> FilePath | None:
    try:
        path = FilePath.from_bytes(raw)
        return path if path.is_absolute else FilePath((MF, *path.ids))
    except UsageError as error:
        notes.add(Code.DIR_MALFORMED, f"the path (51) is left aside: {error.message}")
        return None


def decode_record(data: bytes, *, where: str = "EF 2F00") -> DirRecord:
    """Read one record (or a transparent EF(DIR) as a whole). Never raises: faults are findings.

    A path that does not start at the MF is taken from there.
    """
    notes = Notes(where)
    templates: list[ApplicationTemplate] = []
    try:
        templates.extend(
            _template(item.value, notes)
            for item in iterate(data, padding=True)
            if item.tag == _TEMPLATE
        )
    except DecodeError as error:
        notes.add(Code.DIR_MALFORMED, f"a record is broken: {error}")
    return DirRecord(tuple(templates), notes.taken())


def encode_record(template: ApplicationTemplate, *, length: int | None = None) -> bytes:
    """The record's template, filled up with FF to ``length`` bytes where given.

    Errors: EncodeError when the AID is not 1 to 16 bytes or the record is too short.
    """
    if not 1 <= len(template.aid) <= MAX_AID:
        raise EncodeError("not 1 to 16 bytes", field="AID")
    body = encode(_AID, template.aid)
    if template.label is not None:
        body += encode(_LABEL, template.label)
    if template.path is not None:
        body += encode(_PATH, template.path.to_bytes())
    if template.discretionary is not None:
        body += encode(_DISCRETIONARY, template.discretionary)
    body += template.extra
    if len(body) > 0x7F:
        raise EncodeError(f"{len(body)} bytes, at most 127 fit", field="application template")
    record = encode(_TEMPLATE, body)
    if length is None:
        return record
    if len(record) > length:
        raise EncodeError(f"{len(record)} bytes do not fit {length}", field="EF(DIR) record")
    return record.ljust(length, b"\xff")
