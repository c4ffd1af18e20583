"""What a card that lacks files is given: CREATE FILE in an order that a tear leaves harmless, and a
record of EF(DIR).

The application comes first and EF(ODF) last of its files, so that a reader finds no data objects
before there are any (TS 102 222, 6.3; TS 102 221, 13.1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smartboot.card.base import MF, FilePath
from smartboot.errors import CardError
from smartboot.imagerules import parse_condition
from smartboot.provision.create import ArrRecord, directory_templates, file_templates
from smartboot.provision.desired import DesiredCard, DesiredFile
from smartboot.provision.steps import CreateFile

__all__ = ["creation_steps", "list_in_directory"]

_MAX_FILE = 0xFFFF
_ORDER = {"document": 0, "dodf": 1, "token-info": 2, "odf": 3}


def creation_steps(
    desired: DesiredCard,
    missing: Sequence[DesiredFile],
    records: Sequence[ArrRecord],
    resolve: Callable[[FilePath], FilePath],
    *,
    new_application: bool,
) -> list[CreateFile]:
    """The steps that make the ``missing`` files, in the application that ``new_application`` says
    is to be made too; ``records`` are those of the card's EF(ARR)s. Errors: CardError for a file
    whose size no file can have."""
    steps: list[CreateFile] = []
    if new_application:
        odf = desired.file("odf")
        assert odf is not None
        keys = [
            key
            for file in missing
            for condition in (file.read, file.update)
            for key in parse_condition(condition).keys
        ]
        path = FilePath((MF, desired.df))
        total = sum(file.size for file in missing)
        templates = directory_templates(path, desired.aid, odf.update, keys, total, records)
        name = desired.label or "PKCS#15"
        steps.append(CreateFile(path, name, templates, None, "always", odf.update, desired.aid))
    for file in sorted(missing, key=lambda each: _ORDER[each.role]):
        if not 1 <= file.size <= _MAX_FILE:
            raise CardError(f"a file of {file.size} bytes cannot be made")
        templates = file_templates(
            file.path.fid, file.size, file.read, file.update, file.sfi, records
        )
        steps.append(
            CreateFile(resolve(file.path), file.name, templates, file.size, file.read, file.update)
        )
    return steps


def list_in_directory(
    records: Sequence[bytes], template: bytes
) -> list[tuple[int, bytes, str]] | None:
    """The updates (record number, content, purpose) that put ``template`` into the first free
    record of EF(DIR); None when there is none.

    A record that a torn write left behind is free as well. The tag byte comes last, with a second
    update, so that a torn record is an empty one.
    """
    for number, record in enumerate(records, 1):
        whole = template.ljust(len(record), b"\xff")
        body = b"\xff" + whole[1:]
        free = record[:1] in (b"\x00", b"\xff") and all(
            byte in (0x00, 0xFF, wanted) for byte, wanted in zip(record, body, strict=False)
        )
        if free and len(template) <= len(record):
            first = [] if record == body else [(number, body, "write")]
            return [*first, (number, whole, "list")]
    return None
