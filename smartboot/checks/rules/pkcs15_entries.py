"""Rules on the entries inside PKCS#15 directory files: their ASN.1 and their fields (P15-…)."""

from __future__ import annotations

from smartboot.checks.rule import CARDS, Rule
from smartboot.model import Severity

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        code="P15-BYTES-AFTER-PADDING",
        severity=Severity.WARNING,
        title="Bytes behind the padding of a directory file",
        clause="PKCS#15 v1.1, 5.5",
        meaning=(
            "Readers stop at the first 00 or FF, so an entry behind it is invisible; most often it "
            "is the rest of an older, longer content."
        ),
        mend=(
            "Move the entry in front of the padding if it counts, or blank the file to its end if "
            "it does not."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-ENTRY-MALFORMED",
        severity=Severity.ERROR,
        title="A directory entry is broken",
        clause="PKCS#15 v1.1, ASN.1 module; ISO/IEC 8825-1",
        meaning=(
            "A length that does not fit hides this entry and sometimes all behind it; the data "
            "object it describes does not exist for devices."
        ),
        mend=(
            "Run the file through an ASN.1 viewer: nearly always a length byte was not adjusted "
            "after a field grew."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-ENTRY-UNKNOWN",
        severity=Severity.INFO,
        title="A directory entry of an unknown kind",
        clause="PKCS#15 v1.1, ASN.1 module, PKCS15Objects, DataType",
        meaning=(
            "Readers pass over tags they do not know, so nothing is lost unless the entry was to "
            "be bootstrap data."
        ),
        mend=(
            "Check the tag against the standard when you expected the object in the list; "
            "otherwise let it be."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-EXTERNAL-SKIPPED",
        severity=Severity.INFO,
        title="An externalIDO entry is passed over",
        clause="PKCS#15 v1.1, ASN.1 module, DataType",
        meaning=(
            "This kind names data by interindustry tags; no DM client reads its bootstrap from one."
        ),
        mend=(
            "Nothing for other applications' data; a document needs an oidDO (A1) or opaqueDO (30) "
            "entry."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-FIELD-MALFORMED",
        severity=Severity.WARNING,
        title="A field of an entry cannot be used",
        clause="PKCS#15 v1.1, ASN.1 module",
        meaning=(
            "The rest of the entry is taken, the field is left out; strict ASN.1 readers drop the "
            "whole entry instead."
        ),
        mend=(
            "Write the field as the module has it: a negative index, flags without the count of "
            "unused bits and trailing objects are typical."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-LABEL-IN-NAME",
        severity=Severity.WARNING,
        title="The label stands in applicationName",
        clause="PKCS#15 v1.1, ASN.1 module, CommonObjectAttributes",
        meaning=(
            "Tools list the object without a name, and a script that looks it up by its label "
            "misses it."
        ),
        mend="Put the text as UTF8String first in CommonObjectAttributes.",
        subjects=CARDS,
    ),
    Rule(
        code="P15-LENGTH-TAG",
        severity=Severity.WARNING,
        title="The length in a path has the wrong tag",
        clause="PKCS#15 v1.1, ASN.1 module, Path",
        meaning=(
            "Readers after the standard expect [0] (80) and refuse the path as a whole when a "
            "second INTEGER (02) stands there."
        ),
        mend=(
            "Write tag 80 for the length; leave index and length out altogether when the document "
            "begins at byte 0."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-PATH-INCOMPLETE",
        severity=Severity.WARNING,
        title="A path has only one of index and length",
        clause="PKCS#15 v1.1, ASN.1 module, Path",
        meaning=(
            "The standard allows both or none; a reader that insists takes the file from its first "
            "byte, or not at all."
        ),
        mend="Give both, or drop the one that is there.",
        subjects=CARDS,
    ),
    Rule(
        code="P15-NO-VALUE",
        severity=Severity.ERROR,
        title="An entry does not say where its content is",
        clause="PKCS#15 v1.1, ASN.1 module, PKCS15Object",
        meaning="The object has a name and an OID but no path, so there is nothing to read.",
        mend="Add [1] with the path of the document's file.",
        subjects=CARDS,
    ),
    Rule(
        code="P15-VALUE-NOT-A-FILE",
        severity=Severity.WARNING,
        title="The content is in the directory itself, at a URL, or enveloped",
        clause="PKCS#15 v1.1, ASN.1 module, ObjectValue",
        meaning=(
            "smartboot reads a document that stands directly in the entry; phones and modems know "
            "only paths."
        ),
        mend="Write the document to a transparent EF and let the entry hold its path.",
        subjects=CARDS,
    ),
    Rule(
        code="P15-OID-ABSENT",
        severity=Severity.WARNING,
        title="An entry without an OID",
        clause="LwM2M Core 1.1.1, Appendix G",
        meaning=(
            "Clients choose entries by OID; this one fits none of them whatever its file holds."
        ),
        mend=(
            "Add applicationOID: 2.23.43.9.1 for LwM2M, 2.23.43.7.1 for OMA DM, 2.23.43.5.1 for "
            "Client Provisioning."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-OID-DIFFERS",
        severity=Severity.WARNING,
        title="The two OIDs of one entry contradict each other",
        clause="PKCS#15 v1.1, ASN.1 module, CommonDataObjectAttributes, OidDO",
        meaning=(
            "One client compares the id of the oidDO, another the applicationOID: which format "
            "they then try is left to chance."
        ),
        mend="Give both the OID of the document's format.",
        subjects=CARDS,
    ),
    Rule(
        code="P15-OID-MALFORMED",
        severity=Severity.ERROR,
        title="An OID cannot be decoded",
        clause="ISO/IEC 8825-1, 8.19",
        meaning="The entry matches nothing; an OID cut in the middle of an arc is the usual form.",
        mend="Encode it again: 2.23.43.9.1 is 06 04 67 2B 09 01.",
        subjects=CARDS,
    ),
    Rule(
        code="P15-OID-WRAPPED",
        severity=Severity.WARNING,
        title="An OID has its header twice",
        clause="LwM2M Core 1.1.1, Appendix G; ISO/IEC 8825-1, 8.19",
        meaning=(
            "The example in the LwM2M appendix shows 06 06 06 04 …, and cards were made from it. A "
            "reader that decodes the OID properly does not find the object."
        ),
        mend=(
            "Write 06 04 67 2B 09 01, once. If your devices match the doubled bytes, keep two "
            "entries."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="P15-OUTER-SEQUENCE",
        severity=Severity.WARNING,
        title="One SEQUENCE too many around all entries",
        clause="PKCS#15 v1.1, 5.5.1",
        meaning=(
            "Directory files are a plain row of entries; many readers take the outer SEQUENCE for "
            "the first entry and stop."
        ),
        mend="Remove the outer 30 and its length, and move the entries to the start of the file.",
        subjects=CARDS,
    ),
    Rule(
        code="P15-REFERENCE-SIGN",
        severity=Severity.INFO,
        title="A PIN reference lacks its leading zero",
        clause="PKCS#15 v1.1, ASN.1 module, Reference; ISO/IEC 8825-1, 8.3",
        meaning=(
            "81 in one byte is a negative INTEGER; most readers take the byte as it is, a strict "
            "one refuses the EF(AODF) entry."
        ),
        mend="Write 02 02 00 81.",
        subjects=CARDS,
    ),
    Rule(
        code="P15-STRING-ENCODING",
        severity=Severity.WARNING,
        title="A label is not UTF-8",
        clause="PKCS#15 v1.1, ASN.1 module, Label",
        meaning=(
            "Names show with odd characters, and a tool that compares labels misses this one; "
            "Latin-1 umlauts are the classic."
        ),
        mend="Write the label as UTF-8, or in plain ASCII to be safe with old readers.",
        subjects=CARDS,
    ),
    Rule(
        code="P15-STRING-TYPE",
        severity=Severity.INFO,
        title="A text has another string type than the standard's",
        clause="PKCS#15 v1.1, ASN.1 module, Label, URL",
        meaning=(
            "PrintableString for UTF8String is harmless with readers that look at the bytes only; "
            "generated ASN.1 parsers may refuse it."
        ),
        mend="Use tag 0C for labels when the file is written anew.",
        subjects=CARDS,
    ),
    Rule(
        code="P15-TOO-MANY",
        severity=Severity.WARNING,
        title="More entries than a reader goes through",
        clause="PKCS#15 v1.1, 5.5",
        meaning=(
            "Every reader stops counting somewhere, smartboot after some hundred entries and a "
            "device much earlier; those at the end are never seen."
        ),
        mend="Put the bootstrap documents first and remove entries that nobody uses.",
        subjects=CARDS,
    ),
)
