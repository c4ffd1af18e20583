"""Files of a card as parts of a card image: content, sizes, states and access conditions.

What a card keeps to itself stands in the image all the same, with a name that begins with
``NOT_READ`` and a finding that says why: an image never leaves a file out silently. Keys are not
on a card for anybody to read, so an image gets placeholders (see ``placeholders``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from smartboot.apdu import tlv
from smartboot.bootstrap.unlock import Unlocker
from smartboot.card.base import (
    CURRENT_ADF,
    MF,
    AccessCondition,
    AccessRule,
    Card,
    CardKind,
    FileInfo,
    FileKind,
    FilePath,
    FileSystem,
    LifeCycle,
)
from smartboot.card.keys import is_adm, key_name
from smartboot.errors import (
    CardError,
    DecodeError,
    FileAbsentError,
    PinError,
    SecurityStatusError,
)
from smartboot.image import MAX_FILE_SIZE, CardImage, image_from_data
from smartboot.imagefields import protocols_of
from smartboot.imagerules import ACCESS_OPERATIONS, Condition, parse_condition
from smartboot.model import Finding, Severity

__all__ = ["NOT_READ", "Capture", "CaptureProgress", "no_progress", "placeholders"]

NOT_READ = "not read: "
"""How the name of a file begins whose content is not in the image."""

CaptureProgress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes (or records) read so far, and how many there are."""

_CHUNK = 256
_MAX_RECORDS = 254
_MAX_NAME = 64
_MAX_TOTAL = 2 * 1024 * 1024
"""Far above any card; keeps one that names hundreds of 32 KB files from filling the memory."""

_PIN_PLACEHOLDER = "1234"
_ADM_PLACEHOLDER = "12345678"
_DESCRIPTOR = 0x82
_ENCODINGS = {"8B": "referenced", "AB": "expanded", "8C": "compact"}
"""How an image says which of the forms of access rules the card has, by their tag."""

_SHAREABLE = 0x40


def no_progress(name: str, done: int, total: int) -> None:
    """A progress report to nobody."""
    del name, done, total


def placeholders(references: Iterable[int]) -> list[dict[str, Any]]:
    """Keys that stand in for those of the card, whose values nobody can read.

    PINs are switched off, so that everything a holder of the PIN can read can be read from the
    image; administrative keys are 12345678, so that a write can be tried out on a virtual card.
    """
    return [
        {
            "name": f"{key_name(reference)} (placeholder)",
            "reference": f"{reference:02X}",
            "value": _ADM_PLACEHOLDER if is_adm(reference) else _PIN_PLACEHOLDER,
            "enabled": is_adm(reference),
            "tries": 10 if is_adm(reference) else 3,
        }
        for reference in sorted(set(references))
    ]


@dataclass(slots=True)
class _Node:
    """One file of the image in the making; ``fields`` are those of ``FileImage``."""

    fields: dict[str, Any]
    children: dict[int, _Node] = field(default_factory=dict)

    @property
    def is_directory(self) -> bool:
        return self.fields.get("type") in ("df", "adf")

    def plain(self) -> dict[str, Any]:
        if not self.is_directory:
            return self.fields
        return {**self.fields, "files": [child.plain() for child in self.children.values()]}


