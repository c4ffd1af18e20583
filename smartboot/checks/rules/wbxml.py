"""Rules on binary XML of any kind (WBXML-…): Client Provisioning and OMA DM 1.x alike."""

from __future__ import annotations

from smartboot.checks.rule import DOCUMENTS, Rule
from smartboot.model import Severity

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        code="WBXML-VERSION",
        severity=Severity.WARNING,
        title="The version byte is none of WBXML 1.0 to 1.3",
        clause="WAP-192-WBXML 1.3, 5.4",
        meaning=(
            "A parser that checks its first byte refuses the document at once; the rest need not "
            "be wrong at all."
        ),
        mend=(
            "Begin Client Provisioning with 03 and OMA DM with 02. A first byte of 3C means that "
            "XML text was put on the card."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="WBXML-CHARSET",
        severity=Severity.INFO,
        title="The charset is given as unknown",
        clause="WAP-192-WBXML 1.3, 5.6",
        meaning=(
            "Read as UTF-8, which is right for ASCII; with accents in names a device may show "
            "others."
        ),
        mend="Write 6A (UTF-8) behind the public identifier.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="WBXML-CHARSET-MISMATCH",
        severity=Severity.WARNING,
        title="Text does not fit the document's charset",
        clause="WAP-192-WBXML 1.3, 5.6",
        meaning=(
            "A name or password with such bytes comes out differently on each device, and a login "
            "with it fails."
        ),
        mend=(
            "Convert the source to UTF-8 before encoding: the header says 6A and the text is "
            "Latin-1, most of the time."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="WBXML-DUP-ATTRIBUTE",
        severity=Severity.WARNING,
        title="An element has an attribute twice",
        clause="WAP-192-WBXML 1.3, 5.8.2; XML 1.0, 3.1",
        meaning=(
            "XML forbids it, so one parser takes the first value, another the last, a third "
            "refuses."
        ),
        mend="Keep one. Two values of a parm need two parm elements.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="WBXML-EXT",
        severity=Severity.WARNING,
        title="An extension token without meaning",
        clause="WAP-192-WBXML 1.3, 5.8.4",
        meaning=(
            "Extension tokens stand for WML variables; in a bootstrap document they leave a hole "
            "in a value."
        ),
        mend=(
            "Encode the text as an inline string (03). An encoder for WML pages was used, or a `$` "
            "in a value was taken for a variable."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="WBXML-MORE",
        severity=Severity.WARNING,
        title="Further WBXML findings are not listed",
        clause="WAP-192-WBXML 1.3",
        meaning=(
            "The list is cut after fifty; so many odd tokens mean that the bytes are not the "
            "document type they claim to be."
        ),
        mend="Mend the first finding and check again; most of the others go with it.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="WBXML-PI",
        severity=Severity.INFO,
        title="A processing instruction is passed over",
        clause="WAP-192-WBXML 1.3, 5.8.4",
        meaning=(
            "Harmless to a full parser; small decoders on modems do not implement the token and "
            "stop."
        ),
        mend="Drop the `<?…?>` lines from the source XML before encoding.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="WBXML-PUBLIC-ID",
        severity=Severity.INFO,
        title="The document type is not said, or another one",
        clause="WAP-192-WBXML 1.3, 5.5",
        meaning=(
            "smartboot goes by the OID and the content; a device that dispatches on the public "
            "identifier gives the bytes to no parser."
        ),
        mend=(
            "Use 0B for Client Provisioning and the string form of the OMA identifiers for SyncML "
            "DM 1.2."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="WBXML-TABLE-UNTERMINATED",
        severity=Severity.WARNING,
        title="The string table does not end with NUL",
        clause="WAP-192-WBXML 1.3, 5.7",
        meaning=(
            "A C parser that trusts the terminator runs on into the document's body and shows "
            "garbage behind the last string."
        ),
        mend=(
            "Count the final 00 into the table's length; one encoder family writes embedded trees "
            "this way."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="WBXML-UNKNOWN-TAG",
        severity=Severity.WARNING,
        title="An element's token is on no code page",
        clause="WAP-192-WBXML 1.3, 5.8.2",
        meaning="The element gets a made-up name and devices ignore it with all that is inside.",
        mend=(
            "Check the code page switch (00 xx) in front of it: a missing switch makes a sound "
            "token an unknown one."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="WBXML-UNKNOWN-ATTRIBUTE",
        severity=Severity.WARNING,
        title="An attribute's token is on no code page",
        clause="WAP-192-WBXML 1.3, 5.8.3",
        meaning="Its value is kept but belongs to nothing, so the parm is lost for the device.",
        mend=(
            "Encode the name from the standard's table, or write it as a literal with the name in "
            "the string table."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="WBXML-UNKNOWN-VALUE",
        severity=Severity.WARNING,
        title="A value's token is on no code page",
        clause="WAP-192-WBXML 1.3, 5.8.3",
        meaning=(
            "The parm has a value nobody can spell out; with a bearer or an authentication type "
            "that makes the account unusable."
        ),
        mend="Write the value as an inline string when the table has no token for it.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="WBXML-VENDOR-TOKEN",
        severity=Severity.INFO,
        title="A token of one vendor's own",
        clause="WAP-192-WBXML 1.3, 5.8; the vendor's code page",
        meaning="That vendor's phones read it and others pass over the parm.",
        mend=(
            "Keep it where the card goes to those phones only; otherwise say the same with a parm "
            "of the standard."
        ),
        subjects=DOCUMENTS,
    ),
)
