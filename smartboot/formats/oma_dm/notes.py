"""A bounded list of findings that decoders add to as they go."""

from __future__ import annotations

from smartboot.model import Finding, Severity

__all__ = ["Notes"]

_MAX = 100


class Notes:
    """Collects findings. A hostile document cannot make more than a hundred of them."""

    __slots__ = ("items",)

    def __init__(self) -> None:
        self.items: list[Finding] = []

    def add(
        self,
        code: str,
        message: str,
        where: str = "",
        reference: str = "",
        severity: Severity = Severity.WARNING,
    ) -> None:
        """Add ``DM-<code>``; past the limit one last finding says that there are more."""
        count = len(self.items)
        if count < _MAX:
            self.items.append(Finding(f"DM-{code}", severity, message, where[:200], reference))
        elif count == _MAX:
            self.items.append(
                Finding("DM-MORE", Severity.WARNING, "more was found and is not listed")
            )

    def error(self, code: str, message: str, where: str = "", reference: str = "") -> None:
        """Add a finding of severity error."""
        self.add(code, message, where, reference, Severity.ERROR)

    def info(self, code: str, message: str, where: str = "", reference: str = "") -> None:
        """Add a finding of severity info."""
        self.add(code, message, where, reference, Severity.INFO)

    def take(self) -> tuple[Finding, ...]:
        """All findings so far."""
        return tuple(self.items)
