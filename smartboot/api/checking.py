"""Things to check: cards that exist as data only, and files, folders and names of them.

A file is known by its content: a card profile or image by its schema, all else is a document in
one of the forms ``decode`` takes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from smartboot.errors import DecodeError, EncodeError, ProfileError, SmartbootError, UsageError
from smartboot.frozen import dataclass

if TYPE_CHECKING:
    from smartboot.bootstrap.unlock import KeySource
    from smartboot.checks import Report, Subject, SubjectKind
    from smartboot.checks.outcome import Target
    from smartboot.image import CardImage
    from smartboot.model import Finding
    from smartboot.profiles.load import LoadedProfile
    from smartboot.yamltext import Located

__all__ = ["FileChecker", "Source", "find_sources", "inspect_image", "inspect_profile"]

_SUFFIXES = frozenset({".yaml", ".yml", ".bin", ".wbxml", ".xml", ".json", ".hex", ".tlv", ".tnds"})
_MAX_FILES = 10_000
_SCHEMA = re.compile(r"^[\s{]*[\"']?schema[\"']?\s*:\s*[\"']?(smartboot/[a-z-]+)/", re.MULTILINE)
_DOCUMENT = re.compile(r"^[\s{]*[\"']?(?:format|document|accounts)[\"']?\s*:", re.MULTILINE)
_HEAD = 1 << 16
_DOCUMENT_SCHEMAS = ("smartboot/document", "smartboot/read")
"""What ``decode`` and ``read`` print."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to check; ``path`` None is stdin. ``named``: the user named it, it was not merely
    in a folder."""

    name: str
    path: Path | None
    named: bool = True

    @property
    def shown_path(self) -> str | None:
        """The path with slashes, from the current directory where it is below it."""
        if self.path is None:
            return None
        path = Path(os.path.abspath(self.path))  # noqa: PTH100 -- resolve() would follow links
        with suppress(ValueError):
            path = path.relative_to(Path.cwd())
        return path.as_posix()


def find_sources(targets: Iterable[str]) -> list[Source]:
    """The files that TARGETs mean, each once: files, those in folders, shipped profiles by name.

    Errors: UsageError for a target that is nothing, or a folder with too many files.
    """
    found: dict[str, Source] = {}
    for text in targets:
        for source in _sources(text):
            found.setdefault(str(source.path), source)
    return list(found.values())


def _sources(text: str) -> Iterator[Source]:
    from smartboot.profiles.shipped import find_shipped

    path = Path(text)
    if text == "-":
        yield Source("-", None)
    elif path.is_dir():
        yield from _folder(path)
    elif path.exists():
        yield Source(text, path)
    else:
        shipped = find_shipped(text)
        if shipped is None:
            raise UsageError(
                f"{text!r} is no file, no folder and no shipped profile",
                hint="smartboot profiles list shows the shipped profiles",
            )
        yield Source(text, shipped)


def _folder(folder: Path) -> Iterator[Source]:
    count = 0
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.suffix.lower() not in _SUFFIXES or any(part.startswith(".") for part in inside):
            continue
        if path.is_file():
            count += 1
            if count > _MAX_FILES:
                raise UsageError(f"{folder} holds more than {_MAX_FILES} files")
            yield Source(str(path), path, named=False)


def inspect_image(
    image: CardImage,
    *,
    name: str = "",
    kind: SubjectKind | None = None,
    keys: KeySource | None = None,
    profile: LoadedProfile | None = None,
) -> Subject:
    """An image as a subject of the rules: looked at as a card, with its own keys.

    ``keys`` are asked for those it does not have; ``kind`` is IMAGE if not given; ``profile`` is
    the one the image was made from.
    """
    from smartboot.api.cards import image_connection
    from smartboot.card.detect import open_card
    from smartboot.checks import SubjectKind, inspect_card

    own = {pin.reference: pin.value for pin in image.pins}

    def source(reference: int) -> bytes | None:
        return own.get(reference) if reference in own or keys is None else keys(reference)

    # No key of a real card is at stake, so the last try is as good as any other.
    card = open_card(image_connection(image))
    try:
        return inspect_card(
            card,
            name=name,
            kind=kind or SubjectKind.IMAGE,
            keys=source,
            force=True,
            profile=profile,
        )
    finally:
        card.close()


def inspect_profile(
    loaded: LoadedProfile, *, name: str = "", keys: KeySource | None = None
) -> Subject:
    """A card profile as a subject of the rules: the profile, and the card made from it.

    Errors: ProfileError for a profile that makes no card.
    """
    from smartboot.checks import SubjectKind
    from smartboot.profiles.render import render

    return inspect_image(
        render(loaded),
        name=name or loaded.name or loaded.profile.name,
        kind=SubjectKind.PROFILE,
        keys=keys,
        profile=loaded,
    )


def _read(path: Path | None, limit: int) -> bytes:
    if path is None:
        raise UsageError("there is no stdin here; name a file")
    with path.open("rb") as stream:
        return stream.read(limit + 1)


def _malformed(error: SmartbootError, code: str) -> Iterator[tuple[str, str, str, int | None]]:
    """Code, message, place and line of what an error tells, of each fault that it holds."""
    from smartboot.profiles.faults import ProfileFaultsError

    for one in error.faults if isinstance(error, ProfileFaultsError) else (error,):
        if isinstance(one, ProfileError):
            yield code, one.reason, one.field or "", one.line
        else:
            yield code, one.message, "", None


@dataclass(slots=True)
class FileChecker:
    """Turns files into targets with their findings.

    ``values`` are those of ``--set``; a profile gets the ones it declares. ``keys`` are asked for
    what an image's own keys do not open; ``read`` gives the bytes of a file, None being stdin, up
    to a limit and one more.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    keys: KeySource | None = field(default=None, repr=False)
    as_format: str | None = None
    read: Callable[[Path | None, int], bytes] = _read
    declared: set[str] = field(default_factory=set, init=False)
    """Variables that a profile among the files has."""

    def check(self, source: Source) -> Target:
        """Load and check one file. What is wrong with it is a finding.

        Errors: UnrecognisedError for a file that is nothing we know, OSError.
        """
        from smartboot.bootstrap.documents import MAX_INPUT
        from smartboot.yamltext import MAX_TEXT_BYTES

        data = self.read(source.path, max(MAX_INPUT, MAX_TEXT_BYTES))
        head = data[:_HEAD].decode("utf-8-sig", "replace")
        match = _SCHEMA.search(head)
        schema = match[1] if match else None
        if schema == "smartboot/profile":
            return self._profile(source, data)
        if schema == "smartboot/image":
            return self._image(source, data)
        return self._document(source, data, head, schema)

    # -- the three kinds ---------------------------------------------------------------------------

    def _profile(self, source: Source, data: bytes) -> Target:
        from smartboot.checks import SubjectKind
        from smartboot.profiles.load import profile_from_text
        from smartboot.profiles.substitute import read_variables
        from smartboot.yamltext import read_yaml

        name = source.name
        try:
            text = _text(data, name)
            located = read_yaml(text, name)
            variables, _ = read_variables(located)
            known = {variable.name for variable in variables}
            self.declared |= known & self.values.keys()
            loaded = profile_from_text(
                text,
                name,
                None if source.path is None else source.path.parent,
                values={key: value for key, value in self.values.items() if key in known},
                examples=True,
            )
            subject = inspect_profile(loaded, name=name, keys=self.keys)
        except ProfileError as error:
            return self._broken(source, SubjectKind.PROFILE, "FILE-PROFILE-INVALID", error)
        return self._target(source, subject, _profile_lines(located, loaded))

    def _image(self, source: Source, data: bytes) -> Target:
        from smartboot.checks import SubjectKind
        from smartboot.image import image_from_text

        try:
            image = image_from_text(_text(data, source.name), source.name)
        except ProfileError as error:
            return self._broken(source, SubjectKind.IMAGE, "FILE-IMAGE-INVALID", error)
        subject = inspect_image(image, name=source.name, keys=self.keys)
        return self._target(source, subject)

    def _document(self, source: Source, data: bytes, head: str, schema: str | None) -> Target:
        from smartboot.bootstrap.documents import UnrecognisedError, load_document
        from smartboot.checks import SubjectKind, document_subject

        if schema is not None and schema not in _DOCUMENT_SCHEMAS:
            raise UnrecognisedError(f"a file of schema {schema} holds no bootstrap data")
        if data and (not data.strip(b"\xff") or not data.strip(b"\x00")):
            return self._blank(source)
        try:
            loaded = load_document(data, self.as_format)
        except UnrecognisedError:
            raise
        except ProfileError as error:
            # YAML that cannot be read may be anything, unless it looks like one of ours.
            if schema is None and self.as_format is None and not _DOCUMENT.search(head):
                place = f"line {error.line}: " if error.line else ""
                raise UnrecognisedError(place + error.reason) from None
            return self._broken(source, SubjectKind.DOCUMENT, "BOOT-MALFORMED", error)
        except (DecodeError, EncodeError) as error:
            return self._broken(source, SubjectKind.DOCUMENT, "BOOT-MALFORMED", error)
        return self._target(source, document_subject(loaded, name=source.name))

    # -- shared ------------------------------------------------------------------------------------

    def _blank(self, source: Source) -> Target:
        from smartboot.checks import SubjectKind
        from smartboot.model import Finding, Severity

        message = "the file holds no document (only 00 or FF bytes): never filled, or emptied"
        finding = Finding("BOOT-EMPTY", Severity.WARNING, message)
        return self._unseen(source, SubjectKind.DOCUMENT, [finding])

    def _broken(
        self, source: Source, kind: SubjectKind, code: str, error: SmartbootError
    ) -> Target:
        from smartboot.model import Finding, Severity

        findings: list[Finding] = []
        lines: dict[str, int] = {}
        for one, message, place, line in _malformed(error, code):
            where = place or (f"line {line}" if line else "")
            findings.append(Finding(one, Severity.ERROR, message, where))
            if line is not None:
                lines[where] = line
        return self._unseen(source, kind, findings, lines)

    def _unseen(
        self,
        source: Source,
        kind: SubjectKind,
        findings: Sequence[Finding],
        lines: Mapping[str, int] | None = None,
    ) -> Target:
        """A file that could not be looked into: the rules have nothing to say about it."""
        from smartboot.checks import Report, Subject

        subject = Subject(kind, source.name, findings=tuple(findings))
        return self._named(source, Report(subject, subject.findings), lines)

    def _target(
        self, source: Source, subject: Subject, lines: Mapping[str, int] | None = None
    ) -> Target:
        from smartboot.checks import check

        return self._named(source, check(subject), lines)

    def _named(
        self, source: Source, report: Report, lines: Mapping[str, int] | None = None
    ) -> Target:
        from smartboot.checks.outcome import Target

        path = source.shown_path
        shipped = path is not None and source.path is not None and source.name != str(source.path)
        key = source.name if path is None or shipped else path
        return Target(report, key, path, lines or {})


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ProfileError("is not UTF-8 text", file=name) from None


def _profile_lines(located: Located, loaded: LoadedProfile) -> dict[str, int]:
    """The lines of a profile's places as findings call them: ``EF 6432``, ``data_objects[0]``,
    ``EF 6430 object 1``."""
    from smartboot.checks.doubles import card_names
    from smartboot.yamltext import spell

    lines = {"": 1}
    for place, line in located.lines.items():
        if 0 < len(place) <= 2 and (name := spell(place)):
            lines[name] = line
    for place, names in card_names(loaded.profile):
        found = located.line(place)
        if found is not None:
            lines |= dict.fromkeys(names, found)
    return lines
