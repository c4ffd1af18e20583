"""A card profile as a card: the image that an emulator brings to life.

Everything a real card has beside the bootstrap files is made up to fit: EF(DIR) with the USIM in
its first record, EF(ICCID), EF(PL), a USIM with EF(IMSI), the keys that the access conditions
name. On a 2G SIM the same directory stands in DF 7F50 and the IMSI in DF(GSM).
"""

from __future__ import annotations

from pydantic import ValidationError

from smartboot.card.base import MF, FilePath
from smartboot.errors import EncodeError, ProfileError
from smartboot.image import CardHeader, CardImage, FileImage, PinImage
from smartboot.imagerules import parse_condition
from smartboot.pkcs15.directory import ApplicationTemplate, encode_record
from smartboot.profiles.directory import directory_contents
from smartboot.profiles.load import LoadedProfile
from smartboot.profiles.rules import USIM_AID, access_places
from smartboot.profiles.schema import Access, CardProfile, DataObjectProfile

__all__ = ["directory_files", "render"]

_DIR_RECORD = 40
_DIR_RECORDS = 4
_KEY_VALUES = {0x01: b"1234", 0x81: b"5678", 0x11: b"1234"}
_ADM_VALUE = b"12345678"


def directory_files(loaded: LoadedProfile) -> dict[int, bytes]:
    """The content of EF(ODF), EF(DODF) and EF(TokenInfo), by file id. Errors: ProfileError."""
    return {content.fid: content.data for content in directory_contents(loaded.profile)}


def _access(access: Access) -> dict[str, str]:
    return {"read": access.read, "update": access.update}


def _swapped(digits: str) -> bytes:
    """Digits as BCD with the nibbles swapped, F behind an odd number (TS 102 221, 13.2)."""
    padded = digits + "F" * (len(digits) % 2)
    return bytes.fromhex("".join(b + a for a, b in zip(padded[::2], padded[1::2], strict=True)))


def _imsi_file(imsi: str) -> bytes:
    """EF(IMSI): length, then the parity nibble and the digits (TS 31.102, 4.2.2)."""
    packed = _swapped(("9" if len(imsi) % 2 else "1") + imsi)
    return bytes((len(packed),)) + packed.ljust(8, b"\xff")


def _document_file(item: DataObjectProfile, document: bytes) -> FileImage:
    return FileImage(
        fid=item.fid,
        name=item.label[:64] if item.label.isprintable() else "",
        sfi=item.sfi,
        size=item.size or len(document),
        data=document,
        access=_access(item.access),
    )


def _application_files(loaded: LoadedProfile) -> list[FileImage]:
    profile = loaded.profile
    application = profile.application
    contents = directory_files(loaded)
    directories = [(application.odf, "EF.ODF"), (profile.dodf, "EF.DODF")]
    if application.token_info is not None:
        directories.insert(1, (application.token_info, "EF.TokenInfo"))
    files = [
        FileImage(
            fid=place.fid,
            name=name,
            size=place.size,
            data=contents[place.fid],
            access=_access(place.access),
        )
        for place, name in directories
    ]
    documents = zip(profile.data_objects, loaded.documents, strict=True)
    return files + [_document_file(item, document) for item, document in documents]


def _keys(profile: CardProfile) -> list[PinImage]:
    """The keys given, or one for each that an access condition names; ADM1 always."""
    if profile.virtual.pins is not None:
        return profile.virtual.pins
    asked = {
        key
        for _, access in access_places(profile)
        for condition in (access.read, access.update)
        for key in parse_condition(condition).keys
    }
    keys = []
    for reference in sorted({0x01, 0x0A, *asked}):
        is_pin = reference in _KEY_VALUES
        keys.append(
            PinImage(
                reference=reference,
                value=_KEY_VALUES.get(reference, _ADM_VALUE),
                enabled=reference in asked or not is_pin,
                tries=3 if is_pin else 10,
                unblock=_ADM_VALUE if is_pin else None,
            )
        )
    return keys


def _directory_file(profile: CardProfile) -> FileImage:
    application = profile.application
    template = ApplicationTemplate(
        application.aid, application.label.encode(), FilePath((MF, application.df))
    )
    records = [encode_record(template)]
    if profile.kind == "uicc":
        records.insert(0, encode_record(ApplicationTemplate(USIM_AID, b"USIM")))
    return FileImage(
        fid=0x2F00,
        name="EF.DIR",
        type="linear-fixed",
        sfi=30,
        record_size=max(_DIR_RECORD, *map(len, records)),
        record_count=_DIR_RECORDS,
        records=records,
        access={"read": "always", "update": "adm1"},
    )


def _fixed(fid: int, name: str, data: bytes, sfi: int | None = None, **access: str) -> FileImage:
    rule = {"read": "always", "update": "never", **access}
    return FileImage(fid=fid, name=name, sfi=sfi, size=len(data), data=data, access=rule)


def render(loaded: LoadedProfile) -> CardImage:
    """The whole card a profile describes. Errors: ProfileError."""
    try:
        return _image(loaded)
    except EncodeError as error:
        raise ProfileError(str(error), file=loaded.name, hint=error.hint) from error
    except ValidationError as error:
        # The rules for profiles should have found it; what the image says is better than nothing.
        detail = error.errors(include_url=False, include_input=False, include_context=False)[0]
        message = detail["msg"].removeprefix("Value error, ")
        raise ProfileError(f"makes no card: {message}", file=loaded.name) from None


def _image(loaded: LoadedProfile) -> CardImage:
    profile = loaded.profile
    settings = profile.virtual
    application = profile.application
    is_sim = profile.kind == "sim"
    iccid = bytes.fromhex(_swapped(settings.iccid).hex().ljust(20, "f"))
    files = [
        _directory_file(profile),
        _fixed(0x2FE2, "EF.ICCID", iccid, None if is_sim else 2),
    ]
    if not is_sim:
        files.append(_fixed(0x2F05, "EF.PL", b"en", 5, update="adm1"))
    if settings.imsi is not None:
        imsi = _fixed(0x6F07, "EF.IMSI", _imsi_file(settings.imsi), None if is_sim else 7)
        home = (
            {"fid": 0x7F20, "type": "df"}
            if is_sim
            else {
                "fid": 0x7FF0,
                "type": "adf",
                "aid": USIM_AID,
            }
        )
        files.append(
            FileImage.model_validate(
                {**home, "name": "DF.GSM" if is_sim else "ADF.USIM", "files": [imsi]}
            )
        )
    files.append(
        FileImage(
            fid=application.df,
            name="DF.PKCS15" if is_sim else "ADF.PKCS15",
            type="df" if is_sim else "adf",
            aid=None if is_sim else application.aid,
            files=_application_files(loaded),
        )
    )
    header = CardHeader(
        kind=profile.kind,
        protocol="T=0" if is_sim else settings.protocol,
        channels=1 if is_sim else settings.channels,
        access_encoding=settings.access_encoding,
    )
    return CardImage(card=header, pins=_keys(profile), files=files)
