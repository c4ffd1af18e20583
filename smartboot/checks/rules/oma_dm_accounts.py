"""Rules on the accounts and connectivity objects in OMA DM documents (DM-…).

DM-CANNOT-CARRY and DM-MADE-UP come up when accounts are turned into a document, not from
``check``.
"""

from __future__ import annotations

from smartboot.checks.rule import Rule
from smartboot.model import Severity

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        code="DM-NO-ACCOUNT",
        severity=Severity.ERROR,
        title="The document holds no DM account",
        clause="OMA-TS-DM_Bootstrap-V1_2; OMA-SUP-MO_DM_DMAcc-V1_2",
        meaning="The device accepts the bootstrap and still knows no server.",
        mend=(
            "Add a DMAcc object, or correct its Type: a root without the account's urn is not "
            "recognised."
        ),
    ),
    Rule(
        code="DM-NO-CONNECTION",
        severity=Severity.INFO,
        title="No connectivity object in the document",
        clause="OMA-TS-DM_Bootstrap-V1_2",
        meaning=(
            "Sessions go over whatever data connection the device has; that is right for phones "
            "with an internet APN and not for a private one."
        ),
        mend="Add a connectivity object (NAP) if the server is reachable over its own APN only.",
    ),
    Rule(
        code="DM-CONREF",
        severity=Severity.ERROR,
        title="A connection reference leads nowhere",
        clause="OMA-TS-DM_Bootstrap-V1_2",
        meaning=(
            "As an error it points into ./Inbox, where only this document's objects can be: the "
            "account has no connection. As an information it may name an object the device has."
        ),
        mend="Spell PrefConRef or ToConRef like the path of the NAP object in this document.",
        also=(Severity.INFO,),
    ),
    Rule(
        code="DM-CON-NO-ADDR",
        severity=Severity.WARNING,
        title="A connectivity object without an address",
        clause="OMA-DDS-DM_ConnMO-V1_0",
        meaning=(
            "No APN, no data connection; some devices take an empty APN as the subscriber's "
            "default."
        ),
        mend="Fill Addr, for a packet bearer with the APN.",
    ),
    Rule(
        code="DM-CON-PORT",
        severity=Severity.WARNING,
        title="A connectivity object's port is no number",
        clause="OMA-DDS-DM_ConnMO-V1_0",
        meaning="The proxy is contacted at a default port or not at all.",
        mend="Write PortNbr as digits from 1 to 65535.",
    ),
    Rule(
        code="DM-ACC-APPID",
        severity=Severity.ERROR,
        title="AppID is missing or not w7",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning=(
            "w7 is what makes an application account a DM account; with another value nothing "
            "manages the device."
        ),
        mend="Set AppID to w7.",
    ),
    Rule(
        code="DM-ACC-NO-SERVERID",
        severity=Severity.ERROR,
        title="The account has no ServerID",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning=(
            "Notifications and ACLs refer to the server by this name; clients refuse an account "
            "without it."
        ),
        mend="Set ServerID to the identifier the server uses for itself.",
    ),
    Rule(
        code="DM-ACC-NO-ADDR",
        severity=Severity.ERROR,
        title="The account has no server address",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning="There is nowhere to connect to, so the first session fails before it starts.",
        mend="Add AppAddr/1/Addr with the server's URL.",
    ),
    Rule(
        code="DM-ACC-NO-AUTH",
        severity=Severity.INFO,
        title="The account has no credentials",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning=(
            "The session starts without any, and a server that wants them answers 407 until the "
            "device gives up."
        ),
        mend="Add AppAuth with CLCRED and SRVCRED, unless TLS client certificates do this job.",
    ),
    Rule(
        code="DM-ACC-DUPLICATE",
        severity=Severity.WARNING,
        title="Two accounts have the same server identifier",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3; OMA-SUP-MO_DM_DMAcc-V1_2",
        meaning=(
            "A notification from that server matches both, and which of them opens the session is "
            "chance."
        ),
        mend=(
            "Keep one account for each server; give a second instance of the server its own "
            "identifier."
        ),
    ),
    Rule(
        code="DM-ACC-ADDRTYPE",
        severity=Severity.WARNING,
        title="AddrType is not URI, IPv4 or IPv6",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning="A device that does not know the word takes the address as a URI, or drops it.",
        mend="Write one of the three as spelt here.",
    ),
    Rule(
        code="DM-ACC-PORT",
        severity=Severity.WARNING,
        title="A port of the account is missing or no number",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning=(
            "The port in the URL, or 80 and 443, is used instead; wrong for servers on 8443 and "
            "the like."
        ),
        mend=(
            "Set PortNbr to decimal digits, or leave the Port branch out and write the port into "
            "the URL."
        ),
    ),
    Rule(
        code="DM-ACC-AUTHLEVEL",
        severity=Severity.WARNING,
        title="AAuthLevel is missing or unknown",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning=(
            "Without CLCRED or SRVCRED the device cannot tell its own password from the server's."
        ),
        mend="Set it to CLCRED, SRVCRED, OBEX or HTTP.",
    ),
    Rule(
        code="DM-ACC-AUTHTYPE",
        severity=Severity.WARNING,
        title="AAuthType is unknown or does not go with the level",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning=(
            "The client picks a scheme of its own, often BASIC, and sends the password in clear "
            "inside TLS or fails."
        ),
        mend="DIGEST or HMAC for CLCRED and SRVCRED, HTTP-BASIC or HTTP-DIGEST for HTTP.",
    ),
    Rule(
        code="DM-ACC-AUTHPREF",
        severity=Severity.WARNING,
        title="AAuthPref is no value of AAuthType",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning=(
            "The preference is ignored, and the first session may begin with the weakest scheme "
            "there is."
        ),
        mend="Name one of the types that stand under AppAuth.",
    ),
    Rule(
        code="DM-ACC-AUTHDATA",
        severity=Severity.WARNING,
        title="A nonce in the wrong form",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3; OMA-TS-DM_Security-V1_2",
        meaning=(
            "Both sides must start from the same octets. As an error it cannot be decoded; as a "
            "warning its format says text."
        ),
        mend="Store the nonce as bin octets, or as valid b64.",
        also=(Severity.ERROR,),
    ),
    Rule(
        code="DM-ACC-CONREF",
        severity=Severity.WARNING,
        title="A ConRef without a value",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning=(
            "The entry in the list of connections counts for nothing and the next one is used, if "
            "there is one."
        ),
        mend="Fill in the path of the connectivity object or remove the entry.",
    ),
    Rule(
        code="DM-ACC-TOCONREF",
        severity=Severity.WARNING,
        title="ToConRef is a leaf",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning=(
            "It is a branch with one child for each connection; a client that looks for children "
            "finds none."
        ),
        mend="Write ToConRef/1/ConRef.",
    ),
    Rule(
        code="DM-ACC-OLD-TYPE",
        severity=Severity.INFO,
        title="The account's Type is its old name",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning=(
            "Clients of the final DM 1.2 look for urn:oma:mo:oma-dm-dmacc:1.0; early ones know the "
            "old name only."
        ),
        mend="Use the current urn unless the devices predate it.",
    ),
    Rule(
        code="DM-ACC-TYPE",
        severity=Severity.WARNING,
        title="The account's Type is empty or of an unknown version",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning=(
            "The object's root is found by this urn; a device may store the branch and never use "
            "it as an account."
        ),
        mend="Set DDFName to urn:oma:mo:oma-dm-dmacc:1.0.",
    ),
    Rule(
        code="DM-ACC-EXTRA",
        severity=Severity.INFO,
        title="A node the account object does not have",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning=(
            "Devices ignore it or store it unread; vendors put their own switches here, beside the "
            "Ext branch meant for them."
        ),
        mend=(
            "Move it under Ext, and compare the name with the standard's in case it is a typing "
            "slip."
        ),
    ),
    Rule(
        code="DM-ACC-VALUE",
        severity=Severity.ERROR,
        title="A value of the account is not text",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3",
        meaning=(
            "Octets stand where a name, address or password should be; the device reads an empty "
            "value."
        ),
        mend="Declare the node chr and write the text itself.",
    ),
    Rule(
        code="DM-MO-MISSING",
        severity=Severity.ERROR,
        title="A required node of a DM 2.0 account is missing or empty",
        clause="OMA-SUP-MO_DM_DMAcc-V1_2",
        meaning="The object is not instantiated without it, so there is no account.",
        mend="Add the node the finding names; SrvID, SrvURI, Name and Perm are always needed.",
    ),
    Rule(
        code="DM-MO-TYPE",
        severity=Severity.ERROR,
        title="A node of a DM 2.0 account is of the wrong kind",
        clause="OMA-SUP-MO_DM_DMAcc-V1_2",
        meaning=(
            "A number for a text or a text for a branch: JSON readers with types throw the object "
            "away."
        ),
        mend=(
            "Compare with the object's definition; identifiers are strings even when they look "
            "like numbers."
        ),
    ),
    Rule(
        code="DM-MO-BASE64",
        severity=Severity.ERROR,
        title="A DM 2.0 key or identity is not base64",
        clause="OMA-SUP-MO_DM_DMAcc-V1_2",
        meaning=(
            "The device cannot decode its key, and the TLS or notification check fails at first "
            "use."
        ),
        mend=(
            "Encode the octets as base64; hex digits happen to be valid base64 of something else, "
            "so mind the length."
        ),
    ),
    Rule(
        code="DM-MO-VERSION",
        severity=Severity.WARNING,
        title="A DM account of another version",
        clause="OMA-SUP-MO_DM_DMAcc-V1_2",
        meaning="DM 2.0 clients know version 1.2 of the object and may not look at this one.",
        mend="Use urn:oma:mo:oma-dm-dmacc:1.2.",
    ),
    Rule(
        code="DM-SECMODE",
        severity=Severity.INFO,
        title="The bootstrap security mode was taken from the key material",
        clause="OMA-SUP-MO_DM_DMAcc-V1_2",
        meaning=(
            "The values of SecMode are not public, so smartboot cannot confirm what the device "
            "will do."
        ),
        mend="Ask the maker of the device which value it expects for this kind of key.",
    ),
    Rule(
        code="DM-CANNOT-CARRY",
        severity=Severity.WARNING,
        title="An OMA DM document has no place for part of an account",
        clause="OMA-TS-DM_StdObj-V1_2, 5.3; OMA-SUP-MO_DM_DMAcc-V1_2",
        meaning=(
            "As a warning the account works without the part; as an error it was left out as a "
            "whole or has no address."
        ),
        mend="Choose the other DM version, or drop the field from the account.",
        also=(Severity.ERROR,),
    ),
    Rule(
        code="DM-MADE-UP",
        severity=Severity.WARNING,
        title="A required value was made up",
        clause="OMA-SUP-MO_DM_DMAcc-V1_2",
        meaning=(
            "The object insists on a node the account has no value for; the stand-in is valid and "
            "need not be right."
        ),
        mend="Replace it in the result before it goes on a card.",
    ),
)
