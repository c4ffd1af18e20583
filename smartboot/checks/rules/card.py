"""Rules on the card itself and its files: what the card room reports (CARD-…).

These come from reading alone; what only the check looks at is in ``structure``.
"""

from __future__ import annotations

from smartboot.checks.rule import CARDS, Rule
from smartboot.model import Severity

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        code="CARD-ICCID-ABSENT",
        severity=Severity.INFO,
        title="No EF(ICCID)",
        clause="TS 102 221, 13.2; TS 51.011, 10.1.1",
        meaning=(
            "Every UICC and SIM has one under the MF, so this is a test card or an image cut down "
            "to the bootstrap files; a stock list cannot be matched by number."
        ),
        mend=(
            "Ask the issuer if the card is meant for the field; in a test image add the "
            "transparent file 2FE2 with ten bytes."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="CARD-ICCID-UNREADABLE",
        severity=Severity.WARNING,
        title="EF(ICCID) holds no number",
        clause="TS 102 221, 13.2; TS 51.011, 10.1.1",
        meaning=(
            "The file is blank, refused, or its nibbles are no digits; provisioning records kept "
            "by ICCID will never find this card."
        ),
        mend=(
            "Read 2FE2 by hand: FF throughout means that personalisation stopped early. Otherwise "
            "look for a hex digit in the number the bureau was given."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="CARD-HEADER-UNREADABLE",
        severity=Severity.WARNING,
        title="The SIM's answer about a file cannot be read",
        clause="TS 51.011, 9.2.1",
        meaning=(
            "A phone takes size and access conditions from these bytes and may skip the file; "
            "smartboot reads on without knowing the size."
        ),
        mend=(
            "Look at the GET RESPONSE data in a trace: the header of an EF has 15 bytes. A wrong "
            "one comes from the card's operating system, so report it to the vendor."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="CARD-FCP-UNREADABLE",
        severity=Severity.WARNING,
        title="The card's description of a file cannot be read",
        clause="TS 102 221, 11.1.1.3",
        meaning=(
            "Readers that trust the FCP know neither size nor structure of the file, and many give "
            "up here."
        ),
        mend=(
            "Record a trace and look for tag 62 after the SELECT; if the TLV inside is broken, the "
            "card vendor has to correct it."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="CARD-ARR-ABSENT",
        severity=Severity.WARNING,
        title="The file's access rules lie in an EF(ARR) that is not there",
        clause="TS 102 221, 9.2.7",
        meaning=(
            "Nobody can tell who may read or change the file, and a card that enforces the missing "
            "rule may refuse everyone."
        ),
        mend=(
            "Create the EF(ARR) the file's FCP (tag 8B) names, or personalise the file with a "
            "reference to one that exists."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="CARD-ARR-UNREADABLE",
        severity=Severity.WARNING,
        title="The record of EF(ARR) gives no access rules",
        clause="TS 102 221, 9.2.7",
        meaning=(
            "The record is blank, broken or out of range; the same risk as without a rule, and "
            "hard to see from outside because the file itself looks sound."
        ),
        mend=(
            "Check the record number in tag 8B against the records of EF(ARR) and write the rule "
            "that was meant."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="CARD-DATA-CORRUPTED",
        severity=Severity.WARNING,
        title="The card doubts its own data (6281)",
        clause="TS 102 221, 10.2.1.3",
        meaning=(
            "The chip found a checksum of its memory wrong: the next power-up may give other "
            "bytes, and a device may refuse the file."
        ),
        mend=(
            "Dump what can still be read, then replace the card; rewriting the file helps only "
            "when the fault was a torn write."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="CARD-EF-BEYOND-REACH",
        severity=Severity.WARNING,
        title="The file is larger than READ BINARY can reach",
        clause="TS 102 221, 11.1.3",
        meaning=(
            "Only the first 32 KB can be read with offsets of 15 bits, so whatever lies behind is "
            "lost to every reader."
        ),
        mend=(
            "Make the file smaller or split what is in it; bootstrap documents need some hundred "
            "bytes."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="CARD-NO-CHANNEL",
        severity=Severity.INFO,
        title="The card opens no logical channel",
        clause="TS 102 221, 11.1.17",
        meaning=(
            "Reading disturbs the basic channel that the phone's own applications use. As a "
            "warning it says that all channels were taken, by another program or by one that never "
            "closed its own."
        ),
        mend=(
            "Nothing for a card without channels. If they were taken, close the other program or "
            "reset the card and check again."
        ),
        subjects=CARDS,
        also=(Severity.WARNING,),
    ),
    Rule(
        code="CARD-NOT-LEFT-CLEAN",
        severity=Severity.WARNING,
        title="The card could not be left as it was found",
        clause="TS 102 221, 11.1.17; TS 51.011, 6.5",
        meaning=(
            "A channel stays open, or another directory stays selected, until the next reset: the "
            "program after this one may meet files it does not expect."
        ),
        mend=(
            "Reset or reinsert the card. If it happens each time, send the trace to the card "
            "vendor: closing a channel should never fail."
        ),
        subjects=CARDS,
    ),
)
