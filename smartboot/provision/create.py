"""Templates for CREATE FILE (TS 102 222, 6.3; TS 102 221, 11.1.1.4 and 9.2).

Access conditions are told to the card by reference to a record of EF(ARR) that says the same,
where there is one; else in place, expanded (AB); compact (8C) only for always and never, because
it has no room for a key reference. A card that takes none of the forms keeps the file away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smartboot.apdu.tlv import encode
from smartboot.card.base import AccessCondition, AccessRule, FilePath
from smartboot.frozen import dataclass
from smartboot.imagerules import Condition, parse_condition

__all__ = [
    "ArrRecord",
    "agrees",
    "directory_templates",
    "file_templates",
    "security_condition",
]

_ACTIVATED = b"\x05"
_DF_DESCRIPTOR = b"\x78\x21"
_EF_DESCRIPTOR = b"\x41\x21"

_READ, _CHANGE = 0x01, 0x5A
"""Access mode of an EF: read; update, deactivate, activate and delete."""

_ALL_OF_DF = 0x5F
"""Access mode of a DF: delete a child, create EF and DF, deactivate, activate, delete itself."""

_RESIZE = 0xD4

_EF_OTHERS = ("append", "deactivate", "activate", "terminate", "delete", "resize", "increase")
_DF_OTHERS = ("deactivate", "activate", "terminate", "delete", "create-df", "delete-child")


@dataclass(frozen=True, slots=True)
class ArrRecord:
    """A record of an EF(ARR): its file id, its number, and what it means for an EF and a DF."""

    fid: int
    number: int
    for_file: AccessRule
    for_directory: AccessRule


def agrees(wanted: str, found: AccessCondition) -> bool:
    """Whether a condition found on a card is the one that is wanted (as ``imagerules`` has it)."""
    condition = parse_condition(wanted)
    if not found.known:
        return False
    if condition.mode == "always":
        return found.always
    if condition.mode == "never":
        return found.never or not (found.always or found.keys)
    if found.always or found.never or set(found.keys) != set(condition.keys):
        return False
    return len(condition.keys) == 1 or found.all_of == (condition.mode == "all")


def _says_the_same(rule: AccessRule, wanted: dict[str, str], others: Sequence[str]) -> bool:
    """The operations in ``wanted`` exactly so, and no other one easier than updating."""
    if not all(agrees(text, rule.condition(name)) for name, text in wanted.items()):
        return False
    hardest = wanted.get("update", wanted.get("create-ef", "never"))
    return all(
        agrees(hardest, rule.condition(name)) or agrees("never", rule.condition(name))
        for name in others
        if name not in wanted
    )


def security_condition(condition: Condition) -> bytes:
    """The security condition data object (ISO/IEC 7816-4, 9.3.3)."""
    if condition.mode == "always":
        return encode(0x90, b"")
    if condition.mode == "never" or not condition.keys:
        return encode(0x97, b"")
    keys = [encode(0xA4, encode(0x83, bytes((k,))) + encode(0x95, b"\x08")) for k in condition.keys]
    if len(keys) == 1:
        return keys[0]
    return encode(0xA7 if condition.mode == "all" else 0xA0, b"".join(keys))


def _compact(condition: Condition) -> int | None:
    return {"always": 0x00, "never": 0xFF}.get(condition.mode)


def _file_security(read: str, update: str, records: Iterable[ArrRecord]) -> list[tuple[str, bytes]]:
    reader, writer = parse_condition(read), parse_condition(update)
    forms: list[tuple[str, bytes]] = []
    for record in records:
        if _says_the_same(record.for_file, {"read": read, "update": update}, _EF_OTHERS):
            reference = record.fid.to_bytes(2, "big") + bytes((record.number,))
            forms.append((f"8B {record.fid:04X}/{record.number}", encode(0x8B, reference)))
            break
    expanded = (
        encode(0x80, bytes((_READ,)))
        + security_condition(reader)
        + encode(0x80, bytes((_CHANGE,)))
        + security_condition(writer)
        + encode(0x84, bytes((_RESIZE,)))
        + security_condition(writer)
    )
    forms.append(("AB", encode(0xAB, expanded)))
    low, high = _compact(reader), _compact(writer)
    if low is not None and high is not None:
        # One condition byte for each bit of the mode, from delete down to read.
        forms.append(("8C", encode(0x8C, bytes((_READ | _CHANGE, *[high] * 4, low)))))
    return forms


def file_templates(
    fid: int, size: int, read: str, update: str, sfi: int | None, records: Iterable[ArrRecord]
) -> tuple[tuple[str, bytes], ...]:
    """The templates of a transparent EF, by the form of their access rule, best first."""
    short = b"" if sfi is None else bytes((sfi << 3,))
    return tuple(
        (
            form,
            encode(
                0x62,
                encode(0x82, _EF_DESCRIPTOR)
                + encode(0x83, fid.to_bytes(2, "big"))
                + encode(0x8A, _ACTIVATED)
                + security
                + encode(0x80, size.to_bytes(2, "big"))
                + encode(0x88, short),
            ),
        )
        for form, security in _file_security(read, update, records)
    )


def directory_templates(
    path: FilePath,
    aid: bytes,
    change: str,
    keys: Iterable[int],
    total: int,
    records: Iterable[ArrRecord],
) -> tuple[tuple[str, bytes], ...]:
    """The templates of the application's ADF, best first.

    ``change`` is who may create and delete in it, ``keys`` the key references its files ask for
    (PIN status template C6), ``total`` the bytes of all its files. C6 and the total size (81) are
    mandatory by TS 102 222 and refused by some cards, so each form is tried without them too.
    """
    used = list(dict.fromkeys(keys))
    listed = sorted({0x01, *used})[:8]
    bitmap = sum(0x80 >> at for at, key in enumerate(listed) if key in used)
    status = encode(0x90, bytes((bitmap,)))
    status += b"".join(encode(0x83, bytes((key,))) for key in listed)
    tail = encode(0x81, min(total, 0xFFFF).to_bytes(2, "big")) + encode(0xC6, status)
    forms: list[tuple[str, bytes]] = []
    for record in records:
        if _says_the_same(record.for_directory, {"create-ef": change}, _DF_OTHERS):
            reference = record.fid.to_bytes(2, "big") + bytes((record.number,))
            forms.append((f"8B {record.fid:04X}/{record.number}", encode(0x8B, reference)))
            break
    condition = parse_condition(change)
    rule = encode(0x80, bytes((_ALL_OF_DF,))) + security_condition(condition)
    forms.append(("AB", encode(0xAB, rule)))
    compact = _compact(condition)
    if compact is not None:
        forms.append(("8C", encode(0x8C, bytes((_ALL_OF_DF, *[compact] * 6)))))
    head = (
        encode(0x82, _DF_DESCRIPTOR)
        + encode(0x83, path.fid.to_bytes(2, "big"))
        + encode(0x84, aid)
        + encode(0x8A, _ACTIVATED)
    )
    return tuple(
        (form, encode(0x62, head + security + extra))
        for form, security in forms
        for extra in (tail, b"")
    )
