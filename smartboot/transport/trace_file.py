"""Trace files on disk: written command by command, read whole and within limits.

The kind of a file is its name's ending when written (``.pcapng``, ``.jsonl``) and its first bytes
when read.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from smartboot.errors import DecodeError, UsageError
from smartboot.transport import trace_jsonl, trace_pcapng
from smartboot.transport.pcapng import is_pcapng
from smartboot.transport.trace_entries import Trace, TraceEntry, TraceHeader
from smartboot.transport.trace_follow import Meaning

__all__ = ["MAX_FILE", "TraceFile", "load_trace", "trace_kind"]

MAX_FILE = 64 << 20
"""Longest file read, in bytes: about 100,000 commands."""

_KINDS = {".pcapng": "pcapng", ".jsonl": "jsonl"}
_CODECS = {
    "pcapng": (trace_pcapng.encode_header, trace_pcapng.encode_entry),
    "jsonl": (trace_jsonl.encode_header, trace_jsonl.encode_entry),
}
_OLD_PCAP = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")


def trace_kind(path: str) -> str:
    """``pcapng`` or ``jsonl``, from the name. Errors: UsageError."""
    kind = _KINDS.get(Path(path).suffix.lower())
    if kind is None:
        raise UsageError(
            f"{path!r}: the name does not say which kind of trace to write",
            hint="end it in .pcapng (for Wireshark) or .jsonl (one JSON object a line)",
        )
    return kind


class TraceFile:
    """A trace that is being written. Only its owner may read a file that is made here.

    ``add`` is a listener of ``TracingConnection``. Each entry is handed to the system at once, so
    that an interrupted run leaves a valid file. A disk that is full ends the trace and not the
    command that is traced: the fault is then in ``fault``, and nothing more is written.
    Errors: UsageError and OSError, when it is made.
    """

    def __init__(self, path: str, header: TraceHeader) -> None:
        encode_header, self._encode_entry = _CODECS[trace_kind(path)]
        # O_BINARY: Windows would turn each 0A into 0D 0A otherwise.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        self._descriptor: int | None = os.open(path, flags, 0o600)
        self.path = path
        self.count = 0
        self.fault: OSError | None = None
        try:
            if stat.S_ISREG(os.fstat(self._descriptor).st_mode) and hasattr(os, "fchmod"):
                os.fchmod(self._descriptor, 0o600)
            self._write(encode_header(header))
        except BaseException:
            self.close()
            raise

    def _write(self, data: bytes) -> None:
        assert self._descriptor is not None
        while data:
            data = data[os.write(self._descriptor, data) :]

    def add(self, entry: TraceEntry, meaning: Meaning | None) -> None:
        """Append one entry."""
        if self._descriptor is None:
            return
        try:
            self._write(self._encode_entry(entry, meaning))
        except OSError as error:
            self.fault = error
            self.close()
        else:
            self.count += 1

    def close(self) -> None:
        """End the file. May be called twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def load_trace(path: str) -> Trace:
    """Read a trace of either kind. Errors: DecodeError with line or offset, OSError."""
    with Path(path).open("rb") as stream:
        data = stream.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise DecodeError(f"longer than {MAX_FILE >> 20} MB", where=path)
    if data[:4] in _OLD_PCAP:
        raise DecodeError(
            "a pcap file, not pcapng", where=path, hint="convert it: editcap -F pcapng IN OUT"
        )
    try:
        return trace_pcapng.decode(data) if is_pcapng(data) else trace_jsonl.decode(data)
    except DecodeError as error:
        raise error.at(f"{path}: {error.where}" if error.where else path) from None
