"""DM 2.0 management objects as plain values: the same JSON, its secrets masked.

Texts inside MOData follow the rule of all plain forms: a text that begins with ``hex:``, or is
the mask itself, is written as ``hex:`` so that it can be told from one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smartboot.errors import EncodeError
from smartboot.formats.oma_dm import dm2, strict_json
from smartboot.formats.oma_dm.dm2 import JsonMo, MoArray
from smartboot.formats.oma_dm.plain_tools import Reader, text
from smartboot.formats.oma_dm.strict_json import Json
from smartboot.formats.oma_dm.tree import is_secret_name
from smartboot.model import MASK
from smartboot.model import to_plain as text_to_plain

__all__ = ["from_plain", "to_plain"]


def to_plain(document: MoArray, show: bool) -> dict[str, Any]:
    """The document's members beside ``carrier``."""
    entries = []
    for one in document.objects:
        members: dict[str, Any] = {}
        values: dict[str, Json] = {"DDF": one.ddf, "ClientURI": one.client_uri, "CV": one.cv}
        values.update(one.extra)
        values["MOData"] = dict(one.data)
        names = dict.fromkeys(name for name in one.order if name in values)
        names.update(dict.fromkeys(values))
        for name in names:
            if values[name] is not None or name not in ("DDF", "CV"):
                members[name] = _cover(values[name], show, False)
        entries.append(members)
    plain: dict[str, Any] = {"management_objects": entries}
    if document.bare:
        plain["bare"] = True
    return plain


def _cover(value: Json, show: bool, secret: bool) -> Any:
    if isinstance(value, dict):
        return {
            name: _cover(inner, show, secret or is_secret_name(name))
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_cover(inner, show, secret) for inner in value]
    if secret and not show:
        return MASK
    return text_to_plain(value) if isinstance(value, str) else value


def from_plain(plain: Any) -> MoArray:
    """The way back of ``to_plain``. Errors: EncodeError."""
    reader = Reader(plain, "")
    bare = reader.flag("bare", False)
    reader.need("management_objects")
    objects: list[JsonMo] = []
    for one, where in reader.items("management_objects"):
        inner = Reader(one, where)
        uri = inner.text("ClientURI")
        if not uri:
            raise EncodeError("is missing", field=inner.at("ClientURI"))
        data = _uncover(inner.need("MOData"), inner.at("MOData"), 1)
        if not isinstance(data, dict):
            raise EncodeError("expected a mapping", field=inner.at("MOData"))
        extra = tuple(
            (str(name), _uncover(value, inner.at(str(name)), 1))
            for name, value in one.items()
            if name not in ("DDF", "ClientURI", "CV", "MOData")
        )
        ddf, cv = inner.text("DDF"), inner.text("CV")
        absent = {name for name, value in (("DDF", ddf), ("CV", cv)) if value is None}
        order = tuple(str(name) for name in one if name not in absent)
        objects.append(JsonMo(uri, data, ddf, cv, extra, order))
    reader.done()
    document = MoArray(tuple(objects), bare)
    dm2.to_json(document)
    return document


def _uncover(value: Any, where: str, depth: int) -> Json:
    if depth > strict_json.MAX_DEPTH:
        raise EncodeError(f"nested deeper than {strict_json.MAX_DEPTH}", field=where[:200])
    if isinstance(value, Mapping):
        made: dict[str, Json] = {}
        for name, inner in value.items():
            # A hand-written YAML file gives the names of instance nodes ("1") as numbers.
            if not isinstance(name, str | int) or isinstance(name, bool):
                raise EncodeError("a node name must be text", field=where)
            made[str(name)] = _uncover(inner, f"{where}/{name}", depth + 1)
        return made
    if isinstance(value, str):
        return text(str(value), where)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_uncover(one, f"{where}[{i}]", depth + 1) for i, one in enumerate(value)]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    raise EncodeError("not a value JSON can hold", field=where)
