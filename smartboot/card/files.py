"""What reading and writing files has in common on a UICC and on a 2G SIM.

Chunks, short answers, the ends of files, and the error that says which key is missing. How a file
is selected and where its access rules are found is the business of the two subclasses.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from smartboot.apdu import Command, Exchange, Ins, Response, StatusClass, classify, raise_for
from smartboot.card.base import AccessRule, CardKind, FileInfo, FileKind, FilePath
from smartboot.card.keys import is_adm, key_name
from smartboot.errors import CardError, DecodeError, SecurityStatusError, UsageError
from smartboot.model import Finding, Severity

__all__ = ["MAX_RECORD", "READ_MAX", "UPDATE_MAX", "BaseFiles", "Note", "chunk_length"]

READ_MAX = 256
"""Bytes one READ BINARY can ask for (Le 00)."""

UPDATE_MAX = 255
"""Bytes one UPDATE BINARY can carry (Lc)."""

_UPDATE_LEAST = 16
_WRONG_LENGTH = 0x6700

MAX_RECORD = 254
"""Highest record number (TS 102 221, 8.2.2.2)."""

_RECORD_ABSOLUTE = 0x04
_END_REACHED = 0x6282
_CORRUPTED = 0x6281
_BEYOND_END = (0x6B00, 0x9402)

Note = Callable[[Finding], None]


def chunk_length(at: int, end: int, last_start: int, most: int) -> int:
    """How many bytes to transfer next at offset ``at`` of ``end``.

    Offsets above ``last_start`` cannot be named, so a transfer that would leave bytes behind it
    ends exactly there: the next one starts at the last offset possible and reaches furthest.
    """
    count = min(most, end - at)
    if at < last_start < at + count < end:
        count = last_start - at
    return count


class BaseFiles(ABC):
    """The part of ``FileSystem`` that does not depend on how files are selected."""

    kind: ClassVar[CardKind]
    last_start: ClassVar[int]
    """The highest offset READ and UPDATE BINARY can name."""

    def __init__(self, exchange: Exchange, note: Note) -> None:
        self._exchange = exchange
        self._note = note
        self._update_max = UPDATE_MAX
        self._selected: FilePath | None = None
        """What ``select`` was last told, None once anything else may be selected."""

    @abstractmethod
    def command(
        self, ins: int, p1: int = 0, p2: int = 0, data: bytes = b"", le: int | None = None
    ) -> Command:
        """A command with the class byte this channel wants."""

    @abstractmethod
    def select(self, path: FilePath) -> FileInfo:
        """See ``FileSystem``."""

    @abstractmethod
    def access_rule(self, info: FileInfo) -> AccessRule:
        """See ``FileSystem``."""

    def reselect(self, info: FileInfo) -> None:
        """See ``FileSystem``. VERIFY and STATUS leave selected what was (TS 102 221, 11.1.9)."""
        if self._selected != info.path:
            self.select(info.path)

    def send(self, command: Command) -> Response:
        """The card's complete answer, not judged."""
        return self._exchange(command)

    def checked(self, command: Command, where: str = "") -> Response:
        """The card's complete answer, refusals raised as errors."""
        response = self.send(command)
        raise_for(response, command, self.kind, where=where)
        return response

    # -- reading

    def read_binary(self, info: FileInfo, offset: int = 0, length: int | None = None) -> bytes:
        """See ``FileSystem``. Bytes past the highest offset a command can name are left out,
        with a finding."""
        self._expect(info, FileKind.TRANSPARENT)
        if offset < 0 or (length is not None and length < 0):
            raise UsageError("offset and length of a read cannot be negative")
        end = self._end(info, offset, length)
        # Bytes behind the highest offset come with those that a command starting there reads.
        start = min(offset, self.last_start) if offset < end else end
        data = bytearray()
        rounds = 8 * (max(0, end - start) // READ_MAX + 8)
        while start + len(data) < end:
            if not (rounds := rounds - 1):
                raise CardError(
                    f"the card gives {_where(info)} in pieces too small to go on with",
                    command_name="READ BINARY",
                )
            at = start + len(data)
            count = chunk_length(at, end, self.last_start, READ_MAX)
            command = self.command(Ins.READ_BINARY, at >> 8, at & 0xFF, le=count)
            response = self._read(command)
            if response.sw in _BEYOND_END and at > 0:
                break
            self._judge_read(response, command, info)
            chunk = response.data[:count]
            data += chunk
            ended = response.sw == _END_REACHED or not chunk
            if ended or (len(chunk) < count and info.size is None):
                break
        return bytes(data[max(0, offset - start) :])

    def _end(self, info: FileInfo, offset: int, length: int | None) -> int:
        """Offset one past the last byte to read."""
        reach = self.last_start + READ_MAX
        end = reach if info.size is None else info.size
        if length is not None and (info.size is None or offset + length < end):
            end = offset + length
        if end > reach:
            self._note(
                Finding(
                    "CARD-EF-BEYOND-REACH",
                    Severity.WARNING,
                    f"READ BINARY reaches the first {reach} bytes of a file; "
                    f"{end - reach} behind them were not read",
                    where=_where(info),
                    reference="TS 102 221, 11.1.3",
                )
            )
        return min(end, reach)

    def _read(self, command: Command) -> Response:
        """Send a read; a length corrected with 6Cxx (here on T=1 only) is taken once."""
        response = self.send(command)
        if response.sw1 == 0x6C and not response.data:
            response = self.send(replace(command, le=response.sw2 or READ_MAX))
        return response

    def _judge_read(self, response: Response, command: Command, info: FileInfo) -> None:
        if response.sw == _CORRUPTED:
            self._note(
                Finding(
                    "CARD-DATA-CORRUPTED",
                    Severity.WARNING,
                    "the card warns that the data it returned may be corrupted (6281)",
                    where=_where(info),
                    reference="TS 102 221, 10.2.1.3",
                )
            )
        try:
            raise_for(response, command, self.kind, where=_where(info))
        except SecurityStatusError as error:
            raise self._explain(error, info, "read") from None

    def read_record(self, info: FileInfo, number: int) -> bytes:
        """See ``FileSystem``."""
        command, response = self._read_record(info, number)
        self._judge_read(response, command, info)
        return response.data[: info.record_length or READ_MAX]

    def _read_record(self, info: FileInfo, number: int) -> tuple[Command, Response]:
        if not info.kind.has_records:
            self._expect(info, FileKind.LINEAR_FIXED)
        if not 1 <= number <= MAX_RECORD:
            raise UsageError(f"record numbers are 1 to {MAX_RECORD}, not {number}")
        length = min(info.record_length or READ_MAX, READ_MAX)
        command = self.command(Ins.READ_RECORD, number, _RECORD_ABSOLUTE, le=length)
        return command, self._read(command)

    def _expect(self, info: FileInfo, kind: FileKind) -> None:
        """The card's own word for a file may be missing; if it is there, it has to fit."""
        if info.kind not in (kind, FileKind.UNKNOWN):
            raise CardError(f"{_where(info)} is a {info.kind.value} file, not {kind.value}")

    # -- writing

    def update_binary(self, info: FileInfo, offset: int, data: bytes) -> None:
        """Overwrite ``data`` at ``offset`` of the transparent EF selected last.

        One UPDATE BINARY for each 255 bytes, in ascending order and with nothing in between, so
        that power loss leaves a prefix written; up to 255 bytes are one command. A card with a
        smaller buffer refuses the length (6700, nothing written); it gets half as much at a time
        from then on.
        Errors: UsageError when the data would reach behind the file or behind the last offset a
        command can name; nothing is sent then.
        """
        self._expect(info, FileKind.TRANSPARENT)
        end = offset + len(data)
        reach = self.last_start + UPDATE_MAX
        limit = reach if info.size is None else min(reach, info.size)
        if not 0 <= offset <= self.last_start or end > limit:
            raise UsageError(
                f"{len(data)} bytes at offset {offset} do not fit {_where(info)}"
                f" of {info.size if info.size is not None else 'unknown'} bytes"
            )
        at = offset
        while at < end:
            if at > self.last_start:
                # Larger offsets would read as short file ids: nothing may be sent with them.
                raise CardError(
                    f"the last {end - at} bytes of {_where(info)} are out of reach: the card takes"
                    f" {self._update_max} bytes at a time",
                    command_name="UPDATE BINARY",
                )
            count = chunk_length(at, end, self.last_start, self._update_max)
            piece = data[at - offset : at - offset + count]
            try:
                self._write(self.command(Ins.UPDATE_BINARY, at >> 8, at & 0xFF, piece), info)
            except CardError as error:
                if error.sw != _WRONG_LENGTH or count < 2 * _UPDATE_LEAST:
                    raise
                self._update_max = count // 2
                continue
            at += count

    def update_record(self, info: FileInfo, number: int, data: bytes) -> None:
        """Overwrite one record, with one command, of the record EF selected last.

        Errors: UsageError when ``data`` is not exactly as long as the file's records.
        """
        if not info.kind.has_records:
            self._expect(info, FileKind.LINEAR_FIXED)
        wanted = info.record_length
        if not 1 <= number <= MAX_RECORD:
            raise UsageError(f"record numbers are 1 to {MAX_RECORD}, not {number}")
        if not 1 <= len(data) <= UPDATE_MAX or (wanted is not None and len(data) != wanted):
            raise UsageError(f"{len(data)} bytes do not fit a record of {wanted} bytes")
        self._write(self.command(Ins.UPDATE_RECORD, number, _RECORD_ABSOLUTE, data), info)

    def _write(self, command: Command, info: FileInfo) -> None:
        try:
            self.checked(command, _where(info))
        except SecurityStatusError as error:
            raise self._explain(error, info, "update") from None

    # -- refusals

    def _explain(
        self, error: SecurityStatusError, info: FileInfo, operation: str
    ) -> SecurityStatusError:
        """The same refusal with the keys that would have opened the file.

        Its access rules are read only now, and the file is selected again afterwards, so that
        the caller can go on where the card refused.
        """
        try:
            condition = self.access_rule(info).condition(operation)
            if info.access_reference is not None:
                self.reselect(info)
        except (CardError, DecodeError):
            return error
        hint = error.hint
        if condition.known and condition.keys:
            option = "--adm" if any(is_adm(key) for key in condition.keys) else "--pin"
            hint = (
                f"the file asks for {condition}; pass {option} @FILE,"
                " or look at its access rules with `smartboot info`"
            )
        elif condition.known and condition.never:
            hint = f"the file's access rules never allow {operation}"
        return SecurityStatusError(
            error.message,
            sw=error.sw,
            command_name=error.command_name,
            needs=tuple(key_name(key) for key in condition.keys),
            hint=hint,
        )

    def is_ok(self, sw: int) -> bool:
        """Whether a status word is anything but an error."""
        return classify(sw, self.kind) is not StatusClass.ERROR


def _where(info: FileInfo) -> str:
    name = "DF" if info.kind.is_directory else "EF"
    return f"{name} {info.path.fid:04X}" if info.path.ids else name
