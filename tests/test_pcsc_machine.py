"""The checks of ``doctor``: a made-up file system, a made-up service, and the real stack."""

from __future__ import annotations

import os
import plistlib
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smartboot.errors import ServiceError
from smartboot.transport import machine as doctor
from smartboot.transport.holders import Clients, Process, service_clients
from smartboot.transport.machine import Check, Machine, run_checks
from smartboot.transport.pcsc import Limits, ReaderStatus, open_reader
from smartboot.transport.pcsc_errors import Phase, ResultCode, error_for
from smartboot.transport.usb import UsbReader, usb_readers
from smartboot.transport.winscard import WinscardError
from tests.support.vpcdcard import FakeCard

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks at Linux's /proc")
LIMITS = Limits(2, 2)


def machine(root: Path, platform: str = "linux", **environment: str) -> Machine:
    return Machine(root, environment, platform)


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


# Single checks -----------------------------------------------------------------------------------


def test_pyscard_missing(mocker, tmp_path):
    mocker.patch.object(doctor, "load", side_effect=ServiceError("pyscard cannot be loaded"))
    check = doctor.check_pyscard(machine(tmp_path))
    assert check.ok is False
    assert "pip install pyscard" in check.remedy
    # Everything that needs it is left out.
    names = by_name(run_checks(root=tmp_path, environment={}, platform="linux", limits=LIMITS))
    assert not {"service", "readers", "cards", "access"} & set(names)


@linux_only
def test_library_missing(mocker, tmp_path):
    mocker.patch.object(doctor, "load")
    mocker.patch.object(doctor.ctypes, "CDLL", side_effect=OSError("libpcsclite.so.1: no such"))
    check = doctor.check_pyscard(machine(tmp_path))
    assert check.ok is False
    assert "libpcsclite1" in check.remedy


def test_daemon_not_installed(mocker, tmp_path):
    mocker.patch.object(doctor.shutil, "which", return_value=None)
    check = doctor.check_daemon(machine(tmp_path))
    assert (check.ok, check.remedy) == (False, "install it: `sudo apt install pcscd`")


@linux_only
def test_daemon_with_version_and_process(mocker, tmp_path):
    program = write(tmp_path / "pcscd", "#!/bin/sh\necho pcsc-lite version 2.3.1.\n")
    program.chmod(0o755)
    mocker.patch.object(doctor.shutil, "which", return_value=str(program))
    assert doctor.check_daemon(machine(tmp_path)).detail == "pcscd 2.3.1, not running at the moment"
    write(tmp_path / "proc/4711/comm", "pcscd\n")
    write(tmp_path / "proc/4712/comm", "bash\n")
    check = doctor.check_daemon(machine(tmp_path))
    assert (check.ok, check.detail) == (True, "pcscd 2.3.1, running, pid 4711")


@linux_only
def test_daemon_that_does_not_tell_its_version(mocker, tmp_path):
    program = write(tmp_path / "pcscd", "#!/bin/sh\nexec sleep 30\n")
    program.chmod(0o755)
    mocker.patch.object(doctor.shutil, "which", return_value=str(program))
    mocker.patch.object(doctor, "_STEP_S", 0.1)
    assert "of unknown version" in doctor.check_daemon(machine(tmp_path)).detail


@linux_only
def test_socket_in_each_state(mocker, tmp_path):
    path = tmp_path / "run/pcscd/pcscd.comm"
    absent = doctor.check_socket(machine(tmp_path))
    assert absent.ok is False
    assert absent.remedy == "start the service: `sudo pcscd`"
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    assert "systemctl" in doctor.check_socket(machine(tmp_path)).remedy
    path.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        dead = doctor.check_socket(machine(tmp_path))
        assert dead.ok is False
        assert "nobody answers" in dead.detail
        server.listen(1)
        assert doctor.check_socket(machine(tmp_path)).ok is True
    mocker.patch.object(doctor.socket.socket, "connect", side_effect=PermissionError)
    denied = doctor.check_socket(machine(tmp_path))
    assert denied.ok is False
    assert "permissions" in denied.remedy


