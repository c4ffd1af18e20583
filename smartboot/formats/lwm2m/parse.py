"""Plain values to an LwM2M document: what ``text.to_plain`` gives, and what people write.

Objects and resources by name or number (case, blanks and hyphens do not matter), instances in a
list or keyed by id, short forms all the way down:

    Security: {0: {LwM2M Server URI: coaps://…, Bootstrap-Server: false, Security Mode: psk}}

Strict otherwise: a key nobody knows, a value outside its range or a masked secret is an error that
names the place. No error shows a text or bytes that were given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from smartboot import model
from smartboot.errors import EncodeError
from smartboot.formats.lwm2m.document import (
    Document,
    Instance,
    Item,
    Layout,
    MultipleItem,
    MultipleResource,
    ObjectBlock,
    Resource,
    ResourceInstance,
    Unparsed,
)
from smartboot.formats.lwm2m.objects import OBJECTS, ResourceSpec, resource_spec
from smartboot.formats.lwm2m.text import INSTANCE_PREFIX, SINGLE_PREFIX, UNPARSED
from smartboot.formats.lwm2m.values import Type, Value, encode_value

__all__ = ["from_plain", "parse_value"]

_HEX = "hex:"
_DECIMAL = re.compile(r"-?[0-9]{1,20}")
_COUNTER = re.compile(r"\s*#\d{1,5}$")
_LINK = re.compile(r"/?(\d{1,5})[:/](\d{1,5})")
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})")
_SECURITY_MODE_ALIASES = {"x509": 2, "none": 3, "presharedkey": 0, "rawpublickey": 1}
_ALIASES = {
    (0, "uri"): 0,
    (0, "bootstrap"): 1,
    (0, "mode"): 2,
    (0, "identity"): 3,
    (0, "ssid"): 10,
    (1, "ssid"): 0,
}


def from_plain(plain: Any) -> Document:
    """A document from plain values. Errors: EncodeError naming object, instance and resource."""
    if not isinstance(plain, Mapping):
        raise EncodeError("an LwM2M document is a mapping with the key 'objects'")
    rest = dict(plain)
    layout = _layout(rest.pop("layout", None))
    if rest.pop("format", "lwm2m") != "lwm2m":
        raise EncodeError("the text says it is of another format", field="format")
    objects = rest.pop("objects", None)
    blocks: list[ObjectBlock | Unparsed] = []
    if isinstance(objects, list | tuple):
        blocks.extend(_listed_object(entry, layout) for entry in objects)
    elif isinstance(objects, Mapping):
        rest = {**objects, **rest}
    elif objects is not None:
        raise EncodeError("a list or a mapping of objects is needed", field="objects")
    for key, value in rest.items():
        blocks.append(_block(_object_id(key, "document"), value, layout))
    return Document(tuple(blocks), layout)


def parse_value(value: Any, row: ResourceSpec | None, where: str) -> bytes:
    """The bytes of one value (see ``text.plain_value``). Errors: EncodeError naming ``where``."""
    if isinstance(value, str):
        if value == model.MASK:
            raise EncodeError(
                "the secret is masked",
                field=where,
                hint="decode with --show-secrets, or write the secret itself",
            )
        if value.startswith(_HEX):
            return _unhex(value, where)
    try:
        if row is None:
            if not isinstance(value, str):
                raise EncodeError("the type is not known; write the bytes as hex:…")
            return encode_value(value, Type.STRING)
        return _typed(value, row)
    except EncodeError as fault:
        raise EncodeError(fault.reason, field=where, hint=fault.hint) from None


def _typed(value: Any, row: ResourceSpec) -> bytes:
    if row.type is Type.OPAQUE:
        if isinstance(value, bytes):
            return value
        if not isinstance(value, str):
            raise EncodeError("bytes are written as hex:… or as text")
        return encode_value(value, Type.STRING)
    if row.type in (Type.STRING, Type.CORELNK):
        if not isinstance(value, str):
            raise EncodeError("text is needed", hint="put the value in quotes")
        raw = encode_value(value, row.type)
        _check_range(len(raw), row, "has {} bytes")
        return raw
    if row.type is Type.BOOLEAN:
        return encode_value(_boolean(value), Type.BOOLEAN)
    if row.type is Type.OBJLNK:
        return encode_value(_link(value), Type.OBJLNK)
    if row.type is Type.NONE:
        return encode_value(value, Type.NONE)
    number = _number(value, row)
    _check_range(number, row, "is {}")
    return encode_value(number, row.type)


def _check_range(number: int, row: ResourceSpec, what: str) -> None:
    if (row.low is not None and number < row.low) or (row.high is not None and number > row.high):
        bounds = f"{row.low}.." if row.high is None else f"{row.low}..{row.high}"
        raise EncodeError(f"the value {what.format(number)}, allowed is {bounds}")


def _boolean(value: Any) -> Value:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    raise EncodeError("true or false is needed")


def _link(value: Any) -> Value:
    if value is None:
        return 0xFFFF, 0xFFFF
    if isinstance(value, str):
        match = _LINK.fullmatch(value.strip())
        if match:
            return int(match[1]), int(match[2])
    if isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_int, value)):
        return int(value[0]), int(value[1])
    raise EncodeError("a link is written OBJECT:INSTANCE, as 21:0")


def _number(value: Any, row: ResourceSpec) -> int:
    if _is_int(value):
        if not -(1 << 63) <= value < 1 << 64:
            raise EncodeError("the number is too large for 8 bytes")
        return int(value)
    if isinstance(value, str):
        name = _normal(value)
        for number, choice in row.choices:
            if _normal(choice) == name:
                return number
        if row.name == "Security Mode" and name in _SECURITY_MODE_ALIASES:
            return _SECURITY_MODE_ALIASES[name]
        if _DECIMAL.fullmatch(value.strip()):
            return int(value)
    names = ", ".join(choice for _, choice in row.choices)
    raise EncodeError("a whole number is needed" + (f", or one of: {names}" if names else ""))


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _unhex(text: Any, where: str) -> bytes:
    if not isinstance(text, str) or not text.startswith(_HEX):
        if text == model.MASK:
            raise EncodeError("the bytes are masked", field=where, hint="use --show-secrets")
        raise EncodeError("the bytes are written as hex:…", field=where)
    try:
        return model.from_plain(text)
    except ValueError:
        raise EncodeError("what follows hex: is not pairs of hex digits", field=where) from None


def _layout(value: Any) -> Layout:
    if value is None:
        return Layout.APPENDIX_G
    try:
        return Layout(value)
    except ValueError:
        names = ", ".join(layout.value for layout in Layout)
        raise EncodeError(f"the layout is one of {names}", field="layout") from None


def _normal(name: str) -> str:
    """A name without what people spell differently: case, blanks, hyphens, the LwM2M in front."""
    return re.sub(r"[^a-z0-9]", "", name.lower()).removeprefix("lwm2m")


_OBJECT_IDS = {_normal(spec.name): spec.id for spec in OBJECTS.values()}
_RESOURCE_IDS = {
    (spec.id, name): row.id
    for spec in OBJECTS.values()
    for row in spec.resources.values()
    # Within OSCORE every name begins with OSCORE; people leave that out.
    for name in {_normal(row.name), _normal(row.name).removeprefix(_normal(spec.name))}
} | _ALIASES


def _id(value: Any, what: str, where: str) -> int:
    text = str(value) if _is_int(value) and 0 <= value <= 0xFFFF else value
    if isinstance(text, str) and re.fullmatch(r"[0-9]{1,5}", text) and int(text) <= 0xFFFF:
        return int(text)
    raise EncodeError(f"{what} is a number of 0..65535", field=where)


def _object_id(key: Any, where: str) -> int:
    if isinstance(key, str):
        found = _OBJECT_IDS.get(_normal(key))
        if found is not None and not key.strip().isdigit():
            return found
        if not re.fullmatch(r"[0-9]{1,5}", key):
            names = ", ".join(spec.name for spec in OBJECTS.values())
            raise EncodeError(
                f"{_shown(key)} is no object", field=where, hint=f"known are {names}, and numbers"
            )
    return _id(key, "an object id", where)


def _resource_id(key: Any, object_id: int, where: str) -> int:
    if isinstance(key, str) and not re.fullmatch(r"[0-9]{1,5}", key):
        found = _RESOURCE_IDS.get((object_id, _normal(key)))
        if found is None:
            raise EncodeError(f"{_shown(key)} is no resource of this object", field=where)
        return found
    return _id(key, "a resource id", where)


def _shown(key: Any) -> str:
    """A key in an error: short, printable, and quoted."""
    return repr(str(key)[:60])


def _listed_object(entry: Any, layout: Layout) -> ObjectBlock | Unparsed:
    if not isinstance(entry, Mapping):
        raise EncodeError("each object is a mapping", field="objects")
    if UNPARSED in entry:
        _refuse_others(entry, {UNPARSED}, "objects")
        return Unparsed(_unhex(entry[UNPARSED], "objects"))
    keys = [entry[key] for key in ("object", "id") if entry.get(key) is not None]
    if not keys:
        raise EncodeError("an object needs 'object' (its name) or 'id'", field="objects")
    ids = {_object_id(key, "objects") for key in keys}
    if len(ids) > 1:
        raise EncodeError("'object' and 'id' name different objects", field="objects")
    rest = {key: value for key, value in entry.items() if key not in ("object", "id")}
    return _block(ids.pop(), rest, layout)


def _block(object_id: int, value: Any, layout: Layout) -> ObjectBlock:
    where = f"/{object_id}"
    known = OBJECTS.get(object_id)
    version = None if known is None or layout is not Layout.APPENDIX_G else known.version
    instances: Any = value
    if isinstance(value, Mapping):
        rest = dict(value)
        if "version" in rest:
            version = _version(rest.pop("version"), where)
        if "instances" in rest:
            instances = rest.pop("instances")
            _refuse_others(rest, set(), where)
        else:
            instances = rest
    if isinstance(instances, Mapping):
        pairs: Iterable[tuple[Any, Any]] = instances.items()
    elif isinstance(instances, list | tuple):
        pairs = [(None, entry) for entry in instances]
    else:
        raise EncodeError("instances are a list, or a mapping by instance id", field=where)
    found: list[Instance | Unparsed] = []
    for key, entry in pairs:
        found.append(_instance(object_id, key, entry, found, layout))
    return ObjectBlock(object_id, tuple(found), version)


def _version(value: Any, where: str) -> tuple[int, int] | None:
    if value is None:
        return None
    match = _VERSION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise EncodeError(
            "a version is MAJOR.MINOR or null", field=where, hint='put it in quotes: "1.1"'
        )
    return int(match[1]), int(match[2])


def _instance(
    object_id: int,
    key: Any,
    entry: Any,
    before: list[Instance | Unparsed],
    layout: Layout,
) -> Instance | Unparsed:
    where = f"/{object_id}"
    if not isinstance(entry, Mapping):
        raise EncodeError("an instance is a mapping of resources", field=f"{where}/{key}")
    rest = dict(entry)
    if key is None and UNPARSED in rest and len(rest) == 1:
        return Unparsed(_unhex(rest[UNPARSED], where))
    number = rest.pop("instance", None) if key is None else key
    if number is None:
        # A list without ids counts up from the highest so far.
        number = max((i.id for i in before if isinstance(i, Instance)), default=-1) + 1
    number = _id(number, "an instance id", where)
    where = f"{where}/{number}"
    wrapped = rest.pop("wrapped", layout is not Layout.BARE_RESOURCES)
    if not isinstance(wrapped, bool):
        raise EncodeError("'wrapped' is true or false", field=where)
    resources = rest
    if "resources" in rest:
        resources = rest.pop("resources")
        _refuse_others(rest, set(), where)
        if not isinstance(resources, Mapping):
            raise EncodeError("resources are a mapping", field=where)
    items = [_item(object_id, name, value, where) for name, value in resources.items()]
    return Instance(number, tuple(items), wrapped)


def _item(object_id: int, key: Any, value: Any, where: str) -> Item:
    name = _COUNTER.sub("", key) if isinstance(key, str) else key
    if name == UNPARSED:
        return Unparsed(_unhex(value, where))
    stray = isinstance(name, str) and name.startswith(INSTANCE_PREFIX)
    single = isinstance(name, str) and name.startswith(SINGLE_PREFIX)
    if stray or single:
        name = name.removeprefix(INSTANCE_PREFIX).removeprefix(SINGLE_PREFIX)
    number = _resource_id(name, object_id, where)
    row = resource_spec(object_id, number)
    place = f"{where}/{number}" + (f" ({row.name})" if row else "")
    if stray:
        return ResourceInstance(number, parse_value(value, row, place))
    if isinstance(value, Mapping):
        return MultipleResource(number, tuple(_entries(value.items(), row, place)))
    multiple = row is not None and row.multiple and not single
    if isinstance(value, list | tuple) and multiple:
        return MultipleResource(number, tuple(_entries(enumerate(value), row, place)))
    raw = parse_value(value, row, place)
    if multiple:
        return MultipleResource(number, (ResourceInstance(0, raw),))
    return Resource(number, raw)


def _entries(
    pairs: Iterable[tuple[Any, Any]], row: ResourceSpec | None, where: str
) -> list[MultipleItem]:
    found: list[MultipleItem] = []
    for key, value in pairs:
        name = _COUNTER.sub("", key) if isinstance(key, str) else key
        if name == UNPARSED:
            found.append(Unparsed(_unhex(value, where)))
            continue
        single = isinstance(name, str) and name.startswith(SINGLE_PREFIX)
        number = _id(name.removeprefix(SINGLE_PREFIX) if single else name, "an instance id", where)
        raw = parse_value(value, row, f"{where} instance {number}")
        found.append(Resource(number, raw) if single else ResourceInstance(number, raw))
    return found


def _refuse_others(mapping: Mapping[Any, Any], allowed: set[str], where: str) -> None:
    others = [key for key in mapping if key not in allowed]
    if others:
        raise EncodeError(f"{_shown(others[0])} is not known here", field=where)