class Capture:
    """Collects files of one card, each once, wherever it was reached from.

    ``application`` is the absolute path that 7FFF stands for; set it before files are captured
    through it.
    """

    def __init__(
        self, card: Card, unlocker: Unlocker, progress: CaptureProgress = no_progress
    ) -> None:
        self.findings: list[Finding] = []
        self.locked: list[str] = []
        self.application: FilePath | None = None
        self._card = card
        self._unlocker = unlocker
        self._progress = progress
        self._root: dict[int, _Node] = {}
        self._mf: dict[str, Any] = {}
        self._seen: set[FilePath] = set()
        self._arrs: set[FilePath] = set()
        self._keys: set[int] = set()
        self._encodings: list[str] = []
        self._total = 0

    # -- where files go

    def place(self, path: FilePath) -> FilePath:
        """The absolute path of a file, 7FFF replaced by what it stands for."""
        if path.ids[:1] == (CURRENT_ADF,) and self.application is not None:
            return FilePath((*self.application.ids, *path.ids[1:]))
        return path if path.is_absolute else FilePath((MF, *path.ids))

    def _node(self, place: FilePath, fields: dict[str, Any]) -> bool:
        """Put a file into the tree; False where one above it is no directory."""
        files = self._root
        for fid in place.ids[1:-1]:
            parent = files.setdefault(fid, _Node({"fid": f"{fid:04X}", "type": "df"}))
            if not parent.is_directory:
                return False
            files = parent.children
        fresh = _Node({"fid": f"{place.fid:04X}", **fields})
        known = files.get(place.fid)
        if known is not None:
            fresh.children = known.children
        files[place.fid] = fresh
        return True

    def note(self, code: str, severity: Severity, message: str, path: FilePath) -> None:
        """Add a finding about a file."""
        self.findings.append(Finding(code, severity, message, f"file {path}"))

    # -- taking files

    def directory(self, fs: FileSystem, path: FilePath, name: str = "") -> FileInfo | None:
        """Take the MF, a DF or an ADF; None, with a finding, when the card does not show it."""
        place = self.place(path)
        self._seen.add(place)
        try:
            info = fs.select(path)
        except CardError as error:
            self.note("PROV-NOT-READ", Severity.WARNING, str(error), place)
            return None
        fields = self._described(fs, info)
        if place.ids == (MF,):
            self._mf = {k: v for k, v in fields.items() if k not in ("shareable",)}
            return info
        fields |= {"name": _name(name), "type": "df"}
        if info.aid is not None:
            fields |= {"type": "adf", "aid": info.aid}
        if info.fid is not None and info.fid != place.fid:
            fields["fcp_fid"] = info.fid
        self._node(place, fields)
        return info

    def file(
        self,
        fs: FileSystem,
        path: FilePath,
        name: str = "",
        *,
        optional: bool = False,
        selected: FileInfo | None = None,
    ) -> None:
        """Take an EF whole. One that is absent is a finding, unless ``optional``; ``selected`` is
        what the card said of one that was selected just now.

        Errors: TransportError; whatever the card refuses is a finding.
        """
        place = self.place(path)
        if place in self._seen or len(place.ids) < 2:
            return
        self._seen.add(place)
        try:
            info = selected or fs.select(path)
        except FileAbsentError as error:
            if not optional:
                self.note("PROV-FILE-ABSENT", Severity.WARNING, str(error), place)
            return
        except CardError as error:
            self._unread(place, {"size": 1}, error)
            return
        if info.kind.is_directory:
            self.note("PROV-NOT-READ", Severity.WARNING, "is a directory, not a file", place)
            return
        fields: dict[str, Any] = {"name": _name(name), "sfi": info.sfi}
        try:
            fields |= self._content(fs, info)
        except CardError as error:
            fields |= _shape(info)
            self._unread(place, fields | self._described(fs, info), error)
            return
        fields |= self._described(fs, info)
        if info.fid is not None and info.fid != place.fid:
            fields["fcp_fid"] = info.fid
        if not self._node(place, fields):
            self.note("PROV-NOT-READ", Severity.WARNING, "lies below a file that is no DF", place)

    def _unread(self, place: FilePath, fields: dict[str, Any], error: CardError) -> None:
        """A file that is there and whose content is not known."""
        if isinstance(error, PinError):
            reason = f"needs {error.key_name}"
            self.locked.append(error.key_name)
        elif isinstance(error, SecurityStatusError):
            reason = f"needs {' or '.join(error.needs) or 'a key'}"
            self.locked.append(" or ".join(error.needs) or "a key")
        else:
            reason = "refused" if error.sw is None else f"refused with {error.sw:04X}"
        text = f"{error}; {error.hint}" if error.hint else str(error)
        self.note(
            "PROV-NOT-READ", Severity.ERROR, f"its content is not in the image: {text}", place
        )
        self._node(place, {**fields, "name": _name(NOT_READ + reason)})

    # -- content

    def _content(self, fs: FileSystem, info: FileInfo) -> dict[str, Any]:
        shape = _shape(info)
        if info.kind in (FileKind.BER_TLV, FileKind.INTERNAL):
            raise CardError(f"{info.kind} files have no content that can be copied")
        if info.kind.has_records:
            return shape | self._records(fs, info)
        data = self._binary(fs, info)
        fields: dict[str, Any] = {"size": max(1, len(data)), "data": data}
        if info.size is not None and info.size != len(data):
            fields["fcp_size"] = min(info.size, 0xFFFF)
        return shape | fields

    def _room(self, count: int) -> None:
        self._total += count
        if self._total > _MAX_TOTAL:
            raise CardError(f"the card holds more than {_MAX_TOTAL} bytes")

    def _binary(self, fs: FileSystem, info: FileInfo) -> bytes:
        name = f"EF {info.path.fid:04X}"
        size = MAX_FILE_SIZE if info.size is None else min(info.size, MAX_FILE_SIZE)
        self._room(size)
        data = bytearray()

        def read() -> None:
            while len(data) < size:
                wanted = min(_CHUNK, size - len(data))
                chunk = fs.read_binary(info, len(data), wanted)
                data.extend(chunk)
                self._progress(name, len(data), size)
                if len(chunk) < wanted:
                    break

        self._unlocker.run(fs, info, "read", read)
        return bytes(data)

    def _records(self, fs: FileSystem, info: FileInfo) -> dict[str, Any]:
        name = f"EF {info.path.fid:04X}"
        count = min(info.record_count or _MAX_RECORDS, _MAX_RECORDS)
        records: list[bytes] = []

        def read() -> None:
            while len(records) < count:
                try:
                    record = fs.read_record(info, len(records) + 1)
                except FileAbsentError:
                    break
                self._room(len(record))
                records.append(record[:255])
                self._progress(name, len(records), count)

        self._unlocker.run(fs, info, "read", read)
        length = max([min(info.record_length or 1, 255), *map(len, records)])
        return {
            "record_size": length,
            "record_count": max(1, info.record_count or len(records)),
            "records": records,
        }

    # -- states and access

    def _described(self, fs: FileSystem, info: FileInfo) -> dict[str, Any]:
        """Life cycle, shareable bit and access conditions, as ``FileImage`` has them."""
        fields: dict[str, Any] = {}
        if info.life_cycle is not LifeCycle.NONE:
            fields["life_cycle"] = info.life_cycle.value
        if not _is_shareable(info.raw):
            fields["shareable"] = False
        try:
            rule = fs.access_rule(info)
        except (CardError, DecodeError):
            rule = AccessRule()
        self._encodings.append("8B" if info.access_reference else rule.source[:2])
        reference = info.access_reference
        if reference is not None:
            self._arr(fs, info, reference[0])
        access, complete = _access(rule)
        if access is not None:
            fields["access"] = access
            for text in access.values():
                self._keys.update(parse_condition(text).keys)
        # EF(ARR) mostly refers to itself, which tells nothing and could not be made again.
        if reference is not None and 0 < reference[1] < 255 and reference[0] != info.path.fid:
            fields["arr"] = f"{reference[0]:04X}/{reference[1]}"
        if not complete and self._card.kind is CardKind.UICC and info.raw:
            fields["fcp_raw"] = info.raw
            self.note(
                "PROV-ACCESS-NOT-EXPRESSED",
                Severity.INFO,
                "its access conditions cannot be written as conditions; the image keeps the"
                " card's own description (fcp_raw)",
                self.place(info.path),
            )
        return fields

    def _arr(self, fs: FileSystem, info: FileInfo, fid: int) -> None:
        """Take the EF(ARR) that a file refers to: its own directory's, or one further up."""
        ids = info.path.ids if info.kind.is_directory else info.path.ids[:-1]
        chain = [ids[:count] for count in range(len(ids), 0, -1)]
        order = [(MF,), *chain] if fid >> 8 == 0x2F else [*chain, (MF,)]
        for directory in dict.fromkeys(order):
            path = FilePath((*directory, fid))
            place = self.place(path)
            if place in self._seen:
                if place in self._arrs:
                    return
                continue
            try:
                arr = fs.select(path)
            except CardError:
                self._seen.add(place)
                continue
            self._arrs.add(place)
            self.file(fs, path, "EF.ARR", selected=arr)
            return

    # -- the image

    def image(self) -> CardImage:
        """What was captured. Errors: ProfileError when it is more than an image can hold."""
        card = self._card
        header: dict[str, Any] = {"kind": card.kind.value}
        try:
            offered = protocols_of(card.atr)
            header |= {"atr": card.atr, "protocol": "T=0" if "T=0" in offered else "T=1"}
        except ValueError:
            self.findings.append(
                Finding(
                    "PROV-ATR-MALFORMED",
                    Severity.WARNING,
                    "the card's ATR is malformed and is not in the image",
                    reference="ISO/IEC 7816-3, 8.2",
                )
            )
        if card.kind is CardKind.SIM or any(f.code == "CARD-NO-CHANNEL" for f in card.findings):
            header["channels"] = 1
        for source, encoding in _ENCODINGS.items():
            if source in self._encodings:
                header["access_encoding"] = encoding
                break
        return image_from_data(
            {
                "schema": "smartboot/image/1",
                "card": header,
                "pins": placeholders(key for key in self._keys if 1 <= key <= 0xFF),
                "mf": self._mf,
                "files": [node.plain() for node in self._root.values()],
            },
            "the dump",
        )


