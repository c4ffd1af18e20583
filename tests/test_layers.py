"""The rooms import downwards only, codecs do no I/O, emulator and reader share no code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "smartboot"

LEAVES = {"errors", "cursor", "frozen", "model"}
IMAGE = {"image", "imagefields", "imagequirks", "imagerules", "imagetext", "yamltext"}
ALLOWED: dict[str, set[str]] = {
    # The public names: imported from where they are when they are first used.
    "__init__": {
        *LEAVES,
        *("api", "bootstrap", "card", "image", "profiles", "provision", "transport"),
    },
    "__main__": {"cli"},
    "errors": set(),
    "cursor": {"errors"},
    "frozen": set(),
    "model": {"frozen"},
    "yamltext": {"errors"},
    "imagequirks": set(),
    "imagerules": {"errors"},
    "imagefields": {"errors", "imagerules"},
    "imagetext": {"errors", "image"},
    "image": {"errors", *IMAGE},
    "apdu": LEAVES,
    "transport": {*LEAVES, "apdu"},
    "card": {*LEAVES, "apdu", "transport"},
    "pkcs15": {*LEAVES, "apdu", "card"},
    "wbxml": LEAVES,
    "formats": {*LEAVES, "wbxml"},
    "bootstrap": {*LEAVES, "yamltext", "apdu", "card", "pkcs15", "formats"},
    # card: FilePath only, which the PKCS#15 codecs take.
    "profiles": {*LEAVES, *IMAGE, "card", "formats", "pkcs15"},
    "provision": {
        *LEAVES,
        *IMAGE,
        "apdu",
        "card",
        "pkcs15",
        "formats",
        "bootstrap",
        "profiles",
    },
    "checks": {
        *LEAVES,
        "yamltext",
        "apdu",
        "card",
        "pkcs15",
        "wbxml",
        "formats",
        "bootstrap",
        "profiles",
    },
    "virtual": {"errors", "apdu", "transport", *IMAGE},
    # What a program gets, and what the command line stands on.
    "api": {
        *LEAVES,
        *IMAGE,
        *("__init__", "apdu", "transport", "card", "pkcs15", "formats", "bootstrap", "checks"),
        *("profiles", "provision", "virtual"),
    },
    "cli": {
        *LEAVES,
        *IMAGE,
        "__init__",
        "api",
        "apdu",
        "transport",
        "card",
        "pkcs15",
        "formats",
        "bootstrap",
        "profiles",
        "provision",
        "virtual",
        "checks",
    },
    "testing": {
        *LEAVES,
        *IMAGE,
        "__init__",
        "apdu",
        "transport",
        "card",
        "pkcs15",
        "formats",
        "bootstrap",
        "profiles",
        "provision",
        "virtual",
    },
}
"""Which rooms each room may import; itself always."""

CODECS = {"errors", "cursor", "frozen", "model", "apdu", "wbxml", "formats", "pkcs15"}
IO_MODULES = {
    *("asyncio", "glob", "http", "io", "multiprocessing", "os", "pathlib", "select", "serial"),
    *("shutil", "signal", "smartcard", "socket", "ssl", "subprocess", "tempfile", "threading"),
    *("time", "urllib"),
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imported(path: Path) -> set[str]:
    """Every module that ``path`` imports, wherever in the file, as a full dotted name."""
    names: set[str] = set()
    package = ("smartboot", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value.startswith("smartboot.")
            and node.value.replace(".", "").replace("_", "").isalnum()
        ):
            # A module named in a table and imported later counts as imported.
            names.add(node.value)
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downwards_only(path: Path) -> None:
    room = room_of(path)
    rooms = {
        name.split(".")[1]
        for name in imported(path)
        if name.startswith("smartboot.") and name.count(".") >= 1
    }
    rooms = {r for r in rooms if (PACKAGE / r).is_dir() or (PACKAGE / f"{r}.py").is_file()}
    assert room in ALLOWED, f"{room} is a new room: say here what it may import"
    assert rooms - {room} <= ALLOWED[room]


@pytest.mark.parametrize(
    "path",
    [p for p in modules() if room_of(p) in CODECS],
    ids=lambda p: str(p.relative_to(PACKAGE)),
)
def test_codecs_cannot_do_io(path: Path) -> None:
    # urllib.parse only splits text.
    tops = {n.split(".")[0] for n in imported(path) if not n.startswith("urllib.parse")}
    tops -= {"urllib"} if "urllib.request" not in imported(path) else set()
    assert not tops & IO_MODULES
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"open", "print", "input"}


@pytest.mark.parametrize(
    "path",
    [p for p in modules() if room_of(p) == "virtual"],
    ids=lambda p: str(p.relative_to(PACKAGE)),
)
def test_emulator_takes_only_the_answer_class_and_the_contract_from_the_reader(path: Path) -> None:
    taken = {name for name in imported(path) if name.startswith(("smartboot.apdu", "smartboot.tr"))}
    assert taken <= {
        "smartboot.apdu",
        "smartboot.apdu.Response",
        "smartboot.transport",
        "smartboot.transport.CardConnection",
        "smartboot.transport.CardProtocol",
        "smartboot.transport.base",
        "smartboot.transport.base.CardConnection",
        "smartboot.transport.base.CardProtocol",
    }


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_pyscard_is_imported_inside_functions_only(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top_level = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in top_level:
        names = [alias.name for alias in node.names]
        module = getattr(node, "module", None) or ""
        assert not module.startswith(("smartcard", "serial"))
        assert not any(name.startswith(("smartcard", "serial")) for name in names)
