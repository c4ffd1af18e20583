"""The whole way on the real stack: emulate, pcscd, vpcd, pyscard, read; and what others see."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smartboot.bootstrap import read_bootstrap
from smartboot.card import open_card
from smartboot.errors import CardRemovedError
from smartboot.image import image_from_data
from smartboot.profiles.load import load_profile_or_image
from smartboot.transport.pcsc import open_reader
from smartboot.virtual import VirtualCard
from tests.support.cards import LWM2M_160, profile_card
from tests.support.cli import PROFILES, smartboot
from tests.support.pcscd import PcscDaemon, await_card

pytestmark = [pytest.mark.stack, pytest.mark.timeout(90)]

LIMIT_S = 20


def program(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments,
        capture_output=True,
        encoding="latin-1",
        timeout=LIMIT_S,
        check=False,
        env=env,
    )


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return program(sys.executable, "-m", "smartboot", *arguments)


@contextlib.contextmanager
def emulated(daemon: PcscDaemon, profile: str, *options: str, slot: int = 0) -> Iterator[Any]:
    """``smartboot emulate`` as a process of its own, its card reported by PC/SC."""
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "smartboot", "emulate", str(PROFILES / f"{profile}.yaml")),
            *("--port", str(daemon.ports[slot]), *options),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            await_card(daemon.readers[slot], True)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
    await_card(daemon.readers[slot], False)
    time.sleep(0.6)


def test_emulate_and_read_give_the_json_of_the_design(pcscd: PcscDaemon) -> None:
    with emulated(pcscd, "lwm2m-psk"):
        result = command("-r", f"pcsc:{pcscd.readers[0]}", "read", "--format", "json")
        assert (result.returncode, result.stderr) == (0, "")
        data = json.loads(result.stdout)
        assert data["schema"] == "smartboot/read/1"
        assert data["card"]["reader"] == pcscd.readers[0]
        assert data["card"]["iccid"] == "89882110000000000010"
        assert data["card"]["kind"] == "uicc"
        assert data["card"]["atr"].startswith("3b")
        (item,) = data["data_objects"]
        assert (item["oid"], item["format"], item["fid"]) == ("2.23.43.9.1", "lwm2m", "6432")
        assert (item["size"], item["used"]) == (1024, 120)
        (account,) = data["accounts"]
        assert account["server_id"] == "123"
        assert account["addresses"][0]["uri"] == "coaps://lwm2m.harbor.example:5684"
        assert account["credentials"][0]["secret"] == "********"
        assert data["findings"] == []

        listed = command("readers", "--format", "json")
        row = next(r for r in json.loads(listed.stdout)["readers"] if r["name"] == pcscd.readers[0])
        assert row["iccid"] == "89882110000000000010"

        by_iccid = command("-r", "iccid:8988211", "read", "--format", "json")
        assert json.loads(by_iccid.stdout)["accounts"] == data["accounts"]

        first = command("read", "--format", "json")
        assert json.loads(first.stdout)["accounts"] == data["accounts"]


@pytest.mark.oracle
def test_pcsc_scan_and_opensc_tool_see_the_emulated_card(pcscd: PcscDaemon) -> None:
    with emulated(pcscd, "lwm2m-psk"):
        atr = "3B 97 95 80 1F C7 80 31 A0 73 BE 21 13 B4"
        scan = program("timeout", "5", "pcsc_scan", "-n", "-t", "2", env=pcscd.env)
        assert atr in scan.stdout.replace("\x1b[35m", "").replace("\x1b[0m", "")
        tool = program("opensc-tool", "--atr", "-r", "0", env=pcscd.env)
        assert atr.replace(" ", ":").lower() in tool.stdout.lower()
        sent = program(
            "opensc-tool",
            "-r",
            "0",
            "-c",
            "default",
            "-s",
            "00A4080C022FE2",
            "-s",
            "00B000000A",
            env=pcscd.env,
        )
        assert "98 88 12 01 00 00 00 00 00 01" in sent.stdout
        listed = program("opensc-tool", "--list-readers", env=pcscd.env)
        assert pcscd.readers[0] in listed.stdout


@pytest.mark.oracle
def test_pkcs15_tool_lists_the_data_object(pcscd: PcscDaemon, tmp_path: Path) -> None:
    conf = tmp_path / "opensc.conf"
    conf.write_text("app default { enable_default_driver = true; card_drivers = default; }\n")
    env = {**pcscd.env, "OPENSC_CONF": str(conf), "HOME": str(tmp_path)}
    with emulated(pcscd, "client-provisioning-w7"):
        listed = program("pkcs15-tool", "--list-data-objects", "-r", "0", env=env)
        assert "Bootstrap" in listed.stdout, listed.stderr
        assert re.search(r"Path\s*:\s*\S*6411", listed.stdout)
        assert "2.23.43.5.1" in listed.stdout
        read = program(
            "pkcs15-tool", "--read-data-object", "2.23.43.5.1", "--raw", "-r", "0", env=env
        )
        assert read.returncode == 0
        assert read.stdout.startswith("\x03\x0b\x6a\x00")


def test_a_whole_read_takes_under_half_a_second(pcscd: PcscDaemon, virtual_reader: Any) -> None:
    card = VirtualCard(profile_card([("lwm2m", 0x6432, LWM2M_160, 1024)]))
    times = []
    with virtual_reader(card):
        for _ in range(3):
            started = time.perf_counter()
            connection = open_reader("pcsc:0")
            data = read_bootstrap(open_card(connection))
            connection.close()
            times.append(time.perf_counter() - started)
            assert data.accounts
    assert min(times) < 0.5


def test_removal_in_mid_read_is_status_3(pcscd: PcscDaemon, virtual_reader: Any) -> None:
    card = VirtualCard(profile_card([("lwm2m", 0x6432, LWM2M_160, 1024)]))
    card.faults.remove_after = 12
    with virtual_reader(card):
        outcome = smartboot("-r", "pcsc:0", "read")
    assert outcome.status == CardRemovedError.exit_status == 3
    assert outcome.out == ""
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") <= 2


def test_a_blank_card_reads_as_one_without_data(pcscd: PcscDaemon, virtual_reader: Any) -> None:
    with virtual_reader(image_from_data({"schema": "smartboot/image/1"})):
        outcome = smartboot("-r", "pcsc:0", "read", "--format", "json")
    assert outcome.status == 0
    assert outcome.json["accounts"] == []
    assert "P15-APPLICATION-ABSENT" in [f["code"] for f in outcome.json["findings"]]


@pytest.mark.parametrize("profile", sorted(path.stem for path in PROFILES.glob("*.yaml")))
def test_every_shipped_profile_reads_the_same_on_the_stack_and_in_process(
    pcscd: PcscDaemon, virtual_reader: Any, profile: str
) -> None:
    with virtual_reader(load_profile_or_image(PROFILES / f"{profile}.yaml")):
        real = smartboot("-r", "pcsc:0", "read", "--format", "json", "--pin", "1234")
    near = smartboot(
        "-r", f"virtual:{PROFILES / profile}.yaml", "read", "--format", "json", "--pin", "1234"
    )
    assert real.status == near.status == 0
    assert real.json["accounts"]
    for part in ("data_objects", "accounts", "findings"):
        assert real.json[part] == near.json[part]


def test_an_empty_reader_is_status_3(pcscd: PcscDaemon) -> None:
    outcome = smartboot("-r", "pcsc:0", "read")
    assert outcome.status == 3
    assert "no card" in outcome.err


def test_emulate_says_when_nothing_listens() -> None:
    outcome = smartboot("emulate", "lwm2m-psk", "--port", "1", "--wait", "0.2")
    assert outcome.status == 3
    assert "hint:" in outcome.err


def test_emulate_once_ends_and_saves(pcscd: PcscDaemon, tmp_path: Path) -> None:
    saved = tmp_path / "card.yaml"
    with emulated(pcscd, "lwm2m-psk", "--once", "--save", str(saved)) as process:
        assert command("read", "--format", "json").returncode == 0
        assert process.wait(LIMIT_S) == 0
    assert saved.stat().st_mode & 0o077 == 0
    again = smartboot("-r", f"virtual:{saved}", "read", "--format", "json")
    assert again.json["accounts"][0]["server_id"] == "123"


def test_programs_of_the_stack_are_there() -> None:
    if os.environ.get("SMARTBOOT_REQUIRE_TOOLS"):
        missing = [
            name
            for name in ("pcsc_scan", "opensc-tool", "pkcs15-tool", "xml2wbxml", "openssl")
            if shutil.which(name) is None
        ]
        assert missing == []
