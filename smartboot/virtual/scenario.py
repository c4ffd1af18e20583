"""Scenarios: what a virtual card is like and what goes wrong with it, as a YAML file.

Schema ``smartboot/scenario/1``. A scenario is put on any card image: the personality and the keys
change the image, everything else the card made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from smartboot.errors import FileUnusableError, ProfileError, UsageError
from smartboot.image import CardImage
from smartboot.imagefields import HexBytes, Instruction, KeyReference, Tries
from smartboot.virtual.card import VirtualCard
from smartboot.virtual.faults import FaultRule
from smartboot.virtual.latency import DEFAULT_CLOCK_HZ, WireTime
from smartboot.virtual.personalities import PERSONALITIES, apply_personality
from smartboot.yamltext import MAX_TEXT_BYTES, Located, Place, read_yaml

__all__ = [
    "SCHEMA",
    "EnduranceSettings",
    "FaultSettings",
    "FlipSettings",
    "KeySettings",
    "Scenario",
    "WireSettings",
    "load_scenario",
    "make_card",
    "scenario_from_data",
    "scenario_from_text",
]

SCHEMA = "smartboot/scenario/1"
_MAX_FAULTS = 1_000
_MAX_COMMANDS = 10**9
_MAX_DELAY_MS = 600_000


def _path(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        ids = tuple(int(part, 16) for part in value.split("/"))
    except ValueError:
        ids = ()
    if ids[:1] == (0x3F00,):
        ids = ids[1:]
    if not 1 <= len(ids) <= 8 or not all(0 <= fid <= 0xFFFF for fid in ids):
        raise ValueError("should be a path of file ids below the MF, like 7F50/6432")
    return ids


def _word(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return int(value, 16)
    except ValueError:
        raise ValueError("should be a status word in hex, like 6F00") from None


def _times(value: object) -> object:
    return 0 if value == "always" else value


def _personality(value: str) -> str:
    if value not in PERSONALITIES:
        raise ValueError(f"no such personality; known are {', '.join(PERSONALITIES)}")
    return value


Path_ = Annotated[tuple[int, ...], BeforeValidator(_path)]
StatusWord = Annotated[int, BeforeValidator(_word), Field(ge=0x6000, le=0x9FFF)]
Count = Annotated[int, Field(ge=0, le=_MAX_COMMANDS)]
Number = Annotated[int, Field(ge=1, le=_MAX_COMMANDS)]
Milliseconds = Annotated[float, Field(ge=0, le=_MAX_DELAY_MS)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class WireSettings(_Model):
    """The rate: ``ta1`` (ISO/IEC 7816-3, 8.3; 11, 95, 96 …) at ``clock_hz``, or ``etu_us`` as it
    is. ``command_ms`` is added for each command, ``update_ms`` for each change of a file.
    ``real_time``: the answers come as late as that; otherwise only the card's clock runs."""

    ta1: Instruction | None = None
    clock_hz: Annotated[int, Field(ge=1_000_000, le=20_000_000)] = DEFAULT_CLOCK_HZ
    etu_us: Annotated[float, Field(ge=0.001, le=10_000)] | None = None
    command_ms: Milliseconds = 0.0
    update_ms: Milliseconds = 0.0
    real_time: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.ta1 is not None and self.etu_us is not None:
            raise ValueError("give either ta1 or etu_us")
        try:
            _ = self.rate
        except UsageError as error:
            raise ValueError(error.message) from None
        return self

    @property
    def rate(self) -> WireTime:
        """The transmission rate. Errors: UsageError."""
        if self.etu_us is not None:
            return WireTime.from_etu(self.etu_us * 1e-6)
        return WireTime.from_ta1(0x11 if self.ta1 is None else self.ta1, self.clock_hz)


class KeySettings(_Model):
    """Counters of one key: the tries left of it and of its unblocking key."""

    reference: KeyReference
    remaining: Tries | None = None
    unblock_remaining: Tries | None = None
    enabled: bool | None = None


class FlipSettings(_Model):
    """A bit that fell over in a file's memory; ``bit`` 7 is the top one."""

    file: Path_
    byte: Annotated[int, Field(ge=0, le=0xFFFF)]
    bit: Annotated[int, Field(ge=0, le=7)] = 0


class EnduranceSettings(_Model):
    """How many updates every file lasts (``limit``), and single ones (``files``). ``keep``: the
    counters are kept in images of the card."""

    limit: Count | None = None
    files: dict[str, Count] = Field(default_factory=dict, max_length=1_000)
    keep: bool = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        for path in self.files:
            _path(path)
        return self

    @property
    def paths(self) -> dict[tuple[int, ...], int]:
        """``files`` by path."""
        found: dict[tuple[int, ...], int] = {}
        for text, count in self.files.items():
            path = _path(text)
            assert isinstance(path, tuple)
            found[path] = count
        return found


class FaultSettings(_Model):
    """One fault: see ``FaultRule``, whose fields these are. ``times`` is a number or ``always``;
    ``delay_ms`` in milliseconds."""

    command: Number | None = None
    ins: Instruction | None = None
    file: Path_ | None = None
    nth: Number = 1
    times: Annotated[int, BeforeValidator(_times), Field(ge=0, le=_MAX_COMMANDS)] = 1
    status: StatusWord | None = None
    answer: Annotated[HexBytes, Field(min_length=2, max_length=258)] | None = None
    mute: bool = False
    remove: bool = False
    tear: bool = False
    flip: Annotated[int, Field(ge=0, le=258 * 8 - 1)] | None = None
    delay_ms: Milliseconds = 0.0
    carried_out: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        try:
            self.rule()
        except UsageError as error:
            raise ValueError(error.message) from None
        return self

    def rule(self) -> FaultRule:
        """A rule that has seen no command yet."""
        return FaultRule(
            command=self.command,
            ins=self.ins,
            file=self.file,
            nth=self.nth,
            times=self.times or None,
            status=self.status,
            answer=self.answer,
            mute=self.mute,
            remove=self.remove,
            tear=self.tear,
            flip=self.flip,
            delay_s=self.delay_ms / 1000,
            carried_out=self.carried_out,
        )


