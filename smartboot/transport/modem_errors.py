"""What a modem's result codes mean to us (3GPP TS 27.007, 9.2).

The same code means different things: a modem that will not pass a command on answers ``ERROR``,
or +CME ERROR with 0, 3, 4, 13 or 100, whatever its maker found fitting.
"""

from __future__ import annotations

from smartboot.errors import (
    CardMuteError,
    CardRemovedError,
    NoCardError,
    ReaderBusyError,
    TransportError,
)
from smartboot.transport.modem_at import CME_NOT_INSERTED, CME_SIM_FAILURE, AtCommand, Final

__all__ = ["RefusedError", "error_for"]

_PIN_CODES = frozenset({5, 11, 12, 17, 18})


class RefusedError(Exception):
    """The modem did not carry out a command. Stays inside the transport."""

    def __init__(self, command: AtCommand, final: Final) -> None:
        super().__init__(f"{command}: {final}")
        self.command = command
        self.final = final


def error_for(
    command: AtCommand, final: Final, modem: str, *, in_use: bool = True
) -> TransportError:
    """Return (not raise) the error for a refused command; ``modem`` is the modem's name and
    ``in_use`` whether the card had answered before."""
    said = f"the modem {modem} answers {final} to {command}"
    code = final.cme()
    if code == CME_NOT_INSERTED:
        if in_use:
            return CardRemovedError(
                f"the card in the modem {modem} is gone: it answers {final}",
                hint="put the card in again and repeat the command",
            )
        return NoCardError(
            f"no card in the modem {modem}: it answers {final}",
            hint="put a card in; some modems must be restarted to see it (AT+CFUN=1,1)",
        )
    if final.is_busy:
        return ReaderBusyError(
            f"the modem {modem} keeps its card busy: it answers {final} to {command}",
            hint="wait until the modem has started and registered, then repeat the command",
        )
    if code in _PIN_CODES:
        return TransportError(
            said,
            hint="the modem itself wants the PIN before it passes commands on: give it with"
            " AT+CPIN, or switch the PIN off",
        )
    if code == CME_SIM_FAILURE:
        return CardMuteError(
            said, hint="look whether the card sits well, restart the modem and repeat the command"
        )
    return TransportError(
        said,
        hint="many modems pass on only some commands: look for a firmware that has AT+CSIM, or put"
        " the card in a PC/SC reader",
    )
