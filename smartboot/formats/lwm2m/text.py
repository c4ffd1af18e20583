"""An LwM2M document as plain values (JSON, YAML): names instead of numbers, nothing lost.

    {"layout": "appendix-g",
     "objects": [{"object": "Security", "id": 0, "version": null,
                  "instances": [{"instance": 0,
                                 "resources": {"LwM2M Server URI": "coaps://…",
                                               "Bootstrap-Server": false,
                                               "Security Mode": "psk", …}}]}]}

A multiple resource is a mapping of instance id to value. A value that its type or range rules out,
and every value of an unknown resource, is ``hex:…``. What stood in the wrong place keeps a key that
says so: ``instance:NAME`` (a resource instance among resources), ``single:NAME`` (a single value
where several belong), ``unparsed`` (bytes that are no TLV); `` #2`` and so on tells equal keys
apart. ``parse`` holds the way back.
"""

from __future__ import annotations

from typing import Any

from smartboot import model
from smartboot.errors import DecodeError
from smartboot.formats.lwm2m.document import (
    Document,
    Instance,
    Layout,
    MultipleResource,
    ObjectBlock,
    Resource,
    Unparsed,
)
from smartboot.formats.lwm2m.objects import (
    ResourceSpec,
    object_name,
    resource_name,
    resource_spec,
)
from smartboot.formats.lwm2m.values import Type, decode_value

__all__ = ["INSTANCE_PREFIX", "SINGLE_PREFIX", "UNPARSED", "plain_value", "to_plain"]

UNPARSED = "unparsed"
"""Key of bytes that are no TLV or object."""
INSTANCE_PREFIX = "instance:"
"""Before the name of a resource whose TLV is a resource instance."""
SINGLE_PREFIX = "single:"
"""Before the name of a multiple resource whose TLV is that of a single one."""

_HEX = "hex:"


def to_plain(document: Document, *, show_secrets: bool = False) -> dict[str, Any]:
    """The whole document as JSON-able values; secrets masked unless asked for."""
    return {
        "layout": document.layout.value,
        "objects": [_object(block, document.layout, show_secrets) for block in document.objects],
    }


def plain_value(raw: bytes, row: ResourceSpec | None, *, show_secrets: bool = False) -> Any:
    """One value as people write it: text, number, true or false, ``hex:…``, null for no value."""
    if row is None:
        return _HEX + raw.hex()
    if row.secret and raw and not show_secrets:
        return model.MASK
    if row.type is Type.OPAQUE:
        return model.to_plain(raw, opaque=not row.text) if raw else ""
    try:
        value = decode_value(raw, row.type)
    except DecodeError:
        return _HEX + raw.hex()
    if isinstance(value, str):
        return model.to_plain(raw) if _in_range(len(raw), row) else _HEX + raw.hex()
    if isinstance(value, tuple):
        return f"{value[0]}:{value[1]}"
    if isinstance(value, int) and not isinstance(value, bool):
        # What the definition rules out would be refused on the way back; the bytes are not.
        if not _in_range(value, row):
            return _HEX + raw.hex()
        return dict(row.choices).get(value, value)
    return value


def _in_range(number: int, row: ResourceSpec) -> bool:
    return (row.low is None or number >= row.low) and (row.high is None or number <= row.high)


def _object(block: ObjectBlock | Unparsed, layout: Layout, show: bool) -> dict[str, Any]:
    if isinstance(block, Unparsed):
        return _unparsed(block, show)
    version = None if block.version is None else f"{block.version[0]}.{block.version[1]}"
    return {
        "object": object_name(block.object_id),
        "id": block.object_id,
        "version": version,
        "instances": [
            _instance(instance, block.object_id, layout, show) for instance in block.instances
        ],
    }


def _unparsed(part: Unparsed, show: bool) -> dict[str, Any]:
    return {UNPARSED: _unparsed_value(part, show)}


def _unparsed_value(part: Unparsed, show: bool) -> str:
    # Nobody knows what these bytes are, so they may be a key.
    return _HEX + part.raw.hex() if show else model.MASK


def _instance(
    instance: Instance | Unparsed, object_id: int, layout: Layout, show: bool
) -> dict[str, Any]:
    if isinstance(instance, Unparsed):
        return _unparsed(instance, show)
    plain: dict[str, Any] = {"instance": instance.id}
    if instance.wrapped is (layout is Layout.BARE_RESOURCES):
        plain["wrapped"] = instance.wrapped
    resources = _Fields()
    for item in instance.items:
        if isinstance(item, Unparsed):
            resources.add(UNPARSED, _unparsed_value(item, show))
            continue
        row = resource_spec(object_id, item.id)
        name = resource_name(object_id, item.id)
        if isinstance(item, MultipleResource):
            resources.add(name, _multiple(item, row, show))
            continue
        if not isinstance(item, Resource):
            name = INSTANCE_PREFIX + name
        elif row is not None and row.multiple:
            name = SINGLE_PREFIX + name
        resources.add(name, plain_value(item.raw, row, show_secrets=show))
    plain["resources"] = resources.values
    return plain


def _multiple(item: MultipleResource, row: ResourceSpec | None, show: bool) -> dict[str, Any]:
    values = _Fields()
    for entry in item.instances:
        if isinstance(entry, Unparsed):
            values.add(UNPARSED, _unparsed_value(entry, show))
        else:
            prefix = SINGLE_PREFIX if isinstance(entry, Resource) else ""
            value = plain_value(entry.raw, row, show_secrets=show)
            values.add(f"{prefix}{entry.id}", value)
    return values.values


class _Fields:
    """A mapping in which each value has a key of its own: the second ``Secret Key`` becomes
    ``Secret Key #2``."""

    __slots__ = ("_last", "values")

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        # The number given last by key, so that thousands of one name cost no search each.
        self._last: dict[str, int] = {}

    def add(self, key: str, value: Any) -> None:
        unique, number = key, self._last.get(key, 1)
        while unique in self.values:
            number += 1
            unique = f"{key} #{number}"
        self._last[key] = number
        self.values[unique] = value
