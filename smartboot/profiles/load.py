"""Reading card profiles: YAML to a checked ``CardProfile`` with its documents encoded.

The way: YAML, variables (``substitute``), schema, rules, documents, sizes. Every fault is a
ProfileError with file, line and field; where one step finds several, the error holds them all
(``faults.ProfileFaultsError``). No error repeats a value that was given for a variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from pydantic import ValidationError

from smartboot.errors import DecodeError, EncodeError, ProfileError
from smartboot.formats import registry
from smartboot.profiles import rules
from smartboot.profiles.directory import directory_contents
from smartboot.profiles.faults import raise_faults
from smartboot.profiles.schema import MAX_DOCUMENT, SCHEMA, CardProfile, DataObjectProfile
from smartboot.profiles.source import is_document, load_profile_or_image, read_text
from smartboot.profiles.substitute import Substituted, read_variables, scrub, substitute
from smartboot.profiles.variables import CardFacts, Variable
from smartboot.yamltext import Located, Place, read_yaml, spell

__all__ = [
    "CardFacts",
    "LoadedProfile",
    "finish",
    "load_profile",
    "load_profile_or_image",
    "profile_from_text",
    "profile_variables",
]

_HINT = "the fields are those of `smartboot profiles schema`"


@dataclass(frozen=True, slots=True)
class LoadedProfile:
    """A profile and the bytes of its documents, in the order of its data objects."""

    profile: CardProfile = field(repr=False)
    documents: tuple[bytes, ...] = field(repr=False)
    name: str | None = None
    unused: tuple[str, ...] = ()
    """Variables that are declared and stand nowhere."""


def _content_file(item: DataObjectProfile, folder: Path | None) -> bytes:
    assert item.file is not None
    path = Path(item.file)
    # As every system reads it: on Windows C:x and \\x are not absolute and lead elsewhere.
    if any(
        kind(item.file).anchor or ".." in kind(item.file).parts
        for kind in (PurePosixPath, PureWindowsPath)
    ):
        raise ProfileError("the file must be beside the profile or below it")
    if folder is None:
        raise ProfileError("a profile that is not in a file cannot name one")
    try:
        with (folder / path).open("rb") as stream:
            content = stream.read(MAX_DOCUMENT + 1)
    except (OSError, ValueError) as error:
        # A null character in a path is a ValueError.
        reason = getattr(error, "strerror", None) or "no such path"
        raise ProfileError(f"the file cannot be read: {reason}") from error
    if len(content) > MAX_DOCUMENT:
        raise ProfileError(f"the file is longer than {MAX_DOCUMENT} bytes, the most a card holds")
    return content


def _encode(item: DataObjectProfile, folder: Path | None) -> bytes:
    """The document's bytes as they go onto the card. Errors: SmartbootError."""
    handler = registry.get(item.format)
    if item.xml is not None:
        return _from_xml(handler, item.xml)
    if item.document is not None:
        content: bytes = handler.encode(handler.from_plain(item.document))
        return content
    if item.file is not None:
        content = _content_file(item, folder)
        if content.lstrip()[:1] == b"<":
            return _from_xml(handler, content)
    else:
        assert item.hex is not None
        content = item.hex
    if not item.unchecked and content:
        try:
            handler.decode(content)
        except DecodeError as error:
            raise ProfileError(
                f"is no {item.format} document: {error}",
                hint="unchecked: true takes the bytes as they are",
            ) from error
    return content


def _from_xml(handler: Any, text: str | bytes) -> bytes:
    if not hasattr(handler, "from_xml"):
        raise ProfileError(f"{handler.name} documents have no XML form; use document or hex")
    encoded = handler.encode(handler.from_xml(text))
    assert isinstance(encoded, bytes)
    return encoded


def _fault_of(detail: Any) -> str:
    """A fault of the schema in words. ``detail`` is one of pydantic's error dictionaries."""
    kind: str = detail["type"]
    if kind == "extra_forbidden":
        return "there is no such field"
    if kind == "missing":
        return "is missing"
    if kind in ("model_type", "dict_type"):
        return "should be a mapping"
    message: str = detail["msg"]
    return message.removeprefix("Value error, ")


