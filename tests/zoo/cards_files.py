"""Cards with one fault in a file: EF(DIR), EF(ICCID), sizes, states, keys, access conditions."""

from __future__ import annotations

from smartboot.image import CardImage
from tests.zoo.base import (
    AID,
    CONFIG2_OID,
    USIM,
    Plain,
    card,
    data_object,
    edited,
    find,
    lwm2m,
    transparent,
    with_access,
    with_dir,
    with_file,
    with_files,
    with_pin,
    without_file,
)
from tests.zoo.documents_cp import client_provisioning
from tests.zoo.recipe import Recipe, image

__all__ = ["RECIPES"]


_OPEN = card(data_object("lwm2m", "6432", lwm2m(), private=False, access={"read": "always"}))
"""Nobody needs a key to read the document, so that it is read without knowing the rules."""


def _raw_fcp(security: str, descriptor: str = "4121", size: str = "80020092") -> CardImage:
    """The sound card with an FCP of the document that is written out."""
    body = f"8202{descriptor}83026432" + "8A0105" + security + size + "8800"
    return with_file("7F50/6432", _OPEN, fcp_raw=f"62{len(body) // 2:02X}{body}")


def _mf(**access: str) -> CardImage:
    names = {name.replace("_", "-"): value for name, value in access.items()}
    return edited(lambda plain: plain.update(mf={"access": names}))


def _other_df() -> CardImage:
    """EF(DIR) gives the application's AID and the path of another DF."""
    other = {"fid": "7F51", "type": "df"}
    return edited(lambda plain: plain["files"].append(other), with_dir((AID, "3F00/7F51")))


def _open_rules_file() -> CardImage:
    """EF(DODF) is guarded by an EF(ARR) whose own rules need no key for UPDATE."""

    def change(plain: Plain) -> None:
        records = ["8001019000" + "8001029000", "8001019000" + "800102A40683010A950108"]
        rules = {"fid": "2F06", "type": "linear-fixed", "record_size": 32, "arr": "2F06/1"}
        plain["files"].append({**rules, "records": records})
        dodf = find(plain, "7F50/6430")
        dodf["arr"] = "2F06/2"

    return edited(change)


def _short_ids(*paths: str) -> CardImage:
    found = card()
    for path in paths:
        found = with_file(path, found, sfi=7)
    return found


_CONFIG2 = data_object(
    "oma-cp", "6413", client_provisioning(), oid=CONFIG2_OID, access={"read": "pin1"}
)

