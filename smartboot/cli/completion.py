"""``smartboot completion``: the script a shell needs to complete our commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from smartboot.errors import UsageError

__all__ = ["command"]


@click.command(
    "completion",
    epilog="""\b
Examples:
  eval "$(smartboot completion bash)"
  smartboot completion zsh > ~/.zfunc/_smartboot
  smartboot completion fish > ~/.config/fish/completions/smartboot.fish
""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell."""
    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"no completion for {shell}")
    root = ctx.find_root().command
    click.echo(kind(root, {}, "smartboot", "_SMARTBOOT_COMPLETE").source())
