"""The service that reads a card: directory files, documents, accounts, each fault a finding.

Reads no byte twice and none that the document does not need: the format's measure says, from the
first 256 bytes, how long the document is (design, section 5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from smartboot.bootstrap.data import BootstrapData, BootstrapObject, CardIdentity
from smartboot.bootstrap.unlock import KeySource, Unlocker, no_keys
from smartboot.card.base import Card, FileInfo, FileKind, FilePath, FileSystem
from smartboot.errors import (
    CardError,
    DecodeError,
    EncodeError,
    FileAbsentError,
    PinError,
    SecurityStatusError,
)
from smartboot.formats import registry
from smartboot.formats.base import Measure, limited
from smartboot.model import Account, Finding, Severity, Source
from smartboot.pkcs15.application import Application, DataObject
from smartboot.pkcs15.locate import open_application

__all__ = ["Progress", "no_progress", "read_bootstrap", "read_document"]

CHUNK = 256
"""Bytes one READ BINARY brings at most (short APDUs)."""

_DEFAULT_FID = 0x6432
"""Where LwM2M clients look when the directory search leads nowhere, a habit rather than a rule."""

LONGEST = 33023
"""Last byte that READ BINARY with a 15-bit offset reaches, plus one (TS 102 221, 11.1.3)."""

MAX_READ = 4 * LONGEST
"""Bytes of documents after which no further one is begun. Bootstrap data has a few thousand; a
hostile card lists 128 objects in files as long as files can be."""

_MAX_FINDINGS = 1000
"""Listed of one card: a hundred for each of 128 documents would be read by nobody."""

Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes read so far and the bytes known to be needed."""


def no_progress(name: str, done: int, total: int) -> None:
    """Tell nobody."""
    del name, done, total


class _Whole:
    """The measure of content in no known format: all of the file."""

    def feed(self, chunk: bytes) -> int | None:
        del chunk
        return None


def read_document(
    fs: FileSystem,
    info: FileInfo,
    measure_of: Callable[[bytes], Measure],
    *,
    start: int = 0,
    length: int | None = None,
    progress: Progress = no_progress,
) -> tuple[bytes, bool]:
    """Read the document that begins at byte ``start`` of the selected transparent EF.

    ``measure_of`` gets the first chunk and returns the measure to use; ``length`` caps what may
    be read (the length of a PKCS#15 path). Returns the bytes read and whether the card ended
    before the document did.
    """
    size = LONGEST if info.size is None else min(info.size, LONGEST)
    limit = max(0, size - start)
    if length is not None:
        limit = min(limit, length)
    name = f"EF {info.path.fid:04X}"
    data = bytearray()
    measure: Measure | None = None
    total: int | None = None
    while len(data) < limit:
        wanted = min(CHUNK, limit - len(data)) if total is None else min(total, limit) - len(data)
        if wanted <= 0:
            break
        chunk = fs.read_binary(info, start + len(data), wanted)
        if measure is None:
            measure = measure_of(chunk)
        data += chunk
        if total is None:
            total = measure.feed(chunk)
        progress(name, len(data), limit if total is None else min(total, limit))
        if len(chunk) < wanted:
            break
    cut = total is not None and len(data) < total
    return bytes(data if total is None else data[:total]), cut


