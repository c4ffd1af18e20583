"""Client provisioning: a document read, said in plain values and XML, and written again."""

from __future__ import annotations

from typing import Any

from smartboot.errors import DecodeError, EncodeError
from smartboot.formats.base import Decoded
from smartboot.formats.client_provisioning import CP, merge
from tests.fuzz.material import cp_documents
from tests.fuzz.oracle import attempt, check_findings
from tests.fuzz.roundtrip import check_format

__all__ = ["one_input", "seeds"]


def _sound(decoded: Decoded[Any]) -> bool:
    """Whether the code pages were told and not guessed: unknown tokens may be taken for others."""
    return not any(finding.code == "CP-SHARED-PAGE" for finding in decoded.findings)


def one_input(data: bytes) -> None:
    """The whole of ``data`` is a file."""
    decoded = check_format(CP, data, _sound)
    if decoded is None:
        return
    document = decoded.document
    for stay, table in ((True, False), (False, True)):
        wire = attempt(EncodeError, CP.encode, document, stay_on_page=stay, string_table=table)
        again = None if wire is None else CP.decode(wire)
        if again is not None and _sound(again) and _sound(decoded):
            plain = CP.to_plain(again.document, show_secrets=True)
            assert plain == CP.to_plain(document, show_secrets=True), "written another way: differs"
    text = attempt(EncodeError, CP.to_xml, document)
    if text is not None:
        attempt(DecodeError, CP.from_xml, text)
    merged = merge([("bootstrap", document), ("config1", document)])
    check_findings(merged.findings)


def seeds() -> dict[str, bytes]:
    """The documents of the shipped profiles, plain and with padding."""
    return cp_documents()
