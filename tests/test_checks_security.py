"""The rules on secrets, transport and certificates: a fault and a near miss for each."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from smartboot.card.base import AccessCondition, AccessRule, FileInfo, FileKind, FilePath
from smartboot.checks import Subject
from smartboot.checks.rules.security import RULES
from smartboot.checks.secrets import weakness
from smartboot.checks.subject import FileFacts, FileRole
from smartboot.model import Severity
from tests.support.check_documents import (
    ACCOUNT,
    ACCOUNT2,
    OTHER_PSK,
    PSK,
    SECURITY,
    SERVER,
    account,
    array,
    assert_tells,
    codes,
    found,
    message,
    objects,
    provisioning,
    together,
    with_security,
)

NOW = datetime(2030, 6, 1, tzinfo=UTC)
DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


def auth(**changes: Any) -> dict[str, Any]:
    """AppAuth with a changed first set."""
    sets = ACCOUNT["AppAuth"]
    first = {k: v for k, v in (sets["1"] | changes).items() if v is not None}
    return {"AppAuth": {"1": first, "2": sets["2"]}}


def readable(subject: Subject, condition: AccessCondition) -> Subject:
    """The subject's documents in a file with this condition for reading."""
    info = FileInfo(FilePath((0x6432,)), FileKind.TRANSPARENT)
    file = FileFacts(FileRole.DOCUMENT, info, AccessRule((("read", condition),)))
    return replace(subject, documents=tuple(replace(d, file=file) for d in subject.documents))


ALWAYS, PIN = AccessCondition(always=True), AccessCondition(keys=(1,))


# -- keys and certificates made here ---------------------------------------------------------------


@cache
def ec_key(number: int) -> ec.EllipticCurvePrivateKey:
    """A key of the least trouble: the same one for the same number."""
    return ec.derive_private_key(number + 0x1234_5678_9ABC, ec.SECP256R1())


def private(key: Any, encoding: serialization.Encoding = DER) -> bytes:
    return key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public(key: Any) -> bytes:
    return key.public_key().public_bytes(DER, SPKI)


def certificate(
    key: Any,
    *,
    name: str = "crane-7",
    issuer: str = "Pier CA",
    begins: datetime = NOW - timedelta(days=10),
    ends: datetime = NOW + timedelta(days=3650),
    hosts: tuple[str, ...] = (),
    ca: bool = False,
    encoding: serialization.Encoding = DER,
) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .not_valid_before(begins)
        .not_valid_after(ends)
        .serial_number(7)
        .public_key(key.public_key())
    )
    if hosts:
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
    return builder.sign(ec_key(99), hashes.SHA256()).public_bytes(encoding)


CLIENT = certificate(ec_key(1))
SERVER_CERT = certificate(ec_key(2), name="lwm2m.pier.fleet", hosts=("lwm2m.pier.fleet",))

# ecdsa-with-SHA256 (1.2.840.10045.4.3.2) with its last arc changed to ecdsa-with-SHA1 (…4.1): the
# library no longer signs with SHA-1. Nobody checks this signature, only its name.
_SHA256, _SHA1 = bytes.fromhex("06082a8648ce3d040302"), bytes.fromhex("06072a8648ce3d0401")


def sha1_certificate() -> bytes:
    old = certificate(ec_key(1))
    assert old.count(_SHA256) == 2
    outer = x509.load_der_x509_certificate(old)
    tbs = outer.tbs_certificate_bytes.replace(
        bytes.fromhex("300a") + _SHA256, bytes.fromhex("3009") + _SHA1
    )
    tbs = wrap(tbs[header(tbs) :])
    signature = b"\x03" + length(len(outer.signature) + 1) + b"\x00" + outer.signature
    return wrap(tbs + bytes.fromhex("3009") + _SHA1 + signature)


def header(data: bytes) -> int:
    return 2 if data[1] < 0x80 else 2 + (data[1] & 0x7F)


def length(size: int) -> bytes:
    if size < 0x80:
        return bytes((size,))
    raw = size.to_bytes(2, "big").lstrip(b"\0")
    return bytes((0x80 | len(raw),)) + raw