RECIPES: tuple[Recipe, ...] = (
    image("sound-lwm2m", card()),
    image("sound-t1", card(protocol="T=1")),
    # -- EF(DIR) and the way to the application
    image("dir-cyclic", with_file("2F00", type="cyclic"), "CARD-DIR-STRUCTURE", "EF(DIR)"),
    image("dir-absent", without_file("2F00"), "P15-DIR-ABSENT", "EF(DIR)"),
    image(
        "dir-record-cut",
        with_dir("61304F10A0000000871002FF44FFFF890601000050045553494D", (AID, "3F00/7F50")),
        "P15-DIR-MALFORMED",
        "EF 2F00",
    ),
    image("dir-without-pkcs15", with_dir((USIM, None)), "P15-DIR-NO-TEMPLATE", "EF(DIR)"),
    image("dir-without-path", with_dir((AID, None)), "P15-DIR-NO-PATH", "(51)"),
    image(
        "dir-application-twice",
        with_dir((USIM, None), (USIM, None), (AID, "3F00/7F50")),
        "CARD-DIR-DUPLICATE",
        USIM.hex().upper(),
    ),
    image(
        "dir-two-pkcs15",
        with_dir((AID, "3F00/7F50"), (AID + b"\x01", None)),
        "CARD-DIR-SEVERAL",
        "EF(DIR)",
    ),
    image(
        "dir-foreign-aid",
        with_dir((USIM, "3F00/7F50"), (AID, "3F00/7F50")),
        "CARD-DIR-AID-FOREIGN",
        "3F00/7F50",
    ),
    image("dir-path-dangling", with_dir((AID, "3F00/7F52")), "CARD-DIR-PATH-ABSENT", "3F00/7F52"),
    image("dir-path-to-other-df", _other_df(), "CARD-DIR-PATH-DIFFERS", "3F00/7F51"),
    image("dir-locked", with_access("2F00", read="pin1"), "CARD-READ-LOCKED", "EF(DIR)"),
    image(
        "no-pkcs15-application",
        without_file("7F50", with_dir((USIM, None))),
        "P15-APPLICATION-ABSENT",
        "PKCS#15",
    ),
    image("dir-promises-application", without_file("7F50"), "P15-FILE-REFUSED", "A000000063"),
    image(
        "application-without-aid", with_file("7F50", type="df", aid=None), "INTEROP-AID-ONLY", "AID"
    ),
    image("no-channels", card(channels=1), "CARD-NO-CHANNEL", "channel"),
    # -- the number of the card
    image("iccid-absent", without_file("2FE2"), "CARD-ICCID-ABSENT", "EF(ICCID)"),
    image("iccid-blank", with_file("2FE2", data=None), "CARD-ICCID-UNREADABLE", "EF 2FE2"),
    image(
        "iccid-hex-digit",
        with_file("2FE2", data="98881A01000000000001"),
        "CARD-ICCID-UNREADABLE",
        "EF 2FE2",
    ),
    image(
        "iccid-not-telecom",
        with_file("2FE2", data="18881201000000000001"),
        "CARD-ICCID-FORM",
        "EF 2FE2",
    ),
    image(
        "iccid-check-digit",
        with_file("2FE2", data="98881201000000000011"),
        "CARD-ICCID-LUHN",
        "8988211000000000001",
    ),
    image("iccid-without-sfi", with_file("2FE2", sfi=None), "CARD-SFI-FIXED", "EF(ICCID)"),
    # -- sizes and states
    image("sfi-twice", _short_ids("7F50/6430", "7F50/6432"), "CARD-SFI-CLASH", "EF 6430"),
    image("size-too-large", with_file("7F50/6432", fcp_size=160), "CARD-SIZE-SHORT", "EF 6432"),
    image(
        "document-without-spare", with_file("7F50/6432", size=114), "CARD-DOCUMENT-FULL", "EF 6432"
    ),
    image("odf-without-spare", with_file("7F50/5031", size=10), "CARD-DIRECTORY-FULL", "EF(ODF)"),
    image(
        "document-deactivated",
        with_file("7F50/6432", life_cycle="deactivated"),
        "CARD-FILE-DEACTIVATED",
        "EF 6432",
    ),
    image(
        "document-terminated",
        with_file("7F50/6432", life_cycle="terminated"),
        "CARD-FILE-TERMINATED",
        "EF 6432",
    ),
    image(
        "odf-in-creation",
        with_file("7F50/5031", life_cycle="creation"),
        "CARD-FILE-UNFINISHED",
        "EF(ODF)",
    ),
    image("fid-differs", with_file("7F50/6432", fcp_fid="6433"), "CARD-FID-DIFFERS", "6433"),
    image(
        "document-cyclic",
        edited(
            lambda plain: find(plain, "7F50")["files"].__setitem__(
                slice(None),
                [f for f in find(plain, "7F50")["files"] if f["fid"] != "6432"]
                + [
                    {
                        "fid": "6432",
                        "type": "cyclic",
                        "record_size": 8,
                        "record_count": 2,
                        "access": {"read": "pin1", "update": "adm1"},
                    }
                ],
            )
        ),
        "BOOT-NOT-TRANSPARENT",
        "EF 6432",
    ),
    image("document-absent", without_file("7F50/6432"), "BOOT-FILE-ABSENT", "EF 6432"),
    image("document-blank", with_file("7F50/6432", data=None), "BOOT-EMPTY", "EF 6432"),
    image(
        "document-cut",
        with_file("7F50/6432", size=96, data=lwm2m()[:96].hex()),
        "LWM2M-SIZE",
        "EF 6432",
    ),
    image(
        "document-garbage", with_file("7F50/6432", data="DEADBEEF" * 8), "BOOT-MALFORMED", "EF 6432"
    ),
    image(
        "fcp-garbage",
        with_file("7F50/6432", _OPEN, fcp_raw="6205820141"),
        "CARD-FCP-UNREADABLE",
        "6432",
    ),
    image("fcp-without-size", _raw_fcp("8C03030100", size=""), "INTEROP-NO-SIZE", "EF 6432"),
    image(
        "document-not-shareable",
        _raw_fcp("8C03030100", descriptor="0121"),
        "INTEROP-NOT-SHAREABLE",
        "EF 6432",
    ),
    # -- keys
    image("pin1-blocked", with_pin("01", remaining=0), "CARD-PIN-BLOCKED", "PIN1"),
    image("pin1-disabled", with_pin("01", enabled=False), "CARD-PIN-DISABLED", "EF 6432"),
    image("adm1-blocked", with_pin("0A", remaining=0), "CARD-ADM-BLOCKED", "ADM1"),
    image("adm1-last-try", with_pin("0A", remaining=1), "CARD-KEY-LAST-TRY", "ADM1"),
    image("key-absent", with_access("7F50/6432", update="adm5"), "CARD-KEY-ABSENT", "ADM5"),
    # -- access conditions
    image("access-untold", _raw_fcp(""), "CARD-ACCESS-ABSENT", "EF 6432"),
    image("access-told-twice", _raw_fcp("8B036F06018C03030100"), "CARD-ACCESS-SEVERAL", "EF 6432"),
    image("access-without-key", _raw_fcp("8C03030101"), "CARD-ACCESS-UNKNOWN", "EF 6432"),
    image("arr-absent", _raw_fcp("8B036F0901"), "CARD-ARR-ABSENT", "6F09"),
    image("arr-record-blank", _raw_fcp("8B036F0609"), "CARD-ARR-UNREADABLE", "6F06"),
    image("arr-open", _open_rules_file(), "CARD-ARR-OPEN", "2F06"),
    image("odf-locked", with_access("7F50/5031", read="pin1"), "CARD-READ-LOCKED", "EF(ODF)"),
    image(
        "document-read-never", with_access("7F50/6432", read="never"), "CARD-READ-NEVER", "EF 6432"
    ),
    image(
        "document-update-always",
        with_access("7F50/6432", update="always"),
        "CARD-UPDATE-OPEN",
        "EF 6432",
    ),
    image(
        "document-update-pin1",
        with_access("7F50/6432", update="pin1"),
        "CARD-UPDATE-PIN",
        "EF 6432",
    ),
    image(
        "document-update-never",
        with_access("7F50/6432", update="never"),
        "CARD-UPDATE-NEVER",
        "EF 6432",
    ),
    image(
        "document-delete-always",
        with_access("7F50/6432", delete="always"),
        "CARD-REMOVE-OPEN",
        "EF 6432",
    ),
    image("mf-create-always", _mf(create_ef="always"), "CARD-CREATE-OPEN", "MF"),
    image(
        "document-private-open",
        with_access("7F50/6432", read="always"),
        "P15-PRIVATE-OPEN",
        "EF 6432",
    ),
    image(
        "document-not-private",
        card(data_object("lwm2m", "6432", lwm2m(), private=False)),
        "P15-NOT-PRIVATE",
        "EF 6432",
    ),
    image("spare-document-file", with_files(transparent("6440", lwm2m()))),
)
