"""Finding the PKCS#15 application of a card (design, section 5; LwM2M Core 1.1.1, Appendix G).

The order of search: EF(DIR)'s template by its AID, then by its path; the AID itself when EF(DIR)
does not have it; DF 7F50, then DF 5015 under the MF. A 2G SIM has no AIDs, so there the path is
the first way. Which way led there is a finding when it was not the first.

``open_application`` is the door: EF(DIR) on the basic channel, then everything else on a channel
of its own, which is closed again in every case.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field

from smartboot.card.base import (
    CURRENT_ADF,
    MF,
    Card,
    CardKind,
    FileInfo,
    FileKind,
    FilePath,
    FileSystem,
)
from smartboot.errors import CardError, DecodeError, FileAbsentError, PinError, SecurityStatusError
from smartboot.frozen import dataclass
from smartboot.model import Finding
from smartboot.pkcs15.application import EF_ODF, Application, Found
from smartboot.pkcs15.content import Unlock, plainly, read_rows
from smartboot.pkcs15.directory import PKCS15_AID, ApplicationTemplate, FilePaths, decode_record
from smartboot.pkcs15.notes import Code, Notes
from smartboot.pkcs15.path import resolve

__all__ = ["DF_7F50", "EF_DIR", "DirectoryFile", "open_application", "read_ef_dir"]

EF_DIR = FilePath((MF, 0x2F00))
"""The card's directory of applications (TS 102 221, 13.1)."""

DF_7F50 = FilePath((MF, 0x7F50))
_DF_5015 = FilePath((MF, 0x5015))
_ADF = FilePath((CURRENT_ADF,))


@dataclass(frozen=True, slots=True)
class DirectoryFile:
    """What was read of EF(DIR): ``template`` is that of PKCS#15, behind which nothing was read."""

    template: ApplicationTemplate | None = None
    templates: tuple[ApplicationTemplate, ...] = ()
    records: tuple[bytes, ...] = field(default=(), repr=False)
    findings: tuple[Finding, ...] = ()


def read_ef_dir(fs: FileSystem) -> DirectoryFile:
    """Read EF(DIR) up to the record of the PKCS#15 application.

    A file that is absent or refused is a finding. Errors: TransportError.
    """
    notes = Notes("EF 2F00")
    templates: list[ApplicationTemplate] = []
    records: list[bytes] = []
    found: ApplicationTemplate | None = None
    there = False
    try:
        info = fs.select(EF_DIR)
        there = True
        for record in _dir_records(fs, info):
            records.append(record)
            decoded = decode_record(record)
            notes.items += decoded.findings
            templates += decoded.templates
            found = next((t for t in decoded.templates if t.is_pkcs15), None)
            if found is not None:
                break
    except FileAbsentError:
        if not there:
            notes.add(Code.DIR_ABSENT, "the card has no EF(DIR); the usual places are tried")
    except CardError as error:
        notes.add(Code.FILE_REFUSED, f"EF(DIR) cannot be read: {error}")
    if there and found is None:
        notes.add(
            Code.DIR_NO_TEMPLATE,
            "EF(DIR) does not list the PKCS#15 application; a device that goes by EF(DIR) will "
            "not look for bootstrap data",
        )
    if found is not None and found.path is None:
        notes.add(Code.DIR_NO_PATH, "the template of the PKCS#15 application has no path (51)")
    return DirectoryFile(found, tuple(templates), tuple(records), notes.taken())


