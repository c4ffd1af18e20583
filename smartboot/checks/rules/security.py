"""Rules on keys, passwords, certificates, transport security (SEC-…)."""

from __future__ import annotations

from smartboot.checks.rule import Rule
from smartboot.model import Severity

__all__ = ["RULES"]

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_DM_SECURITY = "OMA-TS-DM_Security-V1_2"
_PSK = "RFC 4279, 7; OMA LwM2M Core, Appendix E.1"
_LWM2M = "OMA LwM2M Core, Appendix E.1"
_PKIX = "RFC 5280"

_ACCESS = (
    Rule(
        "SEC-READ-OPEN",
        _INFO,
        "Secrets in a file that everyone may read",
        "OMA LwM2M Core, Appendix G: READ is ALW or PIN, at the issuer's choice",
        "Who holds the card for a minute, or sits behind the modem, can copy keys and passwords "
        "and act as this device.",
        "Let reading ask for PIN1 where devices can give it, or use the secure channel; use "
        "different keys for every card in any case.",
        also=(_WARNING,),
    ),
    Rule(
        "SEC-URI-PASSWORD",
        _WARNING,
        "A password in a server's address",
        "RFC 3986, 3.2.1: the form user:password is deprecated",
        "Addresses are logged and shown where passwords are not; this one leaks with them.",
        "Take it out of the address and put it into the account's credentials.",
    ),
)

_TRANSPORT = (
    Rule(
        "SEC-BASIC-CLEAR",
        _WARNING,
        "Name and password go over plain HTTP",
        _DM_SECURITY + "; RFC 7617, 4",
        "BASIC sends the password as it is; everyone on the way reads it and is the device.",
        "Use https:, or DIGEST or HMAC with a nonce.",
    ),
    Rule(
        "SEC-PLAIN-HTTP",
        _INFO,
        "A management session over plain HTTP",
        _DM_SECURITY + ", transport; OMA-TS-DM_Protocol-V2_0: TLS is mandatory",
        "What the server writes into the device, later keys included, can be read on the way; "
        "without HMAC it can be changed too.",
        "Use https:.",
        also=(_WARNING,),
    ),
    Rule(
        "SEC-NOSEC",
        _WARNING,
        "An LwM2M server without any security",
        _LWM2M + ": NoSec",
        "Everyone on the network can act as server or device, firmware update included.",
        "Use DTLS (coaps:) with a key, or OSCORE. NoSec is for the bench.",
    ),
    Rule(
        "SEC-MD5",
        _INFO,
        "Authentication that rests on MD5",
        _DM_SECURITY + ": DIGEST and HMAC are built on MD5; RFC 6151",
        "DM 1.x knows nothing better. A weak password can be found from one recorded session.",
        "Use https:, a long random secret, and a new nonce for each session.",
    ),
    Rule(
        "SEC-NONCE-MISSING",
        _INFO,
        "DIGEST or HMAC without a first nonce",
        _DM_SECURITY + ": the nonce of the first message comes with the account",
        "The first message is refused and challenged; some clients give up there.",
        "Give AAUTHDATA (AAuthData) 16 random bytes.",
    ),
)

_SECRETS = (
    Rule(
        "SEC-SECRET-EMPTY",
        _WARNING,
        "An empty password or key",
        _DM_SECURITY,
        "Everyone who knows the name is let in, or the server refuses it outright.",
        "Put a random secret there.",
    ),
    Rule(
        "SEC-KEY-EXAMPLE",
        _WARNING,
        "A key or password everybody knows",
        "Published in documentation, test vectors and example profiles; RFC 4279, 7",
        "It is tried first. A card with it protects nothing.",
        "Make a random one for each device: openssl rand -hex 16.",
    ),
    Rule(
        "SEC-KEY-HEX-TEXT",
        _WARNING,
        "A key that is hexadecimal digits written as text",
        _PSK + ": a PSK is bytes",
        "Most often the key was pasted as text: the server has half as many bytes, and no "
        "handshake succeeds. If both sides have it so, half of its strength is gone.",
        "Write the bytes: in a profile put hex: in front of the digits.",
    ),
    Rule(
        "SEC-KEY-WEAK",
        _WARNING,
        "A key with a pattern",
        _PSK + ": keys must be random",
        "Keys of one repeated byte, a counter or a short pattern are found in seconds.",
        "Make a random key for each device: openssl rand -hex 16.",
    ),
    Rule(
        "SEC-KEY-TEXT",
        _INFO,
        "A key made of text",
        _PSK + ": keys should not be words",
        "Text has far less entropy than its length says; a recorded handshake can be searched.",
        "Use random bytes.",
    ),
    Rule(
        "SEC-KEY-SHORT",
        _WARNING,
        "A key or password too short",
        _DM_SECURITY + " asks for 128 bits; " + _PSK,
        "A short secret can be searched for from one recorded session.",
        "Use 16 random bytes or more.",
        also=(_INFO,),
    ),
    Rule(
        "SEC-SECRET-IS-NAME",
        _WARNING,
        "The password is the user name",
        _DM_SECURITY,
        "It is the first guess of everyone who sees the name, and the name goes over the air.",
        "Make the password random; nothing of the name belongs in it.",
    ),
    Rule(
        "SEC-SECRET-BOTH-WAYS",
        _WARNING,
        "Client and server use the same secret",
        _DM_SECURITY + ": each side has credentials of its own",
        "What one side sends can be sent back to it: a listener can pass for the server.",
        "Give each direction its own secret.",
    ),
    Rule(
        "SEC-SECRET-SHARED",
        _WARNING,
        "One secret for two servers",
        _DM_SECURITY + ": a server must use a password of its own for each client; "
        "OMA LwM2M Core: keys for each server",
        "Each of the servers can act as the device towards the other.",
        "Give each account its own secret.",
    ),
)

