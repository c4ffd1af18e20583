"""The card's number in EF(ICCID) (TS 102 221, 13.2).

Ten bytes of two digits each, the low nibble first; a shorter number is filled up with F.
"""

from __future__ import annotations

from smartboot.card.base import MF, FilePath
from smartboot.errors import DecodeError

__all__ = ["EF_ICCID", "ICCID_BYTES", "decode_iccid"]

EF_ICCID = FilePath((MF, 0x2FE2))
ICCID_BYTES = 10

_FILL = 0xF


def decode_iccid(raw: bytes) -> str:
    """The digits; a nibble F ends them. Errors: DecodeError for other nibbles and for no digit."""
    digits = []
    for offset, byte in enumerate(raw[:ICCID_BYTES]):
        for nibble in (byte & 0x0F, byte >> 4):
            if nibble == _FILL:
                break
            if nibble > 9:
                raise DecodeError(
                    f"nibble {nibble:X} is no digit",
                    offset=offset,
                    where="EF(ICCID)",
                    spec="TS 102 221, 13.2",
                )
            digits.append(str(nibble))
        else:
            continue
        break
    if not digits:
        raise DecodeError("holds no digits", where="EF(ICCID)", spec="TS 102 221, 13.2")
    return "".join(digits)
