"""Connectivity objects: network access points and proxies (OMA ConnMO 1.0), read with tolerance.

Only the MOID of the NAP object is confirmed; its leaf names follow a vendor's documentation and
the proxy objects' are from memory of the standard. So names are compared without regard to case,
several spellings are read, one is written, and what is not understood becomes a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator

from smartboot.formats.oma_dm.notes import Notes
from smartboot.formats.oma_dm.tree import Node, is_secret_name, leaf, node, walk
from smartboot.model import Connection, Credential, Secret

__all__ = ["NAP_MOID", "PROXY_MOID", "connection_node", "is_connection", "read_connection"]

NAP_MOID = "urn:oma:mo:oma-connmo-nap:1.0"
PROXY_MOID = "urn:oma:mo:oma-connmo-httpproxy:1.0"
WAP_PROXY_MOID = "urn:oma:mo:oma-connmo-wapproxy:1.0"
OLD_TYPE = "org.openmobilealliance/1.0/ConnMO"

_SPEC = "OMA-DDS-DM_ConnMO-V1_0"
_MAX_PARAMETERS = 100
_UNSPECIFIED = "unspecified"


def is_connection(root: Node) -> bool:
    """Whether this subtree is a NAP or proxy object, by its Type."""
    name = root.ddf_name or ""
    return name.startswith("urn:oma:mo:oma-connmo-") or name == OLD_TYPE


def read_connection(root: Node, path: str, notes: Notes) -> Connection:
    """A NAP or proxy object as a connection; its id is NAPID or ProxyID, else the node's name.

    ``via`` holds the references as written; the caller knows what they refer to.
    """
    proxy = "proxy" in (root.ddf_name or "") or _find(root, "ProxyID") is not None
    used: set[str] = set()

    def text(*names: str) -> str | None:
        for name in names:
            found = _find(root, name)
            if found is not None and isinstance(found.value, str):
                used.add(found.name or "")
                return found.value
        return None

    own_id = text("ProxyID", "PXID") if proxy else text("NAPID")
    name = text("Name")
    address = text("Addr", "PXAddr") if proxy else text("Addr")
    kind = text("AddrType")
    if not address:
        notes.add("CON-NO-ADDR", "the connectivity object has no Addr", f"{path}/Addr", _SPEC)
    ports: list[int] = []
    for holder in ("Port", "Ports"):
        found = _find(root, holder)
        for at, one in walk(found) if found is not None else ():
            used.add(found.name or "" if found is not None else "")
            if (one.name or "").lower() == "portnbr" and isinstance(one.value, str):
                if one.value.isascii() and one.value.isdigit() and len(one.value) < 6:
                    ports.append(int(one.value))
                else:
                    notes.add("CON-PORT", "not a port number", f"{path}/{at}", _SPEC)
    bearers = tuple(_below(root, "Bearer", "BearerType", used))
    via = (
        *_below(root, "ToConRef", "ConRef", used),
        *_below(root, "ConRef", "ConRef", used),
        *_below(root, "ToNapID", "NAPID", used),
    )
    auth = _find(root, "AuthInfo")
    credentials: tuple[Credential, ...] = ()
    if auth is not None:
        credentials = tuple(_credentials(auth, "http" if proxy else "transport"))
        used.add(auth.name or "")
    return Connection(
        kind="proxy" if proxy else "nap",
        id=own_id or root.name or "",
        name=name,
        address=address,
        address_type=None if kind is None else kind.lower(),
        ports=tuple(ports),
        bearers=bearers,
        credentials=credentials,
        via=via,
        parameters=tuple(_rest(root, used)),
    )


def _find(root: Node, name: str) -> Node | None:
    wanted = name.lower()
    return next((child for child in root.children if (child.name or "").lower() == wanted), None)


def _below(root: Node, holder: str, name: str, used: set[str]) -> Iterator[str]:
    """The texts of all leaves ``name`` in ``holder``, whatever stands between."""
    found = _find(root, holder)
    if found is None:
        return
    used.add(found.name or "")
    for _, one in walk(found):
        if (one.name or "").lower() == name.lower() and isinstance(one.value, str) and one.value:
            yield one.value


def _credentials(auth: Node, level: str) -> Iterator[Credential]:
    sets = [auth] if _find(auth, "AuthType") or _find(auth, "AuthName") else list(auth.children)
    for one in sets[:_MAX_PARAMETERS]:
        kind, name, secret = (
            found.value if found is not None and isinstance(found.value, str) else None
            for found in (_find(one, "AuthType"), _find(one, "AuthName"), _find(one, "AuthSecret"))
        )
        if kind or name or secret:
            held = None if secret is None else Secret(secret, opaque=False)
            yield Credential(level, (kind or _UNSPECIFIED).lower(), name, held)


def _rest(root: Node, used: set[str]) -> Iterator[tuple[str, str]]:
    """Leaves that have no field of their own, as path and text; secrets are left in the tree."""
    count = 0
    for child in root.children:
        if (child.name or "") in used:
            continue
        for path, one in walk(child):
            if isinstance(one.value, str) and not is_secret_name(one.name or ""):
                count += 1
                if count > _MAX_PARAMETERS:
                    return
                yield path, one.value


def connection_node(connection: Connection, name: str, acl: str | None) -> tuple[Node, list[str]]:
    """A NAP or proxy object for a connection, and the words for what it cannot hold."""
    lost: list[str] = []
    proxy = connection.kind == "proxy"
    kind = connection.address_type
    ports = [node(str(i), leaf("PortNbr", str(p))) for i, p in enumerate(connection.ports, 1)]
    via = [node(str(i), leaf("ConRef", ref)) for i, ref in enumerate(connection.via, 1)]
    auth = connection.credentials[0] if connection.credentials else None
    if len(connection.credentials) > 1:
        lost.append(f"{len(connection.credentials) - 1} further set(s) of credentials")
    auth_node: Node | None = None
    if auth is not None:
        secret = None if auth.secret is None else auth.secret.reveal()
        if isinstance(secret, bytes):
            try:
                secret = secret.decode("utf-8")
            except UnicodeDecodeError:
                secret = None
                lost.append("a secret that is no text")
        auth_node = node(
            "AuthInfo",
            leaf("AuthType", auth.type.upper()) if auth.type != _UNSPECIFIED else None,
            leaf("AuthName", auth.identity) if auth.identity is not None else None,
            leaf("AuthSecret", secret) if secret is not None else None,
        )
    bearers = [node(str(i), leaf("BearerType", b)) for i, b in enumerate(connection.bearers, 1)]
    parameters = _parameter_nodes(connection.parameters, lost)
    built = node(
        name,
        leaf("ProxyID" if proxy else "NAPID", connection.id),
        leaf("Name", connection.name) if connection.name is not None else None,
        leaf("Addr", connection.address) if connection.address is not None else None,
        leaf("AddrType", _ADDRESS_TYPES.get(kind, kind.upper())) if kind else None,
        node("Port", *ports) if ports else None,
        node("ToConRef", *via) if via else None,
        node("Bearer", *bearers) if bearers else None,
        auth_node,
        *parameters,
        ddf_name=PROXY_MOID if proxy else NAP_MOID,
        acl=acl,
    )
    return built, lost


_ADDRESS_TYPES = {"uri": "URI", "ipv4": "IPv4", "ipv6": "IPv6", "apn": "APN", "e164": "E164"}


def _parameter_nodes(parameters: tuple[tuple[str, str], ...], lost: list[str]) -> list[Node]:
    """Parameters that are paths of this object go back to their places; the rest is named.

    Names in capitals are those of client provisioning and mean nothing to a device here.
    """
    leaves: dict[tuple[str, ...], str] = {}
    for name, value in parameters:
        parts = tuple(_PARAMETERS.get(name, name).split("/"))
        fits = all(parts) and len(parts) < 10 and parts not in leaves and name.isprintable()
        if fits and (name in _PARAMETERS or not name.isupper()):
            leaves[parts] = value
        else:
            lost.append(f"the parameter {name[:40]}")
    return _grow(leaves, lost)


_PARAMETERS = {"LINGER": "Linger"}


def _grow(leaves: dict[tuple[str, ...], str], lost: list[str]) -> list[Node]:
    built: list[Node] = []
    for head in dict.fromkeys(parts[0] for parts in leaves):
        below = {parts[1:]: value for parts, value in leaves.items() if parts[0] == head}
        inner = {parts: value for parts, value in below.items() if parts}
        if inner and () in below:
            lost.append(f"the value of the parameter {head[:40]}")
        built.append(node(head, *_grow(inner, lost)) if inner else leaf(head, below[()]))
    return built
