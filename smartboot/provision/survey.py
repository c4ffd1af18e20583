"""What is on a card now, as far as writing or erasing bootstrap data depends on it.

Only reads. A row of directory entries that a torn write left behind is completed from its copy
(``rows``), so that the entries of other people's objects are known again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field

from smartboot.bootstrap.unlock import Unlocker
from smartboot.card.access import parse_expanded
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
from smartboot.errors import CardError, DecodeError, FileAbsentError, SecurityStatusError
from smartboot.formats import registry
from smartboot.frozen import dataclass
from smartboot.model import Finding, Severity
from smartboot.pkcs15 import dodf, odf
from smartboot.pkcs15.application import EF_ODF, Application
from smartboot.pkcs15.dodf import DodfEntry
from smartboot.pkcs15.locate import open_application
from smartboot.pkcs15.notes import Notes
from smartboot.pkcs15.odf import ObjectClass
from smartboot.pkcs15.oid import format_of
from smartboot.pkcs15.path import Path, resolve
from smartboot.pkcs15.rows import split
from smartboot.provision.create import ArrRecord
from smartboot.provision.ranges import blank_end
from smartboot.provision.rows import find_copy, is_broken_off

__all__ = ["CardState", "FileState", "Listed", "RowFile", "Surveyor", "survey"]

_CHUNK = 256
_DEFAULT_DF = 0x7F50
_ARR_OF_MF = FilePath((MF, 0x2F06))
_ARR_OF_APPLICATION = 0x6F06
_MAX_ARR_RECORDS = 64
_HERE = FilePath((CURRENT_ADF,))


@dataclass(slots=True)
class FileState:
    """A transparent file. ``info`` is None when it is not on the card; ``data`` is its content
    from the start as far as it matters, None when the card never lets it be read; ``extent`` the
    offset behind the last byte of what is there, padding left out."""

    path: FilePath
    info: FileInfo | None = None
    data: bytes | None = field(default=b"", repr=False)
    extent: int = 0

    @property
    def size(self) -> int:
        """The file's bytes, as the card tells them; 0 for one that is not there."""
        if self.info is None:
            return 0
        return len(self.data or b"") if self.info.size is None else self.info.size


@dataclass(frozen=True, slots=True)
class Listed:
    """A data object as an EF(DODF) lists it; ``path`` is None where the content is no file."""

    raw: bytes = field(repr=False)
    entry: DodfEntry
    path: FilePath | None
    index: int | None
    length: int | None
    format: str | None


@dataclass(slots=True)
class RowFile:
    """A directory file. ``physical`` are the entries that readers see, ``used`` where they see
    the row end, ``rows`` those that belong there; ``wrapped``: an extra SEQUENCE is around them;
    ``fault`` says why the file must not be written, None when it may."""

    path: FilePath
    info: FileInfo | None = None
    data: bytes = field(default=b"", repr=False)
    physical: tuple[bytes, ...] = field(default=(), repr=False)
    used: int = 0
    rows: tuple[bytes, ...] = field(default=(), repr=False)
    wrapped: bool = False
    fault: str | None = None
    listed: tuple[Listed, ...] = ()

    @property
    def size(self) -> int:
        """The file's bytes; 0 for one that is not there."""
        return len(self.data)


@dataclass(slots=True)
class CardState:
    """The card as it was found.

    ``base`` is what the application's relative paths start at (7FFF, or its DF), None when it has
    none; ``home`` the absolute path of that DF; ``has_template`` whether EF(DIR) lists it.
    """

    kind: CardKind
    iccid: str | None
    base: FilePath | None = None
    home: FilePath = field(default=FilePath((MF, _DEFAULT_DF)))
    aid: bytes | None = None
    has_template: bool = False
    dir_records: tuple[bytes, ...] = field(default=(), repr=False)
    odf: RowFile | None = None
    dodfs: list[RowFile] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def resolve(self, path: FilePath) -> FilePath:
        """One spelling for each file: from ``base`` for those of the application."""
        base = self.base or _HERE
        if path.ids[:1] == (CURRENT_ADF,):
            return FilePath((*base.ids, *path.ids[1:]))
        length = len(self.home.ids)
        if len(path.ids) > length and path.ids[:length] == self.home.ids:
            return FilePath((*base.ids, *path.ids[length:]))
        return path


