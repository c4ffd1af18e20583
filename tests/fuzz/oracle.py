"""What a fuzz target holds against the code: nothing but the project's errors may come out.

The targets say with ``attempt`` which errors a function promises; anything else, a failed
assertion included, goes up and is a find.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from smartboot.errors import DecodeError, SmartbootError

__all__ = ["MAX_MESSAGE", "SECRET", "attempt", "check_error", "check_findings", "no_secret"]

MAX_MESSAGE = 2000
"""Longest message of an error or a finding, in characters: it goes into one line of a terminal."""

SECRET = "13572468"
"""The key that targets hand to the code under test; it never comes out again."""


def attempt(
    promised: type[SmartbootError] | tuple[type[SmartbootError], ...],
    function: Callable[..., Any],
    *arguments: Any,
    **options: Any,
) -> Any:
    """What ``function`` returns, or None where it refuses with an error that it promises."""
    try:
        return function(*arguments, **options)
    except promised as error:
        check_error(error)
        return None


def check_error(error: SmartbootError) -> None:
    """An error's text is one line of bounded length, its offset no nonsense."""
    for text in (str(error), error.hint or ""):
        assert "\n" not in text, "a message of several lines"
        assert len(text) <= MAX_MESSAGE, "a message without end"
        no_secret(text)
    if isinstance(error, DecodeError) and error.offset is not None:
        assert error.offset >= 0, "a negative offset"


def check_findings(findings: Any, limit: int = 2000) -> None:
    """Findings are few, short, in one line, and go into JSON."""
    assert len(findings) <= limit, f"{len(findings)} findings"
    for finding in findings:
        assert finding.code == finding.code.upper()
        assert finding.code.isascii()
        assert len(finding.message) + len(finding.where) <= MAX_MESSAGE, "a finding without end"
        no_secret(finding.message + finding.where)
        json.dumps(finding.to_dict())


def no_secret(text: str) -> None:
    """The key handed over is not in ``text``."""
    assert SECRET not in text, "a key shows"
