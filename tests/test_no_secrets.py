"""No secret in any output: every command over every shipped card, in every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from smartboot.model import MASK
from tests.support.cards import LWM2M_160, profile_card
from tests.support.cli import PROFILES, Outcome, smartboot, virtual

PIN = "73519264"
NAMES = sorted(path.stem for path in PROFILES.glob("*.yaml"))


def spellings(secret: str) -> list[str]:
    """A secret as it might slip out: as it is, as hex of either case, with blanks."""
    raw = bytes.fromhex(secret[4:]) if secret.startswith("hex:") else secret.encode()
    forms = [raw.hex(), raw.hex().upper(), raw.hex(" "), raw.hex(" ").upper(), raw.hex(":")]
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = ""
    if text.isprintable() and len(text) >= 4:
        forms.append(text)
    return forms


def collect(value: Any, key: str = "") -> set[str]:
    """Every secret and nonce of the accounts in JSON of ``read --show-secrets``."""
    if isinstance(value, dict):
        return {s for k, v in value.items() for s in collect(v, k)}
    if isinstance(value, list):
        return {s for v in value for s in collect(v, key)}
    return {value} if key in ("secret", "nonce") and isinstance(value, str) else set()


def secrets_of(name: str) -> set[str]:
    shown = smartboot(
        "-r", virtual(name), "read", "--format", "json", "--show-secrets", "--pin", "1234"
    )
    assert shown.status == 0, shown.err
    found = collect(shown.json["accounts"])
    assert found, "a card without any secret tests nothing"
    return found


def assert_clean(outcome: Outcome, secrets: set[str]) -> None:
    everything = outcome.out + outcome.err
    flat = "".join(everything.split())
    for secret in secrets:
        for form in spellings(secret):
            assert form not in everything
            assert "".join(form.split()) not in flat


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("output", ["table", "json", "yaml"])
@pytest.mark.parametrize("verbose", [(), ("-v",)], ids=["quiet", "verbose"])
def test_read_masks_every_secret(name: str, output: str, verbose: tuple[str, ...]) -> None:
    secrets = secrets_of(name)
    outcome = smartboot(*verbose, "-r", virtual(name), "read", "--format", output, "--pin", "1234")
    assert outcome.status == 0
    assert MASK in outcome.out
    assert_clean(outcome, secrets)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("output", ["table", "json"])
def test_info_and_profiles_show_none(name: str, output: str) -> None:
    secrets = secrets_of(name)
    assert_clean(smartboot("-v", "-r", virtual(name), "info", "--format", output), secrets)
    assert_clean(smartboot("profiles", "list", "--format", output), secrets)
    assert_clean(smartboot("profiles", "validate", str(PROFILES / f"{name}.yaml")), secrets)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("output", ["table", "json", "yaml"])
def test_decode_masks_every_secret(name: str, output: str, tmp_path: Path) -> None:
    secrets = secrets_of(name)
    raw = smartboot("-r", virtual(name), "read", "--raw", str(tmp_path), "--pin", "1234")
    assert_clean(raw, secrets)
    files = sorted(tmp_path.glob("EF_64*.bin"))
    assert files
    for file in files:
        assert_clean(smartboot("decode", str(file), "--format", output), secrets)
        assert_clean(smartboot("decode", str(file), "--format", "xml"), secrets)


def test_raw_files_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    smartboot("-r", virtual("lwm2m-psk"), "read", "--raw", str(folder))
    assert folder.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())


@pytest.mark.parametrize("state", ["right", "wrong", "blocked", "last try"])
def test_a_pin_is_in_no_output(state: str, tmp_path: Path) -> None:
    image = profile_card([("lwm2m", 0x6432, LWM2M_160, 256)], read="pin1")
    plain = image.model_dump(mode="json", by_alias=True, exclude_none=True)
    plain["pins"][0]["value"] = PIN if state == "right" else "00000000"
    plain["pins"][0]["remaining"] = {"blocked": 0, "last try": 1}.get(state, 3)
    card = tmp_path / "card.yaml"
    card.write_text(json.dumps(plain))
    key = tmp_path / "pin"
    key.write_text(PIN)
    for argument in (PIN, f"hex:{PIN.encode().hex()}", f"@{key}"):
        outcome = smartboot("-v", "-r", f"virtual:{card}", "read", "--pin", argument)
        assert outcome.status == (0 if state == "right" else 6)
        assert_clean(outcome, {PIN})


@pytest.mark.parametrize(
    "argument",
    ["12a45678", "hex:zz998877", "123456789012", "env:NO_SUCH_VARIABLE_OF_OURS", "@/no/such/file"],
)
def test_a_key_that_is_none_is_not_repeated(argument: str) -> None:
    outcome = smartboot("-r", virtual("lwm2m-psk"), "read", "--pin", argument)
    assert outcome.status == 2
    assert outcome.err.startswith("error: --pin")
    if not argument.startswith(("env:", "@")):
        assert argument not in outcome.err


def test_encode_refuses_a_masked_secret_and_says_how(tmp_path: Path) -> None:
    smartboot("-r", virtual("lwm2m-psk"), "read", "--raw", str(tmp_path))
    masked = smartboot("decode", str(tmp_path / "EF_6432.bin"), "--format", "yaml")
    source = tmp_path / "masked.yaml"
    source.write_text(masked.out)
    outcome = smartboot("encode", str(source), "--hex")
    assert outcome.status == 5
    assert "--show-secrets" in outcome.err
