"""Rules on files given to ``check`` that are not what they say they are."""

from __future__ import annotations

from smartboot.checks.rule import CARDS, PROFILES, Rule
from smartboot.model import Severity

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        code="FILE-PROFILE-INVALID",
        severity=Severity.ERROR,
        title="Card profile cannot be loaded",
        clause="schema smartboot/profile/1",
        meaning="No card can be written from this profile: a field, a variable, a document or a "
        "size in it is wrong.",
        mend="Correct the field at the line told; smartboot profiles schema describes all fields.",
        subjects=PROFILES,
    ),
    Rule(
        code="FILE-IMAGE-INVALID",
        severity=Severity.ERROR,
        title="Card image cannot be loaded",
        clause="schema smartboot/image/1",
        meaning="The image describes no card: it can be neither emulated nor restored.",
        mend="Correct the field at the line told, or make the image again with smartboot dump.",
        subjects=CARDS[1:],
    ),
)
