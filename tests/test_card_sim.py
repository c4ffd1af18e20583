"""A 2G SIM, command by command (TS 51.011)."""

from __future__ import annotations

import pytest

from smartboot.card import CardKind, FileKind, FilePath, open_card
from smartboot.errors import (
    CardError,
    CardRemovedError,
    FileAbsentError,
    PinBlockedError,
    PinRefusedError,
    SecurityStatusError,
)
from tests.support.scripted import ScriptedCard

DETECT = "00A4080C022FE2 > 6E00\nA0A40000022FE2 > 9F0F\n"
MF_HEADER = "000000003F00010000000000 09 9304030600 838A838A00".replace(" ", "")
MF_ENABLED = "000000003F00010000000000 09 1304030600 838A838A00".replace(" ", "")
EF_HEADER = "00000020 2F01 04 00 00FFFF 01 02 00 00"


def start(text: str):
    connection = ScriptedCard(DETECT + text)
    card = open_card(connection)
    assert card.kind is CardKind.SIM
    return connection, card


def codes(card) -> list[str]:
    return [finding.code for finding in card.findings]


def test_detection_and_iccid_cost_three_tpdus():
    connection, card = start("A0B000000A > 98881032547698103254 9000")
    assert card.iccid() == card.iccid() == "89880123456789012345"
    assert connection.done()
    assert len(connection.sent) == 3


@pytest.mark.parametrize("sw", ["6E00", "6D00", "6E01"])
def test_what_tells_a_sim(sw):
    connection = ScriptedCard(DETECT.replace("6E00", sw))
    assert open_card(connection).kind is CardKind.SIM


def test_a_sim_that_looks_at_p1_first():
    connection = ScriptedCard(
        """
        00A4080C022FE2 > 6B00
        00A40804022FE2 > 6B00
        00A4000C023F00 > 6E00
        A0A40000022FE2 > 9F0F
        """
    )
    assert open_card(connection).kind is CardKind.SIM
    assert connection.done()


def test_a_card_that_speaks_neither_class():
    connection = ScriptedCard("00A4080C022FE2 > 6E00\nA0A40000022FE2 > 6E00")
    with pytest.raises(CardError, match="neither") as caught:
        open_card(connection)
    assert caught.value.hint


def test_a_sim_left_in_another_directory_is_asked_from_the_mf():
    connection = ScriptedCard(
        """
        00A4080C022FE2 > 6E00
        A0A40000022FE2 > 9404
        A0A40000023F00 > 9F17
        A0A40000022FE2 > 9F0F
        A0B000000A > 98881032547698103254 9000
        """
    )
    assert open_card(connection).iccid()
    assert connection.done()


def test_a_sim_without_iccid():
    connection = ScriptedCard(
        """
        00A4080C022FE2 > 6E00
        A0A40000022FE2 > 9404
        A0A40000023F00 > 9F17
        A0A40000022FE2 > 9404
        """
    )
    card = open_card(connection)
    assert card.iccid() is None
    assert codes(card) == ["CARD-ICCID-ABSENT"]
    assert connection.done()


def test_files_are_walked_to_and_the_current_directory_is_remembered():
    connection, card = start(
        f"""
        A0A40000023F00 > 9F17
        A0A40000027F10 > 9F17
        A0A40000022F01 > 9F0F
        A0C000000F > {EF_HEADER} 9000
        A0B0000020 > {"55" * 32} 9000
        A0A40000026F3B > 9F0F
        A0C000000F > {EF_HEADER} 9000
        A0A40000023F00 > 9F17
        A0A40000022F05 > 9F0F
        A0C000000F > {EF_HEADER} 9000
        """
    )
    files = card.basic()
    info = files.select(FilePath((0x3F00, 0x7F10, 0x2F01)))
    assert (info.kind, info.size) == (FileKind.TRANSPARENT, 32)
    assert files.read_binary(info) == b"\x55" * 32
    files.select(FilePath((0x3F00, 0x7F10, 0x6F3B)))
    files.select(FilePath((0x3F00, 0x2F05)))
    assert connection.done()


def test_relative_paths_start_at_the_df():
    connection, card = start(
        f"""
        A0A40000023F00 > 9F17
        A0A40000027F50 > 9F17
        A0C0000017 > {MF_HEADER.replace("3F0001", "7F5002")} 9000
        A0A40000025031 > 9F0F
        A0C000000F > {EF_HEADER} 9000
        """
    )
    files = card.basic()
    assert files.select(FilePath((0x3F00, 0x7F50))).kind is FileKind.DF
    assert files.select(FilePath((0x5031,))).path == FilePath((0x3F00, 0x7F50, 0x5031))
    assert connection.done()


def test_there_are_no_applications():
    connection, card = start("")
    with pytest.raises(FileAbsentError):
        card.basic().select_application(b"\xa0")
    with pytest.raises(FileAbsentError):
        card.basic().select(FilePath((0x7FFF, 0x5031)))
    assert connection.done()


def test_there_are_no_administrative_commands():
    connection, card = start("")
    files, path = card.basic(), FilePath((0x3F00, 0x7F50))
    for attempt in (
        lambda: files.create_file(path, b"\x62\x00"),
        lambda: files.delete_file(path),
        lambda: files.resize_file(path, 5),
    ):
        with pytest.raises(CardError, match="a 2G SIM has no"):
            attempt()
    assert connection.done()