_CERTIFICATES = (
    Rule(
        "SEC-SERVER-KEY-MISSING",
        _WARNING,
        "No key or certificate to know the server by",
        _LWM2M + " (Server Public Key)",
        "The client cannot tell the server from an impostor; sound clients refuse to connect.",
        "Put the server's public key or certificate, or its trust anchor, into resource 4.",
    ),
    Rule(
        "SEC-KEY-PEM",
        _ERROR,
        "PEM text where DER is due",
        _LWM2M + "; RFC 7468",
        "The client takes the text for the certificate's bytes and cannot read it.",
        "Convert it: openssl x509 -outform DER, openssl pkcs8 -topk8 -nocrypt -outform DER.",
    ),
    Rule(
        "SEC-CERT-MALFORMED",
        _ERROR,
        "A certificate or key that cannot be read",
        "RFC 5280; RFC 7250; RFC 5958",
        "The TLS library refuses it; no connection is made.",
        "Put X.509 DER for mode certificate, SubjectPublicKeyInfo for RPK, PKCS#8 for private "
        "keys.",
    ),
    Rule(
        "SEC-KEY-MISMATCH",
        _ERROR,
        "The private key does not belong to the public one",
        "RFC 8446, 4.4.3: the key signs for its certificate",
        "The server refuses the client's signature in every handshake.",
        "Write the pair that was made together.",
    ),
    Rule(
        "SEC-KEY-SAME",
        _WARNING,
        "The server's key is the client's own",
        _LWM2M + " (resources 3 and 4)",
        "The real server never has this key: the connection fails, or both sides share one key.",
        "Put the server's key into resource 4.",
    ),
    Rule(
        "SEC-CERT-EXPIRED",
        _WARNING,
        "A certificate that is no longer valid",
        _PKIX + ", 4.1.2.5",
        "Servers refuse the client; clients with a clock refuse the server.",
        "Write a new certificate.",
    ),
    Rule(
        "SEC-CERT-NOT-YET",
        _WARNING,
        "A certificate that is not valid yet",
        _PKIX + ", 4.1.2.5",
        "Until that day the other side refuses it.",
        "Check the clock of the machine that made it, or wait.",
    ),
    Rule(
        "SEC-CERT-EXPIRES",
        _INFO,
        "A certificate that expires soon",
        _PKIX + ", 4.1.2.5",
        "Cards are in the field for years; this one stops working within three months.",
        "Plan the renewal, or use a certificate that lives as long as the card.",
    ),
    Rule(
        "SEC-CERT-SIGNATURE",
        _WARNING,
        "A certificate signed with MD5 or SHA-1",
        "RFC 9155; RFC 6151",
        "TLS libraries of today refuse it.",
        "Have it signed with SHA-256.",
    ),
    Rule(
        "SEC-CERT-KEY-WEAK",
        _WARNING,
        "A public key too small, or of a kind no client has",
        "NIST SP 800-131A; RFC 7925, 4.4: P-256 for devices",
        "TLS libraries refuse the key, or it can be broken.",
        "Use EC P-256, or RSA with 2048 bits or more.",
    ),
    Rule(
        "SEC-CERT-NAME",
        _WARNING,
        "The server's certificate has another name than its address",
        "RFC 6125, 6; OMA LwM2M Core, X.509 mode (the name is held against the URI)",
        "Clients that compare refuse the server.",
        "Use the name of the certificate in the URI, set SNI, or have the certificate made for "
        "that name.",
    ),
    Rule(
        "SEC-CERT-SELF-SIGNED",
        _INFO,
        "The client's certificate is signed by itself",
        _PKIX + ", 3.2",
        "The server must know this very certificate; an authority cannot vouch for it.",
        "Nothing, if the server has it in its list.",
    ),
)

RULES: tuple[Rule, ...] = (*_ACCESS, *_TRANSPORT, *_SECRETS, *_CERTIFICATES)
