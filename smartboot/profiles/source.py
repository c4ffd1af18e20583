"""The text of card profiles and card images, and which of the two a file is.

Apart from ``load``, so that a card image is read without all that checks profiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from smartboot.errors import FileUnusableError, ProfileError
from smartboot.image import SCHEMA as IMAGE_SCHEMA
from smartboot.image import CardImage, image_from_data
from smartboot.yamltext import MAX_TEXT_BYTES, Place, read_yaml

__all__ = ["is_document", "load_profile_or_image", "read_text"]


def is_document(place: Place) -> bool:
    """Whether YAML's own types hold at this place of a profile: inside a document."""
    return len(place) > 2 and place[0] == "data_objects" and place[2] == "document"


def read_text(path: Path) -> str:
    """The text of a file, cut behind the longest that ``read_yaml`` takes.

    Errors: FileUnusableError; ProfileError for what is no text.
    """
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_TEXT_BYTES + 1).decode("utf-8-sig")
    except OSError as error:
        raise FileUnusableError.of(error, str(path), "read") from error
    except UnicodeDecodeError:
        raise ProfileError("is not UTF-8 text", file=str(path)) from None


def load_profile_or_image(path: Path, values: Mapping[str, str] | None = None) -> CardImage:
    """The card image in a file, or the one that the profile in it describes.

    Variables without a value take their examples: the card is an emulated one.
    Errors: ProfileError, also for a file that is neither.
    """
    text = read_text(path)
    located = read_yaml(text, str(path), typed=is_document)
    schema = located.data.get("schema") if isinstance(located.data, dict) else None
    if schema == IMAGE_SCHEMA:
        return image_from_data(located.data, str(path), located=located)

    from smartboot.profiles.load import finish
    from smartboot.profiles.render import render
    from smartboot.profiles.schema import SCHEMA

    if schema == SCHEMA:
        return render(finish(located, path.parent, values, examples=True))
    raise located.error(
        f"neither a card profile nor a card image: the schema should be {SCHEMA} or {IMAGE_SCHEMA}",
        ("schema",),
    )
