"""Cards at the edge of what the file-system mapper knows: odd refusals, odd files, odd rules."""

from __future__ import annotations

import pytest

from smartboot.apdu import Command
from smartboot.card import CardKind, open_card
from smartboot.card.base import AccessCondition, AccessRule, FileInfo, FileKind, FilePath
from smartboot.card.fcp import parse_fcp
from smartboot.errors import CardError, UsageError
from tests.support.cards import LWM2M_160, profile_card
from tests.support.provision import opened
from tests.support.scripted import AnsweringCard

ICCID = FilePath((0x3F00, 0x2FE2))


def answering(uicc: int, sim: int) -> AnsweringCard:
    """A card with one status word for each class."""
    return AnsweringCard(lambda command: (sim if command[0] == 0xA0 else uicc).to_bytes(2, "big"))


@pytest.mark.parametrize("sw", [0x6F00, 0x6982, 0x6985])
def test_a_refusal_that_says_nothing_of_the_class_is_a_uicc(sw: int) -> None:
    card = open_card(answering(sw, 0x9000))
    assert card.kind is CardKind.UICC
    assert card.iccid() is None
    (finding,) = [f for f in card.findings if f.code == "CARD-ICCID-UNREADABLE"]
    assert f"{sw:04X}" in finding.message


@pytest.mark.parametrize("sw", [0x9240, 0x9804])
def test_a_2g_sim_that_refuses_its_own_number_is_one_all_the_same(sw: int) -> None:
    card = open_card(answering(0x6E00, sw))
    assert card.kind is CardKind.SIM
    assert card.iccid() is None
    assert [f.code for f in card.findings] == ["CARD-ICCID-UNREADABLE"]


def test_what_answers_no_class_is_no_card_of_ours() -> None:
    with pytest.raises(CardError, match="neither") as caught:
        open_card(answering(0x6E00, 0x6D00))
    assert caught.value.sw == 0x6D00


@pytest.mark.parametrize("field", ["cla", "ins", "p1", "p2"])
@pytest.mark.parametrize("value", [-1, 0x100])
def test_a_header_byte_that_is_none(field: str, value: int) -> None:
    with pytest.raises(UsageError, match=field.upper()):
        Command(**{"cla": 0, "ins": 0xA4, field: value})


def test_records_of_a_file_without_records() -> None:
    card = opened_card()
    transparent = FileInfo(ICCID, FileKind.TRANSPARENT, size=10)
    files = card.basic()
    sent = len(files.select(ICCID).raw)
    assert sent
    for attempt in (
        lambda: files.read_record(transparent, 1),
        lambda: files.update_record(transparent, 1, b"\x00"),
    ):
        with pytest.raises(CardError, match="transparent file"):
            attempt()


def opened_card():
    from smartboot.virtual import VirtualCard

    return opened(VirtualCard(profile_card([("lwm2m", 0x6432, LWM2M_160, 300)])))


def test_selecting_again_costs_nothing_while_the_file_is_current() -> None:
    card = opened_card()
    files = card.basic()
    info = files.select(ICCID)
    device = card._connection.card
    before = device.tpdus
    files.reselect(info)
    assert device.tpdus == before
    other = files.select(FilePath((0x3F00, 0x2F05)))
    before = device.tpdus
    files.reselect(info)
    assert device.tpdus > before
    assert files.read_binary(info, 0, 1) == b"\x98"
    assert other.path != info.path


def test_an_fcp_of_more_objects_than_any_card_has() -> None:
    body = b"\x82\x02\x41\x21" + b"\xc0\x01\x00" * 200
    raw = b"\x62\x82" + len(body).to_bytes(2, "big") + body
    info = parse_fcp(raw, ICCID)
    assert info.kind is FileKind.TRANSPARENT
    assert len(info.proprietary) == 63


def test_compact_rules_do_not_deny_what_they_cannot_name() -> None:
    always = (("read", AccessCondition(always=True)),)
    compact, expanded = AccessRule(always, "8C"), AccessRule(always, "AB")
    for operation in ("resize", "increase"):
        assert not compact.condition(operation).known
        assert expanded.condition(operation).never
    assert compact.condition("update").never
    assert not AccessRule().condition("read").known


@pytest.mark.parametrize("record", [0, 255])
def test_a_reference_to_a_record_that_no_file_has(record: int) -> None:
    """The rule is unknown then: neither open nor shut."""
    card = opened_card()
    files = card.basic()
    info = files.select(FilePath((0x3F00, 0x2F05)))
    assert info.access_reference is not None
    odd = FileInfo(info.path, info.kind, size=info.size, access_reference=(0x2F06, record))
    assert not files.access_rule(odd).condition("read").known
