"""Slips of the fingers on the command line: each is answered with what was meant."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import PROFILES, smartboot


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("read", "-r", "pcsc:0"), "hint:  -r stands before the command: smartboot -r ... read"),
        (
            ("info", "--reader", "pcsc:0"),
            "hint:  --reader stands before the command: smartboot --reader ... info",
        ),
        (("check", "-v"), "hint:  -v stands before the command: smartboot -v ... check"),
        (
            ("trace", "show", "-r", "x"),
            "hint:  -r stands before the command: smartboot -r ... trace show",
        ),
    ],
)
def test_an_option_of_all_commands_behind_one(arguments: tuple[str, ...], hint: str) -> None:
    outcome = smartboot(*arguments)
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1] == hint


@pytest.mark.parametrize("arguments", [("read", "--colour"), ("--colour", "read")])
def test_an_option_of_nobody_gets_no_such_hint(arguments: tuple[str, ...]) -> None:
    outcome = smartboot(*arguments)
    assert outcome.status == 2
    assert "No such option" in outcome.err
    assert "stands before" not in outcome.err


@pytest.mark.parametrize(
    ("typed", "meant"), [("raed", "read"), ("verfy", "verify"), ("profile", "profiles")]
)
def test_a_command_typed_wrong(typed: str, meant: str) -> None:
    outcome = smartboot(typed)
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1].endswith(
        f"No such command {typed!r}. Did you mean {meant!r}?"
    )


def test_a_command_that_is_like_none() -> None:
    outcome = smartboot("card.yaml")
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1].endswith("No such command 'card.yaml'.")


@pytest.mark.parametrize("command", ["decode", "encode"])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a: [1,2\n", ":2: not YAML: expected ',' or ']', but got '<stream end>'"),
        (b"\n\nkey: 1\nkey: 2\n", ":4: "),
        (b"", ": the input is empty (at offset 0)"),
        (b"hello", ": the content is in no bootstrap format"),
        (b"format: lwm2m\nSecurity: 7\n", ": "),
    ],
)
def test_a_wrong_file_is_named(command: str, content: bytes, told: str, tmp_path: Path) -> None:
    file = tmp_path / "some file.yaml"
    file.write_bytes(content)
    outcome = smartboot(command, str(file))
    assert outcome.status == 5
    assert outcome.err.startswith(f"error: {file}{told}")
    piped = smartboot(command, "-", stdin=content)
    assert piped.status == 5
    assert piped.err.startswith(f"error: standard input{told}")


def test_a_card_is_no_document() -> None:
    file = PROFILES / "lwm2m-psk.yaml"
    outcome = smartboot("decode", str(file))
    assert outcome.status == 5
    assert outcome.err.splitlines() == [
        f"error: {file}: a file of schema 'smartboot/profile/1' holds a whole card,"
        " not one document",
        "hint:  `smartboot -r virtual:FILE read` shows it, with --raw DIR its documents' bytes",
    ]


def test_check_tells_the_line_of_yaml_it_cannot_read(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_bytes(b"a:\n  b: [1,2\nc: d\n")
    outcome = smartboot("check", str(file))
    assert outcome.status == 5
    assert f"error: {file}: line 3: not YAML" in outcome.err


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("card.yaml", "for a virtual card from this file, write virtual:"),
        ("card.jsonl", "to play this trace back, write replay:"),
        ("card.pcapng", "to play this trace back, write replay:"),
    ],
)
def test_a_file_given_as_a_reader(name: str, meant: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(b"")
    outcome = smartboot("-r", str(file), "read")
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1] == f"hint:  {meant}{file}"


def test_a_shipped_profile_given_as_a_reader() -> None:
    outcome = smartboot("-r", "lwm2m-psk", "read")
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1].endswith("write virtual:lwm2m-psk")
    assert smartboot("-r", "virtual:lwm2m-psk", "read").status == 0


def test_an_option_that_virtual_cards_do_not_have() -> None:
    outcome = smartboot("-r", "virtual:lwm2m-psk?colour=red", "read")
    assert outcome.status == 2
    assert outcome.err.splitlines()[0] == "error: virtual: has no option 'colour'"
    assert "?save=IMAGE, personality=NAME, scenario=FILE" in outcome.err


@pytest.mark.skipif(os.name != "posix", reason="a device of POSIX systems")
def test_a_device_that_is_no_modem() -> None:
    outcome = smartboot("-r", "modem:/dev/null", "read")
    assert outcome.status == 3
    assert outcome.err.splitlines()[0] == "error: /dev/null is no serial port"


def test_a_device_given_as_a_reader() -> None:
    outcome = smartboot("-r", "/dev/null", "read")
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1].endswith("write modem:/dev/null")


def test_a_reader_that_is_no_file_either() -> None:
    outcome = smartboot("-r", "omnikey", "read")
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1].startswith("hint:  use pcsc:N, pcsc:TEXT")


@pytest.mark.skipif(os.name != "posix", reason="a shell's pipe")
@pytest.mark.parametrize("command", [("info",), ("read",), ("check",)])
def test_a_reader_that_leaves_is_no_finding(command: tuple[str, ...]) -> None:
    arguments = ["-r", f"virtual:{PROFILES / 'lwm2m-psk.yaml'}", *command]
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "smartboot", *arguments],
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=30,
            check=False,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
