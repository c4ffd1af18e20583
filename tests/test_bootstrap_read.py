"""Reading whole cards: what comes out, what it costs on the wire, what a fault hides."""

from __future__ import annotations

from typing import Any

import pytest

from smartboot.bootstrap import read_bootstrap
from smartboot.card import open_card
from smartboot.errors import CardMuteError, CardRemovedError, PinBlockedError
from smartboot.formats.client_provisioning import CP, Characteristic, Parm, ProvisioningDocument
from smartboot.image import image_from_data
from smartboot.virtual import InProcessConnection, VirtualCard
from tests.support.cards import LWM2M_160, profile_card, read_image, with_file

REFERENCE = [("lwm2m", 0x6432, LWM2M_160, 1024)]


def codes(data: Any) -> list[str]:
    return [finding.code for finding in data.findings]


def long_lwm2m(length: int) -> bytes:
    """A document of exactly ``length`` bytes: one Security instance with a long identity."""
    head = bytes.fromhex("C10000" + "C10100" + "C10203")
    identity = length - 4 - 5 - len(head) - 4 - 4
    body = head + b"\xd0\x03" + identity.to_bytes(2, "big") + bytes(identity)
    instance = b"\x10\x00" + len(body).to_bytes(2, "big") + body
    block = b"\x00\x00\x00" + len(instance).to_bytes(2, "big") + instance
    data = b"\x00\x01" + len(block).to_bytes(2, "big") + block
    assert len(data) == length
    return data


# -- budgets of the design, section 7


def test_the_reference_layout_costs_18_tpdus() -> None:
    data, card = read_image(profile_card(REFERENCE))
    assert [a.server_id for a in data.accounts] == ["300"]
    assert card.tpdus == 18


@pytest.mark.parametrize(
    ("length", "further"),
    [(256, 0), (257, 1), (512, 1), (513, 2), (1024, 3), (4096, 15)],
)
def test_each_further_256_bytes_cost_one_tpdu(length: int, further: int) -> None:
    image = profile_card([("lwm2m", 0x6432, long_lwm2m(length), length)])
    data, card = read_image(image)
    assert data.objects[0].used == length
    assert card.tpdus == 18 + further


def test_a_short_document_in_a_32_kb_file_costs_under_1500_bytes_on_the_wire() -> None:
    image = profile_card([("lwm2m", 0x6432, long_lwm2m(150), 32768)])
    data, card = read_image(image)
    assert data.objects[0].size == 32768
    assert data.objects[0].used == 150
    assert card.tpdus == 18
    assert card.bytes_on_wire < 1500


def test_a_full_32_kb_document_is_read_whole() -> None:
    document = long_lwm2m(32768)
    data, card = read_image(profile_card([("lwm2m", 0x6432, document, 32768)]))
    assert data.objects[0].content == document
    assert card.tpdus == 18 + 127


def test_t1_takes_no_get_response() -> None:
    data, card = read_image(profile_card(REFERENCE, virtual={"protocol": "T=1"}))
    assert data.accounts
    assert card.tpdus == 14


def test_a_card_without_logical_channels_is_left_with_the_mf_selected() -> None:
    card = VirtualCard(profile_card(REFERENCE, virtual={"channels": 1}))
    opened = open_card(InProcessConnection(card))
    data = read_bootstrap(opened)
    assert data.accounts
    assert any(code.startswith("CARD-") for code in codes(data))
    # SELECT MF is the last command of the run, and nothing was left open.
    assert card.log[-1].command.hex() in ("00a4000c023f00", "00a4000c00", "00a40000023f00")
    assert not [e for e in card.log if e.command[1] == 0x70 and e.command[2] == 0x80]


def test_the_channel_is_closed_again_also_after_an_error() -> None:
    card = VirtualCard(with_file(profile_card(REFERENCE), "7F50/5031", remove=True))
    opened = open_card(InProcessConnection(card))
    read_bootstrap(opened)
    assert card.log[-1].command.hex() == "0170800100"


def test_no_byte_is_read_twice() -> None:
    _, card = read_image(profile_card([("lwm2m", 0x6432, long_lwm2m(700), 1024)]))
    selected = b""
    seen: set[tuple[bytes, int]] = set()
    for command in (e.command for e in card.log):
        if command[1] == 0xA4:
            selected = command
        if command[1] in (0xB0, 0xB2):
            start = int.from_bytes(command[2:4], "big")
            count = (command[4] or 256) if command[1] == 0xB0 else 1
            wanted = {(selected, start + i) for i in range(count)}
            assert not wanted & seen
            seen |= wanted
    document = [e.command for e in card.log if e.command[1] == 0xB0][-3:]
    assert [int.from_bytes(c[2:4], "big") for c in document] == [0, 256, 512]
    assert document[-1][4] == 700 - 512


