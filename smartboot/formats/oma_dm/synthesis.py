"""OMA DM documents from server accounts: the way back of ``accounts``.

DM 1.x: one message; each account is an Add of its own to ``./Inbox`` that carries a TNDS document
with its DM account object and the connectivity objects it refers to, because a client in the
field files everything in one TNDS document under the first ServerID in it. The ACL each server
needs is part of it (Bootstrap 1.2: every ACL wanted must be in the TNDS).

What cannot be carried is left out and told as DM-CANNOT-CARRY; what had to be made up for want of
a value as DM-MADE-UP.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from smartboot.errors import EncodeError
from smartboot.formats.oma_dm.accounts import LEVELS, UNSPECIFIED
from smartboot.formats.oma_dm.acl import valid_acl_id
from smartboot.formats.oma_dm.connmo import connection_node
from smartboot.formats.oma_dm.dmacc import AUTH_TYPES, Address, AppAuth, DmAcc
from smartboot.formats.oma_dm.document import DmDocument
from smartboot.formats.oma_dm.message import TNDS_WBXML, Command, Endpoint, Header, Item, Message
from smartboot.formats.oma_dm.message import Meta as ItemMeta
from smartboot.formats.oma_dm.synthesis2 import Losses, mo_array
from smartboot.formats.oma_dm.tree import INBOX, Node, Tnds
from smartboot.model import Account, Connection, Credential, Finding, Secret

__all__ = ["UNKNOWN_DEVICE", "from_accounts"]

UNKNOWN_DEVICE = "IMEI:000000000000000"
"""Target of a message for a card: which device it will sit in is not known (Bootstrap 1.2)."""

_LEVELS = {level: name for name, level in LEVELS.items()}
_ADDRESS_TYPES = {"uri": "URI", "ipv4": "IPv4", "ipv6": "IPv6"}
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


def from_accounts(
    accounts: Iterable[Account], carrier: str = "dm-1", *, device_id: str = UNKNOWN_DEVICE
) -> tuple[DmDocument, list[Finding]]:
    """A document of the carrier ``dm-1`` or ``dm-2`` that holds the accounts, and what it cannot.

    An account that would not work is left out whole, with a finding of severity error.
    Errors: EncodeError for another carrier.
    """
    losses = Losses()
    kept = [
        (account, where)
        for where, account in ((f"account {n}", one) for n, one in enumerate(accounts, 1))
        if _carries(account, where, losses)
    ]
    if carrier == "dm-1":
        return DmDocument("dm-1", _message(kept, device_id, losses)), losses.findings
    if carrier == "dm-2":
        return DmDocument("dm-2", mo_array(kept, losses)), losses.findings
    raise EncodeError("must be dm-1 or dm-2", field="carrier")


def _carries(account: Account, where: str, losses: Losses) -> bool:
    if account.protocol != "oma-dm":
        losses.error(f"an account for {account.protocol}", where)
        return False
    if account.role != "management":
        losses.error(f"an account with the role {account.role}", where)
        return False
    if not account.server_id:
        losses.error("an account without a server id", where)
        return False
    for name in ("lifetime", "binding"):
        if getattr(account, name) is not None:
            losses.warn(f"a {name}", where)
    return True


def _message(accounts: Sequence[tuple[Account, str]], device_id: str, losses: Losses) -> Message:
    source = next(
        (address.uri for account, _ in accounts for address in account.addresses),
        next((account.server_id for account, _ in accounts), None),
    )
    commands = tuple(
        Command(
            cmd_id=str(number),
            items=(
                Item(
                    Endpoint(INBOX),
                    ItemMeta("bin", TNDS_WBXML),
                    _Maker(losses, where).tnds(account),
                ),
            ),
        )
        for number, (account, where) in enumerate(accounts, 1)
    )
    return Message(Header(Endpoint(device_id), Endpoint(source or "")), commands)


def _as_text(secret: Secret) -> str | None:
    """The secret as a node's value; None when it is no text."""
    octets = secret.reveal_bytes()
    if b"\0" in octets:
        return None
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return None


