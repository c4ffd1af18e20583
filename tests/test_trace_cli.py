"""``--trace``, ``-r replay:FILE`` and ``smartboot trace``, as a user meets them."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from smartboot.transport import trace_file, trace_jsonl
from smartboot.transport.base import CardProtocol
from smartboot.transport.trace_entries import TracedCommand, TraceHeader
from smartboot.transport.wire_time import Rate, exchange_bytes, ta1_of
from tests.support.cli import PROFILES, Outcome, smartboot, virtual

FORMS = ["jsonl", "pcapng"]
SHIPPED = sorted(path.stem for path in PROFILES.glob("*.yaml") if "variables" not in path.stem)
PSK = "a07c3391e24d5b68f6120d9a5e8744c1"


def changed(tmp_path: Path, profile: str, *, protocol: str | None = None, pin: bool = False) -> str:
    """The READER of a shipped profile with another protocol or a PIN in front of the document."""
    text = (PROFILES / f"{profile}.yaml").read_text(encoding="utf-8")
    if protocol is not None:
        kept = [line for line in text.splitlines() if not line.startswith("  protocol:")]
        text = "\n".join((*kept, f"  protocol: {protocol}", ""))
    if pin:
        text = text.replace("    size: 1024\n", "    size: 1024\n    access: {read: pin1}\n")
    path = tmp_path / f"{profile}.yaml"
    path.write_text(text, encoding="utf-8")
    return f"virtual:{path}"


def recorded(
    tmp_path: Path, reader: str, form: str, *command: str, contents: bool = True
) -> tuple[str, Outcome]:
    """Record a command; the file and what the command printed."""
    file = str(tmp_path / f"card.{form}")
    options = ("--trace-contents",) if contents else ()
    return file, smartboot("-r", reader, "--trace", file, *options, *command)


# -- record and replay


@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("profile", SHIPPED)
def test_every_shipped_profile_replays_alike(
    tmp_path: Path, profile: str, form: str, protocol: str
) -> None:
    if protocol == "T=1" and profile.startswith("sim-2g"):
        pytest.skip("a 2G SIM speaks T=0 only")
    reader = changed(tmp_path, profile, protocol=protocol)
    command = ("read", "--format", "json", "--show-secrets", "--pin", "1234")
    file, first = recorded(tmp_path, reader, form, *command)
    assert (first.status, first.err) == (0, "")
    assert trace_file.load_trace(file).header.protocol is CardProtocol(protocol)
    again = smartboot("-r", f"replay:{file}", *command)
    assert again == first


@pytest.mark.parametrize("contents", [True, False])
@pytest.mark.parametrize("form", FORMS)
def test_a_write_replays_alike(tmp_path: Path, form: str, contents: bool) -> None:
    text = (PROFILES / "lwm2m-psk.yaml").read_text(encoding="utf-8")
    wanted = tmp_path / "wanted.yaml"
    wanted.write_text(text.replace("harbor-cell-0417", "another-cell-0418"), encoding="utf-8")
    command = ("write", str(wanted), "--adm", "12345678", "--yes", "--no-backup")
    file, first = recorded(tmp_path, virtual("lwm2m-psk"), form, *command, contents=contents)
    assert first.status == 0
    data = Path(file).read_bytes()
    assert b"12345678" not in data
    assert b"3132333435363738" not in data
    written = b"another-cell" in data or b"another-cell".hex().encode() in data
    assert written == contents
    again = smartboot("-r", f"replay:{file}", *command)
    if contents:
        assert again == first
    else:
        assert again.status == 3
        assert "blanked" in again.err
    phases = {
        p["phase"] for p in smartboot("trace", "stats", file, "--format", "json").json["phases"]
    }
    assert {"documents", "keys", "write", "verify"} <= phases


@pytest.mark.parametrize("form", FORMS)
def test_info_replays_from_a_trace_without_contents(tmp_path: Path, form: str) -> None:
    file, first = recorded(tmp_path, virtual("lwm2m-psk"), form, "info", contents=False)
    assert smartboot("-r", f"replay:{file}", "info") == first


@pytest.mark.parametrize("form", FORMS)
def test_a_status_other_than_0_replays_too(tmp_path: Path, form: str) -> None:
    reader = changed(tmp_path, "lwm2m-psk", pin=True)
    command = ("read", "--pin", "9999", "--format", "json")
    file, first = recorded(tmp_path, reader, form, *command)
    assert first.status == 6
    assert smartboot("-r", f"replay:{file}", *command) == first


@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
@pytest.mark.parametrize("form", FORMS)
def test_the_pin_is_in_no_trace(tmp_path: Path, form: str, protocol: str) -> None:
    reader = changed(tmp_path, "lwm2m-psk", protocol=protocol, pin=True)
    file, first = recorded(tmp_path, reader, form, "read", "--pin", "1234", "--format", "json")
    assert first.status == 0
    data = Path(file).read_bytes()
    for key in (b"1234\xff", b"1234\xff\xff\xff\xff", b"31323334ff", b"31323334FF"):
        assert key not in data
    assert any(
        isinstance(e, TracedCommand) and e.head[1] == 0x20 and e.data == bytes(8)
        for e in trace_file.load_trace(file).entries
    )
    assert smartboot("-r", f"replay:{file}", "read", "--pin", "1234", "--format", "json") == first


@pytest.mark.parametrize("form", FORMS)
def test_secrets_are_in_a_trace_only_when_asked_for(tmp_path: Path, form: str) -> None:
    file, _ = recorded(tmp_path, virtual("lwm2m-psk"), form, "read", contents=False)
    data = Path(file).read_bytes()
    assert bytes.fromhex(PSK) not in data
    assert PSK.encode() not in data.lower()
    outcome = smartboot("-r", f"replay:{file}", "read")
    assert (outcome.status, outcome.out) == (3, "")
    assert "256 bytes are blanked" in outcome.err
    assert "--trace-contents" in outcome.err
    file, _ = recorded(tmp_path, virtual("lwm2m-psk"), form, "read")
    data = Path(file).read_bytes()
    assert bytes.fromhex(PSK) in data or PSK.encode() in data.lower()


def test_another_command_than_the_recorded_one_is_told(tmp_path: Path) -> None:
    file, _ = recorded(tmp_path, virtual("lwm2m-psk"), "jsonl", "read")
    outcome = smartboot("-r", f"replay:{file}", "info")
    assert (outcome.status, outcome.out) == (3, "")
    assert "entry 7 differs" in outcome.err
    assert outcome.err.count("\n") == 2
    outcome = smartboot("-r", f"replay:{file}", "read", "--fid", "6432")
    assert outcome.status == 3


def test_a_replay_can_be_recorded_again(tmp_path: Path) -> None:
    file, _ = recorded(tmp_path, virtual("lwm2m-psk"), "jsonl", "read")
    again = str(tmp_path / "again.pcapng")
    outcome = smartboot("-r", f"replay:{file}", "--trace", again, "--trace-contents", "read")
    assert outcome.status == 0
    assert smartboot("-r", f"replay:{again}", "read") == outcome


def test_entries_that_were_not_needed_are_told(tmp_path: Path) -> None:
    file, first = recorded(tmp_path, virtual("lwm2m-psk"), "jsonl", "read")
    text = Path(file).read_text()
    Path(file).write_text(text + text.splitlines(keepends=True)[-1])
    outcome = smartboot("-r", f"replay:{file}", "read")
    assert (outcome.status, outcome.out) == (0, first.out)
    assert outcome.err == "note: 1 of 19 recorded entries were not needed\n"


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (None, 2, "No such file"),
        (b"", 5, "no trace"),
        (b"\xd4\xc3\xb2\xa1" + bytes(20), 5, "editcap"),
        (b"\x0a\x0d\x0d\x0a" + bytes(20), 5, "byte-order magic"),
        (trace_jsonl.encode_header(TraceHeader()) + b"[]\n", 5, "line 2: an entry"),
    ],
)
def test_files_that_are_no_trace(
    tmp_path: Path, content: bytes | None, status: int, words: str
) -> None:
    file = tmp_path / "x.jsonl"
    if content is not None:
        file.write_bytes(content)
    for command in (("-r", f"replay:{file}", "read"), ("trace", "show", str(file))):
        outcome = smartboot(*command)
        assert (outcome.status, outcome.out) == (status, "")
        assert words in outcome.err or "does not exist" in outcome.err
    assert smartboot("-r", "replay:", "read").status == 2


# -- the options


@pytest.mark.parametrize(
    "arguments",
    [
        ("--trace", "x.txt", "read"),
        ("--trace", "x", "read"),
        ("--trace-contents", "read"),
        *(("--trace", "x.jsonl", command) for command in ("readers", "doctor", "completion")),
        ("--trace", "x.jsonl", "trace", "show", "y.jsonl"),
        ("--trace", "x.jsonl", "decode", "y"),
    ],
)
def test_options_that_make_no_sense_are_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = smartboot("-r", virtual("lwm2m-psk"), *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert not list(tmp_path.iterdir())


def test_a_trace_is_not_written_over_what_is_read(tmp_path: Path) -> None:
    file, _ = recorded(tmp_path, virtual("lwm2m-psk"), "jsonl", "read")
    before = Path(file).read_bytes()
    outcome = smartboot("-r", f"replay:{file}", "--trace", file, "read")
    assert outcome.status == 2
    assert Path(file).read_bytes() == before


def test_only_the_owner_may_read_a_trace(tmp_path: Path) -> None:
    old = tmp_path / "card.jsonl"
    old.write_text("an older, longer trace that everyone may read\n" * 1000)
    old.chmod(0o644)
    file, _ = recorded(tmp_path, virtual("lwm2m-psk"), "jsonl", "read")
    assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600
    assert len(trace_file.load_trace(file).entries) == 18


def test_a_folder_that_is_not_there_is_told_before_the_card_is_used(tmp_path: Path) -> None:
    outcome = smartboot(
        "-r", virtual("lwm2m-psk"), "--trace", str(tmp_path / "no" / "x.jsonl"), "read"
    )
    assert (outcome.status, outcome.out) == (2, "")
    assert "No such file" in outcome.err


def test_a_full_disk_ends_the_trace_and_not_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, written = os.write, []

    def write(descriptor: int, data: bytes) -> int:
        if len(written) == 5:
            raise OSError(28, "No space left on device")
        written.append(data)
        return real(descriptor, data)

    monkeypatch.setattr(trace_file.os, "write", write)
    file, outcome = recorded(tmp_path, virtual("lwm2m-psk"), "jsonl", "read")
    monkeypatch.undo()
    assert outcome.status == 0
    assert f"note: the trace in {file} ends after 4 entries: No space left" in outcome.err
    assert len(trace_file.load_trace(file).entries) == 4


def test_each_entry_is_in_the_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    file = trace_file.TraceFile(str(path), TraceHeader())
    entry = TracedCommand(bytes.fromhex("00b0000001"), b"", b"", b"a", 0x9000)
    for count in range(1, 4):
        file.add(entry, None)
        assert len(trace_file.load_trace(str(path)).entries) == count
    file.close()
    file.close()
    file.add(entry, None)
    assert file.count == 3


def test_verbose_shows_no_contents(tmp_path: Path) -> None:
    reader = changed(tmp_path, "lwm2m-psk", pin=True)
    outcome = smartboot("-r", reader, "-v", "read", "--pin", "1234")
    assert outcome.status == 0
    assert "  00 B0 00 00 0A -> <10 bytes> 9000\n" in outcome.err
    assert "  01 20 00 01 08 <8 bytes> -> 9000\n" in outcome.err
    assert PSK.upper() not in outcome.err
    assert "31323334" not in outcome.err
    assert "3130" not in outcome.out


def test_the_two_kinds_of_tracing_go_together(tmp_path: Path) -> None:
    file = str(tmp_path / "x.jsonl")
    outcome = smartboot("-r", virtual("lwm2m-psk"), "-v", "--trace", file, "read")
    assert outcome.status == 0
    assert outcome.err.count("->") == len(trace_file.load_trace(file).entries) == 18


def test_a_long_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_file, "MAX_FILE", 1 << 10)
    path = tmp_path / "x.jsonl"
    path.write_bytes(trace_jsonl.encode_header(TraceHeader()) + b" " * 1024)
    assert smartboot("trace", "show", str(path)).status == 5


# -- show


def test_show_prints_every_command(tmp_path: Path) -> None:
    for form in FORMS:
        file, _ = recorded(tmp_path, virtual("lwm2m-psk"), form, "read")
        outcome = smartboot("trace", "show", file)
        assert outcome.status == 0
        lines = [" ".join(line.split()) for line in outcome.out.splitlines()]
        assert "T=0 ATR 3B" in lines[0]
        rows = [line for line in lines if line[:1].isdigit()]
        assert len(rows) == 18
        assert rows[8].endswith("1 SELECT 0804 7FFF/5031 EF(ODF) directory 4 0 6118 "
                                "24 more bytes are waiting (0: 256)")  # fmt: skip
        assert rows[16].endswith(
            "1 READ BINARY 0000 7FFF/6432 EF(LwM2M_Bootstrap) documents 0 256 9000 done"
        )
        assert PSK not in outcome.out.lower()


def test_show_as_json_and_with_bytes(tmp_path: Path) -> None:
    file, _ = recorded(tmp_path, virtual("lwm2m-psk"), "pcapng", "read")
    plain = smartboot("trace", "show", file, "--format", "json").json
    assert plain["schema"] == "smartboot/trace-show/1"
    assert (plain["protocol"], plain["contents"], plain["truncated"]) == ("T=0", "all", False)
    entry = plain["entries"][16]
    assert entry["seconds"] >= plain["entries"][15]["seconds"] >= 0
    assert {k: v for k, v in entry.items() if k not in ("time", "seconds", "duration_us")} == {
        "number": 17,
        "event": "command",
        "channel": 1,
        "name": "READ BINARY",
        "header": "01b0000000",
        "path": "7FFF/6432",
        "file": "EF(LwM2M_Bootstrap)",
        "phase": "documents",
        "sent": 0,
        "received": 256,
        "sw": "9000",
        "status": "done",
    }
    with_bytes = smartboot("trace", "show", file, "--format", "json", "--hex").json
    assert PSK in with_bytes["entries"][16]["response"]
    dump = smartboot("trace", "show", file, "--hex").out
    assert PSK.upper() in re.sub(r"\s|got|sent", "", dump)
    file, _ = recorded(tmp_path, virtual("lwm2m-psk"), "pcapng", "read", contents=False)
    with_bytes = smartboot("trace", "show", file, "--format", "json", "--hex").json
    assert with_bytes["entries"][16]["response"] is None
    assert with_bytes["entries"][10]["response"].startswith("a706300404026430")
    assert "(256 bytes blanked)" in smartboot("trace", "show", file, "--hex").out


def test_show_keeps_keys_of_other_programs_traces_back(tmp_path: Path) -> None:
    entry = TracedCommand(bytes.fromhex("0020000108"), b"12345678", b"", b"", 0x9000)
    path = tmp_path / "x.jsonl"
    path.write_bytes(trace_jsonl.encode_header(TraceHeader()) + trace_jsonl.encode_entry(entry))
    for output in ("table", "json"):
        shown = smartboot("trace", "show", str(path), "--hex", "--format", output)
        assert shown.status == 0
        assert b"12345678".hex() not in shown.out


def test_show_tells_of_resets_failures_and_a_cut_end(tmp_path: Path) -> None:
    time = '"time": "2026-01-01T00:00:00Z"'
    path = tmp_path / "x.jsonl"
    path.write_bytes(
        trace_jsonl.encode_header(TraceHeader(reader="R\x1b[31m"))
        + f'{{{time}, "event": "reset", "atr": "3b00"}}\n'.encode()
        + f'{{{time}, "event": "failure", "command": "00b0000001", "error": "CardRemovedError",'
        '"message": "gone\\u001b"}\n'.encode()
        + b'{"time"'
    )
    outcome = smartboot("trace", "show", str(path))
    assert outcome.status == 0
    assert "(reset)" in outcome.out
    assert "no answer: gone\\u001b" in outcome.out
    assert "\x1b" not in outcome.out
    assert "cut off" in outcome.err
    plain = smartboot("trace", "show", str(path), "--format", "json").json
    assert [e["event"] for e in plain["entries"]] == ["reset", "failure"]
    assert plain["truncated"] is True
    stats = smartboot("trace", "stats", str(path))
    assert "1 commands without an answer, 1 resets" in stats.out


# -- stats


def stats(file: str, *options: str) -> Any:
    return smartboot("trace", "stats", file, "--format", "json", *options).json


def test_stats_sum_by_phase_and_file(tmp_path: Path) -> None:
    file, _ = recorded(tmp_path, virtual("lwm2m-psk"), "jsonl", "read", contents=False)
    plain = stats(file)
    assert plain["schema"] == "smartboot/trace-stats/1"
    assert [(p["phase"], p["tpdus"]) for p in plain["phases"]] == [
        *(("identify", 2), ("EF(DIR)", 4), ("channel", 2)),
        *(("application", 1), ("directory", 6), ("documents", 3)),
    ]
    assert {f["file"]: f["tpdus"] for f in plain["files"]} == {
        "3F00/2FE2 EF(ICCID)": 2,
        "3F00/2F00 EF(DIR)": 4,
        "(no file)": 2,
        "7FFF ADF(PKCS#15)": 1,
        "7FFF/5031 EF(ODF)": 3,
        "7FFF/6430 EF(DODF)": 3,
        "7FFF/6432 EF(LwM2M_Bootstrap)": 3,
    }
    for key in ("tpdus", "sent", "received", "wire_bytes"):
        assert sum(p[key] for p in plain["phases"]) == plain["total"][key]
        assert sum(f[key] for f in plain["files"]) == plain["total"][key]
    # SELECT of 4 bytes: 5 + 1 + 4 + 2; GET RESPONSE of 24: 32; READ of 256: 264.
    documents = next(p for p in plain["phases"] if p["phase"] == "documents")
    assert documents["wire_bytes"] == 12 + 32 + 264
    assert documents["wire_seconds"]["11"] == pytest.approx(308 * 12 / 9600)
    table = smartboot("trace", "stats", file)
    assert table.status == 0
    rows = [line.split() for line in table.out.splitlines()]
    assert ["documents", "3", "19", "286", "308", "0.385", "s"] in [row[:7] for row in rows]


def test_rates_are_the_atrs_or_the_ones_asked_for(tmp_path: Path) -> None:
    file, _ = recorded(tmp_path, virtual("lwm2m-psk"), "jsonl", "read", contents=False)
    atr = trace_file.load_trace(file).header.atr
    assert [rate["ta1"] for rate in stats(file)["rates"]] == ["11", f"{ta1_of(atr):02x}"]
    plain = stats(file, "--ta1", "97", "--clock", "4")
    assert plain["rates"] == [
        {"ta1": "11", "baud": 10753, "clock_hz": 4_000_000},
        {"ta1": "97", "baud": 500_000, "clock_hz": 4_000_000},
    ]
    assert [r["ta1"] for r in stats(file, "--ta1", "11")["rates"]] == ["11"]
    for wrong in ("7", "zz", "1FF", "-1", "7F", "1F"):
        assert smartboot("trace", "stats", file, "--ta1", wrong).status == 2


def test_stats_of_t1_are_what_t0_would_have_cost(tmp_path: Path) -> None:
    t0, _ = recorded(tmp_path, virtual("lwm2m-psk"), "jsonl", "read")
    wanted = stats(t0)["total"]
    t1, _ = recorded(tmp_path, changed(tmp_path, "lwm2m-psk", protocol="T=1"), "jsonl", "read")
    found = stats(t1)["total"]
    assert (wanted["tpdus"], found["tpdus"]) == (18, 14)
    assert found["wire_bytes"] == wanted["wire_bytes"]


@pytest.mark.parametrize(
    ("ta1", "clock", "baud"),
    [
        (0x11, 3_571_200, 9600),
        (0x18, 3_571_200, 115_200),
        (0x94, 3_571_200, 55_800),
        (0x95, 4_000_000, 125_000),
        (0x96, 4_800_000, 300_000),
        (0x97, 4_800_000, 600_000),
    ],
)
def test_rates_of_the_table(ta1: int, clock: int, baud: int) -> None:
    assert Rate(ta1, clock).baud == pytest.approx(baud)


@pytest.mark.parametrize(
    ("size", "ta1", "seconds"),
    [(128, 0x11, 0.152), (256, 0x11, 0.295), (256, 0x94, 0.051), (1024, 0x11, 1.18)],
)
def test_wire_time_of_a_file(size: int, ta1: int, seconds: float) -> None:
    reads = [min(256, size - at) for at in range(0, size, 256)]
    total = sum(exchange_bytes(count) for count in reads)
    assert Rate(ta1, 4_000_000).seconds(total) == pytest.approx(seconds, rel=0.01)


@pytest.mark.parametrize(
    ("atr", "ta1"),
    [
        *(("3b9795801fc78031a073be2113b4", 0x95), ("3b0011", None), ("3b", None), ("", None)),
        *(("3f1018", 0x18), ("001018", None), ("3b2000", None)),
    ],
)
def test_ta1_of_an_atr(atr: str, ta1: int | None) -> None:
    assert ta1_of(bytes.fromhex(atr)) == ta1


def test_a_rate_the_atr_offers_and_no_table_knows_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(trace_jsonl.encode_header(TraceHeader(atr=bytes.fromhex("3b107f00"))))
    outcome = smartboot("trace", "stats", str(path), "--format", "json")
    assert outcome.status == 0
    assert "TA1 7F names no transmission rate" in outcome.err
    assert [r["ta1"] for r in outcome.json["rates"]] == ["11"]


def test_jsonl_is_one_object_a_line_for_other_programs(tmp_path: Path) -> None:
    file, _ = recorded(tmp_path, virtual("lwm2m-psk"), "jsonl", "read", contents=False)
    first, *rest = (json.loads(line) for line in Path(file).read_text("ascii").splitlines())
    assert (first["schema"], first["contents"]) == ("smartboot/trace/1", "directory")
    assert rest[16]["blanked"] == {"response": 256}
    assert rest[16]["response"] is None
    assert rest[16]["file"] == "EF(LwM2M_Bootstrap)"
