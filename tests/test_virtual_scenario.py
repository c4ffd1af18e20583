"""Scenarios, fault rules, the card's clock and wear."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from smartboot.errors import (
    CardMuteError,
    CardRemovedError,
    ProfileError,
    UsageError,
)
from smartboot.image import image_from_text, load_image
from smartboot.virtual import (
    FaultRule,
    Scenario,
    VirtualCard,
    WireTime,
    load_scenario,
    make_card,
    scenario_from_data,
)
from smartboot.virtual.scenario import scenario_from_text
from tests.support.cards import LWM2M_160, profile_card
from tests.support.cli import PROFILES, smartboot
from tests.support.virtualcards import Talk, sample_image

HEAD = "schema: smartboot/scenario/1\n"


def scenario(**fields: Any) -> Scenario:
    return scenario_from_data(fields)


def talk(**fields: Any) -> Talk:
    """The sample card under a scenario."""
    made = Talk(sample_image())
    made.card = make_card(sample_image(), scenario(**fields))
    made.card.power_on()
    return made


def sms(card: Talk) -> None:
    """Select EF 7F10/6F07, free to write, nine bytes."""
    assert card("00A4080C047F106F07") == "9000"


# -- rules that pick commands ---------------------------------------------------------------------


def test_a_status_at_a_given_command() -> None:
    card = talk(faults=[{"command": "2", "status": "6F00"}])
    assert card("00A4000C022FE2") == "9000"
    assert card("00A4000C022F00") == "6F00"
    # It was not carried out: EF(ICCID) is still current.
    assert card("00B0000002") == "98019000"


def test_a_status_after_the_work_was_done() -> None:
    card = talk(faults=[{"ins": "D6", "status": "6581", "carried_out": "true"}])
    sms(card)
    assert card("00D600000155") == "6581"
    assert card("00B0000001") == "559000"
    assert card.card.writes == 1


def test_the_nth_match_and_how_often() -> None:
    card = talk(faults=[{"ins": "B0", "nth": "2", "times": "2", "status": "6400"}])
    card("00A4000C022FE2")
    assert [card("00B0000001") for _ in range(5)] == ["989000", "6400", "6400", "989000", "989000"]


def test_for_ever() -> None:
    card = talk(faults=[{"ins": "B0", "nth": "2", "times": "always", "status": "6400"}])
    card("00A4000C022FE2")
    assert [card("00B0000001") for _ in range(4)] == ["989000", "6400", "6400", "6400"]


@pytest.mark.parametrize(
    ("commands", "struck"),
    [
        (["00A4080C047F106F07", "00B0000001"], [False, True]),
        (["00A4080C047F106F07", "00A4000C023F00", "00A4000C022FE2", "00B0000001"], [False] * 4),
        (["00A4000C027F10", "00B0870001"], [False, True]),
        (["00A4000C027F10", "00B0830001"], [False, False]),
        (["00B0000001"], [False]),
    ],
    ids=["current", "another", "by short id", "by another short id", "none"],
)
def test_a_file(commands: list[str], struck: list[bool]) -> None:
    card = talk(faults=[{"file": "7F10/6F07", "ins": "B0", "times": "always", "status": "6F42"}])
    assert [card(command) == "6F42" for command in commands] == struck


def test_a_file_on_another_channel() -> None:
    card = talk(faults=[{"file": "2FE2", "ins": "B0", "times": "always", "status": "6F42"}])
    assert card("0070000001") == "019000"
    assert card("01A4000C022FE2") == "9000"
    assert card("00B0000001") == "6986"
    assert card("01B0000001") == "6F42"
    assert card("45B0000001") == "6881"


@pytest.mark.parametrize(
    ("file", "command"),
    [
        ("2FE2", "00A4000C022FE2"),
        ("7F10/6F07", "00A4080C047F106F07"),
        ("7F50", "00A404000CA000000063504B43532D3135"),
    ],
)
def test_a_file_that_select_names(file: str, command: str) -> None:
    card = talk(faults=[{"file": file, "ins": "A4", "status": "6A82"}])
    assert card("00A4000C022F00") == "9000"
    assert card(command) == "6A82"
    assert card(command)[:2] in ("90", "61")


def test_mute_at_one_command_and_well_again() -> None:
    card = talk(faults=[{"command": "1", "mute": "true"}])
    with pytest.raises(CardMuteError):
        card("00A4000C022FE2")
    assert card("00A4000C022FE2") == "9000"


def test_mute_after() -> None:
    card = talk(mute_after="2")
    card("00A4000C022FE2")
    card("00B0000001")
    for _ in range(2):
        with pytest.raises(CardMuteError):
            card("00B0000001")
    with pytest.raises(CardMuteError):
        card.card.reset()
    assert card.card.tpdus == 2


def test_removal_after_the_work_was_done() -> None:
    card = talk(faults=[{"ins": "D6", "remove": "true", "carried_out": "true"}])
    sms(card)
    with pytest.raises(CardRemovedError):
        card("00D600000177")
    assert not card.card.present
    card.card.power_on()
    sms(card)
    assert card("00B0000001") == "779000"


def test_tearing_the_write_of_one_file() -> None:
    card = talk(
        faults=[{"file": "7F10/6F07", "ins": "D6", "nth": "2", "tear": "true", "times": "always"}]
    )
    sms(card)
    assert card("00D6000004AAAAAAAA") == "9000"
    with pytest.raises(CardRemovedError):
        card("00D6000004BBBBBBBB")
    card.card.power_on()
    sms(card)
    assert card("00B0000004") == "BBBBAAAA9000"


def test_a_refused_write_is_not_torn() -> None:
    card = talk(faults=[{"ins": "D6", "tear": "true", "times": "always"}])
    card("00A4000C022FE2")
    assert card("00D600000100") == "6982"
    assert card.card.tear_after is None


def test_rules_add_up() -> None:
    card = talk(
        faults=[
            {"ins": "B0", "flip": "0", "delay_ms": "1500", "times": "always"},
            {"ins": "B0", "flip": "7", "delay_ms": "500", "times": "always"},
            {"ins": "B0", "nth": "2", "status": "6F00"},
        ]
    )
    card("00A4000C022FE2")
    before = card.card.clock_s
    assert card("00B0000001") == "199000"
    assert card.card.clock_s - before == pytest.approx(2.0, abs=0.1)
    # The bits fall over on the wire, whatever the answer is.
    assert card("00B0000001") == "EE00"


def test_rules_and_the_plain_faults() -> None:
    card = talk(faults=[{"ins": "B0", "flip": "0"}])
    card.card.faults.override[2] = bytes.fromhex("009000")
    card("00A4000C022FE2")
    assert card("00B0000001") == "809000"


def test_every_byte_string_passes_the_rules() -> None:
    card = talk(faults=[{"file": "2FE2", "status": "6F00", "times": "always"}])
    for command in ("", "00", "00A4", "00A40000", "00A4000005", "FFB00000", "00A404000200"):
        assert len(card(command)) >= 4


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": 0x6F00, "mute": True},
        {"tear": True, "remove": True},
        {"status": 0x6F00, "nth": 0},
        {"status": 0x6F00, "times": 0},
        {"delay_s": -1.0},
        {"tear": True, "carried_out": True},
        {"flip": 0, "carried_out": True},
    ],
    ids=str,
)
def test_rules_that_make_no_sense(fields: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        FaultRule(**fields)


# -- memory: bits and wear ------------------------------------------------------------------------


def test_a_bit_that_fell_over_stays() -> None:
    card = talk(flips=[{"file": "3F00/2FE2", "byte": "1", "bit": "7"}])
    card("00A4000C022FE2")
    assert card("00B0000002") == "98819000"
    assert card.card.to_image().find("2FE2").body[1] == 0x81


def test_updates_are_counted_for_each_file() -> None:
    card = talk()
    sms(card)
    for _ in range(3):
        card("00D600000100")
    card("00A4000C026F3A")
    card("00DC010404" + "00000000")
    card("00A4000C026F44")
    card("00DC000303000005")
    assert card.card.updates == {"7F10/6F07": 3, "7F10/6F3A": 1, "7F10/6F44": 1}
    assert card.card.to_image().find("7F10/6F07").updates == 0


def test_counters_survive_in_an_image_that_counts() -> None:
    card = talk(endurance={"limit": "5"})
    sms(card)
    for _ in range(3):
        assert card("00D600000100") == "9000"
    again = Talk(image_from_text(card.card.to_image().to_yaml()))
    assert again.card.updates == {"7F10/6F07": 3}
    again.card.endurance = 4
    sms(again)
    assert again("00D600000101") == "9000"
    assert again("00D600000102") == "6581"
    assert again("00B0000001") == "019000"
    assert again.card.to_image().find("7F10/6F07").updates == 4


def test_a_worn_out_file_alone() -> None:
    card = talk(endurance={"files": {"7F10/6F44": "1"}, "keep": "false"})
    card("00A4080C047F106F44")
    assert card("00DC000303000005") == "9000"
    assert card("00DC000303000006") == "6581"
    assert card("00B2010403") == "0000059000"
    assert card("00B2020403") == "0000019000"
    sms(card)
    assert card("00D600000100") == "9000"
    assert card.card.to_image().find("7F10/6F44").updates == 0


def test_a_worn_out_sim_says_9240() -> None:
    card = make_card(sample_image(), scenario(personality="sim-2g", endurance={"limit": "0"}))
    spoken = Talk(sample_image())
    spoken.card = card
    spoken("A0A40000027F10")
    spoken("A0A40000026F07")
    assert spoken("A0D600000100") == "9240"


def test_tries_left() -> None:
    card = talk(keys=[{"reference": "0A", "remaining": "1"}, {"reference": "01", "enabled": "no"}])
    assert card("0020000A") == "63C1"
    assert card("0020000A080000000000000000") == "63C0"
    assert card("0020000A083837363534333231") == "6983"
    assert card.card.to_image().pins[2].remaining == 0
    assert card.card.to_image().pins[0].enabled is False


# -- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wire", "byte_us"),
    [({}, 1116), ({"ta1": "11"}, 1116), ({"ta1": "95"}, 96), ({"ta1": "96"}, 48)],
    ids=str,
)
def test_the_clock_runs_at_the_rate(wire: dict[str, str], byte_us: int) -> None:
    card = talk(wire=wire)
    card("00A4000C022FE2")
    before = card.card.clock_s
    card("00B000000A")
    assert card.card.clock_s - before == pytest.approx(18 * byte_us * 1e-6)


def test_reading_32_kilobytes_takes_as_long_as_the_sheet_says() -> None:
    """128 commands of 256 bytes: 37.7 s at the default rate, 1.62 s at 96 and 4 MHz."""
    for ta1, seconds in (("11", 37.7), ("94", 6.49), ("95", 3.24), ("96", 1.62)):
        card = talk(wire={"ta1": ta1})
        # The file of the sample card is longer, and this card lets everybody read it.
        image = profile_card([("lwm2m", 0x6432, LWM2M_160, 32768)])
        card.card = make_card(image, scenario(wire={"ta1": ta1}))
        card.card.power_on()
        card("00A4040C0CA000000063504B43532D3135")
        card("00A4000C026432")
        before, started = card.card.clock_s, time.perf_counter()
        for at in range(0, 32768, 256):
            assert card(f"00B0{at:04X}00")[-4:] == "9000"
        assert card.card.clock_s - before == pytest.approx(seconds, rel=0.005)
        assert time.perf_counter() - started < 1


def test_commands_updates_and_resets_take_their_time() -> None:
    card = talk(wire={"command_ms": "10", "update_ms": "100", "ta1": "95"})
    assert card.card.clock_s == pytest.approx((len(card.card.atr) + 8) * 12 * 372 / 4e6)
    sms(card)
    before = card.card.clock_s
    card("00D600000100")
    assert card.card.clock_s - before == pytest.approx(0.110 + 9 * 96e-6)
    before = card.card.clock_s
    card("00B0000001")
    assert card.card.clock_s - before == pytest.approx(0.010 + 9 * 96e-6)


def test_t1_moves_blocks() -> None:
    card = make_card(sample_image(protocol="T=1"))
    card.power_on()
    card.transmit(bytes.fromhex("00A4000C022FE2"))
    assert card.bytes_on_wire == 7 + 4 + 2 + 4
    card = make_card(sample_image(protocol="T=1"))
    card.transmit(bytes.fromhex("00A4080C047F506432"))
    card.transmit(bytes.fromhex("002000010831323334FFFFFFFF"))
    before = card.bytes_on_wire
    assert len(card.transmit(bytes.fromhex("00B0000000"))) == 258
    # The answer in two blocks, with an acknowledgement of four bytes between them.
    assert card.bytes_on_wire - before == 5 + 4 + 258 + 8 + 4


def test_real_time_is_up_to_the_caller() -> None:
    waited: list[float] = []
    card = VirtualCard(sample_image())
    card.wait = waited.append
    card.power_on()
    card.transmit(bytes.fromhex("00A4000C022FE2"))
    assert waited == [pytest.approx(len(card.atr) * 1116e-6), pytest.approx(10 * 1116e-6)]
    assert card.clock_s == pytest.approx(sum(waited))


def test_the_time_unit_itself() -> None:
    assert WireTime.from_etu(93e-6) == WireTime()
    assert WireTime.from_etu(1e-6).etu_s == pytest.approx(1e-6)
    for wrong in (0, -1.0, 2.0, float("nan"), float("inf")):
        with pytest.raises(UsageError):
            WireTime.from_etu(wrong)


# -- the file -------------------------------------------------------------------------------------


def test_a_whole_file(tmp_path: Path) -> None:
    file = tmp_path / "worn.yaml"
    file.write_text(
        HEAD
        + """description: a tired card at a fast reader
