"""What cards in the field do otherwise than the standard says: read, and reported."""

from __future__ import annotations

import pytest

from smartboot.apdu import tlv
from smartboot.card.base import FilePath
from smartboot.errors import DecodeError, EncodeError
from smartboot.model import Severity
from smartboot.pkcs15 import aodf, directory, dodf, dodf_write, odf, tokeninfo
from smartboot.pkcs15.dodf import DataObjectKind, RawEntry
from smartboot.pkcs15.notes import Code, Notes
from smartboot.pkcs15.path import Path, decode_path, encode_path, resolve
from smartboot.pkcs15.values import InPlace, Protected, Url
from tests.support.p15 import DIR_RECORD, LWM2M, h

OPAQUE = "30 16 30 04 0C 02 4142 30 06 06 04 672B0501 A1 06 30 04 04 02 6411"


def codes(findings: object) -> list[str]:
    return [finding.code for finding in findings]  # type: ignore[attr-defined]  # any row of findings


def opaque(
    common: str = "", attributes: str = "0604672B0501", value: str = "300404026411"
) -> bytes:
    """An opaqueDO from the hex of its parts."""

    def wrap(tag: int, body: bytes) -> bytes:
        return bytes((tag, len(body))) + body

    return wrap(0x30, wrap(0x30, h(common)) + wrap(0x30, h(attributes)) + wrap(0xA1, h(value)))


# -- padding


@pytest.mark.parametrize("fill", [b"\xff", b"\x00"], ids=["FF", "00"])
@pytest.mark.parametrize("count", [1, 2, 200])
def test_padding_ends_the_row_without_a_finding(fill: bytes, count: int) -> None:
    data = h("A7 06 3004 0402 6450") + fill * count
    decoded = odf.decode(data)
    assert len(decoded.entries) == 1
    assert (decoded.used, decoded.rest, decoded.findings) == (8, b"", ())
    entries = dodf.decode(h(OPAQUE) + fill * count)
    assert (len(entries.entries), entries.used, entries.rest) == (1, 24, b"")


@pytest.mark.parametrize("data", [b"", b"\xff" * 128, b"\x00" * 128], ids=["none", "FF", "00"])
def test_a_file_made_and_never_filled(data: bytes) -> None:
    decoded = dodf.decode(data, where="EF 6430")
    assert decoded.rows == ()
    assert codes(decoded.findings) == ["P15-DODF-EMPTY"]
    assert decoded.findings[0].severity is Severity.WARNING
    assert codes(odf.decode(data).findings) == ["P15-ODF-EMPTY"]
    assert aodf.decode(data).rows == ()
    with pytest.raises(DecodeError, match="EF\\(TokenInfo\\): the file is empty"):
        tokeninfo.decode(data)


def test_entries_behind_padding_are_told_of() -> None:
    data = h("A7 06 3004 0402 6450 FFFF A7 06 3004 0402 6451")
    decoded = odf.decode(data)
    assert len(decoded.entries) == 1
    assert codes(decoded.findings) == ["P15-BYTES-AFTER-PADDING"]
    assert decoded.rest == data[8:]
    assert odf.decode(h("A7 06 3004 0402 6450 00FF00")).findings == ()


# -- the OID


@pytest.mark.parametrize(
    ("identity", "application"),
    [("06060604672B0901", ""), ("0604672B0901", "06060604672B0901"), ("06060604672B0901",) * 2],
    ids=["id", "applicationOID", "both"],
)
def test_oid_wrapped_in_either_place(identity: str, application: str) -> None:
    inner = h(identity) + h("300404026432")
    attributes = h(application)
    body = b"\x30\x00" + bytes((0x30, len(attributes))) + attributes
    body += bytes((0xA1, len(inner) + 2, 0x30, len(inner))) + inner
    data = bytes((0xA1, len(body))) + body
    decoded = dodf.decode(data)
    assert decoded.entries[0].oid is not None
    assert decoded.entries[0].oid.dotted == "2.23.43.9.1"
    assert codes(decoded.findings) == ["P15-OID-WRAPPED"]
    assert "06 06 06 04 67 2B 09 01" in decoded.findings[0].message
    assert dodf_write.encode_entries(decoded.rows) == data


