"""What every bootstrap format is turned into: accounts, their parts, and findings.

The fields are those of the JSON of ``smartboot read`` (schema ``smartboot/read/1``). Nothing here
knows a format, a card or a file, and nothing is imported from the other rooms.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Any

from smartboot.frozen import dataclass

__all__ = [
    "MASK",
    "Account",
    "Connection",
    "Credential",
    "Finding",
    "Secret",
    "ServerAddress",
    "Severity",
    "Source",
    "from_plain",
    "mask",
    "to_plain",
]

MASK = "********"
"""What a secret looks like unless the user asked to see it."""

_HEX = "hex:"


def to_plain(value: bytes | str, *, opaque: bool = False) -> str:
    """Write a value as the JSON does: text as text, other bytes as ``hex:…``.

    ``opaque`` says that the bytes are no text by definition. Text that would be taken for a
    ``hex:`` form or for a masked secret is written in hex too, so that ``from_plain`` undoes this.
    """
    if isinstance(value, str):
        if value.startswith(_HEX) or value == MASK:
            return _HEX + value.encode("utf-8", "surrogatepass").hex()
        return value
    if not opaque:
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            if text.isprintable() and not text.startswith(_HEX) and text != MASK:
                return text
    return _HEX + value.hex()


def from_plain(text: str) -> bytes:
    """The bytes of a value written by ``to_plain``. Errors: ValueError for a bad ``hex:`` form."""
    if text.startswith(_HEX):
        return bytes.fromhex(text[len(_HEX) :])
    return text.encode("utf-8")


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A key or password. Printing it in any way shows only the mask; ``reveal`` gives the value."""

    _value: bytes | str
    opaque: bool = True
    """Whether bytes are no text by definition (a raw key), so that they print as ``hex:``."""

    def reveal(self) -> bytes | str:
        """The value itself. For encoders, and for output the user asked for."""
        return self._value

    def reveal_bytes(self) -> bytes:
        """The value as bytes (text as UTF-8)."""
        return self._value.encode() if isinstance(self._value, str) else self._value

    def plain(self, *, show: bool) -> str:
        """As the JSON writes it: the mask, or the value when ``show``."""
        return to_plain(self._value, opaque=self.opaque) if show else MASK

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)


def mask(text: str, *, show: bool) -> str:
    """``text`` when ``show``, the mask otherwise."""
    return text if show else MASK


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a user should know about a card or a document.

    ``code`` is stable (upper case, room prefix: ``P15-OID-WRAPPED``); ``message`` one sentence
    without secrets; ``where`` the file, object or resource; ``reference`` the clause it rests on.
    """

    code: str
    severity: Severity
    message: str
    where: str = ""
    reference: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "where": self.where,
            "reference": self.reference,
        }


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """One address of a server. ``type`` is lower case: ``uri``, ``ipv4``, ``ipv6``, ``e164``, …

    ``ports`` are those given beside the address, not one inside the URI.
    """

    uri: str
    type: str = "uri"
    ports: tuple[int, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The address as JSON."""
        return {"uri": self.uri, "type": self.type, "ports": list(self.ports)}


@dataclass(frozen=True, slots=True)
class Credential:
    """One set of credentials.

    ``level``: client (what the client shows the server), server (what the server shows), http,
    obex, transport, notification, bootstrap. ``type``: basic, digest, hmac, x509, psk, rpk,
    certificate, none, … ``identity`` is a user name, a PSK identity or, in hex, a certificate.
    """

    level: str
    type: str
    identity: str | None = None
    secret: Secret | None = None
    nonce: Secret | None = None

    def to_dict(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The credential as JSON; secret and nonce masked unless asked for."""
        return {
            "level": self.level,
            "type": self.type,
            "identity": self.identity,
            "secret": None if self.secret is None else self.secret.plain(show=show_secrets),
            "nonce": None if self.nonce is None else self.nonce.plain(show=show_secrets),
        }


@dataclass(frozen=True, slots=True)
class Connection:
    """How the device reaches the server: a network access point or a proxy.

    ``kind``: ``nap`` or ``proxy``; ``id`` what the account refers to it by; ``address`` an APN,
    an IP address or a host; ``bearers`` in the format's spelling; ``via`` the ids of the access
    points a proxy is reached over; ``parameters`` what the format holds beyond these.
    """

    kind: str
    id: str
    name: str | None = None
    address: str | None = None
    address_type: str | None = None
    ports: tuple[int, ...] = ()
    bearers: tuple[str, ...] = ()
    credentials: tuple[Credential, ...] = ()
    via: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()

    def to_dict(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The connection as JSON."""
        return {
            "kind": self.kind,
            "id": self.id,
            "name": self.name,
            "address": self.address,
            "address_type": self.address_type,
            "ports": list(self.ports),
            "bearers": list(self.bearers),
            "credentials": [c.to_dict(show_secrets=show_secrets) for c in self.credentials],
            "via": list(self.via),
            "parameters": [{"name": name, "value": value} for name, value in self.parameters],
        }


@dataclass(frozen=True, slots=True)
class Source:
    """Where an account was read: the data object's OID, its file, its place in the document."""

    oid: str | None = None
    fid: str | None = None
    index: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The source as JSON."""
        return {"oid": self.oid, "fid": self.fid, "index": self.index}


@dataclass(frozen=True, slots=True)
class Account:
    """One server account, whatever carried it.

    ``protocol``: oma-dm or lwm2m. ``carrier``: client-provisioning, dm-1, dm-2 or lwm2m.
    ``role``: management or bootstrap. ``lifetime`` in seconds. ``server_id`` is text whatever
    the format calls it (PROVIDER-ID, ServerID, SrvID, Short Server ID).
    """

    protocol: str
    carrier: str
    role: str = "management"
    server_id: str | None = None
    name: str | None = None
    addresses: tuple[ServerAddress, ...] = ()
    credentials: tuple[Credential, ...] = ()
    connections: tuple[Connection, ...] = ()
    lifetime: int | None = None
    binding: str | None = None
    source: Source = field(default_factory=Source)

    def to_dict(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The account as the design's JSON; secrets masked unless asked for."""
        return {
            "protocol": self.protocol,
            "carrier": self.carrier,
            "role": self.role,
            "server_id": self.server_id,
            "name": self.name,
            "addresses": [a.to_dict() for a in self.addresses],
            "credentials": [c.to_dict(show_secrets=show_secrets) for c in self.credentials],
            "connections": [c.to_dict(show_secrets=show_secrets) for c in self.connections],
            "lifetime": self.lifetime,
            "binding": self.binding,
            "source": self.source.to_dict(),
        }
