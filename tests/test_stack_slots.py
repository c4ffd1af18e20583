"""Many cards on one pcscd, each in a slot of its own; and vpcd that connects to the card."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from smartboot.bootstrap import read_bootstrap
from smartboot.card import open_card
from smartboot.image import CardImage
from smartboot.profiles.load import profile_from_text
from smartboot.profiles.render import render
from smartboot.testing.pcscd import PcscDaemon
from smartboot.transport.pcsc import list_readers, open_reader

pytestmark = [pytest.mark.stack, pytest.mark.timeout(120)]

LIMIT_S = 30
READS = 10


def iccid(number: int) -> str:
    return f"898821100000000{number:04d}1"


def image(number: int) -> CardImage:
    """A card that shares nothing with its neighbours: ICCID, server, identity, key, rate."""
    document = {
        "Security": {
            "0": {
                "LwM2M Server URI": f"coaps://slot-{number}.example:5684",
                "Bootstrap-Server": False,
                "Security Mode": "psk",
                "Public Key or Identity": f"cell-{number}",
                "Server Public Key": "",
                "Secret Key": "hex:" + bytes([number + 1] * 16).hex(),
                "Short Server ID": 100 + number,
            }
        },
        "Server": {"0": {"Short Server ID": 100 + number, "Lifetime": 60, "Binding": "U"}},
    }
    profile = {
        "schema": "smartboot/profile/1",
        "name": f"slot-{number}",
        "data_objects": [
            {"label": "L", "format": "lwm2m", "fid": "6432", "size": 512, "document": document}
        ],
        "virtual": {"iccid": iccid(number)},
    }
    return render(profile_from_text(json.dumps(profile)))


def content(number: int) -> tuple[str, str, str, bytes]:
    """What reading card ``number`` gives."""
    key = bytes([number + 1] * 16)
    return iccid(number), f"coaps://slot-{number}.example:5684", f"cell-{number}", key


def read(reader: str) -> tuple[str | None, str, str, bytes]:
    """One whole reading through PC/SC, connection and all."""
    connection = open_reader(f"pcsc:{reader}")
    try:
        card = open_card(connection)
        (account,) = read_bootstrap(card).accounts
        (credential,) = account.credentials
        secret = credential.secret
        assert secret is not None
        return (
            card.iccid(),
            account.addresses[0].uri,
            str(credential.identity),
            secret.reveal_bytes(),
        )
    finally:
        connection.close()


@contextlib.contextmanager
def emulated(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """``smartboot emulate`` as a process of its own, ended by SIGTERM."""
    with subprocess.Popen(
        [sys.executable, "-m", "smartboot", "emulate", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def wait_for(count: int) -> None:
    """Until PC/SC reports so many cards, all with an ATR."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        there = [status for status in list_readers() if status.card_present]
        if len(there) == count and all(status.atr and not status.mute for status in there):
            return
        time.sleep(0.05)
    raise AssertionError(f"{len(there)} cards instead of {count}: {there}")


