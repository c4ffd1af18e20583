"""Paths on the card that are as long as a path can be: findings, never a crash."""

from __future__ import annotations

import pytest

from smartboot.card import FileInfo, FileKind, FilePath
from smartboot.card.uicc_files import arr_directories
from smartboot.image import CardImage
from tests.support.cards import read_image, with_file
from tests.support.checked import report_of
from tests.support.checked_cards import PKCS15, application, edited, entry, sound, with_entries

DEEP = "/".join(["3F00", *(f"5F{number:02X}" for number in range(7))])
"""Eight file ids, the most there are: nothing can stand below."""


def with_record(body: str, image: CardImage | None = None) -> CardImage:
    record = f"61{len(body) // 2:02X}{body}"
    changes = {"records": [record], "record_size": 80}
    return with_file(sound() if image is None else image, "2F00", **changes)


def without_aid(image: CardImage) -> CardImage:
    def edit(plain) -> None:
        application(plain).update(type="df")
        del application(plain)["aid"]

    return edited(image, edit)


@pytest.mark.parametrize("change", [lambda image: image, without_aid], ids=["aid", "path"])
def test_an_application_at_the_end_of_the_longest_path(change):
    path = DEEP.replace("/", "")
    image = change(with_record(f"4F0C{PKCS15.hex()}51{len(path) // 2:02X}{path}"))
    data, _ = read_image(image)
    assert data.objects, "DF 7F50 is tried when the path leads nowhere"
    report_of(image)


def test_a_token_info_below_the_longest_path():
    inner = "A012" + "0410" + "5F00" * 8
    image = with_record(f"4F0C{PKCS15.hex()}51043F007F5073{len(inner) // 2:02X}{inner}")
    data, _ = read_image(image, everything=True)
    assert [finding.code for finding in data.findings if finding.where == "EF(TokenInfo)"] == [
        "P15-ENTRY-MALFORMED"
    ]
    assert "P15-TOKEN-ABSENT" in {finding.code for finding in report_of(image).findings}


@pytest.mark.parametrize("count", [7, 8])
@pytest.mark.parametrize("start", ["", "3F00/"])
def test_a_document_at_the_end_of_the_longest_path(count, start):
    rest = count - bool(start) - 1
    path = start + "/".join([*(f"5F{number:02X}" for number in range(rest)), "6432"])
    data, _ = read_image(with_entries(entry(path)))
    assert len(data.objects) == 1
    report_of(with_entries(entry(path)))


def test_access_rules_of_the_deepest_directory_are_looked_for_above_it():
    info = FileInfo(FilePath.parse(DEEP), FileKind.DF)
    assert (0x3F00,) in arr_directories(info, 0x6F06)
    assert all(len(ids) < 8 for ids in arr_directories(info, 0x6F06))
