"""The DM account object of DM 1.2 and 1.3 (OMA-TS-DM_StdObj-V1_2, 5; MOIDs dmacc:1.0 and 1.1).

``DmAcc.from_node`` reads a subtree as it comes, with findings on what is wrong; ``to_node`` writes
one. What the object does not define (Ext, vendor nodes) is kept in ``extra``. Whether OMA's own
1.1 differs from 1.0 is not known to us; it is read as 1.0.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import field

from smartboot.formats.oma_dm.elements import from_base64
from smartboot.formats.oma_dm.notes import Notes
from smartboot.formats.oma_dm.tree import Node, leaf, node
from smartboot.frozen import dataclass

__all__ = [
    "AUTH_LEVELS",
    "AUTH_TYPES",
    "DMACC_1_0",
    "DMACC_1_1",
    "DMACC_MOIDS",
    "HTTP_TYPES",
    "Address",
    "AppAuth",
    "DmAcc",
    "is_dmacc",
]

DMACC_1_0 = "urn:oma:mo:oma-dm-dmacc:1.0"
DMACC_1_1 = "urn:oma:mo:oma-dm-dmacc:1.1"
DMACC_MOIDS = (DMACC_1_0, DMACC_1_1)

OLD_TYPE = "org.openmobilealliance/1.0/w7"
"""What the object was called before it had a MOID; still met in the field."""

AUTH_LEVELS = ("CLCRED", "SRVCRED", "OBEX", "HTTP")
"""AAuthLevel: who authenticates to whom."""

HTTP_TYPES = ("HTTP-BASIC", "HTTP-DIGEST", "TRANSPORT")
"""AAuthType allowed with OBEX and HTTP."""

AUTH_TYPES = (
    *HTTP_TYPES, "BASIC", "DIGEST", "HMAC", "X509", "SECURID", "SAFEWORD", "DIGIPASS",
)  # fmt: skip
"""The values of AAuthType."""

ADDRESS_TYPES = ("URI", "IPv4", "IPv6")

_SPEC = "OMA-TS-DM_StdObj-V1_2, 5.3"
_KNOWN = frozenset(
    {"AppID", "ServerID", "Name", "PrefConRef", "ToConRef", "AppAddr", "AAuthPref", "AppAuth"}
)
_AUTH_KNOWN = frozenset({"AAuthLevel", "AAuthType", "AAuthName", "AAuthSecret", "AAuthData"})


@dataclass(frozen=True, slots=True)
class Address:
    """AppAddr/<X>: an address with its ports. ``key`` is the name of the ``<X>`` node."""

    addr: str | None
    addr_type: str | None = None
    ports: tuple[str, ...] = ()
    key: str = "1"


@dataclass(frozen=True, slots=True)
class AppAuth:
    """AppAuth/<X>: one set of credentials. ``data`` is the nonce (octets), or what the type needs.

    ``data_text`` holds AAuthData as written when it is announced as base64 and is none.
    """

    level: str | None
    type: str | None
    name: str | None = None
    secret: str | None = field(default=None, repr=False)
    data: bytes | None = field(default=None, repr=False)
    key: str = "1"
    data_text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DmAcc:
    """A DM account. ``moid`` is the Type of its root node; ``con_refs`` are those of ToConRef."""

    root: str
    server_id: str | None
    app_id: str | None = "w7"
    name: str | None = None
    pref_con_ref: str | None = None
    con_refs: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    auth_pref: str | None = None
    auth: tuple[AppAuth, ...] = ()
    extra: tuple[Node, ...] = field(default=(), repr=False)
    moid: str = DMACC_1_0
    acl: str | None = None

    @classmethod
    def from_node(cls, root: Node, path: str, notes: Notes) -> DmAcc:
        """Read the account at ``path``; findings name the node by its full path."""
        return _Reader(notes, path).account(root)

    def to_node(self) -> Node:
        """The account as a subtree, every leaf in the place and format of the standard."""
        return node(
            self.root,
            leaf("AppID", self.app_id) if self.app_id is not None else None,
            leaf("ServerID", self.server_id) if self.server_id is not None else None,
            leaf("Name", self.name) if self.name is not None else None,
            leaf("PrefConRef", self.pref_con_ref) if self.pref_con_ref is not None else None,
            node(
                "ToConRef",
                *(node(str(i), leaf("ConRef", ref)) for i, ref in enumerate(self.con_refs, 1)),
            )
            if self.con_refs
            else None,
            node("AppAddr", *(_address_node(one) for one in self.addresses))
            if self.addresses
            else None,
            leaf("AAuthPref", self.auth_pref) if self.auth_pref is not None else None,
            node("AppAuth", *(_auth_node(one) for one in self.auth)) if self.auth else None,
            *self.extra,
            ddf_name=self.moid,
            acl=self.acl,
        )


def is_dmacc(root: Node) -> bool:
    """Whether this subtree is a DM account: by its Type, or for want of one by its leaves."""
    if root.ddf_name:
        return root.ddf_name.startswith("urn:oma:mo:oma-dm-dmacc:") or root.ddf_name == OLD_TYPE
    return root.text("AppID") == "w7" or (
        root.child("ServerID") is not None and root.child("AppAddr") is not None
    )


def _address_node(address: Address) -> Node:
    ports = [node(str(i), leaf("PortNbr", port)) for i, port in enumerate(address.ports, 1)]
    return node(
        address.key,
        leaf("Addr", address.addr) if address.addr is not None else None,
        leaf("AddrType", address.addr_type) if address.addr_type is not None else None,
        node("Port", *ports) if ports else None,
    )


def _auth_node(auth: AppAuth) -> Node:
    data: Node | None = None
    if auth.data is not None:
        # b64 rather than bin: it is what tools in the field write, and it stays legible in XML.
        data = leaf("AAuthData", base64.b64encode(auth.data).decode("ascii"), "b64")
    elif auth.data_text is not None:
        data = leaf("AAuthData", auth.data_text, "b64")
    return node(
        auth.key,
        leaf("AAuthLevel", auth.level) if auth.level is not None else None,
        leaf("AAuthType", auth.type) if auth.type is not None else None,
        leaf("AAuthName", auth.name) if auth.name is not None else None,
        leaf("AAuthSecret", auth.secret) if auth.secret is not None else None,
        data,
    )


class _Reader:
    def __init__(self, notes: Notes, path: str) -> None:
        self._notes = notes
        self._path = path

    def account(self, root: Node) -> DmAcc:
        notes = self._notes
        moid = root.ddf_name or ""
        if moid == OLD_TYPE:
            self._info("ACC-OLD-TYPE", "the Type is the old name of the object", "")
        elif moid not in DMACC_MOIDS:
            text = "the Type is empty" if not moid else "not a version of the object known here"
            notes.add("ACC-TYPE", f"{text}; read as dmacc:1.0", self._path, _SPEC)
        app_id = self._leaf(root, "AppID", "")
        if app_id != "w7":
            self._error("ACC-APPID", "AppID is missing or not w7", "AppID")
        server_id = self._leaf(root, "ServerID", "")
        if not server_id:
            self._error("ACC-NO-SERVERID", "ServerID is missing or empty", "ServerID")
        pref = self._leaf(root, "AAuthPref", "")
        if pref and _auth_type(pref) not in AUTH_TYPES:
            self._warn("ACC-AUTHPREF", "not a value of AAuthType", "AAuthPref")
        addresses = tuple(self._addresses(root))
        if not any(address.addr for address in addresses):
            self._error("ACC-NO-ADDR", "the account has no address", "AppAddr")
        auth = tuple(self._auth(root))
        if not auth:
            self._info("ACC-NO-AUTH", "the account has no credentials", "AppAuth")
        return DmAcc(
            root=root.name or "",
            server_id=server_id,
            app_id=app_id,
            name=self._leaf(root, "Name", ""),
            pref_con_ref=self._leaf(root, "PrefConRef", ""),
            con_refs=tuple(self._con_refs(root)),
            addresses=addresses,
            auth_pref=pref,
            auth=auth,
            extra=tuple(child for child in root.children if child.name not in _KNOWN),
            moid=moid or DMACC_1_0,
            acl=root.acl,
        )

    def _con_refs(self, root: Node) -> Iterator[str]:
        holder = root.child("ToConRef")
        if holder is None:
            return
        if not holder.children and isinstance(holder.value, str) and holder.value:
            # One text of the standard gives ToConRef the format chr, though it has children.
            self._warn("ACC-TOCONREF", "ToConRef is a leaf, it should be interior", "ToConRef")
            yield holder.value
        for child in holder.children:
            at = f"ToConRef/{child.name}"
            ref = self._leaf(child, "ConRef", at)
            if ref:
                yield ref
            else:
                self._warn("ACC-CONREF", "ConRef is missing or empty", f"{at}/ConRef")

    def _addresses(self, root: Node) -> Iterator[Address]:
        holder = root.child("AppAddr")
        for child in holder.children if holder is not None else ():
            at = f"AppAddr/{child.name}"
            addr = self._leaf(child, "Addr", at)
            if not addr:
                self._error("ACC-NO-ADDR", "Addr is missing or empty", f"{at}/Addr")
            kind = self._leaf(child, "AddrType", at)
            if kind and kind not in ADDRESS_TYPES:
                self._warn("ACC-ADDRTYPE", "not URI, IPv4 or IPv6", f"{at}/AddrType")
            ports: list[str] = []
            port = child.child("Port")
            for one in port.children if port is not None else ():
                place = f"{at}/Port/{one.name}"
                number = self._leaf(one, "PortNbr", place)
                if number is None:
                    self._warn("ACC-PORT", "PortNbr is missing", place)
                    continue
                ports.append(number)
                if not (number.isascii() and number.isdigit() and int(number[:6]) <= 65535):
                    self._warn("ACC-PORT", "not a port number", f"{place}/PortNbr")
            yield Address(addr, kind, tuple(ports), child.name or "")

    def _auth(self, root: Node) -> Iterator[AppAuth]:
        holder = root.child("AppAuth")
        for child in holder.children if holder is not None else ():
            at = f"AppAuth/{child.name}"
            level = self._leaf(child, "AAuthLevel", at)
            kind = self._leaf(child, "AAuthType", at)
            if level not in AUTH_LEVELS:
                self._warn("ACC-AUTHLEVEL", "AAuthLevel is missing or unknown", f"{at}/AAuthLevel")
            chosen = _auth_type(kind or "")
            if chosen not in AUTH_TYPES:
                self._warn("ACC-AUTHTYPE", "AAuthType is missing or unknown", f"{at}/AAuthType")
            elif (chosen not in HTTP_TYPES and level in ("OBEX", "HTTP")) or (
                chosen.startswith("HTTP-") and level in ("CLCRED", "SRVCRED")
            ):
                self._warn(
                    "ACC-AUTHTYPE", f"{chosen} is not allowed with {level}", f"{at}/AAuthType"
                )
            data, data_text = self._auth_data(child, at)
            yield AppAuth(
                level,
                kind,
                self._leaf(child, "AAuthName", at),
                self._leaf(child, "AAuthSecret", at),
                data,
                child.name or "",
                data_text,
            )
            for extra in child.children:
                if extra.name not in _AUTH_KNOWN:
                    self._info("ACC-EXTRA", "unknown node, kept in the tree", f"{at}/{extra.name}")

    def _auth_data(self, auth: Node, at: str) -> tuple[bytes | None, str | None]:
        found = auth.child("AAuthData")
        if found is None or found.value is None:
            return None, None
        if isinstance(found.value, bytes):
            return found.value, None
        if found.effective_format == "b64":
            data = from_base64(found.value)
            if data is None:
                self._error("ACC-AUTHDATA", "the value is not base64", f"{at}/AAuthData")
                return None, found.value
            return data, None
        if found.effective_format != "bin":
            self._warn("ACC-AUTHDATA", "the format should be bin (or b64)", f"{at}/AAuthData")
        return found.value.encode("utf-8"), None

    def _leaf(self, parent: Node, name: str, at: str) -> str | None:
        found = parent.child(name)
        if found is None or found.value is None:
            return None
        if isinstance(found.value, bytes):
            self._error("ACC-VALUE", "the value is not text", f"{at}/{name}" if at else name)
            return None
        return found.value

    def _error(self, code: str, message: str, at: str) -> None:
        self._notes.error(code, message, f"{self._path}/{at}", _SPEC)

    def _warn(self, code: str, message: str, at: str) -> None:
        self._notes.add(code, message, f"{self._path}/{at}", _SPEC)

    def _info(self, code: str, message: str, at: str) -> None:
        self._notes.info(code, message, f"{self._path}/{at}" if at else self._path, _SPEC)


def _auth_type(text: str) -> str:
    """AAuthType without what client provisioning adds to it (``DIGEST,MD5``)."""
    return text.partition(",")[0].strip().upper()
