"""The client provisioning document as it is: characteristics and parms, nothing left out.

OMA-WAP-TS-ProvCont 1.1. The typed views of ``views`` are made from this and never replace it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from smartboot.frozen import dataclass, quick_init
from smartboot.model import MASK
from smartboot.wbxml import PROV, UTF_8, Child

__all__ = ["Characteristic", "Header", "Parm", "ProvisioningDocument", "is_secret"]

_SECRET_NAMES = frozenset({"AAUTHSECRET", "AAUTHDATA", "AUTHSECRET", "WPAPRESHAREDKEY"})
_SECRET_PATTERN = re.compile(r"PASSWORD|PASSWD|PASSPHRASE|SECRET|KEY|PSK|(?:^|[-_])(?:PW|PWD)$")
_SECRET_TYPES = frozenset({"WEPKEY"})


def is_secret(name: str, type_: str = "") -> bool:
    """Whether a parm called ``name`` in a characteristic ``type_`` holds a key or a password.

    The names of the standard (AAUTHSECRET, AUTHSECRET, PXAUTH-PW, BASAUTH-PW, PROXY-PW and the
    nonce in AAUTHDATA), and vendors' names that say so. Too many rather than too few.
    """
    upper = name.upper()
    if upper in _SECRET_NAMES or _SECRET_PATTERN.search(upper):
        return True
    return type_.upper() in _SECRET_TYPES and upper == "DATA"


@quick_init
@dataclass(frozen=True, slots=True, repr=False)
class Parm:
    """One parm. ``value`` is None for a flag (no value attribute), which is not an empty value.

    ``attributes`` are attributes other than name and value.
    """

    name: str
    value: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        value = MASK if self.value is not None and is_secret(self.name) else self.value
        return f"Parm({self.name!r}, {value!r})"


@quick_init
@dataclass(frozen=True, slots=True, repr=False)
class Characteristic:
    """One characteristic: its parms in order, then its characteristics in order.

    ``type`` is None when the attribute is missing. ``attributes`` are attributes other than type;
    ``other`` is content that is neither parm nor characteristic.
    """

    type: str | None
    parms: tuple[Parm, ...] = ()
    characteristics: tuple[Characteristic, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    other: tuple[Child, ...] = ()

    def get(self, name: str) -> str | None:
        """The value of the first parm called ``name``: "" for a flag, None when it is absent."""
        for parm in self.parms:
            if parm.name == name:
                return parm.value or ""
        return None

    def all(self, name: str) -> tuple[str, ...]:
        """The values of every parm called ``name``, in order."""
        return tuple(parm.value or "" for parm in self.parms if parm.name == name)

    def has(self, name: str) -> bool:
        """Whether there is a parm called ``name``, with or without a value."""
        return any(parm.name == name for parm in self.parms)

    def children(self, type_: str) -> Iterator[Characteristic]:
        """The characteristics of this type directly inside, in order."""
        return (child for child in self.characteristics if child.type == type_)

    def __repr__(self) -> str:
        return (
            f"Characteristic({self.type!r}, parms={list(self.parms)!r}, "
            f"characteristics={list(self.characteristics)!r})"
        )


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the body: the WBXML version byte, the public identifier, the charset."""

    version: int = 0x03
    public_id: int | str = PROV.public_id
    charset: int = UTF_8


@dataclass(frozen=True, slots=True, repr=False)
class ProvisioningDocument:
    """A ``wap-provisioningdoc``. ``version`` is its attribute ("1.0", "1.1"), None when absent.

    ``attributes`` are further attributes of the root; ``other`` is what the root holds besides
    characteristics.
    """

    version: str | None = "1.1"
    characteristics: tuple[Characteristic, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    other: tuple[Child, ...] = ()
    header: Header = field(default_factory=Header)

    def all(self, type_: str) -> Iterator[Characteristic]:
        """The top characteristics of this type, in order."""
        return (entry for entry in self.characteristics if entry.type == type_)

    def __repr__(self) -> str:
        return f"ProvisioningDocument({self.version!r}, {list(self.characteristics)!r})"
