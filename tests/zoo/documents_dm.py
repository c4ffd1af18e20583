"""OMA DM documents with one fault each: DM 1.2 messages as WBXML in hex, DM 2.0 as JSON."""

from __future__ import annotations

from typing import Any

from smartboot.formats.oma_dm import OMA_DM
from tests.zoo.base import Plain, word
from tests.zoo.recipe import Recipe, binary

__all__ = ["RECIPES", "SERVER", "dm1"]

SERVER = "dm.fleet.internal"
_ACL = f"Get={SERVER}&Replace={SERVER}&Delete={SERVER}"


def _leaf(name: str, value: str | None = None, **fields: Any) -> Plain:
    return {"name": name, **({} if value is None else {"value": value}), **fields}


def _branch(name: str, *nodes: Plain, **fields: Any) -> Plain:
    return {"name": name, **fields, "nodes": list(nodes)}


def _auth(number: str, level: str, **leaves: Any) -> Plain:
    values = {
        "AAuthLevel": level,
        "AAuthType": "BASIC",
        "AAuthName": "meter-0417",
        "AAuthSecret": word(f"dm {level}"),
        **leaves,
    }
    return _branch(number, *(_leaf(k, v) if not isinstance(v, dict) else _leaf(k, **v)
                             for k, v in values.items() if v is not None))  # fmt: skip


def _address(addr: str = f"https://{SERVER}/mgmt", **leaves: str) -> Plain:
    return _branch("1", _leaf("Addr", addr), *(_leaf(k, v) for k, v in leaves.items()))


def _account(*replacing: Plain, name: str = "Fleet", without: tuple[str, ...] = (),
             **fields: Any) -> Plain:  # fmt: skip
    """The sound account; nodes of ``replacing`` take the place of those of their name."""
    nodes = [
        _leaf("AppID", "w7"),
        _leaf("ServerID", SERVER),
        _leaf("Name", "Fleet DM"),
        _leaf("PrefConRef", "./Inbox/FleetNAP"),
        _branch("AppAddr", _address()),
        _leaf("AAuthPref", "BASIC"),
        _branch("AppAuth", _auth("1", "CLCRED"), _auth("2", "SRVCRED")),
    ]
    kept = {node["name"]: node for node in nodes if node["name"] not in without}
    kept.update((node["name"], node) for node in replacing)
    given = {"acl": _ACL, "type": "urn:oma:mo:oma-dm-dmacc:1.0", **fields}
    return _branch(name, *kept.values(), **given)


def _nap(*replacing: Plain, **fields: Any) -> Plain:
    nodes = [
        _leaf("NAPID", "FleetNAP"),
        _leaf("Name", "Fleet"),
        _leaf("Addr", "iot.fleet.internal"),
        _leaf("AddrType", "APN"),
    ]
    kept = {node["name"]: node for node in nodes}
    kept.update((node["name"], node) for node in replacing)
    given = {"acl": _ACL, "type": "urn:oma:mo:oma-connmo-nap:1.0", **fields}
    return _branch("FleetNAP", *(n for n in kept.values() if "value" in n or "nodes" in n), **given)


def _message(*nodes: Plain, **fields: Any) -> Plain:
    """A message with one Add of a tree."""
    return {
        "carrier": "dm-1",
        "header": {
            "session_id": "0",
            "msg_id": "1",
            "target": "IMEI:004999010640000",
            "source": f"https://{SERVER}/mgmt",
            **fields.pop("header", {}),
        },
        "commands": [
            {"cmd_id": str(number), "items": [{"target": "./Inbox", "tree": {"nodes": [node]}}]}
            for number, node in enumerate(nodes or (_account(), _nap()), 1)
        ],
        **fields,
    }


def dm1(plain: Plain | None = None) -> bytes:
    """The WBXML of a message, the sound one's by default."""
    return OMA_DM.encode(OMA_DM.from_plain(_message() if plain is None else plain))


def _with(name: str, code: str | None, place: str, *replacing: Plain, **fields: Any) -> Recipe:
    """A message whose account has other nodes."""
    return binary(f"dm1-{name}", dm1(_message(_account(*replacing, **fields), _nap())), code, place)


def _addresses(*addresses: Plain) -> Plain:
    return _branch("AppAddr", *addresses)


