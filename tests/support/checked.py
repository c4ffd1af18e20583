"""Running the checks over a virtual card in this process."""

from __future__ import annotations

from typing import Any

from smartboot.card import open_card
from smartboot.checks.engine import Report, check
from smartboot.checks.rules import interop, structure
from smartboot.checks.subject import inspect_card
from smartboot.image import CardImage
from smartboot.model import Finding
from smartboot.virtual import InProcessConnection, VirtualCard

OURS = frozenset(rule.code for rule in (*structure.RULES, *interop.RULES))
"""The codes of the families ``structure`` and ``interop``."""


def report_of(image: CardImage, **options: Any) -> Report:
    """The report on a virtual card; ``options`` go to ``inspect_card``."""
    return report_of_card(VirtualCard(image), **options)


def report_of_card(virtual: VirtualCard, **options: Any) -> Report:
    """The report on a virtual card that the test keeps, for its counters."""
    card = open_card(InProcessConnection(virtual))
    try:
        return check(inspect_card(card, **options))
    finally:
        card.close()


def structure_findings(image: CardImage, **options: Any) -> list[Finding]:
    """What the families ``structure`` and ``interop`` find on a card."""
    return [one for one in report_of(image, **options).findings if one.code in OURS]


def structure_codes(image: CardImage, **options: Any) -> list[str]:
    """The codes of ``structure_findings``, sorted, each as often as it is found."""
    return sorted(one.code for one in structure_findings(image, **options))
