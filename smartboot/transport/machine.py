"""What on this machine stands between smartboot and a card: the checks of ``smartboot doctor``.

Each check looks at one thing and says what to do about it. Nothing is changed, no card is
powered, no program is disturbed, and no step takes longer than a few seconds. What only Linux
shows (socket, processes, USB) is told to be unknown elsewhere.
"""

from __future__ import annotations

import ctypes
import getpass
import importlib.metadata
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from smartboot.errors import ServiceError, TransportError
from smartboot.transport.holders import Clients, service_clients
from smartboot.transport.pcsc_errors import ResultCode
from smartboot.transport.pcsc_session import Limits, Link
from smartboot.transport.readers import ReaderStatus
from smartboot.transport.usb import UsbReader, usb_readers
from smartboot.transport.winscard import WinscardError, load

__all__ = ["SOCKET_VARIABLE", "Check", "Machine", "run_checks"]

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
_DEFAULT_SOCKET = "run/pcscd/pcscd.comm"
_LIBRARY = "libpcsclite.so.1"
_STEP_S = 5.0
_VPCD_PORT = re.compile(
    r"^\s*DEVICENAME\s+/dev/null:(0[xX][0-9A-Fa-f]{1,4}|[1-9]\d{0,4})\s*$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at.

    ``ok``: True, False, or None for what is told for information or cannot be known here.
    ``remedy`` says what to do when it is not as it should be; it may have several lines.
    """

    name: str
    ok: bool | None
    detail: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """Where to look: the root of the file system, the environment, the platform's name."""

    root: Path
    environment: Mapping[str, str]
    platform: str

    @property
    def is_linux(self) -> bool:
        """Whether pcscd, /proc and sysfs can be expected."""
        return self.platform.startswith("linux")

    @property
    def socket(self) -> Path:
        """Where the PC/SC library looks for the service."""
        named = self.environment.get(SOCKET_VARIABLE)
        return Path(named) if named else self.root / _DEFAULT_SOCKET

    @property
    def start_command(self) -> str:
        """How the service is started on this machine."""
        if (self.root / "run/systemd/system").is_dir():
            return "sudo systemctl enable --now pcscd.socket"
        return "sudo pcscd"


def run_checks(
    *,
    root: Path = Path("/"),
    environment: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    limits: Limits | None = None,
) -> list[Check]:
    """Look at everything and return what was found, in the order a person would look.

    A check that could only fail because an earlier one did is left out. Errors: none.
    """
    machine = Machine(root, os.environ if environment is None else environment, platform)
    limits = limits or Limits(connect_s=_STEP_S, transmit_s=_STEP_S)
    checks = [check_pyscard(machine)]
    if machine.is_linux:
        checks += [check_daemon(machine), check_socket(machine)]
    readers: list[ReaderStatus] | None = None
    if checks[0].ok:
        service, readers = check_service(machine, limits)
        checks.append(service)
    usb = usb_readers(machine.root) if machine.is_linux else []
    if readers is not None:
        checks.append(check_readers(machine, readers, usb))
        if readers:
            checks.append(check_cards(readers))
        clients = service_clients(machine.socket) if machine.is_linux else None
        checks.append(check_access(readers, clients))
    if machine.is_linux:
        checks += [*map(check_usb, usb), check_vpcd(machine)]
    return checks


def check_pyscard(machine: Machine) -> Check:
    """Whether pyscard and the PC/SC library can be loaded."""
    try:
        load()
    except ServiceError as error:
        return Check(
            "pyscard",
            False,
            str(error),
            "install it: `sudo apt install swig libpcsclite-dev gcc python3-dev`,"
            " then `pip install pyscard`",
        )
    version = _package_version("pyscard")
    if machine.is_linux:
        try:
            ctypes.CDLL(_LIBRARY)
        except OSError as error:
            return Check(
                "pyscard",
                False,
                f"pyscard {version} is there, the PC/SC library is not: {error}",
                "install it: `sudo apt install libpcsclite1`",
            )
    return Check("pyscard", True, f"pyscard {version}")


def check_daemon(machine: Machine) -> Check:
    """Whether pcscd is installed, which version, and whether its process is seen."""
    binary = shutil.which("pcscd", path="/usr/sbin:/usr/local/sbin:/sbin:" + os.defpath)
    if binary is None:
        return Check(
            "pcscd", False, "pcscd is not installed", "install it: `sudo apt install pcscd`"
        )
    pids = _pids_of("pcscd", machine.root / "proc")
    running = f"running, pid {', '.join(map(str, pids))}" if pids else "not running at the moment"
    # A service started by its socket runs only while it is used: not running is no fault.
    return Check("pcscd", True, f"pcscd {_daemon_version(binary)}, {running}")


def check_socket(machine: Machine) -> Check:
    """Whether the service's socket is there and lets this user in."""
    if sys.platform == "win32":
        return Check("socket", True, "Windows has none")
    path = machine.socket
    named = f" (from {SOCKET_VARIABLE})" if machine.environment.get(SOCKET_VARIABLE) else ""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(_STEP_S)
            client.connect(str(path))
    except FileNotFoundError:
        remedy = f"start the service: `{machine.start_command}`"
        if named:
            remedy += f"; or unset {SOCKET_VARIABLE}"
        return Check("socket", False, f"{path}{named} is not there", remedy)
    except PermissionError:
        return Check(
            "socket",
            False,
            f"{path}{named} is there and this user may not use it",
            f"look at the permissions of {path} and of the directories above it",
        )
    except (OSError, ValueError) as error:
        return Check(
            "socket",
            False,
            f"{path}{named} is there and nobody answers on it: {error}",
            f"the service has stopped or hangs; start it again: `{machine.start_command}`",
        )
    return Check("socket", True, f"{path}{named}")


def check_service(machine: Machine, limits: Limits) -> tuple[Check, list[ReaderStatus] | None]:
    """Whether the service answers this user; with the readers it lists when it does."""
    link = Link()
    try:
        readers = link.readers(limits)
    except TransportError as error:
        cause = error.__cause__
        if isinstance(cause, WinscardError) and cause.code == ResultCode.W_SECURITY_VIOLATION:
            return Check("service", False, str(error), _polkit_remedy()), None
        if machine.is_linux:
            remedy = f"start the service: `{machine.start_command}`; if it runs, restart it"
        else:
            # Windows stops the service when the last reader is unplugged.
            remedy = "connect a reader; start the service `Smart Card`"
        return Check("service", False, str(error), remedy), None
    finally:
        link.close()
    return Check("service", True, "the PC/SC service answers"), readers


def check_readers(machine: Machine, readers: list[ReaderStatus], usb: list[UsbReader]) -> Check:
    """Whether there is a reader."""
    if readers:
        listed = "; ".join(f"pcsc:{reader.index} {reader.name}" for reader in readers)
        return Check("readers", True, listed)
    remedy = "connect a reader"
    if machine.is_linux:
        remedy += "; for USB readers the driver is needed: `sudo apt install libccid`"
        if usb:
            remedy = "the reader on USB has no working driver: see below"
    return Check("readers", False, "the service knows no reader", remedy)


def check_cards(readers: list[ReaderStatus]) -> Check:
    """Whether there is a card, and whether each answers."""
    states = "; ".join(f"{reader.name}: {reader.state}" for reader in readers)
    if any(reader.mute for reader in readers):
        return Check(
            "cards",
            False,
            states,
            "look whether the card sits the right way round, clean its contacts, put it in again",
        )
    if not any(reader.card_present for reader in readers):
        return Check("cards", False, states, "put a card in")
    return Check("cards", True, states)


def check_access(readers: list[ReaderStatus], clients: Clients | None) -> Check:
    """Whether another program holds a card; which ones use the service."""
    held = [reader.name for reader in readers if reader.exclusive]
    shared = [reader.name for reader in readers if reader.in_use and not reader.exclusive]
    if clients is None:
        users = "who uses the service cannot be seen here"
    else:
        users = ", ".join(map(str, clients.processes)) or "no other program"
        if clients.unknown:
            users += f" and {clients.unknown} connections of other users (run as root to see whose)"
        users = f"using the service: {users}"
    if not held and not shared:
        return Check("access", True, f"no card is held; {users}")
    parts = [f"held exclusively: {', '.join(held)}"] if held else []
    if shared:
        # A connection shared by others refuses an exclusive one just the same.
        parts.append(f"in use by another program: {', '.join(shared)}")
    return Check(
        "access",
        False,
        "; ".join([*parts, users]),
        "close the program that holds the card (often scdaemon: `gpgconf --kill scdaemon`;"
        " ModemManager; a browser with a PKCS#11 module)",
    )


def check_usb(reader: UsbReader) -> Check:
    """Whether PC/SC can serve a reader on USB."""
    if reader.kernel_driver is not None:
        return Check(
            "usb",
            False,
            f"{reader} is held by the kernel driver {reader.kernel_driver}",
            f"keep it from loading: `echo blacklist {reader.kernel_driver} |"
            " sudo tee /etc/modprobe.d/smartcard-reader.conf`, then restart",
        )
    if reader.has_driver is False:
        return Check(
            "usb",
            False,
            f"{reader} is known to no installed PC/SC driver",
            "install or upgrade libccid, or the maker's own driver",
        )
    if reader.has_driver is None:
        return Check(
            "usb",
            False,
            f"{reader} is plugged in and no USB driver for PC/SC is installed",
            "install it: `sudo apt install libccid`",
        )
    return Check("usb", True, f"{reader} has a driver")


def check_vpcd(machine: Machine) -> Check:
    """For information: whether virtual cards can be put into PC/SC, and on which ports."""
    drivers = machine.root / "usr/lib/pcsc/drivers/serial"
    if not any(drivers.glob("libifdvpcd.so*")):
        return Check(
            "vpcd",
            None,
            "the virtual reader driver is not installed; only `smartboot emulate` needs it",
            "to have it: `sudo apt install vsmartcard-vpcd`",
        )
    ports = _vpcd_ports(machine.root / "etc/reader.conf.d")
    listening = _listening_ports(machine.root / "proc/net")
    if not ports:
        return Check("vpcd", None, "installed; no reader is configured for it to listen on")
    told = ", ".join(
        f"port {port} {'listening' if port in listening else 'not listening'}" for port in ports
    )
    return Check("vpcd", None, f"installed, {told}")


def _package_version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "of unknown version"


def _daemon_version(binary: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program found in system directories
            [binary, "--version"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_STEP_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return "of unknown version"
    found = re.search(r"version (\d[\d.]*\d)", done.stdout)
    return found[1] if found else "of unknown version"


def _pids_of(name: str, proc: Path) -> list[int]:
    found = []
    for path in proc.glob("[0-9]*/comm"):
        try:
            if path.read_text(encoding="utf-8", errors="replace").strip() == name:
                found.append(int(path.parent.name))
        except (OSError, ValueError):
            continue
    return sorted(found)


def _vpcd_ports(directory: Path) -> list[int]:
    ports = []
    for path in sorted(directory.glob("*")):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if "libifdvpcd" not in text:
            continue
        ports += [int(number, 0) for number in _VPCD_PORT.findall(text)]
    return ports


def _listening_ports(directory: Path) -> set[int]:
    ports = set()
    for name in ("tcp", "tcp6"):
        try:
            lines = (directory / name).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            # 0A is TCP_LISTEN; connecting instead would take a slot away.
            if len(fields) > 3 and fields[3] == "0A":
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def _polkit_remedy() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = "USER"
    return (
        "over SSH or outside a desktop session polkit keeps users from readers; as root write"
        " /etc/polkit-1/rules.d/50-pcscd.rules:\n"
        "polkit.addRule(function(action, subject) {\n"
        '    if ((action.id == "org.debian.pcsc-lite.access_pcsc" ||\n'
        '         action.id == "org.debian.pcsc-lite.access_card") &&\n'
        f'        subject.user == "{user}") {{\n'
        "        return polkit.Result.YES;\n"
        "    }\n"
        "});"
    )
