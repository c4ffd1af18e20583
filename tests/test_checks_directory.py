"""Checks of the PKCS#15 directory against its card: each rule with a card that breaks it and one
that nearly does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smartboot.apdu.tlv import encode
from smartboot.card.base import FilePath
from smartboot.checks.rules.directory import DIRECTORY_RULES
from smartboot.image import CardImage
from smartboot.model import Severity
from smartboot.pkcs15.aodf import PinFlags, PinObject
from smartboot.pkcs15.aodf import encode_entries as encode_pins
from smartboot.pkcs15.dodf_write import encode_entries
from smartboot.pkcs15.path import Path
from smartboot.pkcs15.tokeninfo import TokenFlags, TokenInfo, encode_token_info
from tests.support.cards import LWM2M_160, profile_card, with_file
from tests.support.checked import report_of, structure_codes, structure_findings
from tests.support.checked_cards import (
    CONFIG2_OID,
    CP,
    CP_OID,
    DM_OID,
    entry,
    sound,
    with_access,
    with_entries,
    with_files,
    with_pin,
)

PIN1 = PinObject(
    auth_id=b"\x01",
    flags=PinFlags.INITIALIZED | PinFlags.NEEDS_PADDING,
    pin_type=1,
    min_length=4,
    stored_length=8,
    max_length=8,
    reference=1,
    pad_char=b"\xff",
)
SERIAL = bytes.fromhex("98881201000000000001")
OTHER_SERIAL = bytes.fromhex("98881201000000000002")
ODF_WITH_PINS = "A706300404026430" + "A806300404026440"


def pins(*objects: PinObject, auth_id: bytes = b"\x01", read: str = "pin1") -> CardImage:
    """A card whose document takes a PIN, and whose directory says which."""
    image = with_access("7F50/6432", with_pin(sound(), "01", enabled=True), read=read)
    image = with_entries(entry(private=read != "always", auth_id=auth_id), image=image)
    image = with_file(image, "7F50/5031", data=ODF_WITH_PINS)
    data = encode_pins(objects).hex() if objects else ""
    return with_files(image, {"fid": "6440", "size": 128, "data": data})


def range_of(index: int, length: int) -> CardImage:
    one = entry()
    return with_entries(replace(one, value=Path(FilePath((0x6432,)), index, length)))


def halves(second: int, length: int) -> CardImage:
    """Two objects of different OIDs in one file, the second from byte ``second`` on."""
    image = with_file(sound(), "7F50/6432", data=(LWM2M_160.ljust(256, b"\xff") + CP).hex())
    first = replace(entry(), value=Path(FilePath((0x6432,)), 0, 256))
    other = replace(
        entry(oid=CONFIG2_OID, label="other"), value=Path(FilePath((0x6432,)), second, length)
    )
    return with_entries(first, other, image=image)


def labelled(*labels: str | None, oid: str | None = None) -> CardImage:
    """Several LwM2M files, or one of another OID, with these labels."""
    image = sound()
    entries = []
    for number, label in enumerate(labels):
        fid = f"{0x6432 + number:04X}"
        if number:
            image = with_files(image, {"fid": fid, "size": 512, "data": LWM2M_160.hex()})
        # Only the first is bootstrap data, so that no OID stands twice.
        options: dict[str, Any] = {"label": label}
        if number or oid:
            options["oid"] = oid or f"1.3.6.1.4.1.{number}"
        entries.append(entry(fid, **options))
    return with_entries(*entries, image=image)


def twice(first: str, second: str, data: bytes = LWM2M_160) -> CardImage:
    image = with_files(sound(), {"fid": "6433", "size": 512, "data": data.hex()})
    return with_entries(
        entry("6432", oid=first, label="one"),
        entry("6433", oid=second, label="two"),
        image=image,
    )


def token(**changes: Any) -> CardImage:
    fields: dict[str, Any] = {"version": 0, "serial_number": SERIAL, "label": "card", **changes}
    data = encode_token_info(TokenInfo(**fields)).hex()
    return with_file(sound(), "7F50/5032", data=data)


def long_label(count: int) -> CardImage:
    """A label that no encoder writes."""
    oid = bytes.fromhex("0604672B0901")
    path = encode(0x30, encode(0x04, b"\x64\x32"))
    label = encode(0x30, encode(0x0C, b"x" * count))
    data = encode(0xA1, label + encode(0x30, oid) + encode(0xA1, encode(0x30, oid + path)))
    return with_file(sound(), "7F50/6430", data=data.hex(), size=512)


def one_place() -> CardImage:
    """An oidDO as cards in the field have it: the OID as its id only."""
    return with_entries(replace(entry(), application_oid=None))


def dangling(fid: str) -> CardImage:
    """EF(ODF) with an entry for certificates."""
    image = with_file(sound(), "7F50/5031", data="A706300404026430" + f"A40630040402{fid}")
    return with_files(image, {"fid": "6450", "size": 16})


def content(data: bytes, oid: str) -> CardImage:
    image = with_file(sound(), "7F50/6432", data=data.hex())
    return with_entries(entry(oid=oid), image=image)


def flagged(read: str = "always", update: str = "adm1", **flags: bool) -> CardImage:
    image = with_access(
        "7F50/6432", with_pin(sound(), "01", enabled=True), read=read, update=update
    )
    return with_entries(entry(**flags), image=image)


def user_part(**flags: bool) -> CardImage:
    image = profile_card([("oma-cp", 0x6411, CP, 128)], oids=[CONFIG2_OID])
    image = with_access("7F50/6411", with_pin(image, "01", enabled=True), update="pin1")
    data = entry("6411", oid=CONFIG2_OID, **flags)
    return with_file(image, "7F50/6410", data=encode_entries([data]).hex())


CASES = [
    (
        "P15-PRIVATE-OPEN",
        lambda: flagged(private=True),
        [],
        lambda: flagged(read="pin1", private=True),
    ),
    ("P15-NOT-PRIVATE", lambda: flagged(read="pin1"), [], lambda: flagged()),
    (
        "P15-MODIFIABLE-NEVER",
        lambda: flagged(modifiable=True, update="never"),
        ["CARD-UPDATE-NEVER"],
        lambda: flagged(modifiable=True),
    ),
    ("P15-NOT-MODIFIABLE", user_part, [], lambda: user_part(modifiable=True)),
    ("P15-AUTHID-UNKNOWN", lambda: pins(PIN1, auth_id=b"\x02"), [], lambda: pins(PIN1)),
    ("P15-AUTHID-UNKNOWN", pins, [], lambda: pins(PIN1)),
    (
        "P15-PIN-REFERENCE",
        lambda: pins(replace(PIN1, reference=0x81)),
        [],
        lambda: pins(replace(PIN1, reference=0x81), read="always"),
    ),
    (
        "P15-PIN-FORM",
        lambda: pins(replace(PIN1, stored_length=4)),
        [],
        lambda: pins(replace(PIN1, min_length=8)),
    ),
    (
        "P15-PIN-FORM",
        lambda: pins(replace(PIN1, pad_char=b"\x00")),
        [],
        lambda: pins(replace(PIN1, pad_char=None)),
    ),
    ("P15-RANGE-BEYOND", lambda: range_of(0, 513), [], lambda: range_of(0, 512)),
    ("P15-RANGE-BEYOND", lambda: range_of(0, 0), [], lambda: range_of(0, 1)),
    (
        "P15-OBJECT-OVERLAP",
        lambda: halves(255, 64),
        ["INTEROP-PATH-INDEX"],
        lambda: halves(256, 64),
    ),
    ("P15-ODF-DANGLING", lambda: dangling("6451"), [], lambda: dangling("6450")),
    (
        "P15-OID-TWICE",
        lambda: twice("2.23.43.9.1", "2.23.43.9.1"),
        ["INTEROP-DEFAULT-FID"],
        lambda: twice("2.23.43.9.1", "2.23.43.9.2"),
    ),
    (
        "P15-LABEL-TWICE",
        lambda: labelled("same", "same"),
        [],
        lambda: labelled("same", "Same"),
    ),
    ("P15-LABEL-ABSENT", lambda: labelled(None), [], lambda: labelled("x")),
    (
        "P15-LABEL-LONG",
        lambda: long_label(256),
        ["INTEROP-DIRECTORY-LONG"],
        lambda: long_label(255),
    ),
    (
        "P15-LABEL-DISAGREES",
        lambda: labelled("Client Provisioning"),
        [],
        lambda: labelled("Provisioning of clients"),
    ),
    (
        "P15-LABEL-DISAGREES",
        lambda: labelled("OMA DM bootstrap"),
        [],
        lambda: labelled("OMA DM, OMA CP and LwM2M"),
    ),
    ("P15-CONTENT-DIFFERS", lambda: content(CP, "2.23.43.9.1"), [], lambda: content(CP, CP_OID)),
    (
        "P15-CONTENT-DIFFERS",
        lambda: content(LWM2M_160, CP_OID),
        ["INTEROP-PHONE-DODF"],
        # What no format knows is reported as malformed, not as another format.
        lambda: content(b"\x55" * 40, CP_OID),
    ),
    ("P15-APPLICATION-OID", one_place, [], lambda: with_entries(entry())),
    (
        "P15-TOKEN-ABSENT",
        lambda: with_file(sound(), "7F50/5032", remove=True),
        [],
        lambda: with_file(sound(), "7F50/5032", data=""),
    ),
    ("P15-TOKEN-VERSION", lambda: token(version=1), [], lambda: token(version=0)),
    (
        "P15-TOKEN-READONLY",
        lambda: token(flags=TokenFlags.READONLY),
        [],
        lambda: token(flags=TokenFlags.PRN_GENERATION),
    ),
    (
        "P15-TOKEN-LOGIN",
        lambda: token(flags=TokenFlags.LOGIN_REQUIRED),
        [],
        lambda: token(flags=TokenFlags.EID_COMPLIANT),
    ),
    (
        "P15-TOKEN-SERIAL",
        lambda: token(serial_number=OTHER_SERIAL),
        [],
        # The same number with its nibbles in order.
        lambda: token(serial_number=bytes.fromhex("89882110000000000010")),
    ),
    (
        "P15-TOKEN-SERIAL",
        lambda: token(serial_number=bytes.fromhex("89882110000000000020")),
        [],
        lambda: token(serial_number=OTHER_SERIAL[:9]),
    ),
]
IDS = [f"{case[0]}-{number}" for number, case in enumerate(CASES)]


@pytest.mark.parametrize(("code", "broken", "besides"), [case[:3] for case in CASES], ids=IDS)
def test_a_rule_finds_its_card_and_no_other_fault(code, broken, besides):
    assert structure_codes(broken()) == sorted([code, *besides])


@pytest.mark.parametrize(("code", "near"), [(case[0], case[3]) for case in CASES], ids=IDS)
def test_a_rule_leaves_alone_what_only_looks_like_it(code, near):
    assert code not in structure_codes(near())


def test_every_rule_has_a_card():
    assert {case[0] for case in CASES} == {rule.code for rule in DIRECTORY_RULES}


def test_the_pins_card_is_sound_but_for_what_it_shows():
    assert structure_codes(pins(PIN1)) == []


def test_dm_1_and_dm_2_may_share_an_oid():
    image = twice(DM_OID, DM_OID, b"[]")
    (one,) = [f for f in structure_findings(image) if f.code == "P15-OID-TWICE"]
    assert one.severity is Severity.INFO
    image = twice(DM_OID, DM_OID)
    (one,) = [f for f in structure_findings(image) if f.code == "P15-OID-TWICE"]
    assert one.severity is Severity.WARNING
    assert one.where == "EF 6430 object 2"


def test_a_key_in_the_document_never_shows_in_what_is_said_of_its_place():
    image = content(LWM2M_160, CP_OID)
    text = str([finding.to_dict() for finding in report_of(image).findings])
    assert "A07C3391" not in text.upper()
