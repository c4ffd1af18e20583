"""PKCS#15 structures as they stand on cards, each read and written back byte for byte.

The bytes are examples made for this project and the one card image that public logs of a reader
show; lengths were added up by hand, and all pass an independent ASN.1 parser (test_p15_oracle).
"""

from __future__ import annotations

import pytest

from smartboot.card.base import FilePath
from smartboot.pkcs15 import aodf, directory, dodf, dodf_write, odf, tokeninfo
from smartboot.pkcs15.aodf import PinFlags, PinObject
from smartboot.pkcs15.attributes import CommonObjectAttributes, ObjectFlags
from smartboot.pkcs15.directory import PKCS15_AID, ApplicationTemplate
from smartboot.pkcs15.dodf import DataObjectKind, DodfEntry
from smartboot.pkcs15.odf import ObjectClass, OdfEntry
from smartboot.pkcs15.oid import ObjectId
from smartboot.pkcs15.path import Path
from smartboot.pkcs15.tokeninfo import TokenFlags, TokenInfo
from tests.support.p15 import DIR_RECORD, LWM2M, h

LWM2M_OID = ObjectId.from_dotted("2.23.43.9.1")
DM_OID = ObjectId.from_dotted("2.23.43.7.1")
CP_OID = ObjectId.from_dotted("2.23.43.5.1")
WRAPPED = ObjectId(h("0604672B0901"))
PRIVATE, MODIFIABLE = ObjectFlags.PRIVATE, ObjectFlags.MODIFIABLE


def at(fid: int) -> Path:
    return Path(FilePath((fid,)))


ODF_CASES = [
    pytest.param("A7 06 3004 0402 6430", [OdfEntry(0xA7, at(0x6430))], id="data objects"),
    pytest.param("A8 06 3004 0402 4F02", [OdfEntry(0xA8, at(0x4F02))], id="auth objects"),
    pytest.param("A7 06 3004 0402 6450", [OdfEntry(0xA7, at(0x6450))], id="lwm2m example"),
    pytest.param("A7 06 3004 0402 6410", [OdfEntry(0xA7, at(0x6410))], id="cp example"),
    pytest.param(
        "A7 06 3004 0402 6450 A5 06 3004 0402 6451",
        [OdfEntry(0xA7, at(0x6450)), OdfEntry(0xA5, at(0x6451))],
        id="another directory beside it",
    ),
    pytest.param(
        "A7 06 3004 0402 6410 A7 06 3004 0402 6430",
        [OdfEntry(0xA7, at(0x6410)), OdfEntry(0xA7, at(0x6430))],
        id="two DODFs in order of priority",
    ),
]


@pytest.mark.parametrize(("wire", "entries"), ODF_CASES)
def test_odf_both_ways(wire: str, entries: list[OdfEntry]) -> None:
    decoded = odf.decode(h(wire))
    assert list(decoded.entries) == entries
    assert decoded.findings == ()
    assert decoded.used == len(h(wire))
    assert odf.encode_entries(entries) == h(wire)


def test_odf_lists_data_objects_by_class() -> None:
    decoded = odf.decode(h("A7 06 3004 0402 6450 A5 06 3004 0402 6451 A7 06 3004 0402 6452"))
    values = [entry.value for entry in decoded.of_class(ObjectClass.DATA_OBJECTS)]
    assert values == [at(0x6450), at(0x6452)]


