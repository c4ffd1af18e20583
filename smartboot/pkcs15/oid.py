"""Object identifiers, the twice wrapped form seen on cards, and the OIDs of bootstrap data.

Contents octets are those of ISO/IEC 8825-1, 8.19. Cards were made from a misprinted example that
has the header of the OID twice (``06 06 06 04 67 2B 09 01``): the contents octets then are a whole
OID of their own. ``ObjectId`` keeps them as they were and answers with the OID that was meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from smartboot.apdu.tlv import encode
from smartboot.errors import DecodeError, EncodeError
from smartboot.frozen import dataclass
from smartboot.pkcs15.der import Tag

__all__ = ["KNOWN_OIDS", "KnownOid", "ObjectId", "decode_content", "encode_content", "format_of"]

_MAX_CONTENT = 128
_MAX_ARC_BYTES = 19
"""Nineteen times seven bits hold a UUID (2.25.n), the widest arc in use."""

# An arc of ``_MAX_ARC_BYTES`` has at most 41 digits.
_DOTTED = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]{0,40}))+")


def decode_content(content: bytes) -> str:
    """Contents octets to dotted text. Errors: DecodeError with the offset of the bad arc."""
    if not content:
        raise DecodeError("OID: empty", offset=0, spec="ISO/IEC 8825-1, 8.19")
    if len(content) > _MAX_CONTENT:
        raise DecodeError(f"OID: longer than {_MAX_CONTENT} bytes", offset=_MAX_CONTENT)
    arcs: list[int] = []
    value, start = 0, 0
    for at, byte in enumerate(content):
        if at == start and byte == 0x80:
            raise DecodeError("OID: an arc starts with a zero digit", offset=at)
        if at - start >= _MAX_ARC_BYTES:
            raise DecodeError(f"OID: an arc of more than {_MAX_ARC_BYTES} bytes", offset=start)
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value, start = 0, at + 1
    if start != len(content):
        raise DecodeError("OID: the last arc is cut off", offset=start)
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def encode_content(dotted: str) -> bytes:
    """Dotted text to contents octets. Errors: EncodeError for anything that is no OID."""
    if not _DOTTED.fullmatch(dotted):
        raise EncodeError(f"{dotted[:64]!r} is not an object identifier", field="OID")
    first, second, *rest = map(int, dotted.split("."))
    if first < 2 and second > 39:
        raise EncodeError(f"the second arc of {dotted[:64]} is above 39", field="OID")
    out = bytearray()
    for arc in (40 * first + second, *rest):
        if arc >> 7 * _MAX_ARC_BYTES:
            raise EncodeError(f"an arc of more than {_MAX_ARC_BYTES} bytes", field="OID")
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(0x80 | arc & 0x7F)
        out += bytes(reversed(digits))
    if len(out) > _MAX_CONTENT:
        raise EncodeError(f"longer than {_MAX_CONTENT} bytes", field="OID")
    return bytes(out)


def _inside(content: bytes) -> bytes | None:
    """The contents octets of the OID that these are in whole; None when they are none."""
    if len(content) < 3 or content[0] != Tag.OID or content[1] != len(content) - 2:
        return None
    try:
        decode_content(content[2:])
    except DecodeError:
        return None
    return content[2:]


@dataclass(frozen=True, slots=True)
class ObjectId:
    """An object identifier by its contents octets. Errors when made: DecodeError."""

    content: bytes

    def __post_init__(self) -> None:
        decode_content(self.content)

    @classmethod
    def from_dotted(cls, dotted: str, *, wrapped: bool = False) -> ObjectId:
        """From text; ``wrapped`` makes the wrong form, for test cards. Errors: EncodeError."""
        content = encode_content(dotted)
        return cls(encode(Tag.OID, content) if wrapped else content)

    @property
    def is_wrapped(self) -> bool:
        """Whether the contents octets are a whole OID with a header of its own.

        Nothing is assigned under 0.6, which such contents would stand for if taken literally.
        """
        return _inside(self.content) is not None

    @property
    def meant(self) -> bytes:
        """The contents octets of the OID that was meant, however often it is wrapped."""
        content = self.content
        while (inner := _inside(content)) is not None:
            content = inner
        return content

    @property
    def dotted(self) -> str:
        """The OID that was meant, as text."""
        return decode_content(self.meant)

    def encode(self) -> bytes:
        """The whole data object, as it was (wrapped or not)."""
        return encode(Tag.OID, self.content)

    def __str__(self) -> str:
        return self.dotted


@dataclass(frozen=True, slots=True)
class KnownOid:
    """A kind of bootstrap data: ``format`` as the design names it, ``name`` for people."""

    oid: str
    format: str
    name: str


KNOWN_OIDS: Mapping[str, KnownOid] = MappingProxyType(
    {
        known.oid: known
        for known in (
            KnownOid("2.23.43.5.1", "oma-cp", "Client Provisioning: Bootstrap"),
            KnownOid("2.23.43.5.2", "oma-cp", "Client Provisioning: Config1"),
            KnownOid("2.23.43.5.3", "oma-cp", "Client Provisioning: Config2"),
            KnownOid("2.23.43.7.1", "oma-dm", "OMA DM bootstrap"),
            KnownOid("2.23.43.9.1", "lwm2m", "LwM2M bootstrap"),
        )
    }
)
"""The OIDs of bootstrap data objects (OMA, arc 2.23.43) by their dotted text."""


def format_of(oid: str | None) -> str | None:
    """The document format that an OID stands for, or None when it is not one of ours."""
    known = KNOWN_OIDS.get(oid) if oid else None
    return known.format if known else None
