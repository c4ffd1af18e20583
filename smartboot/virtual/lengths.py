"""How many bytes an answer has: T=0 wants the exact number, T=1 up to it (ISO/IEC 7816-3, 12)."""

from __future__ import annotations

from smartboot.virtual.state import Request
from smartboot.virtual.status import Refusal, Sw

__all__ = ["fit"]


def fit(request: Request, data: bytes) -> tuple[bytes, int]:
    """The answer of a command whose length the card knows. On T=0 a wrong P3 gives 6Cxx."""
    if request.t0:
        if request.le != len(data):
            raise Refusal(Sw.WRONG_LE | (len(data) & 0xFF))
        return data, Sw.OK
    return data[: request.le or 0], Sw.OK
