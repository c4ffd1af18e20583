"""Assertions on what a card holds, and on what was read from it, written to it and at which cost.

A failure says what differs and lists the commands; it never shows a secret: keys, passwords and
the bytes of files are compared and not printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from smartboot.errors import UsageError
from smartboot.model import Account
from smartboot.testing.cards import TestCard
from smartboot.testing.commandlog import CardCommand, HasCommands, listing
from smartboot.testing.compare import account_differences

if TYPE_CHECKING:
    from smartboot.bootstrap import BootstrapData
    from smartboot.image import CardImage, FileImage
    from smartboot.testing.cards import Cost

__all__ = [
    "assert_accounts",
    "assert_not_read",
    "assert_not_written",
    "assert_read",
    "assert_tpdus",
    "assert_written",
]

_MF = 0x3F00
_ADF = 0x7FFF
_READS = ("READ BINARY", "READ RECORD")


def assert_accounts(
    card: TestCard | BootstrapData | Sequence[Account],
    expected: Sequence[Account | Mapping[str, Any]],
) -> None:
    """The server accounts are the expected ones, in the order of the card.

    ``card`` is a card (what it holds now; looking counts no command), what was read from one, or
    accounts. An expected account is an ``Account``, compared but for its source and for what it
    leaves at None, or a mapping with as many fields of the JSON of ``smartboot read`` as the test
    cares for. A secret may be given as a ``Secret``, bytes, or text, ``hex:…`` included.
    """
    __tracebackhide__ = True
    data = card.content() if isinstance(card, TestCard) else card
    findings: Iterable[Any] = ()
    if isinstance(data, Sequence):
        accounts = list(data)
    else:
        accounts, findings = list(data.accounts), data.findings
    faults = []
    if len(accounts) != len(expected):
        faults.append(f"{len(accounts)} accounts, expected {len(expected)}")
    for number, (want, got) in enumerate(zip(expected, accounts, strict=False)):
        faults += [f"accounts[{number}]{fault}" for fault in account_differences(want, got)]
    if faults:
        found = [f"  {_summary(account)}" for account in accounts]
        notes = [f"  {f.severity}: {f.code} {f.where}: {f.message}" for f in findings]
        _fail(*faults, "accounts there:", *(found or ["  none"]), *notes)


def assert_tpdus(
    card: TestCard | Cost, *, at_most: int | None = None, exactly: int | None = None
) -> None:
    """The card was sent no more commands than ``at_most``, or just ``exactly`` so many.

    For a ``TestCard`` since it was made, for the ``Cost`` of ``card.counting()`` in its block.
    On T=0 a command is a TPDU: GET RESPONSE and a repetition after 6Cxx count.
    """
    __tracebackhide__ = True
    if (at_most is None) == (exactly is None):
        raise UsageError("give one of at_most and exactly")
    spent = card.tpdus
    if exactly is not None and spent != exactly:
        _fail(f"{spent} TPDUs, expected {exactly}:", listing(card.commands))
    if at_most is not None and spent > at_most:
        _fail(f"{spent} TPDUs, at most {at_most} are allowed:", listing(card.commands))


def assert_read(
    card: TestCard, path: str, *, of: HasCommands | None = None, at_most: int | None = None
) -> None:
    """The file was read, and of it no more than ``at_most`` bytes (repeated ones count again).

    ``path`` is ``7F50/6432``, or a file id alone where only one file has it. ``of`` limits the
    question to a counted block.
    """
    __tracebackhide__ = True
    reads = _reads(card, path, of or card)
    amount = sum(command.received for command in reads)
    if not amount:
        _fail(f"no byte of file {path} was read:", listing((of or card).commands))
    if at_most is not None and amount > at_most:
        _fail(f"{amount} bytes of file {path} read, at most {at_most} are allowed:", listing(reads))


def assert_not_read(card: TestCard, path: str, *, of: HasCommands | None = None) -> None:
    """No byte of the file was read."""
    __tracebackhide__ = True
    reads = [command for command in _reads(card, path, of or card) if command.received]
    if reads:
        _fail(f"file {path} was read:", listing(reads))


def assert_written(card: TestCard, path: str, data: bytes | None = None, *, at: int = 0) -> None:
    """The file's content is another than when the card was made; with ``data``, it is that.

    ``data`` is compared with the file's bytes from offset ``at`` on, and the rest of the file is
    left out; then the file may also have held it from the beginning. A file that was created
    counts as written.
    """
    __tracebackhide__ = True
    now = card.image()
    place = _locate(now, path)
    body = _body(now, place)
    if data is None:
        if body == _body(card.original, place):
            _fail(f"file {path} holds what it held when the card was made:", _writes(card))
        return
    found = (body or b"")[at : at + len(data)]
    if found != data:
        same = next(
            (i for i, (a, b) in enumerate(zip(found, data, strict=False)) if a != b), len(found)
        )
        _fail(
            f"file {path} ({len(body or b'')} bytes) holds other bytes from offset {at + same} on "
            f"than the {len(data)} expected from offset {at} (contents are not shown):",
            _writes(card),
        )


def assert_not_written(card: TestCard, path: str | None = None) -> None:
    """The file, or without ``path`` every file, holds what it held when the card was made.

    A file written and then written back as it was does not count as written; count the commands
    (``writes``) to see that.
    """
    __tracebackhide__ = True
    now = card.image()
    if path is not None:
        place = _locate(now, path)
        changed = [place] if _body(now, place) != _body(card.original, place) else []
    else:
        places = {p for image in (now, card.original) for p, _ in image.walk()}
        changed = sorted(p for p in places if _body(now, p) != _body(card.original, p))
    if changed:
        names = ", ".join("/".join(f"{fid:04X}" for fid in place) for place in changed)
        _fail(f"written: {names}", _writes(card))


def _fail(*lines: str) -> NoReturn:
    __tracebackhide__ = True
    raise AssertionError("\n".join(lines))


def _summary(account: Account) -> str:
    uris = ", ".join(address.uri for address in account.addresses) or "no address"
    return f"{account.carrier} {account.role} {account.server_id or '-'}: {uris}"


def _writes(card: TestCard) -> str:
    sent = [c for c in card.commands if c.sent and c.name not in ("SELECT", "GET RESPONSE")]
    return f"commands that sent data:\n{listing(sent)}"


def _body(image: CardImage, place: tuple[int, ...]) -> bytes | None:
    """A file's content; None where there is no such file. A directory's is empty."""
    file = image.find(place)
    return None if file is None else file.body


def _locate(image: CardImage, path: str) -> tuple[int, ...]:
    """The full path of the file meant. Errors: UsageError for none and for several."""
    try:
        wanted = tuple(int(part, 16) for part in path.replace("3F00/", "").split("/"))
    except ValueError:
        raise UsageError(f"{path!r} is no path of file ids like 7F50/6432") from None
    found = [place for place, _ in image.walk() if place[-len(wanted) :] == wanted]
    exact = [place for place in found if place == (_MF, *wanted)]
    if len(exact or found) == 1:
        return (exact or found)[0]
    many = ", ".join("/".join(f"{fid:04X}" for fid in place) for place in found)
    raise UsageError(
        f"more than one file is meant by {path}: {many}"
        if found
        else f"the card has no file {path}"
    )


def _reads(card: TestCard, path: str, of: HasCommands) -> list[CardCommand]:
    image = card.image()
    place = _locate(image, path)
    names = {"/".join(f"{fid:04X}" for fid in place)}
    # Under an application selected by its AID, readers name files from 7FFF on.
    parent: FileImage | None = image.find(place[:2])
    if parent is not None and parent.type == "adf":
        names.add("/".join(f"{fid:04X}" for fid in (_ADF, *place[2:])))
    return [c for c in of.commands if c.name in _READS and c.path in names]
