"""Writes the files of the zoo, and removes those no recipe makes any more."""

from __future__ import annotations

from tests.zoo.make import FOLDER, made_files, recipes

if __name__ == "__main__":
    wanted = {FOLDER / recipe.file for recipe in recipes()}
    for path in made_files():
        if path not in wanted:
            path.unlink()
    for recipe in recipes():
        path = FOLDER / recipe.file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(recipe.content)
    print(f"{len(wanted)} files in {FOLDER}")
