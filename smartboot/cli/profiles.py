"""``smartboot profiles``: the card profiles that come along, and checking one's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartboot.cli.failure import report
from smartboot.cli.output import add_row, console, format_option, make_table, print_json, styled
from smartboot.cli.values import gather_values, variable_options
from smartboot.errors import ProfileError, SmartbootError, UsageError

if TYPE_CHECKING:
    from smartboot.profiles.load import LoadedProfile

__all__ = ["command", "find_profile"]

_INVALID = 5


@click.group(
    "profiles",
    epilog="""\b
Examples:
  smartboot profiles list
  smartboot profiles show lwm2m-psk > my-card.yaml
  smartboot profiles variables lwm2m-variables
  smartboot profiles validate my-card.yaml
  smartboot profiles schema > profile.schema.json
""",
)
def command() -> None:
    """List, show and validate card profiles."""


def find_profile(name: str) -> Path:
    """A profile by file name, or by the name of one that came along. Errors: UsageError."""
    from smartboot.profiles.shipped import find_shipped

    path = Path(name)
    found = path if path.is_file() else find_shipped(name)
    if found is not None:
        return found
    raise UsageError(f"{name!r} is no file and no shipped profile", hint="smartboot profiles list")


@command.command("list", epilog="\b\nExample:\n  smartboot profiles list --format json")
@format_option("table", "json")
def list_(output: str) -> None:
    """List the card profiles that came with smartboot."""
    from smartboot.profiles.load import load_profile
    from smartboot.profiles.shipped import shipped_profiles

    rows = [(path, load_profile(path, examples=True).profile) for path in shipped_profiles()]
    if output == "json":
        print_json(
            {
                "schema": "smartboot/profiles/1",
                "profiles": [
                    {
                        "name": profile.name,
                        "kind": profile.kind,
                        "formats": list(
                            dict.fromkeys(item.format for item in profile.data_objects)
                        ),
                        "variables": list(profile.variables),
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
    path = find_profile(name)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ProfileError("is not UTF-8 text", file=str(path)) from None
    click.echo(text, nl=False)


@command.command(
    "variables", epilog="\b\nExample:\n  smartboot profiles variables lwm2m-variables --format json"
)
@click.argument("name", metavar="FILE")
@format_option("table", "json")
def variables(name: str, output: str) -> None:
    """List the variables of a profile: what --set can give. Secrets are not shown."""
    from smartboot.profiles.load import profile_variables

    path = find_profile(name)
    rows = [variable.to_dict() for variable in profile_variables(path)]
    if output == "json":
        print_json({"schema": "smartboot/variables/1", "file": str(path), "variables": rows})
        return
    if not rows:
        click.echo("The profile has no variables.")
        return
    table = make_table(("Name", "Type", "Value", "Allowed", "Description"))
    for row in rows:
        add_row(
            table,
            styled(row["name"], "bold"),
            row["type"],
            _origin(row),
            _allowed(row),
            row.get("description"),
        )
    console().print(table)


def _origin(row: Mapping[str, Any]) -> str:
    if "from" in row:
        return "from the card"
    return f"default {row['default']}" if "default" in row else "to be given"


def _allowed(row: Mapping[str, Any]) -> str:
    unit = "bytes" if row["type"] == "hex" else "characters"
    parts = ["secret"] if row["secret"] else []
    if "length" in row:
        parts.append(f"{row['length']} {unit}")
    elif "min_length" in row or "max_length" in row:
        parts.append(f"{row.get('min_length', 0)} to {row.get('max_length', 'any')} {unit}")
    if "min" in row or "max" in row:
        parts.append(f"{row.get('min', '')}..{row.get('max', '')}")
    if "schemes" in row:
        parts.append(" or ".join(row["schemes"]))
    if "pattern" in row:
        parts.append(f"pattern {row['pattern']}")
    return ", ".join(parts)


@command.command(
    "validate",
    epilog="""\b
