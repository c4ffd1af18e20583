"""Client Provisioning documents with one fault each, as XML, and some as broken WBXML."""

from __future__ import annotations

from base64 import b64encode

from smartboot.formats.client_provisioning import CP
from tests.zoo.base import made_up, word
from tests.zoo.recipe import Recipe, binary, text

__all__ = ["RECIPES", "client_provisioning", "provisioning_xml"]


def _parm(name: str, value: str | None) -> str:
    shown = "" if value is None else f' value="{value}"'
    return f'<parm name="{name}"{shown}/>'


def _characteristic(kind: str, *parts: str, **parms: str | None) -> str:
    inside = "".join(_parm(name.replace("_", "-"), value) for name, value in parms.items())
    return f'<characteristic type="{kind}">{inside}{"".join(parts)}</characteristic>\n'


def _nap(napid: str = "fleet", *parts: str, **parms: str | None) -> str:
    values: dict[str, str | None] = {
        "NAPID": napid,
        "NAME": "Fleet",
        "BEARER": "GSM-GPRS",
        "NAP_ADDRESS": "iot.fleet.internal",
        "NAP_ADDRTYPE": "APN",
    }
    return _characteristic("NAPDEF", *parts, **{**values, **parms})


def _auth(level: str, **parms: str | None) -> str:
    values: dict[str, str | None] = {
        "AAUTHLEVEL": level,
        "AAUTHTYPE": "BASIC",
        "AAUTHNAME": "meter-0417",
        "AAUTHSECRET": word(f"password of {level}"),
    }
    return _characteristic("APPAUTH", **{**values, **parms})


def _addr(url: str = "https://dm.fleet.internal/dm", *parts: str, **parms: str | None) -> str:
    return _characteristic("APPADDR", *parts, **{"ADDR": url, **parms})


def _port(number: str) -> str:
    return _characteristic("PORT", PORTNBR=number)


_BOTH = _auth("APPSRV") + _auth("CLIENT")


def _app(*parts: str, **parms: str | None) -> str:
    values: dict[str, str | None] = {
        "APPID": "w7",
        "PROVIDER_ID": "dm.fleet.internal",
        "NAME": "Fleet DM",
        "TO_NAPID": "fleet",
    }
    values.update(parms)
    kept = {name: value for name, value in values.items() if value != "-"}
    return _characteristic("APPLICATION", *(parts or (_addr(), _BOTH)), **kept)


def _document(*parts: str, version: str = "1.1") -> str:
    body = "".join(parts)
    return f'<wap-provisioningdoc version="{version}">\n{body}</wap-provisioningdoc>\n'


def provisioning_xml() -> str:
    """The sound document."""
    return _document(_nap(), _app())


def client_provisioning(xml: str | None = None) -> bytes:
    """A document's WBXML, the sound one's by default."""
    return CP.encode(CP.from_xml(xml or provisioning_xml()))


def _w7(name: str, code: str, place: str, *parts: str, **parms: str | None) -> Recipe:
    return text(name, _document(_nap(), _app(*parts, **parms)), code, place)


def _nonce(name: str) -> str:
    return b64encode(made_up(name)).decode()


_WIRE = client_provisioning()
_DIGEST = _auth("APPSRV", AAUTHTYPE="DIGEST", AAUTHDATA=_nonce("client"))
_SERVER = _auth("CLIENT", AAUTHNAME="dm.fleet.internal")

