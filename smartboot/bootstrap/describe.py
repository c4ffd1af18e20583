"""Who a card is: identity, applications, keys and the files that can be found (``info``).

A card cannot be asked for its files, so the well-known ones are tried, and those that the card's
own directories name. Nothing is read from a file but directories, and no try of a key is spent.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from smartboot.bootstrap.data import CardIdentity
from smartboot.card.base import (
    Card,
    CardKind,
    FileInfo,
    FileKind,
    FilePath,
    FileSystem,
    PinStatus,
)
from smartboot.card.keys import ADM1, PIN1, PIN2, UNIVERSAL_PIN, key_name
from smartboot.card.tree import PKCS15_FILES, WELL_KNOWN, probe, read_records
from smartboot.errors import CardError
from smartboot.frozen import dataclass
from smartboot.model import Finding
from smartboot.pkcs15.directory import ApplicationTemplate, decode_record
from smartboot.pkcs15.locate import EF_DIR, open_application

__all__ = ["SCHEMA", "CardDescription", "FileDescription", "describe_card"]

SCHEMA = "smartboot/info/1"

_KEYS = (PIN1, PIN2, UNIVERSAL_PIN, ADM1)
_SIM_KEYS = (PIN1, PIN2)
_OPERATIONS = ("read", "update")


@dataclass(frozen=True, slots=True)
class FileDescription:
    """One file: what the card said of it and who may do what with it."""

    name: str
    info: FileInfo
    conditions: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The file as JSON."""
        info = self.info
        return {
            "path": str(info.path),
            "name": self.name,
            "type": str(info.kind),
            "size": info.size,
            "record_length": info.record_length,
            "record_count": info.record_count,
            "sfi": info.sfi,
            "life_cycle": str(info.life_cycle),
            "aid": None if info.aid is None else info.aid.hex().upper(),
            "access": dict(self.conditions),
        }


@dataclass(frozen=True, slots=True)
class CardDescription:
    """All of ``smartboot info``."""

    card: CardIdentity
    applications: tuple[ApplicationTemplate, ...] = ()
    keys: tuple[PinStatus, ...] = ()
    files: tuple[FileDescription, ...] = field(default=())
    findings: tuple[Finding, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON of ``smartboot info``."""
        return {
            "schema": SCHEMA,
            "card": self.card.to_dict(),
            "applications": [
                {
                    "aid": template.aid.hex().upper(),
                    "label": template.label_text,
                    "path": None if template.path is None else str(template.path),
                }
                for template in self.applications
            ],
            "keys": [
                {
                    "reference": f"{status.reference:02X}",
                    "name": key_name(status.reference),
                    "remaining": status.remaining,
                    "verified": status.verified,
                    "blocked": status.blocked,
                    "disabled": status.disabled,
                }
                for status in self.keys
            ],
            "files": [file.to_dict() for file in self.files],
            "findings": [finding.to_dict() for finding in self.findings],
        }


class _Walk:
    """Collects files, each once."""

    def __init__(self) -> None:
        self.files: list[FileDescription] = []
        self._seen: set[FilePath] = set()

    def take(self, fs: FileSystem, names: dict[FilePath, str]) -> None:
        """Try each path; those that are there are described, their rules followed."""
        for path, name in names.items():
            if path in self._seen:
                continue
            self._seen.add(path)
            for info in probe(fs, [path]):
                self.files.append(FileDescription(name, info, self._conditions(fs, info)))

    def _conditions(self, fs: FileSystem, info: FileInfo) -> tuple[tuple[str, str], ...]:
        if info.kind.is_directory or info.kind is FileKind.UNKNOWN:
            return ()
        try:
            rule = fs.access_rule(info)
        except CardError:
            return tuple((operation, "unknown") for operation in _OPERATIONS)
        return tuple((operation, str(rule.condition(operation))) for operation in _OPERATIONS)


def _templates(fs: FileSystem) -> tuple[list[ApplicationTemplate], list[Finding]]:
    templates: list[ApplicationTemplate] = []
    findings: list[Finding] = []
    for info in probe(fs, [EF_DIR]):
        if not info.kind.has_records:
            continue
        try:
            records = read_records(fs, info)
        except CardError:
            continue
        for record in records:
            decoded = decode_record(record)
            templates += decoded.templates
            findings += decoded.findings
    return templates, findings


def _keys(card: Card) -> tuple[PinStatus, ...]:
    statuses = []
    for reference in _SIM_KEYS if card.kind is CardKind.SIM else _KEYS:
        try:
            status = card.pin_status(reference)
        except CardError:
            continue
        if status.exists:
            statuses.append(status)
    return tuple(statuses)


def describe_card(card: Card) -> CardDescription:
    """Look at a card. Errors: TransportError; what the card refuses is left out or a finding."""
    identity = CardIdentity(card.reader_name, card.atr.hex(), card.iccid(), str(card.kind))
    walk = _Walk()
    basic = card.basic()
    templates, findings = _templates(basic)
    keys = _keys(card)
    walk.take(basic, {known.path: known.name for known in WELL_KNOWN})
    with card.session() as fs:
        for template in templates:
            if template.path is not None and template.path.is_absolute:
                name = template.label_text or "application"
                walk.take(fs, {template.path: f"ADF({name})"})
    with open_application(card) as application:
        findings += application.findings
        if application.fs is not None:
            names = {
                application.path_of(FilePath((known.path.fid,))): known.name
                for known in PKCS15_FILES
                if known.path.fid not in (0x6430, 0x6432)
            }
            for path, _ in application.files:
                names.setdefault(path, "EF(DODF)")
            for item in application.data_objects:
                if item.path is not None:
                    names[item.path] = item.label or f"data object {item.oid}"
            walk.take(application.fs, names)
    return CardDescription(
        identity,
        tuple(templates),
        keys,
        tuple(walk.files),
        (*card.findings, *findings),
    )
