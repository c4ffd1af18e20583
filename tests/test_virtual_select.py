"""SELECT, STATUS, MANAGE CHANNEL of the virtual UICC (TS 102 221, 11.1.1, 11.1.2, 11.1.17)."""

from __future__ import annotations

import pytest

from smartboot.image import CardImage, FileImage
from tests.support.virtualcards import PKCS15, USIM_A, USIM_B, Talk, talk

P15 = PKCS15.hex()


def fid_of(fcp: str) -> str:
    at = fcp.index("8302")
    return fcp[at + 4 : at + 8]


@pytest.mark.parametrize(
    ("before", "command", "fid"),
    [
        ([], "00A40004022F00", "2F00"),
        ([], "00A40004023F00", "3F00"),
        ([], "00A40004027F10", "7F10"),
        (["7F10"], "00A40004026F3A", "6F3A"),
        (["7F10"], "00A40004027F50", "7F50"),
        (["7F10"], "00A40004027F10", "7F10"),
        (["7F10"], "00A40004023F00", "3F00"),
        (["7F10"], "00A40004022FE2", None),
        (["7F10", "6F3A"], "00A40004026F44", "6F44"),
        (["7F50", "5F3A"], "00A40004027F50", "7F50"),
        (["7F50", "5F3A"], "00A40004025031", None),
        (["7F10"], "00A4010402" + "7F10", None),
        ([], "00A40104027F50", "7F50"),
        ([], "00A40104022F00", None),
        (["7F50", "5F3A"], "00A4030400", "7F50"),
        (["7F10", "6F3A"], "00A4030400", "3F00"),
        ([], "00A4030400", None),
        ([], "00A40804047F505031", "5031"),
        (["7F10"], "00A40804067F505F3A4F01", "4F01"),
        ([], "00A40804063F007F505031", None),
        (["7F50"], "00A40904025031", "5031"),
        (["7F50"], "00A40904045F3A4F01", "4F01"),
        (["7F50"], "00A40904047F505031", None),
        ([], "00A40804047FFF5031", None),
        ([], "00A40004027FFF", None),
        ([], "00A40004025031", None),
        (["7F50", "5F3A"], "00A40004022F00", None),
    ],
)
def test_select_by_id_and_path(before, command, fid):
    card = talk()
    for step in before:
        assert card(f"00A4000C02{step}") == "9000"
    answer = card.fetched(command)
    if fid is None:
        assert answer == "6A82"
    else:
        assert answer.endswith("9000")
        assert fid_of(answer) == fid


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00A4000400", "6A86"),
        ("00A4020C022F00", "6A86"),
        ("00A4000D022F00", "6A86"),
        ("00A40008022F00", "6A86"),
        ("00A4008C022F00", "6A86"),
        ("00A4042C02A000", "6A86"),
        ("00A4000C012F", "6A87"),
        ("00A4080C037F5050", "6A87"),
        ("00A4080C", "6A87"),
        ("00A4030C022F00", "6A87"),
        ("00A4040C", "6A87"),
        ("00A4040C11" + "A0" * 17, "6A87"),
        ("00A4000C02FFFF", "6A82"),
        ("00A4000C05", "6700"),
        ("00A4000C022F", "6700"),
        ("00A4000C022F000000", "6700"),
        ("00A4000C00000200", "6700"),
        ("00A400", "6700"),
        ("", "6700"),
    ],
)
def test_select_refusals_leave_the_current_file(command, sw):
    card = talk()
    card("00A4000C022FE2")
    assert card(command) == sw
    assert card("00B000000A") == "980100000000000000219000"


def test_select_without_data_is_the_mf():
    card = talk()
    card("00A4000C027F10")
    assert card("00A4000C") == "9000"
    assert fid_of(card.fetched("80F2000000")) == "3F00"


def test_select_by_name_whole_cut_off_and_in_turn():
    card = talk()

    def name(p2, aid):
        return card(f"00A404{p2}{len(aid) // 2:02X}{aid}")

    def current():
        return card("80F200010D")[4:-4]

    usim = "A0000000871002"
    assert name("0C", P15) == "9000"
    assert name("0C", usim) == "9000"
    assert current() == USIM_A.hex().upper()
    assert name("0E", usim) == "9000"
    assert current() == USIM_B.hex().upper()
    assert name("0E", usim) == "6A82"
    assert current() == USIM_B.hex().upper()
    assert name("0F", usim) == "9000"
    assert current() == USIM_A.hex().upper()
    assert name("0F", usim) == "6A82"
    assert name("0D", usim) == "9000"
    assert current() == USIM_B.hex().upper()
    assert name("0C", P15 + "00") == "6A82"
    assert name("0C", "A000000999") == "6A82"


