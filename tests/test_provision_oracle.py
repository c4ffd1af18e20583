"""What other programs make of cards that were written, and of writes that were torn."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from smartboot.card import open_card
from smartboot.profiles.render import render
from smartboot.provision.apply import apply
from smartboot.provision.desired import desired_from_profile
from smartboot.provision.plan import plan_write
from smartboot.transport.pcsc import open_reader
from smartboot.virtual import VirtualCard
from tests.support.pcscd import PcscDaemon
from tests.support.provision import bare, content, document, keys, one, profile, torn

LIMIT_S = 20


def need(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI") or os.environ.get("SMARTBOOT_REQUIRE_TOOLS"):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return found


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("carrier", "language"),
    [("client-provisioning", None), ("dm-1", None), ("dm-1", "SYNCML12")],
)
def test_libwbxml_takes_no_torn_document(
    carrier: str, language: str | None, tmp_path: Path
) -> None:
    """It passes over the version byte, and with a language given over the public id too."""
    program = need("wbxml2xml")
    file = tmp_path / "torn"

    def xml(data: bytes) -> str | None:
        file.write_bytes(data)
        options = ["-l", language] if language else []
        done = subprocess.run(
            [program, *options, "-o", "-", str(file)],
            capture_output=True,
            encoding="latin-1",
            timeout=LIMIT_S,
            check=False,
        )
        return done.stdout if done.returncode == 0 else None

    old = document(carrier)
    new = document(carrier, secret="a-different-one9", host="other-host")
    sound = {xml(old), xml(new)}
    assert None not in sound
    assert len(sound) == 2
    desired = desired_from_profile(one(carrier, new))
    image = render(one(carrier, old))
    path = "7F50/6411" if carrier == "client-provisioning" else "7F50/6431"

    def run(card: Any) -> None:
        apply(card, plan_write(card, desired, keys=keys), keys=keys)

    seen = set()
    for case in torn(image, run, ("half", "all but one")):
        found = xml(content(case.card, path).rstrip(b"\xff"))
        assert found is None or found in sound, (case.step, case.cut)
        seen.add(found)
    assert None in seen


@pytest.mark.stack
@pytest.mark.oracle
@pytest.mark.timeout(90)
def test_opensc_reads_a_card_made_from_nothing(
    pcscd: PcscDaemon,
    virtual_reader: Callable[..., AbstractContextManager[Any]],
    tmp_path: Path,
) -> None:
    program = need("pkcs15-tool")
    loaded = profile(
        {"format": "oma-cp", "fid": "6411", "data": document("client-provisioning"), "size": 600,
         "label": "Bootstrap"},
        {"format": "oma-dm", "fid": "6431", "data": document("dm-1"), "size": 1200,
         "label": "DM Bootstrap"},
        application={"token_label": "Fresh card"},
    )  # fmt: skip  # one data object, two lines
    desired = desired_from_profile(loaded)
    conf = tmp_path / "opensc.conf"
    conf.write_text("app default { enable_default_driver = true; card_drivers = default; }\n")
    with virtual_reader(VirtualCard(bare(loaded))):
        connection = open_reader("pcsc:0")
        card = open_card(connection)
        try:
            done = apply(card, plan_write(card, desired, create=True, keys=keys), keys=keys)
        finally:
            card.close()
        assert done.verified

        def tool(*options: str) -> str:
            result = subprocess.run(
                [program, "--reader", "0", *options],
                capture_output=True,
                encoding="latin-1",
                timeout=LIMIT_S,
                check=False,
                env={**pcscd.env, "OPENSC_CONF": str(conf), "HOME": str(tmp_path)},
            )
            assert result.returncode == 0, result.stderr
            return result.stdout

        listing = tool("--list-data-objects")
        assert "'Bootstrap'" in listing
        assert "'DM Bootstrap'" in listing
        assert "Fresh card" in tool("--dump")
