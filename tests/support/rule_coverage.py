"""Which codes the tests of the rules and the zoo name: every rule of ``check`` has one there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

__all__ = ["codes_named", "sources"]

TESTS = Path(__file__).parent.parent

_CODE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)+")
_NOT_BY_RULE = {"test_checks_catalogue.py", "test_checks_engine.py", "test_checks_outputs.py"}
"""Tests that name codes without raising them."""


def sources() -> list[Path]:
    """The tests that raise codes: those of the rules, the command's, the zoo."""
    tests = [*TESTS.glob("test_checks_*.py"), TESTS / "test_cli_check.py"]
    zoo = [path for path in (TESTS / "zoo").rglob("*") if path.suffix in (".py", ".yaml", ".json")]
    return sorted(path for path in (*tests, *zoo) if path.name not in _NOT_BY_RULE)


def codes_named(paths: Iterable[Path]) -> set[str]:
    """Every word of these files that looks like a code."""
    return {code for path in paths for code in _CODE.findall(path.read_text(encoding="utf-8"))}
