"""What the rooms above use of a card, whichever kind it is: files by path, and keys.

A ``Card`` hands out ``FileSystem`` views. On a UICC ``session()`` opens a logical channel of its
own and closes it again; a 2G SIM has only the basic channel, which is left with the MF selected.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import field
from enum import StrEnum
from typing import Protocol

from smartboot.errors import UsageError
from smartboot.frozen import dataclass
from smartboot.model import Finding

__all__ = [
    "CURRENT_ADF",
    "MF",
    "AccessCondition",
    "AccessRule",
    "Card",
    "CardKind",
    "FileInfo",
    "FileKind",
    "FilePath",
    "FileSystem",
    "LifeCycle",
    "PinStatus",
]

MF = 0x3F00
"""File id of the master file (TS 102 221, 8.6)."""

CURRENT_ADF = 0x7FFF
"""Reserved file id of the application's own ADF (TS 102 221, 8.4.2)."""


_WITHOUT_BIT = ("increase", "resize")
"""Operations that compact access rules cannot name (ISO/IEC 7816-4, 9.3.3.1)."""


class CardKind(StrEnum):
    """How the card is spoken to."""

    UICC = "uicc"
    SIM = "sim"


class FileKind(StrEnum):
    """What a file is, from the file descriptor byte (TS 102 221, 11.1.1.4.3; TS 51.011, 9.2.1)."""

    MF = "mf"
    DF = "df"
    ADF = "adf"
    TRANSPARENT = "transparent"
    LINEAR_FIXED = "linear-fixed"
    CYCLIC = "cyclic"
    BER_TLV = "ber-tlv"
    INTERNAL = "internal"
    UNKNOWN = "unknown"

    @property
    def is_directory(self) -> bool:
        """MF, DF or ADF."""
        return self in (FileKind.MF, FileKind.DF, FileKind.ADF)

    @property
    def has_records(self) -> bool:
        """Linear fixed or cyclic."""
        return self in (FileKind.LINEAR_FIXED, FileKind.CYCLIC)


class LifeCycle(StrEnum):
    """Life cycle state of a file (TS 102 221, 11.1.1.4.9)."""

    NONE = "no information"
    CREATION = "creation"
    INITIALISATION = "initialisation"
    ACTIVATED = "activated"
    DEACTIVATED = "deactivated"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class FilePath:
    """A path of file ids. The first is the MF (3F00), the current ADF (7FFF) or, for a relative
    path, a child of the application or DF that was selected last."""

    ids: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.ids) > 8 or not all(0 <= i <= 0xFFFF for i in self.ids):
            raise UsageError("a path holds at most 8 file ids of two bytes each")

    @classmethod
    def parse(cls, text: str) -> FilePath:
        """Read ``3F00/7F50/5031`` (also without separators). Errors: UsageError."""
        digits = text.replace("/", "").replace(":", "").replace(" ", "")
        try:
            return cls.from_bytes(bytes.fromhex(digits))
        except ValueError:
            raise UsageError(
                f"{text!r} is not a file path", hint="write file ids in hex: 3F00/7F50/5031"
            ) from None

    @classmethod
    def from_bytes(cls, raw: bytes) -> FilePath:
        """Two bytes a file id. Errors: UsageError for an odd or empty path."""
        if not raw or len(raw) % 2:
            raise UsageError("a file path has two bytes for each file id")
        return cls(tuple(int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)))

    @property
    def is_absolute(self) -> bool:
        """Whether it starts at the MF."""
        return bool(self.ids) and self.ids[0] == MF

    @property
    def fid(self) -> int:
        """The last file id: the file itself."""
        return self.ids[-1]

    def child(self, fid: int) -> FilePath:
        """This path and one more file id."""
        return FilePath((*self.ids, fid))

    def to_bytes(self) -> bytes:
        """Two bytes for each file id."""
        return b"".join(i.to_bytes(2, "big") for i in self.ids)

    def __str__(self) -> str:
        return "/".join(f"{i:04X}" for i in self.ids)


@dataclass(frozen=True, slots=True)
class AccessCondition:
    """What opens one kind of access: nothing (``always``), nobody (``never``), or keys.

    ``keys`` are the key references (TS 102 221, 9.5.1) and ``all_of`` says whether every one is
    needed or any one. ``known`` is False when the rule could not be read or understood.
    """

    always: bool = False
    never: bool = False
    keys: tuple[int, ...] = ()
    all_of: bool = False
    known: bool = True

    def __str__(self) -> str:
        if not self.known:
            return "unknown"
        if self.always:
            return "always"
        if self.never or not self.keys:
            return "never"
        from smartboot.card.keys import key_name

        return (" and " if self.all_of else " or ").join(key_name(k) for k in self.keys)


