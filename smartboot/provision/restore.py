"""A card image back onto a card: the plan that makes the files of the one those of the other.

Restored are the PKCS#15 application with all its files, whole, and its record in EF(DIR). Not
touched are the card's number, the records of other applications, existing EF(ARR)s (a change
there would open or close files that nobody asked about), sizes, keys, and files of which the image
has no content. What is left different is a finding.

The order keeps readers from mixtures: first every document and directory that changes is made
invalid, the directory of directories first of all, then all is written, then each is made valid
again, the documents before the directories that lead to them. A run that broke off is completed
by running it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from smartboot.bootstrap.unlock import KeySource, no_keys
from smartboot.card.base import CURRENT_ADF, MF, Card, CardKind, FileInfo, FilePath, FileSystem
from smartboot.card.tree import EF_DIR
from smartboot.errors import CardError, CardNotPreparedError, FileAbsentError, UsageError
from smartboot.image import CardImage, FileImage
from smartboot.model import Finding, Severity
from smartboot.pkcs15.directory import decode_record
from smartboot.pkcs15.locate import open_application
from smartboot.provision.backup import image_iccid
from smartboot.provision.capture import NOT_READ
from smartboot.provision.guard import Rewrite, rewrite, wipe
from smartboot.provision.image_roles import Roles, application_of
from smartboot.provision.keydesk import KeyDesk
from smartboot.provision.ranges import blank_end, changes
from smartboot.provision.steps import (
    CreateFile,
    Expected,
    Plan,
    Step,
    UpdateBinary,
    UpdateRecord,
)
from smartboot.provision.templates import template_of

__all__ = ["check_same_card", "plan_restore"]

_ARR_OF_MF = FilePath((MF, 0x2F06))
_PADDING = b"\xff"
_MAX_RECORDS = 254


def check_same_card(card: Card, image: CardImage, *, any_card: bool) -> None:
    """Refuse an image of another card. Errors: UsageError."""
    wanted, found = image_iccid(image), card.iccid()
    if any_card or (wanted is not None and wanted == found):
        return
    raise UsageError(
        f"the image is of card {wanted or 'without an ICCID'}, this is card"
        f" {found or 'without an ICCID'}",
        hint="--any-card puts it on this card all the same",
    )


def plan_restore(
    card: Card,
    image: CardImage,
    *,
    create: bool = False,
    any_card: bool = False,
    keys: KeySource = no_keys,
    force: bool = False,
) -> Plan:
    """What to do so that the card holds what the image does; empty when it does already.

    Files that the card lacks are made with ``create``. ``keys`` are asked where the card does not
    let its content be read. Errors: UsageError for an image of another card (unless ``any_card``),
    or without an application; CardNotPreparedError, which lists what the card lacks or
    has too small; PinError; CardError; TransportError.
    """
    check_same_card(card, image, any_card=any_card)
    home, directory = application_of(image)
    run = _Planning(card, image, create, KeyDesk(card, keys, force=force))
    return run.plan(home, directory)


@dataclass(slots=True)
class _Edit:
    """How one transparent file changes. ``rank`` says when it may be valid again."""

    path: FilePath
    change: Rewrite
    rank: int


_DOCUMENT, _DODF_RANK, _ODF_RANK = 0, 1, 2


@dataclass(slots=True)
class _Planning:
    """One run over one card."""

    card: Card
    image: CardImage
    create: bool
    unlocker: KeyDesk
    findings: list[Finding] = field(default_factory=list)
    made: list[Step] = field(default_factory=list)
    edits: list[_Edit] = field(default_factory=list)
    records: list[Step] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    arrs: dict[tuple[FilePath, int], bytes] = field(default_factory=dict)
    """Records of the EF(ARR)s that will be on the card."""
    missing: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    def note(self, code: str, severity: Severity, message: str, path: FilePath) -> None:
        self.findings.append(Finding(code, severity, message, f"file {path}"))

    def plan(self, home: tuple[int, ...], directory: FileImage) -> Plan:
        files = {
            path[len(home) :]: file
            for path, file in self.image.walk()
            if path[: len(home)] == home and len(path) > len(home)
        }
        aid = directory.aid
        with open_application(self.card, listing=False) as application:
            fs = application.fs
            # Where the card found its application by AID, that is how it is reached when written.
            base = FilePath((CURRENT_ADF,)) if fs is None else application.base
            if fs is not None:
                aid = application.aid if base.ids[:1] == (CURRENT_ADF,) else None
                template = application.template
                place = None if template is None else template.path
                self._tree(fs, base, files)
            else:
                place = self._create_application(home, directory)
                base = base if aid is not None else place
                self._tree(None, base, files)
        dir_first, dir_last = self._directory_records()
        self._refuse_if_lacking()
        steps = (*self.made, *dir_first, *self._ordered(), *dir_last)
        return Plan(
            steps=steps,
            findings=(*self.card.findings, *self.findings),
            expected=tuple(self.expected),
            iccid=self.card.iccid(),
            aid=aid,
            home=place,
        )

    # -- files to make

    def _create_application(self, home: tuple[int, ...], directory: FileImage) -> FilePath:
        path = FilePath(home)
        if len(home) != 2:
            raise UsageError("the image has the application in a place where none can be made")
        self._read_arr_of_mf()
        self._make(path, directory, arr_on_card=self._arr_on_card(path, directory))
        return path

    def _read_arr_of_mf(self) -> None:
        """What the card's own EF(ARR) says, for the application that will refer to it."""
        fs = self.card.basic()
        try:
            info = fs.select(_ARR_OF_MF)
            for number in range(1, 1 + min(info.record_count or 0, _MAX_RECORDS)):
                self.arrs[(_ARR_OF_MF, number)] = fs.read_record(info, number)
        except CardError:
            # The rules are then told to the card in full.
            return

    def _refuse_if_lacking(self) -> None:
        lines = (*(() if self._may_create else self.missing), *self.lacking)
        if not lines:
            return
        if self.card.kind is CardKind.SIM:
            hint = "files of a 2G SIM can only be made by its issuer"
        elif self.lacking:
            hint = "compare the two with `smartboot diff`"
        else:
            hint = "--create makes them on a card that allows it; else its issuer has to"
        raise CardNotPreparedError(
            f"the card cannot take the image: {'; '.join(lines)}", files=lines, hint=hint
        )

    @property
    def _may_create(self) -> bool:
        return self.create and self.card.kind is CardKind.UICC

    def _make(self, path: FilePath, file: FileImage, *, arr_on_card: bool) -> None:
        name = f"{file.fid:04X} {file.name}".rstrip()
        size = "a directory" if file.is_directory else f"{len(file.body)} bytes"
        self.missing.append(f"file {name}, {size}, is missing")
        templates = template_of(file, arr_on_card=arr_on_card)
        if not templates:
            self.lacking.append(f"file {name} of type {file.type} cannot be made")
            return
        if file.fcp_raw is not None:
            self.note(
                "PROV-ACCESS-NOT-RESTORED",
                Severity.WARNING,
                "its access conditions are not expressed in the image; it is made with others",
                path,
            )
        access = file.access or {}
        self.made.append(
            CreateFile(
                path,
                file.name or f"{file.fid:04X}",
                templates,
                size=None if file.is_directory else len(file.body),
                read=access.get("read", "always"),
                update=access.get("update", access.get("create-ef", "adm1")),
                aid=file.aid,
            )
        )

    def _arr_on_card(self, base: FilePath, file: FileImage) -> bool:
        """Whether the record the image's file refers to is (or will be) the same on the card."""
        if file.arr is None:
            return False
        fid, _, record = file.arr.partition("/")
        number = int(record)
        for directory, prefix in ((base, self._home), (FilePath((MF,)), ())):
            arr = self.image.find((*prefix, int(fid, 16)))
            if arr is None or not arr.has_records or number > len(arr.records):
                continue
            there = self.arrs.get((directory.child(int(fid, 16)), number))
            return there is not None and there.rstrip(_PADDING) == arr.records[number - 1]
        return False

    @property
    def _home(self) -> tuple[int, ...]:
        return application_of(self.image)[0][1:]

    # -- the files of the application

    def _tree(
        self, fs: FileSystem | None, base: FilePath, files: dict[tuple[int, ...], FileImage]
    ) -> None:
        roles = Roles.of(files)
        # EF(ARR) first: what is made later may refer to it.
        order = sorted(files, key=lambda path: (len(path), not files[path].has_records))
        for relative in order:
            file, path = files[relative], FilePath((*base.ids, *relative))
            info = None if fs is None else self._select(fs, path)
            if file.name.startswith(NOT_READ):
                self.note(
                    "PROV-NOT-IN-IMAGE",
                    Severity.WARNING,
                    f"is left alone: its content is not in the image ({file.name})",
                    path,
                )
            elif info is None and file.has_records and fs is not None and not self.create:
                self._note_arr(path, "is not on the card")
            elif info is None:
                self._make(path, file, arr_on_card=self._arr_on_card(base, file))
                self._fill(path, file, roles, relative)
            elif fs is not None:
                self._change(fs, info, path, file, roles, relative)

    @staticmethod
    def _select(fs: FileSystem, path: FilePath) -> FileInfo | None:
        try:
            return fs.select(path)
        except FileAbsentError:
            return None

    def _fill(
        self, path: FilePath, file: FileImage, roles: Roles, relative: tuple[int, ...]
    ) -> None:
        """The content of a file that is made."""
        if file.has_records:
            for number, record in enumerate(file.records, 1):
                data = record.ljust(file.record_size or 0, _PADDING)
                self.made.append(UpdateRecord(path, number, data, "write"))
                self.expected.append(Expected(path, 0, data, number))
                self.arrs[(path, number)] = data
        elif not file.is_directory and file.data:
            change = rewrite(None, file.data, roles.kind(file, relative), fresh=True)
            self._take(path, change, roles, relative)

    def _change(
        self,
        fs: FileSystem,
        info: FileInfo,
        path: FilePath,
        file: FileImage,
        roles: Roles,
        relative: tuple[int, ...],
    ) -> None:
        """The content of a file that is there."""
        if info.kind.is_directory or file.is_directory:
            if info.kind.is_directory != file.is_directory:
                self.lacking.append(f"file {path.fid:04X} is a directory on one side only")
            return
        if info.kind.has_records != file.has_records:
            self.lacking.append(f"file {path.fid:04X} has another structure on the card")
            return
        if file.has_records:
            self._compare_records(fs, info, path, file)
            return
        size = info.size or 0
        if len(file.data) > size:
            self.lacking.append(f"file {path.fid:04X} has {size} bytes and needs {len(file.data)}")
            return
        if size != file.size:
            self.note(
                "PROV-SIZE-DIFFERS",
                Severity.WARNING,
                f"stays {size} bytes long; it has {file.size} in the image",
                path,
            )
        current = self.unlocker.run(fs, info, "read", lambda: fs.read_binary(info))
        content = file.data
        name = roles.kind(file, relative)
        end = len(current.rstrip(_PADDING))
        if content:
            change = rewrite(current, content, name, clear_to=end)
        else:
            change = wipe(current, size, name or None)
            blank = blank_end(current)
            # Padding of 00 behind it becomes FF too: the image holds FF there.
            rest = changes(current[:end], _PADDING * end, blank)
            change = Rewrite(
                change.invalidate, (*change.body, *rest), change.validate, _PADDING * end
            )
        self._take(path, change, roles, relative)

    def _take(
        self, path: FilePath, change: Rewrite, roles: Roles, relative: tuple[int, ...]
    ) -> None:
        if change.is_empty:
            return
        rank = _DOCUMENT
        if relative in roles.odf:
            rank = _ODF_RANK
        elif relative in roles.dodf:
            rank = _DODF_RANK
        self.edits.append(_Edit(path, change, rank))
        self.expected.append(Expected(path, 0, change.final))

    def _compare_records(
        self, fs: FileSystem, info: FileInfo, path: FilePath, file: FileImage
    ) -> None:
        """EF(ARR), which is looked at and left alone."""
        numbers = range(1, 1 + min(info.record_count or 0, _MAX_RECORDS))
        found = self.unlocker.run(
            fs, info, "read", lambda: [fs.read_record(info, number) for number in numbers]
        )
        for number, data in enumerate(found, 1):
            self.arrs[(path, number)] = data
        trimmed = [data.rstrip(_PADDING) for data in found]
        while trimmed and not trimmed[-1]:
            trimmed.pop()
        if trimmed != file.records:
            self._note_arr(path, "holds other access rules than in the image")

    def _note_arr(self, path: FilePath, what: str) -> None:
        self.note(
            "PROV-ARR-DIFFERS",
            Severity.WARNING,
            f"{what}; access rules stay as they are on the card",
            path,
        )

    # -- the directory of applications

    def _directory_records(self) -> tuple[list[Step], list[Step]]:
        """Steps for EF(DIR): those that take the application away, and those that bring it."""
        wanted = self.image.find((EF_DIR.fid,))
        if wanted is None or not wanted.has_records or wanted.name.startswith(NOT_READ):
            return [], []
        fs = self.card.basic()
        info = self._select(fs, EF_DIR)
        if info is None or not info.kind.has_records or not info.record_length:
            self.note(
                "PROV-DIR-NOT-RESTORED",
                Severity.WARNING,
                "the card has no EF(DIR) with records to list the application in",
                EF_DIR,
            )
            return [], []
        numbers = range(1, 1 + min(info.record_count or 0, _MAX_RECORDS))
        found = self.unlocker.run(
            fs, info, "read", lambda: [fs.read_record(info, number) for number in numbers]
        )
        old = {n: r.rstrip(_PADDING) for n, r in enumerate(found, 1) if _is_pkcs15(r)}
        new = {n: r for n, r in enumerate(wanted.records, 1) if _is_pkcs15(r)}
        free = [n for n, r in enumerate(found, 1) if not r.strip(b"\x00\xff")]
        steps: tuple[list[Step], list[Step]] = ([], [])
        for number, record in new.items():
            target = number if number in old or number in free else next(iter([*old, *free]), None)
            if target is None or len(record) > info.record_length:
                self.lacking.append(f"EF(DIR) has no free record of {len(record)} bytes")
                continue
            if target in free:
                free.remove(target)
            if old.pop(target, None) != record:
                steps[1].extend(self._record(info, target, record, found[target - 1]))
        for number in old:
            steps[0].extend(self._record(info, number, b"", found[number - 1]))
        return steps

    def _record(self, info: FileInfo, number: int, record: bytes, old: bytes) -> Iterator[Step]:
        """The tag byte comes last, so that a torn record is an empty one."""
        data = record.ljust(info.record_length or 0, _PADDING)
        self.expected.append(Expected(EF_DIR, 0, data, number))
        held = _PADDING + data[1:]
        if record and old != held:
            yield UpdateRecord(EF_DIR, number, held, "write")
        yield UpdateRecord(EF_DIR, number, data, "list")

    # -- the order

    def _ordered(self) -> Iterator[Step]:
        def steps(edit: _Edit, writes: tuple[tuple[int, bytes], ...], why: str) -> Iterator[Step]:
            for offset, data in writes:
                yield UpdateBinary(edit.path, offset, data, why)

        for edit in sorted(self.edits, key=lambda edit: -edit.rank):
            yield from steps(edit, edit.change.invalidate, "invalidate")
        for edit in sorted(self.edits, key=lambda edit: edit.rank):
            yield from steps(edit, edit.change.body, "write")
        for edit in sorted(self.edits, key=lambda edit: edit.rank):
            yield from steps(edit, edit.change.validate, "validate")


def _is_pkcs15(record: bytes) -> bool:
    return any(template.is_pkcs15 for template in decode_record(record).templates)
