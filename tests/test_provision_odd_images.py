"""Dumps of odd cards and images that odd cards are to be given back: kept, refused, or told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from smartboot.bootstrap import read_bootstrap
from smartboot.card.base import FilePath
from smartboot.errors import CardNotPreparedError, DecodeError, UsageError
from smartboot.image import CardImage, image_from_data
from smartboot.pkcs15 import dodf
from smartboot.pkcs15.dodf_write import encode_entry, make_entry
from smartboot.profiles.render import render
from smartboot.provision import capture
from smartboot.provision.apply import apply
from smartboot.provision.backup import dump_card
from smartboot.provision.desired import desired_from_profile
from smartboot.provision.erase import plan_erase
from smartboot.provision.facts import decode_imsi, read_imsi
from smartboot.provision.plan import plan_write
from smartboot.provision.restore import plan_restore
from smartboot.provision.steps import DeleteFile, Plan, UpdateRecord
from smartboot.virtual import VirtualCard
from tests.support.provision import (
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
    write,
)

HOME = "7F50"
LWM2M, OTHER = document("lwm2m"), document("lwm2m", secret="a-different-one9")
ARR = {
    "fid": "6F06",
    "type": "linear-fixed",
    "records": ["8001019000800102A40683010A950108"],
}


def plain_card(data: bytes = LWM2M) -> dict[str, Any]:
    return plain_of(render(one("lwm2m", data)))


def home(plain: dict[str, Any]) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = file_of(plain, HOME)["files"]
    return files


def dumped(plain: dict[str, Any] | CardImage) -> Any:
    image = plain if isinstance(plain, CardImage) else image_from_data(plain)
    return dump_card(opened(VirtualCard(image)), keys=keys)


def restored(card: VirtualCard, image: CardImage, **options: Any) -> Plan:
    handle = opened(card)
    plan = plan_restore(handle, image, keys=keys, **options)
    assert apply(handle, plan, keys=keys).verified
    return plan


# -- dumps


def test_what_a_card_says_wrongly_of_its_files_is_in_the_dump() -> None:
    plain = plain_card()
    file_of(plain, HOME)["fcp_fid"] = "7F51"
    file_of(plain, HOME, "6432").update(fcp_fid="6499", shareable=False)
    dump = dumped(plain)
    directory, file = dump.image.find(HOME), dump.image.find(f"{HOME}/6432")
    assert directory.fcp_fid == 0x7F51
    assert (file.fcp_fid, file.shareable) == (0x6499, False)
    again = dumped(dump.image)
    assert again.image == dump.image


def test_a_dump_ends_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "_MAX_TOTAL", 400)
    dump = dumped(plain_card())
    assert "3F00/7F50/6432" in dump.unread
    (finding,) = [f for f in dump.findings if f.where.endswith("6432")]
    assert "more than 400 bytes" in finding.message


def test_objects_in_the_directory_itself_have_no_file_to_dump() -> None:
    plain = plain_card()
    inline = encode_entry(make_entry("2.5.4.3", FilePath((0x6F40,)), label="inline"))
    # The path's SEQUENCE becomes an [0] with the object's own bytes.
    with_bytes = inline.replace(bytes.fromhex("300404026F40"), bytes.fromhex("A00404026F40"))
    assert with_bytes != inline
    file_of(plain, HOME, "6430")["data"] += with_bytes.hex()
    file_of(plain, HOME, "5031")["data"] += "A804A0023000"
    dump = dumped(plain)
    assert dump.image.find(f"{HOME}/6430").data.endswith(with_bytes)
    assert dump.image.find(f"{HOME}/6F40") is None
    assert dump.unread == ()


def test_the_application_of_a_card_without_a_listing_is_dumped_for_what_is_there() -> None:
    plain = plain_card()
    file_of(plain, HOME)["files"] = [f for f in home(plain) if f["fid"] != "5031"]
    dump = dumped(plain)
    assert dump.image.find(f"{HOME}/6432").data == LWM2M


def test_paths_of_the_discretionary_data_are_followed_in_a_dump() -> None:
    """EF(DIR) may name EF(ODF), EF(TokenInfo) and EF(UnusedSpace) itself (PKCS#15, 5.4)."""
    plain = plain_card()
    paths = "7312" + "300404025041" + "A00404025042" + "A10404025043"
    records = file_of(plain, "2F00")["records"]
    # The tag and length of the template, then its content with one more object.
    old = next(r for r in records if "504B43532D3135" in r.upper())
    body = old[4:] + paths
    records[records.index(old)] = f"61{len(body) // 2:02X}{body}"
    file_of(plain, "2F00")["record_size"] = 60
    for old_fid, new in (("5031", "5041"), ("5032", "5042")):
        file_of(plain, HOME, old_fid)["fid"] = new
    home(plain).append({"fid": "5043", "size": 16, "data": "3000"})
    dump = dumped(plain)
    names = {f"{f.fid:04X}": f.name for f in dump.image.find(HOME).files if not f.has_records}
    assert (names["5041"], names["5042"], names["5043"]) == (
        "EF.ODF",
        "EF.TokenInfo",
        "EF.UnusedSpace",
    )


# -- images that a card cannot take


Change = Callable[[list[dict[str, Any]]], object]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            lambda files: files.append({"fid": "4F01", "type": "ber-tlv", "size": 9}),
            "of type ber-tlv cannot be made",
            id="a type that CREATE FILE is not used for",
        ),
        pytest.param(
            lambda files: (
                next(f for f in files if f["fid"] == "6432").clear()
                or files.remove({})
                or files.append({"fid": "6432", "type": "df"})
            ),
            "6432 is a directory on one side only",
            id="a directory where the card has a file",
        ),
        pytest.param(
            lambda files: (
                next(f for f in files if f["fid"] == "6432").clear()
                or files.remove({})
                or files.append({"fid": "6432", "type": "linear-fixed", "records": ["00"]})
            ),
            "6432 has another structure",
            id="records where the card has none",
        ),
    ],
)
def test_images_that_do_not_fit_are_refused_with_the_file(change: Change, message: str) -> None:
    card = VirtualCard(image_from_data(plain_card()))
    plain = plain_of(dumped(plain_card()).image)
    change(home(plain))
    before = card.to_image()
    with pytest.raises(CardNotPreparedError, match=message):
        plan_restore(opened(card), image_from_data(plain), create=True, keys=keys)
    assert card.to_image() == before


