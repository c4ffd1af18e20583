"""Rules that find what is wrong with a card, an image, a card profile or a single document.

The catalogue (``smartboot.checks.catalogue``) says of every code what it means and how to mend
it, those that the reading rooms report included. ``check`` runs the rules over a ``Subject``, and
the ``subject`` module makes subjects from cards, profiles and documents.
"""

from __future__ import annotations

from smartboot.checks.catalogue import all_rules, rule_of
from smartboot.checks.engine import Report, check
from smartboot.checks.rule import Rule, SubjectKind
from smartboot.checks.subject import Subject, document_subject, inspect_card, profile_subject

__all__ = [
    "Report",
    "Rule",
    "Subject",
    "SubjectKind",
    "all_rules",
    "check",
    "document_subject",
    "inspect_card",
    "profile_subject",
    "rule_of",
]