def _check(filled: Substituted) -> CardProfile:
    located = filled.located
    try:
        return CardProfile.model_validate(located.data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
    raise_faults(
        [_error(filled, _fault_of(detail), detail["loc"], hint=_HINT) for detail in details]
    )
    raise AssertionError("a ValidationError without errors")


def _error(
    filled: Substituted, message: str, place: Place, *, hint: str | None = None
) -> ProfileError:
    """A ProfileError whose message names variables instead of repeating their values."""
    values = filled.values
    hint = None if hint is None else scrub(hint, values)
    return filled.located.error(scrub(message, values), place, hint=hint)


def _documents(
    filled: Substituted, profile: CardProfile, folder: Path | None
) -> tuple[list[bytes], list[ProfileError]]:
    documents: list[bytes] = []
    faults: list[ProfileError] = []
    for index, item in enumerate(profile.data_objects):
        source = next(n for n in ("document", "xml", "hex", "file") if getattr(item, n) is not None)
        place: Place = ("data_objects", index, source)
        content = b""
        try:
            content = _encode(item, folder)
        except ProfileError as error:
            faults.append(_error(filled, error.reason, place, hint=error.hint))
        except (EncodeError, DecodeError) as error:
            faults.append(_error(filled, str(error), place, hint=error.hint))
        else:
            limit = item.size or MAX_DOCUMENT
            if not content:
                faults.append(_error(filled, "the document is empty", place))
            elif len(content) > limit:
                message = f"the document has {len(content)} bytes, the file only {limit}"
                size: Place = ("data_objects", index, "size" if item.size else source)
                faults.append(_error(filled, message, size))
        documents.append(content)
    return documents, faults


def _directory(filled: Substituted, profile: CardProfile) -> list[ProfileError]:
    try:
        contents = directory_contents(profile)
    except ProfileError as error:
        # The field says where in words; the line is that of the part named first.
        message = f"{error.field}: {error.reason}" if error.field else error.reason
        return [_error(filled, message, ("data_objects",))]
    return [
        _error(
            filled,
            f"{content.name} needs {len(content.data)} bytes and has {content.size}",
            (*content.place, "size"),
            hint=f"give {spell((*content.place, 'size'))} at least {len(content.data)}",
        )
        for content in contents
        if len(content.data) > content.size
    ]


def finish(
    located: Located,
    folder: Path | None,
    values: Mapping[str, str] | None = None,
    facts: CardFacts | None = None,
    *,
    examples: bool,
) -> LoadedProfile:
    filled = substitute(located, values, facts, examples=examples)
    profile = _check(filled)
    raise_faults([_error(filled, text, place) for place, text in rules.faults(profile)])
    documents, faults = _documents(filled, profile, folder)
    raise_faults([*faults, *_directory(filled, profile)])
    unused = [v.name for v in filled.variables if v.name not in filled.used]
    return LoadedProfile(profile, tuple(documents), located.name, tuple(unused))


def _profile_data(text: str, name: str | None) -> Located:
    located = read_yaml(text, name, typed=is_document)
    if not isinstance(located.data, dict):
        raise located.error("a card profile is a mapping", hint=_HINT)
    if located.data.get("schema") != SCHEMA:
        raise located.error(f"not a card profile: the schema should be {SCHEMA}", ("schema",))
    return located


def profile_from_text(
    text: str,
    name: str | None = None,
    folder: Path | None = None,
    *,
    values: Mapping[str, str] | None = None,
    facts: CardFacts | None = None,
    examples: bool = False,
) -> LoadedProfile:
    """A profile from YAML text; ``folder`` is where its files are. The rest: ``load_profile``."""
    return finish(_profile_data(text, name), folder, values, facts, examples=examples)


def load_profile(
    path: Path,
    values: Mapping[str, str] | None = None,
    facts: CardFacts | None = None,
    *,
    examples: bool = False,
) -> LoadedProfile:
    """A profile from a file, its variables filled in.

    ``values`` are texts by variable name; ``facts`` what the card says of itself, for variables
    ``from: card``. With ``examples`` (emulation, validation) a variable that nothing is given for
    takes its example. Errors: ProfileError with file, line and field, never with a value.
    """
    return profile_from_text(
        read_text(path), str(path), path.parent, values=values, facts=facts, examples=examples
    )


def profile_variables(path: Path) -> list[Variable]:
    """The variables a profile declares, in its order. Errors: ProfileError."""
    variables, faults = read_variables(_profile_data(read_text(path), str(path)))
    raise_faults(faults)
    return list(variables)
