"""What is checked: a card and its files, a card profile, or a single document.

``inspect_card`` reads a card once, the way ``read`` does, and looks on the same channel at what
only the rules need: the access conditions and sizes of the files, EF(TokenInfo), the PINs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from smartboot.bootstrap.data import BootstrapData
from smartboot.bootstrap.documents import DocumentFile
from smartboot.bootstrap.reader import LONGEST, read_bootstrap
from smartboot.bootstrap.unlock import KeySource, no_keys
from smartboot.card.base import (
    CURRENT_ADF,
    MF,
    AccessRule,
    Card,
    CardKind,
    FileInfo,
    FileKind,
    FilePath,
    FileSystem,
    PinStatus,
)
from smartboot.card.keys import ADM1, PIN1
from smartboot.card.uicc_files import arr_directories
from smartboot.checks.rule import SubjectKind
from smartboot.errors import CardError, DecodeError
from smartboot.formats import registry
from smartboot.model import Account, Finding
from smartboot.pkcs15.aodf import PinObject
from smartboot.pkcs15.application import EF_ODF, EF_TOKEN_INFO, Application, DataObject, Found
from smartboot.pkcs15.directory import ApplicationTemplate, decode_record
from smartboot.pkcs15.locate import DF_7F50, EF_DIR
from smartboot.pkcs15.odf import Odf
from smartboot.pkcs15.tokeninfo import TokenInfo
from smartboot.profiles.check import check_profile
from smartboot.profiles.load import LoadedProfile

__all__ = [
    "CardFacts",
    "Document",
    "FileFacts",
    "FileRole",
    "Subject",
    "document_subject",
    "inspect_card",
    "profile_subject",
]

_EF_ICCID = FilePath((MF, 0x2FE2))


class FileRole(StrEnum):
    """What a file is for."""

    DIR = "EF(DIR)"
    ICCID = "EF(ICCID)"
    APPLICATION = "PKCS#15 application"
    ODF = "EF(ODF)"
    DODF = "EF(DODF)"
    TOKEN_INFO = "EF(TokenInfo)"  # noqa: S105 -- the name of a file
    DIRECTORY = "directory file"
    """Another file that EF(ODF) names, such as EF(AODF)."""
    DOCUMENT = "document"
    MF = "MF"
    ARR = "EF(ARR)"
    PATH = "DF reached by its path"
    """The application's DF, selected by the path in EF(DIR), or DF 7F50."""
    PATH_ODF = "EF(ODF) reached by its path"


_MEASURED = (
    FileRole.ODF,
    FileRole.DODF,
    FileRole.TOKEN_INFO,
    FileRole.DIRECTORY,
    FileRole.DOCUMENT,
)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file: what the card says of it, who may do what, and the bytes that were read.

    ``complete`` is False when the last byte of the size the card tells is not there, None when
    nobody could look.
    """

    role: FileRole
    info: FileInfo
    rule: AccessRule = field(default=AccessRule())
    data: bytes | None = field(default=None, repr=False)
    complete: bool | None = None

    @property
    def where(self) -> str:
        """``EF 6432``, as findings name it."""
        return f"EF {self.info.path.fid:04X}"


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What was seen of a card beside its documents.

    ``files`` in the order met, each once. ``objects`` are the entries of the EF(DODF)s; those of
    ``Subject.documents`` that a directory names come in the same order. ``records`` are all of
    EF(DIR) and ``templates`` the applications in them; ``template`` is the one of PKCS#15 that was
    taken. ``keys`` are the states of the keys that the files ask for, ``absent_keys`` those of
    them that the card says it does not have.
    """

    kind: CardKind
    found: Found | None = None
    template: ApplicationTemplate | None = None
    records: tuple[bytes, ...] = field(default=(), repr=False)
    files: tuple[FileFacts, ...] = ()
    objects: tuple[DataObject, ...] = ()
    odf: Odf | None = None
    token_info: TokenInfo | None = None
    pins: tuple[PinObject, ...] = ()
    keys: tuple[PinStatus, ...] = ()
    absent_keys: tuple[int, ...] = ()
    templates: tuple[ApplicationTemplate, ...] = ()
    iccid: str | None = None

    def of(self, role: FileRole) -> tuple[FileFacts, ...]:
        """The files of one role."""
        return tuple(file for file in self.files if file.role is role)

    def file(self, path: FilePath | None) -> FileFacts | None:
        """The file at this path, when it was looked at."""
        return next((file for file in self.files if file.info.path == path), None)


