"""The command line itself: help, statuses, JSON, safe output, completion, start-up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from smartboot.cli.root import COMMANDS, cli
from tests.support.cards import LWM2M_160
from tests.support.cli import smartboot, virtual

ENTRY = [sys.executable, "-m", "smartboot"]


def every_command() -> list[str]:
    names = []
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        names.append(name)
        if isinstance(command, click.Group):
            names += [f"{name} {inner}" for inner in command.list_commands(context)]
    return names


@pytest.mark.parametrize("name", COMMANDS)
def test_the_overview_says_what_the_commands_say(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    first = (command.help or "").partition("\n\n")[0].replace("\n", " ")
    assert first == COMMANDS[name][1]


@pytest.mark.parametrize("name", every_command())
def test_every_command_has_help_with_an_example(name: str) -> None:
    outcome = smartboot(*name.split(), "--help")
    assert outcome.status == 0
    assert outcome.err == ""
    assert "Example" in outcome.out
    assert f"smartboot {name.split()[0]}" in outcome.out or "smartboot -r" in outcome.out
    assert all(len(line) <= 100 for line in outcome.out.splitlines())


def test_help_lists_every_command_and_the_statuses() -> None:
    outcome = smartboot("--help")
    for name, (_, line) in COMMANDS.items():
        assert name in outcome.out
        assert line in outcome.out
    assert "Exit status" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["no-such-command"], 2),
        (["read", "--no-such-option"], 2),
        (["-r", "nonsense:1", "read"], 2),
        (["-r", "virtual:", "read"], 2),
        (["-r", "virtual:x?save=", "read"], 2),
        (["-r", "virtual:/no/such/file.yaml", "read"], 2),
        (["-r", "virtual:no-such-profile", "read"], 2),
        (["-r", "virtual:lwm2m-psk?colour=red", "read"], 2),
        (["-r", "virtual:lwm2m-psk", "dump", "/no/such/folder/card.yaml"], 2),
        (["write", "/no/such/file.yaml"], 2),
        (["decode", "/no/such/file"], 2),
        (["emulate", "/no/such/file"], 2),
        (["profiles", "show", "no-such-profile"], 2),
        (["-r", "virtual:x.yaml", "read", "--fid", "zz"], 2),
    ],
)
def test_wrong_usage_is_one_line_and_its_status(arguments: list[str], status: int) -> None:
    outcome = smartboot(*arguments)
    assert outcome.status == status
    assert outcome.out == ""
    assert "rror: " in outcome.err
    assert "Traceback" not in outcome.err


def test_bad_yaml_says_file_and_line(tmp_path: Path) -> None:
    card = tmp_path / "card.yaml"
    card.write_text("schema: smartboot/image/1\ncard:\n  kind: teapot\n")
    outcome = smartboot("-r", f"virtual:{card}", "read")
    assert outcome.status == 5
    assert f"{card}:3: card.kind: " in outcome.err


def test_a_card_without_data_is_status_0(tmp_path: Path) -> None:
    card = tmp_path / "card.yaml"
    card.write_text("schema: smartboot/image/1\n")
    outcome = smartboot("-r", f"virtual:{card}", "read", "--format", "json")
    assert outcome.status == 0
    assert outcome.json["data_objects"] == outcome.json["accounts"] == []
    assert "P15-APPLICATION-ABSENT" in [f["code"] for f in outcome.json["findings"]]
    table = smartboot("-r", f"virtual:{card}", "read")
    assert "No DM server account" in table.out


def test_json_and_yaml_say_the_same() -> None:
    from ruamel.yaml import YAML

    arguments = ("-r", virtual("client-provisioning-w7"), "read", "--format")
    as_json = smartboot(*arguments, "json").json
    assert YAML(typ="safe").load(smartboot(*arguments, "yaml").out) == as_json
    assert as_json["schema"] == "smartboot/read/1"
    assert list(as_json) == ["schema", "card", "data_objects", "accounts", "findings"]
    assert list(as_json["data_objects"][0]) == [
        *("oid", "format", "label", "fid", "path", "size", "used", "sha256", "private"),
        *("modifiable", "document"),
    ]


def test_show_secrets_shows_them() -> None:
    outcome = smartboot("-r", virtual("lwm2m-psk"), "read", "--show-secrets")
    assert "hex:a07c3391e24d5b68f6120d9a5e8744c1" in outcome.out


def test_saving_a_virtual_card_keeps_its_counters(tmp_path: Path) -> None:
    saved = tmp_path / "card.yaml"
    source = virtual("lwm2m-bootstrap-server")
    outcome = smartboot("-r", f"{source}?save={saved}", "read", "--pin", "9999")
    assert outcome.status == 6
    again = smartboot("-r", f"virtual:{saved}", "info", "--format", "json")
    pin = next(key for key in again.json["keys"] if key["name"] == "PIN1")
    assert pin["remaining"] == 2


def test_info_gives_json_with_files_and_access() -> None:
    data = smartboot("-r", virtual("lwm2m-psk"), "info", "--format", "json").json
    assert data["schema"] == "smartboot/info/1"
    files = {file["path"]: file for file in data["files"]}
    assert files["3F00/2F00"]["record_count"] == 4
    assert files["7FFF/6432"]["access"] == {"read": "always", "update": "ADM1"}
    assert files["3F00/2FE2"]["sfi"] == 2
    assert [a["label"] for a in data["applications"]] == ["USIM", "PKCS15"]


# -- hostile content


def test_card_content_cannot_send_escape_sequences_or_markup(tmp_path: Path) -> None:
    label = "\x1b]0;owned\x07\x1b[31m[red]a\u202eb\x9b"
    text = json.dumps(
        {
            "schema": "smartboot/profile/1",
            "name": "hostile",
            "data_objects": [
                {"label": label, "format": "lwm2m", "fid": "6432", "hex": LWM2M_160.hex()}
            ],
        }
    )
    from smartboot.profiles.load import profile_from_text
    from smartboot.profiles.render import render

    image = render(profile_from_text(text))
    card = tmp_path / "card.yaml"
    plain = image.model_dump(mode="json", by_alias=True, exclude_none=True)
    for file in plain["files"]:
        for inner in file.get("files", []):
            inner.pop("name", None)
    card.write_text(json.dumps(plain))
    for output in ("table", "json", "yaml"):
        outcome = smartboot("-r", f"virtual:{card}", "read", "--format", output)
        assert outcome.status == 0
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(outcome.out + outcome.err)
        assert "[red]" in outcome.out
    assert (
        smartboot("-r", f"virtual:{card}", "read", "--format", "json").json["data_objects"][0][
            "label"
        ]
        == label
    )


def test_a_terminal_without_unicode_gets_escapes() -> None:
    result = subprocess.run(
        [*ENTRY, "-r", virtual("lwm2m-psk"), "read"],
        capture_output=True,
        timeout=30,
        env={"PYTHONIOENCODING": "ascii", "PATH": "", "PYTHONUTF8": "0", "LC_ALL": "C"},
        check=False,
    )
    assert result.returncode == 0
    assert b"LwM2M" in result.stdout
    result.stdout.decode("ascii")


def test_a_reader_that_leaves_is_no_error() -> None:
    line = " ".join([*ENTRY, "-r", virtual("lwm2m-psk"), "read", "--format", "json"])
    result = subprocess.run(
        ["/bin/sh", "-c", f"{line} | head -1"], capture_output=True, timeout=30, check=False
    )
    assert result.stdout == b"{\n"
    assert result.stderr == b""


# -- completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    outcome = smartboot("completion", shell)
    assert outcome.status == 0
    assert "_SMARTBOOT_COMPLETE" in outcome.out


def test_completion_offers_commands_readers_and_files(tmp_path: Path) -> None:
    (tmp_path / "card.yaml").write_text("")

    def complete(line: str) -> str:
        result = subprocess.run(
            ENTRY,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            env={
                "_SMARTBOOT_COMPLETE": "bash_complete",
                "COMP_WORDS": line,
                "COMP_CWORD": str(len(line.split(" ")) - 1),
            },
        )
        return result.stdout

    assert "plain,read" in complete("smartboot re")
    assert "virtual:" in complete("smartboot -r v")
    assert "card.yaml" in complete(f"smartboot -r virtual:{tmp_path}/c")


# -- decode and encode


def test_decode_takes_every_form_of_a_document(tmp_path: Path) -> None:
    smartboot("-r", virtual("client-provisioning-w7"), "read", "--raw", str(tmp_path))
    wire = tmp_path / "EF_6411.bin"
    first = smartboot("decode", str(wire), "--format", "json", "--show-secrets")
    document = first.json["document"]
    forms = {"wire.bin": wire.read_bytes(), "hex.txt": wire.read_bytes().hex(" ").encode()}
    for output in ("json", "yaml", "xml"):
        text = smartboot("decode", str(wire), "--format", output, "--show-secrets").out
        forms[f"text.{output}"] = text.encode()
    for name, content in forms.items():
        file = tmp_path / name
        file.write_bytes(content)
        again = smartboot("decode", str(file), "--format", "json", "--show-secrets")
        assert again.status == 0, again.err
        assert again.json["document"] == document
        encoded = smartboot("encode", str(file), "-o", str(tmp_path / "out.bin"))
        assert encoded.status == 0, encoded.err
        assert (tmp_path / "out.bin").read_bytes() == wire.read_bytes().rstrip(b"\xff")


def test_accounts_written_by_hand_become_documents(tmp_path: Path) -> None:
    source = tmp_path / "account.yaml"
    source.write_text(
        """
