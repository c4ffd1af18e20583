"""Cards read through a modem on a pseudo-terminal, with every habit that modems are known for."""

from __future__ import annotations

import sys
import termios
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from smartboot.apdu import Response
from smartboot.bootstrap import read_bootstrap
from smartboot.card import open_card
from smartboot.errors import (
    CardMuteError,
    CardRemovedError,
    NoCardError,
    NoReaderError,
    ReaderBusyError,
    TransportError,
    UsageError,
)
from smartboot.image import image_from_data
from smartboot.profiles.load import load_profile_or_image
from smartboot.transport.base import CardProtocol
from smartboot.transport.modem import Timing, open_modem
from smartboot.transport.modem_port import split_address
from smartboot.virtual import VirtualCard
from tests.support.cards import LWM2M_160, profile_card, read_image
from tests.support.cli import PROFILES, smartboot
from tests.support.modem import Habits, simulated
from tests.support.virtualcards import PKCS15, USIM_A, sample_image

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="pseudo-terminals of Linux"),
    pytest.mark.timeout(20),
]

PATIENT = Timing(probe_s=3, probes=3, command_s=5, apdu_s=10, busy_s=5, pause_s=0.01)
QUICK = replace(PATIENT, command_s=0.3, apdu_s=1.0, busy_s=0.5)
"""For modems that do not answer."""

UICC_PROFILES = ["lwm2m-psk", "client-provisioning-w7"]


def image_of(profile: str):
    return load_profile_or_image(PROFILES / f"{profile}.yaml")


def read_through(card: VirtualCard, habits: Habits, timing: Timing = PATIENT):
    """The bootstrap data read through a modem; returns it and the modem, closed."""
    with simulated(card, habits) as modem:
        connection = open_modem(modem.device, timing)
        try:
            return read_bootstrap(open_card(connection)), modem
        finally:
            connection.close()


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.fixture(autouse=True)
def _nothing_left():
    """No thread and no open file of ours stays behind."""
    threads, files = threading.active_count(), _open_files()
    yield
    assert threading.active_count() <= threads
    assert _open_files() <= files


HABITS = {
    "plain": Habits(echo=False),
    "echo": Habits(echo=True),
    "echo that cannot be switched off": Habits(echo=True, echo_stays=True),
    "no combined basic commands": Habits(no_q0v1e0=True),
    "unsolicited lines": Habits(unsolicited=("+CREG: 1", "RING", '^RSSI: 12,"00"')),
    "unsolicited line inside the answer": Habits(splitting='+CREG: 1,"0001"'),
    "inside, without quotes": Habits(splitting="+CREG: 1", quotes=False, lower_case=True),
    "lower case": Habits(lower_case=True),
    "no quotes": Habits(quotes=False),
    "blanks": Habits(blanks=True),
    "no names of commands": Habits(prefix=False),
    "carriage returns only": Habits(newline="\r"),
    "line feeds only": Habits(newline="\n"),
    "slow": Habits(delay_s=0.01),
    "byte by byte": Habits(chunk=7),
    "counts bytes": Habits(counts="bytes"),
    "counts bytes and cuts in two": Habits(counts="bytes", splitting="RING"),
    "busy at the start": Habits(busy=5),
    "busy in the middle": Habits(busy=2, busy_from=9),
    "fetches the answer itself": Habits(fetches=True),
    "gives an answer only for an Le": Habits(wants_le=True),
    "interferes": Habits(interferes=1),
    "interferes twice": Habits(interferes=2),
    "refuses channel commands, has sessions": Habits(channel_commands=False),
    "refuses with code 0": Habits(channel_commands=False, refusal="+CME ERROR: 0"),
    "refuses with code 13": Habits(channel_commands=False, refusal="+CME ERROR: 13"),
    "refuses with words": Habits(channel_commands=False, refusal="+CME ERROR: unknown"),
    "refuses channel commands, no sessions": Habits(channel_commands=False, sessions=False),
    "no MANAGE CHANNEL, has sessions": Habits(manage_channel=False),
    "no MANAGE CHANNEL, no sessions": Habits(manage_channel=False, sessions=False),
    "no SELECT by name on a channel": Habits(channel_select=False, refusal="+CME ERROR: 0"),
    "no SELECT by name, no sessions": Habits(
        channel_select=False, sessions=False, refusal="+CME ERROR: 0"
    ),
    "no SELECT by name anywhere": Habits(channel_select=False, session_selects=False),
    "sessions without commands": Habits(manage_channel=False, session_commands=False),
    "sessions that are not closed": Habits(manage_channel=False, session_closes=False),
    "session names like handles": Habits(
        manage_channel=False, session_name="00000000038aa3{:02x}", lower_case=True
    ),
    "sessions that fetch": Habits(manage_channel=False, fetches=True),
    "sessions that want Le": Habits(manage_channel=False, wants_le=True),
    "all at once": Habits(
        unsolicited=("+CREG: 2",),
        splitting="RING",
        lower_case=True,
        quotes=False,
        chunk=20,
        manage_channel=False,
        busy=1,
    ),
}

