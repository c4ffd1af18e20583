"""Cards that listen, several at once, and the options of emulate; the test plays the driver."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smartboot.errors import TransportError
from smartboot.image import load_image
from smartboot.virtual import PERSONALITIES, VirtualCard, make_card, scenario_from_data
from smartboot.virtual.scenario import scenario_from_text
from smartboot.virtual.slots import serve_slots
from smartboot.virtual.vpcd import SessionEnd, VpcdServer
from tests.support.cli import PROFILES
from tests.support.virtualcards import sample_image

LIMIT_S = 10.0
SELECT = bytes.fromhex("00A4000C022FE2")
READ = bytes.fromhex("00B000000A")
PAGE = Path(__file__).parent.parent / "docs" / "emulator.md"


def free_port(count: int = 1) -> int:
    """The first of so many ports in a row that nobody has."""
    for base in range(21000, 31000, 16):
        try:
            for port in range(base, base + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return base
    raise AssertionError("no free ports")


class Driver:
    """The other end of a connection: sends messages, takes answers."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.socket.settimeout(LIMIT_S)

    def ask(self, message: bytes) -> bytes:
        self.tell(message)
        return self._take(int.from_bytes(self._take(2), "big"))

    def tell(self, message: bytes) -> None:
        self.socket.sendall(len(message).to_bytes(2, "big") + message)

    def _take(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            chunk = self.socket.recv(count - len(data))
            if not chunk:
                raise EOFError
            data += chunk
        return data

    def close(self) -> None:
        self.socket.close()


def connect(port: int) -> Driver:
    return Driver(socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S))


