"""Checks on LwM2M documents as a whole: accounts beside each other, timers, bindings, rights.

Single values and the joining of Security with Server are looked at by ``formats.lwm2m``; here is
what those pass and a client in the field does not. OMA LwM2M Core, Appendix E and 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smartboot.checks.catalogue import rule_of
from smartboot.checks.engine import Check
from smartboot.checks.subject import Document, Subject
from smartboot.formats.lwm2m.document import Document as Objects
from smartboot.formats.lwm2m.document import Instance, MultipleResource, Unparsed
from smartboot.formats.lwm2m.objects import (
    Acl,
    ObjectId,
    SecurityMode,
    SecurityResource,
    Server,
    resource_spec,
)
from smartboot.formats.lwm2m.validate import number_of, text_of
from smartboot.frozen import dataclass
from smartboot.model import Finding, Severity

__all__ = ["CHECKS", "Join", "joins"]

_MIN_PERIOD, _MAX_PERIOD, _PREFERRED = 2, 3, 22
_HOLD_OFF, _ACCOUNT_TIMEOUT, _MATCHING = 11, 12, 13

MINUTE_S = 60
DAY_S = 86_400
YEAR_S = 366 * DAY_S

_LETTERS = frozenset("UTSNMHQ")
_UDP, _TCP = ("coap", "coaps"), ("coap+tcp", "coaps+tcp")
_HASH_SIZES = {1: 32, 2: 48, 3: 64}
"""Bytes of the hash in /0/x/4 by Matching Type."""

_MAX_INSTANCES = 200
"""More instances of one object than any client takes; those behind are not compared."""


@dataclass(frozen=True, slots=True)
class Join:
    """A Security instance with its Server instance, as a client joins them."""

    security: Instance
    server: Instance | None
    bootstrap: bool

    @property
    def uri(self) -> str:
        """The server's URI, empty when there is none."""
        return text_of(self.security.raw(SecurityResource.URI)) or ""

    @property
    def scheme(self) -> str:
        """The scheme of the URI in lower case."""
        return self.uri.partition(":")[0].lower()

    @property
    def title(self) -> str:
        """What a message calls the account."""
        ssid = number(self.security, ObjectId.SECURITY, SecurityResource.SSID)
        if self.bootstrap:
            return "the bootstrap server"
        return "the server" if ssid is None else f"the server {ssid}"


def number(instance: Instance, object_id: int, resource_id: int) -> int | None:
    """The value of a numeric resource; None when absent or no number."""
    row = resource_spec(object_id, resource_id)
    return None if row is None else number_of(instance.raw(resource_id), row)


def objects_of(document: Document) -> Objects | None:
    """The LwM2M objects of a document, None when it is none."""
    return document.document if isinstance(document.document, Objects) else None


def joins(objects: Objects) -> tuple[Join, ...]:
    """Every Security instance with the first Server instance of its Short Server ID."""
    servers: dict[int, Instance] = {}
    for server in objects.instances(ObjectId.SERVER):
        ssid = number(server, ObjectId.SERVER, Server.SSID)
        if ssid is not None:
            servers.setdefault(ssid, server)
    found: list[Join] = []
    for security in objects.instances(ObjectId.SECURITY):
        bootstrap = any(security.raw(SecurityResource.BOOTSTRAP_SERVER) or b"")
        ssid = number(security, ObjectId.SECURITY, SecurityResource.SSID)
        joined = None if bootstrap or ssid is None else servers.get(ssid)
        found.append(Join(security, joined, bootstrap))
        if len(found) == _MAX_INSTANCES:
            break
    return tuple(found)


def _documents(subject: Subject) -> Iterator[tuple[Document, Objects]]:
    for document in subject.documents:
        objects = objects_of(document)
        if objects is not None:
            yield document, objects


