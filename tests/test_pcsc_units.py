"""PC/SC without a stack: result codes, selection, limits, and what no virtual reader can do."""

from __future__ import annotations

import gc
import sys
import threading
import time

import pytest

from smartboot.errors import (
    CardMuteError,
    CardRemovedError,
    NoCardError,
    NoReaderError,
    ReaderBusyError,
    ServiceError,
    SmartbootError,
    TransportError,
    UsageError,
)
from smartboot.transport.base import CardProtocol
from smartboot.transport.bounded import OverdueError, Worker
from smartboot.transport.pcsc import Limits, list_readers, open_by_iccid, open_reader
from smartboot.transport.pcsc_errors import Phase, ResultCode, error_for
from smartboot.transport.readers import ReaderStatus, choose_reader
from smartboot.transport.winscard import Winscard

Code = ResultCode
READER = "Acme CR-1 00 00"


# Result codes ------------------------------------------------------------------------------------

MEANINGS = [
    (Code.E_NO_SMARTCARD, Phase.CONNECT, NoCardError),
    (Code.W_REMOVED_CARD, Phase.CONNECT, NoCardError),
    (Code.E_NO_SMARTCARD, Phase.EXCHANGE, CardRemovedError),
    (Code.W_REMOVED_CARD, Phase.EXCHANGE, CardRemovedError),
    (Code.W_REMOVED_CARD, Phase.RESET, CardRemovedError),
    (Code.E_READER_UNAVAILABLE, Phase.EXCHANGE, CardRemovedError),
    (Code.E_UNKNOWN_READER, Phase.EXCHANGE, CardRemovedError),
    (Code.E_READER_UNAVAILABLE, Phase.CONNECT, NoReaderError),
    (Code.E_UNKNOWN_READER, Phase.CONNECT, NoReaderError),
    (Code.E_NO_READERS_AVAILABLE, Phase.LIST, NoReaderError),
    (Code.W_UNRESPONSIVE_CARD, Phase.CONNECT, CardMuteError),
    (Code.W_UNRESPONSIVE_CARD, Phase.EXCHANGE, CardMuteError),
    (Code.W_UNSUPPORTED_CARD, Phase.CONNECT, CardMuteError),
    (Code.W_UNPOWERED_CARD, Phase.CONNECT, CardMuteError),
    (Code.E_NOT_TRANSACTED, Phase.EXCHANGE, CardMuteError),
    (Code.E_COMM_DATA_LOST, Phase.EXCHANGE, CardMuteError),
    (Code.E_SHARING_VIOLATION, Phase.CONNECT, ReaderBusyError),
    (Code.E_NO_SERVICE, Phase.LIST, ServiceError),
    (Code.E_SERVICE_STOPPED, Phase.EXCHANGE, ServiceError),
    (Code.E_INVALID_HANDLE, Phase.EXCHANGE, ServiceError),
    (Code.F_COMM_ERROR, Phase.EXCHANGE, ServiceError),
    (Code.E_SYSTEM_CANCELLED, Phase.LIST, ServiceError),
    (Code.W_SECURITY_VIOLATION, Phase.LIST, ServiceError),
    (Code.W_SECURITY_VIOLATION, Phase.CONNECT, ServiceError),
    (Code.W_RESET_CARD, Phase.EXCHANGE, TransportError),
    (Code.W_UNPOWERED_CARD, Phase.EXCHANGE, TransportError),
    (Code.E_PROTO_MISMATCH, Phase.CONNECT, TransportError),
    (Code.F_INTERNAL_ERROR, Phase.EXCHANGE, TransportError),
    (0x8010FFFF, Phase.EXCHANGE, TransportError),
]


@pytest.mark.parametrize(
    ("code", "phase", "kind"), MEANINGS, ids=lambda value: getattr(value, "name", None)
)
def test_result_code_becomes_our_error(code, phase, kind):
    error = error_for(code, phase, READER)
    assert type(error) is kind
    assert error.exit_status == 3
    assert error.hint
    assert "\n" not in str(error)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("code", ResultCode)
def test_every_code_in_every_phase_says_something(code, phase):
    error = error_for(code, phase, READER)
    assert error.message
    assert error.hint


def test_reset_by_others_says_that_the_state_is_lost():
    message = str(error_for(Code.W_RESET_CARD, Phase.EXCHANGE, READER))
    assert "reset by another program" in message
    assert "PIN states are lost" in message


def test_codes_are_those_of_pyscard():
    scard = pytest.importorskip("smartcard.scard")
    for code in ResultCode:
        assert getattr(scard, f"SCARD_{code.name}") & 0xFFFFFFFF == code


