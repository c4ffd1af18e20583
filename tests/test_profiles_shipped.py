"""The profiles that come along: each makes a card, and reading the card gives its accounts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from smartboot.errors import ProfileError
from smartboot.model import Account, Severity, Source
from smartboot.profiles.check import check_profile, profile_accounts
from smartboot.profiles.load import (
    load_profile,
    load_profile_or_image,
    profile_from_text,
    profile_variables,
)
from smartboot.profiles.render import render
from smartboot.profiles.shipped import find_shipped, profile_path, shipped_profiles
from smartboot.profiles.variables import luhn_valid
from tests.support.cards import read_image

PROFILES = shipped_profiles()
IDS = [path.stem for path in PROFILES]
PIN = b"1234"

ACCOUNTS = {
    "client-provisioning-w7": ["dm.harbor.example"],
    "dm-1.2-tnds": ["dm.lantern.example", "dm.beacon.example"],
    "dm-2.0": ["dm.orchard.example"],
    "lwm2m-bootstrap-server": [None],
    "lwm2m-oscore": ["77"],
    "lwm2m-psk": ["123"],
    "lwm2m-variables": ["501"],
    "multi-generation": [
        "dm.granite.example", "dm.basalt.example", "dm2.granite.example", None, "301", "302",
    ],
    "sim-2g-client-provisioning": ["dm.kelp.example"],
}  # fmt: skip


def plain(account: Account) -> dict[str, object]:
    """What an account says, without the place it was found in."""
    return replace(account, source=Source()).to_dict(show_secrets=True)


def test_the_table_is_complete():
    assert set(IDS) == set(ACCOUNTS)


@pytest.mark.parametrize("path", PROFILES, ids=IDS)
def test_name_and_description(path):
    profile = load_profile(path, examples=True).profile
    assert profile.name == path.stem
    assert 10 < len(profile.description) < 100
    assert path.read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("path", PROFILES, ids=IDS)
def test_reading_the_card_gives_the_accounts_of_the_profile(path):
    loaded = load_profile(path, examples=True)
    image = render(loaded)
    data, _ = read_image(image, keys=lambda reference: PIN)
    assert [account.server_id for account in data.accounts] == ACCOUNTS[path.stem]
    assert [plain(a) for a in data.accounts] == [plain(a) for a in profile_accounts(loaded)]
    assert [item.fid for item in data.objects] == [
        f"{item.fid:04X}" for item in loaded.profile.data_objects
    ]
    assert [item.used for item in data.objects] == [len(document) for document in loaded.documents]
    assert [f for f in data.findings if f.severity is not Severity.INFO] == []
    assert [f for f in check_profile(loaded) if f.severity is not Severity.INFO] == []
    assert load_profile_or_image(path) == image


@pytest.mark.parametrize("key", ["pin1", "universal-pin"])
@pytest.mark.parametrize("path", PROFILES, ids=IDS)
def test_reading_behind_either_kind_of_pin(path, key):
    text = path.read_text(encoding="utf-8")
    text = text.replace("    access: {read: pin1, update: adm1}\n", "").replace(
        "    private: true\n", ""
    )
    mark = "    format: "
    assert text.count(mark) == len(load_profile(path, examples=True).profile.data_objects)
    text = text.replace(
        mark, f"    private: true\n    access: {{read: {key}, update: adm1}}\n{mark}"
    )
    # A compact rule has no room for the key's name, and a reader cannot know what to present.
    text = text.replace("access_encoding: compact", "access_encoding: expanded")
    if key == "universal-pin" and "kind: sim" in text:
        with pytest.raises(ProfileError, match="a 2G SIM has"):
            profile_from_text(text, examples=True)
        return
    loaded = profile_from_text(text, examples=True)
    data, _ = read_image(render(loaded), keys=lambda reference: PIN)
    assert [account.server_id for account in data.accounts] == ACCOUNTS[path.stem]
    assert [f for f in data.findings if f.severity is not Severity.INFO] == []


def test_cards_are_told_apart_by_their_iccid():
    iccids = [load_profile(path, examples=True).profile.virtual.iccid for path in PROFILES]
    assert len(set(iccids)) == len(iccids)
    assert all(iccid.startswith("8988211") for iccid in iccids)
    assert all(luhn_valid(iccid) for iccid in iccids)


@pytest.mark.parametrize("path", PROFILES, ids=IDS)
def test_every_variable_can_be_emulated_and_secrets_have_no_default(path):
    for variable in profile_variables(path):
        assert not (variable.required and variable.rule.example is None)
        assert not (variable.rule.secret and variable.rule.default is not None)
        assert variable.rule.description


def test_the_template_is_not_written_with_its_examples():
    path = next(path for path in PROFILES if path.stem == "lwm2m-variables")
    with pytest.raises(ProfileError):
        load_profile(path)


def test_the_numbers_others_rely_on():
    path = next(path for path in PROFILES if path.stem == "lwm2m-psk")
    loaded = load_profile(path)
    (item,) = loaded.profile.data_objects
    assert (item.fid, item.size, len(loaded.documents[0])) == (0x6432, 1024, 120)
    assert loaded.profile.virtual.iccid == "89882110000000000010"


def test_installed_and_checked_out(tmp_path, monkeypatch):
    import smartboot

    package = tmp_path / "smartboot"
    package.mkdir()
    monkeypatch.setattr(smartboot, "__file__", str(package / "__init__.py"))
    assert shipped_profiles() == []
    for folder in (tmp_path / "card_profiles", package / "card_profiles"):
        folder.mkdir()
        for name in ("b.yaml", "a.yaml", "c.txt"):
            Path(folder / name).touch()
        assert shipped_profiles() == [folder / "a.yaml", folder / "b.yaml"]


def test_names_of_profiles(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    psk = next(path for path in PROFILES if path.stem == "lwm2m-psk")
    assert find_shipped("lwm2m-psk") == find_shipped("lwm2m-psk.yaml") == psk
    assert profile_path("lwm2m-psk") == psk
    for name in ("lwm2m", "lwm2m-psk.yml", "absent.yaml"):
        assert find_shipped(name) is None
        with pytest.raises(ProfileError, match="no file and no shipped profile"):
            profile_path(name)
    assert find_shipped("elsewhere/lwm2m-psk") is None
    assert profile_path("elsewhere/lwm2m-psk") == Path("elsewhere/lwm2m-psk")
    Path("lwm2m-psk").mkdir()
    assert profile_path("lwm2m-psk") == psk
    Path("lwm2m-psk.yaml").touch()
    assert profile_path("lwm2m-psk.yaml") == Path("lwm2m-psk.yaml")
