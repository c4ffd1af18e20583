"""How long T=0 takes on the wire (ISO/IEC 7816-3, 8.3): pure arithmetic, nothing waits here.

One byte is 12 elementary time units: 10 bits and 2 guard bits. One unit is F / (D * f).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from smartboot.errors import UsageError

__all__ = ["DEFAULT_CLOCK_HZ", "WireTime"]

DEFAULT_CLOCK_HZ = 4_000_000
_ETU_PER_BYTE = 12
_DEFAULT_F = 372

_F = MappingProxyType(
    {0: 372, 1: 372, 2: 558, 3: 744, 4: 1116, 5: 1488, 6: 1860}
    | {0x9: 512, 0xA: 768, 0xB: 1024, 0xC: 1536, 0xD: 2048}
)
_D = MappingProxyType({1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 32, 7: 64, 8: 12, 9: 20})


@dataclass(frozen=True, slots=True)
class WireTime:
    """Clock rate conversion ``f``, baud rate factor ``d`` and the clock in Hz."""

    f: int = _DEFAULT_F
    d: int = 1
    clock_hz: int = DEFAULT_CLOCK_HZ

    def __post_init__(self) -> None:
        if self.f < 1 or self.d < 1 or self.clock_hz < 1:
            raise UsageError("F, D and the clock must be positive")

    @classmethod
    def from_ta1(cls, ta1: int, clock_hz: int = DEFAULT_CLOCK_HZ) -> WireTime:
        """From TA1 of an ATR: 11 is the default rate, 95 a usual one. Errors: UsageError."""
        f, d = _F.get(ta1 >> 4), _D.get(ta1 & 0x0F)
        if f is None or d is None:
            raise UsageError(f"TA1 {ta1:02X} names no transmission rate", hint="11, 18, 94 … 97")
        return cls(f, d, clock_hz)

    @classmethod
    def from_etu(cls, etu_s: float) -> WireTime:
        """A default rate (372/1) with this elementary time unit in seconds: 93e-6 is 4 MHz.

        Errors: UsageError.
        """
        if not 1e-9 <= etu_s <= 1:
            raise UsageError("an elementary time unit is between a nanosecond and a second")
        return cls(_DEFAULT_F, 1, round(_DEFAULT_F / etu_s))

    @property
    def etu_s(self) -> float:
        """One elementary time unit in seconds."""
        return self.f / (self.d * self.clock_hz)

    def seconds(self, byte_count: int) -> float:
        """Time for a number of bytes, either way; card and reader time not included."""
        return byte_count * _ETU_PER_BYTE * self.etu_s
