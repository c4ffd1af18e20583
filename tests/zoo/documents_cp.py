"""Client Provisioning documents with one fault each, as XML, and some as broken WBXML."""

from __future__ import annotations

from base64 import b64encode

from smartboot.formats.client_provisioning import CP
from tests.zoo.base import made_up, word
from tests.zoo.recipe import Recipe, binary, text

__all__ = [
    "BOTH",
    "DIGEST",
    "RECIPES",
    "SERVER",
    "appaddr",
    "appauth",
    "characteristic",
    "client_provisioning",
    "port",
    "provisioning_xml",
    "w7",
]


def _parm(name: str, value: str | None) -> str:
    shown = "" if value is None else f' value="{value}"'
    return f'<parm name="{name}"{shown}/>'


def characteristic(kind: str, *parts: str, **parms: str | None) -> str:
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
    return characteristic("NAPDEF", *parts, **{**values, **parms})


def appauth(level: str, **parms: str | None) -> str:
    values: dict[str, str | None] = {
        "AAUTHLEVEL": level,
        "AAUTHTYPE": "BASIC",
        "AAUTHNAME": "meter-0417",
        "AAUTHSECRET": word(f"password of {level}"),
    }
    return characteristic("APPAUTH", **{**values, **parms})


def appaddr(url: str = "https://dm.fleet.internal/dm", *parts: str, **parms: str | None) -> str:
    return characteristic("APPADDR", *parts, **{"ADDR": url, **parms})


def port(number: str) -> str:
    return characteristic("PORT", PORTNBR=number)


BOTH = appauth("APPSRV") + appauth("CLIENT")


def _app(*parts: str, **parms: str | None) -> str:
    values: dict[str, str | None] = {
        "APPID": "w7",
        "PROVIDER_ID": "dm.fleet.internal",
        "NAME": "Fleet DM",
        "TO_NAPID": "fleet",
    }
    values.update(parms)
    kept = {name: value for name, value in values.items() if value != "-"}
    return characteristic("APPLICATION", *(parts or (appaddr(), BOTH)), **kept)


def _document(*parts: str, version: str = "1.1") -> str:
    body = "".join(parts)
    return f'<wap-provisioningdoc version="{version}">\n{body}</wap-provisioningdoc>\n'


def provisioning_xml() -> str:
    """The sound document."""
    return _document(_nap(), _app())


def client_provisioning(xml: str | None = None) -> bytes:
    """A document's WBXML, the sound one's by default."""
    return CP.encode(CP.from_xml(xml or provisioning_xml()))


def w7(name: str, code: str, place: str, *parts: str, **parms: str | None) -> Recipe:
    return text(name, _document(_nap(), _app(*parts, **parms)), code, place)


def _nonce(name: str) -> str:
    return b64encode(made_up(name)).decode()


_WIRE = client_provisioning()
DIGEST = appauth("APPSRV", AAUTHTYPE="DIGEST", AAUTHDATA=_nonce("client"))
SERVER = appauth("CLIENT", AAUTHNAME="dm.fleet.internal")

