"""The pytest plugin in runs of its own: quiet when unused, parallel, and clean behind itself."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smartboot.testing.ports import listening_ports
from tests.support.pcscd import PcscDaemon
from tests.support.pytestrun import clean_environment, project, run_pytest

MODULES = """
import json, os, sys
from pathlib import Path

def test_{name}(request):
    state = {{"modules": sorted(sys.modules), "socket": os.environ.get("PCSCLITE_CSOCK_NAME")}}
    Path("state-{name}.json").write_text(json.dumps(state))
    assert {good}
"""

SLOTS = """
import os
import pytest
from pathlib import Path

@pytest.mark.parametrize("round", range(4))
def test_reader(smartboot_reader, smartboot_pcscd, round):
    reader = smartboot_reader("lwm2m-psk")
    place = Path(f"daemon-{smartboot_pcscd.pid}.txt")
    place.write_text(f"{os.getpid()} {smartboot_pcscd.socket.parent.parent} {reader.port}")
    from smartboot.bootstrap import read_bootstrap
    from smartboot.card import open_card
    from smartboot.transport.pcsc import open_reader
    with open_reader(reader.argument) as connection:
        assert read_bootstrap(open_card(connection)).accounts
    assert reader.card.tpdus == 18
"""


def gone(pid: int, within_s: float = 5.0) -> bool:
    """Whether the process ends in time; a zombie nobody waits for has ended."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("good", [True, False], ids=["passes", "fails"])
