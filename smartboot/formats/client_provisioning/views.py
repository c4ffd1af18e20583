"""Typed views of the characteristics of ProvCont 1.1: what they mean, with defaults resolved.

A view is made with ``of`` from the characteristic, which it holds as ``source`` (nothing is lost),
and needs no valid document: what is missing is None or empty. Passwords are ``Secret``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import TypeAlias

from smartboot.formats.client_provisioning.document import (
    Characteristic,
    ProvisioningDocument,
    is_secret,
)
from smartboot.frozen import dataclass
from smartboot.model import Secret

__all__ = [
    "Access",
    "AppAddr",
    "AppAuth",
    "Application",
    "Bootstrap",
    "ClientIdentity",
    "NapAuthInfo",
    "Napdef",
    "Port",
    "PxAuthInfo",
    "PxLogical",
    "PxPhysical",
    "Resource",
    "Validity",
    "VendorConfig",
    "View",
    "port_number",
    "view",
    "views",
]


def _secret(entry: Characteristic, name: str) -> Secret | None:
    value = entry.get(name)
    return None if value is None else Secret(value, opaque=False)


def _source() -> Characteristic:
    return Characteristic(None)


def _flag(entry: Characteristic, name: str) -> bool:
    """A 0/1 parm; absent is 0 (ProvCont: PUSHENABLED, PULLENABLED)."""
    return entry.get(name) == "1"


def port_number(text: str) -> int | None:
    """The number in a PORTNBR, or None when it is none of 0 to 65535."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        return None
    number = int(text)
    return number if number <= 65535 else None


@dataclass(frozen=True, slots=True)
class Port:
    """PORT: ``portnbr`` None when it is no number; the services reached there."""

    portnbr: int | None
    services: tuple[str, ...] = ()
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> Port:
        return cls(port_number(entry.get("PORTNBR") or ""), entry.all("SERVICE"), entry)


@dataclass(frozen=True, slots=True)
class AppAddr:
    """APPADDR: without ADDRTYPE the address is a URI (w7)."""

    addr: str | None
    addrtype: str | None = None
    ports: tuple[Port, ...] = ()
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> AppAddr:
        ports = tuple(Port.of(child) for child in entry.children("PORT"))
        return cls(entry.get("ADDR"), entry.get("ADDRTYPE"), ports, entry)


@dataclass(frozen=True, slots=True)
class AppAuth:
    """APPAUTH. ``level`` names who verifies: APPSRV the server, CLIENT the client; None is HTTP.

    ``data`` is AAUTHDATA as it stands, in base64.
    """

    level: str | None
    type: str | None = None
    name: str | None = None
    secret: Secret | None = None
    data: Secret | None = None
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> AppAuth:
        return cls(
            entry.get("AAUTHLEVEL"),
            entry.get("AAUTHTYPE"),
            entry.get("AAUTHNAME"),
            _secret(entry, "AAUTHSECRET"),
            _secret(entry, "AAUTHDATA"),
            entry,
        )


@dataclass(frozen=True, slots=True)
class Resource:
    """RESOURCE of an application."""

    uri: str | None
    name: str | None = None
    accept: str | None = None
    auth: AppAuth | None = None
    startpage: bool = False
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> Resource:
        auth = AppAuth.of(entry) if any(p.name.startswith("AAUTH") for p in entry.parms) else None
        return cls(
            entry.get("URI"),
            entry.get("NAME"),
            entry.get("AACCEPT"),
            auth,
            entry.has("STARTPAGE"),
            entry,
        )


