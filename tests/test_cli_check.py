"""``smartboot check``: targets, options, exit status, and what it costs on a card."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.api.checking import FileChecker, Source
from smartboot.bootstrap import read_bootstrap
from smartboot.bootstrap.documents import UnrecognisedError
from smartboot.card import open_card
from smartboot.checks import inspect_card, rule_of
from smartboot.cli.check import command
from smartboot.errors import UsageError
from smartboot.image import CardImage, write_image
from smartboot.profiles.load import load_profile, load_profile_or_image
from smartboot.profiles.render import render
from smartboot.profiles.shipped import shipped_profiles
from smartboot.virtual import InProcessConnection, VirtualCard
from tests.support.cards import LWM2M_160, profile_card
from tests.support.cli import PROFILES, smartboot, virtual

BROKEN = bytes.fromhex("0001FFFF00")
"""An object collection that ends before it begins."""

EXAMPLES = {"SEC-KEY-EXAMPLE", "SEC-BASIC-CLEAR"}
"""Warnings that a reference profile gives: its keys are examples, and a 2G system spoke HTTP."""

SHIPPED = [path.stem for path in shipped_profiles()]
PSK = PROFILES / "lwm2m-psk.yaml"

PLAIN = """\
schema: smartboot/profile/1
name: test
data_objects:
  - label: LwM2M
    format: lwm2m
    fid: "6432"
    access: {read: READ}
    hex: HEX
