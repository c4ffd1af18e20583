"""Writes the corpus of the repository from what the targets' ``seeds`` make."""

from __future__ import annotations

from tests.fuzz.registry import corpus, get

__all__ = ["write_seeds"]


def write_seeds(name: str) -> int:
    """Replace a target's corpus; the number of files. The same input under two names stays once."""
    folder = corpus(name)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    unique: dict[bytes, str] = {}
    for label, data in sorted(get(name).seeds().items()):
        unique.setdefault(data, label)
    for data, label in unique.items():
        (folder / label).write_bytes(data)
    return len(unique)
