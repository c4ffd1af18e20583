"""The script that guards the coverage of rooms: what it counts, and when it fails."""

from __future__ import annotations

import importlib.util
import json
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "coverage_rooms.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("coverage_rooms", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look up the module they are made in.
    sys.modules["coverage_rooms"] = module
    spec.loader.exec_module(module)
    return module


def measured(branches: int, covered: int) -> dict[str, Any]:
    return {
        "summary": {
            "num_statements": 2 * branches,
            "covered_lines": 2 * covered,
            "num_branches": branches,
            "covered_branches": covered,
        }
    }


def report(**changed: dict[str, Any]) -> dict[str, Any]:
    files = {
        "smartboot/apdu/status.py": measured(100, 100),
        "smartboot/card/sim.py": measured(60, 58),
        "smartboot/card/uicc.py": measured(40, 38),
        "/somewhere/smartboot/smartboot/formats/lwm2m/tlv.py": measured(10, 10),
        "smartboot\\pkcs15\\der.py": measured(20, 19),
        "smartboot/provision/plan.py": measured(200, 190),
        "smartboot/wbxml/decoder.py": measured(30, 30),
        "smartboot/cli/root.py": measured(50, 5),
        "smartboot/errors.py": measured(0, 0),
        "tests/test_card_sim.py": measured(10, 0),
    }
    return {"files": {**files, **changed}}


def run(script: ModuleType, path: Path, data: object) -> int:
    target = path / "coverage.json"
    target.write_text(data if isinstance(data, str) else json.dumps(data))
    return int(script.main([str(target)]))


def test_rooms_are_the_packages_and_modules_below_smartboot(script: ModuleType) -> None:
    rooms = script.rooms_of(report())
    assert list(rooms) == [
        "apdu", "card", "formats", "pkcs15", "provision", "wbxml", "cli", "errors",
    ]  # fmt: skip  # one list is one line of thought
    assert (rooms["card"].branches.total, rooms["card"].branches.covered) == (100, 96)
    assert list(rooms["formats"].modules) == ["formats/lwm2m/tlv.py"]


def test_enough_everywhere_that_counts_is_status_0(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(script, tmp_path, report()) == 0
    out, err = capsys.readouterr()
    lines = {line.split()[0]: line for line in out.splitlines() if line}
    assert lines["card"].split()[1:] == ["200", "96.0", "%", "100", "96.0", "%", ">=", "95", "%"]
    # A room that nobody guards may have little.
    assert lines["cli"].split()[-2:] == ["10.0", "%"]
    assert lines["all"].split()[2:] == ["1020", "88.2", "%", "510", "88.2", "%"]
    assert err == ""


def test_one_branch_too_few_fails_and_names_the_module(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = report(**{"smartboot/provision/plan.py": measured(10_000, 9_499)})
    assert run(script, tmp_path, short) == 1
    out, err = capsys.readouterr()
    # Never rounded up to what is asked for.
    assert "94.9 %" in out
    assert "provision: 94.9 % of its branches, 95 % are asked for" in err
    assert "provision/plan.py: 501 of 10000 branches not taken" in err
    assert "card" not in err


@pytest.mark.parametrize("gone", ["smartboot/apdu/status.py", "smartboot/wbxml/decoder.py"])
def test_a_guarded_room_that_was_not_measured_fails(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], gone: str
) -> None:
    data = report()
    del data["files"][gone]
    assert run(script, tmp_path, data) == 1
    assert f"{gone.split('/')[1]}: not measured" in capsys.readouterr().err


@pytest.mark.parametrize("data", ["", "[]", '{"files": 1}', '{"files": {"smartboot/a.py": {}}}'])
def test_what_is_no_report_is_status_2(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], data: str
) -> None:
    assert run(script, tmp_path, data) == 2
    assert "no coverage report" in capsys.readouterr().err


def test_the_guarded_rooms_are_there(script: ModuleType) -> None:
    source = SCRIPT.parent.parent / "smartboot"
    assert all((source / name / "__init__.py").is_file() for name in script.GUARDED)
    assert script.GOAL >= 95
    project = tomllib.loads((SCRIPT.parent.parent / "pyproject.toml").read_text())
    measured_rooms = project["tool"]["coverage"]["run"]["source_pkgs"]
    assert measured_rooms == [f"smartboot.{name}" for name in script.GUARDED]


@pytest.mark.no_cover
def test_what_asks_not_to_be_traced_is_not():
    assert sys.gettrace() is None
