"""READ, UPDATE and SEARCH on the virtual UICC (TS 102 221, 11.1.3 to 11.1.7)."""

from __future__ import annotations

import pytest

from smartboot.image import CardImage, FileImage
from tests.support.virtualcards import FREE, Talk, talk

BODY = bytes(range(256)) * 2


def binary(size, **card) -> Talk:
    body = (BODY * 130)[:size]
    file = FileImage(fid=0x6F00, sfi=5, size=size, data=body, access=FREE)
    made = Talk(CardImage(card=card, files=[file]))
    made("00A4000C026F00")
    return made


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("00B0000001", "009000"),
        ("00B0000004", "000102039000"),
        ("00B0010002", "00019000"),
        ("00B001FE02", "FEFF9000"),
        ("00B001FF01", "FF9000"),
        ("00B001FF02", "6C01"),
        ("00B001FF00", "6C01"),
        ("00B00101FF", BODY[257:].hex().upper() + "9000"),
        ("00B0010000", BODY[256:].hex().upper() + "9000"),
        ("00B00100", BODY[256:].hex().upper() + "9000"),
        ("00B0010100", "6CFF"),
        ("00B0020001", "6B00"),
        ("00B07FFF01", "6B00"),
        ("00B0850001", "009000"),
        ("00B085FF02", "FF009000"),
        ("00B0860001", "6981"),
        ("00B08B0001", "6A82"),
        ("00B0800001", "6A86"),
        ("00B09F0001", "6A86"),
        ("00B0A50001", "6A86"),
        ("00B0000001FF", "6700"),
        ("00B2010404", "6981"),
        ("00D6000000", "6700"),
        ("00D600000411", "6700"),
        ("00D601FF021122", "6700"),
        ("00D602000111", "6B00"),
        ("00D600000111", "9000"),
    ],
)
def test_binary_t0(command, answer):
    assert binary(512)(command) == answer


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("00B001FF00", "FF9000"),
        ("00B001FF02", "FF6282"),
        ("00B0010000", BODY[256:].hex().upper() + "9000"),
        ("00B00000", "6700"),
        ("00B0020000", "6B00"),
    ],
)
def test_binary_t1(command, answer):
    assert binary(512, protocol="T=1")(command) == answer


def test_end_of_file_warning_instead_of_6c():
    assert binary(512, end_of_file="6282")("00B001FF02") == "FF6282"
    assert binary(512, end_of_file="6282")("00B001FF01") == "FF9000"


def test_last_byte_that_can_be_reached():
    card = binary(33023)
    assert len(card("00B07FFF00")) == 2 * 258
    assert len(card("00B07FFFFF")) == 2 * 257
    assert card("00D67FFFFF" + "AB" * 255) == "9000"
    assert card("00B07FFF00")[:-6] == "AB" * 255


def test_update_writes_just_there_and_sfi_makes_current():
    card = binary(512)
    assert card("00D6001003AABBCC") == "9000"
    assert card("00B0000F05") == "0FAABBCC139000"
    card("00A4000C023F00")
    assert card("00B0000001") == "6986"
    assert card("00D6850001EE") == "9000"
    assert card("00B0000002") == "EE019000"
    assert card.card.writes == 2


def test_no_ef_selected():
    card = talk()
    for command in ("00B0000001", "00D600000100", "00B2010401", "00DC01040100", "00A20104026F6F"):
        assert card(command) == "6986"


# -- records -------------------------------------------------------------------------


def records(path="7F106F3A", **card) -> Talk:
    made = talk(**card)
    assert made(f"00A4080C04{path}") == "9000"
    return made


def test_absolute_records():
    card = records()
    assert card("00B2010404") == "016F6E659000"
    assert card("00B2030404") == "0374776F9000"
    assert card("00B2040404") == "6A83"
    assert card("00B2FF0404") == "6A83"
    assert card("00B2000404") == "6A83"
    assert card("00B2010400") == "6C04"
    assert card("00B20104") == "6C04"
    assert card("00B2010403") == "6C04"
    assert card("00B2010504") == "6A86"
    assert card("00B2010004") == "6A86"
    assert card("00B2010204") == "6A86"
    assert card("00B0000004") == "6981"
    assert card("00D600000411223344") == "6981"


def test_record_pointer():
    card = records()
    assert [card("00B2000204")[:2] for _ in range(4)] == ["01", "02", "03", "6A"]
    assert card("00B2000404")[:2] == "03"
    assert card("00B2010404")[:2] == "01"
    assert [card("00B2000304")[:2] for _ in range(3)] == ["02", "01", "6A"]
    card("00A4000C026F3A")
    assert card("00B2000304")[:2] == "03"


def test_records_by_sfi():
    card = talk()
    card("00A4000C027F10")
    assert card("00B2021C04") == "0274776F9000"
    assert card("00B2002204")[:2] == "6C"
    assert card("00B2000204")[:2] == "6C"
    assert card("00B201F404") == "6A82"
    # Naming the current EF by its SFI again leaves the pointer where it is.
    card = talk()
    card("00A4000C027F10")
    assert [card("00B2001A04")[:2] for _ in range(3)] == ["01", "02", "03"]


def test_records_on_t1():
    card = records(protocol="T=1")
    assert card("00B2010400") == "016F6E659000"
    assert card("00B2010404") == "016F6E659000"
    assert card("00B2010405") == "016F6E656282"
    assert card("00B2010403") == "6700"
    assert records(end_of_file="6282")("00B2010405") == "016F6E656282"


def test_update_records():
    card = records()
    assert card("00DC020404AABBCCDD") == "9000"
    assert card("00B2020404") == "AABBCCDD9000"
    assert card("00DC020403AABBCC") == "6700"
    assert card("00DC020405AABBCCDDEE") == "6700"
    assert card("00DC040404AABBCCDD") == "6A83"
    assert card("00DC00020411111111") == "9000"
    assert card("00DC00020422222222") == "9000"
    assert [card(f"00B20{n}0404")[:2] for n in (1, 2, 3)] == ["11", "22", "03"]


def test_cyclic_records_turn():
    card = records("7F106F44")
    assert card("00DC000303000009") == "9000"
    assert card("00B2010403") == "0000099000"
    assert card("00B2020403") == "0000019000"
    assert card("00B2030403") == "6A83"
    assert card("00DC010403000009") == "6A86"
    assert [card("00B2000203")[4:6] for _ in range(3)] == ["01", "09", "01"]


def test_search_record():
    card = records()
    assert card("00A201040374776F") == "6102"
    assert card("00C0000002") == "02039000"
    assert card.fetched("00A20105036F6E65") == "019000"
    assert card.fetched("00A203050374776F") == "03029000"
    assert card("00A201040378787A") == "6282"
    assert card("00A204040374776F") == "6A83"
    assert card("00A2010405AAAAAAAAAA") == "6700"
    assert card("00A201060374776F") == "6A81"
    assert card("00A2011C0374776F")[:2] == "61"
    # The first hit is the current record afterwards.
    assert card("00B2000404")[:2] == "02"
    card = records(protocol="T=1")
    assert card("00A201040374776F00") == "02039000"


def test_deactivated_file_is_not_read():
    card = records("7F106F44")
    assert card("00040000") == "9000"
    assert card("00B2010403") == "6985"
    assert card("00DC000303000009") == "6985"