@dataclass(slots=True)
class _Reading:
    """One run over one card."""

    card: Card
    unlocker: Unlocker
    progress: Progress
    everything: bool
    objects: list[BootstrapObject] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    locked: list[str] = field(default_factory=list)
    read: dict[tuple[object, ...], BootstrapObject] = field(default_factory=dict)
    """What was read, by path, part of the file and format."""
    left: int = MAX_READ
    named: bool = False
    """Whether the user named the file, so that no directory was looked into."""

    def note(
        self, code: str, severity: Severity, message: str, where: str, reference: str = ""
    ) -> None:
        self.findings.append(Finding(code, severity, message, where, reference))

    def content(
        self,
        fs: FileSystem,
        shell: BootstrapObject,
        path: FilePath,
        start: int = 0,
        length: int | None = None,
    ) -> BootstrapObject:
        """Read and decode the document at ``path``; every fault becomes a finding.

        No part of a file is read twice: what several data objects point to belongs to the first.
        """
        where = f"EF {path.fid:04X}"
        key = (path, start, length, shell.format)
        known = self.read.get(key)
        if known is not None and known.content is None:
            # Why it could not be read was told already.
            return replace(shell, size=known.size)
        if known is not None:
            self.note(
                "BOOT-SAME-FILE",
                Severity.INFO,
                "a data object before this one points to the same file; its content is read once",
                where,
                "PKCS#15, 6.3",
            )
            return replace(
                shell,
                format=known.format,
                size=known.size,
                content=known.content,
                document=known.document,
            )
        if self.left <= 0:
            self.note(
                "BOOT-TOO-MUCH",
                Severity.ERROR,
                f"{MAX_READ} bytes of documents were read already; this one is left out",
                where,
            )
            return shell
        shell = self.read[key] = self._content(fs, shell, path, start, length)
        return shell

    def _content(
        self,
        fs: FileSystem,
        shell: BootstrapObject,
        path: FilePath,
        start: int,
        length: int | None,
    ) -> BootstrapObject:
        """Read and decode a document that was not read before."""
        where = f"EF {path.fid:04X}"
        before = 0

        def counted(name: str, done: int, total: int) -> None:
            nonlocal before
            self.left -= done - before
            before = done
            self.progress(name, done, total)

        try:
            info = fs.select(path)
            shell = replace(shell, size=info.size)
            if info.kind not in (FileKind.TRANSPARENT, FileKind.UNKNOWN):
                self.note(
                    "BOOT-NOT-TRANSPARENT",
                    Severity.ERROR,
                    f"the file is {info.kind}; bootstrap data is read from transparent files only",
                    where,
                    "LwM2M Core, Appendix G",
                )
                return shell
            data, cut = self.unlocker.run(
                fs,
                info,
                "read",
                lambda: read_document(
                    fs,
                    info,
                    lambda first: self._measure(shell.format, first),
                    start=start,
                    length=length,
                    progress=counted,
                ),
            )
        except FileAbsentError:
            self.note(
                "BOOT-FILE-ABSENT",
                Severity.ERROR,
                f"file {path} is not on the card"
                if self.named
                else f"the directory points to file {path}, which is not on the card",
                where,
                "" if self.named else "PKCS#15, 6.3",
            )
            return shell
        except (PinError, SecurityStatusError) as error:
            self.lock(error, where)
            return shell
        except CardError as error:
            self.note("BOOT-FILE-REFUSED", Severity.ERROR, str(error), where)
            return shell
        self.files.append((f"EF_{path.fid:04X}", data))
        return self.decoded(shell, data, where, cut=cut)

    def lock(self, error: CardError, where: str) -> None:
        """Remember what was kept from us for want of a key."""
        self.locked.append(_missing(error))
        message = f"{error}; {error.hint}" if error.hint else str(error)
        self.note("BOOT-LOCKED", Severity.ERROR, message, where, "TS 102 221, 9.5")

    def decoded(
        self, shell: BootstrapObject, data: bytes, where: str, *, cut: bool = False
    ) -> BootstrapObject:
        """Decode a document and take its accounts and findings."""
        if not data.strip(b"\xff") or not data.strip(b"\x00"):
            self.note(
                "BOOT-EMPTY",
                Severity.WARNING,
                "the file holds no document (only 00 or FF bytes): never filled, or emptied",
                where,
            )
            return replace(shell, content=b"")
        name = shell.format or registry.recognise(data)
        if name is None:
            return replace(shell, content=data)
        handler = registry.get(name)
        try:
            result = handler.decode(data)
            shell = replace(
                shell, format=name, content=data[: result.used], document=result.document
            )
            accounts, findings = handler.accounts(result.document)
        except (DecodeError, EncodeError) as error:
            shorter = "; the file ends before the document does" if cut else ""
            self.note("BOOT-MALFORMED", Severity.ERROR, f"{error}{shorter}", where)
            return replace(shell, format=name, content=data)
        source = Source(oid=shell.oid, fid=shell.fid)
        self.accounts += [
            replace(account, source=replace(source, index=account.source.index))
            for account in accounts
        ]
        self.findings += [
            replace(finding, where=f"{where} {finding.where}".strip())
            for finding in (*result.findings, *findings)
        ]
        return shell

    def single(self, fs: FileSystem, path: FilePath) -> None:
        """Read one file that the user named, without any directory."""
        shell = BootstrapObject(None, None, None, f"{path.fid:04X}", str(path))
        self.named = True
        self.objects.append(self.content(fs, shell, path))

    def last_resort(self, fs: FileSystem, path: FilePath) -> None:
        """Try the file that readers in the field fall back to where no directory names one.

        It counts only when LwM2M data is in it, so that a file of another use is left alone.
        """
        try:
            info = fs.select(path)
            if info.kind is not FileKind.TRANSPARENT:
                return
            handler = registry.get("lwm2m")
            data, _ = read_document(fs, info, lambda _: handler.measure())
            if not handler.decode(data).document.objects:
                return
        except (CardError, DecodeError):
            return
        where = f"EF {path.fid:04X}"
        self.note(
            "BOOT-DEFAULT-FILE",
            Severity.WARNING,
            f"no directory names bootstrap data; it was found in file {path.fid:04X}, where only "
            "readers that skip the directories look",
            where,
            "LwM2M Core, Appendix G",
        )
        self.files.append((f"EF_{path.fid:04X}", data))
        shell = BootstrapObject(None, "lwm2m", None, f"{path.fid:04X}", str(path), info.size)
        self.objects.append(self.decoded(shell, data, where))

    def listed(self, fs: FileSystem, item: DataObject) -> None:
        """Read one data object of the directory."""
        shell = BootstrapObject(
            oid=item.oid,
            format=item.format,
            label=item.label,
            fid=item.fid,
            path=None if item.path is None else str(item.path),
            private=item.private,
            modifiable=item.modifiable,
        )
        where = f"EF {item.dodf.fid:04X} object {item.position + 1}"
        if item.content is not None:
            shell = self.decoded(shell, item.content, where)
        elif item.path is None:
            self.note(
                "BOOT-NOT-A-FILE",
                Severity.WARNING,
                "the data object's content is not in a file of this card; it is not read",
                where,
                "PKCS#15, 6.1.4",
            )
        elif item.format is not None or self.everything:
            shell = self.content(fs, shell, item.path, item.index or 0, item.length)
        else:
            self.note(
                "BOOT-UNKNOWN-OBJECT",
                Severity.INFO,
                f"data object {item.oid or 'without an OID'} is no bootstrap data that smartboot "
                "knows; it is listed and not read (--raw reads it)",
                where,
            )
        self.objects.append(shell)

    def _measure(self, name: str | None, first: bytes) -> Measure:
        name = name or registry.recognise(first)
        if name is None:
            return _Whole()
        return registry.get(name).measure()


