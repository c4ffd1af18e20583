"""The card profile: what bootstrap data a card is to hold, as YAML (schema smartboot/profile/1).

A profile says which documents go onto a card, in which files and under which labels, and what
the card looks like that it is meant for. An emulated card is built from it with nothing added by
hand. Documents are written in the format's own terms (``document``), as XML, as hex or in a file
beside the profile. What holds between fields is checked in ``rules``, where the line is known.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from smartboot.image import AccessEncoding, PinImage
from smartboot.imagefields import FileId, HexBytes
from smartboot.imagerules import parse_condition
from smartboot.profiles.variables import VariableRule

__all__ = [
    "MAX_DOCUMENT",
    "PKCS15_AID",
    "SCHEMA",
    "Access",
    "ApplicationProfile",
    "CardProfile",
    "DataObjectProfile",
    "DirectoryFile",
    "VirtualSettings",
    "profile_schema",
]

SCHEMA = "smartboot/profile/1"

PKCS15_AID = bytes.fromhex("A000000063504B43532D3135")
"""RID A000000063 and "PKCS-15" (PKCS#15, 5.4)."""

MAX_DOCUMENT = 32_768
"""Longest file: what the 15 bits of READ BINARY's offset reach (ISO/IEC 7816-4, 7.2.3)."""

Condition = Annotated[
    str,
    BeforeValidator(lambda value: str(parse_condition(value))),
    WithJsonSchema({"type": "string", "examples": ["always", "never", "pin1", "adm1 or adm2"]}),
]
"""An access condition, in its one spelling."""

Size = Annotated[int, Field(ge=1, le=MAX_DOCUMENT)]


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("should hold printable characters only, on one line")
    return value


def _byte_length(limit: int) -> AfterValidator:
    def check(value: str) -> str:
        if len(value.encode()) > limit:
            raise ValueError(f"is longer than {limit} bytes in UTF-8")
        return value

    return AfterValidator(check)


Line = Annotated[str, AfterValidator(_one_line)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Access(_Part):
    """Access conditions of a file: who may read and who may update it.

    ``always``, ``never``, or keys joined by ``or`` or by ``and``: pin1, pin2, universal-pin, adm1
    to adm10, and pin:NN for a key reference in hex.
    """

    read: Condition = Field(default="always", description="Who may read the file.")
    update: Condition = Field(default="adm1", description="Who may change its content.")


class DirectoryFile(_Part):
    """A directory file: its id, its size in bytes and who may touch it."""

    fid: FileId = Field(description="File id, four hex digits in quotes.")
    size: Annotated[int, Field(ge=16, le=MAX_DOCUMENT)] = Field(description="Size in bytes.")
    access: Access = Field(default=Access(), description="Access conditions.")


class ApplicationProfile(_Part):
    """The PKCS#15 application: AID, DF, label, and its directory files."""

    # A factory, because pydantic cannot write a default of bytes into a JSON Schema.
    aid: HexBytes = Field(
        default_factory=lambda: PKCS15_AID,
        description="AID in hex, 5 to 16 bytes; PKCS#15's own when left out.",
        json_schema_extra={"default": PKCS15_AID.hex().upper()},
    )
    df: FileId = Field(
        default=0x7F50,
        description="File id of the application's DF.",
        json_schema_extra={"default": "7F50"},
    )
    label: Annotated[Line, _byte_length(32)] = Field(
        default="PKCS15", description="Label in EF(DIR), at most 32 bytes of UTF-8."
    )
    token_label: Annotated[Line, Field(max_length=64)] | None = Field(
        default=None, description="Label in EF(TokenInfo); the application's when left out."
    )
    manufacturer: Annotated[Line, Field(max_length=64)] | None = Field(
        default=None, description="Manufacturer in EF(TokenInfo)."
    )
    serial: Annotated[HexBytes, Field(max_length=64)] | None = Field(
        default=None, description="Serial number in EF(TokenInfo), hex; 00 when left out."
    )
    odf: DirectoryFile = Field(
        default=DirectoryFile(fid=0x5031, size=64), description="EF(ODF), where a reader starts."
    )
    token_info: DirectoryFile | None = Field(
        default=DirectoryFile(fid=0x5032, size=128),
        description="EF(TokenInfo); null for a card without one.",
    )
    dodf: DirectoryFile | None = Field(
        default=None,
        description="EF(DODF), the list of data objects. Left out it is file 6430, or 6410, which "
        "phones look for, on a card with nothing but Client Provisioning; 256 bytes.",
    )
    quirk_wrapped_oid: bool = Field(
        default=False,
        description="Write the OIDs wrapped twice, a mistake of cards in the field that readers "
        "have to live with.",
    )


class DataObjectProfile(_Part):
    """One data object and its document.

    Exactly one of ``document``, ``xml``, ``hex`` and ``file`` gives the content.
    """

    label: Annotated[str, Field(min_length=1, max_length=255)] = Field(
        description="Label in EF(DODF), what people see of the object."
    )
    format: Literal["oma-cp", "oma-dm", "lwm2m"] = Field(
        description="oma-cp: Client Provisioning; oma-dm: OMA DM 1.x and 2.0; lwm2m: LwM2M."
    )
    oid: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)+$", max_length=64)] | None = Field(
        default=None,
        description="Object identifier; the format's own when left out (2.23.43.5.1, 2.23.43.7.1, "
        "2.23.43.9.1).",
    )
    kind: Literal["oid", "opaque"] | None = Field(
        default=None,
        description="Form of the entry in EF(DODF). Left out it is what readers in the field "
        "need: oid for lwm2m, opaque for the others.",
    )
    fid: FileId = Field(description="File id, four hex digits in quotes.")
    size: Size | None = Field(
        default=None,
        description="Size of the file in bytes, room for later included; the document's own when "
        "left out.",
    )
    sfi: Annotated[int, Field(ge=1, le=30)] | None = Field(
        default=None, description="Short file identifier, 1 to 30; none when left out."
    )
    private: bool = Field(
        default=False, description="Say in EF(DODF) that reading needs a PIN (flag private)."
    )
    modifiable: bool = Field(
        default=False, description="Say in EF(DODF) that the object may change (flag modifiable)."
    )
    access: Access = Field(default=Access(), description="Access conditions of the file.")
    document: Any = Field(
        default=None,
        repr=False,
        description="The document in its format's own terms, as `smartboot decode --format yaml` "
        "prints it.",
    )
    xml: str | None = Field(default=None, repr=False, description="The document as XML.")
    hex: HexBytes | None = Field(
        default=None, repr=False, description="The document's bytes as they go onto the card."
    )
    file: str | None = Field(
        default=None,
        description="A file beside the profile or below it, with the document's bytes or its XML.",
    )
    unchecked: bool = Field(
        default=False,
        description="Take hex or file as it is, even when it cannot be decoded (for test cards).",
    )


