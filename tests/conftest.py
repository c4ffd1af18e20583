"""What all tests share."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.pcscd"]

_TRACED = re.compile(r"test_(apdu|card|cp|formats|lwm2m|oma_dm|p15|provision|wbxml)_")
"""Tests of the rooms whose branch coverage is asked for (scripts/coverage_rooms.py)."""

_HEAVY = re.compile(r"_(oracle|tear)\b|(lwm2m|oma_dm)_properties\b")
"""Those that take long and reach what the others do."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Under coverage trace only the tests that are about the measured rooms: a branch that is only
    passed on the way to something else is not tested, and tracing doubles the time of a test."""
    if not config.getoption("cov_source", None):
        return
    for item in items:
        if not _TRACED.match(item.path.name) or _HEAVY.search(item.path.stem):
            item.add_marker("no_cover")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """In a worker, end the tracer that pytest-cov starts before it knows that it is in one: below
    the worker's own it would go on through every test that asks not to be traced."""
    plugin = session.config.pluginmanager.getplugin("_cov")
    if hasattr(session.config, "workerinput") and getattr(plugin, "cov_controller", None):
        plugin.cov_controller.cov.stop()


# A loaded machine is no fault of an example; what is slow is found by the benchmarks.
settings.register_profile(
    "smartboot",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("smartboot")