@dataclass(frozen=True, slots=True)
class Document:
    """One document and where it stands.

    ``where`` is ``EF 6432``, or empty for a document of its own. ``document`` is in the format's
    own objects, None when it is malformed, locked or of no known format; ``data`` its bytes
    without padding; ``size`` the bytes of its file; ``file`` and ``item`` what the card says.
    """

    where: str
    format: str | None
    oid: str | None = None
    document: Any = field(default=None, repr=False)
    accounts: tuple[Account, ...] = ()
    data: bytes | None = field(default=None, repr=False)
    size: int | None = None
    file: FileFacts | None = None
    item: DataObject | None = None

    def at(self, place: str = "") -> str:
        """``place`` in this document, as ``where`` of a finding."""
        return f"{self.where} {place}".strip()


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything the rules look at. ``findings`` are those of the rooms that read it; ``locked``
    names keys whose want kept something from being seen."""

    kind: SubjectKind
    name: str
    documents: tuple[Document, ...] = ()
    findings: tuple[Finding, ...] = ()
    card: CardFacts | None = None
    profile: LoadedProfile | None = None
    locked: tuple[str, ...] = ()

    @property
    def accounts(self) -> tuple[tuple[Document, Account], ...]:
        """All accounts with the document each is in."""
        return tuple((d, account) for d in self.documents for account in d.accounts)


class _Inspection:
    """Looks at files on the channels that are open anyway."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.files: dict[FilePath, FileFacts] = {}
        self.application: Application | None = None
        self.token_info: TokenInfo | None = None
        self.pins: tuple[PinObject, ...] = ()
        self.keys: tuple[PinStatus, ...] = ()
        self.absent_keys: tuple[int, ...] = ()
        self.records: list[bytes] = []
        self.templates: list[ApplicationTemplate] = []
        self.findings: list[Finding] = []

    def take(self, fs: FileSystem, role: FileRole, path: FilePath) -> FileFacts | None:
        """Select a file and follow its access rules; one that is refused is left out, the room
        that needed it has reported it."""
        if path in self.files:
            return self.files[path]
        try:
            info = fs.select(path)
        except CardError:
            return None
        complete = _last_byte(fs, info) if role in _MEASURED else None
        try:
            rule = fs.access_rule(info)
        except CardError:
            rule = AccessRule()
        self.files[path] = FileFacts(role, info, rule, complete=complete)
        return self.files[path]

    def take_arrs(self, fs: FileSystem) -> None:
        """The EF(ARR)s that the files met so far refer to, for who may change them."""
        for file in tuple(self.files.values()):
            if file.info.access_reference is None or file.role is FileRole.ARR:
                continue
            fid, _ = file.info.access_reference
            for directory in arr_directories(file.info, fid):
                if self.take(fs, FileRole.ARR, FilePath((*directory, fid))) is not None:
                    break

    def basic(self) -> None:
        """The files under the MF that every search begins with, and the keys' state."""
        fs = self.card.basic()
        self.take(fs, FileRole.MF, FilePath((MF,)))
        self.take(fs, FileRole.ICCID, _EF_ICCID)
        directory = self.take(fs, FileRole.DIR, EF_DIR)
        application = self.application
        self.records = [] if application is None else [*application.records]
        if directory is not None and directory.info.kind.has_records:
            self._rest_of_dir(fs)
        for record in self.records:
            decoded = decode_record(record)
            self.templates += decoded.templates
            self.findings += decoded.findings
        self.take_arrs(fs)

    def _rest_of_dir(self, fs: FileSystem) -> None:
        """The records of EF(DIR) behind that of PKCS#15, which the search did not need."""
        try:
            info = fs.select(EF_DIR)
            for number in range(len(self.records) + 1, 1 + min(info.record_count or 0, 254)):
                self.records.append(fs.read_record(info, number))
        except CardError:
            return

    def inside(self, application: Application) -> None:
        """The files of the PKCS#15 application, while its channel is open."""
        self.application = application
        fs = application.fs
        if fs is None:
            return
        self.token_info = application.read_token_info()
        self.pins = application.read_pins()
        if application.base.fid == CURRENT_ADF or application.base.is_absolute:
            self.take(fs, FileRole.APPLICATION, application.base)
        if application.odf_path is not None:
            self.take(fs, FileRole.ODF, application.odf_path)
        for item in application.data_objects:
            self.take(fs, FileRole.DODF, item.dodf)
        listed = application.paths.token_info
        token = FilePath((EF_TOKEN_INFO,)) if listed is None else listed.ids
        self.take(fs, FileRole.TOKEN_INFO, application.path_of(token))
        for path, _ in application.files:
            self.take(fs, FileRole.DIRECTORY, path)
        for item in application.data_objects:
            if item.path is not None:
                self.take(fs, FileRole.DOCUMENT, item.path)
        self.keys = self._keys()
        self.take_arrs(fs)
        if application.base.fid == CURRENT_ADF:
            self._by_path(fs, application)

    def _by_path(self, fs: FileSystem, application: Application) -> None:
        """Where the path in EF(DIR) and the usual one lead to, on a card that goes by AIDs."""
        template = application.template
        paths = [DF_7F50]
        if template is not None and template.path is not None:
            paths.insert(0, template.path)
        for path in dict.fromkeys(paths):
            if 1 < len(path.ids) < 8 and self.take(fs, FileRole.PATH, path) is not None:
                odf = application.odf_path
                self.take(fs, FileRole.PATH_ODF, path.child(EF_ODF if odf is None else odf.fid))

    def _keys(self) -> tuple[PinStatus, ...]:
        """The state of every key a file asks for; a question that spends no try. A 2G SIM cannot
        be asked about its ADM keys."""
        named = {
            key
            for file in self.files.values()
            for _, condition in file.rule.conditions
            for key in condition.keys
        }
        if self.card.kind is CardKind.SIM:
            named &= {PIN1}
        statuses = []
        for reference in sorted(named | {PIN1} | ({ADM1} & named)):
            try:
                statuses.append(self.card.pin_status(reference))
            except CardError:
                continue
        self.absent_keys = tuple(
            status.reference
            for status in statuses
            if not status.exists and status.reference in named
        )
        return tuple(status for status in statuses if status.exists)

    def facts(self) -> CardFacts:
        """Everything seen."""
        application = self.application
        if application is None:
            return CardFacts(
                self.card.kind,
                files=tuple(self.files.values()),
                templates=tuple(self.templates),
                iccid=self.card.iccid(),
            )
        read = dict(application.files)
        return CardFacts(
            kind=self.card.kind,
            found=application.found,
            template=application.template,
            records=tuple(self.records),
            files=tuple(replace(file, data=read.get(path)) for path, file in self.files.items()),
            objects=application.data_objects,
            odf=application.odf,
            token_info=self.token_info,
            pins=self.pins,
            keys=self.keys,
            absent_keys=self.absent_keys,
            templates=tuple(self.templates),
            iccid=self.card.iccid(),
        )


