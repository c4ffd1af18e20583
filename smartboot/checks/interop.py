"""Checks for what known readers in the field cannot handle.

Each rests on a reader that was looked at: Nordic's LwM2M client (one READ BINARY for each file,
EF(ODF) at 5031, two-byte paths, oidDO entries), the Client Provisioning reader of Intel phone
modems (EF(DODF) at 6410, the file id at a fixed distance behind the OID, WBXML that begins 03 0B
6A), OpenSC (opaqueDO entries), Anjay (file 6432 without a search), Android (path 3F007F50).
"""

from __future__ import annotations

from collections.abc import Iterator

from smartboot.card.base import CardKind, FileKind
from smartboot.checks.catalogue import rule_of
from smartboot.checks.directory import where_of
from smartboot.checks.engine import Check
from smartboot.checks.facts import ELEMENTARY, CardFacts, FileFacts, FileRole
from smartboot.checks.subject import Subject
from smartboot.model import Finding
from smartboot.pkcs15.application import EF_ODF, DataObject, Found
from smartboot.pkcs15.dodf import DataObjectKind
from smartboot.pkcs15.locate import DF_7F50
from smartboot.pkcs15.odf import ObjectClass
from smartboot.pkcs15.path import Path
from smartboot.pkcs15.values import InPlace

__all__ = ["CHECKS"]

_ONE_READ = 256
_PHONE_OID = "2.23.43.5.1"
_PHONE_MARK = bytes.fromhex("2B0501")
_PHONE_DISTANCE = 9
"""From the 2B of the OID's last three bytes to the file id."""

_PHONE_DODF = 0x6410
_DEFAULT_FID = 0x6432
_PROV_PUBLIC_ID = 0x0B
_UTF_8 = 0x6A
_SHAREABLE = 0x40


def _of_format(facts: CardFacts | None, name: str) -> tuple[DataObject, ...]:
    return () if facts is None else tuple(o for o in facts.objects if o.format == name)


# -- entries


def _entry_kinds(subject: Subject) -> Iterator[Finding]:
    for item in () if subject.card is None else subject.card.objects:
        if item.format == "lwm2m" and item.kind is not DataObjectKind.OID:
            yield rule_of("INTEROP-NORDIC-OIDDO").finding(
                f"the LwM2M entry is an {item.kind.value}DO; Nordic's client takes only an oidDO",
                where_of(item),
            )
        elif item.format in ("oma-cp", "oma-dm") and item.kind is DataObjectKind.OID:
            yield rule_of("INTEROP-OPENSC-OPAQUE").finding(
                f"the {item.format} entry is an oidDO, which pkcs15-tool does not list",
                where_of(item),
            )


