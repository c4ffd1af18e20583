"""Rules on what only the check looks at in documents (ACC-…, BOOT-…, CP-…, DM-…, LWM2M-…).

What the codecs report themselves stands in the tables of their formats.
"""

from __future__ import annotations

from smartboot.checks.rule import Rule
from smartboot.model import Severity

__all__ = ["RULES"]

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_PROVCONT = "OMA ProvCont 1.1"
_W7 = "OMA w7 registration; DM Standardized Objects 1.2, 5.3"
_DMACC = "OMA-TS-DM_StdObj-V1_2, 5.3"
_SERVER = "OMA LwM2M Core, Appendix E.2"
_SECURITY = "OMA LwM2M Core, Appendix E.1"

_ACCOUNTS = (
    Rule(
        "BOOT-NO-ACCOUNT",
        _ERROR,
        "No server account anywhere",
        "OMA DM Bootstrap 1.2; OMA LwM2M Core, Appendix G",
        "A device that looks here for its server finds none and stays unmanaged, or falls back to "
        "its factory settings.",
        "Write a card profile with at least one account, and check that the directory names its "
        "file.",
    ),
    Rule(
        "ACC-SERVER-CONFLICT",
        _WARNING,
        "Two documents tell different things of one server",
        "OMA DM Bootstrap 1.2: a second bootstrap adds to the first",
        "Which of the two a device ends up with depends on the generations it understands and on "
        "its order of reading; one of them will be refused by the server or lead elsewhere.",
        "Make credentials and address of the account the same in all documents.",
    ),
    Rule(
        "ACC-URI-MALFORMED",
        _ERROR,
        "The server's address is no usable URI",
        "RFC 3986, 3.2",
        "The client cannot take the address apart and never connects.",
        "Write scheme, host and, if it is not the usual one, a port of 1 to 65535, without spaces.",
    ),
    Rule(
        "ACC-URI-NO-SCHEME",
        _WARNING,
        "The server's address has no scheme",
        "OMA-TS-DM_StdObj-V1_2, 5.3 (AddrType); RFC 3986, 3.1",
        "Some clients put http: in front, some refuse the account.",
        "Write the whole URI, such as https://dm.harbor.example/dm.",
    ),
    Rule(
        "ACC-URI-SCHEME",
        _WARNING,
        "The scheme is none the protocol is spoken over",
        "OMA-TS-DM_HTTPBinding-V1_2; OMA LwM2M Core, transport bindings",
        "A client has no transport for this scheme and leaves the account alone.",
        "OMA DM takes https: (or http:), LwM2M coaps: or coap:, with +tcp for TCP.",
    ),
    Rule(
        "ACC-PLACEHOLDER",
        _INFO,
        "The server's address is made up for examples",
        "RFC 2606; RFC 6761; RFC 5737; RFC 3849",
        "The name or address belongs to nobody; a device will never reach a server there.",
        "Put the real server's address in before cards go out.",
    ),
    Rule(
        "ACC-LOOPBACK",
        _WARNING,
        "The server's address is the device itself",
        "RFC 6890, 2.2.2",
        "The device talks to itself: a left-over of a bench test.",
        "Put the real server's address in.",
    ),
    Rule(
        "ACC-ADDRESS-FORM",
        _WARNING,
        "An address does not have the form its type announces",
        _DMACC + " (AddrType)",
        "A client that goes by the type reads the address wrongly or refuses it.",
        "Set the type that the address has, or leave it out for a URI.",
    ),
    Rule(
        "ACC-PORT-CONFLICT",
        _WARNING,
        "The port beside the URI is not the one in it",
        _DMACC + " (Port, Addr)",
        "Clients differ in which of the two they take; half of a fleet may not connect.",
        "Name the port once.",
    ),
    Rule(
        "ACC-NO-CREDENTIALS",
        _WARNING,
        "The client has nothing to identify itself with",
        "OMA-TS-DM_Security-V1_2: both sides must authenticate",
        "The server answers the first message with 401 or 407, and the session ends there.",
        "Add the client's credentials: APPAUTH with AAUTHLEVEL APPSRV, or Auth in DM 2.0.",
    ),
    Rule(
        "ACC-CREDENTIAL-INCOMPLETE",
        _WARNING,
        "Credentials lack their name or their secret",
        "OMA-TS-DM_Security-V1_2: the digest is over name and password",
        "The client computes its answer over an empty part and the server refuses it.",
        "Give both name and secret, or leave the whole set out.",
    ),
    Rule(
        "ACC-NO-SERVER-CREDENTIALS",
        _INFO,
        "The server has nothing to prove itself with",
        "OMA-TS-DM_Security-V1_2: both sides must authenticate",
        "Over plain HTTP the client cannot tell its server from another machine at that address.",
        "Add the server's credentials (AAUTHLEVEL CLIENT, or SRVCRED), or use https:.",
    ),
    Rule(
        "ACC-AUTH-TWICE",
        _WARNING,
        "Two sets of credentials for the same use",
        _DMACC + "; Windows keeps one node for each level",
        "A client keeps one of them; which one is not said.",
        "Keep one set for each level and type.",
    ),
)