@dataclass(frozen=True, slots=True)
class AccessRule:
    """The access conditions of one file, by what they allow.

    ``conditions`` maps the name of an operation (``read``, ``update``, ``append``, ``resize``,
    ``create-ef``, ``create-df``, ``delete-child``, ``delete``, ``activate``, ``deactivate``,
    ``terminate``, ``increase``) to its condition. ``source`` tells where it was found
    (``8B 6F06/2``, ``8C``, ``AB``, ``header``).
    """

    conditions: tuple[tuple[str, AccessCondition], ...] = ()
    source: str = ""

    def condition(self, operation: str) -> AccessCondition:
        """The condition of an operation; one that no rule names is never allowed when rules are
        known at all, and unknown when they are not, or when they have no way of naming it."""
        for name, condition in self.conditions:
            if name == operation:
                return condition
        silent = self.source == "8C" and operation in _WITHOUT_BIT
        if silent or not self.conditions:
            return AccessCondition(known=False)
        return AccessCondition(never=True)


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What a card said of a file when it was selected (FCP on a UICC, header on a SIM).

    ``path`` is how it was reached. ``size`` is the body's bytes (records: length times count);
    ``access_reference`` is (EF(ARR) file id, record) where the rules are referenced (tag 8B) and
    not yet followed; ``rule`` the rules found in the answer itself. ``pins`` are the key
    references of the PIN status template with their enabled bit. ``raw`` is the whole answer.
    """

    path: FilePath
    kind: FileKind
    fid: int | None = None
    size: int | None = None
    total_size: int | None = None
    record_length: int | None = None
    record_count: int | None = None
    sfi: int | None = None
    life_cycle: LifeCycle = LifeCycle.NONE
    aid: bytes | None = None
    access_reference: tuple[int, int] | None = None
    rule: AccessRule = AccessRule()
    pins: tuple[tuple[int, bool], ...] = ()
    proprietary: tuple[tuple[int, bytes], ...] = ()
    raw: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class PinStatus:
    """State of one key, learnt without spending a try. ``remaining`` None: the card did not say."""

    reference: int
    remaining: int | None = None
    verified: bool = False
    blocked: bool = False
    disabled: bool = False
    exists: bool = True


class FileSystem(Protocol):
    """Files as seen on one logical channel. Every method may raise TransportError or CardError;
    FileAbsentError says that the file is not there, SecurityStatusError that a key is missing.
    """

    def select_application(self, aid: bytes) -> None:
        """Make the application with this AID (possibly truncated) current; nothing is read back."""
        ...

    def select(self, path: FilePath) -> FileInfo:
        """Select a file from anywhere and return what the card says of it.

        Paths that start with 3F00 are absolute, with 7FFF relative to the selected application;
        others are relative to the application or DF selected last, and an EF selected since then
        does not change where that is.
        """
        ...

    def reselect(self, info: FileInfo) -> None:
        """Select the file ``info`` again, unless it is the one selected last."""
        ...

    def read_binary(self, info: FileInfo, offset: int = 0, length: int | None = None) -> bytes:
        """Read ``length`` bytes (all by default) of the transparent EF selected last.

        Reads in as few commands as the card allows, never past the size the card gave; returns
        fewer bytes when the card ends earlier than it said.
        """
        ...

    def read_record(self, info: FileInfo, number: int) -> bytes:
        """Record ``number`` (from 1) of the record EF selected last."""
        ...

    def access_rule(self, info: FileInfo) -> AccessRule:
        """The file's access rules, EF(ARR) followed (and remembered) where they are referenced.

        May select other files: ``reselect`` before reading on.
        """
        ...


class Card(Protocol):
    """One card in use."""

    @property
    def kind(self) -> CardKind: ...

    @property
    def atr(self) -> bytes: ...

    @property
    def reader_name(self) -> str: ...

    @property
    def findings(self) -> list[Finding]:
        """What was noticed about the card itself while working (no logical channels, …)."""
        ...

    def iccid(self) -> str | None:
        """The digits of EF(ICCID), or None when the card has none. Read once, then remembered."""
        ...

    def basic(self) -> FileSystem:
        """The basic channel's files (for EF(DIR), EF(ICCID) and the tree under the MF)."""
        ...

    def session(self) -> AbstractContextManager[FileSystem]:
        """Files on a channel of its own where the card has one, closed again in every case."""
        ...

    def pin_status(self, reference: int) -> PinStatus:
        """Ask for a key's state. Never spends a try."""
        ...

    def verify(self, reference: int, key: bytes, *, force: bool = False) -> None:
        """Present a key (8 bytes, or 1 to 8 that are padded with FF), at most once in a run.

        Asks for the tries left first and refuses when one is left, unless ``force``.
        Errors: PinRefusedError, PinBlockedError.
        """
        ...

    def close(self) -> None:
        """Give the card back."""
        ...
