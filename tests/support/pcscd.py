"""The PC/SC stack for smartboot's own tests: the pytest plugin's, under the names used here.

``pcscd`` is a running daemon with empty slots, ``virtual_reader`` puts a card in. The socket is
claimed when the session is configured, since many tests use PC/SC without either fixture: they
must never reach a pcscd of the machine.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smartboot.image import CardImage
from smartboot.testing import plugin
from smartboot.testing.pcscd import PcscDaemon
from smartboot.testing.slots import ServedCard, await_card
from smartboot.testing.stack import claim_socket
from smartboot.virtual.card import VirtualCard

__all__ = ["PcscDaemon", "ServedCard", "await_card", "pcscd", "virtual_reader"]


def pytest_configure(config: pytest.Config) -> None:
    # The entry point of an installed smartboot has registered it, unless that is an older one.
    if not config.pluginmanager.is_registered(plugin):
        config.pluginmanager.register(plugin, "smartboot")
    claim_socket()


@pytest.fixture
def pcscd(smartboot_pcscd: PcscDaemon) -> PcscDaemon:
    """A running pcscd with virtual slots, all of them empty. Tests may stop and restart it."""
    return smartboot_pcscd


@pytest.fixture
def virtual_reader(
    pcscd: PcscDaemon,
) -> Callable[..., contextlib.AbstractContextManager[Any]]:
    """``with virtual_reader(what, slot=0) as card``: a card in a slot, seen by PC/SC.

    ``what`` is a ``VirtualCard`` or a ``CardImage``, and then ``card`` is the ``VirtualCard``; or
    it is called with the port, connects a card to vpcd and returns it, an object with
    ``remove()`` (``FakeCard`` will do). The block begins when PC/SC reports the card with its
    ATR, and the slot is empty again behind it.
    """

    @contextlib.contextmanager
    def insert(what: Any, slot: int = 0) -> Iterator[Any]:
        card = VirtualCard(what) if isinstance(what, CardImage) else what
        if isinstance(card, VirtualCard):
            served: Any = pcscd.insert(functools.partial(ServedCard, card), slot)
        else:
            served = card = pcscd.insert(what, slot)
        try:
            yield card
        finally:
            pcscd.remove(served, slot)

    return insert