def test_an_application_below_another_directory_cannot_be_made() -> None:
    plain = plain_of(dumped(plain_card()).image)
    application = file_of(plain, HOME)
    plain["files"] = [f for f in plain["files"] if f["fid"] != HOME]
    plain["files"].append({"fid": "7F10", "type": "df", "files": [application]})
    with pytest.raises(UsageError, match="in a place where none can be made"):
        plan_restore(
            opened(VirtualCard(bare(one("lwm2m", LWM2M)))),
            image_from_data(plain),
            create=True,
            keys=keys,
        )


def test_the_deepest_file_of_an_image_can_be_made() -> None:
    plain = plain_of(dumped(plain_card()).image)
    files = home(plain)
    for level in range(5):
        directory: dict[str, Any] = {"fid": f"5F{level:02X}", "type": "df", "files": []}
        files.append(directory)
        files = directory["files"]
    files.append({"fid": "4F01", "size": 4})
    image = image_from_data(plain)
    handle = opened(VirtualCard(image_from_data(plain_card())))
    plan = plan_restore(handle, image, create=True, keys=keys)
    assert str(plan.steps[-1].path) == "7FFF/5F00/5F01/5F02/5F03/5F04/4F01"
    files.append({"fid": "5F10", "type": "df", "files": [{"fid": "4F01", "size": 4}]})
    with pytest.raises(UsageError, match="8 levels"):
        image_from_data(plain)


# -- images that a card can take


def test_a_directory_and_its_rules_are_made_again_below_the_application() -> None:
    plain = plain_card()
    home(plain).append(
        {"fid": "5F01", "type": "df", "files": [{"fid": "4F01", "size": 8, "data": "0102"}]}
    )
    home(plain).append({"fid": "4F02", "size": 8})
    image = image_from_data(plain)
    card = VirtualCard(bare(one("lwm2m", LWM2M)))
    restored(card, image, create=True)
    assert content(card, f"{HOME}/5F01/4F01") == bytes.fromhex("0102FFFFFFFFFFFF")
    assert content(card, f"{HOME}/4F02") == b"\xff" * 8
    assert plan_restore(opened(card), image, create=True, keys=keys).is_empty