# Selection ---------------------------------------------------------------------------------------

READERS = [
    ReaderStatus(0, "Acme CR-1 00 00"),
    ReaderStatus(1, "Acme CR-1 00 01", card_present=True),
    ReaderStatus(2, "Other [Straße] 01 00", card_present=True),
    ReaderStatus(3, "Acme CR-1 00 01 (2)", card_present=True),
]


@pytest.mark.parametrize(
    ("selector", "index"),
    [
        (None, 1),
        ("pcsc:0", 0),
        ("pcsc:3", 3),
        ("pcsc:002", 2),
        ("pcsc: other", 2),
        ("pcsc:STRASSE", 2),
        ("pcsc:(2)", 3),
        ("pcsc:acme cr-1 00 01", 1),
    ],
)
def test_selector_finds_its_reader(selector, index):
    assert choose_reader(READERS, selector).index == index


@pytest.mark.parametrize(
    ("selector", "kind", "told"),
    [
        ("pcsc:acme", UsageError, "pcsc:0 'Acme CR-1 00 00', pcsc:1 'Acme CR-1 00 01', pcsc:3"),
        ("pcsc:4", NoReaderError, "pcsc:3 'Acme"),
        ("pcsc:" + "9" * 5000, NoReaderError, "no reader fits"),
        ("pcsc:-1", UsageError, "fits more than one"),
        ("pcsc:nothing", NoReaderError, "'pcsc:nothing'"),
        ("pcsc:", UsageError, "names no PC/SC reader"),
        ("pcsc:  ", UsageError, "names no PC/SC reader"),
        ("modem:/dev/ttyUSB0", UsageError, "names no PC/SC reader"),
        ("", UsageError, "names no PC/SC reader"),
    ],
)
def test_selector_that_finds_none_or_many(selector, kind, told):
    with pytest.raises(SmartbootError) as caught:
        choose_reader(READERS, selector)
    assert type(caught.value) is kind
    assert told in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("selector", [None, "pcsc:0", "pcsc:acme"])
def test_no_reader_at_all(selector):
    with pytest.raises(NoReaderError, match="no smart card reader is connected"):
        choose_reader([], selector)


def test_no_card_in_any_reader():
    with pytest.raises(NoCardError, match="Acme CR-1 00 00"):
        choose_reader(READERS[:1], None)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (ReaderStatus(0, "r"), "no card"),
        (ReaderStatus(0, "r", True), "card"),
        (ReaderStatus(0, "r", True, in_use=True), "card, in use"),
        (ReaderStatus(0, "r", True, exclusive=True), "card, held by another program"),
        (ReaderStatus(0, "r", True, mute=True), "card does not answer"),
    ],
)
def test_state_in_words(status, state):
    assert status.state == state


# Limits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "limits"),
    [(None, (10, 20)), ("", (10, 20)), ("  ", (10, 20)), ("0.5", (0.5, 0.5)), (" 60 ", (60, 60))],
)
def test_limits_from_the_environment(text, limits):
    environment = {} if text is None else {"SMARTBOOT_TIMEOUT": text}
    found = Limits.from_environment(environment)
    assert (found.connect_s, found.transmit_s) == limits


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "soon", "3601", "1e400"])
def test_limits_refuse_nonsense(text):
    with pytest.raises(UsageError, match="SMARTBOOT_TIMEOUT"):
        Limits.from_environment({"SMARTBOOT_TIMEOUT": text})


# The worker --------------------------------------------------------------------------------------


