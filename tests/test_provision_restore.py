"""Images back onto cards: equal afterwards, torn at any write, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartboot.bootstrap import BootstrapData, read_bootstrap
from smartboot.card import CardKind, FilePath, open_card
from smartboot.errors import (
    CardNotPreparedError,
    CardRemovedError,
    PinRequiredError,
    TransportError,
    UsageError,
)
from smartboot.image import CardImage, FileImage, image_from_data
from smartboot.model import Account, Source
from smartboot.profiles.load import load_profile_or_image, profile_from_text
from smartboot.profiles.render import render
from smartboot.provision.apply import Applied, apply
from smartboot.provision.backup import backup_files, dump_card
from smartboot.provision.restore import plan_restore
from smartboot.provision.steps import CreateFile, Plan
from smartboot.provision.templates import expanded_rule, template_of
from smartboot.virtual import InProcessConnection, VirtualCard
from tests.support.cards import LWM2M_160, profile_card, with_file
from tests.support.cli import PROFILES

SHIPPED = sorted(PROFILES.glob("*.yaml"))
UICCS = [path for path in SHIPPED if "2g" not in path.stem]
PSK = PROFILES / "lwm2m-psk.yaml"
WRITES = (0xD6, 0xDC, 0xE0, 0xE4, 0xD4)


def keys(reference: int) -> bytes | None:
    return {1: b"1234", 0x0A: b"12345678"}.get(reference)


def on(card: VirtualCard) -> Any:
    return open_card(InProcessConnection(card))


def dump(card: VirtualCard) -> CardImage:
    return dump_card(on(card), keys=keys).image


def restore(card: VirtualCard, image: CardImage, **options: Any) -> tuple[Plan, Applied]:
    opened = on(card)
    plan = plan_restore(opened, image, keys=keys, **options)
    # A 2G SIM does not tell the tries left of an ADM key.
    return plan, apply(opened, plan, keys=keys, force=opened.kind is CardKind.SIM)


def read(card: VirtualCard) -> BootstrapData:
    return read_bootstrap(on(card), keys=keys)


def accounts(card: VirtualCard) -> tuple[Account, ...]:
    """The accounts a reader finds, wherever it had to look for them."""
    return tuple(
        replace(account, source=Source(None, account.source.fid, account.source.index))
        for account in read(card).accounts
    )


def blank(image: CardImage) -> CardImage:
    """The same card before it was prepared: no application, none in EF(DIR)."""
    plain = image.model_dump(mode="json", by_alias=True, exclude_none=True)
    plain["files"] = [file for file in plain["files"] if file["fid"] != "7F50"]
    directory = next(file for file in plain["files"] if file["fid"] == "2F00")
    directory["records"] = [r for r in directory["records"] if "A000000063" not in r]
    return image_from_data(plain)


def lifetime(seconds: int, text: str | None = None) -> CardImage:
    return render(profile_from_text((text or PSK.read_text()).replace("86400", str(seconds))))


@pytest.mark.parametrize("profile", UICCS, ids=lambda path: path.stem)
def test_dump_restore_onto_a_blank_card_dump_is_the_same(profile: Path) -> None:
    original = load_profile_or_image(profile)
    image = dump(VirtualCard(original))
    card = VirtualCard(blank(original))
    assert not read(card).objects
    with pytest.raises(CardNotPreparedError) as caught:
        restore(card, image)
    assert len(caught.value.files) >= 5
    assert not any(card.instructions[ins] for ins in WRITES)
    plan, applied = restore(card, image, create=True)
    assert applied.verified
    if original.card.access_encoding != "compact":
        # Rules that name no key cannot be made again; others are, to the byte.
        assert dump(card) == image
        assert plan.findings == ()
    assert read(card).accounts == read(VirtualCard(original)).accounts
    again, _ = restore(card, image)
    assert again.is_empty


@pytest.mark.parametrize("profile", SHIPPED, ids=lambda path: path.stem)
def test_restore_undoes_any_change_of_content(profile: Path) -> None:
    original = load_profile_or_image(profile)
    image = dump(VirtualCard(original))
    changed = original
    for path, file in image.walk():
        name = "/".join(f"{fid:04X}" for fid in path[1:])
        if name.startswith("7F50/") and not file.has_records:
            changed = with_file(changed, name, data="3003020101" + "00" * 5)
    card = VirtualCard(changed)
    plan, applied = restore(card, image)
    assert applied.verified
    assert dump(card) == image
    assert not any(isinstance(step, CreateFile) for step in plan.steps)


def test_an_empty_plan_sends_nothing_that_writes() -> None:
    card = VirtualCard(load_profile_or_image(PSK))
    plan, applied = restore(card, dump(card))
    assert plan.is_empty
    assert applied.steps_done == 0
    assert not any(card.instructions[ins] for ins in WRITES)


def test_padding_of_zeros_comes_back_as_it_was() -> None:
    original = load_profile_or_image(PSK)
    image = dump(VirtualCard(original))
    changed = with_file(original, "7F50/6432", data=(LWM2M_160 + bytes(300)).hex())
    card = VirtualCard(changed)
    restore(card, image)
    assert dump(card) == image
    empty = with_file(original, "7F50/6432", data="")
    card = VirtualCard(changed)
    restore(card, dump(VirtualCard(empty)))
    assert dump(card) == dump(VirtualCard(empty))


# -- torn


def two_documents(first: int, second: int) -> CardImage:
    one = LWM2M_160.replace(b"\x01\x2c", first.to_bytes(2, "big"))
    two = LWM2M_160.replace(b"\x01\x2c", second.to_bytes(2, "big"))
    return profile_card([("lwm2m", 0x6432, one, 300), ("lwm2m", 0x6433, two, 300)])


TORN = [
    pytest.param(lifetime(86400), lifetime(43200), id="one document"),
    pytest.param(two_documents(1, 2), two_documents(3, 4), id="two documents"),
    pytest.param(
        lifetime(86400),
        load_profile_or_image(PROFILES / "lwm2m-bootstrap-server.yaml"),
        id="document and directory",
    ),
    pytest.param(
        load_profile_or_image(PROFILES / "client-provisioning-w7.yaml"),
        with_file(
            load_profile_or_image(PROFILES / "client-provisioning-w7.yaml"),
            "7F50/6411",
            data="030B6A00C54601C6560187070603426F6F7400010101",
        ),
        id="client provisioning",
    ),
]


@pytest.mark.parametrize(("old", "new"), TORN)
def test_torn_anywhere_a_reader_finds_old_new_or_less_and_a_second_run_completes(
    old: CardImage, new: CardImage
) -> None:
    wanted = dump(VirtualCard(new))
    before, after = accounts(VirtualCard(old)), accounts(VirtualCard(new))
    probe = VirtualCard(old)
    plan, _ = restore(probe, wanted, any_card=True)
    assert len(plan.steps) >= 3
    final = dump(probe)
    for writes in range(len(plan.steps)):
        card = VirtualCard(old)
        card.tear_after = writes
        with pytest.raises(TransportError) as caught:
            restore(card, wanted, any_card=True)
        assert caught.value.exit_status == 3
        card.power_on()
        found = accounts(card)
        assert set(found) <= set(before) or set(found) <= set(after), writes
        _, applied = restore(card, wanted, any_card=True)
        assert applied.verified
        assert dump(card) == final
        assert accounts(card) == after


def test_torn_while_files_are_made_a_second_run_completes() -> None:
    original = load_profile_or_image(PSK)
    image = dump(VirtualCard(original))
    wanted = accounts(VirtualCard(original))
    plan, _ = restore(VirtualCard(blank(original)), image, create=True)
    for writes in range(len(plan.steps)):
        card = VirtualCard(blank(original))
        card.tear_after = writes
        with pytest.raises(TransportError):
            restore(card, image, create=True)
        card.power_on()
        assert accounts(card) in ((), wanted), writes
        restore(card, image, create=True)
        assert accounts(card) == wanted
        assert read(card).findings == read(VirtualCard(original)).findings


# -- which card, which files


def test_an_image_of_another_card_is_refused() -> None:
    image = dump(VirtualCard(load_profile_or_image(PSK)))
    other = load_profile_or_image(PROFILES / "lwm2m-bootstrap-server.yaml")
    card = VirtualCard(other)
    number = on(card).iccid()
    with pytest.raises(UsageError, match=f"this is card {number}") as caught:
        restore(card, image)
    assert caught.value.hint is not None
    assert "--any-card" in caught.value.hint
    _, applied = restore(card, image, any_card=True)
    assert applied.verified
    assert read(card).accounts == read(VirtualCard(load_profile_or_image(PSK))).accounts
    assert on(card).iccid() == number


def test_an_image_without_a_number_or_an_application_is_refused() -> None:
    card = VirtualCard(load_profile_or_image(PSK))
    with pytest.raises(UsageError, match="without an ICCID"):
        restore(card, with_file(dump(card), "2FE2", remove=True))
    with pytest.raises(UsageError, match="no PKCS#15 application"):
        restore(card, blank(dump(card)))


def test_a_backup_of_one_file_restores_that_file_only() -> None:
    card = VirtualCard(two_documents(1, 2))
    kept = backup_files(on(card), [FilePath((0x7FFF, 0x6433))]).image
    changed = VirtualCard(two_documents(3, 4))
    plan, _ = restore(changed, kept)
    assert plan.files == (FilePath((0x7FFF, 0x6433)),)
    assert accounts(changed) == accounts(VirtualCard(two_documents(3, 2)))


def test_what_the_image_does_not_hold_is_left_alone() -> None:
    locked = profile_card([("lwm2m", 0x6432, LWM2M_160, 300)], read="pin1")
    image = dump_card(on(VirtualCard(locked))).image
    card = VirtualCard(locked)
    plan, _ = restore(card, image)
    assert plan.is_empty
    assert [f.code for f in plan.findings] == ["PROV-NOT-IN-IMAGE"]
    assert accounts(card) == accounts(VirtualCard(locked))


def test_smaller_files_are_refused_and_other_sizes_told() -> None:
    image = dump(VirtualCard(load_profile_or_image(PSK)))
    small = with_file(load_profile_or_image(PSK), "7F50/6432", size=100, data="")
    with pytest.raises(CardNotPreparedError, match="6432 has 100 bytes and needs 120"):
        restore(VirtualCard(small), image)
    other = VirtualCard(with_file(load_profile_or_image(PSK), "7F50/6432", size=500, data=""))
    plan, applied = restore(other, image)
    assert applied.verified
    assert [f.code for f in plan.findings] == ["PROV-SIZE-DIFFERS"]


def test_access_rules_on_the_card_are_not_touched() -> None:
    original = load_profile_or_image(PSK)
    image = dump(VirtualCard(original))
    file = image.find("7F50/6F06")
    assert file is not None
    arr = {
        "fid": "6F06",
        "type": "linear-fixed",
        "records": ["800103" + "9000"] * 2,
    }
    plain = dump(VirtualCard(original)).model_dump(mode="json", by_alias=True, exclude_none=True)
    application = next(f for f in plain["files"] if f["fid"] == "7F50")
    application["files"] = [arr if f["fid"] == "6F06" else f for f in application["files"]]
    card = VirtualCard(image_from_data(plain))
    plan, _ = restore(card, image)
    assert [f.code for f in plan.findings] == ["PROV-ARR-DIFFERS"]
    assert card.instructions[0xDC] == 0


def test_another_applications_record_in_ef_dir_survives() -> None:
    original = load_profile_or_image(PSK)
    image = dump(VirtualCard(original))
    records = blank(original).find("2F00").records  # type: ignore[union-attr] # it is there
    other = bytes.fromhex("61074F05A000000003")
    card = VirtualCard(
        with_file(blank(original), "2F00", records=[r.hex() for r in [*records, other]])
    )
    restore(card, image, create=True)
    found = dump(card).find("2F00")
    assert found is not None
    assert found.records[:2] == [*records, other]
    assert found.records[2].startswith(bytes.fromhex("611C4F0CA000000063"))
    full = with_file(blank(original), "2F00", records=[other.hex()] * 4)
    with pytest.raises(CardNotPreparedError, match="no free record"):
        restore(VirtualCard(full), image, create=True)


def test_files_of_a_2g_sim_are_restored_and_never_made() -> None:
    original = load_profile_or_image(PROFILES / "sim-2g-client-provisioning.yaml")
    image = dump(VirtualCard(original))
    with pytest.raises(CardNotPreparedError, match="6411"):
        restore(VirtualCard(with_file(original, "7F50/6411", remove=True)), image, create=True)


def test_no_key_without_a_refusal_and_none_at_all_without_one_given() -> None:
    card = VirtualCard(lifetime(43200))
    image = dump(VirtualCard(lifetime(86400)))
    opened = on(card)
    plan = plan_restore(opened, image)
    assert card.instructions[0x20] == 0
    with pytest.raises(PinRequiredError, match="ADM1"):
        apply(opened, plan)
    assert card.writes == 0


def test_a_card_pulled_out_while_planning_is_status_3() -> None:
    card = VirtualCard(lifetime(43200))
    image = dump(VirtualCard(lifetime(86400)))
    opened = on(card)
    card.faults.remove_after = card.tpdus + 8
    with pytest.raises(CardRemovedError):
        plan_restore(opened, image)


# -- templates


@pytest.mark.parametrize(
    ("access", "directory", "expected"),
    [
        pytest.param({"read": "always"}, False, "8001019000", id="always"),
        pytest.param({"read": "never", "update": "never"}, False, "8001039700", id="never, twice"),
        pytest.param(
            {"read": "always", "update": "adm1"},
            False,
            "8001019000800102A40683010A950108",
            id="a key",
        ),
        pytest.param(
            {"update": "pin1 and adm1"},
            False,
            "800102A710A406830101950108A40683010A950108",
            id="both keys",
        ),
        pytest.param(
            {"create-ef": "adm1", "delete-child": "adm1"},
            True,
            "800103A40683010A950108",
            id="directory",
        ),
        pytest.param(
            {"resize": "adm1", "increase": "always"},
            False,
            "840132900084" + "01D4A40683010A950108",
            id="named by instruction",
        ),
    ],
)
def test_access_rules_are_written_as_the_standard_has_them(
    access: dict[str, str], directory: bool, expected: str
) -> None:
    assert expanded_rule(access, directory=directory).hex().upper() == expected


def test_templates_by_form() -> None:
    file = FileImage(fid=0x6432, size=300, sfi=5, arr="6F06/2", access={"read": "always"})
    forms = dict(template_of(file, arr_on_card=True))
    assert list(forms) == ["8B 6F06/2", "AB"]
    assert forms["8B 6F06/2"].hex().upper() == (
        "62178202412183026432" + "8A01058B036F06028002012C880128"
    )
    assert list(dict(template_of(file, arr_on_card=False))) == ["AB"]
    assert template_of(FileImage(fid=0x6432, type="internal", size=3), arr_on_card=False) == ()
