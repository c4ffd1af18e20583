"""What a card may hold after writes that broke off, and the ways in which they break off.

The model knows no file and no byte of a directory: it goes by data objects as readers find them,
and by whole documents. ``Belief`` is what may be on a card; ``Break`` what goes wrong in a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

from smartboot.bootstrap import read_bootstrap
from smartboot.card.keys import PIN1
from smartboot.image import CardImage, image_from_data
from smartboot.profiles.load import LoadedProfile
from smartboot.provision.desired import DesiredCard, desired_from_profile
from smartboot.virtual import VirtualCard
from smartboot.virtual.faults import FaultRule
from tests.support.provision import (
    CUTS,
    FIDS,
    FORMATS,
    PIN,
    document,
    file_of,
    keys,
    opened,
    plain_of,
    profile,
    tear,
    tells,
)

__all__ = [
    "Belief",
    "Break",
    "Found",
    "Slot",
    "Wanted",
    "World",
    "as_restored",
    "clone",
    "content_of",
    "desired_of",
    "found_on",
    "listed_among",
    "loaded_of",
    "resizable",
    "written",
]

VARIANTS: tuple[dict[str, Any], ...] = (
    {},
    {"secret": "a-different-one9"},
    {"more": 40},
    {"more": 200},
    {"more": 200, "secret": "a-different-one9"},
    {"host": "other", "more": 7},
)
"""Documents that differ in length, in one field, and in everything."""

LABELS = ("Bootstrap", "B", "a label that is much longer than it was before")
PLACES = {**FIDS, "second": 0x6434}
"""Where documents go; ``second`` is another Client Provisioning document, OID config 1."""


class Found(NamedTuple):
    """A data object as a reader finds it."""

    label: str | None
    oid: str | None
    content: bytes

    def __repr__(self) -> str:
        mark = sha256(self.content).hexdigest()[:4]
        return f"<{self.label!r} {self.oid} {len(self.content)}:{mark}>"


World = dict[int, Found]
"""Data objects by file id."""


class Slot(NamedTuple):
    """One data object of a profile, by numbers into the tables above."""

    place: str
    variant: int
    label: int
    size: int | None
    read: str


class Wanted(NamedTuple):
    """A profile in the making."""

    slots: tuple[Slot, ...]
    kind: str = "uicc"
    dodf: int | None = None
    protocol: str = "T=0"
    channels: int = 4
    encoding: str = "referenced"


@cache
def content_of(place: str, variant: int) -> bytes:
    """The document of a slot."""
    carrier = "client-provisioning" if place == "second" else place
    return document(carrier, **VARIANTS[variant])


def loaded_of(wanted: Wanted) -> LoadedProfile:
    """The profile; keys have three tries, and a 2G SIM is written with PIN1, whose tries it
    tells."""
    update = "pin1" if wanted.kind == "sim" else "adm1"
    objects = []
    for slot in wanted.slots:
        carrier = "client-provisioning" if slot.place == "second" else slot.place
        item = {
            "format": FORMATS[carrier],
            "fid": f"{PLACES[slot.place]:04X}",
            "label": LABELS[slot.label],
            "data": content_of(slot.place, slot.variant),
            "access": {"read": slot.read, "update": update},
        }
        if slot.size is not None:
            item["size"] = slot.size
        if slot.place == "second":
            item["oid"] = "2.23.43.5.2"
        objects.append(item)
    application: dict[str, Any] = {}
    if wanted.dodf is not None:
        application["dodf"] = {"fid": "6430", "size": wanted.dodf, "access": {"update": update}}
    if wanted.kind == "sim":
        application["odf"] = {"fid": "5031", "size": 64, "access": {"update": update}}
        application["token_info"] = None
    virtual = {
        "protocol": wanted.protocol,
        "channels": wanted.channels,
        "access_encoding": wanted.encoding,
        "pins": [
            {"reference": "01", "value": "1234", "tries": 3},
            {"reference": "0A", "value": "12345678", "tries": 3},
        ],
    }
    return profile(*objects, kind=wanted.kind, application=application, virtual=virtual)


@cache
def desired_of(wanted: Wanted) -> DesiredCard:
    """What the profile wants of a card."""
    return desired_from_profile(loaded_of(wanted))


# -- what is there


def clone(card: VirtualCard) -> VirtualCard:
    """Another card with the same files and keys, to look at without touching this one."""
    return VirtualCard(card.to_image())


def found_on(card: VirtualCard) -> World:
    """What a reader with all keys finds, objects of no known format included."""
    handle = opened(clone(card))
    # A reader is told by the file's rules which key it takes; compact rules do not say.
    handle.verify(PIN1, PIN, force=True)
    data = read_bootstrap(handle, keys=keys, force=True)
    assert not data.locked
    found: World = {}
    for item in data.objects:
        # Without an OID no directory led to it.
        if item.oid is None or item.fid is None or not (item.format is None or tells(item, data)):
            continue
        assert int(item.fid, 16) not in found, "one file is listed twice"
        found[int(item.fid, 16)] = Found(item.label, item.oid, item.content or b"")
    return found


# -- what may be there


def written(desired: DesiredCard, world: World) -> World:
    """The world after a write: its objects are replaced, all others stay."""
    ours = {
        item.file.path.fid: Found(item.file.name, item.oid, item.file.content)
        for item in desired.objects
    }
    return {**world, **ours}


@dataclass(frozen=True)
class Belief:
    """What may be on the card: a part of one of ``worlds``; with ``mixed``, a part of them all
    together (after restoring single files onto a card that was torn before). ``torn``: a run broke
    off, so that more may be there than a reader finds."""

    worlds: tuple[World, ...]
    mixed: bool = False
    torn: bool = False

    @classmethod
    def of(cls, world: World) -> Belief:
        """Nothing else than this."""
        return cls((world,))

    @property
    def is_clear(self) -> bool:
        """Whether there is no doubt."""
        return len(self.worlds) == 1 and not self.torn

    @property
    def sure(self) -> World:
        """Objects that are in every world: a run that completes must not have lost them."""
        if self.mixed:
            return {}
        first, *others = self.worlds
        return {k: v for k, v in first.items() if all(w.get(k) == v for w in others)}

    def allows(self, found: World) -> bool:
        """Whether a reader may find this."""
        if self.mixed:
            return all(any(w.get(k) == v for w in self.worlds) for k, v in found.items())
        return any(found.items() <= world.items() for world in self.worlds)

    def after(self, change: Callable[[World], World]) -> Belief:
        """Each world as a run leaves it."""
        return replace(self, worlds=tuple(change(world) for world in self.worlds))

    def either(self, *others: Belief, mixed: bool = False) -> Belief:
        """This or any of those, after a run that broke off."""
        worlds = list(self.worlds)
        for other in others:
            worlds += [world for world in other.worlds if world not in worlds]
        return Belief(tuple(worlds), mixed or self.mixed or any(o.mixed for o in others), torn=True)


def as_restored(current: CardImage, backup: CardImage) -> CardImage:
    """The card's image with the files of a backup in it, without any help of the planner."""
    plain, wanted = plain_of(current), plain_of(backup)
    there = {file["fid"]: file for file in plain["files"]}
    for file in wanted["files"]:
        if file["fid"] == "2F00":
            there["2F00"]["records"] = file.get("records", [])
        elif file["fid"] == "7F50" and "7F50" not in there:
            plain["files"].append(file)
        elif file["fid"] == "7F50":
            own = {child["fid"]: child for child in there["7F50"].get("files", [])}
            for child in file.get("files", []):
                if child["fid"] not in own:
                    there["7F50"].setdefault("files", []).append(child)
                elif not child.get("records"):
                    own[child["fid"]]["data"] = child.get("data", "")
    return image_from_data(plain)


