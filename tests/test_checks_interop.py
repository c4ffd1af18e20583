"""Checks for known readers: each rule with a card that its reader cannot handle and one it can."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from smartboot.apdu.tlv import encode
from smartboot.card.base import FilePath
from smartboot.checks.engine import check
from smartboot.checks.rules.interop import RULES
from smartboot.checks.subject import profile_subject
from smartboot.image import CardImage
from smartboot.pkcs15.dodf import DataObjectKind
from smartboot.pkcs15.dodf_write import encode_entries
from smartboot.pkcs15.path import Path
from smartboot.profiles.load import profile_from_text
from smartboot.profiles.render import render
from tests.support.cards import LWM2M_160, profile_card, with_file
from tests.support.checked import OURS, structure_codes, structure_findings
from tests.support.checked_cards import (
    CP,
    CP_OID,
    PKCS15,
    application,
    edited,
    entry,
    sound,
    with_dir,
    with_entries,
    with_files,
)


def phone(*entries, dodf: str = "6410", data: bytes = CP) -> CardImage:
    """A card with one Client Provisioning document, as phones want it unless ``entries`` say."""
    image = profile_card([("oma-cp", 0x6411, data, 256)], dodf={"fid": dodf, "size": 256})
    if entries:
        image = with_file(image, f"7F50/{dodf}", data=encode_entries(entries).hex())
    return image


def cp_entry(path: str = "6411", **options):
    return entry(path, oid=CP_OID, **options)


def unnamed(one):
    """The entry with its applicationName behind the OID, where the standard does not have it."""
    return replace(one, class_extra=bytes.fromhex("0C0178"))


def document(size: int) -> CardImage:
    """An LwM2M document of this many bytes: the example with a longer key identity."""
    more = size - len(LWM2M_160)
    out = bytearray(LWM2M_160)
    # Collection, object 0 and its instance grow; so does the identity (resource 3).
    for at in (2, 7, 10):
        value = int.from_bytes(out[at : at + 2], "big") + more
        out[at : at + 2] = value.to_bytes(2, "big")
    at = out.index(b"harbor-cell")
    out[at - 1] += more
    out[at:at] = b"x" * more
    return with_file(sound(), "7F50/6432", data=bytes(out).hex())


def two_directories(*, last: bool) -> CardImage:
    """LwM2M listed in one of two EF(DODF)s, the last that EF(ODF) names or the first."""
    rows = ["A706300404026430", "A706300404026434"]
    image = with_file(sound(), "7F50/5031", data="".join(rows if not last else reversed(rows)))
    other = encode_entries([entry("6432", oid="1.3.6.1.4.1.1", label="other")]).hex()
    return with_files(image, {"fid": "6434", "size": 128, "data": other})


def odf_by_path(path: str) -> CardImage:
    row = encode(0xA7, encode(0x30, encode(0x04, bytes.fromhex(path))))
    return with_file(sound(), "7F50/5031", data=row.hex())


def in_place() -> CardImage:
    rows = encode_entries([entry()])
    return with_file(sound(), "7F50/5031", data=encode(0xA7, encode(0xA0, rows)).hex())


def indexed(index: int) -> CardImage:
    data = b"\xff" * index + LWM2M_160
    image = with_file(sound(), "7F50/6432", data=data.hex())
    one = replace(entry(), value=Path(FilePath((0x6432,)), index, 256))
    return with_entries(one, image=image)


def records() -> CardImage:
    return with_file(
        sound(), "7F50/6430", type="linear-fixed", size=None, data="", record_size=64,
        records=[encode_entries([entry()]).hex()], record_count=2,
    )  # fmt: skip  # one file, its fields side by side


def many_entries(count: int) -> CardImage:
    rows = [entry("6432")]
    rows += [entry("6432", oid=f"1.3.6.1.4.1.{n}", label=f"spare {n:03}") for n in range(1, count)]
    return with_entries(*rows)


def styled(*styles: str) -> CardImage:
    quirks = {"fcp": list(styles)}
    return edited(sound(), lambda plain: plain["card"].update(quirks=quirks))


def moved() -> CardImage:
    """The application's DF under another id."""
    image = with_dir((PKCS15, "3F00/7F51"))
    return edited(image, lambda plain: application(plain).update(fid="7F51"))


def without_aid() -> CardImage:
    """DF 7F50 that is no application."""

    def edit(plain) -> None:
        application(plain).update(type="df")
        del application(plain)["aid"]

    return edited(sound(), edit)


def other_odf() -> CardImage:
    """EF(DIR) with discretionary data that names another EF(ODF)."""
    body = "4F0C" + PKCS15.hex() + "51043F007F50" + "7306" + "300404024031"
    image = with_file(sound(), "2F00", records=[f"61{len(body) // 2:02X}{body}"])

    def edit(plain) -> None:
        application(plain)["files"][0]["fid"] = "4031"

    return edited(image, edit)


