"""What cards and modems answer: BER-TLV, FCP, access rules, SIM headers, ICCID, AT lines, APDUs."""

from __future__ import annotations

from collections.abc import Callable

from smartboot.apdu import Command, Response, describe, tlv
from smartboot.card.access import parse_compact, parse_expanded
from smartboot.card.base import FilePath
from smartboot.card.fcp import parse_fcp, parse_pin_status
from smartboot.card.iccid import decode_iccid
from smartboot.card.sim_header import parse_chv_status, parse_sim_header
from smartboot.errors import DecodeError, UsageError
from smartboot.transport.modem_at import (
    ReplyCollector,
    csim,
    parse_apdu_answer,
    parse_final,
    parse_pin_state,
    parse_session,
)
from smartboot.transport.trace_select import is_directory, target_of
from smartboot.transport.wire_time import ta1_of
from tests.fuzz.oracle import attempt

__all__ = ["one_input", "seeds"]

_EF = FilePath((0x3F00, 0x7F50, 0x6432))
_COMMAND = bytes.fromhex("00a4040c")


def _tlv(data: bytes) -> None:
    items = attempt(DecodeError, lambda: list(tlv.iterate(data, padding=True)))
    for item in items or ():
        assert data[item.value_offset : item.end] == item.value
        written = tlv.encode(item.tag, item.value)
        assert tlv.parse(written).value == item.value
        if item.is_constructed:
            attempt(DecodeError, item.children)
    attempt(DecodeError, tlv.parse, data)
    attempt(DecodeError, parse_pin_status, data)


def _fcp(data: bytes) -> None:
    info = attempt(DecodeError, parse_fcp, data, _EF)
    if info is not None:
        repr((info, str(info.rule.condition("read"))))
        assert info.size is None or info.size >= 0
    attempt(DecodeError, is_directory, data)


def _rules(data: bytes) -> None:
    for directory in (False, True):
        for parse in (parse_expanded, parse_compact):
            rule = attempt(DecodeError, parse, data, directory=directory)
            if rule is not None:
                for operation in ("read", "update", "create-ef"):
                    str(rule.condition(operation))


def _sim(data: bytes) -> None:
    info = attempt(DecodeError, parse_sim_header, data, _EF)
    if info is not None:
        repr((info, str(info.rule.condition("read"))))
    attempt(DecodeError, parse_chv_status, data)


def _iccid(data: bytes) -> None:
    digits = attempt(DecodeError, decode_iccid, data)
    assert digits is None or (digits.isdigit() and len(digits) <= 20)
    ta1_of(data)


def _modem(data: bytes) -> None:
    lines = data.decode("latin-1").splitlines()
    for line in lines:
        final = parse_final(line)
        str(final)
    parse_pin_state(lines)
    attempt(DecodeError, parse_session, lines)
    attempt(DecodeError, parse_apdu_answer, lines)
    collector = ReplyCollector(csim(_COMMAND + b"\x00"))
    for at in range(0, len(data), 5):
        if collector.feed(data[at : at + 5]):
            break
    answer = attempt(DecodeError, parse_apdu_answer, collector.lines)
    assert answer is None or len(answer.to_bytes()) <= len(data)


def _apdu(data: bytes) -> None:
    response = attempt(DecodeError, Response.from_bytes, data)
    if response is not None:
        assert response.to_bytes() == data
        for kind in ("uicc", "sim"):
            describe(response.sw, kind)
    command = attempt((DecodeError, UsageError), Command.from_bytes, data)
    if command is not None:
        repr(command)
        again = Command.from_bytes(command.to_bytes())
        assert (again.header, again.data, again.le) == (command.header, command.data, command.le)
    if len(data) > 1:
        target_of((0x3F00,), data[0], data[1:])


_CHECKS: tuple[Callable[[bytes], None], ...] = (_tlv, _fcp, _rules, _sim, _iccid, _modem, _apdu)


def one_input(data: bytes) -> None:
    """Byte 0 chooses the structure."""
    if data:
        _CHECKS[data[0] % len(_CHECKS)](data[1:])


_SEEDS = {
    "fcp-ef": (1, "621882024121830264328A01058B032F0601800203E88801308102"),
    "fcp-adf": (1, "6217820278218402A0008A01058B032F0601C60690014083010A"),
    "fcp-records": (1, "621A8205422100140383022F008A01058B032F06028002003C8801F0"),
    "fcp-compact": (1, "621282024121830264328A01058C03030000800200FF"),
    "fcp-expanded": (1, "621F82024121830264328A0105AB0F8001019000800102A406830101950108"),
    "fci": (1, "6F10620E820241218302643280020400"),
    "rules": (2, "8001019000800102A010A406830101950108A40683010A950108"),
    "rules-nested": (2, "800101A70CA40683010A950108AF029700"),
    "rules-ins": (2, "84013290008401D497008001FF9E01FF"),
    "rules-compact": (2, "7F00FF000000FFFF"),
    "sim-ef": (3, "000000202F01040000FFFF0102010301"),
    "sim-df": (3, "000000203F000100000000000993040306008383838A00"),
    "sim-record": (3, "0000001E6F3A04001100550102011E"),
    "iccid": (4, "98010000000000000021"),
    "iccid-short": (4, "988810325476F8FFFFFF"),
    "apdu-response": (6, "6F048402A0009000"),
    "apdu-command": (6, "00A4040C07A0000000871002"),
    "apdu-extended": (6, "00D60000000003010203"),
    "tlv": (0, "61184F0CA000000063504B43532D313551043F007F505002AABB"),
    "tlv-long": (0, "308180" + "00" * 128),
    "pin-status": (0, "900160830101830181"),
}  # fmt: skip  # one line for each
_LINES = {
    "csim": '\r\n+CSIM: 8,"6F009000"\r\n\r\nOK\r\n',
    "cgla": "+CGLA: 4,9000\r\nOK\r\n",
    "ccho": "\r\n+CCHO: 1\r\n\r\nOK\r\n",
    "cme": "\r\n+CME ERROR: 13\r\n",
    "cme-text": "\r\n+CME ERROR: SIM failure\r\n",
    "cpin": '+CPIN: "SIM PIN"\r\nOK\r\n',
    "echo": 'AT+CSIM=10,"00A4040C00"\r\n+CSIM: 4,"90\r\n00"\r\n+CREG: 1\r\nOK\r\n',
}


def seeds() -> dict[str, bytes]:
    """One good example of every structure."""
    found = {
        name: bytes((number,)) + bytes.fromhex(hex_) for name, (number, hex_) in _SEEDS.items()
    }
    lines = {name: b"\x05" + text.encode() for name, text in _LINES.items()}
    return {**found, **lines}
