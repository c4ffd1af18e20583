"""The files of a UICC as seen on one logical channel (TS 102 221, 8, 11.1.1 and 9.2.7).

A file is reached with one SELECT by path. Cards that refuse this are walked through by file ids,
which is remembered for the card. What the card says of a file is read tolerantly: a missing or
garbled FCP costs the size, not the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from smartboot.apdu import Command, Exchange, Ins, Response, class_byte, raise_for
from smartboot.apdu.instructions import ETSI_CLASS
from smartboot.card.access import parse_expanded
from smartboot.card.base import (
    CURRENT_ADF,
    MF,
    AccessRule,
    CardKind,
    FileInfo,
    FileKind,
    FilePath,
)
from smartboot.card.fcp import parse_fcp
from smartboot.card.files import MAX_RECORD, BaseFiles, Note
from smartboot.errors import CardError, DecodeError, UsageError
from smartboot.model import Finding, Severity

__all__ = ["CardMemory", "UiccFiles", "arr_directories"]

_BY_ID = 0x00
_BY_NAME = 0x04
_BY_PATH = 0x08
_WITH_FCP = 0x04
_NO_DATA = 0x0C

_UNSUPPORTED = (0x6A86, 0x6A81, 0x6A80, 0x6A87, 0x6B00, 0x6700, 0x6900, 0x6F00)
"""How cards refuse a form of SELECT that they do not know."""

_ABSENT = (0x6A82, 0x6A83)

_MAX_IDS = 8
_PKCS15_DFS = (0x5015, 0x7F50)


@dataclass(slots=True)
class CardMemory:
    """What one card taught while working, shared by all its channels.

    ``by_path`` maps the first file id of a path (3F00, 7FFF) to whether SELECT by path works for
    it; ``no_data`` a P1 to whether the card accepts P2 = 0C with it. ``rules`` are access rules
    already read, ``arrs`` the EF(ARR)s found or not found.
    """

    by_path: dict[int, bool] = field(default_factory=dict)
    no_data: dict[int, bool] = field(default_factory=dict)
    arrs: dict[tuple[object, ...], FileInfo | None] = field(default_factory=dict)
    rules: dict[tuple[object, ...], AccessRule] = field(default_factory=dict)


class UiccFiles(BaseFiles):
    """``FileSystem`` on one logical channel, which was opened with the MF selected."""

    kind = CardKind.UICC
    last_start = 0x7FFF

    def __init__(self, exchange: Exchange, note: Note, memory: CardMemory, channel: int) -> None:
        super().__init__(exchange, note)
        self.channel = channel
        self._memory = memory
        self._base: tuple[int, ...] = (MF,)
        self._df: tuple[int, ...] | None = (MF,) if channel else None
        self._application: bytes | None = None

    def command(
        self, ins: int, p1: int = 0, p2: int = 0, data: bytes = b"", le: int | None = None
    ) -> Command:
        """A command with this channel's class byte."""
        cla = class_byte(self.channel, etsi=ins in ETSI_CLASS)
        return Command(cla, ins, p1, p2, data, le)

    # -- selecting

    def select_application(self, aid: bytes) -> None:
        """See ``FileSystem``. Errors: UsageError for an AID that is not 1 to 16 bytes."""
        if not 1 <= len(aid) <= 16:
            raise UsageError("an AID is 1 to 16 bytes")
        command, response = self._attempt(_BY_NAME, aid, fcp=False)
        raise_for(response, command, self.kind, where=f"application {aid.hex().upper()}")
        self._application = aid
        self._base = self._df = (CURRENT_ADF,)

    def select(self, path: FilePath) -> FileInfo:
        """See ``FileSystem``. ``path`` of the result is absolute or starts with 7FFF."""
        target = self._resolve(path)
        response = self._reach(target, fcp=True)
        info = self._info(response.data, target)
        if _is_directory(info):
            self._base = self._df = target.ids
        else:
            self._df = target.ids[:-1]
        self._selected = info.path
        return info

    def select_quietly(self, path: FilePath, *, directory: bool = False) -> None:
        """Select a file without asking what it is. ``directory`` says whether it is an MF, DF or
        ADF, which relative paths start at from now on."""
        target = self._resolve(path)
        self._reach(target, fcp=False)
        if directory:
            self._base = self._df = target.ids
        else:
            self._df = target.ids[:-1]
        self._selected = target

    def _resolve(self, path: FilePath) -> FilePath:
        if not path.ids:
            raise UsageError("an empty path names no file")
        if path.ids[0] in (MF, CURRENT_ADF):
            return path
        return FilePath((*self._base, *path.ids))

    def _reach(self, target: FilePath, *, fcp: bool) -> Response:
        """Select ``target`` by path where the card can, else by walking there.

        While it is not known whether the card can, a path it says does not exist is tried by
        walking too: some cards answer 6A82 to a form of SELECT that they do not know.
        """
        first = target.ids[0]
        works = self._memory.by_path.get(first)
        if len(target.ids) > 1 and works is not False:
            tail = FilePath(target.ids[1:] if first == MF else target.ids)
            command, response = self._attempt(_BY_PATH, tail.to_bytes(), fcp=fcp)
            if self.is_ok(response.sw):
                self._memory.by_path[first] = True
                return response
            doubtful = works is None and response.sw in (*_UNSUPPORTED, *_ABSENT)
            if not doubtful:
                raise_for(response, command, self.kind, where=_where(target))
        response = self._walk(target, fcp=fcp)
        if len(target.ids) > 1:
            self._memory.by_path[first] = False
        return response

    def _walk(self, target: FilePath, *, fcp: bool) -> Response:
        """One SELECT by file id for each step from the nearest directory known to be current."""
        ids, start = target.ids, 0
        if self._df is not None and len(self._df) < len(ids) and ids[: len(self._df)] == self._df:
            start = len(self._df)
        self._df = None
        for at in range(start, len(ids) - 1):
            self._step(target, at, fcp=False)
        return self._step(target, len(ids) - 1, fcp=fcp)

    def _step(self, target: FilePath, at: int, *, fcp: bool) -> Response:
        fid = target.ids[at]
        command, response = self._attempt(_BY_ID, fid.to_bytes(2, "big"), fcp=fcp)
        raise_for(response, command, self.kind, where=_where(FilePath(target.ids[: at + 1])))
        return response

    def _attempt(self, p1: int, data: bytes, *, fcp: bool) -> tuple[Command, Response]:
        """One SELECT. Where the card will not select without telling, its FCP is let come."""
        self._selected = None
        works = self._memory.no_data.get(p1)
        loud = self.command(Ins.SELECT, p1, _WITH_FCP, data, le=256)
        if fcp or works is False:
            return loud, self.send(loud)
        quiet = self.command(Ins.SELECT, p1, _NO_DATA, data)
        response = self.send(quiet)
        if self.is_ok(response.sw):
            self._memory.no_data[p1] = True
        elif works is None and response.sw in _UNSUPPORTED:
            second = self.send(loud)
            if self.is_ok(second.sw):
                self._memory.no_data[p1] = False
            return loud, second
        return quiet, response

    def _info(self, data: bytes, target: FilePath) -> FileInfo:
        try:
            return parse_fcp(data, target)
        except DecodeError as error:
            self._note(
                Finding(
                    "CARD-FCP-UNREADABLE",
                    Severity.WARNING,
                    f"the card told nothing readable about a file it selected: {error.reason}",
                    where=_where(target),
                    reference="TS 102 221, 11.1.1.3",
                )
            )
            return FileInfo(path=target, kind=FileKind.UNKNOWN, raw=data)

    # -- access rules

    def access_rule(self, info: FileInfo) -> AccessRule:
        """See ``FileSystem``. A rule that cannot be found or read is unknown, with a finding."""
        if info.rule.conditions or info.access_reference is None:
            return info.rule
        fid, record = info.access_reference
        for directory in arr_directories(info, fid):
            path = FilePath((*directory, fid))
            key = (self._application if directory[0] == CURRENT_ADF else None, path.ids)
            rule_key = (*key, record, _is_directory(info))
            if rule_key in self._memory.rules:
                return self._memory.rules[rule_key]
            arr = self._arr(key, path)
            if arr is not None:
                rule = self._follow(arr, record, directory=_is_directory(info))
                self._memory.rules[rule_key] = rule
                return rule
        self._arr_finding("CARD-ARR-ABSENT", f"EF(ARR) {fid:04X} was not found", info.path)
        return AccessRule(source=f"8B {fid:04X}/{record}")

    def _arr(self, key: tuple[object, ...], path: FilePath) -> FileInfo | None:
        """The EF(ARR) at ``path`` selected, or None when there is none (which is remembered)."""
        if key in self._memory.arrs:
            known = self._memory.arrs[key]
            if known is None or known.path == self._selected:
                return known
        base = self._base
        try:
            arr = self.select(path)
        except CardError:
            self._memory.arrs[key] = None
            return None
        finally:
            # An answer that calls EF(ARR) a directory must not move where relative paths start.
            self._base = base
        self._memory.arrs[key] = arr
        return arr

    def _follow(self, arr: FileInfo, record: int, *, directory: bool) -> AccessRule:
        source = f"8B {arr.path.fid:04X}/{record}"
        reason = ""
        try:
            if not 1 <= record <= MAX_RECORD:
                raise DecodeError(f"there is no record {record}")
            command, response = self._read_record(arr, record)
            raise_for(response, command, self.kind, where=_where(arr.path))
            rule = parse_expanded(response.data, directory=directory, source=source)
            if rule.conditions:
                return rule
            reason = "the record is empty"
        except (CardError, DecodeError) as error:
            reason = error.message
        self._arr_finding(
            "CARD-ARR-UNREADABLE",
            f"record {record} of EF(ARR) {arr.path.fid:04X} gives no access rules: {reason}",
            arr.path,
        )
        return AccessRule(source=source)

    def _arr_finding(self, code: str, message: str, path: FilePath) -> None:
        self._note(
            Finding(
                code,
                Severity.WARNING,
                message,
                where=_where(path),
                reference="TS 102 221, 9.2.7",
            )
        )

    # -- administrative commands (TS 102 222)

    def create_file(self, parent: FilePath, template: bytes) -> None:
        """CREATE FILE under ``parent`` with an FCP ``template`` (tag 62 included).

        One SELECT of the parent (none when it is current) and one CREATE FILE. The new file is
        current afterwards: select what is worked on next.
        Errors: UsageError for a template that is empty or longer than 255 bytes.
        """
        if not 1 <= len(template) <= 255:
            raise UsageError("a file template is 1 to 255 bytes")
        target = self._in_directory(parent)
        self._administer(self.command(Ins.CREATE_FILE, data=template), target)

    def delete_file(self, path: FilePath) -> None:
        """DELETE FILE: one SELECT of its directory (none when it is current), one command."""
        target = self._resolve(path)
        self._in_directory(FilePath(target.ids[:-1]))
        self._administer(self.command(Ins.DELETE_FILE, data=target.to_bytes()[-2:]), target)

    def resize_file(self, path: FilePath, size: int) -> None:
        """RESIZE FILE to ``size`` bytes (1 to 65535); the file is current afterwards."""
        if not 1 <= size <= 0xFFFF:
            raise UsageError("a file is 1 to 65535 bytes")
        target = self._resolve(path)
        self._in_directory(FilePath(target.ids[:-1]))
        body = b"\x83\x02" + target.to_bytes()[-2:] + b"\x80\x02" + size.to_bytes(2, "big")
        template = bytes((0x62, len(body))) + body
        self._administer(self.command(Ins.RESIZE_FILE, data=template), target)

    def _in_directory(self, directory: FilePath) -> FilePath:
        """Make ``directory`` the current one."""
        if not directory.ids:
            raise UsageError("the MF has no directory above it")
        target = self._resolve(directory)
        if self._df != target.ids:
            base = self._base
            self.select_quietly(target, directory=True)
            self._base = base
        return target

    def _administer(self, command: Command, target: FilePath) -> None:
        # Whether it worked or not, what is current afterwards is not for us to say.
        self._df = self._selected = None
        self.checked(command, _where(target))


def _is_directory(info: FileInfo) -> bool:
    """Whether relative paths start here. A file whose FCP could not be read is told by its id:
    3F, 5F and 7F are directories' (TS 102 221, 8.6), and so are those of PKCS#15."""
    if info.kind is FileKind.UNKNOWN:
        fid = info.path.fid
        return fid >> 8 in (0x3F, 0x5F, 0x7F) or fid in _PKCS15_DFS
    return info.kind.is_directory


def arr_directories(info: FileInfo, fid: int) -> list[tuple[int, ...]]:
    """Where EF(ARR) may be: the file's own directory, then upwards; 2Fxx is the MF's first."""
    ids = info.path.ids if _is_directory(info) else info.path.ids[:-1]
    chain = [ids[:count] for count in range(len(ids), 0, -1)]
    order = [(MF,), *chain] if fid >> 8 == 0x2F else [*chain, (MF,)]
    # A path has eight file ids at most, EF(ARR)'s own among them.
    return [ids for ids in dict.fromkeys(order) if len(ids) < _MAX_IDS]


def _where(path: FilePath) -> str:
    return f"file {path}" if len(path.ids) > 1 else f"file {path.fid:04X}"
