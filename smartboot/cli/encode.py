"""``smartboot encode``."""

from __future__ import annotations

import click

from smartboot.cli.files import load_input, write_output

__all__ = ["command"]

_BINARY = (None, "wbxml", "tlv", "tnds", "client-provisioning", "dm-1", "dm-2", "lwm2m")


@click.command(
    "encode",
    epilog="""\b
Examples:
  smartboot encode server.yaml -o EF_6432.bin
  smartboot decode old.wbxml --format yaml --show-secrets > a.yaml
  smartboot encode a.yaml --to dm-1 -o boot.wbxml
  smartboot encode boot.xml --hex

\b
--to: wbxml, tlv, tnds, xml, json or yaml is the same document in that form;
client-provisioning, dm-1, dm-2 or lwm2m makes a document of that kind from the
accounts, and says what it cannot carry.
""",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="OUT",
    help="Where to write; standard output otherwise.",
)
@click.option(
    "--to",
    type=click.Choice(
        [
            *("wbxml", "tlv", "tnds", "xml", "json", "yaml"),
            *("client-provisioning", "dm-1", "dm-2", "lwm2m"),
        ]
    ),
    help="The form to write; the document's own wire form otherwise.",
)
@click.option(
    "--as",
    "as_format",
    type=click.Choice(["oma-cp", "oma-dm", "lwm2m"]),
    help="The format of FILE, where its content does not tell.",
)
@click.option("--hex", "as_hex", is_flag=True, help="Write hex digits instead of bytes.")
def command(
    file: str, target: str | None, to: str | None, as_format: str | None, as_hex: bool
) -> None:
    """Turn text or accounts into a bootstrap document.

    FILE holds what decode printed with --show-secrets, hand-written text (YAML or JSON in the
    format's own terms, XML), accounts, or a binary document; - is standard input.
    """
    from smartboot.bootstrap.documents import encode_document

    loaded = load_input(file, as_format)
    data, findings = encode_document(loaded, to)
    for finding in findings:
        where = f"{finding.where}: " if finding.where else ""
        click.echo(f"{finding.severity.value}: {finding.code}: {where}{finding.message}", err=True)
    binary = to in _BINARY and data[:1] not in (b"[", b"{")
    if as_hex:
        data, binary = data.hex().encode() + b"\n", False
    write_output(target, data, binary=binary)
