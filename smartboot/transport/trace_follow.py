"""Following a card's commands: which file each is about, what it was for, what of it is secret.

A trace tells of a file only when it is selected, so the selections are followed on each logical
channel (TS 102 221, 8.4 and 11.1.1). What the follower does not understand it takes for secret:
bytes are shown for commands and files known to hold none, never the other way round.
"""

from __future__ import annotations

from dataclasses import field
from enum import IntEnum

from smartboot.apdu import (
    KEY_INSTRUCTIONS,
    Ins,
    StatusClass,
    channel_of,
    classify,
    command_name,
    describe,
)
from smartboot.apdu.channel import is_2g
from smartboot.frozen import dataclass
from smartboot.transport.trace_content import dodf_paths, is_open
from smartboot.transport.trace_names import (
    ADF,
    MF,
    Path,
    Phase,
    file_name,
    is_known_directory,
    path_text,
    phase_of,
)
from smartboot.transport.trace_select import (
    MAX_DEPTH,
    by_short_id,
    from_start,
    is_directory,
    target_of,
    template_id,
)

__all__ = ["Follower", "Meaning", "Secrecy"]


class Secrecy(IntEnum):
    """Who may see bytes of a trace."""

    PUBLIC = 0
    DIRECTORY = 1
    CONTENT = 2
    KEY = 3


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one command was: ``path`` is empty where no file is known to be concerned."""

    channel: int
    name: str
    path: str
    file_name: str
    phase: Phase
    kind: str
    data: Secrecy
    answer: Secrecy

    @property
    def file(self) -> str:
        """Path and name together, for people; empty for none."""
        return f"{self.path} {self.file_name}".strip()

    def status(self, sw: int) -> str:
        """A status word in words; 63Cx counts tries after a command with a key only."""
        if self.phase is Phase.KEYS and sw & 0xFFF0 == 0x63C0:
            return f"{sw & 0x0F} tries left"
        return describe(sw, self.kind)


_PLAIN = frozenset(
    {
        *(Ins.SELECT, Ins.STATUS, Ins.MANAGE_CHANNEL, Ins.CREATE_FILE, Ins.DELETE_FILE),
        *(Ins.RESIZE_FILE, Ins.ACTIVATE_FILE, Ins.DEACTIVATE_FILE, Ins.TERMINATE_DF),
        *(Ins.TERMINATE_EF, Ins.TERMINAL_CAPABILITY),
    }
)
"""File ids, templates and status: nothing in them is secret."""

_READS = frozenset({Ins.READ_BINARY, Ins.READ_RECORD})
_WRITES = frozenset({Ins.UPDATE_BINARY, Ins.UPDATE_RECORD})

_CONTENT = frozenset(
    {
        *_READS,
        *_WRITES,
        *(Ins.READ_BINARY_ODD, Ins.UPDATE_BINARY_ODD, Ins.RETRIEVE_DATA, Ins.SET_DATA),
        *(Ins.SEARCH_RECORD, Ins.INCREASE, Ins.ENVELOPE, Ins.FETCH, Ins.TERMINAL_RESPONSE),
        *(Ins.TERMINAL_PROFILE, Ins.GET_CHALLENGE, Ins.GET_IDENTITY, Ins.SUSPEND_UICC),
        Ins.EXCHANGE_CAPABILITIES,
    }
)
"""What all others carry counts as a key: AUTHENTICATE, MANAGE SECURE CHANNEL, makers' own."""

_CHANGES = frozenset(
    {
        *_WRITES,
        *(Ins.UPDATE_BINARY_ODD, Ins.SET_DATA, Ins.INCREASE, Ins.CREATE_FILE, Ins.DELETE_FILE),
        *(Ins.RESIZE_FILE, Ins.ACTIVATE_FILE, Ins.DEACTIVATE_FILE, Ins.TERMINATE_DF),
        *(Ins.TERMINATE_EF, Ins.TERMINATE_CARD_USAGE),
    }
)

_PKCS15_RID = bytes.fromhex("A000000063")
"""First bytes of the PKCS#15 application's AID (PKCS#15 v1.1, 5.1)."""

