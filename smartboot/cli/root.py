"""The ``smartboot`` group: global options, and commands that are imported when they are used."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import click

from smartboot import __version__
from smartboot.errors import UsageError

__all__ = ["COMMANDS", "Settings", "cli", "pass_settings"]

COMMANDS: dict[str, tuple[str, str]] = {
    "readers": ("smartboot.cli.readers", "List the readers and the cards in them."),
    "info": ("smartboot.cli.info", "Show who a card is: identity, applications, files."),
    "read": ("smartboot.cli.read", "Read the bootstrap data: accounts, objects, findings."),
    "write": ("smartboot.cli.write", "Put a card profile on the card, and verify it."),
    "verify": ("smartboot.cli.verify", "Compare the card with a card profile."),
    "diff": ("smartboot.cli.diff", "Compare two of: the card, a card image, a card profile."),
    "erase": ("smartboot.cli.erase", "Remove the bootstrap data from the card."),
    "dump": ("smartboot.cli.dump", "Copy a card's bootstrap files into an image file."),
    "restore": (
        "smartboot.cli.restore",
        "Put the bootstrap files of a card image back on the card.",
    ),
    "check": ("smartboot.cli.check", "Find what is wrong with a card, a profile or a document."),
    "decode": ("smartboot.cli.decode", "Show a bootstrap document from a file, without a card."),
    "encode": ("smartboot.cli.encode", "Turn text or accounts into a bootstrap document."),
    "emulate": ("smartboot.cli.emulate", "Put a virtual UICC in a virtual PC/SC reader."),
    "doctor": ("smartboot.cli.doctor", "Check this machine: PC/SC service, readers, rights."),
    "profiles": ("smartboot.cli.profiles", "List, show and validate card profiles."),
    "trace": ("smartboot.cli.trace", "Show recorded traces, and what they cost."),
    "completion": ("smartboot.cli.completion", "Print the completion script of a shell."),
}
"""Every command: its module and the line shown in the overview. A test holds the lines equal to
what the commands say of themselves, so that the overview need not import them (start-up time)."""

_READER_FORMS = ("pcsc:", "iccid:", "virtual:", "modem:", "replay:")


@dataclass(slots=True)
class Settings:
    """What the global options say."""

    reader: str | None = None
    verbose: int = 0
    trace: str | None = None
    trace_contents: bool = False


pass_settings = click.make_pass_decorator(Settings, ensure=True)


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is run or asked for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that ``args`` begin with; for a slip of the fingers, what may be meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            from difflib import get_close_matches

            close = get_close_matches(name, COMMANDS, n=1)
            meant = f" Did you mean {close[0]!r}?" if close else ""
            ctx.fail(f"No such command {name!r}.{meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _complete_reader(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[click.shell_completion.CompletionItem]:
    item = click.shell_completion.CompletionItem
    if incomplete.startswith("virtual:"):
        from pathlib import Path

        start = Path(incomplete[len("virtual:") :])
        folder = start if incomplete.endswith(("/", ":")) else start.parent
        return [
            item(f"virtual:{found}{'/' * found.is_dir()}")
            for found in sorted(folder.iterdir() if folder.is_dir() else ())
            if (found.suffix in (".yaml", ".yml") or found.is_dir())
            and str(found).startswith(str(start) if str(start) != "." else "")
        ]
    if incomplete.startswith("modem:"):
        from pathlib import Path

        found = [path for name in ("ttyUSB*", "ttyACM*") for path in Path("/dev").glob(name)]
        forms = [f"modem:{path}" for path in sorted(found)]
        return [item(form) for form in forms if form.startswith(incomplete)]
    return [item(form) for form in _READER_FORMS if form.startswith(incomplete)]


EPILOG = """\b
Examples:
  smartboot readers
  smartboot read
  smartboot -r virtual:card_profiles/lwm2m-psk.yaml read --format json
  smartboot -r iccid:89882110 info

\b
READER is pcsc:N, pcsc:TEXT (part of the name), iccid:DIGITS, virtual:FILE,
modem:DEVICE[@BAUD] (the card in a modem, through AT commands) or
replay:FILE (a recorded trace, made with --trace and --trace-contents);
left out, it is the first PC/SC reader with a card in it.

\b
Exit status: 0 done, 1 a difference or an error-level finding, 2 wrong usage,
3 no reader or card, 4 the card refused, 5 malformed data, 6 PIN or ADM.
"""


_WITHOUT_CARD = frozenset(
    {"readers", "decode", "encode", "emulate", "doctor", "profiles", "trace", "completion"}
)


def check_trace(command: str | None, trace: str | None, *, contents: bool) -> None:
    """Refuse ``--trace`` where nothing would come of it, before a card is touched."""
    if trace is None:
        if contents:
            raise UsageError("--trace-contents goes with --trace FILE")
        return
    from smartboot.transport.trace_file import trace_kind

    trace_kind(trace)
    if command in _WITHOUT_CARD:
        raise UsageError(f"--trace: {command} is no command that uses a card")


@click.group(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "-r",
    "--reader",
    metavar="READER",
    envvar="SMARTBOOT_READER",
    show_envvar=True,
    shell_complete=_complete_reader,
    help="Which card to use (see below).",
)
@click.option("-v", "--verbose", count=True, help="Show each APDU on stderr, without contents.")
@click.option(
    "--trace",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Record the card's commands in FILE.pcapng (Wireshark) or FILE.jsonl, without keys and"
    " without the contents of files other than the directory.",
)
@click.option(
    "--trace-contents",
    is_flag=True,
    help="Record file contents too, secrets included (never keys), so that -r replay:FILE works.",
)
@click.version_option(__version__, prog_name="smartboot")
@click.pass_context
def cli(
    ctx: click.Context,
    reader: str | None,
    verbose: int,
    trace: str | None,
    trace_contents: bool,
) -> None:
    """Bootstrap data for device management on SIM and UICC cards.

    Reads, decodes, encodes and emulates the files from which a device management client learns
    its servers: WAP Client Provisioning, OMA DM 1.x and 2.0, LwM2M.
    """
    check_trace(ctx.invoked_subcommand, trace, contents=trace_contents)
    ctx.obj = Settings(reader=reader, verbose=verbose, trace=trace, trace_contents=trace_contents)
