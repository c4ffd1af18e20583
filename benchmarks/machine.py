"""What the numbers were taken on: processor, cores and versions. No host, no path, no date."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

__all__ = ["describe_machine"]

_PACKAGES = ("smartboot", "click", "cryptography", "lxml", "pydantic", "rich", "ruamel.yaml")


def describe_machine() -> dict[str, str]:
    """Facts about this machine, as text, in the order to show them."""
    facts = {
        "processor": _processor(),
        "cores": str(os.cpu_count() or "unknown"),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }
    for name in _PACKAGES:
        try:
            facts[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            facts[name] = "not installed"
    facts["libwbxml"] = _debian_version("libwbxml2-1")
    facts["opensc"] = _debian_version("opensc")
    return facts


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or "unknown"


def _debian_version(package: str) -> str:
    """libwbxml has no function that tells its version, so the package manager is asked."""
    program = shutil.which("dpkg-query")
    if program is None:
        return "unknown"
    done = subprocess.run(  # noqa: S603  # A fixed program, found on the path.
        [program, "-W", "-f", "${Version}", package],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    return done.stdout.strip() or "unknown"
