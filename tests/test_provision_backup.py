"""Dumping cards: what is in the image, what cannot be, and that the image lives again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smartboot.bootstrap import read_bootstrap
from smartboot.card import FilePath, open_card
from smartboot.image import CardImage, FileImage, image_from_data, image_from_text
from smartboot.profiles.load import load_profile_or_image
from smartboot.provision.backup import Dump, backup_files, dump_card, image_iccid, unread_files
from smartboot.virtual import InProcessConnection, VirtualCard
from tests.support.cards import LWM2M_160, profile_card, with_file
from tests.support.cli import PROFILES

SHIPPED = sorted(PROFILES.glob("*.yaml"))
UPDATES = (0xD6, 0xDC, 0xE0, 0xE4, 0xD4)


def pin1(reference: int) -> bytes | None:
    return b"1234" if reference == 1 else None


def dump(image: CardImage, **options: Any) -> tuple[Dump, VirtualCard]:
    card = VirtualCard(image)
    return dump_card(open_card(InProcessConnection(card)), **options), card


def lwm2m_card(**options: Any) -> CardImage:
    return profile_card([("lwm2m", 0x6432, LWM2M_160, 300)], **options)


@pytest.mark.parametrize("profile", SHIPPED, ids=lambda path: path.stem)
def test_a_dump_reads_and_dumps_as_the_card_did(profile: Path) -> None:
    image = load_profile_or_image(profile)
    first, card = dump(image, keys=pin1)
    if image.card.access_encoding != "compact":
        assert first.findings == ()
    assert first.locked == first.unread == ()
    assert not any(card.instructions[ins] for ins in UPDATES)
    again = image_from_text(first.image.to_yaml())
    assert again == first.image
    second, _ = dump(again)
    assert second.image == first.image
    before = read_bootstrap(open_card(InProcessConnection(VirtualCard(image))), keys=pin1)
    after = read_bootstrap(open_card(InProcessConnection(VirtualCard(again))))
    assert after.accounts == before.accounts != ()
    assert [o.content for o in after.objects] == [o.content for o in before.objects]
    assert after.card == before.card.__class__(
        after.card.reader, before.card.atr, before.card.iccid, before.card.kind
    )


@pytest.mark.parametrize("encoding", ["referenced", "expanded", "compact"])
def test_access_conditions_are_kept_whatever_their_encoding(encoding: str) -> None:
    image = lwm2m_card(read="pin1", virtual={"access_encoding": encoding})
    result, _ = dump(image, keys=pin1)
    if encoding == "compact":
        # A security condition byte names no key: the card's own words are kept instead.
        assert "PROV-ACCESS-NOT-EXPRESSED" in {f.code for f in result.findings}
        file = result.image.find("7F50/6432")
        assert file is not None
        assert file.fcp_raw is not None
        return
    file = result.image.find("7F50/6432")
    assert file is not None
    assert file.access is not None
    assert (file.access["read"], file.access["update"]) == ("pin1", "adm1")
    assert file.fcp_raw is None
    assert (file.arr is not None) == (encoding == "referenced")


def test_sizes_and_bytes_behind_the_document_are_kept() -> None:
    image = with_file(lwm2m_card(), "7F50/6432", data=(LWM2M_160 + bytes(20) + b"old").hex(), sfi=3)
    result, _ = dump(image)
    file = result.image.find("7F50/6432")
    assert file is not None
    assert (file.size, file.sfi) == (300, 3)
    assert file.data == LWM2M_160 + bytes(20) + b"old"


def test_what_needs_a_pin_is_named_and_not_left_out() -> None:
    result, card = dump(lwm2m_card(read="pin1"))
    assert result.locked == ("PIN1",)
    assert result.unread == unread_files(result.image) == ("3F00/7F50/6432",)
    file = result.image.find("7F50/6432")
    assert file is not None
    assert file.name == "not read: needs PIN1"
    assert (file.size, file.data) == (300, b"")
    (finding,) = result.findings
    assert (finding.code, finding.where) == ("PROV-NOT-READ", "file 3F00/7F50/6432")
    assert card.instructions[0x20] == 0


def test_a_key_that_opened_a_file_is_nowhere_in_the_image() -> None:
    image = lwm2m_card(read="adm1")
    pins = [{"reference": "0A", "value": "97531864"}]
    plain = image.model_dump(mode="json", by_alias=True, exclude_none=True)
    result, card = dump(image_from_data({**plain, "pins": pins}), keys=lambda _: b"97531864")
    assert card.instructions[0x20] == 2  # the question for the tries left, and the key
    assert result.locked == ()
    text = result.image.to_yaml()
    assert "97531864" not in text
    assert b"97531864".hex() not in text.lower()
    assert [(pin.reference, pin.value, pin.enabled) for pin in result.image.pins] == [
        (0x0A, b"12345678", True)
    ]
    assert "placeholder" in result.image.pins[0].name


def test_a_wrong_key_is_sent_once_for_all_files() -> None:
    image = profile_card(
        [("lwm2m", 0x6432, LWM2M_160, 300), ("oma-cp", 0x6433, b"\x03\x0b\x6a\x00\xc5\x01", 40)],
        read="pin1",
    )
    result, card = dump(image, keys=lambda _: b"9999")
    assert len(result.unread) == 2
    sent = [e for e in card.log if e.command[1] == 0x20 and len(e.command) > 5]
    assert len(sent) == 1


def test_a_card_without_channels_and_one_without_the_application() -> None:
    result, _ = dump(lwm2m_card(virtual={"channels": 1}))
    assert result.image.card.channels == 1
    blank = image_from_data({"schema": "smartboot/image/1"})
    result, _ = dump(blank)
    assert [file.fid for file in result.image.files] == [0x2F06]
    assert result.iccid is None
    assert "P15-APPLICATION-ABSENT" in {f.code for f in result.findings}


def test_files_that_nothing_lists_are_looked_for() -> None:
    image = with_file(lwm2m_card(), "7F50/6430", data="")
    result, _ = dump(image)
    file = result.image.find("7F50/6432")
    assert file is not None
    assert file.data == LWM2M_160


def test_a_size_that_is_a_lie_is_kept_as_one() -> None:
    image = with_file(lwm2m_card(), "7F50/6432", fcp_size=60_000)
    result, _ = dump(image)
    file = result.image.find("7F50/6432")
    assert file is not None
    assert (file.size, file.fcp_size) == (300, 60_000)
    assert image_from_text(result.image.to_yaml()) == result.image


def test_a_refused_file_is_named_with_its_status_word() -> None:
    image = with_file(lwm2m_card(), "7F50/6432", life_cycle="terminated")
    result, _ = dump(image)
    assert result.unread == ("3F00/7F50/6432",)
    file = result.image.find("7F50/6432")
    assert file is not None
    assert file.name.startswith("not read: refused with 6")
    assert file.life_cycle == "terminated"


def test_backup_holds_the_files_asked_for_and_who_the_card_is() -> None:
    image = lwm2m_card()
    paths = [FilePath((0x7FFF, 0x6432)), FilePath((0x3F00, 0x2F00)), FilePath((0x7FFF, 0x6499))]
    card = VirtualCard(image)
    result = backup_files(open_card(InProcessConnection(card)), paths)
    names = {"/".join(f"{fid:04X}" for fid in path) for path, _ in result.image.walk()}
    assert names == {
        *("3F00/2F06", "3F00/2FE2", "3F00/2F00", "3F00/7F50", "3F00/7F50/6F06", "3F00/7F50/6432")
    }
    assert image_iccid(result.image) == result.iccid == "89882110000000000010"
    assert result.findings == ()


def test_a_file_reached_by_two_paths_is_read_once() -> None:
    image = lwm2m_card()
    paths = [FilePath((0x7FFF, 0x6432)), FilePath((0x3F00, 0x7F50, 0x6432))]
    card = VirtualCard(image)
    backup_files(open_card(InProcessConnection(card)), paths)
    reads = [e for e in card.log if e.command[1] == 0xB0 and len(e.response) == 258]
    assert len(reads) == 1


def test_iccid_of_images() -> None:
    assert image_iccid(image_from_data({"schema": "smartboot/image/1"})) is None
    broken = CardImage(files=[FileImage(fid=0x2FE2, data=b"\xab\xcd")])
    assert image_iccid(broken) is None


def test_a_card_that_answers_nonsense_gives_an_image_or_one_of_our_errors() -> None:
    from hypothesis import given, settings
    from hypothesis import strategies as st

    from smartboot.errors import SmartbootError

    image = lwm2m_card()

    @settings(max_examples=100, deadline=None)
    @given(
        st.dictionaries(st.integers(1, 90), st.integers(0, 2000), max_size=4),
        st.dictionaries(st.integers(1, 90), st.binary(min_size=2, max_size=40), max_size=3),
    )
    def check(flips: dict[int, int], answers: dict[int, bytes]) -> None:
        card = VirtualCard(image)
        card.faults.flip.update(flips)
        card.faults.override.update(answers)
        try:
            result = dump_card(open_card(InProcessConnection(card)))
        except SmartbootError:
            return
        assert image_from_text(result.image.to_yaml()) == result.image
        VirtualCard(result.image)

    check()
