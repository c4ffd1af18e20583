"""The command line: arguments in, tables and JSON out, no logic of its own."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the ``smartboot`` command; ends the process with the design's exit status."""
    try:
        from smartboot.cli.failure import run
        from smartboot.cli.root import cli
        from smartboot.cli.streams import open_missing, prepare

        open_missing()
        prepare(sys.stdout, sys.stderr)
    except KeyboardInterrupt:
        # Ctrl-C while modules load; from here on ``run`` sees to it.
        sys.exit(130)
    sys.exit(run(lambda: cli.main(args=arguments, prog_name="smartboot", standalone_mode=False)))
