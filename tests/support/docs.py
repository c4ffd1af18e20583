"""The commands that the pages show, run as a reader of the page would run them.

A command is a line in a code block (indented by four blanks, or fenced as ``console``) that
begins with ``smartboot``, a ``$`` before it or not; what follows a ``$`` line is the output it
shows, where a line ``...`` stands for any lines. A page is run from its top to its end in one
empty folder that has a copy of ``card_profiles`` in it, so that later commands find what earlier
ones made.

Comments in the page's source steer this; nobody sees them who reads the page:

``<!-- run: card FILE -->``     from here on the card in the reader is the one that FILE describes
``<!-- run: put PATH -->``      copy a file of the repository into the folder, by its own name
``<!-- run: write NAME TEXT -->`` make a file (``\\n`` is a new line)
``<!-- run: example NAME START -->``  make a file of the page's own block that begins so
``<!-- run: bytes NAME -->``    make a file of the hex in the tables up to the next comment
``<!-- run: env NAME=VALUE -->``  an environment variable for the rest of the page
``<!-- run: answer TEXT -->``   what somebody types when the next block's commands ask
``<!-- run: status N -->``      the next block's last command ends with this exit status
``<!-- run: elsewhere TEST -->``  the next block is run by this test instead (``file.py::name``)
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.cli import Outcome, smartboot

__all__ = ["Block", "Command", "PageRun", "blocks", "matches", "shell"]

ROOT = Path(__file__).parent.parent.parent
_COMMENT = re.compile(r"^<!-- run: (\w+) ?(.*?) ?-->$")


@dataclass
class Command:
    """One command line and the output that the page shows for it (None when it shows none)."""

    line: str
    number: int
    shown: list[str] | None = None


@dataclass
class Block:
    """Commands that stand together, with the comments right before them."""

    commands: list[Command] = field(default_factory=list)
    orders: list[tuple[str, str]] = field(default_factory=list)


def _code(text: str) -> Iterator[tuple[int, str | None]]:
    """Line numbers with the code on them; None between two blocks, and for every other line."""
    fence: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if fence is None and (opened := re.match(r"^```(\w*)", line)):
            fence = opened[1]
            yield number, None
        elif fence is not None:
            if line.startswith("```"):
                fence = None
                yield number, None
            else:
                yield number, line if fence == "console" else None
        elif line.startswith("    "):
            yield number, line[4:]
        else:
            yield number, "" if not line else None


def blocks(text: str) -> list[Block]:
    """The blocks of a page that hold commands or orders, in order."""
    lines = text.splitlines()
    found: list[Block] = []
    current = Block()
    for number, code in _code(text):
        if code is None:
            if current.commands:
                found.append(current)
                current = Block()
            order = _COMMENT.match(lines[number - 1])
            if order:
                current.orders.append((order[1], order[2]))
            continue
        prompt = code.startswith("$ ")
        line = code.removeprefix("$ ")
        if re.match(r"(\w+=\S+ |echo .*\| )*smartboot ", line):
            current.commands.append(Command(line, number, [] if prompt else None))
        elif current.commands and current.commands[-1].shown is not None:
            current.commands[-1].shown.append(code)
    if current.commands or current.orders:
        found.append(current)
    return found


def _trimmed(lines: list[str]) -> list[str]:
    """Without blanks at the ends of lines, and empty lines at the ends."""
    return "\n".join(line.rstrip() for line in lines).strip("\n").splitlines()


def matches(shown: list[str], printed: str) -> bool:
    """Whether the printed lines are those shown; a shown ``...`` stands for any lines."""
    want, have = _trimmed(shown), _trimmed(printed.splitlines())
    groups: list[list[str]] = [[]]
    for line in want:
        if line.strip() == "...":
            groups.append([])
        else:
            groups[-1].append(line)
    if len(groups) == 1:
        return have == want
    first, *middle, last = groups
    end = len(have) - len(last)
    if have[: len(first)] != first or end < len(first) or have[end:] != last:
        return False
    place = len(first)
    for group in middle:
        starts = range(place, end - len(group) + 1)
        at = next((i for i in starts if have[i : i + len(group)] == group), None)
        if at is None:
            return False
        place = at + len(group)
    return True


def shell(
    line: str, answer: str | None, folder: Path, environ: Callable[[str, str], None]
) -> Outcome:
    """``NAME=VALUE smartboot ARGUMENTS > FILE``, and ``echo TEXT | smartboot ARGUMENTS``."""
    words = [
        str(found)
        for word in shlex.split(line, comments=True)
        for found in (sorted(Path().glob(word)) if word.endswith("/*.yaml") else [word])
    ]
    piped = "|" in words
    stdin = (answer or "").encode() + b"\n"
    if "|" in words:
        at = words.index("|")
        assert words[0] == "echo", f"only echo is piped: {line}"
        stdin, words = " ".join(words[1:at]).encode() + b"\n", words[at + 1 :]
    while "=" in words[0]:
        environ(*words.pop(0).split("=", 1))
    target = None
    if ">" in words:
        at = words.index(">")
        (target,) = words[at + 1 :]
        words = words[:at]
    assert words[0] == "smartboot"
    outcome = smartboot(*words[1:], stdin=stdin, answers=answer is not None and not piped)
    if target is not None:
        (folder / target).write_text(outcome.out, encoding="utf-8")
    return outcome


class PageRun:
    """Runs the blocks of one page in ``folder``; ``environ`` sets a variable for its commands."""

    def __init__(self, page: Path, folder: Path, environ: Callable[[str, str], None]) -> None:
        self.text = page.read_text(encoding="utf-8")
        self.folder = folder
        self.environ = environ
        self.elsewhere: list[str] = []
        shutil.copytree(ROOT / "card_profiles", folder / "card_profiles")

    def run_all(self) -> None:
        """Run every block of the page. Errors: AssertionError, which names the line."""
        for block in blocks(self.text):
            self._run(block)

    def _run(self, block: Block) -> None:
        """Obey the orders, run the commands, compare what they print."""
        status, skipped, answer = 0, False, None
        for name, rest in block.orders:
            if name == "status":
                status = int(rest)
            elif name == "answer":
                answer = rest
            elif name == "elsewhere":
                self.elsewhere.append(rest)
                skipped = True
            else:
                self._prepare(name, rest)
        if skipped:
            return
        for command in block.commands:
            outcome = shell(command.line, answer, self.folder, self.environ)
            expected = status if command is block.commands[-1] else 0
            place = f"line {command.number}: {command.line}"
            assert outcome.status == expected, f"{place}: {outcome.status}, {outcome.err}"
            if command.shown and any(line.strip() for line in command.shown):
                printed = outcome.out if outcome.out.strip() else outcome.err
                assert matches(command.shown, printed), f"{place} printed:\n{printed}"

    def _prepare(self, name: str, rest: str) -> None:
        if name == "card":
            card = self.folder / "card-in-reader.yaml"
            shutil.copy(self.folder / rest, card)
            self.environ("SMARTBOOT_READER", f"virtual:{card.name}?save={card.name}")
        elif name == "put":
            shutil.copy(ROOT / rest, self.folder / Path(rest).name)
        elif name == "write":
            file, text = rest.split(" ", 1)
            (self.folder / file).write_text(text.replace("\\n", "\n"), encoding="utf-8")
        elif name == "example":
            file, start = rest.split(" ", 1)
            examples = re.findall(r"```\w+\n(.*?)```", self.text, re.DOTALL)
            (example,) = [one for one in examples if one.startswith(start)]
            (self.folder / file).write_text(example, encoding="utf-8")
        elif name == "bytes":
            behind = self.text.split(f"<!-- run: bytes {rest} -->", 1)[1].split("<!-- run:", 1)[0]
            cells = re.findall(r"^\| `([0-9A-F ]+)` \|", behind, re.MULTILINE)
            (self.folder / rest).write_bytes(bytes.fromhex(" ".join(cells)))
        elif name == "env":
            self.environ(*rest.split("=", 1))
        else:
            raise AssertionError(f"no such order: {name}")