_CP = (
    Rule(
        "CP-NO-ACCOUNT",
        _INFO,
        "A Client Provisioning document without a DM account",
        "OMA w7 registration",
        "The document may set up access points, but no management server: it bootstraps nothing.",
        "Add an APPLICATION with APPID w7, unless another document holds the account.",
    ),
    Rule(
        "CP-NAP-ADDRTYPE",
        _WARNING,
        "A packet access point whose address is not an APN",
        _PROVCONT + ", NAPDEF: NAP-ADDRTYPE is E164 when absent",
        "The device takes the APN for a number to dial, and gets no connection.",
        'Add NAP-ADDRTYPE with the value "APN".',
    ),
    Rule(
        "CP-ADDRESS-FORM",
        _WARNING,
        "The address of an access point or proxy is not of its type",
        _PROVCONT + ", NAP-ADDRTYPE and PXADDRTYPE (E164 and IPV4 when absent)",
        "The device cannot use the access point or proxy.",
        "Set NAP-ADDRTYPE or PXADDRTYPE to what the address is.",
    ),
    Rule(
        "CP-BOOTSTRAP-PROXY",
        _WARNING,
        "BOOTSTRAP trusts a proxy that is not there",
        _PROVCONT + ", BOOTSTRAP: PROXY-ID",
        "The device trusts nobody for later provisioning, though the document meant it to.",
        "Correct PROXY-ID, or add the PXLOGICAL it names.",
    ),
    Rule(
        "CP-UNUSED",
        _INFO,
        "An access point or proxy that nothing refers to",
        _PROVCONT + ", TO-NAPID and TO-PROXY",
        "It takes room on the card and is never used by these accounts.",
        "Name it in TO-NAPID or TO-PROXY, or take it out.",
    ),
    Rule(
        "CP-W7-NO-CONNECTION",
        _INFO,
        "A DM account names no way to its server among several",
        "OMA w7 registration: TO-NAPID, TO-PROXY",
        "The device chooses among the document's access points, or uses its default one.",
        "Name the access point in TO-NAPID.",
    ),
    Rule(
        "CP-W7-ADDRESS-SEVERAL",
        _INFO,
        "A DM account with several addresses",
        _W7 + "; Windows maps AppAddr/1 only",
        "Most clients use the first address and never try another.",
        "Put the address that must work first.",
    ),
    Rule(
        "CP-W7-AUTHTYPE-UNKNOWN",
        _WARNING,
        "AAUTHTYPE is no type of OMA DM",
        _DMACC + " (AAuthType)",
        "The client does not know how to use these credentials and leaves them out.",
        "Use BASIC, DIGEST or HMAC for APPSRV and CLIENT.",
    ),
    Rule(
        "CP-PORT-ZERO",
        _WARNING,
        "Port 0",
        _PROVCONT + ", PORTNBR; RFC 6335, 6",
        "No server listens on port 0; the connection fails.",
        "Give the port of the service.",
    ),
    Rule(
        "CP-VALIDITY",
        _WARNING,
        "VALIDITY names no country or network that exists",
        _PROVCONT + ", VALIDITY; ITU-T E.212",
        "The device finds the access point valid nowhere and does not use it.",
        "COUNTRY is the three digits of the MCC, NETWORK the two or three of the MNC.",
    ),
)

_DM = (
    Rule(
        "DM-AUTHPREF-UNMATCHED",
        _WARNING,
        "AAuthPref names a type without credentials",
        _DMACC + " (AAuthPref)",
        "The client opens with a type it has no secret for, and the server refuses the session.",
        "Set AAuthPref to the AAuthType of the CLCRED set, or leave it out.",
    ),
    Rule(
        "DM-TNDS-SERVERS",
        _WARNING,
        "Two servers in one TNDS tree",
        "A phone vendor's DM client takes the first ServerID of each TNDS object",
        "Such a client files every node of the tree under the first server; the second is lost.",
        "Put each account into an Item of its own.",
    ),
    Rule(
        "DM-ACL-FOREIGN",
        _INFO,
        "An ACL names a server that has no account here",
        "OMA-TS-DM_Bootstrap-V1_2: the ACL stands on the node it concerns; TND 1.2, 7.7.1",
        "Often a mistyped ServerID: the server that was meant has no right to its own account.",
        "Compare the identifiers in the ACL with the ServerID of the accounts.",
    ),
    Rule(
        "DM-ACL-SELF",
        _WARNING,
        "The ACL of an account leaves its own server out",
        "OMA-TS-DM_TND-V1_2, 7.7.1",
        "The server cannot read or change its account: keys and address stay as they are for good.",
        "Add the ServerID to the ACL, at least with Get and Replace.",
    ),
    Rule(
        "DM-DEVICE-NODES",
        _WARNING,
        "The message adds to the device's own objects",
        "OMA-TS-DM_StdObj-V1_2: DevInfo and DevDetail are the device's; RepPro 1.2, Add",
        "The device refuses the command, and what stands in the same Add with it.",
        "Take the nodes below ./DevInfo and ./DevDetail out.",
    ),
    Rule(
        "DM-PERM-FORM",
        _WARNING,
        "Perm names something that is no MOID",
        "OMA-SUP-MO_DM_DMAcc-V1_2, Perm; TND 1.2: a MOID is a URN or a reversed domain",
        "The server gets no right to the object that was meant.",
        "Write the whole MOID, such as urn:oma:mo:oma-fumo:1.0.",
    ),
)

