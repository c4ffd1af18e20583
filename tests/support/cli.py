"""Running the command line in this process, as a shell would: arguments in, three things out."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartboot.cli.failure import run
from smartboot.cli.root import cli

PROFILES = Path(__file__).parent.parent.parent / "card_profiles"


@dataclass(frozen=True)
class Outcome:
    """Exit status, stdout, stderr."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class _Output(io.TextIOWrapper):
    """Standard output kept, text and bytes alike."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True)

    def getvalue(self) -> str:
        self.flush()
        kept = self.buffer
        assert isinstance(kept, io.BytesIO)
        return kept.getvalue().decode("utf-8", "replace")


class _Terminal(io.StringIO):
    """Standard error of somebody who can be asked."""

    def isatty(self) -> bool:
        return True


class _Keyboard(io.TextIOWrapper):
    """Standard input of the same."""

    def isatty(self) -> bool:
        return True


def smartboot(*arguments: str, stdin: bytes | None = None, answers: bool = False) -> Outcome:
    """Run ``smartboot ARGUMENTS``, with ``stdin`` as standard input where it is given.

    ``answers`` says that it is what somebody types at a terminal.
    """
    out, err = _Output(), _Terminal() if answers else io.StringIO()
    before = sys.stdin
    if stdin is not None:
        kind = _Keyboard if answers else io.TextIOWrapper
        sys.stdin = kind(io.BytesIO(stdin), encoding="utf-8")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run(
                lambda: cli.main(args=list(arguments), prog_name="smartboot", standalone_mode=False)
            )
    finally:
        sys.stdin = before
    return Outcome(status, out.getvalue(), err.getvalue())


def virtual(profile: str) -> str:
    """The READER of a shipped profile."""
    return f"virtual:{PROFILES / profile}.yaml"
