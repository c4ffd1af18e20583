"""Every card personality read, written and erased; what that costs is held in a table.

``tests/tables/personalities.txt`` has a line for each personality: TPDUs of reading one document,
of reading three generations, of writing these and of erasing them. After a change that is meant,
SMARTBOOT_RECORD=1 writes the table anew.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from smartboot.bootstrap import read_bootstrap
from smartboot.card import open_card
from smartboot.errors import CardError, PinRefusedError, UsageError
from smartboot.image import CardImage, image_from_data, image_from_text
from smartboot.model import Account
from smartboot.profiles.load import load_profile
from smartboot.profiles.render import render
from smartboot.provision.apply import apply
from smartboot.provision.desired import DesiredCard, desired_from_profile
from smartboot.provision.erase import plan_erase
from smartboot.provision.plan import plan_write
from smartboot.virtual import PERSONALITIES, InProcessConnection, VirtualCard, apply_personality
from tests.support.cards import LWM2M_160, profile_card
from tests.support.cli import PROFILES, smartboot
from tests.support.virtualcards import PKCS15, Talk

TABLE = Path(__file__).parent / "tables" / "personalities.txt"
COLUMNS = ("read", "read-all", "write", "erase")
NAMES = sorted(PERSONALITIES)

NO_TRIES = {"no-tries-query", "sim-2g"}
"""Cards that do not tell the tries left of ADM1: no key goes there without being forced."""


def keys(reference: int) -> bytes | None:
    return b"1234" if reference == 0x01 else b"12345678"


@cache
def loaded() -> tuple[CardImage, CardImage, DesiredCard]:
    """Three generations on one card: full, with empty files, and as a wish."""
    profile = load_profile(PROFILES / "multi-generation.yaml")
    full = render(profile)
    plain = full.model_dump(mode="json", by_alias=True, exclude_none=True)
    application = next(file for file in plain["files"] if file["fid"] == "7F50")
    for file in application["files"]:
        file["data"] = ""
    return full, image_from_data(plain), desired_from_profile(profile)


@cache
def small() -> CardImage:
    """The reference card: one document of 122 bytes."""
    return profile_card([("lwm2m", 0x6432, LWM2M_160, 1024)])


def accounts(card: VirtualCard) -> tuple[int, list[Account]]:
    """TPDUs of reading, and what was read."""
    before = card.tpdus
    handle = open_card(InProcessConnection(card))
    data = read_bootstrap(handle, keys=keys)
    handle.close()
    return card.tpdus - before, list(data.accounts)


@cache
def expected() -> list[Account]:
    return accounts(VirtualCard(loaded()[0]))[1]


def table() -> dict[str, dict[str, str]]:
    rows = [line.split() for line in TABLE.read_text().splitlines() if line[:1] not in ("", "#")]
    assert rows[0] == ["personality", *COLUMNS]
    return {row[0]: dict(zip(COLUMNS, row[1:], strict=True)) for row in rows[1:]}


def read_only(name: str) -> dict[str, str]:
    """The two columns of reading."""
    one = VirtualCard(apply_personality(small(), name))
    many = VirtualCard(apply_personality(loaded()[0], name))
    tpdus, found = accounts(one)
    assert [account.server_id for account in found] == ["300"]
    all_tpdus, all_found = accounts(many)
    assert all_found == expected()
    return {"read": str(tpdus), "read-all": str(all_tpdus)}


def changed(name: str, *, force: bool | None = None) -> dict[str, str]:
    """The columns of writing and erasing, each checked by reading; or how the card refused."""
    force = name in NO_TRIES if force is None else force
    desired = loaded()[2]
    if PERSONALITIES[name].is_sim:
        desired = replace(desired, kind="sim")
    card = VirtualCard(apply_personality(loaded()[1], name))

    def carry_out(plan_for: Any) -> str:
        before = card.tpdus
        handle = open_card(InProcessConnection(card))
        try:
            plan = plan_for(handle)
            result = apply(handle, plan, keys=keys, force=force)
        except PinRefusedError:
            raise
        except CardError as error:
            return f"{error.sw:04X}"
        finally:
            handle.close()
        assert result.verified
        assert not result.mismatches
        return str(card.tpdus - before)

    row = {"write": carry_out(lambda c: plan_write(c, desired, keys=keys, force=force))}
    if len(row["write"]) < 4:
        assert accounts(card)[1] == expected()
        handle = open_card(InProcessConnection(card))
        assert plan_write(handle, desired, keys=keys, force=force).is_empty
        handle.close()
    else:
        card = VirtualCard(apply_personality(loaded()[0], name))
    row["erase"] = carry_out(lambda c: plan_erase(c, keys=keys, force=force))
    if len(row["erase"]) < 4:
        assert accounts(card)[1] == []
    return row


@pytest.mark.parametrize("name", NAMES)
def test_every_card_is_read_to_the_same_accounts(name: str) -> None:
    found = read_only(name)
    assert found == {column: table()[name][column] for column in found}


@pytest.mark.parametrize("name", NAMES)
def test_every_card_is_written_and_erased(name: str) -> None:
    found = changed(name)
    assert found == {column: table()[name][column] for column in found}


@pytest.mark.parametrize("name", sorted(NO_TRIES))
def test_a_card_that_does_not_tell_the_tries_left_gets_no_key(name: str) -> None:
    with pytest.raises(PinRefusedError, match="tries"):
        changed(name, force=False)


def test_the_table_has_a_line_for_each_personality() -> None:
    if os.environ.get("SMARTBOOT_RECORD"):
        rows = [f"{name:<22}" + "".join(f"{v:>10}" for v in line) for name, line in _measured()]
        head = f"{'personality':<22}" + "".join(f"{column:>10}" for column in COLUMNS)
        TABLE.write_text(
            "# TPDUs, or the status word that ended it.\n" + "\n".join([head, *rows]) + "\n"
        )
    assert sorted(table()) == NAMES
    assert len(NAMES) >= 12


def _measured() -> list[tuple[str, list[str]]]:
    return [(name, list((read_only(name) | changed(name)).values())) for name in NAMES]


def test_the_reference_card_is_at_the_floor() -> None:
    assert table()["plain"]["read"] == "18"


# -- what single personalities do on the wire ------------------------------------------------------


def talk(name: str) -> Talk:
    return Talk(apply_personality(small(), name))


def in_application(name: str, fid: str = "6432") -> Talk:
    card = talk(name)
    assert card("00A4040C0C" + PKCS15.hex())[:2] in ("90", "91", "61")
    answer = card(f"00A4000C02{fid}")
    assert answer[:2] in ("90", "91", "61")
    return card


@pytest.mark.parametrize(
    ("name", "command", "answer"),
    [
        ("plain", "00B0000000", "<256>9000"),
        ("plain", "00B003FF00", "6C01"),
        ("end-6282", "00B003FF00", "FF6282"),
        ("end-short", "00B003FF00", "FF9000"),
        ("end-6700", "00B003FF00", "6700"),
        ("small-buffer", "00B0000081", "6C80"),
        ("small-buffer", "00B0000080", "<128>9000"),
        ("t1-small-buffer", "00B0000000", "<128>9000"),
        ("t1-6282", "00B003FF05", "FF6282"),
        ("announced-reads", "00B0000080", "6140"),
        ("toolkit", "00B0000002", "0002910F"),
        ("no-channels", "0070000001", "6881"),
        ("no-channel-command", "0070000001", "6D00"),
        ("channels-taken", "0070000001", "6A81"),
        ("no-path-selection", "00A4080C047F506432", "6A86"),
        ("no-current-adf", "00A4080C047FFF6432", "6A82"),
        ("no-quiet-select", "00A4000C026432", "6A86"),
        ("always-fcp", "00A4000C026432", "61"),
        ("aid-refused", "00A4040C0C" + PKCS15.hex(), "6A82"),
        ("no-administration", "00E0000000", "6D00"),
        ("no-tries-query", "0020000100", "6700"),
    ],
)
def test_habits_on_the_wire(name: str, command: str, answer: str) -> None:
    card = talk(name) if name in ("aid-refused", "no-quiet-select") else in_application(name)
    got = card(command)
    if answer.startswith("<"):
        size, _, status = answer[1:].partition(">")
        assert (len(got) // 2 - 2, got[-4:]) == (int(size), status)
    else:
        assert got.startswith(answer) if len(answer) == 2 else got == answer


def test_announced_reads_come_in_pieces() -> None:
    card = in_application("announced-reads")
    assert card("00B00000C8") == "6140"
    whole = ""
    for rest in ("40", "40", "40", "08"):
        part = card(f"00C00000{rest}")
        whole += part[:-4]
    assert part[-4:] == "9000"
    assert bytes.fromhex(whole)[: len(LWM2M_160)] == LWM2M_160


def fcp(name: str, fid: str = "6432") -> str:
    card = in_application(name)
    return card.fetched(f"00A4000402{fid}")[:-4]


def test_the_forms_of_the_fcp() -> None:
    plain = fcp("plain")
    assert plain.startswith("62")
    assert "8B03" in plain
    assert "8C" in fcp("fcp-compact")
    assert "AB" in fcp("fcp-expanded")
    assert "8B06" in fcp("fcp-environments")
    assert fcp("fcp-iso").startswith("6F81")
    assert fcp("fcp-iso").endswith("8281024121")
    assert "C7020102" in fcp("fcp-crowded")
    assert "8103000418" in fcp("fcp-crowded")
    assert "83026432" not in fcp("fcp-bare")
    assert "80020400" not in fcp("fcp-without-size")
    assert "80020400" in plain
    # EF(DIR) is in the MF; the last EF of the application is what one-id shows.
    assert f"8302{last_fid()}" in fcp("one-id", "5031")


def last_fid() -> str:
    application = small().find("7F50")
    assert application is not None
    return f"{application.files[-1].fid:04X}"


def test_an_aid_may_be_answered_with_the_mf_or_nothing() -> None:
    mf = talk("plain").fetched("00A40004023F00")
    assert talk("aid-answers-mf").fetched("00A404040C" + PKCS15.hex()) == mf
    assert talk("aid-answers-nothing")("00A404040C" + PKCS15.hex()) == "9000"
    assert talk("plain").fetched("00A404040C" + PKCS15.hex()) != mf


def test_a_personality_goes_through_an_image_file() -> None:
    for name in NAMES:
        image = apply_personality(small(), name)
        assert image_from_text(image.to_yaml()) == image
        assert VirtualCard(image).to_image() == image


def test_unknown_personalities_are_named() -> None:
    with pytest.raises(UsageError, match="frugal") as caught:
        apply_personality(small(), "frugal")
    assert "no-channels" in (caught.value.hint or "")


def test_a_virtual_reader_takes_a_personality(tmp_path: Path) -> None:
    saved = tmp_path / "card.yaml"
    profile = PROFILES / "lwm2m-psk.yaml"
    outcome = smartboot(
        "-r", f"virtual:{profile}?personality=sim-2g&save={saved}", "read", "--format", "json"
    )
    assert outcome.status == 0
    assert outcome.json["card"]["kind"] == "sim"
    assert outcome.json["accounts"]
    again = smartboot("-r", f"virtual:{saved}", "read", "--format", "json")
    assert again.json["accounts"] == outcome.json["accounts"]
    wrong = smartboot("-r", f"virtual:{profile}?personality=frugal", "read")
    assert wrong.status == 2
    assert "frugal" in wrong.err
    assert smartboot("-r", f"virtual:{profile}?personality=", "read").status == 2


def test_emulate_lists_the_personalities() -> None:
    outcome = smartboot("emulate", "--personality", "list")
    assert outcome.status == 0
    assert [line.split()[0] for line in outcome.out.splitlines()] == list(PERSONALITIES)
