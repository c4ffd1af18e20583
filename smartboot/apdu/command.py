"""Command and response APDUs, cases 1 to 4, short and extended (ISO/IEC 7816-4, 5.1)."""

from __future__ import annotations

from dataclasses import field

from smartboot.errors import DecodeError, UsageError
from smartboot.frozen import dataclass

__all__ = ["Command", "Response"]


@dataclass(frozen=True, slots=True)
class Command:
    """One command APDU.

    ``data`` is Nc bytes (0 to 65535); ``le`` is Ne, the number of bytes wanted: None for none,
    1 to 65536 otherwise. Up to 255 data bytes and Ne 256 the short form is used. ``data`` is
    left out of ``repr`` because it may be a key.
    """

    cla: int
    ins: int
    p1: int = 0
    p2: int = 0
    data: bytes = field(default=b"", repr=False)
    le: int | None = None

    def __post_init__(self) -> None:
        for name in ("cla", "ins", "p1", "p2"):
            if not 0 <= getattr(self, name) <= 0xFF:
                raise UsageError(f"APDU {name.upper()} does not fit one byte")
        if len(self.data) > 0xFFFF:
            raise UsageError("APDU data is longer than 65535 bytes")
        if self.le is not None and not 1 <= self.le <= 0x10000:
            raise UsageError("APDU Le must be 1 to 65536")

    @property
    def case(self) -> int:
        """1: nothing, 2: answer only, 3: data only, 4: both (ISO/IEC 7816-3, 12.1)."""
        return 1 + (self.le is not None) + 2 * bool(self.data)

    @property
    def is_extended(self) -> bool:
        """Whether only the extended form can carry it."""
        return len(self.data) > 0xFF or (self.le or 0) > 0x100

    @property
    def header(self) -> bytes:
        """CLA INS P1 P2."""
        return bytes((self.cla, self.ins, self.p1, self.p2))

    def to_bytes(self) -> bytes:
        """The APDU as T=1 carries it."""
        head, nc, ne = self.header, len(self.data), self.le
        if not self.is_extended:
            body = bytes((nc,)) + self.data if nc else b""
            return head + body + (b"" if ne is None else bytes((ne & 0xFF,)))
        body = b"\x00" + nc.to_bytes(2, "big") + self.data if nc else b""
        if ne is None:
            return head + body
        tail = (ne & 0xFFFF).to_bytes(2, "big")
        return head + body + (tail if nc else b"\x00" + tail)

    def to_tpdu(self) -> bytes:
        """The T=0 command TPDU: five bytes and the data, a case 4's Le dropped (7816-3, 12.2).

        Errors: UsageError for an extended command, which T=0 has no form for.
        """
        if self.is_extended:
            raise UsageError("T=0 carries at most 255 data bytes and 256 answer bytes a command")
        p3 = len(self.data) if self.data else (self.le or 0) & 0xFF
        return self.header + bytes((p3,)) + self.data

    @classmethod
    def from_bytes(cls, raw: bytes) -> Command:
        """Parse an APDU (short or extended). Errors: DecodeError with the offset."""
        if len(raw) < 4:
            raise DecodeError("APDU header: need 4 bytes", offset=len(raw))
        cla, ins, p1, p2 = raw[:4]
        body = raw[4:]
        if not body:
            return cls(cla, ins, p1, p2)
        if len(body) == 1:
            return cls(cla, ins, p1, p2, le=body[0] or 0x100)
        if body[0]:
            nc = body[0]
            data, tail = body[1 : 1 + nc], body[1 + nc :]
            if len(data) < nc or len(tail) > 1:
                raise DecodeError("APDU Lc does not fit its length", offset=4)
            return cls(cla, ins, p1, p2, data=data, le=(tail[0] or 0x100) if tail else None)
        if len(body) < 3:
            raise DecodeError("extended APDU length is cut off", offset=4)
        count = int.from_bytes(body[1:3], "big")
        if len(body) == 3:
            return cls(cla, ins, p1, p2, le=count or 0x10000)
        data, tail = body[3 : 3 + count], body[3 + count :]
        if not count or len(data) < count or len(tail) not in (0, 2):
            raise DecodeError("extended APDU Lc does not fit its length", offset=5)
        le = (int.from_bytes(tail, "big") or 0x10000) if tail else None
        return cls(cla, ins, p1, p2, data=data, le=le)


@dataclass(frozen=True, slots=True)
class Response:
    """One response APDU: ``data`` and the status word ``sw`` (0x0000 to 0xFFFF)."""

    data: bytes = field(repr=False)
    sw: int

    @property
    def sw1(self) -> int:
        """First status byte."""
        return self.sw >> 8

    @property
    def sw2(self) -> int:
        """Second status byte."""
        return self.sw & 0xFF

    def to_bytes(self) -> bytes:
        """Data, SW1, SW2."""
        return self.data + self.sw.to_bytes(2, "big")

    @classmethod
    def from_bytes(cls, raw: bytes) -> Response:
        """Parse data, SW1, SW2. Errors: DecodeError when there is no status word."""
        if len(raw) < 2:
            raise DecodeError("card answer without a status word", offset=len(raw))
        return cls(raw[:-2], int.from_bytes(raw[-2:], "big"))
