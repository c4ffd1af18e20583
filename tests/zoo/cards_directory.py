"""Cards with one fault in the PKCS#15 directory files, or one that a known reader stumbles over."""

from __future__ import annotations

from dataclasses import replace

from smartboot.apdu.tlv import encode
from smartboot.card.base import FilePath
from smartboot.formats.oma_dm import OMA_DM
from smartboot.image import CardImage
from smartboot.pkcs15.aodf import PinFlags, PinObject, encode_pin
from smartboot.pkcs15.attributes import CommonObjectAttributes
from smartboot.pkcs15.directory import ApplicationTemplate, encode_record
from smartboot.pkcs15.dodf import DataObjectKind, DodfEntry
from smartboot.pkcs15.dodf_write import encode_entries, encode_entry
from smartboot.pkcs15.path import Path
from smartboot.pkcs15.tokeninfo import TokenFlags, TokenInfo, encode_token_info
from smartboot.pkcs15.values import Url
from tests.zoo.base import (
    AID,
    CONFIG1_OID,
    CONFIG2_OID,
    CP_OID,
    DM_OID,
    Plain,
    accounts,
    card,
    data_object,
    edited,
    entry,
    find,
    lwm2m,
    transparent,
    with_access,
    with_dir,
    with_dodf,
    with_entries,
    with_file,
    with_files,
    without_file,
    word,
)
from tests.zoo.documents_cp import client_provisioning
from tests.zoo.documents_dm import dm1, dm2
from tests.zoo.recipe import Recipe, image

__all__ = ["RECIPES"]

_CP = client_provisioning()


def _odf(*rows: str) -> CardImage:
    """The sound card with these bytes in EF(ODF)."""
    return with_file("7F50/5031", data="".join(rows))


def _cp_card(*others: Plain, **fields: object) -> CardImage:
    return card(data_object("oma-cp", "6411", _CP, **fields), *others)


def _cp_entry(**options: object) -> DodfEntry:
    return entry("6411", CP_OID, **options)


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


def _split_dodf() -> CardImage:
    """LwM2M in the first EF(DODF), Client Provisioning in the second."""
    listed = _odf("A706300404026430", "A706300404026410")
    other = transparent("6410", encode_entries([_cp_entry()]), size=256, read="always")
    return with_files(other, transparent("6411", _CP), image=listed)


