"""A DM 1.x bootstrap message as plain values: ``header``, ``commands`` and their items.

    header: {source: "https://dm.example.com/mgmt", target: "IMEI:004999010640000"}
    commands:
      - cmd_id: "1"
        items:
          - target: ./Inbox
            tree: {nodes: [...]}
          - {target: ./DMAcc/X/Name, meta: {format: chr}, data: Example}

A command without a name is Add. ``tree`` is a TNDS document, ``data`` a text, ``octets`` bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartboot.errors import EncodeError
from smartboot.formats.oma_dm.message import (
    TNDS_WBXML,
    Command,
    Cred,
    Endpoint,
    Header,
    Item,
    ItemData,
    Message,
    Meta,
)
from smartboot.formats.oma_dm.plain_tools import (
    ABSENT,
    Reader,
    extra_from_plain,
    extra_to_plain,
    octets,
    text,
)
from smartboot.formats.oma_dm.plain_tree import (
    tnds_from_plain,
    tnds_to_plain,
    version_from_plain,
    version_to_plain,
)
from smartboot.formats.oma_dm.syncml import COMMANDS
from smartboot.formats.oma_dm.tree import Tnds, is_secret_name
from smartboot.model import MASK
from smartboot.model import to_plain as text_to_plain

__all__ = ["from_plain", "to_plain"]

_USUAL_META = Meta("bin", TNDS_WBXML)
_SYNCML_1_2 = 0x1201
_MAX_NESTED = 4
_HEADER = Header()
_HEADER_TEXTS = ("ver_dtd", "ver_proto", "session_id", "msg_id", "resp_uri")
_META_TEXTS = (
    *("format", "type", "mark", "size", "version", "next_nonce"),
    *("max_msg_size", "max_obj_size"),
)
_ENDS = ("source", "source_parent", "target_parent")


def to_plain(message: Message, show: bool) -> dict[str, Any]:
    """The message's members beside ``carrier``."""
    plain: dict[str, Any] = {}
    if message.wbxml_version != 2:
        plain["wbxml_version"] = version_to_plain(message.wbxml_version)
    if message.public_id != _SYNCML_1_2:
        identifier = message.public_id
        plain["public_id"] = (
            identifier if isinstance(identifier, int) else text_to_plain(identifier)
        )
    plain["header"] = _header(message.header, show)
    plain["commands"] = [_command(one, show) for one in message.commands]
    if not message.final:
        plain["final"] = False
    return _with_extra(plain, message.extra, show)


def _with_extra(plain: dict[str, Any], extra: Any, show: bool) -> dict[str, Any]:
    if extra:
        plain["extra"] = extra_to_plain(extra, show)
    return plain


