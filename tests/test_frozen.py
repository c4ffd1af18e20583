"""Quickly made objects are those that the dataclass itself makes."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from smartboot.formats.client_provisioning import Characteristic, Parm
from smartboot.formats.lwm2m import Instance, Resource, ResourceInstance
from smartboot.formats.oma_dm import Node
from smartboot.frozen import quick_init
from smartboot.wbxml import Element, Opaque


@dataclass(frozen=True, slots=True)
class Plain:
    """As dataclasses make it."""

    first: int
    second: str | None = None
    third: tuple[int, ...] = field(default=(), repr=False)


@quick_init
@dataclass(frozen=True, slots=True)
class Quick:
    """The same, quickly."""

    first: int
    second: str | None = None
    third: tuple[int, ...] = field(default=(), repr=False)


ARGUMENTS = [((1,), {}), ((1, "a"), {"third": (2,)}), ((), {"first": 3, "second": "b"})]
USED = [
    Element("parm", (("name", "NAME"),), ("text",), 2),
    Opaque(b"\x00"),
    Node("Addr", value="https://dm.example", format="chr"),
    Parm("NAME", "Harbor"),
    Characteristic("PORT", (Parm("PORTNBR", "443"),)),
    Instance(1, (Resource(0, b"x"),), wrapped=False),
    ResourceInstance(1, b"y"),
]


@pytest.mark.parametrize(("positional", "named"), ARGUMENTS)
def test_same_fields_equality_and_text(positional, named):
    quick, plain = Quick(*positional, **named), Plain(*positional, **named)
    assert [getattr(quick, f.name) for f in fields(quick)] == [
        getattr(plain, f.name) for f in fields(plain)
    ]
    assert repr(quick) == repr(plain).replace("Plain", "Quick")
    assert quick == Quick(*positional, **named)
    assert hash(quick) == hash(Quick(*positional, **named))
    assert quick != replace(quick, first=99)


def test_same_signature():
    names = [p.name for p in inspect.signature(Quick).parameters.values()]
    assert names == ["first", "second", "third"]
    assert inspect.signature(Quick).parameters["second"].default is None
    assert Quick.__init__.__qualname__ == "Quick.__init__"


def test_wrong_arguments_are_refused():
    for positional, named in (((), {}), ((1, "a", (), 4), {}), ((1,), {"fourth": 4})):
        with pytest.raises(TypeError):
            Quick(*positional, **named)


@pytest.mark.parametrize("one", USED, ids=lambda one: type(one).__name__)
def test_used_classes_stay_frozen_and_can_be_copied(one):
    name = fields(one)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(one, name, "other")
    assert copy.copy(one) == copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one
    assert replace(one) == one


def test_classes_it_is_not_made_for():
    @dataclass(frozen=True)
    class NoSlots:
        one: int

    @dataclass(frozen=True, slots=True)
    class Checked:
        one: int

        def __post_init__(self) -> None: ...

    @dataclass(frozen=True, slots=True)
    class Made:
        one: list[int] = field(default_factory=list)

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Named:
        one: int

    for cls in (NoSlots, Checked, Made, Named, int):
        with pytest.raises(TypeError):
            quick_init(cls)