def wrap(content: bytes) -> bytes:
    return b"\x30" + length(len(content)) + content


def keyed(**changes: Any) -> Subject:
    """An account in certificate mode, held against NOW; changes as in ``with_security``."""
    base = {"r2": 2, "r3": CLIENT, "r4": SERVER_CERT, "r5": private(ec_key(1))}
    return replace(with_security(**(base | changes)), now=NOW)


def raw_keyed(**changes: Any) -> Subject:
    base = {"r2": 1, "r3": public(ec_key(1)), "r4": public(ec_key(2)), "r5": private(ec_key(1))}
    return replace(with_security(**(base | changes)), now=NOW)


def transport(data: bytes, secret: bytes) -> Subject:
    """A DM 2.0 account with these keys for its transport."""
    texts = {"Data": data, "Secret": secret}
    encoded = {name: base64.b64encode(value).decode() for name, value in texts.items()}
    return replace(array(Auth={"Trsp": encoded}), now=NOW)


@cache
def weak_rsa() -> bytes:
    return public(rsa.generate_private_key(65537, 1024))


@cache
def good_rsa() -> bytes:
    return public(rsa.generate_private_key(65537, 2048))


BASIC = auth(AAuthType="BASIC")
HTTP = {"AppAddr": {"1": {"Addr": "http://dm.pier.fleet/dm"}}}
TWO_SERVERS = [SERVER, SERVER | {0: 301}]


def two(key: bytes) -> Subject:
    other = SECURITY | {0: "coaps://two.pier.fleet", 10: 301, 5: key}
    return objects([SECURITY, other], TWO_SERVERS)


