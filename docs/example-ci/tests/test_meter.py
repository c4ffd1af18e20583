"""What the meter makes of its card: in this process, and as a program with a card in a reader."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from meter_bootstrap import BootstrapError, Server, find_server

from smartboot.errors import TransportError
from smartboot.model import Account, Credential, Secret, ServerAddress
from smartboot.testing import (
    CardDocument,
    TestCard,
    assert_accounts,
    assert_not_read,
    assert_not_written,
    assert_read,
    assert_tpdus,
)

PROJECT = Path(__file__).parent.parent
PROFILE = PROJECT / "meter-card.yaml"


def look_up(card: TestCard) -> Server:
    """Run the device software on a card in this process."""
    connection = card.connection()

    def transmit(command: bytes) -> tuple[bytes, int]:
        response = connection.transmit(command)
        return response.data, response.sw

    return find_server(transmit)


def account(uri: str, key: bytes = bytes(16)) -> Account:
    """A server as a Python object."""
    return Account(
        protocol="lwm2m",
        carrier="lwm2m",
        server_id="7",
        addresses=(ServerAddress(uri),),
        credentials=(Credential("client", "psk", "meter-1", Secret(key)),),
    )


def test_the_profile_is_what_we_order_from_the_card_maker(smartboot_card):
    card = smartboot_card(PROFILE, METER="000042", PSK="00112233445566778899AABBCCDDEEFF")
    assert_accounts(
        card,
        [
            {
                "server_id": "7",
                "addresses": [{"uri": "coaps://meters.hillside.example:5684"}],
                "credentials": [
                    {
                        "type": "psk",
                        "identity": "meter-000042",
                        "secret": "hex:00112233445566778899AABBCCDDEEFF",
                    }
                ],
            },
            {"server_id": "modem.hillside.example"},
        ],
    )


def test_the_meter_finds_its_server(smartboot_card):
    card = smartboot_card(PROFILE, SERVER="coaps://test.hillside.example", METER="000042")
    server = look_up(card)
    assert server.uri == "coaps://test.hillside.example"
    assert (server.short_id, server.identity) == (7, "meter-000042")


def test_the_meter_is_quick_and_minds_its_own_business(smartboot_card):
    card = smartboot_card(PROFILE)
    look_up(card)
    # A command costs about 30 ms on a real card, before its data.
    assert_tpdus(card, at_most=10)
    assert_read(card, "6432", at_most=150)
    assert_not_read(card, "6411")
    assert_not_written(card)


@pytest.mark.parametrize("uri", ["coaps://[2001:db8::7]:5684", "coaps://" + "long." * 45 + "example"])
def test_addresses_of_all_kinds(smartboot_card, uri):
    assert look_up(smartboot_card(account(uri))).uri == uri


def test_a_card_that_wants_a_pin_is_told_apart(smartboot_card):
    card = smartboot_card(account("coaps://hillside.example"), read="pin1")
    with pytest.raises(BootstrapError, match="PIN"):
        look_up(card)


@pytest.mark.parametrize("content", ["00000000", "0001002000000000050800", "00010005000300000000"])
def test_damaged_data_is_refused(smartboot_card, content):
    card = smartboot_card(CardDocument("lwm2m", bytes.fromhex(content), size=64))
    with pytest.raises(BootstrapError):
        look_up(card)


def test_a_card_pulled_out_at_any_moment_ends_the_search(smartboot_card):
    complete = smartboot_card(PROFILE)
    look_up(complete)
    for commands in range(complete.tpdus):
        card = smartboot_card(PROFILE)
        card.card.faults.remove_after = commands
        with pytest.raises(TransportError):
            look_up(card)


# From here on with pcscd; these tests are skipped where there is none.


def program(reader):
    """Run the meter's program as the device would."""
    return subprocess.run(
        [sys.executable, str(PROJECT / "meter_bootstrap.py"), reader.name],
        env=reader.env,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_the_program_reads_a_card_in_a_reader(smartboot_reader):
    reader = smartboot_reader(PROFILE, METER="000042")
    with reader.card.counting() as cost:
        done = program(reader)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "coaps://meters.hillside.example:5684 7 meter-000042\n"
    assert_tpdus(cost, at_most=10)


def test_the_program_says_that_there_is_no_card(smartboot_reader):
    reader = smartboot_reader(PROFILE)
    reader.remove()
    done = program(reader)
    assert (done.returncode, done.stdout) == (1, "")
    reader.insert()
    assert program(reader).returncode == 0
