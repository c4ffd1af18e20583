"""``smartboot profiles``: the card profiles that come along, and checking one's own."""

from __future__ import annotations

from pathlib import Path

import click

from smartboot.cli.output import add_row, console, format_option, make_table, print_json, styled
from smartboot.errors import UsageError

__all__ = ["command"]


@click.group(
    "profiles",
    epilog="""\b
Examples:
  smartboot profiles list
  smartboot profiles show lwm2m-psk > my-card.yaml
  smartboot profiles validate my-card.yaml
  smartboot profiles schema > profile.schema.json
""",
)
def command() -> None:
    """List, show and validate card profiles."""


def _find(name: str) -> Path:
    """A profile by file name, or by the name of one that came along."""
    from smartboot.profiles.shipped import shipped_profiles

    path = Path(name)
    if path.is_file():
        return path
    for shipped in shipped_profiles():
        if shipped.stem == path.stem and path.suffix in ("", ".yaml"):
            return shipped
    raise UsageError(f"{name!r} is no file and no shipped profile", hint="smartboot profiles list")


@command.command("list", epilog="\b\nExample:\n  smartboot profiles list --format json")
@format_option("table", "json")
def list_(output: str) -> None:
    """List the card profiles that came with smartboot."""
    from smartboot.profiles.load import load_profile
    from smartboot.profiles.shipped import shipped_profiles

    rows = [(path, load_profile(path).profile) for path in shipped_profiles()]
    if output == "json":
        print_json(
            {
                "schema": "smartboot/profiles/1",
                "profiles": [
                    {
                        "name": profile.name,
                        "kind": profile.kind,
                        "formats": [item.format for item in profile.data_objects],
                        "description": profile.description,
                        "file": str(path),
                    }
                    for path, profile in rows
                ],
            }
        )
        return
    table = make_table(("Name", "Card", "Formats", "Description"))
    for _, profile in rows:
        formats = ", ".join(dict.fromkeys(item.format for item in profile.data_objects))
        add_row(table, styled(profile.name, "bold"), profile.kind, formats, profile.description)
    console().print(table)


@command.command("show", epilog="\b\nExample:\n  smartboot profiles show lwm2m-psk > mine.yaml")
@click.argument("name")
def show(name: str) -> None:
    """Print a profile as it is written."""
    click.echo(_find(name).read_text(encoding="utf-8"), nl=False)


@command.command("validate", epilog="\b\nExample:\n  smartboot profiles validate my-card.yaml")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def validate(files: tuple[str, ...]) -> None:
    """Check profiles: the schema, the documents, the sizes. Ends with 5 at the first fault."""
    from smartboot.profiles.load import load_profile
    from smartboot.profiles.render import render

    for name in files:
        loaded = load_profile(_find(name))
        render(loaded)
        sizes = zip(loaded.profile.data_objects, loaded.documents, strict=True)
        parts = ", ".join(f"EF {i.fid:04X} {len(d)} bytes of {i.format}" for i, d in sizes)
        click.echo(f"{name}: ok ({parts})")


@command.command("schema", epilog="\b\nExample:\n  smartboot profiles schema > profile.json")
def schema() -> None:
    """Print the JSON Schema of card profiles, for editors that check while you type."""
    from smartboot.profiles.schema import CardProfile

    print_json(CardProfile.model_json_schema(by_alias=True))
