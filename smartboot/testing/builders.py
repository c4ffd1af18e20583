"""Building cards: from a profile, an image, or accounts and documents given as Python objects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from smartboot.errors import EncodeError, UsageError
from smartboot.formats import registry
from smartboot.image import CardImage, image_from_data, load_image
from smartboot.model import Account, Severity
from smartboot.testing.cards import TestCard
from smartboot.virtual.card import VirtualCard

if TYPE_CHECKING:
    from smartboot.model import Finding

__all__ = [
    "CardDocument",
    "CardSource",
    "card_from_image",
    "card_from_profile",
    "card_with",
    "make_card",
]

_FIRST_FIDS = {"oma-cp": 0x6411, "oma-dm": 0x6431, "lwm2m": 0x6432}
"""Where documents of a format usually stand; further ones follow."""

_LABELS = {"oma-cp": "Bootstrap", "oma-dm": "DM Bootstrap", "lwm2m": "LwM2M Bootstrap"}
_MIN_DODF, _DODF_ENTRY = 256, 128


@dataclass(frozen=True, slots=True)
class CardDocument:
    """A document and the file it stands in.

    ``content``: its bytes, taken as they are, damaged ones too; a document object of the format;
    its text as XML; or a mapping or list in the format's own terms, as in a card profile.
    ``size`` is the file's size in bytes, the document's own when left out. ``fid``, ``label`` and
    ``oid`` are the usual ones of the format when left out. ``read`` and ``update`` are access
    conditions: ``always``, ``pin1``, ``adm1``, ``never``, …
    """

    format: Literal["oma-cp", "oma-dm", "lwm2m"]
    content: Any = field(repr=False)
    fid: int | None = None
    size: int | None = None
    label: str | None = None
    oid: str | None = None
    private: bool = False
    read: str = "always"
    update: str = "adm1"

    def encoded(self) -> bytes:
        """The bytes of the document. Errors: EncodeError, DecodeError."""
        if isinstance(self.content, bytes):
            return self.content
        handler: Any = registry.get(self.format)
        if isinstance(self.content, str):
            if not hasattr(handler, "from_xml"):
                raise EncodeError(f"{self.format} documents have no XML form", field="content")
            document = handler.from_xml(self.content)
        elif isinstance(self.content, Mapping | list):
            document = handler.from_plain(self.content)
        else:
            document = self.content
        encoded = handler.encode(document)
        assert isinstance(encoded, bytes)
        return encoded


CardSource = str | Path | CardImage | VirtualCard | TestCard | Account | CardDocument
"""What a card can be made from: the name of a shipped profile or the path of a profile or image
file, an image, a card, an account or a document."""


def card_from_profile(profile: str | Path, /, **values: object) -> TestCard:
    """A card from a profile: the name of one that comes with smartboot, or a file's path.

    ``values`` are for the profile's variables, by name; those left out take their examples.
    Errors: UsageError for an unknown name, ProfileError.
    """
    from smartboot.profiles.load import load_profile_or_image

    path = _profile_path(profile)
    texts = {name: str(value) for name, value in values.items()}
    return TestCard(load_profile_or_image(path, texts), path.stem)


def _profile_path(profile: str | Path) -> Path:
    from smartboot.profiles.shipped import shipped_profiles

    if isinstance(profile, Path):
        return profile
    shipped = {file.stem: file for file in shipped_profiles()}
    path = shipped.get(profile, Path(profile))
    if path.exists() or len(path.parts) > 1 or path.suffix in (".yaml", ".yml", ".json"):
        return path
    raise UsageError(
        f"no profile of the name {profile!r} comes with smartboot, and it is no file",
        hint=f"there are {', '.join(shipped)}",
    )


def card_from_image(image: CardImage | VirtualCard | Mapping[str, Any] | str | Path) -> TestCard:
    """A card from an image: an object, a mapping of the schema smartboot/image/1, or a file.

    Errors: ProfileError.
    """
    if isinstance(image, CardImage | VirtualCard):
        return TestCard(image)
    if isinstance(image, Mapping):
        return TestCard(image_from_data(image))
    return TestCard(load_image(image), Path(image).stem)


def card_with(
    *things: Account | CardDocument,
    accounts: Sequence[Account] = (),
    documents: Sequence[CardDocument] = (),
    kind: Literal["uicc", "sim"] = "uicc",
    read: str = "always",
    application: Mapping[str, Any] | None = None,
    **settings: Any,
) -> TestCard:
    """A card with accounts and documents, nothing of it on disk.

    Accounts go into one document for each carrier, whose file ``read`` says who may read; what
    the carrier cannot hold is an EncodeError. ``application`` are fields of the profile's
    application, ``settings`` those of its virtual card (``iccid``, ``imsi``, ``protocol``,
    ``channels``, ``pins``, …), both as in a card profile. Errors: EncodeError, ProfileError;
    UsageError for a card with nothing on it.
    """
    from smartboot.profiles.load import profile_from_text
    from smartboot.profiles.render import render

    given = [*documents, *(thing for thing in things if isinstance(thing, CardDocument))]
    owners = [*accounts, *(thing for thing in things if isinstance(thing, Account))]
    given += _account_documents(owners, read)
    if not given:
        raise UsageError(
            "a card with nothing on it is made from an image",
            hint='card_from_image({"schema": "smartboot/image/1"}) is a blank card',
        )
    profile = {
        "schema": "smartboot/profile/1",
        "name": "card",
        "kind": kind,
        "application": {**_room(given), **(application or {})},
        "data_objects": _data_objects(given),
        "virtual": settings,
    }
    # Profiles are YAML, and JSON is YAML; so the objects pass the same checks as any profile.
    return TestCard(render(profile_from_text(json.dumps(profile, default=_plain))))


def make_card(
    source: CardSource | None = None,
    /,
    *more: Any,
    personality: str | None = None,
    scenario: str | Path | Mapping[str, Any] | None = None,
    **options: Any,
) -> TestCard:
    """A card from whatever ``source`` is (``CardSource``); the rest goes to its builder.

    ``personality`` gives it the habits of a real card (``smartboot emulate --personality list``),
    ``scenario`` the faults of a scenario file or mapping (schema smartboot/scenario/1).
    Errors: those of the builders; UsageError for options where there is nothing to set.
    """
    card = _plain_card(source, *more, **options)
    if personality is None and scenario is None:
        return card
    from smartboot.virtual import apply_personality, load_scenario, scenario_from_data

    image = card.original
    if personality is not None:
        image = apply_personality(image, personality)
    if scenario is None:
        return TestCard(image, card.name)
    faults = (
        scenario_from_data(scenario) if isinstance(scenario, Mapping) else load_scenario(scenario)
    )
    made = TestCard(faults.image(image), card.name)
    faults.arm(made.card)
    return made


def _plain_card(source: CardSource | None, /, *more: Any, **options: Any) -> TestCard:
    if isinstance(source, str | Path) and not more:
        return card_from_profile(source, **options)
    if source is None or isinstance(source, Account | CardDocument):
        first = () if source is None else (source,)
        return card_with(*first, *more, **options)
    if more or options:
        raise UsageError("a card or image is taken as it is, without options")
    if isinstance(source, TestCard):
        return source
    return card_from_image(source)


def _account_documents(accounts: Sequence[Account], read: str) -> list[CardDocument]:
    from smartboot.formats.convert import TARGETS, convert

    carriers: dict[str, list[Account]] = {}
    for account in accounts:
        carriers.setdefault(account.carrier, []).append(account)
    documents = []
    for carrier, members in carriers.items():
        document, findings = convert(members, carrier)
        lost = [finding for finding in findings if _is_loss(finding)]
        if lost:
            raise EncodeError(
                "; ".join(f"{finding.where}: {finding.message}" for finding in lost),
                field=f"{carrier} accounts",
                hint="give the document itself instead of accounts",
            )
        name: Any = TARGETS[carrier][1]
        documents.append(CardDocument(name, document, read=read))
    return documents


def _is_loss(finding: Finding) -> bool:
    return finding.code == "CONVERT-NOT-CARRIED" or finding.severity is Severity.ERROR


def _data_objects(documents: Sequence[CardDocument]) -> list[dict[str, Any]]:
    taken = {document.fid for document in documents}
    objects = []
    for document in documents:
        fid = document.fid
        if fid is None:
            fid = next(f for f in range(_FIRST_FIDS[document.format], 0xFFFF) if f not in taken)
            taken.add(fid)
        item = {
            "label": document.label or _LABELS[document.format],
            "format": document.format,
            "fid": f"{fid:04X}",
            "size": document.size,
            "oid": document.oid,
            "private": document.private,
            "access": {"read": document.read, "update": document.update},
            "hex": document.encoded().hex(),
            "unchecked": isinstance(document.content, bytes),
        }
        objects.append({name: value for name, value in item.items() if value is not None})
    return objects


def _room(documents: Sequence[CardDocument]) -> dict[str, Any]:
    """An EF(DODF) as large as many documents need; the usual one for few."""
    if len(documents) * _DODF_ENTRY <= _MIN_DODF:
        return {}
    only_cp = all(document.format == "oma-cp" for document in documents)
    size = len(documents) * _DODF_ENTRY
    return {"dodf": {"fid": "6410" if only_cp else "6430", "size": size}}


def _plain(value: Any) -> Any:
    """What JSON does not know: bytes as hex, models (keys of a card) as their fields."""
    if isinstance(value, bytes):
        return value.hex()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    raise UsageError(f"a {type(value).__name__} cannot stand in a card profile")
