"""What is wrong with the values of an LwM2M document, resource by resource.

Types, ranges, multiplicity and mandatory resources by the tables in ``objects``; key lengths and
URI against security mode by OMA LwM2M TS 1.0.2, Appendix E.1. Whether accounts are complete is
looked at in ``accounts``. No message holds the value of a secret resource.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from smartboot.errors import DecodeError
from smartboot.formats.base import MAX_FINDINGS
from smartboot.formats.lwm2m.document import (
    Document,
    Instance,
    MultipleResource,
    ObjectBlock,
    Resource,
    Unparsed,
)
from smartboot.formats.lwm2m.objects import (
    OBJECTS,
    ObjectId,
    ResourceSpec,
    SecurityMode,
    SecurityResource,
)
from smartboot.formats.lwm2m.tlv import SPEC as TLV_SPEC
from smartboot.formats.lwm2m.values import SPEC as VALUE_SPEC
from smartboot.formats.lwm2m.values import Type, decode_value, unsigned_value
from smartboot.model import Finding, Severity

__all__ = ["SECURITY_SPEC", "number_of", "text_of", "validate"]

SECURITY_SPEC = "OMA LwM2M TS 1.0.2, Appendix E.1"

_WARNING, _ERROR, _INFO = Severity.WARNING, Severity.ERROR, Severity.INFO
_NUMBERS = frozenset({Type.INTEGER, Type.TIME, Type.UNSIGNED})
_TEXTS = frozenset({Type.STRING, Type.CORELNK})
_ANY_LENGTH = frozenset({Type.STRING, Type.CORELNK, Type.OPAQUE, Type.NONE})
# Published examples and cards leave these out when the mode has no use for them.
_OFTEN_LEFT_OUT = frozenset(
    {SecurityResource.IDENTITY, SecurityResource.SERVER_KEY, SecurityResource.SECRET}
)
# Plain numbers: a lookup by an enum's member costs several times as much.
_URI, _MODE, _IDENTITY, _SECRET = 0, 2, 3, 5
_SMS_PARAMETERS, _SMS_SECRET = 7, 8
_SPECS = {
    0: SECURITY_SPEC,
    1: "OMA LwM2M TS 1.0.2, Appendix E.2",
    2: "OMA LwM2M TS 1.0.2, Appendix E.3",
}

_PSK_RECOMMENDED = 16
_PSK_SUPPORTED = 64
_IDENTITY_SUPPORTED = 128
_SMS_SECRET_SIZES = (16, 32, 48)
_SMS_PARAMETER_SIZES = (6, 7)

_ENOUGH = 10 * MAX_FINDINGS
"""With so many findings no further instance is looked at: far fewer are listed."""


class _Warn(Protocol):
    """Reports one thing about a resource of the Security instance at hand."""

    def __call__(self, code: str, message: str, resource: int) -> None: ...


def validate(document: Document) -> list[Finding]:
    """Findings on every object of a document, in its order; objects not in the tables pass."""
    findings: list[Finding] = []
    for block in document.objects:
        if isinstance(block, ObjectBlock):
            _validate_block(block, findings)
    return findings


def number_of(raw: bytes | None, spec: ResourceSpec) -> int | None:
    """An integer resource's value, None when it has none.

    A negative value where none can be is read unsigned: a writer that forgot the sign bit.
    """
    if raw is None:
        return None
    try:
        value = decode_value(raw, spec.type)
    except DecodeError:
        return None
    if isinstance(value, int) and value < 0 and spec.low is not None and spec.low >= 0:
        return unsigned_value(raw)
    return value if isinstance(value, int) else None


def text_of(raw: bytes | None) -> str | None:
    """A text resource's value; bytes that are not UTF-8 show as the replacement character."""
    return None if raw is None else raw.decode("utf-8", "replace")


