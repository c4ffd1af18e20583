"""The pages made from the program are those that lie in docs/.

SMARTBOOT_RECORD=1 writes them anew; so does scripts/reference.py.
"""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path
from types import ModuleType

import pytest

from smartboot.checks import all_rules

ROOT = Path(__file__).parent.parent


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REFERENCE = load()


@pytest.mark.parametrize("name", sorted(REFERENCE.PAGES))
def test_the_page_in_docs_is_what_the_program_gives(name: str) -> None:
    file, make = REFERENCE.PAGES[name]
    if os.environ.get("SMARTBOOT_RECORD"):
        REFERENCE.write(name)
    written = (ROOT / "docs" / file).read_text(encoding="utf-8")
    same = written == make()
    assert same, f"docs/{file} is old; scripts/reference.py {name} writes it anew"


def test_writing_goes_where_it_is_told(tmp_path: Path) -> None:
    path = REFERENCE.write("checks", tmp_path)
    assert path == tmp_path / "checks.md"
    assert path.read_text(encoding="utf-8") == REFERENCE.PAGES["checks"][1]()
    assert REFERENCE.main(["nothing"]) == 2


def test_every_rule_has_its_anchor_and_every_link_an_anchor() -> None:
    text = REFERENCE.PAGES["checks"][1]()
    anchors = [match.lower() for match in re.findall(r"^### (\S+)$", text, re.MULTILINE)]
    links = re.findall(r"\]\(#([^)]+)\)", text)
    assert len(anchors) == len(set(anchors))
    assert set(anchors) == set(links) == {code.lower() for code in all_rules()}
