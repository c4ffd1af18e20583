"""A typed bootstrap message to SyncML elements, in the order of the DTD (RepPro 1.2, 6)."""

from __future__ import annotations

import base64
from dataclasses import replace

from smartboot import wbxml
from smartboot.errors import EncodeError
from smartboot.formats.oma_dm import tnds
from smartboot.formats.oma_dm.elements import METINF, SYNCML, check_text, text_element
from smartboot.formats.oma_dm.message import (
    TNDS_WBXML,
    TNDS_XML,
    Command,
    Cred,
    Endpoint,
    Header,
    Item,
    Message,
    Meta,
)
from smartboot.formats.oma_dm.syncml import COMMANDS
from smartboot.formats.oma_dm.tree import Tnds
from smartboot.wbxml.tree import Child, Element, Opaque, WbxmlDocument

__all__ = ["encode_tnds", "write_message"]

_NO_RESP = Element("NoResp", (), (), SYNCML)


def encode_tnds(document: Tnds) -> bytes:
    """A TNDS document as WBXML of its own (form A): the names on code page 2, a final NUL."""
    if document.wbxml_version not in (1, 2, 3):
        raise EncodeError("must be 1, 2 or 3", field="wbxml_version")
    root = tnds.to_element(document)
    return wbxml.encode(WbxmlDocument(root, wbxml.DM_DDF.formal_id, version=document.wbxml_version))


def write_message(message: Message, *, xml: bool = False) -> Element:
    """SyncML as an element, for WBXML or XML. Errors: EncodeError naming the field."""
    body: list[Child] = []
    for number, command in enumerate(message.commands, 1):
        body.append(_command(command, f"{command.name} {number}", xml))
    outer: list[Child] = []
    for one in message.extra:
        if one.name == "SyncBody" and one.page == SYNCML:
            body.extend(one.children)
        else:
            outer.append(one)
    if message.final:
        body.append(Element("Final", (), (), SYNCML))
    parts = (_header(message.header, xml), Element("SyncBody", (), tuple(body), SYNCML), *outer)
    return Element("SyncML", (), parts, SYNCML)


def _put(children: list[Child], name: str, text: str | None, page: int = SYNCML) -> None:
    if text is not None:
        children.append(text_element(name, check_text(text, name), page))


def _header(header: Header, xml: bool) -> Element:
    children: list[Child] = []
    _put(children, "VerDTD", header.ver_dtd)
    _put(children, "VerProto", header.ver_proto)
    _put(children, "SessionID", header.session_id)
    _put(children, "MsgID", header.msg_id)
    _endpoint(children, "Target", header.target)
    _endpoint(children, "Source", header.source)
    _put(children, "RespURI", header.resp_uri)
    if header.no_resp:
        children.append(_NO_RESP)
    _cred(children, header.cred, xml)
    _meta(children, header.meta)
    return Element("SyncHdr", (), (*children, *header.extra), SYNCML)


def _endpoint(children: list[Child], name: str, endpoint: Endpoint | None) -> None:
    if endpoint is None:
        return
    inner: list[Child] = []
    _put(inner, "LocURI", endpoint.loc_uri)
    _put(inner, "LocName", endpoint.loc_name)
    children.append(Element(name, (), (*inner, *endpoint.extra), SYNCML))


def _cred(children: list[Child], cred: Cred | None, xml: bool) -> None:
    if cred is None:
        return
    inner: list[Child] = []
    _meta(inner, cred.meta)
    if cred.data is not None:
        inner.append(_data(cred.data, None, "Cred", xml))
    children.append(Element("Cred", (), (*inner, *cred.extra), SYNCML))


def _meta(children: list[Child], meta: Meta | None) -> None:
    if meta is None:
        return
    inner: list[Child] = []
    _put(inner, "Format", meta.format, METINF)
    _put(inner, "Type", meta.type, METINF)
    _put(inner, "Mark", meta.mark, METINF)
    _put(inner, "Size", meta.size, METINF)
    _put(inner, "Version", meta.version, METINF)
    _put(inner, "NextNonce", meta.next_nonce, METINF)
    _put(inner, "MaxMsgSize", meta.max_msg_size, METINF)
    _put(inner, "MaxObjSize", meta.max_obj_size, METINF)
    for one in meta.emi:
        _put(inner, "EMI", one, METINF)
    children.append(Element("Meta", (), (*inner, *meta.extra), SYNCML))


def _command(command: Command, where: str, xml: bool) -> Element:
    if command.name not in COMMANDS:
        raise EncodeError("is no SyncML command", field=where)
    children: list[Child] = []
    _put(children, "CmdID", command.cmd_id)
    if command.no_resp:
        children.append(_NO_RESP)
    _cred(children, command.cred, xml)
    _meta(children, command.meta)
    for number, item in enumerate(command.items, 1):
        children.append(_item(item, command.meta, f"{where}, item {number}", xml))
    for number, inner in enumerate(command.commands, 1):
        children.append(_command(inner, f"{where}, {inner.name} {number}", xml))
    return Element(command.name, (), (*children, *command.extra), SYNCML)


def _item(item: Item, outer: Meta | None, where: str, xml: bool) -> Element:
    children: list[Child] = []
    _endpoint(children, "Target", item.target)
    _endpoint(children, "Source", item.source)
    _endpoint(children, "SourceParent", item.source_parent)
    _endpoint(children, "TargetParent", item.target_parent)
    meta = item.meta
    data = item.data
    if isinstance(data, Tnds):
        if meta is None:
            meta = Meta("bin", TNDS_WBXML)
        meta = replace(meta, format="bin", type=TNDS_XML if xml else TNDS_WBXML)
        _meta(children, meta)
        held: Child = tnds.to_element(data, xml=True) if xml else Opaque(encode_tnds(data))
        children.append(Element("Data", (), (held,), SYNCML))
    else:
        _meta(children, meta)
        if data is not None:
            known = meta or outer
            format_ = known.format if known is not None else None
            children.append(_data(data, format_, where, xml))
    if item.more_data:
        children.append(Element("MoreData", (), (), SYNCML))
    return Element("Item", (), (*children, *item.extra), SYNCML)


def _data(data: str | bytes, format_: str | None, where: str, xml: bool) -> Element:
    held: Child
    if isinstance(data, str):
        held = check_text(data, where)
        if xml and format_ == "bin":
            held = base64.b64encode(data.encode("utf-8")).decode("ascii")
    elif xml and format_ == "bin":
        held = base64.b64encode(data).decode("ascii")
    else:
        held = Opaque(data)
    return Element("Data", (), (held,) if data else (), SYNCML)