BASIC_CHANNEL = {
    "refuses channel commands, no sessions",
    "no MANAGE CHANNEL, no sessions",
    "no SELECT by name, no sessions",
    "sessions without commands",
}
LEFT_OPEN = {"sessions that are not closed"}


@pytest.mark.parametrize("profile", UICC_PROFILES)
@pytest.mark.parametrize("name", HABITS)
def test_every_habit_gives_what_the_card_holds(name, profile):
    habits = replace(HABITS[name])
    image = image_of(profile)
    expected, _ = read_image(image)
    card = VirtualCard(image)
    data, modem = read_through(card, habits)
    assert expected.accounts
    assert data.accounts == expected.accounts
    assert data.objects == expected.objects
    codes = {finding.code for finding in data.findings} - {f.code for f in expected.findings}
    if name in LEFT_OPEN:
        assert codes == {"CARD-NOT-LEFT-CLEAN"}
    else:
        assert codes == ({"CARD-NO-CHANNEL"} if name in BASIC_CHANNEL else set())
        assert modem.open_channels == [0]
        assert not modem.sessions
    # Echo is as it was.
    assert modem.echo is habits.echo


@pytest.mark.parametrize(
    "name", ["plain", "fetches the answer itself", "no MANAGE CHANNEL, has sessions"]
)
def test_a_2g_sim_reads_the_same(name):
    image = image_of("sim-2g-client-provisioning")
    expected, _ = read_image(image)
    data, _ = read_through(VirtualCard(image), replace(HABITS[name]))
    assert expected.accounts
    assert data.accounts == expected.accounts
    assert data.findings == expected.findings


def test_the_modem_costs_no_command_more_than_a_reader():
    image = profile_card([("lwm2m", 0x6432, LWM2M_160, 160)])
    _, direct = read_image(image)
    card = VirtualCard(image)
    read_through(card, Habits())
    assert card.tpdus == direct.tpdus


def test_the_ways_to_a_channel_in_commands():
    """MANAGE CHANNEL is tried once, found useless, closed, and a session takes its place."""
    _, modem = read_through(VirtualCard(image_of("lwm2m-psk")), Habits(channel_commands=False))
    names = [line.split(",")[0] for line in modem.lines if not line.startswith("AT+CSIM")]
    assert modem.lines.count('AT+CSIM=10,"0070000001"') == 1
    assert modem.lines.count('AT+CSIM=10,"0070800100"') == 1
    assert names[3] == f'AT+CCHO="{PKCS15.hex().upper()}"'
    assert names[-2].startswith("AT+CCHC=")
    assert names[-1] == "ATE1"
    # SELECT of the application is not sent again: +CCHO has done it.
    assert not any("A4040C0C" in line for line in modem.lines if line.startswith("AT+CGLA"))


