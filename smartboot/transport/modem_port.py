"""A modem's serial port: one AT command out, one reply in, every wait bounded (ITU-T V.250).

pyserial is imported when a port is opened and nowhere else. A command that was not answered in
time leaves the port unusable: its answer may come yet and must not be taken for that of the next.
"""

from __future__ import annotations

import errno
import re
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartboot.errors import (
    CardMuteError,
    CardRemovedError,
    NoReaderError,
    ReaderBusyError,
    TransportError,
    UsageError,
)
from smartboot.transport.modem_at import AtCommand, Final, ReplyCollector

if TYPE_CHECKING:
    from serial import Serial

__all__ = ["DEFAULT_BAUD", "ModemPort", "Reply", "Timing", "open_port", "split_address"]

DEFAULT_BAUD = 115_200
_MIN_BAUD, _MAX_BAUD = 1200, 4_000_000
_SLICE_S = 0.05
"""How long one read may wait: the grain of every time limit here."""

_REPLY_LIMIT = 1 << 18
"""Bytes a modem may send before it ends a reply."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Limits in seconds. ``probe_s`` and ``probes``: finding out whether a modem is there;
    ``command_s``: a command to the modem itself; ``apdu_s``: a command to the card, which may
    have to write; ``busy_s``: how long a busy card is asked again, every ``pause_s``."""

    probe_s: float = 1.0
    probes: int = 4
    command_s: float = 3.0
    apdu_s: float = 30.0
    busy_s: float = 20.0
    pause_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete reply: its result code, the lines before it, whether the command was echoed."""

    final: Final
    lines: list[str]
    echoed: bool


def split_address(address: str) -> tuple[str, int]:
    """``DEVICE[@BAUD]`` to device and baud rate. Errors: UsageError."""
    device, mark, baud = address.rpartition("@")
    if not mark or not (baud.isascii() and baud.isdigit()):
        device, baud = address, str(DEFAULT_BAUD)
    if not device or "\0" in device:
        raise UsageError(
            f"{'modem:' + address!r} names no modem",
            hint="use modem:DEVICE or modem:DEVICE@BAUD, such as modem:/dev/ttyUSB2@115200",
        )
    if len(baud) > 7 or not _MIN_BAUD <= int(baud) <= _MAX_BAUD:
        raise UsageError(f"{baud} is no baud rate for a modem; use {_MIN_BAUD} to {_MAX_BAUD}")
    return device, int(baud)


def open_port(device: str, baud: int) -> ModemPort:
    """Open the port for us alone.

    Errors: UsageError where pyserial is missing; NoReaderError for no such port, ReaderBusyError
    for one that another program holds, TransportError for one that may not be opened.
    """
    try:
        import serial
    except ImportError:
        raise UsageError(
            "modems need the Python package pyserial",
            hint="install it with `pip install smartboot[modem]`",
        ) from None
    failures: tuple[type[Exception], ...] = (OSError, ValueError, *_terminal_errors())
    try:
        port = serial.Serial(device, baud, timeout=_SLICE_S, write_timeout=2.0, exclusive=True)
    except failures as error:
        raise _opening_failed(device, error) from None
    return ModemPort(port, device, serial.SerialTimeoutException)


def _terminal_errors() -> tuple[type[Exception], ...]:
    """What a device that is no terminal, or leaves just now, raises beside OSError."""
    if sys.platform == "win32":
        return ()
    import termios

    return (termios.error,)


_NUMBERED = re.compile(r"\((\d+), '([^']*)'\)")


def _opening_failed(device: str, error: Exception) -> TransportError:
    number = getattr(error, "errno", None)
    reason = str(error)
    if told := _NUMBERED.search(reason):
        # pyserial quotes what the system raised, as a tuple.
        number, reason = number or int(told[1]), told[2]
    if number is None:
        # On Windows pyserial leaves the number out and quotes the system's error; a port that is
        # in use is one without access there.
        if "FileNotFoundError" in reason:
            number = 2
        elif "PermissionError" in reason:
            number = 16
    if isinstance(error, PermissionError) or number in (1, 13):
        return TransportError(
            f"no right to open {device}",
            hint="join the group that owns it (Debian: dialout) and log in again",
        )
    if number == 16 or "exclusively lock" in reason:
        return ReaderBusyError(
            f"another program holds {device}",
            hint="close it; ModemManager can be told to leave a modem alone, see docs/modem.md",
        )
    if number == 2:
        return NoReaderError(
            f"there is no {device}",
            hint="connect the modem; most show several ports, of which one or two take AT commands",
        )
    if number == errno.ENOTTY:
        return NoReaderError(
            f"{device} is no serial port", hint="give the modem's own, such as /dev/ttyUSB2"
        )
    return NoReaderError(
        f"{device} cannot be opened as a serial port: {reason}",
        hint="give the modem's own, such as /dev/ttyUSB2",
    )


class ModemPort:
    """An open port. One command at a time."""

    def __init__(self, port: Serial, device: str, timeout_error: type[Exception]) -> None:
        self._port = port
        self._timeout_error = timeout_error
        self.device = device
        self._pending: ReplyCollector | None = None
        self._open = True

    def exchange(self, command: AtCommand, timeout_s: float) -> Reply:
        """Send a command and wait for its reply.

        Errors: CardRemovedError when the modem was unplugged, CardMuteError when the reply did
        not end in time (then or earlier), TransportError when the modem talks without end.
        """
        if not self._open:
            raise CardRemovedError(f"the connection to the modem {self.device} is closed")
        if self._pending is not None:
            raise CardMuteError(f"the modem {self.device} has not answered an earlier command")
        deadline = time.monotonic() + timeout_s
        try:
            self._drain()
            self._pending = ReplyCollector(command)
            self._port.write(command.to_bytes())
        except self._timeout_error:
            raise CardMuteError(f"the modem {self.device} takes no commands") from None
        except OSError:
            raise self._unplugged(command) from None
        return self._collect(command, deadline, timeout_s)

    def settle(self, timeout_s: float) -> bool:
        """Wait for a reply given up earlier (time limit, Ctrl-C); returns whether it came."""
        collector = self._pending
        deadline = time.monotonic() + timeout_s
        try:
            while self._open and collector is not None and collector.final is None:
                if time.monotonic() >= deadline:
                    return False
                collector.feed(self._read())
        except OSError:
            self._open = False
        if self._open:
            self._pending = None
        return self._open

    def abandon(self) -> None:
        """Forget a reply that has not come. ``hush`` before anything whose reply matters."""
        self._pending = None

    def hush(self, silence_s: float) -> None:
        """Throw away what comes until nothing has come for ``silence_s``, at most four times that.

        Errors: CardRemovedError.
        """
        now = time.monotonic()
        limit, quiet_at = now + 4 * silence_s, now + silence_s
        try:
            while (now := time.monotonic()) < min(limit, quiet_at):
                if self._read():
                    quiet_at = now + silence_s
        except OSError:
            raise self._unplugged(None) from None

    def close(self) -> None:
        """Close the port. May be called twice."""
        self._open = False
        try:
            self._port.close()
        except OSError:
            return

    def _collect(self, command: AtCommand, deadline: float, timeout_s: float) -> Reply:
        collector = self._pending
        assert collector is not None
        received = 0
        while collector.final is None:
            if time.monotonic() >= deadline:
                raise CardMuteError(
                    f"the modem {self.device} does not answer {command} within {timeout_s:g} s",
                    hint="is it the port that takes AT commands, and at the right baud rate?",
                )
            try:
                data = self._read()
            except OSError:
                raise self._unplugged(command) from None
            received += len(data)
            if received > _REPLY_LIMIT:
                raise TransportError(f"the modem {self.device} talks without end after {command}")
            collector.feed(data)
        self._pending = None
        return Reply(collector.final, collector.lines, collector.echoed)

    def _read(self) -> bytes:
        return bytes(self._port.read(max(1, self._port.in_waiting)))

    def _drain(self) -> None:
        """Throw away what came unasked since the last reply."""
        for _ in range(64):
            waiting = self._port.in_waiting
            if not waiting:
                return
            self._port.read(waiting)

    def _unplugged(self, command: AtCommand | None) -> CardRemovedError:
        self._open = False
        when = f" during {command}" if command else ""
        return CardRemovedError(
            f"the modem {self.device} was unplugged or restarted{when}",
            hint="connect it again, wait until it has started, and repeat the command",
        )