Examples:
  smartboot profiles validate my-card.yaml
  smartboot profiles validate lot/*.yaml --format json
  smartboot profiles validate my-card.yaml --env-file lot7.env --set PSK=env:PSK
""",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@variable_options
@format_option("table", "json")
def validate(
    files: tuple[str, ...], settings: tuple[str, ...], env_file: str | None, output: str
) -> None:
    """Check profiles: the schema, the variables, the documents, the sizes.

    Every file is checked and every fault told. Variables that no value is given for take their
    example. Ends with 5 when a profile has a fault or an error-level finding.
    """
    values = gather_values(settings, env_file)
    reports = [_validated(name, values) for name in files]
    if output == "json":
        print_json(
            {
                "schema": "smartboot/validate/1",
                "profiles": [
                    {key: value for key, value in entry.items() if key != "errors"}
                    for entry in reports
                ],
            }
        )
    else:
        for entry in reports:
            _print_report(entry)
    if not all(entry["valid"] for entry in reports):
        click.get_current_context().exit(_INVALID)


def _validated(name: str, values: Mapping[str, str]) -> dict[str, Any]:
    """What there is to say about one file, for JSON; ``errors`` are the errors themselves."""
    from smartboot.model import Severity
    from smartboot.profiles.check import check_profile, profile_accounts
    from smartboot.profiles.faults import ProfileFaultsError
    from smartboot.profiles.load import load_profile
    from smartboot.profiles.render import render

    entry: dict[str, Any] = {"file": name, "valid": False, "faults": [], "errors": []}
    try:
        path = find_profile(name)
        loaded = load_profile(path, values, examples=True)
        render(loaded)
    except SmartbootError as error:
        errors = error.faults if isinstance(error, ProfileFaultsError) else (error,)
        entry["errors"] = list(errors)
        entry["faults"] = [_fault(one) for one in errors]
        return entry
    findings = check_profile(loaded)
    entry["name"] = loaded.profile.name
    entry["valid"] = not any(finding.severity is Severity.ERROR for finding in findings)
    entry["data_objects"] = _objects(loaded)
    entry["accounts"] = len(profile_accounts(loaded))
    entry["findings"] = [finding.to_dict() for finding in findings]
    return entry


def _fault(error: SmartbootError) -> dict[str, Any]:
    if isinstance(error, ProfileError):
        where = {"line": error.line, "field": error.field, "message": error.reason}
    else:
        where = {"line": None, "field": None, "message": error.message}
    return {**where, "hint": error.hint}


def _objects(loaded: LoadedProfile) -> list[dict[str, Any]]:
    return [
        {
            "label": item.label,
            "format": item.format,
            "fid": f"{item.fid:04X}",
            "size": item.size or len(document),
            "used": len(document),
        }
        for item, document in zip(loaded.profile.data_objects, loaded.documents, strict=True)
    ]


def _print_report(entry: Mapping[str, Any]) -> None:
    for error in entry["errors"]:
        report(error)
    if entry["errors"]:
        return
    parts = [
        f"EF {item['fid']} {item['used']} of {item['size']} bytes {item['format']}"
        for item in entry["data_objects"]
    ]
    count = entry["accounts"]
    parts.append(f"{count} account{'' if count == 1 else 's'}")
    out = console()
    state = "ok" if entry["valid"] else "not ok"
    # One line each, however long: the terminal folds it, a pipe does not.
    out.print(styled(f"{entry['file']}: {state} ({', '.join(parts)})"), soft_wrap=True)
    for finding in entry["findings"]:
        text = f"  {finding['severity']}: {finding['code']}: {finding['where']}: "
        out.print(styled(text + finding["message"]), soft_wrap=True)


@command.command("schema", epilog="\b\nExample:\n  smartboot profiles schema > profile.json")
def schema() -> None:
    """Print the JSON Schema of card profiles, for editors that check while you type."""
    from smartboot.profiles.schema import profile_schema

    print_json(profile_schema())
