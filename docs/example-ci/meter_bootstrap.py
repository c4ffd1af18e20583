"""The device software of this example: a meter that looks up its LwM2M server on its SIM card.

It stands for your own. It knows nothing of smartboot: it sends commands to a card and reads the
answers, over PC/SC when run as a program (`python meter_bootstrap.py [READER]`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Transmit = Callable[[bytes], tuple[bytes, int]]
"""A command in; data and status word out."""

PKCS15_AID = bytes.fromhex("A000000063504B43532D3135")
LWM2M_OID = bytes.fromhex("0604672B0901")
"""2.23.43.9.1 as EF(DODF) has it."""
ODF = 0x5031


class BootstrapError(Exception):
    """The card does not tell us a server, and why."""


@dataclass(frozen=True)
class Server:
    """What the meter needs to register."""

    uri: str
    short_id: int
    identity: str
    key: bytes = field(repr=False)


def find_server(transmit: Transmit) -> Server:
    """Read the card. Raises BootstrapError."""
    _send(transmit, bytes((0x00, 0xA4, 0x04, 0x0C, len(PKCS15_AID))) + PKCS15_AID, "PKCS#15")
    dodf = _path_behind(_read(transmit, ODF), b"\xa7", "EF(ODF) lists no data objects")
    file = _path_behind(_read(transmit, dodf), LWM2M_OID, "there is no LwM2M bootstrap data")
    return _server(_read(transmit, file, document=True))


def _send(transmit: Transmit, command: bytes, what: str) -> bytes:
    data, sw = transmit(command)
    if sw >> 8 == 0x6C:
        data, sw = transmit(command[:4] + bytes((sw & 0xFF,)))
    if sw == 0x6982:
        raise BootstrapError(f"{what}: the card wants a PIN")
    if sw != 0x9000:
        raise BootstrapError(f"{what}: the card says {sw:04X}")
    return data


def _read(transmit: Transmit, fid: int, *, document: bool = False) -> bytes:
    name = f"file {fid:04X}"
    _send(transmit, bytes.fromhex("00A4000C02") + fid.to_bytes(2, "big"), name)
    if not document:
        return _send(transmit, bytes.fromhex("00B0000000"), name)
    # The document's first four bytes say how many objects there are, and how many bytes.
    head = _send(transmit, bytes.fromhex("00B0000004"), name)
    left, content = int.from_bytes(head[2:4], "big"), b""
    if head[:2] in (b"\x00\x00", b"\xff\xff"):
        raise BootstrapError(f"{name} is empty")
    while left > len(content):
        at, count = 4 + len(content), min(255, left - len(content))
        content += _send(transmit, bytes((0x00, 0xB0, at >> 8, at & 0xFF, count)), name)
    return content


def _path_behind(directory: bytes, mark: bytes, problem: str) -> int:
    """The file id of the path (OCTET STRING of two bytes) that follows ``mark``."""
    start = directory.find(mark)
    at = directory.find(b"\x04\x02", start + len(mark)) if start >= 0 else -1
    if at < 0 or at + 4 > len(directory):
        raise BootstrapError(problem)
    return int.from_bytes(directory[at + 2 : at + 4], "big")


def _server(content: bytes) -> Server:
    """The server in an object collection (LwM2M Core 1.1.1, Appendix G)."""
    try:
        object_id, length = int.from_bytes(content[:2], "big"), content[3:5]
        block = content[5 : 5 + int.from_bytes(length, "big")]
        if object_id != 0 or content[2] != 0:
            raise BootstrapError("the first object is not LwM2M Security")
        _, instance = next(_tlvs(block))
        values = dict(_tlvs(instance))
        return Server(
            uri=values[0].decode(),
            short_id=int.from_bytes(values[10], "big"),
            identity=values[3].decode(),
            key=values[5],
        )
    except (IndexError, KeyError, StopIteration, UnicodeDecodeError):
        raise BootstrapError("the LwM2M bootstrap data is damaged") from None


def _tlvs(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        kind = data[at]
        ids = 2 if kind & 0x20 else 1
        number = int.from_bytes(data[at + 1 : at + 1 + ids], "big")
        at += 1 + ids
        size = kind >> 3 & 3
        length = int.from_bytes(data[at : at + size], "big") if size else kind & 7
        at += size
        if at + length > len(data):
            raise IndexError
        yield number, data[at : at + length]
        at += length


def main() -> int:
    """The server's address on stdout; status 1 and the reason on stderr when there is none."""
    from smartcard.Exceptions import SmartcardException
    from smartcard.System import readers

    wanted = sys.argv[1] if len(sys.argv) > 1 else None
    reader = next((r for r in readers() if wanted in (None, str(r))), None)
    if reader is None:
        print("no such reader", file=sys.stderr)
        return 1
    connection = reader.createConnection()

    def transmit(command: bytes) -> tuple[bytes, int]:
        data, sw1, sw2 = connection.transmit(list(command))
        return bytes(data), sw1 << 8 | sw2

    try:
        connection.connect()
        server = find_server(transmit)
    except (BootstrapError, SmartcardException) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        connection.disconnect()
        connection.release()
    print(f"{server.uri} {server.short_id} {server.identity}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
