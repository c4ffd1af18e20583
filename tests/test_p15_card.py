"""The search for data objects on the real file-system mapper, TPDU by TPDU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from smartboot.card import CardKind, FileInfo, FileSystem, open_card
from smartboot.errors import SecurityStatusError
from smartboot.image import CardHeader, CardImage, FileImage, PinImage
from smartboot.pkcs15.application import Application, Found
from smartboot.pkcs15.locate import open_application
from smartboot.virtual import InProcessConnection, VirtualCard
from tests.support.p15 import AID, DIR_RECORD, LWM2M, ODF, USIM, h
from tests.support.scripted import ScriptedCard

T = TypeVar("T")

READ_ALL = {"read": "always", "update": "adm1"}


def image(
    *,
    aid: bytes | None = AID,
    fid: int = 0x7F50,
    records: tuple[str, ...] = (USIM, DIR_RECORD),
    read: str = "always",
    **header: Any,
) -> CardImage:
    """The reference layout; ``aid`` None makes a DF without a name."""
    access = {"read": read, "update": "adm1"}
    directory = FileImage(
        fid=0x2F00,
        type="linear-fixed",
        record_size=40,
        record_count=3,
        records=[h(record) for record in records],
        access=READ_ALL,
    )
    application = FileImage(
        fid=fid,
        type="df" if aid is None else "adf",
        aid=aid,
        files=[
            FileImage(fid=0x5031, size=32, data=h(ODF), access=READ_ALL),
            FileImage(fid=0x6430, size=128, data=h(LWM2M), access=access),
            FileImage(fid=0x6432, size=64, data=b"\x00\x01", access=READ_ALL),
        ],
    )
    return CardImage(
        card=CardHeader(**header),
        pins=[
            PinImage(name="PIN1", reference=0x01, value="1234", unblock="12345678"),
            PinImage(name="ADM1", reference=0x0A, value="87654321", tries=10),
        ],
        files=[*([directory] if records else []), application],
    )


def located(card: VirtualCard, **options: Any) -> tuple[Application, list[str]]:
    """The application, and the TPDUs from EF(DIR) on as instruction and parameters."""
    opened = open_card(InProcessConnection(card))
    before = card.tpdus
    with open_application(opened, **options) as application:
        pass
    log = [exchange.command for exchange in list(card.log)[before:]]
    assert len(log) == card.tpdus - before
    return application, [command[1:4].hex().upper() for command in log]


def test_the_reference_layout_on_t0() -> None:
    application, log = located(VirtualCard(image()))
    assert log == [
        "A40804", "C00000", "B20104", "B20204",  # EF(DIR): 4
        "700000",  # channel: 1, and 1 to close it
        "A4040C",  # application: 1
        "A40804", "C00000", "B00000",  # EF(ODF): 3
        "A40804", "C00000", "B00000",  # EF(DODF): 3
        "708001",
    ]  # fmt: skip
    assert application.found is Found.DIR_AID
    assert [str(item.path) for item in application.data_objects] == ["7FFF/6432"]


def test_the_reference_layout_on_t1() -> None:
    _, log = located(VirtualCard(image(protocol="T=1")))
    assert len(log) == 10


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"records": (USIM, DIR_RECORD)}, Found.DIR_AID),
        ({"records": (USIM,)}, Found.AID),
        ({"records": ()}, Found.AID),
        ({"records": (USIM, DIR_RECORD), "aid": None}, Found.DIR_PATH),
        ({"records": (USIM,), "aid": None}, Found.DF_7F50),
        ({"records": (), "aid": None, "fid": 0x5015}, Found.DF_5015),
    ],
)
def test_every_way_leads_there(changes: dict[str, Any], found: Found) -> None:
    application, _ = located(VirtualCard(image(**changes)))
    assert application.found is found
    (item,) = application.data_objects
    assert item.oid == "2.23.43.9.1"
    told = [finding.code for finding in application.findings]
    assert ("P15-FALLBACK" in told) == (found is not Found.DIR_AID)


@pytest.mark.parametrize(
    ("records", "found"), [((USIM, DIR_RECORD), Found.DIR_PATH), ((), Found.DF_7F50)]
)
def test_a_2g_sim(records: tuple[str, ...], found: Found) -> None:
    card = VirtualCard(image(aid=None, records=records, kind="sim"))
    opened = open_card(InProcessConnection(card))
    assert opened.kind is CardKind.SIM
    with open_application(opened) as application:
        (item,) = application.data_objects
        assert application.fs is not None
        assert item.path is not None
        info = application.fs.select(item.path)
        assert info.size == 64
        assert application.fs.read_binary(info, 0, 2) == b"\x00\x01"
    assert application.found is found
    assert all(exchange.command[0] == 0xA0 for exchange in list(card.log)[1:])


def test_no_application_at_all() -> None:
    application, log = located(VirtualCard(CardImage()))
    assert application.fs is None
    assert log[-1] == "708001"


def test_a_locked_dodf_and_a_key() -> None:
    card = VirtualCard(image(read="pin1"))
    application, log = located(card)
    assert "200001" not in log
    (refusal,) = application.refused
    assert isinstance(refusal.error, SecurityStatusError)
    assert refusal.error.needs == ("PIN1",)

    opened = open_card(InProcessConnection(VirtualCard(image(read="pin1"))))

    def unlock(fs: FileSystem, info: FileInfo, operation: str, action: Callable[[], T]) -> T:
        try:
            return action()
        except SecurityStatusError:
            opened.verify(1, b"1234")
        fs.select(info.path)
        return action()

    with open_application(opened, unlock=unlock) as application:
        assert [item.fid for item in application.data_objects] == ["6432"]


def test_the_objects_can_be_selected_as_listed() -> None:
    opened = open_card(InProcessConnection(VirtualCard(image())))
    with open_application(opened) as application:
        assert application.fs is not None
        (item,) = application.data_objects
        assert item.path is not None
        assert application.fs.select(item.path).size == 64
        assert application.read_token_info() is None
        assert application.read_pins() == ()


def test_a_card_as_logged_in_the_field() -> None:
    """The answers are those that public logs of an LwM2M reader show, behind an EF(DIR)."""
    connection = ScriptedCard(
        f"""
        00A4080C022FE2 > 9000
        00A40804022F00 > 6114
        00C0000014 > 6212 8205422100 1E01 83022F00 8A0105 8002001E 9000
        00B201041E > {DIR_RECORD} 9000
        0070000001 > 01 9000
        01A4040C0CA000000063504B43532D3135 > 9000
        01A40804047FFF5031 > 6118
        01C0000018 > 6216 82024121 83025031 8A0105 8B036F0602 80020020 8800 9000
        01B0000020 > {ODF} {"FF" * 24} 9000
        01A40804047FFF6430 > 6118
        01C0000018 > 6216 82024121 83026430 8A0105 8B036F0602 80020080 8800 9000
        01B0000080 > {LWM2M} {"FF" * 87} 9000
        0170800100 > 9000
        """
    )
    with open_application(open_card(connection)) as application:
        pass
    assert connection.done()
    assert [item.label for item in application.data_objects] == ["LwM2M Bootstrap"]