# -- going wrong


@dataclass(frozen=True)
class Break:
    """One thing that goes wrong in a run; ``how``:

    cut: power fails in the ``count``-th write, ``what`` of which is done (``CUTS``); tear: half of
    it, by the card's own switch; remove: the card is pulled out after ``count`` commands; mute: it
    stops answering then; lost: it is pulled out behind the ``count``-th update, which it has done;
    refuse: the ``count``-th update is refused; stop: the user stops before step ``count``.
    """

    how: str
    count: int = 0
    what: str = "half"

    def within(self, steps: int, commands: int) -> Break:
        """The same in a run of so many steps and commands, where it happens for certain."""
        whole = commands if self.how in ("remove", "mute") else steps
        return replace(self, count=self.count % max(1, whole))

    @contextmanager
    def on(self, card: VirtualCard) -> Iterator[None]:
        """While this is on, it lies in wait; afterwards the card is as sound as before."""
        state: Any = card._state
        if self.how == "cut":
            tear(card, self.count, CUTS[self.what])
        elif self.how == "tear":
            card.tear_after = self.count
        elif self.how == "remove":
            card.faults.remove_after = card.tpdus + self.count
        elif self.how == "mute":
            card.faults.mute_after = card.tpdus + self.count
        elif self.how == "lost":
            card.faults.rules = self._on_updates(remove=True, carried_out=True)
        elif self.how == "refuse":
            card.faults.rules = self._on_updates(status=0x6581)
        try:
            yield
        finally:
            for name in ("write", "structural_change"):
                vars(state).pop(name, None)
            card.tear_after = None
            card.faults.remove_after = card.faults.mute_after = None
            card.faults.mute = False
            card.faults.rules = []

    def _on_updates(self, **fault: Any) -> list[FaultRule]:
        """One instruction for each rule; each strikes once, at the same count."""
        return [FaultRule(ins=ins, nth=self.count + 1, **fault) for ins in (0xD6, 0xDC)]

    def stops(self) -> Callable[[], bool]:
        """For ``should_stop``."""
        left = iter(range(self.count))
        return lambda: self.how == "stop" and next(left, None) is None


def listed_among(image: CardImage, first: bytes, last: bytes) -> CardImage:
    """The card with an entry before and one behind those of EF(DODF), which is file 6430."""
    plain = plain_of(image)
    dodf = file_of(plain, "7F50", "6430")
    dodf["data"] = first.hex() + dodf.get("data", "") + last.hex()
    dodf["size"] = max(dodf["size"], len(dodf["data"]) // 2)
    return image_from_data(plain)


def resizable(image: CardImage) -> CardImage:
    """The card with files of the application that ADM1 may enlarge."""
    plain = plain_of(image)
    for home in plain["files"]:
        for file in home.get("files", []) if home["fid"] == "7F50" else []:
            if "access" in file:
                file["access"]["resize"] = "adm1"
    return image_from_data(plain)