def _records() -> CardImage:
    def change(plain: Plain) -> None:
        file = find(plain, "7F50/6430")
        body = encode_entry(entry())
        file.pop("data")
        size = file.pop("size")
        file.update(type="linear-fixed", record_size=size // 2, records=[body.hex()])

    return edited(change)


def _odf_elsewhere() -> CardImage:
    """EF(ODF) is file 5051, which EF(DIR) says in its discretionary data."""
    template = ApplicationTemplate(
        AID, b"app", FilePath.parse("3F00/7F50"), bytes.fromhex("300404025051")
    )
    listed = with_dir(encode_record(template).hex())
    return with_file("7F50/5031", listed, fid="5051")


_FOREIGN = transparent("6450", b"another application's data")


def _unlisted() -> list[DodfEntry]:
    """Entries of somebody else, 240 bytes and more."""
    return [entry("6450", f"1.3.6.1.4.1.99999.{n}", label=f"Other {n}") for n in range(6)]


RECIPES: tuple[Recipe, ...] = (
    image("sound-client-provisioning", _cp_card()),
    image("sound-pin-object", _with_pin(_PIN)),
    # -- what lists the directories
    image("odf-absent", without_file("7F50/5031"), "P15-ODF-ABSENT", "EF(ODF)"),
    image("odf-blank", with_file("7F50/5031", data=None), "P15-ODF-EMPTY"),
    image("odf-without-dodf", _odf("A506300404026430"), "P15-DODF-NOT-LISTED", "A7"),
    image("odf-dodf-dangling", _odf("A706300404026431"), "P15-DODF-ABSENT", "6431"),
    image("odf-dodf-twice", _odf("A706300404026430" * 2), "P15-DUPLICATE-PATH", "6430"),
    image(
        "odf-names-itself",
        _odf("A706300404026430", "A706300404025031"),
        "P15-PATH-CYCLE",
        "EF(ODF)",
    ),
    image(
        "odf-entry-cut", _odf("A706300404026430", "A84030040402"), "P15-ENTRY-MALFORMED", "EF 5031"
    ),
    image(
        "odf-entry-unknown", _odf("A706300404026430", "AB06300404026431"), "P15-ENTRY-UNKNOWN", "AB"
    ),
    image("odf-outer-sequence", _odf("3008A706300404026430"), "P15-OUTER-SEQUENCE", "SEQUENCE"),
    image(
        "odf-aodf-dangling", _odf("A706300404026430", "A806300404026440"), "P15-DODF-ABSENT", "6440"
    ),
    image(
        "odf-certificates-dangling",
        _odf("A706300404026430", "A406300404026441"),
        "P15-ODF-DANGLING",
        "6441",
    ),
    image(
        "odf-bytes-behind-padding",
        _odf("A706300404026430", "FFFF", "A7063004"),
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
        _two(entry("6450", "1.3.6.1.4.1.99999.1"), _FOREIGN),
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
        "dodf-label-twice",
        _two(entry("6450", "1.3.6.1.4.1.99999.1", label="Fleet 6432"), _FOREIGN),
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
    # -- readers in the field
    image(
        "lwm2m-opaque-entry",
        with_entries(entry(kind=DataObjectKind.OPAQUE)),
        "INTEROP-NORDIC-OIDDO",
        "opaqueDO",
    ),
    image(
        "cp-oid-entry",
        with_file(
            "7F50/6410", _cp_card(), data=encode_entry(_cp_entry(kind=DataObjectKind.OID)).hex()
        ),
        "INTEROP-OPENSC-OPAQUE",
        "pkcs15-tool",
    ),
    image(
        "cp-long-path",
        with_file(
            "7F50/6410", _cp_card(), data=encode_entry(entry("3F00/7F50/6411", CP_OID)).hex()
        ),
        "INTEROP-PHONE-FID",
        "3F00",
    ),
    image(
        "cp-in-other-dodf",
        _cp_card(data_object("lwm2m", "6432", lwm2m())),
        "INTEROP-PHONE-DODF",
        "6410",
    ),
    image(
        "lwm2m-absolute-path",
        with_entries(entry("3F00/7F50/6432")),
        "INTEROP-PATH-LONG",
        "3F00/7F50/6432",
    ),
    image("lwm2m-in-first-dodf", _split_dodf(), "INTEROP-NORDIC-DODF", "6410"),
    image("dodf-with-records", _records(), "INTEROP-DIRECTORY-RECORDS", "linear-fixed"),
    image(
        "dodf-of-long-entries",
        with_files(_FOREIGN, image=with_entries(*_unlisted(), entry())),
        "INTEROP-DIRECTORY-LONG",
        "256",
    ),
    image(
        "document-at-6440",
        card(data_object("lwm2m", "6440", lwm2m())),
        "INTEROP-DEFAULT-FID",
        "6432",
    ),
    image(
        "lwm2m-on-2g-sim",
        card(kind="sim", iccid="8988211000000000045"),
        "INTEROP-SIM-LWM2M",
        "2G SIM",
    ),
    image(
        "lwm2m-in-odf-itself",
        with_file(
            "7F50/5031", data=encode(0xA7, encode(0xA0, encode_entry(entry()))).hex(), size=96
        ),
        "INTEROP-IN-PLACE",
        "EF(DODF)",
    ),
    image("odf-at-5051", _odf_elsewhere(), "INTEROP-ODF-FID", "5051"),
    image("application-at-7f60", card(application={"df": "7F60"}), "INTEROP-NO-7F50", "3F00/7F50"),
    image(
        "lwm2m-longer-than-one-read",
        card(
            data_object(
                "lwm2m",
                "6432",
                lwm2m(
                    accounts(
                        security={"LwM2M Server URI": "coaps://lwm2m.fleet.internal/" + "way/" * 45}
                    )
                ),
            )
        ),
        "INTEROP-SINGLE-READ",
        "EF 6432",
    ),
    image(
        "document-only-at-6432",
        without_file(
            "7F50/6430",
            card(data_object("lwm2m", "6432", lwm2m(), private=False, access={"read": "always"})),
        ),
        "BOOT-DEFAULT-FILE",
        "6432",
    ),
    image(
        "document-in-two-formats-differs",
        card(data_object("oma-cp", "6411", _CP), data_object("oma-dm", "6431", dm1())),
        "ACC-SERVER-CONFLICT",
        "EF 6411",
    ),
    image(
        "config1-other-password",
        card(
            data_object("oma-cp", "6411", _CP),
            data_object(
                "oma-cp",
                "6412",
                _CP.replace(word("password of APPSRV").encode(), word("other").encode()),
                oid=CONFIG1_OID,
            ),
        ),
        "CP-MERGE-CREDENTIALS",
        "config1",
    ),
    image(
        "dm-as-xml",
        card(data_object("oma-dm", "6431", OMA_DM.to_xml(OMA_DM.decode(dm1()).document))),
        "DM-XML",
        "EF 6431",
    ),
    image(
        "dodf-flags-malformed",
        _by_hand(type_=_OID + bytes.fromhex("300A040264320201FF800173")),
        "P15-FIELD-MALFORMED",
        "Path.index",
    ),
    image(
        "cp-wbxml-version",
        card(data_object("oma-cp", "6411", b"\x05" + _CP[1:])),
        "WBXML-VERSION",
        "05",
    ),
    image(
        "cp-public-id",
        card(data_object("oma-cp", "6411", b"\x03\x01" + _CP[2:])),
        "WBXML-PUBLIC-ID",
        "EF 6411",
    ),
    image(
        "cp-charset-ascii",
        card(data_object("oma-cp", "6411", _CP[:2] + b"\x03" + _CP[3:])),
        "INTEROP-WBXML-CHARSET",
        "03",
    ),
    image("cp-blank", with_file("7F50/6411", _cp_card(), data=None), "BOOT-EMPTY", "EF 6411"),
    image(
        "cp-conflict",
        card(
            data_object("oma-cp", "6411", _CP),
            data_object(
                "oma-cp",
                "6412",
                client_provisioning().replace(b"Fleet DM\0", b"Other DM\0"),
                oid=CONFIG1_OID,
            ),
        ),
        "CP-MERGE-CONFLICT",
        "config1",
    ),
    image("dm2-on-card", card(data_object("oma-dm", "6433", dm2())), "DM-SECMODE", "EF 6433"),
)