CASES: list[tuple[str, Subject, Subject]] = [
    ("SEC-READ-OPEN", readable(objects(), ALWAYS), readable(objects(), PIN)),
    ("SEC-READ-OPEN", readable(keyed(), ALWAYS),
     readable(with_security(r0="coap://h.fleet", r2=3, r3=b"", r5=b""), ALWAYS)),
    ("SEC-URI-PASSWORD", array(SrvURI="https://crane:pw-4471@pier.fleet/"),
     array(SrvURI="https://crane@pier.fleet/")),
    ("SEC-BASIC-CLEAR", message([account(**BASIC, **HTTP)]), message([account(**BASIC)])),
    ("SEC-PLAIN-HTTP", message([account(**HTTP)]), message([account()])),
    ("SEC-PLAIN-HTTP", array(SrvURI="http://pier.fleet/dm"), array()),
    ("SEC-NOSEC", with_security(r0="coap://pier.fleet", r2=3, r3=b"", r5=b""),
     objects([SECURITY | {0: "coap://pier.fleet", 2: 3, 3: b"", 5: b"", 17: b"\0\x15\0\0"}],
             o21=[{0: OTHER_PSK, 1: b"\1", 2: b"\2"}])),
    ("SEC-MD5", provisioning(), array()),
    ("SEC-NONCE-MISSING", message([account(**auth(AAuthData=None))]),
     message([account(**auth(AAuthType="BASIC", AAuthData=None))])),
    ("SEC-SECRET-EMPTY", message([account(**auth(AAuthSecret=""))]),
     message([account(**auth(AAuthSecret=None))])),
    ("SEC-KEY-EXAMPLE", with_security(r5=bytes(range(16))),
     with_security(r5=bytes(range(15)) + b"\x7f")),
    ("SEC-KEY-EXAMPLE", message([account(**auth(AAuthSecret="Password"))]),
     message([account(**auth(AAuthSecret="Password-q7X2h9VbzKr0"))])),
    ("SEC-KEY-HEX-TEXT", with_security(r5=PSK.hex().encode()),
     message([account(**auth(AAuthSecret=PSK.hex()))])),
    ("SEC-KEY-WEAK", with_security(r5=b"\xa5" * 16), with_security(r5=b"\xa5" * 8 + PSK[:8])),
    ("SEC-KEY-TEXT", with_security(r5=b"Ahoy from Pier 7!"), with_security()),
    ("SEC-KEY-SHORT", message([account(**auth(AAuthSecret="q7X2h9Vb"))]),
     message([account(**auth(AAuthSecret="q7X2h9VbzKr0cTdY"))])),
    ("SEC-KEY-SHORT", array(Auth={"Trsp": ACCOUNT2["Auth"]["Trsp"] | {"Secret": "yRN/BO5SkKs="}}),
     array()),
    ("SEC-SECRET-IS-NAME", message([account(**auth(AAuthName="kV3-xh8Q_pw2Zr7TnB"))]),
     message([account(**auth(AAuthName="kV3-xh8Q_pw2Zr7Tn"))])),
    ("SEC-SECRET-BOTH-WAYS", message([account(**auth(AAuthSecret="m9Lw-Ty4_Dq6sHcEf1"))]),
     message([account()])),
    ("SEC-SECRET-SHARED", two(PSK), two(OTHER_PSK)),
    ("SEC-SECRET-SHARED", together(message([account()]), message([account(ServerID="quay")])),
     together(message([account()]), provisioning())),
    ("SEC-SERVER-KEY-MISSING", keyed(r4=b""), with_security(r4=b"")),
    ("SEC-KEY-PEM", keyed(r3=certificate(ec_key(1), encoding=PEM)), keyed()),
    ("SEC-KEY-PEM", raw_keyed(r5=private(ec_key(1), PEM)), raw_keyed()),
    ("SEC-CERT-MALFORMED", keyed(r4=SERVER_CERT[:-1]), keyed(r4=bytes(32), r13=1)),
    ("SEC-CERT-MALFORMED", raw_keyed(r3=public(ec_key(1))[1:]), raw_keyed()),
    ("SEC-CERT-MALFORMED", keyed(r5=PSK), keyed(r5=ec_key(1).private_bytes(
        DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()))),
    ("SEC-KEY-MISMATCH", keyed(r5=private(ec_key(3))), keyed()),
    ("SEC-KEY-MISMATCH", raw_keyed(r5=private(ec_key(3))), raw_keyed()),
    ("SEC-KEY-MISMATCH", transport(CLIENT, private(ec_key(3))),
     transport(CLIENT, private(ec_key(1)))),
    ("SEC-KEY-SAME", raw_keyed(r4=public(ec_key(1))), raw_keyed()),
    ("SEC-CERT-EXPIRED", keyed(r3=certificate(ec_key(1), ends=NOW - timedelta(seconds=1))),
     keyed(r3=certificate(ec_key(1), ends=NOW + timedelta(seconds=1)))),
    ("SEC-CERT-NOT-YET", keyed(r3=certificate(ec_key(1), begins=NOW + timedelta(seconds=1))),
     keyed(r3=certificate(ec_key(1), begins=NOW))),
    ("SEC-CERT-EXPIRES", keyed(r3=certificate(ec_key(1), ends=NOW + timedelta(days=89))),
     keyed(r3=certificate(ec_key(1), ends=NOW + timedelta(days=91)))),
    ("SEC-CERT-SIGNATURE", keyed(r3=sha1_certificate()), keyed()),
    ("SEC-CERT-KEY-WEAK", raw_keyed(r4=weak_rsa()), raw_keyed(r4=good_rsa())),
    ("SEC-CERT-KEY-WEAK",
     raw_keyed(r4=public(ec.derive_private_key(0x1234567, ec.SECP192R1()))),
     raw_keyed(r4=public(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))))),
    ("SEC-CERT-NAME", keyed(r4=certificate(ec_key(2), hosts=("quay.fleet",))),
     keyed(r4=certificate(ec_key(2), hosts=("quay.fleet", "*.PIER.fleet")))),
    ("SEC-CERT-NAME", keyed(r14="quay.fleet"),
     keyed(r0="coaps://10.0.0.1", r14="lwm2m.pier.fleet")),
    ("SEC-CERT-NAME", keyed(r4=certificate(ec_key(2), name="quay.fleet")),
     keyed(r4=certificate(ec_key(2), name="Pier Root CA"))),
    ("SEC-CERT-NAME", keyed(r4=certificate(ec_key(2), hosts=("lwm2m.quay.pier.fleet",))),
     keyed(r4=certificate(ec_key(2), name="quay.fleet", ca=True))),
    ("SEC-CERT-NAME", keyed(r4=certificate(ec_key(2), name="quay.fleet"), r15=3),
     keyed(r4=certificate(ec_key(2), name="quay.fleet"), r15=2)),
    ("SEC-CERT-SELF-SIGNED", keyed(r3=certificate(ec_key(1), issuer="crane-7")), keyed()),
]  # fmt: skip  # a table reads better than four hundred lines of brackets


