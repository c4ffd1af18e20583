"""Errors to one line and an exit status: the only place where every exception is caught."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

import click

from smartboot.errors import SmartbootError

__all__ = ["report", "run"]

_INTERNAL = 70
"""EX_SOFTWARE: a fault of smartboot itself, told apart from every status of the design."""


def _printable(text: str) -> str:
    """``text`` in one line and without control characters (card content may be in it)."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text.replace("\n", "; "))


def report(error: SmartbootError) -> None:
    """Print an error and its hint to stderr."""
    click.echo(f"error: {_printable(str(error))}", err=True)
    if error.hint:
        click.echo(f"hint:  {_printable(error.hint)}", err=True)


def _reader_left(error: OSError) -> bool:
    """Whether nobody reads our output any more; Windows calls that an invalid argument."""
    if isinstance(error, BrokenPipeError):
        return True
    return sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None


def _belongs_in_front(error: click.NoSuchOption) -> str | None:
    """What to say when an option of all commands was put behind one; None for any other."""
    if error.ctx is None or error.ctx.parent is None:
        return None
    root = error.ctx.find_root()
    if not any(error.option_name in option.opts for option in root.command.params):
        return None
    command = error.ctx.command_path.removeprefix(f"{root.command_path} ")
    return (
        f"{error.option_name} stands before the command:"
        f" {root.command_path} {error.option_name} ... {command}"
    )


def run(call: Callable[[], object]) -> int:
    """Run a command and return its exit status; no exception leaves this function."""
    try:
        result = call()
    except SmartbootError as error:
        report(error)
        return error.exit_status
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        if isinstance(error, click.NoSuchOption) and (hint := _belongs_in_front(error)):
            click.echo(f"hint:  {hint}", err=True)
        return error.exit_code
    except OSError as error:
        if _reader_left(error):
            # The reader of our output left (`| head`): nothing more to say, nothing to flush.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        name = f"{error.filename}: " if error.filename else ""
        click.echo(f"error: {name}{error.strerror or error}", err=True)
        return 2
    except Exception as error:
        # The outer edge: whatever it is, no traceback reaches a user unasked.
        if os.environ.get("SMARTBOOT_TRACEBACK"):
            raise
        click.echo(f"error: internal fault ({type(error).__name__}); this is a bug", err=True)
        click.echo("hint:  set SMARTBOOT_TRACEBACK=1, run it again and report the output", err=True)
        return _INTERNAL
    # click hands back the status of `ctx.exit(status)` when it is not standing alone.
    return result if isinstance(result, int) else 0
