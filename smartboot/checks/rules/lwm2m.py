"""Rules on LwM2M accounts: objects, resources and how they fit each other (LWM2M-…).

Faults of the file and its TLVs are in ``lwm2m_structure``. LWM2M-NOT-CARRIED and LWM2M-DEFAULTED
come up when accounts are turned into a document, not from ``check``.
"""

from __future__ import annotations

from smartboot.checks.rule import Rule
from smartboot.model import Severity

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        code="LWM2M-NO-ACCOUNT",
        severity=Severity.ERROR,
        title="No Security instance",
        clause="OMA LwM2M Core 1.2, 6.1; TS 1.0.2, Appendix E.1",
        meaning=(
            "Servers without addresses and keys: the client knows lifetimes and has nobody to "
            "register with."
        ),
        mend="Add object /0 with one instance for each server.",
    ),
    Rule(
        code="LWM2M-BOOTSTRAP-MULTIPLE",
        severity=Severity.ERROR,
        title="More than one bootstrap server",
        clause="OMA LwM2M Core 1.2, 6.1",
        meaning=(
            "A client has room for one bootstrap server, and which of several it keeps is its own "
            "affair."
        ),
        mend="Set resource /0/x/1 to false in all but one Security instance.",
    ),
    Rule(
        code="LWM2M-BOOTSTRAP-SERVER-INSTANCE",
        severity=Severity.WARNING,
        title="A Server instance for the bootstrap server",
        clause="OMA LwM2M Core 1.2, 6.1",
        meaning=(
            "Bootstrap servers have none; a client that takes the instance at its word tries to "
            "register there."
        ),
        mend="Remove the /1 instance with the bootstrap server's Short Server ID.",
    ),
    Rule(
        code="LWM2M-SSID-DUPLICATE",
        severity=Severity.ERROR,
        title="A Short Server ID is used twice",
        clause="OMA LwM2M Core 1.2, 6.1",
        meaning=(
            "Security and Server instances find each other by this number, so keys of one server "
            "may be used towards another."
        ),
        mend="Number the servers 1, 2, 3 … and use each number once in /0 and once in /1.",
    ),
    Rule(
        code="LWM2M-SSID-MISSING",
        severity=Severity.WARNING,
        title="A server account without a Short Server ID",
        clause="OMA LwM2M TS 1.0.2, Appendix E.1",
        meaning=(
            "Its Security instance cannot be joined to a Server instance; 0 and 65535 count as "
            "none."
        ),
        mend="Set /0/x/10 to a number from 1 to 65534 and the same in /1/y/0.",
    ),
    Rule(
        code="LWM2M-SERVER-MISSING",
        severity=Severity.ERROR,
        title="Keys and address of a server, but no Server instance",
        clause="OMA LwM2M Core 1.2, 6.1",
        meaning="The client has neither lifetime nor binding for it and does not register.",
        mend=(
            "Add the /1 instance with this Short Server ID, or mark the account as bootstrap "
            "server."
        ),
    ),
    Rule(
        code="LWM2M-SERVER-ORPHAN",
        severity=Severity.WARNING,
        title="A Server instance that no Security instance belongs to",
        clause="OMA LwM2M Core 1.2, 6.1",
        meaning=(
            "A server with a lifetime and no address is never contacted; mostly one of the two "
            "Short Server IDs has a typing error."
        ),
        mend="Compare /0/x/10 with /1/y/0, digit by digit.",
    ),
    Rule(
        code="LWM2M-ACL-MISSING",
        severity=Severity.INFO,
        title="Several servers and no Access Control object",
        clause="OMA LwM2M TS 1.0.2, 7",
        meaning=(
            "Each server may read, write and delete everything on the device, the other server's "
            "account included."
        ),
        mend=(
            "Add /2 instances when the servers belong to different parties; for one operator's two "
            "servers this is fine."
        ),
    ),
    Rule(
        code="LWM2M-KEY-MISSING",
        severity=Severity.WARNING,
        title="The security mode needs a key or identity that is empty",
        clause="OMA LwM2M TS 1.0.2, Appendix E.1",
        meaning=(
            "The DTLS handshake fails on the first packet; unless the key is stored in the modem "
            "beforehand, the device stays offline."
        ),
        mend="Fill /0/x/3 and /0/x/5, or change the mode.",
    ),
    Rule(
        code="LWM2M-KEY-UNUSED",
        severity=Severity.WARNING,
        title="Key material with security mode NoSec",
        clause="OMA LwM2M TS 1.0.2, Appendix E.1",
        meaning=(
            "The client talks in clear although somebody went to the trouble of giving it a key: "
            "most likely the mode is wrong."
        ),
        mend="Set /0/x/2 to 0 (PSK) and the URI to coaps, or take the key out.",
    ),
    Rule(
        code="LWM2M-KEY-LENGTH",
        severity=Severity.WARNING,
        title="A key or identity of an unusual length",
        clause="OMA LwM2M TS 1.0.2, Appendix E.1",
        meaning=(
            "Short keys can be guessed and long ones exceed what clients must take; a key of 32 "
            "characters is often 16 bytes written as hex text."
        ),
        mend="Use 16 bytes for a PSK and at most 128 for its identity; convert hex text to bytes.",
    ),
    Rule(
        code="LWM2M-URI-SCHEME",
        severity=Severity.WARNING,
        title="The server's URI has no scheme",
        clause="OMA LwM2M TS 1.0.2, Appendix E.1",
        meaning=(
            "Clients split the URI at the colon and do not guess: a bare host name is an invalid "
            "address."
        ),
        mend="Write coaps://host:5684 or, without security, coap://host:5683.",
    ),
    Rule(
        code="LWM2M-URI-MODE",
        severity=Severity.WARNING,
        title="The URI's scheme contradicts the security mode",
        clause="OMA LwM2M TS 1.0.2, Appendix E.1",
        meaning=(
            "One says DTLS and the other none; libraries differ in which they believe, so the "
            "device is offline or unprotected."
        ),
        mend="coaps goes with PSK, RPK and certificates, coap with NoSec.",
    ),
    Rule(
        code="LWM2M-APN-LINK",
        severity=Severity.WARNING,
        title="A link to an APN profile that is not there",
        clause="OMA LwM2M TS 1.0.2, Appendix E.1; OMA LwM2M registry, object 11",
        meaning=(
            "The client falls back to the default bearer, which may not reach a server in a "
            "private network."
        ),
        mend="Add the /11 instance or correct the link in /1.",
    ),
    Rule(
        code="LWM2M-OSCORE-LINK",
        severity=Severity.WARNING,
        title="A link to OSCORE keys that are not there",
        clause="OMA LwM2M TS 1.0.2, Appendix E.1; OMA LwM2M registry, object 21",
        meaning=(
            "Messages cannot be protected end to end; a server that insists on OSCORE drops them."
        ),
        mend="Add the /21 instance or set the link to 65535:65535.",
    ),
    Rule(
        code="LWM2M-RESOURCE-MISSING",
        severity=Severity.ERROR,
        title="A mandatory resource is not there",
        clause="OMA LwM2M TS 1.0.2, Appendix E",
        meaning=(
            "As an error the instance is not created. As a warning it is an unused key resource of "
            "Security, which some strict clients still want with zero bytes."
        ),
        mend="Write the resource; the finding's place names object, instance and number.",
        also=(Severity.WARNING,),
    ),
    Rule(
        code="LWM2M-RESOURCE-UNKNOWN",
        severity=Severity.INFO,
        title="A resource the object's tables do not have",
        clause="OMA LwM2M registry",
        meaning=(
            "From a newer version of the object or a vendor; clients skip it or refuse the "
            "instance, as they are built."
        ),
        mend="Check the number against the registry; leave it out for general stock.",
    ),
    Rule(
        code="LWM2M-RESOURCE-DUPLICATE",
        severity=Severity.WARNING,
        title="A resource, or an instance of one, is given twice",
        clause="OMA LwM2M TS 1.0.2, 6.4.3",
        meaning=(
            "smartboot uses the first, a client that writes TLVs in order ends with the last: two "
            "different URIs from one file."
        ),
        mend="Delete the one that is out of date.",
    ),
    Rule(
        code="LWM2M-RESOURCE-MULTIPLICITY",
        severity=Severity.WARNING,
        title="A single resource written as multiple, or the other way round",
        clause="OMA LwM2M TS 1.0.2, 6.4.3",
        meaning=(
            "Type 10 where 11 belongs: a typed client answers such a write with an error and drops "
            "the value."
        ),
        mend='Take the TLV type the registry\'s column "Multiple" asks for.',
    ),
    Rule(
        code="LWM2M-RESOURCE-EXECUTABLE",
        severity=Severity.WARNING,
        title="An executable resource in the file",
        clause="OMA LwM2M TS 1.0.2, Appendix C",
        meaning="Such resources have no value to store; the client stops at it or ignores it.",
        mend="Remove it; reboot and registration triggers are sent by the server later.",
    ),
    Rule(
        code="LWM2M-VALUE-EMPTY",
        severity=Severity.WARNING,
        title="A number, boolean or link with zero bytes",
        clause="OMA LwM2M TS 1.0.2, Appendix C",
        meaning=(
            "Read as absent here; a client may take 0, which for a lifetime or a Short Server ID "
            "means something else."
        ),
        mend="Give the value, or leave the resource out.",
    ),
    Rule(
        code="LWM2M-INTEGER-LENGTH",
        severity=Severity.ERROR,
        title="A number of an impossible length",
        clause="OMA LwM2M TS 1.0.2, Appendix C",
        meaning=(
            "Integers have 1, 2, 4 or 8 bytes; three bytes, as in a hand-made lifetime of 86400, "
            "are refused."
        ),
        mend="Pad to the next allowed length: 86400 is 00 01 51 80.",
    ),
    Rule(
        code="LWM2M-INTEGER-SIGN",
        severity=Severity.WARNING,
        title="A number came out negative",
        clause="OMA LwM2M TS 1.0.2, Appendix C",
        meaning=(
            "Integers are signed: 40000 in two bytes reads as -25536. Clients that read it "
            "unsigned work by luck."
        ),
        mend="Write such values with twice the bytes, here 00 00 9C 40.",
    ),
    Rule(
        code="LWM2M-BOOLEAN",
        severity=Severity.WARNING,
        title="A boolean that is neither 00 nor 01",
        clause="OMA LwM2M TS 1.0.2, Appendix C",
        meaning=(
            "Taken for true by some and refused by others; on /0/x/1 it decides whether this is a "
            "bootstrap server."
        ),
        mend="Write one byte, 00 or 01.",
    ),
    Rule(
        code="LWM2M-OBJLNK",
        severity=Severity.ERROR,
        title="An object link that does not have four bytes",
        clause="OMA LwM2M TS 1.0.2, Appendix C",
        meaning="The link cannot be followed, so the connection or key it leads to is not used.",
        mend="Two bytes object, two bytes instance; FFFFFFFF for no link.",
    ),
    Rule(
        code="LWM2M-RANGE",
        severity=Severity.WARNING,
        title="A value outside the registry's range",
        clause="OMA LwM2M registry",
        meaning=(
            "A validating client rejects it, another clips it or waits for ever on an absurd "
            "lifetime."
        ),
        mend="Choose a value within the bounds in the message.",
    ),
    Rule(
        code="LWM2M-STRING-NUL",
        severity=Severity.WARNING,
        title="A text with a NUL byte",
        clause="OMA LwM2M TS 1.0.2, Appendix C",
        meaning=(
            "The TLV's length ends a text. A client in C sees a shorter URI than a client in Java, "
            "and comparisons with the server's record fail."
        ),
        mend="Take the terminator out and shorten the length by one.",
    ),
    Rule(
        code="LWM2M-STRING-UTF8",
        severity=Severity.WARNING,
        title="A text that is not UTF-8",
        clause="OMA LwM2M TS 1.0.2, Appendix C",
        meaning=(
            "The value shows with replacement characters, and an identity sent in a handshake does "
            "not match the server's."
        ),
        mend="Encode the text as UTF-8; put raw octets into opaque resources only.",
    ),
    Rule(
        code="LWM2M-DEFAULTED",
        severity=Severity.WARNING,
        title="A value the objects require was filled in",
        clause="OMA LwM2M Core 1.2, 6.1",
        meaning=(
            "Lifetime and binding get usual values; as a warning the account has no credentials "
            "and security mode NoSec is written."
        ),
        mend="Set lifetime, binding and credentials in the account if the defaults do not suit.",
        also=(Severity.INFO,),
    ),
    Rule(
        code="LWM2M-NOT-CARRIED",
        severity=Severity.WARNING,
        title="The LwM2M objects have no place for part of an account",
        clause="OMA LwM2M Core 1.2, 6.1",
        meaning=(
            "As a warning a name, port or proxy is dropped; as an error the account itself does "
            "not fit, for want of a Short Server ID or a URI."
        ),
        mend="Write ports into the URI and give each server a number of 1 to 65534.",
        also=(Severity.ERROR,),
    ),
)
