"""Keys and access rules of the virtual UICC (TS 102 221, 9 and 11.1.9 to 11.1.13)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.errors import DecodeError
from smartboot.image import CardImage, FileImage, PinImage, image_from_data
from smartboot.imagerules import KEY_NAMES, Condition, parse_condition
from smartboot.virtual import VirtualCard
from smartboot.virtual.access import (
    decode_compact,
    decode_expanded,
    encode_compact,
    encode_expanded,
)
from smartboot.virtual.tlv import parse_tlvs, tlv
from tests.support.virtualcards import Talk, sample_image, talk

PIN1 = "31323334FFFFFFFF"
WRONG = "39393939FFFFFFFF"
NEW = "30303030FFFFFFFF"
PUK = "3132333435363738"


def test_verify_and_its_counter():
    card = talk()
    assert card("00200001") == "63C3"
    assert card("0020000100") == "63C3"
    assert card(f"0020000108{WRONG}") == "63C2"
    assert card("00200001") == "63C2"
    assert card(f"0020000108{PIN1}") == "9000"
    assert card("00200001") == "9000"
    assert card(f"0020000108{WRONG}") == "63C2"
    assert card("00200001") == "63C2"
    assert card(f"0020000108{WRONG}") == "63C1"
    assert card(f"0020000108{WRONG}") == "63C0"
    assert card(f"0020000108{PIN1}") == "6983"
    assert card("00200001") == "6983"


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        (f"0020000208{PIN1}", "6A88"),
        ("00200002", "6A88"),
        (f"0020010108{PIN1}", "6A86"),
        ("002000010431323334", "6700"),
        ("002400010831323334FFFFFFFF", "6700"),
        ("0020000108", "6700"),
        (f"0028000108{PIN1}", "6985"),
        (f"0026000A08{PIN1}", "6985"),
        ("002C000A", "6A88"),
        (f"002C000108{PUK}", "6700"),
    ],
)
def test_refusals_that_cost_no_try(command, sw):
    card = talk()
    assert card(command) == sw
    assert card.card.to_image() == sample_image()


def test_change_disable_enable():
    card = talk()
    assert card(f"0024000110{WRONG}{NEW}") == "63C2"
    assert card(f"0024000110{PIN1}{NEW}") == "9000"
    card.card.reset()
    assert card("00200001") == "63C3"
    assert card(f"0026000108{PIN1}") == "63C2"
    assert card(f"0026000108{NEW}") == "9000"
    assert card("00200001") == "9000"
    assert card(f"0020000108{NEW}") == "6984"
    assert card(f"0024000110{NEW}{PIN1}") == "6984"
    assert card(f"0026000108{NEW}") == "6984"
    assert card(f"0028000108{WRONG}") == "63C2"
    assert card(f"0028000108{NEW}") == "9000"
    card.card.reset()
    assert card("00200001") == "63C3"


def test_unblock():
    card = talk()
    for _ in range(3):
        card(f"0020000108{WRONG}")
    assert card("002C0001") == "63CA"
    assert card(f"002C000110{WRONG}{NEW}") == "63C9"
    assert card(f"002C000110{PUK}{NEW}") == "9000"
    assert card("002C0001") == "63CA"
    card.card.reset()
    assert card(f"0020000108{NEW}") == "9000"
    for _ in range(10):
        card(f"002C000110{WRONG}{NEW}")
    assert card(f"002C000110{PUK}{NEW}") == "6983"
    assert card("002C0001") == "6983"


def test_counters_are_kept_in_the_image_and_never_fall_below_zero():
    card = talk()
    for _ in range(20):
        card(f"0020008108{WRONG}")
        card(f"002C000110{WRONG}{NEW}")
    saved = card.card.to_image()
    assert [(p.reference, p.remaining) for p in saved.pins] == [
        (1, 3),
        (0x81, 0),
        (10, 10),
        (11, 3),
    ]
    assert saved.pins[0].unblock_remaining == 0
    again = Talk(saved)
    assert again("00200081") == "6983"
    assert again("002C0001") == "6983"


def test_verification_ends_with_the_power_but_holds_on_every_channel():
    card = talk()
    card("0070000001")
    card.adm()
    assert card("0120000A") == "9000"
    card.card.reset()
    assert card("0020000A") == "63CA"


@pytest.mark.parametrize("encoding", ["referenced", "compact", "expanded"])
def test_rules_are_enforced_in_every_encoding(encoding):
    card = talk(access_encoding=encoding)
    card("00A4080C047F506432")
    assert card("00B0000001") == "6982"
    assert card("00D600000199") == "6982"
    card.pin()
    assert card("00B0000001") == "009000"
    assert card("00D600000199") == "6982"
    card.card.reset()
    card("00A4080C047F506432")
    card.adm()
    assert card("00B0000001") == "009000"
    assert card("00D600000199") == "6982"
    card.pin()
    assert card("00D600000199") == "9000"
    card("00A4080C047F106FFE")
    assert card("00B0000001") == "6982"
    assert card("00D600000199") == "6982"


def test_a_disabled_pin_opens_what_asks_for_it():
    card = talk()
    card(f"0026000108{PIN1}")
    card.card.reset()
    card("00A4080C047F506432")
    assert card("00B0000001") == "009000"


def test_a_key_the_card_does_not_have_opens_nothing():
    image = sample_image()
    image = image.model_copy(update={"pins": []})
    card = Talk(image)
    card("00A4080C047F505031")
    assert card("00B0000001")[-4:] == "9000"
    assert card("00D600000100") == "6982"
    assert card("0020000A") == "6A88"


def test_referenced_rules_can_be_followed_to_the_record():
    card = talk()
    fcp = card.fetched("00A40804047F506432")
    at = fcp.index("8B036F06")
    record = int(fcp[at + 8 : at + 10], 16)
    assert card("00A4000C026F06") == "9000"
    answer = card.fetched(f"00B2{record:02X}0400")
    assert answer.startswith("800101A010A406830101950108A40683010A950108")
    rules = decode_expanded(bytes.fromhex(answer[:-4]), is_directory=False)
    assert rules == {
        "read": Condition("any", (1, 10)),
        "update": Condition("all", (1, 10)),
    }
    # EF(ARR) is found from a DF below its own too, and the MF has another one.
    fcp = card.fetched("00A40804067F505F3A4F01")
    assert "8B036F06" in fcp
    assert "8B032F06" in card.fetched("00A40004023F00")
    assert card("00A4000C022F06") == "9000"


def test_expanded_and_compact_rules_in_the_fcp():
    fcp = talk(access_encoding="expanded").fetched("00A40804047F505031")
    assert "AB1B8001019000800102" in fcp
    assert "8401D4A40683010A950108" in fcp
    fcp = talk(access_encoding="compact").fetched("00A40804047F505031")
    assert "8C03031300" in fcp
    fcp = talk(access_encoding="compact").fetched("00A40804047F106FFE")
    assert "8C0201FF" in fcp


def test_explicit_arr_of_an_image_decides():
    image = sample_image()
    arr = [
        {
            "fid": "2F06",
            "type": "linear-fixed",
            "records": ["8001019000", "800103A40683010195 0108"],
        },
        {"fid": "6F01", "size": 4, "arr": "2F06/1"},
        {"fid": "6F02", "size": 4, "arr": "2F06/2"},
        {"fid": "6F03", "size": 4, "arr": "2F06/9"},
        {"fid": "6F04", "size": 4, "access": {"read": "always"}},
        {"fid": "6F05", "size": 4, "access": {"read": "adm1"}},
    ]
    image = image_from_data({"pins": image.pins, "files": arr})
    card = Talk(image)
    reads = []
    for n in range(1, 6):
        card(f"00A4000C026F0{n}")
        reads.append(card("00B0000001")[-4:])
    assert reads == ["9000", "6982", "6982", "9000", "6982"]
    card.pin()
    card("00A4000C026F02")
    assert card("00D600000100") == "9000"
    assert "8B032F0602" in card.fetched("00A40004026F02")
    # A rule the image's EF(ARR) has is referred to; one it lacks is shown in place.
    assert "8B032F0601" in card.fetched("00A40004026F04")
    assert "AB0B800101A40683010A950108" in card.fetched("00A40004026F05")
    assert card.card.to_image().files[0] == image.files[0]


def test_universal_pin_tells_its_usage_in_the_pin_status():
    pins = [
        PinImage(reference=0x01, value="1234", enabled=False),
        PinImage(reference=0x11, value="9876"),
        PinImage(reference=0x0A, value="87654321"),
    ]
    fcp = Talk(CardImage(pins=pins)).fetched("00A40004023F00")
    assert "C60F90016083010195010883011183010A" in fcp


def test_a_nested_df_with_an_ef_arr_of_its_own_is_referred_to():
    inner = FileImage(fid=0x6F06, type="linear-fixed", records=[bytes.fromhex("8001019000")])
    free = FileImage(fid=0x6F01, size=4, access={"read": "always"})
    nested = FileImage(fid=0x5F01, type="df", files=[inner, free])
    image = CardImage(files=[FileImage(fid=0x7F01, type="df", files=[nested])])
    card = Talk(image)
    assert "8B036F0601" in card.fetched("00A40804067F015F016F01")
    # The rule of the DF itself is not in that EF(ARR), so it stands in the FCP.
    assert "AB" in card.fetched("00A40804047F015F01")
    assert card.card.to_image() == image


# -- the encodings themselves --------------------------------------------------------


def test_a_published_rule_both_ways():
    wire = bytes.fromhex("800101A40683010A95010880010690008001609700 8401D4A40683010A950108")
    rules = decode_expanded(wire, is_directory=False)
    adm = Condition("any", (0x0A,))
    assert rules == {
        "read": adm,
        "update": Condition("always"),
        "append": Condition("always"),
        "delete": Condition("never"),
        "terminate": Condition("never"),
        "resize": adm,
    }
    assert encode_expanded(rules, is_directory=False) == wire


@pytest.mark.parametrize(
    ("wire", "rules"),
    [
        ("8001019E0100", {"read": Condition("always")}),
        ("8001019E01FF", {"read": Condition("never")}),
        ("800101A0039E0100", {"read": Condition("never")}),
        ("800101AF02" + "9000", {"read": Condition("never")}),
        ("800101A7029000", {"read": Condition("never")}),
        ("8302A0A49000", {}),
        ("80010190008001019700", {"read": Condition("always")}),
        ("", {}),
        ("FFFF", {}),
        ("800101", None),
        ("80029000", None),
        ("7F010190009000", None),
        ("8001019800", None),
        ("800101A403830101", None),
        ("800101A406830101950100", None),
        ("C001019000", None),
        ("80010190", None),
    ],
)
def test_expanded_rules_cards_may_hold(wire, rules):
    if rules is None:
        with pytest.raises(DecodeError):
            decode_expanded(bytes.fromhex(wire), is_directory=False)
    else:
        assert decode_expanded(bytes.fromhex(wire), is_directory=False) == rules


@pytest.mark.parametrize("size", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF])
def test_tlv_lengths_both_ways(size):
    value = bytes(size)
    wire = tlv(0xAB, value)
    assert len(wire) == size + (2 if size < 0x80 else 3 if size < 0x100 else 4)
    assert parse_tlvs(wire) == [(0xAB, value)]
    for cut in {1, len(wire) - 1} - {len(wire)}:
        with pytest.raises(DecodeError):
            parse_tlvs(wire[:cut])


def test_too_many_objects():
    assert len(parse_tlvs(b"\x80\x00" * 64)) == 64
    with pytest.raises(DecodeError):
        parse_tlvs(b"\x80\x00" * 65)


EF = ["read", "update", "append", "deactivate", "activate", "terminate", "delete"]
DF = ["delete-child", "create-ef", "create-df", "deactivate", "activate", "terminate", "delete"]
_keys = st.lists(st.sampled_from(sorted(KEY_NAMES)), min_size=1, max_size=4)
_conditions = st.one_of(
    st.sampled_from(["always", "never"]),
    _keys.map(" or ".join),
    _keys.map(" and ".join),
).map(parse_condition)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), directory=st.booleans())
def test_expanded_rules_round_trip(data, directory):
    names = DF if directory else [*EF, "resize", "increase"]
    rules = data.draw(st.dictionaries(st.sampled_from(names), _conditions))
    wire = encode_expanded(rules, is_directory=directory)
    assert decode_expanded(wire + b"\xff\xff", is_directory=directory) == rules


@settings(max_examples=200, deadline=None)
@given(data=st.data(), directory=st.booleans())
def test_compact_rules_round_trip(data, directory):
    keys = (0x01, 0x81, 0x0A)
    one = st.sampled_from(["always", "never", "pin1", "pin2", "adm1"]).map(parse_condition)
    rules = data.draw(st.dictionaries(st.sampled_from(DF if directory else EF), one))
    wire = encode_compact(rules, keys, is_directory=directory)
    assert decode_compact(wire, keys, is_directory=directory) == rules


@settings(max_examples=300, deadline=None)
@given(
    presented=st.lists(
        st.tuples(
            st.sampled_from(["20", "24", "26", "28", "2C"]),
            st.sampled_from(["01", "81", "0A", "0B", "77"]),
            st.sampled_from([PIN1, WRONG, NEW, PUK]),
        ),
        max_size=12,
    )
)
def test_counters_stay_in_range_whatever_is_presented(presented):
    card = VirtualCard(sample_image())
    for instruction, reference, value in presented:
        two = instruction in ("24", "2C")
        body = value + (NEW if two else "")
        answer = card.transmit(
            bytes.fromhex(f"00{instruction}00{reference}{len(body) // 2:02X}{body}")
        )
        assert len(answer) == 2
    for pin in card.to_image().pins:
        assert 0 <= pin.remaining <= pin.tries
        assert 0 <= pin.unblock_remaining <= pin.unblock_tries
