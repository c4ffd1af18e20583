"""The access control list of a management tree node (OMA DM TND 1.2, 7.7.1).

``acl = entry *("&" entry)``, ``entry = command "=" id *("+" id)``: who may do what with a node.
No value means that the node inherits the list of its parent, as a whole and never per command.
What a node's list gives in effect is the client's business and is left out here.
"""

from __future__ import annotations

import re

from smartboot.errors import DecodeError, EncodeError
from smartboot.frozen import dataclass

__all__ = ["ACL_COMMANDS", "ANYONE", "Acl", "parse_acl", "valid_acl_id"]

ACL_COMMANDS = ("Add", "Delete", "Exec", "Get", "Replace")
"""The commands a list may grant."""

ANYONE = "*"
"""The identifier that stands for every server."""

_CLAUSE = "OMA-TS-DM_TND-V1_2, 7.7.1"
_MAX_LENGTH = 65_535
_ASCII_ID = re.compile(r"[!-%'-),-<>-~]+")


@dataclass(frozen=True, slots=True)
class Acl:
    """A parsed list: ``(command, identifiers)`` in the order written."""

    entries: tuple[tuple[str, tuple[str, ...]], ...]

    def grants(self, command: str, server_id: str) -> bool:
        """Whether this list, taken by itself, lets ``server_id`` do ``command``."""
        return any(
            name == command and (ANYONE in ids or server_id in ids) for name, ids in self.entries
        )

    def __str__(self) -> str:
        """The list as it is written in a node. Errors: EncodeError for what cannot be written."""
        for name, ids in self.entries:
            if name not in ACL_COMMANDS:
                raise EncodeError(f"{name!r} is no ACL command", field="ACL")
            if not ids or not all(one == ANYONE or valid_acl_id(one) for one in ids):
                raise EncodeError(f"the identifiers of {name} cannot be written", field="ACL")
        return "&".join(f"{name}={'+'.join(ids)}" for name, ids in self.entries)


def valid_acl_id(text: str) -> bool:
    """Whether ``text`` may stand for a server in a list: printable, without ``= & * +``."""
    if _ASCII_ID.fullmatch(text):
        return True
    return bool(text) and all(
        char.isprintable() and not char.isspace() and char not in "=&*+" for char in text
    )


def parse_acl(text: str) -> Acl:
    """Read a list. Empty text is the empty list (inherit).

    Errors: DecodeError with the character offset at which the grammar is broken.
    """
    if not text:
        return Acl(())
    if len(text) > _MAX_LENGTH:
        raise DecodeError("the ACL is too long", offset=_MAX_LENGTH, where="ACL", spec=_CLAUSE)
    entries: list[tuple[str, tuple[str, ...]]] = []
    at = 0
    for entry in text.split("&"):
        command, equals, rest = entry.partition("=")
        if not equals:
            raise DecodeError("an entry has no '='", offset=at, where="ACL", spec=_CLAUSE)
        if command not in ACL_COMMANDS:
            raise DecodeError("unknown ACL command", offset=at, where="ACL", spec=_CLAUSE)
        if any(known == command for known, _ in entries):
            raise DecodeError(f"{command} appears twice", offset=at, where="ACL", spec=_CLAUSE)
        ids = tuple(rest.split("+"))
        start = at + len(command) + 1
        for one in ids:
            if one != ANYONE and not valid_acl_id(one):
                raise DecodeError(
                    "an identifier is empty or holds a character that is not allowed",
                    offset=start,
                    where="ACL",
                    spec=_CLAUSE,
                )
            start += len(one) + 1
        entries.append((command, ids))
        at += len(entry) + 1
    return Acl(tuple(entries))
