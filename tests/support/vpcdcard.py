"""A throw-away card on vpcd: it answers what a function says, and misbehaves when told to.

vpcd (the reader driver inside pcscd) listens and the card connects. Every message, both ways, is a
two-byte big-endian length and as many bytes. One-byte messages are commands of the reader: 00
power off, 01 power on, 02 reset (no answer to these), 04 give the ATR. All others are APDUs.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

__all__ = ["ATR_T0", "ATR_T1", "FakeCard", "echo"]

ATR_T0 = bytes.fromhex("3B00")
ATR_T1 = bytes.fromhex("3B800181")


def echo(apdu: bytes) -> bytes:
    """Answer with the command's P2 behind 16 bytes of it, padded, and 9000."""
    return apdu[:16].ljust(16, b"\x00") + apdu[3:4] + b"\x90\x00"


class FakeCard:
    """A card in the slot at ``port``; a thread of its own serves it from ``start`` to ``remove``.

    Knobs, to be set at any time: ``mute`` (take commands, answer nothing), ``drop`` (close the
    connection on the next command), ``delay_s`` (before each answer). ``apdus`` is what came in,
    ``events`` the reader's commands among it, in order.
    """

    def __init__(
        self,
        port: int,
        atr: bytes = ATR_T0,
        answer: Callable[[bytes], bytes] = echo,
        *,
        host: str = "127.0.0.1",
    ) -> None:
        self.atr = atr
        self.answer = answer
        self.mute = False
        self.drop = False
        self.delay_s = 0.0
        self.apdus: list[bytes] = []
        self.events: list[int] = []
        self.got_command = threading.Event()
        self._stop = threading.Event()
        self._socket = socket.create_connection((host, port), timeout=5)
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._serve, name=f"card-{port}", daemon=True)
        self._thread.start()

    def remove(self) -> None:
        """Pull the card out of the slot. May be called twice."""
        self._stop.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        try:
            while (message := self._message()) is not None:
                reply = self._react(message)
                if reply is not None:
                    self._socket.sendall(len(reply).to_bytes(2, "big") + reply)
        except OSError:
            pass  # Removed meanwhile, by either side.
        finally:
            # Whatever ended the service, to the reader it is a card pulled out.
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _react(self, message: bytes) -> bytes | None:
        if len(message) == 1:
            self.events.append(message[0])
            return self.atr if message[0] == 4 else None
        self.apdus.append(message)
        self.got_command.set()
        if self.drop:
            raise ConnectionAbortedError
        if self.mute:
            self._stop.wait()
            raise ConnectionAbortedError
        if self.delay_s:
            self._stop.wait(self.delay_s)
        return self.answer(message)

    def _message(self) -> bytes | None:
        head = self._exactly(2)
        return None if head is None else self._exactly(int.from_bytes(head, "big"))

    def _exactly(self, count: int) -> bytes | None:
        data = b""
        while len(data) < count:
            # vpcd 0.8 writes length and body apart, and its Nagle algorithm holds the body back
            # until our kernel acknowledges the length: 40 ms, unless told to be quick each time.
            if hasattr(socket, "TCP_QUICKACK"):
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            chunk = self._socket.recv(count - len(data))
            if not chunk:
                return None
            data += chunk
        return data