_CP_LABELS = {"2.23.43.5.1": "bootstrap", "2.23.43.5.2": "config1", "2.23.43.5.3": "config2"}


def _conflicts(objects: list[BootstrapObject]) -> tuple[Finding, ...]:
    """What a device that merges the card's Client Provisioning documents would stumble over."""
    documents = [
        (_CP_LABELS[item.oid], item.document)
        for item in objects
        if item.oid in _CP_LABELS and item.format == "oma-cp" and item.document is not None
    ]
    if len(documents) < 2:
        return ()
    from smartboot.formats.client_provisioning import merge

    return merge(documents).findings


def _missing(error: CardError) -> str:
    """The name of the key that a refusal is about."""
    if isinstance(error, PinError):
        return error.key_name
    if isinstance(error, SecurityStatusError):
        return " or ".join(error.needs) or "a key"
    return "a key"


def _identity(card: Card) -> CardIdentity:
    return CardIdentity(card.reader_name, card.atr.hex(), card.iccid(), str(card.kind))


def read_bootstrap(
    card: Card,
    *,
    keys: KeySource = no_keys,
    force: bool = False,
    fid: int | None = None,
    everything: bool = False,
    progress: Progress = no_progress,
    inspect: Callable[[Application], None] | None = None,
) -> BootstrapData:
    """Read all bootstrap data of a card.

    ``keys`` gives PINs when a file's rules ask for one; ``fid`` names the document's file under
    the PKCS#15 application and skips the directory search; ``everything`` also reads EF(TokenInfo)
    and the data objects in formats smartboot does not know. ``inspect`` is called with the
    PKCS#15 application when all is read and its channel is still open, for who wants to look at
    more of it. Errors: TransportError when the card cannot be reached any more, and what
    ``inspect`` raises; whatever else is wrong is a finding in the result.
    """
    identity = _identity(card)
    run = _Reading(card, Unlocker(card, keys, force=force), progress, everything)
    with open_application(card, unlock=run.unlocker.run, listing=fid is None) as application:
        if application.fs is None:
            pass
        elif fid is not None:
            run.single(application.fs, application.path_of(FilePath((fid,))))
        else:
            for refusal in application.refused:
                run.locked.append(_missing(refusal.error))
            for item in application.data_objects:
                run.listed(application.fs, item)
            if not application.data_objects and not application.refused:
                run.last_resort(application.fs, application.path_of(FilePath((_DEFAULT_FID,))))
            if everything:
                application.read_token_info()
        if inspect is not None:
            inspect(application)
    directory = [(f"EF_{path.fid:04X}", data) for path, data in application.files]
    return BootstrapData(
        card=identity,
        objects=tuple(run.objects),
        accounts=tuple(run.accounts),
        findings=limited(
            (
                *card.findings,
                *application.findings,
                *run.findings,
                *_conflicts(run.objects),
            ),
            "BOOT-MORE",
            _MAX_FINDINGS,
        ),
        files=(*directory, *run.files),
        locked=tuple(dict.fromkeys(run.locked)),
    )
