"""Rules on WAP Client Provisioning documents: what the codec reports (CP-…).

CP-CANNOT-CARRY comes up when accounts are turned into a document, not from ``check``.
"""

from __future__ import annotations

from smartboot.checks.rule import CARDS, DOCUMENTS, Rule
from smartboot.model import Severity

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        code="CP-ACCESS",
        severity=Severity.WARNING,
        title="An ACCESS characteristic is put together wrongly",
        clause="OMA-WAP-TS-ProvCont 1.1, ACCESS",
        meaning=(
            "RULE comes first and the TO-NAPID or TO-PROXY it leads to last; a device that reads "
            "in order attaches the rule to nothing."
        ),
        mend="Sort the parms, and give at least one target.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-BLANK",
        severity=Severity.WARNING,
        title="The file is blank",
        clause="OMA-WAP-TS-ProvCont 1.1",
        meaning="Nothing to provision: devices treat it like a missing file.",
        mend="Write a document, or remove the directory entry that leads here.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-BOOTSTRAP-DUP",
        severity=Severity.WARNING,
        title="Two BOOTSTRAP characteristics with a PROVURL",
        clause="OMA-WAP-TS-ProvCont 1.1, BOOTSTRAP",
        meaning=(
            "The device takes the first and never trusts pushes from the provisioning server of "
            "the second."
        ),
        mend="Leave one BOOTSTRAP with PROVURL; others may hold NETWORK or COUNTRY parms.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-CANNOT-CARRY",
        severity=Severity.WARNING,
        title="Client Provisioning has no place for part of an account",
        clause="DM_Bootstrap 1.2, w7 to DMAcc mapping",
        meaning=(
            "As a warning the account works without the part; as an error, such as LwM2M or a "
            "missing server id, it was left out."
        ),
        mend="Carry the account in a format that has the field, or decide that it is not needed.",
        subjects=DOCUMENTS,
        also=(Severity.ERROR,),
    ),
    Rule(
        code="CP-DANGLING",
        severity=Severity.WARNING,
        title="A reference to an access point or proxy that is not defined",
        clause="OMA-WAP-TS-ProvCont 1.1",
        meaning=(
            "The device has an account and no way to reach the server; some fall back to the "
            "default data connection, some report wrong settings."
        ),
        mend=(
            "Spell TO-NAPID like the NAPID of a NAPDEF, case included, or add the missing NAPDEF "
            "or PXLOGICAL."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-DUP-CHARACTERISTIC",
        severity=Severity.WARNING,
        title="A characteristic stands twice where one is allowed",
        clause="OMA-WAP-TS-ProvCont 1.1",
        meaning=(
            "The first is used, the second silently ignored: the one edited last has no effect."
        ),
        mend="Merge the two.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-DUP-KEY",
        severity=Severity.WARNING,
        title="Two definitions share one identifier",
        clause="OMA-WAP-TS-ProvCont 1.1",
        meaning=(
            "References reach the first only. For two w7 accounts of one PROVIDER-ID, the second "
            "server never gets a session."
        ),
        mend="Give each NAPID, PROXY-ID and PROVIDER-ID once.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-DUP-PARM",
        severity=Severity.WARNING,
        title="A parm is given more than once",
        clause="OMA-WAP-TS-ProvCont 1.1",
        meaning="The first value counts, so an address appended as a correction changes nothing.",
        mend="Delete the value that is out of date.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-FOREIGN",
        severity=Severity.WARNING,
        title="Content that is neither characteristic nor parm",
        clause="OMA-WAP-TS-ProvCont 1.1, clause 8",
        meaning=(
            "Devices skip it; a parm without a name or at the top level is the usual typing slip "
            "and loses its value."
        ),
        mend="Put the parm inside its characteristic and give it a name.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-MERGE-CONFLICT",
        severity=Severity.WARNING,
        title="Two documents on the card define one thing differently",
        clause="OMA-WAP-TS-ProvSC 1.1; OMA-WAP-TS-ProvUAB 1.1",
        meaning=(
            "Bootstrap, Config1 and Config2 are merged by the device, and which of two definitions "
            "wins depends on its order."
        ),
        mend="Keep the definition in one of the files only.",
        subjects=CARDS,
    ),
    Rule(
        code="CP-MERGE-CREDENTIALS",
        severity=Severity.ERROR,
        title="Two documents give one server different credentials",
        clause="OMA-WAP-TS-ProvSC 1.1; OMA-WAP-TS-ProvUAB 1.1",
        meaning=(
            "Half the models will log in with the password the server does not know; seen as "
            "authentication failures on some phones only."
        ),
        mend=(
            "Update AAUTHNAME, AAUTHSECRET and AAUTHDATA in every file that has the account, or "
            "take it out of all but one."
        ),
        subjects=CARDS,
    ),
    Rule(
        code="CP-MISPLACED",
        severity=Severity.WARNING,
        title="A characteristic inside the wrong parent",
        clause="OMA-WAP-TS-ProvCont 1.1",
        meaning=(
            "The device looks for it elsewhere, so its parms do not count: an APPAUTH at the top "
            "level logs nobody in."
        ),
        mend=(
            "Nest it as the standard does, for instance APPADDR, APPAUTH and RESOURCE inside "
            "APPLICATION."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-MISSING-CHARACTERISTIC",
        severity=Severity.WARNING,
        title="A mandatory characteristic is missing",
        clause="OMA-WAP-TS-ProvCont 1.1",
        meaning=(
            "The outer one is incomplete, as a PXLOGICAL without any PXPHYSICAL: a name for a "
            "proxy with no address."
        ),
        mend="Add it, or remove the outer characteristic if nothing refers to it.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-MISSING-PARM",
        severity=Severity.ERROR,
        title="A mandatory parm is missing or empty",
        clause="OMA-WAP-TS-ProvCont 1.1",
        meaning=(
            "As an error the device drops the characteristic as a whole; as a warning it fills the "
            "value in by itself, and not every model the same way."
        ),
        mend=(
            "Add the parm. For APPLICATION it is APPID, for NAPDEF the id, name, bearer and "
            "address."
        ),
        subjects=DOCUMENTS,
        also=(Severity.WARNING,),
    ),
    Rule(
        code="CP-MORE",
        severity=Severity.WARNING,
        title="More than a hundred findings on one provisioning document",
        clause="smartboot lists a hundred findings of one document, errors first",
        meaning=(
            "A real document has a handful of faults; this one is damaged, or another kind of data "
            "read as Client Provisioning."
        ),
        mend=(
            "Decode it with `smartboot decode` and see where sense ends; then restore the file "
            "from its source."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-OPAQUE-VALUE",
        severity=Severity.WARNING,
        title="A value is written as binary data",
        clause="OMA-WAP-TS-ProvCont 1.1; WAP-192-WBXML 1.3, 5.8.4",
        meaning=(
            "Attribute values are text; a device may take the bytes as Latin-1, as UTF-8, or drop "
            "the parm."
        ),
        mend="Write an inline string; put octets that are no text in base64, as AAUTHDATA has it.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-PORTNBR",
        severity=Severity.ERROR,
        title="A port that is no number of 0 to 65535",
        clause="OMA-WAP-TS-ProvCont 1.1",
        meaning="The connection goes to a default port or is refused as a setting.",
        mend="Write decimal digits only, without blanks, sign or 0x.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-SHARED-PAGE",
        severity=Severity.WARNING,
        title="Tags and attributes are encoded with one common code page",
        clause="WAP-192-WBXML 1.3, 5.8.4.1",
        meaning=(
            "An old encoder's fault: a correct parser resolves the tokens on the wrong page and "
            "finds an empty or garbled document."
        ),
        mend="Encode again: `smartboot decode --format xml`, then `smartboot encode --to wbxml`.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-UNKNOWN-CHARACTERISTIC",
        severity=Severity.INFO,
        title="A characteristic the standard does not have",
        clause="OMA-WAP-TS-ProvCont 1.1",
        meaning="A vendor's extension, or a misspelt name; other devices ignore it.",
        mend=(
            "Compare the spelling with the standard; keep it if it is meant for one maker's phones."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-UNKNOWN-PARM",
        severity=Severity.INFO,
        title="A parm the standard does not have here",
        clause="OMA-WAP-TS-ProvCont 1.1",
        meaning=(
            "Ignored unless the device's maker knows it. A typing error in the name looks just the "
            "same."
        ),
        mend="Check for a missing hyphen (NAPAUTHINF, NAP-ADDRESS, TO-NAPID are real names).",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-VALUE",
        severity=Severity.WARNING,
        title="A value outside the standard's list",
        clause="OMA-WAP-TS-ProvCont 1.1",
        meaning=(
            "Devices compare these words literally; an unknown one counts as the default or voids "
            "the characteristic."
        ),
        mend="Take one of the values the message lists, in capitals as shown.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-VERSION",
        severity=Severity.INFO,
        title="The document's version is neither 1.0 nor 1.1",
        clause="OMA-WAP-TS-ProvCont 1.1",
        meaning="No device is known to refuse for it, and none knows a later version.",
        mend='Write version="1.1".',
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-W7-ADDRESS",
        severity=Severity.ERROR,
        title="A DM account without a server address",
        clause="DM_Bootstrap 1.2, w7 to DMAcc mapping; w7 registration",
        meaning="The account appears in the phone's settings and no session can ever start.",
        mend="Add an APPADDR with ADDR, the server's URL.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-W7-ADDRESS-TWICE",
        severity=Severity.WARNING,
        title="A DM account with both ADDR and APPADDR",
        clause="w7 registration",
        meaning=(
            "One model goes to the first address and another to the second: a server move shows "
            "only on part of the fleet."
        ),
        mend=(
            "Keep APPADDR, the form of newer clients, or ADDR for the oldest ones; not both with "
            "different servers."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-W7-AUTHTYPE",
        severity=Severity.WARNING,
        title="AAUTHTYPE does not fit the level it is used at",
        clause="DM_Bootstrap 1.2, w7 to DMAcc mapping",
        meaning=(
            "HTTP and OBEX know their own schemes; with DIGEST or HMAC there the device sends no "
            "credentials at that level."
        ),
        mend=(
            "Use HTTP-BASIC, HTTP-DIGEST or TRANSPORT, or give AAUTHLEVEL as APPSRV if SyncML "
            "credentials are meant."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-W7-CONNECTIONS",
        severity=Severity.WARNING,
        title="An account refers to more connections than are listed",
        clause="DM_Bootstrap 1.2, w7 to DMAcc mapping",
        meaning="A device tries the first few; a list this long comes from a faulty generator.",
        mend="Name the one or two access points the server is reached over.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-W7-INIT",
        severity=Severity.INFO,
        title="INIT on a card",
        clause="w7 registration",
        meaning=(
            "It asks for a management session right after provisioning. A card is read at every "
            "start, so some devices call the server each time."
        ),
        mend=(
            "Drop INIT; let the server trigger the first session, or the client by its own policy."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-W7-LEVEL",
        severity=Severity.WARNING,
        title="AAUTHLEVEL is none of APPSRV, CLIENT, OBEX",
        clause="w7 registration",
        meaning=(
            "The device cannot tell whose credentials these are and skips them: the first login "
            "fails."
        ),
        mend=(
            "Use APPSRV for what the device shows the server, CLIENT for what the server shows the "
            "device."
        ),
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-W7-NONCE",
        severity=Severity.WARNING,
        title="AAUTHDATA is not base64",
        clause="w7 registration; OMA-TS-DM_Security-V1_2",
        meaning=(
            "Server and device compute the MD5 digest over different nonces; the server answers "
            "401 until a new nonce is agreed, if the client gets that far."
        ),
        mend="Base64-encode the nonce, once.",
        subjects=DOCUMENTS,
    ),
    Rule(
        code="CP-W7-PROVIDER-ID",
        severity=Severity.ERROR,
        title="A DM account without PROVIDER-ID",
        clause="w7 registration; DM_Bootstrap 1.2",
        meaning=(
            "It becomes ServerID in the device's tree; without it the client cannot match the "
            "server's notifications and refuses the account."
        ),
        mend="Add PROVIDER-ID with the identifier the DM server uses in its messages.",
        subjects=DOCUMENTS,
    ),
)
