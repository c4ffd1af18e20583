"""Which finding codes the source code can report, read from its syntax trees.

Three ways of writing a code are understood: the whole code as a literal (enum members included),
an f-string with a fixed prefix and a parameter of the function it stands in (``f"DM-{code}"``),
whose value is then a literal in the calls of that function, directly or handed on by another
function of the same package; and the renaming of ``formats.convert``, which is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import smartboot
from smartboot.formats.convert import _renamed
from smartboot.model import Finding, Severity

__all__ = ["PREFIXES", "reported_codes", "written_severities"]

ROOT = Path(smartboot.__file__).parent

PREFIXES = (
    "ACC", "BOOT", "CARD", "CONVERT", "CP", "DM", "FILE", "INTEROP", "LWM2M", "P15", "PROFILE",
    "PROV", "SEC", "WBXML",
)  # fmt: skip  # one line of words reads better than twelve

_CODE = re.compile(rf"(?:{'|'.join(PREFIXES)})(?:-[A-Z0-9]+)+")
_TAIL = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")


@dataclass(frozen=True, slots=True)
class _Emitter:
    """A function that makes codes: a prefix, and which parameter holds the rest."""

    name: str
    prefix: str
    parameter: str
    position: int
    default: str | None


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node


def _emitter(function: ast.FunctionDef, prefix: str, parameter: str) -> _Emitter | None:
    names = [argument.arg for argument in function.args.args]
    defaults = dict(zip(reversed(names), reversed(function.args.defaults), strict=False))
    if names[:1] == ["self"]:
        names = names[1:]
    if parameter not in names:
        return None
    default = defaults.get(parameter)
    text = default.value if isinstance(default, ast.Constant) else None
    return _Emitter(
        function.name,
        prefix,
        parameter,
        names.index(parameter),
        text if isinstance(text, str) else None,
    )


def _argument(call: ast.Call, emitter: _Emitter) -> ast.expr | None:
    if len(call.args) < 2:
        # A message stands beside every code; ``seen.add(name)`` is a set's.
        return None
    for keyword in call.keywords:
        if keyword.arg == emitter.parameter:
            return keyword.value
    if len(call.args) > emitter.position:
        return call.args[emitter.position]
    return None


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _prefix_of(node: ast.JoinedStr) -> tuple[str, str] | None:
    """Prefix and variable of an f-string such as ``f"DM-{code}"``."""
    if len(node.values) != 2:
        return None
    first, second = node.values
    if not isinstance(first, ast.Constant) or not isinstance(second, ast.FormattedValue):
        return None
    if not isinstance(second.value, ast.Name):
        return None
    prefix = str(first.value)
    if not prefix.endswith("-") or prefix.split("-")[0] not in PREFIXES:
        return None
    return prefix, second.value.id


def _emitters(trees: list[ast.Module]) -> set[_Emitter]:
    """Those of one package, the ones that only hand a code on included."""
    found: set[_Emitter] = set()
    for tree in trees:
        for function in _functions(tree):
            for node in ast.walk(function):
                made = _prefix_of(node) if isinstance(node, ast.JoinedStr) else None
                emitter = _emitter(function, *made) if made else None
                if emitter is not None:
                    found.add(emitter)
    while found:
        more = set(found)
        for tree in trees:
            for function in _functions(tree):
                for call in [n for n in ast.walk(function) if isinstance(n, ast.Call)]:
                    for emitter in found:
                        value = _argument(call, emitter) if _called(call) == emitter.name else None
                        if isinstance(value, ast.Name):
                            handed = _emitter(function, emitter.prefix, value.id)
                            if handed is not None:
                                more.add(handed)
        if more == found:
            break
        found = more
    return found


def _handed(trees: list[ast.Module]) -> Iterator[tuple[ast.Call, ast.Constant | None, str]]:
    """The calls that put a code together: the call, its literal, and the whole code."""
    emitters = _emitters(trees)
    if not emitters:
        return
    for node in (node for tree in trees for node in ast.walk(tree)):
        if not isinstance(node, ast.Call):
            continue
        for emitter in emitters:
            if _called(node) != emitter.name:
                continue
            value = _argument(node, emitter)
            literal = value if isinstance(value, ast.Constant) else None
            text = emitter.default if value is None else literal and literal.value
            if isinstance(text, str) and _TAIL.fullmatch(text):
                # A function of this name may also be called with a whole code.
                whole = text.startswith(emitter.prefix)
                yield node, literal, text if whole else emitter.prefix + text


def _is_code(node: ast.Constant) -> bool:
    return isinstance(node.value, str) and _CODE.fullmatch(node.value) is not None


def _of_package(trees: list[ast.Module]) -> Iterator[str]:
    consumed: set[int] = set()
    for _, literal, code in _handed(trees):
        consumed.add(id(literal))
        yield code
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Constant) and id(node) not in consumed and _is_code(node):
            yield str(node.value)


@cache
def _packages() -> tuple[dict[Path, ast.Module], ...]:
    """The modules of each package, those that hold the catalogue's own texts left out."""
    folders = sorted({path.parent for path in ROOT.rglob("*.py")} - {ROOT / "checks" / "rules"})
    return tuple(
        {path: ast.parse(path.read_text("utf-8")) for path in sorted(folder.glob("*.py"))}
        for folder in folders
    )


_LEVELS = {
    "error": Severity.ERROR,
    "_error": Severity.ERROR,
    "info": Severity.INFO,
    "_info": Severity.INFO,
}
"""Methods of the OMA DM room whose name says how bad it is."""


def _severity(call: ast.Call) -> Severity | None:
    for value in (*call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
            if value.value.id == "Severity":
                return Severity[value.attr]
        elif isinstance(value, ast.Name) and value.id in ("_ERROR", "_WARNING", "_INFO"):
            return Severity[value.id[1:]]
    return None


def written_severities() -> Iterator[tuple[str, Severity]]:
    """Codes that stand in one call together with their severity. Many, not all."""
    for package in _packages():
        trees = list(package.values())
        for call, _, code in _handed(trees):
            severity = _severity(call)
            if severity is None and code.startswith("DM-"):
                severity = _LEVELS.get(_called(call))
            if severity is not None:
                yield code, severity
        for node in (node for tree in trees for node in ast.walk(tree)):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            first, severity = node.args[0], _severity(node)
            if isinstance(first, ast.Constant) and _is_code(first) and severity is not None:
                yield str(first.value), severity


@cache
def reported_codes() -> frozenset[str]:
    """Every code that some Finding can carry."""
    found: set[str] = set()
    made: set[str] = set()
    for package in _packages():
        codes = set(_of_package(list(package.values())))
        found |= codes
        builders = [package[path] for path in package if path.name.startswith("synthesis")]
        if builders:
            # Only these may stand in a document's findings when accounts are turned into one.
            own = set(_of_package(builders))
            made |= {code for code in own & codes if code.split("-")[0] in ("CP", "DM", "LWM2M")}
    for code in made:
        found.add(_renamed(Finding(code, Severity.WARNING, "", "", "")).code)
    return frozenset(found)
