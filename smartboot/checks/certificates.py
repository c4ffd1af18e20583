"""Checks on certificates, raw public keys and private keys (LwM2M modes RPK, certificate, EST;
DM 2.0 Auth/Bootstrap and Auth/Trsp).

RFC 5280, RFC 7250, RFC 5958. Whether an authority vouches for a certificate is left out: the card
does not hold the chain. ``Subject.now`` is the time they are held against. Messages name places
and algorithms, never bytes of a key, and no name out of a certificate but the server's host.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from smartboot.checks.accounts import parse_uri
from smartboot.checks.catalogue import rule_of
from smartboot.checks.engine import Check
from smartboot.checks.lwm2m import Join, joins, number, objects_of
from smartboot.checks.subject import Document, Subject
from smartboot.checks.x509 import (
    is_authority,
    load_certificate,
    load_private_key,
    load_public_key,
    names_of,
    public_key_of,
    signature_hash,
    spki,
    validity,
    weakness,
)
from smartboot.formats.lwm2m.objects import ObjectId, SecurityMode, SecurityResource
from smartboot.formats.lwm2m.validate import text_of
from smartboot.formats.oma_dm.dm2 import MoArray, dmaccs
from smartboot.formats.oma_dm.document import DmDocument
from smartboot.formats.oma_dm.notes import Notes
from smartboot.frozen import dataclass
from smartboot.model import Finding

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

__all__ = ["CHECKS"]

MAX_KEYS = 50
"""Accounts whose keys are looked at; parsing costs more than reading."""

SOON = timedelta(days=90)

_MATCHING, _SNI, _USAGE = 13, 14, 15
_TRUST_ANCHORS = (0, 2)
"""Certificate Usage values whose certificate is an authority's: it names no host."""

_PEM = b"-----BEGIN "


@dataclass(frozen=True, slots=True)
class _Material:
    """The keys of one account. ``host`` is the name the server's certificate must have, empty
    when nothing is to be compared; ``hashed`` says that ``server`` is a hash."""

    title: str
    kind: str
    client_place: str
    server_place: str
    secret_place: str
    client: bytes = field(default=b"", repr=False)
    server: bytes = field(default=b"", repr=False)
    secret: bytes = field(default=b"", repr=False)
    host: str = ""
    hashed: bool = False
    server_needed: bool = True


def _lwm2m(document: Document) -> Iterator[_Material]:
    objects = objects_of(document)
    if objects is None:
        return
    for join in joins(objects):
        security = join.security
        mode = number(security, ObjectId.SECURITY, SecurityResource.MODE)
        if mode not in (SecurityMode.RPK, SecurityMode.CERTIFICATE, SecurityMode.EST):
            continue
        place = f"/0/{security.id}"
        matching = number(security, ObjectId.SECURITY, _MATCHING) or 0
        yield _Material(
            title=join.title,
            kind="rpk" if mode == SecurityMode.RPK else "certificate",
            client_place=document.at(f"{place}/3"),
            server_place=document.at(f"{place}/4"),
            secret_place=document.at(f"{place}/5"),
            client=security.raw(SecurityResource.IDENTITY) or b"",
            server=security.raw(SecurityResource.SERVER_KEY) or b"",
            secret=security.raw(SecurityResource.SECRET) or b"",
            host=_host_of(join),
            hashed=matching != 0,
        )


def _host_of(join: Join) -> str:
    """What the server's certificate is held against: SNI if given, else the host of the URI."""
    usage = number(join.security, ObjectId.SECURITY, _USAGE)
    if usage in _TRUST_ANCHORS:
        return ""
    name = text_of(join.security.raw(_SNI))
    return (name or parse_uri(join.uri).host).rstrip(".").lower()


def _dm2(document: Document) -> Iterator[_Material]:
    if not isinstance(document.document, DmDocument):
        return
    body = document.document.body
    if not isinstance(body, MoArray):
        return
    for account in dmaccs(body, Notes())[:MAX_KEYS]:
        root = f"{account.root[:60]}/Auth"
        boot, transport = account.bootstrap, account.trsp
        name = f"the server {(account.srv_id or '')[:60]!r}"
        if boot is not None and _is_certificate(boot.client_pub_key):
            at = f"{root}/Bootstrap"
            yield _Material(
                title=f"the bootstrap server of {name}",
                kind="certificate",
                client_place=document.at(f"{at}/ClientPubKey"),
                server_place=document.at(f"{at}/ServerPubKey"),
                secret_place=document.at(f"{at}/ClientSecretKey"),
                client=boot.client_pub_key or b"",
                server=boot.server_pub_key or b"",
                secret=boot.client_secret_key or b"",
            )
        if transport is not None and _is_certificate(transport.data):
            yield _Material(
                title=name,
                kind="certificate",
                client_place=document.at(f"{root}/Trsp/Data"),
                server_place="",
                secret_place=document.at(f"{root}/Trsp/Secret"),
                client=transport.data or b"",
                secret=transport.secret or b"",
                server_needed=False,
            )


def _is_certificate(octets: bytes | None) -> bool:
    """Whether this is DER or PEM and no PSK identity, told apart as the codec does."""
    if not octets:
        return False
    return (octets[0] == 0x30 and len(octets) > 64) or octets.lstrip().startswith(_PEM)


def _materials(subject: Subject) -> Iterator[_Material]:
    count = 0
    for document in subject.documents:
        for material in (*_lwm2m(document), *_dm2(document)):
            count += 1
            if count > MAX_KEYS:
                return
            yield material


