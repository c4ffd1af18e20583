"""LwM2M documents for tests: the files written out by hand, and strategies for whole documents.

The three files were added up by hand (every length byte) and are read by an independent TLV
dissector in test_lwm2m_oracle.
"""

from __future__ import annotations

import struct
from functools import cache

from hypothesis import strategies as st

from smartboot.formats.lwm2m.document import (
    Document,
    Instance,
    Item,
    MultipleResource,
    ObjectBlock,
    Resource,
    ResourceInstance,
)
from smartboot.formats.lwm2m.objects import OBJECTS, ResourceSpec
from smartboot.formats.lwm2m.values import Type, encode_value

PSK_KEY = bytes.fromhex("a07c3391e24d5b68f6120d9a5e8744c1")

PSK_FILE = bytes.fromhex(
    "00 02 00 76 00 00 00 00 59 08 00 56 C8 00 21 63"
    "6F 61 70 73 3A 2F 2F 6C 77 6D 32 6D 2E 68 61 72"
    "62 6F 72 2E 65 78 61 6D 70 6C 65 3A 35 36 38 34"
    "C1 01 00 C1 02 00 C8 03 10 68 61 72 62 6F 72 2D"
    "63 65 6C 6C 2D 30 34 31 37 C0 04 C8 05 10 A0 7C"
    "33 91 E2 4D 5B 68 F6 12 0D 9A 5E 87 44 C1 C2 0A"
    "01 2C 00 01 00 00 13 08 00 10 C2 00 01 2C C4 01"
    "00 00 A8 C0 C1 06 01 C1 07 55"
)
"""A PSK server, Short Server ID 300, lifetime 43200 s. 122 bytes."""

BOOTSTRAP_FILE = bytes.fromhex(
    "00 01 00 46 00 00 00 00 41 08 01 3E C8 00 1C 63"
    "6F 61 70 73 3A 2F 2F 62 73 2E 6B 65 6C 70 2E 65"
    "78 61 6D 70 6C 65 3A 35 36 38 34 C1 01 01 C1 02"
    "00 C7 03 6B 65 6C 70 2D 37 37 C0 04 C8 05 08 5D"
    "10 99 B2 C7 E0 44 16 C1 0B 1E"
)
"""A bootstrap server only, instance 1, hold-off 30 s. 74 bytes."""

APN_FILE = bytes.fromhex(
    "00 01 00 29 00 0B 01 01 00 23 08 03 20 C6 00 6D"
    "65 74 65 72 73 C8 01 12 6D 32 6D 2E 68 61 72 62"
    "6F 72 2E 65 78 61 6D 70 6C 65 C1 04 03"
)
"""An APN profile /11/3, object version 1.1. 45 bytes."""

ACL_INSTANCE = bytes.fromhex("08 00 13 C1 00 03 C1 01 00 87 02 61 01 2C 05 41 00 01 C2 03 01 2C")
"""/2/0: server 300 has read and execute on /3/0, the others read."""

BARE_RESOURCES = bytes.fromhex(
    "C8 00 0F 62 73 2E 6B 65 6C 70 2E 65 78 61 6D 70"
    "6C 65 C1 01 01 41 02 00 C4 03 69 64 2D 39 C3 05"
    "6B 33 79 C4 05 6B 33 79 32"
)
"""Resources without anything around: no scheme, a stray resource instance, two keys."""


def container(*objects: tuple[int, bytes], count: int | None = None) -> bytes:
    """A file in the layout of Appendix G, put together without the code under test."""
    body = b"".join(struct.pack(">HBH", number, 0, len(tlv)) + tlv for number, tlv in objects)
    return struct.pack(">HH", len(objects) if count is None else count, len(body)) + body


def security(tlv: bytes | str) -> bytes:
    """A file with one Security instance that holds these resource TLVs (at most 255 bytes)."""
    raw = bytes.fromhex(tlv) if isinstance(tlv, str) else tlv
    return container((0, bytes((0x08, 0, len(raw))) + raw))


def _typed(row: ResourceSpec) -> st.SearchStrategy[bytes]:
    """Values of a resource in their canonical form."""
    if row.type in (Type.INTEGER, Type.UNSIGNED, Type.TIME):
        low = -(2**63) if row.low is None else row.low
        high = 2**63 - 1 if row.high is None else row.high
        numbers = st.integers(low, high) | st.integers(max(low, -300), min(high, 300))
        return numbers.map(lambda number: encode_value(number, row.type))
    if row.type is Type.BOOLEAN:
        return st.sampled_from([b"\x00", b"\x01"])
    if row.type is Type.OBJLNK:
        return st.binary(min_size=4, max_size=4)
    if row.type is Type.NONE:
        return st.just(b"")
    if row.type is Type.OPAQUE:
        return st.binary(max_size=40) | st.text(max_size=12).map(str.encode)
    # Text of every kind, text that looks like a hex: form or a mask, and bytes that are no text.
    texts = st.text(max_size=20) | st.sampled_from(["hex:00", "hex:", "********", "a\nb"])
    return texts.map(str.encode) | st.binary(max_size=20)


_IDS = st.integers(0, 300) | st.sampled_from([0, 255, 256, 65534, 65535])
_RAW = st.binary(max_size=20)


def _shaped(
    number: st.SearchStrategy[int], raw: st.SearchStrategy[bytes], multiple: bool
) -> st.SearchStrategy[Item]:
    """A resource: nearly always in the shape it should have, at times in one it should not."""
    entries = st.lists(st.builds(ResourceInstance, _IDS, raw), max_size=3).map(tuple)
    right: st.SearchStrategy[Item] = st.builds(Resource, number, raw)
    wrong: st.SearchStrategy[Item] = st.builds(MultipleResource, number, entries)
    if multiple:
        right, wrong = wrong, right
    stray = st.builds(ResourceInstance, number, raw)
    return st.integers(0, 19).flatmap(lambda n: wrong if n == 0 else stray if n == 1 else right)


@cache
def items(object_id: int) -> st.SearchStrategy[Item]:
    """One item of an instance: mostly one of the tables, at times an unknown one."""
    rows = OBJECTS[object_id].resources if object_id in OBJECTS else {}
    unknown = _shaped(st.sampled_from([99, 255, 256, 300, 65535]), _RAW, multiple=False)
    known = [_shaped(st.just(row.id), _typed(row), row.multiple) for row in rows.values()]
    return st.sampled_from([*known, unknown]).flatmap(lambda strategy: strategy)


_VERSIONS = st.none() | st.tuples(st.integers(1, 255), st.integers(0, 255))


@cache
def _blocks(object_id: int) -> st.SearchStrategy[ObjectBlock]:
    instance = st.builds(Instance, _IDS, st.lists(items(object_id), max_size=5).map(tuple))
    instances = st.lists(instance, max_size=2).map(tuple)
    return st.builds(ObjectBlock, st.just(object_id), instances, _VERSIONS)


def documents() -> st.SearchStrategy[Document]:
    """Whole documents in the layout of Appendix G, quirks of real cards among them."""
    ids = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 11, 21, 23, 3337, 65535])
    blocks = st.lists(ids.flatmap(_blocks), max_size=3).map(tuple)
    return st.builds(Document, blocks)
