"""Rules on access conditions (CARD-…), part of the family ``structure``."""

from __future__ import annotations

from smartboot.checks.rule import CARDS, Rule
from smartboot.model import Severity

__all__ = ["ACCESS_RULES"]

_LWM2M = "LwM2M Core 1.1.1, Appendix G"

ACCESS_RULES: tuple[Rule, ...] = (
    Rule(
        "CARD-ACCESS-ABSENT",
        Severity.WARNING,
        "The card tells no access conditions of a file",
        "TS 102 221, 11.1.1.4.7",
        "A device cannot know whether it needs a PIN and which. The card may enforce anything.",
        "Have the file made with a reference to EF(ARR) (tag 8B).",
        CARDS,
    ),
    Rule(
        "CARD-ACCESS-SEVERAL",
        Severity.WARNING,
        "The card tells access conditions of a file in several forms",
        "TS 102 221, 11.1.1.4.7",
        "Exactly one of 8B, 8C and AB is allowed. Readers take different ones, and which one the "
        "card enforces is not to be seen.",
        "Have the file made with one of them, the reference to EF(ARR).",
        CARDS,
    ),
    Rule(
        "CARD-ACCESS-UNKNOWN",
        Severity.INFO,
        "The condition to read a file names no key",
        "TS 102 221, 9.2.4 and 9.2.7",
        "The rule is compact (8C) or asks for secure messaging, so that a device that is refused "
        "does not know which PIN to ask for.",
        "Name the PIN in a rule of EF(ARR), or open the file for reading.",
        CARDS,
    ),
    Rule(
        "CARD-READ-LOCKED",
        Severity.WARNING,
        "A file that everyone must be able to read asks for a key",
        f"TS 102 221, 13.1 and 13.2; {_LWM2M}",
        "EF(DIR), EF(ICCID) and EF(ODF) are READ always. Devices look for bootstrap data before "
        "the user gave a PIN, and give up at this file.",
        "Set the read condition of the file to always.",
        CARDS,
    ),
    Rule(
        "CARD-READ-NEVER",
        Severity.ERROR,
        "No device can read a file that it needs",
        _LWM2M,
        "Its read condition is never, or an administrative key, which devices do not have. The "
        "card is as good as empty.",
        "Set the read condition to always, or to a PIN where the content must be guarded.",
        CARDS,
    ),
    Rule(
        "CARD-UPDATE-OPEN",
        Severity.ERROR,
        "Everyone may change a file",
        _LWM2M,
        "Whoever holds the card, or any application on the device, can name another server and "
        "take the device over at its next bootstrap.",
        "Set the update condition to ADM1.",
        CARDS,
    ),
    Rule(
        "CARD-UPDATE-PIN",
        Severity.WARNING,
        "The user's PIN is enough to change a file",
        _LWM2M,
        "Only the card's issuer may change bootstrap data and its directory (UPDATE ADM). With a "
        "PIN the device itself and its user can. Config2 of Client Provisioning is the exception.",
        "Let only ADM1 change the file; a PIN stays for reading.",
        CARDS,
    ),
    Rule(
        "CARD-UPDATE-NEVER",
        Severity.INFO,
        "A document can never be changed",
        "operation: update of cards in the field",
        "A new server address or key means new cards; not even the issuer can write the file.",
        "Set the update condition to ADM1, unless this is meant.",
        CARDS,
    ),
    Rule(
        "CARD-REMOVE-OPEN",
        Severity.ERROR,
        "A file can be removed or switched off without an administrative key",
        f"{_LWM2M}; TS 102 222, 6",
        "Deleting, resizing, terminating or deactivating the file takes the bootstrap data away "
        "from all devices the card is put into.",
        "Set these conditions to ADM1 or never.",
        CARDS,
    ),
    Rule(
        "CARD-CREATE-OPEN",
        Severity.ERROR,
        "Files can be made or deleted in a directory without an administrative key",
        "TS 102 222, 6; TS 102 221, 9.2.4",
        "Whoever holds the card can delete a bootstrap file and put one of his own in its place, "
        "whatever the file's own conditions say.",
        "Set the conditions of the directory (create, delete child) to ADM1.",
        CARDS,
    ),
    Rule(
        "CARD-ARR-OPEN",
        Severity.ERROR,
        "EF(ARR) can be changed without an administrative key",
        "TS 102 221, 13.4",
        "Whoever changes EF(ARR) changes the conditions of all files that refer to it, so that no "
        "other condition on the card is worth anything.",
        "Set the update condition of EF(ARR) to ADM1.",
        CARDS,
    ),
    Rule(
        "CARD-PIN-DISABLED",
        Severity.WARNING,
        "A file is guarded by a PIN that is switched off",
        "TS 102 221, 9.5.1 and 11.1.11",
        "With the PIN switched off the condition always holds: who finds the card can read the "
        "keys in the file, or change it where the condition to update is the same PIN.",
        "Switch the PIN on, or guard the file with one that cannot be switched off.",
        CARDS,
        also=(Severity.ERROR,),
    ),
)
