"""Finding the bootstrap data objects of a card: order of search, counts, faults, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from smartboot.card.base import CardKind, FileInfo, FilePath, FileSystem
from smartboot.errors import (
    CardError,
    CardRemovedError,
    FileAbsentError,
    PinRefusedError,
    SecurityStatusError,
)
from smartboot.model import Severity
from smartboot.pkcs15.application import Application, Found
from smartboot.pkcs15.content import LONGEST
from smartboot.pkcs15.dodf_write import encode_entry, make_entry
from smartboot.pkcs15.locate import open_application, read_ef_dir
from tests.support.p15 import (
    AID,
    DIR_RECORD,
    LWM2M,
    ODF,
    USIM,
    FakeCard,
    h,
    pad,
    reference_files,
)

T = TypeVar("T")
AID_HEX = AID.hex().upper()


def codes(application: Application) -> list[str]:
    return [finding.code for finding in application.findings]


def located(card: FakeCard, **options: bool) -> Application:
    with open_application(card, **options) as application:
        pass
    assert card.sessions == 0
    return application


def entry(fid: int, oid: str = "2.23.43.9.1", label: str | None = "x") -> bytes:
    return encode_entry(make_entry(oid, FilePath((fid,)), label=label))


def a7(*paths: str) -> bytes:
    """An EF(ODF) that lists these EF(DODF)s."""
    out = b""
    for path in paths:
        ids = h(path)
        inner = bytes((0x30, len(ids) + 2, 0x04, len(ids))) + ids
        out += bytes((0xA7, len(inner))) + inner
    return out


# -- the reference layout


def test_reference_layout_costs_what_is_needed() -> None:
    card = FakeCard(reference_files())
    application = located(card)
    assert card.log == [
        "select 3F00/2F00",
        "record 3F00/2F00 1",
        "record 3F00/2F00 2",
        "open",
        f"aid {AID_HEX}",
        "select 7FFF/5031",
        "read 7FFF/5031 0+32",
        "select 7FFF/6430",
        "read 7FFF/6430 0+128",
        "close",
    ]
    assert codes(application) == ["P15-OID-WRAPPED", "P15-LABEL-IN-NAME"]
    (found,) = application.data_objects
    assert (found.oid, found.format, found.label) == ("2.23.43.9.1", "lwm2m", "LwM2M Bootstrap")
    assert (str(found.path), found.fid, found.index, found.length) == (
        "7FFF/6432", "6432", None, None,
    )  # fmt: skip
    assert (found.private, found.modifiable, found.auth_id) == (False, False, None)
    assert (str(found.dodf), found.position, found.kind) == ("7FFF/6430", 0, "oid")
    assert found.raw == h(LWM2M)
    assert [finding.code for finding in found.findings] == codes(application)
    assert application.found is Found.DIR_AID
    assert application.aid == AID
    assert [(str(path), len(data)) for path, data in application.files] == [
        ("7FFF/5031", 32),
        ("7FFF/6430", 128),
    ]
    assert len(application.records) == 2


def test_without_listing_only_the_application_is_selected() -> None:
    card = FakeCard(reference_files())
    application = located(card, listing=False)
    assert card.log[-3:] == ["open", f"aid {AID_HEX}", "close"]
    assert application.data_objects == ()
    assert str(application.path_of(FilePath((0x6432,)))) == "7FFF/6432"
    sim = FakeCard(reference_files("3F00/7F50"), kind=CardKind.SIM)
    application = located(sim, listing=False)
    assert sim.log[-3:] == ["open", "select 3F00/7F50", "close"]
    assert str(application.path_of(FilePath((0x6432,)))) == "3F00/7F50/6432"


def test_the_channel_is_closed_after_an_error() -> None:
    card = FakeCard(reference_files())
    with pytest.raises(CardRemovedError), open_application(card):
        raise CardRemovedError("gone")
    assert card.log[-1] == "close"
    card = FakeCard(reference_files())
    card.refuse["select 7FFF/6430"] = CardRemovedError("gone")  # type: ignore[assignment]  # any error will do
    with pytest.raises(CardRemovedError), open_application(card):
        pass
    assert card.log[-1] == "close"


# -- the order of search


def test_the_aid_in_ef_dir_may_be_longer() -> None:
    long = AID + b"\x01"
    files = reference_files()
    files["3F00/2F00"] = [h("61 0F 4F 0D") + long]
    card = FakeCard(files, aids=(long,))
    application = located(card)
    assert application.found is Found.DIR_AID
    assert application.aid == long
    assert codes(application)[0] == "P15-DIR-NO-PATH"


def test_aid_refused_then_the_path_in_ef_dir() -> None:
    card = FakeCard(reference_files("3F00/7F50"), aids=())
    application = located(card)
    assert application.found is Found.DIR_PATH
    assert codes(application)[:2] == ["P15-FILE-REFUSED", "P15-FALLBACK"]
    assert str(application.data_objects[0].path) == "3F00/7F50/6432"
    assert card.log[4:6] == [f"aid {AID_HEX}", "select 3F00/7F50/5031"]


def test_aid_not_in_ef_dir() -> None:
    files = reference_files()
    files["3F00/2F00"] = [h(USIM), pad(b"", 24)]
    card = FakeCard(files)
    application = located(card)
    assert application.found is Found.AID
    assert codes(application)[:2] == ["P15-DIR-NO-TEMPLATE", "P15-FALLBACK"]
    assert len(application.data_objects) == 1


def test_no_ef_dir() -> None:
    files = reference_files()
    del files["3F00/2F00"]
    application = located(FakeCard(files))
    assert application.found is Found.AID
    assert codes(application)[:2] == ["P15-DIR-ABSENT", "P15-FALLBACK"]


def test_ef_dir_refused() -> None:
    card = FakeCard(reference_files())
    card.refuse["read 3F00/2F00"] = SecurityStatusError("no", sw=0x6982)
    assert located(card).found is Found.AID
    card = FakeCard(reference_files())
    card.refuse["select 3F00/2F00"] = CardError("no", sw=0x6F00)
    application = located(card)
    assert codes(application)[:2] == ["P15-FILE-REFUSED", "P15-FALLBACK"]


def test_ef_dir_may_be_transparent() -> None:
    files = reference_files()
    files["3F00/2F00"] = pad(h(USIM) + h(DIR_RECORD), 400)
    card = FakeCard(files)
    assert located(card).found is Found.DIR_AID
    assert "read 3F00/2F00 0+256" in card.log


def test_every_record_is_read_when_none_is_it() -> None:
    files = reference_files()
    files["3F00/2F00"] = [pad(b"", 40)] * 4
    found = read_ef_dir(FakeCard(files).basic())
    assert len(found.records) == 4
    assert found.template is None


@pytest.mark.parametrize(
    ("base", "way", "code"),
    [("3F00/7F50", Found.DF_7F50, "7F50"), ("3F00/5015", Found.DF_5015, "5015")],
)
@pytest.mark.parametrize("kind", list(CardKind))
def test_the_usual_directories(base: str, way: Found, code: str, kind: CardKind) -> None:
    files = reference_files(base)
    del files["3F00/2F00"]
    application = located(FakeCard(files, kind=kind, aids=()))
    assert application.found is way
    finding = next(f for f in application.findings if f.code == "P15-FALLBACK")
    assert code in finding.message


def test_a_sim_goes_by_path_and_that_is_no_finding() -> None:
    card = FakeCard(reference_files("3F00/7F50"), kind=CardKind.SIM)
    application = located(card)
    assert application.found is Found.DIR_PATH
    assert "P15-FALLBACK" not in codes(application)
    assert not any(line.startswith("aid") for line in card.log)


def test_no_application() -> None:
    card = FakeCard({"3F00/2F00": [h(USIM)]}, aids=())
    application = located(card)
    assert application.fs is None
    assert application.data_objects == ()
    assert codes(application) == ["P15-DIR-NO-TEMPLATE", "P15-APPLICATION-ABSENT"]
    assert application.findings[-1].severity is Severity.ERROR
    assert card.log[2:] == [
        "open", f"aid {AID_HEX}", "select 3F00/7F50/5031", "select 3F00/5015/5031", "close",
    ]  # fmt: skip
    assert located(FakeCard({}, kind=CardKind.SIM)).fs is None


def test_application_without_odf() -> None:
    files = reference_files()
    del files["7FFF/5031"]
    application = located(FakeCard(files))
    assert application.fs is not None
    assert codes(application) == ["P15-ODF-ABSENT"]
    files["3F00/5015/5031"] = h(ODF)
    files["3F00/5015/6430"] = h(LWM2M)
    application = located(FakeCard(files))
    assert application.found is Found.DF_5015
    assert len(application.data_objects) == 1


def test_odf_that_cannot_be_selected() -> None:
    card = FakeCard(reference_files())
    card.refuse["select 7FFF/5031"] = CardError("no", sw=0x6A86)
    application = located(card)
    assert codes(application) == ["P15-FILE-REFUSED", "P15-ODF-ABSENT"]


def test_the_odf_path_in_ef_dir_counts() -> None:
    files = reference_files()
    record = h("4F 0C") + AID + h("73 0A 06 02 2B01 30 04 04 02 4F31")
    files["3F00/2F00"] = [bytes((0x61, len(record))) + record]
    files["7FFF/4F31"] = files.pop("7FFF/5031")
    application = located(FakeCard(files))
    assert len(application.data_objects) == 1
    assert str(application.odf_path) == "7FFF/4F31"


# -- what the files list


@pytest.mark.parametrize("fill", [0xFF, 0x00], ids=["FF", "00"])
def test_empty_odf_and_empty_dodf(fill: int) -> None:
    files = reference_files()
    files["7FFF/5031"] = bytes([fill]) * 32
    assert codes(located(FakeCard(files))) == ["P15-ODF-EMPTY", "P15-NO-DATA-OBJECTS"]
    files["7FFF/5031"] = h(ODF)
    files["7FFF/6430"] = bytes([fill]) * 32
    application = located(FakeCard(files))
    assert codes(application) == ["P15-DODF-EMPTY", "P15-NO-DATA-OBJECTS"]
    assert any(finding.severity is Severity.ERROR for finding in application.findings)


def test_zero_length_files() -> None:
    files = reference_files()
    files["7FFF/5031"] = b""
    assert codes(located(FakeCard(files))) == ["P15-ODF-EMPTY", "P15-NO-DATA-OBJECTS"]


def test_odf_without_data_objects() -> None:
    files = reference_files()
    files["7FFF/5031"] = h("A5 06 3004 0402 6451")
    assert codes(located(FakeCard(files))) == ["P15-DODF-NOT-LISTED", "P15-NO-DATA-OBJECTS"]


def test_several_dodfs_in_order_and_other_directories_skipped() -> None:
    files = reference_files()
    files["7FFF/5031"] = h("A5 06 3004 0402 6451") + a7("6410", "6430") + h("A8 06 3004 0402 4F02")
    files["7FFF/6410"] = entry(0x6411, "2.23.43.5.1") + entry(0x6412, "1.2.3")
    card = FakeCard(files)
    application = located(card)
    assert [(o.fid, o.format, o.position) for o in application.data_objects] == [
        ("6411", "oma-cp", 0),
        ("6412", None, 1),
        ("6432", "lwm2m", 2),
    ]
    assert "select 7FFF/6451" not in card.log
    assert "select 7FFF/4F02" not in card.log


def test_absolute_and_adf_paths() -> None:
    files = reference_files()
    files["7FFF/5031"] = a7("3F007F506430", "7FFF6440", "3FFF6441")
    files["3F00/7F50/6430"] = entry(0x6432)
    files["7FFF/6440"] = entry(0x6442)
    files["7FFF/6441"] = encode_entry(make_entry("2.23.43.5.1", FilePath((0x3F00, 0x7F50, 0x6443))))
    application = located(FakeCard(files))
    assert [str(o.path) for o in application.data_objects] == [
        "7FFF/6432", "7FFF/6442", "3F00/7F50/6443",
    ]  # fmt: skip


def test_one_dodf_failing_does_not_hide_the_others() -> None:
    files = reference_files()
    files["7FFF/5031"] = a7("6410", "6411", "6412", "6413", "6430")
    files["7FFF/6411"] = entry(0x6421)
    files["7FFF/6412"] = entry(0x6422)
    files["7FFF/6413"] = h("3003 0C0541")
    card = FakeCard(files)
    card.locked.add("7FFF/6411")
    card.refuse["read 7FFF/6412"] = CardError("memory problem", sw=0x6581)
    application = located(card)
    assert codes(application)[:4] == [
        "P15-DODF-ABSENT", "P15-LOCKED", "P15-FILE-REFUSED", "P15-ENTRY-MALFORMED",
    ]  # fmt: skip
    assert [finding.where for finding in application.findings[:4]] == [
        "EF 6410", "EF 6411", "EF 6412", "EF 6413",
    ]  # fmt: skip
    assert [o.fid for o in application.data_objects] == ["6432"]


def test_same_dodf_twice_is_read_once() -> None:
    files = reference_files()
    files["7FFF/5031"] = a7("6430", "7FFF6430")
    card = FakeCard(files)
    application = located(card)
    assert card.log.count("select 7FFF/6430") == 1
    assert "P15-DUPLICATE-PATH" in codes(application)


def test_cycles() -> None:
    files = reference_files()
    files["7FFF/5031"] = a7("5031", "6430")
    files["7FFF/6430"] = entry(0x5031) + entry(0x6430) + entry(0x6432)
    card = FakeCard(files)
    application = located(card)
    assert codes(application) == ["P15-PATH-CYCLE"] * 3
    assert card.log.count("select 7FFF/5031") == 1
    assert len(application.data_objects) == 3
    assert [len(o.findings) for o in application.data_objects] == [1, 1, 0]


def test_data_objects_in_place() -> None:
    body = entry(0x6432)
    files = reference_files()
    files["7FFF/5031"] = bytes((0xA7, len(body) + 2, 0xA0, len(body))) + body
    application = located(FakeCard(files))
    assert [str(o.path) for o in application.data_objects] == ["7FFF/6432"]
    assert str(application.data_objects[0].dodf) == "7FFF/5031"


def test_content_in_the_dodf_itself_and_external_objects() -> None:
    files = reference_files()
    files["7FFF/6430"] = (
        h("30 12 30 00 30 06 06 04 672B0501 A1 06 A0 04 04 02 0304")
        + h("A0 12 30 00 30 06 06 04 672B0501 A1 06 30 04 04 02 6440")
        + h("30 11 30 00 30 06 06 04 672B0501 A1 05 13 03 613A62")
    )
    application = located(FakeCard(files))
    first, second = application.data_objects
    assert (first.path, first.fid, first.content) == (None, None, h("0304"))
    assert "0304" not in repr(first)
    assert second.url == "a:b"
    assert codes(application) == [
        "P15-VALUE-NOT-A-FILE", "P15-EXTERNAL-SKIPPED", "P15-VALUE-NOT-A-FILE",
    ]  # fmt: skip


def test_dodf_as_part_of_a_file() -> None:
    files = reference_files()
    files["7FFF/5031"] = h("A7 0C 300A 0402 6430 020105 800130")
    files["7FFF/6430"] = b"\x55" * 5 + pad(entry(0x6432), 48) + entry(0x6433)
    card = FakeCard(files)
    application = located(card)
    assert "read 7FFF/6430 5+48" in card.log
    assert [o.fid for o in application.data_objects] == ["6432"]


def test_directory_files_with_records() -> None:
    files = reference_files()
    files["7FFF/5031"] = [pad(a7("6430"), 20), pad(a7("6431"), 20), pad(b"", 20)]
    files["7FFF/6430"] = [pad(b"", 60), pad(entry(0x6432), 60)]
    files["7FFF/6431"] = [pad(entry(0x6433), 60)]
    application = located(FakeCard(files))
    assert [o.fid for o in application.data_objects] == ["6432", "6433"]
    assert codes(application) == []


def test_a_path_that_grows_too_long() -> None:
    files = reference_files()
    files["7FFF/5031"] = a7("6430" * 8, "6430")
    files["7FFF/6430"] = encode_entry(make_entry("2.23.43.9.1", FilePath((0x6411,) * 8)))
    application = located(FakeCard(files))
    assert codes(application) == ["P15-ENTRY-MALFORMED"] * 2
    assert application.data_objects[0].path is None


# -- reading no more than needed


@pytest.mark.parametrize(
    ("entries", "size", "reads"),
    [
        (1, 32768, ["0+256"]),
        (5, 4096, ["0+256"]),
        (6, 4096, ["0+256", "256+256"]),
        (6, 300, ["0+256", "256+44"]),
        (12, 4096, ["0+256", "256+256", "512+256"]),
    ],
)
def test_a_dodf_is_read_to_the_end_of_its_entries(
    entries: int, size: int, reads: list[str]
) -> None:
    files = reference_files()
    row = b"".join(entry(0x6432 + n, label="thirteen char") for n in range(entries))
    assert len(entry(0, label="thirteen char")) == 43
    files["7FFF/6430"] = pad(row, size)
    card = FakeCard(files)
    application = located(card)
    assert [line.split()[2] for line in card.log if line.startswith("read 7FFF/6430")] == reads
    assert len(application.data_objects) == entries


def test_an_empty_large_file_costs_one_read() -> None:
    files = reference_files()
    files["7FFF/6430"] = b"\xff" * 32768
    card = FakeCard(files)
    located(card)
    assert card.bytes_read == 32 + 256


def test_a_card_that_ends_earlier_than_it_said() -> None:
    files = reference_files()
    files["7FFF/6430"] = entry(0x6432) + entry(0x6433)[:-3]
    card = FakeCard(files)
    card.sizes["7FFF/6430"] = 1000
    application = located(card)
    assert [o.fid for o in application.data_objects] == ["6432"]
    assert codes(application) == ["P15-ENTRY-MALFORMED"]
    assert sum(line.startswith("read 7FFF/6430") for line in card.log) == 1


def test_a_card_that_does_not_tell_the_size() -> None:
    card = FakeCard(reference_files())
    card.sizes["7FFF/6430"] = None
    assert len(located(card).data_objects) == 1


# -- hostile cards


def test_too_many_dodfs() -> None:
    fids = [f"{0x6500 + n:04X}" for n in range(40)]
    files = reference_files()
    files["7FFF/5031"] = a7(*fids)
    for fid in fids:
        files[f"7FFF/{fid}"] = entry(0x6432)
    application = located(FakeCard(files))
    assert len(application.data_objects) == 16
    assert codes(application) == ["P15-TOO-MANY"]


def test_ten_thousand_entries() -> None:
    files = reference_files()
    files["7FFF/6430"] = entry(0x6432, label=None) * 10_000
    card = FakeCard(files)
    application = located(card)
    assert len(application.data_objects) == 128
    assert codes(application) == ["P15-TOO-MANY"]
    assert card.bytes_read <= LONGEST + 256
    files["7FFF/5031"] = a7("6430", "6431")
    files["7FFF/6431"] = entry(0x6432)
    application = located(FakeCard(files))
    assert len(application.data_objects) == 128
    assert codes(application).count("P15-TOO-MANY") == 2


def test_a_length_beyond_the_file() -> None:
    files = reference_files()
    files["7FFF/6430"] = h("3084FFFFFFFF") + bytes(0x9000)
    card = FakeCard(files)
    application = located(card)
    assert codes(application) == ["P15-ENTRY-MALFORMED", "P15-NO-DATA-OBJECTS"]
    assert card.bytes_read <= LONGEST + 32


def test_an_endless_ef_dir() -> None:
    files = reference_files()
    files["3F00/2F00"] = [b"\xff" * 4] * 1000
    card = FakeCard(files)
    assert len(read_ef_dir(card.basic()).records) == 254


# -- keys


def test_a_locked_dodf_is_carried_to_the_caller() -> None:
    card = FakeCard(reference_files())
    card.locked.add("7FFF/6430")
    application = located(card)
    assert application.data_objects == ()
    assert codes(application) == ["P15-LOCKED"]
    (refusal,) = application.refused
    assert str(refusal.path) == "7FFF/6430"
    assert isinstance(refusal.error, SecurityStatusError)
    assert refusal.error.needs == ("PIN1",)


def test_a_locked_odf_is_carried_to_the_caller() -> None:
    for key in ("select", "read"):
        card = FakeCard(reference_files())
        card.refuse[f"{key} 7FFF/5031"] = SecurityStatusError("no", sw=0x6982)
        application = located(card)
        assert application.fs is not None
        assert codes(application) == ["P15-LOCKED"]
        assert len(application.refused) == 1


def test_an_application_that_may_not_be_selected() -> None:
    card = FakeCard(reference_files("3F00/7F50"))
    card.refuse[f"aid {AID_HEX}"] = SecurityStatusError("no", sw=0x6982)
    application = located(card)
    assert application.found is Found.DIR_PATH
    assert codes(application)[:2] == ["P15-LOCKED", "P15-FALLBACK"]


def test_a_key_is_asked_for_only_after_a_refusal() -> None:
    card = FakeCard(reference_files())
    card.locked.add("7FFF/6430")
    asked: list[str] = []

    def unlock(fs: FileSystem, info: FileInfo, operation: str, action: Callable[[], T]) -> T:
        try:
            return action()
        except SecurityStatusError:
            asked.append(f"{operation} {info.path}")
            card.opened.add(str(info.path))
        fs.select(info.path)
        return action()

    with open_application(card, unlock=unlock) as application:
        assert len(application.data_objects) == 1
    assert asked == ["read 7FFF/6430"]
    assert application.refused == ()


def test_a_refused_key_is_carried_and_hides_nothing_else() -> None:
    files = reference_files()
    files["7FFF/5031"] = a7("6410", "6430")
    files["7FFF/6410"] = entry(0x6411)
    card = FakeCard(files)

    def unlock(fs: FileSystem, info: FileInfo, operation: str, action: Callable[[], T]) -> T:
        if info.path.fid == 0x6410:
            raise PinRefusedError("PIN1 was refused", key_name="PIN1", remaining=2)
        return action()

    with open_application(card, unlock=unlock) as application:
        pass
    assert isinstance(application.refused[0].error, PinRefusedError)
    assert [o.fid for o in application.data_objects] == ["6432"]


# -- the other files


def test_token_info_is_read_only_when_asked_for() -> None:
    files = reference_files()
    files["7FFF/5032"] = pad(h("30 0A 02 01 00 04 02 8900 03 01 00"), 64)
    card = FakeCard(files)
    with open_application(card) as application:
        assert not any("5032" in line for line in card.log)
        info = application.read_token_info()
    assert info is not None
    assert info.serial_number == h("8900")
    assert str(application.files[-1][0]) == "7FFF/5032"


def test_token_info_absent_broken_refused() -> None:
    with open_application(FakeCard(reference_files())) as application:
        assert application.read_token_info() is None
        assert "P15-ENTRY-MALFORMED" not in codes(application)
    files = reference_files()
    files["7FFF/5032"] = h("3000")
    with open_application(FakeCard(files)) as application:
        assert application.read_token_info() is None
    assert codes(application)[-1] == "P15-ENTRY-MALFORMED"
    card = FakeCard(files)
    card.refuse["select 7FFF/5032"] = CardError("no", sw=0x6F00)
    with open_application(card) as application:
        assert application.read_token_info() is None
    assert codes(application)[-1] == "P15-FILE-REFUSED"
    card = FakeCard(files)
    card.locked.add("7FFF/5032")
    with open_application(card) as application:
        assert application.read_token_info() is None
    assert codes(application)[-1] == "P15-LOCKED"


def test_nothing_more_to_read_where_there_is_no_application() -> None:
    with open_application(FakeCard({}, aids=())) as application:
        assert application.read_token_info() is None
        assert application.read_pins() == ()


def test_pins() -> None:
    pin = h("30 1A 30 00 30 03 04 01 05 A1 11 30 0F 03 01 00 0A 01 01 02 01 04 02 01 08 80 01 01")
    files = reference_files()
    files["7FFF/5031"] = a7("6430") + (
        h("A8 06 3004 0402 4F02") * 2
        + h("A8 06 3004 0402 4F03")
        + bytes((0xA8, len(pin) + 2, 0xA0, len(pin)))
        + pin
    )
    files["7FFF/4F02"] = pad(pin, 64)
    card = FakeCard(files)
    with open_application(card) as application:
        pins = application.read_pins()
    assert [(found.auth_id, found.reference) for found in pins] == [(b"\x05", 1)] * 2
    assert card.log.count("select 7FFF/4F02") == 1
    assert codes(application)[-1] == "P15-DODF-ABSENT"


def test_record_gone_between() -> None:
    card = FakeCard(reference_files())
    card.refuse["read 3F00/2F00"] = FileAbsentError("no record", sw=0x6A83)
    assert located(card).found is Found.AID


def test_one_record_of_a_record_file() -> None:
    files = reference_files()
    files["7FFF/5031"] = h("A7 0C 300A 0402 6430 020102 800100")
    files["7FFF/6430"] = [entry(0x6431), entry(0x6432), entry(0x6433)]
    card = FakeCard(files)
    assert [o.fid for o in located(card).data_objects] == ["6432"]
    assert [line for line in card.log if line.startswith("record 7FFF")] == ["record 7FFF/6430 2"]
    files["7FFF/5031"] = h("A7 0C 300A 0402 6430 020109 800100")
    assert codes(located(FakeCard(files))) == ["P15-DODF-EMPTY", "P15-NO-DATA-OBJECTS"]


def test_enveloped_directories_and_paths_too_long_for_pins() -> None:
    files = reference_files()
    files["7FFF/5031"] = h("A7 04 A1 02 3000") + h("A8 16 3014 0410" + "6411" * 8 + "0500")
    with open_application(FakeCard(files)) as application:
        assert application.read_pins() == ()
    assert codes(application) == [
        "P15-VALUE-NOT-A-FILE", "P15-NO-DATA-OBJECTS", "P15-ENTRY-MALFORMED",
    ]  # fmt: skip


def test_a_df_that_may_not_be_selected() -> None:
    card = FakeCard(reference_files("3F00/7F50"), kind=CardKind.SIM)
    card.refuse["select 3F00/7F50"] = CardError("no", sw=0x9240)
    application = located(card, listing=False)
    assert codes(application) == ["P15-FILE-REFUSED", "P15-APPLICATION-ABSENT"]