def test_wrapped_form_can_be_written() -> None:
    path = FilePath((0x6432,))
    for kind in (DataObjectKind.OID, DataObjectKind.OPAQUE):
        entry = dodf_write.make_entry("2.23.43.9.1", path, label="x", kind=kind, wrapped=True)
        decoded = dodf.decode(dodf_write.encode_entry(entry))
        assert decoded.rows == (entry,)
        assert codes(decoded.findings) == ["P15-OID-WRAPPED"]


def test_two_oids_that_differ() -> None:
    data = h("A1 1A 30 00 30 06 06 04 672B0909 A1 0E 30 0C 06 04 672B0901 30 04 04 02 6432")
    decoded = dodf.decode(data)
    assert codes(decoded.findings) == ["P15-OID-DIFFERS"]
    assert str(decoded.entries[0].oid) == "2.23.43.9.1"
    swapped = h("A1 1A 30 00 30 06 06 04 672B0901 A1 0E 30 0C 06 04 672B0909 30 04 04 02 6432")
    assert str(dodf.decode(swapped).entries[0].oid) == "2.23.43.9.1"
    neither = h("A1 1A 30 00 30 06 06 04 672B0908 A1 0E 30 0C 06 04 672B0909 30 04 04 02 6432")
    assert str(dodf.decode(neither).entries[0].oid) == "2.23.43.9.9"


def test_no_oid_and_bad_oid_leave_the_object_listed() -> None:
    decoded = dodf.decode(opaque(common="0C0141", attributes=""))
    assert codes(decoded.findings) == ["P15-OID-ABSENT"]
    decoded = dodf.decode(opaque(common="0C0141", attributes="06026780"))
    assert codes(decoded.findings) == ["P15-OID-MALFORMED", "P15-OID-ABSENT"]
    assert decoded.entries[0].value == Path(FilePath((0x6411,)))


# -- labels and other attributes


def test_label_only_in_application_name() -> None:
    decoded = dodf.decode(opaque(attributes="0C025858 0604672B0501"))
    assert decoded.entries[0].label == "XX"
    assert codes(decoded.findings) == ["P15-LABEL-IN-NAME"]
    both = dodf.decode(opaque(common="0C0141", attributes="0C025858 0604672B0501"))
    assert both.entries[0].label == "A"
    assert both.findings == ()
    neither = dodf.decode(opaque())
    assert neither.entries[0].label is None
    assert neither.findings == ()


def test_label_in_another_string_type_or_encoding() -> None:
    decoded = dodf.decode(opaque(common="13024142"))
    assert decoded.entries[0].label == "AB"
    assert codes(decoded.findings) == ["P15-STRING-TYPE"]
    decoded = dodf.decode(opaque(common="0C0241E9"))
    assert decoded.entries[0].label == "A\ufffd"
    assert codes(decoded.findings) == ["P15-STRING-ENCODING"]


@pytest.mark.parametrize(
    "common",
    ["0300", "03020880", "030107", "030A00" + "FF" * 9, "0200", "0209" + "01" * 9],
)
def test_a_broken_field_does_not_hide_the_object(common: str) -> None:
    decoded = dodf.decode(opaque(common="0C0141" + common))
    assert codes(decoded.findings) == ["P15-FIELD-MALFORMED"]
    entry = decoded.entries[0]
    assert (entry.label, entry.value) == ("A", Path(FilePath((0x6411,))))
    assert entry.common.extra == h(common)
    assert dodf_write.encode_entries(decoded.rows) == opaque(common="0C0141" + common)


def test_all_common_attributes_and_unknown_ones_survive() -> None:
    common = "0C0141 03020780 040101 020103 3009 3007 03020780 040101 8501AA"
    data = opaque(common=common, attributes="0C0141 0604672B0501 8601BB")
    entry = dodf.decode(data).entries[0]
    assert (entry.common.is_private, entry.common.is_modifiable) == (True, False)
    assert entry.common.auth_id == b"\x01"
    assert entry.common.user_consent == 3
    assert entry.common.access_control_rules == h("300703020780040101")
    assert entry.common.extra == h("8501AA")
    assert entry.class_extra == h("8601BB")
    assert dodf_write.encode_entry(entry) == data


