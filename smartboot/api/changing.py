"""Changing a card: plan, back up, apply, verify. The guards are those of the command line.

A plan is made first and sends nothing that writes. Carrying it out writes a backup of every file
about to change, then only what differs, and reads it back. After power loss at any point a reader
finds the old data, the new, or none, and planning and applying again completes the job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path

from smartboot.api.keys import Keys, key_source
from smartboot.api.profiles import Profile, profile_for
from smartboot.bootstrap.unlock import KeySource
from smartboot.card.base import Card
from smartboot.errors import (
    CardError,
    PinRequiredError,
    ProvisioningInterruptedError,
    UsageError,
)
from smartboot.image import CardImage, write_image
from smartboot.provision import apply as service
from smartboot.provision import erase as erasing
from smartboot.provision import restore as restoring
from smartboot.provision.apply import Applied, Progress
from smartboot.provision.backup import Dump, backup_files, dump_card
from smartboot.provision.capture import CaptureProgress, no_progress
from smartboot.provision.desired import desired_from_profile
from smartboot.provision.plan import plan_write
from smartboot.provision.steps import DeleteFile, Plan
from smartboot.provision.verify import Difference, compare

__all__ = [
    "apply",
    "back_up",
    "backup_name",
    "carry_out",
    "check_new",
    "erase",
    "plan",
    "plan_erase",
    "plan_restore",
    "verify",
]


def plan(
    card: Card,
    profile: Profile,
    *,
    values: Mapping[str, str] | None = None,
    create: bool = False,
    keys: Keys | None = None,
    force: bool = False,
) -> Plan:
    """What has to be sent for the card to hold what a card profile says; empty when it does.

    ``profile`` is a file name, whose variables are filled in from ``values`` and the card, or a
    loaded profile. ``create`` lets files be made that the card lacks. ``keys`` gives the PINs of
    files that may not be read without; ``force`` sends a key even when one try is left for it.

    Errors: ProfileError; UsageError where card and profile do not go together, or for keys that
    are none; CardNotPreparedError, whose ``files`` says what is missing or too small; PinError;
    CardError; TransportError.
    """
    source = key_source(keys)
    loaded = profile_for(card, profile, values, source, force=force)
    return plan_write(card, desired_from_profile(loaded), create=create, keys=source, force=force)


def plan_erase(
    card: Card, *, keep_files: bool = True, keys: Keys | None = None, force: bool = False
) -> Plan:
    """What has to be sent to remove all bootstrap data; data objects of another use stay.

    ``keep_files`` False also deletes the files, where the card lets us. Errors: as for ``plan``.
    """
    return erasing.plan_erase(card, keep_files=keep_files, keys=key_source(keys), force=force)


def plan_restore(
    card: Card,
    image: CardImage,
    *,
    create: bool = False,
    any_card: bool = False,
    keys: Keys | None = None,
    force: bool = False,
) -> Plan:
    """What has to be sent for the card to hold what an image does, a backup for instance.

    ``any_card`` also takes the image of a card with another ICCID. Errors: as for ``plan``, and
    UsageError for an image of another card.
    """
    source = key_source(keys)
    return restoring.plan_restore(
        card, image, create=create, any_card=any_card, keys=source, force=force
    )


def apply(
    card: Card,
    plan: Plan,
    *,
    backup: str | PathLike[str] | None,
    keys: Keys | None = None,
    force: bool = False,
    progress: Progress = service.no_progress,
    should_stop: Callable[[], bool] = service.never,
) -> Applied:
    """Carry out a plan on the card it was made for, and read back every byte written.

    ``backup`` is a new file, or a folder in which a file with the card's ICCID and the time is
    made, for the files as they are now (``load_image`` and ``plan_restore`` put them back); None
    goes without. Where it is in the end, ``Applied.backup`` says. ``keys`` gives the keys, each
    sent only after the card has asked for it, and never when one try is left, unless ``force``;
    ``progress`` is called before each step, and ``should_stop`` asked.

    A card that does not hold what was written is no error: see ``Applied.verified`` and
    ``mismatches``. Errors: UsageError for a plan of another card, a backup that exists already or
    keys that are none; PinRequiredError, PinRefusedError, PinBlockedError; ProfileError when the
    backup cannot be written; ProvisioningInterruptedError when the card goes away, with the steps
    done; CardNotPreparedError; CardError.
    """
    source = key_source(keys)
    path = None
    if backup is not None and not plan.is_empty:
        if card.iccid() != plan.iccid:
            raise UsageError("the plan was made for another card", hint="plan again for this one")
        path = Path(backup)
        if path.is_dir():
            path /= backup_name(path, plan.iccid, datetime.now(UTC))
        back_up(card, plan, path, keys=source, force=force)
    return carry_out(
        card,
        plan,
        backup=path,
        keys=source,
        force=force,
        progress=progress,
        should_stop=should_stop,
    )


def erase(
    card: Card,
    *,
    backup: str | PathLike[str] | None,
    keep_files: bool = True,
    keys: Keys | None = None,
    force: bool = False,
) -> Applied:
    """Remove all bootstrap data: ``plan_erase`` and ``apply`` in one call. Errors: as theirs."""
    source = key_source(keys)
    planned = plan_erase(card, keep_files=keep_files, keys=source, force=force)
    return apply(card, planned, backup=backup, keys=source, force=force)


def verify(
    card: Card,
    profile: Profile,
    *,
    values: Mapping[str, str] | None = None,
    keys: Keys | None = None,
    force: bool = False,
) -> tuple[Difference, ...]:
    """How the card differs from what a profile says, place by place and without the contents.

    Reads only. Errors: as for ``plan``.
    """
    source = key_source(keys)
    loaded = profile_for(card, profile, values, source, force=force)
    return tuple(compare(card, desired_from_profile(loaded), keys=source, force=force))


# -- the parts that the command line puts together itself


def backup_name(folder: Path, iccid: str | None, now: datetime) -> Path:
    """A file name with ICCID and UTC time that is not taken in ``folder`` yet."""
    name = f"smartboot-backup-{iccid or 'no-iccid'}-{now:%Y%m%dT%H%M%SZ}"
    path = Path(f"{name}.yaml")
    number = 2
    while (folder / path).exists():
        path = Path(f"{name}-{number}.yaml")
        number += 1
    return path


def check_new(path: Path) -> None:
    """Refuse a file that exists: it may be the only good copy of a card. Errors: UsageError."""
    if path.exists():
        raise UsageError(
            f"{path} exists and is not overwritten",
            hint="it may be the backup of an earlier run; give another name",
        )


def back_up(
    card: Card,
    plan: Plan,
    path: Path,
    *,
    keys: KeySource,
    force: bool,
    progress: CaptureProgress = no_progress,
    told: Callable[[Dump], None] | None = None,
) -> None:
    """Keep the files that ``plan`` changes in ``path``, which must not exist.

    ``told`` gets what was read before it is written. Errors: PinRequiredError when not all could
    be read, so that nothing is changed that could not be undone; UsageError; ProfileError.
    """
    check_new(path)
    if any(isinstance(step, DeleteFile) for step in plan.steps):
        # What is deleted takes along what lies in it, so all of it is kept.
        dump = dump_card(card, keys=keys, force=force, progress=progress)
    else:
        dump = backup_files(card, plan.files, keys=keys, force=force, progress=progress)
    if told is not None:
        told(dump)
    if dump.unread:
        raise PinRequiredError(
            f"nothing was changed: no backup can be made of {', '.join(dump.unread)}",
            key_name=", ".join(dump.locked) or "a key",
            hint="give the key with --pin or --adm, or go on with --no-backup",
        )
    check_new(path)
    write_image(dump.image, path)


def carry_out(
    card: Card,
    plan: Plan,
    *,
    backup: Path | None,
    keys: KeySource,
    force: bool,
    progress: Progress,
    should_stop: Callable[[], bool],
    note: Callable[[str], None] | None = None,
) -> Applied:
    """Carry out ``plan``, whose ``backup`` is written already.

    An error tells where the backup is; when the card refused the first step, the backup is of
    nothing that changed and is removed again. Errors: those of ``apply``.
    """
    finished = 0

    def step_begins(done: int, total: int, step: str) -> None:
        nonlocal finished
        finished = done
        progress(done, total, step)

    try:
        applied = service.apply(
            card, plan, keys=keys, force=force, progress=step_begins, should_stop=should_stop
        )
    except ProvisioningInterruptedError as error:
        if backup is not None:
            error.hint = f"{error.hint}; the card as it was is in {backup}"
        raise
    except CardError:
        if not finished and backup is not None:
            backup.unlink(missing_ok=True)
            if note is not None:
                note(f"nothing was changed; {backup} is removed again")
        raise
    return replace(applied, backup=backup)