# -- a channel behaves like one, wherever it comes from


WAYS = {
    "manage channel": Habits(),
    "sessions": Habits(manage_channel=False),
    "sessions without SELECT by name": Habits(manage_channel=False, session_selects=False),
}


@pytest.fixture
def talk(request):
    """A connection to the sample card through a modem with the habits asked for."""
    card = VirtualCard(sample_image())
    with simulated(card, replace(request.param)) as modem:
        connection = open_modem(modem.device, PATIENT)
        try:
            yield connection, modem
        finally:
            connection.close()


def send(connection, text: str) -> str:
    """Send hex, return hex, GET RESPONSE done."""
    command = bytes.fromhex(text.replace(" ", ""))
    response = connection.transmit(command)
    if response.sw1 == 0x61:
        cla = command[0] & 3
        response = connection.transmit(bytes((cla, 0xC0, 0, 0, response.sw2)))
    return response.to_bytes().hex().upper()


def send_all(connection, texts: list[str]) -> None:
    for text in texts:
        send(connection, text)


@pytest.mark.parametrize("talk", WAYS.values(), ids=WAYS, indirect=True)
def test_a_new_channel_has_the_mf_selected(talk):
    connection, _ = talk
    assert send(connection, "0070000001") == "019000"
    # Neither an EF of the application nor the application itself is current.
    assert send(connection, "01A4000C02 6432") == "6A82"
    assert send(connection, "01A4000C02 2FE2") == "9000"
    assert send(connection, "01B000000A") == "980100000000000000219000"
    assert send(connection, "01708001") == "9000"


@pytest.mark.parametrize("talk", WAYS.values(), ids=WAYS, indirect=True)
def test_selecting_the_application_by_name(talk):
    connection, _ = talk
    assert send(connection, "0070000001") == "019000"
    assert send(connection, f"01A4040C0C{PKCS15.hex()}") == "9000"
    assert send(connection, "01A4080C04 7FFF5031") == "9000"
    assert send(connection, "01B0000008") == "A7063004040264309000"


@pytest.mark.parametrize("talk", WAYS.values(), ids=WAYS, indirect=True)
def test_selecting_another_application_and_none(talk):
    connection, modem = talk
    assert send(connection, "0070000001") == "019000"
    assert send(connection, f"01A4040C0B{USIM_A.hex()}") == "9000"
    assert send(connection, "80F2000C00") == "9000"
    assert USIM_A.hex().upper() in send(
        connection, "81F2000100" if modem.habits.fetches else "81F200010D"
    )
    assert send(connection, "01A4040C07A0000000999999") == "6A82"
    assert send(connection, "01708001") == "9000"
    assert modem.open_channels == [0]


@pytest.mark.parametrize("talk", WAYS.values(), ids=WAYS, indirect=True)
def test_the_channels_are_numbered_and_run_out(talk):
    connection, modem = talk
    assert [send(connection, "0070000001") for _ in range(4)] == [
        "019000",
        "029000",
        "039000",
        "6A81",
    ]
    assert send(connection, "02708002") == "9000"
    assert send(connection, "0070000001") == "029000"
    connection.close()
    assert modem.open_channels == [0]


@pytest.mark.parametrize("talk", WAYS.values(), ids=WAYS, indirect=True)
def test_a_key_goes_to_the_card_once_and_shows_nowhere(talk):
    connection, modem = talk
    send(connection, "0070000001")
    send(connection, f"01A4040C0C{PKCS15.hex()}")
    assert send(connection, "0120000A08 3837363534333231") == "9000"
    assert sum("3837363534333231" in line for line in modem.lines) == 1
    assert sum(apdu[1] == 0x20 for apdu in modem.apdus) == 1


# -- what does not work is said


