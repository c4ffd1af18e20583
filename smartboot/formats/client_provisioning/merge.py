"""Several provisioning documents as one, as a device with a smartcard sees them.

ProvSC keeps up to three documents on a card. Their order of precedence could not be confirmed in
the standard's text, so it is the caller's: the default is Bootstrap, Config1, Config2, and what
is defined first is kept. PXLOGICAL and PXPHYSICAL with the same id are completed parm by parm;
everything else with the same key is taken from the first document that has it.

Codes: CP-MERGE-CONFLICT (two definitions differ), CP-MERGE-CREDENTIALS (two accounts of one
server differ in credentials). Messages name parms, never values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smartboot.formats.client_provisioning.document import (
    Characteristic,
    Parm,
    ProvisioningDocument,
    is_secret,
)
from smartboot.formats.client_provisioning.tables import RULES
from smartboot.frozen import dataclass
from smartboot.model import Finding, Severity

__all__ = ["ORDER", "Merged", "MergedItem", "merge"]

ORDER = ("bootstrap", "config1", "config2")
"""The documents of a card, the one that wins first."""

_COMPLETED = frozenset({"PXLOGICAL", "PXPHYSICAL"})
_REFERENCE = "OMA-WAP-TS-ProvSC 1.1; OMA-WAP-TS-ProvUAB 1.1"


@dataclass(frozen=True, slots=True)
class MergedItem:
    """A characteristic of the result with its origins: ``sources`` has a label for each parm.

    ``source`` is the document that defined it first.
    """

    characteristic: Characteristic
    source: str
    sources: tuple[str, ...]
    items: tuple[MergedItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged document, where each value came from, and what was in conflict."""

    document: ProvisioningDocument
    items: tuple[MergedItem, ...]
    findings: tuple[Finding, ...]


def merge(
    documents: Iterable[tuple[str, ProvisioningDocument]], *, order: Sequence[str] = ORDER
) -> Merged:
    """Merge labelled documents. Labels not in ``order`` come last, as they are given."""
    ranked = sorted(
        documents, key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order)
    )
    findings: list[Finding] = []
    found = _Items(findings)
    for label, document in ranked:
        for entry in document.characteristics:
            found.add(entry, label)
        if document.other and label != ranked[0][0]:
            findings.append(
                _finding("CONFLICT", "content that is no characteristic is left out", label)
            )
    first = ranked[0][1] if ranked else ProvisioningDocument()
    versions = [document.version for _, document in ranked if document.version is not None]
    merged = ProvisioningDocument(
        versions[0] if versions else None,
        tuple(item.characteristic for item in found.items),
        first.attributes,
        first.other,
        first.header,
    )
    return Merged(merged, tuple(found.items), tuple(findings))


class _Items:
    """The characteristics of one parent while documents are put together."""

    def __init__(self, findings: list[Finding], start: Iterable[MergedItem] = ()) -> None:
        self.items: list[MergedItem] = []
        self._findings = findings
        self._seen: set[Characteristic] = set()
        self._places: dict[tuple[str, ...], int] = {}
        for item in start:
            self._append(item)

    def _append(self, item: MergedItem) -> None:
        entry = item.characteristic
        self._seen.add(entry)
        key = _key(entry)
        if key is not None:
            self._places.setdefault(key, len(self.items))
        self.items.append(item)

    def add(self, entry: Characteristic, label: str) -> None:
        """Put one characteristic into the list, or into the item with its key."""
        if entry in self._seen:
            return
        self._seen.add(entry)
        key = _key(entry)
        place = None if key is None else self._places.get(key)
        if place is None:
            self._append(_item(entry, label))
        elif entry.type in _COMPLETED:
            self.items[place] = _complete(self.items[place], entry, label, self._findings)
        else:
            _conflict(self.items[place], entry, label, self._findings)


def _item(entry: Characteristic, label: str) -> MergedItem:
    children = tuple(_item(child, label) for child in entry.characteristics)
    return MergedItem(entry, label, (label,) * len(entry.parms), children)


def _key(entry: Characteristic) -> tuple[str, ...] | None:
    """What makes two characteristics the same thing to a device; None when nothing does."""
    if entry.type == "APPLICATION":
        server = entry.get("PROVIDER-ID")
        return ("w7", server) if entry.get("APPID") == "w7" and server else None
    if entry.type == "BOOTSTRAP":
        return ("BOOTSTRAP",) if entry.has("PROVURL") else None
    rule = RULES.get(entry.type or "")
    value = entry.get(rule.key) if rule is not None and rule.key else None
    return (entry.type or "", value) if value else None


def _complete(
    item: MergedItem, entry: Characteristic, label: str, findings: list[Finding]
) -> MergedItem:
    """Add the parms and children ``item`` lacks; what it has is not overwritten."""
    first = item.characteristic
    parms: list[Parm] = list(first.parms)
    present = set(parms)
    names = {parm.name for parm in parms}
    sources = list(item.sources)
    rule = RULES[entry.type or ""]
    differing: list[str] = []
    for parm in entry.parms:
        count = rule.parms.get(parm.name)
        if parm in present:
            continue
        if parm.name in names and not (count is not None and count.several):
            differing.append(parm.name)
            continue
        parms.append(parm)
        sources.append(label)
    if differing:
        _report(item, differing, label, findings)
    inside = _Items(findings, item.items)
    for child in entry.characteristics:
        inside.add(child, label)
    children = inside.items
    made = Characteristic(
        first.type,
        tuple(parms),
        tuple(child.characteristic for child in children),
        first.attributes,
        first.other,
    )
    return MergedItem(made, item.source, tuple(sources), tuple(children))


def _conflict(item: MergedItem, entry: Characteristic, label: str, findings: list[Finding]) -> None:
    """Say what differs between the definition that is kept and a later one."""
    kept, late = _flat(item.characteristic), _flat(entry)
    names = sorted({name for name, _ in kept ^ late})
    if not names:
        return  # The same values in another order.
    _report(item, names, label, findings)


def _report(item: MergedItem, names: list[str], label: str, findings: list[Finding]) -> None:
    entry = item.characteristic
    key = _key(entry)
    what = f"{entry.type} {key[1][:60]!r}" if key and len(key) > 1 else str(entry.type)
    listed = ", ".join(dict.fromkeys(name[:40] for name in names))
    secret = any(is_secret(name) or name.startswith("AAUTH") for name in names)
    if entry.type == "APPLICATION" and secret:
        message = f"{what}: {label} has other credentials than {item.source} ({listed})"
        findings.append(_finding("CREDENTIALS", message, label, Severity.ERROR))
        return
    message = f"{what}: {label} differs from {item.source} in {listed}; {item.source} is kept"
    findings.append(_finding("CONFLICT", message, label))


def _flat(entry: Characteristic, path: str = "") -> set[tuple[str, str]]:
    """Every parm below, as its name and its place with its value."""
    found = {(parm.name, f"{path}={parm.value}") for parm in entry.parms}
    for child in entry.characteristics:
        found |= _flat(child, f"{path}/{child.type}")
    return found


def _finding(code: str, message: str, where: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(f"CP-MERGE-{code}", severity, message, where, _REFERENCE)
