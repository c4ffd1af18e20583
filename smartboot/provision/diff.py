"""What differs between two cards, images or profiles: accounts, documents, files.

Everything is compared as card images, whatever it came from, so that one comparison serves all
pairs. Secrets are compared and never shown. What a profile says nothing about (EF(DIR), ICCID,
the rest of the card) is not compared with it, nor what nobody looked for on a card.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Any, TypeVar

from smartboot.bootstrap.data import BootstrapData, BootstrapObject
from smartboot.frozen import dataclass
from smartboot.image import CardImage, FileImage
from smartboot.imagerules import ACCESS_OPERATIONS
from smartboot.model import MASK, Account
from smartboot.pkcs15.directory import PKCS15_AID
from smartboot.provision.capture import NOT_READ

__all__ = ["SCHEMA", "Area", "Change", "Comparison", "Origin", "Side", "compare_sides"]

SCHEMA = "smartboot/diff/1"

_MAX_CHANGES = 1_000
_MAX_RANGES = 8
_MAX_VALUE = 200
_MAX_DEPTH = 32
_DFS = (0x7F50, 0x5015)

T = TypeVar("T")


class Origin(StrEnum):
    """What a side is, which says how much it claims to know."""

    CARD = "card"
    IMAGE = "image"
    PROFILE = "profile"


class Area(StrEnum):
    """What a change is in, in the order they are told."""

    ACCOUNT = "account"
    DATA_OBJECT = "data object"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Side:
    """One side: its name for people, its image, and the bootstrap data read from that."""

    name: str
    origin: Origin
    image: CardImage
    data: BootstrapData


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``old`` is the first side's value, ``new`` the second's, None for "not
    there"; both are masked when ``secret``. ``field`` is empty where the whole subject is only on
    one side."""

    area: Area
    subject: str
    field: str = ""
    old: str | None = None
    new: str | None = None
    secret: bool = False

    def __str__(self) -> str:
        if not self.field:
            return f"{self.subject}: only in the {'first' if self.new is None else 'second'}"
        if self.secret and self.old is not None and self.new is not None:
            return f"{self.subject}: {self.field} differs"
        old, new = ("not there" if v is None else v for v in (self.old, self.new))
        return f"{self.subject}: {self.field} {old} → {new}"

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON."""
        return {
            "subject": self.subject,
            "field": self.field or None,
            "old": self.old,
            "new": self.new,
            "secret": self.secret,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between ``first`` and ``second``; ``cut`` when there was more.

    ``unread`` are files whose content is not known on one side, so that it was not compared.
    """

    first: Side = field(repr=False)
    second: Side = field(repr=False)
    changes: tuple[Change, ...]
    unread: tuple[str, ...] = ()
    cut: bool = False

    @property
    def equal(self) -> bool:
        """Whether nothing differs among what could be compared."""
        return not self.changes

    def of(self, area: Area) -> tuple[Change, ...]:
        """The changes in one area."""
        return tuple(change for change in self.changes if change.area is area)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of ``smartboot diff``."""
        sides = {
            key: {
                "name": side.name,
                "origin": side.origin.value,
                "iccid": None if side.origin is Origin.PROFILE else side.data.card.iccid,
            }
            for key, side in (("first", self.first), ("second", self.second))
        }
        return {
            "schema": SCHEMA,
            **sides,
            "equal": self.equal,
            "accounts": [change.to_dict() for change in self.of(Area.ACCOUNT)],
            "data_objects": [change.to_dict() for change in self.of(Area.DATA_OBJECT)],
            "files": [change.to_dict() for change in self.of(Area.FILE)],
            "not_compared": list(self.unread),
            "cut": self.cut,
        }


# -- values


def _flat(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """The leaves of JSON-able values with their places: ``addresses[0].uri``."""
    if depth > _MAX_DEPTH:
        yield path, str(value)
    elif isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _flat(item, f"{path}[{index}]", depth + 1)
    elif value is not None and value not in ({}, []):
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= _MAX_VALUE else text[: _MAX_VALUE - 1] + "…"


def _fields(
    area: Area, subject: str, old: Callable[[bool], Any], new: Callable[[bool], Any]
) -> Iterator[Change]:
    """The leaves that differ. ``old`` and ``new`` give the values, with secrets when called with
    True; where only these differ, the change is a secret one and shows the mask."""
    bare = dict(_flat(old(True))), dict(_flat(new(True)))
    shown = dict(_flat(old(False))), dict(_flat(new(False)))
    for name in dict.fromkeys((*bare[0], *bare[1])):
        before, after = bare[0].get(name), bare[1].get(name)
        if before == after:
            continue
        old_text, new_text = _masked(shown[0], name, before), _masked(shown[1], name, after)
        secret = MASK in (old_text, new_text)
        yield Change(area, subject, name, _short(old_text), _short(new_text), secret)


def _masked(shown: dict[str, str], name: str, value: str | None) -> str | None:
    """A leaf as it may be shown. One whose place is masked further up is a secret as a whole."""
    if value is None:
        return None
    return shown.get(name, MASK)


def _pairs(
    first: Sequence[T], second: Sequence[T], *keys: Callable[[T], object]
) -> list[tuple[T | None, T | None]]:
    """Who belongs to whom: by the first key that fits, else alone, in the order of ``first``."""
    left, right = list(range(len(first))), list(range(len(second)))
    found: dict[int, int] = {}
    for key in keys:
        for i in list(left):
            match = next((j for j in right if key(first[i]) == key(second[j])), None)
            if match is not None:
                found[i] = match
                left.remove(i)
                right.remove(match)
    paired: list[tuple[T | None, T | None]] = [
        (item, second[found[i]] if i in found else None) for i, item in enumerate(first)
    ]
    return paired + [(None, second[j]) for j in right]


# -- accounts and documents


def _account_name(number: int, account: Account) -> str:
    if account.server_id is not None:
        return f"account {number} (server {account.server_id})"
    return f"account {number} ({account.role} server)"


def _account_values(account: Account) -> Callable[[bool], Any]:
    def values(show: bool) -> Any:
        plain = account.to_dict(show_secrets=show)
        del plain["source"]
        return plain

    return values


def _accounts(first: BootstrapData, second: BootstrapData) -> Iterator[Change]:
    pairs = _pairs(
        first.accounts,
        second.accounts,
        lambda a: (a.protocol, a.role, a.server_id, [x.uri for x in a.addresses]),
        lambda a: (a.protocol, a.role, a.server_id),
        lambda a: (a.protocol, a.role),
    )
    for number, (old, new) in enumerate(pairs, 1):
        if old is None or new is None:
            account = old or new
            assert account is not None
            yield _alone(Area.ACCOUNT, _account_name(number, account), first=old is not None)
        else:
            yield from _fields(
                Area.ACCOUNT,
                _account_name(number, old),
                _account_values(old),
                _account_values(new),
            )


def _alone(area: Area, subject: str, *, first: bool) -> Change:
    return Change(area, subject, "", "present" if first else None, None if first else "present")


def _object_name(item: BootstrapObject) -> str:
    what = item.label or item.oid or "without a name"
    return f"data object {what!r}" + (f" (EF {item.fid})" if item.fid else "")


def _object_values(item: BootstrapObject) -> Callable[[bool], Any]:
    def values(show: bool) -> Any:
        return {
            "oid": item.oid,
            "format": item.format,
            "label": item.label,
            "fid": item.fid,
            "private": item.private,
            "modifiable": item.modifiable,
            "document": item.plain_document(show_secrets=show),
        }

    return values


def _objects(first: BootstrapData, second: BootstrapData) -> Iterator[Change]:
    pairs = _pairs(
        first.objects, second.objects, lambda o: (o.oid, o.fid), lambda o: o.oid, lambda o: o.fid
    )
    for old, new in pairs:
        if old is None or new is None:
            item = old or new
            assert item is not None
            yield _alone(Area.DATA_OBJECT, _object_name(item), first=old is not None)
            continue
        changes = list(
            _fields(Area.DATA_OBJECT, _object_name(old), _object_values(old), _object_values(new))
        )
        if not changes and old.digest != new.digest:
            sizes = [f"{o.used} bytes" if o.content else "empty" for o in (old, new)]
            changes.append(
                Change(
                    Area.DATA_OBJECT,
                    _object_name(old),
                    "encoding (same meaning)",
                    sizes[0],
                    sizes[1],
                )
            )
        yield from changes


# -- files


def _application(image: CardImage) -> FileImage | None:
    """The directory of the PKCS#15 application."""
    found: dict[int, FileImage] = {}
    for _, file in image.walk():
        if file.aid is not None and file.aid.startswith(PKCS15_AID):
            return file
        if file.is_directory and file.fid in _DFS:
            found.setdefault(file.fid, file)
    return next((found[fid] for fid in _DFS if fid in found), None)


