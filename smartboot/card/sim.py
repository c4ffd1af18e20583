"""A 2G SIM in use (TS 51.011): files by walking, keys by the CHV status in directory headers.

It has no paths, no applications, no logical channels and no access rule files. OMA keeps LwM2M
bootstrap data away from it; the older kinds are reached through a DF(PKCS#15).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from smartboot.apdu import CLASS_2G, Command, Exchange, Ins, Response, raise_for
from smartboot.card.base import (
    CURRENT_ADF,
    MF,
    AccessRule,
    CardKind,
    FileInfo,
    FileKind,
    FilePath,
    PinStatus,
)
from smartboot.card.common import GONE, BaseCard
from smartboot.card.files import BaseFiles, Note
from smartboot.card.iccid import EF_ICCID
from smartboot.card.keys import PIN1, PIN2
from smartboot.card.sim_header import parse_chv_status, parse_sim_header
from smartboot.errors import (
    CardError,
    DecodeError,
    FileAbsentError,
    TransportError,
    UsageError,
)
from smartboot.model import Finding, Severity
from smartboot.transport.base import CardConnection

__all__ = ["SimCard", "SimFiles"]

_STATUS_BYTES = 22
"""Bytes of a directory's header up to UNBLOCK CHV2 (TS 51.011, 9.2.1)."""

_CHV_NUMBER = {PIN1: 1, PIN2: 2}


class SimFiles(BaseFiles):
    """``FileSystem`` on the basic channel of a 2G SIM."""

    kind = CardKind.SIM
    last_start = 0xFFFF

    def __init__(self, exchange: Exchange, note: Note) -> None:
        super().__init__(exchange, note)
        self._base: tuple[int, ...] = (MF,)
        self._df: tuple[int, ...] | None = None

    def command(
        self, ins: int, p1: int = 0, p2: int = 0, data: bytes = b"", le: int | None = None
    ) -> Command:
        """A command of class A0."""
        return Command(CLASS_2G, ins, p1, p2, data, le)

    def select_application(self, aid: bytes) -> None:
        """See ``FileSystem``. Errors: FileAbsentError, always."""
        raise FileAbsentError(f"a 2G SIM has no application {aid.hex().upper()}")

    def select(self, path: FilePath) -> FileInfo:
        """See ``FileSystem``."""
        target = self._resolve(path)
        response = self._walk(target, header=True)
        try:
            info = parse_sim_header(response.data, target)
        except DecodeError as error:
            self._note(
                Finding(
                    "CARD-HEADER-UNREADABLE",
                    Severity.WARNING,
                    f"the card told nothing readable about a file it selected: {error.reason}",
                    where=f"file {target}",
                    reference="TS 51.011, 9.2.1",
                )
            )
            directory = target.fid >> 8 in (0x3F, 0x5F, 0x7F)
            info = FileInfo(path=target, kind=FileKind.UNKNOWN, raw=response.data)
        else:
            directory = info.kind.is_directory
        self._now_at(target, directory=directory)
        self._selected = info.path
        return info

    def select_quietly(self, path: FilePath, *, directory: bool = False) -> None:
        """Select a file without fetching its header. ``directory`` says whether it is one."""
        target = self._resolve(path)
        self._walk(target, header=False)
        self._now_at(target, directory=directory)
        self._selected = target

    def try_from_here(self, fid: int) -> bool:
        """Select an EF wherever the card happens to be; False when it is not found there."""
        self._selected = None
        command = self.command(Ins.SELECT, data=fid.to_bytes(2, "big"))
        response = self.send(command)
        if response.sw == 0x9404:
            return False
        raise_for(response, command, self.kind, where=f"file {fid:04X}")
        return True

    def _now_at(self, target: FilePath, *, directory: bool) -> None:
        if directory:
            self._base = self._df = target.ids
        else:
            self._df = target.ids[:-1]

    def _resolve(self, path: FilePath) -> FilePath:
        if not path.ids:
            raise UsageError("an empty path names no file")
        if path.ids[0] == CURRENT_ADF:
            raise FileAbsentError(f"a 2G SIM has no applications, so no file {path}")
        return path if path.ids[0] == MF else FilePath((*self._base, *path.ids))

    def _walk(self, target: FilePath, *, header: bool) -> Response:
        """One SELECT for each step; those to directories that are current already are left out."""
        ids, start = target.ids, 0
        if self._df is not None and len(self._df) < len(ids) and ids[: len(self._df)] == self._df:
            start = len(self._df)
        self._df = None
        for at in range(start, len(ids) - 1):
            self._step(ids[: at + 1], header=False)
        return self._step(ids, header=header)

    def _step(self, ids: tuple[int, ...], *, header: bool) -> Response:
        self._selected = None
        command = self.command(
            Ins.SELECT, data=ids[-1].to_bytes(2, "big"), le=256 if header else None
        )
        return self.checked(command, where=f"file {FilePath(ids)}")

    def access_rule(self, info: FileInfo) -> AccessRule:
        """See ``FileSystem``. All there is to know stands in the header."""
        return info.rule

    def create_file(self, parent: FilePath, template: bytes) -> None:  # noqa: ARG002 - refuses all
        """See ``WritableFileSystem``. Errors: CardError, always."""
        raise _not_on_a_sim("CREATE FILE", parent)

    def delete_file(self, path: FilePath) -> None:
        """See ``WritableFileSystem``. Errors: CardError, always."""
        raise _not_on_a_sim("DELETE FILE", path)

    def resize_file(self, path: FilePath, size: int) -> None:  # noqa: ARG002 - refuses all
        """See ``WritableFileSystem``. Errors: CardError, always."""
        raise _not_on_a_sim("RESIZE FILE", path)

    def header_of_current(self) -> bytes:
        """The current directory's header (STATUS), or the MF's where the card refuses STATUS."""
        command = self.command(Ins.STATUS, le=_STATUS_BYTES)
        response = self.send(command)
        if self.is_ok(response.sw) and len(response.data) >= _STATUS_BYTES:
            return response.data
        response = self._walk(FilePath((MF,)), header=True)
        self._df = (MF,)
        return response.data


