"""The virtual card as a whole: counters, log, faults, the connection, and any bytes at all."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from smartboot.apdu import Response
from smartboot.errors import CardMuteError, CardRemovedError, UsageError
from smartboot.image import CardHeader, CardImage, FileImage, image_from_text
from smartboot.transport.base import CardConnection, CardProtocol
from smartboot.virtual import InProcessConnection, VirtualCard, WireTime
from tests.support.virtualcards import FREE, Talk, sample_image, talk

SELECT = bytes.fromhex("00A4000C022FE2")
READ = bytes.fromhex("00B000000A")
ADM = bytes.fromhex("0020000A083837363534333231")
UPDATE = bytes.fromhex("00D6000008A1A2A3A4A5A6A7A8")


def free_card(**card) -> Talk:
    file = FileImage(fid=0x6F00, size=20, access=FREE)
    ring = FileImage(fid=0x6F01, type="cyclic", records=[b"\1\1", b"\2\2"], access=FREE)
    made = Talk(CardImage(card=CardHeader(**card), files=[file, ring]))
    made("00A4000C026F00")
    return made


# -- the image and back --------------------------------------------------------------


def test_a_card_nobody_touched_gives_its_image_back():
    image = sample_image()
    assert VirtualCard(image).to_image() == image
    assert image_from_text(VirtualCard(image).to_image().to_yaml()) == image


def test_reading_and_resetting_changes_nothing():
    card = talk()
    card.adm()
    card.card.transmit(SELECT)
    card.card.transmit(READ)
    card.card.reset()
    assert card.card.to_image() == sample_image()
    assert card.card.writes == 0


def test_quirks_of_the_fcp():
    raw = bytes.fromhex("62038A0105")
    files = [
        FileImage(fid=0x6F01, size=4, fcp_raw=raw),
        FileImage(fid=0x6F02, size=4, fcp_size=1024, fcp_fid=0x6430, shareable=False),
        FileImage(fid=0x6F03, type="ber-tlv", size=4),
        FileImage(fid=0x6F04, type="internal", size=4),
    ]
    card = Talk(CardImage(files=files))
    assert card.fetched("00A40004026F01") == "62038A01059000"
    assert card.fetched("00A40004026F02").startswith("62168202012183026430")
    assert "80020400" in card.fetched("00A40004026F02")
    assert card("00B0000005") == "6C04"
    assert card.fetched("00A40004026F03").startswith("621682027921")
    assert card("00B0000001") == "6981"
    assert card.fetched("00A40004026F04").startswith("621682024921")
    assert card.card.to_image().files == files


# -- counters and log ----------------------------------------------------------------


def test_counters_as_the_t0_wire_counts():
    card = talk()
    card("00A40004022FE2")
    card.card.tpdus, card.card.bytes_on_wire = 0, 0
    length = card("00A40004022FE2")[2:]
    assert card.card.bytes_on_wire == 5 + 1 + 2 + 2
    card(f"00C00000{length}")
    assert card.card.bytes_on_wire == 10 + 5 + 1 + int(length, 16) + 2
    card("00B000000A")
    assert card.card.tpdus == 3
    assert card.card.bytes_on_wire == 10 + 8 + int(length, 16) + 8 + 10
    card("80F2000C")
    assert card.card.bytes_on_wire == 10 + 8 + int(length, 16) + 8 + 10 + 7
    assert card.card.instructions[0xB0] == 1
    assert card.card.instructions[0xA4] == 2


def test_the_log_holds_no_key():
    card = talk()
    keys = [
        "0020000A083837363534333231",
        "002400011031323334FFFFFFFF30303030FFFFFFFF",
        "002600010830303030FFFFFFFF",
        "002800010830303030FFFFFFFF",
        "002C000110313233343536373831323334FFFFFFFF",
        "A02000010831323334FFFFFFFF",
    ]
    for command in keys:
        card(command)
    assert [len(e.command) for e in card.card.log] == [len(k) // 2 for k in keys]
    for exchange, command in zip(card.card.log, keys, strict=True):
        assert exchange.command == bytes.fromhex(command)[:5] + bytes(len(exchange.command) - 5)
    text = repr(list(card.card.log))
    assert "8765" not in text
    assert "1234" not in text
    assert card.card.log[0].sw == 0x9000


def test_pace_is_told_what_moved():
    card = talk()
    moved: list[int] = []
    card.card.pace = moved.append
    card("00B000000A")
    card("00A4000C022FE2")
    card("00B000000A")
    assert moved == [7, 10, 18]


# -- faults --------------------------------------------------------------------------


def test_torn_update_writes_half_and_the_card_is_gone_until_powered():
    card = free_card()
    card.card.tear_after = 1
    assert card("00D6000002AABB") == "9000"
    with pytest.raises(CardRemovedError, match="power"):
        card.card.transmit(UPDATE)
    for _ in range(2):
        with pytest.raises(CardRemovedError):
            card.card.transmit(READ)
    assert not card.card.present
    with pytest.raises(CardRemovedError):
        card.card.reset()
    assert card.card.power_on() == card.card.atr
    assert card("00B0000001") == "6986"
    card("00A4000C026F00")
    assert card("00B000000A") == "A1A2A3A4FFFFFFFFFFFF9000"
    assert card("00D6000002AABB") == "9000"
    assert card.card.writes == 2


def test_tear_at_the_first_write_and_in_records():
    card = free_card()
    card("00A4000C026F01")
    card.card.tear_after = 0
    with pytest.raises(CardRemovedError):
        card.card.transmit(bytes.fromhex("00DC0003020303"))
    card.card.power_on()
    card("00A4000C026F01")
    assert card("00B2010402") == "03029000"
    assert card("00B2020402") == "01019000"


@pytest.mark.parametrize(
    "command",
    [
        "00E0000018621682024121830264308A01058B036F0601800200808800",
        "00E40000025031",
        "80D400000A62088302503180020040",
    ],
)
def test_a_torn_structural_change_does_not_happen(command):
    card = talk()
    card.adm()
    card("00A4000C027F50")
    before = card.card.to_image()
    card.card.tear_after = 0
    with pytest.raises(CardRemovedError):
        card.card.transmit(bytes.fromhex(command))
    assert card.card.to_image() == before


def test_refused_writes_do_not_count():
    card = talk()
    card.card.tear_after = 0
    card("00A4080C047F505031")
    assert card("00D600000100") == "6982"
    assert card.card.tear_after == 0


def test_removal_mute_override_and_flip():
    card = free_card()
    card.card.faults.remove_after = card.card.tpdus + 1
    assert card("80F2000C") == "9000"
    with pytest.raises(CardRemovedError):
        card("80F2000C")
    card.card.power_on()
    assert card("80F2000C") == "9000"
    card.card.faults.mute = True
    with pytest.raises(CardMuteError):
        card("80F2000C")
    with pytest.raises(CardMuteError):
        card.card.reset()
    card.card.faults.mute = False
    number = card.card.tpdus + 1
    card.card.faults.override = {number: b"\x65\x81", number + 1: b"\x01\x90\x00"}
    card("00A4000C026F00")
    assert card.card.log[-1].sw == 0x6581
    assert card("00D600000111") == "019000"
    # The overridden commands were not carried out.
    assert card("00B0000001") == "6986"
    card.card.faults.flip = {card.card.tpdus + 1: 0, card.card.tpdus + 2: 99}
    assert card("80F2000C") == "1000"
    assert card("80F2000C") == "9000"


# -- the connection ------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
def test_in_process_connection(protocol):
    card = VirtualCard(sample_image(protocol=protocol))
    closed: list[VirtualCard] = []
    made = InProcessConnection(card, "virtual:x.yaml", on_close=closed.append)
    connection: CardConnection = made
    assert connection.name == "virtual:x.yaml"
    assert connection.protocol is CardProtocol(protocol)
    assert connection.atr == card.atr
    assert connection.transmit(SELECT) == Response(b"", 0x9000)
    assert connection.transmit(READ).data.hex() == "98010000000000000021"
    connection.transmit(ADM)
    assert connection.transmit(bytes.fromhex("0020000A")).sw == 0x9000
    assert connection.reset() == card.atr
    assert connection.transmit(bytes.fromhex("0020000A")).sw == 0x63CA
    connection.close()
    connection.close()
    assert closed == [card]
    assert not card.powered
    with pytest.raises(CardRemovedError):
        connection.transmit(READ)
    with pytest.raises(CardRemovedError):
        connection.reset()


def test_connection_to_a_card_that_is_gone_or_mute():
    card = VirtualCard(sample_image())
    card.remove()
    with pytest.raises(CardRemovedError):
        InProcessConnection(card)
    card.power_on()
    card.faults.mute = True
    with pytest.raises(CardMuteError):
        InProcessConnection(card)


def test_importing_the_room_needs_no_pyscard_and_nothing_of_the_reader():
    import subprocess
    import sys

    code = (
        "import sys, smartboot.virtual, smartboot.virtual.vpcd\n"
        "bad = [m for m in sys.modules if m.split('.')[0] == 'smartcard'"
        " or m.startswith(('smartboot.card', 'smartboot.pkcs15'))]\n"
        "print(bad)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


# -- time on the wire ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("ta1", "byte_us", "seconds_for_4k"),
    [
        (0x11, 1116, 4.71),
        (0x18, 93, None),
        (0x94, 192, 0.811),
        (0x95, 96, 0.406),
        (0x97, 24, 0.101),
    ],
)
def test_wire_time(ta1, byte_us, seconds_for_4k):
    wire = WireTime.from_ta1(ta1, 4_000_000)
    assert wire.seconds(1) * 1e6 == pytest.approx(byte_us, rel=0.001)
    if seconds_for_4k is not None:
        assert wire.seconds(4096 + 8 * 16) == pytest.approx(seconds_for_4k, rel=0.005)


def test_wire_time_of_unknown_rates():
    for ta1 in (0x70, 0x10, 0x1A, 0xE1):
        with pytest.raises(UsageError):
            WireTime.from_ta1(ta1)
    with pytest.raises(UsageError):
        WireTime(clock_hz=0)


# -- any bytes at all ----------------------------------------------------------------

_INS = [0x04, 0x20, 0x24, 0x2C, 0x32, 0x44, 0x70, 0xA2, 0xA4, 0xAA, 0xB0, 0xB2, 0xC0]
_INS += [0xD4, 0xD6, 0xDC, 0xE0, 0xE4, 0xE6, 0xE8, 0xF2]
_header = st.tuples(
    st.sampled_from([0x00, 0x01, 0x80, 0xA0, 0x40, 0xC1]) | st.integers(0, 255),
    st.sampled_from(_INS) | st.integers(0, 255),
    st.sampled_from([0, 1, 3, 4, 8, 9, 0x80]) | st.integers(0, 255),
    st.sampled_from([0, 1, 4, 0x0C, 0x0A]) | st.integers(0, 255),
).map(bytes)
_ids = st.lists(
    st.sampled_from([0x3F00, 0x2F00, 0x7F50, 0x5031, 0x7FFF, 0x7F10, 0x6F3A, 0x6F44, 0x6F06]),
    max_size=3,
).map(lambda ids: b"".join(i.to_bytes(2, "big") for i in ids))
_template = st.lists(
    st.tuples(
        st.sampled_from([0x80, 0x82, 0x83, 0x84, 0x88, 0x8A, 0x8B, 0x8C, 0xA5, 0xAB]),
        st.binary(max_size=6),
    ),
    max_size=8,
).map(lambda pairs: b"".join(bytes((t, len(v))) + v for t, v in pairs))
_body = st.one_of(
    st.binary(max_size=20),
    _ids,
    _template.map(lambda t: bytes((0x62, len(t))) + t),
    st.just(bytes.fromhex("3837363534333231")),
)
_apdu = st.one_of(
    st.binary(max_size=300),
    st.builds(lambda h, b: h + bytes((len(b),)) + b, _header, _body),
    st.builds(lambda h, b, e: h + bytes((len(b),)) + b + e, _header, _body, st.binary(max_size=2)),
    st.builds(lambda h, le: h + bytes((le,)), _header, st.integers(0, 255)),
    st.sampled_from([ADM, SELECT, bytes.fromhex("00A4000C027F50"), bytes.fromhex("0070000001")]),
)
_cards = st.sampled_from(
    [
        sample_image(),
        sample_image(protocol="T=1", access_encoding="compact", channels=20),
        sample_image(sim_commands=True, access_encoding="expanded", end_of_file="6282"),
        sample_image(kind="sim"),
    ]
)


def never_raises(image: CardImage, commands: list[bytes]) -> None:
    card = VirtualCard(image)
    for command in commands:
        assert len(card.transmit(command)) >= 2
    saved = card.to_image()
    assert VirtualCard(saved).to_image() == saved


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(image=_cards, commands=st.lists(_apdu, max_size=12))
def test_whatever_is_sent_gets_an_answer(image, commands):
    never_raises(image, commands)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(image=_cards, commands=st.lists(_apdu, max_size=25))
def test_whatever_is_sent_gets_an_answer_at_length(image, commands):
    never_raises(image, commands)


class CardMachine(RuleBasedStateMachine):
    """One EF against a plain bytearray, through writes, resets and verification."""

    def __init__(self) -> None:
        super().__init__()
        access = {"read": "always", "update": "adm1"}
        image = sample_image()
        file = FileImage(fid=0x6F00, size=600, access=access)
        self.card = VirtualCard(image.model_copy(update={"files": [file]}))
        self.model = bytearray(b"\xff" * 600)
        self.open = False

    @rule()
    def reset(self) -> None:
        self.card.reset()
        self.open = False

    @rule()
    def verify(self) -> None:
        assert self.card.transmit(ADM) == b"\x90\x00"
        self.open = True

    @rule(offset=st.integers(0, 700), data=st.binary(min_size=1, max_size=255))
    def update(self, offset: int, data: bytes) -> None:
        self.card.transmit(bytes.fromhex("00A4000C026F00"))
        header = bytes((0x00, 0xD6)) + offset.to_bytes(2, "big")
        sw = self.card.transmit(header + bytes((len(data),)) + data).hex()
        if not self.open:
            assert sw == "6982"
        elif offset >= 600:
            assert sw == "6b00"
        elif offset + len(data) > 600:
            assert sw == "6700"
        else:
            assert sw == "9000"
            self.model[offset : offset + len(data)] = data

    @rule(offset=st.integers(0, 599), size=st.integers(1, 256))
    def read(self, offset: int, size: int) -> None:
        self.card.transmit(bytes.fromhex("00A4000C026F00"))
        header = bytes((0x00, 0xB0)) + offset.to_bytes(2, "big")
        answer = self.card.transmit(header + bytes((size & 0xFF,)))
        rest = 600 - offset
        if size > rest:
            assert answer == bytes((0x6C, rest))
        else:
            assert answer == bytes(self.model[offset : offset + size]) + b"\x90\x00"

    @invariant()
    def image_agrees(self) -> None:
        assert self.card.to_image().files[0].body == bytes(self.model)


CardMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)
TestCardMachine = CardMachine.TestCase
