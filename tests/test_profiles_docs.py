"""``docs/profiles.md`` says what is so: every field, every type, every code, examples that load."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import smartboot.profiles.rules as rules_module
from smartboot.profiles.load import profile_from_text
from smartboot.profiles.render import render
from smartboot.profiles.schema import SCHEMA, profile_schema
from smartboot.profiles.variables import VariableType
from tests.support.cli import smartboot

PAGE = (Path(__file__).parent.parent / "docs" / "profiles.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def first_cells(text: str) -> set[str]:
    """Every `word` in the first column of the tables."""
    cells = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


SECTIONS = {
    "CardProfile": "## The profile",
    "ApplicationProfile": "## `application`",
    "DataObjectProfile": "## `data_objects`",
    "VirtualSettings": "## `virtual`",
    "VariableRule": "## Variables",
}


def section(title: str) -> str:
    return PAGE.partition(f"\n{title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("part", SECTIONS)
def test_every_field_has_its_row(part):
    schema = profile_schema()
    fields = set((schema if part == "CardProfile" else schema["$defs"][part])["properties"])
    named = first_cells(section(SECTIONS[part]))
    if part == "VariableRule":
        assert named == fields | set(get_args(VariableType))
    else:
        assert named == fields


@pytest.mark.parametrize(
    ("part", "title"),
    [("DirectoryFile", "application"), ("Access", "data_objects"), ("PinImage", "virtual")],
)
def test_fields_of_small_parts_are_mentioned(part, title):
    text = section(f"## `{title}`")
    for field in profile_schema()["$defs"][part]["properties"]:
        assert f"`{field}`" in text


def test_every_code_has_its_row():
    codes = set(re.findall(r'"(PROFILE-[A-Z-]+)"', Path(rules_module.__file__).read_text()))
    assert codes == {word for word in first_cells(PAGE) if word.startswith("PROFILE-")}


def test_every_subcommand_has_its_row():
    from smartboot.cli.profiles import command

    rows = {row.split()[1] for row in first_cells(PAGE) if row.startswith("profiles ")}
    assert rows == set(command.commands)


def test_the_shortest_profile(tmp_path):
    shortest, variables = EXAMPLES
    render(profile_from_text(shortest))
    path = tmp_path / "card.yaml"
    path.write_text(f"{shortest}{variables}", encoding="utf-8")
    outcome = smartboot("profiles", "validate", str(path))
    assert outcome.status == 0, outcome.err
    assert outcome.out.count("PROFILE-VARIABLE-UNUSED") == 5


def test_defaults_are_those_of_the_page():
    loaded = profile_from_text(EXAMPLES[0]).profile
    application, virtual = section("## `application`"), section("## `virtual`")
    assert SCHEMA in PAGE
    for value in (loaded.application.aid.hex().upper(), f"{loaded.application.df:04X}"):
        assert f"`{value}`" in application
    for file in (loaded.application.odf, loaded.application.token_info, loaded.dodf):
        assert f"`{file.fid:04X}`" in application
        assert f"{file.size} bytes" in application
    for text in (loaded.virtual.iccid, loaded.virtual.imsi, loaded.virtual.protocol):
        assert f"`{text}`" in virtual
    assert f"| {loaded.virtual.channels} |" in virtual
    keys = {pin.reference: pin.value.rstrip(b"\xff") for pin in render(
        profile_from_text(EXAMPLES[0])).pins}  # fmt: skip
    assert keys == {0x01: b"1234", 0x0A: b"12345678"}


def test_reading_and_setting_of_numbers_in_hex():
    unquoted = EXAMPLES[0].replace('"6432"', "6432")
    assert profile_from_text(unquoted).profile.data_objects[0].fid == 0x6432
