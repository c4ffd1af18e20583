"""The card image: a whole virtual card (or the dump of a real one) as readable YAML.

Schema ``smartboot/image/1``. A leaf: it knows nothing of APDUs, and both those who write images
(profiles, dumps) and the one that brings them to life (``smartboot.virtual``) meet here.

Values are kept in one canonical form, so that loading, writing and loading again gives an equal
image: hex data loses its padding of FF at the end, sizes and record counts are always set, PINs
are eight bytes. What is not modelled: SELECT behaviour of single vendors, secure messaging,
BER-TLV object structure.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from smartboot.errors import FileUnusableError, ProfileError
from smartboot.imagefields import (
    AccessMap,
    FileId,
    HexBytes,
    Instruction,
    Key,
    KeyReference,
    Name,
    Tries,
    protocols_of,
)
from smartboot.imagequirks import Quirks
from smartboot.imagerules import Condition, parse_condition
from smartboot.yamltext import MAX_TEXT_BYTES, Located, Place, read_yaml

__all__ = [
    "MAX_DEPTH",
    "MAX_FILES",
    "MAX_FILE_SIZE",
    "SCHEMA",
    "AccessEncoding",
    "CardHeader",
    "CardImage",
    "FileImage",
    "FileType",
    "LifeCycleName",
    "MfImage",
    "PinImage",
    "condition_of",
    "image_from_data",
    "image_from_text",
    "load_image",
    "write_image",
]

SCHEMA = "smartboot/image/1"

MAX_FILE_SIZE = 33_023
"""The last byte READ BINARY can reach is 7FFF + FF (TS 102 221, 11.1.3)."""

MAX_DEPTH = 8
"""Levels including the MF."""

MAX_FILES = 1_000
_MAX_TOTAL_BYTES = 4 * 1024 * 1024
_MAX_UPDATES = 2**40
FileType = Literal["df", "adf", "transparent", "linear-fixed", "cyclic", "ber-tlv", "internal"]
LifeCycleName = Literal["creation", "initialisation", "activated", "deactivated", "terminated"]
AccessEncoding = Literal["referenced", "compact", "expanded"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def _settle(self, **values: object) -> None:
        """Put canonical values into a model that is frozen to everybody else."""
        self.__dict__.update(values)
        self.__pydantic_fields_set__.update(values)


class CardHeader(_Model):
    """The card as a whole.

    ``channels`` counts the basic channel; 1 means a card without logical channels. ``atr`` is
    made up to fit when it is left out. The rest are traits of real cards that a reader has to
    live with: ``end_of_file`` is the answer to a READ that asks for more than there is (``6C``:
    6Cxx on T=0, ``6282``: the data with a warning, ``short``: the data and 9000, ``67``: 6700),
    ``iso_select`` whether SELECT with P2=00 is taken as a wish for the FCP (many cards do) or
    refused, ``sim_commands`` whether a UICC answers the 2G class A0 too, ``unsupported`` lists
    instruction bytes answered with 6D00, ``memory`` is the room in bytes for files made later and
    ``quirks`` holds rarer habits.
    """

    kind: Literal["uicc", "sim"] = "uicc"
    protocol: Literal["T=0", "T=1"] = "T=0"
    atr: HexBytes | None = None
    channels: Annotated[int, Field(ge=1, le=20)] = 4
    access_encoding: AccessEncoding = "referenced"
    end_of_file: Literal["6C", "6282", "short", "67"] = "6C"
    iso_select: bool = True
    sim_commands: bool = False
    unsupported: list[Instruction] = Field(default_factory=list, max_length=256)
    memory: Annotated[int, Field(ge=0, le=_MAX_TOTAL_BYTES)] = 65_536
    quirks: Quirks | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kind == "sim" and self.protocol != "T=0":
            raise ValueError("a 2G SIM speaks T=0 only (TS 51.011, 5)")
        if self.atr is not None and self.protocol not in protocols_of(self.atr):
            raise ValueError(f"the ATR does not offer {self.protocol}")
        return self

    @property
    def answer_to_reset(self) -> bytes:
        """``atr``, or one that fits kind, protocol and channels (TS 102 221, 6.3)."""
        if self.atr is not None:
            return self.atr
        if self.kind == "sim":
            return bytes((0x3B, 0x14, 0x94)) + b"SIM2"
        # Card capabilities: selection by name, FID and SFI; byte data; channels given by the card.
        channels = 0x10 | min(self.channels - 1, 7) if self.channels > 1 else 0
        historical = bytes((0x80, 0x31, 0xA0, 0x73, 0xBE, 0x21, channels))
        # TA1 = 95 (512/16); the global interface byte behind T=15 tells the supply classes.
        head = bytes((0x90 | len(historical), 0x95))
        if self.protocol == "T=0":
            interface = bytes((0x80, 0x1F, 0xC7))
        else:
            interface = bytes((0x81, 0xB1, 0xFE, 0x45, 0x1F, 0xC7))
        body = head + interface + historical
        check = 0
        for byte in body:
            check ^= byte
        return b"\x3b" + body + bytes((check,))


class PinImage(_Model):
    """One key with its counters (TS 102 221, 9.5). ``reference`` is the P2 of VERIFY.

    ``remaining`` and ``unblock_remaining`` are the tries left, full when left out. A key without
    ``unblock`` cannot be unblocked. The values never show in ``repr`` or in an error.
    """

    name: Name = ""
    reference: KeyReference
    value: Key = Field(repr=False)
    enabled: bool = True
    tries: Annotated[int, Field(ge=1, le=15)] = 3
    remaining: Tries | None = None
    unblock: Key | None = Field(default=None, repr=False)
    unblock_tries: Annotated[int, Field(ge=1, le=15)] = 10
    unblock_remaining: Tries | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        remaining = self.tries if self.remaining is None else self.remaining
        left = self.unblock_tries if self.unblock_remaining is None else self.unblock_remaining
        if remaining > self.tries or left > self.unblock_tries:
            raise ValueError("more tries left than there are")
        if self.unblock is None:
            # Without the key its counters mean nothing; one spelling keeps images comparable.
            self._settle(unblock_tries=10)
            left = 10
        self._settle(remaining=remaining, unblock_remaining=left)
        return self


class MfImage(_Model):
    """The master file itself. ``access`` left out: see ``FileImage``."""

    access: AccessMap | None = None
    arr: str | None = Field(default=None, pattern=r"^[0-9A-F]{4}/([1-9][0-9]{0,2})$")
    fcp_raw: HexBytes | None = None
    life_cycle: LifeCycleName = "activated"


class FileImage(_Model):
    """One DF, ADF or EF.

    ``access`` maps operations (``read``, ``update``, …) to conditions (``always``, ``never``,
    ``pin1``, ``adm1 or adm2``, ``pin:NN``); an operation not named is never allowed. Left out
    altogether, reading is free and the rest takes ADM1. ``arr`` refers to a record of an EF(ARR)
    of the image instead (``2F06/3``); with both, ``access`` is what is enforced and ``arr`` what
    the FCP shows.

    ``size`` is the body of an EF without records, ``record_size`` and ``record_count`` those of
    one with; left out they follow from the data. Data and records shorter than that end in FF.
    ``sfi`` None: no short identifier. ``fcp_raw`` replaces the FCP template, ``fcp_size`` only
    the size told in it, ``fcp_fid`` only the file id: three things real cards get wrong.
    ``updates`` is how often the file was written, where somebody counts. The content holds
    bootstrap keys and stays out of ``repr``.
    """

    fid: FileId
    name: Name = ""
    type: FileType = "transparent"
    aid: HexBytes | None = None
    sfi: Annotated[int, Field(ge=1, le=30)] | None = None
    size: Annotated[int, Field(ge=1, le=MAX_FILE_SIZE)] | None = None
    record_size: Annotated[int, Field(ge=1, le=255)] | None = None
    record_count: Annotated[int, Field(ge=1, le=254)] | None = None
    data: HexBytes = Field(default=b"", repr=False)
    records: list[HexBytes] = Field(default_factory=list, max_length=254, repr=False)
    access: AccessMap | None = None
    arr: str | None = Field(default=None, pattern=r"^[0-9A-F]{4}/([1-9][0-9]{0,2})$")
    life_cycle: LifeCycleName = "activated"
    shareable: bool = True
    fcp_raw: HexBytes | None = None
    fcp_size: Annotated[int, Field(ge=0, le=0xFFFF)] | None = None
    fcp_fid: FileId | None = None
    updates: Annotated[int, Field(ge=0, le=_MAX_UPDATES)] = 0
    files: list[FileImage] = Field(default_factory=list, max_length=MAX_FILES)

    @property
    def is_directory(self) -> bool:
        """DF or ADF."""
        return self.type in ("df", "adf")

    @property
    def has_records(self) -> bool:
        """Linear fixed or cyclic."""
        return self.type in ("linear-fixed", "cyclic")

    @property
    def body(self) -> bytes:
        """The whole content, padded with FF; records one behind the other. Empty for a DF."""
        if self.has_records:
            size, count = self.record_size or 0, self.record_count or 0
            filled = b"".join(record.ljust(size, b"\xff") for record in self.records)
            return filled.ljust(size * count, b"\xff")
        return self.data.ljust(self.size or 0, b"\xff")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.fid in (0x3F00, 0x3FFF, 0x7FFF, 0xFFFF):
            raise ValueError(f"file id {self.fid:04X} is reserved (TS 102 221, 8.6)")
        if self.is_directory:
            self._check_directory()
        elif self.files or self.aid is not None:
            raise ValueError("only a DF or ADF has files or an AID")
        elif self.has_records:
            self._check_records()
        else:
            self._check_body()
        return self

    def _check_directory(self) -> None:
        given = (self.size, self.record_size, self.record_count, self.sfi)
        if any(value is not None for value in given) or self.data or self.records:
            raise ValueError("a DF or ADF has no size, data, records or SFI")
        if (self.type == "adf") != (self.aid is not None):
            raise ValueError("an ADF needs an AID, and a DF has none")
        if self.aid is not None and not 1 <= len(self.aid) <= 16:
            raise ValueError("an AID has 1 to 16 bytes")
        _check_siblings(self.files)

    def _check_body(self) -> None:
        if self.records or self.record_size is not None or self.record_count is not None:
            raise ValueError("only linear-fixed and cyclic files have records")
        size = len(self.data) if self.size is None else self.size
        if not size:
            raise ValueError("needs a size or data")
        if len(self.data) > size or size > MAX_FILE_SIZE:
            raise ValueError(f"{len(self.data)} bytes of data do not fit into {size} bytes")
        self._settle(size=size, data=self.data.rstrip(b"\xff"))

    def _check_records(self) -> None:
        if self.size is not None or self.data:
            raise ValueError("a file with records has record_size and records, no size or data")
        longest = max(map(len, self.records), default=0)
        size = longest if self.record_size is None else self.record_size
        count = len(self.records) if self.record_count is None else self.record_count
        if not size or not count:
            raise ValueError("needs record_size and record_count, or records that tell them")
        if longest > size or len(self.records) > count:
            raise ValueError(
                f"{len(self.records)} records of up to {longest} bytes do not fit into "
                f"{count} records of {size} bytes"
            )
        if size > 255 or size * count > 0xFFFF:
            raise ValueError("records are longer than 255 bytes or the file than 65535")
        records = [record.rstrip(b"\xff") for record in self.records]
        while records and not records[-1]:
            records.pop()
        self._settle(record_size=size, record_count=count, records=records)


def _check_siblings(files: Sequence[FileImage]) -> None:
    seen: set[int] = set()
    for file in files:
        if file.fid in seen:
            raise ValueError(f"file id {file.fid:04X} stands twice in one DF")
        seen.add(file.fid)


class CardImage(_Model):
    """A card: its header, its keys and the files under the MF.

    Built from Python objects or from YAML (``load_image``, ``image_from_text``). Constructed
    directly a wrong value raises pydantic's ValidationError; ``image_from_data`` gives a
    ProfileError instead.
    """

    schema_name: Literal["smartboot/image/1"] = Field(default="smartboot/image/1", alias="schema")
    card: CardHeader = Field(default_factory=CardHeader)
    pins: list[PinImage] = Field(default_factory=list, max_length=32)
    mf: MfImage = Field(default_factory=MfImage)
    files: list[FileImage] = Field(default_factory=list, max_length=MAX_FILES)

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_siblings(self.files)
        references = [pin.reference for pin in self.pins]
        if len(set(references)) != len(references):
            raise ValueError("two keys have the same reference")
        aids: set[bytes] = set()
        total = 0
        for number, (path, file) in enumerate(self.walk(), 1):
            if number > MAX_FILES or len(path) > MAX_DEPTH:
                raise ValueError(f"more than {MAX_FILES} files or {MAX_DEPTH} levels")
            total += len(file.body)
            if file.aid is not None and file.aid in aids:
                raise ValueError(f"AID {file.aid.hex().upper()} stands twice")
            if file.aid is not None:
                aids.add(file.aid)
        if total > _MAX_TOTAL_BYTES:
            raise ValueError(f"the files hold more than {_MAX_TOTAL_BYTES} bytes")
        return self

    def walk(self) -> Iterator[tuple[tuple[int, ...], FileImage]]:
        """Every file with its path (3F00 first), parents before children."""
        stack: list[tuple[tuple[int, ...], FileImage]] = [
            ((0x3F00, file.fid), file) for file in reversed(self.files)
        ]
        while stack:
            path, file = stack.pop()
            yield path, file
            stack.extend(((*path, child.fid), child) for child in reversed(file.files))

    def find(self, path: str | Sequence[int]) -> FileImage | None:
        """The file at ``3F00/7F50/5031`` (3F00 may be left out), or None."""
        ids = [int(part, 16) for part in path.split("/")] if isinstance(path, str) else list(path)
        if ids[:1] == [0x3F00]:
            ids = ids[1:]
        files, found = self.files, None
        for fid in ids:
            found = next((file for file in files if file.fid == fid), None)
            if found is None:
                return None
            files = found.files
        return found

    def to_yaml(self) -> str:
        """The image as YAML text with readable hex; loading it gives an equal image.

        The text holds the PIN values: an image is as secret as the card.
        """
        from smartboot.imagetext import image_to_yaml

        return image_to_yaml(self)


def image_from_data(
    data: Mapping[str, Any], name: str | None = None, *, located: Located | None = None
) -> CardImage:
    """Check a mapping (or models in one) against the schema. Errors: ProfileError, which names
    the first fault and, with ``located``, its line."""
    where = located or Located(data, {}, name)
    try:
        return CardImage.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        first = faults[0]
        place: Place = first["loc"]
        message = first["msg"].removeprefix("Value error, ")
        if len(faults) > 1:
            message += f" (and {len(faults) - 1} more)"
        raise where.error(message, place, hint="the schema is smartboot/image/1") from None


def image_from_text(text: str, name: str | None = None) -> CardImage:
    """Read an image from YAML text; ``name`` is what errors call it. Errors: ProfileError."""
    located = read_yaml(text, name)
    if not isinstance(located.data, dict):
        raise located.error("a card image is a mapping")
    if located.data.get("schema") != SCHEMA:
        raise located.error(f"not a card image: the schema should be {SCHEMA}", ("schema",))
    return image_from_data(located.data, name, located=located)


def load_image(path: str | Path) -> CardImage:
    """Read an image file. Errors: ProfileError with file, line and field; FileUnusableError."""
    file = Path(path)
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_TEXT_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise FileUnusableError.of(error, str(path), "read") from error
    except UnicodeDecodeError:
        raise ProfileError("is not UTF-8 text", file=str(path)) from None
    return image_from_text(text, str(path))


def write_image(image: CardImage, path: str | Path) -> None:
    """Write an image file, whole or not at all, readable by its owner only (it holds PINs).

    Errors: FileUnusableError.
    """
    target = Path(path)
    temporary = None
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(image.to_yaml())
            # A backup must outlive the power cut that it is kept for.
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(target)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise FileUnusableError.of(error, str(path), "written") from error


def condition_of(file: FileImage | MfImage, operation: str) -> Condition:
    """What ``operation`` on a file takes, by its ``access`` or the defaults."""
    access = file.access
    if access is None:
        return parse_condition("always" if operation == "read" else "adm1")
    return parse_condition(access.get(operation, "never"))