def _last_byte(fs: FileSystem, info: FileInfo) -> bool | None:
    """Whether the last byte is there of a transparent EF just selected; None when that is not to
    be had."""
    if info.kind is not FileKind.TRANSPARENT or not info.size or info.size > LONGEST:
        return None
    try:
        return bool(fs.read_binary(info, info.size - 1, 1))
    except CardError:
        return None


def _documents(data: BootstrapData, facts: CardFacts) -> tuple[Document, ...]:
    found = []
    items: list[DataObject | None] = [*facts.objects]
    if len(items) != len(data.objects):
        # A file found without a directory has no entry.
        items = [None] * len(data.objects)
    for one, item in zip(data.objects, items, strict=True):
        accounts = tuple(
            account
            for account in data.accounts
            if (account.source.oid, account.source.fid) == (one.oid, one.fid)
        )
        found.append(
            Document(
                where=f"EF {one.fid}" if one.fid else "",
                format=one.format,
                oid=one.oid,
                document=one.document,
                accounts=accounts,
                data=one.content,
                size=one.size,
                file=None if item is None else facts.file(item.path),
                item=item,
            )
        )
    return tuple(found)


def inspect_card(
    card: Card,
    *,
    name: str = "",
    kind: SubjectKind = SubjectKind.CARD,
    keys: KeySource = no_keys,
    force: bool = False,
    profile: LoadedProfile | None = None,
) -> Subject:
    """Read a card for the rules. Nothing is written, no try of a key is spent unasked.

    ``profile`` is the card profile an image was made from: its own findings are added.
    Errors: TransportError when the card cannot be reached any more.
    """
    inspection = _Inspection(card)
    card.iccid()
    data = read_bootstrap(card, keys=keys, force=force, inspect=inspection.inside)
    inspection.basic()
    facts = inspection.facts()
    findings: Iterable[Finding] = (*data.findings, *inspection.findings, *card.findings)
    if profile is not None:
        findings = (*findings, *check_profile(profile))
    return Subject(
        kind=kind,
        name=name or data.card.reader,
        documents=_documents(data, facts),
        findings=tuple(dict.fromkeys(findings)),
        card=facts,
        profile=profile,
        locked=data.locked,
    )


def profile_subject(loaded: LoadedProfile, *, name: str = "") -> Subject:
    """A card profile without the card made from it: its own findings and its documents."""
    documents = []
    for item, raw in zip(loaded.profile.data_objects, loaded.documents, strict=True):
        handler = registry.get(item.format)
        try:
            decoded = handler.decode(raw)
        except DecodeError:
            # Only what the profile marks as unchecked gets here, and its author knows.
            continue
        accounts, _ = handler.accounts(decoded.document)
        documents.append(
            Document(
                where=f"EF {item.fid:04X}",
                format=item.format,
                oid=item.oid,
                document=decoded.document,
                accounts=tuple(accounts),
                data=raw[: decoded.used],
                size=item.size,
            )
        )
    return Subject(
        SubjectKind.PROFILE,
        name or loaded.name or loaded.profile.name,
        tuple(documents),
        tuple(check_profile(loaded)),
        profile=loaded,
    )


def document_subject(loaded: DocumentFile, *, name: str = "") -> Subject:
    """A single document from a file."""
    one = Document(
        where="",
        format=loaded.format,
        document=loaded.document,
        accounts=loaded.accounts,
    )
    return Subject(SubjectKind.DOCUMENT, name, (one,), loaded.findings)