def _same_uri(subject: Subject) -> Iterable[Finding]:
    """Accounts of one document that lead to one endpoint."""
    rule = rule_of("LWM2M-URI-DUPLICATE")
    for document, objects in _documents(subject):
        seen: dict[str, Join] = {}
        for join in joins(objects):
            uri = join.uri.rstrip("/").lower()
            if not uri:
                continue
            first = seen.setdefault(uri, join)
            if first is join:
                continue
            # One machine may be both, so this is only worth a word.
            mixed = first.bootstrap != join.bootstrap
            yield rule.finding(
                f"{first.title} and {join.title} have the same URI",
                document.at(f"/0/{join.security.id}/0"),
                severity=Severity.INFO if mixed else Severity.WARNING,
            )


def _timers(subject: Subject) -> Iterable[Finding]:
    """Lifetime, default periods, hold-off."""
    for document, objects in _documents(subject):
        for server in list(objects.instances(ObjectId.SERVER))[:_MAX_INSTANCES]:
            where = f"/1/{server.id}"
            lifetime = number(server, ObjectId.SERVER, Server.LIFETIME)
            if lifetime is not None and lifetime >= 0:
                yield from _lifetime(lifetime, document.at(f"{where}/1"))
            least = number(server, ObjectId.SERVER, _MIN_PERIOD)
            most = number(server, ObjectId.SERVER, _MAX_PERIOD)
            # A maximum of 0 means that there is none.
            if least is not None and most is not None and 0 < most < least:
                yield rule_of("LWM2M-PERIODS").finding(
                    f"the default minimum period is {least} s, the maximum {most} s",
                    document.at(f"{where}/3"),
                )
        for join in joins(objects):
            yield from _bootstrap_timers(join, document)


def _lifetime(lifetime: int, where: str) -> Iterator[Finding]:
    rule = rule_of("LWM2M-LIFETIME")
    if lifetime == 0:
        yield rule.finding("the lifetime is 0: over at once, or, from LwM2M 1.2 on, never", where)
    elif lifetime < MINUTE_S:
        yield rule.finding(f"the lifetime is {lifetime} s, less than a minute", where)
    elif lifetime > YEAR_S:
        message = f"the lifetime is {lifetime} s, more than a year"
        yield rule.finding(message, where, severity=Severity.INFO)


def _bootstrap_timers(join: Join, document: Document) -> Iterator[Finding]:
    where = f"/0/{join.security.id}"
    hold_off = number(join.security, ObjectId.SECURITY, _HOLD_OFF)
    if join.bootstrap:
        if hold_off is not None and hold_off > DAY_S:
            yield rule_of("LWM2M-HOLD-OFF").finding(
                f"the client waits {hold_off} s before it asks the bootstrap server",
                document.at(f"{where}/{_HOLD_OFF}"),
            )
        return
    for resource, name in (
        (_HOLD_OFF, "Client Hold Off Time"),
        (_ACCOUNT_TIMEOUT, "Bootstrap-Server Account Timeout"),
    ):
        if number(join.security, ObjectId.SECURITY, resource):
            yield rule_of("LWM2M-BOOTSTRAP-ONLY").finding(
                f"{join.title} is no bootstrap server and has a {name}",
                document.at(f"{where}/{resource}"),
            )


def _bindings(subject: Subject) -> Iterable[Finding]:
    """Binding letters against each other, the URI and the number."""
    for document, objects in _documents(subject):
        for server in list(objects.instances(ObjectId.SERVER))[:_MAX_INSTANCES]:
            yield from _letters(server, document)
        for join in joins(objects):
            if join.server is not None:
                yield from _binding_of(join, join.server, document)


def _binding(server: Instance) -> str:
    return text_of(server.raw(Server.BINDING)) or ""


def _letters(server: Instance, document: Document) -> Iterator[Finding]:
    binding = _binding(server)
    where = document.at(f"/1/{server.id}/7")
    if server.raw(Server.BINDING) is None:
        # The codec reports that it is missing.
        return
    wrong = not binding or len(binding) > len(_LETTERS) or not _LETTERS.issuperset(binding)
    if wrong or len(set(binding)) != len(binding) or binding == "Q":
        shown = f"{binding[:16]!r} is" if binding.isprintable() and binding else "the value is"
        yield rule_of("LWM2M-BINDING").finding(f"{shown} no combination of transports", where)
        return
    if "Q" in binding and _is_newer(server):
        yield rule_of("LWM2M-BINDING-QUEUE").finding(
            f"the binding {binding} has a Q and the instance has resources of LwM2M 1.1", where
        )
    preferred = text_of(server.raw(_PREFERRED))
    if preferred and len(preferred) == 1 and preferred not in binding:
        yield rule_of("LWM2M-PREFERRED-TRANSPORT").finding(
            f"the preferred transport is {preferred!a}, the binding {binding}",
            document.at(f"/1/{server.id}/{_PREFERRED}"),
        )


