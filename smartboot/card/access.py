"""Access rules of UICC files: compact (8C), expanded (AB) and the records of EF(ARR).

TS 102 221, 9.2.4, 9.2.7 and 11.1.1.4.7; ISO/IEC 7816-4, 9.3. An access mode (what) is followed
by security conditions (which keys). Conditions that this program cannot express, secure messaging
for instance, become ``known=False`` instead of being taken for something weaker.
"""

from __future__ import annotations

from collections.abc import Iterable

from smartboot.apdu import tlv
from smartboot.card.base import AccessCondition, AccessRule
from smartboot.errors import DecodeError

__all__ = ["parse_compact", "parse_expanded"]

_SPEC_COMPACT = "TS 102 221, 9.2.4.1"
_SPEC_EXPANDED = "TS 102 221, 9.2.4.2"

_MAX_DEPTH = 6
_MAX_OBJECTS = 128
"""Far above any real rule: a record of EF(ARR) holds 254 bytes, a data object at least two."""

_EF_MODES = (
    (0x40, "delete"),
    (0x20, "terminate"),
    (0x10, "activate"),
    (0x08, "deactivate"),
    (0x04, "append"),
    (0x02, "update"),
    (0x01, "read"),
)
_DF_MODES = (
    (0x40, "delete"),
    (0x20, "terminate"),
    (0x10, "activate"),
    (0x08, "deactivate"),
    (0x04, "create-df"),
    (0x02, "create-ef"),
    (0x01, "delete-child"),
)
"""Bits of the access mode byte, highest first: compact security conditions come in this order."""

_OPERATIONS = {0x32: "increase", 0xD4: "resize"}
"""Commands that have no bit in the access mode byte and are named by their INS (tag 84)."""

_ALWAYS = AccessCondition(always=True)
_NEVER = AccessCondition(never=True)
_UNKNOWN = AccessCondition(known=False)


def _keys(condition: AccessCondition) -> tuple[int, ...]:
    return condition.keys


def _any_of(parts: Iterable[AccessCondition]) -> AccessCondition:
    """OR. One condition that always holds is enough; those that never do count for nothing."""
    left = [part for part in parts if not part.never]
    if any(part.always for part in left):
        return _ALWAYS
    if not left:
        return _NEVER
    if len(left) == 1:
        return left[0]
    keys = tuple(dict.fromkeys(key for part in left for key in _keys(part)))
    if any(not part.known or (part.all_of and len(part.keys) > 1) for part in left):
        return AccessCondition(keys=keys, known=False)
    return AccessCondition(keys=keys)


def _all_of(parts: Iterable[AccessCondition]) -> AccessCondition:
    """AND, the mirror of OR."""
    left = [part for part in parts if not part.always]
    if any(part.never for part in left):
        return _NEVER
    if not left:
        return _ALWAYS
    if len(left) == 1:
        return left[0]
    keys = tuple(dict.fromkeys(key for part in left for key in _keys(part)))
    if any(not part.known or (not part.all_of and len(part.keys) > 1) for part in left):
        return AccessCondition(keys=keys, known=False)
    return AccessCondition(keys=keys, all_of=len(keys) > 1)


def _negate(parts: list[AccessCondition]) -> AccessCondition:
    if len(parts) == 1 and parts[0].always:
        return _NEVER
    if len(parts) == 1 and parts[0].never:
        return _ALWAYS
    return _UNKNOWN


def _compact_condition(byte: int) -> AccessCondition:
    """One security condition byte (ISO/IEC 7816-4, 9.3.3). Any but 00 and FF points to a security
    environment, whose keys are not told here."""
    if byte == 0x00:
        return _ALWAYS
    return _NEVER if byte == 0xFF else _UNKNOWN


def parse_compact(value: bytes, *, directory: bool) -> AccessRule:
    """The value of tag 8C: an access mode byte and one condition byte for each bit set in it.

    Several such groups may follow each other. Errors: DecodeError for a group that is cut off.
    """
    rules: list[tuple[str, AccessCondition]] = []
    at = 0
    while at < len(value):
        mode = value[at]
        at += 1
        if mode & 0x80:
            # Bits 7 to 4 are proprietary then; the count of condition bytes still follows the bits.
            names = [(bit, f"proprietary-{bit:02X}") for bit in (0x40, 0x20, 0x10, 0x08)]
            table = (*names, *(_DF_MODES if directory else _EF_MODES)[4:])
        else:
            table = _DF_MODES if directory else _EF_MODES
        for bit, name in table:
            if mode & bit:
                if at >= len(value):
                    raise DecodeError(
                        f"compact access rule: no condition for {name}",
                        offset=at,
                        spec=_SPEC_COMPACT,
                    )
                rules.append((name, _compact_condition(value[at])))
                at += 1
    return AccessRule(_merge(rules), source="8C")