def _auths(*auths: Plain) -> Plain:
    return _branch("AppAuth", *auths)


def _second(**fields: Any) -> Plain:
    """Another server's account."""
    auths = _auths(
        _auth("1", "CLCRED", AAuthSecret=word("b client")),
        _auth("2", "SRVCRED", AAuthSecret=word("b server")),
    )
    return _account(_leaf("ServerID", "b.fleet.internal"), auths, name="Second", **fields)


_TWO_TREES = _message()
_TWO_TREES["commands"] = [
    {"cmd_id": "1", "items": [{"target": "./Inbox", "tree": {"nodes": [
        _account(), _second(acl="Get=b.fleet.internal"), _nap()]}}]}
]  # fmt: skip

_NO_NAP = _message(_account(without=("PrefConRef",)))


def _with_command(command: Plain) -> Plain:
    """The sound message with a third command."""
    plain = _message()
    plain["commands"].append({"cmd_id": "3", **command})
    return plain


RECIPES: tuple[Recipe, ...] = (
    binary("dm1-sound", dm1()),
    # -- the message
    binary("dm1-version-1-1", dm1(_message(header={"ver_dtd": "1.1"})), "DM-VERDTD", "SyncHdr"),
    binary(
        "dm1-protocol-1-1", dm1(_message(header={"ver_proto": "DM/1.1"})), "DM-VERPROTO", "SyncHdr"
    ),
    binary("dm1-without-target", dm1(_message(header={"target": None})), "DM-NO-TARGET", "SyncHdr"),
    binary("dm1-without-commands", dm1(_message(commands=[])), "DM-NO-ADD", "SyncBody"),
    binary("dm1-without-connection", dm1(_NO_NAP), "DM-NO-CONNECTION"),
    binary("dm1-nap-only", dm1(_message(_nap())), "DM-NO-ACCOUNT"),
    binary(
        "dm1-bare-tree",
        OMA_DM.encode(
            OMA_DM.from_plain({"carrier": "dm-1-tnds", "tree": {"nodes": [_account(), _nap()]}})
        ),
        "DM-BARE-TNDS",
    ),
    binary(
        "dm1-bytes-behind",
        dm1() + b"\xff\xff" + b"secret of an older document",
        "DM-TRAILING",
        "offset",
    ),
    binary("dm1-cut", dm1()[:-40], "BOOT-MALFORMED"),
    binary("dm1-two-servers-one-tree", dm1(_TWO_TREES), "DM-TNDS-SERVERS", "2 accounts"),
    binary(
        "dm1-devinfo",
        dm1(
            _message(
                _account(),
                _nap(),
                _branch("DevInfo", _leaf("Mod", "x"), type="urn:oma:mo:oma-dm-devinfo:1.0"),
            )
        ),
        "DM-DEVICE-NODES",
        "DevInfo",
    ),
    # -- the account
    _with("without-serverid", "DM-ACC-NO-SERVERID", "ServerID", without=("ServerID",)),
    _with("without-appid", "DM-ACC-APPID", "AppID", without=("AppID",)),
    _with("without-address", "DM-ACC-NO-ADDR", "AppAddr", without=("AppAddr",)),
    _with("without-auth", "DM-ACC-NO-AUTH", "AppAuth", without=("AppAuth",)),
    _with("type-of-dm-1-1", "DM-ACC-OLD-TYPE", "Fleet", type="org.openmobilealliance/1.0/w7"),
    _with("type-of-version-3", "DM-ACC-TYPE", "Fleet", type="urn:oma:mo:oma-dm-dmacc:3.0"),
    _with("addrtype-unknown", "DM-ACC-ADDRTYPE", "AddrType", _addresses(_address(AddrType="URL"))),
    _with(
        "port-not-a-number",
        "DM-ACC-PORT",
        "PortNbr",
        _addresses(
            _branch(
                "1",
                _leaf("Addr", f"https://{SERVER}/mgmt"),
                _branch("Port", _branch("1", _leaf("PortNbr", "x"))),
            )
        ),
    ),
    _with(
        "authlevel-unknown",
        "DM-ACC-AUTHLEVEL",
        "AAuthLevel",
        _auths(_auth("1", "CLCRED"), _auth("2", "SRVCRED"), _auth("3", "PEER")),
    ),
    _with(
        "authtype-unknown",
        "DM-ACC-AUTHTYPE",
        "AAuthType",
        _auths(_auth("1", "CLCRED"), _auth("2", "SRVCRED"), _auth("3", "HTTP", AAuthType="NTLM")),
    ),
    _with("authpref-unknown", "DM-ACC-AUTHPREF", "AAuthPref", _leaf("AAuthPref", "MD5")),
    _with("authpref-without-secret", "DM-AUTHPREF-UNMATCHED", "HMAC", _leaf("AAuthPref", "HMAC")),
    _with(
        "nonce-as-text",
        "DM-ACC-AUTHDATA",
        "AAuthData",
        _auths(
            _auth("1", "CLCRED", AAuthType="DIGEST", AAuthData="MTIzNDU2"), _auth("2", "SRVCRED")
        ),
        _leaf("AAuthPref", "DIGEST"),
    ),
    _with("toconref-leaf", "DM-ACC-TOCONREF", "ToConRef", _leaf("ToConRef", "./Inbox/FleetNAP")),
    _with(
        "conref-empty",
        "DM-ACC-CONREF",
        "ConRef",
        _branch("ToConRef", _branch("1", _leaf("ConRef", ""))),
    ),
    _with(
        "node-unknown",
        "DM-ACC-EXTRA",
        "Colour",
        _auths(_auth("1", "CLCRED", Colour="blue"), _auth("2", "SRVCRED")),
    ),
    _with("name-as-bytes", "DM-ACC-VALUE", "Name", _leaf("Name", "hex:00FF80", format="bin")),
    _with(
        "prefconref-dangling", "DM-CONREF", "PrefConRef", _leaf("PrefConRef", "./Inbox/FleetNAQ")
    ),
    _with("acl-broken", "DM-ACL", "ACL", acl=f"Get={SERVER}&Fetch={SERVER}"),
    _with("acl-of-other-server", "DM-ACL-SELF", SERVER, acl="Get=b.fleet.internal"),
    _with(
        "password-short",
        "SEC-KEY-SHORT",
        "6 bytes",
        _auths(_auth("1", "CLCRED", AAuthSecret=word("dm short")[:6]), _auth("2", "SRVCRED")),
    ),
    binary(
        "dm1-acl-names-stranger",
        dm1(_message(_account(), _nap(acl="Get=b.fleet.internal"))),
        "DM-ACL-FOREIGN",
        "b.fleet.internal",
    ),
    binary(
        "dm1-serverid-twice",
        dm1(_message(_account(), _account(name="Second"), _nap())),
        "DM-ACC-DUPLICATE",
        "Second",
    ),
    binary(
        "dm1-nap-without-addr",
        dm1(_message(_account(), _nap({"name": "Addr"}))),
        "DM-CON-NO-ADDR",
        "FleetNAP",
    ),
    # -- rare in the field
    binary(
        "dm1-nap-port-hex",
        dm1(_message(_account(), _nap(_branch("Port", _branch("1", _leaf("PortNbr", "0x50")))))),
        "DM-CON-PORT",
        "PortNbr",
    ),
    binary("dm1-without-source", dm1(_message(header={"source": None})), "DM-NO-SOURCE", "SyncHdr"),
    binary("dm1-without-final", dm1(_message(final=False)), "DM-NO-FINAL", "SyncBody"),
    binary(
        "dm1-node-twice",
        dm1(
            _message(
                _account(
                    _branch(
                        "ToConRef",
                        _branch("1", _leaf("ConRef", "./Inbox/FleetNAP")),
                        _branch("1", _leaf("ConRef", "./Inbox/FleetNAP")),
                    )
                ),
                _nap(),
            )
        ),
        "DM-NODE-DUPLICATE",
        "ToConRef",
    ),
    binary(
        "dm1-replace",
        dm1(
            _with_command(
                {"command": "Replace", "items": [{"target": "./DevDetail/Ext", "data": "x"}]}
            )
        ),
        "DM-COMMAND",
        "Replace",
    ),
    binary("dm1-add-without-item", dm1(_with_command({"items": []})), "DM-NO-ITEM", "Add 3"),
    binary(
        "dm1-add-without-target",
        dm1(_with_command({"items": [{"data": "x"}]})),
        "DM-ITEM-TARGET",
        "Add 3",
    ),
)
