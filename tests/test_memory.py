"""Memory is proportional to the document, and heavy modules load only where they are needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.codecs import MEMORY_LIMIT, MEMORY_SIZE, peak_bytes
from benchmarks.documents import CARRIERS, sample
from smartboot.errors import DecodeError
from smartboot.formats import registry
from smartboot.image import write_image
from smartboot.profiles.source import load_profile_or_image

# Memory is counted, so nothing else may be that takes some.
pytestmark = pytest.mark.no_cover

KB_32 = 32 * 1024
PROFILES = Path(__file__).parent.parent / "card_profiles"
HEAVY = {"smartcard", "cryptography", "lxml", "pydantic", "pydantic_core", "ruamel", "rich"}


def attempt(work, *arguments):
    try:
        return work(*arguments)
    except DecodeError as refused:
        return refused


@pytest.mark.parametrize("carrier", CARRIERS)
def test_large_document_takes_little_memory(carrier):
    one = sample(carrier, MEMORY_SIZE)
    handler = registry.get(one.format)
    assert 32_000 < len(one.data) <= KB_32
    padded = one.data.ljust(KB_32, b"\xff")
    assert handler.decode(padded).document == one.document
    assert peak_bytes(lambda: handler.decode(padded)) < MEMORY_LIMIT
    assert peak_bytes(lambda: handler.encode(one.document)) < MEMORY_LIMIT
    assert peak_bytes(lambda: handler.to_plain(one.document)) < MEMORY_LIMIT
    assert peak_bytes(lambda: handler.accounts(one.document)) < MEMORY_LIMIT


@pytest.mark.parametrize("carrier", CARRIERS)
def test_memory_grows_with_the_document_and_not_faster(carrier):
    decode = registry.get(sample(carrier, 500).format).decode
    small, large = sample(carrier, 4_000), sample(carrier, MEMORY_SIZE)
    each = [peak_bytes(lambda d=one.data: decode(d)) / len(one.data) for one in (small, large)]
    assert each[1] < 1.5 * each[0]


HOSTILE = [
    pytest.param("oma-cp", b"\x03\x0b\x6a\x00\x45" + b"\xc6\x01" * 16_000, id="cp-open"),
    pytest.param("oma-cp", b"\x03\x0b\x6a\x00\x45" + b"\x86\x01" * 16_000 + b"\x01", id="cp-empty"),
    pytest.param(
        "oma-cp",
        b"\x03\x0b\x6a\xbf\x00" + b"a" * 0x1F80 + b"\x45" + b"\x86\x08\x83\x00\x01" * 4_000,
        id="cp-table",
    ),
    pytest.param("oma-dm", b"\x02\xa4\x01\x6a\x00\x6d\x6b" + b"\x05" * 32_000 + b"\x01\x01",
                 id="dm-empty"),
    pytest.param("oma-dm", b"[" + b"0," * 16_000 + b"0]", id="json-numbers"),
    pytest.param("oma-dm", b"[" + b"[]," * 10_000 + b"0]", id="json-arrays"),
    pytest.param("oma-dm", b'[{"ClientURI":"a/","MOData":{"a":{' + b'"":0,' * 6_000 + b'"":0}}}]',
                 id="json-names"),
    pytest.param("lwm2m", b"\x00\x01\x7f\xf0\x00\x00\x00\x7f\xeb" + b"\xc0\x00" * 16_363,
                 id="lwm2m-resources"),
    pytest.param("lwm2m", b"\x40\x00\x7f\xfc" + bytes(5) * 6_552, id="lwm2m-objects"),
    pytest.param("lwm2m", b"\x00\x01\x7f\xf0\x00\x00\x00\x7f\xeb" + b"\x00\x00" * 16_363,
                 id="lwm2m-instances"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data"), HOSTILE)
def test_hostile_file_of_32_kb_takes_little_memory(name, data):
    """The densest documents there are: no content, only structure."""
    handler = registry.get(name)
    assert len(data) <= KB_32 + 64
    assert peak_bytes(lambda: attempt(handler.decode, data)) < MEMORY_LIMIT


def modules(code: str) -> set[str]:
    """The modules that a new interpreter has after running ``code``."""
    script = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def loaded(code: str) -> set[str]:
    """The same by their top name."""
    return {name.partition(".")[0] for name in modules(code)}


def run(*arguments: str) -> str:
    """Code that runs the command line."""
    return (
        "from smartboot.cli import main\n"
        f"try:\n    main({list(arguments)!r})\nexcept SystemExit as end:\n    assert not end.code"
    )


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), *((name, "--help") for name in ("read", "decode", "emulate"))],
    ids=" ".join,
)
def test_help_loads_nothing_heavy(arguments):
    assert not loaded(run(*arguments)) & HEAVY


def test_every_command_is_imported_light():
    code = "from smartboot.cli.root import COMMANDS, cli\nimport click\n"
    code += "context = click.Context(cli)\n"
    code += "for name in COMMANDS: cli.get_command(context, name).get_help(context)"
    assert not loaded(code) & HEAVY


@pytest.mark.parametrize("carrier", CARRIERS)
def test_decoding_as_json_loads_only_its_own_format(carrier, tmp_path):
    one = sample(carrier, 500)
    path = tmp_path / "document.bin"
    path.write_bytes(one.data)
    code = run("decode", str(path), "--format", "json")
    assert not loaded(code) & {"smartcard", "cryptography", "pydantic", "ruamel", "rich"}


def test_reading_a_virtual_card_needs_no_reader():
    names = loaded(run("-r", f"virtual:{PROFILES / 'lwm2m-psk.yaml'}", "read", "--format", "json"))
    assert not names & {"smartcard", "rich"}


def test_reading_a_card_image_needs_nothing_of_profiles_or_scenarios(tmp_path):
    image = tmp_path / "card.yaml"
    write_image(load_profile_or_image(PROFILES / "lwm2m-psk.yaml"), image)
    names = modules(run("-r", f"virtual:{image}", "read", "--format", "json"))
    assert "smartboot.virtual.card" in names
    assert not {"smartboot.profiles.load", "smartboot.virtual.scenario"} & names
    assert not [name for name in names if name.startswith("smartboot.provision")]


def test_decoding_needs_nothing_of_cards(tmp_path):
    path = tmp_path / "document.bin"
    path.write_bytes(sample("oma-cp", 500).data)
    names = modules(run("decode", str(path), "--format", "json"))
    rooms = {name.split(".")[1] for name in names if name.startswith("smartboot.")}
    assert not rooms & {"card", "pkcs15", "apdu", "transport", "virtual", "provision"}


def test_codecs_load_without_anything_else():
    code = "".join(f"from smartboot.formats import registry; registry.get({name!r})\n"
                   for name in registry.NAMES)  # fmt: skip
    assert not loaded(code) & {"smartcard", "cryptography", "pydantic", "ruamel", "rich", "click"}
