"""What is wrong with a client provisioning document, found without any device (ProvCont 1.1).

Codes: CP-VERSION, CP-MISSING-PARM, CP-DUP-PARM, CP-UNKNOWN-PARM, CP-VALUE, CP-PORTNBR,
CP-UNKNOWN-CHARACTERISTIC, CP-MISPLACED, CP-MISSING-CHARACTERISTIC, CP-DUP-CHARACTERISTIC,
CP-DUP-KEY, CP-DANGLING, CP-BOOTSTRAP-DUP, CP-ACCESS, CP-W7-PROVIDER-ID, CP-W7-ADDRESS,
CP-W7-ADDRESS-TWICE, CP-W7-INIT. Messages name parms and identifiers, never a secret's value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from smartboot.formats.base import MAX_FINDINGS
from smartboot.formats.client_provisioning.document import (
    Characteristic,
    ProvisioningDocument,
    is_secret,
)
from smartboot.formats.client_provisioning.tables import RULES, TOP, VALUES, Count, Rule
from smartboot.formats.client_provisioning.tree import SPEC
from smartboot.formats.client_provisioning.views import port_number
from smartboot.model import Finding, Severity

__all__ = ["INTERNET", "validate"]

INTERNET = "INTERNET"
"""The reserved TO-NAPID: any access point that carries the INTERNET flag."""

_NAME = re.compile(r"[A-Z][A-Z0-9._-]{0,31}")
_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def validate(document: ProvisioningDocument) -> list[Finding]:
    """All findings on a document, in its order; of more than MAX_FINDINGS one more."""
    check = _Check()
    if document.version not in (None, "1.0", "1.1"):
        check.add("VERSION", _INFO, "the document version is neither 1.0 nor 1.1", "")
    check.children(document.characteristics, TOP, "", 1)
    _references(document, check)
    _once(document, check)
    for number, entry in enumerate(document.all("APPLICATION"), 1):
        if entry.get("APPID") == "w7":
            _w7(entry, f"APPLICATION {number}", check)
    return check.findings


class _Check:
    """Collects findings while walking the characteristics."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def add(self, code: str, severity: Severity, message: str, where: str) -> None:
        if len(self.findings) <= MAX_FINDINGS:
            self.findings.append(
                Finding(f"CP-{code}", severity, message, where or "document", SPEC)
            )

    def children(
        self, entries: Iterable[Characteristic], allowed: dict[str, Count], where: str, depth: int
    ) -> None:
        """The characteristics inside one parent."""
        counts: dict[str, int] = {}
        keys: set[tuple[str, str]] = set()
        for entry in entries:
            name = entry.type or "?"
            number = counts[name] = counts.get(name, 0) + 1
            path = f"{where}/{name[:40]} {number}".lstrip("/")
            rule = RULES.get(name)
            if name not in allowed:
                if rule is None:
                    message = "a characteristic the standard does not have; kept, not interpreted"
                    self.add("UNKNOWN-CHARACTERISTIC", _INFO, message, path)
                    continue
                self.add("MISPLACED", _WARNING, "this characteristic does not belong here", path)
            elif number == 2 and not allowed[name].several:
                message = "only one is allowed here; a device takes the first"
                self.add("DUP-CHARACTERISTIC", _WARNING, message, path)
            if rule is None:
                continue
            key = entry.get(rule.key) if rule.key else None
            if key:
                if (name, key) in keys:
                    message = f"the same {rule.key} as one before; a device takes the first"
                    self.add("DUP-KEY", _WARNING, message, path)
                keys.add((name, key))
            self.parms(entry, rule, path)
            if rule.children or entry.characteristics:
                self.children(entry.characteristics, rule.children, path, depth + 1)
        for name, count in allowed.items():
            if count is Count.SOME and name not in counts:
                message = f"at least one {name} is needed"
                self.add("MISSING-CHARACTERISTIC", _WARNING, message, where)

    def parms(self, entry: Characteristic, rule: Rule, where: str) -> None:
        """The parms of one characteristic against its rule."""
        type_ = entry.type or ""
        counts: dict[str, int] = {}
        for parm in entry.parms:
            name = parm.name
            number = counts[name] = counts.get(name, 0) + 1
            count = rule.parms.get(name)
            if count is None:
                if not rule.open:
                    message = f"{_shown(name)} is no parm of {type_[:40]} in the standard"
                    self.add("UNKNOWN-PARM", _INFO, message, where)
                continue
            if number == 2 and not count.several:
                message = f"{name} is given more than once; a device takes the first"
                self.add("DUP-PARM", _WARNING, message, where)
            if name == "PORTNBR":
                if port_number(parm.value or "") is None:
                    message = "PORTNBR is no decimal number of 0 to 65535"
                    self.add("PORTNBR", _ERROR, message, where)
            elif (values := VALUES.get((type_, name))) and (parm.value or "") not in values:
                # In a damaged document a password may have become the value beside it.
                shown = "" if "AUTH" in name else f" {(parm.value or '')[:40]!r}"
                message = f"{name}{shown} is none of {', '.join(sorted(values))}"
                self.add("VALUE", _WARNING, message, where)
        for name, count in rule.needed:
            if name not in counts:
                severity = _ERROR if count is Count.ONE else _WARNING
                self.add("MISSING-PARM", severity, f"{type_} without {name}", where)
            elif not entry.get(name) and count is Count.ONE:
                self.add("MISSING-PARM", _ERROR, f"{name} has no value", where)


