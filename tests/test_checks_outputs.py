"""What ``check`` gives to programs: SARIF, annotations, baselines, ignored codes."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smartboot.checks import Report, Subject, SubjectKind, all_rules
from smartboot.checks.baseline import Baseline, Entry, parse_baseline, write_baseline
from smartboot.checks.github import annotation_lines
from smartboot.checks.ignoring import Ignored, parse_ignored, split_codes
from smartboot.checks.outcome import Outcome, State, Target, judge
from smartboot.checks.sarif import to_sarif
from smartboot.errors import ProfileError, UsageError
from smartboot.model import Finding, Severity

ERROR = Finding("BOOT-MALFORMED", Severity.ERROR, "the length is wrong", "EF 6432", "G.3")
WARNING = Finding("BOOT-EMPTY", Severity.WARNING, "never filled", "EF 6433")
INFO = Finding("P15-OID-WRAPPED", Severity.INFO, "the OID", "EF 6430 object 1")
FINDINGS = (ERROR, WARNING, INFO)


def target(
    *findings: Finding,
    name: str = "cards/one.yaml",
    path: str | None = "cards/one.yaml",
    kind: SubjectKind = SubjectKind.PROFILE,
    lines: dict[str, int] | None = None,
) -> Target:
    subject = Subject(kind, name, findings=findings)
    return Target(Report(subject, findings), path or name, path, lines or {})


# -- judging


def test_all_findings_count_unless_said_otherwise() -> None:
    outcome = judge([target(*FINDINGS)])
    assert outcome.counts() == {"error": 1, "warning": 1, "info": 1, "ignored": 0, "known": 0}
    assert outcome.failed()
    assert outcome.failed(Severity.WARNING)
    assert not outcome.failed(None)


@pytest.mark.parametrize(
    ("findings", "fails"),
    [
        ((), (False, False)),
        ((INFO,), (False, False)),
        ((WARNING,), (False, True)),
        ((ERROR,), (True, True)),
        ((INFO, WARNING, ERROR), (True, True)),
    ],
)
def test_severity_decides_the_status(
    findings: tuple[Finding, ...], fails: tuple[bool, bool]
) -> None:
    outcome = judge([target(*findings)])
    assert (outcome.failed(Severity.ERROR), outcome.failed(Severity.WARNING)) == fails


def test_ignored_findings_are_counted_apart_and_left_out_of_the_json() -> None:
    outcome = judge([target(*FINDINGS)], Ignored(("BOOT-*",)))
    assert outcome.counts() == {"error": 0, "warning": 0, "info": 1, "ignored": 2, "known": 0}
    assert not outcome.failed(Severity.WARNING)
    assert [f["code"] for f in outcome.to_dict()["findings"]] == ["P15-OID-WRAPPED"]


def test_known_findings_do_not_count_and_are_shown_as_known() -> None:
    baseline = Baseline((Entry("cards/one.yaml", ERROR.code, ERROR.where),))
    outcome = judge([target(*FINDINGS)], None, baseline)
    assert outcome.counts() == {"error": 0, "warning": 1, "info": 1, "ignored": 0, "known": 1}
    assert not outcome.failed()
    shown = outcome.to_dict()
    assert [(f["code"], f["known"]) for f in shown["findings"]] == [
        (ERROR.code, True),
        (WARNING.code, False),
        (INFO.code, False),
    ]
    assert {f["target"] for f in shown["findings"]} == {"cards/one.yaml"}
    assert shown["schema"] == "smartboot/check/1"


def test_an_entry_covers_one_finding_and_only_in_its_target() -> None:
    twice = Finding(ERROR.code, ERROR.severity, "another fault", ERROR.where)
    baseline = Baseline((Entry("cards/one.yaml", ERROR.code, ERROR.where),))
    other = target(ERROR, name="two", path="cards/two.yaml")
    outcome = judge([target(ERROR, twice), other], None, baseline)
    states = [one.state for checked in outcome.checked for one in checked.findings]
    assert states == [State.KNOWN, State.OPEN, State.OPEN]


def test_entries_that_fit_nothing_are_stale_where_their_target_was_looked_at() -> None:
    entries = (
        Entry("cards/one.yaml", "BOOT-EMPTY", "EF 6499"),
        Entry("cards/one.yaml", "SEC-PLAIN", "EF 6432"),
        Entry("cards/elsewhere.yaml", "BOOT-EMPTY", "EF 6499"),
    )
    outcome = judge([target(ERROR)], Ignored(("SEC-*",)), Baseline(entries))
    assert outcome.stale == entries[:1]


def test_a_baseline_of_a_run_makes_the_same_run_clean() -> None:
    first = judge([target(*FINDINGS, ERROR)])
    text = write_baseline(first.entries())
    again = judge([target(*FINDINGS, ERROR)], None, parse_baseline(text))
    assert again.counts() == {"error": 0, "warning": 0, "info": 0, "ignored": 0, "known": 4}
    assert again.stale == ()


def test_the_line_is_that_of_the_longest_place() -> None:
    lines = {"": 1, "EF 6432": 9, "EF 6432 /0": 12}
    found = target(ERROR, lines=lines)
    assert found.line(ERROR) == 9
    assert found.line(Finding("X-Y", Severity.INFO, "m", "EF 6432 /0/1")) == 12
    assert found.line(Finding("X-Y", Severity.INFO, "m", "card")) == 1
    assert target(ERROR).line(ERROR) is None


# -- ignoring


def test_codes_come_in_lists_and_in_any_case() -> None:
    assert split_codes(["a-b, C-D,", "e-f"]) == ["A-B", "C-D", "E-F"]
    ignored = parse_ignored(["boot-empty,p15-*"])
    assert ignored.covers("BOOT-EMPTY")
    assert ignored.covers("P15-OID-WRAPPED")
    assert not ignored.covers("BOOT-MALFORMED")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("BOOT-EMPTI", "code of no rule"),
        ("ZZZ-*", "no code begins with"),
        ("*-EMPTY", "at the end"),
        ("BOOT-?", "at the end"),
        ("BOOT-[A]*", "at the end"),
        ("BOOT-**", "at the end"),
    ],
)
def test_a_pattern_that_fits_nothing_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_ignored([text])


def test_close_codes_are_named() -> None:
    with pytest.raises(UsageError) as caught:
        parse_ignored(["BOOT-EMPTI"])
    assert "BOOT-EMPTY" in (caught.value.hint or "")


# -- baselines


any_character = st.characters(codec=None)
ENTRIES = (
    Entry("b", "BOOT-EMPTY", "EF 6432"),
    Entry("a: #x", "SEC-KEY", 'quote " \\ and ünicode'),
    Entry("b", "BOOT-EMPTY", "EF 6432"),
    Entry("a: #x", "BOOT-EMPTY"),
)


@pytest.mark.parametrize("as_json", [False, True])
def test_a_baseline_is_sorted_and_comes_back(as_json: bool) -> None:
    text = write_baseline(ENTRIES, as_json=as_json)
    assert text == write_baseline(reversed(ENTRIES), as_json=as_json)
    assert sorted(parse_baseline(text).entries) == sorted(ENTRIES)
    if as_json:
        assert json.loads(text)["findings"][-1]["count"] == 2


def test_the_text_of_a_baseline() -> None:
    assert write_baseline(ENTRIES[:1] * 2) == (
        "# Findings that `smartboot check --baseline` takes as known.\n"
        "schema: smartboot/baseline/1\n"
        "findings:\n"
        '- target: "b"\n'
        "  code: BOOT-EMPTY\n"
        '  where: "EF 6432"\n'
        "  count: 2\n"
    )


def test_an_empty_baseline_comes_back() -> None:
    assert parse_baseline(write_baseline(())) == Baseline()
    assert parse_baseline(write_baseline((), as_json=True)) == Baseline()


@given(st.text(any_character, min_size=1, max_size=20), st.text(any_character, max_size=20))
@example("\udcff", "\U00010000\x7f\u2028")
@settings(max_examples=200)
def test_any_target_and_place_come_back(name: str, where: str) -> None:
    entry = Entry(name, "BOOT-EMPTY", where)
    for as_json in (False, True):
        text = write_baseline([entry], as_json=as_json)
        assert text.encode()
        assert parse_baseline(write_baseline([entry], as_json=as_json)).entries == (entry,)


HEAD = "schema: smartboot/baseline/1\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schema: smartboot/profile/1\nfindings: []", "not a baseline"),
        ("- 1", "not a baseline"),
        ('{"schema": 1', "not JSON"),
        ('{"a":' * 9_000, "not JSON"),
        ("{" + " " * (8 << 20), "longer than"),
        ('{"schema": "smartboot/baseline/1", "findings": [{"target": 1}]}', "target: is missing"),
        (HEAD, "findings: should be a list"),
        (HEAD + "findings: []\nmore: 1", "more: there is no such field"),
        (HEAD + "findings:\n- text", r"findings\[0\]: should be a mapping"),
        (HEAD + "findings:\n- {code: A-B}", r"findings\[0\].target: is missing"),
        (HEAD + "findings:\n- {target: x, code: ab}", "should be a code"),
        (HEAD + "findings:\n- {target: x, code: A-B, where: [1]}", "should be text"),
        (HEAD + "findings:\n- {target: x, code: A-B, count: 0}", "number from 1"),
        (HEAD + "findings:\n- {target: x, code: A-B, colour: 1}", "no such field"),
        (HEAD + "findings:\n" + "- {target: x, code: A-B, count: 99999}\n" * 3, "more findings"),
    ],
)
def test_a_faulty_baseline_is_refused_with_its_field(text: str, message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        parse_baseline(text, "known.yaml")


# -- SARIF


def run_of(outcome: Outcome) -> Any:
    log = to_sarif(outcome, version="1.2.3")
    assert log == json.loads(json.dumps(log))
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    assert len(log["runs"]) == 1
    return log["runs"][0]


def assert_valid(run: Any) -> None:
    """The properties that SARIF 2.1.0 requires of a run, and what refers to what."""
    driver = run["tool"]["driver"]
    assert driver["name"] == "smartboot"
    assert re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"])
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert set(rule) <= {
            *("id", "name", "shortDescription", "fullDescription", "help", "defaultConfiguration"),
        }
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
        if "help" in rule:
            assert rule["help"]["text"]
            assert rule["help"]["markdown"]
            assert rule["shortDescription"]["text"]
    fingerprints = set()
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        assert len(result["locations"]) == 1
        location = result["locations"][0]
        assert location["logicalLocations"][0]["name"]
        if "physicalLocation" in location:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/%]+", uri), uri
            assert {"location": {"uri": uri}} in run["artifacts"]
            region = location["physicalLocation"].get("region", {"startLine": 1})
            assert region["startLine"] >= 1
        for suppression in result["suppressions"]:
            assert suppression["kind"] in ("external", "inSource")
        fingerprints.update(result["partialFingerprints"].values())
    assert len(fingerprints) == len(run["results"])


def test_sarif_has_levels_rules_and_places() -> None:
    run = run_of(judge([target(*FINDINGS, lines={"EF 6432": 7})]))
    assert_valid(run)
    assert [r["level"] for r in run["results"]] == ["error", "warning", "note"]
    first = run["results"][0]
    assert first["ruleId"] == "BOOT-MALFORMED"
    assert first["message"]["text"] == "EF 6432: the length is wrong"
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "cards/one.yaml"},
                "region": {"startLine": 7},
            },
            "logicalLocations": [
                {"name": "EF 6432", "fullyQualifiedName": "cards/one.yaml: EF 6432"}
            ],
        }
    ]
    rule = all_rules()["BOOT-MALFORMED"]
    described = run["tool"]["driver"]["rules"][0]
    assert described["shortDescription"]["text"] == rule.title
    assert rule.mend in described["help"]["markdown"]
    assert "helpUri" not in described


def test_sarif_suppresses_what_is_known_or_ignored() -> None:
    baseline = Baseline((Entry("cards/one.yaml", ERROR.code, ERROR.where),))
    run = run_of(judge([target(*FINDINGS)], Ignored(("P15-*",)), baseline))
    assert_valid(run)
    assert [bool(r["suppressions"]) for r in run["results"]] == [True, False, True]


def test_sarif_fingerprints_stay_when_words_and_other_findings_change() -> None:
    before = run_of(judge([target(ERROR, WARNING)]))["results"]
    reworded = Finding(ERROR.code, ERROR.severity, "said otherwise", ERROR.where)
    after = run_of(judge([target(INFO, reworded)]))["results"]
    assert before[0]["partialFingerprints"] == after[1]["partialFingerprints"]
    twice = run_of(judge([target(ERROR, reworded)]))
    assert_valid(twice)


def test_sarif_of_a_card_has_no_file_and_of_nothing_no_results() -> None:
    run = run_of(judge([target(ERROR, name="Reader 0", path=None, kind=SubjectKind.CARD)]))
    assert_valid(run)
    assert "physicalLocation" not in run["results"][0]["locations"][0]
    empty = run_of(judge([]))
    assert empty["results"] == []
    assert empty["tool"]["driver"]["rules"] == []


def test_sarif_knows_codes_without_a_rule() -> None:
    run = run_of(judge([target(Finding("NEW-CODE", Severity.WARNING, "something"))]))
    assert_valid(run)


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("cards/one.yaml", "cards/one.yaml"),
        ("my cards/50%.yaml", "my%20cards/50%25.yaml"),
        ("a:b.yaml", "a%3Ab.yaml"),
        ("käse#1?.yaml", "k%C3%A4se%231%3F.yaml"),
        ("/tmp/a b.yaml", "file:///tmp/a%20b.yaml"),
        ("C:/cards/a b.yaml", "file:///C:/cards/a%20b.yaml"),
        ("\udcff.yaml", "%FF.yaml"),
    ],
)
def test_paths_become_uris(path: str, uri: str) -> None:
    found = target(ERROR, path=path)
    assert found.uri == uri
    split = urlsplit(uri)
    assert split.scheme in ("", "file")
    assert unquote(split.path, errors="surrogateescape").lstrip("/") == path.lstrip("/")


# -- annotations


def test_annotations_name_file_line_and_code() -> None:
    lines = list(annotation_lines(judge([target(*FINDINGS, lines={"EF 6432": 7})])))
    assert lines == [
        "::error file=cards/one.yaml,line=7,title=BOOT-MALFORMED::EF 6432: the length is wrong",
        "::warning file=cards/one.yaml,title=BOOT-EMPTY::EF 6433: never filled",
        "::notice file=cards/one.yaml,title=P15-OID-WRAPPED::EF 6430 object 1: the OID",
    ]


def test_annotations_are_escaped_against_forged_commands() -> None:
    forged = Finding("A-B", Severity.ERROR, "50%\r\n::error::\x1b", "a,b:c")
    lines = list(annotation_lines(judge([target(forged, path="a,b:c%\n.yaml")])))
    assert lines == [
        "::error file=a%2Cb%3Ac%25%0A.yaml,title=A-B::a,b:c: 50%25%0D%0A::error::\\u001b",
    ]


def test_annotations_leave_out_what_does_not_count_and_name_cards() -> None:
    baseline = Baseline((Entry("Reader 0", ERROR.code, ERROR.where),))
    checked = target(*FINDINGS, name="Reader 0", path=None, kind=SubjectKind.CARD)
    lines = list(annotation_lines(judge([checked], Ignored(("P15-*",)), baseline)))
    assert lines == ["::warning title=BOOT-EMPTY::Reader 0: EF 6433: never filled"]
