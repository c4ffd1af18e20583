"""What ProvCont 1.1 allows where: characteristics, parms, how often, which values (data only).

The multiplicities are those of a validator written against the standard; where it is stricter
than other sources (NAPDEF/NAME, APPADDR/ADDR) the parm counts as expected, not as required.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum

from smartboot.frozen import dataclass

__all__ = ["RULES", "TOP", "VALUES", "Count", "Rule"]


class Count(Enum):
    """How often a parm or characteristic may stand in its parent."""

    ONE = "1"
    EXPECTED = "1, but many documents lack it"
    OPTIONAL = "?"
    ANY = "*"
    SOME = "+"

    @property
    def several(self) -> bool:
        """Whether more than one is allowed."""
        return self in (Count.ANY, Count.SOME)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one type of characteristic holds. ``open``: other parms are to be expected too.

    ``key`` is the parm that tells two of them in one parent apart.
    """

    parms: dict[str, Count]
    children: dict[str, Count] = field(default_factory=dict)
    open: bool = False
    key: str | None = None
    needed: tuple[tuple[str, Count], ...] = field(init=False)
    """The parms whose absence is worth a word."""

    def __post_init__(self) -> None:
        usual = (Count.ONE, Count.EXPECTED, Count.SOME)
        needed = tuple((name, count) for name, count in self.parms.items() if count in usual)
        object.__setattr__(self, "needed", needed)


def _parms(
    one: str = "", expected: str = "", optional: str = "", any_: str = "", some: str = ""
) -> dict[str, Count]:
    """Names by count, each list separated by spaces."""
    return {
        name: count
        for names, count in (
            (one, Count.ONE),
            (expected, Count.EXPECTED),
            (optional, Count.OPTIONAL),
            (any_, Count.ANY),
            (some, Count.SOME),
        )
        for name in names.split()
    }


TOP: dict[str, Count] = {
    "BOOTSTRAP": Count.ANY,
    "PXLOGICAL": Count.ANY,
    "NAPDEF": Count.ANY,
    "CLIENTIDENTITY": Count.OPTIONAL,
    "VENDORCONFIG": Count.ANY,
    "APPLICATION": Count.ANY,
    "ACCESS": Count.ANY,
}
"""The characteristics of the document itself."""

