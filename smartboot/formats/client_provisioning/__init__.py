"""OMA Client Provisioning (OMA-WAP-TS-ProvCont 1.1) in WBXML, as ``format`` ``oma-cp``.

``CP`` is the format as ``formats.base`` wants it. The parts: ``document`` (the document as it is),
``views`` (typed views of its characteristics), ``tree`` (the generic element tree), ``tables`` and
``validate`` (what the standard allows), ``accounts`` and ``synthesis`` (DM server accounts and
back), ``merge`` (several documents of a card as one), ``plain`` (JSON and YAML).
"""

from __future__ import annotations

from typing import Any

from smartboot.errors import DecodeError
from smartboot.formats import xml
from smartboot.formats.base import Decoded, limited
from smartboot.formats.client_provisioning import accounts as _accounts
from smartboot.formats.client_provisioning.document import (
    Characteristic,
    Header,
    Parm,
    ProvisioningDocument,
    is_secret,
)
from smartboot.formats.client_provisioning.merge import ORDER, Merged, MergedItem, merge
from smartboot.formats.client_provisioning.plain import from_plain, to_plain
from smartboot.formats.client_provisioning.synthesis import from_accounts
from smartboot.formats.client_provisioning.tree import SPEC, from_element, to_element
from smartboot.formats.client_provisioning.validate import validate
from smartboot.formats.client_provisioning.views import view, views
from smartboot.model import Account, Finding, Severity
from smartboot.wbxml import (
    PROV,
    UTF_8,
    Parsed,
    WbxmlDocument,
    WbxmlMeasure,
    decode,
    encode,
    vocabulary_of,
)

__all__ = [
    "CP",
    "ORDER",
    "Characteristic",
    "ClientProvisioning",
    "Header",
    "Merged",
    "MergedItem",
    "Parm",
    "ProvisioningDocument",
    "from_accounts",
    "is_secret",
    "merge",
    "validate",
    "view",
    "views",
]


class ClientProvisioning:
    """``formats.base.Format`` for client provisioning. Stateless; use the one instance ``CP``."""

    name = "oma-cp"

    def measure(self) -> WbxmlMeasure:
        """A fresh measure for one file."""
        return WbxmlMeasure()

    def decode(self, data: bytes) -> Decoded[ProvisioningDocument]:
        """Decode a file, padding and all; findings cover its bytes and its content.

        A blank file (only FF or only 00) is a document without characteristics and the finding
        CP-BLANK. Some encoders keep one code page for tags and attributes where the standard has
        two: when the document makes more sense that way it is read so, with CP-SHARED-PAGE.
        Errors: DecodeError.
        """
        data = bytes(data)
        if data and data.count(data[0]) == len(data) and data[0] in (0x00, 0xFF):
            blank = Finding(
                "CP-BLANK", Severity.WARNING, "the file is blank: no document in it", "", SPEC
            )
            return Decoded(ProvisioningDocument(None), 0, (blank,))
        error: DecodeError | None = None
        best: _Reading | None = None
        switched = True
        try:
            parsed = decode(data, fallback=PROV)
            switched = parsed.switched
            best = _read(parsed)
        except DecodeError as refused:
            error = refused
        if switched and (best is None or best.faults):
            try:
                other = _read(decode(data, fallback=PROV, shared_page=True), shared=True)
            except DecodeError:
                other = None
            if other is not None and (best is None or other.faults < best.faults):
                best = other
        if best is None:
            raise error or DecodeError("no client provisioning document", offset=0)
        return Decoded(best.document, best.used, limited(best.findings, "CP-MORE"))

    def encode(
        self,
        document: ProvisioningDocument,
        *,
        stay_on_page: bool = False,
        string_table: bool = False,
    ) -> bytes:
        """The document's WBXML. Errors: EncodeError.

        The default is byte for byte what libwbxml's ``xml2wbxml -n`` writes. ``stay_on_page``
        switches code pages as seldom as possible: about 15 % shorter, and the only form that a
        reader finds which searches the bytes for ``87 34 06 03`` (parm ADDR) instead of parsing.
        """
        header = document.header
        wbxml = WbxmlDocument(
            to_element(document), header.public_id, header.version, header.charset
        )
        return encode(wbxml, vocabulary=PROV, string_table=string_table, stay_on_page=stay_on_page)

    def to_plain(
        self, document: ProvisioningDocument, *, show_secrets: bool = False
    ) -> dict[str, Any]:
        """The whole document as JSON-able values (see ``plain``)."""
        return to_plain(document, show_secrets=show_secrets)

    def from_plain(self, plain: Any) -> ProvisioningDocument:
        """A document from plain values (see ``plain``). Errors: EncodeError."""
        return from_plain(plain)

    def to_xml(self, document: ProvisioningDocument) -> bytes:
        """The document as XML, with its secrets. Errors: EncodeError for what XML cannot hold."""
        return xml.serialise(to_element(document), PROV)

    def from_xml(self, text: bytes | str) -> ProvisioningDocument:
        """A document from its XML form. Errors: DecodeError, with the line."""
        return from_element(xml.parse(text, PROV))[0]

    def accounts(self, document: ProvisioningDocument) -> tuple[list[Account], list[Finding]]:
        """The DM server accounts (w7), and what is wrong with them (see ``accounts``)."""
        return _accounts.accounts(document)

    def from_accounts(self, accounts: list[Account]) -> tuple[ProvisioningDocument, list[Finding]]:
        """A document with these accounts, and what it cannot carry (see ``synthesis``)."""
        return from_accounts(accounts)


_MISREAD = frozenset(
    {
        "WBXML-UNKNOWN-TAG",
        "WBXML-UNKNOWN-ATTRIBUTE",
        "WBXML-UNKNOWN-VALUE",
        "CP-MISPLACED",
        "CP-MISSING-PARM",
        "CP-UNKNOWN-PARM",
        "CP-UNKNOWN-CHARACTERISTIC",
    }
)
"""Findings that a document has when its code pages are taken for others."""


class _Reading:
    """One way to read the bytes. ``faults`` counts what speaks against it."""

    __slots__ = ("document", "faults", "findings", "used")

    def __init__(self, document: ProvisioningDocument, used: int, findings: list[Finding]) -> None:
        self.document = document
        self.used = used
        self.findings = findings
        self.faults = sum(1 for entry in findings if entry.code in _MISREAD)


def _read(parsed: Parsed, *, shared: bool = False) -> _Reading:
    """The document in a parsed tree with all that is to say about it. Errors: DecodeError."""
    wbxml = parsed.document
    vocabulary = vocabulary_of(wbxml.public_id)
    if vocabulary is not None and vocabulary is not PROV:
        raise DecodeError(
            f"this is a {vocabulary.name} document, not client provisioning", offset=1, spec=SPEC
        )
    # A header nobody could write again (WBXML 1.0, type or charset unknown) becomes the usual one.
    header = Header(
        wbxml.version if wbxml.version in (1, 2, 3) else 3,
        wbxml.public_id if vocabulary is PROV else PROV.public_id,
        wbxml.charset or UTF_8,
    )
    document, odd = from_element(wbxml.root, header)
    findings = [*parsed.findings, *odd, *validate(document)]
    reading = _Reading(document, parsed.used, findings)
    if shared:
        finding = Finding(
            "CP-SHARED-PAGE",
            Severity.WARNING,
            "written with one code page for tags and attributes; strict readers misread it",
            "document",
            "WAP-192-WBXML 1.3, 5.8.4.1",
        )
        reading.findings.insert(0, finding)
    return reading


CP = ClientProvisioning()
"""The format object that ``formats.registry`` hands out."""
