"""OMA DM documents to server accounts.

DM 1.x: AAuthLevel CLCRED is what the client shows the server (``client``), SRVCRED what the
server shows (``server``), OBEX and HTTP keep their names; AAuthType in lower case is the type.

DM 2.0: SrvURI is the address, Auth/Bootstrap/ServerURI one more of type ``bootstrap-uri``.
Auth/Bootstrap, Noti and Trsp become credentials of level ``bootstrap``, ``notification`` and
``transport``. Which values SecMode has is not known to us, so their type is told from the key
material: ``x509`` when the public part is a certificate or key in DER or PEM, else ``psk``;
DM-SECMODE says so. The peer's public part is a second bootstrap credential without a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smartboot.formats.oma_dm.connmo import is_connection, read_connection
from smartboot.formats.oma_dm.dm2 import DmAcc2, MoArray, dmaccs
from smartboot.formats.oma_dm.dmacc import AppAuth, DmAcc, is_dmacc
from smartboot.formats.oma_dm.message import Message, canonical, managed_nodes
from smartboot.formats.oma_dm.notes import Notes
from smartboot.formats.oma_dm.tree import INBOX, Located, Tnds, walk
from smartboot.model import Account, Connection, Credential, Secret, ServerAddress, Source, to_plain

__all__ = ["BOOTSTRAP_URI", "LEVELS", "UNSPECIFIED", "accounts_dm1", "accounts_dm2", "dm_accounts"]

LEVELS = {"CLCRED": "client", "SRVCRED": "server", "OBEX": "obex", "HTTP": "http"}
"""AAuthLevel and the model's level."""

UNSPECIFIED = "unspecified"
"""The type of credentials without AAuthType: the device chooses."""

BOOTSTRAP_URI = "bootstrap-uri"
"""The type of the address that is the bootstrap server's, not the management server's."""

_STDOBJ = "OMA-TS-DM_StdObj-V1_2, 5.3"
_BOOT = "OMA-TS-DM_Bootstrap-V1_2"
_DMACC2 = "OMA-SUP-MO_DM_DMAcc-V1_2"
_MAX_OBJECTS = 1000
_MAX_CONNECTIONS = 64
"""Connections listed for one account."""

_MAX_LISTED = 2048
"""Connections listed for all accounts: hundreds could lead into one long chain of proxies."""


def dm_accounts(source: Message | Tnds, notes: Notes) -> list[tuple[DmAcc, Located]]:
    """The typed DM account objects of a DM 1.x document, each with its place."""
    return [(DmAcc.from_node(one.node, one.path, notes), one) for one in _objects(source)[0]]


def _objects(source: Message | Tnds) -> tuple[list[Located], list[Located]]:
    """DM account roots and connectivity roots, wherever they stand in the tree."""
    found: tuple[list[Located], list[Located]] = ([], [])
    for top in managed_nodes(source):
        base = top.path.rpartition("/")[0]
        skip = ""
        for path, one in walk(top.node):
            if skip and path.startswith(skip):
                continue
            kind = 0 if is_dmacc(one) else 1 if is_connection(one) else -1
            if kind >= 0 and len(found[kind]) < _MAX_OBJECTS:
                found[kind].append(Located(one, f"{base}/{path}", top.scope))
                skip = f"{path}/"
    return found


def accounts_dm1(source: Message | Tnds) -> tuple[list[Account], Notes]:
    """The accounts of a DM 1.x document, and what is wrong with them."""
    notes = Notes()
    roots, links = _objects(source)
    directory = _Directory(links, notes)
    found: list[Account] = []
    known: set[str] = set()
    for one in roots:
        acc = DmAcc.from_node(one.node, one.path, notes)
        if acc.server_id:
            if acc.server_id in known:
                notes.add("ACC-DUPLICATE", "two accounts have the same ServerID", one.path, _STDOBJ)
            known.add(acc.server_id)
        found.append(
            Account(
                protocol="oma-dm",
                carrier="dm-1",
                server_id=acc.server_id,
                name=acc.name,
                addresses=tuple(
                    ServerAddress(
                        address.addr,
                        (address.addr_type or "URI").lower(),
                        tuple(
                            int(port)
                            for port in address.ports
                            if port.isascii() and port.isdigit() and len(port) < 6
                        ),
                    )
                    for address in acc.addresses
                    if address.addr
                ),
                credentials=tuple(_credential(auth) for auth in acc.auth),
                connections=directory.of(acc, one),
                source=Source(index=len(found)),
            )
        )
    if not found:
        notes.error("NO-ACCOUNT", "the document holds no DM account", "", _BOOT)
    elif not links:
        notes.info("NO-CONNECTION", "the document holds no connectivity object", "", _BOOT)
    return found, notes


def _credential(auth: AppAuth) -> Credential:
    # Some servers add the hash: "DIGEST,MD5" means DIGEST.
    kind = (auth.type or "").removesuffix(",MD5").strip().lower() or UNSPECIFIED
    nonce: Secret | None = None
    if auth.data is not None:
        nonce = Secret(auth.data)
    elif auth.data_text is not None:
        nonce = Secret(auth.data_text, opaque=False)
    return Credential(
        level=LEVELS.get(auth.level or "", (auth.level or "client").lower()),
        type=kind,
        identity=auth.name,
        secret=None if auth.secret is None else Secret(auth.secret, opaque=False),
        nonce=nonce,
    )


