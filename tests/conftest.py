"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.pcscd"]

# A loaded machine is no fault of an example; what is slow is found by the benchmarks.
settings.register_profile(
    "smartboot",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("smartboot")
