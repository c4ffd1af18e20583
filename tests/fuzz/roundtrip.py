"""What every document format has to stand: read, said, written, read again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from smartboot.errors import DecodeError, EncodeError
from smartboot.formats.base import Decoded, Format
from tests.fuzz.oracle import attempt, check_findings

__all__ = ["check_format"]


def _always(decoded: Decoded[Any]) -> bool:
    return True


def check_format(
    handler: Format, data: bytes, sound: Callable[[Decoded[Any]], bool] = _always
) -> Decoded[Any] | None:
    """Everything a format does with bytes; the decoded document, None when it was refused.

    What was decoded, encoded and decoded again has the same plain values and the same accounts,
    unless ``sound`` says that the reader had to guess what was meant.
    """
    _check_measure(handler, data)
    decoded = attempt(DecodeError, handler.decode, data)
    if decoded is None:
        return None
    assert 0 <= decoded.used <= max(len(data), 4)
    check_findings(decoded.findings)
    repr(decoded)
    document = decoded.document
    accounts, findings = handler.accounts(document)
    check_findings(findings)
    for account in accounts:
        repr(account)
        json.dumps([account.to_dict(), account.to_dict(show_secrets=True)])
    json.dumps(handler.to_plain(document))
    plain = handler.to_plain(document, show_secrets=True)
    text = json.dumps(plain)
    back = attempt(EncodeError, handler.from_plain, json.loads(text))
    if back is not None:
        assert handler.to_plain(back, show_secrets=True) == plain, "plain values changed"
    wire = attempt(EncodeError, handler.encode, document)
    if wire is None:
        return decoded
    reread = attempt(() if sound(decoded) else DecodeError, handler.decode, wire)
    if reread is None or not sound(decoded) or not sound(reread):
        return decoded
    again = reread.document
    assert handler.to_plain(again, show_secrets=True) == plain, "written and read: not the same"
    second, _ = handler.accounts(again)
    assert [a.to_dict(show_secrets=True) for a in second] == [
        a.to_dict(show_secrets=True) for a in accounts
    ], "written and read: other accounts"
    return decoded


def _check_measure(handler: Format, data: bytes) -> None:
    """The measure never raises, and says the same however it is fed."""
    measure = handler.measure()
    total = None
    for at in range(0, len(data), 256):
        total = measure.feed(data[at : at + 256])
        if total is not None:
            break
    assert total is None or total >= 0
