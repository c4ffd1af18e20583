"""What is checked: a card and its files, a card profile, or a single document.

``inspect_card`` reads a card once, the way ``read`` does, and looks on the same channel at what
only the rules need: the access conditions and sizes of the files, EF(TokenInfo), the PINs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from datetime import datetime
from typing import Any

from smartboot.bootstrap.data import BootstrapData
from smartboot.bootstrap.documents import DocumentFile
from smartboot.bootstrap.reader import read_bootstrap
from smartboot.bootstrap.unlock import KeySource, no_keys
from smartboot.card.base import Card
from smartboot.checks.facts import CardFacts, FileFacts, FileRole
from smartboot.checks.inspection import Inspection
from smartboot.checks.rule import SubjectKind
from smartboot.errors import DecodeError
from smartboot.formats import registry
from smartboot.frozen import dataclass
from smartboot.model import Account, Finding
from smartboot.pkcs15.application import DataObject
from smartboot.profiles.check import check_profile
from smartboot.profiles.load import LoadedProfile

__all__ = [
    "CardFacts",
    "Document",
    "FileFacts",
    "FileRole",
    "Subject",
    "document_subject",
    "inspect_card",
    "profile_subject",
]


@dataclass(frozen=True, slots=True)
class Document:
    """One document and where it stands.

    ``where`` is ``EF 6432``, or empty for a document of its own. ``document`` is in the format's
    own objects, None when it is malformed, locked or of no known format; ``data`` its bytes
    without padding; ``size`` the bytes of its file; ``file`` and ``item`` what the card says.
    """

    where: str
    format: str | None
    oid: str | None = None
    document: Any = field(default=None, repr=False)
    accounts: tuple[Account, ...] = ()
    data: bytes | None = field(default=None, repr=False)
    size: int | None = None
    file: FileFacts | None = None
    item: DataObject | None = None

    def at(self, place: str = "") -> str:
        """``place`` in this document, as ``where`` of a finding."""
        return f"{self.where} {place}".strip()


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything the rules look at. ``findings`` are those of the rooms that read it; ``locked``
    names keys whose want kept something from being seen; ``now`` is the time that certificates
    are held against, with its time zone; None is the time of the check."""

    kind: SubjectKind
    name: str
    documents: tuple[Document, ...] = ()
    findings: tuple[Finding, ...] = ()
    card: CardFacts | None = None
    profile: LoadedProfile | None = None
    locked: tuple[str, ...] = ()
    now: datetime | None = None

    @property
    def accounts(self) -> tuple[tuple[Document, Account], ...]:
        """All accounts with the document each is in."""
        return tuple((d, account) for d in self.documents for account in d.accounts)


def _documents(data: BootstrapData, facts: CardFacts) -> tuple[Document, ...]:
    found = []
    items: list[DataObject | None] = [*facts.objects]
    if len(items) != len(data.objects):
        # A file found without a directory has no entry.
        items = [None] * len(data.objects)
    for one, item in zip(data.objects, items, strict=True):
        accounts = tuple(
            account
            for account in data.accounts
            if (account.source.oid, account.source.fid) == (one.oid, one.fid)
        )
        found.append(
            Document(
                where=f"EF {one.fid}" if one.fid else "",
                format=one.format,
                oid=one.oid,
                document=one.document,
                accounts=accounts,
                data=one.content,
                size=one.size,
                file=None if item is None else facts.file(item.path),
                item=item,
            )
        )
    return tuple(found)


def inspect_card(
    card: Card,
    *,
    name: str = "",
    kind: SubjectKind = SubjectKind.CARD,
    keys: KeySource = no_keys,
    force: bool = False,
    profile: LoadedProfile | None = None,
) -> Subject:
    """Read a card for the rules. Nothing is written, no try of a key is spent unasked.

    ``profile`` is the card profile an image was made from: its own findings are added.
    Errors: TransportError when the card cannot be reached any more.
    """
    inspection = Inspection(card)
    card.iccid()
    data = read_bootstrap(card, keys=keys, force=force, inspect=inspection.inside)
    inspection.basic()
    facts = inspection.facts()
    findings: Iterable[Finding] = (*data.findings, *inspection.findings, *card.findings)
    if profile is not None:
        # What the card shows is told once; of the profile there remains what no card can show.
        seen = {(finding.code, finding.where) for finding in findings}
        more = [one for one in check_profile(profile) if (one.code, one.where) not in seen]
        findings = (*findings, *more)
    return Subject(
        kind=kind,
        name=name or data.card.reader,
        documents=_documents(data, facts),
        findings=tuple(dict.fromkeys(findings)),
        card=facts,
        profile=profile,
        locked=data.locked,
    )


def profile_subject(loaded: LoadedProfile, *, name: str = "") -> Subject:
    """A card profile without the card made from it: its own findings and its documents."""
    documents = []
    for item, raw in zip(loaded.profile.data_objects, loaded.documents, strict=True):
        handler = registry.get(item.format)
        try:
            decoded = handler.decode(raw)
        except DecodeError:
            # Only what the profile marks as unchecked gets here, and its author knows.
            continue
        accounts, _ = handler.accounts(decoded.document)
        documents.append(
            Document(
                where=f"EF {item.fid:04X}",
                format=item.format,
                oid=item.oid,
                document=decoded.document,
                accounts=tuple(accounts),
                data=raw[: decoded.used],
                size=item.size,
            )
        )
    return Subject(
        SubjectKind.PROFILE,
        name or loaded.name or loaded.profile.name,
        tuple(documents),
        tuple(check_profile(loaded)),
        profile=loaded,
    )


def document_subject(loaded: DocumentFile, *, name: str = "") -> Subject:
    """A single document from a file."""
    one = Document(
        where="",
        format=loaded.format,
        document=loaded.document,
        accounts=loaded.accounts,
    )
    return Subject(SubjectKind.DOCUMENT, name, (one,), loaded.findings)
