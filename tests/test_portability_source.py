"""What the sources say about other systems: encodings named, POSIX guarded, paths not glued.

These rules are checked on the syntax tree, so that nobody needs a Windows machine to keep them.
``mypy --platform win32`` and ``darwin`` know the rest; that takes long and is in the slow run.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "smartboot"
MODULES = sorted(PACKAGE.rglob("*.py"))

POSIX_MODULES = {
    *("crypt", "curses", "fcntl", "grp", "nis", "posix", "pty", "pwd", "readline", "resource"),
    *("spwd", "syslog", "termios", "tty"),
}
POSIX_NAMES = {
    "os": {
        *("chown", "chroot", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid"),
        *("getgroups", "getpgid", "getuid", "initgroups", "kill", "killpg", "lchown", "major"),
        *("minor", "mkfifo", "mknod", "nice", "openpty", "posix_spawn", "setgid", "setgroups"),
        *("setpgid", "setsid", "setuid", "statvfs", "uname", "wait", "wait4", "waitpid"),
        *("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "O_NOCTTY"),
    },
    "signal": {
        *("SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP", "SIGUSR1"),
        *("SIGUSR2", "SIGWINCH", "alarm", "pause", "pthread_sigmask", "setitimer", "siginterrupt"),
    },
    "socket": {"AF_UNIX", "AF_NETLINK", "MSG_NOSIGNAL", "SO_REUSEPORT", "TCP_QUICKACK"},
    "subprocess": set(),
}
"""Names that are missing somewhere. Used only where the platform was asked for before."""

TEXT_CALLS = {"open", "read_text", "write_text", "fdopen", "TextIOWrapper", "NamedTemporaryFile"}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(node: ast.expr) -> str:
    """``a.b`` for the attribute b of the name a, ``.b`` for that of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{node.value.id if isinstance(node.value, ast.Name) else ''}.{node.attr}"
    return ""


def mode_of(call: ast.Call, method: str) -> str | None:
    """The mode of a call that opens a file; None where it is no literal, "r" where left out."""
    for keyword in call.keywords:
        if keyword.arg == "mode":
            return keyword.value.value if isinstance(keyword.value, ast.Constant) else None
    place = 1 if name_of(call.func) in ("open", "os.fdopen", "io.open", "fdopen") else 0
    if method == "NamedTemporaryFile" and len(call.args) <= place:
        return "w+b"
    if len(call.args) <= place:
        return "r"
    mode = call.args[place]
    return mode.value if isinstance(mode, ast.Constant) and isinstance(mode.value, str) else None


def unnamed_encodings(tree: ast.Module) -> Iterator[int]:
    """Lines that open a file as text without saying in which encoding."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = name_of(node.func)
        method = name.rpartition(".")[2]
        keywords = {keyword.arg for keyword in node.keywords}
        if method in ("run", "Popen", "check_output", "check_call") and name.startswith(
            "subprocess."
        ):
            if keywords & {"text", "universal_newlines"} and "encoding" not in keywords:
                yield node.lineno
            continue
        if method not in TEXT_CALLS or "encoding" in keywords or name == "os.open":
            continue
        if method in ("open", "fdopen", "NamedTemporaryFile"):
            mode = mode_of(node, method)
            # Other things are opened too (ports, sessions): those are given no mode of a file.
            is_file = mode is not None and bool(re.fullmatch(r"[rwxab+t]+", mode))
            if is_file and mode is not None and "b" not in mode and looks_like_a_file(node, name):
                yield node.lineno
        elif len(node.args) < {"read_text": 1}.get(method, 2):
            yield node.lineno


def looks_like_a_file(call: ast.Call, name: str) -> bool:
    """``session.open()`` opens no file: a mode is given, or it is a function or a path's method."""
    if name in ("open", "io.open", "os.fdopen", "fdopen") or call.args or call.keywords:
        return True
    return bool(re.search(r"path|file", name.partition(".")[0], re.IGNORECASE))


def asks_for_platform(node: ast.expr) -> bool:
    text = ast.unparse(node)
    return "sys.platform" in text or "os.name" in text or "hasattr(" in text or "is_linux" in text


def unguarded(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """POSIX names used in a function that does not ask for the platform before."""

    def leaves(block: list[ast.stmt]) -> bool:
        return isinstance(block[-1], ast.Return | ast.Raise | ast.Continue)

    def uses(node: ast.AST) -> Iterator[tuple[int, str]]:
        for child in ast.walk(node):
            if isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name):
                owner = child.value.id
                if child.attr in POSIX_NAMES.get(owner, ()):
                    yield child.lineno, f"{owner}.{child.attr}"
            elif isinstance(child, ast.keyword) and child.arg in ("preexec_fn", "pass_fds"):
                yield child.value.lineno, child.arg

    def block(statements: list[ast.stmt]) -> Iterator[tuple[int, str]]:
        for statement in statements:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.With | ast.For):
                yield from block(statement.body)
            elif isinstance(statement, ast.Try):
                yield from block([*statement.body, *statement.orelse, *statement.finalbody])
            elif isinstance(statement, ast.If):
                if asks_for_platform(statement.test):
                    if leaves(statement.body):
                        return
                    yield from block(statement.orelse)
                else:
                    yield from block([*statement.body, *statement.orelse])
            else:
                yield from uses(statement)

    yield from block(tree.body)


