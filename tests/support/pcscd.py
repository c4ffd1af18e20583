"""A pcscd of our own for tests: the real PC/SC stack with virtual slots, beside the system's.

The daemon runs in a mount namespace where a temporary directory stands in for its socket
directory, so that a system pcscd is not disturbed and no root-owned file is left behind. USB
drivers are hidden from it: no test reaches a real reader. Clients find it through
PCSCLITE_CSOCK_NAME, which the PC/SC library reads once a process; hence the variable is set when
the test session is configured, for every test, and always names the same path. Each pytest-xdist
worker has its own daemon and its own ports.

vpcd listens on all interfaces, which cannot be configured; it does so while the tests run.

Fixtures: ``pcscd`` (a running daemon with empty slots) and ``virtual_reader`` (put a card in).
Where no daemon can be started, a running system pcscd with vpcd slots serves; without one the
tests are skipped, or fail when SMARTBOOT_REQUIRE_STACK=1.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from smartboot.errors import TransportError

if TYPE_CHECKING:
    from smartboot.virtual.card import VirtualCard

__all__ = [
    "PcscDaemon",
    "ServedCard",
    "StackUnavailableError",
    "pcscd",
    "pcscd_session",
    "virtual_reader",
]

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
REQUIRE_VARIABLE = "SMARTBOOT_REQUIRE_STACK"
SYSTEM_SOCKET = Path("/run/pcscd/pcscd.comm")
FRIENDLY_NAME = "Smartboot Virtual"
SLOTS_PER_ENTRY = 2
START_S = 10.0
STOP_S = 3.0
CARD_S = 10.0
SETTLE_S = 0.6
"""How long a slot stays empty at least. pcscd 1.9 looks at a slot every 0.4 s, and one that was
emptied and filled again in between, while a client found the card gone, stays empty to it for ever.
"""

_SCRIPT = r"""
set -e
cd "$BASE/run"
# Hiding all of /run where there is no directory to hide leaves no trace on the machine.
if [ ! -d "$IPC_DIR" ]; then
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p "$IPC_DIR"
fi
mount --bind . "$IPC_DIR"
[ ! -d "$DRIVERS" ] || mount --bind "$BASE/empty" "$DRIVERS"
# The daemon dies with the tests even when these are killed.
exec $LEASH "$DAEMON" --foreground $EXTRA --config "$BASE/conf"
"""


class StackUnavailableError(Exception):
    """Why there is no PC/SC stack to test with."""


class _Card(Protocol):
    def remove(self) -> None: ...


class PcscDaemon:
    """A private pcscd with ``2 * entries`` virtual slots, reached through ``socket``.

    ``ports[i]`` is where the card of ``readers[i]`` connects. ``env`` is what a program needs in
    its environment to use it (this process and its children have it already).
    """

    def __init__(self, socket_path: Path) -> None:
        self.socket = socket_path
        self.ports: tuple[int, ...] = ()
        self.readers: tuple[str, ...] = ()
        self.is_private = True
        self._removed_at: dict[int, float] = {}
        self._base = socket_path.parent.parent
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        """The environment of this process, with the way to the daemon."""
        return {**os.environ, SOCKET_VARIABLE: str(self.socket)}

    @property
    def pid(self) -> int | None:
        """The daemon's process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def log(self) -> str:
        """What the daemon said, the last 4 kB of it."""
        with contextlib.suppress(OSError):
            return (self._base / "log").read_text(errors="replace")[-4096:]
        return ""

    def start(self, entries: int = 1) -> None:
        """Start it and wait until it answers and its slots listen; nothing if it runs already.

        Errors: StackUnavailableError.
        """
        if self.pid is not None:
            return
        daemon, driver, build = _programs()
        self._base.mkdir(mode=0o700, exist_ok=True)
        for directory in ("run", "conf", "empty"):
            (self._base / directory).mkdir(exist_ok=True)
        reason = ""
        # A port found free may be taken before the driver has it; then others are tried.
        for _ in range(4):
            ports = _free_ports(SLOTS_PER_ENTRY * entries)
            self._configure(driver, ports)
            self._launch(daemon, build)
            try:
                self._await_ready(ports)
            except StackUnavailableError as error:
                reason = str(error)
                self.stop()
                continue
            self.ports = tuple(ports)
            self.readers = tuple(
                f"{FRIENDLY_NAME}{_suffix(entry)} 00 {slot:02d}"
                for entry in range(entries)
                for slot in range(SLOTS_PER_ENTRY)
            )
            return
        raise StackUnavailableError(reason)

    def stop(self) -> None:
        """Stop it; nothing if it does not run. Never takes longer than a few seconds."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            # A slot whose card does not answer keeps the daemon from ending by itself.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(STOP_S)
        self.socket.unlink(missing_ok=True)

    def restart(self, entries: int = 1) -> None:
        """Stop it and start another, with other slots perhaps; ports change."""
        self.stop()
        self.start(entries)

    def insert(self, make: Callable[[int], _Card], slot: int = 0) -> _Card:
        """Put a card in a slot and wait until PC/SC reports it."""
        port = self.ports[slot]
        time.sleep(max(0.0, self._removed_at.get(port, 0.0) + SETTLE_S - time.monotonic()))
        card = make(port)
        try:
            await_card(self.readers[slot], True)
        except BaseException:
            card.remove()
            raise
        return card

    def remove(self, card: _Card, slot: int = 0) -> None:
        """Take the card out and wait until PC/SC reports it gone."""
        card.remove()
        self._removed_at[self.ports[slot]] = time.monotonic()
        if self.pid is not None or not self.is_private:
            await_card(self.readers[slot], False)

    def _configure(self, driver: Path, ports: list[int]) -> None:
        # Copies, because the driver directory is hidden from the daemon; and one for each entry,
        # because the driver (0.8) numbers its cards by slot alone: two entries served by one
        # loaded library show the same cards.
        text = ""
        for entry, port in enumerate(ports[::SLOTS_PER_ENTRY]):
            copy = self._base / f"libifdvpcd-{entry}.so"
            if not copy.exists():
                shutil.copyfile(driver, copy)
            text += (
                f'FRIENDLYNAME "{FRIENDLY_NAME}{_suffix(entry)}"\n'
                f"DEVICENAME /dev/null:{port}\nLIBPATH {copy}\nCHANNELID {port}\n\n"
            )
        (self._base / "conf" / "vpcd").write_text(text)

    def _launch(self, daemon: str, build: dict[str, str]) -> None:
        leash = shutil.which("setpriv")
        options = subprocess.run([daemon, "--help"], capture_output=True, text=True, timeout=5)
        env = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "BASE": str(self._base),
            "DAEMON": daemon,
            "DRIVERS": build.get("usbdropdir", "/usr/lib/pcsc/drivers"),
            "EXTRA": "--disable-polkit" if "--disable-polkit" in options.stdout else "",
            "IPC_DIR": build.get("ipcdir", "/run/pcscd"),
            "LEASH": f"{leash} --pdeathsig KILL" if leash else "",
        }
        own_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        with (self._base / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["unshare", *own_root, "--mount", "sh", "-c", _SCRIPT],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _await_ready(self, ports: list[int]) -> None:
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            if self.pid is None:
                raise StackUnavailableError(f"pcscd did not start: {self.log.strip()[-500:]}")
            if _answers(self.socket) and set(ports) <= _listening_ports():
                return
            time.sleep(0.01)
        raise StackUnavailableError(f"pcscd not ready in {START_S:g} s: {self.log.strip()[-500:]}")


class _SystemDaemon(PcscDaemon):
    """The system's pcscd, as far as it has vpcd slots; it can be neither stopped nor restarted."""

    def __init__(self, socket_path: Path) -> None:
        super().__init__(socket_path)
        self.is_private = False

    def start(self, entries: int = 1) -> None:
        if self.ports:
            return
        if not _answers(SYSTEM_SOCKET):
            raise StackUnavailableError("no system pcscd answers")
        config = "".join(
            path.read_text(errors="replace") for path in Path("/etc/reader.conf.d").glob("vpcd*")
        )
        found = re.search(r"^DEVICENAME\s+/dev/null:(\S+)", config, re.MULTILINE)
        name = re.search(r'^FRIENDLYNAME\s+"([^"]+)"', config, re.MULTILINE)
        if not found or not name or int(found[1], 0) not in _listening_ports():
            raise StackUnavailableError("the system's pcscd has no free vpcd slot")
        self._base.mkdir(mode=0o700, exist_ok=True)
        self.socket.parent.mkdir(exist_ok=True)
        self.socket.symlink_to(SYSTEM_SOCKET)
        self.ports = (int(found[1], 0), int(found[1], 0) + 1)
        self.readers = (f"{name[1]} 00 00", f"{name[1]} 00 01")

    def stop(self) -> None:
        self.socket.unlink(missing_ok=True)
        self.ports = ()

    def restart(self, entries: int = 1) -> None:
        pytest.skip("the system's pcscd is not ours to restart")


