"""Running pytest as a process of its own, as a device maker does, with the installed plugin."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LIMIT_S = 90

# Plugins of our own tests that a device maker need not have; loading them takes two seconds.
_OTHERS = ("cacheprovider", "hypothesispytest", "benchmark", "pytest_cov", "pytest_mock", "timeout")
WITHOUT = tuple(part for name in _OTHERS for part in ("-p", f"no:{name}"))


@dataclass(frozen=True)
class Run:
    """Exit status, everything printed, and the counts of the last line (``passed``, …)."""

    status: int
    text: str

    @property
    def counts(self) -> dict[str, int]:
        last = self.text.strip().splitlines()[-1]
        return {word: int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", last)}


def clean_environment(**more: str) -> dict[str, str]:
    """This environment without what pytest, coverage and our own tests put there."""
    ours = ("PYTEST_", "COV_", "SMARTBOOT_", "PCSCLITE_")
    return {**{k: v for k, v in os.environ.items() if not k.startswith(ours)}, **more}


def run_pytest(
    folder: Path,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    wrapper: tuple[str, ...] = (),
) -> Run:
    """``pytest ARGUMENTS`` in a folder; ``wrapper`` is a command put in front."""
    done = subprocess.run(
        [*wrapper, sys.executable, "-m", "pytest", *WITHOUT, *arguments],
        cwd=folder,
        env=clean_environment(**(env or {})),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    return Run(done.returncode, done.stdout)


def project(folder: Path, test: str, ini: str = "") -> Path:
    """A folder with one test file and a pytest.ini."""
    (folder / "pytest.ini").write_text(f"[pytest]\n{ini}\n")
    (folder / "test_device.py").write_text(test)
    return folder
