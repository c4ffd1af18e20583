"""Rules on planning, writing, verifying, dumping, restoring and converting (PROV-…, CONVERT-…).

``check`` does not report these: they come from `write`, `verify`, `erase`, `dump`, `restore` and
from the conversion of documents. They are here so that each code can be looked up.
"""

from __future__ import annotations

from smartboot.checks.rule import CARDS, DOCUMENTS, Rule
from smartboot.model import Severity

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        code="PROV-ACCESS-DIFFERS",
        severity=Severity.WARNING,
        title="A file's access conditions are not those of the profile",
        clause="TS 102 221, 9.2",
        meaning=(
            "The data is on the card, but may be open to more parties than planned, or closed to "
            "the device that needs it."
        ),
        mend=(
            "Access rules cannot be changed by writing: have the issuer correct the file, or adapt "
            "the profile to the stock."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="PROV-ACCESS-NOT-EXPRESSED",
        severity=Severity.INFO,
        title="Access conditions that an image cannot spell out",
        clause="TS 102 221, 9.2",
        meaning=(
            "The image keeps the card's raw description instead; a virtual card behaves the same, "
            "a restored file will not."
        ),
        mend="Nothing for a backup. Look at fcp_raw before you build profiles from the dump.",
        subjects=CARDS,
    ),
    Rule(
        code="PROV-ACCESS-NOT-RESTORED",
        severity=Severity.WARNING,
        title="A file is made with other access conditions than it had",
        clause="TS 102 222, 6.3",
        meaning="Anyone may read it and ADM1 may change it, whatever the original card said.",
        mend=(
            "Check the file with `smartboot info` after restoring, and have it made by the issuer "
            "if the rules matter."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="PROV-ARR-DIFFERS",
        severity=Severity.WARNING,
        title="The card's access rule file differs from the image's",
        clause="TS 102 221, 9.2.7",
        meaning=(
            "Restore leaves EF(ARR) alone, because one record may guard many files; rules of "
            "restored files are therefore the card's."
        ),
        mend="Compare the records in both dumps, and restore to a card of the same batch.",
        subjects=CARDS,
    ),
    Rule(
        code="PROV-ATR-MALFORMED",
        severity=Severity.WARNING,
        title="The card's ATR is malformed",
        clause="ISO/IEC 7816-3, 8.2",
        meaning=(
            "The image goes without it, so a virtual card made from the image answers with a usual "
            "ATR instead."
        ),
        mend="Try another reader: some cut or change the ATR. Otherwise enter the ATR by hand.",
        subjects=CARDS,
    ),
    Rule(
        code="PROV-DIR-NOT-RESTORED",
        severity=Severity.WARNING,
        title="The application could not be listed in EF(DIR)",
        clause="TS 102 221, 13.1",
        meaning="The files are back, and devices that go by EF(DIR) do not find them.",
        mend=(
            "Restore to a card whose EF(DIR) has records, or list the application through the "
            "issuer."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="PROV-FILE-ABSENT",
        severity=Severity.WARNING,
        title="A directory names a file that the dump did not find",
        clause="PKCS#15 v1.1, 6.3",
        meaning="The image is complete otherwise, but what the entry promised is not on the card.",
        mend="Run `smartboot check` on the card: it says which entry leads nowhere.",
        subjects=CARDS,
    ),
    Rule(
        code="PROV-NO-DIR",
        severity=Severity.WARNING,
        title="No EF(DIR) that could be written",
        clause="TS 102 221, 13.1",
        meaning=(
            "The bootstrap data is in place and found by clients that select the AID straight "
            "away, not by the others."
        ),
        mend="Ask for cards with a linear fixed EF(DIR) that has a free record.",
        subjects=CARDS,
    ),
    Rule(
        code="PROV-NO-ROOM-FOR-COPY",
        severity=Severity.WARNING,
        title="A directory file has no room for a safe rewrite",
        clause="smartboot's tear-safe writing",
        meaning="For a moment foreign entries stand in memory only; a card pulled then loses them.",
        mend="Keep the backup (--backup) until the run has ended, or have the file enlarged first.",
        subjects=CARDS,
    ),
    Rule(
        code="PROV-NO-TOKENINFO",
        severity=Severity.WARNING,
        title="EF(TokenInfo) is missing or too small",
        clause="PKCS#15 v1.1, EF(TokenInfo)",
        meaning=(
            "Devices do not read it. pkcs15-tool and other PKCS#15 programs refuse a card without "
            "it."
        ),
        mend=(
            "Nothing for the field; create 5032 with enough room if such tools are part of your "
            "quality check."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="PROV-NOT-DELETED",
        severity=Severity.INFO,
        title="The card keeps an emptied file",
        clause="TS 102 222, 6.4",
        meaning=(
            "The content is gone and the directory no longer lists it, only the space stays taken."
        ),
        mend="Nothing; the next write can use the file again.",
        subjects=CARDS,
    ),
    Rule(
        code="PROV-NOT-IN-IMAGE",
        severity=Severity.WARNING,
        title="A file was left alone, its content is not in the image",
        clause="smartboot image, names of files not read",
        meaning=(
            "When the image was taken the card refused the file, so it keeps whatever it holds now."
        ),
        mend="Dump the original again with the key the name mentions.",
        subjects=CARDS,
    ),
    Rule(
        code="PROV-NOT-READ",
        severity=Severity.WARNING,
        title="A file or directory is not in the image",
        clause="TS 102 221, 9.5; 10.2",
        meaning=(
            "As an error a file exists and its bytes are missing from the backup: restoring will "
            "not bring them back."
        ),
        mend=(
            "Repeat the dump with --pin or --adm; a warning about a foreign directory can be "
            "accepted."
        ),
        subjects=CARDS,
        also=(Severity.ERROR,),
    ),
    Rule(
        code="PROV-NOT-VERIFIED",
        severity=Severity.WARNING,
        title="What was written could not be read back",
        clause="TS 102 221, 9.2",
        meaning=(
            "The card took every update and then refused the read; a wrong byte would go unnoticed."
        ),
        mend="Verify in a device of the field, or with the key that reading takes.",
        subjects=CARDS,
    ),
    Rule(
        code="PROV-OTHER-DODF",
        severity=Severity.INFO,
        title="Entries go into the card's own EF(DODF)",
        clause="PKCS#15 v1.1, 5.5.6",
        meaning=(
            "The profile names another file id; using the one already listed keeps the card with a "
            "single directory."
        ),
        mend=(
            "Nothing, unless your devices insist on a fixed file id: then set dodf in the profile."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="PROV-SAME-OID",
        severity=Severity.WARNING,
        title="The card already lists another object with this OID",
        clause="PKCS#15 v1.1, 6.1.4",
        meaning=(
            "After writing there are two documents of one kind, and a device may well pick the old "
            "one."
        ),
        mend=(
            "Run `smartboot erase` first, or give the profile the file id of the existing object "
            "so that it is replaced."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="PROV-SIZE-DIFFERS",
        severity=Severity.WARNING,
        title="A file has another size on the card than in the image",
        clause="TS 102 222, 6.10",
        meaning=(
            "The content fits and is restored; spare room differs, so a later, longer document may "
            "not fit."
        ),
        mend="Nothing in most cases; resize the file if the card allows it.",
        subjects=CARDS,
    ),
    Rule(
        code="PROV-UNREADABLE",
        severity=Severity.WARNING,
        title="A file that may never be read",
        clause="TS 102 221, 9.2",
        meaning=(
            "It is written as a whole at each run, because there is no comparing with what is "
            "there, and never verified."
        ),
        mend=(
            "Have its read condition changed; bootstrap data that no device can read is of no use."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="CONVERT-NOT-CARRIED",
        severity=Severity.WARNING,
        title="Part of an account was left behind in the conversion",
        clause="The target format's definition",
        meaning=(
            "As a warning the account works without it; as an error it will not work, or is "
            "missing from the result."
        ),
        mend=(
            "Compare the accounts before and after with `smartboot diff`, and add by hand what the "
            "target can express otherwise."
        ),
        subjects=DOCUMENTS,
        also=(Severity.ERROR,),
    ),
    Rule(
        code="CONVERT-MADE-UP",
        severity=Severity.WARNING,
        title="The conversion invented a required value",
        clause="OMA-SUP-MO_DM_DMAcc-V1_2",
        meaning=(
            "The result is well-formed, but a scheme, mode or address in it comes from no source "
            "document."
        ),
        mend=(
            "Ask the server's operator for the value and put it into the account before you "
            "convert."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CONVERT-DEFAULTED",
        severity=Severity.WARNING,
        title="The conversion wrote a usual value",
        clause="OMA LwM2M Core 1.2, 6.1",
        meaning=(
            "Lifetime, binding or security mode were not in the account; a warning means that the "
            "result talks without security."
        ),
        mend="State them in the source when the usual ones do not suit.",
        subjects=DOCUMENTS,
        also=(Severity.INFO,),
    ),
)
