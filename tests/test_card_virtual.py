"""The mapper against the virtual card: every kind of card, counted, torn apart and put together."""

from __future__ import annotations

import pytest

from smartboot.card import CardKind, FileKind, FilePath, LifeCycle, open_card
from smartboot.card.tree import EF_DIR, WELL_KNOWN, probe, read_records
from smartboot.errors import (
    CardError,
    CardRemovedError,
    FileAbsentError,
    PinRefusedError,
    SecurityStatusError,
)
from smartboot.image import CardHeader, CardImage, FileImage, MfImage, PinImage
from smartboot.virtual import InProcessConnection, VirtualCard
from tests.support.virtualcards import PKCS15, sample_image

ODF, LWM2M = FilePath((0x5031,)), FilePath((0x6432,))
ICCID = "89100000000000000012"
KINDS = {
    "T=0": {},
    "T=1": {"protocol": "T=1"},
    "no channels": {"channels": 1},
    "20 channels": {"channels": 20},
    "6282 at the end": {"end_of_file": "6282"},
    "compact rules": {"access_encoding": "compact"},
    "expanded rules": {"access_encoding": "expanded"},
    "T=1, expanded rules": {"protocol": "T=1", "access_encoding": "expanded"},
}


def insert(image: CardImage):
    virtual = VirtualCard(image)
    return virtual, open_card(InProcessConnection(virtual))


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def uicc(request):
    return insert(sample_image(**request.param))


def test_identity_directory_and_files(uicc):
    virtual, card = uicc
    assert card.kind is CardKind.UICC
    assert card.iccid() == ICCID
    basic = card.basic()
    records = read_records(basic, basic.select(EF_DIR))
    assert len(records) == 3
    assert PKCS15 in records[0]
    with card.session() as files:
        files.select_application(PKCS15)
        info = files.select(ODF)
        assert (info.kind, info.size) == (FileKind.TRANSPARENT, 32)
        assert info.life_cycle is LifeCycle.ACTIVATED
        body = files.read_binary(info)
        assert body[:8] == bytes.fromhex("A706300404026430")
        assert len(body) == 32
        assert files.read_binary(info, 2, 2) == body[2:4]
    assert all(f.code == "CARD-NO-CHANNEL" for f in card.findings)
    assert all(exchange.sw >> 8 not in (0x6D, 0x6E) for exchange in virtual.log)


def test_access_rules_in_every_encoding(uicc):
    virtual, card = uicc
    encoding = virtual.to_image().card.access_encoding
    with card.session() as files:
        files.select_application(PKCS15)
        info = files.select(LWM2M)
        rule = files.access_rule(info)
        assert rule.condition("delete").never
        if encoding == "compact":
            assert rule.source == "8C"
        else:
            assert str(rule.condition("read")) == "PIN1 or ADM1"
            assert str(rule.condition("update")) == "PIN1 and ADM1"
        odf = files.access_rule(files.select(ODF))
        assert odf.condition("read").always


def test_a_file_that_asks_for_a_pin(uicc):
    virtual, card = uicc
    compact = virtual.to_image().card.access_encoding == "compact"
    with card.session() as files:
        files.select_application(PKCS15)
        info = files.select(LWM2M)
        with pytest.raises(SecurityStatusError) as caught:
            files.read_binary(info)
        if not compact:
            assert caught.value.needs == ("PIN1", "ADM1")
        card.verify(0x01, b"1234")
        assert files.read_binary(info) == bytes(range(256)) + b"\xff" * 44
        card.verify(0x01, b"1234")
    assert virtual.instructions[0x20] == 3


@pytest.mark.parametrize(("kind", "tpdus"), [("T=0", 18), ("T=1", 14)])
def test_the_floor_of_a_bootstrap_read(kind, tpdus):
    """The design's floor: ICCID 2, DIR 4 (two records), channel 2, ADF 1, three files of 3."""
    image = sample_image(**KINDS[kind])
    adf = image.find("7F50")
    assert adf is not None
    adf.files.append(FileImage(fid=0x6430, size=41, data=b"\xa1\x27"))
    directory = image.files[0].model_copy(update={"record_count": 2})
    virtual, card = insert(image.model_copy(update={"files": [directory, *image.files[1:]]}))
    assert card.iccid() == ICCID
    basic = card.basic()
    read_records(basic, basic.select(EF_DIR))
    with card.session() as files:
        files.select_application(PKCS15)
        for path in (ODF, FilePath((0x6430,))):
            info = files.select(path)
            files.read_binary(info, 0, 8)
        files.read_binary(files.select(ODF))
    assert virtual.tpdus == tpdus


