"""DM 2.0 management objects from server accounts (OMA-SUP-MO_DM_DMAcc-V1_2)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from urllib.parse import quote

from smartboot.formats.oma_dm.accounts import BOOTSTRAP_URI
from smartboot.formats.oma_dm.dm2 import DMACC_1_2, JsonMo, MoArray
from smartboot.formats.oma_dm.strict_json import Json
from smartboot.model import Account, Credential, Finding, ServerAddress, Severity, from_plain

__all__ = ["DEFAULT_PERM", "PLACEHOLDER_SECMODE", "Losses", "mo_array"]

DEFAULT_PERM = ("urn:oma:mo:oma-dm-devinfo:1.2",)
"""Written when nothing says which objects the server asks to manage: Perm is required."""

PLACEHOLDER_SECMODE = "AA=="
"""Written for Auth/Bootstrap/SecMode: the leaf is required and its values are not public."""

_SPEC = "OMA-SUP-MO_DM_DMAcc-V1_2"


class Losses:
    """Findings about what a document cannot carry."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def warn(self, what: str, where: str) -> None:
        """A part is left out."""
        self._add("DM-CANNOT-CARRY", Severity.WARNING, f"the document cannot carry {what}", where)

    def error(self, what: str, where: str) -> None:
        """Something is left out without which the account will hardly work."""
        self._add("DM-CANNOT-CARRY", Severity.ERROR, f"the document cannot carry {what}", where)

    def made_up(self, what: str, where: str) -> None:
        """A required value was not there."""
        self._add("DM-MADE-UP", Severity.WARNING, what, where)

    def _add(self, code: str, severity: Severity, message: str, where: str) -> None:
        self.findings.append(Finding(code, severity, message, where, _SPEC))


def mo_array(accounts: Sequence[tuple[Account, str]], losses: Losses) -> MoArray:
    """An object for each account. ``accounts`` come with the words for where they stand."""
    names: set[str] = set()
    objects: list[JsonMo] = []
    for account, where in accounts:
        name = _name(account.server_id or "", names)
        tree = _Maker(losses, where).account(account)
        objects.append(JsonMo(f"{DMACC_1_2}/{name}/", {name: tree}, order=("ClientURI", "MOData")))
    return MoArray(tuple(objects))


def _name(text: str, names: set[str]) -> str:
    base = quote(text, safe="")[:64].replace("%", "-") or "X"
    name = base
    while name in names:
        name = f"{base}-{len(names) + 1}"
    names.add(name)
    return name