def _shown(name: str) -> str:
    """A parm's name for a message. In a damaged document a password may have run into it."""
    return name if _NAME.fullmatch(name) and not is_secret(name) else "a parm of another name"


def _references(document: ProvisioningDocument, check: _Check) -> None:
    """TO-NAPID and TO-PROXY that lead nowhere."""
    naps = {entry.get("NAPID") for entry in document.all("NAPDEF")}
    proxies = {entry.get("PROXY-ID") for entry in document.all("PXLOGICAL")}
    if any(entry.has(INTERNET) for entry in document.all("NAPDEF")):
        naps.add(INTERNET)

    def look(entry: Characteristic, path: str) -> None:
        for parm in entry.parms:
            known = {"TO-NAPID": naps, "TO-PROXY": proxies}.get(parm.name)
            if known is None or (parm.value or "") in known:
                continue
            if parm.name == "TO-NAPID" and parm.value == INTERNET:
                message = "TO-NAPID INTERNET, and no NAPDEF has the INTERNET flag"
            else:
                target = "NAPDEF" if parm.name == "TO-NAPID" else "PXLOGICAL"
                message = f"{parm.name} {(parm.value or '')[:60]!r}: no such {target}"
            check.add("DANGLING", _WARNING, message, path)
        counts: dict[str | None, int] = {}
        for child in entry.characteristics:
            counts[child.type] = counts.get(child.type, 0) + 1
            look(child, f"{path}/{(child.type or '?')[:40]} {counts[child.type]}")

    totals: dict[str | None, int] = {}
    for entry in document.characteristics:
        totals[entry.type] = totals.get(entry.type, 0) + 1
        look(entry, f"{(entry.type or '?')[:40]} {totals[entry.type]}")


def _once(document: ProvisioningDocument, check: _Check) -> None:
    """What may be there once in a document, and the order inside ACCESS."""
    urls = [entry for entry in document.all("BOOTSTRAP") if entry.has("PROVURL")]
    if len(urls) > 1:
        message = "more than one BOOTSTRAP with PROVURL; a device takes the first"
        check.add("BOOTSTRAP-DUP", _WARNING, message, "BOOTSTRAP")
    servers: set[str] = set()
    for number, entry in enumerate(document.all("APPLICATION"), 1):
        server = entry.get("PROVIDER-ID")
        if entry.get("APPID") != "w7" or not server:
            continue
        if server in servers:
            message = "a second w7 account with this PROVIDER-ID; a device takes the first"
            check.add("DUP-KEY", _WARNING, message, f"APPLICATION {number}")
        servers.add(server)
    for number, entry in enumerate(document.all("ACCESS"), 1):
        names = [parm.name for parm in entry.parms]
        targets = [name in ("TO-NAPID", "TO-PROXY") for name in names]
        if not any(targets) or targets != sorted(targets) or names[:1] != ["RULE"]:
            message = "RULE must come first and TO-NAPID or TO-PROXY last, at least one"
            check.add("ACCESS", _WARNING, message, f"ACCESS {number}")


def _w7(entry: Characteristic, where: str, check: _Check) -> None:
    """An OMA DM account (the w7 registration)."""
    if not entry.get("PROVIDER-ID"):
        check.add("W7-PROVIDER-ID", _ERROR, "a DM account without PROVIDER-ID", where)
    nested = any(child.get("ADDR") for child in entry.children("APPADDR"))
    direct = bool(entry.get("ADDR"))
    if not nested and not direct:
        check.add("W7-ADDRESS", _ERROR, "a DM account without the server's address", where)
    if nested and direct:
        message = "both ADDR and APPADDR; a device may take either"
        check.add("W7-ADDRESS-TWICE", _WARNING, message, where)
    if entry.has("INIT"):
        message = "INIT asks for a session at once; it should not be on a card, which stays"
        check.add("W7-INIT", _INFO, message, where)