def test_next_and_previous_without_a_match_before_start_at_the_ends():
    card = talk()
    assert card("00A4040E07A0000000871002") == "9000"
    assert card("80F200010D")[4:-4] == USIM_A.hex().upper()
    card = talk()
    assert card("00A4040F07A0000000871002") == "9000"
    assert card("80F200010D")[4:-4] == USIM_B.hex().upper()


def test_7fff_is_the_application_even_after_the_mf_was_selected():
    card = talk()
    card(f"00A4040C0C{P15}")
    card("00A4000C023F00")
    assert card("00A4080C047FFF5031") == "9000"
    assert card("00B0000008") == "A7063004040264309000"
    assert card("00A4000C027FFF") == "9000"
    assert card("00A4090C047FFF5031") == "9000"


def test_select_of_an_adf_by_id_does_not_start_the_application():
    card = talk()
    card("00A4000C027F50")
    assert card("00A4080C047FFF5031") == "6A82"


def test_terminating_an_application():
    card = talk()
    card(f"00A4040C0C{P15}")
    assert card(f"00A4044C0C{P15}") == "9000"
    assert card("00A4080C047FFF5031") == "6A82"
    assert card("80F200010D") == "6A88"


def test_p2_zero_gives_the_fcp_or_is_refused():
    assert talk().fetched("00A40000022F00").startswith("62")
    assert talk(iso_select=False)("00A40000022F00") == "6A86"


def test_bootstrap_read_as_a_device_does_it():
    card = talk()
    assert card("0070000001") == "019000"
    assert card(f"01A404040C{P15}00").startswith("61")
    answer = card.fetched(f"01A404040C{P15}")
    assert answer.startswith("622F8202782183027F50")
    assert f"840C{P15.upper()}8A01058B032F06" in answer
    assert (
        card.fetched("01A40804047FFF5031")[:-4]
        == "621682024121830250318A01058B036F0601800200208800"
    )
    assert card("01B0000020")[:16] == "A706300404026430"
    assert card("01A40804047FFF9999") == "6A82"
    assert card("01708001") == "9000"
    assert card("01B0000020") == "6881"


def test_status_forms():
    card = talk()
    assert card("80F2000C") == "9000"
    assert card("80F20000") == card("80F2000000")
    assert card("80F2000000").startswith("6C")
    assert fid_of(card.fetched("80F2000000")) == "3F00"
    assert card("80F2010C") == "9000"
    assert card("80F2000110") == "6A88"
    assert card("80F2030000") == "6A86"
    assert card("80F2000200") == "6A86"
    assert card("00F2000000") == "6E00"
    card(f"00A4040C0C{P15}")
    assert card("80F200010E") == f"840C{P15.upper()}9000"


# -- channels ------------------------------------------------------------------------


def test_channels_are_handed_out_in_order_and_given_back():
    card = talk()
    assert [card("0070000001") for _ in range(4)] == ["019000", "029000", "039000", "6A81"]
    assert card("00708002") == "9000"
    assert card("0070000001") == "029000"
    assert card("00708005") == "6881"
    assert card("00708000") == "6A86"
    assert card("03708000") == "9000"
    assert card("03A4000C023F00") == "6881"
    assert card("0070000100") == "6A86"
    assert card("0070010000") == "6A86"


def test_wrong_length_opens_no_channel():
    card = talk()
    assert card("0070000000") == "6C01"
    assert card("00700000") == "6C01"
    assert card("0070000001") == "019000"


def test_no_channels_on_a_card_without():
    assert talk(channels=1)("0070000001") == "6881"
    assert talk(channels=1)("01A4000C023F00") == "6881"
    assert [talk(channels=2)("0070000001")] == ["019000"]


def test_more_than_four_channels_need_terminal_capability():
    card = talk(channels=8)
    for number in (1, 2, 3):
        assert card("0070000001") == f"{number:02X}9000"
    assert card("0070000001") == "6A81"
    assert card("80AA000004A9028100") == "9000"
    assert card("0070000001") == "049000"
    assert card("40A4000C022FE2") == "9000"
    assert card("40B0000002") == "98019000"
    assert card("C0F2000C") == "9000"
    assert [card("0070000001")[:2] for _ in range(4)] == ["05", "06", "07", "6A"]
    card.card.reset()
    assert [card("0070000001")[:2] for _ in range(4)] == ["01", "02", "03", "6A"]


def test_terminal_capability_refuses_what_is_no_tlv():
    assert talk()("80AA000003A90281") == "6A80"
    assert talk()("80AA000002A900") == "9000"
    assert talk()("00AA000002A900") == "6E00"