def test_a_run_that_does_not_use_it_loads_nothing_and_changes_nothing(
    tmp_path: Path, good: bool
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    project(tmp_path, MODULES.format(name="with", good=good))
    env = {"TMPDIR": str(scratch)}
    run = run_pytest(tmp_path, "-q", env=env)
    assert run.counts == ({"passed": 1} if good else {"failed": 1})
    state = json.loads((tmp_path / "state-with.json").read_text())
    project(tmp_path, MODULES.format(name="without", good=good))
    run_pytest(tmp_path, "-q", "-p", "no:smartboot", env=env)
    bare = json.loads((tmp_path / "state-without.json").read_text())
    assert set(state["modules"]) - set(bare["modules"]) == {
        "smartboot",
        "smartboot.testing",
        "smartboot.testing.plugin",
    }
    assert state["socket"] is None
    assert list(scratch.iterdir()) == []


def test_a_card_in_the_process_needs_no_pcsc(tmp_path: Path) -> None:
    test = MODULES.format(name="card", good=True).replace("(request)", "(smartboot_card)")
    test += "\ndef test_first(smartboot_card):\n    assert smartboot_card('lwm2m-psk').accounts\n"
    run = run_pytest(project(tmp_path, test), "-q", "-p", "no:randomly")
    assert run.counts == {"passed": 2}
    state = json.loads((tmp_path / "state-card.json").read_text())
    assert not [m for m in state["modules"] if m.split(".")[0] in ("smartcard", "lxml", "click")]
    assert state["socket"] is None


def test_the_fixtures_are_listed_with_what_they_do(tmp_path: Path) -> None:
    run = run_pytest(project(tmp_path, ""), "--fixtures")
    for name in ("smartboot_card", "smartboot_reader", "smartboot_pcscd"):
        assert name in run.text
    assert "smartboot_pcscd (bool)" in run_pytest(tmp_path, "--help").text


@pytest.mark.parametrize("required", [False, True])
def test_without_a_stack_reader_tests_are_skipped_or_fail(tmp_path: Path, required: bool) -> None:
    env = {"SMARTBOOT_PCSCD": "none", **({"SMARTBOOT_REQUIRE_STACK": "1"} if required else {})}
    run = run_pytest(project(tmp_path, SLOTS), "-q", "-rs", env=env)
    assert run.counts == ({"errors": 4} if required else {"skipped": 4})
    assert "no PC/SC stack: SMARTBOOT_PCSCD is none" in run.text
    assert list(tmp_path.glob("daemon-*")) == []


def test_a_pcscd_that_does_not_start_is_a_reason(tmp_path: Path) -> None:
    broken = tmp_path / "pcscd"
    broken.write_text("#!/bin/sh\necho 'no can do' >&2\nexit 1\n")
    broken.chmod(0o755)
    started = time.monotonic()
    run = run_pytest(project(tmp_path, SLOTS), "-q", "-rs", env={"SMARTBOOT_PCSCD": str(broken)})
    assert run.counts == {"skipped": 4}
    assert "no PC/SC stack" in run.text
    assert time.monotonic() - started < 30


@pytest.mark.stack
def test_every_worker_has_a_daemon_of_its_own_and_nothing_stays(
    pcscd: PcscDaemon, tmp_path: Path
) -> None:
    run = run_pytest(project(tmp_path, SLOTS), "-n", "2")
    assert run.counts == {"passed": 4}, run.text
    notes = [path.read_text().split() for path in tmp_path.glob("daemon-*.txt")]
    assert len(notes) == 2
    for column in zip(*notes, strict=True):
        assert len(set(column)) == 2
    for path in tmp_path.glob("daemon-*.txt"):
        assert gone(int(path.stem.removeprefix("daemon-")))
    for _, base, port in notes:
        assert not Path(base).exists()
        assert int(port) not in listening_ports()


@pytest.mark.stack
def test_the_daemon_dies_with_a_run_that_is_killed(pcscd: PcscDaemon, tmp_path: Path) -> None:
    if not pcscd.is_private:
        pytest.skip("the system's pcscd lives on")
    waiting = """
import time
from pathlib import Path

def test_hangs(smartboot_reader, smartboot_pcscd):
    smartboot_reader("lwm2m-psk")
    Path("pid.tmp").write_text(f"{smartboot_pcscd.pid} {smartboot_pcscd.socket.parent.parent}")
    Path("pid.tmp").rename("pid")
    time.sleep(60)
"""
    project(tmp_path, waiting)
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        end = time.monotonic() + 30
        while not (tmp_path / "pid").exists() and time.monotonic() < end:
            time.sleep(0.05)
        process.kill()
    pid, base = (tmp_path / "pid").read_text().split()
    try:
        assert gone(int(pid))
        # The next run removes what the killed one could not, and nothing that is in use.
        assert run_pytest(project(tmp_path, SLOTS), "-q", "-k", "0").status == 0
        assert not Path(base).exists()
        assert pcscd.socket.exists()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
        shutil.rmtree(base, ignore_errors=True)


@pytest.mark.stack
def test_a_deep_temporary_directory_is_no_obstacle(pcscd: PcscDaemon, tmp_path: Path) -> None:
    deep = tmp_path / ("deep-" * 20)
    deep.mkdir()
    run = run_pytest(project(tmp_path, SLOTS), "-q", "-k", "0", env={"TMPDIR": str(deep)})
    assert run.counts == {"passed": 1, "deselected": 3}, run.text


EARLIER = """
import contextlib
from smartboot.errors import SmartbootError
from smartboot.transport.pcsc import list_readers

def test_uses_pcsc_first():
    with contextlib.suppress(SmartbootError):
        list_readers()

def test_reader(smartboot_reader):
    assert smartboot_reader("lwm2m-psk").card.tpdus == 0
"""


@pytest.mark.stack
def test_pcsc_used_before_is_told_and_helped_by_the_setting(
    pcscd: PcscDaemon, tmp_path: Path
) -> None:
    run = run_pytest(project(tmp_path, EARLIER), "-q")
    assert run.counts == {"passed": 1, "error": 1}, run.text
    assert "this process used PC/SC before" in run.text
    assert "smartboot_pcscd = true" in run.text
    run = run_pytest(project(tmp_path, EARLIER, "smartboot_pcscd = true"), "-q")
    assert run.counts == {"passed": 2}, run.text


@pytest.mark.stack
def test_the_environment_is_given_back(pcscd: PcscDaemon, tmp_path: Path) -> None:
    conftest = """
import os
from pathlib import Path

def pytest_unconfigure(config):
    Path("after.txt").write_text(os.environ.get("PCSCLITE_CSOCK_NAME", "unset"))
"""
    (tmp_path / "conftest.py").write_text(conftest)
    project(tmp_path, SLOTS)
    assert run_pytest(tmp_path, "-q", "-k", "0").status == 0
    assert (tmp_path / "after.txt").read_text() == "unset"
    run = run_pytest(tmp_path, "-q", "-k", "0", env={"PCSCLITE_CSOCK_NAME": "/nowhere/comm"})
    assert run.status == 0
    assert (tmp_path / "after.txt").read_text() == "/nowhere/comm"


@pytest.mark.stack
def test_two_readers_cards_come_and_go_and_a_third_has_no_place(
    smartboot_reader, smartboot_card
) -> None:
    from smartboot.errors import UsageError
    from smartboot.transport.pcsc import list_readers

    def present() -> list[bool]:
        return [reader.card_present for reader in list_readers()]

    first = smartboot_reader("lwm2m-psk")
    with smartboot_reader("client-provisioning-w7") as second:
        assert (first.slot, second.slot) == (0, 1)
        assert present() == [True, True]
        with pytest.raises(UsageError, match="all 2 readers"):
            smartboot_reader("lwm2m-psk")
        with pytest.raises(UsageError, match="there is a card in"):
            first.insert()
    assert present() == [True, False]
    first.remove()
    first.remove()
    assert present() == [False, False]
    other = smartboot_card("dm-2.0")
    first.insert(other)
    assert present() == [True, False]
    assert first.card is other
    with pytest.raises(UsageError, match="there is a card in"):
        smartboot_reader("lwm2m-psk", slot=0)


@pytest.mark.stack
def test_the_reader_is_empty_again_behind_the_test(pcscd: PcscDaemon) -> None:
    from smartboot.transport.pcsc import list_readers

    assert not any(reader.card_present for reader in list_readers())
