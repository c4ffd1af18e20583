"""``smartboot profiles``, ``--set`` and ``--env-file``."""

from __future__ import annotations

import json
import re
from typing import Any

import click
import pytest

from smartboot.cli.profiles import command
from smartboot.cli.values import gather_values
from smartboot.errors import SmartbootError, UsageError
from smartboot.profiles.schema import CardProfile, profile_schema
from smartboot.yamltext import read_yaml
from tests.support.cli import PROFILES, smartboot

SECRET = "5345435245543132"
NAMES = sorted(path.stem for path in PROFILES.glob("*.yaml"))


def test_list():
    shown = smartboot("profiles", "list")
    assert shown.status == 0
    for name in NAMES:
        assert name in shown.out
    rows = smartboot("profiles", "list", "--format", "json").json
    assert rows["schema"] == "smartboot/profiles/1"
    assert [row["name"] for row in rows["profiles"]] == NAMES
    by_name = {row["name"]: row for row in rows["profiles"]}
    assert by_name["multi-generation"]["formats"] == ["oma-dm", "lwm2m"]
    assert by_name["lwm2m-variables"]["variables"][:2] == ["SERIAL", "PSK"]


def test_show_prints_the_file_as_it_is(tmp_path):
    text = (PROFILES / "lwm2m-psk.yaml").read_text(encoding="utf-8")
    assert smartboot("profiles", "show", "lwm2m-psk").out == text
    assert smartboot("profiles", "show", "lwm2m-psk.yaml").out == text
    assert smartboot("profiles", "show", "dm-1.2-tnds").status == 0
    (tmp_path / "x.yaml").write_bytes(b"\xff")
    assert smartboot("profiles", "show", str(tmp_path / "x.yaml")).status == 5


@pytest.mark.parametrize("sub", ["show", "variables"])
def test_a_profile_that_is_not_there(sub):
    for name in ("nothing", "/nowhere/lwm2m-psk.yaml", "lwm2m-psk.txt"):
        outcome = smartboot("profiles", sub, name)
        assert outcome.status == 2
        assert "no file and no shipped profile" in outcome.err


def test_variables():
    shown = smartboot("profiles", "variables", "lwm2m-variables")
    assert shown.status == 0
    for word in ("SERIAL", "to be given", "from the card", "secret, 16 to 32 bytes", "default 501"):
        assert word in shown.out
    rows = smartboot("profiles", "variables", "lwm2m-variables", "--format", "json").json
    by_name = {row["name"]: row for row in rows["variables"]}
    assert by_name["SERIAL"]["required"] is True
    assert by_name["CARD"]["from"] == "card"
    assert by_name["PSK"]["example"] == "********"
    assert "no variables" in smartboot("profiles", "variables", "lwm2m-psk").out


def test_validate_everything_shipped():
    outcome = smartboot("profiles", "validate", *NAMES)
    assert outcome.status == 0, outcome.err
    assert outcome.out.count(": ok (") == len(NAMES)
    assert "lwm2m-psk: ok (EF 6432 120 of 1024 bytes lwm2m, 1 account)" in outcome.out


