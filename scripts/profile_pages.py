"""docs/profile-reference.md, made from the JSON Schema of card profiles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from smartboot.profiles.schema import profile_schema

__all__ = ["reference"]

_HEAD = """\
# Card profile reference

Every field a card profile may hold, made from the schema that `smartboot profiles schema` prints
and that every profile is held to. How to write one is in [card profiles](profiles.md).
"""


def _text(value: Any) -> str:
    return " ".join(str(value).replace("``", "`").split()).replace("|", "\\|")


def _name_of(reference: str) -> str:
    return reference.rsplit("/", 1)[-1]


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def _limits(node: dict[str, Any]) -> str:
    parts = []
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        parts.append(f"{low} to {high}")
    elif low is not None:
        parts.append(f"from {low}")
    elif high is not None:
        parts.append(f"up to {high}")
    if "maxLength" in node:
        parts.append(f"at most {node['maxLength']} characters")
    if "maxItems" in node:
        parts.append(f"at most {node['maxItems']}")
    return f", {', '.join(parts)}" if parts else ""


def _type(node: dict[str, Any]) -> str:
    if "$ref" in node:
        return _link(_name_of(node["$ref"]))
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if "anyOf" in node or "oneOf" in node:
        kinds = [_type(one) for one in node.get("anyOf", node.get("oneOf", []))]
        return " or ".join(dict.fromkeys(kind for kind in kinds if kind != "nothing"))
    kind = node.get("type", "any value")
    if isinstance(kind, list):
        return " or ".join(name for name in kind if name != "null")
    if kind == "null":
        return "nothing"
    if kind == "array":
        return f"list of {_type(node.get('items', {}))}{_limits(node)}"
    if kind == "object":
        inner = node.get("additionalProperties")
        return f"mapping of names to {_type(inner)}" if isinstance(inner, dict) else "mapping"
    names = {"string": "text", "integer": "number", "boolean": "true or false"}
    return names.get(kind, str(kind)) + _limits(node)


def _default(name: str, node: dict[str, Any], required: list[str]) -> str:
    if name in required:
        return "**needed**"
    default = node.get("default")
    if default in (None, ""):
        return "-"
    if isinstance(default, dict):
        return "its own defaults"
    return f"`{_text(json.dumps(default, ensure_ascii=False)).strip(chr(34))}`"


def _table(node: dict[str, Any]) -> Iterator[str]:
    required = node.get("required", [])
    yield "| field | value | default | meaning |\n|---|---|---|---|\n" + "\n".join(
        f"| `{name}` | {_type(field)} | {_default(name, field, required)}"
        f" | {_text(field.get('description', ''))} |"
        for name, field in node.get("properties", {}).items()
    )


def _reached(schema: dict[str, Any]) -> list[str]:
    """The names of the definitions in the order a reader of the page meets them."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str) and _name_of(reference) not in found:
                found.append(_name_of(reference))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk({key: value for key, value in schema.items() if key != "$defs"})
    for name in found:
        walk(schema["$defs"][name])
    return found


def _section(name: str, node: dict[str, Any]) -> Iterator[str]:
    yield f"## {name}"
    for paragraph in str(node.get("description", "")).split("\n\n"):
        yield " ".join(paragraph.replace("``", "`").split())
    if "properties" in node:
        yield from _table(node)
    else:
        yield f"Value: {_type(node)}"


def reference() -> str:
    """The page."""
    schema = profile_schema()
    parts = [_HEAD.strip()]
    parts += _section("Profile", schema)
    for name in _reached(schema):
        parts += _section(name, schema["$defs"][name])
    return "\n\n".join(part for part in parts if part) + "\n"
