"""Cards at the edge of what is planned for: what verify says of each, and what a dump keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from smartboot.card.base import FilePath
from smartboot.errors import CardNotPreparedError, PinRefusedError, UsageError
from smartboot.image import CardImage, image_from_data
from smartboot.pkcs15.dodf_write import encode_entry, make_entry
from smartboot.profiles.load import LoadedProfile
from smartboot.profiles.render import render
from smartboot.provision.apply import apply
from smartboot.provision.backup import backup_files, dump_card, image_iccid
from smartboot.provision.desired import desired_from_profile
from smartboot.provision.erase import plan_erase
from smartboot.provision.plan import plan_write
from smartboot.provision.rows import edit_rows, find_copy
from smartboot.provision.steps import Plan
from smartboot.provision.verify import Difference, compare
from smartboot.virtual import VirtualCard
from tests.support.provision import (
    again_is_empty,
    bare,
    content,
    document,
    documents,
    file_of,
    keys,
    one,
    opened,
    plain_of,
    prepared,
    profile,
    unlisted,
    write,
)

HOME = "7F50"
LWM2M, OTHER = document("lwm2m"), document("lwm2m", secret="a-different-one9")
Change = Callable[[dict[str, Any]], None]


def the_profile() -> LoadedProfile:
    return one("lwm2m", LWM2M)


def changed(change: Change, loaded: LoadedProfile | None = None) -> CardImage:
    """The card of the profile after ``change`` was made to its image."""
    plain = plain_of(render(loaded or the_profile()))
    change(plain)
    return image_from_data(plain)


def without(*fids: str) -> Change:
    def change(plain: dict[str, Any]) -> None:
        home = file_of(plain, HOME)
        home["files"] = [file for file in home["files"] if file["fid"] not in fids]

    return change


def with_fields(fid: str, **fields: Any) -> Change:
    def change(plain: dict[str, Any]) -> None:
        file_of(plain, HOME, fid).update(fields)

    return change


def as_records(fid: str) -> Change:
    def change(plain: dict[str, Any]) -> None:
        home = file_of(plain, HOME)
        home["files"] = [file for file in home["files"] if file["fid"] != fid]
        home["files"].append({"fid": fid, "type": "linear-fixed", "records": ["00" * 20]})

    return change


def differences(image: CardImage, loaded: LoadedProfile | None = None) -> list[Difference]:
    card = opened(VirtualCard(image))
    return compare(card, desired_from_profile(loaded or the_profile()), keys=keys)


# -- verify


@pytest.mark.parametrize(
    ("change", "kind", "path"),
    [
        pytest.param(unlisted, "not-listed", "3F00/2F00", id="not in EF(DIR)"),
        pytest.param(without("6432"), "missing-file", "7FFF/6432", id="no document"),
        pytest.param(
            with_fields("6432", data=OTHER.hex()), "content", "7FFF/6432", id="another document"
        ),
        pytest.param(
            with_fields("6432", data=""), "content", "7FFF/6432", id="a file never filled"
        ),
        pytest.param(as_records("6432"), "unreadable", "7FFF/6432", id="records"),
        pytest.param(
            with_fields("6432", access={"read": "never", "update": "adm1"}),
            "unreadable",
            "7FFF/6432",
            id="nobody may read",
        ),
        pytest.param(with_fields("5032", data=""), "content", "7FFF/5032", id="no TokenInfo"),
        pytest.param(with_fields("6430", data=""), "missing-entry", "7FFF/6430", id="no entry"),
    ],
)
def test_each_difference_has_its_kind_and_place(change: Change, kind: str, path: str) -> None:
    (found,) = differences(changed(change))
    assert (found.kind, str(found.path)) == (kind, path)
    assert LWM2M.hex() not in found.message
    assert found.to_dict()["path"] == path


def test_a_card_without_the_application_says_that_and_nothing_else() -> None:
    (found,) = differences(bare(the_profile()))
    assert (found.kind, str(found.path)) == ("missing-application", "3F00/7F50")


def test_a_document_longer_than_its_file() -> None:
    long = one("lwm2m", document("lwm2m", more=200), 400)
    image = changed(with_fields("6432", size=len(LWM2M)))
    found = differences(image, long)
    assert [d.kind for d in found] == ["too-small", "content"]
    assert f"has {len(LWM2M)} bytes" in found[0].message
    assert found[1].offset is not None
    assert found[1].length is not None
    assert found[1].offset + found[1].length == len(long.documents[0])


def test_an_entry_with_another_label_is_told_apart_from_a_missing_one() -> None:
    renamed = one("lwm2m", LWM2M, label="renamed")
    (found,) = differences(render(the_profile()), renamed)
    assert found.kind == "other-entry"
    assert "6432" in found.message


def test_without_an_odf_nothing_is_listed() -> None:
    found = differences(changed(without("5031")))
    assert {d.kind for d in found} == {"missing-file", "missing-entry"}
    assert "EF(ODF)" in found[0].message


def test_a_copy_that_a_torn_write_left_is_a_difference_until_it_is_cleared() -> None:
    loaded = one("lwm2m", LWM2M)
    other = encode_entry(make_entry("2.5.4.3", FilePath((0x6F40,)), label="other"))
    ours = desired_from_profile(loaded).objects[0].entry.raw
    saved = [w for w in _edit([ours, other], [b"\x30\x03abc", other]).writes if w[2] == "keep-copy"]
    row = (ours + other).ljust(256, b"\xff")
    for at, piece, _ in saved:
        row = row[:at] + piece + row[at + len(piece) :]
    copy = find_copy(row)
    assert copy is not None
    assert copy.row == other
    image = changed(with_fields("6430", data=row.hex()))
    (found,) = differences(image)
    assert (found.kind, str(found.path)) == ("leftover", "7FFF/6430")
    card = VirtualCard(image)
    _, done = write(card, desired_from_profile(loaded))
    assert done.verified
    assert compare(opened(card), desired_from_profile(loaded), keys=keys) == []
    assert content(card, f"{HOME}/6430") == (ours + other).ljust(256, b"\xff")


def _edit(old: list[bytes], new: list[bytes]) -> Any:
    data = b"".join(old).ljust(256, b"\xff")
    return edit_rows(data, 256, old, new, keep=frozenset(old[1:]))


def test_a_wrong_pin_ends_verifying() -> None:
    loaded = one("lwm2m", LWM2M, access={"read": "pin1", "update": "adm1"})
    card = opened(VirtualCard(render(loaded)))
    with pytest.raises(PinRefusedError):
        compare(card, desired_from_profile(loaded), keys=lambda _: b"9999")


# -- writing


def test_a_document_that_nobody_may_read_is_written_whole_and_not_called_verified() -> None:
    access = {"read": "never", "update": "adm1"}
    before = one("lwm2m", LWM2M, 300, access=access)
    after = one("lwm2m", OTHER, 300, access=access)
    card = VirtualCard(render(before))
    plan, done = write(card, desired_from_profile(after))
    assert "PROV-UNREADABLE" in [f.code for f in plan.findings]
    assert content(card, f"{HOME}/6432") == OTHER.ljust(300, b"\xff")
    assert not any(item.path.fid == 0x6432 for item in plan.expected)
    assert done.mismatches == ()


def test_an_application_prepared_without_any_file() -> None:
    """A DF with a name in which the issuer made nothing: --create makes the rest."""

    def empty(plain: dict[str, Any]) -> None:
        home = file_of(plain, HOME)
        home["files"] = []
        home["access"] = {"create-ef": "adm1", "delete-child": "adm1", "create-df": "adm1"}

    card = VirtualCard(changed(empty))
    with pytest.raises(CardNotPreparedError, match="5031"):
        write(card, desired_from_profile(the_profile()))
    _, done = write(card, desired_from_profile(the_profile()), create=True)
    assert done.verified
    assert [found for _, found, _ in documents(card)] == [LWM2M]
    assert again_is_empty(card, desired_from_profile(the_profile()))


def test_a_directory_file_too_small_and_not_to_be_enlarged() -> None:
    two = profile(
        {"format": "lwm2m", "fid": "6432", "data": LWM2M, "size": 300, "label": "first " * 10},
        {
            "format": "oma-cp",
            "fid": "6411",
            "data": document("client-provisioning"),
            "size": 600,
            "label": "second " * 10,
        },
    )
    plain = plain_of(prepared(two))
    file_of(plain, HOME, "6430")["size"] = 100
    card = VirtualCard(image_from_data(plain))
    before = card.to_image()
    with pytest.raises(CardNotPreparedError, match="6430") as caught:
        write(card, desired_from_profile(two))
    assert any("100 bytes" in line for line in caught.value.files)
    assert card.to_image() == before


def test_an_odf_with_no_room_for_one_more_directory() -> None:
    plain = plain_of(prepared(the_profile()))
    odf = file_of(plain, HOME, "5031")
    # Another class of objects fills it.
    odf["data"] = "A806300404024F02"
    odf["size"] = 10
    card = VirtualCard(image_from_data(plain))
    with pytest.raises(CardNotPreparedError, match=r"EF\(ODF\) has 10 bytes and needs 16"):
        plan_write(opened(card), desired_from_profile(the_profile()), keys=keys)


@pytest.mark.parametrize("create", [True, False])
def test_a_card_without_token_info(create: bool) -> None:
    plain = plain_of(prepared(the_profile()))
    without("5032")(plain)
    file_of(plain, HOME)["access"] = {"create-ef": "adm1"}
    card = VirtualCard(image_from_data(plain))
    plan, done = write(card, desired_from_profile(the_profile()), create=create)
    assert done.verified
    there = card.to_image().find(f"{HOME}/5032") is not None
    assert there is create
    assert ("PROV-NO-TOKENINFO" in [f.code for f in plan.findings]) is not create


def test_token_info_that_does_not_fit_is_told_and_left() -> None:
    plain = plain_of(prepared(the_profile()))
    file_of(plain, HOME, "5032")["size"] = 8
    card = VirtualCard(image_from_data(plain))
    plan, done = write(card, desired_from_profile(the_profile()))
    assert done.verified
    (finding,) = [f for f in plan.findings if f.code == "PROV-NO-TOKENINFO"]
    assert "8 of" in finding.message
    assert content(card, f"{HOME}/5032") == b"\xff" * 8


def test_ef_dir_that_is_no_record_file_or_full() -> None:
    plain = plain_of(prepared(the_profile(), listed=False))
    file_of(plain, "2F00").clear()
    plain["files"][0] = {"fid": "2F00", "size": 80, "access": {"read": "always", "update": "adm1"}}
    card = VirtualCard(image_from_data(plain))
    plan, done = write(card, desired_from_profile(the_profile()))
    assert done.verified
    assert "PROV-NO-DIR" in [f.code for f in plan.findings]
    plain = plain_of(prepared(the_profile(), listed=False))
    file_of(plain, "2F00")["records"] = ["61074F05A000000003"] * 4
    with pytest.raises(CardNotPreparedError, match="no free record"):
        write(VirtualCard(image_from_data(plain)), desired_from_profile(the_profile()))


# -- erasing


def test_erasing_where_nothing_is() -> None:
    for image in (bare(the_profile()), prepared(the_profile())):
        card = VirtualCard(image)
        assert plan_erase(opened(card), keys=keys).is_empty
        assert plan_erase(opened(card), keys=keys, keep_files=False).is_empty is (
            image.find(HOME) is None
        )


def test_erasing_a_document_whose_file_is_gone_takes_its_entry() -> None:
    card = VirtualCard(changed(without("6432")))
    handle = opened(card)
    plan = plan_erase(handle, keys=keys)
    assert {step.path.fid for step in plan.steps} == {0x6430}
    assert apply(handle, plan, keys=keys).verified
    assert not content(card, f"{HOME}/6430").strip(b"\x00\xff")


def test_erasing_with_a_directory_that_cannot_be_taken_apart() -> None:
    entry = desired_from_profile(the_profile()).objects[0].entry.raw
    image = changed(with_fields("6430", data=(entry + b"\x30\x85\x01\x02").hex()))
    card = VirtualCard(image)
    with pytest.raises(CardNotPreparedError, match="cannot be taken off") as caught:
        plan_erase(opened(card), keys=keys)
    assert "6430" in caught.value.files[0]


def test_an_object_that_is_a_part_of_a_file_is_erased_and_its_neighbour_stays() -> None:
    from smartboot.pkcs15.path import Path

    part = make_entry("2.23.43.9.1", Path(FilePath((0x6432,)), 200, len(LWM2M)), label="part")
    other = encode_entry(make_entry("2.5.4.3", FilePath((0x6432,)), label="the file"))
    data = b"neighbour".ljust(200, b"\x11") + LWM2M
    image = changed(
        lambda plain: (
            file_of(plain, HOME, "6430").update(data=(encode_entry(part) + other).hex()),
            file_of(plain, HOME, "6432").update(data=data.hex()),
        )[0]
    )
    card = VirtualCard(image)
    handle = opened(card)
    assert apply(handle, plan_erase(handle, keys=keys, keep_files=False), keys=keys).verified
    body = content(card, f"{HOME}/6432")
    assert body[:200] == data[:200]
    assert not body[200:].strip(b"\xff")
    assert content(card, f"{HOME}/6430").startswith(other)


def erase(card: VirtualCard, *, keep_files: bool = True) -> Plan:
    """Erase, all of it; the plan."""
    handle = opened(card)
    plan = plan_erase(handle, keys=keys, keep_files=keep_files)
    assert apply(handle, plan, keys=keys).mismatches == ()
    assert documents(card) == []
    assert plan_erase(opened(card), keys=keys, keep_files=keep_files).is_empty
    return plan


def test_erasing_a_document_that_nobody_may_read_covers_the_whole_file() -> None:
    access = {"read": "never", "update": "adm1"}
    card = VirtualCard(render(one("lwm2m", LWM2M, 300, access=access)))
    plan = erase(card)
    assert content(card, f"{HOME}/6432") == b"\xff" * 300
    assert not any(item.path.fid == 0x6432 for item in plan.expected)


def test_erasing_before_others_without_room_for_a_copy_says_what_is_at_stake() -> None:
    ours = desired_from_profile(the_profile()).objects[0].entry.raw
    other = encode_entry(make_entry("2.5.4.3", FilePath((0x6F40,)), label="of someone else"))
    row = (ours + other).hex()
    card = VirtualCard(changed(with_fields("6430", data=row, size=len(ours + other))))
    plan = erase(card)
    (finding,) = [f for f in plan.findings if f.code == "PROV-NO-ROOM-FOR-COPY"]
    assert finding.where == "EF 6430"
    assert content(card, f"{HOME}/6430").startswith(other)


def test_deleting_an_application_that_is_found_by_its_place_alone() -> None:
    """EF(DIR) does not list it and it has no name: its DF is what goes."""

    def nameless(plain: dict[str, Any]) -> None:
        unlisted(plain)
        home = file_of(plain, HOME)
        home.pop("aid", None)
        home["type"] = "df"
        home["access"] = {"delete": "adm1", "delete-child": "adm1"}

    card = VirtualCard(changed(nameless))
    plan = erase(card, keep_files=False)
    assert str(plan.steps[-1]).startswith("DELETE FILE file 7F50")


def test_what_is_kept_of_a_directory_of_directories_with_others() -> None:
    """Another EF(DODF) of other people's objects: only our entries and files go."""
    other = encode_entry(make_entry("2.5.4.3", FilePath((0x6F40,)), label="another"))

    def change(plain: dict[str, Any]) -> None:
        home = file_of(plain, HOME)
        home["access"] = {"delete": "adm1", "delete-child": "adm1"}
        home["files"].append({"fid": "6F30", "size": 100, "data": other.hex()})
        odf = file_of(plain, HOME, "5031")
        odf["data"] += "A706300404026F30"

    card = VirtualCard(changed(change))
    erase(card, keep_files=False)
    image = card.to_image()
    assert image.find(f"{HOME}/6432") is None
    assert content(card, f"{HOME}/6F30").startswith(other)
    assert image.find(f"{HOME}/6430") is not None


