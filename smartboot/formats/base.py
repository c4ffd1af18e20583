"""What all document formats have in common: the decoded result, and the measure of a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from smartboot.model import Account, Finding, Severity

__all__ = ["MAX_FINDINGS", "Decoded", "Format", "Measure", "limited"]

MAX_FINDINGS = 100
"""More on one document are not listed: nonsense should not fill the screen, nor the memory."""

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Decoded(Generic[D]):
    """A decoded document.

    ``used`` is the document's own length in bytes, without the padding behind it; ``findings``
    what was accepted although it is not as the standard says, in the order met.
    """

    document: D
    used: int
    findings: tuple[Finding, ...] = field(default=())


class Measure(Protocol):
    """Finds out, from the first bytes of a file, how long the document in it is.

    Fed piece by piece as a file is read, so that no byte is read that the document does not
    need. Never raises: bytes that cannot be a document have the length read so far.
    """

    def feed(self, chunk: bytes) -> int | None:
        """Take the next bytes. The document's total length once known (it may be more than was
        fed, then just that many are to be read); None when the bytes so far do not tell."""
        ...


class Format(Protocol):
    """One document format. Modules of ``smartboot.formats`` provide an object like this.

    ``decode`` raises DecodeError (and nothing else) for bytes that are no such document;
    ``encode`` EncodeError for a document the format cannot hold. ``to_plain`` gives the whole
    document as JSON-able values in the format's own terms, secrets masked unless asked for;
    ``from_plain`` undoes it. ``accounts`` are the DM server accounts the document holds, with
    what is wrong with them.
    """

    name: str
    """The ``format`` of the design: oma-cp, oma-dm or lwm2m."""

    def measure(self) -> Measure: ...

    def decode(self, data: bytes) -> Decoded[Any]: ...

    def encode(self, document: Any) -> bytes: ...

    def to_plain(self, document: Any, *, show_secrets: bool = False) -> dict[str, Any]: ...

    def from_plain(self, plain: Any) -> Any: ...

    def accounts(self, document: Any) -> tuple[list[Account], list[Finding]]: ...


def limited(
    findings: Sequence[Finding], code: str, most: int = MAX_FINDINGS
) -> tuple[Finding, ...]:
    """``most`` of them in their order, errors before all others, and a last one ``code`` that
    says how many were left out."""
    over = len(findings) - most
    if over <= 0:
        return tuple(findings)
    errors = [at for at, found in enumerate(findings) if found.severity is Severity.ERROR]
    others = [at for at, found in enumerate(findings) if found.severity is not Severity.ERROR]
    kept = sorted((errors + others)[:most])
    message = f"at least {over} more were found and are not listed"
    return (*(findings[at] for at in kept), Finding(code, Severity.WARNING, message))
