"""How fast smartboot is, beside programs that do the same: ``python -m benchmarks``."""

from __future__ import annotations
