"""The 2G SIM side of the virtual card (TS 51.011, 9)."""

from __future__ import annotations

import pytest

from smartboot.image import CardHeader, CardImage, FileImage, PinImage
from tests.support.virtualcards import FREE, Talk, talk

CHV1 = "31323334FFFFFFFF"
WRONG = "39393939FFFFFFFF"
NEW = "30303030FFFFFFFF"
PUK = "3132333435363738"


def sim() -> Talk:
    return Talk(
        CardImage(
            card=CardHeader(kind="sim"),
            pins=[
                PinImage(reference=0x01, value="1234", unblock="12345678"),
                PinImage(reference=0x81, value="5678"),
                PinImage(reference=0x0A, value="87654321"),
            ],
            files=[
                FileImage(fid=0x2FE2, size=10, data=bytes.fromhex("98010000000000000021")),
                FileImage(
                    fid=0x7F20,
                    type="df",
                    files=[
                        FileImage(
                            fid=0x6F07,
                            size=9,
                            data=b"\x08\x09",
                            access={"read": "pin1", "update": "adm1", "activate": "adm1"},
                        ),
                        FileImage(
                            fid=0x6F3A,
                            type="linear-fixed",
                            records=[b"\x01one", b"\x02two"],
                            access={"read": "pin1", "update": "pin1"},
                        ),
                        FileImage(
                            fid=0x6F39,
                            type="cyclic",
                            records=[b"\0\0\1", b"\0\0\0"],
                            access={**FREE, "increase": "always"},
                        ),
                        FileImage(
                            fid=0x6F30,
                            size=300,
                            data=bytes(range(256)),
                            access={**FREE, "activate": "always", "deactivate": "always"},
                        ),
                        FileImage(fid=0x6F31, size=4, access={"read": "pin2"}),
                    ],
                ),
                FileImage(fid=0x7F10, type="df"),
            ],
        )
    )


def test_atr_and_class():
    card = sim()
    assert card.card.atr[:1] == b"\x3b"
    assert card("00A40000023F00") == "6E00"
    assert card("80F2000000") == "6E00"
    assert card("00C0000000") == "6E00"
    assert talk()("A0A40000023F00") == "6E00"
    assert talk()("A0C0000000") == "6E00"
    assert talk(sim_commands=True)("A0A40000023F00") == "9F17"
    assert card("A088000010" + "00" * 16) == "6D00"


def test_mf_header():
    header = sim().fetched("A0A40000023F00")
    assert header == "0000FFFF3F000100000000000A1302010300838A8300009000"
    raw = bytes.fromhex(header[:-4])
    assert len(raw) == 23
    assert raw[6] == 1
    assert raw[12] == len(raw) - 13
    assert raw[13] & 0x80 == 0
    assert list(raw[14:17]) == [2, 1, 3]
    assert raw[18:22] == bytes.fromhex("838A8300")


def test_ef_headers():
    card = sim()
    assert card.fetched("A0A40000022FE2") == "0000000A2FE2040004FF44010200009000"
    assert card("A0A40000027F20") == "9F17"
    assert card.fetched("A0A40000026F07") == "000000096F07040014FF4F010200009000"
    assert card.fetched("A0A40000026F3A") == "000000086F3A040011FFFF010201049000"
    assert card.fetched("A0A40000026F39") == "000000066F390440000FFF010203039000"
    assert card.fetched("A0A40000026F31") == "000000046F3104002FFFFF010200009000"


@pytest.mark.parametrize(
    ("before", "command", "sw"),
    [
        ([], "A0A4000002FFFF", "9404"),
        ([], "A0A40000026F07", "9404"),
        ([], "A0A400000100", "6702"),
        ([], "A0A40100023F00", "6B00"),
        ([], "A0B0000001", "9400"),
        ([], "A0B2010404", "9400"),
        ([], "A004000000", "9400"),
        (["7F20", "6F07"], "A0B0000001", "9804"),
        (["7F20", "6F07"], "A0D600000100", "9804"),
        (["7F20", "6F07"], "A0B2010404", "9408"),
        (["7F20", "6F3A"], "A0B0000001", "9408"),
        (["7F20", "6F30"], "A0B0000001", "009000"),
        (["7F20", "6F30"], "A0B0012B01", "FF9000"),
        (["7F20", "6F30"], "A0B0012C01", "9402"),
        (["7F20", "6F30"], "A0B0012B02", "6701"),
        (["7F20", "6F30"], "A0B0000000", bytes(range(256)).hex().upper() + "9000"),
        (["7F20", "6F30"], "A0D6012C0100", "9402"),
        (["7F20", "6F30"], "A0D6012B020000", "6701"),
        (["7F20", "6F30"], "A0D6012B0100", "9000"),
        (["7F20", "6F30"], "A0A40000027F10", "9F17"),
        (["7F20"], "A0A40000027F20", "9F17"),
        (["7F20"], "A0A40000023F00", "9F17"),
        (["7F20"], "A0A40000022FE2", "9404"),
        ([], "A0F2000016", None),
        ([], "A0F2000018", "6717"),
        ([], "A0F2010016", "6B00"),
        (["7F20", "6F39"], "A0B2000203", "0000019000"),
        (["7F20", "6F39"], "A0B2010403", "0000019000"),
        (["7F20", "6F39"], "A0B2000303", "0000009000"),
        (["7F20", "6F39"], "A0B2030403", "9402"),
        (["7F20", "6F39"], "A0B2010503", "6B00"),
        (["7F20", "6F39"], "A0B2010404", "6703"),
        (["7F20", "6F39"], "A0DC010403000000", "9408"),
        (["7F20", "6F39"], "A0DC0003030000FF", "9000"),
        (["7F20", "6F39"], "A0DC0003020000", "6703"),
        (["7F20", "6F39"], "A032000003000005", "9F06"),
        (["7F20", "6F39"], "A032000003FFFFFF", "9850"),
        (["7F20", "6F39"], "A032000002FFFF", "6703"),
        (["7F20", "6F30"], "A032000003000001", "9408"),
    ],
)
def test_commands(before, command, sw):
    card = sim()
    for fid in before:
        assert card(f"A0A4000002{fid}")[:2] == "9F"
    answer = card(command)
    assert answer == sw if sw is not None else answer[-4:] == "9000"


