"""Rules on card profiles (PROFILE-…): what is allowed in the text and yet hardly meant."""

from __future__ import annotations

from smartboot.checks.rule import PROFILES, Rule
from smartboot.model import Severity

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        code="PROFILE-VARIABLE-UNUSED",
        severity=Severity.WARNING,
        title="A variable that stands nowhere in the profile",
        clause="Card profiles, variables",
        meaning="Whoever fills in the batch file believes the value reaches the card; it does not.",
        mend="Use ${NAME} where the value belongs, or delete the variable.",
        subjects=PROFILES,
    ),
    Rule(
        code="PROFILE-SECRET-DEFAULT",
        severity=Severity.WARNING,
        title="A secret variable with a default",
        clause="Card profiles, variables",
        meaning=(
            "A forgotten --set then writes the same key on every card of the batch, and it stands "
            "in the profile for all to read."
        ),
        mend="Remove the default; for trials on a virtual card give the value as example.",
        subjects=PROFILES,
    ),
    Rule(
        code="PROFILE-PRIVATE-OPEN",
        severity=Severity.WARNING,
        title="An object marked private whose file everyone may read",
        clause="PKCS#15 v1.1, 6.1.1",
        meaning=(
            "Readers that respect the flag ask for a PIN in vain, and those that do not read the "
            "document anyway: the mark protects nothing."
        ),
        mend="Set access.read to a PIN, or drop private.",
        subjects=PROFILES,
    ),
    Rule(
        code="PROFILE-NOT-PRIVATE",
        severity=Severity.WARNING,
        title="Reading takes a key and the object is not marked private",
        clause="PKCS#15 v1.1, 6.1.1",
        meaning=(
            "A device learns of the PIN only from 6982 and, without anyone to ask, reports an "
            "empty card."
        ),
        mend="Set private: true together with the PIN's access condition.",
        subjects=PROFILES,
    ),
    Rule(
        code="PROFILE-COMPACT-KEY",
        severity=Severity.WARNING,
        title="Compact access rules cannot name the key",
        clause="ISO/IEC 7816-4, 5.4.3.1",
        meaning=(
            'The compact form says "user authentication" without a number: nobody can tell which '
            "PIN the file wants."
        ),
        mend=(
            "Leave virtual.access_encoding at referenced, as on cards in the field, or set it to "
            "expanded."
        ),
        subjects=PROFILES,
    ),
    Rule(
        code="PROFILE-READ-NEVER",
        severity=Severity.WARNING,
        title="A file that nobody may read",
        clause="TS 102 221, 9.2",
        meaning="Not even smartboot can verify what it wrote, and no device can use it.",
        mend="Set access.read to always, or to a PIN.",
        subjects=PROFILES,
    ),
    Rule(
        code="PROFILE-UPDATE-OPEN",
        severity=Severity.WARNING,
        title="A file that everyone may change",
        clause="TS 102 221, 9.2",
        meaning=(
            "Any application on the device, and anyone with a reader, can point the device at a "
            "server of their own."
        ),
        mend="Set access.update to adm1.",
        subjects=PROFILES,
    ),
    Rule(
        code="PROFILE-LABEL-TWICE",
        severity=Severity.WARNING,
        title="Two data objects share a label",
        clause="PKCS#15 v1.1, 6.1.1",
        meaning=(
            "Lists show two lines that look alike, and a program that picks by label gets the "
            "first."
        ),
        mend="Name them apart, for instance by server or purpose.",
        subjects=PROFILES,
    ),
    Rule(
        code="PROFILE-LABEL-UNPRINTABLE",
        severity=Severity.WARNING,
        title="A label with characters that cannot be printed",
        clause="PKCS#15 v1.1, 6.1.1",
        meaning=(
            "Terminals show boxes or nothing; a pasted tab or a soft hyphen is easily overlooked."
        ),
        mend="Type the label anew in plain characters.",
        subjects=PROFILES,
    ),
    Rule(
        code="PROFILE-OID-TWICE",
        severity=Severity.WARNING,
        title="Two data objects share an OID",
        clause="PKCS#15 v1.1, 6.1.4; LwM2M Core 1.1.1, Appendix G",
        meaning="Most readers stop at the first match, so the second document never counts.",
        mend="Put both accounts into one document.",
        subjects=PROFILES,
    ),
    Rule(
        code="PROFILE-OID-UNKNOWN",
        severity=Severity.WARNING,
        title="An OID under which readers do not look for this format",
        clause="LwM2M Core 1.1.1, Appendix G; OMA-WAP-TS-ProvSC 1.1",
        meaning=(
            "The card will hold the document and devices pass over it as something of another "
            "application."
        ),
        mend="Leave oid out: the format's own is then used.",
        subjects=PROFILES,
    ),
    Rule(
        code="PROFILE-KIND",
        severity=Severity.WARNING,
        title="The entry is of a kind that readers in the field do not take",
        clause="LwM2M Core 1.1.1, Appendix G; Nordic's and OpenSC's readers",
        meaning=(
            "Nordic's SIM reader wants an oidDO for LwM2M; phones and OpenSC want an opaqueDO for "
            "the others."
        ),
        mend="Leave kind out, or set it to the one the message names.",
        subjects=PROFILES,
    ),
)
