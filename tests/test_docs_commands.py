"""Every command that the pages show is run, and prints what they show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.docs import ROOT, PageRun, blocks, matches

PAGES = [
    page
    for page in [
        ROOT / "README.md",
        *sorted((ROOT / "docs").glob("**/*.md")),
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
    ]
    if any(block.commands for block in blocks(page.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_of_a_page_do_what_it_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SMARTBOOT_READER", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    run = PageRun(page, tmp_path, monkeypatch.setenv)
    run.run_all()
    for test in run.elsewhere:
        file, name = test.split("::")
        assert re.search(rf"\bdef {name}\b", (ROOT / "tests" / file).read_text(encoding="utf-8"))


PAGE = """\
    smartboot readers      # one

Text.

<!-- run: status 3 -->
```console
$ smartboot read
Card
...
Binding
$ A=1 smartboot info > x
```

    SELECT
"""


def test_blocks_are_found_with_orders_and_output() -> None:
    one, two = blocks(PAGE)
    assert [c.line for c in one.commands] == ["smartboot readers      # one"]
    assert one.commands[0].shown is None
    assert two.orders == [("status", "3")]
    assert [c.line for c in two.commands] == ["smartboot read", "A=1 smartboot info > x"]
    assert two.commands[0].shown == ["Card", "...", "Binding"]


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (["a", "b"], "a  \nb\n", True),
        (["a", "b"], "a\nb\nc\n", False),
        (["a", "...", "c"], "a\nb\nb\nc\n", True),
        (["a", "...", "c"], "a\nb\n", False),
        (["...", "b", "..."], "a\nb\nc\n", True),
        (["...", "x", "..."], "a\nb\nc\n", False),
        (["a", "..."], "a\n", True),
        (["a", "...", "a"], "a\n", False),
    ],
)
def test_shown_output_is_compared_line_by_line(shown: list[str], printed: str, same: bool) -> None:
    assert matches(shown, printed) is same