# -- plans


def test_a_plan_in_words_and_in_json_holds_no_content() -> None:
    loaded = one("lwm2m", LWM2M, 300)
    card = opened(VirtualCard(bare(loaded)))
    plan = plan_write(card, desired_from_profile(loaded), create=True, keys=keys)
    told = "\n".join(plan.lines())
    plain = plan.to_dict()
    assert LWM2M[20:40].hex() not in (told + str(plain)).lower()
    assert "CREATE FILE file 6432" in told
    assert "(validate)" in told
    assert [step["action"] for step in plain["steps"]] == [step.action for step in plan.steps]
    assert {"create-file", "update-binary", "update-record"} <= {s.action for s in plan.steps}
    assert sum(step["tpdus"] for step in plain["steps"]) < plain["tpdus"]


def test_a_plan_with_nothing_to_do() -> None:
    card = opened(VirtualCard(render(the_profile())))
    plan = plan_write(card, desired_from_profile(the_profile()), keys=keys)
    assert plan.lines() == ["nothing to do: the card is as it should be"]
    assert (plan.tpdus, plan.to_dict()["empty"]) == (0, True)


# -- backups


def test_a_backup_of_files_that_are_not_there_yet() -> None:
    card = VirtualCard(bare(the_profile()))
    dump = backup_files(opened(card), [FilePath((0x7FFF, 0x6432)), FilePath((0x3F00, 0x2F05))])
    assert dump.image.find(HOME) is None
    assert dump.image.find("2F05") is not None
    assert dump.unread == ()


