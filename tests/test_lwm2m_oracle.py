"""LwM2M TLV against an independent dissector (tshark), and our tables against its names."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from smartboot.formats.lwm2m import LWM2M, Document, Instance, ObjectBlock, Resource
from smartboot.formats.lwm2m.document import MultipleResource, ResourceInstance, Unparsed
from smartboot.formats.lwm2m.objects import OBJECTS
from smartboot.formats.lwm2m.values import Type, encode_value
from smartboot.formats.lwm2m.writer import encode_instances
from tests.support.lwm2m import ACL_INSTANCE, APN_FILE, BOOTSTRAP_FILE, PSK_FILE, container

TSHARK = shutil.which("tshark")
REQUIRED = bool(os.environ.get("CI") or os.environ.get("SMARTBOOT_REQUIRE_TOOLS"))

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(TSHARK is None and not REQUIRED, reason="tshark is not installed"),
]

USER_DLT = 'uat:user_dlts:"User 0 (DLT=147)","lwm2mtlv","0","","0",""'


def tshark(*arguments: str) -> str:
    assert TSHARK is not None, "tshark is required here"
    done = subprocess.run(
        [TSHARK, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def dissect(tlvs: list[bytes], folder: Path) -> list[tuple[list[int], list[int], list[str]]]:
    """Kinds, identifiers and values (not the empty ones) that tshark finds in each TLV chain."""
    capture = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 147)
    for tlv in tlvs:
        capture += struct.pack("<IIII", 0, 0, len(tlv), len(tlv)) + tlv
    path = folder / "lwm2m.pcap"
    path.write_bytes(capture)
    fields = ("lwm2mtlv.type.type", "lwm2mtlv.identifier", "lwm2mtlv.value")
    wanted = [part for field in fields for part in ("-e", field)]
    output = tshark("-r", str(path), "-o", USER_DLT, "-T", "fields", *wanted)
    found = []
    for line in output.splitlines():
        kinds, numbers, values = (column.split(",") for column in f"{line}\t\t".split("\t")[:3])
        found.append(
            (
                [int(kind) for kind in kinds],
                [int(number) for number in numbers],
                [value for value in values if value not in ("", "<MISSING>")],
            )
        )
    return found


def listing(block: ObjectBlock) -> tuple[list[int], list[int], list[str]]:
    """The same of our own document: every TLV in the order of the bytes."""
    found: list[tuple[int, int, bytes | None]] = []
    for instance in block.instances:
        assert isinstance(instance, Instance)
        found.append((0, instance.id, None))
        for item in instance.items:
            assert not isinstance(item, Unparsed | ResourceInstance)
            if isinstance(item, MultipleResource):
                found.append((2, item.id, None))
                for entry in item.instances:
                    assert isinstance(entry, ResourceInstance)
                    found.append((1, entry.id, entry.raw))
            else:
                found.append((3, item.id, item.raw))
    return (
        [kind for kind, _, _ in found],
        [number for _, number, _ in found],
        [raw.hex() for _, _, raw in found if raw],
    )


def blocks(document: Document) -> list[ObjectBlock]:
    return [block for block in document.objects if isinstance(block, ObjectBlock)]


def test_tlv_is_what_an_independent_dissector_sees(tmp_path: Path) -> None:
    ours: list[ObjectBlock] = []
    for wire in (PSK_FILE, BOOTSTRAP_FILE, APN_FILE, container((2, ACL_INSTANCE))):
        ours += blocks(LWM2M.decode(wire).document)
    for length in (1, 7, 8, 255, 256, 3000):
        items = (Resource(255, bytes(length)), Resource(256, b"\x01" * length))
        multiple = MultipleResource(300, (ResourceInstance(0, b"a"), ResourceInstance(999, b"b")))
        ours.append(ObjectBlock(0, (Instance(0, items), Instance(300, (multiple,)))))
    theirs = dissect([encode_instances(block.instances) for block in ours], tmp_path)
    assert theirs == [listing(block) for block in ours]


@pytest.mark.parametrize(
    ("kind", "field", "numbers"),
    [
        (Type.INTEGER, "integer", [0, 127, 128, -128, -129, 300, 32768, 43200, 2**31, -(2**63)]),
        (Type.UNSIGNED, "unsigned_integer", [0, 200, 255, 256, 49320, 65536, 2**32, 2**64 - 1]),
    ],
)
def test_integers_are_what_an_independent_dissector_reads(
    kind: Type, field: str, numbers: list[int], tmp_path: Path
) -> None:
    items = tuple(Resource(n, encode_value(number, kind)) for n, number in enumerate(numbers))
    tlv = encode_instances((Instance(0, items),))
    path = tmp_path / "values.pcap"
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 147)
    path.write_bytes(header + struct.pack("<IIII", 0, 0, len(tlv), len(tlv)) + tlv)
    output = tshark(
        *("-r", str(path), "-o", USER_DLT, "-T", "fields", "-e", f"lwm2mtlv.value.{field}")
    )
    assert [int(number) for number in output.strip().split(",")] == numbers


FIELD_TYPES = {
    Type.STRING: {"FT_STRING"},
    Type.CORELNK: {"FT_STRING"},
    Type.INTEGER: {"FT_INT64"},
    Type.UNSIGNED: {"FT_UINT64", "FT_INT64"},
    Type.BOOLEAN: {"FT_BOOLEAN"},
    Type.OPAQUE: {"FT_BYTES", "FT_STRING"},
    Type.TIME: {"FT_ABSOLUTE_TIME"},
    Type.OBJLNK: {"FT_BYTES", "FT_STRING"},
    Type.NONE: {"FT_BYTES", "FT_NONE"},
}


def test_names_and_types_of_security_and_server_agree() -> None:
    """tshark 4 knows the objects of 1.0 and 1.1 by name; of each it knows, the type is ours."""
    theirs: dict[str, set[str]] = {}
    for line in tshark("-G", "fields").splitlines():
        columns = line.split("\t")
        if columns[0] == "F" and columns[2].startswith("lwm2mtlv.resource."):
            theirs.setdefault(columns[1].lower(), set()).add(columns[3])
    compared = 0
    for object_id in (0, 1):
        for row in OBJECTS[object_id].resources.values():
            if row.name.lower() in theirs:
                compared += 1
                assert theirs[row.name.lower()] & FIELD_TYPES[row.type], row.name
    assert compared >= 20