@pytest.mark.parametrize(
    ("code", "faulty", "sound"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)]
)
def test_rule(code: str, faulty: Subject, sound: Subject) -> None:
    assert_tells(code, faulty, sound)


def test_every_rule_has_a_case() -> None:
    assert {rule.code for rule in RULES} == {code for code, _, _ in CASES}


@pytest.mark.parametrize("subject", [keyed(), raw_keyed()], ids=["certificate", "rpk"])
def test_sound_keys_give_nothing(subject: Subject) -> None:
    assert codes(subject) == []


def test_a_private_key_that_all_can_read_is_more_than_a_word() -> None:
    (hit,) = found(readable(keyed(), ALWAYS), "SEC-READ-OPEN")
    assert hit.severity is Severity.WARNING
    (hit,) = found(readable(objects(), ALWAYS), "SEC-READ-OPEN")
    assert hit.severity is Severity.INFO


def test_dm2_over_http_is_more_than_a_word() -> None:
    (hit,) = found(array(SrvURI="http://pier.fleet/dm"), "SEC-PLAIN-HTTP")
    assert hit.severity is Severity.WARNING


def test_without_a_time_certificates_are_held_against_today() -> None:
    old = certificate(ec_key(1), begins=datetime(1999, 1, 1), ends=datetime(2001, 1, 1))
    assert "SEC-CERT-EXPIRED" in codes(replace(keyed(r3=old), now=None))


@pytest.mark.parametrize(
    ("value", "raw", "code"),
    [
        (b"", True, None),
        (b"\x01\x02\x03", True, None),
        (bytes(range(40, 56)), True, "SEC-KEY-WEAK"),
        (bytes(range(56, 40, -1)), True, "SEC-KEY-WEAK"),
        (b"\xde\xad\xbe\xee" * 4, True, "SEC-KEY-WEAK"),
        (b"\x11\x22" * 7 + b"\x11", True, "SEC-KEY-WEAK"),
        (b"\x00\x00\x01\x00\x00\x02\x01\x00\x00\x00\x02\x01\x00\x01\x00\x00", True, "SEC-KEY-WEAK"),
        (b"aaaaaaaa", False, "SEC-KEY-WEAK"),
        (b"31415926535897932384626433832795", True, "SEC-KEY-TEXT"),
        (b"3141592653589793238462643383279a", True, "SEC-KEY-HEX-TEXT"),
        (b"3141592653589793238462643383279a", False, None),
        (b"secretPSK", True, "SEC-KEY-EXAMPLE"),
        (b"ExamplMasterSec", True, "SEC-KEY-EXAMPLE"),
        (b"kV3-xh8Q_pw2Zr7T", False, None),
        (b"kV3-xh8Q_pw2Zr7T", True, "SEC-KEY-TEXT"),
        (PSK, True, None),
    ],
    ids=range(16),
)
def test_weakness(value: bytes, raw: bool, code: str | None) -> None:
    hit = weakness(value, raw=raw)
    assert (hit and hit.code) == code


def test_the_same_account_for_two_generations_may_share_its_secret() -> None:
    assert "SEC-SECRET-SHARED" not in codes(together(message([account()]), message([account()])))


def test_a_huge_key_is_not_parsed() -> None:
    assert "SEC-CERT-MALFORMED" in codes(keyed(r4=SERVER_CERT + bytes(20_000)))
