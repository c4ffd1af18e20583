"""The cards that are measured: every shipped profile, as a card in each state that matters.

Among them are the layouts that the design names: ``lwm2m-psk`` is the UICC on T=0 with one
document of up to 256 bytes, ``lwm2m-oscore`` the same on T=1, ``sim-2g-client-provisioning`` the 2G
SIM. The others differ by the length, the number and the access rules of their documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from smartboot.image import CardImage
from smartboot.profiles.load import LoadedProfile, load_profile, profile_from_text
from smartboot.profiles.render import render
from smartboot.profiles.shipped import shipped_profiles
from tests.support.provision import bare, prepared

__all__ = ["Layout", "layout", "layouts"]

_CHANGES = MappingProxyType(
    {
        "client-provisioning-w7": ("client-example-password", "another-example-pass"),
        "dm-1.2-tnds": ("example-client-password", "another-example-pass"),
        "dm-2.0": ("ZXhhbXBsZS10cnNwLWtleQ==", "YW5vdGhlci10cnNwLWtleQ=="),
        "lwm2m-bootstrap-server": ("5D1099B2C7E0", "5D1099B2C7E1"),
        "lwm2m-oscore": ("4578616D706C654D", "4578616D706C654E"),
        "lwm2m-psk": ("A07C3391E24D", "A07C3391E24E"),
        "lwm2m-variables": ("Lifetime: ${LIFETIME}", "Lifetime: 43200"),
        "multi-generation": ("granite-client-example", "granite-client-changed"),
        "sim-2g-client-provisioning": ("example-password", "another-example"),
    }
)
"""For each profile a text in it and what stands there afterwards: one credential or lifetime, in
one document, of the same or another length."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A profile and the cards it is put on.

    ``changed`` is the profile with one value replaced; ``written`` the card that holds the profile;
    ``blank`` one that has all files with nothing in them; ``bare`` one without the PKCS#15
    application, None on a 2G SIM, where files cannot be made.
    """

    name: str
    profile: LoadedProfile
    changed: LoadedProfile
    written: CardImage
    blank: CardImage
    bare: CardImage | None

    @property
    def protocol(self) -> str:
        """``T=0`` or ``T=1``."""
        return self.written.card.protocol

    @property
    def is_sim(self) -> bool:
        """Whether it is a 2G SIM."""
        return self.written.card.kind == "sim"

    @property
    def documents(self) -> tuple[int, ...]:
        """The lengths of the documents in bytes."""
        return tuple(len(document) for document in self.profile.documents)


def layout(name: str) -> Layout:
    """The layout of the shipped profile of this name."""
    path = next(path for path in shipped_profiles() if path.stem == name)
    profile = load_profile(path, examples=True)
    is_sim = profile.profile.kind == "sim"
    return Layout(
        name=name,
        profile=profile,
        changed=_changed(path),
        written=render(profile),
        blank=prepared(profile),
        bare=None if is_sim else bare(profile),
    )


def layouts() -> Iterator[Layout]:
    """All of them, by name."""
    for path in shipped_profiles():
        yield layout(path.stem)


def _changed(path: Path) -> LoadedProfile:
    text = path.read_text(encoding="utf-8")
    old, new = _CHANGES[path.stem]
    assert old in text
    return profile_from_text(text.replace(old, new, 1), str(path), path.parent, examples=True)
