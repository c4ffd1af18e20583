"""Running the rules over a subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from smartboot.checks.doubles import without_doubles
from smartboot.checks.subject import Subject
from smartboot.frozen import dataclass
from smartboot.model import Finding, Severity

__all__ = ["MODULES", "Check", "Report", "check"]

Check = Callable[[Subject], Iterable[Finding]]
"""One check: looks at a subject and gives what it found, most often nothing."""

MODULES = (
    "smartboot.checks.card_files",
    "smartboot.checks.card_access",
    "smartboot.checks.directory",
    "smartboot.checks.client_provisioning",
    "smartboot.checks.oma_dm",
    "smartboot.checks.lwm2m",
    "smartboot.checks.accounts",
    "smartboot.checks.secrets",
    "smartboot.checks.certificates",
    "smartboot.checks.interop",
)
"""Modules with a ``CHECKS`` table, in the order their findings are shown."""

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True)
class Report:
    """What the rules found in one subject, the worst first, each finding once."""

    subject: Subject
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON: name, kind and findings of the subject."""
        return {
            "name": self.subject.name,
            "kind": self.subject.kind.value,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def check(subject: Subject) -> Report:
    """Run every rule that fits the subject. Raises nothing: what is wrong is a finding.

    What a profile and the card made from it both show is told once (``doubles``).
    """
    found = list(subject.findings)
    for name in MODULES:
        for one in import_module(name).CHECKS:
            found += one(subject)
    unique = dict.fromkeys(without_doubles(found, subject.profile))
    return Report(subject, tuple(sorted(unique, key=lambda finding: _ORDER[finding.severity])))
