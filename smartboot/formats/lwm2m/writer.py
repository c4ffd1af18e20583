"""A ``Document`` to the bytes of EF(LwM2M_Bootstrap), without padding.

OMA LwM2M TS 1.0.2, Appendix G. Identifier, length and version fields have their shortest form; the
order of objects, instances and resources is kept. What was kept as ``Unparsed`` is written back as
it was, so that reading and writing loses nothing.
"""

from __future__ import annotations

from smartboot.errors import DecodeError, EncodeError
from smartboot.formats.lwm2m.document import (
    MAX_FILE_SIZE,
    Document,
    Instance,
    Item,
    Layout,
    MultipleResource,
    ObjectBlock,
    Resource,
    Unparsed,
)
from smartboot.formats.lwm2m.reader import read
from smartboot.formats.lwm2m.tlv import Kind, encode_one

__all__ = ["encode_instances", "encode_items", "write"]

_U16 = 0xFFFF


def write(document: Document) -> bytes:
    """Encode a document in its layout.

    Errors: EncodeError when an id, a length or the whole does not fit its field, when the layout
    cannot hold the document, or when a reader would take the bytes for something else.
    """
    data = _container(document) if document.layout is Layout.APPENDIX_G else _bare(document)
    if len(data) > MAX_FILE_SIZE:
        raise EncodeError(
            f"the document has {len(data)} bytes, a file may have {MAX_FILE_SIZE}",
            hint="leave out objects or certificates",
        )
    return data


def encode_items(items: tuple[Item, ...], where: str = "") -> bytes:
    """The TLVs of the resources of one object instance. Errors: EncodeError naming ``where``."""
    parts: list[bytes] = []
    for item in items:
        if isinstance(item, Unparsed):
            parts.append(item.raw)
            continue
        if isinstance(item, MultipleResource):
            kind, value = Kind.MULTIPLE_RESOURCE, _encode_values(item, f"{where}/{item.id}")
        elif isinstance(item, Resource):
            kind, value = Kind.RESOURCE, item.raw
        else:
            kind, value = Kind.RESOURCE_INSTANCE, item.raw
        parts.append(_one(kind, item.id, value, f"{where}/{item.id}"))
    return b"".join(parts)


def encode_instances(instances: tuple[Instance | Unparsed, ...], where: str = "") -> bytes:
    """The TLVs of the instances of one object. Errors: EncodeError naming ``where``."""
    parts: list[bytes] = []
    after_bare = False
    for instance in instances:
        if isinstance(instance, Unparsed):
            parts.append(instance.raw)
            after_bare = False
            continue
        place = f"{where}/{instance.id}"
        value = encode_items(instance.items, place)
        if instance.wrapped:
            parts.append(_one(Kind.OBJECT_INSTANCE, instance.id, value, place))
        elif instance.id or after_bare or not value:
            raise EncodeError(
                "an instance without wrapper needs id 0, a resource, and a wrapped neighbour",
                field=place,
            )
        else:
            parts.append(value)
        after_bare = not instance.wrapped
    return b"".join(parts)


def _container(document: Document) -> bytes:
    parts: list[bytes] = []
    count = 0
    for block in document.objects:
        if isinstance(block, Unparsed):
            parts.append(block.raw)
        else:
            parts.append(_object(block))
            count += 1
    body = b"".join(parts)
    if len(body) > _U16:
        raise EncodeError(f"{len(body)} bytes of objects do not fit the size field of two bytes")
    if not count and body:
        raise EncodeError("bytes without any object would be read as an empty file")
    return count.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


def _object(block: ObjectBlock) -> bytes:
    where = f"/{block.object_id}"
    if not 0 <= block.object_id <= _U16:
        raise EncodeError("an object id is 0..65535", field=where)
    if block.version is None:
        version = b"\x00"
    else:
        major, minor = block.version
        if not (1 <= major <= 0xFF and 0 <= minor <= 0xFF):
            raise EncodeError("an object version is 1.0 to 255.255", field=where)
        version = bytes((major, minor))
    value = encode_instances(block.instances, where)
    if len(value) > _U16:
        raise EncodeError(f"{len(value)} bytes do not fit the object's length field", field=where)
    return block.object_id.to_bytes(2, "big") + version + len(value).to_bytes(2, "big") + value


def _bare(document: Document) -> bytes:
    """The bare layouts have no header to tell them by, so what a reader makes of them is tried."""
    what = f"the layout {document.layout}"
    if len(document.objects) != 1 or isinstance(document.objects[0], Unparsed):
        raise EncodeError(f"{what} holds one object", hint="use the layout appendix-g")
    block = document.objects[0]
    data = encode_instances(block.instances, f"/{block.object_id}")
    try:
        found = read(data)[0]
    except DecodeError:
        found = Document()
    if found != document:
        raise EncodeError(
            f"in {what} a reader would not find this document again",
            hint="use the layout appendix-g",
        )
    return data


def _one(kind: Kind, number: int, value: bytes, where: str) -> bytes:
    try:
        return encode_one(kind, number, value)
    except EncodeError as fault:
        raise EncodeError(fault.reason, field=where) from None


def _encode_values(resource: MultipleResource, where: str) -> bytes:
    parts: list[bytes] = []
    for entry in resource.instances:
        if isinstance(entry, Unparsed):
            parts.append(entry.raw)
        else:
            kind = Kind.RESOURCE if isinstance(entry, Resource) else Kind.RESOURCE_INSTANCE
            parts.append(_one(kind, entry.id, entry.raw, f"{where}/{entry.id}"))
    return b"".join(parts)
