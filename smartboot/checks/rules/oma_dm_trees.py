"""Rules on management trees in OMA DM 1.x documents, and on the JSON objects of DM 2.0 (DM-…)."""

from __future__ import annotations

from smartboot.checks.rule import Rule
from smartboot.model import Severity

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        code="DM-TNDS-TYPE",
        severity=Severity.WARNING,
        title="Meta does not say that Data is a management tree",
        clause="OMA-TS-DM_Bootstrap-V1_2",
        meaning=(
            "The client stores the octets as a plain value instead of unfolding them into nodes."
        ),
        mend="Set Type to application/vnd.syncml.dmtnds+wbxml and Format to bin.",
    ),
    Rule(
        code="DM-TNDS-FORM",
        severity=Severity.INFO,
        title="The embedded tree is written in an odd form",
        clause="OMA-TS-DM-TNDS-V1_2",
        meaning=(
            "Known encoders differ in string table, code page and nesting, and each has clients "
            "that read nothing else. smartboot writes the standard's form."
        ),
        mend=(
            "Leave it when your devices were tested with it; otherwise decode and encode the "
            "document once."
        ),
    ),
    Rule(
        code="DM-TNDS-TRAILING",
        severity=Severity.WARNING,
        title="Bytes behind the embedded tree",
        clause="OMA-TS-DM-TNDS-V1_2",
        meaning="A client that wants the tree to fill the opaque data exactly refuses it.",
        mend="Shorten the opaque length to the tree's own, or drop the padding inside Data.",
    ),
    Rule(
        code="DM-TNDS-VERDTD",
        severity=Severity.WARNING,
        title="The tree's VerDTD is not 1.2",
        clause="OMA-TS-DM-TNDS-V1_2",
        meaning="The tree's format is versioned apart from the message, and clients know 1.2.",
        mend="Set VerDTD of MgmtTree to 1.2.",
    ),
    Rule(
        code="DM-TNDS-EMPTY",
        severity=Severity.WARNING,
        title="The tree holds no node",
        clause="OMA-TS-DM-TNDS-V1_2",
        meaning="The Add succeeds and creates nothing.",
        mend="Put the account's nodes under MgmtTree, or remove the command.",
    ),
    Rule(
        code="DM-TNDS-DUPLICATE",
        severity=Severity.WARNING,
        title="An element of the tree stands twice where one is allowed",
        clause="OMA-TS-DM-TNDS-V1_2",
        meaning=(
            "The first counts here; a device may take the last, and the node gets other properties."
        ),
        mend="Merge both into one.",
    ),
    Rule(
        code="DM-TNDS-EXTRA",
        severity=Severity.INFO,
        title="An element that is no part of a management tree",
        clause="OMA-TS-DM-TNDS-V1_2",
        meaning="Passed over by devices, kept by smartboot when the document is written again.",
        mend="Nothing, if the maker of your devices asked for it; else remove it.",
    ),
    Rule(
        code="DM-TNDS-PATH",
        severity=Severity.WARNING,
        title="Path is used below another Node",
        clause="OMA-TS-DM-TNDS-V1_2",
        meaning=(
            "Path positions a top-level node only; inside, some clients add the two up and put the "
            "node in a wrong place."
        ),
        mend="Nest the nodes, or give every branch a top-level Node with a full Path.",
    ),
    Rule(
        code="DM-NODE-DUPLICATE",
        severity=Severity.WARNING,
        title="Two nodes of one name side by side",
        clause="OMA-TS-DM_TND-V1_2",
        meaning="A tree cannot hold both: the second Add fails with 418 or replaces the first.",
        mend="Rename one, as in AppAddr/1 and AppAddr/2.",
    ),
    Rule(
        code="DM-NODE-NAME",
        severity=Severity.WARNING,
        title="A node name holds a slash",
        clause="OMA-TS-DM_TND-V1_2",
        meaning="The slash separates names, so the client creates two levels or refuses the path.",
        mend="Choose another name; in a URI used as a name, replace the slashes.",
    ),
    Rule(
        code="DM-NO-RTPROPERTIES",
        severity=Severity.INFO,
        title="A node without RTProperties",
        clause="OMA-TS-DM-TNDS-V1_2",
        meaning=(
            "Format and type are then guessed from the content, usually rightly: chr for text, "
            "node for branches."
        ),
        mend="Add RTProperties with Format when a device treats a value as the wrong type.",
    ),
    Rule(
        code="DM-FORMAT",
        severity=Severity.WARNING,
        title="A node's Format does not fit",
        clause="OMA-TS-DM-TNDS-V1_2",
        meaning=(
            "Format decides between branch, text and octets; a wrong one turns a whole subtree "
            "into a value or a password into base64."
        ),
        mend="Use node for what has children, chr for text, bin or b64 for octets.",
    ),
    Rule(
        code="DM-TYPE",
        severity=Severity.WARNING,
        title="A node's Type is neither MIME nor DDFName, or both",
        clause="OMA-TS-DM-TNDS-V1_2",
        meaning=(
            "Clients recognise a management object by its DDFName; without it an account is a "
            "branch of unknown meaning."
        ),
        mend="Write exactly one: DDFName with the object's urn for a root, MIME for a leaf.",
    ),
    Rule(
        code="DM-VALUE",
        severity=Severity.WARNING,
        title="A node's value is no plain value",
        clause="OMA-TS-DM-TNDS-V1_2",
        meaning="Markup inside Value, or a value on a branch, cannot be stored in a device's tree.",
        mend="Move nested nodes out of Value; let only leaves have one.",
    ),
    Rule(
        code="DM-BASE64",
        severity=Severity.WARNING,
        title="A binary value is not base64",
        clause="OMA-TS-DM-TNDS-V1_2",
        meaning=(
            "In XML a bin value is base64; the device decodes garbage, and a digest computed from "
            "such a nonce never matches."
        ),
        mend="Encode the octets in base64, with padding and without line numbers or quotes.",
    ),
    Rule(
        code="DM-BIN-TEXT",
        severity=Severity.INFO,
        title="A binary value is written as text",
        clause="OMA-TS-DM-TNDS-V1_2",
        meaning=(
            "Whether the octets are the text itself or what its base64 stands for is left to the "
            "device."
        ),
        mend="Write an opaque value in WBXML, or declare the format chr.",
    ),
    Rule(
        code="DM-ACL",
        severity=Severity.WARNING,
        title="An access control list that cannot be read",
        clause="OMA-TS-DM_TND-V1_2, 7.7.1",
        meaning=(
            "The node falls back to its parent's rights: the server may find that it must not "
            "change its own account."
        ),
        mend=(
            "Write it as Add=id&Get=id, command names as in the standard, identifiers without "
            "blanks."
        ),
    ),
    Rule(
        code="DM-JSON-BOM",
        severity=Severity.INFO,
        title="The JSON text begins with a byte order mark",
        clause="RFC 8259, 8.1",
        meaning="Many parsers stop at EF BB BF; the standard forbids to write it.",
        mend="Save the file as UTF-8 without BOM.",
    ),
    Rule(
        code="DM-JSON-DUPLICATE",
        severity=Severity.ERROR,
        title="A JSON name is given twice",
        clause="RFC 8259, 4",
        meaning=(
            "Parsers keep the first or the last value, so two devices may get two servers from one "
            "card."
        ),
        mend="Delete one of the two.",
    ),
    Rule(
        code="DM-JSON-EMPTY",
        severity=Severity.WARNING,
        title="The array holds no management object",
        clause="OMA-TS-DM_Protocol-V2_0",
        meaning="A valid document that provisions nothing.",
        mend="Add the DM account object, or leave the data object off the card.",
    ),
    Rule(
        code="DM-JSON-NO-ARRAY",
        severity=Severity.WARNING,
        title="A management object stands alone, not in an array",
        clause="OMA-TS-DM_Protocol-V2_0",
        meaning="The file is defined as an array; a typed JSON reader fails on the first brace.",
        mend="Put [ and ] around it.",
    ),
    Rule(
        code="DM-MO-ROOT",
        severity=Severity.ERROR,
        title="A management object's data does not have one root node",
        clause="OMA-TS-DM_Protocol-V2_0; OMA-SUP-MO_DM_DMAcc-V1_2",
        meaning=(
            "MOData names the root, which holds the account. As an error the root is no branch at "
            "all and no account comes out."
        ),
        mend="Let MOData have exactly one member, whose value is an object.",
        also=(Severity.WARNING,),
    ),
    Rule(
        code="DM-MO-URI",
        severity=Severity.WARNING,
        title="ClientURI has no instance part",
        clause="OMA-TS-DM_Protocol-V2_0",
        meaning=(
            "The client identifies an instance by id and name; without the second it may create a "
            "new account at each power-on."
        ),
        mend="Write the object's urn, a slash, and a name for the instance.",
    ),
    Rule(
        code="DM-MO-NULL",
        severity=Severity.WARNING,
        title="A member is null",
        clause="OMA-TS-DM_Protocol-V2_0",
        meaning="Read as absent; a client with a strict schema rejects the object.",
        mend="Leave the member out.",
    ),
    Rule(
        code="DM-MO-MEMBER",
        severity=Severity.INFO,
        title="An unknown member or node",
        clause="OMA-TS-DM_Protocol-V2_0; OMA-SUP-MO_DM_DMAcc-V1_2",
        meaning=(
            "Clients ignore what they do not know, so a misspelt SrvURI shows as this finding "
            "together with a missing node."
        ),
        mend="Compare the spelling, case included; vendor data belongs under Ext.",
    ),
)