def descriptors(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def threads(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())


def children(pid: int) -> int:
    return len(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def test_sixteen_cards_read_in_parallel_are_each_their_own(
    pcscd: PcscDaemon, tmp_path: Path
) -> None:
    """pcscd's limit: eight reader entries of two slots."""
    if not pcscd.is_private:
        pytest.skip("the system's pcscd has no sixteen slots")
    files = []
    for number in range(16):
        file = tmp_path / f"card-{number}.yaml"
        file.write_text(image(number).to_yaml())
        files.append(str(file))
    pcscd.restart(entries=8)
    try:
        _read_all(pcscd, files)
    finally:
        # The next test finds one entry again.
        pcscd.stop()


def _read_all(daemon: PcscDaemon, files: list[str]) -> None:
    assert list(daemon.ports) == list(range(daemon.ports[0], daemon.ports[0] + 16))
    assert len(daemon.readers) == 16
    assert daemon.pid is not None
    wait_for(0)
    # Whatever PC/SC keeps for the process is there before counting.
    own, other = os.getpid(), daemon.pid

    def held() -> tuple[int, ...]:
        return descriptors(own), threads(own), children(own), descriptors(other), threads(other)

    def leaked() -> bool:
        return any(now > then for now, then in zip(held(), before, strict=True))

    before = held()
    with emulated(*files, "--port", str(daemon.ports[0])) as process:
        wait_for(16)
        started = time.monotonic()
        assert threads(process.pid) == 17
        busy = descriptors(process.pid)
        jobs = [number for _ in range(READS) for number in range(16)]

        def job(number: int) -> tuple[int, Any]:
            return number, read(daemon.readers[number])

        with ThreadPoolExecutor(16) as pool:
            # Sixteen at a time, each reader once: one that is taken would make others wait.
            rounds = [jobs[at : at + 16] for at in range(0, len(jobs), 16)]
            results = [result for numbers in rounds for result in pool.map(job, numbers)]
        assert len(results) == 16 * READS
        assert [found for number, found in results if found != content(number)] == []
        assert time.monotonic() - started < 60
        assert descriptors(process.pid) == busy
        assert threads(process.pid) == 17
    assert process.returncode == 0
    wait_for(0)
    # Threads that ended, here and in the daemon, are still there for a moment.
    end = time.monotonic() + 5
    while leaked() and time.monotonic() < end:
        time.sleep(0.01)
    assert not leaked(), (before, held())


def test_two_files_two_slots_two_images(pcscd: PcscDaemon, tmp_path: Path) -> None:
    files, saved = [], []
    for number in (3, 4):
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text(image(number).to_yaml())
        saved += ["--save", str(tmp_path / f"saved-{number}.yaml")]
    with emulated(*map(str, files), *saved, "--port", str(pcscd.ports[0])) as process:
        wait_for(2)
        assert read(pcscd.readers[1]) == content(4)
        assert read(pcscd.readers[0]) == content(3)
    assert process.returncode == 0
    wait_for(0)
    for number, file in zip((3, 4), files, strict=True):
        assert (tmp_path / f"saved-{number}.yaml").read_text() == file.read_text()
    time.sleep(0.6)


class ReversedDaemon(PcscDaemon):
    """A pcscd whose driver connects to the cards (DEVICENAME host:port).

    ``put_in`` is called with the ports before the daemon starts: where nobody listens yet, the
    driver (0.8) takes the daemon down with it.
    """

    def __init__(self, socket_path: Path, put_in: Callable[[list[int]], None]) -> None:
        super().__init__(socket_path)
        self._put_in = put_in

    def _configure(self, driver: Path, ports: list[int]) -> None:
        super()._configure(driver, ports)
        file = self._base / "conf" / "vpcd"
        file.write_text(file.read_text().replace("/dev/null:", "127.0.0.1:"))
        self._put_in(ports)

    def _await_ready(self, ports: list[int]) -> None:
        super()._await_ready([])


def test_the_driver_connects_to_cards_that_listen(pcscd: PcscDaemon, tmp_path: Path) -> None:
    if not pcscd.is_private:
        pytest.skip("needs a pcscd of its own")
    files = []
    for number in (5, 6):
        files.append(str(tmp_path / f"{number}.yaml"))
        Path(files[-1]).write_text(image(number).to_yaml())
    with contextlib.ExitStack() as stack:
        # Not below tmp_path: the path of a socket has 107 characters at most.
        base = Path(tempfile.mkdtemp(prefix="smartboot-reversed-"))
        stack.callback(shutil.rmtree, base, ignore_errors=True)
        cards: list[subprocess.Popen[str]] = []

        def listen(ports: list[int]) -> None:
            cards.append(stack.enter_context(emulated(*files, "--listen", "--port", str(ports[0]))))
            assert cards[-1].stderr is not None
            line = cards[-1].stderr.readline()
            assert line == f"waiting for a reader driver at 127.0.0.1:{ports[0]} to {ports[1]}\n"

        daemon = ReversedDaemon(base / "run" / "pcscd.comm", listen)
        stack.callback(daemon.stop)
        daemon.start()
        end, found = time.monotonic() + LIMIT_S, {}
        while len(found) < 2 and time.monotonic() < end:
            done = subprocess.run(
                [sys.executable, "-m", "smartboot", "readers", "--format", "json"],
                env=daemon.env,
                capture_output=True,
                timeout=LIMIT_S,
                check=False,
            )
            rows = json.loads(done.stdout)["readers"]
            found = {row["name"]: row["iccid"] for row in rows if row.get("iccid")}
        assert found == {daemon.readers[0]: iccid(5), daemon.readers[1]: iccid(6)}
        daemon.stop()
        assert [card.poll() for card in cards] == [None]
    assert cards[0].returncode == 0


def test_listening_at_a_taken_port_is_an_error(pcscd: PcscDaemon, tmp_path: Path) -> None:
    file = tmp_path / "card.yaml"
    file.write_text(image(1).to_yaml())
    done = subprocess.run(
        [
            *(sys.executable, "-m", "smartboot", "emulate", str(file)),
            *("--listen", "--port", str(pcscd.ports[0])),
        ],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 3
    assert f"cannot listen at 127.0.0.1:{pcscd.ports[0]}" in done.stderr
