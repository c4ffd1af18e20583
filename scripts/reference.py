#!/usr/bin/env python3
"""Writes the pages of docs/ that are made from the program: ``scripts/reference.py``.

``tests/test_reference.py`` holds the pages equal to what this gives.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import command_pages
import profile_pages

from smartboot.checks import document as check_pages

DOCS = Path(__file__).parent.parent / "docs"

PAGES: dict[str, tuple[str, Callable[[], str]]] = {
    "checks": ("checks.md", check_pages.reference),
    "commands": ("commands.md", command_pages.reference),
    "profiles": ("profile-reference.md", profile_pages.reference),
}
"""Each page's file in docs/ and the function that gives its text."""


def write(name: str, folder: Path = DOCS) -> Path:
    """Write one page and return its path."""
    file, make = PAGES[name]
    path = folder / file
    path.write_text(make(), encoding="utf-8", newline="\n")
    return path


def main(arguments: list[str]) -> int:
    """Write the pages named, or all of them."""
    unknown = [name for name in arguments if name not in PAGES]
    if unknown:
        print(f"no such page: {unknown[0]}; there are {', '.join(PAGES)}", file=sys.stderr)
        return 2
    for name in arguments or PAGES:
        print(f"wrote {write(name)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
