"""Checks of files, keys and access conditions: each rule with a card that breaks it and one that
nearly does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smartboot.checks.rules.access import ACCESS_RULES
from smartboot.checks.rules.structure import RULES
from smartboot.image import CardImage
from smartboot.model import Severity
from smartboot.profiles.load import profile_from_text
from smartboot.profiles.render import render
from smartboot.virtual import VirtualCard
from tests.support.cards import LWM2M_160, profile_card, with_file
from tests.support.checked import (
    report_of,
    report_of_card,
    structure_codes,
    structure_findings,
)
from tests.support.checked_cards import (
    CONFIG2_OID,
    CP,
    PKCS15,
    USIM,
    Plain,
    application,
    edited,
    sound,
    with_access,
    with_dir,
    with_files,
    with_pin,
)


def guarded(**pin: Any) -> CardImage:
    """A card whose document takes PIN1."""
    image = profile_card([("lwm2m", 0x6432, LWM2M_160, 512)], read="pin1")
    return with_pin(image, "01", **pin) if pin else image


def twin(**content: Any) -> CardImage:
    """A card whose EF(DIR) gives the path of another DF than the application's."""
    other = {"fid": "7F51", "type": "df", **content}
    return edited(with_dir((PKCS15, "3F00/7F51")), lambda plain: plain["files"].append(other))


def odf(size: int) -> list[Plain]:
    return [{"fid": "5031", "size": size, "data": "A706300404026430"}]


def short_ids(first: int | None, second: int) -> CardImage:
    return with_file(with_file(sound(), "7F50/6432", sfi=first), "7F50/6430", sfi=second)


def directory(**access: str) -> CardImage:
    conditions = {name.replace("_", "-"): value for name, value in access.items()}
    return with_file(sound(), "7F50", access=conditions)


def main_file(**access: str) -> CardImage:
    conditions = {name.replace("_", "-"): value for name, value in access.items()}
    return edited(sound(), lambda plain: plain.update(mf={"access": conditions}))


def own_arr(*records: str) -> CardImage:
    """The sound card with an EF(ARR), whose first record guards it and EF(DODF)."""

    def edit(plain: Plain) -> None:
        rules = {"fid": "2F06", "type": "linear-fixed", "record_size": 32, "arr": "2F06/1"}
        plain["files"].append({**rules, "records": list(records)})
        application(plain)["files"][2]["arr"] = "2F06/1"

    return edited(sound(), edit)


def raw_fcp(security: str) -> CardImage:
    """The sound card with an FCP of the document whose security attributes are these."""
    body = "82024121830264328A0105" + security + "800202008800"
    return with_file(sound(), "7F50/6432", fcp_raw=f"62{len(body) // 2:02X}{body}")


def config2(**access: str) -> CardImage:
    """A card with the user's part of Client Provisioning."""
    image = profile_card([("oma-cp", 0x6411, CP, 128)], oids=[CONFIG2_OID])
    return with_access("7F50/6411", image, **access)


