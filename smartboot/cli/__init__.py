"""The command line: arguments in, tables and JSON out, no logic of its own."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the ``smartboot`` command; ends the process with the design's exit status."""
    from smartboot.cli.failure import run
    from smartboot.cli.root import cli

    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets an escape, not a crash.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    sys.exit(run(lambda: cli.main(args=arguments, prog_name="smartboot", standalone_mode=False)))
