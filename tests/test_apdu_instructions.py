"""Class bytes by channel, instruction names, and which commands carry keys."""

from __future__ import annotations

import pytest

from smartboot.apdu import Command, carries_key, channel_of, class_byte, command_name
from smartboot.apdu.channel import response_class
from smartboot.apdu.instructions import Ins
from smartboot.errors import UsageError

CHANNELS = [(0, 0x00, 0x80), (1, 0x01, 0x81), (3, 0x03, 0x83), (4, 0x40, 0xC0), (19, 0x4F, 0xCF)]


@pytest.mark.parametrize(("channel", "plain", "etsi"), CHANNELS)
def test_class_byte_both_ways(channel, plain, etsi):
    assert class_byte(channel) == plain
    assert class_byte(channel, etsi=True) == etsi
    assert channel_of(plain) == channel_of(etsi) == channel


@pytest.mark.parametrize("channel", range(20))
def test_every_channel_has_its_own_class_and_get_response_keeps_it(channel):
    assert channel_of(class_byte(channel)) == channel
    assert response_class(class_byte(channel, etsi=True)) == class_byte(channel)


@pytest.mark.parametrize("channel", [-1, 20])
def test_other_channels_do_not_exist(channel):
    with pytest.raises(UsageError, match="logical channel"):
        class_byte(channel)


@pytest.mark.parametrize(
    ("cla", "channel"),
    [(0x0C, 0), (0x0D, 1), (0x60, 4), (0x6F, 19), (0xA0, 0), (0xFF, 0), (0xE1, 5)],
)
def test_channel_of_secure_messaging_and_foreign_classes(cla, channel):
    assert channel_of(cla) == channel


def test_get_response_class_drops_secure_messaging_and_keeps_2g():
    assert response_class(0x0D) == 0x01
    assert response_class(0xA0) == 0xA0


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("00a4000002", "SELECT"),
        ("01b00000", "READ BINARY"),
        ("00b1000000", "READ BINARY"),
        ("00200001", "VERIFY PIN"),
        ("a0200001", "VERIFY CHV"),
        ("a0a20000", "SEEK"),
        ("00a20000", "SEARCH RECORD"),
        ("a0880000", "RUN GSM ALGORITHM"),
        ("00700000", "MANAGE CHANNEL"),
        ("80f20000", "STATUS"),
        ("a0fa0000", "SLEEP"),
        ("80d40000", "RESIZE FILE"),
        ("005a0000", "INS 5A"),
        ("00", "?"),
        ("", "?"),
    ],
)
def test_command_names(raw, name):
    assert command_name(bytes.fromhex(raw)) == name
    if len(raw) >= 8:
        assert command_name(Command.from_bytes(bytes.fromhex(raw)[:4])) == name


@pytest.mark.parametrize("ins", range(256))
def test_only_the_five_pin_commands_carry_keys(ins):
    expected = ins in (0x20, 0x24, 0x26, 0x28, 0x2C)
    assert carries_key(Command(0, ins)) is expected
    assert carries_key(bytes((0, ins, 0, 0))) is expected


def test_names_are_those_of_the_standard():
    assert all(command_name(Command(0x80, ins)) != "?" for ins in Ins)
    assert not carries_key(b"\x00")