def test_subclass_and_bytes_behind_the_value_survive() -> None:
    data = h("30 19 30 00 30 06 06 04 672B0501 A0 02 05 00 A1 09 30 04 04 02 6411 85 01 AA")
    decoded = dodf.decode(data)
    assert decoded.findings == ()
    assert decoded.entries[0].subclass == h("0500")
    assert decoded.entries[0].type_extra == h("8501AA")
    assert dodf_write.encode_entries(decoded.rows) == data


def test_data_objects_where_none_belong() -> None:
    data = h("30 14 30 00 30 06 06 04 672B0501 A1 06 30 04 04 02 6411 05 00")
    decoded = dodf.decode(data)
    assert codes(decoded.findings) == ["P15-FIELD-MALFORMED"]
    assert decoded.entries[0].value == Path(FilePath((0x6411,)))
    assert dodf_write.encode_entries(decoded.rows, keep_raw=True) == data


# -- where the content is


def test_values_that_are_no_path() -> None:
    url = dodf.decode(opaque(common="0C0141", value="1303613A62"))
    assert url.entries[0].value == Url("a:b")
    digest = dodf.decode(opaque(common="0C0141", value="A309 1603613A62 3002 0400"))
    assert digest.entries[0].value == Url("a:b", h("30020400"))
    direct = dodf.decode(opaque(common="0C0141", value="A004 0402 0102"))
    assert direct.entries[0].value == InPlace(h("04020102"))
    protected = dodf.decode(opaque(common="0C0141", value="A103 020100"))
    assert protected.entries[0].value == Protected(0xA1, h("020100"))
    for decoded in (url, digest, direct, protected):
        assert codes(decoded.findings) == ["P15-VALUE-NOT-A-FILE"]
        assert dodf_write.encode_entries(decoded.rows) == decoded.entries[0].raw


def test_content_in_place() -> None:
    assert InPlace(h("04020102")).octets == h("0102")
    assert InPlace(h("0402010203")).octets == h("0402010203")
    assert InPlace(h("3000")).octets == h("3000")
    assert "0102" not in repr(InPlace(h("04020102")))


def test_no_value_at_all() -> None:
    for data in (h("30 0A 30 00 30 06 06 04 672B0501"), opaque(value="")):
        decoded = dodf.decode(data)
        assert codes(decoded.findings) == ["P15-NO-VALUE"]
        assert decoded.entries[0].value is None


def test_external_ido() -> None:
    data = b"\xa0" + opaque(common="0C0141")[1:]
    decoded = dodf.decode(data + h(OPAQUE))
    assert [entry.kind for entry in decoded.entries] == ["external", "opaque"]
    assert codes(decoded.findings) == ["P15-EXTERNAL-SKIPPED"]
    assert dodf_write.encode_entries(decoded.rows) == data + h(OPAQUE)


# -- the path


def one_path(body: str) -> tuple[Path | None, list[str]]:
    data = opaque(value="30" + f"{len(h(body)):02X}" + body.replace(" ", ""))
    decoded = dodf.decode(data)
    entry = decoded.rows[0]
    if isinstance(entry, RawEntry):
        return None, codes(decoded.findings)
    assert isinstance(entry.value, Path)
    return entry.value, codes(decoded.findings)


IDS = FilePath((0x6411,))