@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
@pytest.mark.parametrize("size", [1, 255, 256, 257, 0x8000, 33023])
def test_files_up_to_the_longest(protocol, size):
    body = bytes(i % 251 for i in range(size))
    image = CardImage(
        card=CardHeader(protocol=protocol), files=[FileImage(fid=0x6F01, size=size, data=body)]
    )
    virtual, card = insert(image)
    files = card.basic()
    info = files.select(FilePath((0x3F00, 0x6F01)))
    before = virtual.tpdus
    assert files.read_binary(info) == body
    assert virtual.tpdus - before == -(-size // 256)
    assert card.iccid() is None


@pytest.mark.parametrize("told", [0, 10, 400, 0x9000])
@pytest.mark.parametrize("end", ["6C", "6282"])
@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
def test_a_wrong_size_in_the_fcp(told, end, protocol):
    image = CardImage(
        card=CardHeader(protocol=protocol, end_of_file=end),
        files=[FileImage(fid=0x6F01, data=b"\x5a" * 300, fcp_size=told)],
    )
    _, card = insert(image)
    files = card.basic()
    data = files.read_binary(files.select(FilePath((0x3F00, 0x6F01))))
    assert data == b"\x5a" * min(told, 300)


@pytest.mark.parametrize("raw", ["", "00", "62", "6202", "FF" * 20, "6F00"])
@pytest.mark.parametrize("end", ["6C", "6282"])
@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
def test_a_garbled_fcp_costs_the_size_and_not_the_file(raw, end, protocol):
    image = CardImage(
        card=CardHeader(protocol=protocol, end_of_file=end),
        files=[FileImage(fid=0x6F01, data=b"\x5a" * 300, fcp_raw=bytes.fromhex(raw))],
    )
    _, card = insert(image)
    files = card.basic()
    info = files.select(FilePath((0x3F00, 0x6F01)))
    assert info.kind is FileKind.UNKNOWN
    assert files.read_binary(info) == b"\x5a" * 300
    assert "CARD-FCP-UNREADABLE" in [f.code for f in card.findings]


def test_probe_finds_the_files_there_are(uicc):
    _, card = uicc
    found = {info.path.fid for info in probe(card.basic(), [known.path for known in WELL_KNOWN])}
    assert {0x3F00, 0x2F00, 0x2FE2, 0x7F10, 0x7F50} <= found
    assert not found & {0x2F05, 0x5015, 0x7F20}


def test_application_by_path(uicc):
    _, card = uicc
    with card.session() as files:
        assert files.select(FilePath((0x3F00, 0x7F50))).kind is FileKind.ADF
        info = files.select(ODF)
        assert info.path == FilePath((0x3F00, 0x7F50, 0x5031))
        assert files.read_binary(info, 0, 2) == b"\xa7\x06"
        assert str(files.access_rule(info).condition("read")) == "always"
        assert files.select(ODF).path == info.path


def test_channels_are_closed_again():
    virtual, card = insert(sample_image(channels=2))
    for _ in range(5):
        with pytest.raises(FileAbsentError), card.session() as files:
            files.select_application(b"\xa0\x00\x00\x00\x01\x02")
    assert card.findings == []
    assert virtual.instructions[0x70] == 10


def test_a_session_inside_a_session_takes_the_next_channel():
    _, card = insert(sample_image())
    with card.session() as outer, card.session() as inner:
        assert (outer.channel, inner.channel) == (1, 2)
        outer.select_application(PKCS15)
        inner.select_application(PKCS15)
        info = outer.select(ODF)
        inner.select(FilePath((0x3F00, 0x2FE2)))
        assert outer.read_binary(info, 0, 2) == b"\xa7\x06"


@pytest.mark.parametrize("count", range(2, 14))
def test_a_card_pulled_out_at_any_command(count):
    virtual, card = insert(sample_image())
    virtual.faults.remove_after = count

    def work():
        with card.session() as files:
            files.select_application(PKCS15)
            for _ in range(5):
                files.read_binary(files.select(ODF))

    with pytest.raises(CardRemovedError):
        work()
    assert virtual.tpdus == count
    assert card.findings == []


# -- keys


def test_keys_on_the_virtual_card(uicc):
    _, card = uicc
    assert card.pin_status(0x01).remaining == 3
    assert not card.pin_status(0x42).exists
    with pytest.raises(PinRefusedError) as caught:
        card.verify(0x01, b"9999")
    assert caught.value.remaining == 2
    with pytest.raises(PinRefusedError):
        card.verify(0x01, b"1234")
    assert card.pin_status(0x01).remaining == 2
    card.verify(0x0A, b"87654321")
    assert card.pin_status(0x0A).verified


def test_the_last_try_is_kept_unless_forced():
    image = CardImage(pins=[PinImage(reference=0x01, value="1234", remaining=1)])
    _, card = insert(image)
    with pytest.raises(PinRefusedError, match="only one try"):
        card.verify(0x01, b"1234")
    assert card.pin_status(0x01).remaining == 1
    card.verify(0x01, b"1234", force=True)
    assert card.pin_status(0x01).verified


# -- writing


def template(fid: int, size: int) -> bytes:
    body = bytes.fromhex("82024121 8302") + fid.to_bytes(2, "big")
    body += bytes.fromhex("8A0105 8C03030000")
    body += b"\x80\x02" + size.to_bytes(2, "big") + b"\x88\x00"
    return bytes((0x62, len(body))) + body


@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
def test_create_write_resize_delete(protocol):
    virtual, card = insert(sample_image(protocol=protocol))
    with card.session() as files:
        files.select_application(PKCS15)
        card.verify(0x0A, b"87654321")
        files.create_file(FilePath((0x7FFF,)), template(0x6440, 600))
        info = files.select(FilePath((0x6440,)))
        assert info.size == 600
        files.update_binary(info, 0, b"\x33" * 600)
        assert virtual.instructions[0xD6] == 3
        assert files.read_binary(info) == b"\x33" * 600
        files.delete_file(FilePath((0x6440,)))
        with pytest.raises(FileAbsentError):
            files.select(FilePath((0x6440,)))
        files.resize_file(FilePath((0x5031,)), 64)
        assert files.select(ODF).size == 64
        with pytest.raises(CardError, match="6A89"):
            files.create_file(FilePath((0x7FFF,)), template(0x5031, 5))


def test_update_records():
    _, card = insert(sample_image())
    files = card.basic()
    info = files.select(FilePath((0x3F00, 0x7F10, 0x6F3A)))
    files.update_record(info, 2, b"\x09two"[:4])
    assert read_records(files, info)[1] == b"\x09two"


def test_a_refused_update_names_its_keys():
    _, card = insert(sample_image())
    with card.session() as files:
        files.select_application(PKCS15)
        info = files.select(ODF)
        with pytest.raises(SecurityStatusError) as caught:
            files.update_binary(info, 0, b"\x00")
        assert caught.value.needs == ("ADM1",)
        card.verify(0x0A, b"87654321")
        files.update_binary(info, 0, b"\x00")
        assert files.read_binary(info, 0, 1) == b"\x00"


# -- a 2G SIM


def sim(**fields) -> CardImage:
    return CardImage(
        card=CardHeader(kind="sim"),
        mf=MfImage(),
        pins=[
            PinImage(reference=0x01, value="1234", **fields),
            PinImage(reference=0x81, value="5678"),
            PinImage(reference=0x0A, value="87654321"),
        ],
        files=[
            FileImage(fid=0x2FE2, size=10, data=bytes.fromhex("98010000000000000021")),
            FileImage(
                fid=0x7F50,
                type="df",
                files=[
                    FileImage(
                        fid=0x6F01,
                        data=b"\x5a" * 300,
                        access={"read": "pin1", "update": "adm1"},
                    ),
                    FileImage(fid=0x6F02, type="linear-fixed", records=[b"abc", b"def"]),
                ],
            ),
        ],
    )


def test_a_sim_from_end_to_end():
    virtual, card = insert(sim())
    assert card.kind is CardKind.SIM
    assert card.iccid() == ICCID
    assert virtual.tpdus == 3
    with card.session() as files:
        info = files.select(FilePath((0x3F00, 0x7F50, 0x6F01)))
        assert (info.kind, info.size) == (FileKind.TRANSPARENT, 300)
        with pytest.raises(SecurityStatusError) as caught:
            files.read_binary(info)
        assert caught.value.needs == ("PIN1",)
        card.verify(0x01, b"1234")
        assert files.read_binary(info) == b"\x5a" * 300
        records = files.select(FilePath((0x3F00, 0x7F50, 0x6F02)))
        assert read_records(files, records) == [b"abc", b"def"]
    assert card.findings == []
    assert card.pin_status(0x81).remaining == 3


def test_a_disabled_chv_of_a_sim():
    virtual, card = insert(sim(enabled=False))
    card.verify(0x01, b"0000")
    assert virtual.instructions[0x20] == 0
    files = card.basic()
    assert len(files.read_binary(files.select(FilePath((0x3F00, 0x7F50, 0x6F01))))) == 300


def test_a_wrong_chv_of_a_sim():
    _, card = insert(sim())
    with pytest.raises(PinRefusedError) as caught:
        card.verify(0x01, b"9999")
    assert caught.value.remaining == 2


def test_writing_a_sim():
    _, card = insert(sim())
    card.verify(0x0A, b"87654321", force=True)
    card.verify(0x01, b"1234")
    files = card.basic()
    info = files.select(FilePath((0x3F00, 0x7F50, 0x6F01)))
    files.update_binary(info, 10, b"\x01" * 280)
    assert files.read_binary(info) == b"\x5a" * 10 + b"\x01" * 280 + b"\x5a" * 10
