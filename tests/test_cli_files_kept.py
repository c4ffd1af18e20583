"""Files that are there already are not lost to a command that writes one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import smartboot, virtual


def test_dump_replaces_no_file_unasked(tmp_path: Path) -> None:
    image = tmp_path / "card.yaml"
    image.write_text("precious")
    outcome = smartboot("-r", virtual("lwm2m-psk"), "dump", str(image))
    assert outcome.status == 2
    assert "is there already" in outcome.err
    assert "--overwrite" in outcome.err
    assert image.read_text() == "precious"
    assert smartboot("-r", virtual("lwm2m-psk"), "dump", str(image), "--overwrite").status == 0
    assert image.read_text().startswith("schema: smartboot/image/1")


@pytest.mark.parametrize("text", ["schema: smartboot/profile/1\nname: mine\n", "some notes\n"])
def test_a_baseline_replaces_only_a_baseline(tmp_path: Path, text: str) -> None:
    target = tmp_path / "mine.yaml"
    target.write_text(text)
    outcome = smartboot("check", "lwm2m-psk", "--write-baseline", str(target))
    assert outcome.status == 5
    assert "mine.yaml" in outcome.err
    assert target.read_text() == text


def test_a_baseline_is_written_anew(tmp_path: Path) -> None:
    target = tmp_path / "known.yaml"
    for _ in range(2):
        assert smartboot("check", "lwm2m-psk", "--write-baseline", str(target)).status == 0
    assert "SEC-KEY-EXAMPLE" in target.read_text()


def test_no_line_into_a_pipe_ends_in_blanks() -> None:
    for arguments in (("read",), ("info",), ("check",)):
        printed = smartboot("-r", virtual("multi-generation"), *arguments).out
        assert len(printed.splitlines()) > 10
        assert not [line for line in printed.splitlines() if line != line.rstrip()]
