"""Quick construction of frozen dataclasses (a leaf: for all codecs, nothing is imported here).

What ``@dataclass(frozen=True, slots=True)`` generates sets each field through
``object.__setattr__``, which looks the field up by name. A document is made of some hundred such
objects, and half of the time to read it went there. ``quick_init`` replaces the generated
``__init__`` by one that calls the setters of the slots themselves: same arguments, same defaults,
same object, still frozen, in a good half of the time.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, TypeVar

__all__ = ["quick_init"]

C = TypeVar("C")


def quick_init(cls: type[C]) -> type[C]:
    """Give a frozen dataclass with slots a quick ``__init__``. Use it above ``@dataclass``.

    Errors: TypeError for a class it is not made for: one without slots, with ``__post_init__``,
    or with a field that is keyword-only or no argument.
    """
    if hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls.__name__}: __post_init__ would not be called")
    names: dict[str, Any] = {}
    arguments: list[str] = []
    lines: list[str] = []
    for field in fields(cls):  # type: ignore[arg-type]  # A class that is none is a TypeError.
        name = field.name
        if not field.init or field.kw_only or field.default_factory is not MISSING:
            raise TypeError(f"{cls.__name__}.{name}: not an ordinary argument")
        setter = getattr(cls.__dict__.get(name), "__set__", None)
        if setter is None:
            raise TypeError(f"{cls.__name__}.{name}: not a slot of this class")
        names[f"_set_{name}"] = setter
        if field.default is MISSING:
            arguments.append(name)
        else:
            names[f"_default_{name}"] = field.default
            arguments.append(f"{name}=_default_{name}")
        lines.append(f"  _set_{name}(self, {name})")
    source = f"def __init__(self, {', '.join(arguments)}):\n" + "\n".join(lines)
    exec(source, names)  # noqa: S102  # Made of field names only, as dataclasses itself does.
    init = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__module__ = cls.__module__
    init.__annotations__ = getattr(cls.__init__, "__annotations__", {})
    cls.__init__ = init  # type: ignore[method-assign]  # That is what this is for.
    return cls
