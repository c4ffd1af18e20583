"""A pcscd of one's own: the real PC/SC stack with virtual slots, beside the system's.

The daemon runs in a mount namespace where a temporary directory stands in for its socket
directory, so that a system pcscd is not disturbed and no root-owned file is left behind. USB
drivers are hidden from it: no test reaches a real reader. It dies with the process that started
it. Linux only; as another user than root it needs user namespaces.

vpcd listens on all interfaces, which cannot be configured; it does so while the daemon runs.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from smartboot.errors import TransportError
from smartboot.testing.ports import answers, free_ports, listening_ports

__all__ = [
    "PROGRAM_VARIABLE",
    "SOCKET_VARIABLE",
    "PcscDaemon",
    "Removable",
    "StackUnavailableError",
]

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
"""Where the PC/SC library looks for its service. It looks once in the life of a process."""

PROGRAM_VARIABLE = "SMARTBOOT_PCSCD"
"""Names the pcscd to start; ``none`` stands for a machine without PC/SC."""

NO_PROGRAM = "none"
FRIENDLY_NAME = "Smartboot Virtual"
SLOTS_PER_ENTRY = 2
SETTLE_S = 0.6
"""How long a slot stays empty at least. pcscd 1.9 looks at a slot every 0.4 s, and one that was
emptied and filled again in between, while a client found the card gone, stays empty to it for ever.
"""

_START_S = 10.0
_STOP_S = 3.0
_PORT_TRIES = 4
_LOG_BYTES = 4096

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


class StackUnavailableError(TransportError):
    """Why there is no PC/SC stack to test with."""


class Removable(Protocol):
    """A card in a slot."""

    def remove(self) -> None:
        """Pull it out."""
        ...


CardT = TypeVar("CardT", bound=Removable)


class PcscDaemon:
    """A private pcscd with ``2 * entries`` virtual slots, reached through ``socket``.

    ``ports[i]`` is where the card of ``readers[i]`` connects. ``env`` is what a program needs in
    its environment to use it. ``socket`` is ``BASE/run/NAME``; all files are below BASE.
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
            return (self._base / "log").read_text(encoding="utf-8", errors="replace")[-_LOG_BYTES:]
        return ""

    def start(self, entries: int = 1) -> None:
        """Start it and wait until it answers and its slots listen; nothing if it runs already.

        Errors: StackUnavailableError, within about ten seconds.
        """
        if self.pid is not None:
            return
        daemon, driver, build = _programs()
        self._base.mkdir(mode=0o700, exist_ok=True)
        for directory in ("run", "conf", "empty"):
            (self._base / directory).mkdir(exist_ok=True)
        reason = ""
        # A port found free may be taken before the driver has it; then others are tried.
        for _ in range(_PORT_TRIES):
            ports = free_ports(SLOTS_PER_ENTRY * entries)
            if not ports:
                raise StackUnavailableError("no free TCP ports")
            self._configure(driver, ports)
            self._launch(daemon, build)
            try:
                self._await_ready(ports)
            except StackUnavailableError as error:
                reason = error.message
                running = answers(self.socket)
                self.stop()
                if not running:
                    break
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
        if process is None or sys.platform == "win32":
            return
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            # A slot whose card does not answer keeps the daemon from ending by itself.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(_STOP_S)
        self.socket.unlink(missing_ok=True)

    def restart(self, entries: int = 1) -> None:
        """Stop it and start another, with other slots perhaps; ports change."""
        self.stop()
        self.start(entries)

    def insert(self, make: Callable[[int], CardT], slot: int = 0) -> CardT:
        """Put a card in a slot and wait until PC/SC reports it.

        ``make`` gets the slot's port and returns the card that is connected to it.
        Errors: TransportError when PC/SC does not see it within ten seconds.
        """
        from smartboot.testing.slots import await_card

        port = self.ports[slot]
        time.sleep(max(0.0, self._removed_at.get(port, 0.0) + SETTLE_S - time.monotonic()))
        card = make(port)
        try:
            await_card(self.readers[slot], True)
        except BaseException:
            card.remove()
            raise
        return card

    def remove(self, card: Removable, slot: int = 0) -> None:
        """Take the card out and wait until PC/SC reports it gone. Errors: TransportError."""
        from smartboot.testing.slots import await_card

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
        (self._base / "conf" / "vpcd").write_text(text, encoding="utf-8")

    def _launch(self, daemon: str, build: dict[str, str]) -> None:
        leash = shutil.which("setpriv")
        env = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "BASE": str(self._base),
            "DAEMON": daemon,
            "DRIVERS": build.get("usbdropdir", "/usr/lib/pcsc/drivers"),
            "EXTRA": "--disable-polkit" if "--disable-polkit" in _says(daemon, "--help") else "",
            "IPC_DIR": build.get("ipcdir", "/run/pcscd"),
            "LEASH": f"{leash} --pdeathsig KILL" if leash else "",
        }
        if sys.platform == "win32":
            raise StackUnavailableError("cards on vpcd are for Linux only")
        own_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        unshare = shutil.which("unshare")
        assert unshare is not None
        with (self._base / "log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed script, found programs
                [unshare, *own_root, "--mount", "/bin/sh", "-c", _SCRIPT],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _await_ready(self, ports: list[int]) -> None:
        end = time.monotonic() + _START_S
        while time.monotonic() < end:
            if self.pid is None:
                raise StackUnavailableError(f"pcscd did not start: {self.log.strip()[-500:]}")
            if answers(self.socket) and set(ports) <= listening_ports():
                return
            time.sleep(0.01)
        raise StackUnavailableError(f"pcscd not ready in {_START_S:g} s: {self.log.strip()[-500:]}")


def _suffix(entry: int) -> str:
    return f" {entry + 1}" if entry else ""


def _says(daemon: str, option: str) -> str:
    done = subprocess.run(  # noqa: S603 - the program that is to be started
        [daemon, option],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=5,
        check=False,
    )
    return done.stdout


def _programs() -> tuple[str, Path, dict[str, str]]:
    """pcscd, the vpcd driver, and how this pcscd was built. Errors: StackUnavailableError."""
    wanted = os.environ.get(PROGRAM_VARIABLE) or "pcscd"
    daemon = shutil.which(wanted, path=f"/usr/sbin:/usr/local/sbin:{os.environ.get('PATH', '')}")
    if daemon is None:
        raise StackUnavailableError(f"{wanted} is not installed")
    if shutil.which("unshare") is None:
        raise StackUnavailableError("unshare (util-linux) is not installed")
    build = dict(re.findall(r"(\w+)=(\S+)", _says(daemon, "--version")))
    roots = {Path(build.get("usbdropdir", "/usr/lib/pcsc/drivers")), Path("/usr/lib/pcsc/drivers")}
    for root in roots:
        driver = root / "serial" / "libifdvpcd.so"
        if driver.exists():
            return daemon, driver, build
    raise StackUnavailableError("the vpcd reader driver (vsmartcard-vpcd) is not installed")