RULES: dict[str, Rule] = {
    "APPLICATION": Rule(
        _parms(
            one="APPID",
            optional="PROVIDER-ID NAME AACCEPT APROTOCOL INIT",
            any_="TO-PROXY TO-NAPID ADDR",
        ),
        {"APPADDR": Count.ANY, "APPAUTH": Count.ANY, "RESOURCE": Count.ANY},
        open=True,
    ),
    "APPADDR": Rule(_parms(expected="ADDR", optional="ADDRTYPE"), {"PORT": Count.ANY}),
    "PORT": Rule(_parms(one="PORTNBR", any_="SERVICE"), key="PORTNBR"),
    "APPAUTH": Rule(_parms(optional="AAUTHLEVEL AAUTHTYPE AAUTHNAME AAUTHSECRET AAUTHDATA")),
    "RESOURCE": Rule(
        _parms(
            one="URI",
            optional="NAME AACCEPT AAUTHTYPE AAUTHNAME AAUTHSECRET AAUTHDATA STARTPAGE "
            "CLIURI SYNCTYPE",
        )
    ),
    "NAPDEF": Rule(
        _parms(
            one="NAPID NAP-ADDRESS",
            optional="NAME NAP-ADDRTYPE INTERNET CALLTYPE LOCAL-ADDR LOCAL-ADDRTYPE LINKSPEED "
            "DNLINKSPEED LINGER DELIVERY-ERR-SDU DELIVERY-ORDER TRAFFIC-CLASS MAX-SDU-SIZE "
            "MAX-BITRATE-UPLINK MAX-BITRATE-DNLINK RESIDUAL-BER SDU-ERROR-RATIO "
            "TRAFFIC-HANDL-PRIO TRANSFER-DELAY GUARANTEED-BITRATE-UPLINK "
            "GUARANTEED-BITRATE-DNLINK MAX-NUM-RETRY FIRST-RETRY-TIMEOUT REREG-THRESHOLD T-BIT",
            any_="BEARER DNS-ADDR",
        ),
        {"NAPAUTHINFO": Count.ANY, "VALIDITY": Count.ANY},
        key="NAPID",
    ),
    "NAPAUTHINFO": Rule(
        _parms(one="AUTHTYPE", optional="AUTHNAME AUTHSECRET SPI", any_="AUTH-ENTITY"),
        key="AUTHTYPE",
    ),
    "VALIDITY": Rule(_parms(optional="COUNTRY NETWORK SID SOC VALIDUNTIL"), key="COUNTRY"),
    "PXLOGICAL": Rule(
        _parms(
            one="PROXY-ID",
            expected="NAME",
            optional="PROXY-PW PPGAUTH-TYPE PROXY-PROVIDER-ID TRUST MASTER STARTPAGE BASAUTH-ID "
            "BASAUTH-PW WSP-VERSION PUSHENABLED PULLENABLED",
            any_="DOMAIN",
        ),
        {"PXAUTHINFO": Count.ANY, "PORT": Count.ANY, "PXPHYSICAL": Count.SOME},
        key="PROXY-ID",
    ),
    "PXAUTHINFO": Rule(
        _parms(one="PXAUTH-TYPE", optional="PXAUTH-ID PXAUTH-PW"), key="PXAUTH-TYPE"
    ),
    "PXPHYSICAL": Rule(
        _parms(
            one="PHYSICAL-PROXY-ID PXADDR",
            optional="PXADDRTYPE PXADDR-FQDN WSP-VERSION PUSHENABLED PULLENABLED",
            any_="DOMAIN",
            some="TO-NAPID",
        ),
        {"PORT": Count.ANY},
        key="PHYSICAL-PROXY-ID",
    ),
    "BOOTSTRAP": Rule(
        _parms(optional="NAME COUNTRY PROVURL CONTEXT-ALLOW", any_="NETWORK PROXY-ID")
    ),
    "CLIENTIDENTITY": Rule(_parms(one="CLIENT-ID"), key="CLIENT-ID"),
    "VENDORCONFIG": Rule(_parms(one="NAME"), open=True, key="NAME"),
    "ACCESS": Rule(_parms(some="RULE", any_="APPID PORTNBR DOMAIN TO-NAPID TO-PROXY")),
}
"""By type of characteristic."""

_ADDRESS = frozenset({"IPV4", "IPV6", "E164", "ALPHA", "APN", "SCODE", "TETRA-ITSI", "MAN"})

VALUES: dict[tuple[str, str], frozenset[str]] = {
    ("NAPDEF", "NAP-ADDRTYPE"): _ADDRESS,
    ("NAPDEF", "LOCAL-ADDRTYPE"): frozenset({"IPV4", "IPV6"}),
    ("NAPDEF", "CALLTYPE"): frozenset(
        {
            "ANALOG-MODEM",
            "V.120",
            "V.110",
            "X.31",
            "BIT-TRANSPARENT",
            "DIRECT-ASYNCHRONOUS-DATA-SERVICE",
        }
    ),
    ("NAPAUTHINFO", "AUTHTYPE"): frozenset({"PAP", "CHAP", "MD5"}),
    ("NAPAUTHINFO", "AUTH-ENTITY"): frozenset({"AAA", "HA"}),
    ("PXPHYSICAL", "PXADDRTYPE"): _ADDRESS,
    ("PXPHYSICAL", "PUSHENABLED"): frozenset({"0", "1"}),
    ("PXPHYSICAL", "PULLENABLED"): frozenset({"0", "1"}),
    ("PXLOGICAL", "PUSHENABLED"): frozenset({"0", "1"}),
    ("PXLOGICAL", "PULLENABLED"): frozenset({"0", "1"}),
    ("PXAUTHINFO", "PXAUTH-TYPE"): frozenset({"HTTP-BASIC", "HTTP-DIGEST", "WTLS-SS"}),
    ("APPADDR", "ADDRTYPE"): _ADDRESS | {"URI"},
    ("APPAUTH", "AAUTHLEVEL"): frozenset({"CLIENT", "APPSRV", "OBEX"}),
}
"""The values of a parm, where a document with another one is likely to be wrong."""