# code, a card that breaks the rule and what is found on it beside the code, one that nearly does
CASES = [
    (
        "CARD-DIR-STRUCTURE",
        lambda: with_file(sound(), "2F00", type="cyclic"),
        [],
        lambda: with_file(sound(), "2F00", record_count=8),
    ),
    (
        "CARD-DIR-DUPLICATE",
        lambda: with_dir((USIM, None), (USIM, None), (PKCS15, "3F00/7F50")),
        [],
        lambda: with_dir((USIM[:-1], None), (USIM, None), (PKCS15, "3F00/7F50")),
    ),
    (
        # The second stands behind the record that the search of the application ends with.
        "CARD-DIR-DUPLICATE",
        lambda: with_dir((PKCS15, "3F00/7F50"), (PKCS15, "3F00/7F50")),
        [],
        lambda: with_dir((PKCS15, "3F00/7F50"), (USIM, None)),
    ),
    (
        "CARD-DIR-SEVERAL",
        lambda: with_dir((PKCS15, "3F00/7F50"), (PKCS15 + b"\x01", None)),
        [],
        lambda: with_dir((PKCS15, "3F00/7F50"), (PKCS15[:-1], None)),
    ),
    (
        "CARD-DIR-AID-FOREIGN",
        lambda: with_dir((USIM, "3F00/7F50"), (PKCS15, "3F00/7F50")),
        [],
        lambda: with_dir((USIM, "3F00/7FF0"), (PKCS15, "3F00/7F50")),
    ),
    (
        "CARD-DIR-PATH-ABSENT",
        lambda: with_dir((USIM, None), (PKCS15, "3F00/7F52")),
        [],
        lambda: with_dir((USIM, "3F00/7F52"), (PKCS15, "3F00/7F50")),
    ),
    (
        "CARD-DIR-PATH-DIFFERS",
        lambda: with_dir((PKCS15, "3F00/7FF0")),
        [],
        lambda: with_dir((PKCS15, "3F00/7F50")),
    ),
    ("CARD-DIR-PATH-DIFFERS", twin, [], lambda: twin(files=odf(64))),
    ("CARD-DIR-PATH-DIFFERS", lambda: twin(files=odf(32)), [], lambda: twin(files=odf(64))),
    (
        "CARD-SFI-FIXED",
        lambda: with_file(sound(), "2F00", sfi=29),
        [],
        lambda: with_file(sound(), "2F05", sfi=29),
    ),
    (
        "CARD-SFI-FIXED",
        lambda: with_file(sound(), "2FE2", sfi=None),
        [],
        lambda: with_file(sound(), "2F05", sfi=None),
    ),
    ("CARD-SFI-CLASH", lambda: short_ids(7, 7), [], lambda: short_ids(7, 8)),
    # The short id of the USIM's EF(IMSI) is 7 too: another directory.
    ("CARD-SFI-CLASH", lambda: short_ids(30, 30), [], lambda: short_ids(None, 7)),
    (
        "CARD-SIZE-SHORT",
        lambda: with_file(sound(), "7F50/6432", fcp_size=513),
        [],
        lambda: with_file(sound(), "7F50/6432", fcp_size=511),
    ),
    (
        "CARD-DOCUMENT-FULL",
        lambda: with_file(sound(), "7F50/6432", size=len(LWM2M_160)),
        [],
        lambda: with_file(sound(), "7F50/6432", size=len(LWM2M_160) + 1),
    ),
    (
        "CARD-DIRECTORY-FULL",
        lambda: with_file(sound(), "7F50/5031", size=15),
        [],
        lambda: with_file(sound(), "7F50/5031", size=16),
    ),
    (
        "CARD-DIRECTORY-FULL",
        lambda: with_file(sound(), "7F50/6430", size=76),
        [],
        lambda: with_file(sound(), "7F50/6430", size=77),
    ),
    (
        "CARD-FILE-DEACTIVATED",
        lambda: with_file(sound(), "7F50/6432", life_cycle="deactivated"),
        [],
        lambda: with_file(sound(), "2F05", life_cycle="deactivated"),
    ),
    (
        "CARD-FILE-TERMINATED",
        lambda: with_file(sound(), "7F50/6432", life_cycle="terminated"),
        [],
        lambda: with_file(sound(), "2F05", life_cycle="terminated"),
    ),
    (
        "CARD-FILE-UNFINISHED",
        lambda: with_file(sound(), "7F50/6432", life_cycle="creation"),
        [],
        lambda: with_file(sound(), "2F05", life_cycle="creation"),
    ),
    (
        "CARD-FILE-UNFINISHED",
        lambda: with_file(sound(), "7F50/5031", life_cycle="initialisation"),
        [],
        sound,
    ),
    (
        "CARD-FID-DIFFERS",
        lambda: with_file(sound(), "7F50/6432", fcp_fid="6430"),
        [],
        lambda: with_file(sound(), "7F50/6432", fcp_fid="6432"),
    ),
    (
        "CARD-ICCID-FORM",
        lambda: with_file(sound(), "2FE2", data="98881201000000"),
        [],
        # 18 digits have no check digit.
        lambda: with_file(sound(), "2FE2", data="988812010000000000"),
    ),
    (
        "CARD-ICCID-FORM",
        lambda: with_file(sound(), "2FE2", data="18881201000000000001"),
        [],
        sound,
    ),
    (
        "CARD-ICCID-FORM",
        lambda: with_file(sound(), "2FE2", size=12),
        [],
        lambda: with_file(sound(), "2F05", size=12),
    ),
    (
        "CARD-ICCID-LUHN",
        lambda: with_file(sound(), "2FE2", data="98881201000000000011"),
        [],
        lambda: with_file(sound(), "2FE2", data="98881201000000000001"),
    ),
    (
        "CARD-PIN-BLOCKED",
        lambda: guarded(remaining=0),
        ["P15-NOT-PRIVATE"],
        lambda: guarded(remaining=2),
    ),
    (
        "CARD-ADM-BLOCKED",
        lambda: with_pin(sound(), "0A", remaining=0),
        [],
        lambda: with_pin(sound(), "0A", remaining=2),
    ),
    (
        "CARD-KEY-LAST-TRY",
        lambda: with_pin(sound(), "0A", remaining=1),
        [],
        lambda: with_pin(sound(), "0A", remaining=2),
    ),
    (
        "CARD-KEY-ABSENT",
        lambda: with_access("7F50/6432", update="adm5"),
        [],
        lambda: with_access("2F05", update="adm5"),
    ),
    (
        "CARD-ACCESS-ABSENT",
        lambda: raw_fcp(""),
        [],
        lambda: raw_fcp("8B036F0601"),
    ),
    (
        "CARD-ACCESS-SEVERAL",
        lambda: raw_fcp("8B036F0601" + "8C0303FF00"),
        ["CARD-UPDATE-NEVER"],
        lambda: raw_fcp("8C0303FF00"),
    ),
    (
        "CARD-ACCESS-UNKNOWN",
        lambda: raw_fcp("8C03030101"),
        [],
        lambda: raw_fcp("8C03030100"),
    ),
    (
        "CARD-READ-LOCKED",
        lambda: with_access("2F00", read="pin1"),
        ["CARD-PIN-DISABLED"],
        lambda: with_access("2F05", read="pin1"),
    ),
    (
        "CARD-READ-LOCKED",
        lambda: with_access("2FE2", read="adm1", update="never"),
        [],
        lambda: with_access("7F50/5032", read="adm1"),
    ),
    (
        "CARD-READ-NEVER",
        lambda: with_access("7F50/6432", read="adm1"),
        ["P15-NOT-PRIVATE"],
        lambda: with_access("7F50/6432", read="adm1 or universal-pin"),
    ),
    (
        "CARD-READ-NEVER",
        lambda: with_access("7F50/6430", read="never"),
        [],
        sound,
    ),
    (
        "CARD-UPDATE-OPEN",
        lambda: with_access("7F50/6430", update="always"),
        [],
        lambda: with_access("2F05", update="always"),
    ),
    (
        "CARD-UPDATE-PIN",
        lambda: with_access("7F50/6432", update="adm1 or pin1"),
        ["CARD-PIN-DISABLED"],
        lambda: with_access("7F50/6432", update="adm1 and pin1"),
    ),
    (
        "CARD-UPDATE-PIN",
        lambda: with_pin(with_access("7F50/6432", update="pin1"), "01", enabled=True),
        [],
        lambda: with_pin(with_access("7F50/6432", update="adm1"), "01", enabled=True),
    ),
    (
        "CARD-UPDATE-NEVER",
        lambda: with_access("7F50/6432", update="never"),
        [],
        lambda: with_access("7F50/6430", update="never"),
    ),
    (
        "CARD-REMOVE-OPEN",
        lambda: with_access("7F50/6432", delete="always"),
        [],
        lambda: with_access("7F50/6432", delete="adm1"),
    ),
    (
        "CARD-REMOVE-OPEN",
        lambda: with_access("7F50/5031", resize="always"),
        [],
        lambda: with_access("7F50/5031", activate="always"),
    ),
    (
        "CARD-CREATE-OPEN",
        lambda: directory(create_ef="always"),
        [],
        lambda: directory(create_ef="adm1", activate="always"),
    ),
    (
        "CARD-CREATE-OPEN",
        lambda: main_file(delete_child="always"),
        [],
        lambda: main_file(delete_child="never"),
    ),
    (
        "CARD-ARR-OPEN",
        lambda: own_arr("8001019000" + "800102A406830101950108"),
        ["CARD-PIN-DISABLED", "CARD-UPDATE-PIN"],
        lambda: own_arr("8001019000" + "800102A40683010A950108"),
    ),
    (
        "CARD-PIN-DISABLED",
        lambda: guarded(enabled=False),
        ["P15-NOT-PRIVATE"],
        guarded,
    ),
    (
        "CARD-PIN-DISABLED",
        lambda: with_access("7F50/6432", update="pin1"),
        ["CARD-UPDATE-PIN"],
        lambda: with_access("7F50/6432", update="universal-pin and pin1"),
    ),
]


