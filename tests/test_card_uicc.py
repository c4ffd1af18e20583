"""A UICC, command by command: each test is the exact row of TPDUs and their answers."""

from __future__ import annotations

import pytest

from smartboot.card import CardKind, FileKind, FilePath, open_card
from smartboot.errors import (
    CardError,
    CardRemovedError,
    FileAbsentError,
    SecurityStatusError,
    UsageError,
)
from smartboot.transport.base import CardProtocol
from tests.support.scripted import ScriptedCard

AID = bytes.fromhex("a000000063504b43532d3135")
AID_HEX = AID.hex()
SELECT_ICCID = "00A4080C022FE2 > 9000\n"
OPEN = "0070000001 > 01 9000\n"
CLOSE = "0170800100 > 9000\n"
SELECT_ADF = f"01A4040C0C{AID_HEX} > 9000\n"
ODF = FilePath((0x5031,))
FCP_ODF = "6216 82024121 83025031 8A0105 8B036F0602 80020020 8800"


def start(text: str, protocol: CardProtocol = CardProtocol.T0):
    """A UICC on which ``text`` follows the detection."""
    connection = ScriptedCard(SELECT_ICCID + text, protocol)
    card = open_card(connection)
    assert card.kind is CardKind.UICC
    return connection, card


def codes(card) -> list[str]:
    return [finding.code for finding in card.findings]


# -- identity


def test_detection_costs_nothing_and_the_iccid_two_tpdus():
    connection, card = start("00B000000A > 98881032547698103254 9000")
    assert card.iccid() == "89880123456789012345"
    assert card.iccid() == "89880123456789012345"
    assert connection.done()
    assert len(connection.sent) == 2
    assert (card.reader_name, card.atr) == (connection.name, connection.atr)


def test_an_iccid_of_nineteen_digits_ends_at_its_filler():
    _, card = start("00B000000A > 988810325476981032F4 9000")
    assert card.iccid() == "8988012345678901234"


@pytest.mark.parametrize("answer", ["6982", "6B00", f"{'FF' * 10}9000", f"{'AA' * 10}9000", "9000"])
def test_an_unreadable_iccid_is_a_finding(answer):
    connection, card = start(f"00B000000A > {answer}")
    assert card.iccid() is None
    assert card.iccid() is None
    assert codes(card) == ["CARD-ICCID-UNREADABLE"]
    assert connection.done()


def test_a_card_without_iccid_is_no_failure():
    connection = ScriptedCard(
        """
        00A4080C022FE2 > 6A82
        00A4000C023F00 > 9000   # perhaps it only does not know SELECT by path
        00A4000C022FE2 > 6A82
        """
    )
    card = open_card(connection)
    assert card.iccid() is None
    assert codes(card) == ["CARD-ICCID-ABSENT"]
    assert connection.done()


def test_using_the_basic_channel_first_selects_the_iccid_again():
    connection, card = start(
        """
        00A40004023F00 > 6102
        00C0000002 > 6200 9000
        00A4080C022FE2 > 9000
        00B000000A > 98881032547698103254 9000
        """
    )
    card.basic().select(FilePath((0x3F00,)))
    assert card.iccid() == "89880123456789012345"
    assert connection.done()


# -- the logged bootstrap read


FCP_ADF = f"6225 82027821 840C{AID_HEX} 8A0105 8B032F060C C609 900140 830101 83010A"
DODF = "A127 3000 3011 0C0F4C774D324D20426F6F747374726170 A110 300E 06060604672B0901 300404026432"

LOGGED = f"""
{OPEN}
01A4040C0C{AID_HEX} > {FCP_ADF} 9000
01A40804047FFF5031 > 6118
01C0000018 > {FCP_ODF} 9000
01B0000008 > A706300404026430 9000
01A40804047FFF6430 > 6118
01C0000018 > 6216 82024121 83026430 8A0105 8B036F0602 80020029 8800 9000
01B0000029 > {DODF} 9000
01A40804047FFF6432 > 6118
01C0000018 > 6216 82024121 83026430 8A0105 8B036F0602 80020020 8800 9000
01B0000020 > {"55" * 32} 9000
{CLOSE}
"""