def test_get_response():
    card = sim()
    card("A0A40000022FE2")
    assert card("A0C0000010") == "670F"
    assert card("A0C000000F")[-4:] == "9000"
    assert card("A0C000000F") == "6F00"
    card("A0A40000022FE2")
    card("A0B0000001")
    assert card("A0C000000F") == "6F00"


def test_records_need_chv_and_move():
    card = sim()
    card("A0A40000027F20")
    card("A0A40000026F3A")
    assert card("A0B2010404") == "9804"
    assert card(f"A020000108{CHV1}") == "9000"
    assert [card("A0B2000204") for _ in range(3)] == ["016F6E659000", "0274776F9000", "9402"]
    assert card("A0B2000304") == "016F6E659000"
    assert card("A0B2000404") == "016F6E659000"
    assert card("A0DC020404AABBCCDD") == "9000"
    assert card("A0A2000001AA") == "9000"
    assert card("A0B2000404") == "AABBCCDD9000"
    assert card.fetched("A0A200100101") == "019000"
    assert card("A0A2000001EE") == "9404"
    assert card("A0A20001014A") == "9404"
    assert card("A0A20008014A") == "6B00"
    assert card("A0A20000") == "6700"


def test_increase_answers_value_and_addend():
    card = sim()
    card("A0A40000027F20")
    card("A0A40000026F39")
    assert card.fetched("A032000003000005") == "0000060000059000"
    assert card("A0B2010403") == "0000069000"


def test_chv_life():
    card = sim()
    assert card(f"A020000108{WRONG}") == "9804"
    assert sim_status(card) == (0x82, 0x8A)
    assert card(f"A020000108{CHV1}") == "9000"
    assert sim_status(card) == (0x83, 0x8A)
    assert card("A020000104" + CHV1[:8]) == "6708"
    assert card("A0200001") == "6708"
    assert card(f"A020000308{CHV1}") == "9802"
    assert card(f"A020010108{CHV1}") == "6B00"
    assert card(f"A024000110{CHV1}{NEW}") == "9000"
    assert card(f"A026000108{NEW}") == "9000"
    assert bytes.fromhex(card.fetched("A0A40000023F00"))[13] & 0x80
    assert card(f"A020000108{NEW}") == "9808"
    assert card(f"A026000108{NEW}") == "9808"
    assert card(f"A028000108{NEW}") == "9000"
    assert card(f"A028000108{NEW}") == "9808"
    assert card(f"A026000208{NEW}") == "6B00"
    assert card(f"A028000208{NEW}") == "6B00"
    assert [card(f"A020000108{WRONG}") for _ in range(4)] == ["9804", "9804", "9840", "9840"]
    assert card(f"A02C000010{WRONG}{CHV1}") == "9804"
    assert card(f"A02C000010{PUK}{CHV1}") == "9000"
    assert sim_status(card) == (0x83, 0x8A)
    for _ in range(9):
        assert card(f"A02C000010{WRONG}{CHV1}") == "9804"
    assert card(f"A02C000010{WRONG}{CHV1}") == "9840"
    assert card(f"A02C000010{PUK}{CHV1}") == "9840"
    assert card(f"A02C000210{PUK}{CHV1}") == "9802"


def sim_status(card: Talk) -> tuple[int, int]:
    header = bytes.fromhex(card.fetched("A0A40000023F00"))
    return header[18], header[19]


def test_chv2_and_adm():
    card = sim()
    card("A0A40000027F20")
    card("A0A40000026F31")
    assert card("A0B0000001") == "9804"
    assert card("A02000020835363738FFFFFFFF") == "9000"
    assert card("A0B0000001") == "FF9000"
    card("A0A40000026F07")
    assert card("A020000A083837363534333231") == "9000"
    assert card("A0D60000020102") == "9000"


def test_invalidate_and_rehabilitate():
    card = sim()
    card("A0A40000027F20")
    card("A0A40000026F30")
    assert card("A044000000") == "9810"
    assert card("A004000000") == "9000"
    assert card("A0B0000001") == "9810"
    assert card("A004000000") == "9810"
    assert card.fetched("A0A40000026F30")[22:24] == "00"
    assert card("A044000000") == "9000"
    assert card("A0B0000001") == "009000"
