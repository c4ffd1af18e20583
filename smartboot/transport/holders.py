"""Which programs are talking to the PC/SC service (Linux; sock_diag(7), proc(5)).

PC/SC tells that a card is held and not by whom. The kernel knows: it is asked for the sockets
accepted by the service and the ends they are connected to, and /proc tells whose these are. That
is a look and nothing more: no program is touched. Where another user's processes cannot be read,
their connections are counted instead.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Clients", "Process", "service_clients"]

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST_DUMP = 0x0301
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_SHOW_NAME_VFS_PEER = 0x07
_ATTRIBUTE_NAME = 0
_ATTRIBUTE_VFS = 1
_ATTRIBUTE_PEER = 2
_SCAN_S = 3.0
"""The longest look through /proc; on a machine with very many processes the rest is left out."""


@dataclass(frozen=True, slots=True)
class Process:
    """A program: its process id, and its name as the kernel has it (15 characters at most)."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} (pid {self.pid})"


@dataclass(frozen=True, slots=True)
class Clients:
    """The programs connected to the service, and how many connections have no known owner."""

    processes: tuple[Process, ...]
    unknown: int


@dataclass(frozen=True, slots=True)
class _UnixSocket:
    inode: int
    file: tuple[int, int] | None
    name: str
    peer: int | None


def service_clients(socket_path: Path, proc: Path = Path("/proc")) -> Clients | None:
    """Return who is connected to the service at ``socket_path``, this process left out.

    None where the system does not tell: not Linux, or the kernel interface is closed off.
    """
    try:
        sockets = list(_unix_sockets())
    except (OSError, AttributeError, struct.error):
        return None
    peers = {entry.peer for entry in _at(sockets, socket_path) if entry.peer}
    owners = _owners(peers, proc)
    mine = {inode for inode, process in owners.items() if process.pid == os.getpid()}
    found = {process.pid: process for process in owners.values() if process.pid != os.getpid()}
    return Clients(tuple(found[pid] for pid in sorted(found)), len(peers - mine - set(owners)))


def _at(sockets: list[_UnixSocket], path: Path) -> list[_UnixSocket]:
    # By the file behind the name if the kernel tells it: services in separate mount namespaces
    # have sockets of the same name.
    if sys.platform == "win32":
        return []
    try:
        stat = path.stat()
    except OSError:
        return []
    file = (stat.st_ino & 0xFFFFFFFF, os.major(stat.st_dev) << 20 | os.minor(stat.st_dev))
    found = [entry for entry in sockets if entry.file == file]
    return found or [entry for entry in sockets if entry.name == str(path)]


def _unix_sockets() -> Iterator[_UnixSocket]:
    if sys.platform != "linux":
        raise OSError("only Linux tells")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as netlink:
        netlink.settimeout(2.0)
        # struct unix_diag_req: family, protocol, pad, states (all), inode, what to show, cookie.
        body = struct.pack(
            "=BBHIIIII", socket.AF_UNIX, 0, 0, 0xFFFFFFFF, 0, _SHOW_NAME_VFS_PEER, 0, 0
        )
        head = struct.pack(
            "=IHHII", 16 + len(body), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST_DUMP, 1, 0
        )
        netlink.sendto(head + body, (0, 0))
        while True:
            data = netlink.recv(1 << 16)
            at = 0
            while at + 16 <= len(data):
                length, kind = struct.unpack_from("=IH", data, at)
                if kind == _NLMSG_DONE:
                    return
                if kind == _NLMSG_ERROR or length < 16:
                    raise OSError("the kernel does not list its sockets")
                if length >= 32:
                    yield _unix_socket(data[at + 16 : at + length])
                at += (length + 3) & ~3
            if not data:
                return


def _unix_socket(message: bytes) -> _UnixSocket:
    # struct unix_diag_msg: family, type, state, pad, inode, cookie; then attributes.
    (inode,) = struct.unpack_from("=I", message, 4)
    file: tuple[int, int] | None = None
    name = ""
    peer: int | None = None
    at = 16
    while at + 4 <= len(message):
        length, kind = struct.unpack_from("=HH", message, at)
        if length < 4:
            break
        value = message[at + 4 : at + length]
        if kind == _ATTRIBUTE_NAME:
            name = value.rstrip(b"\x00").decode("utf-8", "replace")
        elif kind == _ATTRIBUTE_VFS and len(value) == 8:
            vfs_inode, device = struct.unpack("=II", value)
            file = (vfs_inode, device)
        elif kind == _ATTRIBUTE_PEER and len(value) == 4:
            (peer,) = struct.unpack("=I", value)
        at += (length + 3) & ~3
    return _UnixSocket(inode, file, name, peer)


def _owners(inodes: set[int], proc: Path) -> dict[int, Process]:
    owners: dict[int, Process] = {}
    if not inodes:
        return owners
    links = {f"socket:[{inode}]": inode for inode in inodes}
    end = time.monotonic() + _SCAN_S
    for directory in proc.iterdir():
        if not directory.name.isdigit():
            continue
        if time.monotonic() > end:
            break
        try:
            # Processes end and belong to others: what cannot be read is left out.
            for descriptor in (directory / "fd").iterdir():
                inode = links.get(str(descriptor.readlink()))
                if inode is not None:
                    name = (
                        (directory / "comm").read_text(encoding="utf-8", errors="replace").strip()
                    )
                    owners[inode] = Process(int(directory.name), name)
        except OSError:
            continue
    return owners
