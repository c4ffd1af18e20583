"""PC/SC readers on the real stack: pyscard, pcscd and the vpcd driver, with throw-away cards."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from smartboot.errors import (
    CardMuteError,
    CardRemovedError,
    NoCardError,
    NoReaderError,
    ReaderBusyError,
    ServiceError,
    TransportError,
    UsageError,
)
from smartboot.image import CardImage
from smartboot.transport.base import CardProtocol
from smartboot.transport.pcsc import (
    Limits,
    iter_connections,
    list_readers,
    open_by_iccid,
    open_reader,
)
from tests.support.pcscd import PcscDaemon, await_card
from tests.support.vpcdcard import ATR_T0, ATR_T1, FakeCard

pytestmark = [pytest.mark.stack, pytest.mark.timeout(60)]

SELECT_MF = bytes.fromhex("00A40004023F00")
SHORT = Limits(connect_s=1.0, transmit_s=0.3)


def t1_card(port: int) -> FakeCard:
    return FakeCard(port, ATR_T1)


@pytest.fixture(autouse=True)
def nothing_left_behind(pcscd: PcscDaemon):
    """Every thread and every descriptor a test opens is gone again behind it."""
    list_readers()  # whatever is opened once and for all is opened by now
    before = open_files()
    yield
    end = time.monotonic() + 5
    while time.monotonic() < end:
        left = {thread.name for thread in threading.enumerate() if "smartboot" in thread.name}
        files = open_files() - before
        if not left and not files:
            return
        time.sleep(0.02)
    pytest.fail(f"left behind: {left} {files}")


def open_files() -> set[tuple[str, str]]:
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            target = str(descriptor.readlink())
            if target.startswith("socket:"):
                found.add((descriptor.name, target))
    return found


def test_the_empty_slots_are_listed_in_order(pcscd):
    readers = list_readers()
    assert tuple(reader.name for reader in readers) == pcscd.readers
    assert [reader.index for reader in readers] == [0, 1]
    assert not any(reader.card_present or reader.atr for reader in readers)


def test_listing_does_not_power_or_disturb_a_card(virtual_reader):
    with virtual_reader(FakeCard) as card:
        card.events.clear()
        for _ in range(5):
            assert list_readers()[0].atr == ATR_T0
        # The service itself asks for the ATR (4) now and then to see that the card is there.
        assert set(card.events) <= {4}
        assert card.apdus == []


def test_commands_and_answers_pass_unchanged(virtual_reader):
    answers = {bytes.fromhex("00B0000010"): bytes.fromhex("6C04"), SELECT_MF: b"\x61\x20"}
    with virtual_reader(FakeCard) as card, open_reader() as connection:
        card.answer = answers.__getitem__
        assert connection.atr == ATR_T0
        assert connection.protocol is CardProtocol.T0
        for command, answer in answers.items():
            assert connection.transmit(command).to_bytes() == answer
        card.answer = lambda apdu: bytes(range(256)) + b"\x90\x00"
        assert connection.transmit(bytes.fromhex("00B0000000")).data == bytes(range(256))
        assert card.apdus == [*answers, bytes.fromhex("00B0000000")]


def test_protocol_follows_the_atr(virtual_reader):
    with virtual_reader(t1_card), open_reader() as connection:
        assert (connection.protocol, connection.atr) == (CardProtocol.T1, ATR_T1)
        extended = bytes.fromhex("00D60000 000200") + bytes(512)
        assert connection.transmit(extended).sw == 0x9000


def test_the_card_is_held_exclusively_and_given_back(virtual_reader, pcscd):
    with virtual_reader(FakeCard) as card:
        with open_reader() as connection:
            assert list_readers()[0].exclusive
            with pytest.raises(ReaderBusyError, match="another program holds the card") as caught:
                open_reader("pcsc:0")
            assert caught.value.hint is not None
            assert "doctor" in caught.value.hint
            assert connection.transmit(SELECT_MF).sw == 0x9000
        assert not list_readers()[0].exclusive
        # Unpowered (0) at the end: no PIN state stays for the next user.
        assert 0 in card.events
        with open_reader() as connection:
            assert connection.transmit(SELECT_MF).sw == 0x9000


def test_reset_reaches_the_card_and_returns_its_atr(virtual_reader):
    with virtual_reader(FakeCard) as card, open_reader() as connection:
        assert 2 not in card.events
        assert connection.reset() == ATR_T0
        assert 2 in card.events
        assert connection.transmit(SELECT_MF).sw == 0x9000


def test_two_slots_have_their_own_cards(virtual_reader):
    with (
        virtual_reader(FakeCard, slot=0) as first,
        virtual_reader(t1_card, slot=1) as second,
        open_reader("pcsc:0") as left,
        open_reader("pcsc:1") as right,
    ):
        first.answer = lambda apdu: b"\x01\x90\x00"
        second.answer = lambda apdu: b"\x02\x90\x00"
        assert (left.atr, right.atr) == (ATR_T0, ATR_T1)
        assert (left.transmit(SELECT_MF).data, right.transmit(SELECT_MF).data) == (b"\x01", b"\x02")


def test_selecting_by_number_name_and_card(virtual_reader, pcscd):
    with virtual_reader(FakeCard, slot=1):
        for selector in (
            None,
            "pcsc:1",
            f"pcsc:{pcscd.readers[1][3:].upper()}",
            f"pcsc:{pcscd.readers[1]}",
        ):
            with open_reader(selector) as connection:
                assert connection.name == pcscd.readers[1]
        with pytest.raises(UsageError, match=r"more than one reader: pcsc:0 .*pcsc:1 "):
            open_reader("pcsc:virtual")
        with pytest.raises(NoReaderError, match="no reader fits 'pcsc:7'"):
            open_reader("pcsc:7")
        with pytest.raises(NoCardError):
            open_reader("pcsc:0")


def test_no_card_anywhere(pcscd):
    with pytest.raises(NoCardError, match="no card in any reader"):
        open_reader()


@pytest.mark.parametrize("how", ["drop", "remove"])
def test_card_pulled_out_in_the_middle_of_a_command(virtual_reader, how):
    with virtual_reader(FakeCard) as card, open_reader() as connection:
        if how == "drop":
            card.drop = True
        else:
            card.mute = True
            threading.Thread(
                target=lambda: card.got_command.wait(5) and card.remove(), daemon=True
            ).start()
        with pytest.raises(CardRemovedError, match="removed in the middle of a command"):
            connection.transmit(SELECT_MF)
        for again in (lambda: connection.transmit(SELECT_MF), connection.reset):
            with pytest.raises(CardRemovedError):
                again()


def test_card_pulled_out_between_two_commands(pcscd):
    card = pcscd.insert(FakeCard)
    with open_reader() as connection:
        connection.transmit(SELECT_MF)
        pcscd.remove(card)
        with pytest.raises(CardRemovedError):
            connection.transmit(SELECT_MF)


def test_another_card_put_in_is_not_taken_for_the_first(pcscd):
    card = pcscd.insert(FakeCard)
    with open_reader() as connection:
        pcscd.remove(card)
        card = pcscd.insert(FakeCard)
        try:
            with pytest.raises(TransportError):
                connection.transmit(SELECT_MF)
            assert card.apdus == []
        finally:
            connection.close()
            pcscd.remove(card)


def test_mute_card_is_given_up_in_time(virtual_reader):
    with virtual_reader(FakeCard) as card:
        with open_reader(limits=SHORT) as connection:
            assert connection.transmit(SELECT_MF).sw == 0x9000
            card.mute = True
            start = time.monotonic()
            with pytest.raises(CardMuteError, match=r"did not answer within 0\.3 s"):
                connection.transmit(SELECT_MF)
            # Further commands fail at once, and nothing is sent behind the one without answer.
            for again in (lambda: connection.transmit(SELECT_MF), connection.reset):
                with pytest.raises(CardMuteError):
                    again()
            connection.close()
            assert time.monotonic() - start < 3
        assert len(card.apdus) == 2


def test_slow_card_within_the_limit(virtual_reader):
    with virtual_reader(FakeCard) as card, open_reader(limits=Limits(2, 5)) as connection:
        card.delay_s = 0.2
        assert connection.transmit(SELECT_MF).sw == 0x9000


def test_process_ends_although_the_card_never_answers(virtual_reader, pcscd):
    program = (
        "from smartboot.transport.pcsc import open_reader\n"
        "from smartboot.errors import CardMuteError\n"
        "try:\n    open_reader().transmit(bytes.fromhex('00A40004023F00'))\n"
        "except CardMuteError:\n    print('mute')\n"
    )
    with virtual_reader(FakeCard) as card:
        card.mute = True
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            env={**pcscd.env, "SMARTBOOT_TIMEOUT": "0.5"},
            capture_output=True,
            text=True,
            timeout=20,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "mute\n", "")


@pytest.fixture
def interruptible():
    """Python's own way with SIGINT, which a process started in the background ignores."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_interrupted_command_leaves_an_unusable_connection(virtual_reader):
    with virtual_reader(FakeCard) as card, open_reader() as connection:
        card.mute = True

        def interrupt() -> None:
            if card.got_command.wait(5):
                os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            connection.transmit(SELECT_MF)
        thread.join()
        assert time.monotonic() - start < 5
        with pytest.raises(TransportError, match="unknown state"):
            connection.transmit(SELECT_MF)