@pytest.mark.parametrize(
    ("habits", "error", "words"),
    [
        (Habits(card=False), NoCardError, "no card in the modem"),
        (Habits(pin_state="NOT INSERTED"), NoCardError, "no card in the modem"),
        (Habits(busy=10_000), ReaderBusyError, "busy"),
        (Habits(mute_at=1), CardMuteError, "does not answer AT+CPIN"),
        (Habits(mute_at=3), CardMuteError, "does not answer AT+CSIM (READ BINARY) within 1 s"),
        (Habits(unplugged_at=1), CardRemovedError, "unplugged"),
        (Habits(unplugged_at=6), CardRemovedError, "unplugged"),
        (Habits(card_gone_at=6), CardRemovedError, "is gone"),
        (Habits(counts="more"), TransportError, "hex characters"),
        (Habits(override={4: "OK"}), TransportError, "garbles its reply"),
        (Habits(override={4: '+CSIM: 24,"5EC2E7"\nOK'}), TransportError, "24 hex characters"),
        (Habits(override={4: "+CME ERROR: 3"}), TransportError, "operation not allowed"),
        (Habits(override={4: "+CME ERROR: 0"}), TransportError, "phone failure"),
        (Habits(override={4: "+CME ERROR: 11"}), TransportError, "SIM PIN required"),
        (Habits(override={4: "+CME ERROR: 13"}), CardMuteError, "SIM failure"),
        (Habits(override={3: "ERROR"}), TransportError, "answers ERROR to AT+CSIM (READ BINARY)"),
        (Habits(override={1: "+CME ERROR: 13"}), CardMuteError, "SIM failure"),
        (Habits(blocks=frozenset({0xC0})), TransportError, "GET RESPONSE"),
    ],
)
def test_errors_are_ours_in_time_and_say_what_to_do(habits, error, words):
    card = VirtualCard(image_of("lwm2m-psk"))
    started = time.monotonic()
    with pytest.raises(TransportError) as caught:
        read_through(card, replace(habits), QUICK)
    assert time.monotonic() - started < 8
    assert type(caught.value) is error
    assert words in str(caught.value)
    assert "5EC2E7" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_modem_without_cpin_is_read_all_the_same():
    data, _ = read_through(VirtualCard(image_of("lwm2m-psk")), Habits(override={1: "ERROR"}))
    assert data.accounts


def test_an_answer_that_came_too_late_is_never_taken_for_another():
    card = VirtualCard(image_of("lwm2m-psk"))
    with simulated(card, Habits()) as modem:
        connection = open_modem(modem.device, replace(PATIENT, apdu_s=0.1))
        modem.habits.delay_s = 0.25
        with pytest.raises(CardMuteError):
            connection.transmit(bytes.fromhex("00A4080C022FE2"))
        modem.habits.delay_s = 0.0
        for _ in range(2):
            with pytest.raises(CardMuteError, match="earlier command"):
                connection.transmit(bytes.fromhex("00B000000A"))
        assert len(modem.apdus) == 1
        connection.close()
        # The late answer came during close(), so that the modem could still be left as found.
        assert modem.lines[-1] == "ATE1"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("at", range(1, 7))