class VirtualSettings(_Part):
    """What only an emulated card needs: ICCID, IMSI, protocol, channels, keys."""

    iccid: Annotated[str, Field(pattern=r"^[0-9]{18,20}$")] = Field(
        default="89882110000000000010", description="ICCID, 18 to 20 digits."
    )
    imsi: Annotated[str, Field(pattern=r"^[0-9]{6,15}$")] | None = Field(
        default="001010123456789", description="IMSI; null for a card without USIM or DF(GSM)."
    )
    protocol: Literal["T=0", "T=1"] = Field(
        default="T=0", description="Transmission protocol; a 2G SIM has T=0 only."
    )
    channels: Annotated[int, Field(ge=1, le=20)] = Field(
        default=4, description="Logical channels, the basic one included; a 2G SIM has one."
    )
    access_encoding: AccessEncoding = Field(
        default="referenced",
        description="How the FCP tells the access conditions: referenced (EF(ARR)), expanded or "
        "compact.",
    )
    pins: Annotated[list[PinImage], Field(max_length=32)] | None = Field(
        default=None,
        description="The keys. Left out: PIN1 1234 (switched off unless a condition asks for it), "
        "ADM1 12345678, and whatever else the conditions name.",
    )


class CardProfile(_Part):
    """A card profile."""

    schema_name: Literal["smartboot/profile/1"] = Field(
        alias="schema", description="Says that this is a card profile, and of which version."
    )
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] = Field(
        description="Name of the profile: letters, digits, '.', '_' and '-'."
    )
    description: Annotated[str, Field(max_length=2000)] = Field(
        default="", description="What the card is for."
    )
    kind: Literal["uicc", "sim"] = Field(
        default="uicc", description="uicc, or sim for a 2G SIM (class A0, DF 7F50)."
    )
    variables: dict[str, VariableRule] = Field(
        default_factory=dict,
        description="What may be filled in: name (capital letters, digits, _) to variable. A "
        "${NAME} in any value of the profile stands for it.",
    )
    application: ApplicationProfile = Field(
        default=ApplicationProfile(), description="The PKCS#15 application."
    )
    data_objects: Annotated[list[DataObjectProfile], Field(min_length=1, max_length=32)] = Field(
        description="The data objects, in the order of EF(DODF)."
    )
    virtual: VirtualSettings = Field(
        default=VirtualSettings(), description="What only an emulated card needs."
    )

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    @property
    def dodf(self) -> DirectoryFile:
        """The DODF as given, or the usual one for the formats in the profile."""
        if self.application.dodf is not None:
            return self.application.dodf
        only_cp = all(data_object.format == "oma-cp" for data_object in self.data_objects)
        return DirectoryFile(fid=0x6410 if only_cp else 0x6430, size=256)


def profile_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of card profiles.

    It describes a profile as editors see it, variables not filled in: a ``${NAME}`` where the
    schema asks for a number or a pattern is right all the same.
    """
    schema = CardProfile.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": f"Card profile ({SCHEMA})",
    }
