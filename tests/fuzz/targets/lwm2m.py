"""LwM2M: the bootstrap file and its TLVs."""

from __future__ import annotations

from typing import Any

from smartboot.errors import DecodeError
from smartboot.formats.base import Decoded
from smartboot.formats.lwm2m import LWM2M, decode_tlv, encode_tlv
from tests.fuzz.material import lwm2m_documents
from tests.fuzz.oracle import attempt
from tests.fuzz.roundtrip import check_format

__all__ = ["one_input", "seeds"]


_BROKEN = ("LWM2M-SIZE", "LWM2M-COUNT", "LWM2M-OBJECT-HEADER", "LWM2M-TLV")


def _sound(decoded: Decoded[Any]) -> bool:
    """Whether the parts fit each other. Of a file whose headers are wrong the reader takes the
    layout that explains most, which may be another one when the same parts are written anew."""
    return not any(finding.code.startswith(_BROKEN) for finding in decoded.findings)


def one_input(data: bytes) -> None:
    """The whole of ``data`` is a file, and then a row of TLVs."""
    check_format(LWM2M, data, _sound)
    items = attempt(DecodeError, decode_tlv, data)
    if items is not None:
        assert decode_tlv(encode_tlv(items)) == items


def seeds() -> dict[str, bytes]:
    """The files of the shipped profiles."""
    return lwm2m_documents()