def _named_files(image: CardImage) -> tuple[dict[str, FileImage], dict[str, FileImage]]:
    """The files of the application by their path in it, and all others by their path."""
    application = _application(image)
    inside: dict[str, FileImage] = {}
    outside: dict[str, FileImage] = {}
    below: list[tuple[int, ...]] = []
    for path, file in image.walk():
        name = "/".join(f"{fid:04X}" for fid in path)
        if file is application:
            below.append(path)
            continue
        root = next((p for p in below if path[: len(p)] == p), None)
        if root is not None:
            inside["/".join(f"{fid:04X}" for fid in path[len(root) :])] = file
        else:
            outside[name] = file
    return inside, outside


def _ranges(old: bytes, new: bytes) -> str:
    """Where two contents differ: ``bytes 4-7, 12``. The shorter one is taken to go on in FF, as a
    file behind its document does; gaps of up to three equal bytes do not part a range."""
    spans: list[list[int]] = []
    length = max(len(old), len(new))
    old, new = old.ljust(length, b"\xff"), new.ljust(length, b"\xff")
    for at in range(length):
        if old[at] != new[at]:
            if spans and at - spans[-1][1] <= 4:
                spans[-1][1] = at
            else:
                spans.append([at, at])
    texts = [str(a) if a == b else f"{a}-{b}" for a, b in spans[:_MAX_RANGES]]
    more = f" and {len(spans) - _MAX_RANGES} more" if len(spans) > _MAX_RANGES else ""
    return f"content at bytes {', '.join(texts)}{more}"