def run(call: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """A call in a thread; what came out of it, or the error, is in the list at the end."""
    result: list[object] = []

    def work() -> None:
        try:
            result.append(call())
        except Exception as error:
            result.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread, result


def join(thread: threading.Thread) -> None:
    thread.join(LIMIT_S)
    assert not thread.is_alive()


def test_a_card_that_listens_takes_one_driver_after_another() -> None:
    card = VirtualCard(sample_image())
    with VpcdServer(card, port=free_port(), listen=True) as server:
        server.start_listening()
        port = server._address[1]
        for _ in range(2):
            thread, result = run(server.serve)
            driver = connect(port)
            assert driver.ask(b"\x04") == card.atr
            assert driver.ask(SELECT) == b"\x90\x00"
            driver.close()
            join(thread)
            assert result == [SessionEnd.DISCONNECTED]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_nobody_comes() -> None:
    server = VpcdServer(
        VirtualCard(sample_image()), port=free_port(), listen=True, connect_tries=1, retry_s=0.05
    )
    with server, pytest.raises(TransportError, match="no vpcd reader driver came"):
        server.connect()


def test_a_stop_ends_the_wait_for_a_driver() -> None:
    stop = threading.Event()
    server = VpcdServer(
        VirtualCard(sample_image()), port=free_port(), listen=True, connect_tries=10**9
    )
    thread, result = run(
        lambda: serve_slots([server], stop, on_start=lambda n: None, on_end=lambda n, e: None)
    )
    time.sleep(0.05)
    stop.set()
    join(thread)
    assert result == [None]


def test_each_slot_has_its_own_card() -> None:
    base = free_port(3)
    cards = [
        make_card(sample_image(), scenario_from_data({"flips": [{"file": "2FE2", "byte": n}]}))
        for n in range(3)
    ]
    servers = [
        VpcdServer(card, port=base + n, listen=True, connect_tries=10**9)
        for n, card in enumerate(cards)
    ]
    for server in servers:
        server.start_listening()
    stop = threading.Event()
    ends: list[tuple[int, SessionEnd]] = []
    thread, result = run(
        lambda: serve_slots(
            servers, stop, on_start=lambda n: None, on_end=lambda n, e: ends.append((n, e))
        )
    )
    drivers = [connect(base + n) for n in range(3)]
    for driver in drivers:
        assert driver.ask(SELECT) == b"\x90\x00"
    plain = bytes.fromhex("98010000000000000021")
    for n, driver in enumerate(drivers):
        wanted = bytearray(plain)
        wanted[n] ^= 1
        assert driver.ask(READ) == bytes(wanted) + b"\x90\x00"
    # A card that leaves does not disturb the others.
    cards[1].remove()
    drivers[1].tell(READ)
    assert drivers[1].socket.recv(1) == b""
    assert drivers[0].ask(READ)[-2:] == b"\x90\x00"
    stop.set()
    join(thread)
    assert result == [None]
    assert sorted(ends) == [
        (0, SessionEnd.STOPPED),
        (1, SessionEnd.REMOVED),
        (2, SessionEnd.STOPPED),
    ]
    for driver in drivers:
        driver.close()


def test_an_error_of_one_slot_stops_all() -> None:
    base = free_port(2)
    with socket.create_server(("127.0.0.1", base + 1)):
        cards = [VirtualCard(sample_image()) for _ in range(2)]
        servers = [
            VpcdServer(card, port=base + n, listen=True, connect_tries=10**9)
            for n, card in enumerate(cards)
        ]
        stop = threading.Event()
        with pytest.raises(TransportError, match="cannot listen"):
            serve_slots(servers, stop, on_start=lambda n: None, on_end=lambda n, e: None)
    assert stop.is_set()


# -- emulate, as a process ------------------------------------------------------------------------


@contextlib.contextmanager
def emulate(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """``smartboot emulate`` of a shipped profile, killed when the test fails."""
    program = [sys.executable, "-m", "smartboot", "emulate", str(PROFILES / "lwm2m-psk.yaml")]
    with subprocess.Popen(
        [*program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def accept(listener: socket.socket) -> Driver:
    listener.settimeout(LIMIT_S)
    return Driver(listener.accept()[0])


def test_emulate_with_all_there_is(tmp_path: Path) -> None:
    scenario, saved = tmp_path / "s.yaml", tmp_path / "card.yaml"
    scenario.write_text(
        "schema: smartboot/scenario/1\n"
        "wire: {ta1: '11', command_ms: 5}\n"
        "faults:\n  - {ins: B0, nth: 2, status: '6400'}\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        with emulate(
            *("--port", port, "--scenario", str(scenario), "--personality", "no-channels"),
            *("--ta1", "96", "--endurance", "9", "--save", str(saved), "--once"),
        ) as process:
            driver = accept(listener)
            driver.tell(b"\x01")
            assert driver.ask(bytes.fromhex("0070000001")) == b"\x68\x81"
            assert driver.ask(SELECT) == b"\x90\x00"
            assert driver.ask(READ)[-2:] == b"\x90\x00"
            assert driver.ask(READ) == b"\x64\x00"
            driver.tell(b"\x00")
            _, err = process.communicate(timeout=LIMIT_S)
            driver.close()
    assert process.returncode == 0
    # 7, 10, 18 and 7 bytes at 48 µs, 4 × 5 ms, and the answer to reset at the default rate.
    found = re.search(r"4 commands, 42 bytes, (\d\.\d{3}) s of the card's time, 0 updates", err)
    assert found, err
    assert 0.040 < float(found[1]) < 0.060
    assert load_image(saved).card.channels == 1


def test_emulate_falls_silent_and_says_so() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        emulate("--port", str(listener.getsockname()[1]), "--mute-after", "1") as process,
    ):
        driver = accept(listener)
        assert driver.ask(SELECT) == b"\x90\x00"
        driver.tell(READ)
        assert driver.socket.recv(1) == b""
        _, err = process.communicate(timeout=LIMIT_S)
        driver.close()
    assert process.returncode == 0
    assert "the card does not answer" in err


@pytest.mark.parametrize("option", [("--etu", "1000"), ("--ta1", "11", "--real-time")], ids=str)
def test_emulate_in_real_time(option: tuple[str, ...]) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        emulate("--port", str(listener.getsockname()[1]), *option) as process,
    ):
        driver = accept(listener)
        started = time.monotonic()
        assert driver.ask(SELECT) == b"\x90\x00"
        driver.ask(READ)
        # 28 bytes, and 14 of the answer to reset: a byte is 12 units of 93 µs or 1 ms.
        least = 0.046 if option[0] == "--ta1" else 0.5
        assert time.monotonic() - started >= least
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LIMIT_S)
        driver.close()
    assert process.returncode == 0


# -- the page -------------------------------------------------------------------------------------


def test_the_scenario_in_the_docs_is_one() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    scenario = scenario_from_text(text)
    assert len(scenario.faults) == 3


def test_the_docs_name_every_personality() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in PERSONALITIES if f"`{name}`" not in page] == []