class _Directory:
    """Finds the connectivity object a reference means."""

    def __init__(self, links: Sequence[Located], notes: Notes) -> None:
        self._notes = notes
        self._left = _MAX_LISTED
        self._by_scope: dict[tuple[int | None, str], tuple[Connection, Located]] = {}
        self._by_path: dict[str, tuple[Connection, Located]] = {}
        self._by_id: dict[str, tuple[Connection, Located]] = {}
        for link in links:
            entry = (read_connection(link.node, link.path, notes), link)
            path = canonical(link.path)
            self._by_scope.setdefault((link.scope, path), entry)
            self._by_path.setdefault(path, entry)
            self._by_id.setdefault(entry[0].id, entry)
            self._by_id.setdefault(link.node.name or "", entry)

    def _find(self, ref: str, scope: int | None) -> tuple[Connection, Located] | None:
        path = canonical(ref)
        # Inside one TNDS object a reference is ./Inbox/ and the object's URI (Bootstrap 1.2).
        return (
            self._by_scope.get((scope, path))
            or self._by_path.get(path)
            or self._by_id.get(ref)
            or (self._by_id.get(path.rpartition("/")[2]) if path.startswith("Inbox/") else None)
        )

    def of(self, acc: DmAcc, place: Located) -> tuple[Connection, ...]:
        """The connections of an account in their order, those proxies go through at the end."""
        wanted: list[tuple[str, str, int | None]] = []
        if acc.pref_con_ref:
            wanted.append((acc.pref_con_ref, f"{place.path}/PrefConRef", place.scope))
        wanted.extend((ref, f"{place.path}/ToConRef", place.scope) for ref in acc.con_refs)
        found: dict[str, Connection] = {}
        seen: set[str] = set()
        index = 0
        most = min(_MAX_CONNECTIONS, self._left)
        while index < len(wanted) and index < _MAX_OBJECTS:
            if len(found) >= most:
                text = f"more than {most} connections; the rest is not listed"
                self._notes.add("MORE", text, place.path, _BOOT)
                break
            ref, where, scope = wanted[index]
            index += 1
            entry = self._find(ref, scope)
            if entry is None:
                inside = canonical(ref).startswith(canonical(INBOX))
                text = "the reference leads to no object in this document"
                if inside:
                    self._notes.error("CONREF", text, where, _BOOT)
                else:
                    # It may name an object the device already has.
                    self._notes.info("CONREF", text, where, _BOOT)
                if ref not in found:
                    found[ref] = Connection("nap", ref)
                continue
            connection, link = entry
            key = f"{link.scope}:{link.path}"
            if key in seen:
                continue
            seen.add(key)
            ids: list[str] = []
            for via in connection.via:
                other = self._find(via, link.scope)
                ids.append(other[0].id if other is not None else via)
                wanted.append((via, f"{link.path}/ToConRef", link.scope))
            found[key] = replace(connection, via=tuple(ids))
        self._left -= len(found)
        return tuple(found.values())


# -- DM 2.0 --------------------------------------------------------------------------------------


def accounts_dm2(document: MoArray) -> tuple[list[Account], Notes]:
    """The accounts of a DM 2.0 document, and what is wrong with them."""
    notes = Notes()
    found: list[Account] = []
    known: set[str] = set()
    for acc in dmaccs(document, notes):
        addresses = [ServerAddress(acc.srv_uri)] if acc.srv_uri else []
        if acc.bootstrap is not None and acc.bootstrap.server_uri:
            addresses.append(ServerAddress(acc.bootstrap.server_uri, BOOTSTRAP_URI))
        if acc.srv_id:
            if acc.srv_id in known:
                notes.add("ACC-DUPLICATE", "two accounts have the same SrvID", acc.root, _DMACC2)
            known.add(acc.srv_id)
        found.append(
            Account(
                protocol="oma-dm",
                carrier="dm-2",
                server_id=acc.srv_id,
                name=acc.name,
                addresses=tuple(addresses),
                credentials=_credentials2(acc, notes),
                source=Source(index=len(found)),
            )
        )
    if not found:
        notes.error("NO-ACCOUNT", "the document holds no DM account", "", _DMACC2)
    return found, notes


def _credentials2(acc: DmAcc2, notes: Notes) -> tuple[Credential, ...]:
    made: list[Credential] = []
    boot = acc.bootstrap
    if boot is not None:
        kind = _kind(boot.client_pub_key)
        notes.info(
            "SECMODE",
            f"the values of SecMode are not public; taken as {kind} from the key material",
            f"{acc.root}/Auth/Bootstrap/SecMode",
            _DMACC2,
        )
        made.append(
            Credential(
                "bootstrap", kind, _identity(boot.client_pub_key), _secret(boot.client_secret_key)
            )
        )
        if boot.server_pub_key is not None:
            kind = _kind(boot.server_pub_key)
            made.append(Credential("bootstrap", kind, _identity(boot.server_pub_key)))
    if acc.noti is not None:
        kind = UNSPECIFIED if acc.noti.type is None else f"type-{acc.noti.type}"
        made.append(
            Credential("notification", kind, _identity(acc.noti.data), _secret(acc.noti.secret))
        )
    if acc.trsp is not None:
        made.append(
            Credential(
                "transport",
                _kind(acc.trsp.data),
                _identity(acc.trsp.data),
                _secret(acc.trsp.secret),
            )
        )
    return tuple(made)


def _kind(octets: bytes | None) -> str:
    """``x509`` for what looks like a certificate or key in DER or PEM, else ``psk``."""
    if octets is None:
        return "psk"
    der = octets[:1] == b"\x30" and len(octets) > 64
    return "x509" if der or octets.lstrip().startswith(b"-----BEGIN ") else "psk"


def _identity(octets: bytes | None) -> str | None:
    return None if octets is None else to_plain(octets)


def _secret(octets: bytes | None) -> Secret | None:
    return None if octets is None else Secret(octets)
