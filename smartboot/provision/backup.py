"""A card, or the files of it that are about to change, as a card image.

The image can be put back with ``restore`` and is what ``virtual:`` loads. It holds the documents'
secrets, as the card does, and never a key that was presented to read them: the keys in it are
placeholders.
"""

from __future__ import annotations

from collections.abc import Iterable

from smartboot.bootstrap.unlock import KeySource, no_keys
from smartboot.card.base import CURRENT_ADF, MF, Card, CardKind, FilePath, FileSystem
from smartboot.card.iccid import EF_ICCID, decode_iccid
from smartboot.card.tree import EF_DIR, PKCS15_FILES
from smartboot.errors import DecodeError
from smartboot.frozen import dataclass
from smartboot.image import CardImage
from smartboot.model import Finding
from smartboot.pkcs15.application import Application
from smartboot.pkcs15.locate import open_application
from smartboot.pkcs15.path import Path
from smartboot.provision.capture import NOT_READ, Capture, CaptureProgress, no_progress
from smartboot.provision.keydesk import KeyDesk

__all__ = ["Dump", "backup_files", "dump_card", "image_iccid", "unread_files"]

_MF = FilePath((MF,))
_DEFAULT_DF = 0x7F50


@dataclass(frozen=True, slots=True)
class Dump:
    """An image made from a card.

    ``findings`` say what could not be read and what was noticed on the way; ``locked`` names the
    keys whose want kept something out of the image.
    """

    image: CardImage
    iccid: str | None
    findings: tuple[Finding, ...] = ()
    locked: tuple[str, ...] = ()

    @property
    def unread(self) -> tuple[str, ...]:
        """Paths of the files that are in the image without their content."""
        return unread_files(self.image)


def unread_files(image: CardImage) -> tuple[str, ...]:
    """Paths of the files that were on the card and whose content is not in the image."""
    return tuple(
        "/".join(f"{fid:04X}" for fid in path)
        for path, file in image.walk()
        if file.name.startswith(NOT_READ)
    )


def image_iccid(image: CardImage) -> str | None:
    """The ICCID of the card in an image; None when it has none that can be read."""
    file = image.find((0x2FE2,))
    if file is None or file.is_directory:
        return None
    try:
        return decode_iccid(file.body)
    except DecodeError:
        return None


def _home(application: Application) -> FilePath:
    """The absolute path that stands for the application in an image."""
    if application.base.ids[:1] != (CURRENT_ADF,):
        return application.base
    template = application.template
    if template is not None and template.path is not None and len(template.path.ids) > 1:
        return template.path
    return FilePath((MF, _DEFAULT_DF))


def _common(capture: Capture, fs: FileSystem) -> None:
    capture.directory(fs, _MF)
    capture.file(fs, EF_ICCID, "EF.ICCID", optional=True)


def _enter(capture: Capture, application: Application, kind: CardKind) -> None:
    """Take the application's own directory; what 7FFF stands for is known from now on."""
    assert application.fs is not None
    capture.application = _home(application)
    name = "DF.PKCS15" if kind is CardKind.SIM else "ADF.PKCS15"
    capture.directory(application.fs, application.base, name)


def _directory_paths(application: Application) -> dict[FilePath, str]:
    """Every directory file the application names, whatever it lists, with a name for it."""
    names: dict[FilePath, str] = {}
    if application.odf_path is not None:
        names[application.odf_path] = "EF.ODF"
    if application.paths.token_info is not None:
        names[application.path_of(application.paths.token_info.ids)] = "EF.TokenInfo"
    if application.paths.unused_space is not None:
        names[application.path_of(application.paths.unused_space.ids)] = "EF.UnusedSpace"
    for entry in application.odf.entries if application.odf else ():
        if isinstance(entry.value, Path):
            try:
                path = application.path_of(entry.value.ids)
            except DecodeError:
                continue
            names.setdefault(path, "EF.DODF" if entry.tag == 0xA7 else f"EF.{entry.tag:02X}")
    return names


def dump_card(
    card: Card,
    *,
    keys: KeySource = no_keys,
    force: bool = False,
    progress: CaptureProgress = no_progress,
) -> Dump:
    """Read everything that belongs to the bootstrap data into an image.

    Taken are the MF's own description, EF(ICCID), EF(DIR), the PKCS#15 application with every
    directory file and the whole file of every data object, and each EF(ARR) that one of these
    refers to. ``keys`` are asked where the card refuses to be read.
    Errors: TransportError; ProfileError for more than an image can hold.
    """
    iccid = card.iccid()
    capture = Capture(card, KeyDesk(card, keys, force=force), progress)
    basic = card.basic()
    _common(capture, basic)
    capture.file(basic, EF_DIR, "EF.DIR", optional=True)
    unlocker = KeyDesk(card, keys, force=force)
    with open_application(card, unlock=unlocker.run) as application:
        if application.fs is not None:
            fs = application.fs
            _enter(capture, application, card.kind)
            for path, name in _directory_paths(application).items():
                capture.file(fs, path, name)
            for item in application.data_objects:
                if item.path is not None:
                    capture.file(fs, item.path, item.label or "")
            # Files that nothing lists (any more) are looked for where they usually are.
            for known in PKCS15_FILES:
                path = application.path_of(FilePath((known.path.fid,)))
                capture.file(fs, path, known.name.replace("(", ".").rstrip(")"), optional=True)
    return _finish(capture, card, iccid, application.findings)


def backup_files(
    card: Card,
    paths: Iterable[FilePath],
    *,
    keys: KeySource = no_keys,
    force: bool = False,
    progress: CaptureProgress = no_progress,
) -> Dump:
    """Read only the files at ``paths`` (absolute, or from 7FFF) into an image, whole.

    Those that are not on the card yet are left out. Errors: TransportError, ProfileError.
    """
    wanted = list(dict.fromkeys(paths))
    iccid = card.iccid()
    capture = Capture(card, KeyDesk(card, keys, force=force), progress)
    basic = card.basic()
    _common(capture, basic)
    with open_application(card, listing=False) as application:
        if application.fs is not None:
            _enter(capture, application, card.kind)
        fs = application.fs or basic
        for path in wanted:
            if path.ids[:1] == (CURRENT_ADF,):
                if application.fs is None:
                    continue
                path = application.path_of(path)
            capture.file(fs, path, optional=True)
    return _finish(capture, card, iccid, ())


def _finish(capture: Capture, card: Card, iccid: str | None, findings: Iterable[Finding]) -> Dump:
    image = capture.image()
    every = (*card.findings, *findings, *capture.findings)
    return Dump(image, iccid, tuple(dict.fromkeys(every)), tuple(dict.fromkeys(capture.locked)))
