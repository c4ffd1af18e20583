"""Writing to cards that take fewer than 255 bytes at a time."""

from __future__ import annotations

import pytest

from smartboot.card import FilePath, open_card
from smartboot.errors import CardError
from smartboot.image import image_from_data
from smartboot.virtual import InProcessConnection, VirtualCard, apply_personality

EF = FilePath((0x3F00, 0x6F01))


def small_card(size: int) -> VirtualCard:
    image = image_from_data(
        {
            "schema": "smartboot/image/1",
            "files": [
                {"fid": "6F01", "size": size, "access": {"read": "always", "update": "always"}}
            ],
        }
    )
    return VirtualCard(apply_personality(image, "small-buffer"))


def test_a_refused_length_is_halved_once_and_remembered() -> None:
    card = small_card(1024)
    fs = open_card(InProcessConnection(card)).basic()
    data = bytes(range(256)) * 4
    fs.update_binary(fs.select(EF), 0, data)
    updates = [e for e in card.log if e.command[1] == 0xD6]
    assert [e.sw for e in updates].count(0x6700) == 1
    assert updates[0].sw == 0x6700
    assert {len(e.command) - 5 for e in updates[1:-1]} == {127}
    file = card.to_image().find("6F01")
    assert file is not None
    assert file.body == data


def test_no_offset_is_sent_that_would_read_as_a_short_file_id() -> None:
    card = small_card(33022)
    fs = open_card(InProcessConnection(card)).basic()
    with pytest.raises(CardError, match="out of reach"):
        fs.update_binary(fs.select(EF), 0x7F00, bytes(33022 - 0x7F00))
    assert all(e.command[2] < 0x80 for e in card.log if e.command[1] == 0xD6)
