"""The catalogue's tables, one module for each family of codes. Data, no logic."""

from __future__ import annotations

__all__: list[str] = []
