"""Comparing a card reads nothing twice; a backup selects nothing that is selected."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from smartboot.profiles.load import load_profile
from smartboot.profiles.render import render
from smartboot.profiles.shipped import shipped_profiles
from smartboot.provision.backup import backup_files
from smartboot.provision.desired import desired_from_profile
from smartboot.provision.verify import compare
from smartboot.virtual import VirtualCard
from tests.support.provision import keys, opened

PROFILES = {path.stem: path for path in shipped_profiles()}
PADDED = ("multi-generation",)
"""Its EF(DODF) is longer than one READ BINARY: the search reads the beginning, this the rest."""


def reads(card: VirtualCard) -> Counter[tuple[bytes, int]]:
    """How often each place (the file selected, the offset) was read from with success."""
    found: Counter[tuple[bytes, int]] = Counter()
    selected = b""
    for command, response in card.log:
        if command[1] == 0xA4:
            selected = command[5:]
        elif command[1] == 0xB0 and response[-2:] == b"\x90\x00":
            found[selected, int.from_bytes(command[2:4], "big")] += 1
    return found


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_verify_reads_nothing_twice(name):
    loaded = load_profile(PROFILES[name], examples=True)
    card = VirtualCard(render(loaded))
    assert compare(opened(card), desired_from_profile(loaded), keys=keys) == []
    assert {place: n for place, n in reads(card).items() if n > 1} == {}
    selected = Counter(e.command[5:] for e in card.log if e.command[1] == 0xA4)
    directories = {b"\x3f\x00", b"\x7f\x50", b"\x2f\xe2"}
    twice = [path for path, n in selected.items() if n > 1 and path not in directories]
    assert len(twice) == (1 if name in PADDED else 0)


def test_a_long_directory_file_is_read_to_its_end_from_where_the_search_stopped():
    """What a torn write left behind the padding is still seen."""
    loaded = load_profile(PROFILES["multi-generation"], examples=True)
    card = VirtualCard(render(loaded))
    compare(opened(card), desired_from_profile(loaded), keys=keys)
    offsets = [place[1] for place in reads(card) if place[0].endswith(b"\x64\x30")]
    assert offsets == [0, 256]


def test_a_document_of_several_reads_is_read_once():
    loaded = load_profile(PROFILES["dm-1.2-tnds"], examples=True)
    card = VirtualCard(render(loaded))
    compare(opened(card), desired_from_profile(loaded), keys=keys)
    document = [n for (path, _), n in reads(card).items() if path.endswith(b"\x64\x31")]
    assert document == [1] * -(-len(loaded.documents[0]) // 256)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_a_backup_selects_no_file_that_is_selected(name):
    """The access rules of EF(ARR) stand in EF(ARR), which is at hand when they are looked up."""
    loaded = load_profile(PROFILES[name], examples=True)
    card = VirtualCard(render(loaded))
    paths = [item.file.path for item in desired_from_profile(loaded).objects]
    dump = backup_files(opened(card), paths, keys=keys)
    assert not dump.unread
    sent = [e.command for e in card.log if e.command[1] != 0xC0]
    again = [
        a for a, b in itertools.pairwise(sent) if a[1] == 0xA4 and (a[:2], a[4:]) == (b[:2], b[4:])
    ]
    assert again == []
