"""A virtual card in the slot of pcscd's vpcd driver, seen by every PC/SC program.

Protocol (vsmartcard): vpcd listens on TCP, the card connects; in reversed mode (DEVICENAME
host:port) the card listens and vpcd connects. Every message either way is a two-byte big-endian
length and the bytes. Messages of one byte are control: 00 off, 01 on, 02 reset, 04 ATR wanted;
longer ones are commands. Closing the connection removes the card.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import Self

from smartboot.errors import CardMuteError, CardRemovedError, TransportError, UsageError
from smartboot.virtual.card import Exchange, VirtualCard

__all__ = ["DEFAULT_PORT", "SessionEnd", "VpcdServer"]

DEFAULT_PORT = 35963
"""0x8C7B; the driver's second slot is one above."""

_POWER_OFF, _POWER_ON, _RESET, _GET_ATR = 0x00, 0x01, 0x02, 0x04
_HEADER = 2
_POLL_S = 0.2
_SEND_TIMEOUT_S = 10.0
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)


class SessionEnd(StrEnum):
    """Why serving ended."""

    STOPPED = "stopped"
    DISCONNECTED = "the reader driver closed the connection"
    REMOVED = "the card was removed"
    MUTE = "the card does not answer"
    POWERED_OFF = "the first session ended"