class Surveyor:
    """Looks at single files of the card while its application is open."""

    def __init__(
        self,
        fs: FileSystem,
        unlocker: Unlocker,
        state: CardState,
        begun: Mapping[FilePath, tuple[FileInfo, bytes]] | None = None,
    ) -> None:
        self.fs = fs
        self.state = state
        self._unlocker = unlocker
        self._begun = begun or {}

    def note(self, code: str, severity: Severity, message: str, path: FilePath) -> None:
        """Add a finding about a file."""
        self.state.findings.append(Finding(code, severity, message, f"EF {path.fid:04X}"))

    def read(self, info: FileInfo, offset: int, length: int | None) -> bytes:
        """Bytes of the file selected last, with a key where the card asks for one."""
        return self._unlocker.run(
            self.fs, info, "read", lambda: self.fs.read_binary(info, offset, length)
        )

    def select(self, path: FilePath) -> FileInfo | None:
        """What the card says of a file, None when it has none there."""
        try:
            return self.fs.select(path)
        except FileAbsentError:
            return None

    def document(self, path: FilePath, needed: int, format_name: str | None) -> FileState:
        """The file of a document: what is in it, and at least its first ``needed`` bytes.

        A sound document is read to its end; a file whose first 256 bytes are blank is taken to be
        blank; anything else is read whole, because parts of an older document may be in it.
        Errors: CardError for a file that is not transparent; PinError.
        """
        info = self.select(path)
        if info is None:
            return FileState(path)
        if info.kind not in (FileKind.TRANSPARENT, FileKind.UNKNOWN):
            raise CardError(
                f"EF {path.fid:04X} is a {info.kind} file; documents go into transparent ones"
            )
        try:
            data = self.read(info, 0, _CHUNK if info.size is None else min(_CHUNK, info.size))
        except SecurityStatusError:
            self.note(
                "PROV-UNREADABLE",
                Severity.WARNING,
                "the card never lets this file be read: it is written whole and not verified",
                path,
            )
            return FileState(path, info, None)
        used, data = self._measured(info, data, format_name)
        if used is not None:
            end = max(used, needed)
        elif blank_end(data):
            end = info.size or needed
        else:
            end = needed
        end = min(end, info.size if info.size is not None else end)
        if len(data) < end:
            data += self.read(info, len(data), end - len(data))
        if used is None:
            return FileState(path, info, data, blank_end(data))
        return FileState(path, info, data, used)

    def _measured(
        self, info: FileInfo, data: bytes, format_name: str | None
    ) -> tuple[int | None, bytes]:
        """Length of the sound document that begins with ``data``, None when there is none; and
        ``data`` with what was read to find out."""
        name = format_name or registry.recognise(data)
        if name is None or not blank_end(data) or data[:2] == b"\x00\x00":
            return None, data
        handler = registry.get(name)
        measure = handler.measure()
        total = measure.feed(data)
        size = info.size or len(data)
        whole = data
        while total is None and len(whole) < size:
            more = self.read(info, len(whole), min(_CHUNK, size - len(whole)))
            whole += more
            total = measure.feed(more)
            if not more:
                break
        if total is None or total > size:
            return None, whole
        if len(whole) < total:
            whole += self.read(info, len(whole), total - len(whole))
        try:
            return handler.decode(whole[:total]).used or None, whole
        except DecodeError:
            return None, whole

    def rows(self, path: FilePath, what: str) -> RowFile:
        """A directory file, whole. What was read of it while the application was looked for is not
        read again."""
        known, begun = self._begun.get(path, (None, b""))
        if known is not None and len(begun) == known.size:
            return RowFile(path, known, begun)
        info = self.select(path)
        if info is None:
            return RowFile(path)
        found = RowFile(path, info)
        if info.kind not in (FileKind.TRANSPARENT, FileKind.UNKNOWN):
            found.fault = f"{what} {path.fid:04X} is a {info.kind} file, not a transparent one"
            return found
        found.data = begun + self.read(info, len(begun), None)
        return found

    def arr_records(self) -> list[ArrRecord]:
        """What the card's EF(ARR)s say, those of the application first."""
        paths = [_ARR_OF_MF]
        if self.state.base is not None:
            paths.insert(0, self.state.base.child(_ARR_OF_APPLICATION))
        found: list[ArrRecord] = []
        for path in paths:
            try:
                info = self.select(path)
                if info is None or not info.kind.has_records:
                    continue
                for number in range(1, 1 + min(info.record_count or 0, _MAX_ARR_RECORDS)):
                    data = self.fs.read_record(info, number)
                    if data[:1] not in (b"\x00", b"\xff"):
                        found += self._arr_record(path.fid, number, data)
            except CardError:
                continue
        return found

    @staticmethod
    def _arr_record(fid: int, number: int, data: bytes) -> list[ArrRecord]:
        try:
            for_file = parse_expanded(data, directory=False)
            return [ArrRecord(fid, number, for_file, parse_expanded(data, directory=True))]
        except DecodeError:
            return []

    # -- directory files

    def list_directory(self, odf_path: FilePath) -> None:
        """Read EF(ODF) and each EF(DODF) it lists into the state."""
        state = self.state
        state.odf = found = self.rows(odf_path, "EF(ODF)")
        decoded = odf.decode(found.data)
        _take_rows(
            found, tuple((e.raw, e.offset) for e in decoded.entries), decoded.used, decoded.rest
        )
        for entry in odf.decode(b"".join(found.rows)).of_class(ObjectClass.DATA_OBJECTS):
            if not isinstance(entry.value, Path):
                continue
            try:
                path = state.resolve(resolve(entry.value.ids, state.base or _HERE))
            except DecodeError:
                continue
            if path == odf_path or any(path == other.path for other in state.dodfs):
                continue
            part = entry.value.index not in (None, 0) or entry.value.length is not None
            self.list_dodf(path, part=part)

    def list_dodf(self, path: FilePath, *, part: bool = False) -> RowFile:
        """Read one EF(DODF) into the state; ``part``: only a part of the file is one."""
        found = self.rows(path, "EF(DODF)")
        decoded = dodf.decode(found.data)
        _take_rows(
            found, tuple((r.raw, r.offset) for r in decoded.rows), decoded.used, decoded.rest
        )
        if part and found.fault is None:
            found.fault = f"only a part of file {path.fid:04X} is an EF(DODF)"
        found.listed = tuple(self._listed(row) for row in dodf.decode(b"".join(found.rows)).entries)
        self.state.dodfs.append(found)
        return found

    def _listed(self, entry: DodfEntry) -> Listed:
        value = entry.value
        path: FilePath | None = None
        if isinstance(value, Path):
            try:
                path = self.state.resolve(resolve(value.ids, self.state.base or _HERE))
            except DecodeError:
                path = None
        return Listed(
            entry.raw,
            entry,
            path,
            value.index if isinstance(value, Path) else None,
            value.length if isinstance(value, Path) else None,
            format_of(entry.oid.dotted if entry.oid is not None else None),
        )


