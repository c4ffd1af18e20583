"""Status words: what they mean, whether they are a success, and which error they become.

TS 102 221, 10.2 for a UICC, TS 51.011, 9.4 for a 2G SIM. The tables are data; a row may stand for
a range (63Cx), whose varying part the text shows. Where sources differ (6284 and 6285 for a
terminated file) both are known.
"""

from __future__ import annotations

from enum import StrEnum

from smartboot.apdu.command import Command, Response
from smartboot.apdu.instructions import carries_key, command_name
from smartboot.errors import CardError, FileAbsentError, SecurityStatusError
from smartboot.frozen import dataclass

__all__ = [
    "SIM_STATUS",
    "UICC_STATUS",
    "StatusClass",
    "StatusRow",
    "classify",
    "describe",
    "is_success",
    "raise_for",
]


class StatusClass(StrEnum):
    """What a status word is to the program."""

    OK = "ok"
    WARNING = "warning"
    MORE = "more data"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One line of a table: all status words equal to ``value`` where ``mask`` has bits.

    ``{x}`` in ``text`` is replaced by the bits outside the mask, in decimal.
    """

    value: int
    text: str
    kind: StatusClass = StatusClass.ERROR
    mask: int = 0xFFFF

    def matches(self, sw: int) -> bool:
        """Whether this row speaks of ``sw``."""
        return sw & self.mask == self.value

    def describe(self, sw: int) -> str:
        """The text for one status word of this row."""
        return self.text.replace("{x}", str(sw & ~self.mask & 0xFFFF))


_OK, _WARNING, _MORE = StatusClass.OK, StatusClass.WARNING, StatusClass.MORE

UICC_STATUS: tuple[StatusRow, ...] = (
    StatusRow(0x9000, "done", _OK),
    StatusRow(0x9100, "done, a proactive command of {x} bytes is waiting", _OK, 0xFF00),
    StatusRow(0x9200, "done, with information {x} on a data transfer", _OK, 0xFF00),
    StatusRow(0x6100, "{x} more bytes are waiting (0: 256)", _MORE, 0xFF00),
    StatusRow(0x6C00, "wrong length asked for, right is {x} (0: 256)", StatusClass.ERROR, 0xFF00),
    StatusRow(0x9300, "toolkit busy"),
    StatusRow(0x6200, "warning, memory unchanged", _WARNING),
    StatusRow(0x6281, "part of the returned data may be corrupted", _WARNING),
    StatusRow(0x6282, "end of file or record reached early, or nothing found", _WARNING),
    StatusRow(0x6283, "the selected file is deactivated", _WARNING),
    StatusRow(0x6284, "the selected file is terminated", _WARNING),
    StatusRow(0x6285, "the selected file is terminated", _WARNING),
    StatusRow(0x62F1, "more data available", _MORE),
    StatusRow(0x62F2, "more data available and a proactive command is waiting", _MORE),
    StatusRow(0x62F3, "response data available", _MORE),
    StatusRow(0x63C0, "{x} tries left, or done after {x} internal retries", _WARNING, 0xFFF0),
    StatusRow(0x63F1, "more data expected", _WARNING),
    StatusRow(0x63F2, "more data expected and a proactive command is waiting", _WARNING),
    StatusRow(0x6400, "execution error, memory unchanged"),
    StatusRow(0x6500, "execution error, memory changed"),
    StatusRow(0x6581, "memory problem"),
    StatusRow(0x6700, "wrong length", StatusClass.ERROR, 0xFF00),
    StatusRow(0x6800, "function in the class byte not supported"),
    StatusRow(0x6881, "logical channel not supported"),
    StatusRow(0x6882, "secure messaging not supported"),
    StatusRow(0x6900, "command not allowed"),
    StatusRow(0x6981, "command incompatible with the file's structure"),
    StatusRow(0x6982, "security status not satisfied"),
    StatusRow(0x6983, "PIN or authentication method blocked"),
    StatusRow(0x6984, "referenced data invalidated (PIN disabled)"),
    StatusRow(0x6985, "conditions of use not satisfied"),
    StatusRow(0x6986, "command not allowed, no EF selected"),
    StatusRow(0x6989, "command not allowed, secure channel needed"),
    StatusRow(0x6A80, "incorrect parameters in the data field"),
    StatusRow(0x6A81, "function not supported"),
    StatusRow(0x6A82, "file not found"),
    StatusRow(0x6A83, "record not found"),
    StatusRow(0x6A84, "not enough memory"),
    StatusRow(0x6A86, "incorrect P1 or P2"),
    StatusRow(0x6A87, "Lc inconsistent with P1 and P2"),
    StatusRow(0x6A88, "referenced data (PIN) not found"),
    StatusRow(0x6A89, "file id already exists"),
    StatusRow(0x6A8A, "DF name already exists"),
    StatusRow(0x6B00, "wrong P1 or P2 (offset beyond the file)"),
    StatusRow(0x6D00, "instruction not supported"),
    StatusRow(0x6E00, "class not supported"),
    StatusRow(0x6F00, "technical problem, no diagnosis", StatusClass.ERROR, 0xFF00),
    StatusRow(0x9850, "INCREASE not possible, maximum reached"),
    StatusRow(0x9862, "authentication error"),
    StatusRow(0x9863, "security session expired"),
    StatusRow(0x9864, "minimum suspension time too long"),
)
"""TS 102 221, 10.2, and the two of ISO/IEC 7816-4 that T=0 adds (61xx, 6Cxx)."""

SIM_STATUS: tuple[StatusRow, ...] = (
    StatusRow(0x9000, "done", _OK),
    StatusRow(0x9100, "done, a proactive command of {x} bytes is waiting", _OK, 0xFF00),
    StatusRow(0x9E00, "{x} bytes of response data to a failed data download", _WARNING, 0xFF00),
    StatusRow(0x9F00, "{x} bytes of response data are waiting", _MORE, 0xFF00),
    StatusRow(0x9300, "toolkit busy"),
    StatusRow(0x9240, "memory problem"),
    StatusRow(0x9200, "done after {x} internal retries", _OK, 0xFFF0),
    StatusRow(0x9400, "no EF selected"),
    StatusRow(0x9402, "out of range (invalid address)"),
    StatusRow(0x9404, "file or pattern not found"),
    StatusRow(0x9408, "file inconsistent with the command"),
    StatusRow(0x9802, "no CHV initialised"),
    StatusRow(0x9804, "access condition not fulfilled, or CHV wrong"),
    StatusRow(0x9808, "in contradiction with the CHV's status"),
    StatusRow(0x9810, "in contradiction with the invalidation status"),
    StatusRow(0x9840, "CHV or UNBLOCK CHV blocked"),
    StatusRow(0x9850, "INCREASE not possible, maximum reached"),
    StatusRow(0x6700, "wrong P3", StatusClass.ERROR, 0xFF00),
    StatusRow(0x6B00, "wrong P1 or P2", StatusClass.ERROR, 0xFF00),
    StatusRow(0x6D00, "unknown instruction", StatusClass.ERROR, 0xFF00),
    StatusRow(0x6E00, "wrong class", StatusClass.ERROR, 0xFF00),
    StatusRow(0x6F00, "technical problem", StatusClass.ERROR, 0xFF00),
)
"""TS 51.011, 9.4."""

_HINTS = {
    0x6581: "the card's memory may be worn out: do not rely on what was written",
    0x9240: "the card's memory may be worn out: do not rely on what was written",
    0x6A84: "the card has no room left for this file",
    0x6D00: "the card does not know this command",
    0x6E00: "the card does not know this class of commands",
    0x6985: "the card allows this only in another life cycle state, or not at all",
    0x9300: "the card is busy with a toolkit session: try again later",
}

_SECURITY = (0x6982, 0x9804)
_ABSENT = (0x6A82, 0x6A83, 0x9404)
_LOOK_AT_RULES = "look at the file's access rules with `smartboot info`"


def _row(sw: int, kind: str) -> StatusRow | None:
    tables = (SIM_STATUS, UICC_STATUS) if kind == "sim" else (UICC_STATUS, SIM_STATUS)
    return next((row for table in tables for row in table if row.matches(sw)), None)


def classify(sw: int, kind: str = "uicc") -> StatusClass:
    """What a status word is; ``kind`` is ``uicc`` or ``sim``. Unknown ones go by SW1: 62 and 63
    are warnings (ISO/IEC 7816-4, 5.6), all others errors."""
    row = _row(sw, kind)
    if row is not None:
        return row.kind
    return StatusClass.WARNING if sw >> 8 in (0x62, 0x63) else StatusClass.ERROR


def is_success(sw: int, kind: str = "uicc") -> bool:
    """Whether the command did what it should: neither an error nor a warning."""
    return classify(sw, kind) in (StatusClass.OK, StatusClass.MORE)


def describe(sw: int, kind: str = "uicc") -> str:
    """A status word in words, lower case and without the number."""
    row = _row(sw, kind)
    if row is not None:
        return row.describe(sw)
    return {
        0x62: "unknown warning, memory unchanged",
        0x63: "unknown warning, memory changed",
        0x64: "unknown execution error, memory unchanged",
        0x65: "unknown execution error, memory changed",
    }.get(sw >> 8, "unknown status")


def raise_for(response: Response, command: Command, kind: str = "uicc", *, where: str = "") -> None:
    """Raise the error a refusing status word stands for; do nothing otherwise.

    Warnings pass, except 63xx after a command with a key, which means that the key was wrong.
    ``where`` names the file for the message (``EF 6432``). Errors: FileAbsentError (6A82, 6A83,
    9404), SecurityStatusError (6982, 9804; but not after a command with a key, where 9804 means
    the key itself), CardError for all others.
    """
    sw = response.sw
    with_key = carries_key(command)
    if classify(sw, kind) is not StatusClass.ERROR and not (with_key and sw >> 8 == 0x63):
        return
    name = command_name(command)
    place = f" on {where}" if where else ""
    message = f"the card refused {name}{place}: {sw:04X}, {describe(sw, kind)}"
    if sw in _ABSENT:
        raise FileAbsentError(message, sw=sw, command_name=name)
    if sw in _SECURITY and not with_key:
        raise SecurityStatusError(message, sw=sw, command_name=name, hint=_LOOK_AT_RULES)
    hint = _HINTS.get(sw) or _HINTS.get(sw & 0xFF00 if sw >> 8 in (0x6D, 0x6E) else 0)
    raise CardError(message, sw=sw, command_name=name, hint=hint)