class VpcdServer:
    """Serves one ``VirtualCard`` in one vpcd slot.

    ``connect_tries`` and ``retry_s`` bound the wait for something to listen on the port. With
    ``listen`` the card waits at the port for vpcd to connect, ``connect_tries`` times
    ``retry_s`` long; whoever can reach the port can use the card.
    ``on_exchange`` is called after each command, with key data blanked. Use as a context manager,
    or call ``close``.
    """

    def __init__(
        self,
        card: VirtualCard,
        host: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        *,
        connect_tries: int = 10,
        retry_s: float = 0.5,
        connect_timeout_s: float = 3.0,
        on_exchange: Callable[[Exchange], None] | None = None,
        listen: bool = False,
    ) -> None:
        if not 1 <= port <= 0xFFFF:
            raise UsageError(f"{port} is no TCP port")
        self._card = card
        self._address = (host, port)
        self._connect_tries = max(1, connect_tries)
        self._retry_s = retry_s
        self._connect_timeout_s = connect_timeout_s
        self._on_exchange = on_exchange
        self._listen = listen
        self._listener: socket.socket | None = None
        self._socket: socket.socket | None = None
        self._buffer = bytearray()
        self._used = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        self.stop_listening()

    @property
    def connected(self) -> bool:
        """Whether the card is in the slot."""
        return self._socket is not None

    def connect(self, stop: threading.Event | None = None) -> None:
        """Put the card into the slot. Errors: TransportError when nothing listens there, or when
        nobody comes."""
        if self._socket is not None:
            return
        stop = stop or threading.Event()
        if self._listen:
            self._accept(stop)
            return
        host, port = self._address
        reason = "stopped"
        for attempt in range(self._connect_tries):
            if attempt and stop.wait(self._retry_s):
                break
            try:
                connection = socket.create_connection(
                    self._address, timeout=self._connect_timeout_s
                )
            except OSError as error:
                reason = error.strerror or str(error) or type(error).__name__
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = connection
            self._buffer.clear()
            return
        raise TransportError(
            f"no vpcd reader driver at {host}:{port}: {reason}",
            hint="is pcscd running with the vpcd driver (package vsmartcard-vpcd)?",
        )

    def start_listening(self) -> None:
        """Open the port at which vpcd is waited for; nothing if it is open.

        Errors: TransportError when the port is taken.
        """
        if self._listener is not None:
            return
        try:
            self._listener = socket.create_server(self._address, backlog=1)
        except OSError as error:
            host, port = self._address
            reason = error.strerror or type(error).__name__
            raise TransportError(
                f"cannot listen at {host}:{port}: {reason}", hint="choose another --port"
            ) from error
        self._listener.settimeout(_POLL_S)

    def stop_listening(self) -> None:
        """Close the port; a card in a slot stays there. May be called twice."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()

    def _accept(self, stop: threading.Event) -> None:
        self.start_listening()
        assert self._listener is not None
        end = time.monotonic() + self._connect_tries * self._retry_s
        while not stop.is_set() and time.monotonic() < end:
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError as error:
                reason = error.strerror or type(error).__name__
                raise TransportError(f"the wait for vpcd ended: {reason}") from error
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = connection
            self._buffer.clear()
            return
        host, port = self._address
        raise TransportError(
            f"no vpcd reader driver came to {host}:{port}",
            hint=f"is there a reader entry with DEVICENAME {host}:{port}, and pcscd running?",
        )

    def serve(self, stop: threading.Event | None = None, *, once: bool = False) -> SessionEnd:
        """Answer the reader until ``stop`` is set, the card is removed or vpcd hangs up.

        ``once``: also until the power goes off after at least one command. The connection is
        closed at the end. Errors: TransportError.
        """
        stop = stop or threading.Event()
        self.connect(stop)
        self._used = False
        try:
            while True:
                message = self._receive(stop)
                if isinstance(message, SessionEnd):
                    return message
                if len(message) > 1:
                    self._command(message)
                elif message:
                    self._control(message[0])
                    if once and self._used and message[0] == _POWER_OFF:
                        return SessionEnd.POWERED_OFF
        except CardRemovedError:
            return SessionEnd.REMOVED
        except CardMuteError:
            # The driver waits for an answer without limit: a mute card leaves the slot instead.
            return SessionEnd.MUTE
        finally:
            self.close()

    def close(self) -> None:
        """Take the card out of the slot. May be called twice."""
        connection, self._socket = self._socket, None
        if connection is None:
            return
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()
        self._card.power_off()

    def _control(self, code: int) -> None:
        if code == _POWER_OFF:
            self._card.power_off()
        elif code in (_POWER_ON, _RESET):
            self._card.reset()
        elif code == _GET_ATR:
            # The driver asks about once a second to see whether the card is still there.
            if self._card.faults.mute:
                raise CardMuteError("the virtual card does not answer")
            if not self._card.present:
                raise CardRemovedError("the virtual card was removed")
            self._send(self._card.atr)

    def _command(self, command: bytes) -> None:
        self._used = True
        response = self._card.transmit(command)
        self._send(response)
        if self._on_exchange is not None:
            self._on_exchange(self._card.log[-1])

    def _receive(self, stop: threading.Event) -> bytes | SessionEnd:
        """The next whole message: one recv may bring a part of one, or several."""
        connection = self._open()
        connection.settimeout(_POLL_S)
        buffer = self._buffer
        while True:
            if len(buffer) >= _HEADER:
                end = _HEADER + int.from_bytes(buffer[:_HEADER], "big")
                if len(buffer) >= end:
                    message = bytes(buffer[_HEADER:end])
                    del buffer[:end]
                    return message
            if stop.is_set():
                return SessionEnd.STOPPED
            if _QUICKACK is not None:
                # The driver sends length and body in two writes; without an immediate
                # acknowledgement the second waits 40 ms. The kernel clears the option by itself.
                with contextlib.suppress(OSError):
                    connection.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
            try:
                chunk = connection.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                return SessionEnd.DISCONNECTED
            if not chunk:
                return SessionEnd.DISCONNECTED
            buffer += chunk

    def _send(self, message: bytes) -> None:
        connection = self._open()
        connection.settimeout(_SEND_TIMEOUT_S)
        try:
            connection.sendall(len(message).to_bytes(_HEADER, "big") + message)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise TransportError(f"the vpcd reader driver went away: {reason}") from error

    def _open(self) -> socket.socket:
        if self._socket is None:
            raise TransportError("the card is not in a vpcd slot")
        return self._socket
