"""Imports every module of smartboot, so that all of it is instrumented from the start."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import smartboot

__all__ = ["everything"]

_SKIPPED = (
    *("smartboot.__main__", "smartboot.api", "smartboot.checks", "smartboot.cli"),
    *("smartboot.provision", "smartboot.testing"),
    *("smartboot.transport.machine", "smartboot.transport.pcsc", "smartboot.transport.winscard"),
)
"""No room that reads foreign bytes, or one that no target uses: instrumenting takes seconds."""


def everything() -> None:
    """Import all rooms but those above; what a module needs and is not installed is no matter."""
    root = Path(smartboot.__file__).parent
    for path in sorted(root.rglob("*.py")):
        name = ".".join(("smartboot", *path.relative_to(root).with_suffix("").parts))
        name = name.removesuffix(".__init__")
        if not name.startswith(_SKIPPED):
            try:
                import_module(name)
            except ImportError:
                continue
