"""Running the rules: order, repetition, which rules may speak of which subject."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

import smartboot.checks
from smartboot.bootstrap.documents import load_document
from smartboot.card import open_card
from smartboot.checks import (
    Report,
    Subject,
    SubjectKind,
    all_rules,
    check,
    document_subject,
    engine,
    inspect_card,
    profile_subject,
)
from smartboot.checks.catalogue import family_of, rules_of
from smartboot.checks.rule import CARDS
from smartboot.model import Finding, Severity
from smartboot.profiles.load import load_profile
from smartboot.profiles.render import render
from smartboot.profiles.shipped import shipped_profiles
from smartboot.virtual import InProcessConnection, VirtualCard
from tests.support.cards import LWM2M_160
from tests.support.rule_coverage import codes_named, sources

CHECK_ONLY = ("structure", "documents", "security", "interop", "files")
"""Families whose codes no other room reports."""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Finding]]:
    """Two modules of checks of our own, that give what the dictionary holds."""
    given: dict[str, list[Finding]] = {"one": [], "two": []}

    class Module:
        def __init__(self, name: str) -> None:
            self.CHECKS = (lambda subject: iter(given[name]),)

    monkeypatch.setattr(engine, "MODULES", tuple(given))
    monkeypatch.setattr(engine, "import_module", Module)
    return given


def finding(code: str, severity: Severity, where: str = "") -> Finding:
    return Finding(code, severity, "m", where)


def test_the_worst_comes_first_and_equals_keep_their_order(
    made: dict[str, list[Finding]],
) -> None:
    read = (finding("R-INFO", Severity.INFO), finding("R-WARNING", Severity.WARNING))
    made["one"] = [finding("A-WARNING", Severity.WARNING), finding("A-INFO", Severity.INFO)]
    made["two"] = [finding("B-ERROR", Severity.ERROR), finding("B-WARNING", Severity.WARNING)]
    report = check(Subject(SubjectKind.DOCUMENT, "x", findings=read))
    assert [one.code for one in report.findings] == [
        "B-ERROR",
        "R-WARNING",
        "A-WARNING",
        "B-WARNING",
        "R-INFO",
        "A-INFO",
    ]
    assert report.errors == 1


def test_a_finding_is_told_once_and_its_like_elsewhere_too(made: dict[str, list[Finding]]) -> None:
    same, elsewhere = finding("A-B", Severity.INFO, "x"), finding("A-B", Severity.INFO, "y")
    made["one"] = [same, elsewhere]
    made["two"] = [same]
    report = check(Subject(SubjectKind.DOCUMENT, "x", findings=(same,)))
    assert report.findings == (same, elsewhere)


def test_a_report_as_json() -> None:
    report = Report(Subject(SubjectKind.IMAGE, "x"), (finding("A-B", Severity.INFO, "y"),))
    assert report.to_dict() == {
        "name": "x",
        "kind": "image",
        "findings": [
            {"code": "A-B", "severity": "info", "message": "m", "where": "y", "reference": ""}
        ],
    }


def test_every_module_with_checks_is_run() -> None:
    folder = Path(smartboot.checks.__file__).parent
    with_checks = set()
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            n.target.id
            for n in tree.body
            if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
        }
        if "CHECKS" in names:
            with_checks.add(f"smartboot.checks.{path.stem}")
    assert with_checks == set(engine.MODULES)


@pytest.mark.parametrize("name", engine.MODULES)
def test_the_rules_have_nothing_to_say_about_what_was_not_seen(name: str) -> None:
    # No rule may trip over a subject without a card, a profile or a document.
    for kind in SubjectKind:
        for one in import_module(name).CHECKS:
            found = list(one(Subject(kind, "x")))
            assert {f.code for f in found} <= {"BOOT-NO-ACCOUNT"}, one


def subjects() -> list[Subject]:
    """A subject of every kind for each shipped profile, and a document."""
    found = [document_subject(load_document(LWM2M_160))]
    for path in shipped_profiles():
        loaded = load_profile(path, examples=True)
        found.append(profile_subject(loaded))
        image = render(loaded)
        keys = {pin.reference: pin.value for pin in image.pins}
        for kind in CARDS:
            card = open_card(InProcessConnection(VirtualCard(image)))
            found.append(inspect_card(card, name=path.stem, kind=kind, keys=keys.get))
            card.close()
    return found


def test_rules_speak_only_of_the_subjects_they_name() -> None:
    seen = set()
    for subject in subjects():
        for one in check(subject).findings:
            rule = all_rules()[one.code]
            assert subject.kind in rule.subjects, (one.code, subject.kind)
            assert one.severity in (rule.severity, *rule.also)
            seen.add(family_of(one.code))
    assert len(seen) >= 4


@pytest.mark.parametrize("family", CHECK_ONLY)
def test_every_rule_of_check_is_raised_by_a_test_or_a_file_of_the_zoo(family: str) -> None:
    named = codes_named(sources())
    assert [rule.code for rule in rules_of(family) if rule.code not in named] == []