def _not_on_a_sim(name: str, path: FilePath) -> CardError:
    """TS 51.011 has no administrative commands; what cards offer instead is their makers' own."""
    return CardError(
        f"a 2G SIM has no {name} (file {path})",
        command_name=name,
        hint="the files have to be on the card already",
    )


class SimCard(BaseCard[SimFiles]):
    """``Card`` for a 2G SIM. Sends nothing until asked."""

    card_kind = CardKind.SIM
    iccid_clause = "TS 51.011, 10.1.1"

    def __init__(self, connection: CardConnection, exchange: Exchange) -> None:
        self._verified: set[int] = set()
        super().__init__(connection, lambda note: SimFiles(exchange, note))

    def _quietly_at_iccid(self) -> None:
        """From where the card is, which after a reset is the MF, else from the MF."""
        if not self._basic.try_from_here(EF_ICCID.fid):
            self._basic.select_quietly(EF_ICCID)

    def session(self) -> AbstractContextManager[SimFiles]:
        """See ``Card``. The basic channel, left with the MF selected."""
        return self._session()

    @contextmanager
    def _session(self) -> Iterator[SimFiles]:
        gone = False
        try:
            yield self.basic()
        except GONE:
            gone = True
            raise
        finally:
            if not gone:
                self._leave()

    def _leave(self) -> None:
        try:
            self._basic.select_quietly(FilePath((MF,)), directory=True)
        except (CardError, TransportError) as error:
            self._note(
                Finding(
                    "CARD-NOT-LEFT-CLEAN",
                    Severity.WARNING,
                    f"could not reselect the MF at the end: {error.message}",
                    reference="TS 51.011, 6.5",
                )
            )

    def pin_status(self, reference: int) -> PinStatus:
        """See ``Card``. CHV1 and CHV2 only; of ADM keys a 2G SIM tells nothing."""
        if reference in self._verified:
            return PinStatus(reference, verified=True)
        if reference not in _CHV_NUMBER:
            return PinStatus(reference)
        try:
            states = parse_chv_status(self._basic.header_of_current())
        except (CardError, DecodeError):
            return PinStatus(reference)
        return next((s for s in states if s.reference == reference), PinStatus(reference))

    def _present(self, reference: int, key: bytes) -> Response:
        number = _CHV_NUMBER.get(reference, reference)
        response = self._basic.send(self._basic.command(Ins.VERIFY_PIN, 0, number, key))
        if response.sw == 0x9000:
            self._verified.add(reference)
        return response
