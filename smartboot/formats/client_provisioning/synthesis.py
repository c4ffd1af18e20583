"""A client provisioning document from DM server accounts: the way back of ``accounts``.

Code: CP-CANNOT-CARRY, for each thing this format has no place for.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

from smartboot.formats.client_provisioning.accounts import LEVELS, UNSPECIFIED
from smartboot.formats.client_provisioning.document import (
    Characteristic,
    Parm,
    ProvisioningDocument,
)
from smartboot.formats.client_provisioning.tables import RULES
from smartboot.model import Account, Connection, Credential, Finding, Secret, Severity

__all__ = ["from_accounts"]

_LEVELS = {level: name for name, level in LEVELS.items()}
_PHYSICAL_ID = "PHYSICAL-PROXY-ID"
_FLAGS = frozenset({"INTERNET", "TRUST", "MASTER", "T-BIT"})


def from_accounts(
    accounts: Sequence[Account],
) -> tuple[ProvisioningDocument, list[Finding]]:
    """A document of version 1.1 with these accounts, and what of them it cannot carry.

    Connections come first, each once, then the w7 applications in the accounts' order.
    """
    made = _Maker()
    applications = [
        made.application(account, f"account {number}")
        for number, account in enumerate(accounts, 1)
        if made.carries(account, f"account {number}")
    ]
    ways = [made.characteristic(parts) for parts in made.ways.values()]
    return ProvisioningDocument("1.1", (*ways, *applications)), made.findings


class _Maker:
    """Collects the connections of all accounts and what cannot be carried."""

    def __init__(self) -> None:
        self.ways: dict[tuple[str, str], list[Connection]] = {}
        self.findings: list[Finding] = []

    def lost(self, what: str, where: str, severity: Severity = Severity.WARNING) -> None:
        self.findings.append(
            Finding("CP-CANNOT-CARRY", severity, f"client provisioning cannot carry {what}", where)
        )

    def carries(self, account: Account, where: str) -> bool:
        """Whether the account as such fits; a note when it does not."""
        if account.protocol == "oma-dm" and account.role == "management":
            return True
        self.lost(f"a {account.protocol} {account.role} account", where, Severity.ERROR)
        return False

    def application(self, account: Account, where: str) -> Characteristic:
        parms = [Parm("APPID", "w7")]
        if account.server_id:
            parms.append(Parm("PROVIDER-ID", account.server_id))
        else:
            self.lost("an account without a server id", where, Severity.ERROR)
        if account.name is not None:
            parms.append(Parm("NAME", account.name))
        if account.lifetime is not None:
            self.lost("a lifetime", where)
        if account.binding is not None:
            self.lost("a binding", where)
        parms.extend(self._references(account.connections, where))
        children: list[Characteristic] = []
        for address in account.addresses:
            own = [Parm("ADDR", address.uri)]
            if address.type != "uri":
                own.append(Parm("ADDRTYPE", address.type.upper()))
            children.append(Characteristic("APPADDR", tuple(own), _ports(address.ports)))
        for credential in account.credentials:
            made = self._auth(credential, where)
            if made is not None:
                children.append(made)
        return Characteristic("APPLICATION", tuple(parms), tuple(children))

    def _references(self, connections: Iterable[Connection], where: str) -> list[Parm]:
        """TO-PROXY and TO-NAPID; an access point a proxy goes over is not named again."""
        entries = list(connections)
        over = {nap for entry in entries for nap in entry.via}
        parms: list[Parm] = []
        for entry in entries:
            if entry.kind not in ("nap", "proxy"):
                self.lost(f"a connection of kind {entry.kind}", where)
                continue
            if entry.address is not None:
                self._keep(entry, where)
            name = "TO-NAPID" if entry.kind == "nap" else "TO-PROXY"
            parm = Parm(name, entry.id)
            if parm not in parms and not (entry.kind == "nap" and entry.id in over):
                parms.append(parm)
        return parms

    def _keep(self, entry: Connection, where: str) -> None:
        known = self.ways.setdefault((entry.kind, entry.id), [])
        if entry in known:
            return
        if not known or (
            entry.kind == "proxy" and _physical_id(entry) not in map(_physical_id, known)
        ):
            known.append(entry)
        else:
            self.lost(f"two different connections called {entry.id[:40]!r}", where)

    def _auth(self, credential: Credential, where: str) -> Characteristic | None:
        parms: list[Parm] = []
        if credential.level in _LEVELS:
            parms.append(Parm("AAUTHLEVEL", _LEVELS[credential.level]))
        elif credential.level != "http":
            self.lost(f"credentials of level {credential.level}", where, Severity.ERROR)
            return None
        if credential.type != UNSPECIFIED:
            parms.append(Parm("AAUTHTYPE", credential.type.upper()))
        if credential.identity is not None:
            parms.append(Parm("AAUTHNAME", credential.identity))
        self._secret(parms, "AAUTHSECRET", credential.secret, where)
        if credential.nonce is not None:
            nonce = base64.b64encode(credential.nonce.reveal_bytes()).decode("ascii")
            parms.append(Parm("AAUTHDATA", nonce))
        return Characteristic("APPAUTH", tuple(parms))

    def _secret(self, parms: list[Parm], name: str, secret: Secret | None, where: str) -> None:
        if secret is None:
            return
        try:
            text = secret.reveal_bytes().decode("utf-8")
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            self.lost("a secret that is not text", where, Severity.ERROR)
            return
        parms.append(Parm(name, text))

    # -- connections -----------------------------------------------------------------------------

    def characteristic(self, entries: list[Connection]) -> Characteristic:
        """One NAPDEF, or one PXLOGICAL with a PXPHYSICAL for each connection."""
        first = entries[0]
        if first.kind == "nap":
            return self._nap(first)
        parms = [Parm("PROXY-ID", first.id)]
        if first.name is not None:
            parms.append(Parm("NAME", first.name))
        parms.extend(_parm(name, value) for name, value in _split(first)[0])
        children = [
            self._credentials("PXAUTHINFO", "PXAUTH-TYPE", "PXAUTH-ID", "PXAUTH-PW", credential)
            for credential in first.credentials
        ]
        for number, entry in enumerate(entries, 1):
            children.append(_physical(entry, number))
        return Characteristic("PXLOGICAL", tuple(parms), tuple(children))

    def _nap(self, entry: Connection) -> Characteristic:
        parms = [Parm("NAPID", entry.id)]
        if entry.name is not None:
            parms.append(Parm("NAME", entry.name))
        parms.extend(Parm("BEARER", bearer) for bearer in entry.bearers)
        parms.append(Parm("NAP-ADDRESS", entry.address))
        if entry.address_type:
            parms.append(Parm("NAP-ADDRTYPE", entry.address_type.upper()))
        parms.extend(_parm(name, value) for name, value in entry.parameters)
        children = tuple(
            self._credentials("NAPAUTHINFO", "AUTHTYPE", "AUTHNAME", "AUTHSECRET", credential)
            for credential in entry.credentials
        )
        return Characteristic("NAPDEF", tuple(parms), children)

    def _credentials(
        self, type_: str, kind: str, name: str, password: str, credential: Credential
    ) -> Characteristic:
        parms: list[Parm] = []
        if credential.type != UNSPECIFIED:
            parms.append(Parm(kind, credential.type.upper()))
        if credential.identity is not None:
            parms.append(Parm(name, credential.identity))
        self._secret(parms, password, credential.secret, type_)
        return Characteristic(type_, tuple(parms))


def _ports(ports: tuple[int, ...]) -> tuple[Characteristic, ...]:
    return tuple(Characteristic("PORT", (Parm("PORTNBR", str(port)),)) for port in ports)


def _parm(name: str, value: str) -> Parm:
    return Parm(name, None if name in _FLAGS and not value else value)


def _physical_id(entry: Connection) -> str | None:
    return dict(entry.parameters).get(_PHYSICAL_ID)


def _split(entry: Connection) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """A proxy's parameters: those of PXLOGICAL, and those of PXPHYSICAL behind its id."""
    names = [name for name, _ in entry.parameters]
    parameters = list(entry.parameters)
    if _PHYSICAL_ID in names:
        at = names.index(_PHYSICAL_ID)
        return parameters[:at], parameters[at + 1 :]
    known = RULES["PXLOGICAL"].parms
    return (
        [pair for pair in parameters if pair[0] in known],
        [pair for pair in parameters if pair[0] not in known],
    )


def _physical(entry: Connection, number: int) -> Characteristic:
    parms = [Parm(_PHYSICAL_ID, _physical_id(entry) or f"{entry.id}-{number}")]
    parms.append(Parm("PXADDR", entry.address))
    if entry.address_type:
        parms.append(Parm("PXADDRTYPE", entry.address_type.upper()))
    parms.extend(_parm(name, value) for name, value in _split(entry)[1])
    parms.extend(Parm("TO-NAPID", nap) for nap in entry.via)
    return Characteristic("PXPHYSICAL", tuple(parms), _ports(entry.ports))
