"""The public names of ``smartboot``: which there are, their signatures, and what they cost.

SMARTBOOT_RECORD=1 writes tests/tables/public_api.txt anew; look at the difference first.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import os
import pkgutil
import subprocess
import sys
from enum import Enum
from pathlib import Path

import pytest

import smartboot

TABLE = Path(__file__).parent / "tables" / "public_api.txt"

FUNCTIONS = """
    apply check decode dump encode erase key_name key_reference list_readers load_image
    load_profile open_card parse_key plan plan_erase plan_restore read_bootstrap render
    shipped_profiles verify write_image
"""
TYPES = """
    Account Applied BootstrapData BootstrapObject Card CardConnection CardIdentity CardImage
    CardKind CardProtocol Connection Credential Difference DocumentFile Dump FilePath Finding
    KeySource Keys LoadedProfile Mismatch Plan Profile ReaderStatus Secret ServerAddress Severity
    Source Step
"""
ERRORS = """
    CardError CardMuteError CardNotPreparedError CardRemovedError DecodeError EncodeError
    FileAbsentError FileUnusableError NoCardError NoReaderError PinBlockedError PinError
    PinRefusedError PinRequiredError ProfileError ProvisioningInterruptedError ReaderBusyError
    ReplayError SecurityStatusError ServiceError SmartbootError TransportError UsageError
"""
NAMES = {*FUNCTIONS.split(), *TYPES.split(), *ERRORS.split(), "__version__"}


def test_the_public_names_are_these() -> None:
    assert set(smartboot.__all__) == NAMES
    assert list(smartboot.__all__) == sorted(smartboot.__all__)


def test_every_name_is_there_and_listed() -> None:
    assert set(dir(smartboot)) >= NAMES
    for name in NAMES:
        assert getattr(smartboot, name) is getattr(smartboot, name)


def test_the_errors_are_the_whole_tree() -> None:
    from smartboot import errors

    assert set(errors.__all__) == set(ERRORS.split())


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'smartboot' has no attribute 'nonsense'"):
        _ = smartboot.nonsense  # type: ignore[attr-defined]
    assert not hasattr(smartboot, "_private")


def test_no_module_of_the_package_takes_a_public_name() -> None:
    """Importing a submodule binds its name in the package: it would replace a function."""
    modules = {module.name for module in pkgutil.iter_modules(smartboot.__path__)}
    assert not modules & NAMES


def test_type_checkers_and_the_interpreter_find_the_same_names() -> None:
    tree = ast.parse(Path(smartboot.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    typed = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == smartboot._HOME_OF


@pytest.mark.parametrize("name", sorted({*FUNCTIONS.split(), *TYPES.split(), *ERRORS.split()}))
def test_functions_and_classes_say_what_they_are(name: str) -> None:
    value = getattr(smartboot, name)
    if inspect.isclass(value) or inspect.isroutine(value):
        assert (value.__doc__ or "").strip()


# -- signatures


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    text = f"{stars.get(parameter.kind, '')}{parameter.name}"
    if parameter.annotation is not parameter.empty:
        text += f": {parameter.annotation}"
    if parameter.default is not parameter.empty:
        default = parameter.default
        shown = getattr(default, "__name__", None) or repr(default)
        text += f" = {shown}"
    return text


def signature(function: object) -> str:
    """The signature in one line, without addresses and the same in every Python."""
    found = inspect.signature(function)  # type: ignore[arg-type]
    parts: list[str] = []
    kinds = [p.kind for p in found.parameters.values()]
    for index, parameter in enumerate(found.parameters.values()):
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and (
            index == 0 or kinds[index - 1] is inspect.Parameter.POSITIONAL_OR_KEYWORD
        ):
            parts.append("*")
        parts.append(_parameter(parameter))
    result = "" if found.return_annotation is found.empty else f" -> {found.return_annotation}"
    return f"({', '.join(parts)}){result}"


def _members(owner: type) -> list[str]:
    lines = []
    fields = {f.name for f in dataclasses.fields(owner)} if dataclasses.is_dataclass(owner) else ()
    pydantic = getattr(owner, "model_fields", {})
    for name in sorted(vars(owner)):
        value = inspect.getattr_static(owner, name)
        if name.startswith("_") or name in fields or name in pydantic or name == "model_config":
            continue
        if isinstance(value, property):
            got = inspect.signature(value.fget).return_annotation if value.fget else ""
            lines.append(f"    {name}: {got}")
        elif isinstance(value, classmethod | staticmethod):
            lines.append(f"    {name}{signature(value.__func__)}")
        elif inspect.isfunction(value):
            lines.append(f"    {name}{signature(value)}")
    for name, field in sorted(pydantic.items()):
        lines.append(f"    {name}, {'needed' if field.is_required() else 'optional'}")
    return sorted(lines)


def describe(name: str) -> list[str]:
    """A public name in a few lines: signature, bases, members."""
    value = getattr(smartboot, name)
    if name == "__version__":
        return []
    if inspect.isclass(value) and issubclass(value, Enum):
        return [f"enum {name}", *(f"    {member.name} = {member.value}" for member in value)]
    if inspect.isclass(value):
        bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
        head = f"class {name}({bases})" if bases else f"class {name}"
        if dataclasses.is_dataclass(value) or issubclass(value, Exception):
            head += f": {signature(value.__init__)}"
        return [head, *_members(value)]
    if inspect.isfunction(value):
        return [f"def {name}{signature(value)}"]
    return [f"type {name}"]


def test_signatures_are_those_recorded() -> None:
    text = "\n".join(line for name in sorted(NAMES) for line in describe(name)) + "\n"
    if os.environ.get("SMARTBOOT_RECORD"):
        TABLE.write_text(text, encoding="utf-8", newline="\n")
    recorded = TABLE.read_text(encoding="utf-8")
    assert text.splitlines() == recorded.splitlines()
    assert " at 0x" not in text


# -- cost


HEAVY = {
    *("smartcard", "pydantic", "cryptography", "ruamel", "rich", "click", "lxml", "serial"),
    *("typing", "dataclasses", "pathlib", "logging"),
}


def loaded_by(code: str) -> set[str]:
    """The modules that ``code`` brings into a bare interpreter."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint(*set(sys.modules) - before)"
    command = [sys.executable, "-S", "-I", "-c", script]
    root = str(Path(smartboot.__file__).parent.parent)
    command[4] = f"import sys; sys.path.insert(0, {root!r})\n{script}"
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return set(done.stdout.split())


def test_importing_smartboot_costs_next_to_nothing() -> None:
    modules = loaded_by("import smartboot")
    assert not {name.split(".")[0] for name in modules} & HEAVY
    assert {name for name in modules if name.startswith("smartboot")} == {"smartboot"}


def test_a_name_loads_only_what_it_needs() -> None:
    modules = loaded_by("import smartboot; smartboot.SmartbootError; smartboot.Account")
    ours = {name for name in modules if name.startswith("smartboot")}
    assert ours == {f"smartboot{part}" for part in ("", ".errors", ".frozen", ".model")}


def test_opening_a_reader_needs_neither_profiles_nor_pcsc() -> None:
    code = "import smartboot, sys; sys.path += PATH; smartboot.open_card; smartboot.read_bootstrap"
    code = code.replace("PATH", repr([p for p in sys.path if p.endswith("-packages")]))
    tops = {name.split(".")[0] for name in loaded_by(code)}
    assert not tops & {"smartcard", "pydantic", "rich", "click", "serial"}


def test_the_marker_for_type_checkers_is_beside_the_modules() -> None:
    assert (Path(smartboot.__file__).parent / "py.typed").is_file()