def _is_newer(server: Instance) -> bool:
    """Whether the instance has a resource that LwM2M 1.0 does not have."""
    for item in server.items:
        if isinstance(item, Unparsed):
            continue
        row = resource_spec(ObjectId.SERVER, item.id)
        if row is not None and row.since != "1.0":
            return True
    return False


def _binding_of(join: Join, server: Instance, document: Document) -> Iterator[Finding]:
    binding = _binding(server)
    if not binding or not _LETTERS.issuperset(binding):
        return
    where = document.at(f"/1/{server.id}/7")
    for schemes, letter, other in ((_UDP, "U", "T"), (_TCP, "T", "U")):
        # Over SMS and non-IP networks the scheme says nothing of the transport.
        if join.scheme in schemes and letter not in binding and other in binding:
            yield rule_of("LWM2M-BINDING-URI").finding(
                f"the URI of {join.title} is {join.scheme}:, the binding {binding} has no {letter}",
                where,
            )
    number_given = join.security.raw(SecurityResource.SMS_NUMBER)
    # The URI itself may be the number.
    if "S" in binding and not number_given and join.scheme not in ("sms", "tel"):
        yield rule_of("LWM2M-BINDING-SMS").finding(
            f"the binding of {join.title} is {binding} and its number is not given", where
        )


def _rights(subject: Subject) -> Iterable[Finding]:
    """Short Server IDs in Access Control that no account has."""
    rule = rule_of("LWM2M-ACL-SERVER")
    for document, objects in _documents(subject):
        # An account's id may stand in either half; only one that stands in none is unknown.
        known = {0, 65535}
        for object_id, resource in ((ObjectId.SECURITY, 10), (ObjectId.SERVER, 0)):
            for instance in objects.instances(object_id):
                ssid = number(instance, object_id, resource)
                if ssid is not None:
                    known.add(ssid)
        for rights in list(objects.instances(ObjectId.ACCESS_CONTROL))[:_MAX_INSTANCES]:
            where = f"/2/{rights.id}"
            owner = number(rights, ObjectId.ACCESS_CONTROL, Acl.OWNER)
            if owner is not None and owner not in known:
                message = f"the owner {owner} is the Short Server ID of no account here"
                yield rule.finding(message, document.at(f"{where}/3"))
            found = rights.find(Acl.RIGHTS)
            if not isinstance(found, MultipleResource):
                continue
            for entry in found.instances[:_MAX_INSTANCES]:
                if not isinstance(entry, Unparsed) and entry.id not in known:
                    message = f"rights for {entry.id}, the Short Server ID of no account here"
                    yield rule.finding(message, document.at(f"{where}/2/{entry.id}"))


def _matching(subject: Subject) -> Iterable[Finding]:
    """A hash of the server's certificate that has another size than its type."""
    for document, objects in _documents(subject):
        for join in joins(objects):
            security = join.security
            mode = number(security, ObjectId.SECURITY, SecurityResource.MODE)
            kind = number(security, ObjectId.SECURITY, _MATCHING) or 0
            size = _HASH_SIZES.get(kind)
            key = security.raw(SecurityResource.SERVER_KEY) or b""
            certificates = mode in (SecurityMode.CERTIFICATE, SecurityMode.EST)
            if certificates and size is not None and key and len(key) != size:
                yield rule_of("LWM2M-MATCHING-LENGTH").finding(
                    f"the server's key of {join.title} has {len(key)} bytes, "
                    f"matching type {kind} needs {size}",
                    document.at(f"/0/{security.id}/4"),
                )


CHECKS: tuple[Check, ...] = (_same_uri, _timers, _bindings, _rights, _matching)
