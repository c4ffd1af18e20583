"""LwM2M documents with one fault in a certificate, a raw public key or a private key.

Keys come from the hash of a text and the signatures are those of Ed25519, so that they are the
same whenever they are made.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from smartboot.apdu.tlv import encode, parse
from tests.zoo.base import accounts, card, data_object, lwm2m, made_up
from tests.zoo.recipe import Recipe, binary, image

__all__ = ["RECIPES"]

_HOST = "lwm2m.fleet.internal"
_ED25519 = bytes.fromhex("300506032B6570")
_ECDSA_SHA1 = bytes.fromhex("300906072A8648CE3D0401")


@cache
def _key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(made_up(name, 32))


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: str, *, issuer: str = "Fleet CA", first: int = 2020, last: int = 2120
) -> bytes:
    """A certificate in DER, valid from the first day of one year to the first of another."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(_key(subject).public_key())
        .serial_number(417)
        .not_valid_before(datetime(first, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(last, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
    )
    return builder.sign(_key(issuer), None).public_bytes(Encoding.DER)


def _signed_with_sha1(der: bytes) -> bytes:
    """The certificate with another name of its signature's algorithm; nobody checks the value."""
    body, _, signature = parse(der).children()
    inside = b"".join(encode(item.tag, item.value) for item in body.children())
    tbs = encode(0x30, inside.replace(_ED25519, _ECDSA_SHA1, 1))
    return encode(0x30, tbs + _ECDSA_SHA1 + encode(signature.tag, signature.value))


def _private(name: str) -> bytes:
    return _key(name).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _public(name: str) -> bytes:
    key = _key(name).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _small_curve() -> bytes:
    key = ec.derive_private_key(int.from_bytes(made_up("P-224"), "big"), ec.SECP224R1())
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _hex(data: bytes) -> str:
    return f"hex:{data.hex()}"


def _document(mode: str, client: bytes, server: bytes, secret: bytes, **more: Any) -> bytes:
    resources = {
        "Security Mode": mode,
        "Public Key or Identity": _hex(client),
        "Server Public Key": _hex(server),
        "Secret Key": _hex(secret),
        **more,
    }
    return lwm2m(accounts(security=resources))


def _certificates(client: bytes | None = None, server: bytes | None = None,
                  secret: bytes | None = None, **more: Any) -> bytes:  # fmt: skip
    """The sound document of mode certificate, with parts replaced."""
    return _document(
        "certificate",
        _certificate("meter-0417") if client is None else client,
        _certificate(_HOST) if server is None else server,
        _private("meter-0417") if secret is None else secret,
        **more,
    )


_RPK = _document("rpk", _public("meter-0417"), _public(_HOST), _private("meter-0417"))

RECIPES: tuple[Recipe, ...] = (
    binary("sound-certificate", _certificates()),
    binary("sound-raw-public-key", _RPK),
    binary(
        "certificate-expired",
        _certificates(server=_certificate(_HOST, first=2010, last=2012)),
        "SEC-CERT-EXPIRED",
        "2012-01-01",
    ),
    binary(
        "certificate-not-yet",
        _certificates(server=_certificate(_HOST, first=2090)),
        "SEC-CERT-NOT-YET",
        "2090-01-01",
    ),
    binary(
        "certificate-of-other-host",
        _certificates(server=_certificate("b.fleet.internal")),
        "SEC-CERT-NAME",
        _HOST,
    ),
    binary(
        "certificate-cut",
        _certificates(server=_certificate(_HOST)[:-9]),
        "SEC-CERT-MALFORMED",
        "/0/0/4",
    ),
    binary(
        "certificate-sha1",
        _certificates(server=_signed_with_sha1(_certificate(_HOST))),
        "SEC-CERT-SIGNATURE",
        "SHA1",
    ),
    binary(
        "certificate-by-itself",
        _certificates(client=_certificate("meter-0417", issuer="meter-0417")),
        "SEC-CERT-SELF-SIGNED",
        "/0/0/3",
    ),
    binary(
        "certificate-as-pem",
        _certificates(
            server=x509.load_der_x509_certificate(_certificate(_HOST)).public_bytes(Encoding.PEM)
        ),
        "SEC-KEY-PEM",
        "/0/0/4",
    ),
    binary(
        "private-key-of-other",
        _certificates(secret=_private("meter-0418")),
        "SEC-KEY-MISMATCH",
        "/0/0/5",
    ),
    binary(
        "private-key-cut",
        _certificates(secret=_private("meter-0417")[:20]),
        "SEC-CERT-MALFORMED",
        "/0/0/5",
    ),
    binary("server-key-missing", _certificates(server=b""), "SEC-SERVER-KEY-MISSING", "/0/0/4"),
    binary(
        "server-key-is-client-key",
        _document("rpk", _public("meter-0417"), _public("meter-0417"), _private("meter-0417")),
        "SEC-KEY-SAME",
        "/0/0/4",
    ),
    binary(
        "public-key-of-224-bits",
        _document("rpk", _public("meter-0417"), _small_curve(), _private("meter-0417")),
        "SEC-CERT-KEY-WEAK",
        "224 bits",
    ),
    binary(
        "hash-too-short",
        _certificates(server=made_up("hash", 20), **{"Matching Type": 1}),
        "LWM2M-MATCHING-LENGTH",
        "/0/0/4",
    ),
    image(
        "private-key-open",
        card(data_object("lwm2m", "6432", _RPK, private=False, access={"read": "always"})),
        "SEC-READ-OPEN",
        "private key",
    ),
)
