"""The examples in ``--help`` work: each is run on a desk that has the files they name."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from smartboot.cli.root import COMMANDS, cli
from tests.support.cli import PROFILES, smartboot
from tests.support.docs import shell

ELSEWHERE = {
    "readers": "needs pcscd: tests of the stack run it",
    "doctor": "looks at the machine: tests of the stack run it",
    "emulate": "needs pcscd and goes on for ever: tests of the stack run it",
}
SOME_DIFFERENCE = ("diff", "verify", "check")
"""Commands whose status 1 says that they found something, which is no fault of the example."""


def _walk(name: str, command: click.Command) -> Iterator[tuple[str, str]]:
    for line in (command.epilog or "").splitlines():
        text = line.strip()
        if text.startswith(("smartboot ", "echo ")):
            yield name, text
    if isinstance(command, click.Group) and command is not cli:
        context = click.Context(command)
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield from _walk(f"{name} {inner}", found)


def _examples() -> list[tuple[str, str]]:
    context = click.Context(cli)
    found = list(_walk("smartboot", cli))
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        found += _walk(name, command)
    return found


EXAMPLES = _examples()


def test_every_command_has_an_example() -> None:
    assert {name.split()[0] for name, _ in EXAMPLES} - {"smartboot"} == set(COMMANDS)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the examples name; each test takes a copy."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(PROFILES, folder / "card_profiles")
    profiles = folder / "card_profiles"
    reader = f"virtual:{profiles / 'lwm2m-psk.yaml'}"

    def put(name: str, source: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(source, folder / name)

    for name in ("my-profile.yaml", "cards/one.yaml", "lot/one.yaml"):
        put(name, profiles / "lwm2m-psk.yaml")
    fleet = (profiles / "lwm2m-variables.yaml").read_text(encoding="utf-8")
    fleet = fleet.replace("SERIAL", "IDENTITY").replace("type: digits\n    length: 6", "type: text")
    (folder / "fleet.yaml").write_text(fleet, encoding="utf-8")
    (folder / "fleet.env").write_text("IDENTITY=000417\nPSK=5A3C911E77D0426BA8F1350C9E62D74B\n")
    (folder / "lot7.env").write_text("IDENTITY=000418\n")
    (folder / "adm.key").write_text("12345678")
    backup = "smartboot-backup-89882110000000000010-20260102T030405Z.yaml"
    for name in ("my-card.yaml", "before.yaml", "card.yaml", backup):
        assert smartboot("-r", reader, "dump", str(folder / name)).status == 0
    put("card-in-reader.yaml", folder / "my-card.yaml")
    folder.joinpath("raw").mkdir()
    for profile, file in (("lwm2m-psk", "EF_6432"), ("dm-1.2-tnds", "EF_6431")):
        virtual = f"virtual:{profiles / profile}.yaml"
        assert smartboot("-r", virtual, "read", "--raw", str(folder / "raw")).status == 0
        assert (folder / "raw" / f"{file}.bin").exists()
    put("EF_6432.bin", folder / "raw" / "EF_6432.bin")
    put("boot.wbxml", folder / "raw" / "EF_6431.bin")
    put("old.wbxml", folder / "raw" / "EF_6431.bin")
    for source, form, target in (
        ("EF_6432.bin", "yaml", "server.yaml"),
        ("boot.wbxml", "xml", "boot.xml"),
        ("boot.wbxml", "yaml", "a.yaml"),
    ):
        shown = smartboot("decode", str(folder / source), "--format", form, "--show-secrets")
        (folder / target).write_text(shown.out, encoding="utf-8")
    known = str(folder / "known.yaml")
    assert smartboot("check", str(folder / "cards"), "--write-baseline", known).status == 0
    for ending in ("pcapng", "jsonl"):
        trace = str(folder / f"card.{ending}")
        recorded = smartboot("-r", reader, "--trace", trace, "--trace-contents", "info")
        assert recorded.status == 0
    return folder


@pytest.mark.parametrize(
    ("name", "line"),
    [(name, line) for name, line in EXAMPLES if name.split()[0] not in ELSEWHERE],
    ids=[line[:60] for name, line in EXAMPLES if name.split()[0] not in ELSEWHERE],
)
def test_the_example_works(
    name: str, line: str, desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(desk, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    for variable, value in (
        ("SMARTBOOT_READER", "virtual:card-in-reader.yaml?save=card-in-reader.yaml"),
        ("CARD_PIN", "1234"),
        ("ADM", "12345678"),
        ("PSK", "hex:5A3C911E77D0426BA8F1350C9E62D74B"),
    ):
        monkeypatch.setenv(variable, value)
    if name.startswith("profiles"):
        # There "my card" is the profile somebody writes.
        shutil.copy("fleet.yaml" if "lot7" in line else "my-profile.yaml", "my-card.yaml")
    if name == "dump" and " dump " in line:
        Path("my-card.yaml").unlink()
    if " readers" in line:
        pytest.skip("the overview's example of a command that is tested elsewhere")
    for reader in ("-r pcsc:1 ", "-r iccid:89882110 "):
        line = line.replace(reader, "")
    if "> ~" in line:
        line = line.split(">")[0]
    outcome = shell(line, "y", tmp_path, monkeypatch.setenv)
    fine = (0, 1) if name in SOME_DIFFERENCE else (0,)
    assert outcome.status in fine, outcome.err
