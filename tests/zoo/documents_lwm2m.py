"""LwM2M documents with one fault each: sound values wrongly joined, and broken bytes."""

from __future__ import annotations

from typing import Any

from tests.zoo.base import Plain, accounts, lwm2m, made_up
from tests.zoo.recipe import Recipe, binary

__all__ = ["RECIPES"]

_URI, _KEY, _NAME = "LwM2M Server URI", "Secret Key", "Public Key or Identity"
_HOST = "lwm2m.fleet.internal"


def _hex(data: bytes) -> str:
    return f"hex:{data.hex()}"


def _with(name: str, code: str | None, place: str, **changes: Any) -> Recipe:
    """The sound account with other resources; see ``base.accounts``."""
    return binary(f"lwm2m-{name}", lwm2m(accounts(**changes)), code, place)


def _second(security: Plain | None = None, server: Plain | None = None, **objects: Any) -> Plain:
    """Two sound accounts; resources of the second are changed. None takes its Server away."""
    first = accounts()
    other = accounts(
        security={
            _URI: f"coaps://b.{_HOST}:5684",
            _KEY: _hex(made_up("second psk")),
            "Short Server ID": 102,
            **(security or {}),
        },
        server={"Short Server ID": 102, **(server or {})},
    )
    return {
        "Security": {**first["Security"], 1: other["Security"][0]},
        "Server": {**first["Server"], **({} if server is None else {1: other["Server"][0]})},
        "Access Control": _RIGHTS,
        **objects,
    }


_RIGHTS: Plain = {
    0: {
        "Object ID": 3,
        "Object Instance ID": 0,
        "ACL": {101: 15},
        "Access Control Owner": 101,
    }
}
_BOOT = {
    _URI: f"coaps://boot.{_HOST}:5684",
    "Bootstrap-Server": True,
    "Security Mode": "psk",
    _NAME: "meter-0417",
    "Server Public Key": "",
    _KEY: _hex(made_up("bootstrap psk")),
}


def _boot(*others: Plain, **changes: Any) -> Plain:
    """A bootstrap server beside the sound account."""
    plain = accounts()
    plain["Security"] = {0: {**_BOOT, **changes}, 1: plain["Security"][0]}
    for number, other in enumerate(others, 2):
        plain["Security"][number] = {**_BOOT, **other}
    return plain


_WIRE = lwm2m()


def _patched(old: str, new: str) -> bytes:
    """The sound document with bytes replaced by as many others."""
    before, after = bytes.fromhex(old), bytes.fromhex(new)
    assert len(before) == len(after)
    assert _WIRE.count(before) == 1
    return _WIRE.replace(before, after)


def _raw(resources: str, server: str | None = None) -> bytes:
    """A document of one Security and one Server instance whose TLVs are written out."""
    out = b""
    for number, hexed in ((0, resources), (1, _SERVER if server is None else server)):
        body = bytes.fromhex(hexed)
        instance = bytes((0x08, 0, len(body))) + body
        out += number.to_bytes(2, "big") + b"\0" + len(instance).to_bytes(2, "big") + instance
    return b"\0\x02" + len(out).to_bytes(2, "big") + out


_SERVER = "C10065C40100015180C10601C10755"
_SECURITY = (
    "C80021" + f"coaps://{_HOST}:5684".encode().hex() + "C10100"
    "C10200"
    "C8030A" + b"meter-0417".hex() + "C004"
    "C80510" + made_up("psk").hex() + "C10A65"
)

_SERVER_OBJECT = _raw(_SECURITY)[91:]


def _two_instances() -> bytes:
    """The same Server instance twice under one header."""
    instance = _SERVER_OBJECT[5:] * 2
    out = _WIRE[4:91] + bytes.fromhex("0001000024") + instance
    return b"\0\x02" + len(out).to_bytes(2, "big") + out