@pytest.mark.parametrize(
    ("body", "path", "found"),
    [
        ("0402 6411 020100 80020100", Path(IDS, 0, 256), []),
        ("0402 6411 0203 00FFFF 8003 00FFFF", Path(IDS, 65535, 65535), []),
        ("0402 6411 020105 020110", Path(IDS, 5, 16), ["P15-LENGTH-TAG"]),
        ("0402 6411 020105", Path(IDS, 5), ["P15-PATH-INCOMPLETE"]),
        ("0402 6411 800105", Path(IDS, None, 5), ["P15-PATH-INCOMPLETE"]),
        ("0402 6411 0201FF 800105", Path(IDS, None, 5), ["P15-FIELD-MALFORMED"]),
        ("0402 6411 0203 010000 800105", Path(IDS, None, 5), ["P15-FIELD-MALFORMED"]),
        ("0402 6411 020100 800105 8501AA", Path(IDS, 0, 5, h("8501AA")), []),
        ("0402 6411 A104 4F02 A000", Path(IDS, extra=h("A1044F02A000")), []),
        ("0404 7FFF 6411", Path(FilePath((0x7FFF, 0x6411))), []),
        ("0404 3FFF 6411", Path(FilePath((0x3FFF, 0x6411))), []),
        ("0410" + "6411" * 8, Path(FilePath((0x6411,) * 8)), []),
    ],
)
def test_path_forms(body: str, path: Path, found: list[str]) -> None:
    assert one_path(body) == (path, found)


@pytest.mark.parametrize(
    "body",
    ["", "0400", "0401 64", "0403 641164", "0412" + "6411" * 9, "0202 6411", "0402 6411 0200"],
)
def test_paths_that_lead_nowhere(body: str) -> None:
    assert one_path(body) == (None, ["P15-ENTRY-MALFORMED"])


@pytest.mark.parametrize(
    ("path", "base", "target"),
    [
        ("6432", "7FFF", "7FFF/6432"),
        ("6432", "3F00/7F50", "3F00/7F50/6432"),
        ("3F00/7F50/6432", "7FFF", "3F00/7F50/6432"),
        ("7FFF/6432", "7FFF", "7FFF/6432"),
        ("7FFF/6432", "3F00/7F50", "3F00/7F50/6432"),
        ("3FFF/6432", "7FFF", "7FFF/6432"),
        ("4F10/6432", "3F00/5015", "3F00/5015/4F10/6432"),
    ],
)
def test_resolve(path: str, base: str, target: str) -> None:
    assert str(resolve(FilePath.parse(path), FilePath.parse(base))) == target


def test_resolve_is_bounded() -> None:
    with pytest.raises(DecodeError):
        resolve(FilePath((0x6411,) * 8), FilePath((0x7FFF,)))


# -- faults, one by one


def test_a_broken_entry_does_not_hide_the_next() -> None:
    for broken in ("3003 0C0541", "3002 0500", "A102 3000", "A0 00", "30 00"):
        decoded = dodf.decode(h(broken) + h(OPAQUE))
        assert isinstance(decoded.rows[0], RawEntry), broken
        assert decoded.rows[0].raw == h(broken)
        assert decoded.entries[0].label == "AB"
        assert codes(decoded.findings) == ["P15-ENTRY-MALFORMED"], broken
        assert decoded.findings[0].severity is Severity.ERROR
        assert dodf_write.encode_entries(decoded.rows) == h(broken) + h(OPAQUE)


def test_an_unknown_tag_is_kept() -> None:
    decoded = dodf.decode(h("A7 06 3004 0402 6430") + h(OPAQUE))
    assert codes(decoded.findings) == ["P15-ENTRY-UNKNOWN"]
    assert dodf_write.encode_entries(decoded.rows) == h("A7 06 3004 0402 6430") + h(OPAQUE)
    listed = odf.decode(h("A9 02 3000 A7 06 3004 0402 6430 04 01 00"))
    assert codes(listed.findings) == ["P15-ENTRY-UNKNOWN"] * 2
    assert len(listed.of_class(odf.ObjectClass.DATA_OBJECTS)) == 1
    assert odf.encode_entries(listed.entries) == h("A9 02 3000 A7 06 3004 0402 6430 04 01 00")