accounts:
  - protocol: oma-dm
    server_id: dm.example.com
    name: Example
    addresses: [{uri: "https://dm.example.com/dm"}]
    credentials:
      - {level: client, type: digest, identity: dev, secret: open-sesame, nonce: "hex:0102"}
"""
    )
    for target, name in (("dm-1", "oma-dm"), ("client-provisioning", "oma-cp")):
        out = tmp_path / f"{target}.bin"
        assert smartboot("encode", str(source), "--to", target, "-o", str(out)).status == 0
        shown = smartboot("decode", str(out), "--format", "json", "--show-secrets").json
        assert shown["format"] == name
        (account,) = shown["accounts"]
        assert account["server_id"] == "dm.example.com"
        assert account["credentials"][0]["secret"] == "open-sesame"
        assert account["credentials"][0]["nonce"] == "hex:0102"
    refused = smartboot("encode", str(source), "--to", "lwm2m")
    assert refused.status == 5
    assert "oma-dm" in refused.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "empty"),
        ("accounts:\n  - {protocol: oma-dm, servre_id: x}\n", "servre_id"),
        ("accounts: []\n", "accounts"),
        ("<nothing/>", "nothing"),
        ("hello: world\n", "format"),
        ("{", "offset 1"),
    ],
)
def test_encode_says_what_is_wrong(content: str, message: str, tmp_path: Path) -> None:
    source = tmp_path / "in.yaml"
    source.write_text(content)
    outcome = smartboot("encode", str(source))
    assert outcome.status == 5
    assert message.lower() in outcome.err.lower()
    assert outcome.err.count("\n") <= 2


def test_a_file_of_the_wrong_format_is_malformed(tmp_path: Path) -> None:
    source = tmp_path / "in.bin"
    source.write_bytes(LWM2M_160)
    assert smartboot("decode", str(source), "--as", "oma-cp").status == 5
    assert smartboot("decode", str(source)).status == 0
