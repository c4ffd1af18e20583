"""One rule of the catalogue: what a code means, for whom, and how to mend it."""

from __future__ import annotations

from enum import StrEnum

from smartboot.frozen import dataclass
from smartboot.model import Finding, Severity

__all__ = ["ANY", "CARDS", "DOCUMENTS", "PROFILES", "Rule", "SubjectKind"]


class SubjectKind(StrEnum):
    """What is checked. An image is a card that is not in a reader."""

    CARD = "card"
    IMAGE = "image"
    PROFILE = "profile"
    DOCUMENT = "document"


CARDS = (SubjectKind.CARD, SubjectKind.IMAGE, SubjectKind.PROFILE)
"""A profile is looked at as the card made from it, too."""
PROFILES = (SubjectKind.PROFILE,)
DOCUMENTS = (SubjectKind.CARD, SubjectKind.IMAGE, SubjectKind.PROFILE, SubjectKind.DOCUMENT)
"""A document is checked wherever it is found."""
ANY = DOCUMENTS


@dataclass(frozen=True, slots=True)
class Rule:
    """What one finding code stands for.

    ``title`` is the fault in a few words, without a full stop; ``clause`` what the rule rests on
    (a standard's clause, or whose behaviour in the field); ``meaning`` what a device in the field
    does because of it; ``mend`` what to do, in words an operator's desk can act on. ``severity``
    is the usual one; ``also`` names others the code occurs with.
    """

    code: str
    severity: Severity
    title: str
    clause: str
    meaning: str
    mend: str
    subjects: tuple[SubjectKind, ...] = ANY
    also: tuple[Severity, ...] = ()

    def finding(
        self,
        message: str,
        where: str = "",
        *,
        severity: Severity | None = None,
        clause: str | None = None,
    ) -> Finding:
        """A finding of this rule. ``message`` is one sentence without secrets; ``severity`` one
        of those the rule names; ``clause`` a closer one than the rule's."""
        chosen = self.severity if severity is None else severity
        if chosen is not self.severity and chosen not in self.also:
            raise ValueError(f"{self.code} is never of severity {chosen}")
        return Finding(self.code, chosen, message, where, clause or self.clause)
