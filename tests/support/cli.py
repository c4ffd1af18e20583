"""Running the command line in this process, as a shell would: arguments in, three things out."""

from __future__ import annotations

import contextlib
import io
import json
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


def smartboot(*arguments: str) -> Outcome:
    """Run ``smartboot ARGUMENTS``."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run(
            lambda: cli.main(args=list(arguments), prog_name="smartboot", standalone_mode=False)
        )
    return Outcome(status, out.getvalue(), err.getvalue())


def virtual(profile: str) -> str:
    """The READER of a shipped profile."""
    return f"virtual:{PROFILES / profile}.yaml"