def test_closing_twice_and_using_a_closed_connection(virtual_reader):
    with virtual_reader(FakeCard):
        connection = open_reader()
        connection.close()
        connection.close()
        for use in (lambda: connection.transmit(SELECT_MF), connection.reset):
            with pytest.raises(TransportError, match="closed"):
                use()


def test_forgotten_connection_gives_the_card_back(virtual_reader):
    with virtual_reader(FakeCard):
        connection = open_reader()
        del connection
        end = time.monotonic() + 5
        while list_readers()[0].exclusive:
            assert time.monotonic() < end
            time.sleep(0.01)


def private(pcscd: PcscDaemon) -> PcscDaemon:
    if not pcscd.is_private:
        pytest.skip("the system's pcscd is not ours to stop")
    return pcscd


def test_service_stopped_and_started_again_in_one_process(pcscd):
    daemon = private(pcscd)
    card = daemon.insert(FakeCard)
    connection = open_reader()
    daemon.stop()
    for use in (list_readers, open_reader, lambda: connection.transmit(SELECT_MF)):
        with pytest.raises(ServiceError) as caught:
            use()
        assert "doctor" in (caught.value.hint or "")
    daemon.start()
    card.remove()
    with pytest.raises(ServiceError):
        connection.transmit(SELECT_MF)
    connection.close()
    card = daemon.insert(FakeCard)
    with open_reader() as connection:
        assert connection.transmit(SELECT_MF).sw == 0x9000
    daemon.remove(card)