def test_a_file_refers_to_a_record_only_where_it_will_say_the_same() -> None:
    plain = plain_card()
    home(plain).append(ARR)
    for file in home(plain):
        if file["fid"] == "6432":
            file.pop("access", None)
            file["arr"] = "6F06/1"
    image = image_from_data(plain)
    card = VirtualCard(bare(one("lwm2m", LWM2M)))
    restored(card, image, create=True)
    made = card.to_image().find(f"{HOME}/6432")
    assert made is not None
    assert made.data == LWM2M
    # Without that EF(ARR) in the image its records are not known, and the rules are told in full.
    plain["files"] = [f for f in plain["files"] if f["fid"] != HOME] + [
        {**file_of(plain, HOME), "files": [f for f in home(plain) if f["fid"] != "6F06"]}
    ]
    other = VirtualCard(bare(one("lwm2m", LWM2M)))
    restored(other, image_from_data(plain), create=True)
    assert other.to_image().find(f"{HOME}/6432") is not None


def test_rules_that_the_image_does_not_express_are_told() -> None:
    plain = plain_of(dumped(plain_card()).image)
    file_of(plain, HOME, "6432")["fcp_raw"] = "620E82024121830264328A0105" + "80020400"
    image = image_from_data(plain)
    card = VirtualCard(bare(one("lwm2m", LWM2M)))
    plan = restored(card, image, create=True)
    assert "PROV-ACCESS-NOT-RESTORED" in [f.code for f in plan.findings]


def test_a_directory_of_applications_that_is_gone_is_told() -> None:
    image = dumped(plain_card()).image
    plain = plain_card(OTHER)
    plain["files"] = [f for f in plain["files"] if f["fid"] != "2F00"]
    card = VirtualCard(image_from_data(plain))
    plan = restored(card, image)
    assert "PROV-DIR-NOT-RESTORED" in [f.code for f in plan.findings]
    assert [found for _, found, _ in documents(card)] == [LWM2M]


def test_the_record_of_the_application_moves_back_to_its_place() -> None:
    """The card lists it twice, in other records than the image: one is left, as in the image."""
    image = dumped(plain_card()).image
    plain = plain_card()
    records = file_of(plain, "2F00")["records"]
    ours = next(r for r in records if "504B43532D3135" in r.upper())
    place = records.index(ours)
    others = [r for r in records if r != ours]
    file_of(plain, "2F00")["records"] = [*others, "FF" * 4, ours, ours][:4]
    card = VirtualCard(image_from_data(plain))
    plan = restored(card, image)
    assert any(isinstance(step, UpdateRecord) for step in plan.steps)
    found = card.to_image().find("2F00")
    assert found is not None
    listed = [at for at, record in enumerate(found.records) if b"PKCS-15" in record]
    assert listed == [place]
    assert plan_restore(opened(card), image, keys=keys).is_empty


def test_a_directory_given_by_its_full_path_is_known_for_what_it_is() -> None:
    """EF(ODF) may give EF(DODF) from the MF on; an entry may hold its objects itself."""
    plain = plain_card()
    file_of(plain, HOME, "5031")["data"] = "A70A300804063F007F506430" + "A704A0023000"
    image = dumped(plain).image
    changed = plain_of(image_from_data(plain))
    file_of(changed, HOME, "6432")["data"] = OTHER.hex()
    file_of(changed, HOME, "6430")["data"] = ""
    card = VirtualCard(image_from_data(changed))
    plan = restored(card, image)
    purposes = [(step.path.fid, step.to_dict()["purpose"]) for step in plan.steps]
    last = {fid: at for at, (fid, _) in enumerate(purposes)}
    # The document is whole before the directory that leads to it.
    assert last[0x6432] < last[0x6430]
    assert documents(card)[0][1] == LWM2M


# -- directories of other makes


def test_a_part_of_a_file_that_is_a_directory_is_read_and_not_written() -> None:
    plain = plain_card()
    entry = desired_from_profile(one("lwm2m", LWM2M)).objects[0].entry.raw
    file_of(plain, HOME, "5031")["data"] = "A70C300A0402643002010080" + f"01{len(entry):02X}"
    card = VirtualCard(image_from_data(plain))
    assert len(documents(card)) == 1
    with pytest.raises(CardNotPreparedError, match="only a part of file 6430"):
        write(card, desired_from_profile(one("lwm2m", LWM2M, label="another label")))


