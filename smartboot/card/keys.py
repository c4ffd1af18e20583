"""Key references and their names (TS 102 221, 9.5.1).

An application has a global PIN1 (01 to 08) and a local PIN2 (81 to 88); with one application, the
usual case, they are simply PIN1 and PIN2. Ten administrative keys are ADM1 to ADM10. A 2G SIM's
CHV1 and CHV2 are given the references of PIN1 and PIN2 of application 1.
"""

from __future__ import annotations

import re

from smartboot.errors import UsageError

__all__ = ["ADM1", "PIN1", "PIN2", "UNIVERSAL_PIN", "is_adm", "key_name", "key_reference"]

PIN1 = 0x01
PIN2 = 0x81
ADM1 = 0x0A
UNIVERSAL_PIN = 0x11

_APPLICATIONS = 8


def _build_names() -> dict[int, str]:
    names = {PIN1: "PIN1", PIN2: "PIN2", UNIVERSAL_PIN: "universal PIN"}
    for number in range(2, _APPLICATIONS + 1):
        names[PIN1 + number - 1] = f"PIN1 of application {number}"
        names[PIN2 + number - 1] = f"PIN2 of application {number}"
    for number in range(1, 6):
        names[ADM1 + number - 1] = f"ADM{number}"
        names[0x8A + number - 1] = f"ADM{number + 5}"
    return names


_NAMES = _build_names()
_ALIASES = {
    "chv1": PIN1,
    "chv2": PIN2,
    "pin": PIN1,
    "adm": ADM1,
    "upin": UNIVERSAL_PIN,
    "universalpin": UNIVERSAL_PIN,
}
_APPLICATION_PIN = re.compile(r"pin([12])(?:[./-]|ofapplication)([1-8])")
_NUMBER = re.compile(r"(?:key|0x)([0-9a-f]{2})")


def key_name(reference: int) -> str:
    """The key's name for people; ``key 42`` (hex) for a reference the standard does not name."""
    return _NAMES.get(reference) or f"key {reference:02X}"


def key_reference(name: str) -> int:
    """The reference of a key: takes every name ``key_name`` gives, whatever the case, ``CHV1``,
    ``UPIN``, ``PIN1.3`` (application 3), and ``0x0A`` for the reference itself.

    Errors: UsageError for any other text.
    """
    text = "".join(name.lower().split())
    for reference, known in _NAMES.items():
        if text == "".join(known.lower().split()):
            return reference
    if text in _ALIASES:
        return _ALIASES[text]
    if match := _APPLICATION_PIN.fullmatch(text):
        return (PIN1 if match[1] == "1" else PIN2) + int(match[2]) - 1
    if match := _NUMBER.fullmatch(text):
        return int(match[1], 16)
    raise UsageError(
        f"there is no key named {name!r}", hint="keys are PIN1, PIN2, ADM1 to ADM10 and UPIN"
    )


def is_adm(reference: int) -> bool:
    """Whether this is an administrative key (levels 5 and 6)."""
    return 0x0A <= reference <= 0x0E or 0x8A <= reference <= 0x8E
