"""OpenSC's ``pkcs15-tool`` on the emulated card: the TPDUs it sends, counted by the card itself.

The card hangs on a pcscd of its own (vpcd), as in the tests. Each run starts from nothing: a home
directory of its own and no file cache. Two configurations are measured:

- ``installed``: OpenSC as it is installed, with the one setting without which it refuses a UICC
  (``enable_default_driver``). It asks the card for every kind of card that it knows first.
- ``tuned``: only the default driver, which a user would have to know to ask for.

Two jobs are measured: ``list`` (``--list-data-objects``, which prints the content too), and
``save``: what brings each object's bytes into a file, the list and one ``--read-data-object`` for
each object in it. OpenSC knows opaqueDO only, so that oidDO entries (LwM2M) are not in its list.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.layouts import Layout
from smartboot.testing.pcscd import PcscDaemon
from smartboot.testing.slots import ServedCard
from smartboot.virtual.card import VirtualCard

__all__ = ["CONFIGURATIONS", "PROGRAM", "PeerRead", "Pkcs15Tool", "ToolError", "home"]

PROGRAM = "pkcs15-tool"
_TIMEOUT_S = 30

CONFIGURATIONS = {
    "installed": "enable_default_driver = true;",
    "tuned": "enable_default_driver = true; card_drivers = default;",
}
"""The settings of each configuration; the rest is OpenSC's own default."""


class ToolError(Exception):
    """pkcs15-tool is not there, or did something that makes its numbers worthless."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a job took on the wire."""

    tpdus: int
    bytes: int


@dataclass(frozen=True, slots=True)
class PeerRead:
    """One card read by pkcs15-tool. ``found`` of ``objects`` data objects were in its list, and
    ``read`` were given out whole; ``jobs`` is empty when it refused the card."""

    objects: int
    found: int
    read: int
    jobs: dict[str, Job]


class Pkcs15Tool:
    """pkcs15-tool on the reader of ``daemon`` in ``slot``. Errors: ToolError without it."""

    def __init__(self, daemon: PcscDaemon, slot: int = 0) -> None:
        program = shutil.which(PROGRAM)
        if program is None:
            raise ToolError(f"{PROGRAM} is not installed")
        self._program = program
        self._daemon = daemon
        self._slot = slot

    def read(self, layout: Layout) -> dict[str, PeerRead]:
        """Put the layout's card into the reader and read it with each configuration.

        Errors: ToolError.
        """
        card = VirtualCard(layout.written)
        served = self._daemon.insert(functools.partial(ServedCard, card), self._slot)
        try:
            return {name: self._read(card, layout, name) for name in CONFIGURATIONS}
        finally:
            self._daemon.remove(served, self._slot)

    def _read(self, card: VirtualCard, layout: Layout, configuration: str) -> PeerRead:
        items = layout.profile.profile.data_objects
        listed, output = self._counted(card, configuration, "--list-data-objects")
        if output is None:
            return PeerRead(len(items), 0, 0, {})
        text = output.decode("latin-1")
        labels = [item.label for item in items if f"'{item.label}'" in text]
        tpdus, size, read = listed.tpdus, listed.bytes, 0
        for item, document in zip(items, layout.profile.documents, strict=True):
            if item.label not in labels:
                continue
            options = ("--read-data-object", item.label, "--raw")
            job, content = self._counted(card, configuration, *options)
            if content is None or not content.startswith(document):
                raise ToolError(f"{PROGRAM} did not give out {item.label!r} of {layout.name}")
            tpdus, size, read = tpdus + job.tpdus, size + job.bytes, read + 1
        return PeerRead(len(items), len(labels), read, {"list": listed, "save": Job(tpdus, size)})

    def _counted(
        self, card: VirtualCard, configuration: str, *options: str
    ) -> tuple[Job, bytes | None]:
        """One run: what it took, and its output; None when it refused the card."""
        tpdus, size = card.tpdus, card.bytes_on_wire
        with home(configuration) as environment:
            try:
                done = subprocess.run(  # noqa: S603  # A fixed program, found on the path.
                    [self._program, "--reader", self._daemon.readers[self._slot], *options],
                    env={**self._daemon.env, **environment},
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=_TIMEOUT_S,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise ToolError(f"{PROGRAM} took longer than {_TIMEOUT_S} s") from None
        job = Job(card.tpdus - tpdus, card.bytes_on_wire - size)
        return job, done.stdout if done.returncode == 0 else None


@contextmanager
def home(configuration: str) -> Iterator[dict[str, str]]:
    """A home directory with nothing in it but OpenSC's configuration, as environment variables."""
    settings = CONFIGURATIONS[configuration]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "opensc.conf"
        cache = "framework pkcs15 { use_file_caching = no; }"
        path.write_text(f"app default {{ {settings} {cache} }}\n", encoding="utf-8")
        yield {"OPENSC_CONF": os.fspath(path), "HOME": name, "XDG_CACHE_HOME": name}