def test_service_that_hangs_is_given_up_in_time(pcscd):
    daemon = private(pcscd)
    assert daemon.pid is not None
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        start = time.monotonic()
        with pytest.raises(ServiceError, match=r"did not answer within 0\.3 s"):
            list_readers(limits=Limits(0.3, 0.3))
        assert time.monotonic() - start < 3
    finally:
        os.kill(daemon.pid, signal.SIGCONT)


def test_more_slots(pcscd):
    daemon = private(pcscd)
    daemon.restart(entries=2)
    try:
        assert tuple(reader.name for reader in list_readers()) == daemon.readers
        assert len(daemon.readers) == len(set(daemon.readers)) == len(set(daemon.ports)) == 4
        card = daemon.insert(t1_card, slot=3)
        try:
            assert [reader.atr for reader in list_readers()] == [b"", b"", b"", ATR_T1]
        finally:
            daemon.remove(card, slot=3)
    finally:
        daemon.restart()


def test_going_through_the_cards_leaves_out_the_busy_one(virtual_reader, pcscd):
    notes: list[str] = []
    with virtual_reader(FakeCard, slot=0), virtual_reader(t1_card, slot=1):
        seen = []
        for connection in iter_connections(note=notes.append):
            with connection:
                seen.append(connection.atr)
        assert (seen, notes) == ([ATR_T0, ATR_T1], [])
        with open_reader("pcsc:0"):
            for connection in iter_connections(note=notes.append):
                with connection:
                    assert connection.name == pcscd.readers[1]
    assert len(notes) == 1
    assert notes[0].startswith(f"left out '{pcscd.readers[0]}': another program holds")


