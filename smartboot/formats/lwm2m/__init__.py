"""LwM2M bootstrap data on the smartcard: EF(LwM2M_Bootstrap), OMA LwM2M TS 1.0.2, Appendix G.

``LWM2M`` is the format as ``formats.base`` wants it. The parts: ``document`` (typed objects),
``tlv`` and ``values`` (the encodings), ``objects`` (the tables), ``reader`` and ``writer`` (the
file), ``measure`` (its length), ``validate`` (what is wrong with values), ``text`` and ``parse``
(plain values), ``accounts`` and ``synthesis`` (server accounts). The secure channel of Appendix H
is not part of the format.
"""

from __future__ import annotations

from typing import Any

from smartboot.formats.base import Decoded, limited
from smartboot.formats.lwm2m import accounts as _accounts
from smartboot.formats.lwm2m.document import (
    MAX_FILE_SIZE,
    Document,
    Instance,
    Layout,
    MultipleResource,
    ObjectBlock,
    Resource,
    ResourceInstance,
    Unparsed,
)
from smartboot.formats.lwm2m.measure import Lwm2mMeasure
from smartboot.formats.lwm2m.parse import from_plain
from smartboot.formats.lwm2m.reader import read
from smartboot.formats.lwm2m.synthesis import from_accounts
from smartboot.formats.lwm2m.text import to_plain
from smartboot.formats.lwm2m.tlv import Kind, Tlv, decode_tlv, encode_tlv
from smartboot.formats.lwm2m.validate import validate
from smartboot.formats.lwm2m.writer import write
from smartboot.model import Account, Finding

__all__ = [
    "LWM2M",
    "MAX_FILE_SIZE",
    "Document",
    "Instance",
    "Kind",
    "Layout",
    "Lwm2mFormat",
    "MultipleResource",
    "ObjectBlock",
    "Resource",
    "ResourceInstance",
    "Tlv",
    "Unparsed",
    "decode_tlv",
    "encode_tlv",
    "from_accounts",
    "validate",
]


class Lwm2mFormat:
    """``formats.base.Format`` for LwM2M. Stateless; use the one instance ``LWM2M``."""

    name = "lwm2m"

    def measure(self) -> Lwm2mMeasure:
        """A fresh measure for one file."""
        return Lwm2mMeasure()

    def decode(self, data: bytes) -> Decoded[Document]:
        """Decode a file, padding and all; findings cover its structure and its values.

        A blank file is a document without objects and a finding. A faulty part is kept as
        ``Unparsed`` with an error-level finding. Errors: DecodeError when no layout fits.
        """
        document, used, findings = read(bytes(data))
        return Decoded(document, used, limited([*findings, *validate(document)], "LWM2M-MORE"))

    def encode(self, document: Document) -> bytes:
        """The file's bytes in the document's layout, without padding. Errors: EncodeError."""
        return write(document)

    def to_plain(self, document: Document, *, show_secrets: bool = False) -> dict[str, Any]:
        """The whole document as JSON-able values (see ``text``)."""
        return to_plain(document, show_secrets=show_secrets)

    def from_plain(self, plain: Any) -> Document:
        """A document from plain values (see ``parse``). Errors: EncodeError."""
        return from_plain(plain)

    def accounts(self, document: Document) -> tuple[list[Account], list[Finding]]:
        """The server accounts, and what is wrong with them (see ``accounts``)."""
        return _accounts.accounts(document)

    def from_accounts(self, accounts: list[Account]) -> tuple[Document, list[Finding]]:
        """A document that holds these accounts, and what it cannot carry (see ``synthesis``)."""
        return from_accounts(accounts)


LWM2M = Lwm2mFormat()
"""The format object that ``formats.registry`` hands out."""