def _phone_file_id(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    items = [item for item in _of_format(facts, "oma-cp") if item.oid == _PHONE_OID]
    # The reader's search goes on behind a hit, so that the last entry counts.
    item = items[-1] if items else None
    if facts is None or item is None or item.path is None:
        return
    directory = facts.file(item.dodf)
    data = b"" if directory is None or directory.data is None else directory.data
    at = data.rfind(_PHONE_MARK)
    if at < 0:
        return
    taken = data[at + _PHONE_DISTANCE :][:2]
    if taken != item.path.to_bytes()[-2:]:
        yield rule_of("INTEROP-PHONE-FID").finding(
            f"a phone that counts {_PHONE_DISTANCE} bytes from the OID takes "
            f"{taken.hex().upper() or 'nothing'} for the file id, not {item.fid}",
            where_of(item),
        )


def _phone_directory(subject: Subject) -> Iterator[Finding]:
    for item in _of_format(subject.card, "oma-cp"):
        if item.oid == _PHONE_OID and item.dodf.fid != _PHONE_DODF:
            yield rule_of("INTEROP-PHONE-DODF").finding(
                f"Client Provisioning is listed in EF {item.dodf.fid:04X}; some phones look into "
                f"EF {_PHONE_DODF:04X} only",
                where_of(item),
            )


def _paths(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    if facts is None:
        return
    for item in facts.objects:
        value = item.entry.value
        if not isinstance(value, Path) or item.format is None:
            continue
        if len(value.ids.ids) > 1:
            yield _long_path(f"the path {value.ids} of the {item.format} entry", where_of(item))
        if item.index:
            yield rule_of("INTEROP-PATH-INDEX").finding(
                f"the {item.format} document begins at byte {item.index} of its file",
                where_of(item),
            )
    entries = () if facts.odf is None else facts.odf.of_class(ObjectClass.DATA_OBJECTS)
    for entry in entries:
        if isinstance(entry.value, Path) and len(entry.value.ids.ids) > 1:
            yield _long_path(f"the path {entry.value.ids} of EF(DODF)", "EF(ODF)")
        elif isinstance(entry.value, InPlace):
            yield rule_of("INTEROP-IN-PLACE").finding(
                "EF(ODF) holds data objects itself instead of naming an EF(DODF)", "EF(ODF)"
            )


def _long_path(what: str, where: str) -> Finding:
    return rule_of("INTEROP-PATH-LONG").finding(f"{what} is longer than one file id", where)


def _later_directory(subject: Subject) -> Iterator[Finding]:
    """Nordic's decoder overwrites one path with the next and so ends with the last."""
    facts = subject.card
    if facts is None or facts.odf is None:
        return
    entries = facts.odf.of_class(ObjectClass.DATA_OBJECTS)
    listed = [entry.value.ids.fid for entry in entries if isinstance(entry.value, Path)]
    for item in _of_format(facts, "lwm2m"):
        if len(set(listed)) > 1 and item.dodf.fid != listed[-1]:
            yield rule_of("INTEROP-NORDIC-DODF").finding(
                f"LwM2M is listed in EF {item.dodf.fid:04X}; Nordic's client reads the EF(DODF) "
                f"that EF(ODF) names last, EF {listed[-1]:04X}",
                where_of(item),
            )


# -- files


def _lengths(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    if facts is None:
        return
    for role in (FileRole.ODF, FileRole.DODF):
        for file in facts.of(role):
            used = len((file.data or b"").rstrip(b"\xff\x00"))
            if file.info.kind.has_records:
                yield rule_of("INTEROP-DIRECTORY-RECORDS").finding(
                    f"{role.value} is a {file.info.kind.value} file; readers use READ BINARY",
                    file.where,
                )
            elif used > _ONE_READ:
                yield rule_of("INTEROP-DIRECTORY-LONG").finding(
                    f"{role.value} has entries up to byte {used}; one READ BINARY brings "
                    f"{_ONE_READ}",
                    file.where,
                )
    for document in subject.documents:
        size = len(document.data or b"")
        if document.format == "lwm2m" and size > _ONE_READ:
            yield rule_of("INTEROP-SINGLE-READ").finding(
                f"the LwM2M document has {size} bytes; Nordic's client reads the first {_ONE_READ}",
                document.where,
            )


def _told_by_card(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    if facts is None or facts.kind is not CardKind.UICC:
        return
    files = [file for file in facts.files if file.role in ELEMENTARY]
    files = [file for file in files if file.info.kind is FileKind.TRANSPARENT]
    sizeless = [file.where for file in files if file.info.size is None]
    if sizeless:
        # A trait of the card's operating system rather than of one file.
        yield rule_of("INTEROP-NO-SIZE").finding(
            f"the card tells no size (tag 80) of {', '.join(sizeless)}", sizeless[0]
        )
    for file in files:
        if file.role in (FileRole.ODF, FileRole.DODF, FileRole.DOCUMENT) and _alone(file):
            yield rule_of("INTEROP-NOT-SHAREABLE").finding(
                f"{file.where} is not shareable", file.where
            )


def _alone(file: FileFacts) -> bool:
    """Whether the file descriptor of an FCP says that one channel at a time may have the file."""
    return any(value and not value[0] & _SHAREABLE for value in file.fcp(0x82))


def _default_file(subject: Subject) -> Iterator[Finding]:
    for item in _of_format(subject.card, "lwm2m"):
        if item.path is not None and item.path.fid != _DEFAULT_FID:
            yield rule_of("INTEROP-DEFAULT-FID").finding(
                f"LwM2M is in EF {item.fid}; clients set to a fixed file look into EF "
                f"{_DEFAULT_FID:04X}",
                where_of(item),
            )


# -- the application


def _application(subject: Subject) -> Iterator[Finding]:
    facts = subject.card
    if facts is None or facts.found is None:
        return
    if facts.kind is CardKind.SIM:
        for item in _of_format(facts, "lwm2m"):
            yield rule_of("INTEROP-SIM-LWM2M").finding(
                "the LwM2M data is on a card that only speaks as a 2G SIM", where_of(item)
            )
        return
    if facts.found not in (Found.DIR_AID, Found.AID):
        yield rule_of("INTEROP-AID-ONLY").finding(
            "the PKCS#15 application cannot be selected by its AID", "DF PKCS#15"
        )
    elif facts.found is not Found.DIR_AID or facts.template is None:
        pass
    elif facts.file(DF_7F50) is None:
        yield rule_of("INTEROP-NO-7F50").finding(
            "the PKCS#15 application is not found under the path 3F00/7F50", "DF PKCS#15"
        )
    for file in facts.of(FileRole.ODF):
        if file.info.path.fid != EF_ODF:
            yield rule_of("INTEROP-ODF-FID").finding(
                f"EF(ODF) is file {file.info.path.fid:04X}; devices open {EF_ODF:04X} without "
                "looking",
                file.where,
            )


# -- documents


def _phone_document(subject: Subject) -> Iterator[Finding]:
    for document in subject.documents:
        data = document.data or b""
        if document.format != "oma-cp" or document.document is None or len(data) < 3:
            continue
        if data[0] not in (0x01, 0x02, 0x03):
            continue
        if data[1] != _PROV_PUBLIC_ID:
            told = (
                "spells its public identifier out"
                if data[1] == 0
                else (f"has the public identifier {data[1]:02X}")
            )
            yield rule_of("INTEROP-WBXML-PUBLIC-ID").finding(
                f"the document {told}; phones expect the number 0B", document.where
            )
        elif data[2] != _UTF_8:
            yield rule_of("INTEROP-WBXML-CHARSET").finding(
                f"the document's charset is {data[2]:02X}; phones expect UTF-8 (6A)",
                document.where,
            )


CHECKS: tuple[Check, ...] = (
    _entry_kinds,
    _phone_file_id,
    _phone_directory,
    _paths,
    _later_directory,
    _lengths,
    _told_by_card,
    _default_file,
    _application,
    _phone_document,
)
