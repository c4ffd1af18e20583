"""The pytest plugin: virtual cards for tests of device software.

Fixtures: ``smartboot_card`` makes cards in the process, ``smartboot_reader`` puts cards into
PC/SC readers, ``smartboot_pcscd`` is the PC/SC stack behind these. Loaded into every pytest run
on a machine that has smartboot, so it imports nothing of it until a fixture is used, and leaves
the environment alone until then, or until ``smartboot_pcscd = true`` in the configuration asks.

Where no stack can be had tests that need one are skipped, or fail with SMARTBOOT_REQUIRE_STACK=1.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from smartboot.testing.cards import TestCard
    from smartboot.testing.pcscd import PcscDaemon
    from smartboot.testing.slots import CardReader

__all__ = ["REQUIRE_VARIABLE", "smartboot_card", "smartboot_pcscd", "smartboot_reader"]

REQUIRE_VARIABLE = "SMARTBOOT_REQUIRE_STACK"

_EARLY = "smartboot_pcscd"
_CARDS = pytest.StashKey[list[Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the one option."""
    parser.addini(
        _EARLY,
        "smartboot: all PC/SC of the test process goes to the private pcscd of the fixtures, also "
        "before one is used (needed where tests use PC/SC in the process without them)",
        type="bool",
        default=False,
    )


def pytest_configure(config: pytest.Config) -> None:
    """Claims the socket where the configuration asks for it."""
    if config.getini(_EARLY):
        from smartboot.testing.stack import claim_socket

        claim_socket()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Gives the environment back."""
    if config.getini(_EARLY):
        from smartboot.testing.stack import release_socket

        release_socket()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows the commands of a failed test's cards."""
    report = yield
    cards = item.stash.get(_CARDS, [])
    if cards and report.failed and report.when == "call":
        from smartboot.testing.commandlog import listing

        for card in cards:
            report.sections.append((f"commands of card {card.name}", listing(card.commands)))
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Keeps secrets out of the explanation of a failed ``==`` of what was read."""
    if op != "==" or type(left) is not type(right):
        return None
    if type(left).__module__ not in ("smartboot.model", "smartboot.bootstrap.data"):
        return None
    from smartboot.testing.explain import explain

    return explain(left, right)


@pytest.fixture
def smartboot_card(request: pytest.FixtureRequest) -> Callable[..., TestCard]:
    """``smartboot_card(source, …)`` makes a card in this process (``make_card``).

    ``source``: name of a shipped profile or path of a profile or image (variables as keywords),
    an image, or accounts and documents as Python objects. A failing test shows what its cards
    were sent.
    """
    from smartboot.testing.builders import make_card

    cards = request.node.stash.setdefault(_CARDS, [])

    def make(*arguments: Any, **options: Any) -> TestCard:
        card = make_card(*arguments, **options)
        if card not in cards:
            cards.append(card)
        return card

    return make


@pytest.fixture(scope="session")
def _smartboot_stack() -> Iterator[PcscDaemon]:
    from smartboot.testing.pcscd import StackUnavailableError
    from smartboot.testing.stack import running_stack

    with contextlib.ExitStack() as stack:
        try:
            daemon = stack.enter_context(running_stack())
        except StackUnavailableError as error:
            reason = f"no PC/SC stack: {error}"
            if os.environ.get(REQUIRE_VARIABLE, "") not in ("", "0"):
                pytest.fail(reason)
            pytest.skip(reason)
        yield daemon


@pytest.fixture
def smartboot_pcscd(_smartboot_stack: PcscDaemon) -> Iterator[PcscDaemon]:
    """A running pcscd with two empty virtual slots (``PcscDaemon``), the process's own.

    Tests may stop and restart it. Programs find it with ``smartboot_pcscd.env``.
    """
    from smartboot.testing.stack import sole_use

    with sole_use(_smartboot_stack) as daemon:
        yield daemon


@pytest.fixture
def smartboot_reader(
    smartboot_pcscd: PcscDaemon, smartboot_card: Callable[..., TestCard]
) -> Iterator[Callable[..., CardReader]]:
    """``smartboot_reader(source, …)`` puts a card into a PC/SC reader (``CardReader``).

    ``source`` and keywords as for ``smartboot_card``, or a card that it made. It returns when
    PC/SC reports the card; all readers are empty again after the test. ``slot`` picks one of the
    two readers, otherwise the first empty one is taken.
    """
    from smartboot.errors import UsageError
    from smartboot.testing.slots import CardReader

    with contextlib.ExitStack() as stack:
        readers: list[CardReader] = []

        def put(*arguments: Any, slot: int | None = None, **options: Any) -> CardReader:
            taken = {reader.slot for reader in readers if reader.inserted}
            free = [n for n in range(len(smartboot_pcscd.readers)) if n not in taken]
            if slot is None and not free:
                raise UsageError(f"all {len(taken)} readers have a card; take one out first")
            reader = CardReader(
                smartboot_pcscd,
                smartboot_card(*arguments, **options),
                free[0] if slot is None else slot,
            )
            if reader.slot in taken:
                raise UsageError(f"there is a card in {reader.name!r}; take it out first")
            stack.callback(reader.remove)
            reader.insert()
            readers.append(reader)
            return reader

        yield put
