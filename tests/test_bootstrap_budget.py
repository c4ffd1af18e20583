"""A directory that names one file often, or more than bootstrap data can be."""

from __future__ import annotations

from smartboot.bootstrap.reader import LONGEST, MAX_READ
from smartboot.card.base import FilePath
from smartboot.pkcs15.attributes import CommonObjectAttributes
from smartboot.pkcs15.dodf import DataObjectKind, DodfEntry
from smartboot.pkcs15.dodf_write import encode_entries
from smartboot.pkcs15.oid import ObjectId
from smartboot.pkcs15.path import Path
from tests.support.cards import LWM2M_160, profile_card, read_image, with_file

OID = ObjectId.from_dotted("2.23.43.9.1")


def entry(fid: int, start: int | None = None, length: int | None = None) -> DodfEntry:
    path = Path(FilePath((fid,)), start, length)
    common = CommonObjectAttributes(f"object {fid:04X}")
    return DodfEntry(DataObjectKind.OID, common, None, OID, OID, path)


def card(entries: list[DodfEntry], size: int = 300, data: bytes = LWM2M_160):
    dodf = encode_entries(entries)
    image = profile_card([("lwm2m", 0x6432, data, size)])
    return with_file(image, "7F50/6430", data=dodf.hex(), size=len(dodf))


def codes(data) -> list[str]:
    return [finding.code for finding in data.findings]


def test_a_file_that_two_objects_name_is_read_once():
    once, alone = read_image(card([entry(0x6432)]))
    data, one = read_image(card([entry(0x6432), entry(0x6432)]))
    assert codes(data) == ["BOOT-SAME-FILE"]
    assert len(data.objects) == 2
    assert data.objects[1].document == data.objects[0].document is not None
    assert data.objects[1].digest == once.objects[0].digest
    assert data.accounts == once.accounts
    reads = [len([e for e in c.log if e.command[1] == 0xB0]) for c in (one, alone)]
    assert reads[0] == reads[1]


def test_what_could_not_be_read_is_told_once():
    data, _ = read_image(card([entry(0x6499), entry(0x6499)]))
    assert codes(data).count("BOOT-FILE-ABSENT") == 1
    assert [item.content for item in data.objects] == [None, None]


def test_other_parts_of_the_same_file_are_other_documents():
    data, _ = read_image(card([entry(0x6432), entry(0x6432, 0, 250)]))
    assert "BOOT-SAME-FILE" not in codes(data)
    assert len(data.accounts) == 2


def test_reading_ends_when_it_is_too_much():
    # Each of these parts of one file is a document of its own, nearly as long as the file.
    entries = [entry(0x6432, 0, LONGEST - 1 - number) for number in range(40)]
    objects = b"\x00\x00\x00" + (31_995).to_bytes(2, "big") + b"\xc1\x00a" * 10_665
    document = b"\x00\x01" + len(objects).to_bytes(2, "big") + objects
    data, one = read_image(card(entries, 32_768, document))
    left_out = codes(data).count("BOOT-TOO-MUCH")
    assert left_out == 40 - (MAX_READ // len(document) + 1)
    assert len(data.objects) == 40
    assert [item.content is None for item in data.objects].count(True) == left_out
    assert one.tpdus < 1000


def test_a_thousand_findings_of_a_card_are_listed():
    nonsense = b"\xc1\x00a" * 100
    image = profile_card([("lwm2m", 0x6432, nonsense, 300)])
    entries = [entry(0x6432, start, 150) for start in range(0, 90, 3)]
    dodf = encode_entries(entries)
    image = with_file(image, "7F50/6430", data=dodf.hex(), size=len(dodf))
    data, _ = read_image(image)
    assert len(data.objects) == 30
    assert len(data.findings) == 1001
    assert data.findings[-1].code == "BOOT-MORE"
