"""Reading card profiles: YAML to a checked ``CardProfile`` with its documents encoded.

Every fault is a ProfileError with file, line and field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from smartboot.errors import DecodeError, EncodeError, ProfileError
from smartboot.formats import registry
from smartboot.image import SCHEMA as IMAGE_SCHEMA
from smartboot.image import CardImage, image_from_data
from smartboot.profiles.schema import SCHEMA, CardProfile, DataObjectProfile
from smartboot.yamltext import MAX_TEXT_BYTES, Located, Place, read_yaml

__all__ = ["LoadedProfile", "load_profile", "load_profile_or_image", "profile_from_text"]

_MAX_FILE = 33023
_HINT = "the schema is smartboot/profile/1: `smartboot profiles schema`"


@dataclass(frozen=True, slots=True)
class LoadedProfile:
    """A profile and the bytes of its documents, in the order of its data objects."""

    profile: CardProfile
    documents: tuple[bytes, ...] = field(repr=False)
    name: str | None = None


def _is_document(place: Place) -> bool:
    return len(place) > 2 and place[0] == "data_objects" and place[2] == "document"


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_TEXT_BYTES + 1).decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ProfileError(f"cannot be read: {reason}", file=str(path)) from error
    except UnicodeDecodeError:
        raise ProfileError("is not UTF-8 text", file=str(path)) from None


def _content_file(item: DataObjectProfile, folder: Path | None) -> bytes:
    assert item.file is not None
    path = Path(item.file)
    if path.is_absolute() or ".." in path.parts:
        raise ProfileError("the file must be beside the profile or below it")
    if folder is None:
        raise ProfileError("a profile that is not in a file cannot name one")
    try:
        with (folder / path).open("rb") as stream:
            content = stream.read(_MAX_FILE + 1)
    except OSError as error:
        raise ProfileError(f"cannot read {path}: {error.strerror}") from error
    if len(content) > _MAX_FILE:
        raise ProfileError(f"{path} is longer than {_MAX_FILE} bytes, the most a file holds")
    return content


def _encode(item: DataObjectProfile, folder: Path | None) -> bytes:
    """The document's bytes as they go onto the card."""
    if item.hex is not None:
        return item.hex
    handler = registry.get(item.format)
    content: bytes
    if item.file is not None:
        content = _content_file(item, folder)
        if content.lstrip()[:1] == b"<":
            content = _from_xml(handler, content)
    elif item.xml is not None:
        content = _from_xml(handler, item.xml.encode())
    else:
        content = handler.encode(handler.from_plain(item.document))
    if not content:
        raise ProfileError("the document is empty")
    return content


def _from_xml(handler: Any, text: bytes) -> bytes:
    if not hasattr(handler, "from_xml"):
        raise ProfileError(f"{handler.name} documents have no XML form; use document or hex")
    encoded = handler.encode(handler.from_xml(text))
    assert isinstance(encoded, bytes)
    return encoded


def _check(located: Located) -> CardProfile:
    try:
        return CardProfile.model_validate(located.data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        first = faults[0]
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = "there is no such field"
        if len(faults) > 1:
            message += f" (and {len(faults) - 1} more)"
        raise located.error(message, first["loc"], hint=_HINT) from None


def _finish(located: Located, folder: Path | None) -> LoadedProfile:
    profile = _check(located)
    documents = []
    for index, item in enumerate(profile.data_objects):
        source = next(n for n in ("document", "xml", "hex", "file") if getattr(item, n) is not None)
        place: Place = ("data_objects", index, source)
        try:
            content = _encode(item, folder)
        except ProfileError as error:
            raise located.error(error.reason, place, hint=error.hint) from None
        except (EncodeError, DecodeError) as error:
            raise located.error(str(error), place, hint=error.hint) from error
        if item.size is not None and len(content) > item.size:
            raise located.error(
                f"the document has {len(content)} bytes, the file only {item.size}",
                ("data_objects", index, "size"),
            )
        documents.append(content)
    return LoadedProfile(profile, tuple(documents), located.name)


def profile_from_text(
    text: str, name: str | None = None, folder: Path | None = None
) -> LoadedProfile:
    """A profile from YAML text; ``folder`` is where its files are. Errors: ProfileError."""
    located = read_yaml(text, name, typed=_is_document)
    if not isinstance(located.data, dict):
        raise located.error("a card profile is a mapping", hint=_HINT)
    if located.data.get("schema") != SCHEMA:
        raise located.error(f"not a card profile: the schema should be {SCHEMA}", ("schema",))
    return _finish(located, folder)


def load_profile(path: Path) -> LoadedProfile:
    """A profile from a file. Errors: ProfileError with file, line and field."""
    return profile_from_text(_read_text(path), str(path), path.parent)


def load_profile_or_image(path: Path) -> CardImage:
    """The card image in a file, or the one that the profile in it describes.

    Errors: ProfileError, also for a file that is neither.
    """
    from smartboot.profiles.render import render

    text = _read_text(path)
    located = read_yaml(text, str(path), typed=_is_document)
    schema = located.data.get("schema") if isinstance(located.data, dict) else None
    if schema == SCHEMA:
        return render(_finish(located, path.parent))
    if schema == IMAGE_SCHEMA:
        return image_from_data(located.data, str(path), located=located)
    raise located.error(
        f"neither a card profile nor a card image: the schema should be {SCHEMA} or {IMAGE_SCHEMA}",
        ("schema",),
    )