def write(folder: Any, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


PROFILE = (PROFILES / "lwm2m-psk.yaml").read_text(encoding="utf-8")


def test_validate_tells_every_fault_of_every_file(tmp_path):
    twice = PROFILE.replace("size: 1024", "size: none\n    sfi: 99")
    first = write(tmp_path, "first.yaml", twice)
    second = write(tmp_path, "second.yaml", PROFILE.replace("6432", "5031"))
    outcome = smartboot("profiles", "validate", first, "lwm2m-psk", second, "absent")
    assert outcome.status == 5
    errors = [line for line in outcome.err.splitlines() if line.startswith("error:")]
    assert len(errors) == 4
    assert re.search(r"first\.yaml:14: data_objects\[0\]\.size: ", errors[0])
    assert re.search(r"first\.yaml:15: data_objects\[0\]\.sfi: ", errors[1])
    assert re.search(r"second\.yaml:13: data_objects\[0\]\.fid: .*used twice", errors[2])
    assert "absent" in errors[3]
    assert "lwm2m-psk: ok" in outcome.out
    rows = smartboot("profiles", "validate", first, "lwm2m-psk", "--format", "json")
    assert rows.status == 5
    broken, good = rows.json["profiles"]
    assert (broken["valid"], [fault["line"] for fault in broken["faults"]]) == (False, [14, 15])
    assert (good["valid"], good["faults"], good["accounts"]) == (True, [], 1)
    assert good["data_objects"] == [
        {"label": "LwM2M Bootstrap", "format": "lwm2m", "fid": "6432", "size": 1024, "used": 120}
    ]


def test_validate_shows_findings_and_fails_for_errors(tmp_path):
    unwise = PROFILE.replace("size: 1024", "size: 1024\n    private: true")
    outcome = smartboot("profiles", "validate", write(tmp_path, "a.yaml", unwise))
    assert outcome.status == 0
    assert "warning: PROFILE-PRIVATE-OPEN" in outcome.out
    # A server account whose Server object is for another server.
    wrong = PROFILE.replace("Server URI: coaps://lwm2m.harbor.example:5684", "Server URI: x")
    outcome = smartboot("profiles", "validate", write(tmp_path, "b.yaml", wrong))
    if "error: " in outcome.out:
        assert outcome.status == 5
        assert "not ok" in outcome.out
    else:
        assert outcome.status == 0


def test_validate_with_values(tmp_path, monkeypatch):
    monkeypatch.setenv("PSK_OF_LOT", SECRET * 2)
    env = write(tmp_path, "lot.env", "# lot 7\nSERIAL=000099\nSSID=7\n")
    outcome = smartboot(
        *("profiles", "validate", "lwm2m-variables", "--env-file", env),
        *("--set", "PSK=env:PSK_OF_LOT", "--set", "SSID=8"),
    )
    assert (outcome.status, outcome.err) == (0, "")
    for bad in ("PSK=" + SECRET, "SSID=0", "SERIAL=abc", "OTHER=1"):
        outcome = smartboot("profiles", "validate", "lwm2m-variables", "--set", bad)
        assert outcome.status == 5
        assert SECRET not in outcome.out + outcome.err
    assert "no such variable" in outcome.err


def test_values_from_everywhere(tmp_path, monkeypatch):
    monkeypatch.setenv("SMARTBOOT_TEST_VALUE", "from env")
    file = write(tmp_path, "key.txt", SECRET + "\n")
    env = write(tmp_path, "values.env", "A=1\nB=2\n")
    settings = ("A=9", f"KEY=@{file}", "E=env:SMARTBOOT_TEST_VALUE", "EMPTY=", "EQ=a=b")
    assert gather_values(settings, env) == {
        "A": "9", "B": "2", "KEY": SECRET, "E": "from env", "EMPTY": "", "EQ": "a=b",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ([SECRET], "not NAME=VALUE"),
        (["=" + SECRET], "not NAME=VALUE"),
        (["a b=" + SECRET], "not NAME=VALUE"),
        (["A=1", "A=" + SECRET], "twice"),
        (["A=@/nowhere"], "cannot read /nowhere"),
        (["A=@"], "cannot read"),
        (["A=@\0"], "cannot read"),
        (["A=env:SMARTBOOT_NOT_SET"], "not set"),
    ],
)
def test_settings_refused_without_telling_them(settings, words):
    with pytest.raises(UsageError, match=words) as caught:
        gather_values(settings)
    assert SECRET not in f"{caught.value} {caught.value.hint}"


def test_value_files_that_are_no_text(tmp_path):
    (tmp_path / "long").write_bytes(b"x" * ((1 << 20) + 1))
    (tmp_path / "bytes").write_bytes(b"\xff")
    for name in ("long", "bytes"):
        with pytest.raises(UsageError):
            gather_values([f"A=@{tmp_path / name}"])
    with pytest.raises(SmartbootError, match=r"lot\.env:2"):
        gather_values([], write(tmp_path, "lot.env", "A=1\nB\n"))


# -- the JSON Schema -------------------------------------------------------------------------------


