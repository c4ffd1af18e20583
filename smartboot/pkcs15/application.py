"""The PKCS#15 application of a card: its directory files read, its data objects listed.

Follows what the files say: EF(ODF) names the EF(DODF)s, in the order of their priority, and these
name the data objects. A fault in one of them is a finding and hides none of the others; counts
are bounded and no file is read twice. Files that nobody asked for (TokenInfo, AODF) are not read.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from smartboot.card.base import CURRENT_ADF, FileInfo, FilePath, FileSystem
from smartboot.errors import (
    CardError,
    DecodeError,
    FileAbsentError,
    PinError,
    SecurityStatusError,
)
from smartboot.frozen import dataclass
from smartboot.model import Finding
from smartboot.pkcs15 import aodf, dodf, odf, tokeninfo
from smartboot.pkcs15.content import Unlock, plainly, read_rows
from smartboot.pkcs15.directory import ApplicationTemplate, FilePaths
from smartboot.pkcs15.dodf import DataObjectKind, DodfEntry
from smartboot.pkcs15.notes import Code, Notes
from smartboot.pkcs15.odf import ObjectClass, Odf
from smartboot.pkcs15.oid import format_of
from smartboot.pkcs15.path import Path, resolve
from smartboot.pkcs15.rows import MAX_ENTRIES
from smartboot.pkcs15.values import InPlace, Url

__all__ = ["EF_ODF", "EF_TOKEN_INFO", "Application", "DataObject", "Found", "Refusal"]

EF_ODF = 0x5031
EF_TOKEN_INFO = 0x5032
MAX_DODFS = 16
MAX_OBJECTS = MAX_ENTRIES


class Found(StrEnum):
    """How the application was found."""

    DIR_AID = "ef-dir-aid"
    DIR_PATH = "ef-dir-path"
    AID = "aid"
    DF_7F50 = "df-7f50"
    DF_5015 = "df-5015"

    @property
    def explanation(self) -> str:
        """The way in words, for a finding."""
        return {
            Found.DIR_AID: "by the AID in EF(DIR)",
            Found.DIR_PATH: "by the path in EF(DIR), not by its AID",
            Found.AID: "by the PKCS#15 AID, which EF(DIR) does not list",
            Found.DF_7F50: "as DF 7F50 under the MF, not through EF(DIR) or an AID",
            Found.DF_5015: "as DF 5015 under the MF, not through EF(DIR) or an AID",
        }[self]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A directory file that the card keeps from us for want of a key."""

    path: FilePath
    error: CardError


@dataclass(frozen=True, slots=True)
class DataObject:
    """One data object as its EF(DODF) describes it.

    ``path`` is what to select (absolute, or from 7FFF), None where the content is no file;
    ``index`` and ``length`` the part of the file in bytes, None for all of it. ``content`` is the
    content where it stands in the directory file itself. ``position`` counts from 0 over all
    EF(DODF)s. ``entry`` has every field of the directory entry.
    """

    kind: DataObjectKind
    oid: str | None
    format: str | None
    label: str | None
    private: bool
    modifiable: bool
    auth_id: bytes | None
    path: FilePath | None
    index: int | None
    length: int | None
    dodf: FilePath
    position: int
    entry: DodfEntry = field(repr=False)
    content: bytes | None = field(default=None, repr=False)
    url: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def fid(self) -> str | None:
        """The file id as four hex digits."""
        return None if self.path is None else f"{self.path.fid:04X}"

    @property
    def raw(self) -> bytes:
        """The bytes of the directory entry."""
        return self.entry.raw