def test_the_sound_card_is_sound():
    assert structure_codes(sound()) == []


@pytest.mark.parametrize(
    ("code", "broken", "besides"),
    [case[:3] for case in CASES],
    ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)],
)
def test_a_rule_finds_its_card_and_no_other_fault(code, broken, besides):
    assert structure_codes(broken()) == sorted([code, *besides])


@pytest.mark.parametrize(
    ("code", "near"),
    [(case[0], case[3]) for case in CASES],
    ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)],
)
def test_a_rule_leaves_alone_what_only_looks_like_it(code, near):
    assert code not in structure_codes(near())


def test_every_rule_on_files_and_access_has_a_card():
    ours = {rule.code for rule in RULES if rule.code.startswith("CARD-")}
    assert {rule.code for rule in ACCESS_RULES} <= ours
    assert {case[0] for case in CASES} == ours


def test_the_user_may_change_his_own_part():
    assert "CARD-UPDATE-PIN" not in structure_codes(config2(update="pin1"))
    assert "CARD-UPDATE-OPEN" in structure_codes(config2(update="always"))


def test_a_blocked_pin_nothing_is_read_with_is_a_warning():
    blocked = with_pin(sound(), "01", enabled=True, remaining=0)
    (one,) = [f for f in structure_findings(blocked) if f.code == "CARD-PIN-BLOCKED"]
    assert one.severity is Severity.WARNING
    (one,) = [f for f in structure_findings(guarded(remaining=0)) if f.code == "CARD-PIN-BLOCKED"]
    assert one.severity is Severity.ERROR
    assert "EF 6432" in one.message


