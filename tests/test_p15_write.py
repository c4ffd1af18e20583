"""The entries smartboot writes: the form that readers in the field need, and nothing illegal."""

from __future__ import annotations

import pytest

from smartboot.card.base import FilePath
from smartboot.errors import DecodeError, EncodeError
from smartboot.pkcs15 import aodf, dodf, dodf_write, odf, tokeninfo
from smartboot.pkcs15.aodf import PinFlags, PinObject
from smartboot.pkcs15.attributes import CommonObjectAttributes, ObjectFlags, encode_common
from smartboot.pkcs15.der import (
    decode_bits,
    decode_integer,
    encode_bits,
    encode_integer,
    encode_text,
)
from smartboot.pkcs15.directory import PKCS15_AID, ApplicationTemplate, encode_record
from smartboot.pkcs15.dodf import DataObjectKind, DodfEntry
from smartboot.pkcs15.odf import OdfEntry
from smartboot.pkcs15.oid import KNOWN_OIDS, ObjectId
from smartboot.pkcs15.path import Path, encode_path
from smartboot.pkcs15.tokeninfo import TokenInfo
from smartboot.pkcs15.values import InPlace, Protected, Url, encode_value
from tests.support.p15 import h

FID = FilePath((0x6432,))


@pytest.mark.parametrize("oid", [oid for oid, k in KNOWN_OIDS.items() if k.format != "lwm2m"])
@pytest.mark.parametrize("label", [None, "Boot", "x" * 255])
def test_a_phone_finds_the_file_id_behind_the_oid(oid: str, label: str | None) -> None:
    """A reader in phones takes the two bytes at +9 and +10 from the OID's second byte."""
    entry = dodf_write.make_entry(
        oid, FID, label=label, private=True, modifiable=True, auth_id=b"\x01", application_name="n"
    )
    data = dodf_write.encode_entry(entry)
    assert entry.kind is DataObjectKind.OPAQUE
    at = data.index(ObjectId.from_dotted(oid).content[1:])
    assert data[at + 9 : at + 11] == h("6432")
    assert data.endswith(h("A106 3004 0402 6432"))


def test_lwm2m_is_an_oid_do_with_application_oid_too() -> None:
    entry = dodf_write.make_entry("2.23.43.9.1", FID, label="boot A", modifiable=True)
    assert dodf_write.encode_entry(entry) == h(
        "A1 26 30 0C 0C 06 626F6F742041 03 02 06 40 30 06 06 04 672B0901"
        "A1 0E 30 0C 06 04 672B0901 30 04 04 02 6432"
    )


def test_kind_and_path_can_be_chosen() -> None:
    path = Path(FilePath((0x3F00, 0x7F50, 0x6432)), 4, 60)
    entry = dodf_write.make_entry("1.2.3", path, kind=DataObjectKind.OID)
    decoded = dodf.decode(dodf_write.encode_entry(entry))
    assert decoded.entries[0].value == path
    assert str(decoded.entries[0].object_id) == "1.2.3"
    assert decoded.entries[0].common.flags is None


def test_bad_oid_is_refused() -> None:
    with pytest.raises(EncodeError):
        dodf_write.make_entry("LwM2M", FID)


PIN = PinObject(b"\x01", PinFlags(0), 1, 4, 8)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: encode_path(Path(FID, 1)), id="index alone"),
        pytest.param(lambda: encode_path(Path(FID, None, 1)), id="length alone"),
        pytest.param(lambda: encode_path(Path(FID, -1, 1)), id="negative index"),
        pytest.param(lambda: encode_path(Path(FID, 0, 65536)), id="large length"),
        pytest.param(lambda: encode_path(Path(FilePath(()))), id="no file id"),
        pytest.param(lambda: encode_text("x" * 256, "label"), id="long label"),
        pytest.param(lambda: encode_text("\ud800", "label"), id="surrogate"),
        pytest.param(lambda: encode_bits(-1), id="negative flags"),
        pytest.param(lambda: encode_bits(1 << 64), id="many flags"),
        pytest.param(lambda: encode_integer(1 << 63), id="large integer"),
        pytest.param(
            lambda: encode_common(CommonObjectAttributes(auth_id=b"x" * 256)), id="long authId"
        ),
        pytest.param(
            lambda: encode_common(CommonObjectAttributes(user_consent=0)), id="userConsent 0"
        ),
        pytest.param(
            lambda: encode_common(CommonObjectAttributes(user_consent=16)), id="userConsent 16"
        ),
        pytest.param(lambda: encode_value(Url("é")), id="URL not ASCII"),
        pytest.param(lambda: encode_value(Protected(0xA3, b"")), id="protected tag"),
        pytest.param(
            lambda: dodf_write.encode_entry(DodfEntry(DataObjectKind.OPAQUE)), id="no value"
        ),
        pytest.param(
            lambda: dodf_write.encode_entry(DodfEntry(DataObjectKind.OID, value=Path(FID))),
            id="oidDO without id",
        ),
        pytest.param(
            lambda: dodf_write.encode_entry(
                DodfEntry(DataObjectKind.OPAQUE, object_id=ObjectId(b"\x2b"), value=Path(FID))
            ),
            id="opaqueDO with id",
        ),
        pytest.param(lambda: odf.encode_entries([OdfEntry(0xA9, Path(FID))]), id="ODF tag"),
        pytest.param(lambda: odf.encode_entries([OdfEntry(0xA7, None)]), id="empty ODF entry"),
        pytest.param(
            lambda: aodf.encode_pin(PinObject(b"\x01", PinFlags(0), 1, 4, 8, pad_char=b"")),
            id="padChar",
        ),
        pytest.param(
            lambda: aodf.encode_pin(PinObject(b"\x01", PinFlags(0), 1, 4, 8, reference=256)),
            id="pinReference",
        ),
        pytest.param(lambda: tokeninfo.encode_token_info(TokenInfo(-1, b"")), id="version"),
        pytest.param(lambda: encode_record(ApplicationTemplate(b"")), id="no AID"),
        pytest.param(lambda: encode_record(ApplicationTemplate(b"x" * 17)), id="long AID"),
        pytest.param(
            lambda: encode_record(ApplicationTemplate(PKCS15_AID, b"x" * 120)), id="long template"
        ),
        pytest.param(
            lambda: encode_record(ApplicationTemplate(PKCS15_AID), length=15), id="short record"
        ),
    ],
)
def test_what_the_standard_does_not_allow(make: object) -> None:
    with pytest.raises(EncodeError):
        make()  # type: ignore[operator]  # a table of callables


