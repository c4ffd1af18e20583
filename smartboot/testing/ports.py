"""Sockets of a PC/SC stack: ports that are free, ports that listen, a service that answers."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from pathlib import Path

__all__ = ["answers", "free_ports", "listening_ports"]

_LISTEN = "0A"
"""TCP_LISTEN in /proc/net/tcp."""


def free_ports(count: int) -> list[int]:
    """``count`` free TCP ports in a row; none when fifty draws found none.

    Below the range the kernel takes ephemeral ports from, so that no connection is in the way.
    """
    for _ in range(50):
        base = 20000 + int.from_bytes(os.urandom(2), "big") % 12000
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            for port in range(base, base + count):
                # The driver binds all interfaces, so all have to be free.
                held.enter_context(socket.socket()).bind(("0.0.0.0", port))  # noqa: S104 - as above
            return list(range(base, base + count))
    return []


def answers(path: Path) -> bool:
    """Whether something accepts connections at a Unix socket."""
    if sys.platform == "win32":
        return False
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def listening_ports() -> set[int]:
    """The TCP ports on which something listens (Linux)."""
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN:
                    ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports
