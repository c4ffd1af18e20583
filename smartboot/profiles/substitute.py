"""``${NAME}`` in the text of a profile: finding out the values, and putting them in.

Substitution works on the parsed YAML, never on its text, so no value can change the structure of
a profile; inside ``xml`` it works on the parsed XML for the same reason. ``$${`` stands for a
plain ``${``. Mapping keys and the ``variables`` themselves are left alone.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from smartboot import model
from smartboot.errors import DecodeError, ProfileError
from smartboot.formats import xml
from smartboot.profiles.faults import raise_faults
from smartboot.profiles.schema import VirtualSettings
from smartboot.profiles.variables import NAME, CardFacts, Value, Variable, VariableRule, check_value
from smartboot.yamltext import Located, Place

if TYPE_CHECKING:
    from lxml import etree

__all__ = ["Substituted", "read_variables", "scrub", "substitute"]

_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}$\n]{0,80})\}|\$\{")
_MAX_VARIABLES = 256
_MAX_TEXT = 1 << 20
_MAX_FAULTS = 100
_SHORTEST_SCRUBBED = 3

_HEX = "hex:"

_RULES = TypeAdapter(dict[str, VariableRule])


@dataclass(frozen=True, slots=True)
class Substituted:
    """A profile's data with the values in it. ``used`` names the variables that stand in it."""

    located: Located
    variables: tuple[Variable, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict, repr=False)
    used: frozenset[str] = frozenset()


def read_variables(located: Located) -> tuple[tuple[Variable, ...], list[ProfileError]]:
    """The variables that a profile declares, and what is wrong with them."""
    section = located.data.get("variables")
    if section is None:
        return (), []
    place: Place = ("variables",)
    if not isinstance(section, dict):
        return (), [located.error("should be a mapping of names to variables", place)]
    if len(section) > _MAX_VARIABLES:
        return (), [located.error(f"more than {_MAX_VARIABLES} variables", place)]
    faults = [
        located.error(
            "is no name for a variable",
            (*place, name),
            hint="capital letters, digits and _, beginning with a letter",
        )
        for name in section
        if not NAME.fullmatch(name)
    ]
    try:
        rules = _RULES.validate_python({name: rule or {} for name, rule in section.items()})
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False, include_context=False):
            message = fault["msg"].removeprefix("Value error, ")
            if fault["type"] == "extra_forbidden":
                message = "there is no such field"
            faults.append(located.error(message, (*place, *fault["loc"])))
        return (), faults
    return tuple(Variable(name, rule) for name, rule in rules.items()), faults


def _virtual_facts(located: Located) -> CardFacts:
    """What the emulated card of the profile will say of itself."""
    settings = located.data.get("virtual")
    usual = VirtualSettings()

    def plain(key: str, default: str | None) -> str | None:
        value = settings.get(key, default) if isinstance(settings, dict) else default
        return value if isinstance(value, str) and "${" not in value else None

    return CardFacts(plain("iccid", usual.iccid), plain("imsi", usual.imsi))


def _values(
    located: Located,
    variables: tuple[Variable, ...],
    given: Mapping[str, str],
    facts: CardFacts,
    examples: bool,
) -> tuple[dict[str, Value], list[ProfileError]]:
    values: dict[str, Value] = {}
    known = [variable.name for variable in variables]
    faults = [
        _unknown(located, f"a value is given for {name[:64]!r}", name, known, ())
        for name in given
        if name not in known
    ]
    for variable in variables:
        rule, name = variable.rule, variable.name
        from_card = False
        text = given.get(name)
        if text is None and rule.source == "card":
            text = facts.iccid if rule.type == "iccid" else facts.imsi
            from_card = text is not None
        if text is None and examples:
            text = rule.example
        if text is None:
            text = rule.default
        place: Place = ("variables", name)
        if text is None:
            faults.append(_missing(located, variable, examples))
            continue
        try:
            values[name] = check_value(rule, text, from_card=from_card)
        except ValueError as error:
            faults.append(located.error(str(error), place))
    return values, faults


def _missing(located: Located, variable: Variable, examples: bool) -> ProfileError:
    place: Place = ("variables", variable.name)
    if variable.rule.source == "card":
        what = "ICCID" if variable.rule.type == "iccid" else "IMSI"
        return located.error(
            f"the card does not tell its {what}", place, hint=f"give it: --set {variable.name}=…"
        )
    secret = "env:VAR or @FILE" if variable.rule.secret else "VALUE"
    hint = f"--set {variable.name}={secret}"
    if examples:
        hint += ", or an example in the profile"
    return located.error("needs a value", place, hint=hint)


def _unknown(
    located: Located, message: str, name: str, known: list[str], place: Place
) -> ProfileError:
    near = difflib.get_close_matches(name[:64], known, 1)
    if near:
        hint = f"did you mean {near[0]}?"
    elif known:
        hint = f"the profile's variables are {', '.join(known[:20])}"
    else:
        hint = "the profile has no variables"
    return located.error(f"{message}, and there is no such variable", place, hint=hint)


