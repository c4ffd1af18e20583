"""What commands cost on the wire: the floor, pkcs15-tool, and what the page says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import desk, wire
from benchmarks.floor import FLOORS, PARTS
from benchmarks.layouts import layout, layouts
from benchmarks.machine import describe_machine
from benchmarks.opensc import Pkcs15Tool, ToolError
from benchmarks.report import tables_in
from smartboot.profiles.shipped import shipped_profiles
from tests.support.pcscd import PcscDaemon

NAMES = [path.stem for path in shipped_profiles()]
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
CHUNK = 256


@pytest.fixture(scope="module")
def rows() -> list[wire.Row]:
    return wire.measure(peer=False)


def reads(length: int) -> int:
    return max(1, -(-length // CHUNK))


@pytest.mark.parametrize("name", NAMES)
def test_the_hand_count_follows_from_the_card(name):
    """FLOORS says numbers; here are the facts of each card that lead to them."""
    one, floor = layout(name), FLOORS[name]
    fetch = 0 if one.protocol == "T=1" else 1
    directory = one.written.find("2F00")
    assert directory is not None
    numbers = [n for n, r in enumerate(directory.records, 1) if b"PKCS-15" in bytes(r)]
    assert floor.iccid == (3 if one.is_sim else 2)
    assert floor.directory == 1 + fetch + numbers[0] + (1 if one.is_sim else 0)
    assert floor.channel == (1 if one.is_sim else 2)
    assert floor.application == 1
    assert floor.odf == floor.dodf == 1 + fetch + 1
    assert floor.documents == tuple(1 + fetch + reads(length) for length in one.documents)
    secret = [i for i in one.profile.profile.data_objects if str(i.access.read) != "always"]
    assert floor.pin == (3 if secret else 0)


def test_the_reference_layout_is_at_the_floor_of_the_design():
    assert FLOORS["lwm2m-psk"].total == 18
    assert FLOORS["lwm2m-psk"].counts == (2, 4, 2, 1, 3, 3, 3, 0)
    assert set(FLOORS) == set(NAMES)
    assert len(PARTS) == len(FLOORS["lwm2m-psk"].counts)


def test_read_needs_no_more_than_the_floor(rows):
    assert {row.layout.name: row.costs["read"].tpdus - row.floor for row in rows} == dict.fromkeys(
        NAMES, 0
    )


def test_every_command_is_measured_on_every_layout(rows):
    for row in rows:
        missing = set(wire.COMMANDS) - set(row.costs)
        assert missing == ({"write --create"} if row.layout.is_sim else set())
        assert all(cost.tpdus > 0 and cost.bytes > 7 * cost.tpdus for cost in row.costs.values())


def test_a_faster_rate_takes_less_time(rows):
    slow, fast = wire.RATES.values()
    assert slow.baud == pytest.approx(9600)
    assert fast.baud == pytest.approx(223_200)
    cost = rows[0].costs["read"]
    assert cost.seconds(slow) == pytest.approx(cost.bytes * 12 / 9600)
    assert cost.seconds(slow) / cost.seconds(fast) == pytest.approx(23.25)


def test_a_command_that_does_nothing_is_not_measured():
    one = layout("lwm2m-psk")
    with pytest.raises(wire.BenchmarkError):
        wire._counted(wire.VirtualCard(one.written), wire._write(one.profile))
    with pytest.raises(wire.BenchmarkError):
        wire._counted(wire.VirtualCard(one.blank), wire._verify(one.profile))
    with pytest.raises(wire.BenchmarkError):
        wire._counted(wire.VirtualCard(one.written), wire._read(2))


def test_without_opensc_it_is_left_out(monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.opensc.shutil.which", lambda name: None)
    with pytest.raises(ToolError):
        Pkcs15Tool(None)
    monkeypatch.setenv("SMARTBOOT_PCSCD", "none")
    assert wire.pkcs15_tool(list(layouts())[:1]) == {}
    assert "pkcs15-tool is left out" in capsys.readouterr().err


def test_json_has_every_number(rows):
    shown = json.loads(json.dumps(wire.to_dict(rows, {})))
    assert shown["schema"] == "smartboot/bench-wire/1"
    row = next(row for row in shown["rows"] if row["layout"] == "lwm2m-psk")
    assert row["read_floor"] == row["commands"]["read"]["tpdus"] == 18
    assert set(row["commands"]["read"]["seconds"]) == set(wire.RATES)


# -- the desk


def test_cards_an_hour(rows):
    found = desk.desks(rows, handling_s=20)
    assert len(found) == len(rows) * len(wire.RATES)
    first = found[0]
    cost = sum(rows[0].costs[step].bytes for step in desk.STEPS)
    atr = len(wire.VirtualCard(rows[0].layout.written).atr)
    assert first.wire_s == pytest.approx((cost + 3 * atr) * 12 / 9600)
    assert first.cards_per_hour == pytest.approx(3600 / (first.wire_s + 20))
    shown = desk.to_dict(found, {})
    assert shown["rows"][0]["handling_seconds"] == 20


# -- the page


def test_the_page_has_the_counted_numbers(rows):
    """TPDUs, bytes, and what is arithmetic on them: remade, they are what stands there."""
    found = tables_in(PAGE.read_text(encoding="utf-8"))
    counted = [*wire.tables(rows), *desk.tables(desk.desks(rows))]
    assert {table.key for table in counted} == {
        *("wire-floor", "wire-commands", "wire-time-first", "wire-time-fast", "desk")
    }
    for table in counted:
        assert found[table.key] == table.text, f"python -m benchmarks --write {PAGE.name}"


@pytest.mark.stack
@pytest.mark.oracle
@pytest.mark.timeout(110)
def test_read_beside_pkcs15_tool(pcscd: PcscDaemon):
    """The same cards, counted in the same run.

    Like with like is the bytes of every object: the list and a read of each object. The list
    alone is one run of pkcs15-tool, and a third of it less than `read` only while the documents
    do not outweigh the search; their own READ BINARYs, which both need, are then left out.
    """
    tool = Pkcs15Tool(pcscd)
    rows = []
    for one in layouts():
        rows.append(wire.Row(one, {"read": wire.measure_layout(one)["read"]}, tool.read(one)))
    for row in rows:
        name, read, peer = row.layout.name, row.costs["read"].tpdus, row.peers["installed"]
        assert read <= row.floor
        if row.layout.is_sim:
            assert peer.jobs == {}
            continue
        opaque = [i for i in row.layout.profile.profile.data_objects if i.format != "lwm2m"]
        assert peer.found == peer.read == len(opaque)
        assert 3 * read < peer.jobs["save"].tpdus, name
        own = sum(map(reads, row.layout.documents))
        # It reads files to their end; what it does not see it does not read.
        sizes = [item.size or 0 for item in opaque]
        listing = peer.jobs["list"].tpdus - sum(map(reads, sizes))
        assert 3 * (read - own) < listing, name
        if own <= 3:
            assert 3 * read < peer.jobs["list"].tpdus, name
        assert row.peers["tuned"].jobs["list"].tpdus < peer.jobs["list"].tpdus
    page = tables_in(PAGE.read_text(encoding="utf-8"))
    if f"opensc {describe_machine()['opensc']}" in page["machine"]:
        assert page["wire-peer"] == wire.peer_table(rows).text
