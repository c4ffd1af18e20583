"""Checks on keys, passwords and how they travel.

No message holds a secret or anything made from one; only its length in bytes is told. Credentials
of access points are left out: operators publish those, they protect nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from itertools import pairwise

from smartboot.checks.accounts import account_name, account_place, parse_uri
from smartboot.checks.catalogue import rule_of
from smartboot.checks.engine import Check
from smartboot.checks.subject import Document, Subject
from smartboot.frozen import dataclass
from smartboot.model import Account, Credential, Finding, Severity

__all__ = ["CHECKS", "Weakness", "weakness"]

MAX_SECRETS = 400
"""Secrets looked at in one subject."""

MAX_BYTES = 4096
"""Only so much of a secret is looked at; a longer one is a file somebody put there."""

RECOMMENDED_BYTES = 16
"""128 bits: what OMA DM recommends for passwords and LwM2M for keys."""

SHORT_BYTES = 8

_RAW_TYPES = frozenset({"psk", "oscore"})
"""Types whose secret is a key in bytes. Others are passwords or private keys."""

_PASSWORD_TYPES = frozenset(
    {"basic", "digest", "hmac", "http-basic", "http-digest", "http-basic,http-digest"}
    | {"transport", "unspecified"}
)
_MD5_TYPES = frozenset({"digest", "hmac", "http-digest"})
_CLEAR_TYPES = frozenset({"basic", "http-basic"})
_LEVELS = frozenset({"client", "server", "http", "obex", "transport", "notification", "bootstrap"})

_KNOWN_WORDS = frozenset(
    {"password", "passw0rd", "password1", "pass", "secret", "secret123", "test", "test123"}
    | {"testtest", "admin", "root", "user", "guest", "default", "changeme", "qwerty", "letmein"}
    | {"secretpsk", "secretkey", "mysecret", "mysecretkey", "mypsk", "psk", "key", "dm", "w7"}
    | {"0000", "1111", "1234", "12345", "123456", "1234567", "12345678", "123456789"}
    | {"1234567890", "0123456789", "1234567890123456", "0123456789abcdef", "abcdefgh", "abcd1234"}
    | {"welcome", "iloveyou", "lwm2m", "leshan", "wakaama", "anjay", "zephyr", "openssl"}
)
_KNOWN_PARTS = ("examp", "changeme", "dummy", "sample", "placeholder")
"""Words that say themselves that a secret is none, ``examp`` also where a key was cut to length."""

_KNOWN_KEYS = frozenset(
    {
        # Counters, as in samples of many LwM2M clients.
        bytes(range(16)),
        bytes(range(32)),
        # RFC 8613, C.1.1: the master secret of the OSCORE test vectors.
        bytes(range(1, 17)),
        bytes(range(1, 33)),
        bytes.fromhex("00112233445566778899aabbccddeeff"),
        bytes.fromhex("0123456789abcdef0123456789abcdef"),
        bytes.fromhex("0123456789abcdeffedcba9876543210"),
        bytes.fromhex("deadbeefdeadbeefdeadbeefdeadbeef"),
        # FIPS 197 and RFC 4493: the AES key of the test vectors.
        bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"),
        # smartboot's own example profiles, which everybody has.
        bytes.fromhex("a07c3391e24d5b68f6120d9a5e8744c1"),
        bytes.fromhex("5d1099b2c7e04416a1b2c3d4e5f60718"),
    }
)


@dataclass(frozen=True, slots=True)
class Weakness:
    """What is wrong with a secret: the rule and words that do not give it away."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """One secret with its place."""

    document: Document
    account: Account
    credential: Credential
    value: bytes = field(repr=False)

    @property
    def title(self) -> str:
        level = self.credential.level
        shown = f"{level} " if level in _LEVELS else ""
        return f"the {shown}secret of {account_name(self.account)}"

    @property
    def where(self) -> str:
        return account_place(self.document, self.account)


def _entries(subject: Subject) -> list[_Entry]:
    found: list[_Entry] = []
    for document, account in subject.accounts:
        for credential in account.credentials:
            if credential.secret is not None and len(found) < MAX_SECRETS:
                value = credential.secret.reveal_bytes()[:MAX_BYTES]
                found.append(_Entry(document, account, credential, value))
    return found


# -- the secret itself -----------------------------------------------------------------------------


def weakness(value: bytes, *, raw: bool) -> Weakness | None:
    """The worst that can be said of a secret's content, None when nothing can.

    ``raw`` says that it is a key in bytes (a PSK) and not a password. Length is not looked at.
    """
    if not value:
        return None
    if _is_known(value):
        return Weakness("SEC-KEY-EXAMPLE", "is one that is published or says it is an example")
    if raw and _is_hex_text(value):
        return Weakness(
            "SEC-KEY-HEX-TEXT",
            f"is {len(value)} hexadecimal digits as text; {len(value) // 2} bytes may be meant",
        )
    pattern = _pattern(value)
    if pattern:
        return Weakness("SEC-KEY-WEAK", pattern)
    if raw and len(value) >= 4 and all(0x20 <= byte < 0x7F for byte in value):
        kind = "digits only" if value.isdigit() else "printable text only"
        return Weakness("SEC-KEY-TEXT", f"is {kind}")
    return None


def _is_known(value: bytes) -> bool:
    if value in _KNOWN_KEYS:
        return True
    try:
        text = value.decode("ascii").lower()
    except UnicodeDecodeError:
        return False
    return text in _KNOWN_WORDS or any(part in text for part in _KNOWN_PARTS)


def _is_hex_text(value: bytes) -> bool:
    """32 digits and more of which at least one is a letter: a key of 16 bytes and more."""
    digits = b"0123456789abcdefABCDEF"
    plain = len(value) >= 32 and len(value) % 2 == 0 and not value.strip(digits)
    return plain and not value.isdigit()


def _pattern(value: bytes) -> str:
    """A pattern in words, empty when there is none. Below four bytes everything is a pattern."""
    size = len(value)
    if size < 4:
        return ""
    if len(set(value)) == 1:
        return "is the same byte throughout"
    steps = {(second - first) % 256 for first, second in pairwise(value)}
    if len(steps) == 1:
        return "counts up or down byte by byte"
    for period in range(2, min(size // 2, 8) + 1):
        if value == (value[:period] * (size // period + 1))[:size]:
            return f"repeats itself every {period} bytes"
    if size >= 16 and len(set(value)) <= 4:
        return "has four different bytes or fewer"
    return ""


def _content(subject: Subject) -> Iterable[Finding]:
    """Empty, known, patterned and short secrets."""
    for entry in _entries(subject):
        kind = entry.credential.type
        raw = kind in _RAW_TYPES or entry.credential.level == "notification"
        if not raw and kind not in _PASSWORD_TYPES:
            # Private keys are looked at as such.
            continue
        if not entry.value:
            # An empty PSK has a finding of the codec's.
            if entry.account.protocol != "lwm2m":
                yield rule_of("SEC-SECRET-EMPTY").finding(f"{entry.title} is empty", entry.where)
            continue
        found = weakness(entry.value, raw=raw)
        if found is not None:
            yield rule_of(found.code).finding(f"{entry.title} {found.message}", entry.where)
        yield from _short(entry, raw)


def _short(entry: _Entry, raw: bool) -> Iterator[Finding]:
    size = len(entry.value)
    if size >= RECOMMENDED_BYTES or (
        entry.account.protocol == "lwm2m" and entry.credential.type == "psk"
    ):
        # The LwM2M codec has a code of its own for short pre-shared keys.
        return
    severity = Severity.WARNING if raw or size < SHORT_BYTES else Severity.INFO
    yield rule_of("SEC-KEY-SHORT").finding(
        f"{entry.title} has {size} bytes; {RECOMMENDED_BYTES} are recommended",
        entry.where,
        severity=severity,
    )


def _same(subject: Subject) -> Iterable[Finding]:
    """Secrets that stand in more than one place."""
    seen: dict[bytes, list[_Entry]] = {}
    told: set[tuple[str, str, str]] = set()
    for entry in _entries(subject):
        if not entry.value:
            continue
        identity = entry.credential.identity
        if identity and identity.encode("utf-8", "replace") == entry.value:
            yield rule_of("SEC-SECRET-IS-NAME").finding(
                f"{entry.title} is the name that stands beside it", entry.where
            )
        for other in seen.get(entry.value, ())[:20]:
            code, message = _shared(entry, other)
            key = (code, entry.where, other.where)
            if code and key not in told:
                told.add(key)
                yield rule_of(code).finding(message, entry.where)
                break
        seen.setdefault(entry.value, []).append(entry)


def _shared(entry: _Entry, other: _Entry) -> tuple[str, str]:
    """The code and words for two equal secrets; empty when they may be equal."""
    one, two = entry.account, other.account
    if one is two:
        levels = {entry.credential.level, other.credential.level}
        if levels == {"client", "server"}:
            return (
                "SEC-SECRET-BOTH-WAYS",
                f"client and server of {account_name(one)} share one secret",
            )
        return "", ""
    same_server = (one.protocol, one.role, one.server_id) == (two.protocol, two.role, two.server_id)
    if same_server and one.server_id:
        # The same account for devices of two generations.
        return "", ""
    place = other.where or "the document"
    return (
        "SEC-SECRET-SHARED",
        f"{entry.title} is also that of {account_name(two)} ({place})",
    )


# -- how it travels, who may read it ---------------------------------------------------------------


def _transport(subject: Subject) -> Iterable[Finding]:
    """What goes over a connection without TLS, and MD5 without a nonce."""
    for document, account in subject.accounts[:MAX_SECRETS]:
        where = account_place(document, account)
        name = account_name(account)
        schemes = set()
        for address in account.addresses[:20]:
            uri = parse_uri(address.uri)
            schemes.add(uri.scheme)
            if uri.password:
                yield rule_of("SEC-URI-PASSWORD").finding(
                    f"the address of {name} holds a user name with a password", where
                )
        if account.protocol == "lwm2m":
            yield from _no_security(account, name, where)
            continue
        if "http" in schemes:
            yield from _plain_http(account, name, where)
        yield from _digests(account, name, where)


def _no_security(account: Account, name: str, where: str) -> Iterator[Finding]:
    kinds = {credential.type for credential in account.credentials if credential.level == "client"}
    if "none" in kinds and "oscore" not in kinds:
        yield rule_of("SEC-NOSEC").finding(f"{name} has security mode NoSec and no OSCORE", where)


def _plain_http(account: Account, name: str, where: str) -> Iterator[Finding]:
    clear = [
        credential
        for credential in account.credentials
        if credential.type in _CLEAR_TYPES
        and credential.level in ("client", "http")
        and credential.secret is not None
    ]
    if clear:
        yield rule_of("SEC-BASIC-CLEAR").finding(
            f"{name} sends its password with {clear[0].type.upper()} over http:", where
        )
        return
    # DM 2.0 has no protection of its own beside TLS.
    severity = Severity.WARNING if account.carrier == "dm-2" else Severity.INFO
    yield rule_of("SEC-PLAIN-HTTP").finding(
        f"{name} is reached over http:", where, severity=severity
    )


def _digests(account: Account, name: str, where: str) -> Iterator[Finding]:
    kinds = sorted({c.type for c in account.credentials if c.type in _MD5_TYPES})
    if kinds:
        shown = " and ".join(kind.upper() for kind in kinds)
        yield rule_of("SEC-MD5").finding(f"{name} uses {shown}", where)
    without = sorted(
        {
            credential.level
            for credential in account.credentials
            if credential.type in ("digest", "hmac")
            and credential.level in ("client", "server")
            and (credential.nonce is None or not credential.nonce.reveal_bytes())
        }
    )
    if without:
        yield rule_of("SEC-NONCE-MISSING").finding(
            f"the {' and '.join(without)} credentials of {name} have no nonce", where
        )


def _readable(subject: Subject) -> Iterable[Finding]:
    """Files with secrets in them that are read without any key."""
    for document in subject.documents:
        file = document.file
        if file is None or not file.rule.condition("read").always:
            continue
        secrets = [
            credential
            for account in document.accounts
            for credential in (
                *account.credentials,
                *(one for way in account.connections[:64] for one in way.credentials),
            )
            if credential.secret is not None and credential.secret.reveal_bytes()
        ]
        if not secrets:
            continue
        # The standards leave it to the issuer, so it is only a word; but a private key that
        # anyone can copy is none.
        private = any(one.type in ("rpk", "certificate", "x509") for one in secrets)
        count = len(secrets)
        what = f"{count} secret{'s' if count > 1 else ''}"
        yield rule_of("SEC-READ-OPEN").finding(
            f"the file holds {what}{', a private key among them,' if private else ''} "
            "and is read without a PIN",
            document.at(),
            severity=Severity.WARNING if private else Severity.INFO,
        )


CHECKS: tuple[Check, ...] = (_readable, _transport, _content, _same)
