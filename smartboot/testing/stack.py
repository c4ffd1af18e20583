"""The PC/SC stack of a test process: which socket, which daemon, and its clean end.

A process has one socket name for all its life, because the PC/SC library reads the name once.
pytest-xdist workers are processes, so each has a daemon and ports of its own.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from smartboot.errors import TransportError, UsageError
from smartboot.testing.pcscd import (
    NO_PROGRAM,
    PROGRAM_VARIABLE,
    SETTLE_S,
    SOCKET_VARIABLE,
    PcscDaemon,
    StackUnavailableError,
)
from smartboot.testing.ports import answers, listening_ports

__all__ = ["SystemDaemon", "claim_socket", "release_socket", "running_stack", "sole_use"]

_LINUX_ONLY = "cards on vpcd are for Linux only"
_SYSTEM_SOCKET = Path("/run/pcscd/pcscd.comm")
_SYSTEM_CONFIG = Path("/etc/reader.conf.d")
_PREFIX = "smartboot-pcsc-"
_LOCK = "lock"
_LISTED_S = 3.0
_LONGEST_SOCKET = 100
"""Bytes of a Unix socket's path; Linux takes 107, the PC/SC library cuts a few earlier."""

_claims: dict[int, tuple[Path, str | None]] = {}
"""By process id: the socket name, and the environment's value before it was claimed."""


class SystemDaemon(PcscDaemon):
    """The system's pcscd, as far as it has vpcd slots; it can be neither stopped nor restarted."""

    def __init__(self, socket_path: Path) -> None:
        super().__init__(socket_path)
        self.is_private = False

    def start(self, entries: int = 1) -> None:
        """Find its slots. Errors: StackUnavailableError."""
        del entries
        if self.ports:
            return
        if not answers(_SYSTEM_SOCKET):
            raise StackUnavailableError("no system pcscd answers")
        config = "".join(
            path.read_text(encoding="utf-8", errors="replace")
            for path in sorted(_SYSTEM_CONFIG.glob("vpcd*"))
        )
        found = re.search(r"^DEVICENAME\s+/dev/null:(\S+)", config, re.MULTILINE)
        name = re.search(r'^FRIENDLYNAME\s+"([^"]+)"', config, re.MULTILINE)
        if not found or not name or int(found[1], 0) not in listening_ports():
            raise StackUnavailableError("the system's pcscd has no free vpcd slot")
        self._base.mkdir(mode=0o700, exist_ok=True)
        self.socket.parent.mkdir(exist_ok=True)
        self.socket.symlink_to(_SYSTEM_SOCKET)
        self.ports = (int(found[1], 0), int(found[1], 0) + 1)
        self.readers = (f"{name[1]} 00 00", f"{name[1]} 00 01")

    def stop(self) -> None:
        """Forget it."""
        self.socket.unlink(missing_ok=True)
        self.ports = ()

    def restart(self, entries: int = 1) -> None:
        """Skips the test."""
        del entries
        import pytest

        pytest.skip("the system's pcscd is not ours to restart")


def claim_socket() -> Path:
    """Point all PC/SC of this process and its children to the socket of its stack to come.

    Only a name as yet: the directory is made when the daemon is started. The name stays the same
    for the life of the process; it is drawn anew in a child, which inherits the environment.
    """
    claim = _claims.get(os.getpid())
    if claim is None:
        claim = (_new_socket(), os.environ.get(SOCKET_VARIABLE))
        _claims[os.getpid()] = claim
    os.environ[SOCKET_VARIABLE] = str(claim[0])
    return claim[0]


