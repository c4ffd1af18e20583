"""A fault that a profile and the card made from it both show is told once, as the card's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from smartboot.api.checking import FileChecker, Source, inspect_profile
from smartboot.checks import Report, SubjectKind, check, profile_subject
from smartboot.checks.catalogue import rule_of
from smartboot.checks.doubles import ON_THE_CARD, card_names
from smartboot.profiles.load import LoadedProfile, load_profile, profile_from_text
from tests.support.cli import PROFILES

PSK = PROFILES / "lwm2m-psk.yaml"
OPEN = {"read": "always", "update": "always"}
NEVER = {"read": "never"}


def loaded(*objects: dict[str, Any], virtual: dict[str, Any] | None = None) -> LoadedProfile:
    """The PSK profile with a data object for each of ``objects``, which changes its fields."""
    plain = YAML(typ="safe").load(PSK.read_text())
    (item,) = plain["data_objects"]
    alike = [{"fid": f"643{2 + n}", "label": f"Object {n}"} for n in range(len(objects))]
    plain["data_objects"] = [
        {**item, **own, **fields} for own, fields in zip(alike, objects, strict=True)
    ]
    plain["virtual"] |= virtual or {}
    return profile_from_text(json.dumps(plain))


def told(report: Report) -> set[tuple[str, str]]:
    """Codes and places of what is in the table, on either side."""
    codes = {*ON_THE_CARD, *ON_THE_CARD.values()}
    return {(one.code, one.where) for one in report.findings if one.code in codes}


FAULTS: list[tuple[str, list[dict[str, Any]], str, str]] = [
    ("PROFILE-PRIVATE-OPEN", [{}, {"private": True}], "data_objects[1]", "EF 6430 object 2"),
    ("PROFILE-NOT-PRIVATE", [{}, {"access": {"read": "pin1"}}], "data_objects[1]", "object 2"),
    ("PROFILE-READ-NEVER", [{}, {"access": NEVER}], "data_objects[1]", "EF 6433"),
    ("PROFILE-UPDATE-OPEN", [{}, {"access": OPEN}], "data_objects[1]", "EF 6433"),
    ("PROFILE-LABEL-TWICE", [{"label": "A"}, {"label": "A", "oid": "1.2.3"}], "[1]", "object 2"),
    ("PROFILE-OID-TWICE", [{}, {}], "data_objects[1]", "EF 6430 object 2"),
]


def test_every_pair_of_the_table_is_tried() -> None:
    assert {code for code, *_ in FAULTS} == ON_THE_CARD.keys()
    for mine, card in ON_THE_CARD.items():
        assert SubjectKind.PROFILE in rule_of(mine).subjects
        assert SubjectKind.IMAGE in rule_of(card).subjects


@pytest.mark.parametrize(("code", "objects", "place", "name"), FAULTS, ids=[f[0] for f in FAULTS])
def test_a_fault_is_told_once(
    code: str, objects: list[dict[str, Any]], place: str, name: str
) -> None:
    profile = loaded(*objects)
    # Without the card, the profile's own finding stands.
    alone = told(check(profile_subject(profile)))
    assert [where for found, where in alone if found == code and where.endswith(place)]
    both = told(check(inspect_profile(profile)))
    assert code not in {found for found, _ in both}
    assert [where for found, where in both if found == ON_THE_CARD[code] and name in where]


def test_directory_files_go_by_their_place_too() -> None:
    profile = loaded({})
    application = profile.profile.application
    access = application.odf.access.model_copy(update={"update": "always"})
    odf = application.odf.model_copy(update={"access": access})
    changed = profile.profile.model_copy(
        update={"application": application.model_copy(update={"odf": odf})}
    )
    broken = LoadedProfile(changed, profile.documents)
    assert ("PROFILE-UPDATE-OPEN", "application.odf") in told(check(profile_subject(broken)))
    assert told(check(inspect_profile(broken))) == {("CARD-UPDATE-OPEN", "EF 5031")}


def test_what_the_card_does_not_show_stays() -> None:
    # Compact access rules name no key: nobody can say of this card that reading takes one.
    profile = loaded({"access": {"read": "pin1"}}, virtual={"access_encoding": "compact"})
    assert ("PROFILE-NOT-PRIVATE", "data_objects[0]") in told(check(inspect_profile(profile)))


def test_the_same_code_for_another_file_hides_nothing() -> None:
    profile = loaded({"access": OPEN}, {"access": OPEN})
    subject = inspect_profile(profile)
    assert told(check(subject)) >= {("CARD-UPDATE-OPEN", f"EF 643{n}") for n in (2, 3)}
    assert subject.card is not None
    rest = tuple(file for file in subject.card.files if file.info.path.fid != 0x6433)
    cut = replace(subject, card=replace(subject.card, files=rest))
    assert {one for one in told(check(cut)) if "UPDATE" in one[0]} == {
        ("CARD-UPDATE-OPEN", "EF 6432"),
        ("PROFILE-UPDATE-OPEN", "data_objects[1]"),
    }


def test_places_have_the_names_that_findings_on_the_card_give_them() -> None:
    assert list(card_names(loaded({}, {}).profile)) == [
        (("application", "odf"), ("EF 5031",)),
        (("application", "token_info"), ("EF 5032",)),
        (("application", "dodf"), ("EF 6430",)),
        (("data_objects", 0), ("EF 6432", "EF 6430 object 1")),
        (("data_objects", 1), ("EF 6433", "EF 6430 object 2")),
    ]


def test_the_card_s_finding_is_at_the_line_of_the_profile(tmp_path: Path) -> None:
    text = PSK.read_text()
    at = text.index("    fid: ")
    path = tmp_path / "open.yaml"
    path.write_text(f"{text[:at]}    private: true\n{text[at:]}")
    target = FileChecker().check(Source("open.yaml", path))
    (one,) = [one for one in target.report.findings if one.code == "P15-PRIVATE-OPEN"]
    assert target.line(one) == text[: text.index("  - ")].count("\n") + 1


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_profile_has_neither(path: Path) -> None:
    found = told(check(inspect_profile(load_profile(path, examples=True))))
    assert {code for code, _ in found} <= {"P15-OID-TWICE"}
