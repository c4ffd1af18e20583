"""OMA DM bootstrap documents: DM 1.2/1.3 messages, bare TNDS documents, DM 2.0 JSON objects.

``OMA_DM`` is the format as ``formats.base`` wants it. The parts: ``tree`` and ``acl`` (management
tree nodes), ``tnds`` and ``embedded`` (TNDS), ``message``, ``syncml`` and ``syncml_write`` (the
message), ``strict_json`` and ``dm2`` (DM 2.0), ``document`` (which of them), ``dmacc`` and
``connmo`` (typed objects), ``plain*`` (text forms), ``accounts`` and ``synthesis`` (accounts).

Findings all begin with ``DM-``: what is wrong with a document comes from ``decode``, what is wrong
with the accounts in it from ``accounts``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smartboot.errors import DecodeError, EncodeError
from smartboot.formats.base import Decoded
from smartboot.formats.oma_dm import accounts as _accounts
from smartboot.formats.oma_dm import document as _document
from smartboot.formats.oma_dm import plain as _plain
from smartboot.formats.oma_dm.acl import Acl, parse_acl
from smartboot.formats.oma_dm.dm2 import BootstrapAuth, DmAcc2, JsonMo, MoArray, Noti, Trsp, dmaccs
from smartboot.formats.oma_dm.dmacc import Address, AppAuth, DmAcc
from smartboot.formats.oma_dm.document import DmDocument, DmMeasure
from smartboot.formats.oma_dm.message import (
    Command,
    Cred,
    Endpoint,
    Header,
    Item,
    Message,
    Meta,
    managed_nodes,
)
from smartboot.formats.oma_dm.notes import Notes
from smartboot.formats.oma_dm.synthesis import from_accounts
from smartboot.formats.oma_dm.tree import Located, Node, Tnds, leaf, node, walk
from smartboot.model import Account, Finding

__all__ = [
    "OMA_DM",
    "Acl",
    "Address",
    "AppAuth",
    "BootstrapAuth",
    "Command",
    "Cred",
    "DmAcc",
    "DmAcc2",
    "DmDocument",
    "DmMeasure",
    "Endpoint",
    "Header",
    "Item",
    "JsonMo",
    "Located",
    "Message",
    "Meta",
    "MoArray",
    "Node",
    "Noti",
    "OmaDmFormat",
    "Tnds",
    "Trsp",
    "dmaccs",
    "from_accounts",
    "leaf",
    "managed_nodes",
    "node",
    "parse_acl",
    "walk",
]


class OmaDmFormat:
    """``formats.base.Format`` for OMA DM. Stateless; use the one instance ``OMA_DM``."""

    name = "oma-dm"

    def measure(self) -> DmMeasure:
        """A fresh measure for one file."""
        return DmMeasure()

    def decode(self, data: bytes) -> Decoded[DmDocument]:
        """Decode a file, padding and all. Errors: DecodeError, with the offset where known."""
        notes = Notes()
        document, used = _document.decode(bytes(data), notes)
        return Decoded(document, used, notes.take())

    def encode(self, document: DmDocument) -> bytes:
        """The document's bytes in its own form, without padding. Errors: EncodeError."""
        return _document.encode(document)

    def to_plain(self, document: DmDocument, *, show_secrets: bool = False) -> dict[str, Any]:
        """The whole document as JSON-able values (see ``plain``)."""
        return _plain.to_plain(document, show_secrets=show_secrets)

    def from_plain(self, plain: Any) -> DmDocument:
        """A document from plain values (see ``plain``). Errors: EncodeError."""
        return _plain.from_plain(plain)

    def to_xml(self, document: DmDocument, *, indent: int = 2) -> bytes:
        """The XML form of a DM 1.x document, secrets included. Errors: EncodeError for DM 2.0."""
        return _document.to_xml(document, indent=indent)

    def from_xml(self, text: bytes | str) -> DmDocument:
        """A DM 1.x document from its XML form. Errors: DecodeError."""
        return _document.from_xml(text, Notes())

    def accounts(self, document: DmDocument) -> tuple[list[Account], list[Finding]]:
        """The server accounts, and what is wrong with them (see ``accounts``)."""
        body = document.body
        try:
            if isinstance(body, MoArray):
                found, notes = _accounts.accounts_dm2(body)
            else:
                found, notes = _accounts.accounts_dm1(body)
        except DecodeError as error:
            notes = Notes()
            notes.error("TOO-LARGE", error.reason)
            return [], list(notes.take())
        return found, list(notes.take())

    def from_accounts(
        self, accounts: Iterable[Account], carrier: str = "dm-1"
    ) -> tuple[DmDocument, list[Finding]]:
        """A document that holds these accounts, and what it cannot carry (see ``synthesis``)."""
        return from_accounts(accounts, carrier)

    def tnds(self, document: DmDocument) -> DmDocument:
        """The one TNDS document of a message, standing alone. Errors: EncodeError.

        Header, targets and plain nodes have no place in it, so a message with anything but one
        TNDS document is refused.
        """
        body = document.body
        if isinstance(body, Tnds):
            return document
        if isinstance(body, MoArray):
            raise EncodeError("DM 2.0 has no TNDS form", field="carrier")
        items = [item for command in body.commands for item in command.items]
        if len(items) == 1 and isinstance(items[0].data, Tnds):
            return DmDocument("dm-1-tnds", items[0].data)
        raise EncodeError("the message does not hold exactly one TNDS document", field="commands")


OMA_DM = OmaDmFormat()
"""The format object that ``formats.registry`` hands out."""
