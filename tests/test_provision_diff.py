"""What differs between cards, images and profiles, and that no secret shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from smartboot.cli.sides import read_image
from smartboot.image import CardImage, image_from_data
from smartboot.profiles.load import load_profile_or_image, profile_from_text
from smartboot.profiles.render import render
from smartboot.provision.diff import Area, Comparison, Origin, Side, compare_sides
from tests.support.cards import LWM2M_160, profile_card, with_file
from tests.support.cli import PROFILES, smartboot, virtual

PSK = PROFILES / "lwm2m-psk.yaml"
SECRETS = ("A07C3391", "a07c3391", "client-example-password", "server-example-password")


def side(image: CardImage, origin: Origin = Origin.IMAGE, name: str = "x") -> Side:
    return Side(name, origin, image, read_image(image, name))


def compare(first: CardImage, second: CardImage, *origins: Origin) -> Comparison:
    one, two = origins or (Origin.IMAGE, Origin.IMAGE)
    return compare_sides(side(first, one, "a"), side(second, two, "b"))


def changed(text: str, **changes: str) -> CardImage:
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return render(profile_from_text(text))


def texts(result: Comparison, area: Area | None = None) -> list[str]:
    return [str(change) for change in result.changes if area in (None, change.area)]


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_card_does_not_differ_from_itself(path: Path) -> None:
    image = load_profile_or_image(path)
    result = compare(image, image)
    assert result.equal
    assert result.changes == ()


def test_accounts_come_first_and_field_by_field() -> None:
    text = PSK.read_text()
    result = compare(render(profile_from_text(text)), changed(text, **{"86400": "43200"}))
    assert texts(result)[0] == "account 1 (server 123): lifetime 86400 → 43200"
    assert [change.area for change in result.changes] == sorted(
        (change.area for change in result.changes), key=list(Area).index
    )
    (document,) = texts(result, Area.DATA_OBJECT)
    assert "Lifetime 86400 → 43200" in document
    (file,) = texts(result, Area.FILE)
    assert file.startswith("file 6432: content at bytes 1")
    assert "→" not in file


def test_a_secret_differs_without_being_shown() -> None:
    text = PSK.read_text()
    result = compare(render(profile_from_text(text)), changed(text, A07C="A07D"))
    assert texts(result, Area.ACCOUNT) == ["account 1 (server 123): credentials[0].secret differs"]
    everything = json.dumps(result.to_dict()) + "".join(texts(result)) + repr(result)
    assert "a07" not in everything.lower()
    (change,) = result.of(Area.ACCOUNT)
    assert (change.old, change.new, change.secret) == ("********", "********", True)


def test_a_secret_only_on_one_side() -> None:
    text = PSK.read_text()
    without = text.replace("Security Mode: psk", "Security Mode: none")
    lines = [line for line in without.splitlines() if "Secret Key" not in line]
    result = compare(render(profile_from_text(text)), render(profile_from_text("\n".join(lines))))
    found = [c for c in result.of(Area.ACCOUNT) if c.field == "credentials[0].secret"]
    assert [(c.old, c.new) for c in found] in ([("********", None)], [])
    assert "a07c" not in json.dumps(result.to_dict()).lower()


def test_accounts_are_paired_by_what_they_are() -> None:
    one = profile_card([("lwm2m", 0x6432, LWM2M_160, 300)])
    two = load_profile_or_image(PSK)
    result = compare(one, two)
    # The same role, but another server: one account, told field by field.
    assert any("server_id 300 → 123" in text for text in texts(result, Area.ACCOUNT))
    three = load_profile_or_image(PROFILES / "client-provisioning-w7.yaml")
    alone = texts(compare(two, three), Area.ACCOUNT)
    assert alone[0] == "account 1 (server 123): only in the first"
    assert alone[1].endswith("only in the second")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"size": 400}, "file 6432: size 300 → 400", id="size"),
        pytest.param({"sfi": 4}, "file 6432: SFI not there → 4", id="sfi"),
        pytest.param(
            {"access": {"read": "pin1", "update": "adm1"}},
            "file 6432: access to read always → pin1",
            id="access",
        ),
        pytest.param(
            {"life_cycle": "deactivated"},
            "file 6432: life cycle activated → deactivated",
            id="life cycle",
        ),
        pytest.param(
            {"data": (LWM2M_160 + b"\x00\x01").hex()},
            "file 6432: content at bytes 122-123 differs",
            id="bytes behind the document",
        ),
    ],
)
def test_files(change: dict[str, Any], expected: str) -> None:
    one = profile_card([("lwm2m", 0x6432, LWM2M_160, 300)])
    assert expected in texts(compare(one, with_file(one, "7F50/6432", **change)), Area.FILE)


def test_records_and_files_on_one_side_only() -> None:
    one = profile_card([("lwm2m", 0x6432, LWM2M_160, 300)])
    two = with_file(one, "2F00", records=["", "6100"])
    result = compare(one, with_file(two, "2F05", remove=True))
    assert "file 3F00/2F00: content of records 1, 2 differs" in texts(result, Area.FILE)
    assert "file 3F00/2F05: only in the first" in texts(result, Area.FILE)
    # On a card nobody looked for EF(PL): its absence from the dump says nothing.
    quiet = compare(one, two, Origin.CARD, Origin.IMAGE)
    assert not any("2F05" in text for text in texts(quiet))


def test_a_profile_is_compared_on_what_it_speaks_of() -> None:
    card = load_profile_or_image(PSK)
    other = with_file(with_file(card, "2FE2", data="988812FF"), "2F00", records=[])
    assert not compare(other, card, Origin.IMAGE, Origin.IMAGE).equal
    image = with_file(card, "2FE2", data="98881201000000000999")
    assert compare(image, card, Origin.CARD, Origin.PROFILE).equal
    extended = {"read": "always", "update": "adm1", "resize": "adm1"}
    image = with_file(card, "7F50/6432", access=extended, sfi=7)
    assert compare(image, card, Origin.CARD, Origin.PROFILE).equal


def test_what_could_not_be_read_is_said() -> None:
    one = profile_card([("lwm2m", 0x6432, LWM2M_160, 300)])
    two = with_file(one, "7F50/6432", name="not read: needs PIN1", data="")
    result = compare(one, two)
    assert result.unread == ("6432",)
    assert not any("content" in text for text in texts(result, Area.FILE))
    assert result.to_dict()["not_compared"] == ["6432"]


def test_many_changes_end_somewhere() -> None:
    files = [{"fid": f"{0x6500 + n:04X}", "data": "00"} for n in range(600)]
    one = image_from_data({"schema": "smartboot/image/1", "files": files})
    two = image_from_data(
        {"schema": "smartboot/image/1", "files": [{**f, "size": 2, "sfi": 1} for f in files]}
    )
    result = compare(one, two)
    assert result.cut
    assert len(result.changes) == 1000


# -- the command


def test_the_command_tells_the_two_apart(tmp_path: Path) -> None:
    image = tmp_path / "card.yaml"
    assert smartboot("-r", virtual("lwm2m-psk"), "dump", str(image)).status == 0
    same = smartboot("-r", virtual("lwm2m-psk"), "diff", "card", str(image))
    assert (same.status, same.err) == (0, "")
    assert same.out.startswith("Nothing differs")
    assert smartboot("-r", virtual("lwm2m-psk"), "diff", str(PSK), "card").status == 0
    assert smartboot("diff", str(PSK), str(image)).status == 0
    other = tmp_path / "other.yaml"
    other.write_text(PSK.read_text().replace("86400", "43200").replace("A07C", "A07D"))
    differs = smartboot("diff", str(image), str(other))
    assert differs.status == 1
    assert "lifetime 86400 → 43200" in differs.out
    assert "credentials[0].secret differs" in differs.out
    assert not any(secret in differs.out for secret in SECRETS)
    data = smartboot("diff", str(image), str(other), "--format", "json").json
    assert data["schema"] == "smartboot/diff/1"
    assert data["equal"] is False
    assert data["accounts"][1] == {
        "subject": "account 1 (server 123)",
        "field": "lifetime",
        "old": "86400",
        "new": "43200",
        "secret": False,
    }
    assert (data["first"]["origin"], data["second"]["origin"]) == ("image", "profile")


def test_the_command_says_what_it_could_not_read(tmp_path: Path) -> None:
    reader = virtual("lwm2m-bootstrap-server")
    image = tmp_path / "card.yaml"
    assert smartboot("-r", reader, "dump", str(image), "--pin", "1234").status == 0
    locked = smartboot("-r", reader, "diff", str(image), "card")
    assert locked.status == 6
    assert "content not compared" in locked.out
    assert "PIN1" in locked.err
    assert smartboot("-r", reader, "diff", str(image), "card", "--pin", "1234").status == 0


def test_wrong_arguments(tmp_path: Path) -> None:
    assert smartboot("diff", "card", "card").status == 2
    assert smartboot("diff", str(PSK)).status == 2
    assert smartboot("diff", str(PSK), str(tmp_path / "absent.yaml")).status == 2
    text = tmp_path / "text.yaml"
    text.write_text("schema: something else\n")
    assert smartboot("diff", str(PSK), str(text)).status == 5


def test_card_content_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    evil = tmp_path / "evil.yaml"
    evil.write_text(
        PSK.read_text()
        .replace("lwm2m.harbor.example", "\\e]0;x\\a")
        .replace("coaps://\\e]0;x\\a:5684", '"coaps://\\e]0;x\\a:5684"')
    )
    outcome = smartboot("diff", str(PSK), str(evil))
    assert outcome.status == 1
    assert "\x1b" not in outcome.out
