"""Cards built for tests, what they count, and assertions that fail in words without secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smartboot import testing
from smartboot.errors import (
    CardRemovedError,
    EncodeError,
    ProfileError,
    UsageError,
)
from smartboot.image import CardImage, write_image
from smartboot.model import Account, Connection, Credential, Secret, ServerAddress
from smartboot.profiles.shipped import shipped_profiles
from smartboot.testing import (
    CardDocument,
    TestCard,
    assert_accounts,
    assert_not_read,
    assert_not_written,
    assert_read,
    assert_tpdus,
    assert_written,
    card_from_image,
    card_from_profile,
    card_with,
    commands,
    make_card,
)
from tests.support.pytestrun import project, run_pytest

KEY = bytes.fromhex("C0FFEE5EC2E7C0FFEE5EC2E7C0FFEE55")
PKCS15_AID = bytes.fromhex("A000000063504B43532D3135")
BLANK = {"schema": "smartboot/image/1"}


def server(number: str = "123", key: bytes = KEY, **more: Any) -> Account:
    return Account(
        protocol="lwm2m",
        carrier="lwm2m",
        server_id=number,
        addresses=(ServerAddress(f"coaps://lwm2m-{number}.example:5684"),),
        credentials=(Credential("client", "psk", f"cell-{number}", Secret(key)),),
        **more,
    )


def failure(check: Any, *arguments: Any, **options: Any) -> str:
    """The message of an assertion that has to fail."""
    with pytest.raises(AssertionError) as caught:
        check(*arguments, **options)
    text = str(caught.value)
    assert KEY.hex() not in text.lower()
    assert repr(KEY)[2:-1] not in text
    return text


# -- building


@pytest.mark.parametrize("path", shipped_profiles(), ids=lambda path: path.stem)
def test_every_shipped_profile_is_a_card_by_name_and_by_path(path: Path) -> None:
    card = card_from_profile(path.stem)
    assert card.name == path.stem
    assert card.accounts
    assert card_from_profile(str(path)).original == card_from_profile(path).original
    assert card.original == card_from_profile(path).original


def test_variables_fill_a_profile() -> None:
    card = card_from_profile("lwm2m-variables", SERIAL="000042", SSID=77, PSK=KEY.hex())
    (account,) = card.accounts
    assert account.server_id == "77"
    assert "000042" in (account.credentials[0].identity or "")
    assert_accounts(card, [{"credentials": [{"secret": KEY}]}])


def test_wrong_names_and_values_are_told() -> None:
    with pytest.raises(UsageError, match="no profile of the name 'nope'") as caught:
        card_from_profile("nope")
    assert "lwm2m-psk" in (caught.value.hint or "")
    with pytest.raises(ProfileError, match="cannot be read"):
        card_from_profile("nope/card.yaml")
    with pytest.raises(ProfileError, match="cannot be read"):
        card_from_profile(Path("nope"))
    with pytest.raises(ProfileError):
        card_from_profile("lwm2m-variables", SSID="no number")


def test_an_image_is_a_card_as_object_mapping_and_file(tmp_path: Path) -> None:
    image = card_from_profile("lwm2m-psk").original
    write_image(image, tmp_path / "card.yaml")
    for source in (image, tmp_path / "card.yaml", str(tmp_path / "card.yaml")):
        assert card_from_image(source).accounts
        assert make_card(source).accounts
    assert card_from_image(BLANK).accounts == ()
    with pytest.raises(ProfileError):
        card_from_image({"schema": "smartboot/image/1", "files": 5})


def test_accounts_make_a_card_and_are_read_back() -> None:
    accounts = [server("1"), server("2", lifetime=600, binding="UQ")]
    card = card_with(*accounts)
    assert_accounts(card, accounts)
    assert_accounts(card.read(), accounts)
    assert_accounts(card.accounts, accounts)
    assert_accounts(card_with(accounts=accounts), accounts)
    assert len(card.content().objects) == 1


def test_carriers_stand_side_by_side() -> None:
    old = Account(
        protocol="oma-dm",
        carrier="client-provisioning",
        server_id="dm.example",
        addresses=(ServerAddress("https://dm.example/dm"),),
    )
    card = card_with(old, server())
    assert {item.format for item in card.content().objects} == {"oma-cp", "lwm2m"}
    assert_accounts(card, [{"server_id": "dm.example"}, {"server_id": "123"}])


def test_what_a_carrier_cannot_hold_is_an_error() -> None:
    proxy = Connection("proxy", "P1", address="10.0.0.1")
    with pytest.raises(EncodeError, match="lwm2m accounts"):
        card_with(server(connections=(proxy,)))
    with pytest.raises(EncodeError):
        card_with(Account("oma-dm", "lwm2m", addresses=(ServerAddress("https://x.example"),)))


def test_documents_of_every_kind_of_content() -> None:
    plain = {
        "Security": {
            0: {
                "LwM2M Server URI": "coaps://a.example",
                "Bootstrap-Server": False,
                "Security Mode": "no-sec",
                "Short Server ID": 5,
            }
        }
    }
    xml = (
        '<wap-provisioningdoc version="1.1"><characteristic type="APPLICATION">'
        '<parm name="APPID" value="w7"/><parm name="PROVIDER-ID" value="b.example"/>'
        '<parm name="ADDR" value="https://b.example/dm"/></characteristic></wap-provisioningdoc>'
    )
    first = card_with(CardDocument("lwm2m", plain))
    document = first.content().objects[0].document
    again = card_with(documents=[CardDocument("lwm2m", document)])
    assert_accounts(again, first.accounts)
    assert_accounts(card_with(CardDocument("oma-cp", xml)), [{"server_id": "b.example"}])
    with pytest.raises(EncodeError, match="no XML form"):
        card_with(CardDocument("lwm2m", "<xml/>"))


def test_bytes_are_taken_as_they_are() -> None:
    card = card_with(CardDocument("lwm2m", bytes.fromhex("0001002000"), size=64, fid=0x6455))
    data = card.read()
    assert data.accounts == ()
    assert data.objects[0].fid == "6455"
    assert "BOOT-MALFORMED" in {finding.code for finding in data.findings}


def test_many_documents_get_their_own_files_and_room_in_the_directory() -> None:
    documents = [CardDocument("lwm2m", bytes.fromhex("00000000"), label="x" * 60)] * 6
    objects = card_with(documents=documents).content().objects
    assert [item.fid for item in objects] == [f"{0x6432 + n:04X}" for n in range(6)]


def test_settings_reach_the_card() -> None:
    card = card_with(server(), iccid="89882110000000000025", protocol="T=1", channels=1)
    assert card.read().card.iccid == "89882110000000000025"
    assert card.card.protocol == "T=1"
    assert card_with(server(), kind="sim").read().card.kind == "sim"
    with pytest.raises(ProfileError):
        card_with(server(), no_such_setting=1)
    with pytest.raises(ProfileError):
        card_with(server(), imsi="letters")


def test_make_card_takes_what_there_is_and_no_options_for_ready_cards() -> None:
    card = make_card("lwm2m-psk")
    assert make_card(card) is card
    assert make_card(card.original).original == card.original
    assert make_card(card.card).card is card.card
    assert_accounts(make_card(server("1"), server("2")), [server("1"), server("2")])
    assert make_card(accounts=[server()]).accounts
    for source in (card, card.original, card.card):
        with pytest.raises(UsageError, match="without options"):
            make_card(source, iccid="89882110000000000025")
    with pytest.raises(UsageError, match="nothing on it"):
        make_card()


# -- reading and counting


def test_a_locked_card_is_read_with_the_pin_only_and_looked_at_without() -> None:
    card = card_with(server(), read="pin1")
    assert card.read().accounts == ()
    assert_accounts(card.read(pin="1234"), [server()])
    assert_accounts(card, [server()])
    never = card_with(server(), read="adm1")
    assert never.read(pin="12345678").accounts == ()
    assert_accounts(never, [server()])


def test_looking_at_a_card_counts_nothing() -> None:
    card = card_from_profile("lwm2m-psk")
    assert card.accounts
    assert_accounts(card, card.accounts)
    assert_not_written(card)
    assert (card.tpdus, card.writes, card.bytes_on_wire, card.card.power_ups) == (0, 0, 0, 0)
    card.read()
    assert card.tpdus == len(commands(card)) == 18


def test_a_block_is_counted_for_itself() -> None:
    card = card_from_profile("lwm2m-psk")
    card.read()
    with card.counting() as cost:
        assert cost.tpdus == 0
        card.read()
        assert cost.tpdus == 18
    card.read()
    assert (cost.tpdus, cost.writes, len(cost.commands)) == (18, 0, 18)
    assert [c.number for c in cost.commands] == list(range(19, 37))
    assert cost.bytes_on_wire * 3 == card.bytes_on_wire
    assert_tpdus(cost, exactly=18)
    assert_read(card, "6432", of=cost)
    with card.counting() as idle:
        pass
    assert_not_read(card, "6432", of=idle)


def test_a_reset_ends_what_was_selected() -> None:
    card = card_from_profile("lwm2m-psk")
    connection = card.connection()
    connection.transmit(bytes.fromhex("00A4000C022FE2"))
    connection.reset()
    connection.transmit(bytes.fromhex("00B0000001"))
    assert [c.path for c in commands(card)] == ["3F00/2FE2", ""]


def test_a_card_of_ones_own_is_taken_as_it_is() -> None:
    card = card_from_profile("lwm2m-psk").card
    card.faults.remove_after = 3
    wrapped = TestCard(card)
    assert wrapped.card is card
    with pytest.raises(CardRemovedError):
        wrapped.read()
    assert_tpdus(wrapped, exactly=3)


def test_printing_a_card_shows_no_secret() -> None:
    card = card_with(server())
    texts = [repr(card), repr(card.content()), repr(CardDocument("lwm2m", KEY))]
    card.read()
    texts += [repr(commands(card)), "\n".join(map(str, commands(card)))]
    for text in texts:
        assert KEY.hex() not in text.lower()
        assert repr(KEY)[2:-1] not in text


def test_key_data_is_not_in_the_commands() -> None:
    card = card_with(server(), read="pin1")
    card.read(pin="1234")
    verify = next(c for c in commands(card) if c.name == "VERIFY PIN" and c.sent)
    assert (verify.sent, verify.header) == (8, bytes.fromhex("0120000108"))


# -- assertions


def test_accounts_that_differ_are_named_field_by_field() -> None:
    card = card_with(server())
    text = failure(assert_accounts, card, [{"server_id": "9", "addresses": [{"uri": "x"}]}])
    assert "accounts[0].server_id: '123', expected '9'" in text
    assert "accounts[0].addresses[0].uri: 'coaps://lwm2m-123.example:5684', expected 'x'" in text
    assert "lwm2m management 123: coaps://lwm2m-123.example:5684" in text
    assert "2 expected" not in failure(assert_accounts, card, [])
    assert "1 accounts, expected 0" in failure(assert_accounts, card, [])
    assert "no field 'uri'" in failure(assert_accounts, card, [{"uri": "x"}])
    assert "1 of them, expected 0" in failure(assert_accounts, card, [{"addresses": []}])
    assert "is no list" in failure(assert_accounts, card, [{"role": []}])
    assert "has no fields" in failure(assert_accounts, card, [{"role": {"a": 1}}])
    assert "expected None" in failure(assert_accounts, card, [{"server_id": None}])


def test_secrets_are_compared_in_every_form_and_shown_in_none() -> None:
    card = card_with(server())
    for good in (KEY, Secret(KEY), f"hex:{KEY.hex()}", f"hex:{KEY.hex().upper()}"):
        assert_accounts(card, [{"credentials": [{"secret": good}]}])
    for bad in (KEY[::-1], Secret(KEY[:-1]), f"hex:{KEY.hex()}00", "hex:zz", 5, None):
        text = failure(assert_accounts, card, [{"credentials": [{"secret": bad}]}])
        assert "accounts[0].credentials[0].secret: " in text
        assert KEY[::-1].hex() not in text
    open_server = {"credentials": [{"secret": KEY, "nonce": KEY}]}
    assert "nonce: missing" in failure(assert_accounts, card, [open_server])
    assert_accounts(card, [{"credentials": [{"nonce": None}]}])


def test_findings_stand_in_the_failure() -> None:
    card = card_with(CardDocument("lwm2m", bytes.fromhex("0001002000"), size=64))
    text = failure(assert_accounts, card, [server()])
    assert "0 accounts, expected 1" in text
    assert "BOOT-MALFORMED" in text


def test_the_tpdu_budget_lists_the_commands() -> None:
    card = card_from_profile("lwm2m-psk")
    card.read()
    assert_tpdus(card, at_most=18)
    text = failure(assert_tpdus, card, at_most=17)
    assert "18 TPDUs, at most 17 are allowed" in text
    assert text.count("\n") == 18
    assert "EF(LwM2M_Bootstrap)" in text
    assert "18 TPDUs, expected 19" in failure(assert_tpdus, card, exactly=19)
    for options in ({}, {"at_most": 1, "exactly": 1}):
        with pytest.raises(UsageError):
            assert_tpdus(card, **options)
    for _ in range(4):
        card.read()
    assert "(30 earlier ones left out)" in failure(assert_tpdus, card, at_most=1)


def test_what_was_read() -> None:
    card = card_from_profile("multi-generation")
    assert_not_read(card, "6432")
    assert "no byte of file 6432 was read" in failure(assert_read, card, "6432")
    connection = card.connection()
    connection.transmit(bytes.fromhex("00A4040C0C") + PKCS15_AID)
    connection.transmit(bytes.fromhex("00A4000C026432"))
    connection.transmit(bytes.fromhex("00B0000010"))
    for path in ("6432", "7F50/6432", "3F00/7F50/6432"):
        assert_read(card, path)
        assert_read(card, path, at_most=16)
        assert "16 bytes of file" in failure(assert_read, card, path, at_most=15)
        assert "was read" in failure(assert_not_read, card, path)
    assert_not_read(card, "6431")
    for wrong in ("9999", "7F10/6432", "text", ""):
        with pytest.raises(UsageError):
            assert_read(card, wrong)


def unlocked(card: TestCard) -> Any:
    """A connection with ADM1 verified and the bootstrap file selected."""
    connection = card.connection()
    assert connection.transmit(bytes.fromhex("0020000A08") + b"12345678").sw == 0x9000
    connection.transmit(bytes.fromhex("00A4040C0C") + PKCS15_AID)
    connection.transmit(bytes.fromhex("00A4000C026432"))
    return connection


def test_what_was_written() -> None:
    card = card_with(CardDocument("lwm2m", bytes.fromhex("00000000"), size=64))
    assert_not_written(card)
    assert_not_written(card, "6432")
    assert "holds what it held" in failure(assert_written, card, "6432")
    connection = unlocked(card)
    assert connection.transmit(bytes.fromhex("00D6000410") + KEY).sw == 0x9000
    assert_written(card, "6432")
    assert_written(card, "7F50/6432", KEY, at=4)
    text = failure(assert_written, card, "6432", KEY[:8] + b"\x00" + KEY[9:], at=4)
    assert "from offset 12 on" in text
    assert "UPDATE BINARY" in text
    assert "VERIFY PIN" in text
    assert "written: 3F00/7F50/6432" in failure(assert_not_written, card)
    assert "written: 3F00/7F50/6432" in failure(assert_not_written, card, "6432")
    assert_not_written(card, "2FE2")
    failure(assert_written, card, "6432", bytes(100))


def test_names_are_those_of_the_package() -> None:
    assert set(testing.__all__) == set(testing._HOMES) | {
        name for name in testing.__all__ if name.startswith("assert_")
    }
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = testing.nothing
    assert isinstance(card_with(server()).image(), CardImage)


# -- what pytest prints

LEAKS = f"""
from smartboot.model import Account, Credential, Secret, ServerAddress
from smartboot.testing import assert_accounts, assert_tpdus