@linux_only
def test_socket_named_by_the_environment(tmp_path):
    check = doctor.check_socket(machine(tmp_path, PCSCLITE_CSOCK_NAME=str(tmp_path / "other")))
    assert "from PCSCLITE_CSOCK_NAME" in check.detail
    assert "unset PCSCLITE_CSOCK_NAME" in check.remedy
    long = doctor.check_socket(machine(tmp_path, PCSCLITE_CSOCK_NAME="/" + "x" * 300))
    assert long.ok is False


def failing_link(mocker, code: int) -> None:
    error = error_for(code, Phase.LIST)
    error.__cause__ = WinscardError("SCardEstablishContext", code)
    mocker.patch.object(doctor, "Link").return_value.readers.side_effect = error


def test_polkit_in_the_way(mocker, tmp_path):
    failing_link(mocker, ResultCode.W_SECURITY_VIOLATION)
    mocker.patch.object(doctor.getpass, "getuser", return_value="mira")
    check, readers = doctor.check_service(machine(tmp_path), LIMITS)
    assert (check.ok, readers) == (False, None)
    assert "/etc/polkit-1/rules.d/" in check.remedy
    assert "org.debian.pcsc-lite.access_pcsc" in check.remedy
    assert 'subject.user == "mira"' in check.remedy


def test_polkit_remedy_for_a_user_without_a_name(mocker, tmp_path):
    failing_link(mocker, ResultCode.W_SECURITY_VIOLATION)
    mocker.patch.object(doctor.getpass, "getuser", side_effect=KeyError)
    assert 'subject.user == "USER"' in doctor.check_service(machine(tmp_path), LIMITS)[0].remedy


@pytest.mark.parametrize(
    ("platform", "remedy"), [("linux", "sudo pcscd"), ("win32", "start the service `Smart Card`")]
)
def test_service_stopped(mocker, tmp_path, platform, remedy):
    failing_link(mocker, ResultCode.E_NO_SERVICE)
    check, _ = doctor.check_service(machine(tmp_path, platform), LIMITS)
    assert check.ok is False
    assert remedy in check.remedy


def test_windows_looks_at_no_linux_things(mocker, tmp_path):
    mocker.patch.object(doctor, "load")
    mocker.patch.object(doctor, "Link").return_value.readers.return_value = [
        ReaderStatus(0, "Acme", True, b"\x3b\x00", exclusive=True)
    ]
    checks = run_checks(root=tmp_path, environment={}, platform="win32", limits=LIMITS)
    assert [check.name for check in checks] == ["pyscard", "service", "readers", "cards", "access"]
    assert "cannot be seen here" in checks[-1].detail


def test_readers_absent_with_and_without_one_on_usb(tmp_path):
    none = doctor.check_readers(machine(tmp_path), [], [])
    assert none.ok is False
    assert "libccid" in none.remedy
    usb = [UsbReader("0001", "0002", "Acme", False, None)]
    assert "see below" in doctor.check_readers(machine(tmp_path), [], usb).remedy


@pytest.mark.parametrize(
    ("readers", "ok", "told"),
    [
        ([ReaderStatus(0, "a"), ReaderStatus(1, "b", True)], True, "a: no card; b: card"),
        ([ReaderStatus(0, "a")], False, "a: no card"),
        ([ReaderStatus(0, "a", True, mute=True)], False, "a: card does not answer"),
    ],
)
def test_cards(readers, ok, told):
    check = doctor.check_cards(readers)
    assert (check.ok, check.detail) == (ok, told)
    assert (check.remedy is None) is ok


