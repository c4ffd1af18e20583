"""Power fails at every step of a write, in several ways; readers see old, new or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smartboot.card.base import Card
from smartboot.image import CardImage
from smartboot.profiles.load import LoadedProfile
from smartboot.profiles.render import render
from smartboot.provision.apply import apply
from smartboot.provision.desired import desired_from_profile
from smartboot.provision.erase import plan_erase
from smartboot.provision.plan import plan_write
from smartboot.virtual import VirtualCard
from tests.support.provision import (
    FIDS,
    FORMATS,
    again_is_empty,
    bare,
    content,
    document,
    documents,
    keys,
    one,
    opened,
    prepared,
    torn,
    write,
)
from tests.support.readers import check_simple_readers

SHORT: dict[str, Any] = {}
LONG: dict[str, Any] = {"more": 200}
FIELD: dict[str, Any] = {"secret": "a-different-one9"}


def path_of(carrier: str) -> str:
    return f"7F50/{FIDS[carrier]:04X}"


def survives(
    carrier: str,
    image: CardImage,
    run: Callable[[Card], Any],
    old: bytes | None,
    new: bytes | None,
) -> Iterator[VirtualCard]:
    """Every torn card, checked to hold the old document, the new one, or none."""
    sound = [data for data in (old, new) if data is not None]
    accounts = []
    for data in sound:
        reference = VirtualCard(render(one(carrier, data, 2048)))
        accounts.append(documents(reference)[0][2])
    count = 0
    for case in torn(image, run):
        count += 1
        where = (case.step, case.cut)
        for _, found, read in documents(case.card):
            assert (found, read) in list(zip(sound, accounts, strict=True)), where
        if case.card.to_image().find(path_of(carrier)) is not None:
            check_simple_readers(carrier, content(case.card, path_of(carrier)), sound)
        yield case.card
    assert count > 4


def writes(loaded: LoadedProfile, *, create: bool = False) -> Callable[[Card], Any]:
    desired = desired_from_profile(loaded)
    return lambda card: apply(card, plan_write(card, desired, create=create, keys=keys), keys=keys)


def check_new(card: VirtualCard, loaded: LoadedProfile) -> None:
    """The same command again brings the card to its end, and then there is nothing to do."""
    desired = desired_from_profile(loaded)
    _, done = write(card, desired, create=True)
    assert done.verified
    assert [found for _, found, _ in documents(card)] == list(loaded.documents)
    assert again_is_empty(card, desired)


@pytest.mark.parametrize("carrier", FORMATS)
def test_first_write_onto_blank_files(carrier: str) -> None:
    loaded = one(carrier, document(carrier), 2048)
    for card in survives(carrier, prepared(loaded), writes(loaded), None, loaded.documents[0]):
        check_new(card, loaded)


@pytest.mark.parametrize("carrier", FORMATS)
def test_first_write_with_create(carrier: str) -> None:
    loaded = one(carrier, document(carrier), 2048)
    run = writes(loaded, create=True)
    for card in survives(carrier, bare(loaded), run, None, loaded.documents[0]):
        check_new(card, loaded)


CHANGES = {
    "longer": (SHORT, LONG),
    "shorter": (LONG, SHORT),
    "one field": (SHORT, FIELD),
    "one field of a long one": (LONG, {**LONG, **FIELD}),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("carrier", FORMATS)
def test_rewriting(carrier: str, change: str) -> None:
    old, new = (document(carrier, **options) for options in CHANGES[change])
    before, after = one(carrier, old, 2048), one(carrier, new, 2048)
    for card in survives(carrier, render(before), writes(after), old, new):
        check_new(card, after)
        # Nothing of the old document stays behind the new one.
        assert not content(card, path_of(carrier))[len(new) :].strip(b"\xff")


@pytest.mark.parametrize("carrier", FORMATS)
def test_erasing(carrier: str) -> None:
    loaded = one(carrier, document(carrier, **LONG), 2048)

    def erase(card: Card) -> None:
        apply(card, plan_erase(card, keys=keys), keys=keys)

    for card in survives(carrier, render(loaded), erase, loaded.documents[0], None):
        erase(opened(card))
        assert documents(card) == []
        # Zeros that a torn write left among FF are no part of any document.
        assert not content(card, path_of(carrier)).strip(b"\x00\xff")
        dodf = "7F50/6410" if carrier == "client-provisioning" else "7F50/6430"
        assert not content(card, dodf).strip(b"\x00\xff")
        assert plan_erase(opened(card), keys=keys).is_empty


@pytest.mark.parametrize("carrier", FORMATS)
def test_erasing_with_the_files(carrier: str) -> None:
    loaded = one(carrier, document(carrier), 1024)

    def erase(card: Card) -> None:
        apply(card, plan_erase(card, keep_files=False, keys=keys), keys=keys)

    for card in survives(carrier, render(loaded), erase, loaded.documents[0], None):
        erase(opened(card))
        assert card.to_image().find("7F50") is None
        assert plan_erase(opened(card), keep_files=False, keys=keys).is_empty
