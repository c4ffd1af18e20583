"""The DM server accounts in a client provisioning document (the w7 registration).

AAUTHLEVEL names the party that *verifies*: APPSRV credentials are those the client shows, CLIENT
those the server shows. Applications other than w7 and PROVURL are no DM accounts.

Codes: CP-W7-LEVEL, CP-W7-AUTHTYPE, CP-W7-NONCE, CP-W7-CONNECTIONS. What is wrong with the
document as such is ``validate``'s to say.
"""

from __future__ import annotations

import base64
import binascii

from smartboot.formats.base import limited
from smartboot.formats.client_provisioning.document import (
    Characteristic,
    ProvisioningDocument,
    is_secret,
)
from smartboot.formats.client_provisioning.validate import INTERNET
from smartboot.formats.client_provisioning.views import (
    AppAuth,
    Application,
    Napdef,
    Port,
    PxLogical,
    PxPhysical,
)
from smartboot.model import (
    Account,
    Connection,
    Credential,
    Finding,
    Secret,
    ServerAddress,
    Severity,
    Source,
)

__all__ = ["CARRIER", "LEVELS", "UNSPECIFIED", "accounts"]

CARRIER = "client-provisioning"

LEVELS = {"APPSRV": "client", "CLIENT": "server", "OBEX": "obex"}
"""AAUTHLEVEL to ``Credential.level``; without AAUTHLEVEL it is ``http``."""

MAX_CONNECTIONS = 64
"""Connections listed for one account."""

_MAX_LISTED = 2048
"""Connections listed for all accounts of a document. A file of 32 KB with many of either could
name each of a hundred for every of a thousand."""

UNSPECIFIED = "unspecified"
"""``Credential.type`` without AAUTHTYPE: the device chooses."""

_REFERENCE = "DM_Bootstrap 1.2, w7 to DMAcc mapping"


def accounts(document: ProvisioningDocument) -> tuple[list[Account], list[Finding]]:
    """The accounts in the document's order, and what is wrong with their credentials."""
    ways = _Ways(document)
    found: list[Account] = []
    findings: list[Finding] = []
    for number, entry in enumerate(document.all("APPLICATION"), 1):
        application = Application.of(entry)
        if application.appid != "w7":
            continue
        where = f"APPLICATION {number}"
        found.append(
            Account(
                protocol="oma-dm",
                carrier=CARRIER,
                role="management",
                server_id=application.provider_id or None,
                name=application.name,
                addresses=_addresses(application),
                credentials=tuple(_credential(a, where, findings) for a in application.auths),
                connections=ways.of(application, where, findings),
                source=Source(index=len(found)),
            )
        )
    return found, list(limited(findings, "CP-MORE"))


def _addresses(application: Application) -> tuple[ServerAddress, ...]:
    nested = tuple(
        ServerAddress(entry.addr, (entry.addrtype or "URI").lower(), _numbers(entry.ports))
        for entry in application.appaddrs
        if entry.addr
    )
    return nested + tuple(ServerAddress(addr) for addr in application.addrs if addr)


def _numbers(ports: tuple[Port, ...]) -> tuple[int, ...]:
    return tuple(port.portnbr for port in ports if port.portnbr is not None)


def _credential(auth: AppAuth, where: str, findings: list[Finding]) -> Credential:
    level = "http"
    if auth.level is not None:
        level = LEVELS.get(auth.level, auth.level.lower())
        if auth.level not in LEVELS:
            findings.append(
                Finding(
                    "CP-W7-LEVEL",
                    Severity.WARNING,
                    "AAUTHLEVEL is none of APPSRV, CLIENT, OBEX",
                    where,
                    _REFERENCE,
                )
            )
    kind = auth.type or UNSPECIFIED
    # Some servers add the hash: "DIGEST,MD5" means DIGEST.
    if kind == "DIGEST,MD5":
        kind = "DIGEST"
    if level in ("obex", "http") and kind not in (
        "HTTP-BASIC",
        "HTTP-DIGEST",
        "HTTP-BASIC,HTTP-DIGEST",
        "TRANSPORT",
        UNSPECIFIED,
    ):
        findings.append(
            Finding(
                "CP-W7-AUTHTYPE",
                Severity.WARNING,
                f"AAUTHTYPE does not fit credentials for {level.upper()}",
                where,
                _REFERENCE,
            )
        )
    return Credential(
        level,
        kind.lower(),
        identity=auth.name,
        secret=auth.secret,
        nonce=_nonce(auth, where, findings),
    )


def _nonce(auth: AppAuth, where: str, findings: list[Finding]) -> Secret | None:
    if auth.data is None:
        return None
    text = auth.data.reveal_bytes()
    try:
        return Secret(base64.b64decode(b"".join(text.split()), validate=True), opaque=True)
    except (binascii.Error, ValueError):
        findings.append(
            Finding(
                "CP-W7-NONCE",
                Severity.WARNING,
                "AAUTHDATA is not base64; taken as it stands",
                where,
                _REFERENCE,
            )
        )
        return Secret(text, opaque=True)


