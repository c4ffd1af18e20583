"""Writing through the real stack: the card is pulled out in mid-write, and the job completed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from smartboot.image import load_image
from smartboot.profiles.check import profile_accounts
from smartboot.profiles.directory import oid_of
from smartboot.profiles.load import load_profile, load_profile_or_image
from smartboot.virtual import VirtualCard
from tests.support.cli import PROFILES, smartboot
from tests.support.pcscd import PcscDaemon
from tests.support.provision import bare

pytestmark = [pytest.mark.stack, pytest.mark.timeout(90)]

PSK = PROFILES / "lwm2m-psk.yaml"
KEY = ("--adm", "12345678")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def new(tmp_path: Path) -> str:
    path = tmp_path / "new.yaml"
    path.write_text(PSK.read_text().replace("86400", "43200"))
    return str(path)


def on(*arguments: str) -> Any:
    return smartboot("-r", "pcsc:0", *arguments)


def test_the_whole_round_on_the_real_stack(
    pcscd: PcscDaemon, virtual_reader: Any, new: str, tmp_path: Path
) -> None:
    card = VirtualCard(load_profile_or_image(PSK))
    with virtual_reader(card):
        assert on("dump", "before.yaml").status == 0
        assert on("write", new, "--dry-run").status == 0
        assert card.writes == 0
        outcome = on("write", new, "--yes", "--backup", "kept.yaml", *KEY)
        assert outcome.status == 0, outcome.err
        assert on("verify", new).status == 0
        assert on("diff", "before.yaml", "card").status == 1
        assert on("restore", "kept.yaml", "--yes", "--no-backup", *KEY).status == 0
        assert on("diff", "before.yaml", "card").status == 0
        assert on("erase", "--yes", "--no-backup", *KEY).status == 0
        assert on("read", "--format", "json").json["accounts"] == []
        assert on("restore", "before.yaml", "--yes", "--no-backup", *KEY).status == 0
        assert on("dump", "after.yaml").status == 0
    assert load_image(tmp_path / "after.yaml") == load_image(tmp_path / "before.yaml")


@pytest.mark.parametrize("torn", [False, True], ids=["between two writes", "in a write"])
def test_pulled_out_in_mid_write(
    pcscd: PcscDaemon, virtual_reader: Any, new: str, tmp_path: Path, torn: bool
) -> None:
    card = VirtualCard(load_profile_or_image(PSK))
    with virtual_reader(card):
        if torn:
            card.tear_after = 2
        else:

            def pace(count: int) -> None:
                del count
                if card.writes == 2 and card.faults.remove_after is None:
                    card.faults.remove_after = card.tpdus

            card.pace = pace
        outcome = on("write", new, "--yes", "--backup", "kept.yaml", *KEY)
    assert outcome.status == 3, outcome.err
    assert "2 of " in outcome.err
    assert "UPDATE BINARY file 6432" in outcome.err
    assert "kept.yaml" in outcome.err
    assert "same command" in outcome.err
    assert card.writes == 2
    card.pace = None
    card.power_on()
    card.power_off()
    with virtual_reader(card):
        found = on("read", "--format", "json").json["accounts"]
        assert [account["lifetime"] for account in found] in ([], [86400], [43200])
        again = on("write", new, "--yes", "--no-backup", *KEY)
        assert again.status == 0, again.err
        assert on("verify", new).status == 0
    kept = load_image(tmp_path / "kept.yaml").find("7F50/6432")
    was = load_profile_or_image(PSK).find("7F50/6432")
    assert kept is not None
    assert was is not None
    assert kept.data == was.data


UICC_PROFILES = [
    path for path in sorted(PROFILES.glob("*.yaml")) if "kind: sim" not in path.read_text()
]


@pytest.mark.parametrize("path", UICC_PROFILES, ids=lambda path: path.stem)
def test_every_shipped_profile_goes_onto_a_blank_card(
    pcscd: PcscDaemon, virtual_reader: Any, path: Path, tmp_path: Path
) -> None:
    profile = load_profile(path, examples=True)
    card = VirtualCard(bare(profile))
    values = {
        "lwm2m-variables": (
            *("--set", "SERIAL=000417"),
            *("--set", "PSK=000102030405060708090A0B0C0D0E0F"),
        )
    }.get(path.stem, ())
    pin = ("--pin", "1234")
    with virtual_reader(card):
        write = ("write", str(path), "--create", "--yes", "--no-backup", *values, *KEY, *pin)
        outcome = on(*write)
        assert outcome.status == 0, outcome.err
        read = on("read", "--format", "json", *pin)
        assert read.status == 0
        accounts = profile_accounts(profile)
        assert [a["server_id"] for a in read.json["accounts"]] == [a.server_id for a in accounts]
        writes = card.writes
        assert on(*write).status == 0
        assert card.writes == writes
        assert on("verify", str(path), *values, *pin).status == 0
        opaque = [item for item in profile.profile.data_objects if item.format != "lwm2m"]
        if shutil.which("pkcs15-tool") and opaque:
            conf = tmp_path / "opensc.conf"
            conf.write_text(
                "app default { enable_default_driver = true; card_drivers = default; }\n"
            )
            listing = subprocess.run(
                ["pkcs15-tool", "--list-data-objects", "--reader", "0"],
                env={**pcscd.env, "OPENSC_CONF": str(conf), "HOME": str(tmp_path)},
                capture_output=True,
                encoding="latin-1",
                timeout=30,
                check=False,
            )
            for item in opaque:
                assert f"'{item.label}'" in listing.stdout
                assert oid_of(item) in listing.stdout
