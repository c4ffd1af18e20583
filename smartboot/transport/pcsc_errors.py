"""PC/SC result codes and the errors of ours they become (PC/SC part 5; winerror.h names).

What a code means depends on what was being done: a card that is absent when a connection is asked
for was never there (NoCardError), one that is absent in the middle of a command has been pulled
out (CardRemovedError). Hence a ``Phase`` beside the code.
"""

from __future__ import annotations

from enum import Enum, IntEnum, unique

from smartboot.errors import (
    CardMuteError,
    CardRemovedError,
    NoCardError,
    NoReaderError,
    ReaderBusyError,
    ServiceError,
    TransportError,
)

__all__ = ["STALE", "Phase", "ResultCode", "error_for"]

_DOCTOR = "run `smartboot doctor` to see what is wrong with the machine"


@unique
class ResultCode(IntEnum):
    """The PC/SC results smartboot tells apart."""

    F_INTERNAL_ERROR = 0x80100001
    E_INVALID_HANDLE = 0x80100003
    E_INVALID_PARAMETER = 0x80100004
    E_NO_MEMORY = 0x80100006
    E_INSUFFICIENT_BUFFER = 0x80100008
    E_UNKNOWN_READER = 0x80100009
    E_TIMEOUT = 0x8010000A
    E_SHARING_VIOLATION = 0x8010000B
    E_NO_SMARTCARD = 0x8010000C
    E_PROTO_MISMATCH = 0x8010000F
    E_SYSTEM_CANCELLED = 0x80100012
    F_COMM_ERROR = 0x80100013
    E_NOT_TRANSACTED = 0x80100016
    E_READER_UNAVAILABLE = 0x80100017
    E_NO_SERVICE = 0x8010001D
    E_SERVICE_STOPPED = 0x8010001E
    E_UNEXPECTED = 0x8010001F
    E_NO_READERS_AVAILABLE = 0x8010002E
    E_COMM_DATA_LOST = 0x8010002F
    W_UNSUPPORTED_CARD = 0x80100065
    W_UNRESPONSIVE_CARD = 0x80100066
    W_UNPOWERED_CARD = 0x80100067
    W_RESET_CARD = 0x80100068
    W_REMOVED_CARD = 0x80100069
    W_SECURITY_VIOLATION = 0x8010006A


_Code = ResultCode

STALE = frozenset(
    {
        _Code.E_INVALID_HANDLE,
        _Code.E_SYSTEM_CANCELLED,
        _Code.F_COMM_ERROR,
        _Code.E_NO_SERVICE,
        _Code.E_SERVICE_STOPPED,
    }
)
"""The codes a context left over from before a restart of the service may give."""

_SERVICE = {
    _Code.E_NO_SERVICE: "the PC/SC service (pcscd) is not running",
    _Code.E_SERVICE_STOPPED: "the PC/SC service has stopped",
    _Code.E_SYSTEM_CANCELLED: "the PC/SC service is shutting down",
    _Code.E_INVALID_HANDLE: "the PC/SC service no longer knows this connection",
    _Code.F_COMM_ERROR: "the connection to the PC/SC service broke",
}

_ABSENT = frozenset({_Code.W_REMOVED_CARD, _Code.E_NO_SMARTCARD})
_UNPLUGGED = frozenset({_Code.E_READER_UNAVAILABLE, _Code.E_UNKNOWN_READER})
_UNRELIABLE = frozenset({_Code.E_NOT_TRANSACTED, _Code.E_COMM_DATA_LOST})


class Phase(Enum):
    """What was being done; its value is how a message says it."""

    LIST = "listing the readers"
    CONNECT = "connecting to the card"
    EXCHANGE = "in the middle of a command"
    RESET = "resetting the card"


def error_for(code: int, phase: Phase, reader: str = "") -> TransportError:
    """Return (not raise) the error for PC/SC result ``code``; ``reader`` is a reader's name."""
    place = f" in {reader!r}" if reader else ""
    if code == _Code.W_SECURITY_VIOLATION:
        return ServiceError(
            "the PC/SC service refuses this user (access is denied, most often by polkit)",
            hint="run `smartboot doctor`: it shows the polkit rule that lets you in",
        )
    if code == _Code.E_SHARING_VIOLATION:
        return ReaderBusyError(
            f"another program holds the card{place}",
            hint="run `smartboot doctor` to see which, and close it (often scdaemon,"
            " ModemManager or a browser)",
        )
    if code == _Code.E_NO_READERS_AVAILABLE:
        return NoReaderError("no smart card reader is connected", hint=_DOCTOR)
    if code in _ABSENT | _UNPLUGGED:
        return _gone(code, phase, reader, place)
    if code == _Code.W_UNRESPONSIVE_CARD:
        return CardMuteError(
            f"the card{place} does not answer ({phase.value})",
            hint="look whether it sits the right way round, clean its contacts, put it in again",
        )
    if code in (_Code.W_RESET_CARD, _Code.W_UNPOWERED_CARD):
        return _state_lost(code, phase, place)
    if code in _SERVICE:
        return ServiceError(_SERVICE[_Code(code)], hint=_DOCTOR)
    return _other(code, phase, place)


def _gone(code: int, phase: Phase, reader: str, place: str) -> TransportError:
    if code in _UNPLUGGED:
        if phase in (Phase.LIST, Phase.CONNECT):
            return NoReaderError(f"the reader {reader!r} is not there any more", hint=_DOCTOR)
        return CardRemovedError(
            f"the reader {reader!r} was unplugged {phase.value}",
            hint="connect it again and repeat the command",
        )
    if phase in (Phase.LIST, Phase.CONNECT):
        return NoCardError(f"no card{place}", hint="put a card in and repeat the command")
    return CardRemovedError(
        f"the card{place} was removed {phase.value}",
        hint="put the card in again and repeat the command",
    )


def _state_lost(code: int, phase: Phase, place: str) -> TransportError:
    if phase is Phase.CONNECT:
        return CardMuteError(
            f"the card{place} could not be powered",
            hint="take the card out, put it in again",
        )
    what = "was reset by another program" if code == _Code.W_RESET_CARD else "lost power"
    return TransportError(
        f"the card{place} {what} {phase.value}: selected files, channels and PIN states are lost",
        hint="close what else uses the reader and repeat the command",
    )


def _other(code: int, phase: Phase, place: str) -> TransportError:
    if code in _UNRELIABLE:
        return CardMuteError(
            f"the exchange with the card{place} broke off {phase.value}",
            hint="clean the card's contacts, put it in again and repeat the command",
        )
    if code == _Code.W_UNSUPPORTED_CARD:
        return CardMuteError(
            f"the reader cannot read the ATR of the card{place}",
            hint="put the card in again; try another reader",
        )
    if code == _Code.E_PROTO_MISMATCH:
        return TransportError(
            f"the card{place} speaks neither T=0 nor T=1 as this reader can",
            hint="try another reader",
        )
    try:
        name = f"SCARD_{_Code(code).name}"
    except ValueError:
        name = "a result smartboot does not know"
    return TransportError(f"PC/SC failed {phase.value}{place}: {name} ({code:08X})", hint=_DOCTOR)