def test_the_logged_read_with_a_wrong_file_id_in_the_fcp():
    """The logged vector's commands, but for P2 = 0C of SELECT by AID: its answer is of no use."""
    connection, card = start(LOGGED)
    with card.session() as files:
        files.select_application(AID)
        assert len(files.read_binary(files.select(ODF), 0, 8)) == 8
        assert len(files.read_binary(files.select(FilePath((0x6430,))))) == 41
        info = files.select(FilePath((0x6432,)))
        assert info.fid == 0x6430
        assert info.path == FilePath((0x7FFF, 0x6432))
        assert files.read_binary(info) == b"\x55" * 32
    assert connection.done()
    # Detection, open, ADF, three files of three, close.
    assert len(connection.sent) == 1 + 1 + 1 + 9 + 1
    assert card.findings == []


def test_the_same_on_t1_is_one_apdu_a_file():
    connection, card = start(
        f"""
        {OPEN}{SELECT_ADF}
        01A40804047FFF503100 > {FCP_ODF} 9000
        01B0000020 > {"55" * 32} 9000
        {CLOSE.replace("0170800100", "01708001")}
        """,
        CardProtocol.T1,
    )
    with card.session() as files:
        files.select_application(AID)
        files.read_binary(files.select(ODF))
    assert connection.done()


def test_an_absent_application():
    connection, card = start(f"{OPEN}01A4040C0C{AID_HEX} > 6A82\n{CLOSE}")
    with pytest.raises(FileAbsentError, match="application A0000000"), card.session() as files:
        files.select_application(AID)
    assert connection.done()


def test_a_card_that_selects_only_with_an_answer():
    connection, card = start(
        f"{OPEN}01A4040C0C{AID_HEX} > 6A86\n01A404040C{AID_HEX} > 6102\n01C0000002 > 62009000\n"
        f"01A404040C{AID_HEX} > 6102\n01C0000002 > 62009000\n{CLOSE}"
    )
    with card.session() as files:
        files.select_application(AID)
        files.select_application(AID)
    assert connection.done()


@pytest.mark.parametrize("aid", [b"", bytes(17)])
def test_an_aid_of_impossible_length(aid):
    _, card = start("")
    with pytest.raises(UsageError):
        card.basic().select_application(aid)


# -- logical channels


@pytest.mark.parametrize(
    "answer", ["6881", "6D00", "6E00", "6A81", "6985", "9000", "00 9000", "14 9000"]
)
def test_without_channels_the_basic_one_is_left_with_the_mf(answer):
    connection, card = start(
        f"""
        0070000001 > {answer}
        00A4040C0C{AID_HEX} > 9000
        00A4000C023F00 > 9000
        00A4040C0C{AID_HEX} > 9000     # the second session does not ask again
        00A4000C023F00 > 9000
        """
    )
    for _ in range(2):
        with card.session() as files:
            files.select_application(AID)
    assert connection.done()
    assert codes(card) == ["CARD-NO-CHANNEL"]


def test_the_channel_is_closed_after_an_error():
    connection, card = start(OPEN + CLOSE)
    with pytest.raises(ZeroDivisionError), card.session():
        raise ZeroDivisionError
    assert connection.done()


def test_a_removed_card_has_no_channel_to_close():
    connection, card = start(f"{OPEN}01A4040C0C{AID_HEX} > DEAD")
    with pytest.raises(CardRemovedError), card.session() as files:
        files.select_application(AID)
    assert connection.done()
    assert card.findings == []


def test_a_card_removed_at_the_close_does_not_spoil_what_was_read():
    connection, card = start(f"{OPEN}0170800100 > DEAD")
    with card.session():
        pass
    assert connection.done()
    assert codes(card) == ["CARD-NOT-LEFT-CLEAN"]


def test_a_channel_that_will_not_close_from_itself_is_closed_from_the_basic_one():
    connection, card = start(f"{OPEN}0170800100 > 6E00\n0070800100 > 9000")
    with card.session():
        pass
    assert connection.done()
    assert card.findings == []