"""


def profile(read: str = "always", hex_: str = LWM2M_160.hex()) -> str:
    return PLAIN.replace("READ", read).replace("HEX", hex_)


def found(report: Any) -> set[str]:
    return {finding["code"] for finding in report["findings"]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- what is a target


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_profiles_have_no_error_and_warn_of_their_examples(name: str) -> None:
    result = smartboot("check", name, "--format", "json")
    report = result.json
    assert result.status == 0
    assert report["summary"]["error"] == 0
    warnings = {f["code"] for f in report["findings"] if f["severity"] == "warning"}
    assert warnings <= EXAMPLES
    assert [target["kind"] for target in report["targets"]] == ["profile"]
    assert report["targets"][0]["name"] == name


@pytest.mark.parametrize("name", SHIPPED)
def test_a_profile_and_its_image_show_the_same_faults(name: str, folder: Path) -> None:
    write_image(load_profile_or_image(PROFILES / f"{name}.yaml"), folder / "card.yaml")
    image = smartboot("check", "card.yaml", "--format", "json").json
    assert image["targets"][0]["kind"] == "image"
    of_profile = smartboot("check", name, "--format", "json").json
    assert found(image) <= found(of_profile)
    assert all(code.startswith("PROFILE-") for code in found(of_profile) - found(image))


def test_the_card_in_the_reader_is_checked_without_a_target() -> None:
    result = smartboot("-r", virtual("lwm2m-psk"), "check", "--format", "json")
    assert result.status == 0
    assert [target["kind"] for target in result.json["targets"]] == ["card"]


def test_a_blank_card_is_an_error_of_check(folder: Path) -> None:
    (folder / "blank.yaml").write_text("schema: smartboot/image/1\nfiles: []\n")
    for arguments in (["-r", "virtual:blank.yaml", "check"], ["check", "blank.yaml"]):
        result = smartboot(*arguments, "--format", "json")
        assert result.status == 1
        assert "P15-APPLICATION-ABSENT" in found(result.json)


@pytest.mark.parametrize("form", ["bin", "hex", "xml", "json", "yaml"])
def test_documents_in_every_form(form: str, folder: Path) -> None:
    path = folder / f"document.{form}"
    if form == "xml":
        smartboot("-r", virtual("client-provisioning-w7"), "read", "--raw", "raw")
        raw = folder / "raw" / "EF_6411.bin"
        path.write_bytes(
            smartboot("decode", str(raw), "--format", "xml", "--show-secrets").out.encode()
        )
    elif form == "bin":
        path.write_bytes(LWM2M_160)
    else:
        path.write_text(LWM2M_160.hex())
        if form != "hex":
            path.write_text(smartboot("decode", str(path), "--format", form, "--show-secrets").out)
    result = smartboot("check", str(path), "--format", "json")
    assert result.status == 0, result.out + result.err
    assert [target["kind"] for target in result.json["targets"]] == ["document"]


def test_stdin_is_a_target(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(LWM2M_160.hex().encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    result = smartboot("check", "-", "--format", "json")
    assert result.status == 0
    assert result.json["targets"][0]["name"] == "-"


def test_a_folder_gives_its_files_sorted_and_skips_the_rest(folder: Path) -> None:
    cards = folder / "cards"
    (cards / "more").mkdir(parents=True)
    (cards / ".hidden").mkdir()
    (cards / "b.yaml").write_text(profile())
    (cards / "a.hex").write_text(LWM2M_160.hex())
    (cards / "more" / "c.bin").write_bytes(LWM2M_160)
    (cards / "notes.txt").write_text("hello")
    (cards / "package.json").write_text('{"name": "x"}')
    (cards / "workflow.yaml").write_text("on: push\n")
    (cards / "broken.yml").write_text("{{ a: ]")
    (cards / "scenario.yaml").write_text("schema: smartboot/scenario/1\n")
    (cards / ".hidden" / "d.bin").write_bytes(LWM2M_160)
    result = smartboot("check", "cards", "--format", "json")
    assert [target["name"] for target in result.json["targets"]] == [
        str(Path("cards/a.hex")),
        str(Path("cards/b.yaml")),
        str(Path("cards/more/c.bin")),
    ]
    assert result.status == 0
    skipped = [line.split(": ")[2] for line in result.err.splitlines() if "skipped" in line]
    assert [Path(name).name for name in skipped] == [
        "broken.yml",
        "package.json",
        "scenario.yaml",
        "workflow.yaml",
    ]


def test_a_terminal_is_told_how_far_it_is_with_many_files(folder: Path) -> None:
    for number in range(20):
        (folder / f"{number}.bin").write_bytes(bytes(8))
    told = smartboot("check", ".", stdin=b"", answers=True)
    assert "checking 20 of 20" in told.err
    assert told.err.endswith("\r\x1b[K")
    assert "checking" not in smartboot("check", ".").err
    assert "checking" not in smartboot("check", "0.bin", stdin=b"", answers=True).err


def test_a_file_met_twice_is_checked_once(folder: Path) -> None:
    (folder / "a.bin").write_bytes(LWM2M_160)
    assert len(smartboot("check", "a.bin", "a.bin", "--format", "json").json["targets"]) == 1


def test_a_folder_without_files_is_wrong_usage(folder: Path) -> None:
    (folder / "empty").mkdir()
    result = smartboot("check", "empty")
    assert result.status == 2
    assert "no file to check" in result.err


def test_a_target_that_is_nothing_is_wrong_usage() -> None:
    result = smartboot("check", "no-such-thing")
    assert result.status == 2
    assert "no file, no folder and no shipped profile" in result.err


def test_a_named_file_of_no_known_kind_gives_5_and_the_others_are_checked(folder: Path) -> None:
    (folder / "workflow.yaml").write_text("on: push\n")
    result = smartboot("check", "workflow.yaml", "lwm2m-psk", "--format", "json")
    assert result.status == 5
    assert [target["name"] for target in result.json["targets"]] == ["lwm2m-psk"]
    assert "error: workflow.yaml" in result.err
    assert smartboot("check", "workflow.yaml").out == ""


def test_a_file_that_cannot_be_read_stops_nothing_and_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.bin").write_bytes(LWM2M_160)
    (folder / "b.bin").write_bytes(LWM2M_160)
    plain = Path.open

    def refused(self: Path, *arguments: Any, **options: Any) -> Any:
        if self.name == "a.bin":
            raise PermissionError(13, "Permission denied")
        return plain(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", refused)
    result = smartboot("check", ".", "--format", "json")
    assert [target["name"] for target in result.json["targets"]] == ["b.bin"]
    assert result.status == 5
    assert "error: a.bin: Permission denied" in result.err


# -- malformed input is a finding


MALFORMED = [
    pytest.param("x.bin", BROKEN, "document", "BOOT-MALFORMED", id="TLV"),
    pytest.param("x.hex", b"0001FFFF00", "document", "BOOT-MALFORMED", id="hex of nonsense"),
    pytest.param("x.xml", b"<SyncML><", "document", "BOOT-MALFORMED", id="XML"),
    pytest.param("x.json", b'[{"ClientURI": 1}]', "document", "BOOT-MALFORMED", id="DM 2.0 JSON"),
    pytest.param("x.yaml", b"format: lwm2m\ndocument: [", "document", "BOOT-MALFORMED", id="YAML"),
    pytest.param("x.bin", bytes(64), "document", "BOOT-EMPTY", id="zeros"),
    pytest.param("x.bin", b"\xff" * 64, "document", "BOOT-EMPTY", id="FF"),
    pytest.param(
        "x.yaml", b"schema: smartboot/profile/1\n{", "profile", "FILE-PROFILE-INVALID", id="profile"
    ),
    pytest.param(
        "x.yaml",
        b"schema: smartboot/profile/1\nname: \xff",
        "profile",
        "FILE-PROFILE-INVALID",
        id="profile in no UTF-8",
    ),
    pytest.param(
        "x.yaml", b"schema: smartboot/image/1\nx: 1", "image", "FILE-IMAGE-INVALID", id="image"
    ),
]


@pytest.mark.parametrize(("name", "data", "kind", "code"), MALFORMED)
def test_a_malformed_file_is_a_finding(
    name: str, data: bytes, kind: str, code: str, folder: Path
) -> None:
    (folder / name).write_bytes(data)
    result = smartboot("check", name, "--format", "json")
    (target,) = result.json["targets"]
    assert target["kind"] == kind
    assert [finding["code"] for finding in target["findings"]] == [code]
    assert kind in rule_of(code).subjects
    assert result.status == (0 if code == "BOOT-EMPTY" else 1)


def test_every_fault_of_a_profile_is_a_finding_with_its_line(folder: Path) -> None:
    text = profile().replace("name: test", "nome: test").replace("label:", "lebal:")
    (folder / "x.yaml").write_text(text)
    result = smartboot("check", "x.yaml", "--format", "github")
    lines = [line.split(",")[1] for line in result.out.splitlines()]
    assert {"line=2", "line=4"} <= set(lines)
    assert len(lines) == len(result.out.splitlines()) >= 3
    assert result.status == 1


def test_the_findings_of_a_document_stand_at_the_line_of_its_object(folder: Path) -> None:
    run = smartboot("check", "multi-generation", "--format", "github")
    text = (PROFILES / "multi-generation.yaml").read_text().splitlines()
    notices = [line for line in run.out.splitlines() if "EF 6432" in line]
    assert notices
    for notice in notices:
        number = int(notice.split("line=")[1].split(",")[0])
        assert text[number - 1].lstrip().startswith("- ")


_DOCUMENTS = [LWM2M_160, *(p.read_bytes() for p in shipped_profiles())]


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_any_bytes_give_findings_or_are_not_recognised(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(_DOCUMENTS)))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(content))))
    checker = FileChecker(read=lambda path, limit: bytes(content[:cut]))
    with suppress(UnrecognisedError):
        checker.check(Source("x", None))


def test_a_library_without_stdin_says_so() -> None:
    with pytest.raises(UsageError, match="name a file"):
        FileChecker().check(Source("-", None))


# -- keys and variables


def test_the_keys_of_an_image_open_what_a_pin_protects(folder: Path) -> None:
    (folder / "x.yaml").write_text(profile(read="pin1"))
    result = smartboot("check", "x.yaml", "--format", "json")
    assert not found(result.json) & {"BOOT-LOCKED"}
    write_image(load_profile_or_image(folder / "x.yaml"), folder / "card.yaml")
    assert not found(smartboot("check", "card.yaml", "--format", "json").json) & {"BOOT-LOCKED"}


def test_a_card_whose_pin_is_missing_gives_6_behind_the_findings(folder: Path) -> None:
    (folder / "x.yaml").write_text(profile(read="pin1"))
    result = smartboot("-r", "virtual:x.yaml", "check", "--format", "json")
    assert result.status == 6
    assert "BOOT-LOCKED" in found(result.json)
    assert "PIN1" in result.err
    opened = smartboot("-r", "virtual:x.yaml", "check", "--pin", "1234", "--format", "json")
    assert "BOOT-LOCKED" not in found(opened.json)
    assert opened.status == 0


def test_values_fill_the_variables_of_the_profiles_that_have_them() -> None:
    both = ("check", "lwm2m-variables", "lwm2m-psk")
    assert smartboot(*both, "--set", "SSID=502").status == 0
    wrong = smartboot(*both, "--set", "SSID=0", "--format", "json")
    assert wrong.status == 1
    assert found(wrong.json) >= {"FILE-PROFILE-INVALID"}


def test_a_value_for_no_variable_is_wrong_usage() -> None:
    result = smartboot("check", "lwm2m-psk", "--set", "NOTHING=1")
    assert result.status == 2
    assert result.out == ""
    assert "NOTHING" in result.err


@pytest.mark.parametrize("option", [["--set", "A=1"], ["--as", "lwm2m"]])
def test_options_for_files_are_refused_without_one(option: list[str]) -> None:
    assert smartboot("-r", virtual("lwm2m-psk"), "check", *option).status == 2


def test_the_format_can_be_said(folder: Path) -> None:
    (folder / "x.bin").write_bytes(LWM2M_160)
    result = smartboot("check", "x.bin", "--as", "oma-dm", "--format", "json")
    assert found(result.json) == {"BOOT-MALFORMED"}


def test_trace_takes_no_files(folder: Path) -> None:
    assert smartboot("--trace", "x.jsonl", "check", "lwm2m-psk").status == 2
    traced = smartboot("-r", virtual("lwm2m-psk"), "--trace", "x.jsonl", "check")
    assert traced.status == 0
    assert (folder / "x.jsonl").stat().st_size > 0


# -- what counts


def test_ignore_fail_on_and_severity(folder: Path) -> None:
    (folder / "x.bin").write_bytes(bytes(64))
    assert smartboot("check", "x.bin").status == 0
    assert smartboot("check", "x.bin", "--fail-on", "warning").status == 1
    ignored = smartboot("check", "x.bin", "--fail-on", "warning", "--ignore", "boot-*")
    assert ignored.status == 0
    assert "1 ignored" in ignored.out
    (folder / "y.bin").write_bytes(BROKEN)
    assert smartboot("check", "y.bin").status == 1
    assert smartboot("check", "y.bin", "--fail-on", "never").status == 0
    assert smartboot("check", "y.bin", "--ignore", "BOOT-MALFORMD").status == 2


@pytest.mark.parametrize("name", ["known.yaml", "known.json"])
def test_a_baseline_is_written_kept_and_grows_stale(name: str, folder: Path) -> None:
    (folder / "x.bin").write_bytes(BROKEN)
    written = smartboot("check", "x.bin", "--write-baseline", name)
    assert written.status == 0
    first = (folder / name).read_bytes()
    assert (name == "known.json") == (first[:1] == b"{")
    again = smartboot("check", "x.bin", "--baseline", name, "--format", "json")
    assert again.status == 0
    assert again.json["summary"]["known"] == 1
    assert again.json["findings"][0]["known"] is True
    table = smartboot("check", str(folder / "x.bin"), "--baseline", name)
    assert table.status == 0
    assert "known" in table.out
    assert smartboot("check", "x.bin", "--baseline", name, "--write-baseline", name).status == 0
    assert (folder / name).read_bytes() == first
    (folder / "x.bin").write_bytes(LWM2M_160)
    mended = smartboot("check", "x.bin", "--baseline", name)
    assert mended.status == 0
    assert "note: x.bin: BOOT-MALFORMED is in the baseline and was not found" in mended.err


def test_a_missing_baseline_is_wrong_usage_and_a_broken_one_malformed(folder: Path) -> None:
    missing = smartboot("check", "lwm2m-psk", "--baseline", "none.yaml")
    assert missing.status == 2
    assert "--write-baseline none.yaml" in missing.err
    (folder / "bad.yaml").write_bytes(b"\xff")
    assert smartboot("check", "lwm2m-psk", "--baseline", "bad.yaml").status == 5
    (folder / "bad.yaml").write_text("schema: smartboot/image/1\n")
    assert smartboot("check", "lwm2m-psk", "--baseline", "bad.yaml").status == 5


def test_a_baseline_of_a_card_does_not_name_its_reader(folder: Path) -> None:
    (folder / "blank.yaml").write_text("schema: smartboot/image/1\nfiles: []\n")
    smartboot("-r", "virtual:blank.yaml", "check", "--write-baseline", "known.yaml")
    assert "blank" not in (folder / "known.yaml").read_text()
    (folder / "blank.yaml").rename(folder / "other.yaml")
    assert smartboot("-r", "virtual:other.yaml", "check", "--baseline", "known.yaml").status == 0


# -- what it looks like


def test_the_table_groups_by_target_and_says_what_to_do(folder: Path) -> None:
    (folder / "x.bin").write_bytes(BROKEN)
    out = smartboot("check", "lwm2m-psk", "x.bin").out
    assert out.index("x.bin") < out.index("BOOT-MALFORMED")
    assert "smartboot decode" in out
    assert "1 error, 1 warning, " in out
    assert "smartboot check --explain BOOT-MALFORMED" in out
    assert out.count("openssl rand") == 1


def test_nothing_to_report_says_what_was_looked_at(folder: Path) -> None:
    out = smartboot("check", "lwm2m-psk", "--ignore", "*").out
    assert out.startswith("nothing to report (1 target, ")
    # EF(DIR), EF(ICCID), EF(ODF), EF(DODF), EF(TokenInfo) and the document: not the MF, no EF(ARR),
    # and nothing a second time for being met by its path.
    assert "6 card files" in out
    assert "1 document" in out


def test_verbose_names_targets_without_findings() -> None:
    assert "nothing to report" in smartboot("-v", "check", "lwm2m-psk", "--ignore", "*").out


def test_content_from_outside_cannot_drive_the_terminal(folder: Path) -> None:
    name = "\x1b[31mred\x1b]0;x\x07.bin"
    (folder / name).write_bytes(BROKEN)
    for form in ("table", "json", "sarif", "github"):
        run = smartboot("check", ".", "--format", form)
        assert "\x1b" not in run.out + run.err, form


def test_sarif_of_files_names_them_relative_and_is_json(folder: Path) -> None:
    (folder / "my cards").mkdir()
    (folder / "my cards" / "x.bin").write_bytes(BROKEN)
    run = smartboot("check", str(folder / "my cards"), "--format", "sarif").json["runs"][0]
    assert run["artifacts"] == [{"location": {"uri": "my%20cards/x.bin"}}]


@pytest.mark.parametrize("form", ["table", "json", "sarif", "github"])
def test_no_form_shows_a_secret(form: str, folder: Path) -> None:
    secret = "A07C3391E24D5B68F6120D9A5E8744C1"
    (folder / "x.yaml").write_text(profile())
    run = smartboot("-v", "check", "x.yaml", "--format", form)
    assert secret.lower() not in (run.out + run.err).lower()


# -- rules


def test_a_code_is_explained_in_any_case() -> None:
    out = smartboot("check", "--explain", "p15-oid-wrapped").out
    assert "P15-OID-WRAPPED" in out
    assert "What to do: " in out
    several = smartboot(
        "check", "--explain", "P15-OID-WRAPPED,BOOT-EMPTY", "--explain", "BOOT-LOCKED",
        "--format", "json",
    ).json  # fmt: skip
    assert several["schema"] == "smartboot/rules/1"
    assert [r["code"] for r in several["rules"]] == ["P15-OID-WRAPPED", "BOOT-EMPTY", "BOOT-LOCKED"]
    assert set(several["rules"][0]) == {
        *("code", "family", "severity", "also", "title", "clause", "meaning", "mend", "subjects"),
    }


def test_an_unknown_code_is_wrong_usage_and_close_ones_are_named() -> None:
    result = smartboot("check", "--explain", "P15-OID-WRAPED")
    assert result.status == 2
    assert "P15-OID-WRAPPED" in result.err


def test_rules_are_listed_and_filtered() -> None:
    everything = smartboot("check", "--list", "--format", "json").json["rules"]
    assert len(everything) >= 40
    errors = smartboot("check", "--list", "--severity", "error", "--format", "json").json["rules"]
    assert all("error" in (rule["severity"], *rule["also"]) for rule in errors)
    assert 0 < len(errors) < len(everything)
    files = smartboot("check", "--list", "--family", "files", "--format", "json").json["rules"]
    assert {rule["code"] for rule in files} == {"FILE-PROFILE-INVALID", "FILE-IMAGE-INVALID"}
    assert "FILE-IMAGE-INVALID" in smartboot("check", "--list").out
    assert smartboot("check", "--list", "--family", "nothing").status == 2


def test_codes_are_completed() -> None:
    (option,) = [p for p in command.params if p.name == "explain"]
    offered = option.shell_complete(click.Context(command), "p15-oid-w")
    assert [item.value for item in offered] == ["P15-OID-WRAPPED"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--list", "lwm2m-psk"],
        ["--explain", "BOOT-EMPTY", "lwm2m-psk"],
        ["--list", "--format", "sarif"],
        ["--family", "files"],
        ["--severity", "error", "lwm2m-psk"],
    ],
)
def test_options_that_do_not_go_together(arguments: list[str]) -> None:
    assert smartboot("check", *arguments).status == 2


# -- what it costs


REFERENCE = [("lwm2m", 0x6432, LWM2M_160, 1024)]


def counted(
    look: Callable[..., object] = inspect_card,
    *,
    image: CardImage | None = None,
    **options: Any,
) -> tuple[list[bytes], int]:
    """The commands that ``look`` sends to a card, the reference card if none is given, and their
    number."""
    card = VirtualCard(image or profile_card(REFERENCE))
    sent: list[bytes] = []
    transmit = card.transmit

    def watched(command: bytes) -> bytes:
        sent.append(command)
        return transmit(command)

    card.transmit = watched  # type: ignore[method-assign] # the test looks over its shoulder
    opened = open_card(InProcessConnection(card))
    look(opened, **options)
    opened.close()
    return sent, card.tpdus


VERIFY, CHANNEL = 0x20, 0x70


@pytest.mark.parametrize(("protocol", "most"), [("T=0", 68), ("T=1", 45)])
def test_checking_the_reference_card_costs_what_reading_costs_and_a_look_around(
    protocol: str, most: int
) -> None:
    image = profile_card(REFERENCE, virtual={"protocol": protocol})
    read, _ = counted(read_bootstrap, image=image)
    sent, tpdus = counted(image=image)
    # Up to the closing of the channel, reading goes first and is the same, byte for byte.
    assert read[-1][1] == CHANNEL
    assert sent[: len(read) - 1] == read[:-1]
    # Beyond it: EF(TokenInfo), each file's access rules and last byte, EF(ARR), the rest of
    # EF(DIR), two keys' states, and the way over DF 7F50.
    assert tpdus <= most


def test_no_key_is_sent_that_was_not_given() -> None:
    sent, _ = counted()
    # An empty VERIFY asks for the tries left and spends none (TS 102 221, 11.1.9).
    assert [c for c in sent if c[1] == VERIFY and len(c) > 5] == []


def test_a_key_is_sent_once_and_only_where_the_card_refused() -> None:
    image = profile_card(REFERENCE, read="pin1")
    sent, _ = counted(image=image, keys={1: b"1234"}.get)
    keys = [c for c in sent if c[1] == VERIFY and len(c) > 5]
    assert [(c[3], len(c)) for c in keys] == [(1, 13)]
    sent, _ = counted(keys={1: b"1234"}.get)
    assert [c for c in sent if c[1] == VERIFY and len(c) > 5] == []


def test_nothing_is_written_and_no_channel_left_open() -> None:
    sent, _ = counted()
    # UPDATE BINARY, UPDATE RECORD, CREATE, DELETE, RESIZE, the life cycle, the PIN commands.
    writing = {0xD6, 0xDC, 0xE0, 0xE4, 0xD4, 0x44, 0x04, 0xE8, 0xFE, 0x24, 0x26, 0x28, 0x2C}
    assert not {c[1] for c in sent} & writing
    channels = [c[2] for c in sent if c[1] == CHANNEL]
    assert channels == [0x00, 0x80]


def test_json_is_stable(folder: Path) -> None:
    one, two = (smartboot("check", "multi-generation", "--format", "json").out for _ in range(2))
    assert one == two
    assert json.loads(one)["schema"] == "smartboot/check/1"


def test_rendered_profiles_keep_where_and_are_told_once() -> None:
    loaded = load_profile(PROFILES / "multi-generation.yaml", examples=True)
    assert render(loaded)
    report = smartboot("check", "multi-generation", "--format", "json").json
    places = [(f["code"], f["where"], f["message"]) for f in report["findings"]]
    assert len(places) == len(set(places))
    codes = [(f["code"], f["where"]) for f in report["findings"]]
    assert codes.count(("LWM2M-ACL-MISSING", "EF 6432 /2")) == 1
