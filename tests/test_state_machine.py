"""Cards through long lives: written, torn, erased, restored and locked in any order.

A model beside the card (``tests.support.state``) knows the documents that were ever written and
the tries left of each key. After every step a reader finds whole documents of one state only, no
try is lost that the model does not know of, no channel is left open; what broke off can be
completed, and then there is nothing left to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from smartboot.bootstrap import read_bootstrap
from smartboot.card.base import Card, FilePath
from smartboot.errors import (
    CardError,
    CardNotPreparedError,
    PinError,
    PinRefusedError,
    TransportError,
)
from smartboot.image import CardImage, FileImage, image_from_data
from smartboot.pkcs15.dodf_write import encode_entry, make_entry
from smartboot.profiles.load import load_profile_or_image
from smartboot.profiles.render import render
from smartboot.provision.apply import Applied, apply
from smartboot.provision.backup import Dump, backup_files, dump_card
from smartboot.provision.erase import plan_erase
from smartboot.provision.plan import plan_write
from smartboot.provision.restore import plan_restore
from smartboot.provision.steps import Plan
from smartboot.provision.verify import compare
from smartboot.virtual import VirtualCard
from tests.support.cli import PROFILES
from tests.support.provision import CUTS, PIN, bare, file_of, keys, opened, plain_of, prepared
from tests.support.readers import check_simple_readers
from tests.support.state import (
    LABELS,
    PLACES,
    VARIANTS,
    Belief,
    Break,
    Slot,
    Wanted,
    World,
    as_restored,
    clone,
    content_of,
    desired_of,
    found_on,
    listed_among,
    loaded_of,
    resizable,
    written,
)

PIN1, ADM1 = 0x01, 0x0A
VERIFY = 0x20
TRIES = 3
SHIPPED = sorted(PROFILES.glob("*.yaml"))
FOREIGN = tuple(
    encode_entry(make_entry("1.3.6.1.4.1.99999.1", FilePath((fid,)), label=label))
    for fid, label in ((0x6F40, "other"), (0x6F41, "another"))
)
"""Entries of other people's objects, which have to outlive everything."""
HOME = "7F50"

Keys = Callable[[int], bytes | None]


def wrong(reference: int) -> bytes | None:
    """Keys that no card here takes."""
    return b"9999" if reference == PIN1 else b"00000000"


def wrong_adm(reference: int) -> bytes | None:
    """The right PIN and a wrong ADM key."""
    return PIN if reference == PIN1 else b"00000000"


@dataclass
class Operation:
    """A command of the program: how it is planned, and what it makes of a card."""

    name: str
    plan: Callable[[Card, Keys, bool], Plan]
    change: Callable[[World], World]
    create: bool = False
    lossy: bool = False
    """Whether objects may be gone between the run that broke off and the one that completes."""


@dataclass
class Backup:
    """An image of the card, and what might have been on it then."""

    image: CardImage = field(repr=False)
    belief: Belief = field(repr=False)


