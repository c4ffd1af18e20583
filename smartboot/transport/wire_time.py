"""How long commands take on a T=0 wire (ISO/IEC 7816-3, 8 and 10): arithmetic on byte counts.

One byte is 12 elementary time units (10 bits and 2 guard bits), one unit F / (D * f) seconds. An
exchange is the header of 5 bytes, one procedure byte where data follows, the data, and SW1 SW2.
Card time, reader time and waiting bytes (60) are left out.
"""

from __future__ import annotations

from types import MappingProxyType

from smartboot.errors import UsageError
from smartboot.frozen import dataclass

__all__ = ["DEFAULT_CLOCK_HZ", "DEFAULT_TA1", "Rate", "exchange_bytes", "ta1_of"]

DEFAULT_TA1 = 0x11
"""F = 372, D = 1: the rate of a card until another is agreed on."""

DEFAULT_CLOCK_HZ = 3_571_200
"""The clock at which the default rate is 9,600 baud."""

_UNITS_PER_BYTE = 12
_F = MappingProxyType(
    {0x0: 372, 0x1: 372, 0x2: 558, 0x3: 744, 0x4: 1116, 0x5: 1488, 0x6: 1860}
    | {0x9: 512, 0xA: 768, 0xB: 1024, 0xC: 1536, 0xD: 2048}
)
_D = MappingProxyType({1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 32, 7: 64, 8: 12, 9: 20})


@dataclass(frozen=True, slots=True)
class Rate:
    """A transmission rate: byte TA1 of an ATR at a clock in Hz. Errors: UsageError."""

    ta1: int = DEFAULT_TA1
    clock_hz: int = DEFAULT_CLOCK_HZ

    def __post_init__(self) -> None:
        if self.ta1 >> 4 not in _F or self.ta1 & 0x0F not in _D:
            raise UsageError(
                f"TA1 {self.ta1:02X} names no transmission rate",
                hint="usual ones: 11 (default), 18, 94, 95, 96, 97",
            )
        if self.clock_hz < 1:
            raise UsageError("the clock must be positive")

    @property
    def baud(self) -> float:
        """Elementary time units a second."""
        return _D[self.ta1 & 0x0F] * self.clock_hz / _F[self.ta1 >> 4]

    def seconds(self, byte_count: int) -> float:
        """Time for a number of bytes, whichever way they go."""
        return byte_count * _UNITS_PER_BYTE / self.baud


def exchange_bytes(data_count: int) -> int:
    """Bytes on the wire of one T=0 exchange with this many bytes of data, either way."""
    return 5 + 2 + (1 + data_count if data_count else 0)


def ta1_of(atr: bytes) -> int | None:
    """Byte TA1 of an ATR (ISO/IEC 7816-3, 8.2.3); None where it has none."""
    if len(atr) < 3 or atr[0] not in (0x3B, 0x3F) or not atr[1] & 0x10:
        return None
    return atr[2]
