"""libwbxml's command-line programs as an independent reading of the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

DOCTYPE = (
    '<?xml version="1.0"?><!DOCTYPE wap-provisioningdoc PUBLIC '
    '"-//WAPFORUM//DTD PROV 1.0//EN" "http://www.wapforum.org/DTD/prov.dtd">'
)


def _run(program: str, data: bytes, *options: str) -> bytes:
    if shutil.which(program) is None:
        if os.environ.get("CI") or os.environ.get("SMARTBOOT_REQUIRE_TOOLS"):
            pytest.fail(f"{program} is required here and not installed")
        pytest.skip(f"{program} is not installed")
    done = subprocess.run(
        [program, *options, "-o", "-", "-"], input=data, capture_output=True, timeout=20
    )
    assert done.returncode == 0, (done.stderr, data)
    return done.stdout


def xml2wbxml(text: str, *options: str) -> bytes:
    """WBXML of an XML document."""
    return _run("xml2wbxml", text.encode(), *options)


def wbxml2xml(data: bytes, *options: str) -> bytes:
    """XML of a WBXML document, as compact as it goes."""
    return _run("wbxml2xml", data, "-m", "0", "-k", *options)
