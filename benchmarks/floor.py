"""The least that reading a card's bootstrap data takes, counted by hand.

A count of its own, made from the standards and not from smartboot's reader: what has to be sent to
a card of which nothing is known, so that its ICCID, its data objects and every byte of their
documents are there at the end, no file id is assumed, and the card is left as it was found.

| part | T=0 | T=1 | 2G SIM | what is sent |
|---|--:|--:|--:|---|
| ICCID | 2 | 2 | 3 | SELECT, READ BINARY; on a SIM the UICC's SELECT is refused first |
| EF(DIR) | 2 + r | 1 + r | 3 + r | SELECT, GET RESPONSE, r records; a SIM is led to its MF first |
| channel | 2 | 2 | 1 | MANAGE CHANNEL open and close; a SIM has none and is left at its MF |
| application | 1 | 1 | 1 | SELECT by AID, on a SIM the DF |
| EF(ODF) | 3 | 2 | 3 | SELECT, GET RESPONSE, READ BINARY |
| EF(DODF) | 3 | 2 | 3 | the same |
| each document | 2 + n | 1 + n | 2 + n | SELECT, GET RESPONSE, a READ BINARY for each 256 bytes |
| a PIN | 3 | 3 | - | the READ that is refused, VERIFY that asks for the tries left, VERIFY |

On T=1 the answer to SELECT comes at once, without GET RESPONSE. r counts the records up to that of
PKCS#15: the USIM stands before it on a UICC. The answer to SELECT brings the size of a file or
record: without it a READ of the wrong length costs the same TPDU (6Cxx), and the size of a
document's file is part of what ``read`` shows. The refused READ belongs to the floor
because no key is sent to a card that did not ask for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["FLOORS", "PARTS", "Floor"]

PARTS = ("ICCID", "EF(DIR)", "channel", "application", "EF(ODF)", "EF(DODF)", "documents", "PIN")
"""What a count is made of, in the order of ``Floor.counts``."""


@dataclass(frozen=True, slots=True)
class Floor:
    """TPDUs by part, in the order of PARTS; ``documents`` those of each document."""

    iccid: int
    directory: int
    channel: int
    application: int
    odf: int
    dodf: int
    documents: tuple[int, ...]
    pin: int = 0

    @property
    def counts(self) -> tuple[int, ...]:
        """The TPDUs of each part."""
        before = (self.iccid, self.directory, self.channel, self.application, self.odf, self.dodf)
        return (*before, sum(self.documents), self.pin)

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


FLOORS = MappingProxyType(
    {
        # 468 bytes are two READ BINARY.
        "client-provisioning-w7": Floor(2, 4, 2, 1, 3, 3, (2 + 2,)),
        # 2,913 bytes are twelve.
        "dm-1.2-tnds": Floor(2, 4, 2, 1, 3, 3, (2 + 12,)),
        # 698 bytes are three.
        "dm-2.0": Floor(2, 4, 2, 1, 3, 3, (2 + 3,)),
        # 82 bytes behind a PIN.
        "lwm2m-bootstrap-server": Floor(2, 4, 2, 1, 3, 3, (2 + 1,), 3),
        # 134 bytes on T=1, where SELECT brings its answer along.
        "lwm2m-oscore": Floor(2, 3, 2, 1, 2, 2, (1 + 1,)),
        # The one of the design: 120 bytes on T=0, 18 TPDUs.
        "lwm2m-psk": Floor(2, 4, 2, 1, 3, 3, (2 + 1,)),
        "lwm2m-variables": Floor(2, 4, 2, 1, 3, 3, (2 + 1,)),
        # 2,409, 363 and 299 bytes are ten, two and two.
        "multi-generation": Floor(2, 4, 2, 1, 3, 3, (2 + 10, 2 + 2, 2 + 2)),
        # One record in EF(DIR), a document of up to 256 bytes.
        "sim-2g-client-provisioning": Floor(3, 4, 1, 1, 3, 3, (2 + 1,)),
    }
)
"""The floor of each layout."""