class Scenario(_Model):
    """The whole file. ``tear_after`` counts updates, ``mute_after`` and ``remove_after`` commands
    from the moment the card is made."""

    schema_name: Literal["smartboot/scenario/1"] = Field(
        default="smartboot/scenario/1", alias="schema"
    )
    description: Annotated[str, Field(max_length=2_000)] = ""
    personality: Annotated[str, BeforeValidator(_personality)] | None = None
    wire: WireSettings | None = None
    keys: list[KeySettings] = Field(default_factory=list, max_length=32)
    flips: list[FlipSettings] = Field(default_factory=list, max_length=_MAX_FAULTS)
    endurance: EnduranceSettings | None = None
    tear_after: Count | None = None
    mute_after: Count | None = None
    remove_after: Count | None = None
    faults: list[FaultSettings] = Field(default_factory=list, max_length=_MAX_FAULTS)

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)
    _located: Located | None = PrivateAttr(default=None)

    def _fail(self, error: UsageError, place: Place) -> NoReturn:
        """Say where in the scenario's text the card and it do not go together."""
        if self._located is None:
            raise error
        raise self._located.error(error.message, place, hint=error.hint) from None

    def image(self, image: CardImage) -> CardImage:
        """``image`` with the personality and the keys' counters.

        Errors: ProfileError or UsageError for a key the card does not have.
        """
        if self.personality is not None:
            image = apply_personality(image, self.personality)
        for index, settings in enumerate(self.keys):
            numbers = [pin.reference for pin in image.pins]
            if settings.reference not in numbers:
                error = UsageError(f"the card has no key {settings.reference:02X}")
                self._fail(error, ("keys", index))
            at = numbers.index(settings.reference)
            changes = settings.model_dump(exclude_none=True, exclude={"reference"})
            pin = image.pins[at]
            if changes.get("remaining", 0) > pin.tries or (
                changes.get("unblock_remaining", 0) > pin.unblock_tries
            ):
                error = UsageError(f"key {settings.reference:02X} has fewer tries than that")
                self._fail(error, ("keys", index))
            pins = [*image.pins[:at], pin.model_copy(update=changes), *image.pins[at + 1 :]]
            image = image.model_copy(update={"pins": pins})
        return image

    def arm(self, card: VirtualCard) -> None:
        """Put all the rest on a card. Whoever wants real time gives the card its ``wait``.

        Errors: ProfileError or UsageError for a file the card does not have.
        """
        if self.wire is not None:
            card.wire_time = self.wire.rate
            card.command_s = self.wire.command_ms / 1000
            card.update_s = self.wire.update_ms / 1000
        for index, flip in enumerate(self.flips):
            try:
                card.flip_stored_bit(flip.file, flip.byte, flip.bit)
            except UsageError as error:
                self._fail(error, ("flips", index))
        if self.endurance is not None:
            card.endurance = self.endurance.limit
            card.keep_updates = card.keep_updates or self.endurance.keep
            for (path, updates), text in zip(
                self.endurance.paths.items(), self.endurance.files, strict=False
            ):
                try:
                    card.set_endurance(path, updates)
                except UsageError as error:
                    self._fail(error, ("endurance", "files", text))
        if self.tear_after is not None:
            card.tear_after = self.tear_after
        if self.mute_after is not None:
            card.faults.mute_after = self.mute_after
        if self.remove_after is not None:
            card.faults.remove_after = self.remove_after
        card.faults.rules += [fault.rule() for fault in self.faults]


def make_card(image: CardImage, scenario: Scenario | None = None) -> VirtualCard:
    """A virtual card with a scenario on it. Errors: ProfileError, UsageError."""
    if scenario is None:
        return VirtualCard(image)
    card = VirtualCard(scenario.image(image))
    scenario.arm(card)
    return card


def scenario_from_data(
    data: Mapping[str, Any], name: str | None = None, *, located: Located | None = None
) -> Scenario:
    """Check a mapping against the schema. Errors: ProfileError, which names the first fault and,
    with ``located``, its line."""
    where = located or Located(data, {}, name)
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        message = faults[0]["msg"].removeprefix("Value error, ")
        if len(faults) > 1:
            message += f" (and {len(faults) - 1} more)"
        raise where.error(message, faults[0]["loc"], hint=f"the schema is {SCHEMA}") from None
    scenario._located = where
    return scenario


def scenario_from_text(text: str, name: str | None = None) -> Scenario:
    """Read a scenario from YAML text; ``name`` is what errors call it. Errors: ProfileError."""
    located = read_yaml(text, name)
    if not isinstance(located.data, dict):
        raise located.error("a scenario is a mapping")
    if located.data.get("schema") != SCHEMA:
        raise located.error(f"not a scenario: the schema should be {SCHEMA}", ("schema",))
    return scenario_from_data(located.data, name, located=located)


def load_scenario(path: str | Path) -> Scenario:
    """Read a scenario file.

    Errors: ProfileError with file, line and field; FileUnusableError.
    """
    try:
        with Path(path).open("rb") as stream:
            text = stream.read(MAX_TEXT_BYTES + 1).decode("utf-8-sig")
    except OSError as error:
        raise FileUnusableError.of(error, str(path), "read") from error
    except UnicodeDecodeError:
        raise ProfileError("is not UTF-8 text", file=str(path)) from None
    return scenario_from_text(text, str(path))