def test_every_file_that_the_directories_name_is_in_a_dump() -> None:
    """EF(UnusedSpace), a class of objects nobody here writes, and one that is not there."""
    plain = plain_of(render(the_profile()))
    odf = file_of(plain, HOME, "5031")
    odf["data"] += "A806300404024F02" + "A4063004040244AA" + "A00630040402FFFF"
    file_of(plain, HOME)["files"].append({"fid": "4F02", "size": 20, "data": "3000"})
    dump = dump_card(opened(VirtualCard(image_from_data(plain))), keys=keys)
    kept = dump.image.find(f"{HOME}/4F02")
    assert kept is not None
    assert (kept.name, kept.data) == ("EF.A8", bytes.fromhex("3000"))
    assert "PROV-FILE-ABSENT" in [f.code for f in dump.findings]


def test_a_directory_where_a_document_should_be_is_no_document() -> None:
    def change(plain: dict[str, Any]) -> None:
        home = file_of(plain, HOME)
        home["files"] = [file for file in home["files"] if file["fid"] != "6432"]
        home["files"].append({"fid": "6432", "type": "df"})

    dump = dump_card(opened(VirtualCard(changed(change))), keys=keys)
    (finding,) = [f for f in dump.findings if f.code == "PROV-NOT-READ"]
    assert "directory" in finding.message