def test_channel_four_has_another_class_byte():
    connection, card = start(
        f"""
        0070000001 > 04 9000
        40A4040C0C{AID_HEX} > 9000
        40A40804047FFF5031 > 6102
        40C0000002 > 6200 9000
        4070800400 > 9000
        """
    )
    with card.session() as files:
        files.select_application(AID)
        files.select(ODF)
    assert connection.done()


# -- selecting


def test_relative_paths_start_at_the_df_selected_last():
    connection, card = start(
        """
        00A40804027F50 > 610A
        00C000000A > 6208 82027821 83027F50 9000
        00A40804047F505031 > 610A
        00C000000A > 6208 82024121 83025031 9000
        00A40804022F06 > 610D
        00C000000D > 620B 82054221001004 83022F06 9000
        00A40804047F505032 > 610A       # an EF elsewhere did not move where they start
        00C000000A > 6208 82024121 83025032 9000
        """
    )
    files = card.basic()
    files.select(FilePath((0x3F00, 0x7F50)))
    assert files.select(ODF).path == FilePath((0x3F00, 0x7F50, 0x5031))
    files.select(FilePath((0x3F00, 0x2F06)))
    files.select(FilePath((0x5032,)))
    assert connection.done()


def test_a_card_without_select_by_path_is_walked_through():
    connection = ScriptedCard(
        """
        00A4080C022FE2 > 6B00
        00A40804022FE2 > 6B00
        00A4000C023F00 > 9000
        00A4000C022FE2 > 9000
        00B000000A > 98881032547698103254 9000
        00A40004022F00 > 6102       # the MF is current already
        00C0000002 > 6200 9000
        00A4000C027F10 > 9000
        00A40004026F3A > 6102
        00C0000002 > 6200 9000
        00A40004026F3B > 6102       # a sibling needs no way down
        00C0000002 > 6200 9000
        00A4000C023F00 > 9000       # up again
        00A40004022F05 > 6102
        00C0000002 > 6200 9000
        """
    )
    card = open_card(connection)
    assert card.iccid()
    files = card.basic()
    files.select(FilePath((0x3F00, 0x2F00)))
    files.select(FilePath((0x3F00, 0x7F10, 0x6F3A)))
    files.select(FilePath((0x3F00, 0x7F10, 0x6F3B)))
    files.select(FilePath((0x3F00, 0x2F05)))
    assert connection.done()


@pytest.mark.parametrize("refusal", ["6A86", "6A82", "6B00"])
def test_a_card_that_does_not_know_7fff_in_paths(refusal):
    connection, card = start(
        f"""
        {OPEN}{SELECT_ADF}
        01A40804047FFF5031 > {refusal}
        01A40004025031 > 6118
        01C0000018 > {FCP_ODF} 9000
        01A40004026430 > 6118
        01C0000018 > {FCP_ODF} 9000
        {CLOSE}
        """
    )
    with card.session() as files:
        files.select_application(AID)
        files.select(ODF)
        assert files.select(FilePath((0x6430,))).size == 32
    assert connection.done()


def test_an_absent_file_costs_one_tpdu_once_paths_are_known_to_work():
    connection, card = start("00A40804022F00 > 6A82")
    with pytest.raises(FileAbsentError, match="3F00/2F00"):
        card.basic().select(FilePath((0x3F00, 0x2F00)))
    assert connection.done()


@pytest.mark.parametrize("answer", ["9000", "00 9000", "6204 8202 9000", "FFFF 9000"])
def test_a_missing_or_garbled_fcp_is_tolerated(answer):
    connection, card = start(
        f"""
        00A40804022F00 > 61FF
        00C00000FF > {answer}
        00B0000000 > 6C03
        00B0000003 > A1A2A3 9000
        """
    )
    files = card.basic()
    info = files.select(FilePath((0x3F00, 0x2F00)))
    assert (info.kind, info.size) == (FileKind.UNKNOWN, None)
    assert files.read_binary(info) == bytes.fromhex("a1a2a3")
    assert connection.done()
    assert codes(card) == ["CARD-FCP-UNREADABLE"]


