"""Rules on what the reading service reports (BOOT-…): the way from a directory to a document."""

from __future__ import annotations

from smartboot.checks.rule import CARDS, Rule
from smartboot.model import Severity

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        code="BOOT-FILE-ABSENT",
        severity=Severity.ERROR,
        title="The directory names a file that is not on the card",
        clause="PKCS#15 v1.1, 6.3",
        meaning=(
            "A device finds the entry, selects the path and gets 6A82; it then starts without "
            "bootstrap data as if the card had none."
        ),
        mend="Correct the path in the EF(DODF) entry, or create the file under that id.",
        subjects=CARDS,
    ),
    Rule(
        code="BOOT-FILE-REFUSED",
        severity=Severity.ERROR,
        title="The card refuses the document's file",
        clause="TS 102 221, 10.2; TS 51.011, 9.4",
        meaning=(
            "The status word in the message is what every device gets, so no bootstrap from this "
            "file; a deactivated file (6985, 6283) is the usual case."
        ),
        mend=(
            "Activate the file or correct its life cycle state; look the status word up with "
            "`smartboot -v read`."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="BOOT-LOCKED",
        severity=Severity.ERROR,
        title="Reading the document takes a key that was not given",
        clause="TS 102 221, 9.5",
        meaning=(
            "A device bootstraps before its user has typed a PIN; with a PIN on the file it sees "
            "nothing unless the PIN is disabled."
        ),
        mend=(
            "Read again with --pin to see the content. For the field, let the file be read always, "
            "or disable the PIN on delivery."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="BOOT-EMPTY",
        severity=Severity.WARNING,
        title="The document's file is blank",
        clause="LwM2M Core 1.1.1, Appendix G; OMA-WAP-TS-ProvSC 1.1",
        meaning=(
            "The directory promises bootstrap data and the file has only 00 or FF: devices fall "
            "back to their factory settings without a word."
        ),
        mend=(
            "Write the document, or take the entry out of the directory if the card is to be "
            "delivered without one."
        ),
    ),
    Rule(
        code="BOOT-MALFORMED",
        severity=Severity.ERROR,
        title="The document cannot be decoded",
        clause="The format the directory announces",
        meaning=(
            "Device clients stop at the same byte and ignore the document as a whole; none takes "
            "half of it."
        ),
        mend=(
            "Decode the source file with `smartboot decode` and compare: often the file was cut, "
            "padded in front, or written as hex text."
        ),
    ),
    Rule(
        code="BOOT-NOT-TRANSPARENT",
        severity=Severity.ERROR,
        title="The document lies in a file with records",
        clause="LwM2M Core 1.1.1, Appendix G; OMA-WAP-TS-ProvSC 1.1",
        meaning=(
            "Clients read bootstrap data with READ BINARY, which a linear fixed or cyclic file "
            "answers with 6981."
        ),
        mend=(
            "Have the file made again as a transparent EF; its structure cannot be changed "
            "afterwards."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="BOOT-DEFAULT-FILE",
        severity=Severity.WARNING,
        title="The document was found without any directory",
        clause="LwM2M Core 1.1.1, Appendix G",
        meaning=(
            "Only readers that try a fixed file id see it; a client that follows EF(ODF) and "
            "EF(DODF) reports a card without bootstrap data."
        ),
        mend=(
            "List the file in an EF(DODF), with OID 2.23.43.9.1: `smartboot write` with --create "
            "makes the directory files."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="BOOT-NOT-A-FILE",
        severity=Severity.WARNING,
        title="A data object has its content elsewhere than in a file",
        clause="PKCS#15 v1.1, 6.1.4",
        meaning=(
            "No known client follows a URL or an enveloped value while it bootstraps, so the "
            "object does not exist for it."
        ),
        mend="Put the document into a transparent EF and its path into the entry.",
        subjects=CARDS,
    ),
    Rule(
        code="BOOT-UNKNOWN-OBJECT",
        severity=Severity.INFO,
        title="A data object of another application",
        clause="PKCS#15 v1.1, 6.1.4",
        meaning=(
            "The directory is shared and the object is left alone; DM clients pass over OIDs they "
            "do not know."
        ),
        mend=(
            "Nothing, if it is meant. If it was to be bootstrap data, its OID is wrong: readers "
            "look for 2.23.43.9.1, 2.23.43.7.1 and 2.23.43.5.1 to .3."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="BOOT-MORE",
        severity=Severity.WARNING,
        title="More than a thousand findings on one card",
        clause="smartboot lists a thousand findings of one card, errors first",
        meaning=(
            "The card lists dozens of objects whose content is nonsense: its directory points to "
            "files of another use, or was made to be hostile."
        ),
        mend="Mend the directory's entries first; most findings go with the wrong ones.",
        subjects=CARDS,
    ),
    Rule(
        code="BOOT-SAME-FILE",
        severity=Severity.INFO,
        title="Two data objects in the same file",
        clause="PKCS#15 v1.1, 6.3",
        meaning=(
            "Some makers list one file as oidDO and again as opaqueDO, for readers of either kind; "
            "a client that takes both sets up each account twice."
        ),
        mend="Keep one entry, unless a device is known that needs the other.",
        subjects=CARDS,
    ),
    Rule(
        code="BOOT-TOO-MUCH",
        severity=Severity.ERROR,
        title="More documents than bootstrap data can be",
        clause="smartboot reads 132,092 bytes of documents from one card",
        meaning=(
            "Bootstrap data has a few thousand bytes; a directory that leads to so many long files "
            "is damaged or hostile, and a device would be busy with it for minutes."
        ),
        mend="Look at the sizes and parts of files that the EF(DODF) entries name.",
        subjects=CARDS,
    ),
)
