"""Rules on the file of LwM2M objects: its header, the objects' headers and the TLVs (LWM2M-…)."""

from __future__ import annotations

from smartboot.checks.rule import Rule
from smartboot.model import Severity

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        code="LWM2M-EMPTY",
        severity=Severity.WARNING,
        title="No objects in the file",
        clause="OMA LwM2M TS 1.0.2, Appendix G",
        meaning=(
            "Blank, or a header that counts nothing: the client goes on to its factory bootstrap."
        ),
        mend="Write a document, or take the data object out of the directory.",
    ),
    Rule(
        code="LWM2M-UNFINISHED",
        severity=Severity.WARNING,
        title="Writing the file was begun and not completed",
        clause="OMA LwM2M TS 1.0.2, Appendix G",
        meaning=(
            "The header was left invalid on purpose while the bytes behind it were changed; "
            "readers see no data, which is the safe side."
        ),
        mend="Run the same `smartboot write` again: it completes the file.",
    ),
    Rule(
        code="LWM2M-LEFTOVER",
        severity=Severity.WARNING,
        title="Old bytes behind the last object",
        clause="OMA LwM2M TS 1.0.2, Appendix G",
        meaning=(
            "Ignored by readers; usually the tail of a longer, older document, and it may still "
            "hold an old key."
        ),
        mend="Blank the file from the offset in the message to its end.",
    ),
    Rule(
        code="LWM2M-TOO-LARGE",
        severity=Severity.WARNING,
        title="The document is larger than a file may be",
        clause="OMA LwM2M TS 1.0.2, Appendix G",
        meaning=(
            "The part beyond offset 32767 cannot be read with one file's offsets, so the client "
            "sees a cut document."
        ),
        mend="Split off what is no bootstrap data: certificates are the usual weight.",
    ),
    Rule(
        code="LWM2M-LAYOUT-BARE",
        severity=Severity.WARNING,
        title="Objects without the file's header",
        clause="OMA LwM2M TS 1.0.2, Appendix G",
        meaning=(
            "Some tools export plain TLVs. Nordic's reader expects count and size first, reads the "
            "TLV bytes as such and finds no object."
        ),
        mend="Let smartboot write the file: it always puts the header and the object headers in.",
    ),
    Rule(
        code="LWM2M-SIZE",
        severity=Severity.ERROR,
        title="The size in the header does not fit the content",
        clause="OMA LwM2M TS 1.0.2, Appendix G",
        meaning="A reader that goes by the size cuts the last object or runs into the padding.",
        mend="Bytes 2 and 3 count everything behind the header, without padding.",
    ),
    Rule(
        code="LWM2M-COUNT",
        severity=Severity.ERROR,
        title="The number of objects in the header is wrong",
        clause="OMA LwM2M TS 1.0.2, Appendix G",
        meaning=(
            "With too low a count the last objects are not loaded, often the Server object behind "
            "Security; with too high a one parsers fail at the end."
        ),
        mend="Set bytes 0 and 1 to the number of objects, not of instances.",
    ),
    Rule(
        code="LWM2M-OBJECT-HEADER",
        severity=Severity.ERROR,
        title="An object's header cannot be read or promises too much",
        clause="OMA LwM2M TS 1.0.2, Appendix G",
        meaning=(
            "All behind it is unreachable, because the length says where the next object begins."
        ),
        mend=(
            "Object id, version (00, or two bytes) and length: check which form of the version the "
            "writer used."
        ),
    ),
    Rule(
        code="LWM2M-OBJECT-DUPLICATE",
        severity=Severity.WARNING,
        title="An object has two headers",
        clause="OMA LwM2M TS 1.0.2, Appendix G",
        meaning=(
            "Instances of one object belong under one header; a client may replace the first set "
            "by the second."
        ),
        mend="Join the instances under one header and correct count and size.",
    ),
    Rule(
        code="LWM2M-INSTANCE-DUPLICATE",
        severity=Severity.WARNING,
        title="Two instances of one id",
        clause="OMA LwM2M TS 1.0.2, 6.4.3",
        meaning="One overwrites the other while the file is loaded, so a server disappears.",
        mend="Give every instance of an object its own number.",
    ),
    Rule(
        code="LWM2M-INSTANCE-UNWRAPPED",
        severity=Severity.WARNING,
        title="Resources without an object instance around them",
        clause="OMA LwM2M TS 1.0.2, 6.4.3",
        meaning=(
            "Taken as instance 0 here. Allowed for objects with one instance only, and Security is "
            "not one."
        ),
        mend="Wrap the resources in a TLV of type 00 with the instance's id.",
    ),
    Rule(
        code="LWM2M-MORE",
        severity=Severity.WARNING,
        title="More than a hundred findings on one LwM2M file",
        clause="smartboot lists a hundred findings of one document, errors first",
        meaning=(
            "The TLVs lost their rhythm somewhere and what follows was read askew, so most "
            "findings are echoes of the first."
        ),
        mend="Look at the smallest offset among the errors, mend that length and check again.",
    ),
    Rule(
        code="LWM2M-TLV-MALFORMED",
        severity=Severity.ERROR,
        title="A TLV whose header or length is wrong",
        clause="OMA LwM2M TS 1.0.2, 6.4.3",
        meaning=(
            "What stands behind it in the same instance is lost, and a client that parses strictly "
            "drops the whole file."
        ),
        mend=(
            "Check the length at the offset in the message; a value of 8 bytes and more needs the "
            "longer length form."
        ),
    ),
    Rule(
        code="LWM2M-TLV-NESTING",
        severity=Severity.ERROR,
        title="An object instance inside an object instance",
        clause="OMA LwM2M TS 1.0.2, 6.4.3",
        meaning=(
            "There are three levels: instance, resource, resource instance. The inner instance is "
            "not loaded."
        ),
        mend="Move it beside the outer one, and look for a length that is too large by its size.",
    ),
    Rule(
        code="LWM2M-TLV-PADDING",
        severity=Severity.WARNING,
        title="Padding inside the data",
        clause="OMA LwM2M TS 1.0.2, Appendix G; 6.4.3",
        meaning=(
            "FF in the middle reads as resource 65535 of enormous length; strict clients refuse "
            "the file there."
        ),
        mend="Close the gap and correct the lengths around it.",
    ),
    Rule(
        code="LWM2M-TLV-STRAY",
        severity=Severity.WARNING,
        title="A resource instance where a resource belongs",
        clause="OMA LwM2M TS 1.0.2, 6.4.3",
        meaning=(
            "TLV type 01 outside a multiple resource: taken for the resource here, skipped by "
            "clients that check the type."
        ),
        mend="Write type 11, or put the multiple resource (type 10) around it.",
    ),
)
