"""Rules on the PKCS#15 application and its directory files: finding them (P15-…).

The faults inside the entries are in ``pkcs15_entries``.
"""

from __future__ import annotations

from smartboot.checks.rule import CARDS, Rule
from smartboot.model import Severity

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        code="P15-APPLICATION-ABSENT",
        severity=Severity.ERROR,
        title="No PKCS#15 application",
        clause="PKCS#15 v1.1, 5.7; LwM2M Core 1.1.1, Appendix G",
        meaning=(
            "A client looks by AID, then in EF(DIR), and finds nothing: to it this is a card "
            "without bootstrap data."
        ),
        mend=(
            "Order cards with the PKCS#15 application (AID A000000063504B43532D3135), or make it "
            "with `smartboot write --create` where the card allows CREATE FILE."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-DIR-ABSENT",
        severity=Severity.WARNING,
        title="No EF(DIR)",
        clause="TS 102 221, 13.1",
        meaning=(
            "Terminals that look applications up in 2F00 see none and many then do not try the AID."
        ),
        mend=(
            "Every UICC has this file; on a test image add EF(DIR) with a record for the PKCS#15 "
            "application."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-DIR-MALFORMED",
        severity=Severity.WARNING,
        title="A record of EF(DIR) is broken",
        clause="TS 102 221, 13.1",
        meaning=(
            "A terminal may stop at the record and miss every application listed behind it, the "
            "USIM included."
        ),
        mend="Compare the record's lengths (61, 4F, 50, 51, 73) byte by byte and write it again.",
        subjects=CARDS,
    ),
    Rule(
        code="P15-DIR-NO-PATH",
        severity=Severity.INFO,
        title="The application is listed without a path",
        clause="LwM2M Core 1.1.1, Appendix G; TS 102 221, 13.1",
        meaning=(
            "Fine for clients that select by AID; those that know only file ids, such as the basic "
            "mode of 2G readers, cannot follow."
        ),
        mend=(
            "Add tag 51 with the path of the DF (3F007F50) if 2G-style readers are among your "
            "devices."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-DIR-NO-TEMPLATE",
        severity=Severity.WARNING,
        title="EF(DIR) does not list the PKCS#15 application",
        clause="LwM2M Core 1.1.1, Appendix G; TS 102 221, 13.1",
        meaning=(
            "Devices that read EF(DIR) first, as the standard has it, conclude that there is no "
            "bootstrap data although the application is on the card."
        ),
        mend="Write an application template (61) with the AID into a free record of 2F00.",
        subjects=CARDS,
    ),
    Rule(
        code="P15-FALLBACK",
        severity=Severity.INFO,
        title="The application was not found by the first way",
        clause="LwM2M Core 1.1.1, Appendix G; PKCS#15 v1.1, 5.7.1",
        meaning=(
            "smartboot tried EF(DIR), the AID, DF 7F50 and DF 5015 in turn; a device with fewer "
            "tries may not get this far."
        ),
        mend="Make the first way work: list the AID in EF(DIR) and let SELECT by AID find it.",
        subjects=CARDS,
    ),
    Rule(
        code="P15-FILE-REFUSED",
        severity=Severity.ERROR,
        title="The card refuses a directory file or the application",
        clause="TS 102 221, 10.2; TS 51.011, 9.4",
        meaning=(
            "Where SELECT or READ is refused, the search ends for any client; typical are an "
            "EF(DIR) that promises an AID the card does not know, and deactivated files."
        ),
        mend=(
            "See the status word in the message: 6A82 says the listing is stale, 6283 or 6985 that "
            "the file was not activated after personalisation."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-LOCKED",
        severity=Severity.ERROR,
        title="A directory file asks for a key",
        clause="TS 102 221, 9.5",
        meaning=(
            "Directory files must be free to read: a client that meets 6982 here never even learns "
            "that there is a document."
        ),
        mend=(
            "Set the read condition of EF(ODF), EF(DODF) and EF(DIR) to always; protect, if "
            "anything, only the document."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-ODF-ABSENT",
        severity=Severity.ERROR,
        title="The application has no EF(ODF)",
        clause="PKCS#15 v1.1, 5.5.1",
        meaning=(
            "EF(ODF), 5031, is the one file with a fixed id; without it nothing says where the "
            "other directory files are."
        ),
        mend="Create 5031 under the application and list the EF(DODF) in it (A7).",
        subjects=CARDS,
    ),
    Rule(
        code="P15-ODF-EMPTY",
        severity=Severity.ERROR,
        title="EF(ODF) is blank",
        clause="PKCS#15 v1.1, 5.5.1",
        meaning=(
            "The application was made and never filled: clients find no directory and go on "
            "without bootstrap data."
        ),
        mend=(
            "Write the entry A7 with the path of the EF(DODF); a blank 5031 means the "
            "personalisation script stopped after CREATE FILE."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-DODF-NOT-LISTED",
        severity=Severity.ERROR,
        title="EF(ODF) lists no directory of data objects",
        clause="PKCS#15 v1.1, 5.5.1; LwM2M Core 1.1.1, Appendix G",
        meaning=(
            "There may be keys, certificates or PINs, but tag A7 is missing, so a DM client has "
            "nowhere to look."
        ),
        mend=(
            "Add A7 with the path to EF(DODF); check that it was not written as A5 or A6 (trusted "
            "certificates, secret keys) by mistake."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-DODF-ABSENT",
        severity=Severity.ERROR,
        title="EF(ODF) names a directory file that is not on the card",
        clause="PKCS#15 v1.1, 5.5.6",
        meaning="The path leads to 6A82 and every document listed in that file is unreachable.",
        mend=(
            "Compare the path in EF(ODF) with the file ids under the application; 6430 and 6431 "
            "are mixed up easily."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-DODF-EMPTY",
        severity=Severity.WARNING,
        title="EF(DODF) lists nothing",
        clause="PKCS#15 v1.1, 5.5.6",
        meaning=(
            "A directory prepared for later; until somebody fills it the device behaves as with an "
            "ordinary SIM."
        ),
        mend=(
            "Add the entry of the document, or leave the file as it is on stock that is "
            "provisioned over the air."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-NO-DATA-OBJECTS",
        severity=Severity.ERROR,
        title="The card lists no data objects at all",
        clause="PKCS#15 v1.1, 5.5.6; LwM2M Core 1.1.1, Appendix G",
        meaning=(
            "The search ended in empty directories: a bootstrap from this card is not possible."
        ),
        mend=(
            "Look at the other findings for the first broken link of EF(DIR), EF(ODF), EF(DODF); "
            "mend that one first."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-DUPLICATE-PATH",
        severity=Severity.WARNING,
        title="EF(ODF) lists one directory twice",
        clause="PKCS#15 v1.1, 5.5.1",
        meaning=(
            "A reader that does not notice creates every account twice, or runs out of room for "
            "objects."
        ),
        mend="Take the second entry out of EF(ODF).",
        subjects=CARDS,
    ),
    Rule(
        code="P15-PATH-CYCLE",
        severity=Severity.ERROR,
        title="A directory file refers to itself or to another directory as a document",
        clause="PKCS#15 v1.1, 5.5",
        meaning=(
            "A careless reader loops or decodes ASN.1 as a document; a careful one drops the entry."
        ),
        mend=(
            "Put the file id of the document into the path; copying the EF(DODF)'s own id there is "
            "the usual slip."
        ),
        subjects=CARDS,
    ),
)
