"""Presenting keys where a file's own rules ask for one, and nowhere else.

A key is only looked for after the card has refused something; which one, the file's access rules
say. The card is asked for the tries left before (``Card.verify`` does), and a key it refused is
not sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from smartboot.card.base import Card, FileInfo, FileSystem
from smartboot.card.keys import is_adm, key_name
from smartboot.errors import PinRequiredError, SecurityStatusError

__all__ = ["KeySource", "Unlocker", "no_keys"]

KeySource = Callable[[int], bytes | None]
"""Gives the key of a reference (1 to 8 bytes), or None when it has none. Asked once for each."""

T = TypeVar("T")


def no_keys(reference: int) -> bytes | None:
    """A key source without any key."""
    del reference
    return None


class Unlocker:
    """Runs something on a selected file; where a key is missing, presents it and runs it again."""

    def __init__(self, card: Card, keys: KeySource = no_keys, *, force: bool = False) -> None:
        self._card = card
        self._keys = keys
        self._force = force
        self._presented: set[int] = set()
        self._without: set[int] = set()

    def run(self, fs: FileSystem, info: FileInfo, operation: str, action: Callable[[], T]) -> T:
        """``action`` on the file ``info``, which is selected; ``operation`` is its name in access
        rules (read, update, …).

        Errors: PinRequiredError naming the keys that would open the file, PinRefusedError,
        PinBlockedError, SecurityStatusError when the rules tell of no key, and what ``action``
        itself raises.
        """
        try:
            return action()
        except SecurityStatusError as refusal:
            if not self._present(fs, info, operation, refusal):
                raise
        fs.reselect(info)
        return action()

    def _present(
        self, fs: FileSystem, info: FileInfo, operation: str, refusal: SecurityStatusError
    ) -> bool:
        condition = fs.access_rule(info).condition(operation)
        references = [key for key in condition.keys if key not in self._presented]
        if not references:
            return False
        usable: list[tuple[int, bytes]] = []
        for reference in references:
            key = None if reference in self._without else self._keys(reference)
            if key is None:
                self._without.add(reference)
                continue
            usable.append((reference, key))
            if not condition.all_of:
                break
        if not usable or (condition.all_of and len(usable) < len(references)):
            names = [key_name(reference) for reference in references]
            joined = (" and " if condition.all_of else " or ").join(names)
            option = "--adm" if all(map(is_adm, references)) else "--pin"
            raise PinRequiredError(
                f"EF {info.path.fid:04X} needs {joined} to {operation}",
                key_name=joined,
                sw=refusal.sw,
                hint=f"give it with {option} KEY",
            ) from refusal
        for reference, key in usable:
            self._presented.add(reference)
            self._card.verify(reference, key, force=self._force)
        return True
