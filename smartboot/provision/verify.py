"""What a card holds against what it is to hold, for `smartboot verify`.

Says where the two differ and never what stands there: that is keys and passwords. A card that
``plan_write`` has nothing to do for has no differences, and the other way round.
"""

from __future__ import annotations

from typing import Any

from smartboot.bootstrap.unlock import KeySource, no_keys
from smartboot.card.base import Card, CardKind, FilePath
from smartboot.errors import CardError, UsageError
from smartboot.frozen import dataclass
from smartboot.pkcs15.locate import EF_DIR
from smartboot.provision.desired import DesiredCard, DesiredObject
from smartboot.provision.keydesk import KeyDesk
from smartboot.provision.rows import has_copy
from smartboot.provision.survey import Surveyor, survey

__all__ = ["Difference", "compare"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a card is not as it should be.

    ``kind``: missing-application, missing-file, too-small, content, missing-entry, other-entry,
    not-listed, leftover or unreadable. ``offset`` and ``length`` are the bytes from the first to
    the last that differ, None where no bytes are concerned.
    """

    path: FilePath
    offset: int | None
    length: int | None
    kind: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        """The difference as JSON."""
        return {
            "path": str(self.path),
            "offset": self.offset,
            "length": self.length,
            "kind": self.kind,
            "message": self.message,
        }


def compare(
    card: Card,
    desired: DesiredCard,
    *,
    keys: KeySource = no_keys,
    force: bool = False,
) -> list[Difference]:
    """Every difference between ``card`` and ``desired``; what the card holds besides is none.

    Errors: UsageError when card and profile are of different kinds; PinError; CardError;
    TransportError.
    """
    if (desired.kind == "sim") != (card.kind is CardKind.SIM):
        raise UsageError(f"the profile is for a {desired.kind}, the card is a {card.kind}")
    with survey(card, KeyDesk(card, keys, force=force), desired.df) as look:
        return _Comparison(look, desired).run()


class _Comparison:
    """One comparison."""

    def __init__(self, look: Surveyor, desired: DesiredCard) -> None:
        self._look = look
        self._state = look.state
        self._want = desired
        self._found: list[Difference] = []

    def run(self) -> list[Difference]:
        state = self._state
        if state.base is None:
            self._add(state.home, "missing-application", "the card has no PKCS#15 application")
            return self._found
        if not state.has_template and state.dir_records:
            self._add(EF_DIR, "not-listed", "EF(DIR) does not list the PKCS#15 application")
        if state.odf is None or state.odf.info is None:
            odf = self._want.file("odf")
            assert odf is not None
            self._add(state.resolve(odf.path), "missing-file", "EF(ODF) is not on the card")
        self._token_info()
        for file in state.dodfs:
            if has_copy(file.data):
                self._add(file.path, "leftover", "a copy of entries is left of a torn write")
        for item in self._want.objects:
            self._document(item)
            self._entry(item)
        return self._found

    def _add(
        self,
        path: FilePath,
        kind: str,
        message: str,
        offset: int | None = None,
        length: int | None = None,
    ) -> None:
        self._found.append(Difference(path, offset, length, kind, message))

    def _token_info(self) -> None:
        want = self._want.file("token-info")
        if want is None:
            return
        path = self._state.resolve(want.path)
        found = self._look.rows(path, "EF(TokenInfo)")
        if found.info is not None and found.fault is None and found.data[:1] in (b"\0", b"\xff"):
            self._add(path, "content", "EF(TokenInfo) is blank", 0, len(want.content))

    def _document(self, item: DesiredObject) -> None:
        want = item.file
        path = self._state.resolve(want.path)
        where = f"file {path.fid:04X} ({want.name})"
        try:
            found = self._look.document(path, len(want.content), want.format)
        except CardError as error:
            if error.exit_status == 6:
                raise
            self._add(path, "unreadable", str(error))
            return
        if found.info is None:
            self._add(path, "missing-file", f"{where} is not on the card")
            return
        if found.data is None:
            self._add(path, "unreadable", f"{where} cannot be read, so it cannot be compared")
            return
        if found.size < len(want.content):
            self._add(
                path,
                "too-small",
                f"{where} has {found.size} bytes, the document {len(want.content)}",
            )
        end = max(found.extent, len(want.content))
        target = want.content.ljust(end, b"\xff")
        differing = [
            at for at in range(end) if at >= len(found.data) or found.data[at] != target[at]
        ]
        if differing:
            first, last = differing[0], differing[-1]
            self._add(
                path,
                "content",
                f"{where} differs in {len(differing)} bytes from offset {first} to {last}",
                first,
                last - first + 1,
            )

    def _entry(self, item: DesiredObject) -> None:
        path = self._state.resolve(item.file.path)
        here = [
            (file, entry)
            for file in self._state.dodfs
            for entry in file.listed
            if entry.path == path
        ]
        if any(entry.raw == item.entry.raw for _, entry in here):
            broken = [f for f, e in here if e.raw == item.entry.raw and e.raw not in f.physical]
            if not broken:
                return
            self._add(
                broken[0].path, "other-entry", "writing the directory file was never finished"
            )
        elif here:
            file, _ = here[0]
            self._add(
                file.path,
                "other-entry",
                f"the directory entry of file {path.fid:04X} is another one",
            )
        else:
            dodf = self._want.file("dodf")
            assert dodf is not None
            place = self._state.dodfs[0].path if self._state.dodfs else dodf.path
            self._add(place, "missing-entry", f"no directory entry leads to file {path.fid:04X}")
