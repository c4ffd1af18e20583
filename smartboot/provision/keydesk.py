"""Keys for writing, also on cards whose access rules do not name them.

Compact access rules (8C) and rules that cannot be read say that a key is needed, not which. Then,
and only after the card has refused, the usual one is presented, once: PIN1 to read, ADM1 to do
anything else (TS 102 221, 9.5). Nothing is presented that the user did not give.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from smartboot.bootstrap.unlock import Unlocker
from smartboot.card.base import FileInfo, FileSystem
from smartboot.card.keys import ADM1, PIN1
from smartboot.errors import SecurityStatusError

__all__ = ["KeyDesk"]

T = TypeVar("T")


class KeyDesk(Unlocker):
    """An ``Unlocker`` that knows the usual keys."""

    def run(self, fs: FileSystem, info: FileInfo, operation: str, action: Callable[[], T]) -> T:
        """See ``Unlocker``."""
        try:
            return super().run(fs, info, operation, action)
        except SecurityStatusError:
            if not self._present_usual(fs, info, operation):
                raise
        fs.reselect(info)
        return action()

    def _present_usual(self, fs: FileSystem, info: FileInfo, operation: str) -> bool:
        if fs.access_rule(info).condition(operation).known:
            return False
        reference = PIN1 if operation == "read" else ADM1
        if reference in self._presented or reference in self._without:
            return False
        key = self._keys(reference)
        if key is None:
            self._without.add(reference)
            return False
        self._presented.add(reference)
        self._card.verify(reference, key, force=self._force)
        return True