slots = st.lists(
    st.builds(
        Slot,
        place=st.sampled_from("001112"),
        variant=st.integers(0, len(VARIANTS) - 1),
        label=st.integers(0, len(LABELS) - 1),
        size=st.sampled_from([None, 1024, 2048]),
        read=st.sampled_from(["always", "always", "pin1"]),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda slot: slot.place,
).map(tuple)
"""Places are numbers into those of one card, so that documents are replaced often."""

cuts = st.builds(Break, st.just("cut"), st.integers(0, 14), st.sampled_from(sorted(CUTS)))
breaks = st.one_of(
    st.none(),
    st.none(),
    cuts,
    cuts,
    st.builds(Break, st.sampled_from(["tear", "lost", "refuse", "stop"]), st.integers(0, 10)),
    st.builds(Break, st.sampled_from(["remove", "mute"]), st.integers(0, 70)),
)


def _room(slot: Slot) -> int | None:
    """The size of a slot's file: what is asked for, unless the document is longer."""
    length = len(content_of(slot.place, slot.variant))
    return None if slot.size is None or slot.size < length else slot.size


class CardMachine(RuleBasedStateMachine):
    """One card and what is known of it."""

    header: ClassVar[dict[str, Any]] = {}
    kind: ClassVar[str] = "uicc"

    def __init__(self) -> None:
        super().__init__()
        self.card: VirtualCard
        self.places: list[str] = []
        self.compact = False
        self.fixed = self.kind == "sim"
        """Whether files keep their sizes."""
        self.belief: Belief
        self.tries: dict[int, int] = {}
        self.history: dict[int, set[bytes]] = {}
        self.backups: list[Backup] = []
        self.seen: list[FileImage] = []
        self.pending: Operation | None = None

    # -- cards to begin with

    def _begin(self, image: CardImage) -> None:
        if not self.fixed:
            image = resizable(image)
        self.card = VirtualCard(image)
        self.compact = image.card.access_encoding == "compact"
        self.tries = {pin.reference: pin.remaining or 0 for pin in image.pins}
        self.belief = Belief.of(found_on(self.card))
        self._remember(self.belief)

    def _wanted(self, chosen: tuple[Slot, ...], **other: Any) -> Wanted:
        slots = (slot._replace(place=self.places[int(slot.place)]) for slot in chosen)
        placed = tuple(slot._replace(size=_room(slot)) for slot in slots)
        return Wanted(placed, self.kind, **{**self.header, **other})

    @initialize(
        places=st.permutations(sorted(PLACES)),
        chosen=slots,
        start=st.sampled_from(
            ["blank", "prepared", "unlisted", "written", "shared", "shared", "shipped"]
        ),
        dodf=st.sampled_from([None, 96, 256]),
        encoding=st.sampled_from(["referenced", "expanded", "compact"]),
        number=st.integers(0, 99),
    )
    def a_card(
        self,
        places: list[str],
        chosen: tuple[Slot, ...],
        start: str,
        dodf: int | None,
        encoding: str,
        number: int,
    ) -> None:
        self.places = places
        if start == "shipped":
            self.fixed = True
            self._begin(self._shipped(number))
            return
        if start == "shared":
            dodf = 256
        if dodf == 96:
            # The entries of more objects would not fit, and there would be no such card.
            chosen = chosen[:1]
        loaded = loaded_of(self._wanted(chosen, dodf=dodf, encoding=encoding))
        if start == "blank" and self.kind == "uicc":
            self._begin(bare(loaded))
        elif start in ("written", "shared"):
            image = render(loaded)
            self._begin(listed_among(image, *FOREIGN) if start == "shared" else image)
        else:
            self._begin(prepared(loaded, listed=start != "unlisted" or self.kind == "sim"))

    def _shipped(self, number: int) -> CardImage:
        """The card of a profile that comes with the program, with this machine's header and
        keys of three tries."""
        fitting = [path for path in SHIPPED if ("2g" in path.stem) == (self.kind == "sim")]
        plain = plain_of(load_profile_or_image(fitting[number % len(fitting)]))
        plain["card"].update(self.header)
        plain["pins"] = [
            {"reference": "01", "value": "1234", "tries": TRIES},
            {"reference": "0A", "value": "12345678", "tries": TRIES},
        ]
        if self.kind == "sim":
            for file in file_of(plain, HOME)["files"]:
                file["access"]["update"] = "pin1"
        return image_from_data(plain)

    # -- what the model knows

    def _remember(self, belief: Belief) -> None:
        for world in belief.worlds:
            for fid, found in world.items():
                self.history.setdefault(fid, set()).add(found.content)

    def _presented(self, start: int) -> dict[int, int]:
        """How often each key was sent since the log had ``start`` lines."""
        counts: dict[int, int] = {}
        for line in list(self.card.log)[start:]:
            if line.command[1] == VERIFY and len(line.command) > 5:
                counts[line.command[3]] = counts.get(line.command[3], 0) + 1
        return counts

    def _account(self, start: int, source: Keys, *, force: bool = False) -> dict[int, int]:
        """Book what a run with these keys sent: each key once at most, and no last try."""
        sent = self._presented(start)
        for reference, count in sent.items():
            assert count == 1, f"key {reference:02X} was sent {count} times in one run"
            assert self.tries[reference] > 1 or force, f"the last try of {reference:02X} was spent"
            right = source(reference) == keys(reference)
            self.tries[reference] = TRIES if right else self.tries[reference] - 1
        return sent

    def _again(self) -> None:
        """Put the card back in where it went away."""
        self.card.power_on()

    # -- runs

    def _run(
        self,
        operation: Operation,
        fault: Break | None = None,
        source: Keys = keys,
        *,
        force: bool = False,
    ) -> Exception | Applied:
        """Plan and apply; returns what came out. Everything the model can say is checked."""
        before = self.card.to_image()
        writes, start = self.card.writes, len(self.card.log)
        keep: Dump | None = None
        lossy = operation.lossy
        fault = self._aimed(operation, fault) if fault else Break("none")
        result: Exception | Applied
        with fault.on(self.card):
            try:
                handle = opened(self.card)
                plan = operation.plan(handle, source, force)
                # What cannot be kept from a torn write is said before it.
                lossy |= "PROV-NO-ROOM-FOR-COPY" in [f.code for f in plan.findings]
                keep = backup_files(handle, plan.files, keys=source, force=force)
                result = apply(handle, plan, keys=source, force=force, should_stop=fault.stops())
            except (TransportError, CardError) as error:
                result = error
        if not isinstance(result, TransportError) and fault.how != "mute":
            self._check_left()
        self._again()
        sent = self._account(start, source, force=force)
        if keep is not None and not keep.unread:
            self._keep(Backup(keep.image, self.belief))
        event(f"{operation.name}: {type(result).__name__}")
        if isinstance(result, Applied) and not result.stopped:
            self._completed(operation, result, before)
            return result
        if isinstance(result, CardNotPreparedError):
            # It may have made empty files before it was told that another one cannot be enlarged.
            assert found_on(self.card) == found_on(VirtualCard(before))
        if self.card.to_image().files == before.files:
            assert self.card.writes == writes or fault.how in ("cut", "tear")
            return result
        self._broke_off(operation, lossy=lossy)
        if isinstance(result, PinRefusedError):
            assert sent or min(self.tries.values()) == 1
        return result

    def _aimed(self, operation: Operation, fault: Break) -> Break:
        """The fault where it strikes, as far as that is known before."""
        try:
            plan = operation.plan(opened(clone(self.card)), keys, True)
        except CardNotPreparedError:
            return fault
        # Looking at the card, asking for the tries and a key come on top.
        return fault.within(len(plan.steps), plan.tpdus + 20)

    def _keep(self, backup: Backup) -> None:
        self.backups = [*self.backups[-3:], backup]

    def _broke_off(self, operation: Operation, *, lossy: bool) -> None:
        after = self.belief.after(operation.change)
        if lossy:
            after = after.either(Belief.of({}))
        self.belief = self.belief.either(after)
        self._remember(self.belief)
        self.pending = operation

    def _completed(self, operation: Operation, result: Applied, before: CardImage) -> None:
        assert result.verified, [f.code for f in result.findings]
        found = found_on(self.card)
        after = self.belief.after(operation.change)
        assert after.allows(found), (operation.name, after, found)
        assert after.sure.items() <= found.items(), (operation.name, after.sure, found)
        again = operation.plan(opened(clone(self.card)), keys, True)
        assert again.is_empty, again.lines()
        self.belief = Belief.of(found)
        self._remember(self.belief)
        self.pending = None

    def _check_left(self) -> None:
        """No channel is left open, and the card would let in the next one."""
        state: Any = self.card._state
        assert set(state.channels) == {0}
        if self.card.to_image().card.channels == 1:
            assert state.channels[0].directory is state.files.root

    # -- operations

    def _write(self, wanted: Wanted, *, create: bool) -> Operation:
        desired = desired_of(wanted)
        return Operation(
            "write",
            lambda card, source, force: plan_write(
                card, desired, create=create, keys=source, force=force
            ),
            lambda world: written(desired, world),
            create,
        )

    @staticmethod
    def _erase(*, keep_files: bool) -> Operation:
        def foreign(world: World) -> World:
            return {fid: found for fid, found in world.items() if fid not in PLACES.values()}

        return Operation(
            "erase",
            lambda card, source, force: plan_erase(
                card, keep_files=keep_files, keys=source, force=force
            ),
            foreign,
        )

    def _restore(self, backup: Backup) -> Operation:
        target = found_on(VirtualCard(as_restored(self.card.to_image(), backup.image)))
        return Operation(
            "restore",
            lambda card, source, force: plan_restore(
                card, backup.image, create=True, keys=source, force=force
            ),
            lambda _: target,
            create=True,
            lossy=True,
        )

    @rule(
        chosen=slots, fault=breaks, create=st.sampled_from([True, True, False]), force=st.booleans()
    )
    def write(
        self, chosen: tuple[Slot, ...], fault: Break | None, create: bool, force: bool
    ) -> None:
        wanted = self._wanted(chosen)
        result = self._run(self._write(wanted, create=create), fault, force=force)
        self._excuse(result, fault, create=create, force=force)
        if isinstance(result, Applied) and not result.stopped:
            handle = opened(clone(self.card))
            assert compare(handle, desired_of(wanted), keys=keys, force=True) == []

    def _excuse(
        self, result: Exception | Applied, fault: Break | None, *, create: bool, force: bool
    ) -> None:
        """A run without a fault completes, unless a key has one try left or files are missing."""
        if isinstance(result, Applied):
            assert fault is not None or not result.stopped
        elif isinstance(result, CardNotPreparedError):
            assert not create or self.fixed or "does not resize" in str(result), result
        elif isinstance(result, PinRefusedError):
            assert not force
            assert min(self.tries.values()) == 1, result
        else:
            assert fault is not None, result
            assert isinstance(result, TransportError) == (fault.how != "refuse"), result

    @rule(keep_files=st.booleans(), fault=breaks, force=st.booleans())
    def erase(self, keep_files: bool, fault: Break | None, force: bool) -> None:
        clear = self.belief.is_clear
        before = self.belief.worlds[0]
        result = self._run(self._erase(keep_files=keep_files), fault, force=force)
        self._excuse(result, fault, create=True, force=force)
        if isinstance(result, Applied) and not result.stopped and clear:
            image = self.card.to_image()
            for fid in before.keys() & set(PLACES.values()):
                file = image.find(f"{HOME}/{fid:04X}")
                assert file is None or not file.body.strip(b"\x00\xff")

    @precondition(lambda self: self.backups)
    @rule(number=st.integers(0, 3), fault=breaks, force=st.booleans())
    def restore(self, number: int, fault: Break | None, force: bool) -> None:
        backup = self.backups[number % len(self.backups)]
        image, now = backup.image, self.card.to_image()
        if image.find(HOME) is None:
            return
        doubt = not self.belief.is_clear or not backup.belief.is_clear
        before = self.belief
        result = self._run(self._restore(backup), fault, force=force)
        if isinstance(result, CardNotPreparedError):
            assert self._cannot_take(now, image), result
            return
        self._excuse(result, fault, create=True, force=force)
        if isinstance(result, Applied) and not result.stopped:
            for path, file in image.walk():
                if path[1] == 0x7F50 and not file.is_directory and not file.has_records:
                    there = self.card.to_image().find(path)
                    assert there is not None
                    assert there.data == file.data
        if doubt:
            # Directories and copies of entries may come back that were torn then or before.
            self.belief = self.belief.either(before, backup.belief, Belief.of({}), mixed=True)
            self._remember(self.belief)

    def _cannot_take(self, card: CardImage, image: CardImage) -> bool:
        """Whether files of the image are longer than those of the card, or cannot be made."""
        for path, file in image.walk():
            there = card.find(path)
            if there is None and self.kind == "sim":
                return True
            if there is not None and len(file.data) > (there.size or 0):
                return True
        return False

    @precondition(lambda self: self.pending is not None)
    @rule()
    def rerun(self) -> None:
        assert self.pending is not None
        result = self._run(self.pending, force=True)
        if isinstance(result, CardNotPreparedError):
            self._excuse(result, None, create=self.pending.create, force=True)
            return
        assert isinstance(result, Applied), result

    # -- keys

    @rule(chosen=slots, source=st.sampled_from([wrong, wrong_adm]))
    def write_with_a_wrong_key(self, chosen: tuple[Slot, ...], source: Keys) -> None:
        if self.kind == "sim":
            source = wrong
        before, tries = self.card.to_image(), dict(self.tries)
        wanted = self._wanted(chosen)
        operation = self._write(wanted, create=True)
        nothing = self._has_nothing_to_do(operation)
        result = self._run(operation, None, source)
        if nothing:
            return
        assert isinstance(result, PinRefusedError | CardNotPreparedError), result
        assert self.card.to_image().files == before.files
        if isinstance(result, PinRefusedError):
            lost = sum(max(0, tries[reference] - self.tries[reference]) for reference in tries)
            assert lost == 1 or min(tries.values()) == 1

    def _has_nothing_to_do(self, operation: Operation) -> bool:
        try:
            return operation.plan(opened(clone(self.card)), keys, True).is_empty
        except CardNotPreparedError:
            return False

    @rule(chosen=slots)
    def a_refused_key_is_not_sent_again(self, chosen: tuple[Slot, ...]) -> None:
        start = len(self.card.log)
        handle = opened(self.card)
        operation = self._write(self._wanted(chosen), create=True)
        for _ in range(2):
            try:
                apply(handle, operation.plan(handle, wrong, False), keys=wrong)
            except CardError as error:
                assert isinstance(error, PinError | CardNotPreparedError), error
        self._check_left()
        self._account(start, wrong)

    @rule(source=st.sampled_from([keys, wrong]), force=st.booleans())
    def read(self, source: Keys, force: bool) -> None:
        force = force and source is keys
        start, writes = len(self.card.log), self.card.writes
        data = read_bootstrap(opened(self.card), keys=source, force=force)
        self._check_left()
        sent = self._account(start, source, force=force)
        assert self.card.writes == writes
        assert sent.keys() <= {PIN1}
        if source is keys and (force or self.tries[PIN1] > 1) and not self.compact:
            assert not data.locked

    # -- looking, and going away

    @rule()
    def dump(self) -> None:
        start, writes = len(self.card.log), self.card.writes
        result = dump_card(opened(self.card), keys=keys, force=True)
        self._check_left()
        self._account(start, keys, force=True)
        assert self.card.writes == writes
        assert result.unread == ()
        now = self.card.to_image()
        for path, file in result.image.walk():
            there = now.find(path)
            if not file.is_directory and not file.has_records:
                assert there is not None
                assert there.body == file.body
        self._keep(Backup(result.image, self.belief))

    @rule()
    def reset(self) -> None:
        self.card.reset()

    # -- always

    @invariant()
    def a_reader_finds_whole_documents_of_one_state(self) -> None:
        image = self.card.to_image()
        if image.files == self.seen:
            return
        self.seen = image.files
        found = found_on(self.card)
        assert self.belief.allows(found), (self.belief, found)
        for fid, item in found.items():
            assert item.content in self.history[fid]
        for place, fid in PLACES.items():
            file = image.find(f"{HOME}/{fid:04X}")
            if file is not None:
                carrier = "client-provisioning" if place == "second" else place
                check_simple_readers(carrier, file.body, sorted(self.history.get(fid, ())))

    @invariant()
    def no_try_is_lost(self) -> None:
        left = {pin.reference: pin.remaining for pin in self.card.to_image().pins}
        assert left == self.tries
        assert all(left.values())


class UiccT0(CardMachine):
    """A UICC on T=0 with logical channels."""


class UiccT1(CardMachine):
    """A UICC on T=1."""

    header: ClassVar[dict[str, Any]] = {"protocol": "T=1"}


class NoChannels(CardMachine):
    """A UICC with nothing but the basic channel."""

    header: ClassVar[dict[str, Any]] = {"channels": 1}


class Sim(CardMachine):
    """A 2G SIM, on which all files are."""

    header: ClassVar[dict[str, Any]] = {"channels": 1}
    kind: ClassVar[str] = "sim"

    def _begin(self, image: CardImage) -> None:
        plain = plain_of(image)
        there = [file["fid"] for file in file_of(plain, HOME)["files"]]
        for place, fid in PLACES.items():
            if f"{fid:04X}" not in there:
                size = 2048 + len(content_of(place, 0))
                access = {"read": "always", "update": "pin1"}
                file = {"fid": f"{fid:04X}", "size": size, "access": access}
                file_of(plain, HOME)["files"].append(file)
        super()._begin(image_from_data(plain))

    def _wanted(self, chosen: tuple[Slot, ...], **other: Any) -> Wanted:
        return super()._wanted(chosen, **{**other, "dodf": 320, "encoding": "referenced"})


QUICK = settings(
    max_examples=10,
    stateful_step_count=12,
    # Twelve steps are read sooner than made fewer.
    phases=(Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
LONG = settings(QUICK, max_examples=300, stateful_step_count=25)


def _case(machine: type[CardMachine], how: settings) -> Any:
    return type(machine.__name__, (machine.TestCase,), {"settings": how})


TestUiccT0 = _case(UiccT0, QUICK)
TestUiccT1 = _case(UiccT1, QUICK)
TestNoChannels = _case(NoChannels, QUICK)
TestSim = _case(Sim, QUICK)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("machine", [UiccT0, UiccT1, NoChannels, Sim])
def test_long_lives(machine: type[CardMachine]) -> None:
    run_state_machine_as_test(machine, settings=LONG)
