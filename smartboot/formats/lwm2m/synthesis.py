"""Server accounts to LwM2M objects: a Security instance each, a Server instance where one belongs.

The way back of ``accounts``. What LwM2M has no place for (names, ports beside a URI, proxies,
credentials of OMA DM) is left out and reported as ``LWM2M-NOT-CARRIED``; an account that would not
work is left out whole, at error level.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from smartboot import model
from smartboot.errors import EncodeError
from smartboot.formats.lwm2m.accounts import ACCOUNT_SPEC, MODE_TYPES, SMS_TYPES
from smartboot.formats.lwm2m.document import (
    Document,
    Instance,
    Item,
    MultipleResource,
    ObjectBlock,
    Resource,
    ResourceInstance,
)
from smartboot.formats.lwm2m.objects import (
    OBJECTS,
    Apn,
    ObjectId,
    Oscore,
    SecurityMode,
    SecurityResource,
    Server,
)
from smartboot.formats.lwm2m.parse import parse_value
from smartboot.formats.lwm2m.values import Type, encode_value
from smartboot.model import Account, Connection, Credential, Finding, Severity

__all__ = ["DEFAULT_BINDING", "DEFAULT_LIFETIME_S", "from_accounts"]

DEFAULT_LIFETIME_S = 86400
"""Written when an account has no lifetime; /1/x/1 is mandatory."""
DEFAULT_BINDING = "U"
"""Written when an account has no binding; /1/x/7 is mandatory."""

_MODES = {name: mode for mode, name in MODE_TYPES.items()} | {"x509": SecurityMode.CERTIFICATE}
_SMS_MODES = {name: mode for mode, name in SMS_TYPES.items()}


@dataclass(slots=True)
class _Build:
    """The instances made so far."""

    findings: list[Finding] = field(default_factory=list)
    securities: list[Instance] = field(default_factory=list)
    servers: list[Instance] = field(default_factory=list)
    oscores: list[Instance] = field(default_factory=list)
    profiles: dict[int, tuple[Connection, Instance]] = field(default_factory=dict)

    def note(
        self, message: str, where: str, code: str = "NOT-CARRIED", level: str = "warning"
    ) -> None:
        finding = Finding(f"LWM2M-{code}", Severity(level), message, where, ACCOUNT_SPEC)
        self.findings.append(finding)


def from_accounts(accounts: Iterable[Account]) -> tuple[Document, list[Finding]]:
    """A document in the layout of Appendix G that holds ``accounts``, and findings on the rest.

    Errors: EncodeError when a value does not fit its resource; it names the resource.
    """
    build = _Build()
    for position, account in enumerate(accounts):
        where = f"account {position}"
        if account.protocol != "lwm2m":
            message = f"the account is for {account.protocol}, which LwM2M objects cannot hold"
            build.note(message, where, level="error")
        elif account.role != "bootstrap" and not _is_ssid(account.server_id):
            message = "a server account needs a Short Server ID of 1..65534 as its server_id"
            build.note(message, where, level="error")
        else:
            _add(build, account, where)
    blocks = [
        _block(ObjectId.SECURITY, build.securities),
        _block(ObjectId.SERVER, build.servers),
        _block(ObjectId.APN_PROFILE, [profile for _, profile in build.profiles.values()]),
        _block(ObjectId.OSCORE, build.oscores),
    ]
    return Document(tuple(block for block in blocks if block.instances)), build.findings


def _block(object_id: ObjectId, instances: list[Instance]) -> ObjectBlock:
    return ObjectBlock(int(object_id), tuple(instances), OBJECTS[object_id].version)


def _is_ssid(server_id: str | None) -> bool:
    return (
        server_id is not None
        and server_id.isascii()
        and server_id.isdigit()
        and len(server_id) <= 5
        and 1 <= int(server_id) <= 65534
    )


def _add(build: _Build, account: Account, where: str) -> None:
    bootstrap = account.role == "bootstrap"
    if account.name is not None:
        build.note("an account's name has no place in LwM2M", where)
    if bootstrap and account.server_id is not None:
        build.note("the server_id of a bootstrap server has no place in LwM2M", where)
    number = len(build.securities)
    items = {
        SecurityResource.BOOTSTRAP_SERVER: encode_value(bootstrap, Type.BOOLEAN),
        SecurityResource.IDENTITY: b"",
        SecurityResource.SERVER_KEY: b"",
        SecurityResource.SECRET: b"",
    }
    items |= _addresses(build, account, where)
    items |= _credentials(build, account, where)
    if not bootstrap:
        ssid = encode_value(int(account.server_id or 0), Type.INTEGER)
        items[SecurityResource.SSID] = ssid
        build.servers.append(_server(build, account, ssid, where))
    else:
        for value, what in (
            (account.lifetime, "a lifetime"),
            (account.binding, "a binding"),
            (account.connections or None, "connections"),
        ):
            if value is not None:
                build.note(f"a bootstrap server has no Server instance to hold {what}", where)
    resources: list[Item] = [Resource(int(key), raw) for key, raw in sorted(items.items())]
    uris = [address.uri for address in account.addresses if address.type == "uri"]
    if len(uris) > 1:
        resources.append(_secondary(uris[1:], f"/0/{number}"))
    build.securities.append(Instance(number, tuple(resources)))


def _text(text: str, object_id: int, resource_id: int, where: str) -> bytes:
    row = OBJECTS[object_id].resources[resource_id]
    return parse_value(text, row, f"{where}/{resource_id} ({row.name})")


def _secondary(uris: list[str], where: str) -> MultipleResource:
    number = int(SecurityResource.SECONDARY_URI)
    values = [
        ResourceInstance(index, _text(uri, 0, number, where)) for index, uri in enumerate(uris)
    ]
    return MultipleResource(number, tuple(values))


def _addresses(build: _Build, account: Account, where: str) -> dict[SecurityResource, bytes]:
    items: dict[SecurityResource, bytes] = {}
    for address in account.addresses:
        if address.type == "uri":
            items.setdefault(SecurityResource.URI, _text(address.uri, 0, 0, where))
        elif address.type == "e164" and SecurityResource.SMS_NUMBER not in items:
            items[SecurityResource.SMS_NUMBER] = _text(address.uri, 0, 9, where)
        else:
            build.note(f"an address of type {address.type} has no place in LwM2M", where)
        if address.ports:
            build.note("ports beside an address have no place; write them into the URI", where)
    if SecurityResource.URI not in items:
        build.note("the account has no URI, which is mandatory; it is empty", where, level="error")
        items[SecurityResource.URI] = b""
    return items


def _identity(credential: Credential, where: str) -> bytes:
    try:
        return model.from_plain(credential.identity or "")
    except ValueError:
        reason = "the identity is not pairs of hex digits after hex:"
        raise EncodeError(reason, field=f"{where} {credential.level} credentials") from None


def _credentials(build: _Build, account: Account, where: str) -> dict[SecurityResource, bytes]:
    items: dict[SecurityResource, bytes] = {}
    oscore: dict[str, Credential] = {}
    for credential in account.credentials:
        level, kind = credential.level, credential.type
        secret = b"" if credential.secret is None else credential.secret.reveal_bytes()
        if credential.nonce is not None:
            build.note("a nonce has no place in LwM2M", where)
        if kind == "oscore" and level in ("client", "server") and level not in oscore:
            oscore[level] = credential
        elif level == "client" and kind in _MODES and SecurityResource.MODE not in items:
            items[SecurityResource.MODE] = encode_value(int(_MODES[kind]), Type.INTEGER)
            items[SecurityResource.IDENTITY] = _identity(credential, where)
            items[SecurityResource.SECRET] = secret
        elif level == "server" and kind in _MODES and SecurityResource.SERVER_KEY not in items:
            items[SecurityResource.SERVER_KEY] = _identity(credential, where)
            if secret:
                build.note("a secret of the server's has no place in LwM2M", where)
        elif level == "transport" and kind.startswith("sms"):
            if kind in _SMS_MODES:
                mode = encode_value(_SMS_MODES[kind], Type.INTEGER)
                items[SecurityResource.SMS_MODE] = mode
            if credential.identity:
                items[SecurityResource.SMS_PARAMETERS] = _identity(credential, where)
            if secret:
                items[SecurityResource.SMS_SECRET] = secret
        else:
            build.note(f"credentials {level}/{kind} have no place in LwM2M", where)
    if SecurityResource.MODE not in items:
        items[SecurityResource.MODE] = encode_value(int(SecurityMode.NO_SEC), Type.INTEGER)
        if not oscore:
            message = "the account has no client credentials; security mode NoSec is written"
            build.note(message, where, "DEFAULTED")
    if oscore:
        items[SecurityResource.OSCORE] = _oscore(build, oscore, where)
    return items


def _oscore(build: _Build, credentials: dict[str, Credential], where: str) -> bytes:
    """Add an OSCORE instance; the link to it."""
    number = len(build.oscores)
    client, server = credentials.get("client"), credentials.get("server")
    items: list[Item] = []
    if client is not None:
        master = b"" if client.secret is None else client.secret.reveal_bytes()
        items.append(Resource(int(Oscore.MASTER_SECRET), master))
        items.append(Resource(int(Oscore.SENDER_ID), _identity(client, where)))
    if server is not None:
        items.append(Resource(int(Oscore.RECIPIENT_ID), _identity(server, where)))
    build.oscores.append(Instance(number, tuple(items)))
    if client is None or server is None:
        message = "OSCORE needs a sender id and a recipient id (client and server credentials)"
        build.note(message, where, level="error")
    return encode_value((int(ObjectId.OSCORE), number), Type.OBJLNK)


def _server(build: _Build, account: Account, ssid: bytes, where: str) -> Instance:
    number = len(build.servers)
    place = f"/1/{number}"
    if account.lifetime is None or account.binding is None:
        message = f"lifetime {DEFAULT_LIFETIME_S} s or binding {DEFAULT_BINDING} is written"
        build.note(f"the account leaves it out, {message}", where, "DEFAULTED", "info")
    lifetime = DEFAULT_LIFETIME_S if account.lifetime is None else account.lifetime
    binding = DEFAULT_BINDING if account.binding is None else account.binding
    row = OBJECTS[ObjectId.SERVER].resources[Server.LIFETIME]
    items: list[Item] = [
        Resource(int(Server.SSID), ssid),
        Resource(int(Server.LIFETIME), parse_value(lifetime, row, f"{place}/1 ({row.name})")),
        Resource(int(Server.STORING), encode_value(value=True, kind=Type.BOOLEAN)),
        Resource(int(Server.BINDING), _text(binding, 1, int(Server.BINDING), place)),
    ]
    links: list[bytes] = []
    for connection in account.connections:
        if connection.kind != "nap":
            build.note(f"a connection of kind {connection.kind} has no place in LwM2M", where)
        else:
            profile = _profile(build, connection, where)
            links.append(encode_value((int(ObjectId.APN_PROFILE), profile), Type.OBJLNK))
    if links:
        items.append(Resource(int(Server.APN_LINK), links[0]))
    if len(links) > 1:
        others = [ResourceInstance(index, link) for index, link in enumerate(links[1:])]
        items.append(MultipleResource(int(Server.ALTERNATE_APN_LINKS), tuple(others)))
    return Instance(number, tuple(items))


def _profile(build: _Build, connection: Connection, where: str) -> int:
    """The APN profile instance of a connection, made unless an equal one is there."""
    for number, (known, _) in build.profiles.items():
        if known == connection:
            return number
    wished = int(connection.id) if connection.id.isascii() and connection.id.isdigit() else -1
    number = wished if 0 <= wished < 0xFFFF and wished not in build.profiles else 0
    while number in build.profiles:
        number += 1
    place = f"/11/{number}"
    items: dict[int, Item] = {}

    def put(resource: int, text: str) -> None:
        items[resource] = Resource(resource, _text(text, 11, resource, place))

    put(Apn.PROFILE_NAME, connection.name if connection.name is not None else connection.id)
    if connection.address is not None:
        put(Apn.APN, connection.address)
    put(Apn.AUTHENTICATION, "none")
    rows = OBJECTS[ObjectId.APN_PROFILE].resources
    choices = [name for _, name in rows[Apn.AUTHENTICATION].choices]
    for credential in connection.credentials[:1]:
        if credential.type in choices:
            put(Apn.AUTHENTICATION, credential.type)
        else:
            build.note(f"APN authentication {credential.type} has no place in LwM2M", where)
        if credential.identity is not None:
            put(Apn.USER_NAME, credential.identity)
        if credential.secret is not None:
            items[Apn.SECRET] = Resource(int(Apn.SECRET), credential.secret.reveal_bytes())
    if len(connection.credentials) > 1:
        build.note("an APN profile has one set of credentials; the first is written", where)
    if connection.bearers or connection.via or connection.ports:
        build.note("bearers, ports and via of a connection have no place in LwM2M", where)
    _parameters(build, connection, items, place, where)
    instance = Instance(number, tuple(items[key] for key in sorted(items)))
    build.profiles[number] = (connection, instance)
    return number


def _parameters(
    build: _Build, connection: Connection, items: dict[int, Item], place: str, where: str
) -> None:
    rows = {row.name: row for row in OBJECTS[ObjectId.APN_PROFILE].resources.values()}
    for name, value in connection.parameters:
        row = rows.get(name)
        if row is None or (row.id in items and not row.multiple):
            build.note(f"the connection's parameter {name} has no place in LwM2M", where)
            continue
        raw = parse_value(value, row, f"{place}/{row.id} ({row.name})")
        if not row.multiple:
            items[row.id] = Resource(row.id, raw)
            continue
        known = items.get(row.id)
        before = known.instances if isinstance(known, MultipleResource) else ()
        entry = ResourceInstance(len(before), raw)
        items[row.id] = MultipleResource(row.id, (*before, entry))