_LWM2M = (
    Rule(
        "LWM2M-URI-DUPLICATE",
        _WARNING,
        "Two accounts lead to the same server",
        "OMA LwM2M Core, bootstrap: an account for each server",
        "The client registers twice at one endpoint; the second registration replaces the first.",
        "Give each account its own server, or take one out.",
        also=(_INFO,),
    ),
    Rule(
        "LWM2M-LIFETIME",
        _WARNING,
        "A lifetime that no fleet can live with",
        _SERVER + " (Lifetime)",
        "With 0 a client before LwM2M 1.2 is gone at once; below a minute it does nothing but "
        "register; above a year the server does not notice that a device is dead.",
        "Choose hours to days, such as 86400.",
        also=(_INFO,),
    ),
    Rule(
        "LWM2M-PERIODS",
        _WARNING,
        "The default minimum period is longer than the maximum",
        _SERVER + " (resources 2 and 3)",
        "A client cannot keep both and, by the standard, drops the maximum.",
        "Make the maximum at least the minimum.",
    ),
    Rule(
        "LWM2M-BINDING",
        _WARNING,
        "The binding has letters that mean nothing",
        _SERVER + " (Binding): U, T, S, N, M, H, and Q in 1.0",
        "The client cannot tell how to talk to the server and refuses the account.",
        'Write "U" for UDP, "T" for TCP.',
    ),
    Rule(
        "LWM2M-BINDING-QUEUE",
        _INFO,
        "Queue mode in the binding of an account with newer resources",
        "OMA LwM2M Core 1.1, registration: Q became a parameter of its own",
        "Clients from 1.1 on do not know the letter Q here and may refuse the value.",
        "Leave Q out; the client itself says that it sleeps.",
    ),
    Rule(
        "LWM2M-BINDING-URI",
        _WARNING,
        "The binding leaves out the transport of the URI",
        _SERVER + " (Binding); RFC 8323 for +tcp",
        "The URI asks for a transport that the account does not allow.",
        "Add T for coap+tcp: and coaps+tcp:, U for coap: and coaps:.",
    ),
    Rule(
        "LWM2M-BINDING-SMS",
        _WARNING,
        "SMS binding without the server's number",
        _SECURITY + " (LwM2M Server SMS Number)",
        "The client does not know where to send its messages.",
        "Give resource 9 of the Security instance, or take S out of the binding.",
    ),
    Rule(
        "LWM2M-PREFERRED-TRANSPORT",
        _WARNING,
        "The preferred transport is not in the binding",
        _SERVER + " (Preferred Transport)",
        "The client prefers what it may not use; it takes another, or none.",
        "Use one letter of the binding.",
    ),
    Rule(
        "LWM2M-BOOTSTRAP-ONLY",
        _INFO,
        "A server account with a bootstrap server's timers",
        _SECURITY + " (resources 11 and 12)",
        "The client ignores them; the author may have meant the other instance.",
        "Move Client Hold Off Time and Account Timeout to the bootstrap server's instance.",
    ),
    Rule(
        "LWM2M-HOLD-OFF",
        _WARNING,
        "The client waits more than a day before it bootstraps",
        _SECURITY + " (Client Hold Off Time)",
        "A new device seems dead on the bench and in the field.",
        "Give the time in seconds; a minute is much.",
    ),
    Rule(
        "LWM2M-ACL-SERVER",
        _WARNING,
        "Access Control names a server that is not there",
        "OMA LwM2M Core, Appendix E.3: instance ids of ACL are Short Server IDs",
        "The rights go to nobody, and the server that was meant has none.",
        "Use the Short Server ID of an account in this document; 0 is the default for all.",
    ),
    Rule(
        "LWM2M-MATCHING-LENGTH",
        _WARNING,
        "The server's key is no hash of the size the matching type says",
        "OMA LwM2M Core 1.1, Appendix E.1 (Matching Type)",
        "The comparison with the server's certificate never succeeds; no connection is made.",
        "Put the hash of the certificate there (32, 48 or 64 bytes), or set the type to 0 (exact).",
    ),
)

RULES: tuple[Rule, ...] = (*_ACCOUNTS, *_CP, *_DM, *_LWM2M)
