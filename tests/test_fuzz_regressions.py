"""What the fuzzer starts from and what it ever found, run without it; and its command line."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzz import campaign
from tests.fuzz.__main__ import main
from tests.fuzz.cards import LAST_COMMANDS, AnswerBook, HostileConnection, Spoiler
from tests.fuzz.engine import surviving, telling
from tests.fuzz.registry import TARGETS, corpus, crashes, get, inputs, words

ROOT = Path(__file__).parent.parent
INPUTS = [
    pytest.param(name, path, id=f"{name}-{path.name}") for name in TARGETS for path in inputs(name)
]
MUTANTS = dict.fromkeys(TARGETS, 300) | {"hostile_card": 120, "text_inputs": 120}
INPUT_SECONDS = 1.0


@pytest.mark.no_cover
@pytest.mark.parametrize(("name", "path"), INPUTS)
def test_input_breaks_no_promise(name, path):
    data = path.read_bytes()
    start = time.process_time()
    get(name).one_input(data)
    spent = time.process_time() - start
    assert spent < INPUT_SECONDS, f"{spent:.2f} s of processor time"


def mutated(data: bytes, choice: random.Random) -> bytes:
    """A few of the changes a fuzzer makes."""
    changed = bytearray(data)
    for _ in range(choice.randint(1, 4)):
        at = choice.randrange(len(changed) + 1)
        match choice.randrange(5):
            case 0:
                changed[at:at] = choice.randbytes(choice.randint(1, 4))
            case 1:
                del changed[at : at + choice.randint(1, 8)]
            case 2 if changed:
                changed[at % len(changed)] ^= 1 << choice.randrange(8)
            case 3 if changed:
                changed[at % len(changed)] = choice.choice((0x00, 0x01, 0x7F, 0x80, 0xFF))
            case _:
                start = choice.randrange(len(changed) + 1)
                changed[at:at] = changed[start : start + choice.randint(1, 30)]
    return bytes(changed[:4096])


@pytest.mark.parametrize("name", TARGETS)
def test_mutated_seeds_break_no_promise(name):
    choice = random.Random(f"smartboot {name}")  # the same mutants in every run
    seeds = [path.read_bytes() for path in sorted(corpus(name).iterdir())]
    one_input = get(name).one_input
    for _ in range(MUTANTS[name]):
        data = mutated(choice.choice(seeds), choice)
        try:
            one_input(data)
        except Exception as error:
            pytest.fail(f"{type(error).__name__}: {error}\nthe input: {data.hex()}")


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_is_what_the_seeds_make(name):
    made = get(name).seeds()
    kept = {path.name: path.read_bytes() for path in corpus(name).iterdir()}
    assert set(kept.values()) == set(made.values()), "run: python -m tests.fuzz seeds"
    assert set(kept) <= set(made)
    assert 0 < len(kept) < 60
    assert max(map(len, kept.values())) <= 4096


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_words(name):
    lines = words(name).read_text().splitlines()
    assert len(lines) >= 5
    assert all(line.startswith('"') and line.endswith('"') and len(line) > 2 for line in lines)


def test_inputs_have_names_that_say_what_they_do():
    for name in TARGETS:
        for path in crashes(name).glob("*"):
            assert not path.name.startswith(("crash-", "timeout-", "oom-", "slow-unit-")), path


def test_empty_input():
    for name in TARGETS:
        get(name).one_input(b"")


# -- the cards that lie


def test_a_card_that_has_said_its_all_refuses():
    connection = HostileConnection(AnswerBook(b"\xff" + bytes(253) + b"\x90\x00"))
    while connection.transmit(b"\x00\xb0\x00\x00\x00").sw == 0x9000:
        pass
    assert connection.commands == 0x10000 // 255 + 2
    for _ in range(LAST_COMMANDS - 2):
        assert connection.transmit(b"\x00\xb0\x00\x00\x00").sw == 0x6F00
    with pytest.raises(AssertionError, match="come to an end"):
        connection.transmit(b"\x00\xb0\x00\x00\x00")


class _Echo:
    def answer(self, command: bytes) -> bytes:
        return command + b"\x90\x00"


@pytest.mark.parametrize(
    ("script", "answers"),
    [
        ("01006A82", ["aabb9000", "aabb6a82", "aabb9000"]),
        ("00016A82", ["6a82", "aabb9000"]),
        ("00020001", ["abbb9000", "aabb9000"]),
        ("00030100", ["aa9000"]),
        ("000402FF", ["aabbffff9000"]),
        ("00050300 010203", ["0102039000", "aabb9000"]),
        ("01060000", ["aabb9000", "aabb9000"]),
        ("00080202 CDEF", ["cdefcdefcdef9000"]),
    ],
)
def test_what_a_script_does_to_the_answers(script, answers):
    card = Spoiler(_Echo(), bytes.fromhex(script))
    assert [card.answer(b"\xaa\xbb").hex() for _ in answers] == answers


def test_an_endless_script_begins_again():
    card = Spoiler(_Echo(), bytes.fromhex("01016A82"), endless=True)
    assert [card.answer(b"").hex() for _ in range(6)] == ["9000", "6a82"] * 3


# -- the command line


def run(*arguments: str, timeout_s: float = 100) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.fuzz", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False
    )


def test_help_names_the_targets():
    done = run("run", "--help")
    assert done.returncode == 0
    assert all(name in "".join(done.stdout.split()) for name in TARGETS)


@pytest.mark.parametrize(
    "arguments",
    [["run", "nonsense"], ["seeds", "nonsense"], ["run", "--seconds", "0"], [], ["reproduce"]],
)
def test_wrong_usage(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_reproduce_runs_one_input(capsys, tmp_path):
    path = next(iter(corpus("wbxml").iterdir()))
    assert main(["reproduce", "wbxml", str(path)]) == 0
    assert "nothing wrong" in capsys.readouterr().out


def test_a_long_run_keeps_one_input_for_each_kind_of_fall(tmp_path, capsys):
    def falls(data: bytes) -> None:
        if data.startswith(b"a"):
            raise ValueError("a")
        if data.startswith(b"b"):
            raise KeyError("b")

    survivor = surviving(falls, tmp_path / "found")
    for data in (b"fine", b"a long one", b"a", b"a middle", b"b"):
        survivor(data)
    kept = sorted(path.read_bytes() for path in (tmp_path / "found").iterdir())
    assert kept == [b"a", b"b"]
    assert capsys.readouterr().out.count("FELL") == 2


def test_a_run_that_falls_keeps_its_input(tmp_path, capsys):
    def falls(data: bytes) -> None:
        raise ValueError("told")

    with pytest.raises(ValueError, match="told"):
        telling(falls, tmp_path / "found")(b"abc")
    (kept,) = (tmp_path / "found").iterdir()
    # libFuzzer's own name for it: "crash-" and the SHA-1 of the input.
    assert kept.name == "crash-a9993e364706816aba3e25717850c26c9cd0d89d"
    assert kept.read_bytes() == b"abc"
    told = capsys.readouterr().err
    assert "ValueError: told" in told
    assert campaign._ARTIFACT.findall(told) == [str(kept)]


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed")
def test_a_short_real_run():
    done = run("run", "card_structures", "--seconds", "2", "--seed", "1")
    assert done.returncode == 0, done.stdout
    last = done.stdout.splitlines()[-1]
    assert "0 of 1 targets fell" in last
    assert int(last.split()[1]) > 0
