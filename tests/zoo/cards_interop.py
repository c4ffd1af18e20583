"""Cards that known readers in the field stumble over, and several documents on one card."""

from __future__ import annotations

from smartboot.apdu.tlv import encode
from smartboot.card.base import FilePath
from smartboot.formats.oma_dm import OMA_DM
from smartboot.image import CardImage
from smartboot.pkcs15.directory import ApplicationTemplate, encode_record
from smartboot.pkcs15.dodf import DataObjectKind, DodfEntry
from smartboot.pkcs15.dodf_write import encode_entries, encode_entry
from tests.zoo.base import (
    AID,
    CONFIG1_OID,
    CP_OID,
    FOREIGN,
    Plain,
    accounts,
    card,
    data_object,
    edited,
    entry,
    find,
    lwm2m,
    transparent,
    with_dir,
    with_entries,
    with_file,
    with_files,
    with_odf,
    without_file,
    word,
)
from tests.zoo.documents_cp import client_provisioning
from tests.zoo.documents_dm import dm1
from tests.zoo.documents_dm2 import dm2
from tests.zoo.recipe import Recipe, image

__all__ = ["RECIPES"]

_CP = client_provisioning()


def _cp_card(*others: Plain, **fields: object) -> CardImage:
    return card(data_object("oma-cp", "6411", _CP, **fields), *others)


def _cp_entry(**options: object) -> DodfEntry:
    return entry("6411", CP_OID, **options)


def _split_dodf() -> CardImage:
    """LwM2M in the first EF(DODF), Client Provisioning in the second."""
    listed = with_odf("A706300404026430", "A706300404026410")
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


def _unlisted() -> list[DodfEntry]:
    """Entries of somebody else, 240 bytes and more."""
    return [entry("6450", f"1.3.6.1.4.1.99999.{n}", label=f"Other {n}") for n in range(6)]


def _small_message(data: str) -> CardImage:
    """A message in XML with one item whose Data holds this, and no Meta."""
    xml = (
        '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>'
        "<Target><LocURI>x</LocURI></Target><Source><LocURI>y</LocURI></Source></SyncHdr><SyncBody>"
        "<Add><CmdID>1</CmdID><Item><Target><LocURI>./Inbox</LocURI></Target>"
        f"<Data>{data}</Data></Item></Add><Final/></SyncBody></SyncML>"
    )
    return card(data_object("oma-dm", "6431", xml.encode()))


_TREE = (
    '<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>Fleet</NodeName>'
    "<RTProperties><Format><node/></Format><Type><DDFName>urn:fleet</DDFName></Type>"
    "</RTProperties></Node></MgmtTree>"
)

RECIPES: tuple[Recipe, ...] = (
    image("sound-client-provisioning", _cp_card()),
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
        with_files(FOREIGN, image=with_entries(*_unlisted(), entry())),
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
    image("dm-tree-without-meta", _small_message(_TREE), "DM-TNDS-TYPE", "Meta"),
    image("dm-data-with-markup", _small_message("<Final/>"), "DM-ITEM-DATA", "Add 1"),
)