RECIPES: tuple[Recipe, ...] = (
    text("cp-sound", provisioning_xml()),
    binary("cp-sound-wbxml", _WIRE),
    # -- the codec's findings
    text("cp-version", _document(_nap(), _app(), version="2.0"), "CP-VERSION", "document"),
    _w7("w7-without-addr", "CP-W7-ADDRESS", "APPLICATION 1", _BOTH),
    _w7("w7-without-provider-id", "CP-W7-PROVIDER-ID", "APPLICATION 1", PROVIDER_ID="-"),
    _w7(
        "w7-addr-and-appaddr",
        "CP-W7-ADDRESS-TWICE",
        "APPLICATION 1",
        ADDR="https://dm2.fleet.internal/",
    ),
    _w7("w7-init", "CP-W7-INIT", "APPLICATION 1", INIT=None),
    _w7("w7-level-unknown", "CP-W7-LEVEL", "APPLICATION 1", _addr(), _BOTH, _auth("SERVER")),
    _w7(
        "w7-http-with-digest",
        "CP-W7-AUTHTYPE",
        "APPLICATION 1",
        _addr(),
        _BOTH,
        _auth("OBEX", AAUTHTYPE="HMAC"),
    ),
    _w7(
        "w7-nonce-not-base64",
        "CP-W7-NONCE",
        "APPLICATION 1",
        _addr(),
        _auth("APPSRV", AAUTHTYPE="DIGEST", AAUTHDATA="no base64!"),
        _SERVER,
    ),
    _w7("to-napid-dangling", "CP-DANGLING", "'flet'", TO_NAPID="flet"),
    _w7(
        "port-not-a-number",
        "CP-PORTNBR",
        "PORT 1",
        _addr("https://dm.fleet.internal/dm", _port("80a")),
        _BOTH,
    ),
    _w7(
        "addrtype-unknown",
        "CP-VALUE",
        "APPADDR 1",
        _addr("https://dm.fleet.internal/dm", ADDRTYPE="URL"),
        _BOTH,
    ),
    _w7(
        "parm-twice",
        "CP-DUP-PARM",
        "PROVIDER-ID",
        _parm("PROVIDER-ID", "dm2.fleet.internal"),
        _addr(),
        _BOTH,
    ),
    _w7(
        "parm-unknown",
        "CP-UNKNOWN-PARM",
        "APPAUTH 1",
        _addr(),
        _auth("APPSRV", AAUTHNONCE="x"),
        _SERVER,
    ),
    text(
        "napdef-without-napid", _document(_nap(""), _app(TO_NAPID="-")), "CP-MISSING-PARM", "NAPID"
    ),
    text(
        "napdef-twice",
        _document(_nap(), _nap(NAP_ADDRESS="b.fleet.internal"), _app()),
        "CP-DUP-KEY",
        "NAPDEF 2",
    ),
    text(
        "two-w7-one-provider",
        _document(_nap(), _app(), _app(_addr("https://b.fleet.internal"), _BOTH)),
        "CP-DUP-KEY",
        "APPLICATION 2",
    ),
    text("appauth-on-top", _document(_nap(), _app(), _auth("APPSRV")), "CP-MISPLACED", "APPAUTH 1"),
    text(
        "characteristic-unknown",
        _document(_nap(), _app(), _characteristic("WIZARD")),
        "CP-UNKNOWN-CHARACTERISTIC",
        "WIZARD 1",
    ),
    text(
        "parm-on-top",
        _document(_nap(), _app(), _parm("NAME", "x")),
        "CP-FOREIGN",
        "wap-provisioningdoc",
    ),
    text(
        "proxy-without-physical",
        _document(
            _nap(),
            _characteristic("PXLOGICAL", PROXY_ID="gate", NAME="Gate"),
            _app(TO_PROXY="gate"),
        ),
        "CP-MISSING-CHARACTERISTIC",
        "PXPHYSICAL",
    ),
    text(
        "two-bootstraps-with-provurl",
        _document(
            _nap(),
            _app(),
            _characteristic("BOOTSTRAP", PROVURL="http://a.fleet.internal"),
            _characteristic("BOOTSTRAP", PROVURL="http://b.fleet.internal"),
        ),
        "CP-BOOTSTRAP-DUP",
        "PROVURL",
    ),
    text(
        "access-without-target",
        _document(_nap(), _app(), _characteristic("ACCESS", RULE="all")),
        "CP-ACCESS",
        "ACCESS 1",
    ),
    # -- what only the check looks at
    text("no-w7", _document(_nap()), "CP-NO-ACCOUNT", "w7"),
    text(
        "apn-as-phone-number",
        _document(_nap(NAP_ADDRTYPE="E164"), _app()),
        "CP-NAP-ADDRTYPE",
        "'fleet'",
    ),
    text(
        "proxy-addr-no-ipv4",
        _document(
            _nap(),
            _characteristic(
                "PXLOGICAL",
                _characteristic(
                    "PXPHYSICAL",
                    PHYSICAL_PROXY_ID="p",
                    PXADDR="gate.fleet.internal",
                    PXADDRTYPE="IPV4",
                    TO_NAPID="fleet",
                ),
                PROXY_ID="gate",
                NAME="Gate",
            ),
            _app(TO_NAPID="-", TO_PROXY="gate"),
        ),
        "CP-ADDRESS-FORM",
        "'gate'",
    ),
    text(
        "bootstrap-proxy-dangling",
        _document(_nap(), _app(), _characteristic("BOOTSTRAP", PROXY_ID="gate")),
        "CP-BOOTSTRAP-PROXY",
        "'gate'",
    ),
    text("napdef-unused", _document(_nap(), _nap("spare"), _app()), "CP-UNUSED", "'spare'"),
    text(
        "w7-without-connection",
        _document(_nap(), _nap("second"), _app(TO_NAPID="-")),
        "CP-W7-NO-CONNECTION",
        "'dm.fleet.internal'",
    ),
    _w7(
        "w7-two-addresses",
        "CP-W7-ADDRESS-SEVERAL",
        "'dm.fleet.internal'",
        _addr(),
        _addr("https://dm2.fleet.internal/dm"),
        _BOTH,
    ),
    _w7(
        "w7-type-unknown",
        "CP-W7-AUTHTYPE-UNKNOWN",
        "dm.fleet.internal",
        _addr(),
        _auth("APPSRV", AAUTHTYPE="HTTP-BASIC"),
        _SERVER,
    ),
    _w7(
        "port-zero",
        "CP-PORT-ZERO",
        "APPLICATION 1",
        _addr("https://dm.fleet.internal/dm", _port("0")),
        _BOTH,
    ),
    text(
        "validity-no-mcc",
        _document(_nap("fleet", _characteristic("VALIDITY", COUNTRY="DE", NETWORK="01")), _app()),
        "CP-VALIDITY",
        "'fleet'",
    ),
    # -- addresses and credentials of any DM account
    _w7(
        "address-with-blank",
        "ACC-URI-MALFORMED",
        "account 1",
        _addr("https://dm fleet.internal/dm"),
        _BOTH,
    ),
    _w7(
        "address-without-scheme",
        "ACC-URI-NO-SCHEME",
        "account 1",
        _addr("dm.fleet.internal:443"),
        _BOTH,
    ),
    _w7("address-ftp", "ACC-URI-SCHEME", "ftp:", _addr("ftp://dm.fleet.internal/"), _BOTH),
    _w7(
        "address-example",
        "ACC-PLACEHOLDER",
        "account 1",
        _addr("https://dm.fleet.example/dm"),
        _BOTH,
    ),
    _w7("address-localhost", "ACC-LOOPBACK", "localhost", _addr("https://localhost/dm"), _BOTH),
    _w7(
        "address-no-ipv4", "ACC-ADDRESS-FORM", "ipv4", _addr("10.20.30.400", ADDRTYPE="IPV4"), _BOTH
    ),
    _w7(
        "two-ports",
        "ACC-PORT-CONFLICT",
        "8443",
        _addr("https://dm.fleet.internal:8443/dm", _port("443")),
        _BOTH,
    ),
    _w7("no-credentials", "ACC-NO-CREDENTIALS", "dm.fleet.internal", _addr()),
    _w7(
        "credentials-without-name",
        "ACC-CREDENTIAL-INCOMPLETE",
        "name",
        _addr(),
        _characteristic(
            "APPAUTH", AAUTHLEVEL="APPSRV", AAUTHTYPE="BASIC", AAUTHSECRET=word("nameless")
        ),
        _SERVER,
    ),
    _w7(
        "no-server-credentials",
        "ACC-NO-SERVER-CREDENTIALS",
        "server",
        _addr("http://dm.fleet.internal/dm"),
        _DIGEST,
    ),
    _w7(
        "credentials-twice",
        "ACC-AUTH-TWICE",
        "2 sets",
        _addr(),
        _BOTH,
        _auth("APPSRV", AAUTHSECRET=word("a second one")),
    ),
    # -- secrets
    _w7(
        "password-in-url",
        "SEC-URI-PASSWORD",
        "dm.fleet.internal",
        _addr("https://meter:" + word("in the url") + "@dm.fleet.internal/dm"),
        _BOTH,
    ),
    _w7("basic-over-http", "SEC-BASIC-CLEAR", "BASIC", _addr("http://dm.fleet.internal/dm"), _BOTH),
    _w7(
        "digest-over-http",
        "SEC-PLAIN-HTTP",
        "http:",
        _addr("http://dm.fleet.internal/dm"),
        _DIGEST,
        _SERVER,
    ),
    _w7("digest", "SEC-MD5", "DIGEST", _addr(), _DIGEST, _SERVER),
    _w7(
        "digest-without-nonce",
        "SEC-NONCE-MISSING",
        "client",
        _addr(),
        _auth("APPSRV", AAUTHTYPE="DIGEST"),
        _SERVER,
    ),
    _w7(
        "password-empty",
        "SEC-SECRET-EMPTY",
        "client",
        _addr(),
        _auth("APPSRV", AAUTHSECRET=""),
        _SERVER,
    ),
    _w7(
        "password-changeme",
        "SEC-KEY-EXAMPLE",
        "client",
        _addr(),
        _auth("APPSRV", AAUTHSECRET="changeme-changeme"),
        _SERVER,
    ),
    _w7(
        "password-one-letter",
        "SEC-KEY-WEAK",
        "same byte",
        _addr(),
        _auth("APPSRV", AAUTHSECRET="a" * 20),
        _SERVER,
    ),
    _w7(
        "password-six-letters",
        "SEC-KEY-SHORT",
        "6 bytes",
        _addr(),
        _auth("APPSRV", AAUTHSECRET=word("short")[:6]),
        _SERVER,
    ),
    _w7(
        "password-is-name",
        "SEC-SECRET-IS-NAME",
        "client",
        _addr(),
        _auth("APPSRV", AAUTHNAME="meter-0417-of-the-fleet", AAUTHSECRET="meter-0417-of-the-fleet"),
        _SERVER,
    ),
    _w7(
        "one-password-both-ways",
        "SEC-SECRET-BOTH-WAYS",
        "dm.fleet.internal",
        _addr(),
        _auth("APPSRV", AAUTHSECRET=word("both")),
        _auth("CLIENT", AAUTHSECRET=word("both")),
    ),
    # -- WBXML
    binary("wbxml-charset-unknown", _WIRE[:2] + b"\x00" + _WIRE[3:], "WBXML-CHARSET", "offset 2"),
    binary(
        "wbxml-latin1",
        _WIRE.replace(b"Fleet DM\0", b"Fl\xf6te DM\0"),
        "WBXML-CHARSET-MISMATCH",
        "utf-8",
    ),
    binary("wbxml-tag-unknown", _WIRE[:-1] + b"\x3e\x01", "WBXML-UNKNOWN-TAG", "3E"),
    binary("wbxml-cut", _WIRE[:-20], "BOOT-MALFORMED"),
)
