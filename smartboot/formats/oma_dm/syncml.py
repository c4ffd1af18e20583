"""SyncML elements to a typed bootstrap message (OMA-TS-DM_RepPro 1.2, 6; element tree in)."""

from __future__ import annotations

from dataclasses import replace

from smartboot.errors import DecodeError
from smartboot.formats.oma_dm import embedded
from smartboot.formats.oma_dm.elements import METINF, SYNCML, stray, text_of
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
from smartboot.formats.oma_dm.notes import Notes
from smartboot.formats.oma_dm.tree import Tnds
from smartboot.wbxml.tree import Element

__all__ = ["COMMANDS", "read_message"]

_SPEC = "OMA-TS-DM_RepPro-V1_2"
_BOOT = "OMA-TS-DM_Bootstrap-V1_2"

COMMANDS = frozenset(
    {
        *("Add", "Alert", "Atomic", "Copy", "Delete", "Exec", "Get", "Map", "Move", "Put"),
        *("Replace", "Results", "Search", "Sequence", "Status", "Sync"),
    }
)
"""Elements of SyncBody that are commands."""

_META_TEXTS = {
    "Format": 0,
    "Type": 1,
    "Mark": 2,
    "Size": 3,
    "Version": 4,
    "NextNonce": 5,
    "MaxMsgSize": 6,
    "MaxObjSize": 7,
}
_MAX_NESTED = 4


def read_message(
    root: Element,
    notes: Notes,
    *,
    xml: bool = False,
    data: bytes = b"",
    public_id: int | str = 0x1201,
    wbxml_version: int = 0x02,
) -> Message:
    """Read SyncML. ``data`` is the document's bytes, to tell offsets inside embedded documents.

    Errors: DecodeError when ``root`` is no SyncML message or an embedded document is broken.
    """
    if root.name != "SyncML" or root.page != SYNCML:
        raise DecodeError(f"the root element is {root.name}, expected SyncML", spec=_SPEC)
    return replace(
        _Reader(notes, xml, data).message(root), public_id=public_id, wbxml_version=wbxml_version
    )