class ServedCard:
    """smartboot's own ``VirtualCard`` in the slot at ``port``, served by a thread."""

    def __init__(self, card: VirtualCard, port: int) -> None:
        from smartboot.virtual.vpcd import VpcdServer

        self._stop = threading.Event()
        self._server = VpcdServer(card, port=port)
        self._server.connect()
        self._thread = threading.Thread(target=self._serve, name=f"card-{port}", daemon=True)
        self._thread.start()

    def remove(self) -> None:
        """Pull the card out of the slot. May be called twice."""
        self._stop.set()
        self._thread.join(STOP_S)
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        # An end of the reader is part of the tests; any other error fails the test that runs.
        with contextlib.suppress(TransportError):
            self._server.serve(self._stop)


def _suffix(entry: int) -> str:
    return f" {entry + 1}" if entry else ""


def _programs() -> tuple[str, Path, dict[str, str]]:
    daemon = shutil.which("pcscd", path=f"/usr/sbin:/usr/local/sbin:{os.environ.get('PATH', '')}")
    if daemon is None:
        raise StackUnavailableError("pcscd is not installed")
    if shutil.which("unshare") is None:
        raise StackUnavailableError("unshare (util-linux) is not installed")
    version = subprocess.run([daemon, "--version"], capture_output=True, text=True, timeout=5)
    build = dict(re.findall(r"(\w+)=(\S+)", version.stdout))
    roots = {Path(build.get("usbdropdir", "/usr/lib/pcsc/drivers")), Path("/usr/lib/pcsc/drivers")}
    for root in roots:
        driver = root / "serial" / "libifdvpcd.so"
        if driver.exists():
            return daemon, driver, build
    raise StackUnavailableError("the vpcd reader driver (vsmartcard-vpcd) is not installed")