# -- faults: each a finding, the rest is still read


def test_a_fault_in_one_object_does_not_hide_the_others() -> None:
    image = profile_card(
        [
            ("lwm2m", 0x6432, LWM2M_160, 256),
            ("oma-cp", 0x6411, bytes.fromhex("030B6A7F41420045"), 64),
            ("oma-cp", 0x6412, bytes.fromhex("030B6A0005"), 64),
        ]
    )
    data, _ = read_image(image)
    assert [o.fid for o in data.objects] == ["6432", "6411", "6412"]
    assert len(data.accounts) == 1
    malformed = [f for f in data.findings if f.code == "BOOT-MALFORMED"]
    assert [f.where for f in malformed] == ["EF 6411"]
    assert "offset" in malformed[0].message


@pytest.mark.parametrize(
    ("path", "changes", "code"),
    [
        ("7F50/6432", {"remove": True}, "BOOT-FILE-ABSENT"),
        ("7F50/6432", {"data": "FF" * 16}, "BOOT-EMPTY"),
        ("7F50/6432", {"data": "00" * 1024}, "BOOT-EMPTY"),
        ("7F50/6430", {"data": ""}, "P15-DODF-EMPTY"),
        ("7F50/5031", {"data": ""}, "P15-ODF-EMPTY"),
        ("7F50", {"remove": True}, "P15-APPLICATION-ABSENT"),
        ("2FE2", {"remove": True}, "CARD-ICCID-ABSENT"),
        ("2F00", {"remove": True}, "P15-DIR-ABSENT"),
    ],
)
def test_what_is_missing_is_told(path: str, changes: dict[str, Any], code: str) -> None:
    data, _ = read_image(with_file(profile_card(REFERENCE), path, **changes))
    assert code in codes(data)


def test_a_blank_card_is_no_error() -> None:
    data, _ = read_image(image_from_data({"schema": "smartboot/image/1"}))
    assert (data.objects, data.accounts, data.card.iccid) == ((), (), None)
    assert "P15-APPLICATION-ABSENT" in codes(data)


def test_a_mute_card_is_one_error() -> None:
    card = VirtualCard(profile_card(REFERENCE))
    connection = InProcessConnection(card)
    card.faults.mute = True
    with pytest.raises(CardMuteError):
        open_card(connection).iccid()


@pytest.mark.parametrize("after", range(17))
def test_removal_at_every_command_is_one_error(after: int) -> None:
    card = VirtualCard(profile_card(REFERENCE))
    connection = InProcessConnection(card)
    card.faults.remove_after = after
    with pytest.raises(CardRemovedError):
        read_bootstrap(open_card(connection))


def test_removal_when_all_was_read_loses_nothing() -> None:
    card = VirtualCard(profile_card(REFERENCE))
    opened = open_card(InProcessConnection(card))
    card.faults.remove_after = 17
    assert read_bootstrap(opened).accounts


def test_documents_that_contradict_each_other_are_told() -> None:
    def document(secret: str) -> bytes:
        parms = [("APPID", "w7"), ("PROVIDER-ID", "srv"), ("ADDR", "https://dm.example")]
        auth = Characteristic(
            "APPAUTH", (Parm("AAUTHLEVEL", "APPSRV"), Parm("AAUTHSECRET", secret))
        )
        application = Characteristic("APPLICATION", tuple(Parm(*p) for p in parms), (auth,))
        return CP.encode(ProvisioningDocument("1.1", (application,)))

    image = profile_card(
        [
            ("oma-cp", 0x6411, document("first-word"), 256),
            ("oma-cp", 0x6412, document("other"), 256),
        ],
        oids=["2.23.43.5.1", "2.23.43.5.2"],
    )
    data, _ = read_image(image)
    assert len(data.accounts) == 2
    told = [f for f in data.findings if f.code.startswith("CP-MERGE")]
    assert told
    assert "first-word" not in repr(data.findings)


# -- the last resort of readers in the field: file 6432 where no directory points anywhere


@pytest.mark.parametrize("path", ["7F50/6430", "7F50/5031"])
def test_file_6432_is_tried_when_the_directories_say_nothing(path: str) -> None:
    data, _ = read_image(with_file(profile_card(REFERENCE), path, data=""))
    assert [a.server_id for a in data.accounts] == ["300"]
    (finding,) = [f for f in data.findings if f.code == "BOOT-DEFAULT-FILE"]
    assert finding.severity == "warning"
    assert data.objects[0].fid == "6432"
    assert data.accounts[0].source.oid is None