class _Maker:
    def __init__(self, losses: Losses, where: str) -> None:
        self._losses = losses
        self._where = where

    def account(self, account: Account) -> dict[str, Json]:
        losses, where = self._losses, self._where
        tree: dict[str, Json] = {"SrvID": account.server_id or ""}
        own = [one for one in account.addresses if one.type != BOOTSTRAP_URI]
        tree["SrvURI"] = self._address(own)
        if account.name:
            tree["Name"] = account.name
        else:
            tree["Name"] = account.server_id or ""
            losses.made_up("Name is required in DM 2.0: the server id is written", where)
        tree["Perm"] = {str(number): {"MOID": moid} for number, moid in enumerate(DEFAULT_PERM, 1)}
        losses.made_up(
            "Perm is required in DM 2.0: DevInfo is written, add the objects to be managed", where
        )
        auth = self._auth(account)
        if auth:
            tree["Auth"] = auth
        for connection in account.connections:
            losses.warn(f"the connection {connection.id[:40]}: DMAcc 1.2 refers to none", where)
        return tree

    def _address(self, addresses: Sequence[ServerAddress]) -> str:
        """SrvURI: the first address, made a URI where it is none."""
        if not addresses:
            self._losses.error("an account without an address", self._where)
            return ""
        for one in addresses[1:]:
            self._losses.warn(f"more than one address; {one.uri[:80]} is left out", self._where)
        first = addresses[0]
        if first.type == "uri":
            if first.ports:
                self._losses.warn("ports beside a URI", self._where)
            return first.uri
        host = f"[{first.uri}]" if first.type == "ipv6" else first.uri
        self._losses.made_up(
            f"SrvURI must be a URI: https is put before the {first.type} address", self._where
        )
        if len(first.ports) > 1:
            self._losses.warn("more than one port", self._where)
        return f"https://{host}:{first.ports[0]}/" if first.ports else f"https://{host}/"

    def _auth(self, account: Account) -> dict[str, Json]:
        losses, where = self._losses, self._where
        auth: dict[str, Json] = {}
        boot = [one for one in account.credentials if one.level == "bootstrap"]
        if boot:
            uri = next((a.uri for a in account.addresses if a.type == BOOTSTRAP_URI), None)
            auth["Bootstrap"] = self._bootstrap(boot, uri)
        elif any(one.type == BOOTSTRAP_URI for one in account.addresses):
            losses.warn("the bootstrap server's address without its keys", where)
        for level, name in (("notification", "Noti"), ("transport", "Trsp")):
            found = [one for one in account.credentials if one.level == level]
            if not found:
                continue
            if len(found) > 1:
                losses.warn(f"more than one set of {level} credentials", where)
            leaves: dict[str, Json] = {"Type": self._noti_type(found[0])} if name == "Noti" else {}
            leaves["Data"] = self._identity(found[0], f"Auth/{name}/Data")
            leaves["Secret"] = self._secret(found[0], f"Auth/{name}/Secret")
            self._nonce(found[0])
            auth[name] = leaves
        for one in account.credentials:
            if one.level not in ("bootstrap", "notification", "transport"):
                losses.warn(f"{one.type} credentials of level {one.level}", where)
        return auth

    def _bootstrap(self, boot: Sequence[Credential], uri: str | None) -> dict[str, Json]:
        own = next((one for one in boot if one.secret is not None), boot[0])
        peer = next((one for one in boot if one is not own), None)
        if len(boot) > 2:
            self._losses.warn("more than two bootstrap credentials", self._where)
        if uri is None:
            self._losses.made_up("Auth/Bootstrap/ServerURI is required and unknown", self._where)
        self._losses.made_up(
            "Auth/Bootstrap/SecMode is required and its values are not public: 00 is written",
            self._where,
        )
        if peer is None:
            self._losses.made_up("Auth/Bootstrap/ServerPubKey is required and unknown", self._where)
        self._nonce(own)
        return {
            "ServerURI": uri or "",
            "SecMode": PLACEHOLDER_SECMODE,
            "ClientPubKey": self._identity(own, "Auth/Bootstrap/ClientPubKey"),
            "ServerPubKey": ""
            if peer is None
            else self._identity(peer, "Auth/Bootstrap/ServerPubKey"),
            "ClientSecretKey": self._secret(own, "Auth/Bootstrap/ClientSecretKey"),
        }

    def _noti_type(self, credential: Credential) -> int:
        digits = credential.type.removeprefix("type-")
        if digits.isascii() and digits.isdigit() and len(digits) < 10:
            return int(digits)
        self._losses.made_up("Auth/Noti/Type is required: 1 is written", self._where)
        return 1

    def _identity(self, credential: Credential, leaf: str) -> str:
        if credential.identity is None:
            self._losses.made_up(f"{leaf} is required and unknown: written empty", self._where)
            return ""
        try:
            octets = from_plain(credential.identity)
        except ValueError:
            octets = credential.identity.encode("utf-8", "replace")
        return base64.b64encode(octets).decode("ascii")

    def _secret(self, credential: Credential, leaf: str) -> str:
        if credential.secret is None:
            self._losses.made_up(f"{leaf} is required and unknown: written empty", self._where)
            return ""
        return base64.b64encode(credential.secret.reveal_bytes()).decode("ascii")

    def _nonce(self, credential: Credential) -> None:
        if credential.nonce is not None:
            self._losses.warn(f"a nonce of {credential.level} credentials", self._where)
