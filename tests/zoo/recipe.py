"""One file of the zoo: its content, the fault it was made for and the place that fault names."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from smartboot.image import CardImage
from tests.zoo.base import Plain

__all__ = ["Recipe", "binary", "image", "json_text", "profile", "text"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """``code`` is the finding the file is there for, None for a sound one; ``place`` stands in
    ``where`` or in the message of that finding."""

    file: str
    content: bytes = field(repr=False)
    code: str | None = None
    place: str = ""


def image(name: str, card: CardImage, code: str | None = None, place: str = "") -> Recipe:
    """A card image."""
    return Recipe(f"cards/{name}.yaml", card.to_yaml().encode(), code, place)


def profile(name: str, plain: Plain | str, code: str | None = None, place: str = "") -> Recipe:
    """A card profile, written as JSON, which is YAML too."""
    body = plain if isinstance(plain, str) else json.dumps(plain, indent=1, ensure_ascii=False)
    return Recipe(f"profiles/{name}.yaml", body.encode() + b"\n", code, place)


def binary(name: str, data: bytes, code: str | None = None, place: str = "") -> Recipe:
    """A document's bytes as hex text, 32 in a line."""
    rows = [data[i : i + 32].hex().upper() for i in range(0, len(data), 32)]
    return Recipe(f"documents/{name}.hex", ("\n".join(rows) + "\n").encode(), code, place)


def text(name: str, xml: str, code: str | None = None, place: str = "") -> Recipe:
    """A document as XML."""
    return Recipe(f"documents/{name}.xml", xml.encode(), code, place)


def json_text(name: str, value: object, code: str | None = None, place: str = "") -> Recipe:
    """A JSON document; a string is taken as it is."""
    body = value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False)
    return Recipe(f"documents/{name}.json", body.encode() + b"\n", code, place)
