"""The worst that 64 KB can hold, by format: what is deep, what is many, what lies about its length.

Each builder gives just under ``SIZE`` bytes. They are made by hand from the wire formats, so that
what no encoder of ours would write is among them.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from smartboot.wbxml import MAX_NODES
from tests.support.lwm2m import container

__all__ = ["DOCUMENTS", "SIZE", "WORST"]

SIZE = 65_000

_CP = b"\x03\x0b\x6a\x00"
_DM = b"\x02\xa4\x01\x6a\x00"
_PUBLIC_ID = b"-//OMA//DTD-DM-DDF 1.2//EN\x00"
_TREE = b"\x02\x00\x00\x6a\x1b" + _PUBLIC_ID + b"\x00\x02\x60"
_NODE = b"\x64\x66\x03A\x00\x01\x01"
_HEADER = bytes.fromhex("6d6c7103312e3200017203444d2f312e32000165033100015b0331000101")
_TYPE = b"application/vnd.syncml.dmtnds+wbxml"
_META = b"\x5a\x00\x01\x47\x03bin\x00\x01\x53\x03" + _TYPE + b"\x00\x01\x00\x00\x01"


def _filled(head: bytes, unit: bytes, tail: bytes = b"") -> bytes:
    """``unit`` again and again between ``head`` and ``tail``, as often as nodes are counted."""
    count = min((SIZE - len(head) - len(tail)) // len(unit), MAX_NODES - 8)
    return head + unit * count + tail


def _counted(head: bytes, unit: Callable[[int], bytes], tail: bytes = b"") -> bytes:
    """``unit(0)``, ``unit(1)``, … as many as there is room for."""
    out, number = bytearray(head), 0
    while len(out) + len(piece := unit(number)) + len(tail) <= SIZE:
        out += piece
        number += 1
    return bytes(out) + tail


def _mb(number: int) -> bytes:
    out = [number & 0x7F]
    while number := number >> 7:
        out.insert(0, 0x80 | number & 0x7F)
    return bytes(out)


def _opaque(data: bytes) -> bytes:
    return b"\xc3" + _mb(len(data)) + data


def _parms(*pairs: tuple[str, str]) -> bytes:
    """Parms whose names and values are inline strings."""
    return b"".join(
        b"\x87\x05\x03" + name.encode() + b"\x00\x06\x03" + value.encode() + b"\x00\x01"
        for name, value in pairs
    )


def _characteristic(kind: str, content: bytes) -> bytes:
    return b"\xc6\x50\x03" + kind.encode() + b"\x00\x01" + content + b"\x01"


def _provisioning() -> dict[str, bytes]:
    root = _CP + b"\x45"
    string = b"a" * 30_000 + b"\x00"
    table = b"\x03\x0b\x6a" + _mb(len(string)) + string + b"\x45"
    utf16 = b"\x03\x0b\x87\x77\x00\x45"
    naps = b"".join(
        _characteristic("NAPDEF", _parms(("NAPID", str(n)), ("INTERNET", ""))) for n in range(300)
    )
    proxy = _characteristic(
        "PXLOGICAL",
        _parms(("PROXY-ID", "p"))
        + _characteristic("PXPHYSICAL", _parms(("PXADDR", "1"), ("TO-NAPID", "INTERNET"))) * 60,
    )
    w7 = _characteristic("APPLICATION", _parms(("APPID", "w7"), ("TO-NAPID", "INTERNET")))
    through = _characteristic("APPLICATION", _parms(("APPID", "w7"), ("TO-PROXY", "p")))
    several = _parms(("APPID", "w7"), *(("TO-NAPID", str(n)) for n in range(40)))
    return {
        "blank": b"\xff" * SIZE,
        "never closed": _filled(root, b"\xc6\x01"),
        "as deep as may be, often": _filled(root, b"\x46" * 29 + b"\x01" * 29, b"\x01"),
        "empty characteristics": _filled(root, b"\x06", b"\x01"),
        "empty parms": _filled(root + b"\x46", b"\x07", b"\x01\x01"),
        "parms with a name": _filled(root + b"\x46", b"\x87\x05\x01", b"\x01\x01"),
        "parms ADDR": _filled(root + b"\x46", b"\x87\x34\x06\x03a\x00\x01", b"\x01\x01"),
        "access points": _filled(root, b"\xc6\x55\x01\x87\x11\x06\x03a\x00\x01\x01", b"\x01"),
        "accounts over all access points": _filled(root + naps, w7, b"\x01"),
        "accounts over 60 proxies": _filled(root + proxy, through, b"\x01"),
        "accounts with 40 connections": _filled(
            root + naps, _characteristic("APPLICATION", several), b"\x01"
        ),
        "unknown attribute values": _filled(root + b"\xc6\x05", b"\xff", b"\x01\x01\x01"),
        "attributes of one element": _filled(root + b"\xc6", b"\x05", b"\x01\x01\x01"),
        "unknown attributes": _filled(root + b"\xc6", b"\x7f", b"\x01\x01\x01"),
        "unknown elements": _filled(root, b"\x08", b"\x01"),
        "unknown elements, one in each": _filled(root, b"\x46\x08\x01", b"\x01"),
        "parms at the top": _filled(root, b"\x07", b"\x01"),
        "attributes given twice": _filled(root, b"\x87\x05\x05\x01", b"\x01"),
        "texts between characteristics": _filled(root, b"\x03a\x00\x06", b"\x01"),
        "empty opaque blocks": _filled(root, b"\xc3\x00", b"\x01"),
        "character entities": _filled(root, b"\x02\x41", b"\x01"),
        "extensions": _filled(root, b"\xc0", b"\x01"),
        "processing instructions": _filled(root, b"\x43\x05\x01", b"\x01"),
        "code page switches": _filled(root, b"\x00\x01\x00\x00", b"\x01"),
        "a length of four gigabytes": _filled(root, b"\xc3\x8f\xff\xff\xff\x7f", b"\x01"),
        "long forms of small numbers": _filled(root, b"\x02\x80\x80\x80\x80\x41", b"\x01"),
        "a number without end": _filled(root + b"\x02", b"\x80"),
        "one long string, referred to": _filled(table, b"\x83\x00", b"\x01"),
        "the end of a string, referred to": _filled(table, b"\x83" + _mb(29_990), b"\x01"),
        "elements with a long name": _filled(table, b"\x04" + _mb(29_000), b"\x01"),
        "attributes with a name of the table": _filled(
            table + b"\xc6", b"\x04" + _mb(29_999), b"\x01\x01\x01"
        ),
        "strings that are no UTF-8": _filled(root, b"\x03\xff\x00", b"\x01"),
        "strings in UTF-16": _filled(utf16, b"\x03\x01\x00\x00\x01\x00\x00", b"\x01"),
        "one string in UTF-16": _filled(utf16 + b"\x03", b"\x01\x01", b"\x00\x00\x01"),
    }


def _connected() -> bytes:
    """Accounts that all lead into one chain of proxies."""

    def leaf(name: str, value: str) -> bytes:
        text = b"\x03" + name.encode() + b"\x00\x01"
        return b"\x64\x66" + text + b"\x76\x03" + value.encode() + b"\x00\x01\x01"

    def typed(kind: str) -> bytes:
        return b"\x6f\x5c\x25\x01\x75\x51\x03" + kind.encode() + b"\x00\x01\x01\x01"

    def interior(name: str, *inner: bytes, kind: str = "") -> bytes:
        head = b"\x64\x66\x03" + name.encode() + b"\x00\x01" + (typed(kind) if kind else b"")
        return head + b"".join(inner) + b"\x01"

    def to(target: str) -> bytes:
        return interior("ToConRef", interior("1", leaf("ConRef", target)))

    chain = b"".join(
        interior(
            f"P{n}",
            leaf("ProxyID", f"P{n}"),
            to(f"./Inbox/P{n + 1}"),
            kind="urn:oma:mo:oma-connmo-proxy:1.0",
        )
        for n in range(240)
    )
    kind = "urn:oma:mo:oma-dm-dmacc:1.0"

    def account(n: int) -> bytes:
        return interior(f"A{n}", leaf("ServerID", str(n)), to("./Inbox/P0"), kind=kind)

    return _counted(_TREE + chain, account, b"\x01")


def _management() -> dict[str, bytes]:
    body = _DM + _HEADER + b"\x6b"
    end = b"\x01\x01\x01"
    tree = _TREE[:-1] + b"\x60" + _NODE + b"\x01"
    item = b"\x54" + _META + b"\x4f" + _opaque(tree) + b"\x01\x01"
    inner = _filled(_TREE, _NODE, b"\x01")[: SIZE - 300]
    inner = inner[: len(_TREE) + (len(inner) - len(_TREE) - 1) // len(_NODE) * len(_NODE)] + b"\x01"
    nested = json.dumps({"DDF": "urn:oma:mo:oma-dm-dmacc:2.0", "MOData": {}}).encode()
    return {
        "empty items": _filled(body + b"\x45", b"\x14", end),
        "items with data": _filled(body + b"\x45", b"\x54\x4f\xc3\x01a\x01\x01", end),
        "commands": _filled(body, b"\x45\x54\x4f\xc3\x01a\x01\x01\x01", b"\x01\x01"),
        "bodies": _filled(_DM + _HEADER, b"\x2b", b"\x01"),
        "unknown commands": _filled(body, b"\x3f", b"\x01\x01"),
        "commands in commands": _filled(body, b"\x48" * 4 + b"\x01" * 4, b"\x01\x01"),
        "a tree in each item": _filled(body + b"\x45", item, end),
        "one large tree in an item": body + b"\x45\x54" + _META + b"\x4f" + _opaque(inner)
        + b"\x01\x01\x01\x01\x01",
        "nodes": _filled(_TREE, _NODE, b"\x01"),
        "nodes without a name": _filled(_TREE, b"\x24", b"\x01"),
        "nodes in one node": _filled(_TREE + b"\x64", _NODE, b"\x01\x01"),
        "nodes of other names": _counted(
            _TREE, lambda n: b"\x64\x66\x03%x\x00\x01\x01" % n, b"\x01"
        ),
        "deep nodes": _filled(_TREE, b"\x64\x66\x03A\x00\x01" * 28 + b"\x01" * 28, b"\x01"),
        "nodes below a long name": _filled(
            _TREE + b"\x64\x66\x03" + b"A" * 30_000 + b"\x00\x01", _NODE, b"\x01\x01"
        ),
        "properties": _filled(_TREE + b"\x64", b"\x2f", b"\x01\x01"),
        "an access control list": _TREE + b"\x64\x66\x03A\x00\x01\x6f\x45\x03"
        + b"Get=*&" * 10_000 + b"\x00\x01\x01\x01\x01",
        "one right for many": _TREE + b"\x64\x66\x03A\x00\x01\x6f\x45\x03Get="
        + b"a+" * 30_000 + b"a\x00\x01\x01\x01\x01",
        "a path of many steps": _TREE + b"\x64\x66\x03A\x00\x01\x69\x03"
        + b"./" * 30_000 + b"\x00\x01\x01\x01",
        "accounts behind a chain of proxies": _connected(),
        "JSON, deep": b"[" * SIZE,
        "JSON, deep objects": b'{"a":' * (SIZE // 5),
        "JSON, numbers": b"[" + b"0," * 32_000 + b"0]",
        "JSON, objects": b"[" + b"{}," * 21_000 + b"{}]",
        "JSON, management objects": b"[" + (nested + b",") * 1000 + nested + b"]",
        "JSON, keys": _counted(b'[{"DDF":"","MOData":{"a":1', lambda n: b',"k%d":1' % n, b"}}]"),
        "JSON, one key": _filled(b'[{"DDF":"","MOData":{"k":1', b',"k":1', b"}}]"),
        "JSON, one string": b'["' + b"a" * 64_000 + b'"]',
        "JSON, escapes": b'["' + b"\\u0041" * 10_000 + b'"]',
        "JSON, one number": b"[" + b"9" * 64_000 + b"]",
        "JSON, blanks": b" " * 64_000 + b"[]",
        "XML, deep": b"<a>" * 21_000,
        "XML, flat": _filled(b"<SyncML>", b"<a/>", b"</SyncML>"),
        "XML, attributes": _counted(b"<SyncML", lambda n: b" a%d='b'" % n, b"/>"),
        "XML, nodes": _filled(b"<MgmtTree xmlns='syncml:dmddf1.2'>", b"<Node/>", b"</MgmtTree>"),
        "XML, character references": _filled(b"<MgmtTree>", b"&lt;", b"</MgmtTree>"),
        "XML, comments": _filled(b"<MgmtTree>", b"<!---->", b"</MgmtTree>"),
        "XML, entities of entities": _counted(
            b"<!DOCTYPE a [<!ENTITY e0 'x'>",
            lambda n: b"<!ENTITY e%d '&e%d;&e%d;'>" % (n + 1, n, n),
            b"]><a>&e9;</a>",
        ),
    }  # fmt: skip  # a line for each


_LWM2M_PARTS = {
    "empty resources": b"\xc0\x00" * 16_000,
    "empty instances": b"\x00\x00" * 16_000,
    "instances with a resource": b"\x02\x00\xc0\x00" * 8000,
    "empty multiple resources": b"\x80\x00" * 16_000,
    "stray resource instances": b"\x40\x00" * 16_000,
    "one resource again and again": b"\xc1\x00a" * 10_000,
    "a resource of every number": b"".join(b"\xe1%ba" % n.to_bytes(2, "big") for n in range(8000)),
    "one multiple resource": b"\x90\x06\x7c\x00" + b"\x40\x00" * 15_872,
}


def _device() -> dict[str, bytes]:
    found = {
        f"{name}, object {number}": container((number, part))
        for name, part in _LWM2M_PARTS.items()
        for number in (0, 1, 21, 9999)
    }
    links = b"".join(b"\x44\x00\x00\x0b\x00" + bytes((n % 256,)) for n in range(2000))
    several = b"\x90\x17" + len(links).to_bytes(2, "big") + links
    server = b"\xc1\x00\x05" + several
    sharing = container(
        (0, b"\x03\x00\xc1\x0a\x05" * 3000),
        (1, b"\x10\x00" + len(server).to_bytes(2, "big") + server),
        (11, b"".join(bytes((0x00, n)) for n in range(256))),
    )
    return {
        **found,
        "blank": b"\x00" * SIZE,
        "bare resources": b"\xc1\x00a" * 21_000,
        "bare empty resources": b"\xc0\x00" * 32_000,
        "bare instances": b"\x00\x00" + b"\x02\x00\xc0\x00" * 16_000,
        "headers of empty objects": container(*[(n % 8, b"") for n in range(12_000)]),
        "a count and nothing": b"\x00\xff" + b"\x00\x00" * 32_000,
        "accounts that share 2000 links": sharing,
    }


DOCUMENTS = {"oma-cp": _provisioning(), "oma-dm": _management(), "lwm2m": _device()}
"""Format name, name of the case, bytes."""

WORST = frozenset(
    {
        "as deep as may be, often",
        "empty characteristics",
        "accounts over all access points",
        "accounts over 60 proxies",
        "unknown attributes",
        "unknown elements",
        "unknown commands",
        "nodes without a name",
        "nodes below a long name",
        "accounts behind a chain of proxies",
        "XML, entities of entities",
        "empty instances, object 0",
        "stray resource instances, object 0",
        "bare instances",
        "accounts that share 2000 links",
    }
)
"""Those that have taken longest or most memory; the ordinary run measures these."""
