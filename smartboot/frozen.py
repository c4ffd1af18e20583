"""Frozen dataclasses that are quick to construct and quick to define (a leaf, used by all rooms).

``@dataclass(frozen=True, slots=True)`` of the standard library costs twice:

- Objects. The generated ``__init__`` sets each field through ``object.__setattr__``, which looks
  the field up by name. A document is made of some hundred such objects, and half of the time to
  read it went there.
- Classes. Each of the six methods is source text that is compiled when the class is made: more
  than a millisecond a class, a hundred classes to read a card, before anything is done.

``dataclass`` here is used in its place and makes the same class: same arguments, same defaults,
equality, hash, text, pickling and errors. ``__init__``, compiled, calls the setters of the slots
themselves; the other methods are functions shared by all classes. Whatever it is not made for, such
as a class that inherits from another dataclass, goes to the standard library. ``quick_init`` gives
such an ``__init__`` to a class that the standard library has made.
"""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass

__all__ = ["dataclass", "quick_init"]

C = TypeVar("C")

_OPTIONS = {"frozen": True, "slots": True}
_OTHER_FIELDS = ("InitVar", "KW_ONLY")


class _Factory:
    """The default of an argument whose default is made by a factory, as signatures show it."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()


def quick_init(cls: type[C]) -> type[C]:
    """Give a frozen dataclass with slots a quick ``__init__``. Use it above ``@dataclass``.

    Errors: TypeError for a class it is not made for: one without slots, with ``__post_init__``,
    or with a field that is keyword-only or no argument.
    """
    if hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls.__name__}: __post_init__ would not be called")
    for field in fields(cls):  # type: ignore[arg-type]  # A class that is none is a TypeError.
        if not field.init or field.kw_only or field.default_factory is not MISSING:
            raise TypeError(f"{cls.__name__}.{field.name}: not an ordinary argument")
    _set_init(cls, getattr(cls.__init__, "__annotations__", {}))
    return cls


def _set_init(cls: type[Any], annotations: dict[str, Any]) -> None:
    """Compile an ``__init__`` that calls the setters of the slots. Errors: TypeError."""
    names: dict[str, Any] = {"_missing": _FACTORY}
    arguments: list[str] = []
    lines: list[str] = []
    for field in fields(cls):
        name = field.name
        setter = getattr(cls.__dict__.get(name), "__set__", None)
        if setter is None:
            raise TypeError(f"{cls.__name__}.{name}: not a slot of this class")
        names[f"_set_{name}"] = setter
        value = name
        if field.default_factory is not MISSING:
            names[f"_make_{name}"] = field.default_factory
            value = f"_make_{name}()"
            if field.init:
                arguments.append(f"{name}=_missing")
                value += f" if {name} is _missing else {name}"
        elif field.default is not MISSING:
            names[f"_default_{name}"] = field.default
            if field.init:
                arguments.append(f"{name}=_default_{name}")
            else:
                value = f"_default_{name}"
        elif field.init:
            arguments.append(name)
        else:
            continue
        lines.append(f"  _set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("  self.__post_init__()")
    source = f"def __init__(self, {', '.join(arguments)}):\n" + "\n".join(lines or ["  pass"])
    exec(source, names)  # noqa: S102  # Made of field names only, as dataclasses itself does.
    init = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__module__ = cls.__module__
    init.__annotations__ = annotations
    cls.__init__ = init


if not TYPE_CHECKING:

    def dataclass(cls: type[Any] | None = None, /, **options: Any) -> Any:
        """``dataclasses.dataclass``; quick where ``frozen`` and ``slots`` are all its options."""

        def made(cls: type[Any]) -> type[Any]:
            if options == _OPTIONS and _is_plain(cls):
                return _quick(cls)
            return dataclasses.dataclass(cls, **options)

        return made if cls is None else made(cls)


def _is_plain(cls: type[Any]) -> bool:
    """Whether ``_quick`` gives what the standard library would."""
    return (
        not any("__dataclass_fields__" in vars(base) for base in cls.__mro__)
        and not vars(cls).keys() & {"__init__", "__setattr__", "__delattr__", "__getstate__"}
        and not any(isinstance(item, Field) and item.kw_only is True for item in vars(cls).values())
        and not any(
            word in str(kind)
            for kind in inspect.get_annotations(cls).values()
            for word in _OTHER_FIELDS
        )
    )


def _quick(cls: type[Any]) -> type[Any]:
    own = vars(cls)
    has_eq, has_repr = "__eq__" in own, "__repr__" in own
    # Python itself sets __hash__ to None in a class that defines __eq__.
    has_hash = "__hash__" in own and not (own["__hash__"] is None and has_eq)
    if cls.__doc__ is None:
        # The standard library would write the signature there, which is slow to find out.
        cls.__doc__ = f"{cls.__name__}."
    made: Any = dataclasses.dataclass(cls, init=False, repr=False, eq=False, slots=True)
    found = fields(made)
    annotations = {field.name: field.type for field in found if field.init}
    _set_init(made, {**annotations, "return": None})
    if not has_repr:
        made.__repr__ = _repr_of(tuple(f.name for f in found if f.repr))
    if not has_eq:
        made.__eq__ = _eq_of(_getter([f.name for f in found if f.compare]))
    if not has_hash:
        hashed = [f.name for f in found if (f.compare if f.hash is None else f.hash)]
        made.__hash__ = _hash_of(_getter(hashed))
    made.__setattr__, made.__delattr__ = _frozen(made, frozenset(f.name for f in found))
    made.__getstate__, made.__setstate__ = _state, _set_state
    parameters = made.__dataclass_params__
    parameters.init = parameters.repr = parameters.eq = parameters.frozen = True
    return cast("type[Any]", made)


def _getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """What takes the values of these fields out of an object."""
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda _: ()
    get = attrgetter(names[0])
    return lambda item: (get(item),)


def _repr_of(names: tuple[str, ...]) -> Callable[[Any], str]:
    @recursive_repr()
    def __repr__(self: Any) -> str:  # noqa: N807  # It becomes the method of a class.
        text = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        return f"{type(self).__qualname__}({text})"

    return __repr__


def _eq_of(get: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any, object], bool]:
    def __eq__(self: Any, other: object) -> bool:  # noqa: N807  # See above.
        if other.__class__ is self.__class__:
            return get(self) == get(other)
        return NotImplemented

    return __eq__


def _hash_of(get: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any], int]:
    def __hash__(self: Any) -> int:  # noqa: N807  # See above.
        return hash(get(self))

    return __hash__


def _frozen(
    cls: type[Any], names: frozenset[str]
) -> tuple[Callable[[Any, str, Any], None], Callable[[Any, str], None]]:
    def __setattr__(self: Any, name: str, value: Any) -> None:  # noqa: N807  # See above.
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def __delattr__(self: Any, name: str) -> None:  # noqa: N807  # See above.
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return __setattr__, __delattr__


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
