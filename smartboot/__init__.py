"""smartboot: bootstrap data for device management on SIM and UICC cards.

Reads, writes, checks and emulates the bootstrap files of OMA Client Provisioning, OMA DM 1.x and
2.0 and OMA LwM2M::

    import smartboot

    with smartboot.open_card("virtual:card_profiles/lwm2m-psk.yaml") as card:
        data = smartboot.read_bootstrap(card)
        for account in data.accounts:
            print(account.protocol, account.server_id)

The names below are the library; ``docs/library.md`` is its guide. Each is imported when it is
first used, so that ``import smartboot`` costs next to nothing. The rooms behind them and what each
may import are listed in ``docs/architecture.md``.
"""

from __future__ import annotations

from importlib import import_module

# Type checkers take a variable of this name for true; importing it would double the start-up.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from smartboot.api.cards import dump, open_card, read_bootstrap
    from smartboot.api.changing import apply, erase, plan, plan_erase, plan_restore, verify
    from smartboot.api.documents import check, decode, encode
    from smartboot.api.keys import Keys, KeySource, parse_key
    from smartboot.api.profiles import Profile, load_image, load_profile, render
    from smartboot.api.readers import list_readers
    from smartboot.bootstrap.data import BootstrapData, BootstrapObject, CardIdentity
    from smartboot.bootstrap.documents import DocumentFile
    from smartboot.card.base import Card, CardKind, FilePath
    from smartboot.card.keys import key_name, key_reference
    from smartboot.errors import (
        CardError,
        CardMuteError,
        CardNotPreparedError,
        CardRemovedError,
        DecodeError,
        EncodeError,
        FileAbsentError,
        FileUnusableError,
        NoCardError,
        NoReaderError,
        PinBlockedError,
        PinError,
        PinRefusedError,
        PinRequiredError,
        ProfileError,
        ProvisioningInterruptedError,
        ReaderBusyError,
        ReplayError,
        SecurityStatusError,
        ServiceError,
        SmartbootError,
        TransportError,
        UsageError,
    )
    from smartboot.image import CardImage, write_image
    from smartboot.model import (
        Account,
        Connection,
        Credential,
        Finding,
        Secret,
        ServerAddress,
        Severity,
        Source,
    )
    from smartboot.profiles.load import LoadedProfile
    from smartboot.profiles.shipped import shipped_profiles
    from smartboot.provision.apply import Applied, Mismatch
    from smartboot.provision.backup import Dump
    from smartboot.provision.steps import Plan, Step
    from smartboot.provision.verify import Difference
    from smartboot.transport.base import CardConnection, CardProtocol
    from smartboot.transport.readers import ReaderStatus

__version__ = "0.1.0"

__all__ = [
    "Account",
    "Applied",
    "BootstrapData",
    "BootstrapObject",
    "Card",
    "CardConnection",
    "CardError",
    "CardIdentity",
    "CardImage",
    "CardKind",
    "CardMuteError",
    "CardNotPreparedError",
    "CardProtocol",
    "CardRemovedError",
    "Connection",
    "Credential",
    "DecodeError",
    "Difference",
    "DocumentFile",
    "Dump",
    "EncodeError",
    "FileAbsentError",
    "FilePath",
    "FileUnusableError",
    "Finding",
    "KeySource",
    "Keys",
    "LoadedProfile",
    "Mismatch",
    "NoCardError",
    "NoReaderError",
    "PinBlockedError",
    "PinError",
    "PinRefusedError",
    "PinRequiredError",
    "Plan",
    "Profile",
    "ProfileError",
    "ProvisioningInterruptedError",
    "ReaderBusyError",
    "ReaderStatus",
    "ReplayError",
    "Secret",
    "SecurityStatusError",
    "ServerAddress",
    "ServiceError",
    "Severity",
    "SmartbootError",
    "Source",
    "Step",
    "TransportError",
    "UsageError",
    "__version__",
    "apply",
    "check",
    "decode",
    "dump",
    "encode",
    "erase",
    "key_name",
    "key_reference",
    "list_readers",
    "load_image",
    "load_profile",
    "open_card",
    "parse_key",
    "plan",
    "plan_erase",
    "plan_restore",
    "read_bootstrap",
    "render",
    "shipped_profiles",
    "verify",
    "write_image",
]

_HOMES = {
    "smartboot.api.cards": "dump open_card read_bootstrap",
    "smartboot.api.changing": "apply erase plan plan_erase plan_restore verify",
    "smartboot.api.documents": "check decode encode",
    "smartboot.api.keys": "Keys KeySource parse_key",
    "smartboot.api.profiles": "Profile load_image load_profile render",
    "smartboot.api.readers": "list_readers",
    "smartboot.bootstrap.data": "BootstrapData BootstrapObject CardIdentity",
    "smartboot.bootstrap.documents": "DocumentFile",
    "smartboot.card.base": "Card CardKind FilePath",
    "smartboot.card.keys": "key_name key_reference",
    "smartboot.errors": """
        CardError CardMuteError CardNotPreparedError CardRemovedError DecodeError
        EncodeError FileAbsentError FileUnusableError NoCardError NoReaderError PinBlockedError
        PinError PinRefusedError PinRequiredError ProfileError ProvisioningInterruptedError
        ReaderBusyError ReplayError SecurityStatusError ServiceError SmartbootError
        TransportError UsageError
    """,
    "smartboot.image": "CardImage write_image",
    "smartboot.model": "Account Connection Credential Finding Secret ServerAddress Severity Source",
    "smartboot.profiles.load": "LoadedProfile",
    "smartboot.profiles.shipped": "shipped_profiles",
    "smartboot.provision.apply": "Applied Mismatch",
    "smartboot.provision.backup": "Dump",
    "smartboot.provision.steps": "Plan Step",
    "smartboot.provision.verify": "Difference",
    "smartboot.transport.base": "CardConnection CardProtocol",
    "smartboot.transport.readers": "ReaderStatus",
}
"""Which module each public name comes from."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562)."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
