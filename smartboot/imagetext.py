"""A card image written as YAML: hex in lines, what is at its default left out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smartboot.image import CardImage, FileImage

__all__ = ["image_to_yaml"]

_BYTES_PER_LINE = 32


def image_to_yaml(image: CardImage) -> str:
    """The whole text, ending in a line feed."""
    lines = [f"schema: {image.schema_name}", ""]
    lines.append("card:")
    header = image.card.model_dump(mode="json", exclude_none=True)
    lines += _fields(header, "  ")
    if image.pins:
        lines += ["", "pins:"]
        for pin in image.pins:
            data = pin.model_dump(mode="json", exclude_none=True)
            if pin.unblock is None:
                del data["unblock_tries"], data["unblock_remaining"]
            lines.append("  - {" + ", ".join(f"{k}: {_scalar(v)}" for k, v in data.items()) + "}")
    mf = image.mf.model_dump(mode="json", exclude_defaults=True)
    if mf:
        lines += ["", "mf:", *_fields(mf, "  ")]
    if image.files:
        lines += ["", "files:"]
        for file in image.files:
            lines += _file(file, "  ")
    return "\n".join(lines) + "\n"


def _file(file: FileImage, indent: str) -> list[str]:
    data = file.model_dump(
        mode="json", exclude_defaults=True, exclude={"files", "data", "records", "type"}
    )
    inner = indent + "  "
    head = {"fid": data.pop("fid")}
    if "name" in data:
        head["name"] = data.pop("name")
    lines = _fields({**head, "type": file.type, **data}, inner)
    lines[0] = indent + "- " + lines[0].lstrip()
    if file.data:
        lines += _hex_block("data", file.data, inner)
    if file.records:
        lines.append(inner + "records:")
        lines += [f'{inner}  - "{record.hex().upper()}"' for record in file.records]
    if file.files:
        lines.append(inner + "files:")
        for child in file.files:
            lines += _file(child, inner + "  ")
    return lines


def _hex_block(key: str, data: bytes, indent: str) -> list[str]:
    if len(data) <= _BYTES_PER_LINE:
        return [f'{indent}{key}: "{data.hex().upper()}"']
    rows = (data[i : i + _BYTES_PER_LINE] for i in range(0, len(data), _BYTES_PER_LINE))
    return [f"{indent}{key}: |", *(f"{indent}  {row.hex().upper()}" for row in rows)]


def _fields(data: dict[str, Any], indent: str) -> list[str]:
    lines = []
    for key, value in data.items():
        if isinstance(value, dict):
            inner = ", ".join(f"{name}: {_scalar(item)}" for name, item in value.items())
            lines.append(f"{indent}{key}: {{{inner}}}")
        elif isinstance(value, list):
            lines.append(f"{indent}{key}: [{', '.join(map(_scalar, value))}]")
        else:
            lines.append(f"{indent}{key}: {_scalar(value)}")
    return lines


def _scalar(value: object) -> str:
    # A JSON string is a YAML string in double quotes, whatever it holds.
    return json.dumps(value, ensure_ascii=False)
