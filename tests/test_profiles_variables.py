"""Variables of profiles: rules, checks of values, env files. No message repeats a value."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from smartboot.errors import ProfileError
from smartboot.profiles.envfile import parse_env_file
from smartboot.profiles.variables import (
    MAX_VALUE,
    NAME,
    Variable,
    VariableRule,
    check_value,
    luhn_valid,
)


def rule(**fields: object) -> VariableRule:
    return VariableRule.model_validate(fields)


GOOD = [
    pytest.param({}, "any text, \u00fcml\u00e4ute", "any text, \u00fcml\u00e4ute", None, id="text"),
    pytest.param({"max_length": 3}, "abc", "abc", None, id="text at its longest"),
    pytest.param({"min_length": 0}, "", "", None, id="empty text"),
    pytest.param({"pattern": "[a-z]+|x1"}, "x1", "x1", None, id="pattern matches all of it"),
    pytest.param({}, "hex:00", "hex:00", "hex:6865783a3030", id="text that looks like hex"),
    pytest.param({}, "********", "********", "hex:2a2a2a2a2a2a2a2a", id="text like a mask"),
    pytest.param({"type": "digits", "length": 15}, "0" * 15, "0" * 15, None, id="digits"),
    pytest.param({"type": "hex"}, "0a ff", "0AFF", "hex:0AFF", id="hex with a blank"),
    pytest.param({"type": "hex", "length": 2}, "hex:0aff", "0AFF", "hex:0AFF", id="hex:"),
    pytest.param({"type": "integer"}, "-7", "-7", -7, id="integer"),
    pytest.param({"type": "integer", "min": 60, "max": 61}, "0060", "60", 60, id="least"),
    pytest.param({"type": "integer", "min": 60, "max": 61}, "61", "61", 61, id="greatest"),
    pytest.param({"type": "boolean"}, "True", "true", True, id="true"),
    pytest.param({"type": "boolean"}, "false", "false", False, id="false"),
    pytest.param({"type": "uri"}, "coaps://h.example:5684/a?b", "coaps://h.example:5684/a?b", None,
                 id="uri"),
    pytest.param({"type": "uri", "schemes": ["CoAPs"]}, "COAPS://[::1]", "COAPS://[::1]", None,
                 id="scheme in any case"),
    pytest.param({"type": "uri"}, "tel:+4912345", "tel:+4912345", None, id="uri without a host"),
    pytest.param({"type": "iccid"}, "89882110000000000077", "89882110000000000077", None,
                 id="iccid of 20"),
    pytest.param({"type": "iccid"}, "8988211000000000045", "8988211000000000045", None,
                 id="iccid of 19"),
    pytest.param({"type": "imsi"}, "001010123456789", "001010123456789", None, id="imsi"),
    pytest.param({"type": "ssid"}, "1", "1", 1, id="least ssid"),
    pytest.param({"type": "ssid"}, "65534", "65534", 65534, id="greatest ssid"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "given_text", "text", "typed"), GOOD)
def test_value_taken(fields, given_text, text, typed):
    value = check_value(rule(**fields), given_text)
    assert value.text == text
    assert value.typed == (text if typed is None else typed)
    assert type(value.typed) is type(text if typed is None else typed)


SECRET = "s3cr3t"
BAD = [
    pytest.param({"max_length": 2}, SECRET, "0 to 2 characters, it has 6", id="text too long"),
    pytest.param({"min_length": 9}, SECRET, "9 or more characters", id="text too short"),
    pytest.param({"pattern": "[a-z]*"}, SECRET, "does not match", id="pattern on part only"),
    pytest.param({}, SECRET + "\n", "control character", id="line break"),
    pytest.param({}, SECRET + "\x00", "control character", id="null"),
    pytest.param({}, SECRET + "\u2028", "line break", id="line separator"),
    pytest.param({}, SECRET + "\ud800", "control character", id="half a surrogate pair"),
    pytest.param({}, SECRET * 4000, "longer than", id="enormous"),
    pytest.param({"type": "digits"}, SECRET, "should be digits", id="letters"),
    pytest.param({"type": "digits"}, "\u0661\u0662", "should be digits", id="digits of others"),
    pytest.param({"type": "digits"}, "", "should be digits", id="no digits"),
    pytest.param({"type": "digits", "length": 15}, "1" * 14, "15 digits, it has 14", id="length"),
    pytest.param({"type": "hex"}, "abc", "pairs", id="half a byte"),
    pytest.param({"type": "hex"}, SECRET, "pairs", id="no hex"),
    pytest.param({"type": "hex", "length": 16}, "00" * 15, "16 bytes, it has 15", id="short key"),
    pytest.param({"type": "integer"}, "1.5", "whole number", id="fraction"),
    pytest.param({"type": "integer"}, "0x10", "whole number", id="hex integer"),
    pytest.param({"type": "integer"}, "1" * 21, "whole number", id="too many digits"),
    pytest.param({"type": "integer", "min": 60}, "59", "60 or more", id="below"),
    pytest.param({"type": "integer", "max": 60}, "61", "60 or less", id="above"),
    pytest.param({"type": "boolean"}, "yes", "true or false", id="yes"),
    pytest.param({"type": "uri"}, SECRET, "scheme", id="no uri"),
    pytest.param({"type": "uri"}, "coap://a b", "no blanks", id="blank in uri"),
    pytest.param({"type": "uri"}, "coap://\u00e4.example", "no blanks", id="not ascii"),
    pytest.param({"type": "uri"}, "coap://", "no host", id="no host"),
    pytest.param({"type": "uri"}, "coap://:5683", "no host", id="port alone"),
    pytest.param({"type": "uri"}, "coap://h:99999", "malformed", id="port too large"),
    pytest.param({"type": "uri"}, "coap://[::1", "malformed", id="bracket open"),
    pytest.param(
        {"type": "uri", "schemes": ["coaps"]}, "coap://h", "begin with coaps", id="scheme"
    ),
    pytest.param({"type": "iccid"}, "89882110000000000017", "check digit", id="luhn"),
    pytest.param({"type": "iccid"}, "8988211", "18 to 20", id="short iccid"),
    pytest.param({"type": "imsi"}, "00101", "6 to 15", id="short imsi"),
    pytest.param({"type": "imsi"}, "1" * 16, "6 to 15", id="long imsi"),
    pytest.param({"type": "ssid"}, "0", "1 or more", id="ssid 0"),
    pytest.param({"type": "ssid"}, "65535", "65534 or less", id="ssid 65535"),
    pytest.param({"type": "ssid", "max": 10}, "11", "10 or less", id="ssid above its own bound"),
]


@pytest.mark.parametrize(("fields", "text", "reason"), BAD)
def test_value_refused_without_showing_it(fields, text, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        check_value(rule(**fields), text)
    assert SECRET not in str(caught.value)
    assert len(text) < 5 or text not in str(caught.value)


def test_a_card_s_own_number_needs_no_check_digit():
    card = rule(**{"type": "iccid", "from": "card"})
    assert check_value(card, "89882110000000000017", from_card=True).text.endswith("17")


BAD_RULES = [
    ({"type": "password"}, "type"),
    ({"length": 3, "min_length": 1}, "exclude"),
    ({"min_length": 3, "max_length": 2}, "min_length is above"),
    ({"type": "integer", "min": 3, "max": 2}, "min is above"),
    ({"type": "integer", "length": 3}, "length goes with"),
    ({"type": "text", "min": 3}, "min goes with"),
    ({"type": "hex", "pattern": "a"}, "pattern goes with"),
    ({"type": "text", "schemes": ["coap"]}, "schemes goes with"),
    ({"type": "uri", "schemes": ["coap://"]}, "without ://"),
    ({"type": "uri", "schemes": []}, "schemes"),
    ({"from": "card"}, "from goes with iccid, imsi"),
    ({"type": "iccid", "from": "sky"}, "from"),
    ({"type": "iccid", "from": "card", "default": "8988211000000000045"}, "no default"),
    ({"pattern": "("}, "no regular expression"),
    ({"pattern": "(?=a)"}, "no regular expression"),
    ({"pattern": "a" * 201}, "pattern"),
    ({"type": "hex", "default": "xyz"}, "default does not fit"),
    ({"type": "hex", "length": 2, "example": "00"}, "example does not fit"),
    ({"lenght": 3}, "lenght"),
]


@pytest.mark.parametrize(("fields", "reason"), BAD_RULES, ids=lambda v: str(v)[:40])
def test_rule_refused(fields, reason):
    with pytest.raises(ValidationError, match=reason):
        rule(**fields)


@pytest.mark.timeout(10)
def test_a_pattern_takes_linear_time():
    evil = rule(pattern="(a|aa)+(a|aa)+b")
    with pytest.raises(ValueError, match="does not match"):
        check_value(evil, "a" * MAX_VALUE)


def test_required_and_dictionary():
    assert Variable("A", rule()).required
    assert Variable("A", rule(example="x")).required
    assert not Variable("A", rule(default="x")).required
    assert not Variable("A", rule(**{"type": "imsi", "from": "card"})).required
    shown = Variable("A", rule(type="hex", length=1, default="AB", secret=True)).to_dict()
    assert shown == {
        "name": "A", "type": "hex", "required": False, "secret": True, "length": 1,
        "default": "********",
    }  # fmt: skip
    assert Variable("C", rule(**{"type": "imsi", "from": "card"})).to_dict()["from"] == "card"
    assert "AB" not in repr(rule(type="hex", default="AB"))


# Check digits of numbers that are public: test card numbers of payment schemes use the same sum.
@pytest.mark.parametrize("number", ["4111111111111111", "79927398713", "0", "18"])
def test_luhn(number):
    assert luhn_valid(number)
    for digit in "0123456789":
        if digit != number[-1]:
            assert not luhn_valid(number[:-1] + digit)


@settings(max_examples=500)
@given(st.binary(max_size=64))
def test_any_hex_comes_back(data):
    value = check_value(rule(type="hex"), data.hex())
    assert bytes.fromhex(value.text) == data
    assert value.typed == f"hex:{data.hex().upper()}"


@settings(max_examples=500)
@given(
    st.sampled_from(
        ["text", "digits", "hex", "integer", "boolean", "uri", "iccid", "imsi", "ssid"]
    ),
    st.text(max_size=40),
)
@example("integer", "-")
@example("uri", "http://[")
@example("uri", "//")
@example("hex", "hex:")
def test_any_text_is_a_value_or_a_value_error(kind, text):
    value_or_error(kind, text)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=10_000, deadline=None)
@given(
    st.sampled_from(
        ["text", "digits", "hex", "integer", "boolean", "uri", "iccid", "imsi", "ssid"]
    ),
    st.text(max_size=40) | st.text("0123456789abcdef:/.-+", max_size=40),
)
def test_any_text_is_a_value_or_a_value_error_at_length(kind, text):
    value_or_error(kind, text)


def value_or_error(kind, text):
    try:
        value = check_value(rule(type=kind), text)
    except ValueError as error:
        if len(text) > 5:
            assert text not in str(error)
    else:
        assert check_value(rule(type=kind), value.text) == value


# -- env files -------------------------------------------------------------------------------------


def test_env_file():
    text = """\ufeff# a comment
