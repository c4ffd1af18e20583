"""DM 2.0 bootstrap data: JSON management objects (OMA-TS-DM_Protocol-V2_0, MO serialization).

The document is an array of objects. Each has ``ClientURI`` and ``MOData``, and may have ``DDF``
and ``CV``. MOData has one member, named after the root node of the object: an interior node is a
JSON object, a leaf a value. ``bin`` leaves are base64 text. All names are kept in their order.

A typed view of the DM account object, OMA-SUP-MO_DM_DMAcc-V1_2, stands beside it. The values of
SecMode and of Noti/Type are not known to us: they are kept and given no meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from smartboot.errors import DecodeError, EncodeError
from smartboot.formats.oma_dm import strict_json
from smartboot.formats.oma_dm.elements import from_base64
from smartboot.formats.oma_dm.notes import Notes
from smartboot.formats.oma_dm.strict_json import Json
from smartboot.frozen import dataclass

__all__ = ["DMACC_1_2", "BootstrapAuth", "DmAcc2", "JsonMo", "MoArray", "Noti", "Trsp", "dmaccs"]

DMACC_1_2 = "urn:oma:mo:oma-dm-dmacc:1.2"
"""MOID of the DM account object of DM 2.0."""

_SPEC = "OMA-TS-DM_Protocol-V2_0"
_DMACC = "OMA-SUP-MO_DM_DMAcc-V1_2"
_MAX_OBJECTS = 1000


@dataclass(frozen=True, slots=True)
class JsonMo:
    """One serialized object. ``data`` is MOData as it stands; ``extra`` are unknown members."""

    client_uri: str
    data: Mapping[str, Json] = field(repr=False)
    ddf: str | None = None
    cv: str | None = None
    extra: tuple[tuple[str, Json], ...] = field(default=(), repr=False)
    order: tuple[str, ...] = ("DDF", "ClientURI", "CV", "MOData")
    """The order of the members as read; members not named in it come last."""

    @property
    def moid(self) -> str:
        """The MOID part of ClientURI. One text in the field lacks the leading ``urn:``."""
        moid = self.client_uri.partition("/")[0]
        return f"urn:{moid}" if moid.startswith("oma:mo:") else moid


@dataclass(frozen=True, slots=True)
class MoArray:
    """The document. ``bare``: it is one object without the array around it."""

    objects: tuple[JsonMo, ...]
    bare: bool = False


@dataclass(frozen=True, slots=True)
class BootstrapAuth:
    """Auth/Bootstrap: the keys for the bootstrap server. Octets; None is absent or not base64."""

    server_uri: str | None
    sec_mode: bytes | None
    client_pub_key: bytes | None
    server_pub_key: bytes | None
    client_secret_key: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Noti:
    """Auth/Noti: what notifications are checked with."""

    type: int | None
    data: bytes | None
    secret: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trsp:
    """Auth/Trsp: certificate (or public key) and private key for TLS with the server."""

    data: bytes | None
    secret: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class DmAcc2:
    """A DM account 1.2. ``root`` is the name of its root node; ``perm`` the MOIDs asked for.

    ``push`` and ``ext`` are kept as they stand, ``extra`` are the names of unknown members.
    """

    root: str
    srv_id: str | None
    srv_uri: str | None
    name: str | None
    perm: tuple[str, ...] = ()
    bootstrap: BootstrapAuth | None = None
    noti: Noti | None = None
    trsp: Trsp | None = None
    push: Mapping[str, Json] | None = field(default=None, repr=False)
    ext: Mapping[str, Json] | None = field(default=None, repr=False)
    extra: tuple[str, ...] = ()


def decode(data: bytes, notes: Notes) -> tuple[MoArray, int]:
    """Read the document and its length. Errors: DecodeError."""
    value, used = strict_json.parse(data, notes)
    return from_json(value, notes), used


def from_json(value: Json, notes: Notes) -> MoArray:
    """The document of a parsed JSON value. Errors: DecodeError naming the place."""
    bare = isinstance(value, dict)
    entries = [value] if bare else value
    if not isinstance(entries, list):
        raise DecodeError("expected an array of management objects", spec=_SPEC)
    if len(entries) > _MAX_OBJECTS:
        raise DecodeError(f"more than {_MAX_OBJECTS} objects", spec=_SPEC)
    if bare:
        notes.add("JSON-NO-ARRAY", "one object stands alone, not in an array", "", _SPEC)
    if not entries:
        notes.add("JSON-EMPTY", "the array holds no management object", "", _SPEC)
    return MoArray(tuple(_object(one, f"[{i}]", notes) for i, one in enumerate(entries)), bare)


def _object(entry: Json, where: str, notes: Notes) -> JsonMo:
    if not isinstance(entry, dict):
        raise DecodeError("expected a JSON object", where=where, spec=_SPEC)
    texts: dict[str, str | None] = {}
    for name, needed in (("ClientURI", True), ("DDF", False), ("CV", False)):
        text = entry.get(name)
        if text is None and needed:
            raise DecodeError(f"{name} is missing", where=where, spec=_SPEC)
        if text is not None and not isinstance(text, str):
            raise DecodeError("expected a text", where=f"{where}/{name}", spec=_SPEC)
        texts[name] = text
    data = entry.get("MOData")
    if not isinstance(data, dict):
        reason = "MOData is missing" if data is None else "MOData is no JSON object"
        raise DecodeError(reason, where=where, spec=_SPEC)
    if len(data) != 1:
        notes.add("MO-ROOT", "MOData should have one member, the root node", where, _SPEC)
    if "/" not in (texts["ClientURI"] or ""):
        notes.add("MO-URI", "ClientURI has no instance part", f"{where}/ClientURI", _SPEC)
    extra = tuple((name, value) for name, value in entry.items() if name not in _MEMBERS)
    for name, _ in extra:
        notes.info("MO-MEMBER", "unknown member, kept", f"{where}/{name}", _SPEC)
    nulls = [name for name in ("DDF", "CV") if name in entry and entry[name] is None]
    for name in nulls:
        notes.add("MO-NULL", "null is read as absent", f"{where}/{name}", _SPEC)
    order = tuple(name for name in entry if name not in nulls)
    return JsonMo(texts["ClientURI"] or "", data, texts["DDF"], texts["CV"], extra, order)


_MEMBERS = frozenset({"DDF", "ClientURI", "CV", "MOData"})


def to_json(document: MoArray) -> Json:
    """The document as a JSON value. Errors: EncodeError."""
    entries: list[Json] = []
    for number, one in enumerate(document.objects):
        if not one.client_uri:
            raise EncodeError("is missing", field=f"[{number}]/ClientURI")
        members: dict[str, Json] = {"ClientURI": one.client_uri, "MOData": dict(one.data)}
        if one.ddf is not None:
            members["DDF"] = one.ddf
        if one.cv is not None:
            members["CV"] = one.cv
        members.update(one.extra)
        ordered: dict[str, Json] = {name: members[name] for name in one.order if name in members}
        ordered.update(members)
        entries.append(ordered)
    if document.bare:
        if len(entries) != 1:
            raise EncodeError("only one object can stand without an array", field="bare")
        return entries[0]
    return entries


def encode(document: MoArray) -> bytes:
    """The document's bytes: UTF-8 without white space. Errors: EncodeError."""
    value = to_json(document)
    try:
        data = strict_json.dump(value)
    except (ValueError, TypeError, RecursionError):
        # The parser's own text may quote a value, so it is not passed on.
        raise EncodeError("holds a value that JSON cannot hold", field="MOData") from None
    # What we write we must be able to read: depth, size and number limits hold both ways.
    try:
        strict_json.parse(data, Notes())
    except DecodeError as error:
        raise EncodeError(error.reason, field=error.where or "MOData") from None
    return data


