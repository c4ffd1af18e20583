"""A plan and its steps: what will be sent to a card, in order, one command for each step.

A plan is shown before it is carried out, so its printed forms hold offsets and lengths and never
a byte of what is written: that is keys and passwords.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any, ClassVar, TypeAlias

from smartboot.card.base import CURRENT_ADF, FilePath
from smartboot.frozen import dataclass
from smartboot.model import Finding

__all__ = [
    "SCHEMA",
    "CreateFile",
    "DeleteFile",
    "Expected",
    "Plan",
    "ResizeFile",
    "Step",
    "UpdateBinary",
    "UpdateRecord",
]

SCHEMA = "smartboot/plan/1"

_SELECT = 2
"""SELECT and GET RESPONSE, on T=0."""

_READ_MAX = 256


@dataclass(frozen=True, slots=True)
class CreateFile:
    """CREATE FILE (TS 102 222, 6.3).

    ``templates`` are (form of the access rule, FCP template) in the order in which they are
    tried: a card that does not know a form refuses it and has changed nothing. ``size`` is None
    for a directory, which has ``aid`` where it is an application's.
    """

    action: ClassVar[str] = "create-file"

    path: FilePath
    name: str
    templates: tuple[tuple[str, bytes], ...] = field(repr=False)
    size: int | None = None
    read: str = "always"
    update: str = "adm1"
    aid: bytes | None = None

    def __str__(self) -> str:
        if self.size is None:
            aid = f", AID {self.aid.hex().upper()}" if self.aid is not None else ""
            return f"CREATE FILE {_name(self.path)} {self.name}{aid}"
        return (
            f"CREATE FILE {_name(self.path)} {self.name}, {self.size} bytes, "
            f"read {self.read}, update {self.update}"
        )

    def to_dict(self) -> dict[str, Any]:
        """The step as JSON."""
        return _plain(
            self,
            name=self.name,
            size=self.size,
            access={"read": self.read, "update": self.update},
            aid=None if self.aid is None else self.aid.hex().upper(),
        )


@dataclass(frozen=True, slots=True)
class DeleteFile:
    """DELETE FILE (TS 102 222, 6.4), of a DF with all below it. A card that refuses it keeps the
    file, which is empty by then."""

    action: ClassVar[str] = "delete-file"

    path: FilePath
    name: str

    def __str__(self) -> str:
        return f"DELETE FILE {_name(self.path)} {self.name}".rstrip()

    def to_dict(self) -> dict[str, Any]:
        """The step as JSON."""
        return _plain(self, name=self.name)


@dataclass(frozen=True, slots=True)
class ResizeFile:
    """RESIZE FILE (TS 102 222, 6.10) to ``size`` bytes."""

    action: ClassVar[str] = "resize-file"

    path: FilePath
    name: str
    size: int

    def __str__(self) -> str:
        return f"RESIZE FILE {_name(self.path)} {self.name} to {self.size} bytes"

    def to_dict(self) -> dict[str, Any]:
        """The step as JSON."""
        return _plain(self, name=self.name, size=self.size)


@dataclass(frozen=True, slots=True)
class UpdateBinary:
    """UPDATE BINARY of at most 255 bytes. ``purpose``: invalidate, write, validate, clear, list,
    or keep-copy."""

    action: ClassVar[str] = "update-binary"

    path: FilePath
    offset: int
    data: bytes = field(repr=False)
    purpose: str = "write"

    def __str__(self) -> str:
        end = self.offset + len(self.data) - 1
        bytes_ = f"byte {self.offset}" if end == self.offset else f"bytes {self.offset}-{end}"
        return f"UPDATE BINARY {_name(self.path)} {bytes_} ({self.purpose})"

    def to_dict(self) -> dict[str, Any]:
        """The step as JSON: where and how much, not what."""
        return _plain(self, offset=self.offset, length=len(self.data), purpose=self.purpose)


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """UPDATE RECORD: the whole record ``number``."""

    action: ClassVar[str] = "update-record"

    path: FilePath
    number: int
    data: bytes = field(repr=False)
    purpose: str = "list"

    def __str__(self) -> str:
        return f"UPDATE RECORD {_name(self.path)} record {self.number} ({self.purpose})"

    def to_dict(self) -> dict[str, Any]:
        """The step as JSON."""
        return _plain(self, record=self.number, length=len(self.data), purpose=self.purpose)


Step: TypeAlias = CreateFile | DeleteFile | ResizeFile | UpdateBinary | UpdateRecord


@dataclass(frozen=True, slots=True)
class Expected:
    """What a file must hold afterwards: ``data`` from byte ``offset``, or in ``record``."""

    path: FilePath
    offset: int
    data: bytes = field(repr=False)
    record: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done to one card.

    Paths start at 3F00, or at 7FFF for the application ``aid``; ``home`` is the absolute path of
    that application, for a card that does not find it by its AID. ``iccid`` is of the card the
    plan was made for. ``expected`` is what is read back at the end.
    """

    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    expected: tuple[Expected, ...] = ()
    iccid: str | None = None
    aid: bytes | None = None
    home: FilePath | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.steps

    @property
    def update_bytes(self) -> int:
        """Bytes that UPDATE commands will carry."""
        return sum(
            len(step.data) for step in self.steps if isinstance(step, UpdateBinary | UpdateRecord)
        )

    @property
    def files(self) -> tuple[FilePath, ...]:
        """The files about to change, in the order of the steps; those to create as well."""
        return tuple(dict.fromkeys(step.path for step in self.steps))

    @property
    def step_tpdus(self) -> tuple[int, ...]:
        """Estimate of the TPDUs on T=0 that each step takes, with the SELECTs it needs."""
        counts = []
        current: FilePath | None = None
        for step in self.steps:
            if isinstance(step, UpdateBinary | UpdateRecord):
                counts.append(1 if step.path == current else 1 + _SELECT)
                current = step.path
            else:
                # Its directory, the command, and a look at what a CREATE FILE made.
                counts.append(2 + (_SELECT if isinstance(step, CreateFile) else 0))
                current = None
        return tuple(counts)

    @property
    def tpdus(self) -> int:
        """Estimate of the TPDUs on T=0: channel, application, steps, and the read-back. Keys are
        not counted: the card may or may not ask for them."""
        if self.is_empty:
            return 0
        count = 2 + (1 if self.aid is not None else 0) + sum(self.step_tpdus)
        for path in dict.fromkeys(item.path for item in self.expected):
            count += _SELECT
            count += sum(
                -(-len(item.data) // _READ_MAX) for item in self.expected if item.path == path
            )
        return count

    def lines(self) -> list[str]:
        """The steps in words, in order; where keys may be needed is said first."""
        if self.is_empty:
            return ["nothing to do: the card is as it should be"]
        keys = "VERIFY a PIN or ADM key where the card asks for one, and only there"
        return [keys, *(str(step) for step in self.steps), "READ back what was written"]

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON, without a byte of content."""
        return {
            "schema": SCHEMA,
            "iccid": self.iccid,
            "empty": self.is_empty,
            "steps": [
                {**step.to_dict(), "tpdus": tpdus}
                for step, tpdus in zip(self.steps, self.step_tpdus, strict=True)
            ],
            "files": [str(path) for path in self.files],
            "update_bytes": self.update_bytes,
            "tpdus": self.tpdus,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def _plain(step: Step, **rest: Any) -> dict[str, Any]:
    """What the JSON of every step begins with, and the ``rest``."""
    return {"action": step.action, "path": str(step.path), **rest}


def _name(path: FilePath) -> str:
    if path.ids in ((), (CURRENT_ADF,)):
        return "the application"
    return f"file {path.fid:04X}"
