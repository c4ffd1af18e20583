"""ObjectValue and PathOrObjects: where the content of an object is (PKCS#15 v1.1, ASN.1 module).

By path, by URL, in place, or enveloped. Only a path leads to a file on the card; the others are
kept as they are. Content in place may be secret, so it is left out of every ``repr``.
"""

from __future__ import annotations

from dataclasses import field

from smartboot.apdu.tlv import Tlv, encode, parse
from smartboot.errors import DecodeError, EncodeError
from smartboot.frozen import dataclass
from smartboot.pkcs15.attributes import STRING_TAGS
from smartboot.pkcs15.der import Tag, decode_text
from smartboot.pkcs15.notes import Notes
from smartboot.pkcs15.path import Path, decode_path, encode_path

__all__ = ["InPlace", "ObjectValue", "Protected", "Url", "decode_value", "encode_value"]

_PRINTABLE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?")
"""The characters of PrintableString (X.680, 41.4)."""


@dataclass(frozen=True, slots=True)
class Url:
    """Content elsewhere. ``digest`` is the raw DigestInfoWithDefault of ``urlWithDigest``."""

    url: str
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class InPlace:
    """Content in the directory file itself: what stands in the tag [0], as raw bytes."""

    content: bytes = field(repr=False)

    @property
    def octets(self) -> bytes:
        """The content, taken out of an OCTET STRING where it is one."""
        try:
            inner = parse(self.content)
        except DecodeError:
            return self.content
        return inner.value if inner.tag == Tag.OCTET_STRING else self.content


@dataclass(frozen=True, slots=True)
class Protected:
    """Enveloped content: tag A1 (referenced) or A2 (in place) and what stands in it."""

    tag: int
    content: bytes = field(repr=False)


ObjectValue = Path | Url | InPlace | Protected


def decode_value(tlv: Tlv, notes: Notes) -> ObjectValue:
    """The value whose outermost data object is ``tlv``. Errors: DecodeError, also for a tag that
    is none of the alternatives."""
    if tlv.tag == Tag.SEQUENCE:
        return decode_path(tlv, notes)
    if tlv.tag in STRING_TAGS:
        expected = tlv.tag if tlv.tag == Tag.IA5_STRING else Tag.PRINTABLE_STRING
        return Url(decode_text(tlv, "the URL", notes, expected))
    if tlv.tag == Tag.CONTEXT_3_CONSTRUCTED:
        items = tlv.children()
        if not items or items[0].tag not in STRING_TAGS:
            raise DecodeError("urlWithDigest without a URL", offset=tlv.offset)
        rest = b"".join(encode(item.tag, item.value) for item in items[1:])
        return Url(decode_text(items[0], "the URL", notes, Tag.IA5_STRING), rest)
    if tlv.tag == Tag.CONTEXT_0_CONSTRUCTED:
        return InPlace(tlv.value)
    if tlv.tag in (Tag.CONTEXT_1_CONSTRUCTED, Tag.CONTEXT_2_CONSTRUCTED):
        return Protected(tlv.tag, tlv.value)
    raise DecodeError(f"tag {tlv.tag:02X} is no alternative of ObjectValue", offset=tlv.offset)


def encode_value(value: ObjectValue) -> bytes:
    """The whole data object. Errors: EncodeError.

    A URL with characters outside PrintableString is written as IA5String: the module allows that
    type only beside a digest, but has no other form for ``%`` or ``&``.
    """
    if isinstance(value, Path):
        return encode_path(value)
    if isinstance(value, InPlace):
        return encode(Tag.CONTEXT_0_CONSTRUCTED, value.content)
    if isinstance(value, Protected):
        if value.tag not in (Tag.CONTEXT_1_CONSTRUCTED, Tag.CONTEXT_2_CONSTRUCTED):
            raise EncodeError(f"tag {value.tag:02X} is not A1 or A2", field="ObjectValue")
        return encode(value.tag, value.content)
    try:
        raw = value.url.encode("ascii")
    except UnicodeEncodeError:
        raise EncodeError("a URL is ASCII", field="ObjectValue.url") from None
    if value.digest is not None:
        body = encode(Tag.IA5_STRING, raw) + value.digest
        return encode(Tag.CONTEXT_3_CONSTRUCTED, body)
    printable = set(value.url) <= _PRINTABLE
    return encode(Tag.PRINTABLE_STRING if printable else Tag.IA5_STRING, raw)
