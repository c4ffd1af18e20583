"""OMA DM documents as JSON-able values that a person can read and write, and back.

``to_plain`` leaves out what has its usual value, ``from_plain`` puts it back: an interior node has
format ``node`` and an empty DDFName, a leaf format ``chr`` and MIME text/plain. ``null`` says that
something is absent. Secrets are masked unless asked for, and a mask is refused as input.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartboot.errors import EncodeError
from smartboot.formats.oma_dm import plain_json, plain_message, plain_tree
from smartboot.formats.oma_dm.dm2 import MoArray
from smartboot.formats.oma_dm.document import DmDocument
from smartboot.formats.oma_dm.plain_tools import Reader
from smartboot.formats.oma_dm.tree import Tnds

__all__ = ["from_plain", "to_plain"]


def to_plain(document: DmDocument, *, show_secrets: bool = False) -> dict[str, Any]:
    """The whole document as JSON-able values."""
    body = document.body
    plain: dict[str, Any] = {"carrier": document.carrier}
    if isinstance(body, MoArray):
        plain.update(plain_json.to_plain(body, show_secrets))
    elif isinstance(body, Tnds):
        plain["tree"] = plain_tree.tnds_to_plain(body, show_secrets)
    else:
        plain.update(plain_message.to_plain(body, show_secrets))
    return plain


def from_plain(plain: Any) -> DmDocument:
    """A document from plain values. Errors: EncodeError naming the place of what is wrong."""
    if not isinstance(plain, Mapping):
        raise EncodeError("an OMA DM document is a mapping with the key carrier")
    carrier = plain.get("carrier")
    rest = {key: value for key, value in plain.items() if key != "carrier"}
    if carrier == "dm-2":
        return DmDocument("dm-2", plain_json.from_plain(rest))
    if carrier == "dm-1-tnds":
        reader = Reader(rest, "")
        tree = plain_tree.tnds_from_plain(reader.need("tree"), "tree")
        reader.done()
        return DmDocument("dm-1-tnds", tree)
    if carrier == "dm-1":
        return DmDocument("dm-1", plain_message.from_plain(rest))
    raise EncodeError("must be dm-1, dm-1-tnds or dm-2", field="carrier")