@pytest.mark.parametrize(
    "entry", ["A700", "A7 04 3000 3000", "A7 03 13 01 41", "A7 04 3002 0400", "A7 02 3005"]
)
def test_a_broken_odf_entry_does_not_hide_the_next(entry: str) -> None:
    decoded = odf.decode(h(entry) + h("A7 06 3004 0402 6430"))
    assert [item.value for item in decoded.entries] == [None, Path(FilePath((0x6430,)))]
    assert codes(decoded.findings) == ["P15-ENTRY-MALFORMED"]
    assert odf.encode_entries(decoded.entries) == h(entry) + h("A7 06 3004 0402 6430")


def test_a_broken_length_ends_the_row() -> None:
    data = h(OPAQUE) + h("30 7F 30 00") + h(OPAQUE)
    decoded = dodf.decode(data)
    assert len(decoded.rows) == 1
    assert codes(decoded.findings) == ["P15-ENTRY-MALFORMED"]
    assert "entry 2" in decoded.findings[0].message
    assert decoded.rest == data[24:]


# -- one SEQUENCE too many


def test_outer_sequence() -> None:
    inner = h("A7 06 3004 0402 6450 A5 06 3004 0402 6451")
    decoded = odf.decode(bytes((0x30, len(inner))) + inner + b"\xff" * 3)
    assert [entry.tag for entry in decoded.entries] == [0xA7, 0xA5]
    assert codes(decoded.findings) == ["P15-OUTER-SEQUENCE"]
    assert decoded.entries[1].raw == inner[8:]
    for rows in (h(OPAQUE) * 2, h(LWM2M)):
        wrapped = bytes((0x30, len(rows))) + rows
        entries = dodf.decode(wrapped + b"\xff")
        assert b"".join(entry.raw for entry in entries.entries) == rows
        assert "P15-OUTER-SEQUENCE" in codes(entries.findings)
        assert entries.used == len(wrapped)


def test_an_entry_is_not_taken_for_a_wrapper() -> None:
    with_rules = opaque(common="3009 3007 03020780 040101")
    decoded = dodf.decode(with_rules)
    assert decoded.findings == ()
    assert decoded.entries[0].common.access_control_rules == h("300703020780040101")


def test_odf_objects_in_place() -> None:
    body = h("A0 18") + h(OPAQUE)
    decoded = odf.decode(bytes((0xA7, len(body))) + body)
    value = decoded.entries[0].value
    assert isinstance(value, InPlace)
    assert dodf.decode(value.content).entries[0].label == "AB"
    assert odf.encode_entries(decoded.entries) == bytes((0xA7, len(body))) + body


# -- the other files


def test_dir_record_oddities() -> None:
    assert directory.decode_record(b"\xff" * 40).templates == ()
    assert directory.decode_record(b"").findings == ()
    relative = directory.decode_record(h("61 08 4F 02 A000 51 02 7F50"))
    assert str(relative.templates[0].path) == "3F00/7F50"
    odd = directory.decode_record(h("61 09 4F 02 A000 51 03 3F007F"))
    assert odd.templates[0].path is None
    assert odd.templates[0].extra == h("51033F007F")
    assert codes(odd.findings) == ["P15-DIR-MALFORMED"]
    for broken in ("61 02 50 00", "61 05 4F 01", "61 02 4F 00", "61 13 4F 11" + "A0" * 17):
        assert codes(directory.decode_record(h(broken)).findings) == ["P15-DIR-MALFORMED"]
    second = directory.decode_record(h(DIR_RECORD) + h("61 02 50 00"))
    assert len(second.templates) == 1
    assert codes(second.findings) == ["P15-DIR-MALFORMED"]


@pytest.mark.parametrize(
    ("label", "text"),
    [("50 04 55534943", "USIC"), ("50 05 80 0041 20AC", "A€"), ("50 02 FFFF", ""),
     ("50 02 41E9", "41e9"), ("50 04 41 80 00 41", "41800041")],
)  # fmt: skip
def test_dir_labels(label: str, text: str) -> None:
    body = h("4F 02 A000") + h(label)
    record = bytes((0x61, len(body))) + body
    template = directory.decode_record(record).templates[0]
    assert template.label_text == text
    assert directory.encode_record(template) == record