# -- connections -----------------------------------------------------------------------------------


class _Ways:
    """The access points and proxies of a document, each turned into connections once."""

    def __init__(self, document: ProvisioningDocument) -> None:
        self._left = _MAX_LISTED
        self._naps: dict[str, list[Connection]] = {}
        self._proxies: dict[str, list[Connection]] = {}
        internet: list[Connection] = []
        for entry in document.all("NAPDEF"):
            nap = Napdef.of(entry)
            connection = _of_nap(nap)
            self._naps.setdefault(connection.id, [connection])
            if nap.internet and len(internet) < MAX_CONNECTIONS:
                internet.append(connection)
        if internet:
            self._naps.setdefault(INTERNET, internet)
        for entry in document.all("PXLOGICAL"):
            proxy = PxLogical.of(entry)
            self._proxies.setdefault(
                proxy.id or "",
                [_of_proxy(proxy, p) for p in proxy.physicals[:MAX_CONNECTIONS] or (None,)],
            )

    def of(
        self, application: Application, where: str, findings: list[Finding]
    ) -> tuple[Connection, ...]:
        """The ways TO-PROXY and TO-NAPID name, in their order, then the proxies' access points."""
        names = [
            (parm.name, parm.value or "")
            for parm in application.source.parms
            if parm.name in ("TO-PROXY", "TO-NAPID")
        ]
        found: dict[Connection, None] = {}
        over: list[tuple[str, str]] = []
        if names and not self._left:
            message = f"the accounts name more than {_MAX_LISTED} connections; none is listed here"
            findings.append(
                Finding("CP-W7-CONNECTIONS", Severity.WARNING, message, where, _REFERENCE)
            )
            return ()
        for kind, name in names:
            for connection in self._named(kind, name):
                found[connection] = None
                over.extend(("TO-NAPID", nap) for nap in connection.via)
            if len(found) > MAX_CONNECTIONS:
                break
        for kind, name in over[:MAX_CONNECTIONS]:
            found.update(dict.fromkeys(self._named(kind, name)))
        most = min(MAX_CONNECTIONS, self._left)
        if len(found) > most:
            message = f"more than {most} connections; the rest is not listed"
            findings.append(
                Finding("CP-W7-CONNECTIONS", Severity.WARNING, message, where, _REFERENCE)
            )
        self._left -= min(len(found), most)
        return tuple(found)[:most]

    def _named(self, kind: str, name: str) -> list[Connection]:
        """The connections of one reference; only its name when the document has no such one."""
        if kind == "TO-NAPID":
            return self._naps.get(name) or [Connection("nap", name)]
        return self._proxies.get(name) or [Connection("proxy", name)]


def _of_nap(nap: Napdef) -> Connection:
    credentials = tuple(
        Credential("transport", (auth.type or UNSPECIFIED).lower(), auth.name, auth.secret)
        for auth in nap.auths
    )
    return Connection(
        kind="nap",
        id=nap.napid or "",
        name=nap.name,
        address=nap.address,
        address_type=nap.address_type.lower() if nap.address_type else None,
        bearers=nap.bearers,
        credentials=credentials,
        parameters=_rest(nap.source, {"NAPID", "NAME", "NAP-ADDRESS", "NAP-ADDRTYPE", "BEARER"}),
    )


def _of_proxy(proxy: PxLogical, physical: PxPhysical | None) -> Connection:
    credentials = tuple(
        Credential("http", (auth.type or UNSPECIFIED).lower(), auth.id, auth.password)
        for auth in proxy.auths
    )
    ports = _numbers(physical.ports) if physical else ()
    parameters = _rest(proxy.source, {"PROXY-ID", "NAME"})
    if physical:
        # The id comes first, so that what follows is known to be the physical proxy's.
        parameters += (("PHYSICAL-PROXY-ID", physical.id or ""),)
        taken = {"PHYSICAL-PROXY-ID", "PXADDR", "PXADDRTYPE", "TO-NAPID"}
        parameters += _rest(physical.source, taken)
    return Connection(
        kind="proxy",
        id=proxy.id or "",
        name=proxy.name,
        address=physical.address if physical else None,
        address_type=physical.address_type.lower() if physical and physical.address_type else None,
        ports=ports or _numbers(proxy.ports),
        credentials=credentials,
        via=physical.to_napids if physical else (),
        parameters=parameters,
    )


def _rest(entry: Characteristic, taken: set[str]) -> tuple[tuple[str, str], ...]:
    """The parms not taken yet; secrets stay in the document, where they can be masked."""
    return tuple(
        (parm.name, parm.value or "")
        for parm in entry.parms
        if parm.name not in taken and not is_secret(parm.name, entry.type or "")
    )
