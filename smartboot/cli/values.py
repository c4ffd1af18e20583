"""``--set`` and ``--env-file``: the values of a card profile's variables from the command line.

A value is NAME=VALUE, NAME=env:VAR or NAME=@FILE; the last two keep secrets out of the shell's
history and the process list. What an env file says, ``--set`` overrides. No message repeats a
value.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from smartboot.errors import UsageError

__all__ = ["gather_values", "variable_options"]

C = TypeVar("C", bound=Callable[..., Any])

_MAX_BYTES = 1 << 20
_FORMS = "write --set NAME=VALUE, --set NAME=env:VAR or --set NAME=@FILE"


def variable_options(command: C) -> C:
    """Add the options; the callback gets ``settings`` (a tuple) and ``env_file`` (a name)."""
    command = click.option(
        "--env-file",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False),
        help="Values of variables, a line NAME=VALUE each.",
    )(command)
    return click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        help="Value of a variable; env:VAR or @FILE instead of a value takes it from there.",
    )(command)


def _read(path: str, what: str) -> str:
    try:
        with Path(path).open("rb") as stream:
            raw = stream.read(_MAX_BYTES + 1)
        if len(raw) > _MAX_BYTES:
            raise UsageError(f"{what}: {path} is longer than {_MAX_BYTES} bytes")
        return raw.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise UsageError(f"{what}: cannot read {path}: {reason}", hint=_FORMS) from None


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not name.isidentifier():
        # The text is not shown: half of it may be a secret.
        raise UsageError("--set: not NAME=VALUE", hint=_FORMS)
    option = f"--set {name}"
    if value.startswith("@"):
        return name, _read(value[1:], option).strip()
    if value.startswith("env:"):
        found = os.environ.get(value[4:])
        if found is None:
            raise UsageError(f"{option}: the environment variable {value[4:]} is not set")
        return name, found
    return name, value


def gather_values(settings: Sequence[str], env_file: str | None = None) -> dict[str, str]:
    """The values by name. Errors: UsageError, ProfileError for the env file; never with a value."""
    from smartboot.profiles.envfile import parse_env_file

    values: dict[str, str] = {}
    if env_file is not None:
        values = parse_env_file(_read(env_file, "--env-file"), env_file)
    given: set[str] = set()
    for text in settings:
        name, value = _setting(text)
        if name in given:
            raise UsageError(f"--set {name} is given twice")
        given.add(name)
        values[name] = value
    return values
