"""From a connection to a card: is it a UICC or a 2G SIM?

The first command is one that is needed anyway: SELECT EF(ICCID) by path. A card that refuses the
interindustry class (6E00, 6D00) is a 2G SIM, which is asked for the same file in its own way.
"""

from __future__ import annotations

from smartboot.apdu import make_exchange
from smartboot.card.base import Card
from smartboot.card.sim import SimCard
from smartboot.card.uicc import UiccCard
from smartboot.errors import CardError, FileAbsentError
from smartboot.transport.base import CardConnection, CardProtocol

__all__ = ["open_card"]

_CLASS_REFUSED = (0x6E, 0x6D)


def open_card(connection: CardConnection) -> Card:
    """Find out what the card is, with one command on a UICC and two on a SIM.

    A card without EF(ICCID) is no failure. Errors: TransportError; CardError for a card that
    speaks neither class.
    """
    exchange = make_exchange(connection.transmit, t0=connection.protocol is CardProtocol.T0)
    uicc = UiccCard(connection, exchange)
    try:
        uicc.select_iccid()
    except FileAbsentError:
        return uicc
    except CardError as error:
        if error.sw is None or error.sw >> 8 not in _CLASS_REFUSED:
            # Some other refusal: asking for the ICCID again will tell it as a finding.
            return uicc
    else:
        return uicc
    sim = SimCard(connection, exchange)
    try:
        sim.select_iccid()
    except FileAbsentError:
        return sim
    except CardError as error:
        if error.sw is not None and error.sw >> 8 in _CLASS_REFUSED:
            raise CardError(
                "the card answers neither as a UICC (class 00) nor as a 2G SIM (class A0):"
                f" {error.sw:04X}",
                sw=error.sw,
                command_name=error.command_name,
                hint="is this a SIM or UICC at all?",
            ) from None
    return sim
