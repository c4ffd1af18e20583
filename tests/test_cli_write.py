"""write, verify, erase, dump and restore from the command line, end to end on virtual cards."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Any

import click
import pytest

from smartboot.api.changing import backup_name
from smartboot.cli.cardkeys import key_source
from smartboot.errors import UsageError
from smartboot.image import load_image
from smartboot.profiles.load import load_profile_or_image
from smartboot.virtual import VirtualCard
from tests.support.cards import with_file
from tests.support.cli import PROFILES, Outcome, smartboot

PSK = PROFILES / "lwm2m-psk.yaml"
ADM = "97531864"
KEY = ("--adm", ADM)
WRITES = (0xD6, 0xDC, 0xE0, 0xE4, 0xD4)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Backups go to the current directory."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> list[VirtualCard]:
    """Every virtual card that a command makes."""
    made: list[VirtualCard] = []
    plain = VirtualCard.__init__

    def init(self: VirtualCard, *args: Any, **options: Any) -> None:
        plain(self, *args, **options)
        made.append(self)

    monkeypatch.setattr(VirtualCard, "__init__", init)
    return made


@pytest.fixture
def card(tmp_path: Path) -> str:
    """A card file whose ADM1 is not the usual one; what is written to it stays."""
    image = load_profile_or_image(PSK)
    plain = image.model_dump(mode="json", by_alias=True, exclude_none=True)
    for pin in plain["pins"]:
        if pin["reference"] == "0A":
            pin["value"] = ADM
    from smartboot.image import image_from_data, write_image

    write_image(image_from_data(plain), tmp_path / "card.yaml")
    return str(tmp_path / "card.yaml")


def profile(tmp_path: Path, name: str = "new.yaml", **changes: str) -> str:
    text = PSK.read_text()
    for old, new in (changes or {"86400": "43200"}).items():
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / name
    path.write_text(text)
    return str(path)


def on(card: str, *arguments: str) -> Outcome:
    return smartboot("-r", f"virtual:{card}?save={card}", *arguments)


def written_files(folder: Path) -> str:
    """Everything in a folder but the card itself."""
    return "".join(p.read_text() for p in sorted(folder.iterdir()) if p.name != "card.yaml")


def backups(folder: Path) -> list[Path]:
    return sorted(folder.glob("smartboot-backup-*.yaml"))


def test_write_backs_up_writes_and_verifies(tmp_path: Path, card: str) -> None:
    new = profile(tmp_path)
    assert on(card, "verify", new).status == 1
    outcome = on(card, "write", new, "--yes", *KEY)
    assert outcome.status == 0, outcome.err
    assert "read back and found right" in outcome.out
    assert "89882110000000000010" in outcome.out
    (backup,) = backups(tmp_path)
    assert re.fullmatch(r"smartboot-backup-89882110000000000010-\d{8}T\d{6}Z\.yaml", backup.name)
    assert backup.stat().st_mode & 0o777 == 0o600
    assert backup.name in outcome.err
    assert on(card, "verify", new).status == 0
    assert on(card, "verify", str(PSK)).status == 1
    # The backup undoes it.
    undone = on(card, "restore", str(backup), "--yes", "--no-backup", *KEY)
    assert undone.status == 0, undone.err
    assert on(card, "verify", str(PSK)).status == 0
    assert len(backups(tmp_path)) == 1


def test_no_key_is_in_any_output_or_file(tmp_path: Path, card: str) -> None:
    new = profile(tmp_path)
    texts = []
    for arguments in (
        ("write", new, "--yes", *KEY),
        ("-v", "write", str(PSK), "--yes", *KEY, "--format", "json"),
        ("dump", "d.yaml", *KEY),
        ("restore", "d.yaml", "--yes", *KEY),
        ("erase", "--yes", *KEY),
        ("write", new, "--yes", "--adm", f"ADM1={ADM}"),
        ("write", str(PSK), "--yes", "--adm", f"ADM2={ADM}"),
        ("write", str(PSK), "--yes", "--adm", ADM, "--adm", ADM),
        ("write", str(PSK), "--yes", "--adm", ADM + "0"),
    ):
        if arguments[0] == "-v":
            outcome = smartboot("-v", "-r", f"virtual:{card}?save={card}", *arguments[1:])
        else:
            outcome = on(card, *arguments)
        texts += [outcome.out, outcome.err]
    seen = "".join(texts) + written_files(tmp_path)
    assert "A07C3391" in seen  # the document's secret is in the backups, as on the card
    assert ADM not in seen
    assert ADM.encode().hex() not in seen.lower().replace(" ", "")


def test_dry_run_changes_nothing_and_says_would(
    tmp_path: Path, card: str, cards: list[VirtualCard]
) -> None:
    new = profile(tmp_path)
    for arguments in (
        ("write", new, "--dry-run"),
        ("write", new, "--dry-run", "--yes", *KEY),
        ("erase", "--dry-run"),
        ("erase", "--delete-files", "--dry-run", "--format", "json"),
    ):
        outcome = on(card, *arguments)
        assert outcome.status == 0
        assert "would change" in outcome.out or '"dry_run": true' in outcome.out
        assert "read back" not in outcome.out.replace("reading back", "")
    assert backups(tmp_path) == []
    assert cards
    for each in cards:
        assert not any(each.instructions[ins] for ins in WRITES)
        assert each.instructions[0x20] == 0


def test_nothing_to_do_needs_no_confirmation_and_writes_no_backup(
    tmp_path: Path, card: str, cards: list[VirtualCard]
) -> None:
    outcome = on(card, "write", str(PSK))
    assert outcome.status == 0
    assert "nothing differs" in outcome.out
    assert on(card, "erase", "--yes", "--no-backup", *KEY).status == 0
    again = on(card, "erase")
    assert again.status == 0
    assert "nothing to erase" in again.out
    assert backups(tmp_path) == []
    assert not any(cards[0].instructions[ins] for ins in WRITES)


def test_without_a_terminal_and_without_yes_it_is_status_2(
    tmp_path: Path, card: str, cards: list[VirtualCard]
) -> None:
    for arguments in (("write", profile(tmp_path)), ("erase",)):
        outcome = on(card, *arguments, *KEY)
        assert outcome.status == 2
        assert "--yes" in outcome.err
    assert backups(tmp_path) == []
    assert all(each.writes == 0 for each in cards)


@pytest.mark.parametrize(("answer", "status"), [(True, 0), (False, 1)])
def test_on_a_terminal_it_asks(
    tmp_path: Path, card: str, monkeypatch: pytest.MonkeyPatch, answer: bool, status: int
) -> None:
    asked: list[str] = []

    def confirm(text: str, **options: Any) -> bool:
        assert options["err"] is True
        assert options["default"] is False
        asked.append(text)
        return answer

    monkeypatch.setattr(click, "confirm", confirm)
    monkeypatch.setattr("smartboot.cli.changing._can_ask", lambda: True)
    outcome = on(card, "write", profile(tmp_path), *KEY)
    assert outcome.status == status
    (question,) = asked
    assert re.fullmatch(r"write: change card 89882110000000000010 in \d steps\?", question)
    assert len(backups(tmp_path)) == (1 if status == 0 else 0)


def test_a_backup_is_never_written_over(
    tmp_path: Path, card: str, cards: list[VirtualCard]
) -> None:
    kept = tmp_path / "kept.yaml"
    kept.write_text("precious")
    outcome = on(card, "write", profile(tmp_path), "--yes", "--backup", str(kept), *KEY)
    assert outcome.status == 2
    assert kept.read_text() == "precious"
    assert cards == []
    assert on(card, "erase", "--yes", "--backup", "x.yaml", "--no-backup").status == 2
    assert on(card, "erase", "--yes", "--backup", "absent/x.yaml").status == 2
    assert cards == []


def test_the_default_names_of_backups_do_not_collide(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    first = backup_name(Path(), "8988", now)
    assert str(first) == "smartboot-backup-8988-20260102T030405Z.yaml"
    first.touch()
    assert str(backup_name(Path(), "8988", now)) == "smartboot-backup-8988-20260102T030405Z-2.yaml"
    assert backup_name(Path(), None, now).name == "smartboot-backup-no-iccid-20260102T030405Z.yaml"


def test_a_missing_or_wrong_key_is_status_6_and_leaves_no_backup(
    tmp_path: Path, card: str, cards: list[VirtualCard]
) -> None:
    new = profile(tmp_path)
    missing = on(card, "write", new, "--yes")
    assert missing.status == 6
    assert "ADM1" in missing.err
    assert "--adm" in missing.err
    wrong = on(card, "write", new, "--yes", "--adm", "11111111")
    assert wrong.status == 6
    assert "tries left: 9" in wrong.err
    assert "11111111" not in wrong.out + wrong.err
    assert backups(tmp_path) == []
    assert all(each.writes == 0 for each in cards)
    sent = [e for e in cards[-1].log if e.command[1] == 0x20 and len(e.command) > 5]
    assert len(sent) == 1


def test_a_backup_that_cannot_be_made_stops_it(tmp_path: Path, card: str) -> None:
    locked = profile(
        tmp_path,
        "locked.yaml",
        **{"    size: 1024": "    size: 1024\n    access: {read: pin2, update: adm1}"},
    )
    reader = f"virtual:{locked}?save={tmp_path}/l.yaml"
    new = profile(
        tmp_path,
        "n.yaml",
        **{
            "    size: 1024": "    size: 1024\n    access: {read: pin2, update: adm1}",
            "86400": "43200",
        },
    )
    assert smartboot("-r", reader, "write", new, "--yes", "--adm", "12345678").status == 6
    assert (
        smartboot("-r", reader, "write", new, "--yes", "--adm", "12345678", "--pin", "5678").status
        == 0
    )


def test_json_is_one_document(tmp_path: Path, card: str) -> None:
    new = profile(tmp_path)
    dry = on(card, "write", new, "--dry-run", "--format", "json").json
    assert dry["schema"] == "smartboot/change/1"
    assert (dry["command"], dry["dry_run"], dry["result"], dry["backup"]) == (
        "write",
        True,
        None,
        None,
    )
    assert dry["plan"]["iccid"] == dry["iccid"] == "89882110000000000010"
    assert len(dry["plan"]["steps"]) >= 3
    done = on(card, "write", new, "--yes", "--format", "json", *KEY).json
    assert done["result"]["verified"] is True
    assert Path(done["backup"]).is_file()
    nothing = on(card, "write", new, "--format", "json").json
    assert nothing["plan"]["empty"] is True
    verified = on(card, "verify", str(PSK), "--format", "json")
    assert verified.status == 1
    assert verified.json["schema"] == "smartboot/verify/1"
    assert verified.json["equal"] is False
    (difference,) = verified.json["differences"]
    assert (difference["path"], difference["offset"]) == ("7FFF/6432", 111)


def test_a_byte_that_does_not_hold_is_status_1_with_its_place(
    tmp_path: Path, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smartboot.virtual.state import CardState

    plain = CardState.write

    def worn(self: CardState, node: Any, offset: int, data: bytes) -> None:
        plain(self, node, offset, data)
        if node.fid == 0x6432 and offset == 111:
            node.body[112] ^= 1

    monkeypatch.setattr(CardState, "write", worn)
    outcome = on(card, "write", profile(tmp_path), "--yes", *KEY)
    assert outcome.status == 1
    assert "does not hold what was written" in outcome.out
    assert "bytes 112 to 112" in outcome.out


@pytest.mark.parametrize("command", ["write", "erase", "restore"])
def test_pulled_out_while_writing(tmp_path: Path, card: str, command: str) -> None:
    new = profile(tmp_path)
    assert on(card, "write", new, "--yes", "--backup", "first.yaml", *KEY).status == 0
    target = {"write": (str(PSK),), "erase": (), "restore": ("first.yaml",)}[command]
    before = load_image(card)
    torn = 2
    plain = VirtualCard.__init__

    def tearing(self: VirtualCard, *args: Any, **options: Any) -> None:
        plain(self, *args, **options)
        self.tear_after = torn

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VirtualCard, "__init__", tearing)
        outcome = on(card, command, *target, "--yes", "--backup", "torn.yaml", *KEY)
    assert outcome.status == 3
    assert outcome.out == "" or "read back" not in outcome.out.replace("reading back", "")
    assert "2 of " in outcome.err
    assert "UPDATE BINARY file 6432" in outcome.err
    assert "torn.yaml" in outcome.err
    kept, was = load_image(tmp_path / "torn.yaml").find("7F50/6432"), before.find("7F50/6432")
    assert kept is not None
    assert was is not None
    assert (kept.data, kept.size) == (was.data, was.size)
    assert on(card, command, *target, "--yes", "--no-backup", *KEY).status == 0
    if command == "erase":
        assert on(card, "read", "--format", "json").json["accounts"] == []
    else:
        assert on(card, "verify", str(PSK)).status == 0
    # The backup of the run that broke off takes the card back to before it.
    assert on(card, "restore", "torn.yaml", "--yes", "--no-backup", *KEY).status == 0
    assert on(card, "verify", new).status == 0


def test_ctrl_c_stops_between_two_steps(
    tmp_path: Path, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = profile(tmp_path)
    from smartboot.card.uicc_files import UiccFiles

    plain = UiccFiles.update_binary
    count = 0

    def interrupted(self: UiccFiles, *args: Any) -> None:
        nonlocal count
        count += 1
        if count == 2:
            os.kill(os.getpid(), signal.SIGINT)
        plain(self, *args)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(UiccFiles, "update_binary", interrupted)
    # One call more: the first one is refused for want of the key.
    outcome = on(card, "write", new, "--yes", *KEY)
    monkeypatch.undo()
    assert signal.getsignal(signal.SIGINT) is before
    assert outcome.status == 130
    assert "stopped, 1 of " in outcome.out
    os.chdir(tmp_path)
    assert on(card, "write", new, "--yes", "--no-backup", *KEY).status == 0
    assert on(card, "verify", new).status == 0


def test_ctrl_c_at_the_question_for_a_key_ends_it_at_once(
    tmp_path: Path, card: str, cards: list[VirtualCard], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(name: str) -> bytes | None:
        assert name == "ADM1"
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("asked on after Ctrl-C")

    monkeypatch.setattr("smartboot.cli.cardkeys.ask_key", ask)
    outcome = on(card, "write", profile(tmp_path), "--yes")
    assert outcome.status == 130
    assert "interrupted" in outcome.err
    assert cards[-1].writes == 0


def test_create_is_needed_for_what_is_missing(tmp_path: Path) -> None:
    bare = with_file(load_profile_or_image(PSK), "7F50/6432", remove=True)
    from smartboot.image import write_image

    write_image(bare, tmp_path / "bare.yaml")
    path = str(tmp_path / "bare.yaml")
    key = ("--adm", "12345678")
    refused = on(path, "write", str(PSK), "--yes", *key)
    assert refused.status == 4
    assert "6432" in refused.err
    assert "--create" in refused.err
    made = on(path, "write", str(PSK), "--yes", "--create", *key)
    assert made.status == 0, made.err
    assert on(path, "verify", str(PSK)).status == 0


def test_variables_come_from_the_command_line_and_the_card(tmp_path: Path, card: str) -> None:
    text = PSK.read_text().replace(
        "application:",
        "variables:\n  NAME: {from: card, type: iccid}\n  SUB: {from: card, type: imsi}\n"
        "  PSK: {type: hex, secret: true}\napplication:",
        1,
    )
    text = text.replace("harbor-cell-0417", "${NAME}-${SUB}")
    text = text.replace("hex:A07C3391E24D5B68F6120D9A5E8744C1", "${PSK}")
    path = tmp_path / "fleet.yaml"
    path.write_text(text)
    secret = "00112233445566778899AABBCCDDEEFF"
    values = ("--set", f"PSK={secret}")
    assert on(card, "write", str(path), "--yes", *KEY).status == 5
    outcome = on(card, "write", str(path), "--yes", *values, *KEY)
    assert outcome.status == 0, outcome.err
    assert secret not in outcome.out + outcome.err
    read = on(card, "read", "--format", "json").json
    assert read["accounts"][0]["credentials"][0]["identity"] == (
        "89882110000000000010-001010123456789"
    )
    assert on(card, "verify", str(path), *values).status == 0
    env = tmp_path / "fleet.env"
    env.write_text(f"PSK={secret}\n")
    assert on(card, "verify", str(path), "--env-file", str(env)).status == 0
    assert on(card, "verify", str(path), "--set", "PSK=" + "11" * 16).status == 1


def test_wrong_arguments_touch_no_card(tmp_path: Path, card: str, cards: list[VirtualCard]) -> None:
    assert on(card, "write", str(tmp_path / "absent.yaml")).status == 2
    assert on(card, "write").status == 2
    assert on(card, "restore", str(tmp_path / "absent.yaml")).status == 2
    assert on(card, "restore", str(PSK)).status == 5
    assert on(card, "write", str(PSK), "--adm", "not a key").status == 2
    assert cards == []


@pytest.mark.parametrize("name", ["lwm2m-psk", "lwm2m-psk.yaml"])
def test_a_shipped_profile_goes_by_its_name(tmp_path: Path, card: str, name: str) -> None:
    assert on(card, "write", profile(tmp_path), "--yes", *KEY).status == 0
    differs = on(card, "verify", name, "--format", "json")
    assert differs.status == 1
    assert differs.json["profile"] == name
    assert on(card, "write", name, "--yes", *KEY).status == 0
    assert on(card, "verify", name).out.endswith(f"holds what {name} says\n")
    assert on(card, "diff", name, "card").status == 0


def test_a_file_of_a_shipped_name_is_taken_before_the_shipped_profile(
    tmp_path: Path, card: str
) -> None:
    profile(tmp_path, "lwm2m-psk.yaml")
    assert on(card, "verify", "lwm2m-psk.yaml").status == 1
    assert on(card, "verify", "lwm2m-psk").status == 0
    assert on(card, "diff", "lwm2m-psk", "lwm2m-psk.yaml").status == 1


def test_a_name_that_is_neither_file_nor_shipped_says_where_the_names_are(card: str) -> None:
    for command in (("write", "lwm2m-pks"), ("verify", "lwm2m-pks"), ("diff", "lwm2m-pks", "card")):
        outcome = on(card, *command)
        assert outcome.status == 2
        assert "lwm2m-pks: is no file and no shipped profile" in outcome.err
        assert "smartboot profiles list" in outcome.err


@pytest.mark.parametrize("name", ["write", "verify", "diff", "erase", "dump", "restore"])
def test_help_has_examples(name: str) -> None:
    outcome = smartboot(name, "--help")
    assert outcome.status == 0
    assert "Examples:" in outcome.out
    assert f"smartboot {name}" in outcome.out


def test_dump_names_what_it_could_not_read(tmp_path: Path) -> None:
    reader = f"virtual:{PROFILES / 'lwm2m-bootstrap-server.yaml'}"
    outcome = smartboot("-r", reader, "dump", "a.yaml")
    assert outcome.status == 6
    assert outcome.out == ""
    assert "PIN1" in outcome.err
    assert smartboot("-r", "virtual:a.yaml", "read").status == 0
    whole = smartboot("-r", reader, "dump", "a.yaml", "--overwrite", "--pin", "1234")
    assert (whole.status, whole.out) == (0, "")
    assert (tmp_path / "a.yaml").stat().st_mode & 0o777 == 0o600


# -- which key goes where


def test_a_key_without_a_name_goes_to_the_first_that_asks_only() -> None:
    keys = key_source(["1234"], ["12345678"])
    assert keys(0x0B) == b"12345678"
    assert keys(0x0A) is None
    assert keys(0x0B) == b"12345678"
    assert keys(0x01) == b"1234"
    assert keys(0x81) is None


def test_named_keys_go_where_they_are_named() -> None:
    keys = key_source(["PIN2=5678", "1234"], ["adm2=hex:0011223344556677", "ADM1=12345678"])
    assert keys(0x0A) == b"12345678"
    assert keys(0x0B) == bytes.fromhex("0011223344556677")
    assert keys(0x81) == b"5678"
    assert keys(0x01) == b"1234"
    assert keys(0x0C) is None


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(["1", "2"], id="two without a name"),
        pytest.param(["ADM1=1", "adm1=2"], id="one twice"),
        pytest.param(["ADM99=87654321"], id="no such key"),
        pytest.param(["ADM1="], id="empty"),
        pytest.param([""], id="nothing"),
    ],
)
def test_keys_that_make_no_sense(given: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        key_source([], given)
    assert "87654321" not in f"{caught.value} {caught.value.hint}"


def test_a_key_file_may_have_an_equals_sign_in_its_name(tmp_path: Path) -> None:
    (tmp_path / "a=b.key").write_text("12345678\n")
    assert key_source([], [f"@{tmp_path}/a=b.key"])(0x0A) == b"12345678"
