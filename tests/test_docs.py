"""What the pages say is true: their examples are run, their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smartboot.cli.root import COMMANDS
from tests.support.cli import smartboot

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("**/*.md"))]
EXAMPLES = re.findall(
    r"```yaml\n(# (?:format: [a-z0-9-]+|accounts)\n.*?)```",
    (ROOT / "docs" / "documents.md").read_text(encoding="utf-8"),
    re.DOTALL,
)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.splitlines()[0].strip("# "))
def test_documents_in_the_docs_encode_and_come_back(text: str, tmp_path: Path) -> None:
    source, wire = tmp_path / "in.yaml", tmp_path / "out.bin"
    source.write_text(text)
    assert smartboot("encode", str(source), "-o", str(wire)).status == 0
    shown = smartboot("decode", str(wire), "--format", "json")
    assert shown.status == 0
    assert len(shown.json["accounts"]) == 1
    name = re.match(r"# format: (\S+)", text)
    if name:
        assert shown.json["format"] == name[1]
    assert not [f for f in shown.json["findings"] if f["severity"] == "error"]


def test_the_examples_were_found() -> None:
    assert len(EXAMPLES) == 5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_the_pages_are_commands(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for line in re.findall(r"^ {4}\$? ?smartboot (.*)$", text, re.MULTILINE):
        words = re.sub(r"(-r |--trace )\S+ |--trace-contents ", "", line).split()
        assert words[0] in COMMANDS, line


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f"`{name}`" in readme


def test_the_program_in_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(ROOT)
    exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out == "lwm2m 123 coaps://lwm2m.harbor.example:5684\n"