def test_access_names_the_programs():
    clients = Clients((Process(11, "scdaemon"), Process(22, "firefox")), 2)
    held = doctor.check_access([ReaderStatus(0, "a", True, exclusive=True)], clients)
    assert held.ok is False
    assert "held exclusively: a" in held.detail
    assert "scdaemon (pid 11), firefox (pid 22) and 2 connections of other users" in held.detail
    shared = doctor.check_access([ReaderStatus(0, "a", True, in_use=True)], clients)
    assert shared.ok is False
    assert "in use by another program: a" in shared.detail
    free = doctor.check_access([ReaderStatus(0, "a", True)], Clients((), 0))
    assert (free.ok, free.remedy) == (True, None)
    assert "no other program" in free.detail


# USB ---------------------------------------------------------------------------------------------


def plug(root: Path, *, driver: str | None = None) -> None:
    device = root / "sys/bus/usb/devices"
    write(device / "1-2/idVendor", "04e6\n")
    write(device / "1-2/idProduct", "5116\n")
    write(device / "1-2/product", "Acme CCID\n")
    write(device / "1-2:1.0/bInterfaceClass", "0b\n")
    write(device / "1-3:1.0/bInterfaceClass", "08\n")
    if driver:
        (root / "sys/drivers" / driver).mkdir(parents=True)
        (device / "1-2:1.0/driver").symlink_to(root / "sys/drivers" / driver)


def bundle(root: Path, content: bytes) -> None:
    write(root / "usr/lib/pcsc/drivers/acme.bundle/Contents/Info.plist", content)


KNOWN = plistlib.dumps({"ifdVendorID": ["0x04E6", "0x0001"], "ifdProductID": ["0x5116", "0x0002"]})
OTHERS = plistlib.dumps({"ifdVendorID": ["0x0001"], "ifdProductID": ["0x5116"]})


@pytest.mark.parametrize(
    ("info", "driver", "ok", "told"),
    [
        (KNOWN, None, True, "Acme CCID (USB 04e6:5116) has a driver"),
        (KNOWN, "usbfs", True, "has a driver"),
        (KNOWN, "pn533_usb", False, "held by the kernel driver pn533_usb"),
        (OTHERS, None, False, "known to no installed PC/SC driver"),
        (None, None, False, "no USB driver for PC/SC"),
        (b"<plist><dict>", None, False, "no USB driver for PC/SC"),
        (b"\x00\xff", None, False, "no USB driver for PC/SC"),
        (plistlib.dumps(["x"]), None, False, "no USB driver for PC/SC"),
        (plistlib.dumps({"ifdVendorID": "0x04E6"}), None, False, "no USB driver for PC/SC"),
    ],
)
def test_reader_on_usb(tmp_path, info, driver, ok, told):
    plug(tmp_path, driver=driver)
    if info is not None:
        bundle(tmp_path, info)
    (reader,) = usb_readers(tmp_path)
    check = doctor.check_usb(reader)
    assert check.ok is ok
    assert told in check.detail
    assert (check.remedy is None) is ok


def test_no_usb_at_all(tmp_path):
    assert usb_readers(tmp_path) == []


# vpcd --------------------------------------------------------------------------------------------

TCP = (
    "  sl  local_address rem_address   st tx_queue\n"
    "   0: 00000000:8C7B 00000000:0000 0A 00000000:00000000\n"
    "   1: 0100007F:8C7C 0100007F:1234 01 00000000:00000000\n"
)


def test_virtual_reader_driver(tmp_path):
    absent = doctor.check_vpcd(machine(tmp_path))
    assert absent.ok is None
    assert "vsmartcard-vpcd" in absent.remedy
    write(tmp_path / "usr/lib/pcsc/drivers/serial/libifdvpcd.so.0.8", "")
    assert "no reader is configured" in doctor.check_vpcd(machine(tmp_path)).detail
    write(
        tmp_path / "etc/reader.conf.d/vpcd",
        "DEVICENAME   /dev/null:0x8C7B\nLIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so\n"
        "DEVICENAME /dev/null:35964\n#DEVICENAME /dev/null:1\nDEVICENAME /dev/null:99zz\n",
    )
    write(tmp_path / "etc/reader.conf.d/other", "DEVICENAME /dev/null:5\nLIBPATH libother.so\n")
    write(tmp_path / "proc/net/tcp", TCP)
    check = doctor.check_vpcd(machine(tmp_path))
    assert check.ok is None
    assert check.detail == "installed, port 35963 listening, port 35964 not listening"


