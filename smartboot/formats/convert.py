"""Server accounts from one bootstrap format to another: w7, DMAcc 1.0/1.1, DMAcc 1.2, LwM2M.

The way is always document, accounts, document: what the accounts do not hold (vendor nodes, ACLs
of their own, other applications) stays behind. What the accounts hold and the target does not
take is reported, never dropped in silence: CONVERT-NOT-CARRIED, and CONVERT-MADE-UP for values the
target requires and nobody gave. OMA DM and LwM2M are different protocols and do not convert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from smartboot.errors import EncodeError
from smartboot.model import Account, Finding

__all__ = ["TARGETS", "convert"]

TARGETS = {
    "client-provisioning": ("oma-dm", "oma-cp"),
    "dm-1": ("oma-dm", "oma-dm"),
    "dm-2": ("oma-dm", "oma-dm"),
    "lwm2m": ("lwm2m", "lwm2m"),
}
"""Carrier: the protocol of the accounts it holds, and the name of its document format."""

_NOT_CARRIED = frozenset({"CANNOT-CARRY", "NOT-CARRIED"})


def convert(accounts: Sequence[Account], to: str) -> tuple[Any, list[Finding]]:
    """A document of the carrier ``to`` that holds ``accounts``, and what of them it does not.

    The document is one for the format named in ``TARGETS``. Errors: EncodeError for an unknown
    carrier, for accounts of another protocol, and for values the format cannot hold.
    """
    if to not in TARGETS:
        raise EncodeError(f"must be one of {', '.join(TARGETS)}", field="to")
    protocol = TARGETS[to][0]
    for number, account in enumerate(accounts, 1):
        if account.protocol != protocol:
            raise EncodeError(
                f"an {account.protocol} account cannot become {to}: "
                f"that carries accounts of {protocol} only",
                field=f"account {number}",
                hint="the two protocols share no credentials; ask for an account of the other kind",
            )
    document, findings = _made(list(accounts), to)
    return document, [_renamed(finding) for finding in findings]


def _made(accounts: list[Account], to: str) -> tuple[Any, list[Finding]]:
    # Imported when used: a conversion needs one of the three.
    if to == "client-provisioning":
        from smartboot.formats.client_provisioning import CP

        return CP.from_accounts(accounts)
    if to == "lwm2m":
        from smartboot.formats.lwm2m import LWM2M

        return LWM2M.from_accounts(accounts)
    from smartboot.formats.oma_dm import OMA_DM

    return OMA_DM.from_accounts(accounts, to)


def _renamed(finding: Finding) -> Finding:
    kind = finding.code.partition("-")[2]
    return replace(finding, code=f"CONVERT-{'NOT-CARRIED' if kind in _NOT_CARRIED else kind}")
