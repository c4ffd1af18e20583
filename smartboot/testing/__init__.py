"""Cards for the tests of device software: virtual ones in the process or in a PC/SC reader.

pytest finds the plugin by itself once smartboot is installed (``plugin``); what a test imports is
here: builders of cards, the objects the fixtures give, assertions. Everything is loaded when it
is first used, so that a test run that uses none of it pays nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smartboot.testing.assertions import (
        assert_accounts,
        assert_not_read,
        assert_not_written,
        assert_read,
        assert_tpdus,
        assert_written,
    )
    from smartboot.testing.builders import (
        CardDocument,
        card_from_image,
        card_from_profile,
        card_with,
        make_card,
    )
    from smartboot.testing.cards import Cost, TestCard
    from smartboot.testing.commandlog import CardCommand, commands
    from smartboot.testing.pcscd import PcscDaemon, StackUnavailableError
    from smartboot.testing.slots import CardReader

__all__ = [
    "CardCommand",
    "CardDocument",
    "CardReader",
    "Cost",
    "PcscDaemon",
    "StackUnavailableError",
    "TestCard",
    "assert_accounts",
    "assert_not_read",
    "assert_not_written",
    "assert_read",
    "assert_tpdus",
    "assert_written",
    "card_from_image",
    "card_from_profile",
    "card_with",
    "commands",
    "make_card",
]

_HOMES = {
    "CardCommand": "commandlog",
    "CardDocument": "builders",
    "CardReader": "slots",
    "Cost": "cards",
    "PcscDaemon": "pcscd",
    "StackUnavailableError": "pcscd",
    "TestCard": "cards",
    "card_from_image": "builders",
    "card_from_profile": "builders",
    "card_with": "builders",
    "commands": "commandlog",
    "make_card": "builders",
}
"""The module of each name; the assertions are all in one."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'assertions')}"), name)
