"""The library as a program uses it: cards opened, read, planned, changed, with the guards on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import smartboot
from smartboot.apdu import Response
from smartboot.api.keys import key_source
from smartboot.card.keys import ADM1
from smartboot.errors import CardRemovedError
from smartboot.image import image_from_data
from smartboot.virtual import InProcessConnection, VirtualCard
from tests.support.cli import PROFILES, virtual

PSK = PROFILES / "lwm2m-psk.yaml"
FLEET = PROFILES / "lwm2m-variables.yaml"
VALUES = {"SERIAL": "000417", "PSK": "00112233445566778899AABBCCDDEEFF"}
KEY = "97531864"
VERIFY, UPDATE = 0x20, 0xD6


def image_with(**adm: object) -> smartboot.CardImage:
    """The card of lwm2m-psk with an ADM1 of its own."""
    plain = smartboot.load_image(PSK).model_dump(mode="json", by_alias=True, exclude_none=True)
    for pin in plain["pins"]:
        if pin["reference"] == "0A":
            pin |= {"value": KEY, **adm}
    return image_from_data(plain)


@pytest.fixture
def card() -> VirtualCard:
    return VirtualCard(image_with())


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """The profile of lwm2m-psk with another lifetime."""
    path = tmp_path / "new.yaml"
    text = PSK.read_text(encoding="utf-8")
    path.write_text(text.replace("Lifetime: 86400", "Lifetime: 43200"), encoding="utf-8")
    return path


def on(card: VirtualCard) -> InProcessConnection:
    return InProcessConnection(card)


# -- opening


def test_the_ten_lines_of_the_readme() -> None:
    found = []
    with smartboot.open_card(virtual("lwm2m-psk")) as card:
        data = smartboot.read_bootstrap(card)
        for account in data.accounts:
            found.append((account.protocol, account.server_id))
    assert found == [("lwm2m", "123")]


def test_an_image_is_a_virtual_card() -> None:
    with smartboot.open_card(smartboot.load_image(PSK)) as card:
        assert card.kind is smartboot.CardKind.UICC
        assert card.reader_name == "virtual:image"
        assert len(smartboot.read_bootstrap(card).accounts) == 1


def test_a_connection_of_ones_own_stays_open(card: VirtualCard) -> None:
    connection = on(card)
    with smartboot.open_card(connection) as opened:
        smartboot.read_bootstrap(opened)
    assert connection.reset()
    connection.close()


def test_what_smartboot_opened_is_closed_after_an_error_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed = []
    monkeypatch.setattr(InProcessConnection, "close", lambda self: closed.append(self))
    with (
        pytest.raises(ZeroDivisionError),
        smartboot.open_card(virtual("lwm2m-psk")),
    ):
        _ = 1 / 0
    assert closed


@pytest.mark.parametrize("text", ["", "pcsc", "virtual", "C:/card.yaml", "usb:1", "virtual:"])
def test_a_text_that_is_no_reader_is_the_callers_fault(text: str) -> None:
    with pytest.raises(smartboot.UsageError), smartboot.open_card(text):
        pass


def test_changes_are_kept_where_it_is_asked_for(tmp_path: Path) -> None:
    kept = tmp_path / "kept.yaml"
    with smartboot.open_card(f"{virtual('lwm2m-psk')}?save={kept}") as card:
        smartboot.erase(card, backup=None, keys={"ADM1": "12345678"})
    with smartboot.open_card(f"virtual:{kept}") as card:
        assert not smartboot.read_bootstrap(card).accounts


def test_a_trace_is_recorded_and_played_back(tmp_path: Path) -> None:
    trace = tmp_path / "card.jsonl"
    lines: list[str] = []
    with smartboot.open_card(
        virtual("lwm2m-psk"), trace=trace, trace_contents=True, log=lines.append
    ) as card:
        first = smartboot.read_bootstrap(card)
    assert len(lines) == 18
    with smartboot.open_card(f"replay:{trace}") as card:
        assert smartboot.read_bootstrap(card).accounts == first.accounts


def test_a_trace_does_not_overwrite_the_card(tmp_path: Path) -> None:
    trace = tmp_path / "card.jsonl"
    trace.write_text(PSK.read_text(encoding="utf-8"), encoding="utf-8")
    with (
        pytest.raises(smartboot.UsageError, match="overwrite"),
        smartboot.open_card(f"virtual:{trace}", trace=trace),
    ):
        pass
    assert trace.read_text(encoding="utf-8") == PSK.read_text(encoding="utf-8")


def test_notes_go_to_the_logger_or_where_one_says(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trace = tmp_path / "card.jsonl"
    with smartboot.open_card(virtual("lwm2m-psk"), trace=trace, trace_contents=True) as card:
        smartboot.read_bootstrap(card)
    notes: list[str] = []
    with smartboot.open_card(f"replay:{trace}", note=notes.append):
        pass
    with caplog.at_level(logging.INFO, "smartboot"), smartboot.open_card(f"replay:{trace}"):
        pass
    assert len(notes) == 1
    assert "were not needed" in notes[0]
    assert [(r.name, r.getMessage()) for r in caplog.records] == [("smartboot", notes[0])]


def test_a_card_that_left_at_the_end_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(self: InProcessConnection) -> None:
        raise CardRemovedError("the card left")

    notes: list[str] = []
    with smartboot.open_card(smartboot.load_image(PSK), note=notes.append) as card:
        data = smartboot.read_bootstrap(card)
        monkeypatch.setattr(InProcessConnection, "close", gone)
    assert data.accounts
    assert notes == ["the card left"]


def test_a_card_that_is_none_is_an_error_of_the_tree() -> None:
    class Refusing(InProcessConnection):
        def transmit(self, command: bytes) -> Response:
            return Response.from_bytes(b"\x6e\x00")

    with (
        pytest.raises(smartboot.CardError, match="neither"),
        smartboot.open_card(Refusing(VirtualCard(smartboot.load_image(PSK)))),
    ):
        pass


# -- keys


def test_keys_by_name_reference_and_in_every_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "k").write_bytes(b"\xef\xbb\xbf97531864\r\n")
    monkeypatch.setenv("CARD_KEY", "hex:0011223344556677")
    keys = key_source({"ADM1": f"@{tmp_path / 'k'}", "adm2": "env:CARD_KEY", "PIN1": b"1234"})
    assert keys(ADM1) == KEY.encode()
    assert keys(smartboot.key_reference("ADM2")) == bytes.fromhex("0011223344556677")
    assert keys(1) == b"1234"
    assert keys(0x81) is None
    assert key_source({0x0A: "12345678"})(ADM1) == b"12345678"
    assert key_source(None)(ADM1) is None
    assert key_source(keys) is keys


@pytest.mark.parametrize(
    "keys",
    [
        {"ADM99": "12345678"},
        {"ADM1": "12345678", 0x0A: "12345678"},
        {"ADM1": "secret!"},
        {"ADM1": "123456789"},
        {"ADM1": b""},
        {"ADM1": "hex:zz"},
        {"ADM1": "@/no/such/file"},
        {"ADM1": "env:SMARTBOOT_TEST_NOT_SET"},
    ],
)
def test_keys_that_are_none_are_refused_without_showing_them(keys: dict[str, bytes | str]) -> None:
    with pytest.raises(smartboot.UsageError) as caught:
        key_source(keys)
    text = f"{caught.value} {caught.value.hint}"
    for shown in ("secret!", "123456789", "zz"):
        assert shown not in text.replace("(12345678)", "")


def test_a_key_is_looked_for_only_when_the_card_asks(card: VirtualCard, new: Path) -> None:
    asked = []

    def keys(reference: int) -> bytes | None:
        asked.append((reference, card.instructions[UPDATE]))
        return KEY.encode()

    with smartboot.open_card(on(card)) as opened:
        plan = smartboot.plan(opened, new, keys=keys)
        assert not asked
        assert smartboot.apply(opened, plan, backup=None, keys=keys).verified
    assert asked == [(ADM1, 1)]


# -- changing


def test_planning_writes_nothing_and_applying_does(
    card: VirtualCard, new: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "before.yaml"
    with smartboot.open_card(on(card)) as opened:
        before = smartboot.read_bootstrap(opened)
        assert smartboot.plan(opened, PSK).is_empty
        plan = smartboot.plan(opened, new)
        assert card.writes == 0
        assert [d.kind for d in smartboot.verify(opened, new)] == ["content"]
        done = smartboot.apply(opened, plan, backup=backup, keys={"ADM1": KEY})
        assert (done.verified, done.backup) == (True, backup)
        assert smartboot.read_bootstrap(opened).accounts[0].lifetime == 43200
        assert smartboot.verify(opened, new) == ()
        assert smartboot.plan(opened, new).is_empty
        back = smartboot.plan_restore(opened, smartboot.load_image(backup))
        smartboot.apply(opened, back, backup=None, keys={"ADM1": KEY})
        assert smartboot.read_bootstrap(opened).accounts == before.accounts


def test_a_folder_gets_a_backup_of_its_own_name(
    card: VirtualCard, new: Path, tmp_path: Path
) -> None:
    with smartboot.open_card(on(card)) as opened:
        keys = {"ADM1": KEY}
        first = smartboot.apply(opened, smartboot.plan(opened, new), backup=tmp_path, keys=keys)
        again = smartboot.apply(opened, smartboot.plan(opened, PSK), backup=tmp_path, keys=keys)
        iccid = opened.iccid()
    assert first.backup is not None
    assert again.backup is not None
    assert first.backup.parent == tmp_path
    assert first.backup.name.startswith(f"smartboot-backup-{iccid}-")
    assert len(list(tmp_path.glob("smartboot-backup-*.yaml"))) == 2


def test_an_empty_plan_needs_no_backup(card: VirtualCard, tmp_path: Path) -> None:
    with smartboot.open_card(on(card)) as opened:
        done = smartboot.apply(opened, smartboot.plan(opened, PSK), backup=tmp_path / "b.yaml")
    assert (done.total, done.verified, done.backup) == (0, True, None)
    assert not (tmp_path / "b.yaml").exists()


def test_a_backup_is_never_overwritten(card: VirtualCard, new: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.yaml"
    kept.write_text("the only copy", encoding="utf-8")
    with smartboot.open_card(on(card)) as opened, pytest.raises(smartboot.UsageError):
        smartboot.apply(opened, smartboot.plan(opened, new), backup=kept, keys={"ADM1": KEY})
    assert kept.read_text(encoding="utf-8") == "the only copy"
    assert card.writes == 0


def test_a_backup_that_cannot_be_written_stops_before_the_first_change(
    card: VirtualCard, new: Path, tmp_path: Path
) -> None:
    nowhere = tmp_path / "no" / "such" / "folder.yaml"
    with smartboot.open_card(on(card)) as opened, pytest.raises(smartboot.ProfileError):
        smartboot.apply(opened, smartboot.plan(opened, new), backup=nowhere, keys={"ADM1": KEY})
    assert card.writes == 0


def test_a_refused_key_is_not_sent_again_and_leaves_no_backup(
    card: VirtualCard, new: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "b.yaml"
    with smartboot.open_card(on(card)) as opened:
        plan = smartboot.plan(opened, new)
        before = opened.pin_status(ADM1).remaining
        for _ in range(3):
            with pytest.raises(smartboot.PinRefusedError):
                smartboot.apply(opened, plan, backup=backup, keys={"ADM1": "11111111"})
            assert not backup.exists()
        assert before is not None
        assert opened.pin_status(ADM1).remaining == before - 1
    assert card.writes == 0


def test_the_last_try_is_kept_unless_forced(new: Path) -> None:
    card = VirtualCard(image_with(remaining=1))
    with smartboot.open_card(on(card)) as opened:
        plan = smartboot.plan(opened, new)
        with pytest.raises(smartboot.PinRefusedError, match="only one try"):
            smartboot.apply(opened, plan, backup=None, keys={"ADM1": "11111111"})
        assert opened.pin_status(ADM1).remaining == 1
        assert smartboot.apply(opened, plan, backup=None, keys={"ADM1": KEY}, force=True).verified


def test_a_missing_key_is_named(card: VirtualCard, new: Path) -> None:
    with (
        smartboot.open_card(on(card)) as opened,
        pytest.raises(smartboot.PinRequiredError) as caught,
    ):
        smartboot.apply(opened, smartboot.plan(opened, new), backup=None)
    assert caught.value.key_name == "ADM1"
    assert not [entry for entry in card.log if entry.command[1] == VERIFY and entry.command[4:5]]


def test_the_plan_of_another_card_is_refused_before_the_backup(
    card: VirtualCard, new: Path, tmp_path: Path
) -> None:
    with smartboot.open_card(on(card)) as opened:
        plan = smartboot.plan(opened, new)
    with smartboot.open_card(virtual("multi-generation")) as other:
        for backup in (None, tmp_path / "b.yaml"):
            with pytest.raises(smartboot.UsageError, match="another card"):
                smartboot.apply(other, plan, backup=backup, keys={"ADM1": KEY})
    assert not (tmp_path / "b.yaml").exists()


def test_torn_writing_names_the_backup_and_is_completed_by_the_same_calls(
    card: VirtualCard, new: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "b.yaml"
    card.tear_after = 2
    with smartboot.open_card(on(card)) as opened:
        plan = smartboot.plan(opened, new)
        with pytest.raises(smartboot.ProvisioningInterruptedError) as caught:
            smartboot.apply(opened, plan, backup=backup, keys={"ADM1": KEY})
    assert str(backup) in (caught.value.hint or "")
    assert 0 < caught.value.completed < caught.value.total
    later = VirtualCard(card.to_image())
    with smartboot.open_card(on(later)) as opened:
        found = [a.lifetime for a in smartboot.read_bootstrap(opened).accounts]
        assert found in ([], [86400], [43200])
        smartboot.apply(opened, smartboot.plan(opened, new), backup=None, keys={"ADM1": KEY})
        assert smartboot.verify(opened, new) == ()


def test_it_stops_between_two_steps_when_asked(card: VirtualCard, new: Path) -> None:
    seen: list[int] = []
    with smartboot.open_card(on(card)) as opened:
        done = smartboot.apply(
            opened,
            smartboot.plan(opened, new),
            backup=None,
            keys={"ADM1": KEY},
            progress=lambda at, total, step: seen.append(at),
            should_stop=lambda: len(seen) >= 2,
        )
    assert (done.stopped, done.verified, done.steps_done) == (True, False, 2)


def test_erasing_keeps_a_backup(card: VirtualCard, tmp_path: Path) -> None:
    with smartboot.open_card(on(card)) as opened:
        done = smartboot.erase(opened, backup=tmp_path, keys={"ADM1": KEY})
        assert done.backup is not None
        assert not smartboot.read_bootstrap(opened).objects
        assert smartboot.plan_erase(opened).is_empty
    with smartboot.open_card(smartboot.load_image(done.backup)) as kept:
        assert len(smartboot.read_bootstrap(kept).accounts) == 1


def test_variables_come_from_values_and_from_the_card(card: VirtualCard) -> None:
    with smartboot.open_card(on(card)) as opened:
        with pytest.raises(smartboot.ProfileError):
            smartboot.plan(opened, FLEET)
        plan = smartboot.plan(opened, FLEET, values=VALUES)
        smartboot.apply(opened, plan, backup=None, keys={"ADM1": KEY})
        loaded = smartboot.load_profile(FLEET, VALUES, iccid=opened.iccid())
        assert smartboot.verify(opened, loaded) == ()
        with pytest.raises(smartboot.UsageError, match="loaded already"):
            smartboot.plan(opened, loaded, values=VALUES)


def test_a_profile_of_another_kind_of_card_is_refused(card: VirtualCard) -> None:
    with smartboot.open_card(on(card)) as opened, pytest.raises(smartboot.UsageError, match="sim"):
        smartboot.plan(opened, PROFILES / "sim-2g-client-provisioning.yaml")


def test_a_file_id_names_the_document(card: VirtualCard) -> None:
    seen = []
    with smartboot.open_card(on(card)) as opened:
        data = smartboot.read_bootstrap(
            opened, fid=0x6432, progress=lambda name, done, total: seen.append(name)
        )
        for fid in (-1, 0x10000):
            with pytest.raises(smartboot.UsageError):
                smartboot.read_bootstrap(opened, fid=fid)
    assert [found.fid for found in data.objects] == ["6432"]
    assert seen == ["EF 6432"]


def test_a_dump_is_a_card_again(card: VirtualCard, tmp_path: Path) -> None:
    with smartboot.open_card(on(card)) as opened:
        dump = smartboot.dump(opened)
        accounts = smartboot.read_bootstrap(opened).accounts
    assert dump.locked == ()
    smartboot.write_image(dump.image, tmp_path / "card.yaml")
    with smartboot.open_card(f"virtual:{tmp_path / 'card.yaml'}") as again:
        assert smartboot.read_bootstrap(again).accounts == accounts


# -- documents, and what is wrong


def test_documents_both_ways() -> None:
    with smartboot.open_card(virtual("client-provisioning-w7")) as card:
        content = smartboot.read_bootstrap(card).objects[0].content
    assert content is not None
    document = smartboot.decode(content)
    wire, _ = smartboot.encode(document)
    assert wire == content
    text, _ = smartboot.encode(document, "xml")
    assert smartboot.decode(text).accounts == document.accounts
    from_accounts, _ = smartboot.encode(list(document.accounts), "dm-1")
    assert smartboot.decode(from_accounts).accounts[0].server_id == document.accounts[0].server_id
    with pytest.raises(smartboot.DecodeError):
        smartboot.decode(b"\x03\x0b\x6a")
    with pytest.raises(smartboot.EncodeError):
        smartboot.encode([])


@pytest.mark.parametrize("name", [path.stem for path in smartboot.shipped_profiles()])
def test_check_takes_cards_images_profiles_and_documents(name: str) -> None:
    profile = smartboot.load_profile(
        PROFILES / f"{name}.yaml", examples=True, iccid="89882110000000000417"
    )
    image = smartboot.load_image(PROFILES / f"{name}.yaml")
    with smartboot.open_card(image) as card:
        keys = {pin.reference: pin.value for pin in image.pins}
        found = smartboot.check(card, keys=keys)
        contents = [item.content for item in smartboot.read_bootstrap(card, keys=keys).objects]
    for content in contents:
        assert content is not None
        found += smartboot.check(smartboot.decode(content))
    for finding in (*found, *smartboot.check(image), *smartboot.check(profile)):
        assert finding.severity is not smartboot.Severity.ERROR, finding


def test_check_does_not_ask_for_keys_it_was_not_given(card: VirtualCard) -> None:
    with smartboot.open_card(on(card)) as opened:
        smartboot.check(opened)
    assert card.writes == 0
    with pytest.raises(smartboot.UsageError):
        smartboot.check(smartboot.load_image(PSK), keys={"NOPE": "1"})


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda wrong: smartboot.check(wrong), "cannot be checked"),
        (lambda wrong: smartboot.decode(wrong), "is no document"),
        (lambda wrong: smartboot.open_card(wrong).__enter__(), "is no reader"),
    ],
    ids=["check", "decode", "open_card"],
)
def test_a_path_where_an_object_is_due(call: Callable[[Any], object], told: str) -> None:
    with pytest.raises(smartboot.UsageError, match=f"^a .*Path {told}$") as caught:
        call(PSK)
    assert caught.value.hint
