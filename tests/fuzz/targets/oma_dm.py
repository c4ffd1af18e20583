"""OMA DM: messages and bare TNDS in WBXML, XML, and DM 2.0 JSON."""

from __future__ import annotations

from typing import Any

from smartboot.errors import DecodeError, EncodeError
from smartboot.formats.base import Decoded
from smartboot.formats.oma_dm import OMA_DM
from smartboot.model import Severity
from tests.fuzz.material import dm_documents
from tests.fuzz.oracle import attempt
from tests.fuzz.roundtrip import check_format

__all__ = ["one_input", "seeds"]


def _sound(decoded: Decoded[Any]) -> bool:
    """Whether the document is as the standard says. What stands where it does not belong is kept
    at the end of its parent, and may mean something there."""
    return all(f.severity is Severity.INFO and f.code not in _ODD for f in decoded.findings)


_ODD = frozenset({"WBXML-VENDOR-TOKEN"})


def one_input(data: bytes) -> None:
    """The whole of ``data`` is a file."""
    decoded = check_format(OMA_DM, data, _sound)
    if decoded is None:
        return
    document = decoded.document
    attempt(EncodeError, OMA_DM.tnds, document)
    text = attempt(EncodeError, OMA_DM.to_xml, document)
    if text is not None:
        attempt(DecodeError, OMA_DM.from_xml, text)


def seeds() -> dict[str, bytes]:
    """Messages, trees and JSON from the shipped profiles, and the same as XML."""
    return {name: data for name, data in dm_documents().items() if len(data) <= 4096}