def problems(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str = "$") -> list[str]:
    """What a validator of JSON Schema says, for the keywords that the export uses."""
    known = {
        *("$ref", "anyOf", "type", "enum", "const", "pattern", "minLength", "maxLength"),
        *("minimum", "maximum", "minItems", "maxItems", "items", "properties", "required"),
        *("additionalProperties", "title", "description", "default", "examples", "$defs"),
        *("$schema", "propertyNames"),
    }
    assert set(schema) <= known, f"{at}: unknown keyword {set(schema) - known}"
    found: list[str] = []
    if "$ref" in schema:
        target = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        found += problems(value, target, root, at)
    if "anyOf" in schema and all(problems(value, one, root, at) for one in schema["anyOf"]):
        found.append(f"{at}: none of anyOf")
    types = {
        "string": str, "integer": int, "boolean": bool, "object": dict, "array": list,
        "null": type(None),
    }  # fmt: skip
    wanted = schema.get("type")
    if wanted is not None:
        names = [wanted] if isinstance(wanted, str) else wanted
        kinds = tuple(types[name] for name in names)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            return [*found, f"{at}: is no {wanted}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: not in enum")
    if "const" in schema and value != schema["const"]:
        found.append(f"{at}: not const")
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{at}: pattern")
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1 << 30):
            found.append(f"{at}: length")
    if isinstance(value, int) and not isinstance(value, bool):
        low, high = schema.get("minimum", -(1 << 70)), schema.get("maximum", 1 << 70)
        if not low <= value <= high:
            found.append(f"{at}: range")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 1 << 30):
            found.append(f"{at}: count")
        for index, one in enumerate(value):
            found += problems(one, schema.get("items", {}), root, f"{at}[{index}]")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        found += [
            f"{at}: {name} missing" for name in schema.get("required", ()) if name not in value
        ]
        for name, one in value.items():
            rest = schema.get("additionalProperties", True)
            inner = properties.get(name, rest)
            if inner is False:
                found.append(f"{at}: {name} unknown")
            elif isinstance(inner, dict):
                found += problems(one, inner, root, f"{at}.{name}")
    return found


def test_the_schema_is_printed():
    printed = smartboot("profiles", "schema")
    assert printed.status == 0
    assert json.loads(printed.out) == profile_schema()


def test_the_schema_is_well_formed_and_describes_every_field():
    schema = profile_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    parts = {"CardProfile": schema, **schema["$defs"]}
    text = json.dumps(schema)
    for reference in re.findall(r'"\$ref": "([^"]+)"', text):
        assert reference.removeprefix("#/$defs/") in schema["$defs"]
    described = 0
    for name, part in parts.items():
        assert part["description"]
        for field, inner in part["properties"].items():
            if name != "PinImage":
                if "default" in inner:
                    assert problems(inner["default"], inner, schema, f"{name}.{field}") == []
                assert inner.get("description"), f"{name}.{field}"
                described += 1
    assert described > 45
    assert "schema_name" not in text
    assert '"from"' in text


@pytest.mark.parametrize("name", NAMES)
def test_shipped_profiles_fit_the_schema(name):
    text = (PROFILES / f"{name}.yaml").read_text(encoding="utf-8")
    typed = read_yaml(text, name, typed=lambda place: True).data
    assert problems(typed, profile_schema(), profile_schema()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "smartboot/profile/2"}, {"name": "a b"}, {"kind": "usim"}, {"extra": 1},
        {"data_objects": []}, {"data_objects": [{}]}, {"virtual": {"iccid": "1"}},
        {"virtual": {"channels": 21}}, {"application": {"odf": {"fid": "1"}}},
        {"variables": {"A": {"type": "password"}}}, {"variables": {"A": {"lenght": 1}}},
    ],
    ids=str,
)  # fmt: skip
def test_the_schema_finds_what_the_program_finds(change):
    good = {
        "schema": "smartboot/profile/1",
        "name": "x",
        "data_objects": [{"label": "a", "format": "lwm2m", "fid": "6432", "document": {}}],
    }
    assert problems(good, profile_schema(), profile_schema()) == []
    CardProfile.model_validate(good)
    bad = {**good, **change}
    assert problems(bad, profile_schema(), profile_schema())
    with pytest.raises(ValueError, match="validation error"):
        CardProfile.model_validate(bad)


def test_every_subcommand_has_an_example():
    assert isinstance(command, click.Group)
    for one in command.commands.values():
        assert "Example" in (one.epilog or "")