KEYS = [bytes.fromhex("{KEY.hex()}"), bytes.fromhex("{KEY[::-1].hex()}")]

def server(key):
    return Account("lwm2m", "lwm2m", server_id="1",
        addresses=(ServerAddress("coaps://a.example"),),
        credentials=(Credential("client", "psk", "cell", Secret(key)),))

def test_data(smartboot_card):
    data, other = (smartboot_card(server(key)).read() for key in KEYS)
    assert data == other

def test_account(smartboot_card):
    account, other = (smartboot_card(server(key)).accounts[0] for key in KEYS)
    assert account == other

def test_accounts(smartboot_card):
    account, other = (smartboot_card(server(key)).accounts for key in KEYS)
    assert account == other

def test_secret():
    one, other = (Secret(key) for key in KEYS)
    assert one == other

def test_expected(smartboot_card):
    card = smartboot_card(server(KEYS[0]))
    card.read()
    assert_accounts(card, [server(KEYS[1])])

def test_cost(smartboot_card):
    card = smartboot_card(server(KEYS[0]))
    card.read()
    assert_tpdus(card, at_most=3)
"""


@pytest.mark.parametrize("options", [("-q",), ("-vv",), ("--showlocals", "--tb=long")])
def test_no_secret_in_what_pytest_prints(tmp_path: Path, options: tuple[str, ...]) -> None:
    run = run_pytest(project(tmp_path, LEAKS), *options)
    assert run.counts == {"failed": 6}, run.text
    for key in (KEY, KEY[::-1]):
        # The source lines with the keys themselves are at the top of the file, not in the report.
        assert key.hex() not in run.text.lower()
        assert repr(key)[2:-1] not in run.text
    assert "differs (not shown)" in run.text
    assert "accounts[0].credentials[0].secret: another value (secrets are not shown)" in run.text
    assert "commands of card" in run.text
    assert "EF(LwM2M_Bootstrap)" in run.text


def test_a_card_takes_a_personality_and_a_scenario() -> None:
    card = testing.make_card("lwm2m-psk", personality="no-channels")
    assert [account.server_id for account in card.read().accounts] == ["123"]
    opened = [c for c in card.commands if c.name.startswith("MANAGE") and c.sw == 0x9000]
    assert not opened
    scenario = {
        "schema": "smartboot/scenario/1",
        "faults": [{"ins": "B0", "nth": 1, "status": "6F00"}],
    }
    broken = testing.make_card("lwm2m-psk", scenario=scenario)
    broken.read()
    assert 0x6F00 in [command.sw for command in broken.commands]
