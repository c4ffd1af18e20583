"""Variables of card profiles: what a ``${NAME}`` may hold, and the check of what was given.

Every value comes in as text (from ``--set``, an env file, the profile's own default, the card) and
leaves in two forms: as text, for where it stands among other text, and typed, for where it is a
document's value on its own. No message ever repeats a value: any of them may be a secret.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

from smartboot import model

__all__ = [
    "MAX_VALUE",
    "NAME",
    "CardFacts",
    "Value",
    "Variable",
    "VariableRule",
    "VariableType",
    "check_value",
    "luhn_valid",
]

MAX_VALUE = 16_384
"""Longest value taken, in characters; no file of a card holds much more."""

NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
"""Names of variables."""

VariableType = Literal[
    "text", "digits", "hex", "integer", "boolean", "uri", "iccid", "imsi", "ssid"
]

Given = Annotated[
    str,
    Field(max_length=MAX_VALUE),
    # YAML text needs no quotes around a number; editors that know the schema should not want them.
    WithJsonSchema({"type": ["string", "integer", "boolean"]}),
]

_WITH_LENGTH = ("text", "digits", "hex", "uri")
_WITH_RANGE = ("integer", "ssid")
_INTEGER = re.compile(r"[-+]?[0-9]{1,20}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_URI = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a card itself can say: the values of variables with ``from: card``."""

    iccid: str | None = None
    imsi: str | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A checked value.

    ``text`` is its one spelling, ``typed`` what a document gets when it is a value on its own,
    ``is_bytes`` says that the text is hex digits.
    """

    text: str = field(repr=False)
    typed: str | int | bool = field(repr=False)
    is_bytes: bool = False


class VariableRule(BaseModel):
    """One variable: what it is for and what may be given for it.

    Without a default, and not from the card, it has to be given. ``example`` is taken when a card
    is emulated and when a profile is checked, never when one is written.
    """

    type: VariableType = Field(
        default="text",
        description="What the value is: text; digits; hex (bytes); integer; boolean (true or "
        "false); uri; iccid (18 to 20 digits, check digit verified); imsi (6 to 15 digits); "
        "ssid (Short Server ID, 1 to 65534).",
    )
    description: Annotated[str, Field(max_length=500)] = Field(
        default="", description="What the value is for, in a sentence."
    )
    default: Given | None = Field(
        default=None, repr=False, description="The value when none is given."
    )
    example: Given | None = Field(
        default=None,
        repr=False,
        description="A made-up value for emulating and validating; `write` never uses it.",
    )
    secret: bool = Field(
        default=False, description="Whether the value is a key or password; it is never shown."
    )
    source: Literal["card"] | None = Field(
        default=None,
        alias="from",
        description="card: the card's own ICCID or IMSI, for the types iccid and imsi.",
    )
    length: Annotated[int, Field(ge=0, le=MAX_VALUE)] | None = Field(
        default=None, description="Exact length: characters of text, digits and uri, bytes of hex."
    )
    min_length: Annotated[int, Field(ge=0, le=MAX_VALUE)] | None = Field(
        default=None, description="Least length, counted like length."
    )
    max_length: Annotated[int, Field(ge=0, le=MAX_VALUE)] | None = Field(
        default=None, description="Greatest length, counted like length."
    )
    min: int | None = Field(default=None, description="Least value of an integer or ssid.")
    max: int | None = Field(default=None, description="Greatest value of an integer or ssid.")
    pattern: Annotated[str, Field(max_length=200)] | None = Field(
        default=None,
        description="Regular expression that the whole value must match (syntax of Rust's regex: "
        "no look-around, no back-references).",
    )
    schemes: Annotated[list[str], Field(min_length=1, max_length=16)] | None = Field(
        default=None, description="URI schemes allowed, for uri."
    )

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, validate_by_name=False
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_fit()
        if self.length is not None and (self.min_length, self.max_length) != (None, None):
            raise ValueError("length and min_length or max_length exclude each other")
        if (self.min_length or 0) > (self.max_length or MAX_VALUE):
            raise ValueError("min_length is above max_length")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is above max")
        if self.pattern is not None:
            _pattern(self.pattern)
        for name in ("default", "example"):
            given = getattr(self, name)
            if given is not None:
                try:
                    check_value(self, given)
                except ValueError as error:
                    raise ValueError(f"the {name} does not fit: {error}") from None
        return self

    def _check_fit(self) -> None:
        """Each restriction goes with some types only; elsewhere it would be ignored in silence."""
        for names, types in (
            (("length", "min_length", "max_length"), _WITH_LENGTH),
            (("min", "max"), _WITH_RANGE),
            (("pattern",), ("text", "digits", "uri")),
            (("schemes",), ("uri",)),
            (("source",), ("iccid", "imsi")),
        ):
            for name in names:
                if getattr(self, name) is not None and self.type not in types:
                    shown = "from" if name == "source" else name
                    raise ValueError(f"{shown} goes with {', '.join(types)}, not {self.type}")
        if self.source is not None and self.default is not None:
            raise ValueError("a value from the card has no default")
        for scheme in self.schemes or ():
            if not _SCHEME.fullmatch(scheme):
                raise ValueError("a scheme is written without ://, as coaps")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a profile, by name."""

    name: str
    rule: VariableRule

    @property
    def required(self) -> bool:
        """Whether a value has to be given."""
        return self.rule.default is None and self.rule.source is None

    def to_dict(self) -> dict[str, Any]:
        """For JSON: the rule with every restriction it has; a secret default is masked."""
        rule = self.rule.model_dump(by_alias=True, exclude_none=True, exclude_defaults=True)
        for name in ("default", "example"):
            if name in rule and self.rule.secret:
                rule[name] = model.MASK
        return {
            "name": self.name,
            "type": self.rule.type,
            "required": self.required,
            "secret": self.rule.secret,
            **{key: value for key, value in rule.items() if key not in ("type", "secret")},
        }