# -- the DM account ------------------------------------------------------------------------------


def dmaccs(document: MoArray, notes: Notes) -> list[DmAcc2]:
    """The DM accounts of the document, with findings on what is wrong with them."""
    found: list[DmAcc2] = []
    for number, one in enumerate(document.objects):
        if not one.moid.startswith("urn:oma:mo:oma-dm-dmacc:"):
            continue
        if one.moid != DMACC_1_2:
            notes.add("MO-VERSION", "a DM account of another version", f"[{number}]", _DMACC)
        for root, tree in one.data.items():
            if isinstance(tree, dict):
                found.append(_View(notes, root).account(tree))
            else:
                notes.error("MO-ROOT", "the account is no interior node", root, _DMACC)
    return found


class _View:
    """Reads one account; every method names the node path in its findings."""

    def __init__(self, notes: Notes, root: str) -> None:
        self._notes = notes
        self._root = root

    def account(self, tree: Mapping[str, Json]) -> DmAcc2:
        auth = self._node(tree, "Auth", "Auth")
        parts = {
            name: None if auth is None else self._node(auth, name, f"Auth/{name}")
            for name in ("Bootstrap", "Noti", "Trsp")
        }
        boot, noti, trsp = parts["Bootstrap"], parts["Noti"], parts["Trsp"]
        extra = tuple(name for name in tree if name not in _ACCOUNT)
        for name in extra:
            self._notes.info("MO-MEMBER", "unknown node, kept", f"{self._root}/{name}", _DMACC)
        return DmAcc2(
            root=self._root,
            srv_id=self._text(tree, "SrvID", "SrvID"),
            srv_uri=self._text(tree, "SrvURI", "SrvURI"),
            name=self._text(tree, "Name", "Name"),
            perm=self._perm(tree),
            bootstrap=None if boot is None else self._bootstrap(boot),
            noti=None if noti is None else self._noti(noti),
            trsp=None
            if trsp is None
            else Trsp(
                self._octets(trsp, "Data", "Auth/Trsp/Data"),
                self._octets(trsp, "Secret", "Auth/Trsp/Secret"),
            ),
            push=self._node(tree, "Push", "Push"),
            ext=self._node(tree, "Ext", "Ext"),
            extra=extra,
        )

    def _bootstrap(self, boot: Mapping[str, Json]) -> BootstrapAuth:
        at = "Auth/Bootstrap"
        return BootstrapAuth(
            self._text(boot, "ServerURI", f"{at}/ServerURI"),
            self._octets(boot, "SecMode", f"{at}/SecMode"),
            self._octets(boot, "ClientPubKey", f"{at}/ClientPubKey"),
            self._octets(boot, "ServerPubKey", f"{at}/ServerPubKey"),
            self._octets(boot, "ClientSecretKey", f"{at}/ClientSecretKey"),
        )

    def _noti(self, noti: Mapping[str, Json]) -> Noti:
        type_ = noti.get("Type")
        number = type_ if isinstance(type_, int) and not isinstance(type_, bool) else None
        if isinstance(type_, str) and type_.isascii() and type_.isdigit() and len(type_) < 10:
            number = int(type_)
        if number is None:
            self._error("MO-TYPE", "a number is due", "Auth/Noti/Type")
        return Noti(
            number,
            self._octets(noti, "Data", "Auth/Noti/Data"),
            self._octets(noti, "Secret", "Auth/Noti/Secret"),
        )

    def _perm(self, tree: Mapping[str, Json]) -> tuple[str, ...]:
        perm = self._node(tree, "Perm", "Perm")
        if not perm:
            # Without it the server may manage nothing: Perm names the objects it asks for.
            self._error("MO-MISSING", "Perm with at least one MOID is required", "Perm")
            return ()
        moids: list[str] = []
        for name, entry in perm.items():
            if isinstance(entry, dict):
                moid = self._text(entry, "MOID", f"Perm/{name}/MOID")
                if moid:
                    moids.append(moid)
            else:
                self._error("MO-TYPE", "an interior node is due", f"Perm/{name}")
        return tuple(moids)

    def _node(self, tree: Mapping[str, Json], name: str, path: str) -> Mapping[str, Json] | None:
        value = tree.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._error("MO-TYPE", "an interior node is due", path)
            return None
        return value

    def _text(self, tree: Mapping[str, Json], name: str, path: str) -> str | None:
        value = tree.get(name)
        if isinstance(value, str) and value:
            return value
        if value is None or value == "":
            self._error("MO-MISSING", "the node is required and missing or empty", path)
        else:
            self._error("MO-TYPE", "a text is due", path)
        return None

    def _octets(self, tree: Mapping[str, Json], name: str, path: str) -> bytes | None:
        value = tree.get(name)
        if value is None:
            self._error("MO-MISSING", "the node is required and missing", path)
            return None
        octets = from_base64(value) if isinstance(value, str) else None
        if octets is None:
            self._error("MO-BASE64", "the value is not base64", path)
        return octets

    def _error(self, code: str, message: str, path: str) -> None:
        self._notes.error(code, message, f"{self._root}/{path}", _DMACC)


_ACCOUNT = frozenset({"SrvID", "SrvURI", "Name", "Perm", "Auth", "Push", "Ext"})