def early_imports(tree: ast.Module) -> Iterator[str]:
    """POSIX-only modules that are imported together with the module."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] in POSIX_MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "") in POSIX_MODULES:
            yield node.module or ""


def glued_paths(tree: ast.Module) -> Iterator[int]:
    """Lines that put a path together from texts, or take one apart as if it had one form."""
    banned = ("os.sep", "os.path.join", "os.path.split", "os.path.dirname")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in banned:
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module == "os.path":
            yield node.lineno
        elif isinstance(node, ast.Call) and name_of(node.func).rpartition(".")[2] in (
            *("Path", "open", "load_image", "write_image", "load_trace", "TraceFile"),
        ):
            for argument in node.args[:1]:
                joined = isinstance(argument, ast.JoinedStr) and any(
                    isinstance(part, ast.Constant) and "/" in str(part.value)
                    for part in argument.values
                )
                added = isinstance(argument, ast.BinOp) and "/" in ast.unparse(argument)
                if joined or added:
                    yield node.lineno


@pytest.mark.parametrize("rule", [unnamed_encodings, unguarded, early_imports, glued_paths])
def test_sources_keep_the_rule(rule: object) -> None:
    assert callable(rule)
    found = [
        f"{path.relative_to(ROOT)}: {place}" for path in MODULES for place in rule(tree_of(path))
    ]
    assert not found


def test_renaming_replaces_what_is_there() -> None:
    """``os.rename`` fails on Windows where the target exists; ``replace`` does not."""
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and name_of(node.func) == "os.rename":
                pytest.fail(f"{path.relative_to(ROOT)}:{node.lineno}")


BAD = {
    unnamed_encodings: [
        "open('a')",
        "open('a', 'w')",
        "path.open()",
        "Path('a').open('r')",
        "path.read_text()",
        "path.read_text(errors='replace')",
        "path.write_text('x')",
        "os.fdopen(1, 'w')",
        "io.TextIOWrapper(raw)",
        "subprocess.run([], text=True)",
        "tempfile.NamedTemporaryFile('w')",
    ],
    unguarded: [
        "os.getuid()",
        "def f():\n  os.killpg(1, 9)",
        "if x:\n  signal.SIGKILL",
        "socket.socket(socket.AF_UNIX)",
        "try:\n  os.fork()\nexcept OSError:\n  pass",
        "subprocess.Popen([], preexec_fn=f)",
        "if sys.platform == 'win32':\n  x = 1\nos.getuid()",
    ],
    early_imports: ["import fcntl", "from termios import error"],
    glued_paths: [
        "Path(f'{folder}/a')",
        "open(folder + '/a')",
        "os.path.join('a', 'b')",
        "from os.path import join",
        "text.split(os.sep)",
        "os.path.dirname(__file__)",
    ],
}
GOOD = {
    unnamed_encodings: [
        "open('a', 'rb')",
        "open('a', encoding='utf-8')",
        "path.open('wb')",
        "path.read_bytes()",
        "os.open('a', 0)",
        "session.open()",
        "path.read_text('ascii')",
        "path.write_text('x', 'ascii')",
        "tempfile.NamedTemporaryFile()",
    ],
    unguarded: [
        "if sys.platform == 'win32':\n  raise OSError\nos.getuid()",
        "if hasattr(os, 'fchmod'):\n  os.fchmod(1, 0)",
        "signal.SIGINT",
        "os.getpid()",
    ],
    early_imports: ["def f():\n  import fcntl", "import signal"],
    glued_paths: ["os.path.abspath(a)", "Path(folder) / 'a'", "Path('/proc')", "f'{a}/b'"],
}


@pytest.mark.parametrize("rule", BAD, ids=lambda rule: rule.__name__)
def test_rules_see_what_they_are_for(rule: object) -> None:
    assert callable(rule)
    for text in BAD[rule]:
        assert list(rule(ast.parse(text))), text
    for text in GOOD[rule]:
        assert not list(rule(ast.parse(text))), text


@pytest.mark.slow
@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_type_checks_for_other_systems(platform: str, tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-warn-unreachable"]
    done = subprocess.run(
        [*command, f"--platform={platform}", f"--cache-dir={tmp_path}", str(PACKAGE)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout
