"""Slips of the fingers on the command line: each is answered with what was meant."""

from __future__ import annotations

import pytest

from tests.support.cli import smartboot


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("read", "-r", "pcsc:0"), "hint:  -r stands before the command: smartboot -r ... read"),
        (
            ("info", "--reader", "pcsc:0"),
            "hint:  --reader stands before the command: smartboot --reader ... info",
        ),
        (("check", "-v"), "hint:  -v stands before the command: smartboot -v ... check"),
        (
            ("trace", "show", "-r", "x"),
            "hint:  -r stands before the command: smartboot -r ... trace show",
        ),
    ],
)
def test_an_option_of_all_commands_behind_one(arguments: tuple[str, ...], hint: str) -> None:
    outcome = smartboot(*arguments)
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1] == hint


@pytest.mark.parametrize("arguments", [("read", "--colour"), ("--colour", "read")])
def test_an_option_of_nobody_gets_no_such_hint(arguments: tuple[str, ...]) -> None:
    outcome = smartboot(*arguments)
    assert outcome.status == 2
    assert "No such option" in outcome.err
    assert "stands before" not in outcome.err


@pytest.mark.parametrize(
    ("typed", "meant"), [("raed", "read"), ("verfy", "verify"), ("profile", "profiles")]
)
def test_a_command_typed_wrong(typed: str, meant: str) -> None:
    outcome = smartboot(typed)
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1].endswith(
        f"No such command {typed!r}. Did you mean {meant!r}?"
    )


def test_a_command_that_is_like_none() -> None:
    outcome = smartboot("card.yaml")
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1].endswith("No such command 'card.yaml'.")
