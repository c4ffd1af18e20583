"""Rules on OMA DM 1.x messages and on OMA DM documents as a whole (DM-…).

What is in them is in ``oma_dm_trees`` and ``oma_dm_accounts``.
"""

from __future__ import annotations

from smartboot.checks.rule import Rule
from smartboot.model import Severity

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        code="DM-XML",
        severity=Severity.WARNING,
        title="The document is XML text",
        clause="OMA-TS-DM_Bootstrap-V1_2",
        meaning="A bootstrap file is WBXML; clients look at the first byte, find 3C and stop.",
        mend="Encode it: `smartboot encode FILE --to wbxml -o OUT`.",
    ),
    Rule(
        code="DM-WBXML-VERSION",
        severity=Severity.WARNING,
        title="WBXML of a version that DM does not use",
        clause="OMA-TS-DM_Bootstrap-V1_2; WAP-192-WBXML 1.3",
        meaning=(
            "SyncML clients accept 1.1 to 1.3, mostly 1.2; another first byte sends the document "
            "to the error handler."
        ),
        mend="Begin with 02 and encode the rest unchanged.",
    ),
    Rule(
        code="DM-MORE",
        severity=Severity.WARNING,
        title="Further findings on one OMA DM document are not listed",
        clause="smartboot lists a hundred findings of one document",
        meaning=(
            "A document with so many faults comes from a broken generator rather than from a slip."
        ),
        mend="Look for the pattern in the first ten, mend its cause and check again.",
    ),
    Rule(
        code="DM-TRAILING",
        severity=Severity.INFO,
        title="Bytes behind the document that are no padding",
        clause="OMA-TS-DM_Bootstrap-V1_2",
        meaning=(
            "Devices stop at the document's end, so these do nothing; they are most likely left "
            "from a longer predecessor, secrets included."
        ),
        mend="Blank the file behind the document with FF.",
    ),
    Rule(
        code="DM-TOO-LARGE",
        severity=Severity.ERROR,
        title="The accounts cannot be taken from the document, it is too large",
        clause="smartboot's limits for hostile documents",
        meaning="A client has far less memory than a computer and would refuse it long before.",
        mend="Split off what is no bootstrap data; an account needs less than a kilobyte.",
    ),
    Rule(
        code="DM-NO-ADD",
        severity=Severity.WARNING,
        title="The message adds nothing",
        clause="OMA-TS-DM_Bootstrap-V1_2",
        meaning="The device processes it without an error and has no account afterwards.",
        mend=(
            "Bootstrap with Add commands that target ./Inbox; a message exported from a running "
            "session has Replace or Get instead."
        ),
    ),
    Rule(
        code="DM-COMMAND",
        severity=Severity.WARNING,
        title="A command that bootstrap messages do not use",
        clause="OMA-TS-DM_Bootstrap-V1_2",
        meaning=(
            "Only Add is promised to work before there is a session; clients answer others with "
            "405 or skip them."
        ),
        mend="Express it as Add, or leave it to the first management session.",
    ),
    Rule(
        code="DM-NO-ITEM",
        severity=Severity.WARNING,
        title="A command without an Item",
        clause="OMA-TS-DM_RepPro-V1_2",
        meaning="Nothing is added by it, and a strict client rejects the whole message.",
        mend="Give the Add its Item with Target and Data, or remove the command.",
    ),
    Rule(
        code="DM-ITEM-TARGET",
        severity=Severity.ERROR,
        title="An Add without Target/LocURI",
        clause="OMA-TS-DM_RepPro-V1_2",
        meaning=(
            "The client does not know where in its tree the data goes, so the account in it is "
            "lost."
        ),
        mend="Set Target/LocURI to ./Inbox for an embedded object.",
    ),
    Rule(
        code="DM-ITEM-DATA",
        severity=Severity.WARNING,
        title="Data holds elements that are no management tree",
        clause="OMA-TS-DM_RepPro-V1_2",
        meaning="A client expects text, octets or TNDS here and has no use for other markup.",
        mend=(
            "If it is TNDS, check its namespace and root element MgmtTree; otherwise escape the "
            "text."
        ),
    ),
    Rule(
        code="DM-EXTRA",
        severity=Severity.WARNING,
        title="An element where the standard has none",
        clause="OMA-TS-DM_RepPro-V1_2",
        meaning=(
            "Ignored by lenient clients, while validating ones drop the message; inside Meta, an "
            "information only, it harms nobody."
        ),
        mend="Delete the element the message names, or move it where the DTD allows it.",
        also=(Severity.INFO,),
    ),
    Rule(
        code="DM-STRAY-TEXT",
        severity=Severity.WARNING,
        title="Text between elements",
        clause="OMA-TS-DM_RepPro-V1_2; OMA-TS-DM-TNDS-V1_2",
        meaning="It is ignored. In a hand-written file it is often a value that lost its tag.",
        mend="Wrap the value in its element, or delete it.",
    ),
    Rule(
        code="DM-CRED-IN-COMMAND",
        severity=Severity.WARNING,
        title="Credentials inside a command",
        clause="OMA-TS-DM_RepPro-V1_2",
        meaning=(
            "DM knows Cred in SyncHdr only, and the secret is readable on the card for nothing."
        ),
        mend="Remove Cred; the account's own credentials go to AppAuth.",
    ),
    Rule(
        code="DM-VERDTD",
        severity=Severity.WARNING,
        title="VerDTD is not 1.2",
        clause="OMA-TS-DM_RepPro-V1_2",
        meaning="A client compares the text and answers 505 or ignores the message.",
        mend="Write 1.2, without blanks.",
    ),
    Rule(
        code="DM-VERPROTO",
        severity=Severity.WARNING,
        title="VerProto is neither DM/1.2 nor DM/1.3",
        clause="OMA-TS-DM_RepPro-V1_2",
        meaning=(
            "Clients of 1.1.2 and 1.2 keep different trees; one that takes the version seriously "
            "skips the message."
        ),
        mend="Write DM/1.2 unless every device in the field is a DM 1.3 client.",
    ),
    Rule(
        code="DM-NO-TARGET",
        severity=Severity.INFO,
        title="SyncHdr has no Target",
        clause="OMA-TS-DM_RepPro-V1_2",
        meaning=(
            "The element is mandatory in the DTD, though no device can be named before it is "
            "known; validating clients may object."
        ),
        mend="Put Target/LocURI with a neutral text, as the profiles shipped here do.",
    ),
    Rule(
        code="DM-NO-SOURCE",
        severity=Severity.INFO,
        title="SyncHdr has no Source",
        clause="OMA-TS-DM_RepPro-V1_2",
        meaning=(
            "Clients that log who provisioned them log nothing, and a validating one misses the "
            "element."
        ),
        mend="Name the bootstrap server in Source/LocURI.",
    ),
    Rule(
        code="DM-NO-FINAL",
        severity=Severity.INFO,
        title="The message does not end with Final",
        clause="OMA-TS-DM_RepPro-V1_2",
        meaning="A client may wait for a second part that a card cannot deliver.",
        mend="Close SyncBody with an empty Final.",
    ),
    Rule(
        code="DM-BARE-TNDS",
        severity=Severity.INFO,
        title="A management tree without a message around it",
        clause="OMA-TS-DM_Bootstrap-V1_2",
        meaning=(
            "smartboot reads it; a client after the standard expects SyncML and finds another root "
            "element."
        ),
        mend=(
            "Wrap the tree in an Add to ./Inbox; keep the bare form only for readers that ask for "
            "it."
        ),
    ),
)
