"""Runs targets one after the other for a number of seconds each, and says what came of it."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.fuzz.registry import corpus, crashes, words, working_corpus

__all__ = ["Outcome", "options", "run", "run_one"]

MAX_LENGTH = 4096
"""Longest input in bytes. Longer ones find nothing new and cost time; what size does is measured
by tests/test_hostile_bounds.py."""

INPUT_SECONDS = 1
"""libFuzzer counts whole seconds; an input that takes longer is a find."""

RSS_MB = 1024
MALLOC_MB = 128
GRACE_SECONDS = 120
"""For starting, for reading the corpus and for stopping."""

_STAT = re.compile(r"stat::(\w+):\s+(\d+)")
_PROGRESS = re.compile(r"#(\d+)\s.*?exec/s: (\d+) rss: (\d+)Mb")
_COUNTING = ("#", "INFO:", "WARNING: Failed to find function")
_ARTIFACT = re.compile(r"Test unit written to (\S+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one target's run came to. ``artifact`` is the input that broke something, if any."""

    name: str
    status: int
    executions: int = 0
    rate: int = 0
    found: int = 0
    rss_mb: int = 0
    artifact: str | None = None
    tail: str = ""

    def __str__(self) -> str:
        result = "ok" if self.status == 0 else "FELL"
        return (
            f"{self.name:20} {self.executions:>10} executions {self.rate:>7}/s "
            f"{self.found:>5} new inputs {self.rss_mb:>5} MB  {result}"
        )


def _without_progress(text: str) -> str:
    """What libFuzzer and Python said, without the lines that only count."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(_COUNTING))


def options(name: str, seconds: int, *, seed: int = 0) -> list[str]:
    """libFuzzer's options and folders for one run; makes the folders."""
    work, found = working_corpus(name), crashes(name)
    work.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    return [
        f"-max_total_time={seconds}",
        f"-max_len={MAX_LENGTH}",
        f"-timeout={INPUT_SECONDS}",
        f"-rss_limit_mb={RSS_MB}",
        f"-malloc_limit_mb={MALLOC_MB}",
        f"-dict={words(name)}",
        f"-artifact_prefix={found}/",
        "-print_final_stats=1",
        *([f"-seed={seed}"] if seed else []),
        str(work),
        *(str(folder) for folder in (corpus(name),) if folder.is_dir()),
    ]


def run_one(name: str, seconds: int, *, seed: int = 0) -> Outcome:
    """Fuzz one target in a process of its own."""
    arguments = options(name, seconds, seed=seed)
    command = [sys.executable, "-u", "-m", "tests.fuzz.engine", name, *arguments]
    limit_s = seconds + GRACE_SECONDS
    try:
        done = subprocess.run(command, capture_output=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired as error:
        said = (error.stderr or b"").decode("utf-8", "replace")
        return Outcome(name, 1, tail=f"{said[-2000:]}\ndid not stop")
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    stats = {key: int(value) for key, value in _STAT.findall(text)}
    last = _PROGRESS.findall(text)[-1:] or [("0", "0", "0")]
    written = _ARTIFACT.findall(text)
    return Outcome(
        name,
        done.returncode,
        stats.get("number_of_executed_units", int(last[0][0])),
        stats.get("average_exec_per_sec", int(last[0][1])),
        stats.get("new_units_added", 0),
        stats.get("peak_rss_mb", int(last[0][2])),
        written[-1] if written else None,
        _without_progress(text)[-4000:],
    )


def run(names: tuple[str, ...], seconds: int, *, seed: int = 0) -> int:
    """All ``names`` in turn; 1 when anything fell, and then how to see it again."""
    outcomes = []
    start = time.monotonic()
    for name in names:
        print(f"fuzz: {name}: {seconds} s", flush=True)
        outcome = run_one(name, seconds, seed=seed)
        outcomes.append(outcome)
        print(outcome, flush=True)
        if outcome.status:
            print(outcome.tail)
    total = sum(outcome.executions for outcome in outcomes)
    fell = [outcome for outcome in outcomes if outcome.status]
    peak = max(outcome.rss_mb for outcome in outcomes)
    print(
        f"fuzz: {total} executions in {time.monotonic() - start:.0f} s, "
        f"{total // max(1, len(names) * seconds)}/s, "
        f"{sum(outcome.found for outcome in outcomes)} new inputs, at most {peak} MB, "
        f"{len(fell)} of {len(names)} targets fell"
    )
    for outcome in fell:
        print(f"fuzz: {outcome.name} fell on {outcome.artifact or 'no input of its own'}")
        if outcome.artifact:
            print(
                f"      {sys.executable} -m tests.fuzz reproduce {outcome.name} {outcome.artifact}"
            )
    return 1 if fell else 0