@pytest.mark.parametrize("kind", ["ber-tlv", "internal"])
def test_a_file_that_has_no_content_to_copy_is_named(kind: str) -> None:
    def change(plain: dict[str, Any]) -> None:
        without("6432")(plain)
        file_of(plain, HOME)["files"].append({"fid": "6432", "type": kind, "size": 30})

    dump = dump_card(opened(VirtualCard(changed(change))), keys=keys)
    assert dump.unread == ("3F00/7F50/6432",)


def test_the_number_in_an_image_that_has_none() -> None:
    plain = plain_of(render(the_profile()))
    assert image_iccid(image_from_data(plain)) == "89882110000000000010"
    file_of(plain, "2FE2")["data"] = "FF" * 10
    assert image_iccid(image_from_data(plain)) is None
    plain["files"] = [file for file in plain["files"] if file["fid"] != "2FE2"]
    plain["files"].append({"fid": "2FE2", "type": "df"})
    assert image_iccid(image_from_data(plain)) is None


def test_a_profile_whose_directory_does_not_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    from smartboot.provision import desired

    loaded = the_profile()
    monkeypatch.setattr(
        desired, "directory_files", lambda _: {0x6430: b"", 0x5031: b"", 0x5032: b""}
    )
    with pytest.raises(UsageError, match="does not read back"):
        desired.desired_from_profile(loaded)
