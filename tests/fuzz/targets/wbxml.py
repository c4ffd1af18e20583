"""WBXML: decoder, encoder and measure, for every vocabulary."""

from __future__ import annotations

from smartboot.errors import DecodeError, EncodeError
from smartboot.wbxml import DM_DDF, PROV, SYNCML, WbxmlMeasure, decode, encode, vocabulary_of
from tests.fuzz.material import all_wbxml
from tests.fuzz.oracle import attempt, check_findings

__all__ = ["one_input", "seeds"]


_ODD = frozenset({"WBXML-VENDOR-TOKEN", "WBXML-MORE"})
_FALLBACKS = (PROV, SYNCML, DM_DDF, None)


def one_input(data: bytes) -> None:
    """Byte 0 chooses the fallback vocabulary, shared pages and how the measure is fed."""
    if not data:
        return
    choice, data = data[0], data[1:]
    fallback = _FALLBACKS[choice & 3]
    shared = bool(choice & 4)
    measured = _measure(data, 1 + (choice >> 3) * 9)
    parsed = attempt(DecodeError, decode, data, fallback=fallback, shared_page=shared)
    strictly = attempt(
        DecodeError, decode, data, fallback=fallback, shared_page=shared, strict=True
    )
    if parsed is None:
        assert strictly is None, "strict reading takes what liberal reading refuses"
        return
    assert 0 < parsed.used <= len(data)
    assert measured == parsed.used, "the measure and the decoder disagree"
    assert strictly is None or strictly.document == parsed.document
    check_findings(parsed.findings)
    repr(parsed)
    # Tokens of a vendor's own are written as literal names, which are of no code page. Among
    # findings that are not listed there may be one.
    guessed = shared or any(f.code in _ODD for f in parsed.findings)
    document = parsed.document
    if document.version not in (1, 2, 3) or not document.charset:
        return
    # The encoder obeys what it is told, so it is told only where the document does not say.
    vocabulary = fallback if vocabulary_of(document.public_id) is None else None
    for table in (False, True):
        written = attempt(EncodeError, encode, document, vocabulary=vocabulary, string_table=table)
        if written is not None:
            again = decode(written, fallback=fallback)
            same = again.document.root == document.root
            assert guessed or same, "written and read: another tree"


def _measure(data: bytes, step: int) -> int | None:
    """The document's length as a reader learns it, fed ``step`` bytes at a time."""
    measure = WbxmlMeasure()
    for at in range(0, len(data), step):
        total = measure.feed(data[at : at + step])
        if total is not None:
            return total
    return None


def seeds() -> dict[str, bytes]:
    """Documents of all three vocabularies, each with the choices that make sense for it."""
    return {
        f"{name}-{choice}": bytes((choice,)) + data
        for name, data in all_wbxml().items()
        for choice in (0x00, 0x0D, 0xFA)
    }
