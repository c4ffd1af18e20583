"""Cards without any end to what they give: reading them ends all the same, after so many commands.

What bounds it: 128 objects and 16 directories are listed, 16 KB of a directory file are read, four
of the longest files' worth of documents, and READ BINARY that brings crumbs is given up.
"""

from __future__ import annotations

import pytest

from smartboot.apdu import Response
from smartboot.bootstrap.reader import read_bootstrap
from smartboot.card import open_card
from smartboot.errors import CardError
from smartboot.transport.base import CardProtocol
from tests.fuzz.cards import Answerer
from tests.support.hostile_cards import CARDS, Always, Library, directory_of

COMMANDS = 50_000


class Endless:
    """``CardConnection`` to a card that never tires. The test ends when the reader does not."""

    name = "endless card"
    atr = b"\x3b\x00"

    def __init__(self, source: Answerer, protocol: CardProtocol = CardProtocol.T0) -> None:
        self.protocol = protocol
        self.commands = 0
        self._source = source

    def transmit(self, command: bytes) -> Response:
        self.commands += 1
        assert self.commands <= COMMANDS, "the reader does not come to an end"
        return Response.from_bytes(self._source.answer(command))

    def reset(self) -> bytes:
        return self.atr

    def close(self) -> None:
        """Nothing to give back."""


@pytest.mark.parametrize("protocol", CardProtocol)
@pytest.mark.parametrize("name", CARDS)
def test_reading_comes_to_an_end(name, protocol):
    connection = Endless(CARDS[name](), protocol)
    try:
        card = open_card(connection)
    except CardError:
        return
    data = read_bootstrap(card, everything=True)
    assert len(data.findings) <= 1001
    assert connection.commands < 1000


@pytest.mark.parametrize("piece", [4, 16, 255])
def test_long_files_in_crumbs(piece):
    connection = Endless(CARDS["128 parts of one long file"](), CardProtocol.T0)
    connection._source._piece = piece
    data = read_bootstrap(open_card(connection), everything=True)
    assert "BOOT-TOO-MUCH" in {finding.code for finding in data.findings}


def test_sixteen_long_directories_in_crumbs():
    source = Library({0x5031: directory_of(range(0x6600, 0x6640))}, b"\xa1\x7e" * 9000, piece=8)
    connection = Endless(source)
    data = read_bootstrap(open_card(connection), everything=True)
    assert connection.commands > 16 * 0x4000 // 8
    assert data.findings


@pytest.mark.parametrize("answers", [("6110",), ("6110", "006101"), ("61FF", "00" * 255 + "61FF")])
def test_an_answer_without_end_to_manage_channel_is_no_channel(answers):
    class Card(Library):
        def answer(self, command: bytes) -> bytes:
            if command[1] in (0x70, 0xC0):
                return endless.answer(command)
            return super().answer(command)

    endless = Always(*answers)
    data = read_bootstrap(open_card(Endless(Card({0x5031: b"\xff"}))))
    assert "CARD-NO-CHANNEL" in {finding.code for finding in data.findings}