def test_worker_returns_raises_and_cleans_up():
    cleaned = threading.Event()
    worker = Worker("test", cleaned.set)
    assert worker.call(lambda: 6 * 7, 5) == 42
    with pytest.raises(ZeroDivisionError):
        worker.call(lambda: 1 // 0, 5)
    assert worker.call(threading.get_ident, 5) != threading.get_ident()
    assert not cleaned.is_set()
    assert worker.stop(5)
    assert cleaned.is_set()
    assert worker.stop(5)
    with pytest.raises(OverdueError):
        worker.call(lambda: 1, 5)


def test_overdue_worker_is_given_up_and_cleans_up_later():
    cleaned, go_on = threading.Event(), threading.Event()
    worker = Worker("test", cleaned.set)
    with pytest.raises(OverdueError, match=r"within 0\.05 s"):
        worker.call(go_on.wait, 0.05)
    assert worker.ended
    start = time.monotonic()
    worker.stop(5)
    assert time.monotonic() - start < 1
    assert not cleaned.is_set()
    go_on.set()
    assert cleaned.wait(5)


def test_forgotten_worker_ends():
    cleaned = threading.Event()
    worker = Worker("test", cleaned.set)
    assert worker.call(lambda: 1, 5) == 1
    del worker
    gc.collect()
    assert cleaned.wait(5)


# A service made of Python ------------------------------------------------------------------------


class FakeScard:
    """``smartcard.scard`` with one reader; ``results`` overrides the next results of a call."""

    SCARD_PCI_T0 = 1
    SCARD_PCI_T1 = 2

    def __init__(self) -> None:
        self.results: dict[str, list[int]] = {}
        self.readers = [READER]
        self.calls: list[str] = []
        self.answer = [0x90, 0x00]
        self.protocol = 1
        self.state = 0x00030022  # present, changed, and three in the event counter

    def _code(self, call: str) -> int:
        self.calls.append(call)
        queue = self.results.get(call, [])
        code = queue.pop(0) if queue else 0
        # Signed, as on platforms where a long has 32 bits.
        return code - (1 << 32) if code >> 31 else code

    def SCardEstablishContext(self, scope):
        return self._code("establish"), 1

    def SCardReleaseContext(self, context):
        return self._code("release")

    def SCardListReaders(self, context, groups):
        return self._code("list"), self.readers

    def SCardGetStatusChange(self, context, timeout, states):
        answer = [(name, self.state, [0x3B, 0x00]) for name, _ in states]
        return self._code("status"), answer

    def SCardConnect(self, context, reader, mode, protocols):
        assert (mode, protocols) == (1, 3)
        return self._code("connect"), 7, self.protocol

    def SCardReconnect(self, card, mode, protocols, disposition):
        assert (mode, disposition) == (1, 1)
        return self._code("reconnect"), self.protocol

    def SCardDisconnect(self, card, disposition):
        return self._code(f"disconnect {disposition}")

    def SCardStatus(self, card):
        return self._code("card status"), READER, 0, self.protocol, [0x3B, 0x00]

    def SCardTransmit(self, card, pci, command):
        assert pci == self.protocol
        return self._code("transmit"), self.answer


@pytest.fixture
def scard(mocker):
    fake = FakeScard()
    mocker.patch.dict(sys.modules, {"smartcard.scard": fake})
    return fake


def test_everything_is_given_back(scard):
    with open_reader() as connection:
        assert connection.transmit(bytes(5)).sw == 0x9000
    assert scard.calls[-3:] == ["transmit", "disconnect 2", "release"]
    assert scard.calls.count("establish") == 1


@pytest.mark.parametrize("call", ["establish", "list", "status", "connect"])
@pytest.mark.parametrize("code", [Code.E_SERVICE_STOPPED, Code.E_INVALID_HANDLE])
def test_stale_context_is_renewed_once(scard, call, code):
    scard.results[call] = [code]
    open_reader().close()
    assert scard.calls.count("establish") == 2
    scard.results[call] = [code, code]
    with pytest.raises(ServiceError):
        open_reader()
    refused = 3 if call == "establish" else 0
    assert scard.calls.count("release") == scard.calls.count("establish") - refused


def test_nothing_is_repeated_in_a_running_connection(scard):
    with open_reader() as connection:
        scard.results["transmit"] = [Code.E_SERVICE_STOPPED]
        with pytest.raises(ServiceError):
            connection.transmit(bytes(5))
        with pytest.raises(ServiceError):
            connection.transmit(bytes(5))
        with pytest.raises(ServiceError):
            connection.reset()
    assert scard.calls.count("transmit") == 1
    assert scard.calls.count("establish") == 1


def test_card_reset_by_others_needs_a_reset_of_ours(scard):
    with open_reader() as connection:
        scard.results["transmit"] = [Code.W_RESET_CARD]
        for _ in range(2):
            with pytest.raises(TransportError, match="reset by another program"):
                connection.transmit(bytes(5))
        assert scard.calls.count("transmit") == 1
        assert connection.reset() == b"\x3b\x00"
        assert connection.transmit(bytes(5)).sw == 0x9000


def test_broken_exchange_with_the_card_still_there(scard, mocker):
    mocker.patch("smartboot.transport.pcsc_session._LOOK_S", 0.05)
    with open_reader() as connection:
        for answer, code in (([0x90], 0), ([], 0), ([0x90, 0], Code.E_NOT_TRANSACTED)):
            scard.answer, scard.results["transmit"] = answer, [code]
            with pytest.raises(CardMuteError, match="broke off"):
                connection.transmit(bytes(5))
            connection.reset()
        scard.answer = [0x90, 0]
        assert connection.transmit(bytes(5)).sw == 0x9000


def test_reader_unplugged_in_the_middle(scard):
    with open_reader() as connection:
        scard.results["transmit"] = [Code.E_NOT_TRANSACTED]
        scard.results["status"] = [Code.E_UNKNOWN_READER]
        with pytest.raises(CardRemovedError):
            connection.transmit(bytes(5))


def test_reader_unplugged_between_list_and_state(scard):
    scard.results["status"] = [Code.E_UNKNOWN_READER]
    assert [reader.name for reader in list_readers()] == [READER]
    scard.results["status"] = [Code.E_UNKNOWN_READER] * 2
    with pytest.raises(NoReaderError):
        list_readers()


def test_polkit_in_the_way(scard):
    scard.results["establish"] = [Code.W_SECURITY_VIOLATION]
    with pytest.raises(ServiceError, match="polkit") as caught:
        list_readers()
    assert "doctor" in (caught.value.hint or "")


def test_no_readers_is_an_empty_list(scard):
    scard.results["list"] = [Code.E_NO_READERS_AVAILABLE] * 2
    assert list_readers() == []
    with pytest.raises(NoReaderError):
        open_reader()


def test_state_bits(scard):
    scard.state = 0x00050000 | 0x0020 | 0x0080 | 0x0100 | 0x0200
    (status,) = list_readers()
    assert status == ReaderStatus(0, READER, True, b"\x3b\x00", True, True, True)
    scard.state = 0x0010
    assert list_readers() == [ReaderStatus(0, READER)]


def test_protocol_t1(scard):
    scard.protocol = 2
    with open_reader() as connection:
        assert connection.protocol is CardProtocol.T1
        assert repr(connection) == f"<PcscConnection '{READER}' T=1>"
    assert repr(connection) == f"<PcscConnection '{READER}' closed>"


def test_secret_commands_stay_out_of_errors(scard):
    secret = b"\x00\x20\x00\x0a\x0812345678"
    with open_reader() as connection:
        scard.results["transmit"] = [Code.F_INTERNAL_ERROR]
        with pytest.raises(TransportError) as caught:
            connection.transmit(secret)
    text = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.hint}"
    assert "12345678" not in text
    assert secret.hex() not in text