def test_a_session_leaves_the_mf_selected():
    connection, card = start("A0A40000023F00 > 9F17")
    with card.session():
        pass
    assert connection.done()


def test_a_session_on_a_removed_card():
    connection, card = start("A0A40000023F00 > DEAD")
    with pytest.raises(CardRemovedError), card.session() as files:
        files.select(FilePath((0x3F00, 0x7F10)))
    assert connection.done()


def test_an_mf_that_cannot_be_reselected_is_a_finding():
    _, card = start("A0A40000023F00 > 6F00")
    with card.session():
        pass
    assert codes(card) == ["CARD-NOT-LEFT-CLEAN"]


def test_a_garbled_header_is_tolerated():
    connection, card = start(
        """
        A0A40000023F00 > 9F17
        A0A40000022F05 > 9F03
        A0C0000003 > 000000 9000
        A0B0000000 > 6C02
        A0B0000002 > A1A2 9000
        """
    )
    files = card.basic()
    assert files.read_binary(files.select(FilePath((0x3F00, 0x2F05)))) == b"\xa1\xa2"
    assert codes(card) == ["CARD-HEADER-UNREADABLE"]
    assert connection.done()


def test_records_and_offsets_of_sixteen_bits():
    connection, card = start(
        f"""
        A0A40000023F00 > 9F17
        A0A40000022F05 > 9F0F
        A0C000000F > 0000 0008 2F05 04 00 1FFFFF 01 02 01 04 9000
        A0B2010404 > A1A2A3A4 9000
        A0A40000022F07 > 9F0F
        A0C000000F > 0000 9000 2F07 04 00 00FFFF 01 02 00 00 9000
        A0B0800010 > {"11" * 16} 9000
        """
    )
    files = card.basic()
    info = files.select(FilePath((0x3F00, 0x2F05)))
    assert files.read_record(info, 1) == bytes.fromhex("a1a2a3a4")
    info = files.select(FilePath((0x3F00, 0x2F07)))
    assert files.read_binary(info, 0x8000, 16) == b"\x11" * 16
    assert connection.done()


def test_a_refused_read_names_the_chv_without_another_command():
    connection, card = start(
        """
        A0A40000023F00 > 9F17
        A0A40000022F05 > 9F0F
        A0C000000F > 0000 0008 2F05 04 00 1FFFFF 01 02 00 00 9000
        A0B0000008 > 9804
        """
    )
    files = card.basic()
    info = files.select(FilePath((0x3F00, 0x2F05)))
    with pytest.raises(SecurityStatusError) as caught:
        files.read_binary(info)
    assert caught.value.needs == ("PIN1",)
    assert str(files.access_rule(info).condition("read")) == "PIN1"
    assert connection.done()


# -- keys

STATUS = "A0F2000016"
CHV1 = "A020000108 31323334FFFFFFFF"


def test_chv_status_comes_from_status():
    connection, card = start(f"{STATUS} > {MF_ENABLED[:44]} 9000\n" * 2)
    assert (card.pin_status(0x01).remaining, card.pin_status(0x81).remaining) == (3, 3)
    assert connection.done()


def test_chv_status_comes_from_the_mf_where_status_is_refused():
    connection, card = start(
        f"{STATUS} > 6D00\nA0A40000023F00 > 9F17\nA0C0000017 > {MF_ENABLED} 9000"
    )
    assert card.pin_status(0x01).remaining == 3
    assert connection.done()


def test_a_disabled_chv_needs_no_key():
    connection, card = start(f"{STATUS} > {MF_HEADER[:44]} 9000")
    card.verify(0x01, b"1234")
    assert connection.done()


def test_a_verified_chv_is_not_asked_for_again():
    connection, card = start(f"{STATUS} > {MF_ENABLED[:44]} 9000\n{CHV1} > 9000")
    card.verify(0x01, b"1234")
    card.verify(0x01, b"1234")
    assert connection.done()


def test_chv2_is_pin2():
    connection, card = start(
        f"{STATUS} > {MF_ENABLED[:44]} 9000\nA020000208 31323334FFFFFFFF > 9000"
    )
    card.verify(0x81, b"1234")
    assert connection.done()


def test_a_wrong_chv_tells_the_tries_left():
    after = MF_ENABLED[:36] + "82" + MF_ENABLED[38:44]
    connection, card = start(
        f"{STATUS} > {MF_ENABLED[:44]} 9000\n{CHV1} > 9804\n{STATUS} > {after} 9000\n"
        f"{STATUS} > {after} 9000"
    )
    with pytest.raises(PinRefusedError) as caught:
        card.verify(0x01, b"1234")
    assert caught.value.remaining == 2
    with pytest.raises(PinRefusedError, match="not sent again"):
        card.verify(0x01, b"1234")
    assert connection.done()


def test_a_blocked_chv():
    blocked = MF_ENABLED[:36] + "80" + MF_ENABLED[38:44]
    connection, card = start(f"{STATUS} > {blocked} 9000")
    with pytest.raises(PinBlockedError):
        card.verify(0x01, b"1234", force=True)
    assert connection.done()


def test_adm_keys_have_no_counter_and_need_force():
    connection, card = start("A020000A08 31323334FFFFFFFF > 9000")
    with pytest.raises(PinRefusedError, match="does not tell"):
        card.verify(0x0A, b"1234")
    card.verify(0x0A, b"1234", force=True)
    assert connection.done()
