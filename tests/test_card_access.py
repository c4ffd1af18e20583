"""Access rules: compact, expanded and EF(ARR) records (TS 102 221, 9.2)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.card.access import parse_compact, parse_expanded
from smartboot.card.base import AccessCondition
from smartboot.errors import DecodeError

ALWAYS = AccessCondition(always=True)
NEVER = AccessCondition(never=True)
UNKNOWN = AccessCondition(known=False)
PIN1 = "A406830101950108"
ADM1 = "A40683010A950108"
ADM2 = "A40683010B950108"


def rule(text: str, *, directory: bool = False):
    return parse_expanded(bytes.fromhex(text.replace(" ", "")), directory=directory)


def condition(text: str) -> AccessCondition:
    return rule("800101" + text).condition("read")


def wrap(tag: int, *parts: str) -> str:
    body = "".join(parts)
    return f"{tag:02X}{len(body) // 2:02X}{body}"


def test_the_decoded_example_with_padding():
    found = rule(f"800101 {ADM1} 800106 9000 800160 9700 8401D4 {ADM1} FFFFFFFF")
    assert found.condition("read") == AccessCondition(keys=(0x0A,))
    assert found.condition("update") == found.condition("append") == ALWAYS
    assert found.condition("delete") == found.condition("terminate") == NEVER
    assert found.condition("resize") == AccessCondition(keys=(0x0A,))
    assert found.condition("activate") == NEVER
    assert str(found.condition("resize")) == "ADM1"
    assert found.source == "AB"


def test_access_mode_bits_of_files_and_directories():
    files = [name for name, _ in rule("80017F9000").conditions]
    assert files == ["delete", "terminate", "activate", "deactivate", "append", "update", "read"]
    directories = [name for name, _ in rule("80017F9000", directory=True).conditions]
    assert directories == [
        "delete",
        "terminate",
        "activate",
        "deactivate",
        "create-df",
        "create-ef",
        "delete-child",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9000", ALWAYS),
        ("9700", NEVER),
        (PIN1, AccessCondition(keys=(1,))),
        ("A403830101", AccessCondition(keys=(1,))),
        ("A409 830101 83010A 950108".replace(" ", ""), AccessCondition(keys=(1, 0x0A))),
        ("A400", UNKNOWN),
        ("9E0100", ALWAYS),
        ("9E01FF", NEVER),
        ("9E0113", UNKNOWN),
        ("9E00", UNKNOWN),
        ("B40683010A950108", UNKNOWN),
        (wrap(0xA0, PIN1, ADM1), AccessCondition(keys=(1, 0x0A))),
        (wrap(0xA0, PIN1, "9700"), AccessCondition(keys=(1,))),
        (wrap(0xA0, PIN1, "9000"), ALWAYS),
        (wrap(0xA0, "9700", "9700"), NEVER),
        (wrap(0xA0), UNKNOWN),
        (wrap(0xA7, PIN1, ADM1), AccessCondition(keys=(1, 0x0A), all_of=True)),
        (wrap(0xA7, PIN1, "9000"), AccessCondition(keys=(1,))),
        (wrap(0xA7, PIN1, "9700"), NEVER),
        (wrap(0xA7, "9000"), ALWAYS),
        (wrap(0xA7, PIN1, PIN1), AccessCondition(keys=(1,))),
        (wrap(0xAF, "9000"), NEVER),
        (wrap(0xAF, "9700"), ALWAYS),
        (wrap(0xAF, PIN1), UNKNOWN),
        (wrap(0xA0, wrap(0xA0, PIN1, ADM1), ADM2), AccessCondition(keys=(1, 0x0A, 0x0B))),
        (wrap(0xA0, wrap(0xA7, PIN1, ADM1), ADM2), AccessCondition(keys=(1, 10, 11), known=False)),
        (wrap(0xA7, wrap(0xA0, PIN1, ADM1), ADM2), AccessCondition(keys=(1, 10, 11), known=False)),
        (PIN1 + ADM1, AccessCondition(keys=(1, 0x0A))),
        (wrap(0xA0, PIN1, wrap(0xB4)), AccessCondition(keys=(1,), known=False)),
    ],
)
def test_security_conditions(text, expected):
    assert condition(text) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("840132", "increase"),
        ("8401D4", "resize"),
        ("8C0280D4", "resize"),
        ("84017A", "command-7A"),
        ("8601B0", None),
        ("8602B080", "command-insB0-p180"),
        ("800181", "proprietary-81"),
    ],
)
def test_command_headers(text, name):
    if name is None:
        with pytest.raises(DecodeError, match="wrong length"):
            rule(text + "9000")
    else:
        assert rule(text + "9000").conditions == ((name, ALWAYS),)


def test_several_commands_in_one_list_and_several_modes_before_one_condition():
    assert [n for n, _ in rule("840232D49000").conditions] == ["increase", "resize"]
    assert rule(f"800101 8401D4 {ADM1}").condition("resize").keys == (0x0A,)
    assert rule(f"800101 8401D4 {ADM1}").condition("read").keys == (0x0A,)


def test_two_rules_for_one_operation_are_alternatives():
    assert rule(f"800101 {PIN1} 800101 {ADM1}").condition("read").keys == (1, 0x0A)


def test_a_mode_without_condition_allows_nothing():
    assert rule("800101").condition("read") == NEVER


def test_an_empty_record_says_nothing():
    assert rule("FFFF").condition("read") == UNKNOWN


@pytest.mark.parametrize(
    "text", ["9000", "80029000", "80039000", "800101A4", "800101A40283", "8400", "80"]
)
def test_broken_rules(text):
    with pytest.raises(DecodeError):
        rule(text)


def test_nesting_and_count_are_bounded():
    deep = PIN1
    for _ in range(20):
        deep = wrap(0xA0, deep)
    with pytest.raises(DecodeError, match="nested too deeply"):
        rule("800101" + deep)
    with pytest.raises(DecodeError, match="more than"):
        rule("800101" + "9700" * 5000)


@pytest.mark.parametrize(
    ("text", "directory", "expected"),
    [
        ("0100", False, [("read", ALWAYS)]),
        ("03FF00", False, [("update", NEVER), ("read", ALWAYS)]),
        ("03FF00", True, [("create-ef", NEVER), ("delete-child", ALWAYS)]),
        ("0113", False, [("read", UNKNOWN)]),
        ("010002FF", False, [("read", ALWAYS), ("update", NEVER)]),
        ("8100", False, [("read", ALWAYS)]),
        ("C0FF", False, [("proprietary-40", NEVER)]),
        ("", False, []),
        ("00", False, []),
    ],
)
def test_compact(text, directory, expected):
    found = parse_compact(bytes.fromhex(text), directory=directory)
    assert list(found.conditions) == expected
    assert found.source == "8C"


def test_compact_cut_off():
    with pytest.raises(DecodeError) as caught:
        parse_compact(b"\x03\x00", directory=False)
    assert caught.value.offset == 2


def either_rule_or_error(raw, directory):
    for parse in (parse_compact, parse_expanded):
        try:
            found = parse(raw, directory=directory)
        except DecodeError:
            continue
        for _, one in found.conditions:
            assert str(one)
            assert not (one.always and one.never)


PIECES = st.sampled_from(
    ["800101", "80017F", "8401D4", "9000", "9700", PIN1, ADM1, "A000", "A002", "AF02", "9E0100"]
)
RANDOM = st.one_of(
    st.binary(max_size=64),
    st.lists(PIECES, max_size=12).map(lambda parts: bytes.fromhex("".join(parts))),
)


@settings(max_examples=500, deadline=None)
@given(RANDOM, st.booleans())
def test_random_bytes(raw, directory):
    either_rule_or_error(raw, directory)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(RANDOM, st.booleans())
def test_random_bytes_long(raw, directory):
    either_rule_or_error(raw, directory)