def test_pyscard_missing(mocker):
    mocker.patch.dict(sys.modules, {"smartcard.scard": None})
    with pytest.raises(ServiceError, match="pyscard") as caught:
        list_readers()
    assert "install pyscard" in (caught.value.hint or "")


@pytest.mark.parametrize("digits", ["", "89x", "8" * 21, "٨٩"])
def test_iccid_of_digits_only(digits):
    with pytest.raises(UsageError, match="no ICCID"):
        open_by_iccid(digits, lambda connection: None)


def test_iccid_of_a_card_that_cannot_be_read(scard):
    notes: list[str] = []

    def identify(connection):
        raise CardMuteError("it does not answer")

    with pytest.raises(NoCardError, match="it does not answer"):
        open_by_iccid("8988", identify, note=notes.append)
    assert len(notes) == 1
    assert scard.calls.count("connect") == scard.calls.count("disconnect 2")


def test_iccid_search_gives_the_card_back_after_a_bug(scard):
    def identify(connection):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        open_by_iccid("8988", identify)
    assert scard.calls.count("connect") == scard.calls.count("disconnect 2")


# One table of readers for the process ------------------------------------------------------------


class OneTable:
    """PC/SC calls that notice when two of those that share a table run at the same time."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0

    def _read(self) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        time.sleep(0.002)
        self.inside -= 1

    def SCardListReaders(self, context: int, groups: list[str]) -> tuple[int, list[str]]:
        self._read()
        return 0, [READER]

    def SCardGetStatusChange(
        self, context: int, limit: int, asked: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        self._read()
        return 0, [(READER, 0, [])]

    def SCardStatus(self, card: int) -> tuple[int, str, int, int, list[int]]:
        self._read()
        return 0, READER, 0, 0, [0x3B]


def test_calls_that_share_the_table_of_readers_take_turns():
    api = OneTable()
    calls = Winscard(api)
    work = (lambda: calls.list_readers(1), lambda: calls.status(1, [READER]), lambda: calls.atr(1))
    threads = [threading.Thread(target=job) for job in work * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert api.most == 1
