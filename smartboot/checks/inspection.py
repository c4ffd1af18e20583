"""Looking at a card for the rules, on the channels that are open anyway.

What no reader of bootstrap data needs and the rules do: sizes and access conditions of the files,
who may change EF(ARR), the rest of EF(DIR), EF(TokenInfo), EF(AODF) and the state of the keys.
Nothing is written and no try of a key is spent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from smartboot.bootstrap.reader import LONGEST
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
from smartboot.card.iccid import EF_ICCID
from smartboot.card.keys import ADM1, PIN1
from smartboot.card.uicc_files import arr_directories
from smartboot.checks.facts import CardFacts, FileFacts, FileRole
from smartboot.errors import CardError, DecodeError, FileAbsentError
from smartboot.model import Finding
from smartboot.pkcs15.aodf import PinObject
from smartboot.pkcs15.application import EF_ODF, MAX_DODFS, Application
from smartboot.pkcs15.directory import ApplicationTemplate, decode_record
from smartboot.pkcs15.locate import DF_7F50, EF_DIR
from smartboot.pkcs15.odf import ObjectClass
from smartboot.pkcs15.path import Path
from smartboot.pkcs15.tokeninfo import TokenInfo

__all__ = ["Inspection"]

_MEASURED = (
    FileRole.ODF,
    FileRole.DODF,
    FileRole.TOKEN_INFO,
    FileRole.DIRECTORY,
    FileRole.DOCUMENT,
)

_OTHER_WAY = (FileRole.PATH, FileRole.PATH_ODF)
"""Files that were met already, by another way: only where they are counts."""

_READ_CLASSES = (ObjectClass.DATA_OBJECTS, ObjectClass.AUTH_OBJECTS)


class Inspection:
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
        self.missing: list[FilePath] = []

    def take(self, fs: FileSystem, role: FileRole, path: FilePath) -> FileFacts | None:
        """Select a file and follow its access rules; one that is refused is left out, the room
        that needed it has reported it."""
        if path in self.files:
            return self.files[path]
        try:
            info = fs.select(path)
        except CardError:
            return None
        complete = self._complete(fs, info) if role in _MEASURED else None
        if role is FileRole.DIR and info.kind.has_records:
            self._rest_of_dir(fs, info)
        rule = AccessRule()
        if role not in _OTHER_WAY:
            with suppress(CardError):
                rule = fs.access_rule(info)
        self.files[path] = FileFacts(role, info, rule, complete=complete)
        return self.files[path]

    def _complete(self, fs: FileSystem, info: FileInfo) -> bool | None:
        """Whether the last byte is there of a transparent EF just selected; None when that is not
        to be had."""
        if info.kind is not FileKind.TRANSPARENT or not info.size or info.size > LONGEST:
            return None
        read = dict(() if self.application is None else self.application.files)
        if len(read.get(info.path, b"")) >= info.size:
            return True
        try:
            return bool(fs.read_binary(info, info.size - 1, 1))
        except CardError:
            return None

    def take_arrs(self, fs: FileSystem) -> None:
        """The EF(ARR)s that the files met so far refer to, for who may change them."""
        for file in tuple(self.files.values()):
            if file.info.access_reference is None or file.role in (FileRole.ARR, *_OTHER_WAY):
                continue
            fid, _ = file.info.access_reference
            for directory in arr_directories(file.info, fid):
                if self.take(fs, FileRole.ARR, FilePath((*directory, fid))) is not None:
                    break

    def basic(self) -> None:
        """The files under the MF that every search begins with, and the keys' state."""
        fs = self.card.basic()
        self.take(fs, FileRole.MF, FilePath((MF,)))
        self.take(fs, FileRole.ICCID, EF_ICCID)
        application = self.application
        self.records = [] if application is None else [*application.records]
        self.take(fs, FileRole.DIR, EF_DIR)
        for record in self.records:
            decoded = decode_record(record)
            self.templates += decoded.templates
            self.findings += decoded.findings
        self.take_arrs(fs)

    def _rest_of_dir(self, fs: FileSystem, info: FileInfo) -> None:
        """The records of EF(DIR) behind that of PKCS#15, which the search did not need."""
        try:
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
        for path in _dodf_paths(application):
            self.take(fs, FileRole.DODF, path)
        with suppress(DecodeError):
            self.take(fs, FileRole.TOKEN_INFO, application.token_info_path)
        for path, _ in application.files:
            self.take(fs, FileRole.DIRECTORY, path)
        self._other_directories(fs, application)
        for item in application.data_objects:
            if item.path is not None:
                self.take(fs, FileRole.DOCUMENT, item.path)
        self.keys = self._keys()
        self.take_arrs(fs)
        if application.base.fid == CURRENT_ADF:
            self._by_path(fs, application)

    def _other_directories(self, fs: FileSystem, application: Application) -> None:
        """Whether the directory files that nobody reads (certificates, keys) are there."""
        for entry in () if application.odf is None else application.odf.entries:
            if not isinstance(entry.value, Path) or entry.tag in _READ_CLASSES:
                continue
            try:
                path = application.path_of(entry.value.ids)
                fs.select(path)
            except FileAbsentError:
                self.missing.append(path)
            except (CardError, DecodeError):
                continue

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
            missing=tuple(dict.fromkeys(self.missing)),
        )


def _dodf_paths(application: Application) -> Iterator[FilePath]:
    """Every EF(DODF) that EF(ODF) names, those included that could not be read."""
    entries = () if application.odf is None else application.odf.of_class(ObjectClass.DATA_OBJECTS)
    for entry in entries[:MAX_DODFS]:
        if isinstance(entry.value, Path):
            try:
                yield application.path_of(entry.value.ids)
            except DecodeError:
                continue
