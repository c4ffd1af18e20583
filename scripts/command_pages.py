"""docs/commands.md, made from the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from smartboot.cli.root import COMMANDS, cli

__all__ = ["reference"]

_HEAD = """\
# Command reference

Made from the commands themselves: `smartboot COMMAND --help` says the same. What stands before the
command holds for all of them; see [which card](../README.md#which-card) for the forms of READER.
"""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _names(option: click.Option) -> str:
    """``-r``, ``--reader READER``, as the help writes it."""
    spelled = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if option.is_flag or option.count:
        return spelled
    if isinstance(option.type, click.Choice):
        return f"{spelled} " + "&#124;".join(option.type.choices)
    return f"{spelled} {option.metavar or option.type.name.upper()}"


def _help(option: click.Option) -> str:
    parts = [(option.help or "").strip()]
    if option.show_default and option.default not in (None, False, ()):
        parts.append(f"Default: {option.default}.")
    if option.envvar and option.show_envvar:
        parts.append(f"Also from `{option.envvar}`.")
    if option.multiple:
        parts.append("May be given more than once.")
    return _cell(" ".join(parts))


def _options(options: list[click.Option]) -> str:
    rows = [f"| {_names(option)} | {_help(option)} |" for option in options]
    return "\n".join(("| option | what it does |", "|---|---|", *rows))


def _paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a help text as Markdown; what click leaves as it is becomes code."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines = paragraph.splitlines()
        if lines[0].strip() == "\b":
            yield "\n".join(f"    {line}" for line in lines[1:])
        else:
            yield " ".join(line.strip() for line in lines)


def _examples(epilog: str) -> Iterator[str]:
    for block in _paragraphs(epilog):
        lines = [line.strip() for line in block.splitlines()]
        if lines[0] in ("Examples:", "Example:"):
            yield "```sh\n" + "\n".join(lines[1:]) + "\n```"
        else:
            yield "\n".join(lines) if not block.startswith("    ") else block


def _usage(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    return " ".join((path, *command.collect_usage_pieces(context)))


def _section(path: str, command: click.Command, depth: int) -> Iterator[str]:
    yield f"{'#' * depth} {path}"
    yield f"`{_usage(path, command)}`"
    yield from _paragraphs(command.help or "")
    options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
    if options:
        yield _options(options)
    if command.epilog:
        yield from _examples(command.epilog)
    if isinstance(command, click.Group) and depth > 1:
        context = click.Context(command, info_name=path)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _section(f"{path} {name}", inner, depth + 1)


def reference() -> str:
    """The page."""
    context = click.Context(cli, info_name="smartboot")
    parts = [_HEAD.strip()]
    rows = [
        f"| [{name}](#smartboot-{name}) | {_cell(line)} |" for name, (_, line) in COMMANDS.items()
    ]
    parts.append("\n".join(("| command | does |", "|---|---|", *rows)))
    options = [p for p in cli.params if isinstance(p, click.Option) and not p.hidden]
    parts.append("## Before the command")
    parts.append(_options(options))
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        parts += _section(f"smartboot {name}", command, 2)
    return "\n\n".join(parts) + "\n"