@dataclass(frozen=True, slots=True)
class Application:
    """APPLICATION. ``addrs`` are the ADDR directly inside, ``init`` the flag of w7."""

    appid: str | None
    provider_id: str | None = None
    name: str | None = None
    addrs: tuple[str, ...] = ()
    appaddrs: tuple[AppAddr, ...] = ()
    auths: tuple[AppAuth, ...] = ()
    resources: tuple[Resource, ...] = ()
    to_napids: tuple[str, ...] = ()
    to_proxies: tuple[str, ...] = ()
    init: bool = False
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> Application:
        return cls(
            entry.get("APPID"),
            entry.get("PROVIDER-ID"),
            entry.get("NAME"),
            entry.all("ADDR"),
            tuple(AppAddr.of(child) for child in entry.children("APPADDR")),
            tuple(AppAuth.of(child) for child in entry.children("APPAUTH")),
            tuple(Resource.of(child) for child in entry.children("RESOURCE")),
            entry.all("TO-NAPID"),
            entry.all("TO-PROXY"),
            entry.has("INIT"),
            entry,
        )


@dataclass(frozen=True, slots=True)
class NapAuthInfo:
    """NAPAUTHINFO: PAP, CHAP, or MD5 of Mobile IP with its entities."""

    type: str | None
    name: str | None = None
    secret: Secret | None = None
    entities: tuple[str, ...] = ()
    spi: str | None = None
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> NapAuthInfo:
        return cls(
            entry.get("AUTHTYPE"),
            entry.get("AUTHNAME"),
            _secret(entry, "AUTHSECRET"),
            entry.all("AUTH-ENTITY"),
            entry.get("SPI"),
            entry,
        )


@dataclass(frozen=True, slots=True)
class Validity:
    """VALIDITY: where an access point may be used. ``country`` is an MCC, ``network`` MNCs."""

    country: str | None
    network: str | None = None
    sid: str | None = None
    soc: str | None = None
    valid_until: str | None = None
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> Validity:
        return cls(
            entry.get("COUNTRY"),
            entry.get("NETWORK"),
            entry.get("SID"),
            entry.get("SOC"),
            entry.get("VALIDUNTIL"),
            entry,
        )


@dataclass(frozen=True, slots=True)
class Napdef:
    """NAPDEF: a network access point. ``effective_address_type`` has the default E164."""

    napid: str | None
    name: str | None = None
    address: str | None = None
    address_type: str | None = None
    bearers: tuple[str, ...] = ()
    internet: bool = False
    dns: tuple[str, ...] = ()
    auths: tuple[NapAuthInfo, ...] = ()
    validities: tuple[Validity, ...] = ()
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> Napdef:
        return cls(
            entry.get("NAPID"),
            entry.get("NAME"),
            entry.get("NAP-ADDRESS"),
            entry.get("NAP-ADDRTYPE"),
            entry.all("BEARER"),
            entry.has("INTERNET"),
            entry.all("DNS-ADDR"),
            tuple(NapAuthInfo.of(child) for child in entry.children("NAPAUTHINFO")),
            tuple(Validity.of(child) for child in entry.children("VALIDITY")),
            entry,
        )

    @property
    def effective_address_type(self) -> str:
        """NAP-ADDRTYPE, or what holds without it."""
        return self.address_type or "E164"


@dataclass(frozen=True, slots=True)
class PxAuthInfo:
    """PXAUTHINFO: how the device shows itself to the proxy."""

    type: str | None
    id: str | None = None
    password: Secret | None = None
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> PxAuthInfo:
        return cls(
            entry.get("PXAUTH-TYPE"), entry.get("PXAUTH-ID"), _secret(entry, "PXAUTH-PW"), entry
        )


@dataclass(frozen=True, slots=True)
class PxPhysical:
    """PXPHYSICAL: one address of a proxy. ``effective_address_type`` has the default IPV4."""

    id: str | None
    address: str | None = None
    address_type: str | None = None
    to_napids: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    push_enabled: bool = False
    pull_enabled: bool = False
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> PxPhysical:
        return cls(
            entry.get("PHYSICAL-PROXY-ID"),
            entry.get("PXADDR"),
            entry.get("PXADDRTYPE"),
            entry.all("TO-NAPID"),
            entry.all("DOMAIN"),
            tuple(Port.of(child) for child in entry.children("PORT")),
            _flag(entry, "PUSHENABLED"),
            _flag(entry, "PULLENABLED"),
            entry,
        )

    @property
    def effective_address_type(self) -> str:
        """PXADDRTYPE, or what holds without it."""
        return self.address_type or "IPV4"


