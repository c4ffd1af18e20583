"""The objects a card may hold, resource by resource, as data.

Names, types and ranges are those of the OMA LwM2M registry: /0 and /1 up to 1.2, /2 up to 1.1,
/11 1.1, /21 2.0, /23 1.0. Where versions differ the wider range stands here, because a card does
not tell the version of an enabler object. Objects and resources not listed are kept by number.
"""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType

from smartboot.formats.lwm2m.values import Type
from smartboot.frozen import dataclass

__all__ = [
    "ENABLER_OBJECTS",
    "OBJECTS",
    "Acl",
    "Apn",
    "Cose",
    "ObjectId",
    "ObjectSpec",
    "Oscore",
    "ResourceSpec",
    "SecurityMode",
    "SecurityResource",
    "Server",
    "object_name",
    "resource_name",
    "resource_spec",
]


class ObjectId(IntEnum):
    """Objects with a meaning in bootstrap."""

    SECURITY = 0
    SERVER = 1
    ACCESS_CONTROL = 2
    APN_PROFILE = 11
    OSCORE = 21
    COSE = 23


class SecurityMode(IntEnum):
    """Values of /0/x/2."""

    PSK = 0
    RPK = 1
    CERTIFICATE = 2
    NO_SEC = 3
    EST = 4


class SecurityResource(IntEnum):
    """Resources of /0 that this package looks into."""

    URI = 0
    BOOTSTRAP_SERVER = 1
    MODE = 2
    IDENTITY = 3
    SERVER_KEY = 4
    SECRET = 5
    SMS_MODE = 6
    SMS_PARAMETERS = 7
    SMS_SECRET = 8
    SMS_NUMBER = 9
    SSID = 10
    OSCORE = 17
    SECONDARY_URI = 25


class Server(IntEnum):
    """Resources of /1 that this package looks into."""

    SSID = 0
    LIFETIME = 1
    STORING = 6
    BINDING = 7
    APN_LINK = 10
    ALTERNATE_APN_LINKS = 24


class Acl(IntEnum):
    """Resources of /2."""

    OBJECT = 0
    INSTANCE = 1
    RIGHTS = 2
    OWNER = 3


class Apn(IntEnum):
    """Resources of /11 that this package looks into."""

    PROFILE_NAME = 0
    APN = 1
    AUTHENTICATION = 4
    USER_NAME = 5
    SECRET = 6


class Oscore(IntEnum):
    """Resources of /21 that this package looks into."""

    MASTER_SECRET = 0
    SENDER_ID = 1
    RECIPIENT_ID = 2


class Cose(IntEnum):
    """Resources of /23."""

    KID = 0
    AEAD = 1
    KEY = 2


@dataclass(frozen=True, slots=True)
class ResourceSpec:
    """What the registry says of one resource.

    ``low`` and ``high`` bound a number's value, or a text's length in bytes; None is no bound.
    ``secret`` values are shown only when asked for. ``text`` says of an opaque value that it is
    often text and may be shown so. ``choices`` name the values of an enumeration.
    """

    id: int
    name: str
    type: Type
    multiple: bool = False
    mandatory: bool = False
    low: int | None = None
    high: int | None = None
    since: str = "1.0"
    secret: bool = False
    text: bool = False
    choices: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectSpec:
    """One object. ``version`` is written when an author gives none; None is the byte 00."""

    id: int
    name: str
    resources: MappingProxyType[int, ResourceSpec]
    version: tuple[int, int] | None = None


ENABLER_OBJECTS = range(8)
"""Objects of the LwM2M enabler itself, whose version is written 00 (Appendix G)."""

_S, _I, _U, _B = Type.STRING, Type.INTEGER, Type.UNSIGNED, Type.BOOLEAN
_O, _T, _L, _N = Type.OPAQUE, Type.TIME, Type.OBJLNK, Type.NONE
_U16 = 0xFFFF

_MODES = ((0, "psk"), (1, "rpk"), (2, "certificate"), (3, "nosec"), (4, "est"))
_SMS_MODES = ((1, "dtls-psk"), (2, "secure-packet"), (3, "nosec"), (4, "dtls-multiplex"))
_MATCHING = ((0, "exact"), (1, "sha-256"), (2, "sha-384"), (3, "sha-512"))
_USAGE = (
    (0, "ca-constraint"),
    (1, "service-certificate-constraint"),
    (2, "trust-anchor"),
    (3, "domain-issued"),
)
_AUTHENTICATION = ((0, "pap"), (1, "chap"), (2, "pap-or-chap"), (3, "none"))
_PDN = ((0, "non-ip"), (1, "ipv4"), (2, "ipv6"), (3, "ipv4v6"))


def _row(
    number: int,
    name: str,
    kind: Type,
    flags: str = "S",
    since: str = "1.0",
    low: int | None = None,
    high: int | None = None,
    choices: tuple[tuple[int, str], ...] = (),
) -> ResourceSpec:
    """One line of a table. Flags: M multiple, S single; ! mandatory, * secret, t shown as text."""
    return ResourceSpec(
        id=number,
        name=name,
        type=kind,
        multiple="M" in flags,
        mandatory="!" in flags,
        low=low,
        high=high,
        since=since,
        secret="*" in flags,
        text="t" in flags,
        choices=choices,
    )


