"""YAML text to plain Python data, every scalar as the text that stands there, with line numbers.

Card images and profiles are full of hex. YAML's own typing would turn the file id ``6432`` into a
number and ``2E00`` into 2.0, so nothing is typed here: mappings, lists, text and None come out,
and the schema that reads them knows what each field is. Duplicate keys are refused, and so is what
grows past the limits (aliases included); the errors carry file, line and field.

Parts of a text that no schema describes (the documents in a card profile) can be asked for typed:
there plain scalars become what YAML 1.2 says they are.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from smartboot.errors import ProfileError

__all__ = ["MAX_TEXT_BYTES", "Located", "Place", "read_yaml", "spell"]

MAX_TEXT_BYTES = 8 * 1024 * 1024
"""Longest text taken; a full card of a megabyte is below 3 MB of hex."""

_MAX_DEPTH = 40
_MAX_OPEN = 500
_BRACKETS = re.compile(r"[\[\]{}]")
_MAX_NODES = 200_000

Place = tuple[str | int, ...]
"""Where a value is: keys and list positions from the top."""


@dataclass(frozen=True, slots=True)
class Located:
    """The ``data`` of a text and the line (from 1) of every mapping key and list item in it."""

    data: Any = field(repr=False)
    lines: Mapping[Place, int] = field(repr=False)
    name: str | None = None

    def line(self, place: Place) -> int | None:
        """The line of ``place``, or of the nearest thing around it that has one."""
        for end in range(len(place), -1, -1):
            found = self.lines.get(place[:end])
            if found is not None:
                return found
        return None

    def error(self, message: str, place: Place = (), *, hint: str | None = None) -> ProfileError:
        """A ProfileError that says file, line and field of ``place``."""
        return ProfileError(
            message, file=self.name, line=self.line(place), field=spell(place), hint=hint
        )


def spell(place: Place) -> str | None:
    """``files[2].access.read`` for ("files", 2, "access", "read"); None for the top."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or None


def _never(place: Place) -> bool:
    del place
    return False


def read_yaml(
    text: str, name: str | None = None, *, typed: Callable[[Place], bool] = _never
) -> Located:
    """Parse one YAML document. ``name`` is what errors call the file.

    ``typed`` says of a place whether plain scalars there become numbers and booleans (YAML 1.2).
    Errors: ProfileError.
    """
    if _opens_too_deeply(text):
        raise ProfileError("the text is nested too deeply", file=name)
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError

    if len(text) > MAX_TEXT_BYTES:
        raise ProfileError(f"the text is longer than {MAX_TEXT_BYTES} characters", file=name)
    try:
        # Pure Python and "safe": only nodes are composed, nothing is ever constructed from tags.
        with warnings.catch_warnings():
            # An anchor given twice is allowed (YAML 1.2, 6.9.2) and no news for a user's terminal.
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        raise ProfileError(
            f"not YAML: {error.problem or error.context}", file=name, line=line
        ) from None
    except RecursionError:
        raise ProfileError("the text is nested too deeply", file=name) from None
    except (YAMLError, ValueError) as error:
        # Characters that YAML does not allow have no mark; the first line of the text is enough.
        raise ProfileError(f"not YAML: {str(error).splitlines()[0]}", file=name) from None
    if root is None:
        raise ProfileError("the file is empty", file=name)
    lines: dict[Place, int] = {}
    data = _Builder(name, lines, typed).build(root, (), None)
    return Located(data, lines, name)


def _opens_too_deeply(text: str) -> bool:
    """Whether far more brackets are opened than any document nests. The parser's time grows with
    the square of that number, so it must not see them; brackets inside of text count as well,
    which is why the limit is above that of the depth."""
    depth = 0
    for bracket in _BRACKETS.findall(text):
        depth += 1 if bracket in "[{" else -1
        if depth > _MAX_OPEN:
            return True
        depth = max(depth, 0)
    return False


class _Builder:
    """Turns YAML nodes into data, noting lines, within limits of depth and number."""

    def __init__(
        self, name: str | None, lines: dict[Place, int], typed: Callable[[Place], bool]
    ) -> None:
        self._name = name
        self._lines = lines
        self._typed = typed
        self._count = 0

    def build(self, node: Any, place: Place, key_line: int | None) -> Any:
        """The data of one node at ``place``; ``key_line`` is its key's line, if it has a key."""
        own = node.start_mark.line + 1
        line = own if key_line is None else key_line
        self._lines[place] = line
        self._count += 1
        if len(place) > _MAX_DEPTH or self._count > _MAX_NODES:
            raise ProfileError(
                "the text holds too many values or levels", file=self._name, line=line
            )
        if node.id == "mapping":
            return self._mapping(node, place)
        if node.id == "sequence":
            return [self.build(item, (*place, i), None) for i, item in enumerate(node.value)]
        is_null = node.style is None and node.value in ("", "~", "null")
        if is_null:
            return None
        return _typed(node.value) if node.style is None and self._typed(place) else node.value

    def _mapping(self, node: Any, place: Place) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value
            if not isinstance(key, str):
                raise ProfileError("a key must be plain text", file=self._name, line=line)
            if key in data:
                raise ProfileError(
                    "the key stands here a second time",
                    file=self._name,
                    line=line,
                    field=spell((*place, key)),
                )
            data[key] = self.build(value_node, (*place, key), line)
        return data


_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,19})|0x[0-9A-Fa-f]{1,16}|0o[0-7]{1,21}")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]{1,3})?")


def _typed(text: str) -> str | int | float | bool:
    """A plain scalar as the core schema of YAML 1.2 (10.3.2) has it, but infinities and
    digits behind a leading zero (telephone numbers, network codes) stay text."""
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text, 16 if text.startswith("0x") else 8 if text.startswith("0o") else 10)
    return float(text) if len(text) <= 40 and _FLOAT.fullmatch(text) else text
