"""The zoo: every broken card, profile and document gives exactly the codes it is said to give."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from functools import cache

import pytest
from ruamel.yaml import YAML

from smartboot.api.checking import FileChecker, Source
from smartboot.checks.catalogue import all_rules, rule_of
from smartboot.checks.doubles import ON_THE_CARD
from smartboot.model import Finding
from tests.zoo.base import SECRETS
from tests.zoo.make import FOLDER, made_files, recipes
from tests.zoo.recipe import Recipe

EXPECTED: dict[str, list[str]] = YAML(typ="safe").load((FOLDER / "expected.yaml").read_bytes())
RECIPES = recipes()

NOT_IN_THE_ZOO = {
    # What a virtual card from an image does not do; tests of the card room have such cards.
    "CARD-DATA-CORRUPTED",
    "CARD-EF-BEYOND-REACH",
    "CARD-HEADER-UNREADABLE",
    "CARD-NOT-LEFT-CLEAN",
    # A thousand management objects, more than any card holds.
    "DM-TOO-LARGE",
    # Hundreds of entries, or of kilobytes; tests/test_bootstrap_budget.py has such cards.
    "BOOT-MORE",
    "BOOT-TOO-MUCH",
    # Depends on the day the check is run.
    "SEC-CERT-EXPIRES",
    # Told as the findings of the card made from the profile; tests of their own raise them.
    *(ON_THE_CARD.keys() - {"PROFILE-NOT-PRIVATE"}),
}
"""Rules with no file, beside those of writing and converting, and why."""

BY_THE_CODECS_TESTS = {
    "CP-BLANK",
    "CP-DUP-CHARACTERISTIC",
    "CP-MORE",
    "CP-OPAQUE-VALUE",
    "CP-SHARED-PAGE",
    "DM-BASE64",
    "DM-BIN-TEXT",
    "DM-CRED-IN-COMMAND",
    "DM-EXTRA",
    "DM-FORMAT",
    "DM-MORE",
    "DM-NO-RTPROPERTIES",
    "DM-NODE-NAME",
    "DM-STRAY-TEXT",
    "DM-TNDS-DUPLICATE",
    "DM-TNDS-EMPTY",
    "DM-TNDS-EXTRA",
    "DM-TNDS-FORM",
    "DM-TNDS-PATH",
    "DM-TNDS-TRAILING",
    "DM-TNDS-VERDTD",
    "DM-TYPE",
    "DM-VALUE",
    "DM-WBXML-VERSION",
    "LWM2M-MORE",
    "LWM2M-TOO-LARGE",
    "P15-EXTERNAL-SKIPPED",
    "P15-LABEL-IN-NAME",
    "P15-TOO-MANY",
    "WBXML-DUP-ATTRIBUTE",
    "WBXML-EXT",
    "WBXML-MORE",
    "WBXML-PI",
    "WBXML-TABLE-UNTERMINATED",
    "WBXML-UNKNOWN-ATTRIBUTE",
    "WBXML-UNKNOWN-VALUE",
    "WBXML-VENDOR-TOKEN",
}
"""Codes of decoding that need no card: the codecs' own tests raise each of them."""

WRITING = (
    "PROV-",
    "CONVERT-",
    "CP-CANNOT-CARRY",
    "DM-CANNOT-CARRY",
    "DM-MADE-UP",
    "LWM2M-DEFAULTED",
    "LWM2M-NOT-CARRIED",
)
"""``check`` never reports these."""

SAMPLE = (
    "cards/dodf-path-dangling.yaml",
    "cards/dodf-oid-wrapped.yaml",
    "cards/document-update-always.yaml",
    "cards/lwm2m-opaque-entry.yaml",
    "cards/sound-t1.yaml",
    "documents/certificate-expired.hex",
    "documents/dm2-over-http.json",
    "documents/lwm2m-psk-all-zero.hex",
    "documents/w7-without-addr.xml",
    "documents/wbxml-cut.hex",
    "profiles/field-unknown.yaml",
    "profiles/secret-with-default.yaml",
)


@cache
def findings(file: str) -> tuple[Finding, ...]:
    """What the check finds in one file."""
    path = FOLDER / file
    return FileChecker().check(Source(str(path), path)).report.findings


def test_the_files_are_those_the_recipes_make() -> None:
    made = {FOLDER / recipe.file: recipe.content for recipe in RECIPES}
    there = {path: path.read_bytes().replace(b"\r\n", b"\n") for path in made_files()}
    assert sorted(there.keys() ^ made.keys()) == []
    assert [str(path) for path in made if there[path] != made[path]] == []


def test_every_file_has_its_codes_written_down() -> None:
    assert sorted({recipe.file for recipe in RECIPES} ^ EXPECTED.keys()) == []
    assert len(EXPECTED) >= 350


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.file)
def test_a_file_gives_exactly_its_codes(recipe: Recipe) -> None:
    found = findings(recipe.file)
    assert Counter(one.code for one in found) == Counter(EXPECTED[recipe.file])
    for one in found:
        rule = rule_of(one.code)
        assert one.severity in (rule.severity, *rule.also), one.code
    if recipe.code is None:
        assert found == ()
        return
    # The fault the file is there for says where it is.
    own = [one for one in found if one.code == recipe.code]
    assert own, recipe.code
    assert any(recipe.place in one.where or recipe.place in one.message for one in own)


def test_no_finding_shows_a_secret() -> None:
    told = "\n".join(
        f"{one.message} {one.where}".lower() for file in EXPECTED for one in findings(file)
    )
    assert len(SECRETS) > 20
    for secret in SECRETS:
        assert secret.hex() not in told
        assert secret[:6].hex() not in told
    for text in ("changeme-changeme", "an older key", "secret of an older", "8406172953318074"):
        assert text not in told


def test_some_files_are_sound_in_every_format() -> None:
    sound = {file for file, codes in EXPECTED.items() if not codes}
    for kind in ("cards/", "profiles/", "documents/lwm2m", "documents/cp", "documents/dm1"):
        assert any(file.startswith(kind) for file in sound), kind


def test_every_rule_has_a_file() -> None:
    seen = {code for codes in EXPECTED.values() for code in codes}
    excused = NOT_IN_THE_ZOO | BY_THE_CODECS_TESTS
    due = {code for code in all_rules() if not code.startswith(WRITING)}
    assert sorted(due - seen - excused) == []
    assert sorted(excused & seen) == [], "excused although there is a file"
    assert sorted(excused - due) == [], "excused although there is no such rule"


def test_every_rule_of_the_check_alone_has_a_file() -> None:
    from smartboot.checks.catalogue import family_of

    families = {"structure", "documents", "security", "interop", "files"}
    seen = {code for codes in EXPECTED.values() for code in codes}
    alone = {code for code in all_rules() if family_of(code) in families}
    assert sorted(alone - seen) == ["SEC-CERT-EXPIRES"]


def test_the_command_finds_the_same() -> None:
    command = [sys.executable, "-m", "smartboot", "check", *SAMPLE, "--format", "json"]
    done = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    got = {
        one["name"]: Counter(finding["code"] for finding in one["findings"])
        for one in told["targets"]
    }
    assert got == {file: Counter(EXPECTED[file]) for file in SAMPLE}


def test_the_command_is_content_with_the_sound_ones() -> None:
    sound = sorted(file for file, codes in EXPECTED.items() if not codes)
    command = [sys.executable, "-m", "smartboot", "check", *sound, "--fail-on", "warning"]
    done = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
