"""The vpcd client against a reader driver played by the test, on loopback."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from smartboot.errors import TransportError, UsageError
from smartboot.virtual import VirtualCard
from smartboot.virtual.vpcd import SessionEnd, VpcdServer
from tests.support.virtualcards import sample_image

WAIT_S = 5.0
SELECT = bytes.fromhex("00A4000C022FE2")
READ = bytes.fromhex("00B000000A")
ICCID = bytes.fromhex("980100000000000000219000")


def frame(message: bytes) -> bytes:
    return len(message).to_bytes(2, "big") + message


class Driver:
    """Listens as vpcd does, and runs a server in a thread."""

    def __init__(self, card: VirtualCard | None = None, **options) -> None:
        self.card = card or VirtualCard(sample_image())
        self.exchanges: list = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(WAIT_S)
        self.port = self._listener.getsockname()[1]
        self.stop = threading.Event()
        self.end: SessionEnd | BaseException | None = None
        self.server = VpcdServer(
            self.card, port=self.port, on_exchange=self.exchanges.append, retry_s=0.01
        )
        self._thread = threading.Thread(target=self._serve, kwargs=options, daemon=True)
        self._thread.start()
        self.socket, _ = self._listener.accept()
        self.socket.settimeout(WAIT_S)

    def _serve(self, **options) -> None:
        try:
            self.end = self.server.serve(self.stop, **options)
        except BaseException as error:
            self.end = error

    def send(self, *messages: bytes) -> None:
        self.socket.sendall(b"".join(map(frame, messages)))

    def receive(self) -> bytes:
        size = int.from_bytes(self._take(2), "big")
        return self._take(size)

    def _take(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            chunk = self.socket.recv(count - len(data))
            if not chunk:
                raise EOFError
            data += chunk
        return data

    def ask(self, message: bytes) -> bytes:
        self.send(message)
        return self.receive()

    def finish(self) -> SessionEnd | BaseException | None:
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()
        return self.end

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.socket.close()
        self._listener.close()
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()


def test_the_order_in_which_a_driver_starts():
    with Driver() as driver:
        atr = driver.card.atr
        assert driver.ask(b"\x04") == atr
        assert driver.ask(b"\x04") == atr
        driver.send(b"\x01")
        assert driver.ask(b"\x04") == atr
        driver.send(b"\x00")
        assert driver.ask(b"\x04") == atr
        driver.send(b"\x01")
        assert driver.ask(SELECT) == b"\x90\x00"
        assert driver.ask(READ) == ICCID
        driver.send(b"\x02")
        assert driver.ask(b"\x04") == atr
        assert driver.ask(READ) == b"\x69\x86"
        driver.stop.set()
        assert driver.finish() is SessionEnd.STOPPED
        assert not driver.server.connected
        assert [exchange.command for exchange in driver.exchanges] == [SELECT, READ, READ]


def test_frames_that_come_together():
    with Driver() as driver:
        driver.socket.sendall(
            frame(b"\x01") + frame(b"\x02") + frame(b"\x04") + frame(SELECT) + frame(READ)
        )
        assert driver.receive() == driver.card.atr
        assert driver.receive() == b"\x90\x00"
        assert driver.receive() == ICCID


def test_frames_that_come_byte_by_byte():
    with Driver() as driver:
        driver.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in frame(b"\x04") + frame(SELECT) + frame(READ):
            driver.socket.sendall(bytes((byte,)))
            time.sleep(0.001)
        assert driver.receive() == driver.card.atr
        assert driver.receive() == b"\x90\x00"
        assert driver.receive() == ICCID


def test_a_command_split_across_a_poll():
    with Driver() as driver:
        message = frame(SELECT)
        driver.socket.sendall(message[:4])
        time.sleep(0.3)
        driver.socket.sendall(message[4:])
        assert driver.receive() == b"\x90\x00"


def test_what_the_driver_does_not_send_is_ignored():
    with Driver() as driver:
        driver.send(b"", b"\x03", b"\x77")
        assert driver.ask(b"\x04") == driver.card.atr
        assert driver.ask(b"\x00\xa4") == b"\x67\x00"


def test_apdus_as_vpcd_passes_them_on():
    """Case 4 with its Le, and four bytes: unchanged on T=0 too."""
    with Driver() as driver:
        answer = driver.ask(bytes.fromhex("00A40004022FE200"))
        assert answer[0] == 0x61
        assert driver.ask(bytes((0, 0xC0, 0, 0, answer[1])))[-2:] == b"\x90\x00"
        assert driver.ask(bytes.fromhex("00200001")) == b"\x63\xc3"


def test_hanging_up_ends_the_session_and_powers_off():
    with Driver() as driver:
        driver.ask(SELECT)
        assert driver.card.powered
        driver.socket.close()
        assert driver.finish() is SessionEnd.DISCONNECTED
        assert not driver.card.powered


def test_once_ends_after_a_session_with_commands():
    with Driver(once=True) as driver:
        driver.send(b"\x01", b"\x00", b"\x01")
        assert driver.ask(SELECT) == b"\x90\x00"
        driver.send(b"\x00")
        assert driver.finish() is SessionEnd.POWERED_OFF
        assert driver.socket.recv(1) == b""


def test_a_removed_card_leaves_the_slot():
    with Driver() as driver:
        driver.ask(SELECT)
        driver.card.faults.remove_after = driver.card.tpdus
        driver.send(READ)
        assert driver.socket.recv(1) == b""
        assert driver.finish() is SessionEnd.REMOVED
        assert driver.card.log[-1].command == SELECT


def test_a_card_taken_out_between_commands_is_noticed():
    with Driver() as driver:
        driver.card.remove()
        driver.send(b"\x04")
        assert driver.finish() is SessionEnd.REMOVED


def test_a_mute_card_does_not_block_the_slot_for_ever():
    card = VirtualCard(sample_image())
    card.faults.mute = True
    with Driver(card) as driver:
        driver.send(b"\x04")
        assert driver.finish() is SessionEnd.MUTE


def test_key_data_does_not_reach_the_callback():
    with Driver() as driver:
        driver.ask(bytes.fromhex("0020000A083837363534333231"))
        driver.ask(b"\x04")
        assert driver.exchanges[0].command == bytes.fromhex("0020000A08" + "00" * 8)


def test_nothing_listens_there():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = VpcdServer(VirtualCard(sample_image()), port=port, connect_tries=3, retry_s=0.01)
    started = time.monotonic()
    with pytest.raises(TransportError, match=f"127.0.0.1:{port}") as caught:
        server.serve()
    assert time.monotonic() - started < WAIT_S
    assert "pcscd" in (caught.value.hint or "")
    server.close()


def test_a_stop_ends_the_wait_for_a_driver():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    stop = threading.Event()
    stop.set()
    server = VpcdServer(VirtualCard(sample_image()), port=port, connect_tries=100, retry_s=5.0)
    with pytest.raises(TransportError):
        server.serve(stop)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_ports(port):
    with pytest.raises(UsageError):
        VpcdServer(VirtualCard(sample_image()), port=port)


def test_the_card_can_come_back_to_the_slot():
    with Driver() as driver:
        driver.ask(SELECT)
        driver.socket.close()
        driver.finish()
        with VpcdServer(driver.card, port=driver.port) as again:
            again.connect()
            again.connect()
            assert again.connected
            other, _ = driver._listener.accept()
            other.close()
        assert not again.connected