personality: no-channels
wire: {ta1: "96", command_ms: 2, update_ms: 5}
keys:
  - {reference: "0A", remaining: 2}
flips:
  - {file: 2FE2, byte: 9, bit: 0}
endurance: {limit: 100, files: {7F10/6F07: 1}}
tear_after: 7
remove_after: 500
faults:
  - {ins: B0, file: 7F50/6432, nth: 2, status: "6400"}
  - {ins: D6, times: always, delay_ms: 20}
"""
    )
    loaded = load_scenario(file)
    card = make_card(sample_image(), loaded)
    assert card.to_image().card.channels == 1
    assert card.wire_time == WireTime.from_ta1(0x96)
    assert (card.command_s, card.update_s, card.endurance) == (0.002, 0.005, 100)
    assert (card.tear_after, card.faults.remove_after) == (7, 500)
    assert card.faults.rules[0] == FaultRule(ins=0xB0, file=(0x7F50, 0x6432), nth=2, status=0x6400)
    assert card.faults.rules[1].times is None
    assert card.faults.rules[1].delay_s == 0.02
    # Each card has rules of its own: they count.
    other = make_card(sample_image(), loaded)
    assert other.faults.rules[0] is not card.faults.rules[0]


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("wire:\n  ta1: '77'\n", 2, "wire"),
        ("wire:\n  ta1: '95'\n  etu_us: 3\n", 2, "wire"),
        ("tear_after: -1\n", 2, "tear_after"),
        ("tear_after: three\n", 2, "tear_after"),
        ("tearafter: 3\n", 2, "tearafter"),
        ("personality: frugal\n", 2, "personality"),
        ("faults:\n  - ins: B0\n", 3, "faults[0]"),
        ("faults:\n  - ins: B0\n    status: 6F00\n    mute: true\n", 3, "faults[0]"),
        ("faults:\n  - status: 6F00\n  - ins: XX\n    mute: true\n", 4, "faults[1].ins"),
        ("faults:\n  - status: '1234'\n", 3, "faults[0].status"),
        ("faults:\n  - status: 6F00\n    file: ''\n", 4, "faults[0].file"),
        ("faults:\n  - status: 6F00\n    file: 7F50/12345\n", 4, "faults[0].file"),
        ("faults:\n  - answer: '9'\n", 3, "faults[0].answer"),
        ("flips:\n  - {file: 2FE2, byte: 1, bit: 8}\n", 3, "flips[0].bit"),
        ("endurance:\n  files: {xyz: 3}\n", 2, "endurance"),
        ("keys:\n  - {reference: '00'}\n", 3, "keys[0].reference"),
    ],
)
def test_what_is_wrong_and_where(text: str, line: int, field: str) -> None:
    with pytest.raises(ProfileError) as caught:
        scenario_from_text(HEAD + text, "s.yaml")
    assert caught.value.file == "s.yaml"
    assert caught.value.line == line
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("flips:\n  - {file: 2FE2, byte: 0}\n  - {file: 7F50/1234, byte: 0}\n", 4),
        ("flips:\n  - {file: 2FE2, byte: 10}\n", 3),
        ("keys:\n  - {reference: '0E', remaining: 1}\n", 3),
        ("keys:\n  - {reference: '81', remaining: 3}\n", 3),
        ("endurance:\n  files:\n    2FE2: 1\n    6666: 1\n", 5),
    ],
)
def test_what_does_not_fit_the_card(text: str, line: int) -> None:
    loaded = scenario_from_text(HEAD + text, "s.yaml")
    with pytest.raises(ProfileError) as caught:
        make_card(sample_image(), loaded)
    assert (caught.value.file, caught.value.line) == ("s.yaml", line)


def test_other_files_are_no_scenarios(tmp_path: Path) -> None:
    for text in ("- 1\n", "schema: smartboot/image/1\n", "{}\n"):
        with pytest.raises(ProfileError):
            scenario_from_text(text)
    with pytest.raises(ProfileError, match="cannot be read"):
        load_scenario(tmp_path / "absent.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(ProfileError, match="UTF-8"):
        load_scenario(tmp_path / "bytes.yaml")


def test_a_card_without_a_scenario() -> None:
    assert make_card(sample_image()).to_image() == sample_image()
    assert make_card(sample_image(), Scenario()).to_image() == sample_image()


# -- from the command line ------------------------------------------------------------------------


def test_a_virtual_reader_takes_a_scenario(tmp_path: Path) -> None:
    file, saved = tmp_path / "s.yaml", tmp_path / "card.yaml"
    profile = PROFILES / "lwm2m-psk.yaml"
    file.write_text(HEAD + "faults:\n  - {ins: B0, nth: 2, remove: true}\n")
    reader = f"virtual:{profile}?scenario={file}&save={saved}"
    outcome = smartboot("-r", reader, "read")
    assert outcome.status == 3
    assert load_image(saved).find("7F50/6432")
    file.write_text(HEAD + "faults:\n  - {ins: B0, nth: 2}\n")
    outcome = smartboot("-r", reader, "read")
    assert outcome.status == 5
    assert f"{file}:3" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--ta1", "96", "--etu", "93"], "--etu"),
        (["--ta1", "77"], "TA1"),
        (["--ta1", "zz"], "hex"),
        (["--personality", "frugal"], "frugal"),
        (["--save", "a", "--save", "b"], "--save"),
    ],
)
def test_emulate_refuses(arguments: list[str], word: str) -> None:
    outcome = smartboot("emulate", str(PROFILES / "lwm2m-psk.yaml"), "--wait", "0", *arguments)
    assert outcome.status == 2
    assert word in outcome.err


def test_emulate_refuses_too_many_and_too_few_cards() -> None:
    profile = str(PROFILES / "lwm2m-psk.yaml")
    assert smartboot("emulate").status == 2
    assert smartboot("emulate", *[profile] * 17).status == 2
    assert smartboot("emulate", profile, profile, "--port", "65535").status == 2
    assert smartboot("emulate", profile, profile, "--save", "x").status == 2
    assert smartboot("emulate", profile, profile, "--save", "x", "--save", "x").status == 2
