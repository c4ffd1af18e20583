"""EF(DODF): entries made and encoded, strictly (PKCS#15 v1.1, ASN.1 module, DataType).

``make_entry`` gives the form that readers in the field need: an opaqueDO whose applicationOID is
the last class attribute with a path of two bytes right behind it for OMA CP and OMA DM, an oidDO
that carries applicationOID too for LwM2M.
"""

from __future__ import annotations

from collections.abc import Iterable

from smartboot.apdu.tlv import encode
from smartboot.card.base import FilePath
from smartboot.errors import EncodeError
from smartboot.pkcs15.attributes import CommonObjectAttributes, ObjectFlags, encode_common
from smartboot.pkcs15.der import Tag, encode_text
from smartboot.pkcs15.dodf import DataObjectKind, DodfEntry, RawEntry
from smartboot.pkcs15.oid import ObjectId, format_of
from smartboot.pkcs15.path import Path
from smartboot.pkcs15.values import encode_value

__all__ = ["default_kind", "encode_entries", "encode_entry", "make_entry"]

_OUTER = {
    DataObjectKind.OPAQUE: Tag.SEQUENCE,
    DataObjectKind.EXTERNAL: Tag.CONTEXT_0_CONSTRUCTED,
    DataObjectKind.OID: Tag.CONTEXT_1_CONSTRUCTED,
}


def default_kind(oid: str) -> DataObjectKind:
    """The kind that readers in the field need for this OID.

    A phone's reader finds the file id at a fixed distance from the OID's bytes, and OpenSC lists
    nothing but opaqueDO; the widely used LwM2M reader takes nothing but oidDO.
    """
    return DataObjectKind.OID if format_of(oid) == "lwm2m" else DataObjectKind.OPAQUE


def make_entry(
    oid: str,
    path: FilePath | Path,
    *,
    label: str | None = None,
    private: bool = False,
    modifiable: bool = False,
    auth_id: bytes | None = None,
    application_name: str | None = None,
    kind: DataObjectKind | None = None,
    wrapped: bool = False,
) -> DodfEntry:
    """A data object with this OID (dotted) at ``path``.

    ``kind`` None takes the one readers need; ``wrapped`` writes the OID with its header twice, for
    test cards. Errors: EncodeError for a bad OID.
    """
    kind = default_kind(oid) if kind is None else kind
    object_id = ObjectId.from_dotted(oid, wrapped=wrapped)
    flags = ObjectFlags.PRIVATE * private | ObjectFlags.MODIFIABLE * modifiable
    return DodfEntry(
        kind,
        CommonObjectAttributes(label, ObjectFlags(flags) if flags else None, auth_id),
        application_name,
        object_id,
        object_id if kind is DataObjectKind.OID else None,
        Path(path) if isinstance(path, FilePath) else path,
    )


def encode_entry(entry: DodfEntry) -> bytes:
    """The whole entry, every field in the place the standard gives it; ``raw`` is not looked at.

    Errors: EncodeError for what the standard does not allow.
    """
    if entry.value is None:
        raise EncodeError("an entry needs an ObjectValue", field="DODF entry")
    attributes = b""
    if entry.application_name is not None:
        attributes += encode_text(entry.application_name, "applicationName")
    if entry.application_oid is not None:
        attributes += entry.application_oid.encode()
    body = encode_common(entry.common) + encode(Tag.SEQUENCE, attributes + entry.class_extra)
    if entry.subclass is not None:
        body += encode(Tag.CONTEXT_0_CONSTRUCTED, entry.subclass)
    value = encode_value(entry.value) + entry.type_extra
    if entry.kind is DataObjectKind.OID:
        if entry.object_id is None:
            raise EncodeError("an oidDO needs its id", field="OidDO.id")
        value = encode(Tag.SEQUENCE, entry.object_id.encode() + value)
    elif entry.object_id is not None:
        raise EncodeError(f"an {entry.kind} data object has no id", field="DODF entry")
    body += encode(Tag.CONTEXT_1_CONSTRUCTED, value)
    return encode(_OUTER[entry.kind], body)


def encode_entries(rows: Iterable[DodfEntry | RawEntry], *, keep_raw: bool = False) -> bytes:
    """The content of EF(DODF), without padding. Entries that could not be read are written as
    they were, and with ``keep_raw`` so is every entry that came from a card. Errors: EncodeError.
    """
    out = bytearray()
    for row in rows:
        if isinstance(row, RawEntry) or (keep_raw and row.raw):
            out += row.raw
        else:
            out += encode_entry(row)
    return bytes(out)