def test_discretionary_paths() -> None:
    ddo = "06 02 2B01 30 04 04 02 4F01 A0 04 04 02 4F02 A1 04 04 02 4F03"
    template = directory.ApplicationTemplate(directory.PKCS15_AID, discretionary=h(ddo))
    notes = Notes()
    paths = template.file_paths(notes)
    assert [str(p.ids) for p in (paths.odf, paths.token_info, paths.unused_space) if p] == [
        "4F01", "4F02", "4F03",
    ]  # fmt: skip
    assert notes.items == []
    broken = directory.ApplicationTemplate(directory.PKCS15_AID, discretionary=h("30 02 04 01"))
    assert broken.file_paths(notes) == directory.FilePaths()
    assert codes(notes.items) == ["P15-DIR-MALFORMED"]
    other = directory.ApplicationTemplate(b"\xa0\x01", discretionary=h(ddo))
    assert other.file_paths(notes) == directory.FilePaths()


def test_pin_reference_with_the_high_bit() -> None:
    pin = "30 1A 30 00 30 03 04 01 01 A1 11 30 0F 03 01 00 0A 01 01 02 01 04 02 01 08 80 01 81"
    decoded = aodf.decode(h(pin))
    assert codes(decoded.findings) == ["P15-REFERENCE-SIGN"]
    assert decoded.pins[0].reference == 0x81
    assert h("80020081") in aodf.encode_pin(decoded.pins[0])
    assert aodf.decode(aodf.encode_pin(decoded.pins[0])).pins == decoded.pins


@pytest.mark.parametrize(
    "entry",
    ["30 00", "30 06 30 00 30 00 A1 00", "30 09 30 00 30 03 04 01 01 A1 00",
     "30 0B 30 00 30 03 04 01 01 A1 02 30 00", "30 09 30 00 30 03 04 01 01 A0 00",
     "30 1B 30 00 30 03 04 01 01 A1 12 30 10 03 01 00 0A 01 01 02 01 04 02 01 08 80 02 01 00"],
)  # fmt: skip
def test_broken_pin_objects(entry: str) -> None:
    decoded = aodf.decode(h(entry) + h("A1 02 30 00"))
    assert codes(decoded.findings) == ["P15-ENTRY-MALFORMED", "P15-ENTRY-UNKNOWN"]
    assert decoded.pins == ()
    assert aodf.encode_entries(decoded.rows) == h(entry) + h("A1 02 30 00")


@pytest.mark.parametrize(
    "data",
    ["30 00", "04 00", "30 03 02 01 00", "30 06 02 01 00 04 01 AA", "30 08 02 01 00 04 01 AA 05 00",
     "30 08 04 01 00 04 01 AA 03 00", "30 05 02 01"],
)  # fmt: skip
def test_broken_token_info(data: str) -> None:
    with pytest.raises(DecodeError) as caught:
        tokeninfo.decode(h(data), where="EF 5032")
    assert str(caught.value).startswith("EF 5032: ")


def test_token_info_keeps_what_follows_the_flags() -> None:
    data = h("30 11 02 01 01 04 01 AA 03 02 05 20 30 00 83 01 41 84 00")
    info = tokeninfo.decode(data)
    assert info.extra == h("3000 830141 8400")
    assert info.version == 1
    assert tokeninfo.encode_token_info(info) == data


def test_every_code_has_a_rule() -> None:
    for code in Code:
        notes = Notes("here")
        notes.add(code, "x")
        assert notes.items[0].code == code.value
        assert notes.items[0].code.startswith("P15-")


def test_a_path_that_would_not_come_back_is_not_written() -> None:
    """Behind a length that is out of range stands a number: written again without the length it
    would be taken for an index."""
    read = decode_path(tlv.parse(bytes.fromhex("300D04023F0080047FFFFFFF020105")), Notes("path"))
    assert (read.index, read.length, read.extra) == (None, None, bytes.fromhex("020105"))
    with pytest.raises(EncodeError, match="reads as an index or a length"):
        encode_path(read)
    with pytest.raises(EncodeError, match="extra"):
        encode_path(Path(FilePath((0x3F00,)), extra=b"\x30\x7f"))
