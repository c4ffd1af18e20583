"""Cards with one fault in the PKCS#15 directory files."""

from __future__ import annotations

from dataclasses import replace

from smartboot.apdu.tlv import encode
from smartboot.card.base import FilePath
from smartboot.image import CardImage
from smartboot.pkcs15.aodf import PinFlags, PinObject, encode_pin
from smartboot.pkcs15.attributes import CommonObjectAttributes
from smartboot.pkcs15.dodf import DodfEntry
from smartboot.pkcs15.dodf_write import encode_entry
from smartboot.pkcs15.path import Path
from smartboot.pkcs15.tokeninfo import TokenFlags, TokenInfo, encode_token_info
from smartboot.pkcs15.values import Url
from tests.zoo.base import (
    CONFIG2_OID,
    DM_OID,
    FOREIGN,
    Plain,
    accounts,
    card,
    data_object,
    entry,
    lwm2m,
    transparent,
    with_access,
    with_dodf,
    with_entries,
    with_file,
    with_files,
    with_odf,
    without_file,
)
from tests.zoo.documents_cp import client_provisioning
from tests.zoo.recipe import Recipe, image

__all__ = ["RECIPES"]

_CP = client_provisioning()


def _token(**fields: object) -> CardImage:
    info = replace(TokenInfo(0, b"\x01", None, "Fleet", TokenFlags(0)), **fields)
    return with_file("7F50/5032", data=encode_token_info(info).hex())


_PIN = PinObject(
    auth_id=b"\x01",
    flags=PinFlags.INITIALIZED | PinFlags.NEEDS_PADDING,
    pin_type=1,
    min_length=4,
    stored_length=8,
    max_length=8,
    reference=1,
    pad_char=b"\xff",
    common=CommonObjectAttributes(label="PIN 1"),
)


def _with_pin(pin: PinObject | bytes, auth_id: bytes = b"\x01") -> CardImage:
    """EF(ODF) names an EF(AODF), and the document's entry refers to its PIN."""
    content = pin if isinstance(pin, bytes) else encode_pin(pin)
    plain = entry()
    own = replace(plain, common=replace(plain.common, auth_id=auth_id))
    listed = with_file("7F50/5031", with_entries(own), data="A706300404026430A806300404026440")
    return with_files(transparent("6440", content, read="always"), image=listed)


def _ranged(index: int, length: int, at: int = 0) -> CardImage:
    """The document stands behind ``at`` bytes FF, and the entry gives a range."""
    path = Path(FilePath.parse("6432"), index, length)
    content = b"\xff" * at + lwm2m()
    moved = with_file("7F50/6432", data=content.hex(), size=len(content) + 32)
    return with_entries(replace(entry(), value=path), image=moved)


_OID = bytes.fromhex("0604672B0901")
_PATH = bytes.fromhex("300404026432")


def _by_hand(
    label: bytes = b"Fleet 6432", class_: bytes = _OID, type_: bytes = _OID + _PATH
) -> CardImage:
    """The document's entry put together from its parts, so that they may be wrong."""
    named = encode(0x0C, label) if label else b""
    return with_dodf(
        encode(
            0xA1,
            encode(0x30, named + bytes.fromhex("03020780"))
            + encode(0x30, class_)
            + encode(0xA1, encode(0x30, type_)),
        )
    )


def _two(second: DodfEntry, *files: Plain) -> CardImage:
    return with_files(*files, image=with_entries(entry(), second))