def _records(old: FileImage, new: FileImage) -> str:
    size = max(old.record_size or 0, new.record_size or 0)
    count = max(old.record_count or 0, new.record_count or 0)
    numbers = [str(n + 1) for n in range(count) if _record(old, n, size) != _record(new, n, size)]
    more = f" and {len(numbers) - _MAX_RANGES} more" if len(numbers) > _MAX_RANGES else ""
    return f"content of records {', '.join(numbers[:_MAX_RANGES])}{more}"


def _record(file: FileImage, index: int, size: int) -> bytes:
    data = file.records[index] if index < len(file.records) else b""
    return data.ljust(size, b"\xff")


def _conditions(file: FileImage) -> dict[str, str]:
    access = file.access
    if access is None:
        return {}
    return {name: access.get(name, "never") for name in ACCESS_OPERATIONS}


def _file(subject: str, old: FileImage, new: FileImage, *, profile: bool) -> Iterator[Change]:
    def change(name: str, before: object, after: object) -> Iterator[Change]:
        if before != after:
            texts = [None if value is None else str(value) for value in (before, after)]
            yield Change(Area.FILE, subject, name, texts[0], texts[1])

    yield from change("type", old.type, new.type)
    yield from change("size", old.size, new.size)
    yield from change("record size", old.record_size, new.record_size)
    yield from change("records", old.record_count, new.record_count)
    yield from change("life cycle", old.life_cycle, new.life_cycle)
    if not profile or (old.sfi is not None and new.sfi is not None):
        yield from change("SFI", old.sfi, new.sfi)
    before, after = _conditions(old), _conditions(new)
    if before and after:
        # A profile says who may read and update; the rest is the card's own business.
        for name in ("read", "update") if profile else ACCESS_OPERATIONS:
            yield from change(f"access to {name}", before[name], after[name])
    if old.is_directory or NOT_READ in (old.name[: len(NOT_READ)], new.name[: len(NOT_READ)]):
        return
    if old.has_records and new.has_records:
        if old.records != new.records:
            yield Change(Area.FILE, subject, _records(old, new), MASK, MASK, secret=True)
    elif old.data != new.data:
        yield Change(Area.FILE, subject, _ranges(old.data, new.data), MASK, MASK, secret=True)


def _files(first: Side, second: Side, unread: list[str]) -> Iterator[Change]:
    profile = Origin.PROFILE in (first.origin, second.origin)
    inside = _named_files(first.image)[0], _named_files(second.image)[0]
    yield from _both(inside, profile=profile, alone=True, unread=unread)
    if profile:
        return
    outside = _named_files(first.image)[1], _named_files(second.image)[1]
    # From a card only the files of the bootstrap data were read; more in an image means nothing.
    alone = first.origin is second.origin is Origin.IMAGE
    yield from _both(outside, profile=False, alone=alone, unread=unread)


def _both(
    sides: tuple[dict[str, FileImage], dict[str, FileImage]],
    *,
    profile: bool,
    alone: bool,
    unread: list[str],
) -> Iterator[Change]:
    first, second = sides
    for path in sorted({*first, *second}):
        old, new = first.get(path), second.get(path)
        subject = f"file {path}"
        if old is not None and new is not None:
            if any(file.name.startswith(NOT_READ) for file in (old, new)):
                unread.append(path)
            yield from _file(subject, old, new, profile=profile)
        elif alone and not (profile and _is_made_up(old or new)):
            yield _alone(Area.FILE, subject, first=old is not None)


def _is_made_up(file: FileImage | None) -> bool:
    """EF(ARR), which a card needs and a profile does not speak of."""
    return file is not None and file.has_records


def compare_sides(first: Side, second: Side) -> Comparison:
    """Compare two sides: accounts, then data objects and documents, then files."""
    unread: list[str] = []
    sources: tuple[Iterable[Change], ...] = (
        _accounts(first.data, second.data),
        _objects(first.data, second.data),
        _files(first, second, unread),
    )
    changes: list[Change] = []
    cut = False
    for source in sources:
        for number, change in enumerate(source):
            if number == _MAX_CHANGES:
                cut = True
                break
            changes.append(change)
    return Comparison(first, second, tuple(changes), tuple(dict.fromkeys(unread)), cut)