def _dir_records(fs: FileSystem, info: FileInfo) -> Iterator[bytes]:
    """The records one by one, so that none is read behind the one that is looked for."""
    if not info.kind.has_records and info.kind is not FileKind.UNKNOWN:
        yield from read_rows(fs, info)
        return
    for number in range(1, 1 + min(info.record_count or 254, 254)):
        try:
            yield fs.read_record(info, number)
        except FileAbsentError:
            return


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to the application: by AID, or by the path of its DF."""

    found: Found
    base: FilePath
    aid: bytes | None = None


def _ways(kind: CardKind, template: ApplicationTemplate | None) -> Iterator[_Way]:
    aids = kind is CardKind.UICC
    seen: set[FilePath] = set()
    if template is not None:
        if aids:
            yield _Way(Found.DIR_AID, _ADF, template.aid)
        if template.path is not None:
            seen.add(template.path)
            yield _Way(Found.DIR_PATH, template.path, template.aid)
    if aids and (template is None or template.aid != PKCS15_AID):
        yield _Way(Found.AID, _ADF, PKCS15_AID)
    for found, path in ((Found.DF_7F50, DF_7F50), (Found.DF_5015, _DF_5015)):
        if path not in seen:
            yield _Way(found, path)


class _Search:
    """Tries the ways one after the other until one leads to an EF(ODF)."""

    def __init__(
        self, card: Card, fs: FileSystem, directory: DirectoryFile, unlock: Unlock, listing: bool
    ) -> None:
        self._kind = card.kind
        self._fs = fs
        self._directory = directory
        self._unlock = unlock
        self._listing = listing
        self._notes = Notes("DF PKCS#15")
        self._without_odf: Application | None = None
        self._paths = FilePaths()

    def run(self) -> Application:
        """The application, listed; one without ``fs`` when the card has none."""
        self._notes.items += self._directory.findings
        preferred = Found.DIR_AID if self._kind is CardKind.UICC else Found.DIR_PATH
        if self._directory.template is not None:
            self._paths = self._directory.template.file_paths(self._notes)
        for way in _ways(self._kind, self._directory.template):
            application = self._attempt(way)
            if application is not None:
                if way.found is not preferred:
                    self._notes.add(
                        Code.FALLBACK, f"the PKCS#15 application was found {way.found.explanation}"
                    )
                break
        else:
            application = self._without_odf or Application(fs=None)
            self._report_absence(application)
        application.findings = self._notes.items + application.findings
        application.records = self._directory.records
        application.template = self._directory.template
        return application

    def _report_absence(self, application: Application) -> None:
        if application.fs is None:
            self._notes.add(
                Code.APPLICATION_ABSENT,
                "the card has no PKCS#15 application, so it holds no bootstrap data",
            )
        else:
            self._notes.add(
                Code.ODF_ABSENT,
                "the PKCS#15 application is there, but has no EF(ODF), so nothing says where "
                "bootstrap data would be",
            )

    def _attempt(self, way: _Way) -> Application | None:
        fs = self._fs
        paths = self._paths if way.found in (Found.DIR_AID, Found.DIR_PATH) else FilePaths()
        application = Application(
            fs=fs, found=way.found, aid=way.aid, base=way.base, paths=paths, unlock=self._unlock
        )
        try:
            if way.base == _ADF and way.aid is not None:
                fs.select_application(way.aid)
            elif not self._listing:
                fs.select(way.base)
        except CardError as error:
            self._refused(way, error)
            return None
        if not self._listing:
            return application
        try:
            odf = resolve(paths.odf.ids if paths.odf else FilePath((EF_ODF,)), way.base)
            application.list_objects(odf)
        except (CardError, DecodeError) as error:
            if way.base == _ADF and self._without_odf is None:
                self._without_odf = application
            if not isinstance(error, FileAbsentError):
                self._notes.add(Code.FILE_REFUSED, f"EF(ODF) cannot be selected: {error}")
            return None
        return application

    def _refused(self, way: _Way, error: CardError) -> None:
        """An application that is not there is no news; one that may not be selected is."""
        if isinstance(error, FileAbsentError) and way.found is not Found.DIR_AID:
            return
        what = f"application {way.aid.hex().upper()}" if way.aid else f"DF {way.base}"
        if isinstance(error, FileAbsentError):
            self._notes.add(
                Code.FILE_REFUSED, f"EF(DIR) lists {what}, but the card does not find it by its AID"
            )
        elif isinstance(error, SecurityStatusError | PinError):
            self._notes.add(Code.LOCKED, f"the card refused to select {what}: {error}")
        else:
            self._notes.add(Code.FILE_REFUSED, f"the card refused to select {what}: {error}")


@contextmanager
def open_application(
    card: Card, *, unlock: Unlock | None = None, listing: bool = True
) -> Iterator[Application]:
    """Find the PKCS#15 application and list its data objects, on a channel of its own.

    ``unlock`` is asked when the card wants a key (see ``Unlock``); ``listing`` False only selects
    the application and reads none of its files. The result's ``fs`` is None, with a finding, when
    the card has no such application. What the card refuses for want of a key is a finding too and
    stands in ``refused``. Errors: TransportError.
    """
    directory = read_ef_dir(card.basic())
    with card.session() as fs:
        yield _Search(card, fs, directory, unlock or plainly, listing).run()