@dataclass(slots=True)
class Application:
    """The PKCS#15 application, on the channel it was found on.

    ``fs`` is None when the card has none. ``base`` is what its relative paths start at: 7FFF when
    selected by AID, else the absolute path of its DF. ``files`` are the directory files read, by
    their path, in the order read; ``begun`` those that were read from their first byte, with what
    the card says of them; ``records`` those of EF(DIR). ``findings`` holds everything
    met, the data objects' own included.
    """

    fs: FileSystem | None
    found: Found | None = None
    aid: bytes | None = None
    base: FilePath = field(default=FilePath((CURRENT_ADF,)))
    paths: FilePaths = field(default=FilePaths())
    unlock: Unlock = field(default=plainly, repr=False)
    template: ApplicationTemplate | None = None
    records: tuple[bytes, ...] = field(default=(), repr=False)
    odf: Odf | None = None
    odf_path: FilePath | None = None
    data_objects: tuple[DataObject, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    refused: tuple[Refusal, ...] = ()
    files: list[tuple[FilePath, bytes]] = field(default_factory=list, repr=False)
    begun: dict[FilePath, tuple[FileInfo, bytes]] = field(default_factory=dict, repr=False)
    _listed: set[FilePath] = field(default_factory=set, repr=False)

    def path_of(self, path: FilePath) -> FilePath:
        """What to select for file ids found in this application. Errors: DecodeError."""
        return resolve(path, self.base)

    @property
    def token_info_path(self) -> FilePath:
        """What to select for EF(TokenInfo): the path in EF(DIR), else 5032. Errors: DecodeError
        for a path that is too long."""
        listed = self.paths.token_info
        return self.path_of(FilePath((EF_TOKEN_INFO,)) if listed is None else listed.ids)

    # -- listing

    def list_objects(self, path: FilePath) -> None:
        """Read EF(ODF) at ``path`` and every EF(DODF) it lists.

        Errors: FileAbsentError when there is no EF(ODF), CardError when it cannot be selected for
        another reason than a missing key; TransportError. All else is a finding.
        """
        notes = Notes(_where(path))
        data = self._read(path, None, None, notes, absent=None)
        self.odf_path = path
        if data is not None:
            # A record file may have one entry in each record: each has padding of its own.
            parts = [odf.decode(piece, where=notes.where) for piece in data if _filled(piece)]
            self.odf = _joined(parts) if parts else odf.decode(b"", where=notes.where)
            notes.items += self.odf.findings
            self._list_dodfs(self.odf, path, notes)
        if not self.data_objects and not self.refused:
            notes.add(Code.NO_DATA_OBJECTS, "the card lists no data objects: no bootstrap data")
        self.findings += notes.items

    def _list_dodfs(self, listed: Odf, odf_path: FilePath, notes: Notes) -> None:
        entries = listed.of_class(ObjectClass.DATA_OBJECTS)
        if not entries and listed.entries:
            notes.add(Code.DODF_NOT_LISTED, "EF(ODF) lists no directory of data objects (tag A7)")
        if len(entries) > MAX_DODFS:
            notes.add(
                Code.TOO_MANY,
                f"EF(ODF) lists {len(entries)} directories of data objects; the first {MAX_DODFS} "
                "are read",
            )
        seen: set[tuple[FilePath, int | None, int | None]] = set()
        for entry in entries[:MAX_DODFS]:
            if isinstance(entry.value, InPlace):
                self._take([entry.value.content], odf_path, notes)
            elif isinstance(entry.value, Path):
                self._list_dodf(entry.value, odf_path, seen, notes)
            elif entry.value is not None:
                notes.add(
                    Code.VALUE_NOT_A_FILE, "a directory of data objects is enveloped; skipped"
                )

    def _list_dodf(
        self,
        target: Path,
        odf_path: FilePath,
        seen: set[tuple[FilePath, int | None, int | None]],
        notes: Notes,
    ) -> None:
        try:
            path = self.path_of(target.ids)
        except DecodeError as error:
            notes.add(Code.ENTRY_MALFORMED, f"a directory of data objects is skipped: {error}")
            return
        key = (path, target.index, target.length)
        if path == odf_path:
            notes.add(Code.PATH_CYCLE, "EF(ODF) lists itself as a directory of data objects")
        elif key in seen:
            notes.add(Code.DUPLICATE_PATH, f"EF(ODF) lists {path} more than once; it is read once")
        else:
            seen.add(key)
            inner = Notes(_where(path))
            data = self._read(path, target.index, target.length, inner, absent=Code.DODF_ABSENT)
            notes.items += inner.items
            if data is not None:
                self._listed.add(path)
                self._take(data, path, notes)

    def _take(self, pieces: list[bytes], path: FilePath, notes: Notes) -> None:
        """Decode the entries of one EF(DODF) and list its data objects."""
        where = _where(path)
        for piece in [piece for piece in pieces if _filled(piece)] or [b""]:
            room = MAX_OBJECTS - len(self.data_objects)
            if room <= 0:
                notes.add(
                    Code.TOO_MANY,
                    f"more than {MAX_OBJECTS} data objects; {where} and what follows is not listed",
                )
                return
            decoded = dodf.decode(piece, where=where, limit=room)
            notes.items += decoded.findings
            listed: list[DataObject] = []
            for entry in decoded.entries:
                if entry.kind is DataObjectKind.EXTERNAL:
                    continue
                listed.append(
                    self._object(entry, path, len(self.data_objects) + len(listed), notes)
                )
            self.data_objects += tuple(listed)

    def _object(self, entry: DodfEntry, path: FilePath, position: int, notes: Notes) -> DataObject:
        own = Notes(_where(path))
        value = entry.value
        target: FilePath | None = None
        if isinstance(value, Path):
            try:
                target = self.path_of(value.ids)
            except DecodeError as error:
                own.add(Code.ENTRY_MALFORMED, f"a data object cannot be reached: {error}")
            if target is not None and target in {self.odf_path, path, *self._listed}:
                own.add(
                    Code.PATH_CYCLE, f"a data object points to the directory file {target} itself"
                )
        notes.items += own.items
        oid = entry.oid.dotted if entry.oid is not None else None
        return DataObject(
            kind=entry.kind,
            oid=oid,
            format=format_of(oid),
            label=entry.label,
            private=entry.common.is_private,
            modifiable=entry.common.is_modifiable,
            auth_id=entry.common.auth_id,
            path=target,
            index=value.index if isinstance(value, Path) else None,
            length=value.length if isinstance(value, Path) else None,
            dodf=path,
            position=position,
            entry=entry,
            content=value.octets if isinstance(value, InPlace) else None,
            url=value.url if isinstance(value, Url) else None,
            findings=(*entry.findings, *own.items),
        )

    # -- files beside the minimal read

    def read_token_info(self) -> tokeninfo.TokenInfo | None:
        """Read EF(TokenInfo); None, with a finding where it is broken, when there is none."""
        notes = Notes("EF(TokenInfo)")
        try:
            path = self.token_info_path
            notes.where = _where(path)
            data = self._read(path, None, None, notes, absent=None)
            return tokeninfo.decode(b"".join(data), where=notes.where) if data else None
        except FileAbsentError:
            return None
        except CardError as error:
            notes.add(Code.FILE_REFUSED, str(error))
            return None
        except DecodeError as error:
            notes.add(Code.ENTRY_MALFORMED, str(error))
            return None
        finally:
            self.findings += notes.items

    def read_pins(self) -> tuple[aodf.PinObject, ...]:
        """The PINs of every EF(AODF) that EF(ODF) lists, for what ``auth_id`` refers to."""
        pins: list[aodf.PinObject] = []
        entries = self.odf.of_class(ObjectClass.AUTH_OBJECTS) if self.odf else ()
        seen: set[FilePath] = set()
        for entry in entries[:MAX_DODFS]:
            pieces: list[bytes] | None = None
            notes = Notes(_where(self.odf_path or self.base))
            if isinstance(entry.value, InPlace):
                pieces = [entry.value.content]
            elif isinstance(entry.value, Path):
                try:
                    path = self.path_of(entry.value.ids)
                    notes.where = _where(path)
                    if path not in seen:
                        seen.add(path)
                        place = (entry.value.index, entry.value.length)
                        pieces = self._read(path, *place, notes, absent=Code.DODF_ABSENT)
                except DecodeError as error:
                    notes.add(Code.ENTRY_MALFORMED, str(error))
            for piece in pieces or ():
                decoded = aodf.decode(piece, where=notes.where)
                notes.items += decoded.findings
                pins += decoded.pins
            self.findings += notes.items
        return tuple(pins)

    def _read(
        self,
        path: FilePath,
        index: int | None,
        length: int | None,
        notes: Notes,
        *,
        absent: Code | None,
    ) -> list[bytes] | None:
        """The pieces of a directory file, or None with a finding.

        Errors: when ``absent`` is None, those of the SELECT but for a missing key; TransportError.
        """
        if self.fs is None:
            return None
        selected = False
        try:
            info = self.fs.select(path)
            selected = True
            pieces = read_rows(self.fs, info, self.unlock, index=index, length=length)
        except (PinError, SecurityStatusError) as error:
            self.refused += (Refusal(path, error),)
            notes.add(Code.LOCKED, f"{error}; {error.hint}" if error.hint else str(error))
            return None
        except CardError as error:
            if absent is None and not selected:
                raise
            if absent is not None and isinstance(error, FileAbsentError):
                notes.add(absent, f"EF(ODF) points to {path}, which is not on the card")
            else:
                notes.add(Code.FILE_REFUSED, str(error))
            return None
        self.files.append((path, b"".join(pieces)))
        if not index and length is None and not info.kind.has_records:
            self.begun[path] = (info, pieces[0])
        return pieces


def _where(path: FilePath) -> str:
    return f"EF {path.fid:04X}"


def _filled(piece: bytes) -> bool:
    """Whether it starts with anything but padding."""
    return piece[:1] not in (b"", b"\x00", b"\xff")


def _joined(parts: list[Odf]) -> Odf:
    return Odf(
        tuple(entry for part in parts for entry in part.entries),
        sum(part.used for part in parts),
        b"".join(part.rest for part in parts),
        tuple(finding for part in parts for finding in part.findings),
    )
