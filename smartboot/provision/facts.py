"""What a card says of itself, for the variables of a profile that ask for it (``from: card``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from smartboot.bootstrap.unlock import KeySource, Unlocker, no_keys
from smartboot.card.base import CURRENT_ADF, MF, Card, CardKind, FilePath, FileSystem
from smartboot.errors import CardError, DecodeError
from smartboot.pkcs15.directory import decode_record
from smartboot.pkcs15.locate import EF_DIR
from smartboot.profiles.variables import CardFacts, Variable

__all__ = ["card_facts", "decode_imsi", "read_imsi"]

_USIM = bytes.fromhex("A0000000871002")
"""RID of 3GPP and the application code of a USIM (TS 101 220, annex E)."""

_IMSI_OF_USIM = FilePath((CURRENT_ADF, 0x6F07))
_IMSI_OF_SIM = FilePath((MF, 0x7F20, 0x6F07))
_IMSI_BYTES = 9
_MAX_RECORDS = 254


def decode_imsi(raw: bytes) -> str:
    """The digits of EF(IMSI) (TS 31.102, 4.2.2): a length, then nibbles of which the first holds
    the parity. Errors: DecodeError when it is empty or holds other nibbles than digits."""
    length = raw[0] if raw else 0
    if not 1 <= length <= 8 or len(raw) <= length:
        raise DecodeError("holds no IMSI", where="EF(IMSI)", spec="TS 31.102, 4.2.2")
    nibbles = "".join(f"{byte & 0xF:X}{byte >> 4:X}" for byte in raw[1 : 1 + length])
    digits = nibbles[1:].removesuffix("F")
    if not digits or not digits.isdigit():
        raise DecodeError("a nibble is no digit", where="EF(IMSI)", spec="TS 31.102, 4.2.2")
    return digits


def _usim(card: Card) -> bytes | None:
    """The AID of the first USIM in EF(DIR), read up to its record."""
    fs = card.basic()
    info = fs.select(EF_DIR)
    for number in range(1, 1 + min(info.record_count or 0, _MAX_RECORDS)):
        for template in decode_record(fs.read_record(info, number)).templates:
            if template.aid.startswith(_USIM):
                return template.aid
    return None


def _read(fs: FileSystem, path: FilePath, unlocker: Unlocker) -> str:
    info = fs.select(path)
    raw = unlocker.run(fs, info, "read", lambda: fs.read_binary(info, 0, _IMSI_BYTES))
    return decode_imsi(raw)


def read_imsi(card: Card, keys: KeySource = no_keys, *, force: bool = False) -> str | None:
    """The IMSI of the card's first USIM, or of a 2G SIM; None when the card has none.

    Errors: PinError where a PIN is needed and missing or refused; TransportError.
    """
    unlocker = Unlocker(card, keys, force=force)
    try:
        if card.kind is CardKind.SIM:
            return _read(card.basic(), _IMSI_OF_SIM, unlocker)
        aid = _usim(card)
        if aid is not None:
            with card.session() as fs:
                fs.select_application(aid)
                return _read(fs, _IMSI_OF_USIM, unlocker)
    except DecodeError:
        return None
    except CardError as error:
        if error.exit_status == 6:
            raise
    return None


def card_facts(
    card: Card,
    variables: Iterable[Variable],
    given: Mapping[str, str],
    *,
    keys: KeySource = no_keys,
    force: bool = False,
) -> CardFacts:
    """The ICCID, and the IMSI where a variable takes it from the card and none is ``given``.

    Errors: those of ``read_imsi``.
    """
    wants_imsi = any(
        variable.rule.source == "card"
        and variable.rule.type == "imsi"
        and variable.name not in given
        for variable in variables
    )
    imsi = read_imsi(card, keys, force=force) if wants_imsi else None
    return CardFacts(iccid=card.iccid(), imsi=imsi)