class _Maker:
    """Makes the TNDS document of one account."""

    def __init__(self, losses: Losses, where: str) -> None:
        self._losses = losses
        self._where = where
        self._names: set[str] = set()

    def tnds(self, account: Account) -> Tnds:
        server_id = account.server_id or ""
        acl: str | None = None
        if valid_acl_id(server_id):
            acl = "&".join(f"{name}={server_id}" for name in ("Get", "Replace", "Delete"))
        else:
            self._losses.warn("an ACL, because of a character in the server id", self._where)
        root = self._name(server_id)
        refs, links = self._connections(account.connections, acl)
        addresses = tuple(self._addresses(account))
        if not addresses:
            self._losses.error("an account without an address", self._where)
        acc = DmAcc(
            root=root,
            server_id=server_id,
            name=account.name,
            pref_con_ref=refs[0] if refs else None,
            con_refs=tuple(refs) if len(refs) > 1 else (),
            addresses=addresses,
            auth=tuple(self._credentials(account.credentials)),
            acl=acl,
        )
        return Tnds((acc.to_node(), *links))

    def _name(self, text: str) -> str:
        """A node name for an identifier: unique in this document, fit for a URI."""
        base = _UNFIT.sub("-", text).strip("-.")[:64] or "X"
        name = base
        number = 2
        while name in self._names:
            name = f"{base}-{number}"
            number += 1
        self._names.add(name)
        return name

    def _addresses(self, account: Account) -> list[Address]:
        made: list[Address] = []
        for address in account.addresses:
            kind = _ADDRESS_TYPES.get(address.type)
            if kind is None:
                self._losses.warn(f"an address of type {address.type}", self._where)
                continue
            ports = tuple(str(port) for port in address.ports)
            made.append(Address(address.uri, kind, ports, str(len(made) + 1)))
        return made

    def _credentials(self, credentials: Iterable[Credential]) -> list[AppAuth]:
        made: list[AppAuth] = []
        for one in credentials:
            level = _LEVELS.get(one.level)
            if level is None:
                self._losses.error(f"credentials of level {one.level}", self._where)
                continue
            kind: str | None = one.type.upper()
            if one.type == UNSPECIFIED:
                kind = None
                self._losses.warn(f"{level} credentials without a type", self._where)
            elif kind not in AUTH_TYPES:
                self._losses.warn(f"the authentication type {one.type[:40]}", self._where)
                if one.type in ("psk", "rpk", "certificate", "none"):
                    continue
            secret = None if one.secret is None else _as_text(one.secret)
            if one.secret is not None and secret is None:
                self._losses.error(f"a secret of {level} that is no text", self._where)
            nonce = None if one.nonce is None else one.nonce.reveal_bytes()
            made.append(AppAuth(level, kind, one.identity, secret, nonce, str(len(made) + 1)))
        return made

    # -- connections -----------------------------------------------------------------------------

    def _connections(
        self, connections: Sequence[Connection], acl: str | None
    ) -> tuple[list[str], list[Node]]:
        """References in order, and the objects. A way a proxy goes over is not named again."""
        entries = list(dict.fromkeys(connections))
        over = {way for entry in entries for way in entry.via}
        uris: dict[str, str] = {}
        held: list[tuple[Connection, str]] = []
        refs: list[str] = []
        for entry in entries:
            if entry.kind not in ("nap", "proxy"):
                self._losses.warn(f"a connection of kind {entry.kind}", self._where)
                continue
            bare = entry == Connection(entry.kind, entry.id)
            if bare:
                # Only a name, of something the device has: it stands as the reference itself.
                uri = entry.id
            else:
                name = self._name(entry.id)
                uri = f"{INBOX}/{name}"
                held.append((entry, name))
            if entry.kind == "nap":
                uris.setdefault(entry.id, uri)
            if entry.kind == "proxy" or entry.id not in over:
                refs.append(uri)
        nodes: list[Node] = []
        for entry, name in held:
            via = tuple(uris.get(way, way) for way in entry.via)
            made, lost = connection_node(replace(entry, via=via), name, acl)
            nodes.append(made)
            for what in lost:
                self._losses.warn(f"{what} of the connection {entry.id[:40]}", self._where)
        return refs, nodes
