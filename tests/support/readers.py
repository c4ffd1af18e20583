"""Readers of documents that share no code with ours, as simple as those of small devices."""

from __future__ import annotations

import json
from typing import Any


def lwm2m_bodies(raw: bytes) -> list[bytes | None]:
    """What two simple readers take for the objects: one goes by count and size, as it finds
    them, one by the size alone."""
    count, size = int.from_bytes(raw[:2], "big"), int.from_bytes(raw[2:4], "big")
    by_size = raw[4 : 4 + size] if 0 < size <= len(raw) - 4 else None
    return [by_size if 0 < count < 0xFF00 else None, by_size]


def json_value(raw: bytes) -> Any:
    """What a JSON parser makes of the start of the file; None when nothing."""
    try:
        value, _ = json.JSONDecoder().raw_decode(raw.decode("latin-1").lstrip(" \t\r\n"))
    except ValueError:
        return None
    return value if isinstance(value, list | dict) else None


def check_simple_readers(carrier: str, raw: bytes, sound: list[bytes]) -> None:
    """Readers that share no code with ours: they find a sound document, or none."""
    if carrier == "lwm2m":
        allowed = [data[4:] for data in sound]
        assert all(body is None or body in allowed for body in lwm2m_bodies(raw))
    elif carrier == "dm-2":
        found = json_value(raw)
        assert found is None or found in [json.loads(data) for data in sound]
    elif raw[0] <= 3:
        assert any(raw.startswith(data) for data in sound)
