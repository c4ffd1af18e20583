"""The example project and the code in the CI guide are what a device maker copies: run both."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from smartboot.testing.pcscd import PROGRAM_VARIABLE
from tests.support.pcscd import PcscDaemon
from tests.support.pytestrun import project, run_pytest

DOCS = Path(__file__).parent.parent / "docs"
READER_TESTS = 2

HIDE = """
for program in /usr/sbin/pcscd /usr/local/sbin/pcscd /usr/bin/pcscd; do
    [ ! -e "$program" ] || mount --bind /dev/null "$program"
done
[ ! -d /run/pcscd ] || mount -t tmpfs tmpfs /run/pcscd
exec "$@"
"""


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A copy of the example, somewhere else."""
    copy = tmp_path / "meter"
    shutil.copytree(DOCS / "example-ci", copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    return copy


def command(example: Path) -> str:
    """The one command of its README."""
    found = re.search(r"Then run:\n\n    (.+)\n", (example / "README.md").read_text())
    assert found is not None
    return found[1]


def test_the_command_of_the_readme_is_the_one_run_here(example: Path) -> None:
    assert command(example) == "pytest"


@pytest.mark.stack
def test_the_example_passes_with_pcscd(pcscd: PcscDaemon, example: Path) -> None:
    run = run_pytest(example, env={"SMARTBOOT_REQUIRE_STACK": "1"})
    assert run.status == 0, run.text
    assert set(run.counts) == {"passed"}
    assert run.counts["passed"] > READER_TESTS


@pytest.mark.stack
def test_the_example_passes_in_parallel(pcscd: PcscDaemon, example: Path) -> None:
    run = run_pytest(example, "-n", "2", env={"SMARTBOOT_REQUIRE_STACK": "1"})
    assert run.status == 0, run.text
    assert set(run.counts) == {"passed"}


@pytest.mark.stack
def test_the_example_passes_on_a_machine_without_pcscd(pcscd: PcscDaemon, example: Path) -> None:
    if not pcscd.is_private:
        pytest.skip("no namespace of our own, so pcscd cannot be hidden")
    root = ("--map-root-user",) if os.geteuid() else ()
    wrapper = ("unshare", *root, "--mount", "sh", "-c", HIDE, "sh")
    run = run_pytest(example, wrapper=wrapper)
    assert run.status == 0, run.text
    assert run.counts["skipped"] == READER_TESTS
    assert set(run.counts) == {"passed", "skipped"}


def test_the_example_passes_with_pcscd_switched_off(example: Path) -> None:
    run = run_pytest(example, "-rs", env={PROGRAM_VARIABLE: "none"})
    assert run.status == 0, run.text
    assert run.counts["skipped"] == READER_TESTS
    assert "no PC/SC stack" in run.text


def test_the_reason_of_a_skip_names_what_is_missing(example: Path) -> None:
    run = run_pytest(example, "-rs", env={PROGRAM_VARIABLE: "no-such-pcscd"})
    assert run.status == 0, run.text
    if run.counts.get("skipped"):
        assert "no-such-pcscd is not installed" in run.text


@pytest.mark.stack
def test_the_code_in_the_ci_guide_runs(pcscd: PcscDaemon, tmp_path: Path) -> None:
    text = (DOCS / "ci.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 4
    run = run_pytest(project(tmp_path, "\n".join(blocks)), "-q")
    assert run.counts == {"passed": 4}, run.text


def test_the_ci_guide_names_everything_that_is_exported() -> None:
    import smartboot.testing

    text = (DOCS / "ci.md").read_text()
    private = {"Cost", "CardCommand", "StackUnavailableError"}
    missing = {name for name in smartboot.testing.__all__ if name not in text}
    assert missing <= private
    for name in smartboot.testing.__all__:
        assert getattr(smartboot.testing, name).__name__ == name
