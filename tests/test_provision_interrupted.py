"""Runs that end before their end: links that fail, cards that refuse, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from smartboot.card import open_card
from smartboot.card.base import AccessCondition, FilePath
from smartboot.errors import (
    CardError,
    CardNotPreparedError,
    CardRemovedError,
    ProvisioningInterruptedError,
    ReaderBusyError,
    SecurityStatusError,
    TransportError,
)
from smartboot.image import image_from_data
from smartboot.profiles.render import render
from smartboot.provision.apply import apply
from smartboot.provision.create import agrees, directory_templates, file_templates
from smartboot.provision.desired import DesiredCard, desired_from_profile
from smartboot.provision.plan import plan_write
from smartboot.provision.steps import Plan, ResizeFile
from smartboot.virtual import InProcessConnection, VirtualCard
from smartboot.virtual.faults import FaultRule
from tests.support.provision import (
    again_is_empty,
    bare,
    content,
    document,
    documents,
    file_of,
    keys,
    one,
    opened,
    plain_of,
    prepared,
)

OLD, NEW = document("lwm2m"), document("lwm2m", secret="a-different-one9")
CREATE, RESIZE, READ = 0xE0, 0xD4, 0xB0


def wanted(data: bytes = NEW, size: int = 1024) -> DesiredCard:
    return desired_from_profile(one("lwm2m", data, size))


def planned(card: VirtualCard, desired: DesiredCard | None = None) -> tuple[Any, Plan]:
    handle = opened(card)
    return handle, plan_write(handle, desired or wanted(), create=True, keys=keys)


class FailingLink(InProcessConnection):
    """A connection that another program takes over after some commands."""

    left = 10_000

    def transmit(self, command: bytes) -> Any:
        self.left -= 1
        if self.left < 0:
            raise ReaderBusyError("another program has the card")
        return super().transmit(command)


def test_a_link_that_fails_before_the_first_step_interrupts_nothing() -> None:
    link = FailingLink(VirtualCard(render(one("lwm2m", OLD))))
    handle = open_card(link)
    plan = plan_write(handle, wanted(), keys=keys)
    link.left = 0
    with pytest.raises(ReaderBusyError):
        apply(handle, plan, keys=keys)


def test_a_link_that_fails_later_is_told_with_the_steps_done() -> None:
    card = VirtualCard(render(one("lwm2m", OLD)))
    link = FailingLink(card)
    handle = open_card(link)
    plan = plan_write(handle, wanted(), keys=keys)

    def fail(done: int, total: int, step: str) -> None:
        if done == 2:
            link.left = 0

    with pytest.raises(ProvisioningInterruptedError) as caught:
        apply(handle, plan, keys=keys, progress=fail)
    assert caught.value.completed == 2
    assert isinstance(caught.value.__cause__, ReaderBusyError)
    again, rest = planned(card)
    assert apply(again, rest, keys=keys).verified
    assert [found for _, found, _ in documents(card)] == [NEW]


def at_reading_back(card: VirtualCard, fault: FaultRule) -> Any:
    def progress(done: int, total: int, step: str) -> None:
        if done == total:
            card.faults.rules = [fault]

    return progress


def test_a_card_that_goes_away_while_it_is_read_back_has_everything() -> None:
    card = VirtualCard(render(one("lwm2m", OLD)))
    handle, plan = planned(card)
    with pytest.raises(ProvisioningInterruptedError, match="reading back was not finished") as e:
        apply(handle, plan, keys=keys, progress=at_reading_back(card, FaultRule(remove=True)))
    assert e.value.completed == e.value.total == len(plan.steps)
    assert isinstance(e.value.__cause__, CardRemovedError)
    card.faults.rules = []
    card.power_on()
    assert again_is_empty(card, wanted())


def test_a_refusal_while_reading_back_is_not_called_an_unfinished_job() -> None:
    card = VirtualCard(render(one("lwm2m", OLD)))
    handle, plan = planned(card)
    fault = FaultRule(ins=READ, status=0x6581)
    with pytest.raises(CardError) as caught:
        apply(handle, plan, keys=keys, progress=at_reading_back(card, fault))
    assert caught.value.sw == 0x6581
    assert "steps were done" not in (caught.value.hint or "")


def test_bytes_that_changed_side_by_side_are_one_range() -> None:
    card = VirtualCard(render(one("lwm2m", OLD)))
    handle, plan = planned(card, wanted(document("lwm2m", host="another")))
    expected = next(item for item in plan.expected if item.path.fid == 0x6432)
    at = [expected.offset + 1, expected.offset + 2, expected.offset + 5]

    def flip(done: int, total: int, step: str) -> None:
        if done == total:
            for byte in at:
                card.flip_stored_bit((0x3F00, 0x7F50, 0x6432), byte, 0)

    done = apply(handle, plan, keys=keys, progress=flip)
    assert not done.verified
    found = [(item.offset, item.length) for item in done.mismatches]
    assert found == [(at[0], 2), (at[2], 1)]
    assert done.to_dict()["mismatches"][0]["length"] == 2


# -- CREATE FILE


def test_a_template_the_card_does_not_like_is_followed_by_the_next() -> None:
    card = VirtualCard(bare(one("lwm2m", NEW)))
    handle, plan = planned(card)
    card.faults.rules = [FaultRule(ins=CREATE, status=0x6A80)]
    done = apply(handle, plan, keys=keys)
    assert done.verified
    assert card.instructions[CREATE] > sum(step.action == "create" for step in plan.steps)


def test_a_card_that_likes_no_template_names_the_files() -> None:
    card = VirtualCard(bare(one("lwm2m", NEW)))
    handle, plan = planned(card)
    before = card.to_image().files
    card.faults.rules = [FaultRule(ins=CREATE, status=0x6A80, times=None)]
    with pytest.raises(CardNotPreparedError, match="does not make files") as caught:
        apply(handle, plan, keys=keys)
    assert caught.value.sw == 0x6A80
    assert len(caught.value.files) == 5
    assert card.to_image().files == before


def test_another_failure_of_the_card_is_not_tried_again() -> None:
    card = VirtualCard(bare(one("lwm2m", NEW)))
    handle, plan = planned(card)
    card.faults.rules = [FaultRule(ins=CREATE, status=0x6581, times=None)]
    with pytest.raises(CardError) as caught:
        apply(handle, plan, keys=keys)
    assert not isinstance(caught.value, CardNotPreparedError)
    assert caught.value.sw == 0x6581
    sent = [line for line in card.log if line.command[1] == CREATE and line.sw == 0x6581]
    assert len(sent) == 1


def test_a_card_that_knows_the_new_application_by_its_path_only() -> None:
    plain = plain_of(bare(one("lwm2m", NEW)))
    plain["card"]["quirks"] = {"select_by_name": "none"}
    card = VirtualCard(image_from_data(plain))
    handle, plan = planned(card)
    assert apply(handle, plan, keys=keys).verified
    assert [found for _, found, _ in documents(card)] == [NEW]


def test_a_file_that_the_card_makes_too_small() -> None:
    card = VirtualCard(bare(one("lwm2m", NEW)))
    handle, plan = planned(card)
    state: Any = card._state

    def shrink(done: int, total: int, step: str) -> None:
        node = state.files.find((0x7F50, 0x6432)) or state.files.find((0x3F00, 0x7F50, 0x6432))
        if node is not None:
            del node.body[100:]

    class Shrinking(InProcessConnection):
        def transmit(self, command: bytes) -> Any:
            answer = super().transmit(command)
            if command[1] == CREATE:
                shrink(0, 0, "")
            return answer

    handle = open_card(Shrinking(card))
    with pytest.raises(CardError, match="with 100 bytes instead of 1024"):
        apply(handle, plan, keys=keys)


# -- RESIZE FILE


@pytest.mark.parametrize("status", [0x6A84, 0x6D00])
def test_a_card_that_cannot_enlarge_a_file_keeps_its_document(status: int) -> None:
    plain = plain_of(render(one("lwm2m", OLD, len(OLD))))
    access = {"read": "always", "update": "adm1", "resize": "adm1"}
    file_of(plain, "7F50", "6432")["access"] = access
    card = VirtualCard(image_from_data(plain))
    handle, plan = planned(card, wanted(document("lwm2m", more=200)))
    assert isinstance(plan.steps[0], ResizeFile)
    card.faults.rules = [FaultRule(ins=RESIZE, status=status, times=None)]
    with pytest.raises(CardNotPreparedError, match="does not resize") as caught:
        apply(handle, plan, keys=keys)
    assert caught.value.sw == status
    assert content(card, "7F50/6432") == OLD


def test_without_a_key_that_the_rules_cannot_name_the_refusal_is_the_cards() -> None:
    plain = plain_of(render(one("lwm2m", OLD, len(OLD))))
    plain["card"]["access_encoding"] = "compact"
    access = {"read": "always", "update": "adm1", "resize": "adm1"}
    file_of(plain, "7F50", "6432")["access"] = access
    card = VirtualCard(image_from_data(plain))
    handle, plan = planned(card, wanted(document("lwm2m", more=200)))
    for _ in range(2):
        with pytest.raises(SecurityStatusError) as caught:
            apply(handle, plan)
        assert caught.value.sw == 0x6982
        assert "0 of" in (caught.value.hint or "")
    assert not [e for e in card.log if e.command[1] == 0x20 and len(e.command) > 5]
    assert content(card, "7F50/6432") == OLD


# -- planning on a link that fails


@pytest.mark.parametrize("commands", range(0, 18, 3))
def test_planning_on_a_link_that_fails_is_an_error_of_the_link(commands: int) -> None:
    card = VirtualCard(prepared(one("lwm2m", OLD)))
    link = FailingLink(card)
    handle = open_card(link)
    link.left = commands
    with pytest.raises(TransportError):
        plan_write(handle, wanted(), keys=keys)
    assert card.writes == 0


# -- templates


def test_compact_rules_are_offered_where_they_can_say_it() -> None:
    forms = dict(file_templates(0x6432, 100, "always", "never", 5, ()))
    assert list(forms) == ["AB", "8C"]
    assert bytes.fromhex("8C065BFFFFFFFF00") in forms["8C"]
    assert list(dict(file_templates(0x6432, 100, "always", "adm1", None, ()))) == ["AB"]
    path = FilePath((0x3F00, 0x7F50))
    names = [name for name, _ in directory_templates(path, b"\xa0" * 5, "never", (1,), 99, ())]
    # Each with what TS 102 222 asks for, and without it.
    assert names == ["AB", "AB", "8C", "8C"]


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ("always", AccessCondition(always=True), True),
        ("always", AccessCondition(known=False), False),
        ("never", AccessCondition(never=True), True),
        ("never", AccessCondition(), True),
        ("never", AccessCondition(keys=(1,)), False),
        ("adm1", AccessCondition(keys=(0x0A,)), True),
        ("adm1", AccessCondition(always=True), False),
        ("pin1 and adm1", AccessCondition(keys=(0x0A, 1), all_of=True), True),
        ("pin1 or adm1", AccessCondition(keys=(0x0A, 1), all_of=True), False),
    ],
)
def test_conditions_agree_when_they_mean_the_same(
    text: str, found: AccessCondition, expected: bool
) -> None:
    assert agrees(text, found) is expected
