"""LwM2M: the bootstrap file and its TLVs."""

from __future__ import annotations

from smartboot.errors import DecodeError
from smartboot.formats.lwm2m import LWM2M, decode_tlv, encode_tlv
from tests.fuzz.material import lwm2m_documents
from tests.fuzz.oracle import attempt
from tests.fuzz.roundtrip import check_format

__all__ = ["one_input", "seeds"]


def one_input(data: bytes) -> None:
    """The whole of ``data`` is a file, and then a row of TLVs."""
    check_format(LWM2M, data)
    items = attempt(DecodeError, decode_tlv, data)
    if items is not None:
        assert decode_tlv(encode_tlv(items)) == items


def seeds() -> dict[str, bytes]:
    """The files of the shipped profiles."""
    return lwm2m_documents()
