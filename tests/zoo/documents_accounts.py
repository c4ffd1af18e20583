"""DM accounts with one fault in an address, a credential or a secret, as Client Provisioning."""

from __future__ import annotations

from tests.zoo.base import word
from tests.zoo.documents_cp import BOTH, DIGEST, SERVER, appaddr, appauth, characteristic, port, w7
from tests.zoo.recipe import Recipe

__all__ = ["RECIPES"]

RECIPES: tuple[Recipe, ...] = (
    # -- addresses and credentials of any DM account
    w7(
        "address-with-blank",
        "ACC-URI-MALFORMED",
        "account 1",
        appaddr("https://dm fleet.internal/dm"),
        BOTH,
    ),
    w7(
        "address-without-scheme",
        "ACC-URI-NO-SCHEME",
        "account 1",
        appaddr("dm.fleet.internal:443"),
        BOTH,
    ),
    w7("address-ftp", "ACC-URI-SCHEME", "ftp:", appaddr("ftp://dm.fleet.internal/"), BOTH),
    w7(
        "address-example",
        "ACC-PLACEHOLDER",
        "account 1",
        appaddr("https://dm.fleet.example/dm"),
        BOTH,
    ),
    w7("address-localhost", "ACC-LOOPBACK", "localhost", appaddr("https://localhost/dm"), BOTH),
    w7(
        "address-no-ipv4",
        "ACC-ADDRESS-FORM",
        "ipv4",
        appaddr("10.20.30.400", ADDRTYPE="IPV4"),
        BOTH,
    ),
    w7(
        "two-ports",
        "ACC-PORT-CONFLICT",
        "8443",
        appaddr("https://dm.fleet.internal:8443/dm", port("443")),
        BOTH,
    ),
    w7("no-credentials", "ACC-NO-CREDENTIALS", "dm.fleet.internal", appaddr()),
    w7(
        "credentials-without-name",
        "ACC-CREDENTIAL-INCOMPLETE",
        "name",
        appaddr(),
        characteristic(
            "APPAUTH", AAUTHLEVEL="APPSRV", AAUTHTYPE="BASIC", AAUTHSECRET=word("nameless")
        ),
        SERVER,
    ),
    w7(
        "no-server-credentials",
        "ACC-NO-SERVER-CREDENTIALS",
        "server",
        appaddr("http://dm.fleet.internal/dm"),
        DIGEST,
    ),
    w7(
        "credentials-twice",
        "ACC-AUTH-TWICE",
        "2 sets",
        appaddr(),
        BOTH,
        appauth("APPSRV", AAUTHSECRET=word("a second one")),
    ),
    # -- secrets
    w7(
        "password-in-url",
        "SEC-URI-PASSWORD",
        "dm.fleet.internal",
        appaddr("https://meter:" + word("in the url") + "@dm.fleet.internal/dm"),
        BOTH,
    ),
    w7("basic-over-http", "SEC-BASIC-CLEAR", "BASIC", appaddr("http://dm.fleet.internal/dm"), BOTH),
    w7(
        "digest-over-http",
        "SEC-PLAIN-HTTP",
        "http:",
        appaddr("http://dm.fleet.internal/dm"),
        DIGEST,
        SERVER,
    ),
    w7("digest", "SEC-MD5", "DIGEST", appaddr(), DIGEST, SERVER),
    w7(
        "digest-without-nonce",
        "SEC-NONCE-MISSING",
        "client",
        appaddr(),
        appauth("APPSRV", AAUTHTYPE="DIGEST"),
        SERVER,
    ),
    w7(
        "password-empty",
        "SEC-SECRET-EMPTY",
        "client",
        appaddr(),
        appauth("APPSRV", AAUTHSECRET=""),
        SERVER,
    ),
    w7(
        "password-changeme",
        "SEC-KEY-EXAMPLE",
        "client",
        appaddr(),
        appauth("APPSRV", AAUTHSECRET="changeme-changeme"),
        SERVER,
    ),
    w7(
        "password-one-letter",
        "SEC-KEY-WEAK",
        "same byte",
        appaddr(),
        appauth("APPSRV", AAUTHSECRET="a" * 20),
        SERVER,
    ),
    w7(
        "password-six-letters",
        "SEC-KEY-SHORT",
        "6 bytes",
        appaddr(),
        appauth("APPSRV", AAUTHSECRET=word("short")[:6]),
        SERVER,
    ),
    w7(
        "password-is-name",
        "SEC-SECRET-IS-NAME",
        "client",
        appaddr(),
        appauth(
            "APPSRV", AAUTHNAME="meter-0417-of-the-fleet", AAUTHSECRET="meter-0417-of-the-fleet"
        ),
        SERVER,
    ),
    w7(
        "one-password-both-ways",
        "SEC-SECRET-BOTH-WAYS",
        "dm.fleet.internal",
        appaddr(),
        appauth("APPSRV", AAUTHSECRET=word("both")),
        appauth("CLIENT", AAUTHSECRET=word("both")),
    ),
)