def sim(name: str, data: bytes) -> CardImage:
    item = {"label": "x", "format": name, "fid": "6432", "size": 256, "hex": data.hex()}
    profile = {"schema": "smartboot/profile/1", "name": "sim", "kind": "sim"}
    text = json.dumps({**profile, "data_objects": [item]})
    return render(profile_from_text(text))


OPAQUE = DataObjectKind.OPAQUE
OIDDO = DataObjectKind.OID
SHARED = ["P15-OBJECT-OVERLAP"]

CASES = [
    (
        "INTEROP-NORDIC-OIDDO",
        lambda: with_entries(entry(kind=OPAQUE)),
        [],
        lambda: with_entries(entry()),
    ),
    (
        "INTEROP-OPENSC-OPAQUE",
        lambda: phone(cp_entry(kind=OIDDO)),
        ["INTEROP-PHONE-FID"],
        lambda: phone(cp_entry()),
    ),
    ("INTEROP-PHONE-FID", lambda: phone(unnamed(cp_entry())), [], phone),
    (
        # Nine behind the OID of the first entry stands the right id; the last entry counts.
        "INTEROP-PHONE-FID",
        lambda: phone(cp_entry(label="a"), unnamed(cp_entry(label="b"))),
        ["P15-OBJECT-OVERLAP", "P15-OID-TWICE"],
        lambda: phone(unnamed(cp_entry(label="b")), cp_entry(label="a")),
    ),
    ("INTEROP-PHONE-DODF", lambda: phone(dodf="6430"), [], phone),
    (
        "INTEROP-PATH-LONG",
        lambda: with_entries(entry("3F00/7F50/6432")),
        [],
        lambda: with_entries(entry("6432")),
    ),
    (
        "INTEROP-PATH-LONG",
        lambda: odf_by_path("3F007F506430"),
        [],
        lambda: odf_by_path("6430"),
    ),
    ("INTEROP-PATH-INDEX", lambda: indexed(16), [], lambda: indexed(0)),
    ("INTEROP-IN-PLACE", in_place, [], sound),
    (
        "INTEROP-NORDIC-DODF",
        lambda: two_directories(last=False),
        SHARED,
        lambda: two_directories(last=True),
    ),
    ("INTEROP-DIRECTORY-RECORDS", records, [], sound),
    ("INTEROP-DIRECTORY-LONG", lambda: many_entries(8), SHARED * 7, lambda: many_entries(5)),
    ("INTEROP-SINGLE-READ", lambda: document(257), [], lambda: document(256)),
    (
        "INTEROP-NO-SIZE",
        lambda: styled("no-size"),
        [],
        lambda: styled("total-size"),
    ),
    (
        "INTEROP-NOT-SHAREABLE",
        lambda: with_file(sound(), "7F50/6432", shareable=False),
        [],
        lambda: with_file(sound(), "2F05", shareable=False),
    ),
    (
        "INTEROP-DEFAULT-FID",
        lambda: profile_card([("lwm2m", 0x6433, LWM2M_160, 512)]),
        [],
        lambda: profile_card([("lwm2m", 0x6432, LWM2M_160, 512)]),
    ),
    ("INTEROP-AID-ONLY", without_aid, [], sound),
    ("INTEROP-NO-7F50", moved, [], sound),
    ("INTEROP-ODF-FID", other_odf, [], sound),
    (
        "INTEROP-SIM-LWM2M",
        lambda: sim("lwm2m", LWM2M_160),
        [],
        lambda: sim("oma-cp", CP),
    ),
    (
        "INTEROP-WBXML-PUBLIC-ID",
        lambda: phone(data=bytes.fromhex("0301") + CP[2:]),
        [],
        phone,
    ),
    (
        "INTEROP-WBXML-CHARSET",
        lambda: phone(data=CP[:2] + b"\x03" + CP[3:]),
        [],
        phone,
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
    assert {case[0] for case in CASES} == {rule.code for rule in RULES}


def test_the_phone_card_is_sound():
    assert structure_codes(phone()) == []


def test_a_profile_without_its_card_is_judged_by_its_documents_only():
    document = CP[:2] + b"\x03" + CP[3:]
    item = {"label": "x", "format": "oma-cp", "fid": "6411", "size": 256, "hex": document.hex()}
    profile = {"schema": "smartboot/profile/1", "name": "one", "data_objects": [item]}
    report = check(profile_subject(profile_from_text(json.dumps(profile))))
    assert [f.code for f in report.findings if f.code in OURS] == ["INTEROP-WBXML-CHARSET"]


def test_the_file_a_phone_would_open_is_named():
    (one,) = [
        f for f in structure_findings(phone(unnamed(cp_entry()))) if f.code == "INTEROP-PHONE-FID"
    ]
    assert "0404" in one.message
    assert "6411" in one.message
