"""LwM2M objects to server accounts: Security and Server joined, with what they link to.

OMA LwM2M Core 1.2, 6.1 and Appendix E: an account of a server is a Security instance (/0) and the
Server instance (/1) of the same Short Server ID; that of a bootstrap server is a Security instance
alone. ``synthesis`` holds the way back. How the parts of an account are filled:

- credentials: ``client`` is /0/x/3 with the key /0/x/5, type psk, rpk, certificate, none or est;
  ``server`` is the server's key or certificate /0/x/4 (public, so no secret). An OSCORE link adds
  type oscore: ``client`` is the sender id with the master secret, ``server`` the recipient id.
  SMS binding keys are level ``transport``, type sms-…, identity KIc, KID, SPI and TAR in hex.
- addresses: the URI /0/x/0, further ones /0/x/25, the SMS number /0/x/9 as type e164.
- connections: the APN profiles (/11) that /1/y/10 and /1/y/24 link to, kind nap; the id is the
  instance id.
- ``source.index`` is the position of the Security instance among all of them, from 0.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from smartboot import model
from smartboot.formats.base import limited
from smartboot.formats.lwm2m.document import Document, Instance, MultipleResource, Unparsed
from smartboot.formats.lwm2m.objects import (
    OBJECTS,
    Apn,
    ObjectId,
    Oscore,
    SecurityMode,
    SecurityResource,
    Server,
    resource_name,
    resource_spec,
)
from smartboot.formats.lwm2m.text import plain_value
from smartboot.formats.lwm2m.validate import SECURITY_SPEC, number_of, text_of
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

__all__ = ["ACCOUNT_SPEC", "MODE_TYPES", "SMS_TYPES", "accounts"]

ACCOUNT_SPEC = "OMA LwM2M Core 1.2, 6.1 (bootstrap)"

MODE_TYPES = {
    SecurityMode.PSK: "psk",
    SecurityMode.RPK: "rpk",
    SecurityMode.CERTIFICATE: "certificate",
    SecurityMode.NO_SEC: "none",
    SecurityMode.EST: "est",
}
"""``Credential.type`` of each security mode."""

SMS_TYPES = {1: "sms-dtls-psk", 2: "sms-secure-packet", 3: "sms-none"}
"""``Credential.type`` of each SMS security mode; others are ``sms-N``."""

_NO_LINK = (0xFFFF, 0xFFFF)

_MAX_ACCOUNTS = 1000
"""Accounts listed for one document; one can have 16,000 Security instances of two bytes."""

_MAX_CONNECTIONS = 64
"""Connections listed for one account."""

_MAX_LISTED = 2048
"""Connections listed for all accounts: each of many could share the same many."""


@dataclass(slots=True)
class _Join:
    """The document's instances by what they are found by, and the findings so far."""

    document: Document
    findings: list[Finding] = field(default_factory=list)
    servers: dict[int, Instance] = field(default_factory=dict)
    targets: dict[int, dict[int, Instance]] = field(default_factory=dict)
    """Instances by object and id, made when a link first asks for an object."""
    left: int = _MAX_LISTED

    def say(
        self,
        code: str,
        severity: Severity,
        message: str,
        where: str,
        reference: str = ACCOUNT_SPEC,
    ) -> None:
        self.findings.append(Finding(code, severity, message, where, reference))

    def linked(self, raw: bytes | None, object_id: int, where: str, code: str) -> Instance | None:
        """The instance an object link points to; None, and a finding, when it is not there."""
        if raw is None or len(raw) != 4:
            return None
        target = int.from_bytes(raw[:2], "big"), int.from_bytes(raw[2:], "big")
        if target == _NO_LINK:
            return None
        if target[0] == object_id:
            if object_id not in self.targets:
                known: dict[int, Instance] = {}
                for instance in self.document.instances(object_id):
                    known.setdefault(instance.id, instance)
                self.targets[object_id] = known
            found = self.targets[object_id].get(target[1])
            if found is not None:
                return found
        message = f"the link to /{target[0]}/{target[1]} finds no instance of /{object_id}"
        self.say(code, Severity.WARNING, message, where, SECURITY_SPEC)
        return None


def accounts(document: Document) -> tuple[list[Account], list[Finding]]:
    """The server accounts of a document in the order of its Security instances, and findings.

    The findings are about accounts as a whole; those about single values are ``validate``'s.
    """
    join = _Join(document)
    for server in document.instances(ObjectId.SERVER):
        ssid = _ssid(server, ObjectId.SERVER, Server.SSID)
        if ssid is None:
            continue
        if ssid in join.servers:
            message = f"Short Server ID {ssid} stands in two Server instances; the first is used"
            join.say("LWM2M-SSID-DUPLICATE", Severity.ERROR, message, f"/1/{server.id}/0")
        else:
            join.servers[ssid] = server
    securities = list(document.instances(ObjectId.SECURITY))
    if len(securities) > _MAX_ACCOUNTS:
        message = f"{len(securities)} Security instances; the first {_MAX_ACCOUNTS} are listed"
        join.say("LWM2M-MORE", Severity.WARNING, message, "/0")
        del securities[_MAX_ACCOUNTS:]
    found = [_account(join, instance, index) for index, instance in enumerate(securities)]
    _check_whole(join, securities)
    return found, list(limited(join.findings, "LWM2M-MORE"))


