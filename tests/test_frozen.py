"""Quickly made objects are those that the dataclass itself makes."""

from __future__ import annotations

import copy
import inspect
import pickle
import time
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from typing import Any, ClassVar

import pytest

from smartboot import frozen
from smartboot.formats.client_provisioning import Characteristic, Parm
from smartboot.formats.lwm2m import Instance, Resource, ResourceInstance
from smartboot.formats.oma_dm import Node
from smartboot.frozen import quick_init
from smartboot.model import Account
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


# -- dataclass: as the standard library makes it


def pair(body):
    """The class of ``body``, made here and by the standard library."""
    found = []
    for maker in (frozen.dataclass, dataclass):
        names = {"dataclass": maker, "field": field, "Any": Any, "ClassVar": ClassVar}
        exec("from __future__ import annotations\n" + body, {"__name__": __name__, **names}, names)
        found.append(names["Thing"])
    return found


HEAD = "@dataclass(frozen=True, slots=True)\nclass Thing:\n"
LINES = [
    ["'Doc.'", "a: int", "b: str = 'x'", "c: list[int] = field(default_factory=list)"],
    ["a: int", "b: int = field(default=3, compare=False)", "c: int = field(default=4, repr=False)"],
    ["a: int", "b: int = field(default=3, hash=False)", "K: ClassVar[int] = 7"],
    ["a: int", "b: int = field(init=False, default=5)"],
    ["a: int", "b: list[int] = field(init=False, default_factory=list, hash=False)"],
    ["a: int", "def __post_init__(self): assert self.a >= 0, 'no'"],
    ["a: int", "def __repr__(self): return 'mine'", "def __eq__(self, other): return True"],
    ["a: int", "def __hash__(self): return 11"],
    ["pass"],
    ["one: tuple[int, ...] = ()", "two = property(lambda self: 2)"],
]
BODIES = [HEAD + "".join(f"    {line}\n" for line in lines) for lines in LINES]


@pytest.mark.parametrize("body", BODIES)
def test_quick_classes_are_what_the_standard_library_makes(body):
    quick, plain = pair(body)
    arguments = [(), (1,), (2, "y"), (1, "x", [3]), (-1,)]
    made = []
    for given in arguments:
        results = []
        for cls in (quick, plain):
            try:
                results.append(cls(*given))
            except (TypeError, AssertionError) as error:
                results.append(str(error))
        assert isinstance(results[0], str) == isinstance(results[1], str)
        assert not isinstance(results[0], str) or results[0] == results[1]
        assert repr(results[0]) == repr(results[1])
        made.append(results)
    for first, first_plain in made:
        for second, second_plain in made:
            assert (first == second) == (first_plain == second_plain)
        if isinstance(first, str):
            continue
        try:
            expected = hash(first_plain)
        except TypeError:
            with pytest.raises(TypeError):
                hash(first)
        else:
            assert hash(first) == expected
        for name in [f.name for f in fields(first)]:
            with pytest.raises(FrozenInstanceError, match=f"assign to field {name!r}"):
                setattr(first, name, 1)
            with pytest.raises(FrozenInstanceError, match=f"delete field {name!r}"):
                delattr(first, name)
        with pytest.raises(FrozenInstanceError):
            first.other = 1
        assert copy.deepcopy(first) == first
        assert asdict(first) == asdict(first_plain)
    assert [(f.name, f.type, f.init, f.repr) for f in fields(quick)] == [
        (f.name, f.type, f.init, f.repr) for f in fields(plain)
    ]
    assert str(inspect.signature(quick)) == str(inspect.signature(plain))
    assert quick.__match_args__ == plain.__match_args__
    assert quick.__slots__ == plain.__slots__
    for name in ("frozen", "eq", "repr", "init", "order", "unsafe_hash"):
        assert getattr(quick.__dataclass_params__, name) == getattr(
            plain.__dataclass_params__, name
        )


def test_what_it_is_not_made_for_is_left_to_the_standard_library():
    @frozen.dataclass(frozen=True, slots=True)
    class Base:
        """Quick."""

        a: int

    @frozen.dataclass(frozen=True, slots=True)
    class Derived(Base):
        """Not."""

        b: int = 2

    @frozen.dataclass(frozen=True, slots=True)
    class Named:
        """Keyword only."""

        a: int = field(kw_only=True)

    @frozen.dataclass
    class Open:
        """Neither frozen nor slots."""

        a: int = 1

    assert Derived(1) == Derived(1, 2)
    assert Derived(1) != Base(1)
    assert repr(Derived(1)).endswith("Derived(a=1, b=2)")
    with pytest.raises(FrozenInstanceError):
        Derived(1).a = 2
    with pytest.raises(TypeError):
        Named(1)
    assert Named(a=1) == Named(a=1)
    one = Open()
    one.a = 5
    assert one == Open(5)
    assert replace(Base(1), a=2) == Base(2)


def test_an_object_that_holds_itself_has_a_text():
    @frozen.dataclass(frozen=True, slots=True)
    class Node:
        """A list in it may hold it."""

        items: list[object]

    items: list[object] = []
    node = Node(items)
    items.append(node)
    assert repr(node).endswith("Node(items=[...])")


def test_pickles_of_both_kinds_are_read():
    one = Account("oma-dm", "dm-1", "dm.example")
    assert pickle.loads(pickle.dumps(one)) == copy.copy(one) == one


@pytest.mark.no_cover
def test_defining_a_class_is_quick():
    """Quicker than the standard library by a good part, or what is it for?"""

    def spent(maker):
        best = 1e9
        for _ in range(5):
            begin = time.process_time()
            for _ in range(20):
                names = {"dataclass": maker, "field": field}
                exec(compile(BODIES[0], "body", "exec"), {"__name__": __name__, **names})
            best = min(best, time.process_time() - begin)
        return best

    # It takes a quarter of the time; the machine may be busy just then.
    assert any(spent(frozen.dataclass) * 1.3 < spent(dataclass) for _ in range(5))
