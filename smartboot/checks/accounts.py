"""Checks on server accounts of every format: addresses, credentials, accounts beside each other.

Messages name server identifiers, hosts, levels and types, never a secret: an address is shown
without what may stand before an ``@`` in it and without path and query.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from smartboot.checks.catalogue import rule_of
from smartboot.checks.engine import Check
from smartboot.checks.subject import Document, Subject
from smartboot.frozen import dataclass
from smartboot.model import Account, Credential, Finding, ServerAddress

__all__ = ["CHECKS", "Uri", "account_name", "account_place", "fits", "parse_uri"]

MAX_ACCOUNTS = 200
"""Accounts compared with each other; more are in no sound document."""

_SCHEMES = {
    "oma-dm": frozenset({"http", "https", "obex", "wsp", "wsps"}),
    "lwm2m": frozenset(
        {"coap", "coaps", "coap+tcp", "coaps+tcp", "coap+sms", "coaps+sms", "sms", "tel"}
        | {"coap+ws", "coaps+ws", "mqtt", "mqtts", "http", "https"}
    ),
}
_NO_HOST = frozenset({"sms", "tel", "coap+sms", "coaps+sms", "obex"})
"""Schemes whose address is a number or a name of the transport, not a host."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}")
_HOST_NAME = re.compile(r"[A-Za-z0-9._~%-]{1,255}")
_PHONE = re.compile(r"\+?[0-9*#]{2,20}")

_PLACEHOLDER_NAMES = ("example", "invalid", "test", "example.com", "example.net", "example.org")
_PLACEHOLDER_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)

_NEEDS_NAME = frozenset({"basic", "digest", "hmac", "http-basic", "http-digest"})
_DM_TYPES = frozenset(
    {"basic", "digest", "hmac", "x509", "securid", "secureid", "safeword", "digipass"}
    | {"transport", "unspecified"}
)
_HTTP_TYPES = frozenset({"http-basic", "http-digest", "http-basic,http-digest"})


@dataclass(frozen=True, slots=True)
class Uri:
    """What a check needs of a URI. ``fault`` says in words why it is none; ``host`` without
    brackets, in lower case; ``port`` the one written in it."""

    scheme: str = ""
    host: str = ""
    port: int | None = None
    userinfo: bool = False
    password: bool = False
    fault: str = ""

    @property
    def shown(self) -> str:
        """Scheme and host, for messages."""
        return f"{self.scheme}://{self.host[:80]}" if self.host else f"{self.scheme}:"


def parse_uri(text: str) -> Uri:
    """Take a server's address apart (RFC 3986, 3). Never raises; see ``Uri.fault``."""
    if any(ord(char) <= 0x20 or ord(char) == 0x7F for char in text):
        return Uri(fault="there is white space or a control character in it")
    scheme, colon, rest = text.partition(":")
    if not colon or not _SCHEME.fullmatch(scheme) or rest[:1].isdigit():
        # What stands before a port is no scheme: dm.harbor.example:443.
        return Uri()
    scheme = scheme.lower()
    if not rest.startswith("//"):
        if scheme in _NO_HOST:
            return Uri(scheme)
        if "." in scheme or scheme == "localhost":
            return Uri()
        return Uri(scheme, fault="there is no // with a host behind the scheme")
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0]
    user, at, place = authority.rpartition("@")
    password = ":" in user and not user.endswith(":")
    host, port = _host_and_port(place)
    whole = Uri(scheme, userinfo=bool(at), password=password)
    if not host:
        return replace(whole, fault="it names no host")
    if host.startswith("["):
        closed, host = host.endswith("]"), host[1:].removesuffix("]")
        if not closed:
            return replace(whole, fault="the bracket around the IPv6 address is not closed")
        try:
            ipaddress.IPv6Address(host.partition("%")[0])
        except ValueError:
            return replace(whole, fault="what stands in the brackets is no IPv6 address")
    elif scheme not in _NO_HOST and not _is_host(host):
        return replace(whole, fault="the host has characters that no host name has")
    number: int | None = None
    if port:
        number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else -1
        if not 1 <= number <= 65535:
            return replace(whole, host=host.lower(), fault="the port is none of 1 to 65535")
    return replace(whole, host=host.lower(), port=number)


def _host_and_port(place: str) -> tuple[str, str]:
    if place.startswith("["):
        host, bracket, rest = place.partition("]")
        return host + bracket, rest.removeprefix(":")
    host, _, port = place.partition(":")
    return host, port


def _is_host(host: str) -> bool:
    if host.isascii():
        return _HOST_NAME.fullmatch(host) is not None
    # An internationalised name; its letters are for the resolver to judge.
    return host.isprintable() and len(host) <= 255


def account_name(account: Account) -> str:
    """What a message calls an account."""
    if account.server_id and account.protocol == "lwm2m":
        return f"the account with Short Server ID {account.server_id[:5]}"
    if account.server_id and account.server_id.isprintable():
        return f"the account of {account.server_id[:60]!r}"
    return "the bootstrap account" if account.role == "bootstrap" else "an account without an id"