DODF_CASES = [
    pytest.param(
        LWM2M,
        DodfEntry(
            DataObjectKind.OID,
            application_name="LwM2M Bootstrap",
            object_id=WRAPPED,
            value=at(0x6432),
        ),
        {"P15-OID-WRAPPED", "P15-LABEL-IN-NAME"},
        id="seen on a card: OID wrapped twice",
    ),
    pytest.param(
        "A1 26 30 0C 0C 06 626F6F742041 03 02 06 40 30 06 06 04 672B0901"
        "A1 0E 30 0C 06 04 672B0901 30 04 04 02 6432",
        DodfEntry(
            DataObjectKind.OID,
            CommonObjectAttributes("boot A", MODIFIABLE),
            application_oid=LWM2M_OID,
            object_id=LWM2M_OID,
            value=at(0x6432),
        ),
        set(),
        id="oidDO with applicationOID",
    ),
    pytest.param(
        "30 2F 30 0C 0C 03 636667 03 02 06 C0 04 01 01 30 0C 0C 04 64656D6F 06 04 672B0701"
        "A1 11 30 0F 04 06 3F007F504F10 02 01 00 80 02 01 00",
        DodfEntry(
            DataObjectKind.OPAQUE,
            CommonObjectAttributes("cfg", PRIVATE | MODIFIABLE, b"\x01"),
            application_name="demo",
            application_oid=DM_OID,
            value=Path(FilePath((0x3F00, 0x7F50, 0x4F10)), 0, 256),
        ),
        set(),
        id="opaqueDO, absolute path with index and length",
    ),
    pytest.param(
        "A1 2A 30 0E 0C 0C 486172626F72204C774D324D 30 08 0C 06 486172626F72"
        "A1 0E 30 0C 06 04 672B0901 30 04 04 02 6455",
        DodfEntry(
            DataObjectKind.OID,
            CommonObjectAttributes("Harbor LwM2M"),
            application_name="Harbor",
            object_id=LWM2M_OID,
            value=at(0x6455),
        ),
        set(),
        id="lwm2m as oidDO",
    ),
    pytest.param(
        "30 27 30 15 0C 0C 486172626F72204C774D324D 03 02 07 80 04 01 01 30 06 06 04 672B0901"
        "A1 06 30 04 04 02 6455",
        DodfEntry(
            DataObjectKind.OPAQUE,
            CommonObjectAttributes("Harbor LwM2M", PRIVATE, b"\x01"),
            application_oid=LWM2M_OID,
            value=at(0x6455),
        ),
        set(),
        id="lwm2m as opaqueDO",
    ),
    pytest.param(
        "A1 24 30 00 30 0E 0C 0C 486172626F72204C774D324D A1 10 30 0E 06 06 06 04 672B0901"
        "30 04 04 02 6455",
        DodfEntry(
            DataObjectKind.OID,
            application_name="Harbor LwM2M",
            object_id=WRAPPED,
            value=at(0x6455),
        ),
        {"P15-OID-WRAPPED", "P15-LABEL-IN-NAME"},
        id="quirks 1 and 2",
    ),
    pytest.param(
        "30 18 30 06 0C 04 426F6F74 30 06 06 04 672B0501 A1 06 30 04 04 02 6411",
        DodfEntry(
            DataObjectKind.OPAQUE,
            CommonObjectAttributes("Boot"),
            application_oid=CP_OID,
            value=at(0x6411),
        ),
        set(),
        id="client provisioning",
    ),
    pytest.param(
        "30 24 30 12 0C 0C 444D20426F6F747374726170 03 02 06 C0 30 06 06 04 672B0701"
        "A1 06 30 04 04 02 6431",
        DodfEntry(
            DataObjectKind.OPAQUE,
            CommonObjectAttributes("DM Bootstrap", PRIVATE | MODIFIABLE),
            application_oid=DM_OID,
            value=at(0x6431),
        ),
        set(),
        id="dm as opaqueDO",
    ),
    pytest.param(
        "A1 2A 30 12 0C 0C 444D20426F6F747374726170 03 02 06 C0 30 04 0C 02 444D"
        "A1 0E 30 0C 06 04 672B0701 30 04 04 02 6431",
        DodfEntry(
            DataObjectKind.OID,
            CommonObjectAttributes("DM Bootstrap", PRIVATE | MODIFIABLE),
            application_name="DM",
            object_id=DM_OID,
            value=at(0x6431),
        ),
        set(),
        id="dm as oidDO",
    ),
]


