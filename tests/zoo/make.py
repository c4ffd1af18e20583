"""All files of the zoo by their name."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from tests.zoo.recipe import Recipe

__all__ = ["FOLDER", "made_files", "recipes"]

FOLDER = Path(__file__).parent

_MODULES = (
    "cards_files",
    "cards_directory",
    "cards_interop",
    "documents_cp",
    "documents_accounts",
    "documents_dm",
    "documents_dm2",
    "documents_lwm2m",
    "documents_keys",
    "profiles",
)


@cache
def recipes() -> tuple[Recipe, ...]:
    """Every file, each name once."""
    found: dict[str, Recipe] = {}
    for name in _MODULES:
        for recipe in import_module(f"tests.zoo.{name}").RECIPES:
            assert recipe.file not in found, f"{recipe.file} is made twice"
            found[recipe.file] = recipe
    return tuple(found.values())


def made_files() -> list[Path]:
    """The files that are there."""
    folders = (FOLDER / name for name in ("cards", "profiles", "documents"))
    return sorted(path for folder in folders for path in folder.glob("*"))