def _header(header: Header, show: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key in _HEADER_TEXTS:
        held: str | None = getattr(header, key)
        if held != getattr(_HEADER, key):
            plain[key] = None if held is None else text_to_plain(held)
    if header.target is not None:
        plain["target"] = _endpoint(header.target, show)
    if header.source is not None:
        plain["source"] = _endpoint(header.source, show)
    if header.no_resp:
        plain["no_resp"] = True
    if header.cred is not None:
        plain["cred"] = _cred(header.cred, show)
    if header.meta is not None:
        plain["meta"] = _meta(header.meta, show)
    return _with_extra(plain, header.extra, show)


def _endpoint(endpoint: Endpoint, show: bool) -> Any:
    uri = None if endpoint.loc_uri is None else text_to_plain(endpoint.loc_uri)
    if uri is not None and endpoint.loc_name is None and not endpoint.extra:
        return uri
    plain: dict[str, Any] = {"uri": uri}
    if endpoint.loc_name is not None:
        plain["name"] = text_to_plain(endpoint.loc_name)
    return _with_extra(plain, endpoint.extra, show)


def _cred(cred: Cred, show: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    if cred.meta is not None:
        plain["meta"] = _meta(cred.meta, show)
    if cred.data is not None:
        _put_data(plain, cred.data, hidden=not show)
    return _with_extra(plain, cred.extra, show)


def _put_data(plain: dict[str, Any], data: str | bytes, *, hidden: bool) -> None:
    key = "octets" if isinstance(data, bytes) else "data"
    plain[key] = MASK if hidden else text_to_plain(data, opaque=True)


def _meta(meta: Meta, show: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key in _META_TEXTS:
        held: str | None = getattr(meta, key)
        if held is not None:
            plain[key] = MASK if key == "next_nonce" and not show else text_to_plain(held)
    if meta.emi:
        plain["emi"] = [text_to_plain(one) for one in meta.emi]
    return _with_extra(plain, meta.extra, show)


def _command(command: Command, show: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    if command.name != "Add":
        plain["command"] = command.name
    if command.cmd_id is not None:
        plain["cmd_id"] = text_to_plain(command.cmd_id)
    if command.no_resp:
        plain["no_resp"] = True
    if command.cred is not None:
        plain["cred"] = _cred(command.cred, show)
    if command.meta is not None:
        plain["meta"] = _meta(command.meta, show)
    if command.items:
        plain["items"] = [_item(one, show) for one in command.items]
    if command.commands:
        plain["commands"] = [_command(one, show) for one in command.commands]
    return _with_extra(plain, command.extra, show)


def _item(item: Item, show: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    if item.target is not None:
        plain["target"] = _endpoint(item.target, show)
    for key in _ENDS:
        end: Endpoint | None = getattr(item, key)
        if end is not None:
            plain[key] = _endpoint(end, show)
    tree = isinstance(item.data, Tnds)
    if item.meta is not None and not (tree and item.meta == _USUAL_META):
        plain["meta"] = _meta(item.meta, show)
    elif item.meta is None and tree:
        plain["meta"] = None
    uri = item.target.loc_uri if item.target is not None else None
    name = (uri or "").rstrip("/").rpartition("/")[2]
    if isinstance(item.data, Tnds):
        plain["tree"] = tnds_to_plain(item.data, show, name)
    elif item.data is not None:
        _put_data(plain, item.data, hidden=is_secret_name(name) and not show)
    if item.more_data:
        plain["more_data"] = True
    return _with_extra(plain, item.extra, show)


# -- and back ------------------------------------------------------------------------------------


def from_plain(plain: Any) -> Message:
    """The way back of ``to_plain``. Errors: EncodeError naming the place."""
    reader = Reader(plain, "")
    identifier = reader.get("public_id", _SYNCML_1_2)
    if isinstance(identifier, str):
        identifier = text(identifier, "public_id")
    elif not isinstance(identifier, int) or isinstance(identifier, bool):
        raise EncodeError("must be a number or a text", field="public_id")
    message = Message(
        header=_read_header(reader.get("header", {}), "header"),
        commands=tuple(_read_command(one, at, 1) for one, at in reader.items("commands")),
        final=reader.flag("final", True),
        extra=extra_from_plain(reader),
        wbxml_version=version_from_plain(reader),
        public_id=identifier,
    )
    reader.done()
    return message


def _read_header(plain: Any, where: str) -> Header:
    reader = Reader(plain, where)
    texts = {key: reader.text(key, getattr(_HEADER, key)) for key in _HEADER_TEXTS}
    header = Header(
        target=_read_endpoint(reader, "target"),
        source=_read_endpoint(reader, "source"),
        ver_dtd=texts["ver_dtd"],
        ver_proto=texts["ver_proto"],
        session_id=texts["session_id"],
        msg_id=texts["msg_id"],
        resp_uri=texts["resp_uri"],
        no_resp=reader.flag("no_resp", False),
        cred=_read_cred(reader),
        meta=_read_meta(reader),
        extra=extra_from_plain(reader),
    )
    reader.done()
    return header


def _read_endpoint(reader: Reader, key: str) -> Endpoint | None:
    value = reader.get(key)
    if value is ABSENT or value is None:
        return None
    if not isinstance(value, Mapping):
        return Endpoint(text(value, reader.at(key)))
    inner = Reader(value, reader.at(key))
    endpoint = Endpoint(inner.text("uri"), inner.text("name"), extra_from_plain(inner))
    inner.done()
    return endpoint


def _read_cred(reader: Reader) -> Cred | None:
    value = reader.get("cred")
    if value is ABSENT or value is None:
        return None
    inner = Reader(value, reader.at("cred"))
    cred = Cred(_read_meta(inner), _read_data(inner), extra_from_plain(inner))
    inner.done()
    return cred


def _read_data(reader: Reader) -> str | bytes | None:
    if reader.has("octets"):
        if reader.has("data"):
            raise EncodeError("more than one of data, octets", field=reader.where)
        return octets(reader.get("octets"), reader.at("octets"))
    return reader.text("data")


def _read_meta(reader: Reader) -> Meta | None:
    value = reader.get("meta")
    if value is ABSENT or value is None:
        return None
    inner = Reader(value, reader.at("meta"))
    texts = {key: inner.text(key) for key in _META_TEXTS}
    meta = Meta(
        format=texts["format"],
        type=texts["type"],
        mark=texts["mark"],
        size=texts["size"],
        version=texts["version"],
        next_nonce=texts["next_nonce"],
        max_msg_size=texts["max_msg_size"],
        max_obj_size=texts["max_obj_size"],
        emi=tuple(text(one, at) for one, at in inner.items("emi")),
        extra=extra_from_plain(inner),
    )
    inner.done()
    return meta


def _read_command(plain: Any, where: str, depth: int) -> Command:
    if depth > _MAX_NESTED:
        raise EncodeError(f"commands nested deeper than {_MAX_NESTED}", field=where)
    reader = Reader(plain, where)
    name = reader.text("command", "Add")
    if name not in COMMANDS:
        raise EncodeError("is no SyncML command", field=reader.at("command"))
    command = Command(
        name=name,
        cmd_id=reader.text("cmd_id"),
        items=tuple(_read_item(one, at) for one, at in reader.items("items")),
        no_resp=reader.flag("no_resp", False),
        cred=_read_cred(reader),
        meta=_read_meta(reader),
        commands=tuple(_read_command(one, at, depth + 1) for one, at in reader.items("commands")),
        extra=extra_from_plain(reader),
    )
    reader.done()
    return command


def _read_item(plain: Any, where: str) -> Item:
    reader = Reader(plain, where)
    data: ItemData | None
    meta = _read_meta(reader)
    if reader.has("tree"):
        if reader.has("data") or reader.has("octets"):
            raise EncodeError("more than one of tree, data, octets", field=where)
        data = tnds_from_plain(reader.get("tree"), reader.at("tree"))
        if not reader.has("meta"):
            meta = _USUAL_META
    else:
        data = _read_data(reader)
    item = Item(
        target=_read_endpoint(reader, "target"),
        meta=meta,
        data=data,
        source=_read_endpoint(reader, "source"),
        source_parent=_read_endpoint(reader, "source_parent"),
        target_parent=_read_endpoint(reader, "target_parent"),
        more_data=reader.flag("more_data", False),
        extra=extra_from_plain(reader),
    )
    reader.done()
    return item