def test_a_directory_of_records_is_not_written() -> None:
    plain = plain_card()
    entry = desired_from_profile(one("lwm2m", LWM2M)).objects[0].entry.raw
    file_of(plain, HOME)["files"] = [f for f in home(plain) if f["fid"] != "6430"]
    home(plain).append(
        {"fid": "6430", "type": "linear-fixed", "record_size": 60, "records": [entry.hex()]}
    )
    card = VirtualCard(image_from_data(plain))
    before = card.to_image()
    with pytest.raises(CardNotPreparedError, match="linear-fixed file"):
        write(card, desired_from_profile(one("lwm2m", LWM2M, label="another label")))
    assert card.to_image() == before


def test_a_listing_that_names_itself_or_nothing_is_left_aside() -> None:
    plain = plain_card()
    odf = file_of(plain, HOME, "5031")
    odf["data"] += "A706300404025031" + "A706300404026430" + "A704A0023000" + "A70530030401FF"
    card = VirtualCard(image_from_data(plain))
    plan = plan_write(opened(card), desired_from_profile(one("lwm2m", OTHER)), keys=keys)
    assert {step.path.fid for step in plan.steps} == {0x6432}


def test_entries_that_lead_to_the_same_file_become_one() -> None:
    plain = plain_card()
    loaded = one("lwm2m", LWM2M, label="the one")
    for oid, label in (("2.23.43.9.1", "again"), ("2.23.43.7.1", "as another")):
        entry = encode_entry(make_entry(oid, FilePath((0x6432,)), label=label))
        file_of(plain, HOME, "6430")["data"] += entry.hex()
    card = VirtualCard(image_from_data(plain))
    _, done = write(card, desired_from_profile(loaded))
    assert done.verified
    rows = dodf.decode(content(card, f"{HOME}/6430")).entries
    assert [row.common.label for row in rows] == ["the one"]


def test_rules_that_do_not_parse_are_not_referred_to() -> None:
    plain = plain_of(prepared(one("lwm2m", LWM2M)))
    home(plain)[:] = [f for f in home(plain) if f["fid"] != "6432"]
    home(plain).append({**ARR, "records": ["90009000", *ARR["records"]], "record_size": 40})
    file_of(plain, HOME)["access"] = {"create-ef": "adm1"}
    card = VirtualCard(image_from_data(plain))
    _, done = write(card, desired_from_profile(one("lwm2m", LWM2M)), create=True)
    assert done.verified
    assert [found for _, found, _ in documents(card)] == [LWM2M]


# -- deleting


def test_two_applications_in_one_record_of_ef_dir_are_not_taken_out_together() -> None:
    plain = plain_card()
    records = file_of(plain, "2F00")["records"]
    ours = next(r for r in records if "504B43532D3135" in r.upper())
    file_of(plain, "2F00")["records"] = [ours + "61074F05A000000003"]
    file_of(plain, "2F00")["record_size"] = 60
    card = VirtualCard(image_from_data(plain))
    plan = plan_erase(opened(card), keys=keys, keep_files=False)
    assert not any(isinstance(step, UpdateRecord) for step in plan.steps)
    assert any(isinstance(step, DeleteFile) for step in plan.steps)


def test_an_application_with_other_classes_of_objects_is_not_deleted() -> None:
    plain = plain_card()
    file_of(plain, HOME, "5031")["data"] += "A806300404024F02"
    card = VirtualCard(image_from_data(plain))
    handle = opened(card)
    plan = plan_erase(handle, keys=keys, keep_files=False)
    assert apply(handle, plan, keys=keys).verified
    image = card.to_image()
    assert image.find(HOME) is not None
    assert image.find(f"{HOME}/6432") is None
    assert not read_bootstrap(opened(card), keys=keys).accounts


# -- facts


@pytest.mark.parametrize("raw", ["", "00", "09" + "00" * 9, "0809", "0809A0101032547698"])
def test_what_is_no_imsi(raw: str) -> None:
    with pytest.raises(DecodeError):
        decode_imsi(bytes.fromhex(raw))


def test_a_card_whose_directory_lists_no_usim_has_no_imsi() -> None:
    plain = plain_card()
    assert read_imsi(opened(VirtualCard(image_from_data(plain)))) == "001010123456789"
    file_of(plain, "2F00")["records"] = ["61074F05A000000003"]
    assert read_imsi(opened(VirtualCard(image_from_data(plain)))) is None