def account_place(document: Document, account: Account) -> str:
    """Where an account stands, as ``where`` of a finding."""
    return document.at(f"account {account.source.index + 1}")


def _accounts(subject: Subject) -> tuple[tuple[Document, Account], ...]:
    return subject.accounts[:MAX_ACCOUNTS]


# -- whether there is any --------------------------------------------------------------------------


def _no_account(subject: Subject) -> Iterable[Finding]:
    """No account at all. What is behind a key nobody gave may hold one."""
    if subject.accounts or subject.locked:
        return
    known = {"DM-NO-ACCOUNT", "LWM2M-NO-ACCOUNT"}
    if any(finding.code in known for finding in subject.findings):
        return
    what = {"document": "the document", "profile": "the card profile"}.get(
        subject.kind.value, "the card"
    )
    yield rule_of("BOOT-NO-ACCOUNT").finding(f"{what} holds no server account")


# -- addresses -------------------------------------------------------------------------------------


def _addresses(subject: Subject) -> Iterable[Finding]:
    """Every address of every account, by its type."""
    for document, account in _accounts(subject):
        where = account_place(document, account)
        for address in account.addresses[:20]:
            if address.type in ("uri", "bootstrap-uri"):
                yield from _uri(account, address, where)
            else:
                yield from _form(account, address, where)


def _uri(account: Account, address: ServerAddress, where: str) -> Iterator[Finding]:
    name = account_name(account)
    uri = parse_uri(address.uri)
    if uri.fault:
        message = f"the address of {name} is no URI: {uri.fault}"
        yield rule_of("ACC-URI-MALFORMED").finding(message, where)
        return
    if not uri.scheme:
        # The LwM2M codec has a code of its own for this.
        if account.protocol == "oma-dm":
            message = f"the address of {name} has no scheme such as https:"
            yield rule_of("ACC-URI-NO-SCHEME").finding(message, where)
        return
    if uri.scheme not in _SCHEMES.get(account.protocol, ()):
        yield rule_of("ACC-URI-SCHEME").finding(
            f"the address of {name} begins with {uri.scheme}:", where
        )
        return
    if uri.port is not None and any(port != uri.port for port in address.ports):
        ports = ", ".join(str(port) for port in address.ports[:5])
        yield rule_of("ACC-PORT-CONFLICT").finding(
            f"the address of {name} has port {uri.port}, beside it stands {ports}", where
        )
    yield from _placeholder(name, uri.host, where)


def _placeholder(name: str, host: str, where: str) -> Iterator[Finding]:
    try:
        ip = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        labels = host.rstrip(".")
        if labels == "localhost" or labels.endswith(".localhost"):
            message = f"the address of {name} is localhost"
            yield rule_of("ACC-LOOPBACK").finding(message, where)
        elif any(labels == one or labels.endswith(f".{one}") for one in _PLACEHOLDER_NAMES):
            message = f"the host of {name} ends in a name kept for examples and tests"
            yield rule_of("ACC-PLACEHOLDER").finding(message, where)
        return
    if ip.is_loopback or ip.is_unspecified:
        yield rule_of("ACC-LOOPBACK").finding(f"the address of {name} is {ip}", where)
    elif any(ip.version == net.version and ip in net for net in _PLACEHOLDER_NETWORKS):
        message = f"the address of {name} is {ip}, which is kept for documentation"
        yield rule_of("ACC-PLACEHOLDER").finding(message, where)


def _form(account: Account, address: ServerAddress, where: str) -> Iterator[Finding]:
    """An address of another type than a URI."""
    if not fits(address.uri, address.type):
        yield rule_of("ACC-ADDRESS-FORM").finding(
            f"an address of {account_name(account)} is announced as {address.type[:20]} "
            "and is none",
            where,
        )


def fits(address: str, kind: str) -> bool:
    """Whether an address has the form of its type (lower case). Types not known here fit."""
    text = address.strip()
    if kind == "ipv4":
        # A port may stand behind it in client provisioning; leading zeros are written there too.
        parts = text.split(".")
        return len(parts) == 4 and all(
            part.isascii() and part.isdigit() and len(part) <= 3 and int(part) <= 255
            for part in parts
        )
    if kind == "ipv6":
        try:
            ipaddress.IPv6Address(text)
        except ValueError:
            return False
        return True
    if kind == "e164":
        return _PHONE.fullmatch(text) is not None
    return True


# -- credentials -----------------------------------------------------------------------------------


def _credentials(subject: Subject) -> Iterable[Finding]:
    """What is missing in the credentials of OMA DM accounts. LwM2M's codec looks at its own."""
    for document, account in _accounts(subject):
        if account.protocol != "oma-dm":
            continue
        where = account_place(document, account)
        name = account_name(account)
        if not account.credentials:
            # The DM 1.x codec has a code of its own for this.
            if account.carrier != "dm-1":
                message = f"{name} has no credentials at all"
                yield rule_of("ACC-NO-CREDENTIALS").finding(message, where)
            continue
        if account.carrier != "dm-2":
            yield from _one_sided(account, name, where)
        for credential in account.credentials[:50]:
            yield from _incomplete(account, credential, where)
        yield from _twice(account, where)