RECIPES: tuple[Recipe, ...] = (
    text("cp-sound", provisioning_xml()),
    binary("cp-sound-wbxml", _WIRE),
    # -- the codec's findings
    text("cp-version", _document(_nap(), _app(), version="2.0"), "CP-VERSION", "document"),
    w7("w7-without-addr", "CP-W7-ADDRESS", "APPLICATION 1", BOTH),
    w7("w7-without-provider-id", "CP-W7-PROVIDER-ID", "APPLICATION 1", PROVIDER_ID="-"),
    w7(
        "w7-addr-and-appaddr",
        "CP-W7-ADDRESS-TWICE",
        "APPLICATION 1",
        ADDR="https://dm2.fleet.internal/",
    ),
    w7("w7-init", "CP-W7-INIT", "APPLICATION 1", INIT=None),
    w7("w7-level-unknown", "CP-W7-LEVEL", "APPLICATION 1", appaddr(), BOTH, appauth("SERVER")),
    w7(
        "w7-http-with-digest",
        "CP-W7-AUTHTYPE",
        "APPLICATION 1",
        appaddr(),
        BOTH,
        appauth("OBEX", AAUTHTYPE="HMAC"),
    ),
    w7(
        "w7-nonce-not-base64",
        "CP-W7-NONCE",
        "APPLICATION 1",
        appaddr(),
        appauth("APPSRV", AAUTHTYPE="DIGEST", AAUTHDATA="no base64!"),
        SERVER,
    ),
    w7("to-napid-dangling", "CP-DANGLING", "'flet'", TO_NAPID="flet"),
    w7(
        "port-not-a-number",
        "CP-PORTNBR",
        "PORT 1",
        appaddr("https://dm.fleet.internal/dm", port("80a")),
        BOTH,
    ),
    w7(
        "addrtype-unknown",
        "CP-VALUE",
        "APPADDR 1",
        appaddr("https://dm.fleet.internal/dm", ADDRTYPE="URL"),
        BOTH,
    ),
    w7(
        "parm-twice",
        "CP-DUP-PARM",
        "PROVIDER-ID",
        _parm("PROVIDER-ID", "dm2.fleet.internal"),
        appaddr(),
        BOTH,
    ),
    w7(
        "parm-unknown",
        "CP-UNKNOWN-PARM",
        "APPAUTH 1",
        appaddr(),
        appauth("APPSRV", AAUTHNONCE="x"),
        SERVER,
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
        _document(_nap(), _app(), _app(appaddr("https://b.fleet.internal"), BOTH)),
        "CP-DUP-KEY",
        "APPLICATION 2",
    ),
    text(
        "appauth-on-top", _document(_nap(), _app(), appauth("APPSRV")), "CP-MISPLACED", "APPAUTH 1"
    ),
    text(
        "characteristic-unknown",
        _document(_nap(), _app(), characteristic("WIZARD")),
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
            characteristic("PXLOGICAL", PROXY_ID="gate", NAME="Gate"),
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
            characteristic("BOOTSTRAP", PROVURL="http://a.fleet.internal"),
            characteristic("BOOTSTRAP", PROVURL="http://b.fleet.internal"),
        ),
        "CP-BOOTSTRAP-DUP",
        "PROVURL",
    ),
    text(
        "access-without-target",
        _document(_nap(), _app(), characteristic("ACCESS", RULE="all")),
        "CP-ACCESS",
        "ACCESS 1",
    ),
    text(
        "connections-without-end",
        _document(
            *(_nap(f"fleet{n}") for n in range(66)),
            _app(
                *(_parm("TO-NAPID", f"fleet{n}") for n in range(66)), appaddr(), BOTH, TO_NAPID="-"
            ),
        ),
        "CP-W7-CONNECTIONS",
        "64",
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
            characteristic(
                "PXLOGICAL",
                characteristic(
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
        _document(_nap(), _app(), characteristic("BOOTSTRAP", PROXY_ID="gate")),
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
    w7(
        "w7-two-addresses",
        "CP-W7-ADDRESS-SEVERAL",
        "'dm.fleet.internal'",
        appaddr(),
        appaddr("https://dm2.fleet.internal/dm"),
        BOTH,
    ),
    w7(
        "w7-type-unknown",
        "CP-W7-AUTHTYPE-UNKNOWN",
        "dm.fleet.internal",
        appaddr(),
        appauth("APPSRV", AAUTHTYPE="HTTP-BASIC"),
        SERVER,
    ),
    w7(
        "port-zero",
        "CP-PORT-ZERO",
        "APPLICATION 1",
        appaddr("https://dm.fleet.internal/dm", port("0")),
        BOTH,
    ),
    text(
        "validity-no-mcc",
        _document(_nap("fleet", characteristic("VALIDITY", COUNTRY="DE", NETWORK="01")), _app()),
        "CP-VALIDITY",
        "'fleet'",
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
