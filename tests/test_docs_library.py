"""The library guide: its Python runs, is typed, and names only what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import smartboot

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "library.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "card_profiles", tmp_path / "card_profiles")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_block_runs_from_the_first_to_the_last(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, object] = {}
    for number, block in enumerate(BLOCKS):
        exec(compile(block, f"{PAGE.name}, block {number + 1}", "exec"), names)
    printed = capsys.readouterr().out
    assert printed.splitlines()[0] == "lwm2m 123"
    assert "ADM1 is needed" in printed
    assert "the card wants ADM1" in printed
    assert "********" in printed
    assert len(list(folder.glob("smartboot-backup-*.yaml"))) == 1


MISUSE = """
import smartboot

smartboot.open_card(3)  # type: ignore[arg-type]
with smartboot.open_card() as card:
    plan = smartboot.plan(card, "a.yaml", keys=["ADM1"])  # type: ignore[arg-type]
    smartboot.apply(card, plan)  # type: ignore[call-arg]
    card.nothing()  # type: ignore[attr-defined]
    count: int = smartboot.verify(card, "a.yaml")  # type: ignore[assignment]
"""
"""What a type checker must object to: an ignore that nothing needs is an error of its own."""


def test_the_blocks_are_strictly_typed(folder: Path) -> None:
    pytest.importorskip("mypy")
    scripts = {"guide.py": "\n\n".join(BLOCKS), "misuse.py": MISUSE}
    for name, text in scripts.items():
        (folder / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={folder}", *scripts]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_names_only_what_there_is() -> None:
    used = set(re.findall(r"smartboot\.([A-Za-z_]+)", "\n".join(BLOCKS)))
    assert used <= set(smartboot.__all__)
    errors = {name for name in smartboot.__all__ if name.endswith("Error")}
    assert errors <= set(re.findall(r"`(\w+Error)`", TEXT)) | {"SmartbootError"}


def test_the_page_opens_with_ten_lines_at_most() -> None:
    assert len(BLOCKS[0].strip().splitlines()) <= 10