def substitute(
    located: Located,
    given: Mapping[str, str] | None = None,
    facts: CardFacts | None = None,
    *,
    examples: bool = False,
) -> Substituted:
    """Put the values into a profile's data (``located.data`` is a mapping).

    With ``examples`` a variable without a value takes its example, and one from the card the
    number that the profile gives its emulated card, unless ``facts`` are there.
    Errors: ProfileError with file, line and name; never with a value.
    """
    variables, faults = read_variables(located)
    raise_faults(faults)
    if facts is None:
        facts = _virtual_facts(located) if examples else CardFacts()
    values, faults = _values(located, variables, given or {}, facts, examples)
    raise_faults(faults)
    filler = _Filler(located, values)
    data = {
        key: value if key == "variables" else filler.fill(value, (key,))
        for key, value in located.data.items()
    }
    raise_faults(filler.faults)
    filled = Located(data, located.lines, located.name)
    return Substituted(filled, variables, values, frozenset(filler.used))


class _Filler:
    """Walks the data and replaces every reference, noting names used and faults."""

    def __init__(self, located: Located, values: Mapping[str, Value]) -> None:
        self._located = located
        self._values = values
        self.used: set[str] = set()
        self.faults: list[ProfileError] = []

    def fill(self, value: Any, place: Place) -> Any:
        """The data at ``place``, values in it; after many faults the rest stays as it is."""
        if len(self.faults) >= _MAX_FAULTS:
            return value
        if isinstance(value, dict):
            return {key: self.fill(inner, (*place, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner, (*place, index)) for index, inner in enumerate(value)]
        if not isinstance(value, str) or "${" not in value:
            return value
        if place[:1] == ("data_objects",) and place[2:] == ("xml",):
            return self._xml(value, place)
        if place[:1] == ("data_objects",) and place[2:3] == ("document",):
            return self._document(value, place)
        return self._text(value, place)

    def _value(self, match: re.Match[str], place: Place) -> Value | None:
        """The value of one reference; None when there is a fault, which is noted."""
        name = match[1]
        if name is None or not NAME.fullmatch(name):
            self.faults.append(
                self._located.error(
                    "${ begins a variable, and no name in capital letters and } follow",
                    place,
                    hint="write $${ for a plain ${",
                )
            )
            return None
        if name not in self._values:
            self.faults.append(
                _unknown(self._located, f"${{{name}}} stands here", name, [*self._values], place)
            )
            return None
        self.used.add(name)
        return self._values[name]

    def _text(self, template: str, place: Place) -> str:
        def replace(match: re.Match[str]) -> str:
            if match[0] == "$${":
                return "${"
            value = self._value(match, place)
            return "" if value is None else value.text

        filled = _REFERENCE.sub(replace, template)
        if len(filled) > _MAX_TEXT:
            self.faults.append(self._located.error("the text grows too long", place))
            return ""
        return filled

    def _document(self, template: str, place: Place) -> Any:
        whole = _REFERENCE.fullmatch(template)
        if whole is not None and whole[0] != "$${":
            value = self._value(whole, place)
            return "" if value is None else value.typed
        filled = self._text(template, place)
        return filled if template.startswith(_HEX) else model.to_plain(filled)

    def _xml(self, template: str, place: Place) -> str:
        from lxml import etree

        try:
            root = xml.load(template)
        except DecodeError as error:
            self.faults.append(self._located.error(str(error), place, hint=error.hint))
            return ""
        try:
            for element in root.iter():
                self._element(element, place)
        except ValueError:
            # The parser's library refuses what XML cannot hold (U+FFFE and the like).
            fault = "a value holds a character that XML does not allow"
            self.faults.append(self._located.error(fault, place))
            return ""
        return etree.tostring(root, encoding="unicode")

    def _element(self, element: etree._Element, place: Place) -> None:
        # The tag of a processing instruction is a function.
        tag: object = element.tag
        if element.text and "${" in element.text:
            element.text = self._text(element.text, place)
            if not isinstance(tag, str) and "?>" in element.text:
                raise ValueError("the end of a processing instruction")
        if element.tail and "${" in element.tail:
            element.tail = self._text(element.tail, place)
        if isinstance(tag, str):
            for key, text in element.attrib.items():
                if "${" in text:
                    element.set(key, self._text(str(text), place))


def scrub(text: str, values: Mapping[str, Value]) -> str:
    """``text`` with every value in it replaced by its variable, for messages of other rooms.

    Values of one or two characters stay: replacing them would tell more than it hides.
    """
    spellings: dict[str, str] = {}
    for name, value in values.items():
        raw = bytes.fromhex(value.text) if value.is_bytes else value.text.encode()
        forms = {value.text, repr(value.text)[1:-1], raw.hex(), raw.hex(" "), raw.hex(":")}
        forms |= {form.upper() for form in forms if value.is_bytes} | {raw.hex().upper()}
        if value.is_bytes:
            with contextlib.suppress(UnicodeDecodeError):
                forms.add(raw.decode("utf-8"))
        spellings.update((form, name) for form in forms if len(form) >= _SHORTEST_SCRUBBED)
    if not spellings:
        return text
    # Longest first, so that no value that is part of another leaves the rest of it behind.
    forms_in_order = sorted(spellings, key=len, reverse=True)
    found = re.compile("|".join(map(re.escape, forms_in_order)))
    return found.sub(lambda match: f"${{{spellings[match[0]]}}}", text)
