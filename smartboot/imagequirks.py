"""Habits of single real cards that a reader has to live with, as part of a card image.

Each is off by default. What they are called after: ``le`` rules of ISO/IEC 7816-3, 12; SELECT and
the FCP of TS 102 221, 11.1.1.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["FcpStyle", "Quirks"]

FcpStyle = Literal[
    "6F",
    "long-lengths",
    "no-fid",
    "no-record-count",
    "no-size",
    "reversed",
    "se-pairs",
    "total-size",
    "unknown-tags",
]
"""Departures in the FCP: the template of ISO/IEC 7816-4 (6F); lengths in two bytes; without 83;
tag 82 without the number of records; without 80; objects in reverse order; 8B with a record for
each security environment; 81 beside 80; private tags first."""


class Quirks(BaseModel):
    """What one card does its own way.

    ``read_answer`` announced: READ on T=0 says 61xx and waits for GET RESPONSE. ``read_limit``:
    no READ gives more bytes (T=0: 6Cxx; T=1: so many with 9000). ``response_piece``: the most one
    GET RESPONSE gives. ``write_limit``: the most one UPDATE BINARY takes, 6700 above.
    ``select_by_name``: any beginning of an AID, the whole one only, or none; ``name_answer``:
    whose FCP answers it. ``select_by_path`` False: P1 = 08 and 09 are refused; ``current_adf``
    False: file id 7FFF is unknown. ``no_data_select``: what SELECT with P2 = 0C comes to.
    ``proactive``: a toolkit command of so many bytes always waits (91xx instead of 9000).
    ``tries_query`` False: VERIFY without data is refused. ``no_channel`` is the answer to MANAGE
    CHANNEL of a card with one channel.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    read_answer: Literal["direct", "announced"] = "direct"
    read_limit: Annotated[int, Field(ge=1, le=256)] | None = None
    response_piece: Annotated[int, Field(ge=1, le=256)] | None = None
    write_limit: Annotated[int, Field(ge=1, le=255)] | None = None
    select_by_name: Literal["any", "whole", "none"] = "any"
    name_answer: Literal["own", "mf", "none"] = "own"
    select_by_path: bool = True
    current_adf: bool = True
    no_data_select: Literal["honoured", "announced", "refused"] = "honoured"
    proactive: Annotated[int, Field(ge=1, le=255)] | None = None
    tries_query: bool = True
    no_channel: Literal["6881", "6A81", "6D00", "6E00"] = "6881"
    fcp: Annotated[list[FcpStyle], Field(max_length=9)] = Field(default_factory=list)
