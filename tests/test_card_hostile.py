"""Cards that answer anything at all: only the project's errors, and an end to the commands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.card import FilePath, open_card
from smartboot.card.tree import WELL_KNOWN, probe, read_records
from smartboot.errors import SmartbootError, UsageError
from smartboot.transport.base import CardProtocol
from tests.support.scripted import AnsweringCard

LIMIT = 30_000

FRAGMENTS = st.sampled_from(
    [
        b"",
        b"\x01",
        b"\x13",
        bytes.fromhex("620882027821830 27f50".replace(" ", "")),
        bytes.fromhex("621682024121830250318a01058b036f0602800200208800"),
        bytes.fromhex("620b820542210004ff83026f06"),
        bytes.fromhex("6204800281ff"),
        bytes.fromhex("800101a406830101950108ff"),
        bytes.fromhex("000000203f000100000000000993040306008383838a00"),
        bytes.fromhex("000000202f01040000ffff01020103"),
        b"\xff" * 10,
        b"\x98\x88\x10\x32\x54\x76\x98\x10\x32\x54",
    ]
)
WORDS = """
9000 9000 9000 6110 6CFF 6282 6281 6283 63C2 6982 6A82
6A86 6B00 6D00 6E00 6F00 9F10 9404 9804 9110 6881 0000
"""
SW = st.sampled_from([int(word, 16) for word in WORDS.split()])
ANSWERS = st.lists(
    st.tuples(st.one_of(FRAGMENTS, st.binary(max_size=40)), SW).map(
        lambda t: t[0] + t[1].to_bytes(2, "big")
    ),
    min_size=1,
    max_size=30,
)


def use(card) -> None:
    """Everything the rooms above do with a card."""
    card.iccid()
    files = card.basic()
    for info in probe(files, [known.path for known in WELL_KNOWN]):
        try:
            if info.kind.has_records:
                read_records(files, info)
            files.access_rule(info)
        except UsageError as error:
            pytest.fail(f"a card made the program misuse itself: {error}")
        except SmartbootError:
            continue
    with card.session() as inner:
        inner.select_application(b"\xa0" * 5)
        info = inner.select(FilePath((0x5031,)))
        inner.read_binary(info)
        inner.access_rule(info)
    card.pin_status(0x01)
    card.verify(0x0A, b"12345678")


def survive(answers, protocol) -> None:
    count = 0

    def answer(_command: bytes) -> bytes:
        nonlocal count
        count += 1
        assert count < LIMIT, "the program does not come to an end"
        return answers[count % len(answers)]

    connection = AnsweringCard(answer, protocol)
    try:
        use(open_card(connection))
    except UsageError as error:
        pytest.fail(f"a card made the program misuse itself: {error}")
    except SmartbootError as error:
        assert "12345678" not in str(error)


@settings(max_examples=300, deadline=None)
@given(ANSWERS, st.sampled_from(CardProtocol))
def test_any_card(answers, protocol):
    survive(answers, protocol)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(ANSWERS, st.sampled_from(CardProtocol))
def test_any_card_long(answers, protocol):
    survive(answers, protocol)