_SECURITY = (
    _row(0, "LwM2M Server URI", _S, "S!", "1.0", 0, 255),
    _row(1, "Bootstrap-Server", _B, "S!"),
    _row(2, "Security Mode", _I, "S!", "1.0", 0, 4, _MODES),
    _row(3, "Public Key or Identity", _O, "S!t"),
    _row(4, "Server Public Key", _O, "S!"),
    _row(5, "Secret Key", _O, "S!*"),
    _row(6, "SMS Security Mode", _I, "S", "1.0", 0, 255, _SMS_MODES),
    _row(7, "SMS Binding Key Parameters", _O),
    _row(8, "SMS Binding Secret Key(s)", _O, "S*"),
    _row(9, "LwM2M Server SMS Number", _S),
    _row(10, "Short Server ID", _I, "S", "1.0", 1, 65534),
    _row(11, "Client Hold Off Time", _I, "S", "1.0", 0),
    _row(12, "Bootstrap-Server Account Timeout", _I, "S", "1.0", 0),
    _row(13, "Matching Type", _U, "S", "1.1", 0, 3, _MATCHING),
    _row(14, "SNI", _S, "S", "1.1"),
    _row(15, "Certificate Usage", _U, "S", "1.1", 0, 3, _USAGE),
    _row(16, "DTLS/TLS Ciphersuite", _U, "M", "1.1", 0),
    _row(17, "OSCORE Security Mode", _L, "S", "1.1"),
    _row(18, "Groups To Use by Client", _U, "M", "1.2", 0, _U16),
    _row(19, "Signature Algorithms Supported by Server", _U, "M", "1.2", 0, _U16),
    _row(20, "Signature Algorithms To Use by Client", _U, "M", "1.2", 0, _U16),
    _row(21, "Signature Algorithm Certs Supported by Server", _U, "M", "1.2", 0, _U16),
    _row(22, "TLS 1.3 Features To Use by Client", _U, "S", "1.2", 0, _U16),
    _row(23, "TLS Extensions Supported by Server", _U, "S", "1.2", 0, _U16),
    _row(24, "TLS Extensions To Use by Client", _U, "S", "1.2", 0, _U16),
    _row(25, "Secondary LwM2M Server URI", _S, "M", "1.2", 0, 255),
    _row(26, "MQTT Server", _L, "S", "1.2"),
    _row(27, "LwM2M COSE Security", _L, "M", "1.2"),
    _row(28, "RDS Destination Port", _I, "S", "1.2", 0, 15),
    _row(29, "RDS Source Port", _I, "S", "1.2", 0, 15),
    _row(30, "RDS Application ID", _S, "S", "1.2"),
)

_SERVER = (
    _row(0, "Short Server ID", _I, "S!", "1.0", 1, 65534),
    _row(1, "Lifetime", _I, "S!", "1.0", 0),
    _row(2, "Default Minimum Period", _I, "S", "1.0", 0),
    _row(3, "Default Maximum Period", _I, "S", "1.0", 0),
    _row(4, "Disable", _N),
    _row(5, "Disable Timeout", _I, "S", "1.0", 0),
    _row(6, "Notification Storing When Disabled or Offline", _B, "S!"),
    _row(7, "Binding", _S, "S!"),
    # Mandatory for a client to offer; a card holds no executables, so it is not asked for here.
    _row(8, "Registration Update Trigger", _N),
    _row(9, "Bootstrap-Request Trigger", _N, "S", "1.1"),
    _row(10, "APN Link", _L, "S", "1.1"),
    _row(11, "TLS-DTLS Alert Code", _U, "S", "1.1", 0, 255),
    _row(12, "Last Bootstrapped", _T, "S", "1.1"),
    _row(13, "Registration Priority Order", _U, "S", "1.1", 0),
    _row(14, "Initial Registration Delay Timer", _U, "S", "1.1", 0),
    _row(15, "Registration Failure Block", _B, "S", "1.1"),
    _row(16, "Bootstrap on Registration Failure", _B, "S", "1.1"),
    _row(17, "Communication Retry Count", _U, "S", "1.1", 0),
    _row(18, "Communication Retry Timer", _U, "S", "1.1", 0),
    _row(19, "Communication Sequence Delay Timer", _U, "S", "1.1", 0),
    _row(20, "Communication Sequence Retry Count", _U, "S", "1.1", 0),
    _row(21, "Trigger", _B, "S", "1.1"),
    _row(22, "Preferred Transport", _S, "S", "1.1", 1, 1),
    _row(23, "Mute Send", _B, "S", "1.1"),
    _row(24, "Alternate APN Links", _L, "M", "1.2"),
    _row(25, "Supported Server Versions", _S, "M", "1.2"),
    _row(26, "Default Notification Mode", _I, "S", "1.2", 0, 1),
    _row(27, "Profile ID Hash Algorithm", _U, "S", "1.2", 0, 255),
)

