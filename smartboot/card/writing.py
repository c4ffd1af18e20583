"""What writing a card needs beyond reading: updates in place and the administrative commands.

TS 102 221, 11.1.4 and 11.1.6; TS 102 222, 6. Each method's commands are fixed, so that those who
plan a write know after which of them power may fail.
"""

from __future__ import annotations

from typing import Protocol

from smartboot.card.base import FileInfo, FilePath, FileSystem

__all__ = ["WritableFileSystem"]


class WritableFileSystem(FileSystem, Protocol):
    """``FileSystem`` with writes, as ``Card.basic()`` and ``Card.session()`` hand it out.

    A method that fails before its last command has changed nothing but what its text says.
    """

    def update_binary(self, info: FileInfo, offset: int, data: bytes) -> None:
        """Overwrite part of the transparent EF selected last: one command for each 255 bytes, in
        ascending order. Errors: UsageError, with nothing sent, for data that does not fit."""
        ...

    def update_record(self, info: FileInfo, number: int, data: bytes) -> None:
        """Overwrite one whole record of the EF selected last: one command."""
        ...

    def create_file(self, parent: FilePath, template: bytes) -> None:
        """Create a file under ``parent`` from its FCP template (tag 62 included): one command,
        and a SELECT before it unless ``parent`` is current. Select what is worked on next."""
        ...

    def delete_file(self, path: FilePath) -> None:
        """Delete a file: one command, and a SELECT of its directory before it unless current."""
        ...

    def resize_file(self, path: FilePath, size: int) -> None:
        """Give a transparent EF another size: as ``delete_file``."""
        ...
