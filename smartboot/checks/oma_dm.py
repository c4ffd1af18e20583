"""Checks on OMA DM documents: rights, preferred authentication, what a message should not add.

The codec reports what is missing or unknown in an account; here is what passes it and does not
work with clients in the field. DM 1.2/1.3 Standardized Objects, TND, Bootstrap; DMAcc 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from smartboot.checks.catalogue import rule_of
from smartboot.checks.engine import Check
from smartboot.checks.subject import Document, Subject
from smartboot.errors import DecodeError
from smartboot.formats.oma_dm.accounts import dm_accounts
from smartboot.formats.oma_dm.acl import ACL_COMMANDS, ANYONE, Acl, parse_acl
from smartboot.formats.oma_dm.dm2 import MoArray, dmaccs
from smartboot.formats.oma_dm.dmacc import AUTH_TYPES, DmAcc, is_dmacc
from smartboot.formats.oma_dm.document import DmDocument
from smartboot.formats.oma_dm.message import Command, Message, canonical, managed_nodes
from smartboot.formats.oma_dm.notes import Notes
from smartboot.formats.oma_dm.tree import Located, Tnds, walk
from smartboot.model import Finding

__all__ = ["CHECKS"]

_MAX_NODES = 20_000
_MAX_ACCOUNTS = 200

_DEVICE_PLACES = frozenset({"devinfo", "devdetail"})
_DEVICE_MOIDS = ("urn:oma:mo:oma-dm-devinfo:", "urn:oma:mo:oma-dm-devdetail:")
_DEVICE_OLD = ("org.openmobilealliance/1.0/DevInfo", "org.openmobilealliance/1.0/DevDetail")

_MOID = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:\S+|[A-Za-z]{2,}(\.[A-Za-z0-9-]+)+[\w./:-]*")
"""A URN, or a name that begins with a reversed domain."""


def _dm1(subject: Subject) -> Iterator[tuple[Document, Message | Tnds]]:
    for document in subject.documents:
        if isinstance(document.document, DmDocument):
            body = document.document.body
            if isinstance(body, Message | Tnds):
                yield document, body


def _accounts(body: Message | Tnds) -> list[tuple[DmAcc, Located]]:
    """The account objects; the codec's findings on them were taken when they were read."""
    try:
        return dm_accounts(body, Notes())[:_MAX_ACCOUNTS]
    except DecodeError:
        return []


def _type(text: str | None) -> str:
    """AAuthType without what client provisioning adds to it (``DIGEST,MD5``)."""
    return (text or "").partition(",")[0].strip().upper()


def _shown(text: str | None) -> str:
    return repr((text or "")[:60])


def _preference(subject: Subject) -> Iterable[Finding]:
    """AAuthPref and the credentials there are for it."""
    for document, body in _dm1(subject):
        for account, place in _accounts(body):
            wanted = _type(account.auth_pref)
            given = [_type(auth.type) for auth in account.auth if auth.level == "CLCRED"]
            # Without any the codec has said so; a type it does not know it has reported.
            if wanted not in AUTH_TYPES or not given or wanted in given:
                continue
            known = ", ".join(sorted({one for one in given if one in AUTH_TYPES})) or "none known"
            yield rule_of("DM-AUTHPREF-UNMATCHED").finding(
                f"AAuthPref of {_shown(account.server_id)} is {wanted}, the client's "
                f"credentials are {known}",
                document.at(f"{place.path}/AAuthPref"),
            )


# -- rights ----------------------------------------------------------------------------------------


def _acl(text: str | None) -> Acl | None:
    try:
        return parse_acl(text or "")
    except DecodeError:
        # The codec has reported it.
        return None


def _rights(subject: Subject) -> Iterable[Finding]:
    """Who the ACLs name, against who has an account."""
    for document, body in _dm1(subject):
        accounts = _accounts(body)
        servers = {account.server_id for account, _ in accounts if account.server_id}
        if not servers:
            continue
        for account, place in accounts:
            acl = _acl(account.acl)
            server = account.server_id
            if acl is None or not acl.entries or not server:
                continue
            if not any(acl.grants(command, server) for command in ACL_COMMANDS):
                yield rule_of("DM-ACL-SELF").finding(
                    f"the ACL of the account of {_shown(server)} does not name it",
                    document.at(place.path),
                )
        strangers: dict[str, str] = {}
        for path, text in _acls(body):
            acl = _acl(text)
            for _, ids in () if acl is None else acl.entries:
                for one in ids[:50]:
                    if one != ANYONE and one not in servers:
                        strangers.setdefault(one, path)
        for one, path in islice(strangers.items(), 20):
            yield rule_of("DM-ACL-FOREIGN").finding(
                f"the ACL names {_shown(one)}, the ServerID of no account here", document.at(path)
            )


def _acls(body: Message | Tnds) -> Iterator[tuple[str, str]]:
    for top in managed_nodes(body):
        base = top.path.rpartition("/")[0]
        try:
            for path, one in islice(walk(top.node), _MAX_NODES):
                if one.acl:
                    yield f"{base}/{path}", one.acl
        except DecodeError:
            return


# -- what is added where ---------------------------------------------------------------------------


def _one_tree_each(subject: Subject) -> Iterable[Finding]:
    """Several accounts in one TNDS object."""
    for document, body in _dm1(subject):
        trees = [body] if isinstance(body, Tnds) else list(_trees(body.commands, 0))
        for number, tree in enumerate(trees[:_MAX_ACCOUNTS], 1):
            count = sum(1 for node in tree.nodes[:_MAX_NODES] if is_dmacc(node))
            if count > 1:
                where = "" if isinstance(body, Tnds) else f"tree {number}"
                yield rule_of("DM-TNDS-SERVERS").finding(
                    f"the TNDS tree holds {count} accounts", document.at(where)
                )


def _trees(commands: tuple[Command, ...], depth: int) -> Iterator[Tnds]:
    for command in commands:
        if command.name == "Add":
            for item in command.items:
                if isinstance(item.data, Tnds):
                    yield item.data
        elif depth < 8:
            yield from _trees(command.commands, depth + 1)


def _device_nodes(subject: Subject) -> Iterable[Finding]:
    """Nodes below DevInfo and DevDetail, which the device alone makes."""
    for document, body in _dm1(subject):
        for top in managed_nodes(body)[:_MAX_ACCOUNTS]:
            name = top.node.ddf_name or ""
            path = canonical(top.path).lower().partition("/")[0]
            if path in _DEVICE_PLACES or name.startswith(_DEVICE_MOIDS) or name in _DEVICE_OLD:
                yield rule_of("DM-DEVICE-NODES").finding(
                    "the message adds what every device has of its own", document.at(top.path)
                )


def _perm(subject: Subject) -> Iterable[Finding]:
    """MOIDs in Perm of a DM 2.0 account."""
    for document in subject.documents:
        if not isinstance(document.document, DmDocument):
            continue
        body = document.document.body
        if not isinstance(body, MoArray):
            continue
        for account in dmaccs(body, Notes())[:_MAX_ACCOUNTS]:
            # No MOID is longer than this, and the pattern is not for longer texts.
            wrong = [
                moid
                for moid in account.perm[:_MAX_ACCOUNTS]
                if len(moid) > 255 or not _MOID.fullmatch(moid)
            ]
            if wrong:
                yield rule_of("DM-PERM-FORM").finding(
                    f"Perm of {_shown(account.srv_id)} names {_shown(wrong[0])}",
                    document.at(f"{account.root[:60]}/Perm"),
                )


CHECKS: tuple[Check, ...] = (_preference, _rights, _one_tree_each, _device_nodes, _perm)