def _ssid(instance: Instance, object_id: int, resource_id: int) -> int | None:
    """The Short Server ID; None when it is absent, 0 or 65535 (never a server's)."""
    row = resource_spec(object_id, resource_id)
    number = None if row is None else number_of(instance.raw(resource_id), row)
    return number if number is not None and 1 <= number <= 65534 else None


def _is_bootstrap(instance: Instance) -> bool:
    raw = instance.raw(SecurityResource.BOOTSTRAP_SERVER)
    return raw is not None and any(raw)


def _account(join: _Join, security: Instance, index: int) -> Account:
    bootstrap = _is_bootstrap(security)
    where = f"/0/{security.id}"
    ssid = _ssid(security, ObjectId.SECURITY, SecurityResource.SSID)
    server = None if bootstrap or ssid is None else join.servers.get(ssid)
    if not bootstrap:
        if ssid is None:
            message = "a server account needs a Short Server ID (1..65534), this has none"
            join.say("LWM2M-SSID-MISSING", Severity.WARNING, message, f"{where}/10", SECURITY_SPEC)
        elif server is None:
            message = (
                f"no Server instance (/1) has Short Server ID {ssid}; the account is not whole"
            )
            join.say("LWM2M-SERVER-MISSING", Severity.ERROR, message, f"{where}/10")
    return Account(
        protocol="lwm2m",
        carrier="lwm2m",
        role="bootstrap" if bootstrap else "management",
        server_id=None if bootstrap or ssid is None else str(ssid),
        addresses=_addresses(security),
        credentials=_credentials(join, security, where),
        connections=() if server is None else _connections(join, server),
        lifetime=None if server is None else _number(server, ObjectId.SERVER, Server.LIFETIME),
        binding=None if server is None else text_of(server.raw(Server.BINDING)),
        source=Source(index=index),
    )


def _number(instance: Instance, object_id: int, resource_id: int) -> int | None:
    row = resource_spec(object_id, resource_id)
    return None if row is None else number_of(instance.raw(resource_id), row)


def _addresses(security: Instance) -> tuple[ServerAddress, ...]:
    uris = [security.raw(SecurityResource.URI), *security.raws(SecurityResource.SECONDARY_URI)]
    found = [ServerAddress(text_of(uri) or "") for uri in uris if uri]
    number = text_of(security.raw(SecurityResource.SMS_NUMBER))
    if number:
        found.append(ServerAddress(number, "e164"))
    return tuple(found)


def _secret(raw: bytes | None) -> Secret | None:
    return Secret(raw) if raw else None


def _credentials(join: _Join, security: Instance, where: str) -> tuple[Credential, ...]:
    mode = _number(security, ObjectId.SECURITY, SecurityResource.MODE)
    kind = "unknown"
    if mode is not None:
        kind = MODE_TYPES[SecurityMode(mode)] if 0 <= mode <= 4 else f"mode-{mode}"
    identity = security.raw(SecurityResource.IDENTITY)
    secret = _secret(security.raw(SecurityResource.SECRET))
    key = security.raw(SecurityResource.SERVER_KEY)
    opaque = mode not in (None, SecurityMode.PSK)
    name = model.to_plain(identity, opaque=opaque) if identity else None
    found = [Credential("client", kind, name, secret)]
    if key:
        server_kind = "certificate" if mode == SecurityMode.EST else kind
        found.append(Credential("server", server_kind, model.to_plain(key, opaque=True)))
    link = security.raw(SecurityResource.OSCORE)
    oscore = join.linked(link, ObjectId.OSCORE, f"{where}/17", "LWM2M-OSCORE-LINK")
    if oscore is not None:
        sender, recipient = oscore.raw(Oscore.SENDER_ID), oscore.raw(Oscore.RECIPIENT_ID)
        master = _secret(oscore.raw(Oscore.MASTER_SECRET))
        # An id of zero bytes is a proper OSCORE id (RFC 8613), not an absent one.
        sender_id = None if sender is None else model.to_plain(sender)
        found.append(Credential("client", "oscore", sender_id, master))
        if recipient is not None:
            found.append(Credential("server", "oscore", model.to_plain(recipient)))
    sms_mode = _number(security, ObjectId.SECURITY, SecurityResource.SMS_MODE)
    parameters = security.raw(SecurityResource.SMS_PARAMETERS)
    sms_secret = _secret(security.raw(SecurityResource.SMS_SECRET))
    if sms_mode is not None or parameters or sms_secret is not None:
        sms_kind = "sms" if sms_mode is None else SMS_TYPES.get(sms_mode, f"sms-{sms_mode}")
        plain = model.to_plain(parameters, opaque=True) if parameters else None
        found.append(Credential("transport", sms_kind, plain, sms_secret))
    return tuple(found)