def test_a_deactivated_file_is_selected_with_its_warning():
    connection, card = start(
        """
        00A40804022F00 > 6283
        00C0000000 > 6C09
        00C0000009 > 6207 82024121 8A0104 9000
        """
    )
    assert card.basic().select(FilePath((0x3F00, 0x2F00))).life_cycle == "deactivated"
    assert connection.done()


def test_a_refused_select_says_which_file():
    _, card = start("00A40804022F00 > 6F01")
    with pytest.raises(CardError, match="SELECT on file 3F00/2F00: 6F01"):
        card.basic().select(FilePath((0x3F00, 0x2F00)))


def test_an_empty_path():
    _, card = start("")
    with pytest.raises(UsageError):
        card.basic().select(FilePath(()))


# -- access rules and refusals


ARR_EF = "6211 82054221001004 83026F06 80020040 8800"


def test_access_rules_are_followed_once():
    record = "800101A406830101950108FFFFFFFFFF"
    connection, card = start(
        f"""
        {OPEN}{SELECT_ADF}
        01A40804047FFF5031 > 6118
        01C0000018 > {FCP_ODF} 9000
        01A40804047FFF6F06 > 6113
        01C0000013 > {ARR_EF} 9000
        01B2020410 > {record} 9000
        {CLOSE}
        """
    )
    with card.session() as files:
        files.select_application(AID)
        info = files.select(ODF)
        assert info.access_reference == (0x6F06, 2)
        rule = files.access_rule(info)
        assert str(rule.condition("read")) == "PIN1"
        assert rule.source == "8B 6F06/2"
        assert files.access_rule(info) is rule
    assert connection.done()


def test_a_refused_read_names_the_key_and_leaves_the_file_selected():
    record = "800101A406830101950108FFFFFFFFFF"
    connection, card = start(
        f"""
        {OPEN}{SELECT_ADF}
        01A40804047FFF5031 > 6118
        01C0000018 > {FCP_ODF} 9000
        01B0000020 > 6982
        01A40804047FFF6F06 > 6113
        01C0000013 > {ARR_EF} 9000
        01B2020410 > {record} 9000
        01A40804047FFF5031 > 6118
        01C0000018 > {FCP_ODF} 9000
        {CLOSE}
        """
    )
    with card.session() as files:
        files.select_application(AID)
        info = files.select(ODF)
        with pytest.raises(SecurityStatusError) as caught:
            files.read_binary(info)
    assert connection.done()
    assert caught.value.needs == ("PIN1",)
    assert str(caught.value) == (
        "the card refused READ BINARY on EF 5031: 6982, security status not satisfied"
    )
    assert "PIN1" in caught.value.hint
    assert "--pin" in caught.value.hint


def test_ef_arr_is_looked_for_upwards_and_its_absence_is_remembered():
    connection, card = start(
        f"""
        {OPEN}{SELECT_ADF}
        01A40804047FFF5031 > 6118
        01C0000018 > {FCP_ODF} 9000
        01A40804047FFF6F06 > 6A82
        01A40804026F06 > 6A82
        {CLOSE}
        """
    )
    with card.session() as files:
        files.select_application(AID)
        info = files.select(ODF)
        for _ in range(2):
            assert not files.access_rule(info).condition("read").known
    assert connection.done()
    assert codes(card) == ["CARD-ARR-ABSENT"]


@pytest.mark.parametrize("answer", ["6982", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF 9000", "80FF 9000"])
def test_an_unreadable_ef_arr_is_a_finding(answer):
    connection, card = start(
        f"""
        00A40804022F05 > 6118
        00C0000018 > 6216 82024121 83022F05 8A0105 8B032F0602 80020020 8800 9000
        00A40804022F06 > 6113
        00C0000013 > {ARR_EF} 9000
        00B2020410 > {answer}
        """
    )
    files = card.basic()
    rule = files.access_rule(files.select(FilePath((0x3F00, 0x2F05))))
    assert not rule.condition("read").known
    assert codes(card) == ["CARD-ARR-UNREADABLE"]
    assert connection.done()