def _two_headers() -> bytes:
    """Two Server objects with a header each, the second with another instance."""
    second = _SERVER_OBJECT[:6] + b"\x01" + _SERVER_OBJECT[7:]
    second = second.replace(bytes.fromhex("C10065"), bytes.fromhex("C10066"))
    out = _WIRE[4:91] + _SERVER_OBJECT + second
    return b"\0\x03" + len(out).to_bytes(2, "big") + out


RECIPES: tuple[Recipe, ...] = (
    binary("lwm2m-sound", _WIRE),
    binary("lwm2m-sound-bootstrap", lwm2m(_boot())),
    binary("lwm2m-sound-two-servers", lwm2m(_second(server={}))),
    # -- keys and modes
    _with("psk-all-zero", "SEC-KEY-WEAK", "101", security={_KEY: _hex(bytes(16))}),
    _with("psk-example", "SEC-KEY-EXAMPLE", "101", security={_KEY: _hex(bytes(range(16)))}),
    _with(
        "psk-as-hex-text",
        "SEC-KEY-HEX-TEXT",
        "32",
        security={_KEY: _hex(made_up("psk").hex().encode())},
    ),
    _with("psk-as-digits", "SEC-KEY-TEXT", "digits", security={_KEY: _hex(b"8406172953318074")}),
    _with(
        "psk-is-identity",
        "SEC-SECRET-IS-NAME",
        "101",
        security={_NAME: "meter-0417-fleet", _KEY: _hex(b"meter-0417-fleet")},
    ),
    _with("psk-short", "LWM2M-KEY-LENGTH", "/0/0/5", security={_KEY: _hex(made_up("psk", 8))}),
    _with("psk-missing", "LWM2M-KEY-MISSING", "/0/0/5", security={_KEY: ""}),
    _with("identity-missing", "LWM2M-KEY-MISSING", "/0/0/3", security={_NAME: ""}),
    _with(
        "nosec",
        "SEC-NOSEC",
        "101",
        security={"Security Mode": "nosec", _NAME: "", _KEY: "", _URI: f"coap://{_HOST}:5683"},
    ),
    _with(
        "nosec-with-key",
        "LWM2M-KEY-UNUSED",
        "/0/0/2",
        security={"Security Mode": "nosec", _URI: f"coap://{_HOST}:5683"},
    ),
    binary(
        "lwm2m-psk-shared",
        lwm2m(_second(security={_KEY: _hex(made_up("psk"))}, server={})),
        "SEC-SECRET-SHARED",
        "102",
    ),
    # -- addresses
    _with("uri-without-scheme", "LWM2M-URI-SCHEME", "/0/0/0", security={_URI: f"{_HOST}:5684"}),
    _with("uri-coap-with-psk", "LWM2M-URI-MODE", "/0/0/0", security={_URI: f"coap://{_HOST}"}),
    _with("uri-without-host", "ACC-URI-MALFORMED", "101", security={_URI: "coaps://:5684"}),
    _with("uri-of-ftp", "ACC-URI-SCHEME", "ftp:", security={_URI: f"ftp://{_HOST}"}),
    _with("uri-loopback", "ACC-LOOPBACK", "127.0.0.1", security={_URI: "coaps://127.0.0.1:5684"}),
    _with("uri-example", "ACC-PLACEHOLDER", "101", security={_URI: "coaps://lwm2m.example:5684"}),
    binary(
        "lwm2m-uri-twice",
        lwm2m(_second(security={_URI: f"coaps://{_HOST}:5684"}, server={})),
        "LWM2M-URI-DUPLICATE",
        "/0/1/0",
    ),
    # -- how the objects fit each other
    _with(
        "server-missing",
        "LWM2M-SERVER-MISSING",
        "101",
        security={"Short Server ID": 101},
        server={"Short Server ID": 102},
    ),
    _with("ssid-missing", "LWM2M-SSID-MISSING", "/0/0/10", drop=("Short Server ID",)),
    binary(
        "lwm2m-ssid-twice",
        lwm2m(_second(security={"Short Server ID": 101}, server={"Short Server ID": 101})),
        "LWM2M-SSID-DUPLICATE",
        "101",
    ),
    binary(
        "lwm2m-server-orphan",
        lwm2m(
            {
                **accounts(),
                "Server": {
                    **accounts()["Server"],
                    1: {**accounts()["Server"][0], "Short Server ID": 103},
                },
            }
        ),
        "LWM2M-SERVER-ORPHAN",
        "103",
    ),
    binary(
        "lwm2m-security-missing", lwm2m({"Server": accounts()["Server"]}), "LWM2M-NO-ACCOUNT", "/0"
    ),
    binary(
        "lwm2m-two-bootstrap",
        lwm2m(_boot({_URI: f"coaps://boot2.{_HOST}", _KEY: _hex(made_up("boot2"))})),
        "LWM2M-BOOTSTRAP-MULTIPLE",
        "/0/2/1",
    ),
    binary(
        "lwm2m-bootstrap-with-server",
        lwm2m(
            {
                **_boot(**{"Short Server ID": 104}),
                "Server": {
                    **accounts()["Server"],
                    1: {**accounts()["Server"][0], "Short Server ID": 104},
                },
            }
        ),
        "LWM2M-BOOTSTRAP-SERVER-INSTANCE",
        "104",
    ),
    binary(
        "lwm2m-two-servers-no-rights",
        lwm2m({key: value for key, value in _second(server={}).items() if key != "Access Control"}),
        "LWM2M-ACL-MISSING",
        "/2",
    ),
    _with(
        "rights-for-stranger",
        "LWM2M-ACL-SERVER",
        "109",
        **{"Access Control": {0: {**_RIGHTS[0], "ACL": {101: 15, 109: 1}}}},
    ),
    _with("apn-link-dangling", "LWM2M-APN-LINK", "/11/0", server={"APN Link": "11:0"}),
    _with(
        "oscore-link-dangling",
        "LWM2M-OSCORE-LINK",
        "/21/4",
        security={"OSCORE Security Mode": "21:4"},
    ),
    # -- values
    _with("lifetime-zero", "LWM2M-LIFETIME", "/1/0/1", server={"Lifetime": 0}),
    _with(
        "periods-crossed",
        "LWM2M-PERIODS",
        "/1/0/3",
        server={"Default Minimum Period": 300, "Default Maximum Period": 60},
    ),
    _with("binding-unknown", "LWM2M-BINDING", "'X'", server={"Binding": "X"}),
    _with("binding-tcp", "LWM2M-BINDING-URI", "no U", server={"Binding": "T"}),
    _with("binding-sms-without-number", "LWM2M-BINDING-SMS", "101", server={"Binding": "US"}),
    _with(
        "binding-queue-in-1-1",
        "LWM2M-BINDING-QUEUE",
        "UQ",
        server={"Binding": "UQ", "Preferred Transport": "U"},
    ),
    _with(
        "preferred-not-bound",
        "LWM2M-PREFERRED-TRANSPORT",
        "'T'",
        server={"Preferred Transport": "T"},
    ),
    _with(
        "hold-off-of-server",
        "LWM2M-BOOTSTRAP-ONLY",
        "Client Hold Off Time",
        security={"Client Hold Off Time": 30},
    ),
    binary(
        "lwm2m-hold-off-two-days",
        lwm2m(_boot(**{"Client Hold Off Time": 172800})),
        "LWM2M-HOLD-OFF",
        "172800",
    ),
    binary(
        "lwm2m-lifetime-missing",
        _raw(_SECURITY, "C10065C10601C10755"),
        "LWM2M-RESOURCE-MISSING",
        "/1/0/1",
    ),
    binary(
        "lwm2m-lifetime-three-bytes",
        _raw(_SECURITY, "C10065C301015180C10601C10755"),
        "LWM2M-INTEGER-LENGTH",
        "/1/0/1",
    ),
    binary(
        "lwm2m-lifetime-negative",
        _raw(_SECURITY, "C10065C2019C40C10601C10755"),
        "LWM2M-INTEGER-SIGN",
        "/1/0/1",
    ),
    binary(
        "lwm2m-lifetime-empty",
        _raw(_SECURITY, "C10065C001C10601C10755"),
        "LWM2M-VALUE-EMPTY",
        "/1/0/1",
    ),
    binary(
        "lwm2m-lifetime-twice",
        _raw(_SECURITY, _SERVER + "C10164"),
        "LWM2M-RESOURCE-DUPLICATE",
        "/1/0/1",
    ),
    binary(
        "lwm2m-lifetime-as-multiple",
        _raw(_SECURITY, "C100658601440000015180C10601C10755"),
        "LWM2M-RESOURCE-MULTIPLICITY",
        "/1/0/1",
    ),
    binary("lwm2m-storing-two", _patched("C10601", "C10602"), "LWM2M-BOOLEAN", "/1/0/6"),
    binary("lwm2m-mode-nine", _patched("C10200", "C10209"), "LWM2M-RANGE", "/0/0/2"),
    binary(
        "lwm2m-uri-with-nul", _patched("3A35363834", "3A35363800"), "LWM2M-STRING-NUL", "/0/0/0"
    ),
    binary("lwm2m-uri-latin1", _patched("666C656574", "66F6656574"), "LWM2M-STRING-UTF8", "/0/0/0"),
    binary(
        "lwm2m-resource-unknown",
        _raw(_SECURITY, _SERVER + "C16301"),
        "LWM2M-RESOURCE-UNKNOWN",
        "/1/0/99",
    ),
    binary(
        "lwm2m-reboot-in-file",
        _raw(_SECURITY, _SERVER + "C008"),
        "LWM2M-RESOURCE-EXECUTABLE",
        "/1/0/8",
    ),
    binary(
        "lwm2m-apn-link-two-bytes", _raw(_SECURITY, _SERVER + "C20A000B"), "LWM2M-OBJLNK", "/1/0/10"
    ),
    # -- the file
    binary("lwm2m-empty", bytes(4) + b"\xff" * 28, "LWM2M-EMPTY"),
    binary("lwm2m-header-unwritten", b"\xff" * 4 + _WIRE[4:], "LWM2M-UNFINISHED"),
    binary("lwm2m-size-too-large", _patched("0002006E", "000200FE"), "LWM2M-SIZE"),
    binary("lwm2m-count-too-large", _patched("0002006E", "0003006E"), "LWM2M-COUNT", "3 objects"),
    binary("lwm2m-leftover", _WIRE + b"\xff\xff" + b"an older key", "LWM2M-LEFTOVER", "offset"),
    binary("lwm2m-without-headers", _WIRE[9:91], "LWM2M-LAYOUT-BARE"),
    binary("lwm2m-tlv-too-long", _patched("C10755", "C70755"), "LWM2M-TLV-MALFORMED", "/1/0"),
    binary(
        "lwm2m-unwrapped",
        b"\0\x02\0\x6b" + _WIRE[4:91] + bytes.fromhex("000100000F") + bytes.fromhex(_SERVER),
        "LWM2M-INSTANCE-UNWRAPPED",
        "/1/0",
    ),
    binary("lwm2m-instance-twice", _two_instances(), "LWM2M-INSTANCE-DUPLICATE", "/1/0"),
    binary("lwm2m-object-twice", _two_headers(), "LWM2M-OBJECT-DUPLICATE", "/1"),
    binary(
        "lwm2m-padding-inside",
        _raw(_SECURITY, _SERVER + "FFFFFFFFFFFF"),
        "LWM2M-TLV-PADDING",
        "/1/0",
    ),
    binary(
        "lwm2m-stray-instance",
        _raw(_SECURITY, "C10065440100015180C10601C10755"),
        "LWM2M-TLV-STRAY",
        "/1/0/1",
    ),
    binary(
        "lwm2m-instance-in-instance",
        _raw(_SECURITY, _SERVER + "0301C10755"),
        "LWM2M-TLV-NESTING",
        "/1/0",
    ),
)