def test_an_interrupted_command_leaves_no_channel_open(mocker, way, at):
    """Ctrl-C while the reply is awaited, at each command from the opening of the channel on."""
    with simulated(VirtualCard(sample_image()), replace(WAYS[way])) as modem:
        connection = open_modem(modem.device, PATIENT)
        read, count = connection._port._read, 0
        exchange = connection._port.exchange

        def counted(command, timeout_s):
            nonlocal count
            count += 1
            return exchange(command, timeout_s)

        def interrupted():
            nonlocal count
            if count == at:
                count += 100
                raise KeyboardInterrupt
            return read()

        mocker.patch.object(connection._port, "exchange", counted)
        mocker.patch.object(connection._port, "_read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            send_all(connection, ["0070000001", *["01A4000C023F00"] * 6])
        connection.close()
        # What MANAGE CHANNEL or +CCHO itself was to answer is all that may be lost.
        opening = [line for line in modem.lines[3:] if line.startswith(("AT+CCHO", "AT+CSIM=10"))]
        lost = modem.lines[3:][at - 1] in opening[:1] if way == "manage channel" else at == 2
        assert (modem.open_channels == [0]) is not lost


def test_a_port_that_takes_no_data(mocker):
    import serial

    with simulated(VirtualCard(sample_image()), Habits()) as modem:
        connection = open_modem(modem.device, QUICK)
        mocker.patch.object(
            connection._port._port, "write", side_effect=serial.SerialTimeoutException
        )
        with pytest.raises(CardMuteError, match="takes no commands"):
            connection.transmit(bytes.fromhex("00A4080C022FE2"))
        connection.close()


def test_a_modem_that_leaves_before_a_command_and_while_probed():
    with simulated(VirtualCard(sample_image()), Habits()) as modem:
        connection = open_modem(modem.device, QUICK)
        modem._unplug()
        with pytest.raises(CardRemovedError, match="unplugged"):
            connection.transmit(bytes.fromhex("00A4080C022FE2"))
        with pytest.raises(CardRemovedError, match="closed"):
            connection.transmit(bytes.fromhex("00A4080C022FE2"))
        connection.close()


def test_a_slow_modem_is_found():
    with simulated(VirtualCard(image_of("lwm2m-psk")), Habits(delay_s=0.12)) as modem:
        connection = open_modem(modem.device, replace(PATIENT, probe_s=0.1, probes=4))
        modem.habits.delay_s = 0.0
        assert connection.transmit(bytes.fromhex("00A4080C022FE2")) == Response(b"", 0x9000)
        connection.close()


@pytest.mark.parametrize("talk", WAYS.values(), ids=WAYS, indirect=True)
def test_a_key_is_not_repeated_to_a_busy_card(talk):
    connection, modem = talk
    send(connection, "0070000001")
    send(connection, f"01A4040C0C{PKCS15.hex()}")
    for command in ("0020000A083837363534333231", "0120000A083837363534333231"):
        modem.lines.clear()
        modem.habits.busy, modem.habits.busy_from = 1, modem.card_commands
        with pytest.raises(ReaderBusyError) as caught:
            connection.transmit(bytes.fromhex(command))
        assert "VERIFY" in str(caught.value)
        assert "3837363534333231" not in f"{caught.value!r}{caught.value.hint}"
        assert sum("3837363534333231" in line for line in modem.lines) == 1


@pytest.mark.parametrize("talk", WAYS.values(), ids=WAYS, indirect=True)
def test_the_longest_commands_and_answers(talk):
    connection, _ = talk
    send(connection, "0070000001")
    assert send(connection, f"01A4040C0C{PKCS15.hex()}") == "9000"
    assert send(connection, "0120000A08 3837363534333231") == "9000"
    assert send(connection, "0120000108 31323334FFFFFFFF") == "9000"
    assert send(connection, "01A4080C04 7FFF6432") == "9000"
    data = bytes(range(255, 0, -1))
    assert send(connection, "01D6000AFF" + data.hex()) == "9000"
    assert send(connection, "01B0000A00") == (data + b"\xff").hex().upper() + "9000"


def test_a_card_not_ready_yet_is_waited_for():
    not_ready = dict.fromkeys((1, 2, 3), "+CPIN: NOT READY\nOK")
    data, modem = read_through(VirtualCard(image_of("lwm2m-psk")), Habits(override=not_ready))
    assert data.accounts
    assert modem.lines.count("AT+CPIN?") == 4


def test_the_echo_comes_back_after_the_card_is_gone():
    habits = Habits(card_gone_at=6)
    with simulated(VirtualCard(image_of("lwm2m-psk")), habits) as modem:
        connection = open_modem(modem.device, PATIENT)
        with pytest.raises(CardRemovedError):
            read_bootstrap(open_card(connection))
        connection.close()
        assert modem.lines[-1] == "ATE1"


@pytest.mark.parametrize("refusal", ["ERROR", "+CME ERROR: 3", "+CME ERROR: 13"])
def test_a_refused_key_shows_nowhere(refusal):
    habits = Habits(blocks=frozenset({0x20}), refusal=refusal)
    with simulated(VirtualCard(sample_image()), habits) as modem:
        connection = open_modem(modem.device, PATIENT)
        with pytest.raises(TransportError) as caught:
            connection.transmit(bytes.fromhex("0020000A083837363534333231"))
        connection.close()
    shown = f"{caught.value!r} {caught.value.hint} {caught.value.__cause__!r}"
    assert "3837363534333231" not in shown
    assert "87654321" not in shown


def test_a_modem_that_answers_nothing_is_no_modem():
    with simulated(VirtualCard(sample_image()), Habits()) as modem:
        modem._command = modem.lines.append  # type: ignore[method-assign]  # deaf
        started = time.monotonic()
        with pytest.raises(NoReaderError, match="nothing that understands AT"):
            open_modem(modem.device, replace(PATIENT, probe_s=0.1))
        assert time.monotonic() - started < 5


def test_a_modem_that_talks_without_end():
    with simulated(VirtualCard(sample_image()), Habits()) as modem:
        connection = open_modem(modem.device, replace(PATIENT, apdu_s=5))
        modem.habits.unsolicited = ("+NOISE: " + "x" * 2000,) * 200
        with pytest.raises(TransportError, match="without end"):
            connection.transmit(bytes.fromhex("00A4080C022FE2"))
        connection.close()


def test_reset_is_refused_and_close_is_final():
    with simulated(VirtualCard(sample_image()), Habits()) as modem:
        connection = open_modem(modem.device, PATIENT)
        assert connection.name == f"modem:{modem.device}"
        assert connection.atr == b""
        assert connection.protocol is CardProtocol.T0
        with pytest.raises(TransportError, match="cannot be reset"):
            connection.reset()
        with pytest.raises(TransportError, match="four bytes"):
            connection.transmit(b"\x00")
        connection.close()
        connection.close()
        with pytest.raises(CardRemovedError):
            connection.transmit(bytes.fromhex("00A4080C022FE2"))


def test_the_port_is_ours_alone():
    with simulated(VirtualCard(sample_image()), Habits()) as modem:
        connection = open_modem(modem.device, PATIENT)
        with pytest.raises(ReaderBusyError, match="holds"):
            open_modem(modem.device, PATIENT)
        connection.close()


def test_ports_that_are_none(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"")
    for device in (tmp_path / "none", file, tmp_path):
        with pytest.raises(NoReaderError):
            open_modem(str(device), QUICK)


def test_a_port_that_may_not_be_opened(mocker):
    mocker.patch("serial.Serial", side_effect=PermissionError(13, "denied"))
    with pytest.raises(TransportError) as caught:
        open_modem("/dev/ttyUSB9", QUICK)
    assert "dialout" in (caught.value.hint or "")


@pytest.mark.parametrize("failure", [termios.error(5, "gone"), ValueError("baud"), OSError("x")])
def test_whatever_opening_raises_is_ours(mocker, failure):
    mocker.patch("serial.Serial", side_effect=failure)
    with pytest.raises(NoReaderError):
        open_modem("/dev/ttyUSB9", QUICK)


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("FileNotFoundError(2, 'The system cannot find the file specified.', None, 2)", None),
        ("PermissionError(13, 'Access is denied.', None, 5)", ReaderBusyError),
        ("OSError(22, 'The semaphore timeout period has expired.', None, 121)", None),
    ],
    ids=["no such port", "in use", "anything else"],
)
def test_how_pyserial_tells_it_on_windows(mocker, system, expected):
    """Without an error number, the system's error quoted in the text."""
    failure = OSError(f"could not open port 'COM9': {system}")
    mocker.patch("serial.Serial", side_effect=failure)
    with pytest.raises(expected or NoReaderError) as caught:
        open_modem("COM9", QUICK)
    assert "COM9" in str(caught.value)
    assert "FileNotFoundError" not in str(caught.value)