def _one_sided(account: Account, name: str, where: str) -> Iterator[Finding]:
    levels = {credential.level for credential in account.credentials}
    own = {"client", "http", "obex"}
    if not levels & own:
        message = f"{name} has credentials of the server, none of the client"
        yield rule_of("ACC-NO-CREDENTIALS").finding(message, where)
    secured = account.addresses and all(
        parse_uri(address.uri).scheme == "https" for address in account.addresses
    )
    if "client" in levels and "server" not in levels and not secured:
        message = f"{name} has credentials of the client, none of the server"
        yield rule_of("ACC-NO-SERVER-CREDENTIALS").finding(message, where)


def _incomplete(account: Account, credential: Credential, where: str) -> Iterator[Finding]:
    name = account_name(account)
    if credential.type in _NEEDS_NAME and credential.level in _LEVELS:
        missing = []
        # The server's name is its ServerID where none is given.
        if not credential.identity and credential.level != "server":
            missing.append("name")
        if credential.secret is None:
            missing.append("secret")
        if missing:
            yield rule_of("ACC-CREDENTIAL-INCOMPLETE").finding(
                f"the {credential.level} credentials ({credential.type}) of {name} have no "
                f"{' and no '.join(missing)}",
                where,
            )
    known = _DM_TYPES | _HTTP_TYPES
    if (
        account.carrier == "client-provisioning"
        and credential.level in ("client", "server")
        and credential.type not in known - _HTTP_TYPES
    ):
        # In a damaged document a password may have become the value, so it is not shown.
        shown = f" {credential.type.upper()}" if credential.type in known else ""
        yield rule_of("CP-W7-AUTHTYPE-UNKNOWN").finding(
            f"AAUTHTYPE{shown} of {name} is no type for {credential.level} credentials", where
        )


def _twice(account: Account, where: str) -> Iterator[Finding]:
    if account.carrier == "dm-2":
        return
    counts = Counter((credential.level, credential.type) for credential in account.credentials)
    for (level, kind), count in counts.items():
        if count > 1 and kind in _DM_TYPES | _HTTP_TYPES and level in _LEVELS:
            yield rule_of("ACC-AUTH-TWICE").finding(
                f"{account_name(account)} has {count} sets of {level} credentials of type {kind}",
                where,
            )


_LEVELS = frozenset({"client", "server", "http", "obex"})


# -- accounts beside each other --------------------------------------------------------------------


def _conflicts(subject: Subject) -> Iterable[Finding]:
    """The same server in two documents with other credentials or, over DM 1.x, another address."""
    known: dict[tuple[str, str, str], list[tuple[Document, Account]]] = {}
    for document, account in _accounts(subject):
        if not account.server_id:
            continue
        key = (account.protocol, account.role, account.server_id)
        others = known.setdefault(key, [])
        for before, other in others[:5]:
            # Inside one document, and between Client Provisioning documents, the codec compares.
            merged = account.carrier == other.carrier == "client-provisioning"
            if before is document or merged:
                continue
            differs = _differences(account, other)
            if differs:
                yield rule_of("ACC-SERVER-CONFLICT").finding(
                    f"{account_name(account)} has other {' and '.join(differs)} than in "
                    f"{before.where or 'the first document'}",
                    account_place(document, account),
                )
                break
        others.append((document, account))


def _differences(one: Account, other: Account) -> list[str]:
    first, second = _by_use(one), _by_use(other)
    differs = []
    if any(first[use] != second[use] for use in first.keys() & second.keys()):
        differs.append("credentials")
    # DM 2.0 has an end point of its own, so its address differs by nature.
    comparable = one.carrier == other.carrier or "dm-2" not in (one.carrier, other.carrier)
    hosts, others = _hosts(one), _hosts(other)
    if comparable and hosts and others and not hosts & others:
        differs.append("addresses")
    return differs


def _by_use(account: Account) -> dict[tuple[str, str], set[tuple[str, bytes]]]:
    """Names and secrets by level and type; only compared, never shown."""
    found: dict[tuple[str, str], set[tuple[str, bytes]]] = {}
    for credential in account.credentials:
        if credential.secret is not None:
            use = (credential.level, credential.type)
            pair = (credential.identity or "", credential.secret.reveal_bytes())
            found.setdefault(use, set()).add(pair)
    return found


def _hosts(account: Account) -> set[str]:
    return {
        parse_uri(address.uri).host or address.uri.lower()
        for address in account.addresses
        if address.type == "uri"
    }


CHECKS: tuple[Check, ...] = (_no_account, _addresses, _credentials, _conflicts)
