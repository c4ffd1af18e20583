"""The LwM2M document of EF(LwM2M_Bootstrap) as typed objects: objects, instances, resources.

OMA LwM2M TS 1.0.2, Appendix G (the file) and 6.4.3 (the TLV inside). A leaf holds the raw bytes of
its value; what they mean depends on the object (``objects``) and is read by ``values``. Whatever
stood in the file has its place here, the wrong parts too, so that encoding loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from enum import StrEnum

from smartboot.frozen import dataclass

__all__ = [
    "MAX_FILE_SIZE",
    "Document",
    "Instance",
    "Item",
    "Layout",
    "MultipleItem",
    "MultipleResource",
    "ObjectBlock",
    "Resource",
    "ResourceInstance",
    "Unparsed",
]

MAX_FILE_SIZE = 32768
"""The largest EF(LwM2M_Bootstrap), in bytes (Appendix G)."""


class Layout(StrEnum):
    """How the objects lie in the file."""

    APPENDIX_G = "appendix-g"
    """Header, then objects with their own headers: what the standard asks."""
    BARE_RESOURCES = "bare-resources"
    """The resources of one Security instance and nothing around them (seen on real cards)."""
    BARE_INSTANCES = "bare-instances"
    """Object-instance TLVs of one object without header (seen on real cards)."""


@dataclass(frozen=True, slots=True)
class Unparsed:
    """Bytes that stood where a TLV or an object was expected and are none; kept as they were."""

    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource with one value (TLV type 11). ``raw`` are the bytes of the value."""

    id: int
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ResourceInstance:
    """One value of a multiple resource (TLV type 01); beside resources it is a quirk."""

    id: int
    raw: bytes = field(repr=False)


MultipleItem = ResourceInstance | Resource | Unparsed
"""What may stand in a multiple resource; anything but a ResourceInstance is a quirk."""


@dataclass(frozen=True, slots=True)
class MultipleResource:
    """A resource with any number of values (TLV type 10), in the order of the file."""

    id: int
    instances: tuple[MultipleItem, ...] = ()


Item = Resource | MultipleResource | ResourceInstance | Unparsed
"""What may stand in an object instance; the last two are quirks."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One object instance. ``wrapped`` is False when its TLV header was left out (then id 0)."""

    id: int
    items: tuple[Item, ...] = ()
    wrapped: bool = True

    def find(self, resource_id: int) -> Resource | MultipleResource | ResourceInstance | None:
        """The first resource of this id; a stray resource instance only if there is no other."""
        stray: ResourceInstance | None = None
        for item in self.items:
            if isinstance(item, Unparsed) or item.id != resource_id:
                continue
            if not isinstance(item, ResourceInstance):
                return item
            stray = stray or item
        return stray

    def raw(self, resource_id: int) -> bytes | None:
        """The bytes of the (first) value of a resource, or None when it has none."""
        found = self.find(resource_id)
        if isinstance(found, MultipleResource):
            return next(self.raws(resource_id), None)
        return None if found is None else found.raw

    def raws(self, resource_id: int) -> Iterator[bytes]:
        """The bytes of every value of a resource, single or multiple, in the order of the file."""
        found = self.find(resource_id)
        if isinstance(found, MultipleResource):
            for entry in found.instances:
                if not isinstance(entry, Unparsed):
                    yield entry.raw
        elif found is not None:
            yield found.raw


@dataclass(frozen=True, slots=True)
class ObjectBlock:
    """All instances of one object, as they share one object header. Appendix G.

    ``version`` None is the one-byte 00: version 1.0, or an object of the enabler itself whose
    version the card does not tell.
    """

    object_id: int
    instances: tuple[Instance | Unparsed, ...] = ()
    version: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """The content of EF(LwM2M_Bootstrap), without the padding."""

    objects: tuple[ObjectBlock | Unparsed, ...] = ()
    layout: Layout = Layout.APPENDIX_G

    def instances(self, object_id: int) -> Iterator[Instance]:
        """Every instance of an object, in the order of the file."""
        for block in self.objects:
            if isinstance(block, ObjectBlock) and block.object_id == object_id:
                for instance in block.instances:
                    if isinstance(instance, Instance):
                        yield instance
