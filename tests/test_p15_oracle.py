"""What smartboot writes, read by programs that are not smartboot.

``openssl asn1parse`` shows every tag, length and value; the ASN.1 module of ``cryptography`` reads
the structures by types written down here from the standard's module, not from our own code.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import Annotated

import pytest
from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from smartboot.card.base import FilePath
from smartboot.pkcs15 import aodf, dodf_write, odf, tokeninfo
from smartboot.pkcs15.aodf import PinFlags, PinObject
from smartboot.pkcs15.attributes import CommonObjectAttributes, ObjectFlags
from smartboot.pkcs15.directory import PKCS15_AID, ApplicationTemplate, encode_record
from smartboot.pkcs15.dodf import DataObjectKind, DodfEntry
from smartboot.pkcs15.odf import OdfEntry
from smartboot.pkcs15.oid import KNOWN_OIDS, ObjectId
from smartboot.pkcs15.path import Path, encode_path
from smartboot.pkcs15.tokeninfo import TokenFlags, TokenInfo
from tests.support.p15 import DIR_RECORD, LWM2M, h
from tests.test_p15_vectors import DODF_CASES, ODF_CASES, PIN, PIN_OBJECT, TOKEN, TOKEN_INFO

REQUIRED = bool(os.environ.get("CI") or os.environ.get("SMARTBOOT_REQUIRE_TOOLS"))
FID = FilePath((0x6FF2,))
"""Not printable, so that openssl shows it in hex."""

LINE = re.compile(
    r"\s*\d+:d=(\d+)\s+hl=\d\s+l=\s*\d+ (?:prim|cons): (.*?)\s*(?:\[HEX DUMP\])?(?::(.*))?$"
)
FAR = Path(FilePath((0x3F00, 0x7F50, 0x4F10)), 300, 65535)


def asn1parse(data: bytes) -> list[tuple[int, str, str]]:
    """(depth, type, value) of every data object, as openssl sees them."""
    program = shutil.which("openssl")
    if program is None:
        if REQUIRED:
            pytest.fail("openssl is not installed")
        pytest.skip("openssl is not installed")
    done = subprocess.run(
        [program, "asn1parse", "-inform", "DER"],
        input=data,
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    rows = []
    for line in done.stdout.decode().splitlines():
        found = LINE.match(line)
        assert found is not None, line
        rows.append((int(found[1]), found[2].strip(), found[3] or ""))
    return rows


WRITTEN = [
    *(
        pytest.param(dodf_write.encode_entry(case.values[1]), id=str(case.id))
        for case in DODF_CASES
    ),
    *(pytest.param(h(case.values[0])[:8], id=f"odf {case.id}") for case in ODF_CASES),
    pytest.param(aodf.encode_pin(PIN_OBJECT), id="pin"),
    pytest.param(tokeninfo.encode_token_info(TOKEN_INFO), id="token info"),
    pytest.param(
        encode_record(ApplicationTemplate(PKCS15_AID, b"PKCS15", FilePath((0x3F00, 0x7F50)))),
        id="dir record",
    ),
]


@pytest.mark.oracle
@pytest.mark.parametrize("data", WRITTEN)
def test_openssl_reads_it(data: bytes) -> None:
    assert asn1parse(data)


@pytest.mark.oracle
@pytest.mark.parametrize(
    "vector", [LWM2M, PIN, TOKEN, DIR_RECORD], ids=["lwm2m", "pin", "token", "dir"]
)
def test_openssl_reads_the_vectors(vector: str) -> None:
    assert asn1parse(h(vector))


@pytest.mark.oracle
@pytest.mark.parametrize("oid", list(KNOWN_OIDS))
@pytest.mark.parametrize("wrapped", [False, True])
def test_openssl_sees_the_fields(oid: str, wrapped: bool) -> None:
    entry = dodf_write.make_entry(
        oid, FID, label="Boot", private=True, auth_id=b"\x01", wrapped=wrapped
    )
    rows = asn1parse(dodf_write.encode_entry(entry))
    seen = f"0.6.4.103.43.{oid.removeprefix('2.23.43.')}" if wrapped else oid
    found = [value for _, kind, value in rows if kind == "OBJECT"]
    assert found == [seen] * (2 if oid == "2.23.43.9.1" else 1)
    assert (2, "UTF8STRING", "Boot") in rows
    assert [kind for depth, kind, _ in rows if depth == 1] == ["SEQUENCE", "SEQUENCE", "cont [ 1 ]"]
    assert rows[0][1] == ("cont [ 1 ]" if oid == "2.23.43.9.1" else "SEQUENCE")
    assert rows[-1][1:] == ("OCTET STRING", "6FF2")


# -- the same structures as types, from the ASN.1 module of PKCS#15 v1.1


@asn1.sequence
class AsnPath:
    path: bytes
    index: int | None
    length: Annotated[int | None, asn1.Implicit(0)]


@asn1.sequence
class AsnCommon:
    label: str | None
    flags: asn1.BitString | None
    auth_id: bytes | None
    user_consent: int | None


@asn1.sequence
class AsnDataAttributes:
    application_name: str | None
    application_oid: ObjectIdentifier | None


@asn1.sequence
class AsnOpaque:
    common: AsnCommon
    attributes: AsnDataAttributes
    value: Annotated[AsnPath, asn1.Explicit(1)]


@asn1.sequence
class AsnOidValue:
    identifier: ObjectIdentifier
    value: AsnPath


@asn1.sequence
class AsnOidObject:
    common: AsnCommon
    attributes: AsnDataAttributes
    value: Annotated[AsnOidValue, asn1.Explicit(1)]


@asn1.sequence
class AsnTokenInfo:
    version: int
    serial_number: bytes
    manufacturer: str | None
    label: Annotated[str | None, asn1.Implicit(0)]
    flags: asn1.BitString


@asn1.sequence
class AsnAuth:
    auth_id: bytes


def as_sequence(data: bytes) -> bytes:
    """The implicit tag of an alternative put back to that of the SEQUENCE it stands for."""
    return b"\x30" + data[1:]


@pytest.mark.parametrize(
    "path",
    [Path(FID), Path(FID, 0, 0), Path(FID, 127, 128), FAR, Path(FID, 255, 256)],
    ids=["plain", "0+0", "127+128", "300+65535", "255+256"],
)
def test_path(path: Path) -> None:
    read = asn1.decode_der(AsnPath, encode_path(path))
    assert (read.path, read.index, read.length) == (path.ids.to_bytes(), path.index, path.length)
    assert asn1.encode_der(read) == encode_path(path)


@pytest.mark.parametrize("oid", list(KNOWN_OIDS))
@pytest.mark.parametrize("label", [None, "", "Boot", "Grüße", "x" * 255])
@pytest.mark.parametrize("flags", [(False, False), (True, False), (False, True), (True, True)])
def test_data_objects(oid: str, label: str | None, flags: tuple[bool, bool]) -> None:
    entry = dodf_write.make_entry(
        oid, FAR, label=label, private=flags[0], modifiable=flags[1], auth_id=b"\x01\x02",
        application_name="app",
    )  # fmt: skip
    data = dodf_write.encode_entry(entry)
    if entry.kind is DataObjectKind.OID:
        read = asn1.decode_der(AsnOidObject, as_sequence(data))
        assert read.value.identifier.dotted_string == oid
        path = read.value.value
        assert asn1.encode_der(read) == as_sequence(data)
    else:
        opaque = asn1.decode_der(AsnOpaque, data)
        read = opaque
        path = opaque.value
        assert asn1.encode_der(opaque) == data
    assert read.common.label == label
    assert read.common.auth_id == b"\x01\x02"
    assert read.attributes.application_name == "app"
    assert read.attributes.application_oid == ObjectIdentifier(oid)
    assert (path.path, path.index, path.length) == (FAR.ids.to_bytes(), 300, 65535)
    bits = read.common.flags
    seen = (False, False)
    if bits is not None:
        first = bits.as_bytes()[0]
        seen = (bool(first & 0x80), bool(first & 0x40))
        assert not first & 0x3F
    assert seen == flags


def test_user_consent() -> None:
    entry = DodfEntry(
        DataObjectKind.OPAQUE,
        CommonObjectAttributes("x", ObjectFlags(0), b"", 15),
        application_oid=ObjectId(h("672B0701")),
        value=Path(FID),
    )
    read = asn1.decode_der(AsnOpaque, dodf_write.encode_entry(entry))
    assert read.common.user_consent == 15
    assert read.common.auth_id == b""
    assert read.common.flags is not None
    assert read.common.flags.as_bytes() == b""


def test_token_info() -> None:
    flags = TokenFlags.READONLY | TokenFlags.EID_COMPLIANT
    info = TokenInfo(0, b"\x89\x00", "maker", "card", flags)
    read = asn1.decode_der(AsnTokenInfo, tokeninfo.encode_token_info(info))
    assert (read.version, read.serial_number, read.manufacturer, read.label) == (
        0, b"\x89\x00", "maker", "card",
    )  # fmt: skip
    assert read.flags == asn1.BitString(b"\x90", 4)


def test_odf_entry() -> None:
    data = odf.encode_entries([OdfEntry(0xA7, FAR)])
    assert data[0] == 0xA7
    assert asn1.decode_der(AsnPath, data[2:]).path == FAR.ids.to_bytes()


@pytest.mark.oracle
def test_pin_object() -> None:
    flags = PinFlags.LOCAL | PinFlags.NEEDS_PADDING | PinFlags.EXCHANGE_REF_DATA
    pin = PinObject(b"\x07", flags, 1, 4, 8, 8, 0x81, b"\xff", Path(FID))
    rows = asn1parse(aodf.encode_pin(pin))
    assert [(kind, value) for depth, kind, value in rows if depth >= 2] == [
        ("OCTET STRING", "07"),
        ("SEQUENCE", ""),
        ("BIT STRING", ""),
        ("ENUMERATED", "01"),
        ("INTEGER", "04"),
        ("INTEGER", "08"),
        ("INTEGER", "08"),
        ("cont [ 0 ]", ""),
        ("OCTET STRING", "FF"),
        ("SEQUENCE", ""),
        ("OCTET STRING", "6FF2"),
    ]
    assert asn1.decode_der(AsnAuth, h("3003040107")).auth_id == pin.auth_id
