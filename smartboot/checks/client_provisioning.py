"""Checks on WAP Client Provisioning documents: access points, proxies, the DM account's way out.

The codec reports what is missing, doubled, misplaced or dangling; here is what passes it and
leaves a device without a connection. ProvCont 1.1 and the w7 registration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from smartboot.checks.accounts import fits
from smartboot.checks.catalogue import rule_of
from smartboot.checks.engine import Check
from smartboot.checks.subject import Document, Subject
from smartboot.formats.client_provisioning.document import Characteristic, ProvisioningDocument
from smartboot.formats.client_provisioning.views import (
    Application,
    Bootstrap,
    Napdef,
    PxLogical,
    Validity,
)
from smartboot.model import Finding

__all__ = ["CHECKS"]

_CONFIG_OIDS = ("2.23.43.5.2", "2.23.43.5.3")
"""EF(Config1) and EF(Config2): they complete the bootstrap document and need no account."""

_PACKET_BEARERS = frozenset({"GSM-GPRS", "ANSI-136-GPRS"})
"""Bearers whose access points have a name (APN), not a number."""

_MCC = re.compile(r"[0-9]{3}")
_MNC = re.compile(r"[0-9]{2,3}")

_MAX = 200
"""Characteristics of one kind that are looked at; no device takes as many."""


def _documents(subject: Subject) -> Iterator[tuple[Document, ProvisioningDocument]]:
    for document in subject.documents:
        if isinstance(document.document, ProvisioningDocument):
            yield document, document.document


def _numbered(document: ProvisioningDocument, kind: str) -> list[tuple[str, Characteristic]]:
    """The top characteristics of a kind with their places, as the codec names them."""
    found = [(f"{kind} {i}", entry) for i, entry in enumerate(document.all(kind), 1)]
    return found[:_MAX]


def _shown(text: str | None) -> str:
    return repr((text or "")[:40])


def _no_account(subject: Subject) -> Iterable[Finding]:
    """A document that brings no DM server, where one is expected."""
    for document, provisioning in _documents(subject):
        if document.oid in _CONFIG_OIDS or document.accounts:
            continue
        if not any(entry.get("APPID") == "w7" for entry in provisioning.all("APPLICATION")):
            message = "no APPLICATION of the document is an OMA DM account (w7)"
            yield rule_of("CP-NO-ACCOUNT").finding(message, document.at())


def _access_points(subject: Subject) -> Iterable[Finding]:
    """NAPDEF: what its address is taken for, and where it is valid."""
    for document, provisioning in _documents(subject):
        for where, entry in _numbered(provisioning, "NAPDEF"):
            nap = Napdef.of(entry)
            at = document.at(where)
            kind = nap.effective_address_type
            if _PACKET_BEARERS.intersection(nap.bearers) and kind == "E164":
                given = "is E164" if nap.address_type else "is missing, which means E164"
                yield rule_of("CP-NAP-ADDRTYPE").finding(
                    f"the access point {_shown(nap.napid)} is for GPRS and its NAP-ADDRTYPE "
                    f"{given}",
                    at,
                )
            elif nap.address and not fits(nap.address, kind.lower()):
                given = kind if nap.address_type else f"{kind} (NAP-ADDRTYPE is missing)"
                yield rule_of("CP-ADDRESS-FORM").finding(
                    f"the address of the access point {_shown(nap.napid)} is no {given}", at
                )
            for validity in nap.validities[:_MAX]:
                yield from _validity(nap, validity, at)


def _validity(nap: Napdef, validity: Validity, at: str) -> Iterator[Finding]:
    country = (validity.country or "").strip()
    if country and not _MCC.fullmatch(country):
        message = f"COUNTRY of the access point {_shown(nap.napid)} is no mobile country code"
        yield rule_of("CP-VALIDITY").finding(message, at)
    # Several networks are given as one list.
    networks = [part.strip() for part in re.split(r"[,; ]+", validity.network or "") if part]
    if any(not _MNC.fullmatch(network) for network in networks[:_MAX]):
        message = f"NETWORK of the access point {_shown(nap.napid)} is no mobile network code"
        yield rule_of("CP-VALIDITY").finding(message, at)


def _proxies(subject: Subject) -> Iterable[Finding]:
    """PXPHYSICAL addresses, and the proxies BOOTSTRAP trusts."""
    for document, provisioning in _documents(subject):
        known = set()
        for where, entry in _numbered(provisioning, "PXLOGICAL"):
            proxy = PxLogical.of(entry)
            known.add(proxy.id)
            for physical in proxy.physicals[:_MAX]:
                kind = physical.effective_address_type
                if not physical.address or fits(physical.address, kind.lower()):
                    continue
                given = kind if physical.address_type else f"{kind} (PXADDRTYPE is missing)"
                yield rule_of("CP-ADDRESS-FORM").finding(
                    f"PXADDR of the proxy {_shown(proxy.id)} is no {given}", document.at(where)
                )
        for where, entry in _numbered(provisioning, "BOOTSTRAP"):
            for proxy_id in Bootstrap.of(entry).proxy_ids[:_MAX]:
                if proxy_id not in known:
                    yield rule_of("CP-BOOTSTRAP-PROXY").finding(
                        f"PROXY-ID {_shown(proxy_id)}: no such PXLOGICAL", document.at(where)
                    )


def _ports(subject: Subject) -> Iterable[Finding]:
    """Port 0, wherever it stands: ProvCont allows a number up to 65535 and says no lower bound."""

    def look(entry: Characteristic, where: str, depth: int) -> Iterator[Finding]:
        for child in entry.characteristics[:_MAX]:
            text = (child.get("PORTNBR") or "").strip() if child.type == "PORT" else ""
            if text and not text.strip("0"):
                message = "PORTNBR is 0, which is no port to connect to"
                yield rule_of("CP-PORT-ZERO").finding(message, where)
            if depth < 4:
                yield from look(child, where, depth + 1)

    for document, provisioning in _documents(subject):
        for kind in ("APPLICATION", "PXLOGICAL"):
            for where, entry in _numbered(provisioning, kind):
                yield from look(entry, document.at(where), 0)


def _applications(subject: Subject) -> Iterable[Finding]:
    """The w7 accounts: how they reach their server."""
    for document, provisioning in _documents(subject):
        ways = len(_numbered(provisioning, "NAPDEF")) + len(_numbered(provisioning, "PXLOGICAL"))
        for where, entry in _numbered(provisioning, "APPLICATION"):
            application = Application.of(entry)
            if application.appid != "w7":
                continue
            at = document.at(where)
            name = _shown(application.provider_id)
            if ways > 1 and not application.to_napids and not application.to_proxies:
                yield rule_of("CP-W7-NO-CONNECTION").finding(
                    f"the account of {name} has no TO-NAPID and no TO-PROXY, and the document "
                    f"{ways} access points and proxies",
                    at,
                )
            nested = sum(1 for one in application.appaddrs if one.addr)
            # ADDR and APPADDR beside each other have a finding of the codec's.
            count = nested or len(application.addrs)
            if count > 1:
                yield rule_of("CP-W7-ADDRESS-SEVERAL").finding(
                    f"the account of {name} has {count} addresses", at
                )


def _unused(subject: Subject) -> Iterable[Finding]:
    """Access points and proxies no application, rule, proxy or BOOTSTRAP names.

    Only where every application says its own way: one that does not may take any of them.
    """
    for document, provisioning in _documents(subject):
        applications = [entry for _, entry in _numbered(provisioning, "APPLICATION")]
        free = any(not e.has("TO-NAPID") and not e.has("TO-PROXY") for e in applications)
        if free or not applications:
            continue
        proxies = _numbered(provisioning, "PXLOGICAL")
        accesses = [entry for _, entry in _numbered(provisioning, "ACCESS")]
        boots = [entry for _, entry in _numbered(provisioning, "BOOTSTRAP")]
        used_proxies = {
            name for entry in applications + accesses for name in entry.all("TO-PROXY")
        } | {name for entry in boots for name in entry.all("PROXY-ID")}
        used_naps = {
            name for entry in applications + accesses for name in entry.all("TO-NAPID")
        } | {
            name
            for _, proxy in proxies
            for physical in proxy.children("PXPHYSICAL")
            for name in physical.all("TO-NAPID")
        }
        for where, entry in proxies:
            # A master proxy or one with a start page is chosen by the device itself.
            own = entry.has("MASTER") or entry.has("STARTPAGE")
            if entry.get("PROXY-ID") and entry.get("PROXY-ID") not in used_proxies and not own:
                yield rule_of("CP-UNUSED").finding(
                    f"nothing refers to the proxy {_shown(entry.get('PROXY-ID'))}",
                    document.at(where),
                )
        for where, entry in _numbered(provisioning, "NAPDEF"):
            if entry.has("INTERNET"):
                continue
            if entry.get("NAPID") and entry.get("NAPID") not in used_naps:
                yield rule_of("CP-UNUSED").finding(
                    f"nothing refers to the access point {_shown(entry.get('NAPID'))}",
                    document.at(where),
                )


CHECKS: tuple[Check, ...] = (
    _no_account,
    _access_points,
    _proxies,
    _ports,
    _applications,
    _unused,
)