def _name(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:_MAX_NAME]


def _shape(info: FileInfo) -> dict[str, Any]:
    """Type and sizes, also of a file whose content is not known."""
    if info.kind.has_records:
        return {
            "type": info.kind.value,
            "record_size": min(max(1, info.record_length or 1), 255),
            "record_count": min(max(1, info.record_count or 1), _MAX_RECORDS),
        }
    plain = info.kind in (FileKind.BER_TLV, FileKind.INTERNAL)
    return {
        "type": info.kind.value if plain else "transparent",
        "size": min(max(1, info.size or 1), MAX_FILE_SIZE),
    }


def _is_shareable(raw: bytes) -> bool:
    """Bit 7 of the file descriptor byte (TS 102 221, 11.1.1.4.3); True where it is not told."""
    try:
        outer = tlv.parse(raw) if raw[:1] == b"\x62" else None
        found = None if outer is None else tlv.find(outer.children(), _DESCRIPTOR)
    except DecodeError:
        return True
    return found is None or not found.value or bool(found.value[0] & _SHAREABLE)


def _spelled(condition: AccessCondition) -> str | None:
    """The condition as images write it; None when it cannot be expressed."""
    if not condition.known or len(condition.keys) > 8:
        return None
    if condition.always:
        return "always"
    if condition.never or not condition.keys:
        return "never"
    return str(Condition("all" if condition.all_of else "any", condition.keys))


def _access(rule: AccessRule) -> tuple[dict[str, str] | None, bool]:
    """The access map of a rule, and whether it says all that the rule does.

    Where a condition is not understood, reading is free in the image, which has to be readable,
    and anything else takes ADM1, as is usual.
    """
    if not rule.conditions:
        return None, False
    access: dict[str, str] = {}
    complete = True
    for operation, condition in rule.conditions:
        text = _spelled(condition)
        if operation not in ACCESS_OPERATIONS or text is None:
            complete = False
            if operation in ACCESS_OPERATIONS:
                access[operation] = "always" if operation == "read" else "adm1"
            continue
        access[operation] = text
    ordered = {name: access[name] for name in ACCESS_OPERATIONS if name in access}
    return ordered, complete