def test_each_channel_has_its_own_current_files():
    card = talk()
    card("00A4000C022FE2")
    card("0070000001")
    assert card("01B0000001") == "6986"
    assert card(f"01A4040C0C{P15}") == "9000"
    assert card("01A4080C047FFF5031") == "9000"
    assert card("00B0000002") == "98019000"
    assert card("01B0000002") == "A7069000"
    assert card("00A4080C047FFF5031") == "6A82"
    card("0070000001")
    assert card("02B0000001") == "6986"
    # A channel opened from another starts in that one's DF and application.
    card("01A4000C027F50")
    assert card("0170000001") == "039000"
    assert card("03A4000C025031") == "9000"
    assert card("03A4080C047FFF5031") == "9000"


def test_record_pointers_are_per_channel():
    card = talk()
    card("0070000001")
    for channel in "01":
        card(f"0{channel}A4080C047F106F3A")
    assert card("00B2000204")[:2] == "01"
    assert card("00B2000204")[:2] == "02"
    assert card("01B2000204")[:2] == "01"


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("04A4000C023F00", "6882"),
        ("08A4000C023F00", "6882"),
        ("60A4000C023F00", "6882"),
        ("10A4000C023F00", "6E00"),
        ("20A4000C023F00", "6E00"),
        ("50A4000C023F00", "6E00"),
        ("90A4000C023F00", "6E00"),
        ("A0A4000C023F00", "6E00"),
        ("FFA4000C023F00", "6E00"),
        ("80A4000C023F00", "6E00"),
        ("80B0000001", "6E00"),
        ("01A4000C023F00", "6881"),
        ("4FA4000C023F00", "6881"),
        ("0084000008", "6D00"),
        ("00FE0000", "6D00"),
        ("80100000021122", "6D00"),
        ("80CB800000", "6D00"),
        ("00B1000000", "6D00"),
    ],
)
def test_class_and_instruction(command, sw):
    assert talk()(command) == sw


def test_unsupported_instructions_of_the_image():
    card = talk(unsupported=[0x70, "F2"])
    assert card("0070000001") == "6D00"
    assert card("80F2000C") == "6D00"


# -- T=0 and T=1 ---------------------------------------------------------------------


def test_get_response_at_once_or_never():
    card = talk()
    length = card("00A40004022FE2")[2:]
    assert card("00C0000000") == f"6C{length}"
    assert card(f"00C00000{length}").startswith("62")
    assert card(f"00C00000{length}") == "6F00"
    card("00A40004022FE2")
    card("80F2000C")
    assert card(f"00C00000{length}") == "6F00"
    card("0070000001")
    card("00A40004022FE2")
    assert card(f"01C00000{length}") == "6F00"
    assert card(f"00C00000{length}") == "6F00"


def test_get_response_in_pieces_and_with_the_other_class():
    card = talk()
    whole = card.fetched("00A40004022FE2")
    card("00A40004022FE2")
    size = len(whole) // 2 - 2
    first = card("80C0000010")
    assert first[-4:] == f"61{size - 16:02X}"
    assert first[:-4] + card(f"00C00000{size - 16:02X}") == whole


def test_a_deactivated_file_warns_and_still_tells_its_fcp():
    card = talk()
    card("00A4080C047F106F07")
    assert card("00040000") == "9000"
    assert card("00A40004026F07") == "6283"
    length = card("00C0000000")[2:]
    assert "8A0104" in card(f"00C00000{length}")
    assert card("00A4000C026F07") == "6283"
    card = talk(protocol="T=1")
    card("00A4080C047F106F07")
    card("00040000")
    assert card("00A40004026F0700").endswith("6283")


def test_t1_answers_at_once():
    card = talk(protocol="T=1")
    answer = card("00A40004022FE200")
    assert answer.startswith("62")
    assert answer.endswith("9000")
    assert card("00A40004022FE2") == "9000"
    assert card("00C0000000") == "6D00"
    assert card("80F20000") == "9000"
    assert card("80F2000000").startswith("62")
    assert card("007000000100") == "6A87"
    assert card("0070000000") == "019000"


def test_an_fcp_of_more_than_256_bytes_comes_in_two():
    raw = b"\x62\x82\x01\x2c" + b"\xa5\x82\x01\x28" + bytes(296)
    card = Talk(CardImage(files=[FileImage(fid=0x6F00, size=1, fcp_raw=raw)]))
    # 00 stands for 256 or more; the card tells the rest when these were fetched.
    assert card("00A40004026F00") == "6100"
    first = card("00C0000000")
    assert first[-4:] == "6130"
    assert first[:-4] + card("00C0000030")[:-4] == raw.hex().upper()