def _connections(join: _Join, server: Instance) -> tuple[Connection, ...]:
    found: dict[int, Instance] = {}
    most = min(_MAX_CONNECTIONS, join.left)
    for resource in (Server.APN_LINK, Server.ALTERNATE_APN_LINKS):
        where = f"/1/{server.id}/{int(resource)}"
        for link in server.raws(resource):
            if len(found) == most:
                message = f"more than {most} connections; the rest is not listed"
                join.say("LWM2M-MORE", Severity.WARNING, message, where)
                break
            profile = join.linked(link, ObjectId.APN_PROFILE, where, "LWM2M-APN-LINK")
            if profile is not None:
                found.setdefault(profile.id, profile)
    join.left -= len(found)
    return tuple(_connection(profile) for profile in found.values())


def _connection(profile: Instance) -> Connection:
    object_id = int(ObjectId.APN_PROFILE)
    apn = text_of(profile.raw(Apn.APN))
    row = OBJECTS[object_id].resources[Apn.AUTHENTICATION]
    method = number_of(profile.raw(Apn.AUTHENTICATION), row)
    user, secret = text_of(profile.raw(Apn.USER_NAME)), profile.raw(Apn.SECRET)
    credentials: tuple[Credential, ...] = ()
    if method is not None or user or secret:
        kind = "unknown" if method is None else dict(row.choices).get(method, str(method))
        if kind != "none" or user or secret:
            hidden = None if not secret else Secret(secret, opaque=False)
            credentials = (Credential("transport", kind, user or None, hidden),)
    parameters: list[tuple[str, str]] = []
    for item in profile.items:
        if isinstance(item, Unparsed) or item.id in tuple(Apn):
            continue
        spec = resource_spec(object_id, item.id)
        entries = item.instances if isinstance(item, MultipleResource) else (item,)
        for entry in entries:
            if not isinstance(entry, Unparsed):
                value = plain_value(entry.raw, spec)
                text = str(value).lower() if isinstance(value, bool) else str(value)
                parameters.append((resource_name(object_id, item.id), text))
    return Connection(
        kind="nap",
        id=str(profile.id),
        name=text_of(profile.raw(Apn.PROFILE_NAME)),
        address=apn,
        address_type=None if apn is None else "apn",
        credentials=credentials,
        parameters=tuple(parameters),
    )


def _check_whole(join: _Join, securities: list[Instance]) -> None:
    """What only the accounts together can have wrong."""
    if join.document.objects and not securities:
        message = "the document has no Security instance (/0), so it holds no account"
        join.say("LWM2M-NO-ACCOUNT", Severity.ERROR, message, "/0")
    bootstrap = [security for security in securities if _is_bootstrap(security)]
    if len(bootstrap) > 1:
        message = f"{len(bootstrap)} bootstrap servers are given, a client takes one"
        join.say("LWM2M-BOOTSTRAP-MULTIPLE", Severity.ERROR, message, f"/0/{bootstrap[1].id}/1")
    ids = {
        security.id: _ssid(security, ObjectId.SECURITY, SecurityResource.SSID)
        for security in securities
    }
    management = [security for security in securities if not _is_bootstrap(security)]
    counts = Counter(ids[s.id] for s in management if ids[s.id] is not None)
    for ssid, times in counts.items():
        if times > 1:
            message = f"Short Server ID {ssid} stands in {times} Security instances"
            join.say("LWM2M-SSID-DUPLICATE", Severity.ERROR, message, "/0")
    own = {ids[security.id] for security in bootstrap}
    for ssid, server in join.servers.items():
        if ssid in counts:
            continue
        if ssid in own:
            message = f"the bootstrap server (Short Server ID {ssid}) is to have no Server instance"
            code = "LWM2M-BOOTSTRAP-SERVER-INSTANCE"
        else:
            message = f"no Security instance (/0) has Short Server ID {ssid}; it has no address"
            code = "LWM2M-SERVER-ORPHAN"
        join.say(code, Severity.WARNING, message, f"/1/{server.id}")
    if len(management) > 1 and not any(join.document.instances(ObjectId.ACCESS_CONTROL)):
        message = "two or more servers and no Access Control (/2): each has all rights"
        join.say("LWM2M-ACL-MISSING", Severity.INFO, message, "/2", "OMA LwM2M TS 1.0.2, 7")
