"""OMA DM documents against libwbxml: what we write it reads, what it writes we read.

Where libwbxml 0.11.8 deviates, the case says so: it writes Data of plain nodes as OPAQUE (which
means the same), and it neither decodes nor encodes base64 of bin values.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from smartboot.formats.oma_dm import (
    OMA_DM,
    Command,
    Cred,
    DmDocument,
    Endpoint,
    Header,
    Item,
    Message,
    Meta,
    Node,
    Tnds,
    leaf,
    node,
)
from tests.support.oma_dm import BOOT, FULL

TNDS = "application/vnd.syncml.dmtnds+wbxml"
MISSING = [name for name in ("xml2wbxml", "wbxml2xml") if shutil.which(name) is None]
REQUIRED = bool(os.environ.get("CI") or os.environ.get("SMARTBOOT_REQUIRE_TOOLS"))
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(bool(MISSING) and not REQUIRED, reason=f"not installed: {MISSING}"),
]


def message(*items: Item, commands: tuple[Command, ...] = (), **header: object) -> DmDocument:
    head = Header(
        Endpoint("IMEI:004999010640000"), Endpoint("https://dm.example.com/mgmt"), **header
    )
    return DmDocument.of(Message(head, commands or (Command(cmd_id="1", items=items),)))


def inbox(*nodes: Node, **fields: object) -> Item:
    return Item(Endpoint("./Inbox"), Meta("bin", TNDS), Tnds(nodes, **fields))


def plain(path: str, format_: str, data: str, mime: str | None = "text/plain") -> Item:
    return Item(Endpoint(path), Meta(format_, mime), data)


def deep(levels: int) -> Node:
    built = leaf("End", "x")
    for number in range(levels):
        built = node(f"N{number}", built)
    return built


CRED = Cred(Meta("b64", "syncml:auth-md5"), "Zz6EivR3yeaaENcRN6lpAQ==")
FORMATS = ("chr", "int", "bool", "float", "date", "time", "xml", "b64", "null")
EXACT = {
    "boot": OMA_DM.decode(BOOT).document,
    "full": OMA_DM.decode(FULL).document,
    "two items": message(inbox(node("A", leaf("B", "1"))), inbox(node("C", leaf("D", "2")))),
    "two adds": message(
        commands=tuple(
            Command(cmd_id=str(i), items=(inbox(node("A", leaf("ServerID", f"s{i}"))),))
            for i in (1, 2)
        )
    ),
    "two objects": message(inbox(node("A", leaf("B", "1")), node("C", ddf_name="urn:x:1.0"))),
    "unicode": message(inbox(node("Äpfel", leaf("名前", "ü€😀 <&>\"']]")))),
    "credentials": message(inbox(node("A")), cred=CRED),
    "header meta": message(
        inbox(node("A")), meta=Meta(max_msg_size="4096", max_obj_size="65535"), session_id="7"
    ),
    "protocol 1.3": message(inbox(node("A")), ver_proto="DM/1.3"),
    "properties": message(
        inbox(
            Node(
                *("N", (), "5", "int", "text/plain", None, "Add=*", None, "Title"),
                *("20200101T000000Z", "7", "N", "1"),
            )
        )
    ),
    "path": message(inbox(Node("B", (), "x", "chr", "text/plain", path="A/C"))),
    "formats": message(inbox(node("A", *(leaf(f, "1", f) for f in FORMATS)))),
    "empty value": message(inbox(node("A", leaf("B", "")))),
    "no value": message(inbox(node("A", Node("B", (), None, "chr", "text/plain")))),
    "manufacturer": message(inbox(node("A"), man="Example", mod="M1")),
    "deep": message(inbox(deep(10))),
    "no properties": message(inbox(Node("A", (Node("B", (), "x"),)))),
    "no data": message(commands=(Command("Delete", "1", (Item(Endpoint("./A/B")),)),)),
    "location names": message(
        Item(Endpoint("./Inbox", "the box"), Meta("bin", TNDS), Tnds((node("A"),)))
    ),
    "tnds alone": DmDocument.of(Tnds((node("A", leaf("B", "x")),), man="M", mod="m")),
}
"""libwbxml writes the same bytes, with -n and -v 1.2."""

AS_OPAQUE = {
    "plain leaf": message(plain("./DMAcc/X/Name", "chr", "Example DM")),
    "plain leaves": message(
        plain("./DMAcc/X/AppID", "chr", "w7"), plain("./DMAcc/X/Port", "int", "443", None)
    ),
}
"""libwbxml writes Data as OPAQUE, which reads as the same text."""

OCTETS = {
    "bin": message(inbox(node("A", leaf("B", b"\x01\x02abc")))),
}
"""libwbxml prints octets as they are and takes base64 for text."""

IDS = [*EXACT, *AS_OPAQUE]


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, timeout=20, check=False)
    assert b"succeeded" in done.stdout + done.stderr, done.stderr


def to_xml(data: bytes, at: Path) -> bytes:
    (at / "in.wbxml").write_bytes(data)
    run("wbxml2xml", "-m", "0", "-k", "-o", at / "out.xml", at / "in.wbxml")
    return (at / "out.xml").read_bytes()


def to_wbxml(text: bytes, at: Path) -> bytes:
    (at / "in.xml").write_bytes(text)
    run("xml2wbxml", "-n", "-v", "1.2", "-o", at / "out.wbxml", at / "in.xml")
    return (at / "out.wbxml").read_bytes()


@pytest.mark.parametrize("name", IDS)
def test_libwbxml_reads_what_we_write(name, tmp_path):
    document = {**EXACT, **AS_OPAQUE}[name]
    theirs = OMA_DM.from_xml(to_xml(OMA_DM.encode(document), tmp_path))
    assert OMA_DM.to_xml(theirs) == OMA_DM.to_xml(document)
    assert theirs == document


@pytest.mark.parametrize("name", EXACT)
def test_libwbxml_writes_the_same_bytes(name, tmp_path):
    document = EXACT[name]
    data = to_wbxml(OMA_DM.to_xml(document, indent=0), tmp_path)
    assert data == OMA_DM.encode(document)
    assert OMA_DM.decode(data).document == document


@pytest.mark.parametrize("name", AS_OPAQUE)
def test_libwbxml_writes_plain_data_as_opaque(name, tmp_path):
    document = AS_OPAQUE[name]
    data = to_wbxml(OMA_DM.to_xml(document, indent=0), tmp_path)
    assert data != OMA_DM.encode(document)
    assert OMA_DM.decode(data).document == document


def test_libwbxml_does_not_decode_base64(tmp_path):
    document = OCTETS["bin"]
    data = to_wbxml(OMA_DM.to_xml(document, indent=0), tmp_path)
    decoded = OMA_DM.decode(data)
    (command,) = decoded.document.body.commands
    assert command.items[0].data.nodes[0].children[0].value == "AQJhYmM="
    assert [finding.code for finding in decoded.findings] == ["DM-BIN-TEXT"]


def test_libwbxml_prints_octets_as_they_are(tmp_path):
    assert b"<Value>\x01\x02abc</Value>" in to_xml(OMA_DM.encode(OCTETS["bin"]), tmp_path)


@pytest.mark.parametrize("version", ["1.1", "1.3"])
def test_other_wbxml_versions(version, tmp_path):
    (tmp_path / "in.xml").write_bytes(OMA_DM.to_xml(EXACT["full"], indent=0))
    run("xml2wbxml", "-n", "-v", version, "-o", tmp_path / "o", tmp_path / "in.xml")
    data = (tmp_path / "o").read_bytes()
    assert OMA_DM.encode(OMA_DM.decode(data).document) == data
    (tmp_path / "s").unlink(missing_ok=True)
    run("xml2wbxml", "-v", version, "-o", tmp_path / "s", tmp_path / "in.xml")
    with_table = OMA_DM.decode((tmp_path / "s").read_bytes()).document
    assert OMA_DM.to_xml(with_table) == OMA_DM.to_xml(EXACT["full"])
