"""A modem on a pseudo-terminal, with a virtual card in it and the habits of real modems.

``with simulated(card, ...) as modem:`` gives ``modem.device`` to open as a serial port. The knobs
are named after what the modem does; each was seen with a real one or is allowed by TS 27.007.
"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import threading
import time
import tty
from collections.abc import Iterator
from dataclasses import dataclass, field

from smartboot.virtual import VirtualCard

_KEYS = {0x20, 0x24, 0x26, 0x28, 0x2C}


@dataclass
class Habits:
    """How this modem behaves. ``refusal`` is the result code it refuses with."""

    echo: bool = True
    echo_stays: bool = False
    no_q0v1e0: bool = False
    unsolicited: tuple[str, ...] = ()
    splitting: str | None = None
    """An unsolicited line that cuts every card answer in two."""
    lower_case: bool = False
    quotes: bool = True
    blanks: bool = False
    prefix: bool = True
    newline: str = "\r\n"
    delay_s: float = 0.0
    chunk: int | None = None
    refusal: str = "ERROR"
    channel_commands: bool = True
    """Whether +CSIM passes commands whose class names a channel."""
    channel_select: bool = True
    """Whether +CSIM passes SELECT by name on a channel."""
    manage_channel: bool = True
    sessions: bool = True
    """Whether +CCHO works."""
    session_commands: bool = True
    """Whether +CGLA works."""
    session_selects: bool = True
    """Whether +CGLA passes SELECT by name."""
    session_closes: bool = True
    session_name: str = "{}"
    fetches: bool = False
    wants_le: bool = False
    counts: str = "characters"
    """characters, bytes, or more: one too many."""
    busy: int = 0
    """The first so many commands to the card find it busy."""
    busy_from: int = 0
    card: bool = True
    pin_state: str = "READY"
    mute_at: int | None = None
    unplugged_at: int | None = None
    card_gone_at: int | None = None
    interferes: int = 0
    """So many GET RESPONSEs come too late because the modem used the card in between."""
    blocks: frozenset[int] = frozenset()
    """Instructions that +CSIM does not pass."""
    override: dict[int, str] = field(default_factory=dict)
    """The whole reply (without the first and last line end) of a command to the card."""


class SimulatedModem:
    """Answers AT commands. ``lines`` holds them as they came, ``apdus`` what reached the card."""

    def __init__(self, card: VirtualCard, habits: Habits) -> None:
        self.card = card
        self.habits = habits
        self.lines: list[str] = []
        self.apdus: list[bytes] = []
        self.sessions: dict[str, int] = {}
        self.echo = habits.echo
        self.card_commands = 0
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.device = os.ttyname(self._slave)
        self._wake_out, self._wake_in = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="modem")
        self._thread.start()

    def close(self) -> None:
        os.write(self._wake_in, b"x")
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._unplug()
        os.close(self._wake_in)
        os.close(self._wake_out)

    @property
    def open_channels(self) -> list[int]:
        """The card's logical channels, the basic one included."""
        return sorted(self.card._state.channels)

    def _unplug(self) -> None:
        for name in ("_master", "_slave"):
            descriptor = getattr(self, name)
            if descriptor >= 0:
                os.close(descriptor)
                setattr(self, name, -1)

    # -- the line

    def _serve(self) -> None:
        buffer = b""
        while self._master >= 0:
            ready, _, _ = select.select([self._master, self._wake_out], [], [], 5)
            if self._wake_out in ready:
                return
            if self._master not in ready:
                continue
            try:
                buffer += os.read(self._master, 4096)
            except OSError:
                return
            while b"\r" in buffer and self._master >= 0:
                line, _, buffer = buffer.partition(b"\r")
                self._command(line.decode("ascii").strip())

    def _write(self, text: str) -> None:
        data = text.encode("ascii")
        step = self.habits.chunk or len(data)
        for at in range(0, len(data), step):
            piece = data[at : at + step]
            while piece and self._master >= 0:
                # Never blocks for good: nobody may be reading any more.
                woken, writable, _ = select.select([self._wake_out], [self._master], [], 5)
                if woken or not writable:
                    return
                piece = piece[os.write(self._master, piece) :]
            if self.habits.chunk:
                time.sleep(0.0005)

    def _command(self, line: str) -> None:
        self.lines.append(line)
        if self.echo:
            self._write(line + "\r")
        reply = self._reply(line)
        if reply is None or self._master < 0:
            return
        if self.habits.delay_s:
            time.sleep(self.habits.delay_s)
        newline = self.habits.newline
        parts = [*self.habits.unsolicited]
        for part in reply:
            parts += [part, *self.habits.unsolicited]
        self._write("".join(f"{newline}{part}{newline}" for part in parts))

    # -- commands

    def _reply(self, line: str) -> list[str] | None:
        upper = line.upper()
        number = len(self.lines)
        habits = self.habits
        if upper in ("AT", "ATZ"):
            return ["OK"]
        if upper == "ATQ0V1E0" and habits.no_q0v1e0:
            return ["ERROR"]
        if upper in ("ATE0", "ATQ0V1E0"):
            self.echo = habits.echo_stays and self.echo
            return ["OK"]
        if upper == "ATE1":
            self.echo = True
            return ["OK"]
        if upper == "AT+CMEE=1":
            return ["OK"]
        if not habits.card:
            return ["+CME ERROR: 10"]
        self.card_commands += 1
        if habits.busy_from < self.card_commands <= habits.busy_from + habits.busy:
            return ["+CME ERROR: 14"]
        if habits.mute_at is not None and self.card_commands >= habits.mute_at:
            return None
        if habits.card_gone_at is not None and self.card_commands >= habits.card_gone_at:
            return ["+CME ERROR: 10"]
        if self.card_commands == habits.unplugged_at:
            self._unplug()
            return None
        if self.card_commands in habits.override:
            return habits.override[self.card_commands].split("\n")
        if upper == "AT+CPIN?":
            return [f"+CPIN: {habits.pin_state}", "OK"]
        for pattern, handler in (
            (r'AT\+CSIM=(\d+),"([0-9A-F]*)"', self._csim),
            (r'AT\+CGLA=(\w+),(\d+),"([0-9A-F]*)"', self._cgla),
            (r'AT\+CCHO="([0-9A-F]*)"', self._ccho),
            (r"AT\+CCHC=(\w+)", self._cchc),
        ):
            match = re.fullmatch(pattern, upper)
            if match is not None:
                return handler(*match.groups())
        assert number
        return ["ERROR"]

    def _csim(self, length: str, digits: str) -> list[str]:
        command = bytes.fromhex(digits)
        if int(length) != len(digits) or len(command) < 4:
            return ["+CME ERROR: 50"]
        cla, ins = command[:2]
        channel = cla & 3 if cla != 0xA0 else 0
        refused = (
            (ins == 0x70 and not self.habits.manage_channel)
            or (channel and ins != 0x70 and not self.habits.channel_commands)
            or (channel and command[1:3] == b"\xa4\x04" and not self.habits.channel_select)
            or ins in self.habits.blocks
        )
        if refused:
            return [self.habits.refusal]
        return self._card_answer("+CSIM", command)

    def _cgla(self, session: str, length: str, digits: str) -> list[str]:
        command = bytes.fromhex(digits)
        if int(length) != len(digits) or session not in self.sessions:
            return ["+CME ERROR: 50"]
        if not self.habits.session_commands:
            return [self.habits.refusal]
        if command[1:3] == b"\xa4\x04" and not self.habits.session_selects:
            return [self.habits.refusal]
        # The class byte's channel is the modem's business; ours must be empty.
        assert command[0] & 3 == 0
        with_channel = bytes((command[0] | self.sessions[session],)) + command[1:]
        return self._card_answer("+CGLA", with_channel)

    def _ccho(self, digits: str) -> list[str]:
        if not self.habits.sessions:
            return [self.habits.refusal]
        aid = bytes.fromhex(digits)
        answer = self._to_card(bytes.fromhex("0070000001"))
        if len(answer) != 3:
            return ["+CME ERROR: 100"]
        channel = answer[0]
        select_it = bytes((channel, 0xA4, 4, 0x0C, len(aid))) + aid
        if self._to_card(select_it)[-2] != 0x90:
            self._to_card(bytes((0, 0x70, 0x80, channel, 0)))
            return ["+CME ERROR: 22"]
        name = self.habits.session_name.format(len(self.lines) + channel).upper()
        self.sessions[name] = channel
        shown = name.lower() if self.habits.lower_case else name
        return [f"+CCHO: {shown}" if self.habits.prefix else shown, "OK"]

    def _cchc(self, session: str) -> list[str]:
        if not self.habits.session_closes or session not in self.sessions:
            return ["ERROR"]
        self._to_card(bytes((0, 0x70, 0x80, self.sessions.pop(session), 0)))
        return ["+CCHC", "OK"]

    # -- the card

    def _to_card(self, command: bytes) -> bytes:
        self.apdus.append(command)
        return self.card.transmit(command)

    def _card_answer(self, name: str, command: bytes) -> list[str]:
        habits = self.habits
        lc = command[4] if len(command) > 5 else 0
        has_le = lc and len(command) == 6 + lc
        if habits.interferes and command[1] == 0xC0:
            habits.interferes -= 1
            self._to_card(bytes.fromhex("80F2000C00"))
        tpdu = command[:-1] if has_le else command
        answer = self._to_card(tpdu)
        if habits.fetches or (habits.wants_le and has_le):
            answer = self._follow(tpdu, answer)
        elif habits.wants_le and answer[-2] == 0x61:
            answer = b"\x90\x00"
        digits = answer.hex() if habits.lower_case else answer.hex().upper()
        count = {
            "characters": len(digits),
            "bytes": len(answer),
            "more": len(digits) + 2,
        }[habits.counts]
        if habits.splitting is not None:
            half = len(digits) // 2
            middle = f"{habits.newline}{habits.splitting}{habits.newline}"
            digits = digits[:half] + middle + digits[half:]
        quote = '"' if habits.quotes else ""
        blank = " " if habits.blanks else ""
        label = f"{name}:{blank or ' '}" if habits.prefix else ""
        return [f"{label}{blank}{count}{blank},{blank}{quote}{digits}{quote}{blank}", "OK"]

    def _follow(self, command: bytes, answer: bytes) -> bytes:
        data = b""
        for _ in range(20):
            if answer[-2] in (0x61, 0x9F):
                data += answer[:-2]
                cla = command[0] if command[0] == 0xA0 else command[0] & 3
                command = bytes((cla, 0xC0, 0, 0, answer[-1]))
            elif answer[-2] == 0x6C and len(command) == 5:
                command = command[:4] + answer[-1:]
            else:
                break
            answer = self._to_card(command)
        return data + answer


@contextlib.contextmanager
def simulated(card: VirtualCard, habits: Habits | None = None) -> Iterator[SimulatedModem]:
    """A modem with ``card`` in it; its thread and its terminal are gone at the end."""
    modem = SimulatedModem(card, habits or Habits())
    try:
        yield modem
    finally:
        modem.close()