def test_a_card_by_its_iccid(virtual_reader, pcscd):
    iccids = {ATR_T0: "8988211000000001", ATR_T1: "8988211000000002"}

    def identify(connection):
        connection.transmit(SELECT_MF)
        return iccids[connection.atr]

    with virtual_reader(FakeCard, slot=0), virtual_reader(t1_card, slot=1):
        for slot, atr in enumerate((ATR_T0, ATR_T1)):
            with open_by_iccid(iccids[atr], identify) as connection:
                assert connection.name == pcscd.readers[slot]
                assert connection.transmit(SELECT_MF).sw == 0x9000
        with pytest.raises(UsageError, match=r"more than one card begins with 898821: .*01.*02"):
            open_by_iccid("898821", identify)
        with pytest.raises(NoCardError, match="8988211000000001 in"):
            open_by_iccid("8949", identify)
        assert not any(reader.exclusive for reader in list_readers())


@pytest.mark.oracle
@pytest.mark.parametrize(
    "command", [["pcsc_scan", "-r"], ["opensc-tool", "--list-readers"]], ids=lambda c: c[0]
)
def test_other_programs_see_the_card(virtual_reader, pcscd, command):
    if shutil.which(command[0]) is None:
        if os.environ.get("CI") or os.environ.get("SMARTBOOT_REQUIRE_TOOLS"):
            pytest.fail(f"{command[0]} is not installed")
        pytest.skip(f"{command[0]} is not installed")
    with virtual_reader(FakeCard):
        done = subprocess.run(command, env=pcscd.env, capture_output=True, text=True, timeout=20)
    assert all(name in done.stdout for name in pcscd.readers)
    if command[0] == "opensc-tool":
        assert [line.split()[1] for line in done.stdout.splitlines()[2:4]] == ["Yes", "No"]


def test_smartboots_own_virtual_card(virtual_reader):
    image = CardImage()
    with virtual_reader(image, slot=1) as card, open_reader() as connection:
        assert connection.atr == card.atr
        assert connection.protocol.value == card.protocol
        assert connection.transmit(bytes.fromhex("00A4000C023F00")).sw == 0x9000
        # In the middle of a command the card is pulled out.
        card.faults.remove_after = len(card.log)
        with pytest.raises(CardRemovedError):
            connection.transmit(bytes.fromhex("00A4000C023F00"))


def test_exchange_is_quick(virtual_reader):
    # Without the card side's quick acknowledgements each exchange takes 48 ms; the bound is far
    # above what it takes with them (0.3 ms) and far below that.
    with virtual_reader(FakeCard), open_reader() as connection:
        start = time.monotonic()
        for _ in range(50):
            connection.transmit(SELECT_MF)
        assert time.monotonic() - start < 50 * 0.02


def test_slot_reports_again_after_each_card(pcscd):
    for _ in range(2):
        card = pcscd.insert(FakeCard)
        pcscd.remove(card)
    await_card(pcscd.readers[0], False)
