"""The difference between a card and what it is to hold, as the commands that remove it.

The order is such that power may fail after any byte (design, section 6): documents are made
invalid, all of them before the first is written, so that no reader sees some old and some new;
then they are written, made valid, and only then listed: EF(DODF), EF(ODF), EF(DIR). Where an entry
that is listed already has to change, the documents become valid behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from smartboot.bootstrap.unlock import KeySource, no_keys
from smartboot.card.base import CURRENT_ADF, MF, Card, CardKind, FilePath
from smartboot.errors import CardNotPreparedError, UsageError
from smartboot.model import Finding, Severity
from smartboot.pkcs15.locate import EF_DIR
from smartboot.provision.create import agrees
from smartboot.provision.creation import creation_steps, list_in_directory
from smartboot.provision.desired import DesiredCard, DesiredFile, DesiredObject
from smartboot.provision.draft import Draft
from smartboot.provision.erase import plan_erase
from smartboot.provision.guard import Rewrite, rewrite
from smartboot.provision.keydesk import KeyDesk
from smartboot.provision.rows import RowEdit, edit_rows, has_copy
from smartboot.provision.steps import (
    CreateFile,
    DeleteFile,
    Plan,
    ResizeFile,
    Step,
    UpdateBinary,
    UpdateRecord,
)
from smartboot.provision.survey import FileState, Listed, RowFile, Surveyor, survey

__all__ = [
    "CreateFile",
    "DeleteFile",
    "Plan",
    "ResizeFile",
    "Step",
    "UpdateBinary",
    "UpdateRecord",
    "plan_erase",
    "plan_write",
]

_HERE = FilePath((CURRENT_ADF,))
_MAX_FILE = 0xFFFF


def plan_write(
    card: Card,
    desired: DesiredCard,
    *,
    create: bool = False,
    resize: bool | None = None,
    keys: KeySource = no_keys,
    force: bool = False,
) -> Plan:
    """What has to be sent for ``card`` to hold what is ``desired``; sends nothing that writes.

    Data objects that the card lists and that are not in ``desired`` stay, byte for byte. ``create``
    allows CREATE FILE for what is missing, ``resize`` RESIZE FILE for what is too small (None: as
    ``create``). ``keys`` gives the PINs of files that may not be read without.

    Errors: CardNotPreparedError, which lists what is missing or too small; UsageError when card
    and profile do not go together; PinError; CardError; TransportError.
    """
    if (desired.kind == "sim") != (card.kind is CardKind.SIM):
        raise UsageError(
            f"the profile is for a {desired.kind}, the card is a {card.kind}",
            hint="`smartboot info` tells what the card is; the profile's `kind` what it is for",
        )
    with survey(card, KeyDesk(card, keys, force=force), desired.df) as look:
        return _Writer(look, desired, create, create if resize is None else resize).plan()


@dataclass(slots=True)
class _Document:
    """A document to write: its file as it is, and how it is rewritten."""

    want: DesiredFile
    path: FilePath
    state: FileState
    resize_to: int | None = None
    change: Rewrite = field(default_factory=Rewrite)


class _Writer:
    """Makes one plan."""

    def __init__(self, look: Surveyor, desired: DesiredCard, create: bool, resize: bool) -> None:
        self._look = look
        self._state = look.state
        self._want = desired
        self._create = create and look.state.kind is CardKind.UICC
        self._resize = resize and look.state.kind is CardKind.UICC
        self._draft = Draft()
        self._missing: list[DesiredFile] = []
        self._lacking: list[str] = []
        self._documents: list[_Document] = []

    def _note(self, code: str, severity: Severity, message: str, where: str = "") -> None:
        self._draft.findings.append(Finding(code, severity, message, where))

    def plan(self) -> Plan:
        state, draft = self._state, self._draft
        new_application = state.base is None
        for item in self._want.objects:
            self._documents.append(self._document(item.file))
        target, rows = self._directory_rows()
        edits = [(file, self._edit(file, new)) for file, new in rows]
        odf = self._odf_edit(target)
        token = self._token_info()
        record = self._dir_record()
        self._refuse_if_lacking(new_application)
        aid = self._want.aid if new_application else state.aid
        self._create_files(new_application)
        # While all is as it was: a card that refuses this one keeps what it holds.
        for document in self._documents:
            if document.resize_to is not None:
                draft.steps.append(
                    ResizeFile(document.path, document.want.name, document.resize_to)
                )
        for file, edit in edits:
            self._resize_rows(file, edit)
        for document in self._documents:
            draft.write(document.path, document.change.invalidate, "invalidate")
        for document in self._documents:
            draft.write(document.path, document.change.body, "write")
        # An entry that changes is hidden meanwhile; the documents become valid behind it.
        entries_first = any(not edit.appends for _, edit in edits)
        if not entries_first:
            self._validate()
        if token is not None:
            draft.rows(*token)
        for file, edit in edits:
            draft.rows(file.path, edit)
        if odf is not None:
            draft.rows(*odf)
        if entries_first:
            self._validate()
        for number, data, purpose in record:
            draft.record(EF_DIR, number, data, purpose)
        return draft.plan(state, aid)

    def _validate(self) -> None:
        for document in self._documents:
            self._draft.write(document.path, document.change.validate, "validate")

    # -- documents

    def _document(self, want: DesiredFile) -> _Document:
        path = self._state.resolve(want.path)
        if self._state.base is None:
            found = FileState(path)
        else:
            found = self._look.document(path, len(want.content), want.format)
        document = _Document(want, path, found)
        self._refuse_shared(path)
        if found.info is None:
            self._missing.append(want)
            document.change = rewrite(b"", want.content, want.format or "", fresh=True)
        else:
            if found.size < len(want.content):
                document.resize_to = self._room(want, found.size)
            clear = found.extent if found.data is not None else found.size
            document.change = rewrite(found.data, want.content, want.format or "", clear_to=clear)
            if not document.change.is_empty or document.resize_to is not None:
                self._check_access(document)
        if not document.change.is_empty:
            self._draft.promise(path, document.change.final)
        if found.data is None:
            self._draft.forget(path)
        return document

    def _refuse_shared(self, path: FilePath) -> None:
        for file in self._state.dodfs:
            for listed in file.listed:
                if listed.path == path and listed.index not in (None, 0):
                    raise UsageError(
                        f"file {path.fid:04X} also holds a data object that begins at byte "
                        f"{listed.index}; writing the document would destroy it",
                        hint="give the data object another file id in the profile",
                    )

    def _room(self, want: DesiredFile, size: int, needed: int | None = None) -> int | None:
        """The size to give a file that is too small; None, and remembered, when it may not."""
        needed = len(want.content) if needed is None else needed
        if self._resize and needed <= _MAX_FILE:
            return max(want.size, needed)
        self._lacking.append(
            f"file {want.path.fid:04X} {want.name} has {size} bytes and needs {needed}"
        )
        return None

    def _check_access(self, document: _Document) -> None:
        info = document.state.info
        assert info is not None
        rule = self._look.fs.access_rule(info)
        update, read = rule.condition("update"), rule.condition("read")
        where = f"EF {document.path.fid:04X}"
        if update.known and update.never:
            self._lacking.append(f"file {document.path.fid:04X} may never be updated")
        if read.known and not agrees(document.want.read, read):
            self._note(
                "PROV-ACCESS-DIFFERS",
                Severity.WARNING,
                f"the card lets this file be read with: {read}; the profile asks for: "
                f"{document.want.read}",
                where,
            )

    # -- directory files

    def _directory_rows(self) -> tuple[RowFile | None, list[tuple[RowFile, list[bytes]]]]:
        """The EF(DODF) for new entries (None when there are none), and the new rows of each
        EF(DODF) that changes."""
        files = list(self._state.dodfs)
        new_rows = {file.path: list(file.rows) for file in files}
        unlisted: list[DesiredObject] = []
        for item in self._want.objects:
            self._report_same_oid(item)
            if not self._place(item, files, new_rows):
                unlisted.append(item)
        target: RowFile | None = None
        if unlisted:
            target = self._target()
            if all(file is not target for file in files):
                # What a torn run wrote into it is there already.
                files.append(target)
                new_rows[target.path] = list(target.rows)
                unlisted = [x for x in unlisted if not self._place(x, [target], new_rows)]
            new_rows[target.path] += [item.entry.raw for item in unlisted]
        changed = [
            (file, new_rows[file.path])
            for file in files
            if tuple(new_rows[file.path]) != file.physical or has_copy(file.data)
        ]
        return target, changed

    def _place(
        self, item: DesiredObject, files: list[RowFile], new_rows: dict[FilePath, list[bytes]]
    ) -> bool:
        """Put the entry of a data object in the place of those that lead to its file now; False
        when there is none."""
        path = self._state.resolve(item.file.path)
        here = [(file, entry) for file in files for entry in file.listed if entry.path == path]
        if any(entry.raw == item.entry.raw for _, entry in here):
            return True
        if not here:
            return False
        file, old = next((pair for pair in here if pair[1].format == item.format), here[0])
        rows = new_rows[file.path]
        rows[rows.index(old.raw)] = item.entry.raw
        for other, entry in here:
            if entry is not old and entry.raw in new_rows[other.path]:
                new_rows[other.path].remove(entry.raw)
        return True

    def _report_same_oid(self, item: DesiredObject) -> None:
        path = self._state.resolve(item.file.path)
        others: list[Listed] = [
            entry
            for file in self._state.dodfs
            for entry in file.listed
            if entry.path != path
            and entry.entry.oid is not None
            and entry.entry.oid.dotted == item.oid
        ]
        for entry in others:
            if any(self._state.resolve(o.file.path) == entry.path for o in self._want.objects):
                continue
            where = "no file" if entry.path is None else f"file {entry.path.fid:04X}"
            self._note(
                "PROV-SAME-OID",
                Severity.WARNING,
                f"the card lists another data object with OID {item.oid}, in {where}; it stays, "
                "and which of the two a device takes is its own choice",
                f"EF {path.fid:04X}",
            )

    def _target(self) -> RowFile:
        """The EF(DODF) that new entries go to."""
        want = self._want.file("dodf")
        assert want is not None
        path = self._state.resolve(want.path)
        listed = next((file for file in self._state.dodfs if file.path == path), None)
        if listed is None and self._state.base is not None:
            found = self._look.list_dodf(path)
            self._state.dodfs.remove(found)
            if found.info is not None:
                return found
        if listed is not None and listed.info is not None:
            return listed
        for file in self._state.dodfs:
            if file.info is not None and file.fault is None:
                self._note(
                    "PROV-OTHER-DODF",
                    Severity.INFO,
                    f"the card lists its data objects in file {file.path.fid:04X}; the entries go "
                    f"there and not into {path.fid:04X}",
                    f"EF {file.path.fid:04X}",
                )
                return file
        self._missing.append(want)
        return listed or RowFile(path)

    def _edit(self, file: RowFile, new: list[bytes]) -> RowEdit:
        want = self._want.file("dodf")
        assert want is not None
        if file.fault is not None:
            self._lacking.append(file.fault)
            return RowEdit()
        ours = {item.entry.raw for item in self._want.objects}
        return self._row_edit(file, new, frozenset(set(new) - ours), want)

    def _row_edit(
        self, file: RowFile, new: list[bytes], keep: frozenset[bytes], want: DesiredFile
    ) -> RowEdit:
        needed = sum(map(len, new))
        size = file.size if file.info is not None else want.size
        if needed > size:
            if file.info is None:
                self._lacking.append(f"{want.name} needs {needed} bytes and is to have {size}")
                return RowEdit()
            sized = self._room(want, size, needed)
            if sized is None:
                return RowEdit()
            size = sized
        edit = edit_rows(
            file.data if file.info is not None else None,
            size,
            file.physical,
            new,
            keep=keep,
            wrapped=file.wrapped,
            used=file.used,
        )
        if edit.unguarded:
            self._note(
                "PROV-NO-ROOM-FOR-COPY",
                Severity.WARNING,
                "entries of other data objects have to be moved and the file has no room for a "
                "copy of them: if power fails meanwhile, only a backup brings them back",
                f"EF {file.path.fid:04X}",
            )
        return edit

    def _resize_rows(self, file: RowFile, edit: RowEdit) -> None:
        """RESIZE for a directory file whose edit reaches behind its end."""
        end = max((offset + len(data) for offset, data, _ in edit.writes), default=0)
        if file.info is not None and end > file.size:
            want = self._want.file("dodf")
            assert want is not None
            self._draft.steps.append(ResizeFile(file.path, want.name, max(want.size, end)))

    def _odf_edit(self, target: RowFile | None) -> tuple[FilePath, RowEdit] | None:
        """How EF(ODF) comes to list the EF(DODF) of the new entries."""
        want = self._want.file("odf")
        assert want is not None
        found = self._state.odf
        if found is None or found.info is None:
            self._missing.append(want)
            found = RowFile(self._state.resolve(want.path))
        listed = {file.path for file in self._state.dodfs}
        new = list(found.rows)
        if target is not None and target.path not in listed:
            new.append(want.content)
        if tuple(new) == found.physical and found.info is not None:
            return None
        if found.fault is not None:
            self._lacking.append(found.fault)
            return None
        if found.info is not None and sum(map(len, new)) > found.size:
            self._lacking.append(
                f"file {found.path.fid:04X} EF(ODF) has {found.size} bytes and needs "
                f"{sum(map(len, new))}"
            )
            return None
        return found.path, self._row_edit(found, new, frozenset(found.rows), want)

    def _token_info(self) -> tuple[FilePath, RowEdit] | None:
        """EF(TokenInfo), only where there is none yet: what it says of a card is the issuer's."""
        want = self._want.file("token-info")
        if want is None:
            return None
        path = self._state.resolve(want.path)
        if self._state.base is None:
            found = RowFile(path)
        else:
            found = self._look.rows(path, "EF(TokenInfo)")
        if found.info is None:
            if self._create:
                self._missing.append(want)
                return path, edit_rows(None, want.size, (), [want.content])
            self._note(
                "PROV-NO-TOKENINFO",
                Severity.WARNING,
                "the card has no EF(TokenInfo); devices do not need it, PKCS#15 programs do",
                f"EF {path.fid:04X}",
            )
            return None
        if found.fault is not None or found.data[:1] not in (b"\x00", b"\xff"):
            return None
        if len(want.content) > found.size:
            self._note(
                "PROV-NO-TOKENINFO",
                Severity.WARNING,
                f"EF(TokenInfo) is empty and too small: {found.size} of {len(want.content)} bytes",
                f"EF {path.fid:04X}",
            )
            return None
        return path, edit_rows(found.data, found.size, (), [want.content])

    # -- the directory of applications

    def _dir_record(self) -> list[tuple[int, bytes, str]]:
        """The updates that list the application in EF(DIR), in a record that is free."""
        state, template = self._state, self._want.dir_record
        if state.has_template:
            return []
        info = self._look.select(EF_DIR) if state.dir_records else None
        if info is None or not info.kind.has_records:
            self._note(
                "PROV-NO-DIR",
                Severity.WARNING,
                "the card has no EF(DIR) that can be written: devices that go by it will not find "
                "the application",
                "EF 2F00",
            )
            return []
        updates = list_in_directory(state.dir_records, template)
        if updates is None:
            self._lacking.append(f"EF(DIR) has no free record of {len(template)} bytes")
        return updates or []

    # -- what the card lacks

    def _refuse_if_lacking(self, new_application: bool) -> None:
        if self._missing and not self._create:
            lines = [self._line(file) for file in self._want.files if file in self._missing]
            if new_application:
                application = FilePath((MF, self._want.df))
                lines.insert(0, f"DF {application}, AID {self._want.aid.hex().upper()}")
            what = f"{len(lines)} file{'s are' if len(lines) > 1 else ' is'} missing"
            hint = (
                "--create makes them on a card that allows it; else its issuer has to"
                if self._state.kind is CardKind.UICC
                else "files of a 2G SIM can only be made by its issuer"
            )
            raise CardNotPreparedError(
                f"the card is not prepared: {what}: {'; '.join((*lines, *self._lacking))}",
                files=(*lines, *self._lacking),
                hint=hint,
            )
        if self._lacking:
            raise CardNotPreparedError(
                f"the card is not prepared: {'; '.join(self._lacking)}",
                files=tuple(self._lacking),
                hint="--create also resizes files on a card that allows it",
            )

    def _line(self, file: DesiredFile) -> str:
        return (
            f"EF {file.path.fid:04X} {file.name}, {file.size} bytes, "
            f"read {file.read}, update {file.update}"
        )

    def _create_files(self, new_application: bool) -> None:
        if self._missing or new_application:
            self._draft.steps += creation_steps(
                self._want,
                list(dict.fromkeys(self._missing)),
                self._look.arr_records(),
                self._state.resolve,
                new_application=new_application,
            )