@dataclass(frozen=True, slots=True)
class PxLogical:
    """PXLOGICAL: a proxy as applications refer to it."""

    id: str | None
    name: str | None = None
    startpage: str | None = None
    domains: tuple[str, ...] = ()
    trust: bool = False
    master: bool = False
    password: Secret | None = None
    basic_id: str | None = None
    basic_password: Secret | None = None
    auths: tuple[PxAuthInfo, ...] = ()
    ports: tuple[Port, ...] = ()
    physicals: tuple[PxPhysical, ...] = ()
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> PxLogical:
        return cls(
            entry.get("PROXY-ID"),
            entry.get("NAME"),
            entry.get("STARTPAGE"),
            entry.all("DOMAIN"),
            entry.has("TRUST"),
            entry.has("MASTER"),
            _secret(entry, "PROXY-PW"),
            entry.get("BASAUTH-ID"),
            _secret(entry, "BASAUTH-PW"),
            tuple(PxAuthInfo.of(child) for child in entry.children("PXAUTHINFO")),
            tuple(Port.of(child) for child in entry.children("PORT")),
            tuple(PxPhysical.of(child) for child in entry.children("PXPHYSICAL")),
            entry,
        )


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """BOOTSTRAP: trusted proxies and the address of the provisioning server."""

    name: str | None
    networks: tuple[str, ...] = ()
    country: str | None = None
    proxy_ids: tuple[str, ...] = ()
    provurl: str | None = None
    context_allow: str | None = None
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> Bootstrap:
        return cls(
            entry.get("NAME"),
            entry.all("NETWORK"),
            entry.get("COUNTRY"),
            entry.all("PROXY-ID"),
            entry.get("PROVURL"),
            entry.get("CONTEXT-ALLOW"),
            entry,
        )


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """CLIENTIDENTITY."""

    client_id: str | None
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> ClientIdentity:
        return cls(entry.get("CLIENT-ID"), entry)


@dataclass(frozen=True, slots=True)
class VendorConfig:
    """VENDORCONFIG: ``parameters`` are the vendor's own, without those that are secret."""

    name: str | None
    parameters: tuple[tuple[str, str | None], ...] = ()
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> VendorConfig:
        own = tuple(
            (parm.name, parm.value)
            for parm in entry.parms
            if parm.name != "NAME" and not is_secret(parm.name, "VENDORCONFIG")
        )
        return cls(entry.get("NAME"), own, entry)


@dataclass(frozen=True, slots=True)
class Access:
    """ACCESS: which applications, ports and domains use which way out."""

    rules: tuple[str, ...]
    appids: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    to_napids: tuple[str, ...] = ()
    to_proxies: tuple[str, ...] = ()
    source: Characteristic = field(default_factory=_source, repr=False)

    @classmethod
    def of(cls, entry: Characteristic) -> Access:
        return cls(
            entry.all("RULE"),
            entry.all("APPID"),
            entry.all("PORTNBR"),
            entry.all("DOMAIN"),
            entry.all("TO-NAPID"),
            entry.all("TO-PROXY"),
            entry,
        )


View: TypeAlias = (
    Application | Napdef | PxLogical | Bootstrap | ClientIdentity | VendorConfig | Access
)


def view(entry: Characteristic) -> View | None:
    """The typed view of a top characteristic; None for a type the standard does not have."""
    match entry.type:
        case "APPLICATION":
            return Application.of(entry)
        case "NAPDEF":
            return Napdef.of(entry)
        case "PXLOGICAL":
            return PxLogical.of(entry)
        case "BOOTSTRAP":
            return Bootstrap.of(entry)
        case "CLIENTIDENTITY":
            return ClientIdentity.of(entry)
        case "VENDORCONFIG":
            return VendorConfig.of(entry)
        case "ACCESS":
            return Access.of(entry)
    return None


def views(document: ProvisioningDocument) -> Iterator[View]:
    """The typed views of a document's top characteristics, in order; unknown types left out."""
    for entry in document.characteristics:
        made = view(entry)
        if made is not None:
            yield made