# Who is connected --------------------------------------------------------------------------------


@linux_only
def test_connected_program_is_named(tmp_path):
    path = tmp_path / "service.comm"
    program = (
        "import socket, sys\n"
        "client = socket.socket(socket.AF_UNIX)\n"
        "client.connect(sys.argv[1])\nprint('there', flush=True)\nsys.stdin.read()\n"
    )
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as own:
        server.bind(str(path))
        server.listen(5)
        own.connect(str(path))
        with subprocess.Popen(
            [sys.executable, "-c", program, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as other:
            try:
                assert other.stdout.readline() == b"there\n"
                accepted = [server.accept()[0] for _ in range(2)]
                clients = service_clients(path)
                if clients is None:
                    pytest.skip("the kernel does not list its sockets here")
                assert [process.pid for process in clients.processes] == [other.pid]
                assert clients.unknown == 0
                assert clients.processes[0].name in str(clients.processes[0])
                # Where /proc shows no owner, connections are counted.
                assert service_clients(path, tmp_path) == Clients((), 2)
                for connection in accepted:
                    connection.close()
            finally:
                other.kill()
    assert service_clients(tmp_path / "absent") == Clients((), 0)


def test_no_socket_list_on_this_system(mocker, tmp_path):
    mocker.patch.object(socket, "socket", side_effect=OSError)
    assert service_clients(tmp_path) is None


# The real stack ----------------------------------------------------------------------------------


@pytest.mark.stack
def test_doctor_on_the_real_stack(virtual_reader, pcscd):
    with virtual_reader(FakeCard):
        checks = by_name(run_checks(limits=LIMITS))
        assert all(
            checks[name].ok
            for name in ("pyscard", "pcscd", "socket", "service", "readers", "cards")
        ), checks
        assert checks["access"].ok is True
        assert pcscd.readers[0] in checks["readers"].detail
        assert checks["vpcd"].ok is None


@pytest.mark.stack
def test_doctor_names_who_holds_the_card(virtual_reader, pcscd):
    program = (
        "import sys\nfrom smartboot.transport.pcsc import open_reader\n"
        "with open_reader():\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with (
        virtual_reader(FakeCard),
        subprocess.Popen(
            [sys.executable, "-c", program],
            env=pcscd.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as other,
    ):
        try:
            assert other.stdout.readline() == b"held\n"
            check = by_name(run_checks(limits=LIMITS))["access"]
        finally:
            other.communicate(timeout=10)
    assert check.ok is False
    assert f"held exclusively: {pcscd.readers[0]}" in check.detail
    if "cannot be seen here" not in check.detail:
        assert f"(pid {other.pid})" in check.detail


@pytest.mark.stack
def test_doctor_while_the_service_is_away_or_hangs(pcscd):
    if not pcscd.is_private:
        pytest.skip("the system's pcscd is not ours to stop")
    os.kill(pcscd.pid, signal.SIGSTOP)
    try:
        start = time.monotonic()
        hung = by_name(run_checks(limits=Limits(0.3, 0.3)))
        assert time.monotonic() - start < 8
    finally:
        os.kill(pcscd.pid, signal.SIGCONT)
    assert (hung["socket"].ok, hung["service"].ok) == (True, False)
    assert "did not answer within" in hung["service"].detail
    pcscd.stop()
    away = by_name(run_checks(limits=LIMITS))
    assert (away["socket"].ok, away["service"].ok) == (False, False)
    assert "readers" not in away


@pytest.mark.stack
def test_doctor_leaves_a_card_in_use_alone(virtual_reader):
    with virtual_reader(FakeCard) as card, open_reader() as connection:
        card.events.clear()
        run_checks(limits=LIMITS)
        assert set(card.events) <= {4}
        assert connection.transmit(bytes.fromhex("00A40004023F00")).sw == 0x9000