class _Expanded:
    """Walks the data objects of one rule, counting them so that a hostile one ends."""

    def __init__(self, *, directory: bool) -> None:
        self._modes = _DF_MODES if directory else _EF_MODES
        self._left = _MAX_OBJECTS

    def rules(self, data: bytes) -> list[tuple[str, AccessCondition]]:
        rules: list[tuple[str, AccessCondition]] = []
        names: list[str] = []
        conditions: list[AccessCondition] = []
        for item in tlv.iterate(data, padding=True):
            self._count(item)
            if 0x80 <= item.tag <= 0x8F:
                if conditions:
                    rules += [(name, _any_of(conditions)) for name in names]
                    names, conditions = [], []
                names += self._access_mode(item)
            elif names:
                conditions.append(self._condition(item, _MAX_DEPTH))
            else:
                raise DecodeError(
                    f"security condition {item.tag:02X} without an access mode before it",
                    offset=item.offset,
                    spec=_SPEC_EXPANDED,
                )
        # An access mode without any condition allows nothing: a rule that is silent is a refusal.
        return rules + [(name, _any_of(conditions)) for name in names]

    def _count(self, item: tlv.Tlv) -> None:
        self._left -= 1
        if self._left < 0:
            raise DecodeError(
                f"access rule of more than {_MAX_OBJECTS} data objects",
                offset=item.offset,
                spec=_SPEC_EXPANDED,
            )

    def _access_mode(self, item: tlv.Tlv) -> list[str]:
        if item.tag == 0x80:
            if len(item.value) != 1:
                raise DecodeError(
                    "access mode is not one byte", offset=item.value_offset, spec=_SPEC_EXPANDED
                )
            if item.value[0] & 0x80:
                return [f"proprietary-{item.value[0]:02X}"]
            return [name for bit, name in self._modes if item.value[0] & bit]
        width = (item.tag & 0x0F).bit_count()
        if not item.value or len(item.value) % width:
            raise DecodeError(
                f"command header list {item.tag:02X} has a wrong length",
                offset=item.value_offset,
                spec=_SPEC_EXPANDED,
            )
        headers = [item.value[i : i + width] for i in range(0, len(item.value), width)]
        return [self._command(item.tag & 0x0F, header) for header in headers]

    @staticmethod
    def _command(parts: int, header: bytes) -> str:
        """The operation a command header stands for. One that P1 or P2 narrows is another one."""
        if parts in (0b0100, 0b1100):
            ins = header[-1]
            return _OPERATIONS.get(ins, f"command-{ins:02X}")
        names = [n for bit, n in ((8, "cla"), (4, "ins"), (2, "p1"), (1, "p2")) if parts & bit]
        return "command-" + "-".join(f"{n}{b:02X}" for n, b in zip(names, header, strict=True))

    def _condition(self, item: tlv.Tlv, depth: int) -> AccessCondition:
        tag, value = item.tag, item.value
        if tag == 0x90:
            return _ALWAYS
        if tag == 0x97:
            return _NEVER
        if tag == 0x9E:
            return _compact_condition(value[0]) if len(value) == 1 else _UNKNOWN
        if tag == 0xA4:
            return self._authentication(item)
        if tag not in (0xA0, 0xA7, 0xAF):
            return _UNKNOWN
        if depth == 0:
            raise DecodeError(
                "access conditions are nested too deeply", offset=item.offset, spec=_SPEC_EXPANDED
            )
        parts = []
        for child in item.children():
            self._count(child)
            parts.append(self._condition(child, depth - 1))
        if not parts:
            return _UNKNOWN
        if tag == 0xA0:
            return _any_of(parts)
        return _all_of(parts) if tag == 0xA7 else _negate(parts)

    def _authentication(self, item: tlv.Tlv) -> AccessCondition:
        """A4: the key reference (83) that has to be verified; the usage qualifier (95) is 08."""
        keys = []
        for child in item.children():
            self._count(child)
            if child.tag == 0x83 and len(child.value) == 1:
                keys.append(child.value[0])
        return AccessCondition(keys=tuple(dict.fromkeys(keys))) if keys else _UNKNOWN


def _merge(rules: list[tuple[str, AccessCondition]]) -> tuple[tuple[str, AccessCondition], ...]:
    """Rules that speak of the same operation are alternatives (ISO/IEC 7816-4, 9.3.1)."""
    merged: dict[str, list[AccessCondition]] = {}
    for name, condition in rules:
        merged.setdefault(name, []).append(condition)
    return tuple((name, _any_of(conditions)) for name, conditions in merged.items())


def parse_expanded(data: bytes, *, directory: bool, source: str = "AB") -> AccessRule:
    """The value of tag AB, or a record of EF(ARR), whose padding ends it.

    ``directory`` says whether the file is an MF, DF or ADF, for which the access mode bits mean
    something else. Errors: DecodeError for data objects that do not parse, are too many or nested
    too deeply.
    """
    return AccessRule(_merge(_Expanded(directory=directory).rules(data)), source=source)
