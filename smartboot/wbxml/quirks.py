"""What a decoder met that is not as the standard says: kept, reported, or with strict refused."""

from __future__ import annotations

from smartboot.errors import DecodeError
from smartboot.model import Finding, Severity
from smartboot.wbxml.tokens import Global
from smartboot.wbxml.vocabulary import AttributePage, TagPage, Vocabulary

__all__ = ["SPEC", "Quirks", "token_name"]

SPEC = "WAP-192-WBXML 1.3"
_MAX_FINDINGS = 50


class Quirks:
    """Collects findings, at most 50, and names what the code pages lack (see ``decoder``)."""

    __slots__ = ("_strict", "_vocabulary", "findings")

    def __init__(self, strict: bool) -> None:
        self.findings: list[Finding] = []
        self._strict = strict
        self._vocabulary: Vocabulary | None = None

    def use(self, vocabulary: Vocabulary) -> None:
        """The code pages from here on."""
        self._vocabulary = vocabulary

    def quirk(
        self, code: str, message: str, at: int, *, severity: Severity = Severity.WARNING
    ) -> None:
        """Report what is not as the standard says; with ``strict`` it is an error."""
        if self._strict:
            raise DecodeError(message, offset=at, spec=SPEC)
        self.note(code, message, at, severity=severity)

    def note(self, code: str, message: str, at: int, *, severity: Severity = Severity.INFO) -> None:
        count = len(self.findings)
        if count < _MAX_FINDINGS:
            finding = Finding(f"WBXML-{code}", severity, message, f"offset {at}", SPEC)
            self.findings.append(finding)
        elif count == _MAX_FINDINGS:
            self.findings.append(
                Finding(
                    "WBXML-MORE",
                    Severity.WARNING,
                    "more of the same kind was found and is not listed",
                    f"offset {at}",
                    SPEC,
                )
            )

    def tag(self, identity: int, page: int, at: int) -> tuple[str, int]:
        table = self._tag_page(page)
        if table is not None and identity in table.vendor:
            name = table.vendor[identity]
            self._vendor(name, page, identity, at)
            return name, table.number
        self.quirk("UNKNOWN-TAG", f"tag {identity:02X} is not on code page {page}", at)
        return f"wbxml-tag-{page}-{identity:02X}", page

    def start(self, token: int, page: int, at: int) -> tuple[str, str]:
        if token & 0x3F <= 4:
            raise DecodeError(
                f"{token_name(token)} is not allowed in an attribute list", offset=at, spec=SPEC
            )
        table = self._attribute_page(page)
        if table is not None and token in table.vendor_starts:
            name, prefix = table.vendor_starts[token]
            self._vendor(f"{name}={prefix}", page, token, at)
            return name, prefix
        self.quirk("UNKNOWN-ATTRIBUTE", f"attribute {token:02X} is not on code page {page}", at)
        return f"wbxml-attribute-{page}-{token:02X}", ""

    def value(self, token: int, page: int, at: int) -> str:
        table = self._attribute_page(page)
        if table is not None and token in table.vendor_values:
            text = table.vendor_values[token]
            self._vendor(text, page, token, at)
            return text
        self.quirk("UNKNOWN-VALUE", f"attribute value {token:02X} is not on code page {page}", at)
        return f"{{wbxml-value-{page}-{token:02X}}}"

    def _vendor(self, name: str, page: int, token: int, at: int) -> None:
        self.quirk(
            "VENDOR-TOKEN",
            f"token {token:02X} on code page {page} ({name}) is one vendor's own",
            at,
            severity=Severity.INFO,
        )

    def _tag_page(self, page: int) -> TagPage | None:
        return self._vocabulary.tag_pages.get(page) if self._vocabulary else None

    def _attribute_page(self, page: int) -> AttributePage | None:
        return self._vocabulary.attribute_pages.get(page) if self._vocabulary else None


def token_name(token: int) -> str:
    """The name of a global token, or its number."""
    try:
        return Global(token).name
    except ValueError:
        return f"token {token:02X}"
