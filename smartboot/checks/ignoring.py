"""``--ignore``: codes and patterns of codes whose findings do not count."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from smartboot.checks.catalogue import all_rules, rule_of
from smartboot.errors import UsageError
from smartboot.frozen import dataclass

__all__ = ["Ignored", "parse_ignored", "split_codes"]


@dataclass(frozen=True, slots=True)
class Ignored:
    """``patterns`` are codes, or beginnings of codes with a ``*`` behind, in upper case."""

    patterns: tuple[str, ...] = ()

    def covers(self, code: str) -> bool:
        """Whether findings of this code are ignored."""
        return any(fnmatchcase(code, pattern) for pattern in self.patterns)


def split_codes(texts: Iterable[str]) -> list[str]:
    """The codes of an option that may be given several times and takes lists with commas."""
    return [code for text in texts for part in text.split(",") if (code := part.strip().upper())]


def parse_ignored(texts: Iterable[str]) -> Ignored:
    """``CODE``, ``CODE,CODE`` or ``SEC-*``. Errors: UsageError for what fits no rule."""
    patterns = split_codes(texts)
    for pattern in patterns:
        begin, star, behind = pattern.partition("*")
        if any(mark in begin + behind for mark in "?[]*") or behind:
            raise UsageError(f"--ignore: {pattern!r}: a * stands at the end, as in SEC-*")
        if not star:
            rule_of(pattern)
        elif not any(code.startswith(begin) for code in all_rules()):
            raise UsageError(
                f"--ignore: no code begins with {begin!r}", hint="check --list shows all codes"
            )
    return Ignored(tuple(patterns))