def _take_rows(found: RowFile, placed: Iterable[tuple[bytes, int]], used: int, rest: bytes) -> None:
    """Fill in the entries of a directory file whose whole content was read."""
    entries = tuple(placed)
    found.physical = tuple(raw for raw, _ in entries)
    found.used = used
    found.wrapped = bool(entries) and entries[0][1] != 0
    found.rows = found.physical
    copy = find_copy(found.data)
    broken_off = is_broken_off(found.data, used)
    if copy is not None and broken_off:
        items = split(copy.row, Notes("")).items
        # The entries before the one that was taken away are in their place still.
        found.rows += tuple(copy.row[item.offset : item.end] for item in items)
    elif rest and found.data[used : used + 1] not in (b"", b"\x00", b"\xff"):
        found.fault = (
            f"file {found.path.fid:04X} has bytes at offset {used} that are no directory entry"
        )


@contextmanager
def survey(card: Card, unlocker: Unlocker, df: int = _DEFAULT_DF) -> Iterator[Surveyor]:
    """Open the card's application and read its directory files; ``df`` is the DF of an
    application that the card does not have yet. On a card without one the surveyor works on a
    channel of its own all the same.

    Errors: TransportError; PinError when a directory file cannot be read; CardError.
    """
    state = CardState(card.kind, card.iccid(), home=FilePath((MF, df)))
    with open_application(card, unlock=unlocker.run) as application:
        state.dir_records = application.records
        if application.template is not None:
            state.has_template = True
            path = application.template.path
            if path is not None and len(path.ids) > 1:
                state.home = path
        fs = application.fs
        if fs is not None:
            surveyor = Surveyor(fs, unlocker, state, application.begun)
            _open(surveyor, application)
            yield surveyor
            return
    with card.session() as own:
        surveyor = Surveyor(own, unlocker, state)
        # A DF prepared for it, in which nothing is yet, is no application to a reader.
        info = surveyor.select(state.home)
        if info is not None and info.kind.is_directory:
            state.base = state.home
            surveyor.list_directory(state.home.child(EF_ODF))
        yield surveyor


def _open(surveyor: Surveyor, application: Application) -> None:
    state = surveyor.state
    for refusal in application.refused:
        raise refusal.error
    state.base = application.base
    if application.base == _HERE:
        state.aid = application.aid
        if application.aid is not None and application.odf_path is None:
            # The search went on to other places and may have left the application.
            surveyor.fs.select_application(application.aid)
    else:
        state.home = application.base
    listed = application.paths.odf
    path = application.odf_path
    if path is None:
        path = application.path_of(FilePath((EF_ODF,)) if listed is None else listed.ids)
    surveyor.list_directory(state.resolve(path))
