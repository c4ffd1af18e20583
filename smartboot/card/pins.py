"""The rules for presenting a key, the same on every card (TS 102 221, 9.5 and 11.1.9).

A wrong key costs a try and the last one costs the card. So the tries left are asked for first,
the last one is kept unless forced, and a key the card did not take is not sent again in this run.
"""

from __future__ import annotations

from collections.abc import Callable

from smartboot.apdu import Response
from smartboot.card.base import PinStatus
from smartboot.card.keys import key_name
from smartboot.errors import PinBlockedError, PinRefusedError, UsageError

__all__ = ["KEY_BYTES", "KeyGuard", "pin_status_of"]

KEY_BYTES = 8
_PADDING = b"\xff"

_BLOCKED = (0x6983, 0x9840)
_DISABLED = (0x6984, 0x9808)
_UNKNOWN_KEY = (0x6A88, 0x9802)

Query = Callable[[int], PinStatus]
Present = Callable[[int, bytes], Response]


def pin_status_of(reference: int, sw: int) -> PinStatus:
    """What the answer to a VERIFY without data says (TS 102 221, 11.1.9).

    9000 is both an already verified and a disabled PIN: the access is there either way.
    """
    if sw & 0xFFF0 == 0x63C0:
        remaining = sw & 0x0F
        return PinStatus(reference, remaining=remaining, blocked=remaining == 0)
    if sw in _BLOCKED:
        return PinStatus(reference, remaining=0, blocked=True)
    if sw == 0x9000:
        return PinStatus(reference, verified=True)
    if sw in _DISABLED:
        return PinStatus(reference, disabled=True)
    return PinStatus(reference, exists=sw not in _UNKNOWN_KEY)


class KeyGuard:
    """Presents keys by the rules above. ``query`` asks for a state without spending a try,
    ``present`` sends the key (8 bytes) and returns the card's answer as it came."""

    def __init__(self, query: Query, present: Present) -> None:
        self._query = query
        self._present = present
        self._spent: set[int] = set()

    def verify(self, reference: int, key: bytes, *, force: bool) -> None:
        """Present ``key`` (1 to 8 bytes, padded with FF), unless the card needs none any more.

        Errors: UsageError for a key of another length; PinBlockedError; PinRefusedError when the
        card refused it, now or before in this run, or when it is not sent for safety.
        """
        name = key_name(reference)
        if not 1 <= len(key) <= KEY_BYTES:
            raise UsageError(f"{name} must be 1 to {KEY_BYTES} bytes")
        status = self._query(reference)
        if status.verified or status.disabled:
            return
        self._check(status, name, force=force)
        # Spent before it is sent: when the card goes away in between, nobody knows whether the
        # try was counted.
        self._spent.add(reference)
        sw = self._present(reference, key.ljust(KEY_BYTES, _PADDING)).sw
        if sw in _DISABLED or sw == 0x9000 or sw >> 8 in (0x91, 0x92):
            self._spent.discard(reference)
            return
        self._refused(reference, name, sw)

    def _check(self, status: PinStatus, name: str, *, force: bool) -> None:
        """Raise unless it is safe to send the key."""
        if not status.exists:
            raise PinRefusedError(f"the card has no {name}", key_name=name)
        if status.blocked:
            raise self._blocked(name)
        if status.reference in self._spent:
            raise PinRefusedError(
                f"{name} was refused before in this run and is not sent again",
                key_name=name,
                remaining=status.remaining,
                hint="check the key, then run the command once more",
            )
        if force:
            return
        if status.remaining is None:
            raise PinRefusedError(
                f"{name} was not sent: the card does not tell how many tries are left",
                key_name=name,
                hint="--force sends it all the same; a wrong key may block it for ever",
            )
        if status.remaining <= 1:
            raise PinRefusedError(
                f"{name} was not sent: only one try is left",
                key_name=name,
                remaining=status.remaining,
                hint="--force sends it all the same; a wrong key blocks it",
            )

    @staticmethod
    def _blocked(name: str, sw: int | None = None) -> PinBlockedError:
        return PinBlockedError(
            f"{name} is blocked on the card",
            key_name=name,
            remaining=0,
            sw=sw,
            hint="a PIN can be unblocked with its PUK; a blocked ADM key stays blocked",
        )

    def _refused(self, reference: int, name: str, sw: int) -> None:
        remaining: int | None
        if sw & 0xFFF0 == 0x63C0:
            remaining = sw & 0x0F
        elif sw in _BLOCKED:
            remaining = 0
        elif sw == 0x9804:
            # A 2G SIM keeps the count out of the status word; asking costs nothing.
            remaining = self._query(reference).remaining
        else:
            remaining = None
        if remaining == 0:
            raise self._blocked(name, sw)
        left = "" if remaining is None else f", tries left: {remaining}"
        raise PinRefusedError(
            f"the card refused {name}: {sw:04X}{left}",
            key_name=name,
            remaining=remaining,
            sw=sw,
            hint="check the key; it is not sent again in this run",
        )