_ACCESS_CONTROL = (
    _row(0, "Object ID", _I, "S!", "1.0", 1, _U16),
    _row(1, "Object Instance ID", _I, "S!", "1.0", 0, _U16),
    _row(2, "ACL", _I, "M", "1.0", 0, 31),
    _row(3, "Access Control Owner", _I, "S!", "1.0", 0, _U16),
)

_APN = (
    _row(0, "Profile name", _S, "S!"),
    _row(1, "APN", _S),
    _row(2, "Auto select APN by device", _B),
    _row(3, "Enable status", _B),
    _row(4, "Authentication Type", _I, "S!", "1.0", 0, 3, _AUTHENTICATION),
    _row(5, "User Name", _S),
    _row(6, "Secret", _S, "S*"),
    _row(7, "Reconnect Schedule", _S),
    _row(8, "Validity (MCC, MNC)", _S, "M"),
    _row(9, "Connection establishment time", _T, "M"),
    _row(10, "Connection establishment result", _I, "M", "1.0", 0, 1),
    _row(11, "Connection establishment reject cause", _I, "M", "1.0", 0, 111),
    _row(12, "Connection end time", _T, "M"),
    _row(13, "TotalBytesSent", _I, "S", "1.0", 0),
    _row(14, "TotalBytesReceived", _I, "S", "1.0", 0),
    _row(15, "IP address", _S, "M"),
    _row(16, "Prefix length", _S, "M"),
    _row(17, "Subnet mask", _S, "M"),
    _row(18, "Gateway", _S, "M"),
    _row(19, "Primary DNS address", _S, "M"),
    _row(20, "Secondary DNS address", _S, "M"),
    _row(21, "QCI", _I, "S", "1.0", 1, 9),
    _row(22, "Vendor specific extensions", _L),
    _row(23, "TotalPacketsSent", _I, "S", "1.0", 0),
    _row(24, "PDN Type", _I, "S", "1.1", 0, 3, _PDN),
    _row(25, "APN Rate Control", _I, "S", "1.1", 0),
    _row(26, "Serving PLMN Rate control", _U, "S", "1.1", 0),
    _row(27, "Uplink Time Unit", _U, "S", "1.1", 0, 4),
    _row(28, "APN Rate Control for Exception Data", _I, "S", "1.1", 0),
    _row(29, "APN Exception Data Uplink Time Unit", _U, "S", "1.1", 0, 4),
    _row(30, "Supported RAT Types", _U, "M", "1.1", 1, 100),
    _row(31, "RDS Application ID", _S, "M", "1.1"),
    _row(32, "RDS Destination Port", _I, "M", "1.1", 0, 15),
    _row(33, "RDS Source Port", _I, "M", "1.1", 0, 15),
)

# Versions 1.0 and 1.1 call the byte strings of /21 String, 2.0 Opaque; the bytes are the same.
_OSCORE = (
    _row(0, "OSCORE Master Secret", _O, "S!*", "1.0"),
    _row(1, "OSCORE Sender ID", _O, "S!t", "1.0"),
    _row(2, "OSCORE Recipient ID", _O, "S!t", "1.0"),
    _row(3, "OSCORE AEAD Algorithm", _I),
    _row(4, "OSCORE HMAC Algorithm", _I),
    _row(5, "OSCORE Master Salt", _O, "St"),
    _row(6, "OSCORE ID Context", _O, "St", "1.1"),
)

_COSE = (
    _row(0, "KID", _S, "S!"),
    _row(1, "AEAD Algorithm", _I, "S!"),
    _row(2, "Key", _S, "S!*"),
)


def _object(
    number: int,
    name: str,
    rows: tuple[ResourceSpec, ...] = (),
    version: tuple[int, int] | None = None,
) -> ObjectSpec:
    return ObjectSpec(number, name, MappingProxyType({row.id: row for row in rows}), version)


OBJECTS: MappingProxyType[int, ObjectSpec] = MappingProxyType(
    {
        spec.id: spec
        for spec in (
            _object(0, "Security", _SECURITY),
            _object(1, "Server", _SERVER),
            _object(2, "Access Control", _ACCESS_CONTROL),
            _object(3, "Device"),
            _object(4, "Connectivity Monitoring"),
            _object(5, "Firmware Update"),
            _object(6, "Location"),
            _object(7, "Connectivity Statistics"),
            _object(11, "APN Connection Profile", _APN, (1, 1)),
            _object(21, "OSCORE", _OSCORE, (2, 0)),
            _object(23, "COSE", _COSE, (1, 0)),
        )
    }
)
"""Objects by id. Those without resources are known by name only."""


def resource_spec(object_id: int, resource_id: int) -> ResourceSpec | None:
    """The table's line for a resource, or None when it is not in the tables."""
    spec = OBJECTS.get(object_id)
    return None if spec is None else spec.resources.get(resource_id)


def object_name(object_id: int) -> str:
    """An object's name, or its number as text when it is not known."""
    spec = OBJECTS.get(object_id)
    return str(object_id) if spec is None else spec.name


def resource_name(object_id: int, resource_id: int) -> str:
    """A resource's name, or its number as text when it is not known."""
    spec = resource_spec(object_id, resource_id)
    return str(resource_id) if spec is None else spec.name
