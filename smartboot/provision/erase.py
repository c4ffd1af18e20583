"""Taking the bootstrap data off a card, other people's data objects left as they are.

A document is made invalid and overwritten before the entry that leads to it goes: readers see
nothing from the first byte on, and after a torn run the entry still leads the next one to the
secrets that are left.
"""

from __future__ import annotations

from smartboot.bootstrap.unlock import KeySource, no_keys
from smartboot.card.base import CURRENT_ADF, MF, Card, CardKind, FilePath
from smartboot.errors import CardNotPreparedError
from smartboot.model import Finding, Severity
from smartboot.pkcs15.directory import PKCS15_AID, decode_record
from smartboot.pkcs15.locate import EF_DIR
from smartboot.provision.draft import Draft
from smartboot.provision.guard import Rewrite, wipe
from smartboot.provision.keydesk import KeyDesk
from smartboot.provision.ranges import blank_end
from smartboot.provision.rows import edit_rows
from smartboot.provision.steps import DeleteFile, Plan
from smartboot.provision.survey import Listed, RowFile, Surveyor, survey

__all__ = ["plan_erase"]


def plan_erase(
    card: Card,
    *,
    keep_files: bool = True,
    keys: KeySource = no_keys,
    force: bool = False,
) -> Plan:
    """What has to be sent to remove all bootstrap data; sends nothing that writes.

    ``keep_files`` False also deletes the files where the card lets us: those of the documents,
    or the whole application with its record in EF(DIR) when nothing else is listed in it.
    Errors: CardNotPreparedError for a directory file that cannot be written; PinError; CardError;
    TransportError.
    """
    with survey(card, KeyDesk(card, keys, force=force)) as look:
        return _Eraser(look, delete=not keep_files and card.kind is CardKind.UICC).plan()


class _Eraser:
    """Makes one plan."""

    def __init__(self, look: Surveyor, *, delete: bool) -> None:
        self._look = look
        self._state = look.state
        self._delete = delete
        self._draft = Draft()
        self._faults: list[str] = []

    def plan(self) -> Plan:
        state, draft = self._state, self._draft
        if state.base is None:
            return draft.plan(state, None)
        ours = [(file, entry) for file in state.dodfs for entry in file.listed if _is_ours(entry)]
        places: dict[FilePath, Listed] = {}
        for _, entry in ours:
            if entry.path is not None:
                places.setdefault(entry.path, entry)
        whole = self._delete and self._nothing_else()
        present: list[FilePath] = []
        wipes: list[tuple[FilePath, Rewrite]] = []
        for path, entry in places.items():
            change = self._wipe(path, entry)
            if change is not None:
                present.append(path)
                wipes.append((path, change))
        for path, change in wipes:
            draft.write(path, change.invalidate, "invalidate")
        for path, change in wipes:
            draft.write(path, change.body, "clear")
        if self._delete and not whole:
            for path in present:
                if not self._is_shared(path):
                    draft.steps.append(DeleteFile(path, "document"))
                    draft.forget(path)
        for file in state.dodfs:
            self._unlist(file)
        if self._faults:
            raise CardNotPreparedError(
                f"the bootstrap data cannot be taken off: {'; '.join(self._faults)}",
                files=tuple(self._faults),
            )
        if whole:
            self._delete_application()
        return draft.plan(state, state.aid)

    def _nothing_else(self) -> bool:
        """Whether everything that the application lists is bootstrap data."""
        odf = self._state.odf
        if odf is None or odf.fault is not None:
            return False
        lists_more = len(odf.rows) != len(self._state.dodfs)
        return not lists_more and all(
            len(file.listed) == len(file.rows) and all(map(_is_ours, file.listed))
            for file in self._state.dodfs
        )

    def _is_shared(self, path: FilePath) -> bool:
        return any(
            entry.path == path and not _is_ours(entry)
            for file in self._state.dodfs
            for entry in file.listed
        )

    def _wipe(self, path: FilePath, entry: Listed) -> Rewrite | None:
        """How to overwrite a document; None when its file is not there."""
        start = entry.index or 0
        found = self._look.document(path, 0, entry.format if not start else None)
        if found.info is None:
            return None
        data, size = found.data, found.size
        if data is not None and (start or entry.length is not None or self._is_shared(path)):
            end = size if entry.length is None else min(size, start + entry.length)
            data = self._look.read(found.info, start, end - start)
            size = end - start
        elif data is not None:
            data = data[: max(found.extent, 0)]
        change = wipe(data, size, entry.format)
        if not change.is_empty:
            self._draft.promise(path, change.final, start)
        if data is None:
            self._draft.forget(path)
        return change

    def _unlist(self, file: RowFile) -> None:
        gone = {entry.raw for entry in file.listed if _is_ours(entry)}
        new = [raw for raw in file.rows if raw not in gone]
        # What a torn run left behind the row is found by readers that search for the OID's bytes.
        rest = blank_end(file.data[file.used :]) if file.fault is None else 0
        if file.info is None or (tuple(new) == file.physical and not rest):
            return
        if file.fault is not None:
            self._faults.append(file.fault)
            return
        edit = edit_rows(
            file.data,
            file.size,
            file.physical,
            new,
            keep=frozenset(new),
            wrapped=file.wrapped,
            used=file.used,
        )
        if edit.unguarded:
            self._draft.findings.append(
                Finding(
                    "PROV-NO-ROOM-FOR-COPY",
                    Severity.WARNING,
                    "entries of other data objects have to be moved and the file has no room for "
                    "a copy of them: if power fails meanwhile, only a backup brings them back",
                    f"EF {file.path.fid:04X}",
                )
            )
        self._draft.rows(file.path, edit)

    def _delete_application(self) -> None:
        state, draft = self._state, self._draft
        for number, record in enumerate(state.dir_records, 1):
            templates = decode_record(record).templates
            if len(templates) == 1 and templates[0].aid.startswith(PKCS15_AID):
                # One record, one application: a torn record begins with FF and is an empty one.
                draft.record(EF_DIR, number, b"\xff" * len(record), "clear")
        base = state.base
        assert base is not None
        fid: int | None = base.fid
        if base.ids == (CURRENT_ADF,):
            info = self._look.select(base)
            fid = None if info is None else info.fid
            if fid in (None, CURRENT_ADF):
                fid = state.home.fid
        path = FilePath((MF, fid)) if base.ids == (CURRENT_ADF,) and fid is not None else base
        for file in (*state.dodfs, *([state.odf] if state.odf else [])):
            draft.forget(file.path)
        for listed in state.dodfs:
            for entry in listed.listed:
                if entry.path is not None:
                    draft.forget(entry.path)
        draft.steps.append(DeleteFile(path, "the PKCS#15 application"))


def _is_ours(entry: Listed) -> bool:
    return entry.format is not None