@pytest.mark.parametrize(
    ("content", "mask"),
    [("00", 0), ("0780", 1), ("0640", 2), ("06C0", 3), ("0001", 1 << 7), ("070080", 1 << 8),
     ("020C", 0x30), ("0520", 4), ("00FF", 0xFF)],
)  # fmt: skip
def test_named_bits(content: str, mask: int) -> None:
    assert decode_bits(h(content)) == mask
    assert encode_bits(mask) == h(content)


def test_named_bits_not_in_shortest_form() -> None:
    assert decode_bits(h("00C0")) == 3
    assert decode_bits(h("05C0")) == 3
    assert decode_bits(h("04C00000")) == 3
    with pytest.raises(DecodeError):
        decode_bits(h("01"))


@pytest.mark.parametrize(
    ("content", "value"),
    [("00", 0), ("7F", 127), ("0080", 128), ("00FF", 255), ("0100", 256), ("80", -128),
     ("FF7F", -129), ("7FFF", 32767), ("008000", 32768), ("7FFFFFFFFFFFFFFF", 2**63 - 1)],
)  # fmt: skip
def test_integers(content: str, value: int) -> None:
    assert decode_integer(h(content)) == value
    assert encode_integer(value) == h(content)


@pytest.mark.parametrize("length", [0, 1, 0x6F, 0x70, 0x71, 0x7F, 0x80, 0xFF])
def test_length_boundaries(length: int) -> None:
    """The label's length moves the outer lengths across the one and two byte forms."""
    entry = DodfEntry(
        DataObjectKind.OPAQUE,
        CommonObjectAttributes("x" * length, ObjectFlags.PRIVATE),
        application_oid=ObjectId(h("672B0501")),
        value=Path(FID),
    )
    data = dodf_write.encode_entry(entry)
    decoded = dodf.decode(data + b"\xff")
    assert decoded.rows == (entry,)
    assert decoded.used == len(data)


@pytest.mark.parametrize("length", [0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000])
def test_long_content_in_place(length: int) -> None:
    entry = DodfEntry(DataObjectKind.OPAQUE, value=InPlace(b"\x55" * length))
    data = dodf_write.encode_entry(entry)
    assert dodf.decode(data).rows == (entry,)


def test_url_is_printable_string_where_it_can_be() -> None:
    assert encode_value(Url("http://a/b"))[0] == 0x13
    assert encode_value(Url("http://a/b%20"))[0] == 0x16


def test_an_entry_from_a_card_is_kept_byte_for_byte() -> None:
    # The outer length takes two bytes where one would do: BER, not DER.
    data = h("30 81 16 30 04 0C 02 4142 30 06 06 04 672B0501 A1 06 30 04 04 02 6411")
    decoded = dodf.decode(data)
    assert dodf_write.encode_entries(decoded.rows, keep_raw=True) == data
    assert dodf_write.encode_entries(decoded.rows) == h("3016") + data[3:]


def test_nothing_of_the_content_shows() -> None:
    entry = DodfEntry(DataObjectKind.OPAQUE, value=InPlace(b"\x04\x04KEYS"))
    decoded = dodf.decode(dodf_write.encode_entry(entry))
    assert "KEYS" not in repr(decoded)
    assert not any("KEYS" in finding.message for finding in decoded.findings)