def test_without_pyserial(mocker):
    mocker.patch.dict(sys.modules, {"serial": None})
    with pytest.raises(UsageError, match="pyserial") as caught:
        open_modem("/dev/ttyUSB9", QUICK)
    assert caught.value.hint == "install it with `pip install smartboot[modem]`"


@pytest.mark.parametrize(
    ("address", "device", "baud"),
    [
        ("/dev/ttyUSB2", "/dev/ttyUSB2", 115200),
        ("/dev/ttyUSB2@9600", "/dev/ttyUSB2", 9600),
        ("/dev/serial/by-id/a@b", "/dev/serial/by-id/a@b", 115200),
        ("/dev/serial/by-id/a@b@57600", "/dev/serial/by-id/a@b", 57600),
        ("COM3", "COM3", 115200),
    ],
)
def test_addresses(address, device, baud):
    assert split_address(address) == (device, baud)


@pytest.mark.parametrize("address", ["", "@9600", "/dev/x@1", "/dev/x@99999999", "a\0b"])
def test_bad_addresses(address):
    with pytest.raises(UsageError):
        split_address(address)


# -- the command line


def test_read_on_the_command_line_gives_what_the_virtual_card_gives():
    profile = PROFILES / "lwm2m-psk.yaml"
    expected = smartboot("-r", f"virtual:{profile}", "read", "--format", "json").json
    with simulated(VirtualCard(image_of("lwm2m-psk")), Habits(channel_commands=False)) as modem:
        outcome = smartboot("-r", f"modem:{modem.device}", "-v", "read", "--format", "json")
        assert outcome.status == 0
        found = outcome.json
        assert found["card"].pop("reader") == f"modem:{modem.device}"
        assert found["card"].pop("atr") == ""
    del expected["card"]["reader"], expected["card"]["atr"]
    assert found == expected
    assert "MANAGE" in outcome.err or "70 00 00" in outcome.err