_MAX_FILES = 4096
"""Directories and written files remembered; a trace with more is no card's."""


@dataclass(slots=True)
class _Place:
    """What is selected on one channel. ``file`` None: it is not known what is."""

    directory: Path = (MF,)
    file: Path | None = None
    application: bytes = b""


@dataclass(slots=True)
class _Last:
    """The command before, which a GET RESPONSE belongs to."""

    meaning: Meaning
    place: _Place
    selecting: bool = False
    opening: bool = False


@dataclass(slots=True)
class Follower:
    """Takes commands and answers in the order they were exchanged."""

    _places: dict[int, _Place] = field(default_factory=dict)
    _directories: set[Path] = field(default_factory=set)
    _files: set[Path] = field(default_factory=set)
    _dodfs: set[Path] = field(default_factory=set)
    _written: set[Path] = field(default_factory=set)
    _last: _Last | None = None

    def reset(self) -> None:
        """The card was reset: all channels are gone, the MF is selected."""
        self._places.clear()
        self._last = None

    def follow(self, head: bytes, data: bytes, answer: bytes, sw: int) -> Meaning:
        """One exchange. ``head`` is CLA INS P1 P2 and maybe length bytes; ``data`` and ``answer``
        may be blanked (zeros)."""
        cla, ins, p1, p2 = (*head[:4], 0, 0, 0, 0)[:4]
        kind = "sim" if is_2g(cla) else "uicc"
        if ins == Ins.GET_RESPONSE and self._last is not None:
            return self._fetched(self._last, answer)
        channel = channel_of(cla)
        place = self._places.setdefault(channel, _Place())
        done = len(head) >= 4 and classify(sw, kind) is not StatusClass.ERROR
        selecting = opening = False
        target: Path | None = None
        if ins == Ins.SELECT:
            target = target_of(place.directory, p1, data)
            selecting = done
            if done:
                self._select(place, target, p1, data)
        elif ins == Ins.MANAGE_CHANNEL:
            opening = done and p1 == 0
            if done and p1 & 0x80:
                self._places.pop(p2, None)
        elif ins in (Ins.CREATE_FILE, Ins.RESIZE_FILE, Ins.DELETE_FILE):
            target = self._administer(place, ins, data, done=done)
        elif by_short_id(ins, p1, p2):
            # The short id makes a file current, and which one only its FCP would tell.
            place.file = None
        elif ins in _CONTENT or ins in (Ins.ACTIVATE_FILE, Ins.DEACTIVATE_FILE):
            target = place.file
        meaning = self._meaning(channel, head, target, place, data, answer, kind)
        if done and ins in _CHANGES and target is not None and len(self._written) < _MAX_FILES:
            self._written.add(target)
        if done and ins in _READS and target is not None:
            self._learn(target, head, answer)
        self._last = _Last(meaning, place, selecting, opening)
        self._answered(self._last, answer)
        return meaning

    # -- selections

    def _select(self, place: _Place, target: Path | None, p1: int, data: bytes) -> None:
        if p1 == 0x04:
            place.application = data
        if target is None:
            place.file = None
        elif target in self._directories or (
            target not in self._files and is_known_directory(target[-1])
        ):
            place.directory, place.file = target, None
        else:
            place.directory, place.file = target[:-1], target

    def _fetched(self, last: _Last, answer: bytes) -> Meaning:
        """GET RESPONSE brings the answer of the command before it, and shares its secrecy."""
        self._answered(last, answer)
        before = last.meaning
        # A piece of a file cannot be looked at on its own, so it counts as any content.
        secrecy = max(before.answer, Secrecy.CONTENT) if before.answer else Secrecy.PUBLIC
        return Meaning(
            before.channel,
            "GET RESPONSE",
            before.path,
            before.file_name,
            before.phase,
            before.kind,
            Secrecy.CONTENT,
            secrecy,
        )

    def _answered(self, last: _Last, answer: bytes) -> None:
        """Learn from an answer: a channel that was opened, or what kind a selected file is."""
        if last.opening and len(answer) == 1:
            # A channel opened from the basic one starts at the MF (TS 102 221, 11.1.17).
            source = last.place.directory if last.meaning.channel else (MF,)
            self._places[answer[0]] = _Place(source)
            last.opening = False
        if last.selecting and answer:
            self._told(last.place, answer)

    def _told(self, place: _Place, answer: bytes) -> None:
        """The FCP, or a SIM's header, says whether the selected file is a directory."""
        directory = is_directory(answer)
        current = place.file or place.directory
        if directory is None or len(self._files) + len(self._directories) >= _MAX_FILES:
            return
        (self._directories if directory else self._files).add(current)
        (self._files if directory else self._directories).discard(current)
        if directory:
            place.directory, place.file = current, None
        elif len(current) > 1:
            place.directory, place.file = current[:-1], current

    def _administer(self, place: _Place, ins: int, data: bytes, *, done: bool) -> Path | None:
        """CREATE and RESIZE make their file current; all three name it (TS 102 222, 6)."""
        fid, directory = data, False
        if ins != Ins.DELETE_FILE:
            fid, directory = template_id(data)
        if len(fid) != 2:
            return None
        target = (*place.directory, int.from_bytes(fid, "big"))[:MAX_DEPTH]
        if done:
            self._files.discard(target)
            self._directories.discard(target)
            place.file = None
        if done and ins != Ins.DELETE_FILE:
            (self._directories if directory else self._files).add(target)
            if directory:
                place.directory = target
            else:
                place.file = target
        return target

    # -- meaning

    def _meaning(
        self,
        channel: int,
        head: bytes,
        target: Path | None,
        place: _Place,
        data: bytes,
        answer: bytes,
        kind: str,
    ) -> Meaning:
        ins = head[1] if len(head) > 1 else 0
        path = name = ""
        directory = False
        if target is not None:
            directory = target in self._directories or target == place.directory
            path = path_text(target)
            name = file_name(target, directory=directory, dodf=target in self._dodfs)
            if (
                target == (ADF,)
                and (data if ins == Ins.SELECT else place.application)[:5] == _PKCS15_RID
            ):
                name = "ADF(PKCS#15)"
        secrecy = self._secrecy(ins, head, target, name, data, answer)
        phase = self._phase(ins, target, name, directory=directory)
        return Meaning(channel, command_name(head), path, name, phase, kind, *secrecy)

    def _phase(self, ins: int, target: Path | None, name: str, *, directory: bool) -> Phase:
        if ins in KEY_INSTRUCTIONS:
            return Phase.KEYS
        if ins == Ins.MANAGE_CHANNEL:
            return Phase.CHANNEL
        if ins in _CHANGES:
            return Phase.WRITE
        if target is None:
            return Phase.OTHER
        return Phase.VERIFY if target in self._written else phase_of(name, directory=directory)

    def _secrecy(
        self,
        ins: int,
        head: bytes,
        target: Path | None,
        name: str,
        data: bytes,
        answer: bytes,
    ) -> tuple[Secrecy, Secrecy]:
        if ins in _PLAIN:
            return Secrecy.PUBLIC, Secrecy.PUBLIC
        if ins not in _CONTENT or len(head) < 4:
            return Secrecy.KEY, Secrecy.KEY
        if ins in _READS:
            return Secrecy.CONTENT, _content_secrecy(target, name, head, answer)
        if ins in _WRITES:
            return _content_secrecy(target, name, head, data), Secrecy.CONTENT
        return Secrecy.CONTENT, Secrecy.CONTENT

    def _learn(self, target: Path, head: bytes, answer: bytes) -> None:
        """From the content of EF(ODF): which files are EF(DODF)s."""
        if file_name(target, directory=False) != "EF(ODF)" or not from_start(head):
            return
        for path in dodf_paths(answer):
            if len(self._dodfs) < _MAX_FILES:
                absolute = path[0] in (MF, ADF)
                self._dodfs.add(path if absolute else (*target[:-1], *path)[:MAX_DEPTH])


def _content_secrecy(target: Path | None, name: str, head: bytes, content: bytes) -> Secrecy:
    shown = target is not None and from_start(head) and is_open(name, content)
    return Secrecy.DIRECTORY if shown else Secrecy.CONTENT
