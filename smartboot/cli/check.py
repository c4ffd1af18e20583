"""``smartboot check``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartboot.cli.cardkeys import force_option, pin_option
from smartboot.cli.output import format_option, print_json
from smartboot.cli.root import Settings
from smartboot.cli.values import gather_values, variable_options
from smartboot.errors import DecodeError, PinRequiredError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smartboot.api.checking import FileChecker, Source
    from smartboot.checks.baseline import Baseline
    from smartboot.checks.outcome import Outcome, Target

__all__ = ["command"]

_MANY = 20
"""From this many files on, a terminal is told how far it is."""


def _complete_code(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from smartboot.checks.catalogue import all_rules

    return [code for code in all_rules() if code.startswith(incomplete.upper())]


@click.command(
    "check",
    epilog="""\b
Examples:
  smartboot check
  smartboot check my-profile.yaml lwm2m-psk
  smartboot check cards/ --format sarif > smartboot.sarif
  smartboot check cards/ --baseline known.yaml --fail-on warning
  smartboot check --explain P15-OID-WRAPPED

\b
TARGET is a card profile, a card image, a document in any form that decode takes, a folder of
them, the name of a shipped profile, or - for stdin. Without one, the card that -r names.

\b
Exit status: 0 nothing that counts, 1 findings (--fail-on), 2 wrong usage, 3 no reader or card,
5 a file that cannot be read or is nothing smartboot knows (the others are checked), 6 a key of
the card is missing (the findings are shown). A file that is malformed is a finding, status 1.
""",
)
@click.argument("targets", nargs=-1, type=click.Path(allow_dash=True), metavar="[TARGET]...")
@format_option("table", "json", "sarif", "github")
@click.option(
    "--ignore",
    multiple=True,
    metavar="CODE",
    shell_complete=_complete_code,
    help="Do not count CODE, or SEC-*.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="Which findings make the exit status 1.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Findings in FILE are known and do not count.",
)
@click.option(
    "--write-baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what was found into FILE (.yaml or .json), for --baseline.",
)
@click.option(
    "--explain",
    multiple=True,
    metavar="CODE",
    shell_complete=_complete_code,
    help="Say what a code means, and end.",
)
@click.option("--list", "list_", is_flag=True, help="List all rules, and end.")
@click.option("--family", multiple=True, metavar="NAME", help="With --list: one family of rules.")
@click.option(
    "--severity",
    multiple=True,
    type=click.Choice(["error", "warning", "info"]),
    help="With --list: rules of this severity.",
)
@click.option(
    "--as",
    "as_format",
    type=click.Choice(["oma-cp", "oma-dm", "lwm2m"]),
    help="The format of documents, where the content does not tell.",
)
@variable_options
@pin_option
@force_option
@click.pass_context
def command(
    ctx: click.Context,
    targets: tuple[str, ...],
    output: str,
    ignore: tuple[str, ...],
    fail_on: str,
    baseline: Path | None,
    write_baseline: Path | None,
    explain: tuple[str, ...],
    list_: bool,
    family: tuple[str, ...],
    severity: tuple[str, ...],
    as_format: str | None,
    settings: tuple[str, ...],
    env_file: str | None,
    pins: tuple[str, ...],
    force: bool,
) -> None:
    """Find what is wrong with a card, a profile or a document.

    Runs all rules; --list shows them. Nothing is written to a card, and no key is sent that was
    not given.
    """
    if explain or list_:
        _show_rules(explain, family, severity, output, targets)
        return
    if family or severity:
        raise UsageError("--family and --severity go with --list")
    from smartboot.checks.ignoring import parse_ignored
    from smartboot.checks.outcome import judge
    from smartboot.model import Severity

    options = ctx.find_object(Settings) or Settings()
    ignored = parse_ignored(ignore)
    known = None if baseline is None else _read_baseline(baseline)
    if write_baseline is not None and write_baseline.exists():
        # Only a baseline is replaced by a baseline: what the file is shows here, or ends this.
        _read_baseline(write_baseline)
    locked: tuple[str, ...] = ()
    unrecognised = 0
    if targets:
        if options.trace is not None:
            raise UsageError("--trace: no card is used when files are checked")
        from smartboot.api.checking import FileChecker, find_sources
        from smartboot.cli.cardkeys import key_source
        from smartboot.cli.files import read_input

        checker = FileChecker(
            gather_values(settings, env_file),
            key_source(pins) if pins else None,
            as_format,
            lambda path, limit: read_input("-" if path is None else str(path), limit),
        )
        found, unrecognised = _check_files(checker, find_sources(targets))
        if not found and not unrecognised:
            raise UsageError("there is no file to check in what was named")
    else:
        if settings or env_file or as_format:
            raise UsageError("--set, --env-file and --as are for files; name a TARGET")
        found = [_check_card(options, pins, force=force)]
        locked = found[0].report.subject.locked
    outcome = judge(found, ignored, known)
    if found or output != "table":
        _print(outcome, output, verbose=options.verbose > 0)
    for entry in outcome.stale:
        place = _safe(f"{entry.target}: {entry.code} {entry.where}").rstrip()
        click.echo(f"note: {place} is in the baseline and was not found", err=True)
    if write_baseline is not None:
        _write_baseline(write_baseline, outcome)
    if locked:
        raise PinRequiredError(
            f"not everything could be read: {', '.join(locked)} is missing or was refused",
            key_name=", ".join(locked),
            hint="see the findings; a PIN is given with --pin KEY",
        )
    if unrecognised:
        ctx.exit(DecodeError.exit_status)
    threshold = None if fail_on == "never" else Severity(fail_on)
    ctx.exit(1 if outcome.failed(threshold) and write_baseline is None else 0)


def _show_rules(
    explain: tuple[str, ...],
    families: tuple[str, ...],
    severities: tuple[str, ...],
    output: str,
    targets: tuple[str, ...],
) -> None:
    from smartboot.checks.explain import rules_to_dict, select_rules
    from smartboot.checks.ignoring import split_codes
    from smartboot.model import Severity

    if targets:
        raise UsageError("--explain and --list take no TARGET")
    if output not in ("table", "json"):
        raise UsageError(f"rules have no {output} form", hint="use --format table or json")
    rules = select_rules(
        split_codes(explain), families=families, severities=map(Severity, severities)
    )
    if output == "json":
        print_json(rules_to_dict(rules))
        return
    from smartboot.cli import check_table

    if explain:
        check_table.explain(rules)
    else:
        check_table.list_rules(rules)


def _check_card(settings: Settings, pins: tuple[str, ...], *, force: bool) -> Target:
    from smartboot.checks import check, inspect_card
    from smartboot.checks.outcome import Target
    from smartboot.cli.read import reading_keys
    from smartboot.cli.target import open_target

    keys = reading_keys(pins)
    with open_target(settings) as card:
        subject = inspect_card(card, keys=keys, force=force)
    # Reader names differ from desk to desk; a baseline made of one card fits the next.
    return Target(check(subject), "card")


def _check_files(checker: FileChecker, sources: list[Source]) -> tuple[list[Target], int]:
    """The files' findings, and how many could not be checked: unreadable, or named and unknown."""
    from smartboot.bootstrap.documents import UnrecognisedError

    found: list[Target] = []
    unrecognised = 0
    for source in _with_progress(sources):
        try:
            found.append(checker.check(source))
        except UnrecognisedError as error:
            what = "error" if source.named else "note: skipped"
            unrecognised += source.named
            click.echo(f"{what}: {_safe(source.name)}: {_safe(error)}", err=True)
        except OSError as error:
            # A file that cannot be read may hold anything: it is not passed over in silence.
            unrecognised += 1
            reason = error.strerror or error
            click.echo(f"error: {_safe(source.name)}: {_safe(reason)}", err=True)
    unused = sorted(checker.values.keys() - checker.declared)
    if unused:
        raise UsageError(f"{unused[0]} is a variable of no profile among the targets")
    return found, unrecognised