@pytest.mark.parametrize("content", ["FF" * 64, "00" * 64, "6F" * 64, "A70630040402643F"])
def test_file_6432_counts_only_with_lwm2m_data_in_it(content: str) -> None:
    image = with_file(profile_card(REFERENCE), "7F50/6430", data="")
    data, _ = read_image(with_file(image, "7F50/6432", data=content))
    assert data.objects == ()
    assert "BOOT-DEFAULT-FILE" not in codes(data)


def test_fid_skips_the_directories() -> None:
    image = with_file(profile_card(REFERENCE), "7F50/5031", remove=True)
    data, card = read_image(image, fid=0x6432)
    assert [a.server_id for a in data.accounts] == ["300"]
    assert data.objects[0].format == "lwm2m"
    assert card.tpdus == 12
    data, _ = read_image(image, fid=0x6433)
    assert "BOOT-FILE-ABSENT" in codes(data)


def test_a_named_file_that_is_absent_is_not_laid_on_a_directory() -> None:
    data, _ = read_image(profile_card(REFERENCE), fid=0x6433)
    assert [(f.code, f.message) for f in data.findings] == [
        ("BOOT-FILE-ABSENT", "file 7FFF/6433 is not on the card")
    ]


# -- keys


def test_a_pin_is_sent_only_where_the_card_asks_for_one() -> None:
    asked: list[int] = []

    def keys(reference: int) -> bytes:
        asked.append(reference)
        return b"1234"

    data, card = read_image(profile_card(REFERENCE), keys=keys)
    assert not asked
    assert not [e for e in card.log if e.command[1] == 0x20]
    data, card = read_image(profile_card(REFERENCE, read="pin1"), keys=keys)
    assert asked == [1]
    assert data.accounts
    sent = [e for e in card.log if e.command[1] == 0x20 and len(e.command) > 5]
    assert len(sent) == 1


@pytest.mark.parametrize(("encoding", "further"), [("expanded", 3), ("referenced", 8)])
def test_a_pin_costs_a_second_select_only_after_looking_at_another_file(
    encoding: str, further: int
) -> None:
    """The refused READ and two VERIFY; rules in EF(ARR) are looked up there, which selects it."""
    image = profile_card(REFERENCE, read="pin1", virtual={"access_encoding": encoding})
    data, card = read_image(image, keys=lambda reference: b"1234")
    assert data.accounts
    assert card.tpdus == 18 + further
    selected = [e for e in card.log if e.command[1] == 0xA4 and e.command[-2:] == b"\x64\x32"]
    assert len(selected) == (1 if encoding == "expanded" else 2)


def test_without_the_pin_the_object_is_listed_and_locked() -> None:
    data, card = read_image(profile_card(REFERENCE, read="pin1"))
    assert data.locked == ("PIN1",)
    assert data.objects[0].size == 1024
    assert data.objects[0].content is None
    assert "BOOT-LOCKED" in codes(data)
    assert not [e for e in card.log if e.command[1] == 0x20 and len(e.command) > 5]


def test_a_wrong_pin_is_sent_once_for_all_objects() -> None:
    image = profile_card(
        [("lwm2m", 0x6432, LWM2M_160, 256), ("oma-cp", 0x6411, b"\x03\x0b\x6a\x00\x05", 64)],
        read="pin1",
    )
    data, card = read_image(image, keys=lambda reference: b"9999")
    sent = [e for e in card.log if e.command[1] == 0x20 and len(e.command) > 5]
    assert len(sent) == 1
    assert card.to_image().pins[0].remaining == 2
    assert codes(data).count("BOOT-LOCKED") == 2
    assert "9999" not in repr(data.findings)


def test_the_last_try_is_not_spent() -> None:
    plain = profile_card(REFERENCE, read="pin1").model_dump(
        mode="json", by_alias=True, exclude_none=True
    )
    plain["pins"][0]["remaining"] = 1
    image = image_from_data(plain)
    data, card = read_image(image, keys=lambda reference: b"9999")
    assert not [e for e in card.log if e.command[1] == 0x20 and len(e.command) > 5]
    assert data.locked
    assert card.to_image().pins[0].remaining == 1
    _, card = read_image(image, keys=lambda reference: b"9999", force=True)
    assert card.to_image().pins[0].remaining == 0


def test_a_blocked_pin_is_told() -> None:
    plain = profile_card(REFERENCE, read="pin1").model_dump(
        mode="json", by_alias=True, exclude_none=True
    )
    plain["pins"][0]["remaining"] = 0
    data, _ = read_image(image_from_data(plain), keys=lambda reference: b"1234")
    assert any("blocked" in f.message for f in data.findings if f.code == "BOOT-LOCKED")
    assert PinBlockedError.exit_status == 6