class _Reader:
    __slots__ = ("_data", "_notes", "_xml")

    def __init__(self, notes: Notes, xml: bool, data: bytes) -> None:
        self._notes = notes
        self._xml = xml
        self._data = data

    def message(self, root: Element) -> Message:
        notes = self._notes
        header: Header | None = None
        body: Element | None = None
        extra: list[Element] = []
        for child in root.elements:
            if child.page == SYNCML and child.name == "SyncHdr" and header is None:
                header = self._header(child)
            elif child.page == SYNCML and child.name == "SyncBody" and body is None:
                body = child
            else:
                extra.append(child)
        if header is None:
            raise DecodeError("the message has no SyncHdr", spec=_SPEC)
        if body is None:
            raise DecodeError("the message has no SyncBody", spec=_SPEC)
        commands: list[Command] = []
        final = False
        for child in body.elements:
            if child.page == SYNCML and child.name in COMMANDS:
                commands.append(self._command(child, len(commands) + 1, 1))
            elif child.page == SYNCML and child.name == "Final" and not child.children:
                final = True
            else:
                extra.append(Element("SyncBody", (), (child,), SYNCML))
                notes.add("EXTRA", f"{child.name} in SyncBody is kept", "SyncBody", _SPEC)
        if not final:
            notes.info("NO-FINAL", "the message does not end with Final", "SyncBody", _SPEC)
        if not any(command.name == "Add" or command.commands for command in commands):
            notes.add("NO-ADD", "the message adds nothing", "SyncBody", _BOOT)
        return Message(header, tuple(commands), final, tuple(extra))

    def _header(self, element: Element) -> Header:
        texts: dict[str, str] = {}
        target = source = None
        cred: Cred | None = None
        meta: Meta | None = None
        no_resp = False
        extra: list[Element] = []
        for child in element.elements:
            name = child.name if child.page == SYNCML else ""
            if name in _HEADER_TEXTS and name not in texts:
                texts[name] = text_of(child)
            elif name == "Target" and target is None:
                target = self._endpoint(child)
            elif name == "Source" and source is None:
                source = self._endpoint(child)
            elif name == "Cred" and cred is None:
                cred = self._cred(child)
            elif name == "Meta" and meta is None:
                meta = self._meta(child)
            elif name == "NoResp" and not child.children:
                no_resp = True
            else:
                extra.append(child)
                self._notes.add("EXTRA", f"{child.name} in SyncHdr is kept", "SyncHdr", _SPEC)
        version = texts.get("VerDTD")
        if version != "1.2":
            self._notes.add("VERDTD", "VerDTD is missing or not 1.2", "SyncHdr/VerDTD", _SPEC)
        protocol = texts.get("VerProto")
        if protocol not in ("DM/1.2", "DM/1.3"):
            self._notes.add(
                "VERPROTO", "VerProto is neither DM/1.2 nor DM/1.3", "SyncHdr/VerProto", _SPEC
            )
        if target is None:
            self._notes.info("NO-TARGET", "SyncHdr has no Target", "SyncHdr", _SPEC)
        if source is None:
            self._notes.info("NO-SOURCE", "SyncHdr has no Source", "SyncHdr", _SPEC)
        return Header(
            target,
            source,
            version,
            protocol,
            texts.get("SessionID"),
            texts.get("MsgID"),
            texts.get("RespURI"),
            no_resp,
            cred,
            meta,
            tuple(extra),
        )

    def _endpoint(self, element: Element) -> Endpoint:
        uri: str | None = None
        name: str | None = None
        extra: list[Element] = []
        for child in element.elements:
            if child.page == SYNCML and child.name == "LocURI" and uri is None:
                uri = text_of(child)
            elif child.page == SYNCML and child.name == "LocName" and name is None:
                name = text_of(child)
            else:
                extra.append(child)
        return Endpoint(uri, name, tuple(extra))

    def _cred(self, element: Element) -> Cred:
        meta: Meta | None = None
        data: str | bytes | None = None
        extra: list[Element] = []
        for child in element.elements:
            if child.page == SYNCML and child.name == "Meta" and meta is None:
                meta = self._meta(child)
            elif child.page == SYNCML and child.name == "Data" and data is None:
                data = embedded.plain_data(child)
            else:
                extra.append(child)
        return Cred(meta, data, tuple(extra))

    def _meta(self, element: Element) -> Meta:
        texts: list[str | None] = [None] * 8
        emi: list[str] = []
        extra: list[Element] = []
        for child in element.children:
            if not isinstance(child, Element):
                continue
            # XML written by hand often leaves the name space of MetInf away.
            index = _META_TEXTS.get(child.name) if child.page in (METINF, SYNCML) else None
            if index is not None and texts[index] is None:
                texts[index] = text_of(child)
            elif child.name == "EMI" and child.page in (METINF, SYNCML):
                emi.append(text_of(child))
            else:
                extra.append(child)
                self._notes.info("EXTRA", f"{child.name} in Meta is kept", "Meta", _SPEC)
        return Meta(
            texts[0],
            texts[1],
            texts[2],
            texts[3],
            texts[4],
            texts[5],
            texts[6],
            texts[7],
            tuple(emi),
            tuple(extra),
        )

    def _command(self, element: Element, number: int, depth: int) -> Command:
        notes = self._notes
        name = element.name
        where = f"{name} {number}"
        if depth > _MAX_NESTED:
            raise DecodeError(f"commands nested deeper than {_MAX_NESTED}", spec=_SPEC)
        if name != "Add":
            notes.add("COMMAND", f"{name} is not used in a bootstrap message; kept", where, _BOOT)
        cmd_id: str | None = None
        cred: Cred | None = None
        meta: Meta | None = None
        no_resp = False
        items: list[Element] = []
        commands: list[Command] = []
        extra: list[Element] = []
        for child in element.elements:
            kind = child.name if child.page == SYNCML else ""
            if kind == "CmdID" and cmd_id is None:
                cmd_id = text_of(child)
            elif kind == "Item":
                items.append(child)
            elif kind == "Meta" and meta is None:
                meta = self._meta(child)
            elif kind == "NoResp" and not child.children:
                no_resp = True
            elif kind == "Cred" and cred is None:
                cred = self._cred(child)
                notes.add("CRED-IN-COMMAND", "a command must not hold Cred in DM", where, _SPEC)
            elif kind in COMMANDS and name in ("Atomic", "Sequence"):
                commands.append(self._command(child, len(commands) + 1, depth + 1))
            else:
                extra.append(child)
                notes.add("EXTRA", f"{child.name} in {name} is kept", where, _SPEC)
        if stray(element.children):
            notes.add("STRAY-TEXT", "text between elements is ignored", where, _SPEC)
        if name == "Add" and not items:
            notes.add("NO-ITEM", "the command has no Item", where, _SPEC)
        read = tuple(
            self._item(item, f"{where}, item {index}", meta, name)
            for index, item in enumerate(items, 1)
        )
        return Command(name, cmd_id, read, no_resp, cred, meta, tuple(commands), tuple(extra))

    def _item(self, element: Element, where: str, outer: Meta | None, command: str) -> Item:
        ends: dict[str, Endpoint] = {}
        meta: Meta | None = None
        held: Element | None = None
        more = False
        extra: list[Element] = []
        for child in element.elements:
            name = child.name if child.page == SYNCML else ""
            if name in _ENDS and name not in ends:
                ends[name] = self._endpoint(child)
            elif name == "Meta" and meta is None:
                meta = self._meta(child)
            elif name == "Data" and held is None:
                held = child
            elif name == "MoreData" and not child.children:
                more = True
            else:
                extra.append(child)
                self._notes.add("EXTRA", f"{child.name} in Item is kept", where, _SPEC)
        target = ends.get("Target")
        if command == "Add" and (target is None or not target.loc_uri):
            self._notes.error("ITEM-TARGET", "the item has no Target/LocURI", where, _SPEC)
        data: ItemData | None = None
        if held is not None:
            data, meta = self._item_data(held, meta, outer, where, extra)
        return Item(
            target,
            meta,
            data,
            ends.get("Source"),
            ends.get("SourceParent"),
            ends.get("TargetParent"),
            more,
            tuple(extra),
        )

    def _item_data(
        self,
        held: Element,
        meta: Meta | None,
        outer: Meta | None,
        where: str,
        extra: list[Element],
    ) -> tuple[ItemData | None, Meta | None]:
        """The value of Data, and the item's Meta: that of a tree names the form we write."""
        known = meta or outer
        type_ = known.type if known is not None else None
        format_ = known.format if known is not None else None
        tree = embedded.find_tree(held, type_, format_, where, self._notes, self._xml, self._data)
        if isinstance(tree, Tnds):
            if type_ is None:
                self._notes.add("TNDS-TYPE", "Meta does not say that this is TNDS", where, _BOOT)
            same = meta is not None and meta.type == TNDS_WBXML and meta.format == "bin"
            if not same:
                old = meta or Meta()
                meta = Meta(
                    "bin",
                    TNDS_WBXML,
                    old.mark,
                    old.size,
                    old.version,
                    old.next_nonce,
                    old.max_msg_size,
                    old.max_obj_size,
                    old.emi,
                    old.extra,
                )
            return tree, meta
        if any(isinstance(child, Element) for child in held.children):
            extra.append(held)
            self._notes.add("ITEM-DATA", "Data holds elements; kept as it is", where, _SPEC)
            return None, meta
        if format_ == "bin":
            read = embedded.octets_of_xml if self._xml else embedded.opaque_octets
            octets = read(held)
            if octets is not None:
                return octets, meta
        return embedded.plain_data(held), meta


_HEADER_TEXTS = frozenset({"VerDTD", "VerProto", "SessionID", "MsgID", "RespURI"})
_ENDS = frozenset({"Target", "Source", "SourceParent", "TargetParent"})