def _new_socket() -> Path:
    """A socket's path that is short enough, below the temporary directory where it can be."""
    name = Path(f"{_PREFIX}{secrets.token_hex(8)}") / "run" / "pcscd.comm"
    own = Path(tempfile.gettempdir())
    # CI runners like deep temporary directories, and a longer path is cut off without a word.
    candidates = (own, Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108 - see above
    for folder in candidates:
        if len(os.fsencode(folder / name)) <= _LONGEST_SOCKET and os.access(folder, os.W_OK):
            return folder / name
    return own / name


def release_socket() -> None:
    """Give the environment back as it was; the socket's name is kept for another claim."""
    claim = _claims.get(os.getpid())
    if claim is None or os.environ.get(SOCKET_VARIABLE) != str(claim[0]):
        return
    if claim[1] is None:
        del os.environ[SOCKET_VARIABLE]
    else:
        os.environ[SOCKET_VARIABLE] = claim[1]


@contextlib.contextmanager
def running_stack() -> Iterator[PcscDaemon]:
    """A PC/SC stack with empty virtual slots: a private pcscd, or else the system's.

    At the end the daemon is stopped, its directory removed and the environment given back, unless
    the socket was claimed before. Errors: StackUnavailableError with all reasons; UsageError when
    this process talks to another PC/SC service already.
    """
    if sys.platform != "linux":
        raise StackUnavailableError(_LINUX_ONLY)
    if os.environ.get(PROGRAM_VARIABLE) == NO_PROGRAM:
        raise StackUnavailableError(f"{PROGRAM_VARIABLE} is {NO_PROGRAM}")
    before = os.environ.get(SOCKET_VARIABLE)
    path = claim_socket()
    reasons = []
    with contextlib.ExitStack() as cleanup:
        if before != str(path):
            cleanup.callback(release_socket)
        cleanup.enter_context(_directory(path.parent.parent))
        for kind in (PcscDaemon, SystemDaemon):
            daemon = kind(path)
            try:
                daemon.start()
            except (StackUnavailableError, OSError, subprocess.SubprocessError) as error:
                reasons.append(str(error))
                daemon.stop()
                continue
            try:
                _check_reached(daemon)
                yield daemon
            finally:
                daemon.stop()
            return
        raise StackUnavailableError("; ".join(reasons))


@contextlib.contextmanager
def _directory(base: Path) -> Iterator[None]:
    """The stack's directory, removed at the end, and with it those of runs that were killed.

    A directory belongs to a run as long as that holds a lock on the file in it; the system gives
    up the lock with the process.
    """
    if sys.platform == "win32":
        raise StackUnavailableError(_LINUX_ONLY)
    import fcntl

    for other in base.parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), (other / _LOCK).open("rb") as lock:
            if other.lstat().st_uid == os.geteuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(other, ignore_errors=True)
    base.mkdir(mode=0o700)
    try:
        with (base / f"{_LOCK}.new").open("wb") as lock:
            # Locked before it has its name, so that no other run takes it for one left behind.
            fcntl.flock(lock, fcntl.LOCK_EX)
            (base / f"{_LOCK}.new").rename(base / _LOCK)
            yield
    finally:
        # Not left to the end of the process: an xdist worker may not come that far.
        shutil.rmtree(base, ignore_errors=True)


def _check_reached(daemon: PcscDaemon) -> None:
    """See to it that this process talks to the daemon and to no other service."""
    from smartboot.transport.pcsc import list_readers

    end = time.monotonic() + _LISTED_S
    while True:
        names: list[str] = []
        with contextlib.suppress(TransportError):
            names = [reader.name for reader in list_readers()]
        if set(daemon.readers) <= set(names):
            return
        if time.monotonic() > end:
            break
        time.sleep(0.05)
    raise UsageError(
        "this process used PC/SC before the stack of the tests was started, and the PC/SC library "
        "stays with the service it found then",
        hint="set `smartboot_pcscd = true` in pytest's configuration",
    )


@contextlib.contextmanager
def sole_use(daemon: PcscDaemon) -> Iterator[PcscDaemon]:
    """The daemon, running, for one test; the system's slots are shared by all processes."""
    daemon.start()
    if daemon.is_private:
        yield daemon
        return
    if sys.platform == "win32":
        raise StackUnavailableError(_LINUX_ONLY)
    import fcntl

    name = f"smartboot-pcsc-{os.getuid()}.lock"
    with (Path(tempfile.gettempdir()) / name).open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield daemon
        time.sleep(SETTLE_S)
