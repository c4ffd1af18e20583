"""Certificates and keys in DER, for the checks: read them, and say what they are.

RFC 5280 (certificates), RFC 7250 (SubjectPublicKeyInfo), RFC 5958 (private keys; the older forms
of RFC 5915 and PKCS#1 too, which clients take). The library does the parsing. It is imported when
a key is there, because that takes longer than all other checks together. Whatever hostile bytes
make it raise means no more than "cannot be read": every function here answers with None, an empty
value or words, and raises nothing.
"""

from __future__ import annotations

import ipaddress
import warnings
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
    from cryptography.x509 import Certificate

__all__ = [
    "EC_BITS",
    "MAX_BYTES",
    "RSA_BITS",
    "is_authority",
    "load_certificate",
    "load_private_key",
    "load_public_key",
    "names_of",
    "public_key_of",
    "signature_hash",
    "spki",
    "validity",
    "weakness",
]

MAX_BYTES = 16_384
"""A certificate or key is smaller than this; a larger one counts as unreadable."""

RSA_BITS = 2048
EC_BITS = 256
"""The least sizes of keys (NIST SP 800-131A)."""

_T = TypeVar("_T")


def _attempt(work: Callable[[], _T]) -> _T | None:
    """What ``work`` gives, None when the library cannot.

    ValueError is for bad encodings, TypeError for keys under a password; the others are the
    library's own, which have no class in common. Its warnings about sloppy certificates are for
    programmers, not for who checks a card.
    """
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm
    from cryptography.x509 import (
        DuplicateExtension,
        ExtensionNotFound,
        InvalidVersion,
        UnsupportedGeneralNameType,
    )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return work()
        except (
            ValueError,
            TypeError,
            OverflowError,
            UnsupportedAlgorithm,
            InternalError,
            DuplicateExtension,
            ExtensionNotFound,
            InvalidVersion,
            UnsupportedGeneralNameType,
        ):
            return None


def load_certificate(data: bytes) -> Certificate | None:
    """An X.509 certificate whose names can be read, from DER."""
    if len(data) > MAX_BYTES:
        return None
    from cryptography.x509 import load_der_x509_certificate

    def load() -> Certificate:
        found = load_der_x509_certificate(data)
        # The library decodes parts when they are asked for; the names are needed everywhere.
        _ = found.issuer, found.subject
        return found

    return _attempt(load)


def load_public_key(data: bytes) -> PublicKeyTypes | None:
    """A public key, from the DER of SubjectPublicKeyInfo."""
    if len(data) > MAX_BYTES:
        return None
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    return _attempt(lambda: load_der_public_key(data))


def load_private_key(data: bytes) -> PrivateKeyTypes | None:
    """A private key without a password, from DER.

    The numbers of an RSA key are not tested, which for a hostile one could take minutes.
    """
    if len(data) > MAX_BYTES:
        return None
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    return _attempt(lambda: load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True))


def public_key_of(certificate: Certificate) -> PublicKeyTypes | None:
    """The public key in a certificate; None for a kind or curve the library does not know."""
    return _attempt(certificate.public_key)


def spki(key: PublicKeyTypes | None) -> bytes | None:
    """A public key as SubjectPublicKeyInfo, to compare it with another."""
    if key is None:
        return None
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return _attempt(lambda: key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def validity(certificate: Certificate) -> tuple[datetime, datetime] | None:
    """From when and until when a certificate is valid, in UTC."""
    return _attempt(lambda: (certificate.not_valid_before_utc, certificate.not_valid_after_utc))


def signature_hash(certificate: Certificate) -> str:
    """The hash of the signature in lower case; empty where the algorithm has none or is unknown."""
    found = _attempt(lambda: certificate.signature_hash_algorithm)
    return "" if found is None else found.name.lower()


def weakness(key: PublicKeyTypes | None) -> str:
    """What is too weak in a public key, in words; empty when nothing is.

    Keys of a fixed size (Edwards curves) pass.
    """
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    if key is None:
        return "a key of an unknown kind or curve"
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < RSA_BITS:
        return f"an RSA key of {key.key_size} bits, {RSA_BITS} are due"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size < EC_BITS:
        return f"a curve of {key.curve.key_size} bits, {EC_BITS} are due"
    if isinstance(key, dsa.DSAPublicKey):
        return "a DSA key, which TLS no longer takes"
    return ""


def is_authority(certificate: Certificate) -> bool:
    """Whether basicConstraints says CA: a trust anchor, which names no host."""
    from cryptography.x509 import BasicConstraints

    return bool(
        _attempt(lambda: certificate.extensions.get_extension_for_class(BasicConstraints).value.ca)
    )


def names_of(certificate: Certificate) -> list[str]:
    """The hosts a certificate is for: subjectAltName, for want of it a common name that is one.

    Empty when there are none, or when the extensions cannot be read.
    """
    from cryptography.x509 import DNSName, IPAddress, SubjectAlternativeName
    from cryptography.x509.oid import NameOID

    extensions = _attempt(lambda: certificate.extensions)
    if extensions is None:
        return []

    def alternative() -> list[str]:
        names = extensions.get_extension_for_class(SubjectAlternativeName).value
        hosts = names.get_values_for_type(DNSName)[:100]
        return [*hosts, *(str(one) for one in names.get_values_for_type(IPAddress)[:100])]

    found = _attempt(alternative)
    if found:
        return found
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    texts = [str(one.value) for one in common[:10]]
    return [text for text in texts if _is_host_name(text)]


def _is_host_name(text: str) -> bool:
    """Whether a common name is meant as a host: it may be any words."""
    if " " in text or not text.isascii():
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return "." in text
    return True
