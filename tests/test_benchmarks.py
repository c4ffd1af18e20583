"""The benchmarks run, and compare like with like."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from benchmarks import codecs, startup
from benchmarks.documents import CARRIERS, SIZES, sample
from benchmarks.machine import describe_machine
from benchmarks.peers import Libwbxml, LibwbxmlError
from benchmarks.report import Table, print_tables, tables_in, write_tables
from benchmarks.timing import Effort, Timing, time_together
from smartboot.formats import registry

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
TINY = Effort(rounds=2, round_s=1e-5)


def libwbxml():
    try:
        return Libwbxml()
    except LibwbxmlError as error:
        if os.environ.get("CI") or os.environ.get("SMARTBOOT_REQUIRE_TOOLS"):
            raise
        pytest.skip(str(error))


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("size", SIZES)
def test_documents_are_sound_and_about_as_long_as_asked(carrier, size):
    one = sample(carrier, size)
    decoded = registry.get(one.format).decode(one.data)
    assert decoded.document == one.document
    assert decoded.used == len(one.data)
    assert decoded.findings == ()
    assert abs(len(one.data) - size) < max(100, size / 10)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_documents_are_the_same_on_every_run(carrier):
    again = CARRIERS[carrier][1]
    assert again(2) == again(2)
    assert again(2) != again(3)


@pytest.mark.oracle
@pytest.mark.parametrize("carrier", ["oma-cp", "oma-dm"])
@pytest.mark.parametrize("size", [500, 30_000])
def test_libwbxml_does_the_same_job(carrier, size):
    one = sample(carrier, size)
    handler = registry.get(one.format)
    peer = libwbxml()
    assert handler.encode(handler.from_xml(peer.to_xml(one.data))) == one.data
    assert peer.to_wbxml(handler.to_xml(one.document), one.data[0]) == one.data


@pytest.mark.oracle
def test_libwbxml_says_no():
    peer = libwbxml()
    with pytest.raises(LibwbxmlError):
        peer.to_xml(b"\x03\x0b\x6a")
    with pytest.raises(LibwbxmlError):
        peer.to_wbxml(b"<nothing")


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_work_runs_without_libwbxml(carrier):
    works = codecs.works(sample(carrier, 100), None)
    assert {"decode", "encode", "to_plain", "accounts", "json"} <= set(works)
    assert not any(name.startswith("libwbxml") for name in works)
    for work in works.values():
        work()


def test_rows_say_how_long_and_how_much_longer(capsys):
    rows = codecs.measure(["oma-cp", "lwm2m"], [100], TINY, None)
    peaks = codecs.memory(["lwm2m"], 100)
    shown = json.loads(json.dumps(codecs.to_dict(rows, peaks, describe_machine())))
    assert shown["schema"] == "smartboot/bench-codecs/1"
    assert [row["carrier"] for row in shown["rows"]] == ["oma-cp", "lwm2m"]
    assert shown["rows"][0]["ratios"].keys() == {"decode / lxml", "decode / json"}
    assert all(value > 0 for value in shown["rows"][0]["microseconds"].values())
    assert shown["memory"][0]["decode"] > len(sample("lwm2m", 100).data)
    print_tables(codecs.tables(rows, peaks))
    shown_text = capsys.readouterr().out
    assert "Documents a second" in shown_text
    assert "| lwm2m" in shown_text


def test_missing_library_is_left_out(monkeypatch, capsys):
    def absent():
        raise LibwbxmlError("libwbxml is not installed")

    monkeypatch.setattr(codecs, "Libwbxml", absent)
    assert codecs.libwbxml_or_none() is None
    assert capsys.readouterr().err == "note: libwbxml is not installed; it is left out\n"


def test_ratio_is_that_of_the_rounds():
    ours, theirs = Timing((2.0, 40.0, 6.0)), Timing((1.0, 20.0, 2.0))
    assert ours.ratio(theirs) == 2.0
    assert ours.median_s == 6.0
    assert ours.best_us == 2e6
    assert ours.per_second == pytest.approx(1 / 6)


def test_slow_work_shows_as_slower():
    timings = time_together({"short": lambda: sum(range(10)), "long": lambda: sum(range(5000))},
                            Effort(rounds=3, round_s=1e-3))  # fmt: skip
    assert timings["long"].ratio(timings["short"]) > 5


# -- the report


def test_tables_are_markdown_and_find_their_place(tmp_path):
    table = Table("one", "One", ("name", "n"), [("a", 1), ("long", 1000)])
    lines = table.text.splitlines()
    assert lines[0] == "| name |    n |"
    assert lines[1] == "| ---- | ---: |"
    assert len({len(line) for line in lines}) == 1
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- bench:one -->\nold\n<!-- /bench -->\nbetween\n"
                    "<!-- bench:two -->\nkept\n<!-- /bench -->\nbehind\n")  # fmt: skip
    assert write_tables(page, {"one": table.text, "three": "lost"}) == ["three"]
    text = page.read_text()
    assert tables_in(text) == {"one": table.text, "two": "kept"}
    assert text.startswith("before\n<!-- bench:one -->\n\n| name")
    assert text.endswith("<!-- /bench -->\nbehind\n")
    assert "old" not in text
    write_tables(page, {"one": table.text})
    assert page.read_text() == text


def test_the_page_has_a_place_for_every_table():
    """The rows and columns of the timed tables too, whatever their numbers are."""
    found = tables_in(PAGE.read_text(encoding="utf-8"))
    rows = [
        codecs.Row(one, dict.fromkeys(codecs.works(one, None), Timing((1.0,))))
        for one in (sample(carrier, size) for carrier in CARRIERS for size in SIZES[:3])
    ]
    peaks = [{"carrier": carrier, "bytes": 0, "decode": 1, "encode": 1} for carrier in CARRIERS]
    times = dict.fromkeys(startup.fixed_names(), startup.Spent(1.0, 1.0, 1.0))
    made = [*codecs.tables(rows, peaks), *startup.tables(times)]
    for table in made:
        there = shape(found[table.key])
        assert there[0] == shape(table.text)[0], table.key
        names = 1 if table.key == "codec-memory" else 2
        assert {row[:names] for row in shape(table.text)[1]} <= {row[:names] for row in there[1]}
    assert "python" in found["machine"]


def shape(text):
    """The column titles, and what stands in the first two columns of codec rows or the first."""
    lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in text.splitlines()]
    names = 2 if lines[0][0] == "document" else 1
    return lines[0], [tuple(line[:names]) for line in lines[2:]]
