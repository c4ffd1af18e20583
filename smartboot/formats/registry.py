"""Which format a document has: by its name, by its OID in EF(DODF), or from its first bytes."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from smartboot.errors import UsageError
from smartboot.formats.base import Format

__all__ = ["NAMES", "get", "recognise"]

_PROVIDERS: dict[str, tuple[str, str]] = {
    "oma-cp": ("smartboot.formats.client_provisioning", "CP"),
    "oma-dm": ("smartboot.formats.oma_dm", "OMA_DM"),
    "lwm2m": ("smartboot.formats.lwm2m", "LWM2M"),
}
"""Imported when first used, so that reading one kind of card does not load the others."""

NAMES = tuple(_PROVIDERS)
"""The ``format`` names of the design."""

_PROV_PUBLIC_ID = b"-//WAPFORUM//DTD PROV"


@cache
def get(name: str) -> Format:
    """The format of this name. Errors: UsageError for a name that is none."""
    if name not in _PROVIDERS:
        raise UsageError(
            f"{name!r} is not a document format", hint=f"the formats are {', '.join(NAMES)}"
        )
    module, attribute = _PROVIDERS[name]
    return cast(Format, getattr(import_module(module), attribute))


def recognise(data: bytes) -> str | None:
    """The format name a document's first bytes point to; None when they fit none.

    Binary forms only: JSON counts as oma-dm (DM 2.0), WBXML by its public id, and a file that
    begins like an object collection or a resource TLV as lwm2m.
    """
    head = data[:64].lstrip(b" \t\r\n")
    if head[:1] in (b"[", b"{"):
        return "oma-dm"
    if len(data) < 4 or data.strip(b"\xff") == b"" or data.strip(b"\x00") == b"":
        return None
    if 0x01 <= data[0] <= 0x03:
        # An LwM2M collection of 256 objects or more would begin like this; there is none.
        if data[1] == 0x0B or _PROV_PUBLIC_ID in data[:64]:
            return "oma-cp"
        return "oma-dm"
    if data[0] == 0x00 or data[0] >= 0x80 or data[0] & 0xC0 == 0:
        return "lwm2m"
    return None
