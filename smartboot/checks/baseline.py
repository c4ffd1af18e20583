"""Baselines: findings that are known and accepted, so that only new ones count.

Schema ``smartboot/baseline/1``, as YAML or JSON. A finding is known by its target, its code and
its place; the words of its message may change. The text is sorted and holds nothing else, so that
two runs over the same data give the same file.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from smartboot.errors import ProfileError
from smartboot.frozen import dataclass
from smartboot.yamltext import MAX_TEXT_BYTES, Located, read_yaml

__all__ = ["SCHEMA", "Baseline", "Entry", "parse_baseline", "write_baseline"]

SCHEMA = "smartboot/baseline/1"

_MAX_COUNT = 100_000
_CODE = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)+")
_FIELDS = {"target", "code", "where", "count"}


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One known finding: ``target`` as ``Target.key`` has it, code, and place."""

    target: str
    code: str
    where: str = ""


class _Matching:
    """A baseline whose entries are used up as findings fit them."""

    def __init__(self, counts: Counter[Entry]) -> None:
        self._left = counts.copy()

    def take(self, entry: Entry) -> bool:
        """Use one entry up; False when none is left."""
        if self._left[entry] <= 0:
            return False
        self._left[entry] -= 1
        return True

    def rest(self) -> tuple[Entry, ...]:
        """The entries that nothing fitted, sorted, each as often as it is left."""
        return tuple(sorted(self._left.elements()))


@dataclass(frozen=True, slots=True)
class Baseline:
    """Known findings; the same entry may stand for several findings."""

    entries: tuple[Entry, ...] = ()

    def matching(self) -> _Matching:
        """A fresh count of the entries."""
        return _Matching(Counter(self.entries))


def write_baseline(entries: Iterable[Entry], *, as_json: bool = False) -> str:
    """The text of a baseline, sorted, the same for the same entries."""
    counts = sorted(Counter(entries).items())
    if as_json:
        rows = [
            {"target": entry.target, "code": entry.code, "where": entry.where, "count": count}
            for entry, count in counts
        ]
        return json.dumps({"schema": SCHEMA, "findings": rows}, indent=2) + "\n"
    lines = [
        "# Findings that `smartboot check --baseline` takes as known.",
        f"schema: {SCHEMA}",
        "findings:" if counts else "findings: []",
    ]
    for entry, count in counts:
        lines.append(f"- target: {_quoted(entry.target)}")
        lines.append(f"  code: {entry.code}")
        lines.append(f"  where: {_quoted(entry.where)}")
        if count != 1:
            lines.append(f"  count: {count}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A double-quoted scalar (YAML 1.2, 7.3.1); what cannot be seen is escaped."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable() and character <= "\ud7ff":
        return character
    return f"\\U{ord(character):08x}"


def _located(text: str, name: str | None) -> Located:
    """YAML, or JSON: YAML's reader does not put JSON's pairs of surrogates together."""
    if text.lstrip()[:1] != "{":
        return read_yaml(text, name)
    if len(text) > MAX_TEXT_BYTES:
        raise ProfileError(f"the text is longer than {MAX_TEXT_BYTES} characters", file=name)
    try:
        return Located(json.loads(text), {}, name)
    except json.JSONDecodeError as error:
        raise ProfileError(f"not JSON: {error.msg}", file=name, line=error.lineno) from None
    except (RecursionError, ValueError):
        raise ProfileError("not JSON", file=name) from None


def parse_baseline(text: str, name: str | None = None) -> Baseline:
    """Read a baseline in either form. Errors: ProfileError with file, line and field."""
    located = _located(text, name)
    data = located.data
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise located.error(f"not a baseline: the schema should be {SCHEMA}", ("schema",))
    if extra := sorted(set(data) - {"schema", "findings"}):
        raise located.error("there is no such field", (extra[0],))
    rows = data.get("findings")
    if not isinstance(rows, list):
        raise located.error("should be a list", ("findings",))
    entries: list[Entry] = []
    for index, row in enumerate(rows):
        entry, count = _entry(located, index, row)
        entries += [entry] * count
        if len(entries) > _MAX_COUNT:
            raise located.error("more findings than anybody can know", ("findings", index))
    return Baseline(tuple(entries))


def _entry(located: Located, index: int, row: Any) -> tuple[Entry, int]:
    place = ("findings", index)
    if not isinstance(row, dict):
        raise located.error("should be a mapping", place)
    if extra := sorted(set(row) - _FIELDS):
        raise located.error("there is no such field", (*place, extra[0]))
    target, code, where = row.get("target"), row.get("code"), row.get("where") or ""
    if not isinstance(target, str) or not target:
        raise located.error("is missing", (*place, "target"))
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise located.error("should be a code, such as BOOT-EMPTY", (*place, "code"))
    if not isinstance(where, str):
        raise located.error("should be text", (*place, "where"))
    count = str(row.get("count", 1))
    if not re.fullmatch("[1-9][0-9]{0,4}", count):
        raise located.error("should be a number from 1", (*place, "count"))
    return Entry(target, code, where), int(count)