def _validate_block(block: ObjectBlock, findings: list[Finding]) -> None:
    seen: set[int] = set()
    plan = _PLANS.get(block.object_id)
    for instance in block.instances:
        if isinstance(instance, Unparsed):
            continue
        if len(findings) > _ENOUGH:
            return
        where = f"/{block.object_id}/{instance.id}"
        if instance.id in seen:
            message = "the object has another instance of this id; which one a reader takes is open"
            findings.append(Finding("LWM2M-INSTANCE-DUPLICATE", _WARNING, message, where, TLV_SPEC))
        seen.add(instance.id)
        _validate_instance(block.object_id, instance, plan, where, findings)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The tables of one object, laid out so that a sound resource is passed over quickly."""

    rows: dict[int, ResourceSpec]
    easy: dict[int, tuple[Callable[[bytes], Any], int | None, int | None]]
    mandatory: dict[int, ResourceSpec]


def _easy(row: ResourceSpec) -> tuple[Callable[[bytes], Any], int | None, int | None]:
    """A reader of sound values with the bounds of what it gives; None says: look closer."""
    if row.type in _NUMBERS:
        return (unsigned_value if row.type is Type.UNSIGNED else _signed), row.low, row.high
    if row.type in _TEXTS:
        return _ascii_length, row.low, row.high
    if row.type is Type.OPAQUE:
        return len, None, None
    return {b"\x00": 0, b"\x01": 1}.get if row.type is Type.BOOLEAN else _never, None, None


def _signed(raw: bytes) -> int | None:
    return int.from_bytes(raw, "big", signed=True) if len(raw) in (1, 2, 4, 8) else None


def _ascii_length(raw: bytes) -> int | None:
    return len(raw) if raw.isascii() and b"\x00" not in raw else None


def _never(_raw: bytes) -> None:
    return None


_PLANS = {
    spec.id: _Plan(
        dict(spec.resources),
        {row.id: _easy(row) for row in spec.resources.values() if not row.multiple},
        {row.id: row for row in spec.resources.values() if row.mandatory},
    )
    for spec in OBJECTS.values()
    if spec.resources
}


def _validate_instance(
    object_id: int,
    instance: Instance,
    plan: _Plan | None,
    where: str,
    findings: list[Finding],
) -> None:
    seen: set[int] = set()
    for item in instance.items:
        if isinstance(item, Unparsed):
            continue
        number = item.id
        if number in seen:
            message = "the instance has this resource twice; both are kept, the first is used"
            place = f"{where}/{number}"
            findings.append(Finding("LWM2M-RESOURCE-DUPLICATE", _WARNING, message, place, TLV_SPEC))
        seen.add(number)
        if plan is None:
            continue
        if type(item) is Resource and number in plan.easy:
            reader, low, high = plan.easy[number]
            value = reader(item.raw)
            sound = value is not None and (low is None or value >= low)
            if sound and (high is None or value <= high):
                continue
        row = plan.rows.get(number)
        if row is None:
            message = "the resource is not in the tables; its bytes are kept"
            place = f"{where}/{number}"
            findings.append(Finding("LWM2M-RESOURCE-UNKNOWN", _INFO, message, place, ""))
        elif isinstance(item, MultipleResource):
            _validate_multiple(item, row, f"{where}/{number}", findings)
        else:
            if row.multiple and isinstance(item, Resource):
                _multiplicity(row, "has one value without an instance id", where, findings)
            _validate_value(item.raw, row, where, findings)
    if plan is not None and not plan.mandatory.keys() <= seen:
        missing = [row for number, row in plan.mandatory.items() if number not in seen]
        _report_missing(object_id, missing, where, findings)
    if object_id == 0:
        _validate_security(instance, where, findings)


def _report_missing(
    object_id: int, missing: list[ResourceSpec], where: str, findings: list[Finding]
) -> None:
    reference = _SPECS.get(object_id, "OMA LwM2M registry")
    for row in missing:
        message = f"{row.name} is mandatory and not there"
        severity = _ERROR
        if object_id == ObjectId.SECURITY and row.id in _OFTEN_LEFT_OUT:
            message += "; the form for an unused one is zero bytes"
            severity = _WARNING
        place = f"{where}/{row.id}"
        findings.append(Finding("LWM2M-RESOURCE-MISSING", severity, message, place, reference))


def _multiplicity(row: ResourceSpec, what: str, where: str, findings: list[Finding]) -> None:
    expected = "a multiple" if row.multiple else "a single"
    message = f"{row.name} is {expected} resource and {what}"
    findings.append(
        Finding("LWM2M-RESOURCE-MULTIPLICITY", _WARNING, message, f"{where}/{row.id}", TLV_SPEC)
    )


def _validate_multiple(
    item: MultipleResource, row: ResourceSpec, where: str, findings: list[Finding]
) -> None:
    parent = where.rpartition("/")[0]
    if not row.multiple:
        _multiplicity(row, "is written as a multiple one", parent, findings)
    seen: set[int] = set()
    for entry in item.instances:
        if isinstance(entry, Unparsed):
            continue
        if entry.id in seen:
            message = "the resource has another instance of this id; both are kept"
            findings.append(
                Finding(
                    "LWM2M-RESOURCE-DUPLICATE", _WARNING, message, f"{where}/{entry.id}", TLV_SPEC
                )
            )
        seen.add(entry.id)
        _validate_value(entry.raw, row, parent, findings, suffix=f"/{entry.id}")


def _validate_value(
    raw: bytes, row: ResourceSpec, parent: str, findings: list[Finding], suffix: str = ""
) -> None:
    kind = row.type
    if kind is Type.OPAQUE:
        return
    if kind in _NUMBERS and len(raw) in (1, 2, 4, 8):
        number = int.from_bytes(raw, "big", signed=kind is not Type.UNSIGNED)
        above = row.low is None or number >= row.low
        if above and (row.high is None or number <= row.high):
            return
        _validate_range(number, raw, row, f"{parent}/{row.id}{suffix}", findings)
        return
    where = f"{parent}/{row.id}{suffix}"
    if not raw and kind not in _ANY_LENGTH:
        message = f"{row.name} has 0 bytes, which no {kind} has; taken for absent"
        findings.append(Finding("LWM2M-VALUE-EMPTY", _WARNING, message, where, VALUE_SPEC))
        return
    if kind is Type.NONE:
        message = f"{row.name} is an executable resource; it has no place in a file"
        findings.append(Finding("LWM2M-RESOURCE-EXECUTABLE", _WARNING, message, where, VALUE_SPEC))
        return
    try:
        decode_value(raw, kind)
    except DecodeError as fault:
        code, severity = "LWM2M-INTEGER-LENGTH", _ERROR
        if kind in _TEXTS:
            code, severity = "LWM2M-STRING-UTF8", _WARNING
        elif kind is Type.BOOLEAN:
            code, severity = "LWM2M-BOOLEAN", _WARNING
        elif kind is Type.OBJLNK:
            code = "LWM2M-OBJLNK"
        findings.append(Finding(code, severity, f"{row.name}: {fault.reason}", where, VALUE_SPEC))
        return
    if kind in _TEXTS:
        _validate_text(raw, row, where, findings)


def _validate_range(
    number: int, raw: bytes, row: ResourceSpec, where: str, findings: list[Finding]
) -> None:
    low = "any" if row.low is None else row.low
    high = "any" if row.high is None else row.high
    if number < 0 and row.low is not None and row.low >= 0:
        message = (
            f"{row.name} is {number}, which it cannot be: its integer is signed;"
            f" if the writer forgot the sign, {unsigned_value(raw)} is meant"
        )
        findings.append(Finding("LWM2M-INTEGER-SIGN", _WARNING, message, where, VALUE_SPEC))
        return
    bounds = f"{low} or more" if row.high is None else f"{low}..{high}"
    message = f"{row.name} is {number}, allowed is {bounds}"
    findings.append(Finding("LWM2M-RANGE", _WARNING, message, where, "OMA LwM2M registry"))


def _validate_text(raw: bytes, row: ResourceSpec, where: str, findings: list[Finding]) -> None:
    if b"\x00" in raw:
        message = f"{row.name} holds a NUL byte; its length ends a text, not a NUL"
        findings.append(Finding("LWM2M-STRING-NUL", _WARNING, message, where, VALUE_SPEC))
    too_short = row.low is not None and len(raw) < row.low
    if too_short or (row.high is not None and len(raw) > row.high):
        message = f"{row.name} has {len(raw)} bytes, allowed are {row.low}..{row.high}"
        findings.append(Finding("LWM2M-RANGE", _WARNING, message, where, "OMA LwM2M registry"))


def _validate_security(instance: Instance, where: str, findings: list[Finding]) -> None:
    """What the resources of one Security instance must be to fit each other."""

    def warn(code: str, message: str, resource: int) -> None:
        findings.append(Finding(code, _WARNING, message, f"{where}/{resource}", SECURITY_SPEC))

    values = {item.id: item.raw for item in reversed(instance.items) if type(item) is Resource}
    for resource in (_MODE, _SECRET, _IDENTITY, _URI, _SMS_PARAMETERS, _SMS_SECRET):
        if resource not in values:
            # Not written as a plain resource, if at all.
            odd = instance.raw(resource)
            if odd is not None:
                values[resource] = odd
    mode = values.get(_MODE)
    number = int.from_bytes(mode, "big", signed=True) if mode else None
    secret = values.get(_SECRET, b"")
    identity = values.get(_IDENTITY, b"")
    if number == SecurityMode.PSK:
        _validate_psk(identity, secret, warn)
    elif number in (SecurityMode.RPK, SecurityMode.CERTIFICATE):
        for value, resource, name in (
            (identity, SecurityResource.IDENTITY, "the client's public key or certificate"),
            (secret, SecurityResource.SECRET, "the client's private key"),
        ):
            if not value:
                message = f"{name} is empty although the mode needs it"
                warn("LWM2M-KEY-MISSING", message, resource)
    elif number == SecurityMode.NO_SEC and (secret or identity):
        message = "identity or key are there although the mode is NoSec, which uses none"
        warn("LWM2M-KEY-UNUSED", message, SecurityResource.MODE)
    uri = values.get(_URI)
    if uri is not None:
        _validate_uri(uri, number, warn)
    parameters = values.get(_SMS_PARAMETERS)
    if parameters is not None and len(parameters) not in _SMS_PARAMETER_SIZES:
        message = f"SMS Binding Key Parameters have {len(parameters)} bytes, 6 or 7 are expected"
        warn("LWM2M-KEY-LENGTH", message, SecurityResource.SMS_PARAMETERS)
    sms_secret = values.get(_SMS_SECRET)
    if sms_secret is not None and len(sms_secret) not in _SMS_SECRET_SIZES:
        message = f"the SMS Binding Secret has {len(sms_secret)} bytes, 16, 32 or 48 are expected"
        warn("LWM2M-KEY-LENGTH", message, SecurityResource.SMS_SECRET)


def _validate_psk(identity: bytes, secret: bytes, warn: _Warn) -> None:
    if not secret:
        warn("LWM2M-KEY-MISSING", "the mode is PSK and there is no key", SecurityResource.SECRET)
    elif len(secret) < _PSK_RECOMMENDED:
        message = f"the key has {len(secret)} bytes; {_PSK_RECOMMENDED} or more are recommended"
        warn("LWM2M-KEY-LENGTH", message, SecurityResource.SECRET)
    elif len(secret) > _PSK_SUPPORTED:
        message = f"the key has {len(secret)} bytes; clients must take only {_PSK_SUPPORTED}"
        warn("LWM2M-KEY-LENGTH", message, SecurityResource.SECRET)
    if not identity:
        message = "the mode is PSK and there is no identity"
        warn("LWM2M-KEY-MISSING", message, SecurityResource.IDENTITY)
    elif len(identity) > _IDENTITY_SUPPORTED:
        message = f"the identity has {len(identity)} bytes; clients must take {_IDENTITY_SUPPORTED}"
        warn("LWM2M-KEY-LENGTH", message, SecurityResource.IDENTITY)


def _validate_uri(uri: bytes, mode: int | None, warn: _Warn) -> None:
    scheme, colon, _ = uri.partition(b":")
    name = scheme.lower()
    if not uri or not colon or b"." in scheme or not name[:1].isalpha():
        message = "the server's URI has no scheme such as coaps:"
        warn("LWM2M-URI-SCHEME", message, SecurityResource.URI)
    elif name in (b"coap", b"coap+tcp") and mode not in (None, SecurityMode.NO_SEC):
        message = "the URI is coap: (no DTLS) although the mode asks for credentials"
        warn("LWM2M-URI-MODE", message, SecurityResource.URI)
    elif name in (b"coaps", b"coaps+tcp") and mode == SecurityMode.NO_SEC:
        message = "the URI is coaps: (DTLS or TLS) although the mode is NoSec"
        warn("LWM2M-URI-MODE", message, SecurityResource.URI)