def _free_ports(count: int) -> list[int]:
    # Below the range the kernel takes ephemeral ports from, so that no connection is in the way.
    for _ in range(50):
        base = 20000 + int.from_bytes(os.urandom(2), "big") % 12000
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            for port in range(base, base + count):
                held.enter_context(socket.socket()).bind(("0.0.0.0", port))
            return list(range(base, base + count))
    raise StackUnavailableError("no free ports")


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def _listening_ports() -> set[int]:
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A":
                    ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def await_card(reader: str, present: bool, timeout_s: float = CARD_S) -> None:
    """Wait until PC/SC reports ``reader`` with a card and its ATR, or without one."""
    from smartboot.transport.pcsc import list_readers

    end = time.monotonic() + timeout_s
    state = "not listed"
    while time.monotonic() < end:
        for status in list_readers():
            if status.name == reader:
                state = status.state
                ready = bool(status.atr) if present else not status.card_present
                if ready and (not present or not status.mute):
                    return
        time.sleep(0.01)
    wanted = "a card" if present else "no card"
    raise AssertionError(f"{reader!r} has not {wanted} after {timeout_s:g} s: {state}")


def pytest_configure(config: pytest.Config) -> None:
    # Set in every process anew: an xdist worker inherits its controller's environment.
    # Only a name as yet; the directory is made by the first test that needs the daemon.
    base = Path(tempfile.gettempdir()) / f"smartboot-pcsc-{secrets.token_hex(8)}"
    config.stash[_BASE] = base
    os.environ[SOCKET_VARIABLE] = str(base / "run" / "pcscd.comm")


_BASE = pytest.StashKey[Path]()


@pytest.fixture(scope="session")
def pcscd_session(pytestconfig: pytest.Config) -> Iterator[PcscDaemon]:
    """The worker's daemon; tests use ``pcscd``, which sees to it that it runs."""
    path = pytestconfig.stash[_BASE] / "run" / "pcscd.comm"
    reasons = []
    for kind in (PcscDaemon, _SystemDaemon):
        daemon = kind(path)
        try:
            daemon.start()
        except (StackUnavailableError, OSError, subprocess.SubprocessError) as error:
            reasons.append(str(error))
            daemon.stop()
            continue
        try:
            yield daemon
        finally:
            daemon.stop()
            # Not left to the end of the process: an xdist worker may not come that far.
            shutil.rmtree(pytestconfig.stash[_BASE], ignore_errors=True)
        return
    shutil.rmtree(pytestconfig.stash[_BASE], ignore_errors=True)
    reason = "no PC/SC stack: " + "; ".join(reasons)
    if os.environ.get(REQUIRE_VARIABLE, "") not in ("", "0"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def pcscd(pcscd_session: PcscDaemon) -> Iterator[PcscDaemon]:
    """A running pcscd with virtual slots, all of them empty. Tests may stop and restart it."""
    pcscd_session.start()
    if pcscd_session.is_private:
        yield pcscd_session
        return
    import fcntl  # not on Windows, where this module is imported as well

    # The system's slots are shared by all workers: one test at a time uses them.
    with (Path(tempfile.gettempdir()) / f"smartboot-pcsc-{os.getuid()}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield pcscd_session
        time.sleep(SETTLE_S)


@pytest.fixture
def virtual_reader(
    pcscd: PcscDaemon,
) -> Iterator[Callable[..., contextlib.AbstractContextManager[Any]]]:
    """``with virtual_reader(what, slot=0) as card``: a card in a slot, seen by PC/SC.

    ``what`` is a ``VirtualCard`` or a ``CardImage``, and then ``card`` is the ``VirtualCard``; or
    it is called with the port, connects a card to vpcd and returns it, an object with
    ``remove()`` (``FakeCard`` will do). The block begins when PC/SC reports the card with its
    ATR, and the slot is empty again behind it.
    """

    @contextlib.contextmanager
    def insert(what: Any, slot: int = 0) -> Iterator[Any]:
        from smartboot.image import CardImage
        from smartboot.virtual.card import VirtualCard

        card = VirtualCard(what) if isinstance(what, CardImage) else what
        if isinstance(card, VirtualCard):
            served = pcscd.insert(functools.partial(ServedCard, card), slot)
        else:
            served = card = pcscd.insert(what, slot)
        try:
            yield card
        finally:
            pcscd.remove(served, slot)

    return insert
