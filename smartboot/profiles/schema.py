"""The card profile: what bootstrap data a card is to hold, as YAML (schema smartboot/profile/1).

A profile says which documents go onto a card, in which files and under which labels, and what
the card looks like that it is meant for. An emulated card is built from it with nothing added by
hand. Documents are written in the format's own terms (``document``), as XML, as hex or in a file
beside the profile.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from smartboot.image import AccessEncoding, PinImage
from smartboot.imagefields import FileId, HexBytes
from smartboot.imagerules import parse_condition

__all__ = [
    "PKCS15_AID",
    "SCHEMA",
    "Access",
    "ApplicationProfile",
    "CardProfile",
    "DataObjectProfile",
    "DirectoryFile",
    "VirtualSettings",
]

SCHEMA = "smartboot/profile/1"

PKCS15_AID = bytes.fromhex("A000000063504B43532D3135")
"""RID A000000063 and "PKCS-15" (PKCS#15, 5.4)."""

_RESERVED = (0x3F00, 0x3FFF, 0x7FFF, 0xFFFF, 0x2F00, 0x2FE2)

Condition = Annotated[str, BeforeValidator(lambda value: str(parse_condition(value)))]
"""An access condition, in its one spelling."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Access(_Part):
    """Access conditions of a file: who may read and who may update it."""

    read: Condition = "always"
    update: Condition = "adm1"


class DirectoryFile(_Part):
    """A directory file: its id, its size in bytes and who may touch it."""

    fid: FileId
    size: Annotated[int, Field(ge=16, le=32768)]
    access: Access = Access()


class ApplicationProfile(_Part):
    """The PKCS#15 application: AID, DF, label, and its directory files.

    ``dodf`` left out is file 6430 for cards with LwM2M or OMA DM data, and 6410, which phones
    look for, for cards with nothing but Client Provisioning. ``quirk_wrapped_oid`` writes the
    OIDs wrapped twice, a mistake of cards in the field that readers have to live with.
    """

    aid: HexBytes = PKCS15_AID
    df: FileId = 0x7F50
    label: Annotated[str, Field(max_length=32)] = "PKCS15"
    token_label: Annotated[str, Field(max_length=64)] | None = None
    manufacturer: Annotated[str, Field(max_length=64)] | None = None
    serial: HexBytes | None = None
    odf: DirectoryFile = DirectoryFile(fid=0x5031, size=64)
    token_info: DirectoryFile | None = DirectoryFile(fid=0x5032, size=128)
    dodf: DirectoryFile | None = None
    quirk_wrapped_oid: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not 5 <= len(self.aid) <= 16:
            raise ValueError("an AID has 5 to 16 bytes")
        return self


class DataObjectProfile(_Part):
    """One data object and its document.

    Exactly one of ``document`` (in the format's own terms), ``xml``, ``hex`` and ``file`` (a path
    beside the profile) gives the content. ``kind`` left out is the form that readers in the field
    need: oid for lwm2m, opaque for the others. ``oid`` left out is the format's own.
    """

    label: Annotated[str, Field(min_length=1, max_length=255)]
    format: Literal["oma-cp", "oma-dm", "lwm2m"]
    oid: Annotated[str, Field(pattern=r"^\d+(\.\d+)+$", max_length=64)] | None = None
    kind: Literal["oid", "opaque"] | None = None
    fid: FileId
    size: Annotated[int, Field(ge=1, le=32768)] | None = None
    sfi: Annotated[int, Field(ge=1, le=30)] | None = None
    private: bool = False
    modifiable: bool = False
    access: Access = Access()
    document: Any = Field(default=None, repr=False)
    xml: str | None = Field(default=None, repr=False)
    hex: HexBytes | None = Field(default=None, repr=False)
    file: str | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = [n for n in ("document", "xml", "hex", "file") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ValueError(
                "give the content in exactly one way: document, xml, hex or file"
                + (f" (here: {', '.join(given)})" if given else "")
            )
        return self


class VirtualSettings(_Part):
    """What only an emulated card needs: ICCID, IMSI, protocol, channels, keys.

    ``pins`` left out: PIN1 1234 (switched off unless something asks for it) and ADM1 12345678.
    """

    iccid: Annotated[str, Field(pattern=r"^\d{18,20}$")] = "89882110000000000017"
    imsi: Annotated[str, Field(pattern=r"^\d{6,15}$")] | None = "001010123456789"
    protocol: Literal["T=0", "T=1"] = "T=0"
    channels: Annotated[int, Field(ge=1, le=20)] = 4
    access_encoding: AccessEncoding = "referenced"
    pins: Annotated[list[PinImage], Field(max_length=32)] | None = None


class CardProfile(_Part):
    """A whole card profile."""

    schema_name: Literal["smartboot/profile/1"] = Field(
        default="smartboot/profile/1", alias="schema"
    )
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    description: Annotated[str, Field(max_length=2000)] = ""
    kind: Literal["uicc", "sim"] = "uicc"
    application: ApplicationProfile = ApplicationProfile()
    data_objects: Annotated[list[DataObjectProfile], Field(min_length=1, max_length=32)]
    virtual: VirtualSettings = VirtualSettings()

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    @property
    def dodf(self) -> DirectoryFile:
        """The DODF as given, or the usual one for the formats in the profile."""
        if self.application.dodf is not None:
            return self.application.dodf
        only_cp = all(data_object.format == "oma-cp" for data_object in self.data_objects)
        return DirectoryFile(fid=0x6410 if only_cp else 0x6430, size=256)

    @model_validator(mode="after")
    def _check(self) -> Self:
        application = self.application
        seen = [application.odf.fid, self.dodf.fid]
        if application.token_info is not None:
            seen.append(application.token_info.fid)
        seen += [data_object.fid for data_object in self.data_objects]
        for fid in seen:
            if seen.count(fid) > 1:
                raise ValueError(f"file id {fid:04X} is used twice")
            if fid in _RESERVED:
                raise ValueError(f"file id {fid:04X} is reserved (TS 102 221, 8.6)")
        return self
