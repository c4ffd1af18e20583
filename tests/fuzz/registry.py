"""The targets by name, and where their inputs are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

__all__ = ["TARGETS", "Target", "corpus", "crashes", "get", "inputs", "words", "working_corpus"]

_HERE = Path(__file__).parent
_WORK = _HERE.parents[1] / ".fuzz"

TARGETS = (
    "wbxml",
    "client_provisioning",
    "oma_dm",
    "lwm2m",
    "pkcs15",
    "card_structures",
    "text_inputs",
    "hostile_card",
)


class Target(Protocol):
    """What a module in ``targets`` has."""

    one_input: Callable[[bytes], None]
    seeds: Callable[[], dict[str, bytes]]


def get(name: str) -> Target:
    """The target of this name, one of ``TARGETS``."""
    return cast(Target, import_module(f"tests.fuzz.targets.{name}"))


def corpus(name: str) -> Path:
    """The seeds in the repository, made by ``python -m tests.fuzz seeds``."""
    return _HERE / "corpus" / name


def words(name: str) -> Path:
    """libFuzzer's dictionary: byte strings worth putting into an input."""
    return _HERE / "words" / f"{name}.dict"


def crashes(name: str) -> Path:
    """Inputs that once broke a promise. They are run by the ordinary tests for ever."""
    return _HERE / "crashes" / name


def working_corpus(name: str) -> Path:
    """What the fuzzer finds new ways with; not in the repository."""
    return _WORK / "corpus" / name


def inputs(name: str) -> Iterator[Path]:
    """Every input in the repository."""
    for folder in (corpus(name), crashes(name)):
        yield from sorted(folder.glob("*"))
