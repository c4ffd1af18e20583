"""The keys of a virtual card: counters that survive, verification that ends with the power.

TS 102 221, 9.5 and 11.1.9 to 11.1.13. A wrong try is counted before the answer goes out, and a
counter never goes below zero.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator

from smartboot.image import PinImage
from smartboot.imagerules import Condition

__all__ = ["KEY_LENGTH", "Pin", "PinSet"]

KEY_LENGTH = 8


class Pin:
    """One key. Its values stay inside and show in no ``repr``."""

    __slots__ = (
        "_unblock",
        "_value",
        "enabled",
        "name",
        "reference",
        "remaining",
        "tries",
        "unblock_remaining",
        "unblock_tries",
        "verified",
    )

    def __init__(self, image: PinImage) -> None:
        self.name = image.name
        self.reference = image.reference
        self._value = image.value
        self.enabled = image.enabled
        self.tries = image.tries
        self.remaining = image.tries if image.remaining is None else image.remaining
        self._unblock = image.unblock
        self.unblock_tries = image.unblock_tries
        left = image.unblock_remaining
        self.unblock_remaining = image.unblock_tries if left is None else left
        self.verified = False

    def __repr__(self) -> str:
        return f"Pin({self.reference:02X}, remaining={self.remaining})"

    @property
    def has_unblock(self) -> bool:
        """Whether there is an unblocking key at all."""
        return self._unblock is not None

    @property
    def blocked(self) -> bool:
        """No tries left."""
        return self.remaining == 0

    @property
    def open(self) -> bool:
        """Whether what asks for this key is open: it was verified, or it is disabled."""
        return self.verified or not self.enabled

    def present(self, value: bytes) -> bool:
        """Spend a try on ``value``; right resets the counter, wrong ends the verification."""
        if self.remaining == 0:
            return False
        self.remaining -= 1
        if hmac.compare_digest(value, self._value):
            self.remaining = self.tries
            return True
        self.verified = False
        return False

    def change(self, new: bytes) -> None:
        """Take a new value."""
        self._value = new

    def unblock(self, value: bytes, new: bytes) -> bool:
        """Spend an unblocking try; right sets the new value and opens the key."""
        if self._unblock is None or self.unblock_remaining == 0:
            return False
        self.unblock_remaining -= 1
        if not hmac.compare_digest(value, self._unblock):
            return False
        self.unblock_remaining = self.unblock_tries
        self.remaining = self.tries
        self._value = new
        self.enabled = True
        self.verified = True
        return True

    def to_image(self) -> PinImage:
        """The key as it is now, counters included."""
        return PinImage(
            name=self.name,
            reference=self.reference,
            value=self._value,
            enabled=self.enabled,
            tries=self.tries,
            remaining=self.remaining,
            unblock=self._unblock,
            unblock_tries=self.unblock_tries,
            unblock_remaining=self.unblock_remaining,
        )


class PinSet:
    """All keys of the card, by reference."""

    __slots__ = ("_pins", "references")

    def __init__(self, images: Iterable[PinImage]) -> None:
        self._pins = {image.reference: Pin(image) for image in images}
        self.references = tuple(self._pins)

    def __iter__(self) -> Iterator[Pin]:
        return iter(self._pins.values())

    def get(self, reference: int) -> Pin | None:
        """The key with this reference, or None."""
        return self._pins.get(reference)

    def satisfies(self, condition: Condition | None) -> bool:
        """Whether a condition is met now. A key the card does not have opens nothing."""
        if condition is None or condition.mode == "never":
            return False
        if condition.mode == "always":
            return True
        pins = [self._pins.get(key) for key in condition.keys]
        test = all if condition.mode == "all" else any
        return bool(pins) and test(pin is not None and pin.open for pin in pins)

    def forget(self) -> None:
        """Power was lost: nothing is verified any more."""
        for pin in self._pins.values():
            pin.verified = False
