"""What a card's bootstrap data is once read: objects, accounts, findings, and their JSON."""

from __future__ import annotations

from dataclasses import field
from hashlib import sha256
from typing import Any

from smartboot.formats import registry
from smartboot.frozen import dataclass
from smartboot.model import MASK, Account, Finding, Severity

__all__ = ["SCHEMA", "BootstrapData", "BootstrapObject", "CardIdentity"]

SCHEMA = "smartboot/read/1"


@dataclass(frozen=True, slots=True)
class CardIdentity:
    """Which card: reader name, ATR in hex, ICCID digits (None when it has none), uicc or sim."""

    reader: str
    atr: str
    iccid: str | None
    kind: str

    def to_dict(self) -> dict[str, Any]:
        """The ``card`` of the JSON."""
        return {"reader": self.reader, "atr": self.atr, "iccid": self.iccid, "kind": self.kind}


@dataclass(frozen=True, slots=True)
class BootstrapObject:
    """One data object of the card and the document in it.

    ``size`` is the file's bytes, ``used`` the document's own; ``content`` exactly those ``used``
    bytes (None when the file could not be read or is empty); ``document`` what they mean, in the
    format's own objects (None for a format not known, or a document that is malformed).
    """

    oid: str | None
    format: str | None
    label: str | None
    fid: str | None
    path: str | None
    size: int | None = None
    private: bool = False
    modifiable: bool = False
    content: bytes | None = field(default=None, repr=False)
    document: Any = field(default=None, repr=False)

    @property
    def used(self) -> int | None:
        """Length of the document in bytes, without padding."""
        return None if self.content is None else len(self.content)

    @property
    def digest(self) -> str | None:
        """SHA-256 of the document, hex."""
        return None if self.content is None else sha256(self.content).hexdigest()

    def plain_document(self, *, show_secrets: bool = False) -> Any:
        """The document as JSON-able values; bytes of an unknown format count as a secret."""
        if self.document is not None and self.format is not None:
            return registry.get(self.format).to_plain(self.document, show_secrets=show_secrets)
        if self.content:
            return {"bytes": f"hex:{self.content.hex()}" if show_secrets else MASK}
        return None

    def to_dict(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """One entry of ``data_objects``."""
        return {
            "oid": self.oid,
            "format": self.format,
            "label": self.label,
            "fid": self.fid,
            "path": self.path,
            "size": self.size,
            "used": self.used,
            "sha256": self.digest,
            "private": self.private,
            "modifiable": self.modifiable,
            "document": self.plain_document(show_secrets=show_secrets),
        }


@dataclass(frozen=True, slots=True)
class BootstrapData:
    """All bootstrap data of one card.

    ``files`` are the elementary files read on the way, by name and with the bytes that were read
    (directory files and documents). ``locked`` names keys (PIN1, …) whose want kept something
    from being read.
    """

    card: CardIdentity
    objects: tuple[BootstrapObject, ...] = ()
    accounts: tuple[Account, ...] = ()
    findings: tuple[Finding, ...] = ()
    files: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    locked: tuple[str, ...] = ()

    @property
    def worst(self) -> Severity | None:
        """The worst severity among the findings."""
        for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO):
            if any(finding.severity is severity for finding in self.findings):
                return severity
        return None

    def to_dict(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The JSON of ``smartboot read``."""
        return {
            "schema": SCHEMA,
            "card": self.card.to_dict(),
            "data_objects": [o.to_dict(show_secrets=show_secrets) for o in self.objects],
            "accounts": [a.to_dict(show_secrets=show_secrets) for a in self.accounts],
            "findings": [f.to_dict() for f in self.findings],
        }
