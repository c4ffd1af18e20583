"""Access conditions as people write them: ``always``, ``never``, ``pin1``, ``adm1 or adm2``.

Used by card images and whatever writes them. Key references: TS 102 221, 9.5.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

__all__ = ["ACCESS_OPERATIONS", "KEY_NAMES", "Condition", "parse_condition"]

ACCESS_OPERATIONS = (
    "read",
    "update",
    "append",
    "increase",
    "activate",
    "deactivate",
    "terminate",
    "resize",
    "delete",
    "create-ef",
    "create-df",
    "delete-child",
)
"""What an access rule can allow; the last three are those of a DF on its children."""

KEY_NAMES = {
    "pin1": 0x01,
    "pin2": 0x81,
    "universal-pin": 0x11,
    **{f"adm{n}": 0x09 + n for n in range(1, 6)},
    **{f"adm{n}": 0x84 + n for n in range(6, 11)},
}
"""Names of key references (TS 102 221, 9.5.1)."""

_NAMES_OF_KEYS = {reference: name for name, reference in KEY_NAMES.items()}
_MAX_KEYS = 8


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: ``always``, ``never``, or ``any``/``all`` of ``keys`` (key references)."""

    mode: Literal["always", "never", "any", "all"]
    keys: tuple[int, ...] = ()

    def __str__(self) -> str:
        if self.mode in ("always", "never"):
            return self.mode
        names = (_NAMES_OF_KEYS.get(key, f"pin:{key:02X}") for key in self.keys)
        return (" and " if self.mode == "all" else " or ").join(names)


@lru_cache(maxsize=512)
def _parse(text: str) -> Condition:
    words = text.lower().split()
    if words == ["always"]:
        return Condition("always")
    if words == ["never"]:
        return Condition("never")
    names, joints = words[0::2], set(words[1::2])
    if len(words) % 2 == 0 or len(names) > _MAX_KEYS or len(joints) > 1 or joints - {"or", "and"}:
        raise ValueError(
            f"{text[:60]!r} is no access condition; write always, never, pin1, adm1 or adm2, …"
        )
    keys = tuple(_key(name) for name in names)
    return Condition("all" if joints == {"and"} else "any", keys)


def _key(name: str) -> int:
    if name in KEY_NAMES:
        return KEY_NAMES[name]
    digits = name.removeprefix("pin:")
    if digits != name and len(digits) == 2:
        try:
            reference = int(digits, 16)
        except ValueError:
            reference = 0
        if reference:
            return reference
    raise ValueError(
        f"{name[:30]!r} names no key; known are {', '.join(KEY_NAMES)} and pin:NN in hex"
    )


def parse_condition(text: object) -> Condition:
    """Read a condition. ValueError (for the schema to report) when it is none."""
    if not isinstance(text, str):
        raise ValueError("an access condition is text")  # noqa: TRY004 - pydantic reports ValueError
    return _parse(text)