def test_an_update_that_a_disabled_pin_guards_is_an_error():
    image = with_access("7F50/6432", update="pin1")
    (one,) = [f for f in structure_findings(image) if f.code == "CARD-PIN-DISABLED"]
    assert one.severity is Severity.ERROR
    (one,) = [
        f for f in structure_findings(guarded(enabled=False)) if f.code == "CARD-PIN-DISABLED"
    ]
    assert one.severity is Severity.WARNING


def test_a_card_with_other_rules_while_the_pin_is_off_is_not_judged_by_those_for_it_on():
    image = guarded(enabled=False)
    pairs = edited(image, lambda plain: plain["card"].update(quirks={"fcp": ["se-pairs"]}))
    assert "CARD-PIN-DISABLED" in structure_codes(image)
    assert "CARD-PIN-DISABLED" not in structure_codes(pairs)


def sim(**access: str) -> CardImage:
    """A 2G SIM whose document has these access conditions."""
    item = {"label": "x", "format": "oma-cp", "fid": "6411", "size": 256, "hex": CP.hex()}
    profile = {"schema": "smartboot/profile/1", "name": "sim", "kind": "sim"}
    image = render(profile_from_text(json.dumps({**profile, "data_objects": [item]})))
    return with_access("7F50/6411", image, **access)


@pytest.mark.parametrize(
    ("image", "codes"),
    [
        (sim, []),
        (lambda: sim(read="pin1"), ["CARD-PIN-DISABLED", "P15-NOT-PRIVATE"]),
        (lambda: with_pin(sim(read="pin1"), "01", enabled=True), ["P15-NOT-PRIVATE"]),
        (
            lambda: with_pin(sim(read="pin1"), "01", enabled=True, remaining=0),
            ["CARD-PIN-BLOCKED", "P15-NOT-PRIVATE"],
        ),
        (lambda: sim(update="always"), ["CARD-UPDATE-OPEN"]),
        (lambda: sim(deactivate="always"), ["CARD-REMOVE-OPEN"]),
        (lambda: sim(read="adm1"), ["CARD-READ-NEVER", "P15-NOT-PRIVATE"]),
        (
            lambda: with_file(sim(), "7F50/6411", life_cycle="deactivated"),
            ["CARD-FILE-DEACTIVATED"],
        ),
        (lambda: with_file(sim(), "7F50/6411", sfi=3), []),
    ],
)
def test_a_2g_sim_is_judged_by_its_headers(image, codes):
    assert structure_codes(image()) == codes


def test_a_record_of_ef_dir_behind_the_one_searched_for_is_judged_too():
    image = with_dir((PKCS15, "3F00/7F50"))
    records = [*[record.hex() for record in image.find("2F00").records], "6103500178"]
    report = report_of(with_file(image, "2F00", records=records))
    assert "P15-DIR-MALFORMED" in {finding.code for finding in report.findings}


def test_checking_spends_no_try():
    tries = []
    for image in (sound(), guarded(), with_access("7F50/6432", update="adm1 and pin1")):
        virtual = VirtualCard(with_pin(image, "01", enabled=True, remaining=2))
        report_of_card(virtual)
        report_of_card(virtual)
        tries += [pin.remaining for pin in virtual.to_image().pins]
    assert tries == [2, 10] * 3


def test_checking_leaves_the_card_as_it_was():
    virtual = VirtualCard(with_files(sound(), {"fid": "6440", "size": 4}))
    before = virtual.to_image()
    report_of_card(virtual)
    assert virtual.to_image() == before
