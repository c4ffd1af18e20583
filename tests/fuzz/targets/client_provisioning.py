"""Client provisioning: a document read, said in plain values and XML, and written again."""

from __future__ import annotations

from smartboot.errors import DecodeError, EncodeError
from smartboot.formats.client_provisioning import CP, merge
from tests.fuzz.material import cp_documents
from tests.fuzz.oracle import attempt, check_findings
from tests.fuzz.roundtrip import check_format

__all__ = ["one_input", "seeds"]


def one_input(data: bytes) -> None:
    """The whole of ``data`` is a file."""
    decoded = check_format(CP, data)
    if decoded is None:
        return
    document = decoded.document
    for stay, table in ((True, False), (False, True)):
        wire = attempt(EncodeError, CP.encode, document, stay_on_page=stay, string_table=table)
        if wire is not None:
            again = CP.decode(wire).document
            assert CP.to_plain(again, show_secrets=True) == CP.to_plain(document, show_secrets=True)
    text = attempt(EncodeError, CP.to_xml, document)
    if text is not None:
        attempt(DecodeError, CP.from_xml, text)
    merged = merge([("bootstrap", document), ("config1", document)])
    check_findings(merged.findings)


def seeds() -> dict[str, bytes]:
    """The documents of the shipped profiles, plain and with padding."""
    return cp_documents()
