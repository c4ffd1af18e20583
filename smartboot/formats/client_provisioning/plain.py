"""Client provisioning documents as JSON-able values, which a person can also write in YAML.

    version: "1.1"
    characteristics:
    - type: APPLICATION
      parms:                       # a list of {name, value}, or a mapping
        APPID: w7
        PROVIDER-ID: example.com
        TO-NAPID: [nap1, nap2]     # a list gives the parm several times
        INIT:                      # no value: a flag
      characteristics:
      - type: APPADDR
        parms: {ADDR: "https://dm.example.com/dm"}

Optional: ``wbxml`` (version, public_id, charset) where it is not the usual header, ``attributes``
for attributes the standard does not have, ``other`` for content that is no characteristic:
``text``, ``opaque`` bytes, an element as ``xml``, or as ``wbxml`` where XML has no form for it.
Values follow the rules of ``smartboot.model``: ``hex:…`` for text that would be misread. Secrets
are masked on request, and a mask is refused on the way in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartboot import model
from smartboot.errors import DecodeError, EncodeError
from smartboot.formats import xml
from smartboot.formats.client_provisioning.document import (
    Characteristic,
    Header,
    Parm,
    ProvisioningDocument,
    is_secret,
)
from smartboot.wbxml import (
    CHARSETS,
    MAX_DEPTH,
    PROV,
    Child,
    Element,
    Opaque,
    WbxmlDocument,
    decode,
    encode,
)

__all__ = ["from_plain", "to_plain"]

_MAX_ITEMS = 20_000
_NO_VALUE = object()


def to_plain(document: ProvisioningDocument, *, show_secrets: bool = False) -> dict[str, Any]:
    """The whole document; ``from_plain`` undoes it when the secrets are shown."""
    plain: dict[str, Any] = {}
    if document.version is not None:
        plain["version"] = model.to_plain(document.version)
    if document.header != Header():
        header = document.header
        plain["wbxml"] = {
            "version": f"1.{header.version}",
            "public_id": header.public_id,
            "charset": header.charset,
        }
    plain["characteristics"] = [_write(c, show_secrets) for c in document.characteristics]
    _write_rest(plain, document.attributes, document.other, show_secrets)
    return plain


def _write(entry: Characteristic, show: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {"type": None if entry.type is None else model.to_plain(entry.type)}
    if entry.parms:
        plain["parms"] = [_write_parm(parm, entry.type or "", show) for parm in entry.parms]
    if entry.characteristics:
        plain["characteristics"] = [_write(child, show) for child in entry.characteristics]
    _write_rest(plain, entry.attributes, entry.other, show)
    return plain


def _write_parm(parm: Parm, type_: str, show: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {"name": model.to_plain(parm.name)}
    if parm.value is not None:
        hidden = not show and is_secret(parm.name, type_)
        plain["value"] = model.MASK if hidden else model.to_plain(parm.value)
    _write_rest(plain, parm.attributes, (), show)
    return plain


def _write_rest(
    plain: dict[str, Any],
    attributes: tuple[tuple[str, str], ...],
    other: tuple[Child, ...],
    show: bool,
) -> None:
    if attributes:
        plain["attributes"] = [
            {
                "name": name,
                "value": model.to_plain(value) if show or not is_secret(name) else model.MASK,
            }
            for name, value in attributes
        ]
    if other:
        plain["other"] = [_write_other(child, show) for child in other]


def _write_other(child: Child, show: bool) -> dict[str, str]:
    """Content without meaning to us may hold anything, so it is masked as a secret is."""
    if isinstance(child, str):
        return {"text": model.to_plain(child) if show else model.MASK}
    if isinstance(child, Opaque):
        return {"opaque": model.to_plain(child.data, opaque=True) if show else model.MASK}
    name = model.to_plain(child.name)
    if not show:
        return {"element": name, "xml": model.MASK}
    try:
        text = xml.serialise(child, PROV, indent=0, doctype=False).decode()
        return {"xml": text.split("\n", 1)[1].rstrip("\n")}
    except EncodeError:
        # An attribute given twice, a control character, a name with a blank: XML has no form for
        # what a hostile card may hold, and still the document is to be shown.
        pass
    try:
        wire = encode(WbxmlDocument(child, PROV.public_id), vocabulary=PROV)
    except EncodeError as error:
        return {"element": name, "unwritable": error.reason}
    return {"element": name, "wbxml": model.to_plain(wire, opaque=True)}


# -- back ------------------------------------------------------------------------------------------


def from_plain(plain: Any) -> ProvisioningDocument:
    """A document from plain values. Errors: EncodeError, which names the place."""
    return _Reader().document(plain)


class _Reader:
    """Reads plain values, counting them: input may be as deep and as long as it likes."""

    def __init__(self) -> None:
        self._count = 0

    def document(self, plain: Any) -> ProvisioningDocument:
        fields = _mapping(
            plain, "document", {"version", "wbxml", "characteristics", "attributes", "other"}
        )
        version = fields.get("version")
        if isinstance(version, float):  # YAML without quotes; 1.1 has no other reading.
            version = str(version)
        return ProvisioningDocument(
            None if version is None else _text(version, "version"),
            self._list(fields, "characteristics", "document", 1),
            self._attributes(fields, "document"),
            self._other(fields, "document"),
            _header(fields.get("wbxml")),
        )

    def _list(
        self, fields: Mapping[str, Any], key: str, where: str, depth: int
    ) -> tuple[Characteristic, ...]:
        entries = _sequence(fields.get(key), f"{where}.{key}")
        return tuple(
            self._characteristic(
                entry, f"{key}[{number}]" if depth == 1 else f"{where}.{key}[{number}]", depth
            )
            for number, entry in enumerate(entries)
        )

    def _characteristic(self, plain: Any, where: str, depth: int) -> Characteristic:
        self._one(where)
        if depth >= MAX_DEPTH - 1:
            raise EncodeError(f"nested deeper than {MAX_DEPTH}", field="characteristics")
        keys = {"type", "parms", "characteristics", "attributes", "other"}
        fields = _mapping(plain, where, keys)
        if "type" not in fields:
            raise EncodeError("needs a type", field=where)
        type_ = fields["type"]
        return Characteristic(
            None if type_ is None else _text(type_, f"{where}.type"),
            tuple(self._parms(fields.get("parms"), f"{where}.parms")),
            self._list(fields, "characteristics", where, depth + 1),
            self._attributes(fields, where),
            self._other(fields, where),
        )

    def _parms(self, plain: Any, where: str) -> list[Parm]:
        parms: list[Parm] = []
        if isinstance(plain, Mapping):
            for name, value in plain.items():
                key = _text(name, where)
                for one in value if isinstance(value, list | tuple) else [value]:
                    self._one(where)
                    parms.append(Parm(key, _value(one, f"{where}.{key[:40]}")))
            return parms
        for number, entry in enumerate(_sequence(plain, where)):
            place = f"{where}[{number}]"
            self._one(place)
            fields = _mapping(entry, place, {"name", "value", "attributes"})
            if fields.get("name") is None:
                raise EncodeError("needs a name", field=place)
            name = _text(fields["name"], f"{place}.name")
            value = _value(fields.get("value"), f"{place} ({name[:40]})")
            parms.append(Parm(name, value, self._attributes(fields, place)))
        return parms

    def _attributes(self, fields: Mapping[str, Any], where: str) -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        for entry in _sequence(fields.get("attributes"), f"{where}.attributes"):
            self._one(where)
            pair = _mapping(entry, f"{where}.attributes", {"name", "value"})
            name = _text(pair.get("name"), f"{where}.attributes")
            found.append((name, _text(pair.get("value"), f"{where}.attributes.{name[:40]}")))
        return tuple(found)

    def _other(self, fields: Mapping[str, Any], where: str) -> tuple[Child, ...]:
        found: list[Child] = []
        for entry in _sequence(fields.get("other"), f"{where}.other"):
            self._one(where)
            place = f"{where}.other"
            item = _mapping(
                entry, place, {"text", "opaque", "xml", "element", "wbxml", "unwritable"}
            )
            if "text" in item:
                found.append(_text(item["text"], place))
            elif "opaque" in item:
                found.append(Opaque(_bytes(item["opaque"], place)))
            elif "xml" in item:
                found.append(_element(_text(item["xml"], place), place))
            elif "wbxml" in item:
                found.append(_wire_element(_bytes(item["wbxml"], place), place))
            else:
                raise EncodeError("needs text, opaque, xml or wbxml", field=place)
        return tuple(found)

    def _one(self, where: str) -> None:
        self._count += 1
        if self._count > _MAX_ITEMS:
            raise EncodeError(f"more than {_MAX_ITEMS} entries", field=where)


def _element(text: str, where: str) -> Element:
    try:
        return xml.parse(text, PROV)
    except DecodeError as error:
        raise EncodeError(error.reason, field=where) from None


def _wire_element(data: bytes, where: str) -> Element:
    try:
        return decode(data, fallback=PROV).document.root
    except DecodeError as error:
        raise EncodeError(error.reason, field=where) from None


def _header(plain: Any) -> Header:
    if plain is None:
        return Header()
    fields = _mapping(plain, "wbxml", {"version", "public_id", "charset"})
    default = Header()
    version = str(fields.get("version", "1.3"))
    if version not in ("1.1", "1.2", "1.3"):
        raise EncodeError("must be 1.1, 1.2 or 1.3", field="wbxml.version")
    public_id = fields.get("public_id", default.public_id)
    charset = fields.get("charset", default.charset)
    if isinstance(public_id, bool) or not isinstance(public_id, int | str):
        raise EncodeError("must be a number or a text", field="wbxml.public_id")
    if isinstance(charset, bool) or not isinstance(charset, int) or charset not in CHARSETS:
        raise EncodeError("is no MIBenum of a known charset", field="wbxml.charset")
    return Header(int(version[-1]), public_id, charset)


def _mapping(plain: Any, where: str, keys: set[str]) -> Mapping[str, Any]:
    if not isinstance(plain, Mapping):
        raise EncodeError("must be a mapping", field=where)
    unknown = [str(key)[:40] for key in plain if key not in keys]
    if unknown:
        known = ", ".join(sorted(keys))
        raise EncodeError(f"unknown field {unknown[0]!r}; there are {known}", field=where)
    return plain


def _sequence(plain: Any, where: str) -> list[Any]:
    if plain is None:
        return []
    if not isinstance(plain, list | tuple):
        raise EncodeError("must be a list", field=where)
    return list(plain)


def _value(plain: Any, where: str) -> str | None:
    return None if plain is None else _text(plain, where)


def _text(plain: Any, where: str) -> str:
    """Text, or a whole number as YAML reads it. Others are ambiguous and want quotes."""
    if isinstance(plain, int) and not isinstance(plain, bool):
        return str(plain)
    if not isinstance(plain, str):
        raise EncodeError(
            f"must be text, not {type(plain).__name__}", field=where, hint="put it in quotes"
        )
    if not plain.startswith("hex:"):
        if plain == model.MASK:
            raise _masked(where)
        return plain
    try:
        return _bytes(plain, where).decode("utf-8")
    except UnicodeDecodeError:
        raise EncodeError("the hex form is not text in UTF-8", field=where) from None


def _bytes(plain: Any, where: str) -> bytes:
    if not isinstance(plain, str):
        raise EncodeError("must be text", field=where)
    if plain == model.MASK:
        raise _masked(where)
    try:
        return model.from_plain(plain)
    except ValueError:
        raise EncodeError("the hex form is not valid", field=where) from None


def _masked(where: str) -> EncodeError:
    return EncodeError(
        "holds a masked secret",
        field=where,
        hint="write the value itself, or read the document again with --show-secrets",
    )
