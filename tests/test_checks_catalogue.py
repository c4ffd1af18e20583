"""The catalogue of rules: every code that a Finding can carry, once, and said in its own words."""

from __future__ import annotations

import re

import pytest

from smartboot.checks.catalogue import FAMILIES, all_rules, rule_of, rules_of
from smartboot.checks.rule import CARDS, Rule, SubjectKind
from smartboot.errors import UsageError
from smartboot.formats import registry
from smartboot.model import Severity
from smartboot.pkcs15 import notes
from tests.support.finding_codes import PREFIXES, reported_codes, written_severities

RULES = tuple(all_rules().values())


def test_every_code_of_the_source_has_a_rule() -> None:
    assert sorted(reported_codes() - all_rules().keys()) == []


def test_every_rule_is_reported_by_some_code() -> None:
    assert sorted(all_rules().keys() - reported_codes()) == []


def test_the_scan_sees_all_ways_of_writing_a_code() -> None:
    codes = reported_codes()
    # A literal, an enum member, f-strings of five rooms, a default value, a renamed code.
    assert {
        "BOOT-LOCKED",
        "P15-OID-WRAPPED",
        "DM-WBXML-VERSION",
        "DM-ACC-NO-ADDR",
        "CP-W7-ADDRESS",
        "CP-MERGE-CREDENTIALS",
        "WBXML-VENDOR-TOKEN",
        "LWM2M-NOT-CARRIED",
        "CONVERT-DEFAULTED",
        "CONVERT-NOT-CARRIED",
    } <= codes
    # What stands behind a prefix is no code of its own.
    assert not codes & {"ACC-NO-ADDR", "WBXML-DM", "DM-DDF", "CONVERT-CANNOT-CARRY"}


def test_severities_in_the_source_are_those_of_the_rules() -> None:
    seen = set(written_severities())
    wrong = {
        (code, severity)
        for code, severity in seen
        if severity not in (rule_of(code).severity, *rule_of(code).also)
    }
    assert wrong == set()
    assert len({code for code, _ in seen}) > 100


def test_pkcs15_rules_say_what_the_room_says() -> None:
    for code, (severity, clause) in notes._RULES.items():
        rule = rule_of(code.value)
        assert (rule.severity, rule.also) == (severity, ()), code
        assert clause in ("", rule.clause), code


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_is_complete(rule: Rule) -> None:
    assert re.fullmatch(rf"({'|'.join(PREFIXES)})(-[A-Z0-9]+)+", rule.code)
    assert 0 < len(rule.title) <= 90
    assert not rule.title.endswith(".")
    assert not rule.title[0].islower()
    assert rule.clause
    assert not rule.clause.endswith(".")
    for text in (rule.meaning, rule.mend):
        assert text.endswith(".")
        assert 10 <= len(text) <= 320
        assert len(re.findall(r"[.!?](?:\s|$)", text)) <= 4
    assert rule.severity not in rule.also
    assert rule.subjects
    assert len(set(rule.subjects)) == len(rule.subjects)


def test_no_two_texts_are_alike() -> None:
    for name in ("title", "meaning", "mend"):
        texts = [getattr(rule, name).casefold() for rule in RULES]
        assert sorted(text for text in set(texts) if texts.count(text) > 1) == [], name


def test_texts_tell_more_than_the_title() -> None:
    for rule in RULES:
        assert rule.title.casefold() not in (rule.meaning.casefold(), rule.mend.casefold())
        assert rule.meaning != rule.mend


def test_card_codes_are_for_cards() -> None:
    for rule in RULES:
        if rule.code.startswith(("CARD-", "P15-")):
            assert rule.subjects == CARDS, rule.code
        if rule.code.startswith("PROFILE-"):
            assert rule.subjects == (SubjectKind.PROFILE,), rule.code


def test_families_hold_all_rules_in_order() -> None:
    assert [rule for family in FAMILIES for rule in rules_of(family)] == list(RULES)


def test_codes_are_found_in_any_case_and_close_ones_are_named() -> None:
    assert rule_of("p15-oid-wrapped").code == "P15-OID-WRAPPED"
    with pytest.raises(UsageError, match="'P15-OID-WRAPED' is the code of no rule") as caught:
        rule_of("P15-OID-WRAPED")
    assert caught.value.hint is not None
    assert "P15-OID-WRAPPED" in caught.value.hint


def test_a_rule_refuses_a_severity_it_does_not_name() -> None:
    rule = rule_of("P15-OID-WRAPPED")
    assert rule.finding("the OID", "EF 6430").reference == rule.clause
    with pytest.raises(ValueError, match="never of severity"):
        rule.finding("the OID", severity=Severity.ERROR)


def test_the_formats_of_the_product_have_codes() -> None:
    prefixes = {"oma-cp": "CP-", "oma-dm": "DM-", "lwm2m": "LWM2M-"}
    assert all(registry.get(name).name == name for name in prefixes)
    for prefix in prefixes.values():
        assert sum(rule.code.startswith(prefix) for rule in RULES) > 20
