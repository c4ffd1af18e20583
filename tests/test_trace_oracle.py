"""Our pcapng files as tshark sees them: instruction names, channels, files, nothing malformed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from smartboot.transport import trace_pcapng
from smartboot.transport.base import CardProtocol
from smartboot.transport.trace_entries import (
    Contents,
    Trace,
    TracedCommand,
    TracedFailure,
    TracedReset,
    TraceHeader,
    split_command,
)
from smartboot.transport.trace_stats import explained
from tests.support.cards import LWM2M_160, profile_card
from tests.support.cli import smartboot, virtual
from tests.support.traces import record, sending

pytestmark = pytest.mark.oracle

REQUIRED = bool(os.environ.get("CI") or os.environ.get("SMARTBOOT_REQUIRE_TOOLS"))
FIELDS = (
    *("gsm_sim.apdu.ins", "gsm_sim.apdu.cla.log_chan", "gsm_sim.file_id", "gsm_sim.apdu.sw"),
    *("frame.protocols", "_ws.malformed", "frame.comment", "frame.time_epoch", "gsm_sim.apdu.data"),
)


def tshark(*arguments: str) -> str:
    program = shutil.which("tshark")
    if program is None:
        if REQUIRED:
            pytest.fail("tshark is not installed")
        pytest.skip("tshark is not installed")
    done = subprocess.run([program, "-n", *arguments], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    assert b"damaged" not in done.stderr
    assert b"cut short" not in done.stderr
    return done.stdout.decode("utf-8", "replace")


def dissected(path: Path) -> list[dict[str, list[str]]]:
    """The fields of each packet."""
    asked = [part for name in FIELDS for part in ("-e", name)]
    plain: list[dict[str, Any]] = json.loads(tshark("-r", str(path), "-T", "json", *asked))
    return [packet["_source"].get("layers", {}) for packet in plain]


def written(path: Path, trace: Trace) -> Path:
    path.write_bytes(
        trace_pcapng.encode_header(trace.header)
        + b"".join(trace_pcapng.encode_entry(*row) for row in explained(trace.entries))
    )
    return path


def instructions(packets: list[dict[str, list[str]]]) -> list[int]:
    return [int(packet["gsm_sim.apdu.ins"][0], 16) for packet in packets]


@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
def test_tshark_sees_the_commands_of_a_read(tmp_path: Path, protocol: str) -> None:
    text = Path(virtual("lwm2m-psk").removeprefix("virtual:")).read_text(encoding="utf-8")
    profile = tmp_path / "card.yaml"
    profile.write_text(f"{text}  protocol: {protocol}\n", encoding="utf-8")
    file = tmp_path / "card.pcapng"
    outcome = smartboot("-r", f"virtual:{profile}", "--trace", str(file), "read")
    assert outcome.status == 0
    packets = dissected(file)
    # What T=1 does in one exchange is shown as the two that T=0 makes of it.
    assert instructions(packets) == [
        *(0xA4, 0xB0, 0xA4, 0xC0, 0xB2, 0xB2, 0x70, 0xA4),
        *(0xA4, 0xC0, 0xB0, 0xA4, 0xC0, 0xB0, 0xA4, 0xC0, 0xB0, 0x70),
    ]
    assert [int(p["gsm_sim.apdu.cla.log_chan"][0]) for p in packets] == 7 * [0] + 11 * [1]
    assert {p["frame.protocols"][0] for p in packets} == {"raw:ip:udp:gsmtap:gsm_sim"}
    assert not any("_ws.malformed" in packet for packet in packets)
    assert [p["gsm_sim.file_id"] for p in packets if "gsm_sim.file_id" in p] == [
        *(["0x2fe2"], ["0x2f00"], ["0x7fff", "0x5031"], ["0x7fff", "0x6430"]),
        ["0x7fff", "0x6432"],
    ]
    assert packets[2]["gsm_sim.apdu.sw"] == ["0x611c"]
    assert packets[0]["frame.comment"][0] == "identify: SELECT, 3F00/2FE2 EF(ICCID)"
    assert packets[-2]["frame.comment"][0] == (
        "documents: READ BINARY, 7FFF/6432 EF(LwM2M_Bootstrap), blanked"
    )
    times = [float(packet["frame.time_epoch"][0]) for packet in packets]
    assert times == sorted(times)
    verbose = tshark("-r", str(file), "-V")
    assert "Malformed" not in verbose
    assert "Checksum: 0x" in verbose
    assert "bad" not in verbose.lower()
    for name in ("SELECT (0xa4)", "READ BINARY (0xb0)", "READ RECORD (0xb2)"):
        assert f"Instruction: {name}" in verbose
    assert "a07c3391e24d5b68f6120d9a5e8744c1" not in verbose.lower()


def test_tshark_names_the_files_of_a_2g_sim(tmp_path: Path) -> None:
    file = tmp_path / "sim.pcapng"
    reader = virtual("sim-2g-client-provisioning")
    assert smartboot("-r", reader, "--trace", str(file), "read").status == 0
    packets = dissected(file)
    assert not any("_ws.malformed" in packet for packet in packets)
    assert packets[1]["gsm_sim.file_id"] == ["0x2fe2"]
    assert packets[1]["gsm_sim.apdu.sw"][0].startswith("0x9f")


@pytest.mark.parametrize("contents", list(Contents))
def test_keys_are_blank_and_dissect(tmp_path: Path, contents: Contents) -> None:
    commands = [
        *("002000010831323334FFFFFFFF", "0020000100", "0024000110" + "31323334FFFFFFFF" * 2),
        *("002600010831323334FFFFFFFF", "002C000110" + "31323334FFFFFFFF" * 2),
        "A020000108" + "31323334FFFFFFFF",
    ]
    card = profile_card([("lwm2m", 0x6432, LWM2M_160, 256)])
    trace, _ = record(card, sending(*commands), contents)
    file = written(tmp_path / "x.pcapng", trace)
    assert bytes.fromhex("31323334") not in file.read_bytes()
    packets = dissected(file)
    assert instructions(packets) == [0x20, 0x20, 0x24, 0x26, 0x2C, 0x20]
    assert not any("_ws.malformed" in packet for packet in packets)
    assert "31:32:33:34" not in json.dumps(packets)
    assert "31323334" not in tshark("-r", str(file), "-x").replace(" ", "")


def entry(command: str, answer: bytes, sw: int = 0x9000) -> TracedCommand:
    head, data, tail = split_command(bytes.fromhex(command), CardProtocol.T1)
    return TracedCommand(head, data, tail, answer, sw)


AS_T0 = [
    ("00B00000000400", 1024, [0xB0, 0xC0, 0xC0, 0xC0]),
    ("00B00000000000", 256, [0xB0]),
    ("00D60000000100" + "AA" * 256, 0, [0xD6, 0xD6]),
    ("01A40804022F0000", 30, [0xA4, 0xC0]),
    ("01A40804022F0000", 0, [0xA4]),
    ("01A40804000002" + "2F00" + "0000", 300, [0xA4, 0xC0, 0xC0]),
    ("80F2000000", 40, [0xF2]),
    ("00200001", 0, [0x20]),
    ("0070000001", 1, [0x70]),
    ("00CB8000000003" + "5C0180" + "0000", 300, [0xCB, 0xC0, 0xC0]),
]
"""Commands as T=1 carries them, the bytes of their answer, and what T=0 makes of them."""


def test_what_t0_has_no_form_for_is_shown_as_t0(tmp_path: Path) -> None:
    entries = tuple(entry(command, b"\x5a" * count) for command, count, _ in AS_T0)
    trace = Trace(TraceHeader(protocol=CardProtocol.T1), entries)
    file = written(tmp_path / "x.pcapng", trace)
    packets = dissected(file)
    assert instructions(packets) == [ins for *_, wanted in AS_T0 for ins in wanted]
    assert not any("_ws.malformed" in packet for packet in packets)
    ends = [i for i, p in enumerate(packets) if "part" not in p["frame.comment"][0]][1:]
    assert {packets[end - 1]["gsm_sim.apdu.sw"][0] for end in (*ends, len(packets))} == {"0x9000"}
    assert trace_pcapng.decode(file.read_bytes()) == trace


def test_resets_and_failures_are_packets_without_a_protocol(tmp_path: Path) -> None:
    failure = TracedFailure(bytes.fromhex("00b0000001"), b"", b"", "CardRemovedError", "gone")
    trace = Trace(TraceHeader(), (TracedReset(b"\x3b\x00", 1), failure, entry("00200001", b"")))
    packets = dissected(written(tmp_path / "x.pcapng", trace))
    assert [p["frame.protocols"][0] for p in packets] == [
        *("raw:ip", "raw:ip", "raw:ip:udp:gsmtap:gsm_sim")
    ]
    assert not any("_ws.malformed" in packet for packet in packets)
    assert packets[0]["frame.comment"][0] == "reset"


def test_the_reader_is_the_interfaces_name(tmp_path: Path) -> None:
    trace = Trace(TraceHeader(reader="Reader 00 00"), (entry("00200001", b""),))
    verbose = tshark("-r", str(written(tmp_path / "x.pcapng", trace)), "-V")
    assert "Interface name: Reader 00 00" in verbose


def test_our_reading_of_what_another_program_wrote(tmp_path: Path) -> None:
    """editcap rewrites the file in its own way: times, comments and exchanges have to survive."""
    program = shutil.which("editcap")
    if program is None:
        pytest.skip("editcap is not installed")
    card = profile_card([("lwm2m", 0x6432, LWM2M_160, 256)])
    trace, _ = record(card, sending("00A40004022FE2", "00C0000017", "00B000000A"))
    source, target = written(tmp_path / "x.pcapng", trace), tmp_path / "y.pcapng"
    subprocess.run([program, "-F", "pcapng", str(source), str(target)], check=True, timeout=60)
    again = trace_pcapng.decode(target.read_bytes())
    assert again.entries == trace.entries
    assert again.header == trace.header