def _safe(text: object) -> str:
    from smartboot.cli.output import safe

    return safe(text)


def _with_progress(sources: list[Source]) -> Iterable[Source]:
    show = len(sources) >= _MANY and sys.stderr.isatty()
    for number, source in enumerate(sources, 1):
        if show:
            click.echo(f"\rchecking {number} of {len(sources)}", err=True, nl=False)
        yield source
    if show:
        click.echo("\r\x1b[K", err=True, nl=False)


def _read_baseline(path: Path) -> Baseline:
    from smartboot.checks.baseline import parse_baseline
    from smartboot.errors import ProfileError
    from smartboot.yamltext import MAX_TEXT_BYTES

    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_TEXT_BYTES + 1).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"--baseline: cannot read {path}: {error.strerror or error}",
            hint=f"--write-baseline {path} makes it",
        ) from None
    except UnicodeDecodeError:
        raise ProfileError("is not UTF-8 text", file=str(path)) from None
    return parse_baseline(text, str(path))


def _write_baseline(path: Path, outcome: Outcome) -> None:
    from smartboot.checks.baseline import write_baseline

    entries = outcome.entries()
    text = write_baseline(entries, as_json=path.suffix.lower() == ".json")
    path.write_text(text, encoding="utf-8", newline="\n")
    click.echo(f"wrote {path} ({len(entries)} findings)", err=True)


def _print(outcome: Outcome, output: str, *, verbose: bool) -> None:
    if output == "json":
        print_json(outcome.to_dict())
    elif output == "sarif":
        from smartboot import __version__
        from smartboot.checks.sarif import to_sarif

        print_json(to_sarif(outcome, version=__version__))
    elif output == "github":
        from smartboot.checks.github import annotation_lines

        for line in annotation_lines(outcome):
            click.echo(line)
        counts = outcome.counts()
        click.echo(", ".join(f"{number} {name}" for name, number in counts.items()), err=True)
    else:
        from smartboot.cli.check_table import show

        show(outcome, verbose=verbose)