def _pattern(text: str) -> SchemaValidator:
    # The regex engine behind pydantic takes linear time, which Python's own does not promise.
    try:
        return SchemaValidator(core_schema.str_schema(pattern=f"^(?:{text})$"))
    except SchemaError:
        raise ValueError("the pattern is no regular expression") from None


def luhn_valid(digits: str) -> bool:
    """Whether the last of the decimal digits is the check digit of the others (ITU-T E.118, 4)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        number = int(digit)
        if position % 2:
            number = number * 2 - 9 * (number > 4)
        total += number
    return total % 10 == 0


def check_value(rule: VariableRule, given: str, *, from_card: bool = False) -> Value:
    """The checked value. ValueError, without the value, when the rule does not allow it.

    ``from_card`` values are not held to the check digit: a card's number is what it is.
    """
    if len(given) > MAX_VALUE:
        raise ValueError(f"the value is longer than {MAX_VALUE} characters")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in given):
        raise ValueError("the value holds a control character or line break")
    value = _CHECKS[rule.type](rule, given)
    if rule.type == "iccid" and not from_card and not luhn_valid(value.text):
        raise ValueError("the last digit is not the check digit of the others")
    if rule.pattern is not None:
        try:
            _pattern(rule.pattern).validate_python(value.text)
        except ValidationError:
            raise ValueError("the value does not match the pattern") from None
    return value


def _check_length(rule: VariableRule, length: int, unit: str) -> None:
    low = rule.length if rule.length is not None else rule.min_length
    high = rule.length if rule.length is not None else rule.max_length
    if (low is not None and length < low) or (high is not None and length > high):
        if low == high:
            allowed = str(low)
        elif high is None:
            allowed = f"{low} or more"
        else:
            allowed = f"{low or 0} to {high}"
        raise ValueError(f"the value should have {allowed} {unit}, it has {length}")


def _text(rule: VariableRule, given: str) -> Value:
    _check_length(rule, len(given), "characters")
    # A text that looks like ``hex:…``, or like a masked secret, is still just text.
    return Value(given, model.to_plain(given))


def _is_decimal(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _digits(rule: VariableRule, given: str) -> Value:
    if not _is_decimal(given):
        raise ValueError("the value should be digits")
    _check_length(rule, len(given), "digits")
    return Value(given, given)


def _hex(rule: VariableRule, given: str) -> Value:
    try:
        raw = bytes.fromhex(given.removeprefix("hex:"))
    except ValueError:
        raise ValueError("the value should be hex digits in pairs") from None
    _check_length(rule, len(raw), "bytes")
    digits = raw.hex().upper()
    return Value(digits, f"hex:{digits}", is_bytes=True)


def _integer(rule: VariableRule, given: str) -> Value:
    if not _INTEGER.fullmatch(given):
        raise ValueError("the value should be a whole number")
    number = int(given)
    low, high = rule.min, rule.max
    if rule.type == "ssid":
        low, high = max(1, low or 1), min(65534, 65534 if high is None else high)
    if low is not None and number < low:
        raise ValueError(f"the value should be {low} or more")
    if high is not None and number > high:
        raise ValueError(f"the value should be {high} or less")
    return Value(str(number), number)


def _boolean(rule: VariableRule, given: str) -> Value:
    del rule
    text = given.lower()
    if text not in ("true", "false"):
        raise ValueError("the value should be true or false")
    return Value(text, text == "true")


def _uri(rule: VariableRule, given: str) -> Value:
    try:
        parts = urlsplit(given)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("the value is not a URI: its host or port is malformed") from None
    if not _URI.fullmatch(given) or not _SCHEME.fullmatch(parts.scheme):
        raise ValueError("the value should be a URI: a scheme, :// and a host, no blanks")
    if given[len(parts.scheme) + 1 :].startswith("//") and not host:
        raise ValueError("the URI names no host")
    if rule.schemes is not None:
        schemes = [scheme.lower() for scheme in rule.schemes]
        if parts.scheme not in schemes:
            raise ValueError(f"the URI should begin with {' or '.join(schemes)}")
    _check_length(rule, len(given), "characters")
    return Value(given, given)


def _iccid(rule: VariableRule, given: str) -> Value:
    del rule
    if not _is_decimal(given) or not 18 <= len(given) <= 20:
        raise ValueError("an ICCID has 18 to 20 digits")
    return Value(given, given)


def _imsi(rule: VariableRule, given: str) -> Value:
    del rule
    if not _is_decimal(given) or not 6 <= len(given) <= 15:
        raise ValueError("an IMSI has 6 to 15 digits")
    return Value(given, given)


_CHECKS = {
    "text": _text,
    "digits": _digits,
    "hex": _hex,
    "integer": _integer,
    "boolean": _boolean,
    "uri": _uri,
    "iccid": _iccid,
    "imsi": _imsi,
    "ssid": _integer,
}
