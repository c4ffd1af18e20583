"""Status words: every row of the tables of TS 102 221, 10.2 and TS 51.011, 9.4."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.apdu import Command, Response, StatusClass, classify, describe, is_success, raise_for
from smartboot.apdu.status import SIM_STATUS, UICC_STATUS
from smartboot.errors import CardError, FileAbsentError, SecurityStatusError

READ = Command(0x00, 0xB0, le=256)
VERIFY = Command(0x00, 0x20, 0, 1, data=b"\x31" * 8)
OK, WARNING, MORE, ERROR = StatusClass

# (status word, what it is, a word its description must have); from TS 102 221, 10.2.
UICC_CASES = [
    (0x9000, OK, "done"),
    (0x911E, OK, "proactive command of 30 bytes"),
    (0x9234, OK, "data transfer"),
    (0x6100, MORE, "256"),
    (0x611F, MORE, "31 more"),
    (0x6C0A, ERROR, "right is 10"),
    (0x9300, ERROR, "toolkit busy"),
    (0x6200, WARNING, "unchanged"),
    (0x6281, WARNING, "corrupted"),
    (0x6282, WARNING, "end of file"),
    (0x6283, WARNING, "deactivated"),
    (0x6284, WARNING, "terminated"),
    (0x6285, WARNING, "terminated"),
    (0x62F1, MORE, "more data"),
    (0x62F2, MORE, "proactive"),
    (0x62F3, MORE, "response data"),
    (0x63C2, WARNING, "2 tries left"),
    (0x63F1, WARNING, "more data expected"),
    (0x63F2, WARNING, "proactive"),
    (0x6400, ERROR, "unchanged"),
    (0x6500, ERROR, "changed"),
    (0x6581, ERROR, "memory problem"),
    (0x6700, ERROR, "wrong length"),
    (0x6712, ERROR, "wrong length"),
    (0x6800, ERROR, "class byte"),
    (0x6881, ERROR, "logical channel"),
    (0x6882, ERROR, "secure messaging"),
    (0x6900, ERROR, "not allowed"),
    (0x6981, ERROR, "structure"),
    (0x6982, ERROR, "security status not satisfied"),
    (0x6983, ERROR, "blocked"),
    (0x6984, ERROR, "invalidated"),
    (0x6985, ERROR, "conditions of use"),
    (0x6986, ERROR, "no EF selected"),
    (0x6989, ERROR, "secure channel"),
    (0x6A80, ERROR, "data field"),
    (0x6A81, ERROR, "function not supported"),
    (0x6A82, ERROR, "file not found"),
    (0x6A83, ERROR, "record not found"),
    (0x6A84, ERROR, "memory"),
    (0x6A86, ERROR, "P1 or P2"),
    (0x6A87, ERROR, "Lc"),
    (0x6A88, ERROR, "referenced data"),
    (0x6A89, ERROR, "file id already exists"),
    (0x6A8A, ERROR, "DF name already exists"),
    (0x6B00, ERROR, "offset"),
    (0x6D00, ERROR, "instruction"),
    (0x6E00, ERROR, "class"),
    (0x6F00, ERROR, "no diagnosis"),
    (0x6F12, ERROR, "no diagnosis"),
    (0x9850, ERROR, "maximum"),
    (0x9862, ERROR, "authentication"),
    (0x9863, ERROR, "session"),
    (0x9864, ERROR, "suspension"),
]

# From TS 51.011, 9.4.
SIM_CASES = [
    (0x9000, OK, "done"),
    (0x9110, OK, "proactive"),
    (0x9E05, WARNING, "5 bytes"),
    (0x9F17, MORE, "23 bytes"),
    (0x9300, ERROR, "busy"),
    (0x9203, OK, "after 3"),
    (0x9240, ERROR, "memory problem"),
    (0x9400, ERROR, "no EF"),
    (0x9402, ERROR, "out of range"),
    (0x9404, ERROR, "not found"),
    (0x9408, ERROR, "inconsistent"),
    (0x9802, ERROR, "no CHV"),
    (0x9804, ERROR, "access condition"),
    (0x9808, ERROR, "contradiction"),
    (0x9810, ERROR, "invalidation"),
    (0x9840, ERROR, "blocked"),
    (0x9850, ERROR, "maximum"),
    (0x6700, ERROR, "P3"),
    (0x6B00, ERROR, "P1 or P2"),
    (0x6D00, ERROR, "instruction"),
    (0x6E00, ERROR, "class"),
    (0x6F00, ERROR, "technical"),
]


@pytest.mark.parametrize(
    ("sw", "kind", "text"), UICC_CASES, ids=lambda v: f"{v:04X}" if isinstance(v, int) else None
)
def test_uicc_status_words(sw, kind, text):
    assert classify(sw) is kind
    assert text in describe(sw)


@pytest.mark.parametrize(
    ("sw", "kind", "text"), SIM_CASES, ids=lambda v: f"{v:04X}" if isinstance(v, int) else None
)
def test_sim_status_words(sw, kind, text):
    assert classify(sw, "sim") is kind
    assert text in describe(sw, "sim")


@pytest.mark.parametrize(("table", "cases"), [(UICC_STATUS, UICC_CASES), (SIM_STATUS, SIM_CASES)])
def test_every_row_of_the_table_has_a_case(table, cases):
    words = [sw for sw, _, _ in cases]
    untested = [row for row in table if not any(row.matches(sw) for sw in words)]
    assert untested == []


@pytest.mark.parametrize("table", [UICC_STATUS, SIM_STATUS])
def test_no_row_hides_a_later_one(table):
    for index, row in enumerate(table):
        assert not any(earlier.matches(row.value) for earlier in table[:index]), hex(row.value)


@pytest.mark.parametrize(
    ("sw", "kind"),
    [(0x6299, WARNING), (0x6312, WARNING), (0x6412, ERROR), (0x6512, ERROR), (0x1234, ERROR)],
)
def test_unknown_status_words_go_by_their_first_byte(sw, kind):
    assert classify(sw) is kind
    assert "unknown" in describe(sw)


def test_the_same_word_means_different_things_on_uicc_and_sim():
    assert is_success(0x9240, "uicc")
    assert not is_success(0x9240, "sim")
    assert not is_success(0x6282)
    assert is_success(0x9F10, "sim")


@pytest.mark.parametrize(
    ("sw", "error"),
    [
        (0x6A82, FileAbsentError),
        (0x6A83, FileAbsentError),
        (0x9404, FileAbsentError),
        (0x6982, SecurityStatusError),
        (0x9804, SecurityStatusError),
        (0x6985, CardError),
        (0x6C10, CardError),
        (0x6F00, CardError),
    ],
)
def test_refusals_become_errors(sw, error):
    with pytest.raises(error) as caught:
        raise_for(Response(b"", sw), READ, "sim" if sw >> 12 == 9 else "uicc")
    assert type(caught.value) is error
    assert caught.value.sw == sw
    assert caught.value.command_name == "READ BINARY"


def test_the_message_says_what_where_and_why():
    with pytest.raises(SecurityStatusError) as caught:
        raise_for(Response(b"", 0x6982), READ, where="EF 6432")
    assert str(caught.value) == (
        "the card refused READ BINARY on EF 6432: 6982, security status not satisfied"
    )
    assert "smartboot info" in caught.value.hint


@pytest.mark.parametrize("sw", [0x6A84, 0x6D00, 0x6D01, 0x6E00, 0x6581, 0x9300])
def test_refusals_with_a_known_remedy_have_a_hint(sw):
    with pytest.raises(CardError) as caught:
        raise_for(Response(b"", sw), READ)
    assert caught.value.hint


@pytest.mark.parametrize("sw", [0x9000, 0x9110, 0x6282, 0x6300, 0x63C1, 0x6110])
def test_success_and_warnings_pass(sw):
    raise_for(Response(b"", sw), READ)


@pytest.mark.parametrize("sw", [0x63C1, 0x6300, 0x9804, 0x6982])
def test_after_a_key_a_warning_is_a_refusal_and_no_word_asks_for_a_key(sw):
    with pytest.raises(CardError) as caught:
        raise_for(Response(b"", sw), VERIFY)
    assert type(caught.value) is CardError


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 0xFFFF), st.sampled_from(["uicc", "sim"]), st.sampled_from([READ, VERIFY]))
def test_every_status_word_has_a_text_and_only_card_errors(sw, kind, command):
    assert describe(sw, kind)
    assert "{" not in describe(sw, kind)
    try:
        raise_for(Response(b"", sw), command, kind)
    except CardError as error:
        assert error.sw == sw
    else:
        assert classify(sw, kind) is not ERROR