@pytest.mark.parametrize("name", ["echo", "refuses channel commands, has sessions", "all at once"])
def test_write_on_the_command_line_goes_through_a_modem(name, tmp_path, monkeypatch):
    monkeypatch.setenv("ADM", "87654321")
    profile = PROFILES / "lwm2m-psk.yaml"
    other = tmp_path / "other.yaml"
    text = profile.read_text(encoding="utf-8")
    other.write_text(text.replace("harbor-cell-0417", "harbor-cell-0999"), encoding="utf-8")
    card = VirtualCard(with_adm(image_of("lwm2m-psk"), "87654321"))
    with simulated(card, replace(HABITS[name])) as modem:
        reader = f"modem:{modem.device}"
        written = smartboot(
            *("-r", reader, "write", str(other), "--adm", "env:ADM", "--yes", "--no-backup")
        )
        assert written.status == 0, written.err
        assert smartboot("-r", reader, "verify", str(other)).status == 0
        keys = [line for line in modem.lines if "3837363534333231" in line]
        assert modem.open_channels == [0]
    assert len(keys) == 1
    assert card.writes > 0
    assert "87654321" not in written.out + written.err


def with_adm(image, value: str):
    text = image.model_dump(mode="json", by_alias=True, exclude_none=True)
    for pin in text["pins"]:
        if pin["reference"] in (10, "0A"):
            pin["value"] = value
    return image_from_data(text)


@pytest.mark.parametrize(
    ("reader", "status"), [("modem:", 2), ("modem:/dev/x@1", 2), ("modem:/no/such/port", 3)]
)
def test_what_is_no_modem_on_the_command_line(reader, status):
    outcome = smartboot("-r", reader, "read")
    assert outcome.status == status
    assert outcome.err.startswith("error: ")
    assert outcome.out == ""
