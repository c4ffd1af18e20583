"""Env files: values of variables as ``NAME=VALUE`` lines.

    # What goes onto the cards of lot 7.
    SERVER=coaps://lwm2m.example:5684
    PSK=hex:00112233445566778899AABBCCDDEEFF

Blank lines and lines that begin with ``#`` are skipped, ``export`` before a name too. A value is
what stands behind the ``=`` without white space around it; one pair of quotes around it is taken
off. Nothing is expanded: neither ``$``, ``@FILE`` nor ``env:``.
"""

from __future__ import annotations

from smartboot.errors import ProfileError
from smartboot.profiles.variables import NAME

__all__ = ["parse_env_file"]

_MAX_LINES = 10_000


def parse_env_file(text: str, file: str | None = None) -> dict[str, str]:
    """The values by name. Errors: ProfileError with file and line, never with what stands there."""
    values: dict[str, str] = {}
    lines = text.removeprefix("\ufeff").split("\n")
    if len(lines) > _MAX_LINES:
        raise ProfileError(f"has more than {_MAX_LINES} lines", file=file)
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        words = name.split()
        if words[:1] == ["export"] and len(words) == 2:
            words = words[1:]
        if not equals or len(words) != 1:
            raise ProfileError("a line should be NAME=VALUE", file=file, line=number)
        (name,) = words
        if not NAME.fullmatch(name):
            # What stands before the = may be half of a broken secret, so it is not repeated.
            raise ProfileError(
                "what stands before = is no name for a variable",
                file=file,
                line=number,
                hint="capital letters, digits and _, beginning with a letter",
            )
        if name in values:
            raise ProfileError("the name stands here a second time", file=file, line=number)
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        values[name] = value
    return values
