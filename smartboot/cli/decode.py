"""``smartboot decode``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smartboot.cli.files import load_input
from smartboot.cli.output import console, format_option, print_json, print_yaml, styled
from smartboot.cli.streams import takes_utf8
from smartboot.errors import UsageError

if TYPE_CHECKING:
    from smartboot.bootstrap.documents import DocumentFile

__all__ = ["command"]


@click.command(
    "decode",
    epilog="""\b
Examples:
  smartboot decode EF_6432.bin
  smartboot decode boot.wbxml --format xml --show-secrets
  echo 030b6a00c54601c6560187070603426f6f7400010101 | smartboot decode -
""",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@format_option("table", "json", "yaml", "xml")
@click.option("--show-secrets", is_flag=True, help="Show keys and passwords instead of ********.")
@click.option(
    "--as",
    "as_format",
    type=click.Choice(["oma-cp", "oma-dm", "lwm2m"]),
    help="The format, where the content does not tell.",
)
def command(file: str, output: str, show_secrets: bool, as_format: str | None) -> None:
    """Show a bootstrap document from a file, without a card.

    FILE may hold WBXML, TLV, DM 2.0 JSON, XML, hex text of any of them, or what decode printed;
    - is standard input. Secrets show only with --show-secrets.
    """
    loaded = load_input(file, as_format)
    if output == "json":
        print_json(loaded.to_dict(show_secrets=show_secrets))
    elif output == "yaml":
        print_yaml(loaded.to_dict(show_secrets=show_secrets))
    elif output == "xml":
        _print_xml(loaded, show_secrets=show_secrets)
    else:
        _show(loaded, show_secrets=show_secrets)


def _print_xml(loaded: DocumentFile, *, show_secrets: bool) -> None:
    from smartboot.bootstrap.documents import encode_document

    if not show_secrets:
        raise UsageError(
            "XML holds the document's secrets in clear text",
            hint="add --show-secrets to print them, or use --format json to mask them",
        )
    data, _ = encode_document(loaded, "xml")
    text = data.decode("utf-8")
    if not takes_utf8():
        # The text says that it is UTF-8, or says nothing, which means the same: ASCII is both.
        text = text.encode("ascii", "xmlcharrefreplace").decode()
    click.echo(text, nl=False)


def _show(loaded: DocumentFile, *, show_secrets: bool) -> None:
    from smartboot.cli.read_table import show_accounts, show_findings

    out = console()
    size = "" if loaded.used is None else f", {loaded.used} bytes"
    out.print(styled(f"{loaded.format or 'accounts'}{size}", "bold"))
    out.print()
    if loaded.accounts:
        show_accounts(out, loaded.accounts, show_secrets=show_secrets)
    else:
        out.print(styled("No DM server account in this document.", "bold"))
        out.print()
    show_findings(out, loaded.findings)
    out.print(styled("--format json shows the whole document in its own terms.", "dim"))
