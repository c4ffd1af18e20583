"""Which fields of two values read from cards differ, in words that hold no secret."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from smartboot.model import Secret

__all__ = ["explain"]

_MOST = 20


def explain(left: object, right: object) -> list[str] | None:
    """Lines for pytest's report on ``left == right``; None for values with nothing to compare."""
    if not is_dataclass(left) or isinstance(left, type):
        return None
    name = type(left).__name__
    return [f"{name} == {name}", *_differences(left, right, "")[:_MOST]]


def _differences(left: Any, right: Any, where: str) -> list[str]:
    if left == right:
        return []
    if type(left) is type(right) and is_dataclass(left) and not isinstance(left, Secret):
        found = []
        for item in fields(left):
            one, other = getattr(left, item.name), getattr(right, item.name)
            place = f"{where}.{item.name}"
            if one != other and item.compare:
                found += _differences(one, other, place) if item.repr else [_hidden(place)]
        return found
    if isinstance(left, tuple) and isinstance(right, tuple):
        if len(left) != len(right):
            return [f"{where}: {len(left)} of them on the left, {len(right)} on the right"]
        pairs = enumerate(zip(left, right, strict=True))
        return [line for n, (a, b) in pairs for line in _differences(a, b, f"{where}[{n}]")]
    if isinstance(left, Secret) or isinstance(right, Secret):
        return [_hidden(where)]
    return [f"{where}: {left!r} != {right!r}"]


def _hidden(where: str) -> str:
    return f"{where} differs (not shown)"