SERVER=coaps://h.example:5684/?a=b#c
  export PSK = "two words"

EMPTY=
Q='
SINGLE='x'
LITERAL=${HOME} $X @file env:Y
CR=value\r
"""
    assert parse_env_file(text) == {
        "SERVER": "coaps://h.example:5684/?a=b#c",
        "PSK": "two words",
        "EMPTY": "",
        "Q": "'",
        "SINGLE": "x",
        "LITERAL": "${HOME} $X @file env:Y",
        "CR": "value",
    }


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("A=1\nhunter2\n", 2, "NAME=VALUE"),
        ("hunter2=1", 1, "no name"),
        ("=hunter2", 1, "NAME=VALUE"),
        ("two hunter2=1", 1, "NAME=VALUE"),
        ("A=1\nA=hunter2", 2, "second time"),
        ("export =hunter2", 1, "no name"),
    ],
)
def test_env_file_fault_has_its_line_and_not_its_text(text, line, reason):
    with pytest.raises(ProfileError, match=reason) as caught:
        parse_env_file(text, "lot.env")
    assert (caught.value.file, caught.value.line) == ("lot.env", line)
    assert "hunter2" not in str(caught.value) + str(caught.value.hint)


def test_env_file_of_many_lines():
    with pytest.raises(ProfileError, match="more than"):
        parse_env_file("\n" * 10_001)


NAMES = st.from_regex(NAME, fullmatch=True)
VALUES = st.text(string.ascii_letters + string.digits + " =#$@\"':/\\", max_size=30)


@settings(max_examples=500)
@given(st.dictionaries(NAMES, VALUES, max_size=8))
def test_env_file_round_trip(values):
    text = "".join(f'{name}="{value}"\n' for name, value in values.items())
    assert parse_env_file(text) == values


@settings(max_examples=500)
@given(st.text(max_size=200))
def test_any_env_file_is_read_or_refused(text):
    try:
        parse_env_file(text)
    except ProfileError as error:
        assert error.line is not None