def _certificates(subject: Subject) -> Iterable[Finding]:
    """Every key and certificate of every account."""
    now = subject.now or datetime.now(UTC)
    for material in _materials(subject):
        yield from _server(material, now)
        yield from _client(material, now)


# -- the server's side -----------------------------------------------------------------------------


def _server(material: _Material, now: datetime) -> Iterator[Finding]:
    data, where, title = material.server, material.server_place, material.title
    if not data:
        if material.server_needed:
            message = f"there is no key or certificate of {title}"
            yield rule_of("SEC-SERVER-KEY-MISSING").finding(message, where)
        return
    if material.hashed:
        return
    if data == material.client:
        message = f"the key of {title} is the same as the client's"
        yield rule_of("SEC-KEY-SAME").finding(message, where)
        return
    what = f"the certificate of {title}"
    if material.kind == "rpk":
        yield from _public_key(data, f"the public key of {title}", where)
        return
    certificate = load_certificate(data)
    if certificate is None:
        yield _unreadable(data, what, where)
        return
    yield from _condition(certificate, what, where, now)
    if material.host and not is_authority(certificate):
        names = names_of(certificate)
        if names and not any(_covers(name, material.host) for name in names):
            yield rule_of("SEC-CERT-NAME").finding(
                f"{what} is made for another name than {material.host[:80]!r}", where
            )


# -- the client's side -----------------------------------------------------------------------------


def _client(material: _Material, now: datetime) -> Iterator[Finding]:
    """The client's certificate or public key, its private key, and whether they are a pair."""
    public: bytes | None = None
    data, where = material.client, material.client_place
    what = f"the client's certificate for {material.title}"
    if data and material.kind == "rpk":
        what = f"the client's public key for {material.title}"
        yield from _public_key(data, what, where)
        public = spki(load_public_key(data))
    elif data.lstrip().startswith(_PEM):
        yield rule_of("SEC-KEY-PEM").finding(f"{what} is PEM text", where)
    elif data:
        certificate = load_certificate(data)
        if certificate is None:
            yield rule_of("SEC-CERT-MALFORMED").finding(f"{what} cannot be read", where)
        else:
            yield from _condition(certificate, what, where, now)
            public = spki(public_key_of(certificate))
            if certificate.issuer == certificate.subject:
                message = f"{what} is signed by itself"
                yield rule_of("SEC-CERT-SELF-SIGNED").finding(message, where)
    if not material.secret:
        return
    what, where = f"the private key for {material.title}", material.secret_place
    if material.secret.lstrip().startswith(_PEM):
        yield rule_of("SEC-KEY-PEM").finding(f"{what} is PEM text", where)
        return
    key = load_private_key(material.secret)
    if key is None:
        yield rule_of("SEC-CERT-MALFORMED").finding(f"{what} cannot be read", where)
        return
    own = spki(key.public_key())
    if public is not None and own is not None and own != public:
        message = f"{what} does not belong to what the client shows"
        yield rule_of("SEC-KEY-MISMATCH").finding(message, where)


# -- one certificate, one key ----------------------------------------------------------------------


def _condition(certificate: Certificate, what: str, where: str, now: datetime) -> Iterator[Finding]:
    """Dates, signature and key of a certificate that could be read."""
    dates = validity(certificate)
    if dates is None:
        yield rule_of("SEC-CERT-MALFORMED").finding(f"{what} has no readable dates", where)
        return
    begins, ends = dates
    if ends < now:
        message = f"{what} was valid until {ends:%Y-%m-%d}"
        yield rule_of("SEC-CERT-EXPIRED").finding(message, where)
    elif begins > now:
        message = f"{what} is valid from {begins:%Y-%m-%d} on"
        yield rule_of("SEC-CERT-NOT-YET").finding(message, where)
    elif ends - now < SOON:
        message = f"{what} is valid until {ends:%Y-%m-%d}"
        yield rule_of("SEC-CERT-EXPIRES").finding(message, where)
    # Nobody checks the signature of a root on itself.
    if certificate.issuer != certificate.subject:
        hashed = signature_hash(certificate)
        if hashed in ("md2", "md4", "md5", "sha1"):
            message = f"{what} is signed with {hashed.upper()}"
            yield rule_of("SEC-CERT-SIGNATURE").finding(message, where)
    fault = weakness(public_key_of(certificate))
    if fault:
        yield rule_of("SEC-CERT-KEY-WEAK").finding(f"{what} has {fault}", where)


def _unreadable(data: bytes, what: str, where: str) -> Finding:
    """What is wrong with bytes that are no DER of a key or certificate."""
    if data.lstrip().startswith(_PEM):
        return rule_of("SEC-KEY-PEM").finding(f"{what} is PEM text", where)
    return rule_of("SEC-CERT-MALFORMED").finding(f"{what} cannot be read", where)


def _public_key(data: bytes, what: str, where: str) -> Iterator[Finding]:
    key = load_public_key(data)
    if key is None:
        yield _unreadable(data, what, where)
        return
    fault = weakness(key)
    if fault:
        yield rule_of("SEC-CERT-KEY-WEAK").finding(f"{what} has {fault}", where)


def _covers(name: str, host: str) -> bool:
    """Whether a name in a certificate stands for a host; ``*`` for one label (RFC 6125, 6.4)."""
    pattern = name.rstrip(".").lower()
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:] and bool(host.partition(".")[0])
    return pattern == host


CHECKS: tuple[Check, ...] = (_certificates,)
