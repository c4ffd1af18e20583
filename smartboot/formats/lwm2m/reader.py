"""Bytes of EF(LwM2M_Bootstrap) to a ``Document``: header, objects, TLVs, padding, quirks.

OMA LwM2M TS 1.0.2, Appendix G and 6.4.3. Reading is liberal: a fault costs the bytes it stands in
and nothing around them, which are kept as ``Unparsed`` and reported. What no reading fits is a
DecodeError. Values are not looked into here (``validate`` does).
"""

from __future__ import annotations

from smartboot.errors import DecodeError
from smartboot.formats.lwm2m.document import (
    MAX_FILE_SIZE,
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
from smartboot.formats.lwm2m.objects import OBJECTS, ObjectId
from smartboot.formats.lwm2m.tlv import SPEC as TLV_SPEC
from smartboot.formats.lwm2m.tlv import Kind, read_header
from smartboot.model import Finding, Severity

__all__ = ["SPEC", "read"]

SPEC = "OMA LwM2M TS 1.0.2, Appendix G"

_HEADER_SIZE = 4
_PADDING = b"\xff\x00"
_LONGEST = _HEADER_SIZE + 0xFFFF
# Plain numbers, because comparing an enum's member for every TLV is what reading spends time on.
_OBJECT_INSTANCE, _RESOURCE_INSTANCE, _MULTIPLE, _RESOURCE = (int(kind) for kind in Kind)


def read(data: bytes) -> tuple[Document, int, list[Finding]]:
    """Read a file; return the document, its length without padding in bytes, and the findings.

    Errors: DecodeError with the offset of the first fault when no known layout fits.
    """
    empty = _read_empty(data)
    if empty is not None:
        return empty
    if len(data) > _LONGEST and data[_LONGEST:].strip(_PADDING):
        raise DecodeError(
            f"{len(data)} bytes are more than a document can have", offset=_LONGEST, spec=SPEC
        )
    walk = _Walk(data)
    document, used = walk.container()
    if walk.first is None:
        return document, used, walk.findings + _after(data, used)
    bare = _Walk(data)
    found = bare.bare_resources() if data[0] >= 0x80 else bare.bare_instances()
    if found is not None:
        return found[0], found[1], bare.findings + _after(data, found[1])
    if data[0] == 0 and walk.known_values:
        return document, used, walk.findings + _after(data, used)
    # With 256 objects and more there is no card, so only a first byte 00 speaks of a header.
    raise walk.first if data[0] == 0 or bare.first is None else bare.first


def _read_empty(data: bytes) -> tuple[Document, int, list[Finding]] | None:
    """Files without a document: blank, count 0, or a header not (yet) written."""
    zero_count = data[:2] == b"\x00\x00" and len(data) >= _HEADER_SIZE
    blank = not data.strip(_PADDING)
    unwritten = data[:_HEADER_SIZE] == b"\xff\xff\xff\xff"
    if not (zero_count or blank or unwritten):
        return None
    if blank:
        state = "the file is blank (FF or 00 throughout) or has an empty header"
    elif unwritten:
        state = "the header is blank although bytes follow it; writing it was never finished"
    else:
        state = "the header says 0 objects although bytes follow it; they are no longer valid"
    code = "LWM2M-EMPTY" if blank else "LWM2M-UNFINISHED"
    finding = Finding(code, Severity.WARNING, f"no bootstrap data: {state}", "", SPEC)
    return Document(), _HEADER_SIZE if zero_count else 0, [finding]


def _after(data: bytes, used: int) -> list[Finding]:
    """What to say of the bytes behind the document, and of its size."""
    findings: list[Finding] = []
    rest = data[used:]
    left = rest.strip(_PADDING)
    if left:
        offset = used + len(rest) - len(rest.lstrip(_PADDING))
        findings.append(
            Finding(
                "LWM2M-LEFTOVER",
                Severity.WARNING,
                f"{len(left)} bytes behind the document are neither FF nor 00"
                f" (from offset {offset}); readers ignore them",
                "",
                SPEC,
            )
        )
    if used > MAX_FILE_SIZE:
        findings.append(
            Finding(
                "LWM2M-TOO-LARGE",
                Severity.WARNING,
                f"the document has {used} bytes, more than the {MAX_FILE_SIZE} a file may have",
                "",
                SPEC,
            )
        )
    return findings


class _Walk:
    """One attempt to read the file; ``first`` is the first fault that a strict reader stops at."""

    __slots__ = ("_data", "findings", "first", "known_values")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.findings: list[Finding] = []
        self.first: DecodeError | None = None
        self.known_values = 0

    def fault(self, code: str, reason: str, offset: int, where: str, spec: str) -> None:
        """Note an error; reading goes on behind it."""
        if self.first is None:
            self.first = DecodeError(reason, offset=offset, where=where or None, spec=spec)
        self.findings.append(
            Finding(code, Severity.ERROR, f"{reason} (at offset {offset})", where, spec)
        )

    def warn(self, code: str, reason: str, offset: int, where: str, spec: str) -> None:
        """Note a deviation that costs nothing."""
        self.findings.append(
            Finding(code, Severity.WARNING, f"{reason} (at offset {offset})", where, spec)
        )

    # The file as Appendix G has it.

    def container(self) -> tuple[Document, int]:
        """Header and objects; also the offset behind them."""
        data, length = self._data, len(self._data)
        if length < _HEADER_SIZE:
            self.fault("LWM2M-SIZE", f"header: need 4 bytes, {length} left", 0, "", SPEC)
            return Document((Unparsed(data),)), length
        count = int.from_bytes(data[0:2], "big")
        size = int.from_bytes(data[2:4], "big")
        limit = _HEADER_SIZE + size
        if limit > length:
            reason = f"the header says {size} bytes of objects, the file has {length - 4}"
            self.fault("LWM2M-SIZE", reason, 2, "", SPEC)
            limit = length
        blocks: list[ObjectBlock | Unparsed] = []
        at = _HEADER_SIZE
        while at < limit:
            end = self._block(blocks, at, limit)
            if end is None:
                return Document(tuple(blocks)), limit
            if end > limit:
                self.fault("LWM2M-SIZE", "an object ends behind the size given", 2, "", SPEC)
                limit = end
            at = end
        while len(blocks) < count and self._object_behind(at):
            # The count still promises an object and one stands here: the size is too small.
            if at == limit:
                self.fault("LWM2M-SIZE", "objects go on behind the size given", 2, "", SPEC)
            at = self._block(blocks, at, length) or length
        if len(blocks) != count:
            reason = f"the header says {count} objects, there are {len(blocks)}"
            self.fault("LWM2M-COUNT", reason, 0, "", SPEC)
        self._warn_duplicates(blocks)
        return Document(tuple(blocks)), at

    def _block(self, blocks: list[ObjectBlock | Unparsed], at: int, limit: int) -> int | None:
        """One object with its header; the offset behind it, None when nothing can follow."""
        data = self._data
        # The shortest object header has 5 bytes, the one with a two-byte version 6.
        header_end = at + (5 if at + 2 < limit and data[at + 2] == 0 else 6)
        if header_end > limit:
            reason = f"object header: need {header_end - at} bytes, {limit - at} left"
            self.fault("LWM2M-OBJECT-HEADER", reason, at, "", SPEC)
            blocks.append(Unparsed(data[at:limit]))
            return None
        object_id = int.from_bytes(data[at : at + 2], "big")
        version = (data[at + 2], data[at + 3]) if data[at + 2] else None
        length = int.from_bytes(data[header_end - 2 : header_end], "big")
        end = header_end + length
        if end > limit and object_id not in OBJECTS:
            # Most likely no object at all, so nothing is read into these bytes.
            reason = "what should be an object is longer than what is left"
            self.fault("LWM2M-OBJECT-HEADER", reason, at, "", SPEC)
            blocks.append(Unparsed(data[at:limit]))
            return None
        if end > len(data):
            left = limit - header_end
            reason = f"object /{object_id}: need {length} bytes, {left} left"
            self.fault("LWM2M-OBJECT-HEADER", reason, at, f"/{object_id}", SPEC)
            end = limit
        instances = self._instances(object_id, header_end, end)
        blocks.append(ObjectBlock(object_id, instances, version))
        return end

    def _object_behind(self, at: int) -> bool:
        """Whether a known object, complete and not empty, stands at ``at``."""
        data = self._data
        if at + 5 > len(data) or int.from_bytes(data[at : at + 2], "big") not in OBJECTS:
            return False
        start = at + (5 if data[at + 2] == 0 else 6)
        length = int.from_bytes(data[start - 2 : start], "big")
        return 0 < length <= len(data) - start

    def _warn_duplicates(self, blocks: list[ObjectBlock | Unparsed]) -> None:
        seen: set[int] = set()
        for block in blocks:
            if isinstance(block, ObjectBlock):
                if block.object_id in seen:
                    where = f"/{block.object_id}"
                    reason = "the object has a header already; one is to hold all its instances"
                    self.findings.append(
                        Finding("LWM2M-OBJECT-DUPLICATE", Severity.WARNING, reason, where, SPEC)
                    )
                seen.add(block.object_id)

    # The bare layouts.

    def bare_resources(self) -> tuple[Document, int] | None:
        """Resources of one Security instance straight away; None when it is not that."""
        end = self._bare_end(_RESOURCE)
        if end is None:
            return None
        items = self._items(0, "/0/0", 0, end)
        if self.first is not None:
            return None
        reason = "the file holds bare resources of Security, without header, object and instance"
        self.findings.insert(0, Finding("LWM2M-LAYOUT-BARE", Severity.WARNING, reason, "", SPEC))
        block = ObjectBlock(int(ObjectId.SECURITY), (Instance(0, items, wrapped=False),))
        return Document((block,), Layout.BARE_RESOURCES), end

    def bare_instances(self) -> tuple[Document, int] | None:
        """Object instances straight away; None when it is not that."""
        end = self._bare_end(_OBJECT_INSTANCE)
        if end is None:
            return None
        peek = _Walk(self._data)
        object_id = _guess(peek._instances(0, 0, end))
        if object_id is None:
            reason = "object instances without an object header, and not of Security or Server"
            self.first = peek.first or DecodeError(reason, offset=0, spec=SPEC)
            return None
        instances = self._instances(object_id, 0, end)
        if self.first is not None:
            return None
        name = OBJECTS[object_id].name
        reason = f"the file holds bare object instances, without headers; taken for {name}"
        self.findings.insert(0, Finding("LWM2M-LAYOUT-BARE", Severity.WARNING, reason, "", SPEC))
        return Document((ObjectBlock(object_id, instances),), Layout.BARE_INSTANCES), end

    def _bare_end(self, kind: int) -> int | None:
        """Where a chain of TLVs from offset 0 ends: at the end of the file or at padding."""
        data, length = self._data, len(self._data)
        at = 0
        padding = min(len(data.rstrip(b"\xff")), len(data.rstrip(b"\x00")))
        while at < length:
            if at >= padding:
                return at
            try:
                found, _, start, size = read_header(data, at, length)
            except DecodeError as fault:
                self.first = fault
                return None
            # Among bare resources anything but an instance may stand, among instances nothing else.
            fits = found != _OBJECT_INSTANCE if kind == _RESOURCE else found == _OBJECT_INSTANCE
            if not fits or size > length - start:
                reason = (
                    f"TLV value: need {size} bytes, {length - start} left"
                    if fits
                    else "neither a header nor a TLV that may stand here"
                )
                self.first = DecodeError(reason, offset=at, spec=SPEC)
                return None
            at = start + size
        return at

    # TLVs: object instances, their resources, the instances of those. Three levels, no recursion.

    def _instances(self, object_id: int, at: int, end: int) -> tuple[Instance | Unparsed, ...]:
        data = self._data
        found: list[Instance | Unparsed] = []
        loose: list[Item] = []
        top = f"/{object_id}"
        while at < end:
            header = self._header(at, end, top)
            if header is None:
                self._close_loose(found, loose)
                found.append(Unparsed(data[at:end]))
                break
            kind, number, start, length = header
            stop = start + length
            if kind == _OBJECT_INSTANCE:
                where = f"{top}/{number}"
                stop = self._clip(at, stop, end, where)
                self._close_loose(found, loose)
                found.append(Instance(number, self._items(object_id, where, start, stop)))
            else:
                where = f"{top}/0"
                if not loose:
                    reason = "resources stand in the object without an object instance around them"
                    self.warn("LWM2M-INSTANCE-UNWRAPPED", reason, at, where, TLV_SPEC)
                if stop > end and kind != _MULTIPLE:
                    self._overrun(at, start, length, end, f"{where}/{number}")
                    self._close_loose(found, loose)
                    found.append(Unparsed(data[at:end]))
                    break
                stop = self._clip(at, stop, end, f"{where}/{number}")
                loose.append(self._item(object_id, where, kind, number, at, start, stop))
            at = stop
        self._close_loose(found, loose)
        return tuple(found)

    @staticmethod
    def _close_loose(found: list[Instance | Unparsed], loose: list[Item]) -> None:
        if loose:
            found.append(Instance(0, tuple(loose), wrapped=False))
            loose.clear()

    def _items(self, object_id: int, where: str, at: int, end: int) -> tuple[Item, ...]:
        data = self._data
        found: list[Item] = []
        plain = 0
        while at < end:
            header = self._header(at, end, where)
            if header is None:
                found.append(Unparsed(data[at:end]))
                break
            kind, number, start, length = header
            stop = start + length
            if kind == _RESOURCE and stop <= end:
                plain += 1
                found.append(Resource(number, data[start:stop]))
                at = stop
                continue
            if stop > end and kind != _MULTIPLE:
                self._overrun(at, start, length, end, f"{where}/{number}")
                found.append(Unparsed(data[at:end]))
                break
            stop = self._clip(at, stop, end, f"{where}/{number}")
            found.append(self._item(object_id, where, kind, number, at, start, stop))
            at = stop
        if plain and object_id in OBJECTS:
            self.known_values += plain
        return tuple(found)

    def _item(
        self, object_id: int, where: str, kind: int, number: int, at: int, start: int, stop: int
    ) -> Item:
        """One TLV of a level of resources; ``at`` is its header, ``start:stop`` its value."""
        data = self._data
        if kind == _RESOURCE:
            if object_id in OBJECTS:
                self.known_values += 1
            return Resource(number, data[start:stop])
        if kind == _MULTIPLE:
            return MultipleResource(number, self._values(f"{where}/{number}", start, stop))
        if kind == _RESOURCE_INSTANCE:
            reason = "a resource instance stands where a resource belongs; taken for the resource"
            self.warn("LWM2M-TLV-STRAY", reason, at, f"{where}/{number}", TLV_SPEC)
            return ResourceInstance(number, data[start:stop])
        self.fault(
            "LWM2M-TLV-NESTING", "an object instance inside an instance", at, where, TLV_SPEC
        )
        return Unparsed(data[at:stop])

    def _values(self, where: str, at: int, end: int) -> tuple[MultipleItem, ...]:
        data = self._data
        found: list[MultipleItem] = []
        while at < end:
            header = self._header(at, end, where)
            if header is None:
                found.append(Unparsed(data[at:end]))
                break
            kind, number, start, length = header
            stop = start + length
            if stop > end:
                self._overrun(at, start, length, end, f"{where}/{number}")
                found.append(Unparsed(data[at:end]))
                break
            if kind == _RESOURCE_INSTANCE:
                found.append(ResourceInstance(number, data[start:stop]))
            elif kind == _RESOURCE:
                reason = "a resource stands in a multiple resource; taken for its instance"
                self.warn("LWM2M-TLV-STRAY", reason, at, f"{where}/{number}", TLV_SPEC)
                found.append(Resource(number, data[start:stop]))
            else:
                reason = "only resource instances may stand in a multiple resource"
                self.fault("LWM2M-TLV-NESTING", reason, at, where, TLV_SPEC)
                found.append(Unparsed(data[at:stop]))
            at = stop
        return tuple(found)

    def _header(self, at: int, end: int, where: str) -> tuple[int, int, int, int] | None:
        """The TLV header at ``at``; None, and a finding, when there is none."""
        data = self._data
        if data[at] == 0xFF and not data[at : min(at + 6, end)].strip(b"\xff"):
            # Six bytes FF read as a TLV would be resource 65535 with 16777215 bytes.
            rest = data[at:end]
            if rest.strip(b"\xff"):
                reason = f"TLV value: need {0xFFFFFF} bytes, {end - at - 6} left"
                self.fault("LWM2M-TLV-MALFORMED", reason, at, where, TLV_SPEC)
                return None
            reason = f"{end - at} bytes of FF padding stand inside the data"
            self.warn("LWM2M-TLV-PADDING", reason, at, where, TLV_SPEC)
            return None
        try:
            return read_header(data, at, end)
        except DecodeError as fault:
            self.fault("LWM2M-TLV-MALFORMED", fault.reason, at, where, TLV_SPEC)
            return None

    def _overrun(self, at: int, start: int, length: int, end: int, where: str) -> None:
        reason = f"TLV value: need {length} bytes, {end - start} left"
        self.fault("LWM2M-TLV-MALFORMED", reason, at, where, TLV_SPEC)

    def _clip(self, at: int, stop: int, end: int, where: str) -> int:
        """Where a TLV made of TLVs ends: what it has of its content is still read when cut off."""
        if stop > end:
            reason = f"TLV value: ends {stop - end} bytes behind what it stands in"
            self.fault("LWM2M-TLV-MALFORMED", reason, at, where, TLV_SPEC)
            return end
        return stop


def _guess(instances: tuple[Instance | Unparsed, ...]) -> int | None:
    """The object whose instances these are: Security, Server, or None when they tell neither."""
    for instance in instances:
        if isinstance(instance, Unparsed) or not instance.wrapped:
            return None
        zero, one, binding = instance.raw(0), instance.raw(1), instance.raw(7)
        if zero is None:
            continue
        if one in (b"\x00", b"\x01") and len(zero) > 2 and zero.isascii():
            return int(ObjectId.SECURITY)
        if len(zero) in (1, 2, 4) and one is not None and binding and binding.isalpha():
            return int(ObjectId.SERVER)
    return None
