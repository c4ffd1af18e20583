"""Everything there is to say about a loaded profile that is no fault of its text."""

from __future__ import annotations

from smartboot.errors import DecodeError
from smartboot.formats import registry
from smartboot.model import Account, Finding
from smartboot.profiles.load import LoadedProfile
from smartboot.profiles.rules import advice

__all__ = ["check_profile", "profile_accounts"]


def check_profile(loaded: LoadedProfile) -> list[Finding]:
    """Findings on the profile (``PROFILE-…``), on its documents and on the accounts in them.

    ``where`` of a document's finding begins with its file, as on a card: ``EF 6432 /0/1``.
    """
    found = advice(loaded.profile, loaded.unused)
    for index, item in enumerate(loaded.profile.data_objects):
        _, findings = _account_list(loaded, index)
        for finding in findings:
            where = f"EF {item.fid:04X} {finding.where}".rstrip()
            found.append(
                Finding(finding.code, finding.severity, finding.message, where, finding.reference)
            )
    return found


def profile_accounts(loaded: LoadedProfile) -> list[Account]:
    """The server accounts of all documents, in the order of the data objects."""
    accounts: list[Account] = []
    for index in range(len(loaded.documents)):
        accounts += _account_list(loaded, index)[0]
    return accounts


def _account_list(loaded: LoadedProfile, index: int) -> tuple[list[Account], list[Finding]]:
    handler = registry.get(loaded.profile.data_objects[index].format)
    try:
        decoded = handler.decode(loaded.documents[index])
    except DecodeError:
        # Only what is marked unchecked gets here, and its author knows.
        return [], []
    accounts, findings = handler.accounts(decoded.document)
    return accounts, [*decoded.findings, *findings]