@pytest.mark.parametrize(("wire", "entry", "codes"), DODF_CASES)
def test_dodf_both_ways(wire: str, entry: DodfEntry, codes: set[str]) -> None:
    decoded = dodf.decode(h(wire), where="EF 6430")
    assert decoded.rows == (entry,)
    assert {finding.code for finding in decoded.findings} == codes
    assert decoded.entries[0].raw == h(wire)
    assert all(finding.where == "EF 6430" and finding.reference for finding in decoded.findings)
    assert dodf_write.encode_entry(entry) == h(wire)
    assert dodf_write.encode_entries(decoded.rows, keep_raw=True) == h(wire)


def test_all_entries_in_one_file() -> None:
    wire = b"".join(h(case.values[0]) for case in DODF_CASES)
    decoded = dodf.decode(wire + b"\xff" * 40)
    assert [entry.value for entry in decoded.entries] == [
        case.values[1].value for case in DODF_CASES
    ]
    assert decoded.used == len(wire)
    assert dodf_write.encode_entries(decoded.rows) == wire


def test_label_and_oid_of_the_card_seen() -> None:
    entry = dodf.decode(h(LWM2M)).entries[0]
    assert entry.label == "LwM2M Bootstrap"
    assert str(entry.oid) == "2.23.43.9.1"


PIN = (
    "30 31 30 0A 0C 04 50494E31 03 02 06 C0 30 03 04 01 01 A1 1E 30 1C 03 02 02 0C 0A 01 01"
    "02 01 04 02 01 08 02 01 08 80 01 01 04 01 FF 30 04 04 02 3F00"
)
PIN_OBJECT = PinObject(
    auth_id=b"\x01",
    flags=PinFlags.INITIALIZED | PinFlags.NEEDS_PADDING,
    pin_type=1,
    min_length=4,
    stored_length=8,
    max_length=8,
    reference=1,
    pad_char=b"\xff",
    path=Path(FilePath((0x3F00,))),
    common=CommonObjectAttributes("PIN1", PRIVATE | MODIFIABLE),
)


def test_aodf_both_ways() -> None:
    decoded = aodf.decode(h(PIN) + b"\xff\xff")
    assert decoded.rows == (PIN_OBJECT,)
    assert decoded.findings == ()
    assert decoded.used == 0x33
    assert decoded.pin(b"\x01") == PIN_OBJECT
    assert decoded.pin(b"\x02") is None
    assert aodf.encode_pin(PIN_OBJECT) == h(PIN)


TOKEN = "30 22 02 01 00 04 05 8900112233 0C 07 4578616D706C65 80 09 626F6F742063617264 03 02 05 20"
TOKEN_INFO = TokenInfo(0, h("8900112233"), "Example", "boot card", TokenFlags.PRN_GENERATION)


def test_token_info_both_ways() -> None:
    decoded = tokeninfo.decode(h(TOKEN) + b"\xff" * 9)
    assert decoded == TOKEN_INFO
    assert decoded.used == 0x24
    assert tokeninfo.encode_token_info(TOKEN_INFO) == h(TOKEN)


DIR_CASES = [
    pytest.param(DIR_RECORD, b"PKCS15", id="uicc example"),
    pytest.param(
        "61 1D 4F 0C A0 00 00 00 63 50 4B 43 53 2D 31 35 50 07 50 4B 43 53 2D 31 35"
        "51 04 3F 00 7F 50",
        b"PKCS-15",
        id="lwm2m example",
    ),
]


@pytest.mark.parametrize(("wire", "label"), DIR_CASES)
def test_dir_record_both_ways(wire: str, label: bytes) -> None:
    template = ApplicationTemplate(PKCS15_AID, label, FilePath((0x3F00, 0x7F50)))
    decoded = directory.decode_record(h(wire) + b"\xff" * 5)
    assert decoded.templates == (template,)
    assert decoded.findings == ()
    assert directory.encode_record(template) == h(wire)
    assert directory.encode_record(template, length=40) == h(wire).ljust(40, b"\xff")
    assert template.is_pkcs15
    assert template.label_text == label.decode()