RECIPES: tuple[Recipe, ...] = (
    image("sound-pin-object", _with_pin(_PIN)),
    # -- what lists the directories
    image("odf-absent", without_file("7F50/5031"), "P15-ODF-ABSENT", "EF(ODF)"),
    image("odf-blank", with_file("7F50/5031", data=None), "P15-ODF-EMPTY"),
    image("odf-without-dodf", with_odf("A506300404026430"), "P15-DODF-NOT-LISTED", "A7"),
    image("odf-dodf-dangling", with_odf("A706300404026431"), "P15-DODF-ABSENT", "6431"),
    image("odf-dodf-twice", with_odf("A706300404026430" * 2), "P15-DUPLICATE-PATH", "6430"),
    image(
        "odf-names-itself",
        with_odf("A706300404026430", "A706300404025031"),
        "P15-PATH-CYCLE",
        "EF(ODF)",
    ),
    image(
        "odf-entry-cut",
        with_odf("A706300404026430", "A84030040402"),
        "P15-ENTRY-MALFORMED",
        "EF 5031",
    ),
    image(
        "odf-entry-unknown",
        with_odf("A706300404026430", "AB06300404026431"),
        "P15-ENTRY-UNKNOWN",
        "AB",
    ),
    image("odf-outer-sequence", with_odf("3008A706300404026430"), "P15-OUTER-SEQUENCE", "SEQUENCE"),
    image(
        "odf-aodf-dangling",
        with_odf("A706300404026430", "A806300404026440"),
        "P15-DODF-ABSENT",
        "6440",
    ),
    image(
        "odf-certificates-dangling",
        with_odf("A706300404026430", "A406300404026441"),
        "P15-ODF-DANGLING",
        "6441",
    ),
    image(
        "odf-bytes-behind-padding",
        with_odf("A706300404026430", "FFFF", "A7063004"),
        "P15-BYTES-AFTER-PADDING",
        "EF 5031",
    ),
    # -- EF(DODF) and its entries
    image("dodf-locked", with_access("7F50/6430", read="adm1"), "CARD-READ-NEVER", "EF(DODF)"),
    image("dodf-read-never", with_access("7F50/6430", read="never"), "P15-LOCKED", "EF 6430"),
    image("dodf-blank", with_dodf(b""), "P15-DODF-EMPTY", "EF 6430"),
    image(
        "dodf-entry-cut", with_dodf(encode_entry(entry())[:-4]), "P15-ENTRY-MALFORMED", "EF 6430"
    ),
    image("dodf-path-dangling", with_entries(entry("6433")), "BOOT-FILE-ABSENT", "EF 6433"),
    image("dodf-path-to-itself", with_entries(entry("6430")), "P15-PATH-CYCLE", "6430"),
    image("dodf-without-path", _by_hand(type_=_OID), "P15-NO-VALUE", "entry 1"),
    image(
        "dodf-url",
        with_entries(replace(entry(), value=Url("http://fleet.internal/boot"))),
        "P15-VALUE-NOT-A-FILE",
        "URL",
    ),
    image(
        "dodf-foreign-object",
        _two(entry("6450", "1.3.6.1.4.1.99999.1"), FOREIGN),
        "BOOT-UNKNOWN-OBJECT",
        "1.3.6.1.4.1.99999.1",
    ),
    image(
        "dodf-oid-wrapped",
        card(application={"quirk_wrapped_oid": True}),
        "P15-OID-WRAPPED",
        "06 06 06 04",
    ),
    image(
        "dodf-oid-differs",
        _by_hand(class_=bytes.fromhex("0604672B0701")),
        "P15-OID-DIFFERS",
        DM_OID,
    ),
    image(
        "dodf-oid-cut",
        _by_hand(class_=bytes.fromhex("0604672B0981")),
        "P15-OID-MALFORMED",
        "entry 1",
    ),
    image(
        "dodf-oid-absent",
        with_dodf(
            bytes.fromhex("302430100C0A")
            + b"Fleet 6432"
            + bytes.fromhex("0302078030080C06")
            + b"Vendor"
            + bytes.fromhex("A106")
            + _PATH
        ),
        "P15-OID-ABSENT",
        "entry 1",
    ),
    image(
        "dodf-label-printable-string",
        with_dodf(encode_entry(entry()).replace(b"\x0c\x0aFleet", b"\x13\x0aFleet")),
        "P15-STRING-TYPE",
        "13",
    ),
    image(
        "dodf-path-length-tag",
        _by_hand(type_=_OID + bytes.fromhex("300B0402643202010002020080")),
        "P15-LENGTH-TAG",
        "6432",
    ),
    image(
        "dodf-path-index-alone",
        _by_hand(type_=_OID + bytes.fromhex("300704026432020100")),
        "P15-PATH-INCOMPLETE",
        "length",
    ),
    image(
        "dodf-oid-of-other-format", with_entries(entry(oid=DM_OID)), "P15-CONTENT-DIFFERS", "lwm2m"
    ),
    image(
        "dodf-oid-twice",
        _two(
            entry("6434"),
            transparent(
                "6434",
                lwm2m(
                    accounts(
                        security={
                            "Short Server ID": 102,
                            "LwM2M Server URI": "coaps://b.fleet.internal",
                            "Secret Key": "hex:8D4C77C1905F2EA36B1840D9F7E3A25C",
                        },
                        server={"Short Server ID": 102},
                    )
                ),
            ),
        ),
        "P15-OID-TWICE",
        "object 2",
    ),
    image(
        "dodf-same-file-twice",
        with_entries(entry(), entry(label="Spare")),
        "BOOT-SAME-FILE",
        "6432",
    ),
    image(
        "dodf-label-twice",
        _two(entry("6450", "1.3.6.1.4.1.99999.1", label="Fleet 6432"), FOREIGN),
        "P15-LABEL-TWICE",
        "Fleet 6432",
    ),
    image("dodf-without-label", _by_hand(label=b""), "P15-LABEL-ABSENT", "object 1"),
    image("dodf-label-too-long", _by_hand(label=b"L" * 260), "P15-LABEL-LONG", "260"),
    image("dodf-label-latin1", _by_hand(label=b"Fl\xf6tte"), "P15-STRING-ENCODING", "label"),
    image(
        "dodf-label-of-other-format",
        with_entries(entry(label="OMA DM")),
        "P15-LABEL-DISAGREES",
        "OMA DM",
    ),
    image(
        "dodf-without-application-oid",
        _by_hand(class_=b""),
        "P15-APPLICATION-OID",
        "applicationOID",
    ),
    image("dodf-range-beyond", _ranged(0, 400), "P15-RANGE-BEYOND", "EF 6432"),
    image("dodf-range-behind-padding", _ranged(64, 128, at=64), "INTEROP-PATH-INDEX", "64"),
    image(
        "dodf-two-objects-one-file",
        _two(entry(oid="1.3.6.1.4.1.99999.1", label="Other")),
        "P15-OBJECT-OVERLAP",
        "6432",
    ),
    image("dodf-authid-unknown", _with_pin(_PIN, b"\x07"), "P15-AUTHID-UNKNOWN", "07"),
    image(
        "aodf-pin-of-other-key",
        _with_pin(replace(_PIN, reference=0x81)),
        "P15-PIN-REFERENCE",
        "PIN1",
    ),
    image(
        "aodf-pin-of-four-bytes",
        _with_pin(replace(_PIN, stored_length=4)),
        "P15-PIN-FORM",
        "4 bytes",
    ),
    image(
        "aodf-reference-without-zero",
        _with_pin(encode_pin(_PIN).replace(bytes.fromhex("800101"), bytes.fromhex("800181"))),
        "P15-REFERENCE-SIGN",
        "81",
    ),
    image(
        "config2-not-modifiable",
        card(
            data_object(
                "oma-cp",
                "6411",
                _CP,
                oid=CONFIG2_OID,
                access={"read": "pin1", "update": "pin1"},
                modifiable=False,
            )
        ),
        "P15-NOT-MODIFIABLE",
        "EF 6411",
    ),
    image(
        "modifiable-for-nobody",
        with_access(
            "7F50/6432",
            card(data_object("lwm2m", "6432", lwm2m(), modifiable=True)),
            update="never",
        ),
        "P15-MODIFIABLE-NEVER",
        "EF 6432",
    ),
    # -- the token
    image("token-info-absent", without_file("7F50/5032"), "P15-TOKEN-ABSENT", "EF(TokenInfo)"),
    image("token-info-version", _token(version=1), "P15-TOKEN-VERSION", "version 1"),
    image(
        "token-info-read-only",
        _token(flags=TokenFlags.READONLY),
        "P15-TOKEN-READONLY",
        "EF(TokenInfo)",
    ),
    image(
        "token-info-login",
        with_file(
            "7F50/5032",
            card(data_object("lwm2m", "6432", lwm2m(), private=False, access={"read": "always"})),
            data=encode_token_info(
                TokenInfo(0, b"\x01", None, "Fleet", TokenFlags.LOGIN_REQUIRED)
            ).hex(),
        ),
        "P15-TOKEN-LOGIN",
        "login",
    ),
    image(
        "token-info-other-iccid",
        _token(serial_number=bytes.fromhex("98881201000000000002")),
        "P15-TOKEN-SERIAL",
        "89882110000000000020",
    ),
    image(
        "dodf-flags-malformed",
        _by_hand(type_=_OID + bytes.fromhex("300A040264320201FF800173")),
        "P15-FIELD-MALFORMED",
        "Path.index",
    ),
)
